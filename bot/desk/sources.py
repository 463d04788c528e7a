"""Where a sentence of an edition comes from: what is shown beside the frame in which somebody clicks it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, g, make_response, render_template, request

from bot.desk.fields import numbered
from bot.desk.frames import OPENS, VIEWS, Linking, view
from bot.desk.policy import with_sound
from bot.desk.sessions import Desk, ours, page, told
from bot.desk.sound import with_own_sound
from bot.desk.words import When, when
from bot.drafting import trace
from bot.drafting.around import Around, around
from bot.drafting.sentences import EDITOR, Sentence, printed
from bot.errors import Refused
from bot.model.digest import Edition
from bot.model.editor import Right
from bot.model.episode import Episode
from bot.model.provenance import EpisodeRef
from bot.render.linked import TEMPLATE, Said, blocks
from bot.render.markup import markdown
from bot.store import drafts, episodes
from bot.store.codec import decode
from bot.store.database import Db
from bot.store.drafts import Draft, Revision, Version


@dataclass(frozen=True)
class Shown:
    """A sentence beside its source. `sentence` is None for words of the template, or where nothing has that key.

    `lock` is "exact", "trimmed" or "false" for a quotation, else ""; `fault` says why it is false. `writer` is the
    revision in which an editor last wrote the field, `written` when. `at` counts from 1 among `total` sentences.
    """

    key: str
    sentence: Sentence | None = None
    places: tuple[Around, ...] = ()
    lock: str = ""
    fault: str = ""
    writer: Version | None = None
    written: When | None = None
    at: int = 0
    total: int = 0
    before: str = ""
    after: str = ""

    @property
    def of_template(self) -> bool:
        return self.key == TEMPLATE

    @property
    def by_editor(self) -> bool:
        return self.sentence is not None and self.sentence.rule == EDITOR


def pages(desk: Desk) -> Blueprint:
    """One source after another: beside a frame, as a page's own script asks for them, or as pages (`whole=yes`)."""
    blueprint = Blueprint("sources", __name__)

    @blueprint.get("/drafts/<int:number>/source")
    @desk.needs(Right.READ)
    def source(number: int) -> Response:
        try:
            with desk.house.store.read() as db:
                draft = drafts.get(db, number)
                content = drafts.revision(db, draft, numbered(request.args.get("revision", "")))
                found = shown_of(desk, db, draft, content, request.args.get("of", ""))
        except Refused as error:
            return told(404, "No such draft", str(error))
        whole = request.args.get("whole") == "yes"
        names: dict[str, Any] = {"draft": draft, "revision": content.number, "source": found, "whole": whole}
        if whole:
            return with_sound(page("source_page.html", **names))
        answer = make_response(render_template("desk/source.html", **names))
        answer.headers["Cache-Control"] = "no-store"
        return with_sound(answer)

    return blueprint


def first_of(content: Revision) -> str:
    """The key of the first sentence of an edition that stands in its frame; "" where nothing can be followed."""
    if not content.basis:
        return ""
    return next((each.key for each in sentences_of(content) if each.place not in ("subject", "preheader")), "")


def sentences_of(content: Revision) -> tuple[Sentence, ...]:
    return _printed(decode(Edition, content.basis)) if content.basis else ()


def linking(edition: Edition, number: int) -> Linking:
    """The links for the frame of a draft's page, as this request wants them.

    `links=here` leaves the page where it is and only names the sentence behind its `#`: its script does the rest.
    `links=beside` opens the source as a page beside this one: what is typed here stays, without any script.
    """
    lines = [Said(each.key, each.text) for each in _printed(edition)]
    if request.args.get("links") == "here":
        here = ours(request.args.get("here", "").partition("#")[0])
        page_around = here if here.startswith(f"/drafts/{number}") else f"/drafts/{number}"

        return Linking(lines, lambda key: f"{page_around}#from-{key}")
    revision = numbered(request.args.get("revision", ""))
    at = {"revision": revision} if revision else {}
    return Linking(
        lines,
        lambda key: f"/drafts/{number}/source?{urlencode({**at, 'of': key, 'whole': 'yes'})}",
        into="_blank",
        may=OPENS,
    )


def wanted() -> bool:
    """Whether this request is for a mail with links in it."""
    return request.args.get("links") in ("here", "beside") and request.args.get("as") != "text"


def plain() -> bool:
    """Whether the very bytes were asked for, without any link."""
    return request.args.get("links") == "none" or view() in ("text", "inbox") or view() not in VIEWS


def shown_of(desk: Desk, db: Db, draft: Draft, content: Revision, key: str) -> Shown:
    """What is shown for a key: a sentence of this revision with its source, or what can be said without one."""
    sentences = sentences_of(content)
    order = list(dict.fromkeys(each.key for each in sentences))
    found = next((each for each in sentences if each.key == key), None)
    if found is None:
        return Shown(key, total=len(order))
    at = order.index(key)
    shown = Shown(
        key,
        found,
        at=at + 1,
        total=len(order),
        before=order[at - 1] if at else "",
        after=order[at + 1] if at + 1 < len(order) else "",
    )
    if found.rule == EDITOR:
        writer = _writer(db, draft, found.field)
        written = when(writer.made_at, g.editor.zone, desk.now()) if writer else None
        return replace(shown, writer=writer, written=written)
    known: dict[EpisodeRef, Episode] = {
        each.ref: with_own_sound(db, each.ref, episodes.load(db, each.ref)) for each in found.sources
    }
    places = tuple(place for each in found.sources if (place := around(known[each.ref], each)) is not None)
    lock, fault = "", ""
    if found.quote is not None and found.ref is not None:
        traced = trace.quoted(found.ref, found.quote, known.get(found.ref))
        lock, fault = traced.lock, traced.fault
    return replace(shown, places=places, lock=lock, fault=fault)


def _printed(edition: Edition) -> tuple[Sentence, ...]:
    return printed(edition, lambda text: blocks(str(markdown(text))))


def _writer(db: Db, draft: Draft, field: str) -> Version | None:
    """The newest revision in which somebody wrote a field."""
    mark = "edited: "
    for each in reversed(drafts.versions(db, draft)):
        if each.note.startswith(mark) and field in each.note.removeprefix(mark).split(", "):
            return each
    return None
