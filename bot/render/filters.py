"""What templates may call: links, moments, languages and wrapped lines, as filters. Pure functions on plain values."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.drafting import moments
from bot.model.quote import Moment
from bot.render.markup import markdown, paragraphs
from bot.render.plain import hang, underline, wrap

_ADDRESS = re.compile(r"https?://[^\s<>\"\\]+", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
# Languages that are written from right to left, and the scripts that make others so (IANA language subtag registry).
_RTL = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "syr", "ug", "ur", "yi"})
_RTL_SCRIPTS = frozenset({"adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa"})

# Where most people live who write a language (CLDR, likely subtags).
_AT_HOME = {
    "ar": "EG", "cs": "CZ", "da": "DK", "de": "DE", "el": "GR", "en": "US", "es": "ES", "fa": "IR", "fi": "FI",
    "fr": "FR", "he": "IL", "hu": "HU", "it": "IT", "ja": "JP", "ko": "KR", "nb": "NO", "nl": "NL", "pl": "PL",
    "pt": "BR", "ro": "RO", "ru": "RU", "sv": "SE", "tr": "TR", "uk": "UA", "zh": "CN",
}  # fmt: skip


def address(url: str | None) -> str | None:
    """`url` where it is an absolute web address that can stand in a link, else None: nothing else may be clicked."""
    stripped = (url or "").strip()
    return stripped if _ADDRESS.fullmatch(stripped) else None


def moment_link(moment: Moment | None, *places: str | None) -> str | None:
    """The address of `moment` in the first of `places` (the episode's page, its audio) that is a web address.

    None where there is no moment or nowhere to hear it. Uncertain moments start a little before.
    """
    found = next(filter(None, map(address, places)), None)
    return moments.link(found, moment) if moment else None


def language(tag: str | None) -> str | None:
    """`tag` as HTML wants it (`de-AT`), or None where it is no language tag."""
    wanted = (tag or "").strip().replace("_", "-")
    return wanted if _LANGUAGE.fullmatch(wanted) else None


def foreign(tag: str | None, around: str) -> str | None:
    """`tag` where it is a language other than the one `around` it, else None: nothing needs to be said."""
    found = language(tag)
    return found if found and found.lower().split("-")[0] != around.lower().split("-")[0] else None


def direction(tag: str) -> str:
    """ "rtl" or "ltr", as the language of `tag` is written."""
    first, *others = tag.lower().split("-")
    return "rtl" if first in _RTL or _RTL_SCRIPTS.intersection(others) else "ltr"


def locale(tag: str) -> str:
    """`tag` as Open Graph writes a language, with a territory: `de_AT`, or that of most who write it (`de_DE`)."""
    first, *others = tag.split("-")
    territory = next((each.upper() for each in others if len(each) == 2), _AT_HOME.get(first.lower(), ""))
    return f"{first.lower()}_{territory}" if territory else first.lower()


def capital(topic: str) -> str:
    """`topic` with a capital at its head where it has none at all: "open source", but "iOS" as it is."""
    return topic[:1].upper() + topic[1:] if topic.islower() else topic


FILTERS: dict[str, Callable[..., object]] = {
    "address": address,
    "capital": capital,
    "clock": moments.clock,
    "direction": direction,
    "foreign": foreign,
    "hang": hang,
    "locale": locale,
    "markdown": markdown,
    "moment_link": moment_link,
    "paragraphs": paragraphs,
    "underline": underline,
    "wrap": wrap,
}
"""By name, every filter that Pullquote adds to Jinja's own; docs/templates.md describes each."""
