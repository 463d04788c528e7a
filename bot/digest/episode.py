"""One episode's digest: headline, hook, fewer sentences of its summary, its insights, its siblings."""

from __future__ import annotations

import regex

from bot.digest import attribution, condense, extract, measure
from bot.digest.checked import Drafted
from bot.digest.fitting import fitted
from bot.digest.lines import Field, line
from bot.digest.prose import Span, sentences
from bot.digest.rules import Rule
from bot.digest.topics import topics
from bot.digest.words import english
from bot.model.digest import Claims, Digest, Origin, RelatedLine
from bot.model.episode import Episode
from bot.model.provenance import EpisodeRef, Line
from bot.model.quote import Quote
from bot.text import fold

UNTITLED = "Untitled episode"
# A source may list any number; these many are printed.
MOST_INSIGHTS = 12
MOST_RELATED = 12
LONGEST_HEADLINE = 200
# Characters of a text that are looked at: no written summary is longer, and a hostile one costs no more.
_READ = 40_000
_READ_TITLE = 2_000
_TAG = regex.compile(r"(?:[#＃][\p{L}\p{N}_]*\p{L}[\p{L}\p{M}\p{N}_]*)+")
_SIGN = regex.compile(r"(?<!\S)[#＃](?=\p{L})")


def digest(ref: EpisodeRef, episode: Episode, quotes: tuple[Quote, ...], *, drafted: Drafted | None = None) -> Digest:
    """What we say about `episode`, whose best quotes, best first, are `quotes`.

    Every line is a sentence of the source or made of one by a rule of docs/digest-rules.md. Where the source gives no
    summary or no insights, what a model `drafted` and was checked takes their place, else extracts do. Reading minutes
    are those of the digest as printed in full with its best quote.
    """
    language = episode.language
    known = english(
        f"{episode.blurb[:1000]} {episode.summary[:1000]} {' '.join(episode.insights[:3])[:1000]}", language
    )
    headline = _title(Field(ref, "title", episode.title[:_READ_TITLE], episode.transcript))
    blurb = Field(ref, "blurb", episode.blurb[:_READ], episode.transcript)
    summary = Field(ref, "summary", episode.summary[:_READ], episode.transcript)
    spans = _whole_sentences(summary, full=len(episode.summary), language=language)
    hook = _hook(blurb, _whole_sentences(blurb, full=len(episode.blurb), language=language), headline, english=known)
    hook = hook or _hook(summary, spans, headline, english=known)
    condensed, summary_by = _condensed(summary, spans, hook, english=known), Origin.SHOW
    insights, insights_by = _insights(ref, episode, english=known), Origin.SHOW
    if not gives_summary(episode):
        blurb_spans = _whole_sentences(blurb, full=len(episode.blurb), language=language)
        condensed, summary_by = _own_summary(episode, blurb, blurb_spans, hook, drafted, english=known)
    if not gives_insights(episode):
        insights, insights_by = _own_insights(episode, blurb, quotes, drafted, english=known)
    printed = [headline, *([hook] if hook else []), *condensed]
    printed += [made for claims in insights for made in (claims.attribution, *claims.claims) if made]
    count = measure.words("\n".join([made.text for made in printed] + [quote.text for quote in quotes[:1]]))
    return Digest(
        ref=ref,
        show=fold(episode.show) or None if episode.show else None,
        headline=headline,
        hook=hook,
        summary=condensed,
        insights=insights,
        topics=topics(episode.topics),
        quotes=quotes,
        reading_minutes=measure.reading_minutes(count),
        listening_minutes=measure.listening_minutes(episode),
        gated=episode.gated,
        url=episode.url,
        audio=episode.audio.url if episode.audio else None,
        published=episode.published.date() if episode.published else None,
        language=language,
        related=_related(ref, episode),
        summary_by=summary_by,
        insights_by=insights_by,
    )


def gives_summary(episode: Episode) -> bool:
    """Whether the source has a summary of its own."""
    return bool(episode.summary.strip())


def gives_insights(episode: Episode) -> bool:
    """Whether the source has insights of its own."""
    return any(insight.strip() for insight in episode.insights)


def _title(field: Field) -> Line:
    """The title as it stands, without hashtags; cut only where it is no title any more."""
    text = field.text
    begin, stop = len(text) - len(text.lstrip()), len(text.rstrip())
    words = list(regex.finditer(r"\S+", text))
    while len(words) > 1 and _TAG.fullmatch(words[-1].group()):
        words.pop()
        stop = words[-1].end()
    made = line(field, begin, max(begin, stop))
    if not made.text:
        return Line(UNTITLED, Rule.UNTITLED, ())
    bare = _SIGN.sub("", made.text)
    if bare != made.text:
        made = Line(bare, Rule.HASHTAGS_DROPPED, made.sources)
    short = fitted(made.text, LONGEST_HEADLINE)
    return made if short == made.text else Line(short, Rule.HEADLINE_CUT, made.sources)


def _whole_sentences(field: Field, *, full: int, language: str | None) -> tuple[Span, ...]:
    """The field's sentences; where only a part of it is looked at, without the last, which may be cut."""
    spans = sentences(field.text, language=language)
    return spans[:-1] if full > len(field.text) else spans


def _hook(field: Field, spans: tuple[Span, ...], headline: Line, *, english: bool) -> Line | None:
    """The first sentence that says something."""
    for span in spans:
        if condense.says_something(fold(field.text[span.begin : span.stop]), title=headline.text, english=english):
            return line(field, span.begin, span.stop)
    return None


def _condensed(field: Field, spans: tuple[Span, ...], hook: Line | None, *, english: bool) -> tuple[Line, ...]:
    texts = [fold(field.text[span.begin : span.stop]) for span in spans]
    said = condense.key(hook.text) if hook else ""
    taken = frozenset(index for index, text in enumerate(texts) if said and condense.key(text) == said)
    kept = condense.chosen(texts, taken=taken, english=english)
    return tuple(line(field, spans[index].begin, spans[index].stop) for index in kept)


def _insights(ref: EpisodeRef, episode: Episode, *, english: bool) -> tuple[Claims, ...]:
    """The first insights that can be printed, none twice."""
    fields: dict[str, Field] = {}
    for index, insight in enumerate(episode.insights):
        if len(fields) == MOST_INSIGHTS:
            break
        if len(insight) <= _READ and 0 < measure.words(insight) <= condense.LONGEST_SENTENCE:
            field = Field(ref, f"insights[{index}]", insight, episode.transcript)
            fields.setdefault(condense.key(insight), field)
    return attribution.grouped(fields.values(), english=english, language=episode.language)


def _own_summary(
    episode: Episode,
    notes: Field,
    spans: tuple[Span, ...],
    hook: Line | None,
    drafted: Drafted | None,
    *,
    english: bool,
) -> tuple[tuple[Line, ...], Origin]:
    """A summary where the source has none: the model's, else out of the notes, else the spoken introduction."""
    if drafted is not None and drafted.summary:
        return drafted.summary, Origin.MODEL
    if noted := extract.from_notes(notes, spans, hook, english=english):
        return noted, Origin.NOTES
    if told := extract.introduced(notes.ref, episode):
        return told, Origin.CONVERSATION
    return (), Origin.SHOW


def _own_insights(
    episode: Episode, notes: Field, quotes: tuple[Quote, ...], drafted: Drafted | None, *, english: bool
) -> tuple[tuple[Claims, ...], Origin]:
    """Insights where the source has none: the model's, else a list in the notes, else what was said."""
    if drafted is not None and drafted.insights:
        return (Claims(None, drafted.insights),), Origin.MODEL
    if listed := extract.listed(notes, english=english):
        return (Claims(None, listed),), Origin.NOTES
    if said := extract.spoken(notes.ref, episode, quotes):
        return said, Origin.CONVERSATION
    return (), Origin.SHOW


def _related(ref: EpisodeRef, episode: Episode) -> tuple[RelatedLine, ...]:
    """The siblings; their transcripts are not known here, so nothing of theirs keeps quotation marks."""
    found = []
    for index, sibling in enumerate(episode.related[:MOST_RELATED]):
        title = _title(Field(ref, f"related[{index}].title", sibling.title[:_READ_TITLE], None))
        blurb = Field(ref, f"related[{index}].blurb", sibling.blurb[:_READ], None)
        spans = _whole_sentences(blurb, full=len(sibling.blurb), language=episode.language)
        known = english(blurb.text, episode.language)
        if title.rule != Rule.UNTITLED:
            found.append(RelatedLine(title, _hook(blurb, spans, title, english=known), sibling.url))
    return tuple(found)
