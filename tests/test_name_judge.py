"""The judge of clean names: what it may choose from, how it chooses, what it says of its reasons, and life without it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from trucewatch.reading import cleannames, namejudge
from trucewatch.reading.cleannames import by_rules, names
from trucewatch.reading.context import theatre_weights
from trucewatch.reading.document import Document, Name, fold
from trucewatch.reading.lexicon import lexicon
from trucewatch.reading.namecandidates import Memory, Option, candidates, phrases, shown_name
from trucewatch.reading.namejudge import CLOSE, COLUMNS, NameModel, WordOdds, choose, load_model, save_model
from trucewatch.reading.trees import Trees
from trucewatch.reading.words import words
from trucewatch.transcript import from_text

TEXT = (
    "In Khartoum the army says it has shelled positions of the Rapid Support Forces. The group denies it, and in Omdurman "
    "the paramilitaries hold the bridge. In Geneva the UN Security Council met, and the council called for a truce."
)


def document(text: str, theatre: str | None = None) -> Document:
    return words(Document(from_text(text), lexicon(), theatre))


def possible(text: str, theatre: str | None = None) -> list[Option]:
    doc = document(text, theatre)
    found = doc.lexicon.find([t.norm for t in doc.tokens])
    weights = theatre_weights(doc, found)
    doc.theatres, doc.local_theatre, doc.local_country = weights.overall, weights.local, weights.country
    ruled = by_rules(doc, found)
    return candidates(doc, found, weights, ruled, Memory(doc, found, ruled))


def meanings(text: str, key: str, theatre: str | None = None) -> set[str]:
    return {shown_name(option) for option in possible(text, theatre) if option.key == key}


def read(text: str, theatre: str | None = None) -> list[Name]:
    return names(document(text, theatre)).names


@pytest.fixture
def no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleannames, "judge", lambda: None)


def test_a_general_phrase_may_mean_what_was_named_and_what_the_theatre_has() -> None:
    assert "Rapid Support Forces" in meanings(TEXT, "group", "sudan")
    assert "Rapid Support Forces" in meanings(TEXT, "paramilitaries", "sudan")
    assert {"Sudanese army", "Sudanese government"} <= meanings(TEXT, "army", "sudan")
    assert "UN Security Council" in meanings(TEXT, "council", "sudan")


def test_a_state_s_office_is_named_by_its_adjective() -> None:
    assert "Iranian embassy" in {shown_name(o) for o in possible("A blast hit the Iranian embassy in Dar es Salaam.")}
    text = "In Tripoli and Misrata the foreign ministry counts the dead."
    assert "Libyan Foreign Ministry" in meanings(text, "foreign ministry")


def test_no_two_possibilities_of_a_span_give_one_name() -> None:
    seen: set[tuple[int, int, str]] = set()
    for option in possible(TEXT + " Turkey and the Syrians and Damascus and the regime in Syria spoke in Ankara."):
        key = (option.first, option.last, fold(shown_name(option)))
        assert key not in seen
        seen.add(key)


def test_phrases_are_written_without_their_article_and_once() -> None:
    assert not [phrase for phrase in phrases() if phrase.startswith(("the ", "a ", "an "))]
    assert all(phrase == fold(phrase) for phrase in phrases())
    assert all(meaning.who <= {"state", "group", "head", "place"} and meaning.who for meaning in phrases().values())


def test_the_likeliest_are_chosen_and_none_overlap() -> None:
    options = possible(TEXT, "sudan")
    for k, option in enumerate(options):
        option.probability = 0.2 + 0.7 * ((k * 37) % 101) / 100
    chosen = [options[k] for k, _ in choose(options, 0.5)]
    assert chosen
    assert all(a.last < b.first for a, b in pairwise(chosen))
    assert all(o.probability >= 0.5 for o in chosen)
    top = max(options, key=lambda o: o.probability)
    assert top in chosen
    taken = {i for o in chosen for i in range(o.first, o.last + 1)}
    left = [o for o in options if o.probability >= 0.5 and taken.isdisjoint(range(o.first, o.last + 1))]
    assert not left


def test_a_judge_is_the_same_saved_and_loaded(tmp_path: Path) -> None:
    trees = Trees(
        COLUMNS,
        feature=np.array([[3, 0, 0]]),
        threshold=np.array([[0.5, np.inf, np.inf]], dtype=np.float32),
        left=np.array([[1, 1, 2]]),
        right=np.array([[2, 1, 2]]),
        value=np.array([[0, -1.0, 1.0]], dtype=np.float32),
        base=0.25,
        depth=1,
        apply=0.4,
        suggest=0.2,
    )
    model = NameModel(WordOdds({"before side last": 0.5, "phrase side the rebels": -1.25}), trees)
    save_model(model, tmp_path / "names.npz")
    again = load_model(tmp_path / "names.npz")
    assert again.words == model.words
    assert again.trees.apply == 0.4
    rows = np.eye(len(COLUMNS), dtype=np.float32)
    assert (again.trees.log_odds(rows) == trees.log_odds(rows)).all()
    assert again.trees.log_odds(rows)[3] == 1.25


def test_the_shipped_judge_reads_the_features_that_reading_makes() -> None:
    model = namejudge.judge()
    assert model is not None
    assert model.trees.columns == COLUMNS
    assert 0.2 < model.trees.apply < 0.8


def test_general_phrases_are_given_to_the_war_at_hand() -> None:
    found = {name.name: name.how for name in read("The rebels hold Idlib and the army shells it.", "syria")}
    assert found["Syrian opposition"] == "generic"
    assert found["Syrian government"] == "generic"
    text = "In Gaza the army says it hit Hamas in Rafah, and Israel says the army will stay."
    assert "Israel" in {name.name for name in read(text) if name.how == "generic"}


def test_a_name_says_what_it_rests_on_and_how_sure_it_is() -> None:
    model = namejudge.judge()
    assert model is not None
    found = read(TEXT)
    assert found
    for name in found:
        assert model.trees.apply <= name.confidence <= 1
        assert name.why[0].kind in {"spelling", "side"}
        assert all(c.name != name.name and c.confidence <= name.confidence + CLOSE for c in name.candidates)
    weighed = [e for name in found for e in name.why if e.weight is not None]
    assert weighed
    assert all(e.weight > 0.05 for e in weighed if e.weight is not None)


def test_ordinary_words_that_are_also_names_stay_words() -> None:
    text = "A bored man sat by the road with the rest of his group, and the children of the town had oranges to let."
    assert read(text) == []


def test_without_the_file_the_rules_hold(no_model: None) -> None:
    doc = names(document(TEXT, "sudan"))
    assert doc.names == by_rules(doc, doc.lexicon.find([t.norm for t in doc.tokens]))
    assert any(n.name == "Rapid Support Forces" for n in doc.names)


def test_reading_names_twice_gives_the_same() -> None:
    assert read(TEXT) == read(TEXT)


@pytest.mark.parametrize("text", ["…", "the", "the army", "group", "In the the of of"])
def test_short_texts_are_read(text: str) -> None:
    size = len(document(text).tokens)
    assert all(0 <= name.first <= name.last < size for name in read(text))
