"""Reviewing drafts: what waits, what one would publish byte for byte, and every step that an editor may take."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, g, request

from bot import amend, review
from bot import links as by_link
from bot.desk import lines, sources
from bot.desk.evidence import proven
from bot.desk.fields import fields_of, numbered, one_line, typed
from bot.desk.frames import FOLLOWS, OPENS, VIEWS, framed, shown, view
from bot.desk.policy import with_own_media, with_sound
from bot.desk.sessions import Desk, page, to, told
from bot.desk.words import changes, counted, shortened, when
from bot.digest import arrange
from bot.digest.phrases import phrases
from bot.digest.subject import alternatives
from bot.drafting.likeness import alike, words
from bot.drafting.payload import thaw
from bot.errors import Refused, StaleDraft, TemplateFault
from bot.intend import Said, line_of, lines_on
from bot.model.digest import Edition
from bot.model.editor import RIGHTS, Right
from bot.model.publication import Kind, Mail, MediaKind, Post, Publication
from bot.model.states import DRAFT_STEPS, DraftState
from bot.platforms.composing import fault_of
from bot.platforms.contract import Platform
from bot.platforms.facts import CardBy
from bot.platforms.preview import preview
from bot.prepare import cards
from bot.prepare.inspection import inspected
from bot.store import deliveries, drafts, editors, events, links
from bot.store.codec import decode
from bot.store.database import Db
from bot.store.drafts import OPEN, Draft

_WAITS = (*OPEN, DraftState.HELD, DraftState.APPROVED, DraftState.SCHEDULED)
_OVER = (DraftState.PUBLISHED, DraftState.REJECTED)
_CHANGEABLE = (*OPEN, DraftState.HELD)
# So many of a channel's newest posts are looked through for the same line.
_LOOKED_THROUGH = 100
# So many other channels are offered an edit, and so many earlier uses of a line are named.
_SIBLINGS, _USES = 20, 5
_LONGEST_COMMENT = 4_000
_A_PAGE = 100


def pages(desk: Desk) -> Blueprint:
    """The pages of drafts."""
    blueprint = Blueprint("drafts", __name__)

    @blueprint.get("/drafts")
    @desk.needs(Right.READ)
    def listed() -> Response:
        asked = request.args.get("state", "")
        wanted = DraftState(asked) if asked in set(DraftState) else None
        states = [wanted] if wanted is not None else list(_WAITS)
        number, before = numbered(request.args.get("page", "")) or 1, numbered(request.args.get("before", ""))
        with desk.house.store.read() as db:
            if wanted is not None and wanted in _OVER:
                found = drafts.newest(db, wanted, limit=_A_PAGE + 1, before=before)
            else:
                found = drafts.listed(db, states, limit=_A_PAGE + 1, past=_A_PAGE * (number - 1))
            tally = drafts.roughly(db)
        more, over = len(found) > _A_PAGE, wanted in _OVER
        known = sum(tally[each] for each in states)
        rows = [(each, when(each.due_at, _zone(), desk.now())) for each in found[:_A_PAGE]]
        return page(
            "drafts.html",
            rows=rows,
            tally={state: counted(many) for state, many in tally.items()},
            states=list(DraftState),
            wanted=wanted or "",
            number=number,
            # Of what is over there may be any number: one page leads to the next.
            pages=max(-(-known // _A_PAGE), (number + 1) * more) if not over else 1,
            older=rows[-1][0].id if more and over else None,
        )

    @blueprint.get("/drafts/<int:number>")
    @desk.needs(Right.READ)
    def one(number: int) -> Response:
        return _draft(desk, number)

    @blueprint.get("/drafts/<int:number>/mail")
    @desk.needs(Right.READ)
    def mail(number: int) -> Response:
        return _mail(desk, number)

    @blueprint.post("/drafts/<int:number>/approve")
    @desk.needs(Right.APPROVE)
    def approve(number: int) -> Response:
        seen, at_once = request.form.get("seen", "none"), request.form.get("at_once") == "yes"

        return _step(
            desk,
            number,
            lambda: review.approve_once(desk.house, number, actor=_actor(), now=desk.now(), seen=seen, at_once=at_once),
        )

    @blueprint.post("/drafts/<int:number>/edit")
    @desk.needs(Right.EDIT)
    def edit(number: int) -> Response:
        return _edit(desk, number)

    @blueprint.post("/drafts/<int:number>/card")
    @desk.needs(Right.EDIT)
    def card(number: int) -> Response:
        choice, seen = request.form.get("choice", ""), numbered(request.form.get("revision", "")) or 0
        roughly = request.form.get("approximately") == "yes"

        def step() -> None:
            review.choose_card(
                desk.house, number, choice, seen=seen, actor=_actor(), now=desk.now(), approximately=roughly
            )

        return _step(desk, number, step)

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
        reason = one_line("reason", most=500)
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

    @blueprint.post("/drafts/<int:number>/<any(correct, uncorrect):what>")
    @desk.needs(Right.APPROVE)
    def correct(number: int, what: str) -> Response:
        note, of = request.form.get("note", ""), request.form.get("episode", "")
        step = amend.amend if what == "correct" else amend.take_back
        if of and numbered(of) is None:
            return _draft(desk, number, fault="Choose what it is about.", typed={"correction": note}, status=400)
        try:
            step(desk.house, number, note, episode=numbered(of), actor=_actor(), now=desk.now())
        except Refused as error:
            return _draft(desk, number, fault=str(error), typed={"correction": note}, status=409)
        return to(f"/drafts/{number}#corrections")

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
    with desk.house.store.read() as db:
        draft = drafts.get(db, number)
        begun = numbered(request.form.get("revision", "")) or 1
        written, changed = typed(fields_of(db, draft, min(begun, draft.revision)))
    if not changed:
        return to(f"/drafts/{number}", did="nothing")
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
        return _draft(desk, number, fault=str(error), typed=written, status=409)
    if refused := _also(desk, draft, changed):
        return _draft(desk, number, fault="\n".join(refused), status=409)
    return to(f"/drafts/{number}", did="saved")


def _also(desk: Desk, draft: Draft, changed: dict[str, str]) -> list[str]:
    """Put a text on the other channels that were ticked as well. Returns why it could not stand on some of them."""
    refused = []
    with desk.house.store.read() as db:
        known = {str(each.id): each for each in _siblings(db, draft)}
    for other in (known[each] for each in request.form.getlist("also") if each in known and "text" in changed):
        try:
            review.edit(desk.house, other.id, {"text": changed["text"]}, actor=_actor(), now=desk.now())
        except Refused as error:
            refused.append(f"Saved here, but {other.channel} (draft {other.id}) keeps its text: {error}")
    return refused


def _siblings(db: Db, draft: Draft) -> list[Draft]:
    """The same post for other channels, as long as each can still be changed."""
    if draft.kind is Kind.EDITION:
        return []
    near: list[Draft] = []
    if draft.episode_id is not None:
        near = drafts.of_episode(db, draft.episode_id)
    elif draft.after_id is not None:
        near = drafts.announcing(db, drafts.get(db, draft.after_id))
    found = [each for each in near if each.kind is draft.kind and each.state in _CHANGEABLE]
    return [each for each in found if each.channel != draft.channel][:_SIBLINGS]


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
            fields = fields_of(db, draft)
            edition = decode(Edition, content.basis) if content.basis else None
            earlier = drafts.revision(db, draft, since or _compared(draft)) if draft.revision > 1 else None
            siblings = _siblings(db, draft)
            clip = review.clip_to_come(desk.house, db, draft, publication)
            said_before = _said_before(db, draft, publication)
            approved_before = drafts.last_approved(db, draft)
            ending = draft.state is DraftState.HELD and any(
                deliveries.under_way(db, each.id, at=now) for each in deliveries.of_draft(db, number)
            )
            absent = lines.left_out(desk.house, db, draft, edition) if edition else ()
            editing = draft.state not in (DraftState.PUBLISHED, DraftState.REJECTED)
            findings = inspected(desk.house, db, draft, now) if editing and isinstance(publication, Mail) else ()
            amendable = amend.amendable(desk.house, db, draft)
    except Refused as error:
        return told(404, "No such draft", str(error))
    platform = desk.house.channels.get(draft.channel)
    previewed = preview(platform, publication) if isinstance(publication, Post) and platform is not None else None
    wrong = fault_of(platform, publication) if isinstance(publication, Post) and platform is not None else None
    difference = shortened(changes(thaw(earlier.payload), publication)) if earlier is not None else []
    rights = RIGHTS[g.editor.role]
    answer = page(
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
        approved_before=approved_before,
        siblings=siblings,
        clip=clip,
        said_before=said_before,
        due=when(draft.due_at, zone, now),
        due_value=draft.due_at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M") if draft.due_at else "",
        view=view(),
        views=VIEWS,
        mail_at=f"/drafts/{number}/mail?revision={content.number}",
        preview=previewed,
        wrong=wrong,
        fault=fault,
        editing=editing,
        findings=findings,
        amendable=amendable,
        amendments=[(each, when(each.at, zone, now)) for each in amendable.notes] if amendable else [],
        may=lambda right: Right[right] in rights,
        steps=DRAFT_STEPS[draft.state],
        live=desk.house.may_send(draft.channel),
        **shown(publication),
        minutes=edition.reading_minutes if edition else 0,
        first_sentence=sources.first_of(content),
        follows=FOLLOWS if content.basis and not sources.plain() else "",
        opens=OPENS,
        here=_here(),
        why=lines.why(draft, edition) if edition else (),
        absent=absent,
        outline=arrange.outline(edition) if edition else (),
        left_out={each.key: each for each in edition.left_out} if edition else {},
        orders_parts=_orders_parts(desk, draft) if editing and edition else False,
        candidates={each.ref.episode: each.quotes for each in edition.digests} if edition else {},
        subjects=alternatives(edition, phrases(publication.language or "")) if edition else (),
        following=_following(desk, draft),
        ending=ending,
        cards=_cards(publication, platform) if editing and draft.kind is Kind.QUOTE_POST else (),
    )
    return with_sound(answer) if content.basis else with_own_media(answer, publication)


def _orders_parts(desk: Desk, draft: Draft) -> bool:
    """Whether the theme of an edition's newsletter lets its parts be moved."""
    try:
        return draft.newsletter is not None and desk.house.renderer_of(draft.newsletter).orders_parts
    except TemplateFault:
        return False


def _cards(publication: Publication, platform: Platform | None) -> tuple[tuple[str, str, bool], ...]:
    """The cards that a post may bear here: each choice, its words, and whether the post bears it now."""
    if not isinstance(publication, Post) or platform is None or len(publication.quotes) != 1:
        return ()
    sizes = cards.SIZES if platform.facts.limit(MediaKind.IMAGE) is not None else ()
    here = {(each.width, each.height) for each in publication.media if each.kind is MediaKind.IMAGE}
    kinds = {str(each.kind) for each in publication.media}
    linked = publication.card is not None and publication.card.image is not None
    link = platform.facts.card is CardBy.US and publication.link is not None
    found = [(name, f"{name}, {width} × {height}", (width, height) in here) for name, width, height in sizes]
    if link:
        found.append((cards.LINK, "as the picture of the link's card", linked))
    for name, kind in cards.CLIPS.items():
        if platform.facts.limit(kind) is not None:
            found.append((name, {"video": "audiogram (video)", "audio": "sound alone"}[name], name in kinds))
    return (*found, (cards.NONE, "nothing", not kinds and not linked)) if found else ()


def _said_before(db: Db, draft: Draft, publication: Post | Mail) -> list[Said]:
    """Where the line of a post, or its like, stands among the newest posts of its channel."""
    if draft.kind not in drafts.LINES or not isinstance(publication, Post):
        return []
    mine = words(line_of(publication))
    told = lines_on(db, draft.channel, besides=draft.id, limit=_LOOKED_THROUGH)
    return list(islice((each for each in told if alike(mine, each.words)), _USES))


def _here() -> str:
    """The address of this page as the browser has it: a link to it with something behind its # loads nothing."""
    query = request.query_string.decode("latin-1")
    return f"{request.path}?{query}" if query else request.path


def _compared(draft: Draft) -> int:
    """The revision that the newest one is compared with: the one asked for, else the one before."""
    wanted = request.args.get("since", "")
    return min(numbered(wanted) or draft.revision - 1, draft.revision - 1)


def _following(desk: Desk, draft: Draft) -> int | None:
    """The draft that waits for an editor next, for the key that goes on."""
    with desk.house.store.read() as db:
        return drafts.next_open(db, draft)


def _mail(desk: Desk, number: int) -> Response:
    """The stored bytes of an edition, in a frame that can do nothing: no script, no loading, no way to us."""
    wanted = request.args.get("revision", "")
    with desk.house.store.read() as db:
        draft = drafts.get(db, number)
        content = drafts.revision(db, draft, numbered(wanted))
    publication = thaw(content.payload)
    if not isinstance(publication, Mail):
        return told(404, "No mail", "This draft is a post.")
    links = sources.linking(decode(Edition, content.basis), number) if sources.wanted() and content.basis else None
    return framed(publication, desk.house.config.web.public, links)


def _actor() -> str:
    return str(g.editor.login)


def _zone() -> str:
    return str(g.editor.zone)
