"""Real documents, which lie beside the repository and are never part of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.errors import UnreadableDocument
from bot.model.episode import Transcript
from bot.reading import transcripts
from bot.reading.document import read

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared"
DOCUMENTS = sorted((SHARED / "data/feeds/documents").glob("*"))
TRANSCRIPTS = sorted((SHARED / "data/feeds/transcripts").glob("*/*"))
SEEDS = sorted((SHARED / "seeds").glob("*.txt"))

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the folder ../shared with real documents is not here")


def words(transcript: Transcript) -> list[str]:
    return re.findall(r"\w+", transcript.text.casefold())


def named(pattern: str) -> Path:
    return next((SHARED / "data/feeds").glob(pattern))


@pytest.mark.skipif(not SEEDS, reason="no real episode page in ../shared/seeds")
def test_the_real_page_is_read_exactly() -> None:
    data = SEEDS[0].read_bytes()
    reading = read(data, SEEDS[0].name)
    (episode,) = reading.episodes
    assert not reading.remarks
    assert "#" not in episode.title
    assert len(episode.title.split()) == 10
    assert episode.topics == ("ai", "podcast")
    assert episode.show is not None
    assert len(episode.show.split()) == 6
    assert episode.gated
    assert episode.blurb.count("\n") == 0
    assert len(re.findall(r"[.!?](?:\s|$)", episode.summary)) == 4
    assert [insight.split()[:2] for insight in episode.insights] == [["The", "speaker"]] * 3
    assert episode.transcript is not None
    (segment,) = episode.transcript.segments
    assert (segment.start, segment.speaker) == (0.0, None)
    assert [event.label for event in episode.transcript.events] == ["music", "music"]
    assert segment.text.endswith(".")
    assert len(episode.related) == 5
    assert [one.topics for one in episode.related] == [("ai", "podcast"), (), (), ("ai", "podcast"), ("ai", "podcast")]
    assert all(one.blurb.endswith(".") and "#" not in one.title for one in episode.related)
    page = " ".join(re.sub(r"\[music\] ", "", data.decode()).split())
    for field in (episode.blurb, episode.summary, segment.text, *episode.insights):
        assert field in page


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_real_document_is_an_episode(path: Path) -> None:
    (episode,) = read(path.read_bytes(), path.name).episodes
    assert episode.blurb or episode.transcript
    if path.name.startswith("lenny"):
        assert episode.transcript is not None
        assert len(episode.transcript.segments) > 100
        assert len({segment.speaker for segment in episode.transcript.segments}) == 2
        assert episode.show == "Lenny's Podcast"
        assert [person.role for person in episode.people] == ["guest"]
        assert episode.published is not None
        assert episode.duration is not None
    if path.name.startswith("jupiter"):
        assert episode.guid is not None
        assert episode.audio is not None
        assert episode.published is not None
        assert "Episode Links" not in episode.blurb
    if path.name.startswith("rustacean-transcript"):
        assert episode.transcript is not None
        assert all(segment.speaker for segment in episode.transcript.segments)


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.name)
def test_every_real_transcript_is_read(path: Path) -> None:
    try:
        found = transcripts.read(path.read_bytes(), path.name)
    except UnreadableDocument as error:  # pragma: no cover
        pytest.fail(str(error))
    starts = [segment.start for segment in found.segments if segment.start is not None]
    assert starts == sorted(starts)
    if path.parent.name != "md":
        assert len(starts) > 0.99 * len(found.segments)
    else:
        assert all(segment.speaker for segment in found.segments)
    assert not re.search(r"\d\d:\d\d:\d\d|-->|<v ", found.text)


@pytest.mark.parametrize("number", ["67", "83", "107", "111", "119", "148"])
def test_json_and_vtt_of_one_episode_say_the_same_words(number: str) -> None:
    if not TRANSCRIPTS:
        pytest.skip("no real transcripts in ../shared/data/feeds")
    twin, other = named(f"transcripts/json/awsbites-{number}.json"), named(f"transcripts/vtt/awsbites-{number}.vtt")
    first, second = (transcripts.read(path.read_bytes(), path.name) for path in (twin, other))
    assert words(first) == words(second)
    assert all(segment.speaker and not segment.speaker.startswith("spk_") for segment in first.segments)


def test_the_example_captions_name_a_speaker_on_change_only() -> None:
    if not TRANSCRIPTS:
        pytest.skip("no real transcripts in ../shared/data/feeds")
    path = named("transcripts/srt/podcastindex-example.srt")
    found = transcripts.read(path.read_bytes(), path.name)
    assert len(found.segments) == 222
    assert {segment.speaker for segment in found.segments} == {"Travis", "Sarah", "Gilon"}
