"""A Mattermost channel, through a bot that is a member of it.

Facts from mattermost/mattermost (api/v4/source posts.yaml, files.yaml, introduction.yaml; server/channels/app/post.go,
mention_parser_standard.go; server/public/model/post.go) and mattermost/marked, which shows posts in browsers. A pending
post's id is remembered for thirty seconds by one application server: a second safety, no key. So each post bears a mark
of ours in its `props`, by which it is found in the channel.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

import regex

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.ledger import Tier
from bot.model.publication import Mail, MediaKind, Medium, Post, Publication
from bot.model.secret import Secret
from bot.platforms.address import origin
from bot.platforms.contract import Http, Memory, Outgoing, Receipt, Reply, Uploaded
from bot.platforms.facts import SKEW, CardBy, Facts, MediaLimit
from bot.platforms.memory import Forgetful
from bot.platforms.mentions import refuse_strangers
from bot.platforms.replies import field as read
from bot.platforms.replies import shown, words
from bot.text import URL, Limit, Unit, count

_API = "/api/v4"
# 65,535 bytes, of which a character may need four; a server tells its own.
_LONGEST = 16_383
_SIZE, _PIXELS = 104_857_600, 33_177_600
_IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
_FILMS = ("video/mp4", "video/webm", "video/quicktime")
_SOUNDS = ("audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav")
_MARK = "pullquote_delivery"
# A list of what changed since a moment leaves out the rest without a word.
_LISTED = 1_000
_ID = regex.compile(r"[a-z0-9]{26}")
# StandardMentionParser cuts a text at all but letters, numbers and `:.-_@`, and looks again behind `.`, `-` and `:`.
_MENTION = regex.compile(r"(?<![\p{L}\p{N}])@[\p{L}\p{N}._-]*[\p{L}\p{N}]")
# What browsers (marked) and phones (CommonMark) both read as marks and both let be escaped; and what becomes a link and
# is read as it stands: addresses, also those without their scheme.
_SCHEMELESS = r"(?:www\d{0,3}\.|[\p{L}\d.-]+\.\p{L}{2,4}/)[^\s<>\"]+"
_MARKS = regex.compile(
    rf"(?<![A-Za-z0-9])(?P<address>{URL.pattern}|{_SCHEMELESS})|(?P<mark>[*_~`\[\]|]|\\(?![A-Za-z0-9]))"
)
_HEAD = regex.compile(r"^([^\S\n]*)(?=(?:#{1,6}(?:\s|$)|[-+](?:\s|$)|-[-=]|>))", regex.MULTILINE)
_NUMBERED = regex.compile(r"^([^\S\n]*\d{1,9})(?=[.)](?:\s|$))", regex.MULTILINE)
# Four blanks at the head of a line make it code; a line of blanks alone is a line to some.
_BLANK = regex.compile(r"^[^\S\n]+$", regex.MULTILINE)
_INDENT = regex.compile(r"^[^\S\n]{2,}", regex.MULTILINE)
# What would be shown otherwise and cannot be escaped in browsers.
_PICTURE = regex.compile(r"(?<!\w):(?=[\w+-]*[A-Za-z+-]|100:|1234:)[\w+-]+:(?!\w)", regex.ASCII)
_FORMULA = regex.compile(r"(?<![A-Za-z0-9])\$[^$\n]+\$(?![A-Za-z0-9])")
_UNDERLINE = regex.compile(r"(?<=\S[^\S\n]*\n)[^\S\n]*=[=-]*[^\S\n]*$", regex.MULTILINE)
_ENTITY = regex.compile(r"&#?\w+;", regex.ASCII)
_BRACKETED = regex.compile(r"<(?:[^ >]+(?:@|:/)|www\d{0,3}\.)[^ >]+>", regex.ASCII)


@dataclass(frozen=True)
class Mattermost:
    """A bot's account on `server`, and the id of a channel that it is a member of.

    `mentions` are the names that a post may bear, such as "@guest"; any other would be told of it.
    """

    server: str
    channel: str
    token: Secret
    mentions: tuple[str, ...] = ()
    memory: Memory = field(default_factory=Forgetful, repr=False, compare=False)

    name: ClassVar[str] = "mattermost"
    tier: ClassVar[Tier] = Tier.FINDABLE
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Post,)
    leaves_home: ClassVar[bool] = True
    facts: ClassVar[Facts] = Facts(
        docs=(
            "developers.mattermost.com/api-documentation",
            "docs.mattermost.com/administration-guide/configure/environment-configuration-settings.html",
        ),
        read=date(2026, 11, 28),
        media=(
            MediaLimit(MediaKind.IMAGE, 5, _SIZE, _IMAGES, pixels=_PIXELS),
            MediaLimit(MediaKind.VIDEO, 5, _SIZE, _FILMS),
            MediaLimit(MediaKind.AUDIO, 5, _SIZE, _SOUNDS),
        ),
        together=5,
        links="as they are; the first has a card",
        card=CardBy.SERVICE,
        uploads_last=timedelta(hours=12),
        remarks=(
            "Mattermost has no place for alt texts.",
            "Sizes are the defaults; hosts set others, and may end the time in which a post can be edited.",
        ),
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", origin(self.server, example="https://mattermost.example"))
        object.__setattr__(self, "channel", self.channel.strip())
        if not _ID.fullmatch(self.channel):
            raise ConfigError(
                [f"'channel' is wrong: '{self.channel}' is no channel's id, 26 letters and digits; see 'View Info'."]
            )

    def limits(self) -> tuple[Limit, ...]:
        return (Limit(int(self.memory.recall("longest") or _LONGEST), Unit.CHARACTERS),)

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:
        """The post with our mark, in which no word formats or calls anything, and its media by their hashes."""
        if not isinstance(publication, Post):
            raise Refused("Mattermost takes posts, not newsletters; send the edition through another channel.")
        text = publication.text.strip()
        self._refuse_unfit(text)
        message = plain(text)
        (limit,) = self.limits()
        if (number := count(message, limit)) > limit.maximum:
            raise Refused(
                f"The text has signs that Mattermost would read as marks; with these escaped it counts {number} of "
                f"{limit.maximum}. Shorten it."
            )
        mark = hashlib.sha256(key.encode()).hexdigest()[:32]
        post = {"channel_id": self.channel, "message": message, "pending_post_id": mark, "props": {_MARK: mark}}
        media = [each.sha256 for each in publication.media]
        after = int((at - SKEW).timestamp() * 1_000)
        return json.dumps({"post": post, "media": media, "after": after}, sort_keys=True).encode()

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Post once."""
        return self._send(outgoing, http)

    def follow(self, outgoing: Outgoing, http: Http, *, root: Receipt, parent: Receipt) -> Receipt:  # noqa: ARG002
        """Post once in the thread of `root`; Mattermost's threads know no deeper answers."""
        return self._send(outgoing, http, root_id=root.remote_id)

    def upload(self, medium: Medium, content: bytes, http: Http) -> Uploaded:
        """Hand over a file for the channel; nobody is shown it before a post bears it."""
        name = f"{medium.sha256[:12]}.{medium.mime.rpartition('/')[2]}"
        query = urlencode({"channel_id": self.channel, "filename": name})
        headers = self._headers() | {"content-type": medium.mime}
        reply = http.repeatable("POST", f"{self.server}{_API}/files?{query}", headers=headers, body=content)
        if reply.status >= 300:
            raise self._refusal(reply, f"the {medium.kind}")
        told = reply.json()
        files = told.get("file_infos") if isinstance(told, Mapping) else None
        reference = read(files[0], "id") if isinstance(files, list) and len(files) == 1 else ""
        if not reference:
            raise NotSent(f"{self.server} took the {medium.kind} but named no id of it.", answer=shown(reply))
        return Uploaded(reference)

    def uploaded(self, reference: str, http: Http) -> Uploaded:  # noqa: ARG002 (the contract's)
        """An upload is there as soon as it has an id."""
        return Uploaded(reference)

    def find(self, outgoing: Outgoing, http: Http) -> Receipt | None:
        """Look for the mark among all that changed in the channel since the post's time, also if it was deleted."""
        told = json.loads(outgoing.body)
        me, mark = read(self._me(http), "id"), told["post"]["props"][_MARK]
        for each in self._since(told["after"], http):
            # An edit leaves a copy of what stood there before, with an id of its own.
            if read(each, "user_id") == me and read(each, "props", _MARK) == mark and not read(each, "original_id"):
                return self._receipt(read(each, "id"))
        return None

    def edit(self, receipt: Receipt, outgoing: Outgoing, http: Http) -> Receipt:
        """Put other words in the place of a post's: readers see that it was edited; its media and its mark stay."""
        message = json.loads(outgoing.body)["post"]["message"]
        body = json.dumps({"message": message}).encode()
        reply = http.repeatable("PUT", f"{self._at(receipt)}/patch", headers=self._headers(), body=body)
        if reply.status >= 300:
            raise self._refusal(reply, "to change the post")
        return receipt

    def delete(self, receipt: Receipt, http: Http) -> None:
        """Delete a post; one that is gone is no fault of anybody."""
        reply = http.repeatable("DELETE", self._at(receipt), headers=self._headers())
        if reply.status < 300:
            return
        # Older servers forbid (403) what is gone, as they forbid what belongs to somebody else.
        there = reply if reply.status != 403 else http.repeatable("GET", self._at(receipt), headers=self._headers())
        if there.status != 404 or not read(there.json(), "id"):
            raise self._refusal(reply, "to delete the post")

    def check(self, http: Http) -> str:
        """Try the token, see that the bot is a member of the channel, and learn how long a post may be there."""
        reply = self._ask("users/me", http)
        if reply.status == 401:
            raise Rejected(f"{self.server} refused the token: {_words(reply)}.", remedy=self._token_remedy())
        me = self._told(reply)
        channel = self._told(self._ask(f"channels/{self.channel}", http))
        if read(channel, "delete_at") not in ("", "0"):
            raise Rejected("The channel is archived.", remedy="Unarchive it, or set 'channel' to another.")
        member = self._ask(f"channels/{self.channel}/members/me", http)
        if member.status >= 300:
            raise self._refusal(member, "to tell of the bot's membership")
        longest = read(self._ask("config/client?format=old", http).json(), "MaxPostSize")
        if longest.isascii() and longest.isdigit() and int(longest) > 0:
            self.memory.keep("longest", longest)
        (limit,) = self.limits()
        name = read(channel, "display_name") or read(channel, "name") or self.channel
        return (
            f"posts as @{read(me, 'username') or me['id']} in {name} on {self.server}, up to {limit.maximum} characters"
        )

    def _send(self, outgoing: Outgoing, http: Http, **more: Any) -> Receipt:
        told = json.loads(outgoing.body)
        post = told["post"] | more
        if told["media"]:
            post["file_ids"] = [outgoing.uploads[each] for each in told["media"]]
        body = json.dumps(post, sort_keys=True).encode()
        # A bot that posts need not look as if somebody sat there.
        address = f"{self.server}{_API}/posts?set_online=false"
        reply = http.once("POST", address, headers=self._headers(), body=body)
        if reply.status >= 300:
            raise self._refusal(reply, "the post")
        number = read(reply.json(), "id")
        if not _ID.fullmatch(number):
            raise Unknown(f"{self.server} accepted the post but named no id.", answer=shown(reply))
        return self._receipt(number, answer=shown(reply))

    def _receipt(self, number: str, *, answer: str = "") -> Receipt:
        """Where members see a post: the address that needs no team's name, which may change."""
        return Receipt(number, f"{self.server}/_redirect/pl/{number}", answer=answer)

    def _since(self, after: int, http: Http) -> Iterator[Mapping[str, Any]]:
        """All that was posted, edited or deleted in the channel since a moment (Unix milliseconds). Raises NotSent."""
        query = urlencode({"since": after, "skipFetchThreads": "true"})
        reply = self._ask(f"channels/{self.channel}/posts?{query}", http)
        if reply.status >= 300:
            raise NotSent(f"{self.server} did not list the channel's posts ({reply.status}): {_words(reply)}.")
        told = reply.json()
        order, posts = (told.get("order"), told.get("posts")) if isinstance(told, Mapping) else (None, None)
        if not isinstance(order, list) or not isinstance(posts, Mapping):
            raise NotSent(f"{self.server} did not list the channel's posts; look at the channel.", answer=shown(reply))
        if len(order) >= _LISTED:
            raise NotSent(f"{_LISTED} posts or more since; look at the channel.")
        for each in order:
            if not isinstance(each, str) or not isinstance(posts.get(each), Mapping):
                raise NotSent(f"{self.server} lists posts that it does not show; look at the channel.")
            yield posts[each]

    def _me(self, http: Http) -> Mapping[str, Any]:
        reply = self._ask("users/me", http)
        if reply.status >= 300:
            raise NotSent(str(self._refusal(reply, "to say whose token it is")), answer=shown(reply))
        return self._told(reply)

    def _ask(self, path: str, http: Http) -> Reply:
        return http.repeatable("GET", f"{self.server}{_API}/{path}", headers=self._headers())

    def _told(self, reply: Reply) -> Mapping[str, Any]:
        """What the server says of a thing with an id. Raises Rejected or NotSent."""
        if reply.status >= 300:
            raise self._refusal(reply, "to be asked")
        found = reply.json()
        if not isinstance(found, Mapping) or not read(found, "id"):
            raise NotSent(f"{self.server} answered, but not as Mattermost does.", answer=shown(reply))
        return found

    def _refusal(self, reply: Reply, what: str) -> NotSent | Rejected:
        said, evidence = f"{self.server} refused {what} ({reply.status}): {_words(reply)}.", shown(reply)
        if reply.status == 401:
            return NotSent(f"{said} {self._token_remedy()}", answer=evidence)
        if reply.status in (404, 405) and not read(reply.json(), "id"):
            remedy = f"Check 'server': {_API}/system/ping must answer there."
        elif reply.status in (403, 404):
            remedy = "Make the bot a member of the team and of the channel, let it post there, and check 'channel'."
        elif reply.status == 413:
            remedy = "Make the medium smaller, or let the administrator allow larger files."
        else:
            remedy = "Change the post as the server asks, and approve it again."
        return Rejected(said, remedy=remedy, answer=evidence)

    def _token_remedy(self) -> str:
        return f"Make a token for the bot (Integrations, Bot Accounts), and put it into {self.token.variable}."

    def _refuse_unfit(self, text: str) -> None:
        bare = URL.sub("x", text)
        refuse_strangers(_MENTION.findall(bare), self.mentions, service="Mattermost")
        for pattern, where, what in (
            (_PICTURE, bare, "a picture"),
            (_FORMULA, bare, "a formula"),
            (_UNDERLINE, bare, "the line under a heading"),
            (_ENTITY, bare, "another sign"),
            (_BRACKETED, text, "a link without its brackets"),
        ):
            if (found := pattern.search(where)) is not None:
                raise Refused(f"'{found.group().strip()}' would become {what} on Mattermost; write it in another way.")

    def _at(self, receipt: Receipt) -> str:
        return f"{self.server}{_API}/posts/{receipt.remote_id}"

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token.reveal()}", "content-type": "application/json"}


def plain(text: str) -> str:
    """`text` as Mattermost has to get it to show these very characters: what would mark something up is escaped.

    Addresses stay as they are; Mattermost reads no marks in them. Blanks that indent a line become one, and those that
    fill one none.
    """
    text = _INDENT.sub(" ", _BLANK.sub("", text))
    text = _MARKS.sub(lambda found: found["address"] or f"\\{found['mark']}", text)
    return _NUMBERED.sub(r"\1\\", _HEAD.sub(r"\1\\", text))


def _words(reply: Reply) -> str:
    return words(reply, ("message",), ("error",))
