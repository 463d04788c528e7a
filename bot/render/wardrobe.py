"""Finds themes by name, a host's own before the shipped ones, and keeps a renderer for each.

A theme is a folder with a file theme.toml, and with templates of its own where tokens do not reach.
"""

from __future__ import annotations

from pathlib import Path

from bot.errors import TemplateFault
from bot.render.apart import Apart
from bot.render.renderer import Renderer, stamped
from bot.render.theme import FILE, read_theme

DEFAULT = "default"

Stamp = tuple[int, int]


class Wardrobe:
    """The themes in the folder `own` and in `shipped`.

    `templates` is a host's folder of templates for all newsletters, if any; `base` are the shipped ones. Yours stands
    before ours, and what is of one theme before what is for all.
    """

    def __init__(self, *, own: Path, shipped: Path, templates: Path | None, base: Path) -> None:
        self._own = own
        self._shipped = shipped
        self._templates = (templates,) if templates is not None else ()
        self._base = base
        self._kept: dict[str, tuple[Path, Stamp, Renderer]] = {}

    def names(self) -> list[str]:
        """Every theme that there is."""
        found = {each.parent.name for place in (self._own, self._shipped) for each in place.glob(f"*/{FILE}")}
        return sorted(found, key=lambda name: (name != DEFAULT, name))

    def folder(self, name: str) -> Path:
        """The folder of a theme. Raises TemplateFault where there is none of that name."""
        for place in (self._own, self._shipped):
            if (place / name / FILE).is_file():
                return place / name
        raise TemplateFault(
            [
                f"{self._own / name}: there is no theme '{name}'; known are: {', '.join(self.names())}. "
                f"'pullquote theme new {name}' makes one."
            ]
        )

    def is_own(self, name: str) -> bool:
        """Whether a theme is the host's, not a shipped one."""
        return self.folder(name).parent == self._own

    def dressed(self, name: str) -> Renderer:
        """The renderer of a theme as its files are now. Raises TemplateFault where the theme cannot be read."""
        folder = self.folder(name)
        stamp = stamped(folder / FILE)
        kept = self._kept.get(name)
        if kept is None or kept[:2] != (folder, stamp):
            kept = (folder, stamp, self._made(folder, own=self.is_own(name)))
            self._kept[name] = kept
        return kept[2]

    def plain(self) -> Renderer:
        """The renderer of what belongs to no newsletter: posts."""
        folders = (*self._templates, self._base)
        return Apart(folders) if self._templates else Renderer(folders)

    def ours(self) -> Renderer:
        """A renderer of shipped templates alone, for what has to be there whatever becomes of the others."""
        return Renderer((self._base,))

    def _made(self, folder: Path, *, own: bool) -> Renderer:
        theme = read_theme(folder)
        if own:
            return Apart((folder, *self._templates, self._base), theme)
        folders = (*self._templates, folder, self._base)
        return Apart(folders, theme) if self._templates else Renderer(folders, theme)
