"""A Facebook Page: what is asked, what is refused before, and how a post is found again."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs

import pytest
import respx

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.http import Door
from bot.ledger import Tier
from bot.model.publication import Mail, MediaKind, Part, Post
from bot.model.secret import Secret
from bot.model.states import DeliveryState
from bot.platforms.composing import fault_of
from bot.platforms.contract import Outgoing, Receipt
from bot.platforms.facebook import Facebook
from tests.http.server import Fate, Request, Said, serving
from tests.platforms.cases import PICTURE, PNG
from tests.platforms.engine import ahead, deliver
from tests.platforms.meta import PAGE, SECRET, TOKEN, Page, fault
from tests.platforms.services import AT, said

ACCOUNT = Facebook(page=PAGE, token=Secret("FACEBOOK_TOKEN", TOKEN))
BASE = "https://graph.facebook.com/v25.0"
KEY = "quote-7-abcdef012345"
FILM = replace(PICTURE, kind=MediaKind.VIDEO, mime="video/mp4", sha256="f" * 64, duration=30)
ADDRESS = "https://desk.example/media/film.mp4"


def post(text: str, **more: object) -> Post:
    return replace(Post(text, None, "en", (), ()), **more)  # type: ignore[arg-type]


def outgoing(made: Post) -> Outgoing:
    body = ACCOUNT.compose(made, key=KEY, at=AT)
    return Outgoing(KEY, body, media={PICTURE.sha256: PNG}, addresses={FILM.sha256: ADDRESS})


def at(url: str) -> Facebook:
    return replace(ACCOUNT, server=url)


def form(route: respx.Route) -> dict[str, str]:
    return {name: each[0] for name, each in parse_qs(route.calls[-1].request.content.decode()).items()}


def test_the_request_is_that_of_the_documentation(door: Door) -> None:
    with respx.mock:
        route = respx.post(f"{BASE}/{PAGE}/feed").respond(200, json={"id": f"{PAGE}_1"})
        receipt = ACCOUNT.publish(outgoing(post("Hello", link="https://pod.example/31")), door)
    assert form(route) == {"message": "Hello", "link": "https://pod.example/31", "published": "true"}
    assert route.calls[0].request.headers["authorization"] == f"Bearer {TOKEN}"
    assert route.calls[0].request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert route.calls[0].request.url.query == b""
    assert (receipt.remote_id, receipt.permalink) == (f"{PAGE}_1", f"https://www.facebook.com/{PAGE}_1")


def test_an_app_secret_proves_every_request(door: Door) -> None:
    account = replace(ACCOUNT, app_secret=Secret("FACEBOOK_APP_SECRET", SECRET))
    with respx.mock:
        route = respx.post(f"{BASE}/{PAGE}/feed").respond(200, json={"id": "1"})
        account.publish(outgoing(post("Hello")), door)
    proof = hmac.new(SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
    assert dict(route.calls[0].request.url.params) == {"appsecret_proof": proof}


def test_pictures_go_ahead_unpublished_with_their_alt_text_and_the_post_names_them(door: Door) -> None:
    with respx.mock:
        photos = respx.post(f"{BASE}/{PAGE}/photos").respond(200, json={"id": "22"})
        feed = respx.post(f"{BASE}/{PAGE}/feed").respond(200, json={"id": "1"})
        made = post("Look", media=(PICTURE,), link="https://pod.example/31")
        ACCOUNT.publish(ahead(ACCOUNT, outgoing(made), door, (PICTURE,)), door)
    sent = photos.calls[0].request.content
    assert b'name="published"\r\n\r\nfalse' in sent
    assert b'name="alt_text_custom"\r\n\r\n' + PICTURE.alt.encode() in sent
    assert PNG in sent
    assert form(feed) == {"message": "Look", "published": "true", "attached_media[0]": '{"media_fbid": "22"}'}


def test_a_film_is_fetched_from_its_public_address(door: Door) -> None:
    made = post("Watch", media=(FILM,))
    with respx.mock:
        route = respx.post(f"{BASE}/{PAGE}/videos").respond(200, json={"id": "33"})
        receipt = ACCOUNT.publish(outgoing(made), door)
        edited = respx.post(f"{BASE}/33").respond(200, json={"success": True})
        ACCOUNT.edit(receipt, outgoing(post("Mended", media=(FILM,))), door)
    assert form(route) == {"description": "Watch", "file_url": ADDRESS}
    assert form(edited) == {"description": "Mended"}
    with pytest.raises(NotSent, match=r"\[web\] public"):
        ACCOUNT.publish(replace(outgoing(made), addresses={}), door)


def test_one_film_or_pictures_no_threads_no_newsletters() -> None:
    with pytest.raises(Refused, match="one film or up to ten pictures"):
        ACCOUNT.compose(post("x", media=(PICTURE, FILM)), key=KEY, at=AT)
    with pytest.raises(Refused, match="newsletters"):
        ACCOUNT.compose(Mail("a", "b", "c", "d", "e", None, (), ()), key=KEY, at=AT)
    assert "no threads" in (fault_of(ACCOUNT, post("x", parts=(Part("y"),))) or "")


@pytest.mark.parametrize("character", ["x", "ש", "漢", "e\u0301"])
def test_a_text_of_63206_characters_fits_and_no_longer_one(character: str) -> None:
    longest = (character * 63_206)[:63_206]
    assert fault_of(ACCOUNT, post(longest)) is None
    assert "63207 of 63206" in (fault_of(ACCOUNT, post(longest + "x")) or "")


@pytest.mark.parametrize("text", ["see @[546349135390552]", "@[4]", "“@[4:1:Ada]”"])
def test_what_facebook_reads_as_a_mention_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="would mention somebody"):
        ACCOUNT.compose(post(text), key=KEY, at=AT)


@pytest.mark.parametrize("text", ["@ada said so", "desk@pod.example", "@[ada]", "*bold* #tag <b>", "https://pod.ex/@1"])
def test_other_signs_do_nothing_on_facebook_and_stay(text: str) -> None:
    assert json.loads(ACCOUNT.compose(post(text), key=KEY, at=AT))["message"] == text


def test_a_doubt_is_settled_by_what_the_page_published(door: Door) -> None:
    with serving(service := Page()) as server:
        service.add("something else")
        mine = service.add("“A deadline…” https://pod.example/31?a=1&b=2 👨‍👩‍👧‍👦")
        found = at(server.url).find(outgoing(post("“A deadline…” https://pod.example/31?a=1&b=2 👨‍👩‍👧‍👦")), door)
    assert found is not None
    assert (found.remote_id, found.permalink) == (mine["id"], mine["permalink_url"])


def test_a_picture_without_words_is_left_to_a_person_after_a_doubt(door: Door) -> None:
    with pytest.raises(NotSent, match="without words"):
        ACCOUNT.find(outgoing(post("", media=(PICTURE,))), door)


def test_a_post_that_is_refused_as_a_duplicate_is_looked_up_and_not_sent_again(door: Door) -> None:
    """The first answer is lost and both lists are late: the second attempt meets Facebook's own detector."""
    service = Page(hides=2)
    with serving(service) as server:
        server.at = "/feed"
        server.fates.append(Fate.DROP_AFTER)
        state, receipt = deliver(at(server.url), outgoing(post("Hello")), door)
        sent = [each.path for each in server.requests].count(f"/v25.0/{PAGE}/feed")
    assert ACCOUNT.tier is Tier.FINDABLE
    assert (state, len(service.posts), sent) == (DeliveryState.ACCEPTED, 1, 2)
    assert receipt is not None


def test_a_last_post_that_says_the_same_since_long_ago_is_left_to_a_person(door: Door) -> None:
    with serving(service := Page()) as server:
        service.add("Hello", AT - timedelta(days=3))
        with pytest.raises(Unknown, match="506"):
            at(server.url).publish(outgoing(post("Hello")), door)
        with pytest.raises(NotSent, match="is older, and Facebook takes no two"):
            at(server.url).find(outgoing(post("Hello")), door)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (fault(190, "Session has expired", subcode=463), NotSent, "put it into FACEBOOK_TOKEN"),
        (fault(200, "Requires pages_manage_posts", status=403), NotSent, "pages_manage_posts"),
        (fault(32, "Page request limit reached"), NotSent, "later"),
        (fault(368, "You are temporarily blocked"), NotSent, "see what it says"),
        (fault(1, "An unknown error occurred"), Unknown, "whether it counted"),
        (fault(100, "Invalid parameter"), Rejected, "Invalid parameter"),
        (fault(1_609_005, "Could not scrape the link"), Rejected, "code 1609005"),
        (Said(500, b"<html>Sorry</html>"), Unknown, "500"),
        (Said(200, b"<html>Welcome</html>"), Unknown, "not JSON"),
    ],
)
def test_each_refusal_means_what_its_code_says(door: Door, answer: Said, kind: type[Exception], words: str) -> None:
    with serving(lambda _: answer) as server, pytest.raises(kind, match=words) as caught:
        at(server.url).publish(outgoing(post("Hello")), door)
    assert type(caught.value) is kind


def test_a_block_is_waited_out_for_an_hour(door: Door) -> None:
    with serving(lambda _: fault(368, "Blocked")) as server, pytest.raises(NotSent) as caught:
        at(server.url).publish(outgoing(post("Hello")), door)
    assert caught.value.retry_after == 3600


def test_an_edit_that_was_not_confirmed_is_not_done(door: Door) -> None:
    with respx.mock:
        respx.post(f"{BASE}/1").respond(200, json={"success": False})
        with pytest.raises(NotSent, match="did not say that it was done"):
            ACCOUNT.edit(Receipt("1"), outgoing(post("Mended")), door)


def test_a_post_that_can_still_be_read_is_not_gone(door: Door) -> None:
    def forbids(request: Request) -> Said:
        return fault(100, "No permission", subcode=33) if request.method == "DELETE" else said(200, {"id": "1"})

    with serving(forbids) as server, pytest.raises(Rejected, match="to delete the post"):
        at(server.url).delete(Receipt("1"), door)


def test_a_check_sees_whose_token_it_is(door: Door) -> None:
    with serving(Page()) as server:
        assert at(server.url).check(door) == "posts as the Page The Desk on Facebook"
        with pytest.raises(Rejected, match=r"'The Desk' .* not of the Page 12") as caught:
            replace(at(server.url), page="12").check(door)
        assert "FACEBOOK_TOKEN" in caught.value.remedy
        with pytest.raises(Rejected, match="Invalid OAuth"):
            replace(at(server.url), token=Secret("FACEBOOK_TOKEN", "another-token")).check(door)


def test_a_token_that_ends_is_told_and_one_that_does_not_is_not(door: Door) -> None:
    with serving(service := Page()) as server:
        assert at(server.url).expiry(door) is None
        service.token_ends = 1_800_000_000
        ends = at(server.url).expiry(door)
    assert ends is not None
    assert ends.at == datetime.fromtimestamp(1_800_000_000, UTC)
    assert "FACEBOOK_TOKEN" in ends.remedy


def test_the_version_of_the_api_ends_on_a_day_that_is_known() -> None:
    (sunset,) = Facebook.facts.ending(date(2028, 7, 1), within=timedelta(days=60))
    assert "v25.0" in sunset.what
    assert list(Facebook.facts.ending(date(2026, 11, 25), within=timedelta(days=60))) == []


@pytest.mark.parametrize("page", ["", "the-desk", "https://www.facebook.com/the-desk"])
def test_a_page_that_is_no_number_is_refused(page: str) -> None:
    with pytest.raises(ConfigError, match="'page' is wrong"):
        replace(ACCOUNT, page=page)
