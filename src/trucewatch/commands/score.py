"""``trucewatch score``: how near readings come to gold."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click

from trucewatch.score import Item, Score, ScoreError, gold_files, load_gold, load_object, raw_text, report

EPILOG = """\b
Examples:
  trucewatch score benchmarks/gold/dev
  trucewatch score benchmarks/gold/dev --misses | grep 'garbled name'
  trucewatch score gold/ --readings readings/ --json figures.json
"""


@click.command(epilog=EPILOG)
@click.argument("gold", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--readings", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="DIR",
              help="Score the readings in DIR (NAME.json for NAME.json of gold) instead of reading.")  # fmt: skip
@click.option("--json", "as_json", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), metavar="FILE",
              help="Write all figures to FILE as JSON; - prints them instead of the lines for people.")  # fmt: skip
@click.option("--misses", is_flag=True, help="List every miss and every false find.")
def score(gold: tuple[Path, ...], readings: Path | None, as_json: Path | None, misses: bool) -> None:
    """Score readings against gold readings.

    GOLD is files, or folders of them: NAME.json in the format of a reading, with the raw text beside it in NAME.txt.
    Each text is read now, with the outlet and air date that its gold names, unless --readings says where readings are.
    The figures are pooled.
    """
    scored = Score()
    try:
        _score_all(scored, gold, _stored(readings) if readings else _reader())
    except ScoreError as error:
        raise click.ClickException(str(error)) from error
    result = scored.result()
    if as_json and str(as_json) == "-":
        click.echo(json.dumps(result, indent=1))
        return
    for line in [*(scored.misses if misses else ()), *report(result)]:
        click.echo(line)
    if as_json:
        _write(as_json, json.dumps(result, indent=1))


Readings = Callable[[Path, Item], Item]
"""From a gold file and what it holds to the reading to score; ``{}`` where there is none."""


def _score_all(scored: Score, paths: tuple[Path, ...], reading_of: Readings) -> None:
    for path in gold_files(paths):
        gold = load_gold(path)
        reading = reading_of(path, gold)
        try:
            scored.one(path.stem, raw_text(path, reading), gold, reading)
        except (KeyError, TypeError, AttributeError) as error:
            raise ScoreError(f"{path}: it or its reading is not in the format of a reading ({error!r})") from error


def _stored(folder: Path) -> Readings:
    """Readings that lie in a folder; one that is missing counts as empty, and is said to be."""

    def stored(path: Path, gold: Item) -> Item:
        reading = folder / path.name
        if reading.exists():
            return load_object(reading)
        click.echo(f"{path.stem}: no reading at {reading}: counted as empty", err=True)
        return {}

    return stored


def _reader() -> Readings:
    """Readings made now."""
    from trucewatch.reading.pipeline import Pipeline
    from trucewatch.transcript import TranscriptError, from_text

    pipeline = Pipeline()

    def read(path: Path, gold: Item) -> Item:
        about = gold.get("transcript") or {}
        outlet, air_date = about.get("outlet") or None, about.get("air_date") or None
        try:
            transcript = from_text(raw_text(path, {}), id=path.stem, outlet=outlet, air_date=air_date, name=str(path))
        except TranscriptError as error:
            raise ScoreError(str(error)) from error
        return pipeline.read(transcript).model_dump(mode="json")

    return read


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{path}: cannot be written ({error.strerror})") from error
