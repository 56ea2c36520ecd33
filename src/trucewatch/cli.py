"""The command line. A command's module is imported when that command is run, so that help is quick."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from trucewatch._version import __version__

INTERRUPTED = 130
"""The exit status of what Ctrl-C ended: 128 and the number of the signal, as shells give it."""

COMMANDS = {
    "read": (
        "trucewatch.commands.read:read",
        "Read transcripts: who is said to have done what to whom, according to whom.",
    ),
    "explain": (
        "trucewatch.commands.explain:explain",
        "Say why some words of a transcript were put right, or were not.",
    ),
    "score": ("trucewatch.commands.score:score", "Score readings against gold readings."),
    "schema": ("trucewatch.commands.schema:schema", "Print the JSON Schema of a reading."),
    "theatre": ("trucewatch.theatre.commands:theatre", "Conflicts as data: places, actors, people, agreements."),
    "gazetteer": ("trucewatch.theatre.commands:gazetteer", "Places of the world, beyond the theatres' own."),
}
"""Command -> where it lives, and its line in the group's help."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are run; its help is written from ``COMMANDS``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands' names, in the order that help shows them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported; None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


EPILOG = """\b
Examples:
  trucewatch read examples/syria_2019-07-24.txt
  trucewatch read clip.en.vtt --air-date 2023-06-14 --html
  trucewatch read archive/ --out readings/ --json --html
  trucewatch explain examples/syria_2019-07-24.txt --words "con shake hoon"
  yt-captions | trucewatch read - --outlet "Al Jazeera English" --json

Nothing that Trucewatch prints says that an event happened: each claim says who said so.
"""


@click.group(cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="trucewatch", message="%(prog)s %(version)s")
def cli() -> None:
    """Read captions of war news into claims.

    Trucewatch reads broadcast news as captions or speech recognition leave it, puts misheard names right, and lists
    who is said to have done what to whom, where, when, with what, and according to whom. It works offline.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 all done, 1 something could not be done, 2 wrong usage, 130 interrupted.

    Where whoever reads the output leaves early (``| head``), click ends it with status 1 and without a word.
    """
    try:
        status = cli.main(arguments, prog_name="trucewatch", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("trucewatch: interrupted", err=True)
        status = INTERRUPTED
    sys.exit(status if isinstance(status, int) else 0)
