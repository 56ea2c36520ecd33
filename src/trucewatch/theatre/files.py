"""A theatre's folder as bytes, rows and YAML documents.

Invariant: nothing here knows what the rows mean; it only says where in which file each one stands, so that every later
complaint can name file and line. Parsed YAML is kept in the user's cache directory under the digest of its bytes,
because YAML is the slow part of starting up; a cache that is missing, broken or unwritable only costs time.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml

from trucewatch.theatre.model import TheatreError

DATA_SUFFIXES = (".yaml", ".csv", ".geojson")
LIST_SEPARATOR = "|"
MAX_FILE_BYTES = 64_000_000  # a theatre's table of 64 MB is a mistake (a GeoNames dump goes through `gazetteer import`)
_CACHE_VERSION = "1"


class YamlLoader(yaml.CSafeLoader):
    """Safe YAML in which dates stay text and only ``true``/``false`` are truth values.

    YAML 1.1 would turn the country code ``NO`` into False and ``2018-09-17`` into an object JSON cannot hold.
    """


YamlLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":bool"))]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
YamlLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


@dataclass(frozen=True, slots=True)
class Folder:
    """The data files of one theatre: relative POSIX path -> bytes, in name order."""

    path: Path
    files: dict[str, bytes]
    digest: str

    def where(self, name: str, line: int | None = None) -> str:
        """``folder/file, line 3``: how complaints name a place in this folder."""
        return f"{self.path / name}" + (f", line {line}" if line else "")

    def fail(self, name: str, line: int | None, what: str, cure: str) -> NoReturn:
        """Raise the error that names file, line and cure."""
        raise TheatreError(f"{self.where(name, line)}: {what}. {cure}")

    def names(self, prefix: str, suffix: str) -> list[str]:
        """Files directly under ``prefix`` that end in ``suffix``, in name order."""
        return [n for n in self.files if n.startswith(prefix) and n.endswith(suffix) and "/" not in n[len(prefix) :]]


def read_folder(path: Path) -> Folder:
    """All data files of the folder at ``path`` and the SHA-256 over their names and bytes. Raises TheatreError."""
    if not (path / "theatre.yaml").is_file():
        raise TheatreError(f"{path}: not a theatre: it holds no theatre.yaml. Give the folder that holds one.")
    files: dict[str, bytes] = {}
    try:
        for name, status in sorted(data_files(path)):
            if (size := status.st_size) > MAX_FILE_BYTES:
                raise TheatreError(
                    f"{path / name}: {size:,} bytes is too large for a theatre's file. Split or trim it."
                )
            files[name] = (path / name).read_bytes()
    except OSError as error:
        raise TheatreError(f"{path}: cannot be read ({error.strerror or error}). Check its permissions.") from error
    return Folder(path, files, digest_of(files))


def data_files(path: Path) -> Iterator[tuple[str, os.stat_result]]:
    """The relative paths of a theatre's data files, in no order, and what the file system says of each. Raises OSError."""
    for folder, prefix in ((path, ""), (path / "agreements", "agreements/"), (path / "zones", "zones/")):
        if prefix and not folder.is_dir():
            continue
        for entry in os.scandir(folder):
            if entry.name.endswith(DATA_SUFFIXES) and not entry.name.startswith((".", "~")) and entry.is_file():
                yield prefix + entry.name, entry.stat()


def digest_of(files: dict[str, bytes]) -> str:
    """SHA-256 (hex) over names and bytes, in name order; lengths are hashed too, so bytes cannot move between files."""
    sha = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode(), files[name]):
            sha.update(len(part).to_bytes(8, "big"))
            sha.update(part)
    return sha.hexdigest()


def decode(folder: Folder, name: str) -> str:
    """The file as text; not UTF-8, or holding NULs, is an error that names the line."""
    data = folder.files[name]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        folder.fail(name, line, f"byte {data[error.start]:#04x} is not UTF-8", "Save the file as UTF-8.")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        folder.fail(name, line, "holds a NUL character", "Save the file as plain UTF-8 text.")
    return text


def rows(folder: Folder, name: str, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """``(line, row)`` of a CSV file whose header must hold ``columns``; cells are stripped. No such file: no rows."""
    if name not in folder.files:
        return
    reader = csv.reader(io.StringIO(decode(folder, name), newline=""), strict=True)
    line = 1
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if missing := [column for column in columns if column not in header]:
            folder.fail(name, 1, f"the header lacks {', '.join(missing)}", f"Use: {','.join(columns)}")
        width = len(header)
        line = reader.line_num + 1
        for cells in reader:
            if cells:
                if len(cells) != width:
                    cure = "Quote cells that hold commas, and separate list items with |."
                    folder.fail(name, line, f"{len(cells)} cells where the header has {width}", cure)
                yield line, dict(zip(header, [cell.strip() for cell in cells], strict=True))
            line = reader.line_num + 1
    except csv.Error as error:
        folder.fail(name, line, f"not CSV ({error})", 'Close every quote; write a quote inside a cell as "".')


def listed(cell: str) -> tuple[str, ...]:
    """The items of a list cell: ``a|b`` -> ``("a", "b")``; empty items are dropped."""
    return tuple([part for item in cell.split(LIST_SEPARATOR) if (part := item.strip())]) if cell else ()


def parse_yaml(folder: Folder, name: str) -> Any:
    """One YAML file as plain Python data; raises TheatreError naming the line."""
    text = decode(folder, name)
    try:
        if "&" in text and "*" in text and any(isinstance(e, yaml.AliasEvent) for e in yaml.parse(text, YamlLoader)):
            cure = "Write the value out: aliases can make a small file fill the memory."
            folder.fail(name, None, "uses a YAML alias (*name)", cure)
        return yaml.load(text, Loader=YamlLoader)  # YamlLoader is a safe loader
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "".join(str(error).splitlines()[:1])
        folder.fail(
            name, mark.line + 1 if mark else None, f"not YAML ({what})", "Check quotes, colons and indentation."
        )


def documents(folder: Folder) -> dict[str, Any]:
    """Every YAML file of the folder, parsed: relative path -> data. Taken from the user's cache where it has them."""
    names = [name for name in folder.files if name.endswith(".yaml")]
    key = digest_of({name: folder.files[name] for name in names})
    if (found := _cached(key)) is not None and sorted(found) == sorted(names):
        return found
    parsed = {name: parse_yaml(folder, name) for name in names}
    _keep(key, parsed)
    return parsed


def cache_dir() -> Path:
    """Where Trucewatch keeps what it can rebuild: ``$XDG_CACHE_HOME/trucewatch`` or ``~/.cache/trucewatch``."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path(os.path.expanduser("~")) / ".cache") / "trucewatch"


def data_dir() -> Path:
    """Where Trucewatch keeps what the user gave it: ``$XDG_DATA_HOME/trucewatch`` or ``~/.local/share/trucewatch``."""
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path(os.path.expanduser("~")) / ".local" / "share") / "trucewatch"


def _cached(key: str) -> dict[str, Any] | None:
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads((cache_dir() / f"yaml-{_CACHE_VERSION}" / f"{key}.json").read_bytes())
        return found if isinstance(found, dict) else None
    return None


def _keep(key: str, parsed: dict[str, Any]) -> None:
    """Write atomically, so that two runs at once never see half a file; failing to write is no failure."""
    with suppress(OSError, TypeError, ValueError, RecursionError):
        write_atomically(cache_dir() / f"yaml-{_CACHE_VERSION}" / f"{key}.json", json.dumps(parsed).encode())


def write_atomically(target: Path, data: bytes) -> None:
    """Write ``data`` to ``target`` by way of a temporary file beside it. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".tmp-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
