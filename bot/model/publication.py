"""What a reader will see, frozen: the content of a draft's revision and the only thing that is ever sent.

A publication is made once, hashed, approved, stored and handed to a platform as it is. Nothing here is rendered again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from bot.model.provenance import EpisodeRef


class Kind(StrEnum):
    """What a draft publishes."""

    EDITION = "edition"
    QUOTE_POST = "quote"
    EPISODE_POST = "episode"
    EDITION_POST = "announcement"
    CORRECTION = "correction"


@dataclass(frozen=True)
class QuotedSpan:
    """A quotation inside a publication, with all that is needed to check it again at the moment of sending."""

    ref: EpisodeRef
    begin: int
    stop: int
    text: str
    speaker: str | None
    trims: tuple[str, ...] = ()


class MediaKind(StrEnum):
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"


@dataclass(frozen=True)
class Medium:
    """A picture, a sound or a film that a post bears. Its bytes lie in the store, under their SHA-256.

    `alt` says what is there for who cannot see or hear it: without it nothing is published. `size` counts bytes,
    `width` and `height` pixels, `duration` seconds; None where they are not known or make no sense. `says` are the
    quotations that it shows or lets hear: each is one of the post's, which are held against the transcript.
    """

    kind: MediaKind
    mime: str
    sha256: str
    size: int
    alt: str
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    says: tuple[str, ...] = ()


@dataclass(frozen=True)
class Card:
    """What stands behind a post's link, for the platforms on which whoever posts must bring the card."""

    title: str
    description: str = ""
    image: Medium | None = None


@dataclass(frozen=True)
class PostRef:
    """A post that stands on a platform, as its receipt named it."""

    remote_id: str
    permalink: str | None = None
    memo: str = ""


@dataclass(frozen=True)
class Part:
    """What follows the first text of a post, as an answer to what stands before it."""

    text: str
    media: tuple[Medium, ...] = ()


@dataclass(frozen=True)
class Post:
    """One social publication. `text` is complete: attribution, link and hashtags are part of it.

    `media` belong to `text`; `parts` continue it as a thread. `warning` hides the post behind these words where a
    platform can do that. `card` is the link's card, `quoting` a post that this one shows.
    """

    text: str
    link: str | None
    language: str | None
    quotes: tuple[QuotedSpan, ...]
    episodes: tuple[EpisodeRef, ...]
    media: tuple[Medium, ...] = ()
    parts: tuple[Part, ...] = ()
    warning: str | None = None
    card: Card | None = None
    quoting: PostRef | None = None

    @property
    def whole(self) -> tuple[Post, ...]:
        """Every text of the post as a post of its own: the first, then its parts. Only the first has link and card."""
        if not self.parts:
            return (self,)
        first = replace(self, parts=())
        following = replace(first, link=None, card=None, quoting=None)
        return (first, *(replace(following, text=each.text, media=each.media) for each in self.parts))

    @property
    def borne(self) -> tuple[Medium, ...]:
        """Every medium of it: of its texts and of its link's card."""
        image = (self.card.image,) if self.card is not None and self.card.image is not None else ()
        return (*self.media, *(medium for part in self.parts for medium in part.media), *image)

    @property
    def words(self) -> str:
        """Everything that a reader may see or hear of it, for checks of what it says."""
        said = [self.warning or "", self.text, *(each.text for each in self.parts), *(each.alt for each in self.borne)]
        if self.card is not None:
            said += [self.card.title, self.card.description]
        return "\n\n".join(text for text in said if text)


class Keep(StrEnum):
    """On what it depends whether a reader gets a piece of a mail.

    ANY: one of its episodes is wanted. PAIR: two of them are. ALL: all of them are. SOME: one of the pieces inside it
    stays. CUT: one of its episodes is not wanted. MORE: one of its episodes is wanted, and more of it.
    """

    ANY = "any"
    PAIR = "pair"
    ALL = "all"
    SOME = "some"
    CUT = "cut"
    MORE = "more"


@dataclass(frozen=True)
class Piece:
    """A piece of one part of a mail that not every reader gets; `bot.model.choices` says who does.

    `begin` and `stop` count characters of the part. A piece that is not there unless it is asked for (CUT, MORE) has no
    length there: its `words` are put in at `begin`.
    """

    keep: Keep
    episodes: tuple[int, ...]
    begin: int
    stop: int
    words: str = ""


@dataclass(frozen=True)
class Version:
    """One length of an edition (`bot.model.subscriber.Length`): both parts, and the pieces of each."""

    length: str
    html: str
    text: str
    html_pieces: tuple[Piece, ...] = ()
    text_pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True)
class Story:
    """An episode of an edition, by what readers choose it: its show and topics.

    `subject` announces a mail that it leads.
    """

    episode: int
    show: str
    topics: tuple[str, ...]
    subject: str


@dataclass(frozen=True)
class Mail:
    """One edition as it goes out: the subject and preheader, and the same content as HTML and as plain text.

    `sender` is the whole From header, `Name <address>`. What differs from reader to reader are places in both parts
    (`bot.model.places`). `newsletter` is its name in the configuration, the same for every edition; `promises` say how
    often a reader gets it, in words, by cadence ("weekly", "monthly"), the newsletter's own first. `html` and `text`
    are the whole edition, `versions` its shorter ones; `stories` are its episodes, the one that leads first.
    """

    sender: str
    subject: str
    preheader: str
    html: str
    text: str
    language: str | None
    quotes: tuple[QuotedSpan, ...]
    episodes: tuple[EpisodeRef, ...]
    newsletter: str = ""
    promises: tuple[tuple[str, str], ...] = ()
    versions: tuple[Version, ...] = ()
    stories: tuple[Story, ...] = ()
    html_pieces: tuple[Piece, ...] = ()
    text_pieces: tuple[Piece, ...] = ()


Publication = Post | Mail
