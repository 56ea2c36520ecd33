"""Walking a JSON file's bytes without building it: bounded depth, bounded memory, and a place for every problem.

``json.loads`` on 60 MB of ``[[],[],...`` takes over a gigabyte, and on ``[[[[...`` overflows the stack. Here the file
is only scanned for where each value ends; values are parsed one list element at a time, each of bounded size.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from trucewatch.transcript.model import TranscriptError
from trucewatch.transcript.source import Source, megabytes

MAX_DEPTH = 64
"""Deepest nesting followed. Caption files have six levels."""

MAX_ELEMENT = 4 * 2**20
"""Largest list element parsed, in bytes. A Whisper segment of an hour, with words, has one; parsed, 4 MB of the
densest JSON take some 90 MB."""

MAX_TOKENS = 12_000_000
"""Most strings and brackets walked over: three times those of 64 MB of whisper.cpp's fullest output, ten seconds."""

_SPACE = re.compile(rb"[ \t\r\n]*+")
# A lone quote is a string that never ends.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}"]', re.DOTALL)
_SCALAR = re.compile(rb"[^ \t\r\n,\[\]{}:\"]++")
_CLOSER = {ord("{"): ord("}"), ord("["): ord("]")}
_QUOTE = ord('"')
_CUT = "the file seems to be cut off: make or download it again"
_CURE = "make or download it again"


class JsonWalk:
    """Steps through the JSON in a source. Offsets are in bytes; every error is a TranscriptError with line and column.

    What is walked over is checked for brackets that match; what is parsed is checked in full.
    """

    def __init__(self, source: Source) -> None:
        self._source, self._data = source, source.data
        self._tokens = 0
        self._top = self._next = -1

    def start(self) -> int:
        """Where the one value of the file begins. Whether it is whole and alone is seen by walking through it."""
        self._top = self._skip_space(0)
        return self._top

    def is_list(self, at: int) -> bool:
        """Whether the value at an offset is a list."""
        return self._data[at] == ord("[")

    def is_object(self, at: int) -> bool:
        """Whether the value at an offset is an object."""
        return self._data[at] == ord("{")

    def members(self, at: int) -> dict[str, tuple[int, int]]:
        """The names of the object at ``at``, each with start and end of its value; of a repeated name, the last."""
        spans: dict[str, tuple[int, int]] = {}
        for count, name_at in enumerate(self._items(at), 1):
            if self._byte(name_at) != _QUOTE:
                raise self.error("a name in quotes is expected", name_at)
            name_end = self.end_of(name_at)
            colon = self._skip_space(name_end)
            if self._byte(colon) != ord(":"):
                raise self.error("a colon is expected", colon)
            start = self._skip_space(colon + 1)
            self._next = self.end_of(start)
            spans[str(self.parse(name_at, name_end))] = (start, self._next)
            if count > 1000:
                raise self.error("an object with more than 1,000 names is no transcript", name_at)
        return spans

    def elements(self, at: int) -> Iterator[tuple[int, int]]:
        """Start and end of each element of the list at ``at``."""
        for start in self._items(at):
            end = self.end_of(start)
            yield start, end
            self._next = end

    def _items(self, at: int) -> Iterator[int]:
        """Where each item of the list or object at ``at`` begins; the caller sets ``_next`` to where it ended."""
        closer, is_top = _CLOSER[self._data[at]], at == self._top
        at = self._skip_space(at + 1)
        while self._byte(at) != closer:
            yield at
            at = self._skip_space(self._next)
            byte = self._byte(at)
            if byte == ord(","):
                at = self._skip_space(at + 1)
                if self._byte(at) == closer:
                    raise self.error("a value is expected", at)
            elif byte != closer:
                raise self.error(f"a comma or {chr(closer)} is expected", at)
        end = self._skip_space(at + 1)
        if is_top and end < len(self._data):
            raise self.error("there is more after the end of the JSON", end)

    def end_of(self, at: int) -> int:
        """The offset after the value that begins at ``at``."""
        byte = self._byte(at)
        if byte == _QUOTE:
            match = _TOKEN.match(self._data, at)
            if match is None or match.end() == at + 1:
                raise self.error("a string has no end", at, _CUT)
            return match.end()
        if byte in _CLOSER:
            return self._end_of_nest(at)
        match = _SCALAR.match(self._data, at)
        if match is None:
            raise self.error("a value is expected", at)
        return match.end()

    def _end_of_nest(self, at: int) -> int:
        data, closers = self._data, bytearray()
        for match in _TOKEN.finditer(data, at):
            self._tokens += 1
            here = match.start()
            byte = data[here]
            if byte == _QUOTE:
                if match.end() == here + 1:
                    raise self.error("a string has no end", here, _CUT)
            elif byte in _CLOSER:
                closers.append(_CLOSER[byte])
                if len(closers) > MAX_DEPTH:
                    raise self.error(f"is nested deeper than {MAX_DEPTH} levels", here, "this is no transcript")
            elif byte != closers.pop():
                raise self.error(f"{chr(byte)} closes what it did not open", here)
            elif not closers:
                return match.end()
            if self._tokens > MAX_TOKENS:
                raise self.error(f"has more than {MAX_TOKENS:,} JSON values", here, "give one broadcast a file")
        raise self.error("the JSON ends before what is opened here is closed", at, _CUT)

    def parse(self, start: int, end: int) -> object:
        """The value in ``data[start:end]`` as Python objects."""
        if end - start > MAX_ELEMENT:
            problem = f"one JSON value takes {megabytes(end - start)}, over the limit of {megabytes(MAX_ELEMENT)}"
            raise self.error(problem, start, "this is no transcript")
        text = self._data[start:end].decode("utf-8")
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            at = start + len(text[: error.pos].encode("utf-8"))
            raise self.error(f"is no valid JSON ({error.msg[:80]})", at) from error
        except ValueError as error:  # an integer of thousands of digits
            raise self.error("has a number that is too long", start) from error

    def error(self, problem: str, at: int, cure: str = _CURE) -> TranscriptError:
        """A TranscriptError at a byte offset."""
        return self._source.error(problem, at=at, cure=cure)

    def _skip_space(self, at: int) -> int:
        match = _SPACE.match(self._data, at)
        return match.end() if match else at

    def _byte(self, at: int) -> int:
        if at >= len(self._data):
            raise self.error("the JSON ends in the middle", len(self._data), _CUT)
        return self._data[at]
