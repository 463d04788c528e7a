"""One number of the newsletter: honest above the fold, every episode once, and worth reading with one or with sixty."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digest import rank
from bot.digest.edition import compose
from bot.digest.fitting import fitted
from bot.digest.phrases import phrases
from bot.digest.rules import Rule
from bot.digest.subject import SUBJECT, alternatives
from bot.model.digest import Digest, Edition
from bot.model.episode import Related
from bot.quotes import lock
from bot.text import graphemes

from .conftest import made, quote, spoken

DAY = date(2026, 3, 12)


def edition(*digests: Digest, language: str = "en") -> Edition:
    return compose("sea", "The Sea Letter", 4, DAY, digests, language=language)


def test_an_edition_without_episodes_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one digest"):
        edition()


def test_the_richest_and_newest_digest_leads_and_says_why() -> None:
    rich = made(1, "Rich", *(f"Ice point {n}" for n in range(4)), quotes=(quote("We froze."),))
    new = made(2, "New", published=datetime(2026, 3, 12, tzinfo=UTC))
    poor = made(3, "Poor")
    one = edition(poor, new, rich)
    assert one.lead == rich
    assert [digest.headline.text for digest in one.top] == ["Rich", "New", "Poor"]
    first = rank.ranked([poor, new, rich], day=DAY)[0]
    assert "4 key insights" in first.reasons
    assert "a quote without alarms" in first.reasons


def test_the_top_prefers_three_shows() -> None:
    same = [made(n, f"Sea {n}", "one", "two", "three", show="Sea") for n in range(3)]
    other = [made(8, "Fjord", show="Fjord"), made(9, "Lake", show="Lake")]
    assert [digest.show for digest in edition(*same, *other).top] == ["Sea", "Fjord", "Lake"]


def test_the_subject_is_the_lead_and_how_many_more() -> None:
    lead = made(1, "Why the harbour froze", "a", "b")
    one = edition(lead, made(2, "Bread"), made(3, "Salt"))
    assert (one.subject.text, one.subject.rule) == ("Why the harbour froze, and 2 more", Rule.SUBJECT_MORE)
    assert one.subject.sources == lead.headline.sources
    assert edition(lead).subject == lead.headline
    assert edition(lead, made(2, "Brot"), language="de").subject.text == "Why the harbour froze, und 1 weitere"


def test_a_long_subject_is_cut_at_a_word_that_can_end_a_line() -> None:
    title = "Harbour Master: Frozen Docks, Empty Ferries & The Long Winter That Every Town Will Remember"
    subject = edition(made(1, title)).subject
    assert (subject.text, subject.rule) == ("Harbour Master: Frozen Docks, Empty Ferries & The Long…", Rule.SUBJECT_CUT)


def test_a_quotation_is_never_cut() -> None:
    title = "What the harbour master meant by “we sold the icebreaker to pay for it”"
    said = spoken("we sold the icebreaker to pay for it")
    assert edition(made(1, title, transcript=said)).subject.text == "What the harbour master meant…"
    assert fitted("“We sold the icebreaker to pay for a pool”", 30) == "We sold the icebreaker to pay…"


_WORDS = st.sampled_from(
    [
        "Why",
        "harbour",
        "“ice",
        "“",
        "”",
        '"',
        "sold.",
        "港が凍った",
        "👩‍👩‍👧",
        "the",
        "and",
        "of",
        "—",
        ":",
        "«oui»",
        "Vardo,",
        "x" * 80,
    ]
)
_TITLES = st.lists(_WORDS, max_size=20).map(" ".join)


@given(st.lists(st.tuples(_TITLES, _TITLES), min_size=1, max_size=5), _TITLES)
@settings(deadline=None)
def test_subject_and_preheader_always_fit_and_quote_nothing_by_halves(texts: list[tuple[str, str]], title: str) -> None:
    digests = [made(n, head, blurb=blurb) for n, (head, blurb) in enumerate(texts)]
    one = compose("sea", title, 4, DAY, digests)
    assert 1 <= len(graphemes(one.subject.text)) <= 60
    assert 40 <= len(graphemes(one.preheader.text)) <= 110
    assert one.preheader.text.casefold() != one.subject.text.casefold()
    assert not lock.quotations(one.subject.text)
    assert not lock.quotations(one.preheader.text)


def test_the_preheader_says_what_the_subject_does_not() -> None:
    one = edition(
        made(1, "Why the harbour froze", "a"), made(2, "Bread without yeast"), made(3, "A brief history of salt")
    )
    assert one.preheader.text == "Also: Bread without yeast · A brief history of salt"
    alone = edition(made(1, "Why the harbour froze", blurb="Ada Holm explains what forty winters did to Vardo."))
    assert alone.preheader.text == "Ada Holm explains what forty winters did to Vardo."
    bare = edition(made(1, "Why the harbour froze"))
    assert bare.preheader.text == "The Sea Letter, number 4: one episode in 1 min of reading"


def test_every_episode_stands_in_exactly_one_group() -> None:
    digests = [
        made(1, "Lead", "a", "b", "c", topics=("ice",)),
        made(2, "A", topics=("ice", "ai")),
        made(3, "B", topics=("AI", "bread")),
        made(4, "C", topics=("bread",)),
        made(5, "D", topics=("Ai", "podcast")),
        made(6, "E", topics=("podcast",)),
    ]
    one = edition(*digests)
    grouped = [(group.topic, [digest.headline.text for digest in group.digests]) for group in one.groups]
    assert grouped == [("AI", ["A", "B", "D"]), ("More episodes", ["C", "E"])]
    assert sorted(digest.ref.episode for digest in one.digests) == [1, 2, 3, 4, 5, 6]


def test_a_topic_that_nearly_all_carry_parts_nothing_and_comes_last() -> None:
    topics = ["ice", "ice", "bread", "bread", "salt", "salt", "tar"]
    digests = [made(0, "Lead", "a", "b")] + [
        made(n, f"E{n}", topics=("sea", topic)) for n, topic in enumerate(topics, 1)
    ]
    assert [(group.topic, len(group.digests)) for group in edition(*digests).groups] == [
        ("Ice", 2),
        ("Bread", 2),
        ("Salt", 2),
        ("More episodes", 1),
    ]


def test_quotes_of_the_week_are_spread_over_episodes_and_the_lead_is_not_repeated() -> None:
    lead = made(1, "Lead", "a", "b", "c", quotes=(quote("Lead best."), quote("Lead next.")))
    others = [made(n, f"E{n}", quotes=(quote(f"Best {n}."), quote(f"Next {n}."))) for n in range(2, 9)]
    one = edition(lead, *others)
    assert [found.quote.text for found in one.quotes] == ["Lead next.", "Best 2.", "Best 3.", "Best 4.", "Best 5."]
    assert one.quotes[1].headline == "E2"


def test_a_quote_with_an_alarm_is_passed_over_for_a_calm_one() -> None:
    alarmed = quote("Alarmed.", alarms=("a question",))
    one = edition(
        made(1, "Lead", "a", "b", "c", "d", "e"),
        made(2, "A", quotes=(alarmed, quote("Calm."))),
        made(3, "B", quotes=(alarmed,)),
    )
    assert [found.quote.text for found in one.quotes] == ["Calm.", "Alarmed."]


def test_also_from_this_show_lists_what_the_edition_does_not_hold() -> None:
    siblings = (
        Related("Bread #food"),
        Related("Salt"),
        Related("SALT!"),
        Related("Tar"),
        Related("Rope"),
        Related("Sail"),
    )
    one = edition(
        made(1, "Ice", show="Sea", related=siblings),
        made(2, "Bread", show="Sea", related=siblings),
        made(3, "Fog", related=siblings),
    )
    assert [(also.show, [line.title.text for line in also.related]) for also in one.also] == [
        ("Sea", ["Salt", "Tar", "Rope", "Sail"])
    ]


def test_a_digest_given_twice_counts_once() -> None:
    one = edition(made(1, "Ice"), made(2, "Bread"), made(1, "Ice"))
    assert sorted(digest.ref.episode for digest in one.digests) == [1, 2]


def test_one_episode_and_sixty_both_make_an_edition() -> None:
    alone = edition(made(1, "Why the harbour froze"))
    assert (alone.top, alone.groups, alone.threads, alone.reading_minutes) == ((alone.lead,), (), (), 1)
    sixty = edition(*(made(n, f"Episode {n}", "word " * 50, topics=(f"topic{n % 7}", "sea")) for n in range(60)))
    assert len(sixty.digests) == 60
    assert len(sixty.top) == 3
    assert 6 <= len(sixty.groups) <= 8
    assert sixty.reading_minutes > 10


def test_the_same_digests_make_the_same_edition() -> None:
    digests = [made(n, f"Episode {n}", "ice is cold", topics=("a", "b", "c")) for n in range(9)]
    assert edition(*digests) == edition(*digests)


def test_an_editor_says_who_leads_and_in_what_order() -> None:
    digests = [made(n, f"Sea {n}", topics=("Ice",) if n % 2 else ("Tar",)) for n in range(1, 6)]
    ours = [digest.ref.episode for digest in edition(*digests).digests]
    for place in range(1, len(ours) + 1):
        last = ours[-1]
        theirs = compose("sea", "The Sea Letter", 4, DAY, digests, places={last: place})
        printed = [digest.ref.episode for digest in theirs.digests]
        assert sorted(printed) == sorted(ours)
        assert (printed[0] == last) == (place == 1)
        if place == 2:
            assert printed[:2] == [ours[0], last]
    far = compose("sea", "The Sea Letter", 4, DAY, digests, places={ours[0]: 99})
    assert far.digests[-1].ref.episode == ours[0]
    assert far.lead in far.top


def test_other_subjects_are_offered_and_none_is_the_present_one() -> None:
    one = edition(made(1, "Why the harbour froze", "a", "b"), made(2, "Bread"), made(3, "Salt"))
    found = alternatives(one, phrases("en"))
    assert "Bread, and 2 more" in found
    assert one.subject.text not in found
    assert all(len(graphemes(each)) <= SUBJECT for each in found)
