"""How fast a channel may send: rates, what answers say is left, and rests after failures. Pure, readable as data.

What was sent is read from the ledger and what a service asked for is kept in the store, so a restart never bursts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# So many failures in a row shut a channel, for as long as the entry says; the last one repeats.
FAILURES_IN_A_ROW = 5
RESTS = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
# After a 429 that names no time.
USUAL_WAIT = timedelta(minutes=1)
# No answer may shut a channel for longer, whatever it says.
_LONGEST = timedelta(days=1)
# A reset above this is an instant in Unix seconds, below it a number of seconds.
_INSTANT = 1_000_000_000
# Who names them so: Mastodon, Discord, Reddit and X with the X-, the draft standard and Bluesky without.
_LEFT = ("ratelimit-remaining", "x-ratelimit-remaining", "x-rate-limit-remaining")
_RESET = ("x-ratelimit-reset-after", "ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")


def rest(failures: int) -> timedelta | None:
    """How long a channel rests after so many failures in a row; None while it may go on."""
    if failures < FAILURES_IN_A_ROW:
        return None
    return RESTS[min(failures - FAILURES_IN_A_ROW, len(RESTS) - 1)]


def free_at(nth_newest: datetime | None, within: timedelta) -> datetime | None:
    """From when on a rate allows another, where `nth_newest` is the oldest that still fills it; None: at once."""
    return None if nth_newest is None else nth_newest + within


def used_up_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Until when an answer says that nothing more is left; None where something is, or it does not say."""
    left = next((headers[name] for name in _LEFT if name in headers), "")
    if not _is_zero(left):
        return None
    for name in _RESET:
        if name in headers and (moment := _moment(headers[name].strip(), now)) is not None:
            return min(max(moment, now), now + _LONGEST)
    return now + USUAL_WAIT


def _is_zero(text: str) -> bool:
    try:
        return float(text) < 1
    except ValueError:
        return False


def _moment(text: str, now: datetime) -> datetime | None:
    try:
        number = float(text)
    except ValueError:
        return _date(text)
    if not 0 <= number < 10**11:
        return None
    return datetime.fromtimestamp(number, UTC) if number >= _INSTANT else now + timedelta(seconds=number)


def _date(text: str) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None
