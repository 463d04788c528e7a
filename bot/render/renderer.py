"""Renders editions and posts through Jinja templates that a host may replace one by one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import FileSystemLoader, StrictUndefined, Template
from jinja2.environment import TemplateModule
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.errors import ConfigError
from bot.model.digest import Edition, Imprint
from bot.model.subscriber import Cadence
from bot.render.faults import FAILURES, fault
from bot.render.filters import FILTERS, address, direction, language
from bot.render.plain import printable, tidy
from bot.render.sample import EDITION, IMPRINT, POSTS
from bot.schedule import Rhythm

MAIL_HTML = "email/edition.html"
MAIL_TEXT = "email/edition.txt"
CONFIRMATION_HTML = "email/confirmation.html"
CONFIRMATION_TEXT = "email/confirmation.txt"

_OURS = ("email/", "social/")
_LINE_START = re.compile(r"\n\s*")


class Renderer:
    """Templates from `folders`; a file in an earlier folder stands before the file of the same name in a later one.

    Templates are sandboxed: they read what they are given, and a name that does not exist is an error. Every method
    but `check` raises ConfigError with the file, the line and the remedy where a template is at fault.
    """

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self._folders = tuple(folder.resolve() for folder in folders)
        self._environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(self._folders),
            autoescape=_is_markup,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(FILTERS)
        self._inliner = css_inline.CSSInliner(load_remote_stylesheets=False, minify_css=True)

    def mail(self, edition: Edition, imprint: Imprint) -> tuple[str, str]:
        """`edition` as HTML with its styles inlined, and as plain text written from the same model.

        The same edition gives the same bytes. Neither part loads anything from elsewhere.
        """
        context = self._mail_context(edition, imprint)
        html = self._inlined(MAIL_HTML, self._render(MAIL_HTML, context))
        return html, tidy(self._render(MAIL_TEXT, context)) + "\n"

    def confirmation(self, imprint: Imprint, link: str) -> tuple[str, str, str]:
        """The mail that asks whether somebody meant it when they subscribed: subject, HTML and plain text.

        `link` leads to the page on which they say so.
        """
        tongue = language(imprint.language) or "en"
        say = self._words(tongue)
        context = {"imprint": imprint, "lang": tongue, "dir": direction(tongue), "say": say, "link": link}
        html = self._inlined(CONFIRMATION_HTML, self._render(CONFIRMATION_HTML, context))
        return (
            printable(say.confirmation_subject(imprint.title)),
            html,
            tidy(self._render(CONFIRMATION_TEXT, context)) + "\n",
        )

    def promises(self, tongue: str, rhythm: Rhythm | None, day: date) -> tuple[tuple[str, str], ...]:
        """How often a reader gets an edition that is due on `day`, in words of a language, for each cadence."""
        say = self._words(language(tongue) or "en")
        try:
            if rhythm is None:
                each = str(say.irregular)
            elif rhythm.weekday is None:
                each = str(say.daily())
            else:
                each = str(say.weekly(rhythm.weekday))
            return ((Cadence.EVERY, each), (Cadence.MONTHLY, str(say.monthly(day.month))))
        except FAILURES as error:
            raise ConfigError([fault(error, "email/words", self._folders)]) from error

    def post(self, template: str, context: Mapping[str, object]) -> str:
        """The text of a social post by `template` ("social/quote.txt") with the names in `context`.

        docs/templates.md lists the names that each template reads. Empty ones leave no trace in the text.
        """
        return tidy(self._render(template, context)).strip()

    def check(self) -> list[str]:
        """Every fault of the templates for mail and posts: each is compiled, and rendered with a sample.

        An empty list where all is well.
        """
        faults = [
            f"{folder}: no such folder of templates. Create it or correct the setting."
            for folder in self._folders
            if not folder.is_dir()
        ]
        for name in self._environment.list_templates(filter_func=lambda name: name.startswith(_OURS)):
            faults += self._fault(name, self._template)
        if faults:
            return faults
        faults += self._fault(MAIL_HTML, self._try_mail)
        for name in self._environment.list_templates(filter_func=lambda name: name.startswith("social/")):
            faults += self._fault(name, self._try_posts)
        return list(dict.fromkeys(faults))

    def _mail_context(self, edition: Edition, imprint: Imprint) -> dict[str, object]:
        tongue = language(imprint.language) or "en"
        episodes = {digest.ref.episode: digest for digest in (*edition.top, *edition.digests)}
        printed = {digest.ref.episode for digest in edition.digests}
        return {
            "edition": edition,
            "imprint": imprint,
            "lang": tongue,
            "dir": direction(tongue),
            "say": self._words(tongue),
            "episodes": episodes,
            "notes": dict(edition.notes),
            "anchors": {d.ref.episode for d in edition.top if not address(d.url)} & printed,
        }

    def _inlined(self, name: str, html: str) -> str:
        try:
            return self._inliner.inline(_LINE_START.sub("\n", html)).strip() + "\n"
        except (css_inline.InlineError, ValueError) as error:
            raise ConfigError(
                [f"{name}: its styles cannot be inlined ({error}). Mend the style sheet it includes."]
            ) from error

    def _words(self, tongue: str) -> FixedWords:
        """The fixed words of a mail in `tongue`, or in English where nobody has translated them."""
        names = [f"email/words/{tag.lower()}.jinja" for tag in (tongue, tongue.split("-")[0], "en")]
        try:
            return FixedWords(self._environment.select_template(names).make_module())
        except FAILURES as error:
            raise ConfigError([fault(error, names[-1], self._folders)]) from error

    def _render(self, name: str, context: Mapping[str, object]) -> str:
        try:
            return printable(self._template(name).render(context))
        except FAILURES as error:
            raise ConfigError([fault(error, name, self._folders)]) from error

    def _template(self, name: str) -> Template:
        return self._environment.get_template(name)

    def _try_mail(self, _: str) -> None:
        self.mail(EDITION, IMPRINT)
        self.confirmation(IMPRINT, "https://example.org/confirm/x")

    def _try_posts(self, name: str) -> None:
        for context in POSTS:
            self.post(name, context)

    def _fault(self, name: str, step: Callable[[str], object]) -> list[str]:
        try:
            step(name)
        except ConfigError as error:
            return list(error.faults)
        except FAILURES as error:
            return [fault(error, name, self._folders)]
        return []


class FixedWords:
    """The words of a mail that are always the same, in one language, as plain text.

    What a macro gives back counts as markup wherever it is called from markup, so its arguments would stand in the mail
    unescaped: here it becomes text again.
    """

    def __init__(self, module: TemplateModule) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._module, name)
        return (lambda *given: str(value(*given))) if callable(value) else value


def _is_markup(name: str | None) -> bool:
    """Whether what a template prints is escaped: all but plain text, fixed words and style sheets."""
    return name is None or not name.endswith((".txt", ".jinja", ".css"))
