"""beehiiv: an edition is a post for mail, a draft first, which beehiiv makes in its own time, and confirmed in a second
request.

Facts from developers.beehiiv.com (api-reference/posts: create, update, show, index, delete; publications;
rate-limiting), beehiiv's published description of its API and its support pages on the Send API. A post's own state
says whether it was confirmed, and its slug finds it again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, TypeGuard
from urllib.parse import quote, urlencode

import regex

from bot.errors import ConfigError, NotSent, Rejected, Unknown
from bot.ledger import Tier
from bot.model.places import Place
from bot.model.publication import Mail, Post, Publication
from bot.model.secret import Secret
from bot.platforms.address import origin
from bot.platforms.campaigns import for_readers_of, mail_of, refuse_tags
from bot.platforms.contract import Http, Outgoing, Receipt, Reply, Uploaded
from bot.platforms.facts import CardBy, Facts, Per, Rate
from bot.platforms.frames import as_read, content_of
from bot.platforms.replies import field as read
from bot.platforms.replies import shown, unclear
from bot.text import Limit, fold, shorten

_NAME = "beehiiv"
_PUBLICATION = regex.compile(r"pub_[0-9a-fA-F-]+")
# What opens a merge tag.
_TAG = regex.compile(r"\{[{%]")
_OWN_TAG = regex.compile(r"\{\{\w+\}\}")
_ADDRESS = regex.compile(r"https://[^\s\"<>{}]+")
_DRAFT, _CONFIRMED = "draft", "confirmed"
_STILL_MADE = 202
_LISTED = 10
_WORDS = 300


@dataclass(frozen=True)
class Beehiiv:
    """One publication. `token` is an API key that may write posts.

    `manage` is where our own links to unsubscribe and to preferences lead: the publication's site, where readers log
    in, or one of beehiiv's merge tags. `tiers` or `segments` say who gets it ("all", "free", "premium" or a tier's id;
    ids of segments), `newsletter` is the id of a newsletter list, `template` that of a post template. `web` puts the
    edition on the publication's site as well.
    """

    token: Secret
    publication: str
    manage: str
    tiers: tuple[str, ...] = ("all",)
    segments: tuple[str, ...] = ()
    newsletter: str | None = None
    template: str | None = None
    web: bool = False
    server: str = "https://api.beehiiv.com"

    name: ClassVar[str] = "beehiiv"
    tier: ClassVar[Tier] = Tier.FINDABLE
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Mail,)
    leaves_home: ClassVar[bool] = True
    facts: ClassVar[Facts] = Facts(
        docs=(
            "developers.beehiiv.com/api-reference/posts/create",
            "developers.beehiiv.com/api-reference/posts/update",
            "developers.beehiiv.com/api-reference/posts/show",
            "developers.beehiiv.com/api-reference/publications/show",
            "developers.beehiiv.com/welcome/rate-limiting",
            "beehiiv.com/support/article/36759164012439-using-the-send-api-and-create-post-endpoint",
        ),
        read=date(2026, 11, 28),
        links="as they are: link tracking and UTM parameters are switched off",
        card=CardBy.NOBODY,
        rates=(Rate(180, timedelta(minutes=1), Per.SERVICE),),
        # A draft stays until somebody deletes it.
        uploads_last=timedelta(days=365),
        remarks=(
            "Posts can be made by API on the Enterprise plan (by the newest description on Pro too); it was a beta.",
            "beehiiv's head, header and footer stand around the edition and cannot be taken away.",
            "Sender and plain text are beehiiv's own.",
            "A mail that was sent cannot be changed or taken back.",
        ),
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", origin(self.server, example="https://api.beehiiv.com"))
        if not _PUBLICATION.fullmatch(self.publication):
            raise ConfigError([f"'publication' is wrong: '{self.publication}' is no id, such as \"pub_0123abcd-…\"."])
        if not (_ADDRESS.fullmatch(self.manage) or _OWN_TAG.fullmatch(self.manage)):
            raise ConfigError(
                [f"'manage' is wrong: '{self.manage}' is neither an address (https://…) nor a merge tag of beehiiv's."]
            )
        if self.segments and self.tiers != ("all",):
            raise ConfigError(["'tiers' and 'segments' exclude each other at beehiiv; leave one of them out."])
        if not self.segments and not self.tiers:
            raise ConfigError(["'tiers' is empty, so that nobody would get the mail; leave it out to send to all."])

    def limits(self) -> tuple[Limit, ...]:
        return ()

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:  # noqa: ARG002 (the contract's)
        """The draft as beehiiv will be told to make it."""
        mail = mail_of(publication, service=_NAME)
        refuse_tags(as_read(mail), _TAG, service=_NAME, parts=("subject", "preheader", "html"))
        mail = for_readers_of(mail, {Place.UNSUBSCRIBE: self.manage, Place.PREFERENCES: self.manage}, service=_NAME)
        readers = {"include_segment_ids": list(self.segments)} if self.segments else {"tier_ids": list(self.tiers)}
        post: dict[str, Any] = {
            "title": mail.subject,
            "body_content": content_of(mail.html, styles=False),
            "status": _DRAFT,
            "recipients": {"web": readers if self.web else {}, "email": readers},
            "email_settings": {
                "email_subject_line": mail.subject,
                "email_preview_text": mail.preheader,
                "display_title_in_email": False,
                "display_byline_in_email": False,
                "display_subtitle_in_email": False,
            },
            "web_settings": {"slug": key},
            "custom_link_tracking_enabled": False,
            "utm_params_enabled": False,
        }
        if self.newsletter is not None:
            post["newsletter_list_id"] = self.newsletter
        if self.template is not None:
            post["post_template_id"] = self.template
        return json.dumps(post, sort_keys=True).encode()

    def prepare(self, outgoing: Outgoing, http: Http) -> Uploaded:
        """Ask for the draft, or take the one that an earlier attempt asked for. beehiiv makes it in its own time."""
        if (found := self._listed(outgoing.key, http)) is not None:
            return Uploaded(read(found, "id"))
        reply = self._ask(http, "POST", "posts", outgoing.body)
        if reply.status >= 300:
            raise self._refusal(reply, "the draft")
        if not (number := read(reply.json(), "data", "id")):
            raise NotSent("beehiiv makes a draft but named no id; it is looked for before the next attempt.")
        return Uploaded(number, ready=False)

    def prepared(self, reference: str, http: Http) -> Uploaded:
        """Whether beehiiv has made the draft. Raises Rejected where it could not."""
        reply = self._ask(http, "GET", f"posts/{quote(reference)}")
        if reply.status == _STILL_MADE:
            return Uploaded(reference, ready=False)
        if reply.status >= 300:
            raise self._refusal(reply, "to make the draft")
        self._post(reply, reference)
        return Uploaded(reference)

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Confirm the draft once; a confirmed post goes out at once and never becomes a draft again."""
        number = outgoing.prepared
        if not number:
            raise NotSent("beehiiv has no draft of this edition yet; it is made before the next attempt.")
        body = json.dumps({"status": _CONFIRMED}).encode()
        reply = http.once("PATCH", f"{self._base()}/posts/{quote(number)}", headers=self._headers(), body=body)
        if reply.status == _STILL_MADE:
            raise NotSent("beehiiv still makes the draft; it is confirmed at the next attempt.", answer=shown(reply))
        if reply.status < 300:
            post = reply.json()
            if read(post, "data", "id") == number and read(post, "data", "status") == _CONFIRMED:
                return _receipt_of(post["data"])
            raise Unknown(
                "beehiiv took the request but does not say that the edition is confirmed; a plan without the Send API "
                "leaves it a draft.",
                answer=shown(reply),
            )
        refused = self._refusal(reply, "to confirm the edition")
        if isinstance(refused, NotSent):
            raise refused
        try:
            post = self._read(number, http)
        except NotSent:
            raise refused from None
        if read(post, "status") == _CONFIRMED:
            return _receipt_of(post)
        raise refused

    def find(self, outgoing: Outgoing, http: Http) -> Receipt | None:
        """Ask the post whether it was confirmed; one whose id is not known is looked for by its slug."""
        post = self._read(outgoing.prepared, http) if outgoing.prepared else self._listed(outgoing.key, http)
        if post is None or read(post, "status") == _DRAFT:
            return None
        if read(post, "status") == _CONFIRMED:
            return _receipt_of(post)
        raise NotSent(
            f"beehiiv calls the edition '{read(post, 'status')}', which does not say whether it went out; look at it "
            "there."
        )

    def check(self, http: Http) -> str:
        """Try the key, and ask for the publication and its number of readers. Whether the plan lets posts be made by
        API shows only when one is made.
        """
        reply = self._ask(http, "GET", f"?{urlencode({'expand[]': 'stats'})}")
        if reply.status >= 300:
            raise self._refusal(reply, f"to show the publication '{self.publication}'")
        answer = reply.json()
        name, readers = read(answer, "data", "name"), read(answer, "data", "stats", "active_subscriptions")
        if read(answer, "data", "id") != self.publication or not name:
            raise NotSent("beehiiv did not say what it knows of the publication; ask again later.")
        return f"sends to '{name}' on beehiiv{f', {readers} subscribed' if readers else ''}"

    def _listed(self, slug: str, http: Http) -> Mapping[str, Any] | None:
        """The post of this slug, one that was confirmed before one that was not."""
        query = urlencode({"slugs[]": slug, "status": "all", "limit": _LISTED})
        reply = self._ask(http, "GET", f"posts?{query}")
        answer = self._clear(reply)
        posts = answer.get("data") if isinstance(answer, Mapping) else None
        if not isinstance(posts, list) or not all(_is_post(each) for each in posts):
            raise NotSent("beehiiv did not list its posts; they are asked for again.")
        ours = [each for each in posts if read(each, "slug") == slug]
        return next(iter(sorted(ours, key=lambda each: read(each, "status") == _DRAFT)), None)

    def _read(self, number: str, http: Http) -> Mapping[str, Any]:
        reply = self._ask(http, "GET", f"posts/{quote(number)}")
        self._clear(reply)
        return self._post(reply, number)

    def _post(self, reply: Reply, number: str) -> Mapping[str, Any]:
        """The post in an answer. Raises NotSent where it is not the one, or not whole."""
        answer = reply.json()
        post = answer.get("data") if isinstance(answer, Mapping) else None
        if not _is_post(post) or read(post, "id") != number:
            raise NotSent("beehiiv did not say how far the edition is; it is asked again.")
        return post

    def _clear(self, reply: Reply) -> Any:
        """What a look-up says, where a refusal is no answer either way."""
        if reply.status >= 300:
            raise unclear(self._refusal(reply, "to show what it has"))
        return reply.json()

    def _refusal(self, reply: Reply, what: str) -> NotSent | Rejected:
        answer = reply.json()
        errors = answer.get("errors") if isinstance(answer, Mapping) else None
        faults = [fold(read(each, "message")) for each in errors] if isinstance(errors, list) else []
        said = shorten("; ".join(filter(None, faults)), _WORDS).rstrip(".") or "it gave no reason"
        said = f"beehiiv refused {what} ({reply.status}): {said}."
        if reply.status == 401:
            return NotSent(
                f"{said} Make a new key (Settings, API) and put it into {self.token.variable}.", answer=shown(reply)
            )
        return Rejected(said, remedy=_remedy(reply.status), answer=shown(reply))

    def _ask(self, http: Http, method: str, path: str, body: bytes = b"") -> Reply:
        slash = "" if path.startswith("?") else "/"
        return http.repeatable(method, f"{self._base()}{slash}{path}", headers=self._headers(), body=body)

    def _base(self) -> str:
        return f"{self.server}/v2/publications/{self.publication}"

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token.reveal()}", "content-type": "application/json"}


def _is_post(value: Any) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping) and all(read(value, name) for name in ("id", "status"))


def _receipt_of(post: Mapping[str, Any]) -> Receipt:
    """The address on the web, or else that of the preview, which only the publication's own people can open."""
    return Receipt(read(post, "id"), read(post, "web_url") or read(post, "preview_url") or None)


def _remedy(status: int) -> str:
    match status:
        case 403:
            return (
                "Posts can be made by API on some plans only (Enterprise): look at the plan and the key's permissions."
            )
        case 404:
            return "See in beehiiv that the publication and the draft are there; then approve the edition again."
        case 413:
            return "Take episodes out of the edition."
        case _:
            return "Mend what beehiiv names, in its settings or in the edition, then approve the edition again."
