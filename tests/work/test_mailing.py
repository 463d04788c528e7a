"""An edition to our own list: nobody twice, nobody missing, and every doubt listed."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot import deliver, review
from bot.config import load
from bot.deliver.doubt import take_up
from bot.errors import NotSent, Refused, Rejected, Unknown, Unsent
from bot.house import House, channel_platforms
from bot.model.address import Address
from bot.model.places import Place, places_in
from bot.model.publication import Mail, Story, Version
from bot.model.states import DeliveryState, DraftState, RecipientState
from bot.model.subscriber import Cadence, Leaning, Length, Why, Wishes
from bot.platforms.contract import Receipt
from bot.platforms.letters import Letter, Outcome
from bot.store import deliveries, drafts, mailings, receipts, subscribers
from bot.store.database import Store
from bot.store.schema import metadata
from tests.conftest import CONFIG
from tests.work.desk import DAY, HOUR, TUESDAY, approve_now, delivery
from tests.work.readers import MAIL, AskedOffice, PostOffice, an_edition, fine, fresh, join, passes, tally, with_readers

ACCEPTED, REJECTED, UNKNOWN = RecipientState.ACCEPTED, RecipientState.REJECTED, RecipientState.UNKNOWN


def test_every_reader_gets_the_edition_once_with_addresses_of_their_own(house: House) -> None:
    office = PostOffice()
    house = with_readers(house, office, 25)
    edition = approve_now(house, an_edition(house))
    passes(house, 3)
    assert Counter(office.arrived) == Counter(f"reader{each:05}@example.org" for each in range(25))
    assert len(office.bodies) == 3
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 25}
    assert b"https://desk.example/leave/reader00024x-secret" in office.bodies[2]
    assert b"every Thursday" in office.bodies[2]
    with house.store.read() as db:
        assert drafts.get(db, edition.id).state is DraftState.PUBLISHED


def test_a_long_edition_leaves_in_more_requests_of_fewer_readers(house: House) -> None:
    house = with_readers(
        house, office := PostOffice(keys_last=DAY, script=[lost := Unknown("no answer")], lost=[lost]), 9
    )
    edition = approve_now(house, an_edition(house, mail=replace(MAIL, text=MAIL.text + "x" * 1_200_000)))
    passes(house, 2)
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 9}
    assert Counter(office.arrived) == Counter(f"reader{each:05}@example.org" for each in range(9))
    assert Counter(len(json.loads(each)[2]) for each in set(office.bodies)) == {4: 2, 1: 1}
    assert office.bodies[0] in office.bodies[1:], "made again as it was"


def test_without_a_public_address_nobody_is_mailed_because_nobody_could_leave(house: House) -> None:
    office = PostOffice()
    house = with_readers(house, office, 3)
    private = House(house.loaded, house.store, house.channels)
    private.loaded.path.write_text(private.loaded.path.read_text().replace("public", "# public"))

    private = House(load(private.loaded.path), house.store, house.channels)
    edition = approve_now(private, an_edition(private))
    passes(private, 1)
    held = delivery(private, edition)
    assert held.state is DeliveryState.HELD
    assert "set 'public' under [web]" in held.reason
    assert office.arrived == []


def test_an_edition_that_nobody_is_to_get_is_held_with_the_reason(house: House) -> None:
    house = with_readers(house, PostOffice(), 0)
    edition = approve_now(house, an_edition(house))
    passes(house, 1)
    assert "no active subscriber" in delivery(house, edition).reason


def test_the_suppressed_the_paused_and_those_who_left_get_nothing(house: House) -> None:
    office = PostOffice()
    house = with_readers(house, office, 4)
    with house.store.write() as db:
        away, paused, back, barred = list(subscribers.listed(db))
        subscribers.end(db, away, Why.UNSUBSCRIBED, at=TUESDAY)
        subscribers.prefer(db, paused, cadence=Cadence.EVERY, paused_until=TUESDAY + DAY, at=TUESDAY)
        subscribers.prefer(db, back, cadence=Cadence.EVERY, paused_until=TUESDAY - DAY, at=TUESDAY)
        subscribers.suppress(db, barred.address_hash, Why.COMPLAINED, newsletter="", at=TUESDAY)
    edition = approve_now(house, an_edition(house))
    passes(house, 1)
    assert office.arrived == [back.address]
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 1, RecipientState.SUPPRESSED: 1}


def test_who_leaves_while_the_edition_goes_out_is_left_out(house: House) -> None:
    house = with_readers(house, office := PostOffice(), 15)

    def leave(letters: Sequence[Letter]) -> Sequence[Outcome]:
        with house.store.write() as db:
            last = subscribers.by_token(db, "reader00014x-secret")
            assert last is not None
            subscribers.end(db, last, Why.UNSUBSCRIBED, at=TUESDAY)
        return [Receipt(each.key) for each in letters]

    office.script.append(leave)
    edition = approve_now(house, an_edition(house))
    passes(house, 1)
    assert "reader00014@example.org" not in office.arrived
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 14, RecipientState.SUPPRESSED: 1}


def test_a_monthly_reader_gets_the_first_edition_of_each_month_and_no_other(house: House) -> None:
    house = with_readers(house, office := PostOffice(), 1)
    with house.store.write() as db:
        join(db, "monthly@example.org", cadence=Cadence.MONTHLY)
    for number in range(1, 4):  # 24 November, 1 and 8 December
        due = TUESDAY + (number - 1) * timedelta(weeks=1)
        approve_now(house, an_edition(house, number, due=due), due)
        passes(house, 1, begin=due)
    assert Counter(office.arrived) == {"reader00000@example.org": 3, "monthly@example.org": 2}
    assert b"once a month" in office.bodies[0]


def test_a_weekly_reader_gets_the_first_edition_of_each_week_that_goes_out_and_no_other(house: House) -> None:
    house = with_readers(house, office := PostOffice(script=[NotSent("busy", retry_after=600)]), 0)
    with house.store.write() as db:
        join(db, "weekly@example.org", cadence=Cadence.WEEKLY)
    # A Tuesday, of which nothing goes out, Wednesday, the Sunday of that week, and Monday.
    for number, days in enumerate((0, 1, 5, 6), start=1):
        due = TUESDAY + days * DAY
        edition = approve_now(house, an_edition(house, number, due=due), due)
        passes(house, 1, begin=due)
        if number == 1:
            review.reject(house, edition.id, reason="not this one", actor="eve", now=due)
    assert office.arrived == ["weekly@example.org"] * 2
    assert [json.loads(each)[0][:9] for each in office.bodies[1:]] == ["edition-2", "edition-4"]
    assert b"once a week: this is the one of this week" in office.bodies[-1]


def test_a_refused_address_is_recorded_and_the_others_get_theirs(house: House) -> None:
    def some(letters: Sequence[Letter]) -> Sequence[Outcome]:
        bad = Rejected("No such address.", remedy="Mend it.")
        return [bad if each.address.startswith("reader00003") else Receipt(each.key) for each in letters]

    house = with_readers(house, office := PostOffice(script=[some]), 12)
    edition = approve_now(house, an_edition(house))
    passes(house, 2)
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 11, REJECTED: 1}
    assert len(office.arrived) == 11


def test_one_bad_address_that_turns_a_whole_request_away_is_found_by_halves(house: House) -> None:
    def picky(letters: Sequence[Letter]) -> Sequence[Outcome]:
        if any(each.address == "reader00007@example.org" for each in letters):
            raise Rejected("One address is none.", remedy="Mend it.")
        return [Receipt(each.key) for each in letters]

    house = with_readers(house, office := PostOffice(script=[picky] * 40), 20)
    edition = approve_now(house, an_edition(house))
    passes(house, 3)
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 19, REJECTED: 1}
    assert max(Counter(office.arrived).values()) == 1


def test_a_service_that_turns_everything_away_holds_the_edition_and_rejects_nobody(house: House) -> None:
    refusal = Rejected("The domain is not verified.", remedy="Verify it.")
    house = with_readers(house, office := PostOffice(script=[refusal] * 8), 200)
    edition = approve_now(house, an_edition(house))
    passes(house, 1)
    held = delivery(house, edition)
    assert held.state is DeliveryState.HELD
    assert "The domain is not verified" in held.reason
    assert tally(house, held) == {RecipientState.PENDING: 200}
    review.reopen(house, edition.id, actor="eve", now=TUESDAY)
    approve_now(house, edition)
    passes(house, 2)
    assert tally(house, held) == {ACCEPTED: 200}
    assert max(Counter(office.arrived).values()) == 1


def test_an_answer_that_never_came_is_asked_again_only_under_a_key_that_counts_once(house: House) -> None:
    lost = Unknown("no answer")
    house = with_readers(house, office := PostOffice(keys_last=DAY, script=[lost], lost=[lost]), 15)
    edition = approve_now(house, an_edition(house))
    passes(house, 4)
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 15}
    assert max(Counter(office.arrived).values()) == 1
    assert office.bodies[0] in office.bodies[1:], "the same bytes, to the last one"


def test_a_request_in_doubt_goes_again_before_those_that_never_left(house: House) -> None:
    script = [lost := Unknown("no answer"), *[NotSent("busy", retry_after=600)] * 30]
    house = with_readers(house, office := PostOffice(keys_last=DAY, script=script, lost=[lost]), 200)
    edition = approve_now(house, an_edition(house))
    passes(house, 1)
    assert len(office.arrived) == office.most, "those of the first request, of which nobody knows"
    before = len(office.bodies)
    script.clear()
    passes(house, 1, begin=TUESDAY + HOUR)
    assert office.bodies[0] in office.bodies[before : before + 4]
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 200}


def test_a_request_that_waited_until_its_key_was_forgotten_is_not_made_again(house: House) -> None:
    lost = Unknown("no answer")
    house = with_readers(house, office := PostOffice(keys_last=HOUR, script=[lost], lost=[lost]), 5)
    edition = approve_now(house, an_edition(house))
    passes(house, 1)
    with house.store.write() as db:
        (doubtful,) = mailings.doubtful(db, delivery(house, edition).id)
        mailings.again(db, doubtful, at=TUESDAY + HOUR / 2, reason="counts once under its key")
        deliveries.put(db, delivery(house, edition), DeliveryState.PLANNED, reason="", at=TUESDAY + HOUR / 2)
    passes(house, 2, begin=TUESDAY + 2 * HOUR)
    assert tally(house, delivery(house, edition)) == {UNKNOWN: 5}
    assert len(office.bodies) == 1


def test_a_request_in_doubt_that_is_put_off_stays_in_doubt_and_goes_again(house: House) -> None:
    lost, later = Unknown("no answer"), NotSent("busy", retry_after=600)
    house = with_readers(house, office := PostOffice(keys_last=DAY, script=[lost, later], lost=[lost]), 5)
    edition = approve_now(house, an_edition(house))
    passes(house, 2)
    assert tally(house, delivery(house, edition)) == {UNKNOWN: 5}
    passes(house, 1, begin=TUESDAY + 2 * HOUR)
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 5}
    assert len(set(office.bodies)) == 1


def test_where_nobody_can_be_asked_the_doubtful_are_listed_and_never_mailed_again(house: House) -> None:
    lost = Unknown("no answer")
    house = with_readers(house, office := PostOffice(script=[lost], lost=[lost]), 15)
    edition = approve_now(house, an_edition(house))
    passes(house, 30)
    doubtful = delivery(house, edition)
    assert doubtful.state is DeliveryState.UNKNOWN
    assert tally(house, doubtful) == {ACCEPTED: 5, UNKNOWN: 10}
    with house.store.read() as db:
        listed = [each.address for each in receipts.listed(db, doubtful.id, states=[UNKNOWN])]
    assert listed == [f"reader{each:05}@example.org" for each in range(10)]
    assert max(Counter(office.arrived).values()) == 1


@pytest.mark.parametrize(
    ("office", "says"),
    [
        (PostOffice(), "^$"),
        (PostOffice(keys_last=DAY), r"^The worker sends the same bytes again at its next pass; .* once\.$"),
        (AskedOffice(), r"^The worker asks the service by itself at its next pass\. What .* by 08:10 \(UTC\) is sent"),
    ],
)
def test_who_looks_at_a_doubt_is_told_what_becomes_of_it_without_anybody(
    house: House, office: PostOffice, says: str
) -> None:
    office.script.append(Unknown("no answer"))
    house = with_readers(house, office, 1)
    edition = approve_now(house, an_edition(house))
    passes(house, 1)
    doubtful = delivery(house, edition)
    assert doubtful.state is DeliveryState.UNKNOWN
    with house.store.read() as db:
        said = deliver.by_itself(house, db, doubtful, TUESDAY)
    assert re.search(says, said), said


@pytest.mark.parametrize("there", [True, False])
def test_a_person_settles_what_is_in_doubt(house: House, there: bool) -> None:
    lost = Unknown("no answer")
    house = with_readers(house, office := PostOffice(script=[lost], lost=[lost] if there else []), 15)
    edition = approve_now(house, an_edition(house))
    passes(house, 2)
    deliver.settle(house, delivery(house, edition).id, there=there, actor="eve", now=TUESDAY + HOUR)
    passes(house, 2, begin=TUESDAY + 3 * HOUR)
    settled = delivery(house, edition)
    assert settled.state is DeliveryState.ACCEPTED
    assert tally(house, settled) == {ACCEPTED: 15}
    assert Counter(office.arrived) == Counter(f"reader{each:05}@example.org" for each in range(15))


def test_what_is_found_has_arrived_and_what_is_not_goes_out_once_more(house: House) -> None:
    lost, never = Unknown("no answer"), Unknown("no answer either")
    house = with_readers(house, office := AskedOffice(script=[lost, never], lost=[lost]), 20)
    edition = approve_now(house, an_edition(house))
    passes(house, 4)
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 20}
    assert Counter(office.arrived) == Counter(f"reader{each:05}@example.org" for each in range(20))


def test_a_reader_who_is_put_off_again_and_again_is_tried_more_and_more_seldom(house: House) -> None:
    def later(letters: Sequence[Letter]) -> Sequence[Outcome]:
        return [NotSent("come back later") for _ in letters]

    house = with_readers(house, office := PostOffice(script=[later] * 50), 3)
    approve_now(house, an_edition(house))
    passes(house, 120, every=timedelta(minutes=1))
    assert 3 <= len(office.bodies) <= 6


def test_an_edition_is_stopped_in_the_middle_and_goes_on_where_it_stopped(house: House) -> None:
    house = with_readers(house, office := PostOffice(), 30)

    def freeze(letters: Sequence[Letter]) -> Sequence[Outcome]:
        (house.data / "FREEZE").touch()
        return [Receipt(each.key) for each in letters]

    office.script.append(freeze)
    edition = approve_now(house, an_edition(house))
    passes(house, 1)
    assert len(office.arrived) == 10
    passes(house, 1)
    assert len(office.arrived) == 10
    (house.data / "FREEZE").unlink()
    passes(house, 2, begin=TUESDAY + HOUR)
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 30}
    assert max(Counter(office.arrived).values()) == 1


def test_a_mailing_that_was_held_half_way_goes_on_with_the_rest(house: House) -> None:
    house = with_readers(house, office := PostOffice(script=[fine, NotSent("busy", retry_after=600)]), 30)
    edition = approve_now(house, an_edition(house))
    passes(house, 1)
    review.hold(house, edition.id, reason="a mistake?", actor="eve", now=TUESDAY)
    passes(house, 2, begin=TUESDAY + HOUR)
    assert len(office.arrived) == 10
    review.reopen(house, edition.id, actor="eve", now=TUESDAY + 3 * HOUR)
    approve_now(house, edition, TUESDAY + 3 * HOUR)
    passes(house, 2, begin=TUESDAY + 3 * HOUR)
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 30}
    assert max(Counter(office.arrived).values()) == 1


def test_a_mailing_is_held_while_it_goes_out_and_no_other_request_leaves(house: House) -> None:
    held: list[str] = []

    def holds(letters: Sequence[Letter]) -> Sequence[Outcome]:
        """An editor sees a mistake while the second request is under way."""
        with pytest.raises(Refused, match="Hold draft"):
            deliver.cancel_mailing(house, delivery(house, edition).id, reason="a mistake", actor="eve", now=TUESDAY)
        held.append(review.hold(house, edition.id, reason="a mistake", actor="eve", now=TUESDAY).state)
        with pytest.raises(Refused, match="still under way"):
            deliver.cancel_mailing(house, delivery(house, edition).id, reason="a mistake", actor="eve", now=TUESDAY)
        review.reopen(house, edition.id, actor="eve", now=TUESDAY)
        with pytest.raises(Refused, match="still under way"):
            approve_now(house, edition)
        review.hold(house, edition.id, reason="a mistake", actor="eve", now=TUESDAY)
        return fine(letters)

    house = with_readers(house, office := PostOffice(script=[fine, holds]), 90)
    edition = approve_now(house, an_edition(house))
    passes(house, 2)
    assert held == ["held"]
    assert 20 <= len(office.arrived) <= 50, "what had begun by then came to its end"
    halfway = delivery(house, edition)
    assert halfway.state is DeliveryState.HELD
    there = len(office.arrived)
    assert tally(house, halfway) == {ACCEPTED: there, RecipientState.PENDING: 90 - there}
    review.reopen(house, edition.id, actor="eve", now=TUESDAY + HOUR)
    approve_now(house, edition, TUESDAY + HOUR)
    passes(house, 2, begin=TUESDAY + HOUR)
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 90}
    assert max(Counter(office.arrived).values()) == 1


def _killed(house: House) -> None:
    """As the system leaves it where a worker is killed: its lock file is there, and nobody holds it."""
    with house.store.read() as db:
        for each in deliveries.in_hands(db):
            (house.lock_folder / f"{(each.worker or '').replace(':', '_')}.lock").touch()


def test_a_mailing_that_was_held_goes_on_at_once_where_its_worker_is_known_to_be_dead(house: House) -> None:
    def held_and_dies(_: Sequence[Letter]) -> Sequence[Outcome]:
        review.hold(house, edition.id, reason="a mistake", actor="eve", now=TUESDAY)
        raise SystemExit

    house = with_readers(house, office := PostOffice(script=[held_and_dies]), 30)
    edition = approve_now(house, an_edition(house))
    with pytest.raises(SystemExit):
        passes(house, 1)
    halfway = delivery(house, edition)
    assert halfway.state is DeliveryState.HELD
    assert halfway.worker
    office.script.clear()
    take_up(house, TUESDAY)
    review.reopen(house, edition.id, actor="eve", now=TUESDAY)
    with pytest.raises(Refused, match="still under way"):
        approve_now(house, edition)
    _killed(house)
    take_up(house, TUESDAY)
    assert fresh(house, halfway).lease_until is None
    approve_now(house, edition)
    passes(house, 1)
    assert tally(house, halfway) == {ACCEPTED: 20, UNKNOWN: 10}, "of the request that was under way nobody knows"
    assert max(Counter(office.arrived).values()) == 1


def _wait_for_locks(house: House, number: int) -> bool:
    """Whether so many transactions come to wait for others."""
    asked = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with house.store.read() as db:
            if db.scalar(asked) == number:
                return True
        time.sleep(0.01)
    return False


def test_whoever_holds_a_mailing_whose_audience_is_just_written_down_waits_for_that(house: House) -> None:
    if house.store.url.drivername.startswith("sqlite"):
        pytest.skip("there whoever writes waits for whoever writes")
    house = with_readers(house, office := PostOffice(), 200)
    edition = approve_now(house, an_edition(house))
    with ThreadPoolExecutor(2) as pool:
        with house.store.write() as db:
            # The worker, that writes readers down, waits for the end of this.
            db.execute(sa.text("LOCK TABLE recipients IN SHARE MODE"))
            working = pool.submit(passes, house, 1)
            assert _wait_for_locks(house, 1)
            holding = pool.submit(review.hold, house, edition.id, reason="a mistake", actor="eve", now=TUESDAY)
            assert _wait_for_locks(house, 2)
        assert holding.result(timeout=20).state is DraftState.HELD
        working.result(timeout=20)
    halfway, there = delivery(house, edition), len(office.arrived)
    assert halfway.state is DeliveryState.HELD
    assert tally(house, halfway).get(RecipientState.PENDING, 0) == 200 - there, "what had begun came to its end"
    review.reopen(house, edition.id, actor="eve", now=TUESDAY)
    approve_now(house, edition)
    passes(house, 1)
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 200}
    assert max(Counter(office.arrived).values()) == 1


def test_what_a_living_worker_has_under_way_of_a_mailing_that_was_held_is_left_to_it(house: House) -> None:
    def holds(letters: Sequence[Letter]) -> Sequence[Outcome]:
        review.hold(house, edition.id, reason="a mistake", actor="eve", now=TUESDAY)
        take_up(house, TUESDAY + 9 * timedelta(minutes=1))
        review.reopen(house, edition.id, actor="eve", now=TUESDAY)
        with pytest.raises(Refused, match="still under way"):
            approve_now(house, edition)
        return fine(letters)

    house = with_readers(house, office := PostOffice(script=[holds]), 10)
    edition = approve_now(house, an_edition(house))
    passes(house, 1)
    assert len(office.arrived) == 10


def test_one_that_is_held_at_its_last_request_is_held_with_everybody_served(house: House) -> None:
    def holds(letters: Sequence[Letter]) -> Sequence[Outcome]:
        review.hold(house, edition.id, reason="a mistake", actor="eve", now=TUESDAY)
        return fine(letters)

    house = with_readers(house, office := PostOffice(script=[holds]), 10)
    edition = approve_now(house, an_edition(house))
    passes(house, 2)
    assert (delivery(house, edition).state, len(office.arrived)) == (DeliveryState.HELD, 10)
    ended = deliver.cancel_mailing(house, delivery(house, edition).id, reason="over", actor="eve", now=TUESDAY)
    assert (ended.state, tally(house, ended)) == (DeliveryState.ACCEPTED, {ACCEPTED: 10})


def test_the_rest_of_a_mailing_can_be_cancelled(house: House) -> None:
    house = with_readers(house, office := PostOffice(script=[fine, NotSent("busy", retry_after=600)]), 30)
    edition = approve_now(house, an_edition(house))
    passes(house, 1)
    deliver.cancel_mailing(house, delivery(house, edition).id, reason="wrong link", actor="eve", now=TUESDAY)
    passes(house, 2, begin=TUESDAY + HOUR)
    assert len(office.arrived) == 10
    ended = delivery(house, edition)
    assert tally(house, ended) == {ACCEPTED: 10, RecipientState.CANCELLED: 20}
    assert ended.state is DeliveryState.ACCEPTED
    with pytest.raises(Refused, match="nobody waits for it any more"):
        deliver.cancel_mailing(house, ended.id, reason="once more", actor="eve", now=TUESDAY + HOUR)


def test_a_death_in_the_first_request_leaves_no_gap_for_other_content(house: House) -> None:
    def dies(_: Sequence[Letter]) -> Sequence[Outcome]:
        raise SystemExit

    house = with_readers(house, office := PostOffice(script=[dies]), 10)
    edition = approve_now(house, an_edition(house))
    with pytest.raises(SystemExit):
        passes(house, 1)
    take_up(house, TUESDAY + HOUR)
    with pytest.raises(Refused, match="cannot get other content"):
        review.request_changes(house, edition.id, reason="a typo", actor="eve", now=TUESDAY)
    passes(house, 2, begin=TUESDAY + HOUR)
    assert tally(house, delivery(house, edition)) == {UNKNOWN: 10}
    assert office.arrived == []


def test_an_edition_of_which_nothing_went_out_can_be_changed_and_costs_a_monthly_reader_nothing(house: House) -> None:
    house = with_readers(house, office := PostOffice(script=[NotSent("busy", retry_after=600)]), 0)
    with house.store.write() as db:
        join(db, "monthly@example.org", cadence=Cadence.MONTHLY)
    first = approve_now(house, an_edition(house))
    passes(house, 1)
    review.reject(house, first.id, reason="not this one", actor="eve", now=TUESDAY)
    approve_now(house, an_edition(house, 2, due=TUESDAY + HOUR), TUESDAY + HOUR)
    passes(house, 1, begin=TUESDAY + HOUR)
    assert office.arrived == ["monthly@example.org"]


def test_what_was_cancelled_for_everybody_is_not_called_sent_when_it_is_approved_again(house: House) -> None:
    house = with_readers(house, office := PostOffice(script=[NotSent("busy", retry_after=600)]), 3)
    edition = approve_now(house, an_edition(house))
    passes(house, 1)
    deliver.cancel_mailing(house, delivery(house, edition).id, reason="wrong link", actor="eve", now=TUESDAY)
    review.hold(house, edition.id, reason="wrong link", actor="eve", now=TUESDAY)
    review.reopen(house, edition.id, actor="eve", now=TUESDAY)
    approve_now(house, edition, TUESDAY + HOUR)
    passes(house, 2, begin=TUESDAY + HOUR)
    assert office.arrived == []
    assert "cancelled for all" in delivery(house, edition).reason


def test_a_reader_whose_row_makes_no_mail_is_refused_alone_and_nobody_is_in_doubt(house: House) -> None:
    house = with_readers(house, office := Picky(), 12)
    edition = approve_now(house, an_edition(house))
    passes(house, 2)
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 11, REJECTED: 1}
    assert "reader00004@example.org" not in office.arrived


class Picky(PostOffice):
    """It makes no mail for one reader."""

    def enclose(self, mail: Mail, letters: Sequence[Letter], *, key: str, at: datetime) -> bytes:
        if any(each.address.startswith("reader00004") for each in letters):
            raise Refused("The address of a reader holds a line break.")
        return super().enclose(mail, letters, key=key, at=at)


def test_erasure_forgets_the_address_in_the_ledger_and_keeps_them_from_being_mailed(house: House) -> None:
    house = with_readers(house, office := PostOffice(), 2)
    approve_now(house, an_edition(house))
    passes(house, 1)
    with house.store.write() as db:
        assert subscribers.erase(db, Address("reader00000@example.org"), at=TUESDAY)
        join(db, "Reader00000@Example.org")
    approve_now(house, second := an_edition(house, 2, due=TUESDAY + DAY), TUESDAY + DAY)
    passes(house, 1, begin=TUESDAY + DAY)
    assert Counter(office.arrived) == {"reader00000@example.org": 1, "reader00001@example.org": 2}
    assert tally(house, delivery(house, second)) == {ACCEPTED: 1, RecipientState.SUPPRESSED: 1}


def _half(letters: Sequence[Letter]) -> Sequence[Outcome]:
    return [Receipt(each.key) if number % 2 else NotSent("busy") for number, each in enumerate(letters)]


def _unsure(letters: Sequence[Letter]) -> Sequence[Outcome]:
    return [Receipt(each.key) if number % 2 else Unknown("?") for number, each in enumerate(letters)]


OF_THREE_LENGTHS = replace(
    MAIL,
    versions=tuple(Version(each, MAIL.html, f"{each}\n{MAIL.text}") for each in (Length.BRIEF, Length.SHORT)),
    stories=(Story(1, "The Show", (), "Deadlines"),),
)
ENDS = st.sampled_from(
    [fine, _half, _unsure, NotSent("busy"), Unknown("lost"), Unknown("kept"), Rejected("no", remedy="Mend it.")]
)


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(script=st.lists(ENDS, max_size=6), kind=st.sampled_from(["keyed", "asked", "blind"]), number=st.integers(1, 35))
def test_whatever_happens_nobody_is_mailed_twice_and_the_audience_balances(
    database_url: str, tmp_path_factory: pytest.TempPathFactory, script: list[object], kind: str, number: int
) -> None:

    home = tmp_path_factory.mktemp("home")
    (home / "pullquote.toml").write_text(CONFIG)
    (home / "inbox").mkdir()
    loaded = load(home / "pullquote.toml")
    loaded.data.mkdir()
    store = Store(database_url)
    with store.write() as db:
        for table in reversed(metadata.sorted_tables):
            db.execute(table.delete())
    lost = [each for each in script if isinstance(each, Unsent) and str(each) == "kept"]
    office = (AskedOffice if kind == "asked" else PostOffice)(
        keys_last=DAY * 30 if kind == "keyed" else timedelta(),
        script=list(script),  # type: ignore[arg-type]
        lost=lost,
    )
    house = with_readers(House(loaded, store, channel_platforms(loaded)), office, number)
    _choose(house)
    edition = approve_now(house, an_edition(house, mail=OF_THREE_LENGTHS))
    passes(house, 10, every=6 * HOUR)
    ended = fresh(house, delivery(house, edition))
    balance = tally(house, ended)
    store.close()
    assert sum(balance.values()) == number
    assert all(len({letter[1].split("\n")[0] for letter in json.loads(each)[2]}) == 1 for each in office.bodies)
    assert not office.arrived or max(Counter(office.arrived).values()) == 1
    assert balance.get(ACCEPTED, 0) <= len(office.arrived)
    if kind == "asked" and _unsure not in script:
        assert UNKNOWN not in balance
    if not balance.get(UNKNOWN) and ended.state is DeliveryState.ACCEPTED:
        assert balance.get(ACCEPTED, 0) == len(office.arrived)


def _choose(house: House) -> None:
    """Each reader another length, and every fifth leaves out all there is."""
    with house.store.write() as db:
        for at, each in enumerate(list(subscribers.listed(db))):
            shows = (("The Show", Leaning.LESS),) if at % 5 == 4 else ()
            wishes = Wishes(list(Length)[at % 3], shows=shows)
            subscribers.prefer(db, each, cadence=each.cadence, paused_until=None, at=TUESDAY, wishes=wishes)


def test_the_mail_of_the_tests_has_all_the_places() -> None:

    assert places_in(MAIL) == frozenset(Place)
