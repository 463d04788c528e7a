"""Reads what mail servers write about mails: what could not be delivered (RFC 3464), who complained (RFC 5965).

It says what stands there, and believes nothing of it: whoever uses it has to prove that the mail is one of ours.
"""

from __future__ import annotations

import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from enum import StrEnum

from bot.errors import UnreadableDocument
from bot.text import fold

# A report repeats the mail at most; whatever is much longer is none.
MAX_BYTES = 25_000_000
_LONGEST_REASON = 300
_MOST_PARTS = 200

# No such address, no such host, a closed mailbox (RFC 3463), a host that takes no mail (RFC 7505): they stay so.
_FOR_GOOD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4"})
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_ADDRESS = re.compile(r"[^\s<>\";,]+@[^\s<>\";,]+")
_WEB = re.compile(r"<(https?://[^<>\s]+)>")


class Ending(StrEnum):
    """How a mail ended. GONE is for good; FAILED was given up, and may go another time; LATE is still tried."""

    GONE = "gone"
    FAILED = "failed"
    LATE = "late"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True)
class Report:
    """What a report says of one mail.

    `addresses` are those it says it of, `came_to` those the report and the mail's answers were addressed to (one may
    bear a mark). `ids`, `letters` and `ways_out` stand in the headers of the mail that it gives back.
    """

    ending: Ending
    addresses: frozenset[str]
    reason: str
    came_to: frozenset[str]
    ids: tuple[str, ...]
    letters: tuple[str, ...]
    ways_out: tuple[str, ...]


def report(content: bytes) -> Report | None:
    """What a mail reports; None where it is no report, or one of which nothing follows (delivered, relayed).

    Raises UnreadableDocument where it is longer than any report.
    """
    if len(content) > MAX_BYTES:
        raise UnreadableDocument(
            "the mail", f"it has {len(content):,} bytes", f"No report is longer than {MAX_BYTES:,} bytes; leave it out."
        )
    mail = message_from_bytes(content, policy=email.policy.compat32)
    if mail.get_content_type() != "multipart/report":
        return None
    told = _complaint(mail) if _parameter(mail, "report-type") == "feedback-report" else _failure(mail)
    if told is None:
        return None
    ending, addresses, reason, more = told
    back = _given_back(mail)
    came_to = [*_addresses(mail, "Delivered-To", "X-Original-To", "Envelope-To", "To"), *more]
    if back is not None:
        came_to += _addresses(back, "Return-Path")
    return Report(
        ending=ending,
        addresses=frozenset(addresses),
        reason=fold(reason)[:_LONGEST_REASON],
        came_to=frozenset(came_to),
        ids=_lines(back, "Message-ID"),
        letters=_lines(back, "X-Pullquote-Letter"),
        ways_out=tuple(found for line in _lines(back, "List-Unsubscribe") for found in _WEB.findall(line)),
    )


_Told = tuple[Ending, list[str], str, list[str]]


def _failure(mail: Message) -> _Told | None:
    """A delivery status: one block of fields for each recipient. All have to say the same, or nothing is clear."""
    found = _part(mail, "message/delivery-status")
    blocks = [each for each in _parts(found) if "Action" in each] if found is not None else []
    endings = {_ending(block) for block in blocks}
    ending = endings.pop() if len(endings) == 1 else None
    if ending is None:
        return None
    addresses = [each for block in blocks for each in _addresses(block, "Original-Recipient", "Final-Recipient")]
    first = blocks[0]
    reason = f"{_value(first, 'Status')} {_value(first, 'Diagnostic-Code').partition(';')[2].strip()}".strip()
    return ending, addresses, reason, []


def _ending(block: Message) -> Ending | None:
    match _value(block, "Action").casefold():
        case "delayed":
            return Ending.LATE
        case "failed":
            said = _STATUS.search(_value(block, "Status"))
            return Ending.GONE if said is not None and said[1] in _FOR_GOOD else Ending.FAILED
        case _:
            return None


def _complaint(mail: Message) -> _Told | None:
    """A feedback report: one block of fields. Only "abuse" is a complaint; "not-spam" and others say nothing bad."""
    found = _part(mail, "message/feedback-report")
    fields = _fields(found) if found is not None else None
    if fields is None:
        return None
    kind = _value(fields, "Feedback-Type").casefold()
    ending = {"abuse": Ending.COMPLAINED, "opt-out": Ending.UNSUBSCRIBED}.get(kind)
    if ending is None:
        return None
    addresses = _addresses(fields, "Original-Rcpt-To", "Removal-Recipient")
    return (
        ending,
        addresses,
        f"told by {_value(fields, 'User-Agent') or 'a provider'}",
        _addresses(fields, "Original-Mail-From"),
    )


def _given_back(mail: Message) -> Message | None:
    """The headers of the mail that a report is about."""
    whole = _part(mail, "message/rfc822")
    if whole is not None:
        return next(iter(_parts(whole)), None)
    for kind in ("text/rfc822-headers", "message/rfc822-headers"):
        if (headers := _part(mail, kind)) is not None:
            return _fields(headers)
    return None


def _fields(part: Message) -> Message:
    """The fields that are the content of a part, whichever way Python's parser took it."""
    if within := _parts(part):
        return within[0]
    content = part.get_payload(decode=True)
    return message_from_bytes(content if isinstance(content, bytes) else b"", policy=email.policy.compat32)


def _part(mail: Message, kind: str) -> Message | None:
    """The first part of a kind, of those that stand directly in the report."""
    return next((each for each in _parts(mail) if each.get_content_type() == kind), None)


def _parts(mail: Message) -> list[Message]:
    payload = mail.get_payload()
    return [each for each in payload[:_MOST_PARTS] if isinstance(each, Message)] if isinstance(payload, list) else []


def _parameter(mail: Message, name: str) -> str:
    found = mail.get_param(name)
    return found.casefold() if isinstance(found, str) else ""


def _value(fields: Message, name: str) -> str:
    return fold(str(fields.get(name, "")))


def _lines(fields: Message | None, name: str) -> tuple[str, ...]:
    return tuple("".join(str(each).split()) for each in fields.get_all(name, [])) if fields is not None else ()


def _addresses(fields: Message, *names: str) -> list[str]:
    return [found for name in names for line in _lines(fields, name) for found in _found(line)]


def _found(line: str) -> Iterator[str]:
    """The addresses of a field; one with a kind before it (`rfc822;ada@example.org`) too."""
    yield from (each.group() for each in _ADDRESS.finditer(line))
