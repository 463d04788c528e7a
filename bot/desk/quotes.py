"""Reviewing quotes: the episodes with what we say of each, their candidates, and another quote for a post."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, g, request

from bot import review
from bot.desk.candidates import Candidate, candidate, not_picked, picked, ran_before
from bot.desk.policy import with_sound
from bot.desk.sessions import Desk, page, to, told
from bot.desk.sound import with_own_sound
from bot.desk.words import when
from bot.drafting import trace
from bot.drafting.payload import thaw
from bot.errors import FalseQuote, Refused
from bot.intend import Said
from bot.model.digest import Digest
from bot.model.editor import RIGHTS, Right
from bot.model.episode import Episode
from bot.model.provenance import EpisodeRef
from bot.model.publication import Kind, Post, QuotedSpan
from bot.model.quote import Quote
from bot.model.states import DraftState
from bot.platforms.preview import preview
from bot.quotes import pick, stretch
from bot.quotes.sentences import sentences
from bot.quotes.stretch import Edge
from bot.store import drafts, episodes

_PAGE = 50
_OVER = (DraftState.PUBLISHED, DraftState.REJECTED)


def pages(desk: Desk) -> Blueprint:
    """The pages of episodes and their quotes."""
    blueprint = Blueprint("quotes", __name__)

    @blueprint.get("/episodes")
    @desk.needs(Right.READ)
    def listed() -> Response:
        before = request.args.get("before", "")
        with desk.house.store.read() as db:
            found = episodes.listed(db, limit=_PAGE + 1, before=int(before) if _number(before) else None)
        rows = [(each, when(each.published_at or each.first_seen_at, _zone(), desk.now())) for each in found[:_PAGE]]
        return page("episodes.html", rows=rows, older=found[_PAGE - 1].id if len(found) > _PAGE else None)

    @blueprint.get("/episodes/<int:number>")
    @desk.needs(Right.READ)
    def one(number: int) -> Response:
        return _episode(desk, number)

    @blueprint.get("/drafts/<int:number>/quote")
    @desk.needs(Right.READ)
    def quote(number: int) -> Response:
        return _quote(desk, number)

    @blueprint.post("/drafts/<int:number>/quote/take")
    @desk.needs(Right.EDIT)
    def take(number: int) -> Response:
        begin, stop = request.form.get("begin", ""), request.form.get("stop", "")
        if not (_number(begin) and _number(stop)):
            return _quote(desk, number, fault="Choose one of the lines.", status=400)
        return _step(
            desk,
            number,
            lambda: review.take_quote(
                desk.house,
                number,
                begin=int(begin),
                stop=int(stop),
                seen=_seen(),
                actor=g.editor.login,
                now=desk.now(),
                give_up_words=_gives_up(),
            ),
        )

    @blueprint.post("/drafts/<int:number>/quote/<any('begin-earlier','begin-later','end-earlier','end-later'):edge>")
    @desk.needs(Right.EDIT)
    def stretched(number: int, edge: str) -> Response:
        return _step(
            desk,
            number,
            lambda: review.stretch_quote(
                desk.house,
                number,
                Edge(edge),
                seen=_seen(),
                actor=g.editor.login,
                now=desk.now(),
                give_up_words=_gives_up(),
            ),
        )

    return blueprint


def _step(desk: Desk, number: int, step: Callable[[], object]) -> Response:
    try:
        step()
    except Refused as error:
        return _quote(desk, number, fault=str(error), status=409)
    return to(f"/drafts/{number}/quote")


def _episode(desk: Desk, number: int) -> Response:
    now, zone = desk.now(), _zone()
    with desk.house.store.read() as db:
        listed = episodes.find(db, number)
        if listed is None:
            return told(404, "No such episode", f"There is no episode {number}.")
        digest = episodes.digest(db, number)
        ref = digest.ref if digest is not None else episodes.newest(db, number) or EpisodeRef(number, listed.revision)
        episode = with_own_sound(db, ref, episodes.load(db, ref))
        own = [each for each in drafts.of_episode(db, number) if each.state is not DraftState.REJECTED]
        ran = ran_before(desk.house, db, own)
    candidates = picked(episode, digest, ran)
    wanted = request.args.get("others") == "1"
    answer = page(
        "episode.html",
        listed=listed,
        digest=digest,
        traced=trace.of_entry(digest, {ref: episode}) if digest is not None else (),
        episode=episode,
        published=when(listed.published_at or listed.first_seen_at, zone, now),
        candidates=candidates,
        drafts=[(each, when(each.due_at, zone, now)) for each in own],
        others=not_picked(episode) if wanted else [],
        wanted=wanted,
        why_none=pick.why_none(pick.judge(episode)) if digest is not None and not candidates else "",
        spoken=len(sentences(episode.transcript)) if episode.transcript else 0,
    )
    return with_sound(answer)


def _quote(desk: Desk, number: int, *, fault: str = "", status: int = 200) -> Response:
    """The quote of a post beside its source, with the means to move its ends or to take another one."""
    now, zone = desk.now(), _zone()
    try:
        with desk.house.store.read() as db:
            draft = drafts.get(db, number)
            post = thaw(drafts.revision(db, draft).payload)
            if draft.kind is not Kind.QUOTE_POST or not isinstance(post, Post) or len(post.quotes) != 1:
                return told(404, "No quote post", f"Draft {number} is no post of one quote.")
            span = post.quotes[0]
            digest = episodes.digest(db, span.ref.episode)
            episode = with_own_sound(db, span.ref, episodes.load(db, span.ref))
            newest = with_own_sound(db, digest.ref, episodes.load(db, digest.ref)) if digest is not None else episode
            own = [
                each
                for each in drafts.of_episode(db, span.ref.episode)
                if each.state is not DraftState.REJECTED and each.id != number
            ]
            ran = ran_before(desk.house, db, own, besides=number)
    except Refused as error:
        return told(404, "No such draft", str(error))
    rights = RIGHTS[g.editor.role]
    platform = desk.house.channels.get(draft.channel)
    answer = page(
        "quote.html",
        status,
        draft=draft,
        due=when(draft.due_at, zone, now),
        present=_present(episode, span, digest, ran),
        candidates=_others(newest, digest, span, ran),
        digest=digest,
        preview=preview(platform, post) if platform is not None else None,
        own_words=review.own_words(draft, post),
        editing=draft.state not in _OVER and Right.EDIT in rights and platform is not None,
        edges=_edges(episode, span),
        fault=fault,
    )
    return with_sound(answer)


def _present(episode: Episode, span: QuotedSpan, digest: Digest | None, ran: list[Said]) -> Candidate:
    """The post's own quote, with what the picker said of it or, where an editor chose it, what anybody would hear."""
    same_reading = digest.quotes if digest is not None and digest.ref == span.ref else ()
    picked = next((each for each in same_reading if _same(each, span)), None)
    try:
        taken = stretch.taken(episode, span.begin, span.stop)
    except FalseQuote:
        return candidate(episode, span, rated=False, judged=picked, ran=ran)
    found = picked or taken.quote
    return candidate(episode, span, rated=found is picked, gates=taken.gates, judged=found, ran=ran)


def _others(episode: Episode, digest: Digest | None, span: QuotedSpan, ran: list[Said]) -> list[Candidate]:
    if digest is None:
        return []
    return [
        each
        for each in picked(episode, digest, ran)
        if not ((each.begin, each.stop) == (span.begin, span.stop) and digest.ref == span.ref)
    ]


def _edges(episode: Episode, span: QuotedSpan) -> dict[str, str]:
    """For each move of an end why it cannot be made; "" where it can."""
    found = {}
    for edge in Edge:
        try:
            if episode.transcript is not None:
                stretch.moved(episode.transcript, span.begin, span.stop, edge)
            found[str(edge)] = ""
        except Refused as error:
            found[str(edge)] = str(error)
    return found


def _same(quote: Quote, span: QuotedSpan) -> bool:
    return (quote.begin, quote.stop) == (span.begin, span.stop)


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9


def _seen() -> int:
    seen = request.form.get("revision", "")
    return int(seen) if _number(seen) else 0


def _gives_up() -> bool:
    return request.form.get("give_up") == "yes"


def _zone() -> str:
    return str(g.editor.zone)
