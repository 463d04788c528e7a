"""How long a collector waits for files that are being written; what it has seen of them is kept between passes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.sources import folder
from bot.sources.folder import File, Sighting


@dataclass(frozen=True)
class Patience:
    """The clock by which files are told to be still, and what is done meanwhile.

    `present` gives seconds since 1970. `wait` takes seconds and comes back after them; where it is None, files that are
    being written are left for the next pass.
    """

    present: Callable[[], float]
    wait: Callable[[float], None] | None = None
    _seen: dict[str, Sighting] = field(default_factory=dict)

    def still(self, files: Sequence[File], *, still: float, trusted: bool) -> bool:
        """Whether all of `files` have been still for long enough. Those that have not are remembered as seen now."""
        present = self.present()
        calm = True
        for file in files:
            before = self._seen.get(file.locator)
            if folder.is_still(file, before, present=present, still=still, trusted=trusted):
                self._seen.pop(file.locator, None)
                continue
            calm = False
            if before is None or before.signature != file.signature:
                self._seen[file.locator] = Sighting(file.signature, present)
        return calm

    def remaining(self, files: Sequence[File], *, still: float, trusted: bool) -> float:
        """In how many seconds all of `files` may be still."""
        present = self.present()
        return max(
            (
                folder.remaining(
                    file, self._seen.get(file.locator), present=present, still=still, trusted=trusted
                )
                for file in files
            ),
            default=0.0,
        )  # fmt: skip
