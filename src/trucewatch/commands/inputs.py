"""What ``trucewatch read`` was asked to read: files, folders, patterns, standard input, as a list of inputs."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import click

from trucewatch.commands.ours import is_ours
from trucewatch.transcript import MAX_BYTES, Transcript, TranscriptError, load
from trucewatch.transcript.formats import ENDINGS
from trucewatch.transcript.source import shown

IN_FOLDERS = frozenset({*ENDINGS, ".txt"})
"""Endings of the files that are taken from a folder. A file named outright may be called anything."""


@dataclass(frozen=True, slots=True)
class Input:
    """One transcript to read; ``path`` is None for standard input."""

    path: Path | None

    @property
    def name(self) -> str:
        """What to call it in messages."""
        return shown(self.path) if self.path else "stdin"

    @property
    def stem(self) -> str:
        """What to call its outputs: the file's name without its last ending."""
        return self.path.stem if self.path else "stdin"

    def load(self, outlet: str | None, air_date: date | None) -> Transcript:
        """The transcript. Raises TranscriptError."""
        if self.path:
            return load(self.path, outlet=outlet, air_date=air_date)
        stdin = sys.stdin.buffer
        if stdin.isatty():
            click.echo("trucewatch: reading from the terminal; end with Ctrl-D", err=True)
        return load(stdin.read(MAX_BYTES + 1), name="stdin", outlet=outlet, air_date=air_date)


def inputs_of(arguments: Iterable[str]) -> tuple[list[Input], list[TranscriptError]]:
    """The inputs that the arguments name, each once, in order; and what names none."""
    inputs: dict[Path | None, Input] = {}
    problems: list[TranscriptError] = []
    for argument in arguments:
        try:
            for found in _named(argument):
                inputs.setdefault(found.path.resolve() if found.path else None, found)
        except TranscriptError as problem:
            problems.append(problem)
    return list(inputs.values()), problems


def _named(argument: str) -> Iterator[Input]:
    """The inputs of one argument. Raises TranscriptError where a folder or pattern holds none."""
    path = Path(argument)
    if argument == "-":
        yield Input(None)
    elif os.path.isdir(argument):  # unlike Path.is_dir, says no to a name that cannot be a file's
        found = sorted(_in_folder(path))
        if not found:
            cure = f"transcripts there end in {', '.join(sorted(IN_FOLDERS))}; name other files outright"
            raise TranscriptError(shown(path), "holds no transcript", cure=cure)
        yield from map(Input, found)
    elif glob.has_magic(argument) and not os.path.exists(argument):
        matches = sorted(Path(match) for match in glob.iglob(argument, recursive=True))
        files = [match for match in matches if match.is_file()]
        if not files:
            raise TranscriptError(shown(argument), "matches no file", cure="check the pattern")
        yield from map(Input, files)
    else:
        yield Input(path)


def _in_folder(folder: Path) -> Iterator[Path]:
    """Files at any depth that look like transcripts, without hidden ones and what Trucewatch itself wrote."""
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix.lower() in IN_FOLDERS and not hidden and path.is_file() and not is_ours(path):
            yield path


def refuse_page_as_input(inputs: Iterable[Input]) -> None:
    """Explain ``--html page.html``, which names the page as a transcript. Raises UsageError."""
    for item in inputs:
        path = item.path
        if path and path.suffix.lower() in {".html", ".htm"} and (not os.path.exists(path) or is_ours(path)):
            raise click.UsageError(f"{item.name} is no transcript; to name the page to write: --html={item.name}")


__all__ = ["IN_FOLDERS", "Input", "inputs_of", "refuse_page_as_input"]
