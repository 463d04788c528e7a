"""listmonk: an edition is a campaign, which is a draft first and is started in one request of its own.

Facts from listmonk's documentation (listmonk.app/docs: apis/campaigns, apis/lists, apis/templates, templating) and,
where that says nothing or something else, from the program itself, versions 3 to 6 (knadh/listmonk: cmd/campaigns.go,
models/campaigns.go, models/common.go, internal/auth, queries/campaigns.sql). A campaign's own state says whether it was
started, and the slug of its archive page, which can be taken once, finds it again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

import regex

from bot.errors import ConfigError, NotSent, Rejected, Unknown
from bot.ledger import Tier
from bot.model.places import Place, filled
from bot.model.publication import Mail, Post, Publication
from bot.model.secret import Secret
from bot.platforms.address import origin
from bot.platforms.campaigns import for_readers_of, mail_of
from bot.platforms.contract import Http, Outgoing, Receipt, Reply, Uploaded
from bot.platforms.facts import CardBy, Facts
from bot.platforms.replies import field as read
from bot.platforms.replies import shown, unclear, words
from bot.text import Limit, shorten

_NAME = "listmonk"
_READERS = {Place.UNSUBSCRIBE: "{{ UnsubscribeURL }}", Place.PREFERENCES: "{{ ManageURL }}"}
_PLACE = regex.compile("|".join(regex.escape(place) for place in _READERS))
# A template that adds nothing of its own to the edition.
_BARE = regex.compile(r'\s*\{\{\s*template\s+"content"\s+\.\s*\}\}\s*')
_LONGEST_NAME = 200
_LISTED = 50
_DRAFT = "draft"
# A draft can only be started; the others come after that, or, for "scheduled", go out by themselves.
_OUT = ("running", "scheduled", "paused", "finished", "cancelled")
# What a wrong user or token is told, in every language.
_STRANGER = ("invalid api credentials", "invalid session", "invalid authorization header")


@dataclass(frozen=True)
class Listmonk:
    """An installation of listmonk, and an API `user` of it with its `token`.

    `lists` are the numbers of the lists that get the mail. `template` is the number of a template that holds nothing
    but {{ template "content" . }}. With `archive` the edition also stands in listmonk's public archive.
    """

    server: str
    user: str
    token: Secret
    lists: tuple[int, ...]
    template: int
    archive: bool = False

    name: ClassVar[str] = "listmonk"
    tier: ClassVar[Tier] = Tier.FINDABLE
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Mail,)
    leaves_home: ClassVar[bool] = True
    facts: ClassVar[Facts] = Facts(
        docs=(
            "listmonk.app/docs/apis/campaigns",
            "listmonk.app/docs/apis/lists",
            "listmonk.app/docs/apis/templates",
            "listmonk.app/docs/templating",
            "github.com/knadh/listmonk/blob/master/cmd/campaigns.go",
        ),
        read=date(2026, 11, 28),
        links="as they are: nothing in the mail is tracked",
        card=CardBy.NOBODY,
        # A draft stays until somebody deletes it.
        uploads_last=timedelta(days=365),
        remarks=(
            "listmonk keeps no record of who got a mail; its settings say how fast it sends.",
            "A mail that was sent cannot be changed or taken back.",
        ),
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", origin(self.server, example="https://lists.example.org"))
        if not self.lists:
            raise ConfigError(["'lists' is wrong: name the number of at least one list."])

    def limits(self) -> tuple[Limit, ...]:
        return ()

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:  # noqa: ARG002 (the contract's)
        """The campaign as listmonk is told it. Both parts are literals, so that nothing in them is its language."""
        mail = mail_of(publication, service=_NAME)
        # Refuses what has no way out or a place that listmonk knows nothing for.
        for_readers_of(mail, dict.fromkeys(_READERS, ""), service=_NAME)
        mail = filled(mail, {})
        campaign = {
            "name": shorten(mail.subject, _LONGEST_NAME),
            "subject": _literal(mail.subject) if "{{" in mail.subject else mail.subject,
            "lists": list(self.lists),
            "from_email": mail.sender,
            "type": "regular",
            "content_type": "html",
            "messenger": "email",
            "template_id": self.template,
            "body": _literals(mail.html),
            "altbody": _literals(mail.text),
            "tags": [key],
            "headers": [],
            "send_at": None,
            "archive": self.archive,
            "archive_slug": _slug(key),
            "archive_template_id": self.template,
            "archive_meta": {},
        }
        return json.dumps(campaign, sort_keys=True).encode()

    def prepare(self, outgoing: Outgoing, http: Http) -> Uploaded:
        """Make the draft, or take the one of an earlier attempt. Its slug can be taken once, so a second is refused."""
        if (found := self._listed(outgoing, http)) is not None:
            return Uploaded(read(found, "id"))
        made = _data(self._fine(self._ask(http, "POST", "campaigns", outgoing.body), "the draft"))
        self._refuse_other(made, outgoing)
        return Uploaded(read(made, "id"))

    def prepared(self, reference: str, http: Http) -> Uploaded:  # noqa: ARG002 (the contract's)
        """A draft is ready as soon as it is made."""
        return Uploaded(reference)

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Start the campaign once, with all that was approved: what somebody changed in it meanwhile does not go out.

        One that was started already is not started again.
        """
        if not outgoing.prepared:
            raise NotSent("listmonk has no draft of this edition yet; it is made before the next attempt.")
        path = f"campaigns/{outgoing.prepared}"
        campaign = _data(self._fine(self._ask(http, "GET", f"{path}?no_body=true"), "to show the draft"))
        if read(campaign, "status") in _OUT:
            return self._receipt(campaign)
        campaign = _data(self._fine(self._ask(http, "PUT", path, outgoing.body), "the draft"))
        self._refuse_other(campaign, outgoing)
        address, start = f"{self._base()}/{path}/status", json.dumps({"status": "running"}).encode()
        reply = http.once("PUT", address, headers=self._headers(), body=start)
        if reply.status >= 300:
            raise self._refusal(reply, "to start the campaign")
        answer = reply.json()
        if read(answer, "data", "id") != outgoing.prepared or read(answer, "data", "status") not in _OUT:
            raise Unknown("listmonk does not say whether the campaign was started.", answer=shown(reply))
        return self._receipt(answer["data"])

    def find(self, outgoing: Outgoing, http: Http) -> Receipt | None:
        """Ask the campaign whether it was started; one whose number is not known is looked for by its slug."""
        if outgoing.prepared:
            path = f"campaigns/{outgoing.prepared}?no_body=true"
            found: Any = _data(self._clear(self._ask(http, "GET", path), "how far the campaign is"))
            if read(found, "id") != outgoing.prepared:
                raise NotSent("listmonk showed another campaign than it was asked for; it is asked again.")
        else:
            found = self._listed(outgoing, http)
        if found is None or read(found, "status") == _DRAFT:
            return None
        if read(found, "status") not in _OUT:
            raise NotSent(
                f"listmonk calls the campaign '{read(found, 'status')}', which says nothing; look at it there."
            )
        return self._receipt(found)

    def check(self, http: Http) -> str:
        """Try the token; say which lists get the mail, how many readers they have, and whether the template is bare."""
        known = []
        for number in self.lists:
            one = _data(self._fine(self._ask(http, "GET", f"lists/{number}"), f"to show list {number}"))
            if read(one, "id") != str(number) or not read(one, "name"):
                raise NotSent(f"listmonk showed another list than {number}; ask again later.")
            known.append(f"'{read(one, 'name')}' ({read(one, 'subscriber_count') or 'no'} subscribers)")
        path = f"templates/{self.template}"
        template = _data(self._fine(self._ask(http, "GET", path), f"to show template {self.template}"))
        said = f"sends to {', '.join(known)} of listmonk at {self.server.partition('//')[2]}"
        if _BARE.fullmatch(read(template, "body")):
            return said
        return (
            f"{said}; template '{read(template, 'name')}' puts something of its own round the edition: make one that "
            "holds only {{ template \"content\" . }} and set 'template' to its number"
        )

    def _listed(self, outgoing: Outgoing, http: Http) -> Mapping[str, Any] | None:
        """The campaign with this delivery's slug; copies that somebody made have its tag but never its slug.

        The parameter is called `tag`: listmonk's documentation calls it `tags`, which is read by nothing.
        """
        asked = {"tag": outgoing.key, "order_by": "created_at", "order": "asc", "per_page": _LISTED, "no_body": "true"}
        answer = self._clear(self._ask(http, "GET", f"campaigns?{urlencode(asked)}"), "what it has")
        data = answer.get("data") if isinstance(answer, Mapping) else None
        campaigns = data.get("results") if isinstance(data, Mapping) else None
        if not isinstance(campaigns, list):
            raise NotSent("listmonk did not list its campaigns; they are asked for again.")
        if not all(isinstance(each, Mapping) and _bears(each, outgoing.key) for each in campaigns):
            raise NotSent("listmonk listed campaigns that were not asked for; version 3 or newer is needed.")
        ours: list[Mapping[str, Any]] = [
            each for each in campaigns if read(each, "archive_slug") == _slug(outgoing.key)
        ]
        if not ours and len(campaigns) >= _LISTED:
            raise NotSent(f"listmonk has very many campaigns with the tag '{outgoing.key}'; delete the copies.")
        return next(iter(ours), None)

    def _refuse_other(self, campaign: Mapping[str, Any], outgoing: Outgoing) -> None:
        """Raise Rejected where listmonk made something else than it was asked for: it leaves out, without a word, lists
        that its user may not see, and an old one knows no slugs.
        """
        if read(campaign, "archive_slug") != _slug(outgoing.key):
            raise Rejected(
                "listmonk did not keep the campaign's slug, by which it is found again.",
                remedy="Bring listmonk to version 3 or newer, and delete the draft there.",
            )
        lists = campaign.get("lists")
        kept = {read(each, "id") for each in lists} if isinstance(lists, list) else set()
        if missing := [number for number in self.lists if str(number) not in kept]:
            raise Rejected(
                f"listmonk left out list {', '.join(map(str, missing))}, without saying why.",
                remedy=f"See that it exists, and give the user '{self.user}' the right to it (Admin, List roles).",
            )

    def _receipt(self, campaign: Mapping[str, Any]) -> Receipt:
        number = read(campaign, "id")
        public = self.archive and read(campaign, "archive_slug")
        link = f"{self.server}/archive/{public}" if public else f"{self.server}/admin/campaigns/{number}"
        return Receipt(number, link, answer=f"status {read(campaign, 'status')}")

    def _ask(self, http: Http, method: str, path: str, body: bytes = b"") -> Reply:
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
        message = words(reply, ("message",))
        said = f"listmonk refused {what} ({reply.status}): {message}."
        # A wrong token is 403, as is a right that is missing; what stands before listmonk may say 401.
        if reply.status == 401 or (reply.status == 403 and message.casefold().startswith(_STRANGER)):
            return NotSent(
                f"{said} Make an API user (Admin, Users), and put its token into {self.token.variable}.",
                answer=shown(reply),
            )
        return Rejected(said, remedy=_remedy(reply.status, self.user), answer=shown(reply))

    def _base(self) -> str:
        return f"{self.server}/api"

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"token {self.user}:{self.token.reveal()}", "content-type": "application/json"}


def _literals(text: str) -> str:
    """A part of a mail as a template that says exactly this, with listmonk's own addresses in a reader's places.

    listmonk reads both parts, the plain one as well, as HTML in Go's template language: comments would fall out of them
    and a bare '<' would change. So everything is handed over as literals that it puts down as they are.
    """
    pieces, end = [], 0
    for place in _PLACE.finditer(text):
        pieces += [_safe(text[end : place.start()]), _READERS[Place(place[0])]]
        end = place.end()
    return "".join([*pieces, _safe(text[end:])])


def _safe(text: str) -> str:
    return f"{{{{ Safe {_quoted(text)} }}}}" if text else ""


def _literal(text: str) -> str:
    """The same for a subject, whose template knows no HTML."""
    return f"{{{{ {_quoted(text)} }}}}"


def _quoted(text: str) -> str:
    """A string of Go's. Before any template is read, listmonk replaces braces and '@TrackLink' wherever they stand."""
    quoted = json.dumps(text, ensure_ascii=False)
    for sign in "{}@":
        quoted = quoted.replace(sign, f"\\u{ord(sign):04x}")
    return quoted


def _slug(key: str) -> str:
    """A key as listmonk keeps it for an address: small letters and digits, with '-' between."""
    return "-".join(regex.findall(r"[\p{L}\p{M}\p{N}]+", key.lower()))


def _bears(campaign: Mapping[str, Any], tag: str) -> bool:
    tags = campaign.get("tags")
    return isinstance(tags, list) and tag in tags and bool(read(campaign, "id"))


def _data(answer: Any) -> Mapping[str, Any]:
    """The one thing that listmonk was asked for. Raises NotSent where there is none."""
    data = answer.get("data") if isinstance(answer, Mapping) else None
    if not isinstance(data, Mapping) or not read(data, "id"):
        raise NotSent("listmonk did not show what it was asked for; it is asked again.")
    return data


def _remedy(status: int, user: str) -> str:
    match status:
        case 403:
            return (
                f"Give the user '{user}' the rights to campaigns, lists and templates (Admin, User roles, List roles)."
            )
        case 404:
            return "Look at 'server': listmonk is not there, or stands under a path."
        case 413:
            return "Raise the limit of what stands before listmonk, or take episodes out of the edition."
        case _:
            return "Look at the draft in listmonk and at the channel's settings; then approve the edition again."
