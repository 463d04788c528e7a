"""Writes the intention to deliver: the exact bytes of every step, under keys of their own, for a time that is free.

Used when a draft is approved, moved to another time, corrected, or put off after a downtime. Sends nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from bot.drafting.likeness import alike, words
from bot.drafting.pages import quote_key
from bot.drafting.payload import thaw
from bot.errors import Refused, WrongField
from bot.house import House, late
from bot.model.publication import Mail, Post, Publication
from bot.model.states import Act, StepKind
from bot.platforms.composing import Composed, compose
from bot.platforms.contract import Platform, Prepares, Uploads
from bot.schedule import Occurrence, occurrences
from bot.store import archive, deliveries, drafts, slots
from bot.store.database import Db
from bot.store.drafts import Draft
from bot.store.steps import NewStep

# How far ahead a free slot is looked for.
SLOTS_AHEAD = 400
# With so many of the newest posts of a channel a new one is compared.
_LINES_KEPT = 2_000
# So many of them are remembered as they are compared: some kilobytes each.
_REMEMBERED = 4_000
# Posts of so long ago stand next to nothing that is planned now.
_LOOK_BACK = timedelta(days=30)


@dataclass(frozen=True)
class Taken:
    """A post that went out on a channel or will: when, and of which episode."""

    due: datetime
    episode: int | None


@dataclass(frozen=True)
class Said:
    """A line that a channel's readers have had or will: `words` are what it is compared by."""

    draft: int
    channel: str
    text: str
    words: tuple[str, ...]


def intend(
    house: House,
    db: Db,
    draft: Draft,
    now: datetime,
    *,
    act: Act = Act.PUBLISH,
    corrects: int | None = None,
    corrects_text: int = 1,
) -> Draft:
    """Write what will be sent of an approved draft at its time. Raises Refused for what its channel cannot publish."""
    if draft.due_at is None:
        raise Refused(f"Draft {draft.id} has no time.")
    platform = platform_of(house, draft.channel)
    content = drafts.revision(db, draft)
    key = f"{draft.kind}-{draft.id}-{content.hash[:12]}"
    publication = thaw(content.payload)
    body, steps = written(platform, publication, act=act, key=key, at=draft.due_at)
    deliveries.plan(
        db,
        key=key,
        draft_id=draft.id,
        revision=content.number,
        channel=draft.channel,
        body=body,
        due_at=draft.due_at,
        late_at=late(house, draft.channel, draft.newsletter, draft.due_at),
        at=now,
        steps_of=steps,
        act=act,
        corrects=corrects,
        corrects_text=corrects_text,
    )
    if act is Act.PUBLISH:
        _note_quotations(db, draft, content.number, publication)
    return draft


def written(
    platform: Platform, publication: Publication, *, act: Act, key: str, at: datetime
) -> tuple[bytes, tuple[NewStep, ...]]:
    """The bytes of a delivery and its steps, if it has more than the one. Pure; raises Refused."""
    if act is Act.DELETE:
        return b"delete", ()
    composed = compose(platform, publication, key=key, at=at)
    return composed.pieces[0].body, _steps(platform, composed)


def platform_of(house: House, channel: str) -> Platform:
    if channel not in house.channels:
        raise Refused(f"The channel '{channel}' is in the configuration no more; put it back, or reject the draft.")
    return house.channels[channel]


def take_free_slot(house: House, db: Db, draft: Draft, now: datetime) -> Draft:
    """Give a post the next free slot of its channel that does not stand next to another post of its episode.

    Where every free slot does, because nothing else is planned, one that is `apart` from it. Raises Refused.
    """
    channel = house.config.channels[draft.channel]
    taken = posts_of(db, draft.channel, now, besides=draft.id)
    full = _full_days(taken, channel.per_day, channel.zone)
    ahead = [pair for pair in _ahead(house, draft.channel, now) if _day(pair[1].due, channel.zone) not in full]
    strict = [pair for pair in ahead if not _in_a_row(taken, pair[1].due, draft.episode_id)]
    loose = [pair for pair in ahead if not _in_a_row(taken, pair[1].due, draft.episode_id, apart=channel.apart)]
    # A slot that is taken may be among either: the looser ones come after the stricter, not only instead of them.
    for zone, occurrence in (*strict, *loose):
        slot = slots.take_first_free(db, schedule=f"channel:{draft.channel}", zone=zone, occurrence=occurrence)
        if slot is not None:
            return drafts.schedule(db, draft, slot_id=slot.id, due_at=slot.due_at)
    raise Refused(
        f"Channel '{draft.channel}' has no free slot among its next {SLOTS_AHEAD}; add times to its slots "
        f"(now {', '.join(at.strftime('%H:%M') for at in channel.slots)}),",
        page="or approve it to go out at once.",
        terminal="or approve with --now.",
    )


def take_slot(house: House, db: Db, draft: Draft, due: datetime, now: datetime) -> Draft:
    """Give a post the slot of its channel at an instant that an editor chose. Raises Refused where it is not free."""
    channel = house.config.channels[draft.channel]
    zone, occurrence = next(
        (pair for pair in _ahead(house, draft.channel, now) if pair[1].due == due), (channel.zone, None)
    )
    if occurrence is None:
        raise WrongField(
            f"Channel '{draft.channel}' has no slot at {due.isoformat()}; choose one of its slots to come.", field="due"
        )
    if _day(due, channel.zone) in _full_days(
        posts_of(db, draft.channel, now, besides=draft.id), channel.per_day, channel.zone
    ):
        raise Refused(
            f"Channel '{draft.channel}' has its {channel.per_day} posts of that day (per_day): choose another day."
        )
    slot = slots.take_first_free(db, schedule=f"channel:{draft.channel}", zone=zone, occurrence=occurrence)
    if slot is None:
        raise Refused(f"The slot at {due.isoformat()} of channel '{draft.channel}' is taken: choose another.")
    return drafts.schedule(db, draft, slot_id=slot.id, due_at=slot.due_at)


def refuse_a_full_day(house: House, db: Db, draft: Draft, now: datetime) -> None:
    """Raise Refused where a channel has had its posts of this day already."""
    channel = house.config.channels[draft.channel]
    full = _full_days(posts_of(db, draft.channel, now, besides=draft.id), channel.per_day, channel.zone)
    if _day(now, channel.zone) in full:
        raise Refused(
            f"Channel '{draft.channel}' has its {channel.per_day} posts of this day (per_day).",
            page="Approve it for its time, not at once; or raise per_day.",
            terminal="Approve without --now, or raise per_day.",
        )


def refuse_a_repetition(db: Db, draft: Draft, publication: Publication) -> None:
    """Raise Refused for a line that ran on this channel before or will, also in other words."""
    if isinstance(publication, Mail) or draft.kind not in drafts.LINES:
        return
    mine = words(line_of(publication))
    for other in lines_on(db, draft.channel, besides=draft.id):
        if alike(mine, other.words):
            raise Refused(
                f"Draft {draft.id} says what draft {other.draft} says on channel '{draft.channel}' "
                f"(“{_shortened(other.text)}”): take another quote, or reject it."
            )


def lines_on(db: Db, channel: str, *, besides: int, limit: int = _LINES_KEPT) -> Iterator[Said]:
    """What the newest posts of a channel say, those that went out and those on their way, newest first."""
    for other in drafts.lines_of(db, channel, besides=besides, limit=limit):
        found = _line(bytes(other.payload))
        if found is not None:
            yield Said(other.draft_id, channel, *found)


@lru_cache(maxsize=_REMEMBERED)
def _line(payload: bytes) -> tuple[str, tuple[str, ...]] | None:
    """What a frozen post says and its words as they are compared; None for a mail. Pages ask the same ones again."""
    post = thaw(payload)
    if not isinstance(post, Post):
        return None
    text = line_of(post)
    return text, words(text)


def line_of(post: Post) -> str:
    """What a post says: its quotations, or its own text where it has none."""
    return " ".join(each.text for each in post.quotes) or "\n".join(each.text for each in post.whole)


def posts_of(db: Db, channel: str, now: datetime, *, besides: int) -> list[Taken]:
    """The posts of a channel in the order of their times, those of the last weeks and all that are planned."""
    found = drafts.scheduled_on(db, channel, since=now - _LOOK_BACK)
    return sorted(
        (Taken(each.due_at, each.episode_id) for each in found if each.due_at is not None and each.id != besides),
        key=lambda each: each.due,
    )


def _note_quotations(db: Db, draft: Draft, revision: int, publication: Publication) -> None:
    """Note where quotes will stand, so that the page of each is there as soon as readers have the link to it."""
    if not publication.quotes:
        return
    identities = archive.identities(db, {quote.ref.episode for quote in publication.quotes})
    keys = [quote_key(identities[quote.ref.episode], quote.text) for quote in publication.quotes]
    archive.keep_quotations(db, draft.id, revision, keys)


def _steps(platform: Platform, composed: Composed) -> tuple[NewStep, ...]:
    ahead = composed.media if composed.media and isinstance(platform, Uploads) else ()
    if not ahead and len(composed.pieces) == 1 and not isinstance(platform, Prepares):
        return ()
    return (
        *(NewStep(StepKind.UPLOAD, each.sha256) for each in ahead),
        *(NewStep(StepKind.TEXT, each.key, each.body) for each in composed.pieces),
    )


def _ahead(house: House, channel: str, now: datetime) -> list[tuple[str, Occurrence]]:
    found = [
        (each.zone, occurrence)
        for each in house.config.channels[channel].schedules
        for occurrence in islice(occurrences(each, now), SLOTS_AHEAD)
    ]
    return sorted(found, key=lambda pair: pair[1].due)[:SLOTS_AHEAD]


def _in_a_row(taken: Sequence[Taken], due: datetime, episode: int | None, *, apart: timedelta | None = None) -> bool:
    """Whether the post before or the one after would be of the same episode (and nearer than `apart`)."""
    if episode is None:
        return False
    place = bisect_left(taken, due, key=lambda each: each.due)
    neighbours = (*taken[max(0, place - 1) : place], *taken[place : place + 1])
    return any(each.episode == episode and (apart is None or abs(each.due - due) < apart) for each in neighbours)


def _full_days(taken: Sequence[Taken], per_day: int | None, zone: str) -> set[date]:
    if per_day is None:
        return set()
    number = Counter(_day(each.due, zone) for each in taken)
    return {day for day, posts in number.items() if posts >= per_day}


def _day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def _shortened(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"
