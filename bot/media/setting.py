"""Sets one line of text: in one face where that holds it all, else in as many as it needs, each part in its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

from PIL import Image, ImageDraw, ImageFont

from bot.media.direction import levels, visual
from bot.media.faces import OWN, Face, shapes
from bot.text import graphemes

Box = tuple[float, float, float, float]


@dataclass
class Setter:
    """Measures and draws lines of one text, whose characters have these faces.

    `weight` is that of the house's own face (200 to 900). Widths and places are in pixels; y is the base line.
    """

    faces: dict[str, Face]
    rightwards: bool
    language: str | None
    weight: int
    _fonts: dict[tuple[Face, int], ImageFont.FreeTypeFont] = field(default_factory=dict, repr=False)
    _spaces: dict[int, float] = field(default_factory=dict, repr=False)

    def width(self, line: str, size: int) -> float:
        return sum(self._length(part, size) for part in self._parts(line))

    def space(self, size: int) -> float:
        """How wide a space is between letters of the house's own face."""
        if size not in self._spaces:
            self._spaces[size] = self.width("n n", size) - self.width("nn", size)
        return self._spaces[size]

    def box(self, line: str, size: int) -> Box:
        """What a line covers with ink, were it drawn at (0, 0): left, top, right, bottom."""
        boxes, x = [], 0.0
        for part in self._parts(line):
            left, top, right, bottom = self._box(part, size)
            boxes.append((x + left, top, x + right, bottom))
            x += self._length(part, size)
        if not boxes:
            return 0.0, 0.0, 0.0, 0.0
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)

    def draw(self, canvas: Image.Image, line: str, at: tuple[float, float], size: int, colour: str) -> None:
        x, y = at
        for part in self._parts(line):
            if part.face.pictures:
                self._paste(canvas, part, (x, y), size)
            else:
                self._write(canvas, part, (x, y), size, colour)
            x += self._length(part, size)

    def _parts(self, line: str) -> list[_Part]:
        """The parts of a line that are set at once, from left to right."""
        letters = graphemes(line)
        faces = [self.faces.get(each) for each in letters]
        # A space goes with the letters before it; among pictures it would be as wide as one.
        for at, face in enumerate(faces):
            if face is None:
                before = faces[at - 1] if at else None
                faces[at] = OWN if before is None or before.pictures else before
        if len(set(faces)) == 1 and faces[0] is not None:
            return [_Part(line, faces[0], self.rightwards)]
        deep = levels(line, rightwards=self.rightwards)
        starts, at = [], 0
        for each in letters:
            starts.append(at)
            at += len(each)
        parts, heights = [], []
        for (face, level), numbers in groupby(range(len(letters)), key=lambda n: (faces[n], deep[starts[n]])):
            parts.append(_Part("".join(letters[n] for n in numbers), face or OWN, level % 2 == 0))
            heights.append(level)
        return [parts[n] for n in visual(heights)]

    def _way(self, part: _Part) -> tuple[str | None, str | None]:
        """Direction and language, which only the shaping engine takes."""
        return ("ltr" if part.rightwards else "rtl", self.language) if shapes() else (None, None)

    def _length(self, part: _Part, size: int) -> float:
        direction, language = self._way(part)
        length = self._font(part.face, size).getlength(part.text, direction=direction, language=language)
        return length * size / _size(part.face, size)

    def _box(self, part: _Part, size: int) -> Box:
        direction, language = self._way(part)
        font, scale = self._font(part.face, size), size / _size(part.face, size)
        left, top, right, bottom = font.getbbox(part.text, anchor="ls", direction=direction, language=language)
        return left * scale, top * scale, right * scale, bottom * scale

    def _paste(self, canvas: Image.Image, part: _Part, at: tuple[float, float], size: int) -> None:
        """Coloured pictures come in one size and are scaled to the line."""
        left, top, right, bottom = self._box(part, int(_size(part.face, size)))
        drawn = Image.new("RGBA", (max(1, round(right - left)), max(1, round(bottom - top))))
        self._write(drawn, part, (-left, -top), int(_size(part.face, size)), None)
        scale = size / _size(part.face, size)
        wanted = (max(1, round(drawn.width * scale)), max(1, round(drawn.height * scale)))
        small = drawn.resize(wanted, Image.Resampling.LANCZOS)
        canvas.paste(small, (round(at[0] + left * scale), round(at[1] + top * scale)), small)

    def _write(self, canvas: Image.Image, part: _Part, at: tuple[float, float], size: int, colour: str | None) -> None:
        """Set a part; without a colour in the font's own."""
        direction, language = self._way(part)
        ImageDraw.Draw(canvas).text(
            at,
            part.text,
            fill=colour,
            font=self._font(part.face, size),
            anchor="ls",
            direction=direction,
            language=language,
            embedded_color=colour is None,
        )

    def _font(self, face: Face, size: int) -> ImageFont.FreeTypeFont:
        if (face, size) not in self._fonts:
            self._fonts[face, size] = face.font(size, self.weight)
        return self._fonts[face, size]


@dataclass(frozen=True)
class _Part:
    text: str
    face: Face
    rightwards: bool


def _size(face: Face, size: int) -> float:
    return face.fixed or size
