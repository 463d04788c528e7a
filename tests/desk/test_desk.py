"""Reviewing at the desk: every step, two people at once, forms that are stale, sessions that end while one writes."""

from __future__ import annotations

import html
import re

import pytest
import sqlalchemy as sa

from bot import review
from bot.errors import Unknown
from bot.house import House
from bot.model.editor import Role
from bot.model.publication import Kind, Post
from bot.model.states import DeliveryState, DraftState
from bot.store import drafts, editors, flags
from bot.store.drafts import Draft
from bot.store.editors import IDLE
from bot.store.schema import draft_revisions
from bot.store.schema import drafts as drafts_table
from tests.desk.kit import Desk, Visitor
from tests.work.desk import (
    BENCH,
    HOUR,
    MINUTE,
    POT,
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
    lay,
    over,
    sent,
    tamper,
    work,
)

SAID = "Nobody said this anywhere, ever"


def field(page: str, name: str) -> str:
    """What stands in a field of a form."""
    found = re.search(rf'<textarea[^>]*name="{name}"[^>]*>(.*?)</textarea>', page, re.DOTALL) or re.search(
        rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page
    )
    assert found is not None, name
    return html.unescape(found.group(1))


def fault(page: str) -> str:
    found = re.search(r'role="alert">(.*?)</div>', page, re.DOTALL)
    assert found is not None
    return html.unescape(found.group(1))


class TestApproving:
    def test_what_was_looked_at_is_approved_and_gets_its_time(self, desk: Desk, post: Draft) -> None:
        owner = desk.at()
        page = owner.text(f"/drafts/{post.id}")
        seen = field(page, "seen")
        assert f"Approve {seen[:8]}" in page
        assert owner.send(f"/drafts/{post.id}/approve", seen=seen).status_code == 303
        assert desk.state(post.id) is DraftState.SCHEDULED
        after = owner.text(f"/drafts/{post.id}")
        assert f"approved by olga: <code>{seen[:8]}</code>" in after
        assert "in 4 h" in after, "the next slot is at noon"

    def test_without_the_hash_that_was_looked_at_nothing_is_approved(self, desk: Desk, post: Draft) -> None:
        for seen in ["", "0", "deadbeef", "none"]:
            prefix = hash_of(desk.house, post)[:3] if seen == "0" else seen
            answer = desk.at().send(f"/drafts/{post.id}/approve", seen=prefix)
            assert answer.status_code == 409
            assert "no longer what you looked at" in fault(answer.text)
            assert desk.state(post.id) is post.state
            assert all_deliveries(desk.house) == []
            desk.now += HOUR

    def test_a_revision_that_has_just_changed_is_not_approved(self, desk: Desk, post: Draft) -> None:
        owner, seen = desk.at(), hash_of(desk.house, post)
        review.edit(desk.house, post.id, {"text": "Do listen to this one."}, actor="eve", now=desk.now)
        answer = owner.send(f"/drafts/{post.id}/approve", seen=seen)
        assert answer.status_code == 409
        assert "look at it again" in fault(answer.text)
        assert "Do listen to this one." in answer.text, "what would be approved now is shown"
        assert field(answer.text, "seen") == hash_of(desk.house, post)
        assert all_deliveries(desk.house) == []

    def test_pressing_twice_approves_once(self, desk: Desk, post: Draft) -> None:
        owner, seen = desk.at(), hash_of(desk.house, post)
        assert owner.send(f"/drafts/{post.id}/approve", seen=seen).status_code == 303
        before = history(desk.house, f"draft:{post.id}")
        assert owner.send(f"/drafts/{post.id}/approve", seen=seen).status_code == 303
        assert history(desk.house, f"draft:{post.id}") == before
        assert len(all_deliveries(desk.house)) == 1
        work(desk.house, TUESDAY + 4 * HOUR)
        assert owner.send(f"/drafts/{post.id}/approve", seen=seen).status_code == 409
        work(desk.house, TUESDAY + 5 * HOUR)
        assert len(sent(desk.house)) == 1

    def test_at_once_goes_with_the_next_pass(self, desk: Desk, post: Draft) -> None:
        desk.at().send(f"/drafts/{post.id}/approve", seen=hash_of(desk.house, post), at_once="yes")
        assert work(desk.house, TUESDAY).delivered.accepted == 1

    def test_the_page_behind_a_form_says_once_what_was_done(self, desk: Desk, post: Draft) -> None:
        owner, path = desk.at(), f"/drafts/{post.id}"
        owner.send(f"{path}/edit", revision=str(post.revision), **{"field:text": "A new text."})
        assert 'role="status">Saved.<' in owner.text(path)
        assert "Saved." not in owner.text(path)
        owner.send(f"{path}/edit", revision="2", **{"field:text": "A new text."})
        assert "nothing was saved" in owner.text(path)
        owner.client.set_cookie("pullquote-did", "<b>words of others</b>")
        assert "words of others" not in owner.text(path)

    def test_an_edit_ends_the_approval_for_all_to_see(self, desk: Desk, post: Draft) -> None:
        owner = desk.at()
        owner.send(f"/drafts/{post.id}/approve", seen=hash_of(desk.house, post))
        owner.send(f"/drafts/{post.id}/edit", revision=str(post.revision), **{"field:text": "A new text."})
        page = owner.text(f"/drafts/{post.id}")
        assert "approved by" not in page
        assert "approval void" in page
        assert "the approval of revision 1 is void" in page
        owner.send(f"/drafts/{post.id}/approve", seen=hash_of(desk.house, post))
        assert "the approval of revision 1 is void" not in owner.text(f"/drafts/{post.id}")
        owner.send(f"/drafts/{post.id}/edit", revision="2", **{"field:text": "A newer text."})
        assert desk.state(post.id) is DraftState.IN_REVIEW
        work(desk.house, TUESDAY + 5 * HOUR)
        assert sent(desk.house) == []


class TestSteps:
    @pytest.mark.parametrize(
        ("step", "state"),
        [("hold", DraftState.HELD), ("changes", DraftState.CHANGES_REQUESTED), ("reject", DraftState.REJECTED)],
    )
    def test_stopping_needs_a_reason_which_stands_on_the_page(
        self, desk: Desk, post: Draft, step: str, state: DraftState
    ) -> None:
        editor = desk.at(Role.EDITOR)
        answer = editor.send(f"/drafts/{post.id}/{step}", reason="  ")
        assert answer.status_code == 400
        assert "Say why" in fault(answer.text)
        assert desk.state(post.id) is post.state
        assert editor.send(f"/drafts/{post.id}/{step}", reason="the guest asked us").status_code == 303
        assert desk.state(post.id) is state
        assert '<p class="said fault">the guest asked us</p>' in editor.text(f"/drafts/{post.id}")
        assert editor.send(f"/drafts/{post.id}/reopen").status_code == 303
        assert desk.state(post.id) is DraftState.IN_REVIEW

    def test_holding_what_is_approved_stops_it_and_taking_it_up_does_not_send_it(self, desk: Desk, post: Draft) -> None:
        owner = desk.at()
        owner.send(f"/drafts/{post.id}/approve", seen=hash_of(desk.house, post))
        assert "Hold" in owner.text("/")
        owner.send(f"/drafts/{post.id}/hold", reason="held from the first page")
        work(desk.house, TUESDAY + 5 * HOUR)
        assert sent(desk.house) == []
        owner.send(f"/drafts/{post.id}/reopen")
        work(desk.house, TUESDAY + 6 * HOUR)
        assert sent(desk.house) == []

    def test_what_went_wrong_stands_before_what_only_waits_and_once(self, desk: Desk, post: Draft) -> None:
        titles = [f"Waiting {number}" for number in range(60)]
        for number, title in enumerate(titles):
            made = a_post(desk.house, Post("A text.", None, "en", (), ()), key=f"w{number}")
            tamper(desk.house, sa.update(drafts_table).where(drafts_table.c.id == made.id).values(title=title))
        last = a_post(desk.house, Post("A text.", None, "en", (), ()), key="last")
        owner = desk.at()
        owner.send(f"/drafts/{last.id}/approve", seen=hash_of(desk.house, last))
        owner.send(f"/drafts/{last.id}/hold", reason="the guest asked us")
        page = owner.text("/")
        needs = page[page.index('id="needs"') : page.index('id="next"')]
        assert needs.count("the guest asked us") == 1
        assert needs.index("the guest asked us") < needs.index("Waiting 0")

    def test_a_step_that_the_state_does_not_allow_is_told_and_not_offered(self, desk: Desk, post: Draft) -> None:
        owner = desk.at()
        answer = owner.send(f"/drafts/{post.id}/reopen")
        assert answer.status_code == 409
        assert "not stopped" in fault(answer.text)
        owner.send(f"/drafts/{post.id}/reject", reason="dull")
        page = owner.text(f"/drafts/{post.id}")
        assert "/approve" not in page
        assert "/hold" not in page
        assert '/edit"' not in page
        assert owner.send(f"/drafts/{post.id}/approve", seen=hash_of(desk.house, post)).status_code == 409

    def test_another_time_is_read_in_the_editors_zone(self, desk: Desk, post: Draft) -> None:
        owner = desk.at()
        with desk.house.store.write() as db:
            found = editors.by_login(db, "olga")
            assert found is not None
            editors.change(db, found, at=desk.now, actor="olga", zone="America/New_York")
        owner.send(f"/drafts/{post.id}/approve", seen=hash_of(desk.house, post))
        owner.send(f"/drafts/{post.id}/reschedule", due="2026-11-25T10:30")
        assert delivery(desk.house, post).due_at.isoformat() == "2026-11-25T15:30:00+00:00"
        page = owner.text(f"/drafts/{post.id}")
        assert 'value="2026-11-25T10:30"' in page
        assert desk.state(post.id) is DraftState.SCHEDULED, "what was approved stays approved"

    def test_a_time_that_is_none_or_over_is_told(self, desk: Desk, post: Draft) -> None:
        for due in ["", "soon", "2020-01-01T10:00", "0001-01-01T00:00", "9999-12-31T23:59", "²"]:
            owner = desk.at()
            with desk.house.store.write() as db:
                found = editors.by_login(db, "olga")
                assert found is not None
                editors.change(db, found, at=desk.now, actor="olga", zone="America/New_York")
            answer = owner.send(f"/drafts/{post.id}/reschedule", due=due)
            assert answer.status_code in (400, 409)
            assert fault(answer.text)
            with desk.house.store.read() as db:
                assert drafts.get(db, post.id).due_at == post.due_at
            desk.now += HOUR

    def test_freezing_stops_everything_until_it_is_thawed(self, desk: Desk, post: Draft) -> None:
        owner = desk.at(Role.EDITOR)
        approve_now(desk.house, post)
        owner.send("/freeze", reason="something is wrong")
        assert "Everything is frozen." in owner.text("/")
        assert "something is wrong" in owner.text("/")
        work(desk.house, TUESDAY)
        assert sent(desk.house) == []
        owner.send("/thaw")
        assert "Everything is frozen." not in owner.text("/")
        work(desk.house, TUESDAY)
        assert len(sent(desk.house)) == 1
        with desk.house.store.read() as db:
            assert flags.frozen(db) is None


class TestEditing:
    def test_the_same_text_makes_no_revision(self, desk: Desk, post: Draft) -> None:
        owner = desk.at()
        text = field(owner.get(f"/drafts/{post.id}").text, "field:text")
        form = {"revision": str(post.revision), "field:text": text.replace("\n", "\r\n")}
        assert owner.send(f"/drafts/{post.id}/edit", **form).status_code == 303
        assert desk.revision(post.id) == post.revision

    def test_the_second_of_two_editors_sees_what_changed_and_loses_nothing(self, desk: Desk, post: Draft) -> None:
        ada, bob = desk.at(Role.AUTHOR, "ada"), desk.at(Role.AUTHOR, "bob")
        begun = str(post.revision)
        ada.send(f"/drafts/{post.id}/edit", revision=begun, **{"field:text": "The text of Ada."})
        answer = bob.send(f"/drafts/{post.id}/edit", revision=begun, **{"field:text": "The text of Bob."})
        assert answer.status_code == 409
        assert "Somebody changed this draft while you wrote" in fault(answer.text)
        assert field(answer.text, "field:text") == "The text of Bob."
        assert "<ins>" in answer.text
        assert "Ada." in answer.text
        assert desk.revision(post.id) == post.revision + 1
        bob.send(f"/drafts/{post.id}/edit", revision=field(answer.text, "revision"), **{"field:text": "Both."})
        assert content(desk.house, post).text == "Both."
        with desk.house.store.read() as db:
            made = [drafts.revision(db, drafts.get(db, post.id), each).made_by for each in (2, 3)]
        assert made == ["ada", "bob"]

    def test_two_editors_of_an_edition_who_change_different_fields_keep_both(self, desk: Desk, edition: Draft) -> None:
        ada, bob = desk.at(Role.AUTHOR, "ada"), desk.at(Role.AUTHOR, "bob")
        begun = ada.get(f"/drafts/{edition.id}").text
        form = {name: field(begun, name) for name in dict.fromkeys(re.findall(r'name="(field:[^"]+|revision)"', begun))}
        ada.send(f"/drafts/{edition.id}/edit", **{**form, "field:subject": "The subject of Ada"})
        answer = bob.send(f"/drafts/{edition.id}/edit", **{**form, "field:opener": "The opener of Bob."})
        assert answer.status_code == 409
        assert field(answer.text, "field:subject") == "The subject of Ada"
        assert field(answer.text, "field:opener") == "The opener of Bob."
        again = {name: field(answer.text, name) for name in form}
        assert bob.send(f"/drafts/{edition.id}/edit", **again).status_code == 303
        page = bob.get(f"/drafts/{edition.id}").text
        assert field(page, "field:subject") == "The subject of Ada"
        assert field(page, "field:opener") == "The opener of Bob."

    def test_a_form_that_does_not_say_what_it_began_with_overwrites_nothing_unseen(
        self, desk: Desk, post: Draft
    ) -> None:
        for revision in ["", "0", "99", "x", "²", "9" * 30, "-1"]:
            owner = desk.at()
            owner.send(f"/drafts/{post.id}/edit", revision=str(post.revision), **{"field:text": "First."})
            answer = owner.send(f"/drafts/{post.id}/edit", revision=revision, **{"field:text": "Second."})
            assert answer.status_code == 409
            assert field(answer.text, "field:text") == "Second."
            assert content(desk.house, post).text == "First."
            desk.now += HOUR

    def test_a_false_quotation_is_refused_and_the_words_stay(self, desk: Desk, post: Draft) -> None:
        text = f"He said “{SAID}”. Listen to it."
        answer = desk.at().send(f"/drafts/{post.id}/edit", revision=str(post.revision), **{"field:text": text})
        assert answer.status_code == 409
        assert SAID in fault(answer.text)
        assert field(answer.text, "field:text") == text
        assert desk.revision(post.id) == post.revision

    def test_a_false_quotation_in_an_edition_is_refused_and_the_words_stay(self, desk: Desk, edition: Draft) -> None:
        answer = desk.at().send(
            f"/drafts/{edition.id}/edit", revision=str(edition.revision), **{"field:opener": f"“{SAID}”"}
        )
        assert answer.status_code == 409
        assert field(answer.text, "field:opener") == f"“{SAID}”"

    def test_a_post_that_is_too_long_is_refused_and_the_words_stay(self, desk: Desk, post: Draft) -> None:
        house = over(desk.house, Scripted())
        owner, text = Desk(house, owned=False).at(), "word " * 200
        answer = owner.send(f"/drafts/{post.id}/edit", revision=str(post.revision), **{"field:text": text})
        assert answer.status_code == 409
        assert "500" in fault(answer.text)
        assert field(answer.text, "field:text") == text
        counted = owner.send(f"/drafts/{post.id}/count", **{"field:text": text})
        assert counted.text.count("is too long") == 1
        assert "999 of 500" in counted.text

    def test_a_quotation_that_stops_being_one_is_told_while_it_is_typed(self, desk: Desk, post: Draft) -> None:
        owner, said = desk.at(), content(desk.house, post).text
        refused = "no transcript of this draft holds these words"
        assert refused not in owner.send(f"/drafts/{post.id}/count", **{"field:text": said}).text
        assert refused not in owner.send(f"/drafts/{post.id}/count", **{"field:text": f"{said} Listen."}).text
        shown = owner.send(f"/drafts/{post.id}/count", **{"field:text": f"{said} “{SAID}”"}).text
        assert refused in shown
        assert SAID in shown.partition('class="card"')[2], "and what is typed is shown"
        assert content(desk.house, post).text == said

    def test_a_post_without_a_word_is_refused(self, desk: Desk, post: Draft) -> None:
        for text in ["", "   \r\n "]:
            answer = desk.at().send(f"/drafts/{post.id}/edit", revision=str(post.revision), **{"field:text": text})
            assert answer.status_code == 409
            assert "reject the draft instead" in fault(answer.text)
            desk.now += HOUR

    def test_a_field_that_there_is_not_is_refused(self, desk: Desk, post: Draft, edition: Draft) -> None:
        owner = desk.at()
        for number, revision in ((post.id, post.revision), (edition.id, edition.revision)):
            answer = owner.send(f"/drafts/{number}/edit", revision=str(revision), **{"field:html": "<b>"})
            assert answer.status_code == 409

    def test_an_episode_is_left_out_for_a_reason_and_taken_in_again(self, desk: Desk, read: House) -> None:
        lay(read, BENCH)
        work(read)
        edition, owner = draft(read, Kind.EDITION), desk.at()
        page = owner.get(f"/drafts/{edition.id}").text
        name = re.findall(r'name="(field:skip:\d+)"', page)[0]
        assert (
            owner.send(
                f"/drafts/{edition.id}/edit", revision=field(page, "revision"), **{name: "told last week"}
            ).status_code
            == 303
        )
        page = owner.get(f"/drafts/{edition.id}").text
        assert field(page, name) == "told last week"
        owner.send(f"/drafts/{edition.id}/edit", revision=field(page, "revision"), **{name: ""})
        page = owner.get(f"/drafts/{edition.id}").text
        assert page.count('name="field:headline:') == 2

    def test_the_history_and_the_difference_show_who_changed_what(self, desk: Desk, post: Draft) -> None:
        owner = desk.at()
        for number, text in enumerate(("One red apple.", "One green apple.", "Two green apples.")):
            owner.send(f"/drafts/{post.id}/edit", revision=str(post.revision + number), **{"field:text": text})
        page = owner.text(f"/drafts/{post.id}")
        assert "<del>One</del><ins>Two</ins> green <del>apple.</del><ins>apples.</ins>" in page
        assert page.count("<strong>olga</strong>: revision") == 3
        since = owner.text(f"/drafts/{post.id}?since=2")
        assert "<del>One</del><ins>Two</ins> <del>red</del><ins>green</ins>" in since
        for odd in ("0", "99", "²", "x", "9" * 40, "-3"):
            assert owner.get(f"/drafts/{post.id}?since={odd}").status_code == 200


class TestTalking:
    def test_what_editors_say_to_each_other_is_never_published(self, desk: Desk, post: Draft, edition: Draft) -> None:
        author, secret = desk.at(Role.AUTHOR), "zebra-between-us"
        for each in (post, edition):
            assert author.send(f"/drafts/{each.id}/comment", text=secret).status_code == 303
            page = author.text(f"/drafts/{each.id}")
            assert secret in page
            assert "author-1" in page
            assert secret not in author.get(f"/drafts/{edition.id}/mail").text
            approve_now(desk.house, each)
        work(desk.house)
        files = [path for path in (desk.house.data / "outbox").rglob("*") if path.is_file()]
        assert len(files) >= 4
        assert all(secret.encode() not in path.read_bytes() for path in files)
        with desk.house.store.read() as db:
            kept = list(db.scalars(sa.select(draft_revisions.c.payload)))
        assert all(secret.encode() not in bytes(each) for each in kept)
        assert all(secret.encode() not in each.body for each in all_deliveries(desk.house))

    def test_saying_something_of_a_draft_that_is_none_is_told(self, desk: Desk) -> None:
        owner = desk.at()
        for path in ("/drafts/77", "/drafts/77/mail", f"/drafts/{2**40}", f"/drafts/{10**30}"):
            assert owner.get(path).status_code == 404
        for step in ("comment", "count", "edit", "approve", "hold", "reopen", "reschedule"):
            form = {"text": "x", "reason": "x", "due": "2027-01-01T10:00", "field:text": "x", "seen": "0" * 64}
            assert owner.send(f"/drafts/77/{step}", **form).status_code == 404, step


class TestDoubt:
    def doubtful(self, desk: Desk) -> tuple[Visitor, Draft, int]:
        platform = Scripted(script=[Unknown("the line was cut")])
        desk.house = over(desk.house, platform)
        there = Desk(desk.house, owned=False)
        made = a_post(desk.house, Post("A text.", "en", None, (), ()))
        approve_now(desk.house, made)
        work(desk.house)
        assert delivery(desk.house, made).state is DeliveryState.UNKNOWN
        return there.at(), made, delivery(desk.house, made).id

    def test_the_first_page_names_it_and_its_page_shows_the_evidence(self, desk: Desk) -> None:
        owner, made, number = self.doubtful(desk)
        assert f"/deliveries/{number}" in owner.text("/")
        page = owner.text(f"/deliveries/{number}")
        assert "Nobody knows whether it arrived" in page
        assert "the line was cut" in page
        assert delivery(desk.house, made).key in page
        assert owner.get("/deliveries/9999").status_code == 404

    def test_it_is_there(self, desk: Desk) -> None:
        owner, made, number = self.doubtful(desk)
        owner.send(f"/deliveries/{number}/there", link="javascript:alert(1)", id="42")
        found = delivery(desk.house, made)
        assert found.state is DeliveryState.ACCEPTED
        assert found.permalink is None
        assert desk.state(made.id) is DraftState.PUBLISHED
        assert owner.send(f"/deliveries/{number}/there").status_code == 409

    def test_send_again_sends_once_more_and_a_second_press_does_not(self, desk: Desk) -> None:
        owner, made, number = self.doubtful(desk)
        assert owner.send(f"/deliveries/{number}/again").status_code == 303
        assert owner.send(f"/deliveries/{number}/again").status_code == 409
        work(desk.house, TUESDAY + MINUTE)
        work(desk.house, TUESDAY + HOUR)
        assert delivery(desk.house, made).state is DeliveryState.ACCEPTED
        platform = desk.house.channels["posts"]
        assert isinstance(platform, Scripted)
        assert len(platform.bodies) == 2

    def test_until_somebody_says_it_stays_in_doubt(self, desk: Desk) -> None:
        owner, made, number = self.doubtful(desk)
        owner.get(f"/deliveries/{number}/again")
        owner.get(f"/deliveries/{number}")
        for each in range(3):
            work(desk.house, TUESDAY + (each + 1) * HOUR)
        assert delivery(desk.house, made).state is DeliveryState.UNKNOWN


class TestSessionsThatEndMeanwhile:
    def test_a_long_text_is_kept_and_saved_after_signing_in_again(self, desk: Desk, post: Draft) -> None:
        owner = desk.at()
        text = "A first line.\r\n\r\n& a <second> one, with 'marks', ü and 🎧."
        word = field(owner.get(f"/drafts/{post.id}").text, "csrf")
        desk.now += IDLE + MINUTE
        form = {"csrf": word, "revision": str(post.revision), "field:text": text}
        answer = owner.client.post(f"/drafts/{post.id}/edit", data=form)
        assert answer.status_code == 401
        assert "What you wrote is kept" in answer.text
        kept = dict(hidden(answer.text))
        assert kept["field:text"].replace("\r\n", "\n") == text.replace("\r\n", "\n")
        wrong = owner.client.post("/sign-in", data={**kept, "login": "olga", "password": "mistyped, alas"})
        assert dict(hidden(wrong.text)) == kept, "a slip of the finger loses nothing either"
        inside = owner.sign_in("olga", "four quiet green chairs", **kept)
        assert inside.status_code == 200
        assert "What you wrote is here" in inside.text
        assert desk.revision(post.id) == post.revision, "it is saved when the editor says so"
        action = re.search(r'<form method="post" action="(/drafts[^"]+)"', inside.text)
        assert action is not None
        again = dict(hidden(inside.text)) | {"field:text": field(inside.text, "field:text")}
        assert owner.client.post(action.group(1), data=again).status_code == 303
        assert content(desk.house, post).text == text.replace("\r\n", "\n")

    def test_a_step_without_any_text_is_asked_for_again_too(self, desk: Desk, post: Draft) -> None:
        for path in ["/drafts/{}/reopen", "/sign-out", "/thaw"]:
            owner = desk.at()
            desk.now += IDLE + MINUTE
            answer = owner.send(path.format(post.id)) if owner.word else owner.client.post(path.format(post.id))
            assert answer.status_code == 401
            inside = owner.sign_in("olga", **dict(hidden(answer.text)))
            assert inside.status_code == 200
            assert f'action="{path.format(post.id)}"' in inside.text
            desk.now += HOUR

    def test_what_another_site_sends_is_not_kept_as_ones_own_words(self, desk: Desk, post: Draft) -> None:
        visitor = desk.visitor()
        form = {"seen": hash_of(desk.house, post), "at_once": "yes"}
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = visitor.client.post(f"/drafts/{post.id}/approve", data=form, headers=headers)
            assert answer.status_code == 403
            assert form["seen"] not in answer.text


def hidden(page: str) -> list[tuple[str, str]]:
    """The hidden fields of the form in the middle of a page."""
    body = page.partition("<main")[2].partition("</main>")[0]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', body)
    return [(html.unescape(name), html.unescape(value)) for name, value in found]


class TestMany:
    def test_five_hundred_drafts_are_all_reached_page_by_page(self, desk: Desk) -> None:
        for number in range(500):
            a_post(desk.house, Post(f"Text {number}", "en", None, (), ()), key=f"many-{number}")
        owner = desk.at()
        first = owner.text("/drafts")
        assert len(first) < 100_000
        assert "in review (500)" in first or "draft (500)" in first
        found: set[str] = set()
        for page in range(1, 6):
            found |= set(re.findall(r'href="(/drafts/\d+)"', owner.text(f"/drafts?page={page}")))
        assert len(found) == 500
        assert "None." in owner.text("/drafts?page=6")
        for odd in ("0", "x", "²", "9" * 30):
            assert owner.get(f"/drafts?page={odd}&state=nonsense").status_code == 200
        assert len(owner.text("/")) < 100_000
        numbers = sorted(int(each.rpartition("/")[2]) for each in found)
        assert f'href="/drafts/{numbers[1]}" data-key="n"' in owner.text(f"/drafts/{numbers[0]}")
        with desk.house.store.read() as db:
            assert db.scalar(sa.select(sa.func.count()).select_from(drafts_table)) == 500


def test_the_desk_shows_a_mailing_and_its_delivery(desk: Desk, edition: Draft) -> None:
    owner = desk.at()
    approve_now(desk.house, edition)
    work(desk.house)
    number = delivery(desk.house, edition).id
    page = owner.text(f"/deliveries/{number}")
    assert "accepted" in page
    assert owner.get("/readers").status_code == 200
    assert "600 pixels" in owner.text(f"/drafts/{edition.id}")
    for view in ("wide", "phone", "dark", "forced", "text", "nonsense"):
        assert f'class="v-{view if view != "nonsense" else "wide"}"' in owner.text(f"/drafts/{edition.id}?view={view}")
    assert 'aria-label="Lengths"' in owner.text(f"/drafts/{edition.id}?view=text&length=brief")
    brief, full = (owner.text(f"/drafts/{edition.id}/mail?as=text&length={each}") for each in ("brief", "full"))
    assert "THE HEADLINES" in brief
    assert "THE HEADLINES" not in full
    plain = owner.get(f"/drafts/{edition.id}/mail?as=text")
    assert plain.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_typed_words_are_looked_at_in_the_mail_before_they_are_saved(house: House) -> None:
    desk = Desk(house)
    lay(house, POT)
    work(house)
    edition = draft(house, Kind.EDITION)
    owner = desk.at()
    form = {
        "revision": "1",
        "field:opener": "Good *morning*, <b>all</b>.",
        "field:note:1": "Hear [it](https://a.example/).",
    }
    seen = owner.send(f"/drafts/{edition.id}/try", **form)
    assert "Good <em>morning</em>, &lt;b&gt;all&lt;/b&gt;." in seen.text
    assert seen.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    plain = owner.send(f"/drafts/{edition.id}/try?as=text", **form)
    assert "Good morning, <b>all</b>." in plain.text
    assert "Hear it (https://a.example/)." in plain.text
    assert draft(house, Kind.EDITION) == edition
    empty = owner.send(f"/drafts/{edition.id}/try", **{"revision": "1", "field:subject": ""})
    assert "may not be empty" in empty.text
    assert owner.client.post(f"/drafts/{edition.id}/try", data=form).status_code == 403, "a form of another site"
