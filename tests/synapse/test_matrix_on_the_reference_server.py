"""Matrix against Synapse, the reference homeserver, which validates events and remembers transactions.

`script/synapse` installs the server and runs these tests; elsewhere they are skipped.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from bot.errors import NotSent, Rejected
from bot.http import Door
from bot.model.publication import Part, Post
from bot.model.secret import Secret
from bot.platforms.composing import compose
from bot.platforms.contract import Outgoing, Receipt
from bot.platforms.matrix import Matrix
from bot.platforms.memory import Forgetful
from tests.platforms.cases import PICTURE, PNG
from tests.platforms.engine import ahead

pytestmark = pytest.mark.synapse
FOLDER = os.environ.get("PULLQUOTE_TEST_SYNAPSE", "")
SHARED = "secret-of-the-tests"
STARTS_WITHIN = 60.0
CLIENT = "/_matrix/client/v3"


@dataclass(frozen=True)
class Server:
    """A homeserver on loopback, and the means to ask it as whoever one likes."""

    url: str
    # Synapse allows ten messages at once and one in five seconds; only one test wants that.
    slow: bool = False

    def ask(self, method: str, path: str, body: object = None, *, token: str = "") -> tuple[int, Any]:
        request = urllib.request.Request(  # noqa: S310 - loopback
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {}),
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def register(self) -> str:
        """A new person; their access token."""
        name = f"desk-{secrets.token_hex(4)}"
        nonce = self.ask("GET", "/_synapse/admin/v1/register")[1]["nonce"]
        said = "\0".join([nonce, name, "password", "notadmin"])
        asked = {"nonce": nonce, "username": name, "password": "password", "admin": False}
        mac = hmac.new(SHARED.encode(), said.encode(), hashlib.sha1).hexdigest()
        _, made = self.ask("POST", "/_synapse/admin/v1/register", asked | {"mac": mac})
        return str(made["access_token"])

    def room(self, token: str, **more: object) -> str:
        _, made = self.ask("POST", f"{CLIENT}/createRoom", {"preset": "public_chat", **more}, token=token)
        return str(made["room_id"])


@dataclass
class Desk:
    """An account, its room, and what stands there as anybody in it may read."""

    server: Server
    account: Matrix

    @property
    def token(self) -> str:
        return self.account.token.reveal()

    @property
    def room(self) -> str:
        return f"{CLIENT}/rooms/{quote(self.account.room)}"

    def event(self, receipt: Receipt) -> dict[str, Any]:
        found: dict[str, Any] = self.server.ask(
            "GET", f"{self.room}/event/{quote(receipt.remote_id)}", token=self.token
        )[1]
        return found

    def another_device(self) -> str:
        """An access token of the same account on a device of its own."""
        me = self.server.ask("GET", f"{CLIENT}/account/whoami", token=self.token)[1]["user_id"]
        log_in = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": me}, "password": "password"}
        return str(self.server.ask("POST", f"{CLIENT}/login", log_in)[1]["access_token"])

    def messages(self) -> list[dict[str, Any]]:
        listed = self.server.ask("GET", f"{self.room}/messages?dir=b&limit=100", token=self.token)[1]["chunk"]
        return [each for each in reversed(listed) if each["type"] == "m.room.message"]

    def outgoing(self, post: Post, key: str, *, number: int = 0, at: datetime | None = None) -> Outgoing:
        piece = compose(self.account, post, key=key, at=at or datetime.now(UTC)).pieces[number]
        return Outgoing(piece.key, piece.body, media={PICTURE.sha256: PNG})


def started(folder: Path, *, slow: bool) -> Iterator[Server]:
    python = Path(FOLDER) / "bin" / "python"
    if not FOLDER or not python.exists():
        pytest.skip("the reference homeserver is not installed; script/synapse installs it and runs these tests")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    key = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    (folder / "signing.key").write_text(f"ed25519 a_test {key}\n")
    resources = [{"names": ["client", "media"]}]
    # A configuration is YAML, and JSON is YAML.
    config: dict[str, Any] = {
        "server_name": "localhost",
        "listeners": [{"bind_addresses": ["127.0.0.1"], "port": port, "type": "http", "resources": resources}],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "media_store_path": str(folder / "media"),
        "pid_file": str(folder / "synapse.pid"),
        "signing_key_path": str(folder / "signing.key"),
        "registration_shared_secret": SHARED,
        "macaroon_secret_key": secrets.token_hex(16),
        "form_secret": secrets.token_hex(16),
        "report_stats": False,
        "trusted_key_servers": [],
        "federation_domain_whitelist": [],
        "encryption_enabled_by_default_for_room_type": "off",
    }
    if not slow:
        config["rc_message"] = {"per_second": 1_000, "burst_count": 1_000}
    (folder / "homeserver.yaml").write_text(json.dumps(config))
    server = Server(f"http://127.0.0.1:{port}", slow=slow)
    with (folder / "said").open("wb") as said:
        running = subprocess.Popen(
            [python, "-m", "synapse.app.homeserver", "--config-path", folder / "homeserver.yaml"],
            stdout=said,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
        try:
            until = time.monotonic() + STARTS_WITHIN
            while not answers(server):
                assert running.poll() is None, (folder / "said").read_text()[-4_000:]
                assert time.monotonic() < until, (folder / "said").read_text()[-4_000:]
                time.sleep(0.2)
            yield server
        finally:
            running.terminate()
            running.wait(timeout=30)


def answers(server: Server) -> bool:
    try:
        return server.ask("GET", "/_matrix/client/versions")[0] == 200
    except (urllib.error.URLError, ConnectionError):
        return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from started(tmp_path_factory.mktemp("synapse"), slow=False)


@pytest.fixture
def strict_server(tmp_path: Path) -> Iterator[Server]:
    """One with Synapse's own limits of how fast an account may write."""
    yield from started(tmp_path, slow=True)


@pytest.fixture
def desk(server: Server) -> Desk:
    return opened(server)


def opened(server: Server, **room: object) -> Desk:
    token = server.register()
    account = Matrix(
        server=server.url,
        room=server.room(token, name="Episodes", **room),
        token=Secret("MATRIX_TOKEN", token),
        memory=Forgetful(),
    )
    return Desk(server, account)


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with Door() as made:
        yield made


def post(text: str, **more: object) -> Post:
    return replace(Post(text, None, "en", (), ()), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("version", ["10", "12"])
def test_the_account_is_tried_without_publishing(server: Server, door: Door, version: str) -> None:
    desk = opened(server, room_version=version, power_level_content_override={"events_default": 50})
    assert "in Episodes on http://127.0.0.1" in desk.account.check(door)
    assert desk.messages() == []
    with pytest.raises(Rejected, match="refused the token"):
        replace(desk.account, token=Secret("MATRIX_TOKEN", "another")).check(door)
    guest = replace(desk.account, token=Secret("MATRIX_TOKEN", server.register()), memory=Forgetful())
    with pytest.raises(Rejected, match="not in room"):
        guest.check(door)
    server.ask("POST", f"{desk.room}/join", {}, token=guest.token.reveal())
    with pytest.raises(Rejected, match="50 is needed to write"):
        guest.check(door)
    with pytest.raises(Rejected, match="403"):
        guest.publish(desk.outgoing(post("Hello"), "powerless"), door)
    server.ask("POST", f"{desk.room}/leave", {}, token=guest.token.reveal())
    with pytest.raises(Rejected, match="is not in the room"):
        guest.check(door)


def test_the_same_message_under_the_same_key_counts_once_for_one_device(desk: Desk, door: Door) -> None:
    sent = desk.outgoing(post("Hello @room, “a” <b>b</b>"), "once")
    assert desk.account.find(sent, door) is None
    first = desk.account.publish(sent, door)
    assert desk.account.publish(sent, door).remote_id == first.remote_id
    found = desk.account.find(sent, door)
    assert found is not None
    assert (found.remote_id, found.permalink) == (first.remote_id, first.permalink)
    (message,) = desk.messages()
    assert message["content"]["body"] == "Hello @room, “a” <b>b</b>"
    assert message["content"]["m.mentions"] == {}


def test_another_device_repeats_no_transaction_but_finds_the_message(desk: Desk, door: Door) -> None:
    sent = desk.outgoing(post("Hello"), "devices")
    first = desk.account.publish(sent, door)
    other = replace(desk.account, token=Secret("MATRIX_TOKEN", desk.another_device()), memory=Forgetful())
    found = other.find(sent, door)
    assert found is not None
    assert found.remote_id == first.remote_id
    assert other.publish(sent, door).remote_id != first.remote_id


def test_nobody_is_notified_by_words(desk: Desk, door: Door) -> None:
    token = desk.server.register()
    desk.server.ask("POST", f"{desk.room}/join", {}, token=token)
    me = desk.server.ask("GET", f"{CLIENT}/account/whoami", token=token)[1]["user_id"]
    text = f"{me} {me[1:].partition(':')[0]} @room"
    mentioned = "/_matrix/client/v3/notifications?only=highlight"
    desk.account.publish(desk.outgoing(post(text), "quiet"), door)
    assert desk.server.ask("GET", mentioned, token=token)[1]["notifications"] == []
    loud = {"msgtype": "m.text", "body": text, "m.mentions": {"user_ids": [me]}}
    desk.server.ask("PUT", f"{desk.room}/send/m.room.message/loud", loud, token=desk.token)
    assert len(desk.server.ask("GET", mentioned, token=token)[1]["notifications"]) == 1


def test_a_message_is_edited_and_found_as_what_it_was(desk: Desk, door: Door) -> None:
    sent = desk.outgoing(post("Helo"), "edited")
    receipt = desk.account.publish(sent, door)
    correction = desk.outgoing(post("Hello"), "correction")
    for _ in range(2):
        desk.account.edit(receipt, correction, door)
    assert len(desk.messages()) == 2
    shown = desk.event(receipt)["unsigned"]["m.relations"]["m.replace"]["content"]["m.new_content"]
    assert shown["body"] == "Hello"
    found = desk.account.find(sent, door)
    assert found is not None
    assert found.remote_id == receipt.remote_id
    assert desk.account.find(correction, door) is None


def test_a_message_is_taken_away_with_its_changes(desk: Desk, door: Door) -> None:
    sent = desk.outgoing(post("Not for long"), "gone")
    receipt = desk.account.publish(sent, door)
    desk.account.edit(receipt, desk.outgoing(post("Nor this"), "gone-edit"), door)
    for _ in range(2):
        desk.account.delete(receipt, door)
    assert [each["content"] for each in desk.messages()] == [{}, {}]
    found = desk.account.find(sent, door)
    assert found is not None
    assert found.remote_id == receipt.remote_id
    assert desk.account.find(desk.outgoing(post("Another"), "another"), door) is None
    other = replace(desk.account, token=Secret("MATRIX_TOKEN", desk.another_device()), memory=Forgetful())
    with pytest.raises(NotSent, match="taken away since"):
        other.find(sent, door)
    with pytest.raises(Rejected, match="taken away"):
        desk.account.edit(receipt, desk.outgoing(post("Hello"), "too-late"), door)
    desk.account.delete(Receipt("$nothing-of-the-kind"), door)


def test_a_thread_hangs_on_its_root(desk: Desk, door: Door) -> None:
    thread = post("One", parts=(Part("Two"), Part("Three")))
    receipts = [desk.account.publish(desk.outgoing(thread, "thread"), door)]
    for number in (1, 2):
        sent = desk.outgoing(thread, "thread", number=number)
        made = [desk.account.follow(sent, door, root=receipts[0], parent=receipts[-1]) for _ in range(2)]
        assert made[0].remote_id == made[1].remote_id
        receipts.append(made[0])
    summary = desk.event(receipts[0])["unsigned"]["m.relations"]["m.thread"]
    assert (summary["count"], summary["latest_event"]["event_id"]) == (2, receipts[2].remote_id)


def test_a_picture_goes_ahead_and_can_be_fetched(desk: Desk, door: Door) -> None:
    made = post("Look", media=(PICTURE,))
    sent = ahead(desk.account, desk.outgoing(made, "picture"), door, (PICTURE,))
    receipt = desk.account.publish(sent, door)
    content = desk.event(receipt)["content"]
    assert (content["msgtype"], content["formatted_body"]) == ("m.image", "Look")
    assert PICTURE.alt in content["body"]
    address = content["url"].removeprefix("mxc://")
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{desk.server.url}/_matrix/client/v1/media/download/{address}",
        headers={"authorization": f"Bearer {desk.token}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        assert (answer.read(), answer.headers["content-type"]) == (PNG, "image/png")
    desk.account.edit(
        receipt, replace(desk.outgoing(post("Look!", media=(PICTURE,)), "again"), uploads=sent.uploads), door
    )
    new = desk.event(receipt)["unsigned"]["m.relations"]["m.replace"]["content"]["m.new_content"]
    assert (new["url"], new["formatted_body"]) == (content["url"], "Look!")


def test_the_longest_message_and_its_edit_fit_into_an_event(desk: Desk, door: Door) -> None:
    text, described = '"' * 3_000 + "\N{EURO SIGN}" * 2_000, replace(PICTURE, alt="é" * 1_000)
    made = post(text, media=(described,))
    sent = ahead(desk.account, desk.outgoing(made, "long"), door, (described,))
    receipt = desk.account.publish(sent, door)
    desk.account.edit(receipt, replace(desk.outgoing(made, "long-edit"), uploads=sent.uploads), door)
    status, told = desk.server.ask(
        "PUT", f"{desk.room}/send/m.room.message/huge", {"msgtype": "m.text", "body": "x" * 65_536}, token=desk.token
    )
    assert (status, told["errcode"]) == (413, "M_TOO_LARGE")


def test_a_message_of_before_the_posts_time_is_not_looked_at(desk: Desk, door: Door) -> None:
    sent = desk.outgoing(post("Hello"), "old")
    desk.account.publish(sent, door)
    later = desk.outgoing(post("Hello"), "old", at=datetime.now(UTC) + timedelta(hours=1))
    assert desk.account.find(later, door) is None


def test_many_pages_are_looked_through(desk: Desk, door: Door) -> None:
    sent = desk.outgoing(post("Hello"), "buried")
    receipt = desk.account.publish(sent, door)
    for number in range(120):
        text = {"msgtype": "m.text", "body": f"Talk {number}"}
        desk.server.ask("PUT", f"{desk.room}/send/m.room.message/talk-{number}", text, token=desk.token)
    found = desk.account.find(sent, door)
    assert found is not None
    assert found.remote_id == receipt.remote_id


def test_nothing_plain_goes_into_an_encrypted_room(desk: Desk, door: Door) -> None:
    encrypted = {"algorithm": "m.megolm.v1.aes-sha2"}
    desk.server.ask("PUT", f"{desk.room}/state/m.room.encryption", encrypted, token=desk.token)
    with pytest.raises(Rejected, match="is encrypted"):
        desk.account.check(door)
    with pytest.raises(Rejected, match="is encrypted"):
        desk.account.publish(desk.outgoing(post("Hello"), "plain"), door)
    assert desk.messages() == []


def test_a_room_that_was_replaced_gets_nothing(desk: Desk, door: Door) -> None:
    _, told = desk.server.ask("POST", f"{desk.room}/upgrade", {"new_version": "11"}, token=desk.token)
    for act in (
        lambda: desk.account.check(door),
        lambda: desk.account.publish(desk.outgoing(post("Hello"), "late"), door),
    ):
        with pytest.raises(Rejected, match="replaced") as caught:
            act()
        assert told["replacement_room"] in caught.value.remedy
    assert desk.messages() == []


def test_a_server_that_is_asked_too_fast_names_the_wait(strict_server: Server, door: Door) -> None:
    desk = opened(strict_server)
    sent = [desk.outgoing(post(f"Hello {number}"), f"fast-{number}") for number in range(30)]
    with pytest.raises(NotSent, match="slow down") as caught:
        deque((desk.account.publish(each, door) for each in sent), maxlen=0)
    assert caught.value.retry_after is not None
    assert 0 < caught.value.retry_after <= 10
