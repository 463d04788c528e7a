"""The tables. A change here needs a migration beside it; a test compares the two."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint


class Instant(sa.types.TypeDecorator[datetime]):
    """An instant in UTC, kept as sortable ISO text with microseconds: the same on SQLite and on PostgreSQL."""

    impl = sa.String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Any) -> str | None:
        return None if value is None else written(value)

    def process_result_value(self, value: Any | None, _dialect: Any) -> datetime | None:
        if value is None:
            return None
        return datetime.fromisoformat(value)


# Many rows are written at one instant.
@lru_cache(maxsize=64)
def written(moment: datetime) -> str:
    """An instant as an `Instant` is kept."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

shows = Table(
    "shows",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
)

# What was read from where: one row for each file or address, with the hash of the bytes that were read last.
# `signature` is the size and time of a file, a hint that it need not be read again; `reader` the reader's version.
documents = Table(
    "documents",
    metadata,
    Column("locator", Text, primary_key=True),
    Column("content_hash", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("reader", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("message", Text, nullable=False, default=""),
    Column("remarks", Text, nullable=False, default="[]"),
    Column("read_at", Instant, nullable=False),
    Index(None, "content_hash"),
    Index(None, "state"),
)

episodes = Table(
    "episodes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("identity", Text, nullable=False, unique=True),
    Column("show_id", ForeignKey("shows.id"), nullable=True),
    Column("title", Text, nullable=False),
    Column("title_key", Text, nullable=False),
    Column("guid", Text, nullable=True),
    Column("url", Text, nullable=True),
    Column("locator", Text, nullable=False),
    Column("published_at", Instant, nullable=True),
    Column("first_seen_at", Instant, nullable=False),
    Column("announced", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("prepared_revision", Integer, nullable=False),
    # Until then it is not drafted: what belongs to it, above all its transcript, may still come.
    Column("waits_until", Instant, nullable=True),
    Index(None, "guid"),
    Index(None, "title_key"),
    Index(None, "locator"),
    # Of all that were read few wait to be digested; only those are in it.
    Index(
        None,
        "announced",
        sqlite_where=sa.text("prepared_revision < revision"),
        postgresql_where=sa.text("prepared_revision < revision"),
    ),
)

episode_revisions = Table(
    "episode_revisions",
    metadata,
    Column("episode_id", ForeignKey("episodes.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content_hash", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("locator", Text, nullable=False),
    Column("read_at", Instant, nullable=False),
)

# What we say about a revision, with the quotes picked for it, best first: what drafts are made of.
digests = Table(
    "digests",
    metadata,
    Column("episode_id", Integer, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("content", Text, nullable=False),
    sa.ForeignKeyConstraint(
        ["episode_id", "revision"],
        ["episode_revisions.episode_id", "episode_revisions.number"],
        name="fk_digests_revision",
    ),
)

# A time at which a schedule may fire. The UNIQUE pair is what keeps a restart, a second worker or a clock change from
# filling one slot twice.
slots = Table(
    "slots",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("schedule", Text, nullable=False),
    Column("wall", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    UniqueConstraint("schedule", "wall"),
    Index(None, "state", "due_at"),
    Index(None, "schedule", "due_at"),
    Index(None, "due_at"),
)

# `due_at` is when it may go out; `after_id` names a draft that must have been published before (an edition, for the
# post that announces it). `edits` are an editor's own words by field: they outlive every new reading of the source.
drafts = Table(
    "drafts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("newsletter", Text, nullable=True),
    Column("number", Integer, nullable=True),
    Column("episode_id", ForeignKey("episodes.id"), nullable=True),
    Column("state", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("edits", Text, nullable=False, default="{}"),
    Column("slot_id", ForeignKey("slots.id"), nullable=True, unique=True),
    Column("due_at", Instant, nullable=True),
    Column("after_id", ForeignKey("drafts.id"), nullable=True),
    Column("held_reason", Text, nullable=False, default=""),
    Column("made_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Index(None, "state", "due_at", "id"),
    Index(None, "episode_id"),
    UniqueConstraint("newsletter", "number"),
    # Most drafts are posts, and few announce an edition: only the others are in these.
    Index(
        None,
        "newsletter",
        "state",
        sqlite_where=sa.text("newsletter IS NOT NULL"),
        postgresql_where=sa.text("newsletter IS NOT NULL"),
    ),
    Index(
        None,
        "after_id",
        sqlite_where=sa.text("after_id IS NOT NULL"),
        postgresql_where=sa.text("after_id IS NOT NULL"),
    ),
)

# The frozen content of a draft. `payload` are the exact bytes that were hashed, that are approved and that go out;
# `basis` is the structured value they were rendered from, so that an edit can render it again as a new revision.
draft_revisions = Table(
    "draft_revisions",
    metadata,
    Column("draft_id", ForeignKey("drafts.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("basis", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("note", Text, nullable=False, default=""),
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("draft_id", ForeignKey("drafts.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("hash", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("void_at", Instant, nullable=True),
    Column("void_reason", Text, nullable=False, default=""),
    Column("vouched_by", Text, nullable=False, server_default=sa.text("''")),
    Index(None, "draft_id"),
)

# Each episode stands in exactly one edition of a newsletter.
edition_episodes = Table(
    "edition_episodes",
    metadata,
    Column("newsletter", Text, primary_key=True),
    Column("episode_id", ForeignKey("episodes.id"), primary_key=True),
    Column("draft_id", ForeignKey("drafts.id"), nullable=False),
    Index(None, "draft_id"),
)

# One revision on its way to one channel. `body` are the exact bytes handed to the platform, composed with the time
# `composed_at`, which stays when `due_at` moves for another attempt. `act` is what is done: something is published, or
# a published delivery (`corrects`, its text number `corrects_text`) is edited, deleted or answered. Of a thread
# `texts_out` have been accepted. `evidence` is what the last look-up said, made at `looked_at`.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("draft_id", ForeignKey("drafts.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("body_hash", Text, nullable=False),
    Column("composed_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("late_at", Instant, nullable=False),
    Column("worker", Text, nullable=True),
    Column("lease_until", Instant, nullable=True),
    Column("attempts", Integer, nullable=False),
    Column("remote_id", Text, nullable=True),
    Column("permalink", Text, nullable=True),
    Column("reason", Text, nullable=False, default=""),
    Column("answer", Text, nullable=False, default=""),
    Column("changed_at", Instant, nullable=False),
    Column("act", Text, nullable=False, server_default="publish"),
    Column("corrects", Integer, nullable=True),
    Column("corrects_text", Integer, nullable=False, server_default="1"),
    Column("memo", Text, nullable=False, server_default=sa.text("''")),
    Column("texts_out", Integer, nullable=False, server_default="0"),
    Column("evidence", Text, nullable=False, server_default=sa.text("''")),
    Column("looked_at", Instant, nullable=True),
    Index(None, "state", "due_at"),
    Index(None, "draft_id"),
    Index(None, "channel", "state"),
    # What a channel's readers had last, however much they had before.
    Index(None, "channel", "id"),
    # Few deliveries correct another; only those are in it.
    Index(
        None,
        "corrects",
        sqlite_where=sa.text("corrects IS NOT NULL"),
        postgresql_where=sa.text("corrects IS NOT NULL"),
    ),
)

# Where a quote stands: under the key of its public page, each revision that was approved with it, and its place among
# the quotations of that revision. What is shown to anybody is decided anew whenever somebody asks.
quotations = Table(
    "quotations",
    metadata,
    Column("key", Text, primary_key=True),
    Column("draft_id", ForeignKey("drafts.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("place", Integer, nullable=False),
    Index(None, "draft_id"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("delivery_id", ForeignKey("deliveries.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("worker", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=True),
    Column("outcome", Text, nullable=True),
    Column("reason", Text, nullable=False, default=""),
    Column("answer", Text, nullable=False, default=""),
    Index(None, "started_at"),
)

# Who did what when, about anything: the history that the desk shows. Rows are only ever added.
events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("detail", Text, nullable=False, default=""),
    Index(None, "subject", "id"),
)

# The few things of which there is one: the freeze, the last plan.
flags = Table(
    "flags",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

# A feed as the poll knows it, under the address that the configuration names. `url` is the address that is asked, which
# a server may have moved; the validators, hashes and `reader` say what an unchanged answer looks like; `rhythm` is when
# the show publishes, learned from its dates.
sources = Table(
    "sources",
    metadata,
    Column("key", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False, default=""),
    Column("site", Text, nullable=True),
    Column("guid", Text, nullable=True),
    Column("condition", Text, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("etag", Text, nullable=False, default=""),
    Column("last_modified", Text, nullable=False, default=""),
    Column("body_hash", Text, nullable=False, default=""),
    Column("cleaned_hash", Text, nullable=False, default=""),
    Column("reader", Integer, nullable=False, default=0),
    Column("failures", Integer, nullable=False, default=0),
    Column("added_at", Instant, nullable=False),
    Column("polled_at", Instant, nullable=True),
    Column("succeeded_at", Instant, nullable=True),
    Column("changed_at", Instant, nullable=True),
    Column("unconditional_at", Instant, nullable=True),
    Column("next_at", Instant, nullable=False),
    Column("newest_at", Instant, nullable=True),
    Column("distrusted", Integer, nullable=False, default=0),
    Column("moved_to", Text, nullable=True),
    Column("moved_since", Instant, nullable=True),
    Column("moved_by_own_word", Integer, nullable=False, default=0),
    Column("every", sa.Float, nullable=True),
    Column("rhythm", Text, nullable=False, default="{}"),
    Column("transcribed", Integer, nullable=False, default=0),
    Column("hub", Text, nullable=True),
    Column("topic", Text, nullable=True),
    Index(None, "next_at"),
)

# What most items of a feed repeat in their notes, learned when the whole feed was read.
source_refrains = Table(
    "source_refrains",
    metadata,
    Column("source", ForeignKey("sources.key"), primary_key=True),
    Column("lines", Text, nullable=False),
)

# Every item that a feed was ever seen to hold. `key` is its identity within the source, `fingerprint` a hash of what it
# says, `content` the item itself. Items of the back catalogue have neither content nor episode; they are remembered so
# that they are never taken for new.
source_items = Table(
    "source_items",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", ForeignKey("sources.key"), nullable=False),
    Column("key", Text, nullable=False),
    Column("guid", Text, nullable=True),
    Column("link", Text, nullable=True),
    Column("enclosure", Text, nullable=True),
    Column("title_key", Text, nullable=False),
    Column("duration", sa.Float, nullable=True),
    Column("fingerprint", Text, nullable=False),
    Column("claimed_at", Instant, nullable=True),
    Column("first_seen_at", Instant, nullable=False),
    Column("missing_since", Instant, nullable=True),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("content", Text, nullable=False, default=""),
    Column("episode_id", ForeignKey("episodes.id"), nullable=True),
    UniqueConstraint("source", "key"),
    Index(None, "state"),
    Index(None, "episode_id"),
)

# What belongs to an episode and stands at an address of its own: a transcript, chapters, the entry's page. `content` is
# what was read there, as an episode that holds nothing else.
supplements = Table(
    "supplements",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("episode_id", ForeignKey("episodes.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("mime", Text, nullable=False, default=""),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("next_at", Instant, nullable=True),
    Column("etag", Text, nullable=False, default=""),
    Column("last_modified", Text, nullable=False, default=""),
    Column("body_hash", Text, nullable=False, default=""),
    Column("content", Text, nullable=False, default=""),
    Column("message", Text, nullable=False, default=""),
    Column("added_at", Instant, nullable=False),
    Column("read_at", Instant, nullable=True),
    UniqueConstraint("episode_id", "kind", "url"),
    Index(None, "state", "next_at"),
)

# What a hub has promised: to tell us when a feed changes (WebSub).
hub_subscriptions = Table(
    "hub_subscriptions",
    metadata,
    Column("source", ForeignKey("sources.key"), primary_key=True),
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("next_at", Instant, nullable=False),
    Column("lease_until", Instant, nullable=True),
    Column("pushed_at", Instant, nullable=True),
    Column("tries", Integer, nullable=False),
    Column("reason", Text, nullable=False, default=""),
)

# What editors made of the quotes that were picked: kept, edited or skipped, the latest word for each draft. `begin` and
# `stop` are offsets into the transcript of that revision; the words themselves stand there.
labels = Table(
    "labels",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("draft_id", ForeignKey("drafts.id"), nullable=False),
    Column("episode_id", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("begin", Integer, nullable=False),
    Column("stop", Integer, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", Instant, nullable=False),
    sa.ForeignKeyConstraint(
        ["episode_id", "revision"],
        ["episode_revisions.episode_id", "episode_revisions.number"],
        name="fk_labels_revision",
    ),
    UniqueConstraint("draft_id", "episode_id", "revision", "begin", "stop"),
    Index(None, "episode_id", "revision"),
)

# The steps of a delivery that has more than one: media that go ahead, and the texts of a thread, each with its own key,
# bytes and state. A delivery of one text and nothing else has none: it is its own step.
steps = Table(
    "steps",
    metadata,
    Column("delivery_id", ForeignKey("deliveries.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("body_hash", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("permalink", Text, nullable=True),
    Column("memo", Text, nullable=False),
    Column("prepared", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

# The bytes of pictures, sounds and films, under their SHA-256. In the database and not in a folder, because the web
# process that hands them out and the worker that sends them may be on two machines. At `look_at` somebody looks whether
# anything needs them still; `unused_since` is when that was first found not to be so.
media = Table(
    "media",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("mime", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("unused_since", Instant, nullable=True),
    Column("look_at", Instant, nullable=False, server_default=sa.text("''")),
    Index(None, "look_at"),
)

# Which revision bears which media.
media_uses = Table(
    "media_uses",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("draft_id", Integer, primary_key=True),
    Column("revision", Integer, primary_key=True),
    sa.ForeignKeyConstraint(
        ["draft_id", "revision"],
        ["draft_revisions.draft_id", "draft_revisions.number"],
        name="fk_media_uses_revision",
    ),
)

# Clips that are still to be made for a draft: of the quote at `begin` to `stop` of its transcript, from `next_at` on.
wanted_clips = Table(
    "wanted_clips",
    metadata,
    Column("draft_id", ForeignKey("drafts.id"), primary_key=True),
    Column("begin", Integer, nullable=False),
    Column("stop", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", Instant, nullable=False),
    Index(None, "next_at"),
)

# The picture of a show: OWN is a file of the host, TOLD stands at an address that a source names. `sha256` is our small
# copy among the media, "" where there is none yet; `url` says of what it was made, or is to be made.
artworks = Table(
    "artworks",
    metadata,
    Column("show_id", ForeignKey("shows.id"), primary_key=True),
    Column("origin", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("sha256", Text, nullable=False, default=""),
    Column("size", Integer, nullable=False, default=0),
    Column("tries", Integer, nullable=False, default=0),
    Column("next_at", Instant, nullable=True),
    Column("message", Text, nullable=False, default=""),
    Index(None, "next_at"),
)

# The picture that a feed names for one episode; `next_at` is None once it was read, or given up.
episode_artworks = Table(
    "episode_artworks",
    metadata,
    Column("episode_id", ForeignKey("episodes.id"), primary_key=True),
    Column("url", Text, nullable=False),
    Column("sha256", Text, nullable=False, default=""),
    Column("size", Integer, nullable=False, default=0),
    Column("tries", Integer, nullable=False, default=0),
    Column("next_at", Instant, nullable=True),
    Column("message", Text, nullable=False, default=""),
    Index(None, "next_at"),
)

# Which media are copies of such pictures, older ones too: mails that were sent load them as long as they are read.
covers = Table("covers", metadata, Column("sha256", Text, primary_key=True))

# What a channel's platform has to remember: sessions, renewed tokens. As secret as a password.
memories = Table(
    "memories",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

# What keeps a channel from sending for a while: a wait that the service asked for, or failures in a row.
gates = Table(
    "gates",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("shut_until", Instant, nullable=True),
    Column("reason", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

# The last time that an account was tried, read-only, and when its credential ends.
checkups = Table(
    "checkups",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("fault", Integer, nullable=False),
    Column("said", Text, nullable=False),
    Column("ends_at", Instant, nullable=True),
)

# Who reads. `address_key` is the address as it is compared, `address_hash` its SHA-256: what a suppression keeps.
subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("address", Text, nullable=False),
    Column("address_key", Text, nullable=False, unique=True),
    Column("address_hash", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Index(None, "address_hash"),
)

# What a reader asked for. `token_id` finds it, `token` (which begins with it) proves that it is they: the two stand in
# the addresses of their mails and never end. `consent` says where and how they asked. `leanings` is JSON, "" for none;
# `kind` is the same for all who have chosen the same length, leanings, zone and hour, "" for who chose nothing.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id"), primary_key=True),
    Column("newsletter", Text, primary_key=True),
    Column("standing", Text, nullable=False),
    Column("cadence", Text, nullable=False),
    Column("paused_until", Instant, nullable=True),
    Column("token_id", Text, nullable=False, unique=True),
    Column("token", Text, nullable=False),
    Column("consent", Text, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("confirmed_at", Instant, nullable=True),
    Column("ended_at", Instant, nullable=True),
    Column("ended_why", Text, nullable=False),
    Column("soft_bounces", Integer, nullable=False),
    Column("length", Text, nullable=False, server_default="full"),
    Column("zone", Text, nullable=False, server_default=sa.text("''")),
    Column("hour", Integer, nullable=True),
    Column("leanings", Text, nullable=False, server_default=sa.text("''")),
    Column("kind", Text, nullable=False, server_default=sa.text("''")),
    Index(None, "newsletter", "standing"),
)

# Who must not be mailed, by the hash of the address: of one newsletter, or of all ("").
suppressions = Table(
    "suppressions",
    metadata,
    Column("address_hash", Text, primary_key=True),
    Column("newsletter", Text, primary_key=True),
    Column("why", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

# A delivery to our own list goes out in requests, each with a key and a hash of its bytes of its own. `doubted` is 1
# once nobody knew what became of it; `rounds` is how often its readers were put off in earlier ones.
batches = Table(
    "batches",
    metadata,
    Column("delivery_id", ForeignKey("deliveries.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("state", Text, nullable=False),
    Column("body_hash", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("first_at", Instant, nullable=True),
    Column("doubted", Integer, nullable=False),
    Column("rounds", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("looked_at", Instant, nullable=True),
    Column("changed_at", Instant, nullable=False),
    Index(None, "delivery_id", "state", "due_at", "number"),
)

# Who got an edition: one row for each reader, written before anything leaves, with all that their mail was made of.
# `batch` is 0 for those who get none. `version` says what of the mail is theirs ("" for the whole); `fate` is what the
# service told of it later.
recipients = Table(
    "recipients",
    metadata,
    Column("delivery_id", ForeignKey("deliveries.id"), primary_key=True),
    Column("subscriber_id", Integer, primary_key=True),
    Column("batch", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("address_hash", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("token", Text, nullable=False),
    Column("cadence", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("remote_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("fate", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("version", Text, nullable=False, server_default=sa.text("''")),
    Index(None, "delivery_id", "batch", "subscriber_id"),
    Index(None, "subscriber_id"),
    Index(None, "remote_id"),
)

# What each kind of reader gets of a mailing and when, while its audience is written down; empty at all other times.
# `left_out` is 1 where they left out all of it.
turns = Table(
    "turns",
    metadata,
    Column("delivery_id", ForeignKey("deliveries.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column("left_out", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
)

# Mails to one person that are no edition: above all the question whether they meant it when they subscribed.
confirmations = Table(
    "confirmations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("newsletter", Text, nullable=False),
    Column("subscriber_id", ForeignKey("subscribers.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Index(None, "state", "due_at"),
    Index(None, "subscriber_id", "made_at"),
)

# What services told of mails, by their own ids of it: what they repeat is not counted again.
tellings = Table(
    "tellings",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("event", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    Index(None, "at"),
)

# Who may work at the desk. `password` is an argon2 hash; "" where somebody signs in by another way only.
editors = Table(
    "editors",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("closed_at", Instant, nullable=True),
)

# Who is signed in, by which way and from where. Only the SHA-256 of what the browser holds is kept.
sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("editor_id", ForeignKey("editors.id"), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("agent", Text, nullable=False),
    Column("way", Text, nullable=False, server_default="password"),
    Column("address", Text, nullable=False, server_default=sa.text("''")),
    Index(None, "editor_id"),
)

# Public halves of passkeys. `count` is what the authenticator says of how often it signed: 32 bits without a sign.
passkeys = Table(
    "passkeys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("credential", Text, nullable=False, unique=True),
    Column("editor_id", ForeignKey("editors.id"), nullable=False),
    Column("public", Text, nullable=False),
    Column("count", sa.BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("used_at", Instant, nullable=True),
    Index(None, "editor_id"),
)

# By which names OpenID providers know editors.
identities = Table(
    "identities",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("editor_id", ForeignKey("editors.id"), nullable=False),
    Column("made_at", Instant, nullable=False),
    Index(None, "editor_id"),
)

# Challenges that were answered, until they are over: none is answered twice.
answered = Table(
    "answered",
    metadata,
    Column("challenge_hash", Text, primary_key=True),
    Column("until", Instant, nullable=False),
)

# Links that work once: to become an editor, or to choose a new password (`editor_id`).
invitations = Table(
    "invitations",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("editor_id", ForeignKey("editors.id"), nullable=True),
    Column("made_by", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant, nullable=True),
)

# How often somebody tried something: a sign-in, a form, a call of the API. `key` is a hash of what and who; the count
# is over at `ends_at`, and the row goes.
tries = Table(
    "tries",
    metadata,
    Column("key", Text, primary_key=True),
    Column("ends_at", Instant, nullable=False),
    Column("count", Integer, nullable=False),
    Index(None, "ends_at"),
)

# What editors say to each other about a draft. It is never published.
comments = Table(
    "comments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("draft_id", ForeignKey("drafts.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("actor", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "draft_id", "id"),
)

# What was put right of an edition that went out: the archive says it, the mails stay as they were sent. `episode_id`
# narrows a note to one episode. `key` is made of what a note says and of what, while it stands; none once it was taken
# back. Rows stay, because a feed has changed when a note went, too.
archive_notes = Table(
    "archive_notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("draft_id", ForeignKey("drafts.id"), nullable=False),
    Column("episode_id", ForeignKey("episodes.id"), nullable=True),
    Column("key", Text, nullable=True, unique=True),
    Column("text", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("taken_back_at", Instant, nullable=True),
    Index(None, "draft_id", "id"),
)

# Links by which somebody without an account decides on one revision of one draft, once. `used_for` says what was done.
review_links = Table(
    "review_links",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("draft_id", ForeignKey("drafts.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("hash", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant, nullable=True),
    Column("used_for", Text, nullable=False),
    Index(None, "draft_id"),
)

# Keys to the HTTP API. Only the SHA-256 of a token is kept; `scopes` are separated by spaces.
api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("editor_id", ForeignKey("editors.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant, nullable=True),
    Column("revoked_at", Instant, nullable=True),
    Index(None, "editor_id"),
)

# What editors are told outside the desk: one row for each event that was taken up, so that none is told twice. Rows of
# one `message` went, or go, in one request.
editor_notices = Table(
    "editor_notices",
    metadata,
    Column("event_id", ForeignKey("events.id"), primary_key=True),
    Column("message", Integer, nullable=False),
    Column("what", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Index(None, "state", "due_at"),
)
