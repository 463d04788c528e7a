"""Accounts are tried once a day, and people hear a week before a credential ends."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import ClassVar

import pytest

from bot.errors import NotSent, Rejected, Unsent
from bot.house import House
from bot.platforms.contract import Expiry, Http
from bot.platforms.facts import Facts, Sunset
from bot.platforms.memory import Forgetful
from bot.store.memories import ChannelMemory
from bot.watch import warnings, watch
from tests.work.desk import DAY, HOUR, TUESDAY, Scripted, history, over


@dataclass(frozen=True)
class Account(Scripted):
    """An account that is tried; each entry of `faults` is raised by one try."""

    tries: list[str] = field(default_factory=list)
    faults: list[Unsent] = field(default_factory=list)
    leaves_home: ClassVar[bool] = True

    def check(self, http: Http) -> str:
        self.tries.append("check")
        if self.faults:
            raise self.faults.pop(0)
        return "posts as us"


@dataclass(frozen=True)
class Ending(Account):
    ends: list[datetime] = field(default_factory=list)

    def expiry(self, http: Http) -> Expiry | None:
        return Expiry("the access token", self.ends[-1], "make a new one")


@dataclass(frozen=True)
class Renewing(Ending):
    def refresh(self, http: Http) -> None:
        self.tries.append("refresh")
        self.ends.append(self.ends[-1] + timedelta(days=60))


@dataclass(frozen=True)
class Old(Account):
    facts: ClassVar[Facts] = Facts(
        docs=(),
        read=date(2026, 11, 24),
        sunsets=(Sunset("version 202511 of the API", date(2026, 12, 31), "install a newer Pullquote"),),
    )


@dataclass(frozen=True)
class Mails(Account):
    """A service of single mails that says for which domains it signs."""

    domains: list[str] = field(default_factory=list)

    def vouched(self, http: Http) -> list[str]:
        return self.domains


def live(house: House, account: Scripted) -> House:
    house = over(house, account)
    return replace(house, loaded=replace(house.loaded, config=house.config.model_copy(update={"live": True})))


def test_an_account_is_tried_once_a_day_and_sooner_after_a_fault(house: House) -> None:
    account = Account(faults=[Rejected("the token was revoked", remedy="Make a new one.")])
    house = live(house, account)
    assert watch(house, lambda: TUESDAY) == 1
    assert [each.said for each in warnings(house, TUESDAY)] == ["the token was revoked Make a new one."]
    assert watch(house, lambda: TUESDAY + HOUR / 2) == 0
    assert watch(house, lambda: TUESDAY + HOUR) == 1
    assert warnings(house, TUESDAY + HOUR) == []
    assert watch(house, lambda: TUESDAY + 20 * HOUR) == 0
    assert watch(house, lambda: TUESDAY + HOUR + DAY) == 1
    told = [line.split(":")[0] for line in history(house, "channel:posts")]
    assert told == ["account at fault", "account in order again"]


def test_nothing_is_tried_while_the_house_is_not_live(house: House) -> None:
    account = Account()
    assert watch(over(house, account), lambda: TUESDAY) == 0
    assert account.tries == []


def test_people_hear_a_week_ahead_of_a_credential_that_ends(house: House) -> None:
    house = live(house, Ending(ends=[TUESDAY + 10 * DAY]))
    watch(house, lambda: TUESDAY)
    assert warnings(house, TUESDAY) == []
    (warned,) = warnings(house, TUESDAY + 3 * DAY)
    assert "its credential ends at 04 December 2026" in warned.said
    watch(house, lambda: TUESDAY + 4 * DAY)
    (warned,) = warnings(house, TUESDAY + 4 * DAY)
    assert "make a new one" in warned.said
    assert any(line.startswith("credential ends") for line in history(house, "channel:posts"))


def test_a_credential_that_can_be_renewed_is_renewed_in_its_last_week(house: House) -> None:
    account = Renewing(ends=[TUESDAY + 10 * DAY])
    house = live(house, account)
    watch(house, lambda: TUESDAY)
    assert account.tries == ["check"]
    watch(house, lambda: TUESDAY + 4 * DAY)
    assert account.tries == ["check", "refresh", "check"]
    assert warnings(house, TUESDAY + 4 * DAY) == []


def test_a_renewal_that_fails_is_told(house: House) -> None:
    @dataclass(frozen=True)
    class Failing(Renewing):
        def refresh(self, http: Http) -> None:
            raise NotSent("the service gave no answer")

    house = live(house, Failing(ends=[TUESDAY + DAY]))
    watch(house, lambda: TUESDAY)
    assert any("gave no answer" in each.said for each in warnings(house, TUESDAY))


def test_versions_that_end_are_data(house: House) -> None:
    house = live(house, Old())
    assert [each.said for each in warnings(house, TUESDAY)] == [
        "version 202511 of the API ends on 31 December 2026: install a newer Pullquote"
    ]
    assert warnings(house, TUESDAY - 30 * DAY) == []


@pytest.mark.parametrize("empty", ["", " ", "\n"])
def test_a_good_token_is_never_lost_to_an_empty_one(house: House, empty: str) -> None:
    for memory in (ChannelMemory(house.store, "posts"), Forgetful()):
        memory.keep("token", "good")
        with pytest.raises(ValueError, match="what is kept there stays"):
            memory.keep("token", empty)
        assert memory.recall("token") == "good"
        memory.keep("token", "better")
        assert memory.recall("token") == "better"


def test_each_channel_remembers_for_itself_and_shows_nothing_of_it(house: House) -> None:
    one, other = ChannelMemory(house.store, "one"), ChannelMemory(house.store, "other")
    one.keep("token", "s3cret")
    assert ChannelMemory(house.store, "one").recall("token") == "s3cret"
    assert other.recall("token") is None
    assert "s3cret" not in repr(one)


@pytest.mark.parametrize(("domain", "fault"), [("example.net", True), ("mail.example.org", False)])
def test_a_service_that_signs_for_another_domain_than_the_senders_is_a_fault(
    house: House, domain: str, fault: bool
) -> None:
    account = Mails(domains=[domain])
    channel = house.config.newsletters["weekly"].channel
    house = replace(live(house, account), channels={channel: account})
    assert watch(house, lambda: TUESDAY) == 1
    said = [each.said for each in warnings(house, TUESDAY)]
    assert [f"may send for {domain}; newsletter 'weekly' goes out as" in each for each in said] == [True] * fault
