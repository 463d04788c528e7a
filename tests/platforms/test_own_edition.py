"""The edition that the shipped templates make, as every service that owns a list takes it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from bot.model.places import Place
from bot.model.publication import Mail, Post
from bot.platforms.composing import compose
from bot.platforms.contract import Platform
from bot.render import Renderer
from bot.render.sample import EDITION, IMPRINT
from bot.shipped import folder
from tests.platforms.cases import all_cases
from tests.platforms.services import AT

LISTS = {
    platform.name: platform
    for platform in (case.platform("http://127.0.0.1") for case in all_cases().values())
    if Post not in platform.takes
}
FRAMED = ("ghost", "beehiiv")
every_list = pytest.mark.parametrize("platform", LISTS.values(), ids=LISTS.keys())


@pytest.fixture(scope="module")
def mail() -> Mail:
    html, text = Renderer((folder("templates"),)).mail(EDITION, IMPRINT)
    return Mail(
        sender="Sample Press <press@example.org>",
        subject=EDITION.subject.text,
        preheader=EDITION.preheader.text,
        html=html,
        text=text,
        language="en",
        quotes=(),
        episodes=(),
        newsletter="sample",
        promises=(("weekly", "Every Thursday"),),
    )


def told(platform: Platform, mail: Mail) -> list[str]:
    """Every text in what a platform would send, however deep it stands, and texts that are JSON themselves opened."""
    (piece,) = compose(platform, mail, key="edition-1-abcdef012345", at=AT).pieces
    return list(_texts(json.loads(piece.body)))


def _texts(value: object) -> Iterator[str]:
    match value:
        case str() if value.startswith("{") and value.endswith("}") and not value.startswith("{{"):
            yield from _texts(json.loads(value))
        case str():
            yield value
        case list():
            for each in value:
                yield from _texts(each)
        case dict():
            for each in value.values():
                yield from _texts(each)


@every_list
def test_no_place_stays_empty_and_the_promise_is_made(platform: Platform, mail: Mail) -> None:
    said = "\n".join(told(platform, mail))
    assert not any(place in said for place in Place)
    assert "Every Thursday" in said
    assert "A lighthouse does not chase ships." in said
    assert EDITION.subject.text in said


@pytest.mark.parametrize("name", FRAMED)
def test_in_the_frame_of_a_service_stands_no_second_document_and_no_second_preheader(name: str, mail: Mail) -> None:
    (html,) = [each for each in told(LISTS[name], mail) if "A lighthouse does not chase ships." in each]
    assert not any(each in html for each in ("<html", "<head", "<body", "<title", "<meta", "<!doctype"))
    assert EDITION.preheader.text not in html
    assert ("<style" in html) == (name == "ghost")
    assert html.count("<table") == mail.html.count("<table")
