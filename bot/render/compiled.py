"""Templates that were compiled before in this process: each pass makes its renderers anew."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from types import CodeType

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

# Ours with all their languages are some forty; each theme of a host adds the blocks that it has of its own.
_MOST = 400


class Compiled(BytecodeCache):
    """Keeps code by the name, the file and the content of its template, the most recent ones.

    For environments of one kind only: what a template compiles to depends on its environment's settings and filters.
    """

    def __init__(self) -> None:
        self._codes: OrderedDict[tuple[str, str], CodeType] = OrderedDict()
        self._lock = Lock()

    def load_bytecode(self, bucket: Bucket) -> None:
        with self._lock:
            code = self._codes.get((bucket.key, bucket.checksum))
            if code is not None:
                self._codes.move_to_end((bucket.key, bucket.checksum))
                bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is None:
            return
        with self._lock:
            self._codes[bucket.key, bucket.checksum] = bucket.code
            if len(self._codes) > _MOST:
                self._codes.popitem(last=False)
