"""Reading addresses of others: bounded in time, size and where it leads; and what was said is told word for word."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Unfetched
from bot.http.fetch import Fetched, Fetcher, Hop, Limits, Validators
from bot.http.guard import Guard, is_public
from tests.http.server import Fate, Request, Said, Server, serving

BODY = b"<rss>" + b"x" * 50_000 + b"</rss>"
# Without a time in it: what a test is called by must not change from one second to the next.
GZIPPED = gzip.compress(BODY, mtime=0)
QUICK = Limits(connect=1, read=1, total=1.5, wire_bytes=200_000, body_bytes=400_000)


def fetcher(server: Server | str, limits: Limits = QUICK, **more: object) -> Fetcher:
    url = server if isinstance(server, str) else server.url
    return Fetcher(Guard(frozenset({url.partition("//")[2]}), **more), limits)  # type: ignore[arg-type]


@contextmanager
def answering(said: Callable[[Request], Said] | Said) -> Iterator[Server]:
    with serving(said if callable(said) else lambda _: said) as server:
        yield server


@contextmanager
def raw(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that reads a request and then does with the connection what it likes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65_536)
                with suppress(OSError):
                    answer(connection)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()
        thread.join(5)


def says(head: str, body: bytes = b"") -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)


def get(url: str, limits: Limits = QUICK) -> Fetched:
    return fetcher(url, limits).get(url + "/")


def test_validators_are_sent_and_told_word_for_word() -> None:
    answer = Said(304, b"", {"ETag": 'W/"b-gzip"', "Last-Modified": "Thu, 01 Jan 1980 00:00:00 GMT"})
    with answering(answer) as server:
        found = fetcher(server).get(f"{server.url}/feed?key=1#part", validators=Validators('"a"', "yesterday"))
    (request,) = server.requests
    assert (request.headers["if-none-match"], request.headers["if-modified-since"]) == ('"a"', "yesterday")
    assert request.path == "/feed?key=1"
    assert (found.status, found.body) == (304, b"")
    assert found.validators == Validators('W/"b-gzip"', "Thu, 01 Jan 1980 00:00:00 GMT")


@pytest.mark.parametrize("status", [200, 204, 400, 401, 403, 404, 410, 429, 500, 503])
def test_every_status_is_an_answer(status: int) -> None:
    with answering(Said(status, b"" if status == 204 else b"words")) as server:
        assert fetcher(server).get(server.url).status == status


def test_what_a_server_asks_for_is_told_in_seconds() -> None:
    date = "Wed, 25 Nov 2026 12:00:00 GMT"
    for headers, wait, age in (
        ({"Retry-After": "120"}, 120.0, None),
        ({"Retry-After": "Wed, 25 Nov 2026 12:01:00 GMT", "X-Date": date}, None, None),
        ({"Cache-Control": 'public, max-age="900"'}, None, 900.0),
        ({"Cache-Control": "no-store", "Expires": "Wed, 25 Nov 2099 12:00:00 GMT"}, None, None),
        ({"Expires": "0"}, None, None),
        ({"Retry-After": "soon", "Cache-Control": "max-age=soon"}, None, None),
    ):
        with answering(Said(200, b"x", headers)) as server:
            found = fetcher(server).get(server.url)
        assert found.max_age == age
        if wait is not None:
            assert found.retry_after == wait
        assert (found.retry_after is None) == ("Retry-After" not in headers or headers["Retry-After"] == "soon")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_and_told(status: int) -> None:
    def moved(request: Request) -> Said:
        return Said(200, BODY) if request.path == "/b/new" else Said(status, b"gone", {"Location": "b/new"})

    with answering(moved) as server:
        found = fetcher(server).get(f"{server.url}/old")
    assert (found.url, found.hops) == (f"{server.url}/b/new", (Hop(status, f"{server.url}/b/new"),))
    assert found.body == BODY


def test_a_circle_of_redirects_ends() -> None:
    with answering(Said(302, b"", {"Location": "/again"})) as server, pytest.raises(Unfetched, match="circle"):
        fetcher(server).get(server.url)
    assert len(server.requests) == QUICK.redirects + 1


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:1/",
        "http://localhost:8000/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]:8000/",
        "http://[::ffff:10.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://10.1.2.3/",
        "http://100.64.0.1/",
        "http://192.168.1.1/",
        "http://[fe80::1%25lo]/",
        "http://224.0.0.1/",
    ],
)
def test_a_redirect_into_this_network_is_refused(target: str) -> None:
    with answering(Said(302, b"", {"Location": target})) as server, pytest.raises(Unfetched, match="nothing was sent"):
        fetcher(server).get(server.url)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "gopher://x.example/", "ftp://x.example/a", "data:,x", "http://"]
)
def test_only_the_web_is_read(target: str) -> None:
    with pytest.raises(Unfetched, match="nothing was sent"):
        Fetcher().get(target)
    with answering(Said(301, b"", {"Location": target})) as server, pytest.raises(Unfetched):
        fetcher(server).get(server.url)


def test_a_name_that_leads_into_this_network_is_refused() -> None:
    inside = Fetcher(Guard(resolver=lambda _host, _port: ["10.0.0.7"]), QUICK)
    with pytest.raises(Unfetched, match=r"feeds\.example stands at 10\.0\.0\.7.*allow"):
        inside.get("http://feeds.example/")


def test_the_address_that_was_checked_is_the_one_that_is_connected_to() -> None:
    """A name that answers with a public address first and a private one afterwards is asked once."""
    answers = iter([["192.0.2.1"], ["127.0.0.1"], ["127.0.0.1"]])
    rebound = Fetcher(Guard(resolver=lambda _host, _port: next(answers)), Limits(connect=0.2, total=0.5))
    with pytest.raises(Unfetched):
        rebound.get("http://feeds.example/")


def test_of_several_addresses_those_inside_are_left_out_and_the_others_are_tried_in_turn() -> None:
    with answering(Said(200, b"here")) as server:
        port = int(server.url.rpartition(":")[2])
        two = Guard(frozenset({f"feeds.example:{port}"}), resolver=lambda _h, _p: ["127.0.0.9", "127.0.0.1"])
        assert Fetcher(two, QUICK).get(f"http://feeds.example:{port}/").body == b"here"
    assert server.requests[0].headers["host"] == f"feeds.example:{port}"
    mixed = Guard(resolver=lambda _h, _p: ["10.0.0.1", "1.1.1.1"])
    with ThreadPoolExecutor(1) as pool:
        assert mixed.addresses("a.example", 443, within=1, pool=pool) == ["1.1.1.1"]


def test_ports_that_are_not_the_webs_are_refused() -> None:
    with pytest.raises(Unfetched, match="port 25"):
        Fetcher().get("http://mail.example:25/")


def test_a_name_that_nobody_knows_is_told() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(Unfetched, match="not known to the domain name system"):
        Fetcher(Guard(resolver=unknown), QUICK).get("https://nobody.example/")


def test_a_resolver_that_hangs_is_left_behind() -> None:
    done = threading.Event()

    def hanging(_host: str, _port: int) -> list[str]:
        done.wait(5)
        return []

    with pytest.raises(Unfetched, match="in time"):
        Fetcher(Guard(resolver=hanging), Limits(connect=0.2, total=0.5)).get("http://slow.example/")
    done.set()


def test_names_in_other_scripts_are_asked_for_as_the_net_writes_them() -> None:
    asked: list[str] = []

    def note(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["10.0.0.1"]

    with pytest.raises(Unfetched):
        Fetcher(Guard(resolver=note), QUICK).get("http://bücher.example/ä ö?ü=ß")
    assert asked == ["xn--bcher-kva.example"]


@pytest.mark.parametrize("fate", [Fate.DRIP_HEAD, Fate.DRIP_BODY, Fate.SILENCE_AFTER])
def test_a_server_that_drips_is_cut_off_in_time(fate: Fate) -> None:
    with answering(Said(200, BODY)) as server:
        server.fates.append(fate)
        with pytest.raises(Unfetched, match="did not answer whole within"):
            fetcher(server).get(server.url)


@pytest.mark.parametrize("fate", [Fate.DROP_BEFORE, Fate.RESET_AFTER, Fate.CUT, Fate.GARBAGE])
def test_a_broken_answer_is_never_taken_for_a_whole_one(fate: Fate) -> None:
    with answering(Said(200, BODY)) as server:
        server.fates.append(fate)
        with pytest.raises(Unfetched, match="broke"):
            fetcher(server).get(server.url)


def test_nobody_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(Unfetched, match="cannot be reached"):
        get(url)


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        pytest.param("gzip", GZIPPED, id="gzip"),
        pytest.param(
            "x-gzip", gzip.compress(BODY[:1000], mtime=0) + gzip.compress(BODY[1000:], mtime=0), id="two members"
        ),
        pytest.param("gzip", GZIPPED + b"\0" * 100, id="padded"),
        pytest.param("deflate", zlib.compress(BODY), id="deflate"),
        pytest.param("deflate", zlib.compress(BODY, wbits=-15), id="deflate without its header"),
        pytest.param("br", brotli.compress(BODY), id="br"),
        pytest.param("identity", BODY, id="identity"),
        pytest.param("", BODY, id="plain"),
    ],
)
def test_packed_bodies_are_unpacked(encoding: str, packed: bytes) -> None:
    headers = {"Content-Encoding": encoding} if encoding else {}
    with answering(Said(200, packed, headers)) as server:
        assert fetcher(server).get(server.url).body == BODY


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress)]
)
def test_a_bomb_is_stopped_while_it_unfolds(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    bomb = pack(b"\0" * 60_000_000)
    roomy = Limits(total=20, body_bytes=1_000_000)
    with (
        answering(Said(200, bomb, {"Content-Encoding": encoding})) as server,
        pytest.raises(Unfetched, match="unpacked"),
    ):
        fetcher(server, roomy).get(server.url)


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        pytest.param("gzip", BODY, id="not gzip"),
        pytest.param("br", BODY, id="not br"),
        pytest.param("gzip", GZIPPED[:-40], id="gzip cut off"),
        pytest.param("br", brotli.compress(BODY)[:-4], id="br cut off"),
        pytest.param("gzip, br", BODY, id="two at once"),
        pytest.param("zstd", BODY, id="not asked for"),
    ],
)
def test_a_packing_that_does_not_hold_is_told(encoding: str, packed: bytes) -> None:
    with (
        answering(Said(200, packed, {"Content-Encoding": encoding})) as server,
        pytest.raises(Unfetched, match="What "),
    ):
        fetcher(server).get(server.url)


def test_a_body_without_end_is_not_read_to_its_end() -> None:
    sent = 0

    def pour(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n")
        for _ in range(1600):  # 100 MB at the most
            sent += connection.send(b"x" * 65_536)

    with raw(pour) as url, pytest.raises(Unfetched, match=r"more than 0\.2 MB"):
        get(url)
    assert sent < 30_000_000


@pytest.mark.parametrize(
    ("head", "body", "said"),
    [
        ("HTTP/1.1 200 OK\nContent-Length: 100", b"short", "broke off"),
        ("HTTP/1.1 200 OK\nContent-Length: 5", b"much longer than it says", "more than the length"),
        ("HTTP/1.1 200 OK\nContent-Length: ten", b"x", "broke off"),
        ("HTTP/1.1 200 OK\nContent-Length: 3\nContent-Length: 5", b"x", "broke off"),
        ("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", b"ZZ\r\nx", "broke off"),
        ("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", b"5\r\nhello\r\n", "broke off"),
        ("HTTP/1.1 2000 OK", b"", "broke off"),
        ("SSH-2.0-OpenSSH_9.6", b"", "broke off"),
    ],
)
def test_an_answer_that_lies_about_itself_is_refused(head: str, body: bytes, said: str) -> None:
    with raw(says(head, body)) as url, pytest.raises(Unfetched, match=said):
        get(url)


def test_an_old_server_that_closes_at_the_end_is_understood() -> None:
    with raw(says("HTTP/1.0 200 OK\nETag: x", BODY)) as url:
        assert get(url).body == BODY


def test_an_empty_answer_is_told_as_it_is() -> None:
    with answering(Said(200, b"")) as server:
        assert fetcher(server).get(server.url).body == b""


def test_credentials_of_an_address_stay_with_its_host() -> None:
    with answering(Said(200, b"private")) as other:

        def elsewhere(_: Request) -> Said:
            return Said(302, b"", {"Location": other.url.replace("127.0.0.1", "localhost")})

        with answering(elsewhere) as server:
            hosts = {each.url.partition("//")[2].replace("127.0.0.1", name) for each in (server, other)
                     for name in ("127.0.0.1", "localhost")}  # fmt: skip
            named = server.url.replace("//", "//ann:s%40cret@")
            found = Fetcher(Guard(frozenset(hosts)), QUICK).get(named)
    assert server.requests[0].headers["authorization"] == "Basic YW5uOnNAY3JldA=="
    assert "authorization" not in other.requests[0].headers
    assert "s%40cret" not in found.url


def test_no_secret_of_an_address_is_ever_told() -> None:
    with pytest.raises(Unfetched) as caught:
        Fetcher(Guard(resolver=lambda _h, _p: ["10.0.0.1"])).get("http://ann:hidden@private.example/feed?token=hidden")
    assert "hidden" not in str(caught.value)


def test_no_cookie_is_kept_and_we_say_who_we_are() -> None:
    with answering(Said(200, b"x", {"Set-Cookie": "a=b"})) as server:
        one = Fetcher(Guard(frozenset({server.url.partition("//")[2]})), QUICK, contact="https://desk.example")
        one.get(server.url)
        one.get(server.url)
    assert "cookie" not in server.requests[1].headers
    assert server.requests[1].headers["user-agent"].endswith("(+https://desk.example)")


def test_a_form_is_given_once_and_not_redirected() -> None:
    with answering(Said(307, b"", {"Location": "/elsewhere"})) as server:
        found = fetcher(server).post(server.url, form=b"a=b")
    assert (found.status, len(server.requests), server.requests[0].body) == (307, 1, b"a=b")


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: tuple[Path, Path]) -> None:
    with serving(lambda _: Said(200, b"x"), certificate) as server, pytest.raises(Unfetched, match="who it is"):
        fetcher(server).get(server.url)
    assert server.requests == []


@pytest.mark.parametrize("text", ["1.1.1.1", "2606:4700::1111"])
def test_the_open_network_may_be_read(text: str) -> None:
    assert is_public(text)


@pytest.mark.parametrize(
    "text", ["203.0.113.1", "fc00::1", "2002:7f00:1::", "::ffff:127.0.0.1", "224.0.0.1", "nonsense", ""]
)
def test_everything_else_may_not(text: str) -> None:
    assert not is_public(text)


@given(st.ip_addresses())
@settings(max_examples=300)
def test_an_address_is_public_only_if_all_that_is_inside_it_is(address: object) -> None:
    if is_public(str(address)):
        assert getattr(address, "is_global", False)
