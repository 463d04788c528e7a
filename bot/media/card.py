"""Draws a quotation with who said it, where and when, as large as its card allows; nothing is ever cut off."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from unicodedata import category

from PIL import Image, ImageDraw

from bot.errors import Refused
from bot.media.direction import runs_right_to_left
from bot.media.faces import OWN, Faces
from bot.media.lines import HYPHEN, WIDE, Piece, balanced, cut, fewest, parted, pieces
from bot.media.look import Format
from bot.media.marks import marks
from bot.media.setting import Setter
from bot.media.square import square
from bot.model.card import Colours, Words
from bot.text import fold, graphemes

PNG, JPEG = "image/png", "image/jpeg"
# Weights of the house's face: of the quotation, of names, of what stands beside them.
_SAID, _NAME, _BESIDE = 480, 640, 400
# In the sizes of letters: from line to line, and the least room between the ink of two lines.
_LEADING, _WIDE_LEADING, _APART = 1.22, 1.42, 1.04
# The room between the quotation and what stands below it, and the accent there, in pixels.
_GAP, _BAR = 56, (72, 6)
_NAME_SIZE, _BESIDE_SIZE, _BELOW_LEADING = 38, 31, 1.34
_ART, _ART_GAP = 108, 28
# A quotation stands a little above the middle, where the eye looks for it.
_ABOVE = 0.46
# Long words are parted where the letters would be smaller than this share of the largest, and grow by so much.
_PARTS_BELOW, _WORTH_IT = 0.55, 1.2
# Marks that fill a whole square stand in the line; all others hang beside it.
_SQUARE_MARKS = frozenset("「」『』")
_SHAPELESS, _JOINERS = ("Cc", "Cf"), frozenset("\u200c\u200d")


@dataclass(frozen=True)
class Look:
    """How cards of a house look. `artwork` is a picture file of the show, None without."""

    colours: Colours = field(default_factory=Colours)
    faces: Faces = field(default_factory=Faces)
    artwork: bytes | None = None


@dataclass(frozen=True)
class Drawn:
    """A file: a picture, a film or a sound, in pixels and seconds as far as it has them."""

    content: bytes
    mime: str
    width: int | None = None
    height: int | None = None
    duration: float | None = None


def draw(words: Words, form: Format, look: Look, *, mime: str = PNG) -> Drawn:
    """The card as a file. Raises Refused where no face holds its characters, or it is too long for the size."""
    canvas, quotation, _ = composed(words, form, look)
    quotation.draw(canvas, look.colours.ink)
    return Drawn(encoded(canvas, mime), mime, form.width, form.height)


def composed(words: Words, form: Format, look: Look, *, room: float = 0.0) -> tuple[Image.Image, Quotation, float]:
    """A card without its quotation yet, the quotation, set, and where `room` pixels in height begin that stay free."""
    canvas = Image.new("RGB", (form.width, form.height), look.colours.paper)
    below = _below(words, form, look)
    top = form.height - form.bottom - form.margin - below.height
    below.draw(canvas, top)
    free = top - (room + _GAP if room else 0.0)
    return canvas, _quotation(words, form, look, bottom=free - _GAP), free


def encoded(canvas: Image.Image, mime: str) -> bytes:
    """The bytes of a picture, without a word on who made it or when."""
    file = io.BytesIO()
    if mime == JPEG:
        canvas.save(file, "JPEG", quality=92, subsampling=0, optimize=True)
    else:
        canvas.save(file, "PNG", compress_level=6)
    return file.getvalue()


@dataclass
class Quotation:
    """The lines of a quotation, set: from `edge`, the first at `base`. Each `starts` at a place of the text."""

    lines: list[str]
    starts: list[int]
    size: int
    setter: Setter
    marks: tuple[str, str]
    colours: Colours
    edge: float
    base: float
    leading: float

    def draw(self, canvas: Image.Image, ink: str) -> None:
        opening, closing = self.marks
        setter, size = self.setter, self.size
        for number, line in enumerate(self.lines):
            width, y = setter.width(line, size), self.base + number * self.leading
            x = self.edge if setter.rightwards else self.edge - width
            setter.draw(canvas, line, (x, y), size, ink)
            if opening and number == 0:
                hung = setter.width(opening, size)
                setter.draw(
                    canvas, opening, (x - hung if setter.rightwards else x + width, y), size, self.colours.accent
                )
            if closing and number == len(self.lines) - 1:
                back = setter.width(closing, size)
                setter.draw(
                    canvas, closing, (x + width if setter.rightwards else x - back, y), size, self.colours.accent
                )


def _quotation(words: Words, form: Format, look: Look, *, bottom: float) -> Quotation:
    text = _clean(words.quote)
    opening, closing = marks(words.language) if words.quoted else ("", "")
    if opening in _SQUARE_MARKS:
        text, opening, closing = f"{opening}{text}{closing}", "", ""
    setter = Setter(
        look.faces.of(text + opening + closing, words.language),
        not runs_right_to_left(text),
        _tag(words.language),
        _SAID,
    )
    top, limit = form.top + form.margin, form.width - 2 * form.margin
    parts = pieces(text)

    def largest(parts: tuple[Piece, ...]) -> _Tried | None:
        low, high, found = form.smallest, form.largest, None
        while low <= high:
            size = (low + high) // 2
            tried = _set(
                parts, setter, (opening, closing), size, limit, room=form.margin - form.safe, part=size == form.smallest
            )
            if tried is not None and tried.height <= bottom - top:
                found, low = tried, size + 1
            else:
                high = size - 1
        return found

    found = largest(parts)
    if found is None or found.size < _PARTS_BELOW * form.largest:
        # One long word makes all others small: then it is better parted.
        bits = tuple(bit for each in parts for bit in parted(each))
        larger = largest(bits) if len(bits) > len(parts) else None
        if larger is not None and (found is None or larger.size >= _WORTH_IT * found.size):
            found = larger
    if found is None:
        raise Refused(
            f"The quote has {len(graphemes(text))} characters, too many for a card of {form.width} × {form.height} "
            "pixels: take a taller card, a shorter quote, or none."
        )
    slack = bottom - top - found.height
    return Quotation(
        lines=found.lines,
        starts=_starts(text, found.lines, before=len(text) - len(_clean(words.quote))),
        size=found.size,
        setter=setter,
        marks=(opening, closing),
        colours=look.colours,
        edge=form.margin if setter.rightwards else form.width - form.margin,
        base=top + slack * _ABOVE - found.ascent,
        leading=found.leading,
    )


def _starts(text: str, lines: list[str], *, before: int) -> list[int]:
    """At which character of the quote each line begins; of the text, marks that stand in the line come `before` it."""
    starts, at = [], 0
    for line in lines:
        core = line if text.startswith(line, at) else line.removesuffix(HYPHEN)
        starts.append(max(0, at - before // 2))
        at += len(core)
        at += text.startswith(" ", at)
    return starts


@dataclass(frozen=True)
class _Tried:
    """A text broken into lines at a size. `ascent` is where its ink begins, above the base line (negative)."""

    lines: list[str]
    size: int
    leading: float
    ascent: float
    height: float


def _set(
    parts: tuple[Piece, ...], setter: Setter, hung: tuple[str, str], size: int, limit: float, *, room: float, part: bool
) -> _Tried | None:
    """A text at one size; None where a word or a mark is too wide for it. `part` lets words that are too long part."""
    opening, closing = (setter.width(each, size) if each else 0.0 for each in hung)
    if opening > room:
        return None
    # A part of a word is measured with the hyphen that it may need; within a line that is a trifle too wide.
    widths = [setter.width(each.text + (HYPHEN if each.hyphened else ""), size) for each in parts]
    widths[-1] += closing
    if max(widths) > limit:
        if not part:
            return None
        parts = tuple(
            bit for each in parts for bit in cut(each, lambda text: setter.width(text, size), limit - closing)
        )
        widths = [setter.width(each.text, size) for each in parts]
        widths[-1] += closing
    lines = balanced(parts, widths, [_space(setter, each, size) for each in parts], limit)
    if any(setter.width(line, size) + (closing if line is lines[-1] else 0) > limit for line in lines):
        return None
    boxes = [setter.box(line, size) for line in lines]
    ascent, descent = min(box[1] for box in boxes), max(box[3] for box in boxes)
    wide = any(WIDE.search(each.text) for each in parts)
    leading = max((_WIDE_LEADING if wide else _LEADING) * size, _APART * (descent - ascent))
    return _Tried(lines, size, leading, ascent, leading * (len(lines) - 1) + descent - ascent)


def _space(setter: Setter, piece: Piece, size: int) -> float:
    """How wide the space after a piece is: in the house's face always the same, else that of the face before it."""
    if not piece.spaced:
        return 0.0
    if all(face == OWN for face in setter.faces.values()):
        return setter.space(size)
    return setter.width(f"{piece.text} ", size) - setter.width(piece.text, size)


@dataclass
class _Below:
    """Who said it and where: a bar, a name, a line beside it, and the artwork of the show."""

    rows: list[tuple[str, Setter, int, str]]
    form: Format
    colours: Colours
    art: Image.Image | None
    rightwards: bool

    @property
    def height(self) -> float:
        words = sum(size * _BELOW_LEADING for _, _, size, _ in self.rows)
        return max(words + (0 if self.art else _BAR[1] + 26), self.art.height if self.art else 0)

    def draw(self, canvas: Image.Image, top: float) -> None:
        left, right = float(self.form.margin), float(self.form.width - self.form.margin)
        y = top
        if self.art is not None:
            across = left if self.rightwards else right - self.art.width
            canvas.paste(self.art, (round(across), round(top)))
            shift = self.art.width + _ART_GAP
            left, right = (left + shift, right) if self.rightwards else (left, right - shift)
            y = top + (self.height - sum(size * _BELOW_LEADING for _, _, size, _ in self.rows)) / 2
        else:
            across = left if self.rightwards else right - _BAR[0]
            ImageDraw.Draw(canvas).rectangle(
                (across, y, across + _BAR[0] - 1, y + _BAR[1] - 1), fill=self.colours.accent
            )
            y += _BAR[1] + 26
        for text, setter, size, colour in self.rows:
            x = left if self.rightwards else right - setter.width(text, size)
            setter.draw(canvas, text, (x, y + size * 0.98), size, colour)
            y += size * _BELOW_LEADING


def _below(words: Words, form: Format, look: Look) -> _Below:
    art = square(look.artwork, _ART) if look.artwork is not None else None
    limit = form.width - 2 * form.margin - (_ART + _ART_GAP if art else 0)
    first, second = (words.speaker, words.beside) if words.speaker else (words.beside, "")
    rows = []
    for text, size, weight, colour in (
        (first, _NAME_SIZE, _NAME, look.colours.ink),
        (second, _BESIDE_SIZE, _BESIDE, look.colours.muted),
    ):
        clean = _clean(text or "")
        if clean:
            setter = Setter(
                look.faces.of(clean + "…", words.language), not runs_right_to_left(clean), _tag(words.language), weight
            )
            rows += [(line, setter, size, colour) for line in _short(clean, setter, size, limit)]
    return _Below(rows, form, look.colours, art, not runs_right_to_left(_clean(words.quote)))


def _short(text: str, setter: Setter, size: int, limit: float) -> list[str]:
    """At most two lines; what is longer ends in an ellipsis. Names and titles only, never words in quotation marks."""
    kept = graphemes(text)
    while True:
        shown = "".join(kept) if len(kept) == len(graphemes(text)) else "".join(kept).rstrip(" ,;:.–—-·") + "…"
        parts = tuple(
            bit for each in pieces(shown) for bit in cut(each, lambda words: setter.width(words, size), limit)
        )
        widths = [setter.width(each.text, size) for each in parts]
        spaces = [_space(setter, each, size) for each in parts]
        lines = balanced(parts, widths, spaces, limit) if fewest(widths, spaces, limit) <= 2 else []
        if lines and all(setter.width(line, size) <= limit for line in lines):
            return lines
        kept = kept[: max(1, len(kept) * 9 // 10)]


def _clean(text: str) -> str:
    """Without what has no shape: control characters and marks of direction, which would turn a line around."""
    return fold(
        "".join(each for each in text if each.isspace() or each in _JOINERS or category(each) not in _SHAPELESS)
    )


def _tag(language: str | None) -> str | None:
    return (language or "").partition("-")[0].casefold() or None
