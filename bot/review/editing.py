"""An editor's words in an edition or a post: each field within its bounds, each quotation proven."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from bot.drafting import editions, proof
from bot.drafting.payload import freeze, thaw
from bot.errors import Refused, StaleDraft, TemplateFault, WrongField
from bot.house import House
from bot.intend import platform_of
from bot.model.digest import PARTS
from bot.model.publication import Kind, Post
from bot.platforms.composing import fault_of
from bot.prepare import cards
from bot.prepare.editions import Composed, announce, composed, named
from bot.prepare.evidence import prove_publication
from bot.store import drafts, episodes, labels
from bot.store.codec import encode
from bot.store.database import Db
from bot.store.drafts import Draft
from bot.store.labels import Verdict

LONGEST_FIELD = 20_000
"""So many characters a field of a draft takes; five times as many all that are saved at once."""


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
    with rendered(draft.id):
        if any(f"place:{each}" in edits for each in PARTS) and not house.renderer_of(name).orders_parts:
            raise Refused(
                "The theme prints the parts of an edition in an order of its own, so none of them can be moved."
            )
        made = composed(house, db, name=name, number=number, due=due, members=members, edits=merged)
    editions.check_items(edits, made.edition)
    prove_publication(db, made.mail)
    return made, merged


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
    changed = replace(with_alt(before, edits["alt"]) if "alt" in edits else before, text=text)
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


def with_alt(post: Post, alt: str) -> Post:
    """The post with another alt text of its only picture, sound or film."""
    alt = alt.strip()
    if len(post.borne) != 1:
        raise WrongField("The post bears no picture whose alt text could be edited.", field="alt")
    if not alt:
        raise WrongField("A picture needs an alt text: say what it shows, for who cannot see it.", field="alt")
    return cards.described(post, alt)


@contextmanager
def rendered(number: int) -> Iterator[None]:
    """Say to an editor that a template stands in the way, and that nothing was changed."""
    try:
        yield
    except TemplateFault as fault:
        raise Refused(f"Nothing was changed: draft {number} cannot be rendered. {fault}") from fault


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


def _names(db: Db, members: list[int]) -> set[str]:
    found: set[str] = set()
    for each in members:
        if listed := episodes.find(db, each):
            found |= {listed.title, listed.show or ""}
    return found
