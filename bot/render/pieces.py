"""Marks in a template, by which the pieces that not every reader gets are found again in what it made, and taken out.

A template prints `{{ keep.any(4) }}` before a piece and `{{ keep.end }}` behind it. The marks bear a word that nothing
which is printed between them can hold, and none of them is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from bot.model.publication import Keep, Piece

_ADDED = (Keep.CUT, Keep.MORE)


@dataclass(frozen=True)
class Marks:
    """What templates know as `keep`. `word` is one that stands nowhere in what is printed; `markup` says for HTML."""

    word: str
    markup: bool

    def any(self, episodes: int | Iterable[int]) -> str:
        return self._mark(Keep.ANY, episodes)

    def pair(self, episodes: Iterable[int]) -> str:
        return self._mark(Keep.PAIR, episodes)

    def all(self, episodes: Iterable[int]) -> str:
        return self._mark(Keep.ALL, episodes)

    def cut(self, episodes: Iterable[int]) -> str:
        return self._mark(Keep.CUT, episodes)

    def more(self, episodes: int | Iterable[int]) -> str:
        return self._mark(Keep.MORE, episodes)

    @property
    def some(self) -> str:
        return self._mark(Keep.SOME, ())

    @property
    def end(self) -> str:
        return self._mark("end", ())

    def _mark(self, what: str, episodes: int | Iterable[int]) -> str:
        numbers = [episodes] if isinstance(episodes, int) else dict.fromkeys(episodes)
        said = " ".join([self.word, what, *map(str, numbers)])
        return Markup(f"<!--{said}-->") if self.markup else f"[{said}]"  # noqa: S704 - words of ours alone

    @property
    def pattern(self) -> re.Pattern[str]:
        """A mark, with the line that it or several of them stand on alone."""
        one = rf"<!--{self.word} [a-z0-9 ]+-->" if self.markup else rf"\[{self.word} [a-z0-9 ]+\]"
        return re.compile(rf"(?m:^(?:{one})+\n)|(?:{one})")

    def found(self, text: str) -> list[tuple[str, tuple[int, ...]]]:
        """What the marks of a text say."""
        one = re.compile(rf"{self.word} ([a-z]+)((?: \d+)*)")
        return [(each[1], tuple(map(int, each[2].split()))) for each in one.finditer(text)]


class Unbalanced(ValueError):
    """A piece that is not ended, or an end without a piece."""


def lifted(text: str, marks: Marks) -> tuple[str, tuple[Piece, ...]]:
    """`text` without its marks, as whoever has chosen nothing gets it, and its pieces. Raises Unbalanced."""
    made: list[str] = []
    pieces: list[Piece] = []
    open_pieces: list[tuple[str, tuple[int, ...], int]] = []
    added: list[str] | None = None  # what a piece says that is not there unless it is asked for
    length = last = 0
    for match in marks.pattern.finditer(text):
        plain = text[last : match.start()]
        last = match.end()
        if added is None:
            made.append(plain)
            length += len(plain)
        else:
            added.append(plain)
        for what, episodes in marks.found(match[0]):
            if what != "end":
                open_pieces.append((what, episodes, length))
                if what in _ADDED and added is None:
                    added = []
                continue
            if not open_pieces:
                raise Unbalanced("{{ keep.end }} stands where no piece is open")
            kind, about, begin = open_pieces.pop()
            keep = Keep(kind)
            inside = any(other in _ADDED for other, _, _ in open_pieces)
            if inside:
                continue  # what is added, is added whole
            words = "".join(added or ()) if keep in _ADDED else ""
            if keep in _ADDED:
                added = None
            pieces.append(Piece(keep, about, begin, length, words))
    if open_pieces:
        raise Unbalanced("a piece is begun with {{ keep.… }} and not ended with {{ keep.end }}")
    made.append(text[last:])
    return "".join(made), tuple(sorted(pieces, key=lambda each: (each.begin, -each.stop)))


def tidied(text: str, pieces: Sequence[Piece]) -> tuple[str, tuple[Piece, ...]]:
    """Plain text as `bot.render.plain.tidy` leaves it, with its pieces where they are then."""
    for pattern in (r"[ \t]+$", r"(?<=\n\n)\n+", r"\A\n+|\n+\Z"):
        text, pieces = _without(text, re.compile(pattern, re.MULTILINE if "$" in pattern else 0), pieces)
    return text, tuple(pieces)


def _without(text: str, gone: re.Pattern[str], pieces: Sequence[Piece]) -> tuple[str, list[Piece]]:
    spans = [each.span() for each in gone.finditer(text)]

    def moved(place: int) -> int:
        return place - sum(min(place, stop) - begin for begin, stop in spans if begin < place)

    kept = [replace(each, begin=moved(each.begin), stop=moved(each.stop)) for each in pieces]
    return gone.sub("", text), kept
