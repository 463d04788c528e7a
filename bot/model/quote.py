"""A quote: words that stand in the transcript, where they stand, who said them and at which second."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Moment:
    """A stretch of the episode, in seconds from its start.

    `uncertainty` is how far off `start` may be, in seconds: 0 where the source stamps these very words. A moment whose
    uncertainty is above 1 second is shown as "about 12:34".
    """

    start: float
    end: float
    uncertainty: float = 0.0

    @property
    def exact(self) -> bool:
        return self.uncertainty <= 1.0


@dataclass(frozen=True)
class Quote:
    """One contiguous run of whole sentences of a transcript.

    `begin` and `stop` are offsets into `Transcript.text`; `text` is what those offsets hold after the named `trims`
    were applied and white space was folded, never anything else (`bot.quotes.lock` proves it). `score` lies in 0..1
    and compares candidates of one episode only. `reasons` say in words why it was picked, `alarms` why a person should
    look twice. `moment` is None where the transcript bears no times. `page` is the whole address of the quote's own
    page in the public archive; None where it has none.
    """

    text: str
    begin: int
    stop: int
    speaker: str | None
    moment: Moment | None
    score: float
    reasons: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    trims: tuple[str, ...] = ()
    page: str | None = None


@dataclass(frozen=True)
class Beside:
    """A line next to a quotation or a passage; `speaker` is None where none is known, or was named already."""

    text: str
    speaker: str | None
