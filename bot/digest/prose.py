"""Written prose into sentences with character spans, in any script; speech is split in `bot.quotes`."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from bot.digest.words import word_set

# A run of marks that may end a sentence, and the closing marks that still belong to it.
_STOP = regex.compile(
    r"(?P<mark>[.!?…‥‼⁇⁈⁉。！？｡．؟۔।॥።፧፨။។]++)(?P<close>[\"'”’»›)\]}」』）】》〉]*+)(?P<gap>\s*+)"
    r"|(?P<paragraph>[^\S\n]*+\n[^\S\n]*+\n\s*+)"
)
_WIDE = frozenset("。！？｡．")
# What a sentence that follows a full stop may begin with: no lower-case letter, and no mark that continues.
_BEGINS = regex.compile(r"[\p{Lu}\p{Lt}\p{Lo}\p{Lm}\p{N}\"'“”„‘«»‹(\[{「『（【《〈¿¡#@€$£\-–—•*\p{So}]")
_TOKEN_REACH = 24
_TOKEN = regex.compile(r"[\p{L}\p{M}\p{N}.’'-]+$")
# A quotation or a bracket is not torn apart, as long as it closes within this many characters.
_ENCLOSED_REACH = 400
_ENCLOSED = regex.compile(
    rf"“[^“”]{{1,{_ENCLOSED_REACH}}}+”"
    rf"|„[^„“”]{{1,{_ENCLOSED_REACH}}}+[“”]"
    rf"|«[^«»]{{1,{_ENCLOSED_REACH}}}+»"
    rf"|「[^「」]{{1,{_ENCLOSED_REACH}}}+」"
    rf"|『[^『』]{{1,{_ENCLOSED_REACH}}}+』"
    rf"|(?<![\w\"])\"(?=\S)[^\"]{{1,{_ENCLOSED_REACH}}}+\"(?![\w\"])"
    rf"|\([^()]{{1,{_ENCLOSED_REACH}}}+\)"
)
# Abbreviations that always have something after them, and those that may close a sentence. English, German, French,
# Spanish, Italian, Dutch and Portuguese ones stand together: as whole tokens before a full stop they do not collide.
_LEADING = word_set("""
    mr mrs ms mx dr drs prof rev fr hon gen col maj capt lt sgt cpl gov sen rep pres st mt vs v cf e.g i.e eg ie
    viz ca approx fig figs no nos nr vol pp p ch sec art ed eds al dept messrs mme mlle sr.a sra srta dña hr
    fr.au hrn frl bzw z.b zb d.h u.a u.u z.t s.o s.u vgl bspw evtl ggf inkl sog usf p.ex p.ej ej núm pág av dott
    sig sig.ra ing avv dhr mevr bijv o.a m.a.w exmo
""")
_CLOSING = word_set("""
    etc inc ltd co corp bros llc plc gmbh jr sr esq ph.d phd m.d b.a m.a a.m p.m am pm u.s u.k u.n e.u d.c a.d
    b.c usw bv nv s.a jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun
""")
_STARTERS = word_set("""
    a after all also although an and as at because before both but by despite even every finally for from he her
    here his how however i if in instead it its many meanwhile moreover most my no nor not now on once one or
    other our she since so some that the their then there these they this those though thus to today under until
    we what when where whether which while who why with yet you your der die das ein eine er sie es wir ich und
    aber le la les un une il elle el los las una
""")
_ORDINAL_LANGUAGES = frozenset(
    {"de", "da", "nb", "nn", "no", "fi", "et", "is", "cs", "sk", "sl", "hr", "hu", "pl", "lv"}
)


@dataclass(frozen=True)
class Span:
    """Characters `begin` to `stop`, half-open; white space at neither end."""

    begin: int
    stop: int


def sentences(text: str, *, language: str | None) -> tuple[Span, ...]:
    """The sentences of `text`, in order; between two of them, and at the ends, there is only white space.

    `language` is a BCP 47 tag or None; only ordinals ("am 3. Mai") depend on it. A blank line ends a sentence. Takes
    time in proportion to the text.
    """
    ordinals = language is not None and language.split("-")[0].casefold() in _ORDINAL_LANGUAGES
    enclosed = [match.span() for match in _ENCLOSED.finditer(text)]
    found: list[Span] = []
    begin, inside = len(text) - len(text.lstrip()), 0
    for match in _STOP.finditer(text, begin):
        stop = match.start() if match["paragraph"] else match.end("close")
        while inside < len(enclosed) and enclosed[inside][1] <= stop:
            inside += 1
        torn = inside < len(enclosed) and enclosed[inside][0] < stop
        if match["paragraph"] is None and (torn or not _ends(text, match, begin, ordinals=ordinals)):
            continue
        if stop > begin:
            found.append(Span(begin, stop))
        begin = match.end()
    tail = begin + len(text[begin:].rstrip())
    if tail > begin:
        found.append(Span(begin, tail))
    return tuple(found)


def _ends(text: str, stop: regex.Match[str], begin: int, *, ordinals: bool) -> bool:
    """Whether the marks that `stop` found close a sentence that began at `begin`."""
    mark, after = stop["mark"], stop.end()
    if after == len(text) or text.count("\n", stop.end("close"), after) > 1:
        return True
    if mark[-1] in _WIDE:
        # 「…。」と: what follows a Japanese closing mark without a gap carries the sentence on.
        return not stop["close"] or bool(stop["gap"])
    if not stop["gap"] or not _BEGINS.match(text, after):
        return False
    return mark != "." or bool(stop["close"]) or not _abbreviated(text, stop, begin, ordinals=ordinals)


def _abbreviated(text: str, stop: regex.Match[str], begin: int, *, ordinals: bool) -> bool:
    """Whether the one full stop that `stop` found belongs to the word before it."""
    at = stop.start()
    token = _TOKEN.search(text[max(begin, at - _TOKEN_REACH) : at])
    if token is None:
        return False
    word = token.group().casefold()
    if word.isdigit():
        return (ordinals and len(word) <= 2) or at - len(word) == begin
    if word in _LEADING:
        return True
    initial = len(word) == 1 and token.group().isupper()
    if not initial and word not in _CLOSING and not regex.fullmatch(r"(?:\p{L}\.)+\p{L}", word):
        return False
    following = regex.compile(r"[\p{L}’']+").match(text, stop.end(), stop.end() + _TOKEN_REACH)
    return following is None or following.group().casefold() not in _STARTERS
