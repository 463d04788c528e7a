"""An edition to our own list through a real mail server, one that breaks off in the middle."""

from __future__ import annotations

from collections import Counter

from bot.house import House
from bot.model.states import DeliveryState, RecipientState
from bot.platforms.smtp import Smtp
from tests.relay.server import Fault, Server, Service, serving
from tests.work.desk import approve_now, delivery, with_config
from tests.work.readers import an_edition, fresh, passes, tally, with_readers

ACCEPTED, REJECTED, UNKNOWN = RecipientState.ACCEPTED, RecipientState.REJECTED, RecipientState.UNKNOWN


def through(house: House, server: Server, readers: int) -> House:
    live = with_config(house, _live)
    return with_readers(live, Smtp(host="127.0.0.1", port=server.port, tls="none"), readers)  # type: ignore[arg-type]


def test_a_connection_that_breaks_leaves_one_reader_in_doubt_and_the_others_get_it_once(house: House) -> None:
    with serving(Service(unknown={"reader00020@example.org"})) as server:
        server.at_command("END", *["250 Ok"] * 6, Fault.DROP)
        house = through(house, server, 45)
        edition = approve_now(house, an_edition(house))
        passes(house, 4)
        arrived = Counter(each.to for each in server.service.mails)
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 43, REJECTED: 1, UNKNOWN: 1}
    assert set(arrived.values()) == {1}
    assert len(arrived) == 44
    ended = fresh(house, delivery(house, edition))
    assert ended.state is DeliveryState.UNKNOWN
    assert "1 unknown" in ended.reason


def test_a_greylisted_reader_gets_it_at_a_later_pass_and_nobody_gets_it_twice(house: House) -> None:
    with serving(Service()) as server:
        server.at_command("RCPT", "250 Ok", *["450 4.7.1 Greylisted"] * 3)
        house = through(house, server, 5)
        edition = approve_now(house, an_edition(house))
        passes(house, 4)
        arrived = Counter(each.to for each in server.service.mails)
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 5}
    assert arrived == Counter(f"reader{each:05}@example.org" for each in range(5))


def test_a_server_that_is_not_there_is_tried_again_and_nobody_is_in_doubt(house: House) -> None:
    with serving(Service()) as server:
        port = server.port
    house = through(house, Server(Service(), port=port), 3)
    edition = approve_now(house, an_edition(house))
    passes(house, 2)
    waiting = fresh(house, delivery(house, edition))
    assert waiting.state is DeliveryState.PLANNED
    assert tally(house, waiting) == {RecipientState.PENDING: 3}


def test_a_sender_who_is_refused_holds_the_mailing_before_everybody_is_rejected(house: House) -> None:
    with serving(Service()) as server:
        server.at_command("MAIL", *["553 5.7.1 Sender not owned by user"] * 200)
        house = through(house, server, 45)
        edition = approve_now(house, an_edition(house))
        passes(house, 6)
    held = fresh(house, delivery(house, edition))
    assert held.state is DeliveryState.HELD
    assert "553 5.7.1 Sender not owned by user" in held.reason
    assert tally(house, held).get(REJECTED, 0) <= 8
    assert server.service.mails == []


def _live(text: str) -> str:
    """The configuration of the tests let out; its sender is an example's, which the gate would block."""
    return "live = true\n" + text.replace("[newsletters.weekly]", '[newsletters.weekly]\npreflight = "warn"')
