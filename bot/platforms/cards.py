"""The card behind a post's link, for platforms on which whoever posts must bring it."""

from __future__ import annotations

from urllib.parse import urlsplit

from bot.model.publication import Card, Post
from bot.text import URL, fold, shorten

_TITLE = 120
_DESCRIPTION = 240


def card_of(post: Post) -> Card | None:
    """The card that was made for a post, or one of its own first two lines outside quotations; None without a link."""
    if post.link is None or post.card is not None:
        return post.card if post.link is not None else None
    text = post.text
    for quote in post.quotes:
        text = text.replace(quote.text, "\n")
    lines = [fold(URL.sub("", line)).strip("“”\"«»„'•—–- ") for line in text.splitlines()]
    words = [line for line in lines if line and not all(word.startswith(("#", "＃")) for word in line.split())]
    title = shorten(words[0], _TITLE) if words else host(post.link) or post.link
    return Card(title, shorten(words[1], _DESCRIPTION) if len(words) > 1 else "")


def host(uri: str) -> str:
    """The host of an address, "" where it has none."""
    try:
        return urlsplit(uri).hostname or ""
    except ValueError:
        return ""
