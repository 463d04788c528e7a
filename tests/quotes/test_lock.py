"""The verbatim lock: nothing that was not said can stand in quotation marks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import FalseQuote
from bot.model.episode import Segment, Transcript
from bot.model.provenance import EpisodeRef
from bot.model.publication import QuotedSpan
from bot.model.quote import Quote
from bot.quotes import lock, trims
from bot.quotes.sentences import sentences

TALK = Transcript(
    (
        Segment("So, I think the market is wrong, right? We do not", 0.0, 4.0, "Ann"),
        Segment("sell bread here. Bread is an honest trade.", 4.0, 8.0, "Ann"),
        Segment("Is it? The baker said “never again” to me.", 8.0, 12.0, "Bo"),
    )
)


def said(transcript: Transcript, text: str, *, trims: tuple[str, ...] = (), speaker: str | None = None) -> Quote:
    place = lock.find(transcript, text)
    assert place is not None
    begin, stop = place
    return Quote(lock.derive(transcript, begin, stop, trims), begin, stop, speaker, None, 0.5, trims=trims)


def test_a_whole_sentence_as_it_was_said_passes() -> None:
    lock.check(TALK, said(TALK, "Bread is an honest trade.", speaker="Ann"))


def test_a_sentence_across_two_segments_passes_with_its_white_space_folded() -> None:
    quote = said(TALK, "We do not sell bread here.", speaker="Ann")
    assert quote.text == "We do not sell bread here."
    lock.check(TALK, quote)


def test_a_span_in_a_publication_is_checked_alike() -> None:
    quote = said(TALK, "Bread is an honest trade.")
    lock.check(TALK, QuotedSpan(EpisodeRef(1, 1), quote.begin, quote.stop, quote.text, "Ann"))
    with pytest.raises(FalseQuote, match="given to Bo"):
        lock.check(TALK, QuotedSpan(EpisodeRef(1, 1), quote.begin, quote.stop, quote.text, "Bo"))


def test_another_word_is_refused_and_named() -> None:
    quote = said(TALK, "Bread is an honest trade.")
    forged = Quote("Bread is a dishonest trade.", quote.begin, quote.stop, "Ann", None, 0.5)
    with pytest.raises(FalseQuote, match=r"reads “a dishonest trade\.” where the transcript has “an honest trade\.”"):
        lock.check(TALK, forged)


def test_quotation_marks_may_change_shape_and_nothing_else() -> None:
    quote = said(TALK, 'The baker said "never again" to me.', speaker="Bo")
    lock.check(TALK, Quote('The baker said "never again" to me.', quote.begin, quote.stop, "Bo", None, 0.5))
    with pytest.raises(FalseQuote):
        lock.check(TALK, Quote("The baker said never again to me.", quote.begin, quote.stop, "Bo", None, 0.5))


@pytest.mark.parametrize(
    ("begin", "stop"), [(-1, 5), (5, 5), (9, 3), (0, 10_000)], ids=["before", "empty", "backwards", "beyond"]
)
def test_offsets_outside_the_transcript_are_refused(begin: int, stop: int) -> None:
    with pytest.raises(FalseQuote, match="pick the line again"):
        lock.check(TALK, Quote("x", begin, stop, None, None, 0.5))


def test_a_cut_inside_a_sentence_is_refused_because_it_could_lose_the_not() -> None:
    begin, stop = lock.find(TALK, "sell bread here.") or (0, 0)
    with pytest.raises(FalseQuote, match="begins in the middle of a sentence"):
        lock.check(TALK, Quote("sell bread here.", begin, stop, "Ann", None, 0.5))
    begin, stop = lock.find(TALK, "Bread is an") or (0, 0)
    with pytest.raises(FalseQuote, match="stops in the middle of a sentence"):
        lock.check(TALK, Quote("Bread is an", begin, stop, "Ann", None, 0.5))


def test_words_of_two_people_are_never_one_quote() -> None:
    begin, stop = lock.find(TALK, "Bread is an honest trade. Is it?") or (0, 0)
    with pytest.raises(FalseQuote, match="runs together words of Ann and Bo"):
        lock.check(TALK, Quote("Bread is an honest trade. Is it?", begin, stop, "Ann", None, 0.5))


def test_a_trim_that_is_no_rule_is_refused() -> None:
    quote = said(TALK, "Bread is an honest trade.")
    with pytest.raises(FalseQuote, match="is no rule"):
        lock.check(TALK, Quote(quote.text, quote.begin, quote.stop, "Ann", None, 0.5, trims=("shorten",)))


@pytest.mark.parametrize(
    ("text", "rule", "left"),
    [
        ("So, I think the market is wrong, right?", "opening words", "I think the market is wrong, right?"),
        ("So, I think the market is wrong, right?", "closing question", "So, I think the market is wrong"),
        ("Um, well, and so the rule holds.", "opening words", "the rule holds."),
        ("The, uh, rule is, um, simple.", "fillers", "The, rule is, simple."),
        ("I I went to the the shop.", "repeated words", "I went to the shop."),
    ],
)
def test_what_each_trim_takes_away(text: str, rule: str, left: str) -> None:
    assert trims.apply(text, (rule,)) == left


@pytest.mark.parametrize(
    "text",
    [
        "So many people leave early.",
        "So that we can sleep.",
        "Well done is better than well said.",
        "Is that right?",
        "You know nothing.",
        "I mean it.",
        "And yet it moves.",
        "I know that that is true.",
        "No, no, I did not say so.",
        "I think so.",
        "In our case it works.",
        "But I was wrong.",
    ],
)
def test_no_trim_touches_words_that_carry_the_meaning(text: str) -> None:
    assert trims.apply(text, tuple(trims.RULES)) == text


VOCABULARY = (
    "so and well um uh I we the a not never don't think maybe unless if but right? you know, mean, like said bread "
    "market. wrong! in our case 42 no perhaps ok, , … — “ ” the the I I"
)
WORDS = st.sampled_from(VOCABULARY.split(" "))


@given(st.lists(WORDS, min_size=1, max_size=25), st.sets(st.sampled_from(sorted(trims.RULES))))
def test_no_combination_of_trims_ever_loses_a_hedge_a_negation_or_a_number(words: list[str], names: set[str]) -> None:
    text = " ".join(" ".join(words).split())
    left = trims.apply(text, tuple(names))
    assert trims.weighty(left) == trims.weighty(text)
    kept = iter(text.lower())
    assert all(letter in kept for letter in left.lower()), "a trim only takes away"


SENTENCES = st.lists(WORDS, min_size=1, max_size=8).map(" ".join)
TALKS = st.lists(st.tuples(SENTENCES, st.sampled_from(["Ann", "Bo", None])), min_size=1, max_size=8).map(
    lambda rows: Transcript(
        tuple(Segment(" ".join(text.split()), float(i), None, who) for i, (text, who) in enumerate(rows))
    )
)


@given(TALKS)
def test_every_sentence_of_any_transcript_passes_the_lock(transcript: Transcript) -> None:
    for s in sentences(transcript):
        lock.check(
            transcript, Quote(lock.derive(transcript, s.begin, s.stop, ()), s.begin, s.stop, s.speaker, None, 0.5)
        )


@settings(max_examples=300)
@given(TALKS, st.data())
def test_no_forged_text_passes(transcript: Transcript, data: st.DataObject) -> None:
    spoken = sentences(transcript)
    if not spoken:
        return
    s = data.draw(st.sampled_from(spoken))
    names = tuple(data.draw(st.sets(st.sampled_from(sorted(trims.RULES)))))
    true = lock.derive(transcript, s.begin, s.stop, names)
    words = true.split()
    at = data.draw(st.integers(0, len(words) - 1))
    forged = data.draw(
        st.sampled_from(
            [
                [*words[:at], *words[at + 1 :]],
                [*words[:at], "not", *words[at:]],
                [*words[:at], words[at] + "s", *words[at + 1 :]],
                [*words[:at], words[at].swapcase(), *words[at + 1 :]],
                [*words, "indeed"],
            ]
        )
    )
    if not forged or forged == words:
        return
    with pytest.raises(FalseQuote):
        lock.check(transcript, Quote(" ".join(forged), s.begin, s.stop, s.speaker, None, 0.5, trims=names))


@settings(max_examples=300)
@given(TALKS, st.data())
def test_no_span_but_whole_sentences_of_one_speaker_passes(transcript: Transcript, data: st.DataObject) -> None:
    text = transcript.text
    begin = data.draw(st.integers(0, max(len(text) - 1, 0)))
    stop = data.draw(st.integers(begin, len(text)))
    try:
        quote = Quote(lock.derive(transcript, begin, stop, ()), begin, stop, None, None, 0.5)
        lock.check(transcript, quote)
    except FalseQuote:
        return
    inside = [s for s in sentences(transcript) if s.begin < stop and s.stop > begin]
    assert len({s.turn for s in inside}) == 1
    assert quote.text == " ".join(" ".join(text[s.begin : s.stop].split()) for s in inside)


def test_finding_forgives_white_space_and_the_shape_of_marks_only() -> None:
    begin, stop = lock.find(TALK, "we  do".replace("we", "We") + "\nnot sell") or (0, 0)
    assert TALK.text[begin:stop] == "We do not\nsell"
    assert lock.find(TALK, 'said "never again"') is not None
    assert lock.find(TALK, "we do not") is None
    assert lock.find(TALK, "do sell") is None
    assert lock.find(TALK, "read is an honest") is None, "half a word is no word"
    assert lock.find(TALK, "  ") is None


@given(TALKS, st.data())
def test_whatever_stands_there_is_found(transcript: Transcript, data: st.DataObject) -> None:
    words = transcript.text.split()
    if not words:
        return
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    place = lock.find(transcript, " ".join(words[first : last + 1]))
    assert place is not None
    assert transcript.text[slice(*place)].split() == words[first : last + 1]


@pytest.mark.parametrize(
    ("text", "passages"),
    [
        ("He said “we bake bread” today.", ("we bake bread",)),
        ('He said "we bake" and "we sell".', ("we bake", "we sell")),
        ("Er sagte „wir backen“ und »wir verkaufen«.", ("wir backen", "wir verkaufen")),
        ("Il dit « nous cuisons » et ‹ non ›.", ("nous cuisons", "non")),
        ("彼は「パンを焼く」と言った。『はい』", ("パンを焼く", "はい")),
        ("“Outer «inner» words”", ("Outer «inner» words", "inner")),
        ("Left open “to the end", ("to the end",)),
        ("Left open “to here\n\nand a new paragraph", ("to here",)),
        ('Mixed “shapes" here', ("shapes",)),
        ("ett ”svenskt” citat", ("svenskt",)),
        ("A 12\" vinyl and the baker's ‘bread’ don't count.", ()),
        ("It's the bakers' o'clock.", ()),
        ("Empty “” marks", ()),
        ("", ()),
    ],
)
def test_passages_in_quotation_marks_are_found_in_any_script(text: str, passages: tuple[str, ...]) -> None:
    assert lock.quotations(text) == passages


@given(st.text(alphabet="ab “”„\"«»‹›「」\n'’5", max_size=60))
def test_looking_for_quotations_never_fails(text: str) -> None:
    for passage in lock.quotations(text):
        assert passage in " ".join(text.split()) or passage
