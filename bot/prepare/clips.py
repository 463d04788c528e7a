"""Lets a post's quote be heard: finds its audio beside the page or at the show's own address, and cuts exactly it.

Only the words that were approved are cut out, and only where their second is known.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import Refused, Unfetched, Unheard
from bot.house import House
from bot.media.card import Drawn
from bot.media.film import MP4, Spoken
from bot.media.look import Format
from bot.media.ranged import Ranged
from bot.media.sound import M4A, MP3, library
from bot.media.workshop_child import Filmed, Wanted
from bot.model.card import Words
from bot.model.episode import Episode
from bot.model.provenance import EpisodeRef
from bot.model.publication import MediaKind, QuotedSpan
from bot.model.quote import Moment
from bot.store import episodes
from bot.store.database import Db

_ENDINGS = (".mp3", ".m4a", ".mp4", ".aac", ".ogg", ".opus", ".wav", ".flac")
# Seconds. A stamp of whole seconds ("[3:58]") is no time of a word; around such a moment more is cut, where an editor
# wants the clip all the same.
_KNOWN, _AROUND = 0.5, 1.5


@dataclass(frozen=True)
class Recording:
    """An episode's audio. `locator` is where its page lies; `house` is the way to its address.

    What was cut once is not cut again for another channel.
    """

    house: House
    episode: Episode
    locator: str | None
    _made: dict[object, Drawn] = field(default_factory=dict, init=False, repr=False, compare=False)

    def clip(
        self,
        kind: MediaKind,
        span: QuotedSpan,
        moment: Moment | None,
        said: Words,
        form: Format,
        *,
        mimes: tuple[str, ...],
        approximately: bool = False,
    ) -> Drawn:
        """The quote as a film or a sound. Raises Refused, with what to do, where it cannot be made, or should not.

        Takes long: up to `bot.media.workshop.PATIENCE` seconds.
        """
        moment, known = self._when(span, moment, approximately=approximately)
        mime = MP4 if kind is MediaKind.VIDEO else M4A if M4A in mimes else MP3
        key = (span, form, mime, known)
        if key not in self._made:
            around = 0.0 if known else _AROUND
            filmed = None
            if mime == MP4:
                filmed = Filmed(said, self._spoken(span, moment, len(said.quote)), form, self.house.look(said.show))
            wanted = Wanted(
                max(0.0, moment.start - around), moment.end + around, self.episode.duration, mime, filmed=filmed
            )
            self._made[key] = self._cut(wanted)
        return self._made[key]

    def refuse_in_vain(self, span: QuotedSpan, moment: Moment | None) -> None:
        """Raise Refused where it is known beforehand that no clip can be made: nothing is read or asked for that."""
        library()
        self._when(span, moment, approximately=False)
        if beside(self.locator) is None:
            self._address()

    def _when(self, span: QuotedSpan, moment: Moment | None, *, approximately: bool) -> tuple[Moment, bool]:
        """When a quote was said, and whether that is known to the word."""
        if moment is None:
            raise Refused("the transcript bears no times, so nobody knows where it was said.")
        known = moment.uncertainty <= _KNOWN and self._knows_the_end(span)
        if not known and not approximately:
            raise Refused(
                "the transcript gives its seconds only about, and a clip could begin or end in the middle of a word. "
                "Listen to it, then ask for the clip at the desk nevertheless."
            )
        return moment, known

    def _address(self) -> str:
        audio = self.episode.audio
        if audio is None or not audio.url.startswith(("https://", "http://")):
            raise Refused("there is no audio: neither a file beside the page nor an address of the show.")
        return audio.url

    def _knows_the_end(self, span: QuotedSpan) -> bool:
        """Whether the last word, or the line that ends with it, bears the time of its end."""
        transcript = self.episode.transcript
        if transcript is None:
            return False
        at = bisect_right(transcript.offsets, span.stop - 1) - 1
        segment, local = transcript.segments[at], span.stop - transcript.offsets[at]
        words = [each for each in segment.words if each.begin < local]
        if words:
            return words[-1].end is not None
        return segment.end is not None and local >= len(segment.text.rstrip())

    def _cut(self, wanted: Wanted) -> Drawn:
        near = beside(self.locator)
        if near is not None:
            return self.house.workshop.make(near, wanted)
        url = self._address()
        try:
            elsewhere = Ranged(lambda first, last: self.house.fetcher.part(url, first, last))
            return self.house.workshop.make(elsewhere, wanted)
        except Unfetched as error:
            raise Unheard(f"the audio could not be read: {error}") from None

    def _spoken(self, span: QuotedSpan, moment: Moment, length: int) -> Spoken:
        """When each word is said, in seconds of the recording: by the transcript's own times, else by characters."""
        found: list[tuple[int, float]] = []
        transcript = self.episode.transcript
        if transcript is not None:
            for segment, offset in zip(transcript.segments, transcript.offsets, strict=True):
                for word in segment.words:
                    if span.begin <= offset + word.begin < span.stop:
                        share = (offset + word.begin - span.begin) / (span.stop - span.begin)
                        found.append((round(share * length), word.start))
        if not found:
            lasts = moment.end - moment.start
            at = [0, *(n + 1 for n, each in enumerate(span.text) if each == " ")]
            found = [(each, moment.start + lasts * each / max(1, length)) for each in at]
        places = [max(0, span.text.rfind(" ", 0, place + 1) + 1) for place, _ in found]
        return Spoken(tuple(places), tuple(second for _, second in found))


def recording(house: House, db: Db, ref: EpisodeRef) -> Recording:
    return Recording(house, episodes.load(db, ref), episodes.locator_of(db, ref.episode))


def beside(locator: str | None) -> Path | None:
    """The audio file of the page's own name, in its folder."""
    if locator is None or locator.startswith(("http://", "https://")):
        return None
    page = Path(locator.partition("#")[0])
    found = (page.with_suffix(each) for each in _ENDINGS)
    return next((each for each in found if each.is_file()), None)
