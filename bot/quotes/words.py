"""Closed classes of English words that tell how a line is said, and the cutting of a line into words."""

from __future__ import annotations

import regex

_TOKEN = regex.compile(r"[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}]+)*")


def tokens(text: str) -> list[str]:
    """The words of `text` in lower case, with straight apostrophes."""
    return _TOKEN.findall(text.lower().replace("’", "'"))


def word_set(words: str) -> frozenset[str]:
    """The words of a list written as one text."""
    return frozenset(words.split())


CLASSES: dict[str, frozenset[str]] = {
    "you": word_set("you your yours yourself yourselves you're you've you'll you'd"),
    "i": word_set("i me my mine myself i'm i've i'll i'd"),
    "we": word_set("we us our ours ourselves we're we've we'll we'd let's"),
    "they": word_set(
        "he him his she her hers they them their theirs he's she's they're they've they'd he'd she'd they'll"
    ),
    "it": word_set("it its it's it'll it'd"),
    "this": word_set("this that these those that's this'll that'll"),
    "indefinite": word_set("a an"),
    "the": word_set("the"),
    "must": word_set("must should need needs needed ought has have to"),
    "can": word_set("can could able"),
    "will": word_set("will would won't wouldn't gonna going"),
    "negation": word_set(
        "not no never none nobody nothing neither nor nowhere without don't doesn't didn't isn't aren't wasn't weren't "
        "can't cannot couldn't won't wouldn't shouldn't haven't hasn't hadn't ain't"
    ),
    "absolute": word_set(
        "always never every everything everyone everybody all only most best worst nothing nobody entire entirely "
        "absolutely completely totally forever ever must none"
    ),
    "negative": word_set(
        "bad worst worse fail fails failed failing failure wrong mistake mistakes problem problems hard difficult pain "
        "painful hurt fear afraid scared scary hate lose losing lost loss die dying dead death kill killed "
        "broken break "
        "stupid terrible awful horrible crazy danger dangerous risk risky waste stuck trap lie lies suffer suffering "
        "war enemy evil crisis struggle worry sad angry shame guilt impossible weak poor sick sucks crap damn hell "
        "destroy destroyed cruel lonely alone burn"
    ),
    "polite": word_set(
        "love loved great thank thanks awesome amazing cool nice wonderful appreciate glad happy welcome excited "
        "interesting fascinating fantastic excellent perfect sure please congrats beautiful incredible fun"
    ),
    "is": word_set("is are isn't aren't be being"),
    "was": word_set(
        "was were had did didn't wasn't weren't went said came got took made thought told started saw knew"
    ),
    "wh": word_set("what how why when where who which whatever whenever whoever"),
    "if": word_set("if unless whether suppose imagine"),
    "contrast": word_set("but instead rather yet although though however whereas versus than despite"),
    "because": word_set("because therefore since hence thus cause reason means so"),
    "hedge": word_set(
        "think guess maybe perhaps probably kind sort kinda sorta basically actually literally somewhat seems seem "
        "pretty quite bit feel might"
    ),
    "filler": word_set("um uh er erm hmm like yeah yep okay ok oh wow ah mm uhm hey alright"),
    "said": word_set("said says say told tells asked asks wrote writes called calls talked mentioned explained"),
    "people": word_set(
        "people person everyone everybody anyone anybody someone somebody man men woman women human humans"
    ),
    "life": word_set(
        "life world time day years future truth power money work love success fear happiness freedom change idea ideas "
        "mind heart story history god"
    ),
    "intensifier": word_set("very really so extremely incredibly deeply super truly just even"),
    "superlative": word_set(
        "most best biggest greatest hardest worst easiest highest largest least first last fastest"
    ),
    "comparative": word_set(
        "more less better bigger worse harder easier faster higher lower than greater smaller rather"
    ),
    "verb_do": word_set(
        "make build create learn start stop give take get find keep let try help think know see want change grow move "
        "win lose choose decide become"
    ),
    "generic_thing": word_set("thing things something anything everything stuff way ways point part"),
    "time_now": word_set("today yesterday tomorrow week month year ago last next later now recently currently"),
    "number_word": word_set(
        "one two three four five six seven eight nine ten hundred thousand million billion percent half double zero"
    ),
    "list": word_set("first second third number secondly finally next then also another"),
    "show": word_set(
        "podcast episode listeners listener subscribe sponsor sponsors newsletter link links conversation chat guest "
        "interview questions question audience show website"
    ),
    "preposition": word_set("of in on at by for with from into about through over after before between under"),
}

COMMON = word_set(
    "the of and a to in is you that it he was for on are as with his they i at be this have from or one had by word "
    "but not what all were we when your can said there use an each which she do how their if will up other about out "
    "many then them these so some her would make like him into time has look two more write go see number no way could "
    "people my than first been call who its now find long down day did get come made may part know just think really "
    "want going things thing something lot good got because right very kind don't it's that's i'm they're you're we're "
    "didn't there's well also where even most back much any take over work does here through why should only every "
    "need our us let those being before after own same too around feel say different trying still actually start "
    "always never great new big little life world better help years able mean maybe talk give put point off ask last"
)
# What an episode's content words are counted without.
FUNCTION = word_set(
    "the of and a to in is you that it he was for on are as with his they i at be this have from or one had by but not "
    "what all were we when your can said there an each which she do how their if will up other about out many then "
    "them these so some her would make like him into has two more go see no way could people my than been who its now "
    "find did get come made may part know just think really want going things thing something lot good got because "
    "right very kind don't it's that's i'm they're you're we're didn't there's well also where even most back much any "
    "take over does here through why should only every need our us let those being before after own same too around "
    "feel say different trying still actually start always never great new big little mean maybe talk give put point "
    "off ask last yeah okay oh um uh like i've you've we've i'd i'll can't doesn't isn't wasn't he's she's what's "
    "let's gonna me him am"
)
GREETINGS = word_set(
    "hi hello hey welcome thanks thank goodbye bye yeah yep yes no okay ok oh wow sure right exactly absolutely"
)
CONJUNCTIONS = word_set("and but so because or yet then")
# An opening word that points back to something said before.
POINTING = word_set(
    "it it's it'll it'd its this that that's these those they they're they've they'll they'd their them he he's he'd "
    "he'll his him she she's she'd she'll her such"
)
IMPERATIVES = word_set(
    "be do don't never always stop start make take give get go let keep try find ask think remember forget look listen "
    "build learn focus choose trust believe work write say tell hire don't figure put use embrace avoid follow"
)
