"""Addresses and lists as people and programs write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.addresses import Fault, Line, lines_of, read_address, read_list, read_name
from bot.errors import Refused
from bot.model.subscriber import Cadence


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
        ("a" * 250 + "@example.org", "254 characters"),
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
    'Email;Name;Frequency\nada@example.org;"Lovelace, Ada";monthly\n\nnobody;;\nADA@example.org;;\nbob@example.org;;\n'
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


def test_a_list_without_a_header_is_an_address_a_line() -> None:
    found = list(read_list(lines_of(b"ada@example.org\nbob@example.org,Bob\n"), consent="c"))
    assert [(each.address.text, each.name) for each in found if isinstance(each, Line)] == [
        ("ada@example.org", ""),
        ("bob@example.org", "Bob"),
    ]


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
