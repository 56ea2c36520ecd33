"""What a theatre holds: entities (places, roads, actors, organisations, people, agreements...) and their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

Kind = Literal["place", "actor", "organisation", "facility", "road", "agreement", "person"]
Precision = Literal["exact", "town", "district", "region", "country"]


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing in the world that news names.

    ``spellings`` are all ways its name is written, ``name`` first; ``forces`` are spellings of its armed parts and
    offices; ``adjectives`` stand for it before a noun ("Houthi fighters"); ``generic`` are phrases that mean it only
    inside its theatre ("the regime"). ``source`` is a key of the theatre's sources.

    States only: ``peoples`` are words for its people ("Russians"), ``capitals`` spellings of its capital, which may
    stand for its government ("Moscow says") as well as be a place. ``parties`` (agreements) are who signed.
    ``backers``, ``actor`` and ``parties`` are full entity ids (``syria:government``, ``world:ru``).
    """

    id: str
    name: str
    kind: Kind
    theatre: str
    spellings: tuple[str, ...]
    feature: str = ""
    klass: str = ""
    local_name: str = ""
    lat: float | None = None
    lon: float | None = None
    precision: Precision | None = None
    country: str | None = None
    admin1: str = ""
    importance: int = 1
    side: str = ""
    backers: tuple[str, ...] = ()
    forces: tuple[str, ...] = ()
    acronyms: tuple[str, ...] = ()
    adjectives: tuple[str, ...] = ()
    generic: tuple[str, ...] = ()
    leaders: tuple[str, ...] = ()
    represents: str | None = None
    actor: str | None = None
    role: str = ""
    outlet: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    peoples: tuple[str, ...] = ()
    capitals: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Theatre:
    """A conflict's world as data. ``digest`` is the SHA-256 over its files' names and bytes, in name order.

    ``generic`` (the built-in world only) says what role a general side word stands for in any theatre:
    "the rebels" -> "opposition"; a theatre's actors with that side or class answer to it.
    ``mishearings`` are (heard, full entity id): mishearings known to occur, from ``mishearings.csv``.
    """

    id: str
    title: str
    path: Path
    period: tuple[date | None, date | None]
    countries: tuple[str, ...]
    languages: tuple[str, ...]
    cues: tuple[str, ...]
    sources: dict[str, str]
    entities: Sequence[Entity]
    digest: str
    by_id: Mapping[str, Entity] = field(repr=False, compare=False, default_factory=dict)
    generic: dict[str, str] = field(repr=False, compare=False, default_factory=dict)
    mishearings: tuple[tuple[str, str], ...] = field(repr=False, compare=False, default=())


class TheatreError(Exception):
    """A theatre that cannot be used: names the file, the line and the cure."""
