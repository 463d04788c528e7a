"""The frozen form of a publication: one text for one content, so that its hash is what an approval is bound to."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from bot.model.provenance import EpisodeRef
from bot.model.publication import Mail, Post, Publication, QuotedSpan


def freeze(publication: Publication) -> bytes:
    """A publication as bytes: JSON with sorted keys and nothing else that could vary."""
    return json.dumps(asdict(publication), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def thaw(payload: bytes) -> Publication:
    """The publication that `freeze` wrote."""
    raw = json.loads(payload)
    raw["quotes"] = tuple(_quoted(each) for each in raw["quotes"])
    raw["episodes"] = tuple(EpisodeRef(**each) for each in raw["episodes"])
    return Mail(**raw) if "html" in raw else Post(**raw)


def fingerprint(payload: bytes) -> str:
    """SHA-256 of a payload, in hexadecimal."""
    return hashlib.sha256(payload).hexdigest()


def _quoted(raw: dict[str, object]) -> QuotedSpan:
    ref = raw.pop("ref")
    trims = raw.pop("trims")
    assert isinstance(ref, dict)  # noqa: S101 - the form that `freeze` wrote
    assert isinstance(trims, list)  # noqa: S101
    return QuotedSpan(ref=EpisodeRef(**ref), trims=tuple(trims), **raw)  # type: ignore[arg-type]
