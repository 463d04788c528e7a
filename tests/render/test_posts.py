"""Social posts: with everything, with less, and with nothing but the quote."""

from __future__ import annotations

import itertools

import pytest

from bot.render import Renderer

QUOTE = {"text": "Bread is a feedback loop.", "speaker": "Sunniva Hale", "moment": "about 20:03"}
EPISODE = {
    "headline": "Sourdough for engineers",
    "show": "Kitchen Table Science",
    "hook": "Three knobs, one of them kind.",
    "url": "https://shows.example/9",
}


def test_a_quote_post_in_full(renderer: Renderer) -> None:
    context = {
        "quote": QUOTE,
        "episode": EPISODE,
        "hashtags": ["#Bread", "#Control"],
        "link": "https://shows.example/9",
    }
    assert renderer.post("social/quote.txt", context) == (
        "“Bread is a feedback loop.”\n\n— Sunniva Hale, Kitchen Table Science, about 20:03\n\n"
        "https://shows.example/9\n\n#Bread #Control"
    )


def test_an_episode_post_in_full(renderer: Renderer) -> None:
    context = {"episode": EPISODE, "hashtags": ["#Bread"], "link": "https://shows.example/9"}
    assert renderer.post("social/episode.txt", context) == (
        "Sourdough for engineers · Kitchen Table Science\n\nThree knobs, one of them kind.\n\n"
        "https://shows.example/9\n\n#Bread"
    )


def test_an_announcement_in_full(renderer: Renderer) -> None:
    context = {
        "newsletter": "The Long Listen",
        "number": 12,
        "subject": "Ferries",
        "headlines": ["Ferries", "Beans"],
        "hashtags": [],
        "link": "https://longlisten.example/12",
    }
    assert renderer.post("social/announcement.txt", context) == (
        "The Long Listen, no. 12: Ferries\n\n• Ferries\n• Beans\n\nhttps://longlisten.example/12"
    )


@pytest.mark.parametrize("template", ["social/quote.txt", "social/episode.txt"])
def test_whatever_is_left_out_leaves_no_debris(renderer: Renderer, template: str) -> None:
    for speaker, moment, show, hook, link, tags in itertools.product(
        ("Ann", None), ("1:00", None), ("Show", None), ("Hook.", None), ("https://a.example/", None), (["#a"], [])
    ):
        context = {
            "quote": {"text": "Well.", "speaker": speaker, "moment": moment},
            "episode": {"headline": "Head", "show": show, "hook": hook, "url": link},
            "hashtags": tags,
            "link": link,
        }
        text = renderer.post(template, context)
        assert text == text.strip()
        assert "\n\n\n" not in text
        assert "None" not in text
        assert not text.endswith(("—", "·", ","))
        assert all(line == line.strip() and line not in ("—", "·") for line in text.splitlines())


def test_a_quote_alone_is_the_quote_alone(renderer: Renderer) -> None:
    context = {
        "quote": {"text": 'I said "no" & <left>.', "speaker": None, "moment": None},
        "episode": {"headline": "H", "show": None, "hook": None, "url": None},
        "hashtags": [],
        "link": None,
    }
    assert renderer.post("social/quote.txt", context) == '“I said "no" & <left>.”'
