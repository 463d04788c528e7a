"""Whether every link leads somewhere that a reader can reach, and says where."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from bot.model.places import Place
from bot.preflight.findings import Finding, Rule, block, named, shown_as, warn
from bot.reading.letter import Letter, Link

# Read out of its sentence, as programs that read aloud list them, none of these says where it leads.
_EMPTY_PHRASES = (
    "here|click here|click|this|this link|link|more|read more|learn more|see more|details|"
    "hier|hier klicken|klick|mehr|weiterlesen|mehr lesen|mehr erfahren|"
    "ici|cliquez ici|en savoir plus|lire la suite|aquí|haz clic aquí|leer más|más|qui|clicca qui|leggi di più|"
    "aqui|clique aqui|saiba mais|lees meer|klik hier"
)
_EMPTY_WORDS = frozenset(_EMPTY_PHRASES.split("|"))
_BARE = re.compile(r"(?:https?://|www\.)\S*", re.IGNORECASE)
# What is left of a template or of a service's own marks when nobody filled them in.
_UNFILLED = re.compile(r"\{\{|\}\}|\{%|<%|%%|\*\||\[\[|⟦|%7B%7B", re.IGNORECASE)
_HOST = re.compile(r"[^\s/?#@:\[\]<>\"'\\^`{|}]+")
# Names that never lead anywhere (RFC 2606, RFC 6761) or only within a house.
_RESERVED = ("example.com", "example.net", "example.org", "localhost")
_RESERVED_ENDINGS = (".example", ".invalid", ".test", ".localhost", ".local", ".internal")
_OUT_OF_REACH = "that readers cannot reach"


def followed(
    letter: Letter, *, leaves_home: bool, public: str | None, judged: frozenset[str] = frozenset()
) -> list[Finding]:
    """What is wrong with the links of a mail. One that only we can reach matters where readers get it.

    `public` is where the web process says that it can be reached; None where it does not say. `judged` are addresses
    of which it was told already.
    """
    faults: dict[str, list[str]] = {}
    for link in letter.links:
        if link.href in judged:
            continue
        if (why := fault(link.href, letter.ids, leaves_home=leaves_home)) is not None:
            faults.setdefault(why, []).append(link.href or link.words)
    found = []
    for why, links in faults.items():
        for remedy, those in _by_remedy(why, list(dict.fromkeys(links)), public).items():
            found.append(block(Rule.LINKS, f"Links {why}: {named(those)}.", remedy))
    return found + _worded(letter.links) + _twice(letter.links)


def fault(href: str | None, ids: frozenset[str], *, leaves_home: bool) -> str | None:
    """What is wrong with an address, as it follows the word "links", or None."""
    address = (href or "").strip()
    if address in (Place.UNSUBSCRIBE, Place.PREFERENCES):
        return None
    if not address or address == "#":
        return "without an address"
    if _UNFILLED.search(address):
        return "with a place that nobody filled"
    if any(each.isspace() or not each.isprintable() for each in address):
        return "with a space or a control character in them"
    if address.startswith("#"):
        return None if address[1:] in ids else "to a place in this mail that is not there"
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "that cannot be understood"
    match parts.scheme.casefold():
        case "http" | "https":
            return _unreachable(parts.netloc, host, leaves_home=leaves_home)
        case "mailto":
            return None if "@" in parts.path else "to a mail address that is none"
        case "tel":
            return None
        case "":
            return "that are no whole addresses"
        case _:
            return "of a kind that mail programs do not follow"


def is_reserved(host: str) -> bool:
    """Whether a name is one that never leads anywhere, or only inside a house."""
    name = host.casefold().rstrip(".")
    bare = name in _RESERVED or name.endswith((*_RESERVED_ENDINGS, *(f".{each}" for each in _RESERVED)))
    try:
        return bare or not ipaddress.ip_address(name.strip("[]")).is_global
    except ValueError:
        return bare


def _unreachable(place: str, host: str, *, leaves_home: bool) -> str | None:
    if "@" in place:
        return "with a name or a password in them"
    literal = host.count(":") > 1
    if not host or not (literal or _HOST.fullmatch(host)) or ".." in host or host.startswith("."):
        return "without a host"
    if leaves_home and (is_reserved(host) or not (literal or "." in host)):
        return _OUT_OF_REACH
    return None


def _by_remedy(why: str, links: Sequence[str], public: str | None) -> dict[str, list[str]]:
    """Faulty links of one kind by what can be done: pages of ours get their address from the configuration."""
    if why != _OUT_OF_REACH:
        return {"Write the whole address, https:// and all, or take the link out.": list(links)}
    theirs = "Write an address that is open to all, or take the link out."
    if public is None:
        return {f"{theirs} If it is a page of this desk, set 'public' under [web].": list(links)}
    ours = "Set 'public' under [web] to where readers reach this desk; then draft the edition anew."
    found: dict[str, list[str]] = {}
    for each in links:
        found.setdefault(ours if each.startswith(f"{public}/") or each == public else theirs, []).append(each)
    return found


def _worded(links: Sequence[Link]) -> list[Finding]:
    """What their words fail to say."""
    found = []
    wordless = [each.href or "" for each in links if each.visible and not each.words]
    vague = [each.words for each in links if each.words.strip(" .…»›→>:!").casefold() in _EMPTY_WORDS]
    bare = [each.words for each in links if _BARE.fullmatch(each.words)]
    if wordless:
        said = f"Links without words: {named(wordless)}; nobody sees them, and they are read out letter by letter."
        found.append(block(Rule.LINKS, said, "Give each words, or its picture an alt text."))
    if vague:
        said = f"Links that do not say where they lead: {named(list(dict.fromkeys(vague)))}."
        found.append(warn(Rule.LINKS, said, "Name what is behind them: an episode, a page."))
    if bare:
        said = f"Links whose words are an address: {named(list(dict.fromkeys(bare)))}."
        found.append(
            warn(Rule.LINKS, said, "Write words; a service that counts clicks makes such links look like fraud.")
        )
    return found


def _twice(links: Sequence[Link]) -> list[Finding]:
    """Addresses that are the same but for capitals, a last slash, http for https or what stands behind "#"."""
    alike: dict[str, dict[str, None]] = {}
    for link in links:
        href = (link.href or "").strip()
        try:
            parts = urlsplit(href)
        except ValueError:
            continue
        if parts.scheme.casefold() in ("http", "https") and parts.netloc:
            # A moment is a place of its own: our links to one end in "#t=" and its seconds.
            moment = parts.fragment if parts.fragment.startswith("t=") else ""
            key = f"{parts.netloc}{parts.path.rstrip('/')}?{parts.query}#{moment}".casefold()
            alike.setdefault(key, {})[href] = None
    pairs = [" and ".join(shown_as(each) for each in found) for found in alike.values() if len(found) > 1]
    if not pairs:
        return []
    said = f"Links that are nearly the same: {'; '.join(pairs[:3])}{'; and more' if len(pairs) > 3 else ''}."
    return [warn(Rule.LINKS, said, "Take one spelling, unless they lead to different places.")]
