"""One edition and the service that hands it over: the letters of a request, its bytes, and the request itself."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.errors import Refused, Unknown, Unsent
from bot.model.choices import chosen, read_choice
from bot.model.publication import Mail
from bot.model.subscriber import Addressee
from bot.platforms.contract import Http
from bot.platforms.letters import SPECIMEN, Letter, Letters, Outcome
from bot.text import fold

# In bytes. Some requests are held by whoever makes and posts them, each more than once on its way out.
_LARGEST = 5_000_000

Ends = Sequence[Outcome] | Unsent
"""What became of a request: the outcome of every letter, or how it ended as a whole."""


@dataclass(frozen=True)
class Edition:
    """What all requests of a mailing have in common. `key` is its delivery's, `public` where our pages are reached."""

    platform: Letters
    mail: Mail
    key: str
    composed_at: datetime
    public: str

    def request_key(self, number: int) -> str:
        """The key of a request: the same at every attempt, another for each."""
        return f"{self.key}-r{number}"

    def most(self) -> int:
        """How many readers one request should bear: as the service takes them, but about so many bytes at most.

        What all of them share counts for nothing: some services take it once. Pure, as the bytes are; it is asked
        before an audience is written down, because a request that has left keeps its readers.
        """
        try:
            one, two = (len(self._specimens(number)) for number in (1, 2)) if self.platform.most > 1 else (0, 0)
        except Refused:  # Whoever makes the first request says why.
            return self.platform.most
        return max(1, min(self.platform.most, _LARGEST // max(two - one, 1)))

    def _specimens(self, number: int) -> bytes:
        letters = [replace(SPECIMEN, key=f"specimen{each}", address=f"{each}@example.org") for each in range(number)]
        return self.platform.enclose(self.mail, letters, key=self.key, at=self.composed_at)

    def letters(self, readers: Sequence[Addressee]) -> tuple[Letter, ...]:
        """What readers get, from the rows of the ledger and from nothing else."""
        return tuple(
            Letter(
                key=f"{self.key}-s{each.subscriber_id}",
                address=each.address,
                name=fold(each.name),
                unsubscribe=f"{self.public}/leave/{each.token}",
                preferences=f"{self.public}/preferences/{each.token}",
                cadence=each.cadence,
            )
            for each in readers
        )

    def theirs(self, readers: Sequence[Addressee]) -> Mail:
        """The mail as the readers of one request get it: all of them the same version."""
        return chosen(self.mail, read_choice(readers[0].version))

    def write(self, number: int, readers: Sequence[Addressee]) -> tuple[tuple[Letter, ...], bytes]:
        """The letters and the bytes of a request. Raises Refused."""
        letters = self.letters(readers)
        key, at = self.request_key(number), self.composed_at
        return letters, self.platform.enclose(self.theirs(readers), letters, key=key, at=at)

    def post(self, number: int, letters: Sequence[Letter], body: bytes, http: Http) -> Ends:
        """Make the request, once."""
        try:
            outcomes = self.platform.post(body, letters, http, key=self.request_key(number))
        except Unsent as failure:
            return failure
        except Exception as fault:
            logging.exception("sending %s failed", self.request_key(number))
            return Unknown(f"A fault of ours while sending: {fault!r}.")
        if len(outcomes) != len(letters):
            return Unknown(f"The service answered for {len(outcomes)} of {len(letters)} readers.")
        return outcomes
