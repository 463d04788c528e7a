"""What the check before sending finds: a rule, how grave it is, what is wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

_NAMED = 3
_LONGEST = 80


class Level(StrEnum):
    """BLOCK: it may not go out like this. WARN: somebody should look, and may let it go. NOTE: it is good to know."""

    BLOCK = "block"
    WARN = "warn"
    NOTE = "note"


class Rule(StrEnum):
    """What is looked at; docs/preflight.md has a line for each."""

    ADDRESS = "address"
    AUDIENCE = "audience"
    CHARACTERS = "characters"
    CHOICES = "choices"
    CONTRAST = "contrast"
    DOMAIN = "domain"
    EPISODES = "episodes"
    IMAGES = "images"
    LANGUAGE = "language"
    LINKS = "links"
    MEMBERS = "members"
    PARTS = "parts"
    PREHEADER = "preheader"
    QUOTES = "quotes"
    SENDER = "sender"
    SIZE = "size"
    STRUCTURE = "structure"
    STYLES = "styles"
    SUBJECT = "subject"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be. `said` and `remedy` are whole sentences on one line."""

    level: Level
    rule: Rule
    said: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.said} {self.remedy}"


def block(rule: Rule, said: str, remedy: str) -> Finding:
    return Finding(Level.BLOCK, rule, said, remedy)


def warn(rule: Rule, said: str, remedy: str) -> Finding:
    return Finding(Level.WARN, rule, said, remedy)


def note(rule: Rule, said: str, remedy: str) -> Finding:
    return Finding(Level.NOTE, rule, said, remedy)


def blocking(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that stop an edition."""
    return tuple(each for each in findings if each.level is Level.BLOCK)


def named(things: Sequence[str]) -> str:
    """The first few of some things, shortened, and how many more there are."""
    shown = ", ".join(f"'{shown_as(each)}'" for each in things[:_NAMED])
    return f"{shown} and {len(things) - _NAMED} more" if len(things) > _NAMED else shown


def shown_as(text: str) -> str:
    """A text of others as it can stand in a line of a terminal: on one line, not too long, nothing that steers it."""
    plain = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"
