"""Nothing stands in quotation marks that nobody said."""

from __future__ import annotations

import pytest

from bot.drafting.proof import prove, prove_words
from bot.errors import FalseQuote
from bot.model.episode import Segment, Transcript
from bot.model.provenance import EpisodeRef
from bot.model.publication import Post, QuotedSpan

SAID = Transcript((Segment("Rest does the work. You only have to leave it alone.", 4.0, 9.0, "Ada Krumm"),))
REF = EpisodeRef(1, 1)
SPAN = QuotedSpan(REF, 0, 19, "Rest does the work.", "Ada Krumm")


def post(text: str, *quotes: QuotedSpan) -> Post:
    return Post(text, None, "en", quotes, (REF,))


def test_a_locked_quote_passes() -> None:
    prove(post("“Rest does the work.” — Ada Krumm", SPAN), {REF: SAID}, set())


@pytest.mark.parametrize(
    "text",
    [
        "“Rest does the work, always.”",
        "She calls it «the lazy way».",
        'He says "nobody kneads any more" and laughs.',
        "„Ruhe macht die Arbeit.“",
    ],
)
def test_words_that_nobody_said_are_refused_in_any_quotation_marks(text: str) -> None:
    with pytest.raises(FalseQuote, match="no transcript of this draft holds these words"):
        prove(post(text), {REF: SAID}, set())


def test_a_title_may_stand_in_quotation_marks() -> None:
    prove_words("Our favourite was “Let the Dough Rest”.", [SAID], {"Let the Dough Rest"})
    prove_words("Hear “the “best” loaf”, it says.", [SAID], {"The “Best” Loaf"})


def test_a_span_whose_words_were_changed_is_refused() -> None:
    with pytest.raises(FalseQuote):
        prove(post("x", QuotedSpan(REF, 0, 19, "Rest does all the work.", "Ada Krumm")), {REF: SAID}, set())


def test_a_quote_of_an_episode_without_a_transcript_is_refused() -> None:
    with pytest.raises(FalseQuote, match="has no transcript"):
        prove(post("“Rest does the work.”", SPAN), {REF: None}, set())
