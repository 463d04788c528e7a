"""A mail that is in order, as the shipped templates write it, to be spoilt in one place at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot import shipped
from bot.drafting.editions import quoted
from bot.model.digest import Edition, Imprint
from bot.model.places import Place
from bot.model.publication import Mail
from bot.preflight import Circumstances, Finding, Level, Rule, inspect
from bot.render import Renderer
from tests.render.editions import IMPRINT, edition

RENDERER = Renderer((shipped.folder("templates"),))
PLACES = {"promise": Place.PROMISE, "unsubscribe": Place.UNSUBSCRIBE, "preferences": Place.PREFERENCES}
AT_HOME = Circumstances(address=IMPRINT.address, leaves_home=False, least=1)


def mail_of(made: Edition, imprint: Imprint = IMPRINT) -> Mail:
    html, text = RENDERER.mail(made, replace(imprint, **PLACES))
    return Mail(
        sender="The Long Listen <letters@longlisten.example>",
        subject=made.subject.text,
        preheader=made.preheader.text,
        html=html,
        text=text,
        language=imprint.language,
        quotes=quoted(made),
        episodes=tuple(digest.ref for digest in made.digests),
        newsletter="weekly",
    )


SOUND = mail_of(edition(3))


def html(change: Callable[[str], str], mail: Mail = SOUND) -> Mail:
    """The mail with its HTML changed; the change has to change something."""
    changed = replace(mail, html=change(mail.html))
    assert changed != mail
    return changed


def beside(fragment: str) -> Mail:
    """The mail with a fragment of HTML at the end of its body."""
    return html(lambda text: text.replace("</body>", f'<div lang="en" dir="ltr">{fragment}</div></body>'))


def found(mail: Mail, given: Circumstances = AT_HOME) -> tuple[Finding, ...]:
    return inspect(mail, given)


def the(findings: tuple[Finding, ...], rule: Rule) -> list[tuple[Level, str]]:
    """What was found by one rule."""
    return [(each.level, each.said) for each in findings if each.rule is rule]
