"""An edition is tried on oneself: the same bytes, marked, and it counts nowhere."""

from __future__ import annotations

import pytest

from bot import deliver
from bot.addresses import read_address
from bot.errors import Refused, Unknown
from bot.house import House
from bot.model.subscriber import Length
from bot.store import deliveries
from tests.work.desk import TUESDAY, all_deliveries, history
from tests.work.readers import PostOffice, an_edition, with_readers
from tests.work.test_choices import MAIL as OF_SIX

ME = read_address("me@example.org")


def test_a_trial_is_the_edition_itself_and_no_reader_gets_it(house: House) -> None:
    house = with_readers(house, office := PostOffice(), 3)
    edition = an_edition(house)
    said = deliver.send_trial(house, edition.id, ME, actor="eve", clock=lambda: TUESDAY)
    assert "Sent to me@example.org: revision 1" in said
    assert office.arrived == ["me@example.org"]
    assert b"You get it every Thursday" in office.bodies[0]
    assert b"https://desk.example/leave/trial" in office.bodies[0]
    assert all_deliveries(house) == []
    with house.store.read() as db:
        assert not any(deliveries.tally(db).values())
    assert any("sent as a trial" in each for each in history(house, f"draft:{edition.id}"))


def test_a_trial_is_sent_at_the_length_that_is_asked_for(house: House) -> None:
    house = with_readers(house, office := PostOffice(), 0)
    edition = an_edition(house, mail=OF_SIX)
    deliver.send_trial(house, edition.id, ME, actor="eve", clock=lambda: TUESDAY, length=Length.BRIEF)
    assert b"THE HEADLINES" in office.bodies[0]
    old = an_edition(house, 2)
    with pytest.raises(Refused, match="no brief version"):
        deliver.send_trial(house, old.id, ME, actor="eve", clock=lambda: TUESDAY, length=Length.BRIEF)


def test_what_came_of_it_is_told_as_it_is(house: House) -> None:
    house = with_readers(house, PostOffice(script=[Unknown("no answer")]), 0)
    edition = an_edition(house)
    with pytest.raises(Unknown, match="no answer"):
        deliver.send_trial(house, edition.id, ME, actor="eve", clock=lambda: TUESDAY)
    assert any("no answer" in each for each in history(house, f"draft:{edition.id}"))


def test_nothing_is_tried_while_everything_is_frozen(house: House) -> None:
    house = with_readers(house, office := PostOffice(), 0)
    edition = an_edition(house)
    (house.data / "FREEZE").touch()
    with pytest.raises(Refused, match="frozen"):
        deliver.send_trial(house, edition.id, ME, actor="eve", clock=lambda: TUESDAY)
    assert office.arrived == []


def test_a_channel_that_mails_nobody_says_so(house: House) -> None:
    edition = an_edition(house)
    with pytest.raises(Refused, match="channel of single mails"):
        deliver.send_trial(house, edition.id, ME, actor="eve", clock=lambda: TUESDAY)
