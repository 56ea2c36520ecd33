"""Names: clean ones settled by theatre and slot, misheard ones by sound; the index, its cache, and the judge's arithmetic."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trucewatch.reading import phones as ph
from trucewatch.reading import soundindex
from trucewatch.reading.lexicon import lexicon
from trucewatch.reading.model import Reading
from trucewatch.reading.pipeline import Pipeline
from trucewatch.reading.trees import Trees, load_trees
from trucewatch.transcript import from_text

SAID = st.lists(st.sampled_from(ph.PHONES[1:]), min_size=1, max_size=12).map(tuple)


def read(text: str, theatre: str | None = None) -> Reading:
    return Pipeline().read(from_text(text), theatre)


def names(reading: Reading) -> dict[str, str]:
    return {m.heard.lower(): m.name for m in reading.mentions}


def test_a_phrase_for_a_side_names_the_actor_of_the_war_at_hand() -> None:
    assert (
        names(read("the rebels have left homs and the army has moved in", "syria"))["the rebels"] == "Syrian opposition"
    )
    assert (
        names(read("in sanaa and hodeidah the coalition has bombed the port", "yemen"))["the coalition"]
        == "Saudi-led coalition"
    )


def test_a_country_is_its_government_where_it_acts_and_a_place_where_it_is_a_place() -> None:
    found = [(m.name, m.kind) for m in read("damascus says the raids in syria will go on", "syria").mentions]
    assert ("Syrian government", "actor") in found
    assert ("Syria", "place") in found


@pytest.mark.parametrize("word", ["us", "who", "let", "rest", "is", "care"])
def test_small_words_that_are_also_acronyms_stay_words(word: str) -> None:
    reading = read(f"in kabul and kandahar they asked {word} again and nobody in helmand answered")
    assert word not in names(reading)


def test_an_acronym_spelled_out_by_letters_is_known() -> None:
    assert names(read("fighters from h t s hold idlib and saraqib", "syria"))["h t s"] == "Hayat Tahrir al-Sham"


def test_what_the_acronym_after_it_spells_out_is_recovered() -> None:
    reading = read("in idlib fighters of high at her rear all sham or hts have dug in near saraqib", "syria")
    assert any(m.recovered and m.name == "Hayat Tahrir al-Sham" and "sham" in m.heard for m in reading.mentions)


def test_clean_names_are_not_recovered_again() -> None:
    reading = read("the army has shelled khan sheikhoun and saraqib in idlib province", "syria")
    assert not [m for m in reading.mentions if m.recovered]
    assert {"Khan Sheikhoun", "Saraqib"} <= {m.name for m in reading.mentions}


def test_the_sound_index_is_the_same_from_the_cache_and_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    words = lexicon(("libya",))
    fresh = soundindex.sounds_of(words, "libya")
    assert list((tmp_path / "trucewatch" / "sounds").iterdir())
    kept = soundindex.sounds_of(words, "libya")
    assert [(s.entry, s.spelling, s.code) for s in kept.sounds] == [(s.entry, s.spelling, s.code) for s in fresh.sounds]
    assert kept.outlines.tolist() == fresh.outlines.tolist()
    assert sorted(kept.near("TRNT").tolist()) == sorted(fresh.near("TRNT").tolist()) != []


def test_a_broken_cache_is_built_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    words = lexicon(("libya",))
    fresh = soundindex.sounds_of(words, "libya")
    for path in (tmp_path / "trucewatch" / "sounds").iterdir():
        path.write_bytes(path.read_bytes()[:100])
    assert len(soundindex.sounds_of(words, "libya").sounds) == len(fresh.sounds)


@given(SAID, SAID)
def test_sounds_differ_by_nothing_from_themselves_and_by_no_more_than_all_lost(
    a: tuple[str, ...], b: tuple[str, ...]
) -> None:
    x, y = ph.pad([ph.encode(a)], 14), ph.pad([ph.encode(b)], 14)
    by = ph.costs()
    assert ph.distances(x, x)[0] == 0
    assert 0 <= ph.distances(x, y)[0] <= by.extra[x].sum() + by.lost[y].sum() + 1e-4


def test_padding_costs_nothing() -> None:
    said = ph.encode(ph.word_phones("aleppo"))
    heard = ph.encode(ph.word_phones("olive"))
    short = ph.distances(ph.pad([heard], 6), ph.pad([said], 6))
    assert ph.distances(ph.pad([heard], 20), ph.pad([said], 20)) == pytest.approx(short)


def test_an_r_that_newsreaders_do_not_say_costs_little() -> None:
    ankara = ph.pad([ph.encode(ph.name_phones("Ankara")[0])], 10)
    assert ph.word_phones("anchor")[-1] == "ER"
    assert ph.word_phones("are")[-1] == ph.CODA_R
    heard = ph.pad([ph.encode(ph.word_phones("anchor") + ph.word_phones("are"))], 10)
    other = ph.pad([ph.encode(ph.word_phones("anchor") + ph.word_phones("at"))], 10)
    assert ph.distances(heard, ankara)[0] < ph.distances(other, ankara)[0]


def test_what_sounds_like_a_name_is_nearer_to_it_than_to_another() -> None:
    def distance(heard: str, name: str) -> float:
        said = tuple(p for w in heard.split() for p in ph.word_phones(w))
        names = ph.name_phones(name)
        return float(
            ph.distances(ph.pad([ph.encode(said)] * len(names), 24), ph.pad([ph.encode(n) for n in names], 24)).min()
        )

    for heard, right, wrong in (
        ("who these", "Houthis", "Hodeidah"),
        ("has bull uh", "Hezbollah", "Hebron"),
        ("my duggery", "Maiduguri", "Mogadishu"),
    ):
        assert distance(heard, right) < distance(heard, wrong)


def test_trees_judge_as_walking_them_by_hand_does(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    trees = Trees(
        ("a", "b", "support"),
        feature=np.array([[0, 1, 0, 0, 0], [2, 0, 0, 0, 0]]),
        threshold=np.array(
            [[0.5, 0.2, np.inf, np.inf, np.inf], [0.1, np.inf, np.inf, np.inf, np.inf]], dtype=np.float32
        ),
        left=np.array([[1, 3, 2, 3, 4], [1, 1, 2, 3, 4]]),
        right=np.array([[2, 4, 2, 3, 4], [2, 1, 2, 3, 4]]),
        value=np.array([[0, 0, 1.0, -2.0, 0.5], [0, 0.25, -0.25, 0, 0]], dtype=np.float32),
        base=0.1,
        depth=2,
        apply=0.5,
        suggest=0.2,
    )
    trees.save(tmp_path / "t.npz")
    again = load_trees(tmp_path / "t.npz")
    rows = [{"a": float(a), "b": float(b), "support": float(s)} for a, b, s in rng.random((50, 3))]
    for row, odds in zip(rows, again.log_odds(again.matrix(rows)), strict=True):
        first = 1.0 if row["a"] > 0.5 else (-2.0 if row["b"] <= 0.2 else 0.5)
        second = 0.25 if row["support"] <= 0.1 else -0.25
        assert odds == pytest.approx(0.1 + first + second, abs=1e-5)
