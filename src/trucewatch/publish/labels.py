"""Names on a map: beside their markers, without covering markers or each other where there is room.

Coordinates are pixels, y downwards. Widths are estimated, since no font can be measured here: a label is given a little
more room than most fonts need.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Anchor = Literal["start", "middle", "end"]

_DIRECTIONS: tuple[tuple[float, float, Anchor], ...] = (
    (1, 0, "start"), (0.75, -0.75, "start"), (0.75, 0.75, "start"), (-1, 0, "end"),
    (-0.75, -0.75, "end"), (-0.75, 0.75, "end"), (0, -1, "middle"), (0, 1, "middle"),
)  # fmt: skip
"""Where a label may stand, best first: to the right of its marker, then around it."""

_DISTANCES = (3.0, 16.0, 30.0, 46.0, 64.0)
"""Gaps between marker and label, in pixels; all but the first get a leader line."""


@dataclass(frozen=True, slots=True)
class Rect:
    """An upright rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Rect) -> bool:
        """Whether two rectangles share an area."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def inside(self, other: Rect) -> bool:
        """Whether this rectangle lies wholly in another."""
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.top >= other.top
            and self.bottom <= other.bottom
        )


@dataclass(frozen=True, slots=True)
class Spot:
    """A marker that wants a label: centre, radius, text, and how much it matters."""

    x: float
    y: float
    radius: float
    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Label:
    """A label's anchor point, baseline, box, and the end of its leader line (None where it stands by its marker)."""

    x: float
    y: float
    anchor: Anchor
    box: Rect
    leader: tuple[float, float] | None


def text_width(text: str, size: float) -> float:
    """Pixels a text needs at a font size, estimated from the width class of its characters."""
    units = 0.0
    for char in text:
        if unicodedata.east_asian_width(char) in "WF":
            units += 1.0
        elif char in "iljtfI.,'’ -|":
            units += 0.34
        elif char.isupper() or char in "mwMW":
            units += 0.74
        else:
            units += 0.57
    return units * size


def place_labels(spots: Sequence[Spot], frame: Rect, taken: Sequence[Rect], size: float) -> list[Label | None]:
    """A label for each spot, in the spots' order; None where none of its places is free.

    Heavier spots choose first. Markers are never covered; ``taken`` are rectangles to keep clear.
    """
    markers = [Rect(s.x - s.radius, s.y - s.radius, s.x + s.radius, s.y + s.radius) for s in spots]
    busy = [*taken, *markers]
    out: list[Label | None] = [None] * len(spots)
    for number in sorted(range(len(spots)), key=lambda n: (-spots[n].weight, n)):
        label = _first_free(spots[number], markers[number], frame, busy, size)
        if label:
            out[number] = label
            busy.append(label.box)
    return out


def _first_free(spot: Spot, own: Rect, frame: Rect, busy: Sequence[Rect], size: float) -> Label | None:
    """The best of a spot's places where its label covers nothing."""
    width = text_width(spot.text, size)
    for gap in _DISTANCES:
        for dx, dy, anchor in _DIRECTIONS:
            label = _label(spot, dx, dy, anchor, gap, width, size)
            if label.box.inside(frame) and not any(label.box.overlaps(b) for b in busy if b is not own):
                return label
    return None


def _label(spot: Spot, dx: float, dy: float, anchor: Anchor, gap: float, width: float, size: float) -> Label:
    """The label of a spot in one direction at one distance."""
    reach = spot.radius + gap
    x = spot.x + dx * reach
    middle = spot.y + dy * (reach + (size / 2 if anchor == "middle" else 0))
    left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
    box = Rect(left - 1, middle - size * 0.6, left + width + 1, middle + size * 0.6)
    far = gap > _DISTANCES[0]
    length = math.hypot(dx, dy)
    leader = (spot.x + dx / length * (reach - 2), spot.y + dy / length * (reach - 2)) if far else None
    return Label(x, middle + size * 0.34, anchor, box, leader)
