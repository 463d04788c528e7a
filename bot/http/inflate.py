"""Unpacks a body as it comes, and stops as soon as it grows beyond what may come out of it.

The whole is never unpacked first: 300 kilobytes can hold gigabytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import brotli

ENCODINGS = "gzip, deflate, br"
_STEP = 65_536


class Garbled(Exception):
    """What came is not of the encoding that was announced, or ends too early."""


class _Unpacker(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]:
        """What comes out of some more bytes, in bounded pieces."""
        ...

    def end(self) -> None:
        """Raises Garbled where more should have come."""
        ...


def unpacker(encoding: str) -> _Unpacker:
    """For a Content-Encoding. Raises Garbled for one that was not asked for, such as two at once."""
    known: dict[str, Callable[[], _Unpacker]] = {
        "": _Plain,
        "identity": _Plain,
        "gzip": _Zlib,
        "x-gzip": _Zlib,
        "deflate": _Zlib,
        "br": _Brotli,
    }
    made = known.get(encoding.strip().casefold())
    if made is None:
        raise Garbled(f"is encoded as '{encoding[:40]}', which was not asked for")
    return made()


class _Plain:
    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data

    def end(self) -> None:
        """Whatever came is all of it."""


class _Zlib:
    """gzip and deflate. Some servers send deflate without the header that belongs to it, some several gzip members."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=47)
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        if not self._begun and data:
            self._begun = True
            if not _has_header(data):
                self._inflate = zlib.decompressobj(wbits=-15)
        while data:
            if self._inflate.eof:
                # What follows a member is another one, or padding that nobody wants.
                if not data.startswith(b"\x1f\x8b"):
                    return
                self._inflate = zlib.decompressobj(wbits=47)
            try:
                yield self._inflate.decompress(data, _STEP)
            except zlib.error as error:
                raise Garbled("cannot be unpacked") from error
            data = self._inflate.unconsumed_tail or self._inflate.unused_data

    def end(self) -> None:
        if self._begun and not self._inflate.eof:
            raise Garbled("breaks off inside its packing")


class _Brotli:
    def __init__(self) -> None:
        self._inflate = brotli.Decompressor()
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._begun = self._begun or bool(data)
        try:
            yield self._inflate.process(data, output_buffer_limit=_STEP)
            while not self._inflate.can_accept_more_data():
                yield self._inflate.process(b"", output_buffer_limit=_STEP)
        except brotli.error as error:
            raise Garbled("cannot be unpacked") from error

    def end(self) -> None:
        if self._begun and not self._inflate.is_finished():
            raise Garbled("breaks off inside its packing")


def _has_header(data: bytes) -> bool:
    """Whether bytes begin as gzip or zlib does (RFC 1950: the first two bytes are a multiple of 31)."""
    return data.startswith(b"\x1f") or (len(data) > 1 and data[0] & 15 == 8 and (data[0] * 256 + data[1]) % 31 == 0)
