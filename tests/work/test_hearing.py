"""What services tell later of the mails: it is believed once, and only where it proves itself."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pytest

from bot import hear, subscribe, watch
from bot.barring import read_barred
from bot.desk.app import application
from bot.errors import Refused
from bot.house import House
from bot.model.address import Address
from bot.model.states import Fate
from bot.model.subscriber import Standing, Why
from bot.platforms.telling import Forged, Happening, Told
from bot.store import receipts, subscribers
from tests.work.desk import DAY, HOUR, TUESDAY, approve_now
from tests.work.readers import PostOffice, an_edition, passes, with_readers

LATER = TUESDAY + HOUR
ADDRESS = "reader00000@example.org"


@dataclass(frozen=True)
class Telling(PostOffice):
    """A service that tells what it was given to tell, under the right word."""

    def events(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Sequence[Told]:
        if headers.get("x-word") != "right":
            raise Forged("wrong word")
        return [Told(at=now, **{**each, "happening": Happening(each["happening"])}) for each in json.loads(body)]


@pytest.fixture
def told(house: House) -> House:
    house = with_readers(house, Telling(), 2)
    approve_now(house, an_edition(house))
    passes(house, 2)
    return house


def tell(house: House, *events: Mapping[str, str]) -> int:
    return hear.hear(house, "mail", {"x-word": "right"}, json.dumps(events).encode(), LATER)


def first(house: House) -> receipts.Recipient:
    with house.store.read() as db:
        return next(receipts.listed(db, 1))


def event(house: House, happening: Happening, number: int = 1) -> dict[str, str]:
    return {
        "event": f"e{number}",
        "happening": happening,
        "address": ADDRESS,
        "letter": f"{_key(house)}-s{first(house).subscriber_id}",
    }


def _key(house: House) -> str:
    from bot.store import deliveries

    with house.store.read() as db:
        return deliveries.get(db, 1).key


def standing(house: House) -> Standing:
    with house.store.read() as db:
        found = subscribers.of(db, Address(ADDRESS), "weekly")
    assert found is not None
    return found.standing


def barred(house: House, newsletter: str = "another") -> Why | None:
    with house.store.read() as db:
        found = subscribers.suppressed(db, Address(ADDRESS).hash, newsletter)
    return found.why if found is not None else None


def test_what_arrived_is_noted_and_told_twice_changes_nothing(told: House) -> None:
    assert tell(told, event(told, Happening.DELIVERED)) == 1
    assert tell(told, event(told, Happening.DELIVERED)) == 0
    assert first(told).fate is Fate.DELIVERED


@pytest.mark.parametrize(
    ("happening", "why", "fate"),
    [
        (Happening.BOUNCED, Why.BOUNCED, Fate.BOUNCED),
        (Happening.COMPLAINED, Why.COMPLAINED, Fate.COMPLAINED),
    ],
)
def test_a_dead_address_and_a_complaint_end_all_mail_for_good(
    told: House, happening: Happening, why: Why, fate: Fate
) -> None:
    tell(told, event(told, happening))
    assert first(told).fate is fate
    assert standing(told) is Standing.ENDED
    assert barred(told) is why
    with told.store.read() as db:
        assert subscribers.suppressed_number(db) == 1, "one address, barred by this newsletter and by all"
    tell(told, event(told, Happening.DELIVERED, 2))
    assert first(told).fate is fate, "what comes late undoes nothing"


@pytest.mark.parametrize("body", [b"[1]", b"[{}]", b"7", b"[" * 100_000], ids=["number", "empty", "none", "deep"])
def test_what_proves_itself_and_is_no_event_is_refused_as_nonsense(told: House, body: bytes) -> None:
    answer = (
        application(told, now=lambda: LATER).test_client().post("/told/mail", data=body, headers={"x-word": "right"})
    )
    assert answer.status_code == 400
    assert "cannot be read" in answer.text


def test_a_full_mailbox_ends_it_only_after_some_in_a_row(told: House) -> None:
    for number in range(4):
        tell(told, event(told, Happening.DEFERRED, number))
    assert standing(told) is Standing.ACTIVE
    tell(told, event(told, Happening.DELIVERED, 10))
    for number in range(20, 24):
        tell(told, event(told, Happening.DEFERRED, number))
    assert standing(told) is Standing.ACTIVE, "one that arrived forgives"
    tell(told, event(told, Happening.DEFERRED, 30))
    assert standing(told) is Standing.ENDED


def test_an_unsubscription_at_the_service_counts_for_this_newsletter(told: House) -> None:
    tell(told, event(told, Happening.UNSUBSCRIBED))
    assert standing(told) is Standing.ENDED
    assert barred(told, "weekly") is Why.UNSUBSCRIBED
    assert barred(told) is None


def test_a_mail_is_known_by_the_services_own_id_too(told: House) -> None:
    by_id = {"event": "e", "happening": Happening.BOUNCED, "address": ADDRESS, "remote_id": first(told).remote_id}
    tell(told, by_id)
    assert first(told).fate is Fate.BOUNCED


def test_an_event_about_nobody_we_know_still_keeps_the_address_from_being_mailed(told: House) -> None:
    tell(told, {"event": "e", "happening": Happening.COMPLAINED, "address": "Stranger@example.org", "letter": "no-s1"})
    with told.store.read() as db:
        assert subscribers.suppressed(db, Address("stranger@example.org").hash, "weekly") is not None


def test_what_does_not_prove_itself_changes_nothing(told: House) -> None:
    client = application(told, now=lambda: LATER).test_client()
    body = json.dumps([event(told, Happening.COMPLAINED)])
    assert client.post("/told/mail", data=body).status_code == 401
    assert client.post("/told/mail", data=body, headers={"X-Word": "wrong"}).status_code == 401
    assert client.post("/told/posts", data=body).status_code == 404
    assert client.post("/told/mail", data="{", headers={"X-Word": "right"}).status_code == 400
    assert standing(told) is Standing.ACTIVE
    assert client.post("/told/mail", data=body, headers={"X-Word": "right"}).status_code == 200
    assert standing(told) is Standing.ENDED


def test_what_was_told_long_ago_is_not_remembered_for_ever(told: House) -> None:
    tell(told, event(told, Happening.DELIVERED))
    watch.watch(told, lambda: LATER + 59 * DAY)
    assert tell(told, event(told, Happening.DELIVERED)) == 0
    watch.watch(told, lambda: LATER + 61 * DAY)
    assert tell(told, event(told, Happening.DELIVERED)) == 1


def test_a_service_that_tells_nothing_is_not_listened_to(house: House) -> None:
    with pytest.raises(Refused):
        hear.hear(house, "mail", {}, b"", LATER)


def test_the_ledger_still_balances(told: House) -> None:
    tell(told, event(told, Happening.COMPLAINED))
    with told.store.read() as db:
        assert sum(receipts.tally(db, 1).values()) == 2
        assert receipts.fates(db, 1) == {Fate.COMPLAINED: 1}


def test_a_list_of_another_service_ends_what_is_here_and_leaves_fingerprints_only(told: House) -> None:
    export = b"email,reason\nreader00000@example.org,Unsubscribed\nstranger@example.org,bounce\n,\nnobody,x\n"
    for added in (2, 0):
        report = subscribe.take_over(
            told, read_barred(io.BytesIO(export), why=Why.BY_HAND), LATER, source="imported from a.csv"
        )
        assert (report.added, report.known, len(report.faults)) == (added, 2 - added, 1)
    assert standing(told) is Standing.ENDED
    assert barred(told) is Why.UNSUBSCRIBED
    with told.store.read() as db:
        kept = list(subscribers.all_suppressions(db))
    assert {each.address_hash for each in kept if not each.newsletter} == {
        Address("reader00000@example.org").hash,
        Address("stranger@example.org").hash,
    }
    assert "@" not in str(kept)
    rehearsed = subscribe.take_over(
        told, read_barred(io.BytesIO(b"new@example.org\n"), why=Why.BY_HAND), LATER, source="", rehearse=True
    )
    assert rehearsed.added == 1
    with told.store.read() as db:
        assert len(list(subscribers.all_suppressions(db))) == len(kept)


def test_what_a_server_said_is_kept_without_the_address_in_it(told: House) -> None:
    said = {**event(told, Happening.BOUNCED), "reason": f"550 5.1.1 <{ADDRESS}>: user unknown"}
    tell(told, said)
    with told.store.read() as db:
        found = subscribers.suppressed(db, Address(ADDRESS).hash, "weekly")
        recipient = next(receipts.listed(db, 1))
    assert found is not None
    assert found.detail == recipient.reason == "550 5.1.1 <…>: user unknown"
