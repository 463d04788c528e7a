"""Holds a delivery against what was approved once more, at the moment of sending: any doubt keeps it here.

Nothing is sent or written here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.drafting.payload import fingerprint, thaw
from bot.errors import Refused
from bot.house import House
from bot.intend import platform_of, written
from bot.model.publication import Mail, Publication
from bot.model.states import Act
from bot.platforms.letters import Letters
from bot.prepare.evidence import Readings, prove_publication
from bot.prepare.inspection import stopped
from bot.store import steps
from bot.store.database import Db
from bot.store.deliveries import Delivery
from bot.store.drafts import Standing


@dataclass(frozen=True)
class Checked:
    """What was checked once more before it goes out, and how: in several steps, or to each reader of our own list."""

    publication: Publication
    in_steps: bool
    to_readers: bool = False

    def in_one_request(self, delivery: Delivery) -> bool:
        """Whether nothing has to be done or looked up before the one irreversible request."""
        return delivery.act is Act.PUBLISH and not self.in_steps and not self.to_readers


class Checks:
    """Checks the deliveries of one pass."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._readings = Readings()

    def afresh(self) -> None:
        """Begin another transaction."""
        self._readings = self._readings.afresh()

    def check(self, db: Db, delivery: Delivery, standing: Standing, now: datetime) -> Checked | str:
        """What goes out, where everything about it still holds; else why it must not go out after all, in words."""
        # A thread that has begun is brought to its end: half of one is worse than a late one.
        if now > delivery.late_at and delivery.texts_out == 0:
            return f"too late: it was due {delivery.due_at.astimezone(UTC):%a %d %b %Y %H:%M} UTC"
        if fingerprint(delivery.body) != delivery.body_hash:
            return "the bytes to send are not those that were written down"
        if standing.approved != (delivery.revision, standing.hash):
            return "what is to be sent is not what was approved"
        if fingerprint(standing.payload) != standing.hash:
            return "the stored content does not match its hash"
        publication = thaw(standing.payload)
        try:
            platform = platform_of(self._house, delivery.channel)
            body, wanted = written(platform, publication, act=delivery.act, key=delivery.key, at=delivery.composed_at)
            prove_publication(db, publication, self._readings)
        except Refused as error:
            return str(error)
        if isinstance(publication, Mail) and (why := stopped(self._house, delivery.channel, publication)) is not None:
            return why
        known = steps.of(db, delivery.id) if wanted else []
        same = [(each.kind, each.key, each.body) for each in known] == [
            (each.kind, each.key, each.body) for each in wanted
        ]
        if not same or fingerprint(body) != delivery.body_hash:
            return "the approved content no longer makes the bytes that were written down: approve it again"
        return Checked(publication, in_steps=bool(wanted), to_readers=isinstance(platform, Letters))
