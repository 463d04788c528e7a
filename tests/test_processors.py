"""How many processors a worker takes itself to have, on a machine of its own and in containers of all kinds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.posting.processors import processors, share_of

HERE = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("said", "share"),
    [
        (("max 100000",), None),
        (("150000 100000",), 1.5),
        (("50000 100000",), 0.5),
        (("-1", "100000"), None),
        (("200000", "100000"), 2.0),
        (("200000", ""), None),
        (("",), None),
        (("", "100000"), None),
        (("100000 0",), None),
        (("many 100000",), None),
    ],
)
def test_a_share_is_read_as_both_versions_tell_it(said: tuple[str, ...], share: float | None) -> None:
    assert share_of(*said) == share


@pytest.mark.parametrize(
    ("groups", "files", "number"),
    [
        ("", {}, HERE),
        # In a container of its own: it sees itself as the root.
        ("0::/\n", {"cpu.max": "100000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "max 100000\n"}, HERE),
        ("0::/\n", {"cpu.max": "30000 100000\n"}, 1),
        # A service of systemd's, in a slice that is given less.
        (
            "0::/a.slice/b.service\n",
            {"a.slice/cpu.max": "100000 100000", "a.slice/b.service/cpu.max": "max 100000"},
            1,
        ),
        ("0::/a.slice/b.service\n", {"other/cpu.max": "100000 100000"}, HERE),
        # Version 1, whose container knows its name outside and sees itself as the root.
        (
            "3:cpuset:/docker/1\n2:cpu,cpuacct:/docker/1\n",
            {"cpu/cpu.cfs_quota_us": "100000\n", "cpu/cpu.cfs_period_us": "100000\n"},
            1,
        ),
        ("2:cpu,cpuacct:/\n", {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, HERE),
        # More than the machine has is no more than it has.
        ("0::/\n", {"cpu.max": "99900000 100000\n"}, HERE),
        ("0::/../..\nnonsense\n", {"cpu.max": "\xff"}, HERE),
    ],
)
def test_what_a_container_is_given_counts_where_it_is_less(
    tmp_path: Path, groups: str, files: dict[str, str], number: int
) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(groups)
    for name, said in files.items():
        path = tmp_path / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(said, encoding="latin-1")
    assert processors(tmp_path) == number
