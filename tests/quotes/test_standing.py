"""What costs a line its place among the picks though no gate bars it."""

from __future__ import annotations

import pytest

from bot.quotes.standing import cost


def price(text: str) -> float:
    return cost(text, len(text.split()))


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
        ("Ada, the truth is that an oven forgives nobody.", "The truth is that an oven forgives nobody."),
        ("You guys should never hurry the second rise.", "You should never hurry the second rise."),
        ("An oven is kind of a promise that you keep at dawn.", "An oven is a promise that you keep at dawn."),
        ("The flour is, like, really the only thing that counts.", "The flour is really the only thing that counts."),
    ],
)
def test_a_line_that_leans_on_the_talk_costs_more_than_one_that_stands(leaning: str, standing: str) -> None:
    assert price(leaning) > price(standing)


@pytest.mark.parametrize(
    "text",
    [
        "If you can plan a meeting, you can plan a dough.",
        "Failure taught me more about flour than any book on the shelf.",
        "You should never trust an oven that you have not cleaned yourself.",
        "In this world, nobody bakes alone.",
    ],
)
def test_a_line_that_stands_costs_little(text: str) -> None:
    assert price(text) < 0.25


def test_a_long_line_costs_more_with_every_word() -> None:
    line = "Bread is what a town makes of the river and the mill"
    assert cost(line, 30) < cost(line, 31) < cost(line, 40)
