"""How often a password may be tried: who guesses is stopped, and cannot shut out who knows it.

A browser in which somebody has signed in keeps a mark for that login. With the mark a try counts against this browser
alone; without it, against the machine it comes from. So a guesser uses up their own tries and not the owner's.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from datetime import datetime, timedelta

from bot.desk.rates import Rates, take_in_turn
from bot.store.database import Store

MARK = "pullquote-known"
MARK_LASTS = timedelta(days=180)
WAIT = timedelta(minutes=10)
# For one login: from one machine, or from one browser that bears its mark.
_TRIES = 10
# From one machine for all logins together: an office behind one address has several editors.
_OF_A_MACHINE = 30
# For one login from all machines without its mark. NIST SP 800-63B (5.2.2) allows a hundred failures for an account.
_OF_ALL, _OF_ALL_WITHIN = 100, timedelta(hours=1)


class Guesses:
    """Counts tries, in all processes of this desk together."""

    def __init__(self, store: Store) -> None:
        self._marked = Rates(store, "sign in, marked", _TRIES, WAIT)
        self._pairs = Rates(store, "sign in, machine and login", _TRIES, WAIT)
        self._machines = Rates(store, "sign in, machine", _OF_A_MACHINE, WAIT)
        self._logins = Rates(store, "sign in, login", _OF_ALL, _OF_ALL_WITHIN)

    def take(self, login: str, *, address: str, mark: str, password: str | None, now: datetime) -> bool:
        """Count one more try; False where that is too often, and the password must not be looked at.

        `mark` is what the browser sent for `MARK`, or "". `password` is the hash kept for the login, None for nobody's.
        """
        if password and known(mark, login, password):
            return self._marked.take(mark, now)
        machine = network(address)
        # The order matters: who was stopped by one of these does not use up the next.
        return take_in_turn(
            [(self._pairs, f"{machine} {login}"), (self._machines, machine), (self._logins, login)], now
        )


def marked(login: str, password: str) -> str:
    """A new mark for a browser in which somebody has just signed in.

    It is signed with the hash of their password, so that it is void once they choose another, and nothing need be kept.
    It lets nobody in.
    """
    number = secrets.token_urlsafe(16)
    return f"{number}.{_signature(number, login, password)}"


def known(mark: str, login: str, password: str) -> bool:
    """Whether a browser's mark is one for this login."""
    number, _, signature = mark.partition(".")
    return hmac.compare_digest(signature.encode("utf-8", "replace"), _signature(number, login, password).encode())


def network(address: str) -> str:
    """What counts as one machine: an IPv4 address, or the /64 that one IPv6 connection commonly has to itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found), 64), strict=False))
    return str(found)


def _signature(number: str, login: str, password: str) -> str:
    words = f"known browser:{login}:{number}".encode("utf-8", "replace")
    return hmac.new(password.encode(), words, hashlib.sha256).hexdigest()
