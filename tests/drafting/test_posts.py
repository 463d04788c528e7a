"""Posts that fit: what gives way and what never does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import shipped
from bot.drafting.moments import clock, link, shown
from bot.drafting.posts import Shape, episode_post, hashtag, quote_post, quote_posts
from bot.model.digest import Digest
from bot.model.provenance import EpisodeRef, Line
from bot.model.quote import Moment, Quote
from bot.render import Renderer
from bot.text import Limit, fits

RENDERER = Renderer((shipped.folder("templates"),))
WORDS = "Time is the cheapest ingredient, and it is the first that everybody saves on."
QUOTE = Quote(WORDS, 0, len(WORDS), "Ada Krumm", Moment(754.0, 760.0), 0.8)
DIGEST = Digest(
    ref=EpisodeRef(1, 1),
    show="The Slow Loaf",
    headline=Line("Let the Dough Rest", "verbatim", ()),
    hook=Line("A baker on why rest does more for bread than kneading.", "verbatim", ()),
    summary=(),
    insights=(),
    topics=("bread", "patience", "small bakeries"),
    quotes=(QUOTE,),
    reading_minutes=1,
    listening_minutes=30,
    gated=False,
    url="https://example.org/loaf/4",
    audio=None,
    published=None,
    language="en",
)


def shape(maximum: int, hashtags: int = 3) -> Shape:
    def template(name: str, context: Mapping[str, object]) -> str:
        return RENDERER.post(f"social/{name}", context)

    return Shape((Limit(maximum),), hashtags, template)


def test_with_room_a_quote_post_has_everything() -> None:
    post = quote_post(DIGEST, QUOTE, shape(500))
    assert post is not None
    for part in (f"“{WORDS}”", "Ada Krumm", "The Slow Loaf", "12:34", "#t=754", "#SmallBakeries"):
        assert part in post.text


@given(st.integers(20, 400))
def test_a_quote_is_whole_or_not_there_at_all(maximum: int) -> None:
    post = quote_post(DIGEST, QUOTE, shape(maximum))
    if post is None:
        return
    assert f"“{WORDS}”" in post.text
    assert "Ada Krumm" in post.text
    assert "https://example.org/loaf/4#t=754" in post.text
    assert fits(post.text, (Limit(maximum),))


def test_hashtags_give_way_first_then_the_show_then_the_moment() -> None:
    full = quote_post(DIGEST, QUOTE, shape(500))
    assert full is not None
    seen = []
    for maximum in range(len(full.text), 60, -1):
        post = quote_post(DIGEST, QUOTE, shape(maximum))
        if post is None:
            break
        seen.append((post.text.count("#") - 1, "The Slow Loaf" in post.text, "12:34" in post.text))
    assert list(dict.fromkeys(seen)) == [
        (3, True, True),
        (2, True, True),
        (1, True, True),
        (0, True, True),
        (0, False, True),
        (0, False, False),
    ]


def test_a_quote_with_an_alarm_comes_after_one_without() -> None:
    doubtful = replace(QUOTE, text="Nobody needs a mixer.", score=0.9, alarms=("a “but” follows",))
    posts = quote_posts(replace(DIGEST, quotes=(doubtful, QUOTE)), 1, shape(500))
    assert posts[0].quotes[0].text == WORDS


def test_an_episode_post_works_with_nothing_but_a_headline() -> None:
    bare = replace(DIGEST, show=None, hook=None, topics=(), url=None, quotes=())
    post = episode_post(bare, shape(500))
    assert post is not None
    assert post.text == "Let the Dough Rest"


@pytest.mark.parametrize(
    ("topic", "tag"),
    [("AI", "#AI"), ("machine learning", "#MachineLearning"), ("C++", "#C"), ("2026", None), ("!!", None)],
)
def test_a_topic_becomes_a_hashtag_that_platforms_accept(topic: str, tag: str | None) -> None:
    assert hashtag(topic) == tag


def test_a_moment_that_is_not_certain_says_so_and_plays_from_a_little_before() -> None:
    exact, about = Moment(754.0, 760.0), Moment(754.0, 760.0, uncertainty=3.0)
    assert (shown(exact), shown(about)) == ("12:34", "about 12:34")
    assert link("https://example.org/4", exact) == "https://example.org/4#t=754"
    assert link("https://example.org/4#top", about) == "https://example.org/4#t=752"
    assert clock(3723.9) == "1:02:03"
