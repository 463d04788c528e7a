"""What becomes of the readers of a list, from what is known of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from bot.addresses import Line


@dataclass(frozen=True)
class Sorted:
    """Who is to get the newsletter anew, in the order of the list, and how many got it before or are barred."""

    joining: tuple[Line, ...]
    known: int
    suppressed: int


def sort_out(page: Sequence[Line], *, barred: Set[str], active: Set[str]) -> Sorted:
    """Part some readers of a list. `barred` holds hashes of addresses, `active` the keys of those who get it.

    Who stands there twice joins once and is known then.
    """
    joining: dict[str, Line] = {}
    known = suppressed = 0
    for line in page:
        if line.address.hash in barred:
            suppressed += 1
        elif line.address.key in active or line.address.key in joining:
            known += 1
        else:
            joining[line.address.key] = line
    return Sorted(tuple(joining.values()), known, suppressed)
