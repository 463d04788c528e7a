"""Feeds that are followed: what is new is drafted once, what is doubtful is held, and a correction is seen in time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot import collect, review
from bot.collect import feeds
from bot.house import House
from bot.model.publication import Kind
from bot.model.states import DraftState
from bot.polling.standing import Condition, Standing
from bot.store import episodes, sources, supplements
from bot.store.sources import ItemState
from bot.store.supplements import SupplementState
from tests.http.server import Fate, Request, Said, Server
from tests.work.desk import DAY, HOUR, MINUTE, TUESDAY, all_drafts, approve_now, draft, history, sent, work
from tests.work.feeds import Entry, Web, episode, following, fresh, rss, web

VTT = (
    "WEBVTT\n\n00:00.000 --> 00:06.000\n<v Ann Lee>You cannot test a bridge by standing under it.\n\n"
    "00:06.000 --> 00:12.000\n<v Ann Lee>We measured every beam twice, and the second time we were afraid.\n"
)
PAST = [episode(number, TUESDAY - (10 - number) * 7 * DAY) for number in range(9, 0, -1)]


@pytest.fixture
def world() -> Iterator[tuple[Server, Web]]:
    with web({"/feed": rss("The Show", PAST)}) as running:
        yield running


def standing(house: House, path: str = "/feed") -> Standing:
    with house.store.read() as db:
        (found,) = [each for each in sources.listed(db) if each.key.endswith(path)]
    return found


def titles(house: House) -> list[str]:
    """The episodes that are announced, oldest first."""
    with house.store.read() as db:
        return [each.title for each in reversed(episodes.listed(db, limit=100)) if each.announced]


def test_a_new_feed_announces_its_newest_episode_and_remembers_the_rest(
    house: House, world: tuple[Server, Web]
) -> None:
    followed = following(house, world[0], "/feed")
    done = work(followed).collected
    assert (done.polled, done.new, done.known_only, done.unanswered) == (1, 1, 8, ())
    assert titles(house) == ["show 9"]
    assert standing(house).condition is Condition.OK


def test_both_of_two_new_episodes_are_announced_and_neither_twice(house: House, world: tuple[Server, Web]) -> None:
    followed = following(house, world[0], "/feed")
    work(followed)
    later = TUESDAY + DAY
    world[1].pages["/feed"] = rss("The Show", [episode(11, later), episode(10, later - HOUR), *PAST])
    assert work(followed, later + HOUR).collected.new == 2
    assert sorted(titles(house)) == ["show 10", "show 11", "show 9"]
    assert work(followed, later + 3 * DAY).collected.new == 0


def test_a_feed_that_is_unchanged_costs_one_conditional_request(house: House, world: tuple[Server, Web]) -> None:
    followed = following(house, world[0], "/feed")
    work(followed)
    assert work(followed, TUESDAY + 26 * HOUR).collected.polled == 1
    assert "if-none-match" not in world[0].requests[-1].headers  # once a day in full
    collected = feeds.poll(followed, lambda: TUESDAY + 27 * HOUR, only=[standing(house).key])
    assert (collected.polled, collected.new, collected.revised) == (1, 0, 0)
    assert "if-none-match" in world[0].requests[-1].headers
    assert (standing(house).condition, standing(house).reason) == (Condition.NOT_MODIFIED, "304")


def test_it_is_not_asked_before_it_is_due(house: House, world: tuple[Server, Web]) -> None:
    followed = following(house, world[0], "/feed")
    work(followed)
    assert work(followed, TUESDAY + MINUTE).collected.polled == 0
    assert len(world[0].requests) == 1


def test_a_feed_that_renames_all_its_items_announces_nothing(house: House, world: tuple[Server, Web]) -> None:
    followed = following(house, world[0], "/feed")
    work(followed)
    world[1].pages["/feed"] = rss("The Show", [replace(each, guid=f"new:{each.guid}") for each in PAST])
    done = work(followed, TUESDAY + 2 * DAY).collected
    assert (done.new, done.renamed) == (0, 9)
    (subject,) = {f"source:{standing(house).key}"}
    assert "none is announced again" in history(house, subject)[0]


def test_what_is_held_is_announced_when_a_person_releases_it(house: House, world: tuple[Server, Web]) -> None:
    followed = following(house, world[0], "/feed")
    work(followed)
    strangers = [episode(100 + number, TUESDAY - number * HOUR, show="other") for number in range(20)]
    world[1].pages["/feed"] = rss("The Show", strangers)
    done = work(followed, TUESDAY + 2 * DAY).collected
    assert (done.new, done.held) == (0, 20)
    with house.store.write() as db:
        waiting = sources.held(db)
        sources.settle_held(db, [waiting[0].id], ItemState.ANNOUNCED)
    work(followed, TUESDAY + 2 * DAY + MINUTE)
    assert titles(house) == ["show 9", waiting[0].title]
    with house.store.read() as db:
        assert len(sources.held(db)) == 19


def test_one_broken_feed_concerns_no_other(house: House, world: tuple[Server, Web]) -> None:
    world[1].pages |= {
        "/page": b"<!doctype html><html><body>Welcome</body></html>",
        "/empty": lambda _: Said(200, b""),
        "/bomb": b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaa">]><rss><channel></channel></rss>',
    }
    followed = following(house, world[0], "/page", "/empty", "/missing", "/bomb", "/feed")
    done = work(followed).collected
    assert (done.polled, done.new, len(done.unanswered)) == (5, 1, 4)
    for path in ("/page", "/empty", "/missing", "/bomb"):
        assert standing(house, path).condition is Condition.FAILING
        assert standing(house, path).reason
        assert standing(house, path).next_at > TUESDAY


@pytest.mark.parametrize("fate", [Fate.DROP_AFTER, Fate.CUT, Fate.GARBAGE, Fate.ERROR_AFTER, Fate.HTML])
def test_after_any_failure_nothing_is_lost(house: House, world: tuple[Server, Web], fate: Fate) -> None:
    followed = following(house, world[0], "/feed")
    work(followed)
    world[1].pages["/feed"] = rss("The Show", [episode(10, TUESDAY + DAY), *PAST])
    world[0].fates.append(fate)
    assert work(followed, TUESDAY + 2 * DAY).collected.new == 0
    assert standing(house).condition is Condition.FAILING
    assert work(followed, TUESDAY + 4 * DAY).collected.new == 1


def test_a_feed_without_items_for_once_forgets_nothing(house: House, world: tuple[Server, Web]) -> None:
    followed = following(house, world[0], "/feed")
    work(followed)
    world[1].pages["/feed"] = rss("The Show", [])
    assert "no items any more" in work(followed, TUESDAY + 2 * DAY).collected.unanswered[0]
    world[1].pages["/feed"] = rss("The Show", PAST)
    done = work(followed, TUESDAY + 5 * DAY).collected
    assert (done.new, done.known_only) == (0, 0)


def test_an_edited_item_revises_its_episode_and_its_drafts(house: House, world: tuple[Server, Web]) -> None:
    followed = following(house, world[0], "/feed")
    work(followed)
    corrected = replace(PAST[0], text="We were wrong about the ninth matter, and here we say so.")
    world[1].pages["/feed"] = rss("The Show", [corrected, *PAST[1:]])
    done = work(followed, TUESDAY + 30 * HOUR)
    assert (done.collected.new, done.collected.revised) == (0, 1)
    assert work(followed, TUESDAY + 4 * DAY).collected.revised == 0


def spoken(world: tuple[Server, Web], path: str = "/9.vtt", kind: str = "text/vtt") -> Entry:
    return replace(PAST[0], more=f'<podcast:transcript url="{world[0].url}{path}" type="{kind}"/>')


def test_an_episode_is_quoted_from_the_transcript_that_its_feed_points_to(
    house: House, world: tuple[Server, Web]
) -> None:
    world[1].pages |= {"/feed": rss("The Show", [spoken(world), *PAST[1:]]), "/9.vtt": VTT.encode()}
    done = work(following(house, world[0], "/feed"))
    assert (done.collected.new, done.collected.supplied, done.prepared.episodes) == (1, 1, 1)
    assert any(each.kind is Kind.QUOTE_POST for each in all_drafts(house))


def test_an_episode_waits_for_its_transcript_and_is_completed_when_it_comes(
    house: House, world: tuple[Server, Web]
) -> None:
    world[1].pages["/feed"] = rss("The Show", [spoken(world), *PAST[1:]])
    followed = following(house, world[0], "/feed", transcript_wait='"6h"')
    assert work(followed).prepared.episodes == 0
    assert work(followed, TUESDAY + HOUR).prepared.episodes == 0
    world[1].pages["/9.vtt"] = VTT.encode()
    done = work(followed, TUESDAY + 2 * HOUR)
    assert (done.collected.supplied, done.prepared.episodes) == (1, 1)


def test_when_its_time_is_over_it_is_drafted_without_and_upgraded_later(
    house: House, world: tuple[Server, Web]
) -> None:
    world[1].pages["/feed"] = rss("The Show", [spoken(world), *PAST[1:]])
    followed = following(house, world[0], "/feed", transcript_wait='"6h"')
    work(followed)
    assert work(followed, TUESDAY + 7 * HOUR).prepared.episodes == 1
    assert not any(each.kind is Kind.QUOTE_POST for each in all_drafts(house))
    world[1].pages["/9.vtt"] = VTT.encode()
    assert work(followed, TUESDAY + 20 * HOUR).collected.revised == 1
    assert any(each.kind is Kind.QUOTE_POST for each in all_drafts(house))


def test_a_transcript_that_never_comes_is_given_up_with_its_reason(house: House, world: tuple[Server, Web]) -> None:
    world[1].pages["/feed"] = rss("The Show", [spoken(world), *PAST[1:]])
    followed = following(house, world[0], "/feed")
    for day in range(10):
        work(followed, TUESDAY + day * DAY)
    with house.store.read() as db:
        (found,) = [each for each in supplements.of_episode(db, 1) if each.url.endswith(".vtt")]
    assert found.state is SupplementState.GIVEN_UP
    assert "404" in found.message


def test_a_correction_of_the_last_minute_holds_what_was_approved_and_shows_the_difference(
    house: House, world: tuple[Server, Web]
) -> None:
    world[1].pages |= {"/feed": rss("The Show", [spoken(world), *PAST[1:]]), "/9.vtt": VTT.encode()}
    followed = following(house, world[0], "/feed")
    work(followed)
    post = draft(house, Kind.QUOTE_POST)
    review.approve(followed, post.id, actor="eve", now=TUESDAY)
    noon = TUESDAY + 4 * HOUR + MINUTE
    world[1].pages["/9.vtt"] = VTT.replace("cannot test", "can test").replace("second time", "third time").encode()
    work(followed, noon)
    held = draft(house, Kind.QUOTE_POST)
    assert held.state is DraftState.HELD
    assert "changed since this was approved" in held.held_reason
    assert "third time" in held.held_reason or "can test" in held.held_reason
    assert sent(house) == []


def test_what_the_show_took_back_is_held(house: House, world: tuple[Server, Web]) -> None:
    feed = [episode(10, TUESDAY - HOUR), spoken(world), *PAST[1:]]
    world[1].pages |= {"/feed": rss("The Show", feed), "/9.vtt": VTT.encode()}
    followed = following(house, world[0], "/feed", newest="2")
    work(followed)
    post = draft(house, Kind.QUOTE_POST)
    approve_now(followed, post, TUESDAY + 3 * HOUR)
    world[1].pages["/feed"] = rss("The Show", [feed[0], *PAST[1:]])
    assert work(followed, TUESDAY + 3 * HOUR).collected.withdrawn == 1
    assert "out of its feed" in draft(house, Kind.QUOTE_POST).held_reason


def test_nothing_is_asked_again_for_what_is_not_due(house: House, world: tuple[Server, Web]) -> None:
    followed = following(house, world[0], "/feed")
    work(followed)
    asked = len(world[0].requests)
    collect.look_again(followed, lambda: TUESDAY + MINUTE)
    assert len(world[0].requests) == asked


def test_a_source_that_does_not_answer_stops_nothing_that_was_approved(house: House, world: tuple[Server, Web]) -> None:
    world[1].pages |= {"/feed": rss("The Show", [spoken(world), *PAST[1:]]), "/9.vtt": VTT.encode()}
    followed = following(house, world[0], "/feed")
    work(followed)
    review.approve(followed, draft(house, Kind.QUOTE_POST).id, actor="eve", now=TUESDAY)
    world[1].pages.clear()
    work(followed, TUESDAY + 4 * HOUR + MINUTE)
    assert len(sent(house)) == 1


def test_an_episode_that_came_as_a_document_is_joined_by_its_feed(house: House, world: tuple[Server, Web]) -> None:
    told = f"show 9\n{PAST[0].text}\nSummary\nA summary that no feed has."
    page = f"{told}\nTranscript\n[0:00] Ann Lee: Words that were said.\n"
    (house.loaded.home / "inbox" / "nine.txt").write_text(page, encoding="utf-8")
    work(house, TUESDAY - HOUR)
    followed = following(house, world[0], "/feed")
    done = work(followed)
    assert (done.collected.new, done.collected.revised) == (0, 1)
    with house.store.read() as db:
        ref = episodes.newest(db, 1)
        assert ref is not None
        joined = episodes.load(db, ref)
    assert joined.audio is not None
    assert joined.summary == "A summary that no feed has."
    assert joined.transcript is not None


def test_two_hosts_are_not_slowed_by_each_other(house: House, world: tuple[Server, Web]) -> None:
    """A host that asks to be left alone is left alone with all its feeds, and only it."""

    def busy(_: Request) -> Said:
        return Said(429, b"", {"Retry-After": "7200"})

    with web({"/a": busy, "/b": busy}) as (other, _):
        house = following(house, world[0], "/feed")
        path = house.loaded.path
        text = path.read_text(encoding="utf-8")
        hosts = ", ".join(f'"{each.url.removeprefix("http://")}"' for each in (world[0], other))
        port = other.url.rpartition(":")[2]
        tables = "".join(
            f'\n[[sources]]\nkind = "feed"\nurl = "http://localhost:{port}{each}"\n' for each in ("/a", "/b")
        )
        path.write_text(
            text.replace(
                f'allow = ["{world[0].url.removeprefix("http://")}"]', f'allow = [{hosts}, "localhost:{port}"]'
            )
            + tables,
            encoding="utf-8",
        )
        both = following(house, world[0])
        done = work(both).collected
        assert (done.polled, done.new) == (3, 1)
        assert len(other.requests) == 1
        for each in ("/a", "/b"):
            assert standing(house, each).condition is Condition.SLOW
            assert standing(house, each).next_at >= TUESDAY + 2 * HOUR


def test_a_feed_that_stalls_does_not_hold_up_its_neighbours_on_the_same_host(
    house: House, world: tuple[Server, Web], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "_STALLS", 0.1)
    reached = threading.Event()
    waited: list[bool] = []

    def stalling(_: Request) -> Said:
        waited.append(reached.wait(20))
        return Said(503, b"")

    def neighbour(request: Request) -> Said:
        reached.set()
        return fresh(request, rss("The Show", PAST))

    world[1].pages |= {"/a": stalling, "/b": neighbour, "/c": neighbour}
    done = work(following(house, world[0], "/a", "/b", "/c")).collected
    assert waited == [True]
    assert (done.polled, len(done.unanswered)) == (3, 1)
    assert standing(house, "/c").condition is Condition.OK


def test_a_person_may_ask_a_feed_that_is_gone(house: House, world: tuple[Server, Web]) -> None:
    followed = following(house, world[0], "/feed")
    feed = world[1].pages["/feed"]
    world[1].pages["/feed"] = lambda _: Said(410)
    work(followed)
    assert standing(house).condition is Condition.GONE
    assert work(followed, TUESDAY + timedelta(days=300)).collected.polled == 0
    world[1].pages["/feed"] = feed
    assert feeds.poll(followed, lambda: TUESDAY + DAY, only=[standing(house).key]).new == 1


def test_what_is_not_about_the_episode_is_left_out_of_its_notes(house: House, world: tuple[Server, Web]) -> None:
    about = "Ann Lee talks about bridges that sing in the wind, and about the one that fell."
    paragraphs = [
        about,
        "This episode is brought to you by Acme. Use code SHOW for 20% off.",
        "Hosted on Acast. See acast.com/privacy",
    ]
    html = "".join(f"<p>{each}</p>" for each in paragraphs)
    world[1].pages["/feed"] = rss("The Show", [replace(PAST[0], text=html), *PAST[1:]])
    work(following(house, world[0], "/feed"))
    with house.store.read() as db:
        ref = episodes.newest(db, 1)
        assert ref is not None
        assert episodes.load(db, ref).blurb == about


def blurb(house: House, number: int) -> str:
    with house.store.read() as db:
        ref = episodes.newest(db, number)
        assert ref is not None
        return episodes.load(db, ref).blurb


def test_what_a_show_says_every_week_is_learned_once_and_left_out_from_then_on(
    house: House, world: tuple[Server, Web]
) -> None:
    refrain = "The Long Span is a weekly talk about large structures and the people who trust them."
    past = [replace(each, text=f"{each.text}\n\n{refrain}") for each in PAST]
    world[1].pages["/feed"] = rss("The Show", past)
    followed = following(house, world[0], "/feed")
    work(followed)
    assert blurb(house, 1) == PAST[0].text
    new = episode(10, TUESDAY + DAY)
    # Taken out of the document alone, beside eight items that are known.
    world[1].pages["/feed"] = rss("The Show", [replace(new, text=f"{new.text}\n\n{refrain}"), *past])
    assert work(followed, TUESDAY + 2 * DAY).collected.new == 1
    assert blurb(house, 2) == new.text
