"""What a claim's parts read like: figures, dates, and whose claim it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sample_reading import sample_reading
from trucewatch.publish import words
from trucewatch.reading.model import Claim, DateRange, Figure, FigureKind, Stance, Voice

REPORTER = Voice(start=0, end=9, role="reporter", name="Mariam Okello")
NAMELESS = Voice(start=0, end=9, role="speaker")


def claim(**fields: object) -> Claim:
    base: dict[str, object] = {"id": "c", "type": "attack", "start": 0, "end": 1, "text": "x", "trigger": "x"}
    return Claim.model_validate({**base, "confidence": 0.5, **fields})


@pytest.mark.parametrize(
    ("what", "low", "high", "text", "phrase"),
    [
        ("attacks_per_day", 100, None, "carrying out more than 100 raids a day", "more than 100 raids a day"),
        ("attacks_per_day", 100, None, "", "at least 100 attacks a day"),
        ("attacks", 1, 1, "a single strike hit the town", "1 strike"),
        ("attacks", 3, 3, "rockets and shells fell", "3 attacks"),
        ("displaced", 20_000, 99_999, "", "tens of thousands displaced"),
        ("killed", 24, 99, "", "dozens killed"),
        ("killed", 20, 30, "", "20 to 30 killed"),
        ("killed", None, 40, "up to 40 were killed", "up to 40 killed"),
        ("killed", None, 40, "fewer than forty were killed", "fewer than 40 killed"),
        ("killed", 9, None, "killing at least nine patients", "at least 9 killed"),
        ("displaced", 200_000, None, "over two hundred thousand people", "over 200,000 displaced"),
        ("displaced", 40_000, 40_000, "nearly 40,000 people", "nearly 40,000 displaced"),
        ("distance_km", 20, 20, "a twenty kilometer zone", "20 km"),
        ("facilities", 1, 1, "one hospital", "1 facility"),
        ("killed", None, None, "", "an unstated number killed"),
    ],
)
def test_figures_read_as_people_say_them(
    what: FigureKind, low: int | None, high: int | None, text: str, phrase: str
) -> None:
    assert words.figure_words(Figure(what=what, low=low, high=high), text) == phrase


def test_a_hedge_is_taken_from_its_own_number_only() -> None:
    text = "more than 30 houses were hit and 4 people died"
    assert words.figure_words(Figure(what="killed", low=4, high=4), text) == "4 killed"


@given(st.integers(min_value=0, max_value=999_999))
def test_every_spelling_of_a_number_is_its_own(number: int) -> None:
    for other in (number + 1, number * 10):
        assert not set(words.spelled(number)) & set(words.spelled(other)) or other == number


@pytest.mark.parametrize("stance", words.STANCES)
@pytest.mark.parametrize("voice", [REPORTER, NAMELESS, None])
def test_every_claim_is_somebodys(stance: Stance, voice: Voice | None) -> None:
    told = words.attribution(claim(stance=stance), voice)
    assert words.voice_words(voice) in told
    sourced = words.attribution(claim(stance=stance, source="opposition activists"), voice)
    assert "opposition activists" in sourced
    assert words.voice_words(voice) in sourced


@pytest.mark.parametrize(
    ("stance", "must"),
    [
        ("alleged", "alleged"), ("denied", "denied"), ("negated", "not to be so"), ("demanded", "demanded"),
        ("planned", "planned"), ("possible", "possible"),
    ],
)  # fmt: skip
def test_a_claim_that_is_no_plain_statement_says_so(stance: Stance, must: str) -> None:
    assert must in words.attribution(claim(stance=stance), REPORTER)
    assert must in words.attribution(claim(stance=stance, source="the UN"), REPORTER)


def test_a_speaker_who_is_the_source_is_not_passed_on_by_himself() -> None:
    voice = Voice(start=0, end=9, role="speaker", name="Omar Saleh")
    assert words.attribution(claim(source="Omar Saleh", stance="reported"), voice) == "according to Omar Saleh"


def test_a_claim_that_points_at_no_voice_still_has_a_teller() -> None:
    reading = sample_reading()
    lost = reading.claims[0].model_copy(update={"voice": 99})
    assert words.voice_of(lost, reading) is None
    assert words.attribution(lost, None) == "said by the broadcast"


@pytest.mark.parametrize(
    ("earliest", "latest", "precision", "phrase"),
    [
        ("2019-06-04", "2019-06-04", "day", "4 June 2019"),
        ("2019-06-03", "2019-06-09", "week", "3 to 9 June 2019"),
        ("2019-05-28", "2019-06-03", "week", "28 May to 3 June 2019"),
        ("2018-12-30", "2019-01-05", "week", "30 December 2018 to 5 January 2019"),
        ("2019-05-01", "2019-05-31", "month", "May 2019"),
        ("2019-01-01", "2019-12-31", "year", "2019"),
        ("last spring", "last spring", "month", "last spring"),
    ],
)
def test_dates_are_told_as_finely_as_they_are_known(earliest: str, latest: str, precision: str, phrase: str) -> None:
    when = DateRange.model_validate({"earliest": earliest, "latest": latest, "precision": precision})
    assert words.date_range_words(when) == phrase


def test_who_did_what_to_whom_keeps_sides_apart() -> None:
    assert words.who_to_whom(claim(actors=("Russia",), targets=("market", "hospital"))) == "Russia → market, hospital"
    assert words.who_to_whom(claim(type="clash", actors=("A", "B"))) == "A and B"
    assert words.who_to_whom(claim(targets=("power_or_water",))) == "unstated → power or water"
    assert words.who_to_whom(claim()) == ""
