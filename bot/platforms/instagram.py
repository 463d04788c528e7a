"""Instagram: pictures, carousels and reels of a professional account, each made as a container and then published.

Facts from developers.facebook.com/docs/instagram-platform (content-publishing, instagram-graph-api/reference/ig-user/
media, .../error-codes, reference/refresh_access_token). After a doubt the container says whether it was published, and
the account's own media say where. The documentation of publishing knows no edit and no deletion.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from bot.errors import Refused, Rejected
from bot.ledger import Tier
from bot.model.publication import Mail, MediaKind, Medium, Post, Publication
from bot.model.secret import Secret
from bot.platforms.address import origin
from bot.platforms.containers import Containers, address_of
from bot.platforms.contract import Expiry, Http, Memory, Outgoing, Preview, Receipt, Uploaded
from bot.platforms.facts import CardBy, Facts, MediaLimit, Rate
from bot.platforms.graph import NO_SECRET, SUNSET, VERSION, Graph, hashtags, mentions
from bot.platforms.longlived import LongLived
from bot.platforms.memory import Forgetful
from bot.platforms.mentions import refuse_strangers
from bot.platforms.preview import plain
from bot.platforms.replies import field as read
from bot.text import Limit, Unit

_NAME = "Instagram"
_LONGEST = 2_200
_HASHTAGS = 30
_MENTIONS = 20
# Width by height of a picture: from 4:5 to 1.91:1.
_NARROWEST, _WIDEST = 0.8, 1.91
# Pixels are whole: what was cut to 4:5 or 1.91:1 may be a hair beside it.
_HAIR = 0.01
_SHORTEST_REEL = 3.0


@dataclass(frozen=True)
class Instagram:
    """A professional account. With Instagram's own log-in `account` is "me" and the token is renewed by itself; with
    Facebook's, `server` is https://graph.facebook.com and `account` the number of the Instagram account.

    `mentions` are the names that a post may tell of itself, such as "@guest": any other @name is refused.
    """

    token: Secret
    account: str = "me"
    mentions: tuple[str, ...] = ()
    app_secret: Secret = NO_SECRET
    server: str = "https://graph.instagram.com"
    memory: Memory = field(default_factory=Forgetful, repr=False, compare=False)

    name: ClassVar[str] = "instagram"
    tier: ClassVar[Tier] = Tier.FINDABLE
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Post,)
    leaves_home: ClassVar[bool] = True
    facts: ClassVar[Facts] = Facts(
        docs=(
            "developers.facebook.com/docs/instagram-platform/content-publishing",
            "developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media",
            "developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes",
            "developers.facebook.com/docs/instagram-platform/reference/refresh_access_token",
            "developers.facebook.com/docs/graph-api/changelog/versions",
        ),
        read=date(2026, 11, 25),
        media=(
            MediaLimit(MediaKind.IMAGE, 10, 8_000_000, ("image/jpeg",)),
            MediaLimit(MediaKind.VIDEO, 10, 300_000_000, ("video/mp4", "video/quicktime"), width=1_920, duration=900),
        ),
        together=10,
        needs_media=True,
        alt=1_000,
        links="shown, but lead nowhere",
        card=CardBy.NOBODY,
        # Instagram's pages name 50 and 100; `check` asks what holds for the account.
        rates=(Rate(50, timedelta(days=1)),),
        # A container ends after 24 hours.
        uploads_last=timedelta(hours=23),
        # "Once per minute" is what Meta recommends.
        works=timedelta(minutes=1),
        sunsets=(SUNSET,),
        remarks=(
            "A link in a caption leads nowhere.",
            "A film has no alt text on Instagram.",
            "What is published can be changed or taken away only in the app.",
        ),
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", origin(self.server, example="https://graph.instagram.com"))

    def limits(self) -> tuple[Limit, ...]:
        return (Limit(_LONGEST, Unit.CHARACTERS),)

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:  # noqa: ARG002 (the contract's)
        """The caption, the media by their hashes, and the time before which it cannot have been made."""
        if not isinstance(publication, Post):
            raise Refused("Instagram takes posts, not newsletters; send the edition through another channel.")
        text = publication.text.strip()
        self._refuse_unfit(text)
        for each in publication.media:
            _refuse_the_shape_of(each)
        media = [{"sha256": each.sha256, "kind": str(each.kind), "alt": each.alt} for each in publication.media]
        return json.dumps(
            {"after": at.astimezone(UTC).isoformat(), "caption": text, "media": media}, sort_keys=True
        ).encode()

    def prepare(self, outgoing: Outgoing, http: Http) -> Uploaded:
        """Make the container; of several media one for each first, and then their own. It shows nothing."""
        told = json.loads(outgoing.body)
        caption = {"caption": told["caption"]} if told["caption"] else {}
        media = told["media"]
        if len(media) > 1:
            items = [_item(each, outgoing, film="VIDEO") | {"is_carousel_item": "true"} for each in media]
            return self._containers().begin(items, {"media_type": "CAROUSEL", **caption}, http)
        (one,) = media
        return self._containers().begin((), {**_item(one, outgoing, film="REELS"), **caption}, http)

    def prepared(self, reference: str, http: Http) -> Uploaded:
        return self._containers().go_on(reference, http)

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Publish the container once, and look where the post stands."""
        return self._containers().publish(outgoing, http)

    def find(self, outgoing: Outgoing, http: Http) -> Receipt | None:
        """Ask the container, then look through the account's own media."""
        told = json.loads(outgoing.body)
        return self._containers().find(
            outgoing,
            http,
            listing=f"{self.account}/media",
            said=told["caption"],
            after=datetime.fromisoformat(told["after"]),
            text="caption",
        )

    def check(self, http: Http) -> str:
        """Try the token, and ask how many posts of today's number are used."""
        graph = self._graph()
        reply = graph.get(http, self.account, fields="id,username")
        if reply.status >= 300:
            raise graph.wrong(reply)
        name = read(reply.json(), "username")
        if not name:
            raise Rejected(
                "Instagram named no account.",
                remedy="Check 'account': \"me\" with Instagram's own log-in, the account's number with Facebook's.",
            )
        used = graph.used(http, f"{self.account}/content_publishing_limit")
        return f"posts as @{name} on Instagram{used}"

    def preview(self, post: Post) -> Preview:
        """The caption as it is: its links lead nowhere."""
        return plain(self, post, marks=())

    def expiry(self, http: Http) -> Expiry | None:
        """When the token ends. One of Facebook's log-in says nothing here: it may be a Page's, which never does."""
        return self._token().expiry(http) if self._renews else None

    def refresh(self, http: Http) -> None:
        if self._renews:
            self._token().refresh(http)

    @property
    def _renews(self) -> bool:
        """Whether the token is of Instagram's own log-in, which lives sixty days and can be renewed."""
        return "graph.facebook.com" not in self.server

    def _refuse_unfit(self, text: str) -> None:
        refuse_strangers(mentions(text), self.mentions, service=_NAME)
        if (number := len(hashtags(text))) > _HASHTAGS:
            raise Refused(f"Instagram takes {_HASHTAGS} hashtags in one post, not {number}; take some out.")
        if (number := len(mentions(text))) > _MENTIONS:
            raise Refused(f"Instagram takes {_MENTIONS} mentions in one post, not {number}; take some out.")

    def _token(self) -> LongLived:
        return LongLived(self.token, self.memory, self.server, "ig_refresh_token", "The token of Instagram")

    def _graph(self) -> Graph:
        return Graph(
            name=_NAME,
            base=f"{self.server}/{VERSION}",
            token=self._token().token() if self._renews else self.token.reveal(),
            variable=self.token.variable,
            permissions="instagram_business_basic and instagram_business_content_publish (with Facebook's log-in "
            "instagram_basic, instagram_content_publish and pages_read_engagement)",
            app_secret=self.app_secret,
        )

    def _containers(self) -> Containers:
        return Containers(self._graph(), f"{self.account}/media", f"{self.account}/media_publish", "status_code")


def _item(medium: dict[str, Any], outgoing: Outgoing, *, film: str) -> dict[str, str]:
    """What a container is told of one medium; `film` is what a film is called there."""
    address = address_of(medium["sha256"], outgoing, service=_NAME)
    if medium["kind"] == MediaKind.VIDEO:
        return {"media_type": film, "video_url": address}
    return {"image_url": address, "alt_text": medium["alt"]}


def _refuse_the_shape_of(medium: Medium) -> None:
    if medium.kind is MediaKind.VIDEO:
        if medium.duration is not None and medium.duration < _SHORTEST_REEL:
            raise Refused(f"A film on Instagram runs at least {_SHORTEST_REEL:g} seconds, not {medium.duration:g}.")
        return
    if not medium.width or not medium.height:
        return
    if not _NARROWEST - _HAIR <= medium.width / medium.height <= _WIDEST + _HAIR:
        raise Refused(
            f"Instagram takes pictures from 4:5 to 1.91:1, not {medium.width} × {medium.height} pixels; cut it."
        )
