"""When words were said: from word times where there are any, else by counting characters between two stamps."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from bot.model.episode import Segment, Transcript
from bot.model.quote import Moment

# English conversation runs at 166 to 185 words a minute (measured on two long interview shows): 15 characters a second.
_CHARACTERS_PER_SECOND = 15.0
# Of interpolated times nine in ten lie within 3.7 s where stamps are 12 to 20 s apart: 0.23 of the gap.
_SHARE_OF_GAP = 0.23
_LEAST_GUESS = 1.5
# A stamp [m:ss] is cut to the second.
_WHOLE_SECOND = 1.0
# Seconds: a month. No recording has a later moment, and a stamp beyond it is a mistake.
_LATEST = 31 * 86_400.0


def moment(transcript: Transcript, begin: int, stop: int) -> Moment | None:
    """When characters `begin` to `stop` were said, or None where the transcript bears no usable time."""
    return Timeline.of(transcript).moment(begin, stop)


@dataclass(frozen=True)
class Timeline:
    """A transcript's stamps, ready to be asked many times. Stamps that run backwards are left out."""

    transcript: Transcript
    places: tuple[int, ...]
    seconds: tuple[float, ...]
    starts: frozenset[int]
    whole: bool

    @classmethod
    def of(cls, transcript: Transcript) -> Timeline:
        stamps = []
        for segment, offset in zip(transcript.segments, transcript.offsets, strict=True):
            if _usable(segment.start):
                stamps.append((offset, float(segment.start or 0.0), True))
        stamps = _rising(stamps)
        whole = all(second == int(second) for _, second, _ in stamps)
        starts = frozenset(offset for offset, _, _ in stamps)
        anchors = sorted([*stamps, *_ends(transcript, {place: second for place, second, _ in stamps})])
        anchors = _rising(anchors)
        return cls(
            transcript,
            tuple(place for place, _, _ in anchors),
            tuple(second for _, second, _ in anchors),
            starts,
            whole,
        )

    def moment(self, begin: int, stop: int) -> Moment | None:
        """When characters `begin` to `stop` were said; None where no time is known."""
        spoken_start = self._word(begin)
        if spoken_start is None and not self.places:
            return None
        start, uncertainty = (spoken_start, 0.0) if spoken_start is not None else self._at(begin)
        spoken_end = self._word(max(begin, stop - 1), last=True)
        end = spoken_end if spoken_end is not None else self._at(stop)[0]
        return Moment(round(start, 3), round(max(end, start), 3), round(uncertainty, 1))

    def _word(self, at: int, *, last: bool = False) -> float | None:
        """When the word at or behind a character begins, or ends where it is the `last`; None where it has no time."""
        offsets = self.transcript.offsets
        index = bisect_right(offsets, at) - 1
        segment = self.transcript.segments[index] if index >= 0 else None
        if segment is None or not segment.words:
            return None
        local = at - offsets[index]
        number = bisect_right(segment.words, local, key=lambda word: word.stop)
        if number == len(segment.words):
            return None
        word = segment.words[number]
        if word.begin > local or not _usable(word.start):
            return None
        if not last:
            return word.start
        return word.end if word.end is not None and _usable(word.end) and word.end >= word.start else None

    def _at(self, offset: int) -> tuple[float, float]:
        """The second at which the character at `offset` was said, and how far off that may be."""
        after = bisect_left(self.places, offset)
        if after < len(self.places) and self.places[after] == offset:
            return self.seconds[after], self._grain(offset)
        if after == 0:
            guess = max(self.seconds[0] - (self.places[0] - offset) / _CHARACTERS_PER_SECOND, 0.0)
            return guess, max(_LEAST_GUESS, self.seconds[0] - guess)
        place, second = self.places[after - 1], self.seconds[after - 1]
        by_rate = second + (offset - place) / _CHARACTERS_PER_SECOND
        if after == len(self.places):
            return by_rate, max(_LEAST_GUESS, (by_rate - second) / 2)
        next_place, next_second = self.places[after], self.seconds[after]
        gap = next_second - second
        between = second + gap * (offset - place) / (next_place - place)
        return between, min(max(_LEAST_GUESS, _SHARE_OF_GAP * gap), max(between - second, next_second - between) + 1.0)

    def _grain(self, offset: int) -> float:
        if offset not in self.starts:
            return _LEAST_GUESS
        return _WHOLE_SECOND if self.whole else 0.0


def _usable(second: float | None) -> bool:
    return second is not None and 0 <= second <= _LATEST


def _rising(stamps: list[tuple[int, float, bool]]) -> list[tuple[int, float, bool]]:
    """The longest run of stamps whose seconds never fall, so that one wild stamp does not spoil its neighbours."""
    tails: list[float] = []
    tail_at: list[int] = []
    before: list[int] = []
    for index, (_, second, _) in enumerate(stamps):
        length = bisect_right(tails, second)
        before.append(tail_at[length - 1] if length else -1)
        if length == len(tails):
            tails.append(second)
            tail_at.append(index)
        else:
            tails[length], tail_at[length] = second, index
    kept = []
    index = tail_at[-1] if tail_at else -1
    while index >= 0:
        kept.append(stamps[index])
        index = before[index]
    return kept[::-1]


def _ends(transcript: Transcript, starts: dict[int, float]) -> list[tuple[int, float, bool]]:
    """The ends of segments that bear a believable one: after their start, and before the next segment begins."""
    found = []
    for index, (segment, offset) in enumerate(zip(transcript.segments, transcript.offsets, strict=True)):
        if offset in starts and segment.text and _believable(segment, starts[offset]):
            following = starts.get(transcript.offsets[index + 1]) if index + 1 < len(transcript.segments) else None
            end = float(segment.end or 0.0)
            found.append((offset + len(segment.text), end if following is None else min(end, following), False))
    return found


def _believable(segment: Segment, start: float) -> bool:
    return _usable(segment.end) and (segment.end or 0.0) > start
