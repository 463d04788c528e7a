"""Draws an audiogram: the card of a quote as a film, whose words darken as they are said, over a waveform."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from PIL import Image, ImageColor, ImageDraw

from bot.media.card import Drawn, Look, Quotation, composed
from bot.media.look import Format
from bot.media.sound import RATE, Sound, library, packets, written
from bot.model.card import Colours, Words

MP4 = "video/mp4"
# Pictures a second, all of the same length, and how often one differs from the last.
_RATE, _NEW = 30, 3
# Instagram, LinkedIn and Facebook take no film below three seconds.
_SHORTEST = 3.2
_WAVE, _BARS, _THICK = 110, 64, 0.55
# How much of the ink a word has that was not said yet; enough for 3:1 in the house's colours.
_UNSAID, _UNPLAYED = 0.56, 0.28


@dataclass(frozen=True)
class Spoken:
    """When the words of a quote are said: `seconds` from the start of the clip, rising, at characters `places`."""

    places: tuple[int, ...]
    seconds: tuple[float, ...]

    def since(self, begin: float) -> Spoken:
        """The same of a clip that begins at that second of what these seconds are of."""
        return Spoken(self.places, tuple(second - begin for second in self.seconds))

    def until(self, second: float) -> int:
        """How many characters were begun by then."""
        at = bisect_right(self.seconds, second)
        return self.places[at] if at < len(self.places) else 10**9


def film(words: Words, sound: Sound, spoken: Spoken, form: Format, look: Look) -> Drawn:
    """The audiogram as MP4: H.264 and AAC, the index first, pictures of even size. Raises Refused as a card does."""
    if sound.duration < _SHORTEST:
        silence = array("h", bytes(2 * (round(_SHORTEST * RATE) - len(sound.samples))))
        sound = Sound(sound.samples + silence, sound.begin)
    with written(".mp4", "mp4") as (container, content):
        video = container.add_stream(
            "libx264",
            rate=_RATE,
            # One thread, so that the worker keeps its other work up. The same clip then makes the same bytes, but where
            # half the height is odd: there x264 looks at a row below the picture that nobody wrote.
            options={"preset": "veryfast", "crf": "20", "profile": "high", "threads": "1", "x264-params": "open-gop=0"},
        )
        video.width, video.height, video.pix_fmt, video.gop_size = form.width, form.height, "yuv420p", 2 * _RATE
        audio = container.add_stream("aac", rate=RATE, layout="mono")
        audio.bit_rate = 128_000
        for frame in _frames(words, sound, spoken, form, look):
            for packet in video.encode(frame):
                container.mux(packet)
        for packet in (*video.encode(None), *packets(audio, sound)):
            container.mux(packet)
    return Drawn(bytes(content), MP4, form.width, form.height, sound.duration)


def to_come(colours: Colours) -> str:
    """The colour of words that are still to be said."""
    return _mixed(colours.ink, colours.paper, _UNSAID)


def _frames(words: Words, sound: Sound, spoken: Spoken, form: Format, look: Look) -> Iterator[object]:
    codecs = library()
    pictures = _Pictures(words, sound, form, look)
    frame = None
    for number in range(int(sound.duration * _RATE) + 1):
        if frame is None or number % _NEW == 0:
            shown = pictures.at(number / _RATE, spoken)
            frame = codecs.VideoFrame.from_image(shown).reformat(format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, _RATE)
        yield frame


class _Pictures:
    """The pictures of a film: one with every word to come, one with all of them said, and what lies between."""

    def __init__(self, words: Words, sound: Sound, form: Format, look: Look) -> None:
        base, self._quotation, self._top = composed(words, form, look, room=_WAVE)
        colours = look.colours
        self._before, self._after = base, base.copy()
        self._quotation.draw(self._before, to_come(colours))
        self._quotation.draw(self._after, colours.ink)
        self._levels, self._lasts = sound.levels(_BARS), sound.duration
        self._played, self._unplayed = colours.accent, _mixed(colours.ink, colours.paper, _UNPLAYED)
        self._form = form

    def at(self, second: float, spoken: Spoken) -> Image.Image:
        shown = self._before.copy()
        for box in _said(self._quotation, spoken.until(second), self._form):
            shown.paste(self._after.crop(box), box)
        self._wave(ImageDraw.Draw(shown), second)
        return shown

    def _wave(self, pen: ImageDraw.ImageDraw, second: float) -> None:
        left, across = self._form.margin, self._form.width - 2 * self._form.margin
        step, middle = across / _BARS, self._top + _WAVE / 2
        for number, level in enumerate(self._levels):
            half = max(3.0, level * _WAVE / 2)
            x = left + number * step
            said = (number + 0.5) / _BARS * self._lasts <= second
            pen.rounded_rectangle(
                (x, middle - half, x + step * _THICK, middle + half),
                radius=step * _THICK / 2,
                fill=self._played if said else self._unplayed,
            )


def _said(quotation: Quotation, characters: int, form: Format) -> Iterator[tuple[int, int, int, int]]:
    """The boxes of what was said after so many characters of the quote, line by line."""
    setter, size = quotation.setter, quotation.size
    for number, line in enumerate(quotation.lines):
        top = round(quotation.base + (number - 0.8) * quotation.leading)
        bottom = round(quotation.base + (number + 0.2) * quotation.leading)
        part = min(max(characters - quotation.starts[number], 0), len(line))
        if part == 0:
            return
        if part == len(line):
            yield (
                0,
                top,
                form.width,
                bottom + (round(0.3 * quotation.leading) if number + 1 == len(quotation.lines) else 0),
            )
            continue
        reach = setter.width(line[:part], size)
        if setter.rightwards:
            yield 0, top, round(quotation.edge + reach), bottom
        else:
            yield round(quotation.edge - reach), top, form.width, bottom


def _mixed(ink: str, paper: str, share: float) -> str:
    both = zip(ImageColor.getrgb(ink)[:3], ImageColor.getrgb(paper)[:3], strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in both)
