"""On real transcripts: every pick is verbatim, and the ranking is better than chance by the published margin.

Uses the labelled material beside the repository; a sample of it unless PULLQUOTE_ALL_MATERIAL is set.
"""

from __future__ import annotations

import gzip
import json
import os
from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest

from bot.collect import read
from bot.errors import PullquoteError
from bot.model.episode import Episode, Segment, Transcript
from bot.quotes import clip, lock, pick

FOLDER = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "quotes"
ALL = bool(os.environ.get("PULLQUOTE_ALL_MATERIAL"))
EVERY = 1 if ALL else 54

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the labelled material is not at {FOLDER}")


def rows(name: str) -> Iterator[dict[str, Any]]:
    path = FOLDER / name
    with gzip.open(path, "rt", encoding="utf-8") if name.endswith(".gz") else open(path, encoding="utf-8") as lines:
        for line in islice(lines, 0, None, EVERY if name.startswith("coldopen") else 1):
            yield json.loads(line)


def interviews() -> Iterator[tuple[dict[str, Any], Episode]]:
    for raw in rows("coldopen_train.jsonl.gz"):
        segments = tuple(Segment(" ".join(s["text"].split()), s["t0"], s["t1"], s["spk"]) for s in raw["sentences"])
        yield raw, Episode(title=raw["title"], summary=raw["summary"], transcript=Transcript(segments))


def auc(chosen: list[int], scores: list[float]) -> float:
    ranks = {index: rank for rank, index in enumerate(sorted(range(len(scores)), key=lambda i: scores[i]), 1)}
    gold = [ranks[i] for i, y in enumerate(chosen) if y]
    return (sum(gold) - len(gold) * (len(gold) + 1) / 2) / (len(gold) * (len(chosen) - len(gold)))


def test_every_pick_is_verbatim_spread_and_free_of_gates_and_the_ranking_holds_its_floor() -> None:
    areas = []
    for raw, episode in interviews():
        transcript = episode.transcript
        assert transcript is not None
        quotes = pick.pick(episode, top=10)
        assert len(quotes) >= 5
        for quote in quotes:
            lock.check(transcript, quote)
            assert " ".join(quote.text.split()) in " ".join(transcript.text.split())
            grown = clip.grow(episode, quote)
            assert grown is not None
            assert grown.begin <= quote.begin < quote.stop <= grown.stop
            assert 15 <= grown.moment.end - grown.moment.start <= 60
        starts = sorted(quote.moment.start for quote in quotes if quote.moment)
        assert all(b - a >= 30 for a, b in pairwise(starts))
        judged = pick.judge(episode)
        begins = [candidate.begin for candidate in judged]
        scores = [judged[bisect_right(begins, at) - 1].score for at in transcript.offsets]
        if any(s["y"] for s in raw["sentences"]):
            areas.append(auc([s["y"] for s in raw["sentences"]], scores))
    assert sum(areas) / len(areas) >= 0.70


def test_every_pick_of_every_document_beside_the_repository_is_verbatim() -> None:
    picked = 0
    for path in sorted((FOLDER.parent / "feeds").rglob("*"))[:: 1 if ALL else 4]:
        if not path.is_file() or path.stat().st_size > (1 << 25 if ALL else 1 << 18):
            continue
        try:
            found = read(path.read_bytes(), path.name).episodes
        except PullquoteError:
            continue  # Many of these documents are broken on purpose, and refused.
        for episode in found:
            for quote in pick.pick(episode, top=10):
                assert episode.transcript is not None
                lock.check(episode.transcript, quote)
                picked += 1
    assert picked > (100 if ALL else 25)


def test_with_the_opening_in_place_the_makers_own_picks_come_first() -> None:
    found = total = 0
    for raw, episode in interviews():
        assert episode.transcript is not None
        with_opening = Episode(
            title=episode.title,
            transcript=Transcript((Segment(" ".join(raw["opening"].split()), 0.0), *episode.transcript.segments)),
        )
        total += 1
        found += any("the show's own pick" in quote.reasons for quote in pick.pick(with_opening))
    assert found >= 0.6 * total


def test_famous_sentences_of_inaugural_addresses_rank_above_the_rest() -> None:
    areas = []
    for raw in rows("inaugural_train.jsonl"):
        transcript = Transcript(tuple(Segment(" ".join(text.split())) for text in raw["sentences"]))
        judged = pick.judge(Episode(title=raw["id"], transcript=transcript))
        begins = [candidate.begin for candidate in judged]
        scores = [judged[bisect_right(begins, at) - 1].score for at in transcript.offsets]
        areas.append(auc(raw["y"], scores))
    assert sum(areas) / len(areas) >= 0.58


@pytest.mark.skipif(not ALL, reason="set PULLQUOTE_ALL_MATERIAL to lock every sentence of the other collections")
def test_single_lines_pass_the_lock_too() -> None:
    for name in ("quotes_fortunes.jsonl", "quotes_quotable_io.jsonl", "cornell_train.jsonl"):
        for raw in rows(name):
            transcript = Transcript((Segment(" ".join((raw.get("text") or raw["memorable"]).split()), 0.0),))
            for quote in pick.pick(Episode(title=name, transcript=transcript)):
                lock.check(transcript, quote)
