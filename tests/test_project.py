"""What the documents promise is there, and the project carries nothing that it must not."""

from __future__ import annotations

import re
import subprocess
import tomllib
from functools import lru_cache
from pathlib import Path

import click
import pytest

from trucewatch import __version__
from trucewatch.cli import COMMANDS, cli
from trucewatch.reading.model import ClaimType
from trucewatch.reading.pipeline import STEPS
from trucewatch.theatre import available
from trucewatch.transcript import load
from trucewatch.transcript.formats import FORMATS, TITLES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = sorted(ROOT.glob("requirements*.lock"))
SHARED_GOLD = ROOT.parent / "shared" / "gold"
HERE_ONLY = re.compile("|".join([*(f"/{name}/" for name in ("work", "farm", "root")), rf"\.{'mirror'}/"]))
"""Paths that exist on the machines this was written on, and nowhere else."""


@lru_cache
def texts() -> dict[Path, str]:
    """The project's own text files by path: source, tests, documents, data; no caches and nothing installed."""
    folders = ("src", "tests", "tools", "training", "benchmarks", "docs", "examples", ".ci")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    found += [path for path in ROOT.iterdir() if path.name != ".coverage"]
    read = {}
    for path in found:
        if path.is_file() and "__pycache__" not in path.parts and b"\0" not in (data := path.read_bytes()):
            read[path] = data.decode("utf-8", "replace")
    return read


def options(command: str) -> set[str]:
    found = cli.get_command(click.Context(cli), command)
    assert found is not None
    return {name for parameter in found.params for name in parameter.opts if name.startswith("-")}


# ---------------------------------------------------------------- README, Makefile, CI


def test_every_make_command_in_the_readme_is_in_the_makefile() -> None:
    named = set(re.findall(r"\bmake ([a-z]+)\b", README))
    assert named >= {"setup", "demo", "test", "bench", "lint", "lock", "clean"}
    for target in named:
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), target


def test_every_command_and_option_in_the_readme_exists() -> None:
    lines: list[str] = re.findall(r"^trucewatch .*|`trucewatch [^`]*`", README, re.MULTILINE)
    assert len(lines) > 8
    for line in lines:
        command = line.strip("`").split()[1]
        assert command in COMMANDS, line
        for option in re.findall(r"(?<= )--[a-z-]+", line.split("#")[0]):
            assert option in options(command), line
    everywhere = options("read") | options("score")
    assert set(re.findall(r"`(--[a-z-]+)", README)) <= everywhere


def test_every_option_of_read_is_in_the_readme() -> None:
    for option in options("read"):
        if option.startswith("--"):
            assert option in README, option


def test_the_readme_lists_all_steps_in_order() -> None:
    assert re.findall(r"^\| `([a-z]+)` \|", README, re.MULTILINE) == list(STEPS)


def test_the_numbers_in_the_readme_hold() -> None:
    words = {"Seventeen": 17, "seven": 7}
    assert len([name for name in available() if name != "world"]) >= words["Seventeen"]
    assert "Seventeen ship" in README
    assert f"claims** of {len(ClaimType.__args__)} types" in README  # type: ignore[attr-defined]
    assert len(FORMATS) == words["seven"]


def test_every_format_is_in_the_readme() -> None:
    formats = README[README.index("## Formats") :]
    for title in TITLES.values():
        assert title.split("/")[0].removesuffix(" page") in formats, title


def test_every_link_and_example_in_the_documents_leads_somewhere() -> None:
    made_by_make = {"docs/results.md"}
    for document in (ROOT / "README.md", ROOT / "examples" / "README.md"):
        text = document.read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
            assert target in made_by_make or (document.parent / target).exists(), f"{document}: {target}"
    for example in re.findall(r"examples/[\w.-]+\.\w+", README):
        assert (ROOT / example).exists(), example


def test_ci_runs_the_readmes_test_command() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text()
    assert "`make test`" in README


def test_the_changelog_knows_this_version() -> None:
    assert re.search(rf"^## {re.escape(__version__)}\b", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert PROJECT["project"]["version"] == __version__


# ---------------------------------------------------------------- lock files


def pinned(lock: Path) -> dict[str, list[str]]:
    """Package -> its hashes, over all versions pinned for it."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in lock.read_text(encoding="utf-8").splitlines():
        if match := re.match(r"([A-Za-z0-9._-]+)==", line):
            name = normal(match[1])
            found.setdefault(name, [])
        elif match := re.match(r"    --hash=sha256:([0-9a-f]{64})", line):
            found[name].append(match[1])
    return found


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_file_pins_everything_by_hash_and_names_no_host(lock: Path) -> None:
    packages = pinned(lock)
    assert packages
    assert all(packages.values())
    assert not re.search(r"https?:|file:|--(extra-)?index-url|--find-links|--trusted-host| @ ", lock.read_text())


def test_lock_files_hold_what_the_project_and_its_build_need() -> None:
    wanted = {"requirements.lock": [], "requirements-dev.lock": ["dev"], "requirements-bench.lock": ["dev", "bench"]}
    assert {lock.name for lock in LOCKS} == set(wanted)
    for lock in LOCKS:
        asked = [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"], "editables"]
        for extra in wanted[lock.name]:
            asked += PROJECT["project"]["optional-dependencies"][extra]
        missing = {normal(re.split(r"[<>=;\[ ]", name)[0]) for name in asked} - pinned(lock).keys()
        assert not missing, f"{lock.name} lacks {missing}: run make lock"


def test_what_runs_is_pinned_alike_in_every_lock_file() -> None:
    base = pinned(ROOT / "requirements.lock")
    for lock in LOCKS:
        assert base.items() <= pinned(lock).items(), lock.name


# ---------------------------------------------------------------- what must not be there


def test_no_path_of_a_machine_is_in_the_project() -> None:
    for path, text in texts().items():
        if path.suffix != ".lock":
            assert not HERE_ONLY.search(text), f"{path}: {HERE_ONLY.findall(text)[:3]}"


def test_nothing_that_is_made_is_kept_from_being_committed_with_the_rest() -> None:
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/.venv/", "/build/"} <= set(ignored)
    assert not [line for line in ignored if re.search(r"gold|data|\.npz|\.crfsuite|\.json", line)]
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    wanted = [*(ROOT / "benchmarks" / "gold").rglob("*.json"), *(ROOT / "src").rglob("data/*")]
    asked = subprocess.run(["git", "check-ignore", *wanted], cwd=ROOT, capture_output=True, text=True, check=False)
    assert asked.stdout == ""


def words_of(text: str) -> list[str]:
    return re.sub(r"[^\w' -]+", " ", text.lower()).split()


@pytest.mark.skipif(not SHARED_GOLD.exists(), reason="the shared gold is not beside this checkout")
def test_the_examples_are_nobody_elses_sentences() -> None:
    known = set()
    for path in [*SHARED_GOLD.rglob("*.txt"), *(ROOT / "benchmarks" / "gold").rglob("*.txt")]:
        words = words_of(path.read_text(encoding="utf-8"))
        known |= {" ".join(words[i : i + 8]) for i in range(len(words) - 7)}
    for example in (ROOT / "examples").glob("*_*"):
        words = words_of(load(example).raw)
        assert not [run for i in range(len(words) - 7) if (run := " ".join(words[i : i + 8])) in known], example.name


def test_the_examples_say_that_they_are_invented_and_each_is_described() -> None:
    about = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    assert "invented" in about
    examples = sorted(path.name for path in (ROOT / "examples").iterdir() if path.name != "README.md")
    assert re.findall(r"^\| `([^`]+)`", about, re.MULTILINE) == sorted(examples, key=about.index)
    formats = {load(ROOT / "examples" / name).format for name in examples}
    assert len(formats) == len(examples) == 4
    for name in examples:
        transcript = load(ROOT / "examples" / name)
        assert 200 <= len(transcript.raw.split()) <= 350
        assert transcript.air_date
        assert not transcript.warnings
