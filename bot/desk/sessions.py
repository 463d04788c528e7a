"""Who is at the desk: the cookie, the proof that a form is ours, and what somebody may do.

A request that changes something needs the session's own word in the form; it is checked before anything else is read.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec
from urllib.parse import quote, urlsplit

from flask import Response, g, make_response, redirect, render_template, request

from bot.house import House
from bot.model.editor import RIGHTS, Right
from bot.store import editors
from bot.store.editors import Editor

P = ParamSpec("P")

COOKIE = "pullquote"
# The time of the last use is written down this often, not at every request.
_NOTED = timedelta(minutes=5)
_READING = ("GET", "HEAD")


class Desk:
    """What the desk's pages share: the house, the clock, and who is there."""

    def __init__(self, house: House, now: Callable[[], datetime]) -> None:
        self.house = house
        self.now = now

    def enter(self) -> None:
        """Before each request of the desk: find out who it is. Keeps them in `g`."""
        token = request.cookies.get(COOKIE, "")
        g.editor, g.token = None, token
        if not token:
            return
        now = self.now()
        with self.house.store.read() as db:
            found = editors.of_session(db, token, at=now)
            last = editors.last_seen(db, token)
        if found is not None:
            g.editor = found
            if last is None or now - last >= _NOTED:
                self.house.store.together(lambda db: editors.seen(db, token, at=now))

    def needs(self, right: Right) -> Callable[[Callable[P, Response]], Callable[P, Response]]:
        """Only for those who may: others are asked to sign in, or told who may."""

        def around(page: Callable[P, Response]) -> Callable[P, Response]:
            @wraps(page)
            def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
                editor: Editor | None = g.editor
                changing = request.method not in _READING
                # Before anything of a form is shown again: what another site sent is nobody's words.
                if changing and (not same_site() or (editor is not None and not own_word())):
                    return told(403, "This form is not ours", "Open the page anew and try again: nothing was changed.")
                if editor is None:
                    return self.sign_in_again()
                if right not in RIGHTS[editor.role]:
                    return told(403, "Not yours to do", f"You are here as {editor.role}; you may not {right}.")
                return page(*args, **kwargs)

            return guarded

        return around

    def sign_in_again(self) -> Response:
        """Ask who it is; what was typed in a form comes along, so that nothing is lost."""
        if request.method in _READING:
            where = request.full_path if request.query_string else request.path
            return to(f"/sign-in?next={quote(where, safe='/')}")
        kept = [(name, text) for name, text in request.form.items(multi=True) if name not in ("csrf", "password")]
        return page("sign_in.html", 401, next=request.path, kept=kept, fault="", again=True)

    def outside(self) -> str:
        """The address under which others reach these pages, without a slash at its end."""
        return self.house.config.web.public or request.host_url.rstrip("/")

    def let_in(self, editor: Editor) -> tuple[str, bool]:
        """Begin a session, and end the one before: its token, and whether the cookie may travel over TLS only."""
        token = secrets.token_urlsafe(32)
        agent = request.headers.get("User-Agent", "")
        with self.house.store.write() as db:
            if g.get("token"):
                editors.end_session(db, g.token)
            editors.begin_session(db, editor, token=token, agent=agent, at=self.now())
        public = self.house.config.web.public or ""
        return token, request.is_secure or (public.startswith("https://") and urlsplit(public).netloc == request.host)


def same_site() -> bool:
    """Whether a request that changes something comes from a page of ours, as far as the browser tells."""
    origin = request.headers.get("Origin")
    if origin and origin != "null" and urlsplit(origin).netloc != request.host:
        return False
    return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")


def own_word() -> bool:
    """Whether a form bears the word of this very session."""
    return hmac.compare_digest(request.form.get("csrf", "").encode("utf-8", "replace"), word().encode())


def word() -> str:
    """What proves that a form is of this session."""
    return hashlib.sha256(f"form:{g.get('token', '')}".encode()).hexdigest()


def page(template: str, status: int = 200, **names: Any) -> Response:
    """A page of the desk."""
    answer = make_response(render_template(f"desk/{template}", editor=g.get("editor"), csrf=word(), **names), status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def told(status: int, heading: str, words: str) -> Response:
    return page("told.html", status, heading=heading, words=words)


def to(path: str) -> Response:
    """On to another page of ours; anything that is not one leads to the first."""
    return make_response(redirect(ours(path), 303))


def ours(path: str) -> str:
    """`path` where it is one of ours, else that of the first page.

    Browsers drop tabs and line breaks from an address and read a backslash as a slash: none may stand in it.
    """
    plain = path.isprintable() and not any(each.isspace() or each == "\\" for each in path)
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"
