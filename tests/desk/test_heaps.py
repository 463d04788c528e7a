"""What stands together on the first page."""

from __future__ import annotations

from datetime import timedelta

from bot.desk.heaps import heaped, told_once
from bot.store.drafts import Draft
from bot.store.events import Event
from tests.desk.kit import Desk
from tests.work.desk import BENCH, TUESDAY, all_drafts, lay, work


def event(number: int, subject: str, what: str, detail: str = "", *, actor: str = "pullquote") -> Event:
    return Event(TUESDAY + timedelta(seconds=number), actor, subject, what, detail)


def test_drafts_of_one_episode_stand_together_and_none_is_lost(desk: Desk, post: Draft) -> None:
    lay(desk.house, BENCH)
    work(desk.house)
    given = all_drafts(desk.house)
    heaps = heaped(given)
    assert sorted(each.id for heap in heaps for each in heap.drafts) == sorted(each.id for each in given)
    for heap in heaps:
        assert len({each.episode_id for each in heap.drafts}) == 1
    assert len(heaps) < len(given)


def test_what_one_did_to_many_in_a_row_is_one_line() -> None:
    told = told_once(
        [
            event(1, "draft:3", "drafted", "ready"),
            event(2, "draft:2", "drafted", "ready"),
            event(3, "draft:1", "held", "a doubt", actor="eve"),
            event(4, "draft:1", "held", "another doubt", actor="eve"),
            event(5, "episode:2", "read", "b.txt"),
            event(6, "episode:1", "read", "a.txt"),
            event(7, "draft:9", "drafted", "ready"),
        ]
    )
    assert [each.subjects for each in told] == [
        ("draft:3", "draft:2"),
        ("draft:1",),
        ("draft:1",),
        ("episode:2", "episode:1"),
        ("draft:9",),
    ]
