"""Loading a transcript: one entry for every format. Whatever is wrong with a file ends in a TranscriptError.

The way of a file: its size is checked, its bytes read (``source``), turned into UTF-8 (``encoding``), its format told
by its content (``detecting``), its captions collected by that format's module (``track``), and what name and content
tell about the broadcast filled in where the caller did not say (``metadata``).
"""

from __future__ import annotations

import codecs
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import PurePath

from trucewatch.transcript import json3, srt, text, ttml, tvarchive, webvtt, whisper
from trucewatch.transcript.detecting import HEAD, detect_text, head_as_utf8
from trucewatch.transcript.encoding import refuse_binary, to_utf8
from trucewatch.transcript.formats import ENDINGS, FORMATS, TITLES, Format
from trucewatch.transcript.metadata import Metadata, checked_date, from_name, stem
from trucewatch.transcript.model import Cue, Transcript, TranscriptError
from trucewatch.transcript.notes import Notes
from trucewatch.transcript.source import MAX_BYTES, Received, Source, receive, shown
from trucewatch.transcript.track import Track

_READERS: dict[Format, Callable[[Source, Track], Metadata]] = {
    "webvtt": webvtt.read,
    "srt": srt.read,
    "json3": json3.read,
    "whisper": whisper.read,
    "ttml": ttml.read,
    "tvarchive": tvarchive.read,
}

_TEXT_SHARE = 1.5
"""Memory that decoded text may take, as a multiple of ``max_bytes``: English takes 1, other scripts 0.7 to 2; only
text of few wide characters among many narrow ones takes more (see ``encoding.text_memory``)."""

_TEXT_FLOOR = 2**22
"""Memory, in bytes, that decoded text may take beyond that, so that a low ``max_bytes`` means bytes alone."""


def load(
    source: str | os.PathLike[str] | bytes | bytearray | memoryview,
    *,
    id: str | None = None,
    outlet: str | None = None,
    programme: str | None = None,
    air_date: str | date | None = None,
    url: str | None = None,
    language: str | None = None,
    format: Format | None = None,
    name: str | None = None,
    max_bytes: int = MAX_BYTES,
) -> Transcript:
    """Load a transcript from a file's path or its bytes.

    ``format`` forces a format that would else be told by content; ``name`` is what to call the source in messages, and
    what to read metadata from in place of the path's name. ``air_date`` is a date or ``YYYY-MM-DD``. Arguments win over
    what name and content tell. ``max_bytes`` bounds the file's size, and with it memory: about three times as much.

    In timed formats ``raw`` is the captions' text with markup out and white space folded, joined by single spaces; in
    plain text it is the file's text exactly. What had to be mended is told in ``warnings``.

    Raises TranscriptError, and nothing else, for whatever cannot be read.
    """
    called = shown(name) if name else "<bytes>" if isinstance(source, (bytes, bytearray, memoryview)) else shown(source)
    given = Metadata(id, outlet, programme, checked_date(air_date, called), url, language)
    with _exhaustion_reported(called):
        received = receive(source, name, max_bytes)
        path = received.path
        transcript = _load(received, given, format, name or (path.name if path else None), max_bytes)
        return replace(transcript, path=None if path is None else str(path))


def from_text(
    text: str,
    *,
    id: str | None = None,
    outlet: str | None = None,
    programme: str | None = None,
    air_date: str | date | None = None,
    url: str | None = None,
    language: str | None = None,
    format: Format = "text",
    name: str | None = None,
    max_bytes: int = MAX_BYTES,
) -> Transcript:
    """A transcript from text in hand, kept exactly as it is unless ``format`` says that it is captions.

    Arguments, limits and errors are those of :func:`load`.
    """
    called = shown(name) if name else "<text>"
    if not isinstance(text, str):
        raise TranscriptError(called, f"a {type(text).__name__} is no text", cure="use load for files and bytes")
    if len(text) > max_bytes:
        raise TranscriptError(called, f"has more than {max_bytes:,} characters", cure="give one broadcast a text")
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise TranscriptError(
            called,
            f"has half of a surrogate pair (U+{ord(text[error.start]):04X})",
            place=f"character {error.start}",
            cure="decode it from its bytes again",
        ) from error
    given = Metadata(id, outlet, programme, checked_date(air_date, called), url, language)
    with _exhaustion_reported(called):
        # The mark keeps the text's own first characters from being taken for one, or for a binary signature.
        received = Received(codecs.BOM_UTF8 + data, called, None)
        del data
        transcript = _load(received, given, format, name, max_bytes)
        return replace(transcript, source_sha256=None)


@contextmanager
def _exhaustion_reported(called: str) -> Iterator[None]:
    """Give even the end of stack or memory as a TranscriptError; the loaders' limits should come first."""
    try:
        yield
    except RecursionError as error:
        raise TranscriptError(called, "is nested too deeply", cure="this is no transcript") from error
    except MemoryError as error:
        raise TranscriptError(called, "takes more memory than there is", cure="give one broadcast a file") from error


def detect(data: bytes, *, name: str = "<bytes>") -> Format:
    """The format of a file by its content, from its first part (256 kB suffice).

    Raises TranscriptError for what is no text at all.
    """
    refuse_binary(data, shown(name))
    return detect_text(head_as_utf8(data[:HEAD]))


def _load(received: Received, given: Metadata, format: Format | None, file_name: str | None, limit: int) -> Transcript:
    called = received.name
    if format is not None and format not in FORMATS:
        raise TranscriptError(called, f"there is no format {format!r:.40}", cure=f"use one of {', '.join(FORMATS)}")
    digest = hashlib.sha256(received.data).hexdigest()
    notes = Notes()
    source = to_utf8(received.give_up(), called, notes, max_text=int(limit * _TEXT_SHARE) + _TEXT_FLOOR)
    format = format or _told(source, file_name)
    raw, cues, found = _read(source, format)
    named = from_name(file_name or "")
    # An identifier in the name is exact; for the rest, content is nearer to the broadcast than a name.
    exact = Metadata(id=named.id, outlet=named.outlet, url=named.url)
    known = given.or_else(exact).or_else(found).or_else(named)
    return Transcript(
        id=known.id or (stem(file_name) if file_name else digest[:12]),
        raw=raw,
        cues=cues,
        outlet=known.outlet,
        programme=known.programme,
        air_date=known.air_date,
        url=known.url,
        language=known.language,
        format=format,
        source_sha256=digest,
        warnings=notes.lines(),
    )


def _told(source: Source, file_name: str | None) -> Format:
    """The format by content, with a warning where the file's ending promises another that carries times."""
    format = detect_text(source.data)
    ending = PurePath(file_name).suffix.lower() if file_name else ""
    if format not in ENDINGS.get(ending, (format,)):
        source.notes.add(f"named {ending}, but it holds {TITLES[format]}, and is read as that")
    return format


def _read(source: Source, format: Format) -> tuple[str, tuple[Cue, ...], Metadata]:
    if format == "text":
        return text.read_raw(source)
    track = Track(source)
    found = _READERS[format](source, track)
    raw, cues = track.build()
    return raw, cues, found
