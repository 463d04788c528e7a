"""Applies an editor's own words to an edition, and lists every quotation that it bears."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.errors import Refused
from bot.model.digest import Digest, Edition
from bot.model.provenance import Line
from bot.model.publication import QuotedSpan

_PLAIN = ("subject", "preheader", "opener")
_PER_EPISODE = ("headline", "hook", "note", "skip")


def skipped(edits: Mapping[str, str]) -> dict[int, str]:
    """The episodes that an editor left out, each with the reason."""
    return {episode: reason for (field, episode), reason in _per_episode(edits).items() if field == "skip"}


def check_fields(edits: Mapping[str, str], episodes: frozenset[int]) -> None:
    """Raise Refused for a field that an edition does not have, or an episode that does not stand in it."""
    for name, value in edits.items():
        field, _, number = name.partition(":")
        of_episode = field in _PER_EPISODE and number.isdigit() and int(number) in episodes
        if not (of_episode or name in _PLAIN):
            numbers = ", ".join(str(each) for each in sorted(episodes))
            raise Refused(
                f"An edition has no field '{name}'. Fields are {', '.join(_PLAIN)} and, with the number of an episode "
                f"of this edition ({numbers}), {', '.join(f'{each}:N' for each in _PER_EPISODE)}."
            )
        if "\n" in value and field not in ("opener", "note"):
            raise Refused(f"'{name}' is one line; it may not hold a line break.")
        if not value.strip() and field in ("subject", "headline"):
            raise Refused(f"'{name}' may not be empty.")


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
    return "\n".join(text for name, text in sorted(edits.items()) if not name.startswith("skip:"))


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


def _own(text: str) -> Line:
    return Line(text.strip(), "editor", ())


def _per_episode(edits: Mapping[str, str]) -> dict[tuple[str, int], str]:
    found = {}
    for name, text in edits.items():
        field, _, number = name.partition(":")
        if number.isdigit():
            found[field, int(number)] = text
    return found
