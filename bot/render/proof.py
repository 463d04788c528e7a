"""Tries a theme before readers see it: its tokens, its templates, and the mail that they make of a sample."""

from __future__ import annotations

import colorsys
import re
from dataclasses import replace
from pathlib import Path

from bot.errors import TemplateFault
from bot.model.digest import Origin, TopicGroup
from bot.model.provenance import EpisodeRef
from bot.model.publication import Mail
from bot.preflight import Circumstances, inspect
from bot.preflight.colours import Colour, colour, contrast
from bot.render.renderer import Renderer
from bot.render.sample import EDITION, IMPRINT
from bot.render.theme import FILE, Palette, Theme, place, read_file
from bot.render.wardrobe import Wardrobe

FRAME = 305
"""Bytes of HTML that a compact story may add to a mail beyond its own words: Gmail clips what is longer than 102 KB."""

# WCAG 2.2, success criterion 1.4.3, for text of any size.
_ENOUGH = 4.5
_EXTREMES = ("#000000", "#ffffff")
_SMALLEST = 16
# The preheader is hidden, and not meant to be read in the mail.
_HIDDEN = re.compile(r"<div[^>]*display:none.*?</div>", re.DOTALL)
_SIZE = re.compile(r"font(?:-size)?:[^;\"]*?\b(\d+)px")


def proven(themes: Wardrobe, name: str) -> list[str]:
    """What is wrong with a theme, each with its place and remedy; an empty list where readers may see it."""
    try:
        folder, renderer = themes.folder(name), themes.dressed(name)
        faults = [*pale(renderer.theme, folder), *renderer.check()]
        return faults or _of_the_mail(renderer, folder)
    except TemplateFault as error:
        return list(error.faults)


def frame(renderer: Renderer) -> float:
    """Bytes that a compact story (headline, show and minutes, hook, summary) adds to a mail beyond its own words."""
    sizes = []
    for count in (10, 20):
        many = tuple(
            replace(
                EDITION.lead, ref=EpisodeRef(100 + at, 1), insights=(), quotes=(), gated=False, summary_by=Origin.SHOW
            )
            for at in range(count)
        )
        html, _ = renderer.mail(replace(EDITION, groups=(TopicGroup("topic", many),)), IMPRINT)
        sizes.append(len(html.encode()))
    one = EDITION.lead
    words = [one.headline.text, one.url or "", one.show or "", f" · {one.listening_minutes} min to hear"]
    words += [one.hook.text if one.hook else "", " ".join(line.text for line in one.summary)]
    return (sizes[1] - sizes[0]) / 10 - sum(len(each.encode()) for each in words)


def pale(theme: Theme, folder: Path) -> list[str]:
    """Every pair of words and ground that cannot be read well, with the line of the words' colour in the theme's file.

    In the light design, in the dark one, and in the light one as a mail program inverts it by force.
    """
    path = folder / FILE
    text, _ = read_file(path)
    found = []
    for table, palette in (("light", theme.light), ("dark", theme.dark)):
        for words, ground in palette.pairs:
            seen = {"": _ratio(palette, words, ground, forced=False)}
            if table == "light":
                seen[" when a mail program inverts them by force"] = _ratio(palette, words, ground, forced=True)
            where, least = min(seen.items(), key=lambda each: each[1])
            if least < _ENOUGH:
                said = f"'{words}' on '{ground}' has a contrast of {least:.1f}:1{where}"
                remedy = f"take colours further apart, of at least {_ENOUGH}:1."
                found.append(f"{place(path, text, table, words)}: {said}; {remedy}")
        for name, value in vars(palette).items():
            if value.lower() in _EXTREMES:
                found.append(
                    f"{place(path, text, table, name)}: '{name}' is pure black or white, which mail programs turn "
                    "into glare; take a shade beside it."
                )
    return found


def _of_the_mail(renderer: Renderer, folder: Path) -> list[str]:
    html, text = renderer.mail(EDITION, IMPRINT)
    mail = Mail(
        sender=f"{IMPRINT.sender} <sample@example.org>",
        subject=EDITION.subject.text,
        preheader=EDITION.preheader.text,
        html=html,
        text=text,
        language=IMPRINT.language,
        quotes=(),
        episodes=(),
        newsletter=EDITION.newsletter,
    )
    given = Circumstances(address=IMPRINT.address, leaves_home=False, least=0)
    found = [f"{folder}: {each.said} {each.remedy}" for each in inspect(mail, given)]
    small = [int(size) for size in _SIZE.findall(_HIDDEN.sub("", html)) if int(size) < _SMALLEST]
    if small:
        found.append(
            f"{folder}: letters of {min(small)} pixels; take {_SMALLEST} or more: mail cannot be zoomed everywhere."
        )
    if (size := frame(renderer)) > FRAME:
        found.append(
            f"{folder}: a short story adds {size:.0f} bytes beyond its words, {FRAME} are allowed; give headlines a "
            "shorter list of faces, or take declarations out of email/style.css that every story repeats."
        )
    return found


def _ratio(palette: Palette, words: str, ground: str, *, forced: bool) -> float:
    first, second = (colour(getattr(palette, name)) for name in (words, ground))
    if first is None or second is None:
        raise ValueError(f"{words} or {ground} is no colour")
    return contrast(_inverted(first), _inverted(second)) if forced else contrast(first, second)


def _inverted(value: Colour) -> Colour:
    """What a program that forces darkness makes of a colour: its lightness turned over, its hue kept."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*value)
    return colorsys.hls_to_rgb(hue, 1 - lightness, saturation)
