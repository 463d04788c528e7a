from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from html import escape, unescape
from typing import Any

import pytest
import respx
from jinja2 import Environment

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.http import Door
from bot.model.places import Place
from bot.model.publication import Mail
from bot.model.secret import Secret
from bot.platforms.buttondown import Buttondown
from bot.platforms.composing import compose
from bot.platforms.contract import Outgoing
from tests.http.server import Request, Said, serving
from tests.platforms.buttondown import NEWSLETTER, TOKEN, Buttonhole, fault
from tests.platforms.engine import ahead
from tests.platforms.mails import KEY, MAIL, SAID, quoting
from tests.platforms.services import AT, said

API = "https://api.buttondown.com/v1"
ID = "em_00000000000000000000000000"
BODY = (
    "<!-- buttondown-editor-mode: naked -->\n"
    '<!doctype html>\n<html lang="en"><head><style>@media print{ #e1{color:red}}</style></head><body>\n'
    '<!--[if mso]><table role="presentation"><tr><td><![endif]--><p>A deadline is a promise. ☕</p>\n'
    "<p>You get this every Thursday.</p>\n"
    '<a href="{{ unsubscribe_url }}">Preferences</a> <a href="{{ unsubscribe_url }}">Unsubscribe</a>\n'
    "</body></html>\n"
)
APPROVED = {
    "archival_mode": "enabled",
    "body": BODY,
    "description": "What Ada says of them",
    "metadata": {"pullquote": KEY},
    "subject": "Deadlines, and “three” more",
    "template": "naked",
}


def account(**settings: Any) -> Buttondown:
    return Buttondown(**{"token": Secret("BUTTONDOWN_TOKEN", TOKEN), **settings})


def outgoing(platform: Buttondown, mail: Mail = MAIL) -> Outgoing:
    (piece,) = compose(platform, mail, key=KEY, at=AT).pieces
    return Outgoing(piece.key, piece.body)


def email_of(platform: Buttondown, mail: Mail = MAIL) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(outgoing(platform, mail).body)["email"]
    return made


@respx.mock
def test_the_exact_requests_of_an_edition(door: Door) -> None:
    listed = respx.get(f"{API}/emails").respond(json={"results": [], "next": None, "count": 0})
    made = respx.post(f"{API}/emails").respond(201, json={"id": ID, "status": "draft"})
    asked = respx.get(f"{API}/emails/{ID}").respond(json={"id": ID, "status": "draft"})
    link = "https://buttondown.com/desk/archive/edition-7/"
    sent = respx.post(f"{API}/emails/{ID}/publish").respond(
        json={"id": ID, "status": "about_to_send", "absolute_url": link}
    )
    platform = account()
    receipt = platform.publish(ahead(platform, outgoing(platform), door), door)

    assert (receipt.remote_id, receipt.permalink, receipt.answer) == (ID, link, "status about_to_send")
    (request,) = (each.request for each in listed.calls)
    assert str(request.url).partition("?")[2] == (
        "creation_date__start=2026-06-21&ordering=-creation_date&excluded_fields=body&page=1"
    )
    (request,) = (each.request for each in made.calls)
    assert request.headers["authorization"] == f"Token {TOKEN}"
    assert request.headers["x-api-version"] == "2026-04-01"
    assert "x-buttondown-live-dangerously" not in request.headers
    assert json.loads(request.content) == {**APPROVED, "slug": KEY, "status": "draft"}
    assert asked.call_count == 1
    (request,) = (each.request for each in sent.calls)
    assert request.headers["x-buttondown-live-dangerously"] == "true"
    assert json.loads(request.content) == APPROVED


def test_words_of_a_transcript_are_no_tags_and_arrive_word_for_word() -> None:
    body = email_of(account(), quoting(SAID))["body"]
    language = Environment(autoescape=False, keep_trailing_newline=True)  # noqa: S701 (its output goes nowhere)
    shown = language.from_string(body).render(unsubscribe_url="https://buttondown.com/u/1")
    assert f'<p title="{SAID}">{SAID}</p>' in unescape(shown)
    assert '<a href="https://buttondown.com/u/1">Unsubscribe</a>' in shown
    assert str(Place.UNSUBSCRIBE) not in shown


def test_a_promise_of_the_configuration_is_no_tag_either() -> None:
    body = email_of(account(), replace(MAIL, promises=(("weekly", "every {{ day }}"),)))["body"]
    assert "every &#123;&#123; day &#125;&#125;." in body


@pytest.mark.parametrize("tag", ["{{ subscriber.email }}", "{% now %}", "{# note #}", "{{"])
@pytest.mark.parametrize("part", ["subject", "preheader"])
def test_a_tag_where_it_cannot_be_escaped_is_refused_with_its_place(part: str, tag: str) -> None:
    with pytest.raises(Refused, match=f"the {part}"):
        outgoing(account(), replace(MAIL, **{part: f"On {tag} and more"}))


def test_an_edition_without_a_way_out_is_refused() -> None:
    with pytest.raises(Refused, match="no link to unsubscribe"):
        outgoing(account(), replace(MAIL, html="<p>Hello</p>"))


def test_a_subject_that_is_too_long_is_refused() -> None:
    with pytest.raises(Refused, match="takes 2000"):
        outgoing(account(), replace(MAIL, subject="x" * 2_001))


def test_settings_choose_readers_archive_and_the_page_of_preferences() -> None:
    email = email_of(account(tags=("sub_tag_1", "sub_tag_2"), archive="disabled", portal=True))
    assert email["filters"] == {
        "filters": [
            {"field": "subscriber.tags", "operator": "contains", "value": "sub_tag_1"},
            {"field": "subscriber.tags", "operator": "contains", "value": "sub_tag_2"},
        ],
        "groups": [],
        "predicate": "or",
    }
    assert email["archival_mode"] == "disabled"
    assert '<a href="{{ manage_subscription_url }}">Preferences</a>' in email["body"]
    with pytest.raises(ConfigError):
        account(server="http://api.buttondown.com")


def test_a_draft_is_made_once_however_often_it_is_prepared(door: Door) -> None:
    service = Buttonhole()
    with serving(service) as server:
        platform = account(server=server.url)
        first = platform.prepare(outgoing(platform), door)
        # Others come after it, so that it stands on a later page.
        for number in range(5):
            service.create({**email_of(platform), "slug": f"other-{number}", "metadata": {}, "status": "draft"})
        assert platform.prepare(outgoing(platform), door) == first
        assert platform.prepared(first.reference, door) == first
    assert len(service.emails) == 6


def test_a_draft_of_an_edition_that_is_approved_again_much_later_is_found(door: Door) -> None:
    service = Buttonhole()
    with serving(service) as server:
        platform = account(server=server.url)
        first = platform.prepare(outgoing(platform), door)
        (piece,) = compose(platform, MAIL, key=KEY, at=AT + timedelta(days=40)).pieces
        assert platform.prepare(Outgoing(piece.key, piece.body), door) == first
    assert len(service.emails) == 1


def test_a_draft_that_the_list_does_not_show_yet_is_not_made_twice(door: Door) -> None:
    service = Buttonhole()
    lists: list[int] = []

    def late(request: Request) -> Said:
        if request.line.startswith("GET /v1/emails?"):
            lists.append(1)
            if len(lists) == 1:
                return said(200, {"results": [], "next": None, "count": 0})
        return service(request)

    with serving(late) as server:
        platform = account(server=server.url)
        service.create({**email_of(platform), "status": "draft"})
        assert platform.prepare(outgoing(platform), door).reference == service.emails[0]["id"]
    assert len(service.emails) == 1


def test_what_somebody_changed_in_the_draft_does_not_go_out(door: Door) -> None:
    service = Buttonhole()
    with serving(service) as server:
        platform = account(server=server.url)
        sent = ahead(platform, outgoing(platform), door)
        service.emails[0].update(subject="Buy now", filters={"filters": [], "groups": [], "predicate": "and"})
        platform.publish(sent, door)
    assert service.emails[0]["subject"] == MAIL.subject
    assert service.sent == [BODY]


def test_an_edition_that_goes_out_already_is_not_sent_again(door: Door) -> None:
    service = Buttonhole()
    with serving(service) as server:
        platform = account(server=server.url)
        sent = ahead(platform, outgoing(platform), door)
        first = platform.publish(sent, door)
        service.emails[0]["status"] = "in_flight"
        assert platform.publish(sent, door).remote_id == first.remote_id
        # Also where nobody remembers the draft: it is found by its metadata.
        again = ahead(platform, outgoing(platform), door)
        assert platform.publish(again, door).answer == "status in_flight"
    assert len(service.sent) == 1


@pytest.mark.parametrize(
    ("status", "out"),
    [
        ("draft", False),
        ("about_to_send", True),
        ("scheduled", True),
        ("in_flight", True),
        ("paused", True),
        ("throttled", True),
        ("resending", True),
        ("sent", True),
    ],
)
def test_the_draft_itself_says_whether_it_was_published(door: Door, status: str, out: bool) -> None:
    service = Buttonhole()
    with serving(service) as server:
        platform = account(server=server.url)
        sent = ahead(platform, outgoing(platform), door)
        service.emails[0]["status"] = status
        for each in (sent, replace(sent, prepared="")):
            assert (platform.find(each, door) is not None) == out


@pytest.mark.parametrize("status", ["deleted", "errored", "suppressed", "imported", "transactional", "something_new"])
def test_a_state_that_says_neither_is_left_to_a_person(door: Door, status: str) -> None:
    service = Buttonhole()
    with serving(service) as server:
        platform = account(server=server.url)
        sent = ahead(platform, outgoing(platform), door)
        service.emails[0]["status"] = status
        with pytest.raises(NotSent, match=status):
            platform.find(sent, door)
        with pytest.raises(Rejected, match=status):
            platform.publish(sent, door)
    assert service.sent == []


def test_a_draft_that_somebody_deleted_is_said_to_be_gone(door: Door) -> None:
    service = Buttonhole()
    with serving(service) as server:
        platform = account(server=server.url)
        sent = ahead(platform, outgoing(platform), door)
        service.emails.clear()
        with pytest.raises(NotSent, match="Somebody deleted the draft"):
            platform.find(sent, door)
        assert platform.find(replace(sent, prepared=""), door) is None
        with pytest.raises(Rejected) as caught:
            platform.publish(sent, door)
    assert "approve the edition again" in caught.value.remedy


def test_more_pages_than_anybody_reads_are_unclear(door: Door) -> None:
    service = Buttonhole(page=1)
    with serving(service) as server:
        platform = account(server=server.url)
        for number in range(11):
            service.create({**email_of(platform), "slug": f"other-{number}", "metadata": {}, "status": "draft"})
        with pytest.raises(NotSent, match=KEY):
            platform.find(outgoing(platform), door)


def test_without_a_draft_nothing_is_sent(door: Door) -> None:
    with pytest.raises(NotSent, match="no draft"):
        account().publish(outgoing(account()), door)


@respx.mock
@pytest.mark.parametrize("status", ["draft", "", "errored"])
def test_a_success_that_does_not_say_so_is_unknown(door: Door, status: str) -> None:
    respx.get(f"{API}/emails/{ID}").respond(json={"id": ID, "status": "draft"})
    respx.post(f"{API}/emails/{ID}/publish").respond(json={"id": ID, "status": status})
    platform = account()
    with pytest.raises(Unknown):
        platform.publish(replace(outgoing(platform), prepared=ID), door)


@respx.mock
@pytest.mark.parametrize(
    ("answer", "words", "remedy"),
    [
        (fault(403, "", "Insufficient permissions."), "Insufficient permissions", "write access"),
        (fault(400, "email_not_confirmed", "Confirm first."), "Confirm first", "own address"),
        (fault(409, "email_duplicate", "Already there."), "Already there", "another mail"),
        (fault(400, "sending_requires_confirmation", "Not yet."), "Not yet", "own pages"),
        (said(422, {"detail": [{"loc": ["body", "subject"], "msg": "too long"}]}), "subject: too long", "Mend"),
        (said(422, {"detail": [None, {}]}), "something", "Mend"),
        (Said(413, b"<html>Too large</html>"), "no reason", "Take episodes out"),
    ],
)
def test_a_refusal_is_told_in_words_with_what_to_do(door: Door, answer: Said, words: str, remedy: str) -> None:
    respx.get(f"{API}/emails").respond(json={"results": [], "count": 0})
    respx.post(f"{API}/emails").respond(answer.status, content=answer.body)
    platform = account()
    with pytest.raises(Rejected, match=words) as caught:
        platform.prepare(outgoing(platform), door)
    assert remedy in caught.value.remedy


def test_a_wrong_key_is_tried_again_once_it_is_mended(door: Door) -> None:
    with serving(Buttonhole()) as server:
        platform = account(token=Secret("BUTTONDOWN_TOKEN", "another-key"), newsletter=NEWSLETTER, server=server.url)
        for step in (platform.prepare, platform.find):
            with pytest.raises(NotSent, match=r"BUTTONDOWN_TOKEN.*setting newsletter"):
                step(outgoing(platform), door)
        with pytest.raises(NotSent, match="BUTTONDOWN_TOKEN"):
            platform.check(door)


def test_a_check_says_who_will_read_it_and_what_is_not_as_it_should_be(door: Door) -> None:
    service = Buttonhole()
    with serving(service) as server:
        platform = account(server=server.url)
        expected = "sends to 1204 subscribers of 'The Desk' on Buttondown, from Desk <desk@example.org>"
        assert platform.check(door) == expected
        service.features = ["archives", "tracking"]
        assert platform.check(door).startswith(f"{expected}; tracking is switched on")
        assert all(each.method == "GET" for each in server.requests)


@respx.mock
@pytest.mark.parametrize(
    ("newsletters", "words"),
    [
        ([], "opens no newsletter"),
        ([{"id": "1", "name": "A"}, {"id": "2", "name": "B"}], "opens 2 newsletters"),
        ([{"id": "1"}], "opens no newsletter"),
    ],
)
def test_a_check_wants_one_newsletter(door: Door, newsletters: list[object], words: str) -> None:
    respx.get(f"{API}/newsletters").respond(json={"results": newsletters, "count": len(newsletters)})
    with pytest.raises(Rejected, match=words) as caught:
        account().check(door)
    assert "'newsletter'" in caught.value.remedy


@respx.mock
def test_a_domain_that_is_not_proven_is_named(door: Door) -> None:
    one = {"id": "1", "name": "A", "email_address": "a@b.example", "sending_domain_status": "failing"}
    respx.get(f"{API}/newsletters").respond(json={"results": [one], "count": 1})
    counted = respx.get(f"{API}/subscribers").respond(json={"results": [], "count": 7})
    assert "the sending domain is 'failing'" in account(tags=("t1",)).check(door)
    assert "tag=t1" in str(counted.calls[0].request.url)


def test_html_is_escaped_once_only() -> None:
    assert f'<p title="{escape("a & b")}">' in email_of(account(), quoting("a & b"))["body"]
