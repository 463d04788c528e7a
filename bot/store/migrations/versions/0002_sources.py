"""Feeds that are polled: how each source stands, every item seen in it, and what its episodes point to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("episodes", sa.Column("waits_until", sa.String(27), nullable=True))
    op.create_table(
        "sources",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=True),
        sa.Column("guid", sa.Text(), nullable=True),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("last_modified", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("cleaned_hash", sa.Text(), nullable=False),
        sa.Column("reader", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.String(27), nullable=False),
        sa.Column("polled_at", sa.String(27), nullable=True),
        sa.Column("succeeded_at", sa.String(27), nullable=True),
        sa.Column("changed_at", sa.String(27), nullable=True),
        sa.Column("unconditional_at", sa.String(27), nullable=True),
        sa.Column("next_at", sa.String(27), nullable=False),
        sa.Column("newest_at", sa.String(27), nullable=True),
        sa.Column("distrusted", sa.Integer(), nullable=False),
        sa.Column("moved_to", sa.Text(), nullable=True),
        sa.Column("moved_since", sa.String(27), nullable=True),
        sa.Column("moved_by_own_word", sa.Integer(), nullable=False),
        sa.Column("every", sa.Float(), nullable=True),
        sa.Column("rhythm", sa.Text(), nullable=False),
        sa.Column("transcribed", sa.Integer(), nullable=False),
        sa.Column("hub", sa.Text(), nullable=True),
        sa.Column("topic", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sources")),
    )
    op.create_index(op.f("ix_sources_next_at"), "sources", ["next_at"], unique=False)
    op.create_table(
        "source_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("guid", sa.Text(), nullable=True),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("enclosure", sa.Text(), nullable=True),
        sa.Column("title_key", sa.Text(), nullable=False),
        sa.Column("duration", sa.Float(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("claimed_at", sa.String(27), nullable=True),
        sa.Column("first_seen_at", sa.String(27), nullable=False),
        sa.Column("missing_since", sa.String(27), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("episode_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["episode_id"], ["episodes.id"], name=op.f("fk_source_items_episode_id")),
        sa.ForeignKeyConstraint(["source"], ["sources.key"], name=op.f("fk_source_items_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_items")),
        sa.UniqueConstraint("source", "key", name=op.f("uq_source_items_source_key")),
    )
    op.create_index(op.f("ix_source_items_state"), "source_items", ["state"], unique=False)
    op.create_index(op.f("ix_source_items_episode_id"), "source_items", ["episode_id"], unique=False)
    op.create_table(
        "supplements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("episode_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.String(27), nullable=True),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("last_modified", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("added_at", sa.String(27), nullable=False),
        sa.Column("read_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(["episode_id"], ["episodes.id"], name=op.f("fk_supplements_episode_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplements")),
        sa.UniqueConstraint("episode_id", "kind", "url", name=op.f("uq_supplements_episode_id_kind_url")),
    )
    op.create_index(op.f("ix_supplements_state_next_at"), "supplements", ["state", "next_at"], unique=False)
    op.create_table(
        "hub_subscriptions",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("next_at", sa.String(27), nullable=False),
        sa.Column("lease_until", sa.String(27), nullable=True),
        sa.Column("pushed_at", sa.String(27), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["sources.key"], name=op.f("fk_hub_subscriptions_source")),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_hub_subscriptions")),
    )


def downgrade() -> None:
    op.drop_table("hub_subscriptions")
    op.drop_table("supplements")
    op.drop_table("source_items")
    op.drop_table("sources")
    with op.batch_alter_table("episodes", schema=None) as batch_op:
        batch_op.drop_column("waits_until")
