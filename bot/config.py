"""Reads and validates config/pullquote.toml: the file is the truth, and every fault in it names its line and remedy.

Only configuration stands here. Secrets never do: a setting that needs one holds the name of an environment variable
(`token_env = "MASTODON_TOKEN"`), and nothing of this module reads the environment.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    Tag,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from bot.errors import ConfigError
from bot.model.card import Colours
from bot.model.notice import What
from bot.model.publication import Kind
from bot.preflight.colours import colour, contrast
from bot.reading.facts import web_address
from bot.reading.toml_text import line_of
from bot.rollout import WarmUp
from bot.schedule import Schedule, fault
from bot.text import fold

_DURATION = re.compile(r"(?:(\d+)\s*d)?\s*(?:(\d+)\s*h)?\s*(?:(\d+)\s*m)?\s*(?:(\d+)\s*s)?")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_ENDPOINT = re.compile(r"https?://[^\s/@?#]+(?:/[^\s?#]*)?")
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
# WCAG 2.2, success criterion 1.4.3.
_LEGIBLE = 4.5
_SENDER = r"^[^\r\n<>]* ?<?[^\s<>@]+@[^\s<>@]+>?$"
_MAILBOX = r"^[^\s<>@,;]+@[^\s<>@,;]+$"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
# Headers that anybody's browser sends; none tells who somebody is.
_NO_NAMES = {"authorization", "cookie", "host", "origin", "referer", "user-agent", "x-real-ip"}
_NO_NAMES |= {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded"}


def duration(text: object) -> timedelta:
    """A length of time written as "90m", "12h" or "2d 6h"; raises ValueError with the form that is wanted."""
    match = _DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None or not any(match.groups()):
        raise ValueError('write a length of time such as "90m", "12h" or "2d"')
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def clock_time(text: object) -> time:
    """A time of day written as "17:45"; raises ValueError with the form that is wanted."""
    match = _CLOCK.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError('write a time of day such as "09:00" or "17:45"')
    return time(int(match[1]), int(match[2]))


def endpoint(text: str) -> str:
    """A web address without credentials or query; raises ValueError with the form that is wanted."""
    if not _ENDPOINT.fullmatch(text):
        raise ValueError('write a web address such as "https://api.example.org/v1"')
    return text


def local_hour(value: object) -> object:
    """Whether readers get an edition at an hour of their own, or at which: true, false or a time of day."""
    return clock_time(value) if isinstance(value, str) else value


Duration = Annotated[timedelta, BeforeValidator(duration)]
ClockTime = Annotated[time, BeforeValidator(clock_time)]
LocalHour = Annotated[StrictBool | time, BeforeValidator(local_hour)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FolderSource(_Table):
    """A folder whose episode documents are read; `path` is relative to the home folder.

    A file is read once nobody has written to it for `still`. `poll` is for a folder on another machine.
    """

    kind: Literal["folder"] = "folder"
    path: str
    newest: Annotated[int, Field(ge=0)] = 1
    still: Duration = timedelta(seconds=2)
    poll: StrictBool = False


class FeedSource(_Table):
    """A feed that is polled: never more often than `least`, never less often than `most`.

    An episode that comes without its transcript waits for it as long as `transcript_wait`. `page` says whether the
    page that an entry links to is read too, for what the feed does not hold.
    """

    kind: Literal["feed"]
    url: str
    newest: Annotated[int, Field(ge=0)] = 1
    least: Duration = timedelta(minutes=10)
    most: Duration = timedelta(days=1)
    transcript_wait: Duration = timedelta(hours=6)
    page: bool = True

    @field_validator("url")
    @classmethod
    def _is_a_web_address(cls, url: str) -> str:
        if web_address(url) is None:
            raise ValueError("write the whole address of the feed, beginning with https:// or http://")
        return url.strip()

    @model_validator(mode="after")
    def _bounds_are_in_order(self) -> Self:
        if self.least > self.most:
            raise ValueError("'least' is longer than 'most'; exchange them")
        return self


def _kind_of_source(table: object) -> str:
    """A table without a kind is a folder, as it was before there were others."""
    return str(table.get("kind", "folder")) if isinstance(table, dict) else getattr(table, "kind", "folder")


Source = Annotated[
    Annotated[FolderSource, Tag("folder")] | Annotated[FeedSource, Tag("feed")], Discriminator(_kind_of_source)
]
SOURCES: dict[str, type[FolderSource | FeedSource]] = {"folder": FolderSource, "feed": FeedSource}


class Fetch(_Table):
    """How addresses of others are read: how many at once, how long at most, and who we say that we are.

    `allow` are hosts on this machine or its network that may be read nevertheless ("localhost:8000", "10.0.0.5").
    """

    allow: tuple[str, ...] = ()
    contact: str = ""
    at_once: Annotated[int, Field(ge=1, le=64)] = 16
    total: Duration = timedelta(seconds=60)


class ProxyLogin(_Table):
    """The reverse proxy signs editors in: `header` is where it names who asks, by their login."""

    header: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]*$")]

    @field_validator("header")
    @classmethod
    def _bears_a_name(cls, header: str) -> str:
        if header.casefold() in _NO_NAMES:
            raise ValueError(f'{header} never names a person; write the header of your proxy, such as "Remote-User"')
        return header


class Oidc(_Table):
    """An OpenID provider through which editors may sign in. `name` is what the button calls it.

    `client_secret_env` names the environment variable that holds the secret which the provider gave to this desk.
    """

    issuer: str
    client_id: Annotated[str, Field(min_length=1)]
    client_secret_env: str = "PULLQUOTE_OIDC_SECRET"  # noqa: S105 - the name of a variable
    name: Annotated[str, Field(min_length=1, max_length=40)] = "your organisation"

    @field_validator("issuer")
    @classmethod
    def _is_a_safe_address(cls, issuer: str) -> str:
        if not re.fullmatch(r"https://[^\s/@?#]+[^\s?#]*|http://(localhost|127\.0\.0\.1)(:\d+)?(/[^\s?#]*)?", issuer):
            raise ValueError("write the provider's issuer letter by letter; it begins with https://")
        return issuer


class Web(_Table):
    """Where the web process can be reached from outside, if it can: hubs tell it of new episodes there (WebSub).

    `secret_env` names the environment variable from which the secrets of its addresses are derived. `proxy` is the
    address of the reverse proxy before it, which is believed when it says who asks. `api_per_minute` is how often one
    token may be used within a minute, and how often one machine may come without one.
    """

    public: str | None = None
    proxy: Annotated[str, Field(pattern=r"^[0-9a-fA-F.:]+$")] | None = None
    secret_env: str = "PULLQUOTE_SECRET"  # noqa: S105 - the name of a variable
    api_per_minute: Annotated[int, Field(ge=1)] = 300
    proxy_login: ProxyLogin | None = None
    oidc: Oidc | None = None

    @field_validator("public")
    @classmethod
    def _is_a_web_address(cls, public: str | None) -> str | None:
        if public is not None and web_address(public) is None:
            raise ValueError("write the whole address under which others reach the web process, with https://")
        return public.rstrip("/") if public else None

    @model_validator(mode="after")
    def _who_names_is_named(self) -> Self:
        if self.proxy_login is not None and self.proxy is None:
            raise ValueError(
                'proxy_login believes a header of the reverse proxy; write proxy = "…" with its address, '
                "or anybody could send that header"
            )
        if self.oidc is not None and self.public is None:
            raise ValueError('oidc sends people back to this desk; write public = "https://…" with its address')
        return self


class Cards(_Table):
    """How quote cards look: their colours, fonts for scripts that ours does not hold, and the artwork of shows.

    `fonts` is a folder, and `artwork` names a picture file for each show; both are relative to the home folder.
    """

    paper: str = Colours.paper
    ink: str = Colours.ink
    muted: str = Colours.muted
    accent: str = Colours.accent
    fonts: str | None = None
    artwork: dict[str, str] = {}

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        paper = colour(self.paper)
        for name in ("paper", "ink", "muted", "accent"):
            found = colour(getattr(self, name))
            if paper is None or found is None or not _HEX.fullmatch(getattr(self, name)):
                raise ValueError(f"'{name}' is no colour; write six digits such as \"#26272b\"")
            if name != "paper" and (ratio := contrast(found, paper)) < _LEGIBLE:
                raise ValueError(
                    f"'{name}' on 'paper' has a contrast of {ratio:.1f}:1, and {_LEGIBLE}:1 is the least that "
                    "everybody can read; take a darker or a lighter one"
                )
        return self

    @property
    def colours(self) -> Colours:
        return Colours(self.paper, self.ink, self.muted, self.accent)


class Newsletter(_Table):
    """One newsletter: who publishes it, when it is due and on which channel.

    With `local_hour` readers of our own list may get it at an hour of theirs; a time of day is that of those who give
    a time zone and no hour.
    `archive` says whether its past editions, and the quotes in them, have pages that anybody may open.
    `spread` is how long the requests of an edition take on purpose where the list is ours. `artwork` says whether the
    pictures of shows stand in it, loaded from our own public address.
    """

    title: Annotated[str, Field(min_length=1, max_length=80)]
    sender: Annotated[str, Field(pattern=_SENDER)] = "Pullquote <digest@example.org>"
    address: str = ""
    language: str = "en"
    schedule: str = "0 9 * * 4"
    zone: str = "UTC"
    channel: str = "outbox"
    late: Duration = timedelta(hours=12)
    review: Duration = timedelta(hours=48)
    max_episodes: Annotated[int, Field(ge=1, le=60)] = 12
    min_episodes: Annotated[int, Field(ge=1)] = 1
    approvers: Annotated[int, Field(ge=1, le=2)] = 1
    site: str | None = None
    spread: Annotated[Duration, Field(ge=timedelta(), le=timedelta(days=1))] = timedelta()
    preflight: Literal["block", "warn"] = "block"
    theme: Annotated[str, Field(pattern=rf"^{_NAME.pattern}$")] = "default"
    local_hour: LocalHour = False
    audience_change: Annotated[float, Field(gt=0)] = 0.25
    archive: StrictBool = True
    artwork: StrictBool = False

    @property
    def when(self) -> Schedule:
        return Schedule(self.schedule, self.zone)

    @model_validator(mode="after")
    def _schedule_is_sound(self) -> Self:
        if (sentence := fault(self.when)) is not None:
            raise ValueError(sentence)
        return self


class Channel(_Table):
    """One configured account on a platform: what is posted there, when, and who must approve it.

    `quote_pages` says whether the quotes that are posted here have pages that anybody may open.

    `cards` says which quote posts bear a card: those that cannot go without a picture, also the link's card where we
    make it, or all of them. `clips` gives them the sound of the quote instead, as an audiogram or as it is.
    `before_clip` says whether a post waits for its clip, or may be approved and go before it is made.

    From `warm_up_from` on at most so many mails leave on each day as `warm_up` says. `settings` are the platform's own
    keys, written in the same table of the file.
    """

    platform: str
    posts: tuple[Kind, ...] = ()
    slots: tuple[ClockTime, ...] = (time(12, 15), time(17, 45))
    days: str = "*"
    zone: str = "UTC"
    late: Duration = timedelta(hours=6)
    approval: Literal["person", "auto"] = "person"
    veto: Duration = timedelta(hours=24)
    approvers: Annotated[int, Field(ge=1, le=2)] = 1
    hashtags: Annotated[int, Field(ge=0, le=10)] = 3
    quotes_per_episode: Annotated[int, Field(ge=0, le=5)] = 1
    per_day: Annotated[int, Field(ge=1)] | None = None
    apart: Duration = timedelta(hours=20)
    quote_pages: StrictBool = True
    cards: Literal["where needed", "link", "always", "never"] = "where needed"
    card_size: Literal["square", "portrait", "landscape", "story"] = "square"
    clips: Literal["never", "video", "audio"] = "never"
    before_clip: Literal["wait", "go"] = "wait"
    warm_up: tuple[Annotated[int, Field(ge=1)], ...] = ()
    warm_up_from: date | None = None
    settings: dict[str, Any] = {}

    @field_validator("posts")
    @classmethod
    def _editions_belong_to_newsletters(cls, posts: tuple[Kind, ...]) -> tuple[Kind, ...]:
        if Kind.EDITION in posts or Kind.CORRECTION in posts:
            raise ValueError('an edition is sent by a newsletter; write "quote", "episode" or "announcement"')
        return posts

    @model_validator(mode="after")
    def _zone_is_known(self) -> Self:
        for slot in self.schedules:
            if (sentence := fault(slot)) is not None:
                raise ValueError(sentence)
        if self.approval == "auto" and self.approvers > 1:
            raise ValueError(
                "'approvers' are people, and nobody is asked with approval = \"auto\"; take one of them out"
            )
        if bool(self.warm_up) != (self.warm_up_from is not None):
            raise ValueError("'warm_up' and 'warm_up_from' belong together; write both, or neither")
        return self

    @property
    def warming(self) -> WarmUp | None:
        """The warm-up, if one is wanted."""
        return WarmUp(self.warm_up, self.warm_up_from, self.zone) if self.warm_up_from else None

    @property
    def schedules(self) -> tuple[Schedule, ...]:
        """The channel's slots as schedules, one for each time of day."""
        return tuple(Schedule(f"{at.minute} {at.hour} * * {self.days}", self.zone) for at in self.slots)


class Llm(_Table):
    """A language model that may draft what a source does not give; without this table none is ever asked.

    `endpoint` is OpenAI-compatible, written up to its version ("https://api.example.org/v1") or whole. `key_env` names
    the environment variable that holds the key. `max_input` is in characters.
    """

    endpoint: Annotated[str, AfterValidator(endpoint)]
    model: Annotated[str, Field(min_length=1, max_length=200)]
    key_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    timeout: Duration = timedelta(seconds=60)
    max_input: Annotated[int, Field(ge=1_000, le=1_000_000)] = 40_000

    @field_validator("key_env")
    @classmethod
    def _key_is_not_read_on_the_way(cls, variable: str | None, info: ValidationInfo) -> str | None:
        address = info.data.get("endpoint", "")
        host = re.sub(r"^https?://|[:/].*$", "", address)
        if variable and address.startswith("http://") and host not in ("localhost", "127.0.0.1"):
            raise ValueError("the key would travel readable to everybody on the way; write https:// in 'endpoint'")
        return variable

    @field_validator("timeout")
    @classmethod
    def _patience_has_an_end(cls, timeout: timedelta) -> timedelta:
        if not timedelta(seconds=1) <= timeout <= timedelta(minutes=10):
            raise ValueError("write a length of time from 1s to 10m")
        return timeout


class Notices(_Table):
    """Where editors are told, outside the desk, of what waits for them and of what went wrong.

    `url_env` names the environment variable with the address. `secret_env` names the one with the secret that a
    webhook is signed with, or with the access token of an ntfy server; Slack's address is its own secret. Mails go
    through a `channel` of single mails, from `sender` to each of `to`.
    """

    kind: Literal["webhook", "ntfy", "slack", "mail"]
    url_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] = "PULLQUOTE_NOTICES_URL"
    secret_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    what: tuple[What, ...] = tuple(What)
    channel: str = ""
    sender: Annotated[str, Field(pattern=_SENDER)] | None = None
    to: Annotated[tuple[Annotated[str, Field(pattern=_MAILBOX)], ...], Field(max_length=50)] = ()

    @model_validator(mode="after")
    def _each_kind_has_what_it_needs(self) -> Self:
        if self.kind == "webhook" and self.secret_env is None:
            raise ValueError('a webhook is signed; write secret_env = "…" with the name of a variable')
        if self.kind == "mail" and not (self.channel and self.sender and self.to):
            raise ValueError(
                'mails need channel = "…" (one of single mails: smtp, resend, postmark …), sender = "Name <address>" '
                'and to = ["address", …]'
            )
        if self.kind != "mail" and (self.channel or self.sender or self.to):
            raise ValueError('channel, sender and to are for kind = "mail"; leave them out, or write that kind')
        return self


# Tables that there is one of.
_SINGLE: dict[str, type[_Table]] = {"fetch": Fetch, "web": Web, "cards": Cards, "llm": Llm, "notices": Notices}


class Config(_Table):
    """The whole file. `live = false` (the default) keeps everything at home: only `outbox` channels send."""

    live: StrictBool = False
    data: str = "data"
    templates: str | None = None
    tick: Duration = timedelta(seconds=30)
    fetch: Fetch = Fetch()
    web: Web = Web()
    cards: Cards = Cards()
    senders: Annotated[int, Field(ge=1, le=32)] = 4
    mailers: Annotated[int, Field(ge=0, le=8)] | None = None
    sources: tuple[Source, ...] = ()
    newsletters: dict[str, Newsletter] = {}
    channels: dict[str, Channel] = {}
    llm: Llm | None = None
    notices: Notices | None = None

    @property
    def feeds(self) -> dict[str, FeedSource]:
        """The feeds that are followed, by their address."""
        return {source.url: source for source in self.sources if isinstance(source, FeedSource)}

    @model_validator(mode="after")
    def _names_are_sound(self) -> Self:
        for name in (*self.newsletters, *self.channels):
            if not _NAME.fullmatch(name):
                raise ValueError(f"'{name}' is no name; use small letters, digits, '-' and '_'")
        named = Counter(source.url for source in self.sources if isinstance(source, FeedSource))
        if twice := next((url for url, times in named.items() if times > 1), None):
            raise ValueError(f"two [[sources]] name the feed {twice}; take one of them out")
        if self.notices is not None and self.notices.channel and self.notices.channel not in self.channels:
            near = nearest(self.notices.channel, self.channels)
            raise ValueError(f"[notices] names the channel '{self.notices.channel}', which no table defines{near}")
        for name, newsletter in self.newsletters.items():
            if newsletter.artwork and self.web.public is None:
                raise ValueError(
                    f"newsletter '{name}' shows the artwork of shows, which readers load from us; "
                    'write public = "https://…" under [web] with the address of this desk, or artwork = false'
                )
            if newsletter.channel not in self.channels:
                near = nearest(newsletter.channel, self.channels)
                raise ValueError(
                    f"newsletter '{name}' names the channel '{newsletter.channel}', which no table defines{near}"
                )
            if newsletter.approvers > 1 and self.channels[newsletter.channel].approval == "auto":
                raise ValueError(
                    f"newsletter '{name}' wants {newsletter.approvers} approvers, but its channel "
                    f"'{newsletter.channel}' approves by itself; write approval = \"person\" there"
                )
        return self


@dataclass(frozen=True)
class Loaded:
    """A validated configuration and where it stands. Relative paths in it start at `home`."""

    config: Config
    path: Path
    home: Path

    @property
    def data(self) -> Path:
        return (self.home / self.config.data).resolve()

    def resolve(self, path: str) -> Path:
        return (self.home / Path(path).expanduser()).resolve()


def load(path: Path, *, home: Path | None = None) -> Loaded:
    """Read and validate one file. Raises ConfigError with every fault, each as `file:line [table]: what; remedy`.

    `home` is the folder that relative paths start at: by default that of the file, or the one above it where the
    file's folder is called `config`.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        raw = tomllib.loads(text)
    except FileNotFoundError:
        raise ConfigError([f"{path}: there is no such file; 'pullquote init' writes one."]) from None
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read ({error.strerror}); check its permissions."]) from None
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: is not UTF-8 text (byte {error.start}); save it as UTF-8."]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path}: is not valid TOML: {error}; see https://toml.io for the form."]) from None
    try:
        config = Config.model_validate(_with_settings_apart(raw))
    except ValidationError as error:
        raise ConfigError([_sentence(path, text, fault) for fault in error.errors()]) from None
    folder = path.resolve().parent
    return Loaded(config, path, home or (folder.parent if folder.name == "config" else folder))


def feed_tables(feeds: Iterable[tuple[str, str]]) -> str:
    """`[[sources]]` tables for feeds, given as address and title, to be put at the end of a configuration."""
    # JSON's strings are TOML's basic strings, but for DEL, which no address or title needs.
    written = [
        f'\n[[sources]]{comment}\nkind = "feed"\nurl = {json.dumps(url)}\n'
        for url, title in feeds
        for comment in [f"  # {fold(title)}" if fold(title) else ""]
    ]
    return "".join(written).replace("\x7f", "")


def place(path: Path, table: str, key: str | None = None) -> str:
    """`file:line [table]` of a table or of one of its keys, for messages about settings that others validate."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError:
        text = ""
    return _place(path, text, table, key)


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'server'?`, or what is known where nothing comes near."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; known are: {', '.join(names)}." if names else "."


def _with_settings_apart(raw: dict[str, Any]) -> dict[str, Any]:
    """The same file with each channel's platform settings moved to `settings`."""
    channels = raw.get("channels")
    if not isinstance(channels, dict):
        return raw
    own = set(Channel.model_fields) - {"settings"}
    apart: dict[str, Any] = {}
    for name, table in channels.items():
        if not isinstance(table, dict):
            apart[name] = table
            continue
        common = {key: value for key, value in table.items() if key in own}
        apart[name] = common | {"settings": {key: value for key, value in table.items() if key not in own}}
    return raw | {"channels": apart}


def _sentence(path: Path, text: str, error: Any) -> str:
    steps = [str(step) for step in error["loc"]]
    kind = steps.pop(2) if steps[:1] == ["sources"] and len(steps) > 2 and steps[2] in SOURCES else "folder"
    where = _as_far_as_the_key(steps)
    *tables, key = where or [""]
    if error["type"] == "union_tag_invalid":
        tag = error["ctx"]["tag"]
        place_of_it = _place(path, text, ".".join(where), "kind")
        return f"{place_of_it}: there is no kind of source '{tag}'{nearest(tag, SOURCES)}"
    if error["type"] == "extra_forbidden":
        known = _fields(tables, kind)
        return f"{_place(path, text, '.'.join(tables), key)}: unknown setting '{key}'{nearest(key, known)}"
    if error["type"] == "missing":
        return f"{_place(path, text, '.'.join(tables), None)}: '{key}' is missing; add {key} = …"
    said = error["msg"].removeprefix("Value error, ")
    of_the_table = key not in _fields(tables, kind) or where in ([each] for each in _SINGLE)
    if error["type"] == "value_error" and of_the_table:
        tables, key = where, ""
    subject = f"'{key}' " if key else ""
    return f"{_place(path, text, '.'.join(tables), key or None)}: {subject}{'is wrong: ' if key else ''}{said}"


def _as_far_as_the_key(where: list[str]) -> list[str]:
    """`channels.news.slots.0` is the key `slots` of a table: what lies deeper is inside its value."""
    depths = {"sources": 3, "newsletters": 3, "channels": 3, **dict.fromkeys(_SINGLE, 2), "web": 3}
    depth = depths.get(where[0], 1) if where else 1
    return where[:depth]


def _fields(tables: list[str], kind: str) -> dict[str, object]:
    """The settings of a table; `kind` tells one kind of source from another."""
    match tables:
        case ["sources", *_]:
            return dict(SOURCES[kind].model_fields)
        case ["newsletters", _]:
            return dict(Newsletter.model_fields)
        case ["channels", _]:
            return dict(Channel.model_fields)
        case ["web", "proxy_login"]:
            return dict(ProxyLogin.model_fields)
        case ["web", "oidc"]:
            return dict(Oidc.model_fields)
        case [name] if name in _SINGLE:
            return dict(_SINGLE[name].model_fields)
        case _:
            return dict(Config.model_fields)


def _place(path: Path, text: str, table: str, key: str | None) -> str:
    """Find the line of `key` in `[table]`, because tomllib keeps no positions and the host has to find the fault."""
    number = line_of(text, table, key)
    shown = re.sub(r"^sources\.\d+$", "[sources]", table)
    return f"{path}{f':{number}' if number else ''}{f' [{shown}]' if table else ''}"
