"""A mail whose sentences are links: the very bytes but for the links, and no other way out of it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from bot.drafting.sentences import printed
from bot.render import Renderer
from bot.render.linked import TEMPLATE, Said, blocks, linked
from bot.render.markup import markdown

from .editions import IMPRINT, edition

_LED = r'(?: id="pq-from-\w+")? class="pq-from" href="[^"]*" target="_top"(?: tabindex=-1)?'
_OURS = re.compile(rf"<a{_LED}>(.*?)</a>", re.DOTALL)
_PUT = re.compile(rf"(?<=<a){_LED}(?=\s)")
_LINK = re.compile(r'<a[^>]* href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_STYLE = re.compile(r"<style data-pq-from>.*?</style>", re.DOTALL)


def address(key: str) -> str:
    return f"/from?{key}"


def without(html: str) -> str:
    """A mail with our links taken out and its own put back."""
    return _PUT.sub("", _OURS.sub(r"\1", _STYLE.sub("", html))).replace("data-kept-", "")


def links(html: str) -> list[tuple[str, str]]:
    """Where each link leads, and its words."""
    return [(found[1], re.sub(r"<.*?>", "", found[2])) for found in _LINK.finditer(html)]


def test_the_bytes_are_those_of_the_mail_but_for_the_links(renderer: Renderer) -> None:
    three = edition(3, opener="Good *morning*. Do [read on](https://example.org).")
    html, _ = renderer.mail(three, IMPRINT)
    lines = [Said(each.key, each.text) for each in printed(three, lambda text: blocks(str(markdown(text))))]
    shown = linked(html, lines, address, into="_top")
    assert without(shown) == html
    leading = {where for where, _ in links(shown)}
    unseen = {address(each.key) for each in lines if each.text == three.preheader.text}
    assert {address(each.key) for each in lines} - leading <= unseen
    assert leading <= {address(each.key) for each in [*lines, Said(TEMPLATE, "")]}


def test_a_sentence_is_found_across_marks_inside_a_link_and_as_often_as_it_is_printed() -> None:
    html = (
        "<head></head><h3><a href='https://x.example' style='color:red'>Fish &amp; ships</a></h3>"
        "<p>Do <strong>listen</strong> now. Fish &amp; ships sail on.</p><p>Fish &amp; ships</p>"
    )
    lines = [Said("a", "Fish & ships"), Said("b", "Do listen now."), Said("c", "Fish & ships sail on.")]
    shown = linked(html, lines, address, into="_top")
    assert [where for where, _ in links(shown)] == ["/from?a", *["/from?b"] * 3, "/from?c", "/from?a"]
    assert shown.count("tabindex=-1") == 2, "one stop of the keyboard for each sentence"
    assert "data-kept-href='https://x.example'" in shown
    assert without(shown) == html


def test_words_of_nobody_are_the_templates_and_headings_are_no_sentences() -> None:
    shown = linked("<h2>Lead story</h2><p>You get it because you subscribed.</p>", [], address, into="_top")
    assert links(shown) == [(address(TEMPLATE), "You get it because you subscribed.")]


class _Ways(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str | None] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = ("href", "xlink:href", "action", "formaction", "ping")
        self.found += [value for name, value in attrs if name in names]


def test_no_other_way_leads_out_of_it() -> None:
    evil = "https://evil.example"
    html = (
        f"<base href='{evil}'><a\nhref={evil} target=_top>One two three four</a><map><area HREF='{evil}'></map>"
        f"<svg><a xlink:href='{evil}'>x</a></svg><form action={evil}><button formaction='{evil}'>y</button></form>"
        f'<a title="> <a href=x" href="{evil}" ping=\'{evil}\'>z</a><A/HREF={evil}/x>w</A>'
    )
    shown = linked(html, [Said("k", "One two three four")], address, into="_top")
    assert _Ways(shown).found == [address("k")]


def test_paragraphs_are_read_as_they_are_printed() -> None:
    assert blocks("<p>One <em>two</em></p>\n<ul><li>a &amp; b</li></ul>") == ["One two", "a & b"]
