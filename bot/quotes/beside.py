"""The lines that stand beside a quotation: what was said right before it and right after it."""

from __future__ import annotations

from bot.errors import FalseQuote
from bot.model.episode import Transcript
from bot.model.quote import Beside
from bot.quotes.sentences import sentences
from bot.quotes.stretch import run
from bot.text import fold

# So many sentences are shown on either side.
_BESIDE = 2


def beside(
    transcript: Transcript, begin: int, stop: int, speaker: str | None
) -> tuple[tuple[Beside, ...], tuple[Beside, ...]]:
    """The sentences before and after characters `begin` to `stop`; none where these hold no sentence."""
    spoken = sentences(transcript)
    try:
        first, last = run(spoken, begin, stop)
    except FalseQuote:
        return (), ()
    found = []
    for sentence in (*spoken[max(0, first - _BESIDE) : first], *spoken[last + 1 : last + 1 + _BESIDE]):
        other = sentence.speaker if sentence.speaker != speaker else None
        found.append(Beside(fold(transcript.text[sentence.begin : sentence.stop]), other))
    ahead = min(_BESIDE, first)
    return tuple(found[:ahead]), tuple(found[ahead:])
