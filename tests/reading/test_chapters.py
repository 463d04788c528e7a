"""Chapters as the podcast namespace writes them, and as people do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UnreadableDocument
from bot.model.episode import Chapter
from bot.reading import chapters

EXAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "feeds" / "namespace" / "chapters"


def read(value: object) -> tuple[Chapter, ...]:
    return chapters.read(json.dumps(value).encode(), "chapters.json")


def test_a_chapter_has_a_start_a_title_and_perhaps_an_end_and_a_link() -> None:
    found = read(
        {
            "version": "1.2.0",
            "chapters": [
                {"startTime": 12.5, "endTime": 94.25, "title": "  The\ttide ", "url": "https://example.org/tide"},
                {"startTime": 0, "title": "Intro", "img": "https://example.org/a.jpg", "url": "javascript:alert(1)"},
            ],
        }
    )
    assert found == (
        Chapter(start=0.0, title="Intro"),
        Chapter(start=12.5, title="The tide", end=94.25, url="https://example.org/tide"),
    )


def test_hidden_and_nameless_marks_are_left_out() -> None:
    marks = [{"startTime": 1, "title": "Seen", "toc": True}, {"startTime": 2, "title": "Hidden", "toc": False}]
    assert [one.title for one in read({"chapters": [*marks, {"startTime": 3, "img": "x"}, "noise", None]})] == ["Seen"]


def test_times_may_be_written_as_words_and_a_bare_list_will_do() -> None:
    found = read([{"startTime": "1:02:03.5", "title": "Late"}, {"startTime": "7", "endTime": "6", "title": "Early"}])
    assert [(one.start, one.end) for one in found] == [(7.0, None), (3723.5, None)]


def test_no_chapters_are_none() -> None:
    assert read({"version": "1.2.0", "chapters": []}) == ()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{", "expected JSON"),
        (b"<html>Not found</html>", "expected JSON"),
        (b'{"chapter": []}', "a list under 'chapters'"),
        (b'"words"', "a list under 'chapters'"),
        (b'{"chapters":\n [{"start": 1, "title": "A"}]}', r"chapters\[0\]: expected a chapter with a startTime"),
        (b'{"chapters": [{"startTime": true, "title": "A"}, {"startTime": -1}]}', "startTime"),
        (b'{"chapters": [' + b",".join([b'{"startTime": 1}'] * 2001) + b"]}", "at most 2,000"),
        (b'{"chapters": [{"startTime": 1' + b"0" * 400 + b', "title": "A"}]}', "startTime"),
        (b"[" * 100_000, "nested too deeply"),
        (b"\x89PNG....", "PNG"),
        (b"", "empty"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(data: bytes, said: str) -> None:
    with pytest.raises(UnreadableDocument, match=said) as caught:
        chapters.read(data, "chapters.json")
    assert str(caught.value).startswith("chapters.json")


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["chapters", "startTime", "endTime", "title", "toc", "url"]), inner, max_size=5
            )
        ),
        max_leaves=20,
    )
)
def test_any_json_gives_chapters_in_order_or_a_sentence(value: object) -> None:
    try:
        found = read(value)
    except UnreadableDocument as error:
        assert str(error).startswith("chapters.json")  # noqa: PT017 - both ends are right
        return
    assert list(found) == sorted(found, key=lambda one: one.start)
    assert all(one.title and (one.end is None or one.end > one.start) for one in found)


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the folder ../shared with the namespace's examples is not here")
def test_the_namespaces_own_examples() -> None:
    simple, complex_one = (
        chapters.read((EXAMPLES / name).read_bytes(), name) for name in ("example.json", "exampleComplex.json")
    )
    assert [one.start for one in simple] == [0, 168, 260, 410, 3990, 4600, 5510, 5854, 6089]
    assert simple[3].url == "https://github.com/Podcastindex-org/podcast-namespace"
    # Of eleven, the Eiffel Tower is a silent mark.
    assert len(complex_one) == 10
    assert 4826 not in [one.start for one in complex_one]
    assert {one.title for one in simple} < {one.title for one in complex_one}
