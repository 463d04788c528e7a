"""Deliveries in steps: threads and media, corrections, what channels remember, and what keeps them from sending."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("act", sa.Text(), nullable=False, server_default="publish"))
    op.add_column("deliveries", sa.Column("corrects", sa.Integer(), nullable=True))
    op.add_column("deliveries", sa.Column("corrects_text", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("deliveries", sa.Column("memo", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("deliveries", sa.Column("texts_out", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("deliveries", sa.Column("evidence", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("deliveries", sa.Column("looked_at", sa.String(27), nullable=True))
    op.create_index(op.f("ix_deliveries_channel_state"), "deliveries", ["channel", "state"])
    op.create_index(op.f("ix_attempts_started_at"), "attempts", ["started_at"])
    op.create_table(
        "steps",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("permalink", sa.Text(), nullable=True),
        sa.Column("memo", sa.Text(), nullable=False),
        sa.Column("prepared", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_steps_delivery_id")),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_steps")),
    )
    op.create_table(
        "media",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_media")),
    )
    op.create_table(
        "memories",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "name", name=op.f("pk_memories")),
    )
    op.create_table(
        "gates",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("shut_until", sa.String(27), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_gates")),
    )
    op.create_table(
        "checkups",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("fault", sa.Integer(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_checkups")),
    )


def downgrade() -> None:
    for table in ("checkups", "gates", "memories", "media", "steps"):
        op.drop_table(table)
    op.drop_index(op.f("ix_attempts_started_at"), "attempts")
    op.drop_index(op.f("ix_deliveries_channel_state"), "deliveries")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        for column in ("looked_at", "evidence", "texts_out", "memo", "corrects_text", "corrects", "act"):
            batch_op.drop_column(column)
