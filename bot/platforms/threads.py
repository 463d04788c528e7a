"""Threads: a post is a container first, which shows nothing to anybody, and is published in a second request.

Facts from developers.facebook.com/docs/threads (posts, reference/publishing, reference/user, troubleshooting,
retrieve-and-manage-replies, posts/delete-posts). After a doubt the container says whether it was published, and the
account's own posts say where.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from bot.errors import ConfigError, Refused, Rejected
from bot.ledger import Tier
from bot.model.publication import Mail, MediaKind, Medium, Post, Publication
from bot.model.secret import Secret
from bot.platforms.address import origin
from bot.platforms.containers import Containers, address_of
from bot.platforms.contract import Expiry, Http, Memory, Outgoing, Receipt, Uploaded
from bot.platforms.facts import CardBy, Facts, MediaLimit, Rate
from bot.platforms.graph import NO_SECRET, Graph, hashtags, links, mentions
from bot.platforms.longlived import LongLived
from bot.platforms.memory import Forgetful
from bot.platforms.mentions import refuse_strangers
from bot.platforms.replies import field as read
from bot.text import Limit, Unit

_NAME = "Threads"
_VERSION = "v1.0"
_LONGEST = 500
_LINKS = 5
_TOPIC = 50
_NOT_IN_A_TOPIC = (".", "&")
# No side may be more than ten times the other.
_RATIO = 10.0


@dataclass(frozen=True)
class Threads:
    """The account that the long-lived `token` belongs to.

    `topic` is the topic of every post, without '#'; without it, the post's first hashtag is. `mentions` are the names
    that a post may tell of itself, such as "@guest": any other @name is refused.
    """

    token: Secret
    topic: str | None = None
    mentions: tuple[str, ...] = ()
    app_secret: Secret = NO_SECRET
    server: str = "https://graph.threads.net"
    memory: Memory = field(default_factory=Forgetful, repr=False, compare=False)

    name: ClassVar[str] = "threads"
    tier: ClassVar[Tier] = Tier.FINDABLE
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Post,)
    leaves_home: ClassVar[bool] = True
    facts: ClassVar[Facts] = Facts(
        docs=(
            "developers.facebook.com/docs/threads/posts",
            "developers.facebook.com/docs/threads/reference/publishing",
            "developers.facebook.com/docs/threads/reference/user",
            "developers.facebook.com/docs/threads/troubleshooting",
            "developers.facebook.com/docs/threads/overview",
            "developers.facebook.com/docs/threads/posts/delete-posts",
            "developers.facebook.com/docs/threads/get-started/long-lived-tokens",
        ),
        read=date(2026, 11, 25),
        media=(
            MediaLimit(MediaKind.IMAGE, 20, 8_000_000, ("image/jpeg", "image/png")),
            MediaLimit(MediaKind.VIDEO, 20, 1_000_000_000, ("video/mp4", "video/quicktime"), width=1_920, duration=300),
        ),
        together=20,
        alt=1_000,
        links="five different ones at most; the post's own is the one with the card",
        card=CardBy.SERVICE,
        quoting=True,
        rates=(Rate(250, timedelta(days=1)),),
        # A container ends after 24 hours.
        uploads_last=timedelta(hours=23),
        # "Once per minute" is what Meta recommends.
        works=timedelta(minutes=1),
        remarks=(
            "A post cannot be edited; corrections answer it, or it is deleted.",
            "Pictures and films are fetched from a public address of ours.",
        ),
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", origin(self.server, example="https://graph.threads.net"))
        topic = (self.topic or "").strip().removeprefix("#")
        if len(topic) > _TOPIC or any(each in topic for each in _NOT_IN_A_TOPIC):
            raise ConfigError([f"'topic' is wrong: Threads takes up to {_TOPIC} characters without '.' and '&'."])
        object.__setattr__(self, "topic", topic or None)

    def limits(self) -> tuple[Limit, ...]:
        return (Limit(_LONGEST, Unit.EMOJI_AS_BYTES),)

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:  # noqa: ARG002 (the contract's)
        """What the container is told, media by their hashes, and the time before which it cannot have been made."""
        if not isinstance(publication, Post):
            raise Refused("Threads takes posts, not newsletters; send the edition through another channel.")
        text = publication.text.strip()
        self._refuse_unfit(text, publication)
        form: dict[str, str] = {}
        if text:
            form["text"] = text
        if self.topic:
            form["topic_tag"] = self.topic
        if publication.quoting is not None:
            form["quote_post_id"] = publication.quoting.remote_id
        if publication.link and not publication.media:
            form["link_attachment"] = publication.link
        media = [{"sha256": each.sha256, "kind": str(each.kind), "alt": each.alt} for each in publication.media]
        told = {"after": at.astimezone(UTC).isoformat(), "form": form, "media": media}
        return json.dumps(told, sort_keys=True).encode()

    def prepare(self, outgoing: Outgoing, http: Http) -> Uploaded:
        """Make the container; of several media one for each first, and then their own. It shows nothing."""
        told = json.loads(outgoing.body)
        form: dict[str, str] = dict(told["form"])
        if outgoing.before:
            form["reply_to_id"] = outgoing.before[-1].remote_id
        media = [_item(each, outgoing) for each in told["media"]]
        match media:
            case []:
                return self._containers().begin((), {"media_type": "TEXT", **form}, http)
            case [one]:
                return self._containers().begin((), {**one, **form}, http)
            case _:
                items = [{**each, "is_carousel_item": "true"} for each in media]
                return self._containers().begin(items, {"media_type": "CAROUSEL", **form}, http)

    def prepared(self, reference: str, http: Http) -> Uploaded:
        return self._containers().go_on(reference, http)

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Publish the container once, and look where the post stands."""
        return self._containers().publish(outgoing, http)

    def follow(self, outgoing: Outgoing, http: Http, *, root: Receipt, parent: Receipt) -> Receipt:  # noqa: ARG002
        """Publish once: the container knows already what it answers (`Outgoing.before`)."""
        return self.publish(outgoing, http)

    def find(self, outgoing: Outgoing, http: Http) -> Receipt | None:
        """Ask the container, then look through the account's own posts, or its own answers."""
        told = json.loads(outgoing.body)
        return self._containers().find(
            outgoing,
            http,
            listing="me/replies" if outgoing.before else "me/threads",
            said=told["form"].get("text", ""),
            after=datetime.fromisoformat(told["after"]),
            text="text",
        )

    def delete(self, receipt: Receipt, http: Http) -> None:
        """Delete a post (permission threads_delete); one that is gone is no fault of anybody."""
        self._graph().take_away(http, receipt.remote_id)

    def check(self, http: Http) -> str:
        """Try the token, and ask how many posts of today's number are used."""
        graph = self._graph()
        reply = graph.get(http, "me", fields="id,username")
        if reply.status >= 300:
            raise graph.wrong(reply)
        name = read(reply.json(), "username")
        if not name:
            raise Rejected(
                "Threads named no account.",
                remedy=f"Make a new long-lived token and put it into {self.token.variable}.",
            )
        used = graph.used(http, "me/threads_publishing_limit")
        return f"posts as @{name} on Threads{used}"

    def expiry(self, http: Http) -> Expiry | None:
        return self._token().expiry(http)

    def refresh(self, http: Http) -> None:
        self._token().refresh(http)

    def _refuse_unfit(self, text: str, post: Post) -> None:
        refuse_strangers(mentions(text), self.mentions, service=_NAME)
        tags = hashtags(text)
        if tags and not self.topic and any(tags[0] in hashtags(each.text) for each in post.quotes):
            raise Refused(
                f"'{tags[0]}' in a quotation would become the post's topic on Threads. Put a hashtag before it, or set "
                "the channel's 'topic'."
            )
        several = links(text) + ([post.link] if post.link and not post.media and post.link not in links(text) else [])
        if len(several) > _LINKS:
            raise Refused(f"Threads takes {_LINKS} links in one post, not {len(several)}; take some out.")
        for each in post.media:
            _refuse_a_strip(each)

    def _token(self) -> LongLived:
        return LongLived(self.token, self.memory, self.server, "th_refresh_token", "The token of Threads")

    def _graph(self) -> Graph:
        return Graph(
            name=_NAME,
            base=f"{self.server}/{_VERSION}",
            token=self._token().token(),
            variable=self.token.variable,
            permissions="threads_basic, threads_content_publish, threads_manage_replies and threads_read_replies",
            app_secret=self.app_secret,
        )

    def _containers(self) -> Containers:
        return Containers(self._graph(), "me/threads", "me/threads_publish", "status")


def _item(medium: dict[str, Any], outgoing: Outgoing) -> dict[str, str]:
    """What a container is told of one medium."""
    kind = "VIDEO" if medium["kind"] == MediaKind.VIDEO else "IMAGE"
    address = address_of(medium["sha256"], outgoing, service=_NAME)
    return {"media_type": kind, f"{kind.lower()}_url": address, "alt_text": medium["alt"]}


def _refuse_a_strip(medium: Medium) -> None:
    if not medium.width or not medium.height:
        return
    if max(medium.width / medium.height, medium.height / medium.width) > _RATIO:
        raise Refused("Threads takes no picture or film that is more than ten times as long on one side; cut it.")
