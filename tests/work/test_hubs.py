"""Hubs tell of new episodes: asked with a way back, answered only where we asked, believed only when they sign."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from bot import collect
from bot.desk.app import application
from bot.house import House
from bot.polling.standing import Condition
from bot.polling.websub import HubState, Subscription
from bot.store import hubs, sources
from tests.http.server import Said, Server
from tests.work.desk import DAY, HOUR, MINUTE, TUESDAY, with_config, work
from tests.work.feeds import Web, episode, following, rss, web

PUBLIC = "https://desk.example"
LATER = TUESDAY + 2 * MINUTE


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Server, Web]]:
    monkeypatch.setenv("PULLQUOTE_SECRET", "a secret of the test")
    with web({"/hub": lambda _: Said(202)}) as (server, pages):
        head = f'<atom:link rel="hub" href="{server.url}/hub"/><atom:link rel="self" href="{server.url}/feed"/>'
        pages.pages["/feed"] = rss("The Show", [episode(1, TUESDAY - DAY)], head=head)
        yield server, pages


@pytest.fixture
def house_with_hub(house: House, world: tuple[Server, Web]) -> House:
    return with_config(following(house, world[0], "/feed"), lambda text: f'{text}\n[web]\npublic = "{PUBLIC}"\n')


def asked(server: Server) -> dict[str, str]:
    (request,) = [each for each in server.requests if each.path == "/hub"]
    return {key: values[0] for key, values in parse_qs(request.body.decode()).items()}


def subscription(house: House) -> Subscription:
    with house.store.read() as db:
        (key,) = [each.key for each in sources.listed(db)]
        found = hubs.get(db, key)
    assert found is not None
    return found


def client(house: House) -> FlaskClient:
    return application(house, lambda: LATER).test_client()


def confirm(house: House, form: dict[str, str]) -> str:
    path = urlsplit(form["hub.callback"]).path
    query = {
        "hub.mode": "subscribe",
        "hub.topic": form["hub.topic"],
        "hub.challenge": "xyz",
        "hub.lease_seconds": "864000",
    }
    answer = client(house).get(path, query_string=query)
    assert (answer.status_code, answer.text) == (200, "xyz")
    return path


def push(house: House, path: str, key: str, body: bytes = b"<feed/>") -> int:
    signature = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return client(house).post(path, data=body, headers={"X-Hub-Signature": f"sha256={signature}"}).status_code


def test_a_hub_that_a_feed_names_is_asked_with_a_way_back(house_with_hub: House, world: tuple[Server, Web]) -> None:
    work(house_with_hub)
    form = asked(world[0])
    assert (form["hub.mode"], form["hub.topic"]) == ("subscribe", f"{world[0].url}/feed")
    assert form["hub.callback"].startswith(f"{PUBLIC}/websub/")
    assert len(form["hub.secret"]) >= 40
    assert subscription(house_with_hub).state is HubState.ASKED
    confirm(house_with_hub, form)
    assert subscription(house_with_hub).state is HubState.ACTIVE
    work(house_with_hub, TUESDAY + 2 * HOUR)
    assert len([each for each in world[0].requests if each.path == "/hub"]) == 1


def test_a_question_that_we_did_not_ask_for_is_refused(house_with_hub: House, world: tuple[Server, Web]) -> None:
    work(house_with_hub)
    path = urlsplit(asked(world[0])["hub.callback"]).path
    browser = client(house_with_hub)
    for where, mode, topic in (
        (path, "subscribe", "https://another.example/feed"),
        (path, "unsubscribe", f"{world[0].url}/feed"),
        (path, "", ""),
        ("/websub/0123", "subscribe", f"{world[0].url}/feed"),
    ):
        answer = browser.get(where, query_string={"hub.mode": mode, "hub.topic": topic, "hub.challenge": "<script>"})
        assert answer.status_code == 404
        assert "script" not in answer.text
    assert subscription(house_with_hub).state is HubState.ASKED


def test_a_genuine_push_makes_the_feed_due_and_nothing_in_it_is_believed(
    house_with_hub: House, world: tuple[Server, Web]
) -> None:
    work(house_with_hub)
    form = asked(world[0])
    path = confirm(house_with_hub, form)
    head = world[1].pages["/feed"].partition(b"<item>")[0]  # type: ignore[union-attr]
    new = rss("The Show", [episode(2, TUESDAY + MINUTE), episode(1, TUESDAY - DAY)])
    world[1].pages["/feed"] = head + new.partition(b"<item>")[1] + new.partition(b"<item>")[2]
    assert collect.poll(house_with_hub, lambda: LATER).polled == 0
    forged = rss("The Show", [episode(99, TUESDAY)])
    assert push(house_with_hub, path, form["hub.secret"], forged) == 204
    assert due_after(house_with_hub) <= timedelta()
    collected = collect.poll(house_with_hub, lambda: LATER)
    assert (collected.polled, collected.new) == (1, 1)


def test_a_push_without_a_true_signature_changes_nothing(house_with_hub: House, world: tuple[Server, Web]) -> None:
    work(house_with_hub)
    path = confirm(house_with_hub, asked(world[0]))
    assert push(house_with_hub, path, "not the key") == 204
    assert client(house_with_hub).post(path, data=b"x").status_code == 204
    assert due_after(house_with_hub) > timedelta()
    assert client(house_with_hub).post("/websub/unknown", data=b"x").status_code == 404


def test_a_push_does_not_wake_what_is_gone(house_with_hub: House, world: tuple[Server, Web]) -> None:
    work(house_with_hub)
    form = asked(world[0])
    path = confirm(house_with_hub, form)
    world[1].pages["/feed"] = lambda _: Said(410)
    work(house_with_hub, TUESDAY + 2 * DAY)
    push(house_with_hub, path, form["hub.secret"])
    with house_with_hub.store.read() as db:
        (found,) = sources.listed(db)
    assert found.condition is Condition.GONE
    assert found.next_at > TUESDAY + 300 * DAY


def test_a_hub_that_fails_costs_nothing_but_speed(house_with_hub: House, world: tuple[Server, Web]) -> None:
    world[1].pages["/hub"] = lambda _: Said(500)
    assert work(house_with_hub).collected.new == 1
    assert (subscription(house_with_hub).state, subscription(house_with_hub).reason) == (
        HubState.REFUSED,
        "the hub answered 500",
    )


def test_without_a_public_address_or_a_secret_no_hub_is_asked(
    house: House, world: tuple[Server, Web], monkeypatch: pytest.MonkeyPatch
) -> None:
    work(following(house, world[0], "/feed"))
    monkeypatch.delenv("PULLQUOTE_SECRET")
    work(
        with_config(following(house, world[0]), lambda text: f'{text}\n[web]\npublic = "{PUBLIC}"\n'), TUESDAY + 2 * DAY
    )
    assert not [each for each in world[0].requests if each.path == "/hub"]


def due_after(house: House) -> timedelta:
    """How long after the push, or the confirmation, the feed is due."""
    with house.store.read() as db:
        (found,) = sources.listed(db)
    return found.next_at - LATER
