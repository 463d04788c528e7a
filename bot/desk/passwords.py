"""Passwords, hashed with argon2; the only room that knows the library."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.errors import Refused

# NIST SP 800-63B: length is what counts, no rules of composition, and at least 64 characters have to be taken.
SHORTEST, LONGEST = 12, 256

_HASHER = PasswordHasher()
# What is checked where nobody of the name is known, so that this takes as long.
_NOBODY = _HASHER.hash("nobody has this password")


def hashed(password: str) -> str:
    """Raises Refused for one that is too short or too long."""
    if len(password) < SHORTEST:
        raise Refused(f"A password needs at least {SHORTEST} characters; four words one after the other are good.")
    if len(password) > LONGEST:
        raise Refused(f"A password has at most {LONGEST} characters.")
    return _HASHER.hash(password)


def fits(password: str, kept: str | None) -> bool:
    """Whether it is the password; as slow where there is none (`kept` is None or "")."""
    try:
        return _HASHER.verify(kept or _NOBODY, password[:LONGEST]) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False
