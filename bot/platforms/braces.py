"""Template languages whose tags stand in braces, such as Django's and Liquid: no word of a mail may be a tag of theirs.

Pure. In HTML a brace can be written in another way; in a subject it cannot: what is to be done then is a platform's.
"""

from __future__ import annotations

import regex

# What opens a variable, a tag or a comment.
OPENING = regex.compile(r"\{[{%#]")
_BEFORE_AN_OPENING = regex.compile(r"\{(?=[{%#])")
# Where an entity would stay an entity: styles, scripts and comments.
_RAW = regex.compile(r"<(style|script)\b.*?</\1\s*>|<!--.*?-->", regex.DOTALL | regex.IGNORECASE)


def harmless(html: str) -> str:
    """HTML that looks the same and holds no tag of such a language.

    Every brace becomes an entity, in words and attributes alike. A style sheet knows no entities: there a blank comes
    between, which means nothing in one.
    """
    made, end = [], 0
    for raw in _RAW.finditer(html):
        made += [_entities(html[end : raw.start()]), _BEFORE_AN_OPENING.sub("{ ", raw[0])]
        end = raw.end()
    return "".join([*made, _entities(html[end:])])


def _entities(html: str) -> str:
    return html.replace("{", "&#123;").replace("}", "&#125;")
