"""Cuts a stretch of speech out of an audio file: from silence to silence, at one loudness, with soft ends.

PyAV comes with the extra `pullquote[audio]`; without it everything here refuses with that sentence.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.errors import PullquoteError, Refused
from bot.media.ranged import Elsewhere

M4A, MP3 = "audio/mp4", "audio/mpeg"
# Samples in a second. Speech is cut in mono.
RATE = 48_000
# Seconds: how far outside its words a cut looks for silence, how much of it it keeps, and how long its ends are faded.
_LOOKS, _KEEPS, _FADE = 0.6, 0.12, 0.06
# Of this many seconds the loudness is measured; in silence it lies below a share of the speech's own.
_FRAME = 0.01
_SILENT = 0.1
# EBU R128 measures over 400 ms and leaves out what lies 10 LU below the rest; networks play at about -16 LUFS. This is
# the same without its filter for the ear, which changes speech by about one decibel.
_TARGET = -16.0
_MOST_GAIN = 12.0
_PEAK = 10 ** (-1 / 20)
# What is read, and from where: a playlist could send the decoder to any file or address.
_READ = {"format_whitelist": "mp3,mov,mp4,m4a,aac,ogg,wav,flac,matroska,webm", "protocol_whitelist": "file"}
# The longest that is ever cut, in seconds.
LONGEST = 90.0


@dataclass(frozen=True)
class Sound:
    """Mono samples (16 bit, `RATE` a second). `begin` is the second of the recording at which they start."""

    samples: array[int]
    begin: float

    @property
    def duration(self) -> float:
        return len(self.samples) / RATE

    def levels(self, number: int) -> list[float]:
        """The loudness of so many equal parts, from 0 to 1, 1 being the loudest: what a waveform shows."""
        step = max(1, len(self.samples) // number)
        found = [_rms(self.samples[at : at + step]) for at in range(0, step * number, step)]
        loudest = max(found) or 1.0
        return [each / loudest for each in found]


def cut(source: Path | Elsewhere, begin: float, end: float, *, lasts: float | None = None) -> Sound:
    """Seconds `begin` to `end` of a recording, out to the silences beside them, made as loud as speech is played.

    `lasts` is how long the recording should be: one that is not was changed (other advertisements), and its seconds
    mean nothing. Raises Refused for that, for a stretch that it does not hold, and for what is no audio.
    """
    if not 0 <= begin < end <= begin + LONGEST:
        raise Refused(f"A clip runs up to {LONGEST:g} seconds, not {end - begin:g}.")
    heard = _decoded(source, max(0.0, begin - _LOOKS), end + _LOOKS, lasts)
    if heard.begin + heard.duration < end - _KEEPS:
        raise Refused(f"The audio file ends before second {end:g}; it is not the recording of this transcript.")
    first, last = _bounds(heard, begin, end)
    return Sound(_soft(_loud(heard.samples[first:last])), heard.begin + first / RATE)


def encoded(sound: Sound, mime: str = M4A) -> bytes:
    """A sound file: AAC in M4A that plays before it is whole, or MP3."""
    with written(".mp3" if mime == MP3 else ".m4a", "mp3" if mime == MP3 else "ipod") as (container, content):
        stream = container.add_stream("libmp3lame" if mime == MP3 else "aac", rate=RATE, layout="mono")
        stream.bit_rate = 128_000
        for packet in packets(stream, sound):
            container.mux(packet)
    return bytes(content)


def packets(stream: Any, sound: Sound) -> Iterator[Any]:
    """A sound as packets of an encoder's stream."""
    codecs = library()
    fifo = codecs.AudioFifo()
    frame = codecs.AudioFrame(format="s16", layout="mono", samples=len(sound.samples))
    frame.planes[0].update(sound.samples.tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
    frame.sample_rate, frame.pts = RATE, 0
    fifo.write(frame)
    while (some := fifo.read(1_024, partial=True)) is not None:
        yield from stream.encode(some)
    yield from stream.encode(None)


@contextmanager
def written(ending: str, form: str) -> Iterator[tuple[Any, bytearray]]:
    """A container to write to, and its bytes once the block is over. Its index comes first: it plays at once."""
    content = bytearray()
    with TemporaryDirectory(prefix="pullquote-") as folder:
        path = Path(folder) / f"clip{ending}"
        first = {"movflags": "+faststart", "use_editlist": "0"} if form in ("ipod", "mp4") else {}
        with library().open(str(path), "w", format=form, options={**first, "fflags": "+bitexact"}) as container:
            yield container, content
        content += path.read_bytes()


def installed() -> bool:
    """Whether clips can be made here: PyAV is there."""
    return find_spec("av") is not None


def library() -> Any:
    """PyAV. Raises Refused where it is not installed."""
    try:
        import av
    except ImportError:
        raise Refused(
            "Clips need the extra for audio, which is not installed here.",
            page="Take a card, or ask whoever runs this desk to install it.",
            terminal="pip install 'pullquote[audio]'",
        ) from None
    return av


def _decoded(source: Path | Elsewhere, begin: float, end: float, lasts: float | None) -> Sound:
    file = source if isinstance(source, Elsewhere) else str(source)
    try:
        with library().open(file, options=_READ) as container:
            trusted = _is_the_recording(container, lasts)
        # A second of an MP3 is found by counting, which reads all that is before it. Where it has one rate throughout,
        # as its length says, it can be reckoned.
        fast = isinstance(source, Elsewhere) and trusted and container.format.name == "mp3"
        if isinstance(source, Elsewhere):
            source.seek(0)
        options = _READ | ({"fflags": "+fastseek"} if fast else {})
        with library().open(file, options=options) as container:
            stream = container.streams.audio[0]
            container.seek(int(max(0.0, begin - 1.0) / stream.time_base), stream=stream)
            heard = _joined(container, stream, begin, end)
    except library().error.FFmpegError as error:
        raise _fault(source) or Refused(f"the sound of this episode cannot be read: {error.strerror}.") from None
    if (fault := _fault(source)) is not None:
        raise fault
    return heard


def _fault(source: Path | Elsewhere) -> PullquoteError | None:
    return source.fault if isinstance(source, Elsewhere) else None


def _is_the_recording(container: Any, lasts: float | None) -> bool:
    """Whether a file is known to run as long as it should. Raises Refused where it does not."""
    if not container.streams.audio:
        raise Refused("The file holds no audio.")
    if lasts is None or not container.duration:
        return False
    duration = container.duration / library().time_base
    if abs(duration - lasts) > _tolerated(lasts):
        raise Refused(
            f"The audio file runs {duration:.0f} seconds, the episode {lasts:.0f}: it holds something else, such as "
            "other advertisements, and its seconds cannot be trusted."
        )
    return True


def _joined(container: Any, stream: Any, begin: float, end: float) -> Sound:
    resampler = library().AudioResampler(format="s16", layout="mono", rate=RATE)
    samples: array[int] = array("h")
    starts: float | None = None
    for frame in container.decode(stream):
        if frame.time is None or frame.time + frame.samples / frame.sample_rate < begin:
            continue
        if starts is None:
            starts = frame.time
        for made in resampler.resample(frame):
            samples.frombytes(bytes(made.planes[0])[: made.samples * 2])
        if starts + len(samples) / RATE >= end:
            break
    if starts is None:
        return Sound(samples, begin)
    skipped = max(0, round((begin - starts) * RATE))
    return Sound(samples[skipped : skipped + round((end - begin) * RATE)], starts + skipped / RATE)


def _tolerated(lasts: float) -> float:
    """By how many seconds feeds and files differ where nothing was changed."""
    return max(3.0, lasts * 0.002)


def _bounds(heard: Sound, begin: float, end: float) -> tuple[int, int]:
    """The first and last sample: each end lies in the silence next to the words, or where they were said to be."""
    step = int(_FRAME * RATE)
    frames = [_rms(heard.samples[at : at + step]) for at in range(0, len(heard.samples), step)]
    spoken = sorted(frames)[len(frames) * 3 // 4] if frames else 0.0
    silent = [each <= spoken * _SILENT for each in frames]
    first = min(len(frames), max(0, round((begin - heard.begin) / _FRAME)))
    last = min(len(frames), max(first, round((end - heard.begin) / _FRAME)))
    start = next((at + 1 for at in range(first, -1, -1) if at < len(silent) and silent[at]), first)
    stop = next((at for at in range(last, len(silent)) if silent[at]), last)
    kept = int(_KEEPS / _FRAME)
    return max(0, start - kept) * step, min(len(heard.samples), (stop + kept) * step)


def _loud(samples: array[int]) -> array[int]:
    """The samples at the loudness of speech, as far as no peak is cut: quiet ones are raised by 12 dB at the most."""
    step = int(0.4 * RATE)
    blocks = [_rms(samples[at : at + step]) for at in range(0, len(samples), step)]
    gate = max(blocks, default=0.0) * 10 ** (-10 / 20)
    heard = [each**2 for each in blocks if each > gate] or [each**2 for each in blocks]
    mean = math.sqrt(sum(heard) / len(heard)) if heard else 0.0
    peak = max((abs(each) for each in samples), default=0) / 32_768
    if mean <= 0 or peak <= 0:
        return samples
    wanted = 10 ** (_TARGET / 20) / mean
    gain = min(wanted, 10 ** (_MOST_GAIN / 20), _PEAK / peak)
    return array("h", [int(each * gain) for each in samples])


def _soft(samples: array[int]) -> array[int]:
    number = min(int(_FADE * RATE), len(samples) // 2)
    for at in range(number):
        samples[at] = int(samples[at] * at / number)
        samples[-1 - at] = int(samples[-1 - at] * at / number)
    return samples


def _rms(samples: array[int]) -> float:
    """The root of the mean square of every sixth sample, 1 being the loudest there is."""
    some = samples[::6]
    return math.sqrt(sum(each * each for each in some) / len(some)) / 32_768 if some else 0.0
