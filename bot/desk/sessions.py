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

from flask import Response, after_this_request, g, make_response, redirect, render_template, request

from bot.desk import passwords
from bot.desk.guesses import MARK, MARK_LASTS, WAIT, marked
from bot.desk.passkeys import Site, site
from bot.desk.peer import peer
from bot.desk.rates import Rates
from bot.desk.seals import Seals
from bot.errors import Refused
from bot.house import House
from bot.model.editor import RIGHTS, Right, Way
from bot.store import editors
from bot.store.database import Db
from bot.store.editors import Editor

P = ParamSpec("P")

COOKIE = "pullquote"
# What a form did, for the next page: a word of ours, never words of a request.
_DID = "pullquote-did"
_DONE = {"saved": "Saved.", "nothing": "Nothing was changed, so nothing was saved."}
# The time of the last use is written down this often, not at every request.
_NOTED = timedelta(minutes=5)
_READING = ("GET", "HEAD")
# So often one session may try the password again.
_TRIES = 10
# What of a form is not shown again to whoever has to sign in first.
_NOT_KEPT = ("csrf", "password", "new", "again", "answer")


class Desk:
    """What the desk's pages share: the house, the clock, and who is there."""

    def __init__(self, house: House, now: Callable[[], datetime]) -> None:
        self.house = house
        self.now = now
        self.tries = Rates(house.store, "password again", _TRIES, WAIT)
        # Without a secret there is one process on this machine, and its challenges end with it.
        self.seals = Seals(house.web_secret or secrets.token_urlsafe(32))

    def enter(self) -> None:
        """Before each request of the desk: find out who it is. Keeps them in `g`."""
        token = request.cookies.get(COOKIE, "")
        g.editor, g.token, g.named, g.now = None, token, self._named(), self.now()
        if token:
            now = self.now()
            with self.house.store.read() as db:
                found = editors.of_session(db, token, at=now)
                last = editors.last_seen(db, token)
                if found is not None and self._vouched_otherwise(db, found):
                    found = None
            if found is not None:
                g.editor = found
                if last is None or now - last >= _NOTED:
                    self.house.store.together(lambda db: editors.seen(db, token, at=now))
        if g.editor is None and request.method in _READING:
            self._let_in_by_proxy()

    def _named(self) -> str:
        """The login that the reverse proxy gives to whoever asks; "" where it names nobody, or another speaks."""
        web = self.house.config.web
        if web.proxy_login is None or web.proxy is None or peer() != web.proxy:
            return ""
        return request.headers.get(web.proxy_login.header, "").strip().casefold()

    def _vouched_otherwise(self, db: Db, editor: Editor) -> bool:
        """Whether the proxy names somebody else than the session, or nobody any more where it began by the proxy."""
        if self.house.config.web.proxy_login is None or g.named == editor.login:
            return False
        return bool(g.named) or editors.way(db, g.token) is Way.PROXY

    def _let_in_by_proxy(self) -> bool:
        """Begin a session for whom the proxy names, if they are an editor; what they may do stands with us."""
        if not g.named:
            return False
        with self.house.store.read() as db:
            found = editors.by_login(db, g.named)
        if found is None or found.closed_at is not None:
            return False
        self.let_in(found, Way.PROXY)
        return True

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
        if g.named and request.method in _READING:
            words = f"The proxy before this desk names you '{g.named}'. Nobody works here by that login: ask an owner."
            return told(403, "You do not work here", words)
        if request.method in _READING:
            where = request.full_path if request.query_string else request.path
            return to(f"/sign-in?next={quote(where, safe='/')}")
        kept = [(name, text) for name, text in request.form.items(multi=True) if name not in _NOT_KEPT]
        if self._let_in_by_proxy():
            return page("kept.html", next=request.path, kept=kept)
        return self.ask(401, following=request.path, kept=kept, again=True)

    def ask(
        self,
        status: int = 200,
        *,
        following: str,
        kept: list[tuple[str, str]] | None = None,
        fault: str = "",
        again: bool = False,
    ) -> Response:
        """The page to sign in on, which leads on to `following` and takes along what was typed in a form."""
        offered = self.site() is not None
        names = {"next": following, "kept": kept or [], "fault": fault, "again": again, "passkeys": offered}
        return page("sign_in.html", status, provider=self.house.config.web.oidc, **names)

    def site(self) -> Site | None:
        """Where passkeys work, None where they do not as this request came."""
        return site(self.house.config.web.public, request.host_url)

    def outside(self) -> str:
        """The address under which others reach these pages, without a slash at its end."""
        return self.house.config.web.public or request.host_url.rstrip("/")

    def let_in(self, editor: Editor, way: Way) -> None:
        """Begin a session, and end the one before. The answer to this request bears the cookie.

        The browser is marked as one in which this editor has signed in; the mark is sent to the form for it alone.
        """
        token = secrets.token_urlsafe(32)
        agent, address = request.headers.get("User-Agent", ""), request.remote_addr or ""
        with self.house.store.write() as db:
            if g.get("token"):
                editors.end_session(db, g.token)
            editors.begin_session(db, editor, token=token, agent=agent, at=self.now(), way=way, address=address)
        g.editor, g.token = editor, token
        secure = self.over_tls()

        @after_this_request
        def remember(answer: Response) -> Response:
            answer.set_cookie(COOKIE, token, httponly=True, samesite="Lax", secure=secure, path="/")
            if editor.password:
                mark, lasts = marked(editor.login, editor.password), int(MARK_LASTS.total_seconds())
                answer.set_cookie(
                    MARK, mark, max_age=lasts, httponly=True, samesite="Lax", secure=secure, path="/sign-in"
                )
            return answer

    def over_tls(self) -> bool:
        """Whether this request came over TLS, as far as we know: then cookies may travel over nothing else."""
        public = self.house.config.web.public or ""
        return request.is_secure or (public.startswith("https://") and urlsplit(public).netloc == request.host)


def proved(desk: Desk) -> None:
    """Ask for the password before what outlives the session. Raises Refused."""
    if not desk.tries.take(g.token, desk.now()):
        raise Refused("That was often: try again in ten minutes.")
    if not passwords.fits(request.form.get("password", ""), g.editor.password):
        raise Refused("This is not your present password; nothing was changed.")


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
    """A page of the desk. It says what the form before it did, once."""
    done = _DONE.get(request.cookies.get(_DID, ""))
    seen = {"editor": g.get("editor"), "now": g.get("now"), "csrf": word(), "done": done}
    html = render_template(f"desk/{template}", **seen, **names)
    answer = make_response(html, status)
    answer.headers["Cache-Control"] = "no-store"
    if done is not None:
        answer.delete_cookie(_DID)
    return answer


def told(status: int, heading: str, words: str) -> Response:
    return page("told.html", status, heading=heading, words=words)


def to(path: str, *, did: str = "") -> Response:
    """On to another page of ours, which says what was done; anything that is not one leads to the first."""
    answer = make_response(redirect(ours(path), 303))
    if did:
        answer.set_cookie(_DID, did, max_age=60, httponly=True, samesite="Lax", secure=request.is_secure)
    return answer


def ours(path: str) -> str:
    """`path` where it is one of ours, else that of the first page.

    Browsers drop tabs and line breaks from an address and read a backslash as a slash: none may stand in it.
    """
    plain = path.isprintable() and not any(each.isspace() or each == "\\" for each in path)
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"
