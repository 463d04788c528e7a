"""Bytes of pictures and sounds: kept as long as anything needs them, and removed some time after."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from bot.drafting.payload import freeze
from bot.model.publication import Card, Kind, MediaKind, Medium, Part, Post
from bot.store import drafts, media
from bot.store.database import Db, Store
from bot.store.drafts import Draft, NewDraft
from bot.store.media import KEPT

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store(database_url)
    yield opened
    opened.close()


def bearing(db: Db, word: str) -> Post:
    """A post with a file of its own, which is kept."""
    name = media.keep(db, word.encode(), mime="image/png", at=NOW)
    medium = Medium(MediaKind.IMAGE, "image/png", name, len(word), word)
    match word:
        case "of the card":
            return Post(word, None, "en", (), (), card=Card("T", image=medium))
        case "of a part":
            return Post(word, None, "en", (), (), parts=(Part("more", (medium,)),))
    return Post(word, None, "en", (), (), media=(medium,))


def drafted(db: Db, word: str) -> Draft:
    new = NewDraft(key=word, kind=Kind.QUOTE_POST, channel="posts", title="T", payload=freeze(bearing(db, word)))
    return drafts.create(db, new, actor="eve", at=NOW)


def replaced(db: Db, draft: Draft, word: str) -> Draft:
    draft = drafts.get(db, draft.id)
    return drafts.revise(
        db, draft, payload=freeze(bearing(db, word)), basis="", title="T", actor="eve", at=NOW, note="another"
    )


def there(store: Store) -> set[str]:
    with store.read() as db:
        return {bytes(each).decode() for each in db.scalars(sa.text("SELECT content FROM media"))}


def months_pass(store: Store) -> None:
    for days in (31, 62, 93):
        with store.write() as db:
            media.tidy(db, at=NOW + days * DAY, most=100)


def test_only_what_nobody_can_ask_for_again_is_removed(store: Store) -> None:
    with store.write() as db:
        draft = drafted(db, "replaced before anybody approved it")
        draft = replaced(db, draft, "approved once")
        drafts.approve(db, draft, actor="eve", at=NOW)
        replaced(db, draft, "present")
        drafted(db, "of the card")
        drafted(db, "of a part")
        media.keep(db, b"never borne", mime="image/png", at=NOW)
    assert len(there(store)) == 6
    months_pass(store)
    assert there(store) == {"approved once", "present", "of the card", "of a part"}


def test_what_is_unused_is_kept_for_a_while_and_what_is_needed_again_stays(store: Store) -> None:
    with store.write() as db:
        draft = drafted(db, "first")
        replaced(db, draft, "second")
    for days in (29, 31, 60):
        with store.write() as db:
            media.tidy(db, at=NOW + days * DAY, most=100)
    # It was found unused on day 31, and comes back the day before it would go.
    assert there(store) == {"first", "second"}
    with store.write() as db:
        media.keep(db, b"first", mime="image/png", at=NOW + 60 * DAY)
        assert media.tidy(db, at=NOW + 62 * DAY, most=100) == 0
    assert there(store) == {"first", "second"}


def test_a_pass_looks_at_so_many_and_comes_to_all_in_turn(store: Store) -> None:
    with store.write() as db:
        for number in range(5):
            media.keep(db, bytes([number]), mime="image/png", at=NOW)
    later = NOW + KEPT
    for days in (0, 30):
        for _ in range(3):
            with store.write() as db:
                media.tidy(db, at=later + days * DAY, most=2)
    assert there(store) == set()


def test_what_was_drafted_before_uses_were_written_down_is_known_too(empty_database_url: str) -> None:
    store = Store(empty_database_url)
    settings = Config()
    settings.set_main_option("script_location", str(Path(media.__file__).parent / "migrations"))
    post = Post("Hear.", None, "en", (), (), media=(Medium(MediaKind.IMAGE, "image/png", "a" * 64, 3, "Alt"),))
    with store.write() as db:
        settings.attributes["connection"] = db
        command.upgrade(settings, "0013")
        db.execute(
            sa.text(
                "INSERT INTO drafts (id, key, kind, channel, state, title, revision, edits, held_reason, made_at,"
                " changed_at) VALUES (7, 'k', 'quote', 'posts', 'in_review', 'T', 1, '{}', '', :at, :at)"
            ),
            {"at": "2026-11-24T08:00:00.000000Z"},
        )
        db.execute(
            sa.text(
                "INSERT INTO draft_revisions (draft_id, number, hash, payload, basis, made_by, made_at, note)"
                " VALUES (7, 1, 'h', :payload, '', 'eve', :at, '')"
            ),
            {"payload": freeze(post), "at": "2026-11-24T08:00:00.000000Z"},
        )
        db.execute(
            sa.text(
                "INSERT INTO media (sha256, mime, size, content, made_at) VALUES (:a, 'image/png', 3, :given, :at)"
            ),
            {"a": "a" * 64, "given": b"abc", "at": "2026-01-01T08:00:00.000000Z"},
        )
    store.migrate()
    months_pass(store)
    assert there(store) == {"abc"}
    store.close()
