"""From a theatre's folder to its entities.

    available()            which theatres there are: shipped, from other packages, the user's own
    load_theatre("syria")  one theatre, its plain states and world organisations merged with the built-in world's
    world()                the built-in world: countries, capitals, international organisations, media, leaders
    unite([...])           one entity an id over several theatres

Ids are full: ``syria:sy-idlib``, ``world:ru``. A theatre's actor row that re-uses a world id (``ru``) adds to the
world's entity and keeps ``world:ru``; its ``theatre`` says whose ``generic`` phrases it then carries. A loaded theatre
depends only on the bytes of its own files and of the world's.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, TypeVar, get_args

from trucewatch.theatre.files import Folder, data_dir, documents, listed, read_folder, rows
from trucewatch.theatre.model import Entity, Kind, Precision, Theatre, TheatreError

T = TypeVar("T")

FORMAT = "trucewatch.theatre/1"
WORLD = "world"
ENTRY_POINTS = "trucewatch.theatres"
PATH_VARIABLE = "TRUCEWATCH_THEATRES"
SHIPPED = Path(__file__).parent / "data"

PLACE_COLUMNS = (
    "id", "name", "kind", "feature", "local_name", "spellings", "lat", "lon", "precision", "country", "admin1",
    "importance", "source", "note",
)  # fmt: skip
PEOPLE_COLUMNS = ("id", "name", "role", "actor", "outlet", "spellings", "from", "to", "source", "note")
MISHEARING_COLUMNS = ("heard", "id", "source")
COUNTRY_COLUMNS = (
    "iso2", "name", "spellings", "adjectives", "peoples", "capital", "capital_spellings", "government_words", "lat",
    "lon", "source",
)  # fmt: skip

_PLACE_KINDS: dict[str, Kind] = {"place": "place", "facility": "facility", "road": "road"}
_ACTOR_KINDS: dict[str, Kind] = {"actor": "actor", "organisation": "organisation"}
_PRECISIONS: dict[str, Precision] = {p: p for p in get_args(Precision)}
_UNITED = (
    "spellings", "backers", "forces", "acronyms", "adjectives", "generic", "leaders", "peoples", "capitals", "parties",
)  # fmt: skip
_FIRST = ("feature", "klass", "local_name", "country", "admin1", "side", "represents", "actor", "role", "outlet")


# ---------------------------------------------------------------- which theatres there are


def available() -> dict[str, Path]:
    """Theatre id (its folder's name) -> folder. A user's folder wins over a package's, a package's over a shipped one.

    Looks in the shipped data, the entry points ``trucewatch.theatres`` (each a string or path, or a function without
    arguments that gives one), the user's data folder (``users_theatres``), and the folders in ``$TRUCEWATCH_THEATRES``
    (a path list; each a theatre, or a folder of theatres), which win. What cannot be found is warned about, not fatal.
    """
    found: dict[str, Path] = {}
    for folder in (SHIPPED, *_packaged(), *_users()):
        found.update({path.name: path for path in _theatres_in(folder)})
    return dict(sorted(found.items()))


def _theatres_in(folder: Path) -> list[Path]:
    if (folder / "theatre.yaml").is_file():
        return [folder]
    try:
        return sorted(Path(e.path) for e in os.scandir(folder) if os.path.isfile(os.path.join(e.path, "theatre.yaml")))
    except OSError as error:
        warnings.warn(f"theatre folder {folder} cannot be read: {error.strerror}", stacklevel=3)
        return []


def users_theatres() -> Path:
    """Where the user's own theatres lie unless they say otherwise: ``theatres`` in the user's data folder."""
    return data_dir() / "theatres"


def _users() -> Iterator[Path]:
    if users_theatres().is_dir():
        yield users_theatres()
    for part in os.environ.get(PATH_VARIABLE, "").split(os.pathsep):
        if part.strip():
            yield Path(part.strip()).expanduser().absolute()


def _packaged() -> Iterator[Path]:
    for point in _entry_points():
        try:
            target = point.load()
            yield Path(target() if callable(target) else target)
        except Exception as error:  # another package's fault must not stop Trucewatch
            message = f"theatre {point.name!r} of {point.value} cannot be loaded: {error}"
            warnings.warn(message, stacklevel=2)


@lru_cache(maxsize=1)
def _entry_points() -> tuple[Any, ...]:
    return tuple(entry_points(group=ENTRY_POINTS))


def find(id_or_path: str | os.PathLike[str]) -> Path:
    """The folder of a theatre given by id or by path. Raises TheatreError with the ids there are."""
    if isinstance(id_or_path, str) and os.sep not in id_or_path:
        known = available()
        if id_or_path in known:
            return known[id_or_path]
        if not Path(id_or_path, "theatre.yaml").is_file():
            raise TheatreError(f"no theatre {id_or_path!r}. There are: {', '.join(known)}; or give a folder.")
    return Path(id_or_path).absolute()


# ---------------------------------------------------------------- loading


def world() -> Theatre:
    """The built-in world: states, capitals, seas, international organisations, media, leaders, general side words."""
    return _load(SHIPPED / WORLD)


def load_theatre(id_or_path: str | os.PathLike[str]) -> Theatre:
    """The theatre of that id or in that folder, merged with the world's rows that it re-uses. Raises TheatreError."""
    return _load(find(id_or_path))


_loaded: dict[tuple[Path, str, str], Theatre] = {}


def _load(path: Path) -> Theatre:
    folder = read_folder(path)
    base = None if path == SHIPPED / WORLD else world()
    key = (path, folder.digest, base.digest if base else "")
    if key not in _loaded:
        _loaded[key] = _build(folder, base)
    return _loaded[key]


def _build(folder: Folder, base: Theatre | None) -> Theatre:
    docs = documents(folder)
    head = _mapping(folder, "theatre.yaml", docs["theatre.yaml"])
    if (given := head.get("format")) != FORMAT:
        folder.fail("theatre.yaml", None, f"format is {given!r}", f"Write `format: {FORMAT}`.")
    theatre_id = _text(head.get("id"))
    if theatre_id != folder.path.name:
        cure = "The id and the folder's name must be the same."
        folder.fail("theatre.yaml", None, f"id is {theatre_id!r} in folder {folder.path.name!r}", cure)
    reader = _Reader(folder, docs, theatre_id, base)
    entities = tuple(reader.entities())
    by_id: dict[str, Entity] = {}
    for entity in entities:
        if entity.id in by_id:
            cure = "Ids are unique in a theatre; run `trucewatch theatre check` on the folder."
            raise TheatreError(f"{folder.path}: two rows have the id {entity.id.partition(':')[2]!r}. {cure}")
        by_id[entity.id] = entity
    period = _mapping(folder, "theatre.yaml", head.get("period") or {})
    return Theatre(
        id=theatre_id,
        title=_text(head.get("title")),
        path=folder.path,
        period=(
            reader.day("theatre.yaml", None, period.get("from")),
            reader.day("theatre.yaml", None, period.get("to"), last=True),
        ),
        countries=_texts(head.get("countries")),
        languages=_texts(head.get("languages")),
        cues=_texts(head.get("cues")),
        sources={str(k): _text(v) for k, v in _mapping(folder, "theatre.yaml", head.get("sources") or {}).items()},
        entities=entities,
        digest=folder.digest,
        by_id=by_id,
        mishearings=tuple(
            reader.mishearing(line, row, by_id) for line, row in rows(folder, "mishearings.csv", MISHEARING_COLUMNS)
        ),
        generic={_text(row["phrase"]): _text(row["role"]) for row in reader.mappings("generic.yaml", "phrase", "role")},
    )


class _Reader:
    """One folder's rows as entities; knows the ids of the folder and of the world, to make references full ids."""

    def __init__(self, folder: Folder, docs: dict[str, Any], theatre: str, base: Theatre | None) -> None:
        self.folder, self.docs, self.theatre = folder, docs, theatre
        self.base: Mapping[str, Entity] = base.by_id if base else {}
        self.actor_rows = self.mappings("actors.yaml", "id", "name")
        self.own = {_text(row["id"]) for row in self.actor_rows}
        self.own |= {row["iso2"].lower() for _, row in rows(folder, "countries.csv", COUNTRY_COLUMNS)}

    def entities(self) -> Iterator[Entity]:
        for line, row in rows(self.folder, "countries.csv", COUNTRY_COLUMNS):
            yield from self.country(line, row)
        for line, row in rows(self.folder, "places.csv", PLACE_COLUMNS):
            yield self.place(line, row)
        for row in self.actor_rows:
            yield self.actor(row)
        for line, row in rows(self.folder, "people.csv", PEOPLE_COLUMNS):
            yield self.person(line, row)
        for name in self.folder.names("agreements/", ".yaml"):
            yield self.agreement(name)

    def full_id(self, reference: str) -> str:
        """``RU`` or ``ru`` -> ``world:ru`` where the world has it; else the theatre's own ``syria:...``."""
        if not reference or ":" in reference:
            return reference
        local, lower = f"{self.theatre}:{reference}", f"{WORLD}:{reference.lower()}"
        if lower in self.base or (self.theatre == WORLD and reference.lower() in self.own):
            return lower
        return local

    def country(self, line: int, row: dict[str, str]) -> Iterator[Entity]:
        """A state is two entities: the actor ``world:ru`` and, where its name is a place, ``world:ru-country``."""
        where = ("countries.csv", line)
        code, names = row["iso2"].upper(), _unique(row["name"], listed(row["spellings"]))
        capitals = _unique(row["capital"], listed(row["capital_spellings"])) if row["capital"] else ()
        yield Entity(
            id=f"{self.theatre}:{code.lower()}", name=row["name"], kind="actor", theatre=self.theatre, spellings=names,
            klass="state", country=code, importance=2, forces=listed(row["government_words"]),
            adjectives=listed(row["adjectives"]), peoples=listed(row["peoples"]), capitals=capitals, represents=code,
            source=row["source"],
        )  # fmt: skip
        yield Entity(
            id=f"{self.theatre}:{code.lower()}-country", name=row["name"], kind="place", theatre=self.theatre,
            spellings=names, feature="country", lat=self.number(*where, "lat", row["lat"]),
            lon=self.number(*where, "lon", row["lon"]), precision="country", country=code, importance=2,
            source=row["source"],
        )  # fmt: skip

    def place(self, line: int, row: dict[str, str]) -> Entity:
        where = ("places.csv", line)
        importance = row["importance"] or "1"
        if importance not in ("1", "2", "3"):
            self.folder.fail(*where, f"importance is {importance!r}", "Give 1, 2 or 3.")
        return Entity(
            id=self.new_id(*where, row["id"]), name=self.given(*where, "name", row["name"]),
            kind=self.one_of(*where, "kind", row["kind"], _PLACE_KINDS), theatre=self.theatre,
            spellings=_unique(row["name"], listed(row["spellings"])), feature=row["feature"],
            local_name=row["local_name"], lat=self.number(*where, "lat", row["lat"]),
            lon=self.number(*where, "lon", row["lon"]),
            precision=self.one_of(*where, "precision", row["precision"], _PRECISIONS), country=row["country"] or None,
            admin1=row["admin1"], importance=int(importance), source=row["source"],
        )  # fmt: skip

    def actor(self, row: dict[str, Any]) -> Entity:
        where = ("actors.yaml", None)
        valid = _mapping(self.folder, "actors.yaml", row.get("valid") or {})
        own = Entity(
            id=self.new_id(*where, _text(row["id"])), name=self.given(*where, "name", _text(row["name"])),
            kind=self.one_of(*where, "kind", _text(row.get("kind", "actor")), _ACTOR_KINDS), theatre=self.theatre,
            spellings=_unique(_text(row["name"]), _texts(row.get("spellings"))), klass=_text(row.get("class")),
            country=_text(row.get("country")) or None, side=_text(row.get("side")),
            backers=tuple(map(self.full_id, _texts(row.get("backers")))), forces=_texts(row.get("forces")),
            acronyms=_texts(row.get("acronyms")), adjectives=_texts(row.get("adjectives")),
            generic=_texts(row.get("generic")), leaders=_texts(row.get("leaders")),
            represents=_text(row.get("represents")) or None, valid_from=self.day(*where, valid.get("from")),
            valid_to=self.day(*where, valid.get("to"), last=True), source=_text(row.get("source")),
        )  # fmt: skip
        world_entity = self.base.get(f"{WORLD}:{_text(row['id'])}")
        if world_entity is None or world_entity.kind not in _ACTOR_KINDS:
            return own
        return merge(replace(own, id=world_entity.id), world_entity)

    def person(self, line: int, row: dict[str, str]) -> Entity:
        where = ("people.csv", line)
        return Entity(
            id=self.new_id(*where, row["id"]), name=self.given(*where, "name", row["name"]), kind="person",
            theatre=self.theatre, spellings=_unique(row["name"], listed(row["spellings"])),
            actor=self.full_id(row["actor"]) or None, role=row["role"], outlet=row["outlet"],
            valid_from=self.day(*where, row["from"]), valid_to=self.day(*where, row["to"], last=True),
            source=row["source"],
        )  # fmt: skip

    def mishearing(self, line: int, row: dict[str, str], known: Mapping[str, Entity]) -> tuple[str, str]:
        own = f"{self.theatre}:{row['id']}"
        identity = own if own in known else self.full_id(row["id"])
        return self.given("mishearings.csv", line, "heard", row["heard"]), identity

    def agreement(self, name: str) -> Entity:
        row = _mapping(self.folder, name, self.docs[name])
        title = self.given(name, None, "name", _text(row.get("name")))
        return Entity(
            id=self.new_id(name, None, _text(row.get("id"))), name=title, kind="agreement", theatre=self.theatre,
            spellings=_unique(title, _texts(row.get("spellings"))), valid_from=self.day(name, None, row.get("date")),
            parties=tuple(map(self.full_id, _texts(row.get("parties")))), source=_text(row.get("source")),
        )  # fmt: skip

    # ------------------------------------------------------------ cells

    def mappings(self, name: str, *needed: str) -> list[dict[str, Any]]:
        """The items of a YAML file that is a list of mappings, each with the ``needed`` keys. No such file: none."""
        items = self.docs.get(name) or []
        if not isinstance(items, list):
            self.folder.fail(name, 1, "is not a list", "Begin every item with `- `.")
        for number, item in enumerate(items, 1):
            if not isinstance(item, dict) or any(item.get(key) in (None, "") for key in needed):
                self.folder.fail(name, None, f"item {number} lacks one of {', '.join(needed)}", "Give it.")
        return items

    def new_id(self, name: str, line: int | None, given: str) -> str:
        return f"{self.theatre}:{self.given(name, line, 'id', given)}"

    def given(self, name: str, line: int | None, column: str, value: str) -> str:
        if not value:
            self.folder.fail(name, line, f"{column} is empty", f"Every row needs its {column}.")
        return value

    def number(self, name: str, line: int, column: str, value: str) -> float | None:
        if not value:
            return None
        try:
            result = float(value)
        except ValueError:
            result = float("nan")
        if not -180 <= result <= 180:
            self.folder.fail(name, line, f"{column} is {value!r}", "Give decimal degrees, such as 35.9306.")
        return result

    def one_of(self, name: str, line: int | None, column: str, value: str, allowed: Mapping[str, T]) -> T:
        if value not in allowed:
            self.folder.fail(name, line, f"{column} is {value!r}", f"Use one of: {', '.join(allowed)}.")
        return allowed[value]

    def day(self, name: str, line: int | None, value: object, *, last: bool = False) -> date | None:
        """A date written ``2018``, ``2018-09`` or ``2018-09-17``: its first or ``last`` day. Empty or null: open."""
        text = _text(value)
        if not text:
            return None
        try:
            return parse_day(text, last=last)
        except ValueError:
            self.folder.fail(name, line, f"{text!r} is not a date", "Write 2018-09-17, 2018-09 or 2018.")


@lru_cache(maxsize=4096)
def parse_day(text: str, *, last: bool = False) -> date:
    """``2018-09-17``, ``2018-09`` or ``2018`` as its first (or ``last``) day. Raises ValueError."""
    if len(text) == 4:
        text += "-12-31" if last else "-01-01"
    elif len(text) == 7:
        first = date.fromisoformat(text + "-01")
        return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1) if last else first
    return date.fromisoformat(text)


# ---------------------------------------------------------------- several theatres


def merge(first: Entity, second: Entity) -> Entity:
    """One entity of two: lists united, ``first``'s items first; single values ``first``'s if given."""
    changes: dict[str, Any] = {key: _union(getattr(first, key), getattr(second, key)) for key in _UNITED}
    changes |= {key: getattr(first, key) or getattr(second, key) for key in _FIRST}
    if first.lat is None:
        changes |= {key: getattr(second, key) for key in ("lat", "lon", "precision")}
    changes["importance"] = max(first.importance, second.importance)
    return replace(first, **changes)


def unite(theatres: Iterable[Theatre]) -> dict[str, Entity]:
    """Full id -> entity over several theatres; an id that several hold is merged, earlier theatres first."""
    united: dict[str, Entity] = {}
    for theatre in theatres:
        for entity in theatre.entities:
            known = united.get(entity.id)
            united[entity.id] = merge(known, entity) if known is not None else entity
    return united


# ---------------------------------------------------------------- plain values


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else str(value)


def _texts(value: object) -> tuple[str, ...]:
    """A YAML list of names; a lone name counts as a list of one."""
    if not value:
        return ()
    return tuple([text for item in (value if isinstance(value, list) else [value]) if (text := _text(item))])


def _unique(first: str, rest: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((first, *rest)))


def _union(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second))) if second else first


def _mapping(folder: Folder, name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        folder.fail(name, 1, "is not a mapping", "Write `key: value` lines.")
    return value
