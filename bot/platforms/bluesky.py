"""Bluesky and any other Personal Data Server of the AT Protocol.

Facts from bluesky-social/atproto (lexicons/com/atproto, lexicons/app/bsky, packages/pds) as of August 2026. We choose
the record's key ourselves and write with `putRecord` and `swapRecord: null`: the same bytes under the same key count
once, other bytes under it are refused, so a doubt is settled by sending again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

import regex

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.ledger import Tier
from bot.model.publication import Mail, Post, Publication
from bot.model.secret import Secret
from bot.platforms.address import origin
from bot.platforms.cards import card_of, host
from bot.platforms.contract import Http, Outgoing, Receipt, Reply
from bot.platforms.facts import CardBy, Facts, Rate
from bot.text import Limit, Unit, count, fits, fold, graphemes, shorten

_COLLECTION = "app.bsky.feed.post"
_MAXIMA = (Limit(300, Unit.GRAPHEMES), Limit(3000, Unit.UTF8_BYTES))
# A link is shown in at most so many characters; it counts as this and three marks of punctuation behind it.
_LINK_SHOWN = 27
_PER_URL = 30
_UTF8_WIDEST = 4
_TAG_MAXIMUM = 64
_SHOWN = 500
_WORDS_SHOWN = 200
_TID_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_TID_LENGTH = 13
_HANDLE = regex.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_DID = regex.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]*[A-Za-z0-9._-]")
_LANGUAGE = regex.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_URL = regex.compile(r"https?://[^\s<>\"]+")
_CLOSING = regex.compile(r"[\p{Pe}\p{Pf}.,;:!?'…]{1,3}$")
# TAG_REGEX of packages/api/src/rich-text/util.ts: not at a digit only, not an emoji's own number sign.
_TAG = regex.compile(r"(?<!\S)[#＃](?!\ufe0f)([^\s\u00ad\u2060\u200a-\u200d\u20e2]+)")
# Begins only where a run of punctuation begins: else every mark of a long run would be tried.
_TAG_END = regex.compile(r"(?<!\p{P})\p{P}+$")
_TAG_WORD = regex.compile(r"[^\d\p{P}]")
# An answer with one of these came before anything was looked at; a new log-in or a word with the host mends it.
_NO_LOG_IN = frozenset({"ExpiredToken", "InvalidToken", "AuthMissing", "AuthenticationRequired"})


@dataclass(frozen=True)
class Bluesky:
    """An account, by its handle (or DID) and an app password (Settings, Privacy and security, App passwords).

    `server` is the Personal Data Server; bsky.social stands for all of Bluesky's own.
    """

    handle: str
    password: Secret
    server: str = "https://bsky.social"

    name: ClassVar[str] = "bluesky"
    tier: ClassVar[Tier] = Tier.KEYED
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Post,)
    leaves_home: ClassVar[bool] = True
    facts: ClassVar[Facts] = Facts(
        docs=(
            "github.com/bluesky-social/atproto/tree/main/lexicons",
            "docs.bsky.app/docs/advanced-guides/rate-limits",
            "atproto.com/specs/tid",
        ),
        read=date(2026, 8, 20),
        links="shown short, leading to the whole address",
        card=CardBy.US,
        # 5000 points an hour and 35,000 a day, 3 for each post.
        rates=(Rate(1666, timedelta(hours=1)), Rate(11_666, timedelta(days=1))),
        lag=timedelta(),
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "handle", _identifier(self.handle))
        object.__setattr__(self, "server", origin(self.server, example="https://bsky.social"))

    def limits(self) -> tuple[Limit, ...]:
        """Bluesky's 300 graphemes and 3000 bytes, with each link as long as we ever show one."""
        widest = (_PER_URL, _PER_URL * _UTF8_WIDEST)
        return tuple(replace(each, per_url=size) for each, size in zip(_MAXIMA, widest, strict=True))

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:
        """The whole `putRecord` request; `at` is the post's time. Raises Refused for what cannot be posted."""
        if not isinstance(publication, Post):
            raise Refused("Bluesky takes posts, not newsletters; send the edition through another channel.")
        if any("\ud800" <= character <= "\udfff" for character in publication.text):
            raise Refused("The text holds half of a character (a lone surrogate); type it anew.")
        text, facets = rich_text(publication.text.strip(), quotes=tuple(each.text for each in publication.quotes))
        if not text:
            raise Refused("A post without text cannot be sent; reject the draft instead.")
        if not fits(text, _MAXIMA):
            said = " and ".join(f"{count(text, each)} of {each.maximum} {each.unit}" for each in _MAXIMA)
            raise Refused(f"The text is too long for Bluesky: {said}.")
        record: dict[str, Any] = {
            "$type": _COLLECTION,
            "text": text,
            "createdAt": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z",
        }
        if facets:
            record["facets"] = facets
        if publication.language and _LANGUAGE.fullmatch(publication.language):
            record["langs"] = [publication.language]
        if publication.link:
            record["embed"] = _card(publication)
        request = {
            "repo": self.handle,
            "collection": _COLLECTION,
            "rkey": tid(key, at=at),
            "record": record,
            "swapRecord": None,
        }
        return json.dumps(request, sort_keys=True).encode()

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Log in, then write the record. Where it stands already, that is a success too."""
        reply = self._log_in(http)
        if reply.status >= 300:
            raise NotSent(f"{self.server} refused the log-in: {_words(reply)}. {self._log_in_remedy(reply)}")
        token = _field(reply.json(), "accessJwt")
        if not token:
            raise NotSent(f"{self.server} logged in but gave no token; nothing was sent.")
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        reply = http.once("POST", self._address("com.atproto.repo.putRecord"), headers=headers, body=outgoing.body)
        if reply.status < 300:
            written = reply.json()
            if not _field(written, "uri"):
                raise Unknown(f"{self.server} accepted the post but named no address for it.", answer=_shown(reply))
            return self._receipt(written)
        if _error(reply) == "InvalidSwap":
            return self._standing(outgoing, http, reply)
        raise self._refusal(reply)

    def find(self, outgoing: Outgoing, http: Http) -> Receipt | None:
        """Ask for the record by its key; needs no log-in."""
        found = self._record(outgoing, http)
        if found is None:
            return None
        if not _same(found, outgoing):
            raise NotSent(f"Another text stands at {self._link_of(found)}; look at it and decide.")
        return self._receipt(found)

    def _standing(self, outgoing: Outgoing, http: Http, refusal: Reply) -> Receipt:
        """Something stands under the key already: ours, on a server that does not take the same bytes twice, or not."""
        found = self._record(outgoing, http)
        if found is None:
            raise NotSent(f"{self.server} refused the post as already there, but it is not.", answer=_shown(refusal))
        if not _same(found, outgoing):
            raise Rejected(
                f"Another text stands at {self._link_of(found)}, in the place of this post.",
                remedy="Keep it, or delete it there and approve the draft again.",
                answer=_shown(refusal),
            )
        return self._receipt(found)

    def _record(self, outgoing: Outgoing, http: Http) -> Mapping[str, Any] | None:
        request = json.loads(outgoing.body)
        query = urlencode({name: request[name] for name in ("repo", "collection", "rkey")})
        reply = http.repeatable("GET", f"{self._address('com.atproto.repo.getRecord')}?{query}", headers={})
        if reply.status < 300:
            found = reply.json()
            if not isinstance(found, dict) or not _field(found, "uri"):
                raise NotSent(f"{self.server} answered a look-up with something else than a record.")
            return found
        # Servers from before the error had a name say it in words, and so do those that answer 404.
        if _error(reply) == "RecordNotFound" or _words(reply).startswith("Could not locate record: "):
            return None
        raise NotSent(f"{self.server} refused a look-up ({reply.status}): {_words(reply)}.")

    def check(self, http: Http) -> str:
        """Log in, and see that it is the account that is meant and that it may post."""
        reply = self._log_in(http)
        if reply.status >= 300:
            raise Rejected(
                f"{self.server} refused the log-in: {_words(reply)}.", remedy=self._log_in_remedy(reply), answer=""
            )
        session = reply.json()
        handle, did = _field(session, "handle"), _field(session, "did")
        if self.handle not in (handle, did):
            raise Rejected(
                f"The log-in is for {handle or 'nobody'}, not for {self.handle}.",
                remedy="Write the handle that the account bears now into 'handle'.",
            )
        if session.get("active") is False:
            raise Rejected(
                f"The account {handle} is {_field(session, 'status') or 'not active'}.",
                remedy="Log in with the app and see what it says.",
            )
        return f"posts as {handle} on {self.server}"

    def _address(self, method: str) -> str:
        return f"{self.server}/xrpc/{method}"

    def _log_in(self, http: Http) -> Reply:
        body = json.dumps({"identifier": self.handle, "password": self.password.reveal()}).encode()
        headers = {"content-type": "application/json"}
        return http.repeatable("POST", self._address("com.atproto.server.createSession"), headers=headers, body=body)

    def _log_in_remedy(self, reply: Reply) -> str:
        if _error(reply) == "AccountTakedown":
            return "Log in with the app and see what it says."
        return f"Make an app password for {self.handle} and put it into {self.password.variable}."

    def _refusal(self, reply: Reply) -> NotSent | Rejected:
        said = f"{self.server} refused the post ({reply.status}): {_words(reply)}."
        if reply.status == 401 or _error(reply) in _NO_LOG_IN:
            return NotSent(f"{said} Nothing was written; it is tried again with a new log-in.", answer=_shown(reply))
        match _error(reply):
            case "AccountTakedown" | "AccountDeactivated":
                remedy = "Log in with the app and see what it says."
            case _:
                remedy = "Check 'server' and 'handle', change the text as the server asks, and approve it again."
        return Rejected(said, remedy=remedy, answer=_shown(reply))

    def _receipt(self, record: Mapping[str, Any]) -> Receipt:
        answer = json.dumps({name: record.get(name) for name in ("uri", "cid", "commit")})
        return Receipt(remote_id=record["uri"], permalink=self._link_of(record), answer=answer)

    def _link_of(self, record: Mapping[str, Any]) -> str:
        return f"https://bsky.app/profile/{self.handle}/post/{record['uri'].rpartition('/')[2]}"


def tid(key: str, *, at: datetime) -> str:
    """A record key that is always the same for the same delivery and sorts by its time.

    A TID is 53 bits of microseconds and 10 bits of a clock's number, in base 32 (atproto.com/specs/tid). The seconds
    are those of `at`; all that is finer comes from the key, so two deliveries of one second do not meet.
    """
    spread = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8])
    microseconds = int(at.timestamp()) * 1_000_000 + spread % 1_000_000
    number = (microseconds << 10 | spread // 1_000_000 % 1024) & (1 << 63) - 1
    return "".join(_TID_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_TID_LENGTH)))


def rich_text(text: str, *, quotes: tuple[str, ...]) -> tuple[str, list[dict[str, Any]]]:
    """The text to show and its facets: links shown short and leading to the whole address, and hashtags.

    Offsets count UTF-8 bytes. Inside quotations nothing is shortened or marked: their words stand as they are. There
    are no mentions: a name in a text notifies nobody.
    """
    quoted = _places(text, quotes)
    shown: list[str] = []
    facets: list[dict[str, Any]] = []
    at, begin = 0, 0
    for start, stop, label, feature in _marks(text):
        if start < begin or any(start < there[1] and stop > there[0] for there in quoted):
            continue
        before = text[begin:start]
        at += len(before.encode())
        size = len(label.encode())
        facets.append({"index": {"byteStart": at, "byteEnd": at + size}, "features": [feature]})
        shown += (before, label)
        at, begin = at + size, stop
    return "".join((*shown, text[begin:])), facets


def _marks(text: str) -> list[tuple[int, int, str, dict[str, str]]]:
    """Links and hashtags in the order of the text: where they begin and stop, what is shown, and the feature."""
    marks: list[tuple[int, int, str, dict[str, str]]] = []
    for found in _URL.finditer(text):
        uri = _unpunctuated(found.group())
        feature = {"$type": "app.bsky.richtext.facet#link", "uri": uri}
        if host(uri):
            marks.append((found.start(), found.start() + len(uri), _short(uri), feature))
    for found in _TAG.finditer(text):
        tag = _TAG_END.sub("", found[1])
        if "://" not in tag and _TAG_WORD.search(tag) and len(graphemes(tag)) <= _TAG_MAXIMUM:
            stop = found.start(1) + len(tag)
            feature = {"$type": "app.bsky.richtext.facet#tag", "tag": tag}
            marks.append((found.start(), stop, text[found.start() : stop], feature))
    return sorted(marks, key=lambda mark: mark[:2])


def _unpunctuated(uri: str) -> str:
    """An address without the punctuation of the sentence that it ends."""
    bare = _CLOSING.sub("", uri)
    return f"{bare})" if uri[len(bare) :].startswith(")") and bare.count("(") > bare.count(")") else bare


def _short(uri: str) -> str:
    """An address as it is shown: without its scheme, and cut behind the host, of which the end always shows."""
    bare = uri.split("://", 1)[1].rstrip("/")
    if len(bare) <= _LINK_SHOWN:
        return bare
    server = bare.partition("/")[0]
    if len(server) >= _LINK_SHOWN:
        return "…" + server[1 - _LINK_SHOWN :]
    return bare[: _LINK_SHOWN - 1] + "…"


def _places(text: str, quotes: tuple[str, ...]) -> list[tuple[int, int]]:
    places = []
    for quote in quotes:
        start = text.find(quote) if quote else -1
        if start >= 0:
            places.append((start, start + len(quote)))
    return places


def _card(post: Post) -> dict[str, Any]:
    """The card below a post: Bluesky makes none from a link."""
    card = card_of(post)
    assert card is not None  # noqa: S101 - only asked for where there is a link
    external = {"uri": post.link, "title": card.title, "description": card.description}
    return {"$type": "app.bsky.embed.external", "external": external}


def _identifier(handle: str) -> str:
    """A handle or DID as the protocol writes it. Raises ConfigError."""
    name = handle.strip().removeprefix("@")
    if _DID.fullmatch(name):
        return name
    if not _HANDLE.fullmatch(name.lower()):
        raise ConfigError([f"'handle' is wrong: '{handle}' is no handle; write for example \"you.bsky.social\"."])
    return name.lower()


def _same(found: Mapping[str, Any], outgoing: Outgoing) -> bool:
    """Whether a record is the one that we wrote: its words and its time, to the millisecond, are those we froze."""
    ours = json.loads(outgoing.body)["record"]
    return all(_field(found.get("value"), name) == ours[name] for name in ("text", "createdAt"))


def _field(value: Any, name: str) -> str:
    """A string field of a JSON object, "" where there is none."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, str) else ""


def _error(reply: Reply) -> str:
    """The name of an XRPC error."""
    return _field(reply.json(), "error")


def _words(reply: Reply) -> str:
    """What a refusal says, on one line."""
    said = _field(reply.json(), "message") or _error(reply)
    return shorten(fold(said), _WORDS_SHOWN).rstrip(".") or "it gave no reason"


def _shown(reply: Reply) -> str:
    return reply.body[:_SHOWN].decode("utf-8", "replace")
