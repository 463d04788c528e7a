"""Goes through everything that a draft's sending would do, up to the one request that cannot be taken back.

Quotations, pre-flight, the very bytes, the account, and last the service's own test mode where it has one. Nobody gets
anything, and nothing is written but a line in the history.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.deliver.trial import nobodys_letter
from bot.drafting.payload import fingerprint, thaw
from bot.errors import FalseQuote, Refused, Rejected, Unsent
from bot.house import House
from bot.intend import platform_of
from bot.model.publication import Mail, Publication
from bot.platforms.composing import compose
from bot.platforms.contract import Checks, Http, Platform, Receipt
from bot.platforms.letters import Letters, Rehearsal, Rehearses, sender_of
from bot.preflight import blocking
from bot.prepare.evidence import prove_publication
from bot.prepare.inspection import inspected
from bot.store import drafts, events
from bot.store.drafts import Draft


@dataclass(frozen=True)
class Rehearsed:
    """One part of a rehearsal: what was tried, what came of it, and whether it would keep the draft from going out."""

    part: str
    said: str
    fault: bool = False


def rehearse(house: House, number: int, http: Http, *, actor: str, clock: Callable[[], datetime]) -> list[Rehearsed]:
    """Rehearse the present revision of a draft. Raises Refused where there is no such draft or channel."""
    with house.store.read() as db:
        draft = drafts.get(db, number)
        revision = drafts.revision(db, draft)
    publication = thaw(revision.payload)
    platform = platform_of(house, draft.channel)
    parts = [*_at_home(house, draft, publication, platform, clock())]
    parts += _at_the_service(house, draft, publication, platform, http, clock)
    faults = sum(each.fault for each in parts)
    said = f"revision {revision.number}, {revision.hash[:8]}: {f'{faults} to mend' if faults else 'nothing to mend'}"
    house.store.together(
        lambda db: events.note(db, at=clock(), actor=actor, subject=f"draft:{number}", what="rehearsed", detail=said)
    )
    return parts


def _at_home(
    house: House, draft: Draft, publication: Publication, platform: Platform, now: datetime
) -> Iterator[Rehearsed]:
    with house.store.read() as db:
        try:
            prove_publication(db, publication)
            yield Rehearsed("quotations", f"{len(publication.quotes)} stand in their transcripts, word for word")
        except FalseQuote as error:
            yield Rehearsed("quotations", str(error), fault=True)
        if isinstance(publication, Mail):
            found = inspected(house, db, draft, now)
            stops = blocking(found)
            said = " ".join(str(each) for each in stops) or f"{len(found)} to look at, nothing that stops it"
            yield Rehearsed("pre-flight", said, fault=bool(stops))
    try:
        pieces = compose(platform, publication, key=f"rehearsal-{draft.id}", at=now).pieces
    except Refused as error:
        yield Rehearsed("bytes", str(error), fault=True)
        return
    for piece in pieces:
        yield Rehearsed("bytes", f"{len(piece.body):,} for {platform.name}, {fingerprint(piece.body)[:8]}")


def _at_the_service(
    house: House, draft: Draft, publication: Publication, platform: Platform, http: Http, clock: Callable[[], datetime]
) -> Iterator[Rehearsed]:
    if platform.leaves_home and not house.may_send(draft.channel):
        yield Rehearsed("account", "not tried: nothing leaves this machine while live = false")
        return
    if (why := house.frozen()) is not None:
        yield Rehearsed("account", f"not tried: everything is frozen, {why}")
        return
    if not isinstance(platform, Checks):
        yield Rehearsed("account", f"{platform.name} cannot be tried without publishing")
    else:
        try:
            yield Rehearsed("account", platform.check(http))
        except Unsent as failure:
            yield Rehearsed("account", _in_words(failure), fault=True)
            return
    if not isinstance(publication, Mail):
        return
    if not isinstance(platform, Rehearses):
        own = f"; 'pullquote drafts try {draft.id} ADDRESS' sends it to yourself"
        said = f"{platform.name} has no test mode{own if isinstance(platform, Letters) else ''}"
        yield Rehearsed("test mode", said)
        return
    yield _in_test_mode(house, platform.rehearsal(), publication, http, clock())


def _in_test_mode(house: House, rehearsal: Rehearsal, mail: Mail, http: Http, now: datetime) -> Rehearsed:
    key = f"rehearsal-{secrets.token_hex(6)}"
    # Should a test mode ever fail to be one, the mail goes to its own sender and nobody else.
    letter = nobodys_letter(house, rehearsal.address or sender_of(mail)[1], key=key)
    try:
        body = rehearsal.service.enclose(mail, (letter,), key=key, at=now)
        outcome = rehearsal.service.post(body, (letter,), http, key=key)[0]
    except (Refused, Unsent) as failure:
        return Rehearsed("test mode", f"{rehearsal.how}: {_in_words(failure)}", fault=True)
    if not isinstance(outcome, Receipt):
        return Rehearsed("test mode", f"{rehearsal.how}: {_in_words(outcome)}", fault=True)
    return Rehearsed("test mode", f"taken, in {rehearsal.how}")


def _in_words(failure: Refused | Unsent) -> str:
    return f"{failure} {failure.remedy}" if isinstance(failure, Rejected) else str(failure)
