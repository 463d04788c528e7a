"""How often one machine may do something. Kept in memory: a restart forgives."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

# So many machines are remembered; the one that was seen longest ago is forgotten first.
_KNOWN = 10_000


class Rates:
    """At most `number` times within `within` for each machine."""

    def __init__(self, number: int, within: timedelta) -> None:
        self._number = number
        self._within = within
        self._seen: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, who: str, now: datetime) -> bool:
        """Count once more for `who`; False where that is too often."""
        with self._lock:
            times = self._seen.pop(who, deque())
            self._seen[who] = times
            while len(self._seen) > _KNOWN:
                self._seen.popitem(last=False)
            while times and now - times[0] >= self._within:
                times.popleft()
            if len(times) >= self._number:
                return False
            times.append(now)
            return True
