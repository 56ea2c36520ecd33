"""Adding a row to a user's names file.

    entity_meant(theatre, word)   the entity that an id, a name or a spelling means
    add(...)                      one more spelling or mishearing of it, at the end of the file

Invariant: a file is only ever added to: every row, comment and line that stood there stands there still.
"""

from __future__ import annotations

import csv
import io
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trucewatch.theatre.files import write_atomically
from trucewatch.theatre.load import unite, world
from trucewatch.theatre.model import Entity, Theatre, TheatreError
from trucewatch.theatre.names import fold
from trucewatch.theatre.teaching import Taught, all_theatres, listed, names_of, owners, perhaps, resolve, same, teach
from trucewatch.theatre.usernames import How, Lesson, UserNames, parse_bytes, parse_names, refuse

HEADER = """\
# Names that you taught Trucewatch. The manual is docs/names.md; `trucewatch theatre names` checks this file.
#
# - spelling: Sarakeb al-Gharbi      another way a name is written; several: [one, two]
#   entity: syria:sy-saraqib         `trucewatch theatre show syria saraqib` tells ids
# - heard: Sarah could               a known mishearing, put right whatever else sounds alike
#   entity: syria:sy-saraqib
# - never: members                   words that are never put right
# - name: Tell Example               a place, actor or person that no theatre has
#   kind: place
#   theatre: syria
#   lat: 35.9306
#   lon: 36.6339

"""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one spelling: ``written``, or already there; ``said`` says it in words."""

    written: bool
    said: str


class Taken(TheatreError):
    """A spelling that belongs to another entity; ``force`` takes it over."""


def entity_meant(theatre: Theatre, reference: str, names: UserNames | None = None) -> Entity:
    """The entity that an id, a name or a spelling means in a theatre or the world. Raises TheatreError: none, or several.

    The user's own entities count too.
    """
    taught = teach([theatre], world(), names) if names else Taught([theatre], world(), [])
    known = unite([*taught.theatres, taught.base])
    wanted = reference if ":" in reference else f"{theatre.id}:{reference}"
    identity = resolve(wanted, known)
    if identity is not None:
        return known[identity]
    key = fold(reference)
    at_home = [entity for entity in taught.theatres[0].entities if key]
    for entities, called in (
        (at_home, lambda entity: (entity.name,)),
        (at_home, names_of),
        (taught.base.entities if key else (), lambda entity: (entity.name,)),
        (taught.base.entities if key else (), names_of),
    ):
        found = {entity.id: entity for entity in entities if key in map(fold, called(entity))}
        if len(found) == 1:
            return next(iter(found.values()))
        if found:
            choices = ", ".join(f"{entity.id} ({entity.kind})" for entity in found.values())
            raise TheatreError(f"{reference!r} may be several: {choices}. Give one of these ids.")
    cure = perhaps(reference, known.values())
    raise TheatreError(f"no entity {reference!r} in {theatre.id}. {cure}")


def add(
    file: Path, theatre: Theatre, entity: Entity, text: str, how: How = "spelling", *, force: bool = False
) -> Added:
    """Add a spelling or mishearing of an entity to the names file, which is made if need be.

    ``text`` has passed ``fault_of``. Adding what is there changes nothing. Raises Taken where another entity has it
    and ``force`` is not given, TheatreError where the file cannot be used or written.
    """
    names = _there(file)
    key = fold(text)
    own = [lesson for lesson in (names.lessons if names else ()) if fold(lesson.text) == key]
    if own and own[-1].how == how and _meant(own[-1], entity, theatre):
        return Added(False, f"{text!r} is already there: {file}, line {own[-1].line}")
    if own and not _meant(own[-1], entity, theatre) and not force:
        raise Taken(f"{text!r} is {own[-1].entity}'s in {file}, line {own[-1].line}. Give --force to take it over.")
    said = ""
    if not own:
        said = _built_in(theatre, entity, text, how, force=force)
        if said.startswith("already"):
            return Added(False, f"{text!r} is {said}")
    _append(file, names, text, how, entity)
    return Added(True, f"{text!r} -> {entity.name} ({entity.id}), in {file}{said}")


def _there(file: Path) -> UserNames | None:
    """What the names file says now; None where there is none. Raises TheatreError: nothing is added to a faulty file."""
    if not os.path.lexists(file):
        return None
    names, problems = parse_names(file)
    refuse(file, problems)
    return names


def _meant(lesson: Lesson, entity: Entity, theatre: Theatre) -> bool:
    return lesson.entity == entity.id or resolve(lesson.entity, {entity.id, *theatre.by_id}) == entity.id


def _built_in(theatre: Theatre, entity: Entity, text: str, how: How, *, force: bool) -> str:
    """What the theatres already say of a text: nothing, that it is there ("already..."), or a remark. Raises Taken."""
    key = fold(text)
    every = [theatre, *(other for other in all_theatres() if other.id != theatre.id), world()]
    others = owners(every).get(key, {})
    mine = entity.id in others
    others = {identity: other for identity, other in others.items() if not same(identity, entity.id)}
    if how == "heard":
        table = {fold(heard): identity for heard, identity in theatre.mishearings}
        if (owner := table.get(key, entity.id)) != entity.id and not force:
            name = theatre.by_id[owner].name if owner in theatre.by_id else owner
            raise Taken(f"{text!r} is known as a mishearing of {name} ({owner}). Give --force to take it over.")
        if mine:
            return "already a name of it: what is spelled right needs no mishearing"
        return f" (also a name of {listed(others.values())})" if others else ""
    if others and not force:
        raise Taken(f"{text!r} is a name of {listed(others.values())}. Give --force to take it over.")
    return f"already a name of {entity.name} ({entity.id}), built in" if mine and not others else ""


# ---------------------------------------------------------------- writing


def _append(file: Path, names: UserNames | None, text: str, how: How, entity: Entity) -> None:
    """Write the row at the end. The new file is read before it is kept: what was there must be there still."""
    target = Path(os.path.realpath(file))
    data = _read(target) if names else b""
    before = [(lesson.text, lesson.how, lesson.entity) for lesson in names.lessons] if names else []
    for candidate in _candidates(file, data, text, how, entity):
        after, problems = parse_bytes(file, candidate)
        lessons = [(lesson.text, lesson.how, lesson.entity) for lesson in after.lessons]
        kept = not names or (after.never, after.entities) == (names.never, names.entities)
        if kept and lessons == [*before, (text, how, entity.id)] and not any(p.level == "error" for p in problems):
            _write(target, candidate)
            return
    row = f"- {how}: {_quoted(text)}, entity: {entity.id}"
    raise TheatreError(f"{file}: its form does not let a row be added at the end. Write it in yourself: {row}")


def _candidates(file: Path, data: bytes, text: str, how: How, entity: Entity) -> Iterator[bytes]:
    """What the file may look like with the row: CSV, or YAML with its list indented or not."""
    newline = "\r\n" if b"\r\n" in data else "\n"
    old = data.decode("utf-8-sig", "replace")
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    if file.suffix.lower() == ".csv":
        old = old if old.strip() else f"spelling,heard,entity,always,note{newline}"
        header = [cell.strip() for cell in next(csv.reader(io.StringIO(old, newline="")), [])]
        cells = {how: text, "entity": entity.id}
        if cells.keys() <= set(header):
            line = io.StringIO(newline="")
            csv.writer(line, lineterminator=newline).writerow([cells.get(key, "") for key in header])
            yield mark + (_ended(old, newline) + line.getvalue()).encode()
        return
    old = old if old.strip() else HEADER
    for indent in ("", "  ", "    "):
        row = f"{indent}- {how}: {_quoted(text)}{newline}{indent}  entity: {entity.id}  # {_comment(entity)}{newline}"
        yield mark + (_ended(old, newline) + row).encode()


def _ended(text: str, newline: str) -> str:
    return text if not text or text.endswith("\n") else text + newline


def _quoted(text: str) -> str:
    """A text in double quotes as YAML and JSON both read it."""
    return json.dumps(text, ensure_ascii=False)


def _comment(entity: Entity) -> str:
    return "".join(letter for letter in entity.name if letter.isprintable())


def _read(target: Path) -> bytes:
    try:
        return target.read_bytes()
    except OSError as error:
        raise TheatreError(f"{target}: cannot be read ({error.strerror}). Check its permissions.") from error


def _write(target: Path, data: bytes) -> None:
    """Write all or nothing, with the permissions that the file had (or any new file has)."""
    try:
        if target.exists():
            mode = stat.S_IMODE(target.stat().st_mode)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
            mode = stat.S_IMODE(target.stat().st_mode)
        write_atomically(target, data)
        target.chmod(mode)
    except OSError as error:
        cure = "Check its permissions, or give another --file."
        raise TheatreError(f"{target}: cannot be written ({error.strerror or error}). {cure}") from error
