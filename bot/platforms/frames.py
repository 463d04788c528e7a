"""Services that put an edition into a mail of their own: what of ours can stand within theirs.

Pure. Such a service reads the HTML into a tree and writes it anew: what no browser would tell apart, it changes.
"""

from __future__ import annotations

from dataclasses import replace
from html import unescape

import regex

from bot.model.publication import Mail

_STYLE = regex.compile(r"<style\b[^>]*>.*?</style\s*>", regex.DOTALL | regex.IGNORECASE)
_BODY = regex.compile(r"<body\b[^>]*>(?P<inner>.*)</body\s*>", regex.DOTALL | regex.IGNORECASE)
_PREHEADER = regex.compile(r"\A\s*<div\b[^>]*style=\"display:\s*none[^>]*>[^<]*</div>\s*", regex.IGNORECASE)


def as_read(mail: Mail) -> Mail:
    """The mail as such a service sees it when it looks for its tags: an entity hides none of them."""
    return replace(mail, html=unescape(mail.html))


def content_of(html: str, *, styles: bool) -> str:
    """The body of a whole document without our preheader, which the service has a field for; with its `styles` or not.

    What is no whole document stays as it is.
    """
    body = _BODY.search(html)
    if body is None:
        return html
    kept = _STYLE.findall(html[: body.start()]) if styles else []
    return "\n".join([*kept, _PREHEADER.sub("", body["inner"]).strip()])
