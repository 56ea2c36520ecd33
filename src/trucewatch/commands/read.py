"""``trucewatch read``: from files to readings. One bad file never stops the rest."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from trucewatch.commands.inputs import Input
    from trucewatch.commands.outputs import Outputs
    from trucewatch.reading.model import Reading
    from trucewatch.reading.pipeline import Pipeline

MANY = 20
"""From how many files on only the sum is told, not each file."""

EPILOG = """\b
Examples:
  trucewatch read clip.en.vtt
  trucewatch read clip.en.vtt --html                   writes clip.en.html
  trucewatch read clip.en.vtt --html=page.html --json  page, and JSON to standard output
  trucewatch read archive/ 'more/**/*.srt' --out readings/ --json --html
  trucewatch read *.txt --jsonl | jq -r '.claims[] | [.type, .source] | @tsv'
  trucewatch read interview.txt --outlet "Al Jazeera English" --air-date 2019-06-07 --theatre syria

Exit status: 0 all read, 1 something could not be read or written, 2 wrong usage, 130 interrupted.
"""


class ReadCommand(click.Command):
    """Takes ``--html`` without a value, and ``--html=FILE`` with one, so that a FILE to read is never taken for it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, with a bare ``--html`` before any ``--`` made ``--html=``."""
        end = args.index("--") if "--" in args else len(args)
        head = ["--html=" if argument == "--html" else argument for argument in args[:end]]
        return super().parse_args(ctx, [*head, *args[end:]])


def _list_steps(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    """Print the steps of a reading, each with what its module says of it, and exit."""
    if not value or ctx.resilient_parsing:
        return
    from trucewatch.reading.steps import REQUIRED, STEPS

    for name, step in STEPS.items():
        about = (step.__doc__ or "").strip().partition("\n")[0]
        click.echo(f"{name:12} {about}{' (always runs)' if name in REQUIRED else ''}")
    ctx.exit()


@click.command(cls=ReadCommand, epilog=EPILOG)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="Print the reading as JSON; with --out, write NAME.json.")
@click.option("--jsonl", "as_jsonl", is_flag=True, help="Print each reading as one line of JSON.")
@click.option("--html", metavar="[=FILE]", help="Write one self-contained page: NAME.html here or in --out, or FILE.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              help="Folder for NAME.json (the default) and NAME.html; made if need be.")  # fmt: skip
@click.option("--force", is_flag=True, help="Write over files that Trucewatch did not write.")
@click.option("--outlet", metavar="NAME", help="Who broadcast it. Default: what the file tells.")
@click.option("--air-date", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD",
              help="When it was broadcast; dates are resolved against it. Default: what the file tells.")  # fmt: skip
@click.option("--theatre", metavar="NAME", help="Which conflict, or a theatre's folder. Default: worked out, and said.")
@click.option("--names", metavar="FILE", help="Your names file, or none. Default: $TRUCEWATCH_NAMES, "
              "trucewatch-names.yaml here or in your settings folder.")  # fmt: skip
@click.option("--off", multiple=True, metavar="STEP", help="Leave out a step of the reading. Can be repeated.")
@click.option("--steps", is_flag=True, is_eager=True, expose_value=False, callback=_list_steps,
              help="List the steps of a reading and exit.")  # fmt: skip
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    metavar="N",
    envvar="TRUCEWATCH_THREADS",
    help="Threads for the caption model. Default: $TRUCEWATCH_THREADS, else half the cores. The reading is the same.",
)
@click.option("--quiet", "-q", is_flag=True, help="Say nothing but errors on standard error.")
@click.pass_context
def read(
    ctx: click.Context, files: tuple[str, ...], as_json: bool, as_jsonl: bool, html: str | None, out: Path | None,
    force: bool, outlet: str | None, air_date: datetime | None, theatre: str | None, names: str | None, off: tuple[str, ...],
    threads: int | None, quiet: bool,
) -> None:  # fmt: skip
    """Read transcripts: who is said to have done what to whom, according to whom.

    FILE is a transcript (WebVTT, SRT, YouTube json3, Whisper JSON, TTML, a TV News Archive page, plain text; told by
    content), a folder of them, a quoted pattern, or - for standard input. By default the restored text and the claims
    are printed for a person to read.
    """
    from trucewatch.commands.inputs import inputs_of, refuse_page_as_input
    from trucewatch.commands.outputs import Outputs

    outputs = Outputs(as_json, as_jsonl, html, out, force)
    inputs, problems = inputs_of(files)
    if html == "":
        refuse_page_as_input(inputs)
    outputs.check(inputs)
    pipeline, theatre = pipeline_for(theatre, off, names, threads)
    for problem in problems:
        click.echo(f"trucewatch: {problem}", err=True)
    run = _Run(pipeline, theatre, outlet, air_date.date() if air_date else None, outputs, quiet)
    failed = len(problems) + run.all(inputs)
    if failed:
        ctx.exit(1)


def pipeline_for(
    theatre: str | None, off: Sequence[str], names: str | None, threads: int | None = None
) -> tuple[Pipeline, str | None]:
    """The pipeline, and the id of the theatre asked for.

    Raises UsageError for a theatre or step that is not there, and for a names file that cannot be used.
    """
    from trucewatch.reading.lexicon import WORLD, lexicon
    from trucewatch.reading.pipeline import Pipeline
    from trucewatch.theatre import TheatreError, available, load_theatre
    from trucewatch.theatre.usernames import users_names

    try:
        users = users_names(names)
        if theatre == WORLD:
            raise click.UsageError(f"the built-in {WORLD} is always used; name a theatre ('trucewatch theatre list')")
        shipped = [name for name in available() if name != WORLD]
        if theatre is None or theatre in shipped:
            return Pipeline(lexicon(users=users), off=frozenset(off), threads=threads), theatre
        own = load_theatre(theatre)
        wanted = (*(name for name in shipped if name != own.id), str(own.path))
        return Pipeline(lexicon(wanted, users), off=frozenset(off), threads=threads), own.id
    except (TheatreError, ValueError) as error:
        raise click.UsageError(str(error)) from error


class _Run:
    """Reads inputs one by one, sends each reading on, and tells on standard error what became of it."""

    def __init__(
        self, pipeline: Pipeline, theatre: str | None, outlet: str | None, air_date: date | None,
        outputs: Outputs, quiet: bool,
    ) -> None:  # fmt: skip
        self.pipeline, self.theatre, self.outputs, self.quiet = pipeline, theatre, outputs, quiet
        self.outlet, self.air_date = outlet, air_date
        self.done = 0

    def all(self, inputs: Sequence[Input]) -> int:
        """Read all inputs; gives how many could not be read or written."""
        failed = 0
        if self.outputs.out:
            _make_folder(self.outputs.out)
        with _telling(inputs, bar=self._wants_bar(len(inputs))) as (items, say):
            for item in items:
                problem = self._one(item, say, tell=not self.quiet and len(inputs) < MANY)
                if problem:
                    failed += 1
                    say(f"trucewatch: {problem}")
        if not self.quiet and (len(inputs) >= MANY or (failed and len(inputs) > 1)):
            click.echo(f"{self.done} read, {failed} could not be read", err=True)
        return failed

    def _wants_bar(self, count: int) -> bool:
        """Whether a progress bar helps, and disturbs nothing that is printed."""
        to_terminal = self.outputs.on_stdout and sys.stdout.isatty()
        return count > 1 and sys.stderr.isatty() and not to_terminal and not self.quiet

    def _one(self, item: Input, say: Callable[[str], None], *, tell: bool) -> str | None:
        """Read one input; gives what was wrong in one line, None if nothing."""
        from trucewatch.commands.ours import NotOurs
        from trucewatch.transcript import TranscriptError

        try:
            reading = self.pipeline.read(item.load(self.outlet, self.air_date), self.theatre)
        except TranscriptError as error:
            return str(error)
        except Exception as error:  # a fault of ours in one file must not lose the others
            return f"{item.name}: cannot be read, by a fault in Trucewatch ({_where(error)}); please report it"
        try:
            written = self.outputs.deliver(item, reading, first=self.done == 0)
        except NotOurs as error:
            return str(error)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise click.ClickException(f"{error.filename}: cannot be written ({error.strerror})") from error
        self.done += 1
        if tell and written:
            say(self._line(item, reading, written))
        return None

    def _line(self, item: Input, reading: Reading, written: Sequence[Path]) -> str:
        """What became of one input, in one line."""
        from trucewatch.publish.words import chance_words, counted

        settled = reading.transcript.theatre
        chance = reading.transcript.theatres.get(reading.transcript.theatre or "")
        how = "given" if self.theatre else "worked out" if chance is None else f"worked out, {chance_words(chance)}"
        theatre = f"theatre {settled} ({how})" if settled else "no theatre settled"
        put_right = sum(mention.recovered for mention in reading.mentions)
        counts = (
            f"{counted(len(reading.claims), 'claim')}, {counted(len(reading.mentions), 'name')}, {put_right} put right"
        )
        return f"{item.name}: {theatre}, {counts} -> {', '.join(map(str, written))}"


def _where(error: Exception) -> str:
    """An unforeseen error in one line: what, and in which line of which file."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    what = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    return f"{what}, {Path(frame.filename).name} line {frame.lineno}"


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(f"{folder}: cannot be made ({error.strerror}); give another --out") from error


@contextmanager
def _telling(inputs: Sequence[Input], *, bar: bool) -> Iterator[tuple[Iterator[Input], Callable[[str], None]]]:
    """The inputs to walk over, and how to say a line on standard error meanwhile; with a progress bar or without."""
    if not bar:
        yield iter(inputs), lambda line: click.echo(line, err=True)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.text import Text

    console = Console(stderr=True)
    columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield iter(progress.track(inputs)), lambda line: console.print(Text(line), soft_wrap=True, highlight=False)
