"""The map holds every place that can be put on one, where it is, and the world's outlines round it."""

from __future__ import annotations

import importlib.util
import itertools
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sample_reading import sample_reading
from test_publish_page import page_of
from trucewatch.publish import outlines, worldmap
from trucewatch.publish.labels import Rect, Spot, place_labels
from trucewatch.publish.page import NARROW_MAP, WIDE_MAP
from trucewatch.publish.places import Place, places_of
from trucewatch.reading.model import Reading

SIZES = [WIDE_MAP, NARROW_MAP]
ROOT = Path(__file__).parents[1]


def place(name: str, lat: float, lon: float, claims: int = 1, precision: str = "town") -> Place:
    return Place(name, "place", lat, lon, precision, (0,), tuple(range(claims)), recovered=False)


def held(drawn: worldmap.WorldMap) -> set[int]:
    return {pin.place for pin in drawn.pins} | {n.place for n in drawn.countries if n.place is not None}


def drawn_map(places: Sequence[Place], size: tuple[float, float] = WIDE_MAP) -> worldmap.WorldMap:
    drawn = worldmap.draw(places, *size)
    assert drawn is not None
    return drawn


@pytest.mark.parametrize("size", SIZES)
def test_every_place_with_coordinates_is_on_the_map(size: tuple[float, float]) -> None:
    places = places_of(sample_reading())
    assert held(drawn_map(places, size)) == {n for n, p in enumerate(places) if p.placed}


def test_the_page_holds_both_maps_and_lists_what_is_on_neither() -> None:
    reading = sample_reading()
    page = page_of(reading)
    for kind in ("wide", "narrow"):
        pins = page.xpath(f".//svg[contains(@class, 'map-{kind}')]//*[contains(@class, 'pin')]")
        shown = {int(pin.get("data-p")) for pin in pins}
        assert shown == {n for n, p in enumerate(places_of(reading)) if p.placed}
    off = page.xpath(".//p[@class='off-map']")[0].text_content()
    assert "Southern Hospital" in off
    assert "Khartoum" in off


def test_a_pin_leads_to_all_mentions_of_its_place() -> None:
    reading = sample_reading()
    places = places_of(reading)
    number = next(n for n, p in enumerate(places) if p.name == "Adré")
    assert len(places[number].mentions) == 3
    page = page_of(reading)
    words = page.xpath(f".//p[@class='restored']//span[@data-p='{number}']")
    assert [w.findtext("del") for w in words] == ["a dray"] * 3


def test_markers_grow_with_claims_and_put_right_names_are_ringed() -> None:
    pins = {pin.text: pin for pin in drawn_map(places_of(sample_reading())).pins}
    assert pins["El Fasher"].radius > pins["Kutum"].radius > pins["Nyala"].radius
    page = page_of(sample_reading())
    ringed = page.xpath(".//svg[contains(@class, 'map-wide')]//g[contains(@class, 'fix')]/@aria-label")
    assert any(label.startswith("Zamzam camp") for label in ringed)
    assert not any(label.startswith("Darfur") for label in ringed)


def test_a_place_far_from_the_story_stands_at_the_frame_with_its_distance() -> None:
    pins = {pin.text: pin for pin in drawn_map(places_of(sample_reading())).pins}
    geneva = next(pin for text, pin in pins.items() if text.startswith("Geneva"))
    assert geneva.arrow is not None
    assert geneva.arrow > 270
    assert geneva.text.endswith(" km")
    assert pins["Nyala"].arrow is None


def test_a_country_is_shown_by_its_name_not_by_a_point() -> None:
    places = [place("Idlib", 35.93, 36.63, 3), place("Hama", 35.13, 36.75), place("Turkey", 39, 35, 1, "country")]
    drawn = drawn_map(places)
    assert [n.text for n in drawn.countries if n.place == 2] == ["Turkey"]
    assert 2 not in {pin.place for pin in drawn.pins}


def test_north_is_up_and_east_is_right() -> None:
    pins = {p.text: p for p in drawn_map([place("A", 10.0, 20.0), place("B", 10.5, 20.7)]).pins}
    assert pins["B"].y < pins["A"].y
    assert pins["B"].x > pins["A"].x


def test_the_scale_bar_is_true() -> None:
    drawn = drawn_map([place("A", 35.0, 36.0), place("B", 35.0, 37.0)])
    pins = {p.text: p for p in drawn.pins}
    km = worldmap.kilometres(place("A", 35.0, 36.0), place("B", 35.0, 37.0))
    assert (pins["B"].x - pins["A"].x) / km == pytest.approx(drawn.bar[0] / drawn.bar[1], rel=0.01)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180), st.integers(0, 6)), min_size=1, max_size=9),
    st.sampled_from(SIZES),
)
def test_no_pin_is_ever_outside_the_map(spots: list[tuple[float, float, int]], size: tuple[float, float]) -> None:
    places = [place(f"P{n}", lat, lon, claims) for n, (lat, lon, claims) in enumerate(spots)]
    drawn = drawn_map(places, size)
    assert held(drawn) == set(range(len(places)))
    for pin in drawn.pins:
        assert 0 <= pin.x <= size[0]
        assert 0 <= pin.y <= size[1]


def test_places_on_both_sides_of_the_date_line_are_neighbours() -> None:
    drawn = drawn_map([place("Suva", -18.14, 178.44), place("Apia", -13.83, -171.76)])
    west, _south, east, _north = drawn.view.box
    assert east - west < 40
    assert drawn.coast


@pytest.mark.parametrize("bad", [math.nan, math.inf, 91.0, -500.0])
def test_coordinates_that_do_not_exist_are_not_drawn(bad: float) -> None:
    base = sample_reading().model_dump()
    for mention in base["mentions"]:
        if mention["name"] == "Kutum":
            mention["lat"] = bad
    kutum = next(p for p in places_of(Reading.model_validate(base)) if p.name == "Kutum")
    assert not kutum.placed


def test_labels_cover_neither_each_other_nor_a_marker() -> None:
    spots = [Spot(60 + 37 * (n % 6), 60 + 29 * (n // 6), 5, f"Village {n}", n) for n in range(24)]
    frame = Rect(0, 0, 400, 260)
    labels = [label for label in place_labels(spots, frame, [], 13) if label]
    assert len(labels) > 8
    markers = [Rect(s.x - s.radius, s.y - s.radius, s.x + s.radius, s.y + s.radius) for s in spots]
    for one, other in itertools.combinations(labels, 2):
        assert not one.box.overlaps(other.box)
    for label in labels:
        assert label.box.inside(frame)
        assert not any(label.box.overlaps(marker) for marker in markers)


def test_the_heaviest_place_gets_its_label_first() -> None:
    spots = [Spot(50, 50, 4, "Little", 1), Spot(52, 50, 4, "Large", 9)]
    labels = place_labels(spots, Rect(0, 30, 110, 70), [], 13)
    assert labels[1] is not None


def test_the_outlines_know_where_countries_are() -> None:
    world = outlines.load()
    inside = {land.name for land in world.land((36.5, 35.8, 36.8, 36.0))}
    assert inside == {"Syria"}
    assert {land.name for land in world.land((35.0, 32.5, 36.5, 33.5))} >= {"Syria", "Lebanon", "Israel", "Jordan"}


def test_ceasefire_lines_are_marked_as_contested() -> None:
    world = outlines.load()
    golan, crimea = (35.5, 32.7, 36.1, 33.3), (33.0, 45.8, 35.0, 46.3)
    assert world.lines(golan)["contested"]
    assert world.lines(crimea)["contested"]
    assert not world.lines((-1.0, 42.0, 1.0, 43.5))["contested"]


def test_the_data_file_is_small_and_says_where_it_is_from() -> None:
    path = Path(outlines.__file__).parent / "data" / "outlines.json"
    assert path.stat().st_size < 1_200_000
    head = json.loads(path.read_text())
    assert "Natural Earth" in head["source"]
    assert head["licence"] == "public domain"


@given(st.lists(st.tuples(st.floats(-30, 30), st.floats(-30, 30)), min_size=3, max_size=12))
def test_a_cut_ring_lies_inside_its_box(ring: list[tuple[float, float]]) -> None:
    cut = outlines.clip_ring(ring, (-10, -10, 10, 10))
    assert all(-10.001 <= x <= 10.001 and -10.001 <= y <= 10.001 for x, y in cut)
    if all(abs(x) <= 10 and abs(y) <= 10 for x, y in ring):
        assert cut == ring


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_outlines", ROOT / "tools" / "make_outlines.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_outlines"] = module
    spec.loader.exec_module(module)
    return module


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=20))
def test_packed_lines_unpack_to_the_same_points(points: list[tuple[float, float]]) -> None:
    maker = tool()
    unpacked = outlines.decode(maker.encode(points), maker.SCALE)
    rounded = [(round(x * maker.SCALE) / maker.SCALE, round(y * maker.SCALE) / maker.SCALE) for x, y in points]
    kept = [p for n, p in enumerate(rounded) if n in {0, len(rounded) - 1} or p != rounded[n - 1]]
    assert unpacked == kept


def test_the_tool_keeps_shared_borders_shared_and_splits_contested_ones(tmp_path: Path) -> None:
    def square(name: str, arcs: list[int]) -> dict[str, Any]:
        return {"type": "Polygon", "arcs": [arcs], "properties": {"name": name}}

    # Two squares, 30 to 36 and 36 to 42 east, 44 to 48 north, with a border along 36, contested from 45 to 46.6.
    border = [[3600, 4400], *[[0, 10]] * 40]
    west = [[3600, 4800], [-600, 0], [0, -400], [600, 0]]
    east = [[3600, 4400], [600, 0], [0, 400], [-600, 0]]
    source = {
        "transform": {"scale": [0.01, 0.01], "translate": [0, 0]},
        "arcs": [border, west, east],
        "objects": {"countries": {"geometries": [square("Russia", [0, 1]), square("Ukraine", [~0, 2])]}},
    }
    maker = tool()
    topology = maker.load(source)
    maker.classify(topology)
    assert sorted(topology.kinds) == ["b", "b", "c", "c", "x"]
    rings = [maker.ring_points(country.polygons[0][0], topology.arcs) for country in topology.countries]
    for ring in rings:
        assert ring[0] == ring[-1]
    simplified = maker.simplify(topology.arcs[topology.kinds.index("b")], "b")
    assert len(simplified) == 2
    data = json.loads(maker.pack(topology))
    assert [c["name"] for c in data["countries"]] == ["Russia", "Ukraine"]
    assert data["countries"][0]["box"] == [30.0, 44.0, 36.0, 48.0]


def test_the_view_keeps_what_belongs_to_the_story() -> None:
    places = places_of(sample_reading())
    core = {p.name for p in worldmap.core_of([p for p in places if p.placed])}
    assert core == {"El Fasher", "Zamzam camp", "Tawila", "Kutum", "Nyala", "Adré", "Darfur"}
    strip = [place("Gaza City", 31.5, 34.47, 5), place("Rafah", 31.29, 34.26, 3), place("Cairo", 30.04, 31.23)]
    assert [p.name for p in worldmap.core_of(strip)] == ["Gaza City", "Rafah"]
    wide = [place("Kherson", 46.64, 32.61), place("Kyiv", 50.45, 30.52), place("Mariupol", 47.1, 37.55, 4)]
    assert len(worldmap.core_of(wide)) == 3
