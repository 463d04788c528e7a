"""Mailchimp: what a campaign is told, which words it would take for its own, and what a doubt is settled by."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.http import Door
from bot.model.places import Place
from bot.model.publication import Mail, Post
from bot.model.secret import Secret
from bot.platforms.contract import Deletes, Edits, Outgoing, Receipt
from bot.platforms.mailchimp import Mailchimp
from tests.http.server import Fate, Request, Said, serving
from tests.platforms.engine import ahead, deliver
from tests.platforms.mailchimp import AUDIENCE, KEY, Campaigns, problem
from tests.platforms.services import AT

ACCOUNT = Mailchimp(key=Secret("MAILCHIMP_KEY", KEY), audience=AUDIENCE)
BASE = "https://us6.api.mailchimp.com/3.0"
OURS = "edition-7-abcdef012345"
MAIL = Mail(
    sender="The Desk <desk@example.org>",
    subject="Deadlines & “promises”",
    preheader="What Ada says",
    html=f'<p>Ünï &amp; co</p><a href="{Place.UNSUBSCRIBE}">Stop</a> <a href="{Place.PREFERENCES}">Less</a>'
    f" {Place.PROMISE}",
    text=f"Ünï & co\nStop: {Place.UNSUBSCRIBE}\nLess: {Place.PREFERENCES}\n{Place.PROMISE}",
    language="en",
    quotes=(),
    episodes=(),
    newsletter="weekly",
    promises=(("weekly", "Every Friday"),),
)


def outgoing(mail: Mail = MAIL, account: Mailchimp = ACCOUNT, **more: object) -> Outgoing:
    return replace(Outgoing(OURS, account.compose(mail, key=OURS, at=AT)), **more)  # type: ignore[arg-type]


def at(url: str) -> Mailchimp:
    return replace(ACCOUNT, server=url)


def test_the_requests_are_those_of_the_documentation(door: Door) -> None:
    with respx.mock(base_url=BASE) as mailchimp:
        listed = mailchimp.get("/campaigns").respond(200, json={"campaigns": [], "total_items": 0})
        made = mailchimp.post("/campaigns").respond(200, json={"id": "c7", "status": "save"})
        filled = mailchimp.put("/campaigns/c7/content").respond(200, json={})
        mailchimp.get("/campaigns/c7/send-checklist").respond(200, json={"is_ready": True, "items": []})
        out = mailchimp.post("/campaigns/c7/actions/send").respond(204)
        mailchimp.get("/campaigns/c7").respond(
            200, json={"id": "c7", "status": "sending", "long_archive_url": "https://us6.campaign-archive.com/?id=c7"}
        )
        receipt = ACCOUNT.publish(ahead(ACCOUNT, outgoing(), door), door)
    asked = listed.calls[0].request.url.params
    assert asked["list_id"] == AUDIENCE
    assert asked["since_create_time"] == "2026-07-21T10:00:00+00:00"
    assert "campaigns.settings.title" in asked["fields"]
    request = made.calls[0].request
    assert request.headers["authorization"] == "Basic " + base64.b64encode(f"pullquote:{KEY}".encode()).decode()
    assert json.loads(request.content) == {
        "type": "regular",
        "recipients": {"list_id": AUDIENCE},
        "settings": {
            "title": f"{OURS} Deadlines & “promises”",
            "subject_line": "Deadlines & “promises”",
            "preview_text": "What Ada says",
            "from_name": "The Desk",
            "reply_to": "desk@example.org",
            "auto_footer": False,
            "inline_css": False,
            "use_conversation": False,
            "auto_tweet": False,
            "fb_comments": False,
        },
        "tracking": {
            "opens": False,
            "html_clicks": False,
            "text_clicks": False,
            "ecomm360": False,
        },
    }
    assert json.loads(filled.calls[0].request.content) == {
        "html": '<p>Ünï &amp; co</p><a href="*|UNSUB|*">Stop</a> <a href="*|UPDATE_PROFILE|*">Less</a> Every Friday',
        "plain_text": "Ünï & co\nStop: *|UNSUB|*\nLess: *|UPDATE_PROFILE|*\nEvery Friday",
    }
    assert out.calls[0].request.content == b""
    assert receipt == Receipt("c7", "https://us6.campaign-archive.com/?id=c7")


def test_a_segment_of_the_audience_is_named_by_its_number() -> None:
    told = json.loads(replace(ACCOUNT, segment=42).compose(MAIL, key=OURS, at=AT))
    assert told["campaign"]["recipients"] == {"list_id": AUDIENCE, "segment_opts": {"saved_segment_id": 42}}


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("sender", "the sender"),
        ("subject", "the subject"),
        ("preheader", "the preheader"),
        ("text", "the plain text"),
    ],
)
def test_words_that_mailchimp_would_replace_are_refused_where_they_cannot_be_escaped(part: str, words: str) -> None:
    mail = replace(MAIL, **{part: f"Then she typed *|FNAME|* and {getattr(MAIL, part)}"})
    with pytest.raises(Refused, match=words) as caught:
        ACCOUNT.compose(mail, key=OURS, at=AT)
    assert "*|FNAME|*" in str(caught.value)


def test_even_half_a_tag_is_one_because_ours_would_close_it() -> None:
    with pytest.raises(Refused, match="tag of its own"):
        ACCOUNT.compose(replace(MAIL, text=f"A star *| {MAIL.text}"), key=OURS, at=AT)


def test_in_html_the_star_of_a_tag_is_written_otherwise() -> None:
    mail = replace(MAIL, html=f'<img alt="*|EMAIL|*"><p>*|IF:VIP|* 2 * 3 | 4 *</p>{MAIL.html}')
    html = json.loads(ACCOUNT.compose(mail, key=OURS, at=AT))["content"]["html"]
    assert html.startswith('<img alt="&#42;|EMAIL|*"><p>&#42;|IF:VIP|* 2 * 3 | 4 *</p>')
    assert html.count("*|UNSUB|*") == 1


@given(words=st.text(alphabet="*|A B", max_size=30))
def test_no_words_make_a_tag_in_html(words: str) -> None:
    mail = replace(MAIL, html=f"<p>{words}</p>{MAIL.html}")
    html = json.loads(ACCOUNT.compose(mail, key=OURS, at=AT))["content"]["html"]
    assert html.replace("*|UNSUB|*", "").replace("*|UPDATE_PROFILE|*", "").count("*|") == 0
    assert html.replace("&#42;", "*").startswith(f"<p>{words}</p>")


@pytest.mark.parametrize(
    ("mail", "words"),
    [
        (replace(MAIL, html="<p>Hello</p>"), "The HTML of the edition has no link to unsubscribe"),
        (replace(MAIL, text="Hello"), "The plain text of the edition has no link to unsubscribe"),
        (replace(MAIL, sender="The Desk"), "is no sender"),
    ],
)
def test_what_cannot_go_to_readers_is_refused(mail: Mail, words: str) -> None:
    with pytest.raises(Refused, match=words):
        ACCOUNT.compose(mail, key=OURS, at=AT)


def test_posts_are_refused_and_nothing_is_edited_or_taken_back() -> None:
    with pytest.raises(Refused, match="not posts"):
        ACCOUNT.compose(Post("Hello", None, None, (), ()), key=OURS, at=AT)
    assert not isinstance(ACCOUNT, Edits | Deletes)


def test_after_a_lost_answer_the_campaign_is_found_by_its_title_and_no_second_one_is_made(door: Door) -> None:
    with serving(service := Campaigns()) as server:
        server.fates.extend([Fate.FINE, Fate.DROP_AFTER])
        account = at(server.url)
        with pytest.raises(NotSent):
            account.prepare(outgoing(), door)
        assert len(service.campaigns) == 1
        account.publish(ahead(account, outgoing(), door), door)
    assert len(service.campaigns) == 1
    assert len(service.sent) == 1


def test_what_somebody_changed_in_the_draft_is_put_right_before_it_is_sent(door: Door) -> None:
    with serving(service := Campaigns()) as server:
        account = at(server.url)
        number = account.prepare(outgoing(), door).reference
        service.campaigns[number]["settings"] |= {"subject_line": "Changed by hand"}
        service.content[number] = {"html": "<p>Changed</p>", "plain_text": "Changed"}
        assert account.prepare(outgoing(), door).reference == number
    assert service.campaigns[number]["settings"]["subject_line"] == MAIL.subject
    assert service.content[number]["plain_text"].startswith("Ünï & co")


def test_a_campaign_that_was_sent_is_taken_for_sent_whoever_asks(door: Door) -> None:
    with serving(service := Campaigns()) as server:
        account = at(server.url)
        sent = ahead(account, outgoing(), door)
        account.publish(sent, door)
        again = account.publish(sent, door)
        assert account.prepare(outgoing(), door).reference == again.remote_id
        assert account.find(outgoing(), door) == account.find(sent, door)
    assert again.permalink == f"https://us6.campaign-archive.example/?id={again.remote_id}"
    assert len(service.sent) == 1


def test_the_title_of_another_delivery_is_not_this_one(door: Door) -> None:
    with serving(service := Campaigns()) as server:
        account = at(server.url)
        account.prepare(outgoing(key=f"{OURS}6"), door)
        for campaign in service.campaigns.values():
            campaign["settings"]["title"] = f"{OURS}6 Deadlines"
        assert account.find(outgoing(), door) is None


@pytest.mark.parametrize(
    ("status", "expected"), [("save", None), ("schedule", "c1"), ("sending", "c1"), ("sent", "c1"), ("archived", "c1")]
)
def test_a_campaigns_state_says_whether_it_goes_out(door: Door, status: str, expected: str | None) -> None:
    with respx.mock(base_url=BASE) as mailchimp:
        mailchimp.get("/campaigns/c1").respond(200, json={"id": "c1", "status": status})
        found = ACCOUNT.find(outgoing(prepared="c1"), door)
    assert (found.remote_id if found else None) == expected


@pytest.mark.parametrize("status", ["paused", "canceling", "canceled", "something new"])
def test_a_state_that_says_neither_is_left_to_a_person(door: Door, status: str) -> None:
    with respx.mock(base_url=BASE) as mailchimp:
        mailchimp.get("/campaigns/c1").respond(200, json={"id": "c1", "status": status})
        with pytest.raises(NotSent, match=status):
            ACCOUNT.find(outgoing(prepared="c1"), door)


def test_a_list_that_is_not_whole_proves_nothing(door: Door) -> None:
    others = [{"id": "c1", "status": "sent", "settings": {"title": "Spring sale"}}]
    with respx.mock(base_url=BASE) as mailchimp:
        mailchimp.get("/campaigns").respond(200, json={"campaigns": others, "total_items": 2})
        with pytest.raises(NotSent, match=OURS):
            ACCOUNT.find(outgoing(), door)
        mailchimp.get("/campaigns").respond(200, json={"campaigns": others, "total_items": 1})
        assert ACCOUNT.find(outgoing(), door) is None


def test_a_campaign_of_ours_without_its_state_proves_nothing(door: Door) -> None:
    ours = [{"id": "c1", "settings": {"title": f"{OURS} Deadlines"}}]
    with respx.mock(base_url=BASE) as mailchimp:
        mailchimp.get("/campaigns").respond(200, json={"campaigns": ours, "total_items": 1})
        with pytest.raises(NotSent, match="without its state"):
            ACCOUNT.find(outgoing(), door)


def test_an_edition_that_is_approved_again_weeks_later_uses_the_same_campaign(door: Door) -> None:
    with serving(service := Campaigns()) as server:
        account = at(server.url)
        first = account.prepare(outgoing(), door).reference
        later = Outgoing(OURS, account.compose(MAIL, key=OURS, at=AT + timedelta(days=20)))
        assert account.prepare(later, door).reference == first
    assert len(service.campaigns) == 1


def test_only_a_204_says_that_it_goes_out(door: Door) -> None:
    with respx.mock(base_url=BASE) as mailchimp:
        mailchimp.post("/campaigns/c1/actions/send").respond(200, json={"id": "c1"})
        with pytest.raises(Unknown, match="204"):
            ACCOUNT.publish(outgoing(prepared="c1"), door)


def test_what_the_checklist_finds_is_told_before_anything_is_sent(door: Door) -> None:
    with serving(service := Campaigns(domains=[])) as server, pytest.raises(Rejected) as caught:
        at(server.url).prepare(outgoing(), door)
    assert "From: Your From email domain is not verified" in str(caught.value)
    assert service.sent == []


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (problem(401, "API Key Invalid", "Your API key may be invalid."), NotSent, "MAILCHIMP_KEY"),
        (Said(403, b"<html>Access Denied</html>"), NotSent, "without a word"),
        (Said(403), NotSent, "without a word"),
        (problem(403, "User Disabled", "This account has been deactivated."), Rejected, "has been deactivated"),
        (problem(400, "Bad Request", "Your Campaign is not ready to send."), Rejected, "not ready to send"),
        (problem(400, "Invalid", "Not valid.", errors=[{"field": "subject", "message": "Too long"}]), Rejected,
         "subject: Too long"),
        (Said(500, b"<html>Oops</html>"), Unknown, "whether the request counted"),
    ],
)  # fmt: skip
def test_each_refusal_means_what_it_says(door: Door, answer: Said, kind: type[Exception], words: str) -> None:
    def refuse(request: Request) -> Said:
        return answer if "actions/send" in request.path else problem(404, "Resource Not Found", "Not found.")

    with serving(refuse) as server, pytest.raises(kind, match=words) as caught:
        at(server.url).publish(outgoing(prepared="c1"), door)
    assert type(caught.value) is kind


def test_a_busy_mailchimp_is_asked_again_and_sends_once(door: Door) -> None:
    service = Campaigns()
    busy = iter([True, True])

    def some(request: Request) -> Said:
        return Said(403) if "actions/send" in request.path and next(busy, False) else service(request)

    with serving(some) as server:
        state, receipt = deliver(at(server.url), outgoing(), door)
    assert state == "accepted"
    assert receipt is not None
    assert len(service.sent) == 1


def test_a_check_names_the_audience_its_readers_and_who_may_send(door: Door) -> None:
    with serving(Campaigns()) as server:
        said = at(server.url).check(door)
    assert said == "sends to 'Readers' on Mailchimp, 1234 subscribed, from addresses at example.org"
    with serving(Campaigns(domains=[{"domain": "example.org", "verified": False}])) as server:
        assert "no domain is verified yet" in at(server.url).check(door)
    with serving(Campaigns()) as server, pytest.raises(Rejected, match="audience 'b2'"):
        replace(at(server.url), audience="b2").check(door)


@pytest.mark.parametrize(
    "key", ["", "not needed while live = false", "abc", "abc-", "abc-us6.evil.example/", "a-us6\n"]
)
def test_a_key_without_a_data_centre_is_named_before_anything_is_sent(door: Door, key: str) -> None:
    account = replace(ACCOUNT, key=Secret("MAILCHIMP_KEY", key))
    with respx.mock:
        with pytest.raises(Rejected, match="MAILCHIMP_KEY"):
            account.check(door)
        with pytest.raises(NotSent, match="MAILCHIMP_KEY"):
            account.prepare(outgoing(), door)


def test_an_audience_is_an_id() -> None:
    with pytest.raises(ConfigError, match="audience"):
        Mailchimp(key=Secret("MAILCHIMP_KEY", KEY), audience="My readers")


def test_a_draft_is_kept_for_much_longer_than_an_upload() -> None:
    assert Mailchimp.facts.uploads_last > timedelta(days=30)
