"""Where a source gives no summary or no insights: its own sentences, with their places, marked as our choice."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.digest import measure
from bot.digest.claims import claim
from bot.digest.edition import compose
from bot.digest.episode import digest
from bot.digest.extract import MOST_SPOKEN
from bot.digest.rank import ranked
from bot.digest.rules import Rule
from bot.model.digest import Digest, Origin
from bot.model.episode import Episode, Segment, Transcript
from bot.quotes import lock
from bot.quotes.pick import judge, pick
from bot.reading.document import read
from bot.text import fold

from .conftest import REF, field, lines, made, spoken

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
DOCUMENTS = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "feeds" / "documents"
NOTES = (
    "Ada Holm describes how the harbour of Vardo froze for the first time in forty years. "
    "The town had sold its only icebreaker to pay for a swimming pool.\n\n"
    "Ferries, fares and the price of diesel come up, and so does a bakery that ran out of flour. "
    "Subscribe to our letter for more ice! "
    "Read more at https://ice.example/vardo today.\n"
    "Harbour, ice, ferries"
)
TALK = (
    ("Ole Berg", "Welcome back to the Ice Hour, the show about frozen water."),
    ("Ole Berg", "Today my guest is Ada Holm, who has run the harbour of Vardo for eleven years."),
    ("Ole Berg", "She tells how the town sold its icebreaker, and what a frozen harbour costs."),
    ("Ole Berg", "Ada, how cold was it?"),
    ("Ada Holm", "It was very cold."),
    ("Ada Holm", "A harbour without an icebreaker is a car park for ferries."),
    ("Ada Holm", "He told me that."),
    ("Ada Holm", "Towns should buy an icebreaker before the winter that needs it."),
    ("Ole Berg", "What does a frozen harbour cost?"),
    ("Ada Holm", "Every day of ice takes a week of wages out of a fishing town."),
    ("Ada Holm", "And that is why."),
    ("Ada Holm", "Diesel is never cheap where every barrel comes by boat."),
    ("Ada Holm", "People keep their promises best when the whole quay is watching."),
    ("Ole Berg", "And the pool?"),
    ("Ada Holm", "Nobody swims in a pool that the harbour paid for."),
    ("Ada Holm", "A town learns more from one bad winter than from ten good ones."),
    ("Ole Berg", "This episode is brought to you by Harbour Ropes, use the code ICE at ropes.com for a free knot."),
    ("Ole Berg", "Harbour Ropes makes every harbour town a better town."),
    ("Ole Berg", "Thank you so much for listening, and see you next week."),
)


def conversation(*turns: tuple[str | None, str]) -> Transcript:
    return Transcript(tuple(Segment(text, start=40.0 * n, speaker=who) for n, (who, text) in enumerate(turns)))


def talk() -> Transcript:
    more = tuple(("Ada Holm", f"And then number {n} of the boats went home.") for n in range(30))
    return conversation(*TALK[:-3], *more, *TALK[-3:])


def claims(one: Digest) -> list[tuple[str | None, list[str]]]:
    return [(c.attribution.text if c.attribution else None, [claim.text for claim in c.claims]) for c in one.insights]


def test_a_source_with_a_summary_and_insights_of_its_own_is_left_alone() -> None:
    one = made(1, "Ice", "Ice is cold.", blurb=NOTES, summary="The harbour of Vardo froze over.", transcript=talk())
    assert (one.summary_by, one.insights_by) == (Origin.SHOW, Origin.SHOW)
    assert claims(one) == [(None, ["Ice is cold."])]


def test_without_a_summary_sentences_of_the_notes_stand_in_and_say_where_they_are_from() -> None:
    one = made(1, "Ice", blurb=NOTES)
    assert one.summary_by is Origin.NOTES
    assert one.hook is not None
    assert [line.text for line in one.summary] == [
        "The town had sold its only icebreaker to pay for a swimming pool.",
        "Ferries, fares and the price of diesel come up, and so does a bakery that ran out of flour.",
    ]
    assert {line.rule for line in one.summary} == {Rule.NOTES}


def test_with_neither_notes_nor_transcript_a_digest_is_title_and_link() -> None:
    one = made(1, "Ice", url="https://ice.example/1")
    assert (one.hook, one.summary, one.insights) == (None, (), ())
    assert (one.summary_by, one.insights_by) == (Origin.SHOW, Origin.SHOW)


def test_links_appeals_and_fragments_of_notes_are_no_summary() -> None:
    blurb = "Vardo\n\nhttps://ice.example/1\n\nSubscribe to our letter for more of this ice!\n\nIce, fog"
    one = made(1, "Ice", blurb=blurb)
    assert (one.hook, one.summary) == (None, ())


def test_a_sentence_of_notes_that_leans_on_one_that_was_left_out_is_left_out_too() -> None:
    blurb = "The harbour froze in May. Visit https://ice.example for the pictures. They prove how thick the ice was."
    assert made(1, "Ice", blurb=blurb).summary == ()


def test_a_row_of_a_list_is_not_glued_to_the_sentence_below_it() -> None:
    one = made(
        1,
        "Ice",
        blurb="The harbour froze for a whole month.\n\nAda Holm (harbour)\nHer brother tells of the ferries too.",
    )
    assert one.summary == ()


def test_a_list_in_the_notes_gives_the_insights() -> None:
    blurb = (
        f"{NOTES}\n\nYou will learn:\n- why a harbour needs an icebreaker\n- what a day of ice costs a town\n"
        "- how bakers plan for flour that comes late\n\nLinks:\n- https://ice.example/a b c d\n- Ada"
    )
    one = made(1, "Ice", blurb=blurb, transcript=talk())
    assert one.insights_by is Origin.NOTES
    assert claims(one) == [
        (
            None,
            [
                "why a harbour needs an icebreaker",
                "what a day of ice costs a town",
                "how bakers plan for flour that comes late",
            ],
        )
    ]
    assert made(1, "Ice", blurb="Ice.\n- why a harbour needs ice\n- what a day of ice costs").insights == ()


def test_without_notes_the_spoken_introduction_stands_in_word_for_word() -> None:
    one = made(1, "Ice", transcript=talk())
    assert one.summary_by is Origin.CONVERSATION
    assert [line.text for line in one.summary] == [
        "“Today my guest is Ada Holm, who has run the harbour of Vardo for eleven years. "
        "She tells how the town sold its icebreaker, and what a frozen harbour costs.”"
    ]


def test_lines_of_the_conversation_stand_in_quotation_marks_under_their_speaker() -> None:
    one = made(1, "The frozen harbour", transcript=talk())
    assert one.insights_by is Origin.CONVERSATION
    ((who, said),) = claims(one)
    assert who == "Ada Holm:"
    assert 2 <= len(said) <= MOST_SPOKEN
    assert "“A harbour without an icebreaker is a car park for ferries.”" in said
    order = [talk().text.index(text.strip("“”")) for text in said]
    assert order == sorted(order)
    assert not any(word in text for text in said for word in ("Ropes", "Welcome", "Thank", "He told", "?"))


def test_the_quote_that_is_printed_anyway_is_not_said_twice() -> None:
    transcript = talk()
    episode = Episode(title="The frozen harbour", transcript=transcript, language="en")
    quotes = pick(episode, top=1)
    assert quotes
    one = digest(REF, episode, quotes)
    assert not any(quotes[0].text in claim.text for group in one.insights for claim in group.claims)


def test_where_nobody_is_named_nobody_is_said_to_speak() -> None:
    one = made(1, "The frozen harbour", transcript=conversation(*((None, text) for _, text in talk_turns())))
    assert {c.attribution for c in one.insights} == {None}


def talk_turns() -> list[tuple[str | None, str]]:
    return [(part.speaker, part.text) for part in talk().segments]


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("Towns should buy an icebreaker before the winter that needs it.", 0.99, 1.0),
        ("And then I went to the quay and told my brother.", 0.0, 0.3),
        ("We talked about that a little more in the podcast.", 0.0, 0.0),
        ("The ferry is over there.", 0.0, 0.5),
        ("The biggest risk is not that you are too slow.", 0.0, 0.0),
        ("You know, the thing is basically really cold, I think.", 0.0, 0.5),
        ("Just go over to icehour.com and look for us.", 0.0, 0.0),
    ],
)
def test_a_claim_counts_for_more_than_a_story_or_talk_about_the_talk(text: str, least: float, most: float) -> None:
    assert least <= claim(text) <= most


def test_what_we_chose_earns_no_points_joins_no_thread_and_needs_no_mark_in_a_preheader() -> None:
    day = date(2026, 11, 26)
    ours = [made(n, f"The frozen harbour {n}", transcript=talk()) for n in (1, 2)]
    assert {one.summary_by for one in ours} == {Origin.CONVERSATION}
    assert [standing.points for standing in ranked(ours, day=day)] == [0.0, 0.0]
    edition = compose("weekly", "The Ice Post", 1, day, ours)
    assert edition.threads == ()
    assert "“" not in edition.preheader.text + edition.subject.text


def test_no_line_of_a_conversation_lies_in_an_advertisement_or_fails_a_gate() -> None:
    for path in sorted(SEEDS.glob("*.[tmh]*")):
        episode = read(path.read_bytes(), path.name).episodes[0]
        gates = {each.begin: each.gates for each in judge(episode)}
        bare = Episode(title=episode.title, transcript=episode.transcript, language=episode.language)
        one = digest(REF, bare, ())
        assert not any(gates[source.begin] for c in one.insights for line in c.claims for source in line.sources), path


@pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="the shared documents are not here")
@pytest.mark.parametrize("name", ["lenny-claire-butler.md", "lenny-upasna-gautam.md", "lenny-will-larson.md"])
def test_real_conversations_without_insights_get_lines_of_the_guest(name: str) -> None:
    episode = read((DOCUMENTS / name).read_bytes(), name).episodes[0]
    one = digest(REF, episode, ())
    assert one.insights_by is Origin.CONVERSATION
    assert {c.attribution.text for c in one.insights if c.attribution} == {f"{episode.people[0].name}:"} or one.insights
    assert not any("Lenny" in (c.attribution.text if c.attribution else "") for c in one.insights)
    assert sum(measure.words(line.text) for line in one.summary) <= 90


TURNS = st.lists(
    st.tuples(
        st.sampled_from(["Ada", "Ole", None]), st.one_of(st.sampled_from([t for _, t in TALK]), st.text(max_size=60))
    ),
    max_size=60,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.one_of(st.just(NOTES), st.text(max_size=200)), TURNS, st.sampled_from(["en", "de", None]))
def test_every_line_can_be_followed_back_to_its_place(
    blurb: str, turns: list[tuple[str | None, str]], tongue: str | None
) -> None:
    transcript = conversation(*turns) if turns else None
    episode = Episode(title="Ice", blurb=blurb, transcript=transcript, language=tongue)
    for line in lines(digest(REF, episode, ())):
        if line.rule == Rule.SPOKEN:
            (source,) = line.sources
            said = fold(field(episode, source.field)[source.begin : source.stop])
            assert line.text == f"“{said}”"
            assert transcript is not None
            assert lock.find(transcript, said) is not None
        if line.rule == Rule.NOTES:
            (source,) = line.sources
            bare = fold(field(episode, source.field)[source.begin : source.stop])
            assert [c for c in line.text if c.isalnum()] == [c for c in bare if c.isalnum()]
        if line.rule == Rule.SPEAKER:
            assert all(
                fold(part.speaker or "") == line.text[:-1]
                for source in line.sources
                for part, at in zip(transcript.segments, transcript.offsets, strict=True)  # type: ignore[union-attr]
                if at <= source.begin < at + len(part.text)
            )


def test_a_hostile_transcript_is_no_longer_than_an_honest_one() -> None:
    long = spoken(*(f"Word{n} is a word that stands alone in its own sentence number {n}." for n in range(3_000)))
    one = made(1, "Words", transcript=long)
    assert sum(len(c.claims) for c in one.insights) <= MOST_SPOKEN
