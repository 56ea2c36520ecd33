"""Frames: the words that can open a claim are data, found in text; figures of speech open nothing."""

from __future__ import annotations

from typing import get_args

import pytest

from trucewatch.reading.frames import find_openings, frame_table, inflections
from trucewatch.reading.model import ClaimType, Target, Weapon
from trucewatch.reading.roles import class_table


def opened(text: str) -> set[str]:
    return {hit.opening.type for hit in find_openings(text.split()) if hit.opening.strong}


def test_every_type_has_a_frame_and_no_frame_is_for_anything_else() -> None:
    assert set(frame_table()) == set(get_args(ClaimType))
    assert all(sum(len(words) for words in frame.values()) >= 30 for frame in frame_table().values())


def test_every_class_of_target_and_weapon_has_words() -> None:
    assert set(class_table()["targets"]) == set(get_args(Target))
    assert set(class_table()["weapons"]) == set(get_args(Weapon))


@pytest.mark.parametrize(
    ("text", "claim_type"),
    [
        ("jets dropped bombs on the market", "air_strike"),
        ("the town came under fire again", "shelling"),
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
