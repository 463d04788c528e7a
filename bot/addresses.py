"""Reads mail addresses as people write them, and lists of them as programs export them. Pure."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import BinaryIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from email_validator import EmailNotValidError, validate_email

from bot.errors import Refused
from bot.model.address import Address
from bot.model.subscriber import UNCHOSEN, Cadence, Leaning, Length, Wishes
from bot.text import fold

# RFC 5321, 4.5.3.1.3, less the angle brackets.
_LONGEST = 254
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_NAME = 100
MOST_LEANINGS = 100
"""So many shows, and so many topics, can be left out or asked more of."""

# The names that columns have in the exports of newsletter services.
_COLUMNS = {
    "address": ("email", "e-mail", "email address", "e-mail address", "address", "mail", "subscriber"),
    "name": ("name", "full name", "full_name", "first name", "first_name", "vorname"),
    "cadence": ("cadence", "frequency"),
    "length": ("length",),
    "zone": ("zone", "time zone", "timezone"),
    "hour": ("hour",),
    "less": ("less",),
    "more": ("more",),
    "paused_until": ("paused_until",),
    "consent": ("consent", "source", "consent source", "opt-in", "signup source", "signup_source"),
    "standing": ("state", "status", "subscription status", "subscriber status", "subscribed_to_emails", "type"),
}
# What such a column says of somebody who is not to be mailed: ours, and those of services that export all in one list.
_NOT_READING = re.compile(
    "ended|pending|unsubscribed|inactive|unactivated|unconfirmed|disabled|blocklisted|blocked|cancell?ed|bounced|complained"
    "|cleaned|invalid|suppressed|removed|false|no",
    re.IGNORECASE,
)
# A row whose quotation mark is not closed within so many lines is broken; what follows it is read as rows again.
_MOST_LINES = 20
_DELIMITERS = ",;\t|"
_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
# So many bytes of a file stand in memory while it is looked at.
_PIECE = 1 << 16
# A line that is nothing but an address with quotation marks before its @: they are the address's, not the row's.
_QUOTED_ALONE = re.compile(r'"(?:[^"\\\r\n]|\\.)+"@[^\s"@,;|]+')


@dataclass(frozen=True)
class Line:
    """One reader of an imported list. `number` is the line of the file where the row begins."""

    number: int
    address: Address
    name: str
    cadence: Cadence
    consent: str
    wishes: Wishes = UNCHOSEN
    paused_until: datetime | None = None


@dataclass(frozen=True)
class Fault:
    """A row of which nobody is taken, and why. `said` is what stands there, shortened."""

    number: int
    said: str
    why: str


def read_address(text: str) -> Address:
    """The address that `text` is, its domain in ASCII. Raises Refused with what is wrong and what to do."""
    written = text.strip()
    if _CONTROL.search(written):
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
    return fold(_CONTROL.sub("", fold(text)))[:_LONGEST_NAME].strip()


def as_cell(text: str) -> str:
    """A text as a cell that no spreadsheet takes for a formula: with an apostrophe before it, where one would."""
    return f"'{text}" if text.lstrip("'")[:1] in _FORMULA else text


def from_cell(cell: str) -> str:
    """What `as_cell` made a cell of: `+ada@example.org` is another address than `'+ada@example.org`."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'")[:1] in _FORMULA else cell


def read_wishes(cells: Mapping[str, str]) -> Wishes:
    """What a reader chose, from the cells that `wishes_in_cells` writes. What cannot be understood is passed over."""
    length = next((each for each in Length if each == cells["length"].casefold()), Length.FULL)
    hour = int(cells["hour"]) if cells["hour"].isascii() and cells["hour"].isdigit() and len(cells["hour"]) < 3 else 99
    leanings: dict[str, dict[str, Leaning]] = {"show": {}, "topic": {}}
    for leaning in Leaning:
        for item in next(csv.reader([cells[leaning]], delimiter=";"), []):
            what, colon, name = item.partition(":")
            if colon and what.strip() in leanings and (clean := read_name(name)):
                leanings[what.strip()].setdefault(clean, leaning)
    shows, topics = (tuple(sorted(each.items())[:MOST_LEANINGS]) for each in leanings.values())
    return Wishes(length, read_zone(cells["zone"]), hour if hour < 24 else None, shows, topics)


def wishes_in_cells(wishes: Wishes) -> dict[str, str]:
    """What a reader chose, as an exported list says it: names behind "show:" or "topic:", parted by semicolons."""
    named = [("show", *each) for each in wishes.shows] + [("topic", *each) for each in wishes.topics]
    cells = {}
    for leaning in Leaning:
        items, cell = [f"{what}:{name}" for what, name, wanted in named if wanted is leaning], io.StringIO()
        if items:
            csv.writer(cell, delimiter=";", lineterminator="").writerow(items)
        cells[str(leaning)] = cell.getvalue()
    return {
        "length": wishes.length,
        "zone": wishes.zone,
        "hour": "" if wishes.hour is None else str(wishes.hour),
        **cells,
    }


def read_zone(text: str) -> str:
    """An IANA time zone that this machine knows, or ""."""
    try:
        return ZoneInfo(text).key if text else ""
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""


def read_list(
    lines: Iterable[str], *, consent: str, is_new: Callable[[str], bool] | None = None
) -> Iterator[Line | Fault]:
    """The readers of a list (CSV with a header, or one address a line), row by row; nothing is lost without a word.

    An address that comes twice is a fault the second time, and so is who left or never confirmed, where a column says
    so. `consent` says where they agreed, for rows that do not. `is_new` notes the key of an address and says whether it
    comes for the first time; without it all are kept in memory, which is for short lists.
    Raises Refused where the list has a header and no column of addresses.
    """
    columns: dict[str, int] | None = None
    is_new = _Few().is_new if is_new is None else is_new
    for row in rows_of(lines):
        if isinstance(row, Fault):
            yield row
            continue
        number, cells = row
        if columns is None:
            columns = _header(cells)
            if columns:
                continue
            columns = {"address": 0, "name": 1}
        yield _row(number, cells, columns, is_new, consent)


def rows_of(lines: Iterable[str]) -> Iterator[tuple[int, list[str]] | Fault]:
    """The rows of a CSV file that are not empty, each with its line; parted by what parts the first one."""
    source = enumerate(lines, 1)
    first = next(((number, line) for number, line in source if line.strip()), None)
    if first is None:
        return
    delimiter = max(_DELIMITERS, key=first[1].count) if any(each in first[1] for each in _DELIMITERS) else ","
    waiting = deque([first])
    while waiting or (waiting := deque(islice(source, 1))):
        taken = [waiting.popleft()]
        row = _cells(taken, delimiter)
        while row is None and len(taken) < _MOST_LINES:
            more = waiting.popleft() if waiting else next(source, None)
            if more is None:
                break
            taken.append(more)
            row = _cells(taken, delimiter) if '"' in more[1] else None
        number, said = taken[0][0], _shown(taken[0][1].strip())
        if row is None:
            yield Fault(number, said, "A quotation mark is opened here and not closed; this line is left out.")
            waiting.extendleft(reversed(taken[1:]))
        elif any(_holds_rows(cell, delimiter) for cell in row):
            why = f"A quotation mark is opened here and not closed; the lines up to {taken[-1][0]} are left out."
            yield Fault(number, said, why)
        elif any(cell.strip() for cell in row):
            yield number, row


def _cells(lines: list[tuple[int, str]], delimiter: str) -> list[str] | None:
    """The cells of the row that stands on these lines; None where a quotation mark in it is not closed yet."""
    texts = [line for _, line in lines]
    if len(texts) == 1 and _QUOTED_ALONE.fullmatch(alone := texts[0].strip()):
        return [alone]
    try:
        return next(csv.reader(texts, delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        if "unexpected end" in str(error):
            return None
    try:
        return next(csv.reader(texts, delimiter=delimiter), [])
    except csv.Error:
        return ["".join(texts)]


def _holds_rows(cell: str, delimiter: str) -> bool:
    """Whether a cell of several lines swallowed what was a row of its own: somebody would be lost without a word."""
    return any(delimiter in line and "@" in line for line in cell.splitlines()[1:])


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


def _row(
    number: int, row: list[str], columns: dict[str, int], is_new: Callable[[str], bool], consent: str
) -> Line | Fault:
    def cell(what: str) -> str:
        place = columns.get(what)
        return from_cell(row[place].strip()) if place is not None and place < len(row) else ""

    try:
        address = read_address(cell("address"))
    except Refused as error:
        return Fault(number, _shown(cell("address")), str(error))
    if not is_new(address.key):
        return Fault(number, _shown(address.text), "stands in the list a second time")
    if _NOT_READING.fullmatch(cell("standing")):
        return Fault(
            number, _shown(address.text), f"The list says '{cell('standing')}' of this address; it is left out."
        )
    cadence = next((each for each in Cadence if each == cell("cadence").casefold()), Cadence.EVERY)
    choices = {each: cell(each) for each in ("length", "zone", "hour", "less", "more")}
    wishes = read_wishes(choices) if any(choices.values()) else UNCHOSEN
    try:
        paused_until = _read_pause(cell("paused_until"))
    except ValueError:
        why = f"'paused_until' is no time: '{_shown(cell('paused_until'))}'; write one such as 2026-12-24T09:00+01:00"
        return Fault(number, _shown(address.text), why)
    name, agreed = read_name(cell("name")), cell("consent")[:200] or consent
    return Line(number, address, name, cadence, agreed, wishes, paused_until)


def _read_pause(text: str) -> datetime | None:
    """Until when a reader wants to be left alone, in UTC where nothing else is said. Raises ValueError."""
    until = datetime.fromisoformat(text) if text else None
    return until.replace(tzinfo=UTC) if until is not None and until.tzinfo is None else until


def _shown(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def lines_of(content: bytes) -> Iterator[str]:
    """The lines of a list, for `read_list`, with the quoted line breaks left to it."""
    return lines_from(io.BytesIO(content))


def lines_from(source: BinaryIO) -> io.TextIOWrapper:
    """The same of an open file that can be wound back, a piece at a time: UTF-8, UTF-16 with its mark, or what Western
    Windows programs write.

    It is read twice, because only its end tells whether all of it is UTF-8.
    """
    encoding = _encoding(source)
    source.seek(0)
    return io.TextIOWrapper(source, encoding, "replace", newline="")


def _encoding(source: BinaryIO) -> str:
    piece = source.read(_PIECE)
    for mark, encoding in _MARKS:
        if piece.startswith(mark):
            return encoding
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece:
            decoder.decode(piece)
            piece = source.read(_PIECE)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


class _Few:
    """The keys of a short list."""

    def __init__(self) -> None:
        self._keys: set[str] = set()

    def is_new(self, key: str) -> bool:
        known = key in self._keys
        self._keys.add(key)
        return not known
