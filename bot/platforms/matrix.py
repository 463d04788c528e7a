"""A Matrix room, through an account of its own on any homeserver.

Facts from spec.matrix.org/v1.18/client-server-api (room_send, message_pagination, redaction, content-repo, instant
messaging, event replacements, threading, mentions) and element-hq/synapse. A transaction counts once for one device
only, and Synapse forgets it after a day: a second safety, no key. So each message bears a mark of ours in its content,
by which it is found among the account's own messages.
"""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

import regex

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.ledger import Tier
from bot.model.publication import Mail, MediaKind, Medium, Post, Publication
from bot.model.secret import Secret
from bot.platforms.address import origin
from bot.platforms.contract import Http, Memory, Outgoing, Receipt, Reply, Uploaded
from bot.platforms.facts import SKEW, CardBy, Facts, MediaLimit, Rate
from bot.platforms.memory import Forgetful
from bot.platforms.replies import field as read
from bot.platforms.replies import shown, words
from bot.text import Limit, Unit

# A whole event has at most 65,536 bytes; what its server adds (signatures, the events before it) stays far below these.
_EVENT, _ENVELOPE = 65_536, 8_192
# An edit bears every text twice, and a caption stands twice in a message.
_TEXT = Limit(12_000, Unit.UTF8_BYTES)
_SIZE = 52_428_800
_KINDS = {MediaKind.IMAGE: "m.image", MediaKind.VIDEO: "m.video", MediaKind.AUDIO: "m.audio"}
_DOCS = (
    "spec.matrix.org/v1.18/client-server-api",
    "element-hq.github.io/synapse/latest/usage/configuration/config_documentation.html",
)
_API = "/_matrix/client/v3"
_MESSAGE = "m.room.message"
# Where our mark stands in a message; content may hold more than the specification knows.
_MARK = "pullquote.delivery"
_ROOM = regex.compile(r"![^\s/?#]{1,254}")
_PAGE, _PAGES = 50, 10
_NOBODY: dict[str, Any] = {}
# No answer may put a delivery off for longer (seconds).
_LONGEST_WAIT = 86_400.0


@dataclass(frozen=True)
class Matrix:
    """An account on the homeserver `server`, and the number of a room that it is in. `silent` texts are notices, which
    no client announces.
    """

    server: str
    room: str
    token: Secret
    silent: bool = False
    memory: Memory = field(default_factory=Forgetful, repr=False, compare=False)

    name: ClassVar[str] = "matrix"
    tier: ClassVar[Tier] = Tier.FINDABLE
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Post,)
    leaves_home: ClassVar[bool] = True
    facts: ClassVar[Facts] = Facts(
        docs=_DOCS,
        read=date(2026, 11, 28),
        media=(
            MediaLimit(MediaKind.IMAGE, 1, _SIZE, ("image/jpeg", "image/png", "image/gif", "image/webp")),
            MediaLimit(MediaKind.VIDEO, 1, _SIZE, ("video/mp4", "video/webm")),
            MediaLimit(MediaKind.AUDIO, 1, _SIZE, ("audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav", "audio/flac")),
        ),
        together=1,
        alt=4_000,
        links="as they are; many clients show a card",
        card=CardBy.SERVICE,
        rates=(Rate(10, timedelta(seconds=50)),),
        remarks=(
            "Size and rate are Synapse's own defaults; other servers and hosts set others.",
            "What is taken away stays with other servers that do not obey; the file of a medium stays on its own.",
        ),
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", origin(self.server, example="https://matrix.example"))
        object.__setattr__(self, "room", self.room.strip())
        if not _ROOM.fullmatch(self.room):
            raise ConfigError(
                [
                    f"'room' is wrong: '{self.room}' is no room's number, such as '!abc:example.org'. Clients show it "
                    "in the room's settings, 'Advanced'; an address with '#' may lead elsewhere tomorrow."
                ]
            )

    def limits(self) -> tuple[Limit, ...]:
        return (_TEXT,)

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:
        """The message's content with our mark, plain so that no word formats, and the time before which it was not."""
        if not isinstance(publication, Post):
            raise Refused("Matrix takes posts, not newsletters; send the edition through another channel.")
        text = publication.text.strip()
        content: dict[str, Any] = {"msgtype": "m.notice" if self.silent else "m.text", "body": text}
        bears = None
        if publication.media:
            (medium,) = publication.media
            content, bears = _captioned(text, medium), medium.sha256
        content |= {"m.mentions": _NOBODY, _MARK: _mark(key)}
        if (number := 2 * len(_canonical(content))) > _EVENT - _ENVELOPE:
            raise Refused(
                f"The message counts {number:,} bytes as Matrix would edit it, of {_EVENT - _ENVELOPE:,}. Shorten it."
            )
        after = int((at - SKEW).timestamp() * 1_000)
        return json.dumps({"content": content, "bears": bears, "after": after}, sort_keys=True).encode()

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Post once, where nobody has encrypted or replaced the room meanwhile."""
        return self._send(outgoing, http)

    def follow(self, outgoing: Outgoing, http: Http, *, root: Receipt, parent: Receipt) -> Receipt:
        """Post once in the thread of `root`; to clients that know no threads it is a reply to `parent`."""
        relation = {
            "rel_type": "m.thread",
            "event_id": root.remote_id,
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": parent.remote_id},
        }
        return self._send(outgoing, http, relation)

    def upload(self, medium: Medium, content: bytes, http: Http) -> Uploaded:
        """Hand over a file. It is not listed anywhere, and nobody is shown it before a message names it."""
        address = f"{self.server}/_matrix/media/v3/upload?{urlencode({'filename': _filename(medium)})}"
        headers = self._headers() | {"content-type": medium.mime}
        reply = http.repeatable("POST", address, headers=headers, body=content)
        if reply.status >= 300:
            raise self._refusal(reply, f"the {medium.kind}")
        reference = read(reply.json(), "content_uri")
        if not reference.startswith("mxc://"):
            raise NotSent(f"{self.server} took the {medium.kind} but named no address of it.", answer=shown(reply))
        return Uploaded(reference)

    def uploaded(self, reference: str, http: Http) -> Uploaded:  # noqa: ARG002 (the contract's)
        """An upload is there as soon as it has an address."""
        return Uploaded(reference)

    def find(self, outgoing: Outgoing, http: Http) -> Receipt | None:
        """Look for the mark among what the account itself wrote in the room since the post's time."""
        told = json.loads(outgoing.body)
        me, mark, withdrawn = self._me(http), told["content"][_MARK], False
        for event in self._own(me, told["after"], http):
            content, transaction = event.get("content"), read(event, "unsigned", "transaction_id")
            if read(content, _MARK) == mark and read(content, "m.relates_to", "rel_type") != "m.replace":
                return self._receipt(read(event, "event_id"), me)
            if _is_withdrawn(event) and transaction == mark:
                return self._receipt(read(event, "event_id"), me)
            withdrawn = withdrawn or (_is_withdrawn(event) and not transaction)
        if withdrawn:
            # It has lost its mark, and only the device that sent it is told of its transaction.
            raise NotSent("A message of the account was taken away since; it may have been this one. Look at the room.")
        return None

    def edit(self, receipt: Receipt, outgoing: Outgoing, http: Http) -> Receipt:
        """Put other words in the place of a message's: readers see that it was edited, and what it was."""
        self._refuse_room(http)
        original = self._event(receipt, http)
        new = _content(outgoing)
        fallback = {name: each for name, each in new.items() if name != _MARK} | {"body": f"* {new['body']}"}
        new |= {_MARK: read(original, "content", _MARK)}
        relation = {"rel_type": "m.replace", "event_id": receipt.remote_id}
        address = self._at("send", _MESSAGE, f"{_mark(outgoing.key)}-edit")
        reply = self._put(http.repeatable, address, {**fallback, "m.new_content": new, "m.relates_to": relation})
        if reply.status >= 300:
            raise self._refusal(reply, "to change the message")
        return receipt

    def delete(self, receipt: Receipt, http: Http) -> None:
        """Take a message away with everything that it was changed to; what is gone is no fault of anybody.

        The changes first: the specification only takes them out of sight, and of a message that is gone nobody is told
        what it was changed to.
        """
        path = f"rooms/{_part(self.room)}/relations/{_part(receipt.remote_id)}/m.replace?limit={_PAGE}"
        reply = http.repeatable("GET", f"{self.server}/_matrix/client/v1/{path}", headers=self._headers())
        # Some servers list no changes at all.
        if reply.status >= 300 and reply.status not in (404, 405):
            raise self._refusal(reply, "to list the message's changes")
        if reply.status < 300 and (changes := _chunk(reply)):
            me = self._me(http)
            for each in changes:
                if read(each, "sender") == me:
                    self._withdraw(read(each, "event_id"), http)
        self._withdraw(receipt.remote_id, http)

    def check(self, http: Http) -> str:
        """Try the token, and see that the account is in the room, that it may write there, and that readers do."""
        reply = self._ask("account/whoami", http)
        if reply.status == 401:
            raise Rejected(f"{self.server} refused the token: {_words(reply)}.", remedy=self._token_remedy())
        me = self._named(reply)
        self._refuse_room(http)
        # A server tells an account that has left how the room was then.
        if read(self._state(f"m.room.member/{_part(me)}", http) or {}, "membership") != "join":
            raise Rejected(f"{me} is not in the room.", remedy="Let the account join the room; then send it again.")
        self._refuse_powerless(me, http)
        named = read(self._state("m.room.name", http) or {}, "name")
        return f"posts as {me} in {named or self.room} on {self.server}"

    def _send(self, outgoing: Outgoing, http: Http, relation: Mapping[str, Any] | None = None) -> Receipt:
        self._refuse_room(http)
        me = self.memory.recall("me") or self._me(http)
        content = _content(outgoing) | ({} if relation is None else {"m.relates_to": relation})
        address = self._at("send", _MESSAGE, _mark(outgoing.key))
        reply = self._put(http.once, address, content)
        if reply.status >= 300:
            raise self._refusal(reply, "the message")
        number = read(reply.json(), "event_id")
        if not number.startswith("$"):
            raise Unknown(f"{self.server} accepted the message but named no number.", answer=shown(reply))
        return self._receipt(number, me, answer=shown(reply))

    def _receipt(self, number: str, me: str, *, answer: str = "") -> Receipt:
        """Where people see a message: an address that a client of theirs understands."""
        via = urlencode({"via": me.partition(":")[2]})
        return Receipt(number, f"https://matrix.to/#/{_part(self.room)}/{_part(number)}?{via}", answer=answer)

    def _own(self, me: str, after: int, http: Http) -> Iterator[Mapping[str, Any]]:
        """What an account wrote in the room since a moment (Unix milliseconds), the newest first. Raises NotSent."""
        query = {"dir": "b", "limit": str(_PAGE), "filter": json.dumps({"senders": [me], "types": [_MESSAGE]})}
        for _ in range(_PAGES):
            reply = self._ask(f"rooms/{_part(self.room)}/messages?{urlencode(query)}", http)
            if reply.status >= 300:
                raise NotSent(f"{self.server} did not list the room's messages ({reply.status}): {_words(reply)}.")
            for event in _chunk(reply):
                moment = event.get("origin_server_ts")
                if not isinstance(moment, int) or not read(event, "event_id"):
                    raise NotSent(f"{self.server} lists messages without a readable time; look at the room.")
                if moment < after:
                    return
                if read(event, "sender") == me:
                    yield event
            query["from"] = read(reply.json(), "end")
            if not query["from"]:
                return
        raise NotSent(f"More than {_PAGE * _PAGES} messages of the account since; look at the room.")

    def _event(self, receipt: Receipt, http: Http) -> Mapping[str, Any]:
        reply = self._ask(f"rooms/{_part(self.room)}/event/{_part(receipt.remote_id)}", http)
        if reply.status >= 300:
            raise self._refusal(reply, "to show the message")
        event = reply.json()
        if not isinstance(event, Mapping) or not isinstance(event.get("content"), Mapping):
            raise NotSent(f"{self.server} answered, but with no message.", answer=shown(reply))
        if _is_withdrawn(event):
            raise Rejected("The message was taken away.", remedy="Post the correction as a message of its own.")
        return event

    def _withdraw(self, number: str, http: Http) -> None:
        reply = self._put(http.repeatable, self._at("redact", number, f"{_mark(number)}-redact"), {})
        if reply.status >= 300 and _code(reply) != "M_NOT_FOUND":
            raise self._refusal(reply, "to take the message away")

    def _refuse_room(self, http: Http) -> None:
        """Raise Rejected for a room in which a message would deceive its readers, or have none."""
        if self._state("m.room.encryption", http) is not None:
            raise Rejected(
                "The room is encrypted, and whoever trusts that would be deceived by a message that is not.",
                remedy="Make a room without encryption, which cannot be taken off again, and set 'room' to it.",
            )
        if (moved := self._state("m.room.tombstone", http)) is not None:
            remedy = f"Set 'room' to '{read(moved, 'replacement_room')}', and let the account join it."
            raise Rejected("The room was replaced by another.", remedy=remedy)

    def _refuse_powerless(self, me: str, http: Http) -> None:
        """Raise Rejected where the room's levels do not let the account write. A room without levels lets all."""
        levels = self._state("m.room.power_levels", http) or {}
        asked = _level(levels, _level(levels, 0, "events_default"), "events", _MESSAGE)
        mine = _level(levels, _level(levels, 0, "users_default"), "users", me)
        if mine >= asked or self._made_it(me, http):
            return
        raise Rejected(
            f"In the room {asked} is needed to write, and {me} has {mine}.",
            remedy=f"Let {me} send messages: the room's settings, Roles and Permissions.",
        )

    def _made_it(self, me: str, http: Http) -> bool:
        """Whether the account made the room: from version 12 on that stands above every level."""
        made = self._state("m.room.create", http, "?format=event") or {}
        content = made.get("content")
        version = read(content, "room_version")
        also = content.get("additional_creators") if isinstance(content, Mapping) else None
        makers = [read(made, "sender"), *(also if isinstance(also, list) else [])]
        return version.isdigit() and int(version) >= 12 and me in makers

    def _state(self, kind: str, http: Http, query: str = "") -> Mapping[str, Any] | None:
        """What the room says of itself; None where it says nothing of this kind. Raises Rejected or NotSent."""
        reply = self._ask(f"rooms/{_part(self.room)}/state/{kind}{query}", http)
        if reply.status == 404 and _code(reply) == "M_NOT_FOUND":
            return None
        if reply.status >= 300:
            raise self._refusal(reply, "to tell of the room")
        found = reply.json()
        if not isinstance(found, Mapping):
            raise NotSent(f"{self.server} answered, but not as a homeserver does.", answer=shown(reply))
        return found

    def _me(self, http: Http) -> str:
        reply = self._ask("account/whoami", http)
        if reply.status >= 300:
            refused = self._refusal(reply, "to say whose token it is")
            raise NotSent(str(refused), answer=shown(reply))
        return self._named(reply)

    def _named(self, reply: Reply) -> str:
        if reply.status >= 300:
            raise self._refusal(reply, "to say whose token it is")
        me = read(reply.json(), "user_id")
        if not me.startswith("@"):
            raise NotSent(f"{self.server} answered, but not as a homeserver does.", answer=shown(reply))
        self.memory.keep("me", me)
        return me

    def _refusal(self, reply: Reply, what: str) -> NotSent | Rejected:
        said, evidence = f"{self.server} refused {what} ({reply.status}): {_words(reply)}.", shown(reply)
        if _code(reply) == "M_USER_LOCKED":
            return NotSent(f"{said} Ask the homeserver's administrator.", answer=evidence)
        if reply.status == 401:
            return NotSent(f"{said} {self._token_remedy()}", answer=evidence)
        match _code(reply):
            case "M_TOO_LARGE":
                remedy = "Shorten the text, or make the medium smaller."
            case "M_CONSENT_NOT_GIVEN":
                where = read(reply.json(), "consent_uri") or "where the server says"
                remedy = f"Log in as the account and agree to the server's terms: {where}."
            case "M_RESOURCE_LIMIT_EXCEEDED" | "M_USER_SUSPENDED":
                remedy = "Ask the homeserver's administrator, then send it again."
            case "M_FORBIDDEN":
                remedy = "Let the account join the room, and let it send messages there; then send it again."
            case "M_UNRECOGNIZED" | None if reply.status in (404, 405):
                remedy = "Check 'server': /_matrix/client/versions must answer there."
            case _:
                remedy = "Change the post as the server asks, and approve it again."
        return Rejected(said, remedy=remedy, answer=evidence)

    def _token_remedy(self) -> str:
        return f"Log in as the account anew, and put the access token into {self.token.variable}."

    def _ask(self, path: str, http: Http) -> Reply:
        return http.repeatable("GET", f"{self.server}{_API}/{path}", headers=self._headers())

    def _put(self, ask: Callable[..., Reply], address: str, content: Mapping[str, Any]) -> Reply:
        """Send an event. A server that is asked too fast may name the wait in the body alone (retry_after_ms)."""
        try:
            return ask("PUT", address, headers=self._headers(), body=_canonical(content))
        except NotSent as failure:
            wait = _asked_to_wait(failure)
            raise failure if wait is None else NotSent(str(failure), answer=failure.answer, retry_after=wait) from None

    def _at(self, *path: str) -> str:
        return f"{self.server}{_API}/rooms/{_part(self.room)}/{'/'.join(_part(each) for each in path)}"

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token.reveal()}", "content-type": "application/json"}


def _captioned(text: str, medium: Medium) -> dict[str, Any]:
    """A medium's message. `body` is what stands for it where it is not shown, so the description is there; clients
    that show the medium show `formatted_body` as its caption.
    """
    info: dict[str, Any] = {"mimetype": medium.mime, "size": medium.size}
    info |= {name: each for name, each in (("w", medium.width), ("h", medium.height)) if each is not None}
    if medium.duration is not None:
        info["duration"] = round(medium.duration * 1_000)
    content: dict[str, Any] = {"msgtype": _KINDS[medium.kind], "filename": _filename(medium), "info": info}
    if not text:
        return content | {"body": medium.alt}
    caption = html.escape(text, quote=False).replace("\n", "<br>")
    return content | {
        "body": f"{text}\n\n{medium.alt}",
        "format": "org.matrix.custom.html",
        "formatted_body": caption,
    }


def _content(outgoing: Outgoing) -> dict[str, Any]:
    """A message's content, with the address of its upload."""
    told = json.loads(outgoing.body)
    content: dict[str, Any] = told["content"]
    return content if told["bears"] is None else content | {"url": outgoing.uploads[told["bears"]]}


def _canonical(content: Mapping[str, Any]) -> bytes:
    """JSON as events are measured (canonical JSON): sorted, without spaces, and escaped only where it must be."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _filename(medium: Medium) -> str:
    return f"{medium.sha256[:12]}.{medium.mime.rpartition('/')[2]}"


def _mark(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _chunk(reply: Reply) -> list[Mapping[str, Any]]:
    told = reply.json()
    found = told.get("chunk") if isinstance(told, Mapping) else None
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        raise NotSent("The homeserver answered, but with no list of messages; look at the room.", answer=shown(reply))
    return found


def _is_withdrawn(event: Mapping[str, Any]) -> bool:
    """Whether a message was taken away (redacted): all that its content said is gone, and its mark with it."""
    unsigned = event.get("unsigned")
    return not event.get("content") or (isinstance(unsigned, Mapping) and "redacted_because" in unsigned)


def _asked_to_wait(failure: NotSent) -> float | None:
    """The wait (seconds) that only the body of a refusal names."""
    if failure.retry_after is not None or not failure.answer:
        return None
    try:
        told = json.loads(failure.answer)
    except ValueError:
        return None
    wait = read(told, "retry_after_ms")
    return min(int(wait) / 1_000, _LONGEST_WAIT) if wait.isascii() and wait.isdigit() else None


def _level(levels: Mapping[str, Any], otherwise: int, *path: str) -> int:
    """A level of power; the oldest rooms may write them as text."""
    found = read(levels, *path)
    return int(found) if regex.fullmatch(r"-?\d{1,18}", found) else otherwise


def _code(reply: Reply) -> str | None:
    return read(reply.json(), "errcode") or None


def _words(reply: Reply) -> str:
    return words(reply, ("error",), ("errcode",))


def _part(value: str) -> str:
    return quote(value, safe="")
