"""Which items of a feed are new: never twice, never one too few, and doubts go to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.identity import key as words_of
from bot.model.episode import Enclosure, Episode
from bot.model.feed import Item
from bot.polling.novelty import Catalogue, Finding, Found, Known, doubt_of_date, missing, sift

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def item(number: int, **changes: object) -> Item:
    """Episode `number` of a weekly show; a higher number is newer."""
    episode = Episode(
        title=f"Episode {number}",
        guid=f"guid-{number}",
        url=f"https://show.example/episodes/{number}",
        audio=Enclosure(f"https://cdn.example/audio/{number}.mp3"),
        published=NOW - 400 * DAY + number * 7 * DAY,
        duration=1800.0 + number,
    )
    episode = replace(episode, **changes)  # type: ignore[arg-type]
    return Item(episode, fingerprint=repr(episode))


@dataclass
class Memory:
    """What a source was seen to hold, as the store would keep it."""

    known: dict[int, tuple[Known, str]] = field(default_factory=dict)
    announced: list[str] = field(default_factory=list)
    first: bool = True

    def poll(self, items: Sequence[Item], now: datetime = NOW, *, newest: int = 1) -> list[Finding]:
        marks = {each.fingerprint for each in items}
        present = frozenset(number for number, (_, mark) in self.known.items() if mark in marks)
        words = {mark for _, mark in self.known.values()}
        fresh = [each for each in items if each.fingerprint not in words]
        catalogue = Catalogue([known for known, _ in self.known.values()], present, len(items), self.first, newest)
        findings = list(sift(fresh, catalogue, now))
        for each in findings:
            self._remember(each, now)
        self.first = False
        return findings

    def _remember(self, finding: Finding, now: datetime) -> None:
        episode = finding.item.episode
        if finding.found is Found.REPEATED:
            return
        number = finding.known.id if finding.known else len(self.known) + 1
        first_seen = finding.known.first_seen_at if finding.known else now
        taken = {known.key for other, (known, _) in self.known.items() if other != number}
        assert finding.key not in taken
        audio = episode.audio.url if episode.audio else None
        known = Known(
            number, finding.key, episode.guid, episode.url, audio, words_of(episode.title), episode.duration,
            episode.published, first_seen,
        )  # fmt: skip
        self.known[number] = (known, finding.item.fingerprint)
        if finding.found is Found.NEW:
            self.announced.append(episode.title)


def told(findings: Sequence[Finding]) -> dict[str, Found]:
    return {each.item.episode.title: each.found for each in findings}


def followed(count: int = 10) -> tuple[Memory, list[Item]]:
    """A source that was read before, and what it holds, newest first."""
    memory, items = Memory(), [item(number) for number in range(count, 0, -1)]
    memory.poll(items)
    memory.announced.clear()
    return memory, items


@pytest.mark.parametrize("newest", [0, 1, 3])
def test_the_first_poll_announces_the_newest_and_remembers_the_rest(newest: int) -> None:
    memory = Memory()
    memory.poll([item(number) for number in range(1, 31)], newest=newest)
    assert memory.announced == [f"Episode {number}" for number in range(31 - newest, 31)]


def test_a_future_date_does_not_make_an_item_the_newest_of_a_first_poll() -> None:
    memory = Memory()
    memory.poll([item(3), item(2), replace_date(item(1), NOW + 400 * DAY)])
    assert memory.announced == ["Episode 3"]


def test_both_of_two_new_items_are_announced() -> None:
    memory, items = followed()
    memory.poll([item(12), item(11), *items])
    assert sorted(memory.announced) == ["Episode 11", "Episode 12"]


def test_an_edited_item_is_a_revision() -> None:
    memory, items = followed()
    findings = memory.poll([item(10, blurb="A typo less."), *items[1:]])
    assert told(findings) == {"Episode 10": Found.REVISED}
    assert memory.poll([item(10, blurb="A typo less."), *items[1:]]) == []


@pytest.mark.parametrize(
    "change",
    [
        {"guid": "https://new.example/?p=10"},
        {"guid": None},
        {"guid": "other", "url": "https://other.example/elsewhere"},
        {"guid": "other", "url": None, "audio": Enclosure("https://other.example/audio/10.mp3?token=1")},
        {"guid": "other", "url": None, "audio": None},
        {"guid": "other", "title": "Episode ten, corrected"},
    ],
)
def test_a_new_name_for_an_old_episode_is_no_news(change: dict[str, object]) -> None:
    memory, items = followed()
    (finding,) = memory.poll([item(10, **change), *items[1:]])
    assert finding.found is Found.RENAMED
    assert finding.known is not None
    assert finding.reason
    assert memory.announced == []


def test_a_feed_that_renames_everything_announces_nothing() -> None:
    memory, items = followed(300)
    renamed = [replace_guid(each, f"new-{number}") for number, each in enumerate(items)]
    memory.poll(renamed)
    assert memory.announced == []


def test_a_feed_that_changes_beyond_recognition_is_held_as_one_event() -> None:
    memory, _ = followed(300)
    strangers = [
        item(400 + number, title=f"Unheard {number}", published=NOW - number * HOUR, url=None, audio=None)
        for number in range(300)
    ]
    findings = memory.poll(strangers)
    assert {each.found for each in findings} == {Found.HELD}
    assert len({each.reason for each in findings}) == 1
    assert "300 of 300" in findings[0].reason


def test_an_archive_that_is_opened_is_held() -> None:
    memory, items = followed(5)
    archive = [item(number, published=NOW - 3000 * DAY + number * DAY) for number in range(100, 130)]
    findings = memory.poll([*items, *archive])
    assert {each.found for each in findings} == {Found.HELD}
    assert memory.announced == []


def test_an_item_that_comes_late_with_an_old_date_is_held_and_never_forgotten() -> None:
    memory, items = followed()
    (finding,) = memory.poll([*items, item(99, published=items[0].episode.published - 30 * DAY)])  # type: ignore[operator]
    assert finding.found is Found.HELD
    assert "newer ones were known" in finding.reason


def test_an_item_a_few_hours_older_than_the_newest_is_news() -> None:
    memory, items = followed()
    newest = items[0].episode.published
    assert newest is not None
    memory.poll([items[0], item(99, published=newest - 5 * HOUR), *items[1:]])
    assert memory.announced == ["Episode 99"]


def test_an_item_without_a_date_is_news_and_says_so() -> None:
    memory, items = followed()
    undated = item(11, published=None)
    memory.poll([undated, *items])
    assert memory.announced == ["Episode 11"]
    assert "no date" in doubt_of_date(undated, NOW)
    assert "yet to come" in doubt_of_date(replace_date(item(1), NOW + 9 * DAY), NOW)
    assert doubt_of_date(item(1), NOW) == ""


def test_a_future_outlier_does_not_hide_what_comes_after_it() -> None:
    memory, items = followed()
    outlier = replace_date(item(11), NOW + 900 * DAY)
    memory.poll([outlier, *items])
    next_week = NOW + 7 * DAY
    memory.poll([replace_date(item(12), next_week), outlier, *items], next_week)
    assert memory.announced == ["Episode 11", "Episode 12"]


def test_the_same_item_twice_in_one_document_is_one() -> None:
    memory = Memory()
    memory.poll([item(1), item(1), replace(item(1), fingerprint="other bytes")])
    assert len(memory.known) == 1
    assert memory.poll([item(1), replace(item(1), fingerprint="other bytes")], NOW + DAY) != []
    assert memory.announced == ["Episode 1"]


def test_two_copies_of_an_item_that_differ_in_a_byte_do_not_revise_each_other_for_ever() -> None:
    memory, items = followed()
    copy = replace(items[0], fingerprint="the same, with another space")
    for _ in range(3):
        assert Found.REVISED not in told(memory.poll([copy, *items])).values()


def test_one_guid_on_two_different_episodes_names_two() -> None:
    memory, items = followed()
    memory.poll([item(12, guid="one"), item(11, guid="one"), *items])
    assert sorted(memory.announced) == ["Episode 11", "Episode 12"]
    memory.poll([item(12, guid="one"), item(11, guid="one"), *items], NOW + DAY)
    assert len(memory.announced) == 2


def test_a_guid_that_is_given_to_every_new_episode_hides_none() -> None:
    memory = Memory()
    for number in range(1, 5):
        memory.poll([item(number, guid="latest")], NOW + number * DAY)
    assert memory.announced == ["Episode 1", "Episode 2", "Episode 3", "Episode 4"]


def test_the_same_title_on_another_day_is_another_episode() -> None:
    memory, items = followed()
    memory.poll([item(11, title="Episode 10", duration=1810.0), *items])
    assert memory.announced == ["Episode 10"]


def test_a_feed_whose_items_all_link_to_one_page_hides_none() -> None:
    page = "https://show.example/the-podcast"
    memory = Memory()
    memory.poll([item(number, guid=f"g{number}", url=page, audio=None) for number in range(5, 0, -1)])
    memory.poll([item(number, guid=f"g{number}", url=page, audio=None) for number in range(6, 1, -1)], NOW + DAY)
    assert memory.announced == ["Episode 5", "Episode 6"]


def test_an_item_without_any_name_is_known_again() -> None:
    nameless = item(1, guid=None, url=None, audio=None)
    memory = Memory()
    memory.poll([nameless])
    assert memory.poll([replace(nameless, fingerprint="other")], NOW + DAY)[0].found is Found.REVISED
    assert memory.announced == ["Episode 1"]


def test_what_was_taken_out_is_missing_and_what_fell_off_the_end_is_not() -> None:
    memory, _ = followed()
    known = [each for each, _ in memory.known.values()]
    by_title = {each.title_key: each.id for each in known}
    present = frozenset(number for title, number in by_title.items() if title not in ("episode 1", "episode 6"))
    assert [each.title_key for each in missing(known, present)] == ["episode 6"]
    assert missing(known, frozenset()) == []


def replace_date(one: Item, date: datetime) -> Item:
    episode = replace(one.episode, published=date)
    return Item(episode, fingerprint=repr(episode))


def replace_guid(one: Item, guid: str) -> Item:
    episode = replace(one.episode, guid=guid)
    return Item(episode, fingerprint=repr(episode))


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, int]]:
    steps = st.sampled_from(
        ["publish", "publish two", "edit", "rename", "rename all", "repeat", "drop", "shuffle", "again"]
    )
    return draw(st.lists(st.tuples(steps, st.integers(0, 10**6)), max_size=25))


@given(histories())
@settings(max_examples=200, deadline=None)
def test_over_any_history_every_new_episode_is_announced_once(history: list[tuple[str, int]]) -> None:
    """Publishing in order, editing, renaming, repeating and shuffling: once each, or held with a reason."""
    memory, now, count = Memory(), NOW, 3
    shown = [item(number) for number in range(3, 0, -1)]
    expected = ["Episode 3"]
    memory.poll(shown, now)
    held: set[str] = set()
    for step, dice in history:
        now += 7 * DAY
        at = dice % len(shown)
        match step:
            case "publish" | "publish two":
                for _ in range(2 if step == "publish two" else 1):
                    count += 1
                    shown.insert(0, replace_date(item(count), now - HOUR))
                    expected.append(f"Episode {count}")
            case "edit":
                edited = replace(shown[at].episode, blurb=f"edit {dice}")
                shown[at] = Item(edited, repr(edited))
            case "rename":
                shown[at] = replace_guid(shown[at], f"renamed-{dice}-{now.isoformat()}")
            case "rename all":
                shown = [replace_guid(each, f"all-{n}-{now.isoformat()}") for n, each in enumerate(shown)]
            case "repeat":
                shown.append(shown[at])
            case "drop" if len(shown) > 3:
                shown.pop()
            case "shuffle":
                shown = shown[at:] + shown[:at]
            case _:
                pass
        held |= {each.item.episode.title for each in memory.poll(shown, now) if each.found is Found.HELD}
    assert len(memory.announced) == len(set(memory.announced))
    assert set(memory.announced) | held == set(expected) | held
    assert not held & set(memory.announced)
