"""LinkedIn: posts of an organisation's page, and of a member.

Facts from learn.microsoft.com/linkedin (marketing/community-management/shares/{posts-api,little-text-format,images-api,
videos-api}, marketing/integrations/migrations, shared/authentication/{programmatic-refresh-tokens,token-introspection},
consumer/integrations/self-serve/sign-in-with-linkedin-v2). LinkedIn takes no key, but it refuses words that it has
already and names the post that it means. An organisation's posts can be listed; a member's cannot, except by those whom
LinkedIn has chosen: what got no answer there waits for a person. The figures were taken from copies of these pages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar
from urllib.parse import quote, urlencode, urlsplit

import regex

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.ledger import Tier
from bot.model.publication import Card, Mail, MediaKind, Medium, Post, Publication
from bot.model.secret import Secret
from bot.platforms.address import origin
from bot.platforms.cards import card_of
from bot.platforms.contract import Expiry, Http, Memory, Outgoing, Receipt, Reply, Timed, Uploaded
from bot.platforms.facts import SKEW, CardBy, Facts, MediaLimit, Rate, Sunset
from bot.platforms.graph import NO_SECRET, same_words
from bot.platforms.memory import Forgetful
from bot.platforms.quoted import places
from bot.platforms.renewed import Renewed
from bot.platforms.replies import field as read
from bot.platforms.replies import shown, words
from bot.text import URL, Limit, Unit, fold, shorten

VERSION = "202607"
_SUNSET = Sunset(
    f"Version {VERSION} of LinkedIn's API", date(2027, 7, 15), "Install a Pullquote that speaks a later one."
)
# LinkedIn cuts longer ones without a word. It says characters and not which: the stricter reading.
_LONGEST = Limit(3_000, Unit.UTF16_UNITS)
_ALT = 4_086
_CARD_TITLE, _CARD_DESCRIPTION = 400, 4_086
_MEDIA = (
    # No number of bytes is documented for pictures; this one is ours.
    MediaLimit(MediaKind.IMAGE, 20, 10_000_000, ("image/jpeg", "image/png", "image/gif"), pixels=36_152_319),
    MediaLimit(MediaKind.VIDEO, 1, 500_000_000, ("video/mp4",), duration=1_800),
)
_SHORTEST_FILM = 3.0
_DOCS = (
    "learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api",
    "learn.microsoft.com/linkedin/marketing/community-management/shares/little-text-format",
    "learn.microsoft.com/linkedin/marketing/community-management/shares/images-api",
    "learn.microsoft.com/linkedin/marketing/community-management/shares/videos-api",
    "learn.microsoft.com/linkedin/marketing/integrations/migrations",
    "learn.microsoft.com/linkedin/shared/authentication/programmatic-refresh-tokens",
    "learn.microsoft.com/linkedin/shared/authentication/token-introspection",
)
_FACTS = Facts(
    docs=_DOCS,
    read=date(2026, 11, 28),
    media=_MEDIA,
    together=20,
    alt=_ALT,
    links="as they are; the post's own has the card that we bring",
    card=CardBy.US,
    # "Member: 150 requests a day" of consumer/integrations/self-serve/share-on-linkedin, of which a post takes some.
    rates=(Rate(50, timedelta(days=1)),),
    sunsets=(_SUNSET,),
    remarks=("A film has no alt text on LinkedIn.",),
)
_NUMBER = regex.compile(r"\d+")
_MEMBER = regex.compile(r"[\w-]+", regex.ASCII)
_POST = regex.compile(r"urn:li:(?:share|ugcPost):(\d+)")
# What LinkedIn reads as more than text ("little" text format), wherever it stands.
_RESERVED = regex.compile(r"[\\|{}@\[\]()<>#*_~]")
_TAG = regex.compile(r"(?<![\w&#＃])([#＃])((?=\p{N}*[\p{L}\p{M}])[\p{L}\p{M}\p{N}]++)(?!_)")
_TEMPLATE = regex.compile(r"\{hashtag\|\\?([#＃])\|((?:[^{}|\\]|\\.)*)\}")
_NAMED = regex.compile(r"(?<!\\)@\[((?:[^\[\]\\]|\\.)*)\]\(urn:li:[^()]*\)")
_ESCAPED = regex.compile(r"\\(.)", regex.DOTALL)
# A post's number holds its milliseconds since 1970 above these bits. It is nowhere documented; it held for every post
# that was looked at, and only decides whether a post that says the same is older than ours.
_SHIFT = 22
_PAGE, _PAGES = 100, 5
_DUPLICATE = "DUPLICATE_POST"
_NO_VERSION = "NONEXISTENT_VERSION"
_NO_ACCESS = "ACCESS_DENIED"
_SPOKEN = {"linkedin-version": VERSION, "x-restli-protocol-version": "2.0.0"}
_JSON = {"content-type": "application/json"}
_BYTES = {"content-type": "application/octet-stream"}
_FORM = {"content-type": "application/x-www-form-urlencoded"}
_SERVER, _LOGIN = "https://api.linkedin.com", "https://www.linkedin.com"


@dataclass(frozen=True, kw_only=True)
class _Account:
    """What both kinds of authors have in common. A token lives sixty days.

    With the `client_id` and `client_secret` of the app LinkedIn tells when it ends; with a `refresh_token`, which it
    gives to approved partners only, it is renewed. Without any, `token_ends` may say when to warn.
    """

    token: Secret
    client_id: str = ""
    client_secret: Secret = NO_SECRET
    refresh_token: Secret = NO_SECRET
    token_ends: date | None = None
    server: str = _SERVER
    login: str = _LOGIN
    memory: Memory = field(default_factory=Forgetful, repr=False, compare=False)

    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Post,)
    leaves_home: ClassVar[bool] = True
    facts: ClassVar[Facts] = _FACTS
    # The scopes that posting needs, and all that this platform needs.
    writes: ClassVar[str]
    scopes: ClassVar[str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", origin(self.server, example=_SERVER))
        object.__setattr__(self, "login", origin(self.login, example=_LOGIN))
        if bool(self.client_id) != bool(self.client_secret.reveal()):
            raise ConfigError(["'client_id' and 'client_secret_env' belong together: both, or none."])
        if self.refresh_token.reveal() and not self.client_id:
            raise ConfigError(["'refresh_token_env' needs 'client_id' and 'client_secret_env' beside it."])

    @property
    def author(self) -> str:
        """Who posts, as LinkedIn names it."""
        raise NotImplementedError

    def limits(self) -> tuple[Limit, ...]:
        return (_LONGEST,)

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:  # noqa: ARG002 (the contract's)
        """The post with its media and card by their hashes, and the time before which it cannot have been made."""
        if not isinstance(publication, Post):
            raise Refused("LinkedIn takes posts, not newsletters; send the edition through another channel.")
        text = publication.text.strip()
        _refuse_unfit(publication)
        told: dict[str, Any] = {
            "after": at.astimezone(UTC).isoformat(),
            "text": text,
            "commentary": little(text, quotes=tuple(each.text for each in publication.quotes)),
            "author": self.author,
            "media": [{"sha256": each.sha256, "alt": each.alt, "kind": each.kind} for each in publication.media],
        }
        if not publication.media and (card := card_of(publication)) is not None:
            told["card"] = _card(card, publication)
        return _dumps(told)

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Post once. The answer has no body; its head names the post."""
        told = json.loads(outgoing.body)
        headers = self._headers() | _JSON
        reply = http.once("POST", self._at("posts"), headers=headers, body=_dumps(_post(told, outgoing.uploads)))
        if reply.status >= 300:
            raise self._unpublished(reply, since=datetime.fromisoformat(told["after"]) - SKEW)
        urn = reply.headers.get("x-restli-id", "")
        if not _POST.fullmatch(urn):
            raise Unknown("LinkedIn accepted the post but named no id.", answer=shown(reply))
        return Receipt(urn, _link(urn), answer=f"{reply.status} {urn}")

    def edit(self, receipt: Receipt, outgoing: Outgoing, http: Http) -> Receipt:
        """Put other words in the place of a post's; its media and card stay."""
        patch = {"patch": {"$set": {"commentary": json.loads(outgoing.body)["commentary"]}}}
        headers = self._headers() | _JSON | {"x-restli-method": "PARTIAL_UPDATE"}
        reply = http.repeatable("POST", self._at("posts", receipt.remote_id), headers=headers, body=_dumps(patch))
        if reply.status >= 300:
            raise self._refusal(reply, what="to change the post")
        return receipt

    def delete(self, receipt: Receipt, http: Http) -> None:
        """Delete a post; one that is gone is no fault of anybody."""
        headers = self._headers() | {"x-restli-method": "DELETE"}
        reply = http.repeatable("DELETE", self._at("posts", receipt.remote_id), headers=headers)
        if reply.status >= 300 and reply.status != 404:
            raise self._refusal(reply, what="to delete the post")

    def upload(self, medium: Medium, content: bytes, http: Http) -> Uploaded:
        """Hand over a picture, or a film in the parts that LinkedIn asks for."""
        if medium.kind is MediaKind.VIDEO:
            return self._film(content, http)
        told = self._initialize("images", {"owner": self.author}, http)
        reply = http.repeatable("PUT", self._upload_address(told), headers=_BYTES | self._bearer(), body=content)
        if reply.status >= 300:
            raise self._refusal(reply, what="the picture")
        return Uploaded(_named(told, "image"), ready=False)

    def uploaded(self, reference: str, http: Http) -> Uploaded:
        """Ask how far LinkedIn is: a post with a medium that is not there yet would be refused."""
        film = reference.startswith("urn:li:video:")
        what = "film" if film else "picture"
        reply = http.repeatable("GET", self._at("videos" if film else "images", reference), headers=self._headers())
        if reply.status == 403 and not film:
            # Whoever may post may not always look at pictures, and these are there at once.
            return Uploaded(reference)
        if reply.status >= 300:
            raise self._refusal(reply, what=f"to say how far a {what} is")
        state = read(reply.json(), "status")
        if state == "PROCESSING_FAILED":
            why = read(reply.json(), "processingFailureReason") or "it gave no reason"
            raise Rejected(
                f"LinkedIn cannot use the {what}: {why}.", remedy="Make it anew, and approve the post again."
            )
        if state not in ("AVAILABLE", "PROCESSING", "WAITING_UPLOAD"):
            raise NotSent(f"LinkedIn does not say how far a {what} is.", answer=shown(reply))
        return Uploaded(reference, ready=state == "AVAILABLE")

    def expiry(self, http: Http) -> Expiry | None:
        """When the token ends: as it was renewed, else as LinkedIn says, else as the settings say."""
        if (kept := self._renewed().values().get("ends")) is not None:
            return self._ends(datetime.fromisoformat(str(kept)))
        if self.client_id:
            told = self._introspected(http)
            if told["active"] is not True:
                return self._ends(datetime.fromtimestamp(0, UTC))
            if not (ends := read(told, "expires_at")).isdigit():
                raise NotSent("LinkedIn does not say when the token ends.")
            return self._ends(datetime.fromtimestamp(int(ends), UTC))
        if self.token_ends is not None:
            return self._ends(datetime.combine(self.token_ends, time(), UTC))
        return None

    def refresh(self, http: Http) -> None:
        """Renew the token where LinkedIn gave a refresh token. What came back is kept only if it is whole."""
        renewed = self._renewed()
        refresh = str(renewed.values().get("refresh") or self.refresh_token.reveal())
        if not refresh:
            return
        reply = self._log_in("accessToken", {"grant_type": "refresh_token", "refresh_token": refresh}, http)
        if reply.status >= 300:
            said = f"LinkedIn did not renew the token ({reply.status}): {_words(reply)}."
            if read(reply.json(), "error").startswith("invalid"):
                raise Rejected(said, remedy=self._token_remedy())
            raise NotSent(f"{said} The one in use is kept.")
        told = reply.json()
        token, seconds = read(told, "access_token"), read(told, "expires_in")
        if not token.strip() or not seconds.isdigit() or int(seconds) == 0 or not isinstance(http, Timed):
            raise NotSent("LinkedIn renewed no token: the answer held no whole one. The one in use is kept.")
        ends = http.now() + timedelta(seconds=int(seconds))
        renewed.keep(
            {"token": token, "ends": ends.isoformat(), "refresh": read(told, "refresh_token").strip() or refresh}
        )

    def _film(self, content: bytes, http: Http) -> Uploaded:
        asked = {
            "owner": self.author,
            "fileSizeBytes": len(content),
            "uploadCaptions": False,
            "uploadThumbnail": False,
        }
        told = self._initialize("videos", asked, http)
        parts = []
        for address, begin, stop in _parts(told, len(content)):
            reply = http.repeatable("PUT", self._trusted(address), headers=_BYTES, body=content[begin:stop])
            if reply.status >= 300:
                raise self._refusal(reply, what="a part of the film")
            if not (tag := reply.headers.get("etag", "").strip('"')):
                raise NotSent("LinkedIn took a part of the film but named no ETag.", answer=shown(reply))
            parts.append(tag)
        film = _named(told, "video")
        done = {"video": film, "uploadToken": read(told, "uploadToken"), "uploadedPartIds": parts}
        reply = self._action("videos", "finalizeUpload", done, http)
        if reply.status >= 300:
            raise self._refusal(reply, what="the film")
        return Uploaded(film, ready=False)

    def _initialize(self, what: str, asked: Mapping[str, Any], http: Http) -> Mapping[str, Any]:
        reply = self._action(what, "initializeUpload", asked, http)
        if reply.status >= 300:
            raise self._refusal(reply, what=f"to take {what}")
        told = reply.json()
        value = told.get("value") if isinstance(told, Mapping) else None
        if not isinstance(value, Mapping):
            raise NotSent(f"LinkedIn named no place for {what}.", answer=shown(reply))
        return value

    def _action(self, what: str, action: str, asked: Mapping[str, Any], http: Http) -> Reply:
        address = f"{self._at(what)}?action={action}"
        return http.repeatable(
            "POST", address, headers=self._headers() | _JSON, body=_dumps({f"{action}Request": asked})
        )

    def _upload_address(self, told: Mapping[str, Any]) -> str:
        return self._trusted(read(told, "uploadUrl"))

    def _trusted(self, address: str) -> str:
        """An address to hand bytes to, which LinkedIn named. Raises NotSent where it is none of its own."""
        try:
            host = urlsplit(address).hostname or ""
        except ValueError:
            host = ""
        own = address.startswith("https://") and f".{host}".endswith(".linkedin.com")
        if not own and not address.startswith(f"{self.server}/"):
            raise NotSent("LinkedIn named no place of its own for an upload.")
        return address

    def _unpublished(self, reply: Reply, *, since: datetime) -> NotSent | Rejected | Unknown:
        """What a refusal of the post means. LinkedIn remembers words for a day or two, also of posts that are gone."""
        if not _is_duplicate(reply):
            return self._refusal(reply, what="the post")
        said = f"LinkedIn refused the post ({reply.status}): it has the same words already"
        named = _POST.search(read(reply.json(), "message"))
        if named is None:
            return Unknown(f"{said}.", answer=shown(reply))
        where = _link(named.group())
        if datetime.fromtimestamp((int(named[1]) >> _SHIFT) / 1_000, UTC) >= since:
            return Unknown(f"{said}, as {where}.", answer=shown(reply))
        remedy = "Write it in other words, or reject the draft: LinkedIn takes nothing twice."
        return Rejected(f"{said}, in an older post: {where}.", remedy=remedy, answer=shown(reply))

    def _refusal(self, reply: Reply, *, what: str) -> NotSent | Rejected:
        said, evidence = f"LinkedIn refused {what} ({reply.status}): {_words(reply)}.", shown(reply)
        code, number = read(reply.json(), "code"), read(reply.json(), "serviceErrorCode")
        if reply.status == 401:
            return NotSent(f"{said} {self._token_remedy()}", answer=evidence)
        if reply.status == 403 and (code == _NO_ACCESS or number == "100"):
            return NotSent(f"{said} {self._scope_remedy()}", answer=evidence)
        if code == _NO_VERSION:
            return NotSent(f"{said} Install a Pullquote that speaks a later version of the API.", answer=evidence)
        if reply.status == 403:
            return Rejected(said, remedy=self._scope_remedy(), answer=evidence)
        return Rejected(said, remedy="Change the post as LinkedIn asks, and approve it again.", answer=evidence)

    def _wrong(self, reply: Reply, *, what: str) -> NotSent | Rejected:
        """What a refusal means for an account that is only tried: what a person has to mend is a fault."""
        refused = self._refusal(reply, what=what)
        if isinstance(refused, NotSent) and reply.status in (401, 403):
            remedy = self._token_remedy() if reply.status == 401 else self._scope_remedy()
            return Rejected(f"LinkedIn refused {what} ({reply.status}): {_words(reply)}.", remedy=remedy)
        return refused if isinstance(refused, NotSent) else NotSent(f"{refused}", answer=refused.answer)

    def _see_scopes(self, http: Http) -> None:
        """Ask LinkedIn what the token may do, where there is the app's secret. Raises Rejected for too little."""
        if not self.client_id or self._renewed().values():
            return
        told = self._introspected(http)
        if told["active"] is not True:
            raise Rejected("The token has ended or was taken back.", remedy=self._token_remedy())
        granted = read(told, "scope").replace(",", " ").split()
        if granted and self.writes not in granted:
            raise Rejected(f"The token lacks {self.writes}; it has {', '.join(granted)}.", remedy=self._scope_remedy())

    def _introspected(self, http: Http) -> Mapping[str, Any]:
        reply = self._log_in("introspectToken", {"token": self.token.reveal()}, http)
        told = reply.json() if reply.status < 300 else None
        if not isinstance(told, Mapping) or not isinstance(told.get("active"), bool):
            raise NotSent(f"LinkedIn does not say what the token is ({reply.status}): {_words(reply)}.")
        return told

    def _log_in(self, what: str, asked: Mapping[str, str], http: Http) -> Reply:
        form = {**asked, "client_id": self.client_id, "client_secret": self.client_secret.reveal()}
        address = f"{self.login}/oauth/v2/{what}"
        return http.repeatable("POST", address, headers=_FORM, body=urlencode(form).encode())

    def _ends(self, moment: datetime) -> Expiry:
        return Expiry("The token of LinkedIn", moment, self._token_remedy())

    def _token_remedy(self) -> str:
        return (
            f"Make a new token with the scopes {self.scopes} (LinkedIn's developer portal, OAuth token tools) and put "
            f"it into {self.token.variable}."
        )

    def _scope_remedy(self) -> str:
        return f"Give the token the scopes {self.scopes}."

    def _renewed(self) -> Renewed:
        return Renewed(self.token, self.memory)

    def _at(self, what: str, urn: str = "") -> str:
        return f"{self.server}/rest/{what}" + (f"/{quote(urn, safe='')}" if urn else "")

    def _bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._renewed().token()}"}

    def _headers(self) -> dict[str, str]:
        return self._bearer() | _SPOKEN


@dataclass(frozen=True, kw_only=True)
class LinkedIn(_Account):
    """An organisation's page: `organization` is its number. Who made the token must be an administrator there, or one
    for its content.
    """

    organization: str

    name: ClassVar[str] = "linkedin"
    tier: ClassVar[Tier] = Tier.FINDABLE
    writes: ClassVar[str] = "w_organization_social"
    scopes: ClassVar[str] = "w_organization_social and r_organization_social"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not _NUMBER.fullmatch(self.organization.strip()):
            raise ConfigError(
                [
                    f"'organization' is wrong: '{self.organization}' is no number; it stands in the address of the "
                    "page's administration, linkedin.com/company/…/admin."
                ]
            )
        object.__setattr__(self, "organization", self.organization.strip())

    @property
    def author(self) -> str:
        return f"urn:li:organization:{self.organization}"

    def find(self, outgoing: Outgoing, http: Http) -> Receipt | None:
        """Look through the page's posts, back to when this one was composed."""
        told = json.loads(outgoing.body)
        if not told["text"]:
            raise NotSent("A post without words cannot be told from others; look at the page.")
        since = datetime.fromisoformat(told["after"]) - SKEW
        for number in range(_PAGES):
            page = self._listed(http, start=number * _PAGE, size=_PAGE)
            for each in page:
                if _moment(each, "createdAt") < since or read(each, "lifecycleState") == "DRAFT":
                    continue
                if same_words(told["text"], plain(read(each, "commentary"))):
                    return _found(each)
            # Newest change first: what was changed before then was made before then. A page that is not full is no
            # end, for LinkedIn leaves out what the reader may not see.
            if not page or min(_moment(each, "lastModifiedAt") for each in page) < since:
                return None
        raise NotSent(f"More than {_PAGE * _PAGES} posts since; look at the page.")

    def edit(self, receipt: Receipt, outgoing: Outgoing, http: Http) -> Receipt:
        """Put other words in the place of a post's, and see that they stand there."""
        edited = super().edit(receipt, outgoing, http)
        address = f"{self._at('posts', receipt.remote_id)}?viewContext=AUTHOR"
        reply = http.repeatable("GET", address, headers=self._headers())
        if reply.status >= 300:
            raise NotSent(f"LinkedIn does not show the changed post ({reply.status}): {_words(reply)}.")
        if not same_words(json.loads(outgoing.body)["text"], plain(read(reply.json(), "commentary"))):
            raise NotSent("LinkedIn took the change, but shows the old words still; it is tried again.")
        return edited

    def check(self, http: Http) -> str:
        """List the page's newest post, which takes the same role there as posting does."""
        self._see_scopes(http)
        reply = self._list(http, start=0, size=1)
        if reply.status >= 300:
            raise self._wrong(reply, what="to list the page's posts")
        _elements(reply)
        return f"posts as the organisation {self.organization} on LinkedIn"

    def _scope_remedy(self) -> str:
        return (
            f"{super()._scope_remedy()} Who made it must be an administrator of the page {self.organization}, or one "
            "for its content."
        )

    def _listed(self, http: Http, *, start: int, size: int) -> list[Mapping[str, Any]]:
        reply = self._list(http, start=start, size=size)
        if reply.status >= 300:
            raise NotSent(f"LinkedIn refused a look-up ({reply.status}): {_words(reply)}.")
        return _elements(reply)

    def _list(self, http: Http, *, start: int, size: int) -> Reply:
        # Readers are not shown what LinkedIn still works on, such as a post with a film: the author is.
        asked = {
            "author": self.author,
            "q": "author",
            "start": start,
            "count": size,
            "sortBy": "LAST_MODIFIED",
            "viewContext": "AUTHOR",
        }
        headers = self._headers() | {"x-restli-method": "FINDER"}
        return http.repeatable("GET", f"{self._at('posts')}?{urlencode(asked)}", headers=headers)


@dataclass(frozen=True, kw_only=True)
class LinkedInMember(_Account):
    """A member: `member` is who made the token, as LinkedIn names it to the app; `pullquote check` tells it."""

    member: str

    name: ClassVar[str] = "linkedin-member"
    tier: ClassVar[Tier] = Tier.BLIND
    writes: ClassVar[str] = "w_member_social"
    scopes: ClassVar[str] = "w_member_social, openid and profile"

    def __post_init__(self) -> None:
        super().__post_init__()
        bare = self.member.strip().removeprefix("urn:li:person:")
        if not _MEMBER.fullmatch(bare):
            raise ConfigError(
                [f"'member' is wrong: '{self.member}' is no member's id, such as 'yrZCpj2Z12'; 'check' tells yours."]
            )
        object.__setattr__(self, "member", bare)

    @property
    def author(self) -> str:
        return f"urn:li:person:{self.member}"

    def check(self, http: Http) -> str:
        """Ask who the token belongs to."""
        self._see_scopes(http)
        reply = http.repeatable("GET", f"{self.server}/v2/userinfo", headers=self._bearer())
        if reply.status >= 300:
            raise self._wrong(reply, what="to say who the token belongs to")
        told = reply.json()
        if not (who := read(told, "sub")):
            raise NotSent("LinkedIn answered, but named nobody.", answer=shown(reply))
        if who != self.member:
            raise Rejected(
                f"The token is that of '{read(told, 'name') or who}', not of '{self.member}'.",
                remedy=f'Write member = "{who}" into the settings, or put another token into {self.token.variable}.',
            )
        return f"posts as {read(told, 'name') or who} on LinkedIn"


def little(text: str, *, quotes: tuple[str, ...]) -> str:
    """`text` in LinkedIn's "little" format: hashtags outside quotations are marked, everything else is only text.

    A reserved sign that is not escaped cuts the post off without a word.
    """
    kept = [*places(text, quotes), *(found.span() for found in URL.finditer(text))]
    pieces, at = [], 0
    for tag in _TAG.finditer(text):
        if any(begin < tag.end() and tag.start() < stop for begin, stop in kept):
            continue
        pieces += [_escaped(text[at : tag.start()]), f"{{hashtag|{_escaped(tag[1])}|{tag[2]}}}"]
        at = tag.end()
    return "".join([*pieces, _escaped(text[at:])])


def plain(commentary: str) -> str:
    """What readers see of a commentary in "little" format."""
    bare = _NAMED.sub(r"\1", _TEMPLATE.sub(r"\1\2", commentary))
    return _ESCAPED.sub(r"\1", bare)


def _escaped(text: str) -> str:
    return _RESERVED.sub(r"\\\g<0>", text)


def _refuse_unfit(post: Post) -> None:
    films = [each for each in post.media if each.kind is MediaKind.VIDEO]
    if films and len(post.media) > 1:
        raise Refused("LinkedIn takes one film or up to twenty pictures, not both; take some out.")
    if films and films[0].duration is not None and films[0].duration < _SHORTEST_FILM:
        raise Refused(f"The film runs {films[0].duration:g} seconds; LinkedIn takes none below {_SHORTEST_FILM:g}.")


def _card(card: Card, post: Post) -> dict[str, str]:
    """The card below a post: LinkedIn makes none from a link."""
    told = {
        "source": post.link or "",
        "title": shorten(fold(card.title), _CARD_TITLE),
        "description": shorten(fold(card.description), _CARD_DESCRIPTION),
    }
    if card.image is not None:
        limit = _FACTS.limit(MediaKind.IMAGE)
        if limit is None or card.image.mime not in limit.mimes or card.image.size > limit.size:
            raise Refused(
                f"The card's picture is {card.image.mime} of {card.image.size:,} bytes; LinkedIn takes JPEG, PNG and "
                "GIF of 10,000,000."
            )
        told["thumbnail"] = card.image.sha256
    return {name: value for name, value in told.items() if value}


def _post(told: Mapping[str, Any], uploads: Mapping[str, str]) -> dict[str, Any]:
    """The request, with the names of uploads in the place of their hashes."""
    post: dict[str, Any] = {
        "author": told["author"],
        "commentary": told["commentary"],
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    media = [
        {"id": uploads[each["sha256"]], **({"altText": each["alt"]} if each["kind"] == MediaKind.IMAGE else {})}
        for each in told["media"]
    ]
    if len(media) > 1:
        post["content"] = {"multiImage": {"images": media}}
    elif media:
        post["content"] = {"media": media[0]}
    elif (card := told.get("card")) is not None:
        thumbnail = {"thumbnail": uploads[card["thumbnail"]]} if "thumbnail" in card else {}
        post["content"] = {"article": {**card, **thumbnail}}
    return post


def _parts(told: Mapping[str, Any], size: int) -> list[tuple[str, int, int]]:
    """Where each part of a film goes, from which byte and up to which. Raises NotSent where they do not make it up."""
    asked = told.get("uploadInstructions")
    found = [
        (read(each, "uploadUrl"), _whole(read(each, "firstByte")), _whole(read(each, "lastByte")) + 1)
        for each in (asked if isinstance(asked, list) else ())
    ]
    begins, stops = [begin for _, begin, _ in found], [stop for _, _, stop in found]
    if not found or [0, *stops] != [*begins, size]:
        raise NotSent("LinkedIn asks for parts that do not make up the film.")
    return found


def _whole(number: str) -> int:
    """A number of bytes; -1 where it is none."""
    return int(number) if number.isdigit() else -1


def _named(told: Mapping[str, Any], what: str) -> str:
    """The name that LinkedIn gave to an upload. Raises NotSent where there is none."""
    if not (urn := read(told, what)).startswith(f"urn:li:{what}:"):
        raise NotSent(f"LinkedIn took the {what} but did not name it.")
    return urn


def _elements(reply: Reply) -> list[Mapping[str, Any]]:
    """The posts that an answer lists. Raises NotSent where it lists none such."""
    told = reply.json()
    found = told.get("elements") if isinstance(told, Mapping) else None
    if not isinstance(found, list) or not all(_POST.fullmatch(read(each, "id")) for each in found):
        raise NotSent("LinkedIn did not list the page's posts; look at the page.", answer=shown(reply))
    return found


def _found(post: Mapping[str, Any]) -> Receipt:
    """The receipt of a post that was looked up. Raises NotSent where LinkedIn took it and then did not publish it."""
    urn = read(post, "id")
    if read(post, "lifecycleState") == "PUBLISH_FAILED":
        raise NotSent(f"LinkedIn took the post, but did not publish it; look at {_link(urn)}.")
    return Receipt(urn, _link(urn))


def _moment(post: Mapping[str, Any], name: str) -> datetime:
    told = read(post, name)
    if not told.isdigit() or len(told) > 15:
        raise NotSent("LinkedIn lists posts without a readable time; look at the page.")
    return datetime.fromtimestamp(int(told) / 1_000, UTC)


def _is_duplicate(reply: Reply) -> bool:
    told = reply.json()
    details = told.get("errorDetails") if isinstance(told, Mapping) else None
    faults = details.get("inputErrors") if isinstance(details, Mapping) else None
    codes = {read(each, "code") for each in faults} if isinstance(faults, list) else set()
    return _DUPLICATE in codes | {read(told, "code")}


def _link(urn: str) -> str:
    return f"https://www.linkedin.com/feed/update/{urn}/"


def _words(reply: Reply) -> str:
    return words(reply, ("message",), ("error_description",), ("error",))


def _dumps(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True).encode()
