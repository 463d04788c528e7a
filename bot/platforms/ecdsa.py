"""Checks signatures on the curve P-256 with SHA-256 (ECDSA, FIPS 186-5). It checks and never signs.

Only public numbers pass through here, so it does not matter how long anything takes, and a library with its own
compiler need not be installed for one service's webhooks. Nothing that holds a secret may ever use this module.
"""

from __future__ import annotations

import hashlib

# The curve y² = x³ - 3x + B modulo P, with the base point G of order N (SP 800-186, 3.2.1.3).
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    1,
)
# What stands before the point in a public key of this curve (SubjectPublicKeyInfo, uncompressed).
_BEFORE_POINT = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")

_Point = tuple[int, int, int]
"""A point in Jacobian coordinates: x is X/Z², y is Y/Z³. The one at infinity has Z = 0."""
_INFINITY: _Point = (1, 1, 0)


def proves(signature: bytes, message: bytes, *, public_key: bytes) -> bool:
    """Whether a signature (DER) of these bytes was made with the private half of a key (SubjectPublicKeyInfo, DER)."""
    point, numbers = _point(public_key), _numbers(signature)
    if point is None or numbers is None:
        return False
    r, s = numbers
    if not (0 < r < _N and 0 < s < _N):
        return False
    digest = int.from_bytes(hashlib.sha256(message).digest())
    inverse = pow(s, -1, _N)
    x, _, z = _sum_of_multiples(digest * inverse % _N, _G, r * inverse % _N, point)
    return z != 0 and x * pow(z, -2, _P) % _P % _N == r


def is_key(public_key: bytes) -> bool:
    """Whether this is a public key of the curve at all."""
    return _point(public_key) is not None


def _point(public_key: bytes) -> _Point | None:
    """The point of a public key; None where it is no key of this curve."""
    if not public_key.startswith(_BEFORE_POINT) or len(public_key) != len(_BEFORE_POINT) + 64:
        return None
    x, y = int.from_bytes(public_key[-64:-32]), int.from_bytes(public_key[-32:])
    on_curve = x < _P and y < _P and (y * y - (x * x * x - 3 * x + _B)) % _P == 0
    return (x, y, 1) if on_curve else None


def _numbers(signature: bytes) -> tuple[int, int] | None:
    """The two numbers of a signature, a SEQUENCE of two INTEGERs; None where it is anything else."""
    if not 2 < len(signature) <= 72 or signature[:2] != bytes([0x30, len(signature) - 2]):
        return None
    first, rest = _integer(signature[2:])
    second, rest = _integer(rest)
    return None if first is None or second is None or rest else (first, second)


def _integer(der: bytes) -> tuple[int | None, bytes]:
    """The positive INTEGER that begins some DER and what follows it; None where none does, or not in its one form."""
    if len(der) < 3 or der[0] != 2 or not 0 < der[1] <= 33 or len(der) < 2 + der[1]:
        return None, b""
    number = der[2 : 2 + der[1]]
    negative = number[0] >= 0x80
    padded = len(number) > 1 and number[0] == 0 and number[1] < 0x80
    return (None if negative or padded else int.from_bytes(number)), der[2 + der[1] :]


def _sum_of_multiples(one: int, first: _Point, other: int, second: _Point) -> _Point:
    """`one` times the first point and `other` times the second, added; both in one run over their bits."""
    both, result = _sum(first, second), _INFINITY
    for bit in reversed(range(256)):
        result = _doubled(result)
        match one >> bit & 1, other >> bit & 1:
            case 1, 1:
                result = _sum(result, both)
            case 1, 0:
                result = _sum(result, first)
            case 0, 1:
                result = _sum(result, second)
    return result


def _doubled(point: _Point) -> _Point:
    x, y, z = point
    square = y * y % _P
    beta = x * square % _P
    alpha = 3 * (x - z * z) * (x + z * z) % _P
    new = (alpha * alpha - 8 * beta) % _P
    return new, (alpha * (4 * beta - new) - 8 * square * square) % _P, 2 * y * z % _P


def _sum(one: _Point, other: _Point) -> _Point:
    (x1, y1, z1), (x2, y2, z2) = one, other
    if z1 == 0 or z2 == 0:
        return other if z1 == 0 else one
    u1, u2 = x1 * z2 * z2 % _P, x2 * z1 * z1 % _P
    s1, s2 = y1 * z2 * z2 * z2 % _P, y2 * z1 * z1 * z1 % _P
    if u1 == u2:
        return _doubled(one) if s1 == s2 else _INFINITY
    h, r = u2 - u1, s2 - s1
    square = h * h % _P
    cube, v = h * square % _P, u1 * square % _P
    new = (r * r - cube - 2 * v) % _P
    return new, (r * (v - new) - s1 * cube) % _P, z1 * z2 * h % _P
