"""Proves every quotation of a publication: the same check when it is drafted, edited, approved and sent.

A passage in quotation marks must be locked to a transcript, or be the name of an episode or a show; nothing else may
stand in quotation marks anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Set

from bot.errors import FalseQuote
from bot.model.episode import Transcript
from bot.model.provenance import EpisodeRef
from bot.model.publication import Mail, Post, Publication
from bot.quotes import lock
from bot.text import fold

Transcripts = Mapping[EpisodeRef, Transcript | None]


def prove(publication: Publication, transcripts: Transcripts, names: Set[str]) -> None:
    """Raise FalseQuote, naming the first quotation that does not hold.

    `transcripts` are those of every episode that the publication names, `names` the titles and shows that may stand in
    quotation marks without having been said.
    """
    for quote in publication.quotes:
        transcript = transcripts.get(quote.ref)
        if transcript is None:
            raise FalseQuote(f"“{quote.text}” is quoted, but its episode has no transcript: leave the quote out.")
        lock.check(transcript, quote)
    words = publication.words if not isinstance(publication, Mail) else _all_text(publication)
    # What has just been held against its place in the transcript need not be looked for once more.
    held = {quote.text for quote in publication.quotes}
    if isinstance(publication, Post):
        _prove_media(publication, held)
    passages = tuple(each for each in lock.quotations(words) if each not in held)
    _prove(passages, [each for each in transcripts.values() if each is not None], names | held)


def prove_words(text: str, transcripts: list[Transcript], names: Set[str]) -> None:
    """Raise FalseQuote for a passage of free text that stands in quotation marks and was not said."""
    _prove(lock.quotations(text), transcripts, names)


def prove_own_words(text: str, transcripts: list[Transcript], names: Set[str]) -> None:
    """`prove_words` for what an editor wrote, where single quotation marks quote as double ones do."""
    _prove((*lock.quotations(text), *lock.single_quotations(text)), transcripts, names)


def _prove_media(post: Post, held: Set[str]) -> None:
    """What a card shows or a clip lets hear has to be one of the quotations that were held against the transcript."""
    for medium in post.borne:
        for said in medium.says:
            if said not in held:
                raise FalseQuote(
                    f"The {medium.kind} of this post bears “{said}”, which is no quotation of the post any more: "
                    "choose its card anew, or take it out."
                )


def _prove(passages: tuple[str, ...], transcripts: list[Transcript], names: Set[str]) -> None:
    if not passages:
        return
    # A title may bear quotation marks of its own ("The “Best” Bread"); wherever it is named, they come along.
    allowed = {_bare(part) for name in names for part in (name, *lock.quotations(name), *lock.single_quotations(name))}
    for passage in dict.fromkeys(passages):
        if _bare(passage) not in allowed and not any(lock.quotable(each, _unstopped(passage)) for each in transcripts):
            raise FalseQuote(_why(passage, transcripts), words=passage)


def _why(passage: str, transcripts: list[Transcript]) -> str:
    if any(lock.find(each, _unstopped(passage)) for each in transcripts):
        return (
            f"“{passage}” was said as a part of a sentence whose “not”, doubt or condition is left out: "
            "quote the whole sentence, or drop the quotation marks."
        )
    return (
        f"“{passage}” stands in quotation marks, but no transcript of this draft holds these words: "
        "take the words as they were said, or drop the quotation marks."
    )


def _all_text(mail: Mail) -> str:
    """What a mail says at all its lengths, with what readers may ask for beside.

    Its HTML is written from the same model, and its plain text holds every word of it.
    """
    said = [mail.subject, mail.preheader, mail.text, *(each.subject for each in mail.stories)]
    said += [each.text for each in mail.versions]
    pieces = (*mail.text_pieces, *(piece for each in mail.versions for piece in each.text_pieces))
    return "\n\n".join([*said, *(each.words for each in pieces)])


def _unstopped(passage: str) -> str:
    """American typography puts the sentence's comma inside the marks."""
    return passage.rstrip(",")


def _bare(name: str) -> str:
    return fold(name).casefold().rstrip(".,!?")
