"""Threads: what is asked in which order, what is refused before, and what a doubt is settled by."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
import respx

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.http import Door
from bot.model.publication import Mail, MediaKind, Part, Post, PostRef, QuotedSpan
from bot.model.secret import Secret
from bot.platforms.composing import compose, fault_of
from bot.platforms.contract import Outgoing, Receipt
from bot.platforms.memory import Forgetful
from bot.platforms.threads import Threads
from bot.text import count
from tests.http.server import Fate, Request, Said, serving
from tests.platforms.cases import PICTURE
from tests.platforms.engine import ahead, deliver
from tests.platforms.meta import SECRET, TOKEN, Meta, fault
from tests.platforms.services import AT, said

ACCOUNT = Threads(token=Secret("THREADS_TOKEN", TOKEN))
KEY = "quote-7-abcdef012345"
FAMILY = "👨‍👩‍👧‍👦"
ADDRESS = "https://desk.example/media/picture.png"
FILM = replace(PICTURE, kind=MediaKind.VIDEO, mime="video/mp4", sha256="f" * 64, duration=30)


def post(text: str, **more: object) -> Post:
    return replace(Post(text, None, "en", (), ()), **more)  # type: ignore[arg-type]


def outgoing(made: Post, account: Threads = ACCOUNT, **more: object) -> Outgoing:
    body = account.compose(made, key=KEY, at=AT)
    addresses = {PICTURE.sha256: ADDRESS, FILM.sha256: "https://desk.example/media/film.mp4"}
    return replace(Outgoing(KEY, body, addresses=addresses), **more)  # type: ignore[arg-type]


def at(url: str, **more: object) -> Threads:
    return replace(ACCOUNT, server=url, memory=Forgetful(), **more)  # type: ignore[arg-type]


def forms(route: respx.Route) -> list[dict[str, str]]:
    return [{k: v[0] for k, v in parse_qs(call.request.content.decode()).items()} for call in route.calls]


def test_the_requests_are_those_of_the_documentation(door: Door) -> None:
    with respx.mock(base_url="https://graph.threads.net/v1.0") as threads:
        made = threads.post("/me/threads").respond(200, json={"id": "17"})
        state = threads.get("/17").respond(200, json={"id": "17", "status": "FINISHED"})
        out = threads.post("/me/threads_publish").respond(200, json={"id": "90"})
        threads.get("/90").respond(200, json={"id": "90", "permalink": "https://www.threads.net/@desk/post/90"})
        sent = ahead(ACCOUNT, outgoing(post("Hello", link="https://pod.example/31")), door)
        receipt = ACCOUNT.publish(sent, door)
    assert forms(made) == [{"media_type": "TEXT", "text": "Hello", "link_attachment": "https://pod.example/31"}]
    assert made.calls[0].request.headers["authorization"] == f"Bearer {TOKEN}"
    assert made.calls[0].request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert state.calls[0].request.url.params["fields"] == "status,error_message"
    assert dict(out.calls[0].request.url.params) == {"creation_id": "17"}
    assert out.calls[0].request.content == b""
    assert receipt == Receipt("90", "https://www.threads.net/@desk/post/90")


def test_a_picture_is_named_by_its_public_address_with_its_alt_text(door: Door) -> None:
    with respx.mock(base_url="https://graph.threads.net/v1.0") as threads:
        made = threads.post("/me/threads").respond(200, json={"id": "17"})
        ACCOUNT.prepare(outgoing(post("Look", media=(PICTURE,), link="https://pod.example/31")), door)
    assert forms(made) == [{"media_type": "IMAGE", "image_url": ADDRESS, "alt_text": PICTURE.alt, "text": "Look"}], (
        "a link_attachment goes with texts only"
    )


def test_several_media_become_a_carousel_once_each_of_them_is_ready(door: Door) -> None:
    service = Meta(works_for=2)
    with serving(service) as server:
        account = at(server.url)
        sent = ahead(account, outgoing(post("Look", media=(PICTURE, FILM)), account), door)
        account.publish(sent, door)
    picture, film, carousel = (each.form for each in service.containers.values())
    assert picture["is_carousel_item"] == film["is_carousel_item"] == "true"
    assert (film["media_type"], film["video_url"]) == ("VIDEO", "https://desk.example/media/film.mp4")
    assert (carousel["media_type"], carousel["children"], carousel["text"]) == ("CAROUSEL", "18000,18001", "Look")
    assert [each["text"] for each in service.posts] == ["Look"]


def test_without_a_public_address_nothing_is_sent_and_the_host_is_told_what_to_do(door: Door) -> None:
    with pytest.raises(NotSent, match=r"\[web\] public"):
        ACCOUNT.prepare(replace(outgoing(post("Look", media=(PICTURE,))), addresses={}), door)


def test_each_text_of_a_thread_is_a_container_that_answers_the_one_before(door: Door) -> None:
    thread = post("One", parts=(Part("Two"), Part("Three")))
    with serving(service := Meta()) as server:
        account = at(server.url)
        receipts: list[Receipt] = []
        for piece in compose(account, thread, key=KEY, at=AT).pieces:
            before = (receipts[0], receipts[-1]) if receipts else None
            _, receipt = deliver(account, Outgoing(piece.key, piece.body), door, after=before)
            assert receipt is not None
            receipts.append(receipt)
    assert [each["form"].get("reply_to_id") for each in service.posts] == [None, "90000", "90001"]


def test_an_answer_is_looked_for_among_the_answers(door: Door) -> None:
    with serving(service := Meta()) as server:
        account = at(server.url)
        root = Receipt(service.add({"text": "One"})["id"])
        answer = service.add({"text": "Two", "reply_to_id": root.remote_id})
        assert account.find(outgoing(post("Two")), door) is None
        found = account.find(outgoing(post("Two"), before=(root,)), door)
    assert found is not None
    assert found.remote_id == answer["id"]


@pytest.mark.parametrize("fate", [Fate.DROP_AFTER, Fate.ERROR_AFTER, Fate.HTML, Fate.CUT])
def test_a_container_that_was_published_is_never_believed_to_be_absent(door: Door, fate: Fate) -> None:
    service = Meta(hides=1)
    with serving(service) as server:
        account = at(server.url)
        sent = ahead(account, outgoing(post("Hello")), door)
        server.at = "/me/threads_publish?"
        server.fates.append(fate)
        with pytest.raises(Unknown):
            account.publish(sent, door)
        with pytest.raises(NotSent, match="does not list it yet"):
            account.find(sent, door)
        receipt = account.find(sent, door)
    assert receipt is not None
    assert receipt.permalink == "https://www.threads.net/@desk/post/90000"


def test_a_container_that_was_not_published_says_so_and_is_used_again(door: Door) -> None:
    service = Meta()
    with serving(service) as server:
        account = at(server.url)
        sent = ahead(account, outgoing(post("Hello")), door)
        server.at = "/me/threads_publish?"
        server.fates.append(Fate.DROP_BEFORE)
        with pytest.raises(Unknown):
            account.publish(sent, door)
        assert account.find(sent, door) is None
        account.publish(sent, door)
    assert (len(service.containers), len(service.posts)) == (1, 1)


def test_a_container_that_is_not_there_yet_is_tried_again_because_nothing_was_published(door: Door) -> None:
    with serving(Meta(works_for=9)) as server:
        account = at(server.url)
        made = account.prepare(outgoing(post("Hello")), door)
        with pytest.raises(NotSent, match="Nothing was published"):
            account.publish(outgoing(post("Hello"), prepared=made.reference), door)


def test_media_that_threads_cannot_use_are_rejected_in_its_words(door: Door) -> None:
    with respx.mock:
        told = {"id": "17", "status": "ERROR", "error_message": "FAILED_DOWNLOADING_VIDEO"}
        respx.get("https://graph.threads.net/v1.0/17").respond(200, json=told)
        with pytest.raises(Rejected, match="FAILED_DOWNLOADING_VIDEO"):
            ACCOUNT.prepared("17", door)


def test_a_post_without_its_link_where_people_see_it_is_a_post_nevertheless(door: Door) -> None:
    with respx.mock(base_url="https://graph.threads.net/v1.0") as threads:
        threads.post("/me/threads_publish").respond(200, json={"id": "90"})
        threads.get("/90").respond(500, html="<html>Sorry</html>")
        assert ACCOUNT.publish(outgoing(post("Hello"), prepared="17"), door) == Receipt("90")


def test_the_same_words_of_another_day_are_not_this_post(door: Door) -> None:
    with serving(service := Meta()) as server:
        service.add({"text": "Hello"}, AT - timedelta(days=7))
        assert at(server.url).find(outgoing(post("Hello")), door) is None


def test_a_busy_account_is_looked_through_page_by_page(door: Door) -> None:
    with serving(service := Meta()) as server:
        mine = service.add({"text": "Hello"})
        for number in range(120):
            service.add({"text": f"other {number}"})
        found = at(server.url).find(outgoing(post("Hello")), door)
        assert found is not None
        assert found.remote_id == mine["id"]
        for number in range(200):
            service.add({"text": f"more {number}"})
        with pytest.raises(NotSent, match="more than 250 posts"):
            at(server.url).find(outgoing(post("Hello")), door)


@pytest.mark.parametrize("text", ["🎉🎉", f"{FAMILY} https://pod.example/1", "שלום, 5 > 4 & „Zitat“", "e\u0301\u0323"])
def test_a_text_is_found_by_what_it_says(door: Door, text: str) -> None:
    with serving(service := Meta()) as server:
        service.add({"text": "something else"})
        mine = service.add({"text": text})
        found = at(server.url).find(outgoing(post(text)), door)
    assert found is not None
    assert found.remote_id == mine["id"]


@pytest.mark.parametrize(
    ("text", "length"), [(FAMILY, 25), ("🎉", 4), ("ש\u05c1", 2), ("e\u0301", 2), ("漢", 1), ("🇩🇪", 8)]
)
def test_an_emoji_counts_its_bytes_and_everything_else_its_characters(text: str, length: int) -> None:
    (limit,) = ACCOUNT.limits()
    assert count(text, limit) == length
    fitting = text + "x" * (500 - length)
    assert fault_of(ACCOUNT, post(fitting)) is None
    assert "501 of 500" in (fault_of(ACCOUNT, post(f"{fitting}x")) or "")


def test_a_link_counts_in_full() -> None:
    link = "https://pod.example/" + "a" * 400
    assert fault_of(ACCOUNT, post("x" * 79 + " " + link)) is None
    assert "501 of 500" in (fault_of(ACCOUNT, post("x" * 80 + " " + link)) or "")


@pytest.mark.parametrize("text", ["@ada said so", "thanks, @ada.b!", "“so @everyone knows”", "(@7)"])
def test_words_that_would_notify_somebody_are_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(Refused, match="without '@'"):
        ACCOUNT.compose(post(text), key=KEY, at=AT)
    assert replace(ACCOUNT, mentions=("@ADA", "@ada.b", "@everyone", "@7")).compose(post(text), key=KEY, at=AT)


@pytest.mark.parametrize("text", ["desk@pod.example", "@ home", "https://www.threads.net/@ada/post/1", "50@60", "@"])
def test_an_at_sign_that_notifies_nobody_is_none_of_our_business(text: str) -> None:
    ACCOUNT.compose(post(text), key=KEY, at=AT)


def test_a_hashtag_of_a_transcript_never_becomes_the_topic() -> None:
    said_so = QuotedSpan(None, 0, 9, "we are #1 and #winning", "Ada")  # type: ignore[arg-type]
    with pytest.raises(Refused, match="'#winning' in a quotation"):
        ACCOUNT.compose(post("“we are #1 and #winning”", quotes=(said_so,)), key=KEY, at=AT)
    assert ACCOUNT.compose(post("#work\n“we are #1 and #winning”", quotes=(said_so,)), key=KEY, at=AT)
    with_topic = replace(ACCOUNT, topic="#Podcasts")
    body = with_topic.compose(post("“we are #1 and #winning”", quotes=(said_so,)), key=KEY, at=AT)
    assert json.loads(body)["form"]["topic_tag"] == "Podcasts"


@pytest.mark.parametrize("topic", ["a.b", "Q&A", "x" * 51])
def test_a_topic_that_threads_does_not_take_is_refused(topic: str) -> None:
    with pytest.raises(ConfigError, match="'topic' is wrong"):
        replace(ACCOUNT, topic=topic)


def test_more_than_five_links_are_refused_and_the_same_one_counts_once() -> None:
    five = " ".join(f"https://pod.example/{number}" for number in range(5))
    assert ACCOUNT.compose(post(f"{five} https://pod.example/4", link="https://pod.example/0"), key=KEY, at=AT)
    with pytest.raises(Refused, match="5 links in one post, not 6"):
        ACCOUNT.compose(post(five, link="https://pod.example/31"), key=KEY, at=AT)


def test_a_strip_and_a_newsletter_are_refused_and_another_post_can_be_quoted() -> None:
    with pytest.raises(Refused, match="ten times as long"):
        ACCOUNT.compose(post("x", media=(replace(PICTURE, width=2000, height=100),)), key=KEY, at=AT)
    with pytest.raises(Refused, match="newsletters"):
        ACCOUNT.compose(Mail("a", "b", "c", "d", "e", None, (), ()), key=KEY, at=AT)
    body = ACCOUNT.compose(post("See", quoting=PostRef("90")), key=KEY, at=AT)
    assert json.loads(body)["form"]["quote_post_id"] == "90"


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (fault(190, "Error validating access token", subcode=460), NotSent, "put it into THREADS_TOKEN"),
        (fault(10, "Application does not have permission"), NotSent, "threads_content_publish"),
        (fault(4, "Application request limit reached"), NotSent, "tried again later"),
        (fault(368, "The action is deemed abusive"), NotSent, "see what it says"),
        (fault(2, "An unexpected error has occurred"), Unknown, "whether it counted"),
        (fault(613, "Calls to this api have exceeded the rate limit", status=403), NotSent, "later"),
        (fault(99, "Try again", transient=True), Unknown, "whether it counted"),
        (fault(100, "Invalid parameter"), Rejected, r"\(400\): Invalid parameter \(code 100, fbtrace_id AXr2bTkN9yQ\)"),
        (Said(403, b"<html>Forbidden</html>"), Rejected, "gave no reason"),
    ],
)
def test_each_refusal_means_what_its_code_says(door: Door, answer: Said, kind: type[Exception], words: str) -> None:
    def refuse(request: Request) -> Said:
        return answer if "threads_publish?" in request.path else said(200, {"id": "1"})

    with serving(refuse) as server, pytest.raises(kind, match=words) as caught:
        at(server.url).publish(outgoing(post("Hello"), prepared="17"), door)
    assert type(caught.value) is kind


def test_a_limit_tells_how_long_it_holds(door: Door) -> None:
    usage = {"7": [{"type": "threads", "call_count": 100, "estimated_time_to_regain_access": 12}]}
    refused = fault(80_002, "There have been too many calls")
    headers = {"X-Business-Use-Case-Usage": json.dumps(usage)}
    with (
        serving(lambda _: Said(400, refused.body, headers)) as server,
        pytest.raises(NotSent) as caught,
    ):
        at(server.url).publish(outgoing(post("Hello"), prepared="17"), door)
    assert caught.value.retry_after == 720


def test_an_app_secret_proves_every_request(door: Door) -> None:
    account = replace(ACCOUNT, app_secret=Secret("THREADS_APP_SECRET", SECRET))
    with respx.mock(base_url="https://graph.threads.net/v1.0") as threads:
        made = threads.post("/me/threads").respond(200, json={"id": "17"})
        account.prepare(outgoing(post("Hello")), door)
    proof = hmac.new(SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
    assert made.calls[0].request.url.params["appsecret_proof"] == proof


def test_a_check_names_the_account_and_what_is_used_of_the_days_number(door: Door) -> None:
    with serving(Meta(used=12)) as server:
        assert at(server.url).check(door) == "posts as @desk on Threads, 12 of 250 posts used in 24 hours"


def test_a_revoked_token_is_said_with_what_to_do(door: Door) -> None:
    with serving(Meta()) as server, pytest.raises(Rejected, match="Invalid OAuth access token") as caught:
        at(server.url, token=Secret("THREADS_TOKEN", "another-token-altogether")).check(door)
    assert caught.value.remedy == "Make a new token and put it into THREADS_TOKEN."


def test_a_post_that_may_not_be_touched_is_not_gone(door: Door) -> None:
    def forbids(request: Request) -> Said:
        return fault(100, "No permission", subcode=33) if request.method == "DELETE" else said(200, {"id": "90"})

    with serving(forbids) as server, pytest.raises(Rejected, match="to delete the post"):
        at(server.url).delete(Receipt("90"), door)
    with serving(lambda _: fault(10, "No permission")) as server, pytest.raises(NotSent, match="permissions"):
        at(server.url).delete(Receipt("90"), door)


def test_a_token_is_renewed_and_the_new_one_used_from_then_on(door: Door) -> None:
    with serving(service := Meta()) as server:
        account = at(server.url)
        account.refresh(door)
        assert account.check(door).startswith("posts as @desk")
        ends = account.expiry(door)
        assert ends is not None
        assert abs(ends.at - door.now() - timedelta(days=60)) < timedelta(minutes=5)
        another = replace(account, token=Secret("THREADS_TOKEN", "made-by-hand-afterwards"))
        service.tokens.append("made-by-hand-afterwards")
        assert another.check(door).startswith("posts as @desk"), "a new token in the environment wins"


@pytest.mark.parametrize(
    "answer",
    [
        said(200, {"access_token": "", "expires_in": 5_184_000}),
        said(200, {"access_token": None}),
        said(200, {"access_token": "new", "expires_in": 0}),
        said(200, {"access_token": "new"}),
        said(200, []),
        Said(200, b"<html>Welcome</html>"),
        fault(1, "An unknown error occurred"),
        Said(502, b""),
    ],
)
def test_a_good_token_is_never_lost_to_an_answer_that_holds_none(door: Door, answer: Said) -> None:
    memory = Forgetful()
    with serving(Meta()) as server:
        replace(ACCOUNT, server=server.url, memory=memory).refresh(door)
    kept = memory.recall("token")
    with serving(lambda _: answer) as server, pytest.raises(NotSent):
        replace(ACCOUNT, server=server.url, memory=memory).refresh(door)
    assert memory.recall("token") == kept


def test_a_token_that_has_ended_needs_a_person(door: Door) -> None:
    with serving(Meta(tokens=["of somebody else"])) as server, pytest.raises(Rejected) as caught:
        at(server.url).refresh(door)
    assert TOKEN not in f"{caught.value} {caught.value.answer}"
    assert "THREADS_TOKEN" in caught.value.remedy


def test_the_end_of_a_token_that_was_never_renewed_is_learnt_a_day_later(door: Door) -> None:
    account = at("https://graph.threads.net")
    first = account.expiry(door)
    assert first is not None
    assert timedelta(days=7) < first.at - door.now() < timedelta(days=9)
    assert account.expiry(door) == first, "the day does not move on"
