"""Signing in through an OpenID provider, and connecting one's account to it.

Who comes back is known by the provider's own name for them, and only after they were connected once, by themselves,
signed in here. So nothing hangs on what a provider says of addresses, and whom nobody invited gets nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from flask import Blueprint, Response, g, make_response, redirect, request

from bot import oidc
from bot.desk.guesses import WAIT, network
from bot.desk.rates import Rates
from bot.desk.sessions import Desk, ours, page, proved, to, told
from bot.errors import Refused
from bot.http import Door
from bot.model.editor import Right, Way
from bot.oidc import Client, Provider
from bot.store import editors, identities, passkeys

BACK = "/sign-in/oidc/back"
_COOKIE = "pullquote-oidc"
# So long somebody may take at the provider.
_LASTS = timedelta(minutes=15)
# What a provider says of itself is asked for again after so long.
_KNOWN_FOR = timedelta(hours=1)
_TRIES = 30


class _Provider:
    """The provider of the configuration, with what it said of itself."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: tuple[Provider, datetime] | None = None

    def client(self) -> Client:
        """Raises Refused where the desk has no provider."""
        house = self._desk.house
        table, secret, public = house.config.web.oidc, house.oidc_secret, house.config.web.public
        if table is None or secret is None or public is None:
            raise Refused("This desk is connected to no provider.")
        return Client(table.issuer, table.client_id, secret, f"{public}{BACK}")

    def said(self, now: datetime) -> Provider:
        if self._known is None or now - self._known[1] >= _KNOWN_FOR:
            with Door() as door:
                self._known = oidc.discover(self.client().issuer, door), now
        return self._known[0]


def pages(desk: Desk) -> Blueprint:
    """The ways to the provider and back."""
    blueprint = Blueprint("by_oidc", __name__)
    provider, rates = _Provider(desk), Rates(desk.house.store, "sign in by provider", _TRIES, WAIT)

    def onward(purpose: str) -> tuple[str, str]:
        """Where the provider is, and the word that binds its answer to this browser. Raises Refused."""
        now, word = desk.now(), secrets.token_urlsafe(32)
        if not rates.take(network(request.remote_addr or ""), now):
            raise Refused("That was often: try again in ten minutes.")
        state = desk.seals.make(f"{purpose} {word}", now=now, lasts=_LASTS).hex()
        nonce, verifier = _derived("nonce", word), _derived("verifier", word)
        return oidc.leads_to(provider.said(now), provider.client(), state=state, nonce=nonce, verifier=verifier), word

    def remembered(answer: Response, word: str, following: str) -> Response:
        secure, lasts = desk.over_tls(), int(_LASTS.total_seconds())
        answer.set_cookie(
            _COOKIE, f"{word}{following}", max_age=lasts, httponly=True, samesite="Lax", secure=secure, path=BACK
        )
        return answer

    @blueprint.get("/sign-in/oidc")
    def leave() -> Response:
        following = ours(request.args.get("next", "/"))
        try:
            address, word = onward("oidc sign in")
        except Refused as error:
            return desk.ask(409, following=following, fault=str(error))
        return remembered(make_response(redirect(address, 303)), word, following)

    @blueprint.post("/account/oidc")
    @desk.needs(Right.READ)
    def connect() -> Response:
        try:
            proved(desk)
            address, word = onward(f"oidc connect {g.token}")
        except Refused as error:
            return told(400, "You are not connected", str(error))
        # A form may lead to our own pages alone; a link may lead on.
        return remembered(page("onward.html", address=address), word, "/account")

    @blueprint.post("/account/oidc/end")
    @desk.needs(Right.READ)
    def disconnect() -> Response:
        table = desk.house.config.web.oidc
        if table is not None:
            with desk.house.store.write() as db:
                identities.disconnect(db, g.editor, issuer=table.issuer, at=desk.now())
        return to("/account")

    @blueprint.get(BACK)
    def back() -> Response:
        kept = request.cookies.get(_COOKIE, "")
        word, following = kept[:43], ours(kept[43:] or "/")
        try:
            connecting = came_back(word)
        except Refused as error:
            answer = desk.ask(401, following=following, fault=str(error))
        else:
            answer = to("/account" if connecting else following)
        answer.delete_cookie(_COOKIE, path=BACK)
        return answer

    def came_back(word: str) -> bool:
        """Let in, or connect, whoever came back; True where they were connected. Raises Refused."""
        now = desk.now()
        if not rates.take(network(request.remote_addr or ""), now):
            raise Refused("That was often: try again in ten minutes.")
        try:
            state = bytes.fromhex(request.args.get("state", ""))
        except ValueError:
            state = b""
        purposes = ["oidc sign in"] + ([f"oidc connect {g.token}"] if g.editor is not None else [])
        ends = {each: desk.seals.ends(f"{each} {word}", state, now=now) for each in purposes}
        purpose, until = next(((each, end) for each, end in ends.items() if end is not None), ("", None))
        if until is None:
            raise Refused("That took too long, or did not begin in this browser. Sign in again.")
        with desk.house.store.write() as db:
            if not passkeys.answer(db, state, until=until, at=now):
                raise Refused("This answer was used already. Sign in again.")
        if "code" not in request.args:
            raise Refused("The provider let nobody in.")
        client = provider.client()
        with Door() as door:
            nonce, verifier = _derived("nonce", word), _derived("verifier", word)
            code = request.args["code"]
            subject = oidc.subject(provider.said(now), client, door, code=code, nonce=nonce, verifier=verifier, now=now)
        if purpose != "oidc sign in":
            with desk.house.store.write() as db:
                identities.connect(db, g.editor, issuer=client.issuer, subject=subject, at=now)
            return True
        with desk.house.store.read() as db:
            number = identities.owner(db, issuer=client.issuer, subject=subject)
            found = editors.get(db, number) if number is not None else None
        if found is None or found.closed_at is not None:
            raise Refused("Nobody here is connected to that account. Sign in, and connect it on your account's page.")
        desk.let_in(found, Way.OIDC)
        return False

    return blueprint


def _derived(name: str, word: str) -> str:
    """What is told to the provider, from which the browser's word cannot be found."""
    return hmac.new(word.encode(), name.encode(), hashlib.sha256).hexdigest()
