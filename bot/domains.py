"""Asks DNS what a domain says of its mail; the only room that does. It waits little, and an answer is never needed.

Nothing is kept: it is asked when a person looks at the check of an edition, and never while something is sent.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

from bot.model.domain import DomainRecords

# How long a person waits for all questions of one domain together, in seconds.
_PATIENCE = 4.0
# RFC 9989 §4.10: a search upwards asks at most eight names; longer ones go on at seven labels.
_MOST_LABELS = 7


@dataclass(frozen=True)
class Names:
    """Where names are looked up: at `servers` (IP addresses) and their `port`; without any, as the system says.

    `patience` is in seconds, for everything that is asked about one domain.
    """

    servers: tuple[str, ...] = ()
    port: int = 53
    patience: float = _PATIENCE

    def records(self, domain: str) -> DomainRecords:
        """The SPF and DMARC records of a domain. Never raises: what DNS does not tell in time is None."""
        try:
            resolver = self._resolver()
            name = dns.name.from_text(domain, idna_codec=dns.name.IDNA_2008_Practical)
            until = time.monotonic() + self.patience
            spf = _texts(resolver, name, "v=spf1", until)
            above, dmarc = self._dmarc(resolver, name, until)
        except (dns.exception.DNSException, OSError, UnicodeError, ValueError):
            return DomainRecords(domain, None, None)
        return DomainRecords(domain, spf, dmarc, above)

    def _resolver(self) -> dns.resolver.Resolver:
        resolver = dns.resolver.Resolver(configure=not self.servers)
        if self.servers:
            resolver.nameservers = list(self.servers)
            resolver.port = self.port
        # A server that does not answer leaves time for the next one.
        resolver.timeout = self.patience / 2
        return resolver

    def _dmarc(
        self, resolver: dns.resolver.Resolver, name: dns.name.Name, until: float
    ) -> tuple[str | None, tuple[str, ...] | None]:
        """Where the DMARC records that apply stand, None for the domain itself, and what they say.

        They are the domain's own, else those of the organisation above it.
        """
        own = _texts(resolver, _policy_of(name), "v=DMARC1", until)
        if own is None or own:
            return None, own
        organisation: tuple[str | None, tuple[str, ...]] = (None, ())
        for above in _above(name):
            found = _texts(resolver, _policy_of(above), "v=DMARC1", until)
            if found is None:
                return None, None
            role = _role(found[0]) if found else ""
            # Whoever hands out names below their own ("psd=y") speaks for these only where nobody else does.
            if found and not (role == "y" and organisation[1]):
                organisation = (_shown(above), found)
            if role == "n":
                break
        return organisation


def _above(name: dns.name.Name) -> list[dns.name.Name]:
    """The names over a name that are asked, the nearest first."""
    labels = [label for label in name.labels if label]
    first = max(1, len(labels) - _MOST_LABELS)
    return [dns.name.Name([*labels[at:], b""]) for at in range(first, len(labels))]


def _policy_of(name: dns.name.Name) -> dns.name.Name:
    return dns.name.Name([b"_dmarc", *name.labels])


def _role(record: str) -> str:
    """What a DMARC record says of its name: "y" where names are handed out below it, "n" where it is a house's own."""
    tags = (tag.partition("=") for tag in record.casefold().split(";"))
    return next((value.strip() for key, _, value in tags if key.strip() == "psd"), "")


def _texts(resolver: dns.resolver.Resolver, name: dns.name.Name, begins: str, until: float) -> tuple[str, ...] | None:
    """The text records of a name that are of one kind; None where that cannot be told in time."""
    left = until - time.monotonic()
    if left <= 0:
        return None
    try:
        answer = resolver.resolve(name, dns.rdatatype.TXT, lifetime=left, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ()
    except (dns.exception.DNSException, OSError, ValueError):
        return None
    texts = [b"".join(record.strings).decode("ascii", "replace") for record in answer]
    kind = begins.casefold()
    return tuple(text for text in texts if text.casefold().split(";")[0].split(" ")[0].strip() == kind)


def _shown(name: dns.name.Name) -> str:
    return name.to_unicode(omit_final_dot=True)
