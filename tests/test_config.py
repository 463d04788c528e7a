"""The configuration file: every fault with its line and what to write instead."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest

from bot import shipped
from bot.config import clock_time, duration, load
from bot.errors import ConfigError


def faults(tmp_path: Path, text: str) -> tuple[str, ...]:
    path = tmp_path / "pullquote.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load(path)
    return raised.value.faults


@pytest.mark.parametrize("name", ["pullquote.toml", "demo.toml"])
def test_what_is_shipped_is_valid(name: str) -> None:
    assert load(shipped.folder("config") / name).config.live is False


def test_an_unknown_setting_names_its_line_and_the_nearest_that_exists(tmp_path: Path) -> None:
    said = faults(tmp_path, '[newsletters.weekly]\ntitle = "A"\nchanel = "b"\n')
    assert said == (
        f"{tmp_path}/pullquote.toml:3 [newsletters.weekly]: unknown setting 'chanel'; did you mean 'channel'?",
    )


def test_all_faults_are_told_at_once_each_with_its_own_line(tmp_path: Path) -> None:
    said = faults(tmp_path, 'live = "yes"\n\n[[sources]]\npath = "a"\n[[sources]]\npth = "b"\n')
    lines = [fault.split("pullquote.toml:")[1].split(" ")[0].rstrip(":") for fault in said]
    assert lines == ["1", "5", "6"]


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ('schedule = "0 9 * *"', "no cron expression"),
        ('zone = "Europe/Bonn"', "no IANA time zone"),
        ('late = "soon"', 'write a length of time such as "90m"'),
        ('channel = "nowhere"', "which no table defines"),
    ],
)
def test_a_wrong_value_says_what_to_write(tmp_path: Path, setting: str, says: str) -> None:
    text = f'[newsletters.weekly]\ntitle = "A"\n{setting}\n[channels.outbox]\nplatform = "outbox"\n'
    assert any(says in fault for fault in faults(tmp_path, text))


def test_an_edition_cannot_be_posted_to_a_channel(tmp_path: Path) -> None:
    said = faults(tmp_path, '[channels.a]\nplatform = "outbox"\nposts = ["edition"]\n')
    assert "an edition is sent by a newsletter" in said[0]
    assert "pullquote.toml:3 [channels.a]" in said[0]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ('model = "m"', "'endpoint' is missing"),
        ('endpoint = "api.example.org"\nmodel = "m"', "write a web address"),
        ('endpoint = "https://user:key@api.example.org"\nmodel = "m"', "write a web address"),
        ('endpoint = "http://api.example.org/v1"\nmodel = "m"\nkey_env = "K"', "would travel readable"),
        ('endpoint = "https://api.example.org/v1"\nmodel = "m"\nkey_env = "sk-no-variable"', "key_env"),
        ('endpoint = "https://api.example.org/v1"\nmodel = "m"\ntimeout = "2h"', "from 1s to 10m"),
        ('endpoint = "https://api.example.org/v1"\nmodel = "m"\nmax_inputs = 9', "did you mean 'max_input'"),
    ],
)
def test_a_language_model_is_named_whole_and_safely(tmp_path: Path, table: str, says: str) -> None:
    (fault,) = faults(tmp_path, f"live = false\n[llm]\n{table}\n")
    assert "[llm]" in fault
    assert says in fault


def test_without_its_table_there_is_no_language_model(tmp_path: Path) -> None:
    path = tmp_path / "pullquote.toml"
    path.write_text("", encoding="utf-8")
    assert load(path).config.llm is None
    path.write_text('[llm]\nendpoint = "http://localhost:1/v1"\nmodel = "m"\nkey_env = "K"\n', encoding="utf-8")
    table = load(path).config.llm
    assert table is not None
    assert (table.timeout, table.max_input) == (timedelta(seconds=60), 40_000)


def test_a_file_that_is_no_toml_or_not_there_says_so(tmp_path: Path) -> None:
    assert "is not valid TOML" in faults(tmp_path, "live = \n")[0]
    with pytest.raises(ConfigError, match="pullquote init"):
        load(tmp_path / "none.toml")


def test_the_home_folder_is_above_config(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    path = tmp_path / "config" / "pullquote.toml"
    path.write_text("live = false\n", encoding="utf-8")
    assert load(path).home == tmp_path.resolve()
    assert load(path).data == tmp_path.resolve() / "data"


def test_lengths_of_time_and_times_of_day() -> None:
    assert duration("2d 6h") == timedelta(days=2, hours=6)
    assert duration("90m") == timedelta(minutes=90)
    assert clock_time("9:05") == time(9, 5)
    for wrong in ("", "5", "1w", 7):
        with pytest.raises(ValueError, match="write a length"):
            duration(wrong)
    for wrong in ("24:00", "9", 9):
        with pytest.raises(ValueError, match="write a time"):
            clock_time(wrong)


def test_a_card_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    said = faults(tmp_path, 'live = false\n\n[cards]\nink = "#cccccc"\n')
    assert said[0].startswith(f"{tmp_path}/pullquote.toml:3 [cards]: 'ink' on 'paper' has a contrast of 1.5:1")
    assert "write six digits" in faults(tmp_path, '[cards]\naccent = "red"\n')[0]
