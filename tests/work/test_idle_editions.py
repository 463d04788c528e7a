"""The running edition is made anew when anything that it is made of changes, and only then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import review
from bot.house import House
from bot.model.publication import Kind, Mail
from bot.render import Renderer
from bot.render.state import state_of
from bot.store import drafts
from bot.store.schema import episodes as episodes_table
from tests.work.desk import (
    BENCH,
    HOUR,
    MINUTE,
    POT,
    SEEDS,
    TUESDAY,
    WEEK,
    content,
    draft,
    lay,
    tamper,
    with_config,
    work,
)


def idle(house: House) -> object:
    """What the edition was made of, once passes find it made already."""
    work(house)
    work(house)
    kept = house.editions_made["weekly"]
    assert work(house, TUESDAY + MINUTE).idle
    assert house.editions_made["weekly"] is kept, "it was made again though nothing had changed"
    return kept


def mail(house: House) -> Mail:
    found = content(house, draft(house, Kind.EDITION))
    assert isinstance(found, Mail)
    return found


def test_an_episode_that_joins_is_in_it(house: House) -> None:
    lay(house, POT)
    idle(house)
    lay(house, BENCH)
    assert work(house, TUESDAY + HOUR).prepared.revised == 1
    assert len(mail(house).episodes) == 2


def test_an_episode_that_is_read_anew_is_told_anew(house: House) -> None:
    lay(house, POT)
    idle(house)
    title = (SEEDS / POT).read_text(encoding="utf-8").splitlines()[0]
    lay(house, POT, change=lambda text: text.replace(title, f"{title} once more"))
    assert work(house, TUESDAY + HOUR).prepared.revised >= 1
    assert "once more" in mail(house).text


def test_what_an_editor_writes_and_takes_back_stands_at_once(house: House) -> None:
    lay(house, POT)
    idle(house)
    before = mail(house)
    number = draft(house, Kind.EDITION).id
    review.edit(house, number, {"note:1": "Do listen."}, actor="eve", now=TUESDAY)
    assert work(house, TUESDAY + HOUR).idle
    assert "Do listen." in mail(house).text
    review.edit(house, number, {"note:1": ""}, actor="eve", now=TUESDAY)
    assert work(house, TUESDAY + 2 * HOUR).idle
    assert mail(house) == before


def test_what_was_written_past_the_program_is_put_right(house: House) -> None:
    """The stored revision that was found right is remembered with its number, not only what it was made of."""
    lay(house, POT)
    idle(house)
    before = draft(house, Kind.EDITION)
    with house.store.write() as db:
        made = drafts.revision(db, before)
        drafts.revise(
            db, before, payload=made.payload.replace(b"Pot", b"Pan"), basis=made.basis, title="Pan",
            actor="somebody", at=TUESDAY, note="by hand",
        )  # fmt: skip
    assert "Pan" in mail(house).text
    assert work(house, TUESDAY + HOUR).prepared.revised == 1
    assert "Pan" not in mail(house).text


def test_another_day_is_printed(house: House) -> None:
    lay(house, POT)
    idle(house)
    assert "26 November" in mail(house).text
    due = draft(house, Kind.EDITION).due_at
    assert due is not None
    assert work(house, due + HOUR).prepared.revised == 1, "it is carried over to the next week"
    assert "3 December" in mail(house).text
    assert due + WEEK == draft(house, Kind.EDITION).due_at


def test_an_address_of_a_quote_that_changes_is_printed(house: House) -> None:
    house = with_config(house, lambda text: f'{text}\n[web]\npublic = "https://news.example"\n')
    lay(house, POT)
    idle(house)
    tamper(house, sa.update(episodes_table).values(identity="another"))
    assert work(house, TUESDAY + HOUR).prepared.revised == 1


def test_another_configuration_counts_at_once(house: House) -> None:
    lay(house, POT)
    idle(house)
    house = with_config(house, lambda text: text.replace("The Test Post, 2 Proof Lane", "The Test Post, 3 Proof Lane"))
    assert work(house, TUESDAY + HOUR).prepared.revised == 1
    assert "3 Proof Lane" in mail(house).text


def test_templates_of_a_host_are_run_every_time(house: House) -> None:
    folder = house.loaded.home / "templates"
    (folder / "email").mkdir(parents=True)
    template = folder / "email" / "brief.txt"
    template.write_text("Mine.", encoding="utf-8")
    house = with_config(house, lambda text: f'templates = "templates"\n{text}')
    lay(house, POT)
    work(house)
    assert work(house).idle
    assert house.editions_made == {}
    template.write_text("Yours.", encoding="utf-8")
    assert work(house, TUESDAY + HOUR).prepared.revised == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "email" / "edition.txt").write_text("B", encoding="utf-8"),
        lambda folder: (folder / "email" / "new.txt").write_text("", encoding="utf-8"),
        lambda folder: (folder / "email" / "edition.txt").unlink(),
        lambda folder: (folder / "email" / "edition.txt").rename(folder / "email" / "other.txt"),
        lambda folder: (folder / "email").rename(folder / "mail"),
    ],
    ids=["content", "new", "gone", "renamed", "moved"],
)
def test_a_change_in_a_folder_of_templates_is_seen(tmp_path: Path, change: Callable[[Path], object]) -> None:
    (tmp_path / "email").mkdir()
    (tmp_path / "email" / "edition.txt").write_text("A", encoding="utf-8")
    before = Renderer((tmp_path,)).state()
    assert before == Renderer((tmp_path,)).state()
    assert before is not None
    change(tmp_path)
    assert Renderer((tmp_path,)).state() != before


def test_a_folder_that_cannot_be_read_in_a_moment_has_no_state(tmp_path: Path) -> None:
    (tmp_path / "email").mkdir()
    assert state_of((tmp_path,)) is not None
    (tmp_path / "email" / "elsewhere").symlink_to("/")
    assert state_of((tmp_path,)) is None
    (tmp_path / "email" / "elsewhere").unlink()
    with (tmp_path / "large").open("wb") as file:
        file.truncate(1_000_000_000)
    assert state_of((tmp_path,)) is None
    (tmp_path / "large").unlink()
    for number in range(1_001):
        (tmp_path / str(number)).touch()
    assert state_of((tmp_path,)) is None
