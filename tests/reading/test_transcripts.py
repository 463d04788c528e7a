"""A transcript is read by what its bytes are, every word of it is kept, and nothing is said twice."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UnreadableDocument
from bot.model.episode import Transcript
from bot.reading import transcripts

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "feeds" / "transcripts"
REAL = sorted(SHARED.glob("*/*"))
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the folder ../shared with real transcripts is not here")

VTT = "WEBVTT\n\n00:01.000 --> 00:02.500\nAnn: You wait for the tide.\n\n00:03.000 --> 00:04.000\nAnn: Then you go.\n"
SRT = (
    "1\n00:00:01,000 --> 00:00:02,500\nAnn: You wait for the tide.\n\n2\n00:00:03,000 --> 00:00:04,000\nThen you go.\n"
)
JSON = """{"version": "1.0.0", "segments": [
  {"speaker": "Ann", "startTime": 1.0, "endTime": 2.5, "body": "You wait for the tide."},
  {"speaker": "Ann", "startTime": 3, "endTime": 4, "body": "Then you go."}]}"""
WHISPER = """{"text": "…", "language": "en", "segments": [
  {"id": 0, "start": 1.0, "end": 2.5, "text": " You wait for the tide.", "speaker": "Ann"},
  {"id": 1, "start": 3.0, "end": 4.0, "text": " Then you go.", "speaker": "Ann"}]}"""
PODLOVE = """[
  {"start": "00:00:01.000", "start_ms": 1000, "end": "00:00:02.500", "end_ms": 2500, "speaker": "3", "voice": "Ann",
   "text": "You wait for the tide."},
  {"start": "00:00:03.000", "start_ms": 3000, "end": "00:00:04.000", "end_ms": 4000, "speaker": "3", "voice": "Ann",
   "text": "Then you go."}]"""
MAP = """{"speakers": {"spk_0": "Ann"}, "segments": [
  {"speakerLabel": "spk_0", "start": 1.0, "end": 2.5, "text": "You wait for the tide."},
  {"speakerLabel": "spk_0", "start": 3, "end": 4, "text": "Then you go."}]}"""
HTML = """<cite>Ann:</cite>\n<time>0:01</time>\n<p>You wait for the tide.</p>
<cite>Ann:</cite>\n<time>0:03</time>\n<p>Then you go.</p>"""
TEXT = "00:00:01 Ann: You wait for the tide.\n00:00:03 Ann: Then you go.\n"


def read(text: str, name: str = "transcript", mime: str = "") -> Transcript:
    return transcripts.read(text.encode(), name, mime)


def said(text: str, name: str = "a.vtt") -> list[str]:
    return [segment.text for segment in read(text, name).segments]


def words(transcript: Transcript) -> list[str]:
    return re.findall(r"\w+", transcript.text.casefold())


@pytest.mark.parametrize(
    ("text", "mime"),
    [
        (VTT, "text/vtt"),
        (SRT, "application/x-subrip"),
        (SRT, "application/srt"),
        (SRT, "application/srr"),
        (JSON, "application/json"),
        (WHISPER, "application/json"),
        (PODLOVE, "application/json"),
        (MAP, "application/json; charset=utf-8"),
        (HTML, "text/html"),
        (TEXT, "text/plain"),
    ],
    ids=["vtt", "srt", "srt2", "srt3", "namespace", "whisper", "podlove", "map", "html", "text"],
)
@pytest.mark.parametrize("lie", ["", "text/plain", "application/octet-stream", "text/vtt", "text/html"])
def test_every_kind_is_read_by_its_bytes_whatever_it_is_called(text: str, mime: str, lie: str) -> None:
    for called, name in ((mime, "https://cdn.example/t?id=7"), (lie, "https://cdn.example/transcript.txt?token=a.b")):
        found = read(text, name, called)
        assert [(one.start, one.speaker, one.text) for one in found.segments] == [
            (1.0, "Ann", "You wait for the tide."),
            (3.0, "Ann", "Then you go."),
        ]


def test_what_a_feed_calls_it_helps_where_the_bytes_leave_it_open() -> None:
    notes = "Kind of a header\n\n00:01 --> 00:02\nYou wait.\n"
    assert [one.start for one in read(notes, "t", "text/vtt").segments] == [1.0]
    assert [one.text for one in read("**Ann:** You *wait*.\n\n**Bo:** Yes.", "t", "text/markdown").segments] == [
        "You wait.",
        "Yes.",
    ]


def test_a_page_that_says_not_found_is_no_transcript() -> None:
    for mime in ("text/vtt", "text/html", ""):
        with pytest.raises(UnreadableDocument, match="web page without stamps"):
            read("<!DOCTYPE html><html><body><h1>404</h1><p>Page not found.</p></body></html>", "t.vtt", mime)


def test_a_long_page_of_bare_paragraphs_may_be_one_where_the_feed_says_html() -> None:
    page = f"<html><body>{'<p>You wait for the tide, and then you go out.</p>' * 20}</body></html>"
    assert len(read(page, "https://cdn.example/t", "text/html").segments) == 20
    with pytest.raises(UnreadableDocument):
        read(page, "https://cdn.example/t", "text/vtt")


def test_captions_that_roll_up_the_screen_say_each_line_once() -> None:
    rolling = """WEBVTT
Kind: captions

00:00:00.000 --> 00:00:02.000 align:start position:0%
 
you<00:00:00.700><c> wait</c>

00:00:02.000 --> 00:00:02.010 align:start position:0%
you wait
 

00:00:02.010 --> 00:00:05.000 align:start position:0%
you wait
for<00:00:03.000><c> the tide</c>

00:00:05.000 --> 00:00:05.010 align:start position:0%
for the tide
 

00:00:05.010 --> 00:00:08.000 align:start position:0%
for the tide
then<00:00:06.000><c> you go</c>
"""  # noqa: W293 - the lines of one space are what such files hold
    found = read(rolling, "a.vtt")
    assert [(one.start, one.end, one.text) for one in found.segments] == [
        (0.0, 2.0, "you wait"),
        (2.01, 5.0, "for the tide"),
        (5.01, 8.0, "then you go"),
    ]
    assert [(word.start, found.segments[1].text[word.begin : word.stop]) for word in found.segments[1].words] == [
        (2.01, "for"),
        (3.0, "the"),
        (3.0, "tide"),
    ]


def test_rolled_captions_that_were_made_srt_say_each_line_once() -> None:
    rolling = "\n".join(
        f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{before}\n{after}\n"
        for n, (before, after) in enumerate([("", "a b"), ("a b", "c d"), ("c d", "e f"), ("e f", "g h")])
    )
    assert said(rolling, "a.srt") == ["a b", "c d", "e f", "g h"]


def test_a_line_that_somebody_says_twice_stays_twice() -> None:
    cues = ["Yeah.", "Yeah.", "So we go.", "Yeah.", "Right.", "Right.", "And so on."]
    text = "WEBVTT\n\n" + "".join(f"00:0{n}.000 --> 00:0{n}.900\n{cue}\n\n" for n, cue in enumerate(cues))
    assert said(text) == cues


def test_an_empty_line_inside_a_cue_loses_no_words() -> None:
    assert said("WEBVTT\n\n00:01.000 --> 00:02.000\n\nYou wait.\n\nThen go.\n\n00:03.000 --> 00:04.000\nYes.\n") == [
        "You wait. Then go.",
        "Yes.",
    ]


def test_names_numbers_and_comments_of_cues_are_never_words() -> None:
    named = "WEBVTT\n\nintro\n00:01.000 --> 00:02.000\nYou wait.\n\nNOTE Ask Ann\nabout it\n\nsecond\n"
    assert said(named + "00:03.000 --> 00:04.000\nYes.\n\n3\n") == ["You wait.", "Yes."]
    assert said("1\n00:01,000 --> 00:02,000\nIn 1984.\n\n2\n00:03,000-->00:04,000\n1984\n\n3\n00:0", "a.srt") == [
        "In 1984.",
        "1984",
    ]


def test_cues_that_overlap_or_go_back_keep_their_words() -> None:
    text = "WEBVTT\n\n" + "".join(
        f"00:{start:02}.000 --> 00:{end:02}.000\n{word}.\n\n"
        for start, end, word in [(1, 9, "One"), (2, 4, "Two"), (0, 1, "Three"), (5, 4, "Four")]
    )
    found = read(text, "a.vtt")
    assert [one.text for one in found.segments] == ["One.", "Two.", "Three.", "Four."]
    assert [one.start for one in found.segments] == [1.0, 2.0, None, 5.0]
    assert found.segments[3].end is None


def test_what_was_said_about_signing_up_stays_and_a_gate_at_the_end_goes() -> None:
    text = "WEBVTT\n\n" + "".join(
        f"00:{n:02}.000 --> 00:{n:02}.900\n{line}\n\n"
        for n, line in enumerate(["- Log in.", "Start a free trial to see for yourself.", "Bye.", "Sign up to read"])
    )
    assert said(text) == ["Log in.", "Start a free trial to see for yourself.", "Bye."]
    assert transcripts.spoken(text, "a.vtt").gated


def test_a_stamp_with_seconds_is_a_stamp_before_am() -> None:
    found = read("00:25:30 I don't know who I\n00:25:32 am there, at 7:30 am I think.\n")
    assert [(one.start, one.text) for one in found.segments] == [
        (1530.0, "I don't know who I"),
        (1532.0, "am there, at 7:30 am I think."),
    ]


def test_a_speaker_map_that_names_nobody_leaves_the_labels() -> None:
    found = read(MAP.replace('"Ann"', '"spk_0"'))
    assert {one.speaker for one in found.segments} == {"spk_0"}


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1e999", "-1", "true", '"soon"'])
def test_an_impossible_time_is_said_with_its_line(number: str) -> None:
    with pytest.raises(UnreadableDocument, match=r"t.json:2: segments\[0\].startTime"):
        read(JSON.replace("1.0,", f"{number},"), "t.json")


@given(st.text(alphabet='aZ1 \n:.,->[]<>{}"WEBVTT', max_size=300), st.sampled_from(["", "text/vtt", "text/html", "x"]))
def test_any_text_is_read_or_refused_with_a_sentence(text: str, mime: str) -> None:
    try:
        found = transcripts.read(text.encode(), "t", mime)
    except UnreadableDocument as error:
        assert str(error).startswith("t")  # noqa: PT017 - both ends are right
        return
    starts = [one.start for one in found.segments if one.start is not None]
    assert starts == sorted(starts)
    assert all(one.text for one in found.segments)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3000), st.integers(1, 50), st.from_regex(r"[b-z]{1,8}( [b-z]{1,8}){0,5}", fullmatch=True)
        ),
        min_size=1,
        max_size=20,
        unique_by=lambda cue: cue[2],
    ),
    st.booleans(),
)
def test_every_word_of_every_cue_is_kept_once(cues: list[tuple[int, int, str]], srt: bool) -> None:
    clock = "{:02}:{:02}:{:02}" + (",000" if srt else ".000")
    lines = [] if srt else ["WEBVTT", ""]
    for number, (start, length, text) in enumerate(sorted(cues), start=1):
        times = [clock.format(at // 3600, at // 60 % 60, at % 60) for at in (start, start + length)]
        lines += [*([str(number)] if srt else []), " --> ".join(times), text, ""]
    found = read("\n".join(lines), "a.srt" if srt else "a.vtt")
    assert found.text.split() == " ".join(text for _, _, text in sorted(cues)).split()


@needs_shared
@pytest.mark.parametrize("path", [path for path in REAL if path.suffix == ".vtt"], ids=lambda path: path.name)
def test_real_captions_keep_every_word_in_order(path: Path) -> None:
    text = path.read_text(encoding="utf-8-sig")
    found = transcripts.read(path.read_bytes(), path.name)
    starts = [one.start for one in found.segments]
    assert None not in starts
    assert starts == sorted(start for start in starts if start is not None)
    spoken = re.sub(r"^(?:\d+\n)?[\d:.]+ --> [\d:.]+.*\n|^WEBVTT.*\n", "", text, flags=re.MULTILINE)
    labels = " ".join(event.label for event in found.events)
    assert sorted(words(found) + re.findall(r"\w+", labels.casefold())) == sorted(re.findall(r"\w+", spoken.casefold()))


@needs_shared
@pytest.mark.parametrize("name", ["165-python-and-the-blockchain", "024_fluent_python"])
def test_stamped_text_says_the_words_of_its_captions(name: str) -> None:
    text, captions = SHARED / f"txt/talkpython-{name}.txt", SHARED / f"vtt/talkpython-{name}.vtt"
    first, second = (transcripts.read(path.read_bytes(), path.name) for path in (text, captions))
    assert all(one.start is not None for one in first.segments)
    assert words(first) == words(second)


@needs_shared
@pytest.mark.parametrize("path", [path for path in REAL if path.suffix == ".json"], ids=lambda path: path.name)
def test_the_speakers_of_a_real_map_bear_their_names(path: Path) -> None:
    names = json.loads(path.read_text(encoding="utf-8"))["speakers"]
    found = transcripts.read(path.read_bytes(), path.name)
    assert {one.speaker for one in found.segments} <= set(names.values())
    assert not {one.speaker for one in found.segments} & set(names)
