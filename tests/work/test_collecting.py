"""What reading does: new, revised, unchanged, renamed, overwritten."""

from __future__ import annotations

from bot.house import House
from bot.model.publication import Kind
from bot.store import documents, episodes
from tests.work.desk import BENCH, MINUTE, POT, TUESDAY, all_drafts, content, draft, lay, work

LONGER = "\n[9:59] We close the kitchen at three, and the last one out puts the cloth over the dough for tomorrow.\n"


def test_a_page_becomes_an_episode_and_drafts(house: House) -> None:
    lay(house, POT)
    done = work(house)
    assert (done.collected.new, done.prepared.episodes, done.prepared.drafted) == (1, 1, 3)
    assert [each.kind for each in all_drafts(house)] == [Kind.QUOTE_POST, Kind.EDITION, Kind.EDITION_POST]
    assert done.delivered.accepted == 0


def test_reading_the_same_page_twice_changes_nothing(house: House) -> None:
    path = lay(house, POT)
    work(house)
    before = all_drafts(house)
    assert work(house, TUESDAY + MINUTE).idle
    path.touch()
    assert work(house, TUESDAY + 2 * MINUTE).idle
    assert all_drafts(house) == before


def test_a_changed_page_is_a_new_revision_of_the_same_episode(house: House) -> None:
    lay(house, POT)
    work(house)
    lay(house, POT, change=lambda text: text.replace("sixteen years", "seventeen years"))
    done = work(house)
    assert (done.collected.new, done.collected.revised) == (0, 1)
    assert _revisions(house) == [2]
    assert draft(house, Kind.EDITION).revision == 2


def test_a_corrected_title_in_the_same_file_is_the_same_episode(house: House) -> None:
    lay(house, POT)
    work(house)
    lay(house, POT, change=lambda text: text.replace("Stop Stirring", "Stop Stirring the Pot"))
    done = work(house)
    assert (done.collected.new, done.collected.revised) == (0, 1)
    assert len([each for each in all_drafts(house) if each.kind is Kind.QUOTE_POST]) == 1


def test_a_file_overwritten_by_another_episode_is_another(house: House) -> None:
    lay(house, POT, name="latest.txt")
    work(house)
    lay(house, BENCH, name="latest.txt")
    assert work(house).collected.new == 1
    assert _revisions(house) == [1, 1]


def test_a_renamed_file_is_not_new(house: House) -> None:
    path = lay(house, POT)
    work(house)
    path.rename(path.with_name("another-name.txt"))
    done = work(house)
    assert (done.collected.documents, done.collected.new, done.collected.revised) == (1, 0, 0)
    assert _revisions(house) == [1]


def test_the_same_episode_in_two_files_is_one(house: House) -> None:
    lay(house, POT)
    lay(house, POT, name="copy.txt")
    assert work(house).collected.new == 1


def test_a_document_that_cannot_be_understood_is_set_aside_and_the_others_go_on(house: House) -> None:
    (house.loaded.home / "inbox" / "broken.json").write_text("{", encoding="utf-8")
    lay(house, POT)
    done = work(house)
    assert done.collected.new == 1
    assert len(done.collected.set_aside) == 1
    with house.store.read() as db:
        (aside,) = documents.set_aside(db)
    assert aside.message.startswith("broken.json")
    assert work(house, TUESDAY + MINUTE).idle


def test_a_document_that_was_set_aside_is_read_when_it_is_mended(house: House) -> None:
    path = house.loaded.home / "inbox" / "page.txt"
    path.write_bytes(b"\x00\x01\x02")
    assert work(house).collected.set_aside
    lay(house, POT, name="page.txt")
    assert work(house).collected.new == 1
    with house.store.read() as db:
        assert documents.set_aside(db) == []


def test_a_quote_stands_in_the_post_as_it_was_said(house: House) -> None:
    page = lay(house, POT).read_text(encoding="utf-8")
    work(house)
    (quote,) = content(house, draft(house, Kind.QUOTE_POST)).quotes
    assert quote.text in page


def _revisions(house: House) -> list[int]:
    with house.store.read() as db:
        return [each.revision for each in episodes.listed(db, limit=10)]
