"""Following a printed sentence back: every field by its name, nothing that is not there, quotes held to the lock."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.digest.edition import compose
from bot.digest.episode import digest as digest_of
from bot.drafting import trace
from bot.model.episode import Enclosure, Episode, Related, Segment, Transcript
from bot.model.provenance import EpisodeRef, Provenance
from bot.quotes.pick import pick
from bot.text import fold
from tests.quotes import talk

REF = EpisodeRef(7, 2)
EPISODE = Episode(
    "Bread",
    blurb="A talk about bread.",
    summary="It is slow.",
    insights=("One.", "Two."),
    topics=("baking",),
    related=(Related("Salt", "On salt."),),
    transcript=Transcript((Segment("We bake at night.", 65.0, 70.0),)),
    audio=Enclosure("https://sound.example/a.mp3"),
)


@pytest.mark.parametrize(
    ("field", "text", "where"),
    [
        ("title", "Bread", "title"),
        ("blurb", "A talk about bread.", "blurb"),
        ("summary", "It is slow.", "summary"),
        ("insights[1]", "Two.", "insight 2"),
        ("topics[0]", "baking", "topic 1"),
        ("related[0].title", "Salt", "title of related episode 1"),
        ("related[0].blurb", "On salt.", "blurb of related episode 1"),
        ("transcript", "We bake at night.", "transcript"),
    ],
)
def test_each_field_is_found_by_its_name(field: str, text: str, where: str) -> None:
    found = trace.passage(EPISODE, Provenance(REF, field, 0, len(text)))
    assert found is not None
    assert (found.said, found.where) == (text, where)


@pytest.mark.parametrize(
    "field",
    ["insights[2]", "insights", "related[0]", "topics[0].title", "show", "__class__", "related[0].url"],
)
def test_a_field_that_is_not_there_gives_no_passage(field: str) -> None:
    assert trace.passage(EPISODE, Provenance(REF, field, 0, 1)) is None


def test_offsets_beyond_the_text_give_no_passage() -> None:
    assert trace.passage(EPISODE, Provenance(REF, "title", 2, 99)) is None
    assert trace.passage(None, Provenance(REF, "title", 0, 1)) is None


def test_spoken_words_bear_their_moment_and_sound() -> None:
    found = trace.passage(EPISODE, Provenance(REF, "transcript", 0, 17))
    assert found is not None
    assert (found.moment, found.audio) == ("1:05", "https://sound.example/a.mp3#t=63")


def test_every_sentence_of_an_edition_has_its_passage_and_every_quote_its_colour() -> None:
    episode = talk.episode(talk.CONVERSATION)
    digest = digest_of(REF, episode, pick(episode))
    edition = compose("weekly", "The Test Post", 1, date(2026, 11, 26), [digest])
    lines = trace.of_digest(digest, edition, {REF: episode})
    quotes = [each for each in lines if each.lock]
    assert len(quotes) == 2, "the best one of the lead, and one of the edition's own"
    for each in lines:
        for passage in each.passages:
            assert passage.said in (trace.field_text(episode, passage.field) or "")
    assert all(each.lock in ("exact", "trimmed") for each in quotes)
    assert all(fold(each.passages[0].said).endswith(each.text[-20:]) for each in quotes)
    assert episode.transcript is not None
    first, *rest = episode.transcript.segments
    other = replace(episode, transcript=Transcript((replace(first, text=f"Hm. {first.text}"), *rest)))
    assert {each.lock for each in trace.of_digest(digest, edition, {REF: other}) if each.lock} == {"false"}
    assert all(each.passages == () for each in trace.of_digest(digest, edition, {}))
