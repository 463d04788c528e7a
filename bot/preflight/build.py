"""How the HTML part is built: its language, its outline, its pictures, and what mail programs take out."""

from __future__ import annotations

from itertools import pairwise
from urllib.parse import urlsplit

from bot.preflight.findings import Finding, Rule, block, named, note, shown_as, warn
from bot.reading.letter import Letter, Picture


def spoken(letter: Letter, language: str | None) -> list[Finding]:
    """Whether programs that read aloud know in which language, and all programs in which direction."""
    found = []
    missing = [name for name, value in (("lang", letter.language), ("dir", letter.direction)) if not value]
    if missing:
        said = (
            f"The <html> tag has no {' and no '.join(missing)}; it is read out in a wrong voice or set the wrong way."
        )
        found.append(block(Rule.LANGUAGE, said, 'Write <html lang="{{ lang }}" dir="{{ dir }}"> in email/base.html.'))
    if letter.direction and letter.direction.casefold() not in ("ltr", "rtl", "auto"):
        found.append(block(Rule.LANGUAGE, "The dir of <html> is neither ltr nor rtl.", "Take {{ dir }}."))
    if letter.language and language and _primary(letter.language) != _primary(language):
        said = f"The HTML says that it is in '{shown_as(letter.language)}', the newsletter in '{shown_as(language)}'."
        found.append(warn(Rule.LANGUAGE, said, "Take {{ lang }} in email/base.html."))
    if letter.unmarked:
        said = "Children of <body> have no lang and dir of their own; programs that strip <html> lose both."
        found.append(warn(Rule.LANGUAGE, said, 'Write lang="{{ lang }}" dir="{{ dir }}" on each.'))
    return found


def outlined(letter: Letter) -> list[Finding]:
    """Whether the mail can be found one's way in without seeing it."""
    found = []
    levels = [level for level, _ in letter.headings]
    if levels.count(1) != 1:
        said = f"It has {levels.count(1)} headings of the first level."
        found.append(warn(Rule.STRUCTURE, said, "Give it one <h1>: its title."))
    if any(later > earlier + 1 for earlier, later in pairwise(levels)):
        found.append(warn(Rule.STRUCTURE, "Its headings skip a level.", "Go down by one at a time: h1, h2, h3."))
    if any(not words for _, words in letter.headings):
        found.append(warn(Rule.STRUCTURE, "A heading is empty.", "Print it only where there is something to print."))
    if letter.title is None:
        found.append(warn(Rule.STRUCTURE, "It has no <title>.", "Put {{ edition.subject.text }} there."))
    if letter.plain_tables:
        said = f"{letter.plain_tables} tables do not say that they are layout; they are read out cell by cell."
        found.append(warn(Rule.STRUCTURE, said, 'Write role="presentation" on each.'))
    if letter.style_in_body:
        said = "A <style> stands in the body, where Gmail does not read it."
        found.append(warn(Rule.STYLES, said, "Move it into the head."))
    live = [each for each in letter.foreign if each in ("script", "iframe", "object", "embed", "applet", "frame")]
    if live or letter.handlers:
        said = f"It holds {named([*live, *letter.handlers])}; mail programs take that for an attack."
        found.append(block(Rule.STRUCTURE, said, "Take it out of the template."))
    rest = [each for each in letter.foreign if each not in live]
    if rest:
        said = f"It holds {named(rest)}, which most mail programs leave out."
        found.append(warn(Rule.STRUCTURE, said, "Link to it instead."))
    return found


def pictured(letter: Letter, public: str | None) -> list[Finding]:
    """Whether every picture can be seen, and be understood where it is not; and who learns that somebody looks.

    `public` is our own address, at which nobody is counted.
    """
    found = []
    asked = sorted({_host(each.src) for each in letter.pictures} - {""})
    ours = _host(public or "")
    if others := [each for each in asked if each != ours]:
        said = f"Pictures are loaded from {named(others)}, which learns the address of everybody who opens the mail."
        found.append(note(Rule.IMAGES, said, "At your own public address nobody else learns it."))
    if ours in asked:
        said = f"Pictures are loaded from your own address, '{shown_as(ours)}', when somebody opens the mail."
        found.append(note(Rule.IMAGES, said, "They are the same for everybody, and nobody is counted."))
    untold = [each.src or "(no src)" for each in letter.pictures if each.alt is None]
    if untold:
        said = f"Pictures without an alt text: {named(untold)}."
        found.append(block(Rule.IMAGES, said, 'Say what they show, or write alt="" where they only adorn.'))
    unseen = [each.src or "(no src)" for each in letter.pictures if not _shown(each.src)]
    if unseen:
        said = f"Pictures that mail programs do not show: {named(unseen)}."
        found.append(warn(Rule.IMAGES, said, "Take a PNG or JPEG at an https address."))
    spying = [each.src for each in letter.pictures if _is_pixel(each)]
    if spying:
        said = f"Pictures of one pixel, which report who reads: {named(spying)}."
        found.append(warn(Rule.IMAGES, said, "Take them out: the foot says that there is no tracking."))
    if any(not each.width for each in letter.pictures):
        found.append(warn(Rule.IMAGES, "Pictures without a width are shown at full size by Outlook.", "Write width."))
    return found


def _shown(src: str) -> bool:
    try:
        parts = urlsplit(src.strip())
    except ValueError:
        return False
    return parts.scheme.casefold() in ("https", "cid") and not parts.path.casefold().endswith(
        (".svg", ".webp", ".avif")
    )


def _host(src: str) -> str:
    """Whom a picture is asked of; "" for one that lies in the mail, or that cannot be asked for."""
    try:
        parts = urlsplit(src.strip())
    except ValueError:
        return ""
    return parts.netloc.casefold() if parts.scheme.casefold() in ("http", "https") else ""


def _is_pixel(picture: Picture) -> bool:
    return {picture.width.removesuffix("px"), picture.height.removesuffix("px")} <= {"0", "1"}


def _primary(tag: str) -> str:
    return tag.replace("_", "-").casefold().partition("-")[0]
