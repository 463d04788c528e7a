"""Reads a Markdown document into lines for the grammar: headings, lists and speakers kept, all other marks removed."""

from __future__ import annotations

import html
import re

from bot.model.episode import Remark
from bot.reading import front_matter, speakers, stamps
from bot.reading.facts import facts_of, web_address
from bot.reading.headings import heading_of
from bot.reading.lines import Facts, Line, Sheet
from bot.reading.plain import LINE_END, clean
from bot.text import fold

_ATX = re.compile(r"\s{0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r"\s{0,3}(=+|-+)\s*$")
_ITEM = re.compile(r"\s*([-*+•]|\d{1,3}[.)])[ \t]+(?=\S)")
_FENCE = re.compile(r"\s{0,3}(?:```|~~~)[\w+-]*\s*$")
_RULE = re.compile(r"\s{0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,}|\|?[\s:|-]{3,}\|[\s:|-]*)$")
_QUOTE = re.compile(r"^\s{0,3}>\s?")
# Liquid and Hugo tags are the site's machinery, not the page's words.
_MACHINERY = re.compile(r"\{%[^%\n]{0,300}%\}|\{\{[^{}\n]{0,300}\}\}")
_INLINE = re.compile(
    r"\\([!-/:-@\[-`{-~])"
    r"|!\[[^\[\]]{0,300}\]\([^()\s]{0,1000}(?:\s[^()]{0,200})?\)"
    r"|\[((?:[^\[\]\\]|\\.){1,500})\](?:\(\s?<?([^()<>\s]{0,1000}(?:\([^()\s]{0,200}\)[^()<>\s]{0,200})?)>?(?:\s[^()]{0,300})?\)|\[[^\[\]]{0,100}\])"
    r"|\[\^[^\[\]\s]{1,40}\]:?"
    r"|<((?:https?|mailto):[^<>\s]{1,1000})>"
    r"|</?[A-Za-z][^<>]{0,300}>"
    r"|`+([^`]{1,300})`+"
    r"|(?<![\w*])\*{1,3}(?=\S)|(?<=\S)\*{1,3}(?!\w)|(?<=[\w.!?,;:)”’\"'])\*{1,3}"
    r"|(?<!\w)_{1,3}(?=\S)|(?<=\S)_{1,3}(?!\w)"
    r"|~~"
)
_BOLD_NAME = re.compile(r"\s{0,3}(?:\*\*|__)([^*_:]{1,60})(?::\s?(?:\*\*|__)|(?:\*\*|__)\s?:)(?=\s|$)\s*")


def sheet(text: str, name: str, *, remarks: tuple[Remark, ...] = ()) -> Sheet:
    """Front matter as facts, the body as lines. Raises UnreadableDocument for front matter that cannot be read."""
    head = front_matter.split(text, name)
    facts, noticed = facts_of(head.fields, name) if head else (Facts(), ())
    body, first = (head.body, head.body_line) if head else (text, 1)
    return Sheet(
        name=name,
        lines=tuple(_lines(_MACHINERY.sub("", _without_comments(clean(body))), first)),
        facts=facts,
        remarks=(*remarks, *noticed),
        hard_wrapped=True,
    )


def _without_comments(text: str) -> str:
    """`text` without HTML comments; their line ends stay, so that lines keep their numbers."""
    kept = []
    at = 0
    while (begin := text.find("<!--", at)) >= 0:
        end = text.find("-->", begin)
        if end < 0:
            break
        kept += [text[at:begin], "\n" * text.count("\n", begin, end)]
        at = end + 3
    return "".join([*kept, text[at:]])


def _lines(body: str, first: int) -> list[Line]:
    lines: list[Line] = []
    for number, raw in enumerate(LINE_END.split(body), start=first):
        line = _line(raw, number)
        setext = _SETEXT.match(raw)
        above = lines[-1] if lines else None
        if (
            setext
            and above
            and above.text
            and not (above.level or above.marker or above.voice)
            and len(above.text) < 200
        ):
            lines[-1] = Line(
                text=above.text, number=above.number, level=1 if setext[1][0] == "=" else 2, link=above.link
            )
        elif line:
            lines.append(line)
    return lines


def _line(raw: str, number: int) -> Line | None:
    """One line without its marks; None for a line that is nothing but marks, such as a fence."""
    if not raw.strip() or _RULE.match(raw):
        return Line(text="", number=number)
    if _FENCE.match(raw):
        return None
    raw = _QUOTE.sub("", raw, count=1)
    atx = _ATX.match(raw) if raw.lstrip().startswith("#") else None
    if atx:
        text, link = _plain(atx[2])
        return Line(text=text, number=number, level=len(atx[1]), link=link)
    item = _ITEM.match(raw)
    marker = item[1] if item else ""
    rest = raw[item.end() :] if item else raw
    voice = None
    bold = _BOLD_NAME.match(rest)
    if bold and speakers.looks_like_name(bold[1]) and not heading_of(Line(text=fold(bold[1]))):
        voice, rest = bold[1], rest[bold.end() :]
    text, link = _plain(rest)
    return Line(text=text, number=number, marker=marker, voice=voice, link=link)


def _plain(raw: str) -> tuple[str, str | None]:
    """The words of a line, and where its first link leads."""
    found: list[str] = []

    def replace(match: re.Match[str]) -> str:
        escaped, words, address, automatic, code = match.groups()
        if escaped is not None:
            return escaped
        if words is not None:
            if address:
                found.append(address)
            inner = _INLINE.sub(lambda inside: inside[1] or inside[5] or "", words)
            # A stamp that links to its moment stays a stamp.
            return f"[{inner}]" if stamps.seconds(inner.strip()) is not None else inner
        return automatic or code or ""

    text = fold(html.unescape(_INLINE.sub(replace, raw)))
    return clean(text), next((address for address in map(web_address, found) if address), None)
