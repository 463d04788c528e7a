"""What of the archive anybody may look at."""

from __future__ import annotations

from bot.house import House
from bot.store.archive import Shown


def shown(house: House) -> Shown:
    """The newsletters and channels whose publications anybody may look at."""
    newsletters, channels = house.config.newsletters, house.config.channels
    return Shown(
        tuple(name for name, table in newsletters.items() if table.archive),
        tuple(name for name, table in channels.items() if table.quote_pages),
    )
