"""What a quote card says, and in which colours."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """What a card says. `quote` is verbatim and stands in quotation marks, unless it is no quotation (`quoted`)."""

    quote: str
    speaker: str | None = None
    show: str | None = None
    moment: str | None = None
    language: str | None = None
    quoted: bool = True

    @property
    def beside(self) -> str:
        """The line below the speaker."""
        return " · ".join(each for each in (self.show, self.moment) if each)


@dataclass(frozen=True)
class Colours:
    """The colours of a card, as "#rrggbb". Each of the others keeps 4.5:1 on `paper`; the defaults are the mail's."""

    paper: str = "#fbfaf6"
    ink: str = "#26272b"
    muted: str = "#5d5b57"
    accent: str = "#99401c"
