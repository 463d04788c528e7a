"""beehiiv: what a draft is told, that it is waited for, which words would be a tag, and what a doubt is settled by."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import respx

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.http import Door
from bot.model.places import Place
from bot.model.publication import Mail, Post
from bot.model.secret import Secret
from bot.platforms.beehiiv import Beehiiv
from bot.platforms.contract import Deletes, Edits, Outgoing, Receipt
from tests.http.server import Fate, Request, Said, serving
from tests.platforms.beehiiv import PUBLICATION, TOKEN, Hive, fault
from tests.platforms.engine import ahead
from tests.platforms.services import AT, said

ACCOUNT = Beehiiv(Secret("BEEHIIV_KEY", TOKEN), PUBLICATION, manage="https://letter.example/")
BASE = f"https://api.beehiiv.com/v2/publications/{PUBLICATION}"
OURS = "edition-7-abcdef012345"
NUMBER = "post_1-0"
UNSUBSCRIBE = f'<a href="{Place.UNSUBSCRIBE}">Stop</a>'
MAIL = Mail(
    sender="The Desk <desk@example.org>",
    subject="Deadlines & “promises”",
    preheader="What Ada says",
    html='<html><head><style>p{color:red}</style></head><body><div style="display:none">What Ada says</div>'
    f'<p style="color:red">Ünï &amp; co</p>{UNSUBSCRIBE} <a href="{Place.PREFERENCES}">Less</a> {Place.PROMISE}'
    "</body></html>",
    text=f"Ünï & co\nStop: {Place.UNSUBSCRIBE}\nLess: {Place.PREFERENCES}\n{Place.PROMISE}",
    language="en",
    quotes=(),
    episodes=(),
    newsletter="weekly",
    promises=(("weekly", "Every Friday"),),
)


def outgoing(mail: Mail = MAIL, account: Beehiiv = ACCOUNT, **more: object) -> Outgoing:
    return replace(Outgoing(OURS, account.compose(mail, key=OURS, at=AT)), **more)  # type: ignore[arg-type]


def at(url: str) -> Beehiiv:
    return replace(ACCOUNT, server=url)


def test_the_requests_are_those_of_the_documentation(door: Door) -> None:
    post = {"id": NUMBER, "status": "draft", "slug": OURS}
    with respx.mock(base_url=BASE) as beehiiv:
        listed = beehiiv.get("/posts").respond(200, json={"data": [], "total_results": 0})
        made = beehiiv.post("/posts").respond(201, json={"data": {"id": NUMBER}})
        asked = beehiiv.get(f"/posts/{NUMBER}")
        asked.side_effect = [
            respx.MockResponse(202, json={"status": "processing"}),
            respx.MockResponse(200, json={"data": post}),
        ]
        out = beehiiv.patch(f"/posts/{NUMBER}").respond(
            200, json={"data": {**post, "status": "confirmed", "preview_url": "https://app.beehiiv.com/p/1"}}
        )
        receipt = ACCOUNT.publish(ahead(ACCOUNT, outgoing(), door), door)
    assert dict(listed.calls[0].request.url.params) == {"slugs[]": OURS, "status": "all", "limit": "10"}
    request = made.calls[0].request
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert json.loads(request.content) == {
        "title": "Deadlines & “promises”",
        "body_content": '<p style="color:red">Ünï &amp; co</p><a href="https://letter.example/">Stop</a> '
        '<a href="https://letter.example/">Less</a> Every Friday',
        "status": "draft",
        "recipients": {"web": {}, "email": {"tier_ids": ["all"]}},
        "email_settings": {
            "email_subject_line": "Deadlines & “promises”",
            "email_preview_text": "What Ada says",
            "display_title_in_email": False,
            "display_byline_in_email": False,
            "display_subtitle_in_email": False,
        },
        "web_settings": {"slug": OURS},
        "custom_link_tracking_enabled": False,
        "utm_params_enabled": False,
    }
    assert asked.call_count == 2
    assert json.loads(out.calls[0].request.content) == {"status": "confirmed"}
    assert receipt == Receipt(NUMBER, "https://app.beehiiv.com/p/1")


def test_segments_lists_templates_and_the_web_are_told_as_they_are_set() -> None:
    account = replace(ACCOUNT, segments=("seg_1",), newsletter="nl_2", template="post_template_3", web=True)
    told = json.loads(account.compose(MAIL, key=OURS, at=AT))
    readers = {"include_segment_ids": ["seg_1"]}
    assert told["recipients"] == {"web": readers, "email": readers}
    assert (told["newsletter_list_id"], told["post_template_id"]) == ("nl_2", "post_template_3")


@pytest.mark.parametrize("tag", ["{{email}}", "{% if x %}", "{{"])
@pytest.mark.parametrize("part", ["subject", "preheader", "html"])
def test_words_that_beehiiv_would_replace_are_refused(part: str, tag: str) -> None:
    with pytest.raises(Refused, match="tag of its own"):
        ACCOUNT.compose(replace(MAIL, **{part: f"{tag} {getattr(MAIL, part)}"}), key=OURS, at=AT)


def test_an_entity_hides_no_tag_from_what_reads_html_before() -> None:
    with pytest.raises(Refused, match="the HTML"):
        ACCOUNT.compose(replace(MAIL, html=f"<p>&#123;{{email}}}}</p>{MAIL.html}"), key=OURS, at=AT)


def test_single_braces_and_the_tags_of_others_are_left_alone() -> None:
    words = "{name} { { *|NAME|* %recipient.email%"
    told = json.loads(ACCOUNT.compose(replace(MAIL, subject=words), key=OURS, at=AT))
    assert told["title"] == words


def test_one_of_beehiivs_own_tags_may_be_the_way_out() -> None:
    account = replace(ACCOUNT, manage="{{unsubscribe_url}}")
    told = json.loads(account.compose(MAIL, key=OURS, at=AT))
    assert '<a href="{{unsubscribe_url}}">Stop</a>' in told["body_content"]


def test_what_cannot_go_to_readers_is_refused() -> None:
    with pytest.raises(Refused, match="no link to unsubscribe"):
        ACCOUNT.compose(replace(MAIL, html="<p>Hello</p>"), key=OURS, at=AT)
    with pytest.raises(Refused, match="not posts"):
        ACCOUNT.compose(Post("Hello", None, None, (), ()), key=OURS, at=AT)
    assert not isinstance(ACCOUNT, Edits | Deletes)


def test_a_draft_is_waited_for_and_shows_nothing(door: Door) -> None:
    with serving(hive := Hive(works_for=3)) as server:
        account = at(server.url)
        made = account.prepare(outgoing(), door)
        assert not made.ready
        assert [account.prepared(made.reference, door).ready for _ in range(3)] == [False, False, True]
    assert hive.mailed == []


def test_a_draft_that_beehiiv_could_not_make_is_rejected(door: Door) -> None:
    with serving(Hive(works_for=1, fails=True)) as server:
        made = at(server.url).prepare(outgoing(), door)
        with pytest.raises(Rejected, match="could not be created"):
            at(server.url).prepared(made.reference, door)


def test_a_draft_that_is_not_made_yet_is_not_confirmed(door: Door) -> None:
    with serving(hive := Hive(works_for=2)) as server:
        account = at(server.url)
        sent = outgoing(prepared=account.prepare(outgoing(), door).reference)
        with pytest.raises(NotSent, match="still makes"):
            account.publish(sent, door)
        assert hive.mailed == []
        assert account.publish(sent, door).remote_id == sent.prepared
    assert len(hive.mailed) == 1


def test_after_a_lost_answer_the_draft_is_found_by_its_slug(door: Door) -> None:
    with serving(hive := Hive(works_for=1)) as server:
        server.fates.extend([Fate.FINE, Fate.DROP_AFTER])
        account = at(server.url)
        with pytest.raises(NotSent):
            account.prepare(outgoing(), door)
        account.publish(ahead(account, outgoing(), door), door)
    assert len(hive.posts) == 1
    assert len(hive.mailed) == 1


def test_an_edition_that_was_confirmed_is_taken_for_confirmed_whoever_asks(door: Door) -> None:
    with serving(hive := Hive()) as server:
        account = at(server.url)
        sent = ahead(account, outgoing(), door)
        receipt = account.publish(sent, door)
        assert account.publish(sent, door) == receipt
        assert account.find(outgoing(), door) == account.find(sent, door) == receipt
        assert ahead(account, outgoing(), door).prepared == receipt.remote_id
    assert len(hive.mailed) == 1


def test_a_plan_without_the_send_api_sends_nothing_and_says_so(door: Door) -> None:
    with serving(hive := Hive(obeys=False)) as server:
        account = at(server.url)
        sent = ahead(account, outgoing(), door)
        with pytest.raises(Unknown, match="leaves it a draft"):
            account.publish(sent, door)
        assert account.find(sent, door) is None
    assert hive.mailed == []
    with serving(Hive(allowed=False)) as server, pytest.raises(Rejected, match="not available on your plan") as caught:
        at(server.url).prepare(outgoing(), door)
    assert "plan" in caught.value.remedy


@pytest.mark.parametrize(("status", "expected"), [("draft", None), ("confirmed", NUMBER)])
def test_a_posts_state_says_whether_it_goes_out(door: Door, status: str, expected: str | None) -> None:
    with respx.mock(base_url=BASE) as beehiiv:
        beehiiv.get(f"/posts/{NUMBER}").respond(200, json={"data": {"id": NUMBER, "status": status}})
        found = ACCOUNT.find(outgoing(prepared=NUMBER), door)
    assert (found.remote_id if found else None) == expected


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (said(200, {"data": {"id": NUMBER, "status": "archived"}}), "archived"),
        (said(202, {"status": "processing"}), "how far"),
        (fault(404, "Resource Not Found"), "Resource Not Found"),
    ],
)
def test_what_says_neither_is_left_to_a_person(door: Door, answer: Said, words: str) -> None:
    with serving(lambda _: answer) as server, pytest.raises(NotSent, match=words):
        at(server.url).find(outgoing(prepared=NUMBER), door)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (fault(401, "The API key is invalid."), NotSent, "BEEHIIV_KEY"),
        (fault(403, "Not on your plan."), Rejected, "Not on your plan"),
        (fault(400, "title is too long", "slug is wrong"), Rejected, "title is too long; slug is wrong"),
        (fault(500, "Internal Server Error"), Unknown, "whether the request counted"),
    ],
)
def test_each_refusal_means_what_it_says(door: Door, answer: Said, kind: type[Exception], words: str) -> None:
    def refuse(request: Request) -> Said:
        return answer if request.method == "PATCH" else said(200, {"data": {"id": NUMBER, "status": "draft"}})

    with serving(refuse) as server, pytest.raises(kind, match=words) as caught:
        at(server.url).publish(outgoing(prepared=NUMBER), door)
    assert type(caught.value) is kind


def test_a_check_names_the_publication_and_its_readers(door: Door) -> None:
    with serving(Hive()) as server:
        assert at(server.url).check(door) == "sends to 'The Letter' on beehiiv, 4321 subscribed"
        with pytest.raises(NotSent, match="BEEHIIV_KEY"):
            replace(at(server.url), token=Secret("BEEHIIV_KEY", "another-key")).check(door)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"publication": "0123"}, "is no id"),
        ({"manage": "http://letter.example/"}, "neither an address"),
        ({"manage": "{{a}} {{b}}"}, "neither an address"),
        ({"tiers": ("free",), "segments": ("seg_1",)}, "exclude each other"),
        ({"tiers": ()}, "nobody would get the mail"),
        ({"server": "http://api.example"}, "unencrypted"),
    ],
)
def test_settings_that_cannot_be_right_are_refused_at_once(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        replace(ACCOUNT, **wrong)  # type: ignore[arg-type]
