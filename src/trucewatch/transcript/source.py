"""Getting a file's bytes safely: size is checked before anything is read, and every failure is a TranscriptError.

Also the :class:`Source` that loaders work on, which knows how to name a place in the file.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from trucewatch.transcript.model import TranscriptError
from trucewatch.transcript.notes import Notes

MAX_BYTES = 64 * 2**20
"""Largest file read unless the caller says otherwise, in bytes (64 MiB).

The largest real kind, whisper.cpp's JSON with every token, takes 280 bytes a token, some 4 MB an hour of speech, so
this holds over half a day of it, and days of any other format. It also keeps memory within 200 MB: the file, its text
(at most one and a half times the limit, see ``encoding``) and its cues.
"""

MAX_LINES = 5_000_000
"""Most lines in a timed format: at 64 MiB, 13 bytes a line. Only a file made to be slow has more."""


MAX_TAGS = 2_000_000
"""Most ``<`` in a format with tags. A day of speech with three tags a word has under a million."""


@dataclass(slots=True)
class Source:
    """One file as loaders see it: ``data`` is valid UTF-8 without a byte order mark, ``name`` is fit to print."""

    name: str
    data: bytes
    notes: Notes

    def place(self, offset: int) -> str:
        """``LINE:COLUMN`` of a byte offset, both from 1, columns in code points; CR, LF and CRLF end lines."""
        line, start = line_of(self.data, offset)
        return f"{line}:{code_points(self.data, start, offset) + 1}"

    def error(self, problem: str, *, at: int | None = None, line: int | None = None, cure: str) -> TranscriptError:
        """The error for a byte offset ``at``, or a ``line``, or the file as a whole."""
        place = self.place(at) if at is not None else str(line) if line is not None else None
        return TranscriptError(self.name, problem, place=place, cure=cure)

    def refuse_flood(self) -> None:
        """Refuse a file of more lines or tags than any broadcast has, before a loader walks over them."""
        if self.data.count(b"<") > MAX_TAGS:
            raise self.error(f"has more than {MAX_TAGS:,} tags", cure="give one broadcast a file")
        lines = self.data.count(b"\n") + self.data.count(b"\r") - self.data.count(b"\r\n")
        if lines > MAX_LINES:
            raise self.error(f"has more than {MAX_LINES:,} lines", cure="give one broadcast a file")


def line_of(data: bytes, offset: int) -> tuple[int, int]:
    """The line (from 1) that holds a byte offset, and the offset at which that line begins."""
    breaks = data.count(b"\n", 0, offset) + data.count(b"\r", 0, offset) - data.count(b"\r\n", 0, offset)
    start = max(data.rfind(b"\n", 0, offset), data.rfind(b"\r", 0, offset)) + 1
    return breaks + 1, start


_CONTINUATION = bytes(range(0x80, 0xC0))


def code_points(data: bytes, start: int = 0, stop: int | None = None) -> int:
    """How many code points valid UTF-8 has between two offsets; counted in parts, so without a second copy of it."""
    stop = len(data) if stop is None else stop
    parts = (data[at : min(at + 2**20, stop)] for at in range(start, stop, 2**20))
    return sum(len(part.translate(None, _CONTINUATION)) for part in parts)


def shown(name: object) -> str:
    """A name fit for one line of a message: unprintable characters escaped, cut to 300 characters."""
    text = str(name)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    return text if len(text) <= 300 else f"{text[:150]}...{text[-147:]}"


@dataclass(slots=True)
class Received:
    """A file as it came: its bytes, the name to call it by in messages, and its path if it has one."""

    data: bytes
    name: str
    path: Path | None

    def give_up(self) -> bytes:
        """The bytes, no longer held here: whoever takes them can free them."""
        data, self.data = self.data, b""
        return data


def receive(source: object, name: str | None, max_bytes: int) -> Received:
    """The bytes of a path or a bytes-like object.

    Raises TranscriptError for anything that is not a readable regular file of at most ``max_bytes``.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        called = shown(name) if name else "<bytes>"
        size = source.nbytes if isinstance(source, memoryview) else len(source)
        _check_size(size, called, max_bytes)
        return Received(bytes(source), called, None)
    if isinstance(source, (str, os.PathLike)):
        path = Path(os.fsdecode(source))
        return Received(_read_file(path, shown(path), max_bytes), shown(name or path), path)
    raise TranscriptError(
        shown(name or "<source>"),
        f"a {type(source).__name__} cannot be read as a transcript",
        cure="give a path, or the bytes of a file",
    )


def _read_file(path: Path, called: str, max_bytes: int) -> bytes:
    # O_NONBLOCK: opening a pipe that nobody writes to must not hang.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(path, flags), "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            if stat.S_ISDIR(status.st_mode):
                raise TranscriptError(called, "is a folder", cure="give a file in it")
            if not stat.S_ISREG(status.st_mode):
                raise TranscriptError(called, "is no regular file", cure="save what it gives to a file first")
            _check_size(status.st_size, called, max_bytes)
            data = _read_all(file.fileno(), status.st_size, max_bytes)
            _check_size(len(data), called, max_bytes)
            return data
    except FileNotFoundError as error:
        raise TranscriptError(called, "no such file", cure="check the path") from error
    except IsADirectoryError as error:
        raise TranscriptError(called, "is a folder", cure="give a file in it") from error
    except PermissionError as error:
        # Windows answers the same for a folder.
        if path.is_dir():
            raise TranscriptError(called, "is a folder", cure="give a file in it") from error
        raise TranscriptError(called, "may not be read", cure="change its permissions") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise TranscriptError(called, f"cannot be opened ({reason})", cure="check the path") from error


def _read_all(descriptor: int, size: int, max_bytes: int) -> bytes:
    """The whole file, in one piece where its size is true; a file that grows meanwhile is cut just over the limit."""
    data = os.read(descriptor, size + 1)
    while len(data) <= max_bytes and (more := os.read(descriptor, min(max_bytes + 1 - len(data), 2**20))):
        data += more
    return data


def _check_size(size: int, called: str, max_bytes: int) -> None:
    if size > max_bytes:
        raise TranscriptError(
            called,
            f"is {megabytes(size)}, over the limit of {megabytes(max_bytes)}",
            cure="give one broadcast a file, or raise max_bytes",
        )


def megabytes(size: int) -> str:
    """A size in bytes for people: ``64 MB``, ``0.5 MB``, ``120 bytes``; an MB is 2**20 bytes."""
    if size < 2**14:
        return f"{size:,} bytes"
    return f"{size / 2**20:,.1f} MB".replace(".0 MB", " MB")
