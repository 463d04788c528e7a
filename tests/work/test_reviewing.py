"""What editors may do, what is refused, and what an approval is worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot import review
from bot.drafting.payload import freeze
from bot.errors import FalseQuote, Refused, StaleDraft
from bot.house import House
from bot.model.digest import Edition
from bot.model.publication import Kind, Mail
from bot.model.states import DeliveryState, DraftState
from bot.store import drafts, slots
from bot.store.codec import decode
from bot.store.slots import SlotState
from tests.work.desk import (
    BENCH,
    DAY,
    HOUR,
    LANES,
    MINUTE,
    POT,
    TUESDAY,
    all_deliveries,
    all_drafts,
    approve_now,
    content,
    delivery,
    draft,
    hash_of,
    history,
    lay,
    sent,
    with_config,
    work,
)

NOON = TUESDAY + 4 * HOUR


@pytest.fixture
def post(house: House) -> drafts.Draft:
    lay(house, POT)
    work(house)
    return draft(house, Kind.QUOTE_POST)


def _again(house: House, of: drafts.Draft) -> drafts.Draft:
    with house.store.read() as db:
        return drafts.get(db, of.id)


def test_an_approved_post_takes_the_next_free_slot_and_goes_out_then(house: House, post: drafts.Draft) -> None:
    approved = review.approve(house, post.id, actor="eve", now=TUESDAY)
    assert (approved.state, approved.due_at) == (DraftState.SCHEDULED, NOON)
    assert work(house, NOON - MINUTE).delivered.accepted == 0
    assert work(house, NOON).delivered.accepted == 1
    assert _again(house, post).state is DraftState.PUBLISHED


def test_two_posts_never_share_a_slot(house: House, post: drafts.Draft) -> None:
    lay(house, BENCH)
    work(house)
    first, second = (
        review.approve(house, draft(house, Kind.QUOTE_POST, n).id, actor="eve", now=TUESDAY) for n in (0, 1)
    )
    assert (first.due_at, second.due_at) == (NOON, NOON + DAY)


def test_an_approval_is_bound_to_what_the_editor_looked_at(house: House, post: drafts.Draft) -> None:
    seen = hash_of(house, post)
    review.edit(house, post.id, {"text": "Do listen to this one."}, actor="eve", now=TUESDAY)
    with pytest.raises(StaleDraft, match="look at it again"):
        review.approve(house, post.id, actor="eve", now=TUESDAY, seen=seen)
    assert all_deliveries(house) == []
    review.approve(house, post.id, actor="eve", now=TUESDAY, seen=hash_of(house, post)[:8])
    with house.store.read() as db:
        approval = drafts.approval(db, drafts.get(db, post.id))
    assert approval is not None
    assert (approval.hash, approval.actor) == (hash_of(house, post), "eve")


def test_an_edit_voids_the_approval_and_cancels_what_was_planned(house: House, post: drafts.Draft) -> None:
    approve_now(house, post)
    review.edit(house, post.id, {"text": "Do listen to this one."}, actor="eve", now=TUESDAY)
    assert _again(house, post).state is DraftState.IN_REVIEW
    assert delivery(house, post).state is DeliveryState.CANCELLED
    assert work(house).delivered.accepted == 0
    approve_now(house, post)
    work(house)
    (folder,) = (house.data / "outbox" / "posts").iterdir()
    assert (folder / "post.txt").read_text(encoding="utf-8") == "Do listen to this one.\n"


def test_a_changed_source_voids_an_approval(house: House, post: drafts.Draft) -> None:
    approve_now(house, post)
    lay(house, POT, change=lambda text: text.replace("Stop Stirring", "Stop Stirring the Pot"))
    done = work(house)
    assert _again(house, post).state is DraftState.IN_REVIEW
    assert done.delivered.accepted == 0
    assert delivery(house, post).state is DeliveryState.CANCELLED


def test_what_an_editor_wrote_is_kept_when_the_source_changes(house: House, post: drafts.Draft) -> None:
    edition = draft(house, Kind.EDITION)
    episode = post.episode_id
    review.edit(house, post.id, {"text": "My own words."}, actor="eve", now=TUESDAY)
    review.edit(house, edition.id, {"subject": "My subject", f"note:{episode}": "Do listen."}, actor="eve", now=TUESDAY)
    lay(house, POT, change=lambda text: text.replace("onions", "shallots"))
    lay(house, BENCH)
    work(house)
    assert content(house, post).text == "My own words."
    mail = content(house, edition)
    assert isinstance(mail, Mail)
    assert mail.subject == "My subject"
    assert "Do listen." in mail.text
    assert "shallots" in mail.text or "shallots" in mail.html
    assert len(mail.episodes) == 2
    assert any("the edited text was kept" in line for line in history(house, f"draft:{post.id}"))


def test_an_empty_text_gives_a_field_of_an_edition_back(house: House, post: drafts.Draft) -> None:
    edition = draft(house, Kind.EDITION)
    ours = content(house, edition)
    review.edit(house, edition.id, {"preheader": "Mine."}, actor="eve", now=TUESDAY)
    assert content(house, edition) != ours
    review.edit(house, edition.id, {"preheader": ""}, actor="eve", now=TUESDAY)
    assert content(house, edition) == ours


@pytest.mark.parametrize("kind", [Kind.QUOTE_POST, Kind.EDITION])
def test_a_text_that_quotes_what_nobody_said_is_refused_and_nothing_changes(
    house: House, post: drafts.Draft, kind: Kind
) -> None:
    which = draft(house, kind)
    approve_now(house, which)
    before, planned = all_drafts(house), all_deliveries(house)
    field = "text" if kind is Kind.QUOTE_POST else "opener"
    with pytest.raises(FalseQuote, match="take the words as they were said"):
        review.edit(house, which.id, {field: "She says: “Never cook on a Monday morning.”"}, actor="eve", now=TUESDAY)
    assert (all_drafts(house), all_deliveries(house)) == (before, planned)


def test_a_quote_by_hand_is_taken_when_it_was_said(house: House, post: drafts.Draft) -> None:
    text = "“Stock is where the impatient go to be punished.” Do listen."
    assert review.edit(house, post.id, {"text": text}, actor="eve", now=TUESDAY).revision == 2


def test_a_post_that_is_too_long_is_refused_and_nothing_changes(house: House, post: drafts.Draft) -> None:
    before = all_drafts(house)
    with pytest.raises(Refused, match="501 of 500 characters"):
        review.edit(house, post.id, {"text": "x" * 501}, actor="eve", now=TUESDAY)
    with pytest.raises(Refused, match="without text"):
        review.edit(house, post.id, {"text": "  "}, actor="eve", now=TUESDAY)
    with pytest.raises(Refused, match="two fields"):
        review.edit(house, post.id, {"subject": "No."}, actor="eve", now=TUESDAY)
    assert all_drafts(house) == before


def test_an_edition_keeps_at_least_one_episode(house: House, post: drafts.Draft) -> None:
    edition = draft(house, Kind.EDITION)
    before = all_drafts(house)
    with pytest.raises(Refused, match="at least one episode"):
        review.edit(house, edition.id, {f"skip:{post.episode_id}": "not today"}, actor="eve", now=TUESDAY)
    with pytest.raises(Refused, match="no field 'sujbect'"):
        review.edit(house, edition.id, {"sujbect": "x"}, actor="eve", now=TUESDAY)
    assert all_drafts(house) == before


def _best(house: House, edition: drafts.Draft, episode: int) -> tuple[str, list[str]]:
    """The quote that stands with an episode of an edition, and its other candidates."""
    with house.store.read() as db:
        basis = drafts.revision(db, drafts.get(db, edition.id)).basis
    digest = next(each for each in decode(Edition, basis).digests if each.ref.episode == episode)
    return digest.quotes[0].text, [each.text for each in digest.quotes[1:]]


def test_an_editor_chooses_another_quote_for_an_episode_of_an_edition(house: House, post: drafts.Draft) -> None:
    edition, episode = draft(house, Kind.EDITION), post.episode_id
    assert episode is not None
    ours, others = _best(house, edition, episode)
    review.edit(house, edition.id, {f"quote:{episode}": others[0]}, actor="eve", now=TUESDAY)
    mail = content(house, edition)
    assert _best(house, edition, episode)[0] == others[0]
    assert others[0] in [each.text for each in mail.quotes]
    assert others[0] in " ".join(mail.text.split())
    with pytest.raises(Refused, match="no quote that was picked"):
        review.edit(house, edition.id, {f"quote:{episode}": "Nobody said this."}, actor="eve", now=TUESDAY)
    work(house, TUESDAY + MINUTE)
    assert _best(house, edition, episode)[0] == others[0], "a new pass keeps the choice"
    review.edit(house, edition.id, {f"quote:{episode}": ""}, actor="eve", now=TUESDAY)
    assert _best(house, edition, episode)[0] == ours


def test_an_editor_puts_an_episode_first_and_the_next_one_before_it(house: House, post: drafts.Draft) -> None:
    for each in (BENCH, LANES):
        lay(house, each)
        work(house)
    edition = draft(house, Kind.EDITION)
    order = [ref.episode for ref in content(house, edition).episodes]
    last, middle = order[-1], order[1]
    review.edit(house, edition.id, {f"place:{last}": "1"}, actor="eve", now=TUESDAY)
    assert content(house, edition).episodes[0].episode == last
    review.edit(house, edition.id, {f"place:{middle}": "1"}, actor="eve", now=TUESDAY)
    assert [ref.episode for ref in content(house, edition).episodes] == [middle, last, order[0]]
    for wrong in ("0", "first", "-1", "9999"):
        with pytest.raises(Refused, match="a number from 1"):
            review.edit(house, edition.id, {f"place:{last}": wrong}, actor="eve", now=TUESDAY)


def test_an_episode_that_an_editor_left_out_stays_out(house: House, post: drafts.Draft) -> None:
    lay(house, BENCH)
    work(house)
    edition = draft(house, Kind.EDITION)
    review.edit(house, edition.id, {f"skip:{post.episode_id}": "not today"}, actor="eve", now=TUESDAY)
    work(house, TUESDAY + MINUTE)
    assert [ref.episode for ref in content(house, edition).episodes] == [2]


def test_a_held_draft_waits_until_it_is_reopened(house: House, post: drafts.Draft) -> None:
    approve_now(house, post)
    review.hold(house, post.id, reason="the guest asked us to wait", actor="eve", now=TUESDAY)
    assert (_again(house, post).state, delivery(house, post).state) == (DraftState.HELD, DeliveryState.HELD)
    assert work(house).delivered.accepted == 0
    with pytest.raises(Refused, match="the guest asked us to wait"):
        approve_now(house, post)
    review.reopen(house, post.id, actor="eve", now=TUESDAY)
    approve_now(house, post)
    assert work(house).delivered.accepted == 1
    assert len(all_deliveries(house)) == 1


def test_a_rejected_post_gives_its_slot_to_the_next(house: House, post: drafts.Draft) -> None:
    review.approve(house, post.id, actor="eve", now=TUESDAY)
    review.reject(house, post.id, reason="no", actor="eve", now=TUESDAY)
    assert delivery(house, post).state is DeliveryState.CANCELLED
    lay(house, BENCH)
    work(house)
    assert review.approve(house, draft(house, Kind.QUOTE_POST, 1).id, actor="eve", now=TUESDAY).due_at == NOON
    assert work(house, NOON).delivered.accepted == 1


def test_a_rejected_post_can_be_taken_up_again(house: House, post: drafts.Draft) -> None:
    review.reject(house, post.id, reason="no", actor="eve", now=TUESDAY)
    review.reopen(house, post.id, actor="eve", now=TUESDAY)
    approve_now(house, post)
    assert work(house).delivered.accepted == 1


def test_a_draft_sent_back_for_changes_can_be_edited_and_approved(house: House, post: drafts.Draft) -> None:
    review.request_changes(house, post.id, reason="shorter, please", actor="eve", now=TUESDAY)
    review.edit(house, post.id, {"text": "Short."}, actor="ada", now=TUESDAY)
    assert approve_now(house, post).state is DraftState.SCHEDULED


def test_another_time_keeps_the_approval_and_frees_the_slot(house: House, post: drafts.Draft) -> None:
    approved = review.approve(house, post.id, actor="eve", now=TUESDAY)
    later = TUESDAY + 2 * DAY + 3 * HOUR
    moved = review.reschedule(house, post.id, due=later, actor="eve", now=TUESDAY)
    assert (moved.state, moved.due_at, moved.slot_id) == (DraftState.SCHEDULED, later, None)
    with house.store.read() as db:
        assert slots.get(db, approved.slot_id or 0).state is SlotState.OPEN
    assert work(house, later - MINUTE).delivered.accepted == 0
    assert work(house, later).delivered.accepted == 1
    assert len(all_deliveries(house)) == 1


def test_a_time_that_is_over_is_refused(house: House, post: drafts.Draft) -> None:
    with pytest.raises(Refused, match="lies in the past"):
        review.reschedule(house, post.id, due=TUESDAY - HOUR, actor="eve", now=TUESDAY)


@pytest.mark.parametrize(
    "step",
    [
        lambda house, number: review.edit(house, number, {"text": "Other."}, actor="eve", now=TUESDAY),
        lambda house, number: review.approve(house, number, actor="eve", now=TUESDAY),
        lambda house, number: review.hold(house, number, reason="no", actor="eve", now=TUESDAY),
        lambda house, number: review.reject(house, number, reason="no", actor="eve", now=TUESDAY),
        lambda house, number: review.reschedule(house, number, due=NOON, actor="eve", now=TUESDAY),
        lambda house, number: review.reopen(house, number, actor="eve", now=TUESDAY),
    ],
    ids=["edit", "approve", "hold", "reject", "reschedule", "reopen"],
)
def test_what_is_published_stays_as_it_is(
    house: House, post: drafts.Draft, step: Callable[[House, int], object]
) -> None:
    approve_now(house, post)
    work(house)
    before = all_drafts(house)
    with pytest.raises(Refused):
        step(house, post.id)
    assert all_drafts(house) == before
    assert len(sent(house)) == 1


def test_a_draft_that_is_not_there_is_refused(house: House) -> None:
    with pytest.raises(Refused, match="no draft 99"):
        review.approve(house, 99, actor="eve", now=TUESDAY)


def test_a_channel_that_approves_by_itself_waits_for_a_veto_first(house: House) -> None:
    house = with_config(house, lambda text: text + 'approval = "auto"\nveto = "24h"\n')
    lay(house, POT)
    work(house)
    post = draft(house, Kind.QUOTE_POST)
    assert work(house, TUESDAY + DAY - MINUTE).approved == 0
    assert work(house, TUESDAY + DAY).approved >= 1
    assert _again(house, post).state is DraftState.SCHEDULED
    assert draft(house, Kind.EDITION).state in (DraftState.DRAFT, DraftState.IN_REVIEW)


def test_a_veto_stops_what_would_approve_itself(house: House) -> None:
    house = with_config(house, lambda text: text + 'approval = "auto"\nveto = "24h"\n')
    lay(house, POT)
    work(house)
    post = draft(house, Kind.QUOTE_POST)
    review.hold(house, post.id, reason="veto", actor="eve", now=TUESDAY + HOUR)
    work(house, TUESDAY + 3 * DAY)
    assert _again(house, post).state is DraftState.HELD


def test_nothing_false_approves_itself(house: House) -> None:
    house = with_config(house, lambda text: text + 'approval = "auto"\nveto = "1h"\n')
    lay(house, POT)
    work(house)
    post = draft(house, Kind.QUOTE_POST)
    said = content(house, post)
    false = replace(said, text=said.text.replace("“", "“Never ever "))
    with house.store.write() as db:
        stored = drafts.get(db, post.id)
        drafts.revise(db, stored, payload=freeze(false), basis="", title="", actor="x", at=TUESDAY, note="by mistake")
    assert work(house, TUESDAY + 2 * HOUR).delivered.accepted == 0
    assert _again(house, post).state is DraftState.HELD


def test_what_is_approved_is_not_reopened_while_it_may_go_out(house: House) -> None:
    lay(house, POT)
    work(house)
    post = draft(house, Kind.QUOTE_POST)
    review.approve(house, post.id, actor="eve", now=TUESDAY)
    with pytest.raises(Refused, match="hold it first"):
        review.reopen(house, post.id, actor="eve", now=TUESDAY)
    review.hold(house, post.id, reason="wait", actor="eve", now=TUESDAY)
    assert review.reopen(house, post.id, actor="eve", now=TUESDAY).state is DraftState.IN_REVIEW
