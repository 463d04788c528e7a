"""Makes the clips that drafts wait for, beside everything else: however slow a recording is, nothing is late for it.

What was approved is never touched: a clip comes into a draft that is still before the editors, as a new revision, or
not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.drafting.payload import freeze, thaw
from bot.errors import Refused, Unheard
from bot.house import House
from bot.media.workshop import Ended
from bot.model.publication import Post
from bot.model.states import DraftState
from bot.prepare import cards
from bot.prepare.cards import Dressed, Quoted
from bot.prepare.clips import recording
from bot.prepare.evidence import prove_publication
from bot.quotes.timing import moment
from bot.store import clips, drafts, episodes, events
from bot.store.clips import WantedClip
from bot.store.database import Db
from bot.store.drafts import Draft

ACTOR = "pullquote"
# A recording that cannot be fetched is asked for so often, each time later.
_TRIES, _LATER = 3, timedelta(minutes=10)
# Who works at a clip for longer is dead, and another takes it up.
_LEASE = timedelta(minutes=10)
_BEFORE_EDITORS = (*drafts.OPEN, DraftState.HELD)


def make_clips(house: House, clock: Callable[[], datetime], *, within: timedelta | None = None) -> int:
    """Make the clips that are wanted, one after the other. Returns how many drafts have one now.

    `within` says after how long no other is begun; None goes on to the last one, or until the workshop is closed.
    """
    begun, made = clock(), 0
    while within is None or clock() - begun <= within:
        with house.store.read() as db:
            wanted = clips.next_due(db, at=clock())
        if wanted is None:
            break
        if not house.store.together(partial(clips.claim, clip=wanted, until=clock() + _LEASE)):
            continue  # Another worker has it.
        try:
            made += _make(house, wanted, clock)
        except Ended:
            house.store.together(partial(clips.put_off, clip=wanted, tries=wanted.tries, until=clock()))
            break
    return made


def awaited(db: Db, draft: Draft, post: Post) -> bool:
    """Whether a clip of this very post is still to be made."""
    wanted = clips.of(db, draft.id)
    return wanted is not None and _stands(draft, post, wanted)


def _stands(draft: Draft, post: Post, wanted: WantedClip) -> bool:
    """Whether a draft still waits for that clip: it says that quote, and nobody approved it or chose something else."""
    said = [(each.begin, each.stop) for each in post.quotes] == [(wanted.begin, wanted.stop)]
    ours = "card" not in draft.edits and all(each.says for each in post.media)
    return said and ours and draft.state in _BEFORE_EDITORS


def _make(house: House, wanted: WantedClip, clock: Callable[[], datetime]) -> bool:
    with house.store.read() as db:
        found = _waiting(house, db, wanted)
        if found is not None:
            draft, post = found
            (span,) = post.quotes
            heard, digest = recording(house, db, span.ref), episodes.digest(db, span.ref.episode)
    if found is None or wanted.tries >= _TRIES:
        why = "" if found is None else "No clip was made: each try was broken off."
        house.store.together(lambda db: _give_up(db, wanted, why, clock()))
        return False
    transcript = heard.episode.transcript
    said_at = moment(transcript, span.begin, span.stop) if transcript is not None else None
    quoted = Quoted(digest.show if digest is not None else None, said_at, heard)
    try:
        dressed = cards.with_clip(house, draft.channel, post, quoted)
    except Unheard as error:
        if wanted.tries + 1 < _TRIES:
            until = clock() + _LATER * (wanted.tries + 1)
            house.store.together(lambda db: clips.put_off(db, wanted, tries=wanted.tries + 1, until=until))
            return False
        dressed = _without(house, draft, post, quoted, f"No clip was made: {error}")
    except Refused as error:
        dressed = _without(house, draft, post, quoted, str(error))
    try:
        with house.store.write() as db:
            return _put_in(house, db, wanted, dressed, clock())
    except Refused as error:
        why = str(error)
    house.store.together(lambda db: _give_up(db, wanted, why, clock()))
    return False


def _waiting(house: House, db: Db, wanted: WantedClip, *, keep_others_off: bool = False) -> tuple[Draft, Post] | None:
    """The draft that waits for a clip, and what it says now; None where it does not wait any more."""
    draft = drafts.get(db, wanted.draft_id, keep_others_off=keep_others_off)
    post = thaw(drafts.revision(db, draft).payload)
    channel = house.config.channels.get(draft.channel)
    if not isinstance(post, Post) or channel is None or draft.channel not in house.channels:
        return None
    return (draft, post) if channel.clips in cards.CLIPS and _stands(draft, post, wanted) else None


def _without(house: House, draft: Draft, post: Post, quoted: Quoted, why: str) -> Dressed:
    """The post with its card, which it bears already unless an earlier reading of its episode had a clip."""
    card = cards.dressed(house, draft.channel, post, Quoted(quoted.show, quoted.moment))
    return Dressed(card.post, card.files, " ".join(each for each in (why, card.fault) if each))


def _put_in(house: House, db: Db, wanted: WantedClip, dressed: Dressed, now: datetime) -> bool:
    """Give a draft its clip, unless it changed while that was made. Raises Refused where it cannot be changed."""
    found = _waiting(house, db, wanted, keep_others_off=True)
    if found is None:
        _give_up(db, wanted, "", now)
        return False
    draft, post = found
    bearing = cards.with_what(dressed.post, post)
    if (alt := draft.edits.get("alt")) and len(bearing.borne) == 1:
        bearing = cards.described(bearing, alt)
    prove_publication(db, bearing)
    clips.done(db, wanted)
    cards.keep(db, dressed.files, at=now)
    note = "its clip could not be made" if dressed.fault else "its clip was made"
    revised = drafts.revise(
        db, draft, payload=freeze(bearing), basis="", title=draft.title, actor=ACTOR, at=now, note=note
    )
    cards.tell_of_fault(house, db, revised, replace(dressed, post=bearing), actor=ACTOR, now=now)
    return not dressed.fault


def _give_up(db: Db, wanted: WantedClip, why: str, now: datetime) -> None:
    """Make no clip, and tell why, if a person does not know."""
    clips.done(db, wanted)
    draft = drafts.get(db, wanted.draft_id)
    if draft.state in (DraftState.APPROVED, DraftState.SCHEDULED, DraftState.PUBLISHED) and not why:
        why = "It was approved before its clip was made, and goes out as it was approved."
    if why:
        events.note(db, at=now, actor=ACTOR, subject=f"draft:{draft.id}", what="no clip", detail=why)
