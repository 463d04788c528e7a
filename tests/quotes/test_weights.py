"""What the shipped weights may hold: style and common words, small and readable."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from bot.quotes import features, pick, ranking, weights


def test_every_weight_belongs_to_a_feature_that_is_computed() -> None:
    assert set(weights.episode().features) <= set(ranking.NAMES)
    assert set(weights.line().features) <= {*features.NAMES, *features.SHAPE_NAMES}


def test_words_are_single_and_common_and_character_runs_are_short() -> None:
    words = weights.episode().words
    assert len(words) < 4000
    assert all(word == word.lower() and len(word.split()) == 1 and not any(map(str.isdigit, word)) for word in words)
    assert max(map(len, weights.line().characters)) <= 4


def test_each_weight_has_one_number_a_window() -> None:
    model = weights.episode()
    assert {len(values) for values in model.features.values()} == {len(model.windows)}
    assert {len(values) for values in model.words.values()} == {len(model.word_windows)}


def test_the_files_say_what_they_were_made_from() -> None:
    for name in ("episode", "line"):
        text = resources.files("bot.quotes").joinpath("weights", f"{name}.json").read_text(encoding="utf-8")
        assert len(text) < 300_000
        assert "trained" in json.loads(text)["about"]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("Nobody ever changed the world by being careful.", "Anyway, I'll see you at around seven or so, okay?"),
        ("You can't eat a promise, but you can starve on one.", "Um, so I went over there and he gave it to me."),
        ("Courage is fear that has said its prayers.", "Well, they have it in the back of the store."),
    ],
)
def test_a_memorable_line_beats_small_talk(better: str, worse: str) -> None:
    assert pick.score_line(better) > pick.score_line(worse)


@pytest.mark.parametrize("text", ["", "   ", "…", "🎉🎉", "a", "x" * 100_000])
def test_any_line_gets_a_score_between_0_and_1(text: str) -> None:
    assert 0.0 <= pick.score_line(text) <= 1.0
