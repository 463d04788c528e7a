"""Where quotes stand, for their public pages; those of what was approved before are looked up once."""

from __future__ import annotations

import hashlib
import json
from base64 import b32encode
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quotations",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_quotations_draft_id")),
        sa.PrimaryKeyConstraint("key", "draft_id", "revision", name=op.f("pk_quotations")),
    )
    op.create_index(op.f("ix_quotations_draft_id"), "quotations", ["draft_id"])
    op.create_index(
        op.f("ix_deliveries_corrects"),
        "deliveries",
        ["corrects"],
        sqlite_where=sa.text("corrects IS NOT NULL"),
        postgresql_where=sa.text("corrects IS NOT NULL"),
    )
    _look_up_what_was_approved()


def _look_up_what_was_approved() -> None:
    db = op.get_bind()
    identities = {row.id: row.identity for row in db.execute(sa.text("SELECT id, identity FROM episodes"))}
    approved = db.execute(
        sa.text("SELECT id, revision FROM drafts WHERE kind <> 'correction' AND state IN ('scheduled', 'published')")
    ).all()
    content = sa.text("SELECT payload FROM draft_revisions WHERE draft_id = :draft AND number = :number")
    for draft, number in approved:
        payload = db.scalar(content, {"draft": draft, "number": number})
        rows = list(_quotations(draft, number, bytes(payload or b"{}"), identities))
        if rows:
            insert = "INSERT INTO quotations (key, draft_id, revision, place) VALUES (:key, :draft, :number, :place)"
            db.execute(sa.text(insert), rows)


def _quotations(draft: int, number: int, payload: bytes, identities: dict[int, str]) -> Iterator[dict[str, object]]:
    seen = set()
    for place, quote in enumerate(json.loads(payload).get("quotes", ())):
        identity = identities.get(quote["ref"]["episode"])
        if identity is None:
            continue
        words = " ".join(quote["text"].split())
        key = b32encode(hashlib.sha256(f"{identity}\0{words}".encode()).digest()).decode()[:12].lower()
        if key not in seen:
            seen.add(key)
            yield {"key": key, "draft": draft, "number": number, "place": place}
