"""The commands as somebody at a terminal meets them: real files, a real database, documented exit codes."""

from __future__ import annotations

import email
import email.policy
import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli.main import main
from bot.config import load
from bot.house import opened
from bot.model.editor import Role
from bot.store import drafts as stored
from tests.desk.kit import hired

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "seeds"
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """`pullquote` in an empty folder: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    for variable in ("PULLQUOTE_CONFIG", "PULLQUOTE_DATABASE_URL", "DATABASE_URL"):
        monkeypatch.delenv(variable, raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["pullquote", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def test_a_newcomer_reads_that_there_is_nothing_yet_and_how_it_begins(call: Call) -> None:
    code, out, _ = call("init")
    assert code == 0
    assert "pullquote add URL" in out
    for words, said in {
        ("drafts", "list"): "No draft waits.\n",
        ("drafts", "list", "--state", "held"): "No draft is in the state held.\n",
        ("episodes",): "No episode was read yet. 'pullquote once' reads the sources, 'pullquote add URL' adds one.\n",
        ("mailings",): "No edition went to readers yet.\n",
    }.items():
        assert call(*words) == (0, said, "")
    assert call("deliveries")[1].startswith("No delivery needs you.\n")
    assert json.loads(call("drafts", "list", "--json")[1]) == []
    code, _, told = call("add", "example.org/feed.xml")
    assert code != 0
    assert "begins neither with https:// nor with http://" in told


def test_the_demo_does_the_whole_job_and_the_mail_is_what_was_approved(call: Call, tmp_path: Path) -> None:
    code, out, _ = call("demo", "here")
    assert code == 0, out
    assert "Sent 0." in out.splitlines()[-7] or "Sent 0." in out
    outbox = tmp_path / "here" / "data" / "outbox"
    (mail,) = outbox.rglob("message.eml")
    message = email.message_from_bytes(mail.read_bytes(), policy=email.policy.default)
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    html = mail.with_suffix(".html").read_text(encoding="utf-8")
    body = message.get_body(("html",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n").rstrip() == html.rstrip()
    for post in outbox.rglob("post.json"):
        assert json.loads(post.read_text(encoding="utf-8"))["text"] + "\n" == (post.with_name("post.txt")).read_text(
            encoding="utf-8"
        )
    code, _, err = call("demo", "here")
    assert code == 4
    assert "not empty" in err


def test_from_init_to_an_approved_edition(call: Call, tmp_path: Path) -> None:
    assert call("init")[0] == 0
    assert call("init")[0] == 3, "nothing is overwritten"
    (tmp_path / "inbox" / "pot.txt").write_bytes((SEEDS / "unhurried-pot-14.txt").read_bytes())
    code, out, _ = call("check")
    assert code == 0, out
    assert call("once")[0] == 0
    listed = json.loads(call("drafts", "list", "--json")[1])
    edition = next(each for each in listed if each["kind"] == "edition")
    number = str(edition["id"])
    code, html, _ = call("drafts", "show", number, "--as-html")
    assert html.startswith("<!DOCTYPE html>")
    assert "THE HEADLINES" in call("drafts", "show", number, "--length", "brief")[1]
    assert "This is the short version" in call("drafts", "show", number, "--length", "short", "--as-html")[1]
    assert call("drafts", "approve", number, "--seen", "00000000")[0] == 4
    assert call("drafts", "edit", number, "--set", "subject=Leave it alone")[0] == 0
    assert call("drafts", "edit", number, "--set", "subjct=x")[0] == 4
    assert call("drafts", "approve", number)[0] == 0
    code, _, err = call("drafts", "approve", number, "--now")
    assert code == 4
    assert f"reschedule {number} now" in err
    plan = json.loads(call("plan", "--json")[1])
    assert {line["change"] for line in plan} == {"new"}
    assert call("drafts", "hold", number, "--reason", "wait")[0] == 0
    changed = {line["planned"]["draft"]: line["change"] for line in json.loads(call("plan", "--json")[1])}
    assert changed[edition["id"]] == "changed"
    assert call("drafts", "approve", number)[0] == 4
    assert call("drafts", "reopen", number)[0] == 0
    assert call("drafts", "reschedule", number, "2001-01-01 09:00")[0] == 4
    assert call("drafts", "reschedule", number, "2101-01-01 09:00")[0] == 0
    assert call("drafts", "approve", number)[0] == 0
    assert call("drafts", "reschedule", number, "now")[0] == 0
    assert call("once")[0] == 0
    assert [each["state"] for each in json.loads(call("drafts", "list", "--state", "published", "--json")[1])] == [
        "published"
    ]
    code, _, err = call("drafts", "reject", number, "--reason", "no")
    assert code == 4
    assert "that is final" in err
    assert "subject" in call("drafts", "show", number, "--history")[1]


def test_freeze_stops_and_thaw_lets_go(call: Call, tmp_path: Path) -> None:
    page = str(SEEDS / "unhurried-pot-14.txt")
    call("once", page)
    call("drafts", "approve", "--all", "--now")
    assert "stopped" in call("freeze", "--reason", "news")[1]
    assert "froze everything: news" in call("once", page)[1]
    assert not list((tmp_path / "data" / "outbox").rglob("post.txt"))
    (tmp_path / "data" / "FREEZE").touch()
    assert "Still frozen" in call("thaw")[1]
    (tmp_path / "data" / "FREEZE").unlink()
    assert "Sent 4." in call("once", page)[1]
    assert "4 accepted" in call("status")[1]
    assert json.loads(call("deliveries", "--json")[1])["tally"]["accepted"] == 4


def test_bad_documents_are_set_aside_and_the_others_go_on(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    good = (SEEDS / "unhurried-pot-14.txt").read_bytes()
    text = good.decode()
    (folder / "good.txt").write_bytes(good)
    (folder / "utf16.txt").write_bytes(text.replace("Stop Stirring", "Stop Stirring Again").encode("utf-16"))
    (folder / "crlf-bom.txt").write_bytes(
        b"\xef\xbb\xbf" + text.replace("Stop Stirring", "Quite Still").replace("\n", "\r\n").encode()
    )
    (folder / "cut.txt").write_bytes(text.replace("Stop Stirring", "Cut Short").encode()[:1500])
    (folder / "empty.txt").write_bytes(b"")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 40)
    with (folder / "huge.txt").open("wb") as huge:
        huge.truncate(50_000_000)
    (folder / "nothing.html").write_text("<html><body><h1>404</h1></body></html>", encoding="utf-8")
    code, out, _ = call("once", str(folder))
    assert code == 5
    aside = [line for line in out.splitlines() if line.startswith("Set aside: ")]
    assert sorted(line.split(" ")[2].split(":")[0] for line in aside) == [
        "binary.txt",
        "empty.txt",
        "huge.txt",
        "nothing.html",
    ]
    titles = {each["title"] for each in json.loads(call("episodes", "--json")[1])}
    assert titles == {"Stop Stirring", "Stop Stirring Again", "Quite Still", "Cut Short"}
    assert call("once", str(folder))[0] == 0, "what was set aside is not tried again until it changes"
    (folder / "empty.txt").write_bytes(text.replace("Stop Stirring", "Mended").encode())
    call("once", str(folder))
    assert "Mended" in call("episodes")[1]
    assert len(call("episodes", "--set-aside")[1].splitlines()) == 3


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (
            '[channels.a]\nplatform = "outbx"',
            "pullquote.toml:2 [channels.a]: no platform 'outbx'; did you mean 'outbox'?",
        ),
        (
            '[channels.a]\nplatform = "outbox"\nlimt = 4',
            "pullquote.toml:3 [channels.a]: unknown setting 'limt'; did you mean 'limit'?",
        ),
        ('[channels.a]\nplatform = "outbox"\nlimit = "x"', "pullquote.toml:3 [channels.a]: 'limit' is wrong"),
        (
            'live = true\n[channels.a]\nplatform = "mastodon"\nserver = "m.example"\ntoken_env = "NO_SUCH_TOKEN"',
            "pullquote.toml:5 [channels.a]: the environment variable NO_SUCH_TOKEN is not set",
        ),
        (
            '[channels.a]\nplatform = "mastodon"\nserver = "m.example"\ntoken = "s3cret"',
            "secrets never stand in the file; write token_env",
        ),
        ('[[sources]]\npath = "nowhere"', "pullquote.toml:2 [[sources]]: the folder"),
    ],
)
def test_check_names_the_line_and_the_remedy(call: Call, tmp_path: Path, lines: str, says: str) -> None:
    (tmp_path / "pullquote.toml").write_text(lines + "\n", encoding="utf-8")
    code, out, _ = call("check")
    assert code == 3
    assert says in out
    assert "s3cret" not in out


def test_check_names_a_broken_template_of_ones_own(call: Call, tmp_path: Path) -> None:
    (tmp_path / "pullquote.toml").write_text('templates = "mine"\n', encoding="utf-8")
    (tmp_path / "mine" / "social").mkdir(parents=True)
    (tmp_path / "mine" / "social" / "quote.txt").write_text("{{ quote.text }\n", encoding="utf-8")
    code, out, _ = call("check")
    assert code == 3
    assert "quote.txt" in out


def test_quotes_come_from_any_document_and_are_word_for_word(call: Call) -> None:
    page = SEEDS / "two-lanes-over-88.txt"
    code, out, _ = call("quotes", str(page), "--top", "3", "--json")
    assert code == 0
    assert 0 < len(json.loads(out)) <= 3
    everything = json.loads(call("quotes", str(page), "--all", "--json")[1])
    assert all(
        set(each) == {"text", "start", "end", "speaker", "score", "gates", "alarms", "reasons"} for each in everything
    )
    assert "why:" in call("quotes", str(page), "--why")[1]
    assert "clip:" in call("quotes", str(page), "--why")[1]


def test_a_quote_is_drawn_into_a_file_and_told_in_words(call: Call, tmp_path: Path) -> None:
    assert call("once", str(SEEDS / "unhurried-pot-14.txt"))[0] == 0
    code, out, _ = call("quotes", "card", "1", "2", "-o", "card.jpg", "--size", "portrait")
    assert code == 0
    assert "card.jpg: 1080 × 1350 pixels" in out
    assert "The Unhurried Pot" in out.splitlines()[1]
    assert (tmp_path / "card.jpg").read_bytes().startswith(b"\xff\xd8\xff")
    assert call("quotes", "card", "1", "99", "-o", "card.png")[0] == 4
    assert "neither .png nor .jpg" in call("quotes", "card", "1", "-o", "card.gif")[2]


def test_check_tells_what_cards_and_clips_lack(call: Call, tmp_path: Path) -> None:
    (tmp_path / "pullquote.toml").write_text(
        '[cards]\nfonts = "none-here"\nartwork = {A = "a.png"}\n', encoding="utf-8"
    )
    code, out, _ = call("check")
    assert code == 3
    assert f"cards: fonts: there is no {tmp_path / 'none-here'}" in out
    assert "artwork of “A”" in out


def test_a_file_of_several_episodes_says_which_one_is_ranked(call: Call, tmp_path: Path) -> None:
    items = "".join(f"<item><title>Loaf {n}</title><description>Good bread waits.</description></item>" for n in "12")
    feed = tmp_path / "feed.xml"
    feed.write_text(f"<rss version='2.0'><channel><title>Bread</title>{items}</channel></rss>", encoding="utf-8")
    code, out, err = call("quotes", str(feed))
    assert code == 5
    assert "There is no transcript" in out
    assert "holds 2 episodes; ranked is the first, “Loaf 1”" in err


def test_training_refuses_while_there_is_little_to_learn_from_and_keeps_only_when_asked(
    call: Call, tmp_path: Path
) -> None:
    assert call("init")[0] == 0
    code, _, err = call("train")
    assert code == 4
    assert "There are 0 kept lines in 0 episodes; training needs 30 in at least 10." in err
    settings = tmp_path / "config" / "pullquote.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("newest = 1", "newest = 50", 1), encoding="utf-8")
    for number in range(12):
        # Every show opens with a teaser that plays again later: that is a label, too.
        talk = _talk_with_a_teaser(number)
        (tmp_path / "inbox" / f"talk-{number}.txt").write_text(talk, encoding="utf-8")
    assert call("once")[0] in (0, 5)
    code, out, _ = call("train", "--json")
    assert code == 0, out
    found = json.loads(out)
    assert found["episodes"] == 12
    assert found["lines"] >= 30
    assert found["gain"] == pytest.approx(found["fitted"] - found["shipped"])
    weights = tmp_path / "data" / "quote-weights.json"
    assert not weights.exists(), "nothing is used before it is asked for"
    code, out, err = call("train", "--keep")
    assert (code == 0) == weights.exists() == (found["gain"] > 0), out + err
    weights.write_text("{}", encoding="utf-8")
    (tmp_path / "inbox" / "late.txt").write_text(_talk_with_a_teaser(12), encoding="utf-8")
    code, _, err = call("once")
    assert code == 3
    assert "pick with the shipped weights" in err


def _talk_with_a_teaser(number: int) -> str:
    """A page whose transcript opens with three lines about the past that come again in the middle."""
    teaser = (
        f"My uncle number {number} went down to the river that winter with two brown horses and a lamp. "
        "We had a baker from the coast who sang in the early mornings before the rest of us were up. "
        "The flood took the old shop and left nothing but the painted sign on the church door. "
    )
    rules = " ".join(
        f"You should always weigh the {thing} of batch {number} twice, and never trust the oven."
        for thing in ("salt", "flour", "water", "yeast")
    )
    turns = [teaser, "Welcome to the show, this is about bread.", rules, teaser, rules.replace("weigh", "measure")]
    stamped = "\n".join(f"[{minute}:00] {turn}" for minute, turn in enumerate(turns))
    return f"A talk about bread {number}\nA baker remembers.\nTranscript\n{stamped}\n"


def test_the_next_times_are_shown_in_local_time_and_in_utc(call: Call) -> None:
    times = json.loads(call("schedule", "--next", "5", "--json")[1])
    assert len([each for each in times if each["of"] == "newsletter weekly"]) == 5


def test_the_web_process_does_not_start_without_its_secret_or_its_port(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PULLQUOTE_SECRET", raising=False)
    (tmp_path / "pullquote.toml").write_text('[web]\npublic = "https://desk.example"\n', encoding="utf-8")
    code, _, err = call("desk")
    assert code == 3
    assert "PULLQUOTE_SECRET" in err
    monkeypatch.setenv("PULLQUOTE_SECRET", "s")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, _, err = call("desk", "--port", str(taken.getsockname()[1]))
    assert code == 3
    assert "in use" in err


def test_wrong_usage_says_so(call: Call) -> None:
    assert call("onse")[0] == 2
    code, _, err = call("status", "--config", "none.toml")
    assert code == 3
    assert "pullquote init" in err


def test_preflight_lists_what_stops_an_edition_and_what_to_do(call: Call, tmp_path: Path) -> None:
    assert call("init")[0] == 0
    config = tmp_path / "config" / "pullquote.toml"
    written = config.read_text(encoding="utf-8")
    (tmp_path / "inbox" / "pot.txt").write_bytes((SEEDS / "unhurried-pot-14.txt").read_bytes())
    call("once")
    drafts = json.loads(call("drafts", "list", "--json")[1])
    number = next(str(each["id"]) for each in drafts if each["kind"] == "edition")
    post = next(str(each["id"]) for each in drafts if each["kind"] == "quote")
    code, out, _ = call("drafts", "preflight", number)
    assert (code, out) == (0, f"Draft {number}: all is in order.\n")
    assert call("drafts", "preflight", post)[0] == 4
    config.write_text(
        written.replace('address = "Pullquote Weekly, 1 Example Street, Exampleton"\n', ""), encoding="utf-8"
    )
    call("drafts", "edit", number, "--set", "subject=LEAVE THE POT ALONE")
    code, out, _ = call("drafts", "preflight", number)
    assert code == 5
    lines = out.splitlines()
    assert [line.split()[:2] for line in lines[:2]] == [["block", "address:"], ["warn", "subject:"]]
    assert lines[-1] == f"Draft {number}: 1 to mend, 1 to look at."
    told = json.loads(call("drafts", "preflight", number, "--json")[1])
    assert [(each["level"], each["rule"]) for each in told] == [("block", "address"), ("warn", "subject")]
    assert "Pre-flight: 1 to mend, 1 to look at" in call("drafts", "show", number)[1]
    code, _, err = call("drafts", "approve", number)
    assert code == 4
    assert "Set 'address' under [newsletters.weekly]." in err
    assert "1 thing to mend first" in " ".join(call("plan", "--json")[1].split())


def test_a_token_is_printed_once_and_works_until_it_is_revoked(call: Call, tmp_path: Path) -> None:
    call("init")
    new = ("tokens", "new", "nightly", "--for", "ada", "--expires", "12h", "--scope")
    assert call(*new, "drafts:read")[0] == 4, "nobody works here as ada"
    with opened(load(tmp_path / "config" / "pullquote.toml")) as house:
        hired(house, "ada", Role.EDITOR)
    code, out, err = call(*new, "drafts:read, freeze")
    assert code == 0
    assert out.startswith("pullquote_")
    assert out.strip() not in err
    assert call(*new, "drafts:rule")[0] == 2
    assert call("tokens", "new", "x", "--for", "ada", "--scope", "approve")[0] == 4
    listed = call("tokens", "list")[1]
    assert "nightly" in listed
    assert out.strip() not in listed
    (one,) = json.loads(call("tokens", "--json")[1])
    assert (one["scopes"], one["editor"], one["over"]) == (["drafts:read", "freeze"], "ada", None)
    assert call("tokens", "revoke", str(one["number"]))[0] == 0
    assert "was revoked" in json.loads(call("tokens", "--json")[1])[0]["over"]
    assert call("tokens", "revoke", "99")[0] == 4


def test_a_theme_is_made_checked_shown_and_worn(call: Call, tmp_path: Path) -> None:
    assert call("init")[0] == 0
    code, out, _ = call("theme", "new", "harbour", "--from", "paper", "--block", "masthead")
    assert code == 0
    assert 'theme = "harbour"' in out
    theme = tmp_path / "themes" / "harbour"
    assert 'about = "harbour, made from paper"' in (theme / "theme.toml").read_text(encoding="utf-8")
    page = theme / "email" / "edition.html"
    page.write_text(page.read_text(encoding="utf-8").replace('<p class="m">', '<p class="m">Ahoy, '), encoding="utf-8")
    assert call("theme", "check", "harbour")[:2] == (0, "All is in order.\n")
    assert call("theme", "preview", "harbour", "-o", "shown")[0] == 0
    assert "Ahoy, " in (tmp_path / "shown" / "light.html").read_text(encoding="utf-8")
    assert {each.name for each in (tmp_path / "shown").iterdir()} == {
        "index.html",
        "light.html",
        "dark.html",
        "mail.txt",
    }
    for wrong in (["harbour"], ["Bad Name"], ["sea", "--block", "nothing"]):
        assert call("theme", "new", *wrong)[0] == 4
    assert call("theme", "new", "sea", "--from", "nowhere")[0] == 3

    config = tmp_path / "config" / "pullquote.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace('theme = "default"', 'theme = "harbour"'), encoding="utf-8")
    listed = {each["name"]: each for each in json.loads(call("theme", "list", "--json")[1])}
    assert list(listed) == ["default", "harbour", "paper", "wire"]
    assert (listed["harbour"]["yours"], listed["harbour"]["newsletters"]) == (True, ["weekly"])
    assert call("check")[0] == 0

    config.write_text(text.replace('theme = "default"', 'theme = "harbur"'), encoding="utf-8")
    line = text.splitlines().index('theme = "default"') + 1
    code, out, _ = call("check")
    assert code == 3
    assert f"{config.relative_to(tmp_path)}:{line} [newsletters.weekly]: " in out
    assert "there is no theme 'harbur'" in out


def test_a_pass_over_a_broken_template_says_so_and_exits_with_attention(call: Call, tmp_path: Path) -> None:
    assert call("init")[0] == 0
    assert call("theme", "new", "default")[0] == 0
    (tmp_path / "inbox" / "pot.txt").write_bytes((SEEDS / "unhurried-pot-14.txt").read_bytes())
    (tmp_path / "themes" / "default" / "theme.toml").write_text("[light]\nink = 7\n", encoding="utf-8")
    code, out, _ = call("once")
    assert code == 5
    assert "theme.toml:2 [light]: 'ink' is wrong" in out
    assert "Prepared 1 episodes" in out
    assert "a template has a fault: " in call("status")[1]


def test_the_archive_is_listed_and_written_as_files(call: Call, tmp_path: Path) -> None:
    page = str(SEEDS / "unhurried-pot-14.txt")
    call("once", page)
    assert json.loads(call("archive", "--json")[1]) == []
    call("drafts", "approve", "--all", "--now")
    call("once", page)
    (listed,) = json.loads(call("archive", "--json")[1])
    assert listed["page"] == f"/archive/{listed['newsletter']}/1"
    assert listed["subject"] in call("archive")[1]
    code, _, err = call("archive", "export", "public")
    assert code == 4
    assert "--url" in err
    code, out, _ = call("archive", "export", "public", "--url", "https://plain.example/")
    assert code == 0, out
    assert (tmp_path / "public" / f"{listed['page']}/index.html".lstrip("/")).is_file()
    assert ": 0 written, 0 removed." in call("archive", "export", "public", "--url", "https://plain.example")[1]


def test_a_long_list_of_drafts_is_listed_to_its_end(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored.listed, "__kwdefaults__", {**stored.listed.__kwdefaults__, "limit": 2})
    call("once", str(SEEDS / "unhurried-pot-14.txt"), str(SEEDS / "two-lanes-over-88.txt"))
    _, out, _ = call("drafts", "list", "--json")
    found = {each["id"] for each in json.loads(out)}
    assert len(found) > 2
    assert found == set(range(1, len(found) + 1))
    code, out, _ = call("editors")
    assert (code, "Nobody works at the desk yet." in out) == (0, True)
