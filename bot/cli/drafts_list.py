"""`drafts` and its list; the steps on one draft stand in `bot.cli.drafts`, which takes longer to load."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import click

from bot.cli.common import Further, config_option, json_option, loaded, local, print_json, print_rows, table
from bot.cli.main import OK
from bot.house import House, opened
from bot.model.states import DraftState
from bot.store import drafts as stored
from bot.store.database import Db
from bot.store.drafts import OPEN, Draft

_SHOWN = (*OPEN, DraftState.HELD, DraftState.APPROVED, DraftState.SCHEDULED)


@click.group(
    cls=Further,
    further="bot.cli.drafts",
    epilog="Examples: pullquote drafts list | pullquote drafts show 3 | pullquote drafts approve 3",
)
@config_option
@click.pass_context
def drafts(context: click.Context, config_path: Path | None) -> None:
    """Review drafts: show, edit, approve, hold, reject, reschedule."""
    context.obj = config_path


@drafts.command("list", epilog="Example: pullquote drafts list --state in_review")
@click.option("--state", type=click.Choice([state.value for state in DraftState]), help="Only this state.")
@json_option
@config_option
def list_(config_path: Path | None, state: str | None, as_json: bool) -> int:
    """List the drafts that are not done with."""
    with opened(loaded(config_path)) as house, house.store.read() as db:
        found = every(db, [DraftState(state)] if state else _SHOWN)
        rows = [(each, stored.revision(db, each).hash) for each in found]
        if as_json:
            print_json([described(each) | {"hash": content} for each, content in rows])
            return OK
        shown = table("Draft", "State", "When", "Kind", "Channel", "Title", "Hash")
        lines = [
            (d.id, d.state, local(d.due_at, zone_of(house, d)), d.kind, d.channel, d.title, content[:8])
            for d, content in rows
        ]
        print_rows(shown, lines, nothing=f"No draft is in the state {state}." if state else "No draft waits.")
    return OK


def zone_of(house: House, draft: Draft) -> str:
    return house.zone_of(draft.channel, draft.newsletter)


def every(db: Db, states: Collection[DraftState]) -> list[Draft]:
    """Every draft in any of some states, however many there are."""
    found: list[Draft] = []
    while page := stored.listed(db, states, past=len(found)):
        found += page
    return found


def described(draft: Draft) -> dict[str, object]:
    return {
        "id": draft.id,
        "kind": draft.kind,
        "channel": draft.channel,
        "newsletter": draft.newsletter,
        "number": draft.number,
        "episode": draft.episode_id,
        "state": draft.state,
        "title": draft.title,
        "revision": draft.revision,
        "edits": dict(draft.edits),
        "due": draft.due_at,
        "held_reason": draft.held_reason,
    }
