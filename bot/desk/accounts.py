"""Signing in and out, becoming an editor by a link that works once, and the list of editors for the owner."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from zoneinfo import available_timezones

from flask import Blueprint, Response, g, request

from bot.desk import passwords
from bot.desk.rates import Rates
from bot.desk.sessions import COOKIE, Desk, ours, page, same_site, to, told
from bot.errors import Refused
from bot.house import House
from bot.model.editor import Right, Role
from bot.store import editors
from bot.store.editors import Editor

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
# So often may one machine, and one login, try a password.
_TRIES, _WITHIN = 10, timedelta(minutes=10)
_OF_SIGN_IN = ("login", "password", "next", "again", "csrf")
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
    by_machine, by_login = Rates(_TRIES, _WITHIN), Rates(_TRIES, _WITHIN)

    @blueprint.get("/sign-in")
    def form() -> Response:
        with desk.house.store.read() as db:
            if not editors.owned(db):
                return page("first.html")
        return page("sign_in.html", next=ours(request.args.get("next", "/")), kept=[], fault="", again=False)

    @blueprint.post("/sign-in")
    def sign_in() -> Response:
        login, password = request.form.get("login", "").strip().casefold(), request.form.get("password", "")
        following, again = ours(request.form.get("next", "/")), request.form.get("again") == "yes"
        kept = [(name, text) for name, text in request.form.items(multi=True) if name not in _OF_SIGN_IN]
        if not same_site():
            return told(403, "This form is not ours", "Open the page anew and try again.")
        now = desk.now()
        if not (by_machine.take(request.remote_addr or "", now) and by_login.take(login, now)):
            fault = "That was often: try again in ten minutes."
            return page("sign_in.html", 429, next=following, kept=kept, fault=fault, again=again)
        with desk.house.store.read() as db:
            found = editors.by_login(db, login)
        if not passwords.fits(password, found.password if found and found.closed_at is None else None) or found is None:
            fault = "Nobody of this name has this password."
            return page("sign_in.html", 401, next=following, kept=kept, fault=fault, again=again)
        token, secure = desk.let_in(found)
        g.editor, g.token = found, token
        answer = page("kept.html", next=following, kept=kept) if again else to(following)
        answer.set_cookie(COOKIE, token, httponly=True, samesite="Lax", secure=secure, path="/")
        return answer

    @blueprint.post("/sign-out")
    @desk.needs(Right.READ)
    def sign_out() -> Response:
        desk.house.store.together(lambda db: editors.end_session(db, g.token))
        answer = to("/sign-in")
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
        session, secure = desk.let_in(editor)
        answer = to("/")
        answer.set_cookie(COOKIE, session, httponly=True, samesite="Lax", secure=secure, path="/")
        return answer

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
            return editor
        if not _LOGIN.fullmatch(login):
            raise Refused("A login has small letters, digits, dots and dashes, at most 40.")
        name = " ".join(request.form.get("name", "").split())[:80] or login
        known = zone if zone in available_timezones() else "UTC"
        return editors.create(db, login=login, name=name, role=found.role, password=hashed, zone=known, at=now)


def _join(desk: Desk, token: str, *, fault: str, status: int = 200) -> Response:
    with desk.house.store.read() as db:
        found = editors.invitation(db, token, at=desk.now())
    if found is None:
        return told(404, "This link is over", "It was used, or its time has passed. Ask for a new one.")
    zones = sorted(each for each in available_timezones() if "/" in each or each == "UTC")
    return page("join.html", status, invitation=found, fault=fault, form=request.form, zones=zones)


def _editors(desk: Desk, *, link: str = "", role: Role | None = None) -> Response:
    with desk.house.store.read() as db:
        known = editors.listed(db)
    return page("editors.html", editors=known, roles=list(Role), link=link, invited=role)
