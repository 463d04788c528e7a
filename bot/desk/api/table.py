"""Every operation of the API, in the order in which people read of them, and the groups that they stand in."""

from __future__ import annotations

from bot.desk.api import deliveries, drafts, quotes, standing, steps, wording
from bot.desk.api.operations import Operation

GROUPS: dict[str, tuple[Operation, ...]] = {
    "Drafts": (*drafts.OPERATIONS, *wording.OPERATIONS, *steps.OPERATIONS),
    "Episodes and quotes": quotes.OPERATIONS,
    "Deliveries": deliveries.OPERATIONS,
    "The house": standing.OPERATIONS,
}
OPERATIONS = tuple(each for group in GROUPS.values() for each in group)
