"""Four simulated weeks of servers that misbehave in every way we know: nothing announced twice, nothing missed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from bot import collect
from bot.collect.outcome import Collected
from bot.house import House
from bot.polling.standing import Condition
from bot.store import episodes, events, sources
from tests.http.server import Request, Said
from tests.work.desk import DAY, HOUR, MINUTE, TUESDAY, WEEK
from tests.work.feeds import Entry, episode, following, fresh, rss, web

WEEKS = 4
# An hour between two looks: enough for every feed to be asked when it is due.
STEP = HOUR


@dataclass(frozen=True)
class Show:
    """A show that publishes every `period`; its feed lists the newest `listed` episodes."""

    name: str
    period: timedelta
    listed: int = 30
    before: int = 12

    def numbers(self, now: datetime) -> range:
        newest = self.before + int((now - TUESDAY) / self.period)
        return range(max(1, newest - self.listed + 1), newest + 1)

    def at(self, number: int) -> datetime:
        return TUESDAY + (number - self.before) * self.period - 30 * MINUTE

    def entries(self, now: datetime) -> list[Entry]:
        """Newest first."""
        return [episode(number, self.at(number), show=self.name) for number in reversed(self.numbers(now))]

    def news(self, end: datetime) -> set[str]:
        """What must be announced: the newest at the beginning, and everything since."""
        return {f"{self.name} {number}" for number in range(self.before, self.numbers(end)[-1] + 1)}


Serve = Callable[[Request, datetime, Sequence[Entry], random.Random], Said]


def honest(request: Request, _now: datetime, entries: Sequence[Entry], _dice: random.Random) -> Said:
    return fresh(request, rss("Honest", entries))


def lying_304(request: Request, now: datetime, entries: Sequence[Entry], _dice: random.Random) -> Said:
    """From the third day on "not modified", whatever it holds, to everybody who shows a validator."""
    if now > TUESDAY + 3 * DAY and "if-none-match" in request.headers:
        return Said(304)
    return Said(200, rss("Liar", entries), {"ETag": '"always the same"'})


def renaming(request: Request, now: datetime, entries: Sequence[Entry], _dice: random.Random) -> Said:
    """A new guid for every item on the tenth day, and another on the twentieth."""
    era = (now > TUESDAY + 10 * DAY) + (now > TUESDAY + 20 * DAY)
    return fresh(request, rss("Renaming", [replace(each, guid=f"{era}:{each.guid}") for each in entries]))


def doubling(request: Request, _now: datetime, entries: Sequence[Entry], _dice: random.Random) -> Said:
    """Every item twice, the second time with a space more or under another guid."""
    again = [replace(each, text=each.text + " ") for each in entries[:5]]
    other = [replace(each, guid=f"copy-{each.guid}") for each in entries[5:8]]
    return fresh(request, rss("Doubling", [*entries, *again, *other]))


def back_dating(request: Request, now: datetime, entries: Sequence[Entry], _dice: random.Random) -> Said:
    """On the twelfth day an item turns up that is dated two months ago."""
    old = [episode(999, TUESDAY - 60 * DAY, show="old")] if now > TUESDAY + 12 * DAY else []
    return fresh(request, rss("Back-dating", [*entries, *old]))


def failing(request: Request, now: datetime, entries: Sequence[Entry], dice: random.Random) -> Said:
    """A day of this and a day of that: never the same, and in between sometimes the feed."""
    day = (now - TUESDAY).days
    match day % 7:
        case 1:
            return Said(429, b"", {"Retry-After": "10800"})
        case 2:
            return Said(503, b"", {"Retry-After": "3600"})
        case 3:
            return Said(404)
        case 4:
            return dice.choice(
                [
                    Said(200, b""),
                    Said(200, b"<!doctype html><html><body>Login</body></html>", {"Content-Type": "text/html"}),
                    Said(500),
                    Said(200, b"\x1f\x8bgarbage", {"Content-Encoding": "gzip"}),
                    Said(403, b"<html>", {"cf-mitigated": "challenge", "Content-Type": "text/html"}),
                    Said(302, b"", {"Location": request.path}),
                    Said(200, rss("Failing", [])),
                ]
            )
        case _:
            return fresh(request, rss("Failing", entries))


def moving(request: Request, now: datetime, entries: Sequence[Entry], _dice: random.Random) -> Said:
    """From the fifth day at another address; from the twentieth the old one is no more."""
    if request.path == "/moving" and now > TUESDAY + 20 * DAY:
        return Said(404)
    if request.path == "/moving" and now > TUESDAY + 5 * DAY:
        return Said(301, b"", {"Location": "/moved"})
    return fresh(request, rss("Moving", entries))


def misdating(request: Request, _now: datetime, entries: Sequence[Entry], dice: random.Random) -> Said:
    """In another order each time; one item from the year 2041, some without a date."""
    odd = [
        replace(each, at=datetime(2041, 1, 1, tzinfo=TUESDAY.tzinfo)) if n == 3 else each
        for n, each in enumerate(entries)
    ]
    odd = [replace(each, at=None) if each.title.endswith(("4", "9")) else each for each in odd]
    return fresh(request, rss("Misdating", dice.sample(odd, len(odd))))


def counting(_request: Request, now: datetime, entries: Sequence[Entry], dice: random.Random) -> Said:
    """No validators, a build date and comment counts that never stand still."""
    counted = [replace(each, more=f"<slash:comments>{dice.randrange(1000)}</slash:comments>") for each in entries]
    body = rss("Counting", counted, head=f"<lastBuildDate>{now.isoformat()}</lastBuildDate>")
    return Said(200, body.replace(b"<rss ", b'<rss xmlns:slash="http://purl.org/rss/1.0/modules/slash/" '))


def editing(request: Request, now: datetime, entries: Sequence[Entry], _dice: random.Random) -> Said:
    """A word changed in the newest item on every day."""
    edited = [replace(entries[0], text=f"{entries[0].text} Edited on day {(now - TUESDAY).days}."), *entries[1:]]
    return fresh(request, rss("Editing", edited))


def closing(request: Request, now: datetime, entries: Sequence[Entry], _dice: random.Random) -> Said:
    """410 on the eighth day, and well again afterwards."""
    return Said(410) if 8 <= (now - TUESDAY).days < 9 else fresh(request, rss("Closing", entries))


WORLD: dict[str, tuple[Serve, Show]] = {
    each.__name__: (each, Show(each.__name__, timedelta(days=days), listed))
    for each, days, listed in (
        (honest, 7, 30),
        (lying_304, 3, 30),
        (renaming, 2, 30),
        (doubling, 2, 30),
        (back_dating, 7, 30),
        (failing, 1, 40),
        (moving, 2, 30),
        (misdating, 2, 30),
        (counting, 1, 15),
        (editing, 7, 30),
        (closing, 7, 30),
    )
}


def test_four_weeks_of_misbehaviour(house: House) -> None:
    dice = random.Random(7)  # noqa: S311 - the same misbehaviour every time
    moment = [TUESDAY]

    def page(name: str) -> Callable[[Request], Said]:
        serve, show = WORLD[name]
        return lambda request: serve(request, moment[0], show.entries(moment[0]), dice)

    paths = {f"/{name}": page(name) for name in WORLD} | {"/moved": page("moving")}
    with web(paths) as (server, _):
        followed = following(house, server, *(f"/{name}" for name in WORLD), least='"10m"', most='"12h"')
        end = TUESDAY + WEEKS * WEEK
        total, memory = Collected(), 0
        while moment[0] < end:
            total = total.plus(collect.poll(followed, lambda: moment[0]))
            moment[0] += STEP
            if moment[0] == TUESDAY + WEEK:
                memory = _resident()
        grown = _resident() - memory
        _revive(followed, moment[0])
    announced, held = _announced(followed), _held(followed)
    assert len(announced) == len(set(announced)), "announced twice"
    for name, (_, show) in WORLD.items():
        mine = {title for title in announced if title.startswith(f"{name} ")}
        expected = show.news(end if name == "closing" else end - STEP)
        if name == "misdating":
            expected |= mine & {f"{name} {number}" for number in range(1, show.before)}
        assert expected - mine <= held, f"{name}: missed {sorted(expected - mine - held)}"
        assert mine <= expected, f"{name}: flooded {sorted(mine - expected)}"
    assert held == {"old 999"}
    assert total.renamed >= 30
    revisions = _revisions(followed)
    assert {revisions[title] for title in announced if title.startswith(("honest", "doubling", "counting"))} == {1}
    assert sum(revisions[title] - 1 for title in announced if title.startswith("editing")) >= 24
    assert grown < 30_000_000, "memory grows"
    _shown_honestly(followed)


def _revive(house: House, now: datetime) -> None:
    """A person asks the feed that was gone; what came meanwhile is found."""
    with house.store.read() as db:
        (gone,) = [each for each in sources.listed(db) if each.key.endswith("/closing")]
    assert gone.condition is Condition.GONE
    collect.poll(house, lambda: now, only=[gone.key])


def _announced(house: House) -> list[str]:
    with house.store.read() as db:
        return [each.title for each in episodes.listed(db, limit=10_000) if each.announced]


def _revisions(house: House) -> dict[str, int]:
    with house.store.read() as db:
        return {each.title: each.revision for each in episodes.listed(db, limit=10_000)}


def _held(house: House) -> set[str]:
    with house.store.read() as db:
        return {each.title for each in sources.held(db)}


def _shown_honestly(house: House) -> None:
    with house.store.read() as db:
        by_name = {each.key.rpartition("/")[2]: each for each in sources.listed(db)}
        renamed = events.of(db, f"source:{by_name['renaming'].key}")
    assert by_name["lying_304"].distrusted
    assert "falsely" in by_name["lying_304"].reason or by_name["lying_304"].condition is Condition.NOT_MODIFIED
    assert by_name["moving"].url.endswith("/moved")
    assert [each.what for each in renamed] == ["renamed", "renamed"]
    assert by_name["honest"].condition in (Condition.OK, Condition.NOT_MODIFIED)


def _resident() -> int:
    """Bytes of this process that stand in memory."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096
    except OSError:
        return 0
