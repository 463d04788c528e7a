"""Values of the model to JSON and back: what the text columns hold. The form is stable, so its hash is an identity."""

from __future__ import annotations

import hashlib
from typing import TypeVar

from pydantic import TypeAdapter

from bot.model.digest import Digest, Edition
from bot.model.episode import Episode
from bot.model.publication import Mail, Post

T = TypeVar("T", Episode, Digest, Edition, Post, Mail)

_ADAPTERS: dict[type, TypeAdapter[object]] = {}


def encode(value: Episode | Digest | Edition | Post | Mail) -> str:
    """A value as JSON, its fields in the order of their definition, defaults left out."""
    return _adapter(type(value)).dump_json(value, exclude_defaults=True).decode()


def decode(kind: type[T], text: str | bytes) -> T:
    """The value that `encode` wrote. Raises pydantic's ValidationError where the text is not of that form."""
    value = _adapter(kind).validate_json(text)
    assert isinstance(value, kind)  # noqa: S101 - tells the type checker what the adapter guarantees
    return value


def content_hash(text: str | bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def _adapter(kind: type) -> TypeAdapter[object]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]
