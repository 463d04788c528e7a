"""Whatever editors, sources, services and time do, in any order: the books balance and nothing goes out unasked."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot import deliver, review
from bot.config import load
from bot.errors import NotSent, Refused, Rejected, Unknown
from bot.house import House, channel_platforms
from bot.model.states import DeliveryState, DraftState
from bot.platforms.contract import Http, Outgoing, Receipt
from bot.store import deliveries, drafts
from bot.store.database import Store, sqlite_url
from tests.conftest import CONFIG
from tests.work.desk import BENCH, POT, TUESDAY, Scripted, all_deliveries, all_drafts, lay, work

SEEDS = (POT, BENCH)
FAILURES = {"not sent": NotSent("busy"), "rejected": Rejected("no", remedy="Change it."), "unknown": Unknown("?")}
NUMBERS = st.integers(1, 5)


@dataclass(frozen=True)
class Blind(Scripted):
    """A blind service that fails as it is told, and remembers what may have arrived."""

    arrived: list[tuple[str, bytes]] = field(default_factory=list)

    def publish(self, outgoing: Outgoing, _http: Http) -> Receipt:
        failure = self.script.pop() if self.script else None
        if failure is None or isinstance(failure, Unknown):
            self.arrived.append((outgoing.key, outgoing.body))
        if failure is not None:
            raise failure
        return Receipt(remote_id=outgoing.key)


class AnyOrder(RuleBasedStateMachine):
    @initialize()
    def open_a_house(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        home = Path(self.folder.name)
        (home / "inbox").mkdir()
        (home / "c.toml").write_text(CONFIG, encoding="utf-8")
        loaded = load(home / "c.toml")
        loaded.data.mkdir()
        store = Store(sqlite_url(home / "any.db"))
        store.migrate()
        self.service = Blind()
        self.house = House(loaded, store, {**channel_platforms(loaded), "posts": self.service, "mail": self.service})
        self.now = TUESDAY
        self.asked_again: Counter[str] = Counter()
        self.published: set[int] = set()
        lay(self.house, POT)
        work(self.house, self.now)

    def teardown(self) -> None:
        if hasattr(self, "house"):
            self.house.store.close()
            self.folder.cleanup()

    @rule(hours=st.sampled_from([1, 5, 24, 60]))
    def time_passes_and_a_worker_works(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        work(self.house, self.now)

    @rule(seed=st.sampled_from(SEEDS), years=st.sampled_from(["sixteen", "seventeen", "eighteen"]))
    def a_source_changes(self, seed: str, years: str) -> None:
        lay(self.house, seed, change=lambda text: text.replace("sixteen", years))

    @rule(failure=st.sampled_from(sorted(FAILURES)))
    def the_service_is_about_to_fail(self, failure: str) -> None:
        self.service.script.append(FAILURES[failure])

    @rule(number=NUMBERS, at_once=st.booleans())
    def an_editor_approves(self, number: int, at_once: bool) -> None:
        with suppress(Refused):
            review.approve(self.house, number, actor="eve", now=self.now, at_once=at_once)

    @rule(number=NUMBERS, text=st.sampled_from(["One.", "Two.", "“Nobody said these many words at all.”"]))
    def an_editor_edits(self, number: int, text: str) -> None:
        for name in ("text", "subject"):
            with suppress(Refused):
                review.edit(self.house, number, {name: text}, actor="eve", now=self.now)

    @rule(number=NUMBERS, step=st.sampled_from([review.hold, review.reject, review.request_changes]))
    def an_editor_stops_a_draft(self, number: int, step: object) -> None:
        with suppress(Refused):
            step(self.house, number, reason="why", actor="eve", now=self.now)  # type: ignore[operator]

    @rule(number=NUMBERS)
    def an_editor_reopens(self, number: int) -> None:
        with suppress(Refused):
            review.reopen(self.house, number, actor="eve", now=self.now)

    @rule(number=NUMBERS, hours=st.integers(0, 30))
    def an_editor_reschedules(self, number: int, hours: int) -> None:
        with suppress(Refused):
            due = self.now + timedelta(hours=hours)
            review.reschedule(self.house, number, due=due, actor="eve", now=self.now)

    @rule(number=NUMBERS, there=st.booleans())
    def somebody_settles(self, number: int, there: bool) -> None:
        with suppress(Refused):
            settled = deliver.settle(self.house, number, there=there, actor="eve", now=self.now)
            self.asked_again[settled.key] += not there

    @invariant()
    def the_books_balance(self) -> None:
        with self.house.store.read() as db:
            tally = deliveries.tally(db)
        assert sum(tally.values()) == len(all_deliveries(self.house))
        assert tally[DeliveryState.CLAIMED] == tally[DeliveryState.SENDING] == 0

    @invariant()
    def nothing_goes_out_twice_unasked(self) -> None:
        for key, times in Counter(key for key, _body in self.service.arrived).items():
            assert times <= 1 + self.asked_again[key], key

    @invariant()
    def what_is_published_is_what_arrived_and_stays(self) -> None:
        found = {each.id for each in all_drafts(self.house) if each.state is DraftState.PUBLISHED}
        assert self.published <= found
        self.published = found

    @invariant()
    def what_is_planned_was_approved(self) -> None:
        with self.house.store.read() as db:
            for planned in deliveries.pending(db):
                draft = drafts.get(db, planned.draft_id)
                approval = drafts.approval(db, draft)
                assert approval is not None
                assert (approval.revision, draft.state) == (planned.revision, DraftState.SCHEDULED)

    @invariant()
    def each_episode_stands_in_one_edition(self) -> None:
        with self.house.store.read() as db:
            members = [each for draft in all_drafts(self.house) for each in drafts.edition_of(db, draft)]
        assert len(members) == len(set(members))


AnyOrder.TestCase.settings = settings(
    max_examples=6, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
TestAnyOrder = AnyOrder.TestCase
