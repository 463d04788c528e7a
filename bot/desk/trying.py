"""What is being typed, before it is saved: how long it is, and how it will look, by the code that sends."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, make_response, render_template

from bot import review
from bot.desk import sources
from bot.desk.fields import fields_of, typed
from bot.desk.frames import framed, framed_words, words_of
from bot.desk.sessions import Desk, told
from bot.drafting.payload import thaw
from bot.errors import Refused
from bot.model.editor import Right
from bot.model.publication import Kind, Post
from bot.platforms.composing import fault_of
from bot.platforms.preview import preview
from bot.render.markup import markdown
from bot.store import drafts
from bot.store.database import Db
from bot.store.drafts import Draft


def pages(desk: Desk) -> Blueprint:
    """What a form asks while somebody writes in it. Nothing is kept."""
    blueprint = Blueprint("trying", __name__)

    @blueprint.post("/drafts/<int:number>/count")
    @desk.needs(Right.EDIT)
    def count(number: int) -> Response:
        return _counted(desk, number)

    @blueprint.post("/drafts/<int:number>/try")
    @desk.needs(Right.EDIT)
    def tried(number: int) -> Response:
        return _tried(desk, number)

    return blueprint


def _counted(desk: Desk, number: int) -> Response:
    """How long a text is that is being typed, and what it will look like: by the sender's own code."""
    with desk.house.store.read() as db:
        draft = drafts.get(db, number)
        if draft.kind is Kind.EDITION:
            return _measured(desk, db, draft)
        shown = thaw(drafts.revision(db, draft).payload)
        platform = desk.house.channels.get(draft.channel)
        if not isinstance(shown, Post) or platform is None:
            return told(404, "Nothing to count", "This draft is no post of a channel that is configured.")
        written, changed = typed(fields_of(db, draft))
        wrong = fault_of(platform, shown)
        if changed:
            shown, wrong = _written(desk, db, draft, shown, changed, written.get("text", shown.text))
    answer = make_response(
        render_template("desk/shown.html", draft=draft, preview=preview(platform, shown), wrong=wrong)
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _written(
    desk: Desk, db: Db, draft: Draft, before: Post, changed: dict[str, str], text: str
) -> tuple[Post, str | None]:
    """A post with what is being typed in it, and why it could not be saved like this, the words of the quote too."""
    try:
        return review.rewritten(desk.house, db, draft, changed), None
    except Refused as error:
        return replace(before, text=text[: review.LONGEST_FIELD].strip()), str(error)


def _measured(desk: Desk, db: Db, draft: Draft) -> Response:
    """How long an edition is with what is being typed in it, and the editor's Markdown as it will stand."""
    written, changed = typed(fields_of(db, draft))
    fault, made = "", None
    try:
        made, _ = review.tried(desk.house, db, draft, changed)
    except Refused as error:
        fault = str(error)
    own = [(name, text) for name, text in written.items() if name == "opener" or name.startswith("note:")]
    answer = make_response(
        render_template(
            "desk/measured.html",
            fault=fault,
            words=words_of(made.mail.text) if made else 0,
            minutes=made.edition.reading_minutes if made else 0,
            size=len(made.mail.html.encode()) if made else 0,
            written=[
                (name, markdown(text)) for name, text in own if text.strip() and len(text) <= review.LONGEST_FIELD
            ],
        )
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _tried(desk: Desk, number: int) -> Response:
    """An edition with what is being typed in it, for the frame. Nothing is kept."""
    with desk.house.store.read() as db:
        draft = drafts.get(db, number)
        if draft.kind is not Kind.EDITION:
            return told(404, "No mail", "This draft is a post.")
        _, changed = typed(fields_of(db, draft))
        try:
            made, _ = review.tried(desk.house, db, draft, changed)
        except Refused as error:
            return framed_words(str(error), 409)
    links = sources.linking(made.edition, number) if sources.wanted() else None
    return framed(made.mail, desk.house.config.web.public, links)
