"""A file that lies elsewhere, read a part at a time: what a decoder asks for, and never more than a bound."""

from __future__ import annotations

import io
from collections.abc import Callable

from bot.errors import PullquoteError, Refused, Unfetched

# Bytes of one request, and of all that a clip may cost. An hour of speech has about 60 MB.
_BLOCK = 262_144
_MOST = 24_000_000

Part = Callable[[int, int], tuple[bytes, int]]


class Elsewhere(io.RawIOBase):
    """Seekable bytes, `size` in all, that `read` gets from somewhere. `fault` says why they end before their end."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.fault: PullquoteError | None = None
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at


class Ranged(Elsewhere):
    """Seekable bytes behind `part`, which gives bytes `begin` to `stop` and the size of the whole.

    To make one raises what `part` raises. Later on the file ends where it cannot be read, because a decoder goes on
    asking after an error; `fault` says why: what `part` raised, or Refused once it cost more than a clip is worth.
    """

    def __init__(self, part: Part) -> None:
        self._part = part
        first, size = part(0, _BLOCK)
        super().__init__(size)
        self._blocks: dict[int, bytes] = {0: first}
        self.fetched = len(first)

    def read(self, size: int = -1) -> bytes:
        stop = self.size if size < 0 else min(self.size, self._at + size)
        pieces = []
        while self._at < stop:
            number, offset = divmod(self._at, _BLOCK)
            piece = self._block(number)[offset : offset + stop - self._at]
            if not piece:
                break
            pieces.append(piece)
            self._at += len(piece)
        return b"".join(pieces)

    def _block(self, number: int) -> bytes:
        if number in self._blocks or self.fault is not None:
            return self._blocks.get(number, b"")
        if self.fetched + _BLOCK > _MOST:
            self.fault = Refused(
                f"More than {_MOST // 1_000_000} MB of the audio file would have to be read to find the second: "
                "lay the file beside the episode's page."
            )
            return b""
        try:
            self._blocks[number] = self._part(number * _BLOCK, min(self.size, (number + 1) * _BLOCK))[0]
        except Unfetched as error:
            self.fault = error
            return b""
        self.fetched += len(self._blocks[number])
        return self._blocks[number]
