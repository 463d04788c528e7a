"""Reads the web page of an episode, in our own shapes or any other; what had to be assumed is remarked on.

Nothing is fetched here. A page may be hostile: this runs in a process that can be killed, and is bounded by itself.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from bot.errors import UnreadableDocument
from bot.model.episode import Episode, Reading, Remark
from bot.reading import document, gate, grammar, html_page, speech, transcripts
from bot.reading.encoding import decode
from bot.reading.hashtags import split_title
from bot.reading.headings import Section, heading_of
from bot.reading.limits import check_lines, check_size
from bot.reading.lines import Line
from bot.reading.plain import one_line, text_of
from bot.reading.sections import sort
from bot.sources import page_facts, page_speech
from bot.sources.feed import looks_like_feed
from bot.sources.page_feeds import FeedLink, directory, feed_address, feeds_named
from bot.sources.page_speech import Found

__all__ = ["FeedLink", "feed_address", "feeds_of", "read_page"]

_MARKUP = re.compile(r"<(?:!doctype html|html|head|body|main|article|section|div|h1|p|meta|title)\b", re.IGNORECASE)
_JSON = re.compile(r"\s*(?:\{|\[\s*[{\"\]])")
# Headings that make a page one of our shape; "Links" or "Related episodes" stand on any.
_OURS = frozenset({Section.SUMMARY, Section.INSIGHTS})
_NOT_TEXT = ("script", "style", "noscript", "template", "svg", "iframe", "form", "nav", "footer")
# The extractor's cost grows with the square of the elements: a page of so many takes about a second.
_MOST_ELEMENTS = 10_000
_FEWEST_WORDS = 40
_REMEDY = "Give the address of one episode's page, or add the show's feed."
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_-]{2,20})", re.IGNORECASE)


def read_page(data: bytes, url: str, *, content_type: str = "") -> Reading:
    """The episode on the page whose bytes are `data` and whose address is `url`.

    `content_type` is what the server called it. A page of our own shapes is read as such a document. On any other the
    words come from its readable part, the facts from what it states of itself (JSON-LD, the head, its player), and the
    transcript from the part that is called so or looks like speech. `Episode.url` is the page's own name for itself or
    the address. Raises UnreadableDocument where no episode is found, saying what the page is instead.
    """
    name = _shown(url)
    check_size(data, name)
    if (shop := directory(url)) is not None:
        said = f"a page of {shop} names no feed and holds no transcript."
        remedy = "Give the address of the show's own feed or page; the show's web site names it."
        raise UnreadableDocument(name, f"expected an episode's page, but {said}", remedy)
    if looks_like_feed(data):
        raise UnreadableDocument(name, "expected an episode's page, but this is a feed.", "Add it as a feed source.")
    text, remarks = decode(_in_utf8(data, content_type), name)
    check_lines(text, name)
    if not _is_markup(text, content_type):
        reading = document.read(data, name)
        return replace(reading, episodes=tuple(replace(each, url=each.url or url) for each in reading.episodes))
    return _Page(text, name, url, remarks).read()


def feeds_of(data: bytes, url: str) -> tuple[FeedLink, ...]:
    """The feeds that the page at `url` names in its head, in its order; () for a page without any."""
    try:
        check_size(data, url)
        return feeds_named(_tree(decode(data, url)[0]), url)
    except UnreadableDocument:
        return ()


class _Page:
    """One page while it is read: its text, its tree, and what was noticed."""

    def __init__(self, text: str, name: str, url: str, remarks: tuple[Remark, ...]) -> None:
        self._name = name
        self._url = url
        self._sheet = html_page.sheet(text, name)
        self._tree = _tree(text)
        self._stated = page_facts.stated(self._tree, url)
        self._remarks = list(remarks)

    def read(self) -> Reading:
        episode = self._ours() or self._other()
        return Reading((self._completed(episode),), tuple(self._remarks))

    def _ours(self) -> Episode | None:
        """The episode of a page of our shape: it bears the headings of one."""
        if not _OURS & {heading.section for line in self._sheet.lines if (heading := heading_of(line))}:
            return None
        try:
            reading = grammar.read(self._sheet)
        except UnreadableDocument:
            return None
        (episode,) = reading.episodes
        found = self._speech(headed=False) if episode.transcript is None and not episode.gated else None
        self._remarks += [
            each for each in reading.remarks if found is None or not each.text.startswith("No transcript")
        ]
        return self._with_speech(episode, found)

    def _other(self) -> Episode:
        found = self._speech(headed=True)
        if found is not None and found.element is not None:
            found.element.drop_tree()
        title, tags = split_title(self._title())
        blurb, gated = self._blurb(found)
        self._require_episode(found, title=title, blurb=blurb)
        self._remarks.append(Remark("The page is of no shape that we know: its readable part was taken as the blurb."))
        if found is None:
            self._remarks.append(Remark("No transcript on this page: there will be no quotes from it."))
        episode = Episode(title=title, show=self._sheet.facts.site, blurb=blurb, topics=tags, gated=gated)
        return self._with_speech(episode, found)

    def _speech(self, *, headed: bool) -> Found | None:
        named = page_speech.by_heading(self._sheet) if headed else None
        if named is not None:
            return named
        return (
            page_speech.named_element(self._tree, self._name)
            or (page_speech.in_data(self._stated.transcript, self._name) if self._stated.transcript else None)
            or page_speech.by_lines(self._sheet)
        )

    def _with_speech(self, episode: Episode, found: Found | None) -> Episode:
        if found is None:
            return episode
        self._remarks += [*([Remark(found.how)] if found.how else []), *found.spoken.remarks]
        return replace(episode, transcript=found.spoken.transcript, gated=episode.gated or found.spoken.gated)

    def _title(self) -> str:
        title = self._stated.title or self._sheet.facts.title or ""
        for name in (self._stated.show, self._sheet.facts.site):
            if name:
                title = re.sub(rf"\s[-–—|·]\s{re.escape(name)}$", "", title)
        return title

    def _blurb(self, found: Found | None) -> tuple[str, bool]:
        """The readable part without its title, its links and its speech; else what the page says in its head."""
        readable = _readable(self._tree)
        if readable is None:
            self._remarks.append(Remark(f"The page has over {_MOST_ELEMENTS:,} elements: only its head tells of it."))
        lines = [Line(text=one_line(line).removeprefix("- ")) for line in (readable or "").split("\n")]
        if found is not None and found.by_lines:
            lines = page_speech.without_speech(lines)
        title = one_line(self._title())
        # A stamped line is a chapter's name.
        kept = [line for line in lines if line.text and line.text != title and not speech.is_stamped(line, bare=True)]
        headings = [heading_of(line) for line in kept]
        blurb = sort(kept, headings, begin=0).lines.get(Section.BLURB, [])
        text, gated = gate.strip(text_of(line.text for line in blurb))
        if len(text.split()) < _FEWEST_WORDS:
            text = self._stated.blurb or self._sheet.facts.blurb or text
        return text, gated

    def _require_episode(self, found: Found | None, *, title: str, blurb: str) -> None:
        """Raises UnreadableDocument for a page that is no episode's: a front page, a list, a page behind a script."""
        stated = self._stated
        if not title or not (blurb or found):
            self._refuse("the page holds no words; perhaps a script writes them")
        if stated.episode or (found is not None and stated.listed < 2):
            return
        if stated.listed > 1 or stated.sounds > 1:
            self._refuse(f"the page lists {max(stated.listed, stated.sounds)} of them")
        if not urlsplit(self._url).path.strip("/"):
            self._refuse("this is the front page of a site")
        if not (stated.audio or stated.links or stated.article):
            self._refuse("the page has neither sound, nor a transcript, nor says that it is one")

    def _refuse(self, but: str) -> None:
        expected = f"expected an episode's page, but {but}."
        named = feeds_named(self._tree, self._url)
        remedy = f"The page names the feed {named[0].url}: add that." if named else _REMEDY
        raise UnreadableDocument(self._name, expected, remedy)

    def _completed(self, episode: Episode) -> Episode:
        """The episode with what the page states and its words do not tell."""
        stated = self._stated
        if stated.show is None and episode.show and episode.show == self._sheet.facts.site:
            self._remarks.append(Remark(f"The page names no show: '{episode.show}' is the name of its site."))
        return replace(
            episode,
            show=stated.show or episode.show,
            url=stated.url or self._url,
            audio=stated.audio or episode.audio,
            published=stated.published or self._sheet.facts.published or episode.published,
            duration=stated.duration or episode.duration,
            language=self._sheet.facts.language or episode.language,
            season=stated.season,
            number=stated.number,
            transcript_links=stated.links,
        )


def _readable(tree: Any) -> str | None:
    """The main text of a page, a paragraph a line; None for a page of more elements than an article has."""
    for element in list(tree.iter(*_NOT_TEXT)):
        if element.getparent() is not None:
            element.drop_tree()
    if sum(1 for _ in tree.iter()) > _MOST_ELEMENTS:
        return None
    # Takes a third of a second to load, and most pages are of our shape or never come.
    from trafilatura import bare_extraction

    found = bare_extraction(tree, include_comments=False, include_tables=False, with_metadata=False)
    return str(getattr(found, "text", "") or "")


def _tree(text: str) -> Any:
    from lxml import html

    parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(text.encode("utf-8", errors="replace"), parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return html.Element("html")
    return tree


def _is_markup(text: str, content_type: str) -> bool:
    if transcripts.is_captions(text, "") or _JSON.match(text):
        return False
    kind = content_type.partition(";")[0].strip().casefold()
    if kind in ("text/plain", "text/markdown"):
        return False
    return kind in ("text/html", "application/xhtml+xml") or _MARKUP.search(text[:5000]) is not None


def _in_utf8(data: bytes, content_type: str) -> bytes:
    """The bytes in UTF-8 where the server names a charset and they are not UTF-8 already."""
    named = _CHARSET.search(content_type)
    if named is None:
        return data
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        try:
            return data.decode(named[1]).encode("utf-8")
        except (LookupError, UnicodeError, TypeError):
            return data
    return data


def _shown(url: str) -> str:
    """An address for messages, without what may be secret in it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "the page"
    return f"{parts.hostname or ''}{parts.path}"[:200] or "the page"
