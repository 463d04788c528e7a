"""What most items of a feed repeat in their notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source_refrains",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["sources.key"], name=op.f("fk_source_refrains_source")),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_source_refrains")),
    )
