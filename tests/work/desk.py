"""The work in few words: lay a page into the inbox, make a pass at a given time, look at what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import sqlalchemy as sa

from bot import review
from bot.clock import Pass, one_pass
from bot.config import load
from bot.drafting.payload import freeze, thaw
from bot.errors import Unsent
from bot.house import House, channel_platforms
from bot.ledger import Tier
from bot.model.publication import Kind, Mail, Post, Publication
from bot.model.states import DeliveryState
from bot.platforms.contract import Http, Outgoing, Receipt
from bot.platforms.facts import Facts
from bot.store import deliveries, drafts, events
from bot.store.deliveries import Delivery
from bot.store.drafts import Draft
from bot.store.schema import drafts as drafts_table
from bot.text import Limit

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
POT, BENCH, LANES = "unhurried-pot-14.txt", "crooked-bench-9.md", "two-lanes-over-88.txt"

# A Tuesday; the newsletter of the tests is due on Thursdays at 09:00 UTC, the posts at 12:00.
TUESDAY = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
THURSDAY = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
MINUTE, HOUR, DAY, WEEK = (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(weeks=1))


def lay(house: House, seed: str, *, name: str | None = None, change: Callable[[str], str] = str) -> Path:
    """Put a sample page into the inbox, changed if wished."""
    path = house.loaded.home / "inbox" / (name or seed)
    path.write_text(change((SEEDS / seed).read_text(encoding="utf-8")), encoding="utf-8")
    return path


def work(house: House, now: datetime = TUESDAY) -> Pass:
    return one_pass(house, clock=lambda: now)


def all_drafts(house: House) -> list[Draft]:
    with house.store.read() as db:
        return [drafts.get(db, each) for each in db.scalars(sa.select(drafts_table.c.id).order_by(drafts_table.c.id))]


def draft(house: House, kind: Kind, number: int = 0) -> Draft:
    return [each for each in all_drafts(house) if each.kind is kind][number]


def content(house: House, of: Draft) -> Publication:
    with house.store.read() as db:
        return thaw(drafts.revision(db, drafts.get(db, of.id)).payload)


def hash_of(house: House, of: Draft) -> str:
    with house.store.read() as db:
        return drafts.revision(db, drafts.get(db, of.id)).hash


def a_post(house: House, post: Post, *, channel: str = "posts", key: str = "test", episode: int | None = None) -> Draft:
    """A draft as it is before an editor, of whatever content."""
    with house.store.write() as db:
        made = drafts.NewDraft(
            key=key, kind=Kind.QUOTE_POST, channel=channel, title="T", payload=freeze(post), episode_id=episode
        )
        return drafts.create(db, made, actor="eve", at=TUESDAY)


def approve_now(house: House, of: Draft, now: datetime = TUESDAY) -> Draft:
    return review.approve(house, of.id, actor="eve", now=now, at_once=True)


def all_deliveries(house: House) -> list[Delivery]:
    with house.store.read() as db:
        return [found for each in all_drafts(house) for found in deliveries.of_draft(db, each.id)]


def delivery(house: House, of: Draft) -> Delivery:
    """The delivery of a draft that was written last."""
    with house.store.read() as db:
        return deliveries.of_draft(db, of.id)[-1]


def history(house: House, subject: str) -> list[str]:
    with house.store.read() as db:
        return [f"{each.what}: {each.detail}" for each in events.of(db, subject)]


def sent(house: House) -> list[str]:
    """The names of what stands in the outboxes."""
    found = (house.data / "outbox").glob("*/*")
    return sorted(path.name for path in found if not path.name.startswith("."))


def tamper(house: House, statement: sa.Update) -> None:
    """Change a row behind the back of the program."""
    with house.store.write() as db:
        db.execute(statement)


def with_config(house: House, more: Callable[[str], str]) -> House:
    """The same house under a changed configuration file."""
    path = house.loaded.path
    path.write_text(more(path.read_text(encoding="utf-8")), encoding="utf-8")
    loaded = load(path)
    return House(loaded, house.store, channel_platforms(loaded))


@dataclass(frozen=True)
class Scripted:
    """A service that ends each attempt as the script says, and as accepted when the script is over."""

    tier: Tier = Tier.BLIND
    script: list[Unsent] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    name: ClassVar[str] = "scripted"
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Post, Mail)
    leaves_home: ClassVar[bool] = False
    facts: ClassVar[Facts] = Facts(docs=(), read=date(2026, 11, 24))

    def limits(self) -> tuple[Limit, ...]:
        return (Limit(500),)

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:
        return f"{key} {at.isoformat()}\n{publication.text}".encode()

    def publish(self, outgoing: Outgoing, _http: Http) -> Receipt:
        self.bodies.append(outgoing.body)
        if self.script:
            raise self.script.pop(0)
        return Receipt(remote_id=f"remote-{outgoing.key}", answer="taken")


@dataclass(frozen=True)
class Findable(Scripted):
    """A service that can be asked what it has; `there` are the keys of what arrived though no answer came."""

    tier: Tier = Tier.FINDABLE
    there: set[str] = field(default_factory=set)
    silent: list[Unsent] = field(default_factory=list)

    def find(self, outgoing: Outgoing, _http: Http) -> Receipt | None:
        if self.silent:
            raise self.silent.pop(0)
        return Receipt(remote_id=f"found-{outgoing.key}") if outgoing.key in self.there else None


def over(house: House, platform: Scripted, channel: str = "posts") -> House:
    """The same house with a channel on another platform."""
    return replace(house, channels={**house.channels, channel: platform})


@contextmanager
def balance_kept(house: House) -> Iterator[None]:
    """Whatever happens in the block, every delivery that was planned stands in exactly one state afterwards."""
    yield
    with house.store.read() as db:
        tally = deliveries.tally(db)
    assert set(tally) == set(DeliveryState)
    assert sum(tally.values()) == len(all_deliveries(house))
