"""X: what is asked, how it is signed, what is refused before, what a doubt is settled by, and what a post costs."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qsl

import httpx
import pytest
import respx

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.http import Door
from bot.model.provenance import EpisodeRef
from bot.model.publication import Mail, MediaKind, Part, Post, PostRef, QuotedSpan
from bot.model.secret import Secret
from bot.model.states import DeliveryState
from bot.platforms.composing import compose, fault_of
from bot.platforms.contract import Cost, Outgoing, Receipt
from bot.platforms.memory import Forgetful
from bot.platforms.preview import preview
from bot.platforms.x import X
from tests.http.server import Fate, Request, Said, serving
from tests.platforms.cases import PICTURE, PNG
from tests.platforms.conftest import QUICK
from tests.platforms.engine import ahead, deliver
from tests.platforms.services import AT, said
from tests.platforms.x import (
    API_KEY,
    API_SECRET,
    CLIENT,
    CLIENT_SECRET,
    REFRESH,
    TOKEN,
    TOKEN_SECRET,
    Service,
    problem,
)

KEY = "quote-7-abcdef012345"
REF = EpisodeRef(1, 1)
ACCOUNT = X(
    api_key=Secret("X_API_KEY", API_KEY),
    api_secret=Secret("X_API_SECRET", API_SECRET),
    access_token=Secret("X_ACCESS_TOKEN", TOKEN),
    access_secret=Secret("X_ACCESS_SECRET", TOKEN_SECRET),
)
RENEWED = X(
    client_id=CLIENT,
    client_secret=Secret("X_CLIENT_SECRET", CLIENT_SECRET),
    refresh_token=Secret("X_REFRESH_TOKEN", REFRESH),
)
FILM = replace(PICTURE, kind=MediaKind.VIDEO, mime="video/mp4", sha256="f" * 64, duration=30)
MOVING = replace(PICTURE, mime="image/gif", sha256="d" * 64)
LINK = "https://pod.example.org/31?utm_source=x&utm_medium=social"
TEXT = f"“A deadline is a promise & <more>.”\n\n— Ada, 12:34\n\n{LINK}\n\n#deadlines 👩‍🎓"


def post(text: str, *quotes: str, **more: object) -> Post:
    spans = tuple(QuotedSpan(REF, 0, len(each), each, "Ada") for each in quotes)
    return replace(Post(text, None, "en", spans, (REF,)), **more)  # type: ignore[arg-type]


def outgoing(made: Post, account: X = ACCOUNT, **more: object) -> Outgoing:
    body = account.compose(made, key=KEY, at=AT)
    return replace(Outgoing(KEY, body, media={PICTURE.sha256: PNG}), **more)  # type: ignore[arg-type]


def at(url: str, account: X = ACCOUNT, **more: object) -> X:
    return replace(account, server=url, memory=Forgetful(), **more)  # type: ignore[arg-type]


@pytest.fixture
def api() -> respx.MockRouter:
    with respx.mock(base_url="https://api.x.com") as mocked:
        yield mocked


def created(number: str = "1445880548472328192") -> httpx.Response:
    return httpx.Response(201, json={"data": {"id": number, "text": "…"}})


# What is asked


def test_the_request_is_that_of_the_documentation(api: respx.MockRouter) -> None:
    route = api.post("/2/tweets").mock(return_value=created())
    with Door(QUICK, clock=lambda: datetime(2026, 8, 20, 10, 0, tzinfo=UTC)) as door:
        receipt = ACCOUNT.publish(outgoing(post("Hello, world & all")), door)
    (call,) = route.calls
    assert json.loads(call.request.content) == {"text": "Hello, world & all"}
    assert call.request.headers["content-type"] == "application/json"
    told = call.request.headers["authorization"]
    assert told.startswith("OAuth oauth_nonce=")
    assert f'oauth_consumer_key="{API_KEY}"' in told
    assert f'oauth_token="{TOKEN}"' in told
    assert 'oauth_timestamp="1787220000"' in told
    assert 'oauth_signature_method="HMAC-SHA1"' in told
    assert API_SECRET not in told
    assert TOKEN_SECRET not in told
    number = "1445880548472328192"
    assert receipt == Receipt(number, f"https://x.com/i/status/{number}")


def test_two_requests_never_share_a_number(api: respx.MockRouter, door: Door) -> None:
    route = api.get("/2/users/me").respond(200, json={"data": {"id": "7", "username": "desk"}})
    for _ in range(3):
        ACCOUNT.check(door)
    assert len({call.request.headers["authorization"].split('"')[1] for call in route.calls}) == 3


def test_each_text_of_a_thread_answers_the_one_before(door: Door) -> None:
    with serving(service := Service()) as server:
        account = at(server.url)
        receipts: list[Receipt] = []
        for piece in compose(account, post("One", parts=(Part("Two"), Part("Three"))), key=KEY, at=AT).pieces:
            after = (receipts[0], receipts[-1]) if receipts else None
            _, receipt = deliver(account, Outgoing(piece.key, piece.body), door, after=after)
            assert receipt is not None
            receipts.append(receipt)
    answered = [each.get("referenced_tweets", [{}])[0].get("id") for each in service.posts]
    assert answered == [None, receipts[0].remote_id, receipts[1].remote_id]


def test_a_film_goes_over_in_pieces_and_is_asked_for_until_it_is_ready(door: Door) -> None:
    content = bytes(range(256)) * 40_000
    film = replace(FILM, size=len(content))
    with serving(service := Service(works_for=2)) as server:
        account = at(server.url)
        sent = ahead(
            account, outgoing(post("Look", media=(film,)), account, media={film.sha256: content}), door, (film,)
        )
        account.publish(sent, door)
        paths = [each.path.partition("?")[0] for each in server.requests]
    (upload,) = service.uploads.values()
    assert upload["whole"] == content
    assert (upload["media_type"], upload["media_category"]) == ("video/mp4", "tweet_video")
    assert upload["alt"] == film.alt
    assert [len(upload["pieces"][each]) for each in range(3)] == [4_000_000, 4_000_000, 2_240_000]
    assert paths.count("/2/media/upload") == 2, "asked until it was ready"
    assert service.posts[0]["media"] == list(service.uploads)


@pytest.mark.parametrize(
    ("medium", "category"), [(PICTURE, "tweet_image"), (MOVING, "tweet_gif"), (FILM, "tweet_video")]
)
def test_x_is_told_what_an_upload_is_for(door: Door, medium: object, category: str) -> None:
    with serving(service := Service()) as server:
        at(server.url).upload(medium, PNG, door)  # type: ignore[arg-type]
    assert [each["media_category"] for each in service.uploads.values()] == [category]


def test_a_film_that_x_cannot_use_is_rejected_with_its_reason(api: respx.MockRouter, door: Door) -> None:
    state = {"state": "failed", "error": {"code": 1, "name": "InvalidMedia", "message": "Unsupported video format"}}
    api.get("/2/media/upload").respond(200, json={"data": {"id": "5", "processing_info": state}})
    with pytest.raises(Rejected, match="Unsupported video format") as caught:
        ACCOUNT.uploaded("5", door)
    assert "H.264" in caught.value.remedy


@pytest.mark.parametrize(
    "answer", [{}, {"data": {}}, {"data": {"id": "5", "processing_info": {"state": "pondering"}}}, {"errors": [{}]}]
)
def test_an_upload_of_which_x_says_nothing_is_not_taken_for_ready(
    api: respx.MockRouter, door: Door, answer: object
) -> None:
    api.get("/2/media/upload").respond(200, json=answer)
    with pytest.raises(NotSent):
        ACCOUNT.uploaded("5", door)


# What is refused before anything is sent


@pytest.mark.parametrize(
    ("text", "quotes", "words"),
    [
        ("Ask @stranger about it", (), "'@stranger' would notify"),
        ("Ask ＠stranger about it", (), "would notify"),
        ("RT@stranger: so true", (), "'@stranger' would notify"),
        ("“Call #metoo what you like”", ("Call #metoo what you like",), "'#metoo' in a quotation"),
        ("He said “sell $TSLA now”", ("sell $TSLA now",), "'\\$TSLA' in a quotation"),
        ("$TSLA and $F rise", (), "one stock symbol"),
        ("half \ufeff a mark", (), "code point that X refuses"),
    ],
)
def test_what_a_text_would_do_by_accident_is_refused(text: str, quotes: tuple[str, ...], words: str) -> None:
    with pytest.raises(Refused, match=words):
        ACCOUNT.compose(post(text, *quotes), key=KEY, at=AT)


@pytest.mark.parametrize(
    "text",
    [
        "write to me@example.org, or see https://medium.com/@stranger and example.org/@stranger",
        "@known says so",
        "it cost $100, and #1 was free; a$b is no symbol, nor is x#y a tag",
        "our own #tag and $TSLA",
        "half @ a name, @@two, @name@host.example",
    ],
)
def test_what_does_nothing_by_accident_is_let_through(text: str) -> None:
    assert (
        json.loads(replace(ACCOUNT, mentions=("@Known",)).compose(post(text), key=KEY, at=AT))["post"]["text"] == text
    )


def test_media_that_x_does_not_take_together_are_refused() -> None:
    for media in ((PICTURE, FILM), (PICTURE, MOVING), (MOVING, MOVING)):
        with pytest.raises(Refused, match="one film, one moving picture"):
            ACCOUNT.compose(post("Look", media=media), key=KEY, at=AT)
    with pytest.raises(Refused, match="three times"):
        ACCOUNT.compose(post("Look", media=(replace(FILM, width=1280, height=400),)), key=KEY, at=AT)
    assert fault_of(ACCOUNT, post("Look", media=(PICTURE,) * 5)) is not None
    assert fault_of(ACCOUNT, post("Look", media=(replace(FILM, duration=141),))) is not None


def test_another_post_is_shown_only_for_who_may() -> None:
    quoting = post("Again:", quoting=PostRef("990"))
    with pytest.raises(Refused, match="Enterprise"):
        ACCOUNT.compose(quoting, key=KEY, at=AT)
    made = json.loads(replace(ACCOUNT, enterprise=True).compose(quoting, key=KEY, at=AT))
    assert made["post"] == {"text": "Again:", "quote_tweet_id": "990"}


def test_a_newsletter_is_refused() -> None:
    mail = Mail("Desk <desk@example.org>", "Subject", "Pre", "<p>Hello</p>", "Hello", "en", (), (REF,))
    with pytest.raises(Refused):
        ACCOUNT.compose(mail, key=KEY, at=AT)


def test_a_post_is_as_long_as_the_account_may_write() -> None:
    assert fault_of(ACCOUNT, post("字" * 140)) is None
    assert fault_of(ACCOUNT, post("字" * 140 + "!")) is not None
    assert fault_of(ACCOUNT, post("see example.com " + "a" * 241)) is None
    assert fault_of(ACCOUNT, post("see example.com " + "a" * 253)) is not None
    assert fault_of(replace(ACCOUNT, limit=25_000), post("字" * 12_500)) is None


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"client_id": CLIENT},
        {"refresh_token": Secret("R", REFRESH)},
        {"api_key": Secret("A", "a"), "api_secret": Secret("B", "b"), "access_token": Secret("C", "c")},
        {"client_id": CLIENT, "refresh_token": Secret("R", REFRESH), "api_key": Secret("A", "a")},
    ],
)
def test_keys_that_are_not_whole_or_of_both_kinds_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="either the four keys"):
        X(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", [0, -1, 25_001])
def test_a_limit_that_x_does_not_know_is_refused(limit: int) -> None:
    with pytest.raises(ConfigError, match="'limit'"):
        replace(ACCOUNT, limit=limit)


# What refusals mean


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (problem(401, "Unauthorized", title="Unauthorized"), NotSent, "X_ACCESS_TOKEN"),
        (
            problem(402, "Your account does not have any credits.", "https://api.x.com/2/problems/credits"),
            NotSent,
            "Buy credits",
        ),
        (
            problem(403, "Your client app is not configured.", "https://api.x.com/2/problems/oauth1-permissions"),
            NotSent,
            "read and write",
        ),
        (
            problem(403, "You are not allowed to create a Tweet with duplicate content."),
            Unknown,
            "The same words stand there",
        ),
        (problem(403, "You are not permitted to perform this action."), Rejected, "not permitted"),
        (problem(402, "Payment Required"), Rejected, "402"),
        (
            said(400, {"errors": [{"message": "Too long."}], "title": "Invalid Request", "detail": "Parameters."}),
            Rejected,
            r"Parameters: Too long",
        ),
    ],
)
def test_a_refusal_means_what_its_body_says(door: Door, answer: Said, error: type[Exception], words: str) -> None:
    with serving(lambda _: answer) as server, pytest.raises(error, match=words):
        at(server.url).publish(outgoing(post("Hello")), door)


def test_an_answer_that_x_does_not_allow_says_why(door: Door) -> None:
    refused = problem(403, "Reply to this conversation is not allowed.")
    with serving(lambda _: refused) as server, pytest.raises(Rejected) as caught:
        at(server.url).follow(outgoing(post("Two")), door, root=Receipt("1"), parent=Receipt("1"))
    assert "bring the thread into one text" in caught.value.remedy


def test_an_answer_to_what_x_does_not_see_yet_is_tried_again_and_to_what_is_gone_is_not() -> None:
    refused = problem(403, "You attempted to reply to a Tweet that is deleted or not visible to you.")
    # A post that X's documentation shows, with the time at which it was made.
    made = datetime(2021, 11, 15, 19, 8, 5, tzinfo=UTC)
    parent = Receipt("1460323737035677698")
    for minutes, error in ((1, NotSent), (11, Rejected)):
        now = made + timedelta(minutes=minutes)
        with (
            serving(lambda _: refused) as server,
            Door(QUICK, clock=lambda now=now: now) as door,
            pytest.raises(error) as caught,
        ):
            at(server.url).follow(outgoing(post("Two")), door, root=parent, parent=parent)
        assert isinstance(caught.value, Rejected) or caught.value.retry_after == 20


def test_out_of_money_waits_an_hour(door: Door) -> None:
    refused = problem(402, "No credits.", "https://api.x.com/2/problems/credits")
    with serving(lambda _: refused) as server, pytest.raises(NotSent) as caught:
        at(server.url).publish(outgoing(post("Hello")), door)
    assert caught.value.retry_after == 3_600


def test_too_many_posts_wait_until_x_says(api: respx.MockRouter) -> None:
    now = datetime(2026, 8, 20, 10, 0, tzinfo=UTC)
    headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(now.timestamp()) + 540)}
    api.post("/2/tweets").respond(429, headers=headers)
    with Door(QUICK, clock=lambda: now) as door, pytest.raises(NotSent) as caught:
        ACCOUNT.publish(outgoing(post("Hello")), door)
    assert caught.value.retry_after == 540


# What a doubt is settled by


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "no link at all",
        f"{LINK} and https://pod.example.org/",
        "see example.org/a and Booking.com",
        "😀 🇩🇪",
        "a < b && c > d",
        "e\u0301 and ﬁne",
        "кот https://pod.example.org/%C3%A9?q=%20",
    ],
)
def test_a_post_is_known_again_however_x_shows_it(door: Door, text: str) -> None:
    with serving(service := Service()) as server:
        account = at(server.url)
        service.add("before", at=AT - timedelta(days=1))
        wanted = service.add(text, media=["5"])
        service.add("after")
        found = account.find(outgoing(post(text), account), door)
    assert found is not None
    assert found.remote_id == wanted["id"]


@pytest.mark.parametrize(
    "standing",
    [
        TEXT.replace("31?", "32?"),
        TEXT.replace(LINK, ""),
        TEXT.replace("12:34", "12:35"),
        TEXT + " and more",
    ],
)
def test_another_post_is_not_taken_for_ours(door: Door, standing: str) -> None:
    with serving(service := Service()) as server:
        account = at(server.url)
        service.add(standing)
        service.add(TEXT, at=AT - timedelta(hours=1))
        assert account.find(outgoing(post(TEXT), account), door) is None


def test_an_answer_is_not_taken_for_a_post_of_its_own_nor_for_another_answer(door: Door) -> None:
    with serving(service := Service()) as server:
        account = at(server.url)
        root = service.add("One")
        answer = service.add("Two", parent=root["id"])
        assert account.find(outgoing(post("Two"), account), door) is None
        assert account.find(outgoing(post("Two"), account, before=(Receipt("5"),)), door) is None
        found = account.find(outgoing(post("Two"), account, before=(Receipt(root["id"]),)), door)
    assert found is not None
    assert found.remote_id == answer["id"]


def test_a_long_post_is_compared_whole(api: respx.MockRouter, door: Door) -> None:
    text = "word " * 100 + LINK
    entities = {"urls": [{"url": "https://t.co/abc", "expanded_url": LINK}]}
    whole = {"text": "word " * 100 + "https://t.co/abc", "entities": entities}
    api.get("/2/users/me").respond(200, json={"data": {"id": "7"}})
    listed = {"id": "90", "text": "word word… https://t.co/xyz", "note_tweet": whole}
    api.get("/2/users/7/tweets").respond(200, json={"data": [listed], "meta": {"result_count": 1}})
    account = replace(ACCOUNT, limit=1_000, memory=Forgetful())
    found = account.find(outgoing(post(text), account), door)
    assert found is not None
    assert found.remote_id == "90"


def test_links_of_which_x_does_not_say_where_they_lead_leave_it_open(api: respx.MockRouter, door: Door) -> None:
    api.get("/2/users/me").respond(200, json={"data": {"id": "7"}})
    listed = {"id": "90", "text": "Listen: https://t.co/abc"}
    api.get("/2/users/7/tweets").respond(200, json={"data": [listed], "meta": {"result_count": 1}})
    with pytest.raises(NotSent, match="where its links lead"):
        replace(ACCOUNT, memory=Forgetful()).find(outgoing(post(f"Listen: {LINK}")), door)


def test_the_list_is_read_back_to_the_time_of_the_post_and_no_further(door: Door) -> None:
    with serving(service := Service()) as server:
        account = at(server.url)
        wanted = service.add(TEXT)
        for number in range(130):
            service.add(f"Later {number}")
        found = account.find(outgoing(post(TEXT), account), door)
        assert found is not None
        assert found.remote_id == wanted["id"]
        for number in range(200):
            service.add(f"Later still {number}")
        with pytest.raises(NotSent, match="more than 300"):
            account.find(outgoing(post(TEXT), account), door)
        listing = [each.path for each in server.requests if "/tweets?" in each.path]
    assert "start_time=2026-08-20T09%3A45%3A00Z" in listing[0]
    assert "exclude=retweets" in listing[0]


def test_the_account_is_asked_for_its_number_once(door: Door) -> None:
    with serving(Service()) as server:
        account = at(server.url)
        assert account.check(door) == "posts as @desk on X, up to 280 characters"
        for _ in range(2):
            assert account.find(outgoing(post(TEXT), account), door) is None
        asked = [each.path for each in server.requests if each.path == "/2/users/me"]
    assert len(asked) == 1


def test_a_post_without_words_is_left_to_a_person(door: Door) -> None:
    with pytest.raises(NotSent, match="look at the account"):
        ACCOUNT.find(outgoing(post("", media=(PICTURE,))), door)


@pytest.mark.parametrize("fate", [Fate.DROP_AFTER, Fate.ERROR_AFTER, Fate.CUT])
def test_what_the_duplicate_detector_says_is_looked_up_and_never_believed(door: Door, fate: Fate) -> None:
    """The list is late: the post seems absent and is sent again, X says that it stands there, and it is looked up."""
    with serving(service := Service(hides=1)) as server:
        server.at = "/2/tweets"
        server.fates.append(fate)
        account = at(server.url)
        _, receipt = deliver(account, outgoing(post(TEXT), account), door)
    assert receipt is not None
    assert [each["id"] for each in service.posts] == [receipt.remote_id]


def test_words_that_stand_there_from_before_are_left_to_a_person_and_not_tried_for_ever(door: Door) -> None:
    with serving(service := Service()) as server:
        service.add(TEXT, at=AT - timedelta(days=1))
        account = at(server.url)
        state, receipt = deliver(account, outgoing(post(TEXT), account), door)
        asked = [each for each in server.requests if (each.method, each.path) == ("POST", "/2/tweets")]
    assert (state, receipt) == (DeliveryState.UNKNOWN, None)
    assert len(asked) == 1
    assert len(service.posts) == 1


# Tokens that are renewed


@pytest.mark.parametrize("public", [True, False])
def test_a_token_is_renewed_and_the_new_pair_is_kept(door: Door, public: bool) -> None:
    secret = Secret("", "") if public else RENEWED.client_secret
    with serving(service := Service(public=public)) as server:
        account = at(server.url, RENEWED, client_secret=secret)
        for number in range(3):
            account.publish(outgoing(post(f"Post {number}"), account), door)
    assert service.renewed == 1
    assert len(service.posts) == 3


def test_a_renewal_is_asked_for_as_the_documentation_says(api: respx.MockRouter, door: Door) -> None:
    tokens = {"token_type": "bearer", "expires_in": 7200, "access_token": "new", "refresh_token": "next"}
    route = api.post("/2/oauth2/token").respond(200, json=tokens)
    posted = api.post("/2/tweets").mock(return_value=created())
    replace(RENEWED, memory=Forgetful()).publish(outgoing(post("Hello"), RENEWED), door)
    public = replace(RENEWED, client_secret=Secret("", ""), memory=Forgetful())
    public.publish(outgoing(post("Hello"), RENEWED), door)
    confidential, plain = (call.request for call in route.calls)
    assert dict(parse_qsl(confidential.content.decode())) == {"grant_type": "refresh_token", "refresh_token": REFRESH}
    pair = base64.b64encode(f"{CLIENT}:{CLIENT_SECRET}".encode()).decode()
    assert confidential.headers["authorization"] == f"Basic {pair}"
    assert dict(parse_qsl(plain.content.decode()))["client_id"] == CLIENT
    assert "authorization" not in plain.headers
    assert [call.request.headers["authorization"] for call in posted.calls] == ["Bearer new", "Bearer new"]


def test_a_token_is_renewed_before_it_ends() -> None:
    now = [datetime(2026, 8, 20, 10, 0, tzinfo=UTC)]
    with serving(service := Service()) as server, Door(QUICK, clock=lambda: now[0]) as door:
        account = at(server.url, RENEWED)
        for minutes in (0, 114, 116, 117):
            now[0] = datetime(2026, 8, 20, 10, 0, tzinfo=UTC) + timedelta(minutes=minutes)
            account.check(door)
    assert service.renewed == 2


def test_a_token_that_x_refuses_is_renewed_at_the_next_try(door: Door) -> None:
    with serving(service := Service()) as server:
        account = at(server.url, RENEWED)
        account.check(door)
        service.access.clear()
        with pytest.raises(NotSent, match="X_REFRESH_TOKEN"):
            account.publish(outgoing(post("Hello"), account), door)
        account.publish(outgoing(post("Hello"), account), door)
    assert service.renewed == 2


def test_a_renewal_that_another_worker_made_is_taken(door: Door) -> None:
    """Both used the same token; the one that came later finds what the other kept."""
    memory = Forgetful()
    with serving(service := Service()) as server:
        ours = replace(RENEWED, server=server.url, memory=memory)

        def first_another(request: Request) -> Said:
            if request.path == "/2/oauth2/token":
                server.service = service
                ours.check(door)
            return service(request)

        server.service = first_another
        assert ours.check(door).startswith("posts as @desk")
    assert service.renewed == 1


@pytest.mark.parametrize(
    "answer",
    [said(200, {}), said(200, {"access_token": "", "refresh_token": "next"}), said(200, []), Said(200, b"<html>")],
)
def test_an_empty_renewal_loses_nothing(door: Door, answer: Said) -> None:
    service = Service()
    with serving(lambda _: answer) as server:
        account = at(server.url, RENEWED)
        with pytest.raises(NotSent):
            account.check(door)
        server.service = service
        account.check(door)
    assert service.renewed == 1


def test_a_renewal_that_names_no_next_token_keeps_the_one_in_use(door: Door) -> None:
    memory = Forgetful()
    tokens = said(200, {"access_token": "new", "expires_in": 7200})
    with serving(lambda _: tokens) as server, pytest.raises(Rejected, match="named no account"):
        replace(RENEWED, server=server.url, memory=memory).check(door)
    kept = json.loads(memory.recall("token") or "{}")
    assert (kept["access"], kept["refresh"]) == ("new", REFRESH)


def test_a_refused_renewal_says_what_to_do_and_shows_no_token(door: Door) -> None:
    told = {"error": "invalid_request", "error_description": f"Value passed for the token was invalid: {REFRESH}"}
    with serving(lambda _: said(400, told)) as server, pytest.raises(NotSent) as caught:
        at(server.url, RENEWED).publish(outgoing(post("Hello"), RENEWED), door)
    assert "X_REFRESH_TOKEN" in str(caught.value)
    assert REFRESH not in f"{caught.value} {caught.value.answer}"


def test_another_refresh_token_in_the_environment_begins_anew(door: Door) -> None:
    memory = Forgetful()
    with serving(service := Service()) as server:
        replace(RENEWED, server=server.url, memory=memory).check(door)
        service.refresh = "made-anew"
        anew = replace(RENEWED, server=server.url, memory=memory, refresh_token=Secret("X_REFRESH_TOKEN", "made-anew"))
        anew.check(door)
    assert service.renewed == 2


@pytest.mark.parametrize("status", [401, 403])
def test_keys_that_are_wrong_are_a_fault_of_the_account(api: respx.MockRouter, door: Door, status: int) -> None:
    api.get("/2/users/me").respond(status, json={"title": "Unauthorized", "detail": "Unauthorized"})
    with pytest.raises(Rejected) as caught:
        ACCOUNT.check(door)
    assert "X_API_KEY, X_API_SECRET, X_ACCESS_TOKEN and X_ACCESS_SECRET" in caught.value.remedy


# What it costs


def test_a_post_with_a_link_costs_more_and_every_description_too() -> None:
    assert preview(ACCOUNT, post("Hello")).cost == Cost(Decimal("0.015"), "USD")
    assert preview(ACCOUNT, post(f"Hello {LINK}")).cost == Cost(Decimal("0.200"), "USD")
    assert preview(ACCOUNT, post("Hello", media=(PICTURE, PICTURE))).cost == Cost(Decimal("0.025"), "USD")
    thread = post(f"Hello {LINK}", parts=(Part("and more"), Part("and more")))
    assert preview(ACCOUNT, thread).cost == Cost(Decimal("0.230"), "USD")
    assert str(preview(ACCOUNT, thread).cost) == "0.230 USD"


def test_a_word_that_x_makes_a_link_of_is_told() -> None:
    seen = preview(ACCOUNT, post("We spoke of Booking.com today"))
    assert seen.cost == Cost(Decimal("0.200"), "USD")
    assert seen.remarks == ("X makes a link of 'Booking.com', and asks for a post with a link.",)
    (mark,) = seen.parts[0].marks
    assert mark.leads_to == "https://Booking.com"
