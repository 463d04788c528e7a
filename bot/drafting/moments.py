"""How a moment of an episode is written and linked: "12:34", "about 12:34", and the address that plays from there."""

from __future__ import annotations

from bot.model.quote import Moment

# A stamp that may be off by some seconds is played from a little before, so that the first word is not lost.
_LEAD_SECONDS = 2


def clock(seconds: float) -> str:
    """Seconds as a player shows them: "0:07", "12:34", "1:02:03"."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def shown(moment: Moment | None) -> str | None:
    """The start of a moment, honest about how well it is known."""
    if moment is None:
        return None
    return clock(moment.start) if moment.exact else f"about {clock(moment.start)}"


def link(url: str | None, moment: Moment | None) -> str | None:
    """The address of an episode at a moment, by the media fragment `#t=seconds` (W3C Media Fragments)."""
    if url is None or moment is None:
        return url
    start = int(moment.start) - (0 if moment.exact else _LEAD_SECONDS)
    return f"{url.partition('#')[0]}#t={max(0, start)}"


def from_before(url: str | None, moment: Moment | None) -> str | None:
    """The address that plays from two seconds before a moment, for who listens to judge; None without either."""
    if url is None or moment is None:
        return None
    return f"{url.partition('#')[0]}#t={max(0, int(moment.start) - _LEAD_SECONDS)}"
