"""WebVTT: the W3C's format, and YouTube's use of it with rolling captions and a time for each word."""

from __future__ import annotations

from trucewatch.transcript.cuelines import lines_of, read_cue_lines, timing
from trucewatch.transcript.metadata import Metadata, language_tag
from trucewatch.transcript.source import Source
from trucewatch.transcript.track import Track


def read(source: Source, track: Track) -> Metadata:
    """Cues of a WebVTT file into ``track``; its header's ``Language``.

    Header, NOTE, STYLE and REGION blocks, identifiers and cue settings are left out. Voice tags become ``>>`` where the
    speaker changes; time tags give pieces of their own times; other tags go and entities are decoded.
    """
    metadata = _header(source)
    read_cue_lines(source, track, "webvtt")
    return metadata


def _header(source: Source) -> Metadata:
    for number, line in lines_of(source):
        if number > 1 and (line == "" or number > 50 or timing(line)):
            break
        key, colon, value = line.partition(":")
        if number > 1 and colon and key.strip().lower() == "language":
            return Metadata(language=language_tag(value.strip()))
    return Metadata()
