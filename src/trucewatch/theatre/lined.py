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
from yaml.reader import ReaderError

from trucewatch.theatre.files import YamlLoader

SAVE_AS = "Save the file as UTF-8 (in Excel: 'CSV UTF-8'; in LibreOffice: character set Unicode (UTF-8))."
PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null"))
MOST_DIGITS = 19  # of a whole number: no year, coordinate or count is longer

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
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        report(1, "is UTF-16, not UTF-8", SAVE_AS)
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        report(line, f"byte {data[error.start]:#04x} is not UTF-8", SAVE_AS)
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
            if len(cells) > 1 and not any(map(str.strip, cells)):
                report(line, "the row is empty", "Delete it.")
            elif cells and len(cells) != len(header):
                cure = "Quote cells that hold commas; separate list items with |."
                report(line, f"{len(cells)} cells where the header has {len(header)}", cure)
            elif cells:
                yield line, dict(zip(header, [cell.strip() for cell in cells], strict=True))
            line = reader.line_num + 1
    except csv.Error as error:
        report(line, f"not CSV ({error})", 'Close every quote; write a quote inside a cell as "".')


def _header_fits(header: list[str], columns: tuple[str, ...], report: Report) -> bool:
    for mark, called in ((";", "semicolons"), ("\t", "tabs")):
        if any(mark in cell and not {*map(str.strip, cell.split(mark))}.isdisjoint(columns) for cell in header):
            cure = "Save it as CSV with commas (LibreOffice: field delimiter ,), as text, not by the look of the cells."
            report(1, f"the cells are parted by {called}, not by commas", cure)
            return False
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
    loader = None
    try:
        loader = YamlLoader(text)
        node = loader.get_single_node()
        return _lined(node, loader, report, set()) if node is not None else None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        what = getattr(error, "problem", None) or "".join(str(error).splitlines()[:1])
        report(_line_of(error, text), f"not YAML ({what})", "Check quotes, colons and indentation.")
        return None
    finally:
        if loader is not None:
            loader.dispose()


def _line_of(error: Exception, text: str) -> int | None:
    """The line that a YAML error speaks of; None where it speaks of the whole file (nested too deep)."""
    if (mark := getattr(error, "problem_mark", None)) is not None:
        return int(mark.line) + 1
    if isinstance(error, ReaderError):  # a character that YAML does not allow, told by its byte
        return text.encode().count(b"\n", 0, error.position) + 1
    return None


def _lined(node: yaml.Node, loader: YamlLoader, report: Report, seen: set[int]) -> Lined:
    line = node.start_mark.line + 1
    _refuse_alias(node, seen)
    if isinstance(node, yaml.ScalarNode):
        return Lined(_scalar(node, loader, report), line)
    if not node.tag.endswith((":map", ":seq")):
        report(line, f"uses the YAML tag !{_short(node.tag)}", "Take the word that begins with ! away.")
    if isinstance(node, yaml.SequenceNode):
        return Lined([_lined(item, loader, report, seen) for item in node.value], line)
    found: dict[str, Lined] = {}
    for key_node, value_node in node.value:
        _refuse_alias(key_node, seen)
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
        if key in found:
            report(key_node.start_mark.line + 1, f"the key {key} stands twice", "Keep one of them.")
        found[key] = _lined(value_node, loader, report, seen)
    return Lined(found, line)


def _refuse_alias(node: yaml.Node, seen: set[int]) -> None:
    """A node met twice is an alias; its mark is where the value stands that the alias repeats."""
    if id(node) in seen:
        what = "the value here is repeated by an alias (*name), which theatres do not use; write it out"
        raise yaml.MarkedYAMLError(problem=what, problem_mark=node.start_mark)
    seen.add(id(node))


def _short(tag: str) -> str:
    """A tag as it was written, more or less: without YAML's own prefix or the first of its exclamation marks."""
    return tag.removeprefix("tag:yaml.org,2002:").removeprefix("!")


def _scalar(node: yaml.ScalarNode, loader: YamlLoader, report: Report) -> Any:
    """A single value; what is no text, number, true, false or null is reported and taken as its text."""
    line = node.start_mark.line + 1
    text = str(node.value)
    if node.tag not in PLAIN_TAGS:
        report(
            line,
            f"uses the YAML tag !{_short(node.tag)}",
            "Take the word that begins with ! away; put the value in quotes.",
        )
        return text
    try:
        value = loader.construct_object(node)
        if isinstance(value, int) and not -(10**MOST_DIGITS) < value < 10**MOST_DIGITS:
            raise ValueError("too long a number")
        return value
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError):
        what = node.tag.rpartition(":")[2]
        report(line, f"{text[:40]!r} cannot be read as {what}", "Put it in quotes if it is a text.")
        return text
