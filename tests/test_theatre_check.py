"""The checker finds every mistake, and says where it is and how to cure it."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from theatre_samples import FILES, write_theatre
from trucewatch.theatre import TheatreError, load_theatre
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
    ("actors.yaml", "  class: government", "  class: regime", 4, "class of government is 'regime'", "armed_group"),
    ("actors.yaml", "  side: opposition", "  name: Again", 20, "the key name stands twice", "Keep one"),
    ("actors.yaml", "- id: brigade", "- id: front", 26, "id 'front' is taken by actors.yaml line 15", "its own id"),
    ("actors.yaml", "[RU, ir]", "[RU, persia]", 7, "backers of government: there is no actor 'persia'", "ISO code"),
    ("actors.yaml", "[Jabhat Sample]", "Jabhat Sample", 21, "spellings is not a list", "[one, two]"),
    ("actors.yaml", "[Jabhat Sample]", "[Jabhat Sample, 17]", 21, "holds 17, not a text", "in quotes"),
    ("actors.yaml", "[Jabhat Sample]", "[Syrian Army]", 21, "'Syrian Army' belongs to government", "Leave it to one"),
    ("actors.yaml", "represents: SY", "represents: LB", 13, "represents is 'LB'", "theatre's countries"),
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
    ("places.csv", "35.9306,36.6339", '"35,9306","36,6339"', 4, "lat, lon are '35,9306', '36,6339'", "Write a point"),
    ("places.csv", "sy-hmeimim,", "Sy Hmeimim,", 5, "id is 'Sy Hmeimim'", "hyphens, such as sy-hmeimim"),
    ("places.csv", "35.4100,35.9490,exact", "95.4100,35.9490,exact", 5, "lat, lon are '95.4100'", "decimal degrees"),
    ("places.csv", "sy-m5,", ",,,,,,,,,,,,,\nsy-m5,", 6, "the row is empty", "Delete it"),
    ("places.csv", "id,name,kind", "id;name;kind", 1, "parted by semicolons", "CSV with commas"),
    ("places.csv", "id,name,kind", "id\tname\tkind", 1, "parted by tabs", "CSV with commas"),
    ("places.csv", "importance,source", "source,source", 1, "lacks importance", "Use: id,name"),
    ("people.csv", "2000,2024-12-08", "2024-12-08,2000", 2, "ends (2000) before it begins", "Swap"),
    ("people.csv", "2000,2024-12-08", "8/12/2024,", 2, "'8/12/2024' is not a date", "2018-09-17"),
    ("actors.yaml", "[tr, government]", "[tr, goverment]", 30, "no actor 'goverment'", "actors.yaml"),
    ("actors.yaml", "{from: 2012-01, to: 2017}", "{from: 9999-12, to: 9999-12}", 23, "is not a date", "2018-09"),
    ("actors.yaml", "{from: 2012-01, to: 2017}", "2012 to 2017", 23, "valid is not a mapping", "valid: {from"),
    ("actors.yaml", "name: Sample Front", "name: !!python/object:os.system x", 16, "uses the YAML tag !python/", "Take"),
    ("actors.yaml", "name: Sample Front", "name: !!timestamp x", 16, "uses the YAML tag !timestamp", "in quotes"),
    ("actors.yaml", "name: Sample Front", "name: !!int abc", 16, "'abc' cannot be read as int", "in quotes"),
    ("actors.yaml", "name: Sample Front", "name: !!bool maybe", 16, "'maybe' cannot be read as bool", "in quotes"),
    ("actors.yaml", "name: Sample Front", "name: !mine x", 16, "uses the YAML tag !mine", "in quotes"),
    ("actors.yaml", "name: Sample Front", "name: 0x" + "f" * 5000, 16, "cannot be read as int", "in quotes"),
    ("actors.yaml", "[Jabhat Sample]", "!!set {Jabhat}", 21, "uses the YAML tag !set", "Take the word"),
    ("actors.yaml", "name: Sample Front", "name: &x Front\n  note: *x", 16, "repeated by an alias", "indentation"),
    ("actors.yaml", "name: Sample Front", "name: Sam\x07ple", 16, "not YAML (unacceptable character", "indentation"),
    ("actors.yaml", "  name: Sample Front", "   name: Sample Front", 16, "not YAML", "indentation"),
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


@pytest.mark.parametrize(
    ("encoding", "what"), [("latin-1", "byte 0xe9 is not UTF-8"), ("utf-16", "is UTF-16, not UTF-8")]
)
def test_a_file_that_a_spreadsheet_saved_in_another_encoding_is_explained(
    tmp_path: Path, encoding: str, what: str
) -> None:
    folder = write_theatre(tmp_path)
    text = (folder / "people.csv").read_text(encoding="utf-8").replace("Zeina Sample", "Zéina Sample")
    (folder / "people.csv").write_bytes(text.encode(encoding))
    [problem] = [problem for problem in check(folder) if problem.file == "people.csv"]
    assert problem.line == (3 if encoding == "latin-1" else 1)
    assert what in problem.what
    assert "CSV UTF-8" in problem.cure


def test_byte_order_marks_and_windows_line_ends_are_no_mistake(tmp_path: Path) -> None:
    folder = write_theatre(tmp_path)
    for path in folder.rglob("*.*"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert check(folder) == []


def test_a_spreadsheet_saved_with_semicolons_and_decimal_commas_is_one_mistake(tmp_path: Path) -> None:
    folder = write_theatre(tmp_path)
    text = (folder / "places.csv").read_text(encoding="utf-8").replace(".", ",").replace(",", ";")
    (folder / "places.csv").write_text(text, encoding="utf-8-sig")
    [problem] = [problem for problem in check(folder) if problem.file == "places.csv"]
    assert (problem.line, problem.what) == (1, "the cells are parted by semicolons, not by commas")


@pytest.mark.parametrize(
    ("name", "old", "new", "line", "word"),
    [
        ("places.csv", "|Adlib", "|Market", 4, "Market"),
        ("people.csv", "al-Sample", "Hope", 2, "Hope"),
        ("actors.yaml", "[Syrian army, Syrian Arab Army]", "[police]", 8, "police"),
    ],
)
def test_a_spelling_that_is_an_ordinary_word_is_warned_about(
    tmp_path: Path, name: str, old: str, new: str, line: int, word: str
) -> None:
    [problem] = check(write_theatre(tmp_path, {name: (old, new)}))
    assert (problem.level, problem.file, problem.line) == ("warning", name, line)
    assert f"the spelling {word!r} is an ordinary English word" in problem.what


def test_mishearings_lead_somewhere_and_to_one_thing(tmp_path: Path) -> None:
    folder = write_theatre(tmp_path)
    (folder / "mishearings.csv").write_text(
        "heard,id,source\nit lib,sy-idlib,editor\nm fife,sy-m6,editor\nIt lib,sy-m5,editor\n,sy-m5,atlas\n",
        encoding="utf-8",
    )
    assert [(problem.line, problem.level, problem.what) for problem in check(folder)] == [
        (3, "error", "there is no row 'sy-m6'"),
        (4, "warning", "'It lib' is sy-idlib too (line 2)"),
        (5, "error", "heard is empty"),
        (5, "error", "source 'atlas' is not in theatre.yaml"),
    ]


SPOILERS = [
    b"!!timestamp x", b"!!bool q", b"!!int ''", b"!!set {a}", b"!x y", b"&a ", b"*a", b"? ", b"{[", b"<<: {a: 1}", b"9999-12",
    b"\xe9", b"\x00", b"\r", b"\xef\xbb\xbf", b"\xff\xfe", b'"', b"'", b"|", b";", b"\t", b": ", b"- ", b"---\n", b"...\n",
    b"nan", b"1e999", b".inf", b"0b_", b"9" * 5000, b"[1, [2]]", b"null", b"\x85", b"\n\n", b",",
]  # fmt: skip


def test_whatever_befalls_a_file_check_and_load_say_so_and_never_crash(tmp_path: Path) -> None:
    """Seeded, so that a failure comes again. A theatre that cannot be loaded has an error that says why."""
    folder = write_theatre(tmp_path)
    (folder / "mishearings.csv").write_text("heard,id,source\nit lib,sy-idlib,editor\n", encoding="utf-8")
    (folder / "generic.yaml").write_text("- {phrase: the rebels, role: opposition}\n", encoding="utf-8")
    whole = {path: path.read_bytes() for path in sorted(folder.rglob("*.*"))}
    chance, noticed = Random(7), 0
    for round_ in range(150):
        path = chance.choice(list(whole))
        data = bytearray(whole[path])
        at = chance.randrange(len(data))
        if round_ % 3 == 0:
            data[at] = chance.randrange(256)
        elif round_ % 3 == 1:
            data[at : at + chance.choice([0, 4, 12])] = chance.choice(SPOILERS)
        else:
            del data[at : at + chance.randrange(1, 40)]
        path.write_bytes(bytes(data))
        problems = check(folder)
        assert all(problem.line or "nested" in problem.what for problem in problems), "\n".join(map(str, problems))
        noticed += bool(problems)
        try:
            load_theatre(folder)
        except TheatreError:
            assert any(problem.level == "error" for problem in problems), bytes(data)
        path.write_bytes(whole[path])
    assert noticed > 75


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


def test_letters_tell_that_an_actor_is_the_worlds(tmp_path: Path) -> None:
    row = (
        "- {id: binuh, name: UN Integrated Office, kind: organisation, class: un, acronyms: [BINUH], source: editor}\n"
    )
    folder = write_theatre(tmp_path)
    with (folder / "actors.yaml").open("a", encoding="utf-8") as file:
        file.write(row)
    assert check(folder) == []
    (folder / "actors.yaml").write_text(FILES["actors.yaml"] + row.replace("[BINUH]", "[UNIO]"), encoding="utf-8")
    [problem] = check(folder)
    assert "the id 'binuh' is BINUH's in the built-in world" in problem.what


@pytest.mark.parametrize("broken", ["  name: [Sample\n", "nothing: here\n"])
def test_a_file_that_cannot_be_read_is_one_mistake_not_one_for_each_row_that_names_it(
    tmp_path: Path, broken: str
) -> None:
    folder = write_theatre(tmp_path)
    (folder / "mishearings.csv").write_text("heard,id,source\nthe fun,front,editor\n", encoding="utf-8")
    (folder / "actors.yaml").write_text(broken, encoding="utf-8")
    [problem] = check(folder)
    assert problem.file == "actors.yaml"
    (folder / "actors.yaml").write_text(FILES["actors.yaml"], encoding="utf-8")
    (folder / "mishearings.csv").write_text("heard,id,source\nit lib,sy-idlib,editor\n", encoding="utf-8")
    (folder / "places.csv").write_text(FILES["places.csv"].replace(",", ";"), encoding="utf-8")
    [problem] = check(folder)
    assert problem.file == "places.csv"


@pytest.mark.parametrize(
    ("name", "saved_as", "cure"),
    [
        ("actors.yaml", "actors.yaml.txt", "under the name actors.yaml."),
        ("actors.yaml", "actors.rtf", "under the name actors.yaml."),
        ("actors.yaml", "Actors.yml", "under the name actors.yaml."),
        ("places.csv", "places.xlsx", "under the name places.csv."),
        (AGREEMENT, f"{AGREEMENT}.txt", "ends in .yaml and nothing more"),
        (AGREEMENT, "agreements/sochi.csv", "ends in .yaml and nothing more"),
    ],
)
def test_a_file_that_was_saved_under_another_ending_is_told(
    tmp_path: Path, name: str, saved_as: str, cure: str
) -> None:
    folder = write_theatre(tmp_path)
    (folder / "README.txt").write_text("what this is", encoding="utf-8")
    (folder / "agreements" / "SAMPLE.txt").write_text("a sample", encoding="utf-8")
    assert check(folder) == []
    (folder / name).rename(folder / saved_as)
    [problem] = check(folder)
    assert (problem.file, problem.level, problem.what) == (saved_as, "warning", "is not read")
    assert cure in problem.cure
    (folder / name).write_text(FILES[name], encoding="utf-8")
    told = [problem.file for problem in check(folder)]
    assert told == ([saved_as] if saved_as.endswith((".yaml.txt", ".csv")) else []), (
        "a copy beside the file is no mistake"
    )


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
