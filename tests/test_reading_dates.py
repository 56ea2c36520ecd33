"""Dates in claims are resolved against the air date; what is not said stays unknown."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trucewatch.reading.dates import resolve

AIR = date(2019, 8, 23)  # a Friday


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "precision"),
    [
        ("on thursday a convoy was hit", "2019-08-22", "2019-08-22", "day"),
        ("yesterday the town fell", "2019-08-22", "2019-08-22", "day"),
        ("overnight raids", "2019-08-22", "2019-08-23", "day"),
        ("three days ago", "2019-08-20", "2019-08-20", "day"),
        ("last week", "2019-08-12", "2019-08-18", "week"),
        ("last month they fled", "2019-07-01", "2019-07-31", "month"),
        ("in april the offensive began", "2019-04-01", "2019-04-30", "month"),
        ("since april five hundred have died", "2019-04-01", "2019-08-23", "month"),
        ("in december talks failed", "2018-12-01", "2018-12-31", "month"),
        ("on the 4th of may 2017", "2017-05-04", "2017-05-04", "day"),
        ("a gas attack in 2013", "2013-01-01", "2013-12-31", "year"),
        ("last year ceasefire", "2018-01-01", "2018-12-31", "year"),
        ("on the fifth of march rebels pulled out", "2019-03-05", "2019-03-05", "day"),
        ("may the twenty first", "2019-05-21", "2019-05-21", "day"),
        ("on june 3 last year", "2018-06-03", "2018-06-03", "day"),
        ("in april last year", "2018-04-01", "2018-04-30", "month"),
        ("the war that began in two thousand and eleven", "2011-01-01", "2011-12-31", "year"),
        ("back in twenty fifteen", "2015-01-01", "2015-12-31", "year"),
        ("in nineteen ninety five", "1995-01-01", "1995-12-31", "year"),
        ("the massacres of the nineties", "1990-01-01", "1999-12-31", "year"),
        ("since 2011 half a million have died", "2011-01-01", "2019-08-23", "year"),
        ("since tuesday", "2019-08-20", "2019-08-23", "day"),
        ("since the fifth of august", "2019-08-05", "2019-08-23", "day"),
        ("since last month", "2019-07-01", "2019-08-23", "month"),
        ("for a second month the town is cut off", "2019-06-24", "2019-08-23", "month"),
        ("for the third day running", "2019-08-21", "2019-08-23", "day"),
        ("a fourth straight week of raids", "2019-07-26", "2019-08-23", "week"),
        ("for a fourth straight week", "2019-07-26", "2019-08-23", "week"),
        ("in the past two weeks", "2019-08-09", "2019-08-23", "week"),
        ("over the last twenty four hours", "2019-08-22", "2019-08-23", "day"),
        ("for five days now", "2019-08-18", "2019-08-23", "day"),
        ("half a year ago", "2019-02-01", "2019-02-28", "month"),
        ("the day before yesterday", "2019-08-21", "2019-08-21", "day"),
        ("the night before last", "2019-08-21", "2019-08-21", "day"),
        ("at the weekend", "2019-08-17", "2019-08-18", "day"),
        ("talks will resume on monday", "2019-08-26", "2019-08-26", "day"),
        ("talks resumed on monday", "2019-08-19", "2019-08-19", "day"),
        ("they must leave by sunday", "2019-08-25", "2019-08-25", "day"),
        ("next friday", "2019-08-30", "2019-08-30", "day"),
        ("last friday", "2019-08-16", "2019-08-16", "day"),
        ("last summer", "2018-06-01", "2018-08-31", "month"),
        ("in the winter of 2016", "2016-12-01", "2017-02-28", "month"),
        ("earlier this month", "2019-08-01", "2019-08-31", "month"),
        ("two thousand people fled", None, None, None),
        ("ten and two thousand more were held", None, None, None),
        ("a second month", None, None, None),
        ("for months they waited", None, None, None),
        ("the fall of the town", None, None, None),
        ("last fall of the government", None, None, None),
        ("they may leave the city", None, None, None),
        ("they march on the capital", None, None, None),
    ],
)
def test_a_date_is_resolved_against_the_day_of_broadcast(
    text: str, earliest: str | None, latest: str | None, precision: str | None
) -> None:
    found = resolve(text.split(), AIR)
    assert (found and (found.earliest, found.latest, found.precision)) == (earliest and (earliest, latest, precision))


def test_without_an_air_date_only_what_is_absolute_is_resolved() -> None:
    assert resolve(["on", "thursday"], None) is None
    found = resolve(["in", "2013"], None)
    assert found is not None
    assert found.earliest == "2013-01-01"


WORDS = [
    "on",
    "in",
    "since",
    "last",
    "this",
    "next",
    "thursday",
    "monday",
    "may",
    "march",
    "april",
    "week",
    "month",
    "year",
    "ago",
    "two",
    "3",
    "15th",
    "2017",
    "99",
    "1st",
    "yesterday",
    "overnight",
    "of",
    "the",
]


@given(st.lists(st.sampled_from(WORDS), max_size=8), st.dates(date(2005, 1, 1), date(2026, 12, 31)))
def test_a_resolved_range_is_in_order_and_never_long_after_the_broadcast(words: list[str], air: date) -> None:
    found = resolve(words, air)
    if found is not None:
        assert found.earliest <= found.latest
        if "next" not in words and not any(w.isdigit() and len(w) == 4 for w in words):
            assert date.fromisoformat(found.earliest) <= air + timedelta(days=1)


def test_a_date_among_the_claims_own_words_counts_before_one_beside_it() -> None:
    words = ["after", "the", "raid", "on", "monday", "shells", "fell", "yesterday"]
    found = resolve(words, AIR, (5, 7))
    assert found is not None
    assert found.earliest == "2019-08-22"
    found = resolve(words[:7], AIR, (5, 6))
    assert found is not None
    assert found.earliest == "2019-08-19"
