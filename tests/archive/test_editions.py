"""The public pages of past editions: what was sent and nothing else, and only where it truly went out."""

from __future__ import annotations

import html
import re

import sqlalchemy as sa
from selectolax.lexbor import LexborHTMLParser

from bot import review
from bot.errors import NotSent
from bot.house import House
from bot.model.places import Place
from bot.model.publication import Kind, Mail
from bot.store import archive
from tests.archive.kit import PUBLIC, key_of, letters, links, many, public, sent, spans, visitor
from tests.work.desk import BENCH, POT, TUESDAY, WEEK, approve_now, content, draft, lay, with_config, work
from tests.work.readers import PostOffice, with_readers


def test_a_page_says_every_word_that_was_sent_and_names_no_reader(house: House) -> None:
    house = public(house)
    mail = content(house, sent(house))
    assert isinstance(mail, Mail)
    answer = visitor(house).get("/archive/weekly/1")
    assert answer.status_code == 200
    tree = LexborHTMLParser(answer.text)
    said = letters(tree.body.text(separator=" ") if tree.body else "")
    body, _, foot = mail.text.partition("\nThe Test Post\n=============\nThe Test Post <")
    assert foot
    lines = [line.strip() for line in body.splitlines()]
    # Addresses are links there, and so are moments.
    left_out = ("http", "In context", "—")
    wanted = [line for line in lines if line and not line.startswith(left_out) and set(line) - set("-=")]
    assert len(wanted) > 40
    lost = [line for line in wanted if letters(line) not in said]
    assert lost == []
    for token in (*Place, "weekly@example.org", "2 Proof Lane"):
        assert token not in html.unescape(answer.text)


def test_nothing_is_shown_before_it_went_out_or_while_it_is_held(house: House) -> None:
    house = public(house)
    for seed in (POT, BENCH):
        lay(house, seed)
    work(house)
    edition = draft(house, Kind.EDITION)
    quote = key_of(house, spans(house, edition)[0])
    client = visitor(house)

    def shown() -> set[int]:
        return {client.get(path).status_code for path in ("/archive/weekly/1", f"/quote/{quote}")}

    assert shown() == {404}
    review.approve(house, edition.id, actor="eve", now=TUESDAY)
    assert shown() == {404}
    review.hold(house, edition.id, reason="wait", actor="eve", now=TUESDAY)
    assert shown() == {404}
    assert "The one" not in client.get("/archive/weekly").text
    review.reopen(house, edition.id, actor="eve", now=TUESDAY)
    approve_now(house, edition)
    work(house)
    assert shown() == {200}


def test_an_edition_is_there_as_soon_as_the_first_reader_has_it(house: House) -> None:
    house = with_readers(house, PostOffice(script=[lambda letters: _all(letters), NotSent("busy")]), 25)
    lay(house, POT)
    work(house)
    edition = draft(house, Kind.EDITION)
    approve_now(house, edition)
    work(house)
    client = visitor(house)
    assert client.get("/archive/weekly/1").status_code == 200, "some have the link, others wait"
    review.hold(house, edition.id, reason="a mistake", actor="eve", now=TUESDAY)
    assert client.get("/archive/weekly/1").status_code == 404


def _all(letters: object) -> list[object]:
    from bot.platforms.contract import Receipt

    return [Receipt(f"id-{each.key}") for each in letters]  # type: ignore[attr-defined]


def test_who_switches_the_archive_off_has_none(house: House) -> None:
    house = public(house)
    edition = sent(house)
    quote = key_of(house, spans(house, edition)[0])
    closed = with_config(
        house,
        lambda text: text.replace("[channels.mail]", "archive = false\n\n[channels.mail]").replace(
            "[channels.posts]", "[channels.posts]\nquote_pages = false"
        ),
    )
    client = visitor(closed)
    for path in ("/archive/weekly", "/archive/weekly/1", "/archive/weekly/feed.xml", f"/quote/{quote}"):
        assert client.get(path).status_code == 404, path
    assert "The Test Post" not in client.get("/archive").text
    lay(closed, "two-lanes-over-88.txt")
    work(closed, TUESDAY + WEEK)
    assert PUBLIC not in content(closed, draft(closed, Kind.EDITION, 1)).text


def test_the_mail_bears_the_addresses_that_will_answer(house: House) -> None:
    house = public(house)
    mail = content(house, sent(house))
    assert isinstance(mail, Mail)
    client = visitor(house)
    for part in (mail.html, mail.text):
        ours = set(re.findall(rf"{PUBLIC}(/[\w/]+)", part))
        assert "/archive/weekly/1" in ours
        assert len(ours) > len(mail.episodes)
        for path in ours:
            assert client.get(path).status_code == 200, path
    assert mail.text.count("/quote/") >= len(mail.quotes)
    (announcement,) = [content(house, each) for each in [draft(house, Kind.EDITION_POST)]]
    assert announcement.text.endswith(f"{PUBLIC}/archive/weekly/1")


def test_hostile_words_stay_words(house: House) -> None:
    house = public(house)
    evil = '<script>alert(1)</script> "><img src=x onerror=alert(1)> {{ 7*7 }}'

    def change(text: str) -> str:
        return text.replace("The Unhurried Pot", "The Pot </title><script>x</script>").replace("Stop Stirring", evil)

    lay(house, POT, change=change)
    work(house)
    edition = draft(house, Kind.EDITION)
    bare = evil.replace('"', "'")
    words = f"{bare} [leave]({Place.UNSUBSCRIBE}) {Place.PROMISE} [x](javascript:alert(1))"
    review.edit(house, edition.id, {"opener": words, "preheader": bare}, actor="eve", now=TUESDAY)
    approve_now(house, edition)
    work(house)
    client = visitor(house)
    paths = ["/archive", "/archive/weekly", "/archive/weekly/1"]
    paths += [each for each in links(client.get("/archive/weekly/1").text) if each.startswith("/quote/")]
    assert len(paths) > 3
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200
        tree = LexborHTMLParser(answer.text)
        assert not tree.css("script, img, iframe, object, embed, form, style"), path
        for node in tree.css("*"):
            assert not [name for name in node.attributes if name.startswith("on")], path
            assert not (node.attributes.get("href") or "").startswith(("javascript:", "data:"))
        assert "reader.invalid" not in answer.text
        assert "49" not in (tree.css_first("h1").text() if tree.css_first("h1") else "")
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "every Thursday" in client.get("/archive/weekly/1").text


def test_the_list_is_paged_so_that_each_edition_stands_there_once(house: House) -> None:
    numbers = [each for each in range(1, 131) if each not in (40, 41, 90, *range(42, 81))]
    many(house, numbers)
    with house.store.write() as db:
        assert archive.newest(db, "weekly") is not None
    many(house, [131], out=False)
    client, seen, path = visitor(public(house)), [], "/archive/weekly"
    while path:
        tree = LexborHTMLParser(client.get(path).text)
        seen += [int(str(node.attributes["href"]).rpartition("/")[2]) for node in tree.css(".shelf a")]
        older = [node for node in tree.css(".beside a") if "Older" in node.text()]
        path = str(older[0].attributes["href"]) if older else ""
    assert seen == numbers[::-1]
    last = LexborHTMLParser(client.get("/archive/weekly/upto/40").text)
    newer = last.css_first(".beside a")
    assert newer is not None
    assert newer.attributes["href"] == "/archive/weekly", "numbers above 80 stand on the first page"
    for path in ("/archive/weekly/upto/41", "/archive/weekly/upto/120", "/archive/weekly/upto/160"):
        assert client.get(path).status_code == 404, path


def test_ten_thousand_editions_are_looked_up_by_an_index(house: House) -> None:
    many(house, list(range(1, 10_001)))
    asked: list[tuple[str, object]] = []

    def note(_db: object, _cursor: object, statement: str, parameters: object, *_more: object) -> None:
        asked.append((statement, parameters))

    with house.store.read() as db:
        sa.event.listen(db, "before_cursor_execute", note)
        rows = archive.editions(db, "weekly", above=4_000, upto=4_040, limit=80)
        sa.event.remove(db, "before_cursor_execute", note)
        (statement, parameters) = asked[0]
        explain = "EXPLAIN QUERY PLAN " if db.dialect.name == "sqlite" else "EXPLAIN "
        plan = " ".join(str(row) for row in db.exec_driver_sql(explain + statement, parameters))  # type: ignore[arg-type]
    assert [each.number for each in rows] == list(range(4_040, 4_000, -1))
    assert not re.search(r"SCAN drafts|Seq Scan on drafts", plan), plan
    assert visitor(public(house)).get("/archive/weekly").status_code == 200


def test_what_is_not_there_says_so(house: House) -> None:
    many(house, [1])
    client = visitor(public(house))
    for path in ("/archive/weekly/99", "/archive/nobody", "/archive/nobody/1", "/archive/weekly/feed.rss", "/quote/a"):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "Nothing is here" in answer.text
        assert 'href="/archive"' in answer.text
    assert 'href="/archive"' not in client.get("/nothing").text


def test_pages_may_be_kept_and_asked_for_by_head_and_are_known_by_one_address(house: House) -> None:
    many(house, [1, 2])
    client = visitor(public(house))
    answer = client.get("/archive/weekly/2/")
    assert answer.status_code == 200
    tree = LexborHTMLParser(answer.text)
    canonical, alternates = tree.css_first("link[rel=canonical]"), tree.css("link[rel=alternate]")
    assert canonical is not None
    assert canonical.attributes["href"] == f"{PUBLIC}/archive/weekly/2"
    assert [node.attributes["href"] for node in alternates] == ["/archive/weekly/feed.xml", "/archive/weekly/feed.json"]
    og = {node.attributes["property"]: node.attributes["content"] for node in tree.css("meta[property]")}
    assert og["og:url"] == f"{PUBLIC}/archive/weekly/2"
    assert og["og:type"] == "article"
    assert og["og:locale"] == "en_US"
    assert og["og:title"]
    assert og["og:description"]
    assert "max-age" in answer.headers["Cache-Control"]
    head = client.head("/archive/weekly/2")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == answer.headers["ETag"]
    again = client.get("/archive/weekly/2", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.post("/archive/weekly/2").status_code == 405
    robots = client.get("/robots.txt")
    assert robots.headers["Content-Type"].startswith("text/plain")
