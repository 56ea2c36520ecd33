"""The restored text: capitals of names as their theatre writes them, marks as the caption model puts them."""

from __future__ import annotations

import pytest

import trucewatch


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (
            "russian and syrian jets have hit idlib province again",
            "Russian and Syrian jets have hit Idlib province again.",
        ),
        ("the u.n. says turkish-backed rebels hold the road", "The U.N. says Turkish-backed rebels hold the road."),
        ("turkey's foreign minister flew to moscow on tuesday", "Turkey's foreign minister flew to Moscow on Tuesday."),
        ("where will these people go now", "Where will these people go now?"),
        ("more than 200,000 people fled in two months", "More than 200,000 people fled in two months."),
    ],
)
def test_text_without_capitals_is_given_its_own(raw: str, shown: str) -> None:
    assert trucewatch.read(raw, theatre="syria").text == shown


def test_text_that_has_capitals_and_marks_keeps_them() -> None:
    raw = "The ARMY denied it. 'We were not there,' said Colonel Haddad - in Homs; nobody else was."
    assert trucewatch.read(raw, theatre="syria").text.replace("'", "") == raw.replace("'", "").replace(" - ", " – ")


def test_numbers_are_left_as_they_were_said() -> None:
    text = trucewatch.read("at least forty three people died and 1,200 left in 2016", theatre="syria").text
    assert "forty three people" in text
    assert "1,200 left in 2016" in text
