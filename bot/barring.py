"""Reads the lists that services keep of whom they do not mail any more, to take them over. Pure.

Their exports differ in the names of columns and in the words for a reason; what is read here are those of SendGrid,
Mailgun, Postmark, Brevo and Amazon SES, as CSV or JSON, and our own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.addresses import Fault, lines_of, read_address, rows_of
from bot.errors import Refused
from bot.model.subscriber import Why

_COLUMNS = {
    "address": ("email", "e-mail", "email address", "emailaddress", "address", "recipient", "recipient email"),
    "hash": ("sha256",),
    "why": ("why", "suppressionreason", "reason", "blocked reason", "type", "event", "origin"),
    "newsletter": ("newsletter",),
}
_HASH = re.compile(r"[0-9a-f]{64}")
# Words that say why, as these services write them, after a mail server's own answer, which may say anything behind.
_WORDS = (
    (re.compile(r"^\W*[45]\d\d\b|\b[45]\.\d{1,3}\.\d{1,3}\b"), Why.BOUNCED),
    (re.compile("spam|complain|abuse", re.IGNORECASE), Why.COMPLAINED),
    (re.compile(r"unsub|opt[- ]?out", re.IGNORECASE), Why.UNSUBSCRIBED),
    (re.compile("bounce|invalid", re.IGNORECASE), Why.BOUNCED),
)


@dataclass(frozen=True)
class Barred:
    """One address that is not to be mailed, by its hash; `newsletter` is "" where it is by none."""

    number: int
    address_hash: str
    why: Why
    newsletter: str


def read_barred(content: bytes, *, why: Why) -> Iterator[Barred | Fault]:
    """Whom a list names, row by row; every row that names nobody is a fault. `why` is for rows that do not say it.

    Raises Refused where it has no column of addresses.
    """
    columns: Mapping[str, int] | None = None
    for row in _rows(content):
        if isinstance(row, Fault):
            yield row
            continue
        number, cells = row
        if columns is None:
            columns = _header(cells)
            if columns:
                continue
            columns = {"address": 0}
        yield _barred(number, cells, columns, why)


def _rows(content: bytes) -> Iterable[tuple[int, list[str]] | Fault]:
    if content.lstrip()[:1] not in (b"{", b"["):
        return rows_of(lines_of(content))
    try:
        found = next(_lists(json.loads(content)), [])
    except (ValueError, RecursionError):
        raise Refused("The list begins like JSON and is none; export it anew.") from None
    if not found:
        return ()
    names = list(dict.fromkeys(name for each in found for name in each))
    return enumerate([names, *([str(each.get(name, "")) for name in names] for each in found)])


def _lists(value: Any) -> Iterator[list[dict[str, Any]]]:
    """The list of objects that an answer of a service is, or has."""
    if isinstance(value, list):
        yield [each for each in value if isinstance(each, dict)]
    elif isinstance(value, dict):
        for each in value.values():
            yield from _lists(each)


def _header(row: list[str]) -> dict[str, int]:
    """Which column holds what; empty where the first row names somebody already."""
    if any("@" in cell or _HASH.fullmatch(cell.strip().casefold()) for cell in row):
        return {}
    names = [cell.strip().casefold() for cell in row]
    found = {
        what: next(names.index(name) for name in known if name in names)
        for what, known in _COLUMNS.items()
        if any(name in names for name in known)
    }
    if not {"address", "hash"} & found.keys():
        raise Refused(
            f"The list has no column of mail addresses (its header: {', '.join(names)[:200]}); call one 'email'."
        )
    return found


def _barred(number: int, row: list[str], columns: Mapping[str, int], why: Why) -> Barred | Fault:
    def cell(what: str) -> str:
        place = columns.get(what)
        return row[place].strip() if place is not None and place < len(row) else ""

    fingerprint, written = cell("hash").casefold(), cell("address")
    if not fingerprint and _HASH.fullmatch(written.casefold()):
        fingerprint = written.casefold()
    if not fingerprint:
        try:
            fingerprint = read_address(written).hash
        except Refused as error:
            return Fault(number, written[:60], str(error))
    elif not _HASH.fullmatch(fingerprint):
        return Fault(number, fingerprint[:60], "is no SHA-256 in hexadecimal")
    return Barred(number, fingerprint, _why(cell("why")) or why, cell("newsletter"))


def _why(said: str) -> Why | None:
    if said in {each.value for each in Why}:
        return Why(said)
    return next((why for words, why in _WORDS if words.search(said)), None)
