"""What readers chose is what they get: a length, less, more, an hour, a month; on both databases, to the end."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from bot.errors import Unknown
from bot.house import House
from bot.model.choices import Choice, chosen
from bot.model.digest import TopicGroup
from bot.model.publication import Mail
from bot.model.states import DeliveryState, RecipientState
from bot.model.subscriber import UNCHOSEN, Cadence, Leaning, Length, Why, Wishes
from bot.store import receipts, subscribers
from tests.drafting.test_choices import mail_of
from tests.render.editions import IMPRINT, digest, edition
from tests.work.desk import DAY, HOUR, TUESDAY, approve_now, delivery, with_config
from tests.work.readers import MAIL as READERS_MAIL
from tests.work.readers import AskedOffice, PostOffice, an_edition, join, passes, tally, with_readers


def _mail() -> Mail:
    """An edition of six episodes at all its lengths, without quotations: there is no transcript of them here."""
    six = [digest(each, quotes=()) for each in range(1, 7)]
    groups = (TopicGroup("more", tuple(six[1:])),)
    made = edition(6, lead=six[0], top=tuple(six[:3]), groups=groups, quotes=())
    mail = mail_of(made, replace(IMPRINT, address="The Test Post, 2 Proof Lane, Setterby"))
    return replace(mail, newsletter="weekly", episodes=(), promises=READERS_MAIL.promises)


MAIL = _mail()
LESS, MORE = Leaning.LESS, Leaning.MORE
SHOWS = sorted({each.show for each in MAIL.stories})


ADA, BOB, CLEO, DAN, EVA = (f"{each}@example.org" for each in ("ada", "bob", "cleo", "dan", "eva"))


def wish(house: House, address: str, wishes: Wishes, *, cadence: Cadence = Cadence.EVERY) -> None:
    with house.store.write() as db:
        subscribers.prefer(db, join(db, address), cadence=cadence, paused_until=None, at=TUESDAY, wishes=wishes)


def got(office: PostOffice) -> dict[str, str]:
    """What came to whom, as plain text."""
    return {address: text for body in office.bodies for address, text in json.loads(body)[2]}


def test_everyone_gets_the_length_and_the_shows_that_they_chose_and_each_request_bears_one_version(
    house: House,
) -> None:
    house = with_readers(house, office := PostOffice(), 12)
    wish(house, ADA, Wishes(Length.BRIEF))
    wish(house, BOB, Wishes(Length.SHORT, shows=(("Ground Truth", LESS), ("Room Tone", MORE))))
    wish(house, CLEO, Wishes(shows=(("ground truth", LESS),)))
    wish(house, DAN, Wishes(shows=tuple((each, LESS) for each in SHOWS)))
    sent_out = approve_now(house, an_edition(house, mail=MAIL))
    passes(house, 2)
    out = frozenset(each.episode for each in MAIL.stories if each.show == "Ground Truth")
    more = frozenset(each.episode for each in MAIL.stories if each.show == "Room Tone")
    texts = got(office)

    def begins(address: str, choice: Choice) -> bool:
        there, approved = texts[address], chosen(MAIL, choice).text
        return there[:400] == approved[:400] and len(there) > len(approved) - 200

    assert begins(ADA, Choice(Length.BRIEF))
    assert begins(BOB, Choice(Length.SHORT, out, more))
    assert begins(CLEO, Choice(out=out))
    assert begins("reader00000@example.org", Choice())
    assert DAN not in texts
    assert len(office.bodies) == 5, "two requests of the whole edition, and one for each other kind"
    sent = delivery(house, sent_out)
    assert tally(house, sent) == {RecipientState.ACCEPTED: 15, RecipientState.SUPPRESSED: 1}
    with house.store.read() as db:
        dan = [each for each in receipts.listed(db, sent.id) if each.address == DAN]
    assert [each.reason for each in dan] == ["left out all that is in it"]
    assert sent.state is DeliveryState.ACCEPTED


def test_a_request_in_doubt_is_made_again_of_the_same_bytes_though_its_reader_chose_anew(house: House) -> None:
    lost = Unknown("no answer")
    house = with_readers(house, office := PostOffice(keys_last=DAY, script=[lost]), 0)
    wish(house, ADA, Wishes(Length.BRIEF))
    approve_now(house, an_edition(house, mail=MAIL))
    passes(house, 1)
    wish(house, ADA, UNCHOSEN)
    passes(house, 2, begin=TUESDAY + HOUR)
    assert office.arrived == [ADA]
    assert office.bodies[0] == office.bodies[1]


def test_an_edition_comes_at_the_hour_of_each_reader_and_is_not_too_late_for_the_last(house: House) -> None:
    house = with_config(house, lambda text: text.replace("channel =", "local_hour = true\nchannel =", 1))
    house = with_readers(house, office := PostOffice(), 0)
    wish(house, ADA, Wishes(zone="America/New_York", hour=7))  # 12:00 UTC
    wish(house, BOB, Wishes(zone="Asia/Tokyo", hour=8))  # 23:00 UTC
    wish(house, CLEO, Wishes(Length.BRIEF, zone="Asia/Tokyo", hour=8))
    sent_out = approve_now(house, an_edition(house, mail=MAIL))
    came: dict[str, datetime] = {}
    for each in range(24):
        passes(house, 1, begin=TUESDAY + each * HOUR)
        came |= {address: TUESDAY + each * HOUR for address in office.arrived if address not in came}
    assert came == {
        ADA: datetime(2026, 11, 24, 12, 0, tzinfo=UTC),
        BOB: datetime(2026, 11, 24, 23, 0, tzinfo=UTC),
        CLEO: datetime(2026, 11, 24, 23, 0, tzinfo=UTC),
    }
    assert delivery(house, sent_out).state is DeliveryState.ACCEPTED


def test_who_leaves_before_their_hour_gets_nothing(house: House) -> None:
    house = with_config(house, lambda text: text.replace("channel =", 'local_hour = "20:00"\nchannel =', 1))
    house = with_readers(house, office := PostOffice(), 1)
    wish(house, ADA, Wishes(zone="UTC"))
    sent_out = approve_now(house, an_edition(house, mail=MAIL))
    passes(house, 1)
    assert office.arrived == ["reader00000@example.org"]
    with house.store.write() as db:
        ada = join(db, ADA)
        subscribers.end(db, ada, Why.UNSUBSCRIBED, at=TUESDAY + HOUR)
    passes(house, 1, begin=TUESDAY + 13 * HOUR)
    assert len(office.arrived) == 1
    assert tally(house, delivery(house, sent_out)) == {RecipientState.ACCEPTED: 1, RecipientState.SUPPRESSED: 1}


def test_a_monthly_reader_gets_the_first_that_has_something_for_them(house: House) -> None:
    house = with_readers(house, office := PostOffice(), 0)
    wish(house, ADA, Wishes(shows=tuple((each, LESS) for each in SHOWS)), cadence=Cadence.MONTHLY)
    wish(house, BOB, UNCHOSEN)
    approve_now(house, an_edition(house, mail=MAIL))
    passes(house, 1)
    wish(house, ADA, Wishes(Length.BRIEF), cadence=Cadence.MONTHLY)
    for number in (2, 3):
        due = TUESDAY + (number - 1) * DAY
        approve_now(house, an_edition(house, number, mail=MAIL, due=due), due)
        passes(house, 1, begin=due)
    assert office.arrived.count(ADA) == 1
    assert office.arrived.count(BOB) == 3


def test_a_month_begins_when_it_does_for_the_newsletter(house: House) -> None:
    house = with_config(house, lambda text: text.replace('zone = "UTC"', 'zone = "Europe/Berlin"', 1))
    house = with_readers(house, office := PostOffice(), 0)
    wish(house, ADA, UNCHOSEN, cadence=Cadence.MONTHLY)
    came = []
    # The second is due on 1 November in Berlin, while it is still October in London.
    for number, due in enumerate(("2026-10-31T22:00", "2026-10-31T23:30", "2026-11-30T22:30", "2026-11-30T23:00"), 1):
        at = datetime.fromisoformat(due).replace(tzinfo=UTC)
        approve_now(house, an_edition(house, number, mail=MAIL, due=at), at)
        passes(house, 1, begin=at)
        came.append(len(office.arrived))
    assert came == [1, 2, 2, 3]


def test_a_pause_that_ends_on_the_day_lets_the_edition_of_that_day_through(house: House) -> None:
    house = with_readers(house, office := PostOffice(), 0)
    with house.store.write() as db:
        for address, until in ((ADA, TUESDAY + 4 * HOUR), (BOB, TUESDAY + 17 * HOUR)):
            paused = join(db, address)
            subscribers.prefer(db, paused, cadence=Cadence.EVERY, paused_until=until, at=TUESDAY - DAY)
    approve_now(house, an_edition(house, mail=MAIL))
    passes(house, 1)
    assert office.arrived == [ADA], "one ends on Tuesday at noon, the other on Wednesday at one"


def test_the_service_is_asked_by_the_subject_that_the_reader_got(house: House) -> None:
    lost = Unknown("no answer")
    house = with_readers(house, office := AskedOffice(script=[lost], lost=[lost]), 0)
    first = MAIL.stories[0]
    wish(house, ADA, Wishes(shows=((first.show, LESS),)))
    sent_out = approve_now(house, an_edition(house, mail=MAIL))
    passes(house, 3)
    assert office.asked == [next(each.subject for each in MAIL.stories if each.show != first.show)]
    assert tally(house, delivery(house, sent_out)) == {RecipientState.ACCEPTED: 1}
