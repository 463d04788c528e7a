"""Forms with files in them (multipart/form-data, RFC 7578): the same bytes for the same arguments."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class File:
    """A file in a form: the field's name, the file's own, its type and its bytes."""

    field: str
    filename: str
    mime: str
    content: bytes


def form(fields: Sequence[tuple[str, str]], files: Sequence[File]) -> tuple[str, bytes]:
    """The Content-Type header and the body. The boundary comes from the content, so that nothing in it can meet it."""
    digest = hashlib.sha256()
    for name, value in fields:
        digest.update(f"{name}={value};".encode())
    for file in files:
        digest.update(file.content)
    boundary = f"pullquote-{digest.hexdigest()[:32]}"
    body = bytearray()
    for name, value in fields:
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n'.encode()
        body += value.encode() + b"\r\n"
    for file in files:
        body += (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(file.field)}"; '
            f'filename="{_quoted(file.filename)}"\r\nContent-Type: {file.mime}\r\n\r\n'
        ).encode()
        body += file.content + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", bytes(body)


def _quoted(name: str) -> str:
    return name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
