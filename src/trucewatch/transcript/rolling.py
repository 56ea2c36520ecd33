"""Rolling captions: each shows the lines of the one before again, moved up, and one new line below.

YouTube's automatic captions roll, and so do broadcast captions taken off air. Folded, every line appears once, with the
time at which it first came up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from trucewatch.transcript.markup import Markup

if TYPE_CHECKING:
    from trucewatch.transcript.cuelines import TimedLines

_GAP_S = 0.5
"""Longest pause, in seconds, over which a line can still be the same line on screen."""

_SHARE = 0.5
"""Share of captions that must carry a line over before a file counts as rolling. Files that roll carry in nearly all
(a cleared screen interrupts); in ordinary ones a repeated line, such as a note for music, is rare."""

_ROWS = 8
"""Most lines carried over: broadcast captions roll up to four rows, YouTube's one."""

_LOOKED_AT = 2_000
"""How many captions tell whether a file rolls: over an hour of them."""


class _Screen:
    """What was last on screen: its lines, as words alone, and until when."""

    def __init__(self, markup: Markup) -> None:
        self._markup = markup
        self._lines: list[str] = []
        self._until_s: float | None = None

    def show(self, caption: TimedLines) -> tuple[int, list[str]]:
        """How many of a caption's lines were on screen already, and its lines that are not blank, with markup.

        A blank top line, as YouTube writes it, says that nothing was carried over.
        """
        lines = [(line, words) for line in caption.lines if (words := self._markup.plain(line))]
        blank_top = bool(caption.lines) and not self._markup.plain(caption.lines[0])
        carried = 0
        if not blank_top and self._follows(caption):
            carried = _overlap(self._lines, [words for _, words in lines])
        if lines:
            self._lines = [words for _, words in lines]
            self._until_s = caption.end_s
        return carried, [line for line, _ in lines]

    def _follows(self, caption: TimedLines) -> bool:
        return caption.begin_s is not None and self._until_s is not None and caption.begin_s <= self._until_s + _GAP_S


def _overlap(before: list[str], now: list[str]) -> int:
    """The most last lines of ``before`` that are the first lines of ``now``."""
    for count in range(min(len(before), len(now), _ROWS), 0, -1):
        if before[-count:] == now[:count]:
            return count
    return 0


def is_rolling(captions: Iterable[TimedLines], markup: Markup) -> bool:
    """Whether at least half of the captions carry a line over, and lines come up under carried ones.

    The first ``_LOOKED_AT`` are looked at. Two such captions are asked for, or one in a file that is YouTube's by the
    time tags of its words or the blanks it puts for an empty line.
    """
    screen = _Screen(markup)
    total = carrying = rolling = 0
    youtube = False
    for caption in islice(captions, _LOOKED_AT):
        carried, lines = screen.show(caption)
        if not lines:
            continue
        total += 1
        carrying += carried > 0
        rolling += 0 < carried < len(lines)
        youtube = youtube or "><c>" in lines[-1] or any(line.isspace() for line in caption.lines)
    return rolling >= (1 if youtube else 2) and carrying >= _SHARE * (total - 1)


def fold(captions: Iterable[TimedLines], markup: Markup) -> Iterator[TimedLines]:
    """The captions with only the lines that were not on screen already; those without any are left out."""
    screen = _Screen(markup)
    for caption in captions:
        carried, lines = screen.show(caption)
        if lines[carried:]:
            caption.lines = lines[carried:]
            yield caption
