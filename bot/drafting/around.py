"""A passage of a source with the lines that stand beside it: what an editor reads to judge a sentence. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.digest.prose import sentences as written
from bot.drafting.trace import field_text, passage
from bot.model.episode import Episode, Transcript
from bot.model.provenance import EpisodeRef, Provenance
from bot.model.quote import Beside
from bot.quotes.sentences import sentences as spoken
from bot.text import fold

# So many lines are shown on either side.
_BESIDE = 2


@dataclass(frozen=True)
class Around:
    """A passage in its place: lines before it, the words of its own line around `said`, lines after it.

    `where` is the field in words. `moment` says when it was said, `audio` is the address that plays from two seconds
    before; None where it was not said aloud or nobody knows when.
    """

    ref: EpisodeRef
    title: str
    show: str | None
    where: str
    before: tuple[Beside, ...]
    speaker: str | None
    lead_in: str
    said: str
    lead_out: str
    after: tuple[Beside, ...]
    moment: str | None
    audio: str | None


@dataclass(frozen=True)
class _Unit:
    text: str
    begin: int
    stop: int
    speaker: str | None


def around(episode: Episode, source: Provenance) -> Around | None:
    """The passage that a provenance names, in its place; None where the source does not hold it (any more)."""
    found = passage(episode, source)
    if found is None:
        return None
    units, begin, stop = _units(episode, source)
    touched = [at for at, unit in enumerate(units) if unit.stop > begin and unit.begin < stop]
    first, last = (touched[0], touched[-1]) if touched else (0, -1)
    begins = max(0, first - _BESIDE)
    whole = field_text(episode, source.field) or ""
    inside = source.field == "transcript" or source.field in _PROSE
    lead_in = whole[units[first].begin : begin] if touched and inside else whole[: source.begin]
    lead_out = whole[stop : units[last].stop] if touched and inside else whole[source.stop :]
    return Around(
        source.ref,
        episode.title,
        episode.show,
        found.where,
        _beside(units, begins, first, told=begins),
        _named(units, first, begins) if touched else None,
        lead_in,
        found.said,
        lead_out,
        _beside(units, last + 1, last + 1 + _BESIDE, told=begins) if touched else (),
        found.moment,
        found.audio,
    )


_PROSE = ("title", "blurb", "summary")


def _units(episode: Episode, source: Provenance) -> tuple[list[_Unit], int, int]:
    """The lines of the field that a passage stands in, and where it stands among them.

    A transcript and prose are cut into sentences; of a list ("insights[2]") each entry is a line.
    """
    if source.field == "transcript":
        transcript = episode.transcript or Transcript(())
        text = transcript.text
        said = [
            _Unit(fold(text[each.begin : each.stop]), each.begin, each.stop, each.speaker)
            for each in spoken(transcript)
        ]
        return said, source.begin, source.stop
    text = field_text(episode, source.field) or ""
    if source.field in _PROSE:
        prose = [
            _Unit(fold(text[each.begin : each.stop]), each.begin, each.stop, None)
            for each in written(text, language=episode.language)
        ]
        return prose, source.begin, source.stop
    name, _, rest = source.field.partition("[")
    at, _, of = rest.partition("]")
    number = len(getattr(episode, name))
    names = [f"{name}[{each}]{of}" for each in range(number)]
    entries = [_Unit(fold(field_text(episode, each) or ""), place, place + 1, None) for place, each in enumerate(names)]
    return entries, int(at), int(at) + 1


def _beside(units: list[_Unit], begin: int, stop: int, *, told: int) -> tuple[Beside, ...]:
    """Lines `begin` to `stop`. `told` is the first of all lines that are shown: whoever goes on is not named again."""
    return tuple(Beside(units[at].text, _named(units, at, told)) for at in range(begin, min(stop, len(units))))


def _named(units: list[_Unit], at: int, told: int) -> str | None:
    return units[at].speaker if at == told or units[at].speaker != units[at - 1].speaker else None
