"""Finds a face for every character of a text: the house's own, then the host's, then what is installed.

A character that no face holds is refused: nothing is ever drawn as an empty box.
"""

from __future__ import annotations

import sys
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

import fontpkg_source_serif_4
import regex
from PIL import ImageFont, features

from bot.errors import Refused
from bot.media.coverage import contents
from bot.text import graphemes

_OWN = Path(fontpkg_source_serif_4.__file__).parent / "files" / "SourceSerif4[opsz,wght].ttf"
_ENDINGS = (".ttf", ".otf", ".ttc")
# Families that are read well, the best first; others come after them, by name.
_LIKED = ("Noto Serif", "Noto Naskh", "Noto Sans", "Noto", "Source", "IBM Plex", "Amiri", "DejaVu Serif", "DejaVu Sans")
_UNLIKED = regex.compile(
    r"mono|italic|oblique|condensed|narrow|thin|extralight|-light|bold|heavy|black|math|symbol", regex.I
)
# Han characters look different by country; the name of a face says for which it was drawn.
_HAN = {"ja": "JP", "ko": "KR", "zh-tw": "TC", "zh-hant": "TC", "zh-hk": "HK", "zh": "SC"}
# Marks that a face need not hold: joiners, directions, variation selectors.
_UNSEEN = frozenset((0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0xFE00, 0xFE10)))
# Scripts whose letters change with their neighbours, or that run from right to left.
_SHAPED = regex.compile(
    r"[\p{Arabic}\p{Hebrew}\p{Syriac}\p{Thaana}\p{NKo}\p{Devanagari}\p{Bengali}\p{Gurmukhi}\p{Gujarati}\p{Oriya}"
    r"\p{Tamil}\p{Telugu}\p{Kannada}\p{Malayalam}\p{Sinhala}\p{Thai}\p{Lao}\p{Tibetan}\p{Myanmar}\p{Khmer}\p{Mongolian}]"
)
_EMOJI = regex.compile(r"\p{Emoji_Presentation}|\uFE0F|\p{Regional_Indicator}")
# Pictures of emoji in a font come in one size (Noto Color Emoji: 109 pixels).
_STRIKE = 109


@dataclass(frozen=True)
class Face:
    """One face of a font file. `pictures` says that its glyphs are coloured pictures of one size."""

    path: Path
    index: int = 0
    pictures: bool = False

    @property
    def weighted(self) -> bool:
        """Whether its weight can be chosen: it is the house's own."""
        return self.path == _OWN

    @property
    def fixed(self) -> int | None:
        """The only size in pixels that it can be drawn in, where there is one."""
        return _STRIKE if self.pictures else None

    def holds(self, grapheme: str) -> bool:
        own = contents(self.path)[self.index]
        return all(own.holds(each) for each in grapheme if ord(each) not in _UNSEEN)

    def font(self, size: int, weight: int) -> ImageFont.FreeTypeFont:
        """The face at a size in pixels; an optical size of its own where it has one."""
        engine = ImageFont.Layout.RAQM if shapes() else ImageFont.Layout.BASIC
        made = ImageFont.truetype(str(self.path), self.fixed or size, index=self.index, layout_engine=engine)
        if self.weighted:
            # Its axes are weight and optical size; 8 to 60 points are drawn for.
            made.set_variation_by_axes([weight, min(max(size * 0.55, 8), 60)])
        return made


@cache
def shapes() -> bool:
    """Whether Pillow can kern, and set scripts that need shaping: its wheels do so where FriBiDi is installed."""
    return bool(features.check("raqm"))


OWN = Face(_OWN)


@dataclass(frozen=True)
class Faces:
    """Where to look for faces. `folder` is the host's own, if there is one; `installed` looks elsewhere too."""

    folder: Path | None = None
    installed: bool = True

    def of(self, text: str, language: str | None) -> dict[str, Face]:
        """A face for each character that a person sees. Raises Refused where there is none, or no way to set it."""
        wanted = dict.fromkeys(each for each in graphemes(text) if not each.isspace())
        if not shapes() and (found := _SHAPED.search(text)):
            raise Refused(
                f"A card with '{found.group()}' ({_named(found.group())}) needs FriBiDi, which is not installed here: "
                "install libfribidi0 (Debian), fribidi (Homebrew), or leave the card out."
            )
        chosen = {each: OWN for each in wanted if OWN.holds(each) and not _EMOJI.search(each)}
        missing = [each for each in wanted if each not in chosen]
        while missing:
            best = self._best(tuple(missing), (language or "").casefold())
            if best is None:
                raise Refused(
                    f"No font here holds '{missing[0]}' ({_named(missing[0])}): put one that does into the folder "
                    "'fonts' of [cards] in the configuration, or leave the card out."
                )
            chosen |= {each: best for each in missing if best.holds(each)}
            missing = [each for each in missing if each not in chosen]
        return chosen

    def _best(self, missing: tuple[str, ...], language: str) -> Face | None:
        """The face that holds most of them, among equals the one that is read best."""
        for places in self._places():
            ranked = [(-sum(map(face.holds, missing)), _rank(face, missing[0], language), face) for face in places]
            best = min(ranked, key=lambda each: each[:2], default=None)
            if best is not None and best[0]:
                return best[2]
        return OWN if OWN.holds(missing[0]) else None

    def _places(self) -> tuple[tuple[Face, ...], ...]:
        own = _in(self.folder) if self.folder is not None else ()
        return (own, _packaged(), _of_the_system()) if self.installed else (own,)


def _rank(face: Face, wanted: str, language: str) -> tuple[bool, bool, bool, int, str]:
    family = contents(face.path)[face.index].family
    country = next((code for name, code in _HAN.items() if language.startswith(name)), "")
    liked = next((number for number, name in enumerate(_LIKED) if family.startswith(name)), len(_LIKED))
    return (
        bool(_EMOJI.search(wanted)) != ("emoji" in family.casefold()),
        bool(country) and country not in family.split(),
        bool(_UNLIKED.search(f"{family} {face.path.stem}")),
        liked,
        face.path.name,
    )


def _in(folder: Path) -> tuple[Face, ...]:
    paths = sorted(each for each in folder.rglob("*") if each.suffix.casefold() in _ENDINGS and each.is_file())
    return tuple(
        Face(path, index, "CBDT" in found.tables)
        for path in paths
        for index, found in enumerate(contents(path))
        # Newer colours than Pillow can draw would come out empty.
        if "CBDT" in found.tables or not {"COLR", "SVG", "sbix"} & found.tables
    )


@cache
def _packaged() -> tuple[Face, ...]:
    """Families that were installed beside us as `fontpkg-…` packages, found by their entry point."""
    found: list[Face] = []
    for each in entry_points(group="fontpkg.family"):
        spec = find_spec(each.module)
        if spec is not None and spec.origin and Path(spec.origin).parent != _OWN.parent.parent:
            found += _in(Path(spec.origin).parent)
    return tuple(found)


@cache
def _of_the_system() -> tuple[Face, ...]:
    """What the system has installed. It is read once, and only where nothing nearer holds a character."""
    home = Path.home()
    folders = {
        "darwin": (Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"),
        "win32": (Path("C:/Windows/Fonts"),),
    }
    places = folders.get(sys.platform, (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".fonts"))
    return tuple(face for each in places if each.is_dir() for face in _in(each))


def _named(grapheme: str) -> str:
    return unicodedata.name(grapheme[0], f"U+{ord(grapheme[0]):04X}").casefold()
