"""Picking: few, spread, self-contained, with reasons; a safe answer to whatever comes in."""

from __future__ import annotations

import pytest

from bot.model.episode import Chapter, Episode, Event, Segment, Soundbite, Transcript
from bot.quotes import heard, lock, pick
from tests.quotes import talk


def test_the_best_lines_come_first_with_speaker_second_and_reasons() -> None:
    episode = talk.episode(talk.CONVERSATION)
    quotes = pick.pick(episode, top=3)
    assert 2 <= len(quotes) <= 3
    assert [q.score for q in quotes] == sorted((q.score for q in quotes), reverse=True)
    for quote in quotes:
        assert quote.speaker == "Guest"
        assert quote.moment is not None
        assert quote.reasons
        assert episode.transcript is not None
        lock.check(episode.transcript, quote)


def test_a_thirty_second_short_gives_two_or_three_lines_not_everything() -> None:
    short = Episode(
        title="Short",
        transcript=Transcript(
            (
                Segment(
                    "There is no doubt that when a whole town decides to bake its own bread, the price of flour "
                    "will fall. "
                    "And that also that bread is never owned by one family. There are ovens in every street of "
                    "this town. "
                    "Nobody can hold the only recipe for a thing that everybody eats. That is simply wrong.",
                    0.0,
                ),
            )
        ),
    )
    assert 2 <= len(pick.pick(short, top=5)) <= 3


ROUGH = (
    "We would maybe talk about some of that oven over there with two of him, whatever, obviously.",
    "Some bridges might be kind of different in that, like, sort of way for her, right.",
    "Probably a few horses could have seen him with those two gardens, or whatever.",
    "Usually the harvest would go to some of those guys in that, as well.",
)
SOUND = (
    "If you want better bread, you have to trust time more than yourself.",
    "Most people never learn that patience is cheaper than a second mill.",
    "Never build a bridge before you know who needs the river.",
    "If you never fail at dawn, you are baking less than you can.",
)


def test_where_little_could_be_printed_only_half_of_what_was_asked_for_is_given() -> None:
    def picked(lines: tuple[str, ...], top: int) -> tuple[str, ...]:
        rows = [("Guest", f"It was late. {line} " + "It was late. " * 40) for line in lines]
        return tuple(quote.text for quote in pick.pick(talk.episode(rows), top=top))

    assert len(picked(ROUGH, 4)) == 2
    assert len(picked(ROUGH, 1)) == 1
    assert sorted(picked(SOUND, 4)) == sorted(SOUND)


def test_what_already_ran_is_not_picked_again() -> None:
    episode = talk.episode(talk.CONVERSATION)
    first = pick.pick(episode, top=1)[0]
    assert first.text not in [q.text for q in pick.pick(episode, top=5, earlier=(first.text.upper(),))]


def test_nor_is_the_same_idea_in_other_words() -> None:
    episode = talk.episode([("Guest", "Good bread is mostly waiting, and waiting costs nothing at all. We went home.")])
    assert [quote.text for quote in pick.pick(episode)]
    earlier = ("With good bread you are mostly waiting; it costs you time and no money.",)
    assert pick.pick(episode, earlier=earlier) == ()


def test_the_makers_own_picks_come_first_and_the_teaser_itself_is_not_picked() -> None:
    teaser = (
        "You never bake for the oven, you bake for the one who is hungry at six in the morning. Every loaf is a "
        "promise that somebody made in the dark."
    )
    rows = [
        ("Guest", teaser),
        *[("Host", f"Here is question number {n} about flour.") for n in range(3)],
        *talk.CONVERSATION,
        ("Guest", teaser),
    ]
    episode = talk.episode(rows)
    best = pick.pick(episode, top=1)[0]
    assert "the show's own pick" in best.reasons
    assert episode.transcript is not None
    assert best.begin > len(episode.transcript.text) // 2
    assert heard.TEASER in pick.judge(episode)[0].gates


def test_a_soundbite_counts_as_the_shows_own_pick() -> None:
    episode = talk.episode(talk.CONVERSATION)
    target = next(c for c in pick.judge(episode) if not c.gates)
    assert target.start is not None
    assert target.end is not None
    marked = Episode(
        title=episode.title,
        transcript=episode.transcript,
        soundbites=(Soundbite(target.start, target.end - target.start),),
    )
    assert pick.pick(marked, top=1)[0].text.startswith(target.text[:20])


def test_laughter_beside_a_line_raises_an_alarm() -> None:
    episode = talk.episode(talk.CONVERSATION)
    assert episode.transcript is not None
    laughing = Transcript(
        episode.transcript.segments, (Event("laughter", 1, len(episode.transcript.segments[1].text)),)
    )
    judged = pick.judge(Episode(title="x", transcript=laughing))
    assert any("laughter" in alarm for candidate in judged for alarm in candidate.alarms)


def test_no_more_words_are_quoted_than_are_fair_use_of_an_episode() -> None:
    rows = [("Guest", " ".join(f"You should always weigh the {n} loaves of the day {n} twice." for n in range(200)))]
    episode = talk.episode(rows)
    assert episode.transcript is not None
    words = sum(len(quote.text.split()) for quote in pick.pick(episode, top=100))
    assert 0 < words <= len(episode.transcript.text.split()) / 10


BAD = {
    "no transcript": None,
    "no segments": (),
    "empty segments": (Segment(""), Segment("  ")),
    "no punctuation": tuple(
        Segment("and then we went to the market and bought the flour for the whole week", 4.0 * i) for i in range(50)
    ),
    "all capitals": tuple(Segment("THE BREAD IS READY AND YOU SHOULD ALWAYS EAT IT WARM.", 4.0 * i) for i in range(20)),
    "one enormous sentence": (Segment("bread and butter and " * 20_000, 0.0),),
    "ten thousand one-word segments": tuple(Segment("bread", i * 0.4, i * 0.4 + 0.3) for i in range(10_000)),
    "stamps backwards": tuple(
        Segment("You should always bake the bread before sunrise.", 900.0 - i) for i in range(60)
    ),
    "stamps absent": tuple(Segment(f"You should always bake loaf {i} before the sun comes up.") for i in range(30)),
    "wild stamps": tuple(
        Segment("You must bake before sunrise, always.", s) for s in (float("nan"), -5.0, float("inf"), 3.0)
    ),
    "right to left": tuple(
        Segment("الخبز هو الحياة في كل بيت من بيوت هذه المدينة. هل تعرف ذلك؟", 5.0 * i) for i in range(20)
    ),
    "code": tuple(Segment("def bake(x): return x + 1; while (true) { bake(); }", 3.0 * i) for i in range(20)),
    "lyrics": tuple(
        Segment("♪ bread of heaven, bread of heaven, feed me till I want no more ♪", 3.0 * i) for i in range(20)
    ),
    "music only": (Segment("[music]"), Segment("(applause)")),
    "two languages": tuple(
        Segment("You should never trust cold bread. Das Brot von gestern ist heute noch gut genug für uns.", 6.0 * i)
        for i in range(20)
    ),
    "rolling captions": tuple(
        Segment("the bread you bake today will feed you all week long", float(i)) for i in range(60)
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_a_safe_answer_with_a_reason(name: str) -> None:
    segments = BAD[name]
    transcript = None if segments is None else Transcript(segments)
    episode = Episode(title="Bread", transcript=transcript)
    candidates = pick.judge(episode)
    quotes = pick.pick(episode)
    for quote in quotes:
        assert transcript is not None
        lock.check(transcript, quote)
    if not quotes:
        assert pick.why_none(candidates).endswith(".")


def test_nothing_is_picked_from_code_song_shouting_or_music() -> None:
    for name in (
        "all capitals",
        "one enormous sentence",
        "code",
        "lyrics",
        "music only",
        "ten thousand one-word segments",
    ):
        assert pick.pick(Episode(title="x", transcript=Transcript(BAD[name] or ()))) == (), name


def test_captions_without_punctuation_are_marked_and_repeats_are_left_out() -> None:
    judged = pick.judge(Episode(title="x", transcript=Transcript(BAD["no punctuation"] or ())))
    assert all(any("caption text" in alarm for alarm in c.alarms) for c in judged)
    rolling = pick.judge(Episode(title="x", transcript=Transcript(BAD["rolling captions"] or ())))
    assert sum(heard.REPEATED in c.gates for c in rolling) == len(rolling) - 1


@pytest.mark.parametrize(("english", "german"), [(9, 1), (1, 1), (1, 9)])
def test_in_two_languages_each_line_is_held_to_its_own(english: int, german: int) -> None:
    lines = ["It never works when the oven is cold inside of it."] * english
    lines += ["Das Brot von gestern ist heute noch gut genug für uns alle."] * german
    segments = tuple(Segment(line, 6.0 * i) for i, line in enumerate(lines))
    judged = pick.judge(Episode(title="x", transcript=Transcript(segments)))
    for candidate in judged:
        is_german = candidate.text.startswith("Das")
        assert (candidate.reasons == (pick.GENERIC,)) == is_german
        assert ("begins with a word that points back" in candidate.gates) != is_german
    assert any(heard.FOREIGN in candidate.alarms for candidate in judged)


def test_a_guests_line_goes_before_a_hosts_of_the_same_worth() -> None:
    line = "You should never trust an oven that you have not cleaned yourself."
    rows = [
        ("Host", f"Welcome to the podcast about bread. What is new? {line}"),
        ("Guest", "We baked for the whole town that winter. " * 6),
        ("Host", "And what did you learn from that, would you say? Is there a rule?"),
        ("Guest", f"{line} We baked for the whole town that winter, and then it was spring. " * 2),
    ]
    assert pick.pick(talk.episode(rows), top=1)[0].speaker == "Guest"


def test_lines_spread_over_the_shows_own_chapters() -> None:
    rules = [
        f"You should never sell the {thing} of yesterday to a child." for thing in ("bread", "cake", "milk", "jam")
    ]
    segments = tuple(Segment(line, 600.0 + 40.0 * n) for n, line in enumerate(rules))
    later = tuple(Segment(f"The mill at the river had {n} brown horses that year.", 3000.0 + 40 * n) for n in range(4))
    transcript = Transcript((*segments, *later))
    plain = Episode(title="x", transcript=transcript)
    marked = Episode(title="x", transcript=transcript, chapters=(Chapter(0.0, "Rules"), Chapter(2900.0, "Horses")))
    assert all(quote.moment for quote in pick.pick(marked, top=4))
    late = [sum(q.moment.start >= 2900 for q in pick.pick(each, top=4) if q.moment) for each in (plain, marked)]
    assert late[1] >= max(1, late[0])


def test_other_languages_say_that_the_rating_is_generic() -> None:
    judged = pick.judge(Episode(title="x", transcript=Transcript(BAD["right to left"] or ())))
    assert all(c.reasons == (pick.GENERIC,) for c in judged)
    assert any(not c.gates for c in judged)
