"""Theatres packed into one block of bytes that is searched where it lies: nothing is read before it is asked for.

    pack(theatres, tables, about)     a block: the theatres' entities, tables of texts with numbers, and plain facts
    Packed(block)                     the same, opened

The block is JSON lines and little-endian 32-bit numbers, so that opening one runs nothing of what is in it, and the same
theatres give the same bytes on any machine. An entity is its row in the block: theatre after theatre, in their order.
"""

from __future__ import annotations

import json
import sys
from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import date
from pathlib import Path
from typing import Any, TypeVar, overload
from zlib import crc32

from trucewatch.theatre.model import Entity, Theatre

V = TypeVar("V")

_FIELDS = tuple(field.name for field in fields(Entity))
_DEFAULTS = [None if field.default is MISSING else field.default for field in fields(Entity)]
_FROM = _FIELDS.index("valid_from")
assert _FIELDS[_FROM + 1] == "valid_to"


# ---------------------------------------------------------------- numbers and tables


def _numbers(values: Sequence[int]) -> bytes:
    numbers = array("I", values)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _read_numbers(block: memoryview) -> Sequence[int]:
    """Numbers as ``_numbers`` wrote them, read where they lie (copied only where the machine's order is another)."""
    if sys.byteorder == "little":
        return block.cast("I")
    numbers = array("I", block.tobytes())
    numbers.byteswap()
    return numbers


def _joined(parts: Sequence[bytes]) -> bytes:
    """Some parts as one: how many, where each ends, and the parts, each padded to whole numbers."""
    padded = [part + bytes(-len(part) % 4) for part in parts]
    ends, end = [], 0
    for given, part in zip(parts, padded, strict=True):
        ends += [end, end + len(given)]
        end += len(part)
    return b"".join((_numbers([len(parts), *ends]), *padded))


def _parted(block: memoryview) -> list[memoryview]:
    """The parts that ``_joined`` made one."""
    count = int.from_bytes(block[:4], "little")
    body = 4 + 8 * count
    ends = _read_numbers(block[4:body])
    return [block[body + ends[2 * k] : body + ends[2 * k + 1]] for k in range(count)]


def _offsets(lengths: Sequence[int]) -> bytes:
    offsets = array("I", [0])
    for length in lengths:
        offsets.append(offsets[-1] + length)
    return _numbers(offsets)


class Table:
    """Texts, each with one or more numbers, found by the text's CRC-32; the text itself settles which is meant."""

    def __init__(self, block: memoryview) -> None:
        hashes, texts_at, numbers_at, numbers, self._texts = _parted(block)
        self._hashes, self._numbers = _read_numbers(hashes), _read_numbers(numbers)
        self._texts_at, self._numbers_at = _read_numbers(texts_at), _read_numbers(numbers_at)

    @staticmethod
    def packed(rows: Mapping[str, Sequence[int]]) -> bytes:
        """The block of a table with these rows."""
        keyed = sorted((crc32(raw := text.encode()), raw, numbers) for text, numbers in rows.items())
        return _joined(
            [
                _numbers([row[0] for row in keyed]),
                _offsets([len(row[1]) for row in keyed]),
                _offsets([len(row[2]) for row in keyed]),
                _numbers([number for row in keyed for number in row[2]]),
                b"".join([row[1] for row in keyed]),
            ]
        )

    def __len__(self) -> int:
        return len(self._hashes)

    def __iter__(self) -> Iterator[str]:
        at = self._texts_at
        for k in range(len(self)):
            yield str(self._texts[at[k] : at[k + 1]], "utf-8")

    def get(self, text: str) -> tuple[int, ...]:
        """The numbers of a text, in the order given; none for a text that is not there."""
        raw = text.encode("utf-8", "surrogatepass")
        wanted, hashes, at = crc32(raw), self._hashes, self._texts_at
        k = bisect_left(hashes, wanted)
        while k < len(hashes) and hashes[k] == wanted:
            if self._texts[at[k] : at[k + 1]] == raw:
                return tuple(self._numbers[self._numbers_at[k] : self._numbers_at[k + 1]])
            k += 1
        return ()


# ---------------------------------------------------------------- entities


def _row(entity: Entity) -> str:
    """An entity's fields as a JSON list, without what is as by default at the end."""
    cells: list[Any] = [getattr(entity, name) for name in _FIELDS]
    while cells[-1] == _DEFAULTS[len(cells) - 1]:
        cells.pop()
    return json.dumps(cells, ensure_ascii=False, separators=(",", ":"), default=date.isoformat)


def _entity(row: bytes) -> Entity:
    cells: list[Any] = [tuple(cell) if cell.__class__ is list else cell for cell in json.loads(row)]
    for k in range(_FROM, min(len(cells), _FROM + 2)):
        cells[k] = date.fromisoformat(cells[k]) if cells[k] else None
    return Entity(*cells)


class Rows:
    """The entities of a block, each made when it is first asked for, and then kept."""

    def __init__(self, ends: Sequence[int], lines: memoryview, ids: Table) -> None:
        self._ends, self._lines, self.ids = ends, lines, ids
        self._made: list[Entity | None] = [None] * (len(ends) - 1)

    def __len__(self) -> int:
        return len(self._made)

    def __getitem__(self, row: int) -> Entity:
        made = self._made[row]
        if made is None:
            made = self._made[row] = _entity(bytes(self._lines[self._ends[row] : self._ends[row + 1]]))
        return made


class Run(Sequence[Entity]):
    """The entities of one theatre: a run of rows."""

    def __init__(self, rows: Rows, run: range) -> None:
        self._rows, self._run = rows, run
        self._all: tuple[Entity, ...] | None = None

    def __len__(self) -> int:
        return len(self._run)

    @overload
    def __getitem__(self, k: int) -> Entity: ...
    @overload
    def __getitem__(self, k: slice) -> Sequence[Entity]: ...
    def __getitem__(self, k: int | slice) -> Entity | Sequence[Entity]:
        return [self._rows[row] for row in self._run[k]] if isinstance(k, slice) else self._rows[self._run[k]]

    def __iter__(self) -> Iterator[Entity]:
        if self._all is None:
            self._all = tuple([self._rows[row] for row in self._run])
        return iter(self._all)


class Looked(Mapping[str, V]):
    """A mapping whose values are looked up when they are asked for, and then kept; ``look`` gives None for no value."""

    def __init__(self, look: Callable[[str], V | None], keys: Callable[[], Collection[str]]) -> None:
        self._look, self._keys = look, keys
        self._known: dict[str, V] = {}

    def __getitem__(self, key: str) -> V:
        found = self._known.get(key)
        if found is None:
            found = self._look(key)
            if found is None:
                raise KeyError(key)
            self._known[key] = found
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys())

    def __len__(self) -> int:
        return len(self._keys())


def entities_by(rows: Rows, table: Mapping[str, int]) -> Mapping[str, Entity]:
    """The entities that some texts stand for, given their rows."""

    def look(text: str) -> Entity | None:
        row = table.get(text)
        return None if row is None else rows[row]

    return Looked(look, lambda: table)


def _by_id(rows: Rows, run: range) -> Mapping[str, Entity]:
    """The entities in a run of rows by their ids; of two with one id the first."""

    def look(identity: str) -> Entity | None:
        return next((rows[row] for row in rows.ids.get(identity) if row in run), None)

    return Looked(look, lambda: dict.fromkeys(rows[row].id for row in run))


# ---------------------------------------------------------------- blocks


def pack(theatres: Sequence[Theatre], tables: Mapping[str, Mapping[str, Sequence[int]]], facts: object) -> bytes:
    """Theatres (all but their paths), tables of texts with numbers, and ``facts``, which JSON can hold, as one block."""
    ids: dict[str, list[int]] = {}
    lines: list[bytes] = []
    heads: list[dict[str, Any]] = []
    for theatre in theatres:
        first = len(lines)
        for entity in theatre.entities:
            ids.setdefault(entity.id, []).append(len(lines))
            lines.append(_row(entity).encode())
        heads.append({name: getattr(theatre, name) for name in _HEAD} | {"rows": [first, len(lines)]})
    about = {"theatres": heads, "tables": [*tables], "facts": facts}
    return _joined(
        [
            json.dumps(about, ensure_ascii=False, separators=(",", ":"), default=date.isoformat).encode(),
            _offsets([len(line) for line in lines]),
            b"".join(lines),
            Table.packed(ids),
            *(Table.packed(table) for table in tables.values()),
        ]
    )


_HEAD = ("id", "title", "period", "countries", "languages", "cues", "sources", "digest", "generic", "mishearings")


class Packed:
    """A block opened: ``theatres`` in their order, ``rows`` of all their entities, ``tables`` by name, ``facts``.

    ``paths`` are the theatres' folders, which are no part of the block.
    """

    def __init__(self, block: bytes | memoryview, paths: Sequence[Path]) -> None:
        about, ends, lines, ids, *tables = _parted(memoryview(block))
        head = json.loads(bytes(about))
        self.rows = Rows(_read_numbers(ends), lines, Table(ids))
        self.tables = {name: Table(table) for name, table in zip(head["tables"], tables, strict=True)}
        self.facts: Any = head["facts"]
        self.runs = [range(*row["rows"]) for row in head["theatres"]]
        self.theatres = [
            _theatre(row, self.rows, run, path)
            for row, run, path in zip(head["theatres"], self.runs, paths, strict=True)
        ]

    def by_id(self) -> Mapping[str, Entity]:
        """All entities by their ids; of two with one id the first."""
        return _by_id(self.rows, range(len(self.rows)))


def _theatre(row: dict[str, Any], rows: Rows, run: range, path: Path) -> Theatre:
    first, last = (date.fromisoformat(day) if day else None for day in row["period"])
    return Theatre(
        id=row["id"], title=row["title"], path=path, period=(first, last), countries=tuple(row["countries"]),
        languages=tuple(row["languages"]), cues=tuple(row["cues"]), sources=row["sources"], entities=Run(rows, run),
        digest=row["digest"], by_id=_by_id(rows, run), generic=row["generic"],
        mishearings=tuple((heard, identity) for heard, identity in row["mishearings"]),
    )  # fmt: skip
