"""What is checked before anything leaves, and what becomes of each outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

import pytest
import sqlalchemy as sa

from bot import deliver, review
from bot.errors import NotSent, Refused, Rejected, Unknown
from bot.house import House
from bot.ledger import BACKOFF, LEASE, LOOK_UP_LAG, Tier
from bot.model.publication import Kind
from bot.model.states import DeliveryState, DraftState
from bot.store import deliveries, drafts, flags, workers
from bot.store.schema import approvals, attempts, draft_revisions
from bot.store.schema import deliveries as deliveries_table
from tests.work.desk import (
    DAY,
    HOUR,
    MINUTE,
    POT,
    TUESDAY,
    Findable,
    Scripted,
    all_deliveries,
    approve_now,
    balance_kept,
    content,
    delivery,
    draft,
    history,
    lay,
    over,
    sent,
    tamper,
    with_config,
    work,
)

NO_ANSWER = "the connection broke before an answer came"


@pytest.fixture
def post(house: House) -> drafts.Draft:
    """A post that is approved and due."""
    lay(house, POT)
    work(house)
    return draft(house, Kind.QUOTE_POST)


@dataclass(frozen=True)
class Abroad(Scripted):
    leaves_home: ClassVar[bool] = True


def test_a_delivery_goes_out_once_and_its_receipt_is_kept(house: House, post: drafts.Draft) -> None:
    approve_now(house, post)
    with balance_kept(house):
        assert work(house).delivered.accepted == 1
        assert work(house, TUESDAY + MINUTE).delivered.accepted == 0
    kept = delivery(house, post)
    assert (kept.state, kept.attempts) == (DeliveryState.ACCEPTED, 1)
    assert kept.permalink is not None
    assert sent(house) == [kept.key]


def test_what_comes_too_late_is_held(house: House, post: drafts.Draft) -> None:
    due = review.approve(house, post.id, actor="eve", now=TUESDAY).due_at
    assert due is not None
    done = work(house, due + 6 * HOUR + MINUTE).delivered
    assert (done.accepted, done.held) == (0, 1)
    assert delivery(house, post).reason.startswith("too late")
    assert draft(house, Kind.QUOTE_POST).state is DraftState.HELD
    review.reopen(house, post.id, actor="eve", now=due + DAY)
    with pytest.raises(Refused, match=r"has come too late\. Approve it to go out at once"):
        review.approve(house, post.id, actor="eve", now=due + DAY)
    approve_now(house, post, due + DAY)
    assert work(house, due + DAY).delivered.accepted == 1


def test_a_freeze_stops_everything_until_the_thaw(house: House, post: drafts.Draft) -> None:
    approve_now(house, post)
    with house.store.write() as db:
        flags.freeze(db, reason="wrong guest named", actor="eve", at=TUESDAY)
    done = work(house).delivered
    assert (done.accepted, done.stopped) == (0, "eve froze everything: wrong guest named")
    with house.store.write() as db:
        flags.thaw(db)
    assert work(house).delivered.accepted == 1


def test_a_file_called_freeze_stops_everything_too(house: House, post: drafts.Draft) -> None:
    approve_now(house, post)
    (house.data / "FREEZE").touch()
    assert work(house).delivered.stopped is not None
    assert sent(house) == []
    (house.data / "FREEZE").unlink()
    assert work(house).delivered.accepted == 1


def test_a_freeze_in_the_middle_of_a_pass_stops_what_is_left(house: House, post: drafts.Draft) -> None:
    for each in (post, draft(house, Kind.EDITION), draft(house, Kind.EDITION_POST)):
        approve_now(house, each)
    house = with_config(house, lambda text: f"senders = 1\n{text}")
    lines: list[str] = []

    def freeze_after_the_first(line: str) -> None:
        lines.append(line)
        (house.data / "FREEZE").touch()

    done = deliver.deliver(house, lambda: TUESDAY, freeze_after_the_first)
    # The second was marked in the transaction that recorded the first: it is under way when the first is told.
    assert (done.accepted, done.stopped is not None) == (2, True)
    assert len(sent(house)) == 2
    assert {each.state for each in all_deliveries(house)} == {DeliveryState.ACCEPTED, DeliveryState.PLANNED}


def test_nothing_leaves_while_the_house_is_not_live(house: House, post: drafts.Draft) -> None:
    abroad = Abroad()
    house = over(house, abroad)
    approve_now(house, post)
    assert work(house).delivered.accepted == 0
    assert abroad.bodies == []
    assert delivery(house, post).state is DeliveryState.PLANNED


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (sa.update(deliveries_table).values(body=b"{}"), "bytes to send are not those"),
        (sa.update(draft_revisions).values(payload=b"{}"), "does not match its hash"),
        (sa.update(draft_revisions).values(hash="0" * 64), "not what was approved"),
        (sa.update(approvals).values(hash="0" * 64), "not what was approved"),
        (sa.update(approvals).values(void_at=TUESDAY), "not what was approved"),
        (sa.delete(approvals), "not what was approved"),
        (
            sa.update(deliveries_table).values(
                body=b"{}", body_hash="44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
            ),
            "no longer makes the bytes",
        ),
    ],
    ids=["body", "payload", "hash", "approval", "void", "no approval", "body and its hash"],
)
def test_what_was_tampered_with_is_held_and_never_sent(
    house: House, post: drafts.Draft, statement: sa.Update, reason: str
) -> None:
    approve_now(house, post)
    tamper(house, statement)
    with balance_kept(house):
        assert work(house).delivered.held == 1
    assert reason in delivery(house, post).reason
    assert sent(house) == []


def test_a_quote_that_vanished_from_the_newest_reading_is_held_at_the_moment_of_sending(
    house: House, post: drafts.Draft
) -> None:
    approve_now(house, post)
    (quote,) = content(house, post).quotes
    from bot.collect import collect, places

    lay(house, POT, change=lambda text: text.replace(quote.text, "I take that back."))
    assert collect(house, places(house), TUESDAY).revised == 1
    done = deliver.deliver(house, lambda: TUESDAY)
    assert (done.accepted, done.held) == (0, 1)
    assert "not in the newest reading" in delivery(house, post).reason


def test_what_was_not_sent_is_tried_again_later_with_the_very_same_bytes(house: House, post: drafts.Draft) -> None:
    service = Scripted(script=[NotSent("busy"), NotSent("busy", retry_after=600)])
    house = over(house, service)
    approve_now(house, post)
    with balance_kept(house):
        assert work(house).delivered.not_sent == 1
        assert delivery(house, post).due_at == TUESDAY + BACKOFF[0]
        assert work(house, TUESDAY + BACKOFF[0] / 2).delivered.not_sent == 0
        second = TUESDAY + BACKOFF[0]
        assert work(house, second).delivered.not_sent == 1
        assert delivery(house, post).due_at == second + 10 * MINUTE
        assert work(house, second + 10 * MINUTE).delivered.accepted == 1
    assert len(service.bodies) == 3
    assert len(set(service.bodies)) == 1
    with house.store.read() as db:
        assert list(db.scalars(sa.select(attempts.c.outcome).order_by(attempts.c.number))) == [
            "NotSent",
            "NotSent",
            "accepted",
        ]


def test_what_a_platform_turns_away_waits_for_somebody(house: House, post: drafts.Draft) -> None:
    service = Scripted(script=[Rejected("the account is suspended", remedy="Write to the service.")])
    house = over(house, service)
    approve_now(house, post)
    with balance_kept(house):
        assert work(house).delivered.rejected == 1
        assert work(house, TUESDAY + HOUR).delivered.accepted == 0
    assert delivery(house, post).reason == "the account is suspended Write to the service."
    deliver.settle(house, delivery(house, post).id, there=False, actor="eve", now=TUESDAY + HOUR)
    assert work(house, TUESDAY + HOUR).delivered.accepted == 1


def test_a_post_that_was_turned_away_and_edited_is_published_when_it_goes_out(house: House, post: drafts.Draft) -> None:
    service = Scripted(script=[Rejected("we do not like these words", remedy="Change them.")])
    house = over(house, service)
    approve_now(house, post)
    work(house)
    review.edit(house, post.id, {"text": "Other words."}, actor="eve", now=TUESDAY)
    approve_now(house, post)
    assert work(house).delivered.accepted == 1
    assert draft(house, Kind.QUOTE_POST).state is DraftState.PUBLISHED


def test_an_unclear_answer_of_a_blind_platform_is_never_repeated_by_itself(house: House, post: drafts.Draft) -> None:
    service = Scripted(script=[Unknown(NO_ANSWER)])
    house = over(house, service)
    approve_now(house, post)
    with balance_kept(house):
        assert work(house).delivered.unknown == 1
        for later in (MINUTE, HOUR, DAY, 30 * DAY):
            work(house, TUESDAY + later)
    assert len(service.bodies) == 1
    assert delivery(house, post).state is DeliveryState.UNKNOWN


def test_a_doubtful_delivery_that_a_person_found_is_published(house: House, post: drafts.Draft) -> None:
    service = Scripted(script=[Unknown(NO_ANSWER)])
    house = over(house, service)
    approve_now(house, post)
    work(house)
    address = "https://example.org/1"
    deliver.settle(house, delivery(house, post).id, there=True, actor="eve", now=TUESDAY, permalink=address)
    assert delivery(house, post).permalink == address
    assert draft(house, Kind.QUOTE_POST).state is DraftState.PUBLISHED
    work(house, TUESDAY + HOUR)
    assert len(service.bodies) == 1
    with pytest.raises(Refused):
        deliver.settle(house, delivery(house, post).id, there=False, actor="eve", now=TUESDAY)


def test_a_doubtful_delivery_that_a_person_did_not_find_is_sent_again_with_the_same_bytes(
    house: House, post: drafts.Draft
) -> None:
    service = Scripted(script=[Unknown(NO_ANSWER)])
    house = over(house, service)
    approve_now(house, post)
    work(house)
    deliver.settle(house, delivery(house, post).id, there=False, actor="eve", now=TUESDAY)
    assert work(house, TUESDAY + HOUR).delivered.accepted == 1
    assert len(service.bodies) == 2
    assert len(set(service.bodies)) == 1
    assert any("eve asked to send it again" in line for line in history(house, f"delivery:{delivery(house, post).id}"))


def test_a_draft_whose_delivery_is_in_doubt_gets_no_other_content(house: House, post: drafts.Draft) -> None:
    """Another content would go out under another key: readers could see both."""
    service = Scripted(script=[Unknown(NO_ANSWER)])
    house = over(house, service)
    approve_now(house, post)
    work(house)
    with pytest.raises(Refused, match="in doubt"):
        review.edit(house, post.id, {"text": "Other words."}, actor="eve", now=TUESDAY)
    lay(house, POT, change=lambda text: text.replace("sixteen", "seventeen"))
    work(house, TUESDAY + HOUR)
    assert draft(house, Kind.QUOTE_POST).state is DraftState.SCHEDULED
    assert len(all_deliveries(house)) == 1


def test_a_draft_in_doubt_can_be_held_and_is_published_when_it_turns_out_to_be_there(
    house: House, post: drafts.Draft
) -> None:
    house = over(house, Scripted(script=[Unknown(NO_ANSWER)]))
    approve_now(house, post)
    work(house)
    review.hold(house, post.id, reason="what happened?", actor="eve", now=TUESDAY)
    review.reopen(house, post.id, actor="eve", now=TUESDAY)
    with pytest.raises(Refused, match="not planned a second time"):
        approve_now(house, post)
    deliver.settle(house, delivery(house, post).id, there=True, actor="eve", now=TUESDAY)
    assert draft(house, Kind.QUOTE_POST).state is DraftState.PUBLISHED


def test_an_unclear_answer_of_a_platform_that_knows_keys_is_sent_again(house: House, post: drafts.Draft) -> None:
    service = Scripted(tier=Tier.KEYED, script=[Unknown(NO_ANSWER)])
    house = over(house, service)
    approve_now(house, post)
    with balance_kept(house):
        assert work(house).delivered.unknown == 1
        assert work(house, TUESDAY + MINUTE).delivered.accepted == 1
    assert len(set(service.bodies)) == 1


def test_an_unclear_answer_is_looked_up_and_what_is_there_is_not_sent_again(house: House, post: drafts.Draft) -> None:
    service = Findable(script=[Unknown(NO_ANSWER)])
    house = over(house, service)
    approve_now(house, post)
    work(house)
    service.there.add(delivery(house, post).key)
    assert work(house, TUESDAY + MINUTE).delivered.accepted == 1
    assert len(service.bodies) == 1
    assert delivery(house, post).remote_id == f"found-{delivery(house, post).key}"
    assert draft(house, Kind.QUOTE_POST).state is DraftState.PUBLISHED


def test_what_is_not_found_is_sent_again_only_after_it_must_have_shown_up(house: House, post: drafts.Draft) -> None:
    service = Findable(script=[Unknown(NO_ANSWER)], silent=[NotSent("no answer to the look-up")])
    house = over(house, service)
    approve_now(house, post)
    work(house)
    work(house, TUESDAY + LOOK_UP_LAG)  # the look-up fails: still nothing is known
    work(house, TUESDAY + LOOK_UP_LAG - MINUTE)
    assert len(service.bodies) == 1
    assert work(house, TUESDAY + LOOK_UP_LAG).delivered.accepted == 1
    assert len(service.bodies) == 2


@pytest.mark.parametrize(("tier", "after"), [(Tier.BLIND, DeliveryState.UNKNOWN), (Tier.KEYED, DeliveryState.ACCEPTED)])
def test_what_a_dead_worker_was_sending_is_in_doubt(
    house: House, post: drafts.Draft, tier: Tier, after: DeliveryState
) -> None:
    service = Scripted(tier=tier)
    house = over(house, service)
    approve_now(house, post)
    _claim(house, begin=True)
    work(house, TUESDAY + MINUTE)
    assert service.bodies == []
    work(house, TUESDAY + LEASE + MINUTE)
    work(house, TUESDAY + LEASE + 2 * MINUTE)
    assert delivery(house, post).state is after


def test_what_a_dead_worker_had_only_claimed_is_sent(house: House, post: drafts.Draft) -> None:
    service = Scripted()
    house = over(house, service)
    approve_now(house, post)
    _claim(house, begin=False)
    assert work(house, TUESDAY + LEASE + MINUTE).delivered.accepted == 1
    assert len(service.bodies) == 1


def test_what_a_living_worker_holds_is_left_to_it(house: House, post: drafts.Draft) -> None:
    service = Scripted(tier=Tier.KEYED)
    house = over(house, service)
    approve_now(house, post)
    with workers.at_work(house.lock_folder) as worker:
        _claim(house, begin=True, worker=worker)
        work(house, TUESDAY + DAY)
        assert service.bodies == []
        assert delivery(house, post).state is DeliveryState.SENDING
        with pytest.raises(Refused, match="going out at this moment"):
            review.hold(house, post.id, reason="stop", actor="eve", now=TUESDAY)


def _claim(house: House, *, begin: bool, worker: str = "elsewhere:1:abc", now: datetime = TUESDAY) -> None:
    with house.store.write() as db:
        due = deliveries.line(db, "posts", at=now, limit=1)
        claimed = deliveries.claim(db, due, worker=worker, at=now, lease_until=now + LEASE)
        assert len(claimed) == 1
        if begin:
            deliveries.begin(db, claimed, worker=worker, at=now, lease_until=now + LEASE)
