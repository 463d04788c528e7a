"""An archive with something in it: episodes read, an edition and a quote post sent, and somebody who looks at it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask.testing import FlaskClient

from bot.desk.app import application
from bot.drafting.pages import quote_key
from bot.drafting.payload import freeze
from bot.house import House
from bot.model.publication import Kind, Mail, QuotedSpan
from bot.store import archive
from bot.store.codec import encode
from bot.store.drafts import Draft
from bot.store.schema import deliveries, draft_revisions, drafts
from tests.render.editions import digest
from tests.render.editions import edition as made_up
from tests.work.desk import BENCH, POT, TUESDAY, approve_now, content, draft, lay, with_config, work
from tests.work.readers import MAIL

PUBLIC = "https://news.example.org"


def public(house: House, more: str = "") -> House:
    """The house with an address that others reach."""
    return with_config(house, lambda text: f'{text}\n[web]\npublic = "{PUBLIC}"\n{more}')


def sent(house: House, *seeds: str) -> Draft:
    """The edition of some sample episodes, published."""
    for seed in seeds or (POT, BENCH):
        lay(house, seed)
    work(house)
    approve_now(house, draft(house, Kind.EDITION))
    work(house)
    return draft(house, Kind.EDITION)


def quoted(house: House) -> Draft:
    """A post with a quote of a sample episode, published."""
    lay(house, POT)
    work(house)
    post = draft(house, Kind.QUOTE_POST)
    approve_now(house, post)
    work(house)
    return post


def spans(house: House, of: Draft) -> tuple[QuotedSpan, ...]:
    return content(house, of).quotes


def key_of(house: House, span: QuotedSpan) -> str:
    with house.store.read() as db:
        return quote_key(archive.identities(db, [span.ref.episode])[span.ref.episode], span.text)


def visitor(house: House, now: datetime = TUESDAY) -> FlaskClient:
    return application(house, now=lambda: now).test_client()


def letters(text: str) -> str:
    """A text as it is compared between a mail and a page."""
    return "".join(each for each in text.casefold() if each.isalnum())


def links(html: str) -> list[str]:
    return re.findall(r'href="([^"]*)"', html)


def many(house: House, numbers: list[int], *, out: bool = True) -> None:
    """So many editions of the newsletter, as they stand in the database once they went out (or wait to)."""
    lead = digest(1, quotes=())
    basis = encode(made_up(1, lead=lead, top=(lead,), quotes=()))
    mail = freeze(Mail(**{**vars(MAIL), "html": "<p>", "text": "x"}))
    state = ("published", "accepted") if out else ("in_review", "planned")
    with house.store.write() as db:
        first = (db.scalar(sa.select(sa.func.max(drafts.c.id))) or 0) + 1
        ids = {number: first + at for at, number in enumerate(numbers)}
        at = {number: TUESDAY + timedelta(days=number) for number in numbers}
        db.execute(
            sa.insert(drafts),
            [
                {
                    "id": ids[each],
                    "key": f"edition:weekly:{each}",
                    "kind": "edition",
                    "channel": "mail",
                    "newsletter": "weekly",
                    "number": each,
                    "state": state[0],
                    "title": f"The one with {each}",
                    "revision": 1,
                    "edits": "{}",
                    "due_at": at[each],
                    "held_reason": "",
                    "made_at": TUESDAY,
                    "changed_at": TUESDAY,
                }
                for each in numbers
            ],
        )
        db.execute(
            sa.insert(draft_revisions),
            [
                {
                    "draft_id": ids[each],
                    "number": 1,
                    "hash": "h",
                    "payload": mail,
                    "basis": basis,
                    "made_by": "eve",
                    "made_at": TUESDAY,
                    "note": "",
                }
                for each in numbers
            ],
        )
        db.execute(
            sa.insert(deliveries),
            [
                {
                    "key": f"d{ids[each]}",
                    "draft_id": ids[each],
                    "revision": 1,
                    "channel": "mail",
                    "state": state[1],
                    "body": b"",
                    "body_hash": "h",
                    "composed_at": TUESDAY,
                    "due_at": TUESDAY,
                    "late_at": TUESDAY,
                    "attempts": 1,
                    "reason": "",
                    "answer": "",
                    "changed_at": TUESDAY,
                }
                for each in numbers
            ],
        )
