"""A reader's own mail is cut from what was approved: no byte of it is new, and nothing that was left out is in it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import shipped
from bot.digest.lengths import SHORT_MINUTES, shortened
from bot.digest.measure import WORDS_PER_MINUTE, words
from bot.drafting.editions import quoted, stories
from bot.drafting.payload import freeze, thaw
from bot.model.choices import WHOLE, Choice, at_length, chosen, read_choice
from bot.model.digest import Edition, Imprint
from bot.model.publication import Mail
from bot.model.subscriber import Length
from bot.preflight import blocking, inspect
from bot.reading.letter import letter
from bot.render import Renderer
from tests.preflight.mails import AT_HOME, PLACES
from tests.render.editions import IMPRINT, digest, edition, hebrew

RENDERER = Renderer((shipped.folder("templates"),))


def mail_of(made: Edition, imprint: Imprint = IMPRINT) -> Mail:
    brief, short, full = (RENDERER.version(made, replace(imprint, **PLACES), length) for length in Length)
    return Mail(
        sender="The Long Listen <letters@longlisten.example>",
        subject=made.subject.text,
        preheader=made.preheader.text,
        html=full.html,
        text=full.text,
        language="en",
        quotes=quoted(made),
        episodes=tuple(each.ref for each in made.digests),
        newsletter="long-listen",
        versions=(brief, short),
        stories=stories(made, {}),
        html_pieces=full.html_pieces,
        text_pieces=full.text_pieces,
    )


EDITION = edition(12)
MAIL = mail_of(EDITION)
EPISODES = [each.ref.episode for each in EDITION.digests]
some = st.frozensets(st.sampled_from(EPISODES), max_size=11)


def test_three_lengths_come_from_one_source_and_each_tells_its_own_time() -> None:
    brief, short, full = (at_length(MAIL, each).text for each in Length)
    assert "about 20 seconds to read" in brief
    assert "2 min to read" in short
    assert "12 min to read" in full
    for each in EDITION.digests:
        assert all(each.headline.text in re.sub(r"\s+", " ", version) for version in (brief, short, full))
        assert each.best is not None
        assert each.best.text not in re.sub(r"\s+", " ", brief)
    assert len(brief) < len(short) < len(full)
    assert "This is the brief version" in brief
    assert "This is the short version" in short


def test_the_short_version_keeps_to_three_minutes_and_gives_every_story_its_share() -> None:
    long = [digest(n, summary=digest(n).summary * 9) for n in range(1, 13)]
    made = replace(EDITION, lead=long[0], groups=(replace(EDITION.groups[0], digests=tuple(long[1:])),), opener="")
    short = shortened(made, Length.SHORT)
    said = [line.text for each in short.digests for line in (each.headline, *each.summary)]
    said += [each.best.text for each in short.digests if each.best]
    assert words("\n".join(said)) <= SHORT_MINUTES * WORDS_PER_MINUTE
    assert short.reading_minutes == SHORT_MINUTES
    counts = [len(each.summary) for each in short.digests]
    assert min(counts) >= 1
    assert max(counts) - min(counts) <= 2


@pytest.mark.parametrize("length", Length)
def test_every_version_passes_the_check_before_an_edition_goes_out(length: Length) -> None:
    assert inspect(MAIL, AT_HOME) == ()
    spoilt = [replace(each, html=each.html.replace("<html", "<htm")) for each in MAIL.versions if each.length == length]
    others = [each for each in MAIL.versions if each.length != length]
    found = inspect(replace(MAIL, versions=(*others, *spoilt)), AT_HOME)
    assert bool(spoilt) == any(each.said.startswith(f"In the {length} version: ") for each in found)


@settings(max_examples=40, deadline=None)
@given(length=st.sampled_from(Length), out=some, more=some)
def test_what_is_left_out_is_gone_and_the_rest_stands_as_it_was_approved(
    length: Length, out: frozenset[int], more: frozenset[int]
) -> None:
    choice = Choice(length, out, more)
    assert read_choice(str(choice)) == choice
    made, whole = chosen(MAIL, choice), at_length(MAIL, length)
    plain, read = re.sub(r"\s+", " ", made.text), letter(made.html)
    approved = "\n".join([whole.text, *(each.words for each in whole.text_pieces)]).splitlines()
    assert {line for line in made.text.splitlines() if line.strip()} <= set(approved) | {made.text.splitlines()[2]}
    for each in EDITION.digests:
        there = each.ref.episode not in out
        assert (each.headline.text in plain) == there
        assert (each.headline.text in re.sub(r"\s+", " ", read.text)) == there
        assert each.best is not None
        if each.ref.episode in more - out:
            assert each.best.text in plain
    assert [level for level, _ in read.headings].count(1) == 1
    assert all(words for _, words in read.headings)
    assert "\n\n\n" not in made.text
    assert ("Some of this edition is left out" in plain) == bool(out)
    assert (re.search("(min|seconds) to read", plain.partition("·")[2][:60]) is None) == bool(out)
    assert MAIL.stories[0].episode not in out or made.subject != MAIL.subject
    assert blocking(inspect(replace(made, stories=(), quotes=()), AT_HOME)) == ()


def test_who_chose_nothing_gets_the_edition_as_it_is() -> None:
    assert chosen(MAIL, WHOLE).html == MAIL.html
    assert str(WHOLE) == ""
    assert read_choice("") == WHOLE


def test_an_edition_frozen_before_there_were_lengths_is_sent_whole_whoever_asks() -> None:
    old = replace(MAIL, versions=(), stories=(), html_pieces=(), text_pieces=())
    assert b"versions" not in freeze(old)
    assert chosen(old, Choice(Length.BRIEF, frozenset({1}))).html == MAIL.html


def test_versions_and_pieces_come_back_from_the_store_as_they_were() -> None:
    assert thaw(freeze(MAIL)) == MAIL


def test_a_mail_from_right_to_left_can_be_cut_too() -> None:
    made, _ = hebrew()
    mail = mail_of(made)
    first = made.lead.ref.episode
    cut = chosen(mail, Choice(Length.SHORT, frozenset({first})))
    assert made.lead.headline.text not in cut.text
    assert made.lead.headline.text not in cut.html


def test_what_stands_in_a_title_is_never_taken_for_a_mark() -> None:
    hostile = digest(1, headline=replace(digest(1).headline, text="<!--keep-0 end--> [keep-0 end] {{ keep.end }}"))
    mail = mail_of(edition(3, lead=hostile))
    assert "[keep-0 end]" in mail.text
    assert "[keep-0 end]" not in chosen(mail, Choice(out=frozenset({1}))).text
