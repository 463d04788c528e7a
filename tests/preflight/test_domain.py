"""What a sender's domain is found to publish, asked of a name server that answers, lies, breaks or keeps silent."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domains import Names
from bot.model.domain import DomainRecords
from bot.preflight import Level, known
from bot.preflight.domain import vouched
from bot.preflight.head import domain_of
from tests.preflight.names import BROKEN, GARBLED, SILENT, name_server

SPF, DMARC = "v=spf1 include:_spf.service.org ~all", "v=DMARC1; p=none; rua=mailto:d@a.org"
SOUND = {"a.org": ("some-verification=1", SPF), "_dmarc.a.org": (DMARC,)}


def test_what_a_domain_publishes_is_found_and_what_is_not_for_mail_is_left_out() -> None:
    with name_server(SOUND) as (server, names):
        records = names.records("a.org")
    assert records == DomainRecords("a.org", (SPF,), (DMARC,), None)
    assert server.asked == ["a.org", "_dmarc.a.org"]
    assert vouched(records) == []
    assert known(records) == "a.org has SPF and DMARC (p=none); DKIM is known to the service that signs"


def test_a_record_in_several_pieces_is_one() -> None:
    long = f"v=spf1 {' '.join(f'ip4:192.0.2.{each}' for each in range(60))} -all"
    with name_server({"a.org": (long,)}) as (_, names):
        assert names.records("a.org").spf == (long,)


def test_a_domain_below_another_has_the_policy_of_its_organisation() -> None:
    texts = {"_dmarc.a.org": ("v=DMARC1; p=reject; sp=quarantine",), "_dmarc.news.a.org": (), "news.a.org": (SPF,)}
    with name_server(texts) as (server, names):
        records = names.records("news.a.org")
    assert (records.above, records.dmarc) == ("a.org", ("v=DMARC1; p=reject; sp=quarantine",))
    assert server.asked == ["news.a.org", "_dmarc.news.a.org", "_dmarc.a.org", "_dmarc.org"]
    assert "p=quarantine" in known(records)


def test_who_hands_out_names_speaks_only_where_nobody_else_does() -> None:
    registry = {"_dmarc.org": ("v=DMARC1; p=reject; psd=y",)}
    with name_server(registry) as (_, names):
        assert names.records("a.org").above == "org"
    with name_server({**registry, "_dmarc.a.org": (DMARC,)}) as (_, names):
        assert names.records("news.a.org").above == "a.org"
    with name_server({"_dmarc.b.a.org": ("v=DMARC1; p=none; psd=n",), "_dmarc.a.org": (DMARC,)}) as (_, names):
        assert names.records("c.b.a.org").above == "b.a.org"


def test_a_name_without_end_is_asked_about_a_bounded_number_of_times() -> None:
    with name_server({}) as (server, names):
        names.records(".".join("abcdefghijklmnopqrstuvwxyz"))
    assert len(server.asked) == 9


def test_a_name_in_another_script_is_asked_for_as_dns_knows_it() -> None:
    with name_server({"xn--bcher-kva.org": (SPF,)}) as (server, names):
        assert names.records("bücher.org").spf == (SPF,)
    assert server.asked[0] == "xn--bcher-kva.org"


@pytest.mark.parametrize("mood", [SILENT, BROKEN, GARBLED])
def test_where_dns_gives_no_answer_nothing_is_known_and_nobody_waits_long(mood: str) -> None:
    with name_server(SOUND, mood) as (_, names):
        begin = time.monotonic()
        records = names.records("a.org")
        assert time.monotonic() - begin < 3
    assert records == DomainRecords("a.org", None, None)
    (finding,) = vouched(records)
    assert finding.level is Level.WARN
    assert "not known" in finding.said


def test_no_server_at_all_is_no_answer() -> None:
    assert Names(servers=("127.0.0.1",), port=1, patience=0.5).records("a.org").spf is None


@pytest.mark.parametrize(
    "domain", ["", ".", "a..org", "x" * 64 + ".org", ".".join("x" * 60 for _ in range(5)), "ä\x00"]
)
def test_what_is_no_domain_is_no_answer(domain: str) -> None:
    assert Names(servers=("127.0.0.1",), port=1, patience=0.5).records(domain).dmarc is None


@pytest.mark.parametrize(
    ("spf", "dmarc", "above", "says"),
    [
        ((), (DMARC,), None, "no SPF record"),
        ((SPF, SPF), (DMARC,), None, "2 SPF records"),
        (("v=spf1 -all",), (DMARC,), None, "sends no mail"),
        (("v=spf1 +all",), (DMARC,), None, "everybody"),
        (("v=spf1 mx a all",), (DMARC,), None, "everybody"),
        (("v=spf1 " + "include:a.org " * 11 + "-all",), (DMARC,), None, "more than 10 look-ups"),
        ((SPF,), (), None, "no DMARC record"),
        ((SPF,), (DMARC, DMARC), None, "2 DMARC records"),
        ((SPF,), ("v=DMARC1",), None, "no sound policy"),
        ((SPF,), ("v=DMARC1; p=maybe",), None, "no sound policy"),
        ((SPF,), ("v=DMARC1; p=reject; adkim=s; aspf=s",), None, "DKIM and SPF name exactly a.org"),
        ((SPF,), ("v=DMARC1; p=none; sp=reject; adkim=s",), "org", "DMARC of org asks that DKIM"),
    ],
)
def test_what_is_missing_or_at_odds_is_told_and_stops_nothing(
    spf: tuple[str, ...], dmarc: tuple[str, ...], above: str | None, says: str
) -> None:
    (finding,) = vouched(DomainRecords("a.org", spf, dmarc, above))
    assert says in finding.said
    assert finding.level is Level.WARN


@pytest.mark.parametrize("spf", [SPF, "v=spf1 ip4:192.0.2.1 -all", "v=spf1 redirect=_spf.a.org"])
@pytest.mark.parametrize("dmarc", [DMARC, "v=DMARC1;p=reject;", "v=DMARC1; p=none; adkim=s", "V=dmarc1 ; P = Reject"])
def test_what_is_in_order_is_not_found_fault_with(spf: str, dmarc: str) -> None:
    assert vouched(DomainRecords("a.org", (spf,), (dmarc,))) == []


@given(st.lists(st.text(), max_size=3).map(tuple), st.lists(st.text(), max_size=3).map(tuple))
def test_whatever_a_domain_publishes_is_read(spf: tuple[str, ...], dmarc: tuple[str, ...]) -> None:
    records = DomainRecords(
        "a.org", tuple(f"v=spf1 {text}" for text in spf), tuple(f"v=DMARC1{text}" for text in dmarc)
    )
    assert all(each.level is Level.WARN for each in vouched(records))
    assert known(records)


@pytest.mark.parametrize(
    ("sender", "domain"),
    [
        ("The Post <a@News.A.org>", "news.a.org"),
        ("a@b.org", "b.org"),
        ("The Post <ä@b.org>", None),
        ("The Post <a@localhost>", None),
        ("The Post <a@-b.org>", None),
        ("The Post", None),
        ("The Post <>", None),
        ("Zoë <a@bücher.org>", "bücher.org"),
    ],
)
def test_the_domain_of_a_sender(sender: str, domain: str | None) -> None:
    assert domain_of(sender) == domain
