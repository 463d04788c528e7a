"""A template or theme that breaks: no draft is lost, nobody is mailed by mistake, and the rest of the work goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import review
from bot.errors import Refused
from bot.house import House
from bot.model.places import filled
from bot.model.publication import Kind, Mail
from bot.model.states import DraftState
from bot.store import drafts, flags, slots
from tests.work.desk import (
    BENCH,
    HOUR,
    MINUTE,
    POT,
    THURSDAY,
    TUESDAY,
    WEEK,
    all_drafts,
    approve_now,
    content,
    draft,
    history,
    lay,
    sent,
    with_config,
    work,
)

SOUND = '{% extends "email/base.html" %}\n{% block lead %}{{ super() }}{% endblock %}\n'
BROKEN = '{% extends "email/base.html" %}\n\n{% block lead %}{{ edition.laed }}{% endblock %}\n'


def dressed(house: House, page: str) -> tuple[House, Path]:
    """The house with its newsletter in a theme of its own, and the template of that theme."""
    path = house.loaded.home / "themes" / "mine" / "email" / "edition.html"
    path.parent.mkdir(parents=True)
    (path.parents[1] / "theme.toml").write_text("", encoding="utf-8")
    path.write_text(page, encoding="utf-8")
    return with_config(house, lambda text: text.replace('zone = "UTC"\nchannel', 'theme = "mine"\nchannel')), path


def known_faults(house: House) -> list[str]:
    with house.store.read() as db:
        return flags.template_faults(db)


def test_an_edition_in_review_is_held_with_file_and_line_and_everything_else_goes_on(house: House) -> None:
    house, page = dressed(house, SOUND)
    lay(house, POT)
    work(house)
    edition, post = draft(house, Kind.EDITION), draft(house, Kind.QUOTE_POST)
    review.edit(house, edition.id, {"opener": "My own words."}, actor="eve", now=TUESDAY)
    approve_now(house, post)
    page.write_text(BROKEN, encoding="utf-8")
    lay(house, BENCH)
    done = work(house, TUESDAY + HOUR)
    assert (done.delivered.accepted, done.prepared.episodes) == (1, 1)
    held = draft(house, Kind.EDITION)
    assert held.state is DraftState.HELD
    assert f"{page}:3: " in held.held_reason
    assert "laed" in held.held_reason
    assert "take it up again" in held.held_reason
    assert known_faults(house) == list(done.prepared.faults)
    assert [each.kind for each in all_drafts(house)].count(Kind.QUOTE_POST) == 2

    assert work(house, THURSDAY).delivered.accepted == 0, "what is held does not go out"
    page.write_text(SOUND, encoding="utf-8")
    review.reopen(house, held.id, actor="eve", now=THURSDAY + HOUR)
    assert work(house, THURSDAY + HOUR).prepared.faults == ()
    again = draft(house, Kind.EDITION)
    mail = content(house, again)
    assert isinstance(mail, Mail)
    assert again.state is DraftState.IN_REVIEW
    assert "My own words." in mail.text
    assert len(mail.episodes) == 2
    assert known_faults(house) == []


def test_an_approved_edition_goes_out_as_it_was_approved_whatever_becomes_of_its_theme(house: House) -> None:
    house, page = dressed(house, SOUND)
    lay(house, POT)
    work(house)
    edition = draft(house, Kind.EDITION)
    mail = content(house, edition)
    review.approve(house, edition.id, actor="eve", now=TUESDAY)
    page.write_text(BROKEN, encoding="utf-8")
    assert work(house, THURSDAY - MINUTE).prepared.faults == ()
    assert work(house, THURSDAY).delivered.accepted == 1
    assert isinstance(mail, Mail)
    (folder,) = (house.data / "outbox" / "mail").iterdir()
    assert (folder / "message.html").read_bytes() == filled(mail, {}).html.encode()


def test_without_a_draft_its_episodes_wait_and_the_slot_says_why_it_stayed_empty(house: House) -> None:
    house, page = dressed(house, BROKEN)
    lay(house, POT)
    assert len(work(house).prepared.faults) == 1
    assert len(work(house, TUESDAY + HOUR).prepared.faults) == 1
    assert Kind.EDITION not in {each.kind for each in all_drafts(house)}
    (line,) = history(house, "newsletter:weekly")
    assert line.startswith(f"edition not drafted: {page}:3: ")
    work(house, THURSDAY + HOUR)
    page.write_text(SOUND, encoding="utf-8")
    work(house, THURSDAY + 2 * HOUR)
    edition = draft(house, Kind.EDITION)
    assert edition.due_at == THURSDAY + WEEK
    with house.store.read() as db:
        assert drafts.edition_of(db, edition) == [1]
        assert [each.reason for each in slots.passed_over(db, limit=5)] == ["its templates had a fault"]


def test_a_broken_theme_file_holds_as_well(house: House) -> None:
    house, page = dressed(house, SOUND)
    lay(house, POT)
    work(house)
    theme = page.parents[1] / "theme.toml"
    theme.write_text('[light]\nink = "black"\n', encoding="utf-8")
    work(house, TUESDAY + HOUR)
    assert draft(house, Kind.EDITION).held_reason.startswith(f"{theme}:2 [light]: 'ink' is wrong")


def test_an_editor_is_told_and_nothing_is_changed(house: House) -> None:
    house, page = dressed(house, SOUND)
    lay(house, POT)
    work(house)
    edition = draft(house, Kind.EDITION)
    page.write_text(BROKEN, encoding="utf-8")
    with pytest.raises(Refused, match=rf"Nothing was changed: .*{page}:3"):
        review.edit(house, edition.id, {"subject": "Another"}, actor="eve", now=TUESDAY)
    assert draft(house, Kind.EDITION) == edition


def test_an_episode_waits_for_a_broken_template_of_posts_and_loses_nothing(house: House) -> None:
    house = with_config(house, lambda text: 'templates = "own"\n' + text)
    template = house.loaded.home / "own" / "social" / "quote.txt"
    template.parent.mkdir(parents=True)
    template.write_text("{{ quote.text }}\n{{ quote.txet }}", encoding="utf-8")
    lay(house, POT)
    for hour in range(2):
        done = work(house, TUESDAY + hour * HOUR)
        assert done.prepared.episodes == 0
        assert done.prepared.faults[0].startswith(f"{template}:2: ")
    assert [line.partition(":")[0] for line in history(house, "episode:1")].count("posts not drafted") == 1
    template.write_text("{{ quote.text }}", encoding="utf-8")
    assert work(house, TUESDAY + 2 * HOUR).prepared.episodes == 1
    assert {each.kind for each in all_drafts(house)} >= {Kind.QUOTE_POST, Kind.EDITION}
    assert sent(house) == []
