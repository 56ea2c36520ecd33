"""Plain text: kept code point for code point, line ends, trailing white space and all."""

from __future__ import annotations

from trucewatch.transcript.metadata import Metadata
from trucewatch.transcript.model import Cue
from trucewatch.transcript.source import Source


def read_raw(source: Source) -> tuple[str, tuple[Cue, ...], Metadata]:
    """The whole file as raw text, without times.

    Line ends are not translated: CRLF stays two characters, so offsets hold in any copy of the file that differs in
    encoding alone. Only a byte order mark, which is no part of the text, is missing.
    """
    return source.data.decode("utf-8"), (), Metadata()
