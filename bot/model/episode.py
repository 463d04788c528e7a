"""An episode as its source tells it: the page's words, its transcript, and what the reader had to assume."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property


@dataclass(frozen=True)
class Word:
    """One spoken word with its own time, where the transcript gives one.

    `begin` and `stop` are character offsets in the text of the segment that holds the word; `start` and `end` are
    seconds from the start of the episode.
    """

    begin: int
    stop: int
    start: float
    end: float | None = None


@dataclass(frozen=True)
class Segment:
    """A stretch of speech under one stamp.

    `text` holds spoken words only: stamps, speaker labels and events have been taken out and runs of white space are
    one space. `start` and `end` are seconds; `start` is None where the source gives no stamp.
    """

    text: str
    start: float | None = None
    end: float | None = None
    speaker: str | None = None
    words: tuple[Word, ...] = ()


@dataclass(frozen=True)
class Event:
    """Something heard that is not speech: `[music]`, `(applause)`, `[inaudible]`.

    It stood in segment number `segment` before the character at `offset` of that segment's text.
    """

    label: str
    segment: int
    offset: int


@dataclass(frozen=True)
class Transcript:
    """What was said, in order. Character offsets anywhere in Pullquote are offsets into `text`."""

    segments: tuple[Segment, ...]
    events: tuple[Event, ...] = ()

    def __hash__(self) -> int:
        # Not over all segments: a text keeps its hash, and two transcripts of one text are told apart by comparing.
        return hash(self.text)

    @cached_property
    def text(self) -> str:
        """The words of all segments, joined by one newline: the text that quotes are locked to."""
        return "\n".join(segment.text for segment in self.segments)

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """For each segment, the offset in `text` at which its words begin."""
        starts, at = [], 0
        for segment in self.segments:
            starts.append(at)
            at += len(segment.text) + 1
        return tuple(starts)


@dataclass(frozen=True)
class Related:
    """Another episode that the page names: under "More from <show>", a title and a blurb."""

    title: str
    blurb: str = ""
    topics: tuple[str, ...] = ()
    url: str | None = None


@dataclass(frozen=True)
class Person:
    """Somebody of the episode; `role` as the source gives it ("host", "guest"), in lower case.

    `group` is "" for those who are heard (the cast), else what the others did ("writing", "visuals"), in lower case.
    """

    name: str
    role: str = ""
    group: str = ""


@dataclass(frozen=True)
class Enclosure:
    """The media file of an episode. `length` is in bytes."""

    url: str
    mime: str = ""
    length: int | None = None


@dataclass(frozen=True)
class Soundbite:
    """A moment that the show's own makers chose. `start` and `duration` are seconds."""

    start: float
    duration: float
    title: str = ""


@dataclass(frozen=True)
class Chapter:
    """A stretch of an episode that its makers named. `start` and `end` are seconds; `end` may be None."""

    start: float
    title: str
    end: float | None = None
    url: str | None = None


@dataclass(frozen=True)
class TranscriptLink:
    """Where an episode's transcript stands, as its feed says; it is fetched later.

    `mime` is in lower case, without parameters. `captions` says that the feed calls it captions: timed for a screen.
    """

    url: str
    mime: str = ""
    language: str | None = None
    captions: bool = False


@dataclass(frozen=True)
class Episode:
    """One episode, as read. Texts are plain (no markup); paragraphs are parted by one empty line.

    `title` bears no hashtags; `topics` are the page's topics, or its hashtags where it lists none. `gated` says that
    the transcript is only a part, the rest being for members. `guid` is the source's own identifier, if it has one.
    `duration` is in seconds. `published` is aware (UTC). `season` and `number` are the show's own count; `kind` is
    "full", "trailer" or "bonus", "" where the source does not say. `transcript_links` and `chapters_url` are what a
    feed points to; what they hold is read into `transcript` and `chapters` once it was fetched. `artwork` is
    where a document says that the picture of its show stands.
    """

    title: str
    show: str | None = None
    blurb: str = ""
    summary: str = ""
    insights: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    transcript: Transcript | None = None
    gated: bool = False
    related: tuple[Related, ...] = ()
    people: tuple[Person, ...] = ()
    soundbites: tuple[Soundbite, ...] = ()
    guid: str | None = None
    url: str | None = None
    audio: Enclosure | None = None
    published: datetime | None = None
    duration: float | None = None
    language: str | None = None
    season: int | None = None
    number: float | None = None
    kind: str = ""
    location: str | None = None
    chapters: tuple[Chapter, ...] = ()
    chapters_url: str | None = None
    transcript_links: tuple[TranscriptLink, ...] = ()
    artwork: str | None = None


@dataclass(frozen=True)
class Remark:
    """Something the reader noticed or assumed while reading (an encoding guessed, a stamp that runs backwards)."""

    text: str
    line: int | None = None


@dataclass(frozen=True)
class Reading:
    """What came out of one document: a page gives one episode, a saved feed several, newest first."""

    episodes: tuple[Episode, ...]
    remarks: tuple[Remark, ...] = ()
    feed: bool = False
