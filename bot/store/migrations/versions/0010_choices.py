"""What each reader chooses beside how often: length, leanings, zone and hour; and what of a mailing was theirs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    empty = sa.text("''")
    op.add_column("subscriptions", sa.Column("length", sa.Text(), nullable=False, server_default="full"))
    op.add_column("subscriptions", sa.Column("zone", sa.Text(), nullable=False, server_default=empty))
    op.add_column("subscriptions", sa.Column("hour", sa.Integer(), nullable=True))
    op.add_column("subscriptions", sa.Column("leanings", sa.Text(), nullable=False, server_default=empty))
    op.add_column("subscriptions", sa.Column("kind", sa.Text(), nullable=False, server_default=empty))
    op.add_column("recipients", sa.Column("version", sa.Text(), nullable=False, server_default=empty))
    op.create_table(
        "turns",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_turns_delivery_id")),
        sa.PrimaryKeyConstraint("delivery_id", "kind", name=op.f("pk_turns")),
    )
