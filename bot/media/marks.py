"""The quotation marks of a language, as data."""

from __future__ import annotations

# CLDR 47, characters/delimiters. What is not here takes the English ones.
_MARKS = {
    "ar": "”“",
    "cs": "„“",
    "da": "“”",
    "de": "„“",
    "el": "«»",
    "es": "«»",
    "fa": "«»",
    "fi": "””",
    "fr": "«»",
    "he": "””",
    "hu": "„”",
    "it": "«»",
    "ja": "「」",
    "nb": "«»",
    "no": "«»",
    "pl": "„”",
    "pt": "“”",
    "ro": "„”",
    "ru": "«»",
    "sv": "””",
    "uk": "«»",
    "ur": "”“",
    "zh-hant": "「」",
    "zh-tw": "「」",
}


def marks(language: str | None) -> tuple[str, str]:
    """Those that open and close a quotation."""
    name = (language or "").casefold().replace("_", "-")
    both = _MARKS.get(name) or _MARKS.get(name.partition("-")[0]) or "“”"
    return both[0], both[1]
