"""Import of a GeoNames country file (``SY.txt`` or ``SY.zip`` from download.geonames.org/export/dump).

Streams the file, keeps what news names (populated places, administrative units, rivers, mountains, bases, crossings,
hospitals...), and writes one index a country into the user's data directory. Importing the same bytes again does
nothing. A few broken lines are left out and listed; a file of many is refused whole.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from trucewatch.theatre.gazetteer import SUFFIX, gazetteer_dir, latin_names, local_name
from trucewatch.theatre.index import Index, IndexWriter, WorldPlace
from trucewatch.theatre.model import TheatreError

COLUMNS = 19
ASCII_NAME, ALTERNATES, CLASS, CODE, ADMIN1 = 2, 3, 6, 7, 10  # columns, counted from 0
MAX_LINE = 1 << 16  # bytes; GeoNames' longest lines (10,000 characters of alternate names) stay under it
MAX_BAD_SHARE = 0.01  # more broken lines than this, and it is not a GeoNames file
SHOWN = 20

KEPT_CLASSES = frozenset("PA")
DROPPED = frozenset(("PPLH", "PPLCH", "ADM1H", "ADM2H", "ADM3H", "ADM4H", "ADM5H", "ADMDH", "PCLH"))
_KEPT_CODES = """
H BAY CNL DAM GULF HBR LK LKS RSV SEA STM STMI STRT WAD
T CAPE DSRT HLL HLLS ISL ISLS MT MTS PASS PEN PK PLAT PLN RDGE UPLD VAL VALS
L AREA CMP MILB PRT RGN RGNL
S AIRB AIRF AIRH AIRP AIRQ BDG CMP CMPO CMPRF CSTM DAM FT HSP HSPC HSPD HSPL INSM MFG MFGC MFGM MFGQ MKT MSQE
S NAVB OILR PRN PS PSH PSN PSTB REFN UNIV
R RD RDJCT TNL TNLRD
"""
_KEPT = {(line[0], code) for line in _KEPT_CODES.split("\n") if line for code in line[2:].split()}


class BadLine(ValueError):
    """A line that is not GeoNames'; says what is wrong and what was expected."""


@dataclass
class Import:
    """What an import did. ``kept`` and ``left_out`` count places; ``bad`` lists 20 broken lines: ``(line, what)``."""

    source: Path
    target: Path
    kept: int = 0
    left_out: int = 0
    bad_lines: int = 0
    bad: list[tuple[int, str]] = field(default_factory=list)
    classes: Counter[str] = field(default_factory=Counter)
    countries: Counter[str] = field(default_factory=Counter)
    unchanged: bool = False


def import_country(source: Path, into: Path | None = None) -> Import:
    """Import a GeoNames file into ``into`` (default: the user's). Raises TheatreError and then keeps nothing."""
    folder = into or gazetteer_dir()
    name = source.stem.split(".")[0]
    if not name or not source.is_file():
        raise TheatreError(f"{source}: no such file. Give a GeoNames country file, such as SY.txt or SY.zip.")
    result = Import(source, folder / f"{name}{SUFFIX}")
    digest = _digest(source)
    if _imported_digest(result.target) == digest:
        result.unchanged = True
        return result
    try:
        writer = IndexWriter(result.target)
        try:
            for place, cells in country_rows(source, result):
                if not _wanted(cells[CLASS], cells[CODE]):
                    result.left_out += 1
                    continue
                result.kept += 1
                result.classes[cells[CLASS]] += 1
                result.countries[place.country] += 1
                writer.add(place, latin_names([cells[ASCII_NAME], *cells[ALTERNATES].split(",")]))
            judge(result)
            writer.finish(
                source=source.name, sha256=digest, countries=dict(sorted(result.countries.items())),
                licence="GeoNames, CC BY 4.0",
            )  # fmt: skip
        finally:
            writer.discard()
    except OSError as error:
        raise TheatreError(
            f"{error.filename or source}: {error.strerror or error}. Choose a folder with --into."
        ) from error
    return result


def imported(folder: Path | None = None) -> Iterator[tuple[Path, dict[str, object]]]:
    """Each imported file and its header: source, sha256, places, names, countries. Damaged ones have ``error`` only."""
    for path in sorted((folder or gazetteer_dir()).glob("*" + SUFFIX)):
        try:
            yield path, Index(path).about
        except (OSError, ValueError, KeyError) as error:
            yield path, {"error": str(error)}


def _imported_digest(target: Path) -> object:
    try:
        return Index(target).about.get("sha256")
    except (OSError, ValueError, KeyError):
        return None


def _digest(source: Path) -> str:
    sha = hashlib.sha256()
    with source.open("rb") as file:
        while block := file.read(1 << 20):
            sha.update(block)
    return sha.hexdigest()


def judge(result: Import) -> None:
    """Refuse (TheatreError) a file that is not GeoNames', or holds nothing to keep."""
    total = result.kept + result.left_out + result.bad_lines
    if result.bad_lines > max(1, MAX_BAD_SHARE * total) or (result.bad_lines and result.bad_lines == total):
        line, what = result.bad[0]
        raise TheatreError(
            f"{result.source}, line {line}: {what}. {result.bad_lines} of {total} lines are broken, so nothing was "
            "imported. Give a country file from download.geonames.org/export/dump, not names or post codes."
        )
    if not result.kept:
        raise TheatreError(f"{result.source}: holds no place that news could name. Give a GeoNames country file.")


def country_rows(source: Path, result: Import) -> Iterator[tuple[WorldPlace, list[str]]]:
    """Every sound line of a GeoNames file or zip as a place and its 19 cells; broken ones are noted in ``result``.

    Streams; whoever calls counts what is kept and left out. Raises TheatreError for a zip that is none of GeoNames'.
    """
    with _open(source) as file:
        for number, line in _lines(file):
            if not line.strip():
                continue
            try:
                cells = _cells(line)
                place = _place(cells)
            except BadLine as error:
                result.bad_lines += 1
                if len(result.bad) < SHOWN:
                    result.bad.append((number, str(error)))
                continue
            yield place, cells


@contextmanager
def _open(source: Path) -> Iterator[IO[bytes]]:
    """The file itself, or the one table in a zip from GeoNames (beside its readme.txt)."""
    if not zipfile.is_zipfile(source):
        with source.open("rb") as file:
            yield file
        return
    with zipfile.ZipFile(source) as archive:
        tables = [name for name in archive.namelist() if name.endswith(".txt") and "readme" not in name.lower()]
        if not tables:
            cure = "Give the country's file from download.geonames.org/export/dump, such as SY.zip: it holds SY.txt."
            raise TheatreError(f"{source}: holds no table of places (a .txt file). {cure}")
        if len(tables) != 1:
            raise TheatreError(f"{source}: holds {len(tables)} tables where GeoNames' zip holds one. Unpack it first.")
        try:
            with archive.open(tables[0]) as member:
                yield io.BufferedReader(member)  # type: ignore[type-var]
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise TheatreError(f"{source}: the zip cannot be unpacked ({error}). Download it again.") from error


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Numbered lines, none held longer than MAX_LINE: a file without line ends must not fill the memory."""
    number = 0
    while line := file.readline(MAX_LINE):
        number += 1
        yield number, line
        while line and not line.endswith(b"\n"):
            line = file.readline(MAX_LINE)


def _cells(line: bytes) -> list[str]:
    if not line.endswith(b"\n") and len(line) >= MAX_LINE:
        raise BadLine(f"longer than {MAX_LINE:,} bytes")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadLine(f"byte {error.start + 1} is not UTF-8") from error
    cells = text.rstrip("\r\n").split("\t")
    if len(cells) != COLUMNS:
        raise BadLine(f"{len(cells)} tab-separated columns where GeoNames has {COLUMNS}")
    return cells


def _place(cells: list[str]) -> WorldPlace:
    number, name, _, alternates, lat, lon, klass, code, country, _, admin1, _, _, _, population = cells[:15]
    if not number.isdecimal():
        raise BadLine(f"column 1, geonameid, is {number[:40]!r}, not a number")
    if not name.strip():
        raise BadLine("column 2, name, is empty")
    if len(country) not in (0, 2):
        raise BadLine(f"column 9, country code, is {country[:40]!r}, not two letters")
    if population and not population.isdecimal():
        raise BadLine(f"column 15, population, is {population[:40]!r}, not a number")
    return WorldPlace(
        int(number), name, local_name(country, alternates.split(",")), country, admin1,
        _degrees(lat, 90, 5, "latitude"), _degrees(lon, 180, 6, "longitude"), int(population or 0), f"{klass}.{code}",
    )  # fmt: skip


def _degrees(text: str, limit: int, column: int, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not -limit <= value <= limit:
        raise BadLine(f"column {column}, {what}, is {text[:40]!r}, not between -{limit} and {limit} degrees")
    return value


def _wanted(klass: str, code: str) -> bool:
    if klass in KEPT_CLASSES:
        return code not in DROPPED
    return (klass, code) in _KEPT
