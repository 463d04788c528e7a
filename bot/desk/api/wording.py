"""Words that an editor writes or chooses: fields, another quote, a sentence more or less. A stale look is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from pydantic import ConfigDict, Field

from bot import review
from bot.desk.api.operations import Call, operation
from bot.desk.api.problems import Problem, of_refused
from bot.desk.api.shapes import Changed, FieldChanged, Sent, Text
from bot.desk.api.shown import DraftWhole, PreviewShown, now_whole, previewed, whole
from bot.desk.fields import fields_of
from bot.drafting.payload import thaw
from bot.errors import FalseQuote, Refused, StaleDraft, WrongField
from bot.model.publication import Post
from bot.model.scope import Scope
from bot.quotes.stretch import Edge
from bot.store import drafts
from bot.store.database import Db
from bot.store.drafts import Draft
from bot.text import fold

# The names of what can be edited; which of them a draft has stands in its "fields".
_FIELD = (
    r"^(text|alt|subject|preheader|opener|(headline|hook|note|skip|quote|place):[1-9][0-9]{0,8}"
    r"|(place|skip):(top|lead|groups|threads|quotes|also)(\.[0-9a-f]{8}){0,2})$"
)


FieldName = Annotated[str, Field(pattern=_FIELD)]


class Edit(Sent):
    """Your words by field. An empty text gives a field of an edition back to us; `skip:N` says why episode N is out."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"fields": {"subject": "Measure what you mean to change"}}]}
    )
    fields: Annotated[
        dict[FieldName, Text],
        Field(min_length=1, max_length=200, json_schema_extra={"additionalProperties": False}),
    ]


@operation("PATCH", "/drafts/<int:number>", scope=Scope.DRAFTS_WRITE, match=True)
def edit_draft(call: Call, number: int, body: Edit) -> DraftWhole:
    """Put an editor's words into a draft.

    It makes a new revision and voids an approval. A stale If-Match is answered with 412 and what was changed meanwhile,
    unless your words stand there already: then this was done, and a repetition is harmless.
    """
    typed = {name: text.replace("\r\n", "\n") for name, text in body.fields.items()}
    with call.house.store.read() as db:
        draft = drafts.get(db, number)
        present = fields_of(db, draft)
        changed = {name: text for name, text in typed.items() if text.strip() != present.get(name, "").strip()}
        if not changed:
            return whole(call, db, draft)
        _refuse_a_stale_look(call, db, draft)
    try:
        review.edit(call.house, number, changed, actor=call.actor, now=call.now, begun=draft.revision)
    except StaleDraft:
        raise _stale(call, number) from None
    except WrongField as wrong:
        raise of_refused(wrong, f"fields.{wrong.field}") from None
    except FalseQuote as false:
        bearing = [f"fields.{name}" for name, text in changed.items() if false.words and false.words in fold(text)]
        raise of_refused(false, *bearing) from None
    return now_whole(call, number)


class Typed(Sent):
    """A text as somebody types it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "Do listen to this one."}]})
    text: Text


@operation("POST", "/drafts/<int:number>/preview", scope=Scope.DRAFTS_READ)
def preview_text(call: Call, number: int, body: Typed) -> PreviewShown:
    """Count a text and show it as the platform of a post would; nothing is kept."""
    with call.house.store.read() as db:
        draft = drafts.get(db, number)
        post = thaw(drafts.revision(db, draft).payload)
    platform = call.house.channels.get(draft.channel)
    if not isinstance(post, Post) or platform is None:
        raise Refused(f"Draft {number} is no post of a channel that is configured; there is nothing to count.")
    return previewed(platform, replace(post, text=body.text.replace("\r\n", "\n").strip()))


class Take(Sent):
    """Whole sentences of the episode's newest reading, by the offsets of a candidate."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"begin": 1200, "stop": 1311}]})
    begin: Annotated[int, Field(ge=0, le=2**31 - 1)]
    stop: Annotated[int, Field(ge=1, le=2**31 - 1)]
    give_up_words: Annotated[bool, Field(description="Whether an editor's own words and media in the post may go.")] = (
        False
    )


@operation("POST", "/drafts/<int:number>/quote", scope=Scope.DRAFTS_WRITE, match=True)
def choose_quote(call: Call, number: int, body: Take) -> DraftWhole:
    """Put another line of the same episode in the place of a post's quote; the post is written anew around it."""

    def take(seen: int) -> None:
        review.take_quote(
            call.house,
            number,
            begin=body.begin,
            stop=body.stop,
            seen=seen,
            actor=call.actor,
            now=call.now,
            give_up_words=body.give_up_words,
        )

    return _requoted(call, number, take, "begin", "stop")


class Stretch(Sent):
    """Which end of the quote moves by a sentence, and to which side."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"edge": "end-later"}]})
    edge: Edge
    give_up_words: Annotated[bool, Field(description="Whether an editor's own words and media in the post may go.")] = (
        False
    )


@operation("POST", "/drafts/<int:number>/quote/stretch", scope=Scope.DRAFTS_WRITE, match=True)
def stretch_quote(call: Call, number: int, body: Stretch) -> DraftWhole:
    """Let a post's quote begin or end a sentence earlier or later, never out of what one person said."""

    def stretch(seen: int) -> None:
        review.stretch_quote(
            call.house,
            number,
            body.edge,
            seen=seen,
            actor=call.actor,
            now=call.now,
            give_up_words=body.give_up_words,
        )

    return _requoted(call, number, stretch, "edge")


def _requoted(call: Call, number: int, step: Callable[[int], None], *where: str) -> DraftWhole:
    """Take a step that gives a post another quote; what is at fault with the new one stands `where` in the body."""
    with call.house.store.read() as db:
        draft = drafts.get(db, number)
        _refuse_a_stale_look(call, db, draft)
    try:
        step(draft.revision)
    except StaleDraft:
        raise _stale(call, number) from None
    except (WrongField, FalseQuote) as wrong:
        raise of_refused(wrong, *where) from None
    return now_whole(call, number)


def _refuse_a_stale_look(call: Call, db: Db, draft: Draft) -> None:
    if drafts.revision(db, draft).hash not in call.match:
        raise _changed(call, db, draft)


def _stale(call: Call, number: int) -> Problem:
    with call.house.store.read() as db:
        return _changed(call, db, drafts.get(db, number))


def _changed(call: Call, db: Db, draft: Draft) -> Problem:
    """What is answered to somebody who looked at an earlier revision: what is different now."""
    present = drafts.revision(db, draft)
    known = next((each for each in reversed(drafts.versions(db, draft)) if each.hash in call.match), None)
    before = fields_of(db, draft, known.number) if known is not None else {}
    now = fields_of(db, draft) if known is not None else {}
    fields = [
        FieldChanged(name=name, before=before.get(name, ""), now=now.get(name, ""))
        for name in dict.fromkeys((*before, *now))
        if before.get(name, "") != now.get(name, "")
    ]
    changed = Changed(
        revision=present.number,
        hash=present.hash,
        made_by=present.made_by,
        made_at=present.made_at,
        fields=fields,
    )
    said = (
        f"Draft {draft.id} is revision {present.number} now, made by {present.made_by}: {present.note}. Look at what "
        f'changed, then send yours again with If-Match: "{present.hash}".'
    )
    return Problem("changed", said, more={"changed": changed.model_dump(mode="json")})


OPERATIONS = (edit_draft, preview_text, choose_quote, stretch_quote)
