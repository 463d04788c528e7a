"""The check of an edition before it is approved: gathers from the store what `bot.preflight` holds a mail against."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.audience import days_of
from bot.drafting.payload import thaw
from bot.errors import FalseQuote, Refused
from bot.house import House
from bot.model.domain import DomainRecords
from bot.model.publication import Mail
from bot.platforms.letters import Letters
from bot.preflight import Circumstances, Finding, blocking, inspect, last_look
from bot.preflight.head import domain_of
from bot.prepare.evidence import prove_publication
from bot.store import audiences, drafts, episodes
from bot.store.database import Db
from bot.store.drafts import Draft


def inspected(
    house: House, db: Db, draft: Draft, now: datetime, *, records: DomainRecords | None = None
) -> tuple[Finding, ...]:
    """What is wrong with an edition as it stands, the grave things first. Raises Refused for a draft that is none.

    `records` are what DNS told of the sender's domain, where somebody asked.
    """
    mail = edition_of(db, draft)
    table = house.config.newsletters.get(mail.newsletter)
    return inspect(
        mail,
        Circumstances(
            address=house.imprint(mail.newsletter).address if table is not None else "",
            leaves_home=leaves_home(house, draft.channel),
            least=_least(house, mail),
            walled=_walled(db, mail),
            false_quote=_false_quote(db, mail),
            readers=_readers(house, db, draft, mail, now),
            audience_change=table.audience_change if table is not None else 1.0,
            records=records,
            public=house.config.web.public,
            one_click=not isinstance(house.channels.get(draft.channel), Letters)
            or (house.config.web.public or "").startswith("https://"),
        ),
    )


def asked(house: House, db: Db, draft: Draft, ask: Callable[[str], DomainRecords]) -> DomainRecords | None:
    """What DNS tells of the domain of an edition's sender; None, unasked, where nothing leaves this machine."""
    if not house.config.live or not leaves_home(house, draft.channel):
        return None
    domain = domain_of(edition_of(db, draft).sender)
    return ask(domain) if domain is not None else None


def refuse_what_blocks(house: House, db: Db, draft: Draft, now: datetime) -> None:
    """Raise Refused, with every line that stops it, unless an edition may go out. The host may want to be told only."""
    table = house.config.newsletters.get(draft.newsletter or "")
    if table is None or table.preflight == "warn":
        return
    found = blocking(inspected(house, db, draft, now))
    if found:
        lines = "\n".join(f"- {each}" for each in found)
        raise Refused(
            f"Draft {draft.id} is not ready to go out:\n{lines}\n",
            page="Mend these first.",
            terminal=f"'pullquote drafts preflight {draft.id}' shows the whole list.",
        )


def stopped(house: House, channel: str, mail: Mail) -> str | None:
    """Why an approved edition must not go out after all, in words, or None: what only shows where it really leaves."""
    table = house.config.newsletters.get(mail.newsletter)
    if table is None or table.preflight == "warn":
        return None
    found = last_look(mail, leaves_home=leaves_home(house, channel))
    return " ".join(str(each) for each in found) or None


def edition_of(db: Db, draft: Draft) -> Mail:
    """The mail that an edition is. Raises Refused for a post."""
    content = thaw(drafts.revision(db, draft).payload)
    if not isinstance(content, Mail):
        raise Refused(f"Draft {draft.id} is a post; only editions are checked in this way.")
    return content


def leaves_home(house: House, channel: str) -> bool:
    """Whether what goes out on a channel reaches anybody but us, as things stand."""
    return house.may_send(channel) and house.channels[channel].leaves_home


def _least(house: House, mail: Mail) -> int:
    table = house.config.newsletters.get(mail.newsletter)
    return table.min_episodes if table is not None else 1


def _walled(db: Db, mail: Mail) -> tuple[str, ...]:
    """Titles of episodes whose newest reading is gated where the one that is printed was not."""
    found = []
    for ref in mail.episodes:
        newest = episodes.newest(db, ref.episode)
        if newest is not None and newest != ref:
            latest = episodes.load(db, newest)
            if latest.gated and not episodes.load(db, ref).gated:
                found.append(latest.title)
    return tuple(found)


def _false_quote(db: Db, mail: Mail) -> str | None:
    try:
        prove_publication(db, mail)
    except FalseQuote as error:
        return str(error)
    return None


def _readers(house: House, db: Db, draft: Draft, mail: Mail, now: datetime) -> tuple[int, int] | None:
    """How many readers it would have and how many the one before had, where the list is ours."""
    if not isinstance(house.channels.get(draft.channel), Letters):
        return None
    before = audiences.readers_of_the_last(db, mail.newsletter, besides=draft.id)
    if before is None or mail.newsletter not in house.config.newsletters:
        return None
    awake = days_of(now, ZoneInfo(house.config.newsletters[mail.newsletter].zone)).tomorrow
    return audiences.readers_of_the_next(db, mail.newsletter, awake=awake), before
