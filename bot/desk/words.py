"""How times and changes are put into words on the desk. Pure."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from bot.model.publication import Mail, Post, Publication
from bot.store.counting import MOST

_WORDS = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True)
class When:
    """A time as people read it: in their own zone, in UTC, and how long until then or since."""

    local: str
    zone: str
    utc: str
    distance: str
    iso: str


@cache
def zones() -> tuple[str, ...]:
    """The time zones that people choose from: those named after a place, and UTC."""
    return tuple(
        sorted(each for each in available_timezones() if each == "UTC" or ("/" in each and "Etc/" not in each))
    )


def when(at: datetime | None, zone: str, now: datetime) -> When | None:
    """`at` in words, None where there is none."""
    if at is None:
        return None
    try:
        local = at.astimezone(ZoneInfo(zone))
    except OverflowError:  # what a feed calls its date may be the last there is
        local = at
    return When(
        local.strftime("%a %d %b, %H:%M"), zone, at.strftime("%d %b %H:%M UTC"), distance(at, now), at.isoformat()
    )


def distance(at: datetime, now: datetime) -> str:
    """ "in 3 h 20 min", "2 days ago", "now"."""
    seconds = (at - now).total_seconds()
    minutes = round(abs(seconds) / 60)
    if minutes == 0:
        return "now"
    days, rest = divmod(minutes, 1440)
    hours, minute = divmod(rest, 60)
    if days >= 2:
        said = f"{days} days"
    elif days or hours:
        said = f"{days * 24 + hours} h" + (f" {minute} min" if minute and not days else "")
    else:
        said = f"{minute} min"
    return f"in {said}" if seconds > 0 else f"{said} ago"


def counted(number: int) -> str:
    """A number as a page gives an idea of it: "12", or "1,000+" where nobody counted on."""
    return f"{MOST:,}+" if number > MOST else f"{number:,}"


@dataclass(frozen=True)
class Change:
    """A stretch of text that stayed ("same"), is new ("in") or is gone ("out")."""

    kind: str
    text: str


def changes(before: Publication, after: Publication) -> list[Change]:
    """What was changed between two contents, word by word: the subject and preheader of a mail too."""
    old, new = _WORDS.findall(_said(before)), _WORDS.findall(_said(after))
    found: list[Change] = []
    for what, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=len(old) > 4_000).get_opcodes():
        if what == "equal":
            found.append(Change("same", "".join(old[a:b])))
            continue
        if b > a:
            found.append(Change("out", "".join(old[a:b])))
        if d > c:
            found.append(Change("in", "".join(new[c:d])))
    return found


def _said(content: Publication) -> str:
    match content:
        case Mail():
            return "\n\n".join((content.subject, content.preheader, content.text))
        case Post():
            return content.words


def shortened(found: list[Change], around: int = 120) -> list[Change]:
    """The same changes with long stretches that stayed cut down to their ends."""
    kept = []
    for each in found:
        if each.kind == "same" and len(each.text) > 2 * around + 20:
            each = Change("same", f"{each.text[:around]} … {each.text[-around:]}")
        kept.append(each)
    return kept
