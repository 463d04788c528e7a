"""The first page of the desk: what needs somebody, what goes out next, what happened; and the big red button."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from bot import deliver, review
from bot.deliver.pace import shut_until
from bot.desk.fields import one_line
from bot.desk.heaps import heaped, told_once
from bot.desk.sessions import Desk, page, to, told
from bot.desk.words import counted, when
from bot.errors import Refused
from bot.model.editor import RIGHTS, Right
from bot.model.states import DeliveryState, DraftState
from bot.store import audiences, deliveries, documents, drafts, events, flags, mailings, receipts, sources, subscribers
from bot.store.deliveries import Delivery
from bot.store.drafts import Draft
from bot.watch import warnings

# What was stopped comes first: its reason is news, while the rest only waits for its turn.
_STOPPED, _WAITS = (DraftState.HELD,), (DraftState.IN_REVIEW, DraftState.CHANGES_REQUESTED)
_SHOWN = 50
_STOPPED_SHOWN = 20
# So many lines of history are looked through, and so many shown of what they say.
_LOOKED_THROUGH, _TOLD = 200, 20


def pages(desk: Desk) -> Blueprint:
    """The pages that show how everything stands."""
    blueprint = Blueprint("today", __name__)

    @blueprint.get("/")
    @desk.needs(Right.READ)
    def today() -> Response:
        house, now, zone = desk.house, desk.now(), g.editor.zone
        with house.store.read() as db:
            waiting = drafts.listed(db, _STOPPED, limit=_STOPPED_SHOWN)
            waiting += drafts.listed(db, _WAITS, limit=_SHOWN - len(waiting))
            needed = {each.id: review.approvers(house, each) for each in waiting}
            signed = {
                each.id: (drafts.approvals_of(db, each) if needed[each.id] > 1 else [], needed[each.id])
                for each in waiting
            }
            gathering = drafts.listed(db, [DraftState.DRAFT], limit=10)
            unsettled = deliveries.needing_somebody(db)
            coming = deliveries.pending(db, limit=_SHOWN)
            sent = {each.id: drafts.get(db, each.draft_id) for each in (*unsettled, *coming)}
            happened = told_once(events.latest(db, _LOOKED_THROUGH))[:_TOLD]
            number, tally = drafts.roughly(db), deliveries.roughly(db)
            aside = documents.set_aside(db)
            held = sources.held(db)
            broken = flags.template_faults(db)
            shut = {name: found for name in house.channels if (found := shut_until(house, db, name, now)) is not None}
        more = sum(number[each] for each in (*_STOPPED, *_WAITS)) - len(waiting)
        return page(
            "today.html",
            waiting=[
                (heap.title, [(each, when(each.due_at, zone, now)) for each in heap.drafts]) for heap in heaped(waiting)
            ],
            more=counted(more) if more > 0 else "",
            signed=signed,
            alone={each.id: when(review.by_itself(house, each), zone, now) for each in waiting},
            gathering=[(each, when(each.due_at, zone, now)) for each in gathering],
            stuck=[each for each in unsettled if not _only_held(each, sent[each.id])],
            coming=[(each, when(each.due_at, zone, now), house.may_send(each.channel)) for each in coming],
            titles={number: each.title for number, each in sent.items()},
            happened=[(each, when(each.event.at, zone, now)) for each in happened],
            tally={state: counted(number) for state, number in tally.items() if number},
            aside=aside,
            held=held,
            broken=broken,
            shut={name: (when(until, zone, now), why) for name, (until, why) in shut.items()},
            warnings=warnings(house, now),
            frozen=house.frozen(),
            live=house.config.live,
            may=lambda right: Right[right] in RIGHTS[g.editor.role],
        )

    @blueprint.post("/freeze")
    @desk.needs(Right.FREEZE)
    def freeze() -> Response:
        reason = one_line("reason", most=300) or "no reason given"
        deliver.freeze(desk.house, reason=reason, actor=g.editor.login, now=desk.now())
        return to("/")

    @blueprint.post("/thaw")
    @desk.needs(Right.FREEZE)
    def thaw() -> Response:
        deliver.release(desk.house, actor=g.editor.login, now=desk.now())
        return to("/")

    @blueprint.get("/deliveries/<int:number>")
    @desk.needs(Right.READ)
    def one(number: int) -> Response:
        return _delivery(desk, number)

    @blueprint.post("/deliveries/<int:number>/<any(there, again):what>")
    @desk.needs(Right.SETTLE)
    def settle(number: int, what: str) -> Response:
        try:
            link = request.form.get("link", "").strip()[:2_000]
            deliver.settle(
                desk.house,
                number,
                there=what == "there",
                actor=g.editor.login,
                now=desk.now(),
                permalink=link if link.startswith("https://") else None,
                remote_id=request.form.get("id", "").strip()[:500] or None,
            )
        except Refused as error:
            return _delivery(desk, number, fault=str(error), status=409)
        return to(f"/deliveries/{number}")

    @blueprint.post("/deliveries/<int:number>/cancel")
    @desk.needs(Right.STOP)
    def cancel(number: int) -> Response:
        reason = one_line("reason", most=500)
        if not reason:
            return _delivery(desk, number, fault="Say why: the reason stands in the history.", status=400)
        try:
            deliver.cancel_mailing(desk.house, number, reason=reason, actor=g.editor.login, now=desk.now())
        except Refused as error:
            return _delivery(desk, number, fault=str(error), status=409)
        return to(f"/deliveries/{number}")

    @blueprint.get("/readers")
    @desk.needs(Right.READ)
    def readers() -> Response:
        with desk.house.store.read() as db:
            tally, barred = subscribers.tally(db), subscribers.suppressed_number(db)
            sent = [(each, receipts.tally(db, each.id), receipts.fates(db, each.id)) for each in mailings.newest(db)]
        return page(
            "readers.html", tally=tally, barred=barred, sent=sent, newsletters=sorted({name for name, _ in tally})
        )

    return blueprint


def _only_held(delivery: Delivery, draft: Draft) -> bool:
    """Whether a delivery waits for nothing but its draft, which stands among those that were stopped."""
    return delivery.state is DeliveryState.HELD and draft.state is DraftState.HELD


def _delivery(desk: Desk, number: int, *, fault: str = "", status: int = 200) -> Response:
    now, zone = desk.now(), g.editor.zone
    try:
        with desk.house.store.read() as db:
            found = deliveries.get(db, number)
            draft = drafts.get(db, found.draft_id)
            history = events.of(db, f"delivery:{number}")
            readers = receipts.tally(db, number) if audiences.gathered(db, number) else {}
            doubtful = found.state is DeliveryState.UNKNOWN
            ending = deliveries.under_way(db, number, at=now)
            goes_on = deliver.by_itself(desk.house, db, found, now) if doubtful else ""
    except Refused as error:
        return told(404, "No such delivery", str(error))
    return page(
        "delivery.html",
        status,
        delivery=found,
        draft=draft,
        history=[(each, when(each.at, zone, now)) for each in history],
        looked=when(found.looked_at, zone, now),
        readers={state: count for state, count in readers.items() if count},
        doubtful=doubtful,
        goes_on=goes_on,
        ending=ending,
        fault=fault,
        may=lambda right: Right[right] in RIGHTS[g.editor.role],
    )
