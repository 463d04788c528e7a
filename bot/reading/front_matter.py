"""Splits the front matter off a Markdown document and reads it: a small part of YAML, or TOML, or JSON.

Every scalar stays a string: `title: No` is "No" and `episode: 010` is "010". What lies outside the documented part
of YAML (docs/formats.md) is an error with its line where a key that we use holds it, and is passed over elsewhere.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import UnreadableDocument
from bot.reading.plain import LINE_END
from bot.reading.yaml_subset import KEY, REMEDY, Field, YamlSubset

MAX_CHARACTERS = 100_000


@dataclass(frozen=True)
class FrontMatter:
    fields: Mapping[str, Field]
    body: str
    body_line: int


def split(text: str, name: str) -> FrontMatter | None:
    """The fields by lower-case key, and the body below; None where `text` has no front matter.

    Raises UnreadableDocument with the line of whatever cannot be read.
    """
    start = len(text) - len(text.lstrip("\ufeff \t\r\n"))
    skipped = text[:start].count("\n")
    text = text[start:]
    if text.startswith("{"):
        return _json(text, name, skipped)
    fence = text[:3]
    first_end = LINE_END.search(text)
    if fence not in ("---", "+++") or first_end is None or text[3 : first_end.start()].strip():
        return None
    closing = re.compile(
        rf"^(?:{re.escape(fence)}|\.\.\.)[ \t]*$" if fence == "---" else r"^\+\+\+[ \t]*$", re.MULTILINE
    )
    unified = LINE_END.sub("\n", text)
    end = closing.search(unified, 4)
    if end is None:
        second = unified.split("\n", 2)[1]
        if not KEY.match(second):
            return None
        raise UnreadableDocument(
            name,
            f"the front matter that opens with '{fence}' is never closed.",
            f"Close it with a line '{fence}'.",
            line=skipped + 1,
        )
    head = unified[4 : end.start()]
    if len(head) > MAX_CHARACTERS:
        expected = f"expected front matter of at most {MAX_CHARACTERS:,} characters, but found {len(head):,}."
        raise UnreadableDocument(name, expected, f"Close it with a line '{fence}'.", line=skipped + 1)
    fields = _toml(head, name, skipped) if fence == "+++" else YamlSubset(head, name, skipped + 1).read()
    return FrontMatter(
        fields=fields, body=unified[end.end() :], body_line=skipped + 1 + unified.count("\n", 0, end.end())
    )


def _json(text: str, name: str, skipped: int) -> FrontMatter | None:
    decoder = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
    try:
        data, end = decoder.raw_decode(text)
    except json.JSONDecodeError as error:
        if not re.match(r"\{\s*(?:\"|\})", text):
            return None
        raise UnreadableDocument(
            name, f"the JSON front matter is broken: {error.msg}.", REMEDY, line=skipped + error.lineno
        ) from error
    except RecursionError as error:
        raise UnreadableDocument(
            name, "the JSON front matter is nested too deeply.", REMEDY, line=skipped + 1
        ) from error
    fields = {str(key).casefold(): Field(_flat(value), skipped + 1) for key, value in data.items()}
    return FrontMatter(fields=fields, body=text[end:], body_line=skipped + 1 + text.count("\n", 0, end))


def _toml(head: str, name: str, skipped: int) -> dict[str, Field]:
    try:
        data = tomllib.loads(head, parse_float=str)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = skipped + 1 + int(found[1]) if found else skipped + 1
        raise UnreadableDocument(name, f"the TOML front matter is broken: {error}.", REMEDY, line=line) from error
    except RecursionError as error:
        raise UnreadableDocument(
            name, "the TOML front matter is nested too deeply.", REMEDY, line=skipped + 1
        ) from error
    lines: dict[str, int] = {}
    for number, text in enumerate(head.split("\n")):
        key, equals, _ = text.partition("=")
        if equals:
            lines.setdefault(key.strip().casefold(), number)
    first = skipped + 2
    return {key.casefold(): Field(_flat(value), first + lines.get(key.casefold(), 0)) for key, value in data.items()}


def _flat(value: object) -> str | tuple[str, ...] | None:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case dict():
            return None
        case list():
            flat = [_flat(item) for item in value]
            return (
                tuple(item for item in flat if isinstance(item, str))
                if all(isinstance(item, str) for item in flat)
                else None
            )
        case _:
            return str(value)
