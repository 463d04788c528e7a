"""Learning from editors: refused while it would be guessing, better where there is something to learn."""

from __future__ import annotations

import pytest

from bot.model.episode import Episode, Segment, Soundbite, Transcript
from bot.quotes import learning, pick, weights
from bot.quotes.sentences import sentences

# Lines of two tastes, half of each in every episode; what makes them differ is how they are said, not of what.
RULES = (
    "You should never sell a loaf that you would not eat in the dark.",
    "You must always weigh the salt before you trust the oven.",
    "Never hurry a dough that has not asked you for anything.",
    "You need to keep one promise to one customer every morning.",
    "Always let the mill run empty before you close the river gate.",
    "You should learn the names of the children before the bread.",
)
TALES = (
    "My uncle went down to the river that winter with two brown horses.",
    "We had a baker from the coast who sang in the early mornings.",
    "The flood took the old shop and left the sign on the church door.",
    "I started with a borrowed oven in a garage behind the station.",
    "She brought us plums from her garden in the first hot summer.",
    "The mayor came by with his dog and asked about the new chimney.",
)


def desk_episode(
    number: int, *, wanted: tuple[str, ...]
) -> tuple[Episode, list[tuple[int, int]], list[tuple[int, int]]]:
    """An episode, the offsets of three lines that its editor kept, and of one that was skipped."""
    turn = number % 6
    lines = [
        line for pair in zip(RULES[turn:] + RULES[:turn], TALES[turn:] + TALES[:turn], strict=True) for line in pair
    ]
    segments = tuple(Segment(f"{line} Loaf {number} was warm.", 8.0 * at, None, "Ann") for at, line in enumerate(lines))
    transcript = Transcript(segments)
    kept, skipped = [], []
    for s in sentences(transcript):
        text = transcript.text[s.begin : s.stop]
        if text in wanted and len(kept) < 3:
            kept.append((s.begin, s.stop))
        elif text in RULES + TALES and text not in wanted and not skipped:
            skipped.append((s.begin, s.stop))
    return Episode(title=f"Bread {number}", transcript=transcript), kept, skipped


def lessons(count: int, *, wanted: tuple[str, ...]) -> list[learning.Lesson]:
    made = []
    for number in range(count):
        episode, kept, skipped = desk_episode(number, wanted=wanted)
        taught = learning.lesson(episode, kept=kept, skipped=skipped)
        assert taught is not None
        made.append(taught)
    return made


def test_with_too_few_labels_it_refuses_and_says_how_many_are_needed() -> None:
    few = lessons(4, wanted=TALES)
    assert learning.too_few(few) == (
        "There are 12 kept lines in 4 episodes; training needs 30 in at least 10. "
        "Approve, edit and reject drafts as you do: every verdict on a quote is remembered."
    )
    with pytest.raises(ValueError, match="training needs 30"):
        learning.train(few, weights.episode())


def test_a_desk_that_likes_stories_gets_stories() -> None:
    found = learning.train(lessons(15, wanted=TALES), weights.episode())
    assert found.lines == 45
    assert found.before < 0.5, "the shipped weights like rules"
    assert found.gain > found.half > 0
    episode, _, _ = desk_episode(3, wanted=TALES)
    shipped, own = pick.pick(episode, top=1)[0], pick.pick(episode, top=1, model=found.weights)[0]
    assert any(line in own.text for line in TALES)
    assert not any(line in shipped.text for line in TALES)


def test_a_desk_that_likes_what_we_like_is_told_that_nothing_is_gained() -> None:
    found = learning.train(lessons(12, wanted=RULES), weights.episode())
    assert found.before > 0.9
    assert abs(found.gain) < 0.1


def test_training_says_the_same_each_time_and_its_weights_survive_a_file() -> None:
    taught = lessons(12, wanted=TALES)
    first, second = (learning.train(taught, weights.episode()).weights for _ in range(2))
    text = weights.written(first)
    assert text == weights.written(second)
    assert weights.written(weights.read(text)) == text
    assert "12 episodes of this desk" in weights.read(text).about


def test_the_shows_own_marks_teach_too_and_an_episode_without_any_teaches_nothing() -> None:
    episode, _, _ = desk_episode(0, wanted=TALES)
    assert learning.lesson(episode) is None
    marked = Episode(title="x", transcript=episode.transcript, soundbites=(Soundbite(0.0, 8.0),))
    taught = learning.lesson(marked)
    assert taught is not None
    assert taught.kept == (0, 1)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"about": "x", "windows": [0], "features": {"you": [1, 2]}, "word_windows": [], "words": {}}'],
)
def test_a_spoilt_file_of_weights_is_an_error_that_says_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"no weights of the picker|is not 1 finite numbers"):
        weights.read(text)
