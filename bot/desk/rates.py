"""How often somebody may do something, in all processes of this desk together: counted in the database."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.store import tries
from bot.store.database import Db, Store

# So many are remembered of what the database granted or refused; what came longest ago is forgotten first.
_KNOWN = 10_000
# What is over is removed from the database this often by each process.
_TIDIED = timedelta(minutes=10)


class Rates:
    """At most `number` times within `within`, from the first of them on, for each who asks.

    `name` keeps these counts from others. They are taken from the database `portion` at a time: with 1 exactly so many
    are let through, with more the database is asked less often, and what one process took and did not use is lacking
    elsewhere until the time is over.
    """

    def __init__(self, store: Store, name: str, number: int, within: timedelta, *, portion: int = 1) -> None:
        self.store = store
        self._name, self._number, self._within, self._portion = name, number, within, portion
        # What is left to this process by key, and until when. 0: the database has no more either.
        self._left: OrderedDict[str, tuple[int, datetime]] = OrderedDict()
        self._tidied: datetime | None = None
        self._lock = threading.Lock()

    def take(self, who: str, now: datetime) -> bool:
        """Count once more for `who`; False where that is too often."""
        key = tries.key(self._name, who)
        with self._lock:
            left = self._left_to(key, now)
            if left:
                _, until = self._left.pop(key)
                if left > 1:
                    self._left[key] = (left - 1, until)
                return True
        if left == 0:
            return False
        return take_in_turn([(self, who)], now)

    def refused(self, who: str, now: datetime) -> bool:
        """Whether it is known already that `who` has none left: then nobody need be asked."""
        with self._lock:
            return self._left_to(tries.key(self._name, who), now) == 0

    def count(self, db: Db, who: str, now: datetime) -> bool:
        """`take` as part of a transaction, from the database itself."""
        key, ends_at = tries.key(self._name, who), now + self._within
        granted = tries.take(db, key, number=self._number, portion=self._portion, ends_at=ends_at, now=now)
        with self._lock:
            if granted is None:
                self._left[key] = (0, tries.ends(db, key) or ends_at)
            elif left := granted[0] - 1 + (self._left_to(key, now) or 0):
                self._left[key] = (left, granted[1])
            while len(self._left) > _KNOWN:
                self._left.popitem(last=False)
        return granted is not None

    def tidy(self, now: datetime) -> None:
        """Remove from the database what is over, once in a while."""
        with self._lock:
            if self._tidied is not None and now - self._tidied < _TIDIED:
                return
            self._tidied = now
        self.store.together(lambda db: tries.forget(db, now))

    def _left_to(self, key: str, now: datetime) -> int | None:
        """What is left to this process; None where only the database knows."""
        left, until = self._left.get(key, (None, now))
        if left is not None and until <= now:
            del self._left[key]
            return None
        return left


def take_in_turn(asked: Sequence[tuple[Rates, str]], now: datetime) -> bool:
    """Count once more at each of some rates, in one transaction; False at the first that is used up, and then at none
    of those behind it."""
    if any(rates.refused(who, now) for rates, who in asked):
        return False
    first = asked[0][0]
    first.tidy(now)
    return first.store.together(lambda db: all(rates.count(db, who, now) for rates, who in asked))
