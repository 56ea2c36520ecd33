"""The lexicon: every way that a name known to the theatres is written, in one block that is kept in the user's cache.

Invariant: a function of the theatres and the user's names alone; the same give the same lexicon in the same order.
"""

from __future__ import annotations

import gc
import hashlib
import re
import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from trucewatch.reading.document import fold, tokenise
from trucewatch.reading.usertable import UserTable
from trucewatch.theatre import Entity, Theatre, available, find, load_theatre, world
from trucewatch.theatre.files import read_folder
from trucewatch.theatre.kept import Kept, keep, path_of, read_kept, stamp_of
from trucewatch.theatre.load import SHIPPED
from trucewatch.theatre.packed import Looked, Packed, entities_by, pack
from trucewatch.theatre.teaching import teach
from trucewatch.theatre.usernames import Lesson, UserNames, refuse

WORLD = "world"
# What may be said before or after the name of a place without being part of it.
_PLACE_TAILS = {
    "city": ("city", "province", "governorate"),
    "town": ("town",),
    "province": (),
    "camp": ("camp",),
    "river": ("river",),
    "hospital": ("hospital",),
    "airport": ("airport",),
    "base": ("base", "air base", "airbase"),
}
# Two letters heard apart are an acronym only where hardly anything else can be meant.
_SPACED_PAIRS = {"UN", "US", "EU", "UK"}
_GENERIC_TAILS = {
    "province",
    "governorate",
    "region",
    "oblast",
    "state",
    "county",
    "district",
    "valley",
    "plain",
    "mountains",
}
HOWS = ("name", "force", "acronym", "adjective", "people", "capital", "generic", "surname")
# In a block an entry is its entity's row times _MOST_HOWS, and the number of its how, and _OF_WORLD where the built-in
# world has that spelling of its own.
_MOST_HOWS, _OF_WORLD = 16, 8
_MOST_WORDS = 200_000  # of how many words that begin spellings, or do not, the widths are kept at hand
_TAIL_WORDS = 3
# The modules beside this one that make a block: when one of them changes, blocks are built anew.
_MAKERS = (
    "trucewatch.reading.document",
    *(f"trucewatch.theatre.{name}" for name in ("files", "load", "model", "names", "packed", "teaching", "usernames")),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One way a name is written: what it names, in which theatre, and how (name, force, acronym, adjective...)."""

    entity: Entity
    theatre: str
    how: str


@dataclass(frozen=True, slots=True)
class Found:
    """A spelling found at words ``first`` to ``last`` (inclusive) of a list of folded words."""

    first: int
    last: int
    key: str
    entries: tuple[Entry, ...]


class Lexicon:
    """Every spelling of every entity in some theatres and the built-in world, and what each may name.

    ``names`` is what the user's names file says; TheatreError where it refers to what is not there. ``digests`` are of
    the theatres with what it adds to them, ``recorded`` of each with the whole file, which is what a reading notes;
    ``digest`` is the SHA-256 of all that the lexicon is made of (``packed_lexicon``, or the same block opened from disk).
    """

    def __init__(self, theatres: list[Theatre], base: Theatre, names: UserNames | None = None) -> None:
        block = packed_lexicon(theatres, base, names)
        self._open(block, hashlib.sha256(block).hexdigest(), [t.path for t in [*theatres, base]], names)

    @classmethod
    def opened(cls, block: memoryview, digest: str, paths: Sequence[Path], names: UserNames | None = None) -> Lexicon:
        """The lexicon of a block that ``packed_lexicon`` made, with its SHA-256 and the theatres' folders, world last."""
        self = cls.__new__(cls)
        self._open(block, digest, paths, names)
        return self

    def _open(self, block: bytes | memoryview, digest: str, paths: Sequence[Path], names: UserNames | None) -> None:
        packed = Packed(block, paths)
        facts, self._rows = packed.facts, packed.rows
        self.digest = digest
        self.names = names
        self.warnings: list[str] = facts["warnings"]
        self.taught: UserTable | None = None
        if names is not None:
            self.taught = UserTable(((names.lessons[k], self._rows[row]) for k, row in facts["lessons"]), names.never)
        *theatres, self.world = packed.theatres
        self.theatres = {t.id: t for t in theatres}
        self.digests = {t.id: t.digest for t in [self.world, *theatres]}
        self.recorded = {t: _recorded(given, names) for t, given in self.digests.items()}
        self.entities = packed.by_id()
        self.mains: dict[str, str] = facts["mains"]
        self.peoples = frozenset(facts["peoples"])
        self.countries = entities_by(self._rows, facts["countries"])
        self.mishearings = {t: entities_by(self._rows, heard) for t, heard in facts["mishearings"].items()}
        self._representative = {t: entities_by(self._rows, found) for t, found in facts["representative"].items()}
        self._firsts = [run.start for run in packed.runs]
        self._ids = [t.id for t in packed.theatres]
        self.home: Mapping[str, set[str]] = Looked(self._home_of, lambda: [*self.entities])
        self._spellings, self._tails = packed.tables["spellings"], packed.tables["tails"]
        self._widths = packed.tables["widths"]
        self._first_words: dict[str, tuple[int, ...]] = {}
        self._known: dict[str, tuple[Entry, ...]] = {}

    def __len__(self) -> int:
        return len(self._spellings)

    def keys(self) -> Iterator[str]:
        """All folded spellings."""
        return iter(self._spellings)

    def entries(self, key: str) -> tuple[Entry, ...]:
        """What a folded spelling may name."""
        known = self._known.get(key)
        if known is None:
            known = tuple([self._entry(number) for number in self._spellings.get(key)])
            if known:
                self._known[key] = known
        return known

    def _entry(self, number: int) -> Entry:
        row, how = number // _MOST_HOWS, HOWS[number % _OF_WORLD]
        # A state merged into a theatre keeps its world spellings there once; only what the theatre adds is its own.
        return Entry(self._rows[row], WORLD if number & _OF_WORLD else self._theatre_of(row), how)

    def _theatre_of(self, row: int) -> str:
        return self._ids[bisect_right(self._firsts, row) - 1]

    def _home_of(self, identity: str) -> set[str] | None:
        """The theatres that hold an entity; None for what only the world has, or nothing."""
        return set(map(self._theatre_of, self._rows.ids.get(identity))) - {WORLD} or None

    def ending_in(self, tail: str) -> dict[str, Entity]:
        """The entities, by id, with a name, force or general phrase of more words that ends in ``tail``, folded.

        Tails have at most three words; people and countries are left out.
        """
        found: dict[str, Entity] = {}
        for row in self._tails.get(tail):
            found.setdefault(self._rows[row].id, self._rows[row])
        return found

    def find(self, words: list[str]) -> list[Found]:
        """The spellings found in a list of folded words: the longest first, none overlapping."""
        best: list[Found] = []
        for first, word in enumerate(words):
            for width in self._widths_at(words, first, word):
                if first + width <= len(words):
                    key = word if width == 1 else " ".join(words[first : first + width])
                    if entries := self.entries(key):
                        best.append(Found(first, first + width - 1, key, entries))
                        break
        out: list[Found] = []
        taken: set[int] = set()
        for found in sorted(best, key=lambda f: (f.first - f.last, f.first)):
            span = range(found.first, found.last + 1)
            if taken.isdisjoint(span):
                taken.update(span)
                out.append(found)
        return sorted(out, key=lambda f: f.first)

    def _widths_at(self, words: list[str], first: int, word: str) -> tuple[int, ...]:
        """How many words a spelling may have that begins so, by its first word and by its first two: the most first."""
        widths = self._first_words.get(word)
        if widths is None:
            widths = self._widths.get(word)
            if len(self._first_words) < _MOST_WORDS:
                self._first_words[word] = widths
        if widths and widths[0] == 2:
            following = self._widths.get(" ".join(words[first : first + 2]))
            return following + widths[1:] if following else widths[1:]
        return widths

    def represented(self, country: str, theatre: str | None) -> Entity | None:
        """The actor that a country's adjective, capital or government stands for, as its own theatre has it."""
        own = self.mains.get(country)
        for where in (theatre, own):
            entity = self._representative[where].get(country) if where in self._representative else None
            if entity is not None and not entity.id.startswith(f"{WORLD}:"):
                return entity
        return self.entities.get(f"{WORLD}:{country.lower()}")


def spellings_of(entity: Entity) -> Iterator[tuple[str, str]]:
    """Each way an entity is written, and how: name, force, acronym, adjective, people, capital, generic, surname."""
    for spelling in entity.spellings:
        yield spelling, "name"
    for spelling in entity.forces:
        yield spelling, "force"
    for spelling in entity.acronyms:
        yield spelling, "acronym"
    for spelling in entity.adjectives:
        yield spelling, "adjective"
    for spelling in entity.peoples:
        yield spelling, "people"
    for spelling in entity.capitals:
        yield spelling, "capital"
    for spelling in entity.generic:
        yield spelling, "generic"
    if entity.kind in {"place", "facility"}:
        feature = entity.feature
        bare = fold(entity.name)
        if not set(bare.split()) & _GENERIC_TAILS:
            for tail in _PLACE_TAILS.get(feature, ()):
                yield f"{entity.name} {tail}", "name"
    elif entity.kind == "person":
        surname = entity.name.split()[-1]
        if len(surname) > 3:
            yield surname, "surname"


def keys_of(spelling: str, how: str) -> Iterator[str]:
    """Folded forms of a spelling: plain, with acronyms parted into letters, without a leading article."""
    key = fold(spelling)
    if not key:
        return
    yield key
    letters = re.sub(r"[^A-Za-z]", "", spelling)
    if letters.isupper() and " " not in key and (3 <= len(letters) <= 6 or letters in _SPACED_PAIRS):
        yield " ".join(key)
    if key.startswith("the ") and how not in {"generic"}:
        yield key[4:]


def heard_key(heard: str) -> str:
    """The words of a mishearing as tokens have them."""
    return " ".join(token.norm for token in tokenise(heard))


def _recorded(digest: str, names: UserNames | None) -> str:
    """The digest that a reading notes of a theatre: its own, or SHA-256 over it and the user's names file's."""
    return digest if names is None else hashlib.sha256(f"{digest}\n{names.digest}".encode()).hexdigest()


# ---------------------------------------------------------------- packing


def packed_lexicon(theatres: Sequence[Theatre], base: Theatre, names: UserNames | None = None) -> bytes:
    """All that a lexicon is made of, as a block (``theatre.packed``): a function of theatres and names alone.

    Raises TheatreError where the user's names refer to what is not there.
    """
    warnings: list[str] = []
    lessons: list[tuple[Lesson, Entity]] = []
    if names is not None:
        taught = teach([*theatres], base, names)
        refuse(names.path, taught.problems)
        theatres, base, lessons = taught.theatres, taught.base, taught.lessons
        warnings = [f"your names file, line {p.line}: {p.what}" for p in taught.problems]
    rows = _Rows([*theatres, base])
    number = {id(lesson): k for k, lesson in enumerate(names.lessons)} if names else {}
    facts = {
        "warnings": warnings,
        "lessons": [[number[id(lesson)], rows.first[entity.id]] for lesson, entity in lessons],
        "mains": {t.countries[0]: t.id for t in reversed(theatres) if t.id != WORLD and t.countries},
        "countries": rows.countries,
        "peoples": sorted(rows.peoples),
        "representative": rows.representative,
        "mishearings": {t.id: rows.heard(t, base) for t in theatres},
    }
    return pack([*theatres, base], rows.tables(), facts)


class _Rows:
    """What points to the rows of a block: spellings, tails, countries and whom they are represented by."""

    def __init__(self, theatres: Sequence[Theatre]) -> None:  # the world last
        self.first: dict[str, int] = {}
        self.own: dict[str, dict[str, int]] = {}
        self.countries: dict[str, int] = {}
        self.representative: dict[str, dict[str, int]] = {theatre.id: {} for theatre in theatres}
        self.peoples: set[str] = set()
        self._spellings: dict[str, dict[int, None]] = defaultdict(dict)  # in order, unlike a set
        self._tails: dict[str, dict[int, None]] = defaultdict(dict)
        self._named: set[tuple[str, str, str]] = set()
        self._worlds = {
            (key, entity.id)
            for entity in theatres[-1].entities
            for spelling, how in spellings_of(entity)
            if how != "generic"
            for key in keys_of(spelling, how)
        }
        row = 0
        for theatre in theatres:
            own = self.own[theatre.id] = {}
            for entity in theatre.entities:
                own[entity.id] = row
                self._add(entity, theatre.id, row)
                row += 1

    def _add(self, entity: Entity, theatre: str, row: int) -> None:
        self.first.setdefault(entity.id, row)
        if entity.represents:
            self.representative[theatre].setdefault(entity.represents, row)
        if entity.feature == "country" and entity.country:
            self.countries.setdefault(entity.country, row)
        self.peoples.update(map(fold, entity.peoples))
        for spelling, how in spellings_of(entity):
            for key in keys_of(spelling, how):
                # What a theatre repeats of the world's entity names it once; general phrases, and what it adds, are its own.
                worlds = how != "generic" and (key, entity.id) in self._worlds
                once = (key, entity.id, "" if worlds else theatre)
                if once not in self._named:
                    self._named.add(once)
                    self._spellings[key][row * _MOST_HOWS + HOWS.index(how) + worlds * _OF_WORLD] = None
        for tail in _tails_of(entity):
            self._tails[tail][row] = None

    def heard(self, theatre: Theatre, base: Theatre) -> dict[str, int]:
        """The theatre's mishearings, as tokens have them, and the rows that they are of: its own before the world's."""
        known = {**self.own[base.id], **self.own[theatre.id]}
        return {heard_key(heard): known[identity] for heard, identity in theatre.mishearings if identity in known}

    def tables(self) -> dict[str, dict[str, Sequence[int]]]:
        """The spellings, the tails, and how many words the spellings have that begin with a word or two."""
        widths: dict[str, set[int]] = defaultdict(set)
        for key in self._spellings:
            words = key.split(" ")
            widths[words[0]].add(min(len(words), 2))
            if len(words) > 1:
                widths[" ".join(words[:2])].add(len(words))
        return {
            "spellings": {key: [*numbers] for key, numbers in self._spellings.items()},
            "tails": {tail: [*rows] for tail, rows in self._tails.items()},
            "widths": {words: sorted(found, reverse=True) for words, found in widths.items()},
        }


def _tails_of(entity: Entity) -> Iterator[str]:
    if entity.kind == "person" or entity.feature == "country":
        return
    for spelling, how in spellings_of(entity):
        if how in {"name", "force", "generic"}:
            words = fold(spelling).split()
            for n in range(1, min(len(words), _TAIL_WORDS + 1)):
                yield " ".join(words[-n:])


# ---------------------------------------------------------------- the lexicon that is kept


def lexicon(names: tuple[str, ...] | None = None, users: UserNames | None = None) -> Lexicon:
    """The lexicon of the named theatres (all available ones by default) and the built-in world, loaded once.

    ``users`` is what the user's names file says (``theatre.usernames.users_names``). Raises TheatreError.
    """
    return kept_lexicon(names, users).lexicon


@dataclass(frozen=True)
class KeptLexicon:
    """A lexicon, the file that its block is kept in (None where it could not be kept), and whether it was made anew."""

    lexicon: Lexicon
    path: Path | None
    anew: bool


@lru_cache(maxsize=4)
def kept_lexicon(names: tuple[str, ...] | None = None, users: UserNames | None = None) -> KeptLexicon:
    """The lexicon from the user's cache, or built and put there where that has none that is true (``theatre.kept``)."""
    there = available()
    wanted = [name for name in there if name != WORLD] if names is None else names
    folders = [*(there.get(name) or find(name) for name in wanted), SHIPPED / WORLD]
    about = {
        "rules": _rules(),
        "folders": [str(folder) for folder in folders],
        "names": users.digest if users else None,
        "available": [*there] if users else None,  # by which a names file's warnings go
    }
    path = path_of(about)
    stamp = stamp_of(folders)
    settled = stamp.text if stamp.settled else None
    kept = read_kept(path, about)
    with nothing_collected():
        if kept is not None:
            unchanged = settled is not None and kept.stamp == settled
            if unchanged or kept.digests == [read_folder(folder).digest for folder in folders]:
                if not unchanged:
                    keep(path, about, replace(kept, stamp=settled))
                return KeptLexicon(Lexicon.opened(kept.block, kept.digest, folders, users), path, anew=False)
        theatres, base = [load_theatre(folder) for folder in folders[:-1]], world()
        block = packed_lexicon(theatres, base, users)
        digests = [theatre.digest for theatre in [*theatres, base]]
        made = Kept(memoryview(block), hashlib.sha256(block).hexdigest(), settled, digests)
        # What was made while a file changed may be made of two states: it serves this once.
        written = stamp_of(folders).text == stamp.text and keep(path, about, made)
        return KeptLexicon(
            Lexicon.opened(made.block, made.digest, folders, users), path if written else None, anew=True
        )


@lru_cache(maxsize=1)
def _rules() -> str:
    """The digest of the code by which theatres become a block."""
    sha = hashlib.sha256()
    for module in (__name__, *_MAKERS):
        source = Path(str(sys.modules[module].__file__)).read_bytes()
        sha.update(len(source).to_bytes(8, "big") + source)
    return sha.hexdigest()


@contextmanager
def nothing_collected() -> Iterator[None]:
    """Make many objects that stay: looking through them for garbage, now and ever after, costs half as much again."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if collecting:
            gc.enable()
