"""A reading's text in two columns, cut into the pieces that are shown alike.

``rows`` gives the raw and the restored text side by side, a row a
sentence or, where that is long, a part of one. Within a row, a *unit* is a stretch under
the same marks (mentions, corrections and suggestions) and a *part* of it a stretch under the same claims.

Invariant: the raw units of all rows, joined, are the raw text, to the last character.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from trucewatch.publish.align import SentenceAlignment, align
from trucewatch.reading.model import Candidate, Evidence, Mention, Reading

LONGEST_ROW = 60
"""Words of a sentence in one row; a recogniser's unpunctuated text can make a sentence of many hundreds."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A mention, a correction or a suggestion, as it is shown.

    ``changed``: what was heard is not what is read now; ``suggested``: it may be ``read``, and stays as heard.
    """

    start: int
    end: int
    heard: str
    read: str
    kind: str
    changed: bool
    confidence: float
    why: tuple[Evidence, ...]
    mention: Mention | None
    candidates: tuple[Candidate, ...] = ()
    suggested: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Text under the same claims (numbers, the shortest claim first)."""

    text: str
    claims: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """Text under the same marks (numbers). ``heard`` is set where a name that was put right begins in restored text."""

    marks: tuple[int, ...]
    parts: tuple[Part, ...]
    heard: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence, or a part of one: raw units beside restored units."""

    voice: int | None
    raw: tuple[Unit, ...]
    restored: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class _Span:
    """A claim or mark over raw characters. ``rank`` orders claims, shortest first."""

    start: int
    end: int
    claim: bool
    number: int
    rank: int


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Raw ``start:end`` and the stretch of its sentence's restored text beside it."""

    start: int
    end: int
    sentence: SentenceAlignment
    text_start: int
    text_end: int


def marks_of(reading: Reading) -> tuple[Mark, ...]:
    """Mentions, then corrections, then suggestions, in the reading's order: a mention's number is its index there."""
    mentions = [
        Mark(m.start, m.end, m.heard, m.name, m.kind, m.recovered, m.confidence, m.why, m, m.candidates)
        for m in reading.mentions
    ]
    corrections = [
        Mark(c.start, c.end, c.heard, c.read, "correction", True, c.confidence, c.why, None)
        for c in reading.corrections
    ]
    suggestions = [
        Mark(s.start, s.end, s.heard, s.name, s.kind, False, s.confidence, s.why, None, s.candidates, suggested=True)
        for s in reading.suggestions
    ]
    return (*mentions, *corrections, *suggestions)


def rows(reading: Reading, alignments: Sequence[SentenceAlignment] | None = None) -> list[Row]:
    """The text of a reading as rows; ``alignments`` as ``align`` gives them, worked out when not given."""
    marks = marks_of(reading)
    spans = _spans(reading, marks)
    voices = sorted((v.start, number) for number, v in enumerate(reading.voices))
    out: list[Row] = []
    active: list[_Span] = []
    taken = 0
    for stretch in _stretches(reading, marks, align(reading) if alignments is None else alignments):
        while taken < len(spans) and spans[taken].start < stretch.end:
            active.append(spans[taken])
            taken += 1
        active = [span for span in active if span.end > stretch.start]
        raw = _cut(reading.raw, stretch.start, stretch.end, active)
        moved = [m for span in active if (m := _moved(span, stretch)) is not None]
        restored = _cut(stretch.sentence.text, stretch.text_start, stretch.text_end, moved)
        out.append(Row(_voice_at(voices, stretch.start), raw, _with_heard(restored, marks)))
    return out


def claim_texts(reading: Reading, alignments: Sequence[SentenceAlignment]) -> list[str]:
    """Each claim's words in the restored text; its raw words where the restored text lost them."""
    starts = [a.raw_start for a in alignments]
    out = []
    for claim in reading.claims:
        pieces = []
        for number in range(_last_at_or_before(starts, claim.start), len(alignments)):
            if alignments[number].raw_start >= claim.end:
                break
            found = alignments[number].span(claim.start, claim.end)
            if found:
                pieces.append(alignments[number].text[found[0] : found[1]])
        out.append(" ".join(pieces) or claim.text)
    return out


def _last_at_or_before(starts: Sequence[int], offset: int) -> int:
    return max(bisect_right(starts, offset) - 1, 0)


def _spans(reading: Reading, marks: Sequence[Mark]) -> list[_Span]:
    """Every mark and claim with its offsets pulled into the raw text, in order of their beginnings."""
    length = len(reading.raw)
    drafts = [(m.start, m.end, False, number) for number, m in enumerate(marks)]
    drafts += [(c.start, c.end, True, number) for number, c in enumerate(reading.claims)]
    spans = [_Span(max(start, 0), min(end, length), claim, number, end - start) for start, end, claim, number in drafts]
    return sorted((s for s in spans if s.start < s.end), key=lambda s: (s.start, s.end, s.claim, s.number))


def _stretches(reading: Reading, marks: Sequence[Mark], alignments: Sequence[SentenceAlignment]) -> Iterator[_Stretch]:
    """The raw text without gaps, a stretch a sentence; a sentence is cut where the voice changes or it is too long."""
    raw = reading.raw
    changes = sorted({v.start for v in reading.voices})
    for number, sentence in enumerate(alignments):
        start = 0 if number == 0 else sentence.raw_start
        end = alignments[number + 1].raw_start if number + 1 < len(alignments) else len(raw)
        inner = [c for c in changes if start < c < end and raw[start:c].strip() and raw[c:end].strip()]
        cuts = sorted({*inner, *(c for c in _breathers(sentence, marks) if start < c < end)})
        for a, b in pairwise([start, *cuts, end]):
            text_start = 0 if a == start else sentence.point(a)
            text_end = len(sentence.text) if b == end else sentence.point(b)
            yield _Stretch(a, b, sentence, text_start, max(text_end, text_start))


def _breathers(sentence: SentenceAlignment, marks: Sequence[Mark]) -> list[int]:
    """Raw offsets at which a long sentence is cut, so that the two columns do not drift apart; never inside a mark."""
    links = sentence.links
    if len(links) <= LONGEST_ROW:
        return []
    count = -(-len(links) // LONGEST_ROW)
    cuts = [links[len(links) * part // count].raw_start for part in range(1, count)]
    return [cut for cut in cuts if not any(m.start < cut < m.end for m in marks)]


def _voice_at(voices: Sequence[tuple[int, int]], offset: int) -> int | None:
    """The number of the last voice that has begun by ``offset``; the first one before that."""
    return voices[_last_at_or_before([start for start, _number in voices], offset)][1] if voices else None


def _moved(span: _Span, stretch: _Stretch) -> _Span | None:
    """A raw span as it lies in the restored text of a stretch; None where it has no words there."""
    found = stretch.sentence.span(max(span.start, stretch.start), min(span.end, stretch.end))
    if found is None:
        return None
    start, end = max(found[0], stretch.text_start), min(found[1], stretch.text_end)
    return _Span(start, end, span.claim, span.number, span.rank) if start < end else None


def _cut(text: str, start: int, end: int, spans: Sequence[_Span]) -> tuple[Unit, ...]:
    """``text[start:end]`` as units and parts; spans may overlap in any way and stick out at both ends."""
    cuts = sorted({start, end} | {min(max(at, start), end) for s in spans for at in (s.start, s.end)})
    opening: dict[int, list[_Span]] = {}
    for span in spans:
        if span.end > start and span.start < end:
            opening.setdefault(max(span.start, start), []).append(span)
    units: list[tuple[tuple[int, ...], list[Part]]] = []
    active: list[_Span] = []
    for a, b in pairwise(cuts):
        active = [s for s in active if s.end > a] + opening.get(a, [])
        marks = tuple(sorted(s.number for s in active if not s.claim))
        claims = tuple(s.number for s in sorted(active, key=lambda s: (s.rank, s.number)) if s.claim)
        part = Part(text[a:b], claims)
        if units and units[-1][0] == marks:
            units[-1][1].append(part)
        else:
            units.append((marks, [part]))
    return tuple(Unit(marks, tuple(parts)) for marks, parts in units)


def _with_heard(units: Sequence[Unit], marks: Sequence[Mark]) -> tuple[Unit, ...]:
    """Restored units, with the words heard set where a changed name begins and reads otherwise than heard."""
    out: list[Unit] = []
    shown: set[int] = set()
    for unit in units:
        heard = None
        for number in unit.marks:
            mark = marks[number]
            read = "".join(part.text for part in unit.parts)
            if mark.changed and number not in shown and read.casefold() != mark.heard.casefold():
                heard = mark.heard
                shown.add(number)
        out.append(Unit(unit.marks, unit.parts, heard))
    return tuple(out)
