"""Files that Trucewatch wrote, told by their first bytes, and writing them: only they are ever written over unasked."""

from __future__ import annotations

import os
import re
from pathlib import Path

_HEAD = 4096
_READING = re.compile(rb'\s*\{\s*"format":\s*"trucewatch\.reading/')
_PAGE = b'<meta name="generator" content="trucewatch '


class NotOurs(Exception):
    """A file that stands where an output would go and was not written by Trucewatch."""


def is_ours(path: Path) -> bool:
    """Whether a file is a reading or a page that Trucewatch wrote; False for one that cannot be opened."""
    if path.suffix.lower() not in {".json", ".html", ".htm"}:
        return False
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    return _READING.match(head) is not None or _PAGE in head


def write(path: Path, text: str, *, force: bool) -> None:
    """Write a whole file as UTF-8, or leave what was there. Raises NotOurs (unless ``force``) and OSError."""
    if path.exists() and not force and not is_ours(path):
        raise NotOurs(f"{path}: is already there, and Trucewatch did not write it; move it away, or give --force")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(text.encode("utf-8"))
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
