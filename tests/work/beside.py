"""Something that is done while something else is not kept yet."""

from __future__ import annotations

import threading
from collections.abc import Callable

Job = Callable[[], object]


class Beside(threading.Thread):
    """A job that begins while something else is not kept yet; `end` waits for it and raises what it raised."""

    def __init__(self, job: Job) -> None:
        super().__init__(daemon=True)
        self._job = job
        self._raised: BaseException | None = None
        self.start()
        self.join(0.3)

    def run(self) -> None:
        try:
            self._job()
        except BaseException as error:  # noqa: BLE001 - `end` raises it
            self._raised = error

    def end(self) -> None:
        self.join(30)
        if self._raised is not None:
            raise self._raised
