"""Content words of English prose: tokens, stop words and stems, for finding what texts share."""

from __future__ import annotations

import regex


def word_set(listed: str) -> frozenset[str]:
    """The words of a list that is written out in the source, parted by white space."""
    return frozenset(listed.split())


_TOKEN = regex.compile(r"[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}]|['’&-](?=[\p{L}\p{N}])|\.(?=\p{N}))*+")
_POSSESSIVE = regex.compile(r"['’]s?$")
STOP_WORDS = word_set("""
    a about above across actually after again against ago all almost alone along already also although always am
    among an and another any anybody anyone anything anywhere are aren't around as at away back be became
    because become becomes been before behind being below beneath beside besides better between beyond both but
    by came can can't cannot come comes could couldn't did didn't do does doesn't doing don't done down during
    each either else enough especially etc even ever every everybody everyone everything everywhere far few
    fewer for former from further furthermore get gets getting give given gives go goes going gone got had
    hadn't hardly has hasn't have haven't having he he's hence her here hers herself him himself his how however
    i i'm if in indeed inside instead into is isn't it it's its itself just keep kept least less let let's like
    likely made mainly make makes making many may maybe me meanwhile might mine more moreover most mostly much
    must mustn't my myself nearly need needs neither never nevertheless next no nobody none nonetheless nor not
    nothing now nowhere of off often on once one ones only onto or other others otherwise ought our ours
    ourselves out outside over part per perhaps put quite rather really same seem seems several shall she
    she's should shouldn't since so some somebody someone something sometimes somewhat somewhere soon still such
    take taken takes than that that's the their theirs them themselves then thence there there's thereby
    therefore these they they're this those though through throughout thus to today together too
    toward towards under unless until up upon us use used uses using very via was wasn't way ways we we're well
    went were weren't what what's whatever when whenever where whereas wherever whether which whichever while
    who whoever whole whom whose why will with within without won't would wouldn't yes yet you you're your yours
    yourself yourselves
""")
# Words that fill claims about anything and show nothing shared.
_FILLER = word_set("""
    thing able ability addition approach area aspect author become believe benefit case challenge claim company create
    crucial current currently different difficult discussion discuss effect effective effectively emphasize
    ensure episode essential example explain fact factor focus fundamental fundamentally future good great guest
    help high highlight host idea impact important importance improve include increase increasingly individual
    issue key large lead level long major mean modern necessary new note number old opportunity organization
    overall particular particularly people person place play podcast point possible potential potentially
    problem process provide reason recent remain require result role say show significant significantly simply
    situation small speaker specific strong suggest support system talk term think time tool transcript
    understand understanding value various view want week work world year argue assert contend state first
    second third last many numerous two three real rapid rapidly inevitably necessarily
""")
# Common words that are not common words of another language too.
_ENGLISH = word_set("the and that with from how are this by be which their has have was can cannot than why what")


def english(text: str, language: str | None) -> bool:
    """Whether the rules that know English may be used on `text`: by its language tag, else by its common words."""
    if language:
        return language.replace("_", "-").split("-")[0].casefold() in ("en", "eng")
    sample = [word.casefold() for word in regex.findall(r"\p{L}+", text[:2000])]
    common = [word for word in sample if word in _ENGLISH]
    return len(set(common)) > 1 and len(common) >= 0.08 * len(sample)


def tokens(text: str) -> list[tuple[int, int]]:
    """The spans of the words of `text`, hyphenated ones whole."""
    return [match.span() for match in _TOKEN.finditer(text)]


def content_stem(word: str) -> str | None:
    """The stem under which `word` is counted, or None for a stop word or a single letter."""
    plain = word.casefold().replace("’", "'")
    if plain in STOP_WORDS:
        return None
    plain = _POSSESSIVE.sub("", plain)
    return stem(plain) if len(plain) > 1 and plain not in STOP_WORDS else None


def filler(stemmed: str) -> bool:
    """Whether a stem fills claims about anything ("important", "company") and alone shows nothing shared."""
    return stemmed in _FILLER_STEMS


def stem(word: str) -> str:
    """`word` (lower case) without the endings of number and tense.

    Steps 1 and 5b of M. F. Porter, "An algorithm for suffix stripping", Program 14 (1980): plurals, -ed, -ing, final y.
    The later steps, which take "organization" to "organ", are left out on purpose: a false match costs more here.
    """
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    word = _tense(_plural(word))
    if word.endswith("y") and _vowel(word[:-1]):
        word = word[:-1] + "i"
    if word.endswith("ll") and _measure(word[:-1]) > 1:
        word = word[:-1]
    return word.removesuffix("e") if _measure(word.removesuffix("e")) > 1 else word


def _plural(word: str) -> str:
    if word.endswith(("sses", "ies")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _tense(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for ending in ("ed", "ing"):
        base = word.removesuffix(ending)
        if base == word or not _vowel(base):
            continue
        if base.endswith(("at", "bl", "iz")):
            return base + "e"
        if len(base) > 1 and base[-1] == base[-2] and base[-1] not in "lsz":
            return base[:-1]
        return base + "e" if _measure(base) == 1 and _short(base) else base
    return word


def _vowel(base: str) -> bool:
    return any(letter in "aeiouy" for letter in base)


def _measure(base: str) -> int:
    """How often a run of vowels is followed by a run of consonants: the m of Porter's paper."""
    shape = "".join("v" if letter in "aeiouy" else "c" for letter in base)
    return len(regex.findall(r"v+c+", shape))


def _short(base: str) -> bool:
    """Consonant, vowel, consonant at the end, the last not w, x or y."""
    if len(base) < 3:
        return False
    first, middle, last = (letter in "aeiou" for letter in base[-3:])
    return not first and (middle or base[-2] == "y") and not last and base[-1] not in "wxy"


_FILLER_STEMS = frozenset(stem(word) for word in _FILLER)
