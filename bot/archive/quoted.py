"""One quote as its public page tells it: its words, the lines beside them, where it ran, what became of its source."""

from __future__ import annotations

from urllib.parse import urlsplit

from bot.archive.notes import notes
from bot.archive.pictures import picture
from bot.archive.site import shown
from bot.drafting.payload import thaw
from bot.house import House
from bot.model.archive import Elsewhere, Printing, Quoted, Source
from bot.model.episode import Episode, Transcript
from bot.model.provenance import EpisodeRef
from bot.model.publication import QuotedSpan
from bot.model.quote import Beside
from bot.quotes import lock, timing
from bot.quotes.beside import beside
from bot.reading.gate import is_gate
from bot.store import archive, archive_notes, episodes, sources
from bot.store.database import Db


def quoted(house: House, db: Db, key: str) -> Quoted | None:
    """The quote under a key; None where nothing that went out, and that may be seen, bears it."""
    seen = shown(house)
    runs = archive.ran(db, key, seen)
    if not runs:
        return None
    span = thaw(runs[0].payload).quotes[runs[0].place]
    posts = [each.draft_id for each in runs if each.newsletter is None]
    on_editions = archive_notes.of(db, [each.draft_id for each in runs if each.newsletter is not None])
    receipts = archive.receipts(db, posts)
    there = {each.draft_id for each in receipts if not each.gone}
    gone = {each.draft_id for each in receipts} - there
    standing = [each for each in runs if each.newsletter is not None or each.draft_id not in gone]
    editions = tuple(
        Printing(each.newsletter, each.number, each.subject)
        for each in runs
        if each.newsletter is not None and each.number is not None
    )
    episode, (source, transcript, place) = _source(db, span)
    before, after = beside(transcript, *place, span.speaker) if source is Source.SAME else ((), ())
    return Quoted(
        key=key,
        text=span.text,
        speaker=span.speaker,
        show=episode.show,
        episode=episode.title,
        published=episode.published.date() if episode.published else None,
        language=episode.language,
        url=episode.url,
        audio=episode.audio.url if episode.audio else None,
        moment=timing.moment(transcript, *place),
        before=_public(before[::-1])[::-1],
        after=_public(after),
        source=source,
        editions=editions,
        posts=tuple(_elsewhere(each.permalink) for each in receipts if not each.gone and _is_web(each.permalink)),
        corrections=notes(
            archive.corrections_of(db, posts),
            [each for each in on_editions if each.episode_id in (None, span.ref.episode)],
        ),
        taken_back=not standing,
        newsletter=editions[0].newsletter if editions else None,
        picture=picture(house, (thaw(each.payload) for each in standing)),
    )


def _source(db: Db, span: QuotedSpan) -> tuple[Episode, tuple[Source, Transcript, tuple[int, int]]]:
    """The episode as it was read last, how it stands to the quote, and the reading in which the quote has its place."""
    then = episodes.load(db, span.ref)
    transcript = then.transcript or Transcript(())
    as_published = (transcript, (span.begin, span.stop))
    newest = episodes.newest(db, span.ref.episode) or span.ref
    today = then if newest == span.ref else episodes.load(db, newest)
    if _withdrawn(db, span.ref):
        return today, (Source.WITHDRAWN, *as_published)
    if newest == span.ref:
        return today, (Source.SAME, *as_published)
    said = transcript.text[span.begin : span.stop]
    found = lock.find(today.transcript, said) if today.transcript is not None else None
    if today.transcript is not None and found is not None:
        return today, (Source.SAME, today.transcript, found)
    walled = today.gated and not then.gated
    return today, (Source.WALLED if walled else Source.CHANGED, *as_published)


def _withdrawn(db: Db, ref: EpisodeRef) -> bool:
    """Whether every feed that had the episode has taken it out."""
    items = sources.of_episode(db, ref.episode)
    return bool(items) and all(seen.missing_since is not None for _, seen in items)


def _public(lines: tuple[Beside, ...]) -> tuple[Beside, ...]:
    """The lines from the quote on up to a members' gate, if one stands among them."""
    at = next((index for index, line in enumerate(lines) if is_gate(line.text)), len(lines))
    return lines[:at]


def _is_web(url: str | None) -> bool:
    return url is not None and url.startswith(("https://", "http://"))


def _elsewhere(url: str | None) -> Elsewhere:
    return Elsewhere(url or "", urlsplit(url or "").hostname or "")
