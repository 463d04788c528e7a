"""What editors do with drafts: edit, approve, hold, reject, reschedule. Approving writes the deliveries, sends nothing.

Every step names its actor. A step that the draft's state or its quotations do not allow is refused in a sentence, and
nothing is changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from bot.drafting import editions, proof
from bot.drafting.payload import freeze, thaw
from bot.drafting.posts import quote_post
from bot.errors import Awaited, Refused, StaleDraft, TemplateFault, WrongField
from bot.house import House, late
from bot.intend import intend, platform_of, refuse_a_full_day, refuse_a_repetition, take_free_slot, take_slot
from bot.model.digest import PARTS, Digest
from bot.model.episode import Transcript
from bot.model.provenance import EpisodeRef
from bot.model.publication import Kind, Post, Publication, QuotedSpan
from bot.model.states import DraftState
from bot.platforms.composing import fault_of
from bot.platforms.facts import CardBy
from bot.prepare import cards
from bot.prepare.clips import recording
from bot.prepare.cutting import awaited
from bot.prepare.editions import Composed, announce, composed, named
from bot.prepare.evidence import prove_publication
from bot.prepare.inspection import refuse_what_blocks
from bot.prepare.posts import shape
from bot.quotes.lock import find
from bot.quotes.stretch import Edge, moved, taken
from bot.quotes.timing import moment
from bot.store import drafts, episodes, labels, slots
from bot.store.codec import encode
from bot.store.database import Db
from bot.store.drafts import Approval, Draft
from bot.store.labels import Verdict
from bot.store.slots import SlotState

_POLICY = "policy:auto"
# Whoever decides by a link without an account is called so in the history.
BY_LINK = "link:"
LONGEST_FIELD = 20_000
"""So many characters a field of a draft takes; five times as many all that are saved at once."""

# The last time there is has no name in a zone to the east.
_LAST_YEAR = 2999
# Fewer characters of a hash do not say which content was looked at.
_SHORTEST_SEEN = 8
# From these a draft can be taken up again; one that is approved would go out while it is being looked at.
_STOPPED = (DraftState.HELD, DraftState.REJECTED, DraftState.CHANGES_REQUESTED)


def approve(
    house: House, number: int, *, actor: str, now: datetime, seen: str | None = None, at_once: bool = False
) -> Draft:
    """Approve the present revision of a draft; with the last approval that it needs, plan its delivery.

    `seen` is the (beginning of the) hash that the editor looked at; another one is refused. `at_once` gives up the
    draft's slot and makes it due now. An edition must pass the check of docs/preflight.md. Raises Refused, StaleDraft
    or FalseQuote.
    """
    with house.store.write() as db:
        return approve_within(house, db, number, actor=actor, now=now, seen=seen, at_once=at_once)


def approve_once(house: House, number: int, *, actor: str, now: datetime, seen: str, at_once: bool = False) -> Draft:
    """`approve` where it may be asked for twice: what this person approved already stays as it is."""
    with house.store.write() as db:
        draft = drafts.get(db, number, keep_others_off=True)
        if len(seen) >= _SHORTEST_SEEN and draft.state in (DraftState.IN_REVIEW, DraftState.SCHEDULED):
            given = drafts.approvals_of(db, draft)
            if any(each.hash.startswith(seen) and each.actor == actor for each in given):
                return draft
        return approve_within(house, db, number, actor=actor, now=now, seen=seen, at_once=at_once)


def approve_within(
    house: House,
    db: Db,
    number: int,
    *,
    actor: str,
    now: datetime,
    seen: str | None = None,
    at_once: bool = False,
    vouched_by: str = "",
) -> Draft:
    """`approve` as part of a transaction. `vouched_by` is who gave somebody without an account the means to do so."""
    draft = drafts.get(db, number, keep_others_off=True)
    content = drafts.revision(db, draft)
    if seen is not None and (len(seen) < _SHORTEST_SEEN or not content.hash.startswith(seen)):
        raise StaleDraft(
            f"Draft {number} is no longer what you looked at ({seen[:8]}); it is revision {content.number}, "
            f"{content.hash[:8]}: look at it again."
        )
    if draft.state is DraftState.HELD:
        raise Refused(
            f"Draft {number} is held ({draft.held_reason}).",
            page="Take it up again (reopen) first.",
            terminal=f"'pullquote drafts reopen {number}' first.",
        )
    publication = thaw(content.payload)
    _refuse_before_its_clip(house, db, draft, publication)
    prove_publication(db, publication)
    refuse_a_repetition(db, draft, publication)
    if draft.kind is Kind.EDITION:
        refuse_what_blocks(house, db, draft, now)
    if draft.state in (DraftState.DRAFT, DraftState.CHANGES_REQUESTED):
        draft = drafts.move(db, draft, DraftState.IN_REVIEW, actor=actor, at=now)
    given, needed = drafts.approvals_of(db, draft), approvers(house, draft)
    if needed > 1 and draft.state is DraftState.IN_REVIEW:
        refuse_the_same_person(given, actor, vouched_by)
    if len(given) + 1 < needed:
        of = f"{len(given) + 1} of {needed}"
        drafts.approve_in_part(db, draft, actor=actor, at=now, of=of, vouched_by=vouched_by)
        return drafts.get(db, number)
    drafts.approve(db, draft, actor=actor, at=now, vouched_by=vouched_by)
    _label(db, draft, Verdict.KEPT, actor=actor, now=now)
    draft = _timed(house, db, drafts.get(db, number), now=now, at_once=at_once)
    return _plan(house, db, draft, actor=actor, now=now)


def clip_to_come(house: House, db: Db, draft: Draft, publication: Publication) -> Literal["wait", "go"] | None:
    """What a post does whose clip is still being made: it waits, or may go before; None where there is no such clip."""
    channel = house.config.channels.get(draft.channel)
    if channel is None or not isinstance(publication, Post) or not awaited(db, draft, publication):
        return None
    return channel.before_clip


def _refuse_before_its_clip(house: House, db: Db, draft: Draft, publication: Publication) -> None:
    if clip_to_come(house, db, draft, publication) == "wait":
        raise Awaited(
            f"Draft {draft.id} waits for its clip, which is being made.",
            page="Look again in some minutes, or choose its card instead.",
            terminal=f"Look again in some minutes, or choose its card: 'pullquote drafts card {draft.id} square'.",
        )


def approvers(house: House, draft: Draft) -> int:
    """How many people have to approve a draft: what its newsletter or its channel asks for, the stricter of them."""
    tables = (house.config.newsletters.get(draft.newsletter or ""), house.config.channels.get(draft.channel))
    return max((table.approvers for table in tables if table is not None), default=1)


def refuse_the_same_person(given: Sequence[Approval], actor: str, vouched_by: str) -> None:
    """Raise Refused where who approves now may be somebody who approved before.

    Whoever made a link could have opened it: an approval by link counts for both, its maker and whom it was made for.
    """
    now = _people(actor, vouched_by)
    for each in given:
        if now & _people(each.actor, each.vouched_by):
            raise Refused(
                f"{each.actor} approved this already, and two different people have to. Where a link is used, whoever "
                "made it counts as well."
            )


def _people(actor: str, vouched_by: str) -> set[str]:
    return {name.removeprefix(BY_LINK).strip().casefold() for name in (actor, vouched_by) if name}


def edit(
    house: House, number: int, edits: Mapping[str, str], *, actor: str, now: datetime, begun: int | None = None
) -> Draft:
    """Put an editor's words into a draft, field by field; an empty text gives a field back to us.

    `begun` is the revision that the editor began with; where there is a newer one, StaleDraft. Makes a new revision and
    voids an approval. Raises Refused or FalseQuote, and then nothing is changed.
    """
    _within_bounds(edits)
    with house.store.write() as db:
        draft = drafts.get(db, number, keep_others_off=True)
        if begun is not None and begun != draft.revision:
            raise StaleDraft(f"Draft {number} is revision {draft.revision} now, you began with {begun}.")
        if draft.kind is Kind.EDITION:
            return _edit_edition(house, db, draft, edits, actor=actor, now=now)
        return _edit_post(house, db, draft, edits, actor=actor, now=now)


def hold(house: House, number: int, *, reason: str, actor: str, now: datetime) -> Draft:
    """Stop a draft until somebody takes it up again: its approval is void and nothing of it goes out.

    Of an edition whose mails are leaving at this moment no further request leaves; those under way come to their end.
    """
    with house.store.write() as db:
        return hold_within(db, number, reason=reason, actor=actor, now=now)


def hold_within(db: Db, number: int, *, reason: str, actor: str, now: datetime) -> Draft:
    """`hold` as part of a transaction."""
    draft = drafts.get(db, number, keep_others_off=True)
    return drafts.withdraw(db, draft, to=DraftState.HELD, actor=actor, at=now, reason=reason)


def reject(house: House, number: int, *, reason: str, actor: str, now: datetime) -> Draft:
    """Decide that a draft never goes out. The episodes of a rejected edition are free for the next."""
    return _withdraw(house, number, DraftState.REJECTED, reason=reason, actor=actor, now=now)


def request_changes(house: House, number: int, *, reason: str, actor: str, now: datetime) -> Draft:
    """Send a draft back with what is to be changed."""
    return _withdraw(house, number, DraftState.CHANGES_REQUESTED, reason=reason, actor=actor, now=now)


def reopen(house: House, number: int, *, actor: str, now: datetime) -> Draft:
    """Put a held or rejected draft, or one sent back, before the editors again."""
    with house.store.write() as db:
        draft = drafts.get(db, number, keep_others_off=True)
        if draft.kind is Kind.EDITION and draft.state is DraftState.REJECTED:
            raise Refused(f"Draft {number} is a rejected edition; its episodes are free and come in the next one.")
        if draft.state not in _STOPPED:
            raise Refused(f"Draft {number} is {draft.state}, not stopped; hold it first if it is not to go out.")
        return drafts.move(db, draft, DraftState.IN_REVIEW, actor=actor, at=now, detail="taken up again")


def reschedule(house: House, number: int, *, due: datetime, actor: str, now: datetime) -> Draft:
    """Give a draft another time; what was approved stays approved, because its content is the same."""
    if due < now - timedelta(minutes=1):
        raise WrongField(
            f"{due.isoformat()} lies in the past.",
            field="due",
            page="Give a time to come, or approve it to go out at once.",
            terminal="Give a time to come, or approve with --now.",
        )
    if due.year > _LAST_YEAR:
        raise WrongField(f"{due.isoformat()} is later than an editor could mean; give an earlier time.", field="due")
    with house.store.write() as db:
        draft = drafts.get(db, number, keep_others_off=True)
        if draft.state in (DraftState.PUBLISHED, DraftState.REJECTED):
            raise Refused(f"Draft {number} is {draft.state}; it has no time any more.")
        _leave_slot(db, draft, f"draft {number} was moved to another time by {actor}")
        moved = drafts.schedule(db, draft, slot_id=None, due_at=due)
        drafts.remark(db, moved, actor=actor, at=now, what="rescheduled", detail=due.isoformat())
        return intend(house, db, moved, now) if draft.state is DraftState.SCHEDULED else moved


def move_to_slot(house: House, number: int, *, due: datetime, actor: str, now: datetime) -> Draft:
    """Give a post the free slot of its channel at `due`, and its old slot back; an approval stays. Raises Refused."""
    with house.store.write() as db:
        draft = drafts.get(db, number, keep_others_off=True)
        if draft.newsletter is not None or draft.after_id is not None:
            raise Refused(f"Draft {number} goes with its newsletter, not into a slot: give it another time instead.")
        if draft.state in (DraftState.PUBLISHED, DraftState.REJECTED):
            raise Refused(f"Draft {number} is {draft.state}; it has no time any more.")
        platform_of(house, draft.channel)
        _leave_slot(db, draft, "")
        moved = take_slot(house, db, draft, due, now)
        drafts.remark(db, moved, actor=actor, at=now, what="moved to a slot", detail=due.isoformat())
        return intend(house, db, moved, now) if draft.state is DraftState.SCHEDULED else moved


def take_quote(
    house: House,
    number: int,
    *,
    begin: int,
    stop: int,
    seen: int,
    actor: str,
    now: datetime,
    give_up_words: bool = False,
) -> Draft:
    """Put another line of the same episode in the place of a post's quote: the sentences from `begin` to `stop`.

    The offsets are those of the newest digested reading. The post is written anew by the code that drafted it.
    `seen` is the revision that the editor looked at. Words of an editor's own, and media, go only where
    `give_up_words`. Raises Refused, StaleDraft or FalseQuote, and then nothing is changed.
    """
    with _rendered(number), house.store.write() as db:
        draft, post, digest = _quoting(db, number, seen=seen, give_up_words=give_up_words)
        return _requote(house, db, draft, post, digest, (begin, stop), verdict=Verdict.SKIPPED, actor=actor, now=now)


def stretch_quote(
    house: House, number: int, edge: Edge, *, seen: int, actor: str, now: datetime, give_up_words: bool = False
) -> Draft:
    """Move one end of a post's quote by a sentence, as `take_quote` does it: never out of the lock."""
    with _rendered(number), house.store.write() as db:
        draft, post, digest = _quoting(db, number, seen=seen, give_up_words=give_up_words)
        place = moved(*_in_newest(db, post.quotes[0], digest.ref), edge)
        return _requote(house, db, draft, post, digest, place, verdict=Verdict.EDITED, actor=actor, now=now)


def choose_card(
    house: House,
    number: int,
    choice: str,
    *,
    seen: int,
    actor: str,
    now: datetime,
    approximately: bool = False,
) -> Draft:
    """Give a post of one quote a card of another size, a picture for its link, a clip, or nothing (`cards.CHOICES`).

    `approximately` allows a clip though its second is not known exactly. An edited alt text stays: the words are the
    same. Raises Refused or StaleDraft, and then nothing is changed.
    """
    if choice not in cards.CHOICES:
        raise WrongField(f"There is no card '{choice[:20]}'; choose one of {', '.join(cards.CHOICES)}.", field="card")
    with house.store.read() as db:
        draft, before, digest = _of_one_quote(db, drafts.get(db, number), seen=seen)
        (span,) = before.quotes
        heard = recording(house, db, span.ref)
    platform, transcript = platform_of(house, draft.channel), heard.episode.transcript
    if choice == cards.LINK and (platform.facts.card is not CardBy.US or before.link is None):
        raise Refused(f"'{platform.name}' shows no link card of ours; choose a size, or none.")
    said_at = moment(transcript, span.begin, span.stop) if transcript is not None else None
    # A film takes some seconds: it is made while nobody is kept off the store.
    quoted = cards.Quoted(digest.show, said_at, heard, approximately)
    dressed = cards.dressed(house, draft.channel, before, quoted, choice=choice)
    if dressed.fault:
        raise Refused(dressed.fault)
    post = dressed.post
    if (alt := draft.edits.get("alt")) and len(post.borne) == 1:
        post = _with_alt(post, alt)
    with house.store.write() as db:
        draft, _, _ = _of_one_quote(db, drafts.get(db, number, keep_others_off=True), seen=seen)
        prove_publication(db, post)
        cards.keep(db, dressed.files, at=now)
        return drafts.revise(
            db,
            draft,
            payload=freeze(post),
            basis="",
            title=draft.title,
            actor=actor,
            at=now,
            note=f"card: {choice}",
            edits={**draft.edits, "card": choice},
        )


def approve_by_policy(house: House, now: datetime) -> int:
    """Approve drafts of channels whose policy is "auto", once their time for a veto is over. Returns how many."""
    approved = 0
    if all(channel.approval != "auto" for channel in house.config.channels.values()):
        return approved
    with house.store.read() as db:
        waiting = drafts.listed(db, [DraftState.IN_REVIEW], limit=1000)
    for draft in waiting:
        at = by_itself(house, draft)
        if at is not None and at <= now:
            try:
                approve(house, draft.id, actor=_POLICY, now=now)
                approved += 1
            except Awaited:
                continue
            except Refused as error:
                hold(house, draft.id, reason=str(error), actor=_POLICY, now=now)
    return approved


def by_itself(house: House, draft: Draft) -> datetime | None:
    """When a draft is approved by its channel's policy, unless somebody stops it; None where a person has to."""
    channel = house.config.channels.get(draft.channel)
    if channel is None or channel.approval != "auto" or draft.state is not DraftState.IN_REVIEW:
        return None
    return draft.changed_at + channel.veto


@contextmanager
def _rendered(number: int) -> Iterator[None]:
    """Say to an editor that a template stands in the way, and that nothing was changed."""
    try:
        yield
    except TemplateFault as fault:
        raise Refused(f"Nothing was changed: draft {number} cannot be rendered. {fault}") from fault


def _label(db: Db, draft: Draft, verdict: Verdict, *, actor: str, now: datetime) -> None:
    """Remember what an editor made of a draft's quotes; what passes by policy is nobody's judgement."""
    if actor != _POLICY:
        quotes = thaw(drafts.revision(db, draft).payload).quotes
        labels.record(db, draft=draft.id, quotes=quotes, verdict=verdict, actor=actor, at=now)


def _timed(house: House, db: Db, draft: Draft, *, now: datetime, at_once: bool) -> Draft:
    """Give an approved draft the time at which it goes out."""
    if at_once:
        if draft.newsletter is None:
            refuse_a_full_day(house, db, draft, now)
        _leave_slot(db, draft, "sent before its time")
        return drafts.schedule(db, draft, slot_id=None, due_at=now)
    if draft.due_at is None:
        return take_free_slot(house, db, draft, now)
    limit = late(house, draft.channel, draft.newsletter, draft.due_at)
    if draft.after_id is None and limit < now:
        raise Refused(
            f"Draft {draft.id} was due {_in_words(house, draft)} and has come too late.",
            page="Approve it to go out at once, or give it another time first.",
            terminal="Approve it with --now, or give it another time with 'pullquote drafts reschedule'.",
        )
    return draft


def _leave_slot(db: Db, draft: Draft, reason: str, *, edition: SlotState = SlotState.TAKEN) -> None:
    """Give a post's slot to the next post. An edition's slot is not filled again: it stays taken, or is skipped."""
    if draft.slot_id is not None:
        slots.give_up(db, draft.slot_id, edition if draft.kind is Kind.EDITION else SlotState.OPEN, reason)


def _in_words(house: House, draft: Draft) -> str:
    """When a draft goes out, by the clock of those for whom it is: "Tue 24 Nov 2026 09:00 Europe/Berlin"."""
    assert draft.due_at is not None  # noqa: S101 - it was given one before
    zone = house.zone_of(draft.channel, draft.newsletter)
    return f"{draft.due_at.astimezone(ZoneInfo(zone)):%a %d %b %Y %H:%M} {zone}"


def _plan(house: House, db: Db, draft: Draft, *, actor: str, now: datetime) -> Draft:
    scheduled = drafts.move(
        db, draft, DraftState.SCHEDULED, actor=actor, at=now, detail=f"due {_in_words(house, draft)}"
    )
    return intend(house, db, scheduled, now)


def tried(house: House, db: Db, draft: Draft, edits: Mapping[str, str]) -> tuple[Composed, dict[str, str]]:
    """An edition as it would be with an editor's words, and all of these; nothing is kept.

    Raises Refused or FalseQuote where the words may not stand there.
    """
    _within_bounds(edits)
    name, number, due = named(draft)
    members = drafts.edition_of(db, draft)
    editions.check_fields(edits, frozenset(members))
    editions.check_quotes(edits, [found for each in members if (found := episodes.digest(db, each)) is not None])
    merged = editions.with_places(draft.edits, edits)
    transcripts = [episodes.load(db, ref).transcript for each in members if (ref := episodes.newest(db, each))]
    proof.prove_own_words(editions.own_words(merged), [each for each in transcripts if each], _names(db, members))
    with _rendered(draft.id):
        if any(f"place:{each}" in edits for each in PARTS) and not house.renderer_of(name).orders_parts:
            raise Refused(
                "The theme prints the parts of an edition in an order of its own, so none of them can be moved."
            )
        made = composed(house, db, name=name, number=number, due=due, members=members, edits=merged)
    editions.check_items(edits, made.edition)
    prove_publication(db, made.mail)
    return made, merged


def _within_bounds(edits: Mapping[str, str]) -> None:
    """Raise WrongField for more than anybody types: what it costs to read, measure and compare grows with it."""
    for name, text in edits.items():
        if len(text) > LONGEST_FIELD:
            raise WrongField(
                f"'{name}' has {len(text):,} characters; a field takes {LONGEST_FIELD:,}. Shorten it.", field=name
            )
    if (total := sum(map(len, edits.values()))) > 5 * LONGEST_FIELD:
        raise Refused(f"That is {total:,} characters at once; save it in parts of at most {5 * LONGEST_FIELD:,}.")


def _edit_edition(house: House, db: Db, draft: Draft, edits: Mapping[str, str], *, actor: str, now: datetime) -> Draft:
    made, merged = tried(house, db, draft, edits)
    announce(house, db, draft, made.edition, actor=actor, now=now)
    changed = {int(name.partition(":")[2]) for name in edits if name.startswith("quote:")}
    before = thaw(drafts.revision(db, draft).payload).quotes
    gone = [each for each in before if each.ref.episode in changed and each not in made.mail.quotes]
    labels.record(db, draft=draft.id, quotes=gone, verdict=Verdict.SKIPPED, actor=actor, at=now)
    return drafts.revise(
        db,
        draft,
        payload=made.payload,
        basis=encode(made.edition),
        title=made.mail.subject,
        actor=actor,
        at=now,
        note=f"edited: {', '.join(sorted(edits))}",
        edits=merged,
    )


def rewritten(house: House, db: Db, draft: Draft, edits: Mapping[str, str]) -> Post:
    """A post as it would be with an editor's words; nothing is kept.

    Raises Refused or FalseQuote where the words may not stand there.
    """
    before = thaw(drafts.revision(db, draft).payload)
    if not isinstance(before, Post):
        raise Refused(f"Draft {draft.id} is no post.")
    if not edits or not set(edits) <= {"text", "alt"}:
        stranger = next(iter(sorted(set(edits) - {"text", "alt"})), "")
        raise WrongField("A post has two fields to edit: text, and the alt text of its picture (alt).", field=stranger)
    text = edits.get("text", before.text).strip()
    if not text:
        raise WrongField("A post without text cannot be sent; reject the draft instead.", field="text")
    changed = replace(_with_alt(before, edits["alt"]) if "alt" in edits else before, text=text)
    if text != before.text:
        changed = cards.with_card_of_words(changed)
    shown = {said for each in changed.borne for said in each.says}
    said = [quote for quote in before.quotes if quote.text in changed.words or quote.text in shown]
    post = replace(changed, quotes=tuple(said))
    platform = platform_of(house, draft.channel)
    if (fault := fault_of(platform, post)) is not None:
        # What was wrong before somebody wrote is not the fault of what they wrote.
        if fault == fault_of(platform, before):
            raise Refused(fault)
        raise WrongField(fault, field="text" if "text" in edits else "alt")
    members = [ref.episode for ref in post.episodes]
    transcripts = [episodes.load(db, ref).transcript for ref in post.episodes]
    for words in (text, *(each.alt for each in post.borne)):
        proof.prove_own_words(words, [each for each in transcripts if each], _names(db, members))
    prove_publication(db, post)
    return post


def _edit_post(house: House, db: Db, draft: Draft, edits: Mapping[str, str], *, actor: str, now: datetime) -> Draft:
    before, post = thaw(drafts.revision(db, draft).payload), rewritten(house, db, draft, edits)
    dropped = [quote for quote in before.quotes if quote not in post.quotes]
    labels.record(db, draft=draft.id, quotes=dropped, verdict=Verdict.SKIPPED, actor=actor, at=now)
    if post.text != before.text:
        labels.record(db, draft=draft.id, quotes=post.quotes, verdict=Verdict.EDITED, actor=actor, at=now)
    return drafts.revise(
        db,
        draft,
        payload=freeze(post),
        basis="",
        title=draft.title,
        actor=actor,
        at=now,
        note=f"edited: {', '.join(sorted(edits))}",
        edits={**draft.edits, **{field: words.strip() for field, words in edits.items()}},
    )


def _with_alt(post: Post, alt: str) -> Post:
    """The post with another alt text of its only picture, sound or film."""
    alt = alt.strip()
    if len(post.borne) != 1:
        raise WrongField("The post bears no picture whose alt text could be edited.", field="alt")
    if not alt:
        raise WrongField("A picture needs an alt text: say what it shows, for who cannot see it.", field="alt")
    return cards.described(post, alt)


def own_words(draft: Draft, post: Post) -> bool:
    """Whether another quote would replace what an editor wrote or chose; a card of ours is drawn anew."""
    own_media = any(not each.says for each in post.media)
    return bool({"text", "alt"} & set(draft.edits) or own_media or post.parts or post.warning)


def _quoting(db: Db, number: int, *, seen: int, give_up_words: bool) -> tuple[Draft, Post, Digest]:
    """A quote post that may get another quote, with what we say about its episode."""
    draft, post, digest = _of_one_quote(db, drafts.get(db, number, keep_others_off=True), seen=seen)
    if own_words(draft, post) and not give_up_words:
        raise Refused(
            f"Draft {number} bears an editor's own words or media, which another quote would replace: "
            "say that they may go, or edit the text."
        )
    return draft, post, digest


def _of_one_quote(db: Db, draft: Draft, *, seen: int) -> tuple[Draft, Post, Digest]:
    number = draft.id
    if draft.revision != seen:
        raise StaleDraft(
            f"Draft {number} is revision {draft.revision} now, you looked at {seen}: nothing was changed; look again."
        )
    post = thaw(drafts.revision(db, draft).payload)
    if draft.kind is not Kind.QUOTE_POST or not isinstance(post, Post) or len(post.quotes) != 1:
        raise Refused(f"Draft {number} is no post of one quote; its text can be edited instead.")
    digest = episodes.digest(db, post.quotes[0].ref.episode)
    if digest is None:
        raise Refused(f"The episode of draft {number} has not been digested yet; wait for the next pass.")
    return draft, post, digest


def _in_newest(db: Db, span: QuotedSpan, ref: EpisodeRef) -> tuple[Transcript, int, int]:
    """Where a quote stands in the newest digested reading of its episode. Raises Refused where it does not."""
    before = episodes.load(db, span.ref).transcript
    transcript = episodes.load(db, ref).transcript
    if before is not None and transcript is not None:
        place = (span.begin, span.stop) if span.ref == ref else find(transcript, before.text[span.begin : span.stop])
        if place is not None:
            return transcript, *place
    raise Refused("The episode was read anew and does not hold this quote any more: take another one.")


def _requote(
    house: House,
    db: Db,
    draft: Draft,
    before: Post,
    digest: Digest,
    place: tuple[int, int],
    *,
    verdict: Verdict,
    actor: str,
    now: datetime,
) -> Draft:
    picked = next((each for each in digest.quotes if (each.begin, each.stop) == place), None)
    quote = picked or taken(episodes.load(db, digest.ref), *place).quote
    platform = platform_of(house, draft.channel)
    post = quote_post(digest, quote, shape(house, draft.channel))
    if post is None:
        raise WrongField(
            f"“{_shortened(quote.text)}” is too long for channel '{draft.channel}', even without all the rest.",
            field="quote",
        )
    # A clip of other words is cut when somebody asks for it; until then the channel's card takes its place.
    choice = draft.edits.get("card", "")
    choice = "" if choice in cards.CLIPS else choice
    quoted = cards.Quoted(digest.show, quote.moment)
    dressed = cards.dressed(house, draft.channel, post, quoted, choice=choice)
    post = dressed.post
    if (fault := fault_of(platform, post)) is not None:
        raise WrongField(dressed.fault or fault, field="quote")
    prove_publication(db, post)
    if post == before:
        return draft
    cards.keep(db, dressed.files, at=now)
    labels.record(db, draft=draft.id, quotes=before.quotes, verdict=verdict, actor=actor, at=now)
    return drafts.revise(
        db,
        draft,
        payload=freeze(post),
        basis="",
        title=draft.title,
        actor=actor,
        at=now,
        note=f"quote: {_shortened(quote.text)}",
        edits={"quote": quote.text, **({"card": choice} if choice else {})},
    )


def _shortened(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"


def _names(db: Db, members: list[int]) -> set[str]:
    found: set[str] = set()
    for each in members:
        if listed := episodes.find(db, each):
            found |= {listed.title, listed.show or ""}
    return found


def _withdraw(house: House, number: int, to: DraftState, *, reason: str, actor: str, now: datetime) -> Draft:
    with house.store.write() as db:
        draft = drafts.get(db, number, keep_others_off=True)
        moved = drafts.withdraw(db, draft, to=to, actor=actor, at=now, reason=reason)
        # A rejected edition says nothing of its quotes: its episodes come again in the next.
        if to is DraftState.REJECTED and draft.kind is not Kind.EDITION:
            _label(db, draft, Verdict.SKIPPED, actor=actor, now=now)
        return _let_go(db, moved, reason=reason, actor=actor, now=now) if to is DraftState.REJECTED else moved


def _let_go(db: Db, draft: Draft, *, reason: str, actor: str, now: datetime) -> Draft:
    """Free what a rejected draft held: its slot, the episodes of an edition, and the posts that would announce it."""
    why = f"draft {draft.id} was rejected by {actor}: {reason}"
    _leave_slot(db, draft, why, edition=SlotState.SKIPPED)
    if draft.kind is Kind.EDITION:
        drafts.take_from_edition(db, draft, drafts.edition_of(db, draft))
    for announcement in drafts.announcing(db, draft):
        if announcement.state is not DraftState.REJECTED:
            drafts.withdraw(db, announcement, to=DraftState.REJECTED, actor=actor, at=now, reason=reason)
    return drafts.schedule(db, draft, slot_id=None, due_at=None)
