"""Asks hubs to tell us when a feed changes, where there is an address at which they can (WebSub)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.errors import Unfetched
from bot.house import House
from bot.polling import websub
from bot.polling.standing import Condition, Standing
from bot.polling.websub import Subscription
from bot.store import hubs, sources


@dataclass(frozen=True)
class Question:
    """What a hub asks before it pushes: whether we meant it."""

    mode: str
    topic: str
    lease_seconds: float | None
    reason: str = ""


def subscribe(house: House, clock: Callable[[], datetime]) -> int:
    """Ask every hub that is due, once. Returns how many were asked; none where nobody could call us."""
    public, secret = house.config.web.public, house.web_secret
    if public is None or secret is None:
        return 0
    asked = 0
    for standing, known in _due(house, clock()):
        fault = _ask(house, standing, f"{public}/websub/{websub.path_key(secret, standing.key)}", secret)
        with house.store.write() as db:
            hubs.put(
                db,
                websub.asked(
                    known,
                    standing.key,
                    hub=standing.hub or "",
                    topic=standing.topic or "",
                    now=clock(),
                    fault=fault,
                ),
            )
        asked += 1
    return asked


def answer(house: House, path_key: str, question: Question, now: datetime) -> bool:
    """Whether a hub's question is about a subscription that we asked for; what it says is remembered."""
    source = source_of(house, path_key)
    if source is None:
        return False
    with house.store.write() as db:
        known = hubs.get(db, source)
        if known is None or known.topic != question.topic:
            return False
        match question.mode:
            case "subscribe":
                hubs.put(db, websub.confirmed(known, lease_seconds=question.lease_seconds, now=now))
                return True
            case "denied":
                hubs.put(db, websub.denied(known, reason=question.reason or "the hub refused", now=now))
                return True
            case _:
                # We never ask to be left out; whoever asks in our name is not believed.
                return False


def push(house: House, path_key: str, signature: str, body: bytes, now: datetime) -> bool:
    """Take a push: the feed is asked at once. Returns False for a path that is nobody's.

    One whose signature does not hold is passed over in silence, as the standard wants.
    """
    source = source_of(house, path_key)
    if source is None or house.web_secret is None:
        return False
    if websub.genuine(signature, body, key=websub.signing_key(house.web_secret, source)):
        with house.store.write() as db:
            if hubs.get(db, source) is not None:
                hubs.pushed(db, source, now)
    return True


def source_of(house: House, path_key: str) -> str | None:
    """The source that a hub means by its path."""
    secret = house.web_secret
    if secret is None:
        return None
    return next((key for key in house.config.feeds if websub.path_key(secret, key) == path_key), None)


def _due(house: House, now: datetime) -> Sequence[tuple[Standing, Subscription | None]]:
    keys = house.config.feeds
    with house.store.read() as db:
        standings = [each for each in sources.listed(db, keys) if each.hub and each.topic]
        known = hubs.all_of(db, keys)
    return [
        (each, known.get(each.key))
        for each in standings
        if each.condition is not Condition.GONE
        and websub.due(known.get(each.key), hub=each.hub or "", topic=each.topic or "", now=now)
    ]


def _ask(house: House, standing: Standing, callback: str, secret: str) -> str:
    """Ask one hub; in words why it did not take the request, "" where it did."""
    form = websub.request(
        mode="subscribe",
        topic=standing.topic or "",
        callback=callback,
        signing_key=websub.signing_key(secret, standing.key),
    )
    try:
        status = house.fetcher.post(standing.hub or "", form=form).status
    except Unfetched as error:
        return str(error)
    return "" if 200 <= status < 300 else f"the hub answered {status}"
