import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.places import Place, filled, places_in
from bot.model.publication import Mail
from bot.model.subscriber import Cadence
from bot.platforms.letters import HTML_PART, TEXT_PART, Letter, list_headers, messages
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


@given(
    st.lists(st.sampled_from([*Place, *'"\\\\\\n<&é😀\\u2028 {', "html"]), max_size=12).map("".join),
    st.text(alphabet='abé😀"<&\\\\/:\\n', max_size=8),
)
@settings(max_examples=40)
def test_a_request_for_many_is_written_as_if_each_mail_were_written_whole(part: str, value: str) -> None:
    mail = replace(MAIL, html=part + MAIL.html, text=MAIL.text + part, promises=((Cadence.EVERY, value),))
    ways = (f"https://x/{value}", f"http://x/{value}", value, "")
    letters = [Letter(str(each), f"{value}@b.example", "", way, value, "every") for each, way in enumerate(ways)]

    def one(letter: Letter, html: str = HTML_PART, text: str = TEXT_PART) -> dict[str, object]:
        headers = list_headers(mail, letter, domain="example.org")
        return {"s": part, "to": [letter.address], "html": html, "text": text, "headers": headers, "key": letter.key}

    whole = [one(each, each.filled(mail).html, each.filled(mail).text) for each in letters]
    assert messages(mail, letters, one) == json.dumps(whole, ensure_ascii=False).encode()


def test_a_message_that_says_more_of_a_reader_than_can_be_put_in_is_refused() -> None:
    letters = [Letter("k", "a@b.example", "Ada", "https://x", "https://y", "every")]
    for one in (lambda letter: {"name": letter.name}, lambda letter: {"to": letter.address[:3]}):
        with pytest.raises(ValueError, match="as they are"):
            messages(MAIL, letters, one)


def test_a_rhythm_is_named_only_where_it_has_a_simple_name() -> None:
    assert rhythm(Schedule("0 9 * * 4", "UTC")) == Rhythm((3,))
    assert rhythm(Schedule("0 9 * * 0", "UTC")) == rhythm(Schedule("0 9 * * 7", "UTC")) == Rhythm((6,))
    assert rhythm(Schedule("30 7 * * *", "UTC")) == rhythm(Schedule("30 7 * * 0-6", "UTC")) == Rhythm(())
    assert rhythm(Schedule("0 9 * * 4,1", "UTC")) == Rhythm((0, 3))
    assert rhythm(Schedule("0 9 * * 1-3,7", "UTC")) == Rhythm((0, 1, 2, 6))
    assert rhythm(Schedule("0 9 1 * *", "UTC")) is None
    assert rhythm(Schedule("0 */2 * * *", "UTC")) is None
    assert rhythm(Schedule("0 9 * * 1#1", "UTC")) is rhythm(Schedule("0 9 * * 1,4L", "UTC")) is None
