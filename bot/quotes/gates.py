"""The hard gates: why a line may not be picked by itself, however well it reads."""

from __future__ import annotations

import regex

from bot.quotes.blocks import AD, HOUSEKEEPING, INTRO, MEMBERS, OUTRO
from bot.quotes.scene import Spoken
from bot.quotes.words import POINTING, word_set

SHORTEST, LONGEST = 7, 40

_POINTING_WORDS = 4
_CLEFT = regex.compile(
    r"^(?:(?:and|but|so|because)\s+)?it(?:['’]s| is| was| takes| took)\s+(?:\w+\s+){0,4}?(?:to\s|that\s|who\s"
    r"|when\s|if\s|what\s|how\s|why\s)",
    regex.IGNORECASE,
)
_BACK = regex.compile(
    r"\b(?:as|like) (?:i|we|you) (?:said|mentioned|told|discussed|talked|were saying|just)|\bi (?:just "
    r"|already )?mentioned\b|\bas mentioned\b"
    r"|\bgoing back to\b|\bto your (?:point|question)\b|\b(?:the|what) (?:former|latter|above)\b|\bearlier (?:in|we"
    r"|i|you)\b|\byou (?:just )?(?:said|mentioned|asked)\b"
    r"|\blike that\b[.!]?$|^(?:and |so |but )?the (?:other|second|third|last) (?:one|thing|part|piece|reason|point)\b",
    regex.IGNORECASE,
)
_ANSWER = regex.compile(
    r"^(?:yes|yeah|yep|yup|no|nope|nah|sure|right|exactly|absolutely|definitely|totally|correct|of course|certainly"
    r"|true|agreed|okay|ok|got it|"
    r"good question|great question|oh|well|hmm|mm-hmm|uh-huh|because|same|me too|likewise)\b[,.!]?",
    regex.IGNORECASE,
)
_GREETING = regex.compile(
    r"^(?:hi|hello|hey|welcome|good (?:morning|evening|afternoon)|nice to|great to (?:be|have|see|meet)"
    r"|thanks?(?: you)?(?: so much| very much)?(?: for|,|\.|!|$)|happy to be|"
    r"pleasure|it's (?:great|good|a pleasure|an honor) to (?:be|have|see)|so (?:great|good|excited|happy) to"
    r"|congrat)",
    regex.IGNORECASE,
)
_REPORTED = regex.compile(
    r"\b(?:he|she|they|who|people|somebody|someone|everybody|everyone|(?-i:\p{Lu})\w+) (?:said|says|say"
    r"|told (?:me|us|him"
    r"|her|them)|asked|goes|was like|were like|is like|wrote|writes)\b[,:]?"
    r"|\bi (?:said|was like|told (?:him|her|them)|asked|go),?\s|\baccording to\b|[\"“”«»„]|\b(?:he|she"
    r"|they)['’](?:s|re) like,",
    regex.IGNORECASE,
)
_INAUDIBLE = regex.compile(
    r"[\[(<](?:[^\])>]{0,20}(?:inaudible|crosstalk|unintelligible|indiscernible|foreign|phonetic|laugh|music"
    r"|applause)[^\])>]{0,20}|\?+|[\d:]+)[\])>]",
    regex.IGNORECASE,
)
_LIST = regex.compile(
    r"^(?:(?:and )?(?:first|second|third|fourth|secondly|thirdly|number (?:one|two|three|four|five)|one|two"
    r"|three),\s)|^(?:step|tip|rule|point) (?:one|two|three|\d)\b",
    regex.I,
)
_HANGING = regex.compile(
    r"(?:[,:;–—-]|\.\.\.|…|\b(?:and|or|but|because|the|a|an|my|your|which)[.!]?|\b(?:of|to|with|that|so|like))[\"”’]?$",
    regex.IGNORECASE,
)
_BLOCKED = regex.compile(
    r"\b(?:cunts?|nigg\w+|fagg?ots?|kikes?|spics?|retards?|chinks?|trann(?:y|ies)|motherfuck\w*|cocksuck\w*)\b",
    regex.IGNORECASE,
)
_LYRIC = regex.compile(r"[♪♫♬]|^\s*#.*#\s*$")
_CODE_MARK = regex.compile(r"[{}<>=;(/]")
_CODE = regex.compile(
    r"[{}<>=;]\s*\S*[{}<>=;]|\w+\(\)|\w+_\w+_?\w*\(|://|\b(?:def|import|return|const|function|var"
    r"|SELECT)\b\s+\w+\s*[=({]"
)
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_LETTER = regex.compile(r"\p{L}")


def gates(sentence: Spoken, *, blocks: frozenset[str], previous: Spoken | None, english: bool) -> tuple[str, ...]:
    """Every reason why `sentence` may not be picked, in words; none where it may."""
    found = [name for name in (AD, INTRO, OUTRO, HOUSEKEEPING, MEMBERS) if name in blocks]
    found += _length(sentence)
    text = sentence.text
    if _INAUDIBLE.search(text):
        found.append("a word is missing in the transcript")
    if len(set(sentence.words)) * 3 < len(sentence.words):
        found.append("the same words over and over")
    if _LYRIC.search(text):
        found.append("sung, not said")
    if _CODE_MARK.search(text) and _CODE.search(text):
        found.append("code or an address, not speech")
    if _BLOCKED.search(text):
        found.append("a slur or the coarsest profanity")
    if _shouted(text):
        found.append("all capitals")
    if not sentence.punctuated:
        found += [] if sentence.words else ["no words"]
    elif _HANGING.search(text[-12:]):
        found.append("breaks off in the middle")
    elif text[-1:].isalnum():
        found.append("does not end as a sentence")
    if english:
        found += _english(sentence, previous)
    return tuple(dict.fromkeys(found))


def _length(sentence: Spoken) -> list[str]:
    """7 to 40 words; in scripts without spaces, where words cannot be counted, 12 to 120 characters."""
    unspaced = 0 if sentence.text.isascii() else len(_UNSPACED.findall(sentence.text))
    letters = len(_LETTER.findall(sentence.text)) if unspaced else 0
    by_words = unspaced * 2 <= letters
    size, shortest, longest = (len(sentence.words), SHORTEST, LONGEST) if by_words else (letters, 12, 120)
    if not size:
        return ["no words"]
    if size < shortest:
        return ["too short to stand by itself"]
    return ["too long to be read at a glance"] if size > longest else []


def _english(sentence: Spoken, previous: Spoken | None) -> list[str]:
    text, words = sentence.text, sentence.words
    found = []
    if _dangles(text, words):
        found.append("begins with a word that points back")
    if _BACK.search(text):
        found.append("refers to something said before")
    if _ANSWER.match(text):
        found.append("an answer without its question")
    if _GREETING.match(text):
        found.append("a greeting or thanks")
    if text.endswith("?"):
        found.append("a question")
    if _REPORTED.search(text):
        found.append("somebody else's words")
    if _LIST.search(text):
        found.append("a piece of a list")
    if previous is not None and previous.turn == sentence.turn and previous.text.endswith((":", ",", "–", "—")):
        found.append("begins in the middle")
    return found


def _dangles(text: str, words: list[str]) -> bool:
    """A pronoun among the first four words that nothing before it in the sentence explains."""
    if _CLEFT.match(text):
        return False
    for place, word in enumerate(words[:_POINTING_WORDS]):
        if word in POINTING:
            return not (place > 0 and _explained(words[:place], word))
    return False


_PERSONS = word_set("i you we people everybody everyone somebody someone nobody anyone who")
_LITTLE = word_set("the of and to in is you that it for was on are i a we this not but so have")


def _explained(before: list[str], word: str) -> bool:
    """ "I know that …", "people say they …": the pronoun is part of the grammar or stands for a word just said."""
    if word in ("that", "that's", "this", "these", "those"):
        return before[-1] not in (
            "and",
            "but",
            "so",
            "because",
            "then",
            "well",
            "now",
            "like",
            "of",
            "in",
            "with",
            "for",
        )
    return bool(_PERSONS & set(before)) and word not in ("he", "she", "his", "her", "him", "he's", "she's")


def _shouted(text: str) -> bool:
    capitals = sum(map(str.isupper, text))
    return capitals > 10 and capitals > 4 * sum(map(str.islower, text))


def is_english(words: list[str]) -> bool:
    """Whether a text is English enough for rules about English words: common little words make a fifth of it."""
    sample = words[:3000]
    return bool(sample) and sum(word in _LITTLE for word in sample) >= 0.18 * len(sample)
