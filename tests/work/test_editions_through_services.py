"""An edition's whole way through services that own the list: from the inbox to the one mail that they send."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest
from jinja2 import Environment

from bot import review
from bot.errors import ConfigError
from bot.house import House
from bot.model.places import Place, filled
from bot.model.publication import Kind, Mail
from bot.model.states import DeliveryState
from tests.http.server import Fate, Server, serving
from tests.platforms.buttondown import TOKEN as BUTTONDOWN
from tests.platforms.buttondown import Buttonhole
from tests.platforms.kit import KEY as KIT
from tests.platforms.kit import Creator
from tests.platforms.listmonk import OURS, Monk, rendered
from tests.platforms.listmonk import TOKEN as LISTMONK
from tests.work.desk import (
    HOUR,
    MINUTE,
    POT,
    THURSDAY,
    TUESDAY,
    content,
    delivery,
    draft,
    history,
    lay,
    with_config,
    work,
)

OUT = "https://list.example/out"
LANGUAGE = Environment(autoescape=False, keep_trailing_newline=True)  # noqa: S701 (its output goes nowhere)


def _with_braces(body: str) -> str:
    return unescape(LANGUAGE.from_string(body).render(unsubscribe_url=OUT))


@dataclass(frozen=True)
class Way:
    """A service, its settings, where its irreversible request goes, and the HTML that its readers got from it."""

    service: Callable[[], Any]
    settings: str
    secret: str
    at: str
    sent: Callable[[Any], list[str]]
    shown: Callable[[Mail], str]


def _as_ours(mail: Mail) -> str:
    return unescape(filled(mail, dict.fromkeys((Place.UNSUBSCRIBE, Place.PREFERENCES), OUT)).html)


WAYS = {
    "buttondown": Way(
        Buttonhole,
        'platform = "buttondown"\ntoken_env = "LIST_SECRET"',
        BUTTONDOWN,
        "/publish",
        lambda service: [_with_braces(body.partition("\n")[2]) for body in service.sent],
        _as_ours,
    ),
    "listmonk": Way(
        Monk,
        'platform = "listmonk"\nuser = "pullquote"\ntoken_env = "LIST_SECRET"\nlists = [1, 3]\ntemplate = 4',
        LISTMONK,
        "/status",
        lambda service: [rendered(each["body"]) for each in service.started],
        lambda mail: filled(mail, OURS).html,
    ),
    "kit": Way(
        lambda: Creator(senders=("weekly@example.org",)),
        'platform = "kit"\nkey_env = "LIST_SECRET"\ntemplate = 35',
        KIT,
        "PUT /v4/broadcasts/",
        lambda service: [_with_braces(each["content"]) for each in service.sent],
        _as_ours,
    ),
}


def _over(house: House, way: Way, server: Server, monkeypatch: pytest.MonkeyPatch) -> House:
    """The same house, live, with its newsletter's channel at the service."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LIST_SECRET", way.secret)
    settings = f'[channels.mail]\n{way.settings}\nserver = "{server.url}"'
    usual = '[channels.mail]\nplatform = "outbox"'
    # Its sender is an example's, with which nothing would be approved for readers.
    told_only = 'channel = "mail"\npreflight = "warn"'
    return with_config(
        house,
        lambda text: "live = true\n" + text.replace(usual, settings).replace('channel = "mail"', told_only),
    )


@pytest.mark.parametrize("fate", [Fate.FINE, Fate.DROP_AFTER, Fate.DROP_BEFORE, Fate.SLOW_DOWN])
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_an_edition_goes_out_once_as_it_was_approved(
    house: House, monkeypatch: pytest.MonkeyPatch, way: Way, fate: Fate
) -> None:
    service = way.service()
    with serving(service) as server:
        there = _over(house, way, server, monkeypatch)
        lay(there, POT)
        work(there)
        edition = draft(there, Kind.EDITION)
        review.approve(there, edition.id, actor="eve", now=TUESDAY)
        server.at = way.at
        server.fates.append(fate)
        work(there, THURSDAY)
        for later in range(1, 4):
            work(there, THURSDAY + later * HOUR)
    mail = content(there, edition)
    assert isinstance(mail, Mail)
    assert delivery(there, edition).state is DeliveryState.ACCEPTED, history(there, f"draft:{edition.id}")
    assert way.sent(service) == [way.shown(mail)]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_before_its_time_the_account_is_tried_and_nothing_else(
    house: House, monkeypatch: pytest.MonkeyPatch, way: Way
) -> None:
    with serving(way.service()) as server:
        there = _over(house, way, server, monkeypatch)
        lay(there, POT)
        work(there)
        review.approve(there, draft(there, Kind.EDITION).id, actor="eve", now=TUESDAY)
        work(there, THURSDAY - MINUTE)
        assert {each.method for each in server.requests} == {"GET"}


def test_posts_on_a_service_that_takes_none_are_told_at_the_start(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIST_SECRET", LISTMONK)
    social = '[channels.social]\nplatform = "telegram"\nchat = "@the_desk"\ntoken_env = "LIST_SECRET"\n'
    letters = f'[channels.letters]\n{WAYS["listmonk"].settings}\nserver = "https://l.example"\nposts = ["quote"]\n'

    def wrong(text: str) -> str:
        return text.replace('channel = "mail"', 'channel = "social"') + social + letters

    with pytest.raises(ConfigError) as caught:
        with_config(house, wrong)
    first, second = caught.value.faults
    assert "[channels.letters]: 'listmonk' takes newsletters only" in first
    assert "[newsletters.weekly]: 'telegram' takes posts only" in second
