"""An episode's digest: the source's own sentences, fewer of them, each with the place it came from."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.digest import measure
from bot.digest.condense import SENTENCES, WORDS
from bot.digest.episode import digest
from bot.digest.rules import Rule
from bot.model.digest import Digest
from bot.model.episode import Enclosure, Episode, Related, Segment, Transcript
from bot.quotes import lock
from bot.reading.document import read
from bot.text import fold
from tests.growth import MOST, growth

from .conftest import REF, field, lines, made, quote, spoken

SEEDS = Path(__file__).resolve().parents[2] / ".." / "shared" / "seeds"
SUMMARY = (
    "Ada Holm describes how the harbour of Vardo froze for the first time in forty years. "
    "She blames the river. "
    "This theory is contested by the port, whose own figures show that the river carried less water than usual. "
    "The guests then turn to ferries, fares and the price of diesel, which doubled within one winter. "
    "Holm argues that the town should buy its own icebreaker before the next winter. "
    "The episode closes with letters from listeners."
)


def test_the_headline_is_the_title_as_it_stands_without_hashtags() -> None:
    one = made(1, "  WHY the harbour\n froze #ice #Vardo ")
    assert (one.headline.text, one.headline.rule) == ("WHY the harbour froze", Rule.FOLDED)
    assert made(1, "Our #1 mistake in C#").headline.text == "Our #1 mistake in C#"
    inner = made(1, "How #Vardo froze").headline
    assert (inner.text, inner.rule) == ("How Vardo froze", Rule.HASHTAGS_DROPPED)


def test_an_episode_without_anything_still_has_a_headline() -> None:
    one = digest(REF, Episode(title=" "), ())
    assert (one.headline.text, one.headline.rule, one.headline.sources) == ("Untitled episode", Rule.UNTITLED, ())
    assert (one.hook, one.summary, one.insights, one.topics, one.related) == (None, (), (), (), ())
    assert (one.reading_minutes, one.listening_minutes) == (1, None)


def test_a_title_without_an_end_is_cut_at_a_word() -> None:
    headline = made(1, "harbour " * 1000).headline
    assert headline.rule == Rule.HEADLINE_CUT
    assert len(headline.text) <= 200
    assert headline.text.endswith("harbour…")


@pytest.mark.parametrize(
    ("blurb", "hook"),
    [
        (
            "Ada Holm argues that the harbour froze by design. More.",
            "Ada Holm argues that the harbour froze by design.",
        ),
        ("Welcome back to the show, dear friends! The harbour of Vardo froze.", "The harbour of Vardo froze."),
        ("Brr. Subscribe to our letter for more ice! They froze it, Holm says.", None),
        ("Why the harbour froze. The port blames the river for it.", "The port blames the river for it."),
        ("https://example.org/a/b/c #ice #snow #fog #hail @vardo", None),
        ("In this episode, Ada Holm walks on the harbour.", "In this episode, Ada Holm walks on the harbour."),
    ],
)
def test_the_hook_is_the_first_sentence_that_says_something(blurb: str, hook: str | None) -> None:
    one = made(1, "Why the harbour froze", blurb=blurb)
    assert (one.hook.text if one.hook else None) == hook


def test_without_a_blurb_the_hook_comes_from_the_summary_and_is_not_printed_twice() -> None:
    one = made(1, "Ice", summary=SUMMARY)
    assert one.hook is not None
    assert one.hook.sources[0].field == "summary"
    assert one.hook.text not in {line.text for line in one.summary}


def test_the_summary_is_fewer_of_its_own_sentences_in_its_own_order() -> None:
    one = made(1, "Ice", blurb="A winter by the sea, told by those who froze.", summary=SUMMARY)
    texts = [line.text for line in one.summary]
    assert 1 < len(texts) <= SENTENCES
    assert sum(map(measure.words, texts)) <= WORDS
    assert texts[0].startswith("Ada Holm describes")
    places = [SUMMARY.index(text) for text in texts]
    assert places == sorted(places)


def test_a_sentence_that_leans_on_the_one_before_is_never_kept_alone() -> None:
    summary = (
        "The harbour froze. Bananas, mangoes, coconuts and papayas rotted in forty unheated sheds along the quay. "
        "This outcome ruined importers, grocers, hauliers, bakers, insurers, brewers, jewellers, tailors and dentists. "
        "Ferries stopped."
    )
    kept = [line.text for line in made(1, "Ice", blurb="Something else that was said here.", summary=summary).summary]
    leaning = next((index for index, text in enumerate(kept) if text.startswith("This outcome")), None)
    assert leaning is None or kept[leaning - 1].startswith("Bananas")
    opening = made(1, "Ice", summary="This perspective suggests that towns freeze by choice.").summary
    assert opening == ()


def test_other_languages_are_condensed_to_their_first_sentences() -> None:
    german = "Der Hafen fror zu. Niemand segelte. Die Stadt wartete. Am Ende kam der Frühling."
    one = made(1, "Eis", blurb="Ein Winter am Meer, erzählt von denen, die froren.", summary=german, language="de")
    assert [line.text for line in one.summary] == ["Der Hafen fror zu.", "Niemand segelte.", "Die Stadt wartete."]


def test_quotation_marks_go_unless_the_transcript_holds_the_words() -> None:
    transcript = spoken("We sold the icebreaker to pay for the pool.", "It was cold.")
    one = made(
        1,
        "The “frozen” town",
        blurb="Holm admits the town “sold the icebreaker” and calls it “a grave mistake” today.",
        transcript=transcript,
    )
    assert (one.headline.text, one.headline.rule) == ("The frozen town", Rule.MARKS_DROPPED)
    assert one.hook is not None
    assert one.hook.text == "Holm admits the town “sold the icebreaker” and calls it a grave mistake today."
    assert one.hook.rule == Rule.MARKS_DROPPED


def test_a_quotation_that_is_never_closed_loses_its_mark() -> None:
    one = made(
        1, "Ice", blurb="Holm says “it was cold and dark in there.", transcript=spoken("it was cold and dark in there.")
    )
    assert one.hook is not None
    assert one.hook.text == "Holm says it was cold and dark in there."


def test_the_marks_of_siblings_always_go() -> None:
    one = made(1, "Ice", transcript=spoken("it was cold"), related=(Related("Say “it was cold” again"),))
    assert one.related[0].title.text == "Say it was cold again"


def test_an_insight_that_says_the_same_again_is_printed_once() -> None:
    one = made(1, "Ice", "Ice is cold.", "ice is cold", "", "   ", "Fog is wet.")
    assert [claim.text for claims in one.insights for claim in claims.claims] == ["Ice is cold.", "Fog is wet."]


def test_topics_are_no_media_and_have_their_best_known_spelling() -> None:
    one = made(1, "Ice", topics=("ai", "#Podcast", "shorts", "AI", "open source", "harbours", "DevOps", "2024"))
    assert one.topics == ("AI", "Open source", "Harbours", "DevOps")


def test_minutes_to_hear_come_from_the_duration_else_from_a_whole_transcript() -> None:
    hour = Transcript((Segment("a", start=0.0), Segment("b", start=3590.0, end=3600.0), Segment("c", start=12.0)))
    assert made(1, "Ice", duration=95.0).listening_minutes == 2
    assert made(1, "Ice", duration=20.0).listening_minutes == 1
    assert made(1, "Ice", transcript=hour).listening_minutes == 60
    assert made(1, "Ice", transcript=hour, gated=True).listening_minutes is None
    assert made(1, "Ice", duration=float("nan")).listening_minutes is None


def test_minutes_to_read_are_those_of_the_digest() -> None:
    assert made(1, "Ice", *(f"Point {n} " + "word " * 100 for n in range(10))).reading_minutes == 4
    assert measure.words("港が凍った") == 3
    assert measure.words("it's a well-known harbour") == 4


def test_what_the_source_knows_is_passed_on() -> None:
    one = made(
        1,
        "Ice",
        quotes=(quote("We froze."),),
        show=" Sea  Talk ",
        url="https://example.org/1",
        audio=Enclosure("https://example.org/1.mp3"),
        published=datetime(2026, 1, 2, 3, tzinfo=UTC),
        gated=True,
    )
    assert one.best == quote("We froze.")
    assert (one.show, one.url, one.audio) == ("Sea Talk", "https://example.org/1", "https://example.org/1.mp3")
    assert one.published is not None
    assert (one.published.isoformat(), one.gated, one.language) == ("2026-01-02", True, "en")


_PIECES = st.sampled_from(
    [
        "The speaker argues that",
        "The speaker warns that",
        "Ada Holm claims that",
        "According to the port,",
        "denies that",
        "ice will come",
        "iPhones freeze",
        "“we froze”",
        '"cold"',
        "“",
        '"',
        "This shows",
        ". ",
        "! ",
        "; ",
        "\n",
        "\n\n",
        "  ",
        "#ice",
        "and that",
        "港が凍った。",
        "قال",
        "«oui»",
        "Dr.",
        "ﬁn",
        "ßa",
        "\0",
        "…",
        "a",
    ]
)
_TEXT = st.lists(_PIECES, max_size=12).map(" ".join) | st.text(max_size=40)
_EPISODES = st.builds(
    Episode,
    title=_TEXT,
    blurb=_TEXT,
    summary=_TEXT,
    insights=st.lists(_TEXT, max_size=5).map(tuple),
    topics=st.lists(_TEXT, max_size=3).map(tuple),
    transcript=st.none() | st.just(spoken("we froze and it was cold", "oui")),
    related=st.lists(st.builds(Related, _TEXT, _TEXT), max_size=2).map(tuple),
    language=st.sampled_from([None, "en", "de"]),
)


@given(_EPISODES)
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_every_line_can_be_followed_back_and_quotes_only_what_was_said(episode: Episode) -> None:
    for line in lines(digest(REF, episode, ())):
        assert line.text.strip()
        assert line.text == fold(line.text) or line.rule == Rule.VERBATIM
        for source in line.sources:
            assert source.ref == REF
            assert 0 <= source.begin < source.stop <= len(field(episode, source.field))
        if line.rule == Rule.VERBATIM:
            (source,) = line.sources
            assert field(episode, source.field)[source.begin : source.stop] == line.text
        if line.rule == Rule.FOLDED:
            (source,) = line.sources
            assert fold(field(episode, source.field)[source.begin : source.stop]) == line.text
        for passage in lock.quotations(line.text):
            assert episode.transcript is not None
            assert lock.find(episode.transcript, passage)


@pytest.mark.parametrize("unit", ["a", "a ", ". ", '"', "“a. ", "\n \n", "#a ", "The speaker argues that ", "「あ。"])
def test_a_text_without_end_costs_no_more_than_its_share(unit: str) -> None:
    def work(size: int) -> Digest:
        text = unit * (size // len(unit))
        related = (Related(text, text),) * 20
        return digest(REF, Episode(title=text, blurb=text, summary=text, insights=(text,) * 20, related=related), ())

    assert growth(work, 4_000) < MOST
    assert sum(measure.words(line.text) for line in lines(work(40_000))) < 20_000


def test_ten_thousand_insights_are_a_dozen() -> None:
    one = made(1, "Ice", *(f"The speaker argues that floe {n} will melt" for n in range(10_000)))
    assert [len(claims.claims) for claims in one.insights] == [12]


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the real page lies in ../shared/seeds, which is not here")
def test_the_real_page_becomes_one_attribution_and_three_claims() -> None:
    path = sorted(SEEDS.glob("*.txt"))[0]
    one = digest(REF, read(path.read_bytes(), path.name).episodes[0], ())
    assert "#" not in one.headline.text
    assert one.hook is not None
    assert one.hook.sources[0].field == "blurb"
    assert 1 <= len(one.summary) <= SENTENCES
    (claims,) = one.insights
    assert claims.attribution is not None
    assert claims.attribution.text == "The speaker argues:"
    assert len(claims.claims) == 3
    assert all(claim.text[0].isupper() for claim in claims.claims)
    assert len(one.related) == 5
    assert all("#" not in related.title.text and related.hook for related in one.related)
    assert all("sign up" not in line.text.casefold() for line in lines(one))
