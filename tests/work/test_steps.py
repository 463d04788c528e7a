"""Threads and media: each text and each upload is a step, done once, and a delivery goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import ClassVar

import pytest

from bot import deliver, review
from bot.errors import NotSent, Refused, Rejected, Unknown, Unsent
from bot.house import House
from bot.ledger import LEASE, Tier
from bot.model.publication import MediaKind, Medium, Part, Post
from bot.model.states import DeliveryState, DraftState, StepKind, StepState
from bot.platforms.contract import Http, Outgoing, Receipt, Uploaded
from bot.platforms.facts import Facts, MediaLimit
from bot.store import deliveries, drafts, media, steps
from tests.work.desk import HOUR, MINUTE, TUESDAY, Scripted, a_post, approve_now, delivery, over, work

PNG = b"a picture, or as good as one"
LIMITS = (MediaLimit(MediaKind.IMAGE, 4, 1_000_000, ("image/png",)),)


@dataclass(frozen=True)
class Studio(Scripted):
    """A service with threads and uploads that remembers all it was asked; `fails` come before one request each."""

    said: list[tuple[str, str]] = field(default_factory=list)
    fails: dict[str, list[Unsent]] = field(default_factory=dict)
    works_for: list[int] = field(default_factory=lambda: [0])
    arrived: set[str] = field(default_factory=set)

    facts: ClassVar[Facts] = Facts(
        docs=(), read=date(2026, 11, 24), media=LIMITS, together=4, lag=timedelta(), uploads_last=timedelta(hours=1)
    )

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        return self._post(outgoing, "publish")

    def follow(self, outgoing: Outgoing, http: Http, *, root: Receipt, parent: Receipt) -> Receipt:
        return self._post(outgoing, f"follow {root.remote_id} {parent.remote_id}")

    def upload(self, medium: Medium, content: bytes, http: Http) -> Uploaded:
        self._ask("upload", content.decode())
        return Uploaded(f"up-{len(self.said)}", ready=self.works_for[0] == 0)

    def uploaded(self, reference: str, http: Http) -> Uploaded:
        self._ask("uploaded", reference)
        self.works_for[0] -= 1
        return Uploaded(reference, ready=self.works_for[0] <= 0)

    def _post(self, outgoing: Outgoing, how: str) -> Receipt:
        text = outgoing.body.decode().splitlines()[-1]
        try:
            self._ask(how, f"{text} {sorted(outgoing.uploads.values())}")
        except Unknown:
            self.arrived.add(outgoing.key)
            raise
        return Receipt(f"id-{text}", f"https://example.org/{text}", memo=f"memo-{text}")

    def _ask(self, what: str, about: str) -> None:
        self.said.append((what, about))
        if script := self.fails.get(f"{what.split()[0]} {about.split()[0]}"):
            raise script.pop(0)


@dataclass(frozen=True)
class Asked(Studio):
    tier: Tier = Tier.FINDABLE

    def find(self, outgoing: Outgoing, http: Http) -> Receipt | None:
        text = outgoing.body.decode().splitlines()[-1]
        return Receipt(f"id-{text}") if outgoing.key in self.arrived else None


THREAD = Post("one", None, "en", (), (), parts=(Part("two"), Part("three")))


def picture(house: House) -> Medium:
    with house.store.write() as db:
        name = media.keep(db, PNG, mime="image/png", at=TUESDAY)
    return Medium(MediaKind.IMAGE, "image/png", name, len(PNG), "a picture")


def approved(house: House, post: Post) -> drafts.Draft:
    return approve_now(house, a_post(house, post))


def test_a_thread_goes_out_in_order_each_text_answering_the_one_before(house: House) -> None:
    service = Studio()
    house = over(house, service)
    draft = approved(house, THREAD)
    assert work(house).delivered.accepted == 1
    assert service.said == [
        ("publish", "one []"),
        ("follow id-one id-one", "two []"),
        ("follow id-one id-two", "three []"),
    ]
    kept = delivery(house, draft)
    assert (kept.state, kept.remote_id, kept.memo, kept.texts_out) == (DeliveryState.ACCEPTED, "id-one", "memo-one", 3)
    with house.store.read() as db:
        assert drafts.get(db, draft.id).state is DraftState.PUBLISHED
        assert {each.state for each in steps.of(db, kept.id)} == {StepState.DONE}
        assert len({each.key for each in steps.of(db, kept.id)}) == 3


def test_a_text_that_was_not_sent_is_tried_again_and_the_ones_before_it_are_not(house: House) -> None:
    service = Studio(fails={"follow two": [NotSent("busy"), NotSent("busy")]})
    house = over(house, service)
    draft = approved(house, THREAD)
    assert work(house).delivered.not_sent == 1
    assert delivery(house, draft).texts_out == 1
    work(house, TUESDAY + MINUTE)
    assert work(house, TUESDAY + HOUR).delivered.accepted == 1
    assert [what for what, about in service.said if about.startswith("one")] == ["publish"]
    assert [about for _, about in service.said][-2:] == ["two []", "three []"]


def test_a_text_in_doubt_is_looked_up_by_itself_and_the_thread_goes_on_behind_it(house: House) -> None:
    service = Asked(fails={"follow two": [Unknown("no answer")]})
    house = over(house, service)
    draft = approved(house, THREAD)
    assert work(house).delivered.unknown == 1
    assert work(house, TUESDAY + MINUTE).delivered.accepted == 1
    assert [about for _, about in service.said] == ["one []", "two []", "three []"]
    assert service.said[-1][0] == "follow id-one id-two"
    assert delivery(house, draft).state is DeliveryState.ACCEPTED


def test_a_thread_in_doubt_that_cannot_be_asked_goes_on_when_a_person_names_the_id(house: House) -> None:
    service = Studio(fails={"follow two": [Unknown("no answer")]})
    house = over(house, service)
    draft = approved(house, THREAD)
    work(house)
    number = delivery(house, draft).id
    with pytest.raises(Refused, match=r"own id of it \(id\)"):
        deliver.settle(house, number, there=True, actor="eve", now=TUESDAY)
    settled = deliver.settle(house, number, there=True, actor="eve", now=TUESDAY, remote_id="7")
    assert settled.state is DeliveryState.PLANNED
    assert work(house, TUESDAY + MINUTE).delivered.accepted == 1
    assert service.said[-1] == ("follow id-one 7", "three []")
    assert [about for _, about in service.said].count("two []") == 1


def test_a_thread_that_has_begun_gets_no_other_content_and_is_finished_late(house: House) -> None:
    service = Studio(fails={"follow two": [NotSent("busy")]})
    house = over(house, service)
    draft = approved(house, THREAD)
    work(house)
    for step in (review.reject, review.request_changes):
        with pytest.raises(Refused, match="1 texts are with the readers"):
            step(house, draft.id, reason="why", actor="eve", now=TUESDAY)
    assert work(house, TUESDAY + 30 * HOUR).delivered.accepted == 1


def test_a_thread_is_refused_where_there_are_none(house: House) -> None:
    house = over(house, Scripted())
    draft = a_post(house, THREAD)
    with pytest.raises(Refused, match="has no threads"):
        approve_now(house, draft)


def test_media_go_ahead_once_and_are_used_again_by_later_attempts(house: House) -> None:
    service = Studio(fails={"publish one": [NotSent("busy")]})
    house = over(house, service)
    draft = approved(house, replace(THREAD, parts=(), media=(picture(house),)))
    work(house)
    work(house, TUESDAY + MINUTE)
    assert service.said == [("upload", PNG.decode()), ("publish", "one ['up-1']"), ("publish", "one ['up-1']")]
    assert delivery(house, draft).state is DeliveryState.ACCEPTED


def test_an_upload_that_the_service_has_dropped_meanwhile_is_made_again(house: House) -> None:
    service = Studio(fails={"publish one": [NotSent("busy")]})
    house = over(house, service)
    approved(house, replace(THREAD, parts=(), media=(picture(house),)))
    work(house)
    work(house, TUESDAY + 2 * HOUR)
    assert service.said[-2:] == [("upload", PNG.decode()), ("publish", "one ['up-3']")]


def test_a_service_that_works_on_an_upload_is_asked_again_before_the_post_leaves(house: House) -> None:
    service = Studio(works_for=[2])
    house = over(house, service)
    draft = approved(house, replace(THREAD, parts=(), media=(picture(house),)))
    assert work(house).delivered.accepted == 0
    assert delivery(house, draft).state is DeliveryState.PLANNED
    work(house, TUESDAY + MINUTE)
    assert work(house, TUESDAY + 2 * MINUTE).delivered.accepted == 1
    assert [what for what, _ in service.said] == ["upload", "uploaded", "uploaded", "publish"]
    assert delivery(house, draft).attempts == 1


def test_an_upload_that_is_turned_away_rejects_the_post_before_it_leaves(house: House) -> None:
    service = Studio(fails={"upload a": [Rejected("no such pictures here", remedy="Take another.")]})
    house = over(house, service)
    draft = approved(house, replace(THREAD, parts=(), media=(picture(house),)))
    assert work(house).delivered.rejected == 1
    assert delivery(house, draft).reason == "no such pictures here Take another."
    assert [what for what, _ in service.said] == ["upload"]


@pytest.mark.parametrize("failure", [NotSent("busy"), Unknown("no answer")])
def test_an_upload_without_an_answer_is_simply_made_again(house: House, failure: Unsent) -> None:
    """It shows nothing to anybody, so there is no doubt about it even on a blind platform."""
    service = Studio(fails={"upload a": [failure]})
    house = over(house, service)
    approved(house, replace(THREAD, parts=(), media=(picture(house),)))
    assert work(house).delivered.not_sent == 1
    assert work(house, TUESDAY + HOUR).delivered.accepted == 1


def test_a_picture_that_is_not_what_was_approved_is_never_sent(house: House) -> None:
    service = Studio()
    house = over(house, service)
    from bot.store.schema import media as table

    draft = approved(house, replace(THREAD, parts=(), media=(picture(house),)))
    with house.store.write() as db:
        db.execute(table.update().values(content=b"another picture"))
    work(house)
    assert service.said == []
    assert "not what was approved" in delivery(house, draft).reason


def test_a_step_that_was_tampered_with_is_held(house: House) -> None:
    service = Studio()
    house = over(house, service)
    from bot.store.schema import steps as table

    draft = approved(house, THREAD)
    with house.store.write() as db:
        db.execute(table.update().where(table.c.number == 2).values(body=b"other words"))
    assert work(house).delivered.held == 1
    assert "no longer makes the bytes" in delivery(house, draft).reason
    assert service.said == []


def test_a_worker_that_died_between_two_texts_leaves_a_thread_that_goes_on(house: House) -> None:
    service = Studio()
    house = over(house, service)
    draft = approved(house, THREAD)
    _until(house, service, lambda said: said[0].startswith("follow"))
    assert work(house, TUESDAY + LEASE + MINUTE).delivered.accepted == 0, "a blind service: the second text is in doubt"
    held = delivery(house, draft)
    assert (held.state, held.texts_out) == (DeliveryState.UNKNOWN, 1)
    deliver.settle(house, held.id, there=False, actor="eve", now=TUESDAY)
    assert work(house, TUESDAY + LEASE + 2 * MINUTE).delivered.accepted == 1
    assert [about for _, about in service.said] == ["one []", "two []", "two []", "three []"]


def _until(house: House, service: Studio, stop: Callable[[tuple[str, str]], bool]) -> None:
    """Work until a request is under way, and die there."""

    class Death(BaseException):
        pass

    class Dying(list[tuple[str, str]]):
        def append(self, said: tuple[str, str]) -> None:
            super().append(said)
            if stop(said):
                raise Death

    object.__setattr__(service, "said", Dying(service.said))
    with pytest.raises(Death):
        work(house)
    object.__setattr__(service, "said", list(service.said))


def test_the_kinds_of_steps_are_laid_out_in_their_order(house: House) -> None:
    house = over(house, Studio())
    draft = approved(house, replace(THREAD, media=(picture(house),)))
    with house.store.read() as db:
        laid = steps.of(db, deliveries.of_draft(db, draft.id)[0].id)
    assert [each.kind for each in laid] == [StepKind.UPLOAD, StepKind.TEXT, StepKind.TEXT, StepKind.TEXT]
