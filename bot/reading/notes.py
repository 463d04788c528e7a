"""Show notes without what is not about the episode: sponsors, appeals, links, credits, footers, chapter lists.

Nothing is rewritten. Notes are cut into pieces (lines; in a line that runs on, sentences and addresses), each piece is
kept whole or dropped whole with a named reason, and a chapter list comes back as chapters. A doubt keeps the piece.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

import regex

from bot.model.episode import Chapter
from bot.reading import stamps
from bot.reading.boilerplate import ADDRESS, BARE_ADDRESS, HANDLE, HASHTAG, HEADS, PLACE, SELLING, SURE, Reason
from bot.text import fold

# A paragraph is a show's boilerplate when it stands in so many items, and in this share of those between its first and
# its last: a season's sponsor as much as a footer of ten years, but not one announcement made twice.
_LEAST_ITEMS = 3
_SHARE = 0.5
_LEAST_REPEATED = 5
# A line of more words than this is prose, whatever heading it stands under.
_LIST_WORDS = 14
# What may stand round an address in a row that is nothing but a link ("Andy's website:").
_LABEL_WORDS = 7
_FEW_WORDS = 2
# What runs on for longer is no boilerplate that we know, and a hostile text costs no more than an honest one.
_LONGEST_PIECE = 2_000
_LEAST_STAMPS = 3
_LONGEST_TITLE = 200
# In one block without any paragraph, so many sentences behind a sponsor's name still belong to it.
_READING = 6
_CLOCK = r"(?:\d{1,2}:)?\d{1,3}:[0-5]\d"
_STAMP = regex.compile(rf"(?<![\d:./-])[\[(]?(?P<clock>{_CLOCK})[\])]?(?![\d:/])")
_TRAILING = regex.compile(rf"(?P<title>.{{1,{_LONGEST_TITLE}}}?)[\s:–—|-]*[\[(]?@?(?P<clock>{_CLOCK})[\])]?$")
_EDGES = " \t-–—:|•·*►▶➤➵>.,;()[]"
_BULLET = regex.compile(r"^[\s\-–—*•·►▶➤➵✅👉🎙🔗▪●○]+")
# Where a line that runs on may be parted: behind a sentence, behind an address, before a label or a bullet.
_CUT = regex.compile(
    r"(?<=[.!?…][\"”’)\]*]{0,2})(?<!\b(?:Dr|Mrs?|Ms|St|Prof|Jr|Sr|vs|No|Vol|feat|ft|Sen|Gov|Gen|Rev|Nr"
    r"|\p{Lu})\.)\s+(?=[\p{Lu}\p{N}\"“(\[#@*\p{So}]|https?:)"
    r"|(?<=(?:https?://|www\.|[^\s@]@)\S{3,300})\s+(?=[\p{Lu}*#@\p{So}•–-])"
    r"|(?<=\s@[\w.]{2,40})\s+(?=[\p{Lu}*#@\p{So}•–-])"
    r"|\s+(?=[-–] ?(?:https?:|www\.))|\s+(?=[•►▶➤➵👉🔗] ?(?:\p{Lu}|https?:|www\.))"
)
# In a block of this many characters labels stand inside the line.
_BLOCK = 300
_LABEL = regex.compile(
    r"\s+(?=(?:Links?|Show ?[Nn]otes|Resources|Music|Graphics|Hosts?|Producers?|Credits|Correction|Sponsors?|Guests?"
    r"|Chapters"
    r"|Timestamps?|Socials?): )"
)
# Who was heard is no credit, wherever it is listed.
_GUEST = regex.compile(r"\b(?:guests?|gast|gäste|invité\w*|invitad\w+)\b", regex.IGNORECASE)
_HEAD_ENDS = " :–—-*=_#!?.►▼👇⬇️"


@dataclass(frozen=True)
class Dropped:
    """A piece that was left out, as it stood in the notes."""

    text: str
    reason: Reason


@dataclass(frozen=True)
class Notes:
    """Notes as cleaned: `text` has its paragraphs parted by one empty line, "" where nothing is left."""

    text: str
    chapters: tuple[Chapter, ...] = ()
    dropped: tuple[Dropped, ...] = ()


@dataclass
class _Piece:
    text: str
    line: int
    reason: Reason | None = None


def clean(notes: str, *, common: frozenset[str] = frozenset()) -> Notes:
    """`notes` (plain text) without boilerplate. `common` is what `common_paragraphs` found in the show's other items.

    The words of `text` and of `dropped` together are the words of `notes`, each once and in order.
    """
    lines = [fold(line) for line in notes.splitlines()]
    reasons: list[Reason | None] = [None] * len(lines)
    chapters = _chapter_lines(lines, reasons)
    pieces = [piece for number, line in enumerate(lines) if line for piece in _pieces(line, number, reasons[number])]
    if not chapters:
        chapters = _chapters_in_a_run(pieces)
    repeated = {number for number, line in enumerate(lines) if common and _key(line) in common}
    for piece in pieces:
        if piece.reason is None:
            piece.reason = _sure(piece.text)
        if piece.reason is None and (piece.line in repeated or _repeats(piece.text, common)):
            piece.reason = Reason.REPEATED
    _sponsors_reading(pieces, lines)
    _sections(pieces, lines, chapters)
    for piece in pieces:
        if piece.reason is None:
            piece.reason = _reference(piece.text)
    _lone_heads(pieces)
    return Notes(
        _joined(pieces, lines),
        chapters,
        tuple(Dropped(piece.text, piece.reason) for piece in pieces if piece.reason is not None),
    )


def common_paragraphs(all_notes: Sequence[str]) -> frozenset[str]:
    """The paragraphs and sentences that most items of one feed repeat, in the form that `clean` compares.

    `all_notes` are the notes of the feed's items in the feed's order. Common is what stands in three items or more, and
    in at least half of those from its first to its last.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for number, notes in enumerate(all_notes):
        for key in {key for line in notes.splitlines() for key in _keys(fold(line)) if key}:
            places[key].append(number)
    return frozenset(
        key
        for key, found in places.items()
        if len(found) >= _LEAST_ITEMS
        and len(found) >= _SHARE * (found[-1] - found[0] + 1)
        and len(found) * 2 > min(len(all_notes), 2 * _LEAST_ITEMS)
    )


def _repeats(text: str, common: frozenset[str]) -> bool:
    """Whether a piece of a line is said in most items too; a few words may recur without being boilerplate."""
    return bool(common) and len(text.split()) >= _LEAST_REPEATED and _key(text) in common


def _keys(line: str) -> set[str]:
    return {_key(line), *(_key(part) for part in _parts(line))} if line else set()


def _key(text: str) -> str:
    return fold(text).casefold().strip(_EDGES)


def _pieces(line: str, number: int, reason: Reason | None) -> list[_Piece]:
    if reason is not None:
        return [_Piece(line, number, reason)]
    return [_Piece(part, number) for part in _parts(line)]


def _parts(line: str) -> list[str]:
    """A line cut where it runs on; joined by one space, the parts are the line."""
    parts = [part for part in _CUT.split(line) if part]
    return [piece for part in parts for piece in _LABEL.split(part) if piece] if len(line) > _BLOCK else parts


def _sure(text: str) -> Reason | None:
    """The kind of boilerplate that a piece is by its own words."""
    if len(text) > _LONGEST_PIECE:
        return None
    bare = _BULLET.sub("", text)
    if HASHTAG.fullmatch(bare):
        return Reason.TAGS
    return next((reason for reason, pattern in SURE if pattern.search(bare)), None)


def _reference(text: str) -> Reason | None:
    """Whether a piece says nothing but where something is to be found: an address or a handle and a few words."""
    if len(text) > _LONGEST_PIECE:
        return None
    bare, addresses = ADDRESS.subn(" ", text)
    bare, names = BARE_ADDRESS.subn(" ", bare)
    bare, handles = HANDLE.subn(" ", bare)
    words = len(regex.findall(r"[\p{L}\p{N}]+(?:['’][\p{L}]+)*", bare))
    if PLACE.fullmatch(text.strip(_EDGES)):
        return Reason.FOLLOW
    if not addresses and not names and not handles:
        # A row of dashes or stars parts sections and says nothing.
        return Reason.LINKS if not words and not regex.search(r"\p{So}|[?!]", bare) else None
    if words > (_LABEL_WORDS if addresses or (handles and ":" in text) else 1 if names else _FEW_WORDS):
        return None
    return Reason.LINKS if addresses or names else Reason.FOLLOW


def _chapter_lines(lines: list[str], reasons: list[Reason | None]) -> tuple[Chapter, ...]:
    """Lines that are a stamp and a title; their reasons are set. Lists given twice come back once, in order."""
    found: dict[int, Chapter] = {}
    for number, line in enumerate(lines):
        chapter = _chapter(line)
        if chapter is not None:
            found[number] = chapter
    starts = [chapter.start for chapter in found.values()]
    rising = sum(b > a for a, b in pairwise(starts))
    if len(found) < _LEAST_STAMPS or rising * 3 < (len(found) - 1) * 2:
        return ()
    for number in found:
        reasons[number] = Reason.CHAPTERS
    return _ordered(found.values())


def _ordered(chapters: Iterable[Chapter]) -> tuple[Chapter, ...]:
    one: dict[float, Chapter] = {}
    for chapter in chapters:
        one.setdefault(chapter.start, chapter)
    return tuple(one[start] for start in sorted(one))


def _chapter(line: str) -> Chapter | None:
    """A chapter from "[1:02] Title", "1:02 - Title", "* [@1:02] - Title" or "Title (1:02)"."""
    if not line or len(line) > _LONGEST_TITLE + 40:
        return None
    bare = _BULLET.sub("", line)
    stamp = stamps.leading(bare) or stamps.leading_bare(bare)
    if stamp is not None:
        title = stamp.rest.strip(_EDGES)
        return Chapter(stamp.start, title) if regex.search(r"\w", title) and not stamps.seconds(title) else None
    match = _TRAILING.fullmatch(bare)
    at = stamps.seconds(match["clock"]) if match else None
    if match is None or at is None:
        return None
    title = match["title"].strip(_EDGES)
    # "We start at 9:30" is a sentence; a chapter's title is not joined to its stamp by a word.
    if not regex.search(r"\w", title) or regex.search(
        r"\b(?:at|on|to|until|from|by|after|before|around|um|bis|ab)$", title, regex.I
    ):
        return None
    return Chapter(at, title)


def _chapters_in_a_run(pieces: list[_Piece]) -> tuple[Chapter, ...]:
    """Chapters that stand in one line: "0:00 Start 2:15 Rivers 9:40 Ice". What stands before the first is kept."""
    for index, piece in enumerate(pieces):
        marks = [
            (match, at) for match in _STAMP.finditer(piece.text) if (at := stamps.seconds(match["clock"])) is not None
        ]
        times = [at for _, at in marks]
        if len(marks) < _LEAST_STAMPS or times != sorted(set(times)):
            continue
        ends = [match.start() for match, _ in marks[1:]] + [len(piece.text)]
        titles = [piece.text[match.end() : end].strip(_EDGES) for (match, _), end in zip(marks, ends, strict=True)]
        if not all(regex.search(r"\w", title) and len(title) <= _LONGEST_TITLE for title in titles):
            continue
        first = marks[0][0].start()
        before = piece.text[:first].rstrip()
        listed = _Piece(piece.text[first:], piece.line, Reason.CHAPTERS)
        pieces[index : index + 1] = [_Piece(before, piece.line), listed] if before else [listed]
        return tuple(Chapter(at, title) for at, title in zip(times, titles, strict=True))
    return ()


def _sponsors_reading(pieces: list[_Piece], lines: list[str]) -> None:
    """A paragraph that opens with its sponsor is the sponsor's; in one block, what goes on selling behind the name."""
    one_block = sum(map(bool, lines)) <= 1
    paragraph = False
    for index, piece in enumerate(pieces):
        line = piece.line
        opens = index == 0 or pieces[index - 1].line != line
        paragraph = paragraph and not opens
        if piece.reason is Reason.SPONSOR and not paragraph:
            paragraph = opens and not one_block
            reading = _same_reading(pieces[index + 1 : index + 1 + _READING], line)
            while reading and not SELLING.search(reading[-1].text):
                reading.pop()
            for other in reading:
                other.reason = other.reason or Reason.SPONSOR
        elif paragraph:
            piece.reason = piece.reason or Reason.SPONSOR


def _same_reading(following: list[_Piece], line: int) -> list[_Piece]:
    """What may still belong to a sponsor's reading: the line's pieces up to the first of another kind."""
    return list(takewhile(lambda piece: piece.line == line and piece.reason in (None, Reason.SPONSOR), following))


def _sections(pieces: list[_Piece], lines: list[str], chapters: tuple[Chapter, ...]) -> None:
    """Short lines under a heading of boilerplate are of its kind, up to the next heading or the first prose."""
    under: Reason | None = None
    for piece in pieces:
        whole = piece.text == lines[piece.line]
        head = _head(piece.text) if whole or piece.text.endswith(":") else None
        if head is Reason.CHAPTERS:
            # Chapters are known by their stamps; titles without any are what the episode is about.
            under = None
            piece.reason = piece.reason or (head if chapters else None)
            continue
        if head is not None:
            under = head
            piece.reason = piece.reason or head
            continue
        if under is None or piece.reason is not None:
            continue
        if not whole or _prose(piece.text) or piece.text.endswith(":") or piece.text.startswith(('"', "“", "„", "«")):
            under = None
        elif _GUEST.search(piece.text):
            continue
        else:
            piece.reason = under


def _head(text: str) -> Reason | None:
    bare = _BULLET.sub("", text).strip(_HEAD_ENDS)
    if not bare or len(bare) > 80:
        return None
    return next((reason for reason, pattern in HEADS if pattern.fullmatch(bare)), None)


def _prose(text: str) -> bool:
    """Whether a line says something in a sentence: it ends like one and bears no address, or it is long."""
    words = len(text.split())
    return words > _LIST_WORDS or (words > 5 and text.endswith((".", "!", "?", "…", "。")) and not ADDRESS.search(text))


def _lone_heads(pieces: list[_Piece]) -> None:
    """A heading that stayed goes with what stood below it: "Weekly links:" over nothing says nothing."""
    for index, piece in enumerate(pieces):
        if piece.reason is not None or not piece.text.endswith(":") or len(piece.text.split()) > 8:
            continue
        following = pieces[index + 1] if index + 1 < len(pieces) else None
        if following is None or following.reason is not None:
            piece.reason = following.reason if following is not None else Reason.LINKS


def _joined(pieces: list[_Piece], lines: list[str]) -> str:
    kept: dict[int, list[str]] = defaultdict(list)
    for piece in pieces:
        if piece.reason is None:
            kept[piece.line].append(piece.text)
    text: list[str] = []
    gap = False
    for number, line in enumerate(lines):
        if not line:
            gap = True
        elif number in kept:
            if text:
                text.append("\n\n" if gap else "\n")
            text.append(" ".join(kept[number]))
            gap = False
    return "".join(text)
