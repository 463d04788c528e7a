"""Opens what the work needs, from one configuration: the store, the templates, the platforms of the channels.

The only place where the environment is read. Everything that works is handed a `House` and the time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bot import shipped
from bot.config import Channel, Config, Loaded, Notices, nearest, place
from bot.errors import ConfigError, Refused
from bot.llm import Model, at_home
from bot.model.digest import Imprint
from bot.model.places import Place
from bot.model.publication import Mail, Medium, Post
from bot.model.secret import Secret
from bot.platforms.contract import Memory, Platform
from bot.platforms.letters import Letters
from bot.platforms.registry import WrongSetting, build, platform_named, platforms
from bot.quotes.weights import EpisodeWeights, read
from bot.store import flags
from bot.store.database import Db, Store, sqlite_url
from bot.store.memories import ChannelMemory

# What is opened when it is first asked for is loaded then, too: most commands ask for none of it.
if TYPE_CHECKING:
    from bot.http.fetch import Fetcher
    from bot.media.card import Look
    from bot.media.workshop import Workshop
    from bot.platforms.paging import Pager
    from bot.platforms.paging_by_mail import ByMail
    from bot.render import Renderer, Wardrobe

DATABASE_VARIABLES = ("PULLQUOTE_DATABASE_URL", "DATABASE_URL")
_DATABASE = "pullquote.db"
_FREEZE_FILE = "FREEZE"
QUOTE_WEIGHTS = "quote-weights.json"
# The folder of themes, beside the host's configuration and beside our templates.
THEMES = "themes"
# In bytes. Directories ask for less than half a megabyte.
_LARGEST_PICTURE = 10_000_000
# Some services look at the end of an address to learn what is behind it.
_ENDING = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "video/mp4": ".mp4",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
}


@dataclass(frozen=True)
class House:
    """An opened configuration. `channels` are the platforms of those channels that may send."""

    loaded: Loaded
    store: Store
    channels: Mapping[str, Platform]

    @property
    def config(self) -> Config:
        return self.loaded.config

    @property
    def data(self) -> Path:
        return self.loaded.data

    @cached_property
    def wardrobe(self) -> Wardrobe:
        """The themes that there are, each with its renderer."""
        return wardrobe(self.loaded)

    @cached_property
    def editions_made(self) -> dict[str, object]:
        """What the running edition of each newsletter was made of, where making it again changed nothing."""
        return {}

    @cached_property
    def renderer(self) -> Renderer:
        """What writes posts."""
        return self.wardrobe.plain()

    def renderer_of(self, newsletter: str) -> Renderer:
        """What writes the mails of a newsletter. Raises TemplateFault where its theme cannot be read."""
        return self.wardrobe.dressed(self.config.newsletters[newsletter].theme)

    @cached_property
    def fetcher(self) -> Fetcher:
        """The way to other people's addresses."""
        return self._fetcher()

    @cached_property
    def picture_fetcher(self) -> Fetcher:
        """The same way, for pictures, which are never as large as feeds."""
        return self._fetcher(_LARGEST_PICTURE)

    def _fetcher(self, largest: int | None = None) -> Fetcher:
        from bot.http.fetch import Fetcher, Limits
        from bot.http.guard import Guard

        limits = Limits(total=self.config.fetch.total.total_seconds())
        if largest is not None:
            limits = replace(limits, wire_bytes=largest, body_bytes=largest)
        allowed = frozenset(host.casefold() for host in self.config.fetch.allow)
        return Fetcher(Guard(allowed), limits, contact=self.config.fetch.contact)

    @cached_property
    def workshop(self) -> Workshop:
        """Where clips are made."""
        from bot.media.workshop import Workshop

        return Workshop()

    @property
    def web_secret(self) -> str | None:
        """What the secrets of our own addresses are derived from; None where the host set none."""
        return os.environ.get(self.config.web.secret_env) or None

    @property
    def oidc_secret(self) -> str | None:
        """What proves to the OpenID provider that it is us who ask; None where there is no provider, or no secret."""
        table = self.config.web.oidc
        return os.environ.get(table.client_secret_env) or None if table is not None else None

    @cached_property
    def quote_weights(self) -> EpisodeWeights | None:
        """The picker's weights that `pullquote train --keep` made of this host's own labels; None: the shipped ones."""
        path = self.data / QUOTE_WEIGHTS
        if not path.is_file():
            return None
        try:
            return read(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(
                [f"{path}: {error} Remove the file to pick with the shipped weights, or run 'pullquote train --keep'."]
            ) from error

    @cached_property
    def model(self) -> Model | None:
        """The language model of the config, if there is one."""
        return language_model(self.loaded)

    @cached_property
    def model_barred(self) -> str | None:
        """Why the language model of the config is not asked, in a sentence, or None."""
        return barred(self.loaded, self.model) if self.model is not None else None

    def look(self, show: str | None) -> Look:
        """How the cards of a show look. Raises Refused where its artwork cannot be read."""
        from bot.media.card import Look
        from bot.media.faces import Faces

        table = self.config.cards
        folder = self.loaded.resolve(table.fonts) if table.fonts else None
        artwork = table.artwork.get(show or "")
        try:
            picture = self.loaded.resolve(artwork).read_bytes() if artwork else None
        except OSError as error:
            raise Refused(
                f"The artwork {artwork} of “{show}” cannot be read ({error.strerror}): check the path."
            ) from None
        return Look(table.colours, Faces(folder), picture)

    @cached_property
    def pager(self) -> Pager | ByMail | None:
        """Whoever is told outside the desk; None where the config names nobody, or its variables are not set."""
        return pager(self.loaded) or _by_mail(self.config.notices, self.channels)

    @property
    def may_tell(self) -> bool:
        """Whether notices leave: without `live = true` only those do that stay on this machine."""
        if self.pager is None or self.config.notices is None:
            return False
        from bot.platforms.paging import Pager

        if isinstance(self.pager, Pager):
            return self.config.live or at_home(self.pager.url.reveal())
        return self.may_send(self.config.notices.channel)

    @property
    def lock_folder(self) -> Path:
        return self.data / "workers"

    def imprint(self, newsletter: str) -> Imprint:
        """What the head and the foot of a newsletter say."""
        table = self.config.newsletters[newsletter]
        return Imprint(
            table.title,
            table.sender,
            table.address,
            table.language,
            promise=Place.PROMISE,
            site=table.site,
            unsubscribe=Place.UNSUBSCRIBE,
            preferences=Place.PREFERENCES,
        )

    def address_of(self, medium: Medium) -> str | None:
        """Where a service can fetch a medium from us; None where no public address is configured."""
        public = self.config.web.public
        return f"{public.rstrip('/')}{self.path_of(medium)}" if public else None

    def path_of(self, medium: Medium) -> str:
        """The path at which the web process gives a medium out."""
        return f"/media/{medium.sha256}{_ENDING.get(medium.mime, '')}"

    def zone_of(self, channel: str, newsletter: str | None) -> str:
        """By whose clock people read the time of a draft: its newsletter's for an edition, its channel's for a post."""
        of = self.config.newsletters.get(newsletter or "") or self.config.channels.get(channel)
        return of.zone if of is not None else "UTC"

    def may_send(self, channel: str) -> bool:
        """Whether a channel sends at all: without `live = true` only those do that stay on this machine."""
        return channel in self.channels and (self.config.live or not self.channels[channel].leaves_home)

    def frozen(self, db: Db | None = None) -> str | None:
        """Why nothing may go out, in words, or None; asked in the transaction `db` where one is open.

        A file called FREEZE in the data folder freezes too: it can be made when nothing else works any more.
        """
        if (self.data / _FREEZE_FILE).exists():
            return f"the file {self.data / _FREEZE_FILE} is there"
        with nullcontext(db) if db is not None else self.store.read() as asked:
            flag = flags.frozen(asked)
        return f"{flag.actor} froze everything: {flag.value}" if flag else None


@contextmanager
def opened(loaded: Loaded) -> Iterator[House]:
    """Open everything that a configuration names, with the database up to date, and close it again.

    Raises ConfigError or StoreError, before anything was changed.
    """
    store = Store(database_url(loaded))
    try:
        channels = channel_platforms(loaded, lambda name: ChannelMemory(store, name))
        pager(loaded)
        loaded.data.mkdir(parents=True, exist_ok=True)
        store.migrate()
        yield House(loaded, store, channels)
    finally:
        store.close()


def database_url(loaded: Loaded) -> str:
    """The address of the database: from the environment, else a SQLite file in the data folder."""
    for variable in DATABASE_VARIABLES:
        if url := os.environ.get(variable):
            return url
    return sqlite_url(loaded.data / _DATABASE)


def language_model(loaded: Loaded) -> Model | None:
    """The model that `[llm]` names, with its key from the environment; None without that table."""
    table = loaded.config.llm
    if table is None:
        return None
    value = os.environ.get(table.key_env, "").strip() if table.key_env else ""
    key = Secret(table.key_env, value) if table.key_env and value else None
    return Model(table.endpoint, table.model, key, table.max_input)


def barred(loaded: Loaded, model: Model) -> str | None:
    """Why a model may not be asked, in a sentence, or None where it may."""
    table = loaded.config.llm
    if table is not None and table.key_env and model.key is None:
        return f"The key is missing: set the environment variable {table.key_env}."
    if not loaded.config.live and not model.at_home:
        return "Nothing leaves this machine while live = false, and the endpoint is elsewhere."
    return None


def pager(loaded: Loaded) -> Pager | None:
    """The address that `[notices]` names, with its secret from the environment. Raises ConfigError for a bad one.

    While `live = false` the variables need not be set. None where mails are asked for.
    """
    table = loaded.config.notices
    if table is None or table.kind == "mail":
        return None
    found: dict[str, Secret] = {}
    for variable in filter(None, (table.url_env, table.secret_env)):
        value = os.environ.get(variable, "").strip()
        if value:
            found[variable] = Secret(variable, value)
        elif loaded.config.live:
            key = "url_env" if variable == table.url_env else "secret_env"
            raise ConfigError([f"{place(loaded.path, 'notices', key)}: the environment variable {variable} is not set"])
        else:
            return None
    from bot.platforms.paging import Pager

    made = Pager(table.kind, found[table.url_env], found.get(table.secret_env or ""))
    if (fault := made.fault(at_home=at_home(made.url.reveal()))) is not None:
        raise ConfigError([f"{place(loaded.path, 'notices', None)}: {fault}"])
    return made


def _by_mail(table: Notices | None, channels: Mapping[str, Platform]) -> ByMail | None:
    """The mailboxes that `[notices]` names, with the service that takes their mails."""
    if table is None or table.kind != "mail" or table.sender is None:
        return None
    from bot.platforms.paging_by_mail import ByMail

    service = channels.get(table.channel)
    return ByMail(service, table.sender, table.to) if isinstance(service, Letters) else None


def wardrobe(loaded: Loaded) -> Wardrobe:
    """The themes and templates of a configuration: the host's own and the shipped ones."""
    from bot.render import Wardrobe

    return Wardrobe(
        own=loaded.home / THEMES,
        shipped=shipped.folder(THEMES),
        templates=loaded.resolve(loaded.config.templates) if loaded.config.templates else None,
        base=shipped.folder("templates"),
    )


def channel_platforms(loaded: Loaded, memory: Callable[[str], Memory | None] = lambda _: None) -> dict[str, Platform]:
    """The platform of every channel. Raises ConfigError with the faults of all of them.

    `memory` gives what a channel's platform may remember; without one it forgets with the process.
    A channel that leaves this machine is only built where the config is live: its secrets need not be there before.
    """
    faults: list[str] = []
    built: dict[str, Platform] = {}
    for name, channel in loaded.config.channels.items():
        table = f"channels.{name}"
        platform = platform_named(channel.platform)
        if platform is None:
            hint = nearest(channel.platform, platforms())
            faults.append(f"{place(loaded.path, table, 'platform')}: no platform '{channel.platform}'{hint}")
            continue
        try:
            built[name] = _build(loaded, name, channel, platform, memory(name))
        except WrongSetting as error:
            hint = nearest(error.key, error.known) if error.key and error.known else ""
            faults.append(f"{place(loaded.path, table, error.key)}: {error}{hint}")
    faults += _misdirected(loaded, built)
    if faults:
        raise ConfigError(faults)
    return built


def _misdirected(loaded: Loaded, built: Mapping[str, Platform]) -> list[str]:
    """What is directed to platforms that do not take it: posts to one for newsletters, newsletters to one for posts."""
    faults = []
    for name, channel in loaded.config.channels.items():
        if channel.posts and name in built and Post not in built[name].takes:
            where = place(loaded.path, f"channels.{name}", "posts")
            faults.append(f"{where}: '{channel.platform}' takes newsletters only; leave 'posts' out")
        if channel.warm_up and name in built and not isinstance(built[name], Letters):
            where = place(loaded.path, f"channels.{name}", "warm_up")
            faults.append(f"{where}: '{channel.platform}' is no service of single mails; leave 'warm_up' out")
    notices = loaded.config.notices
    if notices is not None and notices.channel in built and not isinstance(built[notices.channel], Letters):
        where = place(loaded.path, "notices", "channel")
        faults.append(f"{where}: '{built[notices.channel].name}' is no service of single mails; name a channel of one")
    for name, newsletter in loaded.config.newsletters.items():
        if newsletter.channel in built and Mail not in built[newsletter.channel].takes:
            where = place(loaded.path, f"newsletters.{name}", "channel")
            faults.append(
                f"{where}: '{built[newsletter.channel].name}' takes posts only; name a channel for newsletters"
            )
        if newsletter.spread and newsletter.channel in built and not isinstance(built[newsletter.channel], Letters):
            where = place(loaded.path, f"newsletters.{name}", "spread")
            said = f"'{built[newsletter.channel].name}' gets an edition in one piece and sends it by itself"
            faults.append(f"{where}: {said}; leave 'spread' out")
    return faults


def late(house: House, channel: str, newsletter: str | None, due: datetime) -> datetime:
    """From when on a delivery that is due at `due` has come too late to be sent unasked."""
    if newsletter is not None:
        return due + house.config.newsletters[newsletter].late
    return due + house.config.channels[channel].late


def _build(loaded: Loaded, name: str, channel: Channel, platform: type[Platform], memory: Memory | None) -> Platform:
    live = loaded.config.live or not platform.leaves_home

    def secret(variable: str) -> str | None:
        return os.environ.get(variable) or (None if live else "not needed while live = false")

    folder = loaded.data / "outbox" / name
    return build(platform, channel.settings, folder=folder, secret=secret, memory=memory)
