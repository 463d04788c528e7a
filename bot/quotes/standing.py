"""How well a line stands by itself on the page, beyond what the gates forbid: what an editor would frown at.

The ranking says which moments of an episode are striking; a striking moment may still be said in a way that nobody
would print. Each finding costs a line a part of its score when the picks are chosen, and nothing in the ranking.
"""

from __future__ import annotations

import regex

from bot.quotes.ranking import score_line

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
# Found by reading picks of interviews line by line; the prices are guesses on the scale of the score, 0 to 1.
_FINDINGS = tuple(
    (price, regex.compile(pattern, regex.IGNORECASE | regex.VERBOSE))
    for price, pattern in (
        (0.20, _TAKES_UP),
        (0.20, _POINTS_AT),
        (0.15, _STANDS_FOR),
        (0.25, _TO_THE_ROOM),
        (0.12, _THINKS_ALOUD),
    )
)
_LONG, _FOR_EACH_WORD_MORE = 26, 0.01
# What a line loses that the model of single lines finds nothing in.
_PLAIN = 0.3


def cost(text: str, words: int) -> float:
    """What a line of so many `words` loses for leaning on the talk around it and for saying little by itself.

    On the scale of the score (0 to 1).
    """
    found = sum(price for price, pattern in _FINDINGS if pattern.search(text))
    plain = _PLAIN * (1.0 - score_line(text))
    return found + plain + max(0, words - _LONG) * _FOR_EACH_WORD_MORE
