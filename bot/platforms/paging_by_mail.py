"""The way to tell editors something by mail: through a channel of single mails, to each of them by itself.

Nothing of a message is for readers: it bears no way out of a list, and its outcome counts in no ledger of theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from bot.errors import NotSent, Refused, Rejected, Unknown
from bot.model.notice import Notice
from bot.model.publication import Mail
from bot.platforms.contract import Http, Receipt
from bot.platforms.letters import Letter, Letters, Outcome
from bot.platforms.paging import Told

_REMEDY = "Look at [notices] in the config."
_STYLE = "font:16px/1.5 system-ui,sans-serif;max-width:38em;margin:2em auto;padding:0 1em"


@dataclass(frozen=True)
class ByMail:
    """A service of single mails, the From header of what it sends, and whose mailboxes are told."""

    service: Letters
    sender: str
    to: tuple[str, ...]

    @property
    def place(self) -> str:
        """Who is told, for people to read."""
        return ", ".join(self.to)

    def tell(self, told: Told, http: Http) -> None:
        """Send it once to each. Raises NotSent where nobody got it; Rejected or Unknown where not all surely did."""
        letters = tuple(
            Letter(f"{told.key}-{number}", address, "", "", "", "") for number, address in enumerate(self.to, 1)
        )
        outcomes: list[Outcome] = []
        for start in range(0, len(letters), self.service.most):
            some = letters[start : start + self.service.most]
            try:
                outcomes += self._post(told, some, http, key=f"{told.key}-r{start}")
            except (NotSent, Rejected, Unknown) as failure:
                outcomes += [failure] * len(some)
        _judge(outcomes)

    def _post(self, told: Told, letters: Sequence[Letter], http: Http, *, key: str) -> Sequence[Outcome]:
        try:
            body = self.service.enclose(mail(told, self.sender), letters, key=key, at=told.at)
        except Refused as error:
            raise Rejected(str(error), remedy=_REMEDY) from None
        return self.service.post(body, letters, http, key=key)


def mail(told: Told, sender: str) -> Mail:
    """A message as a mail, in both parts."""
    more = told.text.split("\n")[len(told.notices) :]
    lines = [_paragraph(each, told.public) for each in told.notices] + [f"<p>{escape(each)}</p>" for each in more]
    title = escape(told.title)
    html = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>\n'
        f'<body><div style="{_STYLE}">\n<h1 style="font-size:20px">{title}</h1>\n' + "\n".join(lines) + "\n"
        "</div></body></html>\n"
    )
    return Mail(sender, told.title, "", html, f"{told.text}\n", "en", (), ())


def _paragraph(notice: Notice, public: str | None) -> str:
    words = escape(notice.words)
    if public is None:
        return f"<p>{words}</p>"
    address = escape(f"{public}{notice.path}")
    return f'<p>{words}<br><a href="{address}" style="display:inline-block;padding:10px 0">Open it at the desk</a></p>'


def _judge(outcomes: Sequence[Outcome]) -> None:
    """Raise what came of a message for several people, where it did not reach all of them."""
    failed = [each for each in outcomes if not isinstance(each, Receipt)]
    if not failed:
        return
    of = f"{len(failed)} of {len(outcomes)} mails: " if len(outcomes) > 1 else ""
    first = next((each for each in failed if isinstance(each, Unknown)), failed[0])
    if isinstance(first, Unknown):
        raise Unknown(f"{of}{first}", answer=first.answer)
    put_off = [each for each in failed if isinstance(each, NotSent)]
    if len(put_off) == len(outcomes):
        raise put_off[0]
    # Who has it already would get it twice.
    raise Rejected(f"{of}{first}", remedy=_REMEDY)
