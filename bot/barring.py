"""Reads the lists that services keep of whom they do not mail any more, to take them over. Pure.

Their exports differ in the names of columns and in the words for a reason; what is read here are those of SendGrid,
Mailgun, Postmark, Brevo and Amazon SES, as CSV or JSON, and our own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from bot.addresses import Fault, lines_from, read_address, rows_of
from bot.errors import Refused
from bot.model.subscriber import Why
from bot.objects import objects_of

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


def read_barred(source: BinaryIO, *, why: Why) -> Iterator[Barred | Fault]:
    """Whom a list in an open file that can be wound back names, row by row, with little of it in memory.

    Every row that names nobody is a fault. `why` is for rows that do not say it. Raises Refused where the list has no
    column of addresses, or begins like JSON and breaks off.
    """
    text = lines_from(source)
    begin = next((each for each in iter(lambda: text.read(1), "") if not each.isspace()), "")
    text.seek(0)
    for row in _of_objects(objects_of(text)) if begin in ("{", "[") else _of_rows(text):
        yield row if isinstance(row, Fault) else _barred(*row, why)


_Row = tuple[int, Mapping[str, str]]


def _of_rows(lines: Iterable[str]) -> Iterator[_Row | Fault]:
    """What each row of a CSV file holds, by the keys of `_COLUMNS`."""
    columns: Mapping[str, int] | None = None
    for row in rows_of(lines):
        if isinstance(row, Fault):
            yield row
            continue
        number, cells = row
        if columns is None:
            named = any("@" in cell or _HASH.fullmatch(cell.strip().casefold()) for cell in cells)
            columns = {"address": 0} if named else _header(cells)
            if not named:
                continue
        yield number, {what: cells[place] for what, place in columns.items() if place < len(cells)}


def _of_objects(objects: Iterable[Mapping[str, Any]]) -> Iterator[_Row]:
    """What each object of an answer of a service holds; the first tells whether there are addresses at all."""
    for number, each in enumerate(objects, 1):
        try:
            columns = _header(list(each))
        except Refused:
            if number == 1:
                raise
            columns = {}
        cells = list(each.values())
        yield number, {what: str(cells[place]) for what, place in columns.items()}


def _header(row: Sequence[str]) -> dict[str, int]:
    """Which column holds what. Raises Refused where none holds addresses."""
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


def _barred(number: int, cells: Mapping[str, str], why: Why) -> Barred | Fault:
    def cell(what: str) -> str:
        return cells.get(what, "").strip()

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
