"""What an editor looks at to choose a quotation: the line in its place, its sound, what speaks for and against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.drafting import moments
from bot.drafting.likeness import alike, words
from bot.errors import FalseQuote
from bot.intend import Said
from bot.model.episode import Episode, Transcript
from bot.model.publication import QuotedSpan
from bot.model.quote import Quote
from bot.quotes import lock
from bot.quotes.sentences import sentences
from bot.quotes.stretch import run
from bot.text import fold

# So many sentences are shown on either side.
_BESIDE = 2


@dataclass(frozen=True)
class Beside:
    """A sentence next to a quotation; `speaker` is None where it is the quotation's own."""

    text: str
    speaker: str | None


@dataclass(frozen=True)
class Candidate:
    """A line that is quoted or may be. `lock` is "exact", "trimmed" or "false"; `fault` says why it is false.

    `raw` is what was said, before the trims. `score` is None where nobody rated it. `audio` is where its sound can be
    played, two seconds early; `page` where the episode can be opened.
    """

    text: str
    raw: str
    begin: int
    stop: int
    speaker: str | None
    lock: str
    fault: str
    trims: tuple[str, ...]
    score: float | None
    reasons: tuple[str, ...]
    alarms: tuple[str, ...]
    gates: tuple[str, ...]
    before: tuple[Beside, ...]
    after: tuple[Beside, ...]
    moment: str | None
    audio: str | None
    page: str | None
    said: tuple[Said, ...]


def candidate(
    episode: Episode,
    quote: Quote | QuotedSpan,
    *,
    rated: bool,
    gates: tuple[str, ...] = (),
    judged: Quote | None = None,
    ran: Sequence[Said] = (),
) -> Candidate:
    """A quote beside its source. `judged` is the same line with its alarms, where `quote` is only its span."""
    transcript = episode.transcript or Transcript(())
    state, fault = "exact", ""
    try:
        lock.check(transcript, quote)
    except FalseQuote as error:
        state, fault = "false", str(error)
    if not fault and quote.trims:
        state = "trimmed"
    known = quote if isinstance(quote, Quote) else judged
    before, after = _beside(transcript, quote.begin, quote.stop, quote.speaker)
    mine = words(quote.text)
    moment = known.moment if known else None
    return Candidate(
        text=quote.text,
        raw=fold(transcript.text[quote.begin : quote.stop]),
        begin=quote.begin,
        stop=quote.stop,
        speaker=quote.speaker,
        lock=state,
        fault=fault,
        trims=quote.trims,
        score=known.score if known and rated else None,
        reasons=known.reasons if known else (),
        alarms=known.alarms if known else (),
        gates=gates,
        before=before,
        after=after,
        moment=moments.shown(moment),
        audio=_over_tls(moments.from_before(episode.audio.url if episode.audio else None, moment)),
        page=_address(moments.link(episode.url, moment)),
        said=tuple(each for each in ran if alike(mine, each.words)),
    )


def _beside(
    transcript: Transcript, begin: int, stop: int, speaker: str | None
) -> tuple[tuple[Beside, ...], tuple[Beside, ...]]:
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


def _over_tls(url: str | None) -> str | None:
    return url if url is not None and url.startswith("https://") else None


def _address(url: str | None) -> str | None:
    """An address that may be a link: what a feed calls one may be anything."""
    return url if url is not None and url.startswith(("https://", "http://")) else None
