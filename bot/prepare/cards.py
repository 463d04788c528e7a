"""Gives quote posts their cards and clips: which channel wants one, what it says, and the file that the store keeps.

One that cannot be made never loses its post: it goes without, or is held where it may not, with the reason. A clip
takes long and is made beside the passes (`bot.prepare.cutting`), unless an editor asked for it and waits.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from bot.drafting import moments
from bot.errors import Refused, Unheard
from bot.house import House
from bot.media.alt import alt_of
from bot.media.card import JPEG, PNG, Drawn, Look, draw
from bot.media.look import FORMATS, LANDSCAPE, Format
from bot.model.card import Words
from bot.model.digest import Digest
from bot.model.publication import Card, MediaKind, Medium, Post
from bot.model.quote import Moment
from bot.model.states import DraftState
from bot.platforms.cards import card_of
from bot.platforms.composing import fault_of
from bot.platforms.contract import Platform
from bot.platforms.facts import CardBy, MediaLimit
from bot.prepare.clips import Recording
from bot.store import drafts, events, media
from bot.store.database import Db
from bot.store.drafts import Draft

# What an editor may choose for one post: a size, the picture of the link's card, a clip, or nothing at all.
NONE, LINK = "none", "link"
CLIPS = {"video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}
CHOICES = (*FORMATS, LINK, *CLIPS, NONE)
_NAMELESS = "the episode names neither a speaker nor a show to stand beside the words."
# Channels follow each other with the same line: so many of the newest cards are not drawn again.
_DRAWN_KEPT = 8
SIZES = tuple((each.name, each.width, each.height) for each in FORMATS.values())


@dataclass(frozen=True)
class Dressed:
    """A post with what it bears. `files` are to be kept with it; `fault` says why it lacks a card.

    `clip_to_come` says that it bears its card only until its clip is made.
    """

    post: Post
    files: tuple[Drawn, ...] = ()
    fault: str = ""
    clip_to_come: bool = False


@dataclass(frozen=True)
class Quoted:
    """What there is beside the words of a quote: its show, its second, and its recording where clips may be cut of it.

    `approximately` says that an editor wants a clip though its second is not known exactly.
    """

    show: str | None
    moment: Moment | None
    recording: Recording | None = None
    approximately: bool = False


def dressed(house: House, channel: str, post: Post, quoted: Quoted, *, choice: str = "") -> Dressed:
    """A post of one quote with what its channel asks for, or an editor chose (one of `CHOICES`).

    Where the channel's clip cannot be made, it is its card; where it can, it is its card until then.
    """
    bare, faults, to_come = _undressed(post), [], False
    if len(post.quotes) != 1:
        return Dressed(bare)
    for wanted in (choice,) if choice else _wanted(house, channel, bare, quoted):
        if wanted == NONE:
            break
        try:
            if not choice and wanted in CLIPS:
                _refuse_a_clip_in_vain(house, channel, bare, quoted, CLIPS[wanted])
                to_come = True
                continue
            bearing, file = _with(house, channel, bare, quoted, wanted)
        except Refused as error:
            faults.append(_fault(wanted, error))
            continue
        return Dressed(bearing, (file,), " ".join(faults), to_come)
    return Dressed(bare, (), " ".join(faults), to_come)


def with_clip(house: House, channel: str, post: Post, quoted: Quoted) -> Dressed:
    """A post of one quote with its channel's clip. Raises Refused where there can be none. Takes long."""
    wanted = house.config.channels[channel].clips
    try:
        bearing, file = _with(house, channel, _undressed(post), quoted, wanted)
    except Unheard:
        raise
    except Refused as error:
        raise Refused(_fault(wanted, error)) from None
    return Dressed(bearing, (file,))


def with_what(bears: Post, post: Post) -> Post:
    """A post with the card or clip that another revision of it bears."""
    image = bears.card.image if bears.card is not None else None
    if image is not None and image.says:
        return _bearing(_undressed(post), image, link=True)
    return replace(_undressed(post), media=bears.media)


def described(post: Post, alt: str) -> Post:
    """A post with another alt text of its only picture, sound or film."""
    image = post.card.image if post.card is not None else None
    if post.card is not None and image is not None:
        return replace(post, card=replace(post.card, image=replace(image, alt=alt)))
    return replace(post, media=tuple(replace(each, alt=alt) for each in post.media))


def with_clip_of(before: Post, post: Post, quoted: Quoted) -> Post:
    """A post as it is, with the clip that an earlier revision of it bears and that says and shows just the same."""
    if len(before.media) != 1 or len(post.quotes) != 1 or before.media[0].kind not in CLIPS.values():
        return post
    said = words(post, quoted)
    same = before.media[0].says == (said.quote,) and before.media[0].alt == alt_of(said)
    return _bearing(_undressed(post), before.media[0], link=False) if same else post


def _fault(wanted: str, error: Refused) -> str:
    return f"No {'clip' if wanted in CLIPS else 'card'} was made: {error}"


def _with(house: House, channel: str, bare: Post, quoted: Quoted, wanted: str) -> tuple[Post, Drawn]:
    """The post with what is wanted, and its file. Raises Refused where it cannot be made or the platform refuses it."""
    platform, said = house.channels[channel], words(bare, quoted)
    if not (said.speaker or said.show):
        raise Refused(_NAMELESS)
    if wanted in CLIPS:
        drawn = _clip(house, channel, bare, quoted, CLIPS[wanted])
    else:
        drawn = _fitting(platform, said, LANDSCAPE if wanted == LINK else FORMATS[wanted], house)
    bearing = _bearing(bare, medium_of(drawn, said), link=wanted == LINK)
    if (fault := fault_of(platform, bearing)) is not None and fault != fault_of(platform, bare):
        raise Refused(fault)
    return bearing, drawn


def _refuse_a_clip_in_vain(house: House, channel: str, post: Post, quoted: Quoted, kind: MediaKind) -> None:
    said = words(post, quoted)
    if not (said.speaker or said.show):
        raise Refused(_NAMELESS)
    recording, _ = _recording(house, channel, quoted, kind)
    recording.refuse_in_vain(post.quotes[0], quoted.moment)


def _recording(house: House, channel: str, quoted: Quoted, kind: MediaKind) -> tuple[Recording, MediaLimit]:
    limit = house.channels[channel].facts.limit(kind)
    if limit is None:
        raise Refused(f"'{house.channels[channel].name}' takes no {kind}.")
    if quoted.recording is None:
        raise Refused("a clip of another quote is only cut when an editor asks for it.")
    return quoted.recording, limit


def _clip(house: House, channel: str, post: Post, quoted: Quoted, kind: MediaKind) -> Drawn:
    recording, limit = _recording(house, channel, quoted, kind)
    return recording.clip(
        kind,
        post.quotes[0],
        quoted.moment,
        words(post, quoted),
        FORMATS[house.config.channels[channel].card_size],
        mimes=limit.mimes,
        approximately=quoted.approximately,
    )


def with_card_of_words(post: Post) -> Post:
    """A post whose text was edited: the title of a link card of ours follows the text, its picture stays."""
    if post.card is None or post.card.image is None or not post.card.image.says:
        return post
    return _bearing(replace(post, card=None), post.card.image, link=True)


def needs_card(platform: Platform) -> bool:
    """Whether a post cannot go out there without a picture."""
    return platform.facts.needs_media and platform.facts.limit(MediaKind.IMAGE) is not None


def words(post: Post, quoted: Quoted) -> Words:
    """What stands on the card of a post of one quote."""
    (quote,) = post.quotes
    return Words(quote.text, quote.speaker, quoted.show, moments.shown(quoted.moment), post.language)


def moment_in(digest: Digest, post: Post) -> Moment | None:
    """When the quote of a post was said, as its episode's digest has it."""
    spans = {(each.begin, each.stop): each.moment for each in digest.quotes}
    return spans.get((post.quotes[0].begin, post.quotes[0].stop)) if len(post.quotes) == 1 else None


def tell_of_fault(house: House, db: Db, draft: Draft, dressed: Dressed, *, actor: str, now: datetime) -> None:
    """Tell why a draft lacks its card or clip; it is held where it cannot go without one."""
    if not dressed.fault:
        return
    without = needs_card(house.channels[draft.channel]) and not dressed.post.media
    if without and draft.state is not DraftState.HELD:
        drafts.withdraw(db, draft, to=DraftState.HELD, actor=actor, at=now, reason=dressed.fault)
    else:
        what = "no clip" if dressed.post.borne else "no card"
        events.note(db, at=now, actor=actor, subject=f"draft:{draft.id}", what=what, detail=dressed.fault)


def keep(db: Db, files: tuple[Drawn, ...], *, at: datetime) -> None:
    for each in files:
        media.keep(db, each.content, mime=each.mime, at=at)


def medium_of(drawn: Drawn, said: Words) -> Medium:
    return Medium(
        MediaKind(drawn.mime.partition("/")[0]),
        drawn.mime,
        hashlib.sha256(drawn.content).hexdigest(),
        len(drawn.content),
        alt_of(said),
        drawn.width,
        drawn.height,
        drawn.duration,
        says=(said.quote,) if said.quoted else (),
    )


def _wanted(house: House, channel: str, post: Post, quoted: Quoted) -> tuple[str, ...]:
    """What the channel's settings ask for, the first of it that can be made."""
    table, platform = house.config.channels[channel], house.channels[channel]
    takes_pictures = platform.facts.limit(MediaKind.IMAGE) is not None
    link = LINK if platform.facts.card is CardBy.US and post.link is not None else NONE
    match table.cards:
        case "never":
            card = NONE
        case "always":
            card = table.card_size if takes_pictures else link
        case _ if needs_card(platform):
            card = table.card_size
        case "link":
            card = link
        case _:
            card = NONE
    return (table.clips, card) if table.clips != "never" and quoted.recording is not None else (card,)


def _fitting(platform: Platform, said: Words, form: Format, house: House) -> Drawn:
    """The card as a file that the platform takes: PNG, whose letters are crisp, or JPEG."""
    look, limit = house.look(said.show), platform.facts.limit(MediaKind.IMAGE)
    if limit is None or PNG in limit.mimes:
        drawn = _drawn(said, form, look, PNG)
        if limit is None or len(drawn.content) <= limit.size:
            return drawn
    return _drawn(said, form, look, JPEG)


@lru_cache(maxsize=_DRAWN_KEPT)
def _drawn(said: Words, form: Format, look: Look, mime: str) -> Drawn:
    return draw(said, form, look, mime=mime)


def _bearing(post: Post, medium: Medium, *, link: bool) -> Post:
    if not link:
        return replace(post, media=(medium,))
    card = card_of(post) or Card(post.quotes[0].text)
    return replace(post, card=replace(card, image=medium))


def _undressed(post: Post) -> Post:
    """The post without a card of ours: media that an editor gave it stay."""
    kept = tuple(each for each in post.media if not each.says)
    ours = post.card is not None and post.card.image is not None and bool(post.card.image.says)
    return replace(post, media=kept, card=None if ours else post.card)
