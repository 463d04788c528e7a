"""An episode as the ranking sees it: its sentences with their words, speakers, times and neighbours."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from bot.model.episode import Episode, Transcript
from bot.model.quote import Moment
from bot.quotes.sentences import sentences
from bot.quotes.timing import Timeline
from bot.quotes.words import tokens
from bot.text import fold

_HOST_ROLES = ("host", "co-host", "cohost", "interviewer", "moderator")


@dataclass(frozen=True)
class Spoken:
    """One sentence: where it stands, its words, who says it when, and the number of the turn it belongs to."""

    text: str
    begin: int
    stop: int
    speaker: str | None
    turn: int
    moment: Moment | None
    punctuated: bool = True
    words: list[str] = field(default_factory=list)

    @property
    def start(self) -> float | None:
        return self.moment.start if self.moment else None


@dataclass(frozen=True)
class Scene:
    """`hosts` are the speakers who lead the conversation: named so by the source, or found by how they speak."""

    spoken: tuple[Spoken, ...]
    hosts: frozenset[str]
    title: str = ""
    summary: str = ""


def scene(episode: Episode) -> Scene:
    """The sentences of an episode's transcript, ready to be judged; none where it has no transcript."""
    transcript = episode.transcript or Transcript(())
    spoken = _spoken(transcript)
    return Scene(
        spoken,
        hosts(spoken, _leading(episode)),
        episode.title,
        " ".join((episode.blurb, episode.summary, *episode.insights)),
    )


def _leading(episode: Episode) -> frozenset[str]:
    """Who leads by the source's own word. Who only wrote or drew for it is not heard, whatever the role says."""
    return frozenset(p.name for p in episode.people if not p.group and p.role.casefold() in _HOST_ROLES)


def _spoken(transcript: Transcript) -> tuple[Spoken, ...]:
    timeline = Timeline.of(transcript)
    found = []
    for sentence in sentences(transcript):
        text = fold(transcript.text[sentence.begin : sentence.stop])
        found.append(
            Spoken(
                text,
                sentence.begin,
                sentence.stop,
                sentence.speaker,
                sentence.turn,
                timeline.moment(sentence.begin, sentence.stop),
                sentence.punctuated,
                tokens(text),
            )
        )
    return tuple(found)


def hosts(spoken: tuple[Spoken, ...], named: frozenset[str] = frozenset()) -> frozenset[str]:
    """Who leads: the speakers named as hosts; else whoever asks most, greets and speaks in short turns.

    One host is found at most, and none where fewer than two people speak.
    """
    speakers = {s.speaker for s in spoken if s.speaker}
    stated = frozenset(s for s in speakers if any(_same_person(s, name) for name in named))
    if stated or len(speakers) < 2:
        return stated
    said = Counter(s.speaker for s in spoken if s.speaker)
    words: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    leads: Counter[str] = Counter()
    for number, sentence in enumerate(spoken):
        if sentence.speaker:
            words[sentence.speaker] += len(sentence.words)
            asked[sentence.speaker] += sentence.text.endswith("?")
            leads[sentence.speaker] += number < 12 and "podcast" in sentence.words
            leads[sentence.speaker] += number < 30 and {"welcome", "sponsor", "sponsors"} & set(sentence.words) != set()
    total = sum(words.values()) or 1
    regular = [s for s in speakers if said[s] >= max(3, len(spoken) // 100)]
    if len(regular) < 2:
        return frozenset()
    weight = {s: asked[s] / said[s] * 4 - words[s] / total + 0.5 * min(leads[s], 2) for s in regular}
    return frozenset({max(sorted(regular), key=lambda s: weight[s])})


def _same_person(label: str, name: str) -> bool:
    """Whether a label in the transcript ("Ada") may stand for a person's full name ("Ada Lovelace")."""
    short, full = fold(label).casefold().split(), fold(name).casefold().split()
    return bool(short) and (short == full or (len(short) == 1 and short[0] in full))
