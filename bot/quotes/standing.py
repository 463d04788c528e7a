"""How a line leans on the talk around it, beyond what the gates forbid: what an editor would frown at.

Patterns only; what each of them costs a line its chance of being printed is learnt (`postable.py`).
"""

from __future__ import annotations

import regex

_TAKES_UP = r"""
    ^(?:but|however|so|and|because|or|then|now|also|though|plus|therefore|meanwhile|again|anyway|instead|finally)\b
  | ^there(?:['’]s|\ is|\ are)\ also\b
  | ^the\ (?:other|same|next|last|first|second|answer|reason|question|problem|idea|point)\b(?!\ (?:that|of|to|you|we)\b)
"""
_POINTS_AT = r"""
    \b(?:these|those|such)\b(?!\ (?:who|of\ us|of\ you|days|that|which|with|as|an?)\b)
  | \bthis\b(?!\ (?:is|was|has|will|world|country|life|day|year|century|planet|moment|business|industry)\b)
  | \b(?:of|with|in|on|to|at|from|for|about|by|do|does|did|doing|done|own|like|than)\ that\b
    (?!\ (?:you|we|i|people|they|it|the|a|every\w+|nobody|somebody|your|our|is|are)\b)
"""
_STANDS_FOR = r"""
    ^(?:(?!who\b|people\b|(?:any|every|no|some)(?:body|one)\b)\S+\ ){0,7}
     (?:it|they|them|he|she|him|her|their|his|its|(?:it|they|he|she)['’](?:s|re|ll|ve|d))\b
  | \b(?:with|about|into|on|at|from|around|behind|over|by)\ (?:it|them|him|her)\b
"""
_TO_THE_ROOM = r"""
    ^(?-i:\p{Lu}\p{Ll}+),\ (?!(?-i:\p{Lu})) | \byou\ (?:guys|said|mentioned|asked|told)\b | \bthank\ you\b
  | \byour\ (?:advice|book|post|newsletter|podcast|show)\b | \bthis\ (?:conversation|podcast|show|episode)\b
  | \b(?:let\ me|let['’]s|(?:i|we)['’]ll|(?:i['’]m|we['’]re)\ (?:going\ to|gonna|just))\b | \bby\ the\ way\b
  | \b(?:here|over\ there)\b | \b(?:today|yesterday|tomorrow|currently|at\ the\ moment)\b
  | \b(?:last|this)\ (?:week|month|year)\b
"""
_THINKS_ALOUD = r"""
    \b(?:kind|sort)\ of\b | \byou\ know\b | \bi\ mean\b | \bi\ guess\b | \bor\ something\b | \bblah\b | ,\ like,?
  | \b(?:and|or)\ (?:stuff|whatever|things)\b | \b(?:it['’]s|is|was)\ like\b | \bin\ terms\ of\b | \bas\ well[.!]?$
  | \bi(?:['’]d|\ would)\ say\b | \bi\ think\ one\ of\b | \bwhat\ i\ do\ is\b | \byou\ might\ imagine\b
  | \b(?:obviously|basically|actually|literally)\b | \bfor\ (?:example|instance)\b | \b(?:a\ bunch|a\ lot)\ of\b
  | \breally\ (?:got\ to|just)\b | \b(\w+)\ \1\b
"""
_FINDINGS = {
    name: regex.compile(pattern, regex.IGNORECASE | regex.VERBOSE)
    for name, pattern in (
        ("takes_up", _TAKES_UP),
        ("points_at", _POINTS_AT),
        ("stands_for", _STANDS_FOR),
        ("to_the_room", _TO_THE_ROOM),
        ("thinks_aloud", _THINKS_ALOUD),
    )
}
NAMES: tuple[str, ...] = tuple(_FINDINGS)


def findings(text: str) -> list[float]:
    """Which of `NAMES` are found in a line, 1.0 for each that is.

    It takes up a thread, points at something unseen, begins with a word that stands for another, speaks to somebody in
    the room, or was thought while it was said.
    """
    return [float(pattern.search(text) is not None) for pattern in _FINDINGS.values()]
