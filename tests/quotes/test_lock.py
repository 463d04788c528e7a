"""The verbatim lock: nothing that was not said can stand in quotation marks."""

from __future__ import annotations

from collections import Counter

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
from bot.quotes.words import tokens, word_set

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


def test_nobody_is_named_where_the_transcript_names_nobody() -> None:
    nameless = Transcript((Segment("Bread is an honest trade.", 0.0),))
    lock.check(nameless, said(nameless, "Bread is an honest trade."))
    with pytest.raises(FalseQuote, match="does not say who speaks there"):
        lock.check(nameless, said(nameless, "Bread is an honest trade.", speaker="Ann"))


@pytest.mark.parametrize(
    "forged",
    [
        "Bread is an hоnest trade.",  # a Cyrillic "о"
        "Bread is an\u200b honest trade.",
        "Bread is an \u202ehonest\u202c trade.",
        "Bread is an honest trade\u0301.",
        "bread is an honest trade.",
        "Bread is an honest trade!",
        "Bread is an honest trade",
        "Bread is an … honest trade.",
        "Bread is an [honest] trade.",
        "“Bread is an honest trade.”",
        "",
        " ",
    ],
)
def test_no_lookalike_letter_hidden_sign_bracket_or_ellipsis_passes(forged: str) -> None:
    quote = said(TALK, "Bread is an honest trade.")
    with pytest.raises(FalseQuote):
        lock.check(TALK, Quote(forged, quote.begin, quote.stop, "Ann", None, 0.5))


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
        "Now, we own the mill.",
        "If you love it, it grows.",
        "What I told you you know.",
        "Um Gottes willen, das war nie meine Idee.",
        "Gestern hat er nicht gebacken.",
        "So was hat er nie gesagt, okay?",
        "Um dia, ela volta.",
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


MAY_GO = word_set("so and well okay ok um uh erm uhm hmm right you know see i mean the a an we of")


@given(st.lists(WORDS, min_size=1, max_size=25), st.sets(st.sampled_from(sorted(trims.RULES))))
def test_what_a_trim_takes_away_is_a_filler_or_a_stumble_and_nothing_else(words: list[str], names: set[str]) -> None:
    text = " ".join(" ".join(words).split())
    left = Counter(tokens(trims.apply(text, tuple(names))))
    assert set(Counter(tokens(text)) - left) <= MAY_GO


GERMAN = st.sampled_from(
    sorted(word_set("um er so der die das nicht kein und in was Brot backt wir ist hat, ok, um, er, ja nie."))
)


@given(st.lists(GERMAN, min_size=1, max_size=15), st.sets(st.sampled_from(sorted(trims.RULES))))
def test_no_rule_of_english_touches_another_language(words: list[str], names: set[str]) -> None:
    assert trims.apply(" ".join(words), tuple(names)) == " ".join(words)


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


@pytest.mark.parametrize(
    "words",
    [
        "Bread is an honest trade.",
        "an honest trade",
        "So, I think the market is wrong, right?",
        "We do not sell bread here. Bread is an honest trade.",
        "never again",
    ],
)
def test_free_text_may_quote_what_keeps_its_sense(words: str) -> None:
    assert lock.quotable(TALK, words)


@pytest.mark.parametrize(
    "words",
    [
        "sell bread here",
        "sell bread here. Bread is an honest trade.",
        "the market is wrong, right?",
        "trade. Is it?",
        "x",
    ],
    ids=["without its not", "two sentences without it", "without its doubt", "two voices", "never said"],
)
def test_free_text_may_not_quote_half_of_what_was_said(words: str) -> None:
    assert not lock.quotable(TALK, words)


@settings(max_examples=300)
@given(TALKS, st.data())
def test_no_part_that_free_text_may_quote_has_lost_its_negation(transcript: Transcript, data: st.DataObject) -> None:
    words = transcript.text.split()
    if not words:
        return
    first = data.draw(st.integers(0, len(words) - 1))
    part = " ".join(words[first : data.draw(st.integers(first, len(words)))])
    if lock.quotable(transcript, part):
        spoken = [transcript.text[s.begin : s.stop] for s in sentences(transcript)]
        runs = [
            " ".join(" ".join(spoken[a:b]).split()) for a in range(len(spoken)) for b in range(a + 1, len(spoken) + 1)
        ]
        around = [run for run in runs if part.replace("”", "“") in run.replace("”", "“")]
        assert any(trims.negations(run) == trims.negations(part) for run in around)


@given(TALKS, st.data())
def test_whatever_stands_there_is_found(transcript: Transcript, data: st.DataObject) -> None:
    words = transcript.text.split()
    if not words:
        return
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    place = lock.find(transcript, " ".join(words[first : last + 1]))
    assert place is not None
    found, looked_for = transcript.text[slice(*place)].split(), words[first : last + 1]
    assert [word.strip("“”") for word in found] == [word.strip("“”") for word in looked_for]


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


@pytest.mark.parametrize(
    ("text", "passages"),
    [
        ("He said ‘we bake good bread’ today.", ("we bake good bread",)),
        ("He said 'we don't sell bread' today.", ("we don't sell bread",)),
        ("The bakers' own 'em and the 90's don't count, nor does 'rock 'n' roll'.", ()),
        ("It's the mill's and the baker’s; the ‘bread’ is theirs.", ()),
        ("Er sagte ‚wir backen gutes Brot‘ und ging.", ("wir backen gutes Brot",)),
        ("No end ‘to this at all\n\nnew’ paragraph", ()),
        ("", ()),
    ],
)
def test_single_marks_quote_three_words_and_more(text: str, passages: tuple[str, ...]) -> None:
    assert lock.single_quotations(text) == passages


@given(st.text(alphabet="ab “”„\"«»‹›「」\n'’5", max_size=60))
def test_looking_for_quotations_never_fails(text: str) -> None:
    for passage in lock.quotations(text):
        assert passage in " ".join(text.split()) or passage
