"""The way out: every way in which a request can end, and what it is called."""

from __future__ import annotations

import gc
import logging
import socket
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from bot import __version__
from bot.errors import NotSent, Rejected, Unknown, Unsent
from bot.http import BODY_MAXIMUM, Answer, Door, Patience
from tests.http.server import AFTER, BEFORE, SLOW, Fate, Request, Said, Server, serving

QUICK = Patience(connect=1, read=0.4, write=0.4, pool=1, total=0.7)
TOKEN = "s3cret-token-of-the-account"  # noqa: S105

# For property tests, which may not use fixtures of one call.
SHARED = Door(QUICK)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(lambda _: Said(200, b'{"id": "1"}')) as running:
        yield running


@pytest.fixture
def door() -> Iterator[Door]:
    with Door(QUICK) as opened:
        yield opened


def once(door: Door, url: str) -> Answer:
    return door.once("POST", url, headers={"authorization": f"Bearer {TOKEN}"}, body=b"{}")


def ask(door: Door, url: str) -> Answer:
    return door.repeatable("GET", url, headers={"authorization": f"Bearer {TOKEN}"})


def test_an_answer_brings_its_status_headers_and_body(door: Door, server: Server) -> None:
    answer = once(door, server.url)
    assert (answer.status, answer.json(), answer.headers["Content-Length"]) == (200, {"id": "1"}, "11")


def test_a_request_says_who_is_asking_and_wants_no_compression(door: Door, server: Server) -> None:
    once(door, server.url)
    sent = server.requests[0].headers
    assert sent["user-agent"] == f"pullquote/{__version__}"
    assert sent["accept-encoding"] == "identity"


def test_a_long_body_arrives_whole_with_its_length(door: Door, server: Server) -> None:
    body = bytes(range(256)) * 16_000
    door.once("POST", server.url, headers={"content-type": "video/mp4"}, body=body)
    sent = server.requests[0]
    assert sent.body == body
    assert (sent.headers["content-length"], sent.headers["content-type"]) == (f"{len(body)}", "video/mp4")
    assert "transfer-encoding" not in sent.headers


@pytest.mark.parametrize("fate", [Fate.FINE, Fate.ERROR_AFTER, Fate.DROP_AFTER, Fate.DROP_BEFORE])
def test_a_long_body_is_let_go_as_soon_as_its_request_has_ended(door: Door, fate: Fate) -> None:
    body, sizes = bytes(3_000_000), list[int]()

    def takes(request: Request) -> Said:
        sizes.append(len(request.body))
        return Said(200, b"{}")

    gc.disable()
    try:
        with serving(takes) as server:
            server.fates.append(fate)
            ours = sys.getrefcount(body)
            with suppress(Unsent):
                door.once("POST", server.url, headers={}, body=body)
            assert sys.getrefcount(body) == ours
    finally:
        gc.enable()
    assert sizes == ([] if fate in BEFORE else [3_000_000])


def test_a_long_body_is_not_copied_as_a_whole(door: Door) -> None:
    body, room = b"x" * 16_000_000, bytearray(65_536)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drain() -> None:
            connection, _ = listening.accept()
            with connection:
                left = len(body)
                while left > 0:
                    left -= connection.recv_into(room)
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")

        draining = threading.Thread(target=drain)
        draining.start()
        tracemalloc.start()
        try:
            door.once("POST", f"http://127.0.0.1:{listening.getsockname()[1]}", headers={}, body=body)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            draining.join()
    assert most < len(body) / 2


DOUBTS = (
    Fate.DROP_BEFORE,
    Fate.RESET_BEFORE,
    Fate.ERROR_BEFORE,
    Fate.BUSY,
    Fate.TIMED_OUT,
    Fate.DROP_AFTER,
    Fate.RESET_AFTER,
    Fate.ERROR_AFTER,
    Fate.GATEWAY_AFTER,
    Fate.SILENCE_AFTER,
    Fate.DRIP_HEAD,
    Fate.GARBAGE,
)
UNREADABLE = (Fate.DRIP_BODY, Fate.CUT, Fate.HTML, Fate.HUGE, Fate.PACKED)


def test_every_fate_is_tried_here() -> None:
    told = {Fate.SLOW_DOWN, Fate.SLOW_DOWN_UNTIL, Fate.REDIRECT, Fate.FINE}
    assert {*DOUBTS, *UNREADABLE} | told == {*BEFORE, *AFTER, Fate.FINE}


@pytest.mark.parametrize("fate", DOUBTS)
def test_no_clear_answer_is_unknown_for_the_one_irreversible_request(door: Door, server: Server, fate: Fate) -> None:
    server.fates.append(fate)
    with pytest.raises(Unknown):
        once(door, server.url)
    assert len(server.requests) == 1


@pytest.mark.parametrize("fate", DOUBTS)
def test_no_clear_answer_to_a_repeatable_request_is_not_sent(door: Door, server: Server, fate: Fate) -> None:
    server.fates.append(fate)
    with pytest.raises(NotSent):
        ask(door, server.url)
    assert len(server.requests) == 1


@pytest.mark.parametrize("fate", UNREADABLE)
def test_a_success_that_cannot_be_read_is_a_success_until_somebody_reads_it(
    door: Door, server: Server, fate: Fate
) -> None:
    server.fates.extend([fate, fate])
    answer = once(door, server.url)
    assert answer.status == 200
    assert len(answer.body) <= BODY_MAXIMUM
    with pytest.raises(Unknown, match="200"):
        answer.json()
    with pytest.raises(NotSent):
        ask(door, server.url).json()


@pytest.mark.parametrize("fate", SLOW)
def test_a_slow_drip_ends_when_the_whole_time_is_over(door: Door, server: Server, fate: Fate) -> None:
    server.fates.append(fate)
    began = time.monotonic()
    with pytest.raises(Unknown):
        once(door, server.url).json()
    assert time.monotonic() - began < 2 * QUICK.total


def test_a_deadline_that_passes_while_connecting_sends_nothing(server: Server) -> None:
    with Door(Patience(total=0.0)) as door, pytest.raises(NotSent):
        once(door, server.url)
    assert server.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/",
        "https://name.invalid/",
        "ftp://127.0.0.1/",
        "127.0.0.1/path",
        "http://",
        "http://[::1",
        "http://127.0.0.1:99999999/",
        "http://" + "a" * 70 + ".example/",
        "http://\x00/",
        "",
    ],
)
def test_what_never_connected_was_not_sent(door: Door, url: str) -> None:
    with pytest.raises(NotSent):
        once(door, url)
    with pytest.raises(NotSent):
        ask(door, url)


@pytest.mark.parametrize("value", ["line\nbreak", "nul\x00", "snowman ☃"])
def test_a_header_that_is_none_was_not_sent_and_is_not_shown(door: Door, server: Server, value: str) -> None:
    with pytest.raises(NotSent, match="header is malformed") as caught:
        door.once("POST", server.url, headers={"authorization": f"Bearer {TOKEN} {value}"}, body=b"")
    assert TOKEN not in repr(caught.value)
    assert server.requests == []


FAILURES = {
    NotSent: [
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.ProxyError,
        httpx.UnsupportedProtocol,
        httpx.LocalProtocolError,
    ],
    Unknown: [
        httpx.ReadTimeout,
        httpx.WriteTimeout,
        httpx.ReadError,
        httpx.WriteError,
        httpx.CloseError,
        httpx.RemoteProtocolError,
        httpx.DecodingError,
        httpx.TooManyRedirects,
    ],
}


@pytest.mark.parametrize(("outcome", "error"), [(o, e) for o, errors in FAILURES.items() for e in errors])
def test_every_failure_of_httpx_has_its_outcome(
    door: Door, outcome: type[Unsent], error: type[httpx.HTTPError]
) -> None:
    with respx.mock:
        respx.post("https://service.example/").mock(side_effect=error)
        respx.get("https://service.example/").mock(side_effect=error)
        with pytest.raises(outcome):
            once(door, "https://service.example/")
        with pytest.raises(NotSent):
            ask(door, "https://service.example/")


def test_no_failure_of_httpx_is_forgotten() -> None:
    def leaves(kind: type[Exception]) -> set[type[Exception]]:
        below = kind.__subclasses__()
        return {kind} if not below else set().union(*(leaves(each) for each in below))

    # A status is never raised: nothing here calls raise_for_status.
    assert leaves(httpx.HTTPError) - {httpx.HTTPStatusError} == set(FAILURES[NotSent] + FAILURES[Unknown])


@given(status=st.integers(200, 599))
def test_every_status_has_its_outcome(status: int) -> None:
    with respx.mock:
        respx.post("https://service.example/").respond(status)
        respx.get("https://service.example/").respond(status)
        try:
            outcome: object = once(SHARED, "https://service.example/").status
        except Unsent as error:
            outcome = type(error)
        try:
            looked_up: object = ask(SHARED, "https://service.example/").status
        except Unsent as error:
            looked_up = type(error)
    if status == 429:
        assert (outcome, looked_up) == (NotSent, NotSent)
    elif status < 300 or (400 <= status < 500 and status != 408):
        assert (outcome, looked_up) == (status, status)
    else:
        assert (outcome, looked_up) == (Rejected if status < 400 else Unknown, NotSent)


def test_a_redirect_is_never_followed_and_says_what_to_do(door: Door, server: Server) -> None:
    server.fates.append(Fate.REDIRECT)
    with pytest.raises(Rejected, match=r"elsewhere\.example") as caught:
        once(door, server.url)
    assert "settings" in caught.value.remedy
    assert "secret" not in str(caught.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize("fate", [Fate.SLOW_DOWN, Fate.SLOW_DOWN_UNTIL])
def test_a_service_that_asks_to_slow_down_says_for_how_long(door: Door, server: Server, fate: Fate) -> None:
    server.fates.append(fate)
    with pytest.raises(NotSent) as caught:
        once(door, server.url)
    assert caught.value.retry_after == pytest.approx(120, abs=2)


NOW = datetime(2026, 8, 20, 10, 0, tzinfo=UTC)
UNIX = int(NOW.timestamp())
A_DAY = {"X-User-Limit-24hour-Reset": str(UNIX + 7_200)}


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "90"}, 90),
        ({"Retry-After": "Thu, 20 Aug 2026 10:01:30 GMT"}, 90),
        # The server's clock is an hour ahead: what counts is the distance between its two times.
        ({"Retry-After": "Thu, 20 Aug 2026 11:01:30 GMT", "Date": "Thu, 20 Aug 2026 11:00:00 GMT"}, 90),
        ({"X-RateLimit-Reset": "2026-08-20T10:01:30.000000Z"}, 90),
        ({"X-RateLimit-Reset": str(UNIX + 90)}, 90),
        ({"RateLimit-Reset": str(UNIX + 90)}, 90),
        ({"RateLimit-Reset": "90"}, 90),
        ({"X-Rate-Limit-Reset": str(UNIX + 90)}, 90),
        ({"X-Rate-Limit-Reset": str(UNIX + 3_690), "Date": "Thu, 20 Aug 2026 11:00:00 GMT"}, 90),
        ({**A_DAY, "X-User-Limit-24hour-Remaining": "0", "X-Rate-Limit-Reset": str(UNIX + 90)}, 7_200),
        ({**A_DAY, "X-User-Limit-24hour-Remaining": "3", "X-Rate-Limit-Reset": str(UNIX + 90)}, 90),
        ({"Retry-After": "soon", "X-RateLimit-Reset": "90"}, 90),
        ({"Retry-After": "Thu, 20 Aug 2020 10:00:00 GMT"}, 0),
        ({"Retry-After": "9" * 400}, 7 * 86_400),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "Thu, 99 Foo 99999 10:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_the_wait_is_read_in_every_form_and_never_longer_than_a_week(
    headers: dict[str, str], wait: float | None
) -> None:
    with respx.mock, Door(QUICK, clock=lambda: NOW) as door:
        respx.post("https://service.example/").respond(429, headers=headers)
        with pytest.raises(NotSent) as caught:
            once(door, "https://service.example/")
    assert caught.value.retry_after == wait


@given(text=st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"])))
def test_no_header_of_a_server_brings_the_door_down(text: str) -> None:
    raw = text.encode("latin-1")
    with respx.mock:
        respx.post("https://service.example/").mock(
            return_value=httpx.Response(429, headers=[(b"retry-after", raw), (b"date", raw), (b"location", raw)])
        )
        with pytest.raises(NotSent) as caught:
            once(SHARED, "https://service.example/")
    assert caught.value.retry_after is None or 0 <= caught.value.retry_after <= 7 * 86_400


@given(body=st.binary(), status=st.sampled_from([200, 404]))
def test_any_body_gives_json_or_a_doubt(body: bytes, status: int) -> None:
    answer = Answer(status, {}, body, "service.example", "", Unknown)
    if status == 404:
        answer.json()
        return
    with suppress(Unknown):
        answer.json()


def test_a_body_nested_without_end_is_a_doubt() -> None:
    with pytest.raises(Unknown):
        Answer(200, {}, b"[" * 500_000, "service.example", "", Unknown).json()


def echo(request: Request) -> Said:
    return Said(401, f"{request.path} {request.headers.get('authorization')}".encode())


def test_a_refusal_that_repeats_the_secrets_is_cleaned(door: Door) -> None:
    with serving(echo) as server:
        answer = once(door, f"{server.url}/hook/T0000000/aaaabbbbccccddddeeee?key=abcdefghijklmnop%2Fxyz")
    shown = answer.body.decode()
    assert answer.status == 401
    assert TOKEN not in shown
    assert "aaaabbbb" not in shown
    assert "abcdefgh" not in shown


def test_a_refusal_that_repeats_one_of_several_credentials_is_cleaned(door: Door) -> None:
    """OAuth 1.0a sends a list of them, quoted and encoded."""
    sent = 'OAuth oauth_nonce="a1b2c3d4e5", oauth_token="7-token", oauth_signature="c2lnbmF0dXJl%2Bs%3D"'
    told = Said(401, b'{"detail": "7-token-of-mine a1b2c3d4e5 c2lnbmF0dXJl+s="}')
    with serving(lambda _: told) as server:
        answer = door.once("POST", server.url, headers={"authorization": sent}, body=b"")
    assert answer.body == b'{"detail": "7-token-of-mine *** ***"}', "what is short could be any word"


@pytest.mark.parametrize("name", ["x-kit-api-key", "api-key", "X-Postmark-Server-Token"])
def test_a_key_in_a_header_of_its_own_is_a_secret_too(door: Door, name: str) -> None:
    with serving(lambda request: Said(403, str(dict(request.headers)).encode())) as server:
        answer = door.once("POST", server.url, headers={name: TOKEN, "idempotency-key": "quote-7"}, body=b"")
    assert TOKEN.encode() not in answer.body
    assert b"quote-7" in answer.body


@pytest.mark.parametrize("fate", [*DOUBTS, Fate.SLOW_DOWN, Fate.REDIRECT])
def test_errors_name_the_host_and_never_the_address(door: Door, server: Server, fate: Fate) -> None:
    server.fates.append(fate)
    with pytest.raises(Unsent) as caught:
        once(door, f"{server.url}/hook/abcdefghijklmnop?key={TOKEN}")
    assert "127.0.0.1" in str(caught.value)
    assert "abcdefgh" not in f"{caught.value} {caught.value.answer}"
    assert TOKEN not in f"{caught.value} {caught.value.answer}"
    assert caught.value.__cause__ is None


def test_log_lines_hold_no_address_and_no_credentials(
    door: Door, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    once(door, f"{server.url}/hook/abcdefghijklmnop")
    assert "200" in caplog.text
    assert "abcdefgh" not in caplog.text
    assert TOKEN not in caplog.text


def test_cookies_of_one_account_never_reach_another() -> None:
    with serving(lambda _: Said(200, b"{}", {"Set-Cookie": "session=one"})) as server, Door(QUICK) as door:
        once(door, server.url)
        once(door, server.url)
    assert all("cookie" not in request.headers for request in server.requests)


def test_every_request_has_a_connection_of_its_own(door: Door) -> None:
    """A server that hangs up after every answer, without saying so, leaves no doubt behind."""
    connections = 0

    def hang_up(listener: socket.socket) -> None:
        nonlocal connections
        for _ in range(5):
            connection, _ = listener.accept()
            connections += 1
            with connection:
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=hang_up, args=(listener,), daemon=True)
        thread.start()
        for _ in range(5):
            assert once(door, f"http://127.0.0.1:{listener.getsockname()[1]}/").status == 200
        thread.join(1)
    assert connections == 5


def test_a_door_is_shared_between_threads(door: Door, server: Server) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: once(door, f"{server.url}/{n}").json(), range(40)))
    assert answers == [{"id": "1"}] * 40
    assert len(server.requests) == 40


def test_the_door_tells_the_moment_of_sending() -> None:
    with Door(clock=lambda: NOW) as door:
        assert door.now() == NOW


def test_a_certificate_that_nobody_vouches_for_ends_it_before_anything_is_sent(
    door: Door, certificate: tuple[Path, Path]
) -> None:
    with serving(lambda _: Said(200, b"{}"), certificate) as server, pytest.raises(NotSent, match="certificate"):
        once(door, server.url)
    assert server.requests == []


@pytest.mark.parametrize("fate", [Fate.DRIP_HEAD, Fate.DRIP_BODY])
def test_a_slow_drip_over_tls_ends_too(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, fate: Fate
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with serving(lambda _: Said(200, b'{"id": "1"}'), certificate) as server, Door(QUICK) as door:
        assert once(door, server.url).json() == {"id": "1"}
        server.fates.append(fate)
        began = time.monotonic()
        with pytest.raises(Unknown):
            once(door, server.url).json()
    assert time.monotonic() - began < 2 * QUICK.total
