"""Threads of the week: points that more than one episode makes. Better none than a false one.

English only: without a list of stop words, what is shared says nothing.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

import regex

from bot.digest.attribution import attributed
from bot.digest.verbs import VERBS, Kind
from bot.digest.words import content_stem, english, filler, stem, tokens, word_set
from bot.model.digest import Digest, Origin, Point, Thread
from bot.model.provenance import EpisodeRef, Line

MOST_THREADS = 5
MOST_POINTS = 6
# Two claims make one point from this cosine on (the lower one where they say the shared words in the same order), with
# at least so many content words in common, so many of them no filler ("important", "company"), which counts for less.
_COSINE = 0.5
_COSINE_IN_ORDER = 0.4
_SHARED = 3
_TELLING = 2
_FILLER_WEIGHT = 0.3
# Claims are compared when they share two of the rarest words of one, none of them held by too many claims to be rare:
# this bounds the work for each claim, so that it grows with the number of claims.
_RAREST = 6
_MET = 2
_HOLDERS = 60
_TITLE = 60
_LEAST_WORDS = 5
_NEGATIONS = word_set("""
    not no never none nobody nothing nor neither cannot without hardly unlikely impossible unable fail fails failed lack
    lacks few little against instead
""")
# Verbs against a claim that are more often nouns in one.
_NOUNS = word_set("question challenge contest")
_OPPOSED = word_set("""
    increase/decrease increase/reduce rise/fall grow/shrink more/less more/fewer better/worse faster/slower high/low
    higher/lower up/down open/closed safe/dangerous safer/riskier easy/hard easier/harder cheap/expensive succeed/fail
    create/destroy help/hurt help/harm win/lose buy/sell start/stop centralize/decentralize overrated/underrated
    cheaper/costlier good/bad early/late before/after support/oppose strong/weak stronger/weaker longer/shorter
    overestimate/underestimate
""")
_OPPOSITES = tuple((stem(a), stem(b)) for a, b in (pair.split("/") for pair in sorted(_OPPOSED)))
_NUMBER = regex.compile(r"\d+(?:[.,]\d+)*")


# Where the reasons, conditions and asides of a claim begin; what stands before is its point.
_ASIDE = regex.compile(
    r"[;:—–(]|,?\s+(?:because|since|although|though|whereas|so\s+that)\b"
    r"|,\s+(?:as|which|who|whose|so|while|but|and|if|when|where|before|after|even|for|not|the|a)\b",
    regex.IGNORECASE,
)
_POSSESSIVES = word_set("my your his her its our their one's whose")
# Words that may stand between two shared ones in a title.
_BETWEEN = word_set("the a an of in on for to and")


@dataclass(frozen=True)
class _Claim:
    """One insight, as said, with what comparison needs. `point` is its text up to its first aside."""

    digest: Digest
    line: Line
    point: str

    @cached_property
    def stems(self) -> dict[str, None]:
        """The content stems in order of speech; "their own" owns nothing."""
        found: dict[str, None] = {}
        before = ""
        for begin, stop in tokens(self.point):
            word = self.point[begin:stop].casefold()
            held = content_stem(word) if word not in VERBS else None
            if held is not None and not (word == "own" and before in _POSSESSIVES):
                found[held] = None
            before = word
        return found

    @cached_property
    def plain(self) -> frozenset[str]:
        return frozenset(stem(self.point[begin:stop].casefold()) for begin, stop in tokens(self.point))

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset(_NUMBER.findall(self.point))

    @cached_property
    def negated(self) -> bool:
        """Whether an odd number of words turn the claim round."""
        turns = 0
        for word in regex.findall(r"[\p{L}’']+", self.point.casefold()):
            verb = VERBS.get(word)
            turned = verb is not None and verb.kind is Kind.AGAINST and verb.lemma not in _NOUNS
            turns += turned or word in _NEGATIONS or word.endswith(("n't", "n’t"))
        return turns % 2 == 1


def threads(digests: Sequence[Digest]) -> tuple[Thread, ...]:
    """Points made by two or more episodes, those of most episodes first; at most five, each with its sources.

    Compared is what stands before a claim's first aside ("because …", "which …"). Two claims of different episodes make
    one point where the cosine of their content stems, weighted by inverse document frequency over all claims of the
    edition (G. Salton and C. Buckley, "Term-weighting approaches in automatic text retrieval", 1988), is at least 0.5,
    or 0.4 where the shared words come in the same order, with three or more in common, and neither turns the other
    round: equal negation, no opposite words, no differing numbers, the same order around "than". A thread gathers round
    the claim that has most companions; all its points share three or more stems, and an episode has one point in it.
    """
    claims = list(_claims(digests))
    holders: dict[str, list[int]] = defaultdict(list)
    for index, claim in enumerate(claims):
        for held in claim.stems:
            holders[held].append(index)
    weight = {
        held: math.log(1 + len(claims) / len(indexes)) * (_FILLER_WEIGHT if filler(held) else 1)
        for held, indexes in holders.items()
    }
    near = _neighbours(claims, holders, weight)
    order = sorted(near, key=lambda index: (-len({claims[other].digest.ref for _, other in near[index]}), index))
    used: set[int] = set()
    found: list[Thread] = []
    for seed in order:
        if len(found) == MOST_THREADS:
            break
        if seed in used:
            continue
        members, common = _gathered(seed, near[seed], claims, used)
        if len(members) > 1:
            used.update(members)
            points = tuple(_point(claims[index]) for index in sorted(members))
            found.append(Thread(_title(claims[seed].point, common), points))
    return tuple(sorted(found, key=lambda thread: -len(thread.points)))


def _claims(digests: Sequence[Digest]) -> Iterable[_Claim]:
    seen: set[EpisodeRef] = set()
    for digest in digests:
        if digest.ref in seen:
            continue
        seen.add(digest.ref)
        # What we chose or a model drafted is not the show's point.
        for group in digest.insights if digest.insights_by is Origin.SHOW else ():
            for claim in group.claims:
                if english(claim.text, digest.language or _guess(digest)):
                    yield _Claim(digest, attributed(group, claim), _point_of(claim.text))


def _point_of(text: str) -> str:
    """The text before its first aside; all of it where too little stands before."""
    for aside in _ASIDE.finditer(text):
        if len([*tokens(text[: aside.start()])]) >= _LEAST_WORDS:
            return text[: aside.start()]
    return text


def _guess(digest: Digest) -> str | None:
    """A claim alone is too short to tell its language by; with the rest of the digest it is not."""
    lines = [digest.hook, *digest.summary, *(claim for group in digest.insights for claim in group.claims)]
    return "en" if english(" ".join(line.text for line in lines if line), None) else "und"


def _neighbours(
    claims: Sequence[_Claim], holders: dict[str, list[int]], weight: dict[str, float]
) -> dict[int, list[tuple[float, int]]]:
    """For each claim the claims of other episodes that make the same point, with their cosine."""
    norms = [math.sqrt(sum(weight[held] ** 2 for held in claim.stems)) for claim in claims]
    near: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for index, claim in enumerate(claims):
        rare = sorted(filter(_telling, claim.stems), key=lambda held: (len(holders[held]), held))[:_RAREST]
        met = Counter(other for held in rare if len(holders[held]) <= _HOLDERS for other in holders[held])
        for other, times in met.items():
            mate = claims[other]
            if times < _MET or mate.digest.ref.episode == claim.digest.ref.episode:
                continue
            shared = claim.stems.keys() & mate.stems.keys()
            if not _enough(shared):
                continue
            cosine = sum(weight[held] ** 2 for held in sorted(shared)) / (norms[index] * norms[other])
            least = _COSINE_IN_ORDER if _in_order(claim, mate) else _COSINE
            if cosine >= least and _agree(claim, mate):
                near[index].append((cosine, other))
    return near


def _enough(shared: Set[str]) -> bool:
    return len(shared) >= _SHARED and sum(map(_telling, shared)) >= _TELLING


def _telling(held: str) -> bool:
    return not filler(held)


def _agree(one: _Claim, other: _Claim) -> bool:
    """Whether nothing shows that the two say opposite things."""
    if one.negated != other.negated or (one.numbers and other.numbers and one.numbers != other.numbers):
        return False
    for a, b in _OPPOSITES:
        if (a in one.plain) != (a in other.plain) and (b in one.plain) != (b in other.plain):
            return False
    return not ("than" in one.plain or "than" in other.plain) or _in_order(one, other)


def _in_order(one: _Claim, other: _Claim) -> bool:
    """Whether both say the words they share in the same order."""
    shared = one.stems.keys() & other.stems.keys()
    return [held for held in one.stems if held in shared] == [held for held in other.stems if held in shared]


def _gathered(
    seed: int, near: list[tuple[float, int]], claims: Sequence[_Claim], used: set[int]
) -> tuple[list[int], frozenset[str]]:
    """The seed and its companions, nearest first, one for each episode, as long as all share enough stems."""
    members, common = [seed], frozenset(claims[seed].stems)
    episodes = {claims[seed].digest.ref.episode}
    for _, other in sorted(near, key=lambda pair: (-pair[0], pair[1])):
        together = common & claims[other].stems.keys()
        if other in used or claims[other].digest.ref.episode in episodes or not _enough(together):
            continue
        if not all(_agree(claims[member], claims[other]) for member in members):
            continue
        members.append(other)
        episodes.add(claims[other].digest.ref.episode)
        common = together
        if len(members) == MOST_POINTS:
            break
    return members, common


def _title(point: str, common: frozenset[str]) -> str:
    """The shared words as the first claim has them, in its order: those that stand together, else each.

    No verb of ours joins them, so that a heading asserts nothing.
    """
    chunks: list[tuple[int, int, int]] = []
    seen: set[str] = set()
    for begin, stop in tokens(point):
        held = content_stem(point[begin:stop])
        if held is None or held not in common or held in seen:
            continue
        seen.add(held)
        if chunks and set(point[chunks[-1][1] : begin].casefold().split()) <= _BETWEEN:
            chunks[-1] = (chunks[-1][0], stop, chunks[-1][2] + 1)
        else:
            chunks.append((begin, stop, 1))
    together = [chunk for chunk in chunks if chunk[2] > 1]
    title = ""
    for begin, stop, _ in together or chunks:
        longer = f"{title}, {point[begin:stop]}" if title else point[begin:stop]
        if title and len(longer) > _TITLE:
            break
        title = longer
    return title[:1].upper() + title[1:]


def _point(claim: _Claim) -> Point:
    return Point(claim.digest.ref, claim.digest.show, claim.digest.headline.text, claim.line)
