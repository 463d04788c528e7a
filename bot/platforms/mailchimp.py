"""Mailchimp: an edition is a campaign, which is made and filled first and sent in one request of its own.

Facts from mailchimp.com/developer/marketing (docs/fundamentals, docs/errors, api/campaigns, api/campaign-content,
api/campaign-send-checklist, api/lists, api/verified-domains) and Mailchimp's published description of its API.
Mailchimp knows no idempotency key: the campaign's own state says whether it was sent, and its title finds it again.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

import regex

from bot.errors import ConfigError, NotSent, Rejected, Unknown
from bot.ledger import Tier
from bot.model.places import Place
from bot.model.publication import Mail, Post, Publication
from bot.model.secret import Secret
from bot.platforms.address import origin
from bot.platforms.campaigns import escaped, for_readers_of, mail_of, refuse_tags, sender_of
from bot.platforms.contract import Http, Outgoing, Receipt, Reply, Uploaded
from bot.platforms.facts import CardBy, Facts
from bot.platforms.replies import field as read
from bot.platforms.replies import shown, unclear, words
from bot.text import Limit, fold, shorten

_NAME = "Mailchimp"
# Every key ends with the data centre that its account lives in.
_KEY = regex.compile(r"[0-9a-zA-Z]+-(?P<centre>[a-z]{2}\d{1,3})")
_TAG = regex.compile(r"\*\|")
_READERS = {Place.UNSUBSCRIBE: "*|UNSUB|*", Place.PREFERENCES: "*|UPDATE_PROFILE|*"}
_TITLE = 100
# How far back a campaign of ours may have been made: an edition that was refused may be approved again much later.
_LOOK_BACK = timedelta(days=30)
_LISTED = 500
_WORDS = 300
_OURS = ("id", "status", "long_archive_url", "archive_url", "settings.title")
_DRAFT = "save"
# "schedule": somebody gave it a time by hand, and it goes out without us.
_OUT = ("schedule", "sending", "sent", "archived")
_UNTRACKED = {"opens": False, "html_clicks": False, "text_clicks": False, "ecomm360": False}
_PLAIN = {
    "auto_footer": False,
    "inline_css": False,
    "use_conversation": False,
    "auto_tweet": False,
    "fb_comments": False,
}


@dataclass(frozen=True)
class Mailchimp:
    """One audience of an account, or a saved `segment` of it.

    `audience` is the audience's id (Audience, Settings, "Audience name and defaults"). `server` is set for a proxy or a
    test alone: the key's own ending says where the account is.
    """

    key: Secret
    audience: str
    segment: int | None = None
    server: str = ""

    name: ClassVar[str] = "mailchimp"
    tier: ClassVar[Tier] = Tier.FINDABLE
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Mail,)
    leaves_home: ClassVar[bool] = True
    facts: ClassVar[Facts] = Facts(
        docs=(
            "mailchimp.com/developer/marketing/docs/fundamentals",
            "mailchimp.com/developer/marketing/docs/errors",
            "mailchimp.com/developer/marketing/api/campaigns",
            "mailchimp.com/developer/marketing/api/campaign-content",
            "mailchimp.com/developer/marketing/api/campaign-send-checklist",
        ),
        read=date(2026, 11, 28),
        links="tracked by nobody: the campaign is made without",
        card=CardBy.NOBODY,
        # A campaign that was not sent stays until somebody deletes it.
        uploads_last=timedelta(days=365),
        remarks=(
            "At most ten connections at the same time; beyond them 429, or a 403 without a word.",
            "A mail that was sent cannot be changed or taken back.",
        ),
    )

    def __post_init__(self) -> None:
        if self.server:
            object.__setattr__(self, "server", origin(self.server, example="https://us6.api.mailchimp.com"))
        if not regex.fullmatch(r"\w+", self.audience):
            raise ConfigError([f"'audience' is wrong: '{self.audience}' is no id, such as \"a1b2c3d4e5\"."])

    def limits(self) -> tuple[Limit, ...]:
        return ()

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:
        """The campaign and its content, and the time from which on campaigns are looked through for it."""
        mail = mail_of(publication, service=_NAME)
        refuse_tags(mail, _TAG, service=_NAME, parts=("sender", "subject", "preheader", "text"))
        mail = for_readers_of(escaped(mail, _TAG), _READERS, service=_NAME)
        sender = sender_of(mail)
        recipients: dict[str, Any] = {"list_id": self.audience}
        if self.segment is not None:
            recipients["segment_opts"] = {"saved_segment_id": self.segment}
        settings = {
            "title": f"{key} {mail.subject}"[:_TITLE],
            "subject_line": mail.subject,
            "preview_text": mail.preheader,
            "from_name": sender.name,
            "reply_to": sender.address,
            **_PLAIN,
        }
        told = {
            "after": (at.astimezone(UTC) - _LOOK_BACK).isoformat(timespec="seconds"),
            "campaign": {"type": "regular", "recipients": recipients, "settings": settings, "tracking": _UNTRACKED},
            "content": {"html": mail.html, "plain_text": mail.text},
        }
        return json.dumps(told, sort_keys=True).encode()

    def prepare(self, outgoing: Outgoing, http: Http) -> Uploaded:
        """Make the campaign, or take the one that an earlier attempt made; fill it, and see that it can be sent."""
        told = json.loads(outgoing.body)
        found = self._listed(outgoing, told, http)
        if found is not None and read(found, "status") != _DRAFT:
            return Uploaded(read(found, "id"))
        if found is None:
            made = self._ask(http, "POST", "campaigns", told["campaign"])
        else:
            asked = {name: value for name, value in told["campaign"].items() if name != "type"}
            made = self._ask(http, "PATCH", f"campaigns/{read(found, 'id')}", asked)
        number = read(self._fine(made, "the campaign"), "id")
        if not number:
            raise NotSent("Mailchimp made a campaign but named no id; it is looked for before the next attempt.")
        self._fine(self._ask(http, "PUT", f"campaigns/{number}/content", told["content"]), "the edition's content")
        self._refuse_unready(number, http)
        return Uploaded(number)

    def prepared(self, reference: str, http: Http) -> Uploaded:  # noqa: ARG002 (the contract's)
        """A campaign is ready as soon as it is made."""
        return Uploaded(reference)

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Send the campaign once. Mailchimp answers 204, and sends no campaign a second time."""
        if not outgoing.prepared:
            raise NotSent("Mailchimp has no campaign of this edition yet; it is made before the next attempt.")
        address = f"{self._base()}/campaigns/{outgoing.prepared}/actions/send"
        reply = http.once("POST", address, headers=self._headers(), body=b"")
        if reply.status == 204:
            return self._receipt(outgoing.prepared, http)
        if reply.status < 300:
            raise Unknown(f"Mailchimp answered {reply.status} where 204 is due.", answer=shown(reply))
        refused = self._refusal(reply, "the campaign")
        if isinstance(refused, NotSent):
            raise refused
        try:
            campaign = self._campaign(outgoing.prepared, http)
        except NotSent:
            raise refused from None
        if read(campaign, "status") in _OUT:
            return _receipt_of(outgoing.prepared, campaign, answer=shown(reply))
        raise refused

    def find(self, outgoing: Outgoing, http: Http) -> Receipt | None:
        """Ask the campaign whether it was sent; one whose id is not known is looked for by its title."""
        if outgoing.prepared:
            found: Any = self._campaign(outgoing.prepared, http)
        else:
            found = self._listed(outgoing, json.loads(outgoing.body), http)
        if found is None or read(found, "status") == _DRAFT:
            return None
        if read(found, "status") not in _OUT:
            raise NotSent(
                f"Mailchimp calls the campaign '{read(found, 'status')}', which does not say whether it goes out; look "
                "at it there."
            )
        return _receipt_of(read(found, "id"), found)

    def check(self, http: Http) -> str:
        """Try the key, and ask for the audience, its number of readers, and the domains that may send."""
        try:
            self._base()
        except NotSent as error:
            raise Rejected(str(error), remedy="Mend the variable and start again.") from None
        asked = urlencode({"fields": "id,name,stats.member_count"})
        audience = self._fine(self._ask(http, "GET", f"lists/{self.audience}?{asked}"), f"audience '{self.audience}'")
        readers = read(audience, "stats", "member_count")
        if read(audience, "id") != self.audience or not readers:
            raise NotSent("Mailchimp did not say what it knows of the audience; ask again later.")
        answer = self._fine(self._ask(http, "GET", "verified-domains"), "the verified domains")
        domains = answer.get("domains") if isinstance(answer, Mapping) else None
        if not isinstance(domains, list):
            raise NotSent("Mailchimp did not say which domains are verified; ask again later.")
        proven = [each for each in domains if isinstance(each, Mapping) and each.get("verified") is True]
        of = ", ".join(read(each, "domain") for each in proven)
        said = f"sends to '{read(audience, 'name')}' on Mailchimp, {readers} subscribed"
        return f"{said}, from addresses at {of}" if of else f"{said}; no domain is verified yet, so nothing can be sent"

    def _listed(self, outgoing: Outgoing, told: Mapping[str, Any], http: Http) -> Mapping[str, Any] | None:
        """The campaign with this delivery's key in its title, one that was sent before one that was not."""
        query = urlencode(
            {
                "list_id": self.audience,
                "since_create_time": told["after"],
                "count": _LISTED,
                "fields": ",".join([*(f"campaigns.{each}" for each in _OURS), "total_items"]),
            }
        )
        answer = self._fine_or_unclear(self._ask(http, "GET", f"campaigns?{query}"), "what was sent")
        campaigns = answer.get("campaigns") if isinstance(answer, Mapping) else None
        if not isinstance(campaigns, list) or not read(answer, "total_items").isdigit():
            raise NotSent("Mailchimp did not list its campaigns; they are asked for again.")
        ours = [each for each in campaigns if read(each, "settings", "title").partition(" ")[0] == outgoing.key]
        if any(not read(each, "id") or not read(each, "status") for each in ours):
            raise NotSent("Mailchimp listed the campaign without its state; it is asked for again.")
        if not ours and int(read(answer, "total_items")) > len(campaigns):
            raise NotSent(f"Mailchimp has more than {_LISTED} campaigns since; look for '{outgoing.key}' there.")
        return next(iter(sorted(ours, key=lambda each: read(each, "status") == _DRAFT)), None)

    def _campaign(self, number: str, http: Http) -> Mapping[str, Any]:
        """What Mailchimp says of a campaign. Raises NotSent where it says nothing clear."""
        reply = self._ask(http, "GET", f"campaigns/{number}?{urlencode({'fields': ','.join(_OURS)})}")
        answer = self._fine_or_unclear(reply, "the campaign's state")
        if not isinstance(answer, Mapping) or read(answer, "id") != number or not read(answer, "status"):
            raise NotSent("Mailchimp did not say how far the campaign is; it is asked again.")
        return answer

    def _receipt(self, number: str, http: Http) -> Receipt:
        """The receipt of a campaign that was sent: nothing that goes wrong here may put that in doubt."""
        try:
            return _receipt_of(number, self._campaign(number, http))
        except NotSent:
            return Receipt(number)

    def _refuse_unready(self, number: str, http: Http) -> None:
        answer = self._fine(self._ask(http, "GET", f"campaigns/{number}/send-checklist"), "the checklist")
        if not isinstance(answer, Mapping) or not isinstance(answer.get("is_ready"), bool):
            raise NotSent("Mailchimp did not say whether the campaign can be sent; it is asked again.")
        if answer["is_ready"]:
            return
        items = answer.get("items")
        wrong = [each for each in items if read(each, "type") == "error"] if isinstance(items, list) else []
        said = "; ".join(fold(f"{read(each, 'heading')}: {read(each, 'details')}") for each in wrong)
        raise Rejected(
            f"Mailchimp would not send the campaign as it is: {shorten(said, _WORDS) or 'it does not say why'}.",
            remedy="Mend it in Mailchimp or in the newsletter's settings, then approve the edition again.",
            answer=json.dumps(answer)[:_WORDS],
        )

    def _ask(self, http: Http, method: str, path: str, value: object = None) -> Reply:
        body = b"" if value is None else json.dumps(value, sort_keys=True).encode()
        return http.repeatable(method, f"{self._base()}/{path}", headers=self._headers(), body=body)

    def _fine(self, reply: Reply, what: str) -> Any:
        """What a success says; its refusal is raised."""
        if reply.status >= 300:
            raise self._refusal(reply, what)
        return reply.json()

    def _fine_or_unclear(self, reply: Reply, what: str) -> Any:
        """The same for a look-up, where a refusal is no answer either way."""
        if reply.status >= 300:
            raise unclear(self._refusal(reply, what))
        return reply.json()

    def _refusal(self, reply: Reply, what: str) -> NotSent | Rejected:
        answer = reply.json()
        if reply.status == 401:
            return NotSent(
                f"Mailchimp refused the key (401): {words(reply, ('detail',), ('title',))}. Make a new one (Account, "
                f"Extras, API keys) and put it into {self.key.variable}.",
                answer=shown(reply),
            )
        if reply.status == 403 and not isinstance(answer, Mapping):
            return NotSent("Mailchimp turned it away without a word (403), as it does when it is busy.")
        said = words(reply, ("detail",), ("title",))
        faults = answer.get("errors") if isinstance(answer, Mapping) else None
        if isinstance(faults, list):
            each = [fold(f"{read(one, 'field')}: {read(one, 'message')}") for one in faults]
            said = shorten(f"{said} ({'; '.join(each)})", _WORDS)
        return Rejected(
            f"Mailchimp refused {what} ({reply.status}): {said}.", remedy=_remedy(reply.status), answer=shown(reply)
        )

    def _base(self) -> str:
        """Where the account's API is. Raises NotSent where the key does not say."""
        found = _KEY.fullmatch(self.key.reveal())
        if found is None:
            raise NotSent(
                f"The environment variable {self.key.variable} must hold a key of Mailchimp, which ends with its data "
                "centre, such as -us6."
            )
        server = self.server or f"https://{found['centre']}.api.mailchimp.com"
        return f"{server}/3.0"

    def _headers(self) -> dict[str, str]:
        held = base64.b64encode(f"pullquote:{self.key.reveal()}".encode()).decode()
        return {"authorization": f"Basic {held}", "content-type": "application/json"}


def _receipt_of(number: str, campaign: Mapping[str, Any], *, answer: str = "") -> Receipt:
    """The archive shows the campaign to anybody; its short address counts who comes, the long one does not."""
    return Receipt(number, read(campaign, "long_archive_url") or read(campaign, "archive_url") or None, answer=answer)


def _remedy(status: int) -> str:
    match status:
        case 403:
            return "Look at the account in Mailchimp: it, or the key's owner, may not do this at present."
        case 404:
            return (
                "See in Mailchimp that the campaign and the audience are still there; then approve the edition again."
            )
        case 413:
            return "Take episodes out of the edition."
        case _:
            return "Mend what Mailchimp names, in its settings or in the newsletter's, then approve the edition again."
