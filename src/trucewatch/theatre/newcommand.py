"""``trucewatch theatre new``: begin a theatre of one's own."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import click

from trucewatch.theatre.choosing import LARGEST
from trucewatch.theatre.load import available, parse_day
from trucewatch.theatre.model import TheatreError
from trucewatch.theatre.new import Made, Wanted, write_new

SHOWN = 8  # names told of each sort of what was left out


def _day(ctx: click.Context, param: click.Parameter, value: str) -> str:
    try:
        _parsed(value)
    except (ValueError, OverflowError) as error:
        raise click.BadParameter(f"{value!r} is not a date. Write 2018-09-17, 2018-09 or 2018.") from error
    return value


def _parsed(value: str) -> date | None:
    return parse_day(value) if value else None


@click.command()
@click.argument("name")
@click.option("--from-geonames", "files", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
              help="A GeoNames country file, such as HT.txt or HT.zip. Can be repeated.")  # fmt: skip
@click.option("--country", "countries", multiple=True, metavar="CC",
              help="Two-letter code of a country, the main one first. Default: those in the files.")  # fmt: skip
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER",
              help="Where to make its folder. Default: where Trucewatch finds it by itself.")  # fmt: skip
@click.option("--title", default="", help="Default: the main country's name.")
@click.option("--from-date", "first", default="", callback=_day, metavar="DATE", help="When the conflict begins.")
@click.option("--to-date", "last", default="", callback=_day, metavar="DATE", help="When it ends. Default: open.")
@click.option("--largest", default=LARGEST, show_default=True, type=click.IntRange(1, 5000), metavar="N",
              help="How many towns to take of each country.")  # fmt: skip
def new(
    name: str, files: tuple[Path, ...], countries: tuple[str, ...], into: Path | None, title: str, first: str,
    last: str, largest: int,
) -> None:  # fmt: skip
    """Begin a theatre of your own, with the places of a country filled in.

    NAME is its id, in lower-case letters: haiti, south-sudan. Country files are at download.geonames.org/export/dump;
    without one, the country's towns are taken from what is installed. Nothing that is there is written over.
    """
    begin, end = _parsed(first), _parsed(last)
    if begin and end and begin > end:
        raise click.UsageError(f"it ends ({last}) before it begins ({first}). Swap --from-date and --to-date.")
    try:
        made = write_new(name, Wanted(files, countries, " ".join(title.split()), first, last, largest, into))
    except TheatreError as error:
        raise click.ClickException(str(error)) from error
    _tell(name, made)


def _tell(name: str, made: Made) -> None:
    for file, line, what in made.chosen.bad:
        click.echo(f"{file}, line {line}: {what}; left out", err=True)
    counts = ", ".join(f"{count} {feature}" for feature, count in made.chosen.features.items())
    click.echo(f"{made.folder}\n  places.csv    {len(made.chosen.rows)} rows: {counts}")
    for why, names in made.chosen.left_out.items():
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        click.echo(f"  left out      {why}: {', '.join(names[:SHOWN])}{more}")
    levels = Counter(problem.level for problem in made.problems)
    said = ", ".join(f"{count} {level}{'s' if count > 1 else ''}" for level, count in sorted(levels.items()))
    found = available().get(name) == made.folder
    shown = name if found else str(made.folder)
    click.echo(f"  check         {said or 'no mistakes found'}")
    click.echo("Next:")
    click.echo(f"  1. who fights whom: write it into {made.folder / 'actors.yaml'}")
    click.echo(f"  2. trucewatch theatre check {shown}")
    click.echo(f"  3. trucewatch read a-transcript.txt --theatre {shown}")
    if not found:
        click.echo(f"It is used without --theatre once TRUCEWATCH_THEATRES names {made.folder.parent}.")
