"""The checker finds every mistake, and says where it is and how to cure it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from theatre_samples import FILES, write_theatre
from trucewatch.theatre.check import check
from trucewatch.theatre.commands import theatre


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.delenv("TRUCEWATCH_THEATRES", raising=False)


def test_a_correct_theatre_has_no_problem(tmp_path: Path) -> None:
    assert check(write_theatre(tmp_path)) == []


AGREEMENT = "agreements/sochi-sample.yaml"

MISTAKES = [
    # file, old, new, line, what, cure
    ("theatre.yaml", "theatre/1", "theatre/2", 1, "format is", "trucewatch.theatre/1"),
    ("theatre.yaml", "note: For tests.", "notes: For tests.", 9, "unknown key 'notes'", "Known keys: format"),
    ("theatre.yaml", "2011-03-15", "2011-13-15", 4, "'2011-13-15' is not a date", "2018-09-17"),
    ("theatre.yaml", "to: null}", "to: 2010}", 4, "ends (2010) before it begins", "Swap"),
    ("theatre.yaml", "[SY]", "[Syria]", 5, "country is 'Syria'", "ISO 3166"),
    ("theatre.yaml", "[barrel bomb]", "[Barrel bomb]", 7, "not in lower case", "'barrel bomb'"),
    ("theatre.yaml", "editors' knowledge", "''", 8, "source editor says nothing", "licence"),
    ("places.csv", "precision,country", "precisely,country", 1, "the header lacks precision", "Use: id,name"),
    ("places.csv", "sy-idlib-province,", "SY Idlib,", 2, "id is 'SY Idlib'", "lower-case letters"),
    ("places.csv", "sy-hmeimim,", "sy-idlib,", 5, "id 'sy-idlib' is taken by places.csv line 4", "its own id"),
    ("places.csv", ",Hmeimim,facility", ",,facility", 5, "name is empty", "English name"),
    ("places.csv", "facility,base", "facility,village", 5, "feature of a facility is 'village'", "base, airport"),
    ("places.csv", "road,road", "street,road", 6, "kind is 'street'", "place, facility, road"),
    ("places.csv", "35.4100,35.9490,exact", "35.4100,35.9490,precise", 5, "precision is 'precise'", "exact, town"),
    ("places.csv", "SY,Idlib province,3", "SY,Idlib province,9", 4, "importance is '9'", "1, 2, 3"),
    ("places.csv", "Idlib province,3", "Idlib,3", 4, "admin1 'Idlib' is no unit of SY", "Aleppo province, Idlib"),
    ("places.csv", "geonames,\nsy-al", "atlas,\nsy-al", 2, "source 'atlas' is not in theatre.yaml", "editor, geonames"),
    ("places.csv", "|Adlib", "|Khmeimim", 5, "'Khmeimim' belongs to sy-idlib (places.csv line 4)", "Leave it to one"),
    ("places.csv", "|Adlib", ";Adlib", 4, "looks like a list", "with | in a CSV"),
    ("places.csv", "35.9306,36.6339", "36.6339,5.9306", 4, "at 36.6339, 5.9306 lies outside SY", "32.4 and 37.2 north"),
    ("places.csv", "35.9306,36.6339", "3.59306,36.6339", 4, "lies outside SY", "35 and 43 east"),
    ("places.csv", "35.9306,36.6339", "N35,E36", 4, "lat, lon are 'N35', 'E36'", "decimal degrees"),
    ("places.csv", "35.4100,35.9490,exact,SY", "35.4100,35.9490,exact,Syria", 5, "country is 'Syria'", "ISO 3166"),
    ("places.csv", "M5 highway,", "M5, highway,", 6, "15 cells where the header has 14", "Quote cells"),
    ("places.csv", "Khmeimim,", '"Khmeimim,', 5, "not CSV", "Close every quote"),
    ("actors.yaml", "  side: government", "  sides: government", 6, "unknown key 'sides'", "side"),
    ("actors.yaml", "  class: government", "  class: regime", 1, "class of government is 'regime'", "armed_group"),
    ("actors.yaml", "  side: opposition", "  name: Again", 20, "the key name stands twice", "Keep one"),
    ("actors.yaml", "- id: brigade", "- id: front", 26, "id 'front' is taken by actors.yaml line 15", "its own id"),
    ("actors.yaml", "[RU, ir]", "[RU, persia]", 1, "backers of government: there is no actor 'persia'", "ISO code"),
    ("actors.yaml", "[Jabhat Sample]", "Jabhat Sample", 21, "spellings is not a list", "[one, two]"),
    ("actors.yaml", "[Jabhat Sample]", "[Jabhat Sample, 17]", 21, "holds 17, not a text", "in quotes"),
    ("actors.yaml", "[Jabhat Sample]", "[Syrian Army]", 15, "'Syrian Army' belongs to government", "Leave it to one"),
    ("actors.yaml", "represents: SY", "represents: LB", 1, "represents is 'LB'", "theatre's countries"),
    ("actors.yaml", "to: brigade,", "to: nobody,", 24, "links: there is no actor 'nobody'", "actors.yaml"),
    ("actors.yaml", "kind: merged_into", "kind: joined", 24, "kind of a link is 'joined'", "merged_into"),
    ("actors.yaml", "{from: 2012-01, to: 2017}", "{from: 2018, to: 2017}", 23, "ends (2017) before", "Swap"),
    ("actors.yaml", "  name: Russia", "  name: Rhodes", 32, "the id 'ru' is Russia's in the built-in", "another id"),
    ("people.csv", "leader,government", "leader,kingdom", 2, "actor: there is no actor 'kingdom'", "actors.yaml"),
    ("people.csv", "leader,government", "king,government", 2, "role is 'king'", "leader, official"),
    ("people.csv", "Al Jazeera English", "", 3, "a correspondent without outlet", "Name the outlet"),
    ("people.csv", ",2011,,editor", ",June 2011,,editor", 3, "'June 2011' is not a date", "2018-09"),
    (AGREEMENT, "id: sochi-sample", "id: sochi", 1, "id is 'sochi', the file 'sochi-sample'", "same name"),
    (AGREEMENT, "[government, RU]", "[governments, RU]", 5, "there is no actor 'governments'", "ISO code"),
    (AGREEMENT, "2018-09-17", "17.9.2018", 4, "is not a date", "2018-09-17"),
    (AGREEMENT, "source: editor", "source: treaty", 6, "source 'treaty' is not", "under `sources`"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "line", "what", "cure"), MISTAKES)
def test_a_mistake_is_found_with_file_line_and_cure(
    tmp_path: Path, name: str, old: str, new: str, line: int, what: str, cure: str
) -> None:
    problems = check(write_theatre(tmp_path, {name: (old, new)}))
    found = [p for p in problems if p.file == name and p.line == line and what in p.what and cure in p.cure]
    assert found, "\n".join(map(str, problems))
    assert found[0].level == "error"


def test_a_place_nearer_to_another_province_is_warned_about(tmp_path: Path) -> None:
    folder = write_theatre(tmp_path, {"places.csv": ("35.9306,36.6339", "36.2100,38.0100")})
    [problem] = check(folder)
    assert (problem.level, problem.file, problem.line) == ("warning", "places.csv", 4)
    assert "Idlib lies 126 km from its Idlib province, but 46 km from Aleppo province" in problem.what


def test_an_actor_that_the_world_has_should_use_its_id(tmp_path: Path) -> None:
    folder = write_theatre(tmp_path, {"actors.yaml": ("  name: Sample Brigade", "  name: Hezbollah")})
    [problem] = check(folder)
    assert problem.level == "warning"
    assert "the built-in world has Hezbollah under the id 'hezbollah'" in problem.what


def test_every_mistake_is_told_not_only_the_first(tmp_path: Path) -> None:
    folder = write_theatre(tmp_path, {"places.csv": ("road,road", "street,road"), "people.csv": ("leader,", "king,")})
    assert {problem.file for problem in check(folder)} == {"places.csv", "people.csv"}


@pytest.mark.parametrize("name", [name for name in FILES if name != "theatre.yaml"])
def test_garbage_in_any_file_is_a_problem_and_no_crash(tmp_path: Path, name: str) -> None:
    folder = write_theatre(tmp_path)
    for garbage in (
        b"\xff\xfe\x00",
        b"a\x00b",
        b"[" * 5000,
        b"- [\n- {",
        b"&a [*a, *a]",
        b"{}",
        b"- 1\n- x",
        b'"\n\n',
        b"\x85",
    ):
        (folder / name).write_bytes(garbage)
        assert any(problem.file == name for problem in check(folder)), garbage[:20]


def test_the_command_prints_problems_and_fails(tmp_path: Path) -> None:
    folder = write_theatre(tmp_path, {"places.csv": ("road,road", "street,road")})
    result = CliRunner().invoke(theatre, ["check", str(folder)])
    assert result.exit_code == 1
    assert f"{folder / 'places.csv'}:6: error: kind is 'street'. Use one of: place, facility, road." in result.output
    good = CliRunner().invoke(theatre, ["check", str(write_theatre(tmp_path / "good"))])
    assert good.exit_code == 0
    assert "no mistakes found" in good.output


def test_warnings_fail_only_when_strict(tmp_path: Path) -> None:
    folder = write_theatre(tmp_path, {"places.csv": ("35.9306,36.6339", "36.2100,38.0100")})
    assert CliRunner().invoke(theatre, ["check", str(folder)]).exit_code == 0
    strict = CliRunner().invoke(theatre, ["check", "--strict", "--json", str(folder)])
    assert strict.exit_code == 1
    assert json.loads(strict.output)[str(folder)][0]["line"] == 4


def test_list_and_show_tell_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUCEWATCH_THEATRES", str(write_theatre(tmp_path)))
    listed = json.loads(CliRunner().invoke(theatre, ["list", "--json"]).output)
    [sample] = [row for row in listed if row["id"] == "sample"]
    assert (sample["places"], sample["actors"], sample["people"], sample["agreements"]) == (5, 4, 2, 1)
    shown = CliRunner().invoke(theatre, ["show", "sample", "idleb"])
    assert "Idlib  [place] sample:sy-idlib  35.9306, 36.6339" in shown.output
    nothing = CliRunner().invoke(theatre, ["show", "sample", "atlantis"])
    assert nothing.exit_code == 1
    assert "nothing in sample is written like 'atlantis'" in nothing.output
    assert CliRunner().invoke(theatre, ["show", "nowhere"]).exit_code == 1
    assert CliRunner().invoke(theatre, ["check"]).exit_code == 2
