"""The names of the rules that may make a line; each is explained with an example in docs/digest-rules.md."""

from __future__ import annotations

from enum import StrEnum


class Rule(StrEnum):
    """What was done to the source's words. A line bears one name: the strongest change that was made to it."""

    VERBATIM = "verbatim"
    FOLDED = "folded"
    CLAIM = "claim"
    HASHTAGS_DROPPED = "hashtags-dropped"
    MARKS_DROPPED = "marks-dropped"
    HEADLINE_CUT = "headline-cut"
    UNTITLED = "untitled"
    ATTRIBUTION_SHARED = "attribution-shared"
    ATTRIBUTION_WEAKEST = "attribution-weakest"
    SUBJECT_SHARED = "subject-shared"
    ATTRIBUTED_CLAIM = "attributed-claim"
    SUBJECT_MORE = "subject-more"
    SUBJECT_CUT = "subject-cut"
    PREHEADER = "preheader"
    NOTES = "from-notes"
    SPOKEN = "spoken"
    SPEAKER = "speaker"
    CHECKED = "llm, checked"
