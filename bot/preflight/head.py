"""What a reader sees before opening: the sender, the subject, the preheader."""

from __future__ import annotations

import re
from email.utils import parseaddr

from bot.model.publication import Mail
from bot.preflight.findings import Finding, Rule, block, warn
from bot.preflight.links import is_reserved
from bot.text import graphemes

# Phones show some 35 to 60 characters of a subject; 150 is more than any program shows of one.
_SUBJECT_WARN, _SUBJECT_BLOCK = 60, 150
# Programs show 40 to 110 characters beside the subject, and fill what is left with the beginning of the mail.
_PREHEADER_MOST = 150
_SHOUTED = 8
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"(?!-)[^\W_](?:[\w-]*[^\W_])?", re.UNICODE)
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ANSWERED = re.compile(r"(?:re|fwd?|aw|wg|sv|vs|antw|tr)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
_NOBODY = re.compile(r"(?:no|do-?not|dont)[-_.]?reply|keine?[-_.]?antwort", re.IGNORECASE)
# Whoever writes from an address there has no say over what the domain publishes, and services cannot sign for it.
_MAILBOX_DOMAINS = (
    "gmail.com googlemail.com yahoo.com yahoo.co.uk ymail.com aol.com outlook.com hotmail.com live.com msn.com "
    "icloud.com me.com mac.com gmx.de gmx.net gmx.com web.de t-online.de proton.me protonmail.com mail.ru yandex.ru "
    "zoho.com orange.fr free.fr laposte.net libero.it"
)
_MAILBOXES = frozenset(_MAILBOX_DOMAINS.split())


def announced(mail: Mail) -> list[Finding]:
    """What is wrong with the subject and the preheader."""
    found = []
    edit = "Write another (field subject)."
    subject = mail.subject
    length = len(graphemes(subject))
    if not subject.strip():
        return [block(Rule.SUBJECT, "There is no subject.", edit)]
    if _BREAKS.search(subject):
        found.append(block(Rule.SUBJECT, "The subject holds a line break or another control character.", edit))
    if length > _SUBJECT_BLOCK:
        found.append(
            block(Rule.SUBJECT, f"The subject has {length} characters; nobody sees beyond {_SUBJECT_BLOCK}.", edit)
        )
    elif length > _SUBJECT_WARN:
        said = f"The subject has {length} characters; phones show {_SUBJECT_WARN} at the most."
        found.append(warn(Rule.SUBJECT, said, edit))
    if _shouts(subject):
        found.append(warn(Rule.SUBJECT, "The subject is in capitals only, as junk mail is.", edit))
    if _ANSWERED.match(subject):
        found.append(warn(Rule.SUBJECT, "The subject looks like an answer or a forwarded mail, which it is not.", edit))
    return found + _preheader(mail)


def domain_of(sender: str) -> str | None:
    """The domain of a From header, or None where it has no sound address."""
    address = parseaddr(sender)[1]
    local, at, domain = address.rpartition("@")
    labels = domain.rstrip(".").split(".")
    sound = at and len(local) <= 64 and _LOCAL.fullmatch(local) and len(labels) > 1 and len(domain) <= 253
    return domain.casefold() if sound and all(_LABEL.fullmatch(each) for each in labels) else None


def sent_by(sender: str, *, leaves_home: bool, newsletter: str) -> list[Finding]:
    """What is wrong with who sends it. An example's address, or a mailbox, matters where readers get it."""
    where = f"under [newsletters.{newsletter}]"
    if _BREAKS.search(sender):
        return [block(Rule.SENDER, "The sender holds a control character.", f"Write 'sender' {where} anew.")]
    domain = domain_of(sender)
    if domain is None:
        said = "The sender has no mail address that could be answered."
        return [block(Rule.SENDER, said, f"Write 'sender' {where} as \"Name <address@domain>\".")]
    found = []
    name, address = parseaddr(sender)
    if not name.strip() or "@" in name:
        said = "The sender has no name." if not name.strip() else "The sender's name looks like another mail address."
        found.append(warn(Rule.SENDER, said, f"Write 'sender' {where} as \"Name <address@domain>\"."))
    if leaves_home and is_reserved(domain):
        found.append(
            block(Rule.SENDER, f"The sender's domain {domain} is an example's.", f"Set 'sender' {where} to yours.")
        )
    elif leaves_home and domain in _MAILBOXES:
        said = (
            f"The sender writes from a mailbox at {domain}; services cannot sign for it, and mail programs refuse that."
        )
        found.append(warn(Rule.SENDER, said, f"Set 'sender' {where} to an address of a domain of your own."))
    if _NOBODY.match(address):
        said = "Nobody reads what is answered to the sender; readers who cannot answer report a mail as junk."
        found.append(warn(Rule.SENDER, said, "Take an address that somebody reads."))
    return found


def _preheader(mail: Mail) -> list[Finding]:
    edit = "Write another (field preheader)."
    preheader = mail.preheader.strip()
    if not preheader:
        said = "There is no preheader; programs show the first words of the mail instead."
        return [warn(Rule.PREHEADER, said, edit)]
    found = []
    if _BREAKS.search(preheader):
        found.append(block(Rule.PREHEADER, "The preheader holds a line break or another control character.", edit))
    if (length := len(graphemes(preheader))) > _PREHEADER_MOST:
        said = f"The preheader has {length} characters; programs show 110 at the most."
        found.append(warn(Rule.PREHEADER, said, edit))
    if preheader.casefold() == mail.subject.strip().casefold():
        found.append(warn(Rule.PREHEADER, "The preheader says the subject once more.", edit))
    return found


def _shouts(text: str) -> bool:
    cased = [each for each in text if each.lower() != each.upper()]
    return len(cased) >= _SHOUTED and all(each == each.upper() for each in cased)
