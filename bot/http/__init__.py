"""The ways out over HTTP; httpx and its engine httpcore are known here and nowhere else.

`door` is for publishing: one request, once, and the truth about how it ended. `fetch` is for reading the addresses of
others, which are not to be trusted: guarded, bounded, as often as you like.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import lazily

if TYPE_CHECKING:
    from bot.http.door import BODY_MAXIMUM, Answer, Door, Patience
else:
    __getattr__ = lazily.names(
        __name__,
        {
            "door": ("BODY_MAXIMUM", "Answer", "Door", "Patience"),
        },
    )

__all__ = [
    "BODY_MAXIMUM",
    "Answer",
    "Door",
    "Patience",
]
