"""The pages for readers: subscribe, confirm, choose, leave, be forgotten. No account: a page's address proves who.

Opening a page changes nothing, because programs that look for bad links open every page; only a POST does. One that a
mail program makes for its reader (RFC 8058) gets a plain 200, whatever was there before: who was erased is gone, and
has left. What never was anybody's address gets the same answers as theirs, so that nobody learns which it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, make_response, render_template, request

from bot import archive, subscribe
from bot.addresses import read_address, read_name
from bot.desk.choosing import rows, wishes_of
from bot.desk.rates import Rates
from bot.desk.words import zones
from bot.errors import Refused, TemplateFault
from bot.house import House
from bot.model.subscriber import Cadence, Length, Standing
from bot.render.theme import web_sheet
from bot.schedule import oftener_than_weekly, rhythm
from bot.store import receipts, subscribers
from bot.store.subscribers import Subscription

# So often may one machine fill in the form within so long.
_FORMS, _WITHIN = 10, timedelta(hours=1)
# Tokens have 32 characters; whatever is much longer is none.
_LONGEST_TOKEN = 200
_LONGEST_TONGUES = 500
# The same for everybody: what a mail program is told tells no stranger who is on a list.
_LEFT = "Nothing more comes to this address from this list."


def pages(house: House, now: Callable[[], datetime]) -> Blueprint:
    """The readers' pages over an opened house."""
    blueprint = Blueprint("readers", __name__)
    rates = Rates(house.store, "subscribe", _FORMS, _WITHIN)

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
            return _subscribe(house, newsletter, address=written, often=True, status=429)
        try:
            address, name = read_address(written), read_name(request.form.get("name", ""))
            subscribe.ask(house, newsletter, address, name=name, consent="form on the web", now=now())
        except Refused as error:
            return _subscribe(house, newsletter, address=written, wrong=str(error), status=400)
        return _subscribe(house, newsletter, address=address.text, asked=True)

    @blueprint.get("/assets/themes/<newsletter>.css")
    def look(newsletter: str) -> Response:
        """The colours and faces of a newsletter, for its pages; nothing where its theme cannot be read."""
        sheet = ""
        if newsletter in house.config.newsletters:
            with suppress(TemplateFault):
                sheet = web_sheet(house.renderer_of(newsletter).theme)
        answer = Response(sheet, mimetype="text/css")
        answer.headers["Cache-Control"] = "public, max-age=300"
        return answer

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
        return _of_a_reader(house, token, lambda found: _page(house, found, "leave.html", done=False), gone=200)

    @blueprint.post("/leave/<token>")
    def leave(token: str) -> Response:
        by_program = request.form.get("List-Unsubscribe") == "One-Click"
        how = "one click of a mail program" if by_program else "page on the web"
        found = subscribe.leave(house, token[:_LONGEST_TOKEN], now(), how=how)
        if by_program and (found is not None or subscribe.may_be_a_token(token)):
            return _plain(_LEFT, 200)
        return _of_a_reader(house, token, lambda each: _page(house, each, "leave.html", done=True), gone=200)

    @blueprint.get("/preferences/<token>")
    def choices(token: str) -> Response:
        return _of_a_reader(house, token, lambda found: _choices(house, found, now()))

    @blueprint.post("/preferences/<token>")
    def choose(token: str) -> Response:
        pause = request.form.get("pause") == "yes"

        def save(before: Subscription) -> Response:
            if request.form.get("cadence", before.cadence) not in list(Cadence):
                return _plain("Nothing was changed: nobody can be mailed that often. Choose again.", 400)
            offered = subscribe.offered(house, before.newsletter)
            wishes = wishes_of(
                request.form,
                before.wishes,
                shows=offered.shows,
                topics=offered.topics,
                hours=bool(house.config.newsletters[before.newsletter].local_hour),
            )
            cadence = next((each for each in Cadence if each == request.form.get("cadence")), before.cadence)
            found = subscribe.prefer(
                house, token[:_LONGEST_TOKEN], cadence=cadence, pause=pause, now=now(), wishes=wishes
            )
            return _choices(house, found, now(), done="saved")

        return _of_a_reader(house, token, save)

    @blueprint.get("/preferences/<token>/data.json")
    def data(token: str) -> Response:
        return _of_a_reader(house, token, lambda found: _kept(house, found))

    @blueprint.post("/preferences/<token>/erase")
    def erase(token: str) -> Response:
        def gone(found: Subscription) -> Response:
            if request.form.get("sure") != "yes":
                return _choices(house, found, now(), done="tick_first")
            subscribe.erase(house, read_address(found.address), now())
            return _html(_rendered(house, found.newsletter, "forgotten.html", {}))

        return _of_a_reader(house, token, gone, gone=200)

    return blueprint


def _of_a_reader(house: House, token: str, then: Callable[[Subscription], Response], *, gone: int = 404) -> Response:
    """What `then` answers the reader of a token. Where it is nobody's, or a newsletter's that is no more: a page that
    says so, with the status `gone`, which is 200 where nobody being there is what was wanted.
    """
    with house.store.read() as db:
        found = subscribers.by_token(db, token[:_LONGEST_TOKEN])
    if found is not None and found.newsletter in house.config.newsletters:
        return then(found)
    tongues = {name: table.language for name, table in house.config.newsletters.items()}
    # A list of many thousand languages would be taken apart first, and is nobody's.
    asked = len(request.headers.get("Accept-Language", "")) < _LONGEST_TONGUES
    spoken = request.accept_languages.best_match(tongues.values()) if asked else None
    name = next((name for name, tongue in tongues.items() if tongue == spoken), next(iter(tongues), None))
    if name is None:
        return _nobody("Nobody gets mail from us at this address.")
    cut_off = found is None and not subscribe.may_be_a_token(token)
    context = {"cut_off": cut_off, "forms": _forms(house)}
    return _html(_rendered(house, name, "nobody.html", context), 404 if cut_off else gone)


def _forms(house: House) -> list[tuple[str, str]]:
    """The newsletters that can be subscribed to here, with their titles."""
    found = []
    for name, table in house.config.newsletters.items():
        with suppress(Refused):
            subscribe.refuse_a_foreign_list(house, name)
            found.append((name, table.title))
    return found


def _subscribe(
    house: House,
    newsletter: str,
    *,
    address: str,
    asked: bool = False,
    often: bool = False,
    wrong: str = "",
    status: int = 200,
) -> Response:
    try:
        subscribe.refuse_a_foreign_list(house, newsletter)
    except Refused:
        return _nobody("There is no such list here.")
    newest = archive.newest(house, newsletter)
    context = {"address": address, "asked": asked, "often": often, "wrong": wrong, "newest": newest}
    answer = _html(_rendered(house, newsletter, "subscribe.html", context), status)
    del answer.headers["X-Robots-Tag"]  # The one page that anybody may find.
    return answer


def _choices(house: House, found: Subscription | None, now: datetime, *, done: str = "") -> Response:
    if found is None:
        return _nobody("This address belongs to nobody any more.")
    table = house.config.newsletters[found.newsletter]
    offered = subscribe.offered(house, found.newsletter)
    until = found.paused_until if found.paused_until is not None and found.paused_until > now else None
    return _page(
        house,
        found,
        "preferences.html",
        done=done,
        paused_until=until.astimezone(ZoneInfo(table.zone)) if until else None,
        shows=rows(offered.shows, found.wishes.shows),
        topics=rows(offered.topics, found.wishes.topics),
        zones=zones() if table.local_hour else (),
        ours=table.zone,
        usual=table.local_hour if isinstance(table.local_hour, time) else None,
    )


def _page(house: House, found: Subscription, template: str, **more: object) -> Response:
    """A page of a reader. Why nothing is sent to them is told here, because only they can open it."""
    with house.store.read() as db:
        barred = subscribers.suppressed(db, found.address_hash, found.newsletter)
    context = {
        "subscription": found,
        "barred": barred.why if barred is not None and barred.why not in subscribers.LIFTED_BY_A_YES else None,
        "newest": archive.newest(house, found.newsletter),
        **more,
    }
    return _html(_rendered(house, found.newsletter, template, context))


def _rendered(house: House, newsletter: str, template: str, context: Mapping[str, object]) -> str:
    """A page of a newsletter, in its language. Where a host's own template has a fault it is ours."""
    table, name = house.config.newsletters[newsletter], f"web/readers/{template}"
    whole = {
        "imprint": house.imprint(newsletter),
        "newsletter": newsletter,
        "promise": _promise(house, newsletter),
        "weekly": oftener_than_weekly(table.when),
        **context,
    }
    try:
        return house.renderer.page(name, table.language, whole)
    except TemplateFault:  # who wants to leave must be able to
        return house.wardrobe.ours().page(name, table.language, whole)


def _kept(house: House, found: Subscription) -> Response:
    """Everything that we keep of a person, as data."""
    with house.store.read() as db:
        wanted = subscribers.every(db, read_address(found.address))
        mails = list(receipts.newest_of(db, found.address_hash, limit=1_000))
    hidden = ("token", "subscriber_id")
    kept = {
        "address": found.address,
        "name": found.name,
        "subscriptions": [{k: v for k, v in asdict(each).items() if k not in hidden} for each in wanted],
        "mails": [
            {
                "newsletter": edition.newsletter,
                "edition": edition.number,
                "subject": edition.title,
                "version": each.version or Length.FULL,
                "state": each.state,
                "later": each.fate,
                "at": each.changed_at,
            }
            for each, edition in mails
        ],
    }
    # Only times are no values of JSON.
    answer = make_response(json.dumps(kept, ensure_ascii=False, indent=2, default=datetime.isoformat))
    answer.mimetype = "application/json"
    answer.headers.update(_PRIVATE)
    return answer


def _promise(house: House, newsletter: str) -> str:
    table, day = house.config.newsletters[newsletter], datetime(2000, 1, 1).date()  # noqa: DTZ001
    try:
        promises = house.renderer_of(newsletter).promises(table.language, rhythm(table.when), day)
    except TemplateFault:
        promises = house.wardrobe.ours().promises(table.language, rhythm(table.when), day)
    return dict(promises)[Cadence.EVERY]


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
