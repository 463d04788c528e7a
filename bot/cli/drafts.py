"""`drafts`: the editor's steps on one draft, one command each."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from bot import deliver, links, present, review
from bot.addresses import read_address
from bot.cli.common import (
    actor_option,
    config_option,
    instant,
    json_option,
    loaded,
    local,
    print_json,
    tell_link,
)
from bot.cli.drafts_list import described, drafts, every, zone_of
from bot.cli.main import ATTENTION, OK, REFUSED
from bot.config import duration
from bot.drafting.payload import thaw
from bot.errors import Refused
from bot.house import opened
from bot.model.choices import at_length
from bot.model.publication import Kind, Mail
from bot.model.states import DraftState
from bot.model.subscriber import Length
from bot.preflight import Finding, Level, blocking, known
from bot.prepare.inspection import asked, inspected
from bot.store import deliveries, events
from bot.store import drafts as stored
from bot.store.drafts import OPEN, Draft

_length = click.option(
    "--length",
    type=click.Choice([each.value for each in Length]),
    default=Length.FULL.value,
    help="Which length of an edition: its headlines, three minutes of it, or all of it.",
)


@drafts.command(epilog="Examples: pullquote drafts show 3 | pullquote drafts show 3 --as-html > edition.html")
@click.argument("number", type=int)
@click.option("--revision", type=int, help="An earlier revision.")
@_length
@click.option("--as-html", is_flag=True, help="Print the HTML of an edition, byte for byte as it would go out.")
@click.option("--history", is_flag=True, help="Who did what when.")
@json_option
@config_option
def show(
    config_path: Path | None,
    number: int,
    revision: int | None,
    length: str,
    as_html: bool,
    history: bool,
    as_json: bool,
) -> int:
    """Show what a draft would publish: the stored revision, not a new rendering."""
    with opened(loaded(config_path)) as house, house.store.read() as db:
        draft = stored.get(db, number)
        content = stored.revision(db, draft, revision)
        publication = thaw(content.payload)
        approved, needed = stored.approvals_of(db, draft), review.approvers(house, draft)
        alone = review.by_itself(house, draft)
        clip = review.clip_to_come(house, db, draft, publication)
        told = events.of(db, f"draft:{number}")
        sent = deliveries.of_draft(db, number)
        checked = draft.kind is Kind.EDITION and revision is None and draft.state is not DraftState.PUBLISHED
        findings = inspected(house, db, draft, present.now()) if checked else ()
    if as_html:
        if not isinstance(publication, Mail):
            raise Refused(f"Draft {number} is a post; it has no HTML.")
        click.echo(at_length(publication, Length(length)).html, nl=False)
        return OK
    if as_json:
        print_json(
            described(draft)
            | {
                "hash": content.hash,
                "publication": publication,
                "approval": approved[-1] if len(approved) >= needed else None,
                "approvals": approved,
                "approvers": needed,
                "history": told,
            }
            | {"preflight": findings}
        )
        return OK
    zone = zone_of(house, draft)
    click.echo(f"Draft {draft.id}: {draft.kind} for {draft.channel}, {draft.state}, {_due(draft, zone)}")
    click.echo(
        f"Revision {content.number} of {draft.revision} by {content.made_by}: {content.note}; hash {content.hash[:8]}"
    )
    if needed > 1 and len(approved) < needed:
        names = ", ".join(each.actor for each in approved)
        click.echo(
            f"Approved {len(approved)} of {needed}: {names}" if approved else f"Needs {needed} people's approval"
        )
    else:
        for each in approved:
            click.echo(f"Approved by {each.actor} at {local(each.at, zone)}: {each.hash[:8]}")
    if alone is not None:
        click.echo(f"Approved by itself at {local(alone, zone)} {zone}, unless somebody holds it")
    if clip is not None:
        then = "it can be approved once it is there" if clip == "wait" else "what is approved before goes without it"
        click.echo(f"Its clip is being made; {then}")
    if draft.held_reason:
        click.echo(f"Why: {draft.held_reason}")
    if draft.state is DraftState.HELD:
        click.echo(f"'pullquote drafts reopen {number}' takes it up again")
    if findings:
        click.echo(f"Pre-flight: {_counted(findings)}; 'pullquote drafts preflight {number}' lists them")
    for delivery in sent:
        click.echo(f"Delivery {delivery.id}: {delivery.state} {delivery.permalink or delivery.reason}".rstrip())
    if history:
        for event in told:
            click.echo(f"  {local(event.at, zone)}  {event.actor}: {event.what}  {event.detail}".rstrip())
        return OK
    click.echo("")
    if isinstance(publication, Mail):
        click.echo(f"From: {publication.sender}\nSubject: {publication.subject}\nPreheader: {publication.preheader}\n")
        publication = at_length(publication, Length(length))
    click.echo(publication.text)
    return OK


@drafts.command(epilog="Example: pullquote drafts preflight 3")
@click.argument("number", type=int)
@click.option("--no-dns", is_flag=True, help="Do not ask what the sender's domain publishes.")
@json_option
@config_option
def preflight(config_path: Path | None, number: int, no_dns: bool, as_json: bool) -> int:
    """Check an edition before it is approved.

    Each line says how grave it is, what is wrong and what to do. What is grave stops an approval, unless the newsletter
    says preflight = "warn". DNS is only asked where live = true, and nothing is stopped by its answer.
    """
    from bot.domains import Names

    with opened(loaded(config_path)) as house:
        with house.store.read() as db:
            draft = stored.get(db, number)
            records = None if no_dns else asked(house, db, draft, Names().records)
            findings = inspected(house, db, draft, present.now(), records=records)
        if as_json:
            print_json(findings)
        else:
            for each in findings:
                click.echo(f"{each.level:5}  {each}")
            if records is not None:
                click.echo(f"DNS: {known(records)}.")
            if any("field " in each.remedy for each in findings):
                click.echo(f"Fields are written with 'pullquote drafts edit {number} --set FIELD=TEXT'.")
            click.echo(f"Draft {number}: {_counted(findings)}.")
    return ATTENTION if blocking(findings) else OK


@drafts.command(epilog="Example: pullquote drafts edit 3 --set subject='What we measure' --set note:2='Do listen.'")
@click.argument("number", type=int)
@click.option(
    "--set", "settings", multiple=True, metavar="FIELD=TEXT", help="A field and its text; '-' reads standard input."
)
@actor_option
@config_option
def edit(config_path: Path | None, number: int, settings: tuple[str, ...], actor: str) -> int:
    """Put your own words into a draft.

    Makes a new revision and voids an approval. A post has the field text; an edition has subject, preheader and opener
    and, with the number of an episode, headline:N, hook:N, note:N, skip:N (with the reason), quote:N (one of its
    candidates, word for word) and place:N (1 leads). skip and place also take a part of the mail (top, threads,
    quotes, also; place:lead and place:groups too) or the key of what stands in it. An empty text gives a field back.
    """
    if not settings:
        raise click.UsageError("Name at least one field: --set subject='…'.")
    edits = {}
    for setting in settings:
        field, equals, text = setting.partition("=")
        if not equals:
            raise click.BadParameter(f"'{setting}' is not of the form FIELD=TEXT.")
        edits[field.strip()] = sys.stdin.read() if text == "-" else text
    with opened(loaded(config_path)) as house:
        draft = review.edit(house, number, edits, actor=actor, now=present.now())
    click.echo(f"Draft {number} is at revision {draft.revision} and {draft.state}.")
    return OK


@drafts.command(epilog="Example: pullquote drafts card 3 portrait")
@click.argument("number", type=int)
@click.argument(
    "choice", type=click.Choice(["square", "portrait", "landscape", "story", "link", "video", "audio", "none"])
)
@click.option("--about", is_flag=True, help="Cut a clip though its second is only about right.")
@actor_option
@config_option
def card(config_path: Path | None, number: int, choice: str, about: bool, actor: str) -> int:
    """Give a quote post a card of another size, as the picture of its link's card, a clip, or none; voids an approval.

    "video" is an audiogram, "audio" the sound alone, cut from the file beside the page or from the show's address.
    """
    with opened(loaded(config_path)) as house:
        with house.store.read() as db:
            seen = stored.get(db, number).revision
        draft = review.choose_card(
            house, number, choice, seen=seen, actor=actor, now=present.now(), approximately=about
        )
    click.echo(f"Draft {draft.id} is revision {draft.revision} now, {draft.state}.")
    return OK


@drafts.command(epilog="Examples: pullquote drafts approve 3 --seen 1f0c9a2b | pullquote drafts approve --all --now")
@click.argument("numbers", type=int, nargs=-1)
@click.option("--seen", help="The hash that you looked at; anything else is refused.")
@click.option("--now", "at_once", is_flag=True, help="Give up its slot and send it at the next pass.")
@click.option("--all", "everything", is_flag=True, help="Every draft that waits for review.")
@actor_option
@config_option
def approve(
    config_path: Path | None, numbers: tuple[int, ...], seen: str | None, at_once: bool, everything: bool, actor: str
) -> int:
    """Approve exactly what a draft holds now, and plan its delivery."""
    if seen and len(numbers) != 1:
        raise click.UsageError("--seen goes with one draft.")
    with opened(loaded(config_path)) as house:
        if everything:
            with house.store.read() as db:
                numbers = tuple(each.id for each in every(db, OPEN))
            if not numbers:
                click.echo("No draft waits for an approval.")
                return OK
        if not numbers:
            raise click.UsageError("Name a draft, or --all.")
        refused = 0
        for number in numbers:
            try:
                draft = review.approve(house, number, actor=actor, now=present.now(), seen=seen, at_once=at_once)
                if draft.state is DraftState.IN_REVIEW:
                    click.echo(f"Draft {number} waits for one more: somebody else has to approve the same.")
                    continue
                click.echo(
                    f"Draft {number} is {draft.state}, {local(draft.due_at, zone_of(house, draft))}: {draft.title}"
                )
            except Refused as error:
                refused += 1
                click.echo(error.at_terminal, err=True)
    return REFUSED if refused else OK


@drafts.command(epilog="Example: pullquote drafts link 3 --for 'Ada of the guests'")
@click.argument("number", type=int)
@click.option("--for", "name", required=True, help="Whom it is for; the history will name them.")
@click.option("--lasts", default="72h", show_default=True, help="How long it works: 90m, 12h, 2d.")
@actor_option
@config_option
def link(config_path: Path | None, number: int, name: str, lasts: str, actor: str) -> int:
    """Print a link by which somebody without an account decides on exactly what the draft holds now, once."""
    try:
        how_long = duration(lasts)
    except ValueError as error:
        raise click.BadParameter(f"'{lasts}': {error}.") from None
    token = secrets.token_urlsafe(24)
    with opened(loaded(config_path)) as house:
        links.make(house, number, token=token, name=name, actor=actor, now=present.now(), lasts=how_long)
        tell_link(house.config.web.public, f"/review/{token}")
    return OK


@drafts.command("try", epilog="Example: pullquote drafts try 10 me@example.org --length short")
@click.argument("number", type=int)
@click.argument("address")
@_length
@actor_option
@config_option
def try_(config_path: Path | None, number: int, address: str, length: str, actor: str) -> int:
    """Send an edition to one address, as it is, with "[Test]" before the subject."""
    wanted = read_address(address)
    with opened(loaded(config_path)) as house:
        click.echo(deliver.send_trial(house, number, wanted, length=Length(length), actor=actor, clock=present.now))
    return OK


@drafts.command(epilog="Example: pullquote drafts hold 3 --reason 'the guest asked us to wait'")
@click.argument("number", type=int)
@click.option("--reason", required=True, help="Why; it stands in the history.")
@actor_option
@config_option
def hold(config_path: Path | None, number: int, reason: str, actor: str) -> int:
    """Stop a draft until somebody takes it up again."""
    with opened(loaded(config_path)) as house:
        review.hold(house, number, reason=reason, actor=actor, now=present.now())
    click.echo(f"Draft {number} is held.")
    return OK


@drafts.command(epilog="Example: pullquote drafts reject 3 --reason 'said better elsewhere'")
@click.argument("number", type=int)
@click.option("--reason", required=True, help="Why; it stands in the history.")
@actor_option
@config_option
def reject(config_path: Path | None, number: int, reason: str, actor: str) -> int:
    """Decide that a draft never goes out. The episodes of a rejected edition come in the next one."""
    with opened(loaded(config_path)) as house:
        review.reject(house, number, reason=reason, actor=actor, now=present.now())
    click.echo(f"Draft {number} is rejected.")
    return OK


@drafts.command("request-changes", epilog="Example: pullquote drafts request-changes 3 --reason 'shorter, please'")
@click.argument("number", type=int)
@click.option("--reason", required=True, help="What is to be changed.")
@actor_option
@config_option
def request_changes(config_path: Path | None, number: int, reason: str, actor: str) -> int:
    """Send a draft back with what is to be changed."""
    with opened(loaded(config_path)) as house:
        review.request_changes(house, number, reason=reason, actor=actor, now=present.now())
    click.echo(f"Draft {number} waits for changes.")
    return OK


@drafts.command(epilog="Example: pullquote drafts reopen 3")
@click.argument("number", type=int)
@actor_option
@config_option
def reopen(config_path: Path | None, number: int, actor: str) -> int:
    """Put a draft that was held, rejected or sent back before the editors again."""
    with opened(loaded(config_path)) as house:
        review.reopen(house, number, actor=actor, now=present.now())
    click.echo(f"Draft {number} is in review.")
    return OK


@drafts.command(epilog="Examples: pullquote drafts reschedule 3 '2026-11-27 17:45' | pullquote drafts reschedule 3 now")
@click.argument("number", type=int)
@click.argument("when")
@actor_option
@config_option
def reschedule(config_path: Path | None, number: int, when: str, actor: str) -> int:
    """Give a draft another time.

    WHEN is local time in the zone of the draft's channel, unless it names its own offset; or "now".
    """
    with opened(loaded(config_path)) as house:
        with house.store.read() as db:
            zone = zone_of(house, stored.get(db, number))
        now = present.now()
        due = now if when == "now" else instant(when, zone)
        moved = review.reschedule(house, number, due=due, actor=actor, now=now)
    click.echo(f"Draft {number} is due {local(moved.due_at, zone)} {zone}.")
    return OK


def _counted(findings: Sequence[Finding]) -> str:
    levels = [each.level for each in findings if each.level is not Level.NOTE]
    if not levels:
        return "all is in order"
    return f"{levels.count(Level.BLOCK)} to mend, {levels.count(Level.WARN)} to look at"


def _due(draft: Draft, zone: str) -> str:
    return f"{local(draft.due_at, zone)} {zone}" if draft.due_at else local(None, zone)
