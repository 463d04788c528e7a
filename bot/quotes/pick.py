"""Picks the lines of an episode that are worth quoting, and says of every line why or why not."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

from bot.model.episode import Episode, Transcript
from bot.model.quote import Moment, Quote
from bot.quotes import lock, ranking, weights
from bot.quotes.blocks import AD
from bot.quotes.gates import LONGEST
from bot.quotes.heard import EXPLAINED, REPAIRED, Heard
from bot.quotes.opening import Replay
from bot.quotes.reasons import THE_SHOWS_OWN, reasons
from bot.quotes.scene import Spoken
from bot.quotes.spread import Option, spread, stems
from bot.quotes.timing import Timeline
from bot.quotes.weights import EpisodeWeights
from bot.quotes.words import tokens

GENERIC = "rated by rules that hold in any language: the model knows English only"

_GAP = 30.0
_LEAST_OPTIONS, _OPTIONS_EACH = 60, 25
_PARTS = 6
_RUN_SENTENCES = 3
# Such a share of the picks is given in any case, more only where each is likely enough to be postable as it stands.
_IN_ANY_CASE, _LIKELY = 0.5, 0.4


@dataclass(frozen=True)
class Candidate:
    """One sentence as the ranker sees it. `start` and `end` are seconds, None where no time is known.

    `gates` are the reasons why it is never picked by itself; where there are none it may be. `score` is the model's,
    whatever the gates say.
    """

    text: str
    begin: int
    stop: int
    speaker: str | None
    start: float | None
    end: float | None
    score: float
    gates: tuple[str, ...]
    alarms: tuple[str, ...]
    reasons: tuple[str, ...]
    moment: Moment | None


def pick(
    episode: Episode, *, top: int = 5, earlier: tuple[str, ...] = (), model: EpisodeWeights | None = None
) -> tuple[Quote, ...]:
    """The best lines of an episode, best first, none where nothing is fit to be quoted (`why_none` says why).

    Fewer than `top`, but at least half of it, where few are likely to be postable as they stand. At least 30 seconds
    apart where times are known and the episode is longer than five minutes. `earlier` are the texts of quotes that
    already ran: what says the same is not picked again. `model` are a host's own weights; the shipped ones without.
    """
    if episode.transcript is None or top < 1:
        return ()
    judged = _Judged.of(episode, model or weights.episode())
    spoken = judged.spoken
    words = sum(len(s.words) for s in spoken)
    picked = spread(
        _options(judged, top=top),
        top=min(top, max(2, math.ceil(len(spoken) / 2))),
        gap=min(_GAP, _length(spoken) / 10),
        most_words=max(70, min(60 * top, words // 10)),
        earlier=tuple(stems(tokens(text)) for text in earlier),
    )
    kept = [option for rank, option in enumerate(picked) if rank < top * _IN_ANY_CASE or _is_worth_it(option)]
    return tuple(_quote(episode.transcript, judged, option) for option in kept)


def judge(episode: Episode, *, model: EpisodeWeights | None = None) -> tuple[Candidate, ...]:
    """Every sentence of the episode's transcript, in order, with its score, gates, alarms and reasons.

    By the shipped weights where no `model` is given.
    """
    if episode.transcript is None:
        return ()
    judged = _Judged.of(episode, model or weights.episode())
    return tuple(judged.candidate(index) for index in range(len(judged.spoken)))


def score_line(text: str) -> float:
    """How quotable one line is by itself, 0 to 1; comparable between lines of similar length."""
    return ranking.score_line(text)


def why_none(candidates: tuple[Candidate, ...]) -> str:
    """In a sentence, why an episode gave no quote: the commonest gate."""
    if not candidates:
        return "There is no transcript, or it holds no spoken words."
    counts: dict[str, int] = {}
    for candidate in candidates:
        for gate in candidate.gates:
            counts[gate] = counts.get(gate, 0) + 1
    if not counts:
        return "Every line that could be quoted already ran."
    gate = max(counts, key=lambda name: counts[name])
    return f"None of the {len(candidates)} sentences can stand by itself; most often: {gate} ({counts[gate]} of them)."


@dataclass(frozen=True)
class _Judged:
    """The sentences of an episode with their scores; what is said about one is put into words when asked.

    `rows` are the features, `chosen` the sentences that the show's makers chose, `parts` the chapter that each belongs
    to.
    """

    heard: Heard
    scores: list[float]
    rows: list[list[float]]
    chosen: frozenset[int]
    parts: list[int]

    @classmethod
    def of(cls, episode: Episode, model: EpisodeWeights) -> _Judged:
        heard = Heard.of(episode)
        if not heard.spoken:
            return cls(heard, [], [], frozenset(), [])
        scores, rows = ranking.rank(heard.scene, heard.blocks, model)
        chosen = makers_own(episode, heard.spoken, heard.blocks, heard.played)
        rated = [0.9 + 0.1 * x if index in chosen else 0.9 * x for index, x in enumerate(scores)]
        return cls(heard, rated, rows, chosen, _parts(episode, heard.spoken))

    @property
    def spoken(self) -> tuple[Spoken, ...]:
        return self.heard.spoken

    def reasons(self, index: int) -> tuple[str, ...]:
        why = reasons(self.spoken[index].words, self.rows[index]) if self.heard.speaks[index] else (GENERIC,)
        return (THE_SHOWS_OWN, *why) if index in self.chosen else why

    def candidate(self, index: int) -> Candidate:
        s = self.spoken[index]
        return Candidate(
            s.text,
            s.begin,
            s.stop,
            s.speaker,
            s.moment.start if s.moment else None,
            s.moment.end if s.moment else None,
            self.scores[index],
            self.heard.gates[index],
            self.heard.alarms(index),
            self.reasons(index),
            s.moment,
        )


def _parts(episode: Episode, spoken: tuple[Spoken, ...]) -> list[int]:
    """For each sentence the number of its chapter; without chapters or times, of its sixth of the episode."""
    begins = sorted(chapter.start for chapter in episode.chapters)
    if len(begins) < 2 or any(s.moment is None for s in spoken):
        return [index * _PARTS // len(spoken) for index in range(len(spoken))]
    return [bisect_right(begins, s.moment.start) if s.moment else 0 for s in spoken]


def makers_own(
    episode: Episode, spoken: tuple[Spoken, ...], blocks: tuple[frozenset[str], ...], played: Replay
) -> frozenset[int]:
    """The sentences that the show's makers chose: those that its teaser replays, and those inside its soundbites.

    An advertisement that is read twice is nobody's choice.
    """
    found = played.chosen | _soundbites(episode, spoken)
    return frozenset(index for index in found if AD not in blocks[index])


def _soundbites(episode: Episode, spoken: tuple[Spoken, ...]) -> frozenset[int]:
    """The sentences inside a moment that the show's makers marked, with a second and a half to spare."""
    found = set()
    for bite in episode.soundbites:
        for index, s in enumerate(spoken):
            if s.moment and bite.start - 1.5 <= s.moment.start and s.moment.end <= bite.start + bite.duration + 1.5:
                found.add(index)
    return frozenset(found)


def _options(judged: _Judged, *, top: int) -> list[Option]:
    """Single sentences and short runs that pass the gates, the best of them: enough for `top` that lie apart."""
    found = []
    spoken, gates = judged.spoken, judged.heard.gates
    for first, opening in enumerate(spoken):
        if not REPAIRED.issuperset(gates[first]):
            continue
        words: list[str] = []
        worth = 0.0
        for last in range(first, min(first + _RUN_SENTENCES, len(spoken))):
            s = spoken[last]
            if last > first and not (s.turn == opening.turn and s.punctuated and EXPLAINED.issuperset(gates[last])):
                break
            words = words + s.words
            worth += judged.scores[last] * len(s.words)
            if len(words) > LONGEST:
                break
            if last == first and gates[first]:
                continue
            found.append(
                Option(
                    first,
                    last,
                    len(words),
                    worth / max(len(words), 1),
                    opening.moment,
                    judged.parts[first],
                    all(index in judged.chosen for index in range(first, last + 1)),
                    opening.speaker in judged.heard.scene.hosts,
                    judged.heard.speaks[first],
                    " ".join(each.text for each in spoken[first : last + 1]),
                    words,
                )
            )
    found.sort(key=lambda option: (-option.favoured, -option.score, option.first))
    return found[: max(_LEAST_OPTIONS, _OPTIONS_EACH * top)]


def _is_worth_it(option: Option) -> bool:
    """Whether a line is worth a longer list; of other languages than English nobody can tell."""
    return option.favoured or option.chance is None or option.chance >= _LIKELY


def _length(spoken: tuple[Spoken, ...]) -> float:
    """Seconds from the first to the last sentence; 0 where no time is known."""
    times = [s.moment for s in spoken if s.moment]
    return times[-1].end - times[0].start if times else 0.0


def _quote(transcript: Transcript, judged: _Judged, option: Option) -> Quote:
    run = range(option.first, option.last + 1)
    begin, stop = judged.spoken[option.first].begin, judged.spoken[option.last].stop
    trims = tidy(transcript, begin, stop)
    quote = Quote(
        text=lock.derive(transcript, begin, stop, trims),
        begin=begin,
        stop=stop,
        speaker=judged.spoken[option.first].speaker,
        moment=Timeline.of(transcript).moment(begin, stop),
        score=max(0.0, min(option.value, 1.0)),
        reasons=tuple(dict.fromkeys(reason for i in run for reason in judged.reasons(i)))[:5],
        alarms=judged.heard.alarms_of_run(option.first, option.last),
        trims=trims,
    )
    lock.check(transcript, quote)
    return quote


def tidy(transcript: Transcript, begin: int, stop: int) -> tuple[str, ...]:
    """An opening "So," goes where what is left begins with a capital as it stands: nothing is ever re-cased."""
    plain = lock.derive(transcript, begin, stop, ())
    trimmed = lock.derive(transcript, begin, stop, ("opening words",))
    return ("opening words",) if trimmed != plain and trimmed[:1].isupper() else ()
