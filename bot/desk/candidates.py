"""What an editor looks at to choose a quotation: the line in its place, its sound, what speaks for and against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.desk.sound import playable
from bot.drafting import moments
from bot.drafting.likeness import alike, words
from bot.drafting.payload import thaw
from bot.errors import FalseQuote
from bot.house import House
from bot.intend import Said, line_of, lines_on
from bot.model.digest import Digest
from bot.model.episode import Episode, Transcript
from bot.model.publication import Post, QuotedSpan
from bot.model.quote import Beside, Quote
from bot.quotes import lock, pick, stretch
from bot.quotes.beside import beside
from bot.store import drafts
from bot.store.database import Db
from bot.store.drafts import Draft
from bot.text import fold

# So many of the newest posts of every channel are looked through for the same line.
_LOOKED_THROUGH = 300
# So many lines that were not picked are shown with the reason.
_NOT_PICKED = 12


@dataclass(frozen=True)
class Candidate:
    """A line that is quoted or may be. `lock` is "exact", "trimmed" or "false"; `fault` says why it is false.

    `raw` is what was said, before the trims. `score` is None where nobody rated it. `audio` is where its sound can be
    played, two seconds early; `page` where the episode can be opened.
    """

    text: str
    raw: str
    begin: int
    stop: int
    speaker: str | None
    lock: str
    fault: str
    trims: tuple[str, ...]
    score: float | None
    reasons: tuple[str, ...]
    alarms: tuple[str, ...]
    gates: tuple[str, ...]
    before: tuple[Beside, ...]
    after: tuple[Beside, ...]
    moment: str | None
    audio: str | None
    page: str | None
    said: tuple[Said, ...]


def candidate(
    episode: Episode,
    quote: Quote | QuotedSpan,
    *,
    rated: bool,
    gates: tuple[str, ...] = (),
    judged: Quote | None = None,
    ran: Sequence[Said] = (),
) -> Candidate:
    """A quote beside its source. `judged` is the same line with its alarms, where `quote` is only its span."""
    transcript = episode.transcript or Transcript(())
    state, fault = "exact", ""
    try:
        lock.check(transcript, quote)
    except FalseQuote as error:
        state, fault = "false", str(error)
    if not fault and quote.trims:
        state = "trimmed"
    known = quote if isinstance(quote, Quote) else judged
    before, after = beside(transcript, quote.begin, quote.stop, quote.speaker)
    mine = words(quote.text)
    moment = known.moment if known else None
    return Candidate(
        text=quote.text,
        raw=fold(transcript.text[quote.begin : quote.stop]),
        begin=quote.begin,
        stop=quote.stop,
        speaker=quote.speaker,
        lock=state,
        fault=fault,
        trims=quote.trims,
        score=known.score if known and rated else None,
        reasons=known.reasons if known else (),
        alarms=known.alarms if known else (),
        gates=gates,
        before=before,
        after=after,
        moment=moments.shown(moment),
        audio=playable(moments.from_before(episode.audio.url if episode.audio else None, moment)),
        page=_address(moments.link(episode.url, moment)),
        said=tuple(each for each in ran if alike(mine, each.words)),
    )


def picked(episode: Episode, digest: Digest | None, ran: Sequence[Said]) -> list[Candidate]:
    """The candidates that the picker found in an episode, the best first; none where it was not digested yet."""
    return [
        candidate(episode, each, rated=True, gates=stretch.gates(episode, each.begin, each.stop), ran=ran)
        for each in (digest.quotes if digest is not None else ())
    ]


def not_picked(episode: Episode) -> list[Candidate]:
    """The best lines that no machine may pick, each with the reason."""
    barred = sorted((each for each in pick.judge(episode) if each.gates), key=lambda each: -each.score)
    found = []
    for each in barred[:_NOT_PICKED]:
        quote = Quote(
            each.text, each.begin, each.stop, each.speaker, each.moment, each.score, each.reasons, each.alarms
        )
        found.append(candidate(episode, quote, rated=True, gates=each.gates))
    return found


def ran_before(house: House, db: Db, own: Sequence[Draft], *, besides: int = 0) -> list[Said]:
    """What was said before or is about to be: the newest posts of every channel, and the episode's other drafts."""
    found = [
        each
        for channel, table in house.config.channels.items()
        if table.posts
        for each in lines_on(db, channel, besides=besides, limit=_LOOKED_THROUGH)
    ]
    known = {each.draft for each in found}
    for draft in own:
        post = thaw(drafts.revision(db, draft).payload)
        if draft.id not in known and draft.kind in drafts.LINES and isinstance(post, Post):
            text = line_of(post)
            found.append(Said(draft.id, draft.channel, text, words(text)))
    return found


def _address(url: str | None) -> str | None:
    """An address that may be a link: what a feed calls one may be anything."""
    return url if url is not None and url.startswith(("https://", "http://")) else None
