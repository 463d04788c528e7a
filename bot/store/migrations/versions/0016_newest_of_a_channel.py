"""What a channel's readers had last is found through an index, however much they had before."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_deliveries_channel_id"), "deliveries", ["channel", "id"])
