"""TTML and its older form DFXP: paragraphs and spans with times in any of the notations of TTML1.

Parsed by lxml as a stream of events into nothing but text and times: no tree, no entities, no DTD, no network, no
``huge_tree``, so a hostile file costs no more than its own size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

from lxml import etree

from trucewatch.transcript.markup import Turns
from trucewatch.transcript.metadata import Metadata, language_tag
from trucewatch.transcript.model import TranscriptError
from trucewatch.transcript.source import Source
from trucewatch.transcript.track import NO_TIME, Track, refuse_long_caption, runs_to_pieces

MAX_DEPTH = 100
"""Deepest nesting of elements read. Real files have eight levels."""

MAX_RUNS = 100_000
"""Most stretches of text in one paragraph. A paragraph is a caption, so a hundred are many."""

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_CLOCK = re.compile(r"(\d{2,6}):(\d{2}):(\d{2})(?:(\.\d{1,9})|:(\d{1,4})(?:\.(\d{1,4}))?)?", re.ASCII)
_OFFSET = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)(h|m|s|ms|f|t)", re.ASCII)
_RATE = re.compile(r"0*[1-9]\d{0,9}", re.ASCII)
_CHUNK = 2**16
# libxml2 collects a tag whole before it checks anything: four million attributes in one take a gigabyte.
_LONG = re.compile(rb"<[^<]{1048576}")
_PLACE_IN_MESSAGE = re.compile(r",? line \d+(?:, column \d+)?(?: \(.*\))?$")
_CURE = "make or download it again"


def read(source: Source, track: Track) -> Metadata:
    """Paragraphs of a TTML file into ``track``, spans with times of their own as pieces; the language of its root."""
    source.refuse_flood()
    at = source.data.find(b"<!ENTITY")
    if at >= 0:
        raise source.error("declares entities, which are not resolved", at=at, cure="take its <!DOCTYPE ...> out")
    if long := _LONG.search(source.data):
        raise source.error("has no tag for more than 1 MB", at=long.start(), cure="this is no transcript")
    reader = _Reader(source, track)
    parser = etree.XMLParser(
        target=cast(Any, reader),
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )
    try:
        for line, chunk in _chunks(source.data):
            reader.line = line
            parser.feed(chunk)
        parser.close()
    except etree.XMLSyntaxError as error:
        line, column = error.position
        message = _PLACE_IN_MESSAGE.sub("", str(error.msg or "no element found").split("\n")[0])[:120]
        raise TranscriptError(
            source.name, f"is no valid XML ({message})", place=f"{line}:{column}", cure=_CURE
        ) from error
    if not reader.is_ttml:
        raise source.error(f"is XML, but its root is <{reader.root[:40]}>, not <tt>", cure="give TTML or DFXP captions")
    return Metadata(language=reader.language)


def _chunks(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The file line by line, so that the parser's events can be told their line; long lines in parts."""
    line, at = 1, 0
    while at < len(data):
        stop = data.find(b"\n", at, at + _CHUNK) + 1 or min(at + _CHUNK, len(data))
        yield line, data[at:stop]
        line += data[stop - 1] == 0x0A
        at = stop


@dataclass(slots=True)
class _Frame:
    """An open element: absolute times in seconds, None where unlimited; ``cursor`` is where a sequence has got to."""

    name: str
    begin_s: float
    end_s: float | None
    timed: bool
    sequential: bool
    cursor: float


@dataclass(slots=True)
class _Clock:
    """The file's rates, from the attributes of its root."""

    frames: Fraction = Fraction(30)
    sub_frames: int = 1
    ticks: Fraction = Fraction(1)

    def seconds(self, text: str) -> float | None:
        """Seconds of a time expression: ``HH:MM:SS``, ``.fraction`` or ``:frames``, or ``12.5s``, ``h m ms f t``."""
        text = text.strip()
        if match := _CLOCK.fullmatch(text):
            whole = int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3])
            if match[5] is None:
                return float(f"{whole}{match[4] or ''}")
            return float(whole + (int(match[5]) + Fraction(int(match[6] or 0), self.sub_frames)) / self.frames)
        if match := _OFFSET.fullmatch(text):
            # Seconds and clock times, all that most files have, stay off fractions, which are slow.
            return float(match[1]) if match[2] == "s" else float(Fraction(match[1]) * self._unit(match[2]))
        return None

    def _unit(self, metric: str) -> Fraction:
        match metric:
            case "f":
                return 1 / self.frames
            case "t":
                return 1 / self.ticks
        return {"h": Fraction(3600), "m": Fraction(60), "ms": Fraction(1, 1000)}[metric]


def _clock_of(rates: dict[str, str]) -> _Clock | None:
    """The rates of a root's attributes, TTML's defaults where there are none; None where one is no rate.

    Ticks default to one a (sub-)frame where a frame rate is given, else to one a second.
    """
    numerator, _, denominator = rates.get("frameRateMultiplier", "1 1").strip().replace(":", " ").partition(" ")
    texts = (rates.get("frameRate", "30"), numerator, denominator or numerator, rates.get("subFrameRate", "1"))
    if not all(_RATE.fullmatch(text.strip()) for text in (*texts, rates.get("tickRate", "1"))):
        return None
    rate, multiplier, divisor, sub_frames = (int(text) for text in texts)
    frames = Fraction(rate * multiplier, divisor)
    default = frames * sub_frames if "frameRate" in rates else Fraction(1)
    return _Clock(frames, sub_frames, Fraction(int(rates["tickRate"])) if "tickRate" in rates else default)


class _Reader:
    """lxml's parser target: follows the elements, and hands every finished paragraph to the track."""

    def __init__(self, source: Source, track: Track) -> None:
        self._source, self._track = source, track
        self._frames: list[_Frame] = []
        self._clock = _Clock()
        self._runs: list[tuple[list[str], float | None, float | None]] = []
        self._stretches = self._length = 0
        self._paragraph: _Frame | None = None
        self._hidden = 0  # depth inside metadata
        self._turns = Turns()
        self._agent = ""
        self.line = 1
        self.root = ""
        self.is_ttml = False
        self.language: str | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        namespace, _, name = tag.rpartition("}")
        if not self._frames:
            self._open_root(name, attributes)
        if len(self._frames) >= MAX_DEPTH:
            raise self._source.error(
                f"is nested deeper than {MAX_DEPTH} levels", line=self.line, cure="this is no transcript"
            )
        if self._hidden or name in ("metadata", "head") or namespace.endswith("#metadata"):
            self._hidden += 1
        elif name == "br":
            self.data(" ")
        frame = self._frame(name, attributes)
        self._frames.append(frame)
        if name == "p" and not self._hidden:
            self._flush()
            self._paragraph = frame
            self._agent = next((value for key, value in attributes.items() if key.endswith("}agent")), "")

    def end(self, tag: str) -> None:
        """Close an element."""
        frame = self._frames.pop()
        if frame is self._paragraph:
            self._flush()
            self._paragraph = None
        if self._hidden:
            self._hidden -= 1
        if self._frames and self._frames[-1].sequential:
            self._frames[-1].cursor = frame.begin_s if frame.end_s is None else frame.end_s

    def data(self, text: str) -> None:
        """Take text; it has the times of the innermost element that has any."""
        if self._paragraph is None or self._hidden:
            return
        frame = next((frame for frame in reversed(self._frames) if frame.timed), None)
        begin_s, end_s = (frame.begin_s, frame.end_s) if frame else (None, None)
        if self._runs and self._runs[-1][1:] == (begin_s, end_s):
            self._runs[-1][0].append(text)
        else:
            self._runs.append(([text], begin_s, end_s))
        self._stretches += 1
        self._length += len(text)
        refuse_long_caption(self._source, self._length, self.line)
        if self._stretches > MAX_RUNS:
            raise self._source.error(
                "has a paragraph too long for a caption", line=self.line, cure="this is no transcript"
            )

    def close(self) -> None:
        """End of the file."""

    def _open_root(self, name: str, attributes: dict[str, str]) -> None:
        self.root, self.is_ttml = name, name == "tt"
        self.language = language_tag(attributes.get(_XML_LANG))
        rates = {key.rpartition("}")[2]: value for key, value in attributes.items()}
        clock = _clock_of(rates)
        if clock is None:
            raise self._source.error("has a frame or tick rate that is none", line=self.line, cure=_CURE)
        self._clock = clock

    def _frame(self, name: str, attributes: dict[str, str]) -> _Frame:
        parent = self._frames[-1] if self._frames else None
        base, limit = (parent.cursor if parent.sequential else parent.begin_s, parent.end_s) if parent else (0.0, None)
        begin_s, end_s, duration_s = (self._time(attributes.get(key)) for key in ("begin", "end", "dur"))
        start = base + (begin_s or 0.0)
        ends = [end for end in (limit, base + end_s if end_s is not None else None) if end is not None]
        if duration_s is not None:
            ends.append(start + duration_s)
        timed = begin_s is not None or (parent is not None and parent.sequential and bool(ends))
        sequential = attributes.get("timeContainer") == "seq"
        return _Frame(name, start, min(ends, default=None), timed, sequential, start)

    def _time(self, text: str | None) -> float | None:
        if text is None:
            return None
        seconds = self._clock.seconds(text)
        if seconds is None:
            self._source.notes.add(f"a time that cannot be read; caption {NO_TIME}", f"line {self.line}")
        return seconds

    def _flush(self) -> None:
        """Hand the paragraph's runs to the track; a change of its agent is a change of speaker."""
        pieces = runs_to_pieces(("".join(texts), begin_s, end_s) for texts, begin_s, end_s in self._runs)
        self._runs, self._stretches, self._length = [], 0, 0
        if pieces and self._turns.is_new(self._agent) and not pieces[0].text.startswith(">>"):
            pieces[0] = pieces[0]._replace(text=f">> {pieces[0].text}")
        self._track.add(pieces, self.line)
