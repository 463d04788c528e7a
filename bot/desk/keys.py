"""One's own tokens for the HTTP API: what they open, until when; made, shown once, revoked."""

from __future__ import annotations

import secrets
from datetime import timedelta

from flask import Blueprint, Response, g, request

from bot import tokens
from bot.desk.sessions import Desk, page, to, told
from bot.desk.words import when
from bot.errors import Refused
from bot.model.editor import Right
from bot.model.scope import OPENS, Scope
from bot.store import tokens as kept

# For so many days a token may be made here.
_DAYS = (7, 30, 90, 365)


def pages(desk: Desk) -> Blueprint:
    """The page of tokens. Nobody sees those of others here; the command line lists them all."""
    blueprint = Blueprint("keys", __name__)

    @blueprint.get("/tokens")
    @desk.needs(Right.READ)
    def listed() -> Response:
        return _tokens(desk)

    @blueprint.post("/tokens")
    @desk.needs(Right.READ)
    def make() -> Response:
        days = request.form.get("days", "")
        if days not in map(str, _DAYS):
            return _tokens(desk, fault="Choose how long it works.", status=400)
        token = f"{tokens.PREFIX}{secrets.token_urlsafe(32)}"
        try:
            tokens.make(
                desk.house,
                token=token,
                login=g.editor.login,
                name=request.form.get("name", ""),
                scopes=[Scope(each) for each in request.form.getlist("scope") if each in set(Scope)],
                actor=g.editor.login,
                now=desk.now(),
                lasts=timedelta(days=int(days)),
            )
        except Refused as error:
            return _tokens(desk, fault=str(error), status=409)
        return _tokens(desk, made=token)

    @blueprint.post("/tokens/<int:number>/revoke")
    @desk.needs(Right.READ)
    def revoke(number: int) -> Response:
        try:
            tokens.revoke(desk.house, number, actor=g.editor.login, now=desk.now(), login=g.editor.login)
        except Refused as error:
            return told(404, "No such token", str(error))
        return to("/tokens")

    return blueprint


def _tokens(desk: Desk, *, made: str = "", fault: str = "", status: int = 200) -> Response:
    """The page; `made` is a token that was just made: it is shown this once."""
    now, zone = desk.now(), str(g.editor.zone)
    with desk.house.store.read() as db:
        found = kept.listed(db, editor=g.editor.id)
    rows = [
        (each, when(each.expires_at, zone, now), when(each.used_at, zone, now), tokens.over(each, g.editor, now))
        for each in found
    ]
    return page(
        "tokens.html",
        status,
        rows=rows,
        scopes=[(scope, OPENS[scope][0]) for scope in tokens.within(g.editor)],
        days=_DAYS,
        usual=tokens.LASTS.days,
        wanted=request.form.getlist("scope") if fault else [],
        name=request.form.get("name", "") if fault else "",
        made=made,
        fault=fault,
    )
