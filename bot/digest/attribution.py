"""Key insights with their attribution kept but said once: nobody's claim becomes a fact.

Knows English only; in any other language, and wherever a bullet is not plainly "<somebody> <says> that <claim>", the
source's own sentence stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import regex

from bot.digest.lines import Field, capitalised, line
from bot.digest.prose import sentences
from bot.digest.rules import Rule
from bot.digest.verbs import VERBS, shared
from bot.digest.words import STOP_WORDS, word_set
from bot.model.digest import Claims
from bot.model.provenance import Line

_ROLE = (
    r"(?:co-?hosts?|hosts?|guests?|speakers?|authors?|interviewe(?:es?|rs?)|panell?ists?|moderators?|presenters?|narrators?|"
    r"founders?|co-?founders?|CEO|CTO|researchers?|experts?|analysts?|economists?|professors?|scientists?|engineers?|"
    r"investors?|journalists?|podcast(?:ers?)?|episode|discussion|conversation|transcript|show|interview|video|talk|panel|"
    r"pair|duo|team|company)"
)
_NAME = r"(?:\p{Lu}[\p{L}\p{M}\p{N}'’.-]*+|(?:de|del|della|da|dos|van|von|der|den|bin|ibn|al|la|le)(?=\s))"
_SUBJECT = (
    rf"(?P<role>(?:[Tt]he\s+|[Bb]oth\s+|(?=\p{{Lu}}))(?i:{_ROLE})(?:\s+(?i:{_ROLE}))?(?:\s+and\s+(?:the\s+|their\s+)?(?i:{_ROLE}))?)"
    r"|(?P<pronoun>He|She|They|We)"
    rf"|(?P<name>(?=\p{{Lu}}){_NAME}(?:\s+(?:(?:and|&)\s+)?{_NAME}){{0,6}})"
)
_VERB = "|".join(regex.escape(form).replace(r"\ ", r"\s+") for form in sorted(VERBS, key=len, reverse=True))
_SPOKEN = regex.compile(
    rf"\s*+(?P<subject>{_SUBJECT})\s+(?P<phrase>(?:(?:also|further|additionally|moreover)\s+)?(?P<verb>{_VERB}))(?=\s)"
    r"(?:\s+that\s+(?=\S))?"
)
_PREPOSED = regex.compile(r"\s*+(?P<frame>According\s+to\s+(?P<whom>[^,.;:!?\"“]{1,80}?)),\s+(?=\S)")
_IMPERSONAL = regex.compile(
    r"\s*+(?P<frame>It\s+(?:is|was)\s+(?:also\s+)?(?P<verb>argued|claimed|said|suggested|noted|believed|reported|expected))"
    r"\s+that\s+(?=\S)"
)
_PARTICIPLES = r"|".join(
    sorted(regex.escape(verb.lemma.split()[0].removesuffix("e")) + "ing" for verb in set(VERBS.values()))
)
# A second statement whose speaker stands only in the frame: parted from it, nobody would say it.
_SECOND = regex.compile(
    rf"(?:\b(?:and|but|or|yet|while|though|although|before|then)|,)\s+(?:(?:\w+ly|also|then|even|further)\s+)?(?:{_VERB})\b"
    rf"|;|\b(?:and|but|or|nor|yet),?\s+that\b|\b(?:{_PARTICIPLES})\s+(?:that|how|why|whether)\b|,\s+(?:\w+ly\s+)?(?:{_PARTICIPLES})\b"
    r"|\b(?:but|yet|while|and)\s+(?:does|did|do|is|was|has|had)\s+not\b",
    regex.IGNORECASE,
)
# "Will" and "May" are given names; with a verb in its third person they are nothing else.
_NO_NAMES = (STOP_WORDS - {"will", "may"}) | word_set("""
    rarely seldom scarcely barely suppose supposing provided assuming except lest despite unlike whatever
""")
# How often one run of bullets may name its speaker before only the name is shared.
_NAMED = 2


@dataclass(frozen=True)
class _Bullet:
    """One insight as read. `subject` keys who speaks, "" where nobody is named.

    `said` spans subject and verb, `named` the subject alone; `verb` and `phrase`, where the verb phrase begins, are
    None for a frame without a speaker's verb ("According to …"). `claim` is where the claim begins, None where it may
    not be parted from its frame.
    """

    field: Field
    begin: int
    stop: int
    subject: str = ""
    verb: str | None = None
    named: tuple[int, int] = (0, 0)
    said: tuple[int, int] = (0, 0)
    phrase: int | None = None
    claim: int | None = None


def grouped(insights: Iterable[Field], *, english: bool, language: str | None) -> tuple[Claims, ...]:
    """The insights in the source's order; neighbours with one speaker share a line of attribution where that is honest.

    Two or more neighbours whose verbs may stand for one another (`bot.digest.verbs`) read as "The speaker argues:" and
    their claims. Where that would still name the speaker more than twice, "The speaker:" is shared and each bullet
    keeps its own verb. All others stand as they are, without attribution of their own.
    """
    bullets = [_read(field, english=english, language=language) for field in insights if field.text.strip()]
    found: list[Claims] = []
    for subject, run in groupby(bullets, key=lambda bullet: bullet.subject):
        for claims in _run(list(run)) if subject else [Claims(None, tuple(_plain(bullet) for bullet in run))]:
            if claims.attribution is None and found and found[-1].attribution is None:
                found[-1] = Claims(None, found[-1].claims + claims.claims)
            else:
                found.append(claims)
    return tuple(found)


def attributed(claims: Claims, claim: Line) -> Line:
    """One of `claims` as a sentence that can stand alone, with whoever said it: for every place outside its group."""
    frame = claims.attribution
    if frame is None:
        return claim
    text = f"{frame.text} {claim.text}"
    if frame.rule == Rule.SUBJECT_SHARED:
        text = f"{frame.text.removesuffix(':')} {claim.text[:1].lower()}{claim.text[1:]}"
    fields = {source.field for source in claim.sources}
    said = tuple(source for source in frame.sources if source.field in fields)
    return Line(text, Rule.ATTRIBUTED_CLAIM, said + claim.sources)


def _read(field: Field, *, english: bool, language: str | None) -> _Bullet:
    text = field.text
    begin, stop = len(text) - len(text.lstrip()), len(text.rstrip())
    plain = _Bullet(field, begin, stop)
    if not english:
        return plain
    whole = len(sentences(text, language=language)) == 1
    for pattern in (_PREPOSED, _IMPERSONAL):
        framed = pattern.match(text)
        if framed and whole and _claims_something(text, framed.end()):
            key = " ".join(framed["frame"].casefold().split())
            return _Bullet(field, begin, stop, subject=key, said=framed.span("frame"), claim=framed.end())
    spoken = _SPOKEN.match(text)
    if spoken is None or not _a_name(spoken):
        return plain
    verb = " ".join(spoken["verb"].split())
    that = bool(regex.search(r"\sthat\s+$", text[spoken.end("verb") : spoken.end()]))
    free = whole and that and shared([verb]) is not None and _claims_something(text, spoken.end())
    return _Bullet(
        field,
        begin,
        stop,
        subject=" ".join(spoken["subject"].casefold().split()),
        verb=verb,
        named=spoken.span("subject"),
        said=(spoken.start("subject"), spoken.end("verb")),
        phrase=spoken.start("phrase"),
        claim=spoken.end() if free else None,
    )


def _claims_something(text: str, begin: int) -> bool:
    """Whether there is a claim from `begin` on, and only one."""
    return regex.search(r"\w", text, pos=begin) is not None and _SECOND.search(text, begin) is None


def _a_name(spoken: regex.Match[str]) -> bool:
    """Roles and pronouns speak; capitalised words do where none of them is a common word ("Nobody", "When")."""
    name = spoken["name"] or ""
    return not any(word[0].isupper() and word.casefold() in _NO_NAMES for word in name.split())


def _run(run: list[_Bullet]) -> list[Claims]:
    """Neighbours with one speaker."""
    parts = _parts(run)
    if len(parts) > _NAMED and all(bullet.phrase is not None for bullet in run):
        return [_named(run)]
    return [_attributed(part) if len(part) > 1 else Claims(None, (_plain(part[0]),)) for part in parts]


def _parts(run: list[_Bullet]) -> list[list[_Bullet]]:
    """The run cut into the longest stretches that one verb may stand for; a bullet that may not be parted is alone."""
    parts: list[list[_Bullet]] = []
    for bullet in run:
        last = parts[-1] if parts else []
        if last and bullet.claim is not None and last[-1].claim is not None and _verb([*last, bullet]) is not None:
            last.append(bullet)
        else:
            parts.append([bullet])
    return parts


def _verb(bullets: list[_Bullet]) -> str | None:
    """The verb that may stand for all; "" for frames that have none to choose ("According to …")."""
    spoken = [bullet.verb for bullet in bullets if bullet.verb is not None]
    return shared(spoken) if spoken else ""


def _attributed(part: list[_Bullet]) -> Claims:
    """ "The speaker argues:" and the claims."""
    first, verb = part[0], _verb(part)
    frame = f"{line(first.field, *first.named).text} {verb}" if verb else line(first.field, *first.said).text
    same = len({bullet.verb for bullet in part}) == 1
    rule = Rule.ATTRIBUTION_SHARED if same else Rule.ATTRIBUTION_WEAKEST
    sources = tuple(bullet.field.span(*bullet.said) for bullet in part)
    claims = tuple(capitalised(line(bullet.field, bullet.claim or bullet.begin, bullet.stop)) for bullet in part)
    return Claims(Line(f"{frame}:", rule, sources), claims)


def _named(run: list[_Bullet]) -> Claims:
    """ "The speaker:" and each bullet from its verb on."""
    who = line(run[0].field, *run[0].named).text
    sources = tuple(bullet.field.span(*bullet.named) for bullet in run)
    claims = tuple(capitalised(line(bullet.field, bullet.phrase or bullet.begin, bullet.stop)) for bullet in run)
    return Claims(Line(f"{who}:", Rule.SUBJECT_SHARED, sources), claims)


def _plain(bullet: _Bullet) -> Line:
    return line(bullet.field, bullet.begin, bullet.stop)
