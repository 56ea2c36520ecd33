"""Blocks kept in the user's cache: one file for each combination of theatres, used as long as it is true.

A file is one line of magic, one of JSON about it, and the block (``theatre.packed``), whose SHA-256 the JSON holds. What
is not whole, of another version or about something else is as good as absent, so that its owner builds it anew; nothing
in it is ever run. It is complete or not there, and may be replaced while others read it.

When is it true? Its JSON holds a stamp of the theatres' files: names, sizes, inodes, and when contents and inode last
changed, to the nanosecond. Equal stamps mean unchanged files, and no file is read. That a file changes under an equal
stamp takes a second change within the clock's step of the first, so a stamp within ``SETTLED_NS`` of the newest of
these times is not relied on. Where stamps differ (a copy, a checkout, ``touch``), the files' SHA-256 decides.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trucewatch.theatre.files import cache_dir, data_files, write_atomically

MAGIC = b"trucewatch.theatres/1\n"
MOST_FILES = 8
"""How many files are kept; beyond that the oldest goes."""

SETTLED_NS = 3_000_000_000  # the coarsest clock of a file system, FAT's, steps by two seconds


def kept_dir() -> Path:
    """Where the blocks are kept."""
    return cache_dir() / "theatres"


@dataclass(frozen=True)
class Stamp:
    """What tells whether any file of some theatres has changed; ``settled``: whether an equal one can be relied on."""

    text: str
    settled: bool


def stamp_of(folders: Sequence[Path]) -> Stamp:
    """The stamp of some theatres' files, none of which is read; never settled where they cannot be listed."""
    now = time.time_ns()
    rows: list[Any] = []
    newest = 0
    try:
        for folder in folders:
            for name, status in sorted(data_files(folder)):
                times = status.st_mtime_ns, status.st_ctime_ns
                newest = max(newest, *times)
                rows.append([name, status.st_size, status.st_ino, *times])
            rows.append(None)
    except OSError as error:
        return Stamp(str(error), settled=False)
    return Stamp(hashlib.sha256(json.dumps(rows).encode()).hexdigest(), settled=newest < now - SETTLED_NS)


@dataclass(frozen=True)
class Kept:
    """A block from a file: its SHA-256, the text of a settled stamp, and the theatres' digests, folder by folder."""

    block: memoryview
    digest: str
    stamp: str | None
    digests: list[str]


def path_of(about: dict[str, Any]) -> Path:
    """The file for a block about something: the same for what differs in ``rules`` alone."""
    lasting = {key: value for key, value in about.items() if key != "rules"}
    return kept_dir() / (hashlib.sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()[:24] + ".index")


def read_kept(path: Path, about: dict[str, Any]) -> Kept | None:
    """The block in a file; None where there is none about this, and where the file is damaged."""
    try:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if mapped.readline() != MAGIC:
            return None
        head = json.loads(mapped.readline())
        block = memoryview(mapped)[mapped.tell() :]
        if head["about"] != about or hashlib.sha256(block).hexdigest() != head["sha256"]:
            return None
        return Kept(block, head["sha256"], head["stamp"], head["digests"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def keep(path: Path, about: dict[str, Any], kept: Kept) -> bool:
    """Write a block to its file; False where the cache cannot be written, which only costs time."""
    head = {"about": about, "sha256": kept.digest, "stamp": kept.stamp, "digests": kept.digests}
    try:
        write_atomically(path, b"".join((MAGIC, json.dumps(head).encode(), b"\n", kept.block)))
    except OSError:
        return False
    with suppress(OSError):  # another process may have been quicker
        files = [entry for entry in os.scandir(path.parent) if entry.name.endswith(".index")]
        for entry in sorted(files, key=lambda entry: entry.stat().st_mtime_ns)[:-MOST_FILES]:
            os.unlink(entry)
    return True
