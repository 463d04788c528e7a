"""Who leads a conversation."""

from __future__ import annotations

from dataclasses import replace

from bot.model.episode import Episode, Person
from bot.quotes.scene import scene
from tests.quotes.talk import CONVERSATION, episode

TALK = [("Ada Holm" if speaker == "Host" else "Bo Lund", text) for speaker, text in CONVERSATION]


def told(*people: Person) -> Episode:
    return replace(episode(TALK), people=people)


def test_whoever_asks_and_greets_leads() -> None:
    assert scene(told()).hosts == {"Ada Holm"}


def test_the_source_knows_better() -> None:
    assert scene(told(Person("Bo Lund", "host"))).hosts == {"Bo Lund"}


def test_who_only_wrote_or_drew_for_it_leads_nothing() -> None:
    """A feed that names no role means a host, also where the group says that the person is not heard."""
    assert scene(told(Person("Bo Lund", "host", "visuals"))).hosts == {"Ada Holm"}
