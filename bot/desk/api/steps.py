"""The steps of a draft: approve, hold, reject, send back, take up again, another time, another slot."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field

from bot import agenda, review
from bot.desk.api.operations import Call, operation
from bot.desk.api.shapes import Due, Given, Reason, Sent
from bot.desk.api.shown import DONE, DraftWhole, now_whole
from bot.model.editor import Right
from bot.model.scope import Scope
from bot.store import drafts


class Approve(Sent):
    """Which content you looked at, by its hash or the first 8 signs of it or more."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}]}
    )
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")]
    at_once: Annotated[bool, Field(description="Send it at the next pass, not at its time.")] = False


@operation("POST", "/drafts/<int:number>/approve", scope=Scope.APPROVE)
def approve_draft(call: Call, number: int, body: Approve) -> DraftWhole:
    """Approve exactly the content that you looked at; with the last approval that it needs, its delivery is planned.

    To approve twice is the same as once. Where two people have to, two tokens of one editor are one person.
    """
    review.approve_once(call.house, number, actor=call.actor, now=call.now, seen=body.hash, at_once=body.at_once)
    return now_whole(call, number)


class Why(Sent):
    """The reason, which stands in the history."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "the guest asked us to wait"}]})
    reason: Reason


@operation("POST", "/drafts/<int:number>/hold", scope=Scope.DRAFTS_WRITE, right=Right.STOP)
def hold_draft(call: Call, number: int, body: Why) -> DraftWhole:
    """Stop a draft until somebody takes it up again; its approval is void."""
    review.hold(call.house, number, reason=_line(body.reason), actor=call.actor, now=call.now)
    return now_whole(call, number)


@operation("POST", "/drafts/<int:number>/reject", scope=Scope.DRAFTS_WRITE, right=Right.STOP)
def reject_draft(call: Call, number: int, body: Why) -> DraftWhole:
    """Decide that a draft never goes out. The episodes of a rejected edition come in the next one."""
    review.reject(call.house, number, reason=_line(body.reason), actor=call.actor, now=call.now)
    return now_whole(call, number)


@operation("POST", "/drafts/<int:number>/request-changes", scope=Scope.DRAFTS_WRITE, right=Right.STOP)
def request_changes(call: Call, number: int, body: Why) -> DraftWhole:
    """Send a draft back with what is to be changed."""
    review.request_changes(call.house, number, reason=_line(body.reason), actor=call.actor, now=call.now)
    return now_whole(call, number)


@operation("POST", "/drafts/<int:number>/reopen", scope=Scope.DRAFTS_WRITE, right=Right.STOP)
def reopen_draft(call: Call, number: int) -> DraftWhole:
    """Put a held or rejected draft, or one that was sent back, before the editors again."""
    review.reopen(call.house, number, actor=call.actor, now=call.now)
    return now_whole(call, number)


class When(Sent):
    """A time to come, with its offset."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"due": "2030-01-10T17:45:00+01:00"}]})
    due: Due


@operation("POST", "/drafts/<int:number>/reschedule", scope=Scope.APPROVE)
def reschedule_draft(call: Call, number: int, body: When) -> DraftWhole:
    """Give a draft another time; an approval stays, because the content is the same."""
    review.reschedule(call.house, number, due=body.due, actor=call.actor, now=call.now)
    return now_whole(call, number)


class SlotShown(Given):
    due: AwareDatetime
    conflicts: Annotated[list[str], Field(description="What would be wrong with it there.")]


class Slots(Given):
    items: list[SlotShown]


@operation("GET", "/drafts/<int:number>/slots", scope=Scope.DRAFTS_READ)
def list_slots(call: Call, number: int) -> Slots:
    """List the free slots that a post can be moved to, in the weeks to come."""
    with call.house.store.read() as db:
        draft = drafts.get(db, number)
        found = agenda.agenda(call.house, db, call.now)
    movable = draft.newsletter is None and draft.after_id is None and draft.state not in DONE
    free = agenda.free_for(found, draft) if movable else ()
    return Slots(items=[SlotShown.model_validate(each) for each in free])


@operation("POST", "/drafts/<int:number>/slot", scope=Scope.APPROVE)
def move_to_slot(call: Call, number: int, body: When) -> DraftWhole:
    """Give a post the free slot of its channel at that time, and its old slot back; an approval stays."""
    review.move_to_slot(call.house, number, due=body.due, actor=call.actor, now=call.now)
    return now_whole(call, number)


def _line(reason: str) -> str:
    return " ".join(reason.split())


OPERATIONS = (
    approve_draft,
    hold_draft,
    reject_draft,
    request_changes,
    reopen_draft,
    reschedule_draft,
    list_slots,
    move_to_slot,
)
