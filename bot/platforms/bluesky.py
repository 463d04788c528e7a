"""Bluesky and any other Personal Data Server of the AT Protocol.

Facts from bluesky-social/atproto (lexicons/com/atproto, lexicons/app/bsky, packages/pds) as of August 2026. We choose
the record's key ourselves and write with `putRecord` and `swapRecord: null`: the same bytes under the same key count
once, other bytes under it are refused, so a doubt is settled by sending again.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

import regex

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.ledger import Tier
from bot.model.publication import Mail, MediaKind, Medium, Post, PostRef, Publication
from bot.model.secret import Secret
from bot.platforms.address import origin
from bot.platforms.cards import card_of, host
from bot.platforms.contract import Http, Mark, Memory, Outgoing, Preview, Receipt, Reply, Timed, Uploaded
from bot.platforms.facts import CardBy, Facts, MediaLimit, Rate
from bot.platforms.memory import Forgetful
from bot.platforms.preview import plain
from bot.platforms.quoted import places
from bot.text import URL, Limit, Unit, count, fits, fold, graphemes, shorten, unpunctuated

_COLLECTION = "app.bsky.feed.post"
_MAXIMA = (Limit(300, Unit.GRAPHEMES), Limit(3000, Unit.UTF8_BYTES))
# A link is shown in at most so many characters; it counts as this and three marks of punctuation behind it.
_LINK_SHOWN = 27
_PER_URL = 30
_UTF8_WIDEST = 4
_TAG_MAXIMUM = 64
# The picture of a card; those of a post may be twice as large.
_THUMB_MAXIMUM = 1_000_000
# Stands in the composed bytes where the reference of an upload will.
_BLOB = "$sha256"
_SESSION = "session"
# A token that ends within so many seconds is renewed before it is used.
_SOON = 60
_SHOWN = 500
_WORDS_SHOWN = 200
_TID_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_TID_LENGTH = 13
_HANDLE = regex.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_DID = regex.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]*[A-Za-z0-9._-]")
_LANGUAGE = regex.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
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
    memory: Memory = field(default_factory=Forgetful, repr=False, compare=False)

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
        media=(
            MediaLimit(MediaKind.IMAGE, 4, 2_000_000, ("image/jpeg", "image/png", "image/webp", "image/gif")),
            # What Bluesky's own servers take as one blob; the service transcodes it behind the post.
            MediaLimit(MediaKind.VIDEO, 1, 50_000_000, ("video/mp4",), duration=180),
        ),
        together=4,
        alt=2_000,
        links="shown short, leading to the whole address",
        card=CardBy.US,
        quoting=True,
        # 5000 points an hour and 35,000 a day, 3 for each post.
        rates=(Rate(1666, timedelta(hours=1)), Rate(11_666, timedelta(days=1))),
        lag=timedelta(),
        # "Minutes" say the docs of a blob that no record names.
        uploads_last=timedelta(minutes=10),
        remarks=("A post cannot be edited for its readers; corrections answer it.",),
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
            said = " and ".join(f"{count(text, each)} of {each.maximum} {each.unit.words}" for each in _MAXIMA)
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
        if (embed := _embed(publication)) is not None:
            record["embed"] = embed
        request = {
            "repo": self.handle,
            "collection": _COLLECTION,
            "rkey": tid(key, at=at),
            "record": record,
            "swapRecord": None,
        }
        return _dumps(request)

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Write the record. Where it stands already, that is a success too."""
        return self._write(_filled(outgoing), http)

    def follow(self, outgoing: Outgoing, http: Http, *, root: Receipt, parent: Receipt) -> Receipt:
        """Write the record as an answer; the same root and parent make the same bytes again."""
        request = json.loads(_filled(outgoing).body)
        request["record"]["reply"] = {"root": self._strong(root, http), "parent": self._strong(parent, http)}
        return self._write(replace(outgoing, body=_dumps(request)), http)

    def upload(self, medium: Medium, content: bytes, http: Http) -> Uploaded:
        """Hand over a blob. It is named by its content: the same bytes have the same reference, however often."""
        reply = self._ask("POST", "com.atproto.repo.uploadBlob", http, kind=medium.mime, body=content)
        if reply.status >= 300:
            raise Rejected(
                f"{self.server} refused the {medium.kind} ({reply.status}): {_words(reply)}.",
                remedy="Make the file smaller, or take it out of the post.",
                answer=_shown(reply),
            )
        blob = reply.json().get("blob") if isinstance(reply.json(), dict) else None
        if not isinstance(blob, dict):
            raise NotSent(f"{self.server} took the {medium.kind} but named no blob.", answer=_shown(reply))
        return Uploaded(json.dumps(blob, sort_keys=True))

    def uploaded(self, reference: str, _http: Http) -> Uploaded:
        """A blob is there as soon as it was taken."""
        return Uploaded(reference)

    def delete(self, receipt: Receipt, http: Http) -> None:
        """Delete the record; one that is gone is no fault of anybody."""
        collection, _, rkey = receipt.remote_id.rpartition("/")
        asked = {"repo": self.handle, "collection": collection.rpartition("/")[2], "rkey": rkey}
        reply = self._ask("POST", "com.atproto.repo.deleteRecord", http, body=_dumps(asked))
        if reply.status >= 300:
            raise self._refusal(reply)

    def preview(self, post: Post) -> Preview:
        """The text with its links shortened and marked, as the record will show it."""
        text, facets = rich_text(post.text.strip(), quotes=tuple(each.text for each in post.quotes))
        made = plain(self, post, text=text, marks=_chars(text, facets))
        return replace(made, card=None, card_by="") if post.media else made

    def _write(self, outgoing: Outgoing, http: Http) -> Receipt:
        headers = {"authorization": f"Bearer {self._token(http)}", "content-type": "application/json"}
        reply = http.once("POST", self._address("com.atproto.repo.putRecord"), headers=headers, body=outgoing.body)
        if reply.status < 300:
            written = reply.json()
            if not _field(written, "uri"):
                raise Unknown(f"{self.server} accepted the post but named no address for it.", answer=_shown(reply))
            return self._receipt(written)
        if _error(reply) == "InvalidSwap":
            return self._standing(outgoing, http, reply)
        if reply.status == 401 or _error(reply) in _NO_LOG_IN:
            self._keep({})
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
        self._begun(reply)
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

    def _strong(self, receipt: Receipt, http: Http) -> dict[str, str]:
        """What an answer names: the address and the content's hash, asked for where a person gave only the address."""
        if receipt.memo:
            return {"uri": receipt.remote_id, "cid": receipt.memo}
        repo, collection, rkey = (*receipt.remote_id.removeprefix("at://").split("/"), "", "")[:3]
        query = urlencode({"repo": repo, "collection": collection, "rkey": rkey})
        reply = http.repeatable("GET", f"{self._address('com.atproto.repo.getRecord')}?{query}", headers={})
        cid = _field(reply.json(), "cid") if reply.status < 300 else ""
        if not cid:
            raise NotSent(f"{self.server} does not show {receipt.remote_id}, which is to be answered.")
        return {"uri": receipt.remote_id, "cid": cid}

    def _ask(self, method: str, name: str, http: Http, *, body: bytes, kind: str = "application/json") -> Reply:
        """A repeatable request with the session; one that is refused is given up, and the next try has a new one."""
        headers = {"authorization": f"Bearer {self._token(http)}", "content-type": kind}
        reply = http.repeatable(method, self._address(name), headers=headers, body=body)
        if reply.status == 401 or _error(reply) in _NO_LOG_IN:
            self._keep({})
            raise NotSent(f"{self.server} refused the session: {_words(reply)}. It is tried again with a new one.")
        return reply

    def _token(self, http: Http) -> str:
        """The session that is kept, renewed where it is about to end; else a new log-in. Raises NotSent."""
        kept = self._session()
        if (token := _field(kept, "accessJwt")) and not _ends(token, http):
            return token
        if (refresh := _field(kept, "refreshJwt")) and not _ends(refresh, http):
            headers = {"authorization": f"Bearer {refresh}"}
            reply = http.repeatable("POST", self._address("com.atproto.server.refreshSession"), headers=headers)
            if reply.status < 300 and (token := self._begun(reply)):
                return token
        reply = self._log_in(http)
        if reply.status >= 300:
            raise NotSent(f"{self.server} refused the log-in: {_words(reply)}. {self._log_in_remedy(reply)}")
        if not (token := self._begun(reply)):
            raise NotSent(f"{self.server} logged in but gave no token; nothing was sent.")
        return token

    def _session(self) -> Mapping[str, str]:
        """The session that was kept for this account and this password."""
        kept = json.loads(self.memory.recall(_SESSION) or "{}")
        return kept if kept.get("of") == self._account() else {}

    def _begun(self, reply: Reply) -> str:
        """Keep a session that has just begun, if it is whole; gives its token."""
        session = reply.json()
        access, refresh = _field(session, "accessJwt"), _field(session, "refreshJwt")
        if access and refresh:
            self._keep({"accessJwt": access, "refreshJwt": refresh})
        return access

    def _keep(self, session: dict[str, str]) -> None:
        self.memory.keep(_SESSION, json.dumps({**session, "of": self._account()}))

    def _account(self) -> str:
        """Which account and password a session belongs to: another password must not go on with the old session."""
        told = f"{self.server}\n{self.handle}\n{self.password.reveal()}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]

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
        return Receipt(record["uri"], permalink=self._link_of(record), answer=answer, memo=_field(record, "cid"))

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
    quoted = places(text, quotes)
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
    for found in URL.finditer(text):
        uri = unpunctuated(found.group())
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


def _short(uri: str) -> str:
    """An address as it is shown: without its scheme, and cut behind the host, of which the end always shows."""
    bare = uri.split("://", 1)[1].rstrip("/")
    if len(bare) <= _LINK_SHOWN:
        return bare
    server = bare.partition("/")[0]
    if len(server) >= _LINK_SHOWN:
        return "…" + server[1 - _LINK_SHOWN :]
    return bare[: _LINK_SHOWN - 1] + "…"


def _card(post: Post) -> dict[str, Any]:
    """The card below a post: Bluesky makes none from a link."""
    card = card_of(post)
    assert card is not None  # noqa: S101 - only asked for where there is a link
    external: dict[str, Any] = {"uri": post.link, "title": card.title, "description": card.description}
    if card.image is not None:
        if card.image.size > _THUMB_MAXIMUM:
            raise Refused(f"The card's picture has {card.image.size:,} bytes; Bluesky takes {_THUMB_MAXIMUM:,}.")
        external["thumb"] = {_BLOB: card.image.sha256}
    return {"$type": "app.bsky.embed.external", "external": external}


def _embed(post: Post) -> dict[str, Any] | None:
    """What stands below the text: pictures or a film, a quoted post, both of these, or the link's card."""
    media = _pictures(post) if post.media else None
    if post.quoting is not None:
        quoted = {"$type": "app.bsky.embed.record", "record": _quoted(post.quoting)}
        if media is None:
            return quoted
        return {"$type": "app.bsky.embed.recordWithMedia", "record": quoted, "media": media}
    return media or (_card(post) if post.link else None)


def _pictures(post: Post) -> dict[str, Any]:
    film = next((each for each in post.media if each.kind is MediaKind.VIDEO), None)
    if film is None:
        images = [{"alt": each.alt, "image": {_BLOB: each.sha256}, **_shape(each)} for each in post.media]
        return {"$type": "app.bsky.embed.images", "images": images}
    if len(post.media) > 1:
        raise Refused("Bluesky takes one film or up to four pictures, not both; take some out.")
    return {"$type": "app.bsky.embed.video", "video": {_BLOB: film.sha256}, "alt": film.alt, **_shape(film)}


def _shape(medium: Medium) -> dict[str, Any]:
    if not medium.width or not medium.height:
        return {}
    return {"aspectRatio": {"width": medium.width, "height": medium.height}}


def _quoted(ref: PostRef) -> dict[str, str]:
    if not ref.remote_id.startswith("at://") or not ref.memo:
        raise Refused("A post can only be quoted by its at:// address and its hash; link to it in the text instead.")
    return {"uri": ref.remote_id, "cid": ref.memo}


def _filled(outgoing: Outgoing) -> Outgoing:
    """The request with every blob's reference in the place of its SHA-256."""

    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            if _BLOB in value:
                return json.loads(outgoing.uploads[value[_BLOB]])
            return {name: fill(each) for name, each in value.items()}
        return [fill(each) for each in value] if isinstance(value, list) else value

    return replace(outgoing, body=_dumps(fill(json.loads(outgoing.body)))) if outgoing.uploads else outgoing


def _chars(text: str, facets: list[dict[str, Any]]) -> tuple[Mark, ...]:
    """Facets as an editor's page counts: in characters."""
    raw = text.encode()
    marks = []
    for each in facets:
        begin, stop = (len(raw[: each["index"][side]].decode()) for side in ("byteStart", "byteEnd"))
        feature = each["features"][0]
        leads = feature.get("uri") or f"https://bsky.app/hashtag/{feature['tag']}"
        marks.append(Mark(begin, stop, leads))
    return tuple(marks)


def _ends(token: str, http: Http) -> bool:
    """Whether a token says of itself (the `exp` of a JWT) that it ends within a minute."""
    try:
        told = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))["exp"]
    except (IndexError, ValueError, KeyError, TypeError):
        return False
    return isinstance(told, int) and isinstance(http, Timed) and told - http.now().timestamp() < _SOON


def _dumps(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True).encode()


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
