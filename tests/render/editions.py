"""Editions made up for these tests: original words, one, three or twelve episodes of invented shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.model.digest import (
    AlsoFromShow,
    Claims,
    Digest,
    Edition,
    EditionQuote,
    Imprint,
    Point,
    RelatedLine,
    Thread,
    TopicGroup,
)
from bot.model.provenance import EpisodeRef, Line
from bot.model.quote import Moment, Quote

IMPRINT = Imprint(
    title="The Long Listen",
    sender="Quayside Press",
    address="Quayside Press\n7 Chandlers Lane, Port Ellery",
    language="en",
    promise="every Thursday",
    site="https://longlisten.example/",
)


def line(text: str, rule: str = "verbatim") -> Line:
    return Line(text, rule, ())


def quote(text: str, speaker: str | None, start: float | None, uncertainty: float = 0.0) -> Quote:
    moment = None if start is None else Moment(start, start + 12.0, uncertainty)
    return Quote(text, begin=0, stop=len(text), speaker=speaker, moment=moment, score=0.8)


# headline, show, minutes, hook, summary, attribution, claims, quote, topic
_EPISODES: list[tuple[str, str, int, str, list[str], str, list[str], Quote, str]] = [
    (
        "The ferry timetable that rebuilt a town",
        "Small Infrastructure",
        52,
        "A boat that leaves when it says it will can do more for a harbour than a bridge.",
        [
            "When the island of Sarn lost its bridge to a storm, the council bought two old ferries as a stopgap.",
            "Nine years later the bridge fund is still untouched, and the high street has twice as many open doors.",
            "Transport planner Ines Falk explains why a boat every twenty minutes changed how people plan a day.",
        ],
        "Ines Falk argues:",
        [
            "Frequency matters more than speed, because nobody plans a life around a gap of two hours.",
            "A late boat costs trust that ten punctual ones do not buy back.",
            "Towns should publish their misses as loudly as their plans.",
        ],
        quote("Nobody falls in love with a timetable. They fall in love with not needing one.", "Ines Falk", 1294.0),
        "cities",
    ),
    (
        "What a seed bank forgets",
        "Ground Truth",
        38,
        "Storing a seed is easy; storing what the farmer knew about it is not.",
        [
            "Botanist Teo Marchetti runs a cold room with eleven thousand varieties of bean.",
            "Most labels say where a seed was found, and almost none say how it was cooked, sown or sworn at.",
        ],
        "The guest says:",
        [
            "A variety without its story is grown wrongly within two generations.",
            "Recording growers costs less than one freezer a year.",
        ],
        quote("We froze the beans and let the sentences die.", "Teo Marchetti", 754.0, 4.0),
        "food & farming",
    ),
    (
        "Why your thermostat argues with your walls",
        "Ground Truth",
        41,
        "Old brick keeps its own hours, and most heating controls refuse to learn them.",
        [
            "A heating engineer spent a winter logging forty terraced houses.",
            "The houses that were left alone overnight used more gas than those kept a little warm.",
        ],
        "The engineer claims:",
        ["Set-back temperatures should follow the wall, not the clock."],
        quote("A thick wall is a slow animal. You do not get to shout at it twice a day.", "Rhona Pike", 2210.5),
        "homes",
    ),
    (
        "Four musicians and one microphone",
        "Room Tone",
        64,
        "A quartet records its album around a single microphone and learns to move.",
        [
            "Instead of mixing afterwards, the players step closer when they lead and back when they follow.",
            "The producer describes two weeks of chalk marks on a chapel floor.",
        ],
        "The producer holds:",
        [
            "Balance made by walking is heard as generosity.",
            "Constraints are kinder when everybody can see them.",
        ],
        quote("The fader was our feet.", "Marguerite Osei", 3725.0),
        "music",
    ),
    (
        "The librarian who lends silence",
        "Room Tone",
        29,
        "A branch library without a computer became the busiest in its county.",
        ["Opening hours were moved to the evening, and the only rule is that nobody has to say why they came."],
        "The librarian reports:",
        ["Half of the visitors never borrow a book.", "Loans rose anyway."],
        quote("People will queue for a chair that asks nothing of them.", "Dov Lindqvist", 611.0, 3.0),
        "cities",
    ),
    (
        "Open maps after the flood",
        "Commons Weekly",
        47,
        "Volunteers drew three thousand footpaths in a weekend; the agencies used them on Monday.",
        [
            "A regional mapping group tells how aerial pictures became a usable map.",
            "The hard part was agreeing on what counts as passable.",
        ],
        "The volunteers argue:",
        [
            "Shared maps work because anyone may correct them.",
            "Agencies should budget for people who check, not only for people who draw.",
        ],
        quote("A map is a promise that somebody walked there, or admits that nobody did.", None, 1502.0, 2.0),
        "open source",
    ),
    (
        "Maintainers need weekends too",
        "Commons Weekly",
        55,
        "The keeper of a small date library explains what forty million downloads feel like.",
        [
            "Every second message is a thank-you, and every first one is a demand.",
            "She now answers on Tuesdays only, and the world has not ended.",
        ],
        "The maintainer argues:",
        [
            "Response time is a budget, and it should be published.",
            "Shared work lasts when anyone may correct it and somebody may rest.",
        ],
        quote("I did not run out of love. I ran out of Sundays.", "Petra Nwosu", 88.0),
        "open source",
    ),
    (
        "The slow return of the night train",
        "Small Infrastructure",
        44,
        "Sleeper services come back one spare carriage at a time.",
        ["A dispatcher walks through the puzzle of platforms, crews and borders between nine in the evening and six."],
        "The dispatcher says:",
        ["The missing part is not track but beds: no builder has a free line before spring."],
        quote("You sell the bed. The distance comes free.", "Janek Wolff", 1980.0, 5.0),
        "cities",
    ),
    (
        "Sourdough for engineers",
        "Kitchen Table Science",
        33,
        "A control theorist tunes a starter the way she would tune a boiler.",
        ["Temperature, feed and time make three knobs, and only one of them forgives."],
        "The guest suggests:",
        ["Measure height, not hours."],
        quote("Bread is a feedback loop that you are allowed to eat.", "Sunniva Hale", 1203.0),
        "food & farming",
    ),
    (
        "How to read a tide table",
        "Kitchen Table Science",
        26,
        "The moon is only the beginning of the arithmetic.",
        ["A harbour pilot explains why two towns ten miles apart never agree on low water."],
        "The pilot insists:",
        ["Local marks beat a global model in every narrow channel."],
        quote(
            "The sea keeps an appointment with the moon, and is late by the shape of the coast.", "Ewan Strand", 945.0
        ),
        "science",
    ),
    (
        "A judge on the art of the short ruling",
        "Plain Speaking",
        58,
        "After thirty years on the bench she cut her judgments to two pages.",
        ["Appeals fell by a third, which surprised everyone but the clerks."],
        "The judge holds:",
        ["A ruling that cannot be read aloud will not be obeyed.", "Length is where doubt goes to hide."],
        quote("If I cannot say it to the person who lost, I have not finished deciding.", "Helene Brandt", 2745.0),
        "law",
    ),
    (
        "Teaching chess to people in a hurry",
        "Plain Speaking",
        31,
        "Ten-minute lessons for commuters, with no openings to memorise.",
        ["A coach at a railway station keeps one board, one clock and a waiting list of two hundred."],
        "The coach says:",
        ["Adults learn faster when losing is over quickly."],
        quote("Lose early, lose often, and be home for dinner.", "Yusuf Adan", 402.0),
        "games",
    ),
]


def digest(number: int, **changes: object) -> Digest:
    """Episode `number` (from 1) of the made-up ones."""
    headline, show, minutes, hook, summary, attribution, claims, best, topic = _EPISODES[number - 1]
    made = Digest(
        ref=EpisodeRef(number, 1),
        show=show,
        headline=line(headline),
        hook=line(hook),
        summary=tuple(line(sentence) for sentence in summary),
        insights=(Claims(line(attribution), tuple(line(claim) for claim in claims)),),
        topics=(topic,),
        quotes=(best,),
        reading_minutes=1,
        listening_minutes=minutes,
        gated=number == 2,
        url=None if number == 3 else f"https://shows.example/{number}",
        audio=f"https://audio.example/{number}.mp3" if number in (3, 7) else None,
        published=date(2026, 11, 16),
        language="en",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def edition(count: int, **changes: object) -> Edition:
    """An edition of `count` episodes, every section filled that so many episodes can fill."""
    digests = [digest(number) for number in range(1, count + 1)]
    topics = dict.fromkeys(d.topics[0] for d in digests[1:])
    groups = tuple(TopicGroup(t, tuple(d for d in digests[1:] if d.topics[0] == t)) for t in topics)
    threads: tuple[Thread, ...] = ()
    if count >= 7:
        pair = (digests[5], digests[6])
        points = tuple(Point(d.ref, d.show, d.headline.text, d.insights[0].claims[n]) for n, d in enumerate(pair))
        threads = (Thread("Anyone may correct it", points),)
    featured = digests[3:6]
    made = Edition(
        newsletter="long-listen",
        number=count,
        day=date(2026, 11, 19),
        subject=digests[0].headline,
        preheader=line("A ferry that keeps its word, beans without stories, and walls that take their time."),
        top=tuple(digests[:3]),
        lead=digests[0],
        groups=groups,
        threads=threads,
        quotes=tuple(EditionQuote(d.ref, d.show, d.headline.text, d.quotes[0], d.url) for d in featured),
        also=(
            AlsoFromShow(
                "Ground Truth",
                (
                    RelatedLine(
                        line("The orchard in the car park"), line("Forty trees, nine tenants, one ladder."), None
                    ),
                    RelatedLine(line("Peat, patiently"), None, "https://shows.example/peat"),
                ),
            ),
        ),
        reading_minutes=max(2, count),
        opener="Good morning. This week is about things that are *worth waiting for*, and one thing that is not.\n\n"
        "Reply to this mail and [tell us](https://longlisten.example/letters) what we missed.",
        notes=((2, "I have cooked from this cold room. **Listen to the last ten minutes.**"),),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def hebrew() -> tuple[Edition, Imprint]:
    """A small edition from right to left, with one English episode in it."""
    lead = digest(
        1,
        show="קו החוף",
        headline=line("המעבורת שבנתה עיירה מחדש"),
        hook=line("סירה שיוצאת בזמן עושה לנמל יותר מגשר."),
        summary=(line("המועצה קנתה שתי מעבורות ישנות."), line("תשע שנים אחר כך הרחוב הראשי מלא.")),
        insights=(Claims(line("המתכננת טוענת:"), (line("תדירות חשובה יותר ממהירות."), line("איחור עולה באמון."))),),
        quotes=(quote("אף אחד לא מתאהב בלוח זמנים.", "נועה לוי", 1294.0),),
        language="he",
    )
    made = edition(3, subject=lead.headline, lead=lead, top=(lead, digest(2), digest(3)), opener="בוקר טוב.", notes=())
    return made, replace(IMPRINT, title="האזנה ארוכה", language="he", sender="הוצאת הרציף")
