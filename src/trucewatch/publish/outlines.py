"""The world's coasts and borders, cut to a view: the bundled Natural Earth outlines (``tools/make_outlines.py``).

All coordinates here are (longitude, latitude) in decimal degrees. A view may lie across the date line: its box then
runs past 180 or -180, and shapes are repeated there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Literal

Point = tuple[float, float]
Box = tuple[float, float, float, float]
LineKind = Literal["coast", "border", "contested"]

_KINDS: dict[str, LineKind] = {"c": "coast", "b": "border", "x": "contested"}

CREDIT = "Outlines: Natural Earth (public domain)"


@dataclass(frozen=True, slots=True)
class Land:
    """A country's pieces inside a view: closed rings (outer ones first in each piece), cut at the view's edges."""

    name: str
    rings: tuple[tuple[Point, ...], ...]


@dataclass(frozen=True, slots=True)
class Outlines:
    """What the bundled file holds. Arcs are decoded when first asked for."""

    scale: int
    packed: tuple[str, ...]
    kinds: str
    countries: tuple[dict[str, Any], ...]
    _decoded: dict[int, tuple[list[Point], Box]] = field(repr=False, compare=False, default_factory=dict)

    def arc(self, number: int) -> list[Point]:
        """The points of an arc; a negative number ``~n`` gives arc ``n`` backwards."""
        points, _box = self._arc(max(number, ~number))
        return points if number >= 0 else points[::-1]

    def _arc(self, number: int) -> tuple[list[Point], Box]:
        if number not in self._decoded:
            points = decode(self.packed[number], self.scale)
            lons, lats = [lon for lon, _lat in points], [lat for _lon, lat in points]
            self._decoded[number] = points, (min(lons), min(lats), max(lons), max(lats))
        return self._decoded[number]

    def land(self, box: Box, step: float = 0.0) -> list[Land]:
        """The countries that reach into a box, cut to it; points nearer than ``step`` degrees are left out."""
        out = []
        for country in self.countries:
            rings: list[tuple[Point, ...]] = []
            turns = _turns(country["box"], box)
            for ring in (ring for polygon in country["polygons"] if turns for ring in polygon):
                points = self._ring(ring, step)
                for turn in turns:
                    cut = clip_ring([(x + turn, y) for x, y in points], box)
                    if len(cut) > 2:
                        rings.append(tuple(cut))
            if rings:
                out.append(Land(country["name"], tuple(rings)))
        return out

    def _ring(self, ring: Sequence[int], step: float) -> list[Point]:
        """The points of a ring, thinned, without jumps at the date line."""
        out: list[Point] = []
        for number in ring:
            points = thinned(self.arc(number), step)
            turn = 360.0 * round((points[0][0] - out[-1][0]) / 360) if out else 0.0
            out += [(x - turn, y) for x, y in points[:-1]]
        return out

    def lines(self, box: Box, step: float = 0.0) -> dict[LineKind, list[list[Point]]]:
        """Coasts, borders and contested lines that reach into a box, thinned to ``step`` degrees."""
        out: dict[LineKind, list[list[Point]]] = {"coast": [], "border": [], "contested": []}
        near = [country for country in self.countries if _turns(country["box"], box)]
        for number in dict.fromkeys(number for country in near for number in _arcs_of(country)):
            kind = _KINDS.get(self.kinds[number])
            points, reach = self._arc(number)
            turns = _turns(reach, box) if kind else []
            for turn in turns:
                assert kind is not None
                out[kind] += clip_line([(x + turn, y) for x, y in thinned(points, step)], box)
        return out


@lru_cache(maxsize=1)
def load() -> Outlines:
    """The bundled outlines; read once in a process."""
    text = (files("trucewatch.publish") / "data" / "outlines.json").read_text(encoding="ascii")
    data = json.loads(text)
    if data.get("format") != "trucewatch.outlines/1":
        raise ValueError(
            "outlines.json is not in the format trucewatch.outlines/1; make it with tools/make_outlines.py"
        )
    return Outlines(data["scale"], tuple(data["arcs"]), data["kinds"], tuple(data["countries"]))


def decode(packed: str, scale: int) -> list[Point]:
    """An encoded polyline as points in degrees."""
    values: list[int] = []
    value = shift = 0
    for char in packed:
        bits = ord(char) - 63
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits < 0x20:
            values.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    points: list[Point] = []
    x = y = 0
    for dx, dy in zip(values[::2], values[1::2], strict=True):
        x, y = x + dx, y + dy
        points.append((x / scale, y / scale))
    return points


def thinned(points: Sequence[Point], step: float) -> Sequence[Point]:
    """A line without the points nearer than ``step`` degrees to the one kept before; its ends always stay."""
    if step <= 0 or len(points) < 3:
        return points
    kept = [points[0]]
    for point in points[1:-1]:
        if abs(point[0] - kept[-1][0]) + abs(point[1] - kept[-1][1]) >= step:
            kept.append(point)
    return [*kept, points[-1]]


def _arcs_of(country: dict[str, Any]) -> Iterable[int]:
    """The numbers (forward) of a country's arcs."""
    return (max(a, ~a) for polygon in country["polygons"] for ring in polygon for a in ring)


def _turns(inner: Sequence[float], box: Box) -> list[float]:
    """By how many degrees east a box must be moved (-360, 0, 360) to reach into another one."""
    if inner[3] < box[1] or inner[1] > box[3]:
        return []
    return [turn for turn in (-360.0, 0.0, 360.0) if inner[0] + turn <= box[2] and inner[2] + turn >= box[0]]


def clip_ring(ring: Sequence[Point], box: Box) -> list[Point]:
    """Sutherland and Hodgman's cut of a ring by a box. Parts that leave the box run along its edges."""
    west, south, east, north = box
    points = list(ring)
    edges: tuple[tuple[Callable[[Point], bool], Callable[[Point, Point], Point]], ...] = (
        (lambda p: p[0] >= west, lambda a, b: _at_lon(a, b, west)),
        (lambda p: p[0] <= east, lambda a, b: _at_lon(a, b, east)),
        (lambda p: p[1] >= south, lambda a, b: _at_lat(a, b, south)),
        (lambda p: p[1] <= north, lambda a, b: _at_lat(a, b, north)),
    )
    for inside, cross in edges:
        if all(inside(p) for p in points):
            continue
        out: list[Point] = []
        for a, b in zip(points[-1:] + points[:-1], points, strict=True):
            if inside(b):
                if not inside(a):
                    out.append(cross(a, b))
                out.append(b)
            elif inside(a):
                out.append(cross(a, b))
        points = out
        if not points:
            break
    return points


def _at_lon(a: Point, b: Point, lon: float) -> Point:
    return lon, a[1] + (b[1] - a[1]) * (lon - a[0]) / (b[0] - a[0])


def _at_lat(a: Point, b: Point, lat: float) -> Point:
    return a[0] + (b[0] - a[0]) * (lat - a[1]) / (b[1] - a[1]), lat


def clip_line(line: Sequence[Point], box: Box) -> list[list[Point]]:
    """The runs of a line whose segments may touch a box; ends stick out by at most one segment."""
    west, south, east, north = box
    runs: list[list[Point]] = []
    for a, b in pairwise(line):
        apart = max(a[0], b[0]) < west or min(a[0], b[0]) > east or max(a[1], b[1]) < south or min(a[1], b[1]) > north
        if apart:
            continue
        if runs and runs[-1][-1] == a:
            runs[-1].append(b)
        else:
            runs.append([a, b])
    return runs
