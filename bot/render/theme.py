"""A theme: the colours, faces, sizes and spaces of a newsletter, read from the file theme.toml in a theme's folder."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from bot.errors import TemplateFault
from bot.reading.toml_text import line_of

FILE = "theme.toml"

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
# Names of faces as CSS writes them, and nothing that could end the declaration or the attribute it stands in.
_FACE = re.compile(r"[A-Za-z0-9 ,'_-]{1,200}")
_SYSTEM_SANS = "-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"


def _colour(default: str) -> Any:
    return field(default=default, metadata={"form": _COLOUR, "wanted": 'six digits such as "#99401c"'})


def _face(default: str) -> Any:
    return field(default=default, metadata={"form": _FACE, "wanted": 'names of faces such as "Georgia,serif"'})


def _number(default: float, least: float, most: float) -> Any:
    return field(default=default, metadata={"least": least, "most": most})


def _choice(default: str, *others: str) -> Any:
    return field(default=default, metadata={"choices": (default, *others)})


@dataclass(frozen=True)
class Palette:
    """Colours, each written as `#` and six digits."""

    paper: str = _colour("#fbfaf6")
    tint: str = _colour("#f3efe6")
    ink: str = _colour("#26272b")
    muted: str = _colour("#5d5b57")
    accent: str = _colour("#99401c")
    rule: str = _colour("#ddd7ca")
    band: str = _colour("#fbfaf6")
    on_band: str = _colour("#26272b")

    @property
    def pairs(self) -> Iterator[tuple[str, str]]:
        """The names of words and of the ground that they stand on, each that the mail has."""
        for ground in ("paper", "tint"):
            for words in ("ink", "muted", "accent"):
                yield words, ground
        yield "on_band", "band"


_DARK = Palette("#1b1c1f", "#26272b", "#e4e1da", "#aeaaa1", "#f0a680", "#41413f", "#1b1c1f", "#e4e1da")


@dataclass(frozen=True)
class Faces:
    """Faces as CSS lists them, the wanted one first."""

    text: str = _face(_SYSTEM_SANS)
    title: str = _face("Georgia,serif")
    section: str = _face(_SYSTEM_SANS)
    heading: str = _face("Georgia,serif")
    quote: str = _face("Georgia,serif")


@dataclass(frozen=True)
class Sizes:
    """Of letters, in pixels."""

    text: int = _number(17, 16, 24)
    small: int = _number(16, 16, 24)
    hook: int = _number(19, 16, 32)
    title: int = _number(38, 18, 72)
    section: int = _number(17, 16, 40)
    lead: int = _number(31, 16, 60)
    heading: int = _number(23, 16, 48)
    quote: int = _number(22, 16, 40)
    top: int = _number(18, 16, 28)


@dataclass(frozen=True)
class Lines:
    """Heights of lines, as multiples of the size."""

    text: float = _number(1.6, 1.2, 2.0)
    hook: float = _number(1.5, 1.2, 2.0)
    title: float = _number(1.15, 1.0, 2.0)
    lead: float = _number(1.22, 1.0, 2.0)
    heading: float = _number(1.3, 1.0, 2.0)
    quote: float = _number(1.45, 1.2, 2.0)


@dataclass(frozen=True)
class Weights:
    """Of letters: 400 is regular, 700 bold."""

    title: int = _number(700, 100, 900)
    section: int = _number(700, 100, 900)
    heading: int = _number(700, 100, 900)
    quote: int = _number(400, 100, 900)


@dataclass(frozen=True)
class Spaces:
    """In pixels."""

    gutter: int = _number(20, 8, 60)
    title: int = _number(40, 0, 120)
    section: int = _number(56, 8, 120)
    story: int = _number(48, 8, 120)
    paragraph: int = _number(14, 4, 40)


@dataclass(frozen=True)
class Shape:
    """Measures in pixels, and how the head, the sections and the quotes are set."""

    measure: int = _number(600, 320, 680)
    corner: int = _number(0, 0, 24)
    bar: int = _number(3, 0, 12)
    title_rule: int = _number(4, 0, 12)
    section_rule: int = _number(1, 0, 8)
    title_align: str = _choice("start", "center")
    section_align: str = _choice("start", "center")
    section_case: str = _choice("none", "uppercase")
    quote_style: str = _choice("normal", "italic")


@dataclass(frozen=True)
class Theme:
    """Everything that a theme decides. What a file leaves out is as it is here: the look of the theme `default`.

    `about` says in a line what it looks like.
    """

    about: str = ""
    light: Palette = Palette()
    dark: Palette = _DARK
    faces: Faces = Faces()
    sizes: Sizes = Sizes()
    lines: Lines = Lines()
    weights: Weights = Weights()
    spaces: Spaces = Spaces()
    shape: Shape = Shape()


def read_theme(folder: Path) -> Theme:
    """The theme in a folder. Raises TemplateFault with every fault, each as `file:line [table]: what; remedy`."""
    path = folder / FILE
    text, raw = read_file(path)
    found: Theme
    found, faults = _taken(Theme(), raw, text, path, "")
    if faults:
        raise TemplateFault(faults)
    return found


def web_sheet(theme: Theme) -> str:
    """The colours and faces as a style sheet for the pages that readers see: it goes after their own sheet."""
    faces = f"--serif: {theme.faces.title}; --sans: {theme.faces.text};"
    faces += f" --corner: {theme.shape.corner}px;" if theme.shape.corner else ""
    return (
        f":root {{ {_variables(theme.light)} {faces} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {_variables(theme.dark)} }} }}\n"
    )


def _variables(palette: Palette) -> str:
    named = ("paper", "tint", "ink", "muted", "accent", "rule")
    found = [f"--{name}: {getattr(palette, name)};" for name in named]
    return " ".join([*found, f"--on-accent: {palette.paper};"])


def read_file(path: Path) -> tuple[str, dict[str, Any]]:
    """The text of a theme's file, and what it says. Raises TemplateFault."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return text, tomllib.loads(text)
    except FileNotFoundError:
        raise TemplateFault([f"{path}: there is no such file; 'pullquote theme new' writes one."]) from None
    except OSError as error:
        raise TemplateFault([f"{path}: cannot be read ({error.strerror}); check its permissions."]) from None
    except UnicodeDecodeError as error:
        raise TemplateFault([f"{path}: is not UTF-8 text (byte {error.start}); save it as UTF-8."]) from None
    except tomllib.TOMLDecodeError as error:
        raise TemplateFault([f"{path}: is not valid TOML: {error}; see https://toml.io for the form."]) from None


def _taken(part: Any, raw: Mapping[str, Any], text: str, path: Path, table: str) -> tuple[Any, list[str]]:
    """A part of a theme with what a file says in place of its own values, and what is wrong with that."""
    known = {each.name: each for each in fields(part)}
    taken: dict[str, Any] = {}
    faults: list[str] = []
    for name, value in raw.items():
        at = place(path, text, table or (name if _is_table(value) else ""), name)
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"known are: {', '.join(known)}."
            faults.append(f"{at}: unknown {'table' if _is_table(value) else 'token'} '{name}'; {hint}")
        elif not table and name != "about":
            if not _is_table(value):
                faults.append(f"{at}: '{name}' is a table; write [{name}] above its tokens.")
                continue
            taken[name], found = _taken(getattr(part, name), value, text, path, name)
            faults += found
        elif (wanted := _wanted(known[name].metadata, value)) is not None:
            faults.append(f"{at}: '{name}' is wrong: write {wanted}.")
        else:
            taken[name] = value
    return replace(part, **taken), faults


def _wanted(metadata: Mapping[str, Any], value: object) -> str | None:
    """What should stand there, in words; None where the value will do."""
    if "choices" in metadata:
        good = value in metadata["choices"]
        return None if good else " or ".join(f'"{each}"' for each in metadata["choices"])
    if "least" in metadata:
        low, high = metadata["least"], metadata["most"]
        whole = isinstance(low, int) and isinstance(high, int)
        good = isinstance(value, int if whole else int | float) and not isinstance(value, bool) and low <= value <= high
        return None if good else f"a {'whole ' if whole else ''}number from {low:g} to {high:g}"
    if "form" in metadata:
        good = isinstance(value, str) and metadata["form"].fullmatch(value) is not None
        return None if good else str(metadata["wanted"])
    return None if isinstance(value, str) else "a line of words"


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def place(path: Path, text: str, table: str, key: str | None) -> str:
    """`file:line [table]` of a token."""
    line = line_of(text, table, key)
    return f"{path}{f':{line}' if line else ''}{f' [{table}]' if table else ''}"
