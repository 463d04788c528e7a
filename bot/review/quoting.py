"""Another quote, a sentence more or less, another card: the post is written anew around words that are proven."""

from __future__ import annotations

from datetime import datetime

from bot.drafting.payload import freeze, thaw
from bot.drafting.posts import quote_post
from bot.errors import Refused, StaleDraft, WrongField
from bot.house import House
from bot.intend import platform_of
from bot.model.digest import Digest
from bot.model.episode import Transcript
from bot.model.provenance import EpisodeRef
from bot.model.publication import Kind, Post, QuotedSpan
from bot.platforms.composing import fault_of
from bot.platforms.facts import CardBy
from bot.prepare import cards
from bot.prepare.clips import recording
from bot.prepare.evidence import prove_publication
from bot.prepare.posts import shape
from bot.quotes.lock import find
from bot.quotes.stretch import Edge, moved, taken
from bot.quotes.timing import moment
from bot.review.editing import rendered, with_alt
from bot.store import drafts, episodes, labels
from bot.store.database import Db
from bot.store.drafts import Draft
from bot.store.labels import Verdict


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
    with rendered(number), house.store.write() as db:
        draft, post, digest = _quoting(db, number, seen=seen, give_up_words=give_up_words)
        return _requote(house, db, draft, post, digest, (begin, stop), verdict=Verdict.SKIPPED, actor=actor, now=now)


def stretch_quote(
    house: House, number: int, edge: Edge, *, seen: int, actor: str, now: datetime, give_up_words: bool = False
) -> Draft:
    """Move one end of a post's quote by a sentence, as `take_quote` does it: never out of the lock."""
    with rendered(number), house.store.write() as db:
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
        post = with_alt(post, alt)
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
