"""``trucewatch explain``: why some words of a transcript were, or were not, put right."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

EPILOG = """\b
Examples:
  trucewatch explain clip.en.vtt --words "con shake hoon"
  trucewatch explain clip.en.vtt --at 1204               the word at a character of the raw text
  trucewatch explain clip.en.vtt --at 1204-1218 --json   all that was weighed, for programs

Offsets are those of readings: they count the characters of the raw text, from 0.
Exit status: 0 explained, 2 wrong usage, no such file, words or offset.
"""


@click.command(epilog=EPILOG)
@click.argument("file", metavar="FILE")
@click.option("--at", metavar="OFFSET[-OFFSET]", help="A character of the raw text, or a range (end not included).")
@click.option("--words", metavar="WORDS", help="The words as they were heard, where they first stand.")
@click.option("--theatre", metavar="NAME", help="Which conflict, or a theatre's folder. Default: worked out.")
@click.option("--names", metavar="FILE", help="Your names file, or none. Default: as read does.")
@click.option("--json", "as_json", is_flag=True, help="Print everything that was weighed as JSON.")
def explain(
    file: str, at: str | None, words: str | None, theatre: str | None, names: str | None, as_json: bool
) -> None:
    """Say why some words of a transcript were put right, or were not.

    FILE is a transcript as read takes it, or - for standard input. It is read anew, and what was listened to over the
    words is shown: how each candidate sounds beside them, phone by phone, what each piece of evidence was worth, and how
    likely that made it.
    """
    from trucewatch.commands.inputs import Input
    from trucewatch.commands.read import pipeline_for
    from trucewatch.reading.explain import explain as explained
    from trucewatch.reading.explain import find_words
    from trucewatch.transcript import TranscriptError

    if (at is None) == (words is None):
        raise click.UsageError("give either --at OFFSET or --words WORDS, to say which words are meant")
    span = _offsets(at) if at is not None else None
    pipeline, theatre = pipeline_for(theatre, (), names)
    try:
        transcript = Input(None if file == "-" else Path(file)).load(None, None)
        start, end = span or find_words(transcript.raw, words or "")
        found = explained(pipeline, transcript, start, end, theatre)
    except TranscriptError as error:
        raise click.UsageError(str(error)) from error
    except ValueError as error:
        raise click.UsageError(f"{file}: {error}") from error
    if as_json:
        text = json.dumps(_plain(asdict(found)), ensure_ascii=False, indent=1)
        sys.stdout.buffer.write((text + "\n").encode("utf-8"))
        sys.stdout.buffer.flush()
        return
    from rich.console import Console

    from trucewatch.publish.explained import WIDTH, print_explanation

    print_explanation(found, transcript.raw, Console(width=None if sys.stdout.isatty() else WIDTH))


def _offsets(at: str) -> tuple[int, int]:
    """The characters that ``--at`` names, end exclusive. Raises UsageError."""
    found = re.fullmatch(r"(\d{1,12})(?:-(\d{1,12}))?", at.strip())
    if not found:
        raise click.UsageError(f"--at {at}: give one offset (1204) or two (1204-1218), as readings have them")
    start = int(found[1])
    end = int(found[2]) if found[2] else start + 1
    if end <= start:
        raise click.UsageError(f"--at {at}: the second offset must be greater than the first, since it is not included")
    return start, end


def _plain(value: Any) -> Any:
    """Evidence and candidates (pydantic models) inside a value as plain objects."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value.model_dump() if hasattr(value, "model_dump") else value
