"""What is worth telling editors, and in which words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.model.notice import Notice, What
from bot.noticing import MOST_LINES, Happened, newest, notice, text, title

ALL = frozenset(What)
READY = Happened(7, "draft", 3, "in_review", "pullquote", "", "in_review", "Deadlines", "edition", "mail")
LOST = Happened(8, "delivery", 5, "unknown", "pullquote", "no answer", "unknown", "Deadlines", "quote", "posts")


def words(happened: Happened) -> str:
    found = notice(happened, ALL)
    assert found is not None
    return found.words


def test_a_draft_that_is_ready_is_told_with_its_time() -> None:
    assert notice(replace(READY, due="Thu 26 Nov, 09:00 (UTC)"), ALL) == Notice(
        What.REVIEW, "Ready for review: “Deadlines” (edition for mail); due Thu 26 Nov, 09:00 (UTC).", "/drafts/3"
    )


def test_a_veto_and_a_second_person_are_asked_for_in_words() -> None:
    assert "approved by itself at noon unless somebody holds it" in words(replace(READY, by_itself="at noon"))
    assert "1 of 2 (ada) approved it" in words(replace(READY, approved="1 of 2 (ada)"))


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        (replace(READY, what="held", state="held", actor="eve", detail="wait"), "Held by eve: “Deadlines” (edition"),
        (replace(READY, what="rejected", state="rejected", actor="eve"), "Rejected by eve"),
        (LOST, "In doubt, look whether it arrived: “Deadlines” on posts: no answer"),
        (replace(LOST, what="rejected", state="rejected"), "Not taken"),
        (replace(LOST, what="held", state="held"), "Held, not sent"),
    ],
)
def test_what_went_wrong_is_told_with_its_reason(happened: Happened, expected: str) -> None:
    assert words(happened).startswith(expected)


def test_what_holds_no_more_is_not_told() -> None:
    assert notice(replace(READY, state="scheduled"), ALL) is None
    assert notice(replace(LOST, state="accepted"), ALL) is None


def test_nobody_hears_what_they_did_not_ask_for() -> None:
    assert notice(READY, frozenset({What.UNKNOWN})) is None
    assert notice(replace(LOST, what="accepted", state="accepted"), ALL) is None


def test_only_the_last_event_of_a_subject_counts() -> None:
    held = replace(READY, event=9, what="held")
    assert newest([READY, LOST, held, replace(LOST, event=10, number=6)]) == {8, 9, 10}


def test_a_hostile_title_stays_one_short_line() -> None:
    said = words(replace(READY, title="a\r\nX-Click: evil " + "b" * 500))
    assert "\n" not in said
    assert len(said) < 220


def test_a_flood_becomes_one_message_of_bounded_length() -> None:
    many = [Notice(What.REVIEW, f"line {n}", f"/drafts/{n}") for n in range(50)]
    lines = text(many, "https://desk.example").split("\n")
    assert len(lines) == MOST_LINES + 1
    assert lines[0] == "line 0 https://desk.example/drafts/0"
    assert lines[-1] == "And 30 more."
    assert title(many) == "50 × ready for review"
    assert title([*many, Notice(What.HELD, "x", "/drafts/1")]) == "51 things to look at"
    assert title(many[:1]) == "Ready for review"
    assert text(many[:1], None) == "line 0"
