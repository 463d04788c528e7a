"""How much a spoken sentence is a claim that a reader understands alone: rules over English, weights set by hand.

The quotes' gates say what may never stand by itself; here is what may, but says little: stories in the past, talk about
the talk, words that point at something on the table.
"""

from __future__ import annotations

import regex

# Talk about the talk, housekeeping and stage directions: no claim, however it goes on.
_TALK = regex.compile(
    r"\b(?:let me|let['’]s|we['’](?:ll|re going to) (?:talk|get|look)|tell (?:me|us)|thank(?:s| you)|talk(?:ed|ing)?"
    r" (?:a bit |a "
    r"little )?(?:more )?about|(?:i|we)['’](?:m|d|re|ve) (?:\w+ )?(?:curious|wondering|love to|like to|interested"
    r"|excited|"
    r"mentioned)|(?:can|could) (?:you|we)|you (?:mentioned|talked|said|asked|described)|my question|this (?:episode"
    r"|podcast|"
    r"show|conversation|interview|article)|(?:podcast|listeners?|e-?mail|newsletter|twitter|website|show notes"
    r"|sponsors?|"
    r"episode|calls? for|next up|you['’]re (?:not )?saying|slash|dot com|\S+\.(?:com|org|io|dev|ai)\b|check out|read"
    r" (?:the|this)|moving on|speaking of|before you go|link)\b)",
    regex.IGNORECASE,
)
_BROKEN = regex.compile(
    r"\b(?P<said>\p{L}+),? (?P=said)\b(?<!\b(?:that|had|very|so) \w+)|\b(?:yeah|right|okay|ok|you know|whatever|or"
    r" something|"
    r"and stuff|i guess|i would say)[,.]?[.!]$|^(?:but|because|which|or|also|though|then|almost)\b|[,;:] ?[.!]$"
    r"|\b(?:um|uh|er)\b",
    regex.IGNORECASE,
)
# "The risk is not that you are slow.": the other half says what it is, and without it the sentence may be turned round.
_HALF = regex.compile(
    r"\b(?:is|are|was|were)(?: not|n['’]t) (?:that|because|about|just|only)\b(?!.*\bbut\b)", regex.IGNORECASE
)
_POINTS = regex.compile(
    r"\b(?:this|these|those)\b(?! (?:idea|is|are|week|year|way) )|\b(?:down|up|out|in|over|back) (?:there|here)\b|"
    r"\b(?:there|here|him|her)[.!]$|\b(?:of|in|on|with|for|to) (?:them|it)\b|\bthat (?:one|thing|stuff|product|list"
    r"|kind|sort)\b",
    regex.IGNORECASE,
)
_STORY = regex.compile(
    r"\b(?:i|we|he|she|they) (?:\w+ly |actually |just |kind of )?(?:was|were|had|did|got|went|came|told|looked|saw"
    r"|hired|started|"
    r"thought|drove|worked|decided|used to|asked|met|left|wanted)\b|\b(?:was|were|wasn['’]t|weren['’]t)\b|^(?:and"
    r" )?(?:then|when)\b",
    regex.IGNORECASE,
)
_CLAIMS = regex.compile(
    r"\b(?:is|are|isn['’]t|aren['’]t|means?|should|must|need(?:s)? to|ha(?:s|ve) to|can(?:not|['’]t)?|will|won['’]t"
    r"|never|always|"
    r"every|only|because|than|if|most|best|biggest|worst|key|goal|reason|problem|job|instead|without|more|less|tends?"
    r"|makes?|"
    r"takes?|gets?|does(?:n['’]t)?|do(?:n['’]t)?)\b",
    regex.IGNORECASE,
)
_FILLER = regex.compile(
    r"\b(?:you know|i mean|kind of|sort of|i think|i guess|basically|literally|actually|like,|really|probably|right\?)",
    regex.I,
)
_OPENS = regex.compile(
    r"^(?:and|so|now|well|again|plus|just|quite|like|you know|i mean)\b|^(?:the|a|an)? ?(?:first|second|third|fourth"
    r"|next|last|other|"
    r"another)\b|^another\b",
    regex.IGNORECASE,
)
_FIRST = regex.compile(r"\b(?:i|i['’]\w+|my|me)\b", regex.IGNORECASE)


def claim(text: str) -> float:
    """From 0 (no claim, or not to be understood alone) to 1, for an English sentence that passed the quotes' gates."""
    if _TALK.search(text) or _BROKEN.search(text) or _HALF.search(text):
        return 0.0
    worth = 1.0 if _CLAIMS.search(text) else 0.5
    for pattern, costs in ((_POINTS, 0.5), (_STORY, 0.5), (_OPENS, 0.6), (_FIRST, 0.7)):
        if pattern.search(text):
            worth *= costs
    return float(worth * 0.85 ** len(_FILLER.findall(text)))
