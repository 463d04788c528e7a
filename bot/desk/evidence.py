"""What an editor looks at to believe a quotation: where it stands, what was said around it, and when."""

from __future__ import annotations

from dataclasses import dataclass

from bot.drafting import moments
from bot.errors import FalseQuote
from bot.model.publication import QuotedSpan
from bot.quotes import lock, timing
from bot.store import episodes
from bot.store.database import Db

# So many characters are shown on either side.
_AROUND = 220


@dataclass(frozen=True)
class Proven:
    """One quotation beside its source. `lock` is "exact", "trimmed" or "false"; `fault` says why it is false."""

    text: str
    speaker: str | None
    lock: str
    fault: str
    trims: tuple[str, ...]
    before: str
    said: str
    after: str
    moment: str | None
    listen: str | None
    episode: int
    title: str


def proven(db: Db, span: QuotedSpan) -> Proven:
    """A quotation held to the revision of the transcript that it was taken from."""
    episode = episodes.load(db, span.ref)
    transcript = episode.transcript
    state, fault, before, said, after, moment, listen = (
        "false",
        "there is no transcript any more",
        "",
        "",
        "",
        None,
        None,
    )
    if transcript is not None:
        text = transcript.text
        said = text[span.begin : span.stop]
        before = _from_a_word(text[max(0, span.begin - _AROUND) : span.begin])
        after = _to_a_word(text[span.stop : span.stop + _AROUND])
        at = timing.moment(transcript, span.begin, span.stop)
        moment = moments.shown(at)
        media = episode.audio.url if episode.audio else episode.url
        listen = moments.link(media, at) if at is not None else None
        try:
            lock.check(transcript, span)
            state, fault = ("trimmed" if span.trims else "exact"), ""
        except FalseQuote as error:
            fault = str(error)
    return Proven(
        span.text,
        span.speaker,
        state,
        fault,
        span.trims,
        before,
        said,
        after,
        moment,
        listen,
        span.ref.episode,
        episode.title,
    )


def _from_a_word(text: str) -> str:
    return text.partition(" ")[2] if len(text) >= _AROUND else text


def _to_a_word(text: str) -> str:
    return text.rpartition(" ")[0] if len(text) >= _AROUND else text
