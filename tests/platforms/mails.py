"""An edition as it comes from the templates, with words in it that services take for tags of their own."""

from __future__ import annotations

from dataclasses import replace
from html import escape

from bot.model.places import Place
from bot.model.provenance import EpisodeRef
from bot.model.publication import Mail

KEY = "edition-7-abcdef012345"
# What somebody said about templates, and what a service must not make anything of.
SAID = 'Write {{ name }}, {% if x %} or {# note #}, *|NAME|* & "<b>" at https://pod.example/@TrackLink {{'
MAIL = Mail(
    sender="The Desk <desk@example.org>",
    subject="Deadlines, and “three” more",
    preheader="What Ada says of them",
    html=(
        '<!doctype html>\n<html lang="en"><head><style>@media print{#e1{color:red}}</style></head><body>\n'
        '<!--[if mso]><table role="presentation"><tr><td><![endif]--><p>A deadline is a promise. ☕</p>\n'
        f"<p>You get this {Place.PROMISE}.</p>\n"
        f'<a href="{Place.PREFERENCES}">Preferences</a> <a href="{Place.UNSUBSCRIBE}">Unsubscribe</a>\n'
        "</body></html>\n"
    ),
    text=(
        f"A deadline is a promise. ☕\n\nYou get this {Place.PROMISE}.\n"
        f"Preferences: {Place.PREFERENCES}\nUnsubscribe: {Place.UNSUBSCRIBE}\n"
    ),
    language="en",
    quotes=(),
    episodes=(EpisodeRef(1, 1),),
    newsletter="weekly",
    promises=(("weekly", "every Thursday"),),
)


def quoting(said: str) -> Mail:
    """The edition with words of a transcript in both parts, and in an attribute of the HTML."""
    html = MAIL.html.replace("</p>\n<p>You", f'</p>\n<p title="{escape(said)}">{escape(said)}</p>\n<p>You', 1)
    return replace(MAIL, html=html, text=f"{said}\n\n{MAIL.text}")
