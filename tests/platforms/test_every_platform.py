"""What holds for every platform that sends over the network, against a server that behaves as badly as it can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import NotSent, Refused, Rejected, Unknown, Unsent
from bot.http import Door
from bot.ledger import Tier
from bot.model.provenance import EpisodeRef
from bot.model.publication import Mail, Post, QuotedSpan
from bot.model.secret import Secret
from bot.model.states import DeliveryState
from bot.platforms.bluesky import Bluesky
from bot.platforms.contract import Checks, Finds, Outgoing, Platform
from bot.platforms.mastodon import Mastodon
from bot.platforms.registry import platforms
from bot.platforms.webhook import Webhook
from tests.http.server import AFTER, BEFORE, SLOW, Fate, Request, Said, serving
from tests.platforms.engine import deliver
from tests.platforms.services import AT, HANDLE, PASSWORD, SECRET, TOKEN, DataServer, Fediverse, Inbox

REF = EpisodeRef(1, 1)
POST = Post(
    text="“A deadline is a promise.”\n\n— Ada, Late Rollback, 12:34\n\nhttps://pod.example/31?utm_source=x\n\n#deadlines",
    link="https://pod.example/31?utm_source=x",
    language="en",
    quotes=(QuotedSpan(REF, 0, 24, "A deadline is a promise.", "Ada"),),
    episodes=(REF,),
)
MAIL = Mail("Desk <desk@example.org>", "Subject", "Pre", "<p>Hello</p>", "Hello", "en", (), (REF,))


@dataclass(frozen=True)
class Case:
    """A platform, the service that it talks to, the path of the irreversible request, and the count of what stands."""

    service: Callable[[], Any]
    platform: Callable[[str], Platform]
    path: str
    posts: Callable[[Any], int]


def _mastodon(url: str) -> Platform:
    return Mastodon(server=url, token=Secret("MASTODON_TOKEN", TOKEN))


def _bluesky(url: str) -> Platform:
    return Bluesky(handle=HANDLE, password=Secret("BLUESKY_PASSWORD", PASSWORD), server=url)


def _webhook(url: str) -> Platform:
    return Webhook(url=Secret("HOOK_URL", f"{url}/hook/T00000000aaaabbbb"), secret=Secret("HOOK_SECRET", SECRET))


def _statuses(service: Fediverse) -> int:
    return len(service.statuses)


CASES = {
    "mastodon": Case(Fediverse, _mastodon, "/api/v1/statuses", _statuses),
    "mastodon 4.6, which answers a repeated key with 500": Case(
        lambda: Fediverse(stumbles=True), _mastodon, "/api/v1/statuses", _statuses
    ),
    "gotosocial or pixelfed, which ignore the key": Case(
        lambda: Fediverse(honours=False), _mastodon, "/api/v1/statuses", _statuses
    ),
    "bluesky": Case(DataServer, _bluesky, "putRecord", lambda service: service.commits),
    "a data server that takes nothing twice": Case(
        lambda: DataServer(strict=True, old=True), _bluesky, "putRecord", lambda service: service.commits
    ),
    "webhook": Case(Inbox, _webhook, "/hook/", lambda service: len(service.taken)),
}
every = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def outgoing(platform: Platform, post: Post = POST, key: str = "quote-7-abcdef012345") -> Outgoing:
    return Outgoing(key, platform.compose(post, key=key, at=AT))


def test_every_platform_that_leaves_home_is_tried_here() -> None:
    tried = {case.platform("http://127.0.0.1").name for case in CASES.values()}
    assert tried == {name for name, platform in platforms().items() if platform.leaves_home}


@every
def test_on_a_good_day_there_is_one_post_and_a_receipt(case: Case, door: Door) -> None:
    service = case.service()
    with serving(service) as server:
        platform = case.platform(server.url)
        receipt = platform.publish(outgoing(platform), door)
    assert receipt.remote_id
    assert case.posts(service) == 1


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
        assert (state, case.posts(service)) == (DeliveryState.REJECTED, 0)
    elif platform.tier is not Tier.BLIND:
        assert (state, case.posts(service)) == (DeliveryState.ACCEPTED, 1)
        assert receipt is not None
        assert receipt.permalink
    else:
        assert case.posts(service) <= 1
        assert state in (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)
        assert state is DeliveryState.UNKNOWN or case.posts(service) == 1


@every
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
        posts = case.posts(service)
    match state:
        case DeliveryState.ACCEPTED:
            assert posts == 1
        case DeliveryState.REJECTED:
            assert Fate.REDIRECT in fates
            assert posts == 0 or platform.tier is not Tier.BLIND
        case _:
            assert platform.tier is Tier.BLIND
    assert posts <= 1


@every
@pytest.mark.parametrize("status", [400, 402, 403, 404, 405, 409, 410, 413, 415, 422, 451])
@pytest.mark.parametrize("body", [b'{"error": "No such thing"}', b"<html>No</html>", b"", b"[]", b"null", b"\xff\xfe"])
def test_a_refusal_is_rejected_with_words_and_a_remedy(case: Case, door: Door, status: int, body: bytes) -> None:
    service = case.service()

    def refuse(request: Request) -> Said:
        return Said(status, body) if case.path in request.path else service(request)

    with serving(refuse) as server:
        platform = case.platform(server.url)
        with pytest.raises(Rejected) as caught:
            platform.publish(outgoing(platform), door)
    assert str(status) in str(caught.value)
    assert caught.value.remedy


@every
@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b'{"id": 5, "uri": null}', b"<html>"])
def test_a_success_without_an_id_is_unknown_where_an_id_is_due(case: Case, door: Door, body: bytes) -> None:
    service = case.service()

    def vague(request: Request) -> Said:
        return Said(200, body) if case.path in request.path else service(request)

    with serving(vague) as server:
        platform = case.platform(server.url)
        if platform.tier is Tier.BLIND:
            assert platform.publish(outgoing(platform), door).remote_id
            return
        with pytest.raises(Unknown):
            platform.publish(outgoing(platform), door)


@every
@pytest.mark.parametrize("status", [200, 204, 302, 400, 401, 403, 404, 429, 500, 503])
@pytest.mark.parametrize(
    "body", [b"", b"{}", b"null", b"[]", b"[1]", b'[{"id": "1"}]', b'{"error": 7}', b"<html>Hello</html>"]
)
def test_a_look_up_that_is_unclear_never_says_that_it_is_not_there(
    case: Case, door: Door, status: int, body: bytes
) -> None:
    with serving(lambda _: Said(status, body)) as server:
        platform = case.platform(server.url)
        if not isinstance(platform, Finds):
            pytest.skip("nothing can be looked up on this platform")
        with pytest.raises(NotSent):
            platform.find(outgoing(platform), door)


@every
@pytest.mark.parametrize("status", [200, 204, 302, 400, 401, 403, 404, 429, 500])
@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[1]", b'{"error": 7}', b"<html>Hello</html>"])
def test_a_check_says_in_words_what_is_wrong(case: Case, door: Door, status: int, body: bytes) -> None:
    with serving(lambda _: Said(status, body)) as server:
        platform = case.platform(server.url)
        assert isinstance(platform, Checks)
        if isinstance(platform, Webhook):
            assert "cannot be tried" in platform.check(door)
            assert server.requests == []
            return
        with pytest.raises((Rejected, NotSent)):
            platform.check(door)


@every
@given(text=st.text(min_size=1, max_size=400), key=st.text("abc-0123456789", min_size=1))
@settings(max_examples=60, deadline=None)
def test_the_same_post_always_makes_the_same_bytes(case: Case, text: str, key: str) -> None:
    platform = case.platform("http://127.0.0.1")
    post = replace(POST, text=text.replace("@", ""))
    try:
        made = platform.compose(post, key=key, at=AT)
    except Refused:
        return
    assert platform.compose(post, key=key, at=AT.astimezone()) == made


@every
def test_secrets_stay_out_of_what_is_shown(case: Case, door: Door) -> None:
    def tell_all(request: Request) -> Said:
        return Said(403, f"{request.path} {dict(request.headers)} {request.body!r}".encode())

    with serving(tell_all) as server:
        platform = case.platform(server.url)
        sent = outgoing(platform)
        with pytest.raises(Unsent) as caught:
            platform.publish(sent, door)
    shown = f"{platform!r} {caught.value} {caught.value.answer} {sent.body!r}"
    assert not any(secret in shown for secret in (TOKEN, PASSWORD, SECRET, "T00000000aaaabbbb"))


def test_only_posts_go_to_social_platforms() -> None:
    for name, platform in platforms().items():
        assert (Mail in platform.takes) == (name in ("outbox", "webhook"))


def test_a_later_slot_makes_other_bytes_where_the_time_is_part_of_the_post() -> None:
    platform = _bluesky("http://127.0.0.1")
    later = platform.compose(POST, key="quote-7-abcdef012345", at=AT + timedelta(minutes=1))
    assert later != outgoing(platform).body
