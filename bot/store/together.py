"""Writing of several threads in one transaction: they wait for the disk once, together.

Whoever comes while somebody else is writing leaves his work on the pile and waits; the first to get his turn does all
that lies there. Nobody goes on before his work is kept, so "written first, sent afterwards" holds as before.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import sqlalchemy as sa

T = TypeVar("T")


class _Work:
    def __init__(self, do: Callable[[sa.Connection], Any]) -> None:
        self.do = do
        self.done = False
        self.result: Any = None
        self.error: BaseException | None = None


class Together:
    """`write` opens a transaction that is kept when its block ends and undone when it raises."""

    def __init__(self, write: Callable[[], AbstractContextManager[sa.Connection]]) -> None:
        self._write = write
        self._pile: list[_Work] = []
        self._adding = threading.Lock()
        self._turn = threading.Lock()

    def do(self, work: Callable[[sa.Connection], T]) -> T:
        mine = _Work(work)
        with self._adding:
            self._pile.append(mine)
        with self._turn:
            if not mine.done:
                self._do_all()
        if mine.error is not None:
            raise mine.error
        result: T = mine.result
        return result

    def _do_all(self) -> None:
        with self._adding:
            taken, self._pile = self._pile, []
        try:
            with self._write() as db:
                if len(taken) == 1:
                    taken[0].result = taken[0].do(db)
                else:
                    for each in taken:
                        self._do_one(db, each)
        except BaseException as error:
            # The transaction itself was not kept: nobody's work counts.
            for each in taken:
                each.error = each.error or error
            if not isinstance(error, Exception):
                raise
        finally:
            for each in taken:
                each.done = True

    def _do_one(self, db: sa.Connection, each: _Work) -> None:
        try:
            with db.begin_nested():
                each.result = each.do(db)
        except Exception as error:  # noqa: BLE001 - handed to the thread whose work it was
            each.error = error
