"""Which machine is at the other end of a connection, kept apart from what it says about whom it speaks for.

The server replaces the address of a reverse proxy by that of its caller. Whether a header comes from the proxy itself
can be told from the connection alone, so its address is kept before that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import request
from waitress.proxy_headers import proxy_headers_middleware

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PEER = "pullquote.peer"
# What a proxy that is named may say of its caller.
_BELIEVED = frozenset({"x-forwarded-for", "x-forwarded-proto"})


def behind(application: WSGIApplication, proxy: str | None) -> WSGIApplication:
    """The application, which is told who asks by the proxy of that address, and by nobody else."""
    told: WSGIApplication = proxy_headers_middleware(
        application, trusted_proxy=proxy, trusted_proxy_headers=set(_BELIEVED) if proxy else set()
    )

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        environ[_PEER] = environ["REMOTE_ADDR"]
        return told(environ, start)

    return answer


def peer() -> str:
    """The address of the machine that speaks to us in this request; "" where a server that is not ours asks."""
    return str(request.environ.get(_PEER, ""))
