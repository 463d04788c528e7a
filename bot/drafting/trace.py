"""Follows every sentence of an edition back to the words that it was made from. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import regex

from bot.drafting import moments
from bot.errors import FalseQuote
from bot.model.digest import Digest, Edition
from bot.model.episode import Episode
from bot.model.provenance import EpisodeRef, Line, Provenance
from bot.model.quote import Quote
from bot.quotes import lock, timing

# So many characters of the source are shown on either side of a passage.
_AROUND = 160
_FIELD = regex.compile(r"(?P<list>insights|topics|related)\[(?P<at>\d{1,4})\](?:\.(?P<of>title|blurb))?")
_ONE_OF = {"insights": "insight", "topics": "topic", "related": "related episode"}
_PLAIN = ("title", "blurb", "summary")


@dataclass(frozen=True)
class Passage:
    """Words of a source with what stands around them; `moment` and `audio` where they were said aloud."""

    ref: EpisodeRef
    field: str
    before: str
    said: str
    after: str
    moment: str | None = None
    audio: str | None = None

    @property
    def where(self) -> str:
        """The field in words: "insight 3", "title of related episode 1"."""
        found = _FIELD.fullmatch(self.field)
        if found is None:
            return self.field
        named = f"{_ONE_OF[found['list']]} {int(found['at']) + 1}"
        return f"{found['of']} of {named}" if found["of"] else named


@dataclass(frozen=True)
class Traced:
    """One printed sentence: where it stands in the edition, the rule that made it, and its passages.

    `lock` is "" for a sentence that quotes nobody, else "exact", "trimmed" or "false"; `fault` says why it is false.
    """

    place: str
    text: str
    rule: str
    passages: tuple[Passage, ...]
    lock: str = ""
    fault: str = ""


def of_edition(edition: Edition, episodes: Mapping[EpisodeRef, Episode]) -> tuple[Traced, ...]:
    """The sentences that speak of the whole edition: its subject, its preheader, the threads of the week."""
    lines = [("subject", edition.subject), ("preheader", edition.preheader)]
    lines += [(f"thread “{thread.title}”", point.line) for thread in edition.threads for point in thread.points]
    return tuple(_traced(place, line, episodes) for place, line in lines)


def of_digest(digest: Digest, edition: Edition, episodes: Mapping[EpisodeRef, Episode]) -> tuple[Traced, ...]:
    """The sentences of one episode's entry, its quotations among them, in the order of print."""
    found = list(of_entry(digest, episodes))
    own = [each.quote for each in edition.quotes if each.ref == digest.ref]
    quotes = dict.fromkeys([*digest.quotes[:1], *own])
    found += [quoted(digest.ref, quote, episodes.get(digest.ref)) for quote in quotes]
    return tuple(found)


def of_entry(digest: Digest, episodes: Mapping[EpisodeRef, Episode]) -> tuple[Traced, ...]:
    """What we say about one episode, without its quotations."""
    return tuple(_traced(place, line, episodes) for place, line in _lines(digest))


def passage(episode: Episode | None, source: Provenance) -> Passage | None:
    """The passage that a provenance names, or None where the source does not hold it (any more)."""
    text = field_text(episode, source.field) if episode is not None else None
    if episode is None or text is None or not 0 <= source.begin <= source.stop <= len(text):
        return None
    at = None
    if source.field == "transcript" and episode.transcript is not None:
        at = timing.moment(episode.transcript, source.begin, source.stop)
    return Passage(
        source.ref,
        source.field,
        before(text, source.begin),
        text[source.begin : source.stop],
        after(text, source.stop),
        moments.shown(at),
        moments.from_before(episode.audio.url if episode.audio else None, at),
    )


def field_text(episode: Episode, field: str) -> str | None:
    """The text of an episode's field by the name that provenance gives it; None where there is no such field."""
    if field == "transcript":
        return episode.transcript.text if episode.transcript else None
    if field in _PLAIN:
        return str(getattr(episode, field))
    found = _FIELD.fullmatch(field)
    if found is None or (found["list"] == "related") != (found["of"] is not None):
        return None
    entries = getattr(episode, found["list"])
    at = int(found["at"])
    if at >= len(entries):
        return None
    return str(getattr(entries[at], found["of"]) if found["of"] else entries[at])


def before(text: str, at: int) -> str:
    """What stands before a place, from a whole word on."""
    cut = text[max(0, at - _AROUND) : at]
    return f"…{cut.partition(' ')[2]}" if at > _AROUND else cut


def after(text: str, at: int) -> str:
    """What stands behind a place, to a whole word."""
    cut = text[at : at + _AROUND]
    return f"{cut.rpartition(' ')[0]}…" if at + _AROUND < len(text) else cut


def _lines(digest: Digest) -> Iterator[tuple[str, Line]]:
    yield "headline", digest.headline
    if digest.hook is not None:
        yield "hook", digest.hook
    for line in digest.summary:
        yield "summary", line
    for group in digest.insights:
        if group.attribution is not None:
            yield "insights", group.attribution
        for claim in group.claims:
            yield "insights", claim
    for related in digest.related:
        yield "related", related.title
        if related.hook is not None:
            yield "related", related.hook


def _traced(place: str, line: Line, episodes: Mapping[EpisodeRef, Episode]) -> Traced:
    found = (passage(episodes.get(each.ref), each) for each in line.sources)
    return Traced(place, line.text, str(line.rule), tuple(each for each in found if each is not None))


def quoted(ref: EpisodeRef, quote: Quote, episode: Episode | None) -> Traced:
    """A quotation, held to the transcript that it was taken from."""
    found = passage(episode, Provenance(ref, "transcript", quote.begin, quote.stop))
    passages = (found,) if found is not None else ()
    rule = "trimmed: " + ", ".join(quote.trims) if quote.trims else "verbatim"
    if episode is None or episode.transcript is None:
        return Traced("quote", quote.text, rule, passages, "false", "There is no transcript any more.")
    try:
        lock.check(episode.transcript, quote)
    except FalseQuote as error:
        return Traced("quote", quote.text, rule, passages, "false", str(error))
    return Traced("quote", quote.text, rule, passages, "trimmed" if quote.trims else "exact")
