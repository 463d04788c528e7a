"""Corrections: on every channel where a post ran, each in the way its platform knows, in the same ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import ClassVar

import pytest

from bot.correct import Corrected, Wish, correct
from bot.errors import FalseQuote, NotSent, Refused, Unknown
from bot.house import House
from bot.model.publication import Kind, Part, Post
from bot.model.states import Act, DeliveryState, DraftState
from bot.platforms.contract import Http, Outgoing, Receipt
from bot.platforms.facts import Facts
from bot.store import deliveries, drafts
from tests.work.desk import (
    DAY,
    HOUR,
    MINUTE,
    TUESDAY,
    Scripted,
    a_post,
    all_deliveries,
    all_drafts,
    approve_now,
    balance_kept,
    history,
    work,
)
from tests.work.test_pacing_of_channels import channels

FACTS = Facts(docs=(), read=date(2026, 11, 24), edit_within=timedelta(days=2), delete_within=timedelta(days=2))
POST = Post("May bakes bread.", None, "en", (), ())
NOTE = "The guest is called Mae."


@dataclass(frozen=True)
class Blank(Scripted):
    """A service that can do nothing of the kind."""

    done: list[str] = field(default_factory=list)
    facts: ClassVar[Facts] = FACTS


@dataclass(frozen=True)
class Editing(Blank):
    def edit(self, receipt: Receipt, outgoing: Outgoing, http: Http) -> Receipt:
        if self.script:
            raise self.script.pop(0)
        self.done.append(f"{receipt.remote_id[:6]} {outgoing.body.decode().partition(chr(10))[2]}")
        return receipt


@dataclass(frozen=True)
class Deleting(Blank):
    def delete(self, receipt: Receipt, http: Http) -> None:
        self.done.append(f"delete {receipt.remote_id}")


@dataclass(frozen=True)
class Answering(Blank):
    def follow(self, outgoing: Outgoing, http: Http, *, root: Receipt, parent: Receipt) -> Receipt:
        self.done.append(outgoing.body.decode().partition("\n")[2])
        return Receipt(f"id-{len(self.done)}")


@dataclass(frozen=True)
class Whole(Editing, Deleting, Answering):
    pass


def published(house: House, *names: str, post: Post = POST) -> int:
    from tests.work.test_slots_of_channels import episode

    of = episode(house, 9)
    made = [a_post(house, post, channel=name, key=name, episode=of) for name in names]
    for each in made:
        approve_now(house, each)
    assert work(house).delivered.accepted == len(names)
    return made[0].id


def ask(house: House, number: int, wish: Wish, *only: str) -> list[Corrected]:
    return correct(house, number, wish, only=only, actor="eve", now=TUESDAY + HOUR)


def test_a_post_is_corrected_wherever_it_ran_as_each_platform_can(house: House) -> None:
    edits, answers, nothing = Editing(), Answering(), Blank()
    house = channels(house, edits=edits, answers=answers, nothing=nothing)
    number = published(house, "edits", "answers", "nothing")
    done = {each.channel: each for each in ask(house, number, Wish(NOTE, was="May", becomes="Mae"))}
    assert {name: each.act for name, each in done.items()} == {
        "edits": Act.EDIT,
        "answers": Act.ANSWER,
        "nothing": None,
    }
    assert "do it by hand" in done["nothing"].said
    with balance_kept(house):
        assert work(house, TUESDAY + HOUR).delivered.accepted == 2
    assert edits.done == [f"remote Mae bakes bread.\n\nCorrection: {NOTE}"]
    assert answers.done[-1] == f"Correction: {NOTE}"
    assert work(house, TUESDAY + 2 * HOUR).delivered.accepted == 0


def test_a_correction_is_a_delivery_like_any_other(house: House) -> None:
    house = channels(house, edits=(service := Editing(script=[])))
    number = published(house, "edits")
    ask(house, number, Wish(NOTE))
    service.script.extend([NotSent("busy"), Unknown("no answer")])
    assert work(house, TUESDAY + HOUR).delivered.not_sent == 1
    assert work(house, TUESDAY + HOUR + MINUTE).delivered.unknown == 1
    assert work(house, TUESDAY + HOUR + 2 * MINUTE).delivered.accepted == 1, "an edit may always be made again"
    original, correction = all_deliveries(house)
    assert (correction.corrects, correction.act, correction.state) == (original.id, Act.EDIT, DeliveryState.ACCEPTED)
    assert any("corrected: edit" in line for line in history(house, f"delivery:{original.id}"))
    (draft,) = [each for each in all_drafts(house) if each.kind is Kind.CORRECTION]
    assert draft.state is DraftState.PUBLISHED
    with house.store.read() as db:
        approval = drafts.approval(db, draft)
    assert approval is not None
    assert approval.actor == "eve"


def test_a_post_is_taken_away_with_all_texts_of_its_thread(house: House) -> None:
    house = channels(house, whole=(service := Whole()))
    number = published(house, "whole", post=Post("one", None, "en", (), (), parts=(Part("two"),)))
    ask(house, number, Wish("The guest asked us to.", take_down=True))
    work(house, TUESDAY + HOUR)
    taken = [each for each in service.done if each.startswith("delete")]
    assert len(taken) == 2
    assert taken[-1].startswith("delete remote"), "the first text goes last"


def test_words_in_a_later_text_of_a_thread_are_corrected_there(house: House) -> None:
    house = channels(house, whole=(service := Whole()))
    number = published(house, "whole", post=Post("one", None, "en", (), (), parts=(Part("May said so"),)))
    ask(house, number, Wish(NOTE, was="May", becomes="Mae"))
    work(house, TUESDAY + HOUR)
    assert service.done[-1].startswith("id-1")
    assert "Mae said so" in service.done[-1]


def test_what_can_no_longer_be_edited_is_answered(house: House) -> None:
    house = channels(house, whole=Whole())
    number = published(house, "whole")
    (done,) = correct(house, number, Wish(NOTE), actor="eve", now=TUESDAY + 3 * DAY)
    assert done.act is Act.ANSWER
    with pytest.raises(Refused, match="only for 2 days"):
        correct(house, number, Wish(NOTE, take_down=True), actor="eve", now=TUESDAY + 3 * DAY)


def test_a_correction_quotes_as_truly_as_a_post(house: House) -> None:
    house = channels(house, edits=Editing())
    number = published(house, "edits")
    with pytest.raises(FalseQuote):
        ask(house, number, Wish("She said “I never bake anything but very old bread”."))
    assert len(all_deliveries(house)) == 1


def test_only_what_is_published_can_be_corrected_and_readers_hear_why(house: House) -> None:
    house = channels(house, edits=Editing(), nothing=Blank())
    waiting = a_post(house, POST, channel="edits")
    with pytest.raises(Refused, match="is not published"):
        ask(house, waiting.id, Wish(NOTE))
    number = published(house, "nothing")
    with pytest.raises(Refused, match="needs a note"):
        ask(house, number, Wish(" "))
    with pytest.raises(Refused, match="neither edit nor answer"):
        ask(house, number, Wish(NOTE))
    with house.store.read() as db:
        assert deliveries.corrections_of(db, 1) == []
