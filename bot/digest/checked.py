"""Holds what a language model drafted against the source: a sentence whose claims cannot be found there is dropped.

What is proved: quoted words were said, every name and number occurs in the source, the language is the source's, most
words of substance are its words, nothing but plain prose stands in it. What no rule here can prove is that the sentence
means what the source means (who did it, a lost "not"): such lines are marked wherever they are printed, and a person
approves what goes out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import regex

from bot.digest import condense, measure
from bot.digest.amounts import Amount, amounts
from bot.digest.prose import sentences
from bot.digest.rules import Rule
from bot.digest.words import STOP_WORDS, content_stem, tokens, word_set
from bot.model.episode import Episode
from bot.model.provenance import EpisodeRef, Line, Provenance
from bot.quotes import lock
from bot.quotes.sentences import sentences as spoken_sentences
from bot.text import fold

MOST_SUMMARY, MOST_INSIGHTS = 3, 6
_SHORTEST, _LONGEST = 5, 45
_LONGEST_DRAFT = 1_000
# So much of a sentence's substance must be the source's own words; benchmarks/EXTRACTS.md says how it was set.
_SUPPORT = 0.6
_READ = 40_000
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
# A name does not run across the end of a clause or of a field.
_BREAK = regex.compile(r"[.!?…;:,()\"“”](?=\s|$)|\n")
_BREAK_WORD = " | "
_POSSESSIVE = regex.compile(r"['’]s?\b(?=\W|$)")
_CAPITAL = regex.compile(r"[\p{Lu}\p{Lt}]")
# "McKinsey", "iPhone", "GPT-4", "O'Neill": a word with a capital anywhere in it.
_NAMED = regex.compile(
    r"(?<![\p{L}\p{M}\p{N}])\p{Ll}{0,3}[\p{Lu}\p{Lt}][\p{L}\p{M}\p{N}]*(?:['’&.-][\p{L}\p{M}\p{N}]+)*"
)
_MARKUP = regex.compile(
    r"<\s*[a-zA-Z/!?]|&(?:#\d+|#x[0-9a-f]+|[a-z]{2,8});|\]\(|\*\*|__|`|~~|^\s*(?:[#>|*•-]|\d+[.)])\s|[{}\\]|\[\[|\$\("
)
_HIDDEN = regex.compile(r"[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}]")
_ADDRESS = regex.compile(
    r"https?:|www\.|://|\S@\S|(?<!\w)[@#]\w|\b[\w-]+\.(?:com|org|net|io|co|fm|tv|dev|app|ai|me|ly|gg|us|uk|de|info"
    r"|xyz|link|club|biz|ru|cn)\b"
    r"|\bdot (?:com|org|net|io)\b",
    regex.IGNORECASE,
)
_SINGLE = regex.compile(
    r"(?<![\p{L}\p{N}])['‘‚](?P<words>[^'‘’\n]{3,200}(?:['’](?=\p{L})[^'‘’\n]{1,200})*)['’](?![\p{L}\p{N}])"
)
_ORDERS = regex.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|prompts?|rules?|above|previous|prior)\b"
    r"|\bsystem prompt\b"
    r"|\b(?:as|i am|i['’]m) an? (?:ai|language model|assistant|llm)\b|\b(?:i|we) (?:cannot|can['’]t|am unable"
    r"|apologi[sz]e)\b"
    r"|\bhere (?:is|are) (?:the|a|your|some) (?:\w+ )?(?:summary|insights?|json)\b|\b(?:buy|order|download|donate"
    r"|vote|send|click|call)"
    r" (?:now|here|today|us|me|it)\b|\bthe (?:provided |given )?(?:transcript|text|prompt|instructions?)\b",
    regex.IGNORECASE,
)
# Words that a sentence about an episode may begin with although nobody said them.
_OPENERS = word_set("""
    guest guests host hosts speaker speakers author authors founder founders conversation discussion episode interview
    listeners panel panelists together both topics drawing according despite throughout beyond rather although
""")
_LITTLE = {
    "en": word_set(
        "the and of to is that with for are how why what was from they this his her their which it be as by"
    ),
    "de": word_set("der die das und ist nicht mit ein eine den von zu auf für dem sich wie warum auch sie wird sind"),
    "fr": word_set(
        "le la les des une est et que dans pour qui sur pas avec ce il elle du au sont par comment pourquoi"
    ),
    "es": word_set("el los las una es que por para con no del se su como más pero al lo son por qué cómo y"),
    "it": word_set("il lo gli una è che per con non del della di si come più ma sono perché anche nel alla"),
    "nl": word_set("het een van en is dat niet op te zijn met voor aan hoe waarom ook die deze wordt door"),
    "pt": word_set("o os as uma é que não com para do da em por mais como mas se são dos das ao pelo também"),
}


@dataclass(frozen=True)
class Refusal:
    """A sentence that was dropped, and why, in words."""

    text: str
    reason: str


@dataclass(frozen=True)
class Drafted:
    """What of a model's draft may be printed, each line with the places in the source that bear it out."""

    summary: tuple[Line, ...] = ()
    insights: tuple[Line, ...] = ()
    refused: tuple[Refusal, ...] = ()


def check(ref: EpisodeRef, episode: Episode, *, summary: Sequence[str], insights: Sequence[str]) -> Drafted:
    """The sentences of a draft that the episode bears out, at most 3 and 6, and all others with the reason."""
    source = _Source(ref, episode)
    refused: list[Refusal] = []
    seen = {condense.key(episode.title)}
    kept: list[tuple[Line, ...]] = []
    for draft, most in ((summary, MOST_SUMMARY), (insights, MOST_INSIGHTS)):
        lines: list[Line] = []
        for text in _split(draft, episode.language):
            reason = _fault(text, source, seen)
            if reason is None and len(lines) == most:
                reason = f"there are {most} already"
            if reason is not None:
                refused.append(Refusal(text[:_LONGEST_DRAFT], reason))
                continue
            seen.add(condense.key(text))
            lines.append(Line(text, Rule.CHECKED, source.evidence(text)))
        kept.append(tuple(lines))
    return Drafted(kept[0], kept[1], tuple(refused))


class _Source:
    """An episode as a draft is held against it."""

    def __init__(self, ref: EpisodeRef, episode: Episode) -> None:
        self.ref = ref
        self.transcript = episode.transcript
        self._fields = {"title": episode.title, "blurb": episode.blurb[:_READ], "summary": episode.summary[:_READ]}
        if episode.transcript is not None:
            self._fields["transcript"] = episode.transcript.text
        speakers = (
            {part.speaker for part in episode.transcript.segments if part.speaker} if episode.transcript else set()
        )
        named = (episode.show or "", *(person.name for person in episode.people), *sorted(speakers))
        others = (*named, *episode.insights, *episode.topics, *(chapter.title for chapter in episode.chapters))
        self._text = "\n".join((*self._fields.values(), *others))

    @cached_property
    def words(self) -> str:
        """All words in lower case, each between spaces, sentences and fields apart: what a name is looked up in."""
        return f" {_BREAK_WORD.join(_plain(part) for part in _BREAK.split(self._text))} "

    @cached_property
    def common(self) -> frozenset[str]:
        """The stems of what the source writes without a capital."""
        return _stems(" ".join(word for word in _WORD.findall(self._text) if word.islower()))

    @cached_property
    def stems(self) -> frozenset[str]:
        return _stems(self._text)

    @cached_property
    def amounts(self) -> frozenset[Amount]:
        return frozenset(amounts(self._text))

    @cached_property
    def language(self) -> str | None:
        return _language(self._text[:200_000])

    @cached_property
    def cased(self) -> bool:
        return _CAPITAL.search(self._text) is not None

    def holds(self, name: str) -> bool:
        return f" {_plain(name)} " in self.words

    def evidence(self, text: str) -> tuple[Provenance, ...]:
        """Where the quotations of `text` were said, and the sentence of the source that shares most with it."""
        found = []
        for passage in lock.quotations(text):
            span = lock.find(self.transcript, passage) if self.transcript is not None else None
            if span is not None:
                found.append(Provenance(self.ref, "transcript", *span))
        wanted, best, place = _stems(text), 0.0, None
        for field, begin, stop, stems in self._sentences:
            shared = len(wanted & stems) / (len(stems) + 5) ** 0.5
            if shared > best:
                best, place = shared, Provenance(self.ref, field, begin, stop)
        return (*found, place) if place is not None else tuple(found)

    @cached_property
    def _sentences(self) -> list[tuple[str, int, int, frozenset[str]]]:
        places = [("title", 0, len(self._fields["title"]))]
        for field in ("blurb", "summary"):
            places += [(field, span.begin, span.stop) for span in sentences(self._fields[field], language=None)]
        if self.transcript is not None:
            places += [("transcript", each.begin, each.stop) for each in spoken_sentences(self.transcript)]
        return [(field, begin, stop, _stems(self._fields[field][begin:stop])) for field, begin, stop in places]


def _split(draft: Sequence[str], language: str | None) -> Iterator[str]:
    for text in draft:
        if len(text) > _LONGEST_DRAFT:
            yield text[:_LONGEST_DRAFT] + "…"
            continue
        whole = text.strip()
        for span in sentences(whole, language=language):
            yield whole[span.begin : span.stop]


def _fault(text: str, source: _Source, seen: set[str]) -> str | None:
    """Why a sentence may not be printed, or None."""
    for search, said in (
        (_HIDDEN, "it holds control characters"),
        (_MARKUP, "it holds markup"),
        (_ADDRESS, "it holds an address"),
        (_ORDERS, "it speaks to the reader or of its orders, not of the episode"),
    ):
        if search.search(text):
            return said
    words = measure.words(text)
    if not _SHORTEST <= words <= _LONGEST:
        return f"it has {words} words; {_SHORTEST} to {_LONGEST} are printed"
    if text[-1] not in '.!?…。！？।؟”"’)»」':
        return "it does not end as a sentence"
    if condense.appeals(text):
        return "it greets or appeals"
    if condense.key(text) in seen:
        return "it says the title or another line again"
    if not source.cased:
        return "names cannot be told from other words in this script"
    spoken = _language(text)
    if spoken is not None and source.language is not None and spoken != source.language:
        return f"it is in another language ({spoken}) than the source ({source.language})"
    return _quoted(text, source) or _counted(text, source) or _named(text, source) or _supported(text, source)


def _quoted(text: str, source: _Source) -> str | None:
    passages = [
        *lock.quotations(text),
        *(match["words"] for match in _SINGLE.finditer(text) if " " in match["words"].strip()),
    ]
    for passage in passages:
        words = passage.rstrip(",.;:!?")
        if source.transcript is None or lock.find(source.transcript, words) is None:
            return f"“{fold(passage)[:80]}” was not said in the transcript"
    return None


def _counted(text: str, source: _Source) -> str | None:
    for amount in amounts(text):
        if amount not in source.amounts:
            return f"the number {amount.shown} does not occur in the source"
    return None


def _named(text: str, source: _Source) -> str | None:
    """Every run of words with capitals must stand in the source as it stands here."""
    for run in _runs(text):
        begins_sentence = not _WORD.search(text[: run[0].start()])
        names = [match.group() for match in run]
        if begins_sentence:
            first = names[0]
            whole = len(names) > 1 and source.holds(" ".join(names))
            if not whole and _ordinary(first, source):
                names = names[1:]
        if names and not source.holds(" ".join(names)):
            return f"the name '{' '.join(names)}' does not occur in the source"
    return None


def _runs(text: str) -> Iterator[list[regex.Match[str]]]:
    """Neighbouring words with capitals, parted by no more than a space."""
    run: list[regex.Match[str]] = []
    for match in _NAMED.finditer(text):
        if run and text[run[-1].end() : match.start()] != " ":
            yield run
            run = []
        run.append(match)
    if run:
        yield run


def _ordinary(word: str, source: _Source) -> bool:
    """Whether the first word of a sentence bears its capital for that alone."""
    plain = _POSSESSIVE.sub("", word).casefold()
    if any(letter.isupper() for letter in word[1:]):
        return False
    stem = content_stem(plain)
    return plain in STOP_WORDS or plain in _OPENERS or stem is None or stem in source.common


def _supported(text: str, source: _Source) -> str | None:
    wanted = _stems(text)
    found = len(wanted & source.stems)
    if not wanted or found < _SUPPORT * len(wanted):
        return f"only {found} of its {len(wanted)} words of substance occur in the source"
    return None


def support(text: str, episode: Episode) -> float:
    """The share of a sentence's words of substance that occur in an episode, 0 to 1."""
    wanted = _stems(text)
    return len(wanted & _Source(EpisodeRef(0, 0), episode).stems) / max(1, len(wanted))


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(_POSSESSIVE.sub("", text).casefold()))


def _stems(text: str) -> frozenset[str]:
    found = (content_stem(text[begin:stop]) for begin, stop in tokens(text))
    return frozenset(stem for stem in found if stem is not None)


def _language(text: str) -> str | None:
    """The language of `text` by its commonest words; None where they do not tell."""
    words = [word.casefold() for word in _WORD.findall(text)]
    counts = sorted(((sum(word in little for word in words), tag) for tag, little in _LITTLE.items()), reverse=True)
    (most, tag), (next_most, _) = counts[:2]
    return tag if most >= 2 and most > 1.5 * next_most else None
