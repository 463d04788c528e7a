"""The shorter versions of an edition: the same stories in the same words, fewer of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.digest import measure
from bot.model.digest import Digest, Edition
from bot.model.subscriber import Length

SHORT_MINUTES = 3
# What takes less is told in seconds.
_MINUTES_FROM = 90


def shortened(edition: Edition, length: Length) -> Edition:
    """`edition` at a length, with the time that it takes to read; the whole one as it is.

    The brief one keeps headlines. The short one keeps a sentence of each story, then quotes and further sentences of
    the summaries as long as three minutes last; an edition of many episodes takes longer, and says so.
    """
    match length:
        case Length.FULL:
            return edition
        case Length.BRIEF:
            bare = {each: _headline(each) for each in edition.digests}
            return _timed(_of(replace(edition, opener="", notes=()), bare))
        case Length.SHORT:
            return _timed(_of(edition, dict(zip(edition.digests, _short(edition), strict=True))))


def _of(edition: Edition, chosen: dict[Digest, Digest]) -> Edition:
    """The edition with other digests in place of its own, and nothing beside its stories."""
    return replace(
        edition,
        top=(),
        lead=chosen[edition.lead],
        groups=tuple(replace(each, digests=tuple(chosen[one] for one in each.digests)) for each in edition.groups),
        threads=(),
        quotes=(),
        also=(),
    )


def _headline(digest: Digest) -> Digest:
    return replace(digest, hook=None, summary=(), insights=(), quotes=(), gated=False)


def _short(edition: Edition) -> list[Digest]:
    """The digests cut down to what three minutes hold, given out in turns so that each story has its share."""
    digests = edition.digests
    chosen = [_opening(each) for each in digests]
    left = SHORT_MINUTES * measure.WORDS_PER_MINUTE - _words(chosen) - _own_words(edition)
    for at, digest in enumerate(digests):
        cost = measure.words(digest.best.text) if digest.best else 0
        if digest.best and cost <= left:
            chosen[at] = replace(chosen[at], quotes=digest.quotes[:1], gated=digest.gated)
            left -= cost
    for sentence in range(1, max(len(each.summary) for each in digests)):
        for at, digest in enumerate(digests):
            # A sentence that did not fit is not passed over: what comes after it may lean on it.
            if len(digest.summary) > sentence and len(chosen[at].summary) == sentence:
                cost = measure.words(digest.summary[sentence].text)
                if cost <= left:
                    chosen[at] = replace(chosen[at], summary=digest.summary[: sentence + 1])
                    left -= cost
    return chosen


def _opening(digest: Digest) -> Digest:
    """The least that a story says: the first sentence of its summary, else its first claims, else its hook."""
    summary = digest.summary[:1]
    insights = () if summary else digest.insights[:1]
    hook = digest.hook if not summary and not insights else None
    return replace(digest, hook=hook, summary=summary, insights=insights, quotes=(), gated=False)


def _timed(edition: Edition) -> Edition:
    count = _words(edition.digests) + _own_words(edition)
    seconds = measure.reading_seconds(count)
    return replace(
        edition,
        reading_minutes=measure.reading_minutes(count),
        reading_seconds=seconds if seconds < _MINUTES_FROM else 0,
    )


def _words(digests: Sequence[Digest]) -> int:
    texts = []
    for digest in digests:
        lines = [digest.headline, digest.hook, *digest.summary]
        lines += [line for group in digest.insights for line in (group.attribution, *group.claims)]
        texts += [line.text for line in lines if line]
        texts += [digest.best.text] if digest.best else []
    return measure.words("\n".join(texts))


def _own_words(edition: Edition) -> int:
    return measure.words("\n".join([edition.opener, *(text for _, text in edition.notes)]))
