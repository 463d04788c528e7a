"""Insights keep who said them, once; nobody's claim becomes a fact, and no verb says more than the source's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.attribution import attributed
from bot.digest.rules import Rule
from bot.digest.verbs import VERBS, Kind, shared

from .conftest import insight_lines, made


def test_bullets_with_one_speaker_and_one_verb_read_as_one_attribution_and_its_claims() -> None:
    assert insight_lines(
        (
            "The speaker argues that ice closes the harbour",
            "The speaker argues that ferries cost too much",
            "The speaker also argues that Bergen will pay",
        )
    ) == [
        (
            "The speaker argues:",
            ["Ice closes the harbour", "Ferries cost too much", "Bergen will pay"],
        )
    ]


def test_different_verbs_of_assertion_take_the_weakest_that_was_used() -> None:
    found = made(
        1,
        "Harbour lights",
        "The speaker claims that ice closes the harbour",
        "The speaker argues that ferries cost too much",
        "The speaker asserts that Bergen will pay",
    ).insights
    assert [claims.attribution.text for claims in found if claims.attribution] == ["The speaker argues:"]
    assert found[0].attribution is not None
    assert found[0].attribution.rule == Rule.ATTRIBUTION_WEAKEST
    assert {source.field for source in found[0].attribution.sources} == {"insights[0]", "insights[1]", "insights[2]"}


def test_assertions_and_observations_together_are_only_said() -> None:
    assert insight_lines(("The guest notes that ice is early", "The guest insists that ferries must sail"))[0][0] == (
        "The guest says:"
    )


@pytest.mark.parametrize("hedge", ["suggests", "believes", "warns", "predicts", "hopes", "concedes"])
def test_a_hedge_or_a_warning_is_never_hardened_into_an_argument(hedge: str) -> None:
    first, second = f"The speaker {hedge} that ice will come", "The speaker argues that ferries cost too much"
    assert insight_lines((first, second)) == [(None, [first, second])]


@pytest.mark.parametrize("verb", ["denies", "rejects", "doubts", "questions", "disputes"])
def test_a_denial_is_never_parted_from_what_it_denies(verb: str) -> None:
    bullets = (f"The speaker {verb} that ice will come", f"The speaker {verb} that ferries cost too much")
    assert insight_lines(bullets) == [(None, list(bullets))]


def test_a_speaker_with_many_verbs_is_named_once_and_each_claim_keeps_its_verb() -> None:
    assert insight_lines(
        (
            "The speaker argues that ice will come",
            "The speaker warns that ferries cost too much",
            "The speaker denies that Bergen will pay",
        )
    ) == [
        (
            "The speaker:",
            [
                "Argues that ice will come",
                "Warns that ferries cost too much",
                "Denies that Bergen will pay",
            ],
        )
    ]


def test_two_speakers_are_two_attributions() -> None:
    assert insight_lines(
        (
            "Ada Holm argues that ice will come",
            "Ada Holm argues that ferries cost too much",
            "Bo Okafor argues that Bergen will pay",
            "Bo Okafor argues that Oslo will not",
        )
    ) == [
        ("Ada Holm argues:", ["Ice will come", "Ferries cost too much"]),
        ("Bo Okafor argues:", ["Bergen will pay", "Oslo will not"]),
    ]


def test_the_order_of_the_source_is_kept_and_only_neighbours_are_grouped() -> None:
    bullets = ("Ada argues that ice will come", "Bo warns that fog will", "Ada argues that ferries cost too much")
    assert insight_lines(bullets) == [(None, list(bullets))]


@pytest.mark.parametrize(
    ("bullets", "attribution"),
    [
        (("According to the port, ice is early", "According to the port, fog is late"), "According to the port:"),
        (("They contend that ice is early", "They contend that fog is late"), "They contend:"),
        (("It is argued that ice is early", "It is argued that fog is late"), "It is argued:"),
        (("The hosts said that ice is early", "The hosts argued that fog is late"), "The hosts said:"),
        (("Will Larsen says that ice is early", "Will Larsen says that fog is late"), "Will Larsen says:"),
    ],
)
def test_other_ways_to_attribute_are_shared_too(bullets: tuple[str, ...], attribution: str) -> None:
    assert insight_lines(bullets) == [(attribution, ["Ice is early", "Fog is late"])]


@pytest.mark.parametrize(
    "bullet",
    [
        "The speaker does not argue that ice will come",
        "The speaker might argue that ice will come",
        "The speaker argues for the ice",
        "The speaker argues that ice will come, but concedes that nobody knows when",
        "The speaker argues that ice will come and that ferries will stop",
        "The speaker argues that ice will come, suggesting a hard winter",
        "The speaker argues that ice will come. Critics say otherwise.",
        "The speaker argues that ice will come; the port disagrees",
        "When the speaker argues that ice will come, nobody listens",
        "Nobody believes that ice will come",
        "Ada Holm, who runs the port, argues that ice will come",
        "The speaker's report argues that ice will come",
        "Early ice will come this year",
    ],
)
def test_a_bullet_that_is_in_doubt_stands_as_it_is(bullet: str) -> None:
    bullets = (bullet, bullet.replace("ice", "fog"))
    assert insight_lines(bullets) == [(None, list(bullets))]


def test_one_bullet_alone_stands_as_it_is() -> None:
    bullet = "The speaker argues that ice will come"
    assert insight_lines((bullet,)) == [(None, [bullet])]


def test_a_name_with_capitals_of_its_own_keeps_them() -> None:
    claims = insight_lines(("The guest says that iPhones freeze", "The guest says that eBay ships"))
    assert claims == [("The guest says:", ["iPhones freeze", "eBay ships"])]


@pytest.mark.parametrize("language", ["de", "nl", "fr"])
def test_no_english_rule_fires_in_another_language(language: str) -> None:
    bullets = ("The speaker argues that ice will come", "The speaker argues that fog will come")
    assert insight_lines(bullets, language=language) == [(None, list(bullets))]


def test_german_bullets_without_a_language_tag_are_left_alone() -> None:
    bullets = ("Der Sprecher sagt, dass der Hafen zufriert.", "Der Sprecher sagt, dass niemand segelt.")
    assert insight_lines(bullets, language=None) == [(None, list(bullets))]


def test_a_claim_outside_its_group_takes_its_speaker_along() -> None:
    shared_verb = made(1, "T", "The speaker argues that ice comes", "The speaker claims that fog comes").insights[0]
    alone = attributed(shared_verb, shared_verb.claims[1])
    assert alone.text == "The speaker argues: Fog comes"
    assert {source.field for source in alone.sources} == {"insights[1]"}
    own = made(1, "T", "Ada argues that a", "Ada warns that b", "Ada denies that c").insights[0]
    assert attributed(own, own.claims[2]).text == "Ada denies that c"


@given(st.lists(st.sampled_from(sorted(VERBS)), min_size=1, max_size=4))
def test_a_shared_verb_is_never_stronger_than_any_it_stands_for(spoken: list[str]) -> None:
    one = shared(spoken)
    if one is None:
        return
    kinds = {VERBS[word].kind for word in spoken}
    assert Kind.AGAINST not in kinds
    assert VERBS[one].form == VERBS[spoken[0]].form
    if len(kinds) == 1:
        assert one in spoken
        assert all(VERBS[one].strength <= VERBS[word].strength for word in spoken)
    else:
        assert kinds == {Kind.ASSERTION, Kind.OBSERVATION}
        assert VERBS[one].lemma == "say"
