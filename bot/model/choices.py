"""What one reader gets of a mail: its length, without what they left out, with more of what they asked more of.

Everything in it was approved: a mail bears all of its versions and where each piece of them begins and ends, so that
a reader's own is cut from it, never written anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.model.publication import Keep, Mail, Piece
from bot.model.subscriber import Length

_EMPTY_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Choice:
    """What somebody gets of a mail: a length, the episodes `out` of it, and those `more` of which is wanted."""

    length: Length = Length.FULL
    out: frozenset[int] = frozenset()
    more: frozenset[int] = frozenset()

    def __str__(self) -> str:
        """As it is kept with a recipient: "short -3 +7"; "" for the whole edition as it is."""
        parts = [*(f"-{each}" for each in sorted(self.out)), *(f"+{each}" for each in sorted(self.more))]
        return " ".join([self.length, *parts]) if parts or self.length is not Length.FULL else ""


WHOLE = Choice()


def read_choice(text: str) -> Choice:
    """The choice that `str` wrote."""
    if not text:
        return WHOLE
    length, *rest = text.split()
    return Choice(
        Length(length),
        frozenset(int(each[1:]) for each in rest if each.startswith("-")),
        frozenset(int(each[1:]) for each in rest if each.startswith("+")),
    )


def chosen(mail: Mail, choice: Choice) -> Mail:
    """The mail as somebody gets it who chose so. A mail of which no shorter version was made is sent whole.

    Where something is left out, the subject announces the first story that is there, and the preheader is left to the
    words of the mail.
    """
    of = at_length(mail, choice.length)
    more = choice.more - choice.out
    html = _cut(of.html, of.html_pieces, choice.out, more)
    text = _cut(of.text, of.text_pieces, choice.out, more)
    made = replace(of, html=html, text=_EMPTY_LINES.sub("\n\n", text) if choice.out or more else text)
    if choice.out.isdisjoint(each.episode for each in mail.stories):
        return made
    first = next((each for each in mail.stories if each.episode not in choice.out), None)
    return replace(made, subject=first.subject if first else mail.subject, preheader="")


def at_length(mail: Mail, length: Length) -> Mail:
    """The mail with the parts of one of its versions, and none beside it."""
    for each in mail.versions:
        if each.length == length:
            return replace(
                mail,
                html=each.html,
                text=each.text,
                html_pieces=each.html_pieces,
                text_pieces=each.text_pieces,
                versions=(),
            )
    return replace(mail, versions=())


def lengths(mail: Mail) -> tuple[Length, ...]:
    """The lengths that a mail has, the shortest first."""
    have = {each.length for each in mail.versions}
    return tuple(each for each in Length if each is Length.FULL or each in have)


def _cut(part: str, pieces: Sequence[Piece], out: frozenset[int], more: frozenset[int]) -> str:
    if not out and not more:
        return part
    gone = [(each.begin, each.stop) for each in pieces if not _stays(each, pieces, out)]
    changes = [(begin, stop, "") for begin, stop in _outermost(gone)]
    changes += [
        (each.begin, each.begin, each.words)
        for each in pieces
        if _is_added(each, out, more) and not any(begin < each.begin < stop for begin, stop in gone)
    ]
    made, last = [], 0
    for begin, stop, words in sorted(changes):
        made += [part[last:begin], words]
        last = stop
    return "".join([*made, part[last:]])


def _stays(piece: Piece, pieces: Sequence[Piece], out: frozenset[int]) -> bool:
    wanted = sum(each not in out for each in piece.episodes)
    match piece.keep:
        case Keep.ANY:
            return wanted >= 1
        case Keep.PAIR:
            return wanted >= min(2, len(piece.episodes))
        case Keep.ALL:
            return wanted == len(piece.episodes)
        case Keep.SOME:
            inside = [each for each in pieces if each.keep in (Keep.ANY, Keep.PAIR) and _holds(piece, each)]
            return not inside or any(_stays(each, pieces, out) for each in inside)
        case _:
            return True


def _is_added(piece: Piece, out: frozenset[int], more: frozenset[int]) -> bool:
    match piece.keep:
        case Keep.CUT:
            return not out.isdisjoint(piece.episodes)
        case Keep.MORE:
            return not more.isdisjoint(piece.episodes)
        case _:
            return False


def _holds(outer: Piece, inner: Piece) -> bool:
    return outer.begin <= inner.begin and inner.stop <= outer.stop


def _outermost(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans that lie in no other, in order."""
    found: list[tuple[int, int]] = []
    for begin, stop in sorted(spans, key=lambda each: (each[0], -each[1])):
        if begin < stop and (not found or begin >= found[-1][1]):
            found.append((begin, stop))
    return found
