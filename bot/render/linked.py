"""A mail in which every sentence is a link to where it comes from: the same bytes, with links put between them.

The links of the mail itself lead nowhere there: their addresses are kept under another name, so that nothing but our
own links can be followed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from html import escape, unescape

TEMPLATE = "template"
"""The key of words that stand in no source: those that the template prints by itself, names and numbers among them."""

_RAW = "style|script|title|textarea|template|xmp|iframe|noembed|noframes"
_TOKEN = re.compile(
    rf"<!--.*?-->|<(?P<raw>{_RAW})\b(?:[^\"'>]|\"[^\"]*\"|'[^']*')*>.*?</(?P=raw)\s*>"
    r"|<(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*)(?P<rest>(?:[^\"'>]|\"[^\"]*\"|'[^']*')*)>|<[!?][^>]*>",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"(\s+|/)([^\s\"'>/=]+)(\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?")
# What leads somewhere, or says into which window.
_LEADS = frozenset({"href", "xlink:href", "target", "action", "formaction", "formtarget", "ping"})
_KEPT = "data-kept-"
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "em", "i", "s", "small", "span", "strong", "u"}
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});?|.", re.DOTALL)
_WORD = re.compile(r"[^\W_]+(?:[’'.-][^\W_]+)*")
# Fewer words of the template than this are a heading or a label, no sentence.
_A_SENTENCE = 4
_EDGE = "\n"
_MARK = "pq-from"
_STYLE = (
    f"<style data-{_MARK}>"
    f"a.{_MARK}:not([{_KEPT}href]){{all:unset!important;cursor:pointer!important}}a.{_MARK}{{cursor:pointer}}"
    f"a[{_KEPT}href]{{text-decoration:underline}}"
    f"a.{_MARK}:hover{{background:#f6dd9a!important;color:#26272b!important}}"
    f"a.{_MARK}:focus-visible,a.{_MARK}:target{{outline:3px solid #2467b3!important;outline-offset:2px!important;"
    "scroll-margin:40vh 0}}"
    "</style>"
)


@dataclass(frozen=True)
class Said:
    """A sentence that is looked for in a mail, and its key."""

    key: str
    text: str


@dataclass
class _Text:
    """The words of a mail as a reader sees them, white space folded, and for each sign where it stands in the bytes."""

    signs: list[str] = field(default_factory=list)
    begins: list[int] = field(default_factory=list)
    stops: list[int] = field(default_factory=list)
    # Of each sign: the tag of the link that it stands in, -1 where it stands in none; and the stretch of bytes.
    links: list[int] = field(default_factory=list)
    runs: list[int] = field(default_factory=list)

    def add(self, sign: str, begin: int, stop: int, link: int, run: int) -> None:
        if sign.isspace():
            if not self.signs or self.signs[-1] in (" ", _EDGE):
                return
            sign = " "
        self.signs.append(sign)
        self.begins.append(begin)
        self.stops.append(stop)
        self.links.append(link)
        self.runs.append(run)

    def edge(self) -> None:
        if self.signs and self.signs[-1] != _EDGE:
            self.signs.append(_EDGE)
            for each in (self.begins, self.stops, self.links, self.runs):
                each.append(-1)


def linked(html: str, lines: Iterable[Said], address: Callable[[str], str], *, into: str) -> str:
    """`html` with every sentence of `lines` as a link to `address(key)`, which opens in the window named `into`.

    Whatever else is a sentence gets the key `TEMPLATE`. The first link of a key bears it as its id.
    """
    tags, text = _read(html)
    keys = _found("".join(text.signs), list(lines))
    _rest("".join(text.signs), keys)
    put: dict[int, list[str]] = {}
    hrefs: dict[int, str] = {}
    named: set[str] = set()

    def link(key: str, *, again: bool) -> str:
        name = "" if key in named or key == TEMPLATE else f' id="{_MARK}-{key}"'
        named.add(key)
        leads = f'href="{escape(address(key))}" target="{into}"'
        return f'{name} class="{_MARK}" {leads}{" tabindex=-1" if again else ""}'

    for key, begin, stop in keys.stretches():
        again = False
        for first, last in _runs(text, begin, stop):
            within = text.links[first]
            if within >= 0:
                if within not in hrefs:
                    hrefs[within] = link(key, again=again)
            elif not "".join(text.signs[first:last]).isspace():
                put.setdefault(text.begins[first], []).append(f"<a{link(key, again=again)}>")
                put.setdefault(text.stops[last - 1], []).insert(0, "</a>")
            again = True
    return _written(html, tags, put, hrefs)


def blocks(html: str) -> list[str]:
    """The words of each paragraph, list entry or heading of `html`."""
    _, text = _read(html)
    return [each for part in "".join(text.signs).split(_EDGE) if (each := part.strip())]


@dataclass
class _Keys:
    """Which key each sign of a text bears; "" for none."""

    of: list[str]
    begun: set[int] = field(default_factory=set)

    def free(self, begin: int, stop: int) -> bool:
        return not any(self.of[begin:stop])

    def take(self, key: str, begin: int, stop: int) -> None:
        self.of[begin:stop] = [key] * (stop - begin)
        self.begun.add(begin)

    def stretches(self) -> Iterator[tuple[str, int, int]]:
        for begin in sorted(self.begun):
            stop = begin + 1
            while stop < len(self.of) and self.of[stop] == self.of[begin] and stop not in self.begun:
                stop += 1
            yield self.of[begin], begin, stop


def _read(html: str) -> tuple[list[re.Match[str]], _Text]:
    tags = list(_TOKEN.finditer(html))
    text = _Text()
    link, last = -1, 0
    hidden = False

    def words(begin: int, stop: int, run: int) -> None:
        for each in _ENTITY.finditer(html, begin, stop):
            for sign in unescape(each[0]):
                text.add(sign, each.start(), each.end(), link, run)

    for at, tag in enumerate(tags):
        if not hidden:
            words(last, tag.start(), at)
        last = tag.end()
        name = (tag["name"] or "").lower()
        if name == "a":
            link = -1 if tag["end"] else at
        elif name == "br":
            text.add(" ", tag.start(), tag.start(), link, at)
        elif name and name not in _INLINE:
            text.edge()
            # The preheader is there for the inbox, and nobody sees it in the mail.
            hidden = name == "div" and not tag["end"] and "display:none" in tag["rest"].replace(" ", "")
    words(last, len(html), len(tags))
    text.edge()
    return tags, text


def _found(words: str, lines: list[Said]) -> _Keys:
    """Where each line stands. A longer one is looked for first: a headline may stand inside a sentence."""
    keys = _Keys([""] * len(words))
    wanted: dict[str, list[str]] = {}
    for line in lines:
        if said := " ".join(line.text.split()):
            wanted.setdefault(said, []).append(line.key)
    for said in sorted(wanted, key=lambda each: (-len(each), each)):
        waiting = list(wanted[said])
        at = words.find(said)
        while at >= 0:
            stop = at + len(said)
            if keys.free(at, stop) and _whole(words, at, stop):
                keys.take(waiting[0], at, stop)
                waiting = waiting[1:] or waiting
                at = words.find(said, stop)
            else:
                at = words.find(said, at + 1)
    return keys


def _whole(words: str, begin: int, stop: int) -> bool:
    """Whether no word goes on beyond either end."""
    before, after = words[begin - 1 : begin], words[stop : stop + 1]
    return not (before.isalnum() and words[begin].isalnum()) and not (after.isalnum() and words[stop - 1].isalnum())


def _rest(words: str, keys: _Keys) -> None:
    """Give what nobody claimed to the template, stretch by stretch, where it has the words of a sentence."""
    begin = 0
    for at in range(len(words) + 1):
        if at < len(words) and words[at] != _EDGE and not keys.of[at]:
            continue
        stretch = words[begin:at]
        if len(_WORD.findall(stretch)) >= _A_SENTENCE:
            first = begin + len(stretch) - len(stretch.lstrip(" —–-·“”,"))
            keys.take(TEMPLATE, first, begin + len(stretch.rstrip()))
        begin = at + 1


def _runs(text: _Text, begin: int, stop: int) -> Iterator[tuple[int, int]]:
    """A stretch of signs cut where a tag stands between them."""
    first = begin
    for at in range(begin + 1, stop + 1):
        if at == stop or text.runs[at] != text.runs[first] or text.links[at] != text.links[first]:
            yield first, at
            first = at


def _written(html: str, tags: list[re.Match[str]], put: dict[int, list[str]], hrefs: dict[int, str]) -> str:
    """The bytes again, with our links in them and those of the mail put out of use."""
    starts = [tag.start() for tag in tags]
    places = sorted(put)
    made: list[str] = []
    last = 0

    def plain(begin: int, stop: int) -> None:
        nonlocal places
        at = begin
        cut = bisect_right(places, stop)
        for place in places[:cut]:
            made.append(html[at:place])
            made.extend(put[place])
            at = place
        places = places[cut:]
        made.append(html[at:stop])

    style = _STYLE
    for at, tag in enumerate(tags):
        plain(last, starts[at])
        last = tag.end()
        if tag["name"] is None or tag["end"]:
            if style and (tag["name"] or "").lower() == "head":
                made.append(style)
                style = ""
            made.append(tag[0])
            continue
        rest = _ATTRIBUTE.sub(_out_of_use, tag["rest"])
        made.append(f"<{tag['name']}{hrefs.get(at, '')}{rest}>")
    plain(last, len(html))
    return "".join(made)


def _out_of_use(attribute: re.Match[str]) -> str:
    if attribute[2].lower() not in _LEADS:
        return attribute[0]
    return f"{attribute[1]}{_KEPT}{attribute[2]}{attribute[3] or ''}"
