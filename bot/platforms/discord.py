"""Discord: a channel's webhook, and a bot that is a member of a server.

Facts from docs.discord.com/developers (resources/message, resources/webhook, resources/channel, reference,
topics/rate-limits). A webhook can be asked for a message by its number alone, so what got no answer waits for a person.
A bot may read the channel. Its nonce counts for a few minutes only: a second safety, no key. The figures were taken
from copies and excerpts of these pages.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

import regex

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.ledger import Tier
from bot.model.publication import Mail, MediaKind, Post, Publication
from bot.model.secret import Secret
from bot.platforms.address import origin
from bot.platforms.contract import Http, Memory, Outgoing, Receipt, Reply
from bot.platforms.facts import SKEW, CardBy, Facts, MediaLimit, Rate
from bot.platforms.memory import Forgetful
from bot.platforms.multipart import File, form
from bot.platforms.replies import field as read
from bot.platforms.replies import shown, words
from bot.text import URL, Limit, Unit, count

# The documentation says characters and not which: the stricter reading.
_LONGEST = Limit(2_000, Unit.UTF16_UNITS)
_ALT = 1_024
_SIZE = 10_485_760
_IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
_MEDIA = (
    MediaLimit(MediaKind.IMAGE, 10, _SIZE, _IMAGES),
    MediaLimit(MediaKind.VIDEO, 10, _SIZE, ("video/mp4", "video/webm", "video/quicktime")),
    MediaLimit(MediaKind.AUDIO, 10, _SIZE, ("audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav")),
)
_DOCS = (
    "docs.discord.com/developers/resources/message",
    "docs.discord.com/developers/resources/webhook",
    "docs.discord.com/developers/resources/channel",
    "docs.discord.com/developers/topics/rate-limits",
)
_API = "/api/v10"
# Where Discord's time begins, and how far a message's number is behind its milliseconds (reference, "Snowflakes").
_EPOCH, _SHIFT = 1_420_070_400_000, 22
_PAGE, _PAGES = 100, 5
_UNKNOWN_MESSAGE, _UNKNOWN_CHANNEL, _UNKNOWN_WEBHOOK = 10_008, 10_003, 10_015
_NUMBER = regex.compile(r"\d{15,21}")
_HOOK = regex.compile(r"/api/(?:v\d+/)?webhooks/\d{15,21}/[\w-]{16,}/?")
# What Discord would make something of: marks anywhere, heads of lines, and names of emoji between colons.
_MARKS = regex.compile(r"[\\*_~`|<\[]|:(?=\w*[^\W\d]\w*:)")
_HEAD = regex.compile(r"^([^\S\n]*)(?=(?:#{1,3}|-#|[-+>]|>>>)\s)", regex.MULTILINE)
_NUMBERED = regex.compile(r"^([^\S\n]*\d{1,9})(?=\.\s)", regex.MULTILINE)
_NOBODY: dict[str, Any] = {"parse": []}


@dataclass(frozen=True)
class DiscordWebhook:
    """A channel's webhook: its whole address is a secret. Posts bear the name that the webhook has in Discord."""

    url: Secret
    memory: Memory = field(default_factory=Forgetful, repr=False, compare=False)

    name: ClassVar[str] = "discord-webhook"
    tier: ClassVar[Tier] = Tier.BLIND
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Post,)
    leaves_home: ClassVar[bool] = True
    facts: ClassVar[Facts] = Facts(
        docs=_DOCS,
        read=date(2026, 11, 25),
        media=_MEDIA,
        together=10,
        alt=_ALT,
        links="as they are, each with its card",
        card=CardBy.SERVICE,
        rates=(Rate(30, timedelta(minutes=1)),),
    )

    def limits(self) -> tuple[Limit, ...]:
        return (_LONGEST,)

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:  # noqa: ARG002 (the contract's)
        """The message, in which no word formats or calls anything, and its media by their hashes."""
        return json.dumps(_message(publication), sort_keys=True).encode()

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Post once, and wait for Discord to say what it made of it."""
        kind, body = _request(outgoing)
        reply = http.once("POST", f"{self._address()}?wait=true", headers={"content-type": kind}, body=body)
        if reply.status >= 300:
            raise self._refusal(reply, "the message")
        number, channel = _numbered(reply)
        return Receipt(number, _link(self.memory.recall("guild"), channel, number), answer=shown(reply))

    def edit(self, receipt: Receipt, outgoing: Outgoing, http: Http) -> Receipt:
        """Put other words in the place of a message's; its media stay."""
        reply = http.repeatable(
            "PATCH", self._at(receipt), headers={"content-type": "application/json"}, body=_mended(outgoing)
        )
        if reply.status >= 300:
            raise self._refusal(reply, "to change the message")
        return receipt

    def delete(self, receipt: Receipt, http: Http) -> None:
        """Delete a message; one that is gone is no fault of anybody."""
        reply = http.repeatable("DELETE", self._at(receipt), headers={})
        if reply.status >= 300 and _code(reply) != _UNKNOWN_MESSAGE:
            raise self._refusal(reply, "to delete the message")

    def check(self, http: Http) -> str:
        """Ask the webhook who it is, which posts nothing, and remember where it is for the addresses of messages."""
        reply = http.repeatable("GET", self._address(), headers={})
        if reply.status >= 300:
            raise self._refusal(reply, "to say who the webhook is")
        told = reply.json()
        if not read(told, "channel_id"):
            raise NotSent("Discord answered, but not as a webhook does.", answer=shown(reply))
        if guild := read(told, "guild_id"):
            self.memory.keep("guild", guild)
        return f"posts as {read(told, 'name') or 'a webhook'} on Discord"

    def _address(self) -> str:
        address = self.url.reveal().strip()
        if not address.startswith(("https://", "http://")) or not _HOOK.fullmatch(urlsplit(address).path):
            raise NotSent(
                f"The environment variable {self.url.variable} must hold a webhook's whole address, "
                "https://discord.com/api/webhooks/…: channel settings, Integrations."
            )
        return address.partition("?")[0].rstrip("/")

    def _at(self, receipt: Receipt) -> str:
        return f"{self._address()}/messages/{receipt.remote_id}"

    def _refusal(self, reply: Reply, what: str) -> NotSent | Rejected:
        said, evidence = f"Discord refused {what} ({reply.status}): {_words(reply)}.", shown(reply)
        if reply.status in (401, 403) or _code(reply) == _UNKNOWN_WEBHOOK:
            remedy = f"Make a new webhook in the channel's settings, and put its address into {self.url.variable}."
            return NotSent(f"{said} {remedy}", answer=evidence) if reply.status == 401 else _final(said, remedy, reply)
        return _final(said, "Change the post as Discord asks, and approve it again.", reply)


@dataclass(frozen=True)
class Discord:
    """A bot and the number of the channel that it posts in. It needs View Channel, Send Messages, Attach Files and Read
    Message History there.
    """

    channel: str
    token: Secret
    server: str = "https://discord.com"
    memory: Memory = field(default_factory=Forgetful, repr=False, compare=False)

    name: ClassVar[str] = "discord"
    tier: ClassVar[Tier] = Tier.FINDABLE
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Post,)
    leaves_home: ClassVar[bool] = True
    facts: ClassVar[Facts] = Facts(
        docs=_DOCS,
        read=date(2026, 11, 25),
        media=_MEDIA,
        together=10,
        alt=_ALT,
        links="as they are, each with its card",
        card=CardBy.SERVICE,
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", origin(self.server, example="https://discord.com"))
        if not _NUMBER.fullmatch(self.channel.strip()):
            raise ConfigError(
                [f"'channel' is wrong: '{self.channel}' is no channel's number; copy it with 'Copy Channel ID'."]
            )
        object.__setattr__(self, "channel", self.channel.strip())

    def limits(self) -> tuple[Limit, ...]:
        return (_LONGEST,)

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:
        """The message, in which no word formats or calls anything, its media by their hashes, and its nonce."""
        message = _message(publication)
        nonce = hashlib.sha256(key.encode()).hexdigest()[:25]
        message["message"] |= {"nonce": nonce, "enforce_nonce": True}
        return json.dumps({**message, "after": _first_snowflake(at - SKEW)}, sort_keys=True).encode()

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Post once."""
        return self._send(outgoing, http)

    def follow(self, outgoing: Outgoing, http: Http, *, root: Receipt, parent: Receipt) -> Receipt:  # noqa: ARG002
        """Post once as a reply to `parent`."""
        return self._send(outgoing, http, message_reference={"message_id": parent.remote_id})

    def find(self, outgoing: Outgoing, http: Http) -> Receipt | None:
        """Look through what the bot itself wrote in the channel since the post's time."""
        told = json.loads(outgoing.body)
        content = told["message"].get("content", "")
        if not content:
            raise NotSent("A message without words cannot be told from others; look at the channel.")
        me = self._known("users/@me", http)["id"]
        after = told["after"]
        for turn in range(_PAGES):
            page = self._messages(after, http)
            if not page and turn == 0:
                self._sees_that_nothing_is_there(after, http)
            for each in page:
                if read(each, "author", "id") == me and read(each, "content") == content:
                    number = read(each, "id")
                    return Receipt(number, _link(self._guild(http), self.channel, number))
            if len(page) < _PAGE:
                return None
            after = max((read(each, "id") for each in page), key=int)
        raise NotSent(f"More than {_PAGE * _PAGES} messages since; look at the channel.")

    def edit(self, receipt: Receipt, outgoing: Outgoing, http: Http) -> Receipt:
        """Put other words in the place of a message's; its media stay."""
        headers = self._headers() | {"content-type": "application/json"}
        reply = http.repeatable("PATCH", self._at(receipt), headers=headers, body=_mended(outgoing))
        if reply.status >= 300:
            raise self._refusal(reply, "to change the message")
        return receipt

    def delete(self, receipt: Receipt, http: Http) -> None:
        """Delete a message; one that is gone is no fault of anybody."""
        reply = http.repeatable("DELETE", self._at(receipt), headers=self._headers())
        if reply.status >= 300 and _code(reply) != _UNKNOWN_MESSAGE:
            raise self._refusal(reply, "to delete the message")

    def check(self, http: Http) -> str:
        """Try the token, and see that the bot knows the channel."""
        reply = self._about("users/@me", http)
        if reply.status == 401:
            remedy = f"Make a new token on the bot's page, and put it into {self.token.variable}."
            raise _final(f"Discord refused the token (401): {_words(reply)}.", remedy, reply)
        me = self._told(reply)
        channel = self._known(f"channels/{self.channel}", http)
        if guild := read(channel, "guild_id"):
            self.memory.keep("guild", guild)
        return f"posts as {read(me, 'username') or me['id']} in {read(channel, 'name') or self.channel} on Discord"

    def _send(self, outgoing: Outgoing, http: Http, **more: Any) -> Receipt:
        guild = self._guild(http)
        kind, body = _request(outgoing, **more)
        headers = self._headers() | {"content-type": kind}
        reply = http.once("POST", f"{self._channel()}/messages", headers=headers, body=body)
        if reply.status >= 300:
            raise self._refusal(reply, "the message")
        number, _ = _numbered(reply)
        return Receipt(number, _link(guild, self.channel, number), answer=shown(reply))

    def _messages(self, after: str, http: Http) -> Sequence[Any]:
        query = urlencode({"after": after, "limit": _PAGE})
        reply = http.repeatable("GET", f"{self._channel()}/messages?{query}", headers=self._headers())
        found = reply.json() if reply.status < 300 else None
        if not isinstance(found, list) or not all(read(each, "id").isdigit() for each in found):
            raise NotSent(f"Discord did not list the channel's messages ({reply.status}); look at the channel.")
        return found

    def _sees_that_nothing_is_there(self, after: str, http: Http) -> None:
        """Hold an empty list against the number of the channel's last message. Raises NotSent where they disagree.

        A bot that may not read the history is given an empty list, not a refusal (resources/message, "Get Channel
        Messages"): taken for "not there", it would send the post again.
        """
        last = read(self._known(f"channels/{self.channel}", http), "last_message_id")
        if last.isdigit() and int(last) > int(after):
            raise NotSent(
                "Discord listed no messages, though the channel has some since: let the bot read the message history."
            )

    def _guild(self, http: Http) -> str:
        """The server that the channel belongs to, which stands in the addresses of its messages; asked once."""
        if (known := self.memory.recall("guild")) is not None:
            return known
        guild = read(self._known(f"channels/{self.channel}", http), "guild_id") or "@me"
        self.memory.keep("guild", guild)
        return guild

    def _known(self, path: str, http: Http) -> Mapping[str, Any]:
        """What Discord says of a thing with a number. Raises NotSent, or Rejected where there is no such channel."""
        return self._told(self._about(path, http))

    def _about(self, path: str, http: Http) -> Reply:
        return http.repeatable("GET", f"{self.server}{_API}/{path}", headers=self._headers())

    def _told(self, reply: Reply) -> Mapping[str, Any]:
        if reply.status >= 300:
            refused = self._refusal(reply, "to be asked")
            if _code(reply) == _UNKNOWN_CHANNEL:
                raise refused
            raise NotSent(str(refused), answer=shown(reply))
        found = reply.json()
        if not isinstance(found, Mapping) or not isinstance(found.get("id"), str):
            raise NotSent("Discord answered, but not as its documentation says.", answer=shown(reply))
        return found

    def _refusal(self, reply: Reply, what: str) -> NotSent | Rejected:
        said, evidence = f"Discord refused {what} ({reply.status}): {_words(reply)}.", shown(reply)
        if reply.status == 401:
            return NotSent(f"{said} Put the bot's token into {self.token.variable}.", answer=evidence)
        if reply.status == 403:
            return _final(
                said, "Let the bot view the channel and send messages, attach files and read the history.", reply
            )
        if _code(reply) == _UNKNOWN_CHANNEL:
            return _final(said, "Correct the channel's number, and let the bot be a member of its server.", reply)
        return _final(said, "Change the post as Discord asks, and approve it again.", reply)

    def _channel(self) -> str:
        return f"{self.server}{_API}/channels/{self.channel}"

    def _at(self, receipt: Receipt) -> str:
        return f"{self._channel()}/messages/{receipt.remote_id}"

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bot {self.token.reveal()}"}


def plain(text: str) -> str:
    """`text` as Discord has to get it to show these very characters: what would mark something up is escaped.

    Addresses stay as they are; Discord reads no marks in them.
    """
    pieces, at = [], 0
    for url in URL.finditer(text):
        pieces += [_MARKS.sub(r"\\\g<0>", text[at : url.start()]), url.group()]
        at = url.end()
    pieces.append(_MARKS.sub(r"\\\g<0>", text[at:]))
    return _NUMBERED.sub(r"\1\\", _HEAD.sub(r"\1\\", "".join(pieces)))


def _message(publication: Publication) -> dict[str, Any]:
    if not isinstance(publication, Post):
        raise Refused("Discord takes posts, not newsletters; send the edition through another channel.")
    content = plain(publication.text.strip())
    if (number := count(content, _LONGEST)) > _LONGEST.maximum:
        raise Refused(
            f"The text has signs that Discord would read as marks; with these escaped it counts {number} of "
            f"{_LONGEST.maximum}. Shorten it."
        )
    media = [{"sha256": each.sha256, "mime": each.mime, "alt": each.alt} for each in publication.media]
    message: dict[str, Any] = {"allowed_mentions": _NOBODY}
    if content:
        message["content"] = content
    return {"message": message, "media": media}


def _request(outgoing: Outgoing, **more: Any) -> tuple[str, bytes]:
    """The type and the body of the one request; media go within it, with their alt texts."""
    told = json.loads(outgoing.body)
    message = {**told["message"], **more}
    if not told["media"]:
        return "application/json", json.dumps(message, sort_keys=True).encode()
    files, bears = [], []
    for number, each in enumerate(told["media"]):
        name = f"{each['sha256'][:12]}.{each['mime'].rpartition('/')[2]}"
        bears.append({"id": number, "filename": name, "description": each["alt"]})
        files.append(File(f"files[{number}]", name, each["mime"], outgoing.media[each["sha256"]]))
    payload = json.dumps({**message, "attachments": bears}, sort_keys=True)
    return form([("payload_json", payload)], files)


def _mended(outgoing: Outgoing) -> bytes:
    content = json.loads(outgoing.body)["message"].get("content", "")
    return json.dumps({"content": content, "allowed_mentions": _NOBODY}, sort_keys=True).encode()


def _numbered(reply: Reply) -> tuple[str, str]:
    """A message's own number and its channel's. Raises Unknown where a success names none."""
    told = reply.json()
    number = told.get("id") if isinstance(told, Mapping) else None
    if not isinstance(number, str) or not number.isdecimal():
        raise Unknown("Discord accepted the message but named no number.", answer=shown(reply))
    return number, read(told, "channel_id")


def _first_snowflake(moment: datetime) -> str:
    """The smallest id (a snowflake) that a message of that moment can have."""
    return str((int(moment.timestamp() * 1_000) - _EPOCH) << _SHIFT)


def _link(guild: str | None, channel: str, number: str) -> str | None:
    return f"https://discord.com/channels/{guild}/{channel}/{number}" if guild and channel else None


def _final(said: str, remedy: str, reply: Reply) -> Rejected:
    return Rejected(said, remedy=remedy, answer=shown(reply))


def _code(reply: Reply) -> int | None:
    told = reply.json()
    found = told.get("code") if isinstance(told, Mapping) else None
    return found if isinstance(found, int) else None


def _words(reply: Reply) -> str:
    return words(reply, ("message",), ("error",))
