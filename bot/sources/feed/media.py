"""Chooses the one media file of an entry out of those that it lists."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from bot.model.episode import Enclosure
from bot.reading.plain import one_line

_SPOKEN = ("audio/", "video/")
_NOT_SPOKEN = (
    "image/", "text/", "application/pdf", "application/zip", "application/epub", "application/x-bittorrent",
    "application/x-shockwave", "application/json", "application/xml",
)  # fmt: skip
_NAMES = (".mp3", ".m4a", ".m4b", ".mp4", ".m4v", ".mov", ".ogg", ".oga", ".ogv", ".opus", ".aac", ".wav", ".flac")
_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".svg", ".pdf", ".torrent")


def choose(listed: Iterable[tuple[str | None, str, str]]) -> Enclosure | None:
    """The first of (address, MIME type, length in bytes) that is audio or video, by its type or else by its name.

    Without any, the first that may be: of no type that says otherwise, with no picture's name.
    """
    found = [(url, mime.casefold().partition(";")[0].strip(), length) for url, mime, length in listed if url]
    spoken = [each for each in found if each[1].startswith(_SPOKEN)]
    named = [each for each in found if not each[1].startswith(_NOT_SPOKEN) and _path(each[0]).endswith(_NAMES)]
    perhaps = [each for each in found if not each[1].startswith(_NOT_SPOKEN) and not _path(each[0]).endswith(_PICTURES)]
    for url, mime, length in (*spoken, *named, *perhaps):
        size = int(length) if length.isascii() and length.isdecimal() and len(length) < 16 else None
        return Enclosure(url=url, mime=mime, length=size or None)
    return None


def title_of(audio: Enclosure) -> str:
    """A title for what has no other: the name of its file, without what says of what kind it is."""
    return one_line(unquote(urlsplit(audio.url).path.rpartition("/")[2]).rpartition(".")[0])


def _path(url: str) -> str:
    try:
        return urlsplit(url).path.casefold()
    except ValueError:
        return ""
