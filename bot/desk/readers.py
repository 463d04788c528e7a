"""The pages for readers: subscribe, confirm, choose, leave, be forgotten. No account: a page's address proves who.

Opening a page changes nothing, because programs that look for bad links open every page; only a POST does. One that a
mail program makes for its reader (RFC 8058) gets a plain 200, whatever was there before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta

from flask import Blueprint, Response, jsonify, make_response, render_template, request

from bot import subscribe
from bot.addresses import read_address, read_name
from bot.desk.rates import Rates
from bot.errors import Refused
from bot.house import House
from bot.model.digest import Imprint
from bot.model.subscriber import Cadence, Standing
from bot.schedule import rhythm
from bot.store import mailings, subscribers
from bot.store.subscribers import Subscription

# So often may one machine fill in the form within so long.
_FORMS, _WITHIN = 10, timedelta(hours=1)
# Tokens have 32 characters; whatever is much longer is none.
_LONGEST_TOKEN = 200


def pages(house: House, now: Callable[[], datetime]) -> Blueprint:
    """The readers' pages over an opened house."""
    blueprint = Blueprint("readers", __name__)
    rates = Rates(_FORMS, _WITHIN)

    @blueprint.get("/subscribe/<newsletter>")
    def form(newsletter: str) -> Response:
        return _subscribe(house, newsletter, address="")

    @blueprint.post("/subscribe/<newsletter>")
    def fill_in(newsletter: str) -> Response:
        written = request.form.get("address", "")
        if newsletter not in house.config.newsletters:
            return _nobody("There is no such newsletter here.")
        if request.form.get("website"):
            return _subscribe(house, newsletter, address=written, asked=True)  # a robot: let it think that it worked
        if not rates.take(request.remote_addr or "", now()):
            fault = "That was often: try again in an hour."
            return _subscribe(house, newsletter, address=written, fault=fault, status=429)
        try:
            address, name = read_address(written), read_name(request.form.get("name", ""))
            subscribe.ask(house, newsletter, address, name=name, consent="form on the web", now=now())
        except Refused as error:
            return _subscribe(house, newsletter, address=written, fault=str(error), status=400)
        return _subscribe(house, newsletter, address=address.text, asked=True)

    @blueprint.get("/confirm/<token>")
    def question(token: str) -> Response:
        return _of_a_reader(house, token, lambda found: _page(house, found, "confirm.html", done=False))

    @blueprint.post("/confirm/<token>")
    def confirm(token: str) -> Response:
        found = subscribe.confirm(house, token[:_LONGEST_TOKEN], now())
        done = found is not None and found.standing is Standing.ACTIVE
        return _of_a_reader(house, token, lambda each: _page(house, each, "confirm.html", done=done))

    @blueprint.get("/leave/<token>")
    def before_leaving(token: str) -> Response:
        return _of_a_reader(house, token, lambda found: _page(house, found, "leave.html", done=False))

    @blueprint.post("/leave/<token>")
    def leave(token: str) -> Response:
        by_program = request.form.get("List-Unsubscribe") == "One-Click"
        how = "one click of a mail program" if by_program else "page on the web"
        found = subscribe.leave(house, token[:_LONGEST_TOKEN], now(), how=how)
        if by_program:
            return _plain("You have left." if found else "Nobody is here.", 200 if found else 404)
        return _of_a_reader(house, token, lambda each: _page(house, each, "leave.html", done=True))

    @blueprint.get("/preferences/<token>")
    def choices(token: str) -> Response:
        return _of_a_reader(house, token, lambda found: _choices(house, found, now()))

    @blueprint.post("/preferences/<token>")
    def choose(token: str) -> Response:
        wanted = request.form.get("cadence", "")
        cadence = Cadence.MONTHLY if wanted == Cadence.MONTHLY else Cadence.EVERY
        pause = request.form.get("pause") == "yes"
        found = subscribe.prefer(house, token[:_LONGEST_TOKEN], cadence=cadence, pause=pause, now=now())
        return _of_a_reader(house, token, lambda _: _choices(house, found, now(), said="Saved."))

    @blueprint.get("/preferences/<token>/data.json")
    def data(token: str) -> Response:
        return _of_a_reader(house, token, lambda found: _kept(house, found))

    @blueprint.post("/preferences/<token>/erase")
    def erase(token: str) -> Response:
        def gone(found: Subscription) -> Response:
            if request.form.get("sure") != "yes":
                return _choices(house, found, now(), said="Nothing was erased: tick the box first.")
            subscribe.erase(house, read_address(found.address), now())
            words = "Your address and everything that belonged to it is deleted. Nothing more will come."
            return _html(render_template("message.html", heading="You are forgotten", words=words))

        return _of_a_reader(house, token, gone)

    return blueprint


def _of_a_reader(house: House, token: str, then: Callable[[Subscription], Response]) -> Response:
    with house.store.read() as db:
        found = subscribers.by_token(db, token[:_LONGEST_TOKEN])
    if found is None or found.newsletter not in house.config.newsletters:
        return _nobody("This address belongs to nobody, or to somebody whom we have forgotten.")
    return then(found)


def _subscribe(
    house: House, newsletter: str, *, address: str, asked: bool = False, fault: str = "", status: int = 200
) -> Response:
    try:
        subscribe.refuse_a_foreign_list(house, newsletter)
    except Refused:
        return _nobody("There is no such list here.")
    return _html(
        render_template(
            "subscribe.html",
            imprint=_imprint(house, newsletter),
            promise=_promise(house, newsletter),
            address=address,
            asked=asked,
            fault=fault,
            again=f"/subscribe/{newsletter}",
        ),
        status,
    )


def _choices(house: House, found: Subscription | None, now: datetime, *, said: str = "") -> Response:
    paused = found is not None and found.paused_until is not None and found.paused_until > now
    return _page(house, found, "preferences.html", said=said, paused=paused)


def _page(house: House, found: Subscription | None, template: str, **more: object) -> Response:
    if found is None:
        return _nobody("This address belongs to nobody.")
    return _html(
        render_template(
            template,
            imprint=_imprint(house, found.newsletter),
            promise=_promise(house, found.newsletter),
            subscription=found,
            **more,
        )
    )


def _kept(house: House, found: Subscription) -> Response:
    """Everything that we keep of a person, as data."""
    with house.store.read() as db:
        wanted = subscribers.every(db, read_address(found.address))
        mails = mailings.newest_of(db, found.address_hash, limit=1_000)
    hidden = ("token", "subscriber_id")
    answer = jsonify(
        {
            "address": found.address,
            "name": found.name,
            "subscriptions": [{k: v for k, v in asdict(each).items() if k not in hidden} for each in wanted],
            "mails": [
                {"edition": each.delivery_id, "state": each.state, "later": each.fate, "at": each.changed_at}
                for each in mails
            ],
        }
    )
    answer.headers.update(_PRIVATE)
    return answer


def _imprint(house: House, newsletter: str) -> Imprint:
    return house.imprint(newsletter)


def _promise(house: House, newsletter: str) -> str:
    table = house.config.newsletters[newsletter]
    promises = dict(house.renderer.promises("en", rhythm(table.when), datetime(2000, 1, 1).date()))  # noqa: DTZ001
    return promises[Cadence.EVERY]


_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


def _html(page: str, status: int = 200) -> Response:
    answer = make_response(page, status)
    answer.headers.update(_PRIVATE)
    return answer


def _plain(words: str, status: int) -> Response:
    answer = make_response(words, status)
    answer.headers.update({**_PRIVATE, "Content-Type": "text/plain; charset=utf-8"})
    return answer


def _nobody(words: str) -> Response:
    return _html(render_template("message.html", heading="Nobody is here", words=words), 404)
