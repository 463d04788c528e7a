"""The entry: `pullquote` and the table of its commands, each loaded only when it is called."""

from __future__ import annotations

import sys
from importlib import import_module

import click

import bot
from bot.errors import ConfigError, PullquoteError, Refused, StoreError

OK, FAULT, USAGE, SETUP, REFUSED, ATTENTION = 0, 1, 2, 3, 4, 5

# Name → where it lives, and the line that `--help` shows. Importing a command only when it is called keeps help fast.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("bot.cli.demo:demo", "Run the whole job on the sample episodes, into a fresh folder."),
    "init": ("bot.cli.setup:init", "Write a commented configuration to start from."),
    "check": ("bot.cli.setup:check", "Validate configuration, templates, store and channels."),
    "theme": ("bot.cli.theme:theme", "See, make and check the looks of newsletters."),
    "migrate": ("bot.cli.setup:migrate", "Bring the database up to date."),
    "run": ("bot.cli.worker:run", "Work on schedule until stopped."),
    "once": ("bot.cli.worker:once", "Make one pass: collect, prepare, deliver what is due."),
    "plan": ("bot.cli.plan:plan", "Show what would go out, and what changed since the last plan."),
    "schedule": (
        "bot.cli.plan:schedule",
        "Show the next times of every newsletter and channel, in their own zone and in UTC.",
    ),
    "sources": (
        "bot.cli.sources:sources",
        "List the feeds that are followed and how each stands; poll them, import and export them.",
    ),
    "add": ("bot.cli.sources:add", "Follow a feed, or read one episode's page."),
    "episodes": ("bot.cli.episodes:episodes", "List the episodes that came last, or show what we say about one."),
    "drafts": ("bot.cli.drafts_list:drafts", "Review drafts: show, edit, approve, hold, reject, reschedule."),
    "rehearse": (
        "bot.cli.rehearse:rehearse",
        "Go through the sending of a draft without anybody getting anything.",
    ),
    "deliveries": ("bot.cli.deliveries:deliveries", "See how deliveries ended, and settle those in doubt."),
    "subscribers": (
        "bot.cli.subscribers:subscribers",
        "Keep the list of readers.",
    ),
    "mailings": ("bot.cli.mailings:mailings", "See who got an edition."),
    "bounces": ("bot.cli.bounces:bounces", "Take in the mails that came back."),
    "archive": (
        "bot.cli.archive:archive",
        "List the past editions that anybody may read, or write all of them as files.",
    ),
    "correct": ("bot.cli.correct:correct", "Correct a published post wherever it ran, or an edition in the archive."),
    "quotes": ("bot.cli.quotes:quotes", "Rank the quotable lines of a document or transcript."),
    "score": ("bot.cli.quotes:score", "Score single lines from standard input."),
    "train": ("bot.cli.train:train", "Fit the picker to what your editors kept, and show the gain."),
    "status": ("bot.cli.status:status", "Say what needs somebody, what goes out next, and what happened."),
    "desk": ("bot.cli.desk:desk", "Serve the editor's desk and the pages for readers."),
    "editors": ("bot.cli.desk:editors", "List who works at the desk, and invite them."),
    "tokens": ("bot.cli.tokens:tokens", "Keep the keys to the HTTP API."),
    "freeze": ("bot.cli.status:freeze", "Stop everything outgoing at once, and say what was stopped."),
    "thaw": ("bot.cli.status:thaw", "Let things go out again."),
}


class Lazy(click.Group):
    """A group whose commands are imported when they are called, not when they are listed."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise click.UsageError(f"There is no command '{args[0]}'.{hint}", context)
        return super().resolve_command(context, args)

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(
    cls=Lazy,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done; 1 a fault of ours; 2 wrong usage; 3 configuration or database; "
    "4 refused as things stand; 5 done, but something needs somebody. Start with: pullquote demo",
)
@click.version_option(bot.__version__, prog_name="pullquote")
def group() -> None:
    """Pullquote, the publishing desk for podcasts: episodes in, a newsletter and posts out, each word approved."""


def main() -> None:
    """Run the command line and end the process with one of the documented exit codes."""
    try:
        sys.exit(group.main(standalone_mode=False) or OK)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
    except (ConfigError, StoreError) as error:
        click.echo(str(error), err=True)
        sys.exit(SETUP)
    except Refused as error:
        click.echo(error.at_terminal, err=True)
        sys.exit(REFUSED)
    except PullquoteError as error:
        click.echo(str(error), err=True)
        sys.exit(FAULT)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has heard enough (`pullquote … | head`).
        sys.stderr.close()
        sys.exit(OK)
