"""The source's own sentences, fewer of them: which sentences of a summary to keep, and which one opens.

Selection is extractive; no word is changed here. A sentence that leans on the one before it is never kept alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import regex

from bot.digest import measure
from bot.digest.words import content_stem, filler, tokens

SENTENCES = 3
WORDS = 90
# A sentence longer than this is no sentence that a digest can print; it is left out, never cut.
LONGEST_SENTENCE = 120
LONGEST_HOOK = 60
_SHORTEST_HOOK = 5
# How dearly length is paid for: 0 would favour long sentences, 1 short ones.
_COST = 0.5
# Words that point back; "This episode …" points at what is in hand.
_LEANS = regex.compile(
    r"""["“(]?(?:
    (?:in\ )?(?:this|these|those|that|such|it|its|they|their|he|she|his|her|here|both|either|neither)\b
        (?!\s+(?:podcast|episode|show|week|conversation|interview|discussion|video|talk)\b)
    | (?:however|but|and|or|so|yet|nor|moreover|furthermore|additionally|in\ addition|also|besides|then|thus|hence
        |therefore|consequently|as\ a\ result|accordingly|instead|rather|otherwise|nevertheless|nonetheless|still
        |similarly|likewise|conversely|(?:in|by)\ contrast|on\ the\ other\ hand|meanwhile|for\ example|for\ instance
        |in\ particular|specifically|indeed|in\ fact|finally|second(?:ly)?|third(?:ly)?|another
        |the\ (?:former|latter|same|second|third)|other\ (?:points|topics|examples)|in\ (?:doing|turn)
        |for\ this|because\ of\ this|to\ (?:this|that)\ end|according\ to\ (?:him|her|them)|overall|ultimately
        |in\ (?:short|sum|summary|conclusion|other\ words))\b
    )""",
    regex.IGNORECASE | regex.VERBOSE,
)
# "Aldaker asks whether this leads …": the same inside a sentence that is not the first.
_POINTS_BACK = regex.compile(
    r"""(?:[\w’',-]+\s+){1,5}?(?:this|these|such)\b
        (?!\s+(?:podcast|episode|show|week|month|year|season|winter|summer|conversation|interview|discussion|talk)\b)""",
    regex.IGNORECASE | regex.VERBOSE,
)
# Greetings, appeals and credits: sentences of a blurb that say nothing about the episode.
_EMPTY = regex.compile(
    r"""(?:
    welcome\ (?:back\ )?to | thanks?\ (?:you\ )?for\ (?:listening|tuning|watching|joining) | subscribe | sign\ up
    | follow\ (?:us|me|the) | listen\ (?:on|to) | watch\ (?:on|the) | join\ (?:us|our|the) | check\ out | learn\ more
    | find\ (?:us|out) | support\ (?:the|us|this) | sponsor(?:ed|s)?\b | brought\ to\ you | click\b | visit\b | please\b
    | hosted\ by | full\ transcript | show\ ?notes | get\ \d+\ ?%
    )""",
    regex.IGNORECASE | regex.VERBOSE,
)
_ADDRESS = regex.compile(r"https?://\S+|www\.\S+|[^\s@]{1,64}+@\S++|[#@]\w+")


def leans(sentence: str) -> bool:
    """Whether an English sentence needs the one before it to be understood ("This perspective suggests …")."""
    return _LEANS.match(sentence) is not None


def appeals(sentence: str) -> bool:
    """Whether an English sentence greets, thanks, sells or asks for something instead of telling of the episode."""
    return _EMPTY.match(sentence) is not None


def says_something(sentence: str, *, title: str, english: bool) -> bool:
    """Whether a sentence can stand as the hook: long enough, not a greeting or an appeal, not the title again."""
    saying = measure.words(_ADDRESS.sub(" ", sentence))
    if saying < _SHORTEST_HOOK or measure.words(sentence) > LONGEST_HOOK or key(sentence) == key(title):
        return False
    return not english or not (leans(sentence) or appeals(sentence))


def key(text: str) -> str:
    """What two texts must share to be the same text: letters and digits, in one case."""
    return "".join(regex.findall(r"[\p{L}\p{M}\p{N}]+", text.casefold()))


def chosen(sentences: Sequence[str], *, taken: frozenset[int], english: bool) -> tuple[int, ...]:
    """Which of `sentences` to print, in order: at most 3, of at most 90 words together.

    English: the first sentence (a summary says first what it is about), then greedily the sentence that covers most of
    the content words not yet covered, each weighing as many sentences as hold it, in proportion to the root of its
    length: the cost-scaled greedy of H. Lin and J. Bilmes, "Multi-document summarization via budgeted maximization of
    submodular functions" (2010). A sentence that leans on its predecessor comes with it or not at all. `taken` are
    sentences that are printed elsewhere: they count as covered and are not chosen, nor is what leans on them.

    Other languages: the first sentences that fit, as no rule of ours knows there what leans.
    """
    lengths = [measure.words(sentence) for sentence in sentences]
    if not english:
        return _first(lengths, taken)
    stems = [frozenset(_stems(sentence)) for sentence in sentences]
    weight = Counter(stem for held in stems for stem in held)
    chains = _chains(sentences, lengths, taken)
    kept: set[int] = set() if taken or not chains else set(chains[0])
    while True:
        covered = {stem for index in (*taken, *kept) for stem in stems[index]}
        spent = sum(lengths[index] for index in kept)
        best, most = frozenset[int](), 0.0
        for chain in chains:
            adding = frozenset(chain) - kept
            cost = sum(lengths[index] for index in adding)
            if (
                not adding
                or len(kept) + len(adding) > SENTENCES
                or (spent + cost > WORDS and (kept or len(adding) > 1))
            ):
                continue
            fresh = {stem for index in adding for stem in stems[index]} - covered
            gain = sum(weight[stem] for stem in fresh) / cost**_COST
            if gain > most:
                best, most = adding, gain
        if not best:
            return tuple(sorted(kept))
        kept |= best


def _chains(sentences: Sequence[str], lengths: list[int], taken: frozenset[int]) -> list[tuple[int, ...]]:
    """For each sentence that may be printed: itself, after those before it that it leans on."""
    found: dict[int, tuple[int, ...]] = {}
    for index, sentence in enumerate(sentences):
        if index in taken or not 0 < lengths[index] <= LONGEST_SENTENCE:
            continue
        if not leans(sentence) and not (index and _POINTS_BACK.match(sentence)):
            found[index] = (index,)
        elif index - 1 in found and len(found[index - 1]) < SENTENCES:
            found[index] = (*found[index - 1], index)
    return list(found.values())


def _first(lengths: list[int], taken: frozenset[int]) -> tuple[int, ...]:
    kept: list[int] = []
    for index, length in enumerate(lengths):
        if index in taken or not length:
            continue
        words = length + sum(lengths[other] for other in kept)
        if length > LONGEST_SENTENCE or len(kept) == SENTENCES or (words > WORDS and kept):
            break
        kept.append(index)
    return tuple(kept)


def _stems(sentence: str) -> list[str]:
    found = (content_stem(sentence[begin:stop]) for begin, stop in tokens(sentence))
    return [stem for stem in found if stem is not None and not filler(stem)]
