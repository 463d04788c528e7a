"""The out-of-context alarm: why a person should read a line beside its neighbours before it is quoted."""

from __future__ import annotations

import regex

from bot.quotes.scene import Spoken

_CONDITION = regex.compile(
    r"\b(?:if|unless|in case|assuming|suppose|provided that|whether|as long as)\b", regex.IGNORECASE
)
_TURN = regex.compile(
    r"^(?:but|however|although|though|except|unless|on the other hand|that said|having said|not that|now, that"
    r"|still,|yet)\b",
    regex.IGNORECASE,
)
_DENIAL = regex.compile(
    r"^(?:(?:not|nah|false|wrong)(?=[.,!…])|(?:no|nope|not really|i disagree|that's not|that isn't|that's wrong"
    r"|i don't think so|of course not|just kidding|i'm (?:just )?(?:kidding|joking))\b)",
    regex.IGNORECASE,
)
# What turns the line beside it: "Nobody should think so.", "It is a myth that people repeat."
_NEGATED = regex.compile(
    r"\b(?:isn['’]t|not|wasn['’]t|never) (?:at all )?(?:true|right|the case|so|what i (?:mean|said|think)|how it)\b"
    r"|\b(?:don['’]t|do not|doesn['’]t|never|didn['’]t|nobody|no one) (?:really )?(?:believe|agree|buy|think|say|mean"
    r"|thinks|believes)\b"
    r"|\b(?:a|the) (?:myth|lie|fallacy|misconception)\b|\bnonsense\b|\bi disagree\b|\bthe opposite\b",
    regex.IGNORECASE,
)
_IRONY = regex.compile(
    r"\b(?:kidding|joking|sarcas\w+|ironic\w*|tongue[- ]in[- ]cheek|yeah,? right|as if|so-called|supposedly"
    r"|obviously not|quote[- ]unquote|air quotes)\b",
    regex.IGNORECASE,
)
_OTHERS = regex.compile(
    r"\b(?:some|many|most|a lot of|lots of) (?:people|folks|experts|critics) (?:say|think|believe|argue|claim"
    r"|would say|feel)|\bpeople (?:say|think|believe|claim|tell you|will say)|\bthey say\b"
    r"|\bconventional wisdom|\bthe argument (?:is|goes)|\bdevil['’]s advocate|\bone (?:could|might) (?:say|argue)"
    r"|\ballegedly\b|\brumou?r",
    regex.IGNORECASE,
)
_FORMER = regex.compile(
    r"\b(?:i|we) (?:used to|once) (?:think|believe|say|feel|assume)|\b(?:i|we) (?:thought|believed"
    r"|assumed) (?:that )?(?!about)|\bback then\b|\bat (?:the|that) time,? i\b",
    regex.IGNORECASE,
)
_IMAGINE = regex.compile(r"\b(?:imagine|pretend|let['’]s say|hypothetically|what if|say you)\b", regex.IGNORECASE)
_NOT_BEFORE = regex.compile(
    r"(?:\b(?:not|never|no|nobody|without|unless|if)|n['’]t)(?:\s+\S+){0,3}\s*$", regex.IGNORECASE
)
_LAUGH = regex.compile(r"laugh|chuckl|giggl", regex.IGNORECASE)
_STRONG = regex.compile(
    r"\b(?:f+u+c+k\w*|shit\w*|bullshit|bitch\w*|asshole\w*|dick(?:head)?s?|bastard\w*|goddamn\w*|pussy|cock"
    r"|whore\w*|slut\w*|wank\w*)\b",
    regex.IGNORECASE,
)
_MILD = regex.compile(r"\b(?:damn|hell|crap|ass|piss(?:ed)?|sucks?|screw(?:ed)?|bloody)\b", regex.IGNORECASE)
_HALF = regex.compile(r"\bbut\b|\bhowever\b|\balthough\b", regex.IGNORECASE)

# Subjects that are never picked without a person: advice that can hurt, and accusations.
_HEALTH = regex.compile(
    r"\b(?:suicid\w+|self[- ]harm\w*|overdos\w+|kill (?:myself|yourself|himself|herself)|\d+ ?(?:mg|milligrams?"
    r"|micrograms?|ml|iu)\b|(?:cures?|treats?|prevents?|heals?|causes?|reverses?) (?:\w+ ){0,2}"
    r"(?:cancer|diabetes|autism|depression|anxiety|disease|covid|alzheimer\S*|adhd|infection)|vaccin\w+"
    r"|(?:you should|stop|start|don['’]t) (?:taking|take) (?:\w+ ){0,3}(?:medication|pills?|medicine|drugs?"
    r"|antibiotics|antidepressants?|statins?|insulin|supplements?)"
    r"|(?:medication|dose|dosage|diagnos\w+|prescri\w+|chemotherapy|psychedelics?|ketamine|eating disorder"
    r"|anorexi\w+)\b)",
    regex.IGNORECASE,
)
_LAW = regex.compile(
    r"\b(?:sue (?:him|her|them|you|us)|lawsuits?|legal advice|plead(?:ed)? guilty|(?:don['’]t"
    r"|you don['’]t have to) pay (?:\w+ )?tax\w*|tax (?:evasion|loophole|shelter)s?"
    r"|it['’]s (?:not )?(?:il)?legal to|sue for|your lawyer|liab(?:le|ility))\b",
    regex.IGNORECASE,
)
_MONEY = regex.compile(
    r"\b(?:(?:buy|sell|short|hold|invest (?:in|all)|put (?:your|all your) money (?:in"
    r"|into)) (?:\w+ ){0,3}(?:stocks?|shares|bitcoin|crypto\w*|ethereum|gold|bonds|options|index funds?|etfs?"
    r"|coins?|tokens?|real estate)|guaranteed (?:returns?|profit)"
    r"|(?:your|their) (?:retirement|life) savings|401\(?k\)?|financial advice|(?:will|going to) (?:double|triple"
    r"|10x|moon)\b.{0,30}(?:money|price|stock|bitcoin)?)",
    regex.IGNORECASE,
)
_ACCUSES = regex.compile(
    r"\b(?:lied|liars?|lying|stole|steals?|stealing|thie(?:f|ves)|fraud\w*|scam\w*|corrupt\w*|crimes?|criminals?"
    r"|murder\w*|rap(?:e|ed|ist)s?|abus(?:e|ed|er|ive)|molest\w*|embezzl\w+|brib\w+|cheat(?:ed|er|ing)|con ?(?:man"
    r"|artist)|"
    r"racist|sexist|nazi|fascist|terrorist|predator|harass\w*|assault\w*|guilty|plagiari\w+|incompetent|psychopath"
    r"|sociopath|evil|war criminals?|killed|money launder\w+|cover(?:ed)? up)\b",
    regex.IGNORECASE,
)
_THIRD = regex.compile(
    r"(?<!^)(?<![.!?]\s)\b(?!I\b|I['’])\p{Lu}[\p{Ll}\p{M}]+|\b(?:he|she|he['’]s|she['’]s|him|his|her)\b"
)

HELD = "held for a person"


def held(sentence: Spoken) -> tuple[str, ...]:
    """The subjects for which no machine may choose `sentence`: each reads "held for a person: …"."""
    text, found = sentence.text, []
    if _HEALTH.search(text):
        found.append(f"{HELD}: health")
    if _LAW.search(text):
        found.append(f"{HELD}: law")
    if _MONEY.search(text):
        found.append(f"{HELD}: money advice")
    if _ACCUSES.search(text) and _THIRD.search(text):
        found.append(f"{HELD}: an accusation against somebody named")
    return tuple(found)


def alarms(
    sentence: Spoken, *, previous: Spoken | None, following: Spoken | None, events: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """What may make `sentence` mean something else in its place than by itself. `events` were heard in or beside it."""
    text, found = sentence.text, []
    if text.endswith("?"):
        found.append("it is a question")
    if previous is not None and previous.text.endswith("?"):
        found.append("it answers a question that is not quoted")
    if _CONDITION.search(text):
        found.append("it holds under a condition")
    if following is not None and _TURN.match(following.text):
        found.append("the next sentence takes something back")
    if following is not None and _DENIAL.match(following.text):
        found.append("the next sentence denies it")
    if any(s is not None and _NEGATED.search(s.text) for s in (previous, following)):
        found.append("a negation stands next to it")
    if not sentence.punctuated and previous is not None and _NOT_BEFORE.search(previous.text):
        found.append("the words right before it may negate it")
    if _TURN.match(text) or (previous is not None and previous.text.endswith(("but", "but,", "but…"))):
        found.append("it turns against the sentence before")
    if _HALF.search(text[3:]) and len(sentence.words) > 8:
        found.append("it weighs two sides: keep both")
    if any(_IRONY.search(s.text) for s in (sentence, following) if s is not None):
        found.append("it may be meant in irony")
    if _OTHERS.search(text) or (previous is not None and _OTHERS.search(previous.text)):
        found.append("it may be what other people say")
    if _FORMER.search(text) or (previous is not None and _FORMER.search(previous.text)):
        found.append("it may be a former belief")
    if _IMAGINE.search(text) or (previous is not None and _IMAGINE.search(previous.text)):
        found.append("it may be imagined")
    if any(_LAUGH.search(label) for label in events):
        found.append("there is laughter beside it")
    if _STRONG.search(text):
        found.append("strong language: bleep it")
    elif _MILD.search(text):
        found.append("mild profanity")
    if not sentence.punctuated:
        found.append("caption text without punctuation: check where it begins and ends")
    if sentence.moment is not None and sentence.moment.uncertainty > 5:
        found.append("its time is a guess")
    return tuple(found)
