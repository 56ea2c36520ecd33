"""The places of a reading, gathered over its mentions, with the claims that name them."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

from trucewatch.reading.model import Mention, Reading

SPATIAL_KINDS = frozenset({"place", "facility", "road"})
"""Kinds of mention that are somewhere. An actor may carry its capital's coordinates; nothing happened there by that."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place. ``mentions`` and ``claims`` are indices into the reading; ``lat``/``lon`` degrees, None if unknown.

    ``recovered`` is true where at least one of its mentions had been misheard.
    """

    name: str
    kind: str
    lat: float | None
    lon: float | None
    precision: str | None
    mentions: tuple[int, ...]
    claims: tuple[int, ...]
    recovered: bool

    @property
    def placed(self) -> bool:
        """Whether it can be put on a map."""
        return self.lat is not None and self.lon is not None


def places_of(reading: Reading) -> tuple[Place, ...]:
    """Every place a reading mentions, or that only its claims name, in order of first mention."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number, mention in enumerate(reading.mentions):
        if mention.kind in SPATIAL_KINDS:
            groups[mention.entity_id or mention.name.casefold()].append(number)
    claims: dict[str, list[int]] = defaultdict(list)
    for number, claim in enumerate(reading.claims):
        for name in dict.fromkeys(name.casefold() for name in claim.places):
            claims[name].append(number)
    places = [_place(reading, numbers, claims) for numbers in groups.values()]
    known = {reading.mentions[number].name.casefold() for numbers in groups.values() for number in numbers}
    shown = {name.casefold(): name for claim in reading.claims for name in claim.places}
    for folded, name in shown.items():
        if folded not in known:
            places.append(Place(name, "place", None, None, None, (), tuple(claims[folded]), False))
    return tuple(places)


def _place(reading: Reading, numbers: list[int], claims: dict[str, list[int]]) -> Place:
    """One place from its mentions; coordinates from the first that has usable ones."""
    mentions = [reading.mentions[number] for number in numbers]
    where = next((m for m in mentions if has_place(m)), mentions[0])
    named = {number for m in mentions for number in claims.get(m.name.casefold(), ())}
    lat, lon = (where.lat, where.lon) if has_place(where) else (None, None)
    recovered = any(m.recovered for m in mentions)
    return Place(where.name, where.kind, lat, lon, where.precision, tuple(numbers), tuple(sorted(named)), recovered)


def has_place(mention: Mention) -> bool:
    """Whether a mention is somewhere, with coordinates that exist on the globe."""
    if mention.kind not in SPATIAL_KINDS or mention.lat is None or mention.lon is None:
        return False
    finite = math.isfinite(mention.lat) and math.isfinite(mention.lon)
    return finite and abs(mention.lat) <= 90 and abs(mention.lon) <= 180
