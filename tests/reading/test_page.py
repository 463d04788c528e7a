"""How the lines of a page become the fields of an episode."""

from __future__ import annotations

import pytest

from bot.model.episode import Episode, Transcript
from bot.reading.document import read


def episode(text: str, name: str = "page.txt") -> Episode:
    return read(text.encode(), name).episodes[0]


def spoken(lines: str) -> Transcript:
    found = episode(f"Title\nSummary\nWords.\nTranscript\n{lines}").transcript
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("line", "title", "topics"),
    [
        ("C# for everyone", "C# for everyone", ()),
        ("The #1 rule", "The #1 rule", ()),
        ("We are #1", "We are #1", ()),
        ("A talk #ai #podcast", "A talk", ("ai", "podcast")),
        ("A talk | #ai, #AI", "A talk", ("ai",)),
        ("A talk #ai#machine-learning", "A talk", ("ai", "machine-learning")),
        ("# A talk #ai", "A talk", ("ai",)),
        ("Why #rust is fine", "Why #rust is fine", ()),
        ("What now? #über", "What now?", ("über",)),
    ],
)
def test_trailing_hashtags_leave_the_title_and_become_topics(line: str, title: str, topics: tuple[str, ...]) -> None:
    found = episode(f"{line}\nSummary\nWords.\nTopics\nTranscript\n[0:00] x\n")
    assert (found.title, found.topics) == (title, topics)


def test_listed_topics_come_before_hashtags() -> None:
    assert episode("T #ai\nTopics\n- Chips\n- #power\nSummary\nS.\n").topics == ("Chips", "power")


@pytest.mark.parametrize(
    "heading", ["Key Insights", "KEY INSIGHTS:", "## Key takeaways", "**Highlights**", "📌 Takeaways"]
)
def test_a_heading_is_known_in_many_spellings(heading: str) -> None:
    assert episode(f"T\n{heading}\n- One\n").insights == ("One",)


@pytest.mark.parametrize("bullet", ["-", "*", "•", "–", "1.", "2)", "▪", "✅"])
def test_an_insight_loses_its_bullet(bullet: str) -> None:
    assert episode(f"T\nKey Insights\n{bullet} One\n{bullet} Two\n").insights == ("One", "Two")


def test_topics_may_be_parted_by_commas() -> None:
    assert episode("T\nSummary\nS.\nTopics: open source, chips\n").topics == ("open source", "chips")


@pytest.mark.parametrize(
    "gate",
    [
        "Full transcript available for Marginalia members\nSign Up to AccessMore from The Load Path",
        "Full transcript available for A B members Sign Up to Access\nMore from The Load Path",
        "Full transcript available for X membersSign Up to AccessMore from The Load Path",
        "The full transcript is only available to subscribers.\nLog in\nMore from The Load Path",
        "Sign up to read the full transcript\nMore from The Load Path",
        "Become a member to unlock the rest\nMore from The Load Path:",
        "Members only\nStart your free trial today and save\nMore from The Load Path",
    ],
)
def test_a_gate_marks_the_page_and_reaches_no_field(gate: str) -> None:
    found = episode(f"T\nSummary\nS.\nTranscript\n[0:00] Words.\n{gate}\nSibling\nIts blurb.\n")
    assert found.gated
    assert found.show == "The Load Path"
    assert [(one.title, one.blurb) for one in found.related] == [("Sibling", "Its blurb.")]
    assert found.transcript is not None
    assert found.transcript.text == "Words."


def test_a_gate_fused_to_the_last_words_is_cut_off() -> None:
    found = spoken("[0:00] The last words. Full transcript available for Foundry members")
    assert found.text == "The last words."


def test_speech_about_signing_up_is_no_gate() -> None:
    found = episode("T\nTranscript\n[0:00] You can sign up to access the beta today.\n[0:03] so sign up to read it.\n")
    assert not found.gated
    assert found.transcript is not None
    assert "sign up to access the beta" in found.transcript.text


def test_words_after_a_gate_are_dropped_until_a_stamp_or_a_heading() -> None:
    page = "T\nTranscript\n[0:00] One.\nMembers only\nBuy our mug!\n[0:09] Two.\nTopics\nmugs\n"
    found = episode(page)
    assert found.transcript is not None
    assert found.transcript.text == "One.\nTwo."
    assert found.topics == ("mugs",)


@pytest.mark.parametrize(
    ("words", "text", "label"),
    [
        ("A [music] b.", "A b.", "music"),
        ("A (applause) b.", "A b.", "applause"),
        ("A [inaudible 00:04:22] b.", "A b.", "inaudible"),
        ("A [CROSSTALK] b.", "A b.", "crosstalk"),
        (r"A \[laughs\] b.", "A b.", "laughs"),
        ("A [upbeat music playing], b.", "A, b.", "upbeat music playing"),
        ("A ♪ la la ♪ b.", "A b.", "music"),
        ("A [ __ ] b.", "A b.", "bleep"),
        ("A (audience laughter) b.", "A b.", "audience laughter"),
    ],
)
def test_what_was_heard_is_an_event_and_never_a_word(words: str, text: str, label: str) -> None:
    found = spoken(f"[0:00] {words}")
    assert found.text == text
    assert [(event.label, event.segment) for event in found.events] == [(label, 0)]
    assert text[found.events[0].offset :].lstrip(" ,") == "b."


@pytest.mark.parametrize("words", ["(the old kind)", "(music is my life)", "[the music industry]", "[at]", "(2019)"])
def test_ordinary_brackets_are_words(words: str) -> None:
    found = spoken(f"[0:00] We said {words} then.")
    assert found.text == f"We said {words} then."
    assert not found.events


def test_an_event_alone_stands_before_the_next_words() -> None:
    found = spoken("[0:00] [music]\n[0:05] Hello.\n[0:09] (applause)")
    assert found.text == "Hello."
    assert [(event.label, event.segment, event.offset) for event in found.events] == [
        ("music", 0, 0),
        ("applause", 0, 6),
    ]


def test_a_transcript_of_events_alone_is_no_transcript() -> None:
    assert episode("T\nSummary\nS.\nTranscript\n[0:00] [music]\n").transcript is None


def test_a_speaker_is_carried_until_another_is_named() -> None:
    found = spoken("[0:00] Ann Lee: One.\n[0:02] Two.\n[0:04] Cy: Three.\n[0:06] >> Four.")
    assert [segment.speaker for segment in found.segments] == ["Ann Lee", "Ann Lee", "Cy", None]


def test_a_name_alone_on_a_line_speaks_below() -> None:
    found = spoken("Ann Lee:\nOne.\n\nCy Do:\n\nTwo.\n")
    assert [(segment.speaker, segment.text) for segment in found.segments] == [("Ann Lee", "One."), ("Cy Do", "Two.")]


def test_a_colon_in_a_sentence_makes_no_speaker() -> None:
    found = spoken("[0:00] We learned this.\n[0:02] The Rule: never guess.\n[0:04] Look: it works.")
    assert {segment.speaker for segment in found.segments} == {None}
    assert "The Rule: never guess." in found.text


def test_names_need_no_capitals_where_the_script_has_none() -> None:
    found = spoken("田中：こんにちは。\n鈴木：はい。\n田中：では。")
    assert [segment.speaker for segment in found.segments] == ["田中", "鈴木", "田中"]


def test_a_name_and_a_bare_stamp_may_head_a_turn() -> None:
    found = episode("Speaker 1  0:05\nHello there.\n\nSpeaker 2  0:09\nHi.\n", "turns.txt").transcript
    assert found is not None
    assert [(one.start, one.speaker, one.text) for one in found.segments] == [
        (5.0, "Speaker 1", "Hello there."),
        (9.0, "Speaker 2", "Hi."),
    ]


def test_a_chapter_list_in_the_blurb_is_no_transcript() -> None:
    found = episode("T\nBlurb.\n0:00 Intro\n1:20 Middle\nSummary\nS.\n")
    assert found.transcript is None
    assert found.blurb == "Blurb."


def test_a_stamped_text_alone_takes_its_name_for_a_title() -> None:
    found = episode("00:00:00 One.\n\n00:00:03 Two.\n", "my-show_01.txt")
    assert found.title == "my show 01"
    assert found.transcript is not None
    assert [segment.start for segment in found.transcript.segments] == [0.0, 3.0]


def test_siblings_may_stand_in_blocks_with_a_footer_below() -> None:
    prose = "This is the second paragraph of a blurb, and it is so long that nobody would take it for a title."
    page = "T\nSummary\nS.\nMore from this show\n\nA #x\n\nAbout A.\n\n"
    found = episode(f"{page}Is it so?\nIt is.\n{prose}\n\nC\nOn C.\nPrivacy Policy\n© 2026\n")
    assert found.show is None
    assert [(one.title, one.blurb, one.topics) for one in found.related] == [
        ("A", "About A.", ("x",)),
        ("Is it so?", f"It is.\n\n{prose}", ()),
        ("C", "On C.", ()),
    ]


def test_the_title_of_the_head_wins_and_is_not_repeated_in_the_blurb() -> None:
    found = episode("---\ntitle: T\n---\n# T\n\nBlurb.\n", "page.md")
    assert (found.title, found.blurb) == ("T", "Blurb.")


@pytest.mark.parametrize(
    "value", ["No", "010", "1:02:03", "null", "A: B", "'quoted #1'", '"quo\\"ted"', "yes # comment"]
)
def test_front_matter_scalars_stay_what_was_written(value: str) -> None:
    expected = {"'quoted #1'": "quoted #1", '"quo\\"ted"': 'quo"ted', "yes # comment": "yes"}.get(value, value)
    assert episode(f"\ufeff\n---\r\ntitle: {value}\r\n---\r\nBlurb.\r\n", "page.md").title == expected


def test_a_mark_of_quotation_is_one_at_the_beginning_of_a_line_only() -> None:
    found = episode("# T\n\n> A note.\n\n## Transcript\n\n[0:00] Ann: If 3 > 2 then <i>x</i> -> y.\n", "page.md")
    assert found.blurb == "A note."
    assert found.transcript is not None
    assert [segment.text for segment in found.transcript.segments] == ["If 3 > 2 then x -> y."]


def test_related_json_and_text_transcripts_read_alike() -> None:
    found = episode('{"title": "T", "transcript": "[0:00] Ann Lee: One.\\n[0:05] Cy Do: Two. [music]"}', "e.json")
    assert found.transcript is not None
    assert found.transcript == spoken("[0:00] Ann Lee: One.\n[0:05] Cy Do: Two. [music]")
