"""How well our extracts cover what a show says of its episodes: `python -m benchmarks.extracts [seeds|A|B ...]`.

Each episode has a summary (or chapter titles) by its makers, and a transcript. The makers' words are hidden, a method
takes whole sentences of the transcript up to a budget of words, and we count which of the hidden words it hit: ROUGE-1
and ROUGE-2 recall (C.-Y. Lin, "ROUGE: a package for automatic evaluation of summaries", 2004) over stems, ROUGE-1
without stop words, as they would drown the rest. "Stand" is the share of the sentences taken that pass the quotes'
gates, "ad" the share that lie in an advertisement. Needs numpy.

Material: the pages of `seeds/`, and beside the repository `../shared/data/quotes` (show A: the description, cut off by
its source; show B: the titles of the chapters), or where PULLQUOTE_QUOTES names it.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import numpy as np

from bot.digest import extract
from bot.digest.checked import check
from bot.digest.introduction import introduction
from bot.digest.prose import sentences
from bot.digest.words import STOP_WORDS, stem, tokens
from bot.model.episode import Episode, Segment, Transcript
from bot.model.provenance import EpisodeRef
from bot.quotes.blocks import AD
from bot.quotes.pick import Candidate, judge
from bot.reading.document import read
from bot.text import fold

REF = EpisodeRef(1, 1)
SEEDS = Path(__file__).resolve().parents[1] / "seeds"
# The words of four lines of a conversation.
BUDGET = 100
_LEAST_WORDS = 5

Method = Callable[[Episode, Sequence[Candidate]], list[int]]


@dataclass(frozen=True)
class Case:
    """An episode as its extracts see it, without what its makers said of it, which is `hidden`."""

    episode: Episode
    hidden: str


@dataclass(frozen=True)
class Figures:
    rouge1: float
    rouge2: float
    words: float
    stand: float
    ads: float


def seeds() -> Iterator[Case]:
    """The pages of `seeds/` that have a summary and a transcript."""
    for path in sorted(SEEDS.iterdir()):
        if path.suffix == ".xml":
            continue
        whole = read(path.read_bytes(), path.name).episodes[0]
        if whole.transcript is not None and whole.summary and (whole.language or "en").startswith("en"):
            bare = replace(whole, blurb="", summary="", insights=(), related=(), topics=())
            insights = (text if text.endswith(".") else f"{text}." for text in whole.insights)
            yield Case(bare, " ".join((whole.summary, *insights)))


def labelled(show: str) -> Iterator[Case]:
    """The episodes of one show of the labelled material."""
    from benchmarks.quotes.material import loaders

    for raw in loaders().episodes(show):
        segments = tuple(
            Segment(row["text"], start=float(row["t0"]), end=float(row["t1"]), speaker=row["spk"] or None)
            for row in raw["sentences"]
        )
        yield Case(Episode(title=raw["title"], transcript=Transcript(segments), language="en"), raw["summary"])


def first(_: Episode, candidates: Sequence[Candidate]) -> list[int]:
    return list(range(len(candidates)))


def at_random(_: Episode, candidates: Sequence[Candidate]) -> list[int]:
    order = list(range(len(candidates)))
    random.Random(len(candidates)).shuffle(order)  # noqa: S311 - chance for a baseline, no secret
    return order


def standing(episode: Episode, candidates: Sequence[Candidate]) -> list[int]:
    """Chance among the sentences that pass the gates: what the gates alone are worth."""
    return [index for index in at_random(episode, candidates) if not candidates[index].gates]


def textrank(_: Episode, candidates: Sequence[Candidate]) -> list[int]:
    """TextRank (R. Mihalcea and P. Tarau, 2004): words in common over the logarithms of the lengths, as a graph."""
    words = [_content(each.text) for each in candidates]
    index = {word: number for number, word in enumerate(dict.fromkeys(word for held in words for word in held))}
    table = np.zeros((len(words), max(1, len(index))), dtype=np.float32)
    for row, held in enumerate(words):
        for word in held:
            table[row, index[word]] = 1
    shared = table @ table.T
    sizes = np.log(np.maximum(table.sum(axis=1), 2.0))
    graph = shared / np.maximum(sizes[:, None] + sizes[None, :], 1e-6)
    np.fill_diagonal(graph, 0)
    graph /= np.maximum(graph.sum(axis=1, keepdims=True), 1e-9)
    rank = np.full(len(words), 1 / max(1, len(words)))
    for _round in range(40):
        rank = 0.15 / len(words) + 0.85 * graph.T @ rank
    return [int(place) for place in np.argsort(-rank)]


def textrank_standing(episode: Episode, candidates: Sequence[Candidate]) -> list[int]:
    return [index for index in textrank(episode, candidates) if not candidates[index].gates]


def quotable(_: Episode, candidates: Sequence[Candidate]) -> list[int]:
    """What the quotes' ranking likes best: striking lines, not the gist."""
    order = sorted(range(len(candidates)), key=lambda index: -candidates[index].score)
    return [index for index in order if not candidates[index].gates]


def introduced(episode: Episode, candidates: Sequence[Candidate]) -> list[int]:
    """What stands in for a summary: the spoken introduction, where there is one."""
    begins = {each.begin: index for index, each in enumerate(candidates)}
    return [begins[sentence.begin] for run in introduction(episode) for sentence in run]


def ours(episode: Episode, candidates: Sequence[Candidate]) -> list[int]:
    """What stands in for insights, more of it than is printed, to fill the budget."""
    return extract.ranked(candidates, episode, most=12)


METHODS: dict[str, Method] = {
    "first sentences": first,
    "random": at_random,
    "random, standing": standing,
    "TextRank": textrank,
    "TextRank, standing": textrank_standing,
    "most quotable": quotable,
    "**ours, for insights**": ours,
    "**ours, for a summary**": introduced,
}


def within(order: Sequence[int], candidates: Sequence[Candidate]) -> list[int]:
    """As many of the sentences, best first, as fit the budget."""
    kept, spent = [], 0
    for index in order:
        size = len(candidates[index].text.split())
        if spent + size > BUDGET:
            if spent > BUDGET * 0.8:
                break
            continue
        kept.append(index)
        spent += size
    return kept


def measured(cases: Sequence[tuple[Case, Sequence[Candidate]]], method: Method) -> Figures:
    rows = []
    for case, candidates in cases:
        kept = within(method(case.episode, candidates), candidates)
        text = " ".join(candidates[index].text for index in kept)
        gates = [candidates[index].gates for index in kept]
        rows.append(
            (
                _recall(_content(case.hidden), _content(text)),
                _recall(_pairs(case.hidden), _pairs(text)),
                len(text.split()),
                fmean(not held for held in gates) if gates else 1.0,
                fmean(AD in held for held in gates) if gates else 0.0,
            )
        )
    return Figures(*(fmean(column) for column in zip(*rows, strict=True)))


def _recall(wanted: Sequence[object], found: Sequence[object]) -> float:
    have, want = Counter(found), Counter(wanted)
    return sum(min(count, have[each]) for each, count in want.items()) / max(1, len(wanted))


def _content(text: str) -> list[str]:
    words = (text[begin:stop].casefold().replace("’", "'") for begin, stop in tokens(text))
    return [stem(word) for word in words if word not in STOP_WORDS]


def _pairs(text: str) -> list[tuple[str, str]]:
    words = [stem(text[begin:stop].casefold()) for begin, stop in tokens(text)]
    return list(pairwise(words))


def borne_out(cases: Sequence[Case], *, others: int) -> tuple[int, int]:
    """How many sentences of the makers' words `bot.digest.checked` keeps, and of how many.

    With `others` above 0 each episode is held against the words of the one so many places on: all of them are false.
    """
    kept = given = 0
    for index, case in enumerate(cases):
        hidden = cases[(index + others) % len(cases)].hidden
        for span in sentences(hidden, language="en"):
            text = fold(hidden[span.begin : span.stop])
            if len(text.split()) < _LEAST_WORDS:
                continue
            found = check(REF, case.episode, summary=(text,), insights=())
            kept, given = kept + len(found.summary), given + 1
    return kept, given


def main(wanted: Sequence[str]) -> None:
    for name in wanted or ("seeds", "A", "B"):
        found = seeds() if name == "seeds" else labelled(name)
        cases = [(case, judge(case.episode)) for case in found]
        print(f"\n{name}: {len(cases)} episodes, {fmean(len(each) for _, each in cases):.0f} sentences each\n")
        print("| method | ROUGE-1 | ROUGE-2 | words | stand | ad |\n|---|---|---|---|---|---|")
        for method, way in METHODS.items():
            f = measured(cases, way)
            print(
                f"| {method} | {f.rouge1:.3f} | {f.rouge2:.3f} | {f.words:.0f} | {f.stand:.0%} | {f.ads:.0%} |",
                flush=True,
            )
        told = sum(bool(introduction(case.episode)) for case, _ in cases)
        print(f"\nAn introduction was found in {told} of {len(cases)} episodes.")
        if name != "B":
            (own, whole), (false, all_false) = (borne_out([case for case, _ in cases], others=n) for n in (0, 1))
            print(
                f"Checked as a draft: {own} of {whole} true sentences kept, "
                f"{false} of {all_false} of another episode's."
            )


if __name__ == "__main__":
    main(sys.argv[1:])
