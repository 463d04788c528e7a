"""Where a sentence came from: every line that Pullquote writes can be followed back to its source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EpisodeRef:
    """One revision of one stored episode. `revision` counts from 1."""

    episode: int
    revision: int


@dataclass(frozen=True)
class Provenance:
    """Characters `begin` to `stop` (half-open) of one field of an episode's revision.

    `field` is the name of the attribute of `Episode`: "title", "blurb", "summary", "insights[2]", "topics[0]",
    "related[1].title", or "transcript" (offsets into `Transcript.text`).
    """

    ref: EpisodeRef
    field: str
    begin: int
    stop: int


@dataclass(frozen=True)
class Line:
    """A sentence that we print, with the named rule that made it and the places it was made from.

    `rule` is one of the names listed in docs/digest-rules.md; "verbatim" means that the text is the source's own.
    """

    text: str
    rule: str
    sources: tuple[Provenance, ...]
