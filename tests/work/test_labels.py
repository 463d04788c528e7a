"""What editors do with quotes is remembered, and what ran before does not come again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import review
from bot.house import House
from bot.model.publication import Kind, Mail, Post
from bot.store import labels
from tests.work import desk


def verdicts(house: House) -> list[tuple[str, str]]:
    """(verdict, who) of every label, in order of its place."""
    with house.store.read() as db:
        return [(str(each.verdict), each.actor) for each in labels.everything(db)]


def a_quote_post(house: House) -> desk.Draft:
    desk.lay(house, desk.POT)
    desk.work(house)
    return desk.draft(house, Kind.QUOTE_POST)


def test_an_approved_quote_is_kept(house: House) -> None:
    draft = a_quote_post(house)
    desk.approve_now(house, draft)
    assert verdicts(house) == [("kept", "eve")]
    post = desk.content(house, draft)
    with house.store.read() as db:
        label = labels.everything(db)[0]
    assert (label.ref, label.begin, label.stop) == (post.quotes[0].ref, post.quotes[0].begin, post.quotes[0].stop)


def test_a_rejected_quote_is_skipped(house: House) -> None:
    review.reject(house, a_quote_post(house).id, reason="dull", actor="eve", now=desk.TUESDAY)
    assert verdicts(house) == [("skipped", "eve")]


def test_a_quote_under_an_editors_words_is_edited_and_stays_so_when_approved(house: House) -> None:
    draft = a_quote_post(house)
    post = desk.content(house, draft)
    assert isinstance(post, Post)
    review.edit(house, draft.id, {"text": f"Listen: {post.text}"}, actor="eve", now=desk.TUESDAY)
    assert verdicts(house) == [("edited", "eve")]
    desk.approve_now(house, draft)
    assert verdicts(house) == [("edited", "eve")]


def test_a_quote_that_an_editor_takes_out_is_skipped(house: House) -> None:
    draft = a_quote_post(house)
    review.edit(house, draft.id, {"text": "Listen to this one."}, actor="eve", now=desk.TUESDAY)
    assert verdicts(house) == [("skipped", "eve")]


def test_the_last_word_counts(house: House) -> None:
    draft = a_quote_post(house)
    desk.approve_now(house, draft)
    review.reject(house, draft.id, reason="no", actor="ann", now=desk.TUESDAY + desk.MINUTE)
    assert verdicts(house) == [("skipped", "ann")]


def test_the_quotes_of_an_approved_edition_are_kept_and_those_of_a_rejected_one_are_not_judged(house: House) -> None:
    desk.lay(house, desk.POT)
    desk.lay(house, desk.BENCH)
    desk.work(house)
    edition = desk.draft(house, Kind.EDITION)
    mail = desk.content(house, edition)
    assert isinstance(mail, Mail)
    assert mail.quotes
    review.reject(house, edition.id, reason="no", actor="eve", now=desk.TUESDAY)
    assert verdicts(house) == []
    a_week_on = desk.TUESDAY + desk.WEEK
    desk.work(house, a_week_on)
    review.approve(house, desk.draft(house, Kind.EDITION, 1).id, actor="eve", now=a_week_on)
    assert set(verdicts(house)) == {("kept", "eve")}


def test_what_passes_by_policy_is_nobodys_judgement(house: House) -> None:
    trusting = desk.with_config(
        house, lambda text: text.replace("[channels.posts]", '[channels.posts]\napproval = "auto"\nveto = "1h"')
    )
    a_quote_post(trusting)
    assert review.approve_by_policy(trusting, desk.TUESDAY + timedelta(hours=2)) > 0
    assert verdicts(trusting) == []


@pytest.mark.parametrize("rejected", [False, True], ids=["planned", "rejected"])
def test_a_line_of_the_same_show_does_not_come_again_unless_it_was_rejected(house: House, rejected: bool) -> None:
    first = a_quote_post(house)
    quoted = desk.content(house, first).quotes[0].text
    if rejected:
        for each in (draft for draft in desk.all_drafts(house) if draft.kind is not Kind.EDITION_POST):
            review.reject(house, each.id, reason="no", actor="eve", now=desk.TUESDAY)
    desk.lay(house, desk.POT, name="repeat.txt", change=lambda text: text.replace("Stop Stirring", "Stop Stirring II"))
    desk.work(house, desk.TUESDAY + desk.HOUR)
    texts = [
        quote.text
        for each in desk.all_drafts(house)
        if each.kind is Kind.QUOTE_POST and each.episode_id != first.episode_id
        for quote in desk.content(house, each).quotes
    ]
    assert texts, "the second episode is drafted too"
    assert (quoted in texts) == rejected
