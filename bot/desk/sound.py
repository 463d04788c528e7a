"""The sound of an episode as an editor hears it: the file beside its page, else where its show keeps it."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, send_file

from bot.desk.sessions import Desk, told
from bot.model.editor import Right
from bot.model.episode import Enclosure, Episode
from bot.model.provenance import EpisodeRef
from bot.prepare.clips import beside
from bot.store import episodes
from bot.store.database import Db


def pages(desk: Desk) -> Blueprint:
    """The files themselves, in pieces: a player asks for the part that it plays."""
    blueprint = Blueprint("sound", __name__)

    @blueprint.get("/episodes/<int:number>/sound")
    @desk.needs(Right.READ)
    def sound(number: int) -> Response:
        with desk.house.store.read() as db:
            file = beside(episodes.locator_of(db, number))
        if file is None:
            return told(404, "No sound", f"No audio file lies beside the page of episode {number}.")
        return send_file(file.resolve(), conditional=True)

    return blueprint


def with_own_sound(db: Db, ref: EpisodeRef, episode: Episode) -> Episode:
    """The episode with the file beside its page as its audio, where there is one: it is nearer than the enclosure."""
    if beside(episodes.locator_of(db, ref.episode)) is None:
        return episode
    return replace(episode, audio=Enclosure(f"/episodes/{ref.episode}/sound"))


def playable(url: str | None) -> str | None:
    """An address that a page of ours may play; None for one that is neither ours nor over TLS."""
    return url if url is not None and url.startswith(("https://", "/episodes/")) else None
