"""Reads mail addresses as people write them, and lists of them as programs export them. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from bot.errors import Refused
from bot.model.address import Address
from bot.model.subscriber import Cadence
from bot.text import fold

# RFC 5321, 4.5.3.1.3, less the angle brackets.
_LONGEST = 254
_LONGEST_NAME = 100

# The names that columns have in the exports of newsletter services.
_COLUMNS = {
    "address": ("email", "e-mail", "email address", "e-mail address", "address", "mail", "subscriber"),
    "name": ("name", "full name", "full_name", "first name", "first_name", "vorname"),
    "cadence": ("cadence", "frequency"),
    "consent": ("consent", "source", "consent source", "opt-in", "signup source", "signup_source"),
}
_DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class Line:
    """One reader of an imported list. `number` is the line of the file where the row begins."""

    number: int
    address: Address
    name: str
    cadence: Cadence
    consent: str


@dataclass(frozen=True)
class Fault:
    """A row that names nobody, and why. `said` is what stands there, shortened."""

    number: int
    said: str
    why: str


def read_address(text: str) -> Address:
    """The address that `text` is, its domain in ASCII. Raises Refused with what is wrong and what to do."""
    written = text.strip()
    if any(character < " " or "\x7f" <= character <= "\x9f" for character in written):
        raise Refused("A mail address holds no line break or other control character; write it anew.")
    if len(written) > _LONGEST:
        raise Refused(f"A mail address has at most {_LONGEST} characters; this one has {len(written)}.")
    if not written:
        raise Refused("There is no mail address; write one such as ada@example.org.")
    try:
        found = validate_email(written, check_deliverability=False, allow_quoted_local=True, test_environment=True)
    except EmailNotValidError as error:
        raise Refused(f"'{_shown(written)}' is no mail address: {_sentence(str(error))}") from None
    if found.ascii_email is None:
        raise Refused(
            f"'{_shown(written)}' has letters before the @ that most mail services cannot reach; take another address."
        )
    return Address(found.ascii_email)


def read_name(text: str) -> str:
    """A name as it may stand in a header: one line, no control characters, at most 100 characters."""
    clean = "".join(character for character in fold(text) if character >= " " and not "\x7f" <= character <= "\x9f")
    return clean[:_LONGEST_NAME].strip()


def decoded(content: bytes) -> str:
    """The text of an exported list: UTF-8, UTF-16 with its mark, or what Western Windows programs write."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def read_list(lines: Iterable[str], *, consent: str) -> Iterator[Line | Fault]:
    """The readers of a list (CSV with a header, or one address a line), row by row; nothing is lost without a word.

    An address that comes twice is a fault the second time. `consent` says where they agreed, for rows that do not.
    Raises Refused where the list has a header and no column of addresses.
    """
    source = iter(lines)
    first = next((line for line in source if line.strip()), None)
    if first is None:
        return
    delimiter = max(_DELIMITERS, key=first.count) if any(each in first for each in _DELIMITERS) else ","
    reader = csv.reader(_put_back(first, source), delimiter=delimiter)
    columns: dict[str, int] | None = None
    seen: set[str] = set()
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            yield Fault(number, "", f"the row cannot be read: {error}")
            continue
        if row is None:
            return
        if not any(cell.strip() for cell in row):
            continue
        if columns is None:
            columns = _header(row)
            if columns:
                continue
            columns = {"address": 0, "name": 1}
        yield _row(number, row, columns, seen, consent)


def _header(row: list[str]) -> dict[str, int]:
    """Which column holds what; empty where the first row is a reader already."""
    if any("@" in cell for cell in row):
        return {}
    names = [cell.strip().casefold() for cell in row]
    found = {
        what: next(names.index(name) for name in known if name in names)
        for what, known in _COLUMNS.items()
        if any(name in names for name in known)
    }
    if "address" not in found:
        raise Refused(
            f"The list has no column of mail addresses (its header: {', '.join(names)[:200]}); call one 'email'."
        )
    return found


def _row(number: int, row: list[str], columns: dict[str, int], seen: set[str], consent: str) -> Line | Fault:
    def cell(what: str) -> str:
        place = columns.get(what)
        return row[place].strip() if place is not None and place < len(row) else ""

    try:
        address = read_address(cell("address"))
    except Refused as error:
        return Fault(number, _shown(cell("address")), str(error))
    if address.key in seen:
        return Fault(number, _shown(address.text), "stands in the list a second time")
    seen.add(address.key)
    cadence = Cadence.MONTHLY if cell("cadence").casefold() == Cadence.MONTHLY else Cadence.EVERY
    return Line(number, address, read_name(cell("name")), cadence, cell("consent")[:200] or consent)


def _put_back(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _shown(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def lines_of(content: bytes) -> Iterator[str]:
    """The lines of a list, for `read_list`, with the quoted line breaks left to it."""
    return iter(io.StringIO(decoded(content), newline=""))
