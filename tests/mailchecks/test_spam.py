"""What SpamAssassin says of our mails, with its local rules alone: nothing."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.mailchecks.conftest import program
from tests.mailchecks.samples import Sample

pytestmark = pytest.mark.mailchecks

_MARK = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
_SAMPLE = re.compile(r"^X-Sample: (\w+)$", re.MULTILINE)
_POINTS = re.compile(r"^Content analysis details:\s+\(([-\d.]+) points", re.MULTILINE)
_RULE = re.compile(r"^ *(-?\d+\.\d) ([A-Z0-9_]+)", re.MULTILINE)


def judged(home: Path, messages: Mapping[str, bytes]) -> dict[str, tuple[float, dict[str, float]]]:
    """For each message its points, and those of each rule that says something of it."""
    mailbox = b"".join(
        b"From nobody Thu Nov 26 09:00:00 2026\nX-Sample: " + name.encode() + b"\n" + message.replace(b"\r\n", b"\n")
        for name, message in messages.items()
    )
    done = subprocess.run(
        [program("spamassassin"), "-L", "-t", "--mbox"],
        input=mailbox,
        capture_output=True,
        check=True,
        timeout=240,
        env={**os.environ, "HOME": str(home), "LC_ALL": "C.UTF-8"},
    )
    # It does not keep their order.
    said = _SAMPLE.split(done.stdout.decode("utf-8", "replace"))[1:]
    found = {}
    for name, report in zip(said[::2], said[1::2], strict=True):
        points = _POINTS.search(report)
        assert points is not None, report[-2000:]
        found[name] = float(points[1]), {rule: float(of) for of, rule in _RULE.findall(report[points.end() :])}
    return found


def test_no_mail_has_a_point_and_what_every_filter_knows_as_spam_has(tmp_path: Path, mails: list[Sample]) -> None:
    head = b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ours = {each.name: each.message for each in mails}
    found = judged(tmp_path, {**ours, "spam": mails[0].message.replace(head, head + _MARK + b"\r\n", 1)})
    assert found.pop("spam")[0] > 500
    assert found.keys() == ours.keys()
    assert {name: rules for name, (points, rules) in found.items() if points > 0.0} == {}
