"""Deliveries with their evidence, a person's word on those in doubt, and what became of editions for their readers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from bot import deliver
from bot.desk.api.operations import Call, operation
from bot.desk.api.shapes import Asked, Given, Name, Number, Sent
from bot.desk.api.shown import DeliveryBrief, LineShown
from bot.errors import Missing
from bot.model.scope import Scope
from bot.model.states import DeliveryState, Fate, RecipientState
from bot.store import audiences, deliveries, drafts, events, mailings, receipts
from bot.store.database import Db
from bot.store.deliveries import Delivery


class DeliveryListed(DeliveryBrief):
    """A delivery as lists show it."""

    draft_id: int
    attempts: int
    remote_id: Annotated[str | None, Field(description="The service's own id of it.")]
    changed_at: AwareDatetime


class Deliveries(Given):
    """Deliveries, the one that was planned last first."""

    items: list[DeliveryListed]
    next: Annotated[int | None, Field(description="Give it as `before` for the following ones; null at the end.")]


class DeliveriesAsked(Asked):
    state: Annotated[
        tuple[DeliveryState, ...], Field(description="Only in these states; may be given several times.")
    ] = ()
    channel: Name | None = None
    before: Annotated[Number | None, Field(description="The `next` of the page before.")] = None
    limit: Annotated[Number, Field(le=100)] = 50


@operation("GET", "/deliveries", scope=Scope.STATUS_READ)
def list_deliveries(call: Call, query: DeliveriesAsked) -> Deliveries:
    """List deliveries, filtered; those in state “unknown” need somebody."""
    with call.house.store.read() as db:
        found = deliveries.newest(
            db, limit=query.limit + 1, before=query.before, states=query.state, channel=query.channel
        )
    items = [DeliveryListed.model_validate(each) for each in found[: query.limit]]
    return Deliveries(items=items, next=items[-1].id if len(found) > query.limit else None)


class DeliveryWhole(DeliveryListed):
    """A delivery with its evidence: what was to leave, what came back, what was found on the account."""

    title: str
    key: Annotated[str, Field(description="The key that it bears at the service, where that can bear one.")]
    body_hash: Annotated[str, Field(description="The SHA-256 of the bytes that leave.")]
    late_at: Annotated[AwareDatetime, Field(description="From then on it is not sent unasked.")]
    texts_out: Annotated[int, Field(description="Of a thread: how many texts of it are there.")]
    answer: Annotated[str, Field(description="What the service said.")]
    evidence: Annotated[str, Field(description="What the last look-up said.")]
    looked_at: AwareDatetime | None
    readers: Annotated[dict[RecipientState, int], Field(description="Of a mailing: its readers by state.")]
    history: list[LineShown]


@operation("GET", "/deliveries/<int:number>", scope=Scope.STATUS_READ)
def read_delivery(call: Call, number: int) -> DeliveryWhole:
    """Read one delivery with its evidence."""
    with call.house.store.read() as db:
        return _whole(db, deliveries.get(db, number))


class Settle(Sent):
    """What somebody found on the account. `id` is the service's own; a thread that goes on needs it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"outcome": "there", "link": "https://social.example/@desk/1"}]}
    )
    outcome: Literal["there", "again"]
    link: Annotated[str | None, Field(max_length=2_000, pattern=r"^https://[^\x00\s]+$")] = None
    id: Annotated[str | None, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")] = None


@operation("POST", "/deliveries/<int:number>/settle", scope=Scope.SETTLE)
def settle_delivery(call: Call, number: int, body: Settle) -> DeliveryWhole:
    """Say of a delivery in doubt that it is there, or have it sent again.

    Nothing is ever sent again by itself; “again” may put it there twice. What is settled already is refused, so that a
    repeated request does nothing.
    """
    deliver.settle(
        call.house,
        number,
        there=body.outcome == "there",
        actor=call.actor,
        now=call.now,
        permalink=body.link,
        remote_id=body.id,
    )
    with call.house.store.read() as db:
        return _whole(db, deliveries.get(db, number))


class Mailing(Given):
    """What became of an edition for its readers; the numbers by state together are `audience`."""

    delivery: int
    draft: int
    channel: str
    state: DeliveryState
    audience: int
    readers: dict[RecipientState, int]
    later: Annotated[dict[Fate, int], Field(description="What the service told of accepted mails later on.")]


class Mailings(Given):
    items: list[Mailing]


@operation("GET", "/mailings", scope=Scope.STATUS_READ)
def list_mailings(call: Call) -> Mailings:
    """List the newest mailings to our own list, each with its balance."""
    with call.house.store.read() as db:
        return Mailings(items=[_mailing(db, each) for each in mailings.newest(db)])


@operation("GET", "/mailings/<int:number>", scope=Scope.STATUS_READ)
def read_mailing(call: Call, number: int) -> Mailing:
    """Read the balance of one mailing, by the number of its delivery."""
    with call.house.store.read() as db:
        found = deliveries.get(db, number)
        if not audiences.gathered(db, number):
            raise Missing(f"Delivery {number} is no mailing to our own list.")
        return _mailing(db, found)


def _whole(db: Db, found: Delivery) -> DeliveryWhole:
    readers = receipts.tally(db, found.id) if audiences.gathered(db, found.id) else {}
    return DeliveryWhole(
        **DeliveryListed.model_validate(found).model_dump(),
        title=drafts.get(db, found.draft_id).title,
        key=found.key,
        body_hash=found.body_hash,
        late_at=found.late_at,
        texts_out=found.texts_out,
        answer=found.answer,
        evidence=found.evidence,
        looked_at=found.looked_at,
        readers=readers,
        history=[LineShown.model_validate(each) for each in events.of(db, f"delivery:{found.id}")],
    )


def _mailing(db: Db, found: Delivery) -> Mailing:
    readers = receipts.tally(db, found.id)
    return Mailing(
        delivery=found.id,
        draft=found.draft_id,
        channel=found.channel,
        state=found.state,
        audience=sum(readers.values()),
        readers=readers,
        later=receipts.fates(db, found.id),
    )


OPERATIONS = (list_deliveries, read_delivery, settle_delivery, list_mailings, read_mailing)
