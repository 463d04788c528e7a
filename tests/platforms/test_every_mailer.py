"""What holds for every service of single mails, against a server that behaves as badly as it can."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.errors import NotSent, Refused, Rejected, Unknown, Unsent
from bot.http import Door
from bot.ledger import Tier
from bot.model.places import Place
from bot.model.publication import Mail
from bot.model.subscriber import Cadence
from bot.platforms.contract import Checks, Platform, Publishes, Receipt
from bot.platforms.letters import Letter, Letters, Outcome, Traces
from bot.platforms.registry import platforms
from tests.http.server import AFTER, BEFORE, SLOW, Fate, Request, Said, serving
from tests.platforms.mailers import MailCase, all_cases

AT = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
KEY = "edition-7-abcdef012345-r1"
MAIL = Mail(
    sender="The Test Post — Zoë <weekly@example.org>",
    subject="Deadlines, naïve ones: ≤ 3",
    preheader="And promises",
    html=f'<html lang="en"><p>You get it {Place.PROMISE}. {{{{name}}}} %recipient.x% é</p>'
    f'<a href="{Place.UNSUBSCRIBE}">x</a><a href="{Place.PREFERENCES}">y</a></html>',
    text=f"You get it {Place.PROMISE}. {{{{name}}}} %recipient.x% é\n{Place.UNSUBSCRIBE}\n{Place.PREFERENCES}\n",
    language="en",
    quotes=(),
    episodes=(),
    newsletter="weekly",
    promises=((Cadence.EVERY, "every Thursday"),),
)
CASES = all_cases()
every = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
# What only an answer over HTTP can say; a service that speaks otherwise has tests of its own for it.
WEB = {name: case for name, case in CASES.items() if case.speaks_http}
every_over_http = pytest.mark.parametrize("case", WEB.values(), ids=WEB.keys())


def answers(*statuses: int) -> Iterator[Said]:
    """Each status with bodies of every kind, none of which says what it should."""
    bodies = [b'{"message": "No such thing"}', b'{"error": 7}', b"<html>No</html>", b"", b"{}", b"[]", b"[1]", b"null"]
    return (Said(status, body) for status in statuses for body in [*bodies, b"\xff\xfe"])


def letters(number: int) -> tuple[Letter, ...]:
    return tuple(
        Letter(
            key=f"edition-7-abcdef012345-s{each}",
            address=f"reader{each}@example.org",
            name='Ünal, "Q"' if each % 2 else "",
            unsubscribe=f"https://desk.example/leave/token{each:04}",
            preferences=f"https://desk.example/preferences/token{each:04}",
            cadence=Cadence.EVERY,
        )
        for each in range(1, number + 1)
    )


def service_of(platform: Platform) -> Letters:
    assert isinstance(platform, Letters)
    return platform


def hand_over(platform: Platform, batch: Sequence[Letter], door: Door, *, key: str = KEY) -> Sequence[Outcome]:
    service = service_of(platform)
    return service.post(service.enclose(MAIL, batch, key=key, at=AT), batch, door, key=key)


def _outcomes(platform: Platform, batch: Sequence[Letter], door: Door) -> list[Outcome]:
    """What became of every letter, whether the request was answered or ended as a whole."""
    try:
        return list(hand_over(platform, batch, door))
    except (NotSent, Rejected, Unknown) as failure:
        return [failure] * len(batch)


def _ended(platform: Platform, batch: Sequence[Letter], door: Door) -> Unsent | None:
    """How a request as a whole ended; None where it was answered."""
    try:
        hand_over(platform, batch, door)
    except Unsent as failure:
        return failure
    return None


def test_every_service_of_single_mails_is_tried_here() -> None:
    tried = {case.platform("http://127.0.0.1").name for case in CASES.values()}
    assert tried == {name for name, platform in platforms().items() if hasattr(platform, "enclose")}


@every
def test_it_is_a_service_of_single_mails_and_nothing_else(case: MailCase) -> None:
    platform = case.platform("http://127.0.0.1")
    service = service_of(platform)
    assert platform.takes == (Mail,)
    assert not isinstance(platform, Publishes)
    assert isinstance(platform, Checks)
    assert platform.facts.docs
    assert service.most >= 1
    assert (platform.tier is Tier.KEYED) == bool(service.keys_last)
    assert (platform.tier is Tier.BLIND) != (isinstance(platform, Traces) or bool(service.keys_last))


@every
def test_every_reader_gets_one_mail_and_a_receipt(case: MailCase, door: Door) -> None:
    service = case.service()
    with case.serving(service) as server:
        platform = case.platform(server.url)
        batch = letters(min(5, service_of(platform).most))
        outcomes = hand_over(platform, batch, door)
    assert case.arrived(service) == [each.address for each in batch]
    assert all(isinstance(each, Receipt) and each.remote_id for each in outcomes)


@every
def test_the_same_letters_make_the_same_bytes_and_each_bears_its_own_way_out(case: MailCase) -> None:
    service = service_of(case.platform("http://127.0.0.1"))
    batch = letters(service.most if service.most < 4 else 4)
    made = service.enclose(MAIL, batch, key=KEY, at=AT)
    assert service.enclose(MAIL, batch, key=KEY, at=AT.astimezone()) == made
    for place in Place:
        assert place.encode() not in made
        assert place.value.encode("unicode_escape") not in made
    assert service.enclose(MAIL, batch[::-1], key=KEY, at=AT) != made or len(batch) == 1


@every
@pytest.mark.parametrize("fate", BEFORE + AFTER)
def test_whatever_happens_to_the_request_its_outcome_is_told_as_it_is(case: MailCase, door: Door, fate: Fate) -> None:
    service = case.service()
    with case.serving(service) as server:
        server.at = case.path
        server.fates.append(fate)
        platform = case.platform(server.url)
        batch = letters(min(3, service_of(platform).most))
        outcomes = _outcomes(platform, batch, door)
        arrived = case.arrived(service)
    assert len(outcomes) == len(batch)
    for letter, outcome in zip(batch, outcomes, strict=True):
        # A service whose success says nothing that could be lost takes any success for one.
        if not isinstance(outcome, Unknown):
            assert (letter.address in arrived) == isinstance(outcome, Receipt)


@every
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(fates=st.lists(st.sampled_from([each for each in Fate if each not in SLOW]), max_size=5))
def test_no_row_of_misfortunes_mails_anybody_twice(case: MailCase, door: Door, fates: list[Fate]) -> None:
    """The rules of `bot.deliver.mailing`, in few lines: a key is used again, what can be traced is traced first."""
    service = case.service()
    with case.serving(service) as server:
        server.at = case.path
        server.fates.extend(fates)
        platform = case.platform(server.url)
        batch, doubted = letters(min(3, service_of(platform).most)), False
        for _ in range(8):
            outcomes = _outcomes(platform, batch, door)
            unsure = [each for each, outcome in zip(batch, outcomes, strict=True) if isinstance(outcome, Unknown)]
            later = [each for each, outcome in zip(batch, outcomes, strict=True) if isinstance(outcome, NotSent)]
            doubted = doubted or bool(unsure)
            if unsure and service_of(platform).keys_last:
                continue
            if unsure and isinstance(platform, Traces):
                found = platform.trace(unsure, door, key=KEY, subject=MAIL.subject, since=datetime.now(UTC))
                later += [each for each, receipt in zip(unsure, found, strict=True) if receipt is None]
            batch = tuple(later)
            if not batch:
                break
        arrived = case.arrived(service)
    assert not arrived or max(Counter(arrived).values()) == 1
    assert arrived or doubted or Fate.REDIRECT in fates


@every
def test_what_was_lost_is_traced_and_what_never_came_is_not_there(case: MailCase, door: Door) -> None:
    service = case.service()
    with case.serving(service) as server:
        platform = case.platform(server.url)
        if not isinstance(platform, Traces):
            pytest.skip("this service cannot be asked")
        batch = letters(min(4, service_of(platform).most))
        begun = datetime.now(UTC)
        hand_over(platform, batch[: len(batch) // 2 or 1], door)
        found = platform.trace(batch, door, key=KEY, subject=MAIL.subject, since=begun)
    there = len(batch) // 2 or 1
    assert [each is not None for each in found] == [True] * there + [False] * (len(batch) - there)


# Each of these tries all the answers in one test, on one server: as tests of their own they took most of the time.
@every
def test_a_trace_that_is_unclear_never_says_that_it_is_not_there(case: MailCase, door: Door) -> None:
    told = Said(200)
    with serving(lambda _: told) as server:
        platform = case.platform(server.url)
        if not isinstance(platform, Traces):
            pytest.skip("this service cannot be asked")
        for told in answers(204, 302, 400, 401, 403, 404, 429, 500, 503):
            try:
                found = platform.trace(letters(1), door, key=KEY, subject=MAIL.subject, since=AT)
            except NotSent:
                continue
            pytest.fail(f"{told} was taken for {found}")


@every
def test_one_address_that_is_turned_away_does_not_take_the_others_with_it_unseen(case: MailCase, door: Door) -> None:
    """Either it alone is refused, or the whole request is, and then nobody got anything."""
    service = case.service()
    with case.serving(service) as server:
        platform = case.platform(server.url)
        batch = letters(min(3, service_of(platform).most))
        case.turns_away(service, batch[-1].address)
        ended = _ended(platform, batch, door)
        if ended is not None:
            assert isinstance(ended, Rejected)
            assert case.arrived(service) == []
            return
        service = case.service()
    with case.serving(service) as server:
        case.turns_away(service, batch[-1].address)
        outcomes = hand_over(case.platform(server.url), batch, door)
    assert [type(each) for each in outcomes] == [Receipt] * (len(batch) - 1) + [Rejected]
    assert case.arrived(service) == [each.address for each in batch[:-1]]


@every_over_http
def test_a_refusal_has_words_and_a_remedy(case: MailCase, door: Door) -> None:
    service = case.service()
    told = Said(200)
    with serving(lambda request: told if case.path in request.path else service(request)) as server:
        platform = case.platform(server.url)
        for told in answers(400, 402, 404, 405, 413, 415, 422, 451):
            with pytest.raises(Rejected) as caught:
                hand_over(platform, letters(1), door)
            assert caught.value.remedy, told


@every_over_http
def test_a_refused_log_in_rejects_no_reader(case: MailCase, door: Door) -> None:
    with serving(lambda _: Said(401, b'{"message": "No"}')) as server, pytest.raises(NotSent):
        hand_over(case.platform(server.url), letters(1), door)


@every_over_http
def test_a_check_says_in_words_what_is_wrong(case: MailCase, door: Door) -> None:
    told = Said(200)
    with serving(lambda _: told) as server:
        platform = case.platform(server.url)
        assert isinstance(platform, Checks)
        for each in answers(200, 204, 302, 400, 401, 403, 404, 429, 500):
            told = each
            with suppress(Rejected, NotSent):
                platform.check(door)
    assert not any("POST" in each.method for each in server.requests)


@every_over_http
def test_secrets_stay_out_of_what_is_shown(case: MailCase, door: Door) -> None:
    def tell_all(request: Request) -> Said:
        return Said(422, f"{request.path} {dict(request.headers)} {request.body!r}".encode())

    with serving(tell_all) as server:
        platform = case.platform(server.url)
        with pytest.raises(Unsent) as caught:
            hand_over(platform, letters(1), door)
    shown = f"{platform!r} {caught.value} {caught.value.answer}"
    assert not any(secret in shown for secret in case.secrets)


@every
@pytest.mark.parametrize("words", ["a\r\nBcc: x@evil.example", "a\nb", "a\x00b"])
def test_nothing_in_a_subject_or_a_name_becomes_a_header(case: MailCase, words: str) -> None:
    service = service_of(case.platform("http://127.0.0.1"))
    for mail, letter in (
        (replace(MAIL, subject=words), letters(1)[0]),
        (replace(MAIL, sender=f"{words} <weekly@example.org>"), letters(1)[0]),
        (MAIL, replace(letters(1)[0], name=words)),
        (MAIL, replace(letters(1)[0], address=f"x@example.org{words}")),
    ):
        try:
            made = service.enclose(mail, (letter,), key=KEY, at=AT)
        except Refused:
            continue
        assert b"\r\nBcc:" not in made
        assert b"\nBcc:" not in made
        assert rb"\nBcc" not in made
        assert rb"\u0000" not in made


@every
@pytest.mark.parametrize(
    "address", ["a@example.org,b@example.org", "a@example.org;b@example.org", "a <b@example.org>", "a@b.example c@d"]
)
def test_an_address_that_is_two_is_refused(case: MailCase, address: str) -> None:
    service = service_of(case.platform("http://127.0.0.1"))
    with pytest.raises(Refused, match="not one plain address"):
        service.enclose(MAIL, (replace(letters(1)[0], address=address),), key=KEY, at=AT)


def test_lists_are_a_day_old_at_most_before_a_key_is_trusted() -> None:
    for case in CASES.values():
        assert service_of(case.platform("http://127.0.0.1")).keys_last < timedelta(days=1)
