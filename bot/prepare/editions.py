"""Keeps the running edition of a newsletter: the slot it is for, the episodes in it, its revision, its announcements.

An edition gathers episodes until it is approved; what comes later belongs to the next. A slot that passes without an
approved edition is settled with a reason that people can read, and its episodes are carried over.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.config import Newsletter
from bot.digest.edition import compose
from bot.drafting import editions, pages, posts
from bot.drafting.payload import freeze
from bot.errors import FalseQuote, Refused, TemplateFault
from bot.house import House
from bot.model.digest import Artwork, Digest, Edition
from bot.model.publication import Kind, Mail, Medium
from bot.model.states import DraftState
from bot.model.subscriber import Length
from bot.prepare.evidence import prove_publication
from bot.prepare.posts import ACTOR, shape
from bot.schedule import occurrences, rhythm
from bot.store import archive, artworks, deliveries, drafts, episodes, events, slots
from bot.store.codec import encode
from bot.store.database import Db, alone
from bot.store.drafts import Draft, NewDraft
from bot.store.slots import Slot, SlotState

# How far back slots are accounted for after a long absence.
_LOOK_BACK = timedelta(days=35)
_NOT_DRAFTED = "edition not drafted"


@dataclass(frozen=True)
class Material:
    """All of the store that an edition is made of. The same material makes the same edition, by the same templates.

    `identities` are those of its episodes where the newsletter has an archive, else None.
    """

    name: str
    number: int
    day: date
    edits: tuple[tuple[str, str], ...]
    digests: tuple[Digest, ...]
    identities: tuple[tuple[int, str], ...] | None
    artwork: tuple[Artwork, ...]


@dataclass(frozen=True)
class Composed:
    """An edition and the mail that it became."""

    edition: Edition
    mail: Mail

    @property
    def payload(self) -> bytes:
        return freeze(self.mail)


def prepare_edition(house: House, name: str, now: datetime) -> tuple[int, int]:
    """Bring the running edition of a newsletter up to date. Returns how many drafts are new and how many revised.

    Raises TemplateFault where it cannot be rendered. Then its draft is held; where there is none its episodes wait.
    """
    try:
        with house.store.write() as db:
            alone(db, f"newsletter:{name}")
            episodes.settle(db, name, at=now)
            slot = _upcoming(db, name, house.config.newsletters[name], now)
            draft = drafts.open_edition(db, name)
            if draft is None:
                return _start(house, db, name, slot, now), 0
            if draft.slot_id != slot.id:
                draft = _carry_over(db, draft, slot, now)
            return 0, _refresh(house, db, draft, now)
    except TemplateFault as fault:
        _hold_unrendered(house, name, fault, now)
        raise


def _hold_unrendered(house: House, name: str, fault: TemplateFault, now: datetime) -> None:
    """Keep an edition as it is until its templates are mended and a person has looked at it."""
    with house.store.write() as db:
        alone(db, f"newsletter:{name}")
        draft = drafts.open_edition(db, name)
        if draft is None:
            detail = f"{fault} The episodes wait until then."
            events.note_new(db, at=now, actor=ACTOR, subject=f"newsletter:{name}", what=_NOT_DRAFTED, detail=detail)
            _upcoming(db, name, house.config.newsletters[name], now)
            return
        reason = f"{fault} Then take it up again (reopen): what you wrote is kept."
        drafts.withdraw(db, draft, to=DraftState.HELD, actor=ACTOR, at=now, reason=reason)


def composed(
    house: House, db: Db, *, name: str, number: int, due: datetime, members: Collection[int], edits: Mapping[str, str]
) -> Composed:
    """An edition of some episodes, with an editor's words in it. Raises Refused where no episode is left."""
    return _made(house, _material(house, db, name=name, number=number, due=due, members=members, edits=edits))


def _material(
    house: House, db: Db, *, name: str, number: int, due: datetime, members: Collection[int], edits: Mapping[str, str]
) -> Material:
    """What `_made` makes an edition of. Raises Refused where no episode is left."""
    left_out = editions.skipped(edits)
    digests = tuple(
        editions.chosen(found, edits)
        for each in sorted(members)
        if each not in left_out and (found := episodes.digest(db, each)) is not None
    )
    if not digests:
        raise Refused("An edition needs at least one episode: reject the draft if nothing is to go out.")
    return Material(
        name=name,
        number=number,
        day=due.astimezone(ZoneInfo(house.config.newsletters[name].zone)).date(),
        edits=tuple(edits.items()),
        digests=digests,
        identities=_identities(house, db, name, digests),
        artwork=_artwork(house, db, name, digests),
    )


def _made(house: House, material: Material) -> Composed:
    """An edition of its material and of nothing else that changes while a house is open, but the templates.

    It is handed neither the store nor the time: `_refresh` relies on that.
    """
    name, day, edits = material.name, material.day, dict(material.edits)
    table = house.config.newsletters[name]
    places, wishes = editions.places(edits), editions.wishes(edits)
    made = compose(
        name,
        table.title,
        material.number,
        day,
        material.digests,
        language=table.language,
        places=places,
        wishes=wishes,
    )
    edition = editions.edited(made, edits)
    edition = replace(_with_pages(house, edition, material), artwork=material.artwork)
    imprint, renderer = house.imprint(name), house.renderer_of(name)
    brief, short, full = (renderer.version(edition, imprint, length) for length in Length)
    mail = Mail(
        sender=table.sender,
        subject=edition.subject.text,
        preheader=edition.preheader.text,
        html=full.html,
        text=full.text,
        language=table.language,
        quotes=editions.quoted(edition),
        episodes=tuple(digest.ref for digest in edition.digests),
        newsletter=name,
        promises=renderer.promises(table.language, rhythm(table.when), day),
        versions=(brief, short),
        stories=editions.stories(edition, edits),
        html_pieces=full.html_pieces,
        text_pieces=full.text_pieces,
    )
    return Composed(edition, mail)


def _identities(house: House, db: Db, name: str, digests: Collection[Digest]) -> tuple[tuple[int, str], ...] | None:
    if house.config.web.public is None or not house.config.newsletters[name].archive:
        return None
    return tuple(sorted(archive.identities(db, {digest.ref.episode for digest in digests}).items()))


def _with_pages(house: House, edition: Edition, material: Material) -> Edition:
    """The edition with the addresses at which it and its quotes will stand, where the newsletter has an archive."""
    public = house.config.web.public
    if material.identities is None:
        return edition
    page = f"{public}{pages.edition_path(material.name, edition.number)}"
    return pages.with_pages(edition, dict(material.identities), lambda path: f"{public}{path}", page=page)


def _artwork(house: House, db: Db, name: str, digests: Collection[Digest]) -> tuple[Artwork, ...]:
    """The pictures of the shows and episodes, where the newsletter shows them and we have copies."""
    if not house.config.newsletters[name].artwork:
        return ()
    shows = {digest.show for digest in digests if digest.show}
    whose = {digest.ref.episode: digest.show or "" for digest in digests}
    own = artworks.of_episodes(db, whose)
    found: list[tuple[str, Medium, int | None]] = [
        *((show, medium, None) for show, medium in sorted(artworks.of(db, shows).items())),
        *((whose[episode], own[episode], episode) for episode in sorted(own)),
    ]
    return tuple(
        Artwork(show, address, medium, episode)
        for show, medium, episode in found
        if (address := house.address_of(medium))
    )


def _upcoming(db: Db, name: str, table: Newsletter, now: datetime) -> Slot:
    """The next slot of a newsletter. What passed unused since the last look is settled with a reason."""
    schedule = f"newsletter:{name}"
    last = slots.latest(db, schedule)
    after = max(min(last.due_at, now), now - _LOOK_BACK) if last else now
    for occurrence in occurrences(table.when, after):
        slot = slots.ensure(db, schedule=schedule, zone=table.zone, occurrence=occurrence, state=SlotState.OPEN)
        if slot.due_at > now:
            break
    else:
        raise Refused(f"The schedule '{table.schedule}' of newsletter '{name}' never comes again; mend it.")
    for passed in slots.past_and_open(db, now):
        why = _why_nothing(db, name, table)
        if passed.schedule == schedule and slots.settle(db, passed, SlotState.SKIPPED, why):
            detail = f"nothing went out on {_on(passed)}: {why}; the next is due on {_on(slot)}"
            _tell(db, f"newsletter:{name}", "slot skipped", detail, now)
    return slot


def _on(slot: Slot) -> str:
    """The time of a slot as people read it: "Thursday 26 November, 09:00 (Europe/Berlin)"."""
    return f"{slot.due_at.astimezone(ZoneInfo(slot.zone)):%A %d %B, %H:%M} ({slot.zone})"


def _why_nothing(db: Db, name: str, table: Newsletter) -> str:
    last = events.last(db, f"newsletter:{name}")
    if last is not None and last.what == _NOT_DRAFTED:
        return "its templates had a fault"
    waiting = len(episodes.waiting_for_edition(db, name, table.min_episodes))
    if not waiting:
        return "no new episodes"
    if waiting >= table.min_episodes:
        return "there was no draft in time"
    return f"only {waiting} new episode{'' if waiting == 1 else 's'}, and min_episodes asks for {table.min_episodes}"


def _carry_over(db: Db, draft: Draft, slot: Slot, now: datetime) -> Draft:
    """An edition whose time has passed without an approval gathers on towards the next one."""
    if draft.slot_id is not None:
        reason = f"edition draft {draft.id} was not approved in time"
        slots.give_up(db, draft.slot_id, SlotState.MISSED, reason)
        _tell(db, f"draft:{draft.id}", "slot missed", f"{reason}; it is carried over to {_on(slot)}", now)
    slots.settle(db, slot, SlotState.TAKEN)
    for announcement in drafts.announcing(db, draft):
        drafts.schedule(db, announcement, slot_id=None, due_at=slot.due_at)
    return drafts.schedule(db, draft, slot_id=slot.id, due_at=slot.due_at)


def _start(house: House, db: Db, name: str, slot: Slot, now: datetime) -> int:
    table = house.config.newsletters[name]
    members = episodes.waiting_for_edition(db, name, table.max_episodes)
    if len(members) < table.min_episodes or slot.state is not SlotState.OPEN:
        return 0
    number = drafts.next_number(db, name)
    made = composed(house, db, name=name, number=number, due=slot.due_at, members=members, edits={})
    slots.settle(db, slot, SlotState.TAKEN)
    draft = drafts.create(
        db,
        NewDraft(
            key=f"{Kind.EDITION}:{name}:{number}",
            kind=Kind.EDITION,
            channel=table.channel,
            title=made.mail.subject,
            payload=made.payload,
            basis=encode(made.edition),
            newsletter=name,
            number=number,
            slot_id=slot.id,
            due_at=slot.due_at,
            state=DraftState.DRAFT if slot.due_at - now > table.review else DraftState.IN_REVIEW,
        ),
        actor=ACTOR,
        at=now,
    )
    drafts.put_in_edition(db, draft, members)
    if (last := events.last(db, f"newsletter:{name}")) is not None and last.what == _NOT_DRAFTED:
        _tell(db, f"newsletter:{name}", "drafted after all", f"draft {draft.id}", now)
    _hold_if_false(db, draft, made.mail, now)
    return 1 + announce(house, db, draft, made.edition, actor=ACTOR, now=now)


def _refresh(house: House, db: Db, draft: Draft, now: datetime) -> int:
    name, number, due = named(draft)
    table = house.config.newsletters[name]
    if draft.state is DraftState.DRAFT and due - now <= table.review:
        draft = drafts.move(db, draft, DraftState.IN_REVIEW, actor=ACTOR, at=now, detail="ready for review")
    if deliveries.in_doubt(db, draft.id):
        return 0
    members = drafts.edition_of(db, draft)
    joining = episodes.waiting_for_edition(db, name, max(0, table.max_episodes - len(members)))
    drafts.put_in_edition(db, draft, joining)
    everybody = [*members, *joining]
    material = _material(house, db, name=name, number=number, due=due, members=everybody, edits=draft.edits)
    of = (draft.id, draft.revision, material, house.renderer_of(name).state())
    if house.editions_made.get(name) == of:
        return 0
    made = _made(house, material)
    revised = drafts.revise(
        db,
        draft,
        payload=made.payload,
        basis=encode(made.edition),
        title=made.mail.subject,
        actor=ACTOR,
        at=now,
        note="episodes joined" if joining else "an episode was read anew",
    )
    if revised.revision == draft.revision:
        # Only now: what was just written may still be undone.
        if of[-1] is not None:
            house.editions_made[name] = of
        return 0
    _hold_if_false(db, revised, made.mail, now)
    announce(house, db, revised, made.edition, actor=ACTOR, now=now)
    return 1


def named(draft: Draft) -> tuple[str, int, datetime]:
    """The newsletter, number and time of an edition. Raises Refused for a draft that is none."""
    if draft.newsletter is None or draft.number is None or draft.due_at is None:
        raise Refused(f"Draft {draft.id} is a post, not an edition.")
    return draft.newsletter, draft.number, draft.due_at


def _hold_if_false(db: Db, draft: Draft, mail: Mail, now: datetime) -> None:
    try:
        prove_publication(db, mail)
    except FalseQuote as error:
        drafts.withdraw(db, draft, to=DraftState.HELD, actor=ACTOR, at=now, reason=str(error))


def announce(house: House, db: Db, draft: Draft, edition: Edition, *, actor: str, now: datetime) -> int:
    """Draft the posts that tell of an edition, or bring them up to date with it. They wait until it is published.

    Returns how many are new. A text that an editor wrote stays.
    """
    name, number, due = named(draft)
    table = house.config.newsletters[name]
    made = 0
    for channel, settings in house.config.channels.items():
        if Kind.EDITION_POST not in settings.posts:
            continue
        allowed = shape(house, channel)
        post = posts.announcement(edition, table.title, table.site or edition.page, allowed, language=table.language)
        if post is None:
            continue
        new = NewDraft(
            key=f"{Kind.EDITION_POST}:{name}:{number}:{channel}",
            kind=Kind.EDITION_POST,
            channel=channel,
            title=f"{table.title} {number}",
            payload=freeze(post),
            due_at=due,
            after_id=draft.id,
        )
        found = drafts.by_key(db, new.key, keep_others_off=True)
        if found is None:
            drafts.create(db, new, actor=actor, at=now)
            made += 1
        elif (
            found.state not in (DraftState.PUBLISHED, DraftState.REJECTED)
            and "text" not in found.edits
            and not deliveries.in_doubt(db, found.id)
        ):
            drafts.revise(
                db,
                found,
                payload=new.payload,
                basis="",
                title=new.title,
                actor=actor,
                at=now,
                note="the edition changed",
            )
    return made


def _tell(db: Db, subject: str, what: str, detail: str, now: datetime) -> None:
    events.note(db, at=now, actor=ACTOR, subject=subject, what=what, detail=detail)
