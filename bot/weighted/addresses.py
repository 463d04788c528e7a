"""The addresses that X sees in a text: with "https://", and bare ones that end in a known top-level domain.

Facts from twitter-text 3.1.0 (validUrlPrecedingChars, validDomain, validUrlPath, extractUrlsWithIndices). Its pattern
tries every beginning of every name anew; here each name is read once, so that no text takes long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from bot.weighted.domains import TOP_LEVEL

# Of the whole address with its protocol counted once more, of a part of a domain, of what stands behind "t.co/".
_LONGEST = 4096
_LONGEST_LABEL = 63
_LONGEST_SLUG = 40
_LONGEST_TOP = max(map(len, TOP_LEVEL))
_SHORTEST_TOP = min(map(len, TOP_LEVEL))
_USUAL_PROTOCOL = "https://"

_FORBIDDEN = "\ufffe\ufeff\uffff"
_DIRECTION = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_SPACE = "\t-\r \u0085\u00a0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
# A label of a domain holds neither of these; within it, but not at its ends, the two marks may stand.
_OUTSIDE = rf".!'#%&()*+,\\/:;<=>?@\[\]^{{|}}~${_SPACE}{_FORBIDDEN}{_DIRECTION}"
_MARKS = "-_"
_LABEL = re.compile(rf"[^{_OUTSIDE}]+")
# No address begins behind these, and no bare one behind those.
_MAY_BEGIN = re.compile(rf"(?<![A-Za-z0-9@＠$#＃{_FORBIDDEN}])[^\-_]")
_NOT_BEFORE_A_BARE_ONE = "-_./"

_ACCENTED = (
    "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff\u0100-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272"
    "\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)
_LATIN_LABEL = re.compile(rf"[-A-Za-z0-9{_ACCENTED}]+")
_PLAIN_DOMAIN = re.compile(r"[-.A-Za-z0-9]+")
_PUNYCODE = re.compile(r"[xX][nN]--[-0-9A-Za-z]+")
_GOES_ON = re.compile(r"[0-9A-Za-z@+-]")
# Full stops of other scripts divide a label once more where its length is asked.
_OTHER_STOPS = re.compile("[\u3002\uff0e\uff61]")

_PORT = re.compile(r":[0-9]+")
_IN_PATH = rf"[A-Za-z0-9{_ACCENTED}\u0400-\u04ff!*';:=+,.$/%#\[\]\-\u2013_~@|&]"
_PLAIN = re.compile(f"{_IN_PATH}++")
_ENDING = re.compile(rf"{_IN_PATH}*[A-Za-z0-9{_ACCENTED}\u0400-\u04ff+\-=_#/]")
# Brackets that close, at most two deep.
_BRACKETS = re.compile(rf"\((?:{_IN_PATH}++(?:\({_IN_PATH}++\){_IN_PATH}*+)?|\({_IN_PATH}++\){_IN_PATH}*+)\)")
_QUERY = re.compile(r"\?[A-Za-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[A-Za-z0-9\-_&=#/]")
_SHORTENED = re.compile(r"https?://t\.co/([a-z0-9]+)", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Link:
    """An address in a text: characters `begin` to `stop`."""

    begin: int
    stop: int


def links(text: str) -> tuple[Link, ...]:
    """The addresses that X sees in a text, in their order."""
    return tuple(_links(text)) if "." in text else ()


class _Run(NamedTuple):
    """A stretch of what may stand in a label: characters `begin` to `end`.

    `further` is where the longest domain ends that goes on behind its dot, `top` where a top-level domain ends that
    stands there without one going on, `whole` where the longest domain ends that begins with this whole stretch; None:
    there is none.
    """

    begin: int
    end: int
    top: int | None
    further: int | None
    whole: int | None


def _links(text: str) -> Iterator[Link]:
    at = 0
    runs = _runs(text)
    for number, run in enumerate(runs, start=1):
        # Behind an address, a character must stand before the next one.
        earliest = max(run.begin, at + 1) if at else run.begin
        if earliest >= run.end:
            continue
        if text.startswith("://", run.end):
            found = _with_protocol(text, earliest, run, runs[number] if number < len(runs) else None)
        else:
            found = _bare(text, earliest, run)
        if found is not None:
            at = found.stop
            yield from found.links()


def _with_protocol(text: str, earliest: int, run: _Run, following: _Run | None) -> _Address | None:
    for protocol in ("https", "http"):
        begin = run.end - len(protocol)
        if begin < earliest or text[begin : run.end].lower() != protocol or not _MAY_BEGIN.match(text, begin):
            continue
        domain = run.end + len("://")
        if following is not None and following.begin == domain and following.whole is not None:
            return _Address(text, begin, domain, following.whole)
    return None


def _bare(text: str, earliest: int, run: _Run) -> _Address | None:
    if run.end - 1 < earliest or text[run.end - 1] in _MARKS:
        return None
    stop = run.further
    if stop is None:
        # The label before the top-level domain holds no underscore.
        stop, earliest = run.top, max(earliest, text.rfind("_", earliest, run.end) + 1)
    if stop is None or (found := _MAY_BEGIN.search(text, earliest, run.end)) is None:
        return None
    begin = found.start()
    # The text's own first character, where it may stand before an address, is taken for that and not for its beginning.
    if begin == 0 and run.end > 1 and _MAY_BEGIN.match(text, 1):
        begin = 1
    return _Address(text, begin, begin, stop)


class _Address:
    """What looks like an address; `stop` is where it ends, with its port, path and question."""

    def __init__(self, text: str, begin: int, domain: int, domain_stop: int) -> None:
        self._text = text
        self._begin = begin
        self._protocol = text[begin:domain]
        self._domain = text[domain:domain_stop]
        at = domain_stop
        if (port := _PORT.match(text, at)) is not None:
            at = port.end()
        self._has_path = text.startswith("/", at)
        if self._has_path:
            at = _path_end(text, at + 1)
        if (query := _QUERY.match(text, at)) is not None:
            at = query.end()
        self.stop = at

    def links(self) -> Iterator[Link]:
        """The addresses that X makes of it: none where something is too long, several where a bare one is of parts."""
        length = len(self._protocol or _USUAL_PROTOCOL) + self.stop - self._begin
        if length > _LONGEST or not _is_domain(self._domain):
            return
        if self._protocol:
            yield from self._shortened()
        elif not self._begin or self._text[self._begin - 1] not in _NOT_BEFORE_A_BARE_ONE:
            yield from self._latin()

    def _shortened(self) -> Iterator[Link]:
        """All of it; of X's own short addresses only what belongs to them."""
        stop = self.stop
        if (own := _SHORTENED.match(self._text, self._begin, self.stop)) is not None:
            if len(own[1]) > _LONGEST_SLUG:
                return
            query = _QUERY.match(self._text, own.end(), self.stop)
            stop = query.end() if query is not None else own.end()
        yield Link(self._begin, stop)

    def _latin(self) -> Iterator[Link]:
        """Its parts in Latin letters; what stands behind the domain, if it begins with a path, belongs to the last."""
        parts = [self._domain]
        if not _PLAIN_DOMAIN.fullmatch(self._domain):
            parts = [self._domain[begin:end] for begin, end in _latin_domains(self._domain)]
        at = 0
        for number, part in enumerate(parts, start=1):
            # Where the same letters stand first, though there they may be none: as the published rules do it.
            begin = self._begin + self._domain.find(part, at)
            at = begin - self._begin + len(part)
            last = number == len(parts) and self._has_path
            behind = self.stop - self._begin - len(self._domain) if last else 0
            yield Link(begin, begin + len(part) + behind)


def _runs(text: str) -> list[_Run]:
    """Read from the end, so that what follows a label is known already."""
    made: list[_Run] = []
    for begin, end in reversed([found.span() for found in _LABEL.finditer(text)]):
        top = further = whole = None
        following = made[-1] if made else None
        if following is not None and following.begin == end + 1 and text[end] == ".":
            further = following.whole
            top = _top(text, following.begin, following.end) if further is None else None
            if text[begin] not in _MARKS and text[end - 1] not in _MARKS:
                whole = further if further is not None or "_" in text[begin:end] else top
        made.append(_Run(begin, end, top, further, whole))
    made.reverse()
    return made


def _top(text: str, begin: int, end: int) -> int | None:
    """Where a top-level domain ends that begins there, the longest one; `end` is where its label does."""
    if end - begin < _SHORTEST_TOP:
        return None
    piece = _small(text[begin : min(end, begin + _LONGEST_TOP)])
    for length in range(len(piece), _SHORTEST_TOP - 1, -1):
        if piece[:length] in TOP_LEVEL and not _GOES_ON.match(text, begin + length):
            return begin + length
    found = _PUNYCODE.match(text, begin, end)
    return found.end() if found is not None else None


def _small(text: str) -> str:
    """In small letters, each in its place; none becomes an ASCII letter that was not one."""
    if text.isascii():
        return text.lower()
    return "".join(
        small if len(small := each.lower()) == 1 and small.isascii() == each.isascii() else each for each in text
    )


def _path_end(text: str, begin: int) -> int:
    """Where a path ends whose "/" stands before `begin`: behind its last letter or the like.

    Brackets that follow there belong to it.
    """
    at = end = begin
    while True:
        if (plain := _PLAIN.match(text, at)) is not None:
            at = plain.end()
            if (ending := _ENDING.match(text, plain.start(), at)) is not None:
                end = ending.end()
        if (brackets := _BRACKETS.match(text, at)) is None:
            break
        at = brackets.end()
    while (brackets := _BRACKETS.match(text, end)) is not None:
        end = brackets.end()
    return end


def _is_domain(domain: str) -> bool:
    if domain.startswith("xn--") and next(_latin_domains(domain), None) is None:
        return False
    return all(0 < _encoded_length(label) <= _LONGEST_LABEL for label in domain.split("."))


def _encoded_length(label: str) -> int:
    """How long a label is in the ASCII that stands for it (punycode), which is never shorter than the label."""
    if label.isascii() or len(label) > _LONGEST_LABEL:
        return len(label)
    parts = _OTHER_STOPS.split(label)
    encoded = (len(each) if each.isascii() else len("xn--") + len(each.encode("punycode")) for each in parts)
    return sum(encoded) + len(parts) - 1


def _latin_domains(domain: str) -> Iterator[tuple[int, int]]:
    """The domains within a domain that are of Latin letters."""
    runs: list[tuple[int, int, int | None]] = []
    following: tuple[int, int, int | None] | None = None
    for begin, end in reversed([found.span() for found in _LATIN_LABEL.finditer(domain)]):
        stop = None
        if domain.startswith(".", end):
            if following is not None and following[0] == end + 1:
                stop = following[2]
            if stop is None:
                stop = _top(domain, end + 1, len(domain))
        following = (begin, end, stop)
        runs.append(following)
    at = 0
    for begin, end, stop in reversed(runs):
        if stop is not None and max(begin, at) < end:
            yield max(begin, at), stop
            at = stop
