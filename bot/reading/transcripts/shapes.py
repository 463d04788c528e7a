"""Reads the JSON shapes that transcripts come in: ours, Podcasting 2.0, Whisper, speaker maps, Podlove."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from bot.errors import UnreadableDocument
from bot.reading import dates, speakers
from bot.reading.cues import Cue, Spoken, TimedWord, assemble
from bot.reading.json_text import line_of, path_name
from bot.reading.plain import ends_sentence
from bot.text import fold

_LISTS = ("segments", "transcripts", "transcript", "cues")
_TEXTS = ("text", "body", "content")
_SPEAKERS = ("speaker", "speakerLabel", "speaker_label", "speakerName", "voice")
_STARTS, _ENDS = ("start", "startTime", "start_time"), ("end", "endTime", "end_time")
# Word-by-word transcripts are put together up to a sentence's end, a pause, or this many words.
_LONGEST_RUN = 60
_PAUSE = 2.0
_LONGEST_EPISODE = 10_000_000
_REMEDY = "docs/formats.md shows the shapes of a transcript."

Path = tuple[str | int, ...]


def read(value: object, name: str, *, source: str, path: Path = ()) -> Spoken:
    """The transcript that `value` holds: a list of segments, or an object with such a list.

    `source` is the JSON text and `path` the place of `value` in it, for errors. Raises UnreadableDocument naming the
    path and its line.
    """
    return assemble(_grouped(list(_Reader(name, source).cues(value, path))))


@dataclass(frozen=True)
class _Reader:
    name: str
    source: str

    def cues(self, value: object, path: Path) -> Iterator[Cue]:
        names: Mapping[str, str] = {}
        if isinstance(value, dict):
            key = next((key for key in _LISTS if isinstance(value.get(key), list)), None)
            if key is None:
                raise self._error(path, f"expected a list of segments under one of {', '.join(_LISTS)}")
            names = _speaker_map(value.get("speakers"))
            value, path = value[key], (*path, key)
        if not isinstance(value, list):
            raise self._error(path, "expected a list of segments")
        for number, segment in enumerate(value):
            yield self._cue(segment, (*path, number), names)

    def _cue(self, segment: object, path: Path, names: Mapping[str, str]) -> Cue:
        if not isinstance(segment, dict):
            raise self._error(path, 'expected a segment such as {"start": 0, "text": "…"}')
        words = self._words(segment.get("words"), path)
        key = next((key for key in _TEXTS if key in segment), None)
        if key is None and not words:
            close = get_close_matches(next(iter(map(str, segment)), ""), _TEXTS, n=1, cutoff=0.5)
            near = get_close_matches("text", [str(found) for found in segment], n=1, cutoff=0.5)
            hint = f"; did you mean '{close[0] if close else 'text'}' instead of '{near[0]}'?" if near else ""
            raise self._error(path, f"expected the spoken words under 'text'{hint}")
        text = segment[key] if key else " ".join(word.text for word in words)
        if not isinstance(text, str):
            raise self._error((*path, key or "words"), "expected words in quotes")
        speaker = _speaker(segment, names)
        return Cue(
            text=text,
            start=self._time(segment, _STARTS, path),
            end=self._time(segment, _ENDS, path),
            speaker=speaker or None,
            words=words,
        )

    def _words(self, value: object, path: Path) -> tuple[TimedWord, ...]:
        if not isinstance(value, list):
            return ()
        found = []
        for number, word in enumerate(value):
            here = (*path, "words", number)
            if not isinstance(word, dict):
                raise self._error(here, 'expected a word such as {"word": "…", "start": 0}')
            text = word.get("word", word.get("text"))
            start = self._time(word, _STARTS, here)
            if isinstance(text, str) and start is not None:
                found.append(TimedWord(text=text.strip(), start=start, end=self._time(word, _ENDS, here)))
        return tuple(found)

    def _time(self, holder: Mapping[str, object], keys: Sequence[str], path: Path) -> float | None:
        """Seconds under the first of `keys` that is present, or milliseconds under "start_ms"."""
        milliseconds = holder.get(f"{keys[0]}_ms")
        if isinstance(milliseconds, int | float) and _sane(milliseconds // 1000):
            return round(milliseconds / 1000, 3)
        for key in keys:
            value = holder.get(key)
            if value is None:
                continue
            seconds = (
                value if isinstance(value, int | float) else dates.duration(value) if isinstance(value, str) else None
            )
            if seconds is None or isinstance(value, bool) or not _sane(seconds):
                raise self._error((*path, key), 'expected seconds (12.5) or a stamp ("0:12.5")')
            return float(seconds)
        return None

    def _error(self, path: Path, expected: str) -> UnreadableDocument:
        where = path_name(path)
        return UnreadableDocument(self.name, f"{where}: {expected}.", _REMEDY, line=line_of(self.source, path))


def _speaker(segment: Mapping[str, object], names: Mapping[str, str]) -> str:
    """The name of the speaker, out of the map where there is one. A number beside a name (Podlove) is no name."""
    labels = [str(segment[key])[:200] for key in _SPEAKERS if isinstance(segment.get(key), str | int)]
    found = [names.get(label, label) for label in labels if label]
    return next((name for name in found if not name.isdecimal()), found[0] if found else "")


def _sane(seconds: float) -> bool:
    return 0 <= seconds < _LONGEST_EPISODE


def _speaker_map(value: object) -> Mapping[str, str]:
    """{"spk_0": "Ann"} or [{"id": "spk_0", "name": "Ann"}] as label to name."""
    if isinstance(value, dict):
        return {str(label): str(name)[:200] for label, name in value.items() if isinstance(name, str)}
    if isinstance(value, list):
        pairs = [entry for entry in value if isinstance(entry, dict)]
        return {str(entry.get("id")): entry["name"] for entry in pairs if isinstance(entry.get("name"), str)}
    return {}


def _grouped(cues: Sequence[Cue]) -> Sequence[Cue]:
    """Cues of one word each put together into sentences with timed words; all other cues as they are."""
    spoken = [cue for cue in cues if cue.text.strip()]
    single = sum(1 for cue in spoken if len(cue.text.split()) == 1 and cue.start is not None)
    if len(spoken) < 4 or single * 10 < len(spoken) * 8:
        return cues
    groups: list[list[Cue]] = []
    for cue in spoken:
        last = groups[-1] if groups else []
        if not last or len(last) >= _LONGEST_RUN or _parted(last[-1], cue):
            groups.append([cue])
        else:
            last.append(cue)
    return [_joined(group) for group in groups]


def _parted(before: Cue, after: Cue) -> bool:
    heard = before.end if before.end is not None else before.start
    paused = heard is not None and after.start is not None and after.start - heard > _PAUSE
    return paused or before.speaker != after.speaker or ends_sentence(before.text.strip())


def _joined(group: Sequence[Cue]) -> Cue:
    words = tuple(
        TimedWord(text=fold(cue.text), start=cue.start, end=cue.end) for cue in group if cue.start is not None
    )
    speaker = speakers.name_of(group[0].speaker) if group[0].speaker else None
    return replace(
        group[0], text=" ".join(fold(cue.text) for cue in group), end=group[-1].end, speaker=speaker, words=words
    )
