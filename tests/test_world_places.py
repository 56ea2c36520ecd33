"""Towns that no theatre knows: named where enough speaks for them, left alone where they may be something else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import pytest

from trucewatch.reading import worldplaces as step
from trucewatch.reading.document import Document
from trucewatch.reading.lexicon import Lexicon
from trucewatch.reading.model import Mention
from trucewatch.reading.pipeline import STEPS, Pipeline
from trucewatch.theatre import load_theatre, world
from trucewatch.theatre.geonames import import_country
from trucewatch.theatre.index import WorldPlace
from trucewatch.transcript import from_text

TRAIN = Path(__file__).parents[1] / "benchmarks" / "gold" / "train"


@pytest.fixture(autouse=True)
def _own_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    opened = step.gazetteer  # a test may put another in its place
    opened.cache_clear()
    yield
    opened.cache_clear()


@lru_cache(maxsize=1)
def small() -> Lexicon:
    """Syria and the world's states alone, so that towns stay unknown whatever is added to the built-in world."""
    states = tuple(e for e in world().entities if e.feature == "country" or e.klass == "state")
    return Lexicon([load_theatre("syria")], replace(world(), entities=states, digest="0" * 64))


def found(text: str, theatre: str | None = None) -> dict[str, Mention]:
    """What the gazetteer named in a text, by the words heard; the step ``sounds`` is left out, since its judge may change."""
    mentions = Pipeline(small(), off=frozenset({"sounds"})).read(from_text(text), theatre).mentions
    return {m.heard.lower(): m for m in mentions if (m.entity_id or "").startswith("geonames:")}


def import_places(folder: Path, *rows: tuple[int, str, str]) -> None:
    """Import a GeoNames file of Syrian places: (number, name, class and code)."""
    lines = []
    for number, name, feature in rows:
        kind, code = feature.split(".")
        cells = [str(number), name, name, "", "35.5", "36.5", kind, code, "SY", "", "12", "", "", "", "0", "", "300"]
        lines.append("\t".join([*cells, "Asia/Damascus", "2020-01-01"]) + "\n")
    path = folder / "SY.txt"
    path.write_text("".join(lines), encoding="utf-8")
    import_country(path)


def test_a_town_that_no_theatre_knows_is_a_place_with_coordinates_and_reasons() -> None:
    leeds = found("a flood in leeds has closed two schools the police in britain say nobody was hurt")["leeds"]
    assert (leeds.name, leeds.kind, leeds.entity_id, leeds.recovered) == ("Leeds", "place", "geonames:2644688", False)
    assert leeds.lat == pytest.approx(53.8, abs=0.1)
    assert leeds.lon == pytest.approx(-1.55, abs=0.1)
    assert leeds.precision == "town"
    assert {"gazetteer", "country", "population", "namesakes"} <= {e.kind for e in leeds.why}
    assert 0.5 <= leeds.confidence <= step.MOST


def test_several_words_that_spell_one_place_are_one_name() -> None:
    assert list(found("democrats debate in des moines tonight")) == ["des moines"]


def test_a_name_of_a_theatre_stays_that_theatres() -> None:
    text = "in homs and in leipzig people marched"
    names = {m.heard: m.entity_id for m in Pipeline(small()).read(from_text(text), "syria").mentions}
    assert (names["homs"], names["leipzig"]) == ("syria:sy-homs", "geonames:2879139")


def test_the_state_after_a_town_tells_which_of_its_namesakes_is_meant() -> None:
    illinois = found("the court in springfield illinois has ruled")["springfield"]
    massachusetts = found("the court in springfield massachusetts has ruled")["springfield"]
    assert illinois.entity_id == "geonames:4250542"
    assert massachusetts.entity_id == "geonames:4951788"
    assert "the state named after it is its own" in {e.detail for e in massachusetts.why}


def test_of_namesakes_the_one_in_the_country_at_hand_is_meant_else_the_most_populous(tmp_path: Path) -> None:
    import_places(tmp_path, (900_000_001, "Leicester", "P.PPL"))
    text = "fighters in leicester have given up"
    assert found(text)["leicester"].entity_id == "geonames:2644668"
    at_hand = found(f"homs and aleppo are quiet {text}", "syria")["leicester"]
    assert at_hand.entity_id == "geonames:900000001"
    assert "Syria is the country at hand" in {e.detail for e in at_hand.why}
    assert [c.entity_id for c in at_hand.candidates][:1] == ["geonames:2644668"]


def test_where_namesakes_are_as_good_as_tied_no_one_of_them_is_sure() -> None:
    village = found("Ukraine says the army has left. Troops in Ukraine shelled the village of Novoselivka.")
    assert village["novoselivka"].confidence <= step.TIED
    assert max(c.confidence for c in village["novoselivka"].candidates) <= village["novoselivka"].confidence


def test_places_of_an_imported_country_file_are_named(tmp_path: Path) -> None:
    text = "the army has left homs and shelled the village of deir zumran near zumurrad"
    assert not found(text, "syria")
    import_places(tmp_path, (900_000_002, "Deir Zumran", "P.PPL"), (900_000_003, "Zumurrad", "S.AIRB"))
    step.gazetteer.cache_clear()
    named = found(text, "syria")
    assert {heard: m.kind for heard, m in named.items()} == {"deir zumran": "place", "zumurrad": "facility"}


@pytest.mark.parametrize(
    "text",
    [
        "the truce was signed in august and broken in march",  # months
        "men are dying in defiance of the truce and in the north",  # ordinary words
        "President Jackson spoke. In Jackson the truce is dead.",  # a person
        "In Jackson's view the truce is dead.",
        "a camera in mary colvin had it all",
        "you, helen. in north carolina, a storm and in texas too",  # not the towns called so
        "a love story in hollywood and a vote in congress",
        "he lives in houston street",  # a piece of a longer name
        "They met in leipzig and in Oslo, where the king was.",  # no capital where the text has capitals
    ],
)  # fmt: skip
def test_what_may_be_something_else_is_left_alone(text: str) -> None:
    assert not found(text)


def test_a_text_that_has_nothing_to_look_up_does_not_open_the_gazetteer(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise AssertionError("opened")

    monkeypatch.setattr(step, "gazetteer", fail)
    assert not found("the army says it has taken the town and the road")
    with pytest.raises(AssertionError, match="opened"):
        found("police in leipzig say so")


def test_the_step_can_be_left_out() -> None:
    reading = Pipeline(small(), off=frozenset({"worldplaces"})).read(from_text("police in leipzig say nobody was hurt"))
    assert "leipzig" not in {m.heard for m in reading.mentions}


def test_names_found_before_are_kept_and_none_overlap() -> None:
    added = 0
    for path in sorted(TRAIN.glob("*.txt"))[::8]:
        doc = Document(from_text(path.read_text(encoding="utf-8")), small())
        for name in ("words", "numbers", "names"):
            doc = STEPS[name](doc)
        before = list(doc.names)
        doc = STEPS["worldplaces"](doc)
        assert [n for n in doc.names if n in before] == before
        assert all(a.last < b.first for a, b in pairwise(doc.names))
        added += len(doc.names) - len(before)
    assert added


@pytest.mark.parametrize(
    ("feature", "people", "expected"),
    [
        ("P.PPL", 900, ("place", "town", "town")),
        ("P.PPLA", 900_000, ("place", "city", "town")),
        ("P", 20_000, ("place", "town", "town")),
        ("A.ADM1", 0, ("place", "province", "region")),
        ("A.ADM2", 0, ("place", "district", "district")),
        ("S.AIRB", 0, ("facility", "facility", "exact")),
        ("T.MT", 0, ("place", "feature", "exact")),
    ],
)
def test_geonames_features_are_read_as_kinds_of_place(feature: str, people: int, expected: tuple[str, ...]) -> None:
    entity = step.entity_of(WorldPlace(7, "Sample", "", "SY", "12", 35.5, 36.5, people, feature))
    assert (entity.kind, entity.feature, entity.precision) == expected
    assert (entity.id, entity.country, entity.lat, entity.lon) == ("geonames:7", "SY", 35.5, 36.5)
