"""Says in words how an episode differs from what it was: what an editor reads when a source changed after approval."""

from __future__ import annotations

import difflib
import re

from bot.model.episode import Episode

_LONGEST = 160
_MOST = 4
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")


def differences(old: Episode, new: Episode) -> tuple[str, ...]:
    """Each field that readers see and that has changed, with the words before and after; () where none has."""
    found = [
        f"{name} was “{_short(before)}”, now “{_short(after)}”"
        for name, before, after in (
            ("the title", old.title, new.title),
            ("the show", old.show or "", new.show or ""),
            ("the link", old.url or "", new.url or ""),
            ("the date", _day(old), _day(new)),
        )
        if before != after
    ]
    for name, before, after in (
        ("the blurb", old.blurb, new.blurb),
        ("the summary", old.summary, new.summary),
        ("the insights", "\n".join(old.insights), "\n".join(new.insights)),
        ("the topics", "\n".join(old.topics), "\n".join(new.topics)),
        ("the transcript", _said(old), _said(new)),
    ):
        found += _changed_sentences(name, before, after)
    return tuple(found)


def _changed_sentences(name: str, before: str, after: str) -> list[str]:
    if before == after:
        return []
    if not before or not after:
        return [f"{name} {'is gone' if before else 'is there now'}"]
    old, new = _SENTENCE.split(before), _SENTENCE.split(after)
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False) if len(old) + len(new) < 2_000 else None
    if matcher is None:
        gone, come = [s for s in old if s not in set(new)], [s for s in new if s not in set(old)]
        return [f"{name}: {len(gone)} sentences are gone and {len(come)} are new"] if gone or come else []
    found = []
    for tag, a, b, c, d in matcher.get_opcodes():
        left, right = _short(" ".join(old[a:b])), _short(" ".join(new[c:d]))
        match tag:
            case "replace":
                found.append(f"{name}: “{left}” became “{right}”")
            case "delete":
                found.append(f"{name}: without “{left}”")
            case "insert":
                found.append(f"{name}: new is “{right}”")
            case _:
                pass
    more = len(found) - _MOST
    return [*found[:_MOST], *([f"{name}: {more} more changes"] if more > 0 else [])]


def _said(episode: Episode) -> str:
    return episode.transcript.text if episode.transcript else ""


def _day(episode: Episode) -> str:
    return episode.published.date().isoformat() if episode.published else ""


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"
