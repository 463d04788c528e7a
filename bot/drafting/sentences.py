"""Every sentence that an edition prints, in the order of print, with a key by which its source is asked for. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.digest.prose import sentences as split
from bot.model.digest import Digest, Edition
from bot.model.provenance import EpisodeRef, Line, Provenance
from bot.model.quote import Quote

# The rule that a line bears which an editor wrote.
EDITOR = "editor"

_SIGNS = 10


@dataclass(frozen=True)
class Sentence:
    """One printed sentence. `sources` are the places that it was made from, none where an editor wrote it.

    `place` says where it stands ("headline", "thread “…”"), `field` which field an editor writes it in ("headline:12"),
    "" where there is none. `quote` is set where it is a quotation.
    """

    key: str
    place: str
    text: str
    rule: str
    sources: tuple[Provenance, ...] = ()
    field: str = ""
    quote: Quote | None = None
    ref: EpisodeRef | None = None


def printed(edition: Edition, blocks: Callable[[str], list[str]]) -> tuple[Sentence, ...]:
    """The sentences of an edition. `blocks` are the paragraphs of an editor's Markdown as they are printed.

    What is printed in several places stands here in each of them, under one key.
    """
    found = [
        _line("subject", edition.subject, field="subject"),
        _line("preheader", edition.preheader, field="preheader"),
    ]
    found += _own("the opener", "opener", edition.opener, blocks)
    notes = dict(edition.notes)

    def story(digest: Digest) -> Iterator[Sentence]:
        at = digest.ref.episode
        yield _line("headline", digest.headline, field=f"headline:{at}")
        if digest.hook is not None:
            yield _line("hook", digest.hook, field=f"hook:{at}")
        yield from _own("a note", f"note:{at}", notes.get(at, ""), blocks)
        for line in digest.summary:
            yield _line("summary", line)
        for claims in digest.insights:
            if claims.attribution is not None:
                yield _line("insights", claims.attribution)
            for claim in claims.claims:
                yield _line("insights", claim)
        if digest.best is not None:
            yield _quote(digest.ref, digest.best)

    for part in edition.parts:
        match part:
            case "top":
                found += [_line("the top", each.headline, field=f"headline:{each.ref.episode}") for each in edition.top]
            case "lead":
                found += story(edition.lead)
            case "groups":
                found += [each for group in edition.groups for digest in group.digests for each in story(digest)]
            case "threads":
                for thread in edition.threads:
                    found += [_line(f"thread “{thread.title}”", point.line) for point in thread.points]
            case "quotes":
                found += [_quote(each.ref, each.quote) for each in edition.quotes]
            case "also":
                for shelf in edition.also:
                    for other in shelf.related:
                        found.append(_line(f"also from {shelf.show}", other.title))
                        found += [_line(f"also from {shelf.show}", other.hook)] if other.hook is not None else []
    return tuple(found)


def _line(place: str, line: Line, *, field: str = "") -> Sentence:
    key = _key(line.text, line.rule, *(f"{each.ref} {each.field} {each.begin} {each.stop}" for each in line.sources))
    return Sentence(key, place, line.text, str(line.rule), line.sources, field)


def _quote(ref: EpisodeRef, quote: Quote) -> Sentence:
    rule = f"trimmed: {', '.join(quote.trims)}" if quote.trims else "verbatim"
    source = Provenance(ref, "transcript", quote.begin, quote.stop)
    return Sentence(
        _key("quote", str(ref), quote.text, str(quote.begin), str(quote.stop)),
        "quote",
        quote.text,
        rule,
        (source,),
        quote=quote,
        ref=ref,
    )


def _own(place: str, field: str, text: str, blocks: Callable[[str], list[str]]) -> list[Sentence]:
    """The sentences of an editor's own Markdown."""
    found = []
    for block in blocks(text) if text.strip() else ():
        for span in split(block, language=None):
            said = block[span.begin : span.stop]
            found.append(Sentence(_key(field, said), place, said, EDITOR, field=field))
    return found


def _key(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode("utf-8", "replace")).hexdigest()[:_SIGNS]
