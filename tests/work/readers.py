"""A list of readers, an edition to send them, and a service of single mails that does what a script says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import ClassVar

from bot.clock import one_pass
from bot.drafting.payload import freeze
from bot.errors import Unknown, Unsent
from bot.house import House
from bot.ledger import Tier
from bot.model.address import Address
from bot.model.places import Place
from bot.model.publication import Kind, Mail, Post, Publication
from bot.model.states import RecipientState
from bot.model.subscriber import Cadence, Standing
from bot.platforms.contract import Http, Receipt
from bot.platforms.facts import Facts
from bot.platforms.letters import SPECIMEN, Letter, Outcome
from bot.store import deliveries, drafts, receipts, subscribers
from bot.store.deliveries import Delivery
from bot.store.drafts import Draft
from bot.text import Limit
from tests.work.desk import TUESDAY, with_config

MAIL = Mail(
    sender="The Test Post <weekly@example.org>",
    subject="Deadlines",
    preheader="And promises",
    html=f'<html lang="en" dir="ltr"><p>You get it {Place.PROMISE}.</p><p>The Test Post, 2 Proof Lane, Setterby</p>'
    f'<a href="{Place.UNSUBSCRIBE}">x</a><a href="{Place.PREFERENCES}">y</a>',
    text=f"You get it {Place.PROMISE}.\nThe Test Post, 2 Proof Lane, Setterby\n"
    f"{Place.UNSUBSCRIBE}\n{Place.PREFERENCES}\n",
    language="en",
    quotes=(),
    episodes=(),
    newsletter="weekly",
    promises=(
        (Cadence.EVERY, "every Thursday"),
        (Cadence.WEEKLY, "once a week: this is the one of this week"),
        (Cadence.MONTHLY, "once a month: this is the one of November"),
    ),
)

Script = Callable[[Sequence[Letter]], Sequence[Outcome]] | Unsent


@dataclass(frozen=True)
class PostOffice:
    """Hands mails over; `script` says how each request ends, the last of it over: well. `lost` answers never came back.

    A request whose end is an Unsent is not handed over, unless it is in `lost` too.
    """

    keys_last: timedelta = timedelta()
    tier: Tier = Tier.BLIND
    script: list[Script] = field(default_factory=list)
    lost: list[Unsent] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    answers: dict[str, Sequence[Outcome]] = field(default_factory=dict)
    door: threading.Lock = field(default_factory=threading.Lock)

    name: ClassVar[str] = "post-office"
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Mail,)
    leaves_home: ClassVar[bool] = False
    most: ClassVar[int] = 10
    facts: ClassVar[Facts] = Facts(docs=(), read=date(2026, 11, 28))

    def limits(self) -> tuple[Limit, ...]:
        return ()

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:
        assert isinstance(publication, Mail)
        return self.enclose(publication, (SPECIMEN,), key=key, at=at)

    def enclose(self, mail: Mail, letters: Sequence[Letter], *, key: str, at: datetime) -> bytes:
        return json.dumps([key, at.isoformat(), [[each.address, each.filled(mail).text] for each in letters]]).encode()

    def post(self, body: bytes, letters: Sequence[Letter], http: Http, *, key: str) -> Sequence[Outcome]:
        # Requests overlap; the script has an order.
        with self.door:
            return self._post(body, letters, key=key)

    def _post(self, body: bytes, letters: Sequence[Letter], *, key: str) -> Sequence[Outcome]:
        self.bodies.append(body)
        ends = self.script.pop(0) if self.script else None
        if isinstance(ends, Unsent):
            if ends in self.lost:
                self._take(letters, key)
            raise ends
        # A key counts for the whole request: such a service has what it is vague about, and says the same again.
        if not (self.keys_last and key in self.answers):
            outcomes = ends(letters) if ends else [Receipt(f"id-{each.key}") for each in letters]
            there = (Receipt, Unknown) if self.keys_last else Receipt
            self._take([each for each, said in zip(letters, outcomes, strict=True) if isinstance(said, there)], key)
            self.answers[key] = outcomes
        return self.answers[key]

    def _take(self, letters: Sequence[Letter], key: str) -> None:
        if not (self.keys_last and key in self.keys):
            self.arrived.extend(each.address for each in letters)
        if letters:  # A request of which nothing was taken leaves nothing to remember.
            self.keys.add(key)


@dataclass(frozen=True)
class AskedOffice(PostOffice):
    """One that can be asked what it has; `asked` are the subjects by which it was."""

    tier: Tier = Tier.FINDABLE
    asked: list[str] = field(default_factory=list)

    def trace(
        self, letters: Sequence[Letter], http: Http, *, key: str, subject: str, since: datetime
    ) -> Sequence[Receipt | None]:
        self.asked.append(subject)
        return [Receipt(f"found-{each.key}") if each.address in self.arrived else None for each in letters]


def with_readers(house: House, office: PostOffice, number: int, *, channel: str = "mail") -> House:
    """The house with a public address, the newsletter's channel on `office`, and so many active readers."""
    public = with_config(house, lambda text: text + '\n[web]\npublic = "https://desk.example"\n')
    with public.store.write() as db:
        for each in range(number):
            join(db, f"reader{each:05}@example.org")
    return replace(public, channels={**public.channels, channel: office})


def join(
    db: subscribers.Db, address: str, *, cadence: Cadence = Cadence.EVERY, at: datetime = TUESDAY
) -> subscribers.Subscription:
    return subscribers.ask(
        db,
        Address(address),
        "weekly",
        token=f"{address.partition('@')[0]:x<12}-secret",
        consent="test",
        at=at,
        standing=Standing.ACTIVE,
        cadence=cadence,
    )


def an_edition(house: House, number: int = 1, *, mail: Mail = MAIL, due: datetime = TUESDAY) -> Draft:
    """An edition as it is before an editor."""
    with house.store.write() as db:
        made = drafts.NewDraft(
            key=f"edition-{number}",
            kind=Kind.EDITION,
            channel="mail",
            title=mail.subject,
            payload=freeze(mail),
            newsletter="weekly",
            number=number,
            due_at=due,
        )
        return drafts.create(db, made, actor="eve", at=due)


def fine(letters: Sequence[Letter]) -> Sequence[Outcome]:
    """Every mail of a request is accepted, as the next in the script of a `PostOffice`."""
    return [Receipt(each.key) for each in letters]


def passes(house: House, number: int = 12, *, begin: datetime = TUESDAY, every: timedelta = timedelta(hours=1)) -> None:
    """The worker comes back so many times."""
    for each in range(number):
        one_pass(house, clock=lambda each=each: begin + each * every)  # type: ignore[misc]


def tally(house: House, delivery: Delivery) -> dict[RecipientState, int]:
    with house.store.read() as db:
        found = receipts.tally(db, delivery.id)
    return {state: number for state, number in found.items() if number}


def fresh(house: House, delivery: Delivery) -> Delivery:
    with house.store.read() as db:
        return deliveries.get(db, delivery.id)
