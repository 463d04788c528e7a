"""What a pass over the sources brought, in numbers that add up."""

from __future__ import annotations

from dataclasses import dataclass, field, fields


@dataclass(frozen=True)
class Collected:
    """What one pass over the sources brought.

    `documents` were read and `set_aside` could not be, each with its message. `polled` feeds were asked; `unanswered`
    gave nothing that can be used this time, each with its reason. `new` episodes are announced, `known_only` are only
    remembered, `held` wait for a person, `renamed` were recognised under another name, `withdrawn` were taken out of
    their feed. `supplied` transcripts, chapters and pages were read.

    `unfinished` documents are still being written, and `faults` are folders that cannot be looked into: neither is
    something that a pass did, so they do not count where two passes are compared.
    """

    documents: int = 0
    set_aside: tuple[str, ...] = ()
    new: int = 0
    revised: int = 0
    known_only: int = 0
    polled: int = 0
    unanswered: tuple[str, ...] = ()
    held: int = 0
    renamed: int = 0
    withdrawn: int = 0
    supplied: int = 0
    unfinished: int = field(default=0, compare=False)
    faults: tuple[str, ...] = field(default=(), compare=False)

    def plus(self, other: Collected) -> Collected:
        return Collected(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))
