"""A thread is a point that two episodes make; where that is in doubt there is none."""

from __future__ import annotations

import pytest

from bot.digest.rules import Rule
from bot.digest.threads import MOST_THREADS, threads
from bot.model.provenance import EpisodeRef
from tests.growth import MOST, growth

from .conftest import made


def found(*claims: str, **fields: object) -> list[list[int]]:
    digests = [made(number, f"Episode {number}", claim, **fields) for number, claim in enumerate(claims, 1)]
    return [[point.ref.episode for point in thread.points] for thread in threads(digests)]


def test_a_point_that_two_episodes_make_is_a_thread_with_both_sources() -> None:
    one = made(1, "The frozen town", "The speaker argues that no ferry company can survive diesel prices", show="Sea")
    two = made(2, "Winter bills", "Ferry companies cannot survive these diesel prices, Ada Holm says", show="Fjord")
    (thread,) = threads([one, two, made(3, "Bread", "Rye bread needs a long rest")])
    assert thread.title == "Ferry company, survive diesel prices"
    assert [(point.ref, point.show, point.headline) for point in thread.points] == [
        (EpisodeRef(1, 1), "Sea", "The frozen town"),
        (EpisodeRef(2, 1), "Fjord", "Winter bills"),
    ]
    assert thread.points[0].line.text.startswith("The speaker argues that")


def test_a_point_never_loses_who_made_it() -> None:
    one = made(
        1, "A", "Ada Holm argues that diesel prices ruin ferry companies", "Ada Holm claims that fog helps nobody"
    )
    two = made(2, "B", "Diesel prices ruin small ferry companies")
    (thread,) = threads([one, two])
    assert thread.points[0].line.text == "Ada Holm argues: Diesel prices ruin ferry companies"
    assert thread.points[0].line.rule == Rule.ATTRIBUTED_CLAIM


def test_reasons_and_asides_do_not_hide_a_shared_point() -> None:
    assert found(
        "Small crews should own the docks they sweep, because whoever comes back stops making patches",
        "The guest suggests that a small crew should own its tools, the fence around them and the log",
        "The harbour master carries her own keys, and a crew of small boats follows",
    ) == [[1, 2]]


@pytest.mark.parametrize(
    "claims",
    [
        ("Diesel prices ruin ferry companies", "Diesel prices do not ruin ferry companies"),
        ("Diesel prices ruin ferry companies", "Holm denies that diesel prices ruin ferry companies"),
        ("Steel hulls are safer than wooden hulls", "Wooden hulls are safer than steel hulls"),
        ("Ferry fares rise with diesel prices", "Ferry fares fall with diesel prices"),
        ("Ferry fares took 20% of harbour wages", "Ferry fares took 60% of harbour wages"),
        ("Open harbours attract small shipping crews", "Small shipping crews avoid closed harbours"),
        ("The speaker thinks people should focus on important work", "The guest says people need important work"),
        ("Ice closes harbours in the north", "Fog delays planes in the south"),
    ],
)
def test_what_may_contradict_or_is_only_filler_is_no_thread(claims: tuple[str, str]) -> None:
    assert found(*claims) == []


def test_one_episode_alone_or_in_two_revisions_makes_no_thread() -> None:
    claim = "Diesel prices ruin ferry companies"
    assert threads([made(1, "A", claim, "Ferry companies are ruined by diesel prices")]) == ()


def test_no_thread_is_drawn_in_a_language_whose_common_words_we_do_not_know() -> None:
    claim = "Die Reedereien gehen an den Dieselpreisen zugrunde"
    assert found(claim, claim, language="de") == []
    assert found(claim, claim, language=None) == []


def test_an_episode_has_one_point_in_a_thread_and_there_are_few_threads() -> None:
    subjects = ["harbour", "ferry", "diesel", "anchor", "compass", "lantern", "herring"]
    claims = [
        f"The {subject} inspector distrusts every {subject} sold by {subject} auctioneers" for subject in subjects
    ]
    week = threads([made(number, f"Episode {number}", *claims) for number in range(1, 5)])
    assert len(week) <= MOST_THREADS
    for thread in week:
        assert len({point.ref.episode for point in thread.points}) == len(thread.points)


def test_many_episodes_cost_no_more_than_their_share_to_compare() -> None:
    words = [f"{a}{b}{c}" for a in "bdfgk" for b in "aeiou" for c in ("rton", "lvane", "mpish", "ndrel")]

    def work(size: int) -> None:
        def insight(n: int, k: int) -> str:
            return " ".join(words[(n * 7 + k * 13 + j * j) % 100] for j in range(9))

        threads([made(n, f"Episode {n}", *(insight(n, k) for k in range(5))) for n in range(size)])

    assert growth(work, 60) < MOST
