"""Episodes and digests written for these tests."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.digest.episode import digest
from bot.model.digest import Digest, Edition
from bot.model.episode import Episode, Segment, Transcript
from bot.model.provenance import EpisodeRef, Line
from bot.model.quote import Quote

REF = EpisodeRef(7, 2)


def spoken(*texts: str) -> Transcript:
    return Transcript(tuple(Segment(text, start=10.0 * index) for index, text in enumerate(texts)))


def quote(text: str, *, alarms: tuple[str, ...] = ()) -> Quote:
    return Quote(text, 0, len(text), "Ada Holm", None, 0.9, alarms=alarms)


def made(number: int, title: str, *insights: str, quotes: tuple[Quote, ...] = (), **fields: object) -> Digest:
    fields.setdefault("language", "en")
    return digest(EpisodeRef(number, 1), Episode(title=title, insights=insights, **fields), quotes)  # type: ignore[arg-type]


def insight_lines(insights: tuple[str, ...], **fields: object) -> list[tuple[str | None, list[str]]]:
    """The insights of a digest as (attribution, claims)."""
    found = made(1, "Harbour lights", *insights, **fields).insights
    return [(c.attribution.text if c.attribution else None, [claim.text for claim in c.claims]) for c in found]


def lines(one: Digest) -> Iterator[Line]:
    """Every line of a digest."""
    yield one.headline
    if one.hook:
        yield one.hook
    yield from one.summary
    for claims in one.insights:
        if claims.attribution:
            yield claims.attribution
        yield from claims.claims
    for related in one.related:
        yield related.title
        if related.hook:
            yield related.hook


def edition_lines(edition: Edition) -> Iterator[Line]:
    yield edition.subject
    yield edition.preheader
    for one in edition.digests:
        yield from lines(one)
    for thread in edition.threads:
        for point in thread.points:
            yield point.line


def field(episode: Episode, name: str) -> str:
    """The text of the field that a provenance names."""
    match = re.fullmatch(r"(title|blurb|summary|transcript)|insights\[(\d+)\]|related\[(\d+)\]\.(title|blurb)", name)
    assert match, name
    if match[1] == "transcript":
        assert episode.transcript is not None
        return episode.transcript.text
    if match[1]:
        return getattr(episode, match[1])
    if match[2]:
        return episode.insights[int(match[2])]
    return getattr(episode.related[int(match[3])], match[4])
