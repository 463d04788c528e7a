"""The frozen form of a publication: one text for one content, so that its hash is what an approval is bound to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from bot.model.provenance import EpisodeRef
from bot.model.publication import (
    Card,
    Keep,
    Mail,
    MediaKind,
    Medium,
    Part,
    Piece,
    Post,
    PostRef,
    Publication,
    QuotedSpan,
    Story,
    Version,
)

# Left out where there is none of it: what was frozen before these fields existed keeps its hash.
_OPTIONAL: dict[str, object] = {
    "media": (),
    "parts": (),
    "warning": None,
    "card": None,
    "quoting": None,
    "newsletter": "",
    "promises": (),
    "versions": (),
    "stories": (),
    "html_pieces": (),
    "text_pieces": (),
}


def freeze(publication: Publication) -> bytes:
    """A publication as bytes: JSON with sorted keys and nothing else that could vary."""
    raw = asdict(publication)
    kept = {name: value for name, value in raw.items() if name not in _OPTIONAL or value != _OPTIONAL[name]}
    for medium in _all_media(kept):
        if not medium["says"]:
            del medium["says"]
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def thaw(payload: bytes) -> Publication:
    """The publication that `freeze` wrote."""
    raw = json.loads(payload)
    raw["quotes"] = tuple(_quoted(each) for each in raw["quotes"])
    raw["episodes"] = tuple(EpisodeRef(**each) for each in raw["episodes"])
    if "html" in raw:
        raw["promises"] = tuple((cadence, words) for cadence, words in raw.get("promises", ()))
        raw["versions"] = tuple(read_version(each) for each in raw.get("versions", ()))
        raw["stories"] = tuple(Story(**{**each, "topics": tuple(each["topics"])}) for each in raw.get("stories", ()))
        return Mail(**_pieced(raw))
    raw["media"] = _media(raw.get("media", ()))
    raw["parts"] = tuple(Part(each["text"], _media(each["media"])) for each in raw.get("parts", ()))
    if (card := raw.get("card")) is not None:
        image = _medium(card["image"]) if card["image"] else None
        raw["card"] = Card(card["title"], card["description"], image)
    if (quoting := raw.get("quoting")) is not None:
        raw["quoting"] = PostRef(**quoting)
    return Post(**raw)


def media_in(payload: bytes) -> tuple[str, ...]:
    """The SHA-256 of each picture, sound and film that a frozen publication bears."""
    if b'"sha256"' not in payload:
        return ()
    return tuple(dict.fromkeys(medium["sha256"] for medium in _all_media(json.loads(payload))))


def fingerprint(payload: bytes) -> str:
    """SHA-256 of a payload, in hexadecimal."""
    return hashlib.sha256(payload).hexdigest()


def read_version(raw: dict[str, Any]) -> Version:
    """A version of a mail out of plain values, as JSON gives them."""
    return Version(**_pieced(raw))


def _pieced(raw: dict[str, Any]) -> dict[str, Any]:
    for name in ("html_pieces", "text_pieces"):
        raw[name] = tuple(
            Piece(Keep(each["keep"]), tuple(each["episodes"]), each["begin"], each["stop"], each["words"])
            for each in raw.get(name, ())
        )
    return raw


def _all_media(raw: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from raw.get("media", ())
    for part in raw.get("parts", ()):
        yield from part["media"]
    if (raw.get("card") or {}).get("image"):
        yield raw["card"]["image"]


def _media(raw: Any) -> tuple[Medium, ...]:
    return tuple(_medium(each) for each in raw)


def _medium(raw: Mapping[str, Any]) -> Medium:
    return Medium(**{**raw, "kind": MediaKind(raw["kind"]), "says": tuple(raw.get("says", ()))})


def _quoted(raw: dict[str, object]) -> QuotedSpan:
    ref = raw.pop("ref")
    trims = raw.pop("trims")
    assert isinstance(ref, dict)  # noqa: S101 - the form that `freeze` wrote
    assert isinstance(trims, list)  # noqa: S101
    return QuotedSpan(ref=EpisodeRef(**ref), trims=tuple(trims), **raw)  # type: ignore[arg-type]
