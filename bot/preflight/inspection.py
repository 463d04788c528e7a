"""Every rule in turn over one mail, before it is approved; and the little that can change until it goes out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.errors import UnreadableDocument
from bot.model.choices import Choice, chosen, lengths
from bot.model.domain import DomainRecords
from bot.model.publication import Keep, Mail
from bot.model.subscriber import Length
from bot.preflight import build, colours, domain, head, links, parts, size
from bot.preflight.findings import Finding, Level, Rule, block, blocking, named, warn
from bot.reading.letter import letter

# Small lists sway.
_AUDIENCE_LEAST = 20
_ORDER = (Level.BLOCK, Level.WARN, Level.NOTE)


@dataclass(frozen=True)
class Circumstances:
    """What a mail is held against, beside itself.

    `address` is the postal address of who sends; `leaves_home` says that readers get it, not a folder of files. `least`
    is how many episodes an edition is meant to have. `walled` are the titles of episodes that went behind a gate since
    they were read, `false_quote` why a quotation does not hold. `readers` are how many would get it now and how many
    got the one before; None where the list is not ours, or there was none; a list that changed by more than the share
    `audience_change` was imported, emptied or broken. `records` are what DNS told, where asked. `public` is the
    address at which readers reach us, None without one. `one_click` is False where mail programs cannot unsubscribe for
    a reader, because that address is not https.
    """

    address: str
    leaves_home: bool
    least: int
    walled: tuple[str, ...] = ()
    false_quote: str | None = None
    readers: tuple[int, int] | None = None
    audience_change: float = 0.25
    records: DomainRecords | None = None
    public: str | None = None
    one_click: bool = True


def inspect(mail: Mail, given: Circumstances) -> tuple[Finding, ...]:
    """What is wrong with a mail, the grave things first, each once."""
    found = [
        *head.sent_by(mail.sender, leaves_home=given.leaves_home, newsletter=mail.newsletter),
        *head.announced(mail),
        *_gathered(mail, given),
    ]
    judged: frozenset[str] = frozenset()
    for length in reversed(lengths(mail)):
        known = {(each.rule, each.said) for each in found}
        said, leads = _parts(_fullest(mail, length), given, judged)
        judged |= leads
        fresh = [each for each in said if (each.rule, each.said) not in known]
        found += fresh if length is Length.FULL else [_of_version(each, length) for each in fresh]
    if given.records is not None:
        found += domain.vouched(given.records)
    return tuple(sorted(dict.fromkeys(found), key=lambda each: _ORDER.index(each.level)))


def _fullest(mail: Mail, length: Length) -> Mail:
    """A version with everything in it that a reader may ask for, and the quotations that it bears then."""
    more = frozenset(each.episode for each in mail.stories)
    made = chosen(mail, Choice(length, more=more))
    if length is Length.FULL:
        return made
    plain = parts.letters(made.text)
    return replace(made, quotes=tuple(each for each in mail.quotes if parts.letters(each.text) in plain))


def _of_version(finding: Finding, length: Length) -> Finding:
    return replace(finding, said=f"In the {length} version: {finding.said}")


def _parts(mail: Mail, given: Circumstances, judged: frozenset[str]) -> tuple[list[Finding], frozenset[str]]:
    """What is wrong with the two parts of a mail at one of its lengths, but for addresses that a longer one told of
    (`judged`); and the addresses that it leads to.
    """
    found: list[Finding] = []
    leads: frozenset[str] = frozenset()
    name = mail.newsletter
    try:
        read = letter(mail.html)
    except UnreadableDocument as error:
        found.append(block(Rule.STRUCTURE, f"The HTML part cannot be read: {error.expected}", error.remedy))
    else:
        found += size.weighed(mail.html, read.style_bytes)
        found += parts.way_out(mail, read)
        found += parts.imprinted(mail, read, given.address, leaves_home=given.leaves_home, newsletter=name)
        found += parts.same(mail, read)
        found += parts.encoded(mail, read)
        found += parts.members_only(mail, read, given.walled)
        found += links.followed(read, leaves_home=given.leaves_home, public=given.public, judged=judged)
        # A place in the mail may be there at one length and lack at another.
        leads = frozenset(each.href for each in read.links if each.href and not each.href.startswith("#"))
        found += build.spoken(read, mail.language)
        found += build.outlined(read)
        found += build.pictured(read, given.public)
        found += colours.legible(read.inks)
    return found, leads


def last_look(mail: Mail, *, leaves_home: bool) -> tuple[Finding, ...]:
    """What stops a mail that was approved while it went to nobody, and now goes to readers. Cheap: reads no HTML."""
    found = head.sent_by(mail.sender, leaves_home=leaves_home, newsletter=mail.newsletter)
    if leaves_home and parts.EXAMPLE_ADDRESS in mail.text:
        found.append(parts.example_address(mail.newsletter))
    return blocking(found)


def _gathered(mail: Mail, given: Circumstances) -> list[Finding]:
    found = []
    if given.false_quote is not None:
        found.append(block(Rule.QUOTES, given.false_quote, "Nothing that was not said goes out in quotation marks."))
    if len(mail.episodes) < given.least:
        said = f"It has {len(mail.episodes)} episodes; min_episodes asks for {given.least}."
        remedy = "Give an episode back (an empty field skip:N), reject the draft and wait, or lower min_episodes."
        # What has none at all was not composed here, so that nothing is known of it.
        found.append((block if mail.episodes else warn)(Rule.EPISODES, said, remedy))
    unmarked = [str(each.episode) for each in mail.stories if not _marked(mail, each.episode)]
    if unmarked:
        said = f"Readers cannot leave out episodes {named(unmarked)}, because a template does not mark them."
        remedy = "Print {{ keep.any(…) }} and {{ keep.end }} round each story; docs/templates.md shows how."
        found.append(warn(Rule.CHOICES, said, remedy))
    if given.leaves_home and not given.one_click:
        said = "Mail programs cannot unsubscribe with one click (RFC 8058), because 'public' under [web] is not https."
        remedy = "Serve the desk by https and set 'public' to that; Gmail and Yahoo ask it of who sends many mails."
        found.append(warn(Rule.UNSUBSCRIBE, said, remedy))
    if given.readers is not None:
        found += _audience(*given.readers, given.audience_change)
    return found


def _marked(mail: Mail, episode: int) -> bool:
    """Whether each part of a mail, at each length, says where an episode begins and ends."""
    parts_of_all = [mail.html_pieces, mail.text_pieces]
    parts_of_all += [pieces for each in mail.versions for pieces in (each.html_pieces, each.text_pieces)]
    return all(any(each.keep is Keep.ANY and episode in each.episodes for each in pieces) for pieces in parts_of_all)


def _audience(now: int, before: int, share: float) -> list[Finding]:
    if max(now, before) < _AUDIENCE_LEAST or abs(now - before) <= share * before:
        return []
    change = f"{(now - before) / before:+.0%}" if before else "all new"
    said = f"{now} readers would get it, {before} got the one before ({change})."
    remedy = "Look whether an import or a removal went wrong; if the list is right, raise audience_change for once."
    # A list that had nobody is a new one.
    return [(block if before else warn)(Rule.AUDIENCE, said, remedy)]
