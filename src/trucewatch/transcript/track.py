"""Putting a transcript together from the timed pieces that a loader finds.

Invariants of what :meth:`Track.build` returns: raw is the pieces' texts in order, joined by one space (or by nothing
where a piece is glued to the one before); every piece is one cue; a cue ends with its text, so the joining space is
outside it and, by ``Transcript.cue_at``, belongs to the cue before; times never run backwards.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from trucewatch.transcript.model import Cue
from trucewatch.transcript.source import Source

MAX_CUES = 400_000
"""Most cues in one transcript. A day of speech at 200 words a minute has 288,000 words, each a cue where words are
timed; 400,000 cues take some 70 MB."""

MAX_CAPTION = 1_000_000
"""Longest caption in characters: more than half a day of speech, so a longer one is no caption. Folding its white space
takes some fifty times its size while it lasts."""

MAX_SECONDS = 1e7
"""Latest time believed, in seconds (115 days): a broadcast is shorter, so a later time is damage."""

LATE_S = 60.0
"""How far, in seconds, a cue may begin before the one that stands before it and still be an ordinary overlap."""

NO_TIME = "without a readable time: its text is kept, between the times of its neighbours"


class Piece(NamedTuple):
    """A run of text with its own time in seconds; None where it has none and is to take its neighbours'.

    ``glued`` means that no white space stands between it and the piece before.
    """

    text: str
    begin_s: float | None
    end_s: float | None
    glued: bool = False


def runs_to_pieces(runs: Iterable[tuple[str, float | None, float | None]], *, apart: bool = True) -> list[Piece]:
    """Pieces from runs of text as they stand in a file: white space folded to one space, empty runs left out.

    White space at the border of two runs separates them; runs without any there are parts of one word and stay glued.
    ``apart`` says whether the first run is separated from what comes before it.
    """
    pieces: list[Piece] = []
    for text, begin_s, end_s in runs:
        words = " ".join(text.split())
        if not words:
            apart = apart or bool(text)
            continue
        pieces.append(Piece(words, begin_s, end_s, glued=not (apart or text[0].isspace())))
        apart = text[-1].isspace()
    return pieces


def refuse_long_caption(source: Source, length: int, line: int | None = None) -> None:
    """Refuse a caption of more than ``MAX_CAPTION`` characters, before its white space is folded."""
    if length > MAX_CAPTION:
        problem = f"has a caption of more than {MAX_CAPTION:,} characters"
        raise source.error(problem, line=line, cure="check how it was made")


class Track:
    """Collects blocks (a caption, a segment, an event) of pieces, in the order of the file.

    ``unit`` is what the file's parts are called and numbered by in messages. Texts are kept as one UTF-8 buffer and
    times as arrays: a quarter of the memory of as many objects.
    """

    def __init__(self, source: Source, unit: str = "line") -> None:
        self._source = source
        self.unit = unit
        self._text = bytearray()
        self._text_at = array("q")  # where each piece begins in the buffer
        self._length = array("q")  # code points of each piece
        self._begin, self._end = array("d"), array("d")  # NaN: unknown
        self._glued = bytearray()
        self._block_at = array("q")  # first piece of each block
        self._block_number = array("q")

    def __len__(self) -> int:
        """How many pieces have been added."""
        return len(self._length)

    def add(self, pieces: Sequence[Piece], number: int) -> None:
        """Add one block, the ``number``-th unit of the file. A block without pieces is nothing."""
        if not pieces:
            return
        if len(self) + len(pieces) > MAX_CUES:
            raise self._source.error(f"has more than {MAX_CUES:,} timed pieces", cure="give one broadcast a file")
        self._block_at.append(len(self))
        self._block_number.append(number)
        for piece in pieces:
            data = self._encode(piece.text, number)
            self._text_at.append(len(self._text))
            self._length.append(len(piece.text))
            self._begin.append(self._believable(piece.begin_s, number))
            self._end.append(self._believable(piece.end_s, number))
            self._glued.append(piece.glued)
            self._text += data

    def note(self, problem: str, number: int) -> None:
        """Warn of a problem with the ``number``-th unit."""
        self._source.notes.add(problem, f"{self.unit} {number}")

    def _encode(self, text: str, number: int) -> bytes:
        """UTF-8 of a text; NULs and halves of surrogate pairs, which escapes can spell, become U+FFFD."""
        if "\x00" in text:
            self.note("an escaped NUL is read as U+FFFD", number)
            text = text.replace("\x00", "\ufffd")
        try:
            return text.encode("utf-8")
        except UnicodeEncodeError:
            self.note("an escaped half of a surrogate pair is read as U+FFFD", number)
            return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text).encode("utf-8")

    def _believable(self, time: float | None, number: int) -> float:
        if time is None:
            return math.nan
        if not 0 <= time <= MAX_SECONDS:
            self.note(NO_TIME, number)
            return math.nan
        return float(time)

    def build(self) -> tuple[str, tuple[Cue, ...]]:
        """The raw text and its cues; no cues where nothing had a time. The track is used up.

        Raises TranscriptError where there is no text, or where times jump back as in two files joined.
        """
        if not len(self):
            raise self._source.error("has no caption text", cure="check how it was made")
        timed = any(not math.isnan(time) for time in self._begin)
        if timed:
            self._put_blocks_in_order()
            self._fill_times()
            self._make_monotone()
        else:
            self._source.notes.add("has no readable times")
        raw = self._join()
        return raw, tuple(self._cues()) if timed else ()

    def _put_blocks_in_order(self) -> None:
        """Order blocks by time where the file does not; refuse where that would shuffle two broadcasts together."""
        begins, latest = array("d"), 0.0
        late: list[int] = []
        far: list[int] = []
        for index, first in enumerate(self._block_at):
            begin = self._begin[first]
            begin = latest if math.isnan(begin) else begin
            begins.append(begin)
            if begin < latest:
                late.append(index)
                if begin < latest - LATE_S:
                    far.append(index)
            latest = max(latest, begin)
        if len(far) > max(1, len(begins) // 50):
            raise self._source.error(
                f"times jump back at {self.unit} {self._block_number[far[0]]}, and {len(far)} captions come before "
                "others that stand in front of them: it looks like several files in one",
                cure="split it where the times begin again",
            )
        if late:
            problem = f"{len(late)} captions begin before one in front of them; captions are put in order of time"
            self.note(problem, self._block_number[late[0]])
            self._reorder(sorted(range(len(begins)), key=begins.__getitem__))

    def _reorder(self, blocks: list[int]) -> None:
        stops = [*self._block_at[1:], len(self)]
        order = [piece for block in blocks for piece in range(self._block_at[block], stops[block])]
        text, text_at = bytearray(), array("q")
        for piece in order:
            text_at.append(len(text))
            text += self._piece_bytes(piece)
        self._length = array("q", [self._length[piece] for piece in order])
        self._begin = array("d", [self._begin[piece] for piece in order])
        self._end = array("d", [self._end[piece] for piece in order])
        self._glued = bytearray(self._glued[piece] for piece in order)
        self._text, self._text_at = text, text_at

    def _piece_bytes(self, piece: int) -> bytes:
        stop = self._text_at[piece + 1] if piece + 1 < len(self) else len(self._text)
        return bytes(self._text[self._text_at[piece] : stop])

    def _fill_times(self) -> None:
        """Give pieces without a time that between their neighbours, shared by length; ends default to what follows."""
        count = len(self)
        at = 0
        while at < count:
            if not math.isnan(self._begin[at]):
                at += 1
                continue
            stop = at
            while stop < count and math.isnan(self._begin[stop]):
                stop += 1
            before = self._known_end(at - 1) if at else 0.0
            after = max(self._begin[stop], before) if stop < count else before
            total = sum(self._length[at:stop])
            done = 0
            for piece in range(at, stop):
                self._begin[piece] = before + (after - before) * done / total
                done += self._length[piece]
                self._end[piece] = before + (after - before) * done / total
            at = stop
        for piece in range(count):
            if math.isnan(self._end[piece]):
                self._end[piece] = self._begin[piece + 1] if piece + 1 < count else self._begin[piece]

    def _known_end(self, piece: int) -> float:
        return self._begin[piece] if math.isnan(self._end[piece]) else max(self._end[piece], self._begin[piece])

    def _make_monotone(self) -> None:
        """No piece begins before the one in front of it, nor ends after the next begins (captions may overlap)."""
        latest = 0.0
        for piece, begin in enumerate(self._begin):
            latest = max(latest, begin)
            self._begin[piece] = latest
        following = math.inf
        for piece in range(len(self) - 1, -1, -1):
            begin = self._begin[piece]
            self._end[piece] = min(max(self._end[piece], begin), following)
            following = begin

    def _join(self) -> str:
        """Raw: the buffer with its joining spaces put in, decoded once; the buffer is given back first."""
        joined = bytearray()
        done = 0
        for piece in range(1, len(self)):
            if not self._glued[piece]:
                joined += self._text[done : self._text_at[piece]]
                joined += b" "
                done = self._text_at[piece]
        joined += self._text[done:]
        self._text = bytearray()
        self._source.data = b""
        return joined.decode("utf-8")

    def _cues(self) -> Iterable[Cue]:
        at = 0
        for piece, length in enumerate(self._length):
            if piece and not self._glued[piece]:
                at += 1
            yield Cue(at, at + length, self._begin[piece], self._end[piece])
            at += length
