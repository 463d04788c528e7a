"""Renders editions and posts through Jinja templates that a host may replace one by one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import FileSystemLoader, StrictUndefined, Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.digest.lengths import shortened
from bot.errors import TemplateFault
from bot.model.archive import Here
from bot.model.digest import Edition, Imprint
from bot.model.publication import Version
from bot.model.subscriber import Cadence, Length
from bot.render.compiled import Compiled
from bot.render.faults import FAILURES, OverLimit, fault
from bot.render.filters import FILTERS, address, direction, language
from bot.render.pieces import Marks, Unbalanced, lifted, tidied
from bot.render.plain import printable, tidy
from bot.render.sample import EDITION, IMPRINT, POSTS
from bot.render.sample_pages import HERE, PAGES
from bot.render.state import state_of
from bot.render.theme import Theme
from bot.schedule import Rhythm

MAIL_HTML = "email/edition.html"
MAIL_TEXT = "email/edition.txt"
BRIEF_HTML = "email/brief.html"
BRIEF_TEXT = "email/brief.txt"
CONFIRMATION_HTML = "email/confirmation.html"
CONFIRMATION_TEXT = "email/confirmation.txt"

LONGEST = 4_000_000
"""Characters of one text: twenty times what any mail program shows."""

_PAGES = "web/archive"
PAGE_ROOMS = (_PAGES, "web/readers", "email/words")
"""Below them lies whatever a page of the archive is made with."""

_OURS = ("email/", "social/", f"{_PAGES}/")
# Tokens stand in theme.toml; who computed them in a template of their own is told where they went.
_GONE = "email/tokens.jinja"
# In bits.
_LARGEST_POWER = 1_000
_LINE_START = re.compile(r"\n\s*")
_PLAIN = Theme()
_COMPILED = Compiled()


class Renderer:
    """Templates from `folders`; a file in an earlier folder stands before the file of the same name in a later one.

    Templates are sandboxed: they read what they are given, and a name that does not exist is an error. Every method
    but `check` raises TemplateFault with the file, the line and the remedy where a template is at fault. Where somebody
    else than we wrote one, `bot.render.apart` runs them in a process of its own.
    """

    def __init__(self, folders: tuple[Path, ...], theme: Theme = _PLAIN) -> None:
        self._folders = tuple(folder.resolve() for folder in folders)
        self._environment = _Environment(
            loader=FileSystemLoader(self._folders),
            autoescape=_is_markup,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            bytecode_cache=_COMPILED,
        )
        self._environment.filters.update(FILTERS)
        self._environment.globals["theme"] = self.theme = theme
        self._inliner = css_inline.CSSInliner(load_remote_stylesheets=False, minify_css=True)

    def state(self) -> str | None:
        """As long as it stays the same, the same content is rendered to the same bytes; None where nobody can tell."""
        return state_of(self._folders)

    def mail(self, edition: Edition, imprint: Imprint) -> tuple[str, str]:
        """`edition` as HTML with its styles inlined, and as plain text written from the same model.

        The same edition gives the same bytes. Neither part loads anything from elsewhere.
        """
        made = self.version(edition, imprint)
        return made.html, made.text

    def version(self, edition: Edition, imprint: Imprint, length: Length = Length.FULL) -> Version:
        """`edition` at a length, with the pieces that readers may leave out or ask for. The same bytes every time."""
        names = (BRIEF_HTML, BRIEF_TEXT) if length is Length.BRIEF else (MAIL_HTML, MAIL_TEXT)
        context = self._mail_context(shortened(edition, length), edition, imprint, length)
        word = f"keep-{hashlib.sha256(repr((edition, imprint)).encode('utf-8', 'replace')).hexdigest()[:16]}"
        try:
            marks = Marks(word, markup=True)
            rendered = self._inlined(names[0], self._render(names[0], {**context, "keep": marks}))
            html, html_pieces = lifted(rendered, marks)
            marks = Marks(word, markup=False)
            text, text_pieces = lifted(self._render(names[1], {**context, "keep": marks}), marks)
        except Unbalanced as error:
            raise TemplateFault([f"{names[0]} or {names[1]}: {error}. Mend the template."]) from error
        text, text_pieces = tidied(text, text_pieces)
        return Version(length, html, text + "\n", html_pieces, text_pieces)

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
            elif not rhythm.weekdays:
                each = str(say.daily())
            elif len(rhythm.weekdays) == 1:
                each = str(say.weekly(rhythm.weekdays[0]))
            else:
                each = str(say.weekdays(rhythm.weekdays))
            # Who asked for one a week of a newsletter that comes once a week reads what everybody reads.
            weekly = rhythm is None or len(rhythm.weekdays) != 1
            return (
                (Cadence.EVERY, each),
                *([(Cadence.WEEKLY, str(say.once_a_week))] if weekly else []),
                (Cadence.MONTHLY, str(say.monthly(day.month))),
            )
        except FAILURES as error:
            raise TemplateFault([fault(error, "email/words", self._folders)]) from error

    def post(self, template: str, context: Mapping[str, object]) -> str:
        """The text of a social post by `template` ("social/quote.txt") with the names in `context`.

        docs/templates.md lists the names that each template reads. Empty ones leave no trace in the text.
        """
        return tidy(self._render(template, context)).strip()

    def page(self, template: str, tongue: str, context: Mapping[str, object], here: Here | None = None) -> str:
        """A public page by `template` ("web/archive/edition.html", "web/readers/leave.html"), in a language.

        Beside the names in `context`, which are plain values, it has `lang`, `dir`, `say` (the fixed words of a mail),
        `tell` (those of the folder that its template is in), and where it stands `here` in the public archive `link`
        and `whole`, which make an address of a path.
        """
        tongue = language(tongue) or "en"
        fixed = {
            "lang": tongue,
            "dir": direction(tongue),
            "say": self._words(tongue),
            "tell": self._words(tongue, template.rpartition("/")[0]),
            **({"link": here.link, "whole": here.whole} if here is not None else {}),
        }
        return self._render(template, {**fixed, **context})

    def stamp(self) -> str:
        """What is another one as soon as a template of the archive's pages, or a token, has changed."""
        files = [path for folder in self._folders for room in PAGE_ROOMS for path in sorted((folder / room).rglob("*"))]
        found = [(str(path), *stamped(path)) for path in files]
        return hashlib.sha256(repr((self.theme, found)).encode()).hexdigest()

    def check(self) -> list[str]:
        """Every fault of the templates for mail, posts and pages: each is compiled, and rendered with a sample.

        An empty list where all is well.
        """
        faults = [
            f"{folder}: no such folder of templates. Create it or correct the setting."
            for folder in self._folders
            if not folder.is_dir()
        ]
        faults += [
            f"{folder / _GONE}: nothing reads it any more. Write its values into a theme ('pullquote theme new NAME'), "
            "and remove the file."
            for folder in self._folders
            if (folder / _GONE).is_file()
        ]
        for name in self._environment.list_templates(filter_func=lambda name: name.startswith(_OURS)):
            faults += self._fault(name, self._template)
        if faults:
            return faults
        faults += self._fault(MAIL_HTML, self._try_mail)
        for name in self._environment.list_templates(filter_func=lambda name: name.startswith("social/")):
            faults += self._fault(name, self._try_posts)
        faults += self._fault(_PAGES, self._try_pages)
        return list(dict.fromkeys(faults))

    @cached_property
    def orders_parts(self) -> bool:
        """Whether both parts of a mail follow the order that an editor gives: a host's own base may print its own."""
        turned = replace(EDITION, parts=EDITION.parts[::-1])
        return all(
            one != other for one, other in zip(self.mail(EDITION, IMPRINT), self.mail(turned, IMPRINT), strict=True)
        )

    def _mail_context(self, edition: Edition, whole: Edition, imprint: Imprint, length: Length) -> dict[str, object]:
        tongue = language(imprint.language) or "en"
        say = self._words(tongue)
        episodes = {digest.ref.episode: digest for digest in (*edition.top, *edition.digests)}
        printed = {digest.ref.episode for digest in edition.digests}
        shows: dict[str, list[int]] = {}
        for digest in edition.digests:
            shows.setdefault(digest.show or "", []).append(digest.ref.episode)
        return {
            "edition": edition,
            "whole": {digest.ref.episode: digest for digest in whole.digests},
            "length": str(length),
            "ids": [digest.ref.episode for digest in edition.digests],
            "shows": shows,
            "time": self._time(edition, say),
            "imprint": imprint,
            "lang": tongue,
            "dir": direction(tongue),
            "say": say,
            "episodes": episodes,
            "notes": dict(edition.notes),
            "artwork": {each.show: each.address for each in edition.artwork if each.episode is None},
            "pictures": {episode: each.address for episode, each in edition.pictures.items()},
            "anchors": {d.ref.episode for d in edition.top if not address(d.url)} & printed,
        }

    def _time(self, edition: Edition, say: FixedWords) -> str:
        """How long it takes to read, in words; "" where that is not known."""
        try:
            if edition.reading_seconds:
                return str(say.seconds(edition.reading_seconds))
            return str(say.edition_minutes(edition.reading_minutes)) if edition.reading_minutes else ""
        except FAILURES as error:
            raise TemplateFault([fault(error, "email/words", self._folders)]) from error

    def _inlined(self, name: str, html: str) -> str:
        try:
            return self._inliner.inline(_LINE_START.sub("\n", html)).strip() + "\n"
        except (css_inline.InlineError, ValueError) as error:
            raise TemplateFault(
                [f"{name}: its styles cannot be inlined ({error}). Mend the style sheet it includes."]
            ) from error

    def _words(self, tongue: str, room: str = "email") -> FixedWords:
        """The fixed words of a mail in `tongue`, or in English where nobody has translated them."""
        names = [f"{room}/words/{tag.lower()}.jinja" for tag in (tongue, tongue.split("-")[0], "en")]
        try:
            return FixedWords(self._environment.select_template(names).make_module())
        except FAILURES as error:
            raise TemplateFault([fault(error, names[-1], self._folders)]) from error

    def _render(self, name: str, context: Mapping[str, object]) -> str:
        try:
            return printable("".join(_bounded(self._template(name).generate(context))))
        except FAILURES as error:
            raise TemplateFault([fault(error, name, self._folders)]) from error

    def _template(self, name: str) -> Template:
        return self._environment.get_template(name)

    def _try_mail(self, _: str) -> None:
        for length in reversed(Length):
            self.version(EDITION, IMPRINT, length)
        self.confirmation(IMPRINT, "https://example.org/confirm/x")
        for each in (None, Rhythm(()), Rhythm((EDITION.day.weekday(),)), Rhythm((0, 3))):
            self.promises(IMPRINT.language, each, EDITION.day)

    def _try_posts(self, name: str) -> None:
        for context in POSTS:
            self.post(name, context)

    def _try_pages(self, _: str) -> None:
        for template, context in PAGES:
            self.page(template, "en", context, HERE)

    def _fault(self, name: str, step: Callable[[str], object]) -> list[str]:
        try:
            step(name)
        except TemplateFault as error:
            return list(error.faults)
        except FAILURES as error:
            return [fault(error, name, self._folders)]
        return []


def stamped(path: Path) -> tuple[int, int]:
    """What changes with a file: its time and its size. Both are 0 for one that is not there, or not any more."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, without powers that a processor works at for hours."""

    intercepted_binops = frozenset({"**"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if abs(right) * (left.bit_length() if isinstance(left, int) else 1) > _LARGEST_POWER:
            raise OverLimit("The power is too large.")
        return super().call_binop(context, operator, left, right)


def _bounded(pieces: Iterator[str]) -> Iterator[str]:
    """The pieces of a text as they are rendered. What grows without end is stopped where it stands in its template."""
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > LONGEST:
            pieces.throw(OverLimit(f"it prints more than {LONGEST:,} characters."))  # type: ignore[attr-defined]
        yield piece


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
