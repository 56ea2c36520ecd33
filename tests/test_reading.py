"""A reading, end to end: every statement points at its words, says why, and a second reading gives the same bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trucewatch.reading.model import Reading
from trucewatch.reading.pipeline import Pipeline, read
from trucewatch.reading.steps import REQUIRED, STEPS
from trucewatch.transcript import from_text

GOLD = Path(__file__).parents[1] / "benchmarks" / "gold"
SEED = Path(__file__).parents[2] / "shared" / "gold" / "seed.txt"

IDLIB = (
    "syrian and russian jets have carried out more than sixty raids on southern italy and northern hama since monday the opposition "
    "says at least twelve civilians were killed when barrel bombs hit a market in saraqib the government in damascus denies it fighters "
    "of high at her rear all sham or h t s say they have pushed the army back ten kilometers tens of thousands of people have fled "
    "towards the turkish border russia says a ceasefire will come into force at midnight"
)


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return Pipeline()


@pytest.fixture(scope="module")
def idlib(pipeline: Pipeline) -> Reading:
    return pipeline.read(from_text(IDLIB, id="idlib", air_date="2019-08-21"))


def assert_sound(reading: Reading) -> None:
    """Offsets quote what they say they quote; voices cover the text; sentences are in order; everything says why."""
    raw = reading.raw
    for mention in reading.mentions:
        assert raw[mention.start : mention.end] == mention.heard
        assert mention.why
    for correction in reading.corrections:
        assert raw[correction.start : correction.end] == correction.heard
        assert correction.why
    for claim in reading.claims:
        assert raw[claim.start : claim.end] == claim.text
        assert claim.why
        assert claim.trigger in claim.text
        assert claim.voice is None or claim.voice < len(reading.voices)
    if raw.strip() and "voices" in reading.reader.steps:
        assert reading.voices[0].start == 0
        assert reading.voices[-1].end == len(raw)
    assert all(a.end == b.start for a, b in zip(reading.voices, reading.voices[1:], strict=False))
    assert all(a.end <= b.start for a, b in zip(reading.sentences, reading.sentences[1:], strict=False))


def test_a_reading_is_sound_and_names_what_made_it(idlib: Reading) -> None:
    assert_sound(idlib)
    assert idlib.transcript.theatre == "syria"
    assert set(idlib.reader.theatres) >= {"world", "syria"}
    assert all(len(d) == 64 for d in (*idlib.reader.theatres.values(), *idlib.reader.models.values()))


def test_names_misheard_in_the_theatre_are_put_right_with_reasons_and_runners_up(idlib: Reading) -> None:
    recovered = {m.heard: m for m in idlib.mentions if m.recovered}
    assert recovered["italy"].name == "Idlib"
    assert any(m.name == "Hayat Tahrir al-Sham" for m in recovered.values())
    assert all(len(m.why) > 1 for m in recovered.values())
    assert "Idlib" in idlib.text


def test_a_claim_keeps_whose_it_is(idlib: Reading) -> None:
    kinds = {c.type for c in idlib.claims}
    assert {"air_strike", "casualties", "displacement", "ceasefire"} & kinds >= {"air_strike", "displacement"}
    dead = next(c for c in idlib.claims if any(f.what == "killed" for f in c.figures))
    assert (dead.figures[0].low, dead.figures[0].high) == (12, None)
    assert dead.source == "Syrian opposition"
    assert dead.stance != "asserted"


def test_italy_stays_italy_in_a_story_about_italy(pipeline: Pipeline) -> None:
    reading = pipeline.read(
        from_text(
            "a hotel fire in southern italy has killed two tourists police in rome say "
            "the mayor of naples has opened an inquiry"
        )
    )
    assert not [m for m in reading.mentions if m.recovered]


def test_reading_twice_gives_the_same_bytes(pipeline: Pipeline) -> None:
    first = pipeline.read(from_text(IDLIB, id="x", air_date="2019-08-21")).to_json()
    again = Pipeline().read(from_text(IDLIB, id="x", air_date="2019-08-21")).to_json()
    assert first == again


def test_another_process_gives_the_same_bytes() -> None:
    code = (
        "import sys; from trucewatch import read; sys.stdout.write(read(sys.argv[1], air_date='2019-08-21').to_json())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code, IDLIB],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_a_reading_goes_through_json_and_back(idlib: Reading) -> None:
    assert Reading.model_validate_json(idlib.to_json()) == idlib
    assert json.loads(idlib.to_json())["format"] == "trucewatch.reading/1"


@pytest.mark.parametrize("step", [name for name in STEPS if name not in REQUIRED])
def test_each_step_can_be_switched_off(step: str) -> None:
    reading = Pipeline(off=frozenset({step})).read(from_text(IDLIB))
    assert_sound(reading)
    assert step not in reading.reader.steps


def test_a_wrong_step_or_theatre_is_refused_by_name(pipeline: Pipeline) -> None:
    with pytest.raises(ValueError, match="no such step: naems"):
        Pipeline(off=frozenset({"naems"}))
    with pytest.raises(ValueError, match="no theatre called 'atlantis'"):
        pipeline.read(from_text(IDLIB), theatre="atlantis")


def test_a_theatre_that_is_told_is_used(pipeline: Pipeline) -> None:
    reading = pipeline.read(from_text("the rebels say the army has shelled their positions"), theatre="syria")
    assert reading.transcript.theatre == "syria"
    assert {m.name for m in reading.mentions} >= {"Syrian opposition", "Syrian government"}


@pytest.mark.parametrize("path", sorted(GOLD.glob("dev/*.txt"))[:6], ids=lambda p: p.stem)
def test_readings_of_the_bundled_transcripts_are_sound(pipeline: Pipeline, path: Path) -> None:
    assert_sound(pipeline.read(from_text(path.read_bytes().decode())))


PIECES = [
    "the army",
    "u.n.",
    "it lib",
    ">>",
    "0ver",
    "$200.00",
    "h t s",
    "don’t",
    "Кий",
    "إدلب",
    "\n\n",
    "...",
    "20-30",
    "a",
    "\u200b",
    "é",
    "🙂",
    "—",
    "''",
    "s.",
    "fled",
    "were killed",
    "says",
    "?",
    "russia's",
    "1,000",
    "\t",
    "  ",
    "<b>",
]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(PIECES), max_size=60), st.sampled_from([" ", "", "\n"]))
def test_any_text_gives_a_sound_reading(pipeline: Pipeline, pieces: list[str], glue: str) -> None:
    text = glue.join(pieces)
    assert_sound(pipeline.read(from_text(text if any(ch.isalnum() for ch in text) else "x")))


def test_a_string_is_the_text_and_a_path_the_file(tmp_path: Path) -> None:
    file = tmp_path / "caption.txt"
    file.write_text(IDLIB, encoding="utf-8")
    assert read(str(file)).raw == read(IDLIB).raw == IDLIB


@pytest.mark.skipif(not SEED.exists(), reason="the user's transcript is not beside this checkout")
def test_the_users_transcript_is_read_as_asked(pipeline: Pipeline) -> None:
    reading = pipeline.read(from_text(SEED.read_bytes().decode(), outlet="Al Jazeera English"))
    assert_sound(reading)
    names = {m.name for m in reading.mentions if m.recovered}
    assert names >= {"Idlib", "Maarat al-Numan", "Hayat Tahrir al-Sham", "Syrian government"}
    figures = {(f.what, f.low, f.high) for c in reading.claims for f in c.figures}
    assert figures >= {("attacks_per_day", 100, None), ("displaced", 200_000, None), ("distance_km", 20, 20)}
    banned = next(c for c in reading.claims if "cluster_munition" in c.weapons)
    assert banned.stance == "alleged"
    assert banned.source is not None
    assert "opposition" in banned.source
    assert any("barrel_bomb" in c.weapons for c in reading.claims)
    assert any(c.type == "ceasefire" and "no sign of a deal" in c.text for c in reading.claims)


def test_the_wounded_are_not_counted_as_dead(pipeline: Pipeline) -> None:
    reading = pipeline.read(
        from_text(
            "In Tyre residents said the Israeli army opened fire on people going home. Two were wounded. Nine others died."
        )
    )
    figures = {(f.what, f.low) for c in reading.claims for f in c.figures}
    assert ("injured", 2) in figures
    assert ("killed", 2) not in figures
