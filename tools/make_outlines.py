"""Make the map outlines that Trucewatch ships: Natural Earth countries, simplified and packed.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python tools/make_outlines.py package/countries-10m.json

Provenance: Natural Earth 4.1 admin-0 countries (naturalearthdata.com), which its makers put in the public domain, as
packed into TopoJSON by the npm package ``world-atlas`` 2.0.2 (ISC licence; the licence covers the packing, the shapes
stay public domain). The 1:50m file of the same package works too and gives a smaller, coarser result. The 1:10m file is
the default because a page about one district is drawn at a scale where 1:50m coasts and borders are a few corners.

What is written (``trucewatch.outlines/1``, JSON): ``arcs``, each a line shared by the countries on its two sides, in
Google's encoded-polyline form (longitude before latitude, in units of 1/``scale`` degree); ``kinds``, one letter an arc
(``c`` coast, ``b`` border, ``x`` contested line, ``w`` edge of the flat map at the date line, never drawn);
``countries``: name, bounding box (degrees) and polygons as rings of arc numbers (``~n`` is arc n backwards). What lies
across the date line goes on past 180 degrees; two arcs of one ring may be a whole turn apart.

Natural Earth draws who holds the ground, not whose it is by law. The lines in ``CONTESTED`` are therefore marked, and
every map draws them broken.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

Point = tuple[float, float]
Box = tuple[float, float, float, float]

SCALE = 500
"""Units a degree of the output grid: 1/500 degree is 220 m, about the source's own grid."""

KM2_A_DEGREE2 = 111.2**2

TOLERANCE_KM2 = {"b": 0.10, "x": 0.02, "c": 0.22, "w": 1.0}
"""Corners whose triangle is smaller than this go. Chosen so that borders stay whole and the file under 1 MB."""

FAR_COAST_TOLERANCE_KM2 = 12.0
"""Coasts nearer the poles than ``FAR_LATITUDES``: a third of all points, and little news."""

FAR_LATITUDES = (-40.0, 58.0)

SMALLEST_ISLAND_KM2 = 1.5

CONTESTED: tuple[tuple[str, str, Box | None, str], ...] = (
    ("Russia", "Ukraine", (32.0, 45.0, 36.0, 46.6), "Crimea, held by Russia since 2014"),
    ("Israel", "Palestine", None, "armistice lines of 1949"),
    ("Israel", "Syria", None, "disengagement line of 1974, Golan"),
    ("Israel", "Lebanon", None, "withdrawal line of 2000"),
    ("Morocco", "W. Sahara", None, "Western Sahara"),
    ("Somalia", "Somaliland", None, "Somaliland"),
    ("Cyprus", "N. Cyprus", None, "ceasefire line of 1974"),
    ("Cyprus", "Cyprus U.N. Buffer Zone", None, "ceasefire line of 1974"),
    ("N. Cyprus", "Cyprus U.N. Buffer Zone", None, "ceasefire line of 1974"),
    ("Serbia", "Kosovo", None, "Kosovo"),
    ("India", "Pakistan", (73.0, 32.4, 79.0, 37.5), "line of control, Kashmir"),
    ("India", "Siachen Glacier", None, "Kashmir"),
    ("Pakistan", "Siachen Glacier", None, "Kashmir"),
    ("China", "Siachen Glacier", None, "Kashmir"),
    ("China", "Pakistan", (74.0, 34.0, 78.0, 37.2), "Kashmir"),
    ("China", "India", None, "line of actual control"),
    ("Sudan", "S. Sudan", (27.5, 9.0, 30.0, 11.0), "Abyei"),
    ("Egypt", "Sudan", (33.0, 21.5, 37.5, 23.5), "Halaib triangle"),
    ("North Korea", "South Korea", None, "military demarcation line of 1953"),
)
"""Pairs of neighbours (Natural Earth's names), the part of their line that is meant (all of it where None), and why."""

FULL_NAMES = {
    "Bosnia and Herz.": "Bosnia and Herzegovina", "Cabo Verde": "Cape Verde",
    "Central African Rep.": "Central African Republic", "Congo": "Republic of the Congo",
    "Cook Is.": "Cook Islands", "Dem. Rep. Congo": "DR Congo",
    "Dominican Rep.": "Dominican Republic", "Eq. Guinea": "Equatorial Guinea", "eSwatini": "Eswatini",
    "Faeroe Is.": "Faroe Islands", "Falkland Is.": "Falkland Islands", "Macedonia": "North Macedonia",
    "Marshall Is.": "Marshall Islands", "N. Cyprus": "Northern Cyprus", "S. Sudan": "South Sudan",
    "Solomon Is.": "Solomon Islands", "United States of America": "United States", "W. Sahara": "Western Sahara",
}  # fmt: skip

UNNAMED = {
    "Siachen Glacier", "Cyprus U.N. Buffer Zone", "Dhekelia", "Akrotiri", "USNB Guantanamo Bay", "Baikonur",
    "Coral Sea Is.", "Spratly Is.", "Clipperton I.", "Bajo Nuevo Bank", "Serranilla Bank", "Scarborough Reef",
}  # fmt: skip
"""Land without a country's label on a map."""

LEFT_OUT = {"Antarctica"}


@dataclass
class Country:
    """A country's name and polygons; a polygon is its rings, a ring its arc numbers."""

    name: str
    polygons: list[list[list[int]]]


@dataclass
class Topology:
    """Arcs in degrees, the kind of each, and the countries that refer to them."""

    arcs: list[list[Point]]
    countries: list[Country]
    kinds: list[str] = field(default_factory=list)


def main() -> None:
    """Read the TopoJSON file given, write the packed outlines, say what became of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="countries-10m.json or countries-50m.json of world-atlas")
    default = Path(__file__).parents[1] / "src/trucewatch/publish/data/outlines.json"
    parser.add_argument("--out", type=Path, default=default)
    options = parser.parse_args()
    topology = load(json.loads(options.source.read_text(encoding="utf-8")))
    before = sum(map(len, topology.arcs))
    classify(topology)
    drop_specks(topology)
    topology.arcs = [simplify(arc, kind) for arc, kind in zip(topology.arcs, topology.kinds, strict=True)]
    options.out.write_text(pack(topology), encoding="utf-8")
    after = sum(map(len, topology.arcs))
    size = options.out.stat().st_size
    print(f"{options.out.name}: {before} points to {after}, {len(topology.arcs)} arcs, {size} bytes")


def load(source: dict[str, Any]) -> Topology:
    """A TopoJSON topology with ``objects.countries`` as a ``Topology`` in degrees."""
    (sx, sy), (tx, ty) = source["transform"]["scale"], source["transform"]["translate"]
    arcs = []
    for packed in source["arcs"]:
        x = y = 0
        arc = []
        for dx, dy in packed:
            x, y = x + dx, y + dy
            arc.append((x * sx + tx, y * sy + ty))
        arcs.append(unwrapped(arc))
    countries = []
    for shape in source["objects"]["countries"]["geometries"]:
        name = shape["properties"]["name"]
        if name in LEFT_OUT or shape["type"] is None:
            continue
        countries.append(Country(name, [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]))
    return Topology(arcs, countries)


def classify(topology: Topology) -> None:
    """Give every arc its kind; an arc that is contested in part is cut where that part begins and ends."""
    sides: dict[int, set[str]] = defaultdict(set)
    for country in topology.countries:
        for polygon in country.polygons:
            for ring in polygon:
                for arc in ring:
                    sides[arc if arc >= 0 else ~arc].add(country.name)
    arcs: list[list[Point]] = []
    kinds: list[str] = []
    new_numbers: dict[int, list[int]] = {}
    for number, line in enumerate(topology.arcs):
        if number not in sides:
            continue
        runs = runs_of_kind(line, sides[number])
        new_numbers[number] = list(range(len(arcs), len(arcs) + len(runs)))
        for kind, points in runs:
            arcs.append(points)
            kinds.append(kind)
    for country in topology.countries:
        country.polygons = [[renumber(ring, new_numbers) for ring in polygon] for polygon in country.polygons]
    topology.arcs, topology.kinds = arcs, kinds


def runs_of_kind(arc: list[Point], sides: set[str]) -> list[tuple[str, list[Point]]]:
    """An arc cut into stretches of one kind, each sharing its end points with the next."""
    runs: list[tuple[str, list[Point]]] = []
    for a, b in pairwise(arc):
        kind = kind_of_segment(a, b, sides)
        if runs and runs[-1][0] == kind:
            runs[-1][1].append(b)
        else:
            runs.append((kind, [a, b]))
    return runs or [("c", arc)]


def kind_of_segment(a: Point, b: Point, sides: set[str]) -> str:
    """Coast, border, contested line or the flat map's own edge."""
    if len(sides) < 2:
        return "w" if abs(abs(a[0]) - 180) < 0.004 and abs(abs(b[0]) - 180) < 0.004 else "c"
    x, y = (a[0] + b[0]) / 2, (a[1] + b[1]) / 2
    for one, other, box, _why in CONTESTED:
        if {one, other} == sides and (box is None or (box[0] <= x <= box[2] and box[1] <= y <= box[3])):
            return "x"
    return "b"


def renumber(ring: list[int], new_numbers: dict[int, list[int]]) -> list[int]:
    """A ring in the numbers of the cut arcs; a backward arc's pieces come in reverse order."""
    out: list[int] = []
    for arc in ring:
        pieces = new_numbers[arc if arc >= 0 else ~arc]
        out += pieces if arc >= 0 else [~piece for piece in reversed(pieces)]
    return out


def ring_points(ring: list[int], arcs: list[list[Point]]) -> list[Point]:
    """The points of a ring of arcs."""
    return [point for arc in ring for point in (arcs[arc] if arc >= 0 else arcs[~arc][::-1])]


def unwrapped(points: list[Point]) -> list[Point]:
    """A line that goes on past 180 degrees where it crosses the date line, instead of jumping round the globe."""
    out: list[Point] = []
    for lon, lat in points:
        last = out[-1][0] if out else lon
        out.append((lon - 360 * round((lon - last) / 360), lat))
    return out


def ring_area_km2(ring: list[int], arcs: list[list[Point]]) -> float:
    """The area a ring of arcs encloses, on a plane stretched for its middle latitude."""
    points = unwrapped(ring_points(ring, arcs))
    doubled = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, points[1:] + points[:1], strict=True))
    middle = math.radians(sum(y for _x, y in points) / len(points))
    return abs(doubled) / 2 * KM2_A_DEGREE2 * math.cos(middle)


def drop_specks(topology: Topology) -> None:
    """Leave out islands too small to see, but never a country's largest piece, then the arcs nobody uses."""
    for country in topology.countries:
        areas = [ring_area_km2(polygon[0], topology.arcs) for polygon in country.polygons]
        floor = min(SMALLEST_ISLAND_KM2, max(areas))
        country.polygons = [p for p, area in zip(country.polygons, areas, strict=True) if area >= floor]
    used = sorted({a if a >= 0 else ~a for c in topology.countries for p in c.polygons for ring in p for a in ring})
    new_numbers = {old: [new] for new, old in enumerate(used)}
    for country in topology.countries:
        country.polygons = [[renumber(ring, new_numbers) for ring in polygon] for polygon in country.polygons]
    topology.arcs = [topology.arcs[old] for old in used]
    topology.kinds = [topology.kinds[old] for old in used]


def simplify(arc: list[Point], kind: str) -> list[Point]:
    """Visvalingam and Whyatt's rule: take away, again and again, the corner whose triangle is smallest.

    End points stay, so that arcs go on meeting; a closed arc keeps at least a triangle.
    """
    keep_at_least = 4 if arc[0] == arc[-1] else 2
    before = [i - 1 for i in range(len(arc))]
    after = [i + 1 for i in range(len(arc))]
    alive = [True] * len(arc)
    size: dict[int, float] = {}
    heap: list[tuple[float, int]] = []

    def weigh(i: int, floor: float) -> None:
        size[i] = max(excess(arc[before[i]], arc[i], arc[after[i]], kind), floor)
        heapq.heappush(heap, (size[i], i))

    for i in range(1, len(arc) - 1):
        weigh(i, 0.0)
    left = len(arc)
    while heap and left > keep_at_least:
        area, i = heapq.heappop(heap)
        if not alive[i] or area != size[i]:
            continue
        if area >= 1.0:
            break
        alive[i] = False
        left -= 1
        after[before[i]], before[after[i]] = after[i], before[i]
        for neighbour in (before[i], after[i]):
            if 0 < neighbour < len(arc) - 1:
                weigh(neighbour, area)
    return [point for point, stays in zip(arc, alive, strict=True) if stays]


def excess(a: Point, b: Point, c: Point, kind: str) -> float:
    """A corner's triangle as a multiple of the tolerance that holds where it lies."""
    area = abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2
    km2 = area * KM2_A_DEGREE2 * math.cos(math.radians(b[1]))
    far = kind == "c" and not FAR_LATITUDES[0] < b[1] < FAR_LATITUDES[1]
    return km2 / (FAR_COAST_TOLERANCE_KM2 if far else TOLERANCE_KM2[kind])


def pack(topology: Topology) -> str:
    """The topology as the JSON text described at the head of this file."""
    countries = []
    for country in sorted(topology.countries, key=lambda c: c.name):
        rings = [unwrapped(ring_points(polygon[0], topology.arcs)) for polygon in country.polygons]
        xs, ys = [x for ring in rings for x, _y in ring], [y for ring in rings for _x, y in ring]
        box = [round(v, 2) for v in (min(xs), min(ys), max(xs), max(ys))]
        name = "" if country.name in UNNAMED else FULL_NAMES.get(country.name, country.name)
        countries.append({"name": name, "box": box, "polygons": country.polygons})
    return json.dumps(
        {
            "format": "trucewatch.outlines/1",
            "source": "Natural Earth 4.1, admin-0 countries, 1:10m, by way of the npm package world-atlas 2.0.2",
            "licence": "public domain",
            "made_by": "tools/make_outlines.py",
            "scale": SCALE,
            "kinds": "".join(topology.kinds),
            "arcs": [encode(arc) for arc in topology.arcs],
            "countries": countries,
        },
        ensure_ascii=True,
        separators=(",", ":"),
    )


def encode(arc: list[Point]) -> str:
    """An arc as an encoded polyline: zig-zag differences in groups of five bits, from the character ``?`` on."""
    out: list[str] = []
    last = (0, 0)
    for index, (lon, lat) in enumerate(arc):
        here = (round(lon * SCALE), round(lat * SCALE))
        if index and here == last and index != len(arc) - 1:
            continue
        for now, then in zip(here, last, strict=True):
            value = (now - then) << 1 if now >= then else ~((now - then) << 1)
            while value >= 0x20:
                out.append(chr((0x20 | (value & 0x1F)) + 63))
                value >>= 5
            out.append(chr(value + 63))
        last = here
    return "".join(out)


if __name__ == "__main__":
    main()
