"""Writes the posts of an episode and of an edition for one channel: as much as fits, and never a quote cut short.

What gives way, in this order, when a platform's limit is tight: hashtags from the last to the first, then the hook,
then the show's name, then the speaker's moment; at last the next best quote is tried. The quote itself, its speaker
and the link never give way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import regex

from bot.drafting import moments
from bot.model.digest import Digest, Edition
from bot.model.publication import Post, QuotedSpan
from bot.model.quote import Quote
from bot.text import Limit, fits

Template = Callable[[str, Mapping[str, object]], str]

# So many headlines at the most: those of the top of an edition, or its first where it has none.
_HEADLINES = 3
_TAG = regex.compile(r"[^\p{L}\p{N}]+")


@dataclass(frozen=True)
class Shape:
    """What a channel allows: its limits, how many hashtags at the most, and the templates that write its posts."""

    limits: tuple[Limit, ...]
    hashtags: int
    template: Template


def quote_post(digest: Digest, quote: Quote, shape: Shape) -> Post | None:
    """The post of one quote, or None where even its shortest form is too long for the channel."""
    address = moments.link(digest.url, quote.moment)
    for tags, extras in _levels(digest.topics, shape.hashtags, ("show", "moment")):
        text = shape.template(
            "quote.txt",
            {
                "quote": {
                    "text": quote.text,
                    "speaker": quote.speaker,
                    "moment": moments.shown(quote.moment) if "moment" in extras else None,
                },
                "episode": _episode(digest, extras),
                "hashtags": tags,
                "link": address,
            },
        )
        if fits(text, shape.limits):
            span = QuotedSpan(digest.ref, quote.begin, quote.stop, quote.text, quote.speaker, quote.trims)
            return Post(text, address, digest.language, (span,), (digest.ref,))
    return None


def quote_posts(digest: Digest, number: int, shape: Shape) -> tuple[Post, ...]:
    """Posts of the best quotes of an episode that fit the channel, `number` at the most.

    Quotes that a person should look at twice come after those without an alarm.
    """
    ranked = sorted(digest.quotes, key=lambda quote: bool(quote.alarms))
    written = (quote_post(digest, quote, shape) for quote in ranked)
    return tuple(post for post in written if post is not None)[:number]


def episode_post(digest: Digest, shape: Shape) -> Post | None:
    """The post that tells of an episode: headline, hook, link; None where even the headline does not fit."""
    for tags, extras in _levels(digest.topics, shape.hashtags, ("hook", "show")):
        context = {"episode": _episode(digest, extras), "hashtags": tags, "link": digest.url}
        text = shape.template("episode.txt", context)
        if fits(text, shape.limits):
            return Post(text, digest.url, digest.language, (), (digest.ref,))
    return None


def announcement(edition: Edition, title: str, link: str | None, shape: Shape, *, language: str) -> Post | None:
    """The post that tells of a new edition: its number, its subject and its first headlines."""
    first = edition.top or edition.digests[:_HEADLINES]
    headlines = [each.headline.text for each in first if each.headline.text != edition.subject.text]
    for kept in range(len(headlines), -1, -1):
        context = {
            "newsletter": title,
            "number": edition.number,
            "subject": edition.subject.text,
            "headlines": headlines[:kept],
            "hashtags": [],
            "link": link,
        }
        text = shape.template("announcement.txt", context)
        if fits(text, shape.limits):
            return Post(text, link, language, (), tuple(digest.ref for digest in edition.digests))
    return None


def hashtag(topic: str) -> str | None:
    """A topic as a hashtag, words run together in capitals ("machine learning" → "#MachineLearning")."""
    words = [word for word in _TAG.split(topic) if word]
    joined = words[0] if len(words) == 1 else "".join(word[:1].upper() + word[1:] for word in words)
    # A tag of digits only is no tag on any platform.
    return f"#{joined}" if joined and not joined.isdigit() else None


def _levels(
    topics: tuple[str, ...], hashtags: int, extras: tuple[str, ...]
) -> Iterator[tuple[list[str], frozenset[str]]]:
    """What to put in, from everything to nothing: first hashtags give way one by one, then the extras."""
    tags = [tag for tag in (hashtag(topic) for topic in topics if topic) if tag][:hashtags]
    for kept in range(len(tags), 0, -1):
        yield tags[:kept], frozenset(extras)
    for dropped in range(len(extras) + 1):
        yield [], frozenset(extras[dropped:])


def _episode(digest: Digest, extras: frozenset[str]) -> dict[str, object]:
    return {
        "headline": digest.headline.text,
        "show": digest.show if "show" in extras else None,
        "hook": digest.hook.text if digest.hook and "hook" in extras else None,
        "url": digest.url,
    }
