"""A small made-up edition, and posts with and without their extras: what `Renderer.check` tries every template on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from bot.model.digest import (
    AlsoFromShow,
    Claims,
    Digest,
    Edition,
    EditionQuote,
    Imprint,
    Origin,
    Point,
    RelatedLine,
    Thread,
    TopicGroup,
)
from bot.model.places import Place
from bot.model.provenance import EpisodeRef, Line
from bot.model.quote import Moment, Quote


def _line(text: str) -> Line:
    return Line(text, "verbatim", ())


_QUOTE = Quote(
    text="A lighthouse does not chase ships.",
    begin=0,
    stop=34,
    speaker="Ada Example",
    moment=Moment(start=754.0, end=757.0),
    score=0.9,
    page="https://example.org/quote/abcdefghijkl",
)
_FULL = Digest(
    ref=EpisodeRef(1, 1),
    show="The Harbour Hour",
    headline=_line("Why lighthouses were built by committees"),
    hook=_line("A keeper's daughter reads the minutes."),
    summary=(_line("Ada Example went through a century of minutes."), _line("She found patience in them.")),
    insights=(Claims(_line("The guest argues:"), (_line("Light is a public good."), _line("So is patience."))),),
    topics=("history",),
    quotes=(_QUOTE,),
    reading_minutes=1,
    listening_minutes=42,
    gated=True,
    url="https://example.org/episodes/1",
    audio="https://example.org/episodes/1.mp3",
    published=date(2026, 1, 5),
    language="en",
    summary_by=Origin.NOTES,
    insights_by=Origin.CONVERSATION,
)
_BARE = Digest(
    ref=EpisodeRef(2, 1),
    show=None,
    headline=_line("A short one"),
    hook=None,
    summary=(),
    insights=(),
    topics=(),
    quotes=(),
    reading_minutes=0,
    listening_minutes=None,
    gated=False,
    url=None,
    audio=None,
    published=None,
    language="he",
)
_POINT = Point(_FULL.ref, _FULL.show, _FULL.headline.text, _line("Patience is a public good."))

EDITION = Edition(
    newsletter="sample",
    number=1,
    day=date(2026, 1, 8),
    subject=_line("Why lighthouses were built by committees"),
    preheader=_line("And a short one."),
    top=(_FULL, _BARE),
    lead=_FULL,
    groups=(TopicGroup("history", (_BARE,)),),
    threads=(Thread("public good", (_POINT, _POINT)),),
    quotes=(EditionQuote(_FULL.ref, _FULL.show, _FULL.headline.text, _QUOTE, _FULL.url),),
    also=(AlsoFromShow("The Harbour Hour", (RelatedLine(_line("Fog signals"), _line("How they began."), None),)),),
    reading_minutes=3,
    opener="Good *morning*.",
    notes=((1, "Worth the whole hour."),),
    page="https://example.org/archive/sample/1",
)
IMPRINT = Imprint(
    title="The Sample",
    sender="Sample Press",
    address="1 Quay, Port",
    promise=Place.PROMISE,
    site="https://example.org/",
    unsubscribe=Place.UNSUBSCRIBE,
    preferences=Place.PREFERENCES,
)

POSTS: tuple[Mapping[str, object], ...] = (
    {
        "quote": {"text": _QUOTE.text, "speaker": "Ada Example", "moment": "12:34"},
        "episode": {
            "headline": "Why lighthouses were built by committees",
            "show": "The Harbour Hour",
            "hook": "A keeper's daughter reads the minutes.",
            "url": "https://example.org/episodes/1",
        },
        "newsletter": "The Sample",
        "number": 1,
        "subject": "Lighthouses",
        "headlines": ["Lighthouses"],
        "hashtags": ["#history"],
        "link": "https://example.org/episodes/1",
    },
    {
        "quote": {"text": _QUOTE.text, "speaker": None, "moment": None},
        "episode": {"headline": "A short one", "show": None, "hook": None, "url": None},
        "newsletter": "The Sample",
        "number": 1,
        "subject": "A short one",
        "headlines": [],
        "hashtags": [],
        "link": None,
    },
)
