"""What is said of a delivery while an editor has its draft in hand: one waits for the other, neither for both."""

from __future__ import annotations

from bot import deliver
from bot.errors import NotSent, Unknown
from bot.house import House
from bot.model.publication import Kind
from bot.model.states import DeliveryState, RecipientState
from bot.store import deliveries, drafts
from tests.work.beside import Beside, Job
from tests.work.desk import HOUR, POT, TUESDAY, Scripted, approve_now, delivery, draft, lay, over, work
from tests.work.readers import PostOffice, an_edition, fine, passes, tally, with_readers


def beside(house: House, of: drafts.Draft, job: Job) -> None:
    """Do a job while an editor takes a draft, and what it sends after it, as whoever holds it does."""
    number = delivery(house, of).id
    with house.store.write() as db:
        drafts.get(db, of.id, keep_others_off=True)
        other = Beside(job)
        deliveries.get(db, number, keep_others_off=True)
    other.end()


def test_a_doubt_is_settled(house: House) -> None:
    lay(house, POT)
    work(house)
    house = over(house, Scripted(script=[Unknown("no answer came")]))
    post = draft(house, Kind.QUOTE_POST)
    approve_now(house, post)
    work(house)
    number = delivery(house, post).id
    beside(house, post, lambda: deliver.settle(house, number, there=True, actor="eve", now=TUESDAY + HOUR))
    assert delivery(house, post).state is DeliveryState.ACCEPTED


def test_a_mailing_in_doubt_is_settled(house: House) -> None:
    house = with_readers(house, PostOffice(script=[Unknown("no answer came")]), 3)
    edition = approve_now(house, an_edition(house))
    passes(house, 2)
    number = delivery(house, edition).id
    beside(house, edition, lambda: deliver.settle(house, number, there=True, actor="eve", now=TUESDAY + HOUR))
    assert tally(house, delivery(house, edition)) == {RecipientState.ACCEPTED: 3}


def test_a_mailing_is_cancelled(house: House) -> None:
    house = with_readers(house, PostOffice(script=[fine, NotSent("busy", retry_after=600)]), 12)
    edition = approve_now(house, an_edition(house))
    passes(house, 1)
    number = delivery(house, edition).id
    beside(house, edition, lambda: deliver.cancel_mailing(house, number, reason="over", actor="eve", now=TUESDAY))
    assert tally(house, delivery(house, edition)) == {RecipientState.ACCEPTED: 10, RecipientState.CANCELLED: 2}
