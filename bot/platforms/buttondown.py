"""Buttondown: an edition is a draft first, found again by its metadata, and published in one request of its own.

Facts from Buttondown's published description of its API (buttondown/openapi, buttondown/docs) and docs.buttondown.com:
api-emails-create, api-emails-publish, api-emails-list, api-emails-status, api-error-codes, api-versioning, naked-mode,
templating. A draft's own state says whether it was published.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, Literal
from urllib.parse import quote, urlencode

from bot.errors import NotSent, Refused, Rejected, Unknown
from bot.ledger import Tier
from bot.model.places import Place, filled
from bot.model.publication import Mail, Post, Publication
from bot.model.secret import Secret
from bot.platforms.address import origin
from bot.platforms.braces import OPENING, harmless
from bot.platforms.campaigns import for_readers_of, mail_of, refuse_tags
from bot.platforms.contract import Http, Outgoing, Receipt, Reply, Uploaded
from bot.platforms.facts import CardBy, Facts, Per, Rate
from bot.platforms.replies import field as read
from bot.platforms.replies import shown, unclear, words
from bot.text import Limit, fold, shorten

_NAME = "Buttondown"
# An account may be pinned to an older version; the header wins over that.
_VERSION = "2026-04-01"
_SUBJECT = 2_000
_MARKER = "pullquote"
# The mode of a body that Buttondown sends as it is, with nothing round it.
_RAW = "<!-- buttondown-editor-mode: naked -->\n"
_READERS = {Place.UNSUBSCRIBE: "{{ unsubscribe_url }}", Place.PREFERENCES: "{{ unsubscribe_url }}"}
_PORTAL = {**_READERS, Place.PREFERENCES: "{{ manage_subscription_url }}"}
_DRAFT = "draft"
# "scheduled": somebody gave it a time by hand, and it goes out without us. "paused" can only be what has begun.
_OUT = ("about_to_send", "scheduled", "in_flight", "paused", "throttled", "resending", "sent")
# Those of Buttondown's kinds of subscribers that get mail.
_MAILED = ("regular", "premium", "gifted", "trialed", "churning", "churned", "past_due", "paused")
# How far back a draft of ours may have been made: an edition that was refused may be approved again much later.
_LOOK_BACK = timedelta(days=60)
_PAGES = 10
_WORDS = 300


@dataclass(frozen=True)
class Buttondown:
    """One newsletter. `token` is a key that may write emails and send; `newsletter` is the newsletter's id, where one
    key opens several.

    `tags` are ids of tags: with them only subscribers that bear one of them get the mail. `archive` says who may read
    it on the web. `portal` puts the portal's address behind "preferences"; without it, that leads to "unsubscribe".
    """

    token: Secret
    newsletter: str | None = None
    tags: tuple[str, ...] = ()
    archive: Literal["enabled", "enabled_for_subscribers", "enabled_for_paid_subscribers", "disabled"] = "enabled"
    portal: bool = False
    server: str = "https://api.buttondown.com"

    name: ClassVar[str] = "buttondown"
    tier: ClassVar[Tier] = Tier.FINDABLE
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Mail,)
    leaves_home: ClassVar[bool] = True
    facts: ClassVar[Facts] = Facts(
        docs=(
            "docs.buttondown.com/api-emails-create",
            "docs.buttondown.com/api-emails-publish",
            "docs.buttondown.com/api-emails-list",
            "docs.buttondown.com/api-emails-status",
            "docs.buttondown.com/api-rate-limits",
            "docs.buttondown.com/api-versioning",
            "docs.buttondown.com/naked-mode",
            "docs.buttondown.com/templating",
        ),
        read=date(2026, 11, 28),
        links="as they are, unless click tracking is on in the newsletter's settings",
        card=CardBy.NOBODY,
        rates=(Rate(600, timedelta(minutes=1), Per.SERVICE),),
        # A draft stays until somebody deletes it.
        uploads_last=timedelta(days=365),
        remarks=(
            "Sender, reply address and tracking are the newsletter's settings at Buttondown.",
            "Buttondown makes the plain text part from the HTML by itself.",
            "A mail that was sent cannot be changed or taken back.",
        ),
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", origin(self.server, example="https://api.buttondown.com"))

    def limits(self) -> tuple[Limit, ...]:
        return ()

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:
        """The draft, and the day from which on emails are looked through for it."""
        mail = mail_of(publication, service=_NAME)
        refuse_tags(mail, OPENING, service=_NAME, parts=("subject", "preheader"))
        if len(mail.subject) > _SUBJECT:
            raise Refused(f"The subject has {len(mail.subject)} characters; Buttondown takes {_SUBJECT}. Shorten it.")
        promised = filled(mail, {})
        safe = replace(promised, html=harmless(promised.html))
        mail = for_readers_of(safe, _PORTAL if self.portal else _READERS, service=_NAME)
        email: dict[str, Any] = {
            "subject": mail.subject,
            "body": _RAW + mail.html,
            "description": mail.preheader,
            "slug": key,
            "template": "naked",
            "archival_mode": self.archive,
            "metadata": {_MARKER: key},
        }
        if self.tags:
            bears = [{"field": "subscriber.tags", "operator": "contains", "value": each} for each in self.tags]
            email["filters"] = {"filters": bears, "groups": [], "predicate": "or"}
        told = {"after": (at.astimezone(UTC) - _LOOK_BACK).date().isoformat(), "email": email}
        return json.dumps(told, sort_keys=True).encode()

    def prepare(self, outgoing: Outgoing, http: Http) -> Uploaded:
        """Make the draft, or take the one of an earlier attempt. Its slug can be taken once, so a second is refused."""
        told = json.loads(outgoing.body)
        if (found := self._listed(outgoing, told, http)) is not None:
            return Uploaded(read(found, "id"))
        reply = self._ask(http, "POST", "emails", {**told["email"], "status": _DRAFT})
        if reply.status >= 300:
            if (found := self._listed(outgoing, told, http)) is not None:
                return Uploaded(read(found, "id"))
            raise self._refusal(reply, "the draft")
        if not (number := read(reply.json(), "id")):
            raise NotSent("Buttondown made a draft but named no id; it is looked for before the next attempt.")
        return Uploaded(number)

    def prepared(self, reference: str, http: Http) -> Uploaded:  # noqa: ARG002 (the contract's)
        """A draft is ready as soon as it is made."""
        return Uploaded(reference)

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Publish the draft once, with all that was approved: what somebody changed in it meanwhile does not go out.

        One that goes out already is not asked to do so again.
        """
        if not outgoing.prepared:
            raise NotSent("Buttondown has no draft of this edition yet; it is made before the next attempt.")
        reply = self._ask(http, "GET", f"emails/{quote(outgoing.prepared)}")
        if reply.status >= 300:
            raise self._refusal(reply, "to show the draft")
        email = _email(reply.json(), outgoing.prepared)
        if read(email, "status") in _OUT:
            return self._receipt(email)
        if read(email, "status") != _DRAFT:
            raise Rejected(
                f"Buttondown calls the draft '{read(email, 'status')}'.",
                remedy="Look at it there; approve the edition again if it shall go out.",
            )
        address = f"{self._base()}/emails/{quote(outgoing.prepared)}/publish"
        # A key's first e-mail has to be confirmed, which whoever approved the edition did.
        headers = {**self._headers(), "x-buttondown-live-dangerously": "true"}
        email = {name: value for name, value in json.loads(outgoing.body)["email"].items() if name != "slug"}
        approved = json.dumps(email, sort_keys=True).encode()
        reply = http.once("POST", address, headers=headers, body=approved)
        if reply.status >= 300:
            raise self._refusal(reply, "to send the edition")
        email = reply.json()
        if read(email, "id") != outgoing.prepared or read(email, "status") not in _OUT:
            raise Unknown(
                "Buttondown took the request but does not say that the edition goes out.", answer=shown(reply)
            )
        return self._receipt(email)

    def find(self, outgoing: Outgoing, http: Http) -> Receipt | None:
        """Ask the draft whether it was published; one whose id is not known is looked for by its metadata."""
        found: Mapping[str, Any] | None
        if outgoing.prepared:
            reply = self._ask(http, "GET", f"emails/{quote(outgoing.prepared)}")
            found = _email(self._clear(reply, "how far the edition is"), outgoing.prepared)
        else:
            found = self._listed(outgoing, json.loads(outgoing.body), http)
        if found is None or read(found, "status") == _DRAFT:
            return None
        if read(found, "status") not in _OUT:
            raise NotSent(
                f"Buttondown calls the edition '{read(found, 'status')}', which does not say whether it went out; look "
                "at it there."
            )
        return self._receipt(found)

    def check(self, http: Http) -> str:
        """Try the key; say which newsletter it opens, who it is from, how many it reaches, and what is not as it should
        be.
        """
        reply = self._ask(http, "GET", "newsletters")
        if reply.status >= 300:
            raise self._refusal(reply, "to show the newsletter (the key needs read access to its settings)")
        known = _results(reply.json(), "newsletters")
        ours = [each for each in known if self.newsletter is None or read(each, "id") == self.newsletter]
        if not ours or not read(ours[0], "name"):
            raise Rejected(
                f"The key opens no newsletter '{self.newsletter or ''}' at Buttondown.",
                remedy="Set 'newsletter' to the id of one of them, or leave it out.",
            )
        if len(ours) > 1:
            raise Rejected(
                f"The key opens {len(ours)} newsletters at Buttondown.",
                remedy=f"Set 'newsletter' to the id of the one that is meant, such as {read(ours[0], 'id')}.",
            )
        return f"sends to {self._readers(http)} subscribers of {_about(ours[0])}"

    def _readers(self, http: Http) -> int:
        asked = urlencode([*(("type", each) for each in _MAILED), *(("tag", each) for each in self.tags)])
        reply = self._ask(http, "GET", f"subscribers?{asked}")
        if reply.status >= 300:
            raise self._refusal(reply, "to count the subscribers (the key needs read access to them)")
        count = read(reply.json(), "count")
        if not count.isdigit():
            raise NotSent("Buttondown did not say how many subscribers there are; ask again later.")
        return int(count)

    def _listed(self, outgoing: Outgoing, told: Mapping[str, Any], http: Http) -> Mapping[str, Any] | None:
        """The email with this delivery's key in its metadata; None where Buttondown listed all and it is not there."""
        for page in range(1, _PAGES + 1):
            asked = urlencode(
                {
                    "creation_date__start": told["after"],
                    "ordering": "-creation_date",
                    "excluded_fields": "body",
                    "page": page,
                }
            )
            reply = self._ask(http, "GET", f"emails?{asked}")
            answer = self._clear(reply, "what it has")
            emails = _results(answer, "emails")
            if any(not read(each, "id") or not read(each, "status") for each in emails):
                raise NotSent("Buttondown listed emails without their state; they are asked for again.")
            for each in emails:
                if read(each, "metadata", _MARKER) == outgoing.key:
                    return each
            if not read(answer, "next"):
                return None
        raise NotSent(f"Buttondown has very many emails since; look for '{outgoing.key}' there.")

    def _receipt(self, email: Mapping[str, Any]) -> Receipt:
        """What is not in the archive has an address for its makers only."""
        number = read(email, "id")
        archived = self.archive != "disabled" and read(email, "absolute_url")
        return Receipt(
            number, archived or f"https://buttondown.com/emails/{number}", answer=f"status {read(email, 'status')}"
        )

    def _ask(self, http: Http, method: str, path: str, value: object = None) -> Reply:
        body = b"" if value is None else json.dumps(value, sort_keys=True).encode()
        return http.repeatable(method, f"{self._base()}/{path}", headers=self._headers(), body=body)

    def _clear(self, reply: Reply, what: str) -> Any:
        """What a look-up says, where a refusal is no answer either way."""
        if reply.status >= 300:
            raise unclear(self._refusal(reply, f"to say {what}"))
        return reply.json()

    def _refusal(self, reply: Reply, what: str) -> NotSent | Rejected:
        said = f"Buttondown refused {what} ({reply.status}): {_words(reply)}."
        if reply.status == 401:
            return NotSent(
                f"{said} Copy a key from buttondown.com/keys into {self.token.variable}"
                f"{', and look at the setting newsletter' if self.newsletter else ''}.",
                answer=shown(reply),
            )
        return Rejected(said, remedy=_remedy(reply.status, read(reply.json(), "code")), answer=shown(reply))

    def _base(self) -> str:
        return f"{self.server}/v1"

    def _headers(self) -> dict[str, str]:
        headers = {
            "authorization": f"Token {self.token.reveal()}",
            "content-type": "application/json",
            "x-api-version": _VERSION,
        }
        return headers if self.newsletter is None else {**headers, "buttondown-context": self.newsletter}


def _email(answer: Any, number: str) -> Mapping[str, Any]:
    """What Buttondown says of an email. Raises NotSent where it says nothing clear."""
    if not isinstance(answer, Mapping) or read(answer, "id") != number or not read(answer, "status"):
        raise NotSent("Buttondown did not say how far the edition is; it is asked again.")
    return answer


def _results(answer: Any, what: str) -> list[Mapping[str, Any]]:
    """The entries of a list of Buttondown's. Raises NotSent for anything else."""
    found = answer.get("results") if isinstance(answer, Mapping) else None
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        raise NotSent(f"Buttondown did not list its {what}; they are asked for again.")
    return found


def _about(newsletter: Mapping[str, Any]) -> str:
    name, address = read(newsletter, "from_name"), read(newsletter, "email_address")
    said = (
        f"'{read(newsletter, 'name')}' on Buttondown, from {fold(f'{name} <{address}>') if address else 'its address'}"
    )
    domain = read(newsletter, "sending_domain_status")
    if domain not in ("", "none", "valid"):
        said += f"; the sending domain is '{domain}', mend it in its settings"
    features = newsletter.get("enabled_features")
    if isinstance(features, list) and "tracking" in features:
        said += "; tracking is switched on in its settings, and only there it can be switched off"
    return said


def _words(reply: Reply) -> str:
    """What a refusal says: a sentence, or a list of the fields that were wrong."""
    answer = reply.json()
    faults = answer.get("detail") if isinstance(answer, Mapping) else None
    if not isinstance(faults, list):
        return words(reply, ("detail",), ("code",))
    each = [f"{_field(fault)}: {read(fault, 'msg')}" for fault in faults if isinstance(fault, Mapping)]
    return shorten(fold("; ".join(each)), _WORDS).rstrip(".") or "it gave no reason"


def _field(fault: Mapping[str, Any]) -> str:
    place = fault.get("loc")
    return str(place[-1]) if isinstance(place, list) and place else "something"


def _remedy(status: int, code: str) -> str:
    match status, code:
        case 403, _:
            return "Give the key write access to emails and to sending (buttondown.com/keys); look at the plan as well."
        case 404, _:
            return "Somebody deleted the draft at Buttondown; approve the edition again if it shall go out."
        case _, "email_not_confirmed":
            return "Confirm the newsletter's own address at Buttondown, then approve the edition again."
        case _, "email_duplicate" | "slug_invalid":
            return (
                "Buttondown holds another mail like this one; look at its list of emails, and delete what is too many."
            )
        case _, "sending_requires_confirmation":
            return "Send one mail with this key from Buttondown's own pages, then approve the edition again."
        case 413, _:
            return "Take episodes out of the edition."
        case _:
            return "Mend what Buttondown names, in its settings or in the edition, then approve the edition again."
