"""Hubs are asked, believed for a while, and relied on only as long as they push."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.polling import websub
from bot.polling.websub import HubState, Subscription

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HUB, TOPIC = "https://hub.example/", "https://show.example/feed"


def asked(fault: str = "", known: Subscription | None = None, now: datetime = NOW) -> Subscription:
    return websub.asked(known, "source", hub=HUB, topic=TOPIC, now=now, fault=fault)


def confirmed(seconds: float | None = 864_000.0) -> Subscription:
    return websub.confirmed(asked(), lease_seconds=seconds, now=NOW)


def test_a_hub_is_asked_once_and_again_when_its_confirmation_does_not_come() -> None:
    assert websub.due(None, hub=HUB, topic=TOPIC, now=NOW)
    assert not websub.due(asked(), hub=HUB, topic=TOPIC, now=NOW)
    assert websub.due(asked(), hub=HUB, topic=TOPIC, now=NOW + timedelta(hours=1))


def test_a_feed_that_names_another_hub_is_asked_for_there() -> None:
    assert websub.due(confirmed(), hub="https://other.example/", topic=TOPIC, now=NOW)
    moved = websub.asked(confirmed(), "source", hub="https://other.example/", topic=TOPIC, now=NOW, fault="")
    assert (moved.hub, moved.state, moved.lease_until) == ("https://other.example/", HubState.ASKED, None)


@pytest.mark.parametrize(("seconds", "days"), [(864_000.0, 10.0), (10**9, 14.0), (1.0, 1 / 24), (None, 10.0)])
def test_a_lease_is_believed_within_bounds_and_renewed_before_it_ends(seconds: float | None, days: float) -> None:
    active = confirmed(seconds)
    assert active.lease_until == NOW + timedelta(days=days)
    assert active.lease_until is not None
    assert NOW < active.next_at < active.lease_until


def test_renewing_does_not_end_what_still_holds() -> None:
    again = asked(known=confirmed(), now=NOW + 9 * DAY)
    assert again.state is HubState.ACTIVE
    assert asked(fault="the hub answered 500", known=confirmed(), now=NOW + 9 * DAY).state is HubState.ACTIVE


def test_a_hub_that_fails_is_asked_ever_later() -> None:
    waits, now, known = [], NOW, None
    for _ in range(5):
        known = asked("the hub answered 500", known, now)
        waits.append(known.next_at - now)
        now = known.next_at
    assert waits == sorted(waits)
    assert waits[-1] > waits[0]
    assert known is not None
    assert known.state is HubState.REFUSED


def test_a_hub_that_refuses_is_left_alone_for_a_week() -> None:
    refused = websub.denied(confirmed(), reason="not for you", now=NOW)
    assert (refused.state, refused.lease_until) == (HubState.REFUSED, None)
    assert refused.next_at == NOW + 7 * DAY


def test_a_hub_is_relied_on_only_while_it_pushes() -> None:
    active = confirmed()
    assert not websub.relied_on(active, NOW)
    pushed = Subscription(**{**active.__dict__, "pushed_at": NOW})
    assert websub.relied_on(pushed, NOW + 5 * DAY)
    assert not websub.relied_on(pushed, NOW + 11 * DAY)
    assert not websub.relied_on(None, NOW)


def test_paths_and_keys_are_unguessable_and_differ() -> None:
    keys = {
        websub.path_key("s", "a"),
        websub.path_key("s", "b"),
        websub.path_key("t", "a"),
        websub.signing_key("s", "a"),
    }
    assert len(keys) == 4
    assert all(len(each) >= 40 for each in keys)


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_signature_of_every_method_of_the_standard_holds(method: str) -> None:
    signature = hmac.new(b"key", b"body", method).hexdigest()
    assert websub.genuine(f"{method}={signature}", b"body", key="key")
    assert websub.genuine(f"{method.upper()}={signature.upper()}", b"body", key="key")
    assert not websub.genuine(f"{method}={signature}", b"another body", key="key")
    assert not websub.genuine(f"{method}={signature}", b"body", key="another key")


@given(st.text(max_size=80))
def test_no_other_words_are_a_signature(header: str) -> None:
    assert not websub.genuine(header, b"body", key="key")
