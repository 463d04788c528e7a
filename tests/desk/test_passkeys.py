"""Passkeys: what a device has to prove, and what becomes of an answer that is late, replayed, copied or forged."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest
from fido2.utils import websafe_encode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.desk import passkeys
from bot.desk.account import ANSWERED_WITHIN, browser
from bot.desk.passkeys import Site
from bot.errors import Refused
from bot.house import House
from bot.model.editor import Role, Way
from bot.store import editors, events
from tests.desk.device import PRESENT, VERIFIED, Device
from tests.desk.kit import PASSWORD, Desk, Visitor
from tests.work.desk import MINUTE, with_config


def options(visitor: Visitor, path: str) -> dict[str, Any]:
    answer = visitor.get(path)
    assert answer.headers["Cache-Control"] == "no-store"
    return dict(json.loads(answer.text))


def register(visitor: Visitor, device: Device, **form: str) -> str:
    """What the desk says to a new passkey: "" where it takes it."""
    answer = device.create(options(visitor, "/account/passkeys/new"))
    sent = visitor.send("/account/passkeys", **{"name": "my phone", "password": PASSWORD, "answer": answer, **form})
    return "" if sent.status_code == 303 else fault(sent.text)


def sign_in(desk: Desk, device: Device) -> str:
    """What the desk says to somebody who signs in with it: "" where they are in."""
    return tried(desk, device.sign(options(desk.visitor(), "/sign-in/passkey")))


def tried(desk: Desk, answer: str) -> str:
    visitor = desk.visitor()
    sent = visitor.client.post("/sign-in/passkey", data={"answer": answer})
    assert (visitor.token() != "") == (sent.status_code == 303)
    return "" if sent.status_code == 303 else fault(sent.text)


def fault(page: str) -> str:
    return html.unescape(page.partition('role="alert">')[2].partition("<")[0])


def notes(desk: Desk) -> list[str]:
    with desk.house.store.read() as db:
        return [each.what for each in events.latest(db, 50)]


def test_a_passkey_opens_the_desk_and_is_removed_again(desk: Desk) -> None:
    olga, device = desk.at(), Device()
    asked = options(olga, "/account/passkeys/new")["publicKey"]
    assert asked["authenticatorSelection"] == {
        "residentKey": "required",
        "userVerification": "required",
        "requireResidentKey": True,
    }
    assert register(olga, device) == ""
    assert options(olga, "/account/passkeys/new")["publicKey"]["excludeCredentials"]
    asked = options(desk.visitor(), "/sign-in/passkey")["publicKey"]
    assert asked["userVerification"] == "required"
    assert "allowCredentials" not in asked, "nobody learns from it who has passkeys"
    visitor = desk.visitor()
    before = visitor.client.post(
        "/sign-in/passkey", data={"answer": device.sign(options(visitor, "/sign-in/passkey")), "next": "/drafts"}
    )
    assert before.headers["Location"] == "/drafts"
    with desk.house.store.read() as db:
        assert editors.way(db, visitor.token()) is Way.PASSKEY
    assert "my phone" in visitor.text("/account")
    assert "by passkey" in visitor.text("/account")
    assert visitor.send("/account/passkeys/1/remove").status_code == 303
    assert "none of this desk" in sign_in(desk, device)
    assert "passkey removed" in notes(desk)


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "http://localhost.evil.example"},
        {"origin": "https://localhost"},
        {"name": "evil.example"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"crossed": True},
    ],
    ids=str,
)
def test_an_answer_that_does_not_prove_all_of_it_is_refused(desk: Desk, lie: dict[str, Any]) -> None:
    olga, device = desk.at(), Device()
    assert "cannot be read" in register(olga, Device(**lie))
    assert register(olga, device) == ""
    for name, value in lie.items():
        setattr(device, name, value)
    assert "cannot be read" in sign_in(desk, device)


def test_a_challenge_is_answered_once_in_its_time_and_for_its_purpose(desk: Desk) -> None:
    olga, device = desk.at(), Device()
    to_make = options(olga, "/account/passkeys/new")
    answer = device.create(to_make)
    form = {"name": "phone", "password": PASSWORD, "answer": answer}
    desk.now += ANSWERED_WITHIN + MINUTE
    assert "too long" in fault(olga.send("/account/passkeys", **form).text)
    other = desk.at(Role.AUTHOR)
    answer = device.create(options(other, "/account/passkeys/new"))
    assert "too long" in fault(olga.send("/account/passkeys", **{**form, "answer": answer}).text), "of another session"
    answer = device.create(options(olga, "/account/passkeys/new"))
    assert olga.send("/account/passkeys", **{**form, "answer": answer}).status_code == 303
    assert "sent twice" in fault(olga.send("/account/passkeys", **{**form, "answer": answer}).text)

    signed = device.sign(options(desk.visitor(), "/sign-in/passkey"))
    assert tried(desk, signed) == ""
    assert "sent twice" in tried(desk, signed)
    late = device.sign(options(desk.visitor(), "/sign-in/passkey"))
    desk.now += ANSWERED_WITHIN + MINUTE
    assert "too long" in tried(desk, late)
    assert "too long" in tried(desk, device.sign(options(olga, "/account/passkeys/new"))), "made for another purpose"
    forged = {"publicKey": {"challenge": "AAAA" * 14}}
    assert "too long" in tried(desk, device.sign(forged))


def test_a_copied_passkey_is_found_out_and_one_that_never_counts_is_not_suspected(desk: Desk) -> None:
    olga, device = desk.at(), Device(count=2**32 - 5)
    register(olga, device)
    assert sign_in(desk, device) == ""
    device.count -= 2
    assert "seems to be a copy" in sign_in(desk, device)
    still = Device(credential=b"another device", counts=False)
    assert register(olga, still) == ""
    assert [sign_in(desk, still) for _ in range(2)] == ["", ""]


def test_a_passkey_is_its_owners_alone(desk: Desk) -> None:
    olga, device = desk.at(), Device()
    assert register(olga, device) == ""
    of_olga, author = device.handle, desk.at(Role.AUTHOR)
    assert "known here already" in register(author, device)
    device.handle = of_olga
    assert sign_in(desk, device) == ""
    assert author.send("/account/passkeys/1/remove").status_code == 404
    device.key = Device().key
    assert "cannot be read" in sign_in(desk, device), "signed with another key"
    mine = Device(credential=b"of the author")
    assert register(author, mine) == ""
    mine.handle = of_olga
    assert "cannot be read" in sign_in(desk, mine), "it says that it is olga's"


def test_what_outlives_the_session_asks_for_the_password(desk: Desk) -> None:
    olga = desk.at()
    for _ in range(10):
        assert "not your present password" in register(olga, Device(), password="a wrong one, long enough")  # noqa: S106
    assert "was often" in register(olga, Device())
    assert "none of this desk" in sign_in(desk, Device())


def test_a_closed_account_has_no_passkeys_and_a_lost_role_counts_at_once(desk: Desk) -> None:
    author, device = desk.at(Role.EDITOR), Device()
    assert register(author, device) == ""
    with desk.house.store.write() as db:
        found = editors.by_login(db, "editor-1")
        assert found is not None
        editors.change(db, found, at=desk.now, actor="olga", role=Role.AUTHOR)
    assert author.get("/").status_code == 303
    assert sign_in(desk, device) == ""
    assert desk.at(Role.EDITOR, "editor-1").send("/freeze", reason="x").status_code == 403
    with desk.house.store.write() as db:
        editors.change(db, found, at=desk.now, actor="olga", closed=True)
    assert "none of this desk" in sign_in(desk, device)


def test_a_kind_of_key_that_was_not_asked_for_is_refused(desk: Desk) -> None:
    assert "cannot be read" in register(desk.at(), Device(cose={3: -65535}))


def test_where_passkeys_cannot_work_the_pages_say_so(house: House) -> None:
    desk = Desk(with_config(house, lambda text: text + '\n[web]\npublic = "https://desk.example.org"\n'))
    client = desk.app.test_client()
    named, numbered = {"base_url": "https://desk.example.org"}, {"base_url": "http://192.0.2.7:8080"}
    assert client.get("/sign-in/passkey", **named).status_code == 200
    assert "with a passkey" in client.get("/sign-in", **named).text
    assert client.get("/sign-in/passkey", **numbered).status_code == 409
    assert "with a passkey" not in client.get("/sign-in", **numbered).text
    site = passkeys.site
    assert site("https://desk.example.org", "http://desk.example.org/") == Site(
        "desk.example.org", "https://desk.example.org"
    ), "a proxy that speaks plainly to us"
    assert site("https://192.0.2.7", "https://192.0.2.7/") is None
    assert site("http://desk.example.org", "http://desk.example.org/") is None
    assert site("https://desk.example.org", "https://evil.example/") is None
    assert site(None, "http://127.0.0.1:8080/") is None
    assert site(None, "http://localhost:8080/") == Site("localhost", "http://localhost:8080")


_TOO_MANY = 2**62
_SITE = Site("localhost", "http://localhost")
_READERS = (passkeys.challenged, passkeys.named, lambda text: passkeys.registered(_SITE, b"x" * 56, text))


@pytest.mark.parametrize("name", passkeys._SHOWN)
def test_a_number_where_bytes_belong_takes_no_memory(name: str) -> None:
    answer = json.dumps({"id": "AAAA", "rawId": "AAAA", "response": {name: _TOO_MANY}})
    for read in _READERS:
        with pytest.raises(Refused, match="try again"):
            read(answer)
    numbered = json.dumps({"id": _TOO_MANY, "rawId": _TOO_MANY, "response": {name: "AAAA"}})
    for read in _READERS:
        with pytest.raises(Refused, match="try again"):
            read(numbered)


def test_an_attestation_of_a_number_takes_no_memory(desk: Desk) -> None:
    olga, device = desk.at(), Device()
    device.attests = _TOO_MANY
    assert "cannot be read" in register(olga, device)


def test_a_challenge_that_is_a_number_takes_no_memory() -> None:
    said = websafe_encode(json.dumps({"type": "webauthn.get", "challenge": _TOO_MANY, "origin": "x"}).encode())
    answer = json.dumps({"id": "AAAA", "rawId": "AAAA", "response": {"clientDataJSON": said}})
    for read in _READERS:
        with pytest.raises(Refused, match="try again"):
            read(answer)


_NAMES = st.sampled_from(["id", "rawId", "type", "response", "clientDataJSON", "authenticatorData", "signature", "x"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just("AAAA"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(st.one_of(_JSON.map(json.dumps), st.text(max_size=60), st.just("[" * 19_000), st.just("9" * 25_000)))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_somebody_sends_is_a_sentence_and_no_accident(answer: str) -> None:
    for read in _READERS:
        try:
            read(answer)
        except Refused as error:
            assert "try again" in str(error)  # noqa: PT017 - only what is refused has words


def test_a_browser_is_named_as_its_owner_knows_it() -> None:
    chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
    assert browser(chrome) == "Chrome, Linux"
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1"
    assert browser(phone) == "Safari, iPhone"
    assert browser(chrome + " Edg/126.0") == "Edge, Linux"
    assert browser("") == "a program"
