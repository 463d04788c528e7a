"""Drafts: what waits, each whole, its revisions, its history, and what editors say of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field

from bot.desk.api.operations import Call, operation
from bot.desk.api.problems import invalid
from bot.desk.api.shapes import Asked, Given, Name, Number, Sent, Words
from bot.desk.api.shown import DraftListed, DraftWhole, LineShown, MailShown, PostShown, content_of, whole
from bot.desk.words import changes, shortened
from bot.drafting.payload import thaw
from bot.model.editor import Right
from bot.model.publication import Kind
from bot.model.scope import Scope
from bot.model.states import DraftState
from bot.store import drafts, editors, events


class Drafts(Given):
    """Drafts in the order of their numbers."""

    items: list[DraftListed]
    next: Annotated[int | None, Field(description="Give it as `after` for the following ones; null at the end.")]


class DraftsAsked(Asked):
    state: Annotated[
        tuple[DraftState, ...], Field(description="Only in these states; may be given several times.")
    ] = ()
    kind: Kind | None = None
    channel: Name | None = None
    newsletter: Name | None = None
    episode: Annotated[Number | None, Field(description="Only posts of this episode.")] = None
    after: Annotated[Number | None, Field(description="The `next` of the page before.")] = None
    limit: Annotated[Number, Field(le=200)] = 50


@operation("GET", "/drafts", scope=Scope.DRAFTS_READ)
def list_drafts(call: Call, query: DraftsAsked) -> Drafts:
    """List drafts, filtered.

    They come by number, which does not change while you page: what is rescheduled meanwhile is neither missed nor
    given twice.
    """
    with call.house.store.read() as db:
        found = drafts.numbered(
            db,
            after=query.after or 0,
            limit=query.limit + 1,
            states=query.state,
            kind=query.kind,
            channel=query.channel,
            newsletter=query.newsletter,
            episode=query.episode,
        )
    items = [DraftListed.model_validate(each) for each in found[: query.limit]]
    return Drafts(items=items, next=items[-1].id if len(found) > query.limit else None)


@operation("GET", "/drafts/<int:number>", scope=Scope.DRAFTS_READ)
def read_draft(call: Call, number: int) -> DraftWhole:
    """Read a draft as it stands: content, quotations, checks, counters, approvals.

    Its ETag is the SHA-256 of the content. Name it in If-Match when you edit, and in `hash` when you approve.
    """
    with call.house.store.read() as db:
        return whole(call, db, drafts.get(db, number))


class VersionShown(Given):
    number: int
    hash: str
    made_by: str
    made_at: AwareDatetime
    note: str


class Versions(Given):
    items: list[VersionShown]


@operation("GET", "/drafts/<int:number>/revisions", scope=Scope.DRAFTS_READ)
def list_revisions(call: Call, number: int) -> Versions:
    """List every revision of a draft, oldest first."""
    with call.house.store.read() as db:
        found = drafts.versions(db, drafts.get(db, number))
    return Versions(items=[VersionShown.model_validate(each) for each in found])


class DifferencePart(Given):
    """A stretch of the text that stayed ("same"), is new ("in") or is gone ("out"). Long ones that stayed are cut."""

    kind: Annotated[str, Field(examples=["in"])]
    text: str


class RevisionShown(VersionShown):
    """An earlier content, and what the present one has different."""

    content: Annotated[PostShown | MailShown, Field(discriminator="format")]
    to_present: list[DifferencePart]


@operation("GET", "/drafts/<int:number>/revisions/<int:revision>", scope=Scope.DRAFTS_READ)
def read_revision(call: Call, number: int, revision: int) -> RevisionShown:
    """Read one revision of a draft, with the difference from it to the present one."""
    with call.house.store.read() as db:
        draft = drafts.get(db, number)
        wanted, present = drafts.revision(db, draft, revision), drafts.revision(db, draft)
    before, now = thaw(wanted.payload), thaw(present.payload)
    parts = [DifferencePart.model_validate(each) for each in shortened(changes(before, now))]
    return RevisionShown(
        number=wanted.number,
        hash=wanted.hash,
        made_by=wanted.made_by,
        made_at=wanted.made_at,
        note=wanted.note,
        content=content_of(before),
        to_present=parts,
    )


class History(Given):
    items: list[LineShown]


@operation("GET", "/drafts/<int:number>/history", scope=Scope.DRAFTS_READ)
def read_history(call: Call, number: int) -> History:
    """Read who did what with a draft, and when, oldest first."""
    with call.house.store.read() as db:
        drafts.get(db, number)
        found = events.of(db, f"draft:{number}")
    return History(items=[LineShown.model_validate(each) for each in found])


class CommentShown(Given):
    revision: int
    actor: str
    text: str
    at: AwareDatetime


class Comments(Given):
    items: list[CommentShown]


class Comment(Sent):
    """Something for the other editors."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "Is the number in the second line right?"}]})
    text: Words


@operation("GET", "/drafts/<int:number>/comments", scope=Scope.DRAFTS_READ)
def list_comments(call: Call, number: int) -> Comments:
    """List what editors said to each other about a draft. None of it is ever published."""
    with call.house.store.read() as db:
        drafts.get(db, number)
        found = editors.remarks(db, number)
    return Comments(items=[CommentShown.model_validate(each) for each in found])


@operation("POST", "/drafts/<int:number>/comments", scope=Scope.DRAFTS_WRITE, right=Right.COMMENT, status=201)
def comment_draft(call: Call, number: int, body: Comment) -> CommentShown:
    """Say something to the other editors. The same words twice in a row, of one revision, are said once."""
    text = body.text.strip()
    if not text:
        raise invalid([("text", "There is nothing to say in this.")])
    with call.house.store.write() as db:
        draft = drafts.get(db, number, keep_others_off=True)
        last = next(reversed(editors.remarks(db, number)), None)
        if last is None or (last.actor, last.revision, last.text) != (call.actor, draft.revision, text):
            editors.remark(db, draft=number, revision=draft.revision, actor=call.actor, text=text, at=call.now)
        return CommentShown.model_validate(editors.remarks(db, number)[-1])


OPERATIONS = (list_drafts, read_draft, list_revisions, read_revision, read_history, list_comments, comment_draft)
