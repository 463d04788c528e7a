"""An edition that is going out, seen and stopped from the desk while its mails leave."""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import NotSent
from bot.house import House
from bot.model.editor import Role
from bot.model.states import DeliveryState, DraftState, RecipientState
from bot.platforms.letters import Letter, Outcome
from tests.desk.kit import Desk
from tests.work.desk import HOUR, TUESDAY, approve_now, delivery
from tests.work.readers import PostOffice, an_edition, fine, passes, tally, with_readers


def test_a_mailing_is_paused_while_its_mails_leave_and_goes_on_with_the_rest(house: House) -> None:
    house = with_readers(house, office := PostOffice(), 30)
    edition = approve_now(house, an_edition(house))
    desk = Desk(house)
    editor = desk.at(Role.EDITOR)

    def held_meanwhile(letters: Sequence[Letter]) -> Sequence[Outcome]:
        path = f"/deliveries/{delivery(house, edition).id}"
        assert "Pause it" in editor.text(path)
        assert "Send it to nobody else" not in editor.text(path), "not while requests are on their way"
        assert editor.send(f"/drafts/{edition.id}/hold", reason="a mistake?").status_code == 303
        assert "no further request leaves" in (page := editor.text(path))
        assert "Send it to nobody else" not in page, "nor before they have come to their end"
        assert "come to their end" in editor.text(f"/drafts/{edition.id}")
        return fine(letters)

    office.script.append(held_meanwhile)
    passes(house, 1)
    there = len(office.arrived)
    assert 0 < there < 30
    assert desk.state(edition.id) is DraftState.HELD
    passes(house, 1, begin=TUESDAY + HOUR)
    assert len(office.arrived) == there
    owner = desk.at()
    assert "Approved again, the rest follows" in owner.text(f"/deliveries/{delivery(house, edition).id}")
    owner.send(f"/drafts/{edition.id}/reopen")
    approve_now(house, edition, TUESDAY + 2 * HOUR)
    passes(house, 2, begin=TUESDAY + 2 * HOUR)
    assert tally(house, delivery(house, edition)) == {RecipientState.ACCEPTED: 30}
    assert len(set(office.arrived)) == len(office.arrived) == 30


def test_the_rest_of_a_mailing_is_cancelled_at_the_desk_with_a_reason_and_once(house: House) -> None:
    house = with_readers(house, PostOffice(script=[fine, NotSent("busy", retry_after=600)]), 30)
    edition = approve_now(house, an_edition(house))
    passes(house, 1)
    desk, path = Desk(house), f"/deliveries/{delivery(house, edition).id}"
    editor = desk.at(Role.EDITOR)
    assert editor.send(f"{path}/cancel", reason=" ").status_code == 400
    assert desk.at(Role.AUTHOR).send(f"{path}/cancel", reason="x").status_code == 403
    assert editor.send(f"{path}/cancel", reason="wrong link").status_code == 303
    assert editor.send(f"{path}/cancel", reason="again").status_code == 409
    passes(house, 2, begin=TUESDAY + HOUR)
    ended = delivery(house, edition)
    assert tally(house, ended) == {RecipientState.ACCEPTED: 10, RecipientState.CANCELLED: 20}
    assert ended.state is DeliveryState.ACCEPTED
    assert "wrong link" in editor.text(path)
    assert "Send it to nobody else" not in editor.text(path)
