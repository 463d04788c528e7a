"""Conversations written for the tests."""

from __future__ import annotations

from collections.abc import Sequence

from bot.model.episode import Episode, Segment, Transcript

CONVERSATION: Sequence[tuple[str, str]] = (
    ("Host", "Welcome to the Flour Hour podcast. How did you learn to bake?"),
    (
        "Guest",
        "I grew up in a mill, so the dust was my first toy. You should never trust an oven that you have not "
        "cleaned yourself. "
        "My father kept a diary of every loaf. It was a long time ago.",
    ),
    ("Host", "Oh wow, I love that. What should people do who have no time?"),
    (
        "Guest",
        "People always say they have no time, but what they lack is patience. Good bread is mostly waiting, and "
        "waiting costs nothing. "
        "If you can plan a meeting, you can plan a dough. We sold four hundred loaves in the first week. "
        "The biggest mistake is to hurry the second rise.",
    ),
    ("Host", "Right. And did the shop ever fail?"),
    (
        "Guest",
        "Yes, twice. Failure taught me more about flour than any book on the shelf. You need one customer who "
        "tells you the truth. "
        "A bakery is a promise that you make in the dark and keep at breakfast. They closed the street for a year.",
    ),
    ("Host", "Thank you so much for coming. Thanks for listening, and subscribe to the show on Spotify."),
)


def episode(rows: Sequence[tuple[str, str]], *, title: str = "A baker on bread") -> Episode:
    """An episode whose turns last as long as such words take to say."""
    segments, at = [], 0.0
    for speaker, text in rows:
        end = at + len(text) / 15.0
        segments.append(Segment(text, round(at, 2), round(end, 2), speaker))
        at = end
    return Episode(title=title, transcript=Transcript(tuple(segments)))
