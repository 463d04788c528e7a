"""What was put right after it had gone out, as readers of the archive see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.model.archive import Note
from bot.model.states import Act
from bot.store.archive import Correction
from bot.store.archive_notes import ArchiveNote


def notes(corrections: Iterable[Correction], on_editions: Iterable[ArchiveNote]) -> tuple[Note, ...]:
    """Each note once, however many channels it ran on, in the order in which they came. Those on editions stand here
    alone, until they are taken back."""
    found: dict[str, Note] = {}
    for each in corrections:
        known = found.get(each.note)
        taken_back = each.act is Act.DELETE or (known is not None and known.taken_back)
        found[each.note] = Note(each.note, min(each.at, known.at) if known else each.at, taken_back)
    for note in on_editions:
        if note.taken_back_at is None:
            known = found.get(note.text)
            found[note.text] = replace(known, at=min(note.at, known.at)) if known else Note(note.text, note.at, False)
    return tuple(sorted(found.values(), key=lambda note: (note.at, note.text)))
