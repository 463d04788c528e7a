"""Episodes and what of them can be quoted, and whether given words were said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from bot.desk.api.operations import Call, operation
from bot.desk.api.shapes import Asked, Given, Number, Sent, Words
from bot.desk.candidates import not_picked, picked, ran_before
from bot.drafting import moments
from bot.errors import FalseQuote, Missing
from bot.model.digest import Origin
from bot.model.episode import Episode
from bot.model.provenance import EpisodeRef
from bot.model.scope import Scope
from bot.model.states import DraftState
from bot.quotes import lock, stretch, timing
from bot.store import drafts, episodes
from bot.store.database import Db
from bot.store.episodes import Listed


class EpisodeListed(Given):
    """An episode as lists show it."""

    id: int
    title: str
    show: str | None
    published_at: AwareDatetime | None
    first_seen_at: AwareDatetime
    revision: int


class Episodes(Given):
    """Episodes, the one that came last first."""

    items: list[EpisodeListed]
    next: Annotated[int | None, Field(description="Give it as `before` for the following ones; null at the end.")]


class EpisodesAsked(Asked):
    before: Annotated[Number | None, Field(description="The `next` of the page before.")] = None
    limit: Annotated[Number, Field(le=200)] = 50


@operation("GET", "/episodes", scope=Scope.QUOTES_READ)
def list_episodes(call: Call, query: EpisodesAsked) -> Episodes:
    """List the episodes, the one that came last first."""
    with call.house.store.read() as db:
        found = episodes.listed(db, limit=query.limit + 1, before=query.before)
    items = [EpisodeListed.model_validate(each) for each in found[: query.limit]]
    return Episodes(items=items, next=items[-1].id if len(found) > query.limit else None)


class DigestShown(Given):
    """What we say about an episode, sentence by sentence."""

    headline: str
    hook: str | None
    summary: list[str]
    summary_by: Annotated[Origin, Field(description="Whose account the summary is.")]
    insights: list[str]
    topics: list[str]
    language: str | None
    published: date | None


class EpisodeWhole(EpisodeListed):
    """An episode, with what we say about it."""

    url: str | None
    audio: str | None
    spoken: Annotated[bool, Field(description="Whether there is a transcript; only then can it be quoted.")]
    gated: Annotated[bool, Field(description="Whether it is for members only.")]
    digest: Annotated[DigestShown | None, Field(description="Null until it has been digested.")]
    drafts: Annotated[list[int], Field(description="The numbers of its drafts that were not rejected.")]


@operation("GET", "/episodes/<int:number>", scope=Scope.QUOTES_READ)
def read_episode(call: Call, number: int) -> EpisodeWhole:
    """Read one episode, with what we say about it and the numbers of its drafts."""
    with call.house.store.read() as db:
        listed = _listed(db, number)
        digest = episodes.digest(db, number)
        episode = _newest(db, listed)
        own = [each.id for each in drafts.of_episode(db, number) if each.state is not DraftState.REJECTED]
    said = None
    if digest is not None:
        said = DigestShown(
            headline=digest.headline.text,
            hook=digest.hook.text if digest.hook else None,
            summary=[each.text for each in digest.summary],
            summary_by=digest.summary_by,
            insights=[claim.text for claims in digest.insights for claim in claims.claims],
            topics=list(digest.topics),
            language=digest.language,
            published=digest.published,
        )
    return EpisodeWhole(
        **EpisodeListed.model_validate(listed).model_dump(),
        url=episode.url,
        audio=episode.audio.url if episode.audio else None,
        spoken=episode.transcript is not None,
        gated=episode.gated,
        digest=said,
        drafts=own,
    )


class BesideShown(Given):
    """A sentence next to a quotation; `speaker` is null where it is the quotation's own."""

    text: str
    speaker: str | None


class SaidBefore(Given):
    """The same line, or its like, as it ran or is about to."""

    draft: int
    channel: str
    text: str


class CandidateShown(Given):
    """A line that may be quoted. `begin` and `stop` are what choosing it takes.

    `reasons` speak for it; `alarms` are why a person should look twice; `gates` why no machine may pick it.
    """

    text: str
    raw: Annotated[str, Field(description="What was said, before the trims.")]
    begin: int
    stop: int
    speaker: str | None
    lock: Annotated[str, Field(examples=["exact"])]
    fault: str
    trims: list[str]
    score: Annotated[float | None, Field(description="From 0 to 1; compares lines of one episode only.")]
    reasons: list[str]
    alarms: list[str]
    gates: list[str]
    before: list[BesideShown]
    after: list[BesideShown]
    moment: Annotated[str | None, Field(examples=["about 12:34"])]
    audio: Annotated[str | None, Field(description="Where its sound can be played, two seconds early.")]
    page: str | None
    said: list[SaidBefore]


class Candidates(Given):
    """The lines that were picked, the best first; and the best of those that were not, where they were asked for."""

    episode: int
    revision: Annotated[int, Field(description="The reading of the episode that the offsets belong to.")]
    picked: list[CandidateShown]
    others: list[CandidateShown]


class CandidatesAsked(Asked):
    others: Annotated[
        Literal["none", "best"], Field(description="“best”: also the best lines that no machine may pick, and why.")
    ] = "none"


@operation("GET", "/episodes/<int:number>/quotes", scope=Scope.QUOTES_READ)
def list_candidates(call: Call, number: int, query: CandidatesAsked) -> Candidates:
    """List the lines of an episode that may be quoted, with reasons, alarms and the sentences around them."""
    with call.house.store.read() as db:
        listed = _listed(db, number)
        digest = episodes.digest(db, number)
        ref = digest.ref if digest is not None else episodes.newest(db, number) or EpisodeRef(number, listed.revision)
        episode = episodes.load(db, ref)
        own = [each for each in drafts.of_episode(db, number) if each.state is not DraftState.REJECTED]
        ran = ran_before(call.house, db, own)
    return Candidates(
        episode=number,
        revision=ref.revision,
        picked=[CandidateShown.model_validate(each) for each in picked(episode, digest, ran)],
        others=[CandidateShown.model_validate(each) for each in not_picked(episode)] if query.others == "best" else [],
    )


class Check(Sent):
    """Words, and the episode in which somebody is to have said them."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"episode": 1, "words": "Measure what you mean to change.", "speaker": None}]}
    )
    episode: Number
    words: Words
    speaker: Annotated[str | None, Field(max_length=200, description="Who is to have said them.")] = None


class Checked(Given):
    """What the transcript holds of some words.

    `said`: they stand in it, word for word, at `begin` to `stop` (the first place). `quotable`: they may stand in
    quotation marks in free text, because nothing that turns them was cut off. `whole`: they are whole sentences of one
    person, so that they can be a quote of their own. `fault` says why the last is not so.
    """

    said: bool
    quotable: bool
    whole: bool
    fault: str
    begin: int | None
    stop: int | None
    speaker: str | None
    moment: str | None


@operation("POST", "/quotes/check", scope=Scope.QUOTES_READ)
def check_words(call: Call, body: Check) -> Checked:
    """Check words against the transcript of an episode, by the lock that every quote has to pass."""
    with call.house.store.read() as db:
        episode = _newest(db, _listed(db, body.episode))
    transcript = episode.transcript
    place = lock.find(transcript, body.words) if transcript is not None else None
    if transcript is None or place is None:
        why = "These words do not stand in the transcript." if transcript else "The episode has no transcript."
        return Checked(
            said=False, quotable=False, whole=False, fault=why, begin=None, stop=None, speaker=None, moment=None
        )
    fault, speaker = "", None
    try:
        quote = stretch.taken(episode, *place).quote
        speaker = quote.speaker
        lock.check(transcript, quote if body.speaker is None else replace(quote, speaker=body.speaker))
    except FalseQuote as error:
        fault = str(error)
    return Checked(
        said=True,
        quotable=lock.quotable(transcript, body.words),
        whole=not fault,
        fault=fault,
        begin=place[0],
        stop=place[1],
        speaker=speaker,
        moment=moments.shown(timing.moment(transcript, *place)),
    )


def _listed(db: Db, number: int) -> Listed:
    found = episodes.find(db, number)
    if found is None:
        raise Missing(f"There is no episode {number}; /api/v1/episodes lists those that are.")
    return found


def _newest(db: Db, listed: Listed) -> Episode:
    return episodes.load(db, episodes.newest(db, listed.id) or EpisodeRef(listed.id, listed.revision))


OPERATIONS = (list_episodes, read_episode, list_candidates, check_words)
