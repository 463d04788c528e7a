"""Makes a web address out of what stands where a feed has one."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from bot.reading.facts import web_address

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_BROKEN = re.compile(r"[\t\r\n]+")


def absolute(address: str, base: str | None = None) -> str | None:
    """`address` as one of the web, a relative one resolved against `base`; None where it leads nowhere there.

    Line ends in it are left out and spaces written as browsers write them.
    """
    address = _BROKEN.sub("", address.strip()).replace(" ", "%20")
    if not address:
        return None
    if not _SCHEME.match(address):
        if not base:
            return web_address(f"https:{address}") if address.startswith("//") else None
        try:
            address = urljoin(base, address)
        except ValueError:
            return None
    return web_address(address)
