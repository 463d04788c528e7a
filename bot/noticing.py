"""Decides which events of the history are told to editors outside the desk, and in which words. Pure.

Only what still holds is told: a draft that was approved before anybody was told of it waits for nobody any more.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.model.notice import Notice, What
from bot.model.states import DeliveryState, DraftState

# What the history calls the events that matter, and the kind of notice that each makes.
OF_DRAFTS: dict[str, What] = {
    DraftState.IN_REVIEW: What.REVIEW,
    DraftState.HELD: What.HELD,
    DraftState.REJECTED: What.REJECTED,
}
OF_DELIVERIES: dict[str, What] = {
    DeliveryState.HELD: What.HELD,
    DeliveryState.REJECTED: What.REJECTED,
    DeliveryState.UNKNOWN: What.UNKNOWN,
}
# So many lines stand in one message.
MOST_LINES = 20
_LONGEST_TITLE, _LONGEST_DETAIL = 120, 300


@dataclass(frozen=True)
class Happened:
    """An event as it matters here. `subject` is "draft" or "delivery", `what` the state that was reached.

    `state` is where the subject stands now, `detail` the reason; `due` and `by_itself` are times in words, "" for none;
    `approved` counts the approvals that a draft in review has, in words.
    """

    event: int
    subject: str
    number: int
    what: str
    actor: str
    detail: str
    state: str
    title: str
    kind: str
    channel: str
    due: str = ""
    by_itself: str = ""
    approved: str = ""


def notice(happened: Happened, wanted: frozenset[What]) -> Notice | None:
    """What is told of an event; None where nobody wants to hear it, or where it holds no more."""
    kinds = OF_DRAFTS if happened.subject == "draft" else OF_DELIVERIES
    what = kinds.get(happened.what)
    if what is None or what not in wanted or happened.state != happened.what:
        return None
    words = _of_draft(happened, what) if happened.subject == "draft" else _of_delivery(happened, what)
    path = f"/drafts/{happened.number}" if happened.subject == "draft" else f"/deliveries/{happened.number}"
    return Notice(what, words, path)


def newest(happened: list[Happened]) -> set[int]:
    """The last event of each subject, by number: what came before it holds no more, or says the same."""
    last: dict[tuple[str, int], int] = {}
    for each in happened:
        subject = (each.subject, each.number)
        last[subject] = max(each.event, last.get(subject, each.event))
    return set(last.values())


def text(notices: list[Notice], public: str | None) -> str:
    """A message in plain words, each line with the address of its page, where the desk has one."""
    lines = [f"{each.words}{f' {public}{each.path}' if public else ''}" for each in notices[:MOST_LINES]]
    return "\n".join([*lines, *_more(notices)])


def title(notices: list[Notice]) -> str:
    """A message in a few words."""
    if len(notices) == 1:
        return _TITLES[notices[0].what]
    kinds = {each.what for each in notices}
    return (
        f"{len(notices)} × {_TITLES[kinds.pop()].lower()}" if len(kinds) == 1 else f"{len(notices)} things to look at"
    )


def _more(notices: list[Notice]) -> list[str]:
    more = len(notices) - MOST_LINES
    return [f"And {more} more."] if more > 0 else []


_TITLES = {
    What.REVIEW: "Ready for review",
    What.HELD: "Held",
    What.REJECTED: "Rejected",
    What.UNKNOWN: "In doubt",
}


def _of_draft(happened: Happened, what: What) -> str:
    named = f"“{_cut(happened.title, _LONGEST_TITLE)}” ({happened.kind} for {happened.channel})"
    if what is not What.REVIEW:
        return f"{_TITLES[what]} by {happened.actor}: {named}: {_cut(happened.detail, _LONGEST_DETAIL)}"
    more = [
        f"{happened.approved} approved it" if happened.approved else "",
        f"due {happened.due}" if happened.due else "",
        f"approved by itself {happened.by_itself} unless somebody holds it" if happened.by_itself else "",
    ]
    return "; ".join([f"Ready for review: {named}", *filter(None, more)]) + "."


def _of_delivery(happened: Happened, what: What) -> str:
    said = {
        What.HELD: "Held, not sent",
        What.REJECTED: "Not taken",
        What.UNKNOWN: "In doubt, look whether it arrived",
    }[what]
    named = f"“{_cut(happened.title, _LONGEST_TITLE)}” on {happened.channel}"
    return f"{said}: {named}: {_cut(happened.detail, _LONGEST_DETAIL)}"


def _cut(words: str, most: int) -> str:
    line = " ".join(words.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"
