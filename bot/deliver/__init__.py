"""Delivers what is approved and due: the intention is written first, then the bytes leave, then the receipt is kept.

The ledger row is the queue. Before a request leaves, everything is checked again: the freeze, the approval, the bytes
and every quotation. A delivery whose outcome is not known is looked up where the platform can be asked, and waits for a
person where it cannot; it is never sent again by itself. Channels do not wait for each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import lazily

if TYPE_CHECKING:
    from bot.deliver.brake import freeze, release
    from bot.deliver.doubt import by_itself, settle
    from bot.deliver.mailing import cancel_mailing
    from bot.deliver.sending import Delivered
    from bot.deliver.trial import send_trial
    from bot.deliver.work import deliver
else:
    __getattr__ = lazily.names(
        __name__,
        {
            "brake": ("freeze", "release"),
            "doubt": ("by_itself", "settle"),
            "mailing": ("cancel_mailing",),
            "sending": ("Delivered",),
            "trial": ("send_trial",),
            "work": ("deliver",),
        },
    )

__all__ = [
    "Delivered",
    "by_itself",
    "cancel_mailing",
    "deliver",
    "freeze",
    "release",
    "send_trial",
    "settle",
]
