"""Bluesky against the reference implementation of a Personal Data Server, which checks records by their lexicons.

`script/pds` installs the server and runs these tests; elsewhere they are skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.errors import NotSent, Rejected
from bot.http import Door
from bot.model.publication import Part, Post
from bot.model.secret import Secret
from bot.platforms.bluesky import Bluesky
from bot.platforms.composing import compose
from bot.platforms.contract import Outgoing, Receipt
from bot.platforms.memory import Forgetful
from bot.text import Limit, Unit, count
from tests.platforms.cases import PICTURE, PNG
from tests.platforms.engine import ahead

pytestmark = pytest.mark.pds
FOLDER = os.environ.get("PULLQUOTE_TEST_PDS", "")
HANDLE, PASSWORD = "desk.test", "abcd-efgh-ijkl-mnop"
AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
LINK = "https://pod.example/episodes/2026/08/20/a-very-long-name?utm_source=bluesky"
FAMILY = "👨‍👩‍👧‍👦"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running server with one account, on loopback, with its data in a folder that goes away."""
    if not FOLDER or shutil.which("node") is None or not (Path(FOLDER) / "node_modules" / "@atproto" / "pds").is_dir():
        pytest.skip("the reference server is not installed; script/pds installs it and runs these tests")
    # Beside its packages, because Node looks for them from where the file stands.
    program = shutil.copy(Path(__file__).parent / "server.mjs", FOLDER)
    running = subprocess.Popen(
        ["node", program, str(tmp_path_factory.mktemp("pds"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "LOG_ENABLED": "false"},
        text=True,
    )
    assert running.stdout is not None
    assert running.stderr is not None
    address = running.stdout.readline().strip()
    try:
        assert address.startswith("http://127.0.0.1:"), running.stderr.read()
        account = {"handle": HANDLE, "password": PASSWORD, "email": "desk@pod.example"}
        asked(f"{address}/xrpc/com.atproto.server.createAccount", account)
        yield address
    finally:
        running.communicate(timeout=30)


@pytest.fixture
def account(server: str) -> Bluesky:
    return Bluesky(handle=HANDLE, password=Secret("BLUESKY_PASSWORD", PASSWORD), server=server, memory=Forgetful())


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with Door() as opened:
        yield opened


def asked(address: str, body: dict[str, str] | None = None) -> Any:
    request = urllib.request.Request(  # noqa: S310 - loopback
        address, data=json.dumps(body).encode() if body else None, headers={"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.loads(answer.read())


def record(server: str, receipt: Receipt) -> dict[str, Any]:
    """What stands on the server, as anybody may read it."""
    repo, collection, rkey = receipt.remote_id.removeprefix("at://").split("/")
    query = f"repo={repo}&collection={collection}&rkey={rkey}"
    value: dict[str, Any] = asked(f"{server}/xrpc/com.atproto.repo.getRecord?{query}")["value"]
    return value


def outgoing(account: Bluesky, post: Post, key: str, *, number: int = 0) -> Outgoing:
    piece = compose(account, post, key=key, at=AT).pieces[number]
    return Outgoing(piece.key, piece.body, media={PICTURE.sha256: PNG})


def post(text: str, link: str | None = None) -> Post:
    return Post(text, link, "en", (), ())


def test_the_account_is_tried_without_publishing(account: Bluesky, door: Door) -> None:
    assert account.check(door) == f"posts as {HANDLE} on {account.server}"
    with pytest.raises(Rejected, match="refused the log-in"):
        replace(account, password=Secret("BLUESKY_PASSWORD", "another"), memory=Forgetful()).check(door)


def test_the_same_post_under_the_same_key_counts_once(account: Bluesky, door: Door) -> None:
    sent = outgoing(account, post("Hello"), "once")
    assert account.find(sent, door) is None
    first = account.publish(sent, door)
    again = account.publish(sent, door)
    found = account.find(sent, door)
    assert found is not None
    assert first.remote_id == again.remote_id == found.remote_id
    assert first.memo == again.memo


def test_other_words_in_the_place_of_a_post_are_refused(account: Bluesky, door: Door) -> None:
    account.publish(outgoing(account, post("These words"), "taken"), door)
    other = outgoing(account, post("Other words"), "taken")
    with pytest.raises(Rejected, match="Another text stands at"):
        account.publish(other, door)
    with pytest.raises(NotSent, match="Another text stands at"):
        account.find(other, door)


def test_a_link_is_short_and_its_facet_covers_it_to_the_byte(account: Bluesky, door: Door) -> None:
    receipt = account.publish(outgoing(account, post(f"„Größe“ {FAMILY} {LINK} #öffentlich", LINK), "link"), door)
    value = record(account.server, receipt)
    raw = value["text"].encode()
    link, tag = value["facets"]
    covered = [raw[each["index"]["byteStart"] : each["index"]["byteEnd"]].decode() for each in (link, tag)]
    assert covered == ["pod.example/episodes/2026/…", "#öffentlich"]
    assert link["features"][0]["uri"] == LINK
    assert value["embed"]["external"]["uri"] == LINK


def test_a_picture_goes_ahead_and_stands_with_its_alt_text(account: Bluesky, door: Door) -> None:
    made = replace(post("Look"), media=(PICTURE,))
    sent = ahead(account, outgoing(account, made, "picture"), door, (PICTURE,))
    (image,) = record(account.server, account.publish(sent, door))["embed"]["images"]
    assert (image["alt"], image["image"]["size"]) == (PICTURE.alt, len(PNG))


def test_each_text_of_a_thread_answers_the_one_before_and_counts_once(account: Bluesky, door: Door) -> None:
    thread = replace(post("One"), parts=(Part("Two"), Part("Three")))
    receipts = [account.publish(outgoing(account, thread, "thread"), door)]
    for number in (1, 2):
        sent = outgoing(account, thread, "thread", number=number)
        made = [account.follow(sent, door, root=receipts[0], parent=receipts[-1]) for _ in range(2)]
        assert made[0].remote_id == made[1].remote_id
        receipts.append(made[0])
    last = record(account.server, receipts[2])["reply"]
    assert (last["root"]["uri"], last["parent"]["uri"]) == (receipts[0].remote_id, receipts[1].remote_id)


def test_the_server_counts_a_text_as_we_do(account: Bluesky, door: Door) -> None:
    fitting = FAMILY * 119 + "e\u0301" * 8 + "x" * 1
    assert count(fitting, Limit(3000, Unit.UTF8_BYTES)) == 3000
    account.publish(outgoing(account, post(fitting), "bytes"), door)
    longest = "ש\u05c1" * 300
    account.publish(outgoing(account, post(longest), "graphemes"), door)
    for number, text in enumerate((f"{fitting}x", f"{longest}x")):
        sent = json.loads(outgoing(account, post("short"), f"long-{number}").body)
        sent["record"]["text"] = text
        with pytest.raises(Rejected, match="too big"):
            account.publish(Outgoing("long", json.dumps(sent).encode()), door)


def test_a_deleted_post_is_gone_and_deleting_it_again_is_no_fault(account: Bluesky, door: Door) -> None:
    sent = outgoing(account, post("Not for long"), "gone")
    receipt = account.publish(sent, door)
    account.delete(receipt, door)
    account.delete(receipt, door)
    assert account.find(sent, door) is None
