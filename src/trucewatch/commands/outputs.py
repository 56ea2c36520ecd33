"""Where ``trucewatch read`` sends its readings: the terminal, JSON, JSON lines, a folder of files, pages."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from trucewatch.commands.inputs import Input
from trucewatch.commands.ours import write
from trucewatch.reading.model import Reading

Render = Callable[[Reading], str]


@dataclass(frozen=True, slots=True)
class Outputs:
    """What was asked for. ``html`` is None for no page, "" for NAME.html, "-" for standard output, else a file."""

    as_json: bool = False
    as_jsonl: bool = False
    html: str | None = None
    out: Path | None = None
    force: bool = False

    @property
    def for_people(self) -> bool:
        """Whether readings are printed for a person to read."""
        return not (self.as_json or self.as_jsonl or self.out or self.html is not None)

    @property
    def on_stdout(self) -> bool:
        """Whether standard output gets anything."""
        return self.for_people or self.as_jsonl or self.html == "-" or (self.as_json and not self.out)

    def check(self, inputs: Sequence[Input]) -> None:
        """Refuse what cannot be meant, before anything is read. Raises UsageError."""
        self._check_options()
        if len(inputs) > 1:
            if self.as_json and not self.out:
                raise click.UsageError("--json prints one reading; for several give --jsonl, or --out DIR as well.")
            if self.html == "" and not self.out:
                raise click.UsageError("--html writes one page a transcript; for several give --out DIR as well.")
            if self.html:
                raise click.UsageError("--html=FILE is for one transcript; for several give --html and --out DIR.")
        self._check_clashes(inputs)

    def _check_options(self) -> None:
        if self.as_jsonl and (self.as_json or self.out):
            raise click.UsageError("--jsonl prints all readings; it does not go with --json or --out.")
        if self.html == "-" and (self.as_jsonl or (self.as_json and not self.out)):
            raise click.UsageError("--html=- and JSON cannot both go to standard output.")

    def _check_clashes(self, inputs: Sequence[Input]) -> None:
        """Refuse outputs that would overwrite each other, or an input."""
        sources = {item.path.resolve() for item in inputs if item.path}
        taken: dict[Path, Input] = {}
        for item in inputs:
            for target in self.files(item):
                if target.resolve() in sources:
                    raise click.UsageError(f"{target} is itself a transcript to read; give another --out or --html.")
                if target in taken:
                    raise click.UsageError(
                        f"{taken[target].name} and {item.name} would both be written to {target}; read them apart."
                    )
                taken[target] = item

    def files(self, item: Input) -> dict[Path, Render]:
        """The files to write for an input, and what goes into each."""
        files: dict[Path, Render] = {}
        if self.out and (self.as_json or self.html is None or self.html):
            files[self.out / f"{item.stem}.json"] = _json
        if self.html == "":
            files[(self.out or Path()) / f"{item.stem}.html"] = _page
        elif self.html and self.html != "-":
            files[Path(self.html)] = _page
        return files

    def deliver(self, item: Input, reading: Reading, *, first: bool) -> list[Path]:
        """Send one reading where it goes; gives the files written. Raises NotOurs and OSError."""
        if self.for_people:
            _print(reading, first=first)
        elif self.as_jsonl:
            _stdout(reading.to_json(indent=None) + "\n")
        elif self.as_json and not self.out:
            _stdout(_json(reading))
        if self.html == "-":
            _stdout(_page(reading))
        files = self.files(item)
        for path, render in files.items():
            write(path, render(reading), force=self.force)
        return list(files)


def _print(reading: Reading, *, first: bool) -> None:
    from trucewatch.publish.terminal import print_reading

    console = Console()
    if not first:
        console.rule(style="dim")
    print_reading(reading, console)


def _json(reading: Reading) -> str:
    return reading.to_json() + "\n"


def _page(reading: Reading) -> str:
    from trucewatch.publish.page import render_page

    return render_page(reading)


def _stdout(text: str) -> None:
    """Write UTF-8 whatever the terminal's own encoding is: JSON and pages are UTF-8."""
    stream = sys.stdout.buffer
    stream.write(text.encode("utf-8"))
    stream.flush()
