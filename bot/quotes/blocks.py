"""Finds what is not conversation: advertisements, intro, outro, housekeeping, members' gates, song."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import regex

from bot.quotes.scene import Spoken

AD, INTRO, OUTRO, HOUSEKEEPING, MEMBERS = "advertisement", "intro", "outro", "housekeeping", "members only"

# Cues that by themselves make a sentence part of an advertisement. An address to go to is looked for only where the
# sentence holds a dot inside a word, or says one: the long pattern takes time.
_AD = regex.compile(
    r"""brought\ to\ you\ by | (?:today's|our|this\ (?:week|month|episode)'s|this|podcast's|show's)\ sponsors?\b
      | (?:is|are|was)\ (?:proudly\ )?(?:sponsored|presented|supported|powered)\ by | \bsponsored\ by\b
      | \bsupport\ for\ (?:this|the|our|today's)
      | \b(?:promo|discount|coupon|offer|referral)\ code\b | \b(?:use|enter)\ (?:the\ |my\ |our\ )?code\b
      | \b\d+(?:%|\ percent)\ (?:off|discount) | \boff\ (?:your|their)\ (?:first|next)\b
      | \bfree\ (?:trial|shipping|month|demo|account|gift)\b | \bmoney[-\ ]back\ guarantee
      | \bsign\ up\ for\ free\b
      | \b(?:word|message)\ from\ (?:our|my|the|this|today's
            |one\ of\ our)\ (?:\w+\ )?(?:sponsors?|partners?|friends)
      | \bsupport\ (?:the|this)\ (?:show|podcast)\ by\b | \blink\ (?:is\ )?in\ the\ (?:show\ notes
            |description)\ (?:to|for)\ (?:\w+\ ){0,3}(?:off|discount|free)
      | \b(?:cancel|return)\ (?:it\ )?any\ ?time\b | \bterms\ (?:and\ conditions\ )?apply\b | \bad[-\ ]free\b
    """,
    regex.VERBOSE | regex.IGNORECASE,
)
_DOT = regex.compile(r"\.[A-Za-z]|\b[Dd]ot ")
_SITE = regex.compile(
    r"""\b(?:at|to|on|visit|out)\ \S*\w
        (?:\.(?:com|io|org|net|co|ai|app|dev|fm|tv|so|ly)\b|\ dot\ (?:com|io|org|net|co|ai)\b)""",
    regex.VERBOSE | regex.IGNORECASE,
)
_ADDRESS = regex.compile(
    r"""\b(?:visit|go\ to|head\ (?:over\ )?to|head\ on\ over\ to|check\ (?:them\ )?out(?:\ at)?|sign\ up\ (?:at
            |for\ free)|(?:learn|find\ out)\ more\ at|get\ started\ at|available\ at)
            \ (?:\S+\ ){0,4}?\S*(?:\.(?:com|io|org|net|co|ai|app|dev|fm|tv|so|ly|us|uk)\b|\ dot\ (?:com|io|org
            |net|co|ai)\b)
      | \b[a-z0-9-]+\.(?:com|io|org|net|co|ai|app|dev|fm|so)/\w+ | \bdot\ (?:com|io|org|net)\ (?:slash|forward)
    """,
    regex.VERBOSE | regex.IGNORECASE,
)
# Cues that open a block whose later sentences need not bear any.
_AD_OPENS = regex.compile(
    r"brought to you by|(?:word|message) from (?:our|my|this|today's)|sponsored by|(?:today's|episode's|our"
    r"|my) sponsors?\b"
    r"|(?:quick|short) (?:ad |commercial )?break|support (?:for|comes from)|before we (?:get|dive|jump) (?:in"
    r"|started)"
    r"|take a (?:quick |short |brief )?(?:moment|second|minute|break) to (?:tell|talk|thank|mention)"
    r"|i want(?:ed)? to (?:quickly )?(?:tell you about|thank our)|^let me tell you about (?:something|a|our|my|this)\b"
    r"|\bour friends (?:at|over at|from)\b|\bspecial offer\b",
    regex.IGNORECASE,
)
# Selling, when it stands near a cue.
_SELLING = regex.compile(
    r"\b(?:sign up|try it|get started|free|discount|customers?|teams? (?:at|like)|trusted by|companies like|app"
    r"|platform|"
    r"product|subscription|delivered|ingredients|checkout|offer|deal|save|today|with (?-i:\p{Lu})\w+|\.com"
    r"|dot com|click"
    r"|download)\b",
    regex.IGNORECASE,
)
_INTRO = regex.compile(
    r"welcome (?:back )?to (?:the|this|another|our|my|(?-i:\p{Lu}))|(?:today|this week),? (?:my|our|i'm|we're"
    r"|i am|we are"
    r"|on the)\b"
    r"|my (?:next )?guest (?:today|is)|(?:our|today's) guest|the following is a conversation|i'm your host"
    r"|this is the .{0,40}podcast"
    r"|in (?:this|today's) (?:episode|conversation)|with that,? i bring you|and now,? dear friends|joining (?:me"
    r"|us) today"
    r"|without further ado|let's (?:get|dive|jump) (?:right )?in(?:to it)?[.!]?$|you're listening to",
    regex.IGNORECASE,
)
_OUTRO = regex.compile(
    r"thank(?:s| you) (?:so much |all |very much |again )?for (?:listening|watching|tuning|joining|being here"
    r"|coming|having me|doing this|your time)"
    r"|(?:see|catch|talk to) you (?:all )?(?:in the )?next|until next (?:time|week)|that's (?:it|all) for (?:today"
    r"|this)"
    r"|where can (?:people|folks|listeners|our listeners) (?:find|follow|reach)|bye[,.!]? ?(?:everyone|everybody"
    r"|bye)?[.!]?$"
    r"|let me leave you with|this (?:show|episode|podcast) (?:was|is) produced by|music by",
    regex.IGNORECASE,
)
_HOUSEKEEPING = regex.compile(
    r"\bsubscribe\b.{0,60}\b(?:podcast|channel|show|apple|spotify|youtube|newsletter|episodes?)|leav(?:e"
    r"|ing) (?:us )?(?:a|an|your) (?:\S+ )?(?:rating|review|comment)"
    r"|\brate (?:and|or) review\b|show notes|(?:follow|find) (?:me|us|the show) (?:on|at)|\b(?:apple podcasts"
    r"|spotify|patreon)\b"
    r"|hit the (?:like|bell|subscribe)|(?:past|previous|all) episodes|learn more about the show|(?:link|linked"
    r"|links) (?:to|in|it|them|below)\b.{0,30}(?:notes|description|below)"
    r"|check out our sponsors|(?:next|last|previous) episode|in the description|sign up (?:for|to) (?:my|our"
    r"|the) (?:newsletter|list)|join (?:our|my|the) (?:newsletter|discord|community)",
    regex.IGNORECASE,
)
_MEMBERS = regex.compile(
    r"full transcript (?:is )?available|sign up to (?:access|read|listen)|(?:available|only|exclusive) (?:for"
    r"|to) (?:\S+ )?(?:paid |premium )?(?:members|subscribers)"
    r"|(?:become|becoming) a (?:paid |premium )?(?:member|subscriber)|members[- ]only|log in to (?:read|continue)"
    r"|subscribers? only",
    regex.IGNORECASE,
)
# An advertisement is read in one go: what lies between two cues at most so far apart belongs to it.
_BRIDGE_SENTENCES = 14
_AFTER_OPENING = 24
_AFTER_CUE = 3
_BEFORE_CALL = 6
_BEFORE_SITE = 14
# The introduction ends in the first eighth of an episode; "Thank you, Ann" from the guest does not end it.
_EARLY, _LEAST_ANSWER = 8, 3
# Nobody says so many words alike by chance.
_SAME_WORDS = 8


def blocks(spoken: tuple[Spoken, ...]) -> tuple[frozenset[str], ...]:
    """For each sentence the names of the blocks it belongs to."""
    found: list[set[str]] = [set() for _ in spoken]
    for index in _advertisements(spoken):
        found[index].add(AD)
    last = len(spoken)
    for index, sentence in enumerate(spoken):
        if _MEMBERS.search(sentence.text):
            found[index].add(MEMBERS)
        if _HOUSEKEEPING.search(sentence.text):
            found[index].add(HOUSEKEEPING)
        if _INTRO.search(sentence.text):
            found[index].add(INTRO)
        if _OUTRO.search(sentence.text):
            found[index].add(OUTRO)
    _stretch(spoken, found, INTRO, range(min(40, last // 4)))
    _stretch(spoken, found, OUTRO, range(max(last - 40, last - last // 4), last))
    return tuple(frozenset(names) for names in found)


def shut(
    spoken: tuple[Spoken, ...], named: tuple[frozenset[str], ...], hosts: frozenset[str]
) -> tuple[frozenset[str], ...]:
    """`named` and what besides is surely no conversation: more than the ranking hears of, so that only gates use it.

    A host's introduction lasts until somebody else speaks, and whatever leads up to an address to go to is for sale.
    """
    found = [set(names) for names in named]
    talks = [i for i, s in enumerate(spoken) if s.speaker and s.speaker not in hosts and len(s.words) > _LEAST_ANSWER]
    early = range(len(spoken) // _EARLY)
    if hosts and talks:
        announced = (i for i in early if INTRO in named[i])
        for first in (0, next(announced, None)):
            answered = next((i for i in talks if first is not None and i >= first), None)
            if first is not None and answered is not None and answered in early:
                for index in range(first, answered):
                    found[index].add(INTRO)
    for cue, s in enumerate(spoken):
        if _DOT.search(s.text) and _SITE.search(s.text):
            for index in (*_leading(spoken, cue, reach=_BEFORE_SITE), cue):
                found[index].add(AD)
    return tuple(frozenset(names) for names in found)


def _stretch(spoken: tuple[Spoken, ...], found: list[set[str]], name: str, stretch: range) -> None:
    """Sentences between two of one kind, at the episode's edge and by one speaker, are of that kind too."""
    marked = [i for i in stretch if name in found[i]]
    for a, b in pairwise(marked):
        if b - a <= 10 and len({s.speaker for s in spoken[a : b + 1]}) == 1:
            for index in range(a, b):
                found[index].add(name)


def _advertisements(spoken: tuple[Spoken, ...]) -> set[int]:
    cues = [i for i, s in enumerate(spoken) if _sells(s.text) or _AD_OPENS.search(s.text)]
    marked = set(cues)
    for a, b in pairwise(cues):
        if b - a <= _BRIDGE_SENTENCES and _one_voice(spoken, a, b):
            marked.update(range(a, b))
    for cue in cues:
        opens = bool(_AD_OPENS.search(spoken[cue].text))
        marked.update(_following(spoken, cue, _AFTER_OPENING if opens else _AFTER_CUE))
        if not opens:
            marked.update(_leading(spoken, cue))
    return marked | _read_again(spoken, marked)


def _read_again(spoken: tuple[Spoken, ...], marked: set[int]) -> set[int]:
    """The second reading of an advertisement, which may come without any cue, and what lies inside it."""
    if not marked:
        return set()
    read = {gram for index in marked for gram in _grams(spoken[index].words)}
    again = [i for i, s in enumerate(spoken) if i not in marked and not read.isdisjoint(_grams(s.words))]
    inside = {
        i for a, b in pairwise(again) if b - a <= _AFTER_CUE + 1 and _one_voice(spoken, a, b) for i in range(a, b)
    }
    return inside.union(again)


def _grams(words: list[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(words[at : at + _SAME_WORDS]) for at in range(len(words) - _SAME_WORDS + 1))


def _sells(text: str) -> bool:
    return bool(_AD.search(text) or (_DOT.search(text) and _ADDRESS.search(text)))


def _one_voice(spoken: tuple[Spoken, ...], first: int, last: int) -> bool:
    return len({s.speaker for s in spoken[first : last + 1]}) == 1


def _following(spoken: tuple[Spoken, ...], cue: int, reach: int) -> list[int]:
    """After a cue the reading goes on in the same voice, as long as selling words come now and then."""
    kept: list[int] = []
    pending: list[int] = []
    for index in range(cue + 1, min(cue + 1 + reach, len(spoken))):
        if spoken[index].speaker != spoken[cue].speaker or (
            spoken[cue].speaker and spoken[index].turn != spoken[cue].turn
        ):
            break
        pending.append(index)
        if _SELLING.search(spoken[index].text):
            kept += pending
            pending = []
        elif len(pending) > 4:
            break
    return kept


def _leading(spoken: tuple[Spoken, ...], cue: int, *, reach: int = _BEFORE_CALL) -> list[int]:
    """What leads up to a call to buy: the sentences before it in the same turn, a handful at most."""
    first = cue
    while first > 0 and cue - first < reach and spoken[first - 1].turn == spoken[cue].turn:
        first -= 1
    return list(range(first, cue))
