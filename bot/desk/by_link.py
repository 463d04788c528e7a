"""The page of a link: somebody without an account sees one revision and decides on it, once. Opening it is harmless."""

from __future__ import annotations

from flask import Blueprint, Response, request

from bot import links, review
from bot.desk.evidence import proven
from bot.desk.frames import VIEWS, framed, shown, view
from bot.desk.policy import with_own_media
from bot.desk.sessions import Desk, page, same_site
from bot.desk.words import when
from bot.drafting.payload import thaw
from bot.errors import Over, Refused
from bot.model.digest import Edition
from bot.model.publication import Mail, Post
from bot.model.states import DRAFT_STEPS, DraftState
from bot.platforms.composing import fault_of
from bot.platforms.preview import preview
from bot.prepare.inspection import inspected
from bot.store import drafts, editors
from bot.store.codec import decode
from bot.store.drafts import OPEN, Draft

_LONGEST = 4_000


def pages(desk: Desk) -> Blueprint:
    """What can be reached with a link and nothing else."""
    blueprint = Blueprint("by_link", __name__)

    @blueprint.get("/review/<token>")
    def one(token: str) -> Response:
        return _shown(desk, token)

    @blueprint.get("/review/<token>/mail")
    def mail(token: str) -> Response:
        try:
            with desk.house.store.read() as db:
                found = links.opened(db, token, now=desk.now())
        except Over as error:
            return _told(410, "This link is over", str(error))
        publication = thaw(found.content.payload) if found is not None else None
        if not isinstance(publication, Mail):
            return _told(404, "Nothing is here", "")
        return framed(publication, desk.house.config.web.public)

    @blueprint.post("/review/<token>")
    def decide(token: str) -> Response:
        if not same_site():
            return _told(403, "This form is not ours", "Open the link anew: nothing was changed.")
        house, now = desk.house, desk.now()
        words = request.form.get("words", "").strip()[:_LONGEST]
        try:
            match request.form.get("do", ""):
                case "approve":
                    return _approved(desk, links.approve(house, token, now=now))
                case "hold":
                    links.hold(house, token, reason=" ".join(words.split())[:500], now=now)
                    return _told(200, "It is held", "Nothing of it goes out until an editor takes it up again.")
                case "say":
                    links.say(house, token, words, now=now)
                    return _shown(desk, token, said="The editors see it beside the draft. Your link still works.")
                case _:
                    return _shown(desk, token, fault="Choose one of the buttons.", status=400)
        except Over as error:
            return _told(410, "This link is over", str(error))
        except Refused as error:
            return _shown(desk, token, fault=str(error), words=words, status=409)

    return blueprint


def _shown(desk: Desk, token: str, *, fault: str = "", said: str = "", words: str = "", status: int = 200) -> Response:
    now, zone = desk.now(), _zone(desk)
    try:
        with desk.house.store.read() as db:
            found = links.opened(db, token, now=now)
            if found is None:
                return _told(404, "Nothing is here", "Look whether the whole link was copied.")
            publication = thaw(found.content.payload)
            quotes = [proven(db, each) for each in publication.quotes]
            approved = drafts.approvals_of(db, found.draft)
            is_mail = isinstance(publication, Mail)
            findings = inspected(desk.house, db, found.draft, now) if is_mail else ()
            minutes = decode(Edition, found.content.basis).reading_minutes if is_mail and found.content.basis else 0
            remarks = [each for each in editors.remarks(db, found.draft.id) if each.actor == found.actor]
    except Over as error:
        return _told(410, "This link is over", str(error))
    draft = found.draft
    platform = desk.house.channels.get(draft.channel)
    post = publication if isinstance(publication, Post) else None
    answer = page(
        "review.html",
        status,
        opened=found,
        draft=draft,
        content=found.content,
        publication=publication,
        is_mail=is_mail,
        findings=findings,
        minutes=minutes,
        preview=preview(platform, post) if post is not None and platform is not None else None,
        wrong=fault_of(platform, post) if post is not None and platform is not None else None,
        quotes=quotes,
        approved=approved,
        needed=review.approvers(desk.house, draft),
        by_itself=when(review.by_itself(desk.house, draft), zone, now),
        comments=[(each, when(each.at, zone, now)) for each in remarks],
        due=when(draft.due_at, zone, now),
        ends=when(found.link.expires_at, zone, now),
        may_approve=draft.state in OPEN,
        may_hold=DraftState.HELD in DRAFT_STEPS[draft.state],
        view=view(),
        views=VIEWS,
        mail_at=f"/review/{token}/mail?revision={found.content.number}",
        token=token,
        fault=fault,
        said=said,
        typed=words,
        **shown(publication),
    )
    return with_own_media(answer, publication)


def _approved(desk: Desk, draft: Draft) -> Response:
    if draft.state is DraftState.IN_REVIEW:
        return _told(200, "Approved by you", "Somebody else has to approve the same before it goes out.")
    due = when(draft.due_at, _zone(desk), desk.now())
    said = f"It goes out {due.local} ({due.zone}), {due.distance}." if due is not None else "It goes out."
    return _told(200, "Approved", f"{said} This link does nothing more; the editors can still stop it.")


def _told(status: int, heading: str, words: str) -> Response:
    return page("review_told.html", status, heading=heading, words=words)


def _zone(desk: Desk) -> str:
    """Who comes by a link has told us no time zone: theirs is taken to be that of the first newsletter."""
    return next((each.zone for each in desk.house.config.newsletters.values()), "UTC")
