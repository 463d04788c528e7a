"""A draft as the API shows it: in a list, and whole, with the very bytes that would go out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from bot import review
from bot.desk.api.operations import Call
from bot.desk.api.shapes import Given, Hashed
from bot.desk.evidence import proven
from bot.desk.fields import fields_of
from bot.drafting.payload import thaw
from bot.model.publication import Kind, Mail, MediaKind, Post
from bot.model.states import DRAFT_STEPS, Act, DeliveryState, DraftState
from bot.platforms.composing import fault_of
from bot.platforms.contract import Platform
from bot.platforms.preview import preview
from bot.preflight import Level, Rule
from bot.prepare.inspection import inspected
from bot.store import deliveries, drafts
from bot.store.database import Db
from bot.store.drafts import Draft

DONE = (DraftState.PUBLISHED, DraftState.REJECTED)


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


class LineShown(Given):
    """A line of history."""

    at: AwareDatetime
    actor: str
    what: str
    detail: str


def now_whole(call: Call, number: int) -> DraftWhole:
    """A draft as it stands after a step, the whole of it."""
    with call.house.store.read() as db:
        return whole(call, db, drafts.get(db, number))


def whole(call: Call, db: Db, draft: Draft) -> DraftWhole:
    """A draft with its content, its quotations held to the transcript, and what may be done with it."""
    house, content = call.house, drafts.revision(db, draft)
    publication = thaw(content.payload)
    editing = draft.state not in DONE
    is_mail = isinstance(publication, Mail)
    platform = house.channels.get(draft.channel)
    findings = inspected(house, db, draft, call.now) if editing and is_mail else ()
    seen = DraftListed.model_validate(draft).model_dump()
    return DraftWhole(
        **seen,
        hash=content.hash,
        made_by=content.made_by,
        note=content.note,
        content=content_of(publication),
        words=len(publication.text.split()),
        bytes=len((publication.html if isinstance(publication, Mail) else publication.text).encode()),
        quotes=[QuotationShown.model_validate(proven(db, each)) for each in publication.quotes],
        fields=fields_of(db, draft) if editing else {},
        findings=[FindingShown.model_validate(each) for each in findings],
        preview=previewed(platform, publication) if platform is not None and isinstance(publication, Post) else None,
        approvals=[ApprovalGiven.model_validate(each) for each in drafts.approvals_of(db, draft)],
        approvers=review.approvers(house, draft),
        approved_by_itself_at=review.by_itself(house, draft),
        clip_to_come=review.clip_to_come(house, db, draft, publication),
        steps=sorted(DRAFT_STEPS[draft.state]),
        sends=house.may_send(draft.channel),
        deliveries=[DeliveryBrief.model_validate(each) for each in deliveries.of_draft(db, draft.id)],
    )


def content_of(publication: Post | Mail) -> PostShown | MailShown:
    """What one revision would publish."""
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


def previewed(platform: Platform, post: Post) -> PreviewShown:
    """A post as its platform would show it, and what the platform would refuse."""
    shown = preview(platform, post)
    return PreviewShown(
        parts=[PartShown.model_validate(each) for each in shown.parts],
        link=shown.link,
        warning=shown.warning,
        cost=str(shown.cost) if shown.cost is not None else None,
        remarks=list(shown.remarks),
        fault=fault_of(platform, post),
    )
