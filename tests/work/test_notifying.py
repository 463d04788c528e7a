"""Editors are told outside the desk: each event once, nothing that holds no more, and never at a delivery's cost."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot import clock, notify, review
from bot.cli import setup
from bot.config import load
from bot.errors import ConfigError, NotSent, Unknown
from bot.house import House, channel_platforms, pager
from bot.model.publication import Kind
from bot.model.states import DeliveryState
from bot.store import editor_notices, events, flags
from bot.store.schema import editor_notices as rows
from tests.http.server import Fate, Server, serving
from tests.platforms.services import SECRET, Inbox
from tests.work.desk import (
    BENCH,
    DAY,
    HOUR,
    MINUTE,
    POT,
    TUESDAY,
    Scripted,
    draft,
    history,
    lay,
    over,
    with_config,
    work,
)
from tests.work.readers import PostOffice, with_readers

# The edition of Thursday is before the editors from its first moment on.
TEN = TUESDAY + 2 * HOUR
NOON = TUESDAY + 4 * HOUR
TABLE = """
[notices]
kind = "webhook"
url_env = "TEST_NOTICES_URL"
secret_env = "TEST_NOTICES_SECRET"

[web]
public = "https://desk.example"
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(Inbox()) as running:
        yield running


@pytest.fixture
def told(house: House, server: Server, monkeypatch: pytest.MonkeyPatch) -> House:
    """The same house, which tells a server of this machine; telling has begun."""
    monkeypatch.setenv("TEST_NOTICES_URL", f"{server.url}/hook")
    monkeypatch.setenv("TEST_NOTICES_SECRET", SECRET)
    found = with_config(house, lambda text: text + TABLE)
    work(found)
    return found


def lines(server: Server) -> list[str]:
    """Everything that was told, in order."""
    return [each["words"] for request in server.requests for each in json.loads(request.body)["data"]["notices"]]


def states(house: House) -> list[str]:
    with house.store.read() as db:
        return list(db.scalars(sa.select(rows.c.state).where(rows.c.what != "").order_by(rows.c.event_id)))


def test_drafts_that_are_ready_are_told_once_and_together(told: House, server: Server) -> None:
    lay(told, POT)
    lay(told, BENCH)
    work(told)
    assert len(server.requests) == 1
    body = json.loads(server.requests[0].body)
    assert all(line.startswith("Ready for review: ") for line in lines(server))
    assert len(lines(server)) == len(set(lines(server))) > 2
    post = draft(told, Kind.QUOTE_POST)
    assert f"https://desk.example/drafts/{post.id}" in [each["link"] for each in body["data"]["notices"]]
    for _ in range(3):
        work(told)
    assert len(server.requests) == 1


def test_what_happened_before_telling_began_is_not_told(
    house: House, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(house, POT)
    work(house)
    monkeypatch.setenv("TEST_NOTICES_URL", f"{server.url}/hook")
    monkeypatch.setenv("TEST_NOTICES_SECRET", SECRET)
    late = with_config(house, lambda text: text + TABLE)
    work(late)
    assert server.requests == []
    review.hold(late, draft(late, Kind.QUOTE_POST).id, reason="wait", actor="eve", now=TUESDAY)
    work(late)
    assert [line.partition(":")[0] for line in lines(server)] == ["Held by eve"]


def test_what_is_approved_already_waits_for_nobody(told: House, server: Server) -> None:
    lay(told, POT)
    clock.one_pass(told, clock=lambda: TUESDAY, polling=False)
    post = draft(told, Kind.QUOTE_POST)
    review.approve(told, post.id, actor="eve", now=TUESDAY)
    work(told)
    assert post.title not in " ".join(line for line in lines(server) if "quote" in line)
    assert lines(server), "the edition still waits"


def test_a_second_person_is_called_for(told: House, server: Server) -> None:
    strict = with_config(told, lambda text: text.replace('posts = ["quote"', 'approvers = 2\nposts = ["quote"'))
    lay(strict, POT)
    work(strict)
    review.approve(strict, draft(strict, Kind.QUOTE_POST).id, actor="ada", now=TUESDAY)
    work(strict)
    assert "1 of 2 (ada) approved it" in lines(server)[-1]


def test_a_doubt_is_told_with_its_page(told: House, server: Server) -> None:
    house = over(told, Scripted(script=[Unknown("no answer")]))
    lay(house, POT)
    work(house, TEN)
    review.approve(house, draft(house, Kind.QUOTE_POST).id, actor="eve", now=TEN)
    work(house, NOON)
    body = json.loads(server.requests[-1].body)
    assert body["data"]["title"] == "In doubt"
    assert body["data"]["notices"][0]["link"].startswith("https://desk.example/deliveries/")
    assert "no answer" in body["data"]["notices"][0]["words"]


def test_only_what_is_wanted_is_told(told: House, server: Server) -> None:
    quiet = with_config(told, lambda text: text.replace('kind = "webhook"', 'kind = "webhook"\nwhat = ["held"]'))
    lay(quiet, POT)
    work(quiet)
    assert server.requests == []
    review.hold(quiet, draft(quiet, Kind.QUOTE_POST).id, reason="wait", actor="eve", now=TUESDAY)
    work(quiet)
    assert len(lines(server)) == 1


@pytest.mark.parametrize("fate", [Fate.DROP_AFTER, Fate.ERROR_AFTER, Fate.GARBAGE, Fate.ERROR_BEFORE])
def test_a_lost_answer_is_never_asked_for_again(told: House, server: Server, fate: Fate) -> None:
    server.fates.append(fate)
    lay(told, POT)
    for passed in range(5):
        work(told, TEN + passed * HOUR)
    assert len(server.requests) == 1
    assert set(states(told)) == {DeliveryState.UNKNOWN}
    assert any(line.startswith("notice in doubt") for line in history(told, "house"))


def test_what_did_not_leave_is_tried_five_times_and_then_let_go(told: House, server: Server) -> None:
    server.fates.extend([Fate.SLOW_DOWN] * 20)
    lay(told, POT)
    for passed in range(48):
        work(told, TEN + passed * HOUR / 3)
    assert len(server.requests) == 5
    assert set(states(told)) == {DeliveryState.REJECTED}
    assert sum(line.startswith("notice not taken") for line in history(told, "house")) == 1


def test_a_refusal_is_final(told: House, server: Server) -> None:
    server.fates.append(Fate.REDIRECT)
    lay(told, POT)
    for _ in range(2):
        work(told)
    assert len(server.requests) == 1
    assert set(states(told)) == {DeliveryState.REJECTED}


def test_what_a_dead_worker_was_sending_is_not_sent_again(told: House, server: Server) -> None:
    lay(told, POT)
    clock.one_pass(told, clock=lambda: TEN, polling=False)
    told.store.together(lambda db: notify._take_up(told, db, TEN))
    with told.store.write() as db:
        (message,) = editor_notices.due(db, at=TEN)
        assert editor_notices.begin(db, message, at=TEN)
        assert not editor_notices.begin(db, message, at=TEN), "a second worker does not get it"
    work(told, TEN + MINUTE)
    assert set(states(told)) == {DeliveryState.SENDING}
    work(told, TEN + HOUR)
    assert set(states(told)) == {DeliveryState.UNKNOWN}
    assert server.requests == []


def test_old_news_is_not_told(told: House, server: Server) -> None:
    lay(told, POT)
    clock.one_pass(told, clock=lambda: TUESDAY, polling=False)
    notify.notify(told, lambda: TUESDAY + 2 * DAY)
    assert server.requests == []


def test_a_frozen_house_tells_nothing(told: House, server: Server) -> None:
    lay(told, POT)
    with told.store.write() as db:
        flags.freeze(db, reason="the news turned", actor="eve", at=TUESDAY)
    work(told)
    assert server.requests == []
    with told.store.write() as db:
        flags.thaw(db)
    work(told)
    assert len(server.requests) == 1


def test_nothing_leaves_this_machine_before_it_is_live(told: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_NOTICES_URL", "https://hooks.example.org/x")
    away = replace(told)
    assert away.pager is not None
    assert not away.may_tell
    lay(away, POT)
    work(away)
    assert states(away) == []
    assert replace(with_config(told, lambda text: "live = true\n" + text)).may_tell


def test_a_slow_receiver_is_left_alone(told: House, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "_PATIENCE", replace(notify._PATIENCE, total=0.3))
    server.fates.append(Fate.DRIP_HEAD)
    lay(told, POT)
    begun = time.monotonic()
    work(told)
    assert time.monotonic() - begun < 10
    assert set(states(told)) == {DeliveryState.UNKNOWN}


def test_the_mark_moves_with_a_long_history_and_tells_nothing_twice(told: House, server: Server) -> None:
    lay(told, POT)
    work(told)
    with told.store.write() as db:
        for number in range(4_200):
            events.note(db, at=TUESDAY, actor="eve", subject="house", what="x", detail=str(number))
    for _ in range(2):
        work(told)
    with told.store.read() as db:
        assert (flags.notices_from(db) or 0) > 2_000
    assert len(server.requests) == 1
    review.hold(told, draft(told, Kind.QUOTE_POST).id, reason="wait", actor="eve", now=TUESDAY)
    work(told, TUESDAY + timedelta(seconds=1))
    assert len(server.requests) == 2


def test_a_live_house_without_the_variable_does_not_start(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_NOTICES_URL", raising=False)
    quiet = with_config(house, lambda text: text + TABLE)
    assert pager(quiet.loaded) is None
    live = with_config(house, lambda text: "live = true\n" + text)
    with pytest.raises(ConfigError, match=r"\[notices\]: the environment variable TEST_NOTICES_URL is not set"):
        pager(live.loaded)


def test_many_workers_tell_once(told: House, server: Server) -> None:
    lay(told, POT)
    clock.one_pass(told, clock=lambda: TEN, polling=False)
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _: notify.notify(told, lambda: TEN), range(16)))
    assert sum(said) == len(server.requests) == 1
    assert set(states(told)) == {DeliveryState.ACCEPTED}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('kind = "webhook"', "a webhook is signed"),
        ('kind = "pigeon"', "'webhook', 'ntfy', 'slack' or 'mail'"),
        ('kind = "slack"\nwhat = ["everything"]', "'review', 'held', 'rejected' or 'unknown'"),
        ('kind = "slack"\nurl = "https://hooks.example/secret"', r"unknown setting 'url'; did you mean 'url_env'\?"),
        ("what = []", "'kind' is missing"),
    ],
)
def test_a_wrong_table_is_named_with_its_line(house: House, table: str, said: str) -> None:
    path = house.loaded.path
    path.write_text(f"{path.read_text()}\n[notices]\n{table}\n")
    with pytest.raises(ConfigError, match=rf"\[notices\].*{said}"):
        load(path)


def test_check_tells_where_editors_are_told(told: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def found() -> list[str]:
        return [each.said for each in setup._notices(told.loaded)]

    assert found() == ["on: webhook at 127.0.0.1: review, held, rejected, unknown"]
    monkeypatch.delenv("TEST_NOTICES_URL")
    assert found() == ["off: a variable that they need is not set; it must be before live = true"]


BY_MAIL = """
[notices]
kind = "mail"
channel = "mail"
sender = "The desk <desk@example.org>"
to = ["eve@example.org", "bob@example.org"]
"""


def through_a_service(text: str) -> str:
    before = '[channels.mail]\nplatform = "outbox"'
    assert before in text
    return text.replace(before, '[channels.mail]\nplatform = "resend"\ntoken_env = "TEST_TOKEN"') + BY_MAIL


def test_editors_are_told_by_mail_through_a_service_of_single_mails(house: House) -> None:
    office = PostOffice(script=[NotSent("busy")])
    told = with_readers(with_config(house, through_a_service), office, 0)
    work(told)
    lay(told, POT)
    work(told)
    assert office.arrived == []
    work(told, TUESDAY + 10 * MINUTE)
    assert office.arrived == ["eve@example.org", "bob@example.org"]
    assert set(states(told)) == {DeliveryState.ACCEPTED}
    assert "https://desk.example/drafts/" in office.bodies[-1].decode()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (BY_MAIL.replace('"mail"\ns', '"post"\ns'), "names the channel 'post', which no table defines"),
        (BY_MAIL.replace("to = [", "too = ["), "too"),
        (BY_MAIL.replace('to = ["eve@example.org", "bob@example.org"]', ""), "mails need channel"),
        (BY_MAIL.replace('"mail"\nc', '"slack"\nc'), "are for kind"),
        (BY_MAIL.replace("eve@example.org", "eve@example.org, x@example.org"), "notices"),
    ],
)
def test_what_mails_of_notices_lack_is_said(house: House, text: str, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        with_config(house, lambda before: before + text)


def test_a_channel_that_sends_no_single_mails_is_refused(house: House) -> None:
    with pytest.raises(ConfigError, match="'outbox' is no service of single mails"):
        channel_platforms(with_config(house, lambda before: before + BY_MAIL).loaded)
