"""``check(folder)``: every mistake in a theatre, each with its file, its line and its cure.

Errors keep a theatre from being loaded or from saying what its author meant; warnings are what is probably wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, get_args

from trucewatch.theatre.files import Folder, listed, read_folder
from trucewatch.theatre.gazetteer import country_boxes, has_own_script
from trucewatch.theatre.lined import Level, Lined, Problem, Report, lined_rows, lined_yaml
from trucewatch.theatre.load import (
    COUNTRY_COLUMNS,
    FORMAT,
    MISHEARING_COLUMNS,
    PEOPLE_COLUMNS,
    PLACE_COLUMNS,
    SHIPPED,
    WORLD,
    parse_day,
    world,
)
from trucewatch.theatre.model import Precision, TheatreError
from trucewatch.theatre.names import everyday_words, fold, is_latin
from trucewatch.theatre.where import BOX_MARGINS_TO_ERROR, Units, inside, point_of

_PLACES = """
city town village neighbourhood province district region mountain river valley island border_crossing camp
country_region sea lake port country"""
_FACILITIES = "border_crossing base airport port camp hospital prison dam plant university mosque facility"
FEATURES = {"place": _PLACES.split(), "facility": _FACILITIES.split(), "road": ["road"]}
_CLASSES = "state government armed_group coalition faction unit police people media monitor aid un other"
CLASSES = _CLASSES.split()
_ROLES = "leader official commander spokesperson envoy correspondent presenter analyst"
ROLES = _ROLES.split()
PRESS = ("correspondent", "presenter")
LINKS = ("renamed", "split_from", "merged_into", "part_of")
BORDERLESS = ("sea", "island", "river")  # may lie, or have their middle, outside the country that they are told with
THEATRE_KEYS = ["format", "id", "title", "period", "countries", "languages", "cues", "sources", "note"]
ACTOR_LISTS = ["backers", "forces", "spellings", "acronyms", "adjectives", "generic", "leaders"]
ACTOR_KEYS = [
    "id",
    "name",
    "kind",
    "class",
    "country",
    "side",
    *ACTOR_LISTS,
    "represents",
    "valid",
    "links",
    "source",
    "note",
]
_AGREEMENT_KEYS = """
id name spellings date parties source note provisions zones from to in_force guarantors answers_for"""
AGREEMENT_KEYS = _AGREEMENT_KEYS.split()
KNOWN_FILES = (
    "theatre.yaml",
    "places.csv",
    "actors.yaml",
    "people.csv",
    "countries.csv",
    "generic.yaml",
    "mishearings.csv",
)

FEWEST_UNITS = 3  # a country of the theatre with fewer provinces in the table is not told by province
ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def check(path: Path) -> list[Problem]:
    """Every problem of the theatre in the folder ``path``, in file and line order. Raises TheatreError: no theatre."""
    return _Checker(read_folder(path)).run()


class _Checker:
    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.sources: set[str] = set()
        self.countries: list[str] = []
        self.ids: dict[str, tuple[str, int]] = {}
        self.owners: dict[tuple[str, str], tuple[str, int, str]] = {}
        self.actor_ids: set[str] = set()
        self.unread: set[str] = set()  # files of which no row could be read: what names their rows cannot be judged
        self.is_world = folder.path.resolve() == (SHIPPED / WORLD).resolve()
        base = None if self.is_world else world()
        self.world_actors = {e.id.partition(":")[2]: e for e in base.entities if e.klass} if base else {}
        self.world_ids = {e.id.partition(":")[2] for e in base.entities} if base else set()
        self.boxes = country_boxes()
        self.words = everyday_words()

    def run(self) -> list[Problem]:
        self.theatre()
        self.check_endings()
        actors = self.items("actors.yaml")
        countries = list(self.rows("countries.csv", COUNTRY_COLUMNS))
        self.actor_ids = {_text(row, "id") for row in actors} | {row["iso2"].lower() for _, row in countries}
        self.check_countries(countries)
        self.check_places()
        self.check_actors(actors)
        self.check_people()
        for name in self.folder.names("agreements/", ".yaml"):
            self.check_agreement(name)
        self.check_mishearings()
        self.check_generic()
        self.check_other_files()
        order = {name: number for number, name in enumerate(self.folder.files)} | {"theatre.yaml": -1}
        return sorted(self.problems, key=lambda p: (order.get(p.file, -1), p.line or 0, p.what))

    # ------------------------------------------------------------ reporting

    def say(self, file: str, line: int | None, what: str, cure: str, level: Level = "error") -> None:
        self.problems.append(Problem(file, line, what, cure, level))

    def reporter(self, file: str) -> Report:
        return partial(self.say, file)

    def one_of(self, file: str, line: int, column: str, value: str, allowed: Iterable[str]) -> bool:
        allowed = list(allowed)
        if value in allowed:
            return True
        self.say(file, line, f"{column} is {value!r}", f"Use one of: {', '.join(allowed)}.")
        return False

    def source(self, file: str, line: int, key: str) -> None:
        if key not in self.sources and (self.sources or not key):  # no sources at all: said once, of theatre.yaml
            what = f"source {key!r} is not in theatre.yaml" if key else "source is empty"
            self.say(file, line, what, f"Use one of: {', '.join(sorted(self.sources))}; or add it under `sources`.")

    def new_id(self, file: str, line: int, given: str) -> None:
        if not ID.fullmatch(given):
            fit = "-".join(re.findall("[a-z0-9]+", fold(given)))
            such = f", such as {fit}" if fit else ""
            self.say(file, line, f"id is {given!r}", f"Use lower-case letters, digits and single hyphens{such}.")
        if given in self.ids:
            other = self.ids[given]
            self.say(file, line, f"id {given!r} is taken by {other[0]} line {other[1]}", "Give each row its own id.")
        self.ids.setdefault(given, (file, line))

    def named(self, file: str, line: int, group: str, owner: str, names: Iterable[str]) -> None:
        """No spelling may belong to two rows of a group, or a reader could not tell them apart."""
        for name in names:
            folded = fold(name)
            if not folded:
                self.say(file, line, f"the spelling {name!r} holds no letter", "Take it out.")
                continue
            if ";" in name or name != name.strip():
                self.say(
                    file, line, f"the spelling {name!r} looks like a list", "Separate spellings with | in a CSV file."
                )
            known = self.owners.setdefault((group, folded), (file, line, owner))
            if known[2] != owner:
                what = f"the spelling {name!r} belongs to {known[2]} ({known[0]} line {known[1]}) too"
                level: Level = "warning" if group == "generic" else "error"
                self.say(file, line, what, f"Leave it to one of {known[2]} and {owner}.", level)

    def everyday(self, file: str, line: int, names: Iterable[str]) -> None:
        """A spelling that is an ordinary English word will be found where no name is meant."""
        for name in names:
            if not self.is_world and not name.isupper() and fold(name) in self.words:
                cure = "Give a longer form (with 'town', 'river', a first name); keep it only if news says no more."
                self.say(file, line, f"the spelling {name!r} is an ordinary English word", cure, "warning")

    def day(self, file: str, line: int, value: object, *, last: bool = False) -> date | None:
        text = "" if value is None else str(value)
        try:
            return parse_day(text, last=last) if text else None
        except (ValueError, OverflowError):
            self.say(file, line, f"{text!r} is not a date", "Write 2018-09-17, 2018-09 or 2018.")
            return None

    def period(self, file: str, line: int, first: object, last: object) -> None:
        start, end = self.day(file, line, first), self.day(file, line, last, last=True)
        if start and end and start > end:
            self.say(file, line, f"it ends ({last}) before it begins ({first})", "Swap the dates, or correct one.")

    def country(self, file: str, line: int, code: str) -> bool:
        if re.fullmatch(r"[A-Z]{2}", code) and (code in self.boxes or code.lower() in self._world_states()):
            return True
        self.say(file, line, f"country is {code!r}", "Give a two-letter ISO 3166 code, such as SY.")
        return False

    def _world_states(self) -> set[str]:
        return self.actor_ids if self.is_world else set(self.world_actors)

    def references(self, file: str, line: int, column: str, values: Iterable[str]) -> None:
        if "actors.yaml" in self.unread:
            return
        for value in values:
            if value in self.actor_ids or value.lower() in self._world_states():
                continue
            cure = "Give the id of an actor in actors.yaml or of the built-in world, or an ISO code such as RU."
            self.say(file, line, f"{column}: there is no actor {value!r}", cure)

    # ------------------------------------------------------------ files

    def rows(self, name: str, columns: tuple[str, ...]) -> Iterable[tuple[int, dict[str, str]]]:
        if name not in self.folder.files:
            return
        before, count = len(self.problems), 0
        for line, row in lined_rows(self.folder.files[name], columns, self.reporter(name)):
            count += 1
            yield line, row
        if not count and len(self.problems) > before:
            self.unread.add(name)

    def mapping(self, name: str, keys: list[str]) -> dict[str, Lined]:
        document = lined_yaml(self.folder.files[name], self.reporter(name))
        if document is None or not isinstance(document.value, dict) or not document.value:
            if not any(problem.file == name for problem in self.problems):
                self.say(name, 1, "holds no `key: value` lines", f"Give: {', '.join(keys)}.")
            return {}
        self.known_keys(name, document.value, keys)
        return document.value

    def known_keys(self, name: str, row: dict[str, Lined], keys: list[str]) -> None:
        for key, item in row.items():
            if key not in keys:
                self.say(name, item.line, f"unknown key {key!r}", f"Known keys: {', '.join(keys)}.")

    def items(self, name: str) -> list[Lined]:
        """The items of a YAML list that are mappings; others are reported."""
        if name not in self.folder.files:
            return []
        before = len(self.problems)
        document = lined_yaml(self.folder.files[name], self.reporter(name))
        if document is not None and not isinstance(document.value, list):
            self.say(name, document.line, "is not a list", "Begin every item with `- `.")
        if document is None or not isinstance(document.value, list):
            if len(self.problems) > before:
                self.unread.add(name)
            return []
        for item in document.value:
            if not isinstance(item.value, dict):
                self.say(name, item.line, "an item is not a mapping", "Write `- id: ...` and its other keys below it.")
        return [item for item in document.value if isinstance(item.value, dict)]

    def texts(self, name: str, row: dict[str, Lined], key: str) -> list[str]:
        """The items of a list of texts; anything else is reported."""
        if key not in row or row[key].value is None:
            return []
        item = row[key]
        if not isinstance(item.value, list):
            self.say(name, item.line, f"{key} is not a list", f"Write `{key}: [one, two]`.")
            return []
        for entry in item.value:
            if not isinstance(entry.value, str) or not entry.value.strip():
                self.say(name, entry.line, f"{key} holds {entry.plain()!r}, not a text", "Put it in quotes.")
        return [entry.value for entry in item.value if isinstance(entry.value, str) and entry.value.strip()]

    # ------------------------------------------------------------ theatre.yaml

    def theatre(self) -> None:
        name = "theatre.yaml"
        head = self.mapping(name, THEATRE_KEYS)
        if not head:
            return
        for key in ("format", "id", "title", "sources"):
            if key not in head or not head[key].value:
                self.say(name, 1, f"lacks {key}", f"Give `{key}: ...`.")
        if "format" in head and head["format"].value != FORMAT:
            self.say(name, head["format"].line, f"format is {head['format'].plain()!r}", f"Write `format: {FORMAT}`.")
        if "id" in head and head["id"].value != self.folder.path.name:
            what = f"id is {head['id'].plain()!r}, the folder {self.folder.path.name!r}"
            self.say(name, head["id"].line, what, "Give them the same name.")
        self._head_period(name, head)
        self.countries = self.texts(name, head, "countries")
        for code in self.countries:
            self.country(name, head["countries"].line, code)
        if not self.countries and not self.is_world:
            self.say(name, 1, "lists no countries", "Give `countries: [SY]`, the main one first.")
        self.texts(name, head, "languages")
        for cue in self.texts(name, head, "cues"):
            if cue != cue.lower():
                self.say(name, head["cues"].line, f"the cue {cue!r} is not in lower case", f"Write {cue.lower()!r}.")
        if "sources" in head and not isinstance(head["sources"].value, dict):
            self.say(name, head["sources"].line, "sources is not a mapping", "Write `key: what it is, where found`.")
        elif "sources" in head:
            self.sources = set(head["sources"].value)
            for key, item in head["sources"].value.items():
                if not isinstance(item.value, str) or not item.value.strip():
                    self.say(name, item.line, f"source {key} says nothing", "Say what it is, where found, its licence.")

    def _head_period(self, name: str, head: dict[str, Lined]) -> None:
        if "period" not in head:
            return
        item = head["period"]
        if not isinstance(item.value, dict):
            self.say(name, item.line, "period is not a mapping", "Write `period: {from: 2011-03-15, to: null}`.")
            return
        self.known_keys(name, item.value, ["from", "to"])
        plain = item.plain()
        self.period(name, item.line, plain.get("from"), plain.get("to"))

    # ------------------------------------------------------------ places.csv

    def check_countries(self, countries: list[tuple[int, dict[str, str]]]) -> None:
        name = "countries.csv"
        for line, row in countries:
            code = row["iso2"]
            if not re.fullmatch(r"[A-Z]{2}", code):
                self.say(name, line, f"iso2 is {code!r}", "Give two capital letters.")
            self.new_id(name, line, code.lower())
            names = [row["name"], *listed(row["spellings"])]
            self.named(name, line, "place", f"{code.lower()}-country", names)
            self.named(name, line, "actor", code.lower(), names)
            self.source(name, line, row["source"])
            self._point(name, line, row, code)

    def check_places(self) -> None:
        name = "places.csv"
        rows = list(self.rows(name, PLACE_COLUMNS))
        units = Units(rows)
        for line, row in rows:
            self.place(name, line, row)
            if row["admin1"]:
                self._admin1(name, line, row, units)

    def place(self, name: str, line: int, row: dict[str, str]) -> None:
        self.new_id(name, line, row["id"])
        if not row["name"]:
            self.say(name, line, "name is empty", "Give the usual English name.")
        if self.one_of(name, line, "kind", row["kind"], FEATURES):
            self.one_of(name, line, f"feature of a {row['kind']}", row["feature"], FEATURES[row["kind"]])
        self.one_of(name, line, "precision", row["precision"], get_args(Precision))
        self.one_of(name, line, "importance", row["importance"], "123")
        if row["local_name"] and is_latin(row["local_name"]) and has_own_script(row["country"]):
            what = f"local_name is {row['local_name']!r}"
            self.say(name, line, what, "Give the name in its own script, or leave it empty.", "warning")
        self.source(name, line, row["source"])
        names = list(filter(None, [row["name"], *listed(row["spellings"])]))
        self.named(name, line, "place", row["id"], names)
        self.everyday(name, line, names)
        code = row["country"]
        if (
            (code or not self.is_world)
            and self.country(name, line, code)
            and self.countries
            and code not in self.countries
        ):
            cure = "Add it to `countries` in theatre.yaml, or correct it."
            self.say(name, line, f"country {code} is not among the theatre's", cure, "warning")
        self._point(name, line, row, code)

    def _point(self, name: str, line: int, row: dict[str, str], code: str) -> None:
        """Coordinates are numbers, and lie in the country (its towns' box and a margin)."""
        point = point_of(row)
        if point is None:
            what = f"lat, lon are {row['lat']!r}, {row['lon']!r}"
            comma = "Write a point where a comma stands" if "," in row["lat"] + row["lon"] else "Give decimal degrees"
            self.say(name, line, what, f"{comma}, such as 35.9306 and 36.6339.")
        elif code in self.boxes and row.get("feature") not in BORDERLESS and not inside(point, self.boxes[code]):
            box = self.boxes[code]
            what = f"{row['name']} at {point[0]}, {point[1]} lies outside {code}"
            cure = f"Its towns lie between {box[0]:.1f} and {box[2]:.1f} north, {box[1]:.0f} and {box[3]:.0f} east."
            near = inside(point, box, BOX_MARGINS_TO_ERROR)
            swapped = " (lat and lon look swapped)" if not near and inside((point[1], point[0]), box) else ""
            self.say(name, line, what + swapped, cure, "warning" if near else "error")

    def _admin1(self, name: str, line: int, row: dict[str, str], units: Units) -> None:
        """The unit is a row of this table, and the place lies there as far as the table can tell."""
        code, unit = row["country"], row["admin1"]
        if (code, unit) not in units.points:
            known = units.of(code)
            if code in self.countries[:1] or len(known) >= FEWEST_UNITS:
                provinces = [u for u in known if (code, u) in units.provinces and (code, u) != (code, unit)]
                listed = (
                    ", ".join(provinces) or "there is none yet: add its row (feature province), or leave admin1 empty"
                )
                cure = f"Use the name of a province's row: {listed}."
                self.say(name, line, f"admin1 {unit!r} is no unit of {code} in this table", cure)
        elif astray := units.astray(row):
            what = f"{row['name']} lies {astray[0]:.0f} km from its {unit}, but {astray[1]:.0f} km from {astray[2]}"
            self.say(name, line, what, "Check the coordinates and admin1.", "warning")

    # ------------------------------------------------------------ actors.yaml

    def check_actors(self, actors: list[Lined]) -> None:
        name = "actors.yaml"
        stands_for: dict[str, str] = {}
        for item in actors:
            row, line = item.value, item.line
            self.known_keys(name, row, ACTOR_KEYS)
            actor = _text(item, "id")
            self.new_id(name, line, actor)
            lists = {key: self.texts(name, row, key) for key in ACTOR_LISTS}
            self._actor_cells(name, item, lists)
            self._world_id(name, line, actor, [_text(item, "name"), *lists["spellings"], *lists["acronyms"]])
            if code := _text(item, "represents"):
                self._represents(name, _at(item, "represents"), actor, code, stands_for)
            if isinstance(row.get("valid"), Lined):
                self._valid(name, row["valid"])
            self._links(name, row)

    def _actor_cells(self, name: str, item: Lined, lists: dict[str, list[str]]) -> None:
        line, actor = item.line, _text(item, "id")
        if not _text(item, "name"):
            self.say(name, line, f"{actor or 'an actor'} has no name", "Give the short name that news uses.")
        self.one_of(name, _at(item, "kind"), f"kind of {actor}", _text(item, "kind"), ("actor", "organisation"))
        self.one_of(name, _at(item, "class"), f"class of {actor}", _text(item, "class"), CLASSES)
        if code := _text(item, "country"):
            self.country(name, _at(item, "country"), code)
        self.source(name, _at(item, "source"), _text(item, "source"))
        self.references(name, _at(item, "backers"), f"backers of {actor}", lists["backers"])
        for key in ("name", "spellings", "forces", "acronyms"):
            names = lists[key] if key in lists else list(filter(None, [_text(item, key)]))
            self.named(name, _at(item, key), "actor", actor, names)
            if key != "acronyms":
                self.everyday(name, _at(item, key), names)
        self.named(name, _at(item, "generic"), "generic", actor, lists["generic"])

    def _world_id(self, name: str, line: int, actor: str, names: list[str]) -> None:
        """An id that the world has means the world's actor; an actor that the world has should have its id."""
        folded = set(map(fold, names))
        if known := self.world_actors.get(actor):
            theirs = {fold(n) for n in (*known.spellings, *known.acronyms, *known.forces)}
            if not folded & theirs:
                what = f"the id {actor!r} is {known.name}'s in the built-in world"
                self.say(name, line, what, "Choose another id, or give the world's name among the spellings.")
            return
        for other, entity in self.world_actors.items():
            if names and fold(names[0]) == fold(entity.name):
                what = f"the built-in world has {entity.name} under the id {other!r}"
                self.say(name, line, what, "Use that id, so that the two are merged.", "warning")

    def _represents(self, name: str, line: int, actor: str, code: str, stands_for: dict[str, str]) -> None:
        if code not in self.countries:
            self.say(name, line, f"represents is {code!r}", "Give one of the theatre's countries.")
        if code in stands_for:
            what = f"{actor} and {stands_for[code]} both represent {code}"
            self.say(name, line, what, "One actor stands for a country's adjective and capital.")
        stands_for.setdefault(code, actor)

    def _valid(self, name: str, item: Lined) -> None:
        if not isinstance(item.value, dict):
            if item.value is not None:
                self.say(name, item.line, "valid is not a mapping", "Write `valid: {from: 2017-01-28, to: null}`.")
            return
        self.known_keys(name, item.value, ["from", "to"])
        plain = item.plain()
        self.period(name, item.line, plain.get("from"), plain.get("to"))

    def _links(self, name: str, row: dict[str, Lined]) -> None:
        links = row["links"].value if "links" in row else None
        for link in links if isinstance(links, list) else []:
            if not isinstance(link.value, dict):
                self.say(name, link.line, "a link is not a mapping", "Write `{to: id, kind: renamed, from: 2017}`.")
                continue
            self.known_keys(name, link.value, ["to", "kind", "from", "verified"])
            plain: dict[str, Any] = link.plain()
            self.references(name, link.line, "links", [str(plain.get("to", ""))])
            self.one_of(name, link.line, "kind of a link", str(plain.get("kind")), LINKS)
            self.day(name, link.line, plain.get("from"))
            if plain.get("verified") not in (None, True, False):
                self.say(name, link.line, f"verified is {plain['verified']!r}", "Write true or false.")

    # ------------------------------------------------------------ people, agreements, the rest

    def check_people(self) -> None:
        name = "people.csv"
        for line, row in self.rows(name, PEOPLE_COLUMNS):
            self.new_id(name, line, row["id"])
            if not row["name"]:
                self.say(name, line, "name is empty", "Give the usual English name.")
            self.one_of(name, line, "role", row["role"], ROLES)
            if row["role"] in PRESS and not row["outlet"]:
                self.say(name, line, f"a {row['role']} without outlet", "Name the outlet.")
            self.references(name, line, "actor", filter(None, [row["actor"]]))
            self.period(name, line, row["from"], row["to"])
            self.source(name, line, row["source"])
            names = list(filter(None, [row["name"], *listed(row["spellings"])]))
            self.named(name, line, "person", row["id"], names)
            self.everyday(name, line, names)

    def check_mishearings(self) -> None:
        name = "mishearings.csv"
        all_known = self.unread.isdisjoint(("places.csv", "actors.yaml", "people.csv"))
        heard: dict[str, tuple[str, int]] = {}
        for line, row in self.rows(name, MISHEARING_COLUMNS):
            other, at = heard.setdefault(fold(row["heard"]), (row["id"], line))
            if other != row["id"]:
                what = f"{row['heard']!r} is {other} too (line {at})"
                self.say(name, line, what, "One of them will never be read: keep the likelier.", "warning")
            if not row["heard"]:
                self.say(name, line, "heard is empty", "Write the words as captions have them.")
            if all_known and row["id"] not in self.ids and row["id"] not in self.world_ids:
                self.say(
                    name, line, f"there is no row {row['id']!r}", "Give the id of a row of this theatre or the world."
                )
            self.source(name, line, row["source"])

    def check_agreement(self, name: str) -> None:
        row = self.mapping(name, AGREEMENT_KEYS)
        if not row:
            return
        whole = Lined(row, 1)
        stem = name.rpartition("/")[2].removesuffix(".yaml")
        given = _text(whole, "id")
        self.new_id(name, row["id"].line if "id" in row else 1, given)
        if given != stem:
            self.say(name, 1, f"id is {given!r}, the file {stem!r}", "Give them the same name.")
        if not _text(whole, "name"):
            self.say(name, 1, "lacks name", "Give the usual English name.")
        if "date" not in row:
            self.say(name, 1, "lacks date", "Give the day it was signed.")
        else:
            self.day(name, row["date"].line, row["date"].plain())
        parties = self.texts(name, row, "parties")
        self.references(name, row["parties"].line if "parties" in row else 1, "parties", parties)
        self.source(name, row["source"].line if "source" in row else 1, _text(whole, "source"))
        self.named(
            name, 1, "agreement", given, filter(None, [_text(whole, "name"), *self.texts(name, row, "spellings")])
        )

    def check_generic(self) -> None:
        for item in self.items("generic.yaml"):
            self.known_keys("generic.yaml", item.value, ["phrase", "role"])
            phrase, role = _text(item, "phrase"), _text(item, "role")
            if not phrase or not role:
                self.say(
                    "generic.yaml", item.line, "lacks phrase or role", "Write `{phrase: the rebels, role: opposition}`."
                )
            self.named("generic.yaml", item.line, "role", role, filter(None, [phrase]))

    def check_endings(self) -> None:
        """An editor may save "actors.yaml.txt" or "places.xlsx": no reading sees it, and nothing else would tell."""
        for name in _files_in(self.folder.path):
            for known in KNOWN_FILES:
                missing = known not in self.folder.files
                other = name.lower() != known and name.partition(".")[0].lower() == known.partition(".")[0]
                if name.lower() == f"{known}.txt" or (missing and other):
                    how = "CSV with commas, UTF-8," if known.endswith(".csv") else "plain text"
                    self.say(name, None, "is not read", f"Save it as {how} under the name {known}.", "warning")
                    if missing:
                        self.unread.add(known)
        for name in _files_in(self.folder.path / "agreements"):
            if not name.endswith(".yaml") and name != "SAMPLE.txt":
                cure = "Save it as plain text under a name that ends in .yaml and nothing more."
                self.say(f"agreements/{name}", None, "is not read", cure, "warning")

    def check_other_files(self) -> None:
        for name, data in self.folder.files.items():
            if name.endswith(".geojson"):
                try:
                    json.loads(data)
                except (ValueError, RecursionError) as error:
                    line = getattr(error, "lineno", None)
                    self.say(name, line, f"not JSON ({error})", "Export the zone again as GeoJSON.")
            elif "/" not in name and name not in KNOWN_FILES and not any(p.file == name for p in self.problems):
                self.say(
                    name,
                    None,
                    "is not read",
                    f"Theatres hold: {', '.join(KNOWN_FILES)}, agreements/, zones/.",
                    "warning",
                )


def _files_in(path: Path) -> list[str]:
    """The names of the files of a folder that are not hidden, in order; none where there is no such folder."""
    if not path.is_dir():
        return []
    return sorted(entry.name for entry in path.iterdir() if entry.is_file() and not entry.name.startswith((".", "~")))


def _at(item: Lined, key: str) -> int:
    """The line of a key of an item, or of the item itself where it lacks the key."""
    found = item.value.get(key)
    return found.line if isinstance(found, Lined) else item.line


def _text(item: Lined, key: str) -> str:
    value = item.value.get(key)
    return "" if value is None or value.value is None else str(value.plain()).strip()


__all__ = ["Problem", "TheatreError", "check"]
