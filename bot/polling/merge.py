"""Puts an episode together: what its feed says of it, and what was read where the feed points to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.model.episode import Episode


def merged(own: Episode, supplements: Sequence[Episode]) -> Episode:
    """The feed's own word first; what it leaves out comes from the supplements, in their order.

    A supplement is an episode that holds only what was read at one address.
    """
    episode = own
    for other in supplements:
        episode = replace(
            episode,
            transcript=episode.transcript or other.transcript,
            chapters=episode.chapters or other.chapters,
            blurb=episode.blurb or other.blurb,
            summary=episode.summary or other.summary,
            insights=episode.insights or other.insights,
            topics=episode.topics or other.topics,
            people=episode.people or other.people,
            related=episode.related or other.related,
            audio=episode.audio or other.audio,
            duration=episode.duration or other.duration,
            gated=episode.gated or other.gated,
        )
    return episode
