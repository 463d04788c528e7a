"""Clips of recordings that lie: whatever one of them does costs that clip, says so, and nothing else."""

from __future__ import annotations

import struct
import threading
from pathlib import Path

import pytest

from bot.errors import Refused
from bot.http.fetch import Fetcher
from bot.http.guard import Guard
from bot.media.card import Look
from bot.media.faces import Faces
from bot.media.film import MP4, Spoken, film
from bot.media.look import FORMATS
from bot.media.ranged import Ranged
from bot.media.sound import M4A, MP3, cut, encoded
from bot.media.workshop import Ended, Limits, Workshop
from bot.media.workshop_child import Filmed, Wanted
from bot.model.card import Words
from tests.http.server import Request, Said, serving
from tests.media.test_sound import LASTS, cut_whole, recording

HEARD = Wanted(6.1, 8.9, LASTS, M4A)
# How a WAV of two gigabytes begins, up to the number of its channels.
HEAD = b"RIFF\xff\xff\xff\x7fWAVEfmt \x10\0\0\0\x01\0"
SAID = Words("Slow is smooth.", "Ada Ruiz", "The Unhurried Pot", "0:06", "en")


@pytest.fixture(scope="module")
def wav(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recording(tmp_path_factory.mktemp("sound") / "talk.wav")


def filmed(form: str) -> Filmed:
    return Filmed(SAID, Spoken((0, 5, 8), (6.1, 7.0, 8.0)), FORMATS[form], Look(faces=Faces(installed=False)))


def test_a_clip_is_the_same_file_in_a_process_of_its_own(wav: Path) -> None:
    sound = cut(wav, 6.1, 8.9, lasts=LASTS)
    shown = filmed("square")  # of an even half height, see bot.media.film
    made = Workshop().make(wav, Wanted(6.1, 8.9, LASTS, MP4, shown))
    assert made == film(SAID, sound, shown.spoken.since(sound.begin), shown.form, shown.look)


def test_a_recording_elsewhere_is_fetched_by_us_and_decoded_there(wav: Path) -> None:
    mp3, asked = encoded(cut_whole(wav), MP3), list[str]()

    def answer(request: Request) -> Said:
        span = {name.lower(): value for name, value in request.headers.items()}["range"].removeprefix("bytes=")
        begin, stop = (int(each) for each in span.split("-"))
        part = mp3[begin : stop + 1]
        asked.append(span)
        return Said(206, part, {"Content-Range": f"bytes {begin}-{begin + len(part) - 1}/{len(mp3)}"})

    with serving(answer) as server:
        fetcher = Fetcher(Guard(frozenset({server.url.partition("//")[2]})))
        there = Ranged(lambda begin, stop: fetcher.part(f"{server.url}/talk.mp3", begin, stop))
        made = Workshop().make(there, HEARD)
    assert made.duration == pytest.approx(3.24, abs=0.06)
    assert asked


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"<!doctype html><p>Log in to listen.", "cannot be read: Invalid data", id="a page in its place"),
        pytest.param(b"#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n", "cannot be read: Invalid data", id="a playlist"),
        pytest.param(b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + bytes(4_000), "cannot be read: ", id="a tag without an end"),
        pytest.param(
            HEAD + b"\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\xff\xff\xff\x6f" + bytes(32_000),
            "ends before second 8.9|runs [0-9]+ seconds",
            id="cut off",
        ),
        pytest.param(
            HEAD + b"\xff\xff\xff\xff\xff\x7f\0}\0\0\x02\0\x10\0data\xff\xff\xff\x6f" + bytes(32_000),
            "sound of this episode cannot be read: |ends before|runs [0-9]+ seconds",
            id="65,535 channels of two billion samples a second",
        ),
    ],
)
def test_what_is_no_recording_is_refused_in_words(content: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "talk.mp3"
    path.write_bytes(content)
    with pytest.raises(Refused, match=why):
        Workshop().make(path, HEARD)


def test_giant_pictures_beside_the_sound_are_not_looked_at(wav: Path, tmp_path: Path) -> None:
    """A picture of 30,000 × 30,000 as the cover of an MP3 would fill 2.7 GB."""
    shape = struct.pack(">II", 30_000, 30_000) + b"\x08\x02\0\0\0"
    cover = b"\0image/png\0\x03\0\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + shape + bytes(2_000)
    frame = b"APIC" + struct.pack(">I", len(cover)) + b"\0\0" + cover
    size = bytes((len(frame) >> shift) & 127 for shift in (21, 14, 7, 0))
    path = tmp_path / "talk.mp3"
    path.write_bytes(b"ID3\x03\0\0" + size + frame + encoded(cut_whole(wav), MP3))
    made = Workshop(Limits(memory=500_000_000)).make(path, HEARD)
    assert made.duration == pytest.approx(3.24, abs=0.06)


def test_a_decoder_that_works_too_long_or_takes_too_much_is_ended(wav: Path) -> None:
    wanted = Wanted(2.0, 9.0, LASTS, MP4, filmed("story"))
    with pytest.raises(Refused, match="cannot be read: it took more than 0 seconds of work"):
        Workshop(Limits(seconds=0)).make(wav, wanted)
    with pytest.raises(Refused, match="cannot be read: it takes more than 300 MB of memory"):
        Workshop(Limits(memory=300_000_000)).make(wav, wanted)


def test_a_server_that_hangs_is_given_up_and_so_is_a_clip_when_we_are_ended() -> None:
    hangs, begun = threading.Event(), threading.Event()

    def part(begin: int, stop: int) -> tuple[bytes, int]:
        if begin:
            begun.set()
            hangs.wait(1.6)
        return b"ID3\x03\0\0\0\0\x7f\x7f" + bytes(stop - begin - 10), 50_000_000

    workshop = Workshop(Limits(patience=1.5))
    with pytest.raises(Refused, match=r"cannot be read: its clip was not made within 1\.5 seconds"):
        workshop.make(Ranged(part), HEARD)

    begun.clear()
    threading.Thread(target=lambda: (begun.wait(20), workshop.close(), hangs.set()), daemon=True).start()
    with pytest.raises(Ended):
        workshop.make(Ranged(part), HEARD)
    with pytest.raises(Ended):
        workshop.make(Ranged(part), HEARD)
