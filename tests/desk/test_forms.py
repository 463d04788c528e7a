"""Every form of the desk, filled with whatever somebody may send: what comes back is a page, and nothing runs in it.

A run of the suite sends a share of it. `PULLQUOTE_ALL_FORMS=1` sends every value in every field, which takes long.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote_plus

from werkzeug.test import TestResponse

from bot import links
from bot.amend import amend
from bot.errors import Unknown
from bot.house import House
from bot.model.editor import Role
from bot.model.publication import Kind, Post
from bot.store import editors, passkeys
from tests.archive.kit import many
from tests.desk.kit import PASSWORD, Desk, Visitor
from tests.desk.test_hostile import HOSTILE, harmless, pages_of
from tests.work.desk import DAY, MINUTE, TUESDAY, Scripted, a_post, approve_now, draft, over, with_config, work

# The share of one run: so many values in each field.
_ALL = bool(os.environ.get("PULLQUOTE_ALL_FORMS"))
_SHARE = 1
_VALUES: tuple[bytes, ...] = (
    b"",
    b"   ",
    b"\r\n\r\nSet-Cookie: a=b",
    b"0",
    b"-1",
    b"1e309",
    b"nan",
    b"99999999",
    b"99999999999999999999999999",
    "١٢٣".encode(),
    "²".encode(),
    b"1_000",
    b"true",
    b"[]",
    b'{"id": 1, "response": null}',
    b"2026-02-30T25:61",
    b"0001-01-01T00:00",
    b"0001-01-01T00:00:00+14:00",
    b"9999-12-31T23:59:59.999999-12:00",
    b"2026-11-26T09:00:00+99:99",
    b"2026-W48-4",
    b"Europe/../../etc/passwd",
    b"/etc/passwd",
    b"../" * 40,
    b"%00%ff%c0%af",
    b"\xff\xfe\xc3",
    b"\xed\xa0\x80",
    b"\x00",
    b"\x01\x1b[31m\x7f",
    "\u202e\u2066\u200b\ufeff".encode(),
    "\u2028\u2029\x85".encode(),
    ("👩‍👩‍👧‍👦" * 400).encode(),
    ("e" + "\u0301" * 3000).encode(),
    b"' OR 1=1; DROP TABLE drafts; --",
    b"{{ 7 * 7 }}{% include '/etc/passwd' %}",
    b"[a](javascript:alert(1)) ![](data:text/html,x)",
    b">" * 18_000,
    b"1. " * 6_000,
    b"[](" * 6_000,
    b"x" * 21_000,
    b"https://" + b"a" * 3_000 + b".example/",
    b"http://[::1",
    *(each.encode() for each in HOSTILE),
)


@dataclass(frozen=True)
class Form:
    """A form as it stands on a page: where it goes, and what would be sent if nobody touched it."""

    action: str
    fields: tuple[tuple[str, str], ...]

    @property
    def kind(self) -> str:
        """The form whatever the numbers in it: two drafts of a kind have the same."""
        return re.sub(r"\d+", "N", " ".join((self.action, *sorted({name for name, _ in self.fields}))))


@dataclass
class Forms(HTMLParser):
    """The forms of one page that change something."""

    page: str
    found: list[Form] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._action: str | None = None
        self._fields: list[tuple[str, str]] = []
        self._others: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._action = given.get("action", self.page) if given.get("method", "").lower() == "post" else None
            self._fields, self._others = [], []
        if self._action is None or tag not in ("input", "select", "textarea", "button"):
            return
        if given.get("name"):
            self._fields.append((given["name"], given.get("value", "")))
        if "formaction" in given:
            self._others.append(given["formaction"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._action is not None:
            self.found += [Form(each, tuple(self._fields)) for each in (self._action, *self._others)]
            self._action = None


_URLENCODED, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
_LINK, _INVITED = "of-a-guest", "of-somebody-invited"
_DOUBTFUL = '\n[channels.doubtful]\nplatform = "outbox"\n'
# What only stands on pages at times, or on those of readers, whose own tests are elsewhere.
_MORE = (
    Form("/thaw", ()),
    Form("/sign-in", (("login", "olga"), ("password", PASSWORD), ("next", "/drafts"))),
    Form("/sign-in/passkey", (("answer", "{}"), ("next", "/"))),
    Form("/account/oidc", (("password", PASSWORD),)),
    Form("/account/oidc/end", ()),
    Form("/deliveries/1/cancel", (("reason", "enough"),)),
    Form("/subscribe/weekly", (("email", "a@b.example"), ("name", ""))),
    Form("/confirm/none", ()),
    Form("/leave/none", ()),
    Form("/preferences/none", (("cadence", "weekly"), ("zone", "UTC"))),
    Form("/preferences/none/erase", ()),
)
# What programs send has no form; its own tests send it nonsense.
_NO_FORMS = ("/api/", "/websub/", "/told/")
# Nobody could go on after these: they come last.
_LAST = ("/sign-out", "/reject", "/editors/", "/account/", "/freeze")


def test_whatever_is_sent_with_a_form_ends_in_a_page(read: House) -> None:
    desk = furnished(read)
    forms = sorted(_forms(desk), key=lambda each: any(part in each.action for part in _LAST))
    rules = {rule.rule for rule in desk.app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    rules = {each for each in rules if not each.startswith(_NO_FORMS)}
    chance = random.Random(7)  # noqa: S311 - the same share each time
    reached: set[str] = set()
    owner = desk.visitor()
    for form in forms:
        rule = _rule(desk, form.action)
        reached.add(rule)
        for body, kind in _bodies(form, chance):
            answer = _sent(desk, owner, form.action, body, kind)
            assert answer.status_code < 500, (form.action, body[:300])
            if not form.action.partition("?")[0].endswith("/try") and answer.mimetype == "text/html":
                harmless(answer.text)
    assert reached == rules, "each address that takes a form was tried"


def furnished(house: House) -> Desk:
    """A desk on which every form stands: a doubt, a token, a passkey, a link, an invitation, somebody else, an edition
    that went out and was put right."""
    house = with_config(house, lambda text: text + _DOUBTFUL)
    desk = Desk(over(house, Scripted(script=[Unknown("the line was cut")]), "doubtful"))
    with desk.house.store.write() as db:
        olga = editors.by_login(db, "olga")
        assert olga is not None
        passkeys.add(db, olga, credential="c", public="p", count=0, name="hers", at=TUESDAY)
        editors.invite(db, token=_INVITED, role=Role.AUTHOR, made_by="olga", at=TUESDAY, lasts=30 * DAY)
    desk.at().send("/tokens", name="a program", scope="drafts:read", days="30")
    desk.at(Role.AUTHOR)
    doubt = Post("The work is slow.", None, "en", (), ())
    approve_now(desk.house, a_post(desk.house, doubt, key="doubt", channel="doubtful"))
    work(desk.house, TUESDAY)
    open_one = a_post(desk.house, Post("The work is very slow.", None, "en", (), ()), key="open")
    links.make(desk.house, open_one.id, token=_LINK, name="Bob", actor="olga", now=TUESDAY)
    many(desk.house, [90])
    amend(desk.house, draft(desk.house, Kind.EDITION, 1).id, "It was May.", episode=None, actor="olga", now=TUESDAY)
    return desk


def _forms(desk: Desk) -> list[Form]:
    """One form of each kind, of all pages."""
    owner, found = desk.at(), list(_MORE)
    for path in (*pages_of(desk), f"/review/{_LINK}", f"/join/{_INVITED}"):
        page = Forms(path)
        page.feed((desk.visitor() if path.startswith("/join/") else owner).get(path).text)
        found += page.found
    typing = [each for each in found if each.action.endswith("/edit")]
    found += [Form(each.action.removesuffix("edit") + "count", each.fields) for each in typing]
    # The calendar's own form is aimed at a draft by the script, when something is dropped.
    return list({each.kind: each for each in found if each.action != "/calendar"}.values())


def _rule(desk: Desk, path: str) -> str:
    rule, _ = desk.app.url_map.bind("").match(path.partition("?")[0], method="POST", return_rule=True)
    return str(rule.rule)


def _bodies(form: Form, chance: random.Random) -> Iterator[tuple[bytes, str]]:
    """What is sent instead of a form: each field with other words, all of them, none, twice, and not as a form."""
    fields = [(name, value.encode()) for name, value in form.fields if name != "csrf"]
    # Of fields that differ by a number or a key, such as the places in an edition, one stands for all.
    alone = {re.sub(r"\d+", "N", re.sub(r"\.\w+$", ".x", name)): at for at, (name, _) in enumerate(fields)}
    for at in alone.values():
        name, _ = fields[at]
        for value in _VALUES if _ALL else chance.sample(_VALUES, _SHARE):
            yield _encoded([*fields[:at], (name, value), *fields[at + 1 :]]), _URLENCODED
        yield _encoded([*fields[:at], *fields[at + 1 :]]), _URLENCODED
    for value in _VALUES if _ALL else chance.sample(_VALUES, 2 * _SHARE):
        yield _encoded([(name, value) for name, _ in fields]), _URLENCODED
        yield _encoded([*fields, (f"field:{value[:50].decode('latin-1')}", value), ("also", value)]), _URLENCODED
    yield _encoded([*fields, *fields]), _URLENCODED
    yield b"", _URLENCODED
    files = b"".join(_part(name, value, '; filename="../a"') for name, value in fields)
    yield files + b"--x--\r\n", _MULTIPART
    yield files[:-1], _MULTIPART
    yield b'{"reason": "x"}', "application/json"


def _part(name: str, value: bytes, more: str = "") -> bytes:
    head = f'--x\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + value + b"\r\n"


def _encoded(fields: list[tuple[str, bytes]]) -> bytes:
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in fields).encode()


def _sent(desk: Desk, owner: Visitor, path: str, body: bytes, kind: str) -> TestResponse:
    """Send it with the word of a session that still lasts, a minute later than what was sent before."""
    desk.now += MINUTE
    if owner.get("/account").status_code != 200:
        _let_in(desk, owner)
    word = hashlib.sha256(f"form:{owner.token()}".encode()).hexdigest().encode()
    proven = {_URLENCODED: b"csrf=" + word + b"&", _MULTIPART: _part("csrf", word)}.get(kind, b"")
    answer = owner.client.post(path, data=proven + body, content_type=kind)
    assert kind != _URLENCODED or "This form is not ours" not in answer.text, "it came through the door"
    return answer


def _let_in(desk: Desk, owner: Visitor) -> None:
    """A new session of the owner's, whatever their password is by now."""
    token = f"token-{desk.now:%d-%H-%M}"
    with desk.house.store.write() as db:
        olga = editors.by_login(db, "olga")
        assert olga is not None
        editors.begin_session(db, olga, token=token, agent="", at=desk.now)
    owner.client.set_cookie("pullquote", token)
