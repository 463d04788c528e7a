"""Signing in and out, becoming an editor by a link that works once, and the list of editors for the owner."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from zoneinfo import available_timezones

from flask import Blueprint, Response, g, request

from bot.desk import passwords
from bot.desk.account import by_passkey
from bot.desk.fields import one_line
from bot.desk.guesses import MARK, Guesses
from bot.desk.sessions import COOKIE, Desk, ours, page, same_site, to, told
from bot.desk.words import zones
from bot.errors import Refused
from bot.house import House
from bot.model.editor import Right, Role, Way
from bot.store import editors
from bot.store.editors import Editor

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_OF_SIGN_IN = ("login", "password", "answer", "next", "again", "csrf")
INVITED_FOR = timedelta(days=7)
FIRST_FOR = timedelta(hours=24)


def first_link(house: House, now: datetime) -> str | None:
    """The path by which the first owner is made; None where the desk has one."""
    token = secrets.token_urlsafe(24)
    with house.store.write() as db:
        if editors.owned(db):
            return None
        editors.invite(db, token=token, role=Role.OWNER, made_by="pullquote desk", at=now, lasts=FIRST_FOR)
    return f"/join/{token}"


def pages(desk: Desk) -> Blueprint:
    """The pages of accounts."""
    blueprint = Blueprint("accounts", __name__)
    guesses = Guesses(desk.house.store)

    @blueprint.get("/sign-in")
    def form() -> Response:
        with desk.house.store.read() as db:
            if not editors.owned(db):
                return page("first.html")
        return desk.ask(following=ours(request.args.get("next", "/")))

    @blueprint.post("/sign-in")
    def sign_in() -> Response:
        login, password = request.form.get("login", "").strip().casefold(), request.form.get("password", "")
        following, again = ours(request.form.get("next", "/")), request.form.get("again") == "yes"
        kept = [(name, text) for name, text in request.form.items(multi=True) if name not in _OF_SIGN_IN]
        if not same_site():
            return told(403, "This form is not ours", "Open the page anew and try again.")
        with desk.house.store.read() as db:
            found = editors.by_login(db, login)
        hashed = found.password if found and found.closed_at is None else None
        address, mark = request.remote_addr or "", request.cookies.get(MARK, "")
        if not guesses.take(login, address=address, mark=mark, password=hashed, now=desk.now()):
            fault = "That was often: try again in ten minutes, or in a browser in which you have signed in before."
            return desk.ask(429, following=following, kept=kept, fault=fault, again=again)
        if not passwords.fits(password, hashed) or found is None:
            fault = "Nobody of this name has this password."
            return desk.ask(401, following=following, kept=kept, fault=fault, again=again)
        desk.let_in(found, Way.PASSWORD)
        return page("kept.html", next=following, kept=kept) if again else to(following)

    @blueprint.post("/sign-in/passkey")
    def sign_in_by_passkey() -> Response:
        following, again = ours(request.form.get("next", "/")), request.form.get("again") == "yes"
        kept = [(name, text) for name, text in request.form.items(multi=True) if name not in _OF_SIGN_IN]
        if not same_site():
            return told(403, "This form is not ours", "Open the page anew and try again.")
        try:
            found = by_passkey(desk, request.form.get("answer", ""))
        except Refused as error:
            return desk.ask(401, following=following, kept=kept, fault=str(error), again=again)
        desk.let_in(found, Way.PASSKEY)
        return page("kept.html", next=following, kept=kept) if again else to(following)

    @blueprint.post("/sign-out")
    @desk.needs(Right.READ)
    def sign_out() -> Response:
        desk.house.store.together(lambda db: editors.end_session(db, g.token))
        answer = to("/sign-in")
        if g.named:
            words = "The proxy before this desk still names you; to leave altogether, sign out there too."
            answer = told(200, "You are signed out here", words)
        answer.delete_cookie(COOKIE, path="/")
        return answer

    @blueprint.get("/join/<token>")
    def invitation(token: str) -> Response:
        return _join(desk, token, fault="")

    @blueprint.post("/join/<token>")
    def join(token: str) -> Response:
        if not same_site():
            return told(403, "This form is not ours", "Open the link anew.")
        try:
            editor = _become(desk, token)
        except Refused as error:
            return _join(desk, token, fault=str(error), status=400)
        if editor is None:
            return _join(desk, token, fault="")
        desk.let_in(editor, Way.LINK)
        return to("/")

    @blueprint.get("/editors")
    @desk.needs(Right.RULE)
    def listed() -> Response:
        return _editors(desk)

    @blueprint.post("/editors/invite")
    @desk.needs(Right.RULE)
    def invite() -> Response:
        try:
            role = Role(request.form.get("role", ""))
        except ValueError:
            return told(400, "No such role", f"Choose one of {', '.join(Role)}.")
        token = secrets.token_urlsafe(24)
        with desk.house.store.write() as db:
            editors.invite(db, token=token, role=role, made_by=g.editor.login, at=desk.now(), lasts=INVITED_FOR)
        return _editors(desk, link=f"{desk.outside()}/join/{token}", role=role)

    @blueprint.post("/editors/<int:number>")
    @desk.needs(Right.RULE)
    def change(number: int) -> Response:
        try:
            with desk.house.store.write() as db:
                found = editors.get(db, number)
                closed = {"close": True, "open": False}.get(request.form.get("do", ""))
                role = Role(request.form["role"]) if request.form.get("role") in set(Role) else None
                editors.change(db, found, at=desk.now(), actor=g.editor.login, role=role, closed=closed)
        except Refused as error:
            return told(409, "Nothing was changed", str(error))
        return to("/editors")

    return blueprint


def _become(desk: Desk, token: str) -> Editor | None:
    """The editor that a link and a form make, or whose password they change; None where the link is used up."""
    login = request.form.get("login", "").strip().casefold()
    password, zone = request.form.get("password", ""), request.form.get("zone", "UTC")
    if password != request.form.get("again", ""):
        raise Refused("The two passwords are not the same; type them again.")
    now = desk.now()
    with desk.house.store.read() as db:
        # Hashing takes long on purpose; it is done for those who have a link.
        if editors.invitation(db, token, at=now) is None:
            return None
    hashed = passwords.hashed(password)
    with desk.house.store.write() as db:
        found = editors.invitation(db, token, at=now)
        if found is None or not editors.use(db, token, at=now):
            return None
        if found.editor_id is not None:
            editor = editors.get(db, found.editor_id)
            editors.change(db, editor, at=now, actor=editor.login, password=hashed)
            return editors.get(db, editor.id)
        if not _LOGIN.fullmatch(login):
            raise Refused("A login has small letters, digits, dots and dashes, at most 40.")
        name = one_line("name", most=80) or login
        known = zone if zone in available_timezones() else "UTC"
        return editors.create(db, login=login, name=name, role=found.role, password=hashed, zone=known, at=now)


def _join(desk: Desk, token: str, *, fault: str, status: int = 200) -> Response:
    with desk.house.store.read() as db:
        found = editors.invitation(db, token, at=desk.now())
    if found is None:
        return told(404, "This link is over", "It was used, or its time has passed. Ask for a new one.")
    return page("join.html", status, invitation=found, fault=fault, form=request.form, zones=zones())


def _editors(desk: Desk, *, link: str = "", role: Role | None = None) -> Response:
    with desk.house.store.read() as db:
        known = editors.listed(db)
    return page("editors.html", editors=known, roles=list(Role), link=link, invited=role)
