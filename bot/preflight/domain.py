"""What a sender's domain says of its mail: SPF, DMARC, and how near both have to stand to the From header.

DKIM cannot be looked up: its record stands under a name that only the service which signs knows.
"""

from __future__ import annotations

import re

from bot.model.domain import DomainRecords
from bot.preflight.findings import Finding, Rule, warn

_TAG = re.compile(r"\s*([a-z]{1,10})\s*=\s*([^;]*)", re.IGNORECASE)
# RFC 7208 §4.6.4: beyond ten look-ups a receiver gives up and the record counts as broken.
_LOOKUPS = 10
_POLICIES = ("none", "quarantine", "reject")
_ASKS = re.compile(r"[+?~-]?(?:include:|a(?:[:/]|$)|mx(?:[:/]|$)|ptr(?:[:]|$)|exists:)|redirect=", re.IGNORECASE)


def vouched(records: DomainRecords) -> list[Finding]:
    """What is missing or at odds. Where DNS did not answer, that is all that is said."""
    found = []
    domain = records.domain
    if records.spf is None or records.dmarc is None:
        said = f"DNS gave no answer about {domain}; whether it has SPF and DMARC is not known."
        found.append(warn(Rule.DOMAIN, said, "Look again later; nothing is stopped by this."))
    if records.spf is not None:
        found += _spf(domain, records.spf)
    if records.dmarc is not None:
        found += _dmarc(domain, records.dmarc, records.above)
    return found


def known(records: DomainRecords) -> str:
    """What DNS told, in one sentence, for a check that everything passed."""
    if records.spf is None or records.dmarc is None:
        return f"no whole answer about {records.domain}"
    parts = []
    if records.spf:
        parts.append("SPF")
    if records.dmarc:
        tags = _tags(records.dmarc[0])
        policy = _policy(tags, inherited=records.above is not None)
        parts.append(f"DMARC (p={policy})" if policy in _POLICIES else "DMARC (no sound policy)")
    has = " and ".join(parts) or "neither SPF nor DMARC"
    return f"{records.domain} has {has}; DKIM is known to the service that signs"


def _spf(domain: str, records: tuple[str, ...]) -> list[Finding]:
    if not records:
        said = f"{domain} has no SPF record."
        remedy = "Publish the one your service names, unless it sends with a bounce domain of its own."
        return [warn(Rule.DOMAIN, said, remedy)]
    if len(records) > 1:
        said = f"{domain} has {len(records)} SPF records; receivers then trust none (RFC 7208)."
        return [warn(Rule.DOMAIN, said, "Make one of them.")]
    terms = records[0].casefold().split()[1:]
    found = []
    if terms in (["-all"], ["~all"]):
        said = f"The SPF record of {domain} says that it sends no mail."
        found.append(warn(Rule.DOMAIN, said, "Add what your service names."))
    if "+all" in terms or "all" in terms:
        said = f"The SPF record of {domain} lets everybody send in its name."
        found.append(warn(Rule.DOMAIN, said, "End it in ~all or -all."))
    if sum(bool(_ASKS.match(term)) for term in terms) > _LOOKUPS:
        said = f"The SPF record of {domain} needs more than {_LOOKUPS} look-ups, so receivers give up on it."
        found.append(warn(Rule.DOMAIN, said, "Take out services that no longer send for you."))
    return found


def _dmarc(domain: str, records: tuple[str, ...], above: str | None) -> list[Finding]:
    at = above or domain
    if not records:
        said = f"{domain} has no DMARC record; Gmail, Yahoo and Microsoft ask for one of who sends many mails."
        return [warn(Rule.DOMAIN, said, f'Publish "v=DMARC1; p=none" as text at _dmarc.{domain}.')]
    if len(records) > 1:
        said = f"There are {len(records)} DMARC records at _dmarc.{at}; receivers then use none."
        return [warn(Rule.DOMAIN, said, "Make one of them.")]
    tags = _tags(records[0])
    policy = _policy(tags, inherited=above is not None)
    found = []
    if policy not in _POLICIES:
        said = f"The DMARC record at _dmarc.{at} has no sound policy."
        found.append(warn(Rule.DOMAIN, said, "Begin it with v=DMARC1; p=none, p=quarantine or p=reject."))
    strict = [name for name, tag in (("DKIM", "adkim"), ("SPF", "aspf")) if tags.get(tag, "r") == "s"]
    if strict and policy != "none":
        said = f"DMARC of {at} asks that {' and '.join(strict)} name exactly {domain} (strict alignment), p={policy}."
        found.append(
            warn(Rule.DOMAIN, said, f"See that your service signs as {domain} itself, not a name above or below.")
        )
    return found


def _tags(record: str) -> dict[str, str]:
    return {name.casefold(): value.strip().casefold() for name, value in _TAG.findall(record)}


def _policy(tags: dict[str, str], *, inherited: bool) -> str:
    return tags.get("sp", tags.get("p", "")) if inherited else tags.get("p", "")
