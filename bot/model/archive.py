"""What the pages of the public archive are made from, as plain values.

They travel into the process in which templates of others run, so nothing here knows the store or the house.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.model.quote import Beside, Moment


@dataclass(frozen=True)
class Site:
    """`base` is the whole address above all paths, without a last slash. `files`: it is written as plain files.

    As files each page is a folder with an `index.html`, so that every web server finds `/archive/weekly/3`; its links
    are relative, so that the folder may stand anywhere.
    """

    base: str
    files: bool = False

    def whole(self, path: str) -> str:
        """The one address by which a page is known to others."""
        return f"{self.base}{path}{self._slash(path)}"

    def link(self, path: str, *, here: str) -> str:
        """What a link from the page at `here` to the one at `path` says."""
        if not self.files:
            return path
        return f"{posixpath.relpath(path, here)}{self._slash(path)}"

    def _slash(self, path: str) -> str:
        is_page = "." not in path.rpartition("/")[2]
        return "/" if self.files and is_page and not path.endswith("/") else ""


@dataclass(frozen=True)
class Here:
    """Where one page stands: what its links to others say."""

    site: Site
    path: str

    def whole(self, path: str) -> str:
        """The one address by which a page is known to others."""
        return self.site.whole(path)

    def link(self, path: str) -> str:
        """What a link from here to a page says."""
        return self.site.link(path, here=self.path)


@dataclass(frozen=True)
class Row:
    """An edition in a list."""

    number: int
    subject: str
    day: date
    path: str


@dataclass(frozen=True)
class Note:
    """A correction in its author's words; `taken_back` where what it is about was taken away."""

    text: str
    at: datetime
    taken_back: bool


@dataclass(frozen=True)
class Picture:
    """What stands for a page where its address is shared. `path` is where it is given out; sizes are in pixels.

    `sha256` names the file in the store; None for one that is drawn for the page.
    """

    path: str
    mime: str
    alt: str
    width: int | None
    height: int | None
    sha256: str | None = None


class Source(StrEnum):
    """How the source stands today: it says the same, other words, it is for members now, or it is gone."""

    SAME = "same"
    CHANGED = "changed"
    WALLED = "walled"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Elsewhere:
    """A post with the quote, where its service shows it."""

    url: str
    host: str


@dataclass(frozen=True)
class Printing:
    """An edition in which a quote stands."""

    newsletter: str
    number: int
    subject: str


@dataclass(frozen=True)
class Quoted:
    """A quote that went out. The lines beside it are those of the newest reading, and only where it still holds it.

    `taken_back` says that every post with it was taken away and no edition bears it: then its words are shown nowhere.
    `newsletter` is that of the first edition with it, None where it ran in posts only. `picture` is a card that was
    published with it.
    """

    key: str
    text: str
    speaker: str | None
    show: str | None
    episode: str
    published: date | None
    language: str | None
    url: str | None
    audio: str | None
    moment: Moment | None
    before: tuple[Beside, ...]
    after: tuple[Beside, ...]
    source: Source
    editions: tuple[Printing, ...]
    posts: tuple[Elsewhere, ...]
    corrections: tuple[Note, ...]
    taken_back: bool
    newsletter: str | None
    picture: Picture | None
