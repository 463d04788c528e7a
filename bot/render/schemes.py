"""A mail as programs show it: what a reader's own setting decides is decided here, so that anybody can see both."""

from __future__ import annotations

import html as markup
import re

from bot.render.renderer import Renderer
from bot.render.sample import EDITION, IMPRINT

_ASKS = re.compile(r"\(prefers-color-scheme:\s*dark\)")
_META = re.compile(r'<meta name="(?:supported-)?color-schemes?"[^>]*>')
# Seen from outside: the whole turned over, then the hues turned back, as the least careful programs do it.
_FORCED = "filter: invert(1) hue-rotate(180deg)"


def as_seen(html: str, *, dark: bool) -> str:
    """The HTML of a mail with its dark design always on, or never."""
    return _ASKS.sub("all" if dark else "not all", html)


def pages(renderer: Renderer, name: str) -> dict[str, str]:
    """A sample edition as files to be opened in a browser, by their names. Raises TemplateFault."""
    html, text = renderer.mail(EDITION, IMPRINT)
    light, dark = (_META.sub("", as_seen(html, dark=dark)) for dark in (False, True))
    shown = [
        ("light.html", "light, 600 pixels", 600, ""),
        ("dark.html", "dark as designed, 600 pixels", 600, ""),
        ("light.html", "a phone, 375 pixels", 375, ""),
        ("light.html", "dark by force, an approximation", 375, _FORCED),
    ]
    frames = "".join(
        f'<figure style="margin:0"><figcaption>{words}</figcaption>'
        f'<iframe src="{file}" title="{words}" style="border:0;width:{width}px;height:1600px;{more}"></iframe></figure>'
        for file, words, width, more in shown
    )
    index = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{markup.escape(name)}</title>'
        '<body style="margin:16px;font:16px sans-serif;background:#8a8f94"><div style="display:flex;gap:16px">'
        f"{frames}</div></body></html>\n"
    )
    return {"index.html": index, "light.html": light, "dark.html": dark, "mail.txt": text}
