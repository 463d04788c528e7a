"""The web application: the desk, the pages for readers, what hubs and mail services call, media, a sign of life."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flask import Flask, Response, abort, jsonify, make_response, render_template, request
from waitress import create_server, wasyncore
from waitress import serve as serve_forever
from waitress.channel import HTTPChannel
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter

from bot import __version__, hear, lazily, present, shipped
from bot.archive.site import shown
from bot.collect import hubs
from bot.collect.hubs import Question
from bot.desk import (
    account,
    accounts,
    archive,
    by_link,
    by_oidc,
    drafts,
    keys,
    lines,
    quotes,
    readers,
    slots,
    sound,
    sources,
    standing,
    today,
    trying,
)
from bot.desk.api import people, problems
from bot.desk.api.serving import PREFIX, api
from bot.desk.peer import behind
from bot.desk.policy import GUARDS
from bot.desk.sessions import Desk
from bot.errors import NotSent, Refused, TemplateFault
from bot.house import House
from bot.platforms.telling import Forged
from bot.store import media

_THREADS = 8
# What is loaded only when it is asked for, elsewhere.
_LOADED_LATE = ("bot.collect", "bot.deliver", "bot.http", "bot.media", "bot.preflight", "bot.render", "bot.ways")
# So often the server beside a worker looks whether it is to stop, and so long it lets answers end then (seconds).
_LOOKS, _FAREWELL = 0.2, 5.0
# A push is read for its signature only; no feed is larger.
_LARGEST_PUSH = 30_000_000
# What services of mails tell at a time; some of it is taken apart before it has proven whose it is.
_LARGEST_TOLD = 2_000_000
# What is typed into a form; the longest opener of an edition is far below.
_LARGEST_FORM = 500_000
_ASSETS = {"style.css": "text/css", "desk.css": "text/css", "desk.js": "text/javascript", "icon.svg": "image/svg+xml"}
# What feeds bring may be a page or a drawing with script in it; opened by itself it can do nothing.
_POWERLESS = "sandbox; default-src 'none'; frame-ancestors 'none'"
# The headers of a proxy are seen to by ourselves (`behind`): the server would not tell afterwards who spoke.
_SETTINGS: dict[str, Any] = {
    "ident": "pullquote",
    "threads": _THREADS,
    "max_request_body_size": _LARGEST_PUSH,
    "clear_untrusted_proxy_headers": False,
}
_PLAIN = {"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"}


def application(house: House, now: Callable[[], datetime] = present.now) -> Flask:
    """The pages over an opened house."""
    pages = shipped.folder("templates") / "web"
    app = Flask("pullquote", static_folder=None, template_folder=str(pages))
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_PUSH
    app.url_map.converters["int"] = _Number
    app.before_request(_refuse_at_the_door)
    app.register_blueprint(readers.pages(house, now))
    app.register_blueprint(api(house, now))
    app.register_blueprint(archive.pages(house))
    desk = Desk(house, now)
    about_drafts = (drafts, trying, by_link, quotes, sound, lines, sources, slots)
    at_the_desk = (today, *about_drafts, accounts, account, by_oidc, standing, keys)
    for room in (*at_the_desk, people):
        rooms = room.pages(desk)
        rooms.before_request(desk.enter)
        app.register_blueprint(rooms)

    @app.after_request
    def guard(answer: Response) -> Response:
        for name, value in GUARDS.items():
            answer.headers.setdefault(name, value)
        return answer

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        return _message(404, "Nothing is here", str(error))

    @app.errorhandler(TemplateFault)
    def unrendered(_error: TemplateFault) -> Response:
        """Its file and line are for the host, who finds them in 'pullquote check'."""
        return _message(503, "This page cannot be shown now", "A template has a fault. Please come back later.")

    @app.errorhandler(HTTPException)
    def faulty(error: HTTPException) -> Response:
        if request.path.startswith(f"{PREFIX}/"):
            return problems.of_http(error)
        heading, words = _FAULTS.get(error.code or 500, (error.name, error.description or ""))
        past = request.path.startswith(("/archive/", "/quote/"))
        answer = _message(error.code or 500, heading, words, archive=past and bool(shown(house).newsletters))
        for name, value in error.get_headers():
            if name == "Allow":
                answer.headers[name] = value
        return answer

    @app.get("/assets/<name>")
    def asset(name: str) -> Response | tuple[str, int, dict[str, str]]:
        if name not in _ASSETS:
            return "Nothing is here.", 404, _PLAIN
        answer = Response((pages / name).read_bytes(), mimetype=_ASSETS[name])
        answer.headers["Cache-Control"] = "public, max-age=300"
        return answer

    @app.get("/favicon.ico")
    def icon() -> tuple[str, int]:
        """Browsers ask for it by themselves where a page names none; that is no fault."""
        return "", 204

    @app.get("/healthz")
    def health() -> Response:
        return jsonify({"pullquote": __version__, "frozen": house.frozen() is not None})

    @app.get("/websub/<path_key>")
    def question(path_key: str) -> tuple[str, int, dict[str, str]]:
        """A hub asks whether we meant it: its challenge is given back only where we did."""
        lease = request.args.get("hub.lease_seconds", "")
        asked = Question(
            mode=request.args.get("hub.mode", ""),
            topic=request.args.get("hub.topic", ""),
            lease_seconds=float(lease[:12]) if lease.isascii() and lease.isdigit() else None,
            reason=request.args.get("hub.reason", "")[:200],
        )
        if not hubs.answer(house, path_key, asked, now()):
            return "We did not ask for this.", 404, _PLAIN
        return request.args.get("hub.challenge", "")[:2000], 200, _PLAIN

    @app.post("/websub/<path_key>")
    def push(path_key: str) -> tuple[str, int, dict[str, str]]:
        signature = request.headers.get("X-Hub-Signature", "")
        known = hubs.push(house, path_key, signature, request.get_data(), now())
        return ("", 204, _PLAIN) if known else ("Nobody is here.", 404, _PLAIN)

    @app.post("/told/<channel>")
    def told(channel: str) -> tuple[str, int, dict[str, str]]:
        """A service of mails tells what became of them. 401 for a forged one: after 403 some never tell again."""
        request.max_content_length = _LARGEST_TOLD
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            new = hear.hear(house, channel, headers, request.get_data(), now())
        except Forged:
            return "This does not prove itself.", 401, _PLAIN
        except Refused:
            return "Nobody is here.", 404, _PLAIN
        except NotSent:
            return "Its proof cannot be fetched now; tell it again later.", 503, _PLAIN
        except ValueError as error:
            return f"This cannot be read: {error}", 400, _PLAIN
        return f"{new} taken in", 200, _PLAIN

    @app.get("/media/<name>")
    def medium(name: str) -> Response | tuple[str, int, dict[str, str]]:
        """A picture, sound or film that a service fetches from us, by the hash of its bytes."""
        sha256 = name.partition(".")[0]
        with house.store.read() as db:
            mime = media.mime(db, sha256)
            if mime is None:
                return "Nothing is here.", 404, _PLAIN
            content = media.content(db, sha256)
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "Content-Security-Policy": _POWERLESS}
        return Response(content, mimetype=mime, headers=headers)

    return app


def serve(house: House, *, host: str, port: int) -> None:
    """Answer until the process is stopped."""
    lazily.load(*_LOADED_LATE)
    serve_forever(behind(application(house), house.config.web.proxy), host=host, port=port, **_SETTINGS)


@contextmanager
def beside(house: House, *, host: str, port: int) -> Iterator[None]:
    """Answer in threads of this process for the length of the block; what is being answered at its end is finished.

    Raises OSError where the address cannot be listened on.
    """
    lazily.load(*_LOADED_LATE)
    sockets: dict[int, Any] = {}
    answering = behind(application(house), house.config.web.proxy)
    server = create_server(answering, map=sockets, host=host, port=port, **_SETTINGS)
    stop = threading.Event()
    loop = threading.Thread(target=_answer, args=(server, sockets, stop), name="web")
    loop.start()
    try:
        yield
    finally:
        stop.set()
        loop.join()


def _answer(server: Any, sockets: dict[int, Any], stop: threading.Event) -> None:
    while not stop.is_set():
        wasyncore.loop(timeout=_LOOKS, map=sockets, count=1)
    for listener in [each for each in sockets.values() if each.accepting]:
        listener.del_channel()
        listener.socket.close()
    deadline = time.monotonic() + _FAREWELL
    while any(_busy(each) for each in sockets.values()) and time.monotonic() < deadline:
        wasyncore.loop(timeout=_LOOKS, map=sockets, count=1)
    server.task_dispatcher.shutdown()
    wasyncore.close_all(sockets)


def _busy(each: Any) -> bool:
    """Whether somebody still waits for an answer on this connection."""
    return isinstance(each, HTTPChannel) and bool(each.requests or each.total_outbufs_len)


class _Number(IntegerConverter):
    """The number of something in an address. A longer one is no draft's: PostgreSQL has none above 2,147,483,647."""

    regex = r"[0-9]{1,9}"


_FAULTS = {
    400: ("This cannot be read", "Go back and try again."),
    404: ("Nothing is here", "The address is wrong, or what stood here is gone."),
    405: ("Not this way", "This address takes a form of a page of ours; open the page and use it there."),
    413: ("That is too much", "Nothing was changed. Go back, where your text still is, and make it shorter."),
}


def _message(status: int, heading: str, words: str, *, archive: bool = False) -> Response:
    return make_response(render_template("message.html", heading=heading, words=words, archive=archive), status)


def _refuse_at_the_door() -> None:
    """Turn away forms of a size that nobody types, and the character NUL, which PostgreSQL cannot keep.

    What services send by themselves is larger, and is read as bytes elsewhere, for its signature.
    """
    if request.blueprint is not None:
        request.max_content_length = _LARGEST_FORM
    sent = (request.path, *request.args.values())
    if request.blueprint is not None and request.method == "POST":
        sent = (*sent, *request.form.keys(), *request.form.values())
    if any("\0" in each for each in sent):
        abort(400)
