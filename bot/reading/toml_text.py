"""Finds where a table or a key stands in the text of a TOML file: the library that reads it keeps no positions."""

from __future__ import annotations

import re


def line_of(text: str, table: str, key: str | None) -> int | None:
    """The line, counted from 1, of `key` in `[table]` ("" for the top), or of the table itself; None for neither.

    `sources.1` is the second of several tables `[[sources]]`.
    """
    name, _, index = table.partition(".") if table.startswith("sources.") else (table, "", "")
    seen, inside, header = -1, table == "", None
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped.startswith("["):
            found = stripped.split("#")[0].strip().strip("[]").replace('"', "").strip()
            seen += found == name
            inside = found == name and (not index or seen == int(index))
            header = number if inside else header
        elif inside and key and re.match(rf"[\"']?{re.escape(key)}[\"']?\s*[=.]", stripped):
            return number
    return header
