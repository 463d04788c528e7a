"""A Telegram channel or group, through a bot that may post there.

Facts from core.telegram.org/bots/api (sendMessage, sendPhoto, sendVideo, sendAudio, editMessageText,
editMessageCaption, deleteMessage, getChat, "Making requests") and core.telegram.org/bots/faq. Telegram takes no key
from a bot and lets it read no history: what got no answer waits for a person. The figures were taken from copies and
excerpts of these pages; the pages themselves were not to be had.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

import regex

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.ledger import Tier
from bot.model.publication import Mail, MediaKind, Medium, Post, Publication
from bot.model.secret import Secret
from bot.platforms.address import origin
from bot.platforms.contract import Http, Outgoing, Receipt, Reply
from bot.platforms.facts import CardBy, Facts, MediaLimit, Per, Rate
from bot.platforms.mentions import refuse_strangers
from bot.platforms.multipart import File, form
from bot.platforms.replies import field as read
from bot.platforms.replies import shown, words
from bot.text import URL, Limit, Unit, count

_TEXT = Limit(4_096, Unit.UTF16_UNITS)
_CAPTION = Limit(1_024, Unit.UTF16_UNITS)
# Width and height of a photo together, and how many times one may be the other.
_SIDES, _RATIO = 10_000, 20
# By which method each kind of medium goes, and in which field.
_SENDS = {
    MediaKind.IMAGE: ("sendPhoto", "photo"),
    MediaKind.VIDEO: ("sendVideo", "video"),
    MediaKind.AUDIO: ("sendAudio", "audio"),
}
_CHAT = regex.compile(r"@[A-Za-z]\w{3,31}|-?\d+", regex.ASCII)
# What Telegram makes of a text by itself: names of four letters or more and three short ones, and commands to bots. It
# looks for them with ASCII words in mind, so what only combines with a letter ends one; rather too many than too few.
_MENTION = regex.compile(r"(?<![A-Za-z0-9_])@(?:[A-Za-z0-9_]{4,32}|gif|vid|pic)(?![A-Za-z0-9_])", regex.IGNORECASE)
_COMMAND = regex.compile(r"(?<![\p{L}\p{N}_/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]+)?(?![A-Za-z0-9_/])")
# A group's or channel's number as it stands in its addresses.
_PRIVATE = "-100"
_CAPTIONED = "caption"


@dataclass(frozen=True)
class Telegram:
    """The chat is `@name` of a public channel or group, or the number of any; the bot must be allowed to post there.

    `mentions` are the names that a text may bear, such as "@guest"; any other would be told of it. `silent` posts make
    no sound.
    """

    chat: str
    token: Secret
    mentions: tuple[str, ...] = ()
    silent: bool = False
    server: str = "https://api.telegram.org"

    name: ClassVar[str] = "telegram"
    tier: ClassVar[Tier] = Tier.BLIND
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Post,)
    leaves_home: ClassVar[bool] = True
    facts: ClassVar[Facts] = Facts(
        docs=("core.telegram.org/bots/api", "core.telegram.org/bots/faq"),
        read=date(2026, 11, 25),
        media=(
            MediaLimit(MediaKind.IMAGE, 1, 10_000_000, ("image/jpeg", "image/png", "image/webp")),
            MediaLimit(MediaKind.VIDEO, 1, 50_000_000, ("video/mp4",)),
            MediaLimit(MediaKind.AUDIO, 1, 50_000_000, ("audio/mpeg", "audio/mp4")),
        ),
        together=1,
        links="as they are; the post's own has the card, even where the text does not name it",
        card=CardBy.SERVICE,
        rates=(Rate(20, timedelta(minutes=1)), Rate(30, timedelta(seconds=1), Per.SERVICE)),
        delete_within=timedelta(hours=48),
        remarks=(
            "Telegram has no place for alt texts.",
            "A post with a picture, sound or film has at most 1,024 characters.",
        ),
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", origin(self.server, example="https://api.telegram.org"))
        if not _CHAT.fullmatch(self.chat.strip()):
            raise ConfigError([f"'chat' is wrong: '{self.chat}' is neither '@name' nor a number, such as '-1001234'."])
        object.__setattr__(self, "chat", self.chat.strip())

    def limits(self) -> tuple[Limit, ...]:
        return (_TEXT,)

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:  # noqa: ARG002 (the contract's)
        """The fields of the message, without marks of any kind: no word of a text formats anything."""
        if not isinstance(publication, Post):
            raise Refused("Telegram takes posts, not newsletters; send the edition through another channel.")
        text = publication.text.strip()
        self._refuse_calls(text)
        fields: dict[str, Any] = {"chat_id": self.chat}
        if self.silent:
            fields["disable_notification"] = True
        if not publication.media:
            fields["text"] = text
            if publication.link:
                fields["link_preview_options"] = {"url": publication.link}
            return json.dumps({"method": "sendMessage", "fields": fields}, sort_keys=True).encode()
        (medium,) = publication.media
        _refuse_unfit(text, medium)
        if text:
            fields["caption"] = text
        method, name = _SENDS[medium.kind]
        file = {"field": name, "sha256": medium.sha256, "mime": medium.mime}
        return json.dumps({"method": method, "fields": fields, "file": file}, sort_keys=True).encode()

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Post once; a medium goes within the request."""
        return self._send(outgoing, http)

    def follow(self, outgoing: Outgoing, http: Http, *, root: Receipt, parent: Receipt) -> Receipt:  # noqa: ARG002
        """Post once as an answer to `parent`: Telegram has no threads beyond that."""
        return self._send(outgoing, http, reply_parameters={"message_id": int(parent.remote_id)})

    def edit(self, receipt: Receipt, outgoing: Outgoing, http: Http) -> Receipt:
        """Put other words in the place of a message's; its medium stays."""
        told = json.loads(outgoing.body)["fields"]
        fields: dict[str, Any] = {"chat_id": self.chat, "message_id": int(receipt.remote_id)}
        captioned = receipt.memo == _CAPTIONED
        fields["caption" if captioned else "text"] = told.get("text", told.get("caption", ""))
        if captioned and count(fields["caption"], _CAPTION) > _CAPTION.maximum:
            raise Rejected(
                f"The message bears a medium, and its text counts more than {_CAPTION.maximum} characters.",
                remedy="Shorten the correction.",
            )
        if not captioned and "link_preview_options" in told:
            fields["link_preview_options"] = told["link_preview_options"]
        method = "editMessageCaption" if captioned else "editMessageText"
        reply = self._ask(method, fields, http)
        if not _ok(reply) and "not modified" not in _said(reply):
            raise self._refusal(reply, "to change the message")
        return receipt

    def delete(self, receipt: Receipt, http: Http) -> None:
        """Delete a message; one that is gone is no fault of anybody."""
        reply = self._ask("deleteMessage", {"chat_id": self.chat, "message_id": int(receipt.remote_id)}, http)
        if not _ok(reply) and "message to delete not found" not in _said(reply):
            raise self._refusal(reply, "to delete the message")

    def check(self, http: Http) -> str:
        """Try the token, and see that the bot knows the chat."""
        bot = self._known("getMe", {}, http)
        chat = self._known("getChat", {"chat_id": self.chat}, http)
        return f"posts as @{read(bot, 'username')} in {read(chat, 'title') or self.chat} on Telegram"

    def _send(self, outgoing: Outgoing, http: Http, **more: Any) -> Receipt:
        told = json.loads(outgoing.body)
        fields, file = {**told["fields"], **more}, told.get("file")
        if file is None:
            kind, body = "application/json", json.dumps(fields, sort_keys=True).encode()
        else:
            name = f"{file['sha256'][:12]}.{file['mime'].rpartition('/')[2]}"
            written = [(key, each if isinstance(each, str) else json.dumps(each)) for key, each in fields.items()]
            kind, body = form(written, [File(file["field"], name, file["mime"], outgoing.media[file["sha256"]])])
        reply = http.once("POST", self._address(told["method"]), headers={"content-type": kind}, body=body)
        if reply.status >= 300 or _says_no(reply):
            raise self._refusal(reply, "the message")
        result = _result(reply)
        number = result.get("message_id")
        if not isinstance(number, int) or isinstance(number, bool):
            raise Unknown("Telegram accepted the message but named no number.", answer=shown(reply))
        return Receipt(
            str(number), self._link(result, number), answer=shown(reply), memo=_CAPTIONED if file is not None else ""
        )

    def _link(self, message: Mapping[str, Any], number: int) -> str | None:
        """Where people see a message: of a private chat its members alone; None of a chat that has no addresses."""
        named = self.chat.removeprefix("@") if self.chat.startswith("@") else ""
        if name := read(message, "chat", "username") or named:
            return f"https://t.me/{name}/{number}"
        private = read(message, "chat", "id")
        return f"https://t.me/c/{private.removeprefix(_PRIVATE)}/{number}" if private.startswith(_PRIVATE) else None

    def _ask(self, method: str, fields: Mapping[str, Any], http: Http) -> Reply:
        headers = {"content-type": "application/json"}
        return http.repeatable("POST", self._address(method), headers=headers, body=json.dumps(fields).encode())

    def _known(self, method: str, fields: Mapping[str, Any], http: Http) -> Mapping[str, Any]:
        """The result of a question that `check` asks. A wrong token is 401, or 404 where it is none at all."""
        reply = self._ask(method, fields, http)
        if method == "getMe" and reply.status in (401, 404):
            remedy = self._token_remedy()
            raise Rejected(f"Telegram refused the token ({reply.status}): {_words(reply)}.", remedy=remedy)
        if not _ok(reply) or not _result(reply):
            raise self._refusal(reply, method)
        return _result(reply)

    def _refusal(self, reply: Reply, what: str) -> NotSent | Rejected:
        said = f"Telegram refused {what} ({reply.status}): {_words(reply)}."
        evidence = shown(reply)
        # A token that is none at all is not found (404, "Not Found" and nothing more).
        if reply.status == 401 or (reply.status == 404 and _said(reply) == "not found"):
            return NotSent(f"{said} {self._token_remedy()}", answer=evidence)
        if "can't be deleted" in _said(reply):
            remedy = "Delete it in Telegram: a bot may only within 48 hours, and where it is an administrator."
            return Rejected(said, remedy=remedy, answer=evidence)
        if moved := read(reply.json(), "parameters", "migrate_to_chat_id"):
            return Rejected(said, remedy=f"The group has become another: set 'chat' to '{moved}'.", answer=evidence)
        if reply.status == 403 or "chat not found" in _said(reply) or "rights" in _said(reply):
            remedy = f"Make the bot a member of {self.chat} that may post there, then send it again."
            return Rejected(said, remedy=remedy, answer=evidence)
        return Rejected(said, remedy="Change the post as Telegram asks, and approve it again.", answer=evidence)

    def _token_remedy(self) -> str:
        return f"Ask @BotFather for the bot's token, and put it into {self.token.variable}."

    def _refuse_calls(self, text: str) -> None:
        bare = URL.sub(" ", text)
        refuse_strangers(_MENTION.findall(bare), self.mentions, service="Telegram")
        if (command := _COMMAND.search(bare)) is not None:
            raise Refused(f"'{command.group()}' would be a command to bots on Telegram; write it in another way.")

    def _address(self, method: str) -> str:
        return f"{self.server}/bot{self.token.reveal()}/{method}"


def _refuse_unfit(text: str, medium: Medium) -> None:
    if (number := count(text, _CAPTION)) > _CAPTION.maximum:
        raise Refused(
            f"Beside a {medium.kind} Telegram takes {_CAPTION.maximum} {_CAPTION.unit.words} of text, not {number}. "
            "Shorten it."
        )
    width, height = medium.width or 0, medium.height or 0
    if medium.kind is not MediaKind.IMAGE or not width or not height:
        return
    if width + height > _SIDES:
        raise Refused(f"The image's width and height are {width + height} pixels; Telegram takes {_SIDES}.")
    if max(width, height) > _RATIO * min(width, height):
        raise Refused(f"The image is more than {_RATIO} times as long as it is wide; Telegram takes none such.")


def _ok(reply: Reply) -> bool:
    """Whether an answer says that it was done: Telegram says so in the body as well."""
    return reply.status < 300 and _body(reply).get("ok") is True


def _says_no(reply: Reply) -> bool:
    """Whether a success is a refusal in its body."""
    return _body(reply).get("ok") is False


def _body(reply: Reply) -> Mapping[str, Any]:
    found = reply.json()
    return found if isinstance(found, Mapping) else {}


def _result(reply: Reply) -> Mapping[str, Any]:
    found = _body(reply).get("result")
    return found if isinstance(found, Mapping) else {}


def _words(reply: Reply) -> str:
    return words(reply, ("description",), ("error",))


def _said(reply: Reply) -> str:
    return read(reply.json(), "description").casefold()
