"""Nothing that was paid for is ever quoted."""

from __future__ import annotations

import pytest

from bot.model.episode import Episode, Segment, Transcript
from bot.quotes import pick
from tests.quotes.ads import READS, TALK
from tests.quotes.talk import episode


def quoted(made: Episode) -> list[str]:
    return [quote.text for quote in pick.pick(made, top=12)]


@pytest.mark.parametrize("name", READS)
def test_a_reading_by_the_host_is_never_picked(name: str) -> None:
    made = episode(
        [
            ("Guest", " ".join(TALK[:3])),
            ("Host", " ".join(READS[name])),
            ("Guest", " ".join(TALK[3:])),
        ]
    )
    texts = quoted(made)
    assert texts, "the talk around it is"
    assert not [text for text in texts for line in READS[name] if line in text]


@pytest.mark.parametrize("name", READS)
def test_nor_where_nobody_is_named_and_every_sentence_has_its_own_stamp(name: str) -> None:
    lines = (*TALK[:3], *READS[name], *TALK[3:])
    made = Episode(title="Bread", transcript=Transcript(tuple(Segment(t, 5.0 * i) for i, t in enumerate(lines))))
    assert not [text for text in quoted(made) for line in READS[name] if line in text]


def test_nor_where_all_of_them_follow_one_another() -> None:
    lines = [line for name in READS for line in READS[name]]
    made = episode([("Guest", " ".join(TALK)), ("Host", " ".join(lines)), ("Guest", " ".join(TALK[::-1]))])
    assert not [text for text in quoted(made) for line in lines if line in text]


def test_talk_of_money_companies_and_codes_is_no_advertisement() -> None:
    lines = (
        "The code of a good kitchen is that nobody shouts before noon.",
        "Every company I know dies of the meetings that it is proud of.",
        "We gave the first loaf away, and the second one paid for both.",
    )
    judged = pick.judge(episode([("Guest", " ".join(lines))]))
    assert [candidate.gates for candidate in judged] == [()] * 3


def test_an_advertisement_read_twice_is_no_teaser_of_the_show_and_its_second_reading_needs_no_cue() -> None:
    read = (
        "You fell in love with ovens for a reason, but some days the flour wins over all of your good ideas.",
        "Introducing Crumbwise, the app that keeps every recipe of your bakery in one clean place.",
        "Great bread is made by great teams, and with Crumbwise your whole team bakes from one recipe.",
    )
    made = episode(
        [
            ("Host", "This is a show about bread. Here is a short word from our sponsor. " + " ".join(read)),
            ("Guest", " ".join(TALK[:3])),
            ("Host", "So funny."),
            ("Host", " ".join(read)),
            ("Guest", " ".join(TALK[3:]) + " We went home and slept for a day and a night. " * 20),
        ]
    )
    judged = pick.judge(made)
    assert not any("the show's own pick" in candidate.reasons for candidate in judged)
    for candidate in judged:
        assert ("advertisement" in candidate.gates) == (candidate.text in read or "sponsor" in candidate.text)


def test_nothing_of_a_hosts_introduction_is_picked() -> None:
    made = episode(
        [
            ("Host", "Every great loaf begins with one honest question. " + " ".join(TALK[:2])),
            ("Guest", "Thank you, Ann."),
            ("Host", "You should never judge a bakery by its window before you have smelled it. Shall we begin?"),
            ("Guest", " ".join(TALK[2:] * 20)),
        ]
    )
    judged = pick.judge(made)
    before = [candidate for candidate in judged if candidate.speaker == "Host"]
    assert before
    assert all("intro" in candidate.gates for candidate in before)
    assert quoted(made)
