"""Captions as blocks of lines under a timing line (``BEGIN --> END``): what WebVTT and SubRip have in common.

The reader is lenient where that loses nothing: a text after a blank line stays with the cue before it, a cue whose
timing cannot be read keeps its text and takes its neighbours' times; each is a warning.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from trucewatch.transcript.markup import Markup, clock_seconds
from trucewatch.transcript.notes import Notes
from trucewatch.transcript.rolling import fold, is_rolling
from trucewatch.transcript.source import Source
from trucewatch.transcript.track import MAX_CUES, NO_TIME, Track, refuse_long_caption

_CLOCK = r"(?:\d{1,6}[ \t]*:[ \t]*)?\d{1,3}[ \t]*:[ \t]*\d{1,2}(?:[ \t]*[.,][ \t]*\d{1,9})?"
_TIMING = re.compile(rf"[ \t]*({_CLOCK})[ \t]*-->[ \t]*({_CLOCK})(?![\d:])", re.ASCII)
_CLOCKLIKE = re.compile(r"[\d.,; ]*:[\d:.,; ]*")
_CUT_TIMING = re.compile(r"\d+:\d\d(?::\d\d)?[.,]\d+[ \t]*--?")
# The last line of a file that was cut: "00:0", "00:00:01,0", "00:00:01,000 -".
_TIMING_START = re.compile(r"\d{1,6}:\d{0,2}(?::\d{0,2})?(?:[.,]\d{0,9})?[ \t]*-{0,2}")
_SKIPPED_BLOCK = re.compile(r"(?:NOTE|STYLE|REGION)(?:[ \t]|$)")
_BLANKS = re.compile(r"[ \t]")

STRAY = "text after a blank line is kept with the caption before it"


@dataclass(slots=True)
class TimedLines:
    """A caption as it stands in the file: seconds (None: unreadable), its lines with markup, its line number."""

    begin_s: float | None
    end_s: float | None
    number: int
    lines: list[str] = field(default_factory=list)


def read_cue_lines(source: Source, track: Track, dialect: Literal["webvtt", "srt"]) -> None:
    """Read all captions of ``source.data`` into ``track``; rolling captions are folded, speaker changes marked.

    The file's beginning is walked twice, first to see whether it rolls, so that nothing but the result is held.
    """
    source.refuse_flood()
    markup = Markup()
    rolls = is_rolling(_captions(source, dialect, Notes()), markup)
    captions = _captions(source, dialect, source.notes)
    for caption in fold(captions, markup) if rolls else captions:
        pieces = markup.pieces("\n".join(caption.lines), caption.begin_s, caption.end_s)
        track.add(pieces, caption.number)
    if markup.turns.speakers:
        names = list(markup.turns.speakers)
        some = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        source.notes.add(f"voices named in tags ({some[:200]}) are read as speaker changes (>>), without the names")


def lines_of(source: Source) -> Iterator[tuple[int, str]]:
    """The lines of the file, numbered from 1, without their ends (LF, CRLF or CR)."""
    text = io.TextIOWrapper(io.BytesIO(source.data), encoding="utf-8", newline=None)
    return ((number, line.rstrip("\n")) for number, line in enumerate(text, 1))


def timing(line: str) -> tuple[float, float] | None:
    """Begin and end in seconds of a timing line, whatever follows them; None where it is none."""
    if "-->" not in line or (match := _TIMING.match(line)) is None:
        return None
    begin_s, end_s = (_seconds(clock) for clock in match.groups())
    return None if begin_s is None or end_s is None else (begin_s, end_s)


def _seconds(clock: str) -> float | None:
    clock = _BLANKS.sub("", clock)
    return clock_seconds(clock if "." in clock or "," in clock else f"{clock}.0")


def _is_broken_timing(line: str) -> bool:
    """Whether a line that is no timing was meant as one: one of its times is whole, or the first is all but one."""
    left, arrow, right = (part.strip() for part in line[:200].partition("-->"))
    if not arrow:
        return _CUT_TIMING.fullmatch(line.strip()) is not None
    first = right.split(None, 1)[0] if right else ""
    return _CLOCKLIKE.fullmatch(left) is not None or any(
        _seconds(clock) is not None for clock in (left, first) if ":" in clock
    )


def _captions(source: Source, dialect: Literal["webvtt", "srt"], notes: Notes) -> Iterator[TimedLines]:
    reader = _Reader(source, dialect, notes)
    before = None
    for number, line in lines_of(source):
        if line == before == "":
            continue
        before = line
        done = reader.take(number, line)
        if done is not None:
            yield done
    yield from reader.finish()


class _Reader:
    """Takes a file line by line and gives captions, each once the next one has begun (text may still follow it)."""

    def __init__(self, source: Source, dialect: Literal["webvtt", "srt"], notes: Notes) -> None:
        self._source, self._webvtt, self._notes = source, dialect == "webvtt", notes
        self._caption: TimedLines | None = None
        self._loose: list[tuple[int, str]] = []  # lines after a blank one: an identifier, or text gone astray
        self._after_blank = True
        self._skipping = False
        self._count = self._length = 0
        self._index: int | None = None  # of the last caption, where captions are numbered
        self._in_header = self._webvtt

    def take(self, number: int, line: str) -> TimedLines | None:
        """Take one line; the caption that ended with it, if one did."""
        times = timing(line)
        if times is not None:
            return self._begin(number, *times)
        if self._in_header:
            # The header runs to the first blank line; its fields are read by the loader.
            self._in_header = line != ""
            return None
        if self._skipping:
            self._skipping = line != ""
            self._after_blank = line == ""
            return None
        if "--" in line and _is_broken_timing(line):
            self._notes.add(f"caption {NO_TIME}", f"line {number}")
            return self._begin(number, None, None)
        if line == "":
            self._stray()
            self._after_blank = True
        elif self._webvtt and self._after_blank and not self._loose and _SKIPPED_BLOCK.match(line):
            self._skipping = True
        elif self._after_blank:
            self._loose.append((number, line))
        elif self._caption is not None:
            self._append(number, line)
        return None

    def finish(self) -> Iterator[TimedLines]:
        """The last caption."""
        if self._loose and _TIMING_START.fullmatch(self._loose[-1][1]):
            self._notes.add("the file ends within this timing line", f"line {self._loose.pop()[0]}")
            self._take_identifier()
        elif len(self._loose) == 1 and self._is_next_index(self._loose[0][1]):
            self._notes.add("the file ends before the caption that this line numbers", f"line {self._loose.pop()[0]}")
        self._stray()
        if self._caption is not None:
            yield self._caption

    def _begin(self, number: int, begin_s: float | None, end_s: float | None) -> TimedLines | None:
        self._count += 1
        if self._count > MAX_CUES:
            raise self._source.error(
                f"has more than {MAX_CUES:,} captions", line=number, cure="give one broadcast a file"
            )
        if begin_s is not None and end_s is not None and end_s < begin_s:
            self._notes.add("caption ends before it begins; it is read as ending where it begins", f"line {number}")
            end_s = begin_s
        self._take_identifier()
        self._stray()
        done, self._caption = self._caption, TimedLines(begin_s, end_s, number)
        self._length = 0
        self._after_blank = self._skipping = self._in_header = False
        return done

    def _take_identifier(self) -> None:
        """Drop the identifier or index before a timing line; lines before it are text."""
        if self._loose:
            last = self._loose[-1][1]
            if self._webvtt or self._is_index(last):
                self._loose.pop()
                self._index = int(last) if _digits(last) else self._index
        elif self._caption is not None and self._caption.lines:
            last = self._caption.lines[-1]
            if self._is_next_index(last):
                self._caption.lines.pop()
                self._index = int(last)

    def _is_index(self, line: str) -> bool:
        """Digits alone; but in a file whose captions have no numbers so far, digits are text."""
        return _digits(line) and (self._index is not None or self._count <= 1)

    def _is_next_index(self, line: str) -> bool:
        return self._index is not None and _digits(line) and int(line) == self._index + 1

    def _stray(self) -> None:
        for number, line in self._loose:
            if self._caption is None:
                self._notes.add(f"text {NO_TIME}", f"line {number}")
                self._caption = TimedLines(None, None, number)
            elif self._caption.lines:
                self._notes.add(STRAY, f"line {number}")
            self._append(number, line)
        self._loose.clear()

    def _append(self, number: int, line: str) -> None:
        assert self._caption is not None
        self._length += len(line) + 1
        refuse_long_caption(self._source, self._length, number)
        self._caption.lines.append(line)


def _digits(line: str) -> bool:
    line = line.strip()
    return 0 < len(line) <= 9 and line.isascii() and line.isdigit()
