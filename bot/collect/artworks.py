"""Copies the pictures of shows and episodes, small, so that readers load them from us and from nobody else.

Only where a newsletter shows them. That of a show is asked for again each month, and at once where its source names
another; that of an episode once, while an edition may still gather it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from bot.errors import Refused, Unfetched
from bot.house import House
from bot.media.square import cover
from bot.store import artworks, episodes, media
from bot.store.artworks import Wanted
from bot.store.database import Db

_FRESH = timedelta(days=30)
# After the first, second, third … try that brought nothing; the last repeats.
_AGAIN = (timedelta(hours=6), timedelta(days=1), timedelta(days=7), _FRESH)
# No edition gathers what came longer ago.
_GATHERED = timedelta(days=60)
_CLAIM = timedelta(minutes=15)
_BATCH = 50
_ACCEPT = "image/jpeg, image/png, image/webp;q=0.8, image/gif;q=0.5"


@dataclass(frozen=True)
class _Tried:
    """What came of asking for a picture: our copy, or in words why there is none."""

    wanted: Wanted
    copy: bytes | None = None
    message: str = ""


def copy_artworks(house: House, clock: Callable[[], datetime]) -> None:
    """Copy every picture that is due, the host's own files among them."""
    if not any(each.artwork for each in house.config.newsletters.values()):
        return
    with house.store.read() as db:
        given = bool(house.config.cards.artwork or artworks.own(db))
    if given:
        with house.store.write() as db:
            _own(house, db, clock())
    while due := _claim(house, clock()):
        with ThreadPoolExecutor(house.config.fetch.at_once, thread_name_prefix="artwork") as pool:
            for tried in pool.map(lambda each: _fetched(house, each), due):
                with house.store.write() as db:
                    _keep(db, tried, clock())


def _claim(house: House, now: datetime) -> list[Wanted]:
    with house.store.write() as db:
        return artworks.claim_due(db, since=now - _GATHERED, at=now, until=now + _CLAIM, limit=_BATCH)


def _fetched(house: House, wanted: Wanted) -> _Tried:
    # Many a feed writes http:// for what stands at https:// too.
    url = wanted.url if _safe(house, wanted.url) else f"https://{wanted.url.partition('://')[2]}"
    try:
        fetched = house.picture_fetcher.get(url, accept=_ACCEPT)
        if not _safe(house, fetched.url):
            return _Tried(wanted, message="it leads to an address that does not begin with https://")
        if not 200 <= fetched.status < 300:
            return _Tried(wanted, message=f"its server answered {fetched.status}")
        return _Tried(wanted, cover(fetched.body))
    except (Unfetched, Refused) as error:
        return _Tried(wanted, message=str(error))


def _safe(house: House, url: str) -> bool:
    """Whether nobody on the way can exchange a picture; the host's own machines may be asked without."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme.casefold() == "https" or parts.netloc.casefold() in {
        each.casefold() for each in house.config.fetch.allow
    }


def _keep(db: Db, tried: _Tried, now: datetime) -> None:
    of_episode = tried.wanted.of_episode
    if tried.copy is None:
        wait = _AGAIN[min(tried.wanted.tries, len(_AGAIN) - 1)]
        again = None if of_episode and tried.wanted.tries >= len(_AGAIN) - 1 else now + wait
        artworks.postpone(db, tried.wanted, message=tried.message, next_at=again)
        return
    name = media.keep(db, tried.copy, mime="image/jpeg", at=now)
    artworks.read(db, tried.wanted, sha256=name, size=len(tried.copy), next_at=None if of_episode else now + _FRESH)


def _own(house: House, db: Db, now: datetime) -> None:
    """Bring the pictures that the host gave up to date; what did not change costs a look at its file."""
    known, given = artworks.own(db), set[int]()
    for show, path in house.config.cards.artwork.items():
        number = episodes.show_of(db, show)
        if number is None:
            continue
        given.add(number)
        copy, message = None, ""
        try:
            file = house.loaded.resolve(path)
            stamp = f"{path} {file.stat().st_mtime_ns}"
            if known.get(number) == stamp:
                continue
            copy = cover(file.read_bytes())
        except OSError as error:
            stamp, message = path, f"{path} cannot be read ({error.strerror})"
            if known.get(number) == stamp:
                continue
        except Refused as error:
            message = f"{path}: {error}"
        name = media.keep(db, copy, mime="image/jpeg", at=now) if copy is not None else ""
        artworks.keep_own(db, number, stamp, sha256=name, size=len(copy or b""), message=message)
    for number in known.keys() - given:
        artworks.drop_own(db, number)
