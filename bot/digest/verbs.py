"""Verbs of attribution in English and what each commits its speaker to: the table that grouping of claims obeys.

Only words may enter: how bullets are read and grouped is `bot.digest.attribution`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """Which verbs may stand for one another in a shared attribution.

    Verbs of ASSERTION may share one line, and so may verbs of OBSERVATION; where both kinds meet, the line says "says".
    A verb of STANCE (a belief, a hedge, a warning, a forecast) shares a line only with itself. A verb AGAINST its
    claim (denies, rejects, doubts) is never parted from it.
    """

    ASSERTION = "assertion"
    OBSERVATION = "observation"
    STANCE = "stance"
    AGAINST = "against"


@dataclass(frozen=True)
class Verb:
    """One form of a verb: `lemma`, and `form` 0 for "they argue", 1 for "she argues", 2 for "argued".

    `strength` orders the verbs of one kind, the weakest first.
    """

    lemma: str
    kind: Kind
    form: int
    strength: int


# Weakest first, each as "they …", "she …", "… (past)". "Says" is the verb that reporters' style guides call neutral.
_TABLE: dict[Kind, str] = {
    Kind.ASSERTION: """
        say says said; state states stated; argue argues argued; contend contends contended;
        claim claims claimed; assert asserts asserted; maintain maintains maintained; affirm affirms affirmed;
        declare declares declared; insist insists insisted""",
    Kind.OBSERVATION: """
        mention mentions mentioned; remark remarks remarked; note notes noted; observe observes observed;
        explain explains explained; point_out points_out pointed_out; highlight highlights highlighted;
        underline underlines underlined; underscore underscores underscored; emphasize emphasizes emphasized;
        emphasise emphasises emphasised; stress stresses stressed""",
    Kind.STANCE: """
        suggest suggests suggested; imply implies implied; indicate indicates indicated; hint hints hinted;
        speculate speculates speculated; propose proposes proposed; suspect suspects suspected;
        think thinks thought; feel feels felt; believe believes believed; hope hopes hoped; fear fears feared;
        worry worries worried; expect expects expected; predict predicts predicted; warn warns warned;
        caution cautions cautioned; admit admits admitted; concede concedes conceded;
        acknowledge acknowledges acknowledged; recognize recognizes recognized; recognise recognises recognised;
        agree agrees agreed; conclude concludes concluded; recommend recommends recommended;
        advise advises advised; urge urges urged; advocate advocates advocated; recall recalls recalled;
        report reports reported; reveal reveals revealed; show shows showed; demonstrate demonstrates demonstrated;
        discuss discusses discussed; describe describes described; explore explores explored;
        outline outlines outlined; share shares shared; add adds added""",
    Kind.AGAINST: """
        deny denies denied; reject rejects rejected; question questions questioned; doubt doubts doubted;
        dispute disputes disputed; refute refutes refuted; dismiss dismisses dismissed;
        challenge challenges challenged; contest contests contested; criticize criticizes criticized;
        criticise criticises criticised; oppose opposes opposed; disagree disagrees disagreed""",
}


def _forms() -> dict[str, Verb]:
    found: dict[str, Verb] = {}
    for kind, rows in _TABLE.items():
        for strength, row in enumerate(rows.split(";")):
            forms = row.replace("_", "\0").split()
            for form, word in enumerate(forms):
                found[word.replace("\0", " ")] = Verb(forms[0].replace("\0", " "), kind, form, strength)
    return found


VERBS: dict[str, Verb] = _forms()
SAYS: tuple[str, str, str] = ("say", "says", "said")


def shared(spoken: list[str]) -> str | None:
    """The one verb that may stand for all of `spoken`, or None where none may.

    One verb: itself. Several of one kind, among assertions or observations: the weakest of those used. Assertions and
    observations together: "says". Everything else, and verbs of different tense or number: None.
    """
    verbs = [VERBS[word] for word in spoken]
    kinds = {verb.kind for verb in verbs}
    if Kind.AGAINST in kinds or len({verb.form for verb in verbs}) != 1:
        return None
    if len(set(spoken)) == 1:
        return spoken[0]
    if Kind.STANCE in kinds:
        return None
    if len(kinds) > 1:
        return SAYS[verbs[0].form]
    return min(zip(verbs, spoken, strict=True), key=lambda pair: pair[0].strength)[1]
