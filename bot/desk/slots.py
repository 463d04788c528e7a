"""The calendar: what stands in each slot of the weeks to come, and moving a post into another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, g, request

from bot import agenda, review
from bot.agenda import Entry
from bot.desk.heaps import heaped
from bot.desk.sessions import Desk, page, to, told
from bot.desk.words import When, when
from bot.errors import Refused
from bot.model.editor import RIGHTS, Right
from bot.model.states import DraftState
from bot.store import drafts

_WEEK = 7
# So many posts of a day are shown among the weeks; the day by itself shows them all.
_SHOWN = 8
_WAITING = 50
_FIXED = (DraftState.PUBLISHED, DraftState.REJECTED)


@dataclass(frozen=True)
class Day:
    """One day of the editor's zone. `stands` are the times with a draft, `open` the free slots, `closed` the others."""

    day: date
    stands: tuple[tuple[Entry, When | None], ...]
    open: tuple[tuple[Entry, When | None], ...]
    closed: tuple[tuple[Entry, When | None], ...]


def pages(desk: Desk) -> Blueprint:
    """The pages of the calendar."""
    blueprint = Blueprint("slots", __name__)

    @blueprint.get("/calendar")
    @desk.needs(Right.READ)
    def calendar() -> Response:
        now, zone = desk.now(), str(g.editor.zone)
        lanes = agenda.lanes(desk.house)
        wanted = request.args.get("of", "")
        with desk.house.store.read() as db:
            found = agenda.agenda(desk.house, db, now)
        entries = [each for each in found.entries if not wanted or each.lane == wanted]
        overdue = [each for each in entries if each.due < now]
        one_day = _asked_day()
        today = now.astimezone(ZoneInfo(zone)).date()
        if one_day is not None:
            overdue = []
            entries = [each for each in entries if each.due.astimezone(ZoneInfo(zone)).date() == one_day]
        waiting = [each for each in found.waiting if not wanted or wanted in (each.channel, each.newsletter)]
        return page(
            "calendar.html",
            weeks=_weeks([each for each in entries if each.due >= now], zone, now, start=one_day or today),
            overdue=[(each, when(each.due, zone, now)) for each in overdue],
            waiting=heaped(waiting[:_WAITING]),
            waiting_more=len(waiting[_WAITING:]),
            lanes=sorted({lane.name for lane in lanes}),
            wanted=wanted,
            one_day=one_day,
            most=None if one_day is not None else _SHOWN,
            zone=zone,
            conflicts=sum(bool(each.conflicts) for each in entries),
            free=sum(each.free for each in entries),
            today=today,
            may=lambda right: Right[right] in RIGHTS[g.editor.role],
        )

    @blueprint.get("/drafts/<int:number>/slot")
    @desk.needs(Right.READ)
    def slot(number: int) -> Response:
        return _slot(desk, number)

    @blueprint.post("/drafts/<int:number>/slot")
    @desk.needs(Right.APPROVE)
    def move(number: int) -> Response:
        try:
            due = datetime.fromisoformat(request.form.get("due", ""))
        except ValueError:
            return _slot(desk, number, fault="Choose one of the slots.", status=400)
        if due.tzinfo is None:
            return _slot(desk, number, fault="Choose one of the slots.", status=400)
        try:
            review.move_to_slot(desk.house, number, due=due, actor=g.editor.login, now=desk.now())
        except Refused as error:
            return _slot(desk, number, fault=str(error), status=409)
        return to("/calendar")

    return blueprint


def _asked_day() -> date | None:
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return None
    # The last week there is has no Sunday.
    return day if day.year < date.max.year else None


def _slot(desk: Desk, number: int, *, fault: str = "", status: int = 200) -> Response:
    now, zone = desk.now(), str(g.editor.zone)
    try:
        with desk.house.store.read() as db:
            draft = drafts.get(db, number)
            found = agenda.agenda(desk.house, db, now)
    except Refused as error:
        return told(404, "No such draft", str(error))
    movable = draft.newsletter is None and draft.after_id is None and draft.state not in _FIXED
    free = agenda.free_for(found, draft) if movable else ()
    return page(
        "slot.html",
        status,
        draft=draft,
        due=when(draft.due_at, zone, now),
        zone=zone,
        free=[(each, when(each.due, zone, now)) for each in free],
        movable=movable,
        fault=fault,
        may=lambda right: Right[right] in RIGHTS[g.editor.role],
    )


def _weeks(entries: Sequence[Entry], zone: str, now: datetime, *, start: date) -> list[list[Day]]:
    """Whole weeks from Monday on, from that of `start` to the last in which there is something to show."""
    local = ZoneInfo(zone)
    of_day: dict[date, list[Entry]] = {}
    for each in entries:
        of_day.setdefault(each.due.astimezone(local).date(), []).append(each)
    first = start - timedelta(days=min(start.weekday(), (start - date.min).days))
    last = max([first, *of_day])
    days = [first + timedelta(days=number) for number in range((last - first).days // _WEEK * _WEEK + _WEEK)]
    made = [_day(day, of_day.get(day, []), zone, now) for day in days]
    return [made[at : at + _WEEK] for at in range(0, len(made), _WEEK)]


def _day(day: date, entries: Sequence[Entry], zone: str, now: datetime) -> Day:
    timed = [(each, when(each.due, zone, now)) for each in entries]
    return Day(
        day,
        tuple(pair for pair in timed if pair[0].draft is not None),
        tuple(pair for pair in timed if pair[0].free),
        tuple(pair for pair in timed if pair[0].draft is None and not pair[0].free),
    )
