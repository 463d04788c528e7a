"""Written prose is split where a reader would stop, in any script, and nothing of it is lost."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.prose import sentences


def split(text: str, language: str | None = None) -> list[str]:
    return [text[span.begin : span.stop] for span in sentences(text, language=language)]


@pytest.mark.parametrize(
    "parts",
    [
        ["The harbour froze.", "Nobody sailed!", "Who would?", "The end"],
        ["Dr. Holm met Mrs. Okafor at St. Ives, i.e. far away, vs. the plan.", "It rained."],
        ["J. R. Holm of Acme Inc. sold it for $3.5 million.", "Prices fell."],
        ["She moved to the U.S. The move was dear."],
        ["They met at 9 a.m. on Monday.", "Lunch followed."],
        ["Well... it depends.", "He paused…", "Then he spoke."],
        ["“Was it worth it?” she asks.", "“Yes.”", "It was."],
        ["He said “I came. I saw. I left.” and went home.", "That was all."],
        ["Yahoo! is a name.", "So is Who?"],
        ["It ended (they say. Who knows.) in May.", "June came."],
        ["1. First point.", "2. Second point."],
    ],
)
def test_a_sentence_ends_where_a_reader_would_stop(parts: list[str]) -> None:
    text = " ".join(parts)
    if parts == ["She moved to the U.S. The move was dear."]:
        parts = ["She moved to the U.S.", "The move was dear."]
    assert split(text) == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("港が凍った。船は出ない！なぜ？", ["港が凍った。", "船は出ない！", "なぜ？"]),
        ("彼は「もう終わりだ。」と言った。帰った。", ["彼は「もう終わりだ。」と言った。", "帰った。"]),
        ("تجمد الميناء. لماذا؟ لا أحد يعلم.", ["تجمد الميناء.", "لماذا؟", "لا أحد يعلم."]),
        ("הנמל קפא. איש לא הפליג.", ["הנמל קפא.", "איש לא הפליג."]),
        ("बंदरगाह जम गया। कोई नहीं गया।", ["बंदरगाह जम गया।", "कोई नहीं गया।"]),
        ("¿Por qué? ¡Nadie lo sabe! Fin.", ["¿Por qué?", "¡Nadie lo sabe!", "Fin."]),
    ],
)
def test_every_script_has_its_own_full_stop(text: str, parts: list[str]) -> None:
    assert split(text) == parts


def test_a_german_ordinal_ends_nothing_in_german() -> None:
    assert split("Am 3. Mai fror der Hafen zu. Es war z.B. kalt.", "de") == [
        "Am 3. Mai fror der Hafen zu.",
        "Es war z.B. kalt.",
    ]


def test_a_blank_line_ends_a_sentence_without_a_full_stop_and_a_line_break_does_not() -> None:
    assert split("A heading\n\nThe harbour\nfroze. Twice.") == ["A heading", "The harbour\nfroze.", "Twice."]


@given(st.text(alphabet=st.sampled_from(list('aBé .!?…\n"“”()。「」د؟1\t')), max_size=200) | st.text(max_size=200))
def test_between_two_sentences_there_is_only_white_space(text: str) -> None:
    spans = sentences(text, language=None)
    at = 0
    for span in spans:
        assert at <= span.begin < span.stop
        assert not text[at : span.begin].strip()
        assert text[span.begin : span.stop] == text[span.begin : span.stop].strip()
        at = span.stop
    assert not text[at:].strip()


@pytest.mark.parametrize("unit", [". ", "A. ", '"a ', "“a. ", "(", "「あ。", "\n \n", "a.b", " "])
def test_a_hostile_text_takes_time_in_proportion_to_its_length(unit: str) -> None:
    def spent(size: int) -> float:
        begin = time.perf_counter()
        sentences(unit * (size // len(unit)), language=None)
        return time.perf_counter() - begin

    spent(1000)
    assert spent(400_000) < max(0.2, 30 * spent(40_000))
