"""Turns editions and posts into HTML and plain text; the only room that knows Jinja, Markdown and CSS.

Nothing here chooses content, and nothing reads a configuration: folders of templates are handed in.
"""

from bot.render.markup import markdown
from bot.render.renderer import Renderer
from bot.render.wardrobe import Wardrobe

__all__ = ["Renderer", "Wardrobe", "markdown"]
