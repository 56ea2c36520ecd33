"""The transcript: the raw text of one broadcast, exactly as it was left, and what is known about it.

Invariant: ``raw`` is never altered after loading; every later statement points into it by code-point offsets.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date


class TranscriptError(Exception):
    """A transcript that cannot be read: names the file, the place in it and the cure.

    ``str(error)`` is one line fit to show a user: ``FILE[:PLACE]: what is wrong; what to do``.
    """

    def __init__(self, path: str, problem: str, *, place: str | None = None, cure: str | None = None) -> None:
        self.path, self.problem, self.place, self.cure = path, problem, place, cure
        where = f"{path}:{place}" if place else path
        super().__init__(f"{where}: {problem}" + (f"; {cure}" if cure else ""))


@dataclass(frozen=True, slots=True)
class Cue:
    """A stretch of raw text (code points, end exclusive) and when it was on air (seconds from the start)."""

    start: int
    end: int
    begin_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """One broadcast's raw text with its cues and metadata.

    ``cues`` are ordered by ``start`` and do not overlap; they are empty for formats without times.
    ``sha256`` is that of the raw text in UTF-8, ``source_sha256`` that of the file's bytes as received.
    """

    id: str
    raw: str
    cues: tuple[Cue, ...] = ()
    outlet: str | None = None
    programme: str | None = None
    air_date: date | None = None
    url: str | None = None
    language: str | None = None
    format: str = "text"
    path: str | None = None
    source_sha256: str | None = None
    warnings: tuple[str, ...] = ()
    _starts: tuple[int, ...] = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "_starts", tuple(cue.start for cue in self.cues))

    @property
    def sha256(self) -> str:
        """SHA-256 (hex) of ``raw`` encoded as UTF-8."""
        return hashlib.sha256(self.raw.encode("utf-8")).hexdigest()

    def cue_at(self, offset: int) -> Cue | None:
        """The cue that holds a raw offset, or the last one before it; None where the format has no times."""
        if not self.cues:
            return None
        return self.cues[max(bisect_right(self._starts, offset) - 1, 0)]

    def time_at(self, offset: int) -> float | None:
        """Seconds from the start at which the character at ``offset`` was on air; None without times.

        Within a cue the time is interpolated by characters.
        """
        cue = self.cue_at(offset)
        if cue is None:
            return None
        share = (offset - cue.start) / max(cue.end - cue.start, 1)
        return cue.begin_s + (cue.end_s - cue.begin_s) * min(max(share, 0.0), 1.0)


def cues_in_order(cues: Sequence[Cue], length: int) -> bool:
    """True where cues are ordered, do not overlap and lie inside a text of ``length`` code points."""
    at = 0
    for cue in cues:
        if cue.start < at or cue.end < cue.start or cue.end > length or cue.end_s < cue.begin_s:
            return False
        at = cue.end
    return True
