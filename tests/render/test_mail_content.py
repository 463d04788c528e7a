"""What a mail says: the same in HTML and in plain text, quotes word for word, and moments that can be heard."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from selectolax.lexbor import LexborHTMLParser

from bot.model.digest import Edition
from bot.model.places import Place
from bot.render import Renderer
from bot.render.plain import COLUMNS, width
from bot.schedule import Rhythm
from bot.text import fold
from tests.render.editions import IMPRINT, digest, edition, hebrew, quote

QUOTED = re.compile("“([^”]*)”")


def words(html: str) -> str:
    body = LexborHTMLParser(html).body
    assert body is not None
    return fold(body.text(separator=" "))


def lines(made: Edition) -> list[str]:
    """Every sentence that an edition holds, in its own words."""
    found = [made.lead.headline.text]
    for each in made.digests:
        found += [each.headline.text, *(sentence.text for sentence in each.summary)]
        found += [each.hook.text] if each.hook else []
        for claims in each.insights:
            found += [claims.attribution.text] if claims.attribution else []
            found += [claim.text for claim in claims.claims]
        found += [f"“{each.best.text}”"] if each.best else []
    for thread in made.threads:
        found += [thread.title, *(point.line.text for point in thread.points)]
    for item in made.quotes:
        found.append(f"“{item.quote.text}”")
    for shelf in made.also:
        found += [shelf.show, *(other.title.text for other in shelf.related)]
        found += [other.hook.text for other in shelf.related if other.hook]
    return found


@pytest.mark.parametrize("made", [edition(1), edition(3), edition(12), hebrew()[0]], ids=["1", "3", "12", "hebrew"])
def test_both_parts_say_the_same(renderer: Renderer, made: Edition) -> None:
    html, text = renderer.mail(made, IMPRINT)
    shown, plain = words(html), fold(text)
    for line in [*lines(made), IMPRINT.title, "Quayside Press sends", "7 Chandlers Lane", "no tracking in this mail"]:
        assert line in shown
        assert line in plain
    links = {str(a.attributes["href"]) for a in LexborHTMLParser(html).css("a")}
    in_text = {url.rstrip(")") for url in re.findall(r"https?://\S+", text)}
    assert {link for link in links if not link.startswith("#")} == in_text


@pytest.mark.parametrize("count", [1, 3, 12])
def test_only_words_of_the_transcript_stand_in_quotation_marks_or_look_like_it(renderer: Renderer, count: int) -> None:
    made = edition(count)
    html, text = renderer.mail(made, IMPRINT)
    wanted = [each.best.text for each in made.digests if each.best] + [item.quote.text for item in made.quotes]
    assert QUOTED.findall(words(html)) == wanted
    assert QUOTED.findall(fold(text)) == wanted
    assert [node.text() for node in LexborHTMLParser(html).css("blockquote .q")] == [f"“{each}”" for each in wanted]


def moment_of(renderer: Renderer, **changes: object) -> tuple[str, str | None]:
    """The attribution below the first quote of an edition, and the address that it links."""
    made = edition(1, lead=digest(1, **changes), quotes=(), top=())
    html, _ = renderer.mail(made, IMPRINT)
    by = LexborHTMLParser(html).css_first("blockquote .by")
    link = LexborHTMLParser(html).css_first("blockquote a")
    return (by.text(separator=" ") if by else ""), (link.attributes["href"] if link else None)


def test_an_exact_moment_is_linked_to_its_second(renderer: Renderer) -> None:
    said = quote("So be it.", "Ann", 754.9)
    assert moment_of(renderer, quotes=(said,)) == ("— Ann Listen from 12:34", "https://shows.example/1#t=754")


def test_an_uncertain_moment_says_about_and_starts_two_seconds_early(renderer: Renderer) -> None:
    said = quote("So be it.", "Ann", 754.0, 4.0)
    assert moment_of(renderer, quotes=(said,)) == ("— Ann Listen from about 12:34", "https://shows.example/1#t=752")
    early = quote("So be it.", "Ann", 1.0, 4.0)
    assert moment_of(renderer, quotes=(early,))[1] == "https://shows.example/1#t=0"


def test_without_a_page_the_moment_leads_to_the_audio(renderer: Renderer) -> None:
    said = quote("So be it.", None, 3723.0)
    shown = moment_of(renderer, quotes=(said,), url=None, audio="https://audio.example/1.mp3")
    assert shown == ("Listen from 1:02:03", "https://audio.example/1.mp3#t=3723")


def test_with_neither_page_nor_audio_the_moment_is_only_told(renderer: Renderer) -> None:
    said = quote("So be it.", "Ann", 754.0, 4.0)
    assert moment_of(renderer, quotes=(said,), url=None, audio=None) == ("— Ann · about 12:34", None)


def test_a_quote_without_speaker_and_moment_bears_no_attribution(renderer: Renderer) -> None:
    assert moment_of(renderer, quotes=(quote("So be it.", None, None),)) == ("", None)


def test_a_fragment_in_the_address_gives_way_to_the_moment(renderer: Renderer) -> None:
    said = quote("So be it.", "Ann", 10.0)
    assert moment_of(renderer, quotes=(said,), url="https://shows.example/1#notes")[1] == "https://shows.example/1#t=10"


def test_a_partial_transcript_is_admitted(renderer: Renderer) -> None:
    for part in renderer.mail(edition(3), IMPRINT):
        assert part.count("Only part of this transcript is public") == 1


def test_plain_text_keeps_72_columns_but_for_addresses(renderer: Renderer) -> None:
    for made in (edition(12), hebrew()[0]):
        _, text = renderer.mail(made, IMPRINT)
        assert all(width(line) <= COLUMNS or "://" in line for line in text.splitlines())
        assert "\n\n\n" not in text
        assert not re.search(r"[ \t]$", text, re.MULTILINE)


def test_plain_text_gives_addresses_lines_of_their_own(renderer: Renderer) -> None:
    _, text = renderer.mail(edition(12, opener="", notes=()), IMPRINT)
    for line in text.splitlines():
        assert "://" not in line or re.fullmatch(r"\s*https?://\S+", line)


def test_plain_text_underlines_its_sections(renderer: Renderer) -> None:
    _, text = renderer.mail(edition(12), IMPRINT)
    rows = text.splitlines()
    for title, stroke in [("The Long Listen", "="), ("LEAD STORY", "="), (digest(1).headline.text, "-")]:
        assert rows[rows.index(title) + 1] == stroke * len(title)


def test_reading_minutes_stand_in_where_the_length_is_not_known(renderer: Renderer) -> None:
    made = edition(1, lead=digest(1, listening_minutes=None), reading_minutes=0)
    html, _ = renderer.mail(made, IMPRINT)
    assert "Small Infrastructure · 1 min to read" in words(html)


def test_an_episode_of_no_show_names_none(renderer: Renderer) -> None:
    made = edition(1, lead=digest(1, show=None, listening_minutes=None, reading_minutes=0, hook=None), quotes=())
    html, text = renderer.mail(made, replace(IMPRINT, promise=""))
    assert "None" not in html
    assert "None" not in text


def test_the_foot_can_say_what_was_promised_to_a_monthly_reader(renderer: Renderer) -> None:
    promises = dict(renderer.promises("en", Rhythm((3,)), date(2026, 11, 30)))
    assert promises == {"every": "every Thursday", "monthly": "once a month, as you asked; this is 1 of 1 in November"}


def test_a_newsletter_that_may_come_daily_can_promise_one_a_week(renderer: Renderer) -> None:
    promises = dict(renderer.promises("de", Rhythm(()), date(2026, 11, 30)))
    assert promises["every"] == "jeden Tag"
    assert promises["weekly"] == "einmal in der Woche, wie gewünscht; dies ist Nr. 1 von 1 in dieser Woche"


def test_a_newsletter_of_several_days_names_them(renderer: Renderer) -> None:
    promises = [dict(renderer.promises(each, Rhythm((0, 2, 3)), date(2026, 11, 30))) for each in ("en", "de")]
    assert [each["every"] for each in promises] == [
        "every Monday, Wednesday and Thursday",
        "jeden Montag, Mittwoch und Donnerstag",
    ]
    assert all("weekly" in each for each in promises)


@pytest.mark.parametrize("promise", [Place.PROMISE, "every Thursday"])
def test_what_follows_a_readers_own_promise_stands_on_a_line_of_its_own(renderer: Renderer, promise: str) -> None:
    """How long the promise is shows only when the mail goes out; lines are wrapped before."""
    _, text = renderer.mail(edition(1), replace(IMPRINT, promise=promise))
    said = text.splitlines()
    assert "You get it because you subscribed." in said
    assert said[said.index("You get it because you subscribed.") - 1].endswith(f"{promise}.")
