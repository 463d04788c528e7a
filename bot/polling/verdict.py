"""Says what an answer of a feed's server means: how the source stands after it, and when it is asked again.

The rules, with where they come from, are in docs/decisions/polling.md. In short: no status ever kills a source; 410
mutes it until somebody asks; a move is adopted when it has stayed for seven days; what a server asks for is a floor.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from bot.polling.rhythm import pause
from bot.polling.standing import Bounds, Condition, Move, Standing

# Doubled with each failure in a row.
_BACKOFF = timedelta(minutes=30)
_LONGEST_BACKOFF = timedelta(days=7)
_LONGEST_SLOW = timedelta(hours=6)
# No server's wish is followed for longer than this.
_LONGEST_WISH = timedelta(days=31)
# A move has to stay so long before the new address is taken over.
_ADOPTED_AFTER = timedelta(days=7)
# Validators lie: once in so long a feed is asked without them.
_UNCONDITIONAL_EVERY = timedelta(days=1)
# A feed that says "not modified" for so many times its usual gap, and at least so long, is called frozen.
_FROZEN_GAPS = 6
_FROZEN_LEAST = timedelta(days=30)
_LONGEST_JITTER = timedelta(minutes=30)
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_PERMANENT = (301, 308)


@dataclass(frozen=True)
class Reply:
    """An answer as far as the poll has to know it. `asked` is the address that was asked.

    `hops` are the redirects on the way: status and where it led. `retry_after` and `max_age` are seconds. `challenged`
    says that a wall answered in the feed's place.
    """

    status: int
    asked: str
    hops: Sequence[tuple[int, str]] = ()
    etag: str = ""
    last_modified: str = ""
    retry_after: float | None = None
    max_age: float | None = None
    challenged: bool = False


@dataclass(frozen=True)
class Facts:
    """What a feed that was read says of itself."""

    title: str = ""
    site: str | None = None
    guid: str | None = None
    every: float | None = None
    hub: str | None = None
    topic: str | None = None
    moved_to: str | None = None


def unconditional(standing: Standing, now: datetime) -> bool:
    """Whether a feed is to be asked without validators this time."""
    last = standing.unconditional_at
    return standing.distrusted or last is None or now - last >= _UNCONDITIONAL_EVERY


def address(standing: Standing, now: datetime) -> str:
    """Which address to ask: where a feed said for long enough that it went, it is tried there first."""
    move = standing.move
    return move.to if move is not None and move.own_word and now - move.since >= _ADOPTED_AFTER else standing.url


def not_modified(standing: Standing, reply: Reply, *, bounds: Bounds, now: datetime) -> Standing:
    """After a 304, or a success that holds only what is known already."""
    after = _moved(_answered(standing, reply, now), reply, None, now)
    silent = now - standing.newest_at if standing.newest_at else timedelta()
    patience = max(_FROZEN_LEAST, _FROZEN_GAPS * timedelta(seconds=standing.rhythm.gap or 0))
    if after.condition is Condition.MOVED:
        return _next(after, reply, bounds=bounds, now=now)
    if reply.status == 304 and silent > patience:
        reason = f"says 'not modified', and nothing has come for {silent.days} days, far longer than usual"
        return _next(replace(after, condition=Condition.FROZEN, reason=reason), reply, bounds=bounds, now=now)
    how = "304" if reply.status == 304 else "the same content again"
    return _next(replace(after, condition=Condition.NOT_MODIFIED, reason=how), reply, bounds=bounds, now=now)


def read(standing: Standing, reply: Reply, facts: Facts, *, bounds: Bounds, now: datetime) -> Standing:
    """After an answer that was read. `standing` knows the newest episode in it and the rhythm already."""
    after = replace(
        _answered(standing, reply, now),
        title=facts.title or standing.title,
        site=facts.site or standing.site,
        guid=facts.guid or standing.guid,
        every=facts.every,
        hub=facts.hub,
        topic=facts.topic,
    )
    after = _moved(after, reply, facts.moved_to, now)
    if after.condition is not Condition.MOVED:
        reason = "its server says 'not modified' falsely, so it is always asked in full" if after.distrusted else ""
        after = replace(after, condition=Condition.OK, reason=reason)
    return _next(after, reply, bounds=bounds, now=now)


def lied(standing: Standing, reply: Reply) -> bool:
    """Whether a body that has changed came under the validators of the one before: they say nothing, then."""
    before, now = (standing.etag, standing.last_modified), (reply.etag, reply.last_modified)
    return any(now) and before == now


def refused(standing: Standing, reply: Reply, *, bounds: Bounds, now: datetime) -> Standing:
    """After a status that is neither success nor "not modified"."""
    asked = replace(standing, polled_at=now)
    match reply.status:
        case 410:
            reason = "410: its publisher says that it is gone; it is only asked again when somebody polls it"
            return replace(asked, condition=Condition.GONE, reason=reason, failures=asked.failures + 1, next_at=_NEVER)
        case 429:
            return _slow(asked, reply, bounds=bounds, now=now)
        case 503 if reply.retry_after is not None:
            return _slow(asked, reply, bounds=bounds, now=now)
        case 404 if asked.move is not None:
            reason = "404 at its old address; the one that it had moved to is asked from now on"
            moved = replace(asked, url=asked.move.to, move=None, condition=Condition.MOVED, reason=reason)
            return replace(moved, next_at=now + bounds.least)
        case status if reply.challenged:
            reason = f"{status}: a wall against robots answers in the feed's place; ask its host to let feeds through"
            return _failed(asked, Condition.BLOCKED, reason, reply, bounds=bounds, now=now)
        case 401 | 403 as status:
            reason = f"{status}: its server does not let us read it"
            return _failed(asked, Condition.BLOCKED, reason, reply, bounds=bounds, now=now)
        case status:
            return _failed(asked, Condition.FAILING, f"its server answered {status}", reply, bounds=bounds, now=now)


def failed(standing: Standing, reason: str, *, bounds: Bounds, now: datetime) -> Standing:
    """After no answer at all, or one that is no feed."""
    return _failed(replace(standing, polled_at=now), Condition.FAILING, reason, None, bounds=bounds, now=now)


def revived(standing: Standing, now: datetime) -> Standing:
    """A person wants it asked again, now, and in full."""
    return replace(standing, next_at=now, failures=0, etag="", last_modified="", body_hash="", cleaned_hash="")


def jitter(key: str, now: datetime, interval: timedelta) -> timedelta:
    """Up to a tenth of an interval, at most half an hour, the same for one source at one time: it spreads them out."""
    digest = hashlib.blake2b(f"{key} {now.isoformat(timespec='minutes')}".encode(), digest_size=4).digest()
    return min(interval / 10, _LONGEST_JITTER) * (int.from_bytes(digest, "big") / 2**32)


def _answered(standing: Standing, reply: Reply, now: datetime) -> Standing:
    """What holds after every usable answer: failures are over, and the validators are those that came last."""
    kept = reply.status == 304
    return replace(
        standing,
        polled_at=now,
        succeeded_at=now,
        failures=0,
        etag=reply.etag or (standing.etag if kept else ""),
        last_modified=reply.last_modified or (standing.last_modified if kept else ""),
    )


def _moved(standing: Standing, reply: Reply, own_word: str | None, now: datetime) -> Standing:
    """Follow a move: permanent redirects from the first hop on, or the feed's own word (`itunes:new-feed-url`).

    A redirect is followed anyhow, so that what is taken over after its time is known to hold the feed; the feed's own
    word is tried (`address`) before it is taken over.
    """
    if standing.move is not None and reply.asked == standing.move.to:
        return _adopted(standing, reply.asked)
    target = standing.url
    for status, url in reply.hops:
        if status not in _PERMANENT:
            break
        target = url
    own = target == standing.url and own_word not in (None, standing.url)
    if own and own_word is not None:
        target = own_word
    known = standing.move
    # A feed that is unchanged still says what it said.
    if target == standing.url and known is not None and known.own_word and reply.status == 304:
        target, own = known.to, True
    if target == standing.url:
        settled = replace(standing, move=None)
        return replace(settled, condition=Condition.OK) if standing.condition is Condition.MOVED else settled
    since = known.since if known is not None and known.to == target else now
    if _only_safer(standing.url, target) or (not own and now - since >= _ADOPTED_AFTER):
        return _adopted(standing, target)
    left = (_ADOPTED_AFTER - (now - since)).days + 1
    reason = f"it answers from {_host(target)}; taken over if it stays there for {left} more day{'s' * (left > 1)}"
    return replace(standing, move=Move(target, since, own), condition=Condition.MOVED, reason=reason)


def _adopted(standing: Standing, target: str) -> Standing:
    reason = f"it has moved to {_host(target)}; that address is asked from now on"
    return replace(standing, url=target, move=None, condition=Condition.MOVED, reason=reason)


def _only_safer(old: str, new: str) -> bool:
    """Whether a move changes nothing but http to https."""
    return old.startswith("http://") and new == "https://" + old.removeprefix("http://")


def _slow(standing: Standing, reply: Reply, *, bounds: Bounds, now: datetime) -> Standing:
    failures = standing.failures + 1
    asked = timedelta(seconds=reply.retry_after or 0)
    wait = max(min(_BACKOFF * 2 ** min(failures - 1, 8), _LONGEST_SLOW), min(asked, _LONGEST_WISH), bounds.least)
    reason = f"{reply.status}: its server asks to be left alone" + (f" for {_words(asked)}" if asked else "")
    after = replace(standing, condition=Condition.SLOW, reason=reason, failures=failures)
    return replace(after, next_at=now + wait + jitter(standing.key, now, wait))


def _failed(
    standing: Standing, condition: Condition, reason: str, reply: Reply | None, *, bounds: Bounds, now: datetime
) -> Standing:
    failures = standing.failures + 1
    wait = min(_BACKOFF * 2 ** min(failures - 1, 10), _LONGEST_BACKOFF, max(bounds.most, _BACKOFF))
    if reply is not None and reply.retry_after is not None:
        wait = max(wait, min(timedelta(seconds=reply.retry_after), _LONGEST_WISH))
    said = f"{reason} ({failures} times in a row)" if failures > 1 else reason
    after = replace(standing, condition=condition, reason=said, failures=failures)
    if standing.move is not None and address(standing, now) != standing.url:
        # Where the feed says that it went there is nothing yet: the old address is asked for another week.
        after = replace(after, move=replace(standing.move, since=now))
    return replace(after, next_at=now + wait + jitter(standing.key, now, wait))


def _next(standing: Standing, reply: Reply, *, bounds: Bounds, now: datetime) -> Standing:
    wait = pause(standing.rhythm, silent=now - standing.newest_at if standing.newest_at else None, now=now)
    for wish in (standing.every, reply.max_age):
        if wish is not None:
            wait = max(wait, timedelta(seconds=wish))
    wait = min(max(wait, bounds.least), bounds.most)
    if reply.retry_after is not None:
        wait = max(wait, min(timedelta(seconds=reply.retry_after), _LONGEST_WISH))
    return replace(standing, next_at=now + wait + jitter(standing.key, now, wait))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "another address"
    except ValueError:
        return "another address"


def _words(length: timedelta) -> str:
    minutes = max(1, round(length.total_seconds() / 60))
    if minutes < 120:
        return f"{minutes} minute{'s' * (minutes > 1)}"
    hours = round(minutes / 60)
    return f"{hours} hours" if hours < 48 else f"{round(hours / 24)} days"
