"""Composes a publication for a platform: what holds for every platform is refused here, then each text becomes bytes.

Pure. Called when a draft is approved and again at the moment of sending, so that both mean the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import Refused
from bot.model.choices import at_length
from bot.model.publication import Mail, Medium, Post, Publication
from bot.model.subscriber import Length
from bot.platforms.contract import Edits, Platform, Threads
from bot.platforms.facts import CardBy, MediaLimit
from bot.platforms.letters import Letters
from bot.text import count, fits


@dataclass(frozen=True)
class Piece:
    """One text of a post on its way: the bytes under a key of its own."""

    key: str
    body: bytes


@dataclass(frozen=True)
class Composed:
    """A publication as one platform will get it. `media` are all that its pieces bear, each once, in their order."""

    pieces: tuple[Piece, ...]
    media: tuple[Medium, ...] = ()


def compose(platform: Platform, publication: Publication, *, key: str, at: datetime) -> Composed:
    """The pieces to publish; `at` is the time of the first, each other a second later, so that they sort.

    Raises Refused, in words for an editor, for whatever cannot be published here as it is.
    """
    if type(publication) not in platform.takes:
        kind = "newsletters" if isinstance(publication, Mail) else "posts"
        raise Refused(f"The platform '{platform.name}' takes no {kind}; send it through another channel.")
    if isinstance(publication, Mail):
        if isinstance(platform, Letters):
            # Readers get those too: whatever speaks against one of them has to show now.
            for each in publication.versions:
                platform.compose(at_length(publication, Length(each.length)), key=key, at=at)
        return Composed((Piece(key, platform.compose(publication, key=key, at=at)),))
    if (fault := fault_of(platform, publication)) is not None:
        raise Refused(fault)
    pieces = []
    for number, post in enumerate(publication.whole):
        own = part_key(key, number)
        pieces.append(Piece(own, platform.compose(post, key=own, at=at + timedelta(seconds=number))))
    return Composed(tuple(pieces), media_of(platform, publication))


def part_key(key: str, number: int) -> str:
    """The key of a thread's text: the delivery's own for the first (0), one of its own for each other."""
    return f"{key}-p{number + 1}" if number else key


def media_of(platform: Platform, post: Post) -> tuple[Medium, ...]:
    """Every medium that has to reach the platform for this post."""
    found = [medium for each in post.whole for medium in each.media]
    if post.card is not None and post.card.image is not None and platform.facts.card is CardBy.US:
        found.append(post.card.image)
    return tuple({each.sha256: each for each in found}.values())


def fault_of(platform: Platform, post: Post) -> str | None:
    """Why a post cannot be published on a platform as it is, with what to do; None where nothing speaks against it."""
    return next(_faults(platform, post), None)


def may_edit(platform: Platform, *, published: datetime, now: datetime) -> bool:
    """Whether a post that was published then can still be changed."""
    limit = platform.facts.edit_within
    return isinstance(platform, Edits) and (limit is None or now - published < limit)


def _faults(platform: Platform, post: Post) -> Iterator[str]:
    facts, name = platform.facts, platform.name
    if post.parts and not isinstance(platform, Threads):
        yield f"'{name}' has no threads; bring it into one text, or reject the draft."
    if post.warning and not facts.warnings:
        yield f"'{name}' has no content warnings; take the warning out, or say it in the text."
    if post.quoting is not None and not facts.quoting:
        yield f"'{name}' cannot show another post within one; link to it in the text."
    for number, each in enumerate(post.whole, start=1):
        where = f"Text {number} of {len(post.whole)}" if post.parts else "The text"
        yield from _of_text(platform, each, where)
        yield from _of_media(platform, each)


def _of_text(platform: Platform, post: Post, where: str) -> Iterator[str]:
    text = post.text.strip()
    if not text and not post.media:
        yield f"{where} is empty; a post without text cannot be sent; reject the draft instead."
    if _halves(text):
        yield f"{where} holds half of a character (a lone surrogate); type it anew."
    elif not fits(text, platform.limits()):
        beyond = [each for each in platform.limits() if count(text, each) > each.maximum]
        said = " and ".join(f"{count(text, each)} of {each.maximum} {each.unit.words}" for each in beyond)
        yield f"{where} is too long for {platform.name}: {said}. Shorten it."


def _halves(text: str) -> bool:
    """Whether a text holds lone surrogates, which no encoding can bear."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _of_media(platform: Platform, post: Post) -> Iterator[str]:
    facts, name = platform.facts, platform.name
    if facts.needs_media and not post.media:
        kinds = " or ".join(f"{each.kind}" for each in facts.media)
        yield f"'{name}' takes only posts with a medium ({kinds}); add one, or leave this channel out."
    for medium in post.media:
        limit = facts.limit(medium.kind)
        if limit is None:
            yield f"'{name}' takes no {medium.kind}; take it out of the post."
            continue
        if not medium.alt.strip():
            yield f"A {medium.kind} has no alt text; say in words what it shows, for who cannot see or hear it."
        if facts.alt is not None and len(medium.alt) > facts.alt:
            yield f"An alt text has {len(medium.alt)} characters; '{name}' takes {facts.alt}. Shorten it."
        yield from _of_medium(name, medium, limit)
    if len(post.media) > facts.together > 0:
        yield f"'{name}' takes {facts.together} media in one post, not {len(post.media)}; take some out."
    for limit in facts.media:
        if (number := sum(each.kind is limit.kind for each in post.media)) > limit.number:
            yield f"'{name}' takes {limit.number} of {limit.kind} in one post, not {number}; take some out."


def _of_medium(name: str, medium: Medium, limit: MediaLimit) -> Iterator[str]:
    if medium.mime not in limit.mimes:
        yield f"'{name}' takes {medium.kind} as {', '.join(limit.mimes)}, not as {medium.mime}; convert it."
    if medium.size > limit.size:
        yield f"The {medium.kind} has {medium.size:,} bytes; '{name}' takes {limit.size:,}. Make it smaller."
    if medium.duration is not None and limit.duration is not None and medium.duration > limit.duration:
        yield f"The {medium.kind} runs {medium.duration:g} seconds; '{name}' takes {limit.duration:g}. Cut it."
    for side, most in ((medium.width, limit.width), (medium.height, limit.height)):
        if side is not None and most is not None and side > most:
            yield f"The {medium.kind} is {side} pixels long on one side; '{name}' takes {most}. Scale it down."
    if medium.width and medium.height and limit.pixels is not None and medium.width * medium.height > limit.pixels:
        yield f"The {medium.kind} has {medium.width * medium.height:,} pixels; '{name}' takes {limit.pixels:,}."
