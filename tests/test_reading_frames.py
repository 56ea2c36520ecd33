"""Frames: the words that can open a claim are data, found in text; figures of speech open nothing."""

from __future__ import annotations

import re
from typing import get_args

import pytest
import yaml

from trucewatch.reading.frames import Finder, find_openings, frame_table, inflections
from trucewatch.reading.model import ClaimType, Target, Weapon
from trucewatch.reading.resources import resource
from trucewatch.reading.roles import class_table

EXAMPLES = yaml.safe_load(resource("frame_examples.yaml").read_text("utf-8"))


def opened(text: str) -> set[str]:
    return {hit.opening.type for hit in find_openings(text.split()) if hit.opening.strong}


def test_every_type_has_a_frame_and_no_frame_is_for_anything_else() -> None:
    assert set(frame_table()) == set(get_args(ClaimType)) == set(EXAMPLES)
    for claim_type, frame in frame_table().items():
        assert len({*frame["nouns"], *frame["verbs"], *frame["phrases"]}) >= 40, claim_type


def _words(sentence: str) -> list[str]:
    return re.sub(r"[^a-z0-9\[\] ]", "", sentence.lower().replace("-", " ")).split()


@pytest.mark.parametrize(
    ("claim_type", "sentence"), [(kind, text) for kind, own in EXAMPLES.items() for text in own["examples"]]
)
def test_a_frames_examples_open_a_claim_at_the_words_in_brackets(claim_type: str, sentence: str) -> None:
    marked = _words(sentence)
    first = next(i for i, word in enumerate(marked) if word.startswith("["))
    last = next(i for i, word in enumerate(marked) if word.endswith("]"))
    words = [word.strip("[]") for word in marked]
    found = [h for h in find_openings(words) if h.opening.type == claim_type and h.opening.strong]
    assert any(h.first <= last and h.last >= first for h in found)


@pytest.mark.parametrize(
    ("claim_type", "sentence"), [(kind, text) for kind, own in EXAMPLES.items() for text in own["counters"]]
)
def test_a_frames_counter_examples_open_nothing_of_its_type(claim_type: str, sentence: str) -> None:
    words = [word.strip("[]") for word in _words(sentence)]
    assert not [h for h in find_openings(words) if h.opening.type == claim_type and h.opening.strong]


def test_what_an_opening_requires_or_forbids_decides_whether_it_is_one() -> None:
    table = {
        "offensive": {
            "nouns": ["operation"],
            "verbs": ["launch"],
            "requires": [{"openings": ["operation"], "words": "army troop"}],
            "forbids": [{"openings": ["launch"], "words": "rocket"}],
        }
    }
    finder = Finder(table)

    def found(text: str) -> list[tuple[int, bool]]:
        return [(h.first, h.opening.strong) for h in finder.find(text.split())]

    assert found("the operation by troops") == [(1, True)]
    assert found("the operation on his knee") == [(1, False)]
    assert found("they launched it") == [(1, True)]
    assert found("they launched two rockets") == []
    assert found("the operation now goes on and on with the armies") == [(1, False)]  # too far away


def test_every_class_of_target_and_weapon_has_words() -> None:
    assert set(class_table()["targets"]) == set(get_args(Target))
    assert set(class_table()["weapons"]) == set(get_args(Weapon))


@pytest.mark.parametrize(
    ("text", "claim_type"),
    [
        ("jets dropped bombs on the market", "air_strike"),
        ("the town came under mortar fire again", "shelling"),
        ("a roadside bomb went off", "explosion"),
        ("they fled their homes at night", "displacement"),
        ("the hospital was reduced to rubble", "damage"),
        ("the truce came into force", "ceasefire"),
        ("he was taken hostage", "detention"),
        ("the town has changed hands", "territory"),
        ("they took to the streets", "protest"),
        ("accused of breaking the ceasefire", "violation"),
    ],
)
def test_idioms_open_claims_of_their_type(text: str, claim_type: str) -> None:
    assert claim_type in opened(text)


@pytest.mark.parametrize(
    "text", ["a war of words", "the battle for the title", "a legal battle", "he had a heart attack", "a gold mine"]
)
def test_figures_of_speech_open_nothing(text: str) -> None:
    assert not opened(text)


@pytest.mark.parametrize(
    ("verb", "form"),
    [
        ("shell", "shelled"),
        ("flee", "fled"),
        ("bury", "buried"),
        ("seize", "seizing"),
        ("strike", "struck"),
        ("push", "pushes"),
    ],
)
def test_verbs_are_known_in_all_their_forms(verb: str, form: str) -> None:
    assert form in inflections(verb)
