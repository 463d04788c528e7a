"""Finds the members' gate of a page and its sign-up text, so that neither ever becomes part of an episode."""

from __future__ import annotations

import re

_WHO = r"(?:members?|subscribers?|supporters?|patrons?|users?|customers?|listeners?|readers?)"
_WHAT = r"(?:transcript|transcription|episode|summary|conversation|article|page|story|content)"
_VERB = r"(?:access|read|continue|unlock|view|see|keep reading|get (?:full |unlimited )?access)"
# Cut out wherever they stand, in the spelling of a button or a notice: pages fuse them to their neighbours.
_FUSED = re.compile(
    r"(?:Full|FULL|Complete) (?:episode )?(?:transcript|TRANSCRIPT|Transcript) (?:is )?(?:only )?"
    r"(?:available|AVAILABLE|Available) (?:only )?(?:for|to|FOR|TO|For|To) [^.!?\n]{0,60}?"
    r"(?:members|subscribers|supporters|patrons|users|Members|Subscribers|MEMBERS|SUBSCRIBERS)(?: only)?[.!]?"
    r"|(?:Sign|Log) ?[Ii]n to Access|Sign ?[Uu]p (?:[Ff]ree |[Nn]ow )?[Tt]o Access|SIGN UP TO ACCESS"
)
# A line that is nothing else. Each is bounded, so that a hostile line costs no more than an honest one.
_WHOLE = re.compile(
    rf"(?:the )?(?:full|complete|entire|whole|rest of (?:the|this)|remaining) (?:episode )?{_WHAT} "
    rf"(?:is )?(?:only |exclusively )?(?:available|reserved|visible|accessible|unlocked)? ?(?:only |exclusively )?"
    rf"(?:for|to) .{{0,60}}{_WHO}(?: only)?"
    rf"|(?:please )?(?:sign ?[- ]?(?:up|in)|log ?[- ]?in|register|subscribe|join|upgrade)(?: now| here| today| free| "
    rf"for free)?(?: or (?:sign|log) ?(?:up|in))? (?:to|for) {_VERB}(?: (?:the |this |our )?.{{0,40}})?"
    rf"|(?:become|becoming) a (?:paid |paying |premium )?(?:member|subscriber|supporter|patron) to {_VERB}.{{0,60}}"
    rf"|(?:create|start) (?:a|an|your) (?:free )?(?:account|trial|membership) to {_VERB}.{{0,60}}"
    rf"|unlock (?:the )?(?:full|complete|entire|rest of the) (?:episode )?{_WHAT}"
    rf"|(?:this|the) {_WHAT} is (?:only )?(?:for|available (?:to|for)) (?:paid |paying |premium )?{_WHO}(?: only)?"
    rf"|(?:for )?(?:paid |paying |premium )?(?:members?|subscribers?)[- ]only(?: (?:content|transcript))?"
    rf"|already (?:a|an) {_WHO}\? (?:sign|log) ?in",
    re.IGNORECASE,
)
_BUTTON = re.compile(
    r"sign ?[- ]?(?:up|in)(?: (?:now|free|for free|with (?:google|apple|email)))?|log ?[- ]?in|register"
    r"|already (?:have an account|a member)\??(?: (?:sign|log) ?in)?|create (?:a free )?account"
    r"|start (?:your )?free trial",
    re.IGNORECASE,
)
_SHORT = 200
_CLOSING = " .!?:→»›>🔒"


def part(text: str) -> list[str | None]:
    """`text` in pieces, in order, with None where a gate stood; `[text]` where there is none.

    A piece that holds nothing is left out, so a line that is all gate gives `[None]`.
    """
    if is_gate(text):
        return [None]
    pieces: list[str | None] = []
    at = 0
    for match in _FUSED.finditer(text):
        pieces += [text[at : match.start()], None]
        at = match.end()
    if not at:
        return [text]
    pieces.append(text[at:])
    return [piece if piece is None else piece.strip() for piece in pieces if piece is None or piece.strip()]


def is_gate(text: str) -> bool:
    """Whether a whole line is a gate. It begins like a notice: a spoken line that goes on in lower case does not."""
    words = text.strip(_CLOSING) if len(text) <= _SHORT else ""
    return bool(words) and not words[0].islower() and bool(_WHOLE.fullmatch(words))


def is_button(text: str) -> bool:
    """Whether a whole line is a sign-up or log-in button: left out, though it does not make a page gated."""
    words = text.strip(_CLOSING) if len(text) <= _SHORT else ""
    return bool(words) and not words[0].islower() and bool(_BUTTON.fullmatch(words))


def strip_heard(text: str) -> tuple[str, bool]:
    """As `strip`, for words that have a moment of their own: "Log in." was said, and so was an advertisement's "Start a
    free trial to see for yourself"; only a notice that a page fused to them is cut out.
    """
    pieces = _FUSED.split(text)
    if len(pieces) == 1:
        return text, False
    return " ".join(piece.strip() for piece in pieces if piece.strip()), True


def strip(text: str) -> tuple[str, bool]:
    """A field's text of any number of lines without gates and buttons, and whether a gate stood in it."""
    gated = False
    kept = []
    for line in text.split("\n"):
        if is_button(line):
            continue
        pieces = part(line)
        gated = gated or None in pieces
        words = [piece for piece in pieces if piece is not None]
        if words or not pieces:
            kept.append(" ".join(words))
    return "\n".join(kept).strip("\n"), gated
