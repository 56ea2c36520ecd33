"""Where the raw text's characters went in the restored text.

A reading's statements point into the raw text only. To show them in the restored text, each sentence's raw words are
matched to its restored words: first by what they should have become (a recovered mention its ``name``, a correction its
``read``, any other word itself), then, between words that match, by how alike they look. Nothing here can fail: where
the texts share nothing, whole stretches answer for each other.

Invariant: links of a sentence are in order in both texts and do not overlap; every offset lies inside its text.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import Indel, Levenshtein
from rapidfuzz.fuzz import ratio

from trucewatch.reading.model import Reading, Sentence

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*|[^\W_]+")

_BLOCK_BY_LIKENESS = 14
"""Longest run of unmatched words settled by likeness; longer ones are shared out by position (likeness is cubic)."""

_MOST_WORDS_BY_MATCHES = 4_000
"""Sentences up to this long are matched for most equal words, which needs memory by the square of their length."""

_LOST_MARK_COST = 60.0
"""What it costs (in points of likeness, of 100) to leave a name that was put right without restored words."""


@dataclass(frozen=True, slots=True)
class Link:
    """Raw characters ``raw_start:raw_end`` (of the transcript) became ``start:end`` of the sentence's restored text."""

    raw_start: int
    raw_end: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SentenceAlignment:
    """The links of one sentence. ``text`` is its restored text."""

    raw_start: int
    raw_end: int
    text: str
    links: tuple[Link, ...]
    _ends: tuple[int, ...] = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ends", tuple(link.raw_end for link in self.links))

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """The restored stretch that holds raw ``start:end``; None where none of it has restored words."""
        first = bisect_right(self._ends, start)
        last = first
        while last < len(self.links) and self.links[last].raw_start < end:
            last += 1
        return (self.links[first].start, self.links[last - 1].end) if last > first else None

    def point(self, offset: int) -> int:
        """The restored offset at which the words from raw ``offset`` on begin."""
        after = bisect_left([link.raw_start for link in self.links], offset)
        return self.links[after].start if after < len(self.links) else len(self.text)


@dataclass(slots=True)
class _Unit:
    """Raw characters that stand or fall together: a word, or all words of a name that was put right."""

    start: int
    end: int
    expected: list[str]
    marked: bool
    got: list[int] = field(default_factory=list)


def align(reading: Reading) -> tuple[SentenceAlignment, ...]:
    """Every sentence of a reading with its links, in raw order.

    A reading without sentences is taken as one. Sentences that overlap are cut so that each raw character belongs to
    one at most; offsets outside the raw text are pulled in.
    """
    length = len(reading.raw)
    sentences: Iterable[Sentence] = sorted(reading.sentences, key=lambda s: (s.start, s.end))
    if not reading.sentences:
        sentences = [Sentence(start=0, end=length, text=reading.text or reading.raw)]
    put_right = put_right_spans(reading)
    out: list[SentenceAlignment] = []
    at = 0
    for sentence in sentences:
        start = min(max(sentence.start, at), length)
        end = min(max(sentence.end, start), length)
        out.append(align_sentence(reading.raw, start, end, sentence.text, put_right))
        at = end
    return tuple(out)


def put_right_spans(reading: Reading) -> list[tuple[int, int, str]]:
    """What was changed on purpose: (raw start, raw end, what it reads now), in order, longest first at one place."""
    spans = [(m.start, m.end, m.name) for m in reading.mentions if m.recovered]
    spans += [(c.start, c.end, c.read) for c in reading.corrections]
    return sorted((s for s in spans if s[0] < s[1]), key=lambda s: (s[0], -s[1]))


def align_sentence(
    raw: str, start: int, end: int, text: str, put_right: Sequence[tuple[int, int, str]] = ()
) -> SentenceAlignment:
    """Link ``raw[start:end]`` with its restored ``text``; ``put_right`` as ``put_right_spans`` gives it."""
    units = _units(raw, start, end, put_right)
    tokens = [(found.start(), found.end()) for found in _TOKEN.finditer(text)]
    words = [_plain(text[a:b]) for a, b in tokens]
    _match(units, words)
    links = [
        Link(unit.start, unit.end, tokens[min(unit.got)][0], tokens[max(unit.got)][1]) for unit in units if unit.got
    ]
    return SentenceAlignment(start, end, text, tuple(links))


def _plain(token: str) -> str:
    """A word as it is compared: no case, no thousands comma, one kind of apostrophe."""
    return token.casefold().replace(",", "").replace("’", "'")


def _words(text: str) -> list[str]:
    return [_plain(found[0]) for found in _TOKEN.finditer(text)]


def _units(raw: str, start: int, end: int, put_right: Sequence[tuple[int, int, str]]) -> list[_Unit]:
    """The raw words of a sentence, those under one change as one unit."""
    changes: list[_Unit] = []
    for a, b, read in put_right[bisect_left(put_right, start, key=lambda s: s[0]) :]:
        if a >= end:
            break
        if b <= end and (not changes or a >= changes[-1].end):
            changes.append(_Unit(a, b, _words(read) or [""], True))
    units: list[_Unit] = []
    at = start
    for change in [*changes, None]:
        stop = change.start if change else end
        units += [_Unit(at + f.start(), at + f.end(), [_plain(f[0])], False) for f in _TOKEN.finditer(raw[at:stop])]
        if change:
            units.append(change)
            at = change.end
    return units


def _match(units: list[_Unit], words: list[str]) -> None:
    """Give every unit the numbers of its restored words."""
    expected = [(word, number) for number, unit in enumerate(units) for word in unit.expected]
    blocks: list[tuple[int, int, int, int]] = []
    distance = Indel if max(len(expected), len(words)) <= _MOST_WORDS_BY_MATCHES else Levenshtein
    for op in distance.opcodes([word for word, _unit in expected], words):
        a, b, c, d = op.src_start, op.src_end, op.dest_start, op.dest_end
        if op.tag == "equal":
            for step in range(b - a):
                units[expected[a + step][1]].got.append(c + step)
        elif blocks and blocks[-1][1] == a and blocks[-1][3] == c:
            blocks[-1] = (blocks[-1][0], b, blocks[-1][2], d)
        else:
            blocks.append((a, b, c, d))
    for a, b, c, d in blocks:
        numbers = list(dict.fromkeys(unit for _word, unit in expected[a:b]))
        if numbers and c < d:
            _settle([units[number] for number in numbers], words, c, d)


def _settle(units: list[_Unit], words: list[str], start: int, end: int) -> None:
    """Share out the restored words ``start:end``, which match nothing exactly, among the units between two matches."""
    if len(units) == 1:
        units[0].got += range(start, end)
    elif max(len(units), end - start) > _BLOCK_BY_LIKENESS:
        for position, unit in enumerate(units):
            a = start + (end - start) * position // len(units)
            b = start + (end - start) * (position + 1) // len(units)
            unit.got += range(a, max(b, a + 1)) if a < end else ()
    else:
        for unit, (a, b) in zip(units, _most_alike(units, words[start:end]), strict=True):
            unit.got += range(start + a, start + b)


def _most_alike(units: list[_Unit], words: list[str]) -> list[tuple[int, int]]:
    """The split of ``words`` into one run (perhaps empty) a unit, in order, that looks most like the units.

    Dynamic programming over (unit, words used so far); likeness is that of the joined letters, 0 to 100 a unit.
    """
    best: dict[int, tuple[float, list[tuple[int, int]]]] = {0: (0.0, [])}
    for unit in units:
        letters = "".join(unit.expected)
        step: dict[int, tuple[float, list[tuple[int, int]]]] = {}
        for used, (score, runs) in best.items():
            for stop in range(used, len(words) + 1):
                alike = ratio(letters, "".join(words[used:stop])) if stop > used else 0.0
                lost = _LOST_MARK_COST if unit.marked and stop == used and not unit.got else 0.0
                total = score + alike - lost
                if stop not in step or total > step[stop][0]:
                    step[stop] = (total, [*runs, (used, stop)])
        best = step
    return best[len(words)][1]
