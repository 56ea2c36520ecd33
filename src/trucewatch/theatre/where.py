"""Whether a place can lie where its row says: in its country, and in its province."""

from __future__ import annotations

import math
from collections import defaultdict

ADMIN1_FEATURES = ("province", "region", "country_region", "district", "city")

# How far outside the box of a country's towns a place may lie, in degrees and as a share of the box: bases and
# crossings stand beyond the towns. Iraq's western tip needs 1.2 degrees; Lebanon, all town, a third of one. Deserts go
# on, so up to three such margins is a warning only (South Sudan's north, Libya's south), and more is an error.
BOX_MARGIN, BOX_MARGIN_SHARE, BOX_MARGINS_TO_ERROR = 0.3, 0.12, 3
FAR_KM = 100.0  # a place nearer than this to its province's point is never questioned
FAR_RATIO = 2.5  # ... and a farther one only if another province's point is this many times nearer
ALONE_KM = 60.0  # ... and no other place of its own province is this near: provinces can be long
_EARTH_KM = 6371.0

Point = tuple[float, float]
"""Latitude and longitude in decimal degrees."""


class Units:
    """The first-level units of a table of places: the points of their own rows, and of the places in them."""

    def __init__(self, rows: list[tuple[int, dict[str, str]]]) -> None:
        self.points: dict[tuple[str, str], Point | None] = {}
        self.provinces: set[tuple[str, str]] = set()  # what a place can lie in: not the regions told across provinces
        self.places: dict[tuple[str, str], list[Point]] = defaultdict(list)
        for _, row in rows:
            if row["feature"] in ADMIN1_FEATURES and not row["admin1"]:
                self.points[row["country"], row["name"]] = point_of(row)
            if row["feature"] == "province":
                self.provinces.add((row["country"], row["name"]))
            if row["admin1"] and (point := point_of(row)):
                self.provinces.add((row["country"], row["admin1"]))
                self.places[row["country"], row["admin1"]].append(point)

    def of(self, country: str) -> list[str]:
        """The names of a country's units, in order."""
        return sorted(unit for code, unit in self.points if code == country)

    def astray(self, row: dict[str, str]) -> tuple[float, float, str] | None:
        """``(km to its unit, km to another, that other)`` if the place seems to lie in the other; else None."""
        here, own = point_of(row), self.points[row["country"], row["admin1"]]
        if here is None or own is None or (far := _km(here, own)) <= FAR_KM:
            return None
        near, unit = min(
            (_km(here, point), name)
            for (code, name), point in self.points.items()
            if point and code == row["country"] and (code, name) in self.provinces
        )
        if far <= FAR_RATIO * near:
            return None
        siblings = sorted(_km(here, point) for point in self.places[row["country"], row["admin1"]])
        alone = all(distance > ALONE_KM for distance in siblings[1:])  # the first is the place itself
        return (far, near, unit) if alone else None


def point_of(row: dict[str, str]) -> Point | None:
    """The row's ``(lat, lon)``, or None where they are no degrees."""
    try:
        lat, lon = float(row["lat"]), float(row["lon"])
    except ValueError:
        return None
    return (lat, lon) if -90 <= lat <= 90 and -180 <= lon <= 180 else None


def inside(point: Point, box: tuple[float, float, float, float], margins: int = 1) -> bool:
    """Whether ``(lat, lon)`` lies in ``(south, west, north, east)`` and its margins; the box may cross 180 degrees."""
    south, west, north, east = box
    height, width = north - south, (east - west) % 360
    up, side = (margins * (BOX_MARGIN + BOX_MARGIN_SHARE * span) for span in (height, width))
    return south - up <= point[0] <= north + up and (point[1] - west + side) % 360 <= width + 2 * side


def _km(a: Point, b: Point) -> float:
    """Great-circle distance of two ``(lat, lon)`` in kilometres."""
    lat1, lon1, lat2, lon2 = map(math.radians, (*a, *b))
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(h))
