"""An episode's sentences with what speaks for care and what speaks against each: everything but a score.

No ranking and no choice enter here: it is what an editor is told of any line, picked or not.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from bot.model.episode import Episode, Transcript
from bot.quotes.alarms import alarms, held
from bot.quotes.blocks import blocks, shut
from bot.quotes.gates import LONGEST, SHORTEST, gates, is_english
from bot.quotes.opening import NOTHING, Replay, replay
from bot.quotes.scene import Scene, Spoken, scene
from bot.quotes.words import COMMON

FOREIGN = "it is in another language than the rest"
TEASER = "a teaser: the show plays these words again later"
REPEATED = "a caption that repeats the one before"
TOO_LONG = "too long to be read at a glance"

# A run may repair a line that is too short by itself; nothing else.
REPAIRED = frozenset({"too short to stand by itself"})
# Inside a run, what points back points at the sentence before it.
EXPLAINED = frozenset(
    {"too short to stand by itself", "begins with a word that points back", "an answer without its question"}
)
_INSIDE = frozenset({"the next sentence takes something back", "the next sentence denies it"})
# Of an English sentence half the words are among the few hundred commonest, of others one in ten happens to look so.
_LEAST_COMMON, _CLEARLY_ENGLISH = 0.2, 0.5


@dataclass(frozen=True)
class Heard:
    """`gates` are, for each sentence, why it is not picked by itself; `events` what was heard in it or behind it.

    `english` is said of the whole, `speaks` of each sentence; `blocks` name the stretches that each belongs to.
    """

    scene: Scene
    blocks: tuple[frozenset[str], ...]
    played: Replay
    english: bool
    speaks: tuple[bool, ...]
    gates: tuple[tuple[str, ...], ...]
    events: dict[int, tuple[str, ...]]

    @classmethod
    def of(cls, episode: Episode) -> Heard:
        stage = scene(episode)
        spoken = stage.spoken
        if not spoken:
            return cls(stage, (), NOTHING, True, (), (), {})
        named = blocks(spoken)
        english = is_english([word for s in spoken for word in s.words])
        speaks = tuple(_is_english(s, english) for s in spoken)
        played = replay(spoken)
        closed = shut(spoken, named, stage.hosts)
        barred = tuple(
            _barred(spoken, index, blocks=closed[index], english=speaks[index], teaser=index in played.teaser)
            for index in range(len(spoken))
        )
        return cls(stage, named, played, english, speaks, barred, _events(episode.transcript or Transcript(()), spoken))

    @property
    def spoken(self) -> tuple[Spoken, ...]:
        return self.scene.spoken

    def alarms(self, index: int) -> tuple[str, ...]:
        """Why a person should look at a sentence twice before it is quoted."""
        found = alarms(
            self.spoken[index],
            previous=self.spoken[index - 1] if index else None,
            following=self.spoken[index + 1] if index + 1 < len(self.spoken) else None,
            events=self.events.get(index, ()),
        )
        return (*found, FOREIGN) if self.speaks[index] != self.english else found

    def alarms_of_run(self, first: int, last: int) -> tuple[str, ...]:
        """The alarms of sentences `first` to `last` quoted together: what stands inside takes nothing back."""
        run = range(first, last + 1)
        return tuple(dict.fromkeys(each for i in run for each in self.alarms(i) if i == last or each not in _INSIDE))

    def gates_of_run(self, first: int, last: int) -> tuple[str, ...]:
        """Why sentences `first` to `last` would not be picked together; none where they would be."""
        if first == last:
            return self.gates[first]
        found = [each for each in self.gates[first] if each not in REPAIRED]
        found += [each for i in range(first + 1, last + 1) for each in self.gates[i] if each not in EXPLAINED]
        if sum(len(s.words) for s in self.spoken[first : last + 1]) > LONGEST:
            found.append(TOO_LONG)
        return tuple(dict.fromkeys(found))


@lru_cache(maxsize=2)
def heard(episode: Episode) -> Heard:
    """`Heard.of`, kept for the episode at hand: an editor asks of many of its lines."""
    return Heard.of(episode)


def _barred(
    spoken: tuple[Spoken, ...], index: int, *, blocks: frozenset[str], english: bool, teaser: bool
) -> tuple[str, ...]:
    sentence, previous = spoken[index], spoken[index - 1] if index else None
    found = gates(sentence, blocks=blocks, previous=previous, english=english)
    found += held(sentence) if english else ()
    if teaser:
        found += (TEASER,)
    if previous is not None and sentence.words and sentence.words == previous.words:
        found += (REPEATED,)
    return found


def _is_english(sentence: Spoken, whole: bool) -> bool:
    """Whether a sentence is English: as the whole transcript is, unless its own words clearly say otherwise."""
    words = sentence.words
    if len(words) < SHORTEST:
        return whole
    common = sum(word in COMMON for word in words) / len(words)
    return common >= _LEAST_COMMON if whole else common >= _CLEARLY_ENGLISH


def _events(transcript: Transcript, spoken: tuple[Spoken, ...]) -> dict[int, tuple[str, ...]]:
    """For each sentence the labels of what was heard in it or right behind it."""
    found: dict[int, tuple[str, ...]] = {}
    begins = [s.begin for s in spoken]
    for event in transcript.events:
        if 0 <= event.segment < len(transcript.segments):
            index = bisect_right(begins, transcript.offsets[event.segment] + event.offset - 1) - 1
            if index >= 0:
                found[index] = (*found.get(index, ()), event.label)
    return found
