"""Sends an edition to one address, as a trial: the very bytes of its revision, with "[Test]" before the subject.

A person asks for each, so it is made once and its outcome told as it is; it is no delivery and counts nowhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.drafting.payload import thaw
from bot.errors import Refused, Unsent
from bot.house import House
from bot.intend import platform_of
from bot.model.address import Address
from bot.model.choices import at_length, lengths
from bot.model.publication import Mail
from bot.model.subscriber import TRIAL, Length
from bot.platforms.contract import Receipt
from bot.platforms.letters import Letter, Letters
from bot.store import drafts, events
from bot.ways import Ways

MARK = "[Test]"


def send_trial(
    house: House,
    number: int,
    address: Address,
    *,
    actor: str,
    clock: Callable[[], datetime],
    length: Length = Length.FULL,
) -> str:
    """Send the present revision of an edition to one address, at a length. Returns what came of it, in words.

    Raises Refused where its channel is no service of single mails, nothing may leave, or everything is frozen; Unsent
    where the service did not take it.
    """
    with house.store.read() as db:
        draft = drafts.get(db, number)
        content = drafts.revision(db, draft)
    mail = thaw(content.payload)
    platform = platform_of(house, draft.channel)
    if not isinstance(mail, Mail) or not isinstance(platform, Letters):
        raise Refused(
            f"Draft {number} cannot be sent to one address: that needs an edition on a channel of single mails (smtp, "
            "resend, postmark …). 'pullquote drafts show --as-html' gives its bytes."
        )
    if length not in lengths(mail):
        raise Refused(f"Draft {number} has no {length} version; 'pullquote once' drafts it anew.")
    if not house.may_send(draft.channel):
        raise Refused("Nothing leaves this machine while live = false; set live = true first.")
    if (why := house.frozen()) is not None:
        raise Refused(f"Everything is frozen: {why}.")
    now, key = clock(), f"trial-{secrets.token_hex(6)}"
    letter = nobodys_letter(house, address.text, key=key)
    marked = replace(at_length(mail, length), subject=f"{MARK} {mail.subject}")
    body = platform.enclose(marked, (letter,), key=key, at=now)
    told = "failed"
    try:
        with Ways() as http:
            outcome = platform.post(body, (letter,), http, key=key)[0]
        if not isinstance(outcome, Receipt):
            raise outcome
        told = f"accepted, {outcome.remote_id}"
    except Unsent as failure:
        told = str(failure)
        raise
    finally:
        said = f"revision {content.number}, {content.hash[:8]}: {told}"
        house.store.together(
            lambda db: events.note(
                db, at=clock(), actor=actor, subject=f"draft:{number}", what="sent as a trial", detail=said
            )
        )
    return f"Sent to {address.text}: revision {content.number}, {content.hash[:8]}."


def nobodys_letter(house: House, address: str, *, key: str) -> Letter:
    """A letter to `address` whose ways out lead to nobody: who tries a mail must not end somebody's subscription."""
    public = house.config.web.public or ""
    leave, choose = f"{public}/leave/{TRIAL}", f"{public}/preferences/{TRIAL}"
    return Letter(f"{key}-s0", address, "", unsubscribe=leave, preferences=choose, cadence="")
