"""Show notes are cleaned by leaving pieces out, each with a reason; nothing is written, and a doubt keeps the piece."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.episode import Chapter
from bot.reading.boilerplate import Reason
from bot.reading.notes import Notes, clean, common_paragraphs
from bot.sources.feed import read_feed

FEEDS = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "feeds" / "podcast-feeds"
SUBSTANCE = "Ada Holm tells why the harbour of Vardo froze, and what the town sold to pay for an icebreaker."


def reasons(notes: str, **more: frozenset[str]) -> list[tuple[Reason, str]]:
    return [(each.reason, each.text) for each in clean(notes, **more).dropped]


def test_notes_without_boilerplate_stay_as_they_are() -> None:
    notes = f"{SUBSTANCE}\n\nThey talk about:\n- ferries that come late\n- the price of diesel\n\nGuest: Ada Holm"
    assert clean(notes) == Notes(notes)
    assert clean("") == Notes("")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("This episode is brought to you by Harbour Ropes.", Reason.SPONSOR),
        ("Thanks to our sponsors: Harbour Ropes and Quay Coffee", Reason.SPONSOR),
        ("Get 20% off your first rope with the code ICE at https://ropes.example/ice", Reason.SPONSOR),
        ("Wir danken unserem Sponsor Tauwerk.", Reason.SPONSOR),
        ("Support this podcast: https://podcasters.spotify.com/pod/show/ice/support", Reason.SUPPORT),
        ("Become a member at patreon.com/ice", Reason.SUPPORT),
        ("Unterstützt uns auf Steady.", Reason.SUPPORT),
        ("Hosted on Acast. See acast.com/privacy for more information.", Reason.HOSTING),
        ("Learn more about your ad choices. Visit megaphone.fm/adchoices", Reason.HOSTING),
        ("Our GDPR privacy policy was updated on August 8, 2022. Visit acast.com/privacy for more.", Reason.HOSTING),
        ("Follow us on Twitter, Facebook, and Instagram.", Reason.FOLLOW),
        ("Please leave us a review on Apple Podcasts!", Reason.FOLLOW),
        ("Subscribe to the Ice Hour wherever you get your podcasts.", Reason.FOLLOW),
        ("Sign up for our newsletter", Reason.FOLLOW),
        ("Apple Podcasts", Reason.FOLLOW),
        ("Ada's book: https://books.example/ada-holm", Reason.LINKS),
        ("https://ice.example/2026/11/24", Reason.LINKS),
        ("ice@example.org", Reason.LINKS),
        ("@adaholm @thevardoquay", Reason.FOLLOW),
        ("#ice #harbour #vardo", Reason.TAGS),
        ("Music by Jorun Fjeld", Reason.CREDITS),
        ("Produced and edited by Jorun Fjeld", Reason.CREDITS),
        ("Jorun Fjeld - Host", Reason.CREDITS),
        ("Nothing in this podcast constitutes financial, legal, or medical advice.", Reason.DISCLAIMER),
    ],
)
def test_each_kind_of_boilerplate_has_its_reason(line: str, reason: Reason) -> None:
    notes = clean(f"{SUBSTANCE}\n\n{line}")
    assert notes.text == SUBSTANCE
    assert {each.reason for each in notes.dropped} <= {reason, Reason.HOSTING}
    assert notes.dropped[0].reason is reason


@pytest.mark.parametrize(
    "line",
    [
        "Follow the money from the harbour to the town hall.",
        "We talk about Patricia Holm, sponsor of the first icebreaker.",
        "How Booking.com and ASP.NET came to share one quay, and what it cost the town.",
        "Use the code of the sea: nobody is left on the ice.",
        "The views from the harbour wall were never expressed in figures.",
        "Guest: Ada Holm, harbour master",
        "Ada Holm - Guest",
        "At 10:30 the ferry left, and at 11:15 it was stuck.",
        "Hosts of small ports learn to share a crane, written by nobody, known by all.",
        "Please consult the tide table.",
        "Supporters of the old bridge argue with its critics.",
    ],
)
def test_what_only_looks_like_boilerplate_is_kept(line: str) -> None:
    assert clean(f"{SUBSTANCE}\n\n{line}").text.endswith(line)


def test_a_paragraph_that_opens_with_its_sponsor_goes_whole() -> None:
    reading = "This episode is sponsored by Harbour Ropes. They have knots for every hand. Our boat has had none else."
    notes = clean(f"{SUBSTANCE}\n\n{reading}\n\nThe guests then turn to ferries.")
    assert notes.text == f"{SUBSTANCE}\n\nThe guests then turn to ferries."
    assert {each.reason for each in notes.dropped} == {Reason.SPONSOR}


def test_in_one_block_only_the_sentences_that_sell_go() -> None:
    block = (
        f"{SUBSTANCE} This episode is sponsored by Harbour Ropes. Visit https://ropes.example/ice for a free trial. "
        "The second half is about ferries. Hosted on Acast. See acast.com/privacy for more information."
    )
    assert clean(block).text == f"{SUBSTANCE} The second half is about ferries."


def test_lists_under_a_heading_go_with_it_and_prose_behind_them_stays() -> None:
    notes = clean(
        f"{SUBSTANCE}\n\nLinks:\nThe harbour's log book\nA paper on brash ice\n\n"
        "The second half is about ferries, and fares.\n"
        "\nSocials:\nWebsite\nBluesky"
    )
    assert notes.text == f"{SUBSTANCE}\n\nThe second half is about ferries, and fares."
    assert [each.reason for each in notes.dropped] == [Reason.LINKS] * 3 + [Reason.FOLLOW] * 3


@pytest.mark.parametrize(
    "listing",
    [
        "(00:00) - Start\n(2:15) - Rivers\n(1:02:40) - Ice",
        "00:00 Start\n02:15 Rivers\n1:02:40 Ice",
        "* [@0:00] - Start\n* [@2:15] - Rivers\n* [@1:02:40] - Ice",
        "Start (00:00)\nRivers (02:15)\nIce (1:02:40)",
        "00:00 Start 02:15 Rivers 1:02:40 Ice",
    ],
)
def test_stamps_with_titles_come_back_as_chapters(listing: str) -> None:
    notes = clean(f"{SUBSTANCE}\n\nChapters:\n{listing}")
    assert notes.chapters == (Chapter(0.0, "Start"), Chapter(135.0, "Rivers"), Chapter(3760.0, "Ice"))
    assert notes.text == SUBSTANCE
    assert {each.reason for each in notes.dropped} == {Reason.CHAPTERS}


def test_what_stands_before_a_run_of_chapters_in_one_block_is_kept() -> None:
    notes = clean(f"{SUBSTANCE} 0:00 Start 2:15 Rivers 9:40 Ice")
    assert (notes.text, len(notes.chapters)) == (SUBSTANCE, 3)


def test_what_most_items_repeat_is_common_and_goes() -> None:
    show = "The Ice Hour is a weekly look at frozen water."
    items = [f"Number {n}: {SUBSTANCE} Part {n}.\n\n{show}" for n in range(6)]
    common = common_paragraphs(items)
    assert reasons(f"A new one.\n\n{show}", common=common) == [(Reason.REPEATED, show)]
    assert clean(f"A new one.\n\n{show}", common=common).text == "A new one."


def test_a_season_has_its_own_boilerplate_and_two_of_a_kind_are_none() -> None:
    spring, autumn = "With the spring choir of Vardo.", "With the autumn band of Vardo."
    items = [f"Autumn {n}.\n{autumn}" for n in range(5)] + [f"Spring {n}.\n{spring}" for n in range(5)]
    items += ["Part one.\nA long story.", "Part two.\nA long story."]
    common = common_paragraphs(items)
    assert clean(f"A new one.\n{spring}", common=common).text == "A new one."
    assert clean(f"A new one.\n{autumn}", common=common).text == "A new one."
    assert clean("A new one.\nA long story.", common=common).text == "A new one.\nA long story."
    assert common_paragraphs([]) == frozenset()
    assert common_paragraphs(["Only one."]) == frozenset()


LINES = st.sampled_from(
    [
        SUBSTANCE,
        "",
        "Links:",
        "https://ice.example/a",
        "0:00 Start",
        "5:30 Rivers",
        "9:40 Ice",
        "Hosted on Acast. See acast.com/privacy for more.",
        "This episode is sponsored by Ropes. Get 10% off at https://ropes.example/x now. The rest is about ice.",
        "#ice",
        "Music by Jorun Fjeld",
        "Guest: Ada Holm",
    ]
)


@given(st.one_of(st.text(max_size=400), st.lists(LINES, max_size=14).map("\n".join)))
def test_nothing_is_written_and_nothing_is_lost_unsaid(notes: str) -> None:
    found = clean(notes, common=common_paragraphs([notes] * 3) if len(notes) % 2 else frozenset())
    source, kept = notes.split(), found.text.split()
    at = iter(source)
    assert all(word in at for word in kept), "the kept text is no subsequence of the source"
    dropped = [word for each in found.dropped for word in each.text.split()]
    assert sorted(kept + dropped) == sorted(source)


@given(st.text(alphabet="a.: \n@/#0123", max_size=300))
def test_any_text_is_cleaned_without_a_fault(notes: str) -> None:
    assert clean(clean(notes).text).text is not None


@pytest.mark.parametrize(
    "unit", ["Support this. ", "a@b.c ", "1:02 a ", "https://a.b/c D ", "(", "theme ", "thank you to "]
)
def test_notes_without_an_end_are_read_line_by_line(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    found = clean(text)
    assert sum(map(len, (found.text, *(each.text for each in found.dropped)))) <= len(text)


@pytest.mark.skipif(not FEEDS.is_dir(), reason="the shared feeds are not here")
def test_real_notes_lose_their_footers_and_keep_their_story() -> None:
    path = FEEDS / "sentimental-garbage.xml"
    items = [each.blurb for each in read_feed(path.read_bytes(), path.name).episodes]
    common = common_paragraphs(items)
    cleaned = [clean(each, common=common) for each in items]
    assert not any("acast.com" in each.text.casefold() for each in cleaned)
    assert sum(bool(each.text) for each in cleaned) >= 0.98 * len(items)
    kept, whole = sum(len(each.text) for each in cleaned), sum(map(len, items))
    assert 0.75 * whole < kept < whole
