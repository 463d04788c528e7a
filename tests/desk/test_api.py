"""The HTTP API: who may what with which token, and every step that the desk's pages take, taken by a program."""

from __future__ import annotations

from datetime import timedelta

from bot import tokens
from bot.desk.api.table import OPERATIONS
from bot.errors import Unknown
from bot.model.editor import Role
from bot.model.publication import Kind, Post
from bot.model.scope import Scope
from bot.model.states import DeliveryState, DraftState
from bot.store import editors
from bot.store import tokens as kept
from bot.store.drafts import Draft
from tests.desk.caller import V1, Caller, a_token, caller
from tests.desk.kit import Desk
from tests.work.desk import (
    DAY,
    HOUR,
    MINUTE,
    THURSDAY,
    TUESDAY,
    Scripted,
    a_post,
    all_deliveries,
    approve_now,
    content,
    delivery,
    draft,
    hash_of,
    history,
    over,
    sent,
    with_config,
    work,
)

A, E, P = Role.AUTHOR, Role.EDITOR, Role.APPROVER
# What each operation asks for, written down a second time: the scope, and the least role.
ASKS = {
    "list_drafts": ("drafts:read", A),
    "read_draft": ("drafts:read", A),
    "edit_draft": ("drafts:write", A),
    "preview_text": ("drafts:read", A),
    "approve_draft": ("approve", P),
    "hold_draft": ("drafts:write", E),
    "reject_draft": ("drafts:write", E),
    "request_changes": ("drafts:write", E),
    "reopen_draft": ("drafts:write", E),
    "reschedule_draft": ("approve", P),
    "list_slots": ("drafts:read", A),
    "move_to_slot": ("approve", P),
    "choose_quote": ("drafts:write", A),
    "stretch_quote": ("drafts:write", A),
    "list_comments": ("drafts:read", A),
    "comment_draft": ("drafts:write", A),
    "list_revisions": ("drafts:read", A),
    "read_revision": ("drafts:read", A),
    "read_history": ("drafts:read", A),
    "list_episodes": ("quotes:read", A),
    "read_episode": ("quotes:read", A),
    "list_candidates": ("quotes:read", A),
    "check_words": ("quotes:read", A),
    "list_deliveries": ("status:read", A),
    "read_delivery": ("status:read", A),
    "settle_delivery": ("settle", P),
    "list_mailings": ("status:read", A),
    "read_mailing": ("status:read", A),
    "read_status": ("status:read", A),
    "freeze": ("freeze", E),
    "thaw": ("freeze", E),
    "list_channels": ("status:read", A),
    "read_calendar": ("drafts:read", A),
    "read_token": (None, A),
}
ROLES = list(Role)


def kind(answer: object) -> str:
    """Which problem an answer is."""
    assert answer.mimetype == "application/problem+json", answer.text  # type: ignore[attr-defined]
    body = answer.json  # type: ignore[attr-defined]
    assert body["status"] == answer.status_code  # type: ignore[attr-defined]
    assert body["detail"].endswith("."), body
    return str(body["type"]).removeprefix("/api#")


class TestWhoMayWhat:
    def test_every_operation_asks_for_its_scope_and_its_role(self, desk: Desk) -> None:
        desk.house = with_config(desk.house, lambda text: f"{text}\n[web]\napi_per_minute = 1000\n")
        desk = Desk(desk.house, owned=False)
        assert {each.name for each in OPERATIONS} == set(ASKS)
        everything = caller(desk, Role.OWNER, list(Scope))
        narrow = {scope: caller(desk, Role.OWNER, [scope]) for scope in Scope}
        for role in ROLES:
            with desk.house.store.write() as db:
                olga = editors.by_login(db, "olga")
                assert olga is not None
                if editors.by_login(db, "other") is None:
                    editors.create(db, login="other", name="O", role=Role.OWNER, password="", zone="UTC", at=TUESDAY)
                # The same tokens, made while their editor ruled: what they open follows the role.
                editors.change(db, olga, at=TUESDAY, actor="other", role=role)
            for each in OPERATIONS:
                path = each.path.replace("{number}", "77").replace("{revision}", "1")
                body = each.body.model_config["json_schema_extra"]["examples"][0] if each.body else None  # type: ignore[index,call-overload]
                match = {"If_Match": f'"{"0" * 64}"'}
                scope, least = ASKS[each.name]
                answer = everything.send(each.method, path, body, **match)
                if ROLES.index(role) < ROLES.index(least):
                    assert (answer.status_code, kind(answer)) == (403, "role"), (role, each.name)
                else:
                    assert answer.status_code in (200, 404), (role, each.name, answer.text)
                for other, program in narrow.items():
                    if role is Role.OWNER and scope is not None and other != scope:
                        answer = program.send(each.method, path, body, **match)
                        assert (answer.status_code, kind(answer)) == (403, "scope"), (other, each.name)
                        assert f'scope="{scope}"' in answer.headers["WWW-Authenticate"]

    def test_without_a_token_that_works_nothing_is_told(self, desk: Desk, post: Draft) -> None:
        browser = desk.at()
        token = a_token(desk)
        for headers in (
            {},
            {"Authorization": token},
            {"Authorization": f"Basic {token}"},
            {"Authorization": "Bearer"},
            {"Authorization": "Bearer pullquote_guessed"},
            {"Authorization": f"Bearer {'x' * 5000}"},
            {"Authorization": "Bearer töken"},
            {"Cookie": f"pullquote={token}"},
        ):
            # The browser of somebody who is signed in: its cookie opens no operation.
            answer = browser.client.get(f"{V1}/drafts/{post.id}", headers=headers)
            assert (answer.status_code, kind(answer)) == (401, "no-token"), headers
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert token not in answer.text
        for path in (f"{V1}/drafts?token={token}", f"{V1}/drafts?access_token={token}"):
            assert browser.client.get(path).status_code == 401
        assert browser.client.get(f"{V1}/openapi.json").status_code == 200

    def test_a_token_ends_by_itself_by_hand_and_with_its_editor(self, desk: Desk) -> None:
        a_day = caller(desk, Role.EDITOR, [Scope.STATUS_READ])
        assert a_day.get("/token")["scopes"] == ["status:read"]
        with desk.house.store.read() as db:
            found = kept.known(db, a_day.token)
        assert found is not None
        assert found.used_at == TUESDAY
        desk.now += tokens.LASTS
        answer = a_day.send("GET", "/status")
        assert answer.status_code == 401
        assert "worked until" in answer.json["detail"]
        desk.now = TUESDAY
        removed = caller(desk, Role.EDITOR)
        assert removed.send("GET", "/status").status_code == 200
        with desk.house.store.write() as db:
            editor = editors.by_login(db, "editor-1")
            assert editor is not None
            editors.change(db, editor, at=TUESDAY, actor="olga", closed=True)
        answer = removed.send("GET", "/status")
        assert answer.status_code == 401
        assert "is closed" in answer.json["detail"]
        revoked = caller(desk, Role.OWNER)
        with desk.house.store.read() as db:
            number = next(each.id for each in kept.listed(db) if each.name == revoked.token[-8:])
        tokens.revoke(desk.house, number, actor="olga", now=desk.now)
        assert "was revoked" in revoked.send("GET", "/status").json["detail"]

    def test_a_token_that_comes_too_often_has_to_wait(self, desk: Desk) -> None:
        desk = Desk(with_config(desk.house, lambda text: f"{text}\n[web]\napi_per_minute = 3\n"), owned=False)
        one, other = caller(desk), caller(desk)
        assert [one.send("GET", "/token").status_code for _ in range(4)] == [200, 200, 200, 429]
        answer = one.send("GET", "/token")
        assert kind(answer) == "too-many"
        assert answer.headers["Retry-After"] == "60"
        assert other.send("GET", "/token").status_code == 200
        desk.now += MINUTE
        assert one.send("GET", "/token").status_code == 200
        strangers = [Caller(one.client, f"guess-{number}").send("GET", "/token").status_code for number in range(4)]
        assert strangers == [401, 401, 401, 429]
        assert one.send("GET", "/token").status_code == 200, "who guesses shuts nobody out"


AS_JSON = {"content_type": "application/json"}
AS_FORM = {"content_type": "application/x-www-form-urlencoded"}
# What may be sent to hold a draft and is not as it should be: the request, its status, its kind of problem.
WRONG: list[tuple[dict[str, object], int, str]] = [
    ({"data": b'{"reason": ', **AS_JSON}, 400, "unreadable"),
    ({"data": b'{"reason": "\\ud800"}', **AS_JSON}, 400, "unreadable"),
    ({"data": b'{"reason": "\xff"}', **AS_JSON}, 400, "unreadable"),
    ({"data": b"[" * 100_000, **AS_JSON}, 400, "unreadable"),
    ({"json": {"reason": "a\0b"}}, 422, "invalid"),
    ({"json": {"reason": " \n "}}, 422, "invalid"),
    ({"json": {"reason": "x" * 501}}, 422, "invalid"),
    ({"json": {"reason": 5}}, 422, "invalid"),
    ({"json": {"reason": "x", "hold": True}}, 422, "invalid"),
    ({"json": ["x"]}, 422, "invalid"),
    ({"json": {"reason": "x"}, "query_string": {"force": "1"}}, 422, "invalid"),
    ({"data": {"reason": "x"}}, 415, "media-type"),
    ({"data": b'{"reason": "x"}', "content_type": "text/plain"}, 415, "media-type"),
    ({"data": b'{"reason": "x"}'}, 415, "media-type"),
    ({"data": b" " * 500_001, **AS_JSON}, 413, "too-large"),
    ({"data": b"reason=" + b"x" * 500_001, **AS_FORM}, 413, "too-large"),
]


class TestRequestsThatAreNotAsTheyShouldBe:
    def test_each_has_its_status_and_changes_nothing(self, desk: Desk, post: Draft) -> None:
        program = caller(desk)
        headers = {"Authorization": f"Bearer {program.token}"}
        for sent_so, status, name in WRONG:
            answer = program.client.post(f"{V1}/drafts/{post.id}/hold", headers=headers, **sent_so)  # type: ignore[arg-type]
            assert (answer.status_code, kind(answer)) == (status, name), sent_so
        assert desk.state(post.id) is DraftState.IN_REVIEW

    def test_addresses_lead_nowhere_else(self, desk: Desk, post: Draft) -> None:
        program = caller(desk)
        for path in ("/drafts/0", "/drafts/-1", "/drafts/1e3", f"/drafts/{2**31}", "/drafts/1/", "/../desk", "/a%00b"):
            assert program.send("GET", path).status_code in (400, 404), path
            assert kind(program.send("GET", path)) in ("missing", "unreadable")
        answer = program.send("DELETE", f"/drafts/{post.id}")
        assert (answer.status_code, kind(answer)) == (405, "method")
        assert "PATCH" in answer.headers["Allow"]
        for query in ("state=nonsense", "limit=0", "limit=201", "limit=1_0", "after=1&after=2", "stat=held"):
            assert kind(program.send("GET", f"/drafts?{query}")) == "invalid", query
        assert kind(program.send("GET", "/drafts?channel=a%00b")) == "unreadable"

    def test_what_harms_in_a_page_is_plain_text_here(self, desk: Desk, post: Draft) -> None:
        program, hostile = caller(desk), "<script>alert(1)</script>\u2028{{ 7 * 7 }}' OR 1=1 --"
        said = program.post(f"/drafts/{post.id}/comments", {"text": hostile})
        assert said["text"] == hostile
        answer = program.send("GET", f"/drafts/{post.id}/comments", Origin="https://evil.example")
        assert answer.mimetype == "application/json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert not [name for name in answer.headers.keys() if name.startswith("Access-Control")]  # noqa: SIM118
        assert "<script>alert" not in desk.at().get(f"/drafts/{post.id}").text
        preflight = program.client.options(
            f"{V1}/drafts", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
        )
        assert not [name for name in preflight.headers.keys() if name.startswith("Access-Control")]  # noqa: SIM118


class TestDrafts:
    def test_they_come_by_number_page_by_page_while_others_move_them(self, desk: Desk) -> None:
        for number in range(25):
            a_post(desk.house, Post(f"Text {number}", "en", None, (), ()), key=f"many-{number}")
        program = caller(desk)
        first = program.get("/drafts?limit=10&state=in_review&channel=posts&kind=quote")
        numbers = [each["id"] for each in first["items"]]
        program.post(f"/drafts/{numbers[0]}/reschedule", {"due": (THURSDAY + 9 * DAY).isoformat()})
        program.post(f"/drafts/{numbers[-1] + 1}/hold", {"reason": "waits"})
        after = first["next"]
        while after is not None:
            page = program.get(f"/drafts?limit=10&after={after}")
            numbers += [each["id"] for each in page["items"]]
            after = page["next"]
        assert numbers == sorted(set(numbers))
        assert len(numbers) == 25
        assert [each["state"] for each in program.get("/drafts?state=held")["items"]] == ["held"]
        assert program.get("/drafts?channel=elsewhere&newsletter=weekly&episode=3")["items"] == []

    def test_one_shows_all_that_is_needed_to_decide(self, desk: Desk, post: Draft, edition: Draft) -> None:
        program = caller(desk)
        answer = program.send("GET", f"/drafts/{post.id}")
        seen = answer.json
        assert answer.headers["ETag"] == f'"{hash_of(desk.house, post)}"' == f'"{seen["hash"]}"'
        assert seen["quotes"][0]["lock"] == "exact"
        assert seen["preview"]["fault"] is None
        assert seen["fields"] == {"text": content(desk.house, post).text}
        assert seen["steps"] == ["approved", "changes_requested", "draft", "held", "published", "rejected"]
        whole = program.get(f"/drafts/{edition.id}")
        mail = content(desk.house, edition)
        assert whole["content"]["html"] == mail.html  # type: ignore[union-attr]
        assert [each["level"] for each in whole["findings"]] == ["warn"] * len(whole["findings"])
        assert "subject" in whole["fields"]
        over_long = program.post(f"/drafts/{post.id}/preview", {"text": "Two words."})
        assert over_long["parts"][0]["text"] == "Two words."
        assert hash_of(desk.house, post) == seen["hash"], "a preview keeps nothing"

    def test_an_edit_names_what_it_was_made_of_and_may_be_sent_twice(self, desk: Desk, post: Draft) -> None:
        program, other = caller(desk, Role.EDITOR), caller(desk, Role.AUTHOR)
        path, mine = f"/drafts/{post.id}", {"fields": {"text": "Do listen to this one."}}
        tag = program.send("GET", path).headers["ETag"]
        for missing in ({}, {"If_Match": "*"}):
            answer = program.send("PATCH", path, mine, **missing)
            assert (answer.status_code, kind(answer)) == (428, "no-match")
        done = program.send("PATCH", path, mine, If_Match=f'"{"0" * 64}", {tag}')
        assert done.status_code == 200
        assert done.json["content"]["text"] == "Do listen to this one."
        assert done.headers["ETag"] == f'"{done.json["hash"]}"' != tag
        again = program.send("PATCH", path, mine, If_Match=tag)
        assert (again.status_code, again.json["revision"]) == (200, 2), "it stands there already"
        stale = other.send("PATCH", path, {"fields": {"text": "Another text."}}, If_Match=tag)
        assert (stale.status_code, kind(stale)) == (412, "changed")
        changed = stale.json["changed"]
        assert (changed["revision"], changed["made_by"], changed["hash"]) == (2, "editor-1", done.json["hash"])
        assert changed["fields"][0]["name"] == "text"
        assert changed["fields"][0]["now"] == "Do listen to this one."
        assert stale.json["changed"]["hash"] in stale.json["detail"]
        weak = other.send("PATCH", path, {"fields": {"text": "Another text."}}, If_Match=f"W/{done.headers['ETag']}")
        assert weak.status_code == 412
        bare = other.send("PATCH", path, {"fields": {"text": "Another text."}}, If_Match=done.json["hash"])
        assert (bare.status_code, kind(bare)) == (400, "unreadable"), "a tag has quotes"
        unknown = other.send("PATCH", path, {"fields": {"text": "Another text."}}, If_Match='"nothing-of-ours"')
        assert unknown.json["changed"]["fields"] == []
        assert desk.revision(post.id) == 2

    def test_words_that_nobody_said_are_refused(self, desk: Desk, post: Draft, edition: Draft) -> None:
        program = caller(desk)
        tag = program.send("GET", f"/drafts/{post.id}").headers["ETag"]
        answer = program.send(
            "PATCH", f"/drafts/{post.id}", {"fields": {"text": "“Nobody said this anywhere, ever”"}}, If_Match=tag
        )
        assert (answer.status_code, kind(answer)) == (422, "false-quote")
        assert [each["where"] for each in answer.json["errors"]] == ["fields.text"]
        assert kind(program.send("PATCH", f"/drafts/{post.id}", {"fields": {"body": "x"}}, If_Match=tag)) == "invalid"
        tag = program.send("GET", f"/drafts/{edition.id}").headers["ETag"]
        done = program.send(
            "PATCH", f"/drafts/{edition.id}", {"fields": {"opener": "Hello,\r\n\r\nall."}}, If_Match=tag
        )
        assert done.json["fields"]["opener"] == "Hello,\n\nall."

    def test_what_is_wrong_with_what_was_sent_is_named_by_field_and_what_stands_in_the_way_is_a_conflict(
        self, desk: Desk, post: Draft, edition: Draft
    ) -> None:
        program = caller(desk, Role.APPROVER)
        past = {"due": "2020-01-10T17:45:00+01:00"}
        for each, method, step, body, where in (
            (post, "PATCH", "", {"fields": {"subject": "x"}}, ["fields.subject"]),
            (post, "PATCH", "", {"fields": {"text": " "}}, ["fields.text"]),
            (post, "PATCH", "", {"fields": {"text": "far too long " * 400}}, ["fields.text"]),
            (post, "PATCH", "", {"fields": {"alt": "a picture that is not there"}}, ["fields.alt"]),
            (edition, "PATCH", "", {"fields": {"subject": "two\nlines"}}, ["fields.subject"]),
            (edition, "PATCH", "", {"fields": {"skip:999": "not in it"}}, ["fields.skip:999"]),
            (edition, "PATCH", "", {"fields": {"quote:1": "nothing that was picked"}}, ["fields.quote:1"]),
            (post, "POST", "/reschedule", past, ["due"]),
            (post, "POST", "/slot", past, ["due"]),
            (post, "POST", "/quote", {"begin": 1, "stop": 2}, ["begin", "stop"]),
            (post, "POST", "/comments", {"text": "  "}, ["text"]),
        ):
            path = f"/drafts/{each.id}"
            tag = program.send("GET", path).headers["ETag"]
            answer = program.send(method, f"{path}{step}", body, If_Match=tag)
            assert answer.status_code == 422, (step, body, answer.json)
            assert [fault["where"] for fault in answer.json["errors"]] == where, answer.json
            assert "pullquote " not in answer.json["detail"]
        path = f"/drafts/{post.id}"
        program.send("POST", f"{path}/hold", {"reason": "wait"})
        answer = program.send("POST", f"{path}/approve", {"hash": program.get(path)["hash"]})
        assert (answer.status_code, kind(answer)) == (409, "refused")
        assert "reopen" in answer.json["detail"], "what the operation is called"
        assert "pullquote " not in answer.json["detail"], "no command: there is no terminal"
        assert program.send("POST", "/drafts/999/hold", {"reason": "x"}).json["detail"].count("pullquote ") == 0

    def test_exactly_what_was_looked_at_is_approved_and_only_once(self, desk: Desk, post: Draft) -> None:
        program, path = caller(desk, Role.APPROVER), f"/drafts/{post.id}"
        seen = program.get(path)["hash"]
        for wrong in ("0" * 64, "0" * 8):
            answer = program.send("POST", f"{path}/approve", {"hash": wrong})
            assert (answer.status_code, kind(answer)) == (409, "other-hash")
        assert kind(program.send("POST", f"{path}/approve", {"hash": seen[:7]})) == "invalid"
        done = program.post(f"{path}/approve", {"hash": seen})
        assert done["state"] == "scheduled"
        assert [each["actor"] for each in done["approvals"]] == ["approver-1"]
        assert program.post(f"{path}/approve", {"hash": seen})["state"] == "scheduled"
        assert len(all_deliveries(desk.house)) == 1
        lines = history(desk.house, f"draft:{post.id}")
        assert any(line.startswith("by token: “") and line.endswith("approve draft") for line in lines)
        work(desk.house, TUESDAY + 5 * HOUR)
        assert len(sent(desk.house)) == 1
        assert kind(program.send("POST", f"{path}/approve", {"hash": seen})) == "refused"
        assert program.get("/drafts?state=published")["items"][0]["id"] == post.id

    def test_two_tokens_of_one_editor_are_one_person(self, desk: Desk, post: Draft) -> None:
        two = with_config(desk.house, lambda t: t.replace("[channels.posts]", "[channels.posts]\napprovers = 2"))
        desk = Desk(two, owned=False)
        ada, again, bob = caller(desk, P, login="ada"), caller(desk, P, login="ada"), caller(desk, P, login="bob")
        seen, path = {"hash": ada.get(f"/drafts/{post.id}")["hash"]}, f"/drafts/{post.id}/approve"
        assert ada.post(path, seen)["state"] == "in_review"
        assert again.post(path, seen)["state"] == "in_review", "asked twice, counted once"
        assert again.get(f"/drafts/{post.id}")["approvers"] == 2
        assert bob.post(path, seen)["state"] == "scheduled"

    def test_every_step_of_the_desk_can_be_taken(self, desk: Desk, post: Draft) -> None:
        program, path = caller(desk), f"/drafts/{post.id}"
        for step, state in (("hold", "held"), ("reopen", "in_review"), ("request-changes", "changes_requested")):
            body = None if step == "reopen" else {"reason": f"so that it is {state}"}
            assert program.post(f"{path}/{step}", body)["state"] == state
        assert program.get(path)["held_reason"] == "so that it is changes_requested"
        program.post(f"{path}/reopen")
        slots = [each["due"] for each in program.get(f"{path}/slots")["items"]]
        assert program.post(f"{path}/slot", {"due": slots[1]})["due_at"] == slots[1]
        assert kind(program.send("POST", f"{path}/slot", {"due": "2026-11-25T12:01:00Z"})) == "invalid"
        for due in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-11-25T12:01:00", "tomorrow", 5):
            assert kind(program.send("POST", f"{path}/reschedule", {"due": due})) == "invalid", due
        assert kind(program.send("POST", f"{path}/reschedule", {"due": "2020-01-01T00:00:00Z"})) == "invalid"
        moved = program.post(f"{path}/reschedule", {"due": "2026-12-01T10:00:00+01:00"})
        assert moved["due_at"] == "2026-12-01T09:00:00Z"
        for _ in range(2):
            assert program.send("POST", f"{path}/comments", {"text": "Is this right?"}).status_code == 201
        assert len(program.get(f"{path}/comments")["items"]) == 1, "the same words twice in a row are said once"
        assert [each["number"] for each in program.get(f"{path}/revisions")["items"]] == [1]
        assert program.get(f"{path}/revisions/1")["content"]["format"] == "post"
        assert kind(program.send("GET", f"{path}/revisions/9")) == "missing"
        assert program.get(f"{path}/history")["items"][0]["what"] == "revision 1"
        lanes = {each["lane"] for each in program.get("/calendar?days=14&lane=posts")["entries"]}
        assert lanes == {"posts"}
        assert program.post(f"{path}/reject", {"reason": "dull"})["state"] == "rejected"
        assert program.get(path)["fields"] == {}


class TestQuotes:
    def test_candidates_are_chosen_by_their_offsets(self, desk: Desk, post: Draft) -> None:
        program, path = caller(desk), f"/drafts/{post.id}"
        found = program.get(f"/episodes/{post.episode_id}/quotes?others=best")
        assert found["picked"]
        assert all(each["gates"] and not each["said"] for each in found["others"])
        present = content(desk.house, post).quotes[0]
        other = next(each for each in found["picked"] if each["begin"] != present.begin)
        assert other["lock"] in ("exact", "trimmed")
        place = {"begin": other["begin"], "stop": other["stop"]}
        tag = program.send("GET", path).headers["ETag"]
        done = program.send("POST", f"{path}/quote", place, If_Match=tag)
        assert done.json["quotes"][0]["text"] == other["text"]
        stale = program.send("POST", f"{path}/quote", place, If_Match=tag)
        assert (stale.status_code, kind(stale)) == (412, "changed")
        wider = program.send("POST", f"{path}/quote/stretch", {"edge": "end-later"}, If_Match=done.headers["ETag"])
        assert wider.status_code in (200, 409)
        inside = {"begin": other["begin"] + 3, "stop": other["stop"]}
        tag = program.send("GET", path).headers["ETag"]
        assert kind(program.send("POST", f"{path}/quote", inside, If_Match=tag)) == "false-quote"

    def test_words_are_checked_against_what_was_said(self, desk: Desk, post: Draft) -> None:
        program, number = caller(desk, Role.AUTHOR), post.episode_id
        quote = content(desk.house, post).quotes[0]
        right = program.post("/quotes/check", {"episode": number, "words": quote.text})
        assert (right["said"], right["quotable"], right["whole"]) == (True, True, True)
        assert (right["begin"], right["stop"]) == (quote.begin, quote.stop)
        cut = program.post("/quotes/check", {"episode": number, "words": quote.text.partition(",")[0]})
        assert (cut["said"], cut["whole"]) == (True, False)
        assert cut["fault"]
        other = program.post("/quotes/check", {"episode": number, "words": quote.text, "speaker": "Somebody Else"})
        assert (other["said"], other["whole"]) == (True, False)
        never = program.post("/quotes/check", {"episode": number, "words": "Nobody said this anywhere"})
        assert (never["said"], never["begin"]) == (False, None)
        assert kind(program.send("POST", "/quotes/check", {"episode": 99, "words": "x"})) == "missing"
        assert program.get("/episodes")["items"][0]["id"] == number
        one = program.get(f"/episodes/{number}")
        assert one["spoken"] is True
        assert post.id in one["drafts"]
        assert one["digest"]["summary"]


class TestTheHouse:
    def test_a_doubt_is_settled_once(self, desk: Desk) -> None:
        desk = Desk(over(desk.house, Scripted(script=[Unknown("the line was cut")])), owned=False)
        made = a_post(desk.house, Post("A text.", "en", None, (), ()))
        approve_now(desk.house, made)
        work(desk.house)
        program = caller(desk, Role.APPROVER)
        doubtful = program.get("/deliveries?state=unknown&channel=posts")["items"]
        assert [each["draft_id"] for each in doubtful] == [made.id]
        path = f"/deliveries/{doubtful[0]['id']}"
        evidence = program.get(path)
        assert evidence["reason"] == "the line was cut"
        assert evidence["key"] == delivery(desk.house, made).key
        assert [each["id"] for each in program.get("/status")["stuck"]] == [doubtful[0]["id"]]
        for link in ("javascript:alert(1)", "http://plain.example/1", "https://a b"):
            assert kind(program.send("POST", f"{path}/settle", {"outcome": "there", "link": link})) == "invalid"
        there = {"outcome": "there", "link": "https://social.example/1"}
        assert program.post(f"{path}/settle", there)["permalink"] == "https://social.example/1"
        assert delivery(desk.house, made).state is DeliveryState.ACCEPTED
        assert kind(program.send("POST", f"{path}/settle", there)) == "refused"
        assert kind(program.send("POST", f"{path}/settle", {"outcome": "again"})) == "refused"
        assert kind(program.send("GET", "/deliveries/99")) == "missing"
        assert kind(program.send("GET", f"/mailings/{doubtful[0]['id']}")) == "missing"

    def test_the_brake_stops_and_lets_go(self, desk: Desk, post: Draft) -> None:
        approve_now(desk.house, post)
        program = caller(desk, Role.EDITOR)
        stopped = program.post("/freeze", {"reason": "the news  turned"})
        assert stopped["frozen"] == "editor-1 froze everything: the news turned"
        assert [each["draft_id"] for each in stopped["stopped"]] == [post.id]
        work(desk.house)
        assert sent(desk.house) == []
        assert program.get("/status")["frozen"] is not None
        assert program.post("/thaw")["frozen"] is None
        work(desk.house, TUESDAY + MINUTE)
        assert len(sent(desk.house)) == 1

    def test_the_status_says_what_today_says(self, desk: Desk, post: Draft) -> None:
        program = caller(desk)
        found = program.get("/status")
        assert post.id in [each["id"] for each in found["waiting"]]
        assert sum(found["deliveries"].values()) == 0
        assert [each["name"] for each in program.get("/channels")["items"]] == ["mail", "posts"]
        assert all(each["next"] for each in program.get("/channels")["items"] if each["posts"])
        assert program.get("/mailings")["items"] == []
        program.post(f"/drafts/{post.id}/hold", {"reason": "waits"})
        whats = [each["what"] for each in program.get("/status")["happened"]]
        assert "held" in whats
        assert "by token" not in whats, "it stands in the draft's own history"


def test_an_announcement_and_its_edition_are_published_by_program_alone(desk: Desk, edition: Draft) -> None:
    program, announcement = caller(desk), draft(desk.house, Kind.EDITION_POST)
    for each in (edition, announcement):
        program.post(f"/drafts/{each.id}/approve", {"hash": program.get(f"/drafts/{each.id}")["hash"]})
    work(desk.house, THURSDAY + timedelta(minutes=1))
    work(desk.house, THURSDAY + timedelta(minutes=2))
    states = {each["draft_id"]: each["state"] for each in program.get("/deliveries")["items"]}
    assert states == {edition.id: "accepted", announcement.id: "accepted"}
