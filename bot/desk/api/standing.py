"""How everything stands: what needs somebody, what goes out next, channels, the calendar; the brake; one's token."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field

from bot import agenda, deliver, review
from bot.agenda import Entry
from bot.deliver.pace import shut_until
from bot.desk.api.deliveries import DeliveryListed
from bot.desk.api.operations import Call, operation
from bot.desk.api.shapes import Asked, Given, Name, Number, Reason, Sent
from bot.desk.api.shown import DraftListed, LineShown
from bot.desk.standing import lines_of
from bot.desk.words import When
from bot.model.editor import Role
from bot.model.publication import Kind
from bot.model.scope import Scope
from bot.model.states import DeliveryState, DraftState
from bot.store import deliveries, documents, drafts, events, sources
from bot.watch import warnings

_NEEDS = (DraftState.IN_REVIEW, DraftState.CHANGES_REQUESTED, DraftState.HELD)
_SHOWN = 50
_HAPPENED = 30


class Warned(Given):
    """Something about a channel that somebody should see to."""

    channel: str
    said: str


class Shut(Given):
    """A channel that sends nothing for some time, and why."""

    channel: str
    until: AwareDatetime
    reason: str


class Waiting(DraftListed):
    """A draft that needs somebody."""

    approved_by_itself_at: Annotated[AwareDatetime | None, Field(description="Unless somebody stops it before.")]


class Status(Given):
    """What needs somebody, what goes out next, what happened."""

    live: Annotated[bool, Field(description="Whether anything leaves the machine.")]
    frozen: Annotated[str | None, Field(description="Why nothing goes out; null where things go out.")]
    waiting: Annotated[list[Waiting], Field(description="Drafts that need somebody, those due first first.")]
    stuck: Annotated[list[DeliveryListed], Field(description="Deliveries that do not go on by themselves.")]
    coming: Annotated[list[DeliveryListed], Field(description="What is approved, in the order of its time.")]
    shut: list[Shut]
    warnings: list[Warned]
    set_aside: Annotated[list[str], Field(description="Documents that could not be read, each with what to do.")]
    held_items: Annotated[int, Field(description="Items of feeds that wait for somebody.")]
    drafts: dict[DraftState, int]
    deliveries: Annotated[dict[DeliveryState, int], Field(description="Together they are all that were ever planned.")]
    happened: list[LineShown]


@operation("GET", "/status", scope=Scope.STATUS_READ)
def read_status(call: Call) -> Status:
    """Read what needs somebody, what goes out next, and what happened."""
    house, now = call.house, call.now
    with house.store.read() as db:
        waiting = [
            Waiting(
                **DraftListed.model_validate(each).model_dump(), approved_by_itself_at=review.by_itself(house, each)
            )
            for each in drafts.listed(db, _NEEDS, limit=_SHOWN)
        ]
        shut = [
            Shut(channel=name, until=found[0], reason=found[1])
            for name in house.channels
            if (found := shut_until(house, db, name, now)) is not None
        ]
        return Status(
            live=house.config.live,
            frozen=house.frozen(db),
            waiting=waiting,
            stuck=[DeliveryListed.model_validate(each) for each in deliveries.needing_somebody(db)],
            coming=[DeliveryListed.model_validate(each) for each in deliveries.pending(db, limit=_SHOWN)],
            shut=shut,
            warnings=[Warned.model_validate(each) for each in warnings(house, now)],
            set_aside=[each.message for each in documents.set_aside(db)],
            held_items=len(sources.held(db)),
            drafts=drafts.tally(db),
            deliveries=deliveries.tally(db),
            happened=[LineShown.model_validate(each) for each in events.latest(db, _HAPPENED)],
        )


class Freeze(Sent):
    """Why; everybody will see it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "the news turned"}]})
    reason: Annotated[Reason, Field(max_length=300)]


class Brake(Given):
    """Whether anything goes out, and the deliveries that wait because nothing does."""

    frozen: str | None
    stopped: list[DeliveryListed]


@operation("POST", "/freeze", scope=Scope.FREEZE)
def freeze(call: Call, body: Freeze) -> Brake:
    """Let nothing go out any more, at once."""
    reason = " ".join(body.reason.split())
    stopped = deliver.freeze(call.house, reason=reason, actor=call.actor, now=call.now)
    return Brake(frozen=call.house.frozen(), stopped=[DeliveryListed.model_validate(each) for each in stopped])


@operation("POST", "/thaw", scope=Scope.FREEZE)
def thaw(call: Call) -> Brake:
    """Let things go out again. What has become too late meanwhile is held, not sent.

    `frozen` still says why where the file FREEZE in the data folder is there too.
    """
    return Brake(frozen=deliver.release(call.house, actor=call.actor, now=call.now), stopped=[])


class ChannelShown(Given):
    """A channel as it stands; its settings are in the configuration file, and secrets nowhere."""

    name: str
    platform: str
    known: Annotated[bool, Field(description="Whether it could be set up from the configuration.")]
    sends: Annotated[bool, Field(description="Whether it sends at all, as things are configured.")]
    posts: list[Kind]
    approval: Annotated[str, Field(description="“person”, or “auto”: approved by itself unless somebody stops it.")]
    approvers: int
    zone: str
    next: Annotated[list[AwareDatetime], Field(description="Its next free times.")]
    shut_until: AwareDatetime | None
    shut_reason: str | None
    checked_at: Annotated[AwareDatetime | None, Field(description="When its account was tried last, read-only.")]
    check_fault: Annotated[bool | None, Field(description="Whether something was wrong then.")]
    check_said: str | None
    credential_ends_at: AwareDatetime | None
    warnings: list[str]
    abilities: list[str]


class Channels(Given):
    items: list[ChannelShown]


@operation("GET", "/channels", scope=Scope.STATUS_READ)
def list_channels(call: Call) -> Channels:
    """List the channels as they stand, with what the last look at each account found."""
    return Channels(
        items=[
            ChannelShown(
                name=each.name,
                platform=each.platform,
                known=each.known,
                sends=each.sends,
                posts=list(each.settings.posts),
                approval=each.settings.approval,
                approvers=each.settings.approvers,
                zone=each.settings.zone,
                next=[found for at in each.next if (found := _at(at)) is not None],
                shut_until=_at(each.shut[0]) if each.shut else None,
                shut_reason=each.shut[1] if each.shut else None,
                checked_at=_at(each.checked),
                check_fault=each.checkup.fault if each.checkup else None,
                check_said=each.checkup.said if each.checkup else None,
                credential_ends_at=_at(each.ends),
                warnings=list(each.warnings),
                abilities=list(each.abilities),
            )
            for each in lines_of(call.house, "UTC", call.now)
        ]
    )


class EntryShown(Given):
    """One time of a channel or newsletter, and what stands there."""

    due: AwareDatetime
    lane: Annotated[str, Field(description="The name of the channel or newsletter.")]
    newsletter: bool
    draft: Annotated[DraftListed | None, Field(description="Null where nothing stands there.")]
    slot: Annotated[bool, Field(description="Whether it is a slot, or a time that somebody chose.")]
    free: bool
    closed: Annotated[str, Field(description="Why an empty slot cannot be taken.")]
    conflicts: list[str]


class Calendar(Given):
    """The weeks to come, in order of time; `waiting` are the drafts that have no time yet."""

    entries: list[EntryShown]
    waiting: list[DraftListed]


class CalendarAsked(Asked):
    lane: Annotated[Name | None, Field(description="Only this channel or newsletter.")] = None
    days: Annotated[Number, Field(le=28, description="So many days from now.")] = 28


@operation("GET", "/calendar", scope=Scope.DRAFTS_READ)
def read_calendar(call: Call, query: CalendarAsked) -> Calendar:
    """Read what stands in which slot in the weeks to come, and what stands in each other's way."""
    with call.house.store.read() as db:
        found = agenda.agenda(call.house, db, call.now, ahead=timedelta(days=query.days))
    wanted = query.lane
    return Calendar(
        entries=[_entry(each) for each in found.entries if wanted is None or each.lane == wanted],
        waiting=[
            DraftListed.model_validate(each)
            for each in found.waiting
            if wanted is None or wanted in (each.channel, each.newsletter)
        ],
    )


class TokenShown(Given):
    """The token that this request bears."""

    name: str
    editor: str
    role: Role
    scopes: Annotated[list[Scope], Field(description="What it opens as its editor's role stands now.")]
    expires_at: AwareDatetime


@operation("GET", "/token", scope=None)
def read_token(call: Call) -> TokenShown:
    """Read what the token of this request opens, and until when; any token will do."""
    holder = call.holder
    return TokenShown(
        name=holder.token.name,
        editor=holder.editor.login,
        role=holder.editor.role,
        scopes=sorted(holder.scopes),
        expires_at=holder.token.expires_at,
    )


def _entry(entry: Entry) -> EntryShown:
    return EntryShown(
        due=entry.due,
        lane=entry.lane,
        newsletter=entry.newsletter,
        draft=DraftListed.model_validate(entry.draft) if entry.draft is not None else None,
        slot=entry.slot,
        free=entry.free,
        closed=entry.closed,
        conflicts=list(entry.conflicts),
    )


def _at(when: When | None) -> datetime | None:
    return datetime.fromisoformat(when.iso) if when is not None else None


OPERATIONS = (read_status, freeze, thaw, list_channels, read_calendar, read_token)
