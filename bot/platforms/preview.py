"""What a post will look like on a platform, as data for whoever shows it. Pure: nobody is asked."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bot.model.publication import Post
from bot.platforms.cards import card_of
from bot.platforms.composing import fault_of
from bot.platforms.contract import Cost, Counted, Mark, Platform, Preview, Previews, Shown
from bot.platforms.facts import CardBy
from bot.text import URL, Limit, count, fits, graphemes


def preview(platform: Platform, post: Post) -> Preview:
    """A post, thread or not, as it will look here; a fault that would hold it stands first among the remarks."""
    made = [platform.preview(each) if isinstance(platform, Previews) else plain(platform, each) for each in post.whole]
    fault = fault_of(platform, post)
    remarks = dict.fromkeys(remark for each in made for remark in each.remarks)
    first = made[0]
    return Preview(
        parts=tuple(part for each in made for part in each.parts),
        link=first.link,
        card=first.card,
        card_by=first.card_by,
        warning=first.warning,
        cost=_together([each.cost for each in made]),
        remarks=(*((fault,) if fault else ()), *remarks),
    )


def _together(costs: Sequence[Cost | None]) -> Cost | None:
    """What all texts of a post cost, in the currency of the first that costs anything."""
    asked = [each for each in costs if each is not None]
    if not asked:
        return None
    currency = asked[0].currency
    return Cost(sum((each.amount for each in asked if each.currency == currency), Decimal()), currency)


def plain(platform: Platform, post: Post, *, text: str | None = None, marks: tuple[Mark, ...] | None = None) -> Preview:
    """The preview of one text, counted in the platform's units; `text` and `marks` where it is shown otherwise."""
    by = platform.facts.card
    shown = text if text is not None else post.text.strip()
    made = Shown(
        text=shown,
        marks=marks if marks is not None else links(shown),
        counted=counted(post.text.strip(), platform.limits()),
        cut_at=cut_at(post.text.strip(), platform.limits()),
        media=post.media,
    )
    card = card_of(post) if by is not CardBy.NOBODY and not post.media else None
    return Preview((made,), link=post.link, card=card, card_by=by if card else "", warning=post.warning)


def links(text: str) -> tuple[Mark, ...]:
    """Every address in a text that leads to itself."""
    return tuple(Mark(found.start(), found.end(), found.group()) for found in URL.finditer(text))


def counted(text: str, limits: tuple[Limit, ...]) -> tuple[Counted, ...]:
    return tuple(Counted(count(text, each), each.maximum, str(each.unit), each.unit.words) for each in limits)


def cut_at(text: str, limits: tuple[Limit, ...]) -> int | None:
    """Where a text that is too long would have to end, as a number of characters; None where it fits."""
    if fits(text, limits):
        return None
    whole = graphemes(text)
    least, most = 0, len(whole)
    while least < most:
        middle = (least + most + 1) // 2
        if fits("".join(whole[:middle]), limits):
            least = middle
        else:
            most = middle - 1
    return len("".join(whole[:least]))
