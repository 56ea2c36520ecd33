"""Countries' names on a map: each where its visible part is widest, clear of everything more important."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trucewatch.publish.labels import Rect, text_width
from trucewatch.publish.outlines import Land, Point

SIZE = 12.0
_SPACING = 1.9
"""Letter spacing in pixels, as the page's style sheet sets it."""

_STEP = 18.0
"""Pixels between the points tried."""

_SMALLEST, _MOST = 4, 16
"""Fewest tried points in a country that gets its name, unless the story names it; most names on a map."""


@dataclass(frozen=True, slots=True)
class LandName:
    """A country's name, the middle of its baseline (pixels), and its number among the reading's places, if any."""

    text: str
    x: float
    y: float
    place: int | None


def name_lands(
    lands: Sequence[Land],
    project: Callable[[float, float], Point],
    width: float,
    height: float,
    busy: Sequence[Rect],
    places: Mapping[str, int],
) -> list[LandName]:
    """Names of the countries that have room for theirs inside the window: those of ``places`` first, then by size.

    ``project`` turns degrees into pixels; ``busy`` is kept clear; ``places`` maps case-folded names to place numbers.
    """
    columns, rows = np.arange(24.0, width - 12, _STEP), np.arange(18.0, height - 30, _STEP)
    tried = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    taken = list(busy)
    found: list[tuple[int, Land, NDArray[np.float64], NDArray[np.float64]]] = []
    for land in lands:
        if not land.name:
            continue
        rings = [_thinned([project(*point) for point in ring]) for ring in land.rings]
        inside = tried[_inside(tried, rings)]
        if len(inside) >= (1 if land.name.casefold() in places else _SMALLEST):
            found.append((len(inside), land, inside, np.concatenate(rings)))
    out: list[LandName] = []
    order = sorted(found, key=lambda f: (f[1].name.casefold() not in places, -f[0]))
    for _size, land, inside, edge in order[:_MOST]:
        half = (text_width(land.name.upper(), SIZE) + _SPACING * len(land.name)) / 2
        for x, y in inside[np.argsort(-_room(inside, edge, width, height), kind="stable")[:60]]:
            box = Rect(x - half, y - SIZE * 0.7, x + half, y + SIZE * 0.7)
            if box.inside(Rect(4, 4, width - 4, height - 4)) and not any(box.overlaps(b) for b in taken):
                out.append(LandName(land.name, float(x), float(y + SIZE * 0.35), places.get(land.name.casefold())))
                taken.append(box)
                break
    return out


def _thinned(ring: Sequence[Point]) -> NDArray[np.float64]:
    """A ring (n, 2) without points nearer than two pixels to the one before: enough to place a name."""
    kept = [ring[0]]
    for x, y in ring[1:]:
        if abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= 2:
            kept.append((x, y))
    return np.array(kept, dtype=np.float64)


def _inside(points: NDArray[np.float64], rings: Sequence[NDArray[np.float64]]) -> NDArray[np.bool_]:
    """Which points (n, 2) lie inside the rings taken together, by the even-odd rule."""
    inside = np.zeros(len(points), dtype=bool)
    px, py = points[:, 0], points[:, 1]
    for ring in rings:
        for (x1, y1), (x2, y2) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
            if y1 == y2:
                continue
            crosses = (y1 > py) != (y2 > py)
            inside ^= crosses & (px < (x2 - x1) * (py - y1) / (y2 - y1) + x1)
    return inside


def _room(points: NDArray[np.float64], edge: NDArray[np.float64], width: float, height: float) -> NDArray[np.float64]:
    """How far each point is from the country's edge and from the window's frame; sideways room counts less."""
    frame = np.minimum.reduce([points[:, 0] / 2.2, (width - points[:, 0]) / 2.2, points[:, 1], height - points[:, 1]])
    step = max(len(edge) // 400, 1)
    away = points[:, None, :] - edge[None, ::step, :]
    away[..., 0] /= 2.2
    room: NDArray[np.float64] = np.minimum(frame, np.sqrt((away**2).sum(axis=-1)).min(axis=1))
    return room
