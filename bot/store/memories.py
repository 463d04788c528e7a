"""What the platform of a channel has to remember beyond one process: sessions and renewed tokens."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.database import Store, put
from bot.store.schema import memories


class ChannelMemory:
    """Meets `bot.platforms.contract.Memory`. An empty value never takes the place of one that may still be good."""

    def __init__(self, store: Store, channel: str) -> None:
        self._store = store
        self._channel = channel

    def recall(self, name: str) -> str | None:
        with self._store.read() as db:
            return db.scalar(sa.select(memories.c.value).where(self._row(name)))

    def keep(self, name: str, value: str) -> None:
        if not value.strip():
            raise ValueError(f"nothing was given to keep as '{name}'; what is kept there stays")
        key = {"channel": self._channel, "name": name}
        self._store.together(lambda db: put(db, memories, key, {"value": value}))

    def _row(self, name: str) -> sa.ColumnElement[bool]:
        return sa.and_(memories.c.channel == self._channel, memories.c.name == name)

    def __repr__(self) -> str:
        return f"ChannelMemory({self._channel!r})"
