"""Which theatre a transcript and each of its stretches is about."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

from trucewatch import read
from trucewatch.reading.document import tokenise
from trucewatch.reading.pipeline import Pipeline
from trucewatch.reading.resources import resource
from trucewatch.reading.theatrechoice import (
    _AHEAD,
    _AT_SENTENCE,
    _CHANGE,
    _LEAST,
    _SPEAKS,
    FEATURES,
    MODEL,
    features,
    name_votes,
    probabilities,
    stretches,
)
from trucewatch.transcript import from_text

UKRAINE = "russian drones hit Kharkiv and Odesa overnight while Ukrainian forces held Pokrovsk"
SUDAN = "in Khartoum the Rapid Support Forces shelled Omdurman and fighting went on in el-Fasher in Darfur"
FILLER = "the weather will be fine for the rest of the week and the shops stay open until late in the evening " * 6


@pytest.mark.parametrize("text", ["one two three four five", "one two. Three four five", "one. Two three. Four five"])
def test_the_sums_are_what_every_path_together_comes_to(text: str) -> None:
    tokens = tokenise(text)
    votes = [(1, "a", 0.9), (1, "b", 0.2), (3, "b", 0.7)]
    got = stretches(tokens, votes)
    total = np.array([0.9, 0.9]) + _LEAST
    ahead = (total / total.sum()) ** _AHEAD
    ahead /= ahead.sum()
    seen = {1: np.array([0.9, 0.2]), 3: np.array([0.0, 0.7])}
    near = np.zeros((len(tokens), 2))
    for path in itertools.product((0, 1), repeat=len(tokens)):
        p = float(ahead[path[0]])
        for i, state in enumerate(path):
            if i:
                change = _CHANGE * (_AT_SENTENCE if tokens[i].brk >= 2 else 1.0)
                p *= change * float(ahead[state]) + (1 - change) * (state == path[i - 1])
            if i in seen:
                p *= float(np.exp(_SPEAKS * seen[i][state]))
        for i, state in enumerate(path):
            near[i, state] += p
    assert got.keys == ("a", "b")
    assert np.allclose(got.near, near / near.sum(axis=1, keepdims=True))


def test_no_votes_no_theatre() -> None:
    assert stretches(tokenise("nothing is said"), []).local() == [None, None, None]
    assert stretches([], []).local() == []


def test_a_round_up_gets_each_stretch_its_own() -> None:
    reading = read(f"{UKRAINE}. {FILLER}. {SUDAN}.", names=False)
    told = [(s.theatre, reading.raw[s.start : s.end]) for s in reading.transcript.stretches]
    assert [theatre for theatre, _ in told] == ["ukraine", "sudan"]
    assert "Pokrovsk" in told[0][1]
    assert "Khartoum" in told[1][1]
    ends = [(s.start, s.end) for s in reading.transcript.stretches]
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(ends))


def test_a_word_of_another_war_in_passing_makes_no_stretch() -> None:
    passing = "and the war in Ukraine goes on. "
    about = read(f"{SUDAN}. {FILLER[:100]}. {passing} {SUDAN}.", names=False).transcript
    assert about.theatre == "sudan"
    assert about.stretches == ()


def test_one_story_has_no_stretches_but_a_probability() -> None:
    about = read(SUDAN, names=False).transcript
    assert about.theatre == "sudan"
    assert about.theatres["sudan"] > 0.7
    assert sum(about.theatres.values()) <= 1.01
    assert about.stretches == ()


def test_a_theatre_that_is_told_is_not_weighed() -> None:
    about = Pipeline().read(from_text(UKRAINE, id="t"), "sudan").transcript
    assert (about.theatre, about.theatres) == ("sudan", {})


def test_where_none_stands_out_the_reading_says_so() -> None:
    reading = read(FILLER, names=False)
    assert reading.transcript.theatre is None
    assert any("no theatre stands out" in warning for warning in reading.warnings)


def test_a_date_before_a_war_speaks_against_it() -> None:
    pipeline = Pipeline()
    rows = {}
    for day in ("2019-06-07", "1999-06-07"):
        doc = pipeline.document(from_text("Fighting near Idlib.", id="t", air_date=day))
        votes = name_votes(doc)
        rows[day] = features(doc, votes, stretches(doc.tokens, votes))["syria"]
    inside = FEATURES.index("period")
    assert (rows["2019-06-07"][inside], rows["1999-06-07"][inside]) == (1.0, 0.0)


def test_chances_add_up_and_the_model_knows_every_feature() -> None:
    model = json.loads(resource(MODEL).read_text(encoding="utf-8"))
    assert set(model["weights"]) == set(FEATURES)
    chances = probabilities({"a": [1.0, 2.0, 0.0, 1.0, 1.0], "b": [0.0, 0.0, 0.0, 1.0, 0.0]}, [1.0] * 5, 2.0)
    assert sum(chances.values()) == pytest.approx(1)
    assert max(chances, key=lambda key: chances[key]) == "a"
    assert chances[None] > chances["b"]
