"""Applies an editor's own words to an edition, and lists every quotation that it bears."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.digest import arrange
from bot.digest.subject import plain_subject
from bot.errors import Refused, WrongField
from bot.model.digest import PARTS, Digest, Edition
from bot.model.provenance import Line
from bot.model.publication import QuotedSpan, Story

_PLAIN = ("subject", "preheader", "opener")
_PER_EPISODE = ("headline", "hook", "note", "skip", "quote", "place")
_LAST = 200
# What an editor decides; all the rest are words that readers see.
_DECISIONS = ("skip:", "quote:", "place:")
# What stands beside the episodes: a part of the edition, something in it, or something in that.
_BESIDE = re.compile(rf"(?P<do>place|skip):(?P<part>{'|'.join(PARTS)})(?P<item>(?:\.[0-9a-f]{{8}}){{0,2}})")
STAY = ("lead", "groups")


def skipped(edits: Mapping[str, str]) -> dict[int, str]:
    """The episodes that an editor left out, each with the reason."""
    return {episode: reason for (field, episode), reason in _per_episode(edits).items() if field == "skip"}


def chosen(digest: Digest, edits: Mapping[str, str]) -> Digest:
    """A digest with the quote first that an editor chose for it, as long as its episode still holds it."""
    text = edits.get(f"quote:{digest.ref.episode}", "")
    first = [each for each in digest.quotes if each.text == text]
    return replace(digest, quotes=(*first, *(each for each in digest.quotes if each not in first)))


def check_quotes(edits: Mapping[str, str], digests: Sequence[Digest]) -> None:
    """Raise WrongField where a chosen quote is none of the candidates of its episode."""
    known = {digest.ref.episode: digest.quotes for digest in digests}
    for (field, episode), text in _per_episode(edits).items():
        if field == "quote" and text and all(each.text != text for each in known.get(episode, ())):
            raise WrongField(
                f"“{text}” is no quote that was picked from episode {episode}; its page shows those that were.",
                field=f"quote:{episode}",
            )


def places(edits: Mapping[str, str]) -> dict[int, int]:
    """The places that an editor gave to episodes, 1 for the lead, by episode."""
    return {episode: int(place) for (field, episode), place in _per_episode(edits).items() if field == "place"}


def wishes(edits: Mapping[str, str]) -> arrange.Wishes:
    """Where an editor wants what stands beside the episodes, and what of it they left out."""
    found = [(each, text) for name, text in edits.items() if text and (each := _BESIDE.fullmatch(name))]
    return arrange.Wishes(
        {each["part"] + each["item"]: int(text) for each, text in found if each["do"] == "place"},
        {each["part"] + each["item"]: text for each, text in found if each["do"] == "skip"},
    )


def with_places(before: Mapping[str, str], edits: Mapping[str, str]) -> dict[str, str]:
    """All edits, `edits` above `before`: what is put on the place of another moves that one down."""
    merged = {name: text for name, text in {**before, **edits}.items() if text}
    new = [name for name, text in edits.items() if name.startswith("place:") and text]
    old = sorted((int(merged[name]), name) for name in merged if name.startswith("place:") and name not in new)
    taken = {(_among(name), int(merged[name])) for name in new}
    for place, name in old:
        while (_among(name), place) in taken:
            place += 1
        taken.add((_among(name), place))
        merged[name] = str(place)
    return merged


def _among(name: str) -> str:
    """Among what a place counts: the episodes, the parts, or what stands in one of these."""
    of = name.partition(":")[2]
    return "episodes" if of.isdigit() else of.rpartition(".")[0]


def check_fields(edits: Mapping[str, str], episodes: frozenset[int]) -> None:
    """Raise WrongField for a field that an edition does not have, or an episode that does not stand in it."""
    for name, value in edits.items():
        field, _, number = name.partition(":")
        of_episode = field in _PER_EPISODE and number in {str(each) for each in episodes}
        if name in (f"skip:{each}" for each in STAY):
            raise WrongField(
                "The episodes are left out one by one: say why at the episode that is not to be printed.", field=name
            )
        if not (of_episode or name in _PLAIN or _BESIDE.fullmatch(name)):
            numbers = ", ".join(str(each) for each in sorted(episodes))
            raise WrongField(
                f"An edition has no field '{name}'. Fields are {', '.join(_PLAIN)} and, with the number of an episode "
                f"of this edition ({numbers}), {', '.join(f'{each}:N' for each in _PER_EPISODE)}; place and skip also "
                f"take a part ({', '.join(PARTS)}) or what stands in one, by its key.",
                field=name,
            )
        if "\n" in value and field not in ("opener", "note"):
            raise WrongField(f"'{name}' is one line; it may not hold a line break.", field=name)
        if not value.strip() and field in ("subject", "headline"):
            raise WrongField(f"'{name}' may not be empty.", field=name)
        if field == "place" and value and not (value.isascii() and value.isdigit() and 0 < int(value[:4]) <= _LAST):
            raise WrongField(
                f"'{name}' is a place in the edition: a number from 1, which leads, to {_LAST}.", field=name
            )


def check_items(edits: Mapping[str, str], edition: Edition) -> None:
    """Raise Refused where something is to be moved or left out that does not stand in the edition (any more)."""
    known = {*PARTS, *arrange.keys(edition), *(each.key for each in edition.left_out)}
    for name, text in edits.items():
        if text and (found := _BESIDE.fullmatch(name)) and found["part"] + found["item"] not in known:
            raise Refused(
                f"Nothing in this edition is called '{found['part']}{found['item']}': it was changed meanwhile. "
                "Open the draft again, where everything that can be moved stands with its key."
            )


def edited(edition: Edition, edits: Mapping[str, str]) -> Edition:
    """The edition with the editor's words in place of ours. Skipped episodes were left out before composing."""
    per_episode = _per_episode(edits)
    changed: dict[Digest, Digest] = {}
    for digest in edition.digests:
        headline = per_episode.get(("headline", digest.ref.episode))
        hook = per_episode.get(("hook", digest.ref.episode))
        changed[digest] = replace(
            digest,
            headline=_own(headline) if headline else digest.headline,
            hook=_own(hook) if hook else digest.hook,
        )
    return replace(
        edition,
        subject=_own(edits["subject"]) if edits.get("subject") else edition.subject,
        preheader=_own(edits["preheader"]) if edits.get("preheader") else edition.preheader,
        opener=edits.get("opener", ""),
        notes=tuple(sorted((episode, text) for (field, episode), text in per_episode.items() if field == "note")),
        top=tuple(changed[digest] for digest in edition.top),
        lead=changed[edition.lead],
        groups=tuple(
            replace(group, digests=tuple(changed[digest] for digest in group.digests)) for group in edition.groups
        ),
    )


def own_words(edits: Mapping[str, str]) -> str:
    """Everything that an editor wrote which readers will see."""
    return "\n".join(text for name, text in sorted(edits.items()) if not name.startswith(_DECISIONS))


def quoted(edition: Edition) -> tuple[QuotedSpan, ...]:
    """Every quotation that stands in an edition, once."""
    spans = [
        QuotedSpan(digest.ref, each.begin, each.stop, each.text, each.speaker, each.trims)
        for digest in edition.digests
        for each in digest.quotes[:1]
    ]
    spans += [
        QuotedSpan(each.ref, each.quote.begin, each.quote.stop, each.quote.text, each.quote.speaker, each.quote.trims)
        for each in edition.quotes
    ]
    return tuple(dict.fromkeys(spans))


def stories(edition: Edition, edits: Mapping[str, str]) -> tuple[Story, ...]:
    """The episodes of an edition by what readers choose them, those of its top first: each may come to lead a mail.

    Where an editor wrote the subject, it announces every mail that its story leads.
    """
    ordered = dict.fromkeys(digest.ref.episode for digest in (edition.lead, *edition.top, *edition.digests))
    digests = {digest.ref.episode: digest for digest in edition.digests}
    subjects = {episode: plain_subject(digests[episode]) for episode in ordered if episode in digests}
    if edits.get("subject"):
        subjects[edition.lead.ref.episode] = edition.subject.text
    return tuple(
        Story(episode, digests[episode].show or "", digests[episode].topics, words)
        for episode, words in subjects.items()
    )


def _own(text: str) -> Line:
    return Line(text.strip(), "editor", ())


def _per_episode(edits: Mapping[str, str]) -> dict[tuple[str, int], str]:
    found = {}
    for name, text in edits.items():
        field, _, number = name.partition(":")
        if number.isdigit():
            found[field, int(number)] = text
    return found
