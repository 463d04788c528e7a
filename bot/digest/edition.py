"""One edition out of a week's digests: the top, the lead, groups, threads, quotes and what else the shows have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot.digest import arrange, measure, rank
from bot.digest.condense import key
from bot.digest.phrases import phrases
from bot.digest.subject import preheader, subject
from bot.digest.threads import threads
from bot.digest.topics import groups
from bot.model.digest import AlsoFromShow, Digest, Edition, EditionQuote, RelatedLine, Thread
from bot.model.provenance import Line
from bot.model.quote import Quote

MOST_QUOTES = 5
MOST_ALSO = 5


def compose(
    newsletter: str,
    title: str,
    number: int,
    day: date,
    digests: Sequence[Digest],
    *,
    language: str = "en",
    places: Mapping[int, int] | None = None,
    wishes: arrange.Wishes = arrange.NONE,
) -> Edition:
    """Number `number` of `newsletter`, which readers know as `title`, for `day`, out of one digest or more.

    A digest given twice counts once. `language` is that of our own few words. `places` are those that an editor gave
    to episodes, 1 for the lead; a group stands where the first of its episodes does. `wishes` order and leave out what
    stands beside the episodes. Raises ValueError without any digest.
    """
    given = list({digest.ref.episode: digest for digest in reversed(digests)}.values())[::-1]
    if not given:
        raise ValueError(f"Number {number} of '{newsletter}' has no episode: an edition needs at least one digest.")
    wording = phrases(language)
    standings = rank.ranked(given, day=day)
    lead = standings[0].digest
    others = [digest for digest in given if digest is not lead]
    grouped = groups(others, rest=wording.rest)
    if places:
        printed = [lead, *(digest for group in grouped for digest in group.digests)]
        order = arrange.placed(printed, places, lambda digest: digest.ref.episode)
        lead, others = order[0], order[1:]
        standings = tuple(sorted(standings, key=lambda standing: order.index(standing.digest)))
        grouped = tuple(sorted(groups(others, rest=wording.rest), key=lambda group: order.index(group.digests[0])))
    beside = arrange.arranged(
        arrange.Rest(rank.top(standings), threads(given), _quotes(standings), _also(given)), wishes
    )
    minutes = measure.reading_minutes(_words(given, beside.quotes, beside.threads))
    line = subject(lead, others=len(others), phrases=wording)
    ordered = [standing.digest for standing in standings]
    return Edition(
        newsletter=newsletter,
        number=number,
        day=day,
        subject=line,
        preheader=preheader(line, ordered, title=title, number=number, minutes=minutes, phrases=wording),
        top=beside.top,
        lead=lead,
        groups=grouped,
        threads=beside.threads,
        quotes=beside.quotes,
        also=beside.also,
        reading_minutes=minutes,
        parts=beside.parts,
        left_out=beside.left_out,
    )


def _quotes(standings: Sequence[rank.Standing]) -> tuple[EditionQuote, ...]:
    """At most five, one for each episode, by rank of the episode; those that raise an alarm only where room is left.

    The lead's best quote stands in the lead story, so the lead gives its next one, if it has one.
    """
    found: list[tuple[bool, EditionQuote]] = []
    for index, standing in enumerate(standings):
        digest = standing.digest
        quote = _calmest(digest.quotes[1:] if index == 0 else digest.quotes)
        if quote is not None:
            found.append(
                (
                    bool(quote.alarms),
                    EditionQuote(digest.ref, digest.show, digest.headline.text, quote, digest.url),
                )
            )
    return tuple(quote for _, quote in sorted(found, key=lambda pair: pair[0])[:MOST_QUOTES])


def _calmest(quotes: Sequence[Quote]) -> Quote | None:
    """The best quote without an alarm, else the best."""
    return next((quote for quote in quotes if not quote.alarms), quotes[0] if quotes else None)


def _also(digests: Sequence[Digest]) -> tuple[AlsoFromShow, ...]:
    """Each show's other episodes, none that the edition holds, none twice, three for a show."""
    seen = {key(digest.headline.text) for digest in digests}
    addresses = {digest.url for digest in digests if digest.url}
    shows: dict[str, list[RelatedLine]] = {}
    for digest in digests:
        if digest.show is None:
            continue
        listed = shows.setdefault(digest.show, [])
        for sibling in digest.related:
            name = key(sibling.title.text)
            if len(listed) == MOST_ALSO or name in seen or (sibling.url and sibling.url in addresses):
                continue
            seen.add(name)
            listed.append(sibling)
    return tuple(AlsoFromShow(show, tuple(listed)) for show, listed in shows.items() if listed)


def _words(digests: Sequence[Digest], quotes: Sequence[EditionQuote], week: Sequence[Thread]) -> int:
    """The words of the edition in full, each counted where it is printed."""
    lines: list[Line | None] = [point.line for thread in week for point in thread.points]
    for digest in digests:
        lines += [digest.headline, digest.hook, *digest.summary]
        lines += [line for group in digest.insights for line in (group.attribution, *group.claims)]
    texts = [line.text for line in lines if line] + [quote.quote.text for quote in quotes]
    texts += [digest.best.text for digest in digests if digest.best]
    return measure.words("\n".join(texts))
