"""What every mail looks like from inside: its outline, its languages, its size, and that it loads nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from selectolax.lexbor import LexborHTMLParser

from bot.model.digest import Artwork, TopicGroup
from bot.model.provenance import EpisodeRef
from bot.model.publication import MediaKind, Medium
from bot.render import Renderer
from bot.shipped import folder
from tests.render.conftest import THEMES
from tests.render.editions import IMPRINT, digest, edition, hebrew

pytestmark = pytest.mark.parametrize("renderer", THEMES, indirect=True)

COUNTS = (1, 3, 12)


def parsed(renderer: Renderer, count: int) -> LexborHTMLParser:
    return LexborHTMLParser(renderer.mail(edition(count), IMPRINT)[0])


@pytest.mark.parametrize("count", COUNTS)
def test_language_and_direction_stand_on_html_and_on_the_children_of_body(renderer: Renderer, count: int) -> None:
    tree = parsed(renderer, count)
    assert tree.root is not None
    for node in [tree.root, *tree.css("body > *")]:
        assert node.attributes["lang"] == "en"
        assert node.attributes["dir"] == "ltr"


@pytest.mark.parametrize("count", COUNTS)
def test_there_is_one_h1_and_no_heading_skips_a_level(renderer: Renderer, count: int) -> None:
    levels = [int(str(node.tag)[1]) for node in parsed(renderer, count).css("h1, h2, h3, h4, h5, h6")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


@pytest.mark.parametrize("count", COUNTS)
def test_every_table_says_that_it_is_layout(renderer: Renderer, count: int) -> None:
    tables = parsed(renderer, count).css("table")
    assert tables
    assert all(table.attributes.get("role") == "presentation" for table in tables)


@pytest.mark.parametrize("count", COUNTS)
def test_nothing_is_loaded_from_elsewhere(renderer: Renderer, count: int) -> None:
    html, _ = renderer.mail(edition(count), IMPRINT)
    assert not LexborHTMLParser(html).css("img, link, script, iframe, object, embed, video, audio, svg, form, base")
    assert not re.search(r"url\(|@import|@font-face|\bsrc=|\bsrcset=|\bbackground=", html)


@pytest.mark.parametrize("count", COUNTS)
def test_every_link_has_words_and_leads_somewhere(renderer: Renderer, count: int) -> None:
    tree = parsed(renderer, count)
    ids = [str(node.attributes["id"]) for node in tree.css("[id]")]
    assert len(ids) == len(set(ids))
    for link in tree.css("a"):
        href = str(link.attributes["href"])
        assert href.startswith(("https://", "http://", "mailto:")) or href.removeprefix("#") in ids
        assert len(link.text(strip=True)) > 3
        assert "://" not in link.text()


def test_an_episode_without_a_page_is_linked_inside_the_mail(renderer: Renderer) -> None:
    tree = parsed(renderer, 3)
    assert [link.attributes["href"] for link in tree.css("ol a")] == [
        "https://shows.example/1",
        "https://shows.example/2",
        "#e3",
    ]
    target = tree.css_first("#e3")
    assert target is not None
    assert target.text() == digest(3).headline.text


def test_what_there_is_nothing_of_leaves_no_heading(renderer: Renderer) -> None:
    bare = edition(1, groups=(), threads=(), quotes=(), also=(), top=(), opener="", notes=())
    html, text = renderer.mail(bare, replace(IMPRINT, address="", promise="", site=None))
    assert [node.text() for node in LexborHTMLParser(html).css("h2")] == ["Lead story"]
    assert [line for line in text.splitlines() if line.isupper()] == ["LEAD STORY"]
    assert "\n\n\n" not in text


def test_the_charset_is_named_within_the_first_kilobyte(renderer: Renderer) -> None:
    html, _ = renderer.mail(edition(12), IMPRINT)
    assert b'<meta charset="utf-8">' in html.encode()[:1024]


def test_the_dark_design_survives_the_inliner_and_stays_under_16_kilobytes(renderer: Renderer) -> None:
    styles = parsed(renderer, 12).css("style")
    assert len(styles) == 1
    assert "prefers-color-scheme: dark" in styles[0].text()
    assert len(styles[0].text().encode()) < 16 * 1024


def test_the_preheader_comes_first_and_is_padded_against_what_follows(renderer: Renderer) -> None:
    first = parsed(renderer, 3).css_first("body > *")
    assert first is not None
    assert "display:none" in str(first.attributes["style"])
    assert first.text().startswith(edition(3).preheader.text)
    assert first.text().count("\u200c") >= 40


def test_buttons_are_44_pixels_high(renderer: Renderer) -> None:
    for link in parsed(renderer, 12).css("a.go"):
        style = str(link.attributes["style"])
        assert "padding:10px 0" in style
        assert "line-height:24px" in style
        assert "block" in style


def frame(renderer: Renderer, **changes: object) -> float:
    """Bytes that an episode adds to a mail beyond its own words and addresses."""
    sizes = []
    for count in (10, 20):
        many = tuple(digest(9, ref=EpisodeRef(100 + at, 1), insights=(), quotes=(), **changes) for at in range(count))
        made = edition(1, groups=(TopicGroup("topic", many),))
        sizes.append(len(renderer.mail(made, IMPRINT)[0].encode()))
    one = digest(9, **changes)
    content = [one.headline.text, one.url or "", one.show or "", f" · {one.listening_minutes} min to hear"]
    content += [one.hook.text if one.hook else "", " ".join(line.text for line in one.summary)]
    return (sizes[1] - sizes[0]) / 10 - sum(len(part.encode()) for part in content)


def test_the_picture_of_a_show_has_a_fixed_size_and_says_nothing_twice(renderer: Renderer) -> None:
    made = edition(2)
    address, medium = "https://news.example/media/5.jpg", Medium(MediaKind.IMAGE, "image/jpeg", "5" * 64, 6_000, "")
    html, text = renderer.mail(replace(made, artwork=(Artwork(made.lead.show or "", address, medium),)), IMPRINT)
    (picture,) = re.findall("<img [^>]*>", html)
    assert picture.startswith(f'<img src="{address}" width="56" height="56" alt=""')
    assert text == renderer.mail(made, IMPRINT)[1]
    assert len(html.encode()) - len(renderer.mail(made, IMPRINT)[0].encode()) < 500


def test_the_frame_of_a_compact_episode_is_at_most_305_bytes(renderer: Renderer) -> None:
    assert frame(renderer, summary=()) <= 305
    assert frame(renderer) <= 305


def test_an_edition_of_twelve_stays_far_below_the_size_that_is_clipped(renderer: Renderer) -> None:
    html, _ = renderer.mail(edition(12), IMPRINT)
    assert len(html.encode()) < 40_000


def test_an_edition_from_right_to_left_turns_its_frames_round_and_marks_other_languages(renderer: Renderer) -> None:
    tree = LexborHTMLParser(renderer.mail(*hebrew())[0])
    assert tree.root is not None
    assert (tree.root.attributes["lang"], tree.root.attributes["dir"]) == ("he", "rtl")
    quotes = tree.css("blockquote")
    bar = renderer.theme.shape.bar
    assert f"border-right:{bar}px" in str(quotes[0].attributes["style"])
    assert f"border-left:{bar}px" in str(quotes[1].attributes["style"])
    assert all(node.attributes["dir"] == "ltr" for node in tree.css("[lang=en]"))
    english = [node.text() for node in tree.css("[lang=en] h3")]
    assert english == [digest(2).headline.text, digest(3).headline.text]
    assert [node.attributes.get("lang") for node in tree.css("ol li")] == [None, "en", "en"]


def test_the_same_edition_gives_the_same_bytes(renderer: Renderer) -> None:
    again = Renderer((folder("templates"),), renderer.theme)
    assert again.mail(edition(12), IMPRINT) == renderer.mail(edition(12), IMPRINT)
