"""What stands together in a list: the drafts of one episode or edition, and lines of history that say the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.model.publication import Kind
from bot.store.drafts import Draft
from bot.store.events import Event


@dataclass(frozen=True)
class Heap:
    """Drafts about one thing, in their order; `title` is that of the first."""

    title: str
    drafts: tuple[Draft, ...]


@dataclass(frozen=True)
class Told:
    """Lines of history of one actor that say the same of several subjects, the newest first."""

    event: Event
    subjects: tuple[str, ...]


def heaped(drafts: Iterable[Draft]) -> list[Heap]:
    """Drafts together with the others of their episode, or with the edition that they announce. Pure."""
    found: dict[tuple[str, int], list[Draft]] = {}
    for each in drafts:
        found.setdefault(_about(each), []).append(each)
    return [Heap(each[0].title, tuple(each)) for each in found.values()]


def told_once(events: Sequence[Event]) -> list[Told]:
    """History without its echo: what one actor did to many in a row is one line. Pure."""
    found = []
    for _, group in groupby(events, key=_said):
        lines = list(group)
        found.append(Told(lines[0], tuple(dict.fromkeys(each.subject for each in lines))))
    return found


def _about(draft: Draft) -> tuple[str, int]:
    if draft.kind is Kind.EDITION:
        return "edition", draft.id
    if draft.after_id is not None:
        return "edition", draft.after_id
    return ("episode", draft.episode_id) if draft.episode_id is not None else ("draft", draft.id)


def _said(event: Event) -> tuple[str, str, str, str]:
    """What makes two lines the same. From which file an episode was read does not part them."""
    kind = event.subject.partition(":")[0]
    return event.actor, event.what, "" if kind == "episode" else event.detail, kind
