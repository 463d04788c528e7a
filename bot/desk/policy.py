"""What a browser may load and do on our pages: the headers of every answer."""

from __future__ import annotations

from flask import Response

from bot.model.publication import MediaKind, Post, Publication

_RULES = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "connect-src": "'self'",
    "img-src": "'self'",
    "frame-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def policy(**more: str) -> str:
    """The content policy: nothing is loaded from elsewhere, no script stands in a page, nobody frames one."""
    rules = {**_RULES, **{name.replace("_", "-"): value for name, value in more.items()}}
    return "; ".join(f"{name} {value}" for name, value in rules.items())


GUARDS = {
    "Content-Security-Policy": policy(),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def with_own_media(answer: Response, publication: Publication) -> Response:
    """Let the page of a post play its own film or sound, which lies with us."""
    if isinstance(publication, Post) and any(each.kind is not MediaKind.IMAGE for each in publication.borne):
        answer.headers["Content-Security-Policy"] = policy(media_src="'self'")
    return answer


def with_sound(answer: Response) -> Response:
    """Let one page play episodes from where they lie.

    An enclosure may lie with any host and is passed on through several, so that no list of hosts would hold: any
    address over TLS may be played, by this page alone. Sound runs no script, nothing is asked before somebody presses
    play (`preload="none"`), and the host does not hear which page it was (`no-referrer`).
    """
    answer.headers["Content-Security-Policy"] = policy(media_src="'self' https:")
    return answer
