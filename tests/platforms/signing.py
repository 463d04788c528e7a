"""Signs as SendGrid does, with a key that is no secret: so that a test can bring any event it likes."""

from __future__ import annotations

import base64
import hashlib

from bot.platforms.ecdsa import _BEFORE_POINT, _G, _N, _P, _sum_of_multiples

_PRIVATE = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721


def _multiple(number: int) -> tuple[int, int]:
    x, y, z = _sum_of_multiples(number, _G, 0, _G)
    return x * pow(z, -2, _P) % _P, y * pow(z, -3, _P) % _P


def public_key() -> str:
    x, y = _multiple(_PRIVATE)
    return base64.b64encode(_BEFORE_POINT + x.to_bytes(32) + y.to_bytes(32)).decode()


def signature(message: bytes) -> str:
    digest = int.from_bytes(hashlib.sha256(message).digest())
    once = int.from_bytes(hashlib.sha256(b"once" + message).digest()) % _N
    r = _multiple(once)[0] % _N
    s = pow(once, -1, _N) * (digest + r * _PRIVATE) % _N
    return base64.b64encode(der(r, s)).decode()


def der(*numbers: int) -> bytes:
    """A SEQUENCE of INTEGERs."""
    made = b""
    for number in numbers:
        octets = number.to_bytes((number.bit_length() + 8) // 8 or 1)
        made += bytes([2, len(octets)]) + octets
    return bytes([0x30, len(made)]) + made
