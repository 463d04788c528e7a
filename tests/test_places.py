from dataclasses import replace

from bot.model.places import Place, filled, places_in
from bot.model.publication import Mail
from bot.model.subscriber import Cadence
from bot.schedule import Rhythm, Schedule, rhythm

MAIL = Mail(
    sender="Desk <desk@example.org>",
    subject="S",
    preheader="P",
    html=f'<p>You get it {Place.PROMISE}.</p><a href="{Place.UNSUBSCRIBE}">Leave</a>',
    text=f"You get it {Place.PROMISE}.\n{Place.UNSUBSCRIBE}\n",
    language="en",
    quotes=(),
    episodes=(),
    promises=((Cadence.EVERY, "every Thursday"), (Cadence.MONTHLY, "once a month: this is the one of May")),
)


def test_each_reader_gets_an_address_of_their_own_and_nothing_else_changes() -> None:
    mail = filled(MAIL, {Place.UNSUBSCRIBE: "https://news.example.org/u/abc?x=1&y=2"})
    assert mail.text == "You get it every Thursday.\nhttps://news.example.org/u/abc?x=1&y=2\n"
    assert mail.html == (
        '<p>You get it every Thursday.</p><a href="https://news.example.org/u/abc?x=1&amp;y=2">Leave</a>'
    )
    assert replace(mail, html=MAIL.html, text=MAIL.text) == MAIL


def test_a_monthly_reader_reads_the_promise_that_was_made_to_them() -> None:
    assert "once a month: this is the one of May" in filled(MAIL, {}, cadence=Cadence.MONTHLY).text


def test_a_place_that_nobody_fills_stays_visible() -> None:
    assert places_in(filled(MAIL, {})) == {Place.UNSUBSCRIBE}
    assert places_in(MAIL) == {Place.UNSUBSCRIBE, Place.PROMISE}


def test_a_rhythm_is_named_only_where_it_has_a_simple_name() -> None:
    assert rhythm(Schedule("0 9 * * 4", "UTC")) == Rhythm(3)
    assert rhythm(Schedule("0 9 * * 0", "UTC")) == rhythm(Schedule("0 9 * * 7", "UTC")) == Rhythm(6)
    assert rhythm(Schedule("30 7 * * *", "UTC")) == Rhythm(None)
    assert rhythm(Schedule("0 9 1 * *", "UTC")) is None
    assert rhythm(Schedule("0 */2 * * *", "UTC")) is None
