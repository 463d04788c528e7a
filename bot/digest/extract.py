"""What an episode says where its source gives no summary and no insights: whole sentences of its notes and transcript.

Extractive only: no word is written or changed, each line keeps the characters that it was taken from, and the choice is
marked as ours. The method and what it was measured against stand in docs/digest-rules.md and benchmarks/EXTRACTS.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import regex

from bot.digest import condense, measure
from bot.digest.claims import claim
from bot.digest.introduction import introduction
from bot.digest.lines import Field, line
from bot.digest.prose import Span
from bot.digest.rules import Rule
from bot.digest.words import content_stem, filler, tokens
from bot.model.digest import Claims
from bot.model.episode import Episode, Transcript
from bot.model.provenance import EpisodeRef, Line, Provenance
from bot.model.quote import Quote
from bot.quotes import lock
from bot.quotes.blocks import AD
from bot.quotes.gates import is_english
from bot.quotes.pick import Candidate, judge
from bot.quotes.scene import scene
from bot.text import fold

# Lines of a conversation that are printed, and how far apart they were said where times are known (seconds).
MOST_SPOKEN = 4
_APART = 30.0
# An episode of fewer sentences than this for each line is quoted whole sooner than summed up.
_SENTENCES_A_LINE = 4
_LONGEST_SPOKEN = 35
# What the title or the notes name counts so many times as much as what is merely often said.
_NAMED = 4.0
# How dearly length is paid for, as in `bot.digest.condense`.
_COST = 0.5
# What a reader need not fear where no time is printed.
_HARMLESS = frozenset({"its time is a guess"})
# The share of a line's worth that does not hang on how quotable it is.
_GIST = 0.6
_SAME = 0.5
# What a line of whoever leads the conversation is worth beside one of a guest.
_HOST = 0.5
# Sentences before and after an advertisement that no line is taken from.
_MARGIN = (4, 12)
# The part of an episode that is neither greeting nor farewell, as shares of its sentences.
_BODY = (0.03, 0.95)

_FEWEST_ITEMS, _MOST_ITEMS = 3, 8
_SHORTEST_ITEM, _LONGEST_ITEM = 4, 40
# A line that is shorter than this and goes on in the next was ended by its writer, not by a margin.
_WRAPPED = 50
_ITEM = regex.compile(r"^[^\S\n]*(?:[-*•·▪●○►▸➤–—✅✔]|\(?\d{1,2}[.):])[^\S\n]+(?=\S)", regex.MULTILINE)
_ENDS = regex.compile(r"[.!?…。！？｡؟۔।][\"”’»›)\]}」』]*$")
_ADDRESS = regex.compile(r"https?://|www\.|\S@\S+\.\w|(?<!\w)@\w")
_MARK = regex.compile(r"[“”„‟\"＂«»‹›「」『』〝〞〟❝❞]")


def from_notes(field: Field, spans: Sequence[Span], hook: Line | None, *, english: bool) -> tuple[Line, ...]:
    """At most three sentences of the show notes in their order, chosen as a summary's are; none where none can stand.

    `spans` are the sentences of `field`. The sentence that is the hook is not repeated.
    """
    texts = [fold(field.text[span.begin : span.stop]) for span in spans]
    standing = [
        _says(text) and not _glued(field.text[span.begin : span.stop]) and not (english and condense.appeals(text))
        for text, span in zip(texts, spans, strict=True)
    ]
    for index, text in enumerate(texts):
        # What leans on a sentence that is left out would lean on another one.
        if english and standing[index] and condense.leans(text):
            standing[index] = index > 0 and standing[index - 1]
    kept = [index for index, stands in enumerate(standing) if stands]
    said = condense.key(hook.text) if hook else ""
    taken = frozenset(place for place, index in enumerate(kept) if said and condense.key(texts[index]) == said)
    chosen = condense.chosen([texts[index] for index in kept], taken=taken, english=english)
    return tuple(_noted(field, spans[kept[place]].begin, spans[kept[place]].stop) for place in chosen)


def listed(field: Field, *, english: bool) -> tuple[Line, ...]:
    """The points of the longest list in the show notes ("You will learn: …"), in its order; none without a real list.

    A list is three points or more, one a line, of 4 to 40 words and without addresses.
    """
    runs: list[list[tuple[int, int]]] = [[]]
    at = 0
    for text in field.text.split("\n"):
        begin, at = at, at + len(text) + 1
        mark = _ITEM.match(text)
        point = text[mark.end() :].rstrip() if mark else ""
        if mark and _a_point(point, english=english):
            runs[-1].append((begin + mark.end(), begin + mark.end() + len(point)))
        elif text.strip():
            runs.append([])
    points = max(runs, key=len)
    if len(points) < _FEWEST_ITEMS:
        return ()
    return tuple(_noted(field, begin, stop) for begin, stop in points[:_MOST_ITEMS])


def introduced(ref: EpisodeRef, episode: Episode) -> tuple[Line, ...]:
    """The show's own spoken introduction in quotation marks, a run of neighbouring sentences in one pair of them."""
    transcript = episode.transcript
    if transcript is None:
        return ()
    found = []
    for run in introduction(episode):
        begin, stop = run[0].begin, run[-1].stop
        if (text := _said(transcript, begin, stop)) is not None:
            found.append(Line(f"“{text}”", Rule.SPOKEN, (Provenance(ref, "transcript", begin, stop),)))
    return tuple(found)


def spoken(ref: EpisodeRef, episode: Episode, quotes: tuple[Quote, ...]) -> tuple[Claims, ...]:
    """What was said that sums the conversation up, in quotation marks, in the order in which it was said.

    Whole sentences that the quotes' gates let stand by themselves and that raise no alarm, chosen greedily: each adds
    what no line before it (nor the first of `quotes`) covers of the words that the conversation turns on, in proportion
    to the root of its length; a claim counts for more than a story, a guest for more than a host, and a quotable line
    for more than a dull one. Neighbours by one speaker stand under the speaker's name.
    """
    transcript = episode.transcript
    if transcript is None:
        return ()
    candidates = judge(episode)
    most = min(MOST_SPOKEN, len(candidates) // _SENTENCES_A_LINE)
    best = ranked(candidates, episode, most=most, said=quotes[0].text if quotes else "")
    lines = []
    for each in (candidates[index] for index in sorted(best)):
        if (text := _said(transcript, each.begin, each.stop)) is not None:
            span = Provenance(ref, "transcript", each.begin, each.stop)
            lines.append((fold(each.speaker or ""), Line(f"“{text}”", Rule.SPOKEN, (span,))))
    found = []
    for speaker, run in groupby(lines, key=lambda line: line[0]):
        claims = tuple(line for _, line in run)
        spans = tuple(source for line in claims for source in line.sources)
        found.append(Claims(Line(f"{speaker}:", Rule.SPEAKER, spans) if speaker else None, claims))
    return tuple(found)


def _said(transcript: Transcript, begin: int, stop: int) -> str | None:
    """What stands there as it is printed, or None where the lock, which is asked again before sending, misses it."""
    text = lock.derive(transcript, begin, stop, ())
    return text if lock.find(transcript, text) is not None else None


def _noted(field: Field, begin: int, stop: int) -> Line:
    made = line(field, begin, stop)
    return Line(made.text, Rule.NOTES, made.sources)


def _says(text: str) -> bool:
    """Whether a sentence of notes is one: it ends like a sentence, is long enough, and bears no address."""
    return (
        _ENDS.search(text) is not None
        and _SHORTEST_ITEM < measure.words(text) <= condense.LONGEST_SENTENCE
        and _ADDRESS.search(text) is None
    )


def _glued(raw: str) -> bool:
    """Whether a sentence runs over the end of a short line: such a line was not wrapped, it belongs to a list."""
    return any(len(part.strip()) < _WRAPPED for part in raw.split("\n")[:-1])


def _a_point(text: str, *, english: bool) -> bool:
    words = measure.words(text)
    return (
        _SHORTEST_ITEM <= words <= _LONGEST_ITEM
        and not _ADDRESS.search(text)
        and not (english and condense.appeals(text))
    )


@dataclass(frozen=True)
class _Option:
    index: int
    stems: frozenset[str]
    words: int
    worth: float
    start: float | None


def ranked(candidates: Sequence[Candidate], episode: Episode, *, most: int, said: str = "") -> list[int]:
    """The numbers of at most `most` of the candidates, best first, that sum the conversation up; `said` is covered."""
    stems = [_stems(candidate.text) for candidate in candidates]
    weight = _weights(stems, f"{episode.title}\n{episode.blurb}\n{' '.join(episode.topics)}")
    english = is_english([word for each in candidates[:200] for word in each.text.lower().split()])
    leading = scene(episode).hosts
    selling = _near(candidates, AD)
    first, last = (round(share * len(candidates)) for share in _BODY)
    options = []
    for index, each in enumerate(candidates):
        if index in selling or not first <= index < last or not _may_stand(each):
            continue
        worth = (claim(each.text) if english else 1.0) * (_GIST + (1 - _GIST) * each.score)
        worth *= _HOST if each.speaker in leading else 1.0
        if worth > 0:
            options.append(_Option(index, stems[index], measure.words(each.text), worth, each.start))
    taken: list[int] = []
    covered = _stems(said)
    while options and len(taken) < most:
        best = max(options, key=lambda option: (_gain(option, covered, weight), -option.index))
        if _gain(best, covered, weight) <= 0:
            break
        taken.append(best.index)
        covered |= best.stems
        options = [other for other in options if not _beside(other, best)]
    return taken


def _near(candidates: Sequence[Candidate], block: str) -> frozenset[int]:
    """The numbers of what lies in a block or so near it that it may still belong to it."""
    before, after = _MARGIN
    return frozenset(
        near
        for index, each in enumerate(candidates)
        if block in each.gates
        for near in range(index - before, index + after + 1)
    )


def _weights(stems: Sequence[frozenset[str]], about: str) -> dict[str, float]:
    """How much of the conversation turns on each content word: the sentences that hold it, more where it is named."""
    counts = Counter(stem for held in stems for stem in held)
    named = _stems(about)
    return {
        stem: (count**0.5) * (_NAMED if stem in named else 1.0)
        for stem, count in counts.items()
        if count > 1 or stem in named
    }


def _gain(option: _Option, covered: frozenset[str], weight: dict[str, float]) -> float:
    fresh = sum(weight.get(stem, 0.0) for stem in option.stems - covered)
    return option.worth * fresh / float(option.words**_COST)


def _may_stand(candidate: Candidate) -> bool:
    text = candidate.text
    return (
        not candidate.gates
        and set(candidate.alarms) <= _HARMLESS
        and _ENDS.search(text) is not None
        and measure.words(text) <= _LONGEST_SPOKEN
        and _MARK.search(text) is None
    )


def _beside(a: _Option, b: _Option) -> bool:
    if a.index == b.index or len(a.stems & b.stems) >= _SAME * max(1, min(len(a.stems), len(b.stems))):
        return True
    if a.start is None or b.start is None:
        return abs(a.index - b.index) < 2
    return abs(a.start - b.start) < _APART


def _stems(text: str) -> frozenset[str]:
    found = (content_stem(text[begin:stop]) for begin, stop in tokens(text))
    return frozenset(stem for stem in found if stem is not None and not filler(stem))
