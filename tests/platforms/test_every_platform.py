"""What holds for every platform that sends over the network, against a server that behaves as badly as it can."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from html import escape
from itertools import product
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import NotSent, Refused, Rejected, Unknown, Unsent
from bot.http import Door
from bot.ledger import Tier
from bot.model.places import Place
from bot.model.provenance import EpisodeRef
from bot.model.publication import Mail, MediaKind, Part, Post, Publication, QuotedSpan
from bot.model.states import DeliveryState
from bot.platforms.composing import compose, fault_of, media_of
from bot.platforms.contract import Checks, Deletes, Edits, Finds, Outgoing, Platform, Prepares, Threads, Uploads
from bot.platforms.facts import CardBy
from bot.platforms.preview import preview
from bot.platforms.registry import platforms
from tests.http.server import AFTER, BEFORE, SLOW, Fate, Request, Said, serving
from tests.platforms.cases import JPEG, PHOTO, PICTURE, PNG, Case, all_cases, picture_for
from tests.platforms.engine import ahead, deliver
from tests.platforms.services import AT

REF = EpisodeRef(1, 1)
POST = Post(
    text="“A deadline is a promise.”\n\n— Ada, Late Rollback, 12:34\n\nhttps://pod.example/31?utm_source=x\n\n#deadlines",
    link="https://pod.example/31?utm_source=x",
    language="en",
    quotes=(QuotedSpan(REF, 0, 24, "A deadline is a promise.", "Ada"),),
    episodes=(REF,),
)
MAIL = Mail(
    sender="Desk <desk@example.org>",
    subject="Deadlines, and three more",
    preheader="What Ada says of them",
    html=f'<html lang="en"><body><p>A deadline is a promise.</p><a href="{Place.UNSUBSCRIBE}">Stop</a></body></html>',
    text=f"A deadline is a promise.\n\nStop: {Place.UNSUBSCRIBE}\n",
    language="en",
    quotes=(),
    episodes=(REF,),
    newsletter="weekly",
)


CASES = all_cases()
every = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
OF_POSTS = {name: case for name, case in CASES.items() if Post in case.platform("http://127.0.0.1").takes}
every_of_posts = pytest.mark.parametrize("case", OF_POSTS.values(), ids=OF_POSTS.keys())


KEY = "quote-7-abcdef012345"
ADDRESS = "https://desk.example/media/picture.png"


def outgoing(platform: Platform, post: Post = POST, *, number: int = 0, key: str = KEY) -> Outgoing:
    """One text of a post as delivery would hand it over; the edition, where the platform takes no posts."""
    publication = fitting(platform, post) if Post in platform.takes else MAIL
    piece = compose(platform, publication, key=key, at=AT).pieces[number]
    media = {PICTURE.sha256: PNG, PHOTO.sha256: JPEG}
    return Outgoing(piece.key, piece.body, media=media, addresses=dict.fromkeys(media, ADDRESS))


def fitting(platform: Platform, post: Post) -> Post:
    """A post with a picture, where the platform takes no other."""
    picture = picture_for(platform) if platform.facts.needs_media and not post.media else None
    return replace(post, media=(picture,)) if picture is not None else post


def account(case: Case) -> Platform:
    return case.platform("http://127.0.0.1")


def test_every_platform_that_leaves_home_is_tried_here() -> None:
    tried = {account(case).name for case in CASES.values()}
    assert tried == {
        name for name, platform in platforms().items() if platform.leaves_home and not hasattr(platform, "enclose")
    }


@every
def test_the_facts_hang_together(case: Case) -> None:
    platform = account(case)
    facts = platform.facts
    assert facts.docs
    assert bool(platform.limits()) == (Post in platform.takes)
    assert all(limit.number > 0 and limit.size > 0 and limit.mimes for limit in facts.media)
    assert bool(facts.media) == (facts.together > 0)
    assert isinstance(platform, Finds) or platform.tier is not Tier.FINDABLE
    if isinstance(platform, Uploads):
        assert facts.media, "what is uploaded has to be allowed in the facts"


@every
def test_what_no_service_of_its_kind_would_take_is_refused_before_anything_is_sent(case: Case) -> None:
    platform = account(case)
    limit = platform.facts.limit(MediaKind.IMAGE)
    wrong = [
        replace(POST, text=""),
        replace(POST, text="word " * 20_000),
        replace(POST, text="half \ud83d of a character"),
        replace(POST, media=(replace(PICTURE, alt=" "),)),
        replace(POST, media=(replace(PICTURE, mime="image/x-nothing"),)),
        replace(POST, media=(replace(PICTURE, size=10**10),)),
    ]
    if limit is not None:
        wrong.append(replace(POST, media=(PICTURE,) * (limit.number + 1)))
    if not isinstance(platform, Threads):
        wrong.append(replace(POST, parts=(Part("and more"),)))
    if not platform.facts.warnings:
        wrong.append(replace(POST, warning="food"))
    for post in wrong:
        with pytest.raises(Refused):
            compose(platform, post, key=KEY, at=AT)
    with pytest.raises(Refused):
        compose(platform, object.__new__(type("Letter", (), {})), key=KEY, at=AT)  # type: ignore[arg-type]


@every_of_posts
@given(
    text=st.lists(
        st.characters(codec="utf-8")
        | st.sampled_from(["👨‍👩‍👧‍👦", "é", "ש", "@you", " #tag", " ", "\n", " https://a.example/é"]),
        max_size=700,
    ).map("".join)
)
@settings(max_examples=60, deadline=None)
def test_a_preview_counts_and_cuts_in_the_units_of_the_platform(case: Case, text: str) -> None:
    platform = account(case)
    post = replace(POST, text=text, quotes=())
    shown = preview(platform, post).parts[0]
    assert [each.maximum for each in shown.counted] == [each.maximum for each in platform.limits()]
    fits_all = all(each.number <= each.maximum for each in shown.counted)
    assert (shown.cut_at is None) == fits_all
    for mark in shown.marks:
        assert 0 <= mark.begin < mark.stop <= len(shown.text)
    if shown.cut_at is not None:
        assert fault_of(platform, post) is not None
        kept = preview(platform, replace(post, text=text.strip()[: shown.cut_at])).parts[0]
        assert kept.cut_at is None


@every_of_posts
def test_a_preview_says_who_makes_the_card(case: Case) -> None:
    platform = account(case)
    seen = preview(platform, POST)
    assert seen.link == POST.link
    assert (seen.card is None) == (platform.facts.card is CardBy.NOBODY)


@every
def test_on_a_good_day_there_is_one_post_and_a_receipt(case: Case, door: Door) -> None:
    service = case.service()
    with serving(service) as server:
        platform = case.platform(server.url)
        receipt = platform.publish(ahead(platform, outgoing(platform), door), door)
    assert receipt.remote_id
    assert len(case.posts(service)) == 1


@every
@pytest.mark.parametrize("fate", BEFORE + AFTER)
def test_whatever_happens_to_the_request_there_is_one_post_or_a_person_is_asked(
    case: Case, door: Door, fate: Fate
) -> None:
    service = case.service()
    with serving(service) as server:
        server.at = case.path
        server.fates.append(fate)
        platform = case.platform(server.url)
        state, receipt = deliver(platform, outgoing(platform), door)
    if fate is Fate.REDIRECT:
        assert (state, case.posts(service)) == (DeliveryState.REJECTED, [])
    elif platform.tier is not Tier.BLIND:
        assert (state, len(case.posts(service))) == (DeliveryState.ACCEPTED, 1)
        assert receipt is not None
        assert receipt.permalink
    else:
        assert len(case.posts(service)) <= 1
        assert state in (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)
        assert state is DeliveryState.UNKNOWN or len(case.posts(service)) == 1


@every
@settings(max_examples=7, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fates=st.lists(st.sampled_from([each for each in Fate if each not in SLOW]), max_size=6), everywhere=st.booleans()
)
def test_no_row_of_misfortunes_makes_a_second_post(case: Case, door: Door, fates: list[Fate], everywhere: bool) -> None:
    """Also when the log-in and the look-up have their share of them."""
    service = case.service()
    with serving(service) as server:
        server.at = "" if everywhere else case.path
        server.fates.extend(fates)
        platform = case.platform(server.url)
        state, _ = deliver(platform, outgoing(platform), door)
        posts = len(case.posts(service))
    match state:
        case DeliveryState.ACCEPTED:
            assert posts == 1
        case DeliveryState.REJECTED:
            assert Fate.REDIRECT in fates
            assert posts == 0 or platform.tier is not Tier.BLIND
        case _:
            assert platform.tier is Tier.BLIND
    assert posts <= 1


# Each of these tries all the answers in one test, on one server: as tests of their own they took most of the time.
REFUSALS = list(
    product(
        [400, 402, 403, 404, 405, 409, 410, 413, 415, 422, 451],
        [b'{"error": "No such thing"}', b"<html>No</html>", b"", b"[]", b"null", b"\xff\xfe"],
    )
)
UNCLEAR = list(
    product(
        [200, 204, 302, 400, 401, 403, 404, 429, 500, 503],
        [b"", b"{}", b"null", b"[]", b"[1]", b'[{"id": "1"}]', b'{"error": 7}', b"<html>Hello</html>"],
    )
)


@every
def test_a_refusal_is_rejected_with_words_and_a_remedy(case: Case, door: Door) -> None:
    service = case.service()
    told = Said(200, b"")
    with serving(lambda request: told if case.path in request.line else service(request)) as server:
        platform = case.platform(server.url)
        for status, body in REFUSALS:
            told = Said(status, body)
            sent = ahead(platform, outgoing(platform), door)
            turned_away = status in case.turned_away and not body.startswith(b"{")
            with pytest.raises(NotSent if turned_away else Rejected, match=str(status)) as caught:
                platform.publish(sent, door)
            assert not isinstance(caught.value, Rejected) or caught.value.remedy, (status, body)


@every
@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b'{"id": 5, "uri": null}', b"<html>"])
def test_a_success_without_an_id_is_unknown_where_an_id_is_due(case: Case, door: Door, body: bytes) -> None:
    service = case.service()

    def vague(request: Request) -> Said:
        return Said(200, body) if case.path in request.line else service(request)

    with serving(vague) as server:
        platform = case.platform(server.url)
        sent = ahead(platform, outgoing(platform), door)
        with suppress(Unknown):
            # Only a service that names no ids at all may take any success for an acceptance.
            assert platform.publish(sent, door).remote_id == KEY
            assert platform.tier is Tier.BLIND


@every
def test_a_look_up_that_is_unclear_never_says_that_it_is_not_there(case: Case, door: Door) -> None:
    told = Said(200, b"")
    with serving(lambda _: told) as server:
        platform = case.platform(server.url)
        if not isinstance(platform, Finds):
            pytest.skip("nothing can be looked up on this platform")
        for status, body in UNCLEAR:
            told = Said(status, body)
            try:
                found = platform.find(outgoing(platform), door)
            except NotSent:
                continue
            pytest.fail(f"{status} with {body!r} was taken for {found}")


@every
def test_a_check_says_in_words_what_is_wrong(case: Case, door: Door) -> None:
    told = Said(200, b"")
    with serving(lambda _: told) as server:
        platform = case.platform(server.url)
        assert isinstance(platform, Checks)
        for status, body in UNCLEAR:
            told = Said(status, body)
            try:
                said = platform.check(door)
            except (Rejected, NotSent):
                continue
            assert "cannot be tried" in said, (status, body)
            assert server.requests == []


@every
@given(text=st.text(min_size=1, max_size=400), key=st.text("abc-0123456789", min_size=1))
@settings(max_examples=60, deadline=None)
def test_the_same_post_always_makes_the_same_bytes(case: Case, text: str, key: str) -> None:
    platform = case.platform("http://127.0.0.1")
    made: Publication = fitting(platform, replace(POST, text=text.replace("@", "")))
    if Post not in platform.takes:
        made = replace(MAIL, subject=text, html=f"<p>{escape(text)}</p>{MAIL.html}", text=text + MAIL.text)
    try:
        body = platform.compose(made, key=key, at=AT)
    except Refused:
        return
    assert platform.compose(made, key=key, at=AT.astimezone()) == body


@every
def test_secrets_stay_out_of_what_is_shown(case: Case, door: Door) -> None:
    def tell_all(request: Request) -> Said:
        return Said(403, f"{request.path} {dict(request.headers)} {request.body!r}".encode())

    with serving(tell_all) as server:
        platform = case.platform(server.url)
        sent = outgoing(platform)
        with pytest.raises(Unsent) as caught:
            platform.publish(ahead(platform, sent, door), door)
    shown = f"{platform!r} {caught.value} {caught.value.answer} {sent.body!r}"
    assert not any(secret in shown for secret in case.secrets)


def test_only_posts_go_to_social_platforms_and_only_mail_to_those_that_own_a_list() -> None:
    of_both = {"outbox", "webhook"}
    of_mail = {
        "mailchimp",
        "ghost",
        "beehiiv",
        "buttondown",
        "listmonk",
        "kit",
    }
    for name, platform in platforms().items():
        sends_mails_itself = hasattr(platform, "enclose")
        assert (Mail in platform.takes) == (name in of_both | of_mail or sends_mails_itself)
        assert (Post in platform.takes) == (name not in of_mail and not sends_mails_itself)


@every
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fates=st.lists(st.sampled_from([each for each in Fate if each not in SLOW]), max_size=4), at=st.integers(0, 2))
def test_a_thread_is_whole_or_goes_on_where_it_stopped(case: Case, door: Door, fates: list[Fate], at: int) -> None:
    if not isinstance(account(case), Threads):
        pytest.skip("no threads on this platform")
    thread = replace(POST, parts=(Part("The second thought of three."), Part("The third and last one.")))
    service = case.service()
    with serving(service) as server:
        platform = case.platform(server.url)
        receipts = []
        for number in range(3):
            if number == at:
                server.at = case.path
                server.fates.extend(fates)
            after = (receipts[0], receipts[-1]) if receipts else None
            state, receipt = deliver(platform, outgoing(platform, thread, number=number), door, after=after)
            server.fates.clear()
            if receipt is None:
                assert state is DeliveryState.UNKNOWN or Fate.REDIRECT in fates
                break
            receipts.append(receipt)
        texts = case.posts(service)
    assert len(texts) == len(set(texts)), "a text stands there twice"
    assert len(receipts) <= len(texts) <= len(receipts) + 1


@every
@pytest.mark.parametrize("fate", [None, *[each for each in Fate if each not in SLOW]])
def test_a_picture_goes_along_once(case: Case, door: Door, fate: Fate | None) -> None:
    if (picture := picture_for(account(case))) is None:
        pytest.skip("no pictures on this platform")
    post = replace(POST, media=(picture,))
    service = case.service()
    with serving(service) as server:
        platform = case.platform(server.url)
        media = media_of(platform, post)
        if fate is not None:
            server.fates.append(fate)
        state, _ = deliver(platform, outgoing(platform, post), door, media=media)
        sent = [(each.path, each.body) for each in server.requests]
    assert len(case.posts(service)) <= 1
    if fate is None:
        assert state is DeliveryState.ACCEPTED
        shown = "".join(f"{path} {body.decode('latin-1')}" for path, body in sent)
        assert PNG.decode("latin-1") in shown or ADDRESS in shown or quote(ADDRESS, safe="") in shown
        assert platform.facts.alt is None or "deadline" in shown


@every
def test_a_container_is_made_ahead_and_shows_nothing(case: Case, door: Door) -> None:
    if not isinstance(account(case), Prepares):
        pytest.skip("this platform publishes in one request")
    service = case.service()
    with serving(service) as server:
        platform = case.platform(server.url)
        assert ahead(platform, outgoing(platform), door).prepared
        assert case.posts(service) == []


@every
def test_a_published_post_is_edited_in_place(case: Case, door: Door) -> None:
    if not isinstance(account(case), Edits):
        pytest.skip("nothing is edited on this platform")
    service = case.service()
    with serving(service) as server:
        platform = case.platform(server.url)
        assert isinstance(platform, Edits)
        receipt = platform.publish(ahead(platform, outgoing(platform), door), door)
        changed = ahead(platform, outgoing(platform, replace(POST, text="Corrected, with apologies.", quotes=())), door)
        for _ in range(2):
            assert platform.edit(receipt, changed, door).remote_id == receipt.remote_id
    (text,) = case.posts(service)
    assert "Corrected" in text


@every
def test_a_published_post_is_taken_away_and_away_stays_away(case: Case, door: Door) -> None:
    if not isinstance(account(case), Deletes):
        pytest.skip("nothing is deleted on this platform")
    service = case.service()
    with serving(service) as server:
        platform = case.platform(server.url)
        assert isinstance(platform, Deletes)
        receipt = platform.publish(ahead(platform, outgoing(platform), door), door)
        for _ in range(2):
            platform.delete(receipt, door)
    assert case.posts(service) == []


@every
@pytest.mark.parametrize("fate", [Fate.DROP_BEFORE, Fate.DROP_AFTER, Fate.ERROR_AFTER, Fate.SLOW_DOWN])
def test_an_edit_or_a_deletion_that_got_no_answer_says_so(case: Case, door: Door, fate: Fate) -> None:
    with serving(case.service()) as server:
        platform = case.platform(server.url)
        if not isinstance(platform, Edits | Deletes):
            pytest.skip("nothing can be changed on this platform")
        sent = ahead(platform, outgoing(platform), door)
        receipt = platform.publish(sent, door)
        for change in (
            *([lambda: platform.edit(receipt, sent, door)] if isinstance(platform, Edits) else []),
            *([lambda: platform.delete(receipt, door)] if isinstance(platform, Deletes) else []),
        ):
            server.fates.append(fate)
            with pytest.raises((NotSent, Unknown)):
                change()
            change()
