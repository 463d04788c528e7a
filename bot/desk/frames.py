"""An edition's stored bytes in a frame that can do nothing, and the ways to look at them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Response, make_response, request

from bot.digest import measure
from bot.model.choices import at_length, lengths
from bot.model.places import filled
from bot.model.publication import Mail, Publication
from bot.model.subscriber import Length
from bot.render.linked import Said, linked
from bot.render.schemes import as_seen
from bot.text import URL

FOLLOWS = "allow-top-navigation-by-user-activation"
"""What a frame may do whose sentences name themselves behind the # of the page around it, and nothing else."""

OPENS = "allow-popups allow-popups-to-escape-sandbox"
"""What a frame may do whose sentences open a page of ours beside this one, and nothing else."""

VIEWS = ("wide", "phone", "dark", "forced", "text", "bare", "inbox")


def view() -> str:
    """The view that this request asks for."""
    wanted = request.args.get("view", "")
    return wanted if wanted in VIEWS else VIEWS[0]


def framed_words(words: str, status: int) -> Response:
    """Words for the frame, where there is no mail to be shown."""
    answer = make_response(words, status)
    answer.headers["Content-Type"] = "text/plain; charset=utf-8"
    return _powerless(answer)


def shown(publication: Publication) -> dict[str, object]:
    """What the frame of a mail and the lines round it are made of: its lengths, and the one that is asked for."""
    if not isinstance(publication, Mail):
        return {"words": len(publication.text.split()), "size": 0, "lengths": (), "length": Length.FULL}
    length = _length(publication)
    mail = at_length(publication, length)
    size = len(mail.html.encode())
    return {"words": words_of(mail.text), "size": size, "lengths": lengths(publication), "length": length}


def words_of(text: str) -> int:
    """The words of a text that people read: addresses are none."""
    return measure.words(URL.sub(" ", text))


def _length(mail: Mail) -> Length:
    wanted = request.args.get("length", "")
    return next((each for each in lengths(mail) if each == wanted), Length.FULL)


@dataclass(frozen=True)
class Linking:
    """The sentences of a mail that become links, where a key leads, in which window, and what the frame may for it."""

    lines: Sequence[Said]
    address: Callable[[str], str]
    into: str = "_top"
    may: str = FOLLOWS


def framed(publication: Mail, public: str | None, linking: Linking | None = None) -> Response:
    """A mail as it is stored: no script, no way to us, and of pictures only those that lie here.

    Those that readers load from us, at the address `public`, are taken from where this page is served.

    `as=text`, `scheme=dark`, `images=off` and `length=short` choose what is shown. With `linking` its sentences are
    links, and nothing else in it is.
    """
    mail = filled(at_length(publication, _length(publication)), {})
    if request.args.get("as") == "text":
        answer = make_response(mail.text)
        answer.headers["Content-Type"] = "text/plain; charset=utf-8"
    else:
        # What a reader's own setting decides is decided here, so that both designs can be seen on any machine.
        html = mail.html.replace(f'src="{public}/media/', 'src="/media/') if public else mail.html
        html = as_seen(html, dark=request.args.get("scheme") == "dark")
        if linking is not None:
            html = linked(html, linking.lines, linking.address, into=linking.into)
        answer = make_response(html)
        answer.headers["Content-Type"] = "text/html; charset=utf-8"
        if linking is not None:
            return _powerless(answer, may=f" {linking.may}")
    return _powerless(answer)


def _powerless(answer: Response, *, may: str = "") -> Response:
    # A picture that lies elsewhere is not fetched: its host would learn that somebody looks.
    pictures = "'none'" if request.args.get("images") == "off" else "'self' data:"
    answer.headers["Content-Security-Policy"] = (
        f"sandbox{may}; default-src 'none'; style-src 'unsafe-inline'; img-src {pictures}; base-uri 'none'; "
        "frame-ancestors 'self'"
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
