"""`sources`: the feeds that are followed, how each stands, what of them waits for a person; `add`: one more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from urllib.parse import urlsplit

import click

from bot import present
from bot.cli.common import (
    actor_option,
    add_rows,
    config_option,
    console,
    json_option,
    loaded,
    local,
    print_json,
    table,
)
from bot.cli.main import ATTENTION, OK
from bot.collect import Collected, pages, poll
from bot.config import Loaded, feed_tables, load
from bot.errors import ConfigError, Refused, UnreadableDocument
from bot.house import House, opened
from bot.polling.standing import Condition, Standing
from bot.polling.verdict import revived
from bot.sources import opml, sandbox
from bot.sources.feed import looks_like_feed
from bot.sources.page import feed_address, feeds_of
from bot.store import artworks, events
from bot.store import sources as stored
from bot.store.sources import ItemState


@click.group(
    invoke_without_command=True,
    epilog="Examples: pullquote sources | pullquote sources poll | pullquote sources held | "
    "pullquote sources import subscriptions.opml",
)
@config_option
@json_option
@click.pass_context
def sources(context: click.Context, config_path: Path | None, as_json: bool) -> int:
    """List the feeds that are followed and how each stands; poll them, import and export them.

    The states: ok, not modified, slow, blocked, moved, frozen, gone, failing, held, new. The last column says why.
    """
    context.obj = config_path
    if context.invoked_subcommand is not None:
        return OK
    with opened(loaded(config_path)) as house:
        standings = _standings(house)
        with house.store.read() as db:
            unread = artworks.unread(db)
        if as_json:
            print_json([asdict(each) for each in standings])
            return OK
        if not standings:
            click.echo("No feed is followed. 'pullquote add URL' adds one, 'pullquote sources import FILE' a list.")
            return OK
        rows = [
            (
                each.title or _shown(each.key),
                each.condition,
                local(each.succeeded_at, "UTC") if each.succeeded_at else "never",
                "not any more" if each.condition is Condition.GONE else local(each.next_at, "UTC"),
                each.reason,
            )
            for each in standings
        ]
        console().print(add_rows(table("Source", "State", "Last answer (UTC)", "Next poll (UTC)", "Why"), rows))
        silent = [each for each in standings if each.failures]
        if len(silent) == len(standings) and len(standings) > 1:
            click.echo("None of them answers: look at this machine's own connection first.")
        for show, why in unread:
            click.echo(f"No picture of “{show}” could be copied the last time: {why}")
    return OK


@sources.command(name="poll", epilog="Example: pullquote sources poll https://example.org/feed.xml")
@click.argument("urls", nargs=-1)
@config_option
def poll_now(urls: tuple[str, ...], config_path: Path | None) -> int:
    """Ask feeds now and in full, due or not; also those that are gone.

    URLS are addresses as in the configuration; without any, all feeds are asked.
    """
    with opened(loaded(config_path)) as house:
        known = house.config.feeds
        _refuse_strangers(urls, known)
        wanted = list(urls or known)
        now = present.now()
        with house.store.write() as db:
            stored.keep(db, wanted, now)
            stored.put(db, [revived(each, now) for each in stored.listed(db, wanted)])
        done = poll(house, present.now, only=wanted)
    click.echo(_said(done))
    for sentence in done.unanswered:
        click.echo(f"No answer that can be used: {sentence}")
    return ATTENTION if done.held else OK


@sources.command(name="held", epilog="Example: pullquote sources held")
@config_option
@json_option
def list_held(config_path: Path | None, as_json: bool) -> int:
    """List the items that were not announced by themselves, and why; release or dismiss them."""
    with opened(loaded(config_path)) as house, house.store.read() as db:
        found = stored.held(db)
    if as_json:
        print_json(found)
        return OK
    if not found:
        click.echo("Nothing is held.")
        return OK
    rows = [(each.id, each.title, local(each.claimed_at or each.first_seen_at, "UTC"), each.reason) for each in found]
    console().print(add_rows(table("Item", "Title", "Dated (UTC)", "Why it is held"), rows))
    click.echo("'pullquote sources release ITEM …' announces them, 'pullquote sources dismiss ITEM …' leaves them.")
    return OK


@sources.command(epilog="Examples: pullquote sources release 41 42 | pullquote sources release --all")
@click.argument("items", nargs=-1, type=int)
@click.option("--all", "everything", is_flag=True, help="Every held item.")
@click.option("--source", help="Every held item of this feed.")
@config_option
@actor_option
def release(items: tuple[int, ...], everything: bool, source: str | None, config_path: Path | None, actor: str) -> int:
    """Announce held items after all: they are drafted at the next pass."""
    return _settle(config_path, items, everything=everything, source=source, actor=actor, to=ItemState.ANNOUNCED)


@sources.command(epilog="Example: pullquote sources dismiss --source https://example.org/feed.xml")
@click.argument("items", nargs=-1, type=int)
@click.option("--all", "everything", is_flag=True, help="Every held item.")
@click.option("--source", help="Every held item of this feed.")
@config_option
@actor_option
def dismiss(items: tuple[int, ...], everything: bool, source: str | None, config_path: Path | None, actor: str) -> int:
    """Leave held items unannounced; they stay known."""
    return _settle(config_path, items, everything=everything, source=source, actor=actor, to=ItemState.DISMISSED)


@sources.command(name="import", epilog="Example: pullquote sources import subscriptions.opml")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@config_option
def import_opml(file: Path, config_path: Path | None) -> int:
    """Follow the feeds of an OPML list: they are written to the end of the configuration.

    Those that are followed already are passed over. Of each new one the newest episode is announced, the rest is
    remembered.
    """
    found = loaded(config_path)
    _refuse_defaults(found)
    listed = opml.read(file.read_bytes(), file.name)
    there = {getattr(source, "url", "") for source in found.config.sources}
    new = {each.url: each.title for each in listed.subscriptions if each.url not in there}
    _append(found, list(new.items()))
    for remark in listed.remarks:
        click.echo(f"{file.name}: {remark.text}")
    known = len(listed.subscriptions) - len(new)
    click.echo(f"{len(new)} feeds added to {found.path}" + (f", {known} were there already." if known else "."))
    return OK


@sources.command(epilog="Example: pullquote sources export > subscriptions.opml")
@config_option
def export(config_path: Path | None) -> int:
    """Print the feeds that are followed as an OPML list, which other programs read."""
    with opened(loaded(config_path)) as house:
        standings = _standings(house)
    subscriptions = [opml.Subscription(each.key, each.title or _shown(each.key), each.site) for each in standings]
    click.echo(opml.write(subscriptions, title="Pullquote", made=present.now()), nl=False)
    return OK


@click.command(epilog="Example: pullquote add https://example.org/podcast/feed.xml")
@click.argument("url")
@config_option
def add(url: str, config_path: Path | None) -> int:
    """Follow a feed, or read one episode's page.

    A feed is written to the end of the configuration; the newest episode is announced at the next pass. The page of an
    episode is read at once. A page that is neither says which feeds it names.
    """
    address = feed_address(url) or url
    with opened(loaded(config_path)) as house:
        found = pages.fetched(house, address)
        if looks_like_feed(found.body):
            return _follow(house, address, found.body, found.headers.get("content-type", ""))
        try:
            done = pages.take_in(house, found, present.now(), url=address)
        except UnreadableDocument as error:
            named = feeds_of(found.body, found.url)
            if named:
                listed = "\n".join(f"  pullquote add {each.url}  ({each.title})" for each in named)
                raise Refused(f"{error}\nThe page names these feeds:\n{listed}") from None
            raise
    click.echo("Read its episode; 'pullquote once' drafts it." if done.new else "Its episode is known already.")
    return OK


def _follow(house: House, url: str, body: bytes, mime: str) -> int:
    found = house.loaded
    _refuse_defaults(found)
    if url in house.config.feeds:
        click.echo(f"{url} is followed already.")
        return OK
    feed = sandbox.shared().parse(body, urlsplit(url).hostname or url, mime, url)
    _append(found, [(url, feed.title)])
    click.echo(f"'{feed.title or url}' ({len(feed.items)} items) is followed: written to {found.path}.")
    return OK


def _append(found: Loaded, new: Sequence[tuple[str, str]]) -> None:
    """Write feeds to the end of a configuration; one that would not load with them is left as it was."""
    if not new:
        return
    before = found.path.read_bytes()
    text = before.decode("utf-8-sig")
    try:
        found.path.write_text(f"{text.rstrip()}\n{feed_tables(new)}", encoding="utf-8")
        load(found.path, home=found.home)
    except (ConfigError, OSError):
        found.path.write_bytes(before)
        raise


def _settle(
    config_path: Path | None,
    items: Sequence[int],
    *,
    everything: bool,
    source: str | None,
    actor: str,
    to: ItemState,
) -> int:
    if not items and not everything and source is None:
        raise click.UsageError("Name items, or give --all or --source URL; 'pullquote sources held' lists them.")
    with opened(loaded(config_path)) as house, house.store.write() as db:
        held = stored.held(db, source)
        chosen = held if everything or (source and not items) else [each for each in held if each.id in items]
        strangers = sorted(set(items) - {each.id for each in held})
        if strangers:
            raise Refused(f"No held item has the number {strangers[0]}; 'pullquote sources held' lists them.")
        stored.settle_held(db, [each.id for each in chosen], to)
        what = "released" if to is ItemState.ANNOUNCED else "dismissed"
        for each in chosen:
            subject = f"episode:{each.episode_id}"
            events.note(db, at=present.now(), actor=actor, subject=subject, what=what, detail=each.reason)
    word = "announced" if to is ItemState.ANNOUNCED else "dismissed"
    click.echo(f"{len(chosen)} items {word}." + (" 'pullquote once' drafts them." if word == "announced" else ""))
    return OK


def _standings(house: House) -> list[Standing]:
    """The configured feeds as they stand; one of which something waits for a person is shown as held."""
    configured = house.config.feeds
    with house.store.write() as db:
        stored.keep(db, configured, present.now())
        standings = stored.listed(db, configured)
        waiting: dict[str, int] = {}
        for each in stored.held(db):
            waiting[each.source] = waiting.get(each.source, 0) + 1
    return [
        replace(
            each,
            condition=Condition.HELD,
            reason=f"{waiting[each.key]} items wait for you: 'pullquote sources held'",
        )
        if each.key in waiting
        else each
        for each in standings
    ]


def _refuse_strangers(urls: Sequence[str], known: Collection[str]) -> None:
    for url in urls:
        if url not in known:
            raise Refused(f"{_shown(url)} is not in the configuration; 'pullquote sources --json' lists the addresses.")


def _refuse_defaults(found: Loaded) -> None:
    if found.home == Path.cwd() and not found.path.resolve().is_relative_to(Path.cwd().resolve()):
        raise Refused("There is no configuration here to write the feed to; 'pullquote init' makes one.")


def _said(done: Collected) -> str:
    return (
        f"Asked {done.polled} feeds: {done.new} new episodes, {done.revised} revised, {done.known_only} remembered, "
        f"{done.held} held, {len(done.unanswered)} without an answer that can be used."
    )


def _shown(url: str) -> str:
    """An address without what may be secret in it."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}{parts.path}" or url
