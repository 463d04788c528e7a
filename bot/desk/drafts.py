"""Reviewing drafts: what waits, what one would publish byte for byte, and every step that an editor may take."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, g, make_response, render_template, request

from bot import links as by_link
from bot import review
from bot.desk.evidence import proven
from bot.desk.frames import VIEWS, framed, view
from bot.desk.sessions import Desk, page, to, told
from bot.desk.words import changes, shortened, when
from bot.drafting import editions
from bot.drafting.payload import thaw
from bot.errors import Refused, StaleDraft
from bot.model.digest import Edition
from bot.model.editor import RIGHTS, Right
from bot.model.publication import Mail, Post
from bot.model.states import DRAFT_STEPS, DraftState
from bot.platforms.composing import fault_of
from bot.platforms.preview import preview
from bot.prepare.inspection import inspected
from bot.store import deliveries, drafts, editors, events, links
from bot.store.codec import decode
from bot.store.database import Db
from bot.store.drafts import OPEN, Draft

_WAITS = (*OPEN, DraftState.HELD, DraftState.APPROVED, DraftState.SCHEDULED)
_LONGEST_COMMENT = 4_000
_A_PAGE = 100


def pages(desk: Desk) -> Blueprint:
    """The pages of drafts."""
    blueprint = Blueprint("drafts", __name__)

    @blueprint.get("/drafts")
    @desk.needs(Right.READ)
    def listed() -> Response:
        wanted, number = request.args.get("state", ""), _numbered(request.args.get("page", "")) or 1
        states = [DraftState(wanted)] if wanted in set(DraftState) else list(_WAITS)
        with desk.house.store.read() as db:
            found = drafts.listed(db, states, limit=_A_PAGE, past=_A_PAGE * (number - 1))
            tally = drafts.tally(db)
        rows = [(each, when(each.due_at, _zone(), desk.now())) for each in found]
        pages = -(-sum(tally.get(each, 0) for each in states) // _A_PAGE)
        return page(
            "drafts.html",
            rows=rows,
            tally=tally,
            states=list(DraftState),
            wanted=wanted if wanted in set(DraftState) else "",
            number=number,
            pages=pages,
        )

    @blueprint.get("/drafts/<int:number>")
    @desk.needs(Right.READ)
    def one(number: int) -> Response:
        return _draft(desk, number)

    @blueprint.get("/drafts/<int:number>/mail")
    @desk.needs(Right.READ)
    def mail(number: int) -> Response:
        return _mail(desk, number)

    @blueprint.post("/drafts/<int:number>/count")
    @desk.needs(Right.EDIT)
    def count(number: int) -> Response:
        return _counted(desk, number)

    @blueprint.post("/drafts/<int:number>/approve")
    @desk.needs(Right.APPROVE)
    def approve(number: int) -> Response:
        seen, at_once = request.form.get("seen", "none"), request.form.get("at_once") == "yes"

        def step() -> None:
            with desk.house.store.read() as db:
                draft = drafts.get(db, number)
                given = drafts.approvals_of(db, draft)
            # A second press of the same button: it is approved, as it was asked for.
            if draft.state in (DraftState.IN_REVIEW, DraftState.SCHEDULED) and any(
                each.hash == seen and each.actor == _actor() for each in given
            ):
                return
            review.approve(desk.house, number, actor=_actor(), now=desk.now(), seen=seen, at_once=at_once)

        return _step(desk, number, step)

    @blueprint.post("/drafts/<int:number>/edit")
    @desk.needs(Right.EDIT)
    def edit(number: int) -> Response:
        return _edit(desk, number)

    @blueprint.post("/drafts/<int:number>/comment")
    @desk.needs(Right.COMMENT)
    def comment(number: int) -> Response:
        text = request.form.get("text", "").strip()[:_LONGEST_COMMENT]
        if text:
            with desk.house.store.write() as db:
                draft = drafts.get(db, number)
                editors.remark(db, draft=number, revision=draft.revision, actor=_actor(), text=text, at=desk.now())
        return to(f"/drafts/{number}#comments")

    @blueprint.post("/drafts/<int:number>/<any(hold, reject, changes, reopen):what>")
    @desk.needs(Right.STOP)
    def stop(number: int, what: str) -> Response:
        reason = " ".join(request.form.get("reason", "").split())[:500]
        if what != "reopen" and not reason:
            return _draft(desk, number, fault="Say why: the reason stands in the history.", status=400)
        steps: dict[str, Callable[[], object]] = {
            "hold": lambda: review.hold(desk.house, number, reason=reason, actor=_actor(), now=desk.now()),
            "reject": lambda: review.reject(desk.house, number, reason=reason, actor=_actor(), now=desk.now()),
            "changes": lambda: review.request_changes(
                desk.house, number, reason=reason, actor=_actor(), now=desk.now()
            ),
            "reopen": lambda: review.reopen(desk.house, number, actor=_actor(), now=desk.now()),
        }
        return _step(desk, number, steps[what])

    @blueprint.post("/drafts/<int:number>/reschedule")
    @desk.needs(Right.APPROVE)
    def reschedule(number: int) -> Response:
        try:
            wall = datetime.fromisoformat(request.form.get("due", ""))
            due = (wall if wall.tzinfo else wall.replace(tzinfo=ZoneInfo(_zone()))).astimezone(UTC)
        except (ValueError, OverflowError):
            return _draft(desk, number, fault="Give a day and a time.", status=400)
        return _step(
            desk, number, lambda: review.reschedule(desk.house, number, due=due, actor=_actor(), now=desk.now())
        )

    @blueprint.post("/drafts/<int:number>/link")
    @desk.needs(Right.APPROVE)
    def link(number: int) -> Response:
        token = secrets.token_urlsafe(24)
        try:
            by_link.make(
                desk.house, number, token=token, name=request.form.get("name", ""), actor=_actor(), now=desk.now()
            )
        except Refused as error:
            return _draft(desk, number, fault=str(error), status=409)
        return _draft(desk, number, made=f"{desk.outside()}/review/{token}")

    @blueprint.post("/drafts/<int:number>/links/<int:which>/withdraw")
    @desk.needs(Right.APPROVE)
    def withdraw(number: int, which: int) -> Response:
        with desk.house.store.write() as db:
            links.withdraw(db, which, draft=number, actor=_actor(), at=desk.now())
        return to(f"/drafts/{number}")

    return blueprint


def _step(desk: Desk, number: int, step: Callable[[], object]) -> Response:
    """Take a step and show the draft again; what the house refuses is told above it, and nothing is changed."""
    try:
        step()
    except Refused as error:
        return _draft(desk, number, fault=str(error), status=409)
    return to(f"/drafts/{number}")


def _edit(desk: Desk, number: int) -> Response:
    """Put an editor's words in. Who edited a revision that is no longer the newest sees both, and loses nothing."""
    typed = {
        name.removeprefix("field:"): text.replace("\r\n", "\n")
        for name, text in request.form.items()
        if name.startswith("field:")
    }
    with desk.house.store.read() as db:
        draft = drafts.get(db, number)
        begun = _numbered(request.form.get("revision", "")) or 1
        before = _fields(db, draft, min(begun, draft.revision))
    changed = {name: text for name, text in typed.items() if text.strip() != before.get(name, "").strip()}
    if not changed:
        return to(f"/drafts/{number}")
    try:
        review.edit(desk.house, number, changed, actor=_actor(), now=desk.now(), begun=begun)
    except StaleDraft as error:
        fault = (
            f"Somebody changed this draft while you wrote. {error} What you changed stands in the form below, beside "
            "what they changed elsewhere; what is different since you began stands further down. Save again to put "
            "yours in."
        )
        return _draft(desk, number, fault=fault, typed=changed, status=409, since=min(begun, draft.revision))
    except Refused as error:
        return _draft(desk, number, fault=str(error), typed=typed, status=409)
    return to(f"/drafts/{number}")


def _fields(db: Db, draft: Draft, number: int | None = None) -> dict[str, str]:
    """What can be edited, with what stands there now, or stood there in an earlier revision."""
    content = drafts.revision(db, draft, number)
    publication, basis = thaw(content.payload), content.basis
    if isinstance(publication, Post):
        return {"text": publication.text}
    fields = {
        "subject": publication.subject,
        "preheader": publication.preheader,
        "opener": draft.edits.get("opener", ""),
    }
    if basis:
        edition = decode(Edition, basis)
        fields["opener"] = edition.opener
        notes = dict(edition.notes)
        for digest in edition.digests:
            at = digest.ref.episode
            fields[f"headline:{at}"] = digest.headline.text
            fields[f"hook:{at}"] = digest.hook.text if digest.hook else ""
            fields[f"note:{at}"] = notes.get(at, "")
            fields[f"skip:{at}"] = ""
    for at, reason in editions.skipped(draft.edits).items():
        fields[f"skip:{at}"] = reason
    return fields


def _draft(
    desk: Desk,
    number: int,
    *,
    fault: str = "",
    typed: dict[str, str] | None = None,
    made: str = "",
    status: int = 200,
    since: int | None = None,
) -> Response:
    """A draft's page. `made` is a link that was just made: it is shown this once."""
    now, zone = desk.now(), _zone()
    try:
        with desk.house.store.read() as db:
            draft = drafts.get(db, number)
            content = drafts.revision(db, draft)
            publication = thaw(content.payload)
            approved = drafts.approvals_of(db, draft)
            open_links = links.unused(db, number, hashed=content.hash, at=now)
            history = events.of(db, f"draft:{number}")
            sent = deliveries.of_draft(db, number)
            said = editors.remarks(db, number)
            quotes = [proven(db, each) for each in publication.quotes]
            fields = _fields(db, draft)
            earlier = drafts.revision(db, draft, since or _compared(draft)) if draft.revision > 1 else None
            editing = draft.state not in (DraftState.PUBLISHED, DraftState.REJECTED)
            findings = inspected(desk.house, db, draft, now) if editing and isinstance(publication, Mail) else ()
    except Refused as error:
        return told(404, "No such draft", str(error))
    platform = desk.house.channels.get(draft.channel)
    shown = preview(platform, publication) if isinstance(publication, Post) and platform is not None else None
    wrong = fault_of(platform, publication) if isinstance(publication, Post) and platform is not None else None
    difference = shortened(changes(thaw(earlier.payload).text, publication.text)) if earlier is not None else []
    rights = RIGHTS[g.editor.role]
    return page(
        "edition.html" if isinstance(publication, Mail) else "post.html",
        status,
        draft=draft,
        content=content,
        publication=publication,
        approval=approved[-1] if approved else None,
        approved=approved,
        needed=review.approvers(desk.house, draft),
        by_itself=when(review.by_itself(desk.house, draft), zone, now),
        links=[(each, when(each.expires_at, zone, now)) for each in open_links],
        made=made,
        history=[(each, when(each.at, zone, now)) for each in reversed(history)],
        deliveries=sent,
        comments=[(each, when(each.at, zone, now)) for each in said],
        quotes=quotes,
        fields={**fields, **(typed or {})},
        earlier=earlier,
        difference=difference,
        due=when(draft.due_at, zone, now),
        due_value=draft.due_at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M") if draft.due_at else "",
        view=view(),
        views=VIEWS,
        mail_at=f"/drafts/{number}/mail?revision={content.number}",
        preview=shown,
        wrong=wrong,
        fault=fault,
        editing=editing,
        findings=findings,
        may=lambda right: Right[right] in rights,
        steps=DRAFT_STEPS[draft.state],
        live=desk.house.may_send(draft.channel),
        words=len(publication.text.split()),
        size=len(publication.html.encode()) if isinstance(publication, Mail) else 0,
        following=_following(desk, draft),
    )


def _compared(draft: Draft) -> int:
    """The revision that the newest one is compared with: the one asked for, else the one before."""
    wanted = request.args.get("since", "")
    return min(_numbered(wanted) or draft.revision - 1, draft.revision - 1)


def _following(desk: Desk, draft: Draft) -> int | None:
    """The draft that waits for an editor next, for the key that goes on."""
    with desk.house.store.read() as db:
        waiting = [each.id for each in drafts.listed(db, OPEN, limit=200) if each.id != draft.id]
    later = [number for number in waiting if number > draft.id]
    return next(iter(later or waiting), None)


def _mail(desk: Desk, number: int) -> Response:
    """The stored bytes of an edition, in a frame that can do nothing: no script, no loading, no way to us."""
    wanted = request.args.get("revision", "")
    with desk.house.store.read() as db:
        draft = drafts.get(db, number)
        content = drafts.revision(db, draft, _numbered(wanted))
    publication = thaw(content.payload)
    if not isinstance(publication, Mail):
        return told(404, "No mail", "This draft is a post.")
    return framed(publication)


def _counted(desk: Desk, number: int) -> Response:
    """How long a text is that is being typed, and what it will look like: by the sender's own code."""
    with desk.house.store.read() as db:
        draft = drafts.get(db, number)
        post = thaw(drafts.revision(db, draft).payload)
    platform = desk.house.channels.get(draft.channel)
    if not isinstance(post, Post) or platform is None:
        return told(404, "Nothing to count", "This draft is no post of a channel that is configured.")
    typed = replace(post, text=request.form.get("field:text", "")[:20_000].replace("\r\n", "\n").strip())
    answer = make_response(
        render_template("desk/shown.html", preview=preview(platform, typed), wrong=fault_of(platform, typed))
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _numbered(written: str) -> int | None:
    """The number of a revision as it stands in an address; None where it is none."""
    return int(written) or None if written.isascii() and written.isdigit() and len(written) < 9 else None


def _actor() -> str:
    return str(g.editor.login)


def _zone() -> str:
    return str(g.editor.zone)
