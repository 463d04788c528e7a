"""Mails as a reader's mail server takes them: the whole message of the SMTP channel, with the hop that brought it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime

from bot.drafting.payload import thaw
from bot.house import House
from bot.model.digest import Artwork, Edition, Imprint
from bot.model.publication import Kind, Mail, MediaKind, Medium
from bot.model.subscriber import Cadence
from bot.platforms.letters import Letter
from bot.platforms.smtp import Smtp
from bot.render import Renderer
from bot.shipped import folder
from bot.store import drafts
from tests.render.editions import IMPRINT, edition, hebrew
from tests.work.desk import draft

_TOKEN = "hT5kq0Zr8vWc2uLxY7nB4mDsE1aGjP9o"  # noqa: S105 - nobody's
_LETTER = Letter(
    key="edition-12-abcdef012345-s1",
    address="ada@reader.example",
    name="Ada Reader",
    unsubscribe=f"https://desk.longlisten.example/leave/{_TOKEN}",
    preferences=f"https://desk.longlisten.example/preferences/{_TOKEN}",
    cadence=Cadence.EVERY,
)
_QUESTION = Letter("confirmation-1-s1", "ada@reader.example", "", "", "", "")


@dataclass(frozen=True)
class Sample:
    """A mail as one reader gets it: its HTML part, and the message as it arrives."""

    name: str
    html: str
    message: bytes


def samples() -> list[Sample]:
    """Editions of twelve episodes, without pictures and with; of one; from right to left; and the question whether a
    reader meant it."""
    question = _RENDERER.confirmation(IMPRINT, f"https://desk.longlisten.example/confirm/{_TOKEN}")
    asking = Mail(_SENDER, question[0], "", question[1], question[2], "en", (), (), newsletter="long-listen")
    return [
        _as_received("twelve", _mail(edition(12), IMPRINT), _LETTER),
        _as_received("one", _mail(edition(1), IMPRINT), _LETTER),
        _as_received("pictures", _mail(_pictured(edition(12)), IMPRINT), _LETTER),
        _as_received("hebrew", _mail(*hebrew()), _LETTER),
        _as_received("question", asking, _QUESTION),
    ]


def _pictured(made: Edition) -> Edition:
    """The edition with the picture of each show."""
    medium = Medium(MediaKind.IMAGE, "image/jpeg", "5" * 64, 6_000, "")
    address = f"https://desk.longlisten.example/media/{medium.sha256}.jpg"
    shows = sorted({each.show for each in made.digests if each.show})
    return replace(made, artwork=tuple(Artwork(show, address, medium) for show in shows))


def of_the_seeds(house: House) -> Sample:
    """The edition that a house made of the sample episodes."""
    made = draft(house, Kind.EDITION)
    with house.store.read() as db:
        mail = thaw(drafts.revision(db, made).payload)
    assert isinstance(mail, Mail)
    return _as_received("seeds", mail, _LETTER)


_RENDERER = Renderer((folder("templates"),))
_SENDER = "The Long Listen <post@longlisten.example>"


def _mail(made: Edition, imprint: Imprint) -> Mail:
    html, text = _RENDERER.mail(made, imprint)
    promises = ((Cadence.EVERY, imprint.promise),)
    return Mail(
        sender=_SENDER,
        subject=made.subject.text,
        preheader=made.preheader.text,
        html=html,
        text=text,
        language=imprint.language,
        quotes=(),
        episodes=(),
        newsletter="long-listen",
        promises=promises,
    )


def _as_received(name: str, mail: Mail, letter: Letter) -> Sample:
    now = datetime.now(UTC)
    service = Smtp(host="mail.longlisten.example")
    (written,) = json.loads(service.enclose(mail, (letter,), key="k", at=now))
    date = format_datetime(now)
    message = (
        f"Return-Path: <{written['from']}>\r\n"
        "Received: from mail.longlisten.example (mail.longlisten.example [93.184.216.34])\r\n"
        "\tby mx.reader.example (Postfix) with ESMTPS id 4TqK2f1Zyz8w\r\n"
        f"\tfor <{letter.address}>; {date}\r\n"
        f"Date: {date}\r\n{written['mail']}"
    )
    return Sample(name, letter.filled(mail).html, message.encode())
