"""What a document may have wrong with it, and that each fault gets a sentence somebody can act on."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import UnreadableDocument
from bot.model.episode import Episode, Reading, Transcript
from bot.reading import transcripts
from bot.reading.document import MAX_BYTES, read
from tests.growth import MOST, TIMES, growth

PAGE = """A Title Worth Reading #tag
One blurb.
Summary
One summary.
Key Insights
- One insight
Topics
Transcript
[0:00] Naïve words were said. “Quoted” ones, too.
[0:05] And more.
"""


def episode(text: str | bytes, name: str = "page.txt") -> Episode:
    return reading(text, name).episodes[0]


def reading(text: str | bytes, name: str = "page.txt") -> Reading:
    return read(text.encode() if isinstance(text, str) else text, name)


def fault(text: str | bytes, name: str = "page.txt") -> UnreadableDocument:
    with pytest.raises(UnreadableDocument) as caught:
        reading(text, name)
    assert str(caught.value).startswith(name)
    assert caught.value.expected
    assert caught.value.remedy
    return caught.value


def transcript(text: str | bytes, name: str = "page.txt") -> Transcript:
    found = episode(text, name).transcript
    assert found is not None
    return found


@pytest.mark.parametrize("data", [b"", b"\n \t\r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\0\0\0\0"])
def test_an_empty_file_is_said_to_be_empty(data: bytes) -> None:
    assert "empty" in str(fault(data))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7 something", "PDF"),
        (b"PK\x03\x04rest", "zip"),
        (b"ID3\x04rest", "MP3"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\x00\x00\x00\x18ftypmp42", "MP4"),
        (b"{\\rtf1 hello}", "RTF"),
    ],
)
def test_a_known_binary_format_is_called_by_its_name(data: bytes, kind: str) -> None:
    assert kind in str(fault(data))


def test_other_binary_data_is_refused() -> None:
    assert "binary" in str(fault(bytes(range(256)) * 20))
    assert "binary" in str(fault(bytes(range(1, 32)) * 100))


def test_a_document_beyond_the_limit_is_refused_with_its_size() -> None:
    error = fault(b"x" * (MAX_BYTES + 1))
    assert "5.0 MB" in str(error)
    assert "50.0 MB" in str(fault(b"x" * 50_000_000))


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_usual_encoding_gives_the_same_words(codec: str) -> None:
    found = reading(PAGE.encode(codec))
    assert found.episodes == reading(PAGE).episodes
    assumed = " ".join(remark.text for remark in found.remarks)
    assert ("UTF-16" in assumed) == codec.startswith("utf-16")
    assert ("cp1252" in assumed) == (codec == "cp1252")


def test_a_page_that_declares_its_charset_is_read_in_it() -> None:
    page = '<meta charset="koi8-r"><h1>Мост</h1><h2>Summary</h2><p>Тихо.</p>'
    assert episode(page.encode("koi8-r"), "page.html").title == "Мост"


def test_a_few_broken_bytes_do_not_turn_the_rest_into_other_letters() -> None:
    found = reading("Über Brücken\nSummary\nÄöü ß Äöü ß\n".encode() + b"\xff broken\n")
    assert found.episodes[0].title == "Über Brücken"
    assert "line 4" in found.remarks[0].text


def test_a_file_cut_inside_a_character_keeps_all_before_it() -> None:
    found = reading("Cut\nSummary\nIt ends here é".encode()[:-1])
    assert found.episodes[0].summary == "It ends here"
    assert "cut" in found.remarks[0].text


@pytest.mark.parametrize("end", ["\r\n", "\r", "\u2028"])
def test_any_line_end_is_a_line_end(end: str) -> None:
    assert reading(PAGE.replace("\n", end)).episodes == reading(PAGE).episodes


def test_odd_spaces_and_invisible_characters_leave_no_trace() -> None:
    dirty = PAGE.replace(" ", "\u00a0").replace("words", "wo\u200brds\u00ad").replace("Summary", "\ufeffSummary\u200e:")
    assert reading(dirty).episodes == reading(PAGE).episodes


def test_control_and_direction_characters_reach_no_field() -> None:
    found = episode(PAGE.replace("summary.", "sum\x07mary\u202e.\u2066"))
    assert found.summary == "One summary."


def test_smart_quotes_stay() -> None:
    assert "“Quoted”" in transcript(PAGE).text


@pytest.mark.parametrize("length", range(1, len(PAGE), 7))
def test_a_page_cut_anywhere_is_read_or_refused_clearly(length: int) -> None:
    try:
        found = episode(PAGE[:length])
    except UnreadableDocument as error:
        assert error.line == 1  # noqa: PT017
    else:
        assert PAGE.startswith(found.title)


def test_a_heading_with_nothing_under_it_is_remarked() -> None:
    found = reading("Title\nSummary\nWords.\nKey Insights\n")
    assert any("was the page cut?" in remark.text for remark in found.remarks)


def test_no_transcript_and_no_insights_is_still_an_episode() -> None:
    found = reading("Title\nSummary\nWords.\n")
    assert found.episodes[0].transcript is None
    assert found.episodes[0].insights == ()
    assert any("No transcript" in remark.text for remark in found.remarks)


def test_stamps_that_run_backwards_lose_the_stamp_and_keep_the_words() -> None:
    page = "T\nTranscript\n[0:00] a\n[0:10] b\n[9:59:59] c\n[0:20] d\n[0:05] e\n[0:30] f\n"
    found = reading(page)
    spoken = found.episodes[0].transcript
    assert spoken is not None
    assert [segment.start for segment in spoken.segments] == [0, 10, None, 20, None, 30]
    assert spoken.text == "a\nb\nc\nd\ne\nf"
    assert [remark.line for remark in found.remarks if "backwards" in remark.text] == [5]


def test_a_page_without_a_title_names_the_line() -> None:
    error = fault("\n\nSummary\nWords.\n")
    assert error.line == 3
    assert "title" in error.expected


def test_a_title_of_hashtags_alone_is_no_title() -> None:
    assert "title in words" in str(fault("#ai #podcast\nSummary\nWords.\n"))


def test_a_title_and_nothing_else_is_refused() -> None:
    assert "nothing besides the title" in str(fault("Only a title\nSummary\n"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("<!doctype html><title>404</title><h1>Not found</h1><p>Try again.</p>", "page.html"),
        ("Dear diary,\n\nnothing to see here.\n", "page.txt"),
    ],
)
def test_a_page_of_another_kind_is_refused_with_the_headings_that_we_know(text: str, name: str) -> None:
    error = fault(text, name)
    for heading in ("Summary", "Key Insights", "Topics", "Transcript", "More from"):
        assert heading in str(error)


def test_unknown_xml_is_refused() -> None:
    assert "XML" in str(fault("<?xml version='1.0'?><opml/>", "list.xml"))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('{"title": "T",\n "summary": "S",\n "sumary": "x"}', 3, "did you mean 'summary'"),
        (
            '{"title": "T",\n "related": [{"title": "R",\n "blurp": ""}]}',
            3,
            "related[0].blurp: unknown key; did you mean 'blurb'",
        ),
        ('{"title": "T",\n "summary": 3}', 2, "summary: "),
        ('{"summary": "S"}', 1, "title: is missing"),
        ('{"title": "T",\n "url": "javascript:alert(1)"}', 2, "url: expected an address"),
        ('{"title": "T",\n "published": "soon"}', 2, "published: expected a date"),
        ('{"title": "T",\n "transcript": [{"start": 0,\n "txt": "a"}]}', 2, "transcript[0]: expected the spoken words"),
        ('{"title": "T",\n "transcript": [{"text": "a",\n "start": "x"}]}', 3, "transcript[0].start: expected seconds"),
        ('{"title": "T",\n}', 2, "expected JSON"),
        ("[" * 100_000, 1, "nested too deeply"),
        ("[]", 1, "0"),
        ("[1]", 1, "[0]: expected an object"),
    ],
)
def test_json_faults_name_path_and_line(text: str, line: int, words: str) -> None:
    error = fault(text, "episode.json")
    assert words in str(error)
    assert error.line == line


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("---\ntitle: T\nSummary\n", 1, "never closed"),
        ("---\ntitle: T\nhello\n---\n", 3, "expected 'key: value'"),
        ("---\ntitle: 'T\n---\n", 2, "never closes"),
        ("---\ntags: [a, b\n---\n", 2, "never closes"),
        ("---\ntitle: {a: b}\n---\n", 2, "one value or a list"),
        ("---\ntitle: T\nhosts:\n  - name: Ann\n---\n", 3, "for 'hosts'"),
        ("+++\ntitle = 'T'\nepisode = 010\n+++\n", 3, "TOML"),
        ('{\n "title": "T"\n "b": 1\n}\n', 3, "JSON"),
    ],
)
def test_front_matter_faults_name_the_line(text: str, line: int, words: str) -> None:
    error = fault(text, "page.md")
    assert words in str(error)
    assert error.line == line


HEADS = {"txt": b"T\nSummary\nS\nTranscript\n", "md": b"# T\n## Summary\nS\n## Transcript\n", "vtt": b"WEBVTT\n\n"}


def read_or_refuse(size: int, *, name: str, unit: bytes) -> None:
    data = (HEADS.get(name[2:], b"") + unit * (size // len(unit)))[:size]
    try:
        read(data, name)
    except UnreadableDocument as error:
        assert len(str(error)) < 2_000  # noqa: PT017


@pytest.mark.parametrize("unit", [b"[", b"[\n", b"#", b"[0:01]", b"[0:01] a few spoken words more\n", b"word "])
def test_megabytes_of_one_thing_cost_no_more_than_their_share(unit: bytes) -> None:
    assert growth(lambda size: read_or_refuse(size, name="a.txt", unit=unit), MAX_BYTES // TIMES // 16) < MOST


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("a.txt", b"# "),
        ("a.txt", b"Ann (0:01): word "),
        ("a.txt", b"Sign Up to Access"),
        ("a.txt", b"Full transcript available for "),
        ("a.txt", "♪".encode()),
        ("a.txt", b"( [music] "),
        ("a.txt", b"a: "),
        ("a.md", b"["),
        ("a.md", b"[a](b "),
        ("a.md", b"**_`"),
        ("a.md", b"<!--"),
        ("a.md", b"{{ {% "),
        ("a.md", b"![a]("),
        ("a.md", b"<a"),
        ("a.html", b"<p>"),
        ("a.html", b"<b>a:"),
        ("a.html", b"<b> "),
        ("a.html", b"<time>"),
        ("a.html", b"<button>x"),
        ("a.html", b"<a href=x>"),
        ("a.html", b"<!--"),
        ("a.html", b"<p>Ann: word</p>"),
        ("a.json", b'{"a":'),
        ("a.json", b'"'),
        ("a.json", b"[{"),
        ("a.vtt", b"00:01.000 --> 00:02.000\nWords here\n\n"),
        ("a.vtt", b"<v A>"),
        ("a.srt", b"<00:01.000>"),
        ("a.srt", b"1\n00:00:01,000 --> 00:00:02,000\n<00:01.000>word <00:01.000>word\n"),
    ],
)
def test_nothing_hostile_is_more_than_linear(name: str, unit: bytes) -> None:
    assert growth(lambda size: read_or_refuse(size, name=name, unit=unit), 30_000) < MOST


@pytest.mark.parametrize("key", ["title: '", "tags: [", "tags: ['a", "a: ", "description: |\n "])
def test_long_front_matter_is_bounded(key: str) -> None:
    def work(size: int) -> None:
        fault("---\n" + (key + "\n") * (size // (len(key) + 1)) + "---\n", "page.md")

    assert growth(work, 24_000) < MOST


def test_a_transcript_heading_with_nothing_under_it_is_no_transcript() -> None:
    with pytest.raises(UnreadableDocument, match="no spoken words"):
        transcripts.read(b"Title\nTranscript\n", "empty.txt")


def test_a_gate_in_the_head_of_a_page_reaches_no_field_either() -> None:
    head = '<meta property="og:title" content="Sign Up to Access"><meta property="og:site_name" content="Members only">'
    found = episode(f"{head}<h1>T</h1><h2>Summary</h2><p>S.</p>", "page.html")
    assert (found.title, found.show) == ("T", None)


def test_the_name_of_the_file_is_no_path_to_anything(tmp_path: Path) -> None:
    assert episode("[0:00] Words.", str(tmp_path / "some-show_12.txt")).title == "some show 12"
