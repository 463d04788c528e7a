"""Names in a text that a service would tell of it: transcripts and titles hold them by accident.

How a name looks to a service is the platform's to say; what is done about one is decided here, alike for all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from bot.errors import Refused


def refuse_strangers(names: Iterable[str], allowed: Collection[str], *, service: str) -> None:
    """Raise Refused for the first of `names` that is not among those that the channel's `mentions` allow."""
    known = {each.casefold() for each in allowed}
    for name in names:
        if name.casefold() not in known:
            raise Refused(
                f"'{name}' would notify somebody on {service}. Write the name without '@', pick another quote, or add "
                f"{name} to the channel's 'mentions'."
            )
