"""The verbatim lock: what stands in quotation marks is what the transcript holds, or it is refused.

Used when a quote is picked, saved, rendered and sent. White space, the shape of quotation marks and events (which are
no words) are the only differences it forgives, and the named trims the only words it lets go.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

import regex

from bot.errors import FalseQuote
from bot.model.episode import Transcript
from bot.model.publication import QuotedSpan
from bot.model.quote import Quote
from bot.quotes import trims as rules
from bot.quotes.sentences import sentences
from bot.text import fold

_SHAPES = str.maketrans({**dict.fromkeys("“”„‟«»＂", '"'), **dict.fromkeys("‘’‚‛‹›ʼ＇", "'")})
_CLOSERS = {
    "“": '”"',
    "”": "”",
    "„": '“”"',
    "‟": '”"',
    '"': '"”',
    "＂": "＂",
    "«": "»",
    "»": "«»",
    "‹": "›",
    "›": "‹›",
    "「": "」",
    "『": "』",
    "〝": "〞〟",
    "❝": "❞",
}
_MARK = regex.compile(r"[“”„‟\"＂«»‹›「」『』〝〞〟❝❞]|\n\s*\n")
_SINGLE = regex.compile(
    r"(?<![\p{L}\p{N}])[‘'‚‹](?=[\p{L}\p{N}])(?!(?:em|til|tis|twas|cause|n|bout|round|\d\ds)\b)"
    r"(?P<passage>[^‘‚‹›]+?)(?<=[\p{L}\p{N}\p{P}])[’'‘›](?![\p{L}\p{N}])",
    regex.IGNORECASE,
)
_DEEPEST = 8
# A quotation of so few words names a thing and claims nothing about it.
_TERM_WORDS = 3


def derive(transcript: Transcript, begin: int, stop: int, trims: tuple[str, ...]) -> str:
    """The printed text of characters `begin` to `stop`: white space folded, then the named trims.

    Raises FalseQuote where the offsets lie outside the transcript or a trim has no such name.
    """
    if not 0 <= begin < stop <= len(transcript.text):
        raise FalseQuote(
            f"The quote claims characters {begin} to {stop} of a transcript that has {len(transcript.text)}: "
            "pick the line again."
        )
    unknown = [name for name in trims if name not in rules.RULES]
    if unknown:
        raise FalseQuote(
            f"The quote was shortened by '{unknown[0]}', which is no rule; the rules are {', '.join(rules.RULES)}."
        )
    return rules.apply(fold(transcript.text[begin:stop]), trims)


def check(transcript: Transcript, quote: Quote | QuotedSpan) -> None:
    """Raise FalseQuote, in a sentence that says what differs, unless `quote` is what one speaker said, whole."""
    said = derive(transcript, quote.begin, quote.stop, quote.trims)
    if not said:
        raise FalseQuote(f"The quote “{quote.text}” stands where the transcript holds no words: pick the line again.")
    if fold(quote.text).translate(_SHAPES) != said.translate(_SHAPES):
        raise FalseQuote(_difference(fold(quote.text), said))
    speakers = _speakers(transcript, quote.begin, quote.stop)
    if len(speakers) > 1:
        names = " and ".join(name or "somebody without a name" for name in speakers)
        raise FalseQuote(f"The quote “{quote.text}” runs together words of {names}: quote one of them.")
    if quote.speaker and not (speakers and speakers[0]):
        raise FalseQuote(
            f"The quote “{quote.text}” is given to {quote.speaker}, but the transcript does not say who speaks there: "
            "quote it without a name."
        )
    if quote.speaker and speakers and speakers[0] and _name(quote.speaker) != _name(speakers[0]):
        raise FalseQuote(
            f"The quote “{quote.text}” is given to {quote.speaker}, but the transcript has {speakers[0]} say it."
        )
    _whole(transcript, quote)


def find(transcript: Transcript, words: str) -> tuple[int, int] | None:
    """The offsets at which `words` stand in the transcript, or None: the first place where they do, as whole words."""
    return next(_places(transcript, words), None)


def quotable(transcript: Transcript, words: str) -> bool:
    """Whether free text may put `words` in quotation marks: they were said, and nothing that turns them was cut off.

    A part of a sentence may be quoted where it keeps every negation, hedge and condition of its sentence. Of a term of
    at most three words, which claims nothing, only the negation is asked for: "an honest trade" may stand alone where
    somebody said "I think it is an honest trade", "sell bread here" may not where it was "We do not sell bread here".
    """
    return any(_keeps_its_sense(transcript, *place) for place in _places(transcript, words))


def _keeps_its_sense(transcript: Transcript, begin: int, stop: int) -> bool:
    spoken = sentences(transcript)
    first = bisect_right(spoken, begin, key=lambda sentence: sentence.stop)
    last = bisect_left(spoken, stop, key=lambda sentence: sentence.begin)
    if len({sentence.turn for sentence in spoken[first:last]}) > 1:
        return False
    quoted = transcript.text[begin:stop]
    around = transcript.text[spoken[first].begin : spoken[last - 1].stop]
    matters = rules.negations if len(quoted.split()) <= _TERM_WORDS else rules.weights
    return matters(quoted) == matters(around)


def _places(transcript: Transcript, words: str) -> Iterator[tuple[int, int]]:
    wanted = fold(words).translate(_SHAPES)
    if not wanted:
        return
    starts, pieces, at = [], [], 0
    places = []
    for match in regex.finditer(r"\S+", transcript.text):
        starts.append(match.start())
        places.append(at)
        pieces.append(match.group())
        at += len(pieces[-1]) + 1
    said = " ".join(pieces).translate(_SHAPES)
    index = said.find(wanted)
    while index >= 0:
        if _free(said, index) and _free(said, index + len(wanted)):
            last = index + len(wanted) - 1
            first_piece, last_piece = bisect_right(places, index) - 1, bisect_right(places, last) - 1
            begin = starts[first_piece] + index - places[first_piece]
            yield begin, starts[last_piece] + last - places[last_piece] + 1
        index = said.find(wanted, index + len(wanted))


def quotations(text: str) -> tuple[str, ...]:
    """Every passage of `text` in quotation marks of any script, in order of their opening marks.

    A mark that is never closed quotes to the end of its paragraph. Single straight or curly marks are apostrophes and
    quote nothing, and neither does the mark of inches behind a number.
    """
    opened: list[tuple[str, int]] = []
    found: list[tuple[int, str]] = []
    for match in _MARK.finditer(text):
        mark = match.group()
        if mark.isspace():
            found += [(begin, text[begin : match.start()]) for _, begin in opened]
            opened.clear()
            continue
        depth = next((d for d in range(len(opened) - 1, -1, -1) if mark in _CLOSERS[opened[d][0]]), None)
        if depth is not None:
            found += [(begin, text[begin : match.start()]) for _, begin in opened[depth:]]
            del opened[depth:]
        elif mark in _CLOSERS and len(opened) < _DEEPEST and not _inches(text, match.start()):
            opened.append((mark, match.end()))
    found += [(begin, text[begin:]) for _, begin in opened]
    return tuple(passage for _, quoted in sorted(found) if (passage := fold(quoted)))


def single_quotations(text: str) -> tuple[str, ...]:
    """Every passage of at least three words in single quotation marks, straight or curly, in order.

    A mark opens before a word and closes behind one; the apostrophe of "don't" does neither, and the bakers' own and
    'em are too short to quote anything. For an editor's own words: in what a source wrote, such marks name things.
    """
    passages = [
        fold(match["passage"]) for paragraph in regex.split(r"\n\s*\n", text) for match in _SINGLE.finditer(paragraph)
    ]
    return tuple(passage for passage in passages if len(passage.split()) >= _TERM_WORDS)


def _inches(text: str, at: int) -> bool:
    return text[at] == '"' and at > 0 and text[at - 1].isdigit()


def _free(said: str, at: int) -> bool:
    """Whether no word runs across position `at`."""
    return at in (0, len(said)) or not (said[at - 1].isalnum() and said[at].isalnum())


def _difference(printed: str, said: str) -> str:
    ours, theirs = printed.split(), said.split()
    same = next((i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs)))
    here = " ".join(ours[same : same + 6]) or "nothing more"
    there = " ".join(theirs[same : same + 6]) or "nothing more"
    return f"The quote reads “{here}” where the transcript has “{there}” (word {same + 1}): take the words as said."


def _speakers(transcript: Transcript, begin: int, stop: int) -> list[str | None]:
    """Who speaks between the offsets, each once, in order; segments without words have no say."""
    first = max(bisect_right(transcript.offsets, begin) - 1, 0)
    last = bisect_left(transcript.offsets, stop)
    found: dict[str | None, None] = {}
    for index in range(first, last):
        segment, offset = transcript.segments[index], transcript.offsets[index]
        if segment.text[max(begin - offset, 0) : stop - offset].strip():
            found[segment.speaker] = None
    return list(found)


def _name(speaker: str) -> str:
    return fold(speaker).casefold()


def _whole(transcript: Transcript, quote: Quote | QuotedSpan) -> None:
    """A cut inside a sentence is refused: what is left out might be the “not”."""
    spoken = sentences(transcript)
    first = bisect_right(spoken, quote.begin, key=lambda sentence: sentence.begin) - 1
    last = bisect_left(spoken, quote.stop, key=lambda sentence: sentence.stop)
    begins = first >= 0 and not transcript.text[spoken[first].begin : quote.begin].strip()
    stops = last < len(spoken) and not transcript.text[quote.stop : spoken[last].stop].strip()
    if not begins:
        raise FalseQuote(f"The quote “{quote.text}” begins in the middle of a sentence: take the whole sentence.")
    if not stops:
        raise FalseQuote(f"The quote “{quote.text}” stops in the middle of a sentence: take the whole sentence.")
