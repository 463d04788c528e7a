from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.http import Door
from bot.model.places import filled
from bot.model.publication import Mail
from bot.model.secret import Secret
from bot.platforms.composing import compose
from bot.platforms.contract import Outgoing
from bot.platforms.listmonk import Listmonk
from tests.http.server import Request, Said, serving
from tests.platforms.engine import ahead
from tests.platforms.listmonk import OURS, TOKEN, USER, Monk, rendered
from tests.platforms.mails import KEY, MAIL, SAID, quoting
from tests.platforms.services import AT, said

HOME = "https://lists.example.org"


def account(**settings: Any) -> Listmonk:
    usual = {"server": HOME, "user": USER, "token": Secret("LISTMONK_TOKEN", TOKEN), "lists": (1, 3), "template": 4}
    return Listmonk(**{**usual, **settings})


def outgoing(platform: Listmonk, mail: Mail = MAIL) -> Outgoing:
    (piece,) = compose(platform, mail, key=KEY, at=AT).pieces
    return Outgoing(piece.key, piece.body)


def campaign_of(mail: Mail) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(outgoing(account(), mail).body)
    return made


@respx.mock
def test_the_exact_requests_of_an_edition(door: Door) -> None:
    platform = account()
    kept = {"id": 7, "archive_slug": KEY, "lists": [{"id": 1}, {"id": 3}], "tags": [KEY], "status": "draft"}
    listed = respx.get(f"{HOME}/api/campaigns").respond(json={"data": {"results": []}})
    made = respx.post(f"{HOME}/api/campaigns").respond(json={"data": kept})
    asked = respx.get(f"{HOME}/api/campaigns/7").respond(json={"data": kept})
    filled_again = respx.put(f"{HOME}/api/campaigns/7").respond(json={"data": kept})
    started = respx.put(f"{HOME}/api/campaigns/7/status").respond(json={"data": {**kept, "status": "running"}})
    receipt = platform.publish(ahead(platform, outgoing(platform), door), door)

    assert (receipt.remote_id, receipt.permalink) == ("7", f"{HOME}/admin/campaigns/7")
    (request,) = (each.request for each in listed.calls)
    assert str(request.url).partition("?")[2] == (f"tag={KEY}&order_by=created_at&order=asc&per_page=50&no_body=true")
    assert request.headers["authorization"] == f"token {USER}:{TOKEN}"
    (request,) = (each.request for each in made.calls)
    told = json.loads(request.content)
    assert rendered(told.pop("body")) == filled(MAIL, OURS).html
    assert rendered(told.pop("altbody")) == filled(MAIL, OURS).text
    assert told == {
        "archive": False,
        "archive_meta": {},
        "archive_slug": KEY,
        "archive_template_id": 4,
        "content_type": "html",
        "from_email": "The Desk <desk@example.org>",
        "headers": [],
        "lists": [1, 3],
        "messenger": "email",
        "name": "Deadlines, and “three” more",
        "send_at": None,
        "subject": "Deadlines, and “three” more",
        "tags": [KEY],
        "template_id": 4,
        "type": "regular",
    }
    assert asked.call_count == 1
    assert [each.request.content for each in filled_again.calls] == [request.content]
    assert [each.request.content for each in started.calls] == [b'{"status": "running"}']


WORDS = st.lists(
    st.sampled_from(
        [
            "{{",
            "}}",
            "{",
            '"',
            "\\",
            "`",
            "<",
            "<!-- a -->",
            "@TrackLink",
            "https://a.example/@TrackLink",
            "\n",
            "é",
            "☕",
            "{{ TrackView }}",
            "<script>",
            "\u2028",
            "\x7f",
            " ",
            "$1",
            "\\u007b",
        ]
    )
).map("".join)


@given(said=WORDS)
def test_every_word_arrives_as_it_was_said_in_both_parts_and_in_the_subject(said: str) -> None:
    """The same was tried with Go's own html/template and listmonk's replacements: 3,002 mails, byte for byte."""
    mail = replace(quoting(said), subject=f"x{said}")
    made = campaign_of(mail)
    assert rendered(made["body"]) == filled(mail, OURS).html
    assert rendered(made["altbody"]) == filled(mail, OURS).text
    if "{{" in mail.subject:
        assert made["subject"][:3] + made["subject"][-3:] == "{{  }}"
        assert json.loads(made["subject"][3:-3]) == mail.subject
    else:
        assert made["subject"] == mail.subject


def test_nothing_of_a_transcript_is_left_for_listmonk_to_read() -> None:
    made = campaign_of(quoting(SAID))
    assert SAID in rendered(made["altbody"])
    assert "<!--[if mso]>" in rendered(made["body"])
    assert made["body"].count("{{") == made["body"].count("}}") == 5
    assert "@" not in made["body"]


def test_an_edition_without_a_way_out_is_refused() -> None:
    for mail in (replace(MAIL, html="<p>Hello</p>"), replace(MAIL, text="Hello")):
        with pytest.raises(Refused, match="no link to unsubscribe"):
            outgoing(account(), mail)


def test_settings_that_cannot_work_are_refused() -> None:
    with pytest.raises(ConfigError, match="lists"):
        account(lists=())
    with pytest.raises(ConfigError, match="unencrypted"):
        account(server="http://lists.example.org")


def test_a_draft_is_made_once_and_a_copy_of_it_is_not_taken_for_it(door: Door) -> None:
    service = Monk()
    with serving(service) as server:
        platform = account(server=server.url)
        first = platform.prepare(outgoing(platform), door)
        # Somebody copied it in listmonk: the copy keeps the tag, not the slug.
        service.create({**json.loads(outgoing(platform).body), "archive_slug": None})
        service.campaigns.reverse()
        assert platform.prepare(outgoing(platform), door) == first
        assert platform.prepared(first.reference, door) == first
        service.campaigns = [each for each in service.campaigns if each["archive_slug"] is None]
        assert platform.find(outgoing(platform), door) is None
    assert len(service.campaigns) == 1


def test_very_many_copies_are_unclear(door: Door) -> None:
    service = Monk()
    with serving(service) as server:
        platform = account(server=server.url)
        for _ in range(50):
            service.create({**json.loads(outgoing(platform).body), "archive_slug": None})
        with pytest.raises(NotSent, match="delete the copies"):
            platform.find(outgoing(platform), door)


def test_a_slug_that_is_taken_already_makes_no_second_draft(door: Door) -> None:
    service = Monk()
    lists: list[int] = []

    def late(request: Request) -> Said:
        if request.line.startswith("GET /api/campaigns?"):
            lists.append(1)
            if len(lists) == 1:
                return said(200, {"data": {"results": []}})
        return service(request)

    with serving(late) as server:
        platform = account(server=server.url)
        service.create(json.loads(outgoing(platform).body))
        with pytest.raises(NotSent, match="500"):
            platform.prepare(outgoing(platform), door)
        assert platform.prepare(outgoing(platform), door).reference == "1"
    assert len(service.campaigns) == 1


def test_a_list_that_was_left_out_in_silence_is_told_before_anything_is_sent(door: Door) -> None:
    service = Monk(seen=(1,))
    with serving(service) as server:
        platform = account(server=server.url)
        with pytest.raises(Rejected, match="left out list 3") as caught:
            platform.prepare(outgoing(platform), door)
        assert "List roles" in caught.value.remedy
        # The right may also be taken away afterwards.
        with pytest.raises(Rejected, match="left out list 3"):
            platform.publish(replace(outgoing(platform), prepared="1"), door)
    assert service.started == []


def test_an_old_version_is_told_apart(door: Door) -> None:
    service = Monk(old=True)
    with serving(service) as server:
        platform = account(server=server.url)
        with pytest.raises(Rejected, match="slug") as caught:
            platform.prepare(outgoing(platform), door)
        assert "version 3" in caught.value.remedy
        service.campaigns[0]["tags"] = ["other"]
        with pytest.raises(NotSent, match="version 3"):
            platform.find(outgoing(platform), door)


def test_what_somebody_changed_in_the_draft_does_not_go_out(door: Door) -> None:
    service = Monk()
    with serving(service) as server:
        platform = account(server=server.url)
        sent = ahead(platform, outgoing(platform), door)
        service.campaigns[0].update(subject="Buy now", send_at="2027-01-01T00:00:00Z")
        platform.publish(sent, door)
    assert [(each["subject"], each["send_at"]) for each in service.started] == [(MAIL.subject, None)]


def test_a_campaign_that_was_started_is_not_started_again(door: Door) -> None:
    service = Monk()
    with serving(service) as server:
        platform = account(server=server.url, archive=True)
        sent = ahead(platform, outgoing(platform), door)
        first = platform.publish(sent, door)
        assert first.permalink == f"{server.url}/archive/{KEY}"
        service.campaigns[0]["status"] = "finished"
        assert platform.publish(sent, door).answer == "status finished"
        again = ahead(platform, outgoing(platform), door)
        assert platform.publish(again, door).remote_id == first.remote_id
    assert len(service.started) == 1


@pytest.mark.parametrize("status", ["draft", "running", "scheduled", "paused", "finished", "cancelled"])
def test_the_campaign_itself_says_whether_it_was_started(door: Door, status: str) -> None:
    service = Monk()
    with serving(service) as server:
        platform = account(server=server.url)
        sent = ahead(platform, outgoing(platform), door)
        service.campaigns[0]["status"] = status
        for each in (sent, replace(sent, prepared="")):
            assert (platform.find(each, door) is None) == (status == "draft")


def test_a_state_that_nobody_knows_and_a_draft_that_is_gone_wait_for_a_person(door: Door) -> None:
    service = Monk()
    with serving(service) as server:
        platform = account(server=server.url)
        sent = ahead(platform, outgoing(platform), door)
        service.campaigns[0]["status"] = "archived"
        with pytest.raises(NotSent, match="archived"):
            platform.find(sent, door)
        service.campaigns.clear()
        with pytest.raises(NotSent, match="Campaign not found"):
            platform.find(sent, door)
        with pytest.raises(Rejected, match="Campaign not found") as caught:
            platform.publish(sent, door)
    assert "approve the edition again" in caught.value.remedy


def test_without_a_draft_nothing_is_sent(door: Door) -> None:
    with pytest.raises(NotSent, match="no draft"):
        account().publish(outgoing(account()), door)


@respx.mock
def test_another_campaign_than_was_asked_for_is_unclear(door: Door) -> None:
    respx.get(f"{HOME}/api/campaigns/7").respond(json={"data": {"id": 8, "status": "finished"}})
    with pytest.raises(NotSent, match="another campaign"):
        account().find(replace(outgoing(account()), prepared="7"), door)


@respx.mock
@pytest.mark.parametrize("data", [None, {"id": 7, "status": "draft"}, {"id": 8, "status": "running"}, []])
def test_a_success_that_does_not_say_so_is_unknown(door: Door, data: object) -> None:
    kept = {"id": 7, "archive_slug": KEY, "lists": [{"id": 1}, {"id": 3}], "tags": [KEY], "status": "draft"}
    respx.get(f"{HOME}/api/campaigns/7").respond(json={"data": kept})
    respx.put(f"{HOME}/api/campaigns/7").respond(json={"data": kept})
    respx.put(f"{HOME}/api/campaigns/7/status").respond(json={"data": data})
    with pytest.raises(Unknown):
        account().publish(replace(outgoing(account()), prepared="7"), door)


@respx.mock
@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (said(403, {"message": "invalid API credentials"}), NotSent, "LISTMONK_TOKEN"),
        (said(403, {"message": "invalid session"}), NotSent, "LISTMONK_TOKEN"),
        (Said(401, b"<html>Log in</html>"), NotSent, "LISTMONK_TOKEN"),
        (said(403, {"message": "Permission denied: campaigns:manage"}), Rejected, "Permission denied"),
        (said(400, {"message": "Invalid subject."}), Rejected, "Invalid subject"),
        (Said(404, b"<html>nginx</html>"), Rejected, "no reason"),
        (Said(413, b""), Rejected, "413"),
    ],
)
def test_a_refusal_is_told_in_words(door: Door, answer: Said, kind: type[Exception], words: str) -> None:
    respx.get(f"{HOME}/api/campaigns").respond(json={"data": {"results": []}})
    respx.post(f"{HOME}/api/campaigns").respond(answer.status, content=answer.body)
    with pytest.raises(kind, match=words) as caught:
        account().prepare(outgoing(account()), door)
    assert TOKEN not in str(caught.value)


def test_a_check_names_lists_and_readers_and_a_template_that_is_not_bare(door: Door) -> None:
    service = Monk()
    with serving(service) as server:
        platform = account(server=server.url)
        where = server.url.partition("//")[2]
        expected = f"sends to 'List 1' (602 subscribers), 'List 3' (602 subscribers) of listmonk at {where}"
        assert platform.check(door) == expected
        service.template = '<html>{{ template "content" . }}{{ TrackView }}</html>'
        assert platform.check(door).startswith(f"{expected}; template 'Bare' puts something of its own")
        assert all(each.method == "GET" for each in server.requests)
        with pytest.raises(Rejected, match="list 2"):
            account(server=server.url, lists=(1, 2)).check(door)
        with pytest.raises(Rejected, match="template 5"):
            account(server=server.url, template=5).check(door)
        with pytest.raises(NotSent, match="LISTMONK_TOKEN"):
            account(server=server.url, token=Secret("LISTMONK_TOKEN", "another-token")).check(door)
