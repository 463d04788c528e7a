"""X (formerly Twitter), by its API v2.

Facts from docs.x.com (x-api/posts/manage-tweets, x-api/posts/timelines, x-api/media, x-api/getting-started/pricing,
x-api/fundamentals/rate-limits, x-api/fundamentals/response-codes-and-errors, fundamentals/counting-characters,
fundamentals/authentication, changelog) and its machine-readable description, version 2.167.

X has no key that makes a post count once. After a doubt the account's own posts are read and compared: X shows every
link as one of its shortener's, and says beside the text where each leads. That the same words stand there already (403)
says neither that this delivery put them there nor when, so it is looked up as well.
"""

from __future__ import annotations

import html
import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import unquote, urlencode

import regex

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.ledger import Tier
from bot.model.publication import Mail, MediaKind, Medium, Post, Publication
from bot.model.secret import Secret
from bot.platforms.address import origin
from bot.platforms.contract import Cost, Http, Mark, Memory, Outgoing, Preview, Receipt, Reply, Timed, Uploaded
from bot.platforms.facts import SKEW, CardBy, Facts, MediaLimit, Price, Rate
from bot.platforms.memory import Forgetful
from bot.platforms.mentions import refuse_strangers
from bot.platforms.multipart import File, form
from bot.platforms.oauth import Permit, Rotating, Signed
from bot.platforms.preview import plain
from bot.platforms.replies import field as read
from bot.platforms.replies import objects, shown, words
from bot.text import Limit, Unit
from bot.weighted import Link, links

_NAME = "X"
_NO_SECRET = Secret("", "")
_USUAL_LIMIT = 280
# What a subscriber to Premium may write.
_LONGEST = 25_000
_PICTURES = ("image/jpeg", "image/png", "image/webp", "image/gif")
_MOVING = "image/gif"
_FILMS = ("video/mp4", "video/quicktime")
# No side of a film may be more than three times the other.
_RATIO = 3.0
# A film goes over in pieces of so many bytes; X takes a thousand of them.
_PIECE = 4_000_000
_PAGE = 100
_PAGES = 3
_FIELDS = "created_at,entities,note_tweet,referenced_tweets"
_ACCOUNT = "account"
# What X refused because the same words stood there: as many as could be in doubt at a time.
_STANDING = "standing"
_STANDING_MOST = 100
_OUT_OF_MONEY = 3_600.0
_SAME_AS_BEFORE = "duplicate content"
# X says so also of a post of a moment ago (plhery/node-twitter-api-v2#366). It is asked again a little later (seconds),
# as long as the post is young.
_NOT_SEEN = "deleted or not visible"
_SEEN_AFTER = 20.0
_YOUNG = timedelta(minutes=10)
# The ids of posts are times: thousandths of a second since then, and 22 bits more.
_FIRST_ID = datetime(2010, 11, 4, 1, 42, 54, 657_000, UTC)
_LONGEST_ID = 19
_MONEY = "/problems/credits"
# A 403 that was given before anything was looked at: the program may not do this at all.
_NOT_LET_IN = ("/problems/client-forbidden", "/problems/oauth1-permissions", "/problems/unsupported-authentication")
_SCOPES = "tweet.read, tweet.write, users.read, media.write and offline.access"

_POST = "a post"
_WITH_LINK = "a post with a link"
_DESCRIPTION = "a description of a picture or film"

# How X finds names, tags and stock symbols (twitter-text 3.1.0).
_ACCENTED = "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff\u0300-\u036f"
_MENTION = regex.compile(
    rf"(?:(?<![A-Za-z0-9_!#$%&*@＠])|(?<=(?:^|[^A-Za-z0-9_+~.\-])[rR][tT]))[@＠][A-Za-z0-9_]{{1,20}}+(?![@＠{_ACCENTED}]|://)"
)
_TAG = regex.compile(r"(?<![\p{L}\p{M}\p{Nd}_&])[#＃](?!\ufe0f|\u20e3)(?=[\p{Nd}_]*[\p{L}\p{M}])[\p{L}\p{M}\p{Nd}_]+")
_SYMBOL = regex.compile(r"(?<!\S)\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?=$|\s|[!'#%&\"()*+,\\\-./:;<=>?@\[\]^_{|}~$])")
_NOT_A_CHARACTER = regex.compile("[\ufffe\ufeff\uffff]")
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_SHORTENED = regex.compile(r"https?://t\.co/[A-Za-z0-9]+")


@dataclass(frozen=True)
class X:
    """The account that the keys belong to.

    Either the four keys of OAuth 1.0a (`api_key`, `api_secret`, `access_token`, `access_secret`), which do not end, or
    OAuth 2.0: `client_id`, `refresh_token`, and `client_secret` where the program is a confidential client. `limit` is
    how long a post may be, 280 without a subscription. `mentions` are the names that a post may tell of itself, such as
    "@guest": any other @name is refused. `enterprise` says that X lets the program show other posts within its own.
    """

    api_key: Secret = _NO_SECRET
    api_secret: Secret = _NO_SECRET
    access_token: Secret = _NO_SECRET
    access_secret: Secret = _NO_SECRET
    client_id: str = ""
    client_secret: Secret = _NO_SECRET
    refresh_token: Secret = _NO_SECRET
    limit: int = _USUAL_LIMIT
    mentions: tuple[str, ...] = ()
    enterprise: bool = False
    server: str = "https://api.x.com"
    memory: Memory = field(default_factory=Forgetful, repr=False, compare=False)

    name: ClassVar[str] = "x"
    tier: ClassVar[Tier] = Tier.FINDABLE
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Post,)
    leaves_home: ClassVar[bool] = True
    facts: ClassVar[Facts] = Facts(
        docs=(
            "docs.x.com/x-api/posts/manage-tweets/integrate",
            "docs.x.com/x-api/posts/timelines/integrate",
            "docs.x.com/x-api/media/quickstart/best-practices",
            "docs.x.com/x-api/getting-started/pricing",
            "docs.x.com/x-api/fundamentals/rate-limits",
            "docs.x.com/x-api/fundamentals/response-codes-and-errors",
            "docs.x.com/fundamentals/counting-characters",
            "docs.x.com/changelog",
        ),
        read=date(2026, 8, 22),
        media=(
            MediaLimit(MediaKind.IMAGE, 4, 5_000_000, _PICTURES),
            MediaLimit(MediaKind.VIDEO, 1, 512_000_000, _FILMS, duration=140),
        ),
        together=4,
        alt=1_000,
        links="each counts 23 characters, however long it is, also one without https://",
        card=CardBy.SERVICE,
        quoting=True,
        rates=(Rate(100, timedelta(minutes=15)), Rate(300, timedelta(hours=3))),
        # An upload ends after 24 hours.
        uploads_last=timedelta(hours=23),
        prices=(
            Price(_POST, Decimal("0.015")),
            Price(_WITH_LINK, Decimal("0.200")),
            Price(_DESCRIPTION, Decimal("0.005")),
            Price("an own post that is read", Decimal("0.001")),
            Price("the account's name that is read", Decimal("0.010")),
            Price("a deletion", Decimal("0.010")),
        ),
        remarks=(
            "A post is edited only for subscribers, within an hour, and becomes another post; corrections answer it.",
            "Programs may answer only those who named them (since 23 February 2026, but for Enterprise). Whether that "
            "holds for answers to oneself, and so for threads, X does not say.",
            "Programs may show no other post within their own (since 20 April 2026, but for Enterprise).",
        ),
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", origin(self.server, example="https://api.x.com"))
        if not 0 < self.limit <= _LONGEST:
            raise ConfigError([f"'limit' is wrong: X takes from 1 to {_LONGEST} characters, not {self.limit}."])
        signed = [each.reveal() for each in (self.api_key, self.api_secret, self.access_token, self.access_secret)]
        renewed = [self.client_id, self.refresh_token.reveal()]
        if not (all(signed) and not any(renewed)) and not (all(renewed) and not any(signed)):
            raise ConfigError(
                [
                    "X needs either the four keys of OAuth 1.0a (api_key_env, api_secret_env, access_token_env, "
                    "access_secret_env), or client_id and refresh_token_env of OAuth 2.0; write one of them."
                ]
            )

    def limits(self) -> tuple[Limit, ...]:
        return (Limit(self.limit, Unit.X_WEIGHTED),)

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:  # noqa: ARG002 (the contract's)
        """The post, its media by their hashes, and the time before which it cannot have been made."""
        if not isinstance(publication, Post):
            raise Refused("X takes posts, not newsletters; send the edition through another channel.")
        text = publication.text.strip()
        self._refuse_unfit(text, publication)
        post: dict[str, Any] = {"text": text} if text else {}
        if publication.quoting is not None:
            post["quote_tweet_id"] = publication.quoting.remote_id
        media = [each.sha256 for each in publication.media]
        told = {"after": at.astimezone(UTC).isoformat(), "post": post, "media": media}
        return _dumps(told)

    def preview(self, post: Post) -> Preview:
        """The text with what X makes links of, and what it costs."""
        text = post.text.strip()
        seen = links(text)
        made = plain(self, post, marks=tuple(Mark(each.begin, each.stop, _leads(text, each)) for each in seen))
        prices = {each.what: each for each in self.facts.prices}
        price = prices[_WITH_LINK if seen else _POST]
        described = prices[_DESCRIPTION].amount * len(post.media)
        unwanted = [text[each.begin : each.stop] for each in seen if not _whole(text, each)]
        remarks = [f"X makes a link of '{each}', and asks for a post with a link." for each in unwanted]
        return replace(made, cost=Cost(price.amount + described, price.currency), remarks=tuple(remarks))

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Post once. Keys that are refused are NotSent: nothing was looked at."""
        return self._post(outgoing, http, answers=None)

    def follow(self, outgoing: Outgoing, http: Http, *, root: Receipt, parent: Receipt) -> Receipt:  # noqa: ARG002
        """Post once, as an answer to `parent`."""
        return self._post(outgoing, http, answers=parent.remote_id)

    def find(self, outgoing: Outgoing, http: Http) -> Receipt | None:
        """Look through the account's own posts since this one was composed.

        Once X has said that the words stand there, that they are not listed is no proof of anything.
        """
        told = json.loads(outgoing.body)
        text = told["post"].get("text", "")
        if not text:
            raise NotSent("A post without words cannot be told from others on X; look at the account.")
        after = datetime.fromisoformat(told["after"]) - SKEW
        parent = outgoing.before[-1].remote_id if outgoing.before else ""
        for post in self._own_posts(after, http):
            if _answers(post, parent) and _same(text, post):
                return _receipt(read(post, "id"))
        if outgoing.key in self._said_to_stand():
            raise NotSent(
                "X says that these words stand there already, but does not list them as ours; look at the account."
            )
        return None

    def upload(self, medium: Medium, content: bytes, http: Http) -> Uploaded:
        """Hand over a file in pieces, and describe it. X may work on it for a while."""
        begun = {"media_type": medium.mime, "total_bytes": len(content), "media_category": _category(medium)}
        number = self._number(self._asked("/2/media/upload/initialize", begun, http), "a new upload")
        for index, at in enumerate(range(0, len(content), _PIECE)):
            name = f"{medium.sha256[:12]}.{medium.mime.rpartition('/')[2]}"
            piece = File("media", name, medium.mime, content[at : at + _PIECE])
            kind, body = form([("segment_index", str(index))], [piece])
            self._asked(f"/2/media/upload/{number}/append", body, http, kind=kind)
        finished = self._asked(f"/2/media/upload/{number}/finalize", b"", http)
        self._number(finished, "a finished upload")
        described = {"id": number, "metadata": {"alt_text": {"text": medium.alt}}}
        self._asked("/2/media/metadata", described, http)
        return Uploaded(number, ready=_ready(finished))

    def uploaded(self, reference: str, http: Http) -> Uploaded:
        """How far X is with a film or a moving picture."""
        reply = self._ask("GET", "/2/media/upload", http, command="STATUS", media_id=reference)
        if reply.status >= 300:
            raise self._refusal(reply, what="to tell of an upload", doubt=NotSent)
        return Uploaded(reference, ready=_ready(reply))

    def delete(self, receipt: Receipt, http: Http) -> None:
        """Delete a post; one that is gone is no fault of anybody."""
        reply = self._ask("DELETE", f"/2/tweets/{receipt.remote_id}", http)
        if reply.status == 404:
            return
        if reply.status >= 300:
            raise self._refusal(reply, what="to delete the post", doubt=NotSent)
        answer = reply.json()
        data = answer.get("data") if isinstance(answer, Mapping) else None
        if not isinstance(data, Mapping) or data.get("deleted") is not True:
            raise NotSent("X did not say that the post is deleted; it is tried again.", answer=shown(reply))

    def check(self, http: Http) -> str:
        """Try the keys, and learn which account they belong to."""
        reply = self._ask("GET", "/2/users/me", http)
        if reply.status >= 300:
            refused = self._refusal(reply, what="the keys", doubt=NotSent)
            if reply.status in (401, 403):
                raise Rejected(str(refused), remedy=self._remedy, answer=refused.answer)
            raise refused
        number, name = read(reply.json(), "data", "id"), read(reply.json(), "data", "username")
        if not number or not name:
            raise Rejected("X named no account.", remedy=self._remedy)
        self._remember(number)
        return f"posts as @{name} on X, up to {self.limit} characters"

    def _refuse_unfit(self, text: str, post: Post) -> None:
        if post.quoting is not None and not self.enterprise:
            raise Refused(
                "X lets only programs of Enterprise customers show another post within one. Link to it in the text, or "
                "set enterprise = true if yours may."
            )
        if _NOT_A_CHARACTER.search(text):
            raise Refused("The text holds a code point that X refuses (U+FFFE, U+FEFF or U+FFFF); take it out.")
        unlinked = _unlinked(text)
        refuse_strangers(_MENTION.findall(unlinked), self.mentions, service=_NAME)
        symbols = _SYMBOL.findall(unlinked)
        if len(symbols) > 1:
            raise Refused(f"X takes one stock symbol in a post, not {len(symbols)} ({', '.join(symbols)}).")
        for tag in (*_TAG.findall(unlinked), *symbols):
            if any(tag in each.text for each in post.quotes):
                raise Refused(f"'{tag}' in a quotation would become a link to a search on X; pick another quote.")
        if len(post.media) > 1 and any(_alone(each) for each in post.media):
            raise Refused("X takes one film, one moving picture, or up to four pictures; take some out.")
        for each in post.media:
            _refuse_a_strip(each)

    def _post(self, outgoing: Outgoing, http: Http, *, answers: str | None) -> Receipt:
        told = json.loads(outgoing.body)
        post: dict[str, Any] = dict(told["post"])
        if told["media"]:
            post["media"] = {"media_ids": [outgoing.uploads[each] for each in told["media"]]}
        if answers is not None:
            post["reply"] = {"in_reply_to_tweet_id": answers}
        address = f"{self.server}/2/tweets"
        headers = self._permit().headers("POST", address, http) | {"content-type": "application/json"}
        reply = http.once("POST", address, headers=headers, body=_dumps(post))
        if reply.status >= 300:
            if answers is not None and _NOT_SEEN in _words(reply) and _is_young(answers, http):
                said = "X does not see yet what the post answers (403); nothing was posted, and it is tried again."
                raise NotSent(said, answer=shown(reply), retry_after=_SEEN_AFTER)
            refused = self._refusal(reply, what="the post", doubt=Unknown, answering=answers is not None)
            if isinstance(refused, Unknown):
                self.memory.keep(_STANDING, json.dumps([*self._said_to_stand(), outgoing.key][-_STANDING_MOST:]))
            raise refused
        number = read(reply.json(), "data", "id")
        if not number:
            raise Unknown("X accepted the post but named no id.", answer=shown(reply))
        return _receipt(number)

    def _said_to_stand(self) -> list[str]:
        """The keys of what X refused last because the same words stood there."""
        kept: list[str] = json.loads(self.memory.recall(_STANDING) or "[]")
        return kept

    def _own_posts(self, after: datetime, http: Http) -> Iterator[Mapping[str, Any]]:
        """The account's posts since some time, the newest first. Raises NotSent for everything unclear."""
        query = {
            "max_results": str(_PAGE),
            "exclude": "retweets",
            "start_time": after.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "tweet.fields": _FIELDS,
        }
        path = f"/2/users/{self._account(http)}/tweets"
        for _ in range(_PAGES):
            reply = self._ask("GET", path, http, **query)
            if reply.status >= 300:
                raise self._look_up_refused(reply)
            answer = reply.json()
            page = answer.get("data") if isinstance(answer, Mapping) else None
            if page is None and read(answer, "meta", "result_count") == "0":
                page = []
            if not isinstance(page, list) or not all(isinstance(each, Mapping) and read(each, "id") for each in page):
                raise NotSent("X did not list the account's posts; look at the account.")
            yield from page
            if not (following := read(answer, "meta", "next_token")):
                return
            query["pagination_token"] = following
        raise NotSent(f"X: more than {_PAGE * _PAGES} posts since; look at the account.")

    def _account(self, http: Http) -> str:
        """The account's number: as it was learnt, or asked for, which costs."""
        known = json.loads(self.memory.recall(_ACCOUNT) or "{}")
        if known.get("of") == self._permit().mark and known.get("id"):
            return str(known["id"])
        reply = self._ask("GET", "/2/users/me", http)
        if reply.status >= 300:
            raise self._look_up_refused(reply)
        number = read(reply.json(), "data", "id")
        if not number:
            raise NotSent("X named no account; look at it.")
        self._remember(number)
        return number

    def _remember(self, number: str) -> None:
        self.memory.keep(_ACCOUNT, json.dumps({"id": number, "of": self._permit().mark}))

    def _asked(self, path: str, value: Mapping[str, Any] | bytes, http: Http, *, kind: str = "") -> Reply:
        """A step of an upload; each may be made again."""
        address = f"{self.server}{path}"
        body = value if isinstance(value, bytes) else _dumps(value)
        headers = self._permit().headers("POST", address, http)
        if body:
            headers["content-type"] = kind or "application/json"
        reply = http.repeatable("POST", address, headers=headers, body=body)
        if reply.status >= 300:
            raise self._refusal(reply, what="a picture or film", doubt=NotSent)
        return reply

    def _ask(self, method: str, path: str, http: Http, **query: str) -> Reply:
        address = f"{self.server}{path}" + (f"?{urlencode(query)}" if query else "")
        return http.repeatable(method, address, headers=self._permit().headers(method, address, http))

    def _number(self, reply: Reply, what: str) -> str:
        number = read(reply.json(), "data", "id")
        if not number.isascii() or not number.isdigit():
            raise NotSent(f"X named no id for {what}.", answer=shown(reply))
        return number

    def _look_up_refused(self, reply: Reply) -> NotSent:
        refused = self._refusal(reply, what="a look-up", doubt=NotSent)
        return refused if isinstance(refused, NotSent) else NotSent(str(refused), answer=refused.answer)

    def _refusal(
        self, reply: Reply, *, what: str, doubt: type[Unknown] | type[NotSent], answering: bool = False
    ) -> NotSent | Rejected | Unknown:
        """What a refusal means for a request whose doubts are `doubt`: Unknown for the irreversible one."""
        kind, evidence = read(reply.json(), "type"), shown(reply)
        said = f"X refused {what} ({reply.status}): {_words(reply)}."
        if reply.status == 401:
            self._permit().refused()
            return NotSent(f"{said} {self._remedy}", answer=evidence)
        if reply.status == 402 and kind.endswith(_MONEY):
            remedy = "Buy credits or raise the limit in X's developer console."
            return NotSent(f"{said} {remedy}", answer=evidence, retry_after=_OUT_OF_MONEY)
        if reply.status == 403 and kind.endswith(_NOT_LET_IN):
            return NotSent(f"{said} {self._remedy}", answer=evidence)
        if reply.status == 403 and _SAME_AS_BEFORE in _words(reply):
            return doubt(f"{said} The same words stand there already; it is looked up.", answer=evidence)
        remedy = "Change the post as X asks, and approve it again."
        if reply.status == 403 and answering:
            remedy = (
                "X lets programs answer only those who named them, unless they are of Enterprise customers; bring the "
                "thread into one text, or write the answer by hand."
            )
        return Rejected(said, remedy=remedy, answer=evidence)

    @property
    def _remedy(self) -> str:
        if self.client_id:
            return f"Let the program in anew with the scopes {_SCOPES}, and put the token into {self._variables}."
        return f"Let the program read and write, make the access token anew, and put the keys into {self._variables}."

    @property
    def _variables(self) -> str:
        return self._permit().variables

    def _permit(self) -> Permit:
        if self.client_id:
            endpoint = f"{self.server}/2/oauth2/token"
            return Rotating(self.client_id, self.client_secret, self.refresh_token, self.memory, endpoint, _NAME)
        return Signed(self.api_key, self.api_secret, self.access_token, self.access_secret)


def _dumps(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True).encode()


def _receipt(number: str) -> Receipt:
    return Receipt(number, permalink=f"https://x.com/i/status/{number}")


def _words(reply: Reply) -> str:
    """What a refusal says: the detail of what is wrong, before the general one."""
    several = objects(reply.json(), "errors")
    inner = next((said for each in several[:1] for name in ("message", "detail") if (said := read(each, name))), "")
    told = words(reply, ("detail",), ("title",), ("error_description",), ("error",))
    return f"{told}: {' '.join(inner.split())[:200].rstrip('.')}" if inner and inner not in told else told


def _is_young(number: str, http: Http) -> bool:
    """Whether a post with this id was made a moment ago."""
    if not isinstance(http, Timed) or not number.isdigit() or len(number) > _LONGEST_ID:
        return False
    return http.now() - (_FIRST_ID + timedelta(milliseconds=int(number) >> 22)) < _YOUNG


def _category(medium: Medium) -> str:
    if medium.kind is MediaKind.VIDEO:
        return "tweet_video"
    return "tweet_gif" if medium.mime == _MOVING else "tweet_image"


def _alone(medium: Medium) -> bool:
    return medium.kind is MediaKind.VIDEO or medium.mime == _MOVING


def _refuse_a_strip(medium: Medium) -> None:
    if medium.kind is not MediaKind.VIDEO or not medium.width or not medium.height:
        return
    if max(medium.width / medium.height, medium.height / medium.width) > _RATIO:
        raise Refused("X takes no film that is more than three times as long on one side; cut it.")


def _ready(reply: Reply) -> bool:
    """Whether an upload can be used. Raises Rejected for one that X cannot use, NotSent where it does not say."""
    answer = reply.json()
    data = answer.get("data") if isinstance(answer, Mapping) else None
    if not isinstance(data, Mapping) or not read(data, "id"):
        raise NotSent("X does not say how far an upload is.", answer=shown(reply))
    match read(data, "processing_info", "state"):
        case "":
            return not data.get("processing_info")
        case "succeeded":
            return True
        case "pending" | "in_progress":
            return False
        case "failed":
            said = read(data, "processing_info", "error", "message") or "it gave no reason"
            remedy = "Make the film anew: H.264 and AAC in mp4, at most 140 seconds."
            raise Rejected(f"X cannot use the picture or film: {said}.", remedy=remedy, answer=shown(reply))
        case state:
            raise NotSent(f"X does not say how far an upload is ('{state}').", answer=shown(reply))


def _unlinked(text: str) -> str:
    """A text without what X makes links of, where names and tags are none."""
    pieces, at = [], 0
    for each in links(text):
        pieces.append(text[at : each.begin])
        at = each.stop
    return " ".join([*pieces, text[at:]])


def _whole(text: str, link: Link) -> bool:
    """Whether a link is written as one."""
    return text[link.begin : link.stop].lower().startswith(("https://", "http://"))


def _leads(text: str, link: Link) -> str:
    written = text[link.begin : link.stop]
    return written if _whole(text, link) else f"https://{written}"


def _answers(post: Mapping[str, Any], parent: str) -> bool:
    """Whether a post answers `parent` ("": nothing). One that does not say what it answers is not ruled out by it."""
    told = objects(post, "referenced_tweets") or objects(post, "referenced_posts")
    answered = [read(each, "id") for each in told if read(each, "type") == "replied_to"]
    return parent in answered if answered else True


def _same(ours: str, post: Mapping[str, Any]) -> bool:
    """Whether a post as X shows it is ours: the same letters and digits, and links that lead to the same places.

    Raises NotSent where X shows links and does not say where they lead.
    """
    text, urls = _shown(post)
    bare, whole, led = text, text, set()
    for each in urls:
        short, place = read(each, "url"), _place(read(each, "expanded_url"))
        bare = bare.replace(short, " ", 1)
        # What stands for the post's own pictures and films leads to the post itself.
        whole = whole.replace(short, " " if read(each, "media_key") else f" {place} ", 1)
        led.add(place)
    bare = html.unescape(bare)
    wanted = {_place(_leads(ours, each)) for each in links(ours)}
    unknown = _SHORTENED.search(bare) is not None
    alike = _letters(_unlinked(ours)) == _letters(_SHORTENED.sub(" ", bare))
    if alike and unknown:
        raise NotSent("X lists a post of the same words without saying where its links lead; look at the account.")
    if not _letters(ours):
        return ours.split() == bare.split()
    # X may make links of what we do not know to be one.
    return (alike and wanted <= led) or _letters(_plain_links(ours)) == _letters(html.unescape(whole))


def _plain_links(text: str) -> str:
    """A text with its links as they are compared."""
    pieces, at = [], 0
    for each in links(text):
        pieces += [text[at : each.begin], _place(_leads(text, each))]
        at = each.stop
    return " ".join([*pieces, text[at:]])


def _shown(post: Mapping[str, Any]) -> tuple[str, list[Mapping[str, Any]]]:
    """The whole text of a post, which stands elsewhere where it is long, and what its links are."""
    long = post.get("note_tweet") or post.get("note_post")
    told = long if isinstance(long, Mapping) and read(long, "text") else post
    return read(told, "text"), [each for each in objects(told, "entities", "urls") if read(each, "url")]


def _place(address: str) -> str:
    """Where an address leads, as far as its writing may differ: without protocol, in letters and digits."""
    return _letters(unquote(address.partition("//")[2] or address))


def _letters(text: str) -> str:
    return "".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))
