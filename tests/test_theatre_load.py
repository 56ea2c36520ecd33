"""Theatres load: from anywhere, merged with the world, the same bytes always the same theatre."""

from __future__ import annotations

import json
import os
import stat
import time
from datetime import date
from pathlib import Path

import pytest

from theatre_samples import FILES, write_theatre
from trucewatch.theatre import TheatreError, available, load_theatre, unite, world
from trucewatch.theatre import load as load_module
from trucewatch.theatre.check import check


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.delenv("TRUCEWATCH_THEATRES", raising=False)


def test_every_kind_of_row_becomes_its_kind_of_entity(tmp_path: Path) -> None:
    sample = load_theatre(write_theatre(tmp_path))
    kinds = {entity.id: entity.kind for entity in sample.entities}
    assert kinds["sample:sy-idlib"] == "place"
    assert kinds["sample:sy-hmeimim"] == "facility"
    assert kinds["sample:sy-m5"] == "road"
    assert kinds["sample:government"] == "actor"
    assert kinds["sample:hafez-sample"] == "person"
    assert kinds["sample:sochi-sample"] == "agreement"
    idlib = sample.by_id["sample:sy-idlib"]
    assert idlib.spellings == ("Idlib", "Idleb", "Adlib")
    assert (idlib.lat, idlib.lon, idlib.precision, idlib.local_name) == (35.9306, 36.6339, "town", "إدلب")


def test_references_become_full_ids_of_the_theatre_or_of_the_world(tmp_path: Path) -> None:
    sample = load_theatre(write_theatre(tmp_path))
    assert sample.by_id["sample:government"].backers == ("world:ru", "world:ir")
    assert sample.by_id["sample:brigade"].backers == ("world:tr", "sample:government")
    assert sample.by_id["sample:sochi-sample"].parties == ("sample:government", "world:ru")
    assert sample.by_id["sample:hafez-sample"].actor == "sample:government"


def test_a_row_with_a_world_id_adds_to_the_worlds_entity(tmp_path: Path) -> None:
    sample = load_theatre(write_theatre(tmp_path))
    russia, plain = sample.by_id["world:ru"], world().by_id["world:ru"]
    assert "sample:ru" not in sample.by_id
    assert russia.forces[0] == "Russian Sample Group", "the theatre's own come first"
    assert set(plain.forces) < set(russia.forces)
    assert russia.capitals == plain.capitals == ("Moscow", "Moskva")
    assert russia.adjectives == ("Russian",)
    assert (russia.theatre, russia.generic) == ("sample", ("the ally",))
    assert plain.generic == (), "the world itself is left as it was"


def test_theatres_unite_into_one_entity_an_id(tmp_path: Path) -> None:
    united = unite([load_theatre(write_theatre(tmp_path)), world()])
    assert united["world:ru"].forces[0] == "Russian Sample Group"
    assert "Kremlin" in united["world:ru"].forces
    assert united["sample:sy-idlib"].name == "Idlib"


def test_a_year_or_month_is_its_first_day_and_as_an_end_its_last(tmp_path: Path) -> None:
    front = load_theatre(write_theatre(tmp_path)).by_id["sample:front"]
    assert (front.valid_from, front.valid_to) == (date(2012, 1, 1), date(2017, 12, 31))


def test_yaml_takes_norway_for_a_country_and_a_date_for_text(tmp_path: Path) -> None:
    folder = write_theatre(tmp_path, {"actors.yaml": ("backers: [RU, ir]", "backers: [NO]")})
    assert load_theatre(folder).by_id["sample:government"].backers == ("world:no",)


def test_the_digest_changes_with_any_byte_and_with_a_name(tmp_path: Path) -> None:
    folder = write_theatre(tmp_path)
    digests = {load_theatre(folder).digest}
    assert digests == {load_theatre(folder).digest}, "the same bytes have the same digest"
    for name in FILES:
        path = folder / name
        whole = path.read_bytes()
        path.write_bytes(whole + b"\n")
        digests.add(load_theatre(folder).digest)
        path.write_bytes(whole)
    agreement = folder / "agreements" / "sochi-sample.yaml"
    agreement.rename(agreement.with_name("sochi-other.yaml"))
    digests.add(load_theatre(folder).digest)
    assert len(digests) == 1 + len(FILES) + 1


def test_files_that_are_no_data_do_not_count(tmp_path: Path) -> None:
    folder = write_theatre(tmp_path)
    digest = load_theatre(folder).digest
    (folder / "README.md").write_text("about", encoding="utf-8")
    (folder / ".places.csv").write_text("an editor's leavings", encoding="utf-8")
    assert load_theatre(folder).digest == digest


def test_users_folders_are_found_and_win_over_shipped_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_theatre(tmp_path / "mine")
    monkeypatch.setenv("TRUCEWATCH_THEATRES", os.pathsep.join([str(tmp_path / "mine"), str(tmp_path / "nowhere")]))
    with pytest.warns(UserWarning, match="nowhere"):
        found = available()
    assert found["sample"] == folder
    monkeypatch.setenv("TRUCEWATCH_THEATRES", str(folder))
    assert load_theatre("sample").title == "A sample"


def test_other_packages_add_theatres_and_a_broken_one_only_warns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_theatre(tmp_path)

    class Point:
        def __init__(self, name: str, target: object) -> None:
            self.name, self.value, self.target = name, f"package:{name}", target

        def load(self) -> object:
            if isinstance(self.target, Exception):
                raise self.target
            return self.target

    points = (Point("function", lambda: folder), Point("broken", ImportError("no such module")))
    monkeypatch.setattr(load_module, "_entry_points", lambda: points)
    with pytest.warns(UserWarning, match=r"broken.*no such module"):
        assert available()["sample"] == folder


def test_an_unknown_theatre_names_those_there_are() -> None:
    with pytest.raises(TheatreError, match=r"no theatre 'nowhere'.*world"):
        load_theatre("nowhere")


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("places.csv", "35.9306", "north", r"places\.csv, line 4: lat is 'north'.*decimal degrees"),
        (
            "places.csv",
            ",facility,base,",
            ",castle,base,",
            r"places\.csv, line 5: kind is 'castle'.*place, facility, road",
        ),
        ("places.csv", "M5 highway,", "M5, highway,", r"places\.csv, line 6: 15 cells where the header has 14"),
        ("places.csv", "importance,", "weight,", r"places\.csv, line 1: the header lacks importance"),
        ("actors.yaml", "  name: Syrian government", "  name: [Syrian", r"actors\.yaml, line \d+: not YAML"),
        ("actors.yaml", "2012-01,", "soon,", r"actors\.yaml: 'soon' is not a date.*2018-09-17"),
        ("theatre.yaml", "id: sample", "id: other", r"theatre\.yaml: id is 'other' in folder 'sample'"),
        ("theatre.yaml", "theatre/1", "theatre/9", r"Write `format: trucewatch.theatre/1`"),
        ("actors.yaml", "backers: [RU, ir]", "backers: &a [*a]", r"actors\.yaml: uses a YAML alias"),
    ],
)
def test_a_theatre_that_cannot_be_used_says_where_and_how_to_cure_it(
    tmp_path: Path, name: str, old: str, new: str, message: str
) -> None:
    with pytest.raises(TheatreError, match=message):
        load_theatre(write_theatre(tmp_path, {name: (old, new)}))


def test_bytes_that_are_not_utf8_are_named_by_line(tmp_path: Path) -> None:
    folder = write_theatre(tmp_path)
    (folder / "people.csv").write_bytes(
        FILES["people.csv"].encode() + "x,Caf\xe9,leader,,,,,,editor,\n".encode("latin-1")
    )
    with pytest.raises(TheatreError, match=r"people\.csv, line 4: byte 0xe9 is not UTF-8"):
        load_theatre(folder)


def test_a_cache_is_used_checked_and_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_theatre(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    before = load_theatre(folder).entities
    kept = list((tmp_path / "cache" / "trucewatch").rglob("*.json"))
    assert any("Syrian government" in path.read_text() for path in kept), "the parsed YAML was kept"

    def again() -> object:
        monkeypatch.setattr(load_module, "_loaded", {})
        return load_theatre(folder).entities

    assert again() == before, "read back from the cache"
    for path in kept:
        path.write_text("{broken")
    assert again() == before, "a broken cache is ignored"
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert again() == before, "no cache, same theatre"


@pytest.mark.parametrize("name", sorted(path.parent.name for path in load_module.SHIPPED.glob("*/theatre.yaml")))
def test_every_shipped_theatre_loads(name: str) -> None:
    loaded = load_theatre(name)
    assert loaded.entities
    assert all(entity.source for entity in loaded.entities), "every row names a source"
    assert {entity.source for entity in loaded.entities} <= {*loaded.sources, *world().sources}


def test_the_world_passes_its_own_check() -> None:
    assert check(load_module.SHIPPED / "world") == []


def test_the_world_holds_what_news_names() -> None:
    entities = world().by_id
    assert entities["world:us"].capitals[0] == "Washington"
    assert {"White House", "Pentagon"} <= set(entities["world:us"].forces)
    assert entities["world:tr"].peoples == ("Turks",)
    assert "Kiev" in entities["world:ua"].capitals
    assert entities["world:islamic-state"].kind == "actor"
    assert {"ISIL", "ISIS", "Daesh"} <= set(entities["world:islamic-state"].spellings)
    assert entities["world:nato"].kind == "actor"
    assert entities["world:unicef"].kind == "organisation"
    assert entities["world:red-sea"].kind == "place"
    assert world().generic["the rebels"] == "opposition"
    states = [entity for entity in entities.values() if entity.klass == "state"]
    people = [entity for entity in entities.values() if entity.kind == "person"]
    assert len(states) >= 195
    assert len(people) >= 250
    assert all(f"{state.id}-country" in entities for state in states)


def test_a_theatre_from_the_cache_loads_faster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ratio, both sides measured here and now in processor time, so that a busy machine changes neither verdict."""
    names = list(available())[:6]

    def loaded() -> float:
        monkeypatch.setattr(load_module, "_loaded", {})
        start = time.process_time()
        for name in names:
            load_theatre(name)
        return time.process_time() - start

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    fresh = loaded()
    kept = min(loaded() for _ in range(3))
    assert kept < fresh / 1.4, f"{fresh:.3f} s fresh, {kept:.3f} s from the cache"


def test_the_cache_holds_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    load_theatre(write_theatre(tmp_path))
    for path in (tmp_path / "cache").rglob("*"):
        if path.is_file():
            json.loads(path.read_bytes())
            assert not stat.S_IMODE(path.stat().st_mode) & stat.S_IWOTH
