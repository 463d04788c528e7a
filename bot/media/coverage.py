"""What a font file holds: which characters, under which name. Reads the tables `cmap` and `name` (OpenType 1.9)."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

_TTC = b"ttcf"
_FLAVOURS = (b"\x00\x01\x00\x00", b"OTTO", b"true")
_MOST_FACES = 64
# Platform and encoding of a table for all of Unicode, the best first.
_UNICODE = ((3, 10), (0, 6), (0, 4), (3, 1), (0, 3), (0, 2), (0, 1), (0, 0))
_FAMILY = (16, 1)


@dataclass(frozen=True)
class Contents:
    """One face of a font file. `starts` and `stops` are runs of code points, half-open, in order."""

    family: str
    starts: tuple[int, ...]
    stops: tuple[int, ...]
    tables: frozenset[str]

    def holds(self, character: str) -> bool:
        at = bisect_right(self.starts, ord(character)) - 1
        return at >= 0 and ord(character) < self.stops[at]


@cache
def contents(path: Path) -> tuple[Contents, ...]:
    """The faces of a font file, in its order; none where it cannot be read as one."""
    try:
        with path.open("rb") as file:
            return tuple(_face(file, offset) for offset in _faces(file))
    except (OSError, struct.error):
        return ()


def _faces(file: BinaryIO) -> tuple[int, ...]:
    head = file.read(12)
    if head[:4] != _TTC:
        return (0,) if head[:4] in _FLAVOURS else ()
    number = min(struct.unpack_from(">I", head, 8)[0], _MOST_FACES)
    return struct.unpack(f">{number}I", file.read(4 * number))


def _face(file: BinaryIO, offset: int) -> Contents:
    file.seek(offset)
    number = struct.unpack_from(">H", file.read(12), 4)[0]
    places = {
        tag.decode("latin-1").strip(): (begin, length)
        for tag, _, begin, length in struct.iter_unpack(">4sIII", file.read(16 * number))
    }
    runs = _joined(sorted(_characters(_table(file, places.get("cmap")))))
    family = _name(_table(file, places.get("name")))
    return Contents(family, tuple(a for a, _ in runs), tuple(b for _, b in runs), frozenset(places))


def _table(file: BinaryIO, place: tuple[int, int] | None) -> bytes:
    if place is None:
        return b""
    file.seek(place[0])
    return file.read(place[1])


def _characters(cmap: bytes) -> Iterator[tuple[int, int]]:
    """Runs of characters that have a glyph, half-open."""
    if not cmap:
        return
    found = {}
    for at in range(4, 4 + 8 * struct.unpack_from(">H", cmap, 2)[0], 8):
        platform, encoding, offset = struct.unpack_from(">HHI", cmap, at)
        found[platform, encoding] = offset
    begin = next((found[each] for each in _UNICODE if each in found), None)
    if begin is None:
        return
    match struct.unpack_from(">H", cmap, begin)[0]:
        case 4:
            yield from _format_4(cmap, begin)
        case 12:
            for at in range(begin + 16, begin + 16 + 12 * struct.unpack_from(">I", cmap, begin + 12)[0], 12):
                first, last, glyph = struct.unpack_from(">III", cmap, at)
                yield first + (glyph == 0), last + 1


def _format_4(cmap: bytes, begin: int) -> Iterator[tuple[int, int]]:
    number = struct.unpack_from(">H", cmap, begin + 6)[0] // 2
    ends, starts, deltas, places = (
        struct.unpack_from(f">{number}H", cmap, begin + 14 + skipped)
        for skipped in (0, 2 * number + 2, 4 * number + 2, 6 * number + 2)
    )
    for index in range(number):
        if places[index] == 0:
            nothing = -deltas[index] & 0xFFFF
            holds = starts[index] <= nothing <= ends[index]
            yield starts[index], nothing if holds else ends[index] + 1
            if holds:
                yield nothing + 1, ends[index] + 1
            continue
        at = begin + 16 + 6 * number + 2 * index + places[index]
        for step, character in enumerate(range(starts[index], ends[index] + 1)):
            if character != 0xFFFF and struct.unpack_from(">H", cmap, at + 2 * step)[0]:
                yield character, character + 1


def _joined(runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, stop in runs:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        elif start < stop:
            joined.append((start, stop))
    return joined


def _name(table: bytes) -> str:
    if not table:
        return ""
    _, number, strings = struct.unpack_from(">HHH", table, 0)
    found: dict[int, str] = {}
    for at in range(6, 6 + 12 * number, 12):
        platform, _, language, name, length, offset = struct.unpack_from(">6H", table, at)
        if name in _FAMILY and (platform, language) in ((3, 0x409), (0, 0), (1, 0)):
            coding = "latin-1" if platform == 1 else "utf-16-be"
            text = table[strings + offset : strings + offset + length].decode(coding, "replace")
            if platform != 1 or name not in found:
                found[name] = text
    return next((found[each] for each in _FAMILY if each in found), "")
