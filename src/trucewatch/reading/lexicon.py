"""The lexicon: every way that a name known to the theatres is written, in one automaton.

Invariant: a function of the theatres and the user's names alone; the same give the same lexicon in the same order.
"""

from __future__ import annotations

import gc
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

import ahocorasick

from trucewatch.reading.document import fold, tokenise
from trucewatch.reading.usertable import UserTable
from trucewatch.theatre import Entity, Theatre, available, load_theatre, world
from trucewatch.theatre.teaching import teach
from trucewatch.theatre.usernames import UserNames, refuse

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
    the theatres with what it adds to them, ``recorded`` of each with the whole file, which is what a reading notes.
    """

    def __init__(self, theatres: list[Theatre], base: Theatre, names: UserNames | None = None) -> None:
        self.names = names
        self.taught: UserTable | None = None
        self.warnings: list[str] = []
        if names is not None:
            taught = teach(theatres, base, names)
            refuse(names.path, taught.problems)
            theatres, base = taught.theatres, taught.base
            self.taught = UserTable(taught.lessons, names.never)
            self.warnings = [f"your names file, line {p.line}: {p.what}" for p in taught.problems]
        self.theatres = {t.id: t for t in theatres}
        self.world = base
        self.digests = {t.id: t.digest for t in [base, *theatres]}
        self.recorded = {t: _recorded(digest, names) for t, digest in self.digests.items()}
        self.entities: dict[str, Entity] = {}
        self.representative: dict[tuple[str, str], Entity] = {}
        self.countries: dict[str, Entity] = {}
        self.home: dict[str, set[str]] = defaultdict(set)
        self.mains: dict[str, str] = {}
        self.mishearings = {
            t.id: {heard_key(heard): known[entity] for heard, entity in t.mishearings if entity in known}
            for t in theatres
            for known in [{**base.by_id, **t.by_id}]
        }
        table: dict[str, dict[tuple[str, str], Entry]] = defaultdict(dict)
        for theatre in [*theatres, base]:
            self._register(theatre)
            for entity in theatre.entities:
                # A state merged into a theatre keeps its world spellings there once; only what the theatre adds is its own.
                for spelling, how in spellings_of(entity):
                    for key in keys_of(spelling, how):
                        owner = WORLD if entity.id.startswith(f"{WORLD}:") and how != "generic" else theatre.id
                        entry = Entry(entity, owner, how)
                        table[key].setdefault((entity.id, theatre.id if how == "generic" else ""), entry)
        self._table = {key: tuple(entries.values()) for key, entries in table.items()}
        self._automaton = ahocorasick.Automaton()
        for key in self._table:
            self._automaton.add_word(f" {key} ", key)
        self._automaton.make_automaton()

    def _register(self, theatre: Theatre) -> None:
        if theatre.id != WORLD and theatre.countries:
            self.mains.setdefault(theatre.countries[0], theatre.id)
        for entity in theatre.entities:
            self.entities.setdefault(entity.id, entity)
            if theatre.id != WORLD:
                self.home[entity.id].add(theatre.id)
            if entity.represents:
                self.representative.setdefault((theatre.id, entity.represents), entity)
            if entity.feature == "country" and entity.country:
                self.countries.setdefault(entity.country, entity)

    def __len__(self) -> int:
        return len(self._table)

    def keys(self) -> Iterator[str]:
        """All folded spellings."""
        return iter(self._table)

    def entries(self, key: str) -> tuple[Entry, ...]:
        """What a folded spelling may name."""
        return self._table.get(key, ())

    def find(self, words: list[str]) -> list[Found]:
        """The spellings found in a list of folded words: the longest first, none overlapping."""
        starts: dict[int, int] = {}
        at = 0
        for i, word in enumerate(words):
            starts[at] = i
            at += len(word) + 1
        text = f" {' '.join(words)} "
        best: dict[int, Found] = {}
        for end, key in self._automaton.iter(text):
            first = starts.get(end - len(key) - 1)
            if first is None:
                continue
            last = first + key.count(" ")
            if first not in best or best[first].last < last:
                best[first] = Found(first, last, key, self._table[key])
        out: list[Found] = []
        taken: set[int] = set()
        for found in sorted(best.values(), key=lambda f: (f.first - f.last, f.first)):
            span = range(found.first, found.last + 1)
            if taken.isdisjoint(span):
                taken.update(span)
                out.append(found)
        return sorted(out, key=lambda f: f.first)

    def represented(self, country: str, theatre: str | None) -> Entity | None:
        """The actor that a country's adjective, capital or government stands for, as its own theatre has it."""
        own = self.mains.get(country)
        for where in (theatre, own):
            if where and (where, country) in self.representative:
                entity = self.representative[where, country]
                if not entity.id.startswith("world:"):
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


def lexicon(names: tuple[str, ...] | None = None, users: UserNames | None = None) -> Lexicon:
    """The lexicon of the named theatres (all available ones by default) and the built-in world, loaded once.

    ``users`` is what the user's names file says (``theatre.usernames.users_names``). Raises TheatreError.
    """
    return _kept(names, users)


@lru_cache(maxsize=4)
def _kept(names: tuple[str, ...] | None, users: UserNames | None) -> Lexicon:
    wanted = names if names is not None else tuple(name for name in available() if name != WORLD)
    with nothing_collected():
        return Lexicon([load_theatre(name) for name in wanted], world(), users)


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
