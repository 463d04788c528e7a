"""What holds for every document, however strange."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.errors import UnreadableDocument
from bot.model.episode import Transcript
from bot.reading import gate, stamps, transcripts
from bot.reading.document import read
from bot.reading.hashtags import split_title

NAMES = st.sampled_from(["a.txt", "a.md", "a.html", "a.json", "a.vtt", "a.srt", "a", "x/y.z", ""])
GATE = [
    "Full transcript available for Foundry members",
    "Sign Up to Access",
    "Sign Up to AccessMore from The Load Path",
]
LINES = st.sampled_from(
    [
        *GATE,
        "",
        "Title #tag",
        "Summary",
        "## Key Insights",
        "- One insight",
        "Topics",
        "Transcript",
        "[0:01] Some words. [music]",
        "(0:00:02) Ann Lee: more.",
        "Ann Lee (00:03):",
        "More from The Show",
        "A line of prose.",
        "---",
        "title: T",
        "<p>Summary</p>",
        "<b>Ann:</b> hi",
        "00:01.000 --> 00:02.000",
        '{"title": "T", "summary": "S"}',
        "WEBVTT",
        "♪ la",
        "مرحبا 👩‍🔧\u202e",
    ]
)
DOCUMENTS = st.lists(LINES, max_size=30).map("\n".join)


def strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for one in value for text in strings(one)]
    if is_dataclass(value):
        return [text for field in fields(value) for text in strings(getattr(value, field.name))]
    return []


@given(st.binary(max_size=400), NAMES)
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes, name: str) -> None:
    try:
        assert read(data, name).episodes
    except UnreadableDocument as error:
        assert str(error)  # noqa: PT017


@given(DOCUMENTS | st.text(max_size=300), NAMES, st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]))
@settings(max_examples=400, deadline=None)
def test_any_text_gives_clean_fields_without_a_gate(text: str, name: str, codec: str) -> None:
    try:
        reading = read(text.encode(codec, errors="replace"), name)
    except UnreadableDocument:
        return
    for episode in reading.episodes:
        assert episode.title
        assert split_title(episode.title)[0] == episode.title
        for field in strings(episode):
            assert "Full transcript available for" not in field
            assert "Sign Up to Access" not in field
            assert not re.search(
                "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]", field
            )
        if episode.transcript:
            check(episode.transcript)


def check(transcript: Transcript) -> None:
    """What every later floor relies on."""
    starts = [segment.start for segment in transcript.segments if segment.start is not None]
    assert starts == sorted(starts)
    for segment in transcript.segments:
        assert segment.text
        assert segment.text == " ".join(segment.text.split())
        assert segment.end is None or segment.start is None or segment.end >= segment.start
        for word in segment.words:
            assert 0 <= word.begin < word.stop <= len(segment.text)
    for event in transcript.events:
        assert 0 <= event.offset <= len(transcript.segments[event.segment].text)


@given(st.binary(max_size=400), NAMES)
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_transcript_or_refused(data: bytes, name: str) -> None:
    try:
        check(transcripts.read(data, name))
    except UnreadableDocument as error:
        assert str(error)  # noqa: PT017


@given(
    st.integers(0, 99),
    st.integers(0, 59),
    st.integers(0, 59),
    st.sampled_from(
        ["[{}] x", "\\[{}\\] x", "({}) x", "[@{}] x", "[{}]: x", "({}): x", "[ {} ] x", "[{} - 99:59:59] x"]
    ),
)
def test_a_stamp_is_read_as_it_was_written(hours: int, minutes: int, seconds: int, form: str) -> None:
    clock = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    found = stamps.leading(form.format(clock))
    assert found is not None
    assert (found.start, found.rest) == (hours * 3600 + minutes * 60 + seconds, "x")


@given(st.text(max_size=80), st.sampled_from(GATE), st.text(max_size=80))
@example("", "Sign Up to Access", "More from X")
def test_a_gate_is_cut_out_of_any_line(before: str, notice: str, after: str) -> None:
    pieces = gate.part(f"{before}{notice}{after}")
    assert None in pieces
    assert not any("Sign Up to Access" in piece for piece in pieces if piece)


@given(st.text(max_size=120))
def test_a_title_without_hashtags_has_none_left_to_take(raw: str) -> None:
    title, _ = split_title(raw)
    assert split_title(title)[0] == title
