"""The retry policy is a table, and only what was certainly not sent is tried again by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from bot.errors import NotSent, Rejected, Unknown, Unsent
from bot.ledger import BACKOFF, LOOK_UP_LAG, Tier, absence_holds, next_look, next_try, slowed_down, state_after
from bot.model.states import DELIVERY_STEPS, DRAFT_STEPS, DeliveryState, DraftState

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (NotSent("no connection"), DeliveryState.PLANNED),
        (Rejected("too long", remedy="Shorten it."), DeliveryState.REJECTED),
        (Unknown("timed out"), DeliveryState.UNKNOWN),
    ],
)
def test_what_an_outcome_means(failure: Unsent, state: DeliveryState) -> None:
    assert state_after(failure) is state


def test_each_wait_is_longer_and_the_last_one_repeats() -> None:
    waits = [next_try(number, NOW) - NOW for number in range(1, len(BACKOFF) + 3)]
    assert waits == sorted(waits)
    assert waits[-1] == waits[-2] == BACKOFF[-1]


def test_what_the_platform_asked_for_is_a_floor() -> None:
    assert next_try(1, NOW, retry_after=3600) == NOW + timedelta(hours=1)
    assert next_try(5, NOW, retry_after=1) == NOW + BACKOFF[-1]


def test_who_came_too_fast_waits_as_asked_and_twice_as_long_each_time() -> None:
    waits = [(slowed_down(number, NOW, 1) - NOW).total_seconds() for number in range(1, 30)]
    assert waits[:4] == [1, 2, 4, 8]
    assert waits == sorted(waits)
    assert waits[-1] <= BACKOFF[-1].total_seconds()
    assert slowed_down(3, NOW, 3_600) == NOW + timedelta(hours=1)


def test_absence_is_believed_only_where_it_proves_something() -> None:
    assert absence_holds(Tier.KEYED, since=NOW, now=NOW)
    assert not absence_holds(Tier.FINDABLE, since=NOW, now=NOW)
    assert absence_holds(Tier.FINDABLE, since=NOW, now=NOW + LOOK_UP_LAG)
    assert not absence_holds(Tier.BLIND, since=NOW, now=NOW + timedelta(days=400))


def test_every_state_says_what_may_follow_it() -> None:
    assert set(DRAFT_STEPS) == set(DraftState)
    assert set(DELIVERY_STEPS) == set(DeliveryState)


def test_a_request_that_left_is_never_simply_forgotten() -> None:
    assert DeliveryState.CANCELLED not in DELIVERY_STEPS[DeliveryState.SENDING]
    assert not DELIVERY_STEPS[DeliveryState.ACCEPTED]


def test_a_service_that_works_on_something_is_asked_ever_more_seldom() -> None:
    first, asked = timedelta(minutes=1), [NOW]
    while asked[-1] < NOW + timedelta(hours=1):
        asked.append(next_look(NOW, asked[-1], first))
    pauses = [after - before for before, after in pairwise(asked)]
    assert pauses[:4] == [first] * 4
    assert pauses == sorted(pauses)
    assert pauses[-1] <= timedelta(minutes=15)
    assert len(pauses) < 20
