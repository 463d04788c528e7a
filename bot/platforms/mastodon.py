"""Mastodon, and servers that speak its API: GoToSocial, Pixelfed, Akkoma and others.

Facts from mastodon/documentation (content/en/methods/statuses.md, accounts.md, instance.md) and mastodon/mastodon.
Mastodon remembers an Idempotency-Key for one hour; the others ignore it, and Mastodon 4.6 answers its repetition with
500 although the post exists (mastodon/mastodon#40399). So the key is a second safety only: after a doubt the account's
own posts are looked through, by time and by words.
"""

from __future__ import annotations

import hashlib
import html
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, Literal
from urllib.parse import unquote, urlencode

import regex

from bot.errors import NotSent, Refused, Rejected, Unknown
from bot.ledger import Tier
from bot.model.publication import Mail, MediaKind, Medium, Post, Publication
from bot.model.secret import Secret
from bot.platforms.address import origin
from bot.platforms.contract import Http, Memory, Outgoing, Receipt, Reply, Uploaded
from bot.platforms.facts import SKEW, CardBy, Facts, MediaLimit, Rate
from bot.platforms.memory import Forgetful
from bot.platforms.mentions import refuse_strangers
from bot.platforms.multipart import File, form
from bot.text import URL, Limit, Unit, count, fold, shorten

# What a link counts, however long it is (characters_reserved_per_url).
_PER_URL = 23
_USUAL_LIMIT = 500
_PICTURES = ("image/jpeg", "image/png", "image/webp", "image/gif")
_FILMS = ("video/mp4", "video/webm", "video/quicktime")
_SOUNDS = ("audio/mpeg", "audio/mp4", "audio/ogg", "audio/flac", "audio/x-m4a", "audio/aac", "audio/wav")
# What is kept of a server's own words on its limits.
_INSTANCE = "instance"
# Stands in the composed bytes for the ids of uploads.
_MEDIA = "media"
_PAGE = 40
_PAGES = 5
_SHOWN = 500
_WORDS_SHOWN = 200
# Far more than any server renders from the longest post; a bound for the parser.
_CONTENT_MAXIMUM = 200_000
_STILL_WORKING = "not finished processing"
_NO_SCOPE = "outside the authorized scopes"
_NO_SCOPE_REMEDY = "Give the token the scopes read:accounts, read:statuses and write:statuses."
# Account::MENTION_RE of mastodon/mastodon, app/models/account.rb.
_MENTION = regex.compile(r"(?<![=/\w])@[a-z0-9_]+(?:[.-]+[a-z0-9_]+)*(?:@\w+(?:[.-]+\w+)*)?", regex.IGNORECASE)
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_PIECE = regex.compile(r"(?P<tag><[^<>]*>)|(?P<text>[^<]+|<)")
_LANGUAGE = regex.compile(r"[a-z]{2,3}")


@dataclass(frozen=True)
class Mastodon:
    """An account on `server`. `mentions` are the accounts that a post may name, such as "@guest@example.social": any
    other @name is refused, so that nobody is notified by accident. `limit` is how long a post may be; without it what
    the server said when it was last tried, and 500 before that.
    """

    server: str
    token: Secret
    visibility: Literal["public", "unlisted", "private"] = "public"
    limit: int | None = None
    mentions: tuple[str, ...] = ()
    memory: Memory = field(default_factory=Forgetful, repr=False, compare=False)

    name: ClassVar[str] = "mastodon"
    tier: ClassVar[Tier] = Tier.FINDABLE
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Post,)
    leaves_home: ClassVar[bool] = True
    facts: ClassVar[Facts] = Facts(
        docs=(
            "docs.joinmastodon.org/methods/statuses",
            "docs.joinmastodon.org/methods/media",
            "docs.joinmastodon.org/methods/instance",
            "docs.joinmastodon.org/api/rate-limits",
        ),
        read=date(2026, 8, 8),
        media=(
            MediaLimit(MediaKind.IMAGE, 4, 16_777_216, _PICTURES, pixels=33_177_600),
            MediaLimit(MediaKind.VIDEO, 1, 103_809_024, _FILMS, pixels=8_294_400),
            MediaLimit(MediaKind.AUDIO, 1, 103_809_024, _SOUNDS),
        ),
        together=4,
        alt=1_500,
        warnings=True,
        # Unattached media are swept away once a day.
        uploads_last=timedelta(hours=12),
        links="each counts 23 characters, however long it is",
        card=CardBy.SERVICE,
        rates=(Rate(300, timedelta(hours=3)),),
        remarks=("GoToSocial and Pixelfed ignore the idempotency key; Mastodon 4.6 answers its repetition with 500.",),
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", origin(self.server, example="mastodon.example"))

    def limits(self) -> tuple[Limit, ...]:
        told = self._told()
        most = self.limit or told.get("characters") or _USUAL_LIMIT
        return (Limit(most, Unit.GRAPHEMES, per_url=told.get("per_url") or _PER_URL),)

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:  # noqa: ARG002 (the contract's)
        """The request, and the time before which it cannot have been made. Raises Refused for what cannot be posted."""
        if not isinstance(publication, Post):
            raise Refused("Mastodon takes posts, not newsletters; send the edition through another channel.")
        text = publication.text.strip()
        self._refuse_unfit(text, publication)
        status: dict[str, Any] = {"status": text, "visibility": self.visibility}
        if publication.warning:
            status |= {"spoiler_text": publication.warning, "sensitive": True}
        if publication.media:
            status[_MEDIA] = [each.sha256 for each in publication.media]
        if (language := _language(publication.language)) is not None:
            status["language"] = language
        return _dumps({"after": at.astimezone(UTC).isoformat(), "status": status})

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Post once. A token that is refused is NotSent: nothing was looked at, and a new token mends it."""
        return self._post(outgoing, http, answers=None)

    def follow(self, outgoing: Outgoing, http: Http, *, root: Receipt, parent: Receipt) -> Receipt:  # noqa: ARG002
        """Post once, as an answer to `parent`; the server knows the thread by itself."""
        return self._post(outgoing, http, answers=parent.remote_id)

    def upload(self, medium: Medium, content: bytes, http: Http) -> Uploaded:
        """Hand over a file with its description; larger ones are worked on behind the answer (202)."""
        name = f"{medium.sha256[:12]}.{medium.mime.rpartition('/')[2]}"
        kind, body = form([("description", medium.alt)], [File("file", name, medium.mime, content)])
        headers = self._headers() | {"content-type": kind}
        reply = http.repeatable("POST", f"{self.server}/api/v2/media", headers=headers, body=body)
        if reply.status >= 300:
            raise self._refusal(reply)
        reference = _field(reply.json(), "id")
        if not reference:
            raise NotSent(f"{self.server} took the {medium.kind} but named no id.", answer=_shown(reply))
        return Uploaded(reference, ready=reply.status != 202)

    def uploaded(self, reference: str, http: Http) -> Uploaded:
        """Ask how far the server is: 206 while it works."""
        reply = self._ask(f"/api/v1/media/{reference}", http)
        if reply.status >= 300:
            raise self._refusal(reply)
        return Uploaded(reference, ready=reply.status != 206)

    def edit(self, receipt: Receipt, outgoing: Outgoing, http: Http) -> Receipt:
        """Put another text in the place of a post: readers see that it was edited, and what it was."""
        status = {name: each for name, each in _status(outgoing).items() if name != "visibility"}
        headers = self._headers() | {"content-type": "application/json"}
        address = f"{self.server}/api/v1/statuses/{receipt.remote_id}"
        reply = http.repeatable("PUT", address, headers=headers, body=_dumps(status))
        if reply.status >= 300:
            raise self._refusal(reply)
        edited = _receipt(reply.json())
        if edited is None:
            raise NotSent(f"{self.server} edited the post but named no id.", answer=_shown(reply))
        return edited

    def delete(self, receipt: Receipt, http: Http) -> None:
        """Delete a post; one that is not there any more is no fault of anybody."""
        address = f"{self.server}/api/v1/statuses/{receipt.remote_id}"
        reply = http.repeatable("DELETE", address, headers=self._headers())
        if reply.status >= 300 and reply.status not in (404, 410):
            raise self._refusal(reply)

    def _post(self, outgoing: Outgoing, http: Http, *, answers: str | None) -> Receipt:
        headers = self._headers() | {
            "content-type": "application/json",
            "idempotency-key": hashlib.sha256(outgoing.key.encode() + outgoing.body).hexdigest(),
        }
        status = _status(outgoing) | ({} if answers is None else {"in_reply_to_id": answers})
        reply = http.once("POST", f"{self.server}/api/v1/statuses", headers=headers, body=_dumps(status))
        if reply.status >= 300:
            raise self._refusal(reply)
        receipt = _receipt(reply.json())
        if receipt is None:
            raise Unknown(f"{self.server} accepted the post but named no id.", answer=_shown(reply))
        return receipt

    def find(self, outgoing: Outgoing, http: Http) -> Receipt | None:
        """Look through the account's newest posts, back to when this one was composed."""
        composed = json.loads(outgoing.body)
        after = datetime.fromisoformat(composed["after"]) - SKEW
        wanted = _plain(composed["status"]["status"])
        if not wanted:
            raise NotSent("A post without a letter or digit cannot be told from others; look at the account.")
        account = _field(self._get("/api/v1/accounts/verify_credentials", http), "id")
        if not account:
            raise NotSent(f"{self.server} named no account; look at it.")
        query: dict[str, str] = {"exclude_reblogs": "true", "limit": str(_PAGE)}
        for _ in range(_PAGES):
            page = self._get(f"/api/v1/accounts/{account}/statuses?{urlencode(query)}", http)
            if not isinstance(page, list):
                raise NotSent(f"{self.server} did not list the account's posts; look at the account.")
            for status in page:
                if _posted(status) >= after and wanted.shown_as(_rendered(_field(status, "content"))):
                    return _receipt(status)
            if not page or min(_posted(status) for status in page) < after:
                return None
            query["max_id"] = _field(page[-1], "id")
        raise NotSent(f"{self.server}: more than {_PAGE * _PAGES} posts since; look at the account.")

    def check(self, http: Http) -> str:
        """Try the token, and learn what the server is and allows; hold `limit` against it."""
        reply = self._ask("/api/v1/accounts/verify_credentials", http)
        if reply.status >= 300:
            raise Rejected(f"{self.server} refused the token: {_words(reply)}.", remedy=self._token_remedy(reply))
        account = _field(reply.json(), "acct")
        if not account:
            raise Rejected(f"{self.server} named no account.", remedy="Check 'server': it must speak Mastodon's API.")
        told = self._ask_limits(http)
        allowed = told.get("characters")
        if allowed and self.limit and self.limit > allowed:
            raise Rejected(
                f"{self.server} allows {allowed} characters, the channel's limit is {self.limit}.",
                remedy=f"Write limit = {allowed} into the channel's settings, or take 'limit' out.",
            )
        (limit,) = self.limits()
        return f"posts as @{account} on {self.server}, up to {limit.maximum} characters{_quirks(told)}"

    def _refuse_unfit(self, text: str, post: Post) -> None:
        if not text:
            raise Refused("A post without text cannot be sent; reject the draft instead.")
        (limit,) = self.limits()
        # A warning counts with the text.
        number = count(text, limit) + count(post.warning or "", limit)
        if number > limit.maximum:
            raise Refused(f"The text counts {number} characters on {self.server}, of {limit.maximum}.")
        if len(post.media) > 1 and any(each.kind is not MediaKind.IMAGE for each in post.media):
            raise Refused("Mastodon takes one film, one sound, or up to four pictures; take some out.")
        if not post.media and self._told().get("software") == "pixelfed":
            raise Refused("Pixelfed takes only posts with a picture; add one, or leave this channel out.")
        if post.warning:
            text = f"{post.warning}\n{text}"
        refuse_strangers(_MENTION.findall(URL.sub(" ", text)), self.mentions, service="Mastodon")

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token.reveal()}"}

    def _ask(self, path: str, http: Http) -> Reply:
        return http.repeatable("GET", self.server + path, headers=self._headers())

    def _get(self, path: str, http: Http) -> Any:
        reply = self._ask(path, http)
        if reply.status >= 300:
            raise NotSent(f"{self.server} refused a look-up ({reply.status}): {_words(reply)}.")
        return reply.json()

    def _ask_limits(self, http: Http) -> dict[str, Any]:
        """What the server says of itself: its software, how long a post may be, what a link counts. It is kept.

        Servers from before Mastodon 4.0, and snac, know only the first version of the question.
        """
        said: Any = None
        for version in ("v2", "v1"):
            reply = self._ask(f"/api/{version}/instance", http)
            if reply.status < 300 and isinstance(said := reply.json(), dict):
                break
        if not isinstance(said, dict):
            return {}
        statuses = _at(said, "configuration", "statuses")
        told = {
            "characters": _number(statuses, "max_characters") or _number(said, "max_toot_chars"),
            "per_url": _number(statuses, "characters_reserved_per_url"),
            "software": _software(_field(said, "version"), _field(said, "source_url")),
        }
        self.memory.keep(_INSTANCE, json.dumps(told))
        return told

    def _told(self) -> dict[str, Any]:
        told = json.loads(self.memory.recall(_INSTANCE) or "{}")
        return told if isinstance(told, dict) else {}

    def _refusal(self, reply: Reply) -> NotSent | Rejected:
        said = f"{self.server} refused the post ({reply.status}): {_words(reply)}."
        if reply.status == 401 or (reply.status == 403 and _NO_SCOPE in _words(reply)):
            return NotSent(f"{said} {self._token_remedy(reply)}", answer=_shown(reply))
        if _STILL_WORKING in _words(reply):
            return NotSent(f"{said} Nothing was posted.", answer=_shown(reply))
        match reply.status:
            case 404 | 405:
                remedy = "Check 'server': it does not seem to speak Mastodon's API."
            case 403:
                remedy = "Log in to the account and see what it may do."
            case _:
                remedy = "Change the text as the server asks, and approve it again."
        return Rejected(said, remedy=remedy, answer=_shown(reply))

    def _token_remedy(self, reply: Reply) -> str:
        if reply.status == 403:
            return _NO_SCOPE_REMEDY
        return f"Make a new token (Preferences, Development) and put it into {self.token.variable}."


def _status(outgoing: Outgoing) -> dict[str, Any]:
    """The request, with the ids of its uploads in the place of their hashes."""
    status: dict[str, Any] = json.loads(outgoing.body)["status"]
    if (names := status.pop(_MEDIA, None)) is not None:
        status["media_ids"] = [outgoing.uploads[each] for each in names]
    return status


def _software(version: str, source: str) -> str:
    """Which server speaks, by how it names its version: those that are compatible say so behind Mastodon's."""
    told = f"{version} {source}".casefold()
    for name in ("pixelfed", "gotosocial", "akkoma", "pleroma", "snac", "takahe", "hometown", "glitch"):
        if name in told:
            return name
    # GoToSocial names only its own version, which begins with 0.
    return "gotosocial" if version.startswith("0.") else "mastodon"


def _quirks(told: Mapping[str, Any]) -> str:
    match told.get("software"):
        case "pixelfed":
            return "; Pixelfed takes only posts with a picture, and no idempotency key"
        case "gotosocial" | "snac" | "takahe" as name:
            return f"; {name} takes no idempotency key, so a doubt is looked up"
        case _:
            return ""


def _at(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _number(value: Any, name: str) -> int | None:
    found = _at(value, name)
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else None


def _dumps(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True).encode()


def _language(tag: str | None) -> str | None:
    """The ISO 639 code in a language tag: "en" of "en-US"."""
    first = (tag or "").replace("_", "-").split("-")[0].lower()
    return first if _LANGUAGE.fullmatch(first) else None


def _receipt(status: Any) -> Receipt | None:
    if not (remote_id := _field(status, "id")):
        return None
    return Receipt(remote_id, permalink=_field(status, "url") or None)


def _field(value: Any, name: str) -> str:
    """A string field of a JSON object, "" where there is none."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def _posted(status: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(_field(status, "created_at"))
    except ValueError:
        raise NotSent("The server lists posts without a readable time; look at the account.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _words(reply: Reply) -> str:
    """What a refusal says, on one line."""
    said = reply.json()
    words = _field(said, "error_description") or _field(said, "error")
    return shorten(fold(words), _WORDS_SHOWN).rstrip(".") or "it gave no reason"


def _shown(reply: Reply) -> str:
    return reply.body[:_SHOWN].decode("utf-8", "replace")


class _Prints:
    """What identifies a text however a server renders it: its letters and digits, and where its links lead.

    Servers shorten and rewrite addresses in their own ways, and no two render punctuation alike.
    """

    def __init__(self, whole: str, unlinked: str, links: list[str]) -> None:
        self._whole = _letters(whole)
        self._unlinked = _letters(unlinked)
        self._leads = {_letters(unquote(link.split("//", 1)[-1].partition("/")[2])) for link in links}

    def __bool__(self) -> bool:
        return bool(self._whole)

    def shown_as(self, other: _Prints) -> bool:
        if self._whole == other._whole:
            return True
        return bool(self._unlinked) and self._unlinked == other._unlinked and self._leads <= other._leads


def _plain(text: str) -> _Prints:
    return _Prints(text, URL.sub(" ", text), URL.findall(text))


def _rendered(content: str) -> _Prints:
    """Read a post's HTML. Tags are cut out rather than parsed: html.parser takes minutes over hostile input."""
    whole: list[str] = []
    unlinked: list[str] = []
    links: list[str] = []
    in_link = False
    for found in _PIECE.finditer(content[:_CONTENT_MAXIMUM]):
        tag, text = found["tag"], html.unescape(found["text"] or "")
        if tag is None:
            whole.append(text)
            if not in_link:
                unlinked.append(text)
        elif tag.casefold().startswith(("<a ", "</a")):
            # Mentions and hashtags are links to the server's own pages: their words are the post's.
            classes = _attribute(tag, "class").split()
            in_link = tag[1] != "/" and "mention" not in classes and "hashtag" not in classes
            if in_link:
                links.append(_attribute(tag, "href"))
    return _Prints("".join(whole), "".join(unlinked), links)


def _attribute(tag: str, name: str) -> str:
    found = regex.search(rf"""\s{name}\s*=\s*(["'])(.*?)\1""", tag, regex.DOTALL)
    return html.unescape(found[2]) if found else ""


def _letters(text: str) -> str:
    return "".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))
