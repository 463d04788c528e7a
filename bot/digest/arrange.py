"""The order of the parts of an edition and of what stands in them, and what an editor left out of it. Pure.

Everything has a key: a part its name ("threads"), what stands in it a few signs of its own words ("threads.1a2b3c4d"),
and what stands in that some more. So an order and an omission stay with their words when episodes join.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from bot.model.digest import PARTS, AlsoFromShow, Digest, Edition, EditionQuote, LeftOut, Point, RelatedLine, Thread

T = TypeVar("T")
K = TypeVar("K", int, str)

_SIGNS = 8
# A thread is what several episodes say.
_FEWEST_POINTS = 2
_TOO_FEW = "only one episode is left in it"


@dataclass(frozen=True)
class Wishes:
    """What an editor wants, by key: places from 1 among what stands beside it, and why something is left out."""

    places: Mapping[str, int]
    reasons: Mapping[str, str]


NONE = Wishes({}, {})


@dataclass(frozen=True)
class Rest:
    """What an edition says beside its stories."""

    top: tuple[Digest, ...]
    threads: tuple[Thread, ...]
    quotes: tuple[EditionQuote, ...]
    also: tuple[AlsoFromShow, ...]
    parts: tuple[str, ...] = PARTS
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True)
class Item:
    """One thing that an editor may move or leave out, with what stands in it."""

    key: str
    text: str
    items: tuple[Item, ...] = ()


def arranged(rest: Rest, wishes: Wishes) -> Rest:
    """The same, in an editor's order and without what they left out."""
    out: list[LeftOut] = []
    threads = [replace(each, key=_of_thread(each)) for each in _part(rest.threads, "threads", wishes, out)]
    found = []
    for thread in _kept(threads, _of_thread, lambda each: each.title, wishes, out):
        points = _kept(thread.points, partial(_of_point, thread), _said, wishes, out)
        if len(points) < _FEWEST_POINTS:
            out.append(LeftOut(thread.key, thread.title, _TOO_FEW))
        else:
            found.append(replace(thread, points=tuple(points)))
    shelves = []
    for shelf in _kept(_part(rest.also, "also", wishes, out), _of_shelf, lambda each: each.show, wishes, out):
        lines = _kept(shelf.related, partial(_of_line, shelf), _titled, wishes, out)
        if lines:
            shelves.append(replace(shelf, related=tuple(lines)))
    return Rest(
        tuple(_kept(_part(rest.top, "top", wishes, out), _of_top, lambda each: each.headline.text, wishes, out)),
        tuple(found),
        tuple(_kept(_part(rest.quotes, "quotes", wishes, out), _of_quote, _quoted, wishes, out)),
        tuple(shelves),
        tuple(placed(PARTS, wishes.places, str)),
        tuple(out),
    )


def outline(edition: Edition) -> tuple[Item, ...]:
    """The parts of an edition in their order, each with what stands in it; the stories are moved by themselves."""
    inside = {
        "top": tuple(Item(_of_top(each), each.headline.text) for each in edition.top),
        "threads": tuple(
            Item(_of_thread(each), each.title, tuple(Item(_of_point(each, one), _said(one)) for one in each.points))
            for each in edition.threads
        ),
        "quotes": tuple(Item(_of_quote(each), _quoted(each)) for each in edition.quotes),
        "also": tuple(
            Item(_of_shelf(each), each.show, tuple(Item(_of_line(each, one), _titled(one)) for one in each.related))
            for each in edition.also
        ),
    }
    return tuple(Item(part, part, inside.get(part, ())) for part in edition.parts)


def keys(edition: Edition) -> Iterator[str]:
    """The keys of all that can be moved in an edition."""
    waiting = list(outline(edition))
    while waiting:
        item = waiting.pop()
        yield item.key
        waiting.extend(item.items)


def placed(items: Sequence[T], places: Mapping[K, int], key: Callable[[T], K]) -> list[T]:
    """`items` in their order, but those with a place put there."""
    order = [each for each in items if key(each) not in places]
    for each in sorted((each for each in items if key(each) in places), key=lambda each: places[key(each)]):
        order.insert(places[key(each)] - 1, each)
    return order


def _part(items: Sequence[T], part: str, wishes: Wishes, out: list[LeftOut]) -> Sequence[T]:
    """What stands in a part; nothing where all of it is left out."""
    if part not in wishes.reasons:
        return items
    out.append(LeftOut(part, part, wishes.reasons[part]))
    return ()


def _kept(
    items: Sequence[T], key: Callable[[T], str], text: Callable[[T], str], wishes: Wishes, out: list[LeftOut]
) -> list[T]:
    """The items that are printed, in their order; the others are added to `out`."""
    out += [LeftOut(key(each), text(each), wishes.reasons[key(each)]) for each in items if key(each) in wishes.reasons]
    return placed([each for each in items if key(each) not in wishes.reasons], wishes.places, key)


def _of_top(digest: Digest) -> str:
    return f"top.{_signs(str(digest.ref.episode))}"


def _of_thread(thread: Thread) -> str:
    """By its first point: its title changes with the words that all its points share."""
    first = thread.points[0]
    return thread.key or f"threads.{_signs(str(first.ref.episode), first.line.text)}"


def _of_point(thread: Thread, point: Point) -> str:
    return f"{_of_thread(thread)}.{_signs(str(point.ref.episode), point.line.text)}"


def _of_quote(quote: EditionQuote) -> str:
    return f"quotes.{_signs(str(quote.ref.episode), quote.quote.text)}"


def _of_shelf(shelf: AlsoFromShow) -> str:
    return f"also.{_signs(shelf.show)}"


def _of_line(shelf: AlsoFromShow, line: RelatedLine) -> str:
    return f"{_of_shelf(shelf)}.{_signs(line.title.text)}"


def _said(point: Point) -> str:
    return point.line.text


def _quoted(quote: EditionQuote) -> str:
    return quote.quote.text


def _titled(line: RelatedLine) -> str:
    return line.title.text


def _signs(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode("utf-8", "replace")).hexdigest()[:_SIGNS]
