"""Tells editors outside the desk what waits for them and what went wrong: each event once, beside the deliveries.

A notice that certainly did not leave is tried a few times; one whose answer was lost is never sent again. A failure is
a line of history and stops nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from bot import noticing, relay, review
from bot.errors import NotSent, Unsent
from bot.house import House
from bot.http import Patience
from bot.ledger import LEASE, next_try, state_after
from bot.model.states import DeliveryState
from bot.noticing import Happened
from bot.platforms.paging import Pager, Told
from bot.platforms.paging_by_mail import ByMail
from bot.store import deliveries, drafts, editor_notices, events
from bot.store.database import Db
from bot.store.editor_notices import NEWS, Fresh, Message
from bot.ways import Ways

_ATTEMPTS = 5
# Nobody waits for a notice; a server that answers slowly is left alone (seconds).
_PATIENCE = Patience(connect=5.0, read=10.0, write=10.0, pool=5.0, total=15.0)
_RELAYING = relay.Patience(connect=5.0, step=10.0, end=20.0, total=30.0)


def notify(house: House, clock: Callable[[], datetime]) -> int:
    """Tell what is new, where the configuration names somebody who wants to hear it. Returns how many were told."""
    pager = house.pager
    if pager is None or not house.may_tell or house.frozen() is not None:
        return 0
    house.store.together(lambda db: _take_up(house, db, clock()))
    with house.store.read() as db:
        waiting = editor_notices.due(db, at=clock())
    if not waiting:
        return 0
    with Ways(_PATIENCE, clock, relaying=_RELAYING) as http:
        return sum(_tell(house, pager, message, http, clock) for message in waiting)


def _take_up(house: House, db: Db, now: datetime) -> None:
    """Write down what is to be told of the events that are new."""
    table = house.config.notices
    wanted = frozenset(table.what) if table is not None else frozenset()
    editor_notices.doubt_what_was_sending(db, before=now - LEASE, at=now)
    found = [_happened(house, db, each, now) for each in editor_notices.fresh(db, at=now)]
    newest = noticing.newest(found)
    told = [
        (each.event, said)
        for each in found
        if each.event in newest and (said := noticing.notice(each, wanted)) is not None
    ]
    taken = {event for event, _ in told}
    editor_notices.take_up(db, told, [each.event for each in found if each.event not in taken], at=now)


def _happened(house: House, db: Db, fresh: Fresh, now: datetime) -> Happened:
    """An event beside how its subject stands now."""
    subject, _, number = fresh.event.subject.partition(":")
    state, of = "", int(number)
    if subject == "delivery":
        delivery = deliveries.get(db, of)
        state, of = delivery.state, delivery.draft_id
    draft = drafts.get(db, of)
    alone, needed = review.by_itself(house, draft), review.approvers(house, draft)
    given = [each.actor for each in drafts.approvals_of(db, draft)] if needed > 1 else []
    return Happened(
        event=fresh.id,
        subject=subject,
        number=int(number),
        what=fresh.what,
        actor=fresh.event.actor,
        detail=fresh.event.detail,
        state=state or draft.state,
        title=draft.title,
        kind=draft.kind,
        channel=draft.channel,
        due=_time(house, draft.newsletter, draft.channel, draft.due_at) if draft.due_at else "",
        by_itself=_time(house, draft.newsletter, draft.channel, max(alone, now)) if alone else "",
        approved=f"{len(given)} of {needed} ({', '.join(given)})" if given else "",
    )


def _time(house: House, newsletter: str | None, channel: str, at: datetime) -> str:
    """A time in the zone of a newsletter or channel."""
    zone = house.zone_of(channel, newsletter)
    return f"{at.astimezone(ZoneInfo(zone)):%a %d %b, %H:%M} ({zone})"


def _tell(house: House, pager: Pager | ByMail, message: Message, http: Ways, clock: Callable[[], datetime]) -> bool:
    """Send one message. Returns whether it was taken."""
    now = clock()
    if now - message.made_at > NEWS:
        _give_up(house, message, DeliveryState.REJECTED, "it is no news any more", now)
        return False
    if not house.store.together(lambda db: editor_notices.begin(db, message, at=now)):
        return False
    notices, public = list(message.notices), house.config.web.public
    told = Told(
        key=f"notice-{message.number}",
        at=message.made_at,
        title=noticing.title(notices),
        text=noticing.text(notices, public),
        notices=message.notices[: noticing.MOST_LINES],
        public=public,
    )
    try:
        pager.tell(told, http)
    except NotSent as failure:
        attempts = message.attempts + 1
        if attempts >= _ATTEMPTS:
            _give_up(house, message, DeliveryState.REJECTED, str(failure), clock())
            return False
        due = next_try(attempts, clock(), failure.retry_after)
        _end(house, message, DeliveryState.PLANNED, str(failure), clock(), due)
        return False
    except Unsent as failure:
        _give_up(house, message, state_after(failure), str(failure), clock())
        return False
    _end(house, message, DeliveryState.ACCEPTED, "", clock(), None)
    return True


def _end(
    house: House, message: Message, state: DeliveryState, reason: str, now: datetime, due: datetime | None
) -> None:
    house.store.together(lambda db: editor_notices.end(db, message.number, state, reason=reason, at=now, due_at=due))


def _give_up(house: House, message: Message, state: DeliveryState, reason: str, now: datetime) -> None:
    """Let a message go, and say so in the history."""

    def record(db: Db) -> None:
        editor_notices.end(db, message.number, state, reason=reason, at=now)
        what = "notice in doubt" if state is DeliveryState.UNKNOWN else "notice not taken"
        events.note(db, at=now, actor="pullquote", subject="house", what=what, detail=reason)

    house.store.together(record)
