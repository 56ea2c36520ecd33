"""SubRip (SRT), as tools really write it: with or without indexes, with dots for commas, with tags."""

from __future__ import annotations

from trucewatch.transcript.cuelines import read_cue_lines
from trucewatch.transcript.metadata import Metadata
from trucewatch.transcript.source import Source
from trucewatch.transcript.track import Track


def read(source: Source, track: Track) -> Metadata:
    """Captions of an SRT file into ``track``. The format tells nothing else.

    Indexes are left out, tags go, entities are decoded; captions that roll, as converters of YouTube's captions leave
    them, are folded.
    """
    read_cue_lines(source, track, "srt")
    return Metadata()
