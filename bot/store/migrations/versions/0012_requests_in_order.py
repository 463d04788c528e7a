"""The next request of a mailing and its readers are found through an index in their order, however many there are."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        op.f("ix_batches_delivery_id_state_due_at_number"), "batches", ["delivery_id", "state", "due_at", "number"]
    )
    op.drop_index(op.f("ix_batches_delivery_id_state_due_at"), table_name="batches")
    op.create_index(
        op.f("ix_recipients_delivery_id_batch_subscriber_id"), "recipients", ["delivery_id", "batch", "subscriber_id"]
    )
    op.drop_index(op.f("ix_recipients_delivery_id_batch"), table_name="recipients")
