"""An editor's order: every part of an edition and what stands in it can be moved, and left out with a reason."""

from __future__ import annotations

from datetime import date

from bot.digest.arrange import Wishes, outline
from bot.digest.edition import compose
from bot.model.digest import PARTS, Edition
from bot.model.episode import Related

from .conftest import made, quote

SAID = "Harbour lights keep small boats safe"
FOG, ICE, PEAT = Related("Fog"), Related("Ice"), Related("Peat")
DIGESTS = (
    made(1, "One", SAID, quotes=(quote("We froze."), quote("We thawed.")), show="Sea"),
    made(
        2,
        "Two",
        f"{SAID} at night",
        quotes=(quote("It rained."),),
        show="Sea",
        related=(Related("Fog"), Related("Ice")),
    ),
    made(3, "Three", f"{SAID}, mostly", quotes=(quote("It shone."),), show="Land", related=(Related("Peat"),)),
)


def edition(*, places: dict[str, int] | None = None, out: dict[str, str] | None = None) -> Edition:
    return compose("sea", "Sea", 4, date(2026, 3, 12), DIGESTS, wishes=Wishes(places or {}, out or {}))


def keys(made: Edition, part: str) -> list[str]:
    return [each.key for each in next(each for each in outline(made) if each.key == part).items]


def test_parts_and_what_stands_in_them_are_moved() -> None:
    ours = edition()
    assert ours.parts == PARTS
    first, *_, last = keys(ours, "quotes")
    shelf = keys(ours, "also")[-1]
    moved = edition(places={"quotes": 1, last: 1, shelf: 1})
    assert moved.parts == ("quotes", "top", "lead", "groups", "threads", "also")
    assert keys(moved, "quotes")[:2] == [last, first]
    assert keys(moved, "also")[0] == shelf
    assert keys(moved, "top") == keys(ours, "top")


def test_what_is_left_out_is_told_with_its_reason() -> None:
    ours = edition()
    dropped = keys(ours, "quotes")[0]
    fewer = edition(out={dropped: "said last week", "also": "no room"})
    assert dropped not in keys(fewer, "quotes")
    assert fewer.also == ()
    assert {(each.key, each.reason) for each in fewer.left_out} == {(dropped, "said last week"), ("also", "no room")}
    assert fewer.reading_minutes <= ours.reading_minutes


def test_a_thread_keeps_its_key_without_its_first_point_and_ends_with_one_point() -> None:
    ours = edition()
    (thread,) = next(each for each in outline(ours) if each.key == "threads").items
    first, second, *_ = (each.key for each in thread.items)
    fewer = edition(out={first: "not what she said"})
    assert keys(fewer, "threads") == [thread.key]
    gone = edition(out={first: "not what she said", second: "nor he"})
    assert gone.threads == ()
    assert (thread.key, "only one episode is left in it") in [(each.key, each.reason) for each in gone.left_out]
