"""Sources and channels as they stand: read only, with what is wrong first and nothing secret."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.house import House
from bot.polling.standing import Condition
from bot.store import checkups, gates, sources
from bot.store.checkups import Checkup
from bot.store.gates import Gate
from tests.desk.visits import Visit
from tests.work.desk import DAY, HOUR, TUESDAY, with_config

FEEDS = """
[[sources]]
kind = "feed"
url = "https://user:geheim@feeds.example/private/abc?token=verborgen"

[[sources]]
kind = "feed"
url = "https://feeds.example/well.xml"

[[sources]]
kind = "feed"
url = "https://feeds.example/new.xml"
"""


@pytest.fixture
def visit(house: House) -> Visit:
    made = with_config(house, lambda text: text.replace("[newsletters.weekly]", f"{FEEDS}\n[newsletters.weekly]"))
    private, well, _ = made.config.feeds
    with made.store.write() as db:
        sources.keep(db, [private, well], TUESDAY)
        standings = {each.key: each for each in sources.listed(db)}
        sources.put(
            db,
            [
                replace(
                    standings[private],
                    title="Larder <script>",
                    condition=Condition.GONE,
                    reason="answered 410",
                    failures=3,
                ),
                replace(
                    standings[well],
                    title="The Well",
                    condition=Condition.OK,
                    succeeded_at=TUESDAY - HOUR,
                    next_at=TUESDAY + 2 * HOUR,
                ),
            ],
        )
    return Visit(made)


def test_each_feed_says_how_it_stands_with_the_faulty_first(visit: Visit) -> None:
    shown = visit.text("/sources")
    assert shown.index("Larder") < shown.index("The Well")
    assert "gone" in shown
    assert "not asked any more" in shown
    assert "3 failures in a row" in shown
    assert "1 h ago" in shown
    assert "in 2 h" in shown
    assert "new.xml" in shown, "what was never asked is named too"
    assert "<script>" not in shown.replace('<script src="/assets/desk.js" defer></script>', "")
    assert "inbox" in shown


def test_nothing_secret_of_an_address_is_shown(visit: Visit) -> None:
    shown = visit.text("/sources")
    assert "geheim" not in shown
    assert "verborgen" not in shown
    assert "feeds.example/private/abc" in shown


def test_a_channel_says_when_it_was_tried_what_ends_and_why_it_is_shut(visit: Visit) -> None:
    with visit.house.store.write() as db:
        checkups.keep(db, Checkup("posts", TUESDAY - HOUR, True, "The token was refused.", TUESDAY + 3 * DAY))
        gates.put(db, Gate("mail", 5, TUESDAY + timedelta(minutes=30), "5 attempts in a row failed"), at=TUESDAY)
    shown = visit.text("/channels")
    assert "The token was refused." in shown
    assert "Credential ends" in shown
    assert "in 3 days" in shown
    assert "Shut until" in shown
    assert "5 attempts in a row failed" in shown
    assert "weekly" in shown
    assert "12:00 (UTC)" in shown
    assert "Tue 24 Nov, 12:00" in shown, "the next free time"


def test_these_pages_have_no_form_but_the_way_out(visit: Visit) -> None:
    for path in ("/sources", "/channels", "/sources?page=99", "/sources?page=x"):
        assert visit.text(path).count("<form") == 2, "to sign out, and to close the list of keys"
