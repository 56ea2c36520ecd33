"""YouTube's json3 captions: events with segments, each word of automatic captions with its own offset."""

from __future__ import annotations

from trucewatch.transcript.jsonwalk import JsonWalk
from trucewatch.transcript.metadata import Metadata
from trucewatch.transcript.source import Source
from trucewatch.transcript.track import Track, refuse_long_caption, runs_to_pieces


def read(source: Source, track: Track) -> Metadata:
    """Events of a json3 file into ``track``; the format tells nothing else.

    Each segment that has an offset is a piece of its own; a word lasts until the next. Events that only append a line
    break (``aAppend``) separate words; events without segments (windows, pens) are left out.
    """
    track.unit = "event"
    walk = JsonWalk(source)
    start = walk.start()
    span = walk.members(start).get("events") if walk.is_object(start) else None
    if span is None or not walk.is_list(span[0]):
        raise source.error("has no list of events", cure="give YouTube's json3 as it was downloaded")
    apart = True
    for number, (begin, end) in enumerate(walk.elements(span[0]), 1):
        event = walk.parse(begin, end)
        if not isinstance(event, dict):
            raise walk.error(f"event {number} is no object", begin)
        segments = event.get("segs")
        if not segments:
            continue
        try:
            runs = _runs(event, segments)
        except _Unfit as unfit:
            raise walk.error(f"event {number} has {unfit}", begin) from unfit
        text = "".join(run[0] for run in runs)
        refuse_long_caption(source, len(text))
        # An ordinary event is a new line; an appending one goes on where the last left off.
        pieces = runs_to_pieces(runs, apart=apart or not event.get("aAppend"))
        track.add(pieces, number)
        apart = text[-1].isspace() if text else apart
        apart = apart or (not pieces and bool(text))
    return Metadata()


class _Unfit(Exception):
    """What is wrong with an event, to follow "event 3 has"."""


def _runs(event: dict[str, object], segments: object) -> list[tuple[str, float | None, float | None]]:
    """The texts of an event with their times in seconds, each ending where the next begins."""
    start_ms = _milliseconds(event, "tStartMs") or 0.0
    duration_ms = _milliseconds(event, "dDurationMs")
    end_s = None if duration_ms is None else (start_ms + duration_ms) / 1000
    texts: list[tuple[list[str], float]] = []
    if not isinstance(segments, list):
        raise _Unfit("segs that are no list")
    for segment in segments:
        text = segment.get("utf8", "") if isinstance(segment, dict) else None
        if not isinstance(text, str):
            raise _Unfit("a segment without text")
        offset_ms = _milliseconds(segment, "tOffsetMs")
        time = texts[-1][1] if texts and offset_ms is None else (start_ms + (offset_ms or 0.0)) / 1000
        if texts and time <= texts[-1][1]:  # styled parts of a line: no time of their own
            texts[-1][0].append(text)
        else:
            texts.append(([text], time))
    ends: list[float | None] = [time for _, time in texts[1:]]
    return [("".join(parts), time, end) for (parts, time), end in zip(texts, [*ends, end_s], strict=True)]


def _milliseconds(holder: dict[str, object], name: str) -> float | None:
    value = holder.get(name)
    if value is None:
        return None
    if isinstance(value, str) and value.isdecimal() and len(value) < 13:  # some tools write numbers as text
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -1e12 < value < 1e12:
        raise _Unfit(f"a {name} that is no time")
    return float(value)
