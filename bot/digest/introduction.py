"""The show's own spoken introduction: where a host tells, before the conversation, who is there and what it is about.

English only. It is the nearest thing to a summary that a transcript holds: nobody has to guess what the talk turns on.
"""

from __future__ import annotations

from collections.abc import Sequence

import regex

from bot.digest import condense, measure
from bot.digest.words import english
from bot.model.episode import Episode
from bot.quotes.blocks import AD, HOUSEKEEPING, MEMBERS, blocks
from bot.quotes.scene import Spoken, scene

# Where an introduction is looked for, and how far it goes on behind the words that open it (sentences).
_REACH = 60
_SHARE = 0.25
_LONGEST = 12
# Characters of a transcript that tell its language.
_SAMPLE = 4_000
# Where no speakers are known, nothing says when the host has stopped.
_LONGEST_UNNAMED = 3
_SHORTEST_WORDS, _LONGEST_WORDS = 6, 60
_OPENS = regex.compile(
    r"\b(?:(?:my|our|today['’]s|this week['’]s) guests?(?: today| this week)? (?:is|are)|(?:today|this week),? (?:i"
    r"|we)(?:['’](?:m|re|ll)| am"
    r"| are| will)? (?:\w+ )?(?:joined|talk\w*|speak\w*|sit\w*|chat\w*|discuss\w*|explor\w*|look\w*|bring\w*|have"
    r"|welcom\w+)"
    r"|(?:today|this week),? (?:my|our) guests?|(?:in|on) (?:this|today['’]s|our|this week['’]s) (?:episode"
    r"|conversation|interview)"
    r"|the following is a conversation with|i(?:['’]m| am) (?:joined|talking|speaking|here) (?:today )?(?:by|to|with)"
    r" \p{Lu}"
    r"|(?:i|we) (?:sat down|spoke|talked|chatted) (?:with|to) \p{Lu}|(?:joining|with) (?:me|us) (?:today )?(?:is|are)"
    r" \p{Lu}"
    r"|^(?:together,? )?we(?:['’]ll| will)? (?:talk about|discuss|cover|explore|get into|dig into|dive into)\b"
    r"|^you(?:['’]ll| will) (?:learn|hear)\b)",
    regex.IGNORECASE,
)
_CLOSES = regex.compile(
    r"\b(?:i bring you|here['’]s (?:our|my|the) (?:conversation|interview|chat)|without further ado|let['’]s (?:get"
    r"|dive|jump)"
    r"|welcome to the (?:podcast|show)|thanks? (?:you )?(?:so much |very much )?for (?:being|joining|coming|having)"
    r"|great to have you"
    r"|nice to (?:meet|have|see) you|how are you|and now,? dear)\b",
    regex.IGNORECASE,
)
_AIR = regex.compile(
    r"\b(?:hi|hello|hey|my name is|i['’]m your host|this is .{0,40}(?:podcast|show)|thank|sponsors?|subscribe"
    r"|recorded|i am \p{Lu}\w+ and|links?|show notes|episode "
    r"(?:number )?\w+ of)\b|\b\w+\.(?:com|org|io|fm)\b|[\"“”«»„]",
    regex.IGNORECASE,
)


def introduction(episode: Episode) -> tuple[tuple[Spoken, ...], ...]:
    """At most three sentences of the introduction, 90 words together, in order; neighbours stand in one run.

    Chosen as the sentences of a summary are. None where nobody introduces the episode.
    """
    if episode.transcript is None:
        return ()
    if not english(episode.transcript.text[:_SAMPLE], episode.language):
        return ()
    told = _told(scene(episode).spoken)
    chosen = condense.chosen([sentence.text for _, sentence in told], taken=frozenset(), english=True)
    runs: list[list[tuple[int, Spoken]]] = []
    for place in chosen:
        if runs and runs[-1][-1][0] + 1 == told[place][0]:
            runs[-1].append(told[place])
        else:
            runs.append([told[place]])
    return tuple(tuple(sentence for _, sentence in run) for run in runs)


def _told(spoken: Sequence[Spoken]) -> list[tuple[int, Spoken]]:
    """The sentences of the first introduction that says something, with their numbers."""
    reach = min(_REACH, max(6, int(len(spoken) * _SHARE)))
    blocked = blocks(tuple(spoken))
    for first in range(min(reach, len(spoken))):
        if not _OPENS.search(spoken[first].text) or not _fit(spoken[first], blocked[first]):
            continue
        found: list[tuple[int, Spoken]] = []
        broken = False
        length = _LONGEST if spoken[first].speaker else _LONGEST_UNNAMED
        for index in range(first, min(first + length, len(spoken))):
            sentence = spoken[index]
            if sentence.turn != spoken[first].turn or _CLOSES.search(sentence.text) or AD in blocked[index]:
                break
            fit = _fit(sentence, blocked[index])
            # What leans on a sentence that is left out would lean on another one.
            if fit and not (broken and condense.leans(sentence.text)):
                found.append((index, sentence))
            broken = not fit or (broken and condense.leans(sentence.text))
        return found
    return []


def _fit(sentence: Spoken, blocked: frozenset[str]) -> bool:
    text = sentence.text
    return (
        sentence.punctuated
        and not {AD, HOUSEKEEPING, MEMBERS} & blocked
        and _SHORTEST_WORDS <= measure.words(text) <= _LONGEST_WORDS
        and text.endswith((".", "!", "…"))
        and not condense.appeals(text)
        and not _AIR.search(text)
        and not _CLOSES.search(text)
    )
