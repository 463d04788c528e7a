"""Notes that put right in the archive what an edition said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "archive_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("episode_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("taken_back_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_archive_notes_draft_id")),
        sa.ForeignKeyConstraint(["episode_id"], ["episodes.id"], name=op.f("fk_archive_notes_episode_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_notes")),
        sa.UniqueConstraint("key", name=op.f("uq_archive_notes_key")),
    )
    op.create_index(op.f("ix_archive_notes_draft_id_id"), "archive_notes", ["draft_id", "id"])
