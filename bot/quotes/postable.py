"""How likely a line could be posted as it stands: understood by somebody who knows nothing of the talk, and worth it.

The ranking says which moments of an episode are striking; a striking moment may still be said in a way that nobody
would print. A small linear model over how a line is worded and built, fitted to lines that a reader judged. It changes
no rank, only which lines are picked. Nothing that looks at a line's subject may enter.
"""

from __future__ import annotations

import math

import regex

from bot.quotes import standing, weights
from bot.quotes.ranking import score_line

_INSIDE = 1e-3

# Each is found or not; read from lines that a reader turned down, and from those that he took.
_TRAITS: dict[str, str] = {
    "somebody": r"\b(?:he|she|him|her|his|hers)\b",
    "supposes": r"\b(?:would|could|might|may|maybe|probably|perhaps)\b|['’]d\b",
    "doubts": r"\b(?:i\ don['’]t\ know|not\ sure|i\ guess|i\ suppose)\b",
    "some_of_it": r"\b(?:some|certain|different|various|other|couple|bunch|few|lots?|sometimes|often|usually"
    r"|typically)\b",
    "trails_off": r",\ (?:right|obviously|basically|honestly|actually|too|as\ well|whatever\ [\w\ ']+)[.!]?$"
    r"|\bor\ whatever|\bet\ cetera",
    "counts": r"\b(?:two|three|four|five|six|seven|eight|nine|ten|hundred|thousand|million|billion|percent|half"
    r"|years|months|weeks|days|hours|minutes)\b",
    "digits": r"\d|%|\$",
    "the_subject": r"^(?:(?:and|but|so)\ )?the\ \w+\ (?:is|are|was|were|will|would|can|has|have|had|does)\b",
    "that_of_before": r"\b(?:of|with|in|on|to|at|from|for|about|by|do|does|did|doing|like|than|and|but|is|was|after"
    r"|before|see|say|know|get|make)\ that\b(?!\ (?:you|we|i|people|they|it|the|a|your|our)\b)",
    "that_thing": r"\b(?:that|those|these)\ (?:(?:same|whole|first|exact|one)\ )?(?:kinds?|sorts?|types?|persons?"
    r"|people|things?|stuff|points?|times?|ways?|cases?|models?|systems?|places?|problems?|situations?|experiences?"
    r"|questions?|stor(?:y|ies)|teams?|compan(?:y|ies)|products?|jobs?|meetings?|groups?|parts?|ideas?|decisions?)\b",
    "this": r"\bthis\b",
    "it_begins": r"(?:^|[.!?,]\ )(?:(?:and|but|so|because|if)\ )?it\b",
    "one_of_several": r"\b(?:ones?|another|others?|both|either|neither|some|most|each)[,.]|\bthe\ one\b"
    r"|^(?:one|another|two|three|second|third)\ (?:is|was|are|of|big|thing|way)\b|^(?:first|second|third|number)\b",
    "fragment": r"^(?:where|which|whereas|not|like|especially|such|whether|than|as|with|for|from|to|through|without"
    r"|basically|rather|instead|let|takes|gets|has|hasn['’]t|had|really|just)\b",
    "begins_what": r"^(?:what|how|why|who)\b",
    "begins_in": r"^(?:in|on|at|over|under|during|by|after|before|since|until|while|once)\b",
    "begins_i": r"^i\b",
    "thinks": r"\bi\ (?:(?:just|really|always|personally)\ )?(?:think|believe|love|hate|feel)\b",
    "we": r"\bwe\b",
    "told_before": r"\b(?:i|we|he|she|they)\ (?:was|were|had|did|went|said|got|came|took|made|told|started|saw|knew"
    r"|thought|wanted|tried|ended|used|\w{3,}ed)\b",
    "says_to": r"\b(?:give|tell|show|ask|walk|let)\ (?:you|me|us|him|them)\b|\bi['’]ll\b|\bi\ wanted?\ to\b"
    r"|\bhow\ (?:i|we)\b|\byou\ said\b|\btalk(?:ing|ed)?\ about\b",
    "offers": r"\byou\ (?:can|could|would|might|may)\b|\byou['’]d\b",
    "if_first": r"^(?:(?:and|but)\ )?if\b",
    "if_you": r"\bif\ (?:you|we|people|everybody|nobody)",
    "when_first": r"^(?:(?:and|but)\ )?when\b",
    "of_all": r"^(?:(?:and|but|so|i\ think)\ )?(?:(?:most|more|many|good|great|all|very\ few)\ \w+|people|every\w*"
    r"|nobody|no\ one|none)\b",
    "commands": r"^(?:(?:so|and)\ )?(?:don['’]t|do\ not|stop|start|try|never|always|go|think|be|have|find|assume"
    r"|build)\b(?!\ get\ me)",
    "compares": r"\bthan\b",
    "doing_is": r"^\w+ing\b[^.]*\b(?:is|are|takes|means|feels|comes|does)\b",
    "begins_anew": r"(?:^|[,.]\ )(\w+(?:['’]\w+)?)\ [^,.]*,\ \1\b",
}
_TRAITS_FOUND = {name: regex.compile(pattern, regex.IGNORECASE | regex.VERBOSE) for name, pattern in _TRAITS.items()}
_SPLICE = regex.compile(r", (?:you|we|they|it|i|there|that|he|she)(?:['’]\w+)?\b", regex.IGNORECASE)
_ENDS = regex.compile(r"(?<=[.!?])\s+")
_PAUSES = regex.compile(r"[.,;:!?]\s")
_VERB = regex.compile(
    r"\b(?:is|are|am|was|were|be|been|has|have|had|do|does|did|can|could|will|would|should|must|may|might|needs?|wants?"
    r"|gets?|got|go|goes|makes?|takes?|know|think|feel|see|says?|comes?|means|works?|gives?|find|learn|start|stop|try"
    r"|keep|lose|build|love|hate|believe|helps?|happens?|becomes?|changes?|solve|hear|agree|trust|look|let|tell)\b"
    r"|['’](?:s|re|m|ll|d|ve|t)\b",
    regex.IGNORECASE,
)
# "the product" is known to who was there; "the world", "the best" and "the end of a war" to everybody.
_THE = regex.compile(
    r"\bthe (?!(?:world|future|end|time|same|best|most|only|first|fact|reality|truth|people|government|right|way|past"
    r"|present|company|internet|country|ability|idea|rest|beginning|market|public|media|problem|key|number|day|\w+est)\b)"
    r"\w+(?! (?:\w+ )?(?:of|that|who|to|you|we|i|in|for)\b)",
    regex.IGNORECASE,
)
_THEY = regex.compile(r"\b(?:they|them|their)\b", regex.IGNORECASE)
_SEVERAL = regex.compile(
    r"\b(?:people|every(?:one|body)|any(?:one|body)|some(?:one|body)|nobody|men|women|children|kids|folks|\w{3,}[^s\W]s)\b",
    regex.IGNORECASE,
)

NAMES: tuple[str, ...] = (
    "striking",
    "memorable",
    *standing.NAMES,
    *_TRAITS,
    "spliced",
    "no_verb",
    "unknown_the",
    "unknown_they",
    "two_sentences",
    "more_sentences",
    "log_words",
    "handy",
    "long",
    "shortest_clause",
)


def chance(text: str, words: int, score: float) -> float:
    """How likely an English line of so many `words` could be posted as it stands, in 0..1.

    `score` is what the ranking gave it. The chance is that of a strict reader of interviews, and calibrated on those.
    """
    model = weights.postable()
    total = model.bias + sum(
        model.features.get(name, 0.0) * value for name, value in zip(NAMES, measure(text, words, score), strict=True)
    )
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


def measure(text: str, words: int, score: float) -> list[float]:
    """The features of a line, in the order of `NAMES`."""
    sentences = _ENDS.split(text)
    they = _THEY.search(text)
    return [
        _odds(score),
        _odds(score_line(text)),
        *standing.findings(text),
        *(float(pattern.search(text) is not None) for pattern in _TRAITS_FOUND.values()),
        float(min(len(_SPLICE.findall(text)), 3)),
        float(any(not _VERB.search(each) for each in sentences)),
        float(min(len(_THE.findall(text)), 3)),
        float(they is not None and not _SEVERAL.search(text, 0, they.start())),
        float(len(sentences) == 2),
        float(len(sentences) > 2),
        math.log(max(words, 1)),
        float(10 <= words <= 22),
        float(words > 30),
        float(min(len(clause.split()) for clause in _PAUSES.split(text))),
    ]


def _odds(share: float) -> float:
    """The logarithm of the odds of a share, held away from certainty."""
    held = max(_INSIDE, min(1.0 - _INSIDE, share))
    return math.log(held / (1.0 - held))
