"""``trucewatch theatre add-spelling`` and ``trucewatch theatre names``: the user's own names file."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from trucewatch.theatre.adding import add, entity_meant
from trucewatch.theatre.lined import Problem
from trucewatch.theatre.load import load_theatre
from trucewatch.theatre.model import TheatreError
from trucewatch.theatre.names import fold
from trucewatch.theatre.teaching import check_names
from trucewatch.theatre.usernames import (
    ENDINGS,
    FILE_VARIABLE,
    NO_FILE,
    STEM,
    FoundFile,
    UserNames,
    config_dir,
    fault_of,
    find_names,
    load_names,
    parse_names,
    tidy,
)


def _everyday() -> Collection[str]:
    """Everyday English words, which the reading knows; imported here since no other command of theatres needs them."""
    from trucewatch.reading.commonwords import common_words

    return common_words()


@click.command("add-spelling")
@click.argument("theatre")
@click.argument("entity")
@click.argument("spellings", nargs=-1, required=True, metavar="SPELLING...")
@click.option("--heard", is_flag=True, help="They are mishearings: put right whatever else sounds alike.")
@click.option("--file", type=click.Path(path_type=Path, dir_okay=False), help="Names file to add to (default: yours).")
@click.option("--force", is_flag=True, help="Take a spelling over from the entity that has it.")
def add_spelling(
    theatre: str, entity: str, spellings: tuple[str, ...], heard: bool, file: Path | None, force: bool
) -> None:
    """Teach Trucewatch how a name is written, or misheard.

    THEATRE is an id ("trucewatch theatre list") or a folder, ENTITY an id, a name or a spelling in it. Each SPELLING
    goes into your names file: --file, else $TRUCEWATCH_NAMES, else trucewatch-names.yaml here or in your settings
    folder; where there is none it is made here. Quote what has several words.
    """
    try:
        target = file or _target()
        loaded = load_theatre(theatre)
        meant = entity_meant(loaded, entity, load_names(target) if target.exists() else None)
    except TheatreError as error:
        raise click.ClickException(str(error)) from error
    failed = 0
    for spelling in map(tidy, spellings):
        if fault := fault_of(spelling):
            click.echo(f"Error: {fault[0]}. {fault[1]}", err=True)
            failed += 1
            continue
        try:
            added = add(target, loaded, meant, spelling, "heard" if heard else "spelling", force=force)
        except TheatreError as error:
            click.echo(f"Error: {error}", err=True)
            failed += 1
            continue
        click.echo(added.said)
        if added.written and not heard and fold(spelling) in _everyday():
            click.echo(
                f"Note: {spelling!r} is an everyday word; every one will now be read as {meant.name}. To keep it to "
                f"transcripts about {loaded.id}, write `always: false` below the row.",
                err=True,
            )
    if failed:
        sys.exit(1)


def _target() -> Path:
    """The names file that holds, or the one to make. Raises TheatreError."""
    found = find_names()
    return found.path if found else Path(f"{STEM}{ENDINGS[0]}")


@click.command()
@click.option("--file", type=click.Path(path_type=Path), help="Names file to look at (default: yours).")
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option("--json", "as_json", is_flag=True, help="Everything, as JSON.")
def names(file: Path | None, strict: bool, as_json: bool) -> None:
    """List what your names file holds, and every mistake in it: file, line, what, cure. Exit status 1 if there is one."""
    try:
        found = find_names(file)
        told, problems = parse_names(found.path)[0] if found else None, []
        if found:
            problems = check_names(found.path, _everyday())
    except TheatreError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(_as_json(found, told, problems), ensure_ascii=False, indent=1))
    elif found is None or told is None:
        click.echo(
            f"no names file. Looked at: --file, ${FILE_VARIABLE} ({NO_FILE!r}: none), {STEM}.yaml (or .yml, .csv) in "
            f"{Path().absolute()} and in {config_dir()}. `trucewatch theatre add-spelling` makes one."
        )
    else:
        _show(found, told, problems)
    if any(problem.level == "error" or strict for problem in problems):
        sys.exit(1)


def _rows(told: UserNames) -> list[tuple[int, dict[str, Any]]]:
    """What the file holds, in line order, a row of plain values each."""
    rows: list[tuple[int, dict[str, Any]]] = [
        (line, {"new": entity.name, "entity": entity.id, "kind": entity.kind, "lat": entity.lat, "lon": entity.lon})
        for line, entity in told.entities
    ]
    rows += [(row.line, {row.how: row.text, "entity": row.entity, "always": row.always}) for row in told.lessons]
    rows += [(row.line, {"never": row.text, "theatre": row.theatre}) for row in told.never]
    return sorted(rows, key=lambda pair: pair[0])


def _as_json(found: FoundFile | None, told: UserNames | None, problems: list[Problem]) -> dict[str, Any]:
    if found is None or told is None:
        return {"file": None, "rows": [], "problems": []}
    return {
        "file": str(found.path), "how": found.how, "sha256": told.digest,
        "rows": [{"line": line, **row} for line, row in _rows(told)],
        "problems": [asdict(problem) for problem in problems],
    }  # fmt: skip


def _show(found: FoundFile, told: UserNames, problems: list[Problem]) -> None:
    click.echo(f"{found.path} ({found.how})")
    for line, row in _rows(told):
        how, text = next(iter(row.items()))
        if how == "never":
            says = f"left as it is where {row['theatre']} is at hand" if row["theatre"] else "left as it is"
        elif how == "new":
            says = f"{row['kind']} {row['entity']}" + (
                f" at {row['lat']}, {row['lon']}" if row["lat"] is not None else ""
            )
        else:
            unusual = row["always"] != (how == "spelling")
            says = row["entity"] + (", in every transcript" if row["always"] else ", in its own theatre") * unusual
        click.echo(f"  line {line:<4} {how:9} {text}  ->  {says}")
    for problem in problems:
        click.echo(str(problem))
    levels = Counter(problem.level for problem in problems)
    said = ", ".join(f"{count} {level}{'s' if count > 1 else ''}" for level, count in sorted(levels.items()))
    click.echo(f"{len(told.lessons) + len(told.never)} taught; {said or 'no mistakes found'}")
