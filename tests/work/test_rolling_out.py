"""An edition over a window, and under a warm-up: evenly, never faster than planned, and told plainly."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import deliver, review
from bot.cli.mailings import mailings
from bot.config import load
from bot.errors import ConfigError, NotSent, Rejected
from bot.house import House, channel_platforms
from bot.model.states import DeliveryState, RecipientState
from bot.model.subscriber import Why
from bot.platforms.letters import Letter, Outcome
from bot.store import subscribers
from tests.work.desk import DAY, HOUR, TUESDAY, approve_now, delivery
from tests.work.readers import AskedOffice, PostOffice, an_edition, join, passes, tally, with_readers

ACCEPTED, PENDING = RecipientState.ACCEPTED, RecipientState.PENDING
MINUTE = timedelta(minutes=1)


def spreading(house: House, office: PostOffice, number: int) -> House:
    """So many readers, and three hours for an edition from Tuesday's time on."""
    return _set(with_readers(house, office, number), "[newsletters.weekly]", 'spread = "3h"')


def warming(house: House, office: PostOffice, number: int, days: str = "[25, 40]") -> House:
    """So many readers, and so many mails on each day from Tuesday on."""
    setting = f"warm_up = {days}\nwarm_up_from = {TUESDAY.date()}"
    return _set(with_readers(house, office, number), "[channels.mail]", setting)


def _set(house: House, table: str, setting: str) -> House:
    path = house.loaded.path
    path.write_text(path.read_text(encoding="utf-8").replace(table, f"{table}\n{setting}"), encoding="utf-8")
    return replace(house, loaded=load(path))


def sent_at(house: House, office: PostOffice, minutes: Sequence[int]) -> list[int]:
    """How many mails have left after a pass at each of these minutes after Tuesday's time."""
    found = []
    for each in minutes:
        passes(house, 1, begin=TUESDAY + each * MINUTE)
        found.append(len(office.arrived))
    return found


def test_an_edition_is_spread_evenly_over_its_window(house: House) -> None:
    house = spreading(house, office := PostOffice(), 60)
    edition = approve_now(house, an_edition(house))
    # One request of ten in each half of an hour.
    assert sent_at(house, office, [0, 1, 29, 30, 60, 90, 119, 120, 150]) == [10, 10, 10, 20, 30, 40, 40, 50, 60]
    assert delivery(house, edition).state is DeliveryState.ACCEPTED


def test_after_a_downtime_an_edition_goes_on_at_the_pace_that_was_planned(house: House) -> None:
    house = spreading(house, office := PostOffice(), 60)
    approve_now(house, an_edition(house))
    sent_at(house, office, [0])
    # Down for five hours: two and a half editions would have been due.
    assert sent_at(house, office, [300, 301, 329, 330, 360, 390, 420]) == [20, 20, 20, 30, 40, 50, 60]


def test_a_freeze_and_a_pause_within_the_window_are_no_reason_to_hurry_either(house: House) -> None:
    house = spreading(house, office := PostOffice(), 60)
    edition = approve_now(house, an_edition(house))
    sent_at(house, office, [0])
    (house.data / "FREEZE").touch()
    assert sent_at(house, office, [30, 60]) == [10, 10]
    (house.data / "FREEZE").unlink()
    assert sent_at(house, office, [90, 91]) == [20, 20]
    review.hold(house, edition.id, reason="a mistake?", actor="eve", now=TUESDAY + 2 * HOUR)
    assert sent_at(house, office, [120, 240]) == [20, 20]
    review.reopen(house, edition.id, actor="eve", now=TUESDAY + 5 * HOUR)
    approve_now(house, edition, TUESDAY + 5 * HOUR)
    assert sent_at(house, office, [300, 301, 330]) == [30, 30, 40]
    deliver.cancel_mailing(house, delivery(house, edition).id, reason="enough", actor="eve", now=TUESDAY + 6 * HOUR)
    assert sent_at(house, office, [360, 600]) == [40, 40]
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 40, RecipientState.CANCELLED: 20}


@pytest.mark.parametrize("kind", [PostOffice, AskedOffice])
def test_a_warm_up_lets_so_many_mails_leave_a_day_and_says_when_the_rest_follows(
    house: House, kind: Callable[[], PostOffice]
) -> None:
    house = warming(house, office := kind(), 90)
    edition = approve_now(house, an_edition(house))
    passes(house, 3)
    assert len(office.arrived) == 25
    waits = delivery(house, edition)
    assert waits.reason == f"waits for warm-up until {TUESDAY + DAY:%Y-%m-%d %H:%M} UTC"
    assert tally(house, waits) == {ACCEPTED: 25, PENDING: 65}
    passes(house, 3, begin=TUESDAY + DAY)
    assert len(office.arrived) == 65
    passes(house, 1, begin=TUESDAY + 2 * DAY)
    assert len(set(office.arrived)) == len(office.arrived) == 90


def test_after_a_downtime_a_warm_up_lets_no_more_leave_than_on_any_day(house: House) -> None:
    house = warming(house, office := PostOffice(), 90, days="[25, 25, 25, 25, 25]")
    approve_now(house, an_edition(house))
    passes(house, 1)
    passes(house, 2, begin=TUESDAY + 3 * DAY)
    assert len(office.arrived) == 50


def test_two_editions_share_the_warm_up_of_a_channel_and_what_was_refused_costs_nothing(house: House) -> None:
    def refuses(letters: Sequence[Letter]) -> Sequence[Outcome]:
        return [Rejected("No such address.", remedy="Mend it.") for _ in letters]

    house = warming(house, office := PostOffice(script=[refuses, NotSent("busy", retry_after=60)]), 20)
    approve_now(house, an_edition(house))
    passes(house, 2)
    assert len(office.arrived) == 10
    approve_now(house, an_edition(house, 2, due=TUESDAY + 2 * HOUR), TUESDAY + 2 * HOUR)
    passes(house, 2, begin=TUESDAY + 2 * HOUR)
    assert len(office.arrived) == 25


def test_who_confirmed_last_goes_first_while_a_channel_warms_up(house: House) -> None:
    house = warming(house, office := PostOffice(), 30)
    with house.store.write() as db:
        for number in (3, 17):
            found = subscribers.by_token(db, f"reader{number:05}x-secret")
            assert found is not None
            subscribers.end(db, found, Why.UNSUBSCRIBED, at=TUESDAY)
            subscribers.release(db, found.address_hash)
            join(db, found.address, at=TUESDAY + number * MINUTE)
    approve_now(house, an_edition(house), TUESDAY + HOUR)
    passes(house, 1, begin=TUESDAY + HOUR)
    first = {f"reader{number:05}@example.org" for number in (3, 17)}
    assert first < set(office.arrived[:10])


def test_the_balance_says_what_an_edition_waits_for_and_who_got_which_bytes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = house.loaded.path.read_text(encoding="utf-8")
    warm = warming(house, office := PostOffice(), 60)
    approve_now(warm, an_edition(warm))
    passes(warm, 1)
    house.loaded.path.write_text(plain, encoding="utf-8")
    monkeypatch.setenv("PULLQUOTE_DATABASE_URL", house.store.url.render_as_string(hide_password=False))

    def asked(*arguments: str) -> str:
        return CliRunner().invoke(mailings, [*arguments], catch_exceptions=False).output

    (balance,) = json.loads(asked("--config", str(house.loaded.path), "--json"))
    assert balance["waits"] == f"waits for warm-up until {TUESDAY + DAY:%Y-%m-%d %H:%M} UTC"
    assert balance["readers"] == {**dict.fromkeys(RecipientState, 0), ACCEPTED: 25, PENDING: 35}
    rows = list(csv.DictReader(asked("readers", "1", "--config", str(house.loaded.path)).splitlines()))
    assert len(rows) == 60
    accepted = [each for each in rows if each["state"] == "accepted"]
    hashes = {hashlib.sha256(each).hexdigest() for each in office.bodies}
    assert {each["sha256"] for each in accepted} == hashes
    assert all(each["service_id"] and each["left_at"] == TUESDAY.isoformat() for each in accepted)
    assert all(not (each["sha256"] or each["left_at"]) for each in rows if each["state"] == "pending")
    lines = asked("readers", "1", "--format", "jsonl", "--state", "accepted", "--config", str(house.loaded.path))
    assert [json.loads(line) for line in lines.splitlines()] == accepted


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ('[newsletters.weekly]\nspread = "2d"', "spread"),
        ("[channels.mail]\nwarm_up = [50]", "belong together"),
        ("[channels.mail]\nwarm_up = [0]\nwarm_up_from = 2026-12-01", "warm_up"),
        ("[channels.mail]\nwarm_up = [50]\nwarm_up_from = 2026-12-01", "no service of single mails"),
        ('[newsletters.weekly]\nspread = "2h"', "leave 'spread' out"),
    ],
)
def test_a_window_and_a_warm_up_are_refused_where_they_can_do_nothing(
    house: House, tmp_path: Path, setting: str, says: str
) -> None:
    table = setting.split("\n")[0]
    path = tmp_path / "other.toml"
    path.write_text(house.loaded.path.read_text(encoding="utf-8").replace(table, setting), encoding="utf-8")
    with pytest.raises(ConfigError, match=says):
        channel_platforms(load(path))
