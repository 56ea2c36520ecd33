"""The manual of theatres: its table is what the data say, and its tutorial works, command by command."""

from __future__ import annotations

import importlib.util
import re
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result

from trucewatch.cli import cli
from trucewatch.theatre import load_theatre
from trucewatch.theatre.check import FEATURES, ROLES
from trucewatch.theatre.load import MISHEARING_COLUMNS, PEOPLE_COLUMNS, PLACE_COLUMNS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "theatres.md").read_text(encoding="utf-8")
SAMPLE = ROOT / "tests" / "data" / "geonames" / "HT.txt"
BLOCK = re.compile(r"(?:<!-- (append|file|transcript): (\S+) -->\n)?```(\w+)\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Result]]:
    """Do all that the page says, in its order; gives the theatre's folder and what each command answered."""
    here = tmp_path_factory.mktemp("tutorial")
    answers: dict[str, Result] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
        patch.setenv("XDG_DATA_HOME", str(here / "data"))
        patch.setenv("XDG_CONFIG_HOME", str(here / "config"))
        patch.delenv("TRUCEWATCH_THEATRES", raising=False)
        patch.chdir(here)
        with zipfile.ZipFile("HT.zip", "w") as archive:
            archive.writestr("HT.txt", SAMPLE.read_bytes())
            archive.writestr("readme.txt", "about the format")
        folder = here / "data" / "trucewatch" / "theatres" / "haiti"
        for what, name, language, text in BLOCK.findall(PAGE):
            if what == "append":
                target = folder / name
                target.write_text(target.read_text(encoding="utf-8") + text, encoding="utf-8")
            elif what:
                (folder / name if what == "file" else here / name).write_text(text, encoding="utf-8")
            elif language == "sh":
                for command in text.splitlines():
                    answers[command] = _run(command)
    return folder, answers


def _run(command: str) -> Result:
    words = re.findall(r'"[^"]*"|\S+', command)
    assert words[0] == "trucewatch", command
    return CliRunner().invoke(cli, [word.strip('"') for word in words[1:]])


def test_every_command_of_the_tutorial_works(tutorial: tuple[Path, dict[str, Result]]) -> None:
    answers = tutorial[1]
    assert len(answers) >= 9
    for command, answer in answers.items():
        assert answer.exit_code == 0, f"{command}\n{answer.output}\n{answer.exception!r}"


def test_what_the_tutorial_writes_has_no_mistakes_and_is_known(tutorial: tuple[Path, dict[str, Result]]) -> None:
    folder, answers = tutorial
    assert "haiti: no mistakes found" in answers["trucewatch theatre check haiti"].output
    assert "[place] haiti:ht-jacmel" in answers["trucewatch theatre show haiti jacmel"].output
    haiti = load_theatre(folder)
    assert {"haiti:mss-haiti", "haiti:jimmy-cherizier", "haiti:haiti-accord-2024"} <= haiti.by_id.keys()
    gangs = haiti.by_id["world:gangs-haiti"]
    assert "the gangs" in gangs.generic, "the built-in world's actor is added to"
    assert ("jack mel", "haiti:ht-jacmel") in haiti.mishearings


def test_the_tutorials_reading_knows_the_new_names(tutorial: tuple[Path, dict[str, Result]]) -> None:
    folder, answers = tutorial
    shown = answers["trucewatch read haiti.txt --theatre haiti"].output
    for name in ("Port-au-Prince", "Jacmel", "Viv Ansanm", "Gonaïves"):
        assert name in shown, shown
    assert "Jacmel" in answers['trucewatch explain haiti.txt --theatre haiti --words "jack mel"'].output
    page = (folder.parents[3] / "haiti.html").read_text(encoding="utf-8")
    assert "Jacmel" in page


def test_the_page_names_every_column_feature_and_role() -> None:
    for word in (*PLACE_COLUMNS, *PEOPLE_COLUMNS, *MISHEARING_COLUMNS):
        assert f"`{word}`" in PAGE, word
    for word in {word for words in FEATURES.values() for word in words} | set(ROLES):
        assert re.search(rf"\b{word}\b", PAGE), word


def test_links_in_the_page_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / target).is_file(), target
    headings = {
        re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= headings


# ---------------------------------------------------------------- the table


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("theatre_table", ROOT / "tools" / "theatre_table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_is_what_the_data_and_the_reports_say(tool: ModuleType) -> None:
    assert tool.filled(PAGE, tool.table()) == PAGE, "run: python tools/theatre_table.py"


def test_shares_are_read_from_a_reports_counts(tool: ModuleType) -> None:
    report = (
        "## Counts\n\n- rows: 1,010; of these 821 with a point of their own, 150 carrying another row's point\n"
        "- second source, independent: 567 of 821 (69.1%); of these 21 met by consonant skeleton\n"
        "- either: 700 of 821 (85.3%)\n- rows that lie at a point with a second source, their own or another row's: "
        "800 of 971 (82.4%)\n"
    )
    assert tuple(tool.share_of(report)) == (1010, 821, 567, 700, 800, 971)
    assert tool.share_of("## Counts\n\n- rows: many\n") is None


def test_a_page_out_of_date_is_told_and_mended(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{tool.BEGIN}\nold\n{tool.END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["theatre_table.py", "--check", "--page", str(page)])
    assert tool.main() == 1
    assert "out of date" in capsys.readouterr().err
    monkeypatch.setattr("sys.argv", ["theatre_table.py", "--page", str(page)])
    assert tool.main() == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "| `syria` |" in text
    monkeypatch.setattr("sys.argv", ["theatre_table.py", "--check", "--page", str(page)])
    assert tool.main() == 0
    page.write_text("no markers", encoding="utf-8")
    assert tool.main() == 2
