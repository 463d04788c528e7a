"""Who gets what of an edition, and when: rules that are promises, held against dates and names."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.audience import MOST_KINDS, Hours, choice_of, days_of, due_at, turns
from bot.model.choices import WHOLE, Choice
from bot.model.publication import Story
from bot.model.subscriber import UNCHOSEN, Leaning, Length, Wishes
from bot.schedule import at_hour

LESS, MORE = Leaning.LESS, Leaning.MORE
STORIES = (
    Story(1, "Harbour Hour", ("history", "ships"), "One"),
    Story(2, "Ground Truth", ("history",), "Two"),
    Story(3, "", ("games",), "Three"),
)
SLOT = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)


def out(length: Length = Length.SHORT, **names: dict[str, Leaning]) -> tuple[set[int], set[int]] | None:
    wishes = Wishes(length, **{what: tuple(sorted(each.items())) for what, each in names.items()})
    found = choice_of(wishes, STORIES)
    return (set(found.out), set(found.more)) if found is not None else None


def test_a_show_that_is_left_out_is_left_out_whatever_its_topics() -> None:
    assert out(shows={"harbour  HOUR": LESS}, topics={"ships": MORE}) == ({1}, set())


def test_a_topic_that_is_left_out_takes_its_episodes_unless_more_of_show_or_topic_is_wanted() -> None:
    assert out(topics={"history": LESS}) == ({1, 2}, set())
    assert out(topics={"history": LESS, "ships": MORE}) == ({2}, {1})
    assert out(topics={"history": LESS}, shows={"Ground Truth": MORE}) == ({1}, {2})


def test_who_gets_the_whole_edition_has_no_more_to_get_and_travels_with_the_others() -> None:
    assert choice_of(Wishes(shows=(("Ground Truth", MORE),)), STORIES) == WHOLE
    assert choice_of(Wishes(shows=(("Some other show", LESS),)), STORIES) == WHOLE


def test_nothing_is_left_for_who_left_out_all_of_it() -> None:
    assert out(topics={"history": LESS, "games": LESS}) is None
    assert choice_of(Wishes(topics=(("history", LESS),)), ()) == WHOLE, "an edition of old names nothing to choose by"


def test_too_many_kinds_of_mail_leave_more_aside_and_never_less() -> None:
    stories = [Story(each, f"show {each}", (), "") for each in range(12)]

    def kinds() -> list[tuple[str, Wishes]]:
        made = []
        for each in range(MOST_KINDS * 2):
            leanings = [(f"show {bit}", MORE) for bit in range(1, 12) if each >> (bit - 1) & 1]
            made.append((str(each), Wishes(Length.BRIEF, shows=(("show 0", LESS), *leanings))))
        return made

    hours = Hours(SLOT, SLOT, "UTC")
    assert {each.choice for each in turns(kinds, stories, hours)} == {Choice(Length.BRIEF, frozenset({0}))}
    few = list(turns(lambda: kinds()[:8], stories, hours))
    assert len({each.choice for each in few}) == 8


@pytest.mark.parametrize(
    ("wishes", "due"),
    [
        (UNCHOSEN, SLOT),
        (Wishes(zone="Europe/Berlin", hour=9), SLOT),  # 09:00 there is the slot itself
        (Wishes(zone="Europe/Berlin", hour=18), datetime(2026, 11, 26, 17, 0, tzinfo=UTC)),
        (Wishes(zone="America/New_York", hour=7), datetime(2026, 11, 26, 12, 0, tzinfo=UTC)),
        (Wishes(zone="Asia/Tokyo", hour=8), datetime(2026, 11, 26, 23, 0, tzinfo=UTC)),  # its morning is over by then
        (Wishes(zone="Asia/Kolkata", hour=14), datetime(2026, 11, 26, 8, 30, tzinfo=UTC)),
        (Wishes(hour=12), datetime(2026, 11, 26, 11, 0, tzinfo=UTC)),  # in the newsletter's own zone
        (Wishes(zone="Asia/Tokyo"), datetime(2026, 11, 26, 22, 30, tzinfo=UTC)),  # at the usual hour, 07:30
        (Wishes(zone="Mars/Olympus", hour=3), SLOT),
    ],
)
def test_a_reader_gets_it_at_their_hour_from_the_slot_on(wishes: Wishes, due: datetime) -> None:
    hours = Hours(SLOT, SLOT, "Europe/Berlin", local=True, usual=time(7, 30))
    assert due_at(wishes, hours) == due
    late = SLOT + timedelta(hours=6)
    assert due_at(wishes, Hours(SLOT, late, "Europe/Berlin", local=True, usual=time(7, 30))) == max(due, late)
    assert due_at(wishes, Hours(SLOT, SLOT, "Europe/Berlin")) == SLOT, "where the newsletter offers no hours"


@pytest.mark.parametrize(
    ("after", "at", "found"),
    [
        # In Berlin 02:30 did not exist on 29 March 2026, and came twice on 25 October.
        ("2026-03-28T23:30", time(2, 30), "2026-03-29T01:00"),
        ("2026-10-24T22:30", time(2, 30), "2026-10-25T00:30"),
        ("2026-10-25T00:45", time(2, 30), "2026-10-26T00:45"),  # the first is over: a day later, and not an hour more
    ],
)
def test_an_hour_that_does_not_exist_or_comes_twice_comes_once(after: str, at: time, found: str) -> None:
    begin = datetime.fromisoformat(after).replace(tzinfo=UTC)
    assert at_hour(begin, at, ZoneInfo("Europe/Berlin")) == datetime.fromisoformat(found).replace(tzinfo=UTC)


@settings(max_examples=60, deadline=None)
@given(
    after=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda each: each.replace(tzinfo=UTC)),
    hour=st.integers(0, 23),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)
def test_nobody_waits_longer_than_a_day_or_gets_it_before_the_slot(after: datetime, hour: int, zone: str) -> None:
    found = at_hour(after, time(hour), ZoneInfo(zone))
    assert after <= found <= after + timedelta(days=1)


def test_months_weeks_and_days_are_those_of_the_newsletter() -> None:
    begin = days_of(datetime(2026, 10, 31, 23, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
    assert begin.month == datetime(2026, 10, 31, 23, 0, tzinfo=UTC), "in Berlin it is the first of November"
    assert begin.week == datetime(2026, 10, 25, 23, 0, tzinfo=UTC), "a Sunday: its week began on the Monday before"
    assert begin.tomorrow == datetime(2026, 11, 1, 23, 0, tzinfo=UTC)


def test_the_same_choice_has_the_same_key_and_no_choice_has_none() -> None:
    one = Wishes(Length.SHORT, shows=(("A", LESS),))
    assert one.key == Wishes(Length.SHORT, shows=(("A", LESS),)).key != Wishes(Length.SHORT, topics=(("A", LESS),)).key
    assert UNCHOSEN.key == ""
