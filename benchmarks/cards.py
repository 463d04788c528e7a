"""What cards and audiograms cost: `python -m benchmarks.cards [CARDS]`, in processor seconds, with the peak of memory.

Quotes of 30 to 280 characters in the four sizes; then one audiogram of ten seconds; then short clips, made here and
each in a process of its own.
"""

from __future__ import annotations

import math
import os
import resource
import sys
import time
import wave
from array import array
from collections.abc import Callable
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.media.card import Look, draw
from bot.media.film import MP4, Spoken, film
from bot.media.look import FORMATS
from bot.media.sound import M4A, RATE, Sound, cut, encoded
from bot.media.workshop import Workshop
from bot.media.workshop_child import Filmed, Wanted
from bot.model.card import Words

SAID = (
    "We had two hundred children a day, and for sixteen years I watched every new cook stir the onions because "
    "stirring felt like work. The onions never needed it. The cook did, and the day you notice the difference is the "
    "day you begin to learn how to cook for other people."
)
SECONDS = 10
# So long is each of the clips that are made here and in processes of their own, and so many of them.
CLIP, CLIPS = 3, (1, 10, 50)


def main(number: int) -> None:
    lengths = cycle(range(30, len(SAID), 25))
    forms = cycle(FORMATS.values())
    begun, size = time.process_time(), 0
    for length, form in islice(zip(lengths, forms, strict=False), number):
        words = Words(SAID[:length].rpartition(" ")[0], "Ada Ruiz", "The Unhurried Pot", "about 12:34", "en")
        size += len(draw(words, form, Look()).content)
    spent = time.process_time() - begun
    print(f"{number} cards: {number / spent:.1f} per CPU second, {size / number / 1000:.0f} kB each, peak {_peak()} MB")
    voice = array("h", (int(6_000 * math.sin(n / 20) * math.sin(n / 9_000)) for n in range(RATE * SECONDS)))
    spoken = Spoken(tuple(range(0, 100, 5)), tuple(n / 2 for n in range(20)))
    begun = time.process_time()
    made = film(Words(SAID[:100], "Ada Ruiz"), Sound(voice, 0.0), spoken, FORMATS["square"], Look())
    spent = time.process_time() - begun
    print(f"an audiogram of {SECONDS} s: {spent:.1f} CPU s, {len(made.content) / 1000:.0f} kB, peak {_peak()} MB")
    with TemporaryDirectory() as folder:
        _beside(Path(folder) / "talk.wav", voice, spoken)


def _beside(path: Path, voice: array[int], spoken: Spoken) -> None:
    """The same clips of a recording, one after another, cut and drawn here and each in a process of its own."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(voice.tobytes())
    words, form = Words(SAID[:100], "Ada Ruiz"), FORMATS["square"]
    begin, end = 0.5, 0.5 + CLIP
    filmed = Filmed(words, spoken, form, Look())
    kinds: dict[str, tuple[Callable[[], object], Wanted]] = {
        "film": (
            lambda: film(words, cut(path, begin, end), spoken, form, Look()),
            Wanted(begin, end, None, MP4, filmed),
        ),
        "sound": (lambda: encoded(cut(path, begin, end)), Wanted(begin, end, None, M4A)),
    }
    workshop = Workshop()
    for kind, (here, wanted) in kinds.items():
        here()
        for number in CLIPS:
            cpu, wall = _spent(here, number)
            there_cpu, there_wall = _spent(partial(workshop.make, path, wanted), number)
            print(
                f"{number} × {CLIP} s of {kind}: {cpu / number:.2f} CPU s each here, {there_cpu / number:.2f} in a "
                f"process of its own ({there_cpu / cpu:.2f} times); "
                f"{wall / number:.2f} and {there_wall / number:.2f} s by the clock"
            )
    print(f"peak there {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} MB")


def _spent(step: Callable[[], object], times: int) -> tuple[float, float]:
    """The seconds of the processor, with those of children, and by the clock, that a step takes so many times."""
    before, begun = os.times(), time.monotonic()
    for _ in range(times):
        step()
    after = os.times()
    return sum(after[:4]) - sum(before[:4]), time.monotonic() - begun


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
