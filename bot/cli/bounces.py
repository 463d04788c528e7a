"""`bounces`: takes in the mails that came back, from a mail server, a file or a folder of mails."""

from __future__ import annotations

import mailbox
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from bot import hear, present
from bot.cli.common import config_option, json_option, loaded, print_json
from bot.cli.main import OK
from bot.errors import UnreadableDocument
from bot.hear import Heard
from bot.house import opened
from bot.reading.report import MAX_BYTES

_WORDS = {
    Heard.BOUNCED: "addresses that are none: never mailed again",
    Heard.DEFERRED: "mails that were given up this time",
    Heard.COMPLAINED: "complaints: never mailed again",
    Heard.UNSUBSCRIBED: "who want no more",
    Heard.REPEATED: "told before",
    Heard.NOTHING: "that report nothing, or nothing clear",
    Heard.UNPROVEN: "that do not prove to be about a mail of ours",
}
# A mail that a server hands to a program, and each mail of an mbox, begins so.
_FROM = re.compile(rb"(?:\A|(?<=\n))From [^\n]*\n")


@click.group(epilog="Example: pullquote bounces read - < mail")
def bounces() -> None:
    """Take in the mails that came back.

    They are bounces and complaints about editions that went out to your own list, above all by SMTP.
    """


@bounces.command(epilog="Examples: pullquote bounces read - < mail | pullquote bounces read /var/mail/bounces")
@click.argument("file", type=click.Path(exists=True, allow_dash=True, path_type=Path))
@json_option
@config_option
def read(config_path: Path | None, as_json: bool, file: Path) -> int:
    """Read mails from FILE: one mail, an mbox, a Maildir folder, or - for what stands on the input.

    What does not prove to be about one of our mails changes nothing, and neither does what was read before. The files
    stay as they are.
    """
    came: Counter[Heard] = Counter()
    with opened(loaded(config_path)) as house:
        for mail in _mails(file):
            try:
                came[hear.hear_mail(house, mail, present.now())] += 1
            except UnreadableDocument as error:
                click.echo(str(error), err=True)
                came[Heard.NOTHING] += 1
    if as_json:
        print_json({each: came[each] for each in Heard})
        return OK
    for each in Heard:
        if came[each]:
            click.echo(f"{came[each]:,} {_WORDS[each]}")
    if not came:
        click.echo("There is no mail.")
    return OK


def _mails(file: Path) -> Iterator[bytes]:
    if str(file) == "-":
        yield from _split(sys.stdin.buffer.read(4 * MAX_BYTES))
    elif file.is_dir():
        for folder in ("new", "cur"):
            for each in sorted((file / folder).glob("*")):
                if each.is_file():
                    with each.open("rb") as mail:
                        yield mail.read(MAX_BYTES + 1)
    else:
        with file.open("rb") as opened_file:
            begins = opened_file.read(5)
        if begins != b"From ":
            with file.open("rb") as opened_file:
                yield opened_file.read(MAX_BYTES + 1)
            return
        box = mailbox.mbox(file, create=False)
        try:
            for key in box.iterkeys():
                yield box.get_bytes(key)
        finally:
            box.close()


def _split(content: bytes) -> list[bytes]:
    """The mails of an mbox; a mail that is none is the only one."""
    if not content.startswith(b"From "):
        return [content] if content.strip() else []
    return [each for each in _FROM.split(content) if each.strip()]
