"""One page for each quote: its words, the lines beside them, where it ran, and what became of its source."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from selectolax.lexbor import LexborHTMLParser

from bot.correct import Wish, correct
from bot.drafting.pages import quote_key
from bot.house import House
from bot.model.publication import Kind
from bot.quotes.sentences import sentences
from bot.store import archive, episodes
from bot.store.schema import quotations, source_items, sources
from bot.text import fold
from tests.archive.kit import PUBLIC, key_of, public, quoted, sent, spans, visitor
from tests.work.desk import BENCH, HOUR, POT, TUESDAY, approve_now, draft, lay, over, work
from tests.work.test_correcting import Answering, Whole


def page(house: House, key: str, status: int = 200) -> LexborHTMLParser:
    answer = visitor(house).get(f"/quote/{key}")
    assert answer.status_code == status
    return LexborHTMLParser(answer.text)


def texts(tree: LexborHTMLParser, selector: str) -> list[str]:
    return [" ".join(node.text().split()) for node in tree.css(selector)]


def test_a_quote_has_its_lines_its_speaker_its_moment_and_where_it_ran(house: House) -> None:
    house = public(house)
    edition = sent(house, BENCH)
    (span, *_) = spans(house, edition)
    with house.store.read() as db:
        episode = episodes.load(db, span.ref)
    transcript = episode.transcript
    assert transcript is not None
    spoken = sentences(transcript)
    at = next(index for index, each in enumerate(spoken) if each.begin == span.begin)
    end = next(index for index, each in enumerate(spoken) if each.stop == span.stop)
    beside = [*spoken[max(0, at - 2) : at], *spoken[end + 1 : end + 3]]
    tree = page(house, key_of(house, span))
    assert texts(tree, "blockquote") == [f"“{span.text}”"]
    shown = [each.partition(": ")[2] if node else each for each, node in _lines(tree)]
    assert shown == [fold(transcript.text[each.begin : each.stop]) for each in beside]
    facts = " ".join(texts(tree, ".facts"))
    assert episode.title in facts
    assert episode.show is not None
    assert episode.show in facts
    assert span.speaker in texts(tree, ".by")[0]
    listen = tree.css_first("figcaption a")
    assert listen is not None
    assert str(listen.attributes["href"]).startswith(f"{episode.url}#t=")
    assert [node.attributes["href"] for node in tree.css("main ul a")] == ["/archive/weekly/1"]
    canonical = tree.css_first("link[rel=canonical]")
    assert canonical is not None
    assert canonical.attributes["href"] == f"{PUBLIC}/quote/{key_of(house, span)}"


def _lines(tree: LexborHTMLParser) -> list[tuple[str, bool]]:
    return [(" ".join(node.text().split()), node.css_first(".who") is not None) for node in tree.css(".line")]


def test_the_address_is_of_the_words_and_survives_a_new_reading(house: House) -> None:
    assert quote_key("show|title|2026-11-24", "Leave it\nalone.") == quote_key(
        "show|title|2026-11-24", "Leave it alone."
    )
    assert quote_key("a", "b") == "lgzhdlq3xsy5"
    house = public(house)
    span = spans(house, sent(house, POT))[0]
    key = key_of(house, span)
    lay(house, POT, change=lambda text: text.replace("Transcript", "Transcript\n\n[0:00] Good evening to all.", 1))
    work(house, TUESDAY + HOUR)
    assert key_of(house, span) == key
    assert texts(page(house, key), "blockquote") == [f"“{span.text}”"]


def test_where_the_source_changed_the_page_says_so_and_shows_no_lines(house: House) -> None:
    house = public(house)
    span = spans(house, sent(house, POT))[0]
    key = key_of(house, span)
    words = " ".join(span.text.split()[:3])
    lay(house, POT, change=lambda text: text.replace(words, "Something quite different"))
    work(house, TUESDAY + HOUR)
    tree = page(house, key)
    assert "do not stand in its transcript any more" in texts(tree, ".notice")[0]
    assert texts(tree, "blockquote") == [f"“{span.text}”"]
    assert tree.css(".line") == []


@pytest.mark.parametrize("cut", [True, False])
def test_what_went_behind_a_members_gate_is_not_shown(house: House, cut: bool) -> None:
    """Where the quote itself is gated by now (`cut`), and where the gate stands right behind it."""
    house = public(house)
    edition = sent(house, BENCH)
    span = max(spans(house, edition), key=lambda each: each.begin)
    with house.store.read() as db:
        transcript = episodes.load(db, span.ref).transcript
    assert transcript is not None
    behind = [
        fold(transcript.text[each.begin : each.stop]) for each in sentences(transcript) if each.begin >= span.stop
    ]
    assert behind
    last = span.text.split(". ")[-1]

    def gated(text: str) -> str:
        at = text.index(last) + (0 if cut else len(last))
        return f"{text[:at]}\n\nFull transcript available to members only.\n"

    lay(house, BENCH, change=gated)
    work(house, TUESDAY + HOUR)
    tree = page(house, key_of(house, span))
    assert ("for members only" in " ".join(texts(tree, ".notice"))) is cut
    shown = " ".join(texts(tree, "main"))
    assert span.text in shown
    assert not [line for line in behind if line in shown and line not in span.text]
    assert "available to members" not in shown


def test_an_episode_that_its_show_took_away_is_told(house: House) -> None:
    house = public(house)
    span = spans(house, sent(house, POT))[0]
    with house.store.write() as db:
        source = {"key": "f", "url": "f", "condition": "active", "reader": 0, "failures": 0, "distrusted": 0}
        times = {"added_at": TUESDAY, "next_at": TUESDAY}
        db.execute(sa.insert(sources).values(**source, **times, moved_by_own_word=0, transcribed=0))
        item = {"source": "f", "key": "k", "title_key": "t", "fingerprint": "x", "state": "announced"}
        gone = {"first_seen_at": TUESDAY, "missing_since": TUESDAY, "episode_id": span.ref.episode}
        db.execute(sa.insert(source_items).values(**item, **gone))
    tree = page(house, key_of(house, span))
    assert "taken this episode away" in texts(tree, ".notice")[0]
    assert tree.css(".line") == []


def test_a_correction_is_shown_with_the_quote_and_with_the_edition(house: House) -> None:
    house = over(public(house), Answering())
    edition = sent(house, POT)
    post = draft(house, Kind.QUOTE_POST)
    approve_now(house, post)
    work(house)
    (span,) = spans(house, post)
    assert key_of(house, span) in {key_of(house, each) for each in spans(house, edition)}
    correct(house, post.id, Wish("The guest is <b>Mae</b>."), actor="eve", now=TUESDAY + HOUR)
    assert not page(house, key_of(house, span)).css(".corrections"), "it is planned, and not out yet"
    work(house, TUESDAY + HOUR)
    for path in (f"/quote/{key_of(house, span)}", "/archive/weekly/1"):
        tree = LexborHTMLParser(visitor(house).get(path).text)
        (said,) = texts(tree, ".corrections p")
        assert said == "Corrected on 24 November 2026: The guest is <b>Mae</b>."


def test_a_quote_that_was_taken_back_everywhere_is_shown_nowhere(house: House) -> None:
    house = over(public(house), Whole())
    post = quoted(house)
    (span,) = spans(house, post)
    assert texts(page(house, key_of(house, span)), "blockquote") == [f"“{span.text}”"]
    correct(house, post.id, Wish("The guest asked us to.", take_down=True), actor="eve", now=TUESDAY + HOUR)
    work(house, TUESDAY + HOUR)
    tree = page(house, key_of(house, span), status=410)
    assert span.text not in (tree.html or "")
    assert "Taken back on 24 November 2026: The guest asked us to." in texts(tree, ".corrections p")
    approve_now(house, draft(house, Kind.EDITION), TUESDAY + 2 * HOUR)
    work(house, TUESDAY + 2 * HOUR)
    again = page(house, key_of(house, span))
    assert texts(again, "blockquote") == [f"“{span.text}”"], "an edition cannot be taken back, so it is told beside it"
    assert "Taken back" in texts(again, ".corrections p")[0]


def test_quotes_of_what_was_approved_before_there_were_pages_are_found(empty_database_url: str) -> None:
    """The migration looks them up: the keys are those that are made today."""
    from alembic import command
    from alembic.config import Config

    import bot.store
    from bot.store.database import Store

    store = Store(empty_database_url)
    settings = Config()
    settings.set_main_option("script_location", f"{next(iter(bot.store.__path__))}/migrations")
    payload = b'{"quotes": [{"ref": {"episode": 1, "revision": 1}, "text": "Leave it alone."}], "episodes": []}'
    with store.write() as db:
        settings.attributes["connection"] = db
        command.upgrade(settings, "0008")
        at = "2026-11-24T08:00:00.000000Z"
        db.execute(
            sa.text(
                "INSERT INTO episodes (id, identity, title, title_key, locator, first_seen_at, announced, revision, "
                "prepared_revision) VALUES (1, 'show|title|', 't', 't', 'l', :at, 1, 1, 1)"
            ),
            {"at": at},
        )
        for number, state in ((1, "published"), (2, "in_review")):
            db.execute(
                sa.text(
                    "INSERT INTO drafts (id, key, kind, channel, state, title, revision, edits, held_reason, made_at, "
                    "changed_at) VALUES (:id, :key, 'quote', 'c', :state, 't', 1, '{}', '', :at, :at)"
                ),
                {"id": number, "key": f"k{number}", "state": state, "at": at},
            )
            db.execute(
                sa.text(
                    "INSERT INTO draft_revisions (draft_id, number, hash, payload, basis, made_by, made_at, note) "
                    "VALUES (:id, 1, 'h', :payload, '', 'e', :at, '')"
                ),
                {"id": number, "payload": payload, "at": at},
            )
    store.migrate()
    with store.read() as db:
        rows = db.execute(sa.select(quotations)).all()
    assert [tuple(row) for row in rows] == [(quote_key("show|title|", "Leave it alone."), 1, 1, 0)]
    store.close()


def test_the_same_words_in_two_publications_have_one_page(house: House) -> None:
    house = public(house)
    edition = sent(house, POT)
    post = draft(house, Kind.QUOTE_POST)
    approve_now(house, post)
    work(house)
    (span,) = spans(house, post)
    with house.store.read() as db:
        shown = archive.Shown(("weekly",), ("posts",))
        found = archive.ran(db, key_of(house, span), shown)
        assert {each.draft_id for each in found} == {edition.id, post.id}
        assert archive.keys(db, shown, after="", limit=9, standing=True) == sorted(
            {key_of(house, each) for each in spans(house, edition)}
        )
