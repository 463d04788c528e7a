"""Asks new subscribers by mail whether they meant it. Nobody is asked twice by accident: in doubt, they ask again."""

from __future__ import annotations

from bot.deliver.pace import Pace
from bot.deliver.sending import Sending
from bot.errors import NotSent, Refused, Rejected, TemplateFault, Unsent
from bot.ledger import LEASE, next_try
from bot.model.publication import Mail
from bot.model.states import DeliveryState
from bot.platforms.contract import Receipt
from bot.platforms.letters import Letter, Letters
from bot.store import confirmations, events
from bot.store.confirmations import Confirmation
from bot.store.database import Db
from bot.ways import Listening

# After so many attempts that were certainly not sent the question is given up: they can ask again.
_ATTEMPTS = 5


def send_confirmations(sending: Sending, ready: list[str]) -> None:
    """Send the questions that are due, channel by channel."""
    house, now = sending.house, sending.clock()
    public = house.config.web.public
    with house.store.read() as db:
        waiting = [each for each in confirmations.due(db, at=now) if each.channel in ready]
    if not waiting or public is None:
        return
    house.store.together(lambda db: confirmations.doubt_what_was_sending(db, before=now - LEASE, at=now))
    with house.store.read() as db:
        paces = {name: Pace(house, name, sending.clock, db) for name in {each.channel for each in waiting}}
    for confirmation in waiting:
        if house.frozen() is not None:
            return
        platform = house.channels[confirmation.channel]
        pace, known = paces[confirmation.channel], confirmation.newsletter in house.config.newsletters
        with house.store.read() as db:
            free = pace.may_go(db)
        if known and free and isinstance(platform, Letters):
            _send(sending, confirmation, platform, public, pace)


def _send(sending: Sending, confirmation: Confirmation, platform: Letters, public: str, pace: Pace) -> None:
    house, now = sending.house, sending.clock()
    name = confirmation.newsletter
    try:
        subject, html, text = house.renderer_of(name).confirmation(
            house.imprint(name), f"{public}/confirm/{confirmation.token}"
        )
    except TemplateFault as fault:
        with house.store.write() as db:
            what, detail = "questions to new readers wait", str(fault)
            events.note_new(db, at=now, actor="pullquote", subject=f"newsletter:{name}", what=what, detail=detail)
        return
    table = house.config.newsletters[name]
    mail = Mail(table.sender, subject, "", html, text, table.language, (), (), newsletter=name)
    key = f"confirmation-{confirmation.id}"
    letter = Letter(f"{key}-s{confirmation.subscriber_id}", confirmation.address, confirmation.name, "", "", "")
    try:
        body = platform.enclose(mail, (letter,), key=key, at=confirmation.due_at)
    except Refused as error:
        said = str(error)
        house.store.together(
            lambda db: confirmations.end(db, confirmation, DeliveryState.REJECTED, reason=said, at=now)
        )
        return
    if not house.store.together(lambda db: confirmations.begin(db, confirmation, at=now)):
        return
    try:
        outcome = platform.post(body, (letter,), Listening(sending.http, pace), key=key)[0]
        if not isinstance(outcome, Receipt):
            raise outcome
    except Unsent as failure:
        _failed(sending, confirmation, failure, pace)
        return
    house.store.together(
        lambda db: confirmations.end(
            db, confirmation, DeliveryState.ACCEPTED, reason=outcome.remote_id, at=sending.clock()
        )
    )


def _failed(sending: Sending, confirmation: Confirmation, failure: Unsent, pace: Pace) -> None:
    now = sending.clock()
    due = now
    match failure:
        case NotSent() if confirmation.attempts + 1 < _ATTEMPTS:
            state, due = DeliveryState.PLANNED, next_try(confirmation.attempts + 1, now, failure.retry_after)
        case NotSent() | Rejected():
            state = DeliveryState.REJECTED
        case _:
            state = DeliveryState.UNKNOWN

    def record(db: Db) -> None:
        pace.failed(db, failure)
        confirmations.end(db, confirmation, state, reason=str(failure), at=now, due_at=due)

    sending.house.store.together(record)
