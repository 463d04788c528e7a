"""Which digest leads an edition, and why: points with their reasons, so that a person can disagree with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.model.digest import Digest, Origin

TOP = 3
_INSIGHTS = 5
_QUOTE = 3.0
_FRESH_DAYS = 7
_FRESH = 2.0


@dataclass(frozen=True)
class Standing:
    """A digest with its points. `reasons` say where they come from, the largest share first."""

    digest: Digest
    points: float
    reasons: tuple[str, ...]


def ranked(digests: Sequence[Digest], *, day: date) -> tuple[Standing, ...]:
    """The digests, richest first; equal ones newest first, then in the given order.

    One point for each insight up to five and for each sentence of the summary, one for a hook, three for a quote that
    raises no alarm (a quote's score compares only within its episode, so it does not count), one for a transcript that
    is whole, and up to two for being new: two on `day`, none after seven days. What we chose
    ourselves, where the source gives no insights or no summary, earns nothing.
    """
    standings = [_standing(digest, day) for digest in digests]
    return tuple(sorted(standings, key=lambda one: (-one.points, -(one.digest.published or date.min).toordinal())))


def top(standings: Sequence[Standing]) -> tuple[Digest, ...]:
    """The three of the 30-second top: the first of each show in order of rank, then whoever is next."""
    shows: set[str] = set()
    first: list[int] = []
    others: list[int] = []
    for index, standing in enumerate(standings):
        show = standing.digest.show or f"\0{index}"
        (others if show in shows else first).append(index)
        shows.add(show)
    return tuple(standings[index].digest for index in sorted((first + others)[:TOP]))


def _standing(digest: Digest, day: date) -> Standing:
    insights = sum(len(claims.claims) for claims in digest.insights) if digest.insights_by is Origin.SHOW else 0
    summary = len(digest.summary) if digest.summary_by is Origin.SHOW else 0
    shares = [
        (float(min(insights, _INSIGHTS)), f"{insights} key insight{'s' if insights != 1 else ''}"),
        (float(summary), "a summary"),
        (float(digest.hook is not None), "a hook"),
        (_QUOTE * any(not quote.alarms for quote in digest.quotes), "a quote without alarms"),
        (float(bool(digest.quotes) and not digest.gated), "a transcript that is not gated"),
    ]
    if digest.published is not None:
        age = max(0, (day - digest.published).days)
        shares.append((_FRESH * max(0.0, 1 - age / _FRESH_DAYS), f"published {digest.published.isoformat()}"))
    counted = sorted((share for share in shares if share[0] > 0), key=lambda share: -share[0])
    return Standing(digest, sum(share for share, _ in shares), tuple(reason for _, reason in counted))
