"""A theatre of one's own: begun by a command, found without a setting, brought by a package, used by a reading."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from theatre_samples import write_theatre
from trucewatch.theatre import TheatreError, available, load_theatre
from trucewatch.theatre.check import check
from trucewatch.theatre.commands import theatre
from trucewatch.theatre.names import everyday_words, fold
from trucewatch.theatre.new import Wanted, write_new

SAMPLE = Path(__file__).parent / "data" / "geonames" / "HT.txt"
HAITI = [SAMPLE]


@pytest.fixture(autouse=True)
def users(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the user's theatres."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("TRUCEWATCH_THEATRES", raising=False)
    return tmp_path / "home" / "trucewatch" / "theatres"


def new(*arguments: object) -> Result:
    return CliRunner().invoke(theatre, ["new", *map(str, arguments)])


def places(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "places.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def geonames_line(number: int, name: str, code: str, lat: float, lon: float, people: int = 0, others: str = "") -> str:
    klass, _, code = code.partition(".")
    cells = [str(number), name, name, others, str(lat), str(lon), klass, code, "HT", "", "11", "", "", "", str(people)]
    return "\t".join([*cells, "", "1", "America/Port-au-Prince", "2026-01-01"])


# ---------------------------------------------------------------- what is written


def test_a_new_theatre_has_no_mistakes_and_is_found_without_any_setting(users: Path) -> None:
    done = new("haiti", "--from-geonames", SAMPLE, "--from-date", "2018-07")
    assert done.exit_code == 0, done.output
    assert str(users / "haiti") in done.output
    assert "no mistakes found" in done.output
    assert check(users / "haiti") == []
    assert available()["haiti"] == users / "haiti"
    haiti = load_theatre("haiti")
    assert (haiti.title, haiti.countries, haiti.languages) == ("Haiti", ("HT",), ("ht", "fr"))
    assert str(haiti.period[0]) == "2018-07-01"
    assert "CC BY 4.0" in haiti.sources["geonames"]
    assert "HT.txt (SHA-256 " in haiti.sources["geonames"]


def test_what_news_names_is_taken_with_what_it_is(tmp_path: Path) -> None:
    rows = places(write_new("haiti", Wanted(HAITI, into=tmp_path)).folder)
    kinds = {identity: (row["kind"], row["feature"], row["precision"]) for identity, row in rows.items()}
    assert kinds["ht-artibonite"] == ("place", "province", "region")
    assert kinds["ht-port-au-prince"] == ("place", "city", "town")
    assert kinds["ht-kenscoff"] == ("place", "town", "town")
    assert kinds["ht-cite-soleil"] == ("place", "neighbourhood", "district")
    assert kinds["ht-peligre-dam"] == ("facility", "dam", "exact")
    assert kinds["ht-malpasse"] == ("facility", "border_crossing", "exact")
    assert kinds["ht-route-nationale-1"] == ("road", "road", "region")
    assert (rows["ht-jacmel"]["lat"], rows["ht-jacmel"]["lon"]) == ("18.2300", "-72.5400")
    assert (rows["ht-port-au-prince"]["importance"], rows["ht-kenscoff"]["importance"]) == ("3", "1")
    assert {row["source"] for row in rows.values()} == {"geonames"}
    assert rows["ht-jacmel"]["note"] == "GeoNames 9900015"
    assert not {"ht-ecole-exemple", "ht-republic-of-haiti", "ht-vieux-bourg"} & rows.keys(), (
        "a school, the state, a ruin"
    )


def test_units_go_by_their_own_names_and_places_name_them(tmp_path: Path) -> None:
    rows = places(write_new("haiti", Wanted(HAITI, into=tmp_path)).folder)
    assert rows["ht-artibonite"]["name"] == "Artibonite", "not 'Département de l'Artibonite'"
    assert "Artibonite department" in rows["ht-artibonite"]["spellings"].split("|")
    assert rows["ht-gonaives"]["admin1"] == "Artibonite"
    assert rows["ht-centre-department"]["name"] == "Centre department", "'centre' alone is an English word"
    assert rows["ht-hinche"]["admin1"] == "Centre department"
    assert rows["ht-artibonite-river"]["admin1"] == "", "a river flows through several"
    assert "ht-arcahaie" in rows, "no town is called so"
    assert rows["ht-croix-des-bouquets"]["feature"] == "town", "the district of that name is not wanted"
    assert not any("Arrondissement" in row["name"] for row in rows.values())


def test_spellings_are_those_that_english_news_could_write(tmp_path: Path) -> None:
    rows = places(write_new("haiti", Wanted(HAITI, into=tmp_path)).folder)
    capital = rows["ht-port-au-prince"]["spellings"].split("|")
    assert set(capital) == {"Port-o-Prens", "Pòtoprens"}, "no codes, addresses, other scripts, lower case"
    assert rows["ht-jacmel"]["spellings"] == "Jakmel", "not what was sent through Cyrillic"
    assert rows["ht-justinien-hospital"]["name"] == "Justinien Hospital"
    assert "Hôpital Justinien" in rows["ht-justinien-hospital"]["spellings"]
    every = [fold(s) for row in rows.values() for s in (row["name"], *row["spellings"].split("|")) if s]
    assert len(every) == len(set(every)), "no spelling belongs to two rows"
    assert not set(every) & set(everyday_words())


def test_what_is_left_out_is_told_with_the_reason() -> None:
    told = new("haiti", "--from-geonames", SAMPLE).output
    assert "a point outside the country: Exampleville" in told
    assert "an ordinary English word as a name: Mission" in told
    assert "the name of another row: Jacmel" in told


def test_the_largest_towns_are_taken_and_as_many_as_asked(tmp_path: Path) -> None:
    rows = places(write_new("haiti", Wanted(HAITI, into=tmp_path, largest=8)).folder)
    towns = [row["name"] for row in rows.values() if row["feature"] in ("city", "town", "village")]
    assert len(towns) == 8
    assert towns[0] == "Port-au-Prince"
    assert "Cap-Haïtien" in towns, "a province's seat goes before what is larger"
    assert "Pont-Sondé" not in towns


def test_names_in_another_script_become_local_names(tmp_path: Path) -> None:
    source = tmp_path / "SY.txt"
    line = geonames_line(1, "Tall Mithāl", "P.PPL", 35.5, 36.6, 9000, "Tell Mithal,تل مثال,Тель Митал")
    source.write_text(line.replace("\tHT\t", "\tSY\t") + "\n", encoding="utf-8")
    [row] = places(write_new("mine", Wanted([source], into=tmp_path)).folder).values()
    assert (row["local_name"], row["spellings"], row["country"]) == ("تل مثال", "Tell Mithal", "SY")


def test_actors_hold_what_is_certain_and_the_samples_are_right(tmp_path: Path) -> None:
    folder = write_new("haiti", Wanted(HAITI, into=tmp_path)).folder
    haiti = load_theatre(folder)
    government = haiti.by_id["haiti:haitian-government"]
    assert (government.klass, government.represents, government.adjectives) == ("government", "HT", ("Haitian",))
    assert haiti.by_id["world:ht"].theatre == "haiti"
    text = (folder / "actors.yaml").read_text(encoding="utf-8")
    assert "# - gangs-haiti: Viv Ansanm" in text, "what the world has is told"
    assert "# - binuh: BINUH" in text, "listed under no country, but a name of it holds Haiti's"
    assert "# - eln: " not in text, "Colombia's"
    sample = text[text.index("# - id: example-front") : text.index("# The built-in world")]
    plain = "".join(line.removeprefix("# ").removeprefix("#") for line in sample.splitlines(keepends=True))
    (folder / "actors.yaml").write_text(text + plain, encoding="utf-8")
    agreement = (folder / "agreements" / "SAMPLE.txt").read_text(encoding="utf-8").partition("\n\n")[2]
    (folder / "agreements" / "example-accord.yaml").write_text(agreement, encoding="utf-8")
    assert check(folder) == []
    assert load_theatre(folder).by_id["haiti:example-front"].backers == ("world:us", "haiti:example-alliance")


def test_the_same_files_give_the_same_bytes_zipped_or_not_but_for_the_files_name(tmp_path: Path) -> None:
    archive = tmp_path / "HT.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("HT.txt", SAMPLE.read_bytes())
        zipped.writestr("readme.txt", "words")
    first, second, third = (
        write_new("haiti", Wanted([file], into=tmp_path / name)).folder
        for file, name in ((SAMPLE, "a"), (SAMPLE, "b"), (archive, "c"))
    )
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert len(files) == 7
    for file in files:
        assert (first / file).read_bytes() == (second / file).read_bytes()
        if file.name != "theatre.yaml":
            assert (first / file).read_bytes() == (third / file).read_bytes()


@pytest.mark.parametrize("code", ["HT", "co", "TH", "GR", "PK", "NO"])
def test_without_a_file_any_countrys_towns_make_a_theatre(tmp_path: Path, code: str) -> None:
    made = write_new("mine", Wanted(countries=[code], into=tmp_path))
    assert all("is an ordinary English word" in problem.what for problem in made.problems), "cities such as Hub"
    assert [problem.level for problem in made.problems] == ["warning"] * (code == "PK")
    assert len(made.chosen.rows) > 90
    assert load_theatre(made.folder).countries == (code.upper(),)


# ---------------------------------------------------------------- what is refused


def test_nothing_is_written_over(users: Path, tmp_path: Path) -> None:
    assert new("haiti", "--country", "HT").exit_code == 0
    before = (users / "haiti" / "places.csv").read_bytes()
    again = new("haiti", "--from-geonames", SAMPLE)
    assert again.exit_code == 1
    assert "there is a theatre 'haiti' already" in again.output
    assert "or move that folder away to begin again." in again.output, "it is the user's own"
    assert "Choose another name" in again.output
    assert (users / "haiti" / "places.csv").read_bytes() == before
    (tmp_path / "mine").mkdir()
    there = new("mine", "--country", "HT", "--into", tmp_path)
    assert there.exit_code == 1
    assert f"{tmp_path / 'mine'}: is there already" in there.output
    assert list((tmp_path / "mine").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["Haiti", "--country", "HT"], "lower-case letters"),
        (["../haiti", "--country", "HT"], "lower-case letters"),
        (["syria", "--country", "SY"], "there is a theatre 'syria' already"),
        (["world", "--country", "SY"], "there is a theatre 'world' already"),
        (["mine"], "--from-geonames HT.zip"),
        (["mine", "--country", "XX"], "no towns of XX"),
        (["mine", "--from-geonames", "nowhere/HT.txt"], "no such file"),
        (["mine", "--from-geonames", str(SAMPLE), "--country", "DO"], "holds no place of DO"),
        (["mine", "--country", "HT", "--from-date", "1.2.2018"], "is not a date"),
        (["mine", "--country", "HT", "--from-date", "2019", "--to-date", "2018"], "Swap"),
        (["mine", "--country", "HT", "--largest", "0"], "--largest"),
    ],
)
def test_a_wish_that_cannot_be_met_is_explained_and_nothing_is_written(
    users: Path, arguments: list[str], what: str
) -> None:
    done = new(*arguments)
    assert done.exit_code != 0
    assert what in done.output
    assert not list(users.glob("*"))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "holds no place"),
        (b"a,b,c\n" * 50, "line 1: 1 tab-separated columns where GeoNames has 19"),
        (b"\xff\xfe\x00\x01" * 500, "not UTF-8"),
        (b"HT\t1\tPort-au-Prince\n" * 40, "not names or post codes"),
        (b"PK\x03\x04broken", "tab-separated columns"),
    ],
)
def test_a_file_that_is_not_geonames_is_refused_whole(users: Path, tmp_path: Path, data: bytes, what: str) -> None:
    (tmp_path / "HT.txt").write_bytes(data)
    done = new("mine", "--from-geonames", tmp_path / "HT.txt")
    assert done.exit_code == 1
    assert what in done.output
    assert not list(users.glob("*"))


def test_a_few_broken_lines_are_named_and_left_out(tmp_path: Path) -> None:
    source = tmp_path / "HT.txt"
    lines = [
        geonames_line(n, f"Vilaj Egzanp {'abcdefghij'[n % 10]}{n}", "P.PPL", 18.5, -72.3, 900 + n) for n in range(300)
    ]
    source.write_text("\n".join([*lines, "broken"]) + "\n", encoding="utf-8")
    done = new("mine", "--from-geonames", source, "--into", tmp_path)
    assert done.exit_code == 0, done.output
    assert f"{source}, line 301: 1 tab-separated columns" in done.output


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(TheatreError, match="--into"):
        write_new("mine", Wanted(countries=["HT"], into=tmp_path / "file"))


# ---------------------------------------------------------------- where theatres are found


def test_the_users_folder_wins_over_shipped_and_the_variable_over_both(
    users: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = available()["syria"]
    assert "trucewatch/theatre/data" in shipped.as_posix()
    write_theatre(users)
    (users / "syria").mkdir()
    (users / "syria" / "theatre.yaml").write_text("format: trucewatch.theatre/1\nid: syria\n", encoding="utf-8")
    assert available()["syria"] == users / "syria"
    assert available()["sample"] == users / "sample"
    other = write_theatre(tmp_path / "other")
    monkeypatch.setenv("TRUCEWATCH_THEATRES", str(tmp_path / "other"))
    assert available()["sample"] == other


def test_a_packages_theatre_is_found_read_with_and_noted_in_the_reading(tmp_path: Path) -> None:
    site = tmp_path / "site"
    package, about = site / "trucewatch_haiti", site / "trucewatch_haiti-1.0.dist-info"
    folder = write_new("haiti", Wanted(HAITI, into=package)).folder
    (package / "__init__.py").write_text(
        "from pathlib import Path\n\nTHEATRE = Path(__file__).parent / 'haiti'\n", encoding="utf-8"
    )
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: trucewatch-haiti\nVersion: 1.0\n", encoding="utf-8")
    (about / "entry_points.txt").write_text(
        "[trucewatch.theatres]\nhaiti = trucewatch_haiti:THEATRE\n", encoding="utf-8"
    )
    digest = load_theatre(folder).digest
    text = tmp_path / "clip.txt"
    text.write_text("armed men attacked the market in petionville and the road to croix des bouquets", encoding="utf-8")
    command = [sys.executable, "-m", "trucewatch"]
    environment = {**os.environ, "PYTHONPATH": str(site)}
    listed = subprocess.run(
        [*command, "theatre", "show", "haiti", "--json"], env=environment, capture_output=True, text=True, check=True
    )
    assert json.loads(listed.stdout)["path"] == str(folder)
    read = subprocess.run(
        [*command, "read", str(text), "--json", "--theatre", "haiti", "--names", "none"],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    reading = json.loads(read.stdout)
    assert reading["reader"]["theatres"]["haiti"] == digest
    assert "haiti:ht-petionville" in read.stdout


def test_a_package_that_fails_stops_nothing(tmp_path: Path) -> None:
    about = tmp_path / "broken-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n", encoding="utf-8")
    (about / "entry_points.txt").write_text("[trucewatch.theatres]\nx = no_such_module:X\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", "from trucewatch.theatre import available; print(len(available()))"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(done.stdout) >= 18
    assert "theatre 'x' of no_such_module:X cannot be loaded" in done.stderr
