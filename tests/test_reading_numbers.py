"""Numbers as captions say them, by the figure rules of the reading format."""

from __future__ import annotations

import pytest

from trucewatch.reading.document import Document, Number
from trucewatch.reading.lexicon import Lexicon
from trucewatch.reading.numbers import numbers
from trucewatch.reading.words import words
from trucewatch.theatre import world
from trucewatch.transcript.model import Transcript


def heard(text: str) -> list[Number]:
    doc = Document(Transcript(id="t", raw=text), Lexicon([], world()))
    return numbers(words(doc)).numbers


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("more than 200,000 people have fled", 200_000, None),
        ("at least twenty three were killed", 23, None),
        ("up to three hundred fighters", None, 300),
        ("dozens of people were killed", 24, 99),
        ("tens of thousands are trapped", 20_000, 99_999),
        ("hundreds of thousands have fled", 200_000, 999_999),
        ("twenty to thirty shells fell", 20, 30),
        ("between 5 and 7 soldiers", 5, 7),
        ("two to three thousand men", 2_000, 3_000),
        ("nearly 50 people died", 50, 50),
        ("one hundred and fifty prisoners", 150, 150),
        ("three million six hundred thousand refugees", 3_600_000, 3_600_000),
        ("1.2 million people", 1_200_000, 1_200_000),
        ("half a million people", 500_000, 500_000),
        ("a dozen rockets", 12, 12),
        ("fewer than ten trucks", None, 10),
    ],
)
def test_a_number_is_heard_with_the_hedge_around_it(text: str, low: int | None, high: int | None) -> None:
    (found,) = heard(text)
    assert (found.low, found.high) == (low, high)


def test_money_shaped_numbers_before_a_noun_are_plain_numbers_and_say_so() -> None:
    (found,) = heard("about $200.00 people were in the square")
    assert (found.low, found.mangled) == (200, "200")


def test_real_money_and_percentages_are_no_count() -> None:
    assert heard("they paid $4.50 a loaf and prices rose by 30%") == []


@pytest.mark.parametrize("text", ["several people", "many were killed", "some of them", "a man died"])
def test_vague_words_give_no_number(text: str) -> None:
    assert heard(text) == []
