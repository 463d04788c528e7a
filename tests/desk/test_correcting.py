"""Putting an edition right in the archive from its page, and from the terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import pytest
from selectolax.lexbor import LexborHTMLParser

from bot.amend import LONGEST
from bot.cli.main import main
from bot.house import House
from bot.model.editor import Role
from bot.model.publication import Kind
from bot.store.drafts import Draft
from tests.archive.kit import sent
from tests.desk.kit import Desk
from tests.work.desk import TUESDAY, WEEK, draft, history, lay, work

NOTE = "The guest is called <b>Mae</b>."
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def out(house: House) -> Draft:
    """An edition of two episodes that went out."""
    return sent(house)


def in_the_archive(desk: Desk) -> list[str]:
    page = LexborHTMLParser(desk.visitor().get("/archive/weekly/1").text)
    return [" ".join(node.text().split()) for node in page.css(".corrections p")]


def test_an_approver_puts_an_edition_right_and_takes_it_back(desk: Desk, out: Draft) -> None:
    approver, here = desk.at(Role.APPROVER), f"/drafts/{out.id}"
    page = LexborHTMLParser(approver.get(here).text)
    about = [str(node.attributes["value"]) for node in page.css("select[name=episode] option")]
    assert (about[0], len(about)) == ("", 3)
    for _ in ("once", "again"):
        answer = approver.send(f"{here}/correct", note=NOTE, episode="")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{here}#corrections")
    assert in_the_archive(desk) == [f"Corrected on 24 November 2026: {NOTE}"]
    approver.send(f"{here}/correct", note="The pot is blue.", episode=about[1])
    page = LexborHTMLParser(approver.get(here).text)
    standing = page.css("form[action$=uncorrect]")
    assert len(standing) == 2
    sends = {str(each.attributes["name"]): str(each.attributes["value"] or "") for each in standing[0].css("input")}
    assert (sends["note"], sends["episode"]) == (NOTE, "")
    approver.send(f"{here}/uncorrect", note=sends["note"], episode=sends["episode"])
    assert in_the_archive(desk) == ["Corrected on 24 November 2026: The pot is blue."]
    told = approver.text(here)
    assert told.count(f'corrected in the archive <span class="muted">{NOTE}') == 1
    assert "took a correction back from the archive" in told, "the history keeps both"
    approver.send(f"{here}/uncorrect", note="The pot is blue.", episode=about[1])
    assert in_the_archive(desk) == []


def test_what_is_refused_stays_in_the_form(desk: Desk, out: Draft) -> None:
    owner, here = desk.at(), f"/drafts/{out.id}"
    for note, episode, status, why in (
        (" ", "", 409, "needs a note"),
        ("x" * (LONGEST + 1), "", 409, "has 1,001 characters"),
        ("She said “I bake nothing but very old bread”.", "", 409, "“I bake nothing but very old bread”"),
        ("The pot is blue.", "99", 409, "holds no episode 99"),
        ("The pot is blue.", "both", 400, "Choose what it is about."),
    ):
        answer = owner.send(f"{here}/correct", note=note, episode=episode)
        page = LexborHTMLParser(answer.text)
        said, typed = page.css_first(".said.fault"), page.css_first("textarea#correction")
        assert answer.status_code == status
        assert said is not None
        assert why in said.text()
        assert typed is not None
        assert typed.text().strip() == note.strip()
    assert in_the_archive(desk) == []


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.EDITOR])
def test_who_may_not_approve_reads_the_notes_and_puts_nothing_right(desk: Desk, out: Draft, role: Role) -> None:
    here = f"/drafts/{out.id}"
    desk.at().send(f"{here}/correct", note=NOTE, episode="")
    somebody = desk.at(role)
    page = LexborHTMLParser(somebody.get(here).text)
    assert NOTE in page.css_first("section[aria-labelledby=corrections]").text()  # type: ignore[union-attr]
    assert page.css("form[action$=correct]") == []
    for what in ("correct", "uncorrect"):
        assert somebody.send(f"{here}/{what}", note=NOTE, episode="").status_code == 403
        assert desk.at().client.post(f"{here}/{what}", data={"note": NOTE}).status_code == 403, "without its word"
    assert in_the_archive(desk) == [f"Corrected on 24 November 2026: {NOTE}"]


def test_there_is_no_such_form_where_nothing_stands_in_the_archive(desk: Desk, edition: Draft, post: Draft) -> None:
    for each in (edition, post):
        assert "Correct it in the archive" not in desk.at().text(f"/drafts/{each.id}")
    answer = desk.at().send(f"/drafts/{edition.id}/correct", note=NOTE, episode="")
    assert answer.status_code == 409
    assert "is not published; edit it instead." in answer.text


@pytest.fixture
def call(house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """`pullquote correct` over the house: exit code, standard output, standard error."""
    monkeypatch.setenv("PULLQUOTE_DATABASE_URL", house.store.url.render_as_string(hide_password=False))

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["pullquote", "correct", *words, "--config", str(house.loaded.path)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def test_at_the_terminal_it_says_where_the_note_stands_and_what_is_left_to_do(
    house: House, out: Draft, call: Call
) -> None:
    number, note = str(out.id), "The guest is called Mae, that's all."
    code, told, _ = call(number, "--note", note)
    assert code == 0
    assert f"Draft {number}: the note stands now on /archive/weekly/1, on those of 3 quotes and in the feeds." in told
    assert "Mails that went out cannot be called back" in told
    assert "None is begun yet" in told
    lay(house, "two-lanes-over-88.txt")
    work(house, TUESDAY + WEEK)
    following = draft(house, Kind.EDITION, 1).id
    assert (
        f"""pullquote drafts edit {following} --set 'opener=The guest is called Mae, that'"'"'s all.'"""
        in call(number, "--note", note)[1]
    )
    as_json = json.loads(call(number, "--note", note, "--json")[1])
    assert (as_json["changed"], as_json["following"], len(as_json["pages"])) == (False, following, 4)
    assert "stands no longer" in call(number, "--note", note, "--take-back")[1]
    code, _, told = call(number, "--note", note, "--take-back")
    assert (code, "No such note stands" in told) == (4, True)
    assert [each for each in history(house, f"draft:{number}") if "archive" in each] == [
        f"corrected in the archive: {note}",
        f"took a correction back from the archive: {note}",
    ]


def test_at_the_terminal_what_does_not_fit_is_refused(house: House, out: Draft, call: Call) -> None:
    for words in (("--was", "May"), ("--becomes", ""), ("--take-down",), ("--only", "mail")):
        code, _, told = call(str(out.id), "--note", NOTE, *words)
        assert code == 4
        assert f"is an edition, and {words[0]} is for posts: mails cannot be called back" in " ".join(told.split())
    post = str(draft(house, Kind.QUOTE_POST).id)
    for words in (("--take-back",), ("--episode", "1")):
        code, _, told = call(post, "--note", NOTE, *words)
        assert (code, "is no edition" in told) == (4, True)
    assert [each for each in history(house, f"draft:{out.id}") if "archive" in each] == []
