"""Ghost: an edition is a post for mail alone, a draft first, and published to a newsletter in one request of its own.

Facts from docs.ghost.org/admin-api (overview, posts/creating-a-post, posts/sending-a-post, newsletters) and from
Ghost's own source (services/auth/api-key, services/posts, services/email-service, models/post). The post's slug finds
it again, its `updated_at` guards it against changes, and its email says whether it goes out.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

import regex

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.ledger import Tier
from bot.model.places import Place
from bot.model.publication import Mail, Post, Publication
from bot.model.secret import Secret
from bot.platforms.address import origin
from bot.platforms.campaigns import for_readers_of, mail_of, refuse_tags
from bot.platforms.contract import Http, Outgoing, Receipt, Reply, Timed, Uploaded
from bot.platforms.facts import CardBy, Facts
from bot.platforms.frames import as_read, content_of
from bot.platforms.replies import field as read
from bot.platforms.replies import shown, unclear
from bot.text import Limit, fold, shorten

_NAME = "Ghost"
_API = "/ghost/api/admin"
# The oldest version whose API does all that is asked of it here.
_VERSION = "v5.0"
_SERVER = regex.compile(r"(?P<origin>(?:https?://)?[^/]+)(?P<folder>(?:/[\w.~-]+)*)/?")
_KEY = regex.compile(r"(?P<id>[0-9a-f]+):(?P<secret>(?:[0-9a-f]{2})+)")
_SLUG = regex.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# Ghost takes a token for five minutes from its `iat` on.
_LASTS = timedelta(minutes=5)
_REFUSED_KEY = ("INVALID_JWT", "MISSING_ADMIN_API_KID", "UNKNOWN_ADMIN_API_KEY", "INVALID_API_KEY_TYPE")
_READERS = {Place.UNSUBSCRIBE: "%%{unsubscribe_url}%%", Place.PREFERENCES: "%%{manage_account_url}%%"}
# Ghost's own tags, and those of Mailgun, through which it sends.
_TAG = regex.compile(r"%%\{|%(?:recipient|(?:tag_|mailing_list_)?unsubscribe_)")
_TITLE, _EXCERPT = 255, 300
_DRAFT = "draft"
_PUBLISHED = ("published", "sent")
_GOES_OUT = ("pending", "submitting", "submitted")
_WORDS = 300
_COUNTED = {"email_track_opens": "opens", "email_track_clicks": "clicks"}


@dataclass(frozen=True)
class Ghost:
    """One newsletter of a site: `newsletter` is its slug. `segment` takes a part of its readers, in Ghost's own filter
    language: "status:free", "status:-free", "label:vip".

    `key` is the Admin API key of a custom integration, `server` the admin's address, with its folder if it has one.
    """

    server: str
    key: Secret
    newsletter: str
    segment: str = "all"

    name: ClassVar[str] = "ghost"
    tier: ClassVar[Tier] = Tier.FINDABLE
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Mail,)
    leaves_home: ClassVar[bool] = True
    facts: ClassVar[Facts] = Facts(
        docs=(
            "docs.ghost.org/admin-api",
            "docs.ghost.org/admin-api/posts/creating-a-post",
            "docs.ghost.org/admin-api/posts/sending-a-post",
            "docs.ghost.org/admin-api/newsletters/overview",
        ),
        read=date(2026, 11, 28),
        links="tracked as the site's settings say",
        card=CardBy.NOBODY,
        # A draft stays until somebody deletes it.
        uploads_last=timedelta(days=365),
        remarks=(
            "Sender and reply-to are the newsletter's own, and its design stands around the edition.",
            "The plain text is made by Ghost.",
            "A mail that was sent cannot be changed or taken back.",
        ),
    )

    def __post_init__(self) -> None:
        example = "https://you.ghost.io"
        if (parts := _SERVER.fullmatch(self.server.strip())) is None:
            raise ConfigError([f"'server' is wrong: '{self.server}' is no server; write for example \"{example}\"."])
        object.__setattr__(self, "server", origin(parts["origin"], example=example) + parts["folder"])
        if not _SLUG.fullmatch(self.newsletter):
            raise ConfigError([f"'newsletter' is wrong: '{self.newsletter}' is no slug, such as \"weekly-letter\"."])
        if not self.segment.strip():
            raise ConfigError(["'segment' is empty; leave it out to send to every reader of the newsletter."])

    def limits(self) -> tuple[Limit, ...]:
        return ()

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:  # noqa: ARG002 (the contract's)
        """The draft, and to whom it will go."""
        mail = mail_of(publication, service=_NAME)
        refuse_tags(as_read(mail), _TAG, service=_NAME, parts=("subject", "preheader", "html"))
        for what, text, most in (("subject", mail.subject, _TITLE), ("preheader", mail.preheader, _EXCERPT)):
            if len(text) > most:
                raise Refused(f"The {what} has {len(text)} characters; Ghost takes {most}. Shorten it.")
        mail = for_readers_of(mail, _READERS, service=_NAME)
        post = {
            "title": mail.subject,
            "slug": key,
            "custom_excerpt": mail.preheader,
            "lexical": _document(content_of(mail.html, styles=True)),
            "email_only": True,
            "status": _DRAFT,
        }
        told = {"post": post, "newsletter": self.newsletter, "segment": self.segment}
        return json.dumps(told, sort_keys=True).encode()

    def prepare(self, outgoing: Outgoing, http: Http) -> Uploaded:
        """Make the draft, or put right the one that an earlier attempt made. Its state stands in the reference."""
        post = json.loads(outgoing.body)["post"]
        found = self._listed(outgoing.key, http)
        if found is None:
            reply = self._ask(http, "POST", "posts/", {"posts": [post]})
        elif read(found, "status") == _DRAFT:
            seen = {**post, "updated_at": read(found, "updated_at")}
            reply = self._ask(http, "PUT", f"posts/{quote(read(found, 'id'))}/", {"posts": [seen]})
        else:
            return _reference(found)
        if reply.status == 409:
            raise NotSent("Somebody else is changing the draft in Ghost; it is put right before the next attempt.")
        if reply.status >= 300:
            raise self._refusal(reply, "the draft")
        if (made := _post(reply.json())) is None:
            raise NotSent("Ghost made a draft but did not name it; it is looked for before the next attempt.")
        return _reference(made)

    def prepared(self, reference: str, http: Http) -> Uploaded:  # noqa: ARG002 (the contract's)
        """A draft is ready as soon as it is made."""
        return Uploaded(reference)

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Publish the draft once, as it was made: Ghost refuses one that somebody changed, and mails none twice."""
        number, _, seen = outgoing.prepared.partition(" ")
        if not seen:
            raise NotSent("Ghost has no draft of this edition yet; it is made before the next attempt.")
        told = json.loads(outgoing.body)
        query = urlencode({"newsletter": told["newsletter"], "email_segment": told["segment"]})
        reply = http.once(
            "PUT",
            f"{self.server}{_API}/posts/{quote(number)}/?{query}",
            headers=self._headers(http),
            body=json.dumps({"posts": [{"updated_at": seen, "status": "published"}]}).encode(),
        )
        if reply.status < 300:
            post = _post(reply.json())
            if post is None or read(post, "id") != number or not _goes_out(post):
                raise Unknown("Ghost took the request but does not say that the mail goes out.", answer=shown(reply))
            return _receipt_of(post)
        refused = self._refusal(reply, "to send the edition")
        if isinstance(refused, NotSent):
            raise refused
        try:
            post = self._read(number, http)
        except NotSent:
            raise refused from None
        if _goes_out(post):
            return _receipt_of(post)
        raise refused

    def find(self, outgoing: Outgoing, http: Http) -> Receipt | None:
        """Ask the post whether it was published, and its email whether it goes out."""
        number = outgoing.prepared.partition(" ")[0]
        post = self._read(number, http) if number else self._listed(outgoing.key, http)
        if post is None or read(post, "status") == _DRAFT:
            return None
        if _goes_out(post):
            return _receipt_of(post)
        if read(post, "email", "status") == "failed":
            said = fold(read(post, "email", "error")) or "it does not say why"
            raise NotSent(f"Ghost published the edition but could not mail it ({said}); try it again in Ghost.")
        raise NotSent(f"Ghost calls the edition '{read(post, 'status')}' and has no mail of it; look at it there.")

    def check(self, http: Http) -> str:
        """Try the key, and ask for the newsletter, its sender, its number of readers, and what the site counts."""
        query = urlencode({"filter": f"slug:{self.newsletter}", "include": "count.active_members", "limit": 1})
        try:
            reply = self._ask(http, "GET", f"newsletters/?{query}")
        except NotSent as error:
            if self._parts() is None:
                raise Rejected(str(error), remedy="Mend the variable and start again.") from None
            raise
        if reply.status >= 300:
            raise self._refusal(reply, "to show its newsletters")
        answer = reply.json()
        found = answer.get("newsletters") if isinstance(answer, Mapping) else None
        if not isinstance(found, list):
            raise NotSent("Ghost did not say which newsletters it has; ask again later.")
        if not found or read(found[0], "slug") != self.newsletter:
            raise Rejected(
                f"Ghost has no newsletter '{self.newsletter}'.",
                remedy="Set 'newsletter' to the slug of one; it stands at the end of its address in Ghost's settings.",
            )
        if read(found[0], "status") != "active":
            raise Rejected(
                f"The newsletter '{self.newsletter}' is {read(found[0], 'status') or 'not active'} in Ghost.",
                remedy="Reactivate it in Ghost's settings.",
            )
        readers = read(found[0], "count", "active_members")
        if not readers:
            raise NotSent("Ghost did not say how many readers the newsletter has; ask again later.")
        sender = read(found[0], "sender_email") or "the site's own address"
        part = "" if self.segment == "all" else f", those of them that are '{self.segment}'"
        said = f"sends to '{read(found[0], 'name')}' on Ghost from {sender}, {readers} subscribed{part}"
        return said + self._tracking(http)

    def _tracking(self, http: Http) -> str:
        """What is to be said of the site's settings, which a key may read and not change; "" where it is silent."""
        try:
            reply = self._ask(http, "GET", "settings/")
            answer = reply.json() if reply.status < 300 else None
        except NotSent:
            return ""
        settings = answer.get("settings") if isinstance(answer, Mapping) else None
        on = {
            read(each, "key")
            for each in (settings if isinstance(settings, list) else [])
            if isinstance(each, Mapping) and each.get("value") is True
        }
        counted = [words for key, words in _COUNTED.items() if key in on]
        if not counted:
            return ""
        return f"; Ghost counts {' and '.join(counted)}, though the edition may say otherwise: see Settings, Analytics"

    def _listed(self, slug: str, http: Http) -> Mapping[str, Any] | None:
        """The post of this slug, draft or not."""
        query = urlencode({"filter": f"slug:'{slug}'", "include": "email", "formats": "plaintext", "limit": 2})
        answer = self._clear(self._ask(http, "GET", f"posts/?{query}"))
        posts = answer.get("posts") if isinstance(answer, Mapping) else None
        if not isinstance(posts, list) or not all(_is_post(each) for each in posts):
            raise NotSent("Ghost did not list its posts; they are asked for again.")
        return next((each for each in posts if read(each, "slug") == slug), None)

    def _read(self, number: str, http: Http) -> Mapping[str, Any]:
        answer = self._clear(self._ask(http, "GET", f"posts/{quote(number)}/?include=email&formats=plaintext"))
        if (post := _post(answer)) is None or read(post, "id") != number:
            raise NotSent("Ghost did not say how far the edition is; it is asked again.")
        return post

    def _ask(self, http: Http, method: str, path: str, value: object = None) -> Reply:
        body = b"" if value is None else json.dumps(value, sort_keys=True).encode()
        return http.repeatable(method, f"{self.server}{_API}/{path}", headers=self._headers(http), body=body)

    def _clear(self, reply: Reply) -> Any:
        """What a look-up says, where a refusal is no answer either way."""
        if reply.status >= 300:
            raise unclear(self._refusal(reply, "to show what it has"))
        return reply.json()

    def _refusal(self, reply: Reply, what: str) -> NotSent | Rejected:
        answer = reply.json()
        errors = answer.get("errors") if isinstance(answer, Mapping) else None
        fault = errors[0] if isinstance(errors, list) and errors else None
        said = fold(" ".join(dict.fromkeys(filter(None, (read(fault, "message"), read(fault, "context"))))))
        said = f"Ghost refused {what} ({reply.status}): {shorten(said, _WORDS).rstrip('.') or 'it gave no reason'}."
        if reply.status == 401 or read(fault, "code") in _REFUSED_KEY:
            return NotSent(
                f"{said} See that this computer's clock is right, and that {self.key.variable} holds the Admin API key "
                "of a custom integration (Settings, Integrations).",
                answer=shown(reply),
            )
        return Rejected(said, remedy=_remedy(reply.status), answer=shown(reply))

    def _parts(self) -> tuple[str, bytes] | None:
        """The key's number and its secret, None where it is no key."""
        found = _KEY.fullmatch(self.key.reveal())
        return (found["id"], bytes.fromhex(found["secret"])) if found else None

    def _headers(self, http: Http) -> dict[str, str]:
        if not isinstance(http, Timed):
            raise TypeError("Ghost's tokens need a way out that tells the time")
        if (parts := self._parts()) is None:
            raise NotSent(
                f"The environment variable {self.key.variable} must hold an Admin API key of Ghost: two rows of digits "
                "and letters with a colon between them."
            )
        number, secret = parts
        return {
            "authorization": f"Ghost {token(number, secret, http.now())}",
            "accept-version": _VERSION,
            "content-type": "application/json",
        }


def token(number: str, secret: bytes, now: datetime) -> str:
    """The token of a moment, good for five minutes: a JSON Web Token (RFC 7519) signed with HMAC-SHA256."""
    issued = int(now.timestamp())
    claims = {"iat": issued, "exp": issued + int(_LASTS.total_seconds()), "aud": "/admin/"}
    parts = ({"alg": "HS256", "kid": number, "typ": "JWT"}, claims)
    signed = b".".join(_base64(json.dumps(each, separators=(",", ":")).encode()) for each in parts)
    return b".".join([signed, _base64(hmac.digest(secret, signed, hashlib.sha256))]).decode()


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _document(html: str) -> str:
    """A post whose only card is HTML, as Ghost's editor keeps it; nothing in it is read as anything else."""
    card = {"type": "html", "version": 1, "html": html}
    root = {"type": "root", "version": 1, "children": [card], "direction": None, "format": "", "indent": 0}
    return json.dumps({"root": root}, sort_keys=True)


def _is_post(value: Any) -> bool:
    return isinstance(value, Mapping) and all(read(value, name) for name in ("id", "slug", "status", "updated_at"))


def _post(answer: Any) -> Mapping[str, Any] | None:
    """The post in an answer, None where there is none that is whole."""
    posts = answer.get("posts") if isinstance(answer, Mapping) else None
    return posts[0] if isinstance(posts, list) and posts and _is_post(posts[0]) else None


def _reference(post: Mapping[str, Any]) -> Uploaded:
    return Uploaded(f"{read(post, 'id')} {read(post, 'updated_at')}")


def _goes_out(post: Mapping[str, Any]) -> bool:
    return read(post, "status") in _PUBLISHED and read(post, "email", "status") in _GOES_OUT


def _receipt_of(post: Mapping[str, Any]) -> Receipt:
    return Receipt(read(post, "id"), read(post, "url") or None, answer=f"email {read(post, 'email', 'status')}")


def _remedy(status: int) -> str:
    match status:
        case 403:
            return "Look at Ghost's settings: the site or the integration may not send at present."
        case 404:
            return "See that 'server' is the address of Ghost's admin, and that the draft is still there."
        case 409:
            return "Somebody changed the draft in Ghost. Approve the edition again: the draft is put right first."
        case 413:
            return "Take episodes out of the edition."
        case _:
            return "Mend what Ghost names, in its settings or in the edition, then approve the edition again."
