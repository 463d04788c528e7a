"""Messages over a pipe: a length, then as many bytes."""

from __future__ import annotations

import struct
from typing import IO

_LENGTH = struct.Struct("!Q")


def send(pipe: IO[bytes], data: bytes) -> None:
    """Write one message."""
    pipe.write(_LENGTH.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def receive(pipe: IO[bytes], *, longest: int) -> bytes:
    """The next message, of at most `longest` bytes.

    Raises EOFError where the other end has closed, or talks nonsense.
    """
    head = pipe.read(_LENGTH.size)
    (length,) = _LENGTH.unpack(head) if len(head) == _LENGTH.size else (0,)
    data = pipe.read(length) if 0 < length <= longest else b""
    if not data or len(data) < length:
        raise EOFError
    return data
