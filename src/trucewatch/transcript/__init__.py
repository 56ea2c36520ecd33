"""Transcripts: what was said in one broadcast, as a captioner or a recogniser left it, with its times.

``load`` reads a file of any format in ``FORMATS``, ``from_text`` takes text in hand, ``detect`` tells a format.
"""

from trucewatch.transcript.formats import FORMATS, Format
from trucewatch.transcript.loading import detect, from_text, load
from trucewatch.transcript.model import Cue, Transcript, TranscriptError, cues_in_order
from trucewatch.transcript.source import MAX_BYTES

__all__ = [
    "FORMATS",
    "MAX_BYTES",
    "Cue",
    "Format",
    "Transcript",
    "TranscriptError",
    "cues_in_order",
    "detect",
    "from_text",
    "load",
]
