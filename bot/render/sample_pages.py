"""A small made-up archive: what `Renderer.check` tries the pages of the archive on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from bot.model.archive import Elsewhere, Here, Note, Picture, Printing, Quoted, Row, Site, Source
from bot.model.quote import Beside, Moment
from bot.render.sample import EDITION, IMPRINT

HERE = Here(Site("https://example.org"), "/archive/sample/1")

_AT = datetime(2026, 1, 8, 9, tzinfo=UTC)
_NOTE = Note("It was another lighthouse.", _AT, taken_back=False)
_ROW = Row(1, "Why lighthouses were built by committees", date(2026, 1, 8), "/archive/sample/1")
_PICTURE = Picture("/archive/sample/1/card.png", "image/png", "The Sample, No. 1", 1200, 630)
_QUOTE = Quoted(
    key="abcdefghijkl",
    text="A lighthouse does not chase ships.",
    speaker="Ada Example",
    show="The Harbour Hour",
    episode="Why lighthouses were built by committees",
    published=date(2026, 1, 5),
    language="en",
    url="https://example.org/episodes/1",
    audio=None,
    moment=Moment(start=754.0, end=757.0),
    before=(Beside("And the ships?", "Ben Example"),),
    after=(Beside("It stands.", None),),
    source=Source.SAME,
    editions=(Printing("sample", 1, "Why lighthouses were built by committees"),),
    posts=(Elsewhere("https://example.org/post/1", "example.org"),),
    corrections=(_NOTE,),
    taken_back=False,
    newsletter="sample",
    picture=_PICTURE,
)
_COMMON: Mapping[str, object] = {
    "imprint": IMPRINT,
    "publisher": "Sample Press",
    "shelf": "/archive/sample",
    "home": "/archive",
    "subscribe": "/subscribe/sample",
    "feeds": [("xml", "application/atom+xml", "/archive/sample/feed.xml")],
    "style": "/assets/archive/default.css",
    "canonical": "https://example.org/archive/sample/1",
    "picture": _PICTURE,
    "title": EDITION.subject.text,
    "description": EDITION.preheader.text,
}
_EDITION: Mapping[str, object] = {
    **_COMMON,
    "edition": EDITION,
    "above": "",
    "corrections": (_NOTE,),
    "episodes": {digest.ref.episode: digest for digest in (*EDITION.top, *EDITION.digests)},
    "notes": dict(EDITION.notes),
    "pictures": {},
    "before": _ROW,
    "after": _ROW,
    "sent_at": _AT,
}

PAGES: tuple[tuple[str, Mapping[str, object]], ...] = (
    ("web/archive/archive.css", {}),
    ("web/archive/card.txt", {"number": 1, "day": date(2026, 1, 8)}),
    ("web/archive/edition.html", _EDITION),
    ("web/archive/entry.html", _EDITION),
    ("web/archive/home.html", {**_COMMON, "newsletters": [(IMPRINT, "/archive/sample", _ROW)]}),
    (
        "web/archive/shelf.html",
        {
            **_COMMON,
            "years": [(2026, [_ROW])],
            "older": "/archive/sample/upto/40",
            "newer": "/archive/sample",
            "upto": 80,
        },
    ),
    (
        "web/archive/quote.html",
        {
            **_COMMON,
            "quote": _QUOTE,
            "withdrawn": False,
            "appearances": [("The Sample", "/archive/sample/1", _QUOTE.editions[0])],
            "moment": "12:34",
        },
    ),
)
