"""Slack: a channel's incoming webhook, and an app's bot that is a member of the channel.

Facts from docs.slack.dev (reference/methods/{chat.postMessage,chat.update,chat.delete,conversations.history,
conversations.replies,conversations.info,auth.test,files.getUploadURLExternal,files.completeUploadExternal,files.info},
reference/block-kit, messaging/message-metadata, messaging/sending-messages-using-incoming-webhooks,
apis/web-api/rate-limits). Slack takes no key, but it keeps metadata with a message: a bot finds its own again by them.
A webhook answers "ok" and nothing more, so what got no answer waits for a person.
"""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

import regex

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.ledger import Tier
from bot.model.publication import Mail, MediaKind, Medium, Post, Publication
from bot.model.secret import Secret
from bot.platforms.address import origin
from bot.platforms.containers import address_of
from bot.platforms.contract import Http, Outgoing, Receipt, Reply, Uploaded
from bot.platforms.facts import SKEW, CardBy, Facts, MediaLimit, Rate
from bot.platforms.graph import same_words
from bot.platforms.replies import field as read
from bot.platforms.replies import shown, words
from bot.text import URL, Limit, Unit, count, fold, shorten, unpunctuated

# chat.update takes no more, and chat.postMessage is said to have come down to it from 40,000. The documentation says
# characters and not which: the stricter reading.
_LONGEST = Limit(4_000, Unit.UTF16_UNITS)
# files.getUploadURLExternal, "alt_txt_too_large".
_ALT = 1_000
_MEDIA = (
    # Slack names 1 GB for files and no figure for pictures in a message; size and number are ours (50 blocks fit).
    MediaLimit(MediaKind.IMAGE, 10, 10_000_000, ("image/jpeg", "image/png", "image/gif")),
)
_DOCS = (
    "docs.slack.dev/reference/methods/chat.postMessage",
    "docs.slack.dev/reference/methods/chat.update",
    "docs.slack.dev/reference/methods/conversations.history",
    "docs.slack.dev/reference/methods/files.getUploadURLExternal",
    "docs.slack.dev/reference/block-kit/blocks/rich-text-block",
    "docs.slack.dev/messaging/sending-messages-using-incoming-webhooks",
    "docs.slack.dev/apis/web-api/rate-limits",
)
_REMARKS = ("Slack shows pictures only; a sound or a film goes by its link.",)
_RATES = (Rate(1, timedelta(seconds=1)),)
_JSON = {"content-type": "application/json; charset=utf-8"}
_FORM = "application/x-www-form-urlencoded"
_CHANNEL = regex.compile(r"[CG][A-Z0-9]{7,}")
_HOOK = regex.compile(r"/services/\w+/\w+/\w+/?", regex.ASCII)
_STAMP = regex.compile(r"\d+\.\d+")
# How our messages are called among their metadata, and the scopes that everything here needs together. Those of a
# private channel begin with "groups".
_EVENT = "pullquote_post"
_SCOPES = ("chat:write", "files:write", "files:read")
_ALL_SCOPES = "chat:write, channels:read, channels:history, files:write and files:read (groups:… for a private channel)"
# A token of an app that rotates them: it ends after twelve hours.
_ROTATING = "xoxe"
_PAGE, _PAGES = 200, 5
_NO_LOG_IN = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_expired", "token_revoked", "org_login_required"}
)
_NO_SCOPE = frozenset({"missing_scope", "no_permission", "not_allowed_token_type"})
_TOO_MANY = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
# "It's possible some aspect of the operation succeeded before the error was raised."
_OUTAGES = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "update_failed"})
_NOT_THERE = frozenset({"channel_not_found", "not_in_channel", "is_archived"})
_LOST_HOOK = frozenset({"invalid_token", "no_service", "no_service_id", "no_active_hooks", "no_team", "team_disabled"})

_Doubt = type[Unknown] | type[NotSent]


@dataclass(frozen=True)
class SlackWebhook:
    """A channel's incoming webhook: its whole address is a secret. `cards` asks Slack to show what links lead to."""

    url: Secret
    cards: bool = True

    name: ClassVar[str] = "slack-webhook"
    tier: ClassVar[Tier] = Tier.BLIND
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Post,)
    leaves_home: ClassVar[bool] = True
    facts: ClassVar[Facts] = Facts(
        docs=_DOCS,
        read=date(2026, 11, 28),
        media=_MEDIA,
        together=10,
        # Image block, "alt_text".
        alt=2_000,
        links="as they are",
        card=CardBy.SERVICE,
        rates=_RATES,
        remarks=(*_REMARKS, "Slack fetches a picture from a public address of ours."),
    )

    def limits(self) -> tuple[Limit, ...]:
        return (_LONGEST,)

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:  # noqa: ARG002 (the contract's)
        """The message, in which no word formats or calls anything, and its media by their hashes."""
        return _dumps(_message(publication, cards=self.cards))

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Post once. Slack names no id: whatever is not its "ok" is a doubt."""
        told = json.loads(outgoing.body)
        pictures = [
            {"image_url": address_of(each["sha256"], outgoing, service="Slack"), "alt_text": each["alt"]}
            for each in told["media"]
        ]
        body = _dumps({**told["message"], "blocks": _blocks(told, pictures)})
        reply = http.once("POST", self._address(), headers=_JSON, body=body)
        if reply.status >= 300:
            raise self._refusal(reply)
        if reply.body.strip() != b"ok":
            raise Unknown("Slack took the message but did not say 'ok'.", answer=shown(reply))
        return Receipt(outgoing.key, answer=shown(reply))

    def check(self, _http: Http) -> str:
        """Look at the address. A webhook has no harmless request: whether it works shows when something is sent."""
        try:
            host = urlsplit(self._address()).hostname
        except NotSent as error:
            raise Rejected(str(error), remedy="Mend the variable and start again.") from None
        return f"will post through {host}; it cannot be tried without sending"

    def _address(self) -> str:
        address = self.url.reveal().strip()
        try:
            fits = address.startswith(("https://", "http://")) and _HOOK.fullmatch(urlsplit(address).path)
        except ValueError:
            fits = False
        if not fits:
            raise NotSent(
                f"The environment variable {self.url.variable} must hold a webhook's whole address, "
                "https://hooks.slack.com/services/…: the app's page, Incoming Webhooks."
            )
        return address

    def _refusal(self, reply: Reply) -> NotSent | Rejected:
        reason = fold(reply.body[:200].decode("utf-8", "replace"))
        said = f"Slack refused the message ({reply.status}): {shorten(reason, 100) or 'it gave no reason'}."
        if reason in _LOST_HOOK:
            remedy = f"Make a new webhook on the app's page, and put its address into {self.url.variable}."
            return NotSent(f"{said} {remedy}", answer=shown(reply))
        if reply.status in (403, 404, 410):
            remedy = "See in Slack that the channel is there and may be posted in, or make a webhook for another one."
        else:
            remedy = "Change the post as Slack asks, and approve it again."
        return Rejected(said, remedy=remedy, answer=shown(reply))


@dataclass(frozen=True)
class Slack:
    """An app's bot and the id of the channel that it is a member of. `cards` asks Slack to show what links lead to."""

    channel: str
    token: Secret
    cards: bool = True
    server: str = "https://slack.com"

    name: ClassVar[str] = "slack"
    tier: ClassVar[Tier] = Tier.FINDABLE
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Post,)
    leaves_home: ClassVar[bool] = True
    facts: ClassVar[Facts] = Facts(
        docs=_DOCS,
        read=date(2026, 11, 28),
        media=_MEDIA,
        together=10,
        alt=_ALT,
        links="as they are",
        card=CardBy.SERVICE,
        rates=_RATES,
        # A file that no message bears stays the bot's own until somebody deletes it.
        uploads_last=timedelta(days=30),
        remarks=(*_REMARKS, "Slack does not mark what a bot has edited."),
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", origin(self.server, example="https://slack.com"))
        if not _CHANNEL.fullmatch(self.channel.strip()):
            raise ConfigError(
                [
                    f"'channel' is wrong: '{self.channel}' is no channel's id, such as 'C0123456789'; it stands at the "
                    "end of the channel's details in Slack."
                ]
            )
        object.__setattr__(self, "channel", self.channel.strip())

    def limits(self) -> tuple[Limit, ...]:
        return (_LONGEST,)

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:
        """The message, in which no word formats or calls anything, its media by their hashes, and its metadata."""
        told = _message(publication, cards=self.cards)
        marker = hashlib.sha256(f"{key}\n{told['message']['text']}".encode()).hexdigest()[:32]
        told["message"]["metadata"] = {"event_type": _EVENT, "event_payload": {"key": marker}}
        return _dumps({**told, "after": f"{(at - SKEW).timestamp():.6f}"})

    def upload(self, medium: Medium, content: bytes, http: Http) -> Uploaded:
        """Hand over a picture that no channel shows yet."""
        name = f"{medium.sha256[:12]}.{medium.mime.rpartition('/')[2]}"
        asked = {"filename": name, "length": str(len(content)), "alt_txt": medium.alt}
        ticket = self._done("files.getUploadURLExternal", asked, http, what=f"the {medium.kind}")
        number, address = read(ticket, "file_id"), read(ticket, "upload_url")
        if not number or not address.startswith(("https://", f"{self.server}/")):
            raise NotSent(f"Slack named no place for the {medium.kind}.")
        reply = http.repeatable("POST", address, headers={"content-type": medium.mime}, body=content)
        if reply.status >= 300:
            raise self._refusal(reply, what=f"the {medium.kind}", doubt=NotSent)
        files = json.dumps([{"id": number, "title": name}])
        self._done("files.completeUploadExternal", {"files": files}, http, what=f"the {medium.kind}")
        # Slack works on it behind the answer, and refuses a message with a picture that it does not know yet.
        return Uploaded(number, ready=False)

    def uploaded(self, reference: str, http: Http) -> Uploaded:
        """Ask how far Slack is: a file has a type once it was worked on."""
        told = self._done("files.info", {"file": reference}, http, what="to say how far a picture is")
        return Uploaded(reference, ready=bool(read(told, "file", "mimetype")))

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Post once."""
        return self._post(outgoing, http, thread=None)

    def follow(self, outgoing: Outgoing, http: Http, *, root: Receipt, parent: Receipt) -> Receipt:  # noqa: ARG002
        """Post once, in the thread below `root`: Slack has no answers to answers."""
        return self._post(outgoing, http, thread=root.remote_id)

    def find(self, outgoing: Outgoing, http: Http) -> Receipt | None:
        """Look through what stands in the channel, or in the thread, since the post's time, for its metadata."""
        told = json.loads(outgoing.body)
        text, marker = told["message"]["text"], told["message"]["metadata"]["event_payload"]["key"]
        me = self._seen("auth.test", {}, http)
        names = {read(me, "user_id"), read(me, "bot_id")} - {""}
        if not names:
            raise NotSent("Slack does not say who the bot is; look at the channel.")
        thread = outgoing.before[0].remote_id if outgoing.before else None
        for each in self._messages(told["after"], thread, http):
            if names.isdisjoint({read(each, "user"), read(each, "bot_id")}):
                continue
            if (found := read(each, "metadata", "event_payload", "key")) == marker:
                return self._receipt(each, me, thread)
            if not found and same_words(html.unescape(text), html.unescape(read(each, "text"))):
                raise NotSent(
                    "A message with the same words stands there, without a mark of ours; look at the channel."
                )
        return None

    def edit(self, receipt: Receipt, outgoing: Outgoing, http: Http) -> Receipt:
        """Put other words in the place of a message's; its metadata stay."""
        told = json.loads(outgoing.body)
        asked = {
            "channel": self.channel,
            "ts": receipt.remote_id,
            "text": told["message"]["text"],
            "blocks": _blocks(told, self._pictures(told, outgoing)),
            "parse": "none",
            "link_names": False,
        }
        reply = self._ask("chat.update", asked, http)
        self._answer(reply, what="to change the message", doubt=NotSent)
        return receipt

    def delete(self, receipt: Receipt, http: Http) -> None:
        """Delete a message; one that is gone is no fault of anybody."""
        reply = self._ask("chat.delete", {"channel": self.channel, "ts": receipt.remote_id}, http)
        if _error(reply) != "message_not_found":
            self._answer(reply, what="to delete the message", doubt=NotSent)

    def check(self, http: Http) -> str:
        """Try the token and its scopes, and see that the bot is in the channel and may read it."""
        if self.token.reveal().startswith(_ROTATING):
            raise Rejected(
                f"{self.token.variable} holds a token that ends after twelve hours (token rotation).",
                remedy="Use an app without token rotation; its bot token begins with 'xoxb-'.",
            )
        reply = self._form("auth.test", {}, http)
        if _error(reply) in _NO_LOG_IN:
            raise Rejected(f"Slack refused the token: {_error(reply)}.", remedy=self._token_remedy())
        me = self._answer(reply, what="the token", doubt=NotSent)
        granted = {each.strip() for each in reply.headers.get("x-oauth-scopes", "").split(",")} - {""}
        if granted and (missing := [each for each in _SCOPES if each not in granted]):
            raise Rejected(f"The token lacks {', '.join(missing)}.", remedy=self._scope_remedy())
        told = self._done("conversations.info", {"channel": self.channel}, http, what="to show the channel")
        channel = told.get("channel")
        if not isinstance(channel, Mapping) or not read(channel, "id"):
            raise NotSent("Slack answered, but not as its documentation says.")
        name = read(channel, "name") or self.channel
        if channel.get("is_archived") is True:
            raise Rejected(f"#{name} is archived.", remedy="Restore the channel in Slack, or set another one.")
        if channel.get("is_member") is False:
            raise Rejected(f"The bot is no member of #{name}.", remedy=_invite(read(me, "user")))
        history = {"channel": self.channel, "limit": "1"}
        self._done("conversations.history", history, http, what="to show what stands in the channel")
        return f"posts as {read(me, 'user') or 'a bot'} in #{name} on Slack, {read(me, 'team')}"

    def _post(self, outgoing: Outgoing, http: Http, *, thread: str | None) -> Receipt:
        me = self._done("auth.test", {}, http, what="the token")
        told = json.loads(outgoing.body)
        asked = {
            **told["message"],
            "channel": self.channel,
            "blocks": _blocks(told, self._pictures(told, outgoing)),
            **({"thread_ts": thread} if thread else {}),
        }
        headers = self._headers() | _JSON
        reply = http.once("POST", self._method("chat.postMessage"), headers=headers, body=_dumps(asked))
        made = self._answer(reply, what="the message", doubt=Unknown)
        if not _STAMP.fullmatch(read(made, "ts")):
            raise Unknown("Slack accepted the message but named no time stamp.", answer=shown(reply))
        return self._receipt(made, me, thread, answer=shown(reply))

    def _receipt(
        self, message: Mapping[str, Any], me: Mapping[str, Any], thread: str | None, *, answer: str = ""
    ) -> Receipt:
        """A message is named by its time stamp. Its address begins with the workspace's, which auth.test tells."""
        stamp, home = read(message, "ts"), read(me, "url").rstrip("/")
        link = f"{home}/archives/{self.channel}/p{stamp.replace('.', '')}" if home else None
        if link and thread:
            link += f"?{urlencode({'thread_ts': thread, 'cid': self.channel})}"
        return Receipt(stamp, link, answer=answer)

    def _messages(self, after: str, thread: str | None, http: Http) -> Iterator[Mapping[str, Any]]:
        """What stands in the channel, or in a thread of it, since `after`. Raises NotSent for everything unclear."""
        method = "conversations.replies" if thread else "conversations.history"
        asked = {"channel": self.channel, "oldest": after, "limit": str(_PAGE), "include_all_metadata": "true"}
        asked |= {"ts": thread} if thread else {}
        for _ in range(_PAGES):
            told = self._seen(method, asked, http)
            page = told.get("messages")
            if not isinstance(page, list) or not all(_STAMP.fullmatch(read(each, "ts")) for each in page):
                raise NotSent("Slack did not list the channel's messages; look at the channel.")
            yield from page
            if told.get("has_more") is not True:
                return
            if not (cursor := read(told, "response_metadata", "next_cursor")):
                raise NotSent("Slack has more messages, but does not say where; look at the channel.")
            asked |= {"cursor": cursor}
        raise NotSent(f"More than {_PAGES} pages of messages since; look at the channel.")

    def _pictures(self, told: Mapping[str, Any], outgoing: Outgoing) -> list[dict[str, Any]]:
        return [
            {"slack_file": {"id": outgoing.uploads[each["sha256"]]}, "alt_text": each["alt"]} for each in told["media"]
        ]

    def _ask(self, method: str, asked: Mapping[str, Any], http: Http) -> Reply:
        headers = self._headers() | _JSON
        return http.repeatable("POST", self._method(method), headers=headers, body=_dumps(asked))

    def _form(self, method: str, asked: Mapping[str, str], http: Http) -> Reply:
        headers = self._headers() | {"content-type": _FORM}
        return http.repeatable("POST", self._method(method), headers=headers, body=urlencode(asked).encode())

    def _done(self, method: str, asked: Mapping[str, str], http: Http, *, what: str) -> Mapping[str, Any]:
        """What Slack answers to a repeatable request. Raises NotSent or Rejected."""
        return self._answer(self._form(method, asked, http), what=what, doubt=NotSent)

    def _seen(self, method: str, asked: Mapping[str, str], http: Http) -> Mapping[str, Any]:
        """What Slack answers to a look-up: its refusals say nothing about what is there."""
        try:
            return self._done(method, asked, http, what="a look-up")
        except Rejected as refused:
            raise NotSent(f"{refused} {refused.remedy}", answer=refused.answer) from None

    def _answer(self, reply: Reply, *, what: str, doubt: _Doubt) -> Mapping[str, Any]:
        """An answer that says "ok": Slack refuses with 200 and `"ok": false`. Raises NotSent, Rejected or `doubt`."""
        told = reply.json()
        said = told.get("ok") if isinstance(told, Mapping) else None
        if reply.status < 300 and said is True and isinstance(told, Mapping):
            return told
        if reply.status < 300 and said is not False:
            raise doubt("Slack answered, but said neither yes nor no.", answer=shown(reply))
        raise self._refusal(reply, what=what, doubt=doubt)

    def _refusal(
        self, reply: Reply, *, what: str, doubt: type[Unknown] | type[NotSent]
    ) -> NotSent | Rejected | Unknown:
        error, evidence = _error(reply), shown(reply)
        said = f"Slack refused {what} ({reply.status}): {_words(reply)}."
        if error in _NO_LOG_IN:
            return NotSent(f"{said} {self._token_remedy()}", answer=evidence)
        if error in _NO_SCOPE:
            return NotSent(f"{said} {self._scope_remedy()}", answer=evidence)
        if error in _TOO_MANY:
            return NotSent(f"{said} It is tried again later.", answer=evidence)
        if error in _OUTAGES:
            return doubt(f"{said} That does not say whether it counted.", answer=evidence)
        if error in _NOT_THERE or error.startswith("restricted_action"):
            remedy = f"{_invite('')} See that the channel is not archived and that apps may post there."
            return Rejected(said, remedy=remedy, answer=evidence)
        if error in ("edit_window_closed", "cant_update_message", "cant_delete_message"):
            return Rejected(said, remedy="Do it in Slack: the workspace does not let the bot.", answer=evidence)
        return Rejected(said, remedy="Change the post as Slack asks, and approve it again.", answer=evidence)

    def _token_remedy(self) -> str:
        return f"Put the app's bot token (OAuth & Permissions, 'xoxb-…') into {self.token.variable}."

    def _scope_remedy(self) -> str:
        return f"Give the app the bot scopes {_ALL_SCOPES}, and install it again."

    def _method(self, name: str) -> str:
        return f"{self.server}/api/{name}"

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token.reveal()}"}


def escaped(text: str) -> str:
    """`text` as Slack has to get it in its own markup: with these three signs it writes links, mentions and calls."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def rich(text: str) -> dict[str, Any]:
    """A block that shows `text` as it is. Its elements have no markup: stars, colons and names stay what they are."""
    elements: list[dict[str, str]] = []
    at = 0
    for url in URL.finditer(text):
        address = unpunctuated(url.group())
        elements += [{"type": "text", "text": text[at : url.start()]}, {"type": "link", "url": address}]
        at = url.start() + len(address)
    elements.append({"type": "text", "text": text[at:]})
    shown_ones = [each for each in elements if each.get("text") != ""]
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": shown_ones}]}


def _message(publication: Publication, *, cards: bool) -> dict[str, Any]:
    """What is said. `text` is for notifications and for who listens to the message; the blocks are what is shown."""
    if not isinstance(publication, Post):
        raise Refused("Slack takes posts, not newsletters; send the edition through another channel.")
    text = publication.text.strip()
    spoken = escaped(text or "\n".join(each.alt for each in publication.media))
    if (number := count(spoken, _LONGEST)) > _LONGEST.maximum:
        raise Refused(
            f"The text has signs that are escaped for Slack (&, <, >); with these it counts {number} of "
            f"{_LONGEST.maximum}. Shorten it."
        )
    return {
        "message": {
            "text": spoken,
            "mrkdwn": False,
            "parse": "none",
            "link_names": False,
            "unfurl_links": cards,
            "unfurl_media": cards,
        },
        "blocks": [rich(text)] if text else [],
        "media": [{"sha256": each.sha256, "alt": each.alt} for each in publication.media],
    }


def _blocks(told: Mapping[str, Any], pictures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [*told["blocks"], *({"type": "image", **each} for each in pictures)]


def _invite(name: str) -> str:
    return f"Invite the bot into the channel: /invite @{name or 'its name'}."


def _error(reply: Reply) -> str:
    return read(reply.json(), "error")


def _words(reply: Reply) -> str:
    """The error's name, which scope is needed, and what else Slack says of it."""
    told = reply.json()
    notes = told.get("response_metadata", {}) if isinstance(told, Mapping) else {}
    messages = notes.get("messages") if isinstance(notes, Mapping) else None
    more = [each for each in messages if isinstance(each, str)] if isinstance(messages, list) else []
    if needed := read(told, "needed"):
        more.append(f"needed: {needed}")
    said = words(reply, ("error",))
    return f"{said} ({shorten(fold('; '.join(more)), 200)})" if more else said


def _dumps(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True).encode()
