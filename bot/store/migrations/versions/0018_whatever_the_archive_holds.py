"""Pages and passes find what they need through indexes, whatever the archive holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_LATER = sa.text("after_id IS NOT NULL")
_OF_NEWSLETTERS = sa.text("newsletter IS NOT NULL")
_UNPREPARED = sa.text("prepared_revision < revision")


def upgrade() -> None:
    op.create_index(op.f("ix_drafts_state_due_at_id"), "drafts", ["state", "due_at", "id"])
    op.drop_index(op.f("ix_drafts_state_due_at"), table_name="drafts")
    op.create_index(op.f("ix_drafts_after_id"), "drafts", ["after_id"], sqlite_where=_LATER, postgresql_where=_LATER)
    op.create_index(
        op.f("ix_drafts_newsletter_state"),
        "drafts",
        ["newsletter", "state"],
        sqlite_where=_OF_NEWSLETTERS,
        postgresql_where=_OF_NEWSLETTERS,
    )
    op.create_index(
        op.f("ix_episodes_announced"),
        "episodes",
        ["announced"],
        sqlite_where=_UNPREPARED,
        postgresql_where=_UNPREPARED,
    )
    op.drop_index(op.f("ix_episodes_announced_prepared_revision_revision"), table_name="episodes")
    op.create_index(op.f("ix_slots_schedule_due_at"), "slots", ["schedule", "due_at"])
    op.create_index(op.f("ix_slots_due_at"), "slots", ["due_at"])
