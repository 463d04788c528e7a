"""Digests one episode and drafts its posts; brings a new reading into the drafts that are there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.config import Channel
from bot.digest.episode import digest as digest_of
from bot.drafting import posts
from bot.drafting.payload import freeze, thaw
from bot.drafting.posts import Shape
from bot.errors import FalseQuote, Refused
from bot.house import House
from bot.model.digest import Digest
from bot.model.provenance import EpisodeRef
from bot.model.publication import Kind, Post
from bot.model.states import DraftState
from bot.prepare import cards
from bot.prepare.cards import Dressed, Quoted
from bot.prepare.clips import Recording
from bot.prepare.drafting import Draughts
from bot.prepare.evidence import prove_publication
from bot.quotes.pick import pick
from bot.store import clips, drafts, episodes, events
from bot.store.database import Db, alone
from bot.store.drafts import Draft, NewDraft

ACTOR = "pullquote"
QUOTES_KEPT = 5
# What an editor chose or wrote outlives a new reading of the episode.
_KEPT = {
    "text": "the edited text",
    "quote": "the quote that an editor chose",
    "card": "the card that an editor chose",
    "alt": "the edited alt text",
}
# How many of the newest posts and editions of a show are looked at, so that a line does not come again.
_MEMORY = {Kind.QUOTE_POST: 100, Kind.EDITION: 6}


def prepare_episode(house: House, ref: EpisodeRef, now: datetime, model: Draughts | None = None) -> tuple[int, int]:
    """Digest one revision and draft its posts. Returns how many drafts are new and how many got a new revision.

    `model` is asked for what the source does not give, before anything is written: it may take its time.
    """
    with house.store.read() as db:
        episode = episodes.load(db, ref)
        earlier = _quoted_before(db, ref)
        heard = Recording(house, episode, episodes.locator_of(db, ref.episode))
    quotes = pick(episode, top=QUOTES_KEPT, earlier=earlier, model=house.quote_weights)
    drafted_lines, words = model.drafted(ref, episode) if model is not None else (None, [])
    digest = digest_of(ref, episode, quotes, drafted=drafted_lines)
    wanted = [
        (kind, number, name, *_dressed(house, name, kind, digest, post, heard))
        for name, channel in house.config.channels.items()
        for kind, number, post in _posts(digest, channel, shape(house, name))
    ]
    drafted = revised = 0
    with house.store.write() as db:
        alone(db, f"episode:{ref.episode}")
        if not episodes.is_unprepared(db, ref):
            return 0, 0  # Another worker prepared it meanwhile, or a newer reading of it came in.
        for kind, number, name, dressed, quoted in wanted:
            new = NewDraft(
                key=f"{kind}:{ref.episode}:{name}:{number}",
                kind=kind,
                channel=name,
                title=digest.headline.text,
                payload=freeze(dressed.post),
                episode_id=ref.episode,
            )
            made, changed = _draft(house, db, new, dressed, quoted, now)
            drafted, revised = drafted + made, revised + changed
        for word in words:
            _tell(db, f"episode:{ref.episode}", word.what, word.detail, now)
        episodes.keep_digest(db, digest)
    return drafted, revised


def _quoted_before(db: Db, ref: EpisodeRef) -> tuple[str, ...]:
    """The texts of quotes that ran or are planned for earlier episodes of the same show, on any channel."""
    payloads = [
        payload
        for kind, limit in _MEMORY.items()
        for payload in drafts.quoting(db, ref.episode, kind=kind, limit=limit)
    ]
    spans = [quote for payload in payloads for quote in thaw(payload).quotes if quote.ref.episode != ref.episode]
    return tuple(dict.fromkeys(quote.text for quote in spans))


def shape(house: House, channel: str) -> Shape:
    """What a channel allows its posts to be."""
    return Shape(
        limits=house.channels[channel].limits(),
        hashtags=house.config.channels[channel].hashtags,
        template=lambda name, context: house.renderer.post(f"social/{name}", context),
    )


def _posts(digest: Digest, channel: Channel, allowed: Shape) -> Iterable[tuple[Kind, int, Post]]:
    if Kind.QUOTE_POST in channel.posts:
        for number, post in enumerate(posts.quote_posts(digest, channel.quotes_per_episode, allowed), start=1):
            yield Kind.QUOTE_POST, number, post
    if Kind.EPISODE_POST in channel.posts and (told := posts.episode_post(digest, allowed)) is not None:
        yield Kind.EPISODE_POST, 1, told


def _dressed(
    house: House, channel: str, kind: Kind, digest: Digest, post: Post, heard: Recording
) -> tuple[Dressed, Quoted]:
    """Only what says a quote bears a card or a clip."""
    quoted = Quoted(digest.show, cards.moment_in(digest, post), heard)
    return (cards.dressed(house, channel, post, quoted) if kind is Kind.QUOTE_POST else Dressed(post)), quoted


def _draft(house: House, db: Db, new: NewDraft, dressed: Dressed, quoted: Quoted, now: datetime) -> tuple[int, int]:
    try:
        prove_publication(db, dressed.post)
    except FalseQuote as error:
        _tell(db, f"episode:{new.episode_id}", "post not drafted", str(error), now)
        return 0, 0
    found = drafts.by_key(db, new.key, keep_others_off=True)
    cards.keep(db, dressed.files, at=now)
    if found is None:
        made = drafts.create(db, new, actor=ACTOR, at=now)
        cards.tell_of_fault(house, db, made, dressed, actor=ACTOR, now=now)
        _want_clip(db, made, dressed, now)
        return 1, 0
    if found.state in (DraftState.PUBLISHED, DraftState.REJECTED):
        return 0, 0
    if kept := [_KEPT[field] for field in _KEPT if field in found.edits]:
        _tell(db, f"draft:{found.id}", "source changed", f"the episode was read anew; {kept[0]} was kept", now)
        return 0, 0
    before = thaw(drafts.revision(db, found).payload)
    if dressed.clip_to_come and isinstance(before, Post):
        # It may be cut anew, as the times may be others; until then it is not lost.
        carried = cards.with_clip_of(before, dressed.post, quoted)
        new = replace(new, payload=freeze(carried))
    revised = _revise(db, found, new, now)
    _want_clip(db, found, dressed, now)
    return 0, revised


def _want_clip(db: Db, draft: Draft, dressed: Dressed, now: datetime) -> None:
    if dressed.clip_to_come:
        (quote,) = dressed.post.quotes
        clips.want(db, draft.id, begin=quote.begin, stop=quote.stop, at=now)


def _revise(db: Db, found: Draft, new: NewDraft, now: datetime) -> int:
    try:
        revised = drafts.revise(
            db,
            found,
            payload=new.payload,
            basis=new.basis,
            title=new.title,
            actor=ACTOR,
            at=now,
            note="the episode was read anew",
        )
    except Refused as error:
        # It is going out at this very moment; what goes out is what was approved.
        _tell(db, f"draft:{found.id}", "source changed too late", str(error), now)
        return 0
    return int(revised.revision != found.revision)


def _tell(db: Db, subject: str, what: str, detail: str, now: datetime) -> None:
    events.note(db, at=now, actor=ACTOR, subject=subject, what=what, detail=detail)
