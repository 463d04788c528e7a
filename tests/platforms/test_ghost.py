"""Ghost: what a draft is told and signed with, which words it would take for its own, and what settles a doubt."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import respx

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.http import Door
from bot.model.places import Place
from bot.model.publication import Mail, Post
from bot.model.secret import Secret
from bot.platforms.contract import Deletes, Edits, Outgoing, Receipt
from bot.platforms.ghost import Ghost, token
from tests.http.server import Fate, Request, Said, serving
from tests.platforms.engine import ahead, deliver
from tests.platforms.ghost import NEWSLETTER, NUMBER, SECRET, Site, fault, unpacked
from tests.platforms.services import AT, said

ACCOUNT = Ghost("https://pod.example", Secret("GHOST_KEY", f"{NUMBER}:{SECRET}"), NEWSLETTER, segment="status:free")
BASE = "https://pod.example/ghost/api/admin"
OURS = "edition-7-abcdef012345"
SENT = datetime(2026, 8, 20, 10, 0, 7, tzinfo=UTC)
UNSUBSCRIBE = f'<a href="{Place.UNSUBSCRIBE}">Stop</a>'
MAIL = Mail(
    sender="The Desk <desk@example.org>",
    subject="Deadlines & “promises”",
    preheader="What Ada says",
    html=f"""<!doctype html>
<html lang="en"><head><title>Deadlines</title><style>p {{color: red}}</style>
<style data-css-inline="keep">@media (prefers-color-scheme: dark) {{p {{color: blue}}}}</style></head>
<body class="x">
<div lang="en" style="display:none;font-size:1px">What Ada says&#847;&zwnj;&nbsp;</div>
<p>Ünï &amp; 100%</p>{UNSUBSCRIBE} <a href="{Place.PREFERENCES}">Less</a> {Place.PROMISE}
</body></html>""",
    text=f"Ünï & 100%\nStop: {Place.UNSUBSCRIBE}\nLess: {Place.PREFERENCES}\n{Place.PROMISE}",
    language="en",
    quotes=(),
    episodes=(),
    newsletter="weekly",
    promises=(("weekly", "Every Friday"),),
)
POSTED = {"id": "a1", "slug": OURS, "status": "draft", "updated_at": "2026-08-20T10:00:05.000Z", "email": None}
MAILED = {**POSTED, "status": "sent", "email": {"status": "pending"}, "url": "https://pod.example/email/a1/"}


def outgoing(mail: Mail = MAIL, account: Ghost = ACCOUNT, **more: object) -> Outgoing:
    return replace(Outgoing(OURS, account.compose(mail, key=OURS, at=AT)), **more)  # type: ignore[arg-type]


def at(url: str) -> Ghost:
    return replace(ACCOUNT, server=url)


def test_the_requests_are_those_of_the_documentation() -> None:
    with respx.mock(base_url=BASE) as ghost, Door(clock=lambda: SENT) as door:
        listed = ghost.get("/posts/").respond(200, json={"posts": [], "meta": {}})
        made = ghost.post("/posts/").respond(201, json={"posts": [POSTED]})
        out = ghost.put("/posts/a1/").respond(200, json={"posts": [MAILED]})
        receipt = ACCOUNT.publish(ahead(ACCOUNT, outgoing(), door), door)
    assert listed.calls[0].request.url.params["filter"] == f"slug:'{OURS}'"
    request = made.calls[0].request
    assert request.headers["authorization"] == f"Ghost {token(NUMBER, bytes.fromhex(SECRET), SENT)}"
    assert request.headers["accept-version"] == "v5.0"
    (post,) = json.loads(request.content)["posts"]
    document = json.loads(post.pop("lexical"))
    assert post == {
        "title": "Deadlines & “promises”",
        "slug": OURS,
        "custom_excerpt": "What Ada says",
        "email_only": True,
        "status": "draft",
    }
    assert document == {
        "root": {
            "type": "root",
            "version": 1,
            "children": [
                {
                    "type": "html",
                    "version": 1,
                    "html": "<style>p {color: red}</style>\n"
                    '<style data-css-inline="keep">@media (prefers-color-scheme: dark) {p {color: blue}}</style>\n'
                    '<p>Ünï &amp; 100%</p><a href="%%{unsubscribe_url}%%">Stop</a> '
                    '<a href="%%{manage_account_url}%%">Less</a> Every Friday',
                }
            ],
            "direction": None,
            "format": "",
            "indent": 0,
        }
    }
    request = out.calls[0].request
    assert dict(request.url.params) == {"newsletter": NEWSLETTER, "email_segment": "status:free"}
    assert json.loads(request.content) == {"posts": [{"updated_at": POSTED["updated_at"], "status": "published"}]}
    assert receipt == Receipt("a1", "https://pod.example/email/a1/", answer="email pending")


def test_a_token_is_signed_as_rfc_7515_says_and_lasts_five_minutes() -> None:
    head, claims, signature = token(NUMBER, bytes.fromhex(SECRET), SENT).split(".")
    assert unpacked(head) == {"alg": "HS256", "kid": NUMBER, "typ": "JWT"}
    issued = int(SENT.timestamp())
    assert unpacked(claims) == {"iat": issued, "exp": issued + 300, "aud": "/admin/"}
    mine = hmac.new(bytes.fromhex(SECRET), f"{head}.{claims}".encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64encode(mine).decode().rstrip("=") == signature
    assert "=" not in head + claims + signature


def test_each_request_bears_a_token_of_its_own_moment() -> None:
    moments = iter(SENT + timedelta(minutes=number) for number in range(9))
    with serving(Site()) as server, Door(clock=lambda: next(moments)) as door:
        account = at(server.url)
        account.publish(ahead(account, outgoing(), door), door)
    told = [unpacked(each.headers["authorization"].split(".")[1])["iat"] for each in server.requests]
    assert told == [int(SENT.timestamp()) + 60 * number for number in range(3)]


@pytest.mark.parametrize("tag", ['%%{name, "friend"}%%', "%recipient.email%", "%recipient_email%", "%unsubscribe_url%"])
@pytest.mark.parametrize("part", ["subject", "preheader", "html"])
def test_words_that_ghost_or_mailgun_would_replace_are_refused(part: str, tag: str) -> None:
    mail = replace(MAIL, **{part: f"{tag} {getattr(MAIL, part)}"})
    with pytest.raises(Refused, match="tag of its own"):
        ACCOUNT.compose(mail, key=OURS, at=AT)


def test_an_entity_hides_no_tag_because_ghost_reads_it_before_it_looks() -> None:
    with pytest.raises(Refused, match="the HTML"):
        ACCOUNT.compose(replace(MAIL, html=f"<p>&#37;%{{email}}%%</p>{MAIL.html}"), key=OURS, at=AT)


def test_braces_and_percent_signs_of_other_kinds_are_left_alone() -> None:
    words = "{first_name} {{name}} 50% {x} %{y} *|Z|*"
    mail = replace(MAIL, subject=words, html=MAIL.html.replace("<p>", f"<p>{words} "))
    told = json.loads(ACCOUNT.compose(mail, key=OURS, at=AT))
    assert told["post"]["title"] == words
    assert words in json.loads(told["post"]["lexical"])["root"]["children"][0]["html"]


def test_html_that_is_no_whole_document_goes_as_it_is() -> None:
    told = json.loads(ACCOUNT.compose(replace(MAIL, html=f"<p>Hi</p>{UNSUBSCRIBE}"), key=OURS, at=AT))
    html = json.loads(told["post"]["lexical"])["root"]["children"][0]["html"]
    assert html == '<p>Hi</p><a href="%%{unsubscribe_url}%%">Stop</a>'


@pytest.mark.parametrize(
    ("mail", "words"),
    [
        (replace(MAIL, html="<p>Hello</p>"), "The HTML of the edition has no link to unsubscribe"),
        (replace(MAIL, subject="x" * 256), "The subject has 256 characters; Ghost takes 255"),
        (replace(MAIL, preheader="x" * 301), "The preheader has 301 characters; Ghost takes 300"),
    ],
)
def test_what_cannot_go_to_readers_is_refused(mail: Mail, words: str) -> None:
    with pytest.raises(Refused, match=words):
        ACCOUNT.compose(mail, key=OURS, at=AT)


def test_posts_are_refused_and_nothing_is_edited_or_taken_back() -> None:
    with pytest.raises(Refused, match="not posts"):
        ACCOUNT.compose(Post("Hello", None, None, (), ()), key=OURS, at=AT)
    assert not isinstance(ACCOUNT, Edits | Deletes)


def test_after_a_lost_answer_the_draft_is_found_by_its_slug_and_no_second_one_is_made(door: Door) -> None:
    with serving(site := Site()) as server:
        server.fates.extend([Fate.FINE, Fate.DROP_AFTER])
        account = at(server.url)
        with pytest.raises(NotSent):
            account.prepare(outgoing(), door)
        account.publish(ahead(account, outgoing(), door), door)
    assert [each["slug"] for each in site.posts.values()] == [OURS]
    assert len(site.mailed) == 1


def test_what_somebody_changed_in_the_draft_is_put_right_or_nothing_is_sent(door: Door) -> None:
    with serving(site := Site()) as server:
        account = at(server.url)
        sent = ahead(account, outgoing(), door)
        (post,) = site.posts.values()
        post |= {"title": "Changed by hand", "updated_at": site.touched()}
        with pytest.raises(Rejected, match="Someone else is editing") as caught:
            account.publish(sent, door)
        assert str(caught.value).count("Someone else") == 1
        assert "put right first" in caught.value.remedy
        assert site.mailed == []
        assert account.find(sent, door) is None
        account.publish(ahead(account, outgoing(), door), door)
    assert post["title"] == MAIL.subject
    assert len(site.mailed) == 1


def test_an_edition_that_was_mailed_is_taken_for_mailed_whoever_asks(door: Door) -> None:
    with serving(site := Site()) as server:
        account = at(server.url)
        sent = ahead(account, outgoing(), door)
        receipt = account.publish(sent, door)
        assert account.publish(sent, door) == receipt
        again = ahead(account, outgoing(), door)
        assert account.publish(again, door) == receipt
        assert account.find(outgoing(), door) == account.find(sent, door) == receipt
    assert len(site.mailed) == 1


@pytest.mark.parametrize(
    ("post", "expected"),
    [
        ({"status": "draft"}, None),
        ({"status": "sent", "email": {"status": "pending"}}, "a1"),
        ({"status": "sent", "email": {"status": "submitting"}}, "a1"),
        ({"status": "published", "email": {"status": "submitted"}}, "a1"),
    ],
)
def test_the_post_and_its_email_say_whether_it_goes_out(
    door: Door, post: dict[str, object], expected: str | None
) -> None:
    with respx.mock(base_url=BASE) as ghost:
        ghost.get("/posts/a1/").respond(200, json={"posts": [{**POSTED, **post}]})
        found = ACCOUNT.find(outgoing(prepared="a1 then"), door)
    assert (found.remote_id if found else None) == expected


@pytest.mark.parametrize(
    ("post", "words"),
    [
        ({"status": "sent", "email": {"status": "failed", "error": "No quota"}}, "No quota"),
        ({"status": "published", "email": None}, "has no mail of it"),
        ({"status": "scheduled", "email": None}, "calls the edition 'scheduled'"),
    ],
)
def test_a_state_that_says_neither_is_left_to_a_person(door: Door, post: dict[str, object], words: str) -> None:
    with respx.mock(base_url=BASE) as ghost:
        ghost.get("/posts/a1/").respond(200, json={"posts": [{**POSTED, **post}]})
        with pytest.raises(NotSent, match=words):
            ACCOUNT.find(outgoing(prepared="a1 then"), door)


def test_a_mail_that_ghost_cannot_send_is_no_acceptance_and_is_not_tried_again(door: Door) -> None:
    with serving(site := Site(email="failed")) as server:
        account = at(server.url)
        with pytest.raises(Unknown, match="does not say"):
            account.publish(ahead(account, outgoing(), door), door)
        state, receipt = deliver(account, outgoing(), door)
    assert (state, receipt) == ("unknown", None)
    assert len(site.mailed) == 1


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (fault(401, "UnauthorizedError", "Invalid token: jwt expired", code="INVALID_JWT"), NotSent, "clock is right"),
        (fault(400, "BadRequestError", "Invalid token", code="INVALID_JWT"), NotSent, "GHOST_KEY"),
        (fault(403, "HostLimitError", "Email sending is temporarily disabled"), Rejected, "temporarily disabled"),
        (fault(422, "ValidationError", "Validation error, cannot edit post.", "Title too long."), Rejected, "too long"),
        (fault(400, "BadRequestError", "Cannot send email to archived newsletters"), Rejected, "archived newsletters"),
        (Said(503, b"<html>Updating</html>"), Unknown, "whether the request counted"),
    ],
)
def test_each_refusal_means_what_it_says(door: Door, answer: Said, kind: type[Exception], words: str) -> None:
    def refuse(request: Request) -> Said:
        return answer if request.method == "PUT" else said(200, {"posts": [POSTED]})

    with serving(refuse) as server, pytest.raises(kind, match=words) as caught:
        at(server.url).publish(outgoing(prepared="a1 2026-08-20T10:00:05.000Z"), door)
    assert type(caught.value) is kind


def test_a_check_names_the_newsletter_its_sender_and_its_readers(door: Door) -> None:
    with serving(Site()) as server:
        account = replace(at(server.url), segment="all")
        assert account.check(door) == "sends to 'The Letter' on Ghost from desk@example.org, 321 subscribed"
        assert at(server.url).check(door).endswith("321 subscribed, those of them that are 'status:free'")
        with pytest.raises(Rejected, match="no newsletter 'monthly'"):
            replace(account, newsletter="monthly").check(door)
    with serving(Site(counts=True)) as server:
        assert "Ghost counts opens and clicks" in at(server.url).check(door)
    with serving(Site(active=False)) as server, pytest.raises(Rejected, match="archived"):
        at(server.url).check(door)


@pytest.mark.parametrize("key", ["", "not needed while live = false", NUMBER, f"{NUMBER}:", f"{NUMBER}:abc", "x:ab"])
def test_a_key_that_is_none_is_named_before_anything_is_sent(door: Door, key: str) -> None:
    account = replace(ACCOUNT, key=Secret("GHOST_KEY", key))
    with respx.mock:
        with pytest.raises(Rejected, match="GHOST_KEY"):
            account.check(door)
        with pytest.raises(NotSent, match="GHOST_KEY"):
            account.prepare(outgoing(), door)


def test_a_way_out_without_a_clock_is_a_fault_of_ours() -> None:
    with pytest.raises(TypeError, match="time"):
        ACCOUNT.prepare(outgoing(), SimpleNamespace(repeatable=None))  # type: ignore[arg-type]


def test_a_site_may_live_in_a_folder() -> None:
    assert replace(ACCOUNT, server="pod.example/blog/").server == "https://pod.example/blog"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"server": "http://pod.example"}, "unencrypted"),
        ({"server": "https://pod.example/?x=1"}, "is no server"),
        ({"newsletter": "Weekly letter"}, "is no slug"),
        ({"segment": " "}, "'segment' is empty"),
    ],
)
def test_settings_that_cannot_be_right_are_refused_at_once(wrong: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        replace(ACCOUNT, **wrong)  # type: ignore[arg-type]
