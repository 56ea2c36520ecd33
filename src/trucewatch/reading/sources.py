"""What a caller may hand to ``read``: a file's path, a text, or a transcript."""

from __future__ import annotations

from datetime import date
from os import PathLike
from pathlib import Path

from trucewatch.transcript import from_text, load
from trucewatch.transcript.model import Transcript


def transcript_of(
    source: str | PathLike[str], *, outlet: str | None = None, air_date: str | date | None = None
) -> Transcript:
    """The transcript in a file where ``source`` is the path of one, else ``source`` itself as the text."""
    if isinstance(source, str) and not _is_path(source):
        return from_text(source, outlet=outlet, air_date=air_date)
    return load(Path(source), outlet=outlet, air_date=air_date)


def _is_path(text: str) -> bool:
    """A string that names an existing file, or looks like nothing but a path (so that a wrong one is an error, not a text)."""
    if "\n" in text or len(text) > 1024:
        return False
    try:
        found = Path(text).is_file()
    except (OSError, ValueError):  # too long for a name, or holding a NUL
        return False
    return found or (" " not in text.strip() and Path(text).suffix != "")
