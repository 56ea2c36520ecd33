"""The scorer gives the figures of the format's own scorer, to the last digit."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoiled_readings import spoiled
from trucewatch.score import (
    Count,
    Score,
    ScoreError,
    fold,
    gold_files,
    is_garbled,
    load_gold,
    raw_text,
    report,
    spellings,
)

GOLD = Path(__file__).parents[1] / "benchmarks" / "gold" / "dev"
ORIGINAL = Path(__file__).parents[2] / "shared" / "format" / "score.py"


@lru_cache
def bundled() -> tuple[tuple[str, str, dict[str, Any]], ...]:
    """Name, raw text and gold of the bundled transcripts, in name order."""
    return tuple((path.stem, raw_text(path, {}), load_gold(path)) for path in gold_files([GOLD]))


def scored(seed: int | None) -> Score:
    """The bundled gold scored against itself, or against itself spoiled."""
    score = Score()
    for number, (name, text, gold) in enumerate(bundled()):
        score.one(name, text, gold, gold if seed is None else spoiled(gold, seed + number))
    return score


# ---------------------------------------------------------------- figures


def test_gold_scores_full_marks_against_itself() -> None:
    result = scored(None).result()
    for part in ("garbled_names", "all_names", "claims", "roles"):
        assert (result[part]["f1"], result[part]["fp"], result[part]["fn"]) == (1.0, 0, 0), part
    assert result["corrections"]["recall"] == 1.0
    assert result["corrections"]["false_per_1000_words"] == 0.0
    assert result["voices"] == 1.0


def test_an_empty_reading_finds_nothing_and_invents_nothing() -> None:
    score = Score()
    name, text, gold = bundled()[0]
    score.one(name, text, gold, {})
    result = score.result()
    assert result["claims"] == {"precision": 1.0, "recall": 0.0, "f1": 0.0, "tp": 0, "fp": 0, "fn": len(gold["claims"])}
    assert result["voices"] == 0.0


def test_a_spoiled_reading_gets_the_figures_that_the_original_scorer_gave_it() -> None:
    score = scored(0)
    result = score.result()
    assert result["garbled_names"] == {
        "precision": 0.5645, "recall": 0.56, "f1": 0.5622, "tp": 70, "fp": 54, "fn": 55
    }  # fmt: skip
    assert result["all_names"] == {
        "precision": 0.6471, "recall": 0.5699, "f1": 0.6061, "tp": 220, "fp": 120, "fn": 166
    }  # fmt: skip
    assert result["corrections"] == {"recall": 0.6053, "gold": 38, "false_per_1000_words": 0.412}
    assert result["claims"] == {"precision": 0.7315, "recall": 0.5973, "f1": 0.6576, "tp": 218, "fp": 80, "fn": 147}
    assert result["roles"] == {"precision": 0.5152, "recall": 0.4888, "f1": 0.5017, "tp": 524, "fp": 493, "fn": 548}
    assert {role: (figures["tp"], figures["fp"], figures["fn"]) for role, figures in result["by_role"].items()} == {
        "actors": (80, 113, 103), "figures": (20, 106, 54), "places": (84, 27, 72), "source": (59, 86, 67),
        "stance": (180, 118, 185), "targets": (81, 35, 52), "weapons": (20, 8, 15),
    }  # fmt: skip
    assert (result["voices"], result["words"], len(result["by_type"])) == (0.6737, 4858, 23)
    told = hashlib.sha256("\n".join(score.misses).encode()).hexdigest()
    assert (len(score.misses), told[:16]) == (354, "555e22fd73a54f38")


@lru_cache
def original() -> ModuleType:
    spec = importlib.util.spec_from_file_location("original_score", ORIGINAL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not ORIGINAL.exists(), reason="the original scorer is not beside this checkout")
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), which=st.integers(0, 11))
def test_any_spoiled_reading_gets_the_original_figures_and_misses(seed: int, which: int) -> None:
    name, text, gold = bundled()[which]
    reading = spoiled(gold, seed)
    ours, theirs = Score(), original().Score()
    ours.one(name, text, gold, reading)
    theirs.one(name, text, gold, reading)
    assert json.dumps(ours.result()) == json.dumps(theirs.result())
    assert ours.misses == theirs.misses


@pytest.mark.skipif(not ORIGINAL.exists(), reason="the original scorer is not beside this checkout")
@given(st.text(max_size=40), st.lists(st.text(max_size=20), max_size=3))
def test_names_are_folded_and_called_garbled_as_the_original_does(heard: str, names: list[str]) -> None:
    assert fold(heard) == original().fold(heard)
    mention = {"heard": heard, "name": names[0] if names else heard[::-1], "aliases": names[1:]}
    assert is_garbled(mention) == original().is_garbled(mention)


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("heard", "name", "garbled"),
    [
        ("Italy", "Idlib", True),
        ("moderate in Norman", "Maarat al-Numan", True),
        ("the Idlib", "Idlib", False),
        ("Russian", "Russia", False),
        ("Turkey's", "Turkey", False),
        ("the rebels", "Syrian opposition", False),
        ("Kiev", "Kyiv", True),
    ],
)
def test_a_name_is_garbled_when_what_was_heard_does_not_spell_it(heard: str, name: str, garbled: bool) -> None:
    assert is_garbled({"heard": heard, "name": name}) is garbled


def test_gold_may_say_outright_what_is_garbled_and_give_other_spellings() -> None:
    assert not is_garbled({"heard": "Kiev", "name": "Kyiv", "garbled": False})
    assert not is_garbled({"heard": "Kiev", "name": "Kyiv", "aliases": ["Kiev"]})
    assert spellings({"name": "al-Bab", "aliases": ["El Bab"]}) == {"bab"}


def test_names_fold_to_the_same_without_accents_articles_and_possessives() -> None:
    assert {fold(name) for name in ("the Houthis", "Houthis", "HOUTHIS", "Houthis'")} == {"houthis"}
    assert fold("Adré's") == "adre"
    assert fold(None) == ""


def test_nothing_to_find_and_nothing_found_is_full_marks() -> None:
    assert Count().figures()["f1"] == 1.0


# ---------------------------------------------------------------- files


def test_what_is_no_gold_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(ScoreError, match="no gold in this folder"):
        list(gold_files([tmp_path]))
    for text, said in (("[1]", "holds no JSON object"), ("{", "is no JSON"), ('{"mentions": []}', "corrections")):
        (tmp_path / "a.json").write_text(text)
        with pytest.raises(ScoreError, match=said) as caught:
            load_gold(tmp_path / "a.json")
        assert str(tmp_path / "a.json") in str(caught.value)


def test_the_text_beside_gold_wins_and_a_readings_own_copy_serves(tmp_path: Path) -> None:
    gold = tmp_path / "a.json"
    assert raw_text(gold, {"raw": "its own"}) == "its own"
    with pytest.raises(ScoreError, match=r"a\.txt is not beside it"):
        raw_text(gold, {})
    (tmp_path / "a.txt").write_bytes(b"\xff")
    with pytest.raises(ScoreError, match=r"a\.txt"):
        raw_text(gold, {})
    (tmp_path / "a.txt").write_text("beside")
    assert raw_text(gold, {"raw": "its own"}) == "beside"


def test_the_report_gives_the_figures_of_the_result() -> None:
    lines = report(scored(0).result())
    assert lines[0] == "garbled_names  P 0.565  R 0.560  F1 0.562   (tp 70, fp 54, fn 55)"
    assert lines[4] == "corrections    R 0.605 of 38; false per 1,000 words 0.412"
    assert lines[-1].startswith("by role        actors 0.43  figures 0.20")
