"""An edition's stored bytes in a frame that can do nothing, and the ways to look at them."""

from __future__ import annotations

from flask import Response, make_response, request

from bot.model.places import filled
from bot.model.publication import Mail

VIEWS = ("wide", "phone", "dark", "forced", "text")


def view() -> str:
    """The view that this request asks for."""
    wanted = request.args.get("view", "")
    return wanted if wanted in VIEWS else VIEWS[0]


def framed(publication: Mail) -> Response:
    """A mail as it is stored: no script, no loading, no way to us. `as=text` and `scheme=dark` choose what is shown."""
    mail = filled(publication, {})
    if request.args.get("as") == "text":
        answer = make_response(mail.text)
        answer.headers["Content-Type"] = "text/plain; charset=utf-8"
    else:
        # What a reader's own setting decides is decided here, so that both designs can be seen on any machine.
        dark = "all" if request.args.get("scheme") == "dark" else "not all"
        answer = make_response(
            mail.html.replace("(prefers-color-scheme:dark)", dark).replace("(prefers-color-scheme: dark)", dark)
        )
        answer.headers["Content-Type"] = "text/html; charset=utf-8"
    answer.headers["Content-Security-Policy"] = (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
