"""Breaks a text into lines of like length: no word alone at the end, no break where the sense would stumble."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import regex

from bot.text import graphemes

# Chinese and Japanese may break between any two characters, but for these at the beginning or the end of a line.
WIDE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\u3000-\u303f\uff00-\uffef]")
_NOT_FIRST = frozenset(
    "、。，．・：；？！゛゜ヽヾゝゞ々ー）］｝〕〉》」』】〙〗〟’”»%‰℃ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ…‥,.!?)]}"
)
_NOT_LAST = frozenset("（［｛〔〈《「『【〘〖〝‘“«$￥＄([{")
_AFTER = regex.compile(r"(?<=[\p{L}\p{N}][-–—/])(?=[\p{L}])")
# Scripts without spaces between words: where a syllable surely begins or ends. Words end elsewhere too, which only a
# dictionary knows; a break between two syllables is read, and letters that nobody can read are not.
_UNSPACED = regex.compile(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]")
_BETWEEN_SYLLABLES = regex.compile(
    # Thai and Lao: before a vowel that is written first; between what ends a syllable and a letter that bears a vowel
    # or a tone, unless the two may be spoken as one.
    r"(?<=[\u0e01-\u0e3a\u0e45-\u0e4e])(?=[\u0e40-\u0e44])"
    r"|(?<=[\u0e30\u0e32-\u0e3a\u0e48-\u0e4c]|[\u0e31-\u0e3a\u0e47-\u0e4b][กงดนบมยวร])(?<![กดบ](?=[รลว]))"
    r"(?=[\u0e01-\u0e2e][\u0e30-\u0e3a\u0e47-\u0e4b])"
    r"|(?<=[\u0e81-\u0ebd\u0ec6-\u0ecd])(?=[\u0ec0-\u0ec4])"
    r"|(?<=[\u0eb0\u0eb2-\u0eb9\u0ec8-\u0ecb]|[\u0eb1-\u0ebb\u0ec8-\u0ecb][ກງດນບມຍ])(?<![ກດບ](?=[ຣລວ]))"
    r"(?=[\u0e81-\u0eae\u0edc-\u0edf][\u0eb0-\u0ebb\u0ec8-\u0ecd])"
    # Khmer: before a letter that bears a vowel; one below another may belong to either syllable.
    r"|(?<=[\u1780-\u17d1\u17d7])(?=[\u1780-\u17a2][\u17c9\u17ca\u17cc]*[\u17b6-\u17c5]|[\u17a5-\u17b3])"
    # Burmese: before a letter that is neither stacked, nor a final, nor a word of its own. Tibetan: after the dot.
    r"|(?<=[\u102b-\u1038\u103a-\u103e])(?=[\u1000-\u1021](?!\u1037?\u103a|\u1039)[\u1000-\u1021\u102b-\u103e])"
    r"|(?<=\u0f0b)(?=[\u0f40-\u0f6c])"
)
HYPHEN = "-"
_STOPS = frozenset(".!?;:,…—。、，；：！？")

# Words that are long enough to be parted; where their syllables begin; and of how many letters a part has to be.
_LONG_WORD = regex.compile(r"[\p{Latin}\p{Greek}\p{Cyrillic}]{14}")
_VOWELS = "aeiouyäöüáéíóúàèìòùâêîôûæøåаеёиоуыэюяіїєαεηιουω"
_SYLLABLE = regex.compile(
    # After the s that joins German compounds; else before a consonant, or what is spoken as one, and a vowel.
    r"(?<=(?:ung|heit|keit|schaft|tät|ion)s)(?=\p{L})"
    rf"|(?<=\p{{L}})(?<!(?:ung|heit|keit|schaft|tät|ion)(?=s))(?:sch|str|spr|ch|ck|ph|th|sh|qu|[bdgkptf][rl]"
    rf"|(?<![bdgkptf](?=[rl])|[stcp](?=h)|c(?=k))[\p{{L}}--[{_VOWELS}]])(?=[{_VOWELS}])",
    regex.V1,
)
_PART = 4
_CLOSING = ".!?;:,…)”“»’"

# What a break costs, in squared shares of the width.
_ALONE, _SHORT_LAST, _AFTER_A_SMALL_WORD, _AT_A_STOP, _IN_A_WORD = 0.2, 0.06, 0.03, -0.02, 0.05
_SMALL = 3


@dataclass(frozen=True)
class Piece:
    """A stretch of text that no line parts; `spaced` says that a space follows it where the line goes on.

    `hyphened` says that it is part of a word: a line that ends with it ends in a hyphen.
    """

    text: str
    spaced: bool
    hyphened: bool = False


def pieces(text: str) -> tuple[Piece, ...]:
    """A text, with single spaces, in the pieces that lines are made of."""
    found = []
    for word in text.split(" "):
        parts = [
            bit
            for part in (_AFTER.split(word) if word else ())
            for syllables in (_BETWEEN_SYLLABLES.split(part) if _UNSPACED.search(part) else (part,))
            for bit in _characters(syllables)
        ]
        found += [Piece(part, spaced=False) for part in parts[:-1]] + [Piece(part, spaced=True) for part in parts[-1:]]
    return tuple(found)


def parted(piece: Piece) -> tuple[Piece, ...]:
    """A long word where a printer might part it: before a consonant and a vowel, and what is written as one stays one.

    That is no dictionary's hyphenation, and only for words that would make all others small.
    """
    word, starts = piece.text, [0]
    lowered = word.lower()
    if not _LONG_WORD.search(word) or len(lowered) != len(word):
        return (piece,)
    for found in _SYLLABLE.finditer(lowered):
        if found.start() - starts[-1] >= _PART and len(word.rstrip(_CLOSING)) - found.start() >= _PART:
            starts.append(found.start())
    stops = [*starts[1:], len(word)]
    parts = [word[begin:stop] for begin, stop in zip(starts, stops, strict=True)]
    return (*(Piece(each, spaced=False, hyphened=True) for each in parts[:-1]), Piece(parts[-1], piece.spaced))


def cut(piece: Piece, width: Callable[[str], float], limit: float) -> tuple[Piece, ...]:
    """A piece that is wider than a whole line, in such that fit: only then is a word parted."""
    parts = [""]
    for each in graphemes(piece.text):
        if parts[-1] and width(parts[-1] + each) > limit:
            parts.append("")
        parts[-1] += each
    last = Piece(parts[-1], piece.spaced, piece.hyphened)
    return (*(Piece(part, spaced=False) for part in parts[:-1]), last)


def fewest(widths: Sequence[float], spaces: Sequence[float], limit: float) -> int:
    """How many lines are needed where each is filled as far as it goes."""
    number, at = 1, 0.0
    for index, width in enumerate(widths):
        if at and at + width > limit:
            number, at = number + 1, 0.0
        at += width + spaces[index]
    return number


def balanced(parts: Sequence[Piece], widths: Sequence[float], spaces: Sequence[float], limit: float) -> list[str]:
    """The lines: as few as can be, each as long as the others, broken where a reader would pause."""
    count = fewest(widths, spaces, limit)
    ideal = min(limit, sum(widths) + sum(spaces[:-1])) if count == 1 else (sum(widths) + sum(spaces[:-1])) / count
    # best[n][i]: the cost of the first i pieces on n lines, and where the last of these begins.
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for number in range(1, count + 1):
        row: dict[int, tuple[float, int]] = {}
        for begin, (before, _) in best[-1].items():
            width = 0.0
            for stop in range(begin + 1, len(parts) + 1):
                width += widths[stop - 1]
                if width > limit and stop > begin + 1:
                    break
                last = number == count
                if not last or stop == len(parts):
                    cost = before + _cost(parts, begin, stop, width, ideal)
                    if stop not in row or cost < row[stop][0]:
                        row[stop] = (cost, begin)
                width += spaces[stop - 1]
        best.append(row)
    lines, stop = [], len(parts)
    for number in range(count, 0, -1):
        begin = best[number][stop][1]
        lines.append(_joined(parts[begin:stop]))
        stop = begin
    return lines[::-1]


def _cost(parts: Sequence[Piece], begin: int, stop: int, width: float, ideal: float) -> float:
    cost = ((width - ideal) / ideal) ** 2
    if stop < len(parts):
        end = parts[stop - 1].text
        if parts[stop - 1].hyphened:
            return cost + _IN_A_WORD
        if not parts[stop - 1].spaced and _UNSPACED.match(end[-1]):
            return cost + _IN_A_WORD
        if end[-1] in _STOPS:
            return cost + _AT_A_STOP
        return cost + (_AFTER_A_SMALL_WORD if parts[stop - 1].spaced and len(end) <= _SMALL else 0.0)
    if begin and width < ideal / 2:
        cost += _SHORT_LAST
    return cost + (_ALONE if begin and stop == begin + 1 and parts[begin - 1].spaced else 0.0)


def _joined(parts: Sequence[Piece]) -> str:
    hyphen = HYPHEN if parts[-1].hyphened else ""
    return "".join(part.text + (" " if part.spaced else "") for part in parts).strip() + hyphen


def _characters(word: str) -> list[str]:
    """A word where it may be broken: as it is, or before each Chinese or Japanese character that may begin a line."""
    parts: list[str] = []
    for each in graphemes(word):
        wide = bool(WIDE.match(each)) or bool(parts and WIDE.match(parts[-1][-1]))
        if parts and (not wide or each in _NOT_FIRST or parts[-1][-1] in _NOT_LAST):
            parts[-1] += each
        else:
            parts.append(each)
    return parts
