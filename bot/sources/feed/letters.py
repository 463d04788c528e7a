"""Turns the bytes of a feed into text: its mark, then UTF-8 where it is that, then what it or its server declares.

feedparser and lxml follow the declaration even where it is plainly wrong; here both get the same text, in UTF-8.
"""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# How "<?xml" begins in EBCDIC.
_EBCDIC = b"\x4c\x6f\xa7\x94"
_DECLARED = re.compile(rb"^\s*<\?[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
# Only charsets of text: Python also knows "codecs" that decompress or run escapes.
_FAMILY = re.compile(
    r"(?:utf|u16|u32|ucs|csu|iso|csiso|latin|l\d|us-?ascii|ascii|windows|cp|ibm|koi8|shift|sjis|x-sjis|ms|euc|gb|big5"
    r"|ks|hz|tis|mac|x-mac|ebcdic)",
    re.IGNORECASE,
)
# What goes by a narrow name holds the letters of a wider one: https://encoding.spec.whatwg.org/#names-and-labels
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
}
# Of more bytes than one to a letter: a few letters of these may look like UTF-8 by chance, many never do.
_SEVERAL = frozenset({"gb18030", "cp949", "johab", "cp932", "shift_jis_2004", "big5hkscs", "cp950", "euc_jp"})
# Written in ASCII alone, so that being ASCII says nothing.
_STATEFUL = ("iso2022", "hz", "utf-7")
_CHANCE = 20
# A guess counts where the letters are of a script of their own; Latin ones look alike in a dozen codecs.
_GUESSED = re.compile(
    r"big5(?:hkscs)?|cp950|gb2312|gbk|gb18030|euc_jp|shift_jis|cp932|euc_kr|cp949|johab|koi8_[ru]|cp866|cp874|tis_620"
    r"|cp125[1356]|iso8859_(?:5|6|7|8|11)|mac_cyrillic"
)
_ROW = re.compile(rb"[\x80-\xff]{3,}")
_SAMPLE = 50_000
_MOSTLY = 4
# Bytes that begin no UTF-8 character of more than one byte.
_NOT_LEADING = bytes(range(0xC2))
_NON_ASCII = bytes(range(0x80))


def text_of(data: bytes, content_type: str = "") -> tuple[str, str]:
    """The text, and in words what had to be assumed ("" where nothing was). It never fails: it is told apart later."""
    for mark, wide in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(wide, "replace"), ""
    if unmarked := _wide(data[:400]):
        return data.decode(unmarked, "replace"), ""
    if data.startswith(_EBCDIC):
        return data.decode("cp037", "replace"), ""
    valid = _strict(data, "utf-8")
    named = [codec for label in _labels(data, content_type) if (codec := _codec(label))]
    for codec in named:
        if codec.startswith(_STATEFUL) and (text := _strict(data, codec)) is not None:
            return text, ""
        if valid is not None:
            chance = codec in _SEVERAL and len(data.translate(None, _NON_ASCII)) < _CHANCE
            if not chance:
                return valid, ""
        if (text := _strict(data, codec)) is not None:
            return text, ""
    if valid is not None:
        return valid, ""
    lenient = data.decode("utf-8", "replace")
    broken = lenient.count("\ufffd")
    if len(data.translate(None, _NOT_LEADING)) - broken > _MOSTLY * broken:
        return lenient, f"{broken} of its characters are broken."
    for codec in named:
        if codec != "utf-8":
            return data.decode(codec, "replace"), f"Some of its characters are broken in {codec}, which it declares."
    guess = _guessed(data)
    return data.decode(guess, "replace"), f"It names no encoding that fits; read as {guess}."


def _wide(head: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark, by the NUL bytes beside its Latin letters."""
    if b"\0" not in head:
        return None
    quarter = max(len(head) // 4, 1)
    nul = [head[at::4].count(0) > quarter / 2 for at in range(4)]
    match nul:
        case [False, True, True, True]:
            return "utf-32-le"
        case [True, True, True, False]:
            return "utf-32-be"
        case [False, True, False, True]:
            return "utf-16-le"
        case [True, False, True, False]:
            return "utf-16-be"
        case _:
            return None


def _labels(data: bytes, content_type: str) -> list[str]:
    """What the document says of itself counts before what its server says of all documents."""
    declared, charset = _DECLARED.search(data[:1000]), _CHARSET.search(content_type)
    return [*([declared[1].decode("ascii", "replace")] if declared else []), *([charset[1]] if charset else [])]


def _codec(label: str) -> str | None:
    """The codec of a label; None for none, and for those of wide letters, which the bytes have belied by now."""
    if not _FAMILY.match(label):
        return None
    try:
        codec = codecs.lookup(label).name
    except LookupError:
        return None
    codec = _WIDER.get(codec, codec)
    return None if codec.startswith(("utf-16", "utf-32")) else codec


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeDecodeError, LookupError):
        return None


def _in_rows(data: bytes) -> bool:
    """Whether most letters beyond ASCII stand in rows of three and more, as no Latin script writes them.

    A few umlauts give a guess too little to go by, and to it they look like Chinese.
    """
    return 2 * sum(map(len, _ROW.findall(data))) > len(data.translate(None, _NON_ASCII))


def _guessed(data: bytes) -> str:
    """By the letters themselves; cp1252 where they are Latin, because then every guess is as good as another."""
    if not _in_rows(data[:_SAMPLE]):
        return "cp1252"
    import charset_normalizer  # slow to load, seldom needed

    best = charset_normalizer.from_bytes(data[:_SAMPLE]).best()
    codec = best.encoding if best else ""
    if not _GUESSED.fullmatch(codec):
        return "cp1252"
    name = codecs.lookup(codec).name
    return _WIDER.get(name, name)
