"""Whether both parts of a mail are there, whole, and say the same; and what no reader may miss stands in both."""

from __future__ import annotations

import re

from bot.model.places import Place
from bot.model.publication import Mail
from bot.preflight.findings import Finding, Rule, block, named, warn
from bot.quotes.lock import quotations
from bot.reading import gate
from bot.reading.letter import Letter

# The address that the shipped configurations bear until a host writes their own.
EXAMPLE_ADDRESS = "Exampleton"
# Where the HTML has a link, an editor's words in the plain text have its address behind it.
_ADDRESS = re.compile(r"\s\((?:https?://\S+|[^\s()@]+@[^\s()]+)\)", re.IGNORECASE)
_C1 = re.compile("[\x80-\x9f]")
_C1_WRITTEN = re.compile(r"&#(?:0*1(?:2[89]|[345]\d)|x0*[89][0-9a-f]);", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HALF = re.compile("[\ud800-\udfff]")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
# What UTF-8 looks like when somebody read it as Latin-1 or Windows-1252 on its way to us.
_MISREAD = re.compile("\ufffd|â€[\u0153\u009d\u2122\u0080-\u009f“”™]|Ã[\u0080-\u00bf]|Â[\u00a0-\u00bf]")
_UNFILLED = re.compile(r"\{\{.{0,40}?\}\}|\{%.{0,40}?%\}")
_CHARSET_WITHIN = 1024


def same(mail: Mail, letter: Letter) -> list[Finding]:
    """What the one part says and the other does not."""
    if not mail.text.strip():
        said = "There is no plain-text part; who reads mail without HTML gets nothing, and filters distrust that."
        return [block(Rule.PARTS, said, "Write one in email/edition.txt.")]
    if not letter.text.strip():
        return [
            block(
                Rule.PARTS, "The HTML part says nothing.", "Mend email/edition.html; docs/templates.md has its names."
            )
        ]
    found = []
    remedy = "Print the same in email/edition.txt as in email/edition.html."
    plain, rich = letters(_ADDRESS.sub("", mail.text)), letters(letter.text)
    headlines = [words for _, words in letter.headings if words and letters(words) not in plain]
    if headlines:
        found.append(block(Rule.PARTS, f"Headlines that the plain text lacks: {named(headlines)}.", remedy))
    spoken = [*letter.quoted, *quotations(letter.text), *(quote.text for quote in mail.quotes)]
    lost = [words for words in dict.fromkeys(spoken) if letters(words) not in plain]
    if lost:
        said = f"Quotations that the plain text lacks, where they are checked: {named(lost)}."
        found.append(block(Rule.PARTS, said, remedy))
    unprinted = [quote.text for quote in mail.quotes if letters(quote.text) not in rich]
    if unprinted:
        said = f"Quotations that the HTML lacks: {named(list(dict.fromkeys(unprinted)))}."
        found.append(block(Rule.PARTS, said, "Print the same in email/edition.html as in email/edition.txt."))
    bare = _squeezed(mail.text)
    links = [each.href for each in letter.links if each.href and each.href.casefold().startswith("http")]
    missing = [href for href in dict.fromkeys(links) if _squeezed(href) not in bare]
    if missing:
        found.append(warn(Rule.PARTS, f"Links that the plain text lacks: {named(missing)}.", remedy))
    return found


def way_out(mail: Mail, letter: Letter) -> list[Finding]:
    """The places where a reader's own addresses will stand: who cannot leave reports the mail as junk."""
    found = []
    linked = {each.href for each in letter.links if each.visible}
    for place, words, remedy in (
        (Place.UNSUBSCRIBE, "way to unsubscribe", "imprint.unsubscribe"),
        (Place.PREFERENCES, "way to choose how often", "imprint.preferences"),
    ):
        lacking = [part for part, there in (("HTML", place in linked), ("plain text", place in mail.text)) if not there]
        if lacking:
            make = block if place is Place.UNSUBSCRIBE else warn
            said = f"There is no {words} in the {' and the '.join(lacking)}."
            found.append(make(Rule.UNSUBSCRIBE, said, f"Print {remedy} in the foot of both templates, as a link."))
    return found


def imprinted(mail: Mail, letter: Letter, address: str, *, leaves_home: bool, newsletter: str) -> list[Finding]:
    """The postal address of who sends: the law of many countries asks for it in every newsletter."""
    lines = [line for line in address.splitlines() if line.strip()]
    if not lines:
        said = "There is no postal address of the sender in it; the law of many countries asks for one."
        return [block(Rule.ADDRESS, said, f"Set 'address' under [newsletters.{newsletter}].")]
    if leaves_home and EXAMPLE_ADDRESS in address:
        return [example_address(newsletter)]
    lacking = [
        part
        for part, said in (("HTML", letter.text), ("plain text", mail.text))
        if not all(letters(line) in letters(said) for line in lines)
    ]
    if not lacking:
        return []
    said = f"The postal address does not stand in the {' and the '.join(lacking)}."
    return [block(Rule.ADDRESS, said, "Print imprint.address in the foot of both templates.")]


def example_address(newsletter: str) -> Finding:
    """That the address is the one which the shipped configurations bear."""
    remedy = f"Set 'address' under [newsletters.{newsletter}] to your own."
    return block(Rule.ADDRESS, "The postal address is still the example's.", remedy)


def encoded(mail: Mail, letter: Letter) -> list[Finding]:
    """Characters that break a mail, and what it says of its own encoding."""
    found = []
    pieces = {"subject": mail.subject, "preheader": mail.preheader, "HTML": mail.html, "plain text": mail.text}
    for pattern, make, what, remedy in (
        (_HALF, block, "half characters, which no encoding has", "Write the words anew; their source is damaged."),
        (_C1, block, "C1 control characters (U+0080 to U+009F), on which Gmail clips", "Write the words anew."),
        (_CONTROL, block, "control characters", "Write the words anew."),
        (_TURNING, warn, "characters that turn the direction of what follows", "Write the words anew."),
        (_MISREAD, warn, "words that were read in a wrong encoding", "Mend the source, or edit the field."),
        (
            _UNFILLED,
            warn,
            "what looks like a place of a template that nobody filled",
            "Mend the template or the field.",
        ),
    ):
        where = [name for name, text in pieces.items() if pattern.search(text)]
        if where:
            found.append(make(Rule.CHARACTERS, f"In the {', the '.join(where)} are {what}.", remedy))
    if _C1_WRITTEN.search(mail.html):
        said = "The HTML writes C1 control characters as numbers (&#128; to &#159;)."
        found.append(warn(Rule.CHARACTERS, said, "Write the characters themselves, in UTF-8."))
    remedy = 'Put <meta charset="utf-8"> at the top of the head.'
    if letter.charset is None:
        found.append(warn(Rule.CHARACTERS, "The HTML does not name its encoding.", remedy))
    elif letter.charset.strip().casefold() not in ("utf-8", "utf8"):
        said = "The HTML says that it is in another encoding than UTF-8, in which it travels; Gmail clips on that."
        found.append(block(Rule.CHARACTERS, said, remedy))
    elif "charset" not in mail.html.encode("utf-8", "replace")[:_CHARSET_WITHIN].decode("utf-8", "replace").casefold():
        said = f"The HTML names its encoding behind its first {_CHARSET_WITHIN} bytes, where it is not looked for."
        found.append(warn(Rule.CHARACTERS, said, remedy))
    return found


def members_only(mail: Mail, letter: Letter, walled: tuple[str, ...]) -> list[Finding]:
    """Whether it gives away what is for members: `walled` are episodes that went behind a gate since they were read."""
    found = []
    if walled:
        said = f"Since they were read, these went behind a members' gate: {named(walled)}."
        remedy = "The next pass drafts the edition anew from what is public; or leave them out (field skip:N)."
        found.append(block(Rule.MEMBERS, said, remedy))
    lines = [mail.subject, mail.preheader, *letter.text.split("\n")]
    notices = [line for line in lines if line.strip() and None in gate.part(line.strip())]
    if notices:
        said = f"Words of a members' gate stand in it: {named(list(dict.fromkeys(notices)))}."
        found.append(
            warn(Rule.MEMBERS, said, "Look whether what stands round them is public; if not, leave the episode out.")
        )
    return found


def _squeezed(text: str) -> str:
    return "".join(text.split())


def letters(text: str) -> str:
    """A text as it is compared between the parts: wrapped lines, marks of Markdown and capitals make no difference."""
    return "".join(each for each in text.casefold() if each.isalnum())
