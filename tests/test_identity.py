"""When an episode is one that we know: an edit is a revision, another episode is another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bot.identity import Known, identity, key, match
from bot.model.episode import Episode

BREAD = Episode(
    title="Let the Dough Rest",
    show="The Slow Loaf",
    summary="A baker explains why a long rest does more for bread than a long kneading, and what a cold night adds.",
    insights=("Time is the cheapest ingredient and the first that is saved on.",),
)
RIVERS = Episode(
    title="Where Rivers Bend",
    show="The Slow Loaf",
    summary="A surveyor walks a valley twice in ten years and finds that the water has moved a whole orchard.",
)


def known(episode: Episode, locator: str = "inbox/one.txt") -> Known:
    return Known(7, locator, episode)


def test_the_same_page_from_another_file_is_the_same_episode() -> None:
    assert match(BREAD, locator="inbox/copy.txt", known=[known(BREAD)]) is not None


def test_a_corrected_title_in_the_same_file_is_the_same_episode() -> None:
    corrected = replace(BREAD, title="Let the Dough Rest, Overnight")
    assert match(corrected, locator="inbox/one.txt", known=[known(BREAD)]) is not None


def test_a_file_that_was_overwritten_with_another_episode_holds_another_episode() -> None:
    assert match(RIVERS, locator="inbox/one.txt", known=[known(BREAD)]) is None


def test_the_same_title_on_another_day_is_another_episode() -> None:
    monday = replace(BREAD, title="The News", published=datetime(2026, 11, 23, tzinfo=UTC))
    tuesday = replace(RIVERS, title="The News", published=datetime(2026, 11, 24, tzinfo=UTC))
    assert match(tuesday, locator="inbox/two.txt", known=[known(monday)]) is None


def test_the_same_title_with_other_words_in_another_file_is_another_episode() -> None:
    questions = replace(BREAD, title="Your Questions")
    others = replace(RIVERS, title="Your Questions")
    assert match(others, locator="inbox/two.txt", known=[known(questions)]) is None


def test_the_sources_own_identifier_decides_before_anything_else() -> None:
    before = replace(BREAD, guid="a-1")
    after = replace(RIVERS, guid="a-1")
    other = replace(BREAD, guid="a-2")
    assert match(after, locator="elsewhere", known=[known(before)]) is not None
    assert match(other, locator="inbox/one.txt", known=[known(before)]) is None


def test_the_same_title_of_another_show_is_another_episode() -> None:
    assert match(replace(BREAD, show="Crumb"), locator="inbox/two.txt", known=[known(BREAD)]) is None


def test_a_name_is_compared_without_case_punctuation_and_spacing() -> None:
    assert key("The  Slow Loaf!") == key("the slow loaf")
    assert identity(BREAD) == identity(replace(BREAD, show="THE SLOW LOAF", title="Let the dough rest."))
