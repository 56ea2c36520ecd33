"""A map of a reading's places as plain numbers and SVG path strings, for a template to draw.

The view is fitted to where the story is: places far from the rest (a capital where talks are held, a correspondent's
bureau) stand at the frame with an arrow and a distance instead of shrinking the whole map. Within a view, longitudes
are shortened by the cosine of the middle latitude, so that distances are true near the middle.

Pixels have y downwards; latitudes and longitudes are degrees; distances kilometres.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from trucewatch.publish import landnames
from trucewatch.publish.labels import Label, Rect, Spot, place_labels
from trucewatch.publish.outlines import Box, Outlines, Point, load
from trucewatch.publish.places import Place

KM_A_DEGREE = 111.2
LABEL_SIZE = 13.0
RING = 4.5
"""How far the ring of a name that was put right reaches beyond its marker, in pixels."""

_SMALLEST_VIEW_KM = 70.0
"""Height of the closest view; the outlines hold nothing finer."""

_LARGEST_GROWTH_KM = 420.0
"""A view without any coast or border is widened until it shows one, or is this high."""

_TALLEST_VIEW_DEGREES = 165.0
"""No view is taller: beyond, there is nothing but empty sea at the poles."""

_FINEST_PX = 1.0
"""Points of an outline nearer to each other than this are drawn as one."""

_OUTLIER_RATIO, _OUTLIER_FLOOR_KM = 3.5, 210.0
"""A place is off the map when it is farther from the story's middle than this many times the usual distance..."""

_NEXT_RATIO = 2.0
"""... unless it is at most this many times as far as the next nearer one."""

_GRID_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30)
_BAR_KM = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


@dataclass(frozen=True, slots=True)
class View:
    """A window on the world: centre (degrees), pixels a degree of latitude, size in pixels."""

    lon: float
    lat: float
    scale: float
    width: float
    height: float

    @property
    def squeeze(self) -> float:
        """How much shorter a degree of longitude is drawn than one of latitude."""
        return max(math.cos(math.radians(self.lat)), 0.05)

    @property
    def box(self) -> Box:
        """West, south, east, north of the window; may run past the date line."""
        dx, dy = self.width / 2 / self.scale / self.squeeze, self.height / 2 / self.scale
        return self.lon - dx, max(self.lat - dy, -90.0), self.lon + dx, min(self.lat + dy, 90.0)

    def xy(self, lon: float, lat: float) -> Point:
        """Pixels of a point given in degrees of this view's turn of the globe."""
        x = self.width / 2 + (lon - self.lon) * self.squeeze * self.scale
        return x, self.height / 2 - (lat - self.lat) * self.scale

    def near(self, lon: float) -> float:
        """A longitude moved by whole turns to within half a turn of the middle."""
        return self.lon + (lon - self.lon + 180.0) % 360.0 - 180.0


@dataclass(frozen=True, slots=True)
class Pin:
    """A place on the map. ``arrow`` is the direction (degrees clockwise from north) of a place outside the view."""

    place: int
    x: float
    y: float
    radius: float
    text: str
    label: Label | None
    arrow: float | None


@dataclass(frozen=True, slots=True)
class GridLine:
    """A parallel or meridian: its ends and its text."""

    x1: float
    y1: float
    x2: float
    y2: float
    text: str


@dataclass(frozen=True, slots=True)
class WorldMap:
    """Everything drawn; paths are SVG path data. ``bar`` is the scale bar: length in pixels and kilometres."""

    view: View
    land: str
    coast: str
    border: str
    contested: str
    grid: tuple[GridLine, ...]
    countries: tuple[landnames.LandName, ...]
    pins: tuple[Pin, ...]
    bar: tuple[float, int]


def draw(places: Sequence[Place], width: float, height: float) -> WorldMap | None:
    """The map of all placed ones among ``places`` (pins carry their index); None where there are none."""
    spots = [(number, place) for number, place in enumerate(places) if place.placed]
    if not spots:
        return None
    outlines = load()
    view = fit([place for _number, place in spots], width, height, outlines)
    margin = 8 / view.scale
    west, south, east, north = view.box
    padded = (west - margin / view.squeeze, south - margin, east + margin / view.squeeze, north + margin)
    step = _FINEST_PX / view.scale
    lands, lines = outlines.land(padded, step), outlines.lines(padded, step)
    bar = _scale_bar(view)
    grid = _grid(view)
    furniture = [Rect(0, height - 36, bar[0] + 34, height), *(_degree_box(line, view) for line in grid)]
    pins = _pins([s for s in spots if s[1].precision != "country"], view, furniture)
    names = landnames.name_lands(lands, view.xy, width, height, [*furniture, *_boxes(pins)], _states(spots))
    named = {name.place for name in names}
    left = [s for s in spots if s[1].precision == "country" and s[0] not in named]
    if left:
        around = [Rect(n.x - 40, n.y - 10, n.x + 40, n.y + 4) for n in names]
        pins += _pins(left, view, [*furniture, *_boxes(pins), *around], [(p.x, p.y) for p in pins if p.arrow])
    return WorldMap(
        view,
        "".join(_path(ring, view, close=True) for land in lands for ring in land.rings),
        "".join(_path(line, view) for line in lines["coast"]),
        "".join(_path(line, view) for line in lines["border"]),
        "".join(_path(line, view) for line in lines["contested"]),
        tuple(grid),
        tuple(names),
        tuple(pins),
        bar,
    )


def _states(spots: Sequence[tuple[int, Place]]) -> dict[str, int]:
    """The numbers of the places that are whole countries, by name: those are marked by their name, not by a point."""
    return {place.name.casefold(): number for number, place in spots if place.precision == "country"}


def kilometres(a: Place, b: Place) -> float:
    """Great-circle distance of two placed places."""
    return _great_circle(a.lon or 0.0, a.lat or 0.0, b.lon or 0.0, b.lat or 0.0)


def _great_circle(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    p, q, turn = math.radians(lat1), math.radians(lat2), math.radians(lon2 - lon1)
    h = math.sin((q - p) / 2) ** 2 + math.cos(p) * math.cos(q) * math.sin(turn / 2) ** 2
    return 2 * 6371.0 * math.asin(min(math.sqrt(h), 1.0))


def core_of(places: Sequence[Place]) -> list[Place]:
    """The places the view is fitted to: those round the story's middle, countries left out unless there is no other.

    The middle is the place with the smallest sum of distances to the others, each weighted by its claims; the usual
    distance from it is the median of theirs, weighted likewise.
    """
    fine = [p for p in places if p.precision != "country"] or list(places)

    def spread(middle: Place) -> float:
        return sum(kilometres(middle, p) * (1 + len(p.claims)) for p in fine)

    middle = min(fine, key=spread)
    usual = _weighted_median([(kilometres(middle, p), 1 + len(p.claims)) for p in fine if p is not middle])
    reach = max(usual * _OUTLIER_RATIO, _OUTLIER_FLOOR_KM)
    core: list[Place] = []
    for place in sorted(fine, key=lambda p: kilometres(middle, p)):
        if kilometres(middle, place) > max(reach, kilometres(middle, core[-1]) * _NEXT_RATIO if core else 0.0):
            break
        core.append(place)
    return core


def _weighted_median(values: Sequence[tuple[float, int]]) -> float:
    """The least value that at least half of the weight does not exceed; 0 for none."""
    half, sofar = sum(weight for _value, weight in values) / 2, 0
    for value, weight in sorted(values):
        sofar += weight
        if sofar >= half:
            return value
    return 0.0


def fit(places: Sequence[Place], width: float, height: float, outlines: Outlines) -> View:
    """The window that holds the story's core with room for labels, widened until it shows a coast or border."""
    core = core_of(places)
    lons = _side_by_side([p.lon or 0.0 for p in core])
    lats = [p.lat or 0.0 for p in core]
    lon, lat = (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2
    squeeze = max(math.cos(math.radians(lat)), 0.05)
    room_x, room_y = width - 2 * max(0.13 * width, 58.0), height - 2 * max(0.13 * height, 48.0)
    scale = height * KM_A_DEGREE / _SMALLEST_VIEW_KM
    if max(lons) > min(lons):
        scale = min(scale, room_x / ((max(lons) - min(lons)) * squeeze))
    if max(lats) > min(lats):
        scale = min(scale, room_y / (max(lats) - min(lats)))
    scale = max(scale, height / _TALLEST_VIEW_DEGREES)
    reach = 86.0 - height / 2 / scale
    view = View(lon, min(max(lat, -max(reach, 0)), max(reach, 0)), scale, width, height)
    while height / view.scale * KM_A_DEGREE < _LARGEST_GROWTH_KM and not any(outlines.lines(view.box).values()):
        view = replace(view, scale=view.scale / 1.35)
    return view


def _side_by_side(lons: Sequence[float]) -> list[float]:
    """Longitudes moved by whole turns so that they span as little as they can, in ascending order."""
    ordered = sorted(lon % 360.0 for lon in lons)
    gaps = [(after - before) % 360.0 for before, after in zip(ordered[-1:] + ordered[:-1], ordered, strict=True)]
    first = gaps.index(max(gaps))
    out = ordered[first:] + [lon + 360.0 for lon in ordered[:first]]
    turn = 360.0 if out[0] > 180.0 else 0.0
    return [lon - turn for lon in out]


def _path(points: Iterable[Point], view: View, *, close: bool = False) -> str:
    """SVG path data in steps of a tenth of a pixel; nothing for what would be a speck."""
    pixels = [view.xy(lon, lat) for lon, lat in points]
    xs, ys = [x for x, _y in pixels], [y for _x, y in pixels]
    if max(xs) - min(xs) + max(ys) - min(ys) < _FINEST_PX * 2:
        return ""
    start = last = tuple(round(10 * v) for v in pixels[0])
    out: list[str] = []
    for x, y in pixels[1:]:
        here = round(10 * x), round(10 * y)
        if abs(here[0] - last[0]) + abs(here[1] - last[1]) >= 10 * _FINEST_PX:
            out.append(f"{(here[0] - last[0]) / 10:g} {(here[1] - last[1]) / 10:g}")
            last = here
    return f"M{start[0] / 10:g} {start[1] / 10:g}l{' '.join(out)}" + ("z" if close else "") if out else ""


def _grid(view: View) -> list[GridLine]:
    """Meridians and parallels at a round step that gives a handful of each."""
    west, south, east, north = view.box
    step = _round_step(north - south, 4.5)
    lines = []
    for number in range(math.ceil(south / step), math.floor(north / step) + 1):
        y = view.xy(0, number * step)[1]
        if 22 < y < view.height - 46:
            lines.append(GridLine(0, y, view.width, y, _degrees(number * step, "N", "S")))
    step = _round_step(east - west, 7.5)
    for number in range(math.ceil(west / step), math.floor(east / step) + 1):
        x = view.xy(number * step, 0)[0]
        if 44 < x < view.width - 26:
            lon = (number * step + 180) % 360 - 180
            lines.append(GridLine(x, 0, x, view.height, _degrees(lon, "E", "W")))
    return lines


def _round_step(degrees: float, most: float) -> float:
    """The smallest round step that divides a span into at most so many."""
    return next((step for step in _GRID_STEPS if degrees / step <= most), _GRID_STEPS[-1])


def _degree_box(line: GridLine, view: View) -> Rect:
    """Where a grid line's text stands: by the right edge for a parallel, at the foot for a meridian."""
    if line.y1 == line.y2:
        return Rect(view.width - 46, line.y1 - 15, view.width, line.y1)
    return Rect(line.x1, view.height - 16, line.x1 + 44, view.height)


def _degrees(value: float, plus: str, minus: str) -> str:
    value = round(value, 3)
    if abs(value) == 180:
        return "180°"
    return f"{abs(value):g}°{plus if value > 0 else minus if value < 0 else ''}"


def _scale_bar(view: View) -> tuple[float, int]:
    """The longest round distance that takes at most a quarter of the map's width."""
    pixels_a_km = view.scale / KM_A_DEGREE
    km = max((km for km in _BAR_KM if km * pixels_a_km <= view.width / 4), default=_BAR_KM[0])
    return km * pixels_a_km, km


def radius_of(place: Place) -> float:
    """A marker's radius in pixels: its area grows with the number of claims, up to a bound."""
    return min(4.0 + 2.3 * math.sqrt(len(place.claims)), 17.0)


def _pins(
    spots: Sequence[tuple[int, Place]], view: View, furniture: Sequence[Rect], at_frame: Sequence[Point] = ()
) -> list[Pin]:
    """Every place as a pin, labelled; larger markers first, so that smaller ones lie on top.

    ``furniture`` is to be kept clear of labels; ``at_frame`` are pins that stand at the frame already.
    """
    frame = Rect(4, 4, view.width - 4, view.height - 4)
    drafts: list[tuple[int, Place, float, float, float, str, float | None]] = []
    edges = list(at_frame)
    for number, place in spots:
        lon = view.near(place.lon or 0.0)
        x, y = view.xy(lon, place.lat or 0.0)
        if 6 <= x <= view.width - 6 and 6 <= y <= view.height - 6:
            drafts.append((number, place, x, y, radius_of(place), place.name, None))
            continue
        x, y, arrow = _at_frame(x, y, view, edges)
        edges.append((x, y))
        km = _great_circle(view.lon, view.lat, lon, place.lat or 0.0)
        drafts.append((number, place, x, y, 8.0, f"{place.name} {_round_km(km)} km", arrow))
    drafts.sort(key=lambda d: -d[4])
    wanted = [
        Spot(x, y, r + (RING if p.recovered else 0), text, len(p.claims) + len(p.mentions) / 100)
        for _n, p, x, y, r, text, _a in drafts
    ]
    labels = place_labels(wanted, frame, furniture, LABEL_SIZE)
    return [
        Pin(number, x, y, r, text, label, arrow)
        for (number, _place, x, y, r, text, arrow), label in zip(drafts, labels, strict=True)
    ]


def _round_km(km: float) -> str:
    step = 10 if km < 1000 else 100
    return f"{round(km / step) * step:,}"


def _at_frame(x: float, y: float, view: View, taken: Sequence[Point]) -> tuple[float, float, float]:
    """Where the line from the middle to a point outside leaves the window, clear of other such points and the bar.

    Returns x, y and the direction (degrees clockwise from up).
    """
    inset = 14.0
    half_w, half_h = view.width / 2 - inset, view.height / 2 - inset
    dx, dy = x - view.width / 2, y - view.height / 2
    share = min(half_w / abs(dx) if dx else math.inf, half_h / abs(dy) if dy else math.inf)
    at_x, at_y = view.width / 2 + dx * share, view.height / 2 + dy * share
    on_side = abs(dx * share) >= half_w - 0.01
    for step in range(1, 40):
        if all(abs(at_x - tx) + abs(at_y - ty) >= 20 for tx, ty in taken):
            break
        shift = 20.0 * (step if step % 2 else -step)
        at_x, at_y = (at_x, at_y + shift) if on_side else (at_x + shift, at_y)
    at_x = min(max(at_x, inset), view.width - inset)
    foot = 52 if at_x < view.width * 0.3 else 28
    at_y = min(max(at_y, inset), view.height - foot)
    return at_x, at_y, math.degrees(math.atan2(dx, -dy)) % 360


def _boxes(pins: Sequence[Pin]) -> list[Rect]:
    """What pins and their labels cover."""
    out = [Rect(p.x - p.radius, p.y - p.radius, p.x + p.radius, p.y + p.radius) for p in pins]
    return out + [p.label.box for p in pins if p.label]
