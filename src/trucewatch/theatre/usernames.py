"""A user's own names file: where it is found, and what its rows say.

    find_names()        which file holds: the one given, ``$TRUCEWATCH_NAMES``, this folder's, the user's
    parse_names(path)   its rows, and every mistake in it, each with its line and its cure
    load_names(path)    the same, where one mistake is an error

A row teaches spellings or mishearings of an entity that a theatre has, brings a wholly new entity, or forbids that some
words are ever put right. The file is YAML (a list of rows) or CSV (a header and rows); ``docs/names.md`` is its manual.
What rows refer to is settled in ``teaching``; here they are only read.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

from trucewatch.theatre.files import listed
from trucewatch.theatre.lined import Level, Lined, Problem, lined_rows, lined_yaml, text_of
from trucewatch.theatre.model import Entity, Kind, Precision, TheatreError
from trucewatch.theatre.names import fold

FILE_VARIABLE = "TRUCEWATCH_NAMES"
STEM = "trucewatch-names"
ENDINGS = (".yaml", ".yml", ".csv")
NO_FILE = "none"
"""What to give instead of a file where none shall be used."""

MAX_BYTES = 2_000_000
"""Some twenty thousand rows; whoever has more is better served by a theatre, which is indexed once."""

MAX_LETTERS, MAX_WORDS = 120, 12
SOURCE = "user"

TEACHING_KEYS = ("spelling", "heard", "entity", "theatre", "always", "note")
ENTITY_KEYS = (
    "name", "kind", "theatre", "id", "spelling", "heard", "always", "lat", "lon", "precision", "feature", "local_name",
    "country", "admin1", "importance", "side", "class", "acronyms", "adjectives", "role", "actor", "outlet", "note",
)  # fmt: skip
NEVER_KEYS = ("never", "theatre", "note")
KEYS = tuple(dict.fromkeys((*TEACHING_KEYS, *ENTITY_KEYS, *NEVER_KEYS)))
_LISTS = ("spelling", "heard", "never", "acronyms", "adjectives")
_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}
_PRECISION: dict[str, Precision] = {"place": "town", "facility": "exact", "road": "town"}
_FEATURE = {"place": "town", "road": "road"}

How = Literal["spelling", "heard"]


@dataclass(frozen=True, slots=True)
class Lesson:
    """One spelling, or one mishearing (``heard``), of one entity. ``entity`` is a full id (``syria:sy-idlib``).

    ``always``: also where the entity's theatre is not at hand. ``line`` is the line of its row.
    """

    text: str
    how: How
    entity: str
    always: bool
    line: int


@dataclass(frozen=True, slots=True)
class Never:
    """Words that are never put right; only where ``theatre`` is at hand, if one is given."""

    text: str
    theatre: str | None
    line: int


@dataclass(frozen=True, eq=False)
class UserNames:
    """What a user's names file says. ``digest`` is the SHA-256 of its bytes; ``entities`` are (line, new entity)."""

    path: Path
    digest: str
    lessons: tuple[Lesson, ...] = ()
    never: tuple[Never, ...] = ()
    entities: tuple[tuple[int, Entity], ...] = ()

    def where(self, line: int | None) -> str:
        """``file, line 3``: how complaints name a row."""
        return f"{self.path}, line {line}" if line else str(self.path)


# ---------------------------------------------------------------- finding


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A names file and why it is the one."""

    path: Path
    how: str


def config_dir() -> Path:
    """Where a user's settings lie: ``$XDG_CONFIG_HOME/trucewatch`` or ``~/.config/trucewatch``."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path(os.path.expanduser("~")) / ".config") / "trucewatch"


def find_names(given: str | os.PathLike[str] | None = None) -> FoundFile | None:
    """The user's names file: ``given``, else ``$TRUCEWATCH_NAMES``, else this folder's, else the user's; or None.

    One file holds, never several at once. ``given`` or the variable may be ``none``: then there is none. Raises
    TheatreError for a file that was named and is not there, and where one folder holds two.
    """
    for value, how in ((given, "given"), (os.environ.get(FILE_VARIABLE) or None, f"named by {FILE_VARIABLE}")):
        if value is None:
            continue
        if os.fspath(value) == NO_FILE:
            return None
        path = Path(value).expanduser()
        if not os.path.exists(path):
            cure = f"Check the path, or give {NO_FILE!r} to read without one."
            raise TheatreError(f"{path}: no such names file ({how}). {cure}")
        return FoundFile(path, how)
    for folder, how in ((Path(), "in the current folder"), (config_dir(), "in your settings folder")):
        found = [path for ending in ENDINGS if os.path.isfile(path := folder / f"{STEM}{ending}")]
        if len(found) > 1:
            both = " and ".join(path.name for path in found)
            raise TheatreError(f"{folder.absolute()}: holds {both}. Keep one of them.")
        if found:
            return FoundFile(found[0], how)
    return None


def users_names(given: str | os.PathLike[str] | Literal[False] | None = None) -> UserNames | None:
    """What the user's names file says, read once; None where there is none, or ``given`` is False.

    Raises TheatreError for a file that cannot be used.
    """
    if given is False:
        return None
    found = find_names(given)
    return load_names(found.path) if found else None


def load_names(path: Path) -> UserNames:
    """What the file says; kept while it does not change. Raises TheatreError: file, line, what, cure."""
    try:
        told = os.stat(path)
    except (OSError, ValueError) as error:
        raise TheatreError(f"{path}: cannot be read ({_reason(error)}). Check the path.") from error
    return _loaded(path.absolute(), path, told.st_mtime_ns, told.st_size)


@lru_cache(maxsize=8)
def _loaded(absolute: Path, path: Path, mtime: int, size: int) -> UserNames:
    names, problems = parse_names(path)
    refuse(path, problems)
    return names


def refuse(path: Path, problems: list[Problem]) -> None:
    """Raise TheatreError for the first error among the problems of a names file; do nothing where there is none."""
    errors = [problem for problem in problems if problem.level == "error"]
    if errors:
        first = errors[0]
        where = f"{path}, line {first.line}" if first.line else str(path)
        more = f" ({len(errors) - 1} more: `trucewatch theatre names` lists all.)" if len(errors) > 1 else ""
        raise TheatreError(f"{where}: {first.what}. {first.cure}{more}")


# ---------------------------------------------------------------- reading rows


def parse_names(path: Path) -> tuple[UserNames, list[Problem]]:
    """The good rows of a names file and every mistake in it, in line order. Raises TheatreError: it cannot be read."""
    return parse_bytes(path, _bytes_of(path))


def parse_bytes(path: Path, data: bytes) -> tuple[UserNames, list[Problem]]:
    """The same for bytes that are, or would be, the file ``path``."""
    return _Parser(path, data).run()


def _bytes_of(path: Path) -> bytes:
    """The file's bytes, never more than MAX_BYTES, and never from what is no plain file (a pipe would hang)."""
    try:
        told = os.stat(path)
        if not stat.S_ISREG(told.st_mode):
            raise TheatreError(f"{path}: is no plain file. Give a YAML or CSV file of names.")
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise TheatreError(f"{path}: cannot be read ({_reason(error)}). Check its path and permissions.") from error
    if len(data) > MAX_BYTES:
        cure = "Split it, or make a theatre of so many names (`trucewatch theatre check` explains one)."
        raise TheatreError(f"{path}: more than {MAX_BYTES:,} bytes is too large for a names file. {cure}")
    return data


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def tidy(text: str) -> str:
    """The text with its words parted by single spaces."""
    return " ".join(text.split())


def fault_of(text: str) -> tuple[str, str] | None:
    """What is wrong with a tidied spelling or mishearing, and the cure; None where nothing is."""
    if not text.isprintable():
        return f"{text[:40]!r} holds a character that cannot be seen", "Type it anew."
    letters = fold(text).replace(" ", "")
    if not letters:
        return f"{text!r} holds no letter", "Write the words as captions have them."
    if len(letters) < (2 if any(letter.isdigit() for letter in letters) else 3):
        return f"{text!r} is too short", "Give at least three letters: shorter words stand for too much else."
    if len(text) > MAX_LETTERS or len(text.split()) > MAX_WORDS:
        return f"{text[:40]!r}... is too long", f"Give at most {MAX_WORDS} words and {MAX_LETTERS} letters."
    if "|" in text or ";" in text:
        return f"{text!r} looks like a list", "In YAML write [one, two]; in CSV part them with |, without ;."
    return None


def slug(name: str) -> str:
    """``"Tell ‘Abyad"`` -> ``"tell-abyad"``: an id made of a name; "" where no Latin letter or digit is in it."""
    return re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")


class _Parser:
    def __init__(self, path: Path, data: bytes) -> None:
        self.path, self.data = path, data
        self.problems: list[Problem] = []
        self.lessons: list[Lesson] = []
        self.never: list[Never] = []
        self.entities: list[tuple[int, Entity]] = []
        self.is_csv = path.suffix.lower() == ".csv"

    def run(self) -> tuple[UserNames, list[Problem]]:
        for row in self.csv_rows() if self.is_csv else self.yaml_rows():
            self.row(row.value, row.line)
        self.repeated()
        digest = hashlib.sha256(self.data).hexdigest()
        names = UserNames(self.path, digest, tuple(self.lessons), tuple(self.never), tuple(self.entities))
        return names, sorted(self.problems, key=lambda p: (p.line or 0, p.what))

    def say(self, line: int | None, what: str, cure: str, level: Level = "error") -> None:
        self.problems.append(Problem(str(self.path), line, what, cure, level))

    # ------------------------------------------------------------ rows of either format

    def yaml_rows(self) -> list[Lined]:
        try:
            document = lined_yaml(self.data, self.say)
        except (ArithmeticError, AttributeError, LookupError, MemoryError, TypeError) as error:
            # A value forced by a tag to be what it is not (!!timestamp soon) fails deep in the YAML library.
            self.say(None, f"not YAML ({type(error).__name__})", "Take out tags such as !!timestamp.")
            return []
        if document is None or document.value is None:
            return []
        if not isinstance(document.value, list):
            self.say(document.line, "is not a list of rows", "Begin every row with `- `, its other keys below it.")
            return []
        for item in document.value:
            if not isinstance(item.value, dict):
                self.say(item.line, "a row is not `key: value`", "Write `- spelling: ...` and `entity: ...` below it.")
        return [item for item in document.value if isinstance(item.value, dict)]

    def csv_rows(self) -> list[Lined]:
        text = text_of(self.data, self.say)
        if text is None or not text.strip():
            return []
        try:
            header = [cell.strip() for cell in next(csv.reader(io.StringIO(text, newline=""), strict=True), [])]
        except csv.Error as error:
            self.say(1, f"not CSV ({error})", "Write the header first, such as: spelling,entity")
            return []
        unknown = [cell for cell in header if cell not in KEYS]
        if len(header) == 1 and re.search(r"[;\t]", header[0]):
            self.say(1, "the header's cells are not parted by commas", "Save as CSV with commas.")
            return []
        if unknown or len(set(header)) < len(header):
            what = f"the header has the unknown column {unknown[0]!r}" if unknown else "the header names a column twice"
            self.say(1, what, f"Use some of: {','.join(KEYS)}")
            return []
        return [
            Lined({key: self.cell(key, value, line) for key, value in row.items() if value}, line)
            for line, row in lined_rows(self.data, tuple(header), self.say)
            if any(row.values())
        ]

    @staticmethod
    def cell(key: str, value: str, line: int) -> Lined:
        return Lined([Lined(item, line) for item in listed(value)], line) if key in _LISTS else Lined(value, line)

    def row(self, row: Mapping[str, Lined], line: int) -> None:
        forms = [key for key in ("entity", "name", "never") if key in row]
        if len(forms) != 1:
            what = f"a row has {' and '.join(forms)}" if forms else "a row has none of entity, name and never"
            cure = "Give `entity` (an id, with spelling or heard), or `name` (of a new entity), or `never`."
            self.say(line, what, cure)
            return
        allowed = {"entity": TEACHING_KEYS, "name": ENTITY_KEYS, "never": NEVER_KEYS}[forms[0]]
        for key, item in row.items():
            if key not in allowed:
                what = f"{key!r} does not go with {forms[0]}" if key in KEYS else f"unknown key {key!r}"
                self.say(item.line, what, f"Such a row may have: {', '.join(allowed)}.")
        {"entity": self.teaching, "name": self.entity, "never": self.forbidden}[forms[0]](row, line)

    # ------------------------------------------------------------ the three sorts of rows

    def teaching(self, row: Mapping[str, Lined], line: int) -> None:
        reference, theatre = self.text(row, "entity"), self.text(row, "theatre")
        if reference and ":" not in reference and theatre:
            reference = f"{theatre}:{reference}"
        if not re.fullmatch(r"[^\s:]+:[^\s:]+", reference):
            cure = "Give the id in full, such as syria:sy-idlib; `trucewatch theatre show syria idlib` tells ids."
            self.say(row["entity"].line, f"entity is {reference!r}", cure)
            return
        if theatre and theatre != reference.partition(":")[0]:
            self.say(row["theatre"].line, f"theatre is {theatre!r}, the entity is of another", "Leave it out.")
        if "spelling" not in row and "heard" not in row:
            self.say(line, "a row teaches nothing", "Give `spelling` or `heard`.")
        self.lessons_of(row, reference, line)

    def lessons_of(self, row: Mapping[str, Lined], entity: str, line: int) -> None:
        always = self.truth(row, "always")
        for key in get_args(How):
            for text in self.phrases(row, key):
                # A spelling is the entity's name wherever it stands; what is misheard for it is so only in its war.
                holds = key == "spelling" if always is None else always
                self.lessons.append(Lesson(text, key, entity, holds, line))

    def forbidden(self, row: Mapping[str, Lined], line: int) -> None:
        theatre = self.text(row, "theatre") or None
        texts = self.texts(row, "never")
        if not texts:
            self.say(line, "never is empty", "Give the words that must stay as they are heard.")
        for text in texts:
            if fold(text):
                self.never.append(Never(text, theatre, line))
            else:
                self.say(line, f"{text!r} holds no letter", "Write the words as captions have them.")

    def entity(self, row: Mapping[str, Lined], line: int) -> None:
        name, theatre, kind = self.text(row, "name"), self.text(row, "theatre"), self.text(row, "kind")
        before = sum(problem.level == "error" for problem in self.problems)
        if name and (fault := fault_of(name)):
            self.say(row["name"].line, *fault)
        for key, value, cure in (
            ("name", name, "Give the usual English name."),
            ("theatre", theatre, "Say which theatre it belongs to; `trucewatch theatre list` tells them."),
        ):
            if not value:
                self.say(line, f"a new entity has no {key}", cure)
        if kind not in get_args(Kind):
            self.say(line, f"kind of {name or 'a new entity'} is {kind!r}", f"Use one of: {', '.join(get_args(Kind))}.")
        identity = self.text(row, "id").removeprefix(f"{theatre}:") or slug(name)
        if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", identity):
            self.say(line, f"id is {identity!r}", "Give an `id` of lower-case letters, digits and single hyphens.")
        point = self.point(row, line)
        precision = self.choice(row, "precision", get_args(Precision)) or (_PRECISION.get(kind, "") if point else "")
        importance = self.choice(row, "importance", ("1", "2", "3")) or "2"
        country = self.text(row, "country").upper()
        if country and not re.fullmatch("[A-Z]{2}", country):
            self.say(row["country"].line, f"country is {country!r}", "Give a two-letter ISO 3166 code, such as SY.")
        spellings = tuple(dict.fromkeys((name, *self.phrases(row, "spelling"))))
        made = {key: self.text(row, key) for key in ("local_name", "admin1", "side", "role", "actor", "outlet")}
        acronyms, adjectives = tuple(self.phrases(row, "acronyms")), tuple(self.phrases(row, "adjectives"))
        if sum(problem.level == "error" for problem in self.problems) > before:
            return
        new = Entity(
            id=f"{theatre}:{identity}", name=name, kind=kind, theatre=theatre, spellings=spellings,  # type: ignore[arg-type]
            feature=self.text(row, "feature") or _FEATURE.get(kind, ""), klass=self.text(row, "class"),
            local_name=made["local_name"], lat=point[0] if point else None, lon=point[1] if point else None,
            precision=precision or None, country=country or None, admin1=made["admin1"],  # type: ignore[arg-type]
            importance=int(importance), side=made["side"], acronyms=acronyms, adjectives=adjectives,
            actor=made["actor"] or None, role=made["role"], outlet=made["outlet"], source=SOURCE,
        )  # fmt: skip
        self.entities.append((line, new))
        self.lessons_of({**row, "spelling": Lined([Lined(text, line) for text in spellings], line)}, new.id, line)

    def repeated(self) -> None:
        """Of two rows about the same words the later one holds; whoever wrote both should know."""
        by_text: dict[str, Lesson] = {}
        for lesson in self.lessons:
            earlier = by_text.get(fold(lesson.text))
            if earlier is not None and (earlier.entity, earlier.how) != (lesson.entity, lesson.how):
                what = f"{lesson.text!r} is {earlier.entity}'s in line {earlier.line} ({earlier.how})"
                cure = "This later row holds; take the other out."
                if earlier.entity == lesson.entity:
                    what = f"{lesson.text!r} is given as {earlier.how} in line {earlier.line} too"
                self.say(lesson.line, what, cure, "warning")
            by_text[fold(lesson.text)] = lesson
        for never in self.never:
            taught = by_text.get(fold(never.text))
            if taught is not None and taught.how == "heard":
                what = f"{never.text!r} is never put right here, and is {taught.entity}'s in line {taught.line}"
                self.say(never.line, what, "The row that says what it is holds; take one of them out.", "warning")

    # ------------------------------------------------------------ cells

    def text(self, row: Mapping[str, Lined], key: str) -> str:
        """A cell that must be one text; a number counts as its text where that is harmless."""
        item = row.get(key)
        if item is None or item.value is None:
            return ""
        if isinstance(item.value, str):
            return tidy(item.value)
        if isinstance(item.value, int) and not isinstance(item.value, bool) and key in ("importance", "admin1"):
            return str(item.value)
        self.say(item.line, f"{key} is {_short(item)}, not a text", "Put it in quotes.")
        return ""

    def texts(self, row: Mapping[str, Lined], key: str) -> list[str]:
        """A cell that is a text or a list of texts."""
        item = row.get(key)
        if item is None or item.value is None:
            return []
        found = []
        for entry in item.value if isinstance(item.value, list) else [item]:
            if isinstance(entry.value, str) and entry.value.strip():
                found.append(tidy(entry.value))
            else:
                self.say(entry.line, f"{key} holds {_short(entry)}, not a text", "Put it in quotes.")
        return found

    def phrases(self, row: Mapping[str, Lined], key: str) -> list[str]:
        """The good spellings or mishearings of a cell."""
        found = []
        for text in self.texts(row, key):
            fault = fault_of(text)
            if fault:
                self.say(row[key].line, f"{key} {fault[0]}", fault[1])
            else:
                found.append(text)
        if key in row and isinstance(row[key].value, list | None) and not row[key].value:
            self.say(row[key].line, f"{key} is empty", "Write the words as captions have them, or take the key out.")
        return found

    def truth(self, row: Mapping[str, Lined], key: str) -> bool | None:
        item = row.get(key)
        if item is None or item.value is None:
            return None
        value = _TRUTHS.get(item.value.strip().lower()) if isinstance(item.value, str) else item.value
        if not isinstance(value, bool):
            self.say(item.line, f"{key} is {_short(item)}", "Write true or false.")
            return None
        return value

    def choice(self, row: Mapping[str, Lined], key: str, allowed: tuple[str, ...]) -> str:
        value = self.text(row, key)
        if value and value not in allowed:
            self.say(row[key].line, f"{key} is {value!r}", f"Use one of: {', '.join(allowed)}.")
        return value

    def point(self, row: Mapping[str, Lined], line: int) -> tuple[float, float] | None:
        """Latitude and longitude in decimal degrees: both, or neither."""
        given = [row[key].value if key in row else None for key in ("lat", "lon")]
        if given == [None, None]:
            return None
        limits = (90, 180)
        found = []
        for value, limit in zip(given, limits, strict=True):
            try:
                number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
            except (ValueError, OverflowError):
                number = None
            if number is not None and math.isfinite(number) and abs(number) <= limit:
                found.append(number)
        if len(found) < 2:
            shown = ", ".join("nothing" if value is None else str(value)[:20] for value in given)
            self.say(line, f"lat, lon are {shown}", "Give both in decimal degrees, such as 35.9306 and 36.6339.")
            return None
        return found[0], found[1]


def _short(item: Lined) -> str:
    """A value as a complaint shows it: lists and mappings by their sort only, since they may be of any size."""
    if isinstance(item.value, list | dict):
        return "a list" if isinstance(item.value, list) else "a mapping"
    return repr(item.value)[:40]
