"""A user's names put to the theatres: what their rows refer to, what they change, and adding a row.

    teach(theatres, base, names)   the theatres as the user's names make them, and what each lesson names
    check_names(path)              every mistake in a names file, those of reference too

Invariant: no theatre is changed, on disk or in memory; what a names file touches is made anew.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from trucewatch.theatre.gazetteer import country_boxes
from trucewatch.theatre.lined import Problem
from trucewatch.theatre.load import WORLD, available, load_theatre, unite, world
from trucewatch.theatre.model import Entity, Theatre, TheatreError
from trucewatch.theatre.names import fold
from trucewatch.theatre.usernames import Lesson, UserNames, parse_names
from trucewatch.theatre.where import BOX_MARGINS_TO_ERROR, inside

SUGGESTED = 3
_LIKE = 75.0  # least likeness (rapidfuzz WRatio, of 100) of a name worth suggesting: below it short names crowd in


# ---------------------------------------------------------------- what a names file changes


@dataclass(frozen=True)
class Taught:
    """Theatres with a user's names in them. ``lessons`` are the rows that name something here, each with its entity.

    ``problems`` are references that lead nowhere: errors, and warnings for theatres that are not on this machine.
    """

    theatres: list[Theatre]
    base: Theatre
    lessons: list[tuple[Lesson, Entity]]
    problems: list[Problem] = field(default_factory=list)


def teach(theatres: list[Theatre], base: Theatre, names: UserNames) -> Taught:
    """The theatres and the world with the user's spellings and entities; those untouched are the same objects."""
    loaded = {theatre.id: theatre for theatre in [*theatres, base]}
    elsewhere = set(available()) - loaded.keys()
    known = unite([*theatres, base])
    problems: list[Problem] = []
    new: dict[str, list[Entity]] = defaultdict(list)
    for line, entity in names.entities:
        if entity.theatre not in loaded:
            problems += _no_theatre(names, line, entity.theatre, elsewhere)
        elif entity.id in known:
            what = f"the id {entity.id!r} is {known[entity.id].name}'s"
            cure = "Teach that entity (`entity` and `spelling`), or give an `id` of your own."
            problems.append(Problem(str(names.path), line, what, cure))
        else:
            countries = loaded[entity.theatre].countries
            made = replace(entity, country=entity.country or (countries[0] if countries else None))
            known[made.id] = made
            new[made.theatre].append(made)
    told: list[tuple[Lesson, Entity]] = []
    more: dict[str, list[str]] = defaultdict(list)
    brought = {entity.id for _, entity in names.entities}
    for lesson in names.lessons:
        identity = resolve(lesson.entity, known)
        if identity is not None:
            told.append((lesson, known[identity]))
            if lesson.how == "spelling":
                more[identity].append(lesson.text)
        elif (where := lesson.entity.partition(":")[0]) not in loaded:
            problems += _no_theatre(names, lesson.line, where, elsewhere)
        elif lesson.entity not in brought:  # else its own row is at fault, and that was said
            what = f"there is no entity {lesson.entity!r}"
            problems.append(Problem(str(names.path), lesson.line, what, perhaps(lesson.entity, known.values(), where)))
    in_order = sorted(dict.fromkeys(problems), key=lambda problem: problem.line or 0)
    changed = {key: _with(theatre, new.get(key, []), more) for key, theatre in loaded.items()}
    lessons = [(lesson, _as_changed(entity, changed.values())) for lesson, entity in told]
    return Taught([changed[theatre.id] for theatre in theatres], changed[base.id], lessons, in_order)


def resolve(reference: str, known: Collection[str]) -> str | None:
    """The full id that a reference means: itself, or the world's (``syria:ru`` is ``world:ru``); None for neither."""
    local = f"{WORLD}:{reference.partition(':')[2].lower()}"
    return reference if reference in known else local if local in known else None


def _no_theatre(names: UserNames, line: int, theatre: str, elsewhere: set[str]) -> list[Problem]:
    """A theatre that is there but not wanted now is no mistake; one that is nowhere may lie on another machine."""
    if theatre in elsewhere:
        return []
    what = f"there is no theatre {theatre!r} here; the row is left out"
    cure = "Use an id of `trucewatch theatre list`, or give your own theatre's folder (--theatre)."
    return [Problem(str(names.path), line, what, cure, "warning")]


def _with(theatre: Theatre, new: list[Entity], more: dict[str, list[str]]) -> Theatre:
    """A theatre with entities and spellings added. Its digest says so; one that nothing is added to stays itself."""
    added = [entity for entity in new if entity.theatre == theatre.id]
    touched = {entity.id for entity in theatre.entities if entity.id in more}
    if not added and not touched:
        return theatre
    entities = tuple([_spelled(entity, more.get(entity.id, ())) for entity in (*theatre.entities, *added)])
    said = "\n".join(repr(entity) for entity in entities if entity.id in touched or entity in added)
    digest = hashlib.sha256(f"{theatre.digest}\n{said}".encode()).hexdigest()
    return replace(theatre, entities=entities, by_id={entity.id: entity for entity in entities}, digest=digest)


def _spelled(entity: Entity, more: Iterable[str]) -> Entity:
    """The user's spellings come right after the name: of a place seldom named, only the first few are listened for."""
    more = list(more)
    if not more:
        return entity
    return replace(entity, spellings=tuple(dict.fromkeys((entity.spellings[0], *more, *entity.spellings[1:]))))


def _as_changed(entity: Entity, theatres: Iterable[Theatre]) -> Entity:
    """The entity as the first theatre that has it now holds it (the world is last)."""
    return next((theatre.by_id[entity.id] for theatre in theatres if entity.id in theatre.by_id), entity)


def perhaps(reference: str, entities: Iterable[Entity], theatre: str | None = None) -> str:
    """A cure that names the entities most like a mistaken reference."""
    from rapidfuzz import fuzz, process, utils

    wanted = reference.rpartition(":")[2].replace("-", " ")
    choices: dict[tuple[str, str], str] = {}
    for entity in entities:
        if theatre is None or entity.theatre in (theatre, WORLD):
            for name in (entity.id.partition(":")[2].replace("-", " "), *entity.spellings):
                if len(name) * 2 > len(wanted):  # a scrap of a long word is like it, and is not what was meant
                    choices[entity.id, name] = name
    like = process.extract(
        wanted, choices, scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=_LIKE, limit=20
    )
    by_id = {entity.id: entity.name for entity in entities}
    found = list(dict.fromkeys(key[0] for _, _, key in like))[:SUGGESTED]
    if not found:
        return f"`trucewatch theatre show {theatre or 'THEATRE'} WORD` tells ids."
    return "Perhaps " + " or ".join(f"{identity} ({by_id[identity]})" for identity in found) + "?"


# ---------------------------------------------------------------- checking


def check_names(path: Path, everyday: Collection[str] = ()) -> list[Problem]:
    """Every mistake in a names file, in line order; ``everyday`` are English words that a spelling had better not be.

    References are held against all theatres there are. Raises TheatreError where the file cannot be read.
    """
    names, problems = parse_names(path)
    theatres = all_theatres()
    taught = teach(theatres, world(), names)
    names_owners = owners([*theatres, world()])
    problems += taught.problems
    for lesson, entity in taught.lessons:
        if lesson.how == "spelling":
            problems += _spelling_warnings(path, lesson, entity, names_owners, everyday)
        elif fold(lesson.text) in everyday and lesson.always:
            what = f"{lesson.text!r} is an everyday word, and is put right in every transcript"
            problems.append(Problem(str(path), lesson.line, what, "Take `always` out.", "warning"))
    boxes = country_boxes()
    known = {theatre.id: theatre for theatre in theatres}
    for line, entity in names.entities:
        theatre = known.get(entity.theatre)
        code = entity.country or (theatre.countries[0] if theatre and theatre.countries else "")
        point = (entity.lat, entity.lon)
        if code in boxes and not _inside(point, boxes[code]):
            what = f"{entity.name} at {entity.lat}, {entity.lon} lies outside {code}"
            swapped = " (lat and lon look swapped)" if _inside((entity.lon, entity.lat), boxes[code]) else ""
            problems.append(Problem(str(path), line, what + swapped, "Correct them, or give its `country`.", "warning"))
    for never in names.never:
        if never.theatre and never.theatre not in known and never.theatre != WORLD:
            problems += _no_theatre(names, never.line, never.theatre, set())
    return sorted(problems, key=lambda p: (p.line or 0, p.what))


def _inside(point: tuple[float | None, float | None], box: tuple[float, float, float, float]) -> bool:
    """Whether a point lies in a country's box and its widest margin; one without coordinates does."""
    lat, lon = point
    return lat is None or lon is None or inside((lat, lon), box, BOX_MARGINS_TO_ERROR)


def _spelling_warnings(
    path: Path, lesson: Lesson, entity: Entity, known: dict[str, dict[str, Entity]], everyday: Collection[str]
) -> Iterator[Problem]:
    key = fold(lesson.text)
    others = [other for identity, other in known.get(key, {}).items() if not same(identity, entity.id)]
    if others:
        what = f"{lesson.text!r} is also a name of {listed(others)}; here it is {entity.name}'s"
        cure = f"Right if you want that; else take it out{', or say `always: false`' if lesson.always else ''}."
        yield Problem(str(path), lesson.line, what, cure, "warning")
    if key in everyday and lesson.always:
        what = f"{lesson.text!r} is an everyday word: every one in every transcript will be {entity.name}"
        cure = "Say `always: false` to keep it to its own theatre."
        yield Problem(str(path), lesson.line, what, cure, "warning")


def same(first: str, second: str) -> bool:
    """Whether two ids are one thing: a state is an actor and a place."""
    return first.removesuffix("-country") == second.removesuffix("-country")


def all_theatres() -> list[Theatre]:
    """All theatres that can be loaded; a faulty one is `trucewatch theatre check`'s business."""
    found = []
    for name, path in available().items():
        if name != WORLD:
            with suppress(TheatreError):
                found.append(load_theatre(path))
    return found


def owners(theatres: Iterable[Theatre]) -> dict[str, dict[str, Entity]]:
    """Folded spelling -> the entities that it names, by id."""
    found: dict[str, dict[str, Entity]] = defaultdict(dict)
    for theatre in theatres:
        for entity in theatre.entities:
            for spelling in names_of(entity):
                found[fold(spelling)][entity.id] = entity
    return found


def names_of(entity: Entity) -> tuple[str, ...]:
    """All that is written for an entity in its theatre's files."""
    return (
        *entity.spellings, *entity.forces, *entity.acronyms, *entity.adjectives, *entity.peoples, *entity.capitals,
        *entity.generic,
    )  # fmt: skip


def listed(entities: Iterable[Entity]) -> str:
    """A few entities by name and id, for a sentence."""
    every = [f"{entity.name} ({entity.id})" for entity in entities]
    return ", ".join(every[:SUGGESTED]) + (f" and {len(every) - SUGGESTED} more" if len(every) > SUGGESTED else "")
