"""Every rule in turn over one mail, before it is approved; and the little that can change until it goes out."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import UnreadableDocument
from bot.model.domain import DomainRecords
from bot.model.publication import Mail
from bot.preflight import build, colours, domain, head, links, parts, size
from bot.preflight.findings import Finding, Level, Rule, block, blocking, warn
from bot.reading.letter import letter

# A list that changed by more than this share between two editions was imported, emptied or broken; small lists sway.
_AUDIENCE_CHANGE = 0.25
_AUDIENCE_LEAST = 20


@dataclass(frozen=True)
class Circumstances:
    """What a mail is held against, beside itself.

    `address` is the postal address of who sends; `leaves_home` says that readers get it, not a folder of files. `least`
    is how many episodes an edition is meant to have. `walled` are the titles of episodes that went behind a gate since
    they were read, `false_quote` why a quotation does not hold. `readers` are how many would get it now and how many
    got the one before; None where the list is not ours, or there was none. `records` are what DNS told, where asked.
    """

    address: str
    leaves_home: bool
    least: int
    walled: tuple[str, ...] = ()
    false_quote: str | None = None
    readers: tuple[int, int] | None = None
    records: DomainRecords | None = None


def inspect(mail: Mail, given: Circumstances) -> tuple[Finding, ...]:
    """What is wrong with a mail, the grave things first, each once."""
    name = mail.newsletter
    found = [
        *head.sent_by(mail.sender, leaves_home=given.leaves_home, newsletter=name),
        *head.announced(mail),
        *_gathered(mail, given),
    ]
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
        found += links.followed(read, leaves_home=given.leaves_home)
        found += build.spoken(read, mail.language)
        found += build.outlined(read)
        found += build.pictured(read)
        found += colours.legible(read.inks)
    if given.records is not None:
        found += domain.vouched(given.records)
    return tuple(sorted(dict.fromkeys(found), key=lambda each: each.level is not Level.BLOCK))


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
        found.append(warn(Rule.EPISODES, said, "Give an episode back (an empty skip:N), or reject the draft and wait."))
    if given.readers is not None:
        found += _audience(*given.readers)
    return found


def _audience(now: int, before: int) -> list[Finding]:
    if max(now, before) < _AUDIENCE_LEAST or abs(now - before) <= _AUDIENCE_CHANGE * before:
        return []
    change = f"{(now - before) / before:+.0%}" if before else "all new"
    said = f"{now} readers would get it, {before} got the one before ({change})."
    return [warn(Rule.AUDIENCE, said, "Look whether an import or a removal went wrong before you approve.")]
