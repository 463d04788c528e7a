"""Polls feeds: asks those that are due, reads what changed, remembers how each stands.

Threads ask and compare; one thread writes. What is unchanged costs a request and a line in a shared transaction. A feed
that fails, or a reader that has to be killed, concerns that feed alone.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from queue import SimpleQueue
from threading import Timer
from typing import Self
from urllib.parse import urljoin, urlsplit

from bot.collect.intake import Intake, Policy, marks_of, take_in
from bot.collect.outcome import Collected
from bot.config import FeedSource
from bot.errors import Unfetched, UnreadableDocument
from bot.house import House
from bot.http.fetch import Fetched, Validators
from bot.model.feed import Feed
from bot.polling import verdict, websub
from bot.polling.standing import Bounds, Standing
from bot.polling.verdict import Facts, Reply
from bot.reading.facts import web_address
from bot.sources import sandbox, split
from bot.store import hubs, sources

_LINK = re.compile(r"<([^<>]{1,2000})>((?:\s*;\s*[\w*-]{1,40}=(?:\"[^\"]{0,200}\"|[^\s,;\"]{0,200}))*)")
_RELATION = re.compile(r";\s*rel=(?:\"([^\"]*)\"|([^\s,;\"]+))", re.IGNORECASE)
# Raised when feeds are understood differently, so that unchanged ones are read again.
READER = 2
_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, "
    "application/json;q=0.8, */*;q=0.5"
)
# A worker that dies while polling holds its feeds for so long.
_CLAIM = timedelta(minutes=15)
_BATCH = 500
# Seconds after which the feeds of a host no longer wait for the one that is being asked.
_STALLS = 5.0
_WRITTEN_AT_ONCE = 200
# After a push a feed is asked for as long again: a cache in front of it may still hold the old one.
_PUSH_SETTLES = timedelta(minutes=20)
# More than this share of a document is cheaper to read whole.
_DELTA_SHARE = 0.5


@dataclass(frozen=True)
class Unchanged:
    """Nothing in it that is not known. The hashes are those of the body, or "" for a 304."""

    reply: Reply
    body_hash: str = ""
    cleaned_hash: str = ""


@dataclass(frozen=True)
class Refused:
    reply: Reply


@dataclass(frozen=True)
class Failed:
    reason: str


@dataclass(frozen=True)
class Changed:
    """A feed that was read: whole, or its head with those items whose words are not known. `marks` are all items'.

    `links` are what the server's own Link header names, by relation.
    """

    reply: Reply
    feed: Feed
    links: Mapping[str, str]
    marks: frozenset[str]
    body_hash: str
    cleaned_hash: str


Answer = Unchanged | Refused | Failed | Changed


@dataclass(frozen=True)
class Visit:
    """A source as it stood when it was asked, and what came of it."""

    standing: Standing
    at: datetime
    in_full: bool
    answer: Answer


def poll(
    house: House,
    clock: Callable[[], datetime],
    told: Callable[[str, int, int], None] = lambda *_: None,
    *,
    only: Sequence[str] | None = None,
) -> Collected:
    """Ask every feed that is due, each once. `only` asks these, due or not. `told` hears of progress."""
    feeds = house.config.feeds
    if not feeds:
        return Collected()
    with house.store.write() as db:
        sources.keep(db, feeds, clock())
        if only is not None:
            sources.put(db, [replace(each, next_at=clock()) for each in sources.listed(db, only)])
    wanted = set(feeds) if only is None else set(only) & set(feeds)
    total = Collected()
    poller = _Poller(house, feeds, clock)
    while due := _claim(house, wanted, clock()):
        wanted -= {each.key for each in due}
        for number, part in enumerate(poller.round(due), start=1):
            total = total.plus(part)
            told("asking feeds", number, len(due))
    return total


def _claim(house: House, wanted: set[str], now: datetime) -> list[Standing]:
    if not wanted:
        return []
    with house.store.write() as db:
        return sources.claim_due(db, wanted, at=now, until=now + _CLAIM, limit=_BATCH)


@dataclass
class _Host:
    """The feeds of one host that wait to be asked, and the answer by which it asked to be left alone."""

    waiting: deque[Standing]
    busy: Reply | None = None


class _Relief:
    """Calls `come`, once, when what is done inside takes longer than `_STALLS`; never where nobody waits for it."""

    def __init__(self, come: Callable[[], object], *, awaited: bool) -> None:
        self.came = False
        self._come = come
        self._timer = Timer(_STALLS, self._relieve) if awaited else None

    def _relieve(self) -> None:
        self.came = True
        # A round that was broken off takes nobody in any more.
        with suppress(RuntimeError):
            self._come()

    def __enter__(self) -> Self:
        if self._timer is not None:
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()


class _Poller:
    """Asks in threads, writes in one."""

    def __init__(self, house: House, feeds: Mapping[str, FeedSource], clock: Callable[[], datetime]) -> None:
        self._house = house
        self._feeds = feeds
        self._fetcher = house.fetcher
        self._sandbox = sandbox.shared()
        self._clock = clock
        with house.store.read() as db:
            self._hubs = hubs.all_of(db, feeds)

    def round(self, due: Sequence[Standing]) -> Iterator[Collected]:
        """Ask all of `due`, and store what came; a part of the sum for each source, as they end.

        Those that changed are stored in a transaction each, the others many at once: should we die before, they are
        only asked again.
        """
        ended: SimpleQueue[Visit | Exception] = SimpleQueue()
        unwritten: list[Standing] = []
        with ThreadPoolExecutor(self._house.config.fetch.at_once, thread_name_prefix="poll") as pool:
            for group in _by_host(due):
                pool.submit(self._ask_host, _Host(deque(group)), pool, ended)
            for _ in due:
                visit = ended.get()
                if isinstance(visit, Exception):
                    raise visit
                if isinstance(visit.answer, Changed):
                    yield self._take_in(visit, visit.answer)
                else:
                    standing, said = self._judge(visit)
                    unwritten.append(standing)
                    yield Collected(polled=1, unanswered=said)
                if len(unwritten) >= _WRITTEN_AT_ONCE:
                    self._write(unwritten)
                    unwritten = []
        self._write(unwritten)

    def _ask_host(self, host: _Host, pool: ThreadPoolExecutor, ended: SimpleQueue[Visit | Exception]) -> None:
        """The feeds of one host, one after the other; while one stalls, another thread goes on with those behind it."""
        while host.waiting:
            standing = host.waiting.popleft()
            with _Relief(lambda: pool.submit(self._ask_host, host, pool, ended), awaited=bool(host.waiting)) as relief:
                try:
                    ended.put(self._asked_of(host, standing))
                except Exception as error:  # noqa: BLE001 (raised again where the round is read)
                    ended.put(error)
            if relief.came:
                return

    def _asked_of(self, host: _Host, standing: Standing) -> Visit:
        """One that asks to be left alone is left alone with all of its feeds."""
        if host.busy is not None:
            return Visit(standing, self._clock(), in_full=False, answer=Refused(host.busy))
        visit = self._visit(standing)
        if isinstance(visit.answer, Refused) and visit.answer.reply.status in (429, 503):
            host.busy = visit.answer.reply if visit.answer.reply.retry_after else None
        return visit

    def _visit(self, standing: Standing) -> Visit:
        now = self._clock()
        in_full = verdict.unconditional(standing, now) or standing.reader != READER
        address = verdict.address(standing, now)
        validators = Validators() if in_full else Validators(standing.etag, standing.last_modified)
        try:
            fetched = self._fetcher.get(address, validators=validators, accept=_ACCEPT)
        except Unfetched as error:
            return Visit(standing, now, in_full, Failed(str(error)))
        try:
            return Visit(standing, now, in_full, self._read(standing, _reply(address, fetched), fetched))
        except UnreadableDocument as error:
            return Visit(standing, now, in_full, Failed(f"{error.expected} {error.remedy}"))

    def _read(self, standing: Standing, reply: Reply, fetched: Fetched) -> Answer:
        """From the cheapest comparison to the dearest; a feed that says nothing new is never parsed."""
        if fetched.status == 304:
            return Unchanged(reply)
        if not 200 <= fetched.status < 300:
            return Refused(reply)
        body = fetched.body
        if not body.strip():
            return Failed(f"its server answered {fetched.status} with nothing in it")
        trusted = standing.known and standing.reader == READER
        hashed = hashlib.sha256(body).hexdigest()
        if trusted and hashed == standing.body_hash:
            return Unchanged(reply, hashed, standing.cleaned_hash)
        cleaned = split.cleaned_hash(body)
        if trusted and cleaned == standing.cleaned_hash:
            return Unchanged(reply, hashed, cleaned)
        feed, marks = self._parsed(standing, fetched, trusted=trusted)
        if not marks and standing.newest_at is not None:
            return Failed("it holds no items any more; what it held stays known")
        return Changed(reply, feed, _links(fetched), marks, hashed, cleaned)

    def _parsed(self, standing: Standing, fetched: Fetched, *, trusted: bool) -> tuple[Feed, frozenset[str]]:
        name, mime = _host(standing.key), fetched.headers.get("content-type", "")
        parts = split.split(fetched.body) if trusted else None
        if parts is not None:
            with self._house.store.read() as db:
                known = sources.fingerprints(db, standing.key)
            marks = [split.fingerprint(item) for item in parts.items]
            wanted = [number for number, mark in enumerate(marks) if mark not in known]
            if len(wanted) <= _DELTA_SHARE * len(marks):
                feed = self._sandbox.parse(split.delta(parts, wanted), name, mime, fetched.url)
                chosen = {marks[number] for number in wanted}
                # Fewer than were cut out: what is missing is looked for in the whole.
                if len(feed.items) == len(chosen) and all(item.fingerprint in chosen for item in feed.items):
                    return feed, frozenset(marks)
        feed = self._sandbox.parse(fetched.body, name, mime, fetched.url)
        return feed, marks_of(feed.items)

    def _write(self, standings: Sequence[Standing]) -> None:
        if standings:
            with self._house.store.write() as db:
                sources.put(db, standings)

    def _judge(self, visit: Visit) -> tuple[Standing, tuple[str, ...]]:
        standing, bounds, at = self._asked(visit), self._bounds(visit.standing.key, visit.at), visit.at
        match visit.answer:
            case Unchanged(reply, body_hash, cleaned_hash):
                if body_hash:
                    standing = replace(standing, body_hash=body_hash, cleaned_hash=cleaned_hash)
                return verdict.not_modified(standing, reply, bounds=bounds, now=at), ()
            case Refused(reply):
                after = verdict.refused(standing, reply, bounds=bounds, now=at)
            case Failed(reason):
                after = verdict.failed(standing, reason, bounds=bounds, now=at)
            case Changed():
                raise TypeError("a feed that changed is taken in")
        return after, (f"{_named(after)}: {after.reason}",)

    def _take_in(self, visit: Visit, changed: Changed) -> Collected:
        key, before = visit.standing.key, visit.standing
        source = self._feeds[key]
        policy = Policy(source.newest, source.transcript_wait, source.page, fetches=True)
        with self._house.store.write() as db:
            taken = take_in(
                db, key, changed.feed, changed.marks, first=not before.known, policy=policy,
                transcribed=before.transcribed, at=visit.at,
            )  # fmt: skip
            standing = _learned(self._asked(visit), changed, taken, visit.at)
            after = verdict.read(
                standing, changed.reply, _facts(changed), bounds=self._bounds(key, visit.at), now=visit.at
            )
            sources.put(db, [after])
        return taken.collected.plus(Collected(polled=1))

    def _asked(self, visit: Visit) -> Standing:
        answered = visit.in_full and not isinstance(visit.answer, Failed | Refused)
        return replace(visit.standing, unconditional_at=visit.at) if answered else visit.standing

    def _bounds(self, key: str, now: datetime) -> Bounds:
        """The host's bounds. Where a hub tells of changes, a feed is asked only to make sure: as rarely as allowed."""
        source = self._feeds[key]
        hub = self._hubs.get(key)
        if not websub.relied_on(hub, now):
            return Bounds(source.least, source.most)
        told = hub is not None and hub.pushed_at is not None and now - hub.pushed_at < _PUSH_SETTLES
        return Bounds(source.least, source.least) if told else Bounds(source.most, source.most)


def _learned(standing: Standing, changed: Changed, taken: Intake, at: datetime) -> Standing:
    """What reading a feed taught about it."""
    brought = taken.collected
    return replace(
        standing,
        distrusted=standing.distrusted or (standing.reader == READER and verdict.lied(standing, changed.reply)),
        body_hash=changed.body_hash,
        cleaned_hash=changed.cleaned_hash,
        reader=READER,
        newest_at=taken.newest_at,
        rhythm=taken.rhythm,
        transcribed=taken.transcribed,
        changed_at=at if brought.new or brought.revised or brought.held else standing.changed_at,
    )


def _by_host(due: Sequence[Standing]) -> list[list[Standing]]:
    """Sources by their host, each host's in the order in which they are due: they are not asked all at once."""
    groups: dict[str, list[Standing]] = {}
    for each in due:
        groups.setdefault(_host(each.url), []).append(each)
    return list(groups.values())


def _reply(asked: str, fetched: Fetched) -> Reply:
    mime = fetched.headers.get("content-type", "").partition(";")[0].strip().casefold()
    return Reply(
        status=fetched.status,
        asked=asked,
        hops=tuple((hop.status, hop.url) for hop in fetched.hops),
        etag=fetched.validators.etag,
        last_modified=fetched.validators.last_modified,
        retry_after=fetched.retry_after,
        max_age=fetched.max_age,
        challenged=fetched.headers.get("cf-mitigated", "").casefold() == "challenge" and mime == "text/html",
    )


def _facts(changed: Changed) -> Facts:
    """What a feed says of itself; of its hub the server's header has the first word (WebSub, section 4)."""
    feed = changed.feed
    return Facts(
        title=feed.title,
        site=feed.site,
        guid=feed.guid,
        every=feed.every,
        hub=changed.links.get("hub") or feed.hub,
        topic=changed.links.get("self") or feed.topic,
        moved_to=feed.moved_to,
    )


def _links(fetched: Fetched) -> dict[str, str]:
    """The first address of each relation in a Link header (RFC 8288)."""
    found: dict[str, str] = {}
    for target, parameters in _LINK.findall(fetched.headers.get("link", "")[:8_000]):
        relation = _RELATION.search(parameters)
        address = web_address(urljoin(fetched.url, target.strip()))
        for name in (relation[1] or relation[2]).casefold().split() if relation and address else ():
            found.setdefault(name, address or "")
    return found


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


def _named(standing: Standing) -> str:
    return f"{standing.title} ({_host(standing.key)})" if standing.title else _host(standing.key)
