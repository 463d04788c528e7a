"""Clips that are still to be made, which revisions bear which media, and since when media are unused."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_NAMED = re.compile(rb'"sha256":"([0-9a-f]{64})"')
_AT_ONCE = 500


def upgrade() -> None:
    op.create_table(
        "wanted_clips",
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("begin", sa.Integer(), nullable=False),
        sa.Column("stop", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_wanted_clips_draft_id")),
        sa.PrimaryKeyConstraint("draft_id", name=op.f("pk_wanted_clips")),
    )
    op.create_index(op.f("ix_wanted_clips_next_at"), "wanted_clips", ["next_at"])
    op.create_table(
        "media_uses",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "draft_id", "revision", name=op.f("pk_media_uses")),
        sa.ForeignKeyConstraint(
            ["draft_id", "revision"],
            ["draft_revisions.draft_id", "draft_revisions.number"],
            name="fk_media_uses_revision",
        ),
    )
    op.add_column("media", sa.Column("unused_since", sa.String(27), nullable=True))
    op.add_column("media", sa.Column("look_at", sa.String(27), nullable=False, server_default=sa.text("''")))
    op.create_index(op.f("ix_media_look_at"), "media", ["look_at"])
    _record_uses()


def _record_uses() -> None:
    """Read what each revision bears, some at a time: a file of many years is not held in memory."""
    db = op.get_bind()
    uses = sa.table("media_uses", sa.column("sha256"), sa.column("draft_id"), sa.column("revision"))
    last = (0, 0)
    while True:
        rows = db.execute(
            sa.text(
                "SELECT draft_id, number, payload FROM draft_revisions WHERE draft_id > :draft"
                " OR (draft_id = :draft AND number > :number) ORDER BY draft_id, number LIMIT :limit"
            ),
            {"draft": last[0], "number": last[1], "limit": _AT_ONCE},
        ).all()
        found = [
            {"sha256": name.decode(), "draft_id": row.draft_id, "revision": row.number}
            for row in rows
            for name in dict.fromkeys(_NAMED.findall(bytes(row.payload)))
        ]
        if found:
            db.execute(sa.insert(uses), found)
        if len(rows) < _AT_ONCE:
            return
        last = (rows[-1].draft_id, rows[-1].number)
