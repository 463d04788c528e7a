"""Kit (once ConvertKit): an edition is a broadcast, a draft first, which one request gives its time to go out.

Facts from Kit's description of its API, version 4 (developers.kit.com/api-reference: broadcasts, email-templates,
accounts, pagination, eventual-consistency, response-codes; developers.kit.com/changelog). Kit has no place for a marker
but the description, which is for the newsletter's makers. A broadcast's own state says whether it goes out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

import regex

from bot.errors import NotSent, Rejected, Unknown
from bot.ledger import Tier
from bot.model.places import Place, filled
from bot.model.publication import Mail, Post, Publication
from bot.model.secret import Secret
from bot.platforms.address import origin
from bot.platforms.braces import harmless
from bot.platforms.campaigns import for_readers_of, mail_of, refuse_tags, sender_of
from bot.platforms.contract import Http, Outgoing, Receipt, Reply, Timed, Uploaded
from bot.platforms.facts import CardBy, Facts, Rate
from bot.platforms.replies import field as read
from bot.platforms.replies import shown, unclear
from bot.text import Limit, fold, shorten

_NAME = "Kit"
_READERS = {Place.UNSUBSCRIBE: "{{ unsubscribe_url }}", Place.PREFERENCES: "{{ unsubscribe_url }}"}
# Liquid's variables and tags.
_OPENING = regex.compile(r"\{[{%]")
_DRAFT = "draft"
# "scheduled" is what we make of it, or somebody by hand: it goes out without us.
_OUT = ("scheduled", "sending", "completed")
# The moment to go out must still lie ahead when the request arrives.
_LEAD = timedelta(minutes=2)
# Kit's lists show what is new after half a minute, nearly always within five (seconds).
_LISTS_LATE = 300.0
_LISTED = 500
_PAGES = 10
_WORDS = 300


@dataclass(frozen=True)
class Kit:
    """One account, by an API key of version 4.

    `template` is the number of an email template that adds nothing to the edition (`pullquote check` names those that
    there are). `segments` and `tags` are numbers: with them only subscribers that are in one of these or bear one of
    them get the mail. With `archive` the edition also stands on the account's public pages.
    """

    key: Secret
    template: int
    segments: tuple[int, ...] = ()
    tags: tuple[int, ...] = ()
    archive: bool = False
    server: str = "https://api.kit.com"

    name: ClassVar[str] = "kit"
    tier: ClassVar[Tier] = Tier.FINDABLE
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Mail,)
    leaves_home: ClassVar[bool] = True
    facts: ClassVar[Facts] = Facts(
        docs=(
            "developers.kit.com/api-reference/broadcasts/create-a-broadcast",
            "developers.kit.com/api-reference/broadcasts/update-a-broadcast",
            "developers.kit.com/api-reference/broadcasts/list-broadcasts",
            "developers.kit.com/api-reference/email-templates/list-email-templates",
            "developers.kit.com/api-reference/accounts/get-current-account",
            "developers.kit.com/api-reference/eventual-consistency",
            "developers.kit.com/api-reference/authentication",
            "developers.kit.com/changelog",
        ),
        read=date(2026, 11, 28),
        links="as they are, unless click tracking is on in the account's settings",
        card=CardBy.NOBODY,
        rates=(Rate(120, timedelta(minutes=1)),),
        # A draft stays until somebody deletes it.
        uploads_last=timedelta(days=365),
        remarks=(
            "The sender's name and tracking are the account's settings at Kit.",
            "Kit makes the plain text part from the HTML by itself.",
            "A mail that was sent cannot be changed or taken back.",
        ),
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", origin(self.server, example="https://api.kit.com"))

    def limits(self) -> tuple[Limit, ...]:
        return ()

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:
        """The broadcast without its time to go out."""
        mail = mail_of(publication, service=_NAME)
        refuse_tags(mail, _OPENING, service=_NAME, parts=("subject", "preheader"))
        promised = filled(mail, {})
        mail = for_readers_of(replace(promised, html=harmless(promised.html)), _READERS, service=_NAME)
        broadcast: dict[str, Any] = {
            "subject": mail.subject,
            "preview_text": mail.preheader,
            "content": mail.html,
            "description": key,
            "email_address": sender_of(mail).address,
            "email_template_id": self.template,
            "allow_starting_point": True,
            "public": self.archive,
            "published_at": at.astimezone(UTC).isoformat(timespec="seconds"),
        }
        chosen = [
            {"type": kind, "ids": list(numbers)}
            for kind, numbers in (("segment", self.segments), ("tag", self.tags))
            if numbers
        ]
        if chosen:
            broadcast["subscriber_filter"] = [{"all": None, "any": chosen, "none": None}]
        return json.dumps(broadcast, sort_keys=True).encode()

    def prepare(self, outgoing: Outgoing, http: Http) -> Uploaded:
        """Make the draft, or take the one of an earlier attempt."""
        if (found := self._listed(outgoing, http)) is not None:
            return Uploaded(read(found, "id"))
        try:
            reply = self._ask(http, "POST", "broadcasts", {**json.loads(outgoing.body), "send_at": None})
        except NotSent as error:
            # It may be there, and a list would not show it yet: a second draft would be made.
            wait = max(error.retry_after or 0.0, _LISTS_LATE)
            raise NotSent(str(error), answer=error.answer, retry_after=wait) from None
        broadcast = _broadcast(self._fine(reply, "the draft"))
        wanted, sender = json.loads(outgoing.body)["email_address"], read(broadcast, "email_address")
        if sender and sender.casefold() != wanted.casefold():
            raise Rejected(
                f"Kit would send the edition from '{sender}', not from '{wanted}'.",
                remedy=f"Add {wanted} to the account's addresses at Kit and confirm it, or change the 'sender'.",
            )
        return Uploaded(read(broadcast, "id"))

    def prepared(self, reference: str, http: Http) -> Uploaded:  # noqa: ARG002 (the contract's)
        """A draft is ready as soon as it is made."""
        return Uploaded(reference)

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Give the broadcast its time, in two minutes, with all that was approved: what somebody changed in the draft
        meanwhile does not go out. One that goes out already is not asked to do so again.
        """
        if not isinstance(http, Timed):
            raise TypeError("a broadcast needs a way out that tells the time")
        if not outgoing.prepared:
            raise NotSent("Kit has no draft of this edition yet; it is made before the next attempt.")
        path = f"broadcasts/{outgoing.prepared}"
        broadcast = _broadcast(self._fine(self._ask(http, "GET", path), "to show the draft"))
        if read(broadcast, "status") in _OUT:
            return self._receipt(broadcast)
        if read(broadcast, "status") != _DRAFT:
            raise Rejected(
                f"Kit calls the broadcast '{read(broadcast, 'status')}'.",
                remedy="Look at it there; approve the edition again if it shall go out.",
            )
        moment = (http.now() + _LEAD).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        approved = json.dumps({**json.loads(outgoing.body), "send_at": moment}, sort_keys=True).encode()
        reply = http.once("PUT", f"{self._base()}/{path}", headers=self._headers(), body=approved)
        if reply.status >= 300:
            raise self._refusal(reply, "to send the edition")
        answer = reply.json()
        number, status = (read(answer, "broadcast", each) for each in ("id", "status"))
        if number == outgoing.prepared and status == _DRAFT and not read(answer, "broadcast", "send_at"):
            # What a request that changes something answers is what is stored.
            raise Rejected(
                "Kit took the edition but gave it no time to go out.",
                remedy="Send the draft from Kit's own pages; if Kit schedules only public broadcasts, set 'archive'.",
                answer=shown(reply),
            )
        if number != outgoing.prepared or status not in _OUT:
            raise Unknown("Kit does not say whether the edition goes out now.", answer=shown(reply))
        return self._receipt(answer["broadcast"])

    def find(self, outgoing: Outgoing, http: Http) -> Receipt | None:
        """Ask the broadcast whether it goes out; one whose number is not known is looked for by its description."""
        found: Mapping[str, Any] | None
        if outgoing.prepared:
            reply = self._ask(http, "GET", f"broadcasts/{outgoing.prepared}")
            found = _broadcast(self._clear(reply, "how far the edition is"))
            if read(found, "id") != outgoing.prepared:
                raise NotSent("Kit showed another broadcast than it was asked for; it is asked again.")
        else:
            found = self._listed(outgoing, http)
        if found is None or (read(found, "status") == _DRAFT and not read(found, "send_at")):
            return None
        if read(found, "status") not in _OUT:
            raise NotSent(f"Kit calls the broadcast '{read(found, 'status')}', which does not say whether it goes out.")
        return self._receipt(found)

    def check(self, http: Http) -> str:
        """Try the key; say how many get the mail, which addresses may send, and whether the template is there."""
        account = self._fine(self._ask(http, "GET", "account"), "to show the account")
        if not (name := read(account, "account", "name")):
            raise NotSent("Kit did not name the account; ask again later.")
        asked = urlencode({"status": "active", "include_total_count": "true", "per_page": 1})
        counted = self._fine(self._ask(http, "GET", f"subscribers?{asked}"), "to count the subscribers")
        readers = read(counted, "pagination", "total_count")
        if not readers.isdigit():
            raise NotSent("Kit did not say how many subscribers there are; ask again later.")
        template = self._template(http)
        who = "some of " if self.segments or self.tags else ""
        return (
            f"sends to {who}{readers} subscribers of '{name}' on Kit, in the template '{read(template, 'name')}' "
            f"({read(template, 'category')}), {_senders(account)}"
        )

    def _template(self, http: Http) -> Mapping[str, Any]:
        answer = self._fine(self._ask(http, "GET", f"email_templates?per_page={_LISTED}"), "to show the templates")
        known = _entries(answer, "email_templates")
        for each in known:
            if read(each, "id") == str(self.template):
                return each
        there = ", ".join(f"{read(each, 'id')} ({read(each, 'name')})" for each in known)
        raise Rejected(
            f"Kit knows no email template {self.template}.",
            remedy=f"Set 'template' to one of those that there are: {shorten(there, _WORDS) or 'make one first'}.",
        )

    def _listed(self, outgoing: Outgoing, http: Http) -> Mapping[str, Any] | None:
        """The broadcast with this delivery's key, one that goes out before one that does not; None where Kit listed all
        of them. In what order it lists them is not promised, so all are looked at.
        """
        asked: dict[str, Any] = {"slim": "true", "per_page": _LISTED}
        ours: list[Mapping[str, Any]] = []
        for _ in range(_PAGES):
            answer = self._clear(self._ask(http, "GET", f"broadcasts?{urlencode(asked)}"), "what it has")
            listed = _entries(answer, "broadcasts")
            if any(not read(each, "id") or not read(each, "status") for each in listed):
                raise NotSent("Kit listed broadcasts without their state; they are asked for again.")
            ours += [each for each in listed if read(each, "description") == outgoing.key]
            pagination = answer.get("pagination")
            if not isinstance(pagination, Mapping) or not isinstance(pagination.get("has_next_page"), bool):
                raise NotSent("Kit did not say whether that is all; it is asked again.")
            if not pagination["has_next_page"]:
                return min(ours, key=_order, default=None)
            asked["after"] = read(pagination, "end_cursor")
        raise NotSent(f"Kit has very many broadcasts; look for '{outgoing.key}' in their descriptions.")

    def _receipt(self, broadcast: Mapping[str, Any]) -> Receipt:
        """What is not public has an address for its makers only."""
        number, publication = read(broadcast, "id"), read(broadcast, "publication_id")
        link = f"https://app.kit.com/campaigns/{number}/draft"
        if publication:
            link = f"https://app.kit.com/publications/{publication}/reports/overview"
        public = read(broadcast, "public_url") if self.archive else ""
        return Receipt(number, public or link, answer=f"status {read(broadcast, 'status')}")

    def _ask(self, http: Http, method: str, path: str, value: object = None) -> Reply:
        body = b"" if value is None else json.dumps(value, sort_keys=True).encode()
        return http.repeatable(method, f"{self._base()}/{path}", headers=self._headers(), body=body)

    def _fine(self, reply: Reply, what: str) -> Any:
        """What a success says; its refusal is raised."""
        if reply.status >= 300:
            raise self._refusal(reply, what)
        return reply.json()

    def _clear(self, reply: Reply, what: str) -> Any:
        """The same for a look-up, where a refusal is no answer either way."""
        if reply.status >= 300:
            raise unclear(self._refusal(reply, f"to say {what}"))
        return reply.json()

    def _refusal(self, reply: Reply, what: str) -> NotSent | Rejected:
        said = f"Kit refused {what} ({reply.status}): {_words(reply)}."
        if reply.status == 401:
            return NotSent(
                f"{said} Make an API key of version 4 (Settings, Developer) and put it into {self.key.variable}.",
                answer=shown(reply),
            )
        return Rejected(said, remedy=_remedy(reply.status), answer=shown(reply))

    def _base(self) -> str:
        return f"{self.server}/v4"

    def _headers(self) -> dict[str, str]:
        return {"x-kit-api-key": self.key.reveal(), "content-type": "application/json"}


def _order(broadcast: Mapping[str, Any]) -> tuple[bool, int, str]:
    """Those that go out first, and of the others the oldest: its number is the smallest."""
    number = read(broadcast, "id")
    return read(broadcast, "status") not in _OUT, len(number), number


def _broadcast(answer: Any) -> Mapping[str, Any]:
    """The one broadcast of an answer. Raises NotSent where there is none."""
    found = answer.get("broadcast") if isinstance(answer, Mapping) else None
    if not isinstance(found, Mapping) or not read(found, "id") or not read(found, "status"):
        raise NotSent("Kit did not show the broadcast and its state; it is asked again.")
    return found


def _entries(answer: Any, name: str) -> list[Mapping[str, Any]]:
    """The entries of a list of Kit's. Raises NotSent for anything else."""
    found = answer.get(name) if isinstance(answer, Mapping) else None
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        raise NotSent(f"Kit did not list its {name.replace('_', ' ')}; they are asked for again.")
    return found


def _senders(account: Any) -> str:
    known = account["account"].get("sending_addresses")
    entries = [each for each in known if isinstance(each, Mapping)] if isinstance(known, list) else []
    proven = [read(each, "email_address") for each in entries if each.get("is_verified") is True]
    if proven:
        return f"from {' or '.join(proven)}"
    return "but from nowhere yet: no sending address is verified"


def _words(reply: Reply) -> str:
    """What a refusal says: Kit lists sentences."""
    answer = reply.json()
    faults = answer.get("errors") if isinstance(answer, Mapping) else None
    said = "; ".join(each for each in faults if isinstance(each, str)) if isinstance(faults, list) else ""
    return shorten(fold(said), _WORDS).rstrip(".") or "it gave no reason"


def _remedy(status: int) -> str:
    match status:
        case 403:
            return "Look at the account's plan and whether its sending is allowed at Kit."
        case 404:
            return "Somebody deleted the draft at Kit; approve the edition again if it shall go out."
        case 413:
            return "Take episodes out of the edition."
        case _:
            return "Mend what Kit names, in its settings or in the channel's, then approve the edition again."
