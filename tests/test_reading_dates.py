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
        ("last years ceasefire", None, None, None),
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
