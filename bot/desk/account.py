"""One's own account: where one is signed in, one's passkeys, one's password."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from flask import Blueprint, Response, g, jsonify, request

from bot.desk import passkeys, passwords
from bot.desk.fields import one_line
from bot.desk.sessions import Desk, page, proved, to, told
from bot.desk.words import when
from bot.errors import Refused
from bot.model.editor import Right, Way
from bot.store import editors, identities
from bot.store import passkeys as kept
from bot.store.editors import Editor

# So long somebody may take to answer their device.
ANSWERED_WITHIN = timedelta(minutes=5)
_LONGEST_NAME = 60
_SIGN_IN = "sign in"
# What browsers call themselves. Most also name those before whom they came: the order decides.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrom", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
_LATE = "That took too long, or was sent twice. Try again."


def pages(desk: Desk) -> Blueprint:
    """The page of one's account, and signing in by passkey."""
    blueprint = Blueprint("account", __name__)

    @blueprint.get("/account")
    @desk.needs(Right.READ)
    def account() -> Response:
        return _account(desk)

    @blueprint.post("/account/password")
    @desk.needs(Right.READ)
    def password() -> Response:
        new = request.form.get("new", "")
        try:
            if new != request.form.get("again", ""):
                raise Refused("The two new passwords are not the same; type them again.")
            proved(desk)
            hashed = passwords.hashed(new)
        except Refused as error:
            return _account(desk, fault=str(error), status=400)
        editor: Editor = g.editor
        with desk.house.store.write() as db:
            editors.change(db, editor, at=desk.now(), actor=editor.login, password=hashed)
            changed = editors.get(db, editor.id)
        desk.let_in(changed, Way.PASSWORD)
        return _account(desk, said="Your password is changed. Everywhere else you are signed out.")

    @blueprint.post("/account/sessions/end")
    @desk.needs(Right.READ)
    def end() -> Response:
        """End one session of one's own, or, without a key, all others."""
        key = request.form.get("session", "") or None
        but = editors.session_key(g.token) if key is None else None
        ended = desk.house.store.together(lambda db: editors.end_sessions(db, g.editor, key=key, but=but))
        return _account(desk, said=f"{'One session' if ended == 1 else f'{ended} sessions'} ended.")

    @blueprint.get("/account/passkeys/new")
    @desk.needs(Right.READ)
    def to_create() -> Response:
        site = desk.site()
        if site is None:
            return told(409, "No passkeys here", _elsewhere())
        challenge = desk.seals.make(_of_session(), now=desk.now(), lasts=ANSWERED_WITHIN)
        with desk.house.store.read() as db:
            known = kept.of_editor(db, g.editor)
        return _fresh(jsonify(passkeys.to_create(site, g.editor, known, challenge)))

    @blueprint.post("/account/passkeys")
    @desk.needs(Right.READ)
    def create() -> Response:
        site = desk.site()
        name = one_line("name", most=_LONGEST_NAME) or "passkey"
        answer, now = request.form.get("answer", ""), desk.now()
        try:
            if site is None:
                raise Refused(_elsewhere())
            proved(desk)
            challenge = passkeys.challenged(answer)
            until = _until(desk, _of_session(), challenge, now)
            new = passkeys.registered(site, challenge, answer)
            with desk.house.store.write() as db:
                if not kept.answer(db, challenge, until=until, at=now):
                    raise Refused(_LATE)
                kept.add(db, g.editor, credential=new.credential, public=new.public, count=new.count, name=name, at=now)
        except Refused as error:
            return _account(desk, fault=str(error), status=400)
        return to("/account")

    @blueprint.post("/account/passkeys/<int:number>/remove")
    @desk.needs(Right.READ)
    def remove(number: int) -> Response:
        try:
            with desk.house.store.write() as db:
                kept.remove(db, g.editor, number, at=desk.now())
        except Refused as error:
            return told(404, "No such passkey", str(error))
        return to("/account")

    @blueprint.get("/sign-in/passkey")
    def to_sign() -> Response:
        site = desk.site()
        if site is None:
            return told(409, "No passkeys here", _elsewhere())
        challenge = desk.seals.make(_SIGN_IN, now=desk.now(), lasts=ANSWERED_WITHIN)
        return _fresh(jsonify(passkeys.to_sign(site, challenge)))

    return blueprint


def by_passkey(desk: Desk, answer: str) -> Editor:
    """Who signs in with this answer of their device. Raises Refused."""
    site = desk.site()
    if site is None:
        raise Refused(_elsewhere())
    now, challenge = desk.now(), passkeys.challenged(answer)
    until = _until(desk, _SIGN_IN, challenge, now)
    with desk.house.store.read() as db:
        passkey = kept.by_credential(db, passkeys.named(answer))
        owner = editors.get(db, passkey.editor_id) if passkey is not None else None
    if passkey is None or owner is None or owner.closed_at is not None:
        raise Refused("This passkey is none of this desk. Use another, or your password.")
    count = passkeys.signed(site, challenge, answer, passkey, owner)
    with desk.house.store.write() as db:
        if not kept.answer(db, challenge, until=until, at=now):
            raise Refused(_LATE)
        if not kept.used(db, passkey, count=count, at=now):
            raise Refused("This passkey seems to be a copy: it counts backwards. Use your password, and remove it.")
    return owner


def _until(desk: Desk, purpose: str, challenge: bytes, now: datetime) -> datetime:
    until = desk.seals.ends(purpose, challenge, now=now)
    if until is None:
        raise Refused(_LATE)
    return until


def _of_session() -> str:
    """A challenge to register is good for the session that asked for it alone."""
    return "register " + hashlib.sha256(str(g.token).encode()).hexdigest()


def _elsewhere() -> str:
    where = "where the desk is opened by the https:// address in [web] public, or as localhost"
    return f"Passkeys need TLS and a name: they work {where}, and not as {request.host}."


def _fresh(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _account(desk: Desk, *, said: str = "", fault: str = "", status: int = 200) -> Response:
    editor: Editor = g.editor
    now = desk.now()
    with desk.house.store.read() as db:
        begun = editors.sessions_of(db, editor, at=now)
        known = kept.of_editor(db, editor)
        provider = desk.house.config.web.oidc
        connected = provider is not None and identities.connected(db, editor, issuer=provider.issuer)
    here = editors.session_key(g.token)
    return page(
        "account.html",
        status,
        said=said,
        fault=fault,
        shortest=passwords.SHORTEST,
        sessions=[
            (each, browser(each.agent), when(each.made_at, editor.zone, now), when(each.seen_at, editor.zone, now))
            for each in begun
        ],
        here=here,
        passkeys=[(each, when(each.made_at, editor.zone, now), when(each.used_at, editor.zone, now)) for each in known],
        elsewhere="" if desk.site() else _elsewhere(),
        provider=provider,
        connected=connected,
        named=browser(request.headers.get("User-Agent", "")),
    )


def browser(agent: str) -> str:
    """A browser in words that its owner knows again: "Firefox, Linux". Pure."""
    name = next((words for sign, words in _BROWSERS if sign in agent), "")
    system = next((words for sign, words in _SYSTEMS if sign in agent), "")
    return ", ".join(each for each in (name, system) if each) or "a program"
