"""Deciding on a draft by a link, without an account: exactly one revision, once, within some days.

The link stands for whoever it was made for, and for whoever made it. Opening it changes nothing: programs that look
through mail open every link. It is over when it was used, when its time has passed, when the draft says something
else, and when its maker may not approve any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import review
from bot.errors import Over, Refused
from bot.house import House
from bot.model.editor import RIGHTS, Right
from bot.store import drafts, editors, links
from bot.store.database import Db
from bot.store.drafts import OPEN, Draft, Revision
from bot.store.editors import Editor
from bot.store.links import Link

LASTS = timedelta(hours=72)
LONGEST = timedelta(days=14)
_LONGEST_NAME = 60
# So many remarks one link may leave.
_REMARKS = 20


@dataclass(frozen=True)
class Opened:
    """What a link that works shows."""

    link: Link
    draft: Draft
    content: Revision

    @property
    def actor(self) -> str:
        """How the history calls who decides by it."""
        return f"{review.BY_LINK}{self.link.name}"


def make(
    house: House, number: int, *, token: str, name: str, actor: str, now: datetime, lasts: timedelta = LASTS
) -> Link:
    """Make a link to what a draft holds now, for somebody. Raises Refused."""
    named = " ".join(name.split())
    if not named or len(named) > _LONGEST_NAME:
        raise Refused(f"Say whom the link is for, in at most {_LONGEST_NAME} characters: the history will name them.")
    if not timedelta(minutes=1) <= lasts <= LONGEST:
        raise Refused(f"A link works for a minute at least and for {LONGEST.days} days at most.")
    with house.store.write() as db:
        draft = drafts.get(db, number)
        if draft.state not in OPEN:
            raise Refused(f"Draft {number} is {draft.state}; a link is made for what waits for a decision.")
        content = drafts.revision(db, draft)
        links.make(db, token=token, content=content, name=named, made_by=actor, at=now, lasts=lasts)
        made = links.by_token(db, token)
        assert made is not None  # noqa: S101 - it was just written
        return made


def opened(db: Db, token: str, *, now: datetime) -> Opened | None:
    """What a link shows; None where there is no such link. Raises Over."""
    link = links.by_token(db, token)
    if link is None:
        return None
    draft = drafts.get(db, link.draft_id)
    content = drafts.revision(db, draft)
    if (why := over(link, content.hash, editors.by_login(db, link.made_by), now)) is not None:
        raise Over(why)
    return Opened(link, draft, content)


def over(link: Link, present: str, maker: Editor | None, now: datetime) -> str | None:
    """Why a link works no more, in a sentence, or None. `present` is the hash of what the draft holds now. Pure.

    `maker` is None for a link that was made by command.
    """
    if link.used_at is not None:
        return f"It was used at {link.used_at:%d %B, %H:%M} UTC: {link.used_for}."
    if link.expires_at <= now:
        return f"It worked until {link.expires_at:%d %B, %H:%M} UTC."
    if link.hash != present:
        return "The draft was changed since the link was made. What you were asked about does not exist any more."
    if maker is not None and (maker.closed_at is not None or Right.APPROVE not in RIGHTS[maker.role]):
        return f"{link.made_by}, who made it, may not approve any more."
    return None


def approve(house: House, token: str, *, now: datetime) -> Draft:
    """Approve what the link shows, and use it up. Raises Over, Refused; then the link stays as it was."""
    with house.store.write() as db:
        found = _used(db, token, what="approved", now=now)
        return review.approve_within(
            house,
            db,
            found.draft.id,
            actor=found.actor,
            vouched_by=found.link.made_by,
            seen=found.link.hash,
            now=now,
        )


def hold(house: House, token: str, *, reason: str, now: datetime) -> Draft:
    """Hold the draft, and use the link up. Raises Over, Refused; then the link stays as it was."""
    if not reason:
        raise Refused("Say why: the reason stands in the history.")
    with house.store.write() as db:
        found = _used(db, token, what="held", now=now)
        return review.hold_within(db, found.draft.id, reason=reason, actor=found.actor, now=now)


def say(house: House, token: str, text: str, *, now: datetime) -> None:
    """Leave a remark for the editors; the link stays. Raises Over, Refused."""
    if not text:
        raise Refused("There is nothing to say in this.")
    with house.store.write() as db:
        found = _known(db, token, now=now)
        number = found.draft.id
        mine = [each for each in editors.remarks(db, number) if each.actor == found.actor]
        if len(mine) >= _REMARKS:
            raise Refused(f"You said {_REMARKS} things of this draft; talk to {found.link.made_by} yourself.")
        editors.remark(db, draft=number, revision=found.content.number, actor=found.actor, text=text, at=now)


def _known(db: Db, token: str, *, now: datetime) -> Opened:
    found = opened(db, token, now=now)
    if found is None:
        raise Over("There is no such link.")
    return found


def _used(db: Db, token: str, *, what: str, now: datetime) -> Opened:
    found = _known(db, token, now=now)
    if not links.use(db, found.link, what=what, at=now):
        raise Over("It was used a moment ago.")
    return found
