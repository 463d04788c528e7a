"""Instagram: what a container is told, what is refused before, and what a doubt is settled by."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
import respx

from bot.errors import NotSent, Refused, Rejected, Unknown
from bot.http import Door
from bot.model.publication import Mail, MediaKind, Medium, Part, Post
from bot.model.secret import Secret
from bot.platforms.composing import fault_of
from bot.platforms.contract import Deletes, Edits, Outgoing, Receipt
from bot.platforms.instagram import Instagram
from bot.platforms.memory import Forgetful
from bot.platforms.preview import preview
from tests.http.server import Fate, Request, Said, serving
from tests.platforms.cases import PHOTO, PICTURE
from tests.platforms.engine import ahead
from tests.platforms.meta import TOKEN, Insta, fault
from tests.platforms.services import AT, said

ACCOUNT = Instagram(token=Secret("INSTAGRAM_TOKEN", TOKEN))
BASE = "https://graph.instagram.com/v25.0"
KEY = "quote-7-abcdef012345"
ADDRESS = "https://desk.example/media/picture.jpg"
FILM = replace(PHOTO, kind=MediaKind.VIDEO, mime="video/mp4", sha256="f" * 64, duration=30)
FILM_ADDRESS = "https://desk.example/media/film.mp4"


def post(text: str, *media: Medium, **more: object) -> Post:
    return replace(Post(text, None, "en", (), (), media=media or (PHOTO,)), **more)  # type: ignore[arg-type]


def outgoing(made: Post, account: Instagram = ACCOUNT, **more: object) -> Outgoing:
    body = account.compose(made, key=KEY, at=AT)
    addresses = {PHOTO.sha256: ADDRESS, FILM.sha256: FILM_ADDRESS}
    return replace(Outgoing(KEY, body, addresses=addresses), **more)  # type: ignore[arg-type]


def at(url: str, **more: object) -> Instagram:
    return replace(ACCOUNT, server=url, memory=Forgetful(), **more)  # type: ignore[arg-type]


def forms(route: respx.Route) -> list[dict[str, str]]:
    return [{k: v[0] for k, v in parse_qs(call.request.content.decode()).items()} for call in route.calls]


def test_the_requests_are_those_of_the_documentation(door: Door) -> None:
    with respx.mock(base_url=BASE) as instagram:
        made = instagram.post("/me/media").respond(200, json={"id": "17"})
        state = instagram.get("/17").respond(200, json={"id": "17", "status_code": "FINISHED"})
        out = instagram.post("/me/media_publish").respond(200, json={"id": "90"})
        instagram.get("/90").respond(200, json={"id": "90", "permalink": "https://www.instagram.com/p/Cx/"})
        sent = ahead(ACCOUNT, outgoing(post("Hello")), door)
        receipt = ACCOUNT.publish(sent, door)
    assert forms(made) == [{"image_url": ADDRESS, "alt_text": PHOTO.alt, "caption": "Hello"}]
    assert made.calls[0].request.headers["authorization"] == f"Bearer {TOKEN}"
    assert state.calls[0].request.url.params["fields"] == "status_code,status"
    assert dict(out.calls[0].request.url.params) == {"creation_id": "17"}
    assert receipt == Receipt("90", "https://www.instagram.com/p/Cx/")


def test_a_film_is_a_reel_and_without_alt_text(door: Door) -> None:
    with respx.mock(base_url=BASE) as instagram:
        made = instagram.post("/me/media").respond(200, json={"id": "17"})
        ACCOUNT.prepare(outgoing(post("Watch", FILM)), door)
    assert forms(made) == [{"media_type": "REELS", "video_url": FILM_ADDRESS, "caption": "Watch"}]


def test_several_media_become_a_carousel_once_each_of_them_is_ready(door: Door) -> None:
    service = Insta(works_for=2)
    with serving(service) as server:
        account = at(server.url)
        sent = ahead(account, outgoing(post("Look", PHOTO, FILM), account), door)
        account.publish(sent, door)
    picture, film, carousel = (each.form for each in service.containers.values())
    assert picture == {"image_url": ADDRESS, "alt_text": PHOTO.alt, "is_carousel_item": "true"}
    assert film == {"media_type": "VIDEO", "video_url": FILM_ADDRESS, "is_carousel_item": "true"}
    assert carousel == {"media_type": "CAROUSEL", "children": "18000,18001", "caption": "Look"}
    assert [each["caption"] for each in service.posts] == ["Look"]


def test_without_a_public_address_nothing_is_sent_and_the_host_is_told_what_to_do(door: Door) -> None:
    with pytest.raises(NotSent, match=r"\[web\] public"):
        ACCOUNT.prepare(replace(outgoing(post("Look")), addresses={}), door)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (post("Hello", media=()), "only posts with a medium"),
        (post("Hello", PICTURE), "as image/jpeg, not as image/png"),
        (post("Hello", replace(PHOTO, alt=" ")), "no alt text"),
        (post("Hello", replace(PHOTO, alt="x" * 1001)), "takes 1000"),
        (post("Hello", replace(PHOTO, size=8_000_001)), "8,000,001 bytes"),
        (post("Hello", *[PHOTO] * 11), "10 media in one post, not 11"),
        (post("Hello", replace(FILM, duration=901)), "901 seconds"),
        (post("Hello", parts=(Part("more"),)), "no threads"),
    ],
)
def test_what_instagram_would_not_take_is_refused_before(made: Post, words: str) -> None:
    assert words in (fault_of(ACCOUNT, made) or "")


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (post("Hello", replace(PHOTO, width=1000, height=1300)), "from 4:5 to 1.91:1"),
        (post("Hello", replace(PHOTO, width=2000, height=1000)), "from 4:5 to 1.91:1"),
        (post("Hello", replace(FILM, duration=2.5)), "at least 3 seconds, not 2.5"),
        (post("#tag " * 31), "30 hashtags in one post, not 31"),
        (post("@ada said"), "without '@'"),
    ],
)
def test_shapes_hashtags_and_names_are_looked_at_too(made: Post, words: str) -> None:
    with pytest.raises(Refused, match=words):
        ACCOUNT.compose(made, key=KEY, at=AT)


@pytest.mark.parametrize(("width", "height"), [(1080, 1350), (1080, 1080), (1080, 566), (1200, 628)])
def test_the_usual_shapes_are_taken(width: int, height: int) -> None:
    assert ACCOUNT.compose(post("Hello", replace(PHOTO, width=width, height=height)), key=KEY, at=AT)


def test_thirty_hashtags_numbers_and_addresses_are_taken() -> None:
    text = "#tag " * 30 + "we are #1 https://pod.example/#31 desk@pod.example"
    assert json.loads(ACCOUNT.compose(post(text), key=KEY, at=AT))["caption"] == text.strip()


def test_twenty_mentions_are_taken_where_they_are_allowed_and_no_more() -> None:
    account = replace(ACCOUNT, mentions=("@ada",))
    assert account.compose(post("@ada " * 20), key=KEY, at=AT)
    with pytest.raises(Refused, match="20 mentions in one post, not 21"):
        account.compose(post("@ada " * 21), key=KEY, at=AT)
    with pytest.raises(Refused, match="newsletters"):
        ACCOUNT.compose(Mail("a", "b", "c", "d", "e", None, (), ()), key=KEY, at=AT)


@pytest.mark.parametrize("end", ["x", "ש", "e\u0301"])
def test_a_caption_of_2200_characters_fits_and_no_longer_one(end: str) -> None:
    longest = "x" * (2200 - len(end)) + end
    assert fault_of(ACCOUNT, post(longest)) is None
    assert "2201 of 2200" in (fault_of(ACCOUNT, post(f"{longest}y")) or "")


@pytest.mark.parametrize("fate", [Fate.DROP_AFTER, Fate.ERROR_AFTER, Fate.HTML, Fate.CUT])
def test_a_container_that_was_published_is_never_believed_to_be_absent(door: Door, fate: Fate) -> None:
    with serving(service := Insta(hides=1)) as server:
        account = at(server.url)
        sent = ahead(account, outgoing(post("Hello")), door)
        server.at = "/me/media_publish"
        server.fates.append(fate)
        with pytest.raises(Unknown):
            account.publish(sent, door)
        with pytest.raises(NotSent, match="does not list it yet"):
            account.find(sent, door)
        receipt = account.find(sent, door)
    assert receipt is not None
    assert len(service.posts) == 1


def test_the_same_words_of_another_day_are_not_this_post(door: Door) -> None:
    with serving(service := Insta()) as server:
        service.add({"caption": "Hello"}, AT - timedelta(days=7))
        assert at(server.url).find(outgoing(post("Hello")), door) is None


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (fault(9_007, "Media ID is not available", subcode=2_207_027), NotSent, "Nothing was published"),
        (fault(9, "Maximum number of posts", subcode=2_207_042), NotSent, "later"),
        (fault(4, "We restrict certain activity", subcode=2_207_051), NotSent, "later"),
        (fault(190, "Error validating access token"), NotSent, "INSTAGRAM_TOKEN"),
        (fault(-1, "Instagram server error. Try again.", subcode=2_207_001), Unknown, "whether it counted"),
        (fault(36_004, "Caption too long", subcode=2_207_010), Rejected, "Caption too long"),
    ],
)
def test_each_refusal_means_what_its_code_says(door: Door, answer: Said, kind: type[Exception], words: str) -> None:
    def refuse(request: Request) -> Said:
        return answer if "media_publish" in request.path else said(200, {"id": "1"})

    with serving(refuse) as server, pytest.raises(kind, match=words) as caught:
        at(server.url).publish(outgoing(post("Hello"), prepared="17"), door)
    assert type(caught.value) is kind


def test_a_picture_that_instagram_cannot_fetch_is_rejected_before_anything_is_published(door: Door) -> None:
    refused = fault(9_004, "Only photo or video can be accepted as media type.", subcode=2_207_052)
    with serving(lambda _: refused) as server, pytest.raises(Rejected, match="to prepare the post"):
        at(server.url).prepare(outgoing(post("Hello")), door)


def test_a_check_names_the_account_and_what_is_used_of_the_days_number(door: Door) -> None:
    with serving(Insta(used=12)) as server:
        assert at(server.url).check(door) == "posts as @desk on Instagram, 12 of 250 posts used in 24 hours"
        with pytest.raises(Rejected, match="Invalid OAuth") as caught:
            at(server.url, token=Secret("INSTAGRAM_TOKEN", "another-token")).check(door)
    assert "INSTAGRAM_TOKEN" in caught.value.remedy


def test_instagrams_own_token_is_renewed_and_facebooks_is_left_alone(door: Door) -> None:
    with serving(service := Insta()) as server:
        account = at(server.url)
        account.refresh(door)
        assert account.check(door).startswith("posts as @desk")
        ends = account.expiry(door)
    assert ends is not None
    assert abs(ends.at - door.now() - timedelta(days=60)) < timedelta(minutes=5)
    assert len(service.tokens) == 2
    with respx.mock:
        other = replace(ACCOUNT, server="https://graph.facebook.com", account="1784", memory=Forgetful())
        other.refresh(door)
        assert other.expiry(door) is None


def test_with_facebooks_log_in_the_account_is_named_by_its_number(door: Door) -> None:
    account = replace(ACCOUNT, server="https://graph.facebook.com", account="1784")
    with respx.mock(base_url="https://graph.facebook.com/v25.0") as facebook:
        made = facebook.post("/1784/media").respond(200, json={"id": "17"})
        account.prepare(outgoing(post("Hello")), door)
    assert made.called


def test_nothing_is_edited_or_deleted_because_the_service_knows_neither() -> None:
    assert not isinstance(ACCOUNT, Edits | Deletes)


def test_a_preview_shows_links_that_lead_nowhere_and_no_card() -> None:
    seen = preview(ACCOUNT, post("See https://pod.example/31", link="https://pod.example/31"))
    assert (seen.parts[0].marks, seen.card) == ((), None)
    assert "A link in a caption leads nowhere." in Instagram.facts.remarks
