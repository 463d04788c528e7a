"""Turns editions and posts into HTML and plain text; the only room that knows Jinja, Markdown and CSS.

Nothing here chooses content, and nothing reads a configuration: folders of templates are handed in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import lazily

if TYPE_CHECKING:
    from bot.render.markup import markdown
    from bot.render.renderer import Renderer
    from bot.render.wardrobe import Wardrobe
else:
    __getattr__ = lazily.names(
        __name__,
        {
            "markup": ("markdown",),
            "renderer": ("Renderer",),
            "wardrobe": ("Wardrobe",),
        },
    )

__all__ = [
    "Renderer",
    "Wardrobe",
    "markdown",
]
