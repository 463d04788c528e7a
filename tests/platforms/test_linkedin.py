"""LinkedIn: what is asked, what is escaped, duplicates, look-ups, uploads in parts, and tokens that end."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.http import Door
from bot.model.provenance import EpisodeRef
from bot.model.publication import Card, Mail, MediaKind, Medium, Part, Post, QuotedSpan
from bot.model.secret import Secret
from bot.platforms.composing import compose, fault_of, media_of
from bot.platforms.contract import Outgoing, Receipt
from bot.platforms.linkedin import VERSION, LinkedIn, LinkedInMember, little, plain
from bot.platforms.memory import Forgetful
from bot.platforms.quoted import places
from tests.http.server import Request, Said, serving
from tests.platforms.cases import JPEG, PHOTO, PICTURE, PNG
from tests.platforms.engine import ahead, deliver
from tests.platforms.linkedin import (
    CLIENT,
    CLIENT_SECRET,
    MEMBER,
    ORGANIZATION,
    REFRESH,
    RENEWED,
    TOKEN,
    Feed,
    duplicate,
    fault,
    urn_at,
)
from tests.platforms.services import AT

PAGE = LinkedIn(organization=ORGANIZATION, token=Secret("LINKEDIN_TOKEN", TOKEN))
PERSON = LinkedInMember(member=MEMBER, token=Secret("LINKEDIN_TOKEN", TOKEN))
KEY = "quote-7-abcdef012345"
FAMILY = "👨‍👩‍👧‍👦"
BYTES = b"a film of fifty bytes, which LinkedIn wants in parts"
FILM = Medium(MediaKind.VIDEO, "video/mp4", "f" * 64, len(BYTES), "A waveform.", duration=30.0)
URN = "urn:li:share:6844785523593134080"


def post(text: str, **more: object) -> Post:
    return replace(Post(text, None, "en", (), ()), **more)  # type: ignore[arg-type]


def outgoing(made: Post, account: LinkedIn | LinkedInMember = PAGE) -> Outgoing:
    media = {PICTURE.sha256: PNG, PHOTO.sha256: JPEG, FILM.sha256: BYTES}
    return Outgoing(KEY, account.compose(made, key=KEY, at=AT), media=media)


def page(url: str) -> LinkedIn:
    return replace(PAGE, server=url, login=url)


def person(url: str) -> LinkedInMember:
    return replace(PERSON, server=url, login=url)


def app(url: str, **more: object) -> LinkedIn:
    secret = Secret("LINKEDIN_CLIENT_SECRET", CLIENT_SECRET)
    return replace(page(url), client_id=CLIENT, client_secret=secret, memory=Forgetful(), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("account", "author"), [(PAGE, f"urn:li:organization:{ORGANIZATION}"), (PERSON, f"urn:li:person:{MEMBER}")]
)
def test_the_request_is_that_of_the_documentation(door: Door, account: LinkedIn | LinkedInMember, author: str) -> None:
    made = post("Hello (you)\n\nhttps://pod.example/31", link="https://pod.example/31")
    with respx.mock:
        route = respx.post("https://api.linkedin.com/rest/posts").respond(201, headers={"x-restli-id": URN})
        receipt = account.publish(outgoing(made, account), door)
    sent = route.calls[0].request
    assert json.loads(sent.content) == {
        "author": author,
        "commentary": "Hello \\(you\\)\n\nhttps://pod.example/31",
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "content": {"article": {"source": "https://pod.example/31", "title": "Hello (you)"}},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    assert sent.headers["authorization"] == f"Bearer {TOKEN}"
    assert sent.headers["linkedin-version"] == VERSION
    assert sent.headers["x-restli-protocol-version"] == "2.0.0"
    assert receipt == Receipt(URN, f"https://www.linkedin.com/feed/update/{URN}/", answer=f"201 {URN}")


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        (r"a | b {c} [d] (e) <f> g_h *i* ~j~ @k \l", r"a \| b \{c\} \[d\] \(e\) \<f\> g\_h \*i\* \~j\~ \@k \\l"),
        ("@[Ada](urn:li:person:1)", r"\@\[Ada\]\(urn:li:person:1\)"),
        ("{hashtag|\\#|no}", r"\{hashtag\|\\\#\|no\}"),
        (
            "Read #Deadlines, #7days and ＃漢字!",
            r"Read {hashtag|\#|Deadlines}, {hashtag|\#|7days} and {hashtag|＃|漢字}!",
        ),
        ("#1 C# #a_b &#39;", r"\#1 C\# \#a\_b &\#39;"),
        ("https://pod.example/a_b#c", r"https://pod.example/a\_b\#c"),
        ("“We #ship on Fridays.” #ship", r"“We \#ship on Fridays.” {hashtag|\#|ship}"),
        (f"é {FAMILY} مرحبا → 50%", f"é {FAMILY} مرحبا → 50%"),
    ],
)
def test_what_linkedin_would_read_as_more_is_escaped_and_hashtags_outside_quotations_are_marked(
    text: str, sent: str
) -> None:
    assert little(text, quotes=("We #ship on Fridays.",)) == sent
    assert plain(sent) == text


@given(st.lists(st.sampled_from(r"a 1_\|{}@[]()<>#＃*~.:/") | st.characters(codec="utf-8")).map("".join), st.booleans())
def test_readers_see_the_text_and_no_reserved_sign_stands_bare(text: str, quoted: bool) -> None:
    commentary = little(text, quotes=(text,) if quoted else ())
    assert plain(commentary) == text
    if quoted:
        assert "{hashtag" not in commentary.replace("\\{hashtag", "")


def test_a_quotation_is_found_wherever_it_stands() -> None:
    assert places("one two one", ("one", "", "three")) == [(0, 3), (8, 11)]


def test_what_readers_see_of_anybodys_commentary() -> None:
    assert plain(r"Hello @[Acme \(Corp\)](urn:li:organization:1234), {hashtag|#|Technology}\!") == (
        "Hello Acme (Corp), #Technology!"
    )


def test_a_link_has_the_card_that_we_bring(door: Door) -> None:
    card = Card("Late Rollback, episode 31", "Ada on deadlines", PICTURE)
    made = post("Hello", link="https://pod.example/31", card=card)
    with serving(service := Feed()) as server:
        account = page(server.url)
        assert media_of(account, made) == (PICTURE,)
        account.publish(ahead(account, outgoing(made), door, media_of(account, made)), door)
    ((urn, image),) = service.media.items()
    assert image["parts"] == {"0": PNG}
    assert service.posts[0]["content"]["article"] == {
        "source": "https://pod.example/31",
        "title": "Late Rollback, episode 31",
        "description": "Ada on deadlines",
        "thumbnail": urn,
    }
    with pytest.raises(Refused, match="card's picture"):
        PAGE.compose(replace(made, card=replace(card, image=replace(PICTURE, mime="image/webp"))), key=KEY, at=AT)


def test_pictures_go_ahead_with_their_alt_texts(door: Door) -> None:
    with serving(service := Feed(works_for=2)) as server:
        account = page(server.url)
        one, two = post("One", media=(PICTURE,)), post("Two", media=(PICTURE, PHOTO))
        for made in (one, two):
            account.publish(ahead(account, outgoing(made), door, made.media), door)
    first, second = (each["content"] for each in service.posts)
    assert first == {"media": {"id": "urn:li:image:C4D0", "altText": PICTURE.alt}}
    assert [each["altText"] for each in second["multiImage"]["images"]] == [PICTURE.alt, PHOTO.alt]


def test_a_film_goes_in_the_parts_that_are_asked_for(door: Door) -> None:
    with serving(service := Feed()) as server:
        account = page(server.url)
        sent = ahead(account, outgoing(post("Look", media=(FILM,))), door, (FILM,))
        account.publish(sent, door)
        tokens = [each.headers.get("authorization") for each in server.requests if each.path.startswith("/upload/")]
    (film,) = service.media.values()
    assert b"".join(film["parts"][each] for each in sorted(film["parts"])) == BYTES
    assert len(film["parts"]) == 3
    assert tokens == [None, None, None]
    assert service.posts[0]["content"] == {"media": {"id": "urn:li:video:C4D0"}}


@pytest.mark.parametrize(
    "parts",
    [
        None,
        [],
        [{"uploadUrl": "x", "firstByte": 0, "lastByte": 40}],
        [{"uploadUrl": "x", "firstByte": 1, "lastByte": len(BYTES) - 1}],
        [{"uploadUrl": "x", "firstByte": "a", "lastByte": None}],
        [
            {"uploadUrl": "x", "firstByte": 0, "lastByte": 20},
            {"uploadUrl": "x", "firstByte": 22, "lastByte": len(BYTES) - 1},
        ],
    ],
)
def test_parts_that_do_not_make_up_the_film_are_not_sent(door: Door, parts: object) -> None:
    told = {"value": {"video": "urn:li:video:1", "uploadToken": "", "uploadInstructions": parts}}
    with serving(lambda _: Said(200, json.dumps(told).encode())) as server:
        with pytest.raises(NotSent, match="do not make up"):
            page(server.url).upload(FILM, BYTES, door)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "address", ["", "http://www.linkedin.com/x", "https://linkedin.com.evil.example/x", "https://evillinkedin.com/"]
)
def test_bytes_and_the_token_go_to_linkedin_alone(door: Door, address: str) -> None:
    told = {"value": {"image": "urn:li:image:1", "uploadUrl": address}}
    with serving(lambda _: Said(200, json.dumps(told).encode())) as server:
        with pytest.raises(NotSent, match="no place of its own"):
            page(server.url).upload(PICTURE, PNG, door)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("reference", "answer", "kind", "words"),
    [
        (
            "urn:li:video:1",
            Said(200, b'{"status": "PROCESSING_FAILED", "processingFailureReason": "too short"}'),
            Rejected,
            "short",
        ),
        ("urn:li:video:1", Said(200, b'{"status": "DREAMING"}'), NotSent, "does not say"),
        ("urn:li:video:1", fault(403, "ACCESS_DENIED", "No"), NotSent, "scopes"),
        ("urn:li:image:1", fault(404, "NOT_FOUND", "Gone"), Rejected, "Gone"),
    ],
)
def test_what_becomes_of_a_medium_that_is_worked_on(
    door: Door, reference: str, answer: Said, kind: type[Exception], words: str
) -> None:
    with serving(lambda _: answer) as server, pytest.raises(kind, match=words):
        page(server.url).uploaded(reference, door)


def test_a_picture_that_may_not_be_looked_at_is_taken_as_it_is(door: Door) -> None:
    with serving(lambda _: fault(403, "ACCESS_DENIED", "No")) as server:
        assert page(server.url).uploaded("urn:li:image:1", door).ready


@pytest.mark.parametrize("character", ["x", "ש", "漢", "é", FAMILY])
def test_a_text_of_3000_units_fits_and_no_longer_one(character: str) -> None:
    longest = character * (3_000 // (len(character.encode("utf-16-le")) // 2))
    assert fault_of(PAGE, post(longest)) is None
    assert "of 3000" in (fault_of(PAGE, post(longest + character * 2)) or "")


def test_what_linkedin_would_not_take_is_refused() -> None:
    with pytest.raises(Refused, match="newsletters"):
        PAGE.compose(Mail("a", "b", "c", "d", "e", None, (), ()), key=KEY, at=AT)
    with pytest.raises(Refused, match="not both"):
        PAGE.compose(post("x", media=(FILM, PICTURE)), key=KEY, at=AT)
    with pytest.raises(Refused, match="runs 2 seconds"):
        PAGE.compose(post("x", media=(replace(FILM, duration=2.0),)), key=KEY, at=AT)
    assert "no threads" in (fault_of(PAGE, post("x", parts=(Part("y"),))) or "")
    assert "takes 4086" in (fault_of(PAGE, post("x", media=(replace(PICTURE, alt="x" * 4_087),))) or "")
    assert "36,152,320 pixels" in (
        fault_of(PAGE, post("x", media=(replace(PICTURE, width=36_152_320, height=1),))) or ""
    )


def test_a_post_is_edited_and_deleted_and_one_that_is_gone_is_no_fault(door: Door) -> None:
    with serving(service := Feed()) as server:
        account = page(server.url)
        receipt = account.publish(outgoing(post("Helo")), door)
        account.edit(receipt, outgoing(post("Hello (you)")), door)
        assert service.posts[0]["commentary"] == r"Hello \(you\)"
        account.delete(receipt, door)
        account.delete(receipt, door)
        with pytest.raises(Rejected, match="Could not find"):
            account.edit(receipt, outgoing(post("Hello")), door)
    assert service.posts == []


def test_a_change_that_was_taken_and_not_made_is_not_believed(door: Door) -> None:
    with serving(Feed(keeps=True)) as server:
        account = page(server.url)
        receipt = account.publish(outgoing(post("Helo")), door)
        with pytest.raises(NotSent, match="old words still"):
            account.edit(receipt, outgoing(post("Hello")), door)


def test_a_draft_is_no_post_and_one_that_failed_is_left_to_a_person(door: Door) -> None:
    with serving(service := Feed()) as server:
        account = page(server.url)
        made = service.add("Hello", lifecycleState="DRAFT")
        assert account.find(outgoing(post("Hello")), door) is None
        made["lifecycleState"] = "PROCESSING"
        assert account.find(outgoing(post("Hello")), door) is not None
        made["lifecycleState"] = "PUBLISH_FAILED"
        with pytest.raises(NotSent, match="did not publish it"):
            account.find(outgoing(post("Hello")), door)


def test_a_doubt_is_settled_by_the_pages_posts_since(door: Door) -> None:
    ref = EpisodeRef(1, 1)
    quote = QuotedSpan(ref, 0, 12, "We #ship it.", "Ada")
    made = replace(post("“We #ship it.” (Ada) #late"), quotes=(quote,))
    with serving(service := Feed()) as server:
        account = page(server.url)
        service.add(little(made.text, quotes=()), AT - timedelta(days=1))
        for number in range(250):
            service.add(f"Talk {number}")
        assert account.find(outgoing(made), door) is None
        mine = service.add(json.loads(outgoing(made).body)["commentary"])
        found = account.find(outgoing(made), door)
        assert found is not None
        assert (found.remote_id, found.permalink) == (
            mine["id"],
            f"https://www.linkedin.com/feed/update/{mine['id']}/",
        )
        with pytest.raises(NotSent, match="without words"):
            account.find(outgoing(post("", media=(PICTURE,))), door)


def test_an_old_post_that_was_changed_since_is_not_taken_for_the_new_one(door: Door) -> None:
    with serving(service := Feed()) as server:
        old = service.add("Hello", AT - timedelta(days=9))
        old["lastModifiedAt"] = int((AT + timedelta(minutes=2)).timestamp() * 1_000)
        assert page(server.url).find(outgoing(post("Hello")), door) is None


def test_a_page_that_talks_too_much_is_left_to_a_person(door: Door) -> None:
    with serving(service := Feed()) as server:
        for number in range(501):
            service.add(f"Talk {number}")
        with pytest.raises(NotSent, match="More than 500"):
            page(server.url).find(outgoing(post("Hello")), door)


@pytest.mark.parametrize(
    "post_listed", [{"id": "x"}, {"id": URN}, {"id": URN, "createdAt": 1, "lastModifiedAt": "x"}, 7]
)
def test_a_list_that_cannot_be_read_is_no_absence(door: Door, post_listed: object) -> None:
    answer = Said(200, json.dumps({"elements": [post_listed]}).encode())
    with serving(lambda _: answer) as server, pytest.raises(NotSent):
        page(server.url).find(outgoing(post("Hello")), door)


@pytest.mark.parametrize("account", [page, person])
@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (duplicate(urn_at(AT + timedelta(minutes=1))), Unknown, "feed/update/urn:li:share:"),
        (
            duplicate(urn_at(AT - timedelta(days=40), kind="ugcPost")),
            Rejected,
            "older post: https://www.linkedin.com/feed",
        ),
        (duplicate("something"), Unknown, "same words already"),
        (fault(409, "DUPLICATE_POST", "Content is a duplicate"), Unknown, "same words already"),
        (fault(401, "EXPIRED_ACCESS_TOKEN", "The token has expired"), NotSent, "LINKEDIN_TOKEN"),
        (fault(403, "ACCESS_DENIED", "Not enough permissions"), NotSent, "_social"),
        (fault(403, "", "Not enough permissions", serviceErrorCode=100), NotSent, "_social"),
        (fault(426, "NONEXISTENT_VERSION", "Requested version is not active"), NotSent, "Install"),
        (fault(400, "INVALID_CONTENT", "Thumbnail is wrong"), Rejected, "Thumbnail is wrong"),
        (Said(429, b'{"status": 429, "code": "TOO_MANY_REQUESTS"}'), NotSent, "slow down"),
        (Said(201, b""), Unknown, "no id"),
        (Said(201, b"", {"x-restli-id": "urn:li:activity:1"}), Unknown, "no id"),
        (Said(502, b"<html>Bad Gateway</html>"), Unknown, "does not say"),
    ],
)
def test_what_an_answer_means(door: Door, account: type, answer: Said, kind: type[Exception], words: str) -> None:
    with serving(lambda _: answer) as server, pytest.raises(kind, match=words):
        account(server.url).publish(outgoing(post("Hello")), door)


def test_the_number_of_a_post_tells_when_it_was_made() -> None:
    """Two posts whose days are known from where they were reported."""
    for number, day in ((7141138937766391808, date(2023, 12, 14)), (7431329065766260736, date(2026, 2, 22))):
        assert datetime.fromtimestamp((number >> 22) / 1_000, UTC).date() == day


def test_words_that_stand_there_already_are_not_sent_again_for_ever(door: Door) -> None:
    with serving(service := Feed()) as server:
        service.add("Hello", AT - timedelta(days=2))
        state, receipt = deliver(page(server.url), outgoing(post("Hello")), door)
    assert (state.value, receipt, len(service.posts)) == ("rejected", None, 1)


def test_check_says_who_posts(door: Door) -> None:
    with serving(Feed()) as server:
        assert page(server.url).check(door) == f"posts as the organisation {ORGANIZATION} on LinkedIn"
        assert person(server.url).check(door) == "posts as Ada Desk on LinkedIn"
        with pytest.raises(Rejected, match="Ada Desk") as other:
            replace(person(server.url), member="somebody").check(door)
        assert f'member = "{MEMBER}"' in other.value.remedy
        for account in (page(server.url), person(server.url)):
            with pytest.raises(Rejected, match="401"):
                replace(account, token=Secret("LINKEDIN_TOKEN", "wrong")).check(door)
    with serving(Feed(readable=False)) as server, pytest.raises(Rejected, match="403") as caught:
        page(server.url).check(door)
    assert "administrator" in caught.value.remedy


def test_check_asks_for_the_scopes_where_it_can(door: Door) -> None:
    with serving(service := Feed(scope="r_organization_social")) as server:
        with pytest.raises(Rejected, match="lacks w_organization_social"):
            app(server.url).check(door)
        service.active = False
        with pytest.raises(Rejected, match="has ended"):
            app(server.url).check(door)


def test_when_a_token_ends_is_asked_or_set(door: Door) -> None:
    with serving(service := Feed()) as server:
        assert page(server.url).expiry(door) is None
        asked = app(server.url).expiry(door)
        assert asked is not None
        assert asked.at == AT + timedelta(days=30)
        assert service.oauth == [{"client_id": CLIENT, "client_secret": CLIENT_SECRET, "token": TOKEN}]
        service.active = False
        ended = app(server.url).expiry(door)
        assert ended is not None
        assert ended.at < AT
        with pytest.raises(NotSent, match="Client authentication failed"):
            replace(app(server.url), client_secret=Secret("X", "wrong")).expiry(door)
    stated = replace(PAGE, token_ends=date(2027, 1, 15)).expiry(door)
    assert stated is not None
    assert stated.at == datetime(2027, 1, 15, tzinfo=UTC)


def test_a_refresh_token_renews_the_token_and_the_new_one_is_used(door: Door) -> None:
    with serving(service := Feed()) as server:
        account = app(server.url, refresh_token=Secret("LINKEDIN_REFRESH", REFRESH))
        account.refresh(door)
        account.publish(outgoing(post("Hello")), door)
        renewed = account.expiry(door)
        assert renewed is not None
        assert renewed.at > datetime.now(UTC) + timedelta(days=59)
        other = replace(account, token=Secret("LINKEDIN_TOKEN", "another"))
        with pytest.raises(NotSent, match="401"):
            other.publish(outgoing(post("Hello again")), door)
    assert service.texts == ["Hello"]
    assert service.token == RENEWED


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Said(200, b'{"access_token": "", "expires_in": 5184000}'), NotSent),
        (Said(200, b'{"access_token": "x"}'), NotSent),
        (Said(200, b"<html>"), NotSent),
        (Said(500, b""), NotSent),
        (Said(400, b'{"error": "invalid_request", "error_description": "It was revoked"}'), Rejected),
        (Said(403, b"{}"), NotSent),
    ],
)
def test_a_token_is_never_lost_to_an_answer_that_is_not_whole(door: Door, answer: Said, kind: type[Exception]) -> None:
    with serving(lambda _: answer) as server:
        account = app(server.url, refresh_token=Secret("LINKEDIN_REFRESH", REFRESH))
        with pytest.raises(kind):
            account.refresh(door)
        assert account.memory.recall("token") is None


def test_without_a_refresh_token_nothing_is_renewed(door: Door) -> None:
    with serving(service := Feed()) as server:
        app(server.url).refresh(door)
        page(server.url).refresh(door)
    assert service.oauth == []


def test_settings_that_are_none_are_told_of() -> None:
    token = Secret("LINKEDIN_TOKEN", TOKEN)
    with pytest.raises(ConfigError, match="is no number"):
        LinkedIn(organization="acme", token=token)
    with pytest.raises(ConfigError, match="no member's id"):
        LinkedInMember(member="Ada Desk", token=token)
    with pytest.raises(ConfigError, match="belong together"):
        LinkedIn(organization="1", token=token, client_id=CLIENT)
    with pytest.raises(ConfigError, match="beside it"):
        LinkedIn(organization="1", token=token, refresh_token=Secret("R", REFRESH))
    assert LinkedInMember(member=f" urn:li:person:{MEMBER} ", token=token).author == f"urn:li:person:{MEMBER}"


def test_a_members_doubt_is_left_to_a_person(door: Door) -> None:
    service = Feed(author=f"urn:li:person:{MEMBER}", readable=False)

    def lost(request: Request) -> Said:
        service(request)
        return Said(500)

    with serving(lost) as server:
        state, _ = deliver(person(server.url), outgoing(post("Hello"), PERSON), door)
        assert len(server.requests) == 1
    assert (state.value, len(service.posts)) == ("unknown", 1)


def test_a_whole_post_goes_through_the_composing_of_every_platform() -> None:
    made = compose(PAGE, post("Hello #there", link="https://pod.example/31"), key=KEY, at=AT)
    assert json.loads(made.pieces[0].body)["commentary"] == r"Hello {hashtag|\#|there}"
