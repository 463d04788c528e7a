from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
import respx
from jinja2 import Environment

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.http import Door
from bot.model.places import Place
from bot.model.publication import Mail
from bot.model.secret import Secret
from bot.platforms.composing import compose
from bot.platforms.contract import Outgoing
from bot.platforms.kit import Kit
from tests.http.server import Fate, Said, serving
from tests.platforms.conftest import QUICK
from tests.platforms.engine import ahead
from tests.platforms.kit import KEY as TOKEN
from tests.platforms.kit import SENDER, Creator, fault
from tests.platforms.mails import KEY, MAIL, SAID, quoting
from tests.platforms.services import AT, said

API = "https://api.kit.com/v4"
NOW = datetime(2026, 8, 20, 10, 5, 30, tzinfo=UTC)
CONTENT = (
    '<!doctype html>\n<html lang="en"><head><style>@media print{ #e1{color:red}}</style></head><body>\n'
    '<!--[if mso]><table role="presentation"><tr><td><![endif]--><p>A deadline is a promise. ☕</p>\n'
    "<p>You get this every Thursday.</p>\n"
    '<a href="{{ unsubscribe_url }}">Preferences</a> <a href="{{ unsubscribe_url }}">Unsubscribe</a>\n'
    "</body></html>\n"
)
APPROVED = {
    "allow_starting_point": True,
    "content": CONTENT,
    "description": KEY,
    "email_address": SENDER,
    "email_template_id": 35,
    "preview_text": "What Ada says of them",
    "public": False,
    "published_at": "2026-08-20T10:00:00+00:00",
    "subject": "Deadlines, and “three” more",
}


@pytest.fixture
def punctual() -> Iterator[Door]:
    with Door(QUICK, clock=lambda: NOW) as opened:
        yield opened


def account(**settings: Any) -> Kit:
    return Kit(**{"key": Secret("KIT_KEY", TOKEN), "template": 35, **settings})


def outgoing(platform: Kit, mail: Mail = MAIL) -> Outgoing:
    (piece,) = compose(platform, mail, key=KEY, at=AT).pieces
    return Outgoing(piece.key, piece.body)


@respx.mock
def test_the_exact_requests_of_an_edition(punctual: Door) -> None:
    kept = {"id": 92, "publication_id": 83, "status": "draft", "email_address": "Desk@example.org", "send_at": None}
    pagination = {"has_next_page": False, "end_cursor": "WzFd"}
    listed = respx.get(f"{API}/broadcasts").respond(json={"broadcasts": [], "pagination": pagination})
    made = respx.post(f"{API}/broadcasts").respond(201, json={"broadcast": kept})
    asked = respx.get(f"{API}/broadcasts/92").respond(json={"broadcast": kept})
    sent = respx.put(f"{API}/broadcasts/92").respond(json={"broadcast": {**kept, "status": "scheduled"}})
    platform = account()
    receipt = platform.publish(ahead(platform, outgoing(platform), punctual), punctual)

    assert (receipt.remote_id, receipt.answer) == ("92", "status scheduled")
    assert receipt.permalink == "https://app.kit.com/publications/83/reports/overview"
    (request,) = (each.request for each in listed.calls)
    assert str(request.url).partition("?")[2] == "slim=true&per_page=500"
    assert request.headers["x-kit-api-key"] == TOKEN
    assert "authorization" not in request.headers
    (request,) = (each.request for each in made.calls)
    assert json.loads(request.content) == {**APPROVED, "send_at": None}
    assert asked.call_count == 1
    (request,) = (each.request for each in sent.calls)
    assert json.loads(request.content) == {**APPROVED, "send_at": "2026-08-20T10:07:30Z"}


def test_words_of_a_transcript_are_no_tags_and_arrive_word_for_word() -> None:
    content = json.loads(outgoing(account(), quoting(SAID)).body)["content"]
    language = Environment(autoescape=False, keep_trailing_newline=True)  # noqa: S701 (its output goes nowhere)
    shown = language.from_string(content).render(unsubscribe_url="https://kit.example/u/1")
    assert f'<p title="{SAID}">{SAID}</p>' in unescape(shown)
    assert '<a href="https://kit.example/u/1">Unsubscribe</a>' in shown
    assert str(Place.UNSUBSCRIBE) not in shown


@pytest.mark.parametrize("tag", ["{{ subscriber.first_name }}", "{% if x %}", "{{"])
@pytest.mark.parametrize("part", ["subject", "preheader"])
def test_a_tag_where_it_cannot_be_escaped_is_refused_with_its_place(part: str, tag: str) -> None:
    with pytest.raises(Refused, match=f"the {part}"):
        outgoing(account(), replace(MAIL, **{part: f"On {tag} and more"}))


def test_an_edition_without_a_way_out_or_a_sender_is_refused() -> None:
    with pytest.raises(Refused, match="no link to unsubscribe"):
        outgoing(account(), replace(MAIL, html="<p>Hello</p>"))
    with pytest.raises(Refused, match="no sender"):
        outgoing(account(), replace(MAIL, sender="The Desk"))


def test_settings_choose_readers_and_the_public_pages() -> None:
    made = json.loads(outgoing(account(segments=(18,), tags=(4, 5), archive=True)).body)
    chosen = [{"type": "segment", "ids": [18]}, {"type": "tag", "ids": [4, 5]}]
    assert made["subscriber_filter"] == [{"all": None, "any": chosen, "none": None}]
    assert made["public"] is True
    with pytest.raises(ConfigError):
        account(server="http://api.kit.com")


def test_a_draft_is_made_once_however_often_it_is_prepared(door: Door) -> None:
    service = Creator()
    with serving(service) as server:
        platform = account(server=server.url)
        first = platform.prepare(outgoing(platform), door)
        for _ in range(5):
            service.create({**json.loads(outgoing(platform).body), "description": "another"})
        assert platform.prepare(outgoing(platform), door) == first
        assert platform.prepared(first.reference, door) == first
        assert any("after=2" in each.path for each in server.requests)
    assert len(service.broadcasts) == 6


@pytest.mark.parametrize("fate", [Fate.DROP_AFTER, Fate.ERROR_AFTER, Fate.SILENCE_AFTER, Fate.SLOW_DOWN])
def test_after_a_draft_that_got_no_answer_the_lists_are_given_time_to_show_it(door: Door, fate: Fate) -> None:
    service = Creator()
    with serving(service) as server:
        server.at = "POST /v4/broadcasts"
        server.fates.append(fate)
        platform = account(server=server.url)
        with pytest.raises(NotSent) as caught:
            platform.prepare(outgoing(platform), door)
        assert caught.value.retry_after == 300
        platform.prepare(outgoing(platform), door)
    assert len(service.broadcasts) == 1


def test_of_two_drafts_the_one_that_goes_out_counts_and_else_the_older(door: Door) -> None:
    service = Creator(page=10)
    with serving(service) as server:
        platform = account(server=server.url)
        for _ in range(12):
            service.create(json.loads(outgoing(platform).body))
        service.broadcasts[0]["id"], service.broadcasts[-1]["id"] = 99, 100
        assert platform.prepare(outgoing(platform), door).reference == "92"
        service.broadcasts[-1]["status"] = "completed"
        found = platform.find(outgoing(platform), door)
    assert found is not None
    assert found.remote_id == "100"


def test_a_sender_that_kit_puts_another_in_the_place_of_is_told_before_anything_is_sent(door: Door) -> None:
    with respx.mock:
        none = {"broadcasts": [], "pagination": {"has_next_page": False}}
        respx.get(f"{API}/broadcasts").respond(json=none)
        kept = {"id": 92, "status": "draft", "email_address": "someone@kit.example"}
        respx.post(f"{API}/broadcasts").respond(201, json={"broadcast": kept})
        with pytest.raises(Rejected, match=r"someone@kit\.example") as caught:
            account().prepare(outgoing(account()), door)
    assert SENDER in caught.value.remedy
    service = Creator(senders=())
    with serving(service) as server:
        platform = account(server=server.url)
        with pytest.raises(Rejected, match="not a confirmed address"):
            platform.prepare(outgoing(platform), door)


def test_what_somebody_changed_in_the_draft_does_not_go_out(door: Door) -> None:
    service = Creator()
    with serving(service) as server:
        platform = account(server=server.url)
        sent = ahead(platform, outgoing(platform), door)
        service.broadcasts[0].update(subject="Buy now", content="<p>Buy</p>")
        platform.publish(sent, door)
    assert [(each["subject"], each["content"]) for each in service.sent] == [(MAIL.subject, CONTENT)]


def test_an_edition_that_goes_out_already_is_not_sent_again(door: Door) -> None:
    service = Creator()
    with serving(service) as server:
        platform = account(server=server.url, archive=True)
        sent = ahead(platform, outgoing(platform), door)
        first = platform.publish(sent, door)
        assert first.permalink == "https://desk.kit.com/posts/deadlines"
        service.broadcasts[0]["status"] = "sending"
        assert platform.publish(sent, door).answer == "status sending"
        again = ahead(platform, outgoing(platform), door)
        assert platform.publish(again, door).remote_id == first.remote_id
    assert len(service.sent) == 1


@pytest.mark.parametrize("status", ["draft", "scheduled", "sending", "completed"])
def test_the_broadcast_itself_says_whether_it_goes_out(door: Door, status: str) -> None:
    service = Creator()
    with serving(service) as server:
        platform = account(server=server.url)
        sent = ahead(platform, outgoing(platform), door)
        service.broadcasts[0]["status"] = status
        for each in (sent, replace(sent, prepared="")):
            assert (platform.find(each, door) is None) == (status == "draft")


def test_what_says_neither_waits_for_a_person(door: Door) -> None:
    service = Creator()
    with serving(service) as server:
        platform = account(server=server.url)
        sent = ahead(platform, outgoing(platform), door)
        service.broadcasts[0]["status"] = "aborted"
        with pytest.raises(NotSent, match="aborted"):
            platform.find(sent, door)
        with pytest.raises(Rejected, match="aborted"):
            platform.publish(sent, door)
        service.broadcasts[0].update(status="draft", send_at="2026-08-20T10:07:30Z")
        with pytest.raises(NotSent, match="draft"):
            platform.find(sent, door)
        service.broadcasts.clear()
        with pytest.raises(NotSent, match="Somebody deleted the draft"):
            platform.find(sent, door)
        with pytest.raises(Rejected, match="404"):
            platform.publish(sent, door)
    assert service.sent == []


def test_a_time_that_kit_did_not_take_is_told_and_not_tried_for_ever(door: Door) -> None:
    service = Creator(public_only=True)
    with serving(service) as server:
        platform = account(server=server.url)
        sent = ahead(platform, outgoing(platform), door)
        with pytest.raises(Rejected, match="no time to go out") as caught:
            platform.publish(sent, door)
        assert "'archive'" in caught.value.remedy
        public = account(server=server.url, archive=True)
        public.publish(replace(outgoing(public), prepared=sent.prepared), door)
    assert len(service.sent) == 1


@respx.mock
@pytest.mark.parametrize(
    "kept",
    [{"id": 92, "status": "draft", "send_at": "2026-08-20T10:07:30Z"}, {"id": 93, "status": "scheduled"}, {}, None],
)
def test_a_success_that_does_not_say_so_is_unknown(door: Door, kept: object) -> None:
    respx.get(f"{API}/broadcasts/92").respond(json={"broadcast": {"id": 92, "status": "draft"}})
    respx.put(f"{API}/broadcasts/92").respond(json={"broadcast": kept})
    with pytest.raises(Unknown):
        account().publish(replace(outgoing(account()), prepared="92"), door)


@respx.mock
def test_another_broadcast_than_was_asked_for_is_unclear(door: Door) -> None:
    respx.get(f"{API}/broadcasts/92").respond(json={"broadcast": {"id": 93, "status": "completed"}})
    with pytest.raises(NotSent, match="another broadcast"):
        account().find(replace(outgoing(account()), prepared="92"), door)


@respx.mock
@pytest.mark.parametrize("pagination", [None, {}, {"has_next_page": "no"}, {"has_next_page": True, "end_cursor": "x"}])
def test_a_list_that_may_be_longer_is_unclear(door: Door, pagination: object) -> None:
    listed = respx.get(f"{API}/broadcasts").respond(json={"broadcasts": [], "pagination": pagination})
    with pytest.raises(NotSent):
        account().find(outgoing(account()), door)
    assert listed.call_count <= 10


def test_without_a_draft_or_a_clock_nothing_is_sent(door: Door) -> None:
    with pytest.raises(NotSent, match="no draft"):
        account().publish(outgoing(account()), door)
    with pytest.raises(TypeError, match="time"):
        account().publish(outgoing(account()), object())  # type: ignore[arg-type]


@respx.mock
@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (fault(401, "The access token is invalid"), NotSent, "KIT_KEY"),
        (fault(403, "You do not have sufficient permissions"), Rejected, "sufficient permissions"),
        (fault(422, "Email template not found", "And more"), Rejected, "Email template not found; And more"),
        (said(422, {"errors": [None, 7]}), Rejected, "no reason"),
        (Said(413, b"<html>Too large</html>"), Rejected, "413"),
    ],
)
def test_a_refusal_is_told_in_words(door: Door, answer: Said, kind: type[Exception], words: str) -> None:
    none = {"broadcasts": [], "pagination": {"has_next_page": False}}
    respx.get(f"{API}/broadcasts").respond(json=none)
    respx.post(f"{API}/broadcasts").respond(answer.status, content=answer.body)
    with pytest.raises(kind, match=words):
        account().prepare(outgoing(account()), door)


@respx.mock
def test_too_many_requests_in_plain_text_are_tried_later(door: Door) -> None:
    respx.get(f"{API}/broadcasts/92").respond(json={"broadcast": {"id": 92, "status": "draft"}})
    respx.put(f"{API}/broadcasts/92").respond(429, text="Retry later\n")
    with pytest.raises(NotSent, match="429"):
        account().publish(replace(outgoing(account()), prepared="92"), door)


def test_a_check_says_who_will_read_it_from_whom_and_in_which_template(door: Door) -> None:
    service = Creator()
    with serving(service) as server:
        platform = account(server=server.url)
        assert platform.check(door) == (
            "sends to 1204 subscribers of 'The Desk' on Kit, in the template 'Bare' (Starting point), "
            "from desk@example.org"
        )
        assert "some of 1204" in account(server=server.url, tags=(4,)).check(door)
        service.senders = ()
        assert "no sending address is verified" in platform.check(door)
        assert all(each.method == "GET" for each in server.requests)
        with pytest.raises(Rejected, match="no email template 7") as caught:
            account(server=server.url, template=7).check(door)
        assert "35 (Bare), 6 (Text Only)" in caught.value.remedy
        with pytest.raises(NotSent, match="KIT_KEY"):
            account(server=server.url, key=Secret("KIT_KEY", "another-key")).check(door)
