"""What the domain of a sender says of its mail, as DNS told it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DomainRecords:
    """The text records that matter for mail. None where DNS gave no answer in time; () where it said: there is none.

    `spf` are the records of `domain` that begin with "v=spf1", `dmarc` those of "v=DMARC1". `above` is the name
    over the domain at which these were found; None where they are its own.
    """

    domain: str
    spf: tuple[str, ...] | None
    dmarc: tuple[str, ...] | None
    above: str | None = None
