"""Lines out of fields: the text that we print, the rule that made it and the span it was made from."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from bot.digest.rules import Rule
from bot.model.episode import Transcript
from bot.model.provenance import EpisodeRef, Line, Provenance
from bot.quotes import lock
from bot.text import fold

_MARKS = '“”„‟"＂«»‹›「」『』〝〞〟❝❞'
_MARK = regex.compile(rf"[{_MARKS}]")
_NOT_INCHES = regex.compile(rf"(?<!\d)\"|[{_MARKS.replace(chr(34), '')}]")
# Stands for whatever is printed behind a line; no text of a source holds it (a private-use character).
_BEHIND = " \ue000"
# Each look into a long transcript takes time; a sentence with more quotations than this loses all its marks.
_QUOTATIONS = 4


@dataclass(frozen=True)
class Field:
    """One text of one revision of an episode, by the name that `Provenance.field` gives it.

    `transcript` is what a quotation in the text must occur in; None where there is none to hold it against.
    """

    ref: EpisodeRef
    name: str
    text: str
    transcript: Transcript | None

    def span(self, begin: int, stop: int) -> Provenance:
        return Provenance(self.ref, self.name, begin, stop)


def line(field: Field, begin: int, stop: int) -> Line:
    """The characters `begin` to `stop` of a field as we print them: folded, unproven quotations unmarked."""
    raw = field.text[begin:stop]
    folded = fold(raw)
    text = unmarked(folded, field.transcript)
    rule = Rule.MARKS_DROPPED if text != folded else Rule.FOLDED if folded != raw else Rule.VERBATIM
    return Line(text, rule, (field.span(begin, stop),))


def capitalised(made: Line) -> Line:
    """The line with its first letter as a capital; a word that has capitals of its own ("iPhone") is left alone."""
    first = made.text.partition(" ")[0]
    capital = first[:1].upper()
    if not first[:1].islower() or len(capital) != 1 or any(letter.isupper() for letter in first[1:]):
        return made
    rule = made.rule if made.rule == Rule.MARKS_DROPPED else Rule.CLAIM
    return Line(capital + made.text[1:], rule, made.sources)


def unmarked(text: str, transcript: Transcript | None) -> str:
    """`text` without the marks of every quotation that does not occur, word for word, in the transcript."""
    if _MARK.search(text) is None:
        return text
    passages = _quotations(text)
    if len(passages) <= _QUOTATIONS:
        for passage in passages:
            if not _proven(passage, transcript):
                text = _without(text, passage.removesuffix(_BEHIND))
        passages = _quotations(text)
        if len(passages) <= _QUOTATIONS and all(_proven(passage, transcript) for passage in passages):
            return fold(text)
    for pattern in (_NOT_INCHES, _MARK):
        text = pattern.sub("", text)
        if not _quotations(text):
            break
    return fold(text)


def _quotations(text: str) -> tuple[str, ...]:
    """The quotations of `text` as it is printed, with more text behind it: a mark left open quotes that too."""
    return lock.quotations(text + _BEHIND)


def _proven(passage: str, transcript: Transcript | None) -> bool:
    return transcript is not None and not passage.endswith(_BEHIND.strip()) and lock.quotable(transcript, passage)


def _without(text: str, passage: str) -> str:
    """`text` without the marks round the first place where `passage` stands between marks."""
    marked = regex.search(rf"[{_MARKS}]\s*+{regex.escape(passage)}\s*+(?:[{_MARKS}]|$)", text)
    if marked is None:
        return text
    return text[: marked.start()] + passage + text[marked.end() :]
