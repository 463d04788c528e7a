"""The embedded channel: writes what would have gone out to files, so the whole job runs with no account anywhere.

A delivery becomes one folder, `<channel>/<key>/`. It is written under a hidden name and renamed into place, which is
the one irreversible step; the folder's name is the key, so the same delivery can never appear twice.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import ClassVar

from bot.errors import NotSent
from bot.ledger import Tier
from bot.model.places import filled
from bot.model.publication import Mail, MediaKind, Medium, Post, Publication
from bot.platforms.contract import Http, Outgoing, Receipt
from bot.platforms.facts import CardBy, Facts, MediaLimit
from bot.text import Limit, Unit

# Under this name the composed bytes say which media are written, by the name of their file.
_MEDIA = "media/"
_ENDINGS = {
    MediaKind.IMAGE: {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"},
    MediaKind.AUDIO: {"audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/ogg": "ogg", "audio/wav": "wav"},
    MediaKind.VIDEO: {"video/mp4": "mp4", "video/webm": "webm"},
}


@dataclass(frozen=True)
class Outbox:
    """Files in `folder`. `limit` and `unit` let it stand in for a platform of that length."""

    folder: Path
    limit: int = 500
    unit: Unit = Unit.GRAPHEMES

    name: ClassVar[str] = "outbox"
    tier: ClassVar[Tier] = Tier.KEYED
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Post, Mail)
    leaves_home: ClassVar[bool] = False
    facts: ClassVar[Facts] = Facts(
        docs=(),
        read=date(2026, 11, 25),
        media=tuple(MediaLimit(kind, 10, 64_000_000, tuple(_ENDINGS[kind])) for kind in MediaKind),
        together=10,
        card=CardBy.NOBODY,
        warnings=True,
        lag=timedelta(),
    )

    def limits(self) -> tuple[Limit, ...]:
        return (Limit(self.limit, self.unit),)

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:
        """The files to write, as JSON from name to text."""
        match publication:
            case Mail():
                # Nobody in particular gets these files: the addresses of a reader's own stay places.
                mail = filled(publication, {})
                files = {
                    "message.eml": _message(mail, key=key, at=at),
                    "message.html": mail.html,
                    "message.txt": mail.text,
                }
            case Post():
                files = {"post.txt": publication.text + "\n", "post.json": _post(publication)}
                for number, medium in enumerate(publication.media, start=1):
                    files[f"{_MEDIA}{_file_name(medium, number)}"] = medium.sha256
        return json.dumps(files, ensure_ascii=False, sort_keys=True).encode()

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        if (receipt := self.find(outgoing, http)) is not None:
            return receipt
        target = self._place(outgoing)
        # The hidden name is the same at every attempt, so what a killed process left half-written is cleared away.
        draft = target.with_name(f".{target.name}.part")
        try:
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
            for name, text in json.loads(outgoing.body).items():
                is_medium = name.startswith(_MEDIA)
                content = outgoing.media[text] if is_medium else text.encode()
                with (draft / name.removeprefix(_MEDIA)).open("wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
            draft.rename(target)
            _flush_folder(target.parent)
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)
            if (receipt := self.find(outgoing, http)) is not None:
                return receipt
            raise NotSent(
                f"{error.filename}: cannot be written ({error.strerror}); free space or mend permissions."
            ) from None
        return self._receipt(target)

    def follow(self, outgoing: Outgoing, http: Http, *, root: Receipt, parent: Receipt) -> Receipt:  # noqa: ARG002
        """Each text of a thread is a folder of its own; their names sort as the thread reads."""
        return self.publish(outgoing, http)

    def find(self, outgoing: Outgoing, _http: Http) -> Receipt | None:
        target = self._place(outgoing)
        return self._receipt(target) if target.is_dir() else None

    def check(self, _http: Http) -> str:
        """Try to write, and say where the files go."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            probe = self.folder / f".probe.{os.getpid()}"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise NotSent(f"{self.folder}: cannot be written to ({error.strerror}); mend its permissions.") from None
        return f"writes to {self.folder}"

    def _place(self, outgoing: Outgoing) -> Path:
        return self.folder / outgoing.key

    def _receipt(self, target: Path) -> Receipt:
        return Receipt(remote_id=target.name, permalink=target.as_uri())


def _message(mail: Mail, *, key: str, at: datetime) -> str:
    """The mail as a program would open it: multipart text + HTML, the same bytes for the same arguments."""
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    name, address = parseaddr(mail.sender)
    user, _, domain = address.rpartition("@")
    message["Subject"] = mail.subject
    message["From"] = Address(display_name=name, username=user, domain=domain)
    message["To"] = "Subscribers:;"
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{key}@{domain}>"
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"=-pullquote-{key}")
    return message.as_bytes().decode("ascii")


def _file_name(medium: Medium, number: int) -> str:
    return f"{medium.kind}-{number}.{_ENDINGS[medium.kind].get(medium.mime, 'bin')}"


def _post(post: Post) -> str:
    shown: dict[str, object] = {
        "text": post.text,
        "link": post.link,
        "language": post.language,
        "quotes": [{"text": each.text, "speaker": each.speaker} for each in post.quotes],
    }
    if post.media:
        named = enumerate(post.media, start=1)
        shown["media"] = [{"file": _file_name(each, number), "alt": each.alt} for number, each in named]
    if post.warning:
        shown["warning"] = post.warning
    return json.dumps(shown, ensure_ascii=False, indent=2) + "\n"


def _flush_folder(folder: Path) -> None:
    """Make the rename outlive a power cut, where the system lets a folder be opened."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
