"""What editors type: the fields of a draft, what stands there, and what of a form that was sent is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import request

from bot.digest import arrange
from bot.digest.arrange import Item
from bot.drafting import editions
from bot.drafting.payload import thaw
from bot.model.digest import Edition
from bot.model.publication import Post
from bot.store import drafts
from bot.store.codec import decode
from bot.store.database import Db
from bot.store.drafts import Draft


def one_line(name: str, *, most: int) -> str:
    """What was typed in a field of one line, of at most so many characters; "" where it holds nothing."""
    return " ".join(request.form.get(name, "").split())[:most]


def fields_of(db: Db, draft: Draft, number: int | None = None) -> dict[str, str]:
    """What can be edited, with what stands there now, or stood there in an earlier revision."""
    content = drafts.revision(db, draft, number)
    publication, basis = thaw(content.payload), content.basis
    if isinstance(publication, Post):
        alt = {"alt": publication.borne[0].alt} if len(publication.borne) == 1 else {}
        return {"text": publication.text, **alt}
    fields = {
        "subject": publication.subject,
        "preheader": publication.preheader,
        "opener": draft.edits.get("opener", ""),
    }
    if basis:
        edition = decode(Edition, basis)
        fields["opener"] = edition.opener
        notes = dict(edition.notes)
        for place, digest in enumerate(edition.digests, start=1):
            at = digest.ref.episode
            fields[f"headline:{at}"] = digest.headline.text
            fields[f"hook:{at}"] = digest.hook.text if digest.hook else ""
            fields[f"note:{at}"] = notes.get(at, "")
            fields[f"skip:{at}"] = ""
            fields[f"place:{at}"] = str(place)
            fields[f"quote:{at}"] = digest.best.text if digest.best else ""
        fields |= _beside(arrange.outline(edition), edition, draft.edits)
    for at, reason in editions.skipped(draft.edits).items():
        fields[f"skip:{at}"] = reason
    return fields


def _beside(items: Sequence[Item], edition: Edition, edits: Mapping[str, str]) -> dict[str, str]:
    """Places and omissions of what stands beside the episodes, by the keys of `bot.digest.arrange`."""
    fields = {}
    for place, item in enumerate(items, start=1):
        fields[f"place:{item.key}"] = str(place)
        if item.key not in editions.STAY:
            fields[f"skip:{item.key}"] = edits.get(f"skip:{item.key}", "")
        fields |= _beside(item.items, edition, edits)
    return fields | {f"skip:{each.key}": edits.get(f"skip:{each.key}", "") for each in edition.left_out}


def typed(before: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What stands in the form that was sent, and what of it is another text than before."""
    found = {
        name.removeprefix("field:"): text.replace("\r\n", "\n")
        for name, text in request.form.items()
        if name.startswith("field:")
    }
    if picked := request.form.get("pick:subject"):
        found["subject"] = picked
    return found, {name: text for name, text in found.items() if text.strip() != before.get(name, "").strip()}


def numbered(written: str) -> int | None:
    """The number of a revision as it stands in an address; None where it is none."""
    return int(written) or None if written.isascii() and written.isdigit() and len(written) < 9 else None
