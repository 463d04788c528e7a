"""What costs a line its chance of being printed, and with it its place among the picks, though no gate bars it."""

from __future__ import annotations

import pytest

from bot.quotes import postable, weights
from bot.quotes.postable import chance

# Of the lines that the model was fitted to so many were postable.
SHARE = 0.19


def likely(text: str, score: float = 0.5) -> float:
    return chance(text, len(text.split()), score)


@pytest.mark.parametrize(
    ("leaning", "standing"),
    [
        ("But nobody ever got rich with a cold oven.", "Nobody ever got rich with a cold oven."),
        ("You need to see those customers every morning.", "You need to see your customers every morning."),
        ("A baker of that bread owns the morning.", "A baker of good bread owns the morning."),
        ("Whatever the town says, it never works twice.", "Whatever the town says, nothing works twice."),
        ("Don't do that with bread that you sell to children.", "Don't do harm with bread that you sell to children."),
        (
            "You never want to get carried away with it at dawn.",
            "You never want to get carried away with salt at dawn.",
        ),
        ("Ada, an oven forgives nobody who hurries it.", "An oven forgives nobody who hurries it."),
        ("You guys should never hurry the second rise.", "You should never hurry the second rise."),
        ("An oven is kind of a promise that you keep at dawn.", "An oven is a promise that you keep at dawn."),
        ("The flour is, like, really the only thing that counts.", "The flour is really the only thing that counts."),
    ],
)
def test_a_line_that_leans_on_the_talk_costs_more_than_one_that_stands(leaning: str, standing: str) -> None:
    assert likely(leaning) < likely(standing)


@pytest.mark.parametrize(
    "text",
    [
        "If you can plan a meeting, you can plan a dough.",
        "Failure taught me more about flour than any book on the shelf.",
        "You should never trust an oven that you have not cleaned yourself.",
        "Most people never learn to wait for good bread.",
    ],
)
def test_a_line_that_stands_is_likely_enough(text: str) -> None:
    assert likely(text) > SHARE


def test_of_two_lines_that_stand_the_more_striking_is_likelier() -> None:
    line = "Bread is what a town makes of the river and the mill."
    assert likely(line, 0.2) < likely(line, 0.8)


def test_every_weight_belongs_to_a_feature_and_the_file_says_what_it_was_made_from() -> None:
    model = weights.postable()
    assert set(model.features) == set(postable.NAMES)
    assert "judged" in model.about


@pytest.mark.parametrize("text", ["", "   ", "…", "🎉", "x" * 10_000, "they, " * 5_000])
@pytest.mark.parametrize("score", [0.0, 1.0])
def test_any_line_has_a_chance_between_0_and_1(text: str, score: float) -> None:
    assert 0.0 <= likely(text, score) <= 1.0
