"""The command line as a person or a script meets it: what it prints, writes, refuses, and how it ends."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

import trucewatch
from trucewatch import cli as command_line
from trucewatch.cli import COMMANDS, cli, main
from trucewatch.commands import inputs, outputs
from trucewatch.reading.model import Reading
from trucewatch.reading.pipeline import STEPS, Pipeline
from trucewatch.score import Score, load_gold, raw_text

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
SYRIA = EXAMPLES / "syria_2019-07-24.txt"
GOLD = ROOT / "benchmarks" / "gold" / "dev"
HEAVY = ("numpy", "pydantic", "yaml", "rich", "lxml", "jinja2", "pocketsphinx", "ahocorasick")


def run(*arguments: str | Path, stdin: bytes | str | None = None) -> Result:
    return CliRunner().invoke(cli, list(map(str, arguments)), input=stdin, prog_name="trucewatch")


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A folder of two short transcripts."""
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "a.txt").write_text("government forces shelled con shake hoon in it lib province killing five people")
    (folder / "b.txt").write_text("russian jets bombed a market in sarakeb the white helmets say")
    return folder


# ---------------------------------------------------------------- start, help, version


def test_help_lists_the_commands_and_shows_how_to_use_them() -> None:
    told = run("--help")
    assert told.exit_code == 0
    for name, (_, about) in COMMANDS.items():
        assert re.search(rf" {name} {re.escape(about)}", " ".join(told.output.split()))
    assert "Examples:" in told.output
    for named in re.findall(r"examples/\S+", told.output):
        assert (ROOT / named).exists()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_and_its_help_begins_as_the_list_says(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert run(name, "--help").exit_code == 0
    assert command.get_short_help_str(limit=200).rstrip(".") == COMMANDS[name][1].rstrip(".")


def test_help_and_version_import_nothing_heavy() -> None:
    code = (
        "import sys; from trucewatch.cli import cli\n"
        "cli.main([sys.argv[1]], prog_name='trucewatch', standalone_mode=False)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    for option in ("--help", "--version"):
        assert python(code, option).stdout.endswith("[]\n")


def test_importing_trucewatch_imports_nothing_heavy_and_still_offers_everything() -> None:
    code = (
        "import sys, trucewatch\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])\n"
        "print(sorted(set(trucewatch.__all__) - set(dir(trucewatch))))\n"
        "print([getattr(trucewatch, name) is not None for name in trucewatch.__all__].count(True))"
    )
    assert python(code).stdout.splitlines() == ["[]", "[]", str(len(trucewatch.__all__))]
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = trucewatch.nothing


def test_python_m_trucewatch_is_the_command_line() -> None:
    told = subprocess.run([sys.executable, "-m", "trucewatch", "-V"], capture_output=True, text=True, check=True)
    assert told.stdout == f"trucewatch {trucewatch.__version__}\n"


def test_an_unknown_command_or_option_is_wrong_usage() -> None:
    assert run("reed").exit_code == 2
    assert run("read").exit_code == 2
    assert run("read", SYRIA, "--jsn").exit_code == 2


# ---------------------------------------------------------------- what is printed


def test_a_person_gets_the_restored_text_and_the_claims() -> None:
    told = run("read", SYRIA)
    assert told.exit_code == 0
    flat = " ".join(told.stdout.split())
    put_right = [mention for mention in trucewatch.read(SYRIA).mentions if mention.recovered]
    assert put_right
    for mention in put_right:
        assert f"[heard: {mention.heard}]" in flat
    assert "theatre syria" in told.stdout
    assert "Nothing here says that an event happened" in flat
    assert told.stderr == ""


def test_json_is_what_the_api_gives_and_the_same_every_time() -> None:
    told = run("read", SYRIA, "--json")
    reading = trucewatch.read(SYRIA)
    assert told.stdout == reading.to_json() + "\n"
    assert reading.raw == SYRIA.read_text(encoding="utf-8")
    assert reading.transcript.theatre == "syria"
    assert reading.transcript.air_date == "2019-07-24"


def test_json_lines_are_one_reading_a_line() -> None:
    told = run("read", EXAMPLES, "--jsonl")
    ids = [Reading.model_validate_json(line).transcript.id for line in told.stdout.splitlines()]
    assert ids == ["lebanon_2024-11-27", "sudan_2023-06-11", "syria_2019-07-24", "ukraine_2022-10-31"]


def test_several_readings_are_not_run_together_as_json(texts: Path) -> None:
    told = run("read", texts, "--json")
    assert told.exit_code == 2
    assert "--jsonl" in told.stderr
    assert "--out" in told.stderr
    assert told.stdout == ""


def test_several_are_printed_one_after_the_other(texts: Path) -> None:
    told = " ".join(run("read", texts).stdout.split())
    assert told.index("five people") < told.index("────") < told.index("White Helmets")


def test_standard_input_is_read(texts: Path) -> None:
    told = run("read", "-", "--json", "--outlet", "Radio Test", stdin=(texts / "a.txt").read_bytes())
    reading = Reading.model_validate_json(told.stdout)
    assert (reading.transcript.id, reading.transcript.outlet) == ("stdin", "Radio Test")
    assert reading.raw == (texts / "a.txt").read_text()


def test_outlet_and_air_date_go_into_the_reading(texts: Path) -> None:
    told = run("read", texts / "a.txt", "--json", "--outlet", "Sky News", "--air-date", "2019-05-06")
    info = json.loads(told.stdout)["transcript"]
    assert (info["outlet"], info["air_date"]) == ("Sky News", "2019-05-06")
    assert run("read", texts / "a.txt", "--air-date", "6 May 2019").exit_code == 2


# ---------------------------------------------------------------- theatres and steps


def test_a_theatre_that_is_worked_out_is_said_to_be_and_one_given_too(tmp_path: Path) -> None:
    assert re.search(r"theatre syria \(worked out, (over )?9\d%\)", run("read", SYRIA, "--out", tmp_path).stderr)
    told = run("read", SYRIA, "--out", tmp_path, "--theatre", "lebanon")
    assert "theatre lebanon (given)" in told.stderr
    assert json.loads((tmp_path / f"{SYRIA.stem}.json").read_text())["transcript"]["theatre"] == "lebanon"
    assert run("read", SYRIA, "--out", tmp_path, "--quiet").stderr == ""


def test_an_unknown_theatre_is_wrong_usage_and_the_known_ones_are_named() -> None:
    told = run("read", SYRIA, "--theatre", "atlantis")
    assert told.exit_code == 2
    assert "syria" in told.stderr
    assert run("read", SYRIA, "--theatre", "world").exit_code == 2


def test_a_theatre_can_be_a_folder(tmp_path: Path) -> None:
    from trucewatch.theatre import find

    own = tmp_path / "syria-2"
    shutil.copytree(find("syria"), own)
    manifest = own / "theatre.yaml"
    manifest.write_text(
        re.sub(r"(?m)^id: syria$", "id: syria-2", manifest.read_text(encoding="utf-8")), encoding="utf-8"
    )
    told = run("read", SYRIA, "--json", "--theatre", own)
    assert json.loads(told.stdout)["transcript"]["theatre"] == "syria-2"


def test_a_step_can_be_left_out_and_a_reading_says_which_ran() -> None:
    told = run("read", SYRIA, "--json", "--off", "sounds", "--off", "claims", "--off", "roles")
    reading = Reading.model_validate_json(told.stdout)
    assert set(STEPS) - set(reading.reader.steps) == {"sounds", "claims", "roles"}
    assert not reading.claims
    assert not any(mention.recovered for mention in reading.mentions)


def test_steps_are_listed_and_unknown_or_needed_ones_cannot_be_left_out() -> None:
    assert [line.split()[0] for line in run("read", "--steps").output.splitlines()] == list(STEPS)
    for step, said in (("magic", "no such step: magic"), ("words", "cannot be switched off")):
        told = run("read", SYRIA, "--off", step)
        assert (told.exit_code, said in told.stderr) == (2, True)


# ---------------------------------------------------------------- files written


def test_a_folder_of_readings_is_written_by_name(texts: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    told = run("read", texts / "a.txt", texts / "b.txt", "--out", out, "--json", "--html")
    assert told.exit_code == 0
    assert told.stdout == ""
    assert sorted(path.name for path in out.iterdir()) == ["a.html", "a.json", "b.html", "b.json"]
    assert Reading.model_validate_json((out / "a.json").read_bytes()).raw == (texts / "a.txt").read_text()
    assert (out / "a.html").read_text(encoding="utf-8").lstrip().startswith("<!doctype html>")


def test_out_alone_writes_json_and_with_html_alone_only_pages(texts: Path, tmp_path: Path) -> None:
    run("read", texts, "--out", tmp_path / "1")
    run("read", texts, "--out", tmp_path / "2", "--html")
    assert sorted(path.name for path in (tmp_path / "1").iterdir()) == ["a.json", "b.json"]
    assert sorted(path.name for path in (tmp_path / "2").iterdir()) == ["a.html", "b.html"]


def test_a_page_goes_here_or_where_it_is_told(texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("read", "--html", texts / "a.txt").exit_code == 0
    told = run("read", texts / "a.txt", "--html=page.html", "--json")
    assert json.loads(told.stdout)["transcript"]["id"] == "a"
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "page.html").read_bytes()
    assert run("read", texts / "a.txt", "--html=-").stdout == (tmp_path / "a.html").read_text(encoding="utf-8")


def test_naming_the_page_without_an_equals_sign_is_explained(texts: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    told = run("read", texts / "a.txt", "--html", page)
    assert told.exit_code == 2
    assert f"--html={page}" in told.stderr


@pytest.mark.parametrize(
    "wrong",
    [["--jsonl", "--json"], ["--jsonl", "--out", "x"], ["--html=-", "--json"], ["--html"], ["--html=page.html"]],
)
def test_options_that_cannot_be_meant_together_are_refused(
    wrong: list[str], texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("read", texts, *wrong).exit_code == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["texts"]


def test_two_files_of_one_name_are_refused_before_anything_is_written(texts: Path, tmp_path: Path) -> None:
    (texts / "more").mkdir()
    shutil.copy(texts / "a.txt", texts / "more" / "a.txt")
    told = run("read", texts, "--out", tmp_path / "out")
    assert told.exit_code == 2
    assert "a.txt" in told.stderr
    assert "more" in told.stderr
    assert not (tmp_path / "out").exists()
    assert run("read", texts / "a.txt", texts / "a.txt", "--out", tmp_path / "out").exit_code == 0


def test_what_trucewatch_did_not_write_is_never_written_over_unasked(texts: Path, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"mine": true}')
    told = run("read", texts, "--out", tmp_path)
    assert told.exit_code == 1
    assert "Trucewatch did not write it" in told.stderr
    assert (tmp_path / "a.json").read_text() == '{"mine": true}'
    assert (tmp_path / "b.json").exists()
    assert run("read", texts, "--out", tmp_path, "--force").exit_code == 0
    assert json.loads((tmp_path / "a.json").read_text())["format"] == "trucewatch.reading/1"


def test_its_own_readings_and_pages_are_written_anew(texts: Path, tmp_path: Path) -> None:
    for _ in range(2):
        assert run("read", texts, "--out", tmp_path, "--json", "--html").exit_code == 0
    assert not list(tmp_path.glob(".*"))


def test_a_transcript_is_never_written_over(tmp_path: Path) -> None:
    whisper = tmp_path / "a.json"
    whisper.write_text(json.dumps({"text": " Shelling.", "segments": [{"start": 0, "end": 1, "text": " Shelling."}]}))
    before = whisper.read_bytes()
    told = run("read", whisper, "--out", tmp_path, "--force")
    assert told.exit_code == 2
    assert "is itself a transcript" in told.stderr
    assert whisper.read_bytes() == before


def test_a_folder_is_read_at_any_depth_without_what_trucewatch_wrote_there(texts: Path) -> None:
    (texts / "deep").mkdir()
    (texts / "deep" / "c.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nShelling in Idlib.\n")
    (texts / "notes.pdf").write_text("no transcript")
    (texts / ".hidden.txt").write_text("hidden")
    assert run("read", texts, "--out", texts, "--json", "--html").exit_code == 0
    found, problems = inputs.inputs_of([str(texts)])
    assert [item.name for item in found] == [str(texts / name) for name in ("a.txt", "b.txt", "deep/c.srt")]
    assert not problems


def test_a_quoted_pattern_is_understood(texts: Path) -> None:
    found, problems = inputs.inputs_of([f"{texts}/**/*.txt", f"{texts}/*.vtt"])
    assert [item.stem for item in found] == ["a", "b"]
    assert ["matches no file" in str(problem) for problem in problems] == [True]


def test_a_full_disk_is_told_in_one_line(texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, text: str, *, force: bool) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(outputs, "write", full)
    told = run("read", texts, "--out", tmp_path / "out")
    assert told.exit_code == 1
    assert told.stderr == f"Error: {tmp_path / 'out' / 'a.json'}: cannot be written (No space left on device)\n"


# ---------------------------------------------------------------- bad input


def bad_files(folder: Path) -> dict[Path, str]:
    """Files that cannot be read, with a word that must be in what is said of each."""
    png, empty, torn = folder / "shot.vtt", folder / "empty.srt", folder / "torn.json"
    png.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    empty.write_text("")
    torn.write_text('{"events": [{"tStartMs": 0, "segs": [{"utf8": "shell')
    return {
        png: "",
        empty: "empty",
        torn: "",
        folder / "not-there.txt": "no such file",
        folder / "none*.txt": "matches",
    }


def test_bad_files_are_named_with_a_cure_and_do_not_stop_the_rest(texts: Path, tmp_path: Path) -> None:
    bad = bad_files(tmp_path)
    told = run("read", *bad, texts / "a.txt", "--jsonl", "--quiet")
    assert told.exit_code == 1
    assert [json.loads(line)["transcript"]["id"] for line in told.stdout.splitlines()] == ["a"]
    lines = told.stderr.splitlines()
    assert len(lines) == len(bad)
    for path, said in bad.items():
        (line,) = (line for line in lines if str(path) in line)
        assert said in line
        assert re.search(r": .+; .+", line), f"no cure in {line!r}"


def test_a_text_in_place_of_a_file_is_refused_in_one_line() -> None:
    told = run("read", "government forces shelled the town again " * 20)
    assert told.exit_code == 1
    assert re.fullmatch(r"trucewatch: government forces .*; check the path\n", told.stderr)


def test_a_folder_without_transcripts_says_what_a_transcript_is(tmp_path: Path) -> None:
    told = run("read", tmp_path)
    assert told.exit_code == 1
    assert "holds no transcript" in told.stderr
    assert ".vtt" in told.stderr


def test_a_fault_of_ours_in_one_file_does_not_lose_the_others(texts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really = Pipeline.read

    def faulty(self: Pipeline, transcript: Any, theatre: str | None = None) -> Reading:
        if transcript.id == "a":
            raise IndexError("list index out of range")
        return really(self, transcript, theatre)

    monkeypatch.setattr(Pipeline, "read", faulty)
    told = run("read", texts, "--jsonl")
    assert told.exit_code == 1
    assert [json.loads(line)["transcript"]["id"] for line in told.stdout.splitlines()] == ["b"]
    assert "a.txt: cannot be read, by a fault in Trucewatch (IndexError" in told.stderr
    assert "1 read, 1 could not be read" in told.stderr


# ---------------------------------------------------------------- how it ends


def test_interrupting_exits_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(self: Pipeline, transcript: Any, theatre: str | None = None) -> Reading:
        raise KeyboardInterrupt

    monkeypatch.setattr(Pipeline, "read", interrupted)
    with pytest.raises(SystemExit) as caught:
        main(["read", str(SYRIA)])
    assert caught.value.code == command_line.INTERRUPTED == 130
    assert capsys.readouterr().err.strip() == "trucewatch: interrupted"


@pytest.mark.skipif(os.name == "nt", reason="pipes break otherwise there")
@pytest.mark.parametrize("command", [["schema"], ["read", str(SYRIA)], ["read", str(SYRIA), "--jsonl"]])
def test_a_reader_who_leaves_early_gets_no_traceback(command: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        ended = subprocess.run(
            [sys.executable, "-m", "trucewatch", *command], stdout=pipe, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (ended.returncode, ended.stderr) == (1, "")


@pytest.mark.parametrize(("arguments", "status"), [(["schema"], 0), (["read", "no.txt"], 1), (["read"], 2)])
def test_exit_statuses(arguments: list[str], status: int) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == status


# ---------------------------------------------------------------- schema


def test_the_schema_is_of_what_is_written() -> None:
    schema = json.loads(run("schema").stdout)
    reading = json.loads(run("read", SYRIA, "--json").stdout)
    assert set(reading) == set(schema["properties"])
    assert set(schema["required"]) == set(reading)
    for part, definition in (("mentions", "Mention"), ("claims", "Claim"), ("voices", "Voice")):
        for item in reading[part]:
            assert set(item) == set(schema["$defs"][definition]["properties"])


# ---------------------------------------------------------------- score


def test_score_reads_the_texts_itself_and_gives_the_scorers_figures(tmp_path: Path) -> None:
    chosen = [GOLD / "dev_01.json", GOLD / "dev_02.json"]
    told = run("score", *chosen, "--json", tmp_path / "figures.json", "--misses")
    assert told.exit_code == 0
    score, pipeline = Score(), Pipeline()
    for path in chosen:
        gold = load_gold(path)
        text = raw_text(path, {})
        about = gold["transcript"]
        transcript = trucewatch.transcript.from_text(
            text, id=path.stem, outlet=about["outlet"], air_date=about["air_date"] or None
        )
        score.one(path.stem, text, gold, pipeline.read(transcript).model_dump(mode="json"))
    assert json.loads((tmp_path / "figures.json").read_text()) == score.result()
    assert told.stdout.splitlines()[: len(score.misses)] == score.misses


def test_stored_readings_are_scored_alike_and_a_missing_one_counts_as_empty(tmp_path: Path) -> None:
    run("read", GOLD / "dev_01.txt", "--out", tmp_path, "--outlet", "Al Jazeera English", "--air-date", "2018-10-16")
    now = run("score", GOLD / "dev_01.json")
    stored = run("score", GOLD / "dev_01.json", "--readings", tmp_path)
    assert stored.stdout == now.stdout
    more = run("score", GOLD / "dev_01.json", GOLD / "dev_02.json", "--readings", tmp_path, "--json", "-")
    assert "dev_02: no reading at" in more.stderr
    assert json.loads(more.stdout)["words"] > 700


def test_what_is_no_gold_ends_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"mentions": [], "corrections": [], "voices": [], "claims": [{"type": "talks"}]}')
    (tmp_path / "x.txt").write_text("talks")
    told = run("score", tmp_path)
    assert told.exit_code == 1
    assert re.fullmatch(r"Error: .*x\.json: it or its reading is not in the format.*\n", told.stderr)
    assert run("score", tmp_path / "nowhere").exit_code == 2


# ---------------------------------------------------------------- theatres


def test_theatre_and_gazetteer_are_wired_in() -> None:
    listed = run("theatre", "list")
    assert listed.exit_code == 0
    assert "syria" in listed.stdout
    assert run("gazetteer", "--help").exit_code == 0
