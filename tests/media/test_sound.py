"""Clips as people hear them: exactly the words, at one loudness, in files that play at once; or a refusal."""

from __future__ import annotations

import io
import itertools
import math
import wave
from array import array
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from bot.errors import Refused, Unfetched
from bot.http.fetch import Fetcher
from bot.http.guard import Guard
from bot.media.card import Look
from bot.media.faces import Faces
from bot.media.film import Spoken, film, to_come
from bot.media.look import FORMATS
from bot.media.ranged import Ranged
from bot.media.sound import M4A, MP3, RATE, Sound, cut, encoded
from bot.model.card import Colours, Words
from bot.preflight.colours import colour, contrast
from tests.http.server import Request, Said, serving

# Somebody speaks for seconds 2 to 5, and for seconds 6 to 9 an octave higher; the rest is silence.
LOW, HIGH, LASTS = 440, 880, 12


def recording(path: Path, *, rate: int = 16_000, silence: int = 0) -> Path:
    """The recording, and so many seconds of silence after it."""

    def at(n: int) -> int:
        second = n / rate
        pitch = LOW if 2 <= second < 5 else HIGH if 6 <= second < 9 else 0
        return int(2_500 * math.sin(2 * math.pi * pitch * second))

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(array("h", (at(n) for n in range(rate * LASTS))).tobytes() + bytes(2 * rate * silence))
    return path


@pytest.fixture(scope="module")
def wav(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recording(tmp_path_factory.mktemp("sound") / "talk.wav")


def pitch(samples: array[int]) -> float:
    """Crossings of zero, in a second, halved."""
    middle = samples[len(samples) // 4 : len(samples) * 3 // 4]
    return sum(a < 0 <= b for a, b in itertools.pairwise(middle)) * RATE / len(middle)


def heard(content: bytes) -> tuple[float, array[int]]:
    """How long a file runs, and what is heard of it."""
    samples: array[int] = array("h")
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(io.BytesIO(content)) as container:
        duration = (container.duration or 0) / 1_000_000
        for frame in container.decode(audio=0):
            for made in resampler.resample(frame):
                samples.frombytes(bytes(made.planes[0])[: made.samples * 2])
    return duration, samples


def test_a_cut_holds_its_words_from_silence_to_silence(wav: Path) -> None:
    sound = cut(wav, 6.1, 8.9, lasts=LASTS)
    assert sound.begin == pytest.approx(5.88, abs=0.05)
    assert sound.duration == pytest.approx(3.24, abs=0.05)
    assert pitch(sound.samples) == pytest.approx(HIGH, abs=10)
    assert sound.samples[0] == sound.samples[-1] == 0
    # A quiet voice is raised to what networks play, and no peak is cut.
    spoken = sound.samples[RATE // 2 : RATE]
    assert 20 * math.log10(math.sqrt(sum(x * x for x in spoken) / len(spoken)) / 32_768) == pytest.approx(-16, abs=1)
    assert max(map(abs, sound.samples)) < 32_700


@pytest.mark.parametrize("mime", [M4A, MP3])
def test_the_file_runs_as_long_as_the_cut_and_says_the_same(wav: Path, mime: str) -> None:
    sound = cut(wav, 2.0, 5.0)
    content = encoded(sound, mime)
    duration, samples = heard(content)
    assert duration == pytest.approx(sound.duration, abs=0.05)
    assert pitch(samples) == pytest.approx(LOW, abs=10)
    assert content == encoded(sound, mime)
    if mime == M4A:
        assert content.index(b"moov") < content.index(b"mdat")


def test_what_cannot_be_the_words_is_refused(wav: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="runs 12 seconds, the episode 60: it holds something else"):
        cut(wav, 2, 5, lasts=60)
    with pytest.raises(Refused, match="ends before second 30"):
        cut(wav, 20, 30)
    with pytest.raises(Refused, match="runs up to 90 seconds"):
        cut(wav, 2, 200)
    for name, content in (("a.mp3", b"ID3 and no more"), ("b.mp3", b"#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(Refused, match="cannot be read"):
            cut(tmp_path / name, 2, 5)


@pytest.fixture(scope="module")
def long_mp3(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The recording and four minutes of silence, at 128 kbit a second throughout: four megabytes."""
    path = recording(tmp_path_factory.mktemp("long") / "talk.wav", silence=240)
    return encoded(cut_whole(path), MP3)


def cut_whole(path: Path) -> Sound:
    """All of a recording, silence before the words included, a hundred times as loud as they are there."""
    samples: array[int] = array("h")
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            for made in resampler.resample(frame):
                samples.frombytes(bytes(made.planes[0])[: made.samples * 2])
    return Sound(samples, 0.0)


@pytest.fixture
def elsewhere(long_mp3: bytes) -> Iterator[tuple[Fetcher, str, list[str]]]:
    """The long recording at an address that gives parts of it, and what it was asked for."""
    asked: list[str] = []

    def answer(request: Request) -> Said:
        span = {name.lower(): value for name, value in request.headers.items()}.get("range", "")
        asked.append(span)
        if "whole" in request.path:
            return Said(200, long_mp3)
        begin, end = (int(each) for each in span.removeprefix("bytes=").split("-"))
        part = long_mp3[begin : end + 1]
        return Said(206, part, {"Content-Range": f"bytes {begin}-{begin + len(part) - 1}/{len(long_mp3)}"})

    with serving(answer) as server:
        yield Fetcher(Guard(frozenset({server.url.partition("//")[2]}))), server.url, asked


def test_a_recording_elsewhere_is_read_in_parts_and_never_whole(elsewhere: tuple[Fetcher, str, list[str]]) -> None:
    fetcher, url, asked = elsewhere
    there = Ranged(lambda begin, stop: fetcher.part(f"{url}/talk.mp3", begin, stop))
    sound = cut(there, 6.1, 8.9, lasts=LASTS + 240)
    assert pitch(sound.samples) == pytest.approx(HIGH, abs=10)
    assert sound.begin == pytest.approx(5.9, abs=0.06)
    assert sound.duration == pytest.approx(3.24, abs=0.05)
    late = cut(there, 200.0, 204.0, lasts=LASTS + 240)
    assert late.begin == pytest.approx(200, abs=0.7)
    # The beginning, the end (where tags stand), and what lies about the two cuts.
    assert there.fetched < 1_800_000
    assert len(set(asked)) == len(asked)
    with pytest.raises(Unfetched, match="only whole, not in parts"):
        Ranged(lambda begin, stop: fetcher.part(f"{url}/whole.mp3", begin, stop))


def test_a_recording_that_breaks_off_or_costs_too_much_is_refused() -> None:
    def broken(begin: int, stop: int) -> tuple[bytes, int]:
        if begin:
            raise Unfetched("media.example broke the connection off.")
        return (
            b"RIFF\xff\xff\xff\x7fWAVEfmt \x10\0\0\0\x01\0\x01\0\x80>\0\0\0}\0\0\x02\0\x10\0data\xff\xff\xff\x6f"
            + bytes(stop - 44),
            10**9,
        )

    with pytest.raises(Unfetched, match="broke the connection off"):
        cut(Ranged(broken), 100, 105)
    endless = Ranged(lambda begin, stop: (bytes(stop - begin), 900_000_000))
    assert len(endless.read(30_000_000)) < 24_000_001
    assert "More than 24 MB of the audio file" in str(endless.fault)


def test_an_audiogram_shows_each_word_as_it_is_said(wav: Path) -> None:
    sound = cut(wav, 6.0, 9.0)
    words = Words("Slow is smooth.", "Ada Ruiz", "The Unhurried Pot", "0:06", "en")
    made = film(words, sound, Spoken((0, 5, 8), (0.1, 1.0, 2.0)), FORMATS["square"], Look(faces=Faces(installed=False)))
    assert made.content.index(b"moov") < made.content.index(b"mdat")
    assert made.duration == pytest.approx(3.24, abs=0.05)
    with av.open(io.BytesIO(made.content)) as container:
        video = container.streams.video[0]
        assert (video.width, video.height, video.average_rate) == (1080, 1080, 30)
        assert video.codec_context.name == "h264"
        assert video.codec_context.pix_fmt == "yuv420p"
        assert (container.duration or 0) / 1_000_000 == pytest.approx(3.24, abs=0.1)
        shown = [
            frame.to_image().convert("L") for number, frame in enumerate(container.decode(video)) if number in (1, 90)
        ]
    # The last word is grey at first; at the end all is ink. The voice's first bars turn to the accent.
    early, late = (sum(picture.crop((96, 96, 984, 700)).histogram()[:70]) for picture in shown)
    assert late > early * 1.5
    duration, samples = heard(made.content)
    assert duration == pytest.approx(3.24, abs=0.1)
    assert pitch(samples) == pytest.approx(HIGH, abs=10)


def test_words_that_are_still_to_come_can_be_read() -> None:
    """Letters of this size need 3:1 (WCAG 2.2, 1.4.3); all are ink at the end."""
    tokens = Colours()
    grey, paper = colour(to_come(tokens)), colour(tokens.paper)
    assert grey is not None
    assert paper is not None
    assert contrast(grey, paper) >= 3


def test_a_waveform_has_its_loudest_bar_at_one() -> None:
    quiet_then_loud = Sound(array("h", [100, -100] * 4_800 + [1_000, -1_000] * 4_800), 0.0)
    assert quiet_then_loud.levels(2) == pytest.approx([0.1, 1.0])
