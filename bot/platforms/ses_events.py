"""What an event of Amazon SES says of one mail. Pure: whether it proves itself is `bot.platforms.sns`'s question."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.platforms.replies import field, objects
from bot.platforms.telling import Happening, Told

LETTER, LETTER_HEADER = "pullquote-letter", "X-Pullquote-Letter"
"""Where a mail bears the key of our letter: in a tag, which events give back, and in a header."""


def told_of(message: str, *, event: str, at: datetime) -> Told | None:
    """An event, or a notification, of one mail; None for those that say nothing of its reader."""
    try:
        said = json.loads(message)
    except ValueError:
        return None  # Words of SNS itself, such as the ones with which it tries a new topic.
    mail = said.get("mail") if isinstance(said, Mapping) else None
    if not isinstance(mail, Mapping):
        return None
    kind = field(said, "eventType") or field(said, "notificationType")
    details = said.get(kind[:1].lower() + kind[1:])
    details = details if isinstance(details, Mapping) else {}
    happening, readers, reason = _happened(kind, details)
    if happening is None:
        return None
    reader = readers[0] if readers else {}
    said_of = [reason, field(reader, "status"), field(reader, "diagnosticCode")]
    return Told(
        event=event,
        happening=happening,
        at=at,
        address=field(reader, "emailAddress"),
        letter=_letter(mail),
        remote_id=field(mail, "messageId"),
        reason=" ".join(each for each in said_of if each),
    )


def _happened(kind: str, details: Mapping[str, Any]) -> tuple[Happening | None, Sequence[Mapping[str, Any]], str]:
    """What an event says, of whom, and in which words. That a mail is late says nothing: how it ends comes later."""
    match kind:
        case "Bounce":
            gone = field(details, "bounceType") == "Permanent"
            reason = f"{field(details, 'bounceType')} {field(details, 'bounceSubType')}".strip()
            return Happening.BOUNCED if gone else Happening.DEFERRED, objects(details, "bouncedRecipients"), reason
        case "Complaint" if field(details, "complaintFeedbackType") != "not-spam":
            reason = field(details, "complaintFeedbackType") or "complaint"
            return Happening.COMPLAINED, objects(details, "complainedRecipients"), reason
        case "Delivery":
            recipients = details.get("recipients")
            first = recipients[0] if isinstance(recipients, list) and recipients else ""
            return Happening.DELIVERED, [{"emailAddress": first}], ""
        case _:
            return None, (), ""


def _letter(mail: Mapping[str, Any]) -> str:
    """The key of our letter: events give back its tag, notifications at most its header."""
    tags = mail.get("tags")
    tagged = tags.get(LETTER) if isinstance(tags, Mapping) else None
    if isinstance(tagged, list) and tagged and isinstance(tagged[0], str):
        return tagged[0]
    headers = [each for each in objects(mail, "headers") if field(each, "name") == LETTER_HEADER]
    return field(headers[0], "value") if headers else ""
