"""The public archive over HTTP: past editions, quotes and feeds, for anybody. Nothing here asks or tells who reads."""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable

from flask import Blueprint, Response, abort, make_response, request

from bot import archive
from bot.archive import Page, Site
from bot.house import House

# How long others may show a page without asking again (seconds): a correction is seen by then.
_SECONDS = 300
# So many feeds, of a megabyte at the most, are kept as they were made.
_FEEDS = 16


def pages(house: House) -> Blueprint:
    """The archive's pages over an opened house."""
    blueprint = Blueprint("archive", __name__)
    feeds, maps = _Feeds(), _Maps()

    @blueprint.get("/archive", strict_slashes=False)
    def home() -> Response:
        return _answer(archive.home(house, _site(house)))

    @blueprint.get("/archive/<newsletter>", strict_slashes=False)
    def shelf(newsletter: str) -> Response:
        return _answer(archive.shelf(house, _site(house), newsletter))

    @blueprint.get("/archive/<newsletter>/upto/<int:upto>", strict_slashes=False)
    def older(newsletter: str, upto: int) -> Response:
        return _answer(archive.shelf(house, _site(house), newsletter, upto))

    @blueprint.get("/archive/<newsletter>/<int:number>", strict_slashes=False)
    def edition(newsletter: str, number: int) -> Response:
        return _answer(archive.edition(house, _site(house), newsletter, number))

    @blueprint.get("/archive/<newsletter>/<int:number>/card.png")
    def card(newsletter: str, number: int) -> Response:
        return _answer(archive.picture_of_edition(house, _site(house), newsletter, number))

    @blueprint.get("/archive/<newsletter>/feed.<kind>")
    def feed(newsletter: str, kind: str) -> Response:
        return _feed(newsletter, kind, None)

    @blueprint.get("/archive/<newsletter>/feed/<int:upto>.<kind>")
    def older_feed(newsletter: str, upto: int, kind: str) -> Response:
        return _feed(newsletter, kind, upto)

    @blueprint.get("/quote/<key>", strict_slashes=False)
    def quote(key: str) -> Response:
        return _answer(archive.quote(house, _site(house), key))

    @blueprint.get("/assets/archive/<theme>.css")
    def style(theme: str) -> Response:
        return _answer(archive.style(house, _site(house), theme))

    @blueprint.get("/sitemap.xml")
    def sitemap() -> Response:
        return _map("sitemap.xml")

    @blueprint.get("/sitemap-<int:number>.xml")
    def part_of_sitemap(number: int) -> Response:
        return _map(f"sitemap-{number}.xml")

    @blueprint.get("/robots.txt")
    def robots() -> Response:
        """Whoever has no business with a page is told on the page itself; so every page may be asked."""
        words = f"User-agent: *\nAllow: /\n\nSitemap: {_site(house).base}/sitemap.xml\n"
        return _answer(Page("/robots.txt", words.encode(), "text/plain"))

    def _feed(newsletter: str, kind: str, upto: int | None) -> Response:
        """Those who have it already are told so without making it again, and it is made once for all others."""
        site = _site(house)
        state = archive.state(house, site, newsletter, kind, upto)
        if state is not None and request.if_none_match.contains(state):
            return _kept(make_response(b"", 304), state)
        page = feeds.get(state) if state is not None else None
        if page is None:
            page = archive.feed(house, site, newsletter, kind, upto)
            if page is not None and state is not None:
                feeds.keep(state, page)
        return _answer(page, state)

    def _map(name: str) -> Response:
        """As with feeds: made once for all who ask, until anything is another one."""
        site = _site(house)
        state = archive.map_state(house, site)
        if request.if_none_match.contains(state):
            return _kept(make_response(b"", 304), state)
        content = maps.file(state, name, lambda: archive.sitemaps(archive.addresses(house, site), site.base))
        return _answer(Page(f"/{name}", content, "application/xml") if content is not None else None, state)

    return blueprint


def _site(house: House) -> Site:
    return Site(house.config.web.public or request.url_root.rstrip("/"))


def _answer(page: Page | None, tag: str | None = None) -> Response:
    """A page with what lets others keep it, and a bare 304 for who has it already. `tag` is another one as soon as the
    page may be; without one it is made of what the page says."""
    if page is None:
        abort(404)
    answer = make_response(page.body, page.status)
    is_text = page.mime.startswith("text/") or page.mime.endswith(("xml", "json"))
    answer.headers["Content-Type"] = f"{page.mime}; charset=utf-8" if is_text else page.mime
    _kept(answer, tag or hashlib.sha256(page.body).hexdigest()[:32])
    if page.changed is not None:
        answer.last_modified = page.changed
    answer.make_conditional(request)
    return answer


def _kept(answer: Response, tag: str) -> Response:
    answer.headers["Cache-Control"] = f"public, max-age={_SECONDS}"
    answer.set_etag(tag)
    return answer


class _Feeds:
    """The feeds that were asked for last, by their state."""

    def __init__(self) -> None:
        self._pages: OrderedDict[str, Page] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, state: str) -> Page | None:
        with self._lock:
            return self._pages.get(state)

    def keep(self, state: str, page: Page) -> None:
        with self._lock:
            self._pages[state] = page
            while len(self._pages) > _FEEDS:
                self._pages.popitem(last=False)


class _Maps:
    """The files of the sitemap as they were made last, a tenth of a megabyte for ten thousand addresses."""

    def __init__(self) -> None:
        self._state = ""
        self._files: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def file(self, state: str, name: str, made: Callable[[], Iterable[tuple[str, bytes]]]) -> bytes | None:
        """One file; all of them are `made` anew where the state is another one. Who asks meanwhile waits for that."""
        with self._lock:
            if state != self._state:
                self._files = {each: zlib.compress(content) for each, content in made()}
                self._state = state
            packed = self._files.get(name)
        return zlib.decompress(packed) if packed is not None else None
