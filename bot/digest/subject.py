"""An edition's subject and preheader: honest, short, and never a quotation cut in two."""

from __future__ import annotations

from collections.abc import Sequence

from bot.digest.condense import key
from bot.digest.fitting import fitted
from bot.digest.lines import unmarked
from bot.digest.phrases import Phrases
from bot.digest.rules import Rule
from bot.model.digest import Digest, Edition, Origin
from bot.model.provenance import Line, Provenance
from bot.text import graphemes

# What an inbox shows of a subject on a phone, and of the line beside it.
SUBJECT = 60
PREHEADER_LEAST = 40
PREHEADER = 110
_LEAST_TITLE = 20
_JOINT = " · "


def subject(lead: Digest, *, others: int, phrases: Phrases) -> Line:
    """The lead's headline in at most 60 graphemes, and how many more episodes there are if that fits too."""
    headline = lead.headline
    if (cut := plain_subject(lead)) != headline.text:
        return Line(cut, Rule.SUBJECT_CUT, headline.sources)
    more = headline.text + phrases.more.format(n=others)
    # "Why? and 3 more": behind a closing mark the count does not read.
    if others and headline.text[-1].isalnum() and len(graphemes(more)) <= SUBJECT:
        return Line(more, Rule.SUBJECT_MORE, headline.sources)
    return headline


def plain_subject(digest: Digest) -> str:
    """What announces a mail in which `digest` comes first, where nothing is known of how many follow."""
    headline = digest.headline.text
    return fitted(headline, SUBJECT) if len(graphemes(headline)) > SUBJECT else headline


def alternatives(edition: Edition, phrases: Phrases) -> tuple[str, ...]:
    """Other subjects that an edition could have, none of them its own: its top headlines, and hooks that are short."""
    others = len(edition.digests) - 1
    top = dict.fromkeys((edition.lead, *edition.top))
    found = [subject(each, others=others, phrases=phrases).text for each in top]
    found += [each.hook.text for each in top if each.hook and len(graphemes(each.hook.text)) <= SUBJECT]
    return tuple(each for each in dict.fromkeys(found) if each != edition.subject.text)


def preheader(
    subject: Line, ordered: Sequence[Digest], *, title: str, number: int, minutes: int, phrases: Phrases
) -> Line:
    """What an inbox shows after the subject, 40 to 110 graphemes, saying none of it again.

    `ordered` are the edition's digests, the lead first. The other headlines come first, then the lead's hook and
    summary, as many whole ones as fit, and at the least how many episodes the number holds.
    """
    lead = ordered[0]
    said = {key(subject.text), key(lead.headline.text)}
    candidates = [digest.headline for digest in ordered[1:]]
    prefix = f"{phrases.also} " if candidates else ""
    candidates += [lead.hook] if lead.hook else []
    # Nothing that needs its mark of origin: an inbox shows the words alone.
    summary = lead.summary if lead.summary_by in (Origin.SHOW, Origin.NOTES) else ()
    text, sources = _joined(prefix, [*candidates, *summary], said)
    if len(graphemes(text)) < PREHEADER_LEAST:
        wording = phrases.count_one if len(ordered) == 1 else phrases.count_many
        room = PREHEADER - len(wording)
        named = fitted(unmarked(title, None), max(_LEAST_TITLE, room))
        count = wording.format(title=named, n=number, count=len(ordered), minutes=minutes)
        text = fitted(f"{text}{_JOINT}{count}" if text else count, PREHEADER)
    return Line(text, Rule.PREHEADER, sources)


def _joined(prefix: str, candidates: Sequence[Line], said: set[str]) -> tuple[str, tuple[Provenance, ...]]:
    """As many candidates as fit whole, or the first one cut where none does."""
    parts: list[str] = []
    sources: tuple[Provenance, ...] = ()
    length = len(graphemes(prefix))
    for line in candidates:
        if key(line.text) in said:
            continue
        said.add(key(line.text))
        joint = len(_JOINT) if parts else 0
        room = PREHEADER - length - joint
        if len(graphemes(line.text)) > room and (length >= PREHEADER_LEAST or room < PREHEADER_LEAST):
            break
        parts.append(fitted(line.text, room))
        sources += line.sources
        length += joint + len(graphemes(parts[-1]))
    return (prefix + _JOINT.join(parts), sources) if parts else ("", ())
