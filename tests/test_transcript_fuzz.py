"""A short run of the fuzz script: the same inputs every time. The long run is ``benchmarks/fuzz_loaders.py``."""

from __future__ import annotations

import importlib.util
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest

from trucewatch.transcript import FORMATS, Cue, Transcript, load


def _script() -> ModuleType:
    path = Path(__file__).resolve().parent.parent / "benchmarks" / "fuzz_loaders.py"
    spec = importlib.util.spec_from_file_location("fuzz_loaders", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


fuzz = _script()


def test_damaged_files_are_read_or_refused_and_never_misquoted() -> None:
    result = fuzz.run(420, seed=20260101)
    assert [fault for _, fault, _ in result.failures] == []
    outcomes = {outcome for _, outcome in result.counts}
    assert outcomes == {"read", "read with warning", "refused"}


@pytest.mark.parametrize("format", FORMATS)
def test_undamaged_files_are_read_as_what_they_are(format: str) -> None:
    for seed in range(10):
        data = fuzz.valid_file(random.Random(seed), format)
        transcript = load(data)
        assert transcript.format == format
        assert fuzz.faults_of(transcript) == []
        assert not fuzz.misquotes(transcript, data)


def test_the_same_seed_gives_the_same_inputs() -> None:
    one, two = (fuzz.damaged_file(random.Random("0/5"), "webvtt") for _ in range(2))
    assert one == two


@pytest.mark.parametrize(
    ("transcript", "fault"),
    [
        (Transcript("a", "two words", (Cue(0, 3, 0, 1), Cue(4, 9, 0.5, 2))), "times run back"),
        (Transcript("a", "two words", (Cue(4, 9, 0, 1), Cue(0, 3, 1, 2))), "cues are out of order"),
        (Transcript("a", "two words", (Cue(0, 3, 0, 1), Cue(5, 9, 1, 2))), "text between cues that no cue holds"),
        (Transcript("a", "two words", (Cue(0, 3, 0, 1),)), "text before or after all cues"),
        (Transcript("a", "two words", (Cue(0, 4, 0, 1), Cue(4, 9, 1, 2))), "a cue that quotes nothing, or white space"),
        (Transcript("a", "a\ud800"), "raw is not whole Unicode"),
    ],
)
def test_the_run_notices_a_transcript_that_breaks_a_rule(transcript: Transcript, fault: str) -> None:
    assert any(found.startswith(fault) for found in fuzz.faults_of(transcript))


def test_the_run_notices_a_word_that_the_file_does_not_say() -> None:
    data = fuzz.valid_file(random.Random(3), "srt")
    honest = load(data)
    assert fuzz.misquotes(Transcript("a", honest.raw.replace("the", "thee", 1), format="srt"), data)
