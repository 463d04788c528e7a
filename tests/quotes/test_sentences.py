"""Sentences of speech: across segments, never across speakers, in any script, and honest about captions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.episode import Segment, Transcript, Word
from bot.quotes.sentences import sentences


def cut(*segments: Segment) -> list[str]:
    transcript = Transcript(segments)
    return [" ".join(transcript.text[s.begin : s.stop].split()) for s in sentences(transcript)]


def test_a_sentence_crosses_the_border_of_two_segments() -> None:
    assert cut(Segment("We bake at four. The bread", 0.0), Segment("is ready at six.", 4.0)) == [
        "We bake at four.",
        "The bread is ready at six.",
    ]


def test_a_sentence_never_crosses_a_change_of_speaker() -> None:
    transcript = Transcript((Segment("And then we", speaker="Ann"), Segment("opened the shop.", speaker="Bo")))
    assert [(s.speaker, s.turn) for s in sentences(transcript)] == [("Ann", 0), ("Bo", 1)]


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Miller met Mrs. Jones at 3 p.m. in St. Paul.",
        "Version 2.0 costs 3.50 dollars.",
        "The U.S. Open is not in the U.K. any more.",
        "J. R. Baker wrote it, e.g. for bakers, i.e. for us.",
        "We sold bread, rolls, etc. and went home.",
        "I was like... maybe not.",
        "See no. 5 on the list.",
    ],
)
def test_abbreviations_numbers_and_pauses_end_nothing(text: str) -> None:
    assert cut(Segment(text)) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No, no. It is good.", ["No, no.", "It is good."]),
        ("He has a Ph.D. We met there.", ["He has a Ph.D.", "We met there."]),
        ("“Stop!” We stopped.", ["“Stop!”", "We stopped."]),
        ("Why? Because… It rains.", ["Why?", "Because…", "It rains."]),
        ("パンを焼く。朝は早い！本当？", ["パンを焼く。", "朝は早い！", "本当？"]),
        ("هل تعرف ذلك؟ نعم أعرف.", ["هل تعرف ذلك؟", "نعم أعرف."]),
        ("रोटी अच्छी है। सुबह जल्दी है।", ["रोटी अच्छी है।", "सुबह जल्दी है।"]),
        ("¿Quién es? ¡Yo!", ["¿Quién es?", "¡Yo!"]),
        ("the bread is warm. we eat it. all of it.", ["the bread is warm.", "we eat it.", "all of it."]),
    ],
)
def test_ends_in_many_scripts(text: str, expected: list[str]) -> None:
    assert cut(Segment(text)) == expected


CUE = "and then we went to the market for some flour"


def test_captions_without_punctuation_give_units_by_cue_marked_as_such() -> None:
    transcript = Transcript(tuple(Segment(CUE, 3.0 * i, 3.0 * i + 3) for i in range(40)))
    found = sentences(transcript)
    assert not any(s.punctuated for s in found)
    assert all(8 <= len(transcript.text[s.begin : s.stop].split()) <= 30 for s in found)


def test_a_pause_between_words_ends_a_unit() -> None:
    words = ("we bake bread in the morning every day " * 6).split()
    timed, at, begin = [], 0.0, 0
    for number, word in enumerate(words):
        at += 1.5 if number == 10 else 0.0
        timed.append(Word(begin, begin + len(word), at, at + 0.3))
        at, begin = at + 0.35, begin + len(word) + 1
    many = Segment(" ".join(words), 0.0, at, words=tuple(timed))
    transcript = Transcript((many, *(Segment(CUE, at + 4 * i, at + 4 * i + 3) for i in range(30))))
    assert len(transcript.text[: sentences(transcript)[0].stop].split()) == 10


def test_one_word_segments_are_joined() -> None:
    transcript = Transcript(
        tuple(Segment(word, i * 0.4) for i, word in enumerate(["We", "bake", "bread.", "It", "is", "good."]))
    )
    assert len(sentences(transcript)) == 2


def test_empty_transcripts_have_no_sentences() -> None:
    assert cut() == []
    assert cut(Segment(""), Segment("   ")) == []


PIECES = st.text(alphabet='ab AB.?!…,。؟।"”’ 1\n', max_size=40).map(lambda text: " ".join(text.split()))


@given(st.lists(st.tuples(PIECES, st.sampled_from(["Ann", "Bo", None])), max_size=10))
def test_sentences_hold_every_word_once_in_order_and_never_two_speakers(rows: list[tuple[str, str | None]]) -> None:
    transcript = Transcript(tuple(Segment(text, float(i), None, who) for i, (text, who) in enumerate(rows)))
    at = 0
    for s in sentences(transcript):
        assert s.begin >= at
        assert not transcript.text[at : s.begin].strip(), "no word is left out"
        assert transcript.text[s.begin : s.stop] == transcript.text[s.begin : s.stop].strip() != ""
        at = s.stop
        for segment, offset in zip(transcript.segments, transcript.offsets, strict=True):
            if segment.text.strip() and offset < s.stop and offset + len(segment.text) > s.begin:
                assert segment.speaker == s.speaker
    assert not transcript.text[at:].strip()
