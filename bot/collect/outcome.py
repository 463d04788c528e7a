"""What a pass over the sources brought, in numbers that add up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Collected:
    """What one pass over the sources brought: documents read, those set aside, and what became of their episodes."""

    documents: int = 0
    set_aside: tuple[str, ...] = ()
    new: int = 0
    revised: int = 0
    known_only: int = 0

    def plus(self, other: Collected) -> Collected:
        return Collected(
            self.documents + other.documents,
            self.set_aside + other.set_aside,
            self.new + other.new,
            self.revised + other.revised,
            self.known_only + other.known_only,
        )
