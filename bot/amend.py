"""Puts right in the public archive what an edition said, by a note. The mails and their stored bytes are never touched.

An edition cannot be called back, so this reaches those who read the archive; readers of the mail are told in the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.archive.site import shown
from bot.drafting.pages import edition_path, quote_key, quote_path
from bot.drafting.payload import thaw
from bot.errors import Refused
from bot.house import House
from bot.model.digest import Edition
from bot.model.publication import Kind, Mail, Post
from bot.model.states import DraftState
from bot.prepare.evidence import prove_publication
from bot.store import archive, archive_notes, drafts
from bot.store.archive import Content
from bot.store.archive_notes import ArchiveNote
from bot.store.codec import decode
from bot.store.database import Db
from bot.store.drafts import Draft
from bot.text import fold

LONGEST = 1_000


@dataclass(frozen=True)
class Amended:
    """A note on an edition, as it stands now: on these `pages` (paths; the edition's first), or on them no longer.

    `changed` is False where it stood already. `following` is the draft of the edition that still gathers episodes, with
    its `opener`.
    """

    draft: int
    note: str
    episode: int | None
    pages: tuple[str, ...]
    changed: bool
    following: int | None
    opener: str


@dataclass(frozen=True)
class Amendable:
    """An edition whose archive page (a path) can be put right: the notes that stand on it, and its episodes by their
    headlines. `following` is the draft of the edition that still gathers episodes.
    """

    page: str
    notes: tuple[ArchiveNote, ...]
    episodes: tuple[tuple[int, str], ...]
    following: int | None


def amend(house: House, number: int, note: str, *, episode: int | None, actor: str, now: datetime) -> Amended:
    """Let a note stand on the archive's page of an edition that went out, and on those of its quotes; on those of one
    `episode` only, where one is named. The same note again changes nothing.

    Raises Refused where the archive does not show the edition, and FalseQuote for a quotation that nobody said.
    """
    note = fold(note)
    if not note:
        raise Refused("A correction needs a note: readers should see what was wrong.")
    if len(note) > LONGEST:
        raise Refused(f"The note has {len(note):,} characters; it may have {LONGEST:,}. Say it in fewer words.")
    with house.store.write() as db:
        draft, content = _shown(house, db, number)
        mail = _mail(content)
        there = {each for each, _ in _episodes(content)}
        if episode is not None and episode not in there:
            known = ", ".join(str(each) for each in sorted(there))
            raise Refused(f"Draft {number} holds no episode {episode}. Its episodes are {known}.")
        about = tuple(each for each in mail.episodes if episode in (None, each.episode))
        prove_publication(db, Post(note, None, mail.language, (), about))
        added = archive_notes.add(db, draft, note, episode=episode, actor=actor, at=now)
        return _amended(db, draft, content, note, episode, changed=added)


def take_back(house: House, number: int, note: str, *, episode: int | None, actor: str, now: datetime) -> Amended:
    """Let a note stand no longer; the history keeps it. Raises Refused where no such note stands on the edition."""
    note = fold(note)
    with house.store.write() as db:
        draft, content = _shown(house, db, number)
        if not archive_notes.take_back(db, draft, note, episode=episode, actor=actor, at=now):
            standing = [f"\n- {each.text}{_of(each)}" for each in _standing(db, draft)]
            raise Refused(
                f"No such note stands on draft {number}{f' for episode {episode}' if episode else ''}. "
                + (f"There stand: {''.join(standing)}" if standing else "None does.")
            )
        return _amended(db, draft, content, note, episode, changed=True)


def amendable(house: House, db: Db, draft: Draft) -> Amendable | None:
    """What can be put right of a draft in the archive; None for anything but an edition that is shown there."""
    if draft.kind is not Kind.EDITION or draft.state not in (DraftState.PUBLISHED, DraftState.SCHEDULED):
        return None
    content = _content(db, draft)
    if content is None or draft.newsletter not in shown(house).newsletters:
        return None
    following = _following(db, draft)
    return Amendable(
        edition_path(content.sent.newsletter, content.sent.number),
        tuple(_standing(db, draft)),
        _episodes(content),
        following.id if following else None,
    )


def _shown(house: House, db: Db, number: int) -> tuple[Draft, Content]:
    """An edition that the archive shows; others are kept off it until the transaction ends."""
    draft = drafts.get(db, number, keep_others_off=True)
    if draft.kind is not Kind.EDITION:
        raise Refused(f"Draft {number} is no edition.")
    content = _content(db, draft)
    if content is None and draft.state is DraftState.PUBLISHED:
        raise Refused(f"Draft {number} has no page in the archive, so that no note can stand there.")
    if content is None:
        raise Refused(
            f"Draft {number} is not published; edit it instead.",
            terminal=f"'pullquote drafts edit {number}' does that.",
        )
    if draft.newsletter not in shown(house).newsletters:
        raise Refused(
            f"The newsletter '{draft.newsletter}' has no public archive (archive = false): a note would stand nowhere, "
            "and mails cannot be called back. Put it into the next edition."
        )
    return draft, content


def _content(db: Db, draft: Draft) -> Content | None:
    if draft.newsletter is None or draft.number is None:
        return None
    return archive.content(db, draft.newsletter, draft.number)


def _mail(content: Content) -> Mail:
    mail = thaw(content.payload)
    assert isinstance(mail, Mail)  # noqa: S101 - an edition is one
    return mail


def _episodes(content: Content) -> tuple[tuple[int, str], ...]:
    return tuple((each.ref.episode, each.headline.text) for each in decode(Edition, content.basis).digests)


def _standing(db: Db, draft: Draft) -> list[ArchiveNote]:
    return [each for each in archive_notes.of(db, [draft.id]) if each.taken_back_at is None]


def _of(note: ArchiveNote) -> str:
    return f" (episode {note.episode_id})" if note.episode_id is not None else ""


def _amended(db: Db, draft: Draft, content: Content, note: str, episode: int | None, *, changed: bool) -> Amended:
    quotes = [each for each in _mail(content).quotes if episode in (None, each.ref.episode)]
    identities = archive.identities(db, {each.ref.episode for each in quotes})
    keys = dict.fromkeys(quote_key(identities[each.ref.episode], each.text) for each in quotes)
    pages = (edition_path(content.sent.newsletter, content.sent.number), *(quote_path(each) for each in keys))
    following = _following(db, draft)
    opener = following.edits.get("opener", "") if following else ""
    return Amended(draft.id, note, episode, pages, changed, following.id if following else None, opener)


def _following(db: Db, draft: Draft) -> Draft | None:
    """The edition of the same newsletter that still gathers episodes."""
    return drafts.gathering(db, draft.newsletter) if draft.newsletter is not None else None
