"""Whisper's JSON, in the shapes its implementations write.

``segments`` in seconds (openai-whisper, faster-whisper, whisperX), ``transcription`` in milliseconds (whisper.cpp) and
``chunks`` (the transformers pipeline), with times of words where there are any. A bare list of segments is read too,
and a ``duration`` in place of an end, as scripts that fetch captions write them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from trucewatch.transcript.jsonwalk import JsonWalk
from trucewatch.transcript.markup import Turns, clock_seconds
from trucewatch.transcript.metadata import Metadata, language_tag
from trucewatch.transcript.source import Source
from trucewatch.transcript.track import NO_TIME, Piece, Track, refuse_long_caption, runs_to_pieces

_LISTS = ("segments", "transcription", "chunks")
# whisper.cpp's tokens that are no words, such as [_BEG_] and [_TT_150], and Whisper's own, such as <|0.00|>.
_SPECIAL = re.compile(r"\[_[A-Z]+_?\d*_?\]|<\|[^|]*\|>")

_MAX_GAP = 20
"""Most characters between two words of a segment that none of its words holds; more, and they are not its words."""

Times = tuple[float | None, float | None]


def read(source: Source, track: Track) -> Metadata:
    """Segments of a Whisper file into ``track``, word by word where words have times; its language.

    A change of ``speaker`` between segments becomes ``>>``.
    """
    track.unit = "segment"
    walk = JsonWalk(source)
    start = walk.start()
    members = walk.members(start) if walk.is_object(start) else {}
    at = start if walk.is_list(start) else next((members[name][0] for name in _LISTS if name in members), None)
    metadata = Metadata(language=_language(walk, members))
    if at is None or not walk.is_list(at) or not _read_segments(walk, at, source, track):
        _read_text_alone(walk, members, source, track)
    return metadata


def _language(walk: JsonWalk, members: dict[str, tuple[int, int]]) -> str | None:
    if "language" in members:
        return language_tag(walk.parse(*members["language"]))
    for name in ("result", "params"):
        if name in members and walk.is_object(members[name][0]):
            inner = walk.members(members[name][0])
            if "language" in inner and (tag := language_tag(walk.parse(*inner["language"]))):
                return tag
    return None


def _read_segments(walk: JsonWalk, at: int, source: Source, track: Track) -> bool:
    """All segments of the list at ``at``; whether any had text."""
    turns = Turns()
    for number, (begin, end) in enumerate(walk.elements(at), 1):
        segment = walk.parse(begin, end)
        if not isinstance(segment, dict):
            raise walk.error(f"segment {number} is no object", begin)
        text = segment.get("text")
        refuse_long_caption(source, len(text) if isinstance(text, str) else 0)
        pieces = _pieces(segment, number, track)
        speaker = segment.get("speaker")
        if pieces and isinstance(speaker, str) and turns.is_new(speaker) and not pieces[0].text.startswith(">>"):
            pieces[0] = pieces[0]._replace(text=f">> {pieces[0].text}")
        track.add(pieces, number)
    return len(track) > 0


def _read_text_alone(walk: JsonWalk, members: dict[str, tuple[int, int]], source: Source, track: Track) -> None:
    text = walk.parse(*members["text"]) if "text" in members else None
    if not isinstance(text, str) or not text.strip():
        wanted = ", ".join(_LISTS)
        raise source.error(f"has no text in {wanted} or text", cure="give the JSON that the recogniser wrote")
    refuse_long_caption(source, len(text))
    track.add([Piece(" ".join(text.split()), None, None)], 1)


def _pieces(segment: dict[str, object], number: int, track: Track) -> list[Piece]:
    words = _words(segment)
    text = segment.get("text")
    if not isinstance(text, str):
        text = "".join(word if word[:1].isspace() else f" {word}" for word, _ in words)
    text = _SPECIAL.sub("", text)
    begin_s, end_s = _segment_times(segment)
    if text.strip() and begin_s is None:
        track.note(NO_TIME, number)
    if any(begin is not None for _, (begin, _) in words):
        timed = _align(text, words, (begin_s, end_s))
        if timed is not None:
            return timed
        track.note("words do not spell the segment's text; its own times are used", number)
    return runs_to_pieces([(text, begin_s, end_s)])


def _segment_times(segment: dict[str, object]) -> Times:
    offsets, stamps, pair = segment.get("offsets"), segment.get("timestamps"), segment.get("timestamp")
    if isinstance(offsets, dict):
        begin_s, end_s = (_number(offsets.get(name)) for name in ("from", "to"))
        return (
            None if begin_s is None else begin_s / 1000,
            None if end_s is None else end_s / 1000,
        )
    if isinstance(stamps, dict):
        begin, end = (stamps.get(name) for name in ("from", "to"))
        return clock_seconds(begin) if isinstance(begin, str) else None, clock_seconds(end) if isinstance(
            end, str
        ) else None
    if isinstance(pair, list) and len(pair) == 2:
        return _number(pair[0]), _number(pair[1])
    begin_s, end_s = _number(segment.get("start")), _number(segment.get("end"))
    duration_s = _number(segment.get("duration"))
    if begin_s is not None and end_s is None and duration_s is not None:
        end_s = begin_s + duration_s
    return begin_s, end_s


def _words(segment: dict[str, object]) -> list[tuple[str, Times]]:
    """The words of a segment with their times; whisper.cpp's tokens joined to words. Unfit entries are left out.

    That loses no text, which comes from the segment.
    """
    words, tokens = segment.get("words"), segment.get("tokens")
    found: list[tuple[str, Times]] = []
    for entry in words if isinstance(words, list) else ():
        word = entry.get("word", entry.get("text")) if isinstance(entry, dict) else None
        if isinstance(word, str) and word.strip():
            found.append((word, (_number(entry.get("start")), _number(entry.get("end")))))
    return found or (_join_tokens(tokens) if isinstance(tokens, list) else [])


def _join_tokens(tokens: list[object]) -> list[tuple[str, Times]]:
    """whisper.cpp's tokens as words: a token that begins with a space begins one."""
    words: list[tuple[list[str], float | None, float | None]] = []
    for entry in tokens:
        token = entry.get("text") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(token, str) or not token or _SPECIAL.fullmatch(token):
            continue
        begin_s, end_s = _segment_times({"offsets": entry.get("offsets"), "timestamps": entry.get("timestamps")})
        if words and not token[0].isspace():
            parts, first_s, last_s = words[-1]
            parts.append(token)
            words[-1] = (parts, first_s, last_s if end_s is None else end_s)
        else:
            words.append(([token], begin_s, end_s))
    return [("".join(parts), (begin_s, end_s)) for parts, begin_s, end_s in words]


def _align(text: str, words: Sequence[tuple[str, Times]], whole: Times) -> list[Piece] | None:
    """The segment's text cut where its words begin, each part with its word's times; None where they do not fit.

    What stands between two words (punctuation, or a word left out) stays with the word before.
    """
    starts: list[tuple[int, Times]] = []
    at = 0
    for word, times in words:
        word = word.strip()
        found = text.find(word, at, at + len(word) + _MAX_GAP)
        if found < 0:
            return None
        starts.append((found if starts else 0, times))
        at = found + len(word)
    if len(text) - at > _MAX_GAP:
        return None
    runs: list[tuple[str, float | None, float | None]] = []
    for index, (start, (begin_s, end_s)) in enumerate(starts):
        stop = starts[index + 1][0] if index + 1 < len(starts) else len(text)
        if index == 0 and begin_s is None:
            begin_s = whole[0]
        if index + 1 == len(starts) and end_s is None:
            end_s = whole[1]
        runs.append((text[start:stop], begin_s, end_s))
    return runs_to_pieces(runs)


def _number(value: object) -> float | None:
    """A time in its own unit; None for anything that is no finite number, a negative one among them."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e12:
        return None
    return float(value)
