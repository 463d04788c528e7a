"""What a server's answer means for a source, and when it is asked again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.polling import verdict
from bot.polling.rhythm import Rhythm
from bot.polling.standing import Bounds, Condition, Move, Standing
from bot.polling.verdict import Facts, Reply

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
BOUNDS = Bounds()
NOTHING = Facts()
OLD, NEW = "https://old.example/feed", "https://new.example/feed"


def standing(**changes: object) -> Standing:
    fresh = Standing(key=OLD, url=OLD, added_at=NOW - 90 * DAY, next_at=NOW)
    known = replace(
        fresh,
        succeeded_at=NOW - DAY,
        etag='"a"',
        last_modified="then",
        reader=1,
        newest_at=NOW - 2 * DAY,
        body_hash="h",
    )
    return replace(known, **changes)  # type: ignore[arg-type]


def reply(status: int, **more: object) -> Reply:
    return Reply(**{"status": status, "asked": OLD, **more})  # type: ignore[arg-type]


def unchanged(before: Standing, answer: Reply, now: datetime = NOW) -> Standing:
    return verdict.not_modified(before, answer, bounds=BOUNDS, now=now)


def read(before: Standing, answer: Reply, facts: Facts = NOTHING, now: datetime = NOW) -> Standing:
    return verdict.read(before, answer, facts, bounds=BOUNDS, now=now)


def refused(before: Standing, status: int, now: datetime = NOW, **more: object) -> Standing:
    return verdict.refused(before, reply(status, **more), bounds=BOUNDS, now=now)


def test_validators_are_kept_word_for_word_from_every_200_and_304() -> None:
    after = unchanged(standing(), reply(304, etag='W/"b"'))
    assert (after.etag, after.last_modified) == ('W/"b"', "then")
    assert (read(standing(), reply(200)).etag, read(standing(), reply(200)).last_modified) == ("", "")


def test_once_a_day_a_feed_is_asked_without_validators() -> None:
    assert verdict.unconditional(standing(), NOW)
    assert not verdict.unconditional(standing(unconditional_at=NOW - 23 * HOUR), NOW)
    assert verdict.unconditional(standing(unconditional_at=NOW - 25 * HOUR), NOW)


def test_validators_that_lie_are_found_out_and_not_used_again() -> None:
    assert verdict.lied(standing(), reply(200, etag='"a"', last_modified="then"))
    assert not verdict.lied(standing(), reply(200, etag='"b"', last_modified="then"))
    assert not verdict.lied(standing(etag="", last_modified=""), reply(200))
    distrusted = standing(distrusted=True, unconditional_at=NOW)
    assert verdict.unconditional(distrusted, NOW)
    assert "falsely" in read(distrusted, reply(200)).reason


@pytest.mark.parametrize("status", [400, 404, 418, 500, 502, 599])
def test_no_status_ever_kills_a_source(status: int) -> None:
    after = standing()
    for _ in range(40):
        after = refused(after, status)
        assert after.condition is Condition.FAILING
        assert after.next_at <= NOW + DAY + HOUR
    assert "40 times in a row" in after.reason
    assert read(after, reply(200)).failures == 0


def test_failures_in_a_row_are_asked_ever_later() -> None:
    waits = []
    after = standing()
    for _ in range(4):
        after = refused(after, 404)
        waits.append(after.next_at - NOW)
    assert waits == sorted(waits)
    assert waits[0] >= timedelta(minutes=30)
    assert waits[3] >= 8 * timedelta(minutes=30)


def test_410_mutes_a_source_until_somebody_asks() -> None:
    after = refused(standing(), 410)
    assert after.condition is Condition.GONE
    assert after.next_at > NOW + 365 * DAY
    again = verdict.revived(after, NOW)
    assert (again.next_at, again.etag, again.body_hash) == (NOW, "", "")


@pytest.mark.parametrize(("status", "asked"), [(429, 7200.0), (503, 7200.0), (429, 2_000_000.0)])
def test_what_a_server_asks_for_is_a_floor(status: int, asked: float) -> None:
    after = refused(standing(), status, retry_after=asked)
    assert after.condition is Condition.SLOW
    assert after.next_at >= NOW + timedelta(seconds=asked)


def test_a_429_without_a_time_is_never_put_off_for_longer_than_six_hours() -> None:
    after = standing()
    for _ in range(12):
        after = refused(after, 429)
    assert after.next_at <= NOW + 7 * HOUR


def test_a_wall_against_robots_is_blocked_and_not_dead() -> None:
    after = refused(standing(), 403, challenged=True)
    assert after.condition is Condition.BLOCKED
    assert "robots" in after.reason
    assert refused(standing(), 401).condition is Condition.BLOCKED


def test_a_move_is_adopted_when_it_has_stayed_for_seven_days() -> None:
    hop = {"hops": ((301, NEW),)}
    after = read(standing(), reply(200, **hop))
    assert (after.url, after.condition, after.move) == (OLD, Condition.MOVED, Move(NEW, NOW))
    after = unchanged(after, reply(304, **hop), NOW + 6 * DAY)
    assert after.url == OLD
    after = unchanged(after, reply(304, **hop), NOW + 7 * DAY)
    assert (after.url, after.move) == (NEW, None)


def test_a_move_that_does_not_stay_is_forgotten() -> None:
    after = read(standing(), reply(200, hops=((301, NEW),)))
    after = unchanged(after, reply(304), NOW + DAY)
    assert (after.url, after.move, after.condition) == (OLD, None, Condition.NOT_MODIFIED)


def test_a_passing_redirect_is_no_move() -> None:
    assert read(standing(), reply(200, hops=((302, NEW),))).move is None
    assert read(standing(), reply(200, hops=((307, "https://other.example/"), (301, NEW)))).move is None


def test_http_to_https_is_adopted_at_once() -> None:
    plain = standing(url="http://old.example/feed")
    after = read(plain, reply(200, asked="http://old.example/feed", hops=((301, OLD),)))
    assert after.url == OLD


def test_on_a_404_with_a_known_move_the_new_address_is_asked_now() -> None:
    after = refused(standing(move=Move(NEW, NOW - DAY)), 404)
    assert (after.url, after.move) == (NEW, None)
    assert after.next_at <= NOW + HOUR


def test_the_feeds_own_word_that_it_moves_is_tried_before_it_is_adopted() -> None:
    own = Facts(moved_to=NEW)
    after = read(standing(), reply(200), own)
    assert after.move == Move(NEW, NOW, own_word=True)
    after = unchanged(after, reply(304), NOW + DAY)
    assert after.move is not None
    assert verdict.address(after, NOW + DAY) == OLD
    assert verdict.address(after, NOW + 7 * DAY) == NEW
    failed = verdict.failed(after, "no feed there", bounds=BOUNDS, now=NOW + 7 * DAY)
    assert verdict.address(failed, NOW + 8 * DAY) == OLD
    adopted = read(after, reply(200, asked=NEW), now=NOW + 7 * DAY)
    assert (adopted.url, adopted.move) == (NEW, None)


def test_a_feed_that_is_not_modified_for_far_longer_than_usual_is_frozen() -> None:
    rhythm = Rhythm((), gap=7 * 86_400.0)
    stuck = standing(newest_at=NOW - 60 * DAY, rhythm=rhythm)
    assert unchanged(stuck, reply(304)).condition is Condition.FROZEN
    assert unchanged(stuck, reply(200)).condition is Condition.NOT_MODIFIED
    assert unchanged(standing(newest_at=NOW - 20 * DAY, rhythm=rhythm), reply(304)).condition is Condition.NOT_MODIFIED


def test_the_bounds_of_the_host_hold_against_every_wish() -> None:
    greedy = standing(rhythm=Rhythm((), gap=60.0), newest_at=NOW)
    assert unchanged(greedy, reply(304)).next_at >= NOW + BOUNDS.least
    lazy = standing(every=30 * 86_400.0)
    assert unchanged(lazy, reply(304)).next_at <= NOW + BOUNDS.most + timedelta(minutes=30)
    assert unchanged(greedy, reply(304, max_age=3600.0)).next_at >= NOW + HOUR


def test_a_thousand_feeds_are_spread() -> None:
    whens = {
        unchanged(replace(standing(), key=f"https://example.org/{number}"), reply(304)).next_at
        for number in range(1000)
    }
    seconds = {when.replace(microsecond=0) for when in whens}
    assert len(seconds) > 300


@given(
    st.lists(
        st.tuples(
            st.sampled_from([200, 304, 301, 400, 401, 403, 404, 410, 429, 500, 503]),
            st.one_of(st.none(), st.floats(0, 10**9)),
            st.sampled_from([(), ((301, NEW),), ((302, NEW),), ((308, "https://third.example/f"),)]),
            st.integers(1, 10**6),
        ),
        max_size=30,
    )
)
def test_whatever_a_server_answers_the_source_is_asked_again_and_says_why(
    answers: list[tuple[int, float | None, tuple[tuple[int, str], ...], int]],
) -> None:
    after, now = standing(), NOW
    for status, wait, hops, seconds in answers:
        now += timedelta(seconds=seconds)
        answer = reply(status, asked=verdict.address(after, now), retry_after=wait, hops=hops)
        if status == 200:
            after = read(after, answer, now=now)
        elif status == 304:
            after = unchanged(after, answer, now)
        else:
            after = verdict.refused(after, answer, bounds=BOUNDS, now=now)
        assert after.key == OLD
        assert after.next_at > now
        assert after.next_at <= now + timedelta(days=32) or after.condition is Condition.GONE
        assert after.reason or after.condition is Condition.OK
