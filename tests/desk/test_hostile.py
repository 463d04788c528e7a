"""What somebody would try who means harm: markup in everything that others write, forged forms, replayed tokens."""

from __future__ import annotations

import html
import re
from contextlib import suppress
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from bot import links
from bot.desk import app
from bot.desk.frames import FOLLOWS, OPENS
from bot.errors import Refused
from bot.house import House
from bot.model.editor import Role
from bot.model.publication import Kind, Post
from bot.store import editors, flags, media, passkeys, tokens
from bot.store.drafts import Draft
from bot.store.schema import deliveries as deliveries_table
from tests.desk.kit import PASSWORD, Desk, Visitor
from tests.work.desk import (
    DAY,
    HOUR,
    POT,
    TUESDAY,
    a_post,
    all_deliveries,
    all_drafts,
    approve_now,
    draft,
    hash_of,
    lay,
    tamper,
    with_config,
    work,
)
from tests.work.readers import MAIL, an_edition

LINK = "of-a-guest"
HOSTILE = (
    "<script>alert(1)</script><base href=//evil.example><meta http-equiv=refresh content=0;url=//evil.example>",
    '"><img src=x onerror=alert(1)>',
    "</textarea></title></style><svg/onload=alert(1)>' onmouseover='alert(1)",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}</style>*{position:fixed;inset:0}<iframe srcdoc='<script>alert(1)</script>'>",
)


class Page(HTMLParser):
    """What a browser would make of a page: what runs, what loads, where it leads."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))


def harmless(text: str) -> Page:
    """The page, in which nothing runs but the desk's own script and every address is ours or of the plain web."""
    page = Page(text)
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "srcdoc")], attributes
        if tag == "script":
            assert attributes == {"src": "/assets/desk.js", "defer": ""}
        if tag == "link":
            assert re.fullmatch(r"/assets/(icon\.svg|style\.css|desk\.css|themes/[a-z0-9_-]+\.css)", attributes["href"])
        if tag == "iframe":
            assert attributes["sandbox"] in ("", FOLLOWS, OPENS), "no script, no forms, an origin of its own"
            assert attributes["src"].startswith(("/drafts/", "/review/"))
        assert tag not in ("object", "embed", "base", "svg", "math", "style", "img")
        if tag == "meta":
            assert "http-equiv" not in attributes
        for name in ("href", "src", "action", "formaction"):
            if name in attributes:
                assert re.match(r"(/(?![/\\])|#|\?|https?://)", attributes[name]), attributes
    return page


def pages_of(desk: Desk) -> list[str]:
    """Every page of the desk that shows what others wrote."""
    numbers = [each.id for each in all_drafts(desk.house)]
    sent = [each.id for each in all_deliveries(desk.house)]
    return [
        "/",
        "/drafts",
        "/readers",
        "/editors",
        "/calendar",
        "/sources",
        "/channels",
        "/episodes",
        "/episodes/1",
        "/account",
        "/tokens",
        *(f"/drafts/{number}" for number in numbers),
        *(f"/drafts/{number}/{room}" for number in numbers for room in ("quote", "sources", "slot")),
        *(f"/drafts/{number}?since=1&view=text" for number in numbers),
        *(f"/deliveries/{number}" for number in sent),
    ]


class TestMarkupOfOthers:
    @pytest.mark.parametrize("hostile", HOSTILE)
    def test_in_an_episode_its_transcript_and_its_speakers(self, desk: Desk, hostile: str) -> None:
        """A page of a podcast that is hostile from its title to its last speaker."""

        def poison(page: str) -> str:
            title, _, rest = page.partition("\n")
            line = f"{title} {hostile}"
            rest = re.sub(r"(?m)^(\[[\d:]+\] )(\w+):", lambda found: f"{found[1]}{found[2]} {hostile[:30]}:", rest)
            return f"{line}\n{rest.replace('.', f' {hostile}.', 12)}"

        lay(desk.house, POT, change=poison)
        work(desk.house)
        owner = desk.at()
        assert all_drafts(desk.house), "something was drafted from it"
        for path in pages_of(desk):
            answer = owner.get(path)
            assert answer.status_code == 200 or path.endswith(("/quote", "/sources", "/slot"))
            harmless(answer.text)
        edition = f"/drafts/{draft(desk.house, Kind.EDITION).id}"
        for more in ("beside", "here&here=//evil.example/drafts/1", f"here&here={quote(hostile)}"):
            tags = Page(owner.get(f"{edition}/mail?links={more}").text).tags
            leads = [text for _, attributes in tags for name, text in attributes.items() if name in ("href", "action")]
            assert leads
            page = f"{edition}/source" if more == "beside" else edition
            assert {each.partition("?")[0].partition("#")[0] for each in leads} == {page}
        for key in re.findall(r"#from-(\w+)", owner.text(f"{edition}/mail?links=here"))[:12]:
            harmless(owner.get(f"{edition}/source?of={key}").text)

    @pytest.mark.parametrize("hostile", HOSTILE)
    def test_in_whatever_the_store_may_hold(self, desk: Desk, hostile: str) -> None:
        """Titles, texts, subjects, names, remarks, reasons, answers of services, links: nothing is trusted."""
        post = a_post(desk.house, Post(f"A text {hostile}", "en", None, (), ()), key="p1")
        mail = replace(MAIL, subject=f"S {hostile}", preheader=hostile, sender=f"{hostile} <a@example.org>")
        edition = an_edition(desk.house, mail=mail)
        made = re.search(r"/join/[\w-]+", desk.at().send("/editors/invite", role="author").text)
        assert made is not None
        form = {"name": hostile, "login": "eve", "password": PASSWORD, "again": PASSWORD, "zone": hostile}
        eve = desk.visitor()
        assert eve.client.post(made.group(), data=form).status_code == 303
        with desk.house.store.write() as db:
            for each in (post, edition):
                db.execute(sa.text("UPDATE drafts SET title = :t WHERE id = :n"), {"t": f"T {hostile}", "n": each.id})
        for each in (post, edition):
            eve.send(f"/drafts/{each.id}/comment", text=hostile)
            with suppress(Refused):  # a quotation mark and a sender of markup are refused, as they should be
                approve_now(desk.house, each)
        owner = desk.at()
        tamper(
            desk.house,
            sa.update(deliveries_table).values(
                reason=hostile, answer=hostile, remote_id=hostile, permalink=hostile, state="unknown", evidence=hostile
            ),
        )
        held = a_post(desk.house, Post("Held", "en", None, (), ()), key="p2")
        owner.send(f"/drafts/{held.id}/hold", reason=hostile)
        for path in pages_of(desk):
            harmless(owner.get(path).text)
            harmless(eve.get(path).text)
        for each in (post, edition):
            with suppress(Refused):  # approved above, or refused for what it holds
                links.make(desk.house, each.id, token=f"link-{each.id}", name=hostile, actor="olga", now=TUESDAY)
                by_link = f"/review/link-{each.id}"
                harmless(desk.visitor().get(by_link).text)
                harmless(desk.visitor().client.post(by_link, data={"do": "say", "words": hostile}).text)
        typed = {
            "field:opener": hostile,
            "field:subject": hostile,
            "pick:subject": hostile,
            f"field:{hostile}": hostile,
        }
        harmless(owner.send(f"/drafts/{edition.id}/count", **typed).text)
        harmless(owner.get(f"/drafts/{edition.id}?view=inbox").text)
        owner.send("/freeze", reason=hostile)
        harmless(owner.get("/").text)
        shown = owner.send(f"/drafts/{post.id}/count", **{"field:text": hostile})
        harmless(shown.text)
        conflict = owner.send(f"/drafts/{held.id}/edit", revision="77", **{"field:text": hostile})
        harmless(conflict.text)

    def test_where_two_people_approve_and_in_names_of_tokens_passkeys_and_guests(self, house: House) -> None:
        hostile = HOSTILE[0]
        strict = with_config(house, lambda text: text.replace("[channels.posts]", "[channels.posts]\napprovers = 2"))
        desk = Desk(strict)
        post = a_post(desk.house, Post(f"A text {hostile}", "en", None, (), ()), key="p1")
        links.make(desk.house, post.id, token=LINK, name=hostile[:60], actor="olga", now=TUESDAY)
        guest = desk.visitor()
        harmless(guest.client.post(f"/review/{LINK}", data={"do": "hold", "words": ""}).text)
        told = guest.client.post(f"/review/{LINK}", data={"do": "approve"})
        assert "Somebody else has to approve" in told.text
        harmless(told.text)
        harmless(guest.client.get(f"/review/{LINK}").text)
        owner = desk.at()
        owner.client.environ_base["HTTP_USER_AGENT"] = hostile
        owner.sign_in("olga")
        with desk.house.store.write() as db:
            olga = editors.by_login(db, "olga")
            assert olga is not None
            passkeys.add(db, olga, credential="c", public="p", count=0, name=hostile, at=TUESDAY)
        for form in ({"name": hostile, "days": "7"}, {"name": hostile[:60], "scope": "approve", "days": "7"}):
            harmless(owner.send("/tokens", **form).text)
        harmless(owner.send("/account/password", password=hostile, new=hostile, again=hostile).text)
        shown = "".join(html.unescape(owner.get(path).text) for path in pages_of(desk))
        for path in pages_of(desk):
            harmless(owner.get(path).text)
        assert shown.count(hostile[:20]) > 4, "it was shown, as words"
        refused = owner.send(f"/drafts/{post.id}/approve", seen=hash_of(desk.house, post))
        assert refused.status_code == 409, "whoever made the link counts as well"
        harmless(refused.text)

    def test_in_what_was_typed_before_signing_in(self, desk: Desk) -> None:
        for hostile in HOSTILE:
            self.type_and_sign_in(desk, hostile)
            desk.now += HOUR

    def type_and_sign_in(self, desk: Desk, hostile: str) -> None:
        visitor = desk.visitor()
        for path, form in (
            ("/sign-in", {"login": hostile, "password": hostile, "next": hostile, "field:text": hostile}),
            ("/sign-in", {"login": "olga", "password": "x", "again": "yes", "next": hostile, hostile: hostile}),
            ("/drafts/1/edit", {"field:text": hostile, hostile: hostile}),
        ):
            harmless(visitor.client.post(path, data=form).text)
        inside = visitor.sign_in("olga", next=hostile, again="yes", **{"field:text": hostile, hostile: hostile})
        page = harmless(inside.text)
        assert ("form", {"method": "post", "action": "/"}) in page.tags

    def test_a_mail_is_shown_where_it_can_do_nothing(self, desk: Desk) -> None:
        wicked = "<script>parent.location='//evil.example'</script><form action='//evil.example'><input></form>"
        edition = an_edition(desk.house, mail=replace(MAIL, html=wicked))
        owner = desk.at()
        for more in ("", "?scheme=dark", "?revision=1", "?as=html", "?revision=²"):
            answer = owner.get(f"/drafts/{edition.id}/mail{more}")
            policy = dict(
                each.strip().partition(" ")[::2] for each in answer.headers["Content-Security-Policy"].split(";")
            )
            assert policy["sandbox"] == "", "no script, no forms, no way to the page around it, an origin of its own"
            assert policy["default-src"] == "'none'"
            assert "script-src" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
        frame = next(
            attributes for tag, attributes in Page(owner.text(f"/drafts/{edition.id}")).tags if tag == "iframe"
        )
        assert frame["sandbox"] == ""
        assert owner.get(f"/drafts/{edition.id}/mail?revision=99").status_code == 404

    def test_a_medium_that_is_a_page_runs_nothing(self, desk: Desk) -> None:
        for mime in ["text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript"]:
            content = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"
            with desk.house.store.write() as db:
                name = media.keep(db, content, mime=mime, at=TUESDAY)
            answer = desk.visitor().get(f"/media/{name}")
            assert answer.status_code == 200
            assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            desk.now += HOUR

    def test_every_page_has_a_policy_without_inline_script_and_loads_nothing_from_elsewhere(
        self, desk: Desk, edition: Draft
    ) -> None:
        owner = desk.at()
        approve_now(desk.house, edition)
        work(desk.house)
        public = ("/archive", "/archive/weekly", "/archive/weekly/1", "/archive/weekly/9", "/quote/none", "/robots.txt")
        assert owner.get(public[2]).status_code == 200
        for path in (*pages_of(desk), *public, "/sign-in", "/review/none", "/nowhere", "/assets/nothing", "/drafts/99"):
            answer = owner.get(path)
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "http" not in policy.replace("media-src 'self' https:", ""), "but the sound of an episode"
            assert "frame-ancestors 'none'" in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            if path in pages_of(desk):
                assert answer.headers["Cache-Control"] == "no-store"


class TestForgedForms:
    @pytest.fixture
    def owner(self, desk: Desk) -> Visitor:
        return desk.at()

    def test_changes_nothing(self, desk: Desk, post: Draft, owner: Visitor) -> None:
        for form, headers in [
            ({}, {}),
            ({"csrf": ""}, {}),
            ({"csrf": "0" * 64}, {}),
            ({"csrf": "ü"}, {}),
            ({"csrf": "other"}, {}),
            ({"csrf": "own"}, {"Origin": "https://evil.example"}),
            ({"csrf": "own"}, {"Origin": "http://localhost.evil.example"}),
            ({"csrf": "own"}, {"Origin": "http://localhost:81"}),
            ({"csrf": "own"}, {"Origin": "http://localhost@evil.example"}),
            ({"csrf": "own"}, {"Sec-Fetch-Site": "cross-site"}),
            ({"csrf": "own"}, {"Sec-Fetch-Site": "same-site"}),
            ({"csrf": "own"}, {"Sec-Fetch-Site": "nonsense"}),
            ({"csrf": "own"}, {"Content-Type": "text/plain"}),
            ({"csrf": "own"}, {"Content-Type": "application/json"}),
        ]:
            owner.send("/drafts/99/reopen")
            other = desk.at()
            other.send("/drafts/99/reopen")
            words = {"own": owner.word, "other": other.word}
            given = {name: words.get(value, value) for name, value in form.items()}
            for path, more in (
                (f"/drafts/{post.id}/approve", {"seen": hash_of(desk.house, post)}),
                (f"/drafts/{post.id}/hold", {"reason": "x"}),
                (f"/drafts/{post.id}/edit", {"revision": "1", "field:text": "Changed."}),
                (f"/drafts/{post.id}/comment", {"text": "x"}),
                (f"/drafts/{post.id}/reschedule", {"due": "2027-01-01T10:00"}),
                ("/freeze", {"reason": "x"}),
                ("/editors/invite", {"role": "owner"}),
                ("/editors/1", {"do": "close"}),
                ("/sign-out", {}),
                ("/account/password", {"password": PASSWORD, "new": HOSTILE[0], "again": HOSTILE[0]}),
                ("/account/sessions/end", {}),
                ("/account/passkeys", {"password": PASSWORD, "name": "x", "answer": "{}"}),
                ("/account/passkeys/1/remove", {}),
                ("/account/oidc", {"password": PASSWORD}),
                ("/tokens", {"name": "x", "scope": "approve", "days": "7"}),
                ("/tokens/1/revoke", {}),
            ):
                answer = owner.client.post(path, data={**more, **given}, headers=headers)
                assert answer.status_code == 403, path
            assert desk.state(post.id) is post.state
            assert desk.revision(post.id) == post.revision
            assert all_deliveries(desk.house) == []
            with desk.house.store.read() as db:
                assert flags.frozen(db) is None
                assert editors.remarks(db, post.id) == []
                assert tokens.listed(db) == []
            assert owner.get("/").status_code == 200, "and nobody was signed out"
            desk.now += HOUR

    def test_no_other_site_decides_by_a_link(self, desk: Desk, post: Draft) -> None:
        links.make(desk.house, post.id, token=LINK, name="Bob", actor="olga", now=TUESDAY)
        for headers in [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]:
            for do in ("approve", "hold", "say"):
                form = {"do": do, "words": "from elsewhere"}
                answer = desk.visitor().client.post(f"/review/{LINK}", data=form, headers=headers)
                assert answer.status_code == 403
        for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE"):
            desk.visitor().client.open(f"/review/{LINK}", method=method, query_string={"do": "approve"})
        assert desk.state(post.id) is post.state
        with desk.house.store.read() as db:
            assert editors.remarks(db, post.id) == []
        assert desk.visitor().client.post(f"/review/{LINK}", data={"do": "approve"}).status_code == 200, (
            "it still works"
        )

    def test_the_word_in_the_address_does_not_count(self, desk: Desk, post: Draft, owner: Visitor) -> None:
        owner.send("/drafts/99/reopen")
        answer = owner.client.post(f"/drafts/{post.id}/hold?csrf={owner.word}&reason=x")
        assert answer.status_code == 403

    def test_nobody_is_signed_in_or_made_an_editor_from_elsewhere(self, desk: Desk) -> None:
        for headers in [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]:
            with desk.house.store.write() as db:
                editors.invite(db, token=f"{desk.now:%H}", role=Role.OWNER, made_by="x", at=desk.now, lasts=DAY)
            visitor = desk.visitor()
            form = {"login": "olga", "password": PASSWORD, "again": PASSWORD}
            assert visitor.client.post("/sign-in", data=form, headers=headers).status_code == 403
            assert (
                visitor.client.post(f"/join/{desk.now:%H}", data={**form, "login": "eve"}, headers=headers).status_code
                == 403
            )
            assert visitor.token() == ""
            desk.now += HOUR

    def test_no_other_method_does_what_a_form_does(self, desk: Desk, post: Draft, owner: Visitor) -> None:
        for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]:
            owner.send("/drafts/99/reopen")
            form = {"csrf": owner.word, "seen": hash_of(desk.house, post), "reason": "x", "_method": "POST"}
            for path in (
                f"/drafts/{post.id}/approve",
                f"/drafts/{post.id}/hold",
                "/freeze",
                "/sign-out",
                "/editors/invite",
            ):
                answer = owner.client.open(
                    path,
                    method=method,
                    data=form,
                    headers={"X-HTTP-Method-Override": "POST"},
                    query_string={"_method": "POST"},
                )
                assert answer.status_code in (405, 200) if method == "OPTIONS" else 405
            assert desk.state(post.id) is post.state
            assert owner.get("/").status_code == 200
            with desk.house.store.read() as db:
                assert flags.frozen(db) is None
            desk.now += HOUR

    def test_posting_to_a_page_that_is_only_read_is_turned_away(self, desk: Desk, owner: Visitor) -> None:
        for path in ("/", "/drafts", "/readers", "/healthz", "/assets/style.css"):
            assert owner.send(path).status_code == 405
        assert owner.client.head("/drafts").status_code == 200


class TestRedirects:
    def test_signing_in_leads_nowhere_else(self, desk: Desk) -> None:
        for following in [
            "https://evil.example/",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/\r\n//evil.example",
            "\t//evil.example",
            " //evil.example",
            "/ /evil.example",
            "/\x00/evil.example",
            "/\u200b/evil.example",
            "javascript:alert(1)",
            "evil.example",
            "",
            "/x\r\nSet-Cookie: a=b",
            "/x\nLocation: https://evil.example",
            "/\u2028/evil.example",
        ]:
            visitor = desk.visitor()
            answer = visitor.sign_in("olga", next=following)
            if "\x00" in following:
                assert answer.status_code == 400
                continue
            assert answer.status_code == 303
            assert answer.headers["Location"] == "/"
            cookies = [each.partition("=")[0] for each in answer.headers.getlist("Set-Cookie")]
            assert cookies == ["pullquote", "pullquote-known"]
            form = Page(desk.visitor().client.get("/sign-in", query_string={"next": following}).text)
            assert ("input", {"type": "hidden", "name": "next", "value": "/"}) in form.tags
            kept = visitor.sign_in("olga", next=following, again="yes", **{"field:text": "secret"})
            assert ("form", {"method": "post", "action": "/"}) in Page(kept.text).tags
            desk.now += HOUR

    def test_what_is_encoded_stays_a_path_of_ours(self, desk: Desk) -> None:
        for encoded in ["/%2f%2fevil.example", "/%5cevil.example", "%2f%2fevil.example", "/%09/evil.example"]:
            raw = desk.visitor().get(f"/sign-in?next={encoded}").text
            assert 'name="next" value="/"' in raw, "decoded once, by the address"
            location = desk.visitor().sign_in("olga", next=encoded).headers["Location"]
            assert location == "/" or re.match(r"/%(2f|5c|09)", location, re.IGNORECASE), "and never twice"
            desk.now += HOUR

    def test_an_address_that_looks_like_a_host_is_not_carried_along(self, desk: Desk) -> None:
        for path in ("//evil.example/drafts", "/\\evil.example", "/drafts/../..//evil.example"):
            answer = desk.visitor().get(path)
            assert answer.status_code in (303, 308, 404)
            location = answer.headers.get("Location", "/")
            assert location.startswith("/sign-in?next=") or location in ("/", "/drafts") or "localhost" in location


class TestReplay:
    def test_a_link_that_was_used_is_over_even_for_who_was_faster_elsewhere(self, desk: Desk) -> None:
        made = re.search(r"/join/[\w-]+", desk.at().send("/editors/invite", role="owner").text)
        assert made is not None
        form = {"login": "ada", "password": PASSWORD, "again": PASSWORD}
        assert desk.visitor().client.post(made.group(), data=form).status_code == 303
        for login in ("ada", "eve"):
            again = desk.visitor()
            assert again.client.post(made.group(), data={**form, "login": login}).status_code == 404
            assert again.token() == ""

    def test_opening_a_link_uses_nothing_up(self, desk: Desk) -> None:
        made = re.search(r"/join/[\w-]+", desk.at().send("/editors/invite", role="owner").text)
        assert made is not None
        for _ in range(3):
            assert desk.visitor().get(made.group()).status_code == 200
            assert desk.visitor().client.head(made.group()).status_code == 200

    def test_the_database_holds_nothing_that_opens_a_door(self, desk: Desk) -> None:
        owner = desk.at()
        made = re.search(r"/join/([\w-]+)", owner.send("/editors/invite", role="owner").text)
        assert made is not None
        shown = re.search(r"pullquote_[\w-]+", owner.send("/tokens", name="n", scope="approve", days="7").text)
        assert shown is not None
        draft = a_post(desk.house, Post("A text.", "en", None, (), ()), key="p1")
        links.make(desk.house, draft.id, token=LINK, name="Bob", actor="olga", now=TUESDAY)
        with desk.house.store.read() as db:
            held = "".join(
                str(row)
                for table in ("sessions", "invitations", "editors", "events", "review_links", "api_tokens", "tries")
                for row in db.execute(sa.text(f"SELECT * FROM {table}"))
            )
        for secret in (made.group(1), shown.group(), LINK, owner.token(), PASSWORD):
            assert secret not in held

    def test_what_is_somebody_elses_is_not_ended_removed_or_revoked(self, desk: Desk) -> None:
        owner, other = desk.at(), desk.at(Role.AUTHOR)
        owner.send("/tokens", name="nightly", scope="approve", days="7")
        with desk.house.store.write() as db:
            olga = editors.by_login(db, "olga")
            assert olga is not None
            passkeys.add(db, olga, credential="c", public="p", count=0, name="hers", at=TUESDAY)
            (session,) = editors.sessions_of(db, olga, at=TUESDAY)
            (key,) = passkeys.of_editor(db, olga)
            (token,) = tokens.listed(db)
        assert other.send(f"/tokens/{token.id}/revoke").status_code == 404
        assert other.send(f"/account/passkeys/{key.id}/remove").status_code == 404
        other.send("/account/sessions/end", session=session.key)
        other.send("/account/sessions/end")
        assert owner.get("/account").status_code == 200
        with desk.house.store.read() as db:
            assert passkeys.of_editor(db, olga) == [key]
            assert tokens.listed(db)[0].revoked_at is None

    def test_a_cookie_that_is_none_of_ours_opens_nothing(self, desk: Desk) -> None:
        for cookie in ["x", "0" * 64, "é", "a" * 5_000, "' OR 1=1 --", "null"]:
            desk.at()
            visitor = desk.visitor()
            visitor.client.set_cookie("pullquote", cookie)
            assert visitor.get("/").status_code == 303
            desk.now += HOUR


class TestOddRequests:
    def test_no_path_leads_out_of_its_room(self, desk: Desk) -> None:
        for path in [
            "/assets/../base.html",
            "/assets/..%2fbase.html",
            "/assets/desk/today.html",
            "/assets/%2e%2e/desk.css",
            "/assets/base.html",
            "/assets//etc/passwd",
            "/assets/desk.js%00.css",
            "/assets/..\\base.html",
            "/media/../pullquote.toml",
            "/media/..%2f..%2fpullquote.toml",
            "/media/%2e%2e%2fpullquote.toml",
            "/media/%00",
            "/media/nothing",
            "/media/nothing.png",
            "/media/" + "0" * 64 + ".png",
            "/join/%00",
            "/join/../editors",
            "/leave/%00",
            "/drafts/%00",
            "/drafts/1;drop",
            "/drafts/-1",
            "/deliveries/0",
            "/static/desk.js",
            "/review/%00",
            "/review/../drafts",
            "/quote/%00",
            "/quote/..%2f..%2fpullquote.toml",
            "/archive/..%2f..%2fpullquote.toml",
            "/archive/weekly/feed.toml",
            "/archive/weekly/-1",
            "/archive/weekly/99999999999",
            "/assets/themes/..%2fpullquote.css",
        ]:
            with desk.house.store.write() as db:
                media.keep(db, b"x", mime="image/png", at=TUESDAY)
            answer = desk.at().get(path)
            assert answer.status_code in (400, 404), path
            assert "extends" not in answer.text
            assert "sender =" not in answer.text
            desk.now += HOUR

    def test_a_body_that_is_too_large_is_turned_away_unread(self, desk: Desk, post: Draft) -> None:
        owner = desk.at()
        owner.send("/drafts/99/reopen")
        answer = owner.send(f"/drafts/{post.id}/edit", revision="1", **{"field:text": "x" * 600_000})
        assert answer.status_code == 413
        assert desk.revision(post.id) == post.revision
        parts = {f"field:{each}": "x" for each in range(1_200)}
        answer = owner.client.post(
            f"/drafts/{post.id}/edit", data={"csrf": owner.word, **parts}, content_type="multipart/form-data"
        )
        assert answer.status_code == 413
        answer = owner.client.post("/told/mail", data=b"x" * 2_000_001)
        assert answer.status_code == 413

    def test_the_server_itself_takes_no_larger_body(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        given: dict[str, object] = {}
        monkeypatch.setattr(app, "serve_forever", lambda _app, **settings: given.update(settings))
        app.serve(desk.house, host="127.0.0.1", port=0)
        assert given["max_request_body_size"] == 30_000_000

    def test_characters_that_no_database_takes_are_no_fault_of_ours(self, desk: Desk, post: Draft) -> None:
        for odd in ["\x00", "a\x00b", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "\uffff"]:
            owner = desk.at()
            for path, form in (
                (f"/drafts/{post.id}/comment", {"text": odd}),
                (f"/drafts/{post.id}/hold", {"reason": odd}),
                (f"/drafts/{post.id}/edit", {"revision": "1", "field:text": odd}),
                ("/freeze", {"reason": odd}),
                ("/editors/invite", {"role": odd}),
                ("/sign-in", {"login": odd, "password": odd, "next": odd}),
                ("/join/x", {"login": odd, "password": odd}),
                ("/subscribe/weekly", {"address": odd}),
            ):
                assert owner.send(path, **form).status_code < 500, path
            for path in ("/drafts", "/sign-in", f"/drafts/{post.id}"):
                assert owner.client.get(path, query_string={"state": odd, "next": odd, "since": odd}).status_code < 500
            desk.now += HOUR

    def test_fields_and_days_that_there_are_not_are_no_fault_of_ours(self, desk: Desk, edition: Draft) -> None:
        owner = desk.at()
        for name in ("headline:²", f"note:{'9' * 5_000}", "", "skip:", "place:٣"):
            for path in ("edit", "try", "count"):
                answer = owner.send(f"/drafts/{edition.id}/{path}", revision="1", **{f"field:{name}": "x"})
                assert answer.status_code < 500, (name, path)
        assert (
            owner.send(f"/drafts/{edition.id}/edit", revision="1", **{"field:opener": "a " * 11_000}).status_code == 409
        )
        assert desk.revision(edition.id) == 1
        for day in ("9999-12-31", "0001-01-01"):
            assert owner.get(f"/calendar?day={day}").status_code == 200
        late = owner.send(f"/drafts/{edition.id}/reschedule", due="9999-12-31T23:59")
        assert late.status_code == 409, "in a zone east of ours no page could name it"
        assert "later than an editor could mean" in late.text

    def test_an_address_in_its_head_does_not_change_what_is_linked(self, desk: Desk) -> None:
        house = with_config(desk.house, lambda text: text + '\n[web]\npublic = "https://desk.example"\n')
        owner = Desk(house, owned=False).at()
        owner.send("/drafts/99/reopen")
        answer = owner.client.post(
            "/editors/invite",
            data={"csrf": owner.word, "role": "author"},
            headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"},
        )
        assert "https://desk.example/join/" in answer.text
        assert "evil.example" not in answer.text


class TestCookies:
    @pytest.mark.parametrize(
        ("base", "secure"), [("https://desk.example", True), ("http://desk.example", True), ("http://localhost", False)]
    )
    def test_the_cookie_travels_over_tls_only_where_the_desk_is_public(
        self, house: House, base: str, secure: bool
    ) -> None:
        public = with_config(house, lambda text: text + '\n[web]\npublic = "https://desk.example"\n')
        desk = Desk(public)
        answer = desk.app.test_client().post("/sign-in", data={"login": "olga", "password": PASSWORD}, base_url=base)
        cookie = answer.headers["Set-Cookie"]
        assert ("; Secure" in cookie) is secure
        assert "; HttpOnly" in cookie
        assert "; SameSite=Lax" in cookie
        assert "Domain" not in cookie

    def test_nothing_else_is_kept_in_a_cookie(self, desk: Desk, post: Draft) -> None:
        owner = desk.at()
        for path in pages_of(desk):
            assert "Set-Cookie" not in owner.get(path).headers


def test_a_right_that_was_taken_away_is_gone_at_the_next_click(desk: Desk, post: Draft) -> None:
    approver, owner = desk.at(Role.APPROVER), desk.at()
    approver.send("/drafts/99/reopen")
    with desk.house.store.read() as db:
        number = next(each.id for each in editors.listed(db) if each.login == "approver-1")
    owner.send(f"/editors/{number}", role="author")
    answer = approver.send(f"/drafts/{post.id}/approve", seen=hash_of(desk.house, post))
    assert answer.status_code in (401, 403)
    assert desk.state(post.id) is post.state
