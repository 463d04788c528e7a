"""Drafts: what waits, what one would publish byte for byte, and every step that an editor may take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from bot import agenda, review
from bot.desk.api.operations import Call, operation
from bot.desk.api.problems import Problem, invalid, of_refused
from bot.desk.api.shapes import (
    Asked,
    Changed,
    Due,
    FieldChanged,
    Given,
    Hashed,
    Name,
    Number,
    Reason,
    Sent,
    Text,
    Words,
)
from bot.desk.evidence import proven
from bot.desk.fields import fields_of
from bot.desk.words import changes, shortened
from bot.drafting.payload import thaw
from bot.errors import FalseQuote, Refused, StaleDraft, WrongField
from bot.model.editor import Right
from bot.model.publication import Kind, Mail, MediaKind, Post
from bot.model.scope import Scope
from bot.model.states import DRAFT_STEPS, Act, DeliveryState, DraftState
from bot.platforms.composing import fault_of
from bot.platforms.contract import Platform
from bot.platforms.preview import preview
from bot.preflight import Level, Rule
from bot.prepare.inspection import inspected
from bot.quotes.stretch import Edge
from bot.store import deliveries, drafts, editors, events
from bot.store.database import Db
from bot.store.drafts import Draft
from bot.text import fold

_DONE = (DraftState.PUBLISHED, DraftState.REJECTED)
# The names of what can be edited; which of them a draft has stands in its "fields".
_FIELD = (
    r"^(text|alt|subject|preheader|opener|(headline|hook|note|skip|quote|place):[1-9][0-9]{0,8}"
    r"|(place|skip):(top|lead|groups|threads|quotes|also)(\.[0-9a-f]{8}){0,2})$"
)
FieldName = Annotated[str, Field(pattern=_FIELD)]


class DraftListed(Given):
    """A draft as lists show it."""

    id: Annotated[int, Field(examples=[3])]
    kind: Kind
    channel: Annotated[str, Field(examples=["posts"])]
    newsletter: str | None
    number: Annotated[int | None, Field(description="Of an edition: which one it is.")]
    episode_id: Annotated[int | None, Field(description="Of a post: the episode that it is of.")]
    state: DraftState
    title: str
    revision: int
    due_at: Annotated[AwareDatetime | None, Field(description="When it goes out, if it is approved by then.")]
    held_reason: Annotated[str, Field(description="Why it was held, rejected or sent back.")]
    made_at: AwareDatetime
    changed_at: AwareDatetime


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


class ApprovalGiven(Given):
    """One person's approval of the present content."""

    actor: str
    at: AwareDatetime
    hash: str


class QuotationShown(Given):
    """A quotation held to the transcript: "exact", "trimmed" by named rules, or "false" with the reason."""

    text: str
    speaker: str | None
    lock: Annotated[str, Field(examples=["exact"])]
    fault: str
    trims: list[str]
    before: str
    said: str
    after: str
    moment: str | None
    listen: str | None
    episode: int
    title: str


class CountShown(Given):
    """How long a text is, by the sender's own code."""

    number: int
    maximum: int
    unit: Annotated[str, Field(examples=["graphemes"])]


class PartShown(Given):
    """One text of a post as readers will see it."""

    text: str
    counted: list[CountShown]
    cut_at: Annotated[int | None, Field(description="The character from which on it does not fit; null where it fits.")]


class PreviewShown(Given):
    """What a post looks like on its platform, and what would hold it."""

    parts: list[PartShown]
    link: str | None
    warning: str | None
    cost: str | None
    remarks: list[str]
    fault: Annotated[str | None, Field(description="Why it cannot be sent as it is; null where it can.")]


class MediumShown(Given):
    kind: MediaKind
    mime: str
    sha256: str
    size: int
    alt: str


class PostShown(Given):
    """The content of a post."""

    format: Literal["post"]
    text: Annotated[str, Field(description="All texts of it, as readers get them.")]
    link: str | None
    language: str | None
    warning: str | None
    parts: list[str]
    media: list[MediumShown]


class MailShown(Given):
    """The content of an edition: the very bytes that go out, with places for what differs from reader to reader."""

    format: Literal["mail"]
    sender: str
    subject: str
    preheader: str
    language: str | None
    html: str
    text: str


class FindingShown(Given):
    """One line of the check of an edition: what stops it ("block"), is to be looked at ("warn"), or known ("note")."""

    level: Level
    rule: Rule
    said: str
    remedy: str


class DeliveryBrief(Given):
    """A delivery of a draft."""

    id: int
    revision: int
    channel: str
    state: DeliveryState
    act: Act
    due_at: AwareDatetime
    permalink: str | None
    reason: str


class DraftWhole(DraftListed, Hashed):
    """A draft as it stands, with all that is needed to decide on it."""

    made_by: Annotated[str, Field(description="Who made this revision.")]
    note: str
    content: Annotated[PostShown | MailShown, Field(discriminator="format")]
    words: int
    bytes: Annotated[int, Field(description="Of the HTML of an edition, or the text of a post.")]
    quotes: list[QuotationShown]
    fields: Annotated[dict[str, str], Field(description="What can be edited, as it stands; empty where nothing can.")]
    findings: list[FindingShown]
    preview: PreviewShown | None
    approvals: list[ApprovalGiven]
    approvers: Annotated[int, Field(description="How many different people have to approve it.")]
    approved_by_itself_at: Annotated[AwareDatetime | None, Field(description="Unless somebody stops it before.")]
    clip_to_come: Annotated[
        Literal["wait", "go"] | None,
        Field(description="A clip is still being made of it: it waits for that, or may be approved and go before."),
    ]
    steps: Annotated[list[DraftState], Field(description="The states that may follow this one.")]
    sends: Annotated[bool, Field(description="Whether its channel sends at all, as things are configured.")]
    deliveries: list[DeliveryBrief]


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
        return _whole(call, db, drafts.get(db, number))


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
        content=_content(before),
        to_present=parts,
    )


class LineShown(Given):
    """A line of history."""

    at: AwareDatetime
    actor: str
    what: str
    detail: str


class History(Given):
    items: list[LineShown]


@operation("GET", "/drafts/<int:number>/history", scope=Scope.DRAFTS_READ)
def read_history(call: Call, number: int) -> History:
    """Read who did what with a draft, and when, oldest first."""
    with call.house.store.read() as db:
        drafts.get(db, number)
        found = events.of(db, f"draft:{number}")
    return History(items=[LineShown.model_validate(each) for each in found])


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
            return _whole(call, db, draft)
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
    return _now(call, number)


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
    return _preview(platform, replace(post, text=body.text.replace("\r\n", "\n").strip()))


class Approve(Sent):
    """Which content you looked at, by its hash or the first 8 signs of it or more."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}]}
    )
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")]
    at_once: Annotated[bool, Field(description="Send it at the next pass, not at its time.")] = False


@operation("POST", "/drafts/<int:number>/approve", scope=Scope.APPROVE)
def approve_draft(call: Call, number: int, body: Approve) -> DraftWhole:
    """Approve exactly the content that you looked at; with the last approval that it needs, its delivery is planned.

    To approve twice is the same as once. Where two people have to, two tokens of one editor are one person.
    """
    review.approve_once(call.house, number, actor=call.actor, now=call.now, seen=body.hash, at_once=body.at_once)
    return _now(call, number)


class Why(Sent):
    """The reason, which stands in the history."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "the guest asked us to wait"}]})
    reason: Reason


@operation("POST", "/drafts/<int:number>/hold", scope=Scope.DRAFTS_WRITE, right=Right.STOP)
def hold_draft(call: Call, number: int, body: Why) -> DraftWhole:
    """Stop a draft until somebody takes it up again; its approval is void."""
    review.hold(call.house, number, reason=_line(body.reason), actor=call.actor, now=call.now)
    return _now(call, number)


@operation("POST", "/drafts/<int:number>/reject", scope=Scope.DRAFTS_WRITE, right=Right.STOP)
def reject_draft(call: Call, number: int, body: Why) -> DraftWhole:
    """Decide that a draft never goes out. The episodes of a rejected edition come in the next one."""
    review.reject(call.house, number, reason=_line(body.reason), actor=call.actor, now=call.now)
    return _now(call, number)


@operation("POST", "/drafts/<int:number>/request-changes", scope=Scope.DRAFTS_WRITE, right=Right.STOP)
def request_changes(call: Call, number: int, body: Why) -> DraftWhole:
    """Send a draft back with what is to be changed."""
    review.request_changes(call.house, number, reason=_line(body.reason), actor=call.actor, now=call.now)
    return _now(call, number)


@operation("POST", "/drafts/<int:number>/reopen", scope=Scope.DRAFTS_WRITE, right=Right.STOP)
def reopen_draft(call: Call, number: int) -> DraftWhole:
    """Put a held or rejected draft, or one that was sent back, before the editors again."""
    review.reopen(call.house, number, actor=call.actor, now=call.now)
    return _now(call, number)


class When(Sent):
    """A time to come, with its offset."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"due": "2030-01-10T17:45:00+01:00"}]})
    due: Due


@operation("POST", "/drafts/<int:number>/reschedule", scope=Scope.APPROVE)
def reschedule_draft(call: Call, number: int, body: When) -> DraftWhole:
    """Give a draft another time; an approval stays, because the content is the same."""
    review.reschedule(call.house, number, due=body.due, actor=call.actor, now=call.now)
    return _now(call, number)


class SlotShown(Given):
    due: AwareDatetime
    conflicts: Annotated[list[str], Field(description="What would be wrong with it there.")]


class Slots(Given):
    items: list[SlotShown]


@operation("GET", "/drafts/<int:number>/slots", scope=Scope.DRAFTS_READ)
def list_slots(call: Call, number: int) -> Slots:
    """List the free slots that a post can be moved to, in the weeks to come."""
    with call.house.store.read() as db:
        draft = drafts.get(db, number)
        found = agenda.agenda(call.house, db, call.now)
    movable = draft.newsletter is None and draft.after_id is None and draft.state not in _DONE
    free = agenda.free_for(found, draft) if movable else ()
    return Slots(items=[SlotShown.model_validate(each) for each in free])


@operation("POST", "/drafts/<int:number>/slot", scope=Scope.APPROVE)
def move_to_slot(call: Call, number: int, body: When) -> DraftWhole:
    """Give a post the free slot of its channel at that time, and its old slot back; an approval stays."""
    review.move_to_slot(call.house, number, due=body.due, actor=call.actor, now=call.now)
    return _now(call, number)


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
    return _now(call, number)


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


def _now(call: Call, number: int) -> DraftWhole:
    with call.house.store.read() as db:
        return _whole(call, db, drafts.get(db, number))


def _whole(call: Call, db: Db, draft: Draft) -> DraftWhole:
    house, content = call.house, drafts.revision(db, draft)
    publication = thaw(content.payload)
    editing = draft.state not in _DONE
    is_mail = isinstance(publication, Mail)
    platform = house.channels.get(draft.channel)
    findings = inspected(house, db, draft, call.now) if editing and is_mail else ()
    seen = DraftListed.model_validate(draft).model_dump()
    return DraftWhole(
        **seen,
        hash=content.hash,
        made_by=content.made_by,
        note=content.note,
        content=_content(publication),
        words=len(publication.text.split()),
        bytes=len((publication.html if isinstance(publication, Mail) else publication.text).encode()),
        quotes=[QuotationShown.model_validate(proven(db, each)) for each in publication.quotes],
        fields=fields_of(db, draft) if editing else {},
        findings=[FindingShown.model_validate(each) for each in findings],
        preview=_preview(platform, publication) if platform is not None and isinstance(publication, Post) else None,
        approvals=[ApprovalGiven.model_validate(each) for each in drafts.approvals_of(db, draft)],
        approvers=review.approvers(house, draft),
        approved_by_itself_at=review.by_itself(house, draft),
        clip_to_come=review.clip_to_come(house, db, draft, publication),
        steps=sorted(DRAFT_STEPS[draft.state]),
        sends=house.may_send(draft.channel),
        deliveries=[DeliveryBrief.model_validate(each) for each in deliveries.of_draft(db, draft.id)],
    )


def _content(publication: Post | Mail) -> PostShown | MailShown:
    if isinstance(publication, Mail):
        return MailShown(
            format="mail",
            sender=publication.sender,
            subject=publication.subject,
            preheader=publication.preheader,
            language=publication.language,
            html=publication.html,
            text=publication.text,
        )
    return PostShown(
        format="post",
        text=publication.text,
        link=publication.link,
        language=publication.language,
        warning=publication.warning,
        parts=[each.text for each in publication.parts],
        media=[MediumShown.model_validate(each) for each in publication.media],
    )


def _preview(platform: Platform, post: Post) -> PreviewShown:
    shown = preview(platform, post)
    return PreviewShown(
        parts=[PartShown.model_validate(each) for each in shown.parts],
        link=shown.link,
        warning=shown.warning,
        cost=str(shown.cost) if shown.cost is not None else None,
        remarks=list(shown.remarks),
        fault=fault_of(platform, post),
    )


def _line(reason: str) -> str:
    return " ".join(reason.split())


OPERATIONS = (
    list_drafts,
    read_draft,
    edit_draft,
    preview_text,
    approve_draft,
    hold_draft,
    reject_draft,
    request_changes,
    reopen_draft,
    reschedule_draft,
    list_slots,
    move_to_slot,
    choose_quote,
    stretch_quote,
    list_comments,
    comment_draft,
    list_revisions,
    read_revision,
    read_history,
)
