"""Addresses and lists as people and programs write them."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.addresses import Fault, Line, as_cell, lines_of, read_address, read_list, read_name, wishes_in_cells
from bot.errors import Refused
from bot.model.subscriber import Cadence, Leaning, Length, Wishes


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ada@example.org", "ada@example.org"),
        ("  Ada.Lovelace+news@Example.ORG ", "Ada.Lovelace+news@example.org"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ('"ada b"@example.org', '"ada b"@example.org'),
        ("o'hara@example.org", "o'hara@example.org"),
    ],
)
def test_an_address_is_read_as_it_is_sent_to(written: str, read: str) -> None:
    assert read_address(written).text == read


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "no mail address"),
        ("ada", "@"),
        ("ada@", "after the @"),
        ("ada@example.org\r\nBcc: eve@evil.example", "control character"),
        ("ada@example.org\x00", "control character"),
        (f"{'a' * 65}@{'b' * 60}.{'c' * 60}.{'d' * 60}.eeeeee", "254 characters; this one has 255"),
        ("äda@example.org", "letters before the @"),
        ("ada@@example.org", "@"),
        ("ada@-example.org", "no mail address"),
    ],
)
def test_what_is_no_address_is_refused_with_the_reason(written: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        read_address(written)


def test_two_spellings_of_an_address_are_one_reader_with_one_fingerprint() -> None:
    one, other = read_address("Ada@Example.org"), read_address("ada@example.org")
    assert (one.key, one.hash) == (other.key, other.hash)
    assert len(one.hash) == 64
    assert "ada" not in one.hash


def test_a_name_is_one_line_without_controls() -> None:
    assert read_name("  Ada\r\nBcc: x\x00  Lovelace ") == "Ada Bcc: x Lovelace"
    assert len(read_name("x" * 500)) == 100


LIST = (
    'Email;Name;Frequency\nada@example.org;"Lovelace, Ada";monthly\n\nnobody;;\n'
    "ADA@example.org;;\nbob@example.org;;Weekly\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_list_is_read_row_by_row_and_every_broken_row_is_told(encoding: str) -> None:
    found = list(read_list(lines_of(LIST.encode(encoding)), consent="the form of 2025"))
    ada, nobody, twice, bob = found
    assert isinstance(ada, Line)
    assert (ada.number, ada.name, ada.cadence, ada.consent) == (2, "Lovelace, Ada", Cadence.MONTHLY, "the form of 2025")
    assert isinstance(nobody, Fault)
    assert nobody.number == 4
    assert isinstance(twice, Fault)
    assert "a second time" in twice.why
    assert isinstance(bob, Line)
    assert bob.cadence is Cadence.WEEKLY


def test_a_quotation_mark_that_is_never_closed_swallows_nobody_in_silence() -> None:
    many = "".join(f"reader{each}@example.org,\n" for each in range(40))
    content = f'email,name\n"ada@example.org,Ada\n{many}'
    broken, *others = read_list(lines_of(content.encode()), consent="c")
    assert isinstance(broken, Fault)
    assert (broken.number, "not closed" in broken.why) == (2, True)
    assert [each.number for each in others if isinstance(each, Line)] == list(range(3, 43))
    content = 'email,name\nada@example.org,"Ada\nbob@example.org,Bob\neve@example.org,"Eve"\nzoe@example.org,Zoe\n'
    broken, zoe = read_list(lines_of(content.encode()), consent="c")
    assert isinstance(broken, Fault)
    assert (broken.number, "up to 4" in broken.why) == (2, True)
    assert isinstance(zoe, Line)
    content = 'email,name\nada@example.org,"Ada,\nof ""London"""\n'
    assert [each.name for each in read_list(lines_of(content.encode()), consent="c") if isinstance(each, Line)] == [
        'Ada, of "London"'
    ]


@pytest.mark.parametrize("column", ["state", "Status", "subscribed_to_emails"])
def test_whom_a_list_itself_calls_gone_or_unconfirmed_is_left_out(column: str) -> None:
    rows = "ada@example.org,ended\nbob@example.org,pending\neve@example.org,Unsubscribed\nzoe@example.org,active\n"
    ada, bob, eve, zoe = read_list(lines_of(f"email,{column}\n{rows}".encode()), consent="c")
    assert all(isinstance(each, Fault) and "left out" in each.why for each in (ada, bob, eve))
    assert isinstance(zoe, Line)


@pytest.mark.parametrize(
    "text", ["+ada@example.org", "'+ada@example.org", "''=x@example.org", "'ada@example.org", "ada@example.org"]
)
def test_an_address_that_spreadsheets_take_for_a_formula_comes_back_as_it_was(text: str) -> None:
    cell = as_cell(text)
    assert cell[0] not in "=+-@"
    (line,) = read_list(iter(["email\n", f"{cell}\n"]), consent="by hand")
    assert isinstance(line, Line)
    assert line.address.text == text


def test_a_list_without_a_header_is_an_address_a_line() -> None:
    found = list(read_list(lines_of(b"ada@example.org\nbob@example.org,Bob\n"), consent="c"))
    assert [(each.address.text, each.name) for each in found if isinstance(each, Line)] == [
        ("ada@example.org", ""),
        ("bob@example.org", "Bob"),
    ]


def test_a_line_that_is_one_address_in_quotation_marks_needs_none_round_it() -> None:
    (first, second) = read_list(iter(['"a, b"@example.org\n', '"c \\" d"@example.org\n']), consent="by hand")
    assert isinstance(first, Line)
    assert isinstance(second, Line)
    assert (first.address.text, second.address.text) == ('"a, b"@example.org', '"c \\" d"@example.org')


def test_a_reader_who_wants_to_be_left_alone_is_left_alone_in_a_new_house_too() -> None:
    rows = [
        "email,paused_until\n",
        "a@example.org,2026-12-24T09:00:00+01:00\n",
        "b@example.org,\n",
        "c@example.org,?\n",
    ]
    paused, awake, strange = read_list(iter(rows), consent="by hand")
    assert isinstance(paused, Line)
    assert paused.paused_until == datetime(2026, 12, 24, 8, tzinfo=UTC)
    assert isinstance(awake, Line)
    assert awake.paused_until is None
    assert isinstance(strange, Fault)
    assert "no time" in strange.why


def test_a_list_without_addresses_says_what_its_header_is() -> None:
    with pytest.raises(Refused, match="its header: first, last"):
        list(read_list(lines_of(b"first,last\nAda,Lovelace\n"), consent="c"))


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_no_file_breaks_the_reading(content: bytes) -> None:
    try:
        found = list(read_list(lines_of(content), consent="c"))
    except Refused:
        return
    addresses = [each.address.key for each in found if isinstance(each, Line)]
    assert len(addresses) == len(set(addresses))


NAMES = st.text(max_size=12).map(read_name).filter(bool)
LEANINGS = st.dictionaries(NAMES, st.sampled_from(Leaning), max_size=3).map(lambda some: tuple(sorted(some.items())))


@given(
    wishes=st.builds(
        Wishes,
        length=st.sampled_from(Length),
        zone=st.sampled_from(["", "UTC", "Europe/Berlin"]),
        hour=st.none() | st.integers(0, 23),
        shows=st.dictionaries(NAMES, st.sampled_from(Leaning), max_size=3).map(
            lambda some: tuple(sorted(some.items()))
        ),
        topics=st.dictionaries(NAMES, st.sampled_from(Leaning), max_size=3).map(
            lambda some: tuple(sorted(some.items()))
        ),
    )
)
def test_what_readers_chose_survives_a_list(wishes: Wishes) -> None:
    cells = wishes_in_cells(wishes)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([["email", *cells], ["ada@example.org", *cells.values()]])
    (row,) = read_list(lines_of(out.getvalue().encode()), consent="test")
    assert isinstance(row, Line)
    assert row.wishes == wishes


def test_a_choice_of_another_program_is_passed_over() -> None:
    rows = "email,length,zone,hour,less\nada@example.org,long,Berlin time,noon,cheese\n"
    (row,) = read_list(lines_of(rows.encode()), consent="test")
    assert isinstance(row, Line)
    assert row.wishes == Wishes()
