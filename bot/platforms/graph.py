"""The Graph API of Meta, as Threads, Facebook and Instagram speak it: requests, refusals, lists of own posts.

Facts from developers.facebook.com/docs/graph-api (guides/error-handling, guides/secure-requests,
overview/rate-limiting, changelog/versions). Nearly every refusal is a 400: what it means stands in the error's code,
and there alone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

import regex

from bot.errors import NotSent, Rejected, Unknown
from bot.model.secret import Secret
from bot.platforms.contract import Http, Reply
from bot.platforms.facts import Sunset
from bot.platforms.replies import field as read
from bot.platforms.replies import shown, words
from bot.text import URL

VERSION = "v25.0"
SUNSET = Sunset(
    f"Version {VERSION} of Meta's Graph API", date(2028, 7, 29), "Install a Pullquote that speaks a later one."
)
NO_SECRET = Secret("", "")
FORM = "application/x-www-form-urlencoded"

_NO_LOG_IN = frozenset({102, 190})
_NO_PERMISSION = frozenset({3, 10, *range(200, 300)})
# Limits of an application, person, page or call, of publications (9, Instagram), and of a business (800nn).
_TOO_MANY = frozenset({4, 9, 17, 32, 341, 613, *range(80_000, 80_015)})
_BLOCKED_FOR_A_WHILE = 368
_BLOCKED = 3_600.0
_SAME_AS_BEFORE = 506
# "Possibly a temporary issue": the codes of outages, and Instagram's own below zero. They say not how far it came.
_OUTAGES = frozenset({1, 2})
# The container is not there yet, or not ready yet: Threads (24, 4279009) and Instagram (9007, 2207027) say so for some
# seconds even of one that is finished.
_NOT_READY = frozenset({4_279_009, 2_207_027})
_GONE = (100, 33)
_LONGEST_WAIT = 86_400.0
_LIMIT = 50
_PAGES = 5
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
# A user name of Instagram and Threads: up to 30 letters, digits, points and underscores.
_MENTION = regex.compile(r"(?<![\w@/.])@[A-Za-z0-9_](?:[A-Za-z0-9_.]{0,28}[A-Za-z0-9_])?")
# Not of digits only.
_TAG = regex.compile(r"(?<![\w&])[#＃](?=\d*[^\W\d])\w+")


@dataclass(frozen=True)
class Graph:
    """One account's way to the API: `name` says which service, `base` is its address with the version.

    `variable` named the token, `permissions` are those that it needs. With an `app_secret` every request proves that
    whoever sends the token also has the secret of its application (appsecret_proof).
    """

    name: str
    base: str
    token: str = field(repr=False)
    variable: str
    permissions: str
    app_secret: Secret = NO_SECRET

    def get(self, http: Http, path: str, **query: str) -> Reply:
        return http.repeatable("GET", self._address(path, query), headers=self._headers())

    def post(self, http: Http, path: str, form: Mapping[str, str]) -> Reply:
        """A request that does no harm twice: a container, an edit."""
        headers = self._headers() | {"content-type": FORM}
        return http.repeatable("POST", self._address(path, {}), headers=headers, body=urlencode(form).encode())

    def upload(self, http: Http, path: str, *, kind: str, body: bytes) -> Reply:
        """Hand over a form with a file in it."""
        return http.repeatable(
            "POST", self._address(path, {}), headers=self._headers() | {"content-type": kind}, body=body
        )

    def publish(self, http: Http, path: str, form: Mapping[str, str], **query: str) -> Reply:
        """The one irreversible request."""
        headers = self._headers() | {"content-type": FORM}
        return http.once("POST", self._address(path, query), headers=headers, body=urlencode(form).encode())

    def delete(self, http: Http, path: str) -> Reply:
        return http.repeatable("DELETE", self._address(path, {}), headers=self._headers())

    def refusal(self, reply: Reply, *, what: str, doubt: type[Unknown] | type[NotSent]) -> NotSent | Rejected | Unknown:
        """What a refusal means for a request whose doubts are `doubt`: Unknown for the irreversible one."""
        fault = reply.json()
        code, subcode = _number(fault, "code"), _number(fault, "error_subcode")
        said = f"{self.name} refused {what} ({reply.status}): {self._words(reply)}."
        evidence = shown(reply)
        if (remedy := self._token_remedy(code)) is not None:
            return NotSent(f"{said} {remedy}", answer=evidence)
        if code in _TOO_MANY:
            return NotSent(f"{said} It is tried again later.", answer=evidence, retry_after=_wait(reply))
        if code == _BLOCKED_FOR_A_WHILE:
            remedy = "Log in to the account and see what it says."
            return NotSent(f"{said} {remedy}", answer=evidence, retry_after=_BLOCKED)
        if subcode in _NOT_READY:
            return NotSent(f"{said} Nothing was published; it is tried again.", answer=evidence)
        if code == _SAME_AS_BEFORE:
            return doubt(f"{said} The same words stand there already; it is looked up.", answer=evidence)
        if code in _OUTAGES or (code is not None and code < 0) or _flag(fault, "is_transient"):
            return doubt(f"{said} That does not say whether it counted.", answer=evidence)
        return Rejected(said, remedy="Change the post as the service asks, and approve it again.", answer=evidence)

    def wrong(self, reply: Reply) -> NotSent | Rejected:
        """What a refusal means for a token that is only tried."""
        if (remedy := self._token_remedy(_number(reply.json(), "code"))) is not None:
            return Rejected(f"{self.name} refused the token ({reply.status}): {self._words(reply)}.", remedy=remedy)
        refused = self.refusal(reply, what="the token", doubt=NotSent)
        return refused if isinstance(refused, Rejected) else NotSent(str(refused), answer=refused.answer)

    def take_away(self, http: Http, number: str) -> Reply | None:
        """Delete an object; None where it was gone already.

        The API says the same of one that is gone and of one that the token may not touch: what can be read is not gone.
        """
        reply = self.delete(http, number)
        if reply.status < 300:
            return reply
        if _says_gone(reply) and _says_gone(self.get(http, number, fields="id")):
            return None
        raise self.refusal(reply, what="to delete the post", doubt=NotSent)

    def own_post(
        self, http: Http, path: str, *, said: str, after: datetime, text: str, time: str, link: str
    ) -> Mapping[str, Any] | None:
        """The newest of the account's own posts since `after` that says `said`; None where the list holds none.

        `text`, `time` and `link` are what the service calls these fields. Raises NotSent for everything unclear.
        """
        query = {"fields": f"id,{text},{time},{link}", "limit": str(_LIMIT), "since": str(int(after.timestamp()))}
        for _ in range(_PAGES):
            answer, page = self._listed(http, path, query)
            times = [self._posted(each, time) for each in page]
            for each, moment in zip(page, times, strict=True):
                if moment >= after and same_words(said, read(each, text)):
                    return {str(name): value for name, value in each.items()}
            if not page or not read(answer, "paging", "next") or min(times) < after:
                return None
            query["after"] = read(answer, "paging", "cursors", "after")
        raise NotSent(f"{self.name}: more than {_LIMIT * _PAGES} posts since; look at the account.")

    def used(self, http: Http, path: str) -> str:
        """How much of the day's number of posts is used, in words; "" where the service does not say."""
        reply = self.get(http, path, fields="quota_usage,config")
        answer = reply.json() if reply.status < 300 else None
        told = answer.get("data") if isinstance(answer, Mapping) else None
        first = told[0] if isinstance(told, list) and told else None
        used, whole = read(first, "quota_usage"), read(first, "config", "quota_total")
        return f", {used} of {whole} posts used in 24 hours" if used and whole else ""

    def last_post(self, http: Http, path: str, *, text: str, link: str) -> Mapping[str, Any] | None:
        """The newest post of a list; None where it is empty. Raises NotSent for everything unclear."""
        _, page = self._listed(http, path, {"fields": f"id,{text},{link}", "limit": "1"})
        return page[0] if page and isinstance(page[0], Mapping) else None

    def _listed(self, http: Http, path: str, query: Mapping[str, str]) -> tuple[Any, list[Any]]:
        """An answer that lists posts, and its posts."""
        reply = self.get(http, path, **query)
        if reply.status >= 300:
            raise NotSent(f"{self.name} refused a look-up ({reply.status}): {self._words(reply)}.")
        answer = reply.json()
        page = answer.get("data") if isinstance(answer, Mapping) else None
        if not isinstance(page, list):
            raise NotSent(f"{self.name} did not list the account's posts; look at the account.")
        return answer, page

    def _token_remedy(self, code: int | None) -> str | None:
        if code in _NO_LOG_IN:
            return f"Make a new token and put it into {self.variable}."
        if code in _NO_PERMISSION:
            return f"Give the token the permissions {self.permissions}."
        return None

    def _posted(self, post: object, time: str) -> datetime:
        try:
            moment = datetime.fromisoformat(read(post, time))
        except ValueError:
            raise NotSent(f"{self.name} lists posts without a readable time; look at the account.") from None
        if not read(post, "id"):
            raise NotSent(f"{self.name} lists posts without an id; look at the account.")
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def _words(self, reply: Reply) -> str:
        """The error in the service's words, with the number by which its support finds it."""
        told = words(reply, ("error", "error_user_msg"), ("error", "message"), ("error",))
        code = _number(reply.json(), "code")
        trace = read(reply.json(), "error", "fbtrace_id")
        marks = [f"code {code}"] if code is not None else []
        marks += [f"fbtrace_id {trace}"] if trace else []
        return f"{told} ({', '.join(marks)})" if marks else told

    def _address(self, path: str, query: Mapping[str, str]) -> str:
        secret = self.app_secret.reveal()
        proof = hmac.new(secret.encode(), self.token.encode(), hashlib.sha256).hexdigest()
        asked = {**query, **({"appsecret_proof": proof} if secret else {})}
        return f"{self.base}/{path}" + (f"?{urlencode(asked)}" if asked else "")

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


def id_of(reply: Reply) -> str:
    """The id that a success names, which is a string everywhere in this API; "" where there is none."""
    answer = reply.json()
    named = answer.get("id") if isinstance(answer, Mapping) else None
    return named if isinstance(named, str) else ""


def same_words(ours: str, theirs: str) -> bool:
    """Whether a text that the service shows is ours: its letters and digits, with or without the addresses in it.

    A text without a letter is compared as it is.
    """
    wanted = _letters(ours)
    if not wanted:
        return bool(ours.strip()) and ours.split() == theirs.split()
    if wanted == _letters(theirs):
        return True
    bare = _letters(URL.sub(" ", ours))
    return bool(bare) and bare == _letters(theirs) and not URL.search(theirs)


def mentions(text: str) -> list[str]:
    """The names in a text that would be told of it on Threads and Instagram: `@name`, not in addresses of any kind."""
    return _MENTION.findall(URL.sub(" ", text))


def hashtags(text: str) -> list[str]:
    """The hashtags of a text, in their order, with their sign."""
    return _TAG.findall(URL.sub(" ", text))


def links(text: str) -> list[str]:
    """The different addresses in a text, in their order."""
    return list(dict.fromkeys(URL.findall(text)))


def _says_gone(reply: Reply) -> bool:
    fault = reply.json()
    return (_number(fault, "code"), _number(fault, "error_subcode")) == _GONE


def _flag(fault: object, name: str) -> bool:
    """Whether an error says yes to something."""
    error = fault.get("error") if isinstance(fault, Mapping) else None
    return isinstance(error, Mapping) and error.get(name) is True


def _number(fault: object, name: str) -> int | None:
    error = fault.get("error") if isinstance(fault, Mapping) else None
    found = error.get(name) if isinstance(error, Mapping) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _wait(reply: Reply) -> float | None:
    """How many seconds a limit still holds: X-Business-Use-Case-Usage tells minutes, where it is sent at all."""
    try:
        told = json.loads(reply.headers.get("x-business-use-case-usage", ""))
        minutes = max(each["estimated_time_to_regain_access"] for uses in told.values() for each in uses)
        return min(max(float(minutes) * 60, 0.0), _LONGEST_WAIT)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _letters(text: str) -> str:
    return "".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))
