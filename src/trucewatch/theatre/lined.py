"""A theatre's files read for checking: every mistake is collected, and every value knows its line.

Unlike ``files``, nothing here stops at the first mistake.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from trucewatch.theatre.files import YamlLoader

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a theatre: where it is, what it is, and how to cure it. ``line`` is None for a whole file."""

    file: str
    line: int | None
    what: str
    cure: str
    level: Level = "error"

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.level}: {self.what}. {self.cure}"


Report = Callable[[int | None, str, str], None]
"""Called with line, what, cure."""


@dataclass(frozen=True, slots=True)
class Lined:
    """A YAML value and its line. ``value`` is a scalar, a list of Lined, or a dict of text to Lined."""

    value: Any
    line: int

    def plain(self) -> Any:
        """The value without its lines."""
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        return self.value


def text_of(data: bytes, report: Report) -> str | None:
    """The bytes as text, or None after reporting why they are not."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        report(line, f"byte {data[error.start]:#04x} is not UTF-8", "Save the file as UTF-8.")
        return None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        report(line, "holds a NUL character", "Save the file as plain UTF-8 text.")
        return None
    return text


def lined_rows(data: bytes, columns: tuple[str, ...], report: Report) -> Iterator[tuple[int, dict[str, str]]]:
    """``(line, row)`` of every row that has as many cells as the header; other rows and wrong headers are reported."""
    text = text_of(data, report)
    if text is None:
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if not _header_fits(header, columns, report):
            return
        line = reader.line_num + 1
        for cells in reader:
            if cells and len(cells) != len(header):
                cure = "Quote cells that hold commas; separate list items with |."
                report(line, f"{len(cells)} cells where the header has {len(header)}", cure)
            elif cells:
                yield line, dict(zip(header, [cell.strip() for cell in cells], strict=True))
            line = reader.line_num + 1
    except csv.Error as error:
        report(line, f"not CSV ({error})", 'Close every quote; write a quote inside a cell as "".')


def _header_fits(header: list[str], columns: tuple[str, ...], report: Report) -> bool:
    missing = [column for column in columns if column not in header]
    unknown = [column for column in header if column not in columns]
    if missing:
        report(1, f"the header lacks {', '.join(missing)}", f"Use: {','.join(columns)}")
    if unknown:
        report(1, f"the header has unknown columns {', '.join(unknown)}", f"Use: {','.join(columns)}")
    if len(set(header)) < len(header):
        report(1, "the header names a column twice", f"Use: {','.join(columns)}")
        return False
    return not missing


def lined_yaml(data: bytes, report: Report) -> Lined | None:
    """The YAML document with lines, or None after reporting why it cannot be read; an empty file is None too."""
    text = text_of(data, report)
    if text is None:
        return None
    loader = YamlLoader(text)
    try:
        node = loader.get_single_node()
        return _lined(node, loader, report, set()) if node is not None else None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        report(mark.line + 1 if mark else None, f"not YAML ({what})", "Check quotes, colons and indentation.")
        return None
    finally:
        loader.dispose()


def _lined(node: yaml.Node, loader: YamlLoader, report: Report, seen: set[int]) -> Lined:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return Lined(loader.construct_object(node), line)
    if id(node) in seen:
        raise ValueError("aliases (*name) are not used in theatres; write the value out")
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        return Lined([_lined(item, loader, report, seen) for item in node.value], line)
    found: dict[str, Lined] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
        if key in found:
            report(key_node.start_mark.line + 1, f"the key {key} stands twice", "Keep one of them.")
        found[key] = _lined(value_node, loader, report, seen)
    return Lined(found, line)
