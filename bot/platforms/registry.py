"""The table of platforms, and how a channel's settings become one: unknown settings refused, secrets taken by name."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.errors import ConfigError, PullquoteError
from bot.model.secret import Secret
from bot.platforms.contract import Memory, Platform
from bot.platforms.memory import Forgetful

# Name → the module of this package and the class in it: only what a configuration names is loaded.
_OWN: dict[str, str] = {
    "outbox": "outbox:Outbox",
    "mastodon": "mastodon:Mastodon",
    "bluesky": "bluesky:Bluesky",
    "threads": "threads:Threads",
    "facebook": "facebook:Facebook",
    "instagram": "instagram:Instagram",
    "linkedin": "linkedin:LinkedIn",
    "linkedin-member": "linkedin:LinkedInMember",
    "telegram": "telegram:Telegram",
    "discord": "discord:Discord",
    "discord-webhook": "discord:DiscordWebhook",
    "slack": "slack:Slack",
    "slack-webhook": "slack:SlackWebhook",
    "matrix": "matrix:Matrix",
    "mattermost": "mattermost:Mattermost",
    "x": "x:X",
    "buttondown": "buttondown:Buttondown",
    "listmonk": "listmonk:Listmonk",
    "kit": "kit:Kit",
    "mailchimp": "mailchimp:Mailchimp",
    "ghost": "ghost:Ghost",
    "beehiiv": "beehiiv:Beehiiv",
    "webhook": "webhook:Webhook",
    "resend": "resend:Resend",
    "postmark": "postmark:Postmark",
    "sendgrid": "sendgrid:SendGrid",
    "mailgun": "mailgun:Mailgun",
    "brevo": "brevo:Brevo",
    "smtp": "smtp:Smtp",
    "ses": "ses:Ses",
}
_ENTRY_POINT = "pullquote.platforms"


class WrongSetting(PullquoteError):
    """A channel setting that does not fit its platform. `key` is the setting, `known` are those that would."""

    def __init__(self, key: str | None, said: str, known: tuple[str, ...] = ()) -> None:
        self.key = key
        self.known = known
        super().__init__(said)


def platform_named(name: str) -> type[Platform] | None:
    """The platform of that name: ours, or one that an installed package brings as an entry point. None: no such."""
    if name in _OWN:
        return _own(name)
    return next((platform for platform in _brought() if platform.name == name), None)


def platforms() -> dict[str, type[Platform]]:
    """Every platform by its name: ours, and those that installed packages bring as entry points."""
    found = {name: _own(name) for name in _OWN}
    for platform in _brought():
        found.setdefault(platform.name, platform)
    return found


def _own(name: str) -> type[Platform]:
    module, _, kind = _OWN[name].partition(":")
    found: type[Platform] = getattr(import_module(f"bot.platforms.{module}"), kind)
    return found


def _brought() -> Iterator[type[Platform]]:
    # Looking through all that is installed takes longer than most commands.
    from importlib.metadata import entry_points

    for entry in entry_points(group=_ENTRY_POINT):
        yield entry.load()


def build(
    platform: type[Platform],
    settings: Mapping[str, Any],
    *,
    folder: Path,
    secret: Callable[[str], str | None],
    memory: Memory | None = None,
) -> Platform:
    """One configured account. `folder` is where files of this channel belong, `secret` reads an environment variable.

    A field of type Secret (or `Secret | None`) is written in the file as `<field>_env`, the name of the variable. A
    field of type Memory is no setting: it gets `memory`, or one that ends with the process. Raises WrongSetting.
    """
    hints = typing.get_type_hints(platform)
    fields = {each.name: each for each in dataclasses.fields(platform)}  # type: ignore[arg-type]
    given: dict[str, Any] = {"folder": folder} if "folder" in fields else {}
    given |= {name: memory or Forgetful() for name in fields if hints[name] is Memory}
    wanted = {_written(name, hints[name]): name for name in fields if name not in given}
    values: dict[str, Any] = dict(given)
    for key, value in settings.items():
        name = wanted.get(key)
        if name is None:
            raise WrongSetting(key, _unknown(key, hints), tuple(wanted))
        values[name] = _secret(key, value, secret) if _is_secret(hints[name]) else _typed(key, value, hints[name])
    for key, name in wanted.items():
        if name not in values and fields[name].default is dataclasses.MISSING:
            raise WrongSetting(None, f"'{key}' is missing; the platform '{platform.name}' needs it.")
    try:
        return platform(**values)
    except ConfigError as error:
        raise WrongSetting(None, str(error)) from None


def _written(name: str, kind: object) -> str:
    return f"{name}_env" if _is_secret(kind) else name


def _is_secret(kind: object) -> bool:
    return kind is Secret or kind == (Secret | None)


def _unknown(key: str, hints: Mapping[str, object]) -> str:
    if _is_secret(hints.get(key)):
        return f'secrets never stand in the file; write {key}_env = "THE_VARIABLE" and set it in the environment.'
    return f"unknown setting '{key}'"


def _secret(key: str, variable: object, secret: Callable[[str], str | None]) -> Secret:
    if not isinstance(variable, str) or not variable:
        raise WrongSetting(key, f"'{key}' names an environment variable; write {key} = \"THE_VARIABLE\".")
    value = secret(variable)
    if not value:
        raise WrongSetting(key, f"the environment variable {variable} is not set; set it and start again.")
    return Secret(variable, value)


def _typed(key: str, value: object, kind: Any) -> Any:
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        raise WrongSetting(key, f"'{key}' is wrong: {error.errors()[0]['msg']}") from None
