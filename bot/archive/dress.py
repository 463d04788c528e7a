"""What a page of the archive wears: the theme of its newsletter."""

from __future__ import annotations

from dataclasses import dataclass

from bot.archive.site import shown
from bot.errors import TemplateFault
from bot.house import House
from bot.model.archive import Site
from bot.render import Renderer
from bot.render.wardrobe import DEFAULT


@dataclass(frozen=True)
class Dress:
    """What draws a page, and the path of the style sheet that it names."""

    renderer: Renderer
    style: str


def dress(house: House, site: Site, newsletter: str | None) -> Dress:
    """What pages of a newsletter wear. Those of none wear what all newsletters of the archive share.

    Raises TemplateFault where the theme cannot be read and files are written. A page that somebody asks for is shown
    all the same, in the look of the theme `default`: it says what was approved, and links to it are in many mails.
    """
    name = _theme(house, newsletter)
    return Dress(_renderer(house, site, name), style_path(name))


def sheet(house: House, site: Site, theme: str) -> Renderer | None:
    """What draws the style sheet of a theme; None for one that no page wears. Raises TemplateFault as `dress` does."""
    return _renderer(house, site, theme) if theme in worn(house) else None


def worn(house: House) -> tuple[str, ...]:
    """The themes of all pages, each once."""
    return tuple(sorted({_theme(house, None), *_themes(house)}))


def style_path(theme: str) -> str:
    return f"/assets/archive/{theme}.css"


def _theme(house: House, newsletter: str | None) -> str:
    if newsletter is not None:
        return house.config.newsletters[newsletter].theme
    (only, *others) = _themes(house) or [DEFAULT]
    return DEFAULT if others else only


def _themes(house: House) -> list[str]:
    return sorted({house.config.newsletters[name].theme for name in shown(house).newsletters})


def _renderer(house: House, site: Site, theme: str) -> Renderer:
    try:
        return house.wardrobe.dressed(theme)
    except TemplateFault:
        if site.files:
            raise
        return house.renderer
