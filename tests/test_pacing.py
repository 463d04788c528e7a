"""How fast a channel may go: what answers say is left, and rests that grow with failures in a row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pacing import FAILURES_IN_A_ROW, RESTS, USUAL_WAIT, free_at, rest, used_up_until

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
UNIX = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("headers", "until"),
    [
        ({"ratelimit-remaining": "0", "ratelimit-reset": str(UNIX + 287)}, NOW + timedelta(seconds=287)),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-11-24T09:05:00.000Z"}, NOW + timedelta(minutes=5)),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "1.5"}, NOW + timedelta(seconds=1.5)),
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(UNIX + 900)}, NOW + timedelta(minutes=15)),
        ({"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "30"}, NOW + timedelta(seconds=30)),
        ({"x-ratelimit-remaining": "0"}, NOW + USUAL_WAIT),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, NOW + USUAL_WAIT),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(UNIX - 9)}, NOW),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(UNIX + 10**8)}, NOW + timedelta(days=1)),
        ({"x-ratelimit-remaining": "12", "x-ratelimit-reset": str(UNIX + 287)}, None),
        ({"x-ratelimit-remaining": "many"}, None),
        ({}, None),
    ],
)
def test_what_an_answer_says_of_what_is_left(headers: dict[str, str], until: datetime | None) -> None:
    assert used_up_until(headers, NOW) == until


@given(st.dictionaries(st.sampled_from(["ratelimit-remaining", "ratelimit-reset", "x-ratelimit-reset"]), st.text()))
def test_whatever_a_header_holds_a_wait_is_never_longer_than_a_day(headers: dict[str, str]) -> None:
    until = used_up_until(headers, NOW)
    assert until is None or NOW <= until <= NOW + timedelta(days=1)


def test_a_channel_rests_after_failures_in_a_row_longer_and_longer_and_never_for_good() -> None:
    assert rest(FAILURES_IN_A_ROW - 1) is None
    rests = [rest(FAILURES_IN_A_ROW + more) or timedelta() for more in range(9)]
    assert rests[0] == RESTS[0]
    assert rests == sorted(rests)
    assert rests[-1] == RESTS[-1]


def test_a_rate_is_free_again_when_the_oldest_that_fills_it_is_over() -> None:
    assert free_at(None, timedelta(hours=3)) is None
    assert free_at(NOW, timedelta(hours=3)) == NOW + timedelta(hours=3)
