"""Why a line may not be quoted by itself, and why a person should look twice."""

from __future__ import annotations

import pytest

from bot.model.episode import Episode, Segment, Transcript
from bot.quotes import alarms, gates, pick
from bot.quotes.scene import Spoken
from bot.quotes.words import tokens


def spoken(text: str) -> Spoken:
    return Spoken(text, 0, len(text), None, 0, None, words=tokens(text))


def barred(text: str) -> tuple[str, ...]:
    return gates.gates(spoken(text), blocks=frozenset(), previous=None, english=True)


@pytest.mark.parametrize(
    ("text", "gate"),
    [
        ("It never works when the oven is cold inside.", "begins with a word that points back"),
        ("And they always come back to the same bakery.", "begins with a word that points back"),
        ("That changed how I think about flour and water.", "begins with a word that points back"),
        ("As I said, good bread is mostly waiting for it.", "refers to something said before"),
        ("Yes, I think bread should always be eaten warm.", "an answer without its question"),
        ("Thanks so much for having me on the show today.", "a greeting or thanks"),
        ("What would you do if the oven broke tomorrow morning?", "a question"),
        ("People say they want fresh bread and a friendly word.", "somebody else's words"),
        ("She said the bread was the best in all of town.", "somebody else's words"),
        ("My father told me, “never sell bread from yesterday”.", "somebody else's words"),
        ("The secret of good bread is [inaudible] and a hot stone.", "a word is missing in the transcript"),
        ("Second, you have to weigh the salt every single time.", "a piece of a list"),
        ("The best bread in this whole town comes from the", "breaks off in the middle"),
        ("You always have to weigh the flour, the salt and,", "breaks off in the middle"),
        ("Bread is good.", "too short to stand by itself"),
        (" ".join(["bread"] * 3 + ["never"] * 45) + ".", "too long to be read at a glance"),
        ("YOU SHOULD NEVER SELL THE BREAD OF YESTERDAY TO ANYONE.", "all capitals"),
        ("♪ give us this day our daily bread, give us this day ♪", "sung, not said"),
        ("You write def bake(flour): return dough and you run it.", "code or an address, not speech"),
    ],
)
def test_a_line_that_cannot_stand_alone_is_gated(text: str, gate: str) -> None:
    assert gate in barred(text)


@pytest.mark.parametrize(
    "text",
    [
        "Good bread is mostly waiting, and waiting costs nothing.",
        "You should never trust an oven that you have not cleaned yourself.",
        "It takes a village to raise a child and a mill to feed one.",
        "I know that a small town can keep four bakeries alive.",
        "You should always say what you mean to the person at the oven.",
        "If you can plan a meeting, you can plan a dough.",
        "パンは朝に焼くものだと、私はいつも思っています。",
    ],
)
def test_a_line_that_stands_alone_is_not(text: str) -> None:
    english = text.isascii()
    assert gates.gates(spoken(text), blocks=frozenset(), previous=None, english=english) == ()


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("You should stop taking your medication and eat bread.", "health"),
        ("Two hundred milligrams a day cures depression in a week.", "health"),
        ("You don't have to pay taxes if you move the bakery abroad.", "law"),
        ("You should put all your money into bitcoin right now.", "money advice"),
        ("Everyone in town knows that Walter stole the recipe from us.", "an accusation against somebody named"),
    ],
)
def test_subjects_that_can_hurt_wait_for_a_person(text: str, subject: str) -> None:
    assert f"{alarms.HELD}: {subject}" in alarms.held(spoken(text))


@pytest.mark.parametrize(
    ("before", "text", "after", "alarm"),
    [
        ("", "If the oven is clean, bread is easy.", "", "it holds under a condition"),
        ("", "Bread is the easiest thing in the world.", "But not for me.", "the next sentence takes something back"),
        ("", "Bread is bad for everybody who eats it.", "I'm just kidding.", "the next sentence denies it"),
        ("", "But the best bakers never weigh anything.", "", "it turns against the sentence before"),
        ("Is bread healthy?", "Bread is the best food there is.", "", "it answers a question that is not quoted"),
        ("", "Some people say bread makes you slow.", "", "it may be what other people say"),
        ("", "I used to think that flour was just flour.", "", "it may be a former belief"),
        ("Imagine you are a baker.", "Your whole life is one long night.", "", "it may be imagined"),
        ("", "Bread is bad for everybody who eats it.", "Not.", "the next sentence denies it"),
        ("I don't believe what they teach.", "Bread is always best when cold.", "", "a negation stands next to it"),
        ("", "Nobody ever got rich with bread.", "That is a myth.", "a negation stands next to it"),
        ("", "Bread is the best food, obviously not.", "", "it may be meant in irony"),
        ("They say a lot.", "Bread is finished in this town.", "", "it may be what other people say"),
        ("", "Bread is finished, but the mill will stay with us.", "", "it weighs two sides: keep both"),
        ("", "That is a damn good loaf of bread, my friend.", "", "mild profanity"),
        ("", "Bread is a shitty business to be in.", "", "strong language: bleep it"),
    ],
)
def test_the_alarm_says_what_the_neighbours_change(before: str, text: str, after: str, alarm: str) -> None:
    found = alarms.alarms(
        spoken(text), previous=spoken(before) if before else None, following=spoken(after) if after else None
    )
    assert alarm in found


def test_held_subjects_are_never_picked() -> None:
    text = (
        "You should always stop taking your medication before you bake. Good bread is mostly waiting, and it is cheap. "
    )
    quotes = pick.pick(Episode(title="x", transcript=Transcript((Segment(text * 3, 0.0),))))
    assert not any("medication" in quote.text for quote in quotes)
