"""The form in which a reader chooses what they get: what stands in it, and what was chosen with it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.addresses import MOST_LEANINGS, read_zone
from bot.model.subscriber import Leaning, Length, Wishes

Rows = list[tuple[str, Leaning | None]]


def rows(offered: Iterable[str], chosen: Iterable[tuple[str, Leaning]]) -> Rows:
    """Every name that can be chosen, with what was chosen of it: what is offered, and what was chosen before."""
    leanings = dict(chosen)
    known = {each.casefold() for each in leanings}
    names = [*leanings, *(each for each in offered if each.casefold() not in known)]
    return [(each, leanings.get(each)) for each in sorted(names, key=str.casefold)]


def wishes_of(
    form: Mapping[str, str], before: Wishes, *, shows: Iterable[str], topics: Iterable[str], hours: bool
) -> Wishes:
    """What a form says, held against what there is to choose; what it does not name stays as it was `before`."""
    length = next((each for each in Length if each == form.get("length")), before.length)
    zone, hour = before.zone, before.hour
    if hours:
        zone = read_zone(form["zone"]) if "zone" in form else zone
        written = form.get("hour", "" if hour is None else str(hour))
        hour = int(written) if written in _HOURS else None
    return Wishes(
        length,
        zone,
        hour,
        _leanings("show", form, rows(shows, before.shows)),
        _leanings("topic", form, rows(topics, before.topics)),
    )


_HOURS = frozenset(str(each) for each in range(24))


def _leanings(what: str, form: Mapping[str, str], known: Rows) -> tuple[tuple[str, Leaning], ...]:
    found = {}
    for name, before in known:
        written = form.get(f"{what}:{name}")
        leaning = before if written is None else next((each for each in Leaning if each == written), None)
        if leaning is not None:
            found[name] = leaning
    return tuple(sorted(found.items())[:MOST_LEANINGS])
