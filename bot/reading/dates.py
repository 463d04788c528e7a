"""Reads dates and durations in the forms that front matter, HTML heads and JSON use."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.reading import stamps

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY_MONTH = re.compile(r"(?:\w+,?\s)?(\d{1,2})(?:st|nd|rd|th)?\.?\s([A-Za-z]{3,9})\.?,?\s(\d{4})")
_MONTH_DAY = re.compile(r"(?:\w+,?\s)?([A-Za-z]{3,9})\.?\s(\d{1,2})(?:st|nd|rd|th)?,?\s(\d{4})")
_ISO_DURATION = re.compile(r"P(?:\d+D)?T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,7})(?:\.\d+)?S)?", re.IGNORECASE)
_SPELT = re.compile(
    r"(?:(\d{1,4})\s?(?:h|hrs?|hours?)\.?)?,?\s?(?:(\d{1,5})\s?(?:m|mins?|minutes?)\.?)?,?\s?(?:(\d{1,7})\s?(?:s|secs?|seconds?)\.?)?",
    re.IGNORECASE,
)


def moment(text: str) -> datetime | None:
    """A date, or a date and time, as an aware time in UTC; without a zone it is taken as UTC. None: not understood."""
    text = text.strip()
    if not 6 <= len(text) <= 60:
        return None
    try:
        found = _iso(text) or _rfc(text) or _spelt(text)
        if found is None:
            return None
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def duration(text: str) -> float | None:
    """Seconds out of "3492", "58:12", "1:02:03", "PT58M12S" or "58 min". None: not understood."""
    text = text.strip()
    if not text or len(text) > 40:
        return None
    if re.fullmatch(r"\d{1,7}(?:\.\d{1,6})?", text):
        return float(text)
    clock = stamps.seconds(text)
    if clock is not None:
        return clock
    match = _ISO_DURATION.fullmatch(text) or _SPELT.fullmatch(text)
    if match is None or not any(match.groups()):
        return None
    hours, minutes, rest = (int(group or 0) for group in match.groups())
    return float(hours * 3600 + minutes * 60 + rest)


def _iso(text: str) -> datetime | None:
    # "2023-06-09 10:00:00 +0200" is what Jekyll writes.
    spaced = re.fullmatch(r"(\d{4}-\d\d-\d\d[T ][\d:.]+) ?([+-]\d\d:?\d\d|Z|UTC)", text)
    if spaced:
        text = spaced[1] + spaced[2].replace("UTC", "Z")
    try:
        return datetime.fromisoformat(text.replace("/", "-") if re.fullmatch(r"\d{4}/\d\d/\d\d", text) else text)
    except ValueError:
        return None


def _rfc(text: str) -> datetime | None:
    if "," not in text and not re.search(r"\d:\d\d", text):
        return None
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None


def _spelt(text: str) -> datetime | None:
    found = _DAY_MONTH.fullmatch(text)
    day, month, year = found.groups() if found else (None, None, None)
    if found is None:
        turned = _MONTH_DAY.fullmatch(text)
        if turned is None:
            return None
        month, day, year = turned.groups()
    key = (month or "")[:3].casefold()
    if key not in _MONTHS:
        return None
    return datetime(int(year or 0), _MONTHS.index(key) + 1, int(day or 0), tzinfo=UTC)
