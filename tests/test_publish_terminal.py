"""A reading in a terminal and in a pipe."""

from __future__ import annotations

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from sample_reading import sample_reading
from test_publish_page import HOSTILE, hostile_reading
from trucewatch.publish.terminal import print_reading
from trucewatch.reading.model import Reading


def printed(reading: Reading, width: int, *, terminal: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=terminal, color_system="truecolor" if terminal else None)
    print_reading(reading, console)
    return out.getvalue()


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("width", [80, 99, 100, 120, 160])
@pytest.mark.parametrize("reading", [sample_reading(), hostile_reading()], ids=["sample", "hostile"])
def test_no_line_is_wider_than_the_terminal(reading: Reading, width: int) -> None:
    assert max(cell_len(line) for line in printed(reading, width).splitlines()) <= width


def test_a_pipe_gets_plain_text() -> None:
    assert "\x1b" not in printed(sample_reading(), 80)
    assert "\x1b[" in printed(sample_reading(), 80, terminal=True)


def test_names_put_right_are_followed_by_what_was_heard() -> None:
    told = flat(printed(sample_reading(), 80))
    for words in ("El Fasher [heard: el fashion]", "truce [heard: truth]", "Hemedti [heard: him eddie]",
                  "Rapid Support Forces [heard: rabid support forces] fired"):  # fmt: skip
        assert words in told
    assert told.count("[heard: a dray]") == 3


def test_names_perhaps_misheard_are_listed_after_the_text_and_change_nothing_in_it() -> None:
    told = flat(printed(sample_reading(), 80))
    assert "Perhaps misheard, left as heard: “a nurse” may be En Nahud (.27)" in told
    assert "That was a nurse who" in told
    assert told.index("Mariam Okello, Newsline") < told.index("Perhaps misheard") < told.index("In whose words")
    assert "Perhaps misheard" not in printed(sample_reading().model_copy(update={"suggestions": ()}), 80)


def test_of_many_names_perhaps_misheard_the_likeliest_are_listed_each_once() -> None:
    reading = sample_reading()
    one = reading.suggestions[0]
    many = [one.model_copy(update={"name": f"Town {n}", "confidence": 0.2 + n / 100}) for n in range(9)]
    told = flat(printed(reading.model_copy(update={"suggestions": (one, one, *many)}), 80))
    listed = told[told.index("Perhaps misheard") : told.index("Claim ")]
    assert "“a nurse” may be Town 8 (.28); “a nurse” ×2 may be En Nahud (.27); “a nurse” may be Town 7" in listed
    assert listed.count("may be") == 6
    assert "and 4 more" in listed


def test_voices_stand_over_their_words_in_order() -> None:
    told = flat(printed(sample_reading(), 80))
    order = [told.index(words) for words in ("The presenter", "Fighting in Sudan", "The reporter, Mariam Okello",
                                             "The shelling", "An unnamed speaker", "“We left at night")]  # fmt: skip
    assert order == sorted(order)


@pytest.mark.parametrize("width", [80, 140])
def test_every_claim_says_what_how_surely_and_who_said_so(width: int) -> None:
    reading = sample_reading()
    told = printed(reading, width)
    table = told[told.index("In whose words") :]
    for stance in {claim.stance for claim in reading.claims}:
        wanted = sum(claim.stance == stance for claim in reading.claims)
        assert len(re.findall(rf"^ \S {stance} ", table, re.MULTILINE)) == wanted
    assert "Denied by Rapid Support Forces" in table
    assert "more than 100 shells a day" in flat(table)
    assert "Nothing here says that an event happened" in table


def test_hostile_text_commands_nothing() -> None:
    told = printed(hostile_reading(), 80)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\x9b\u202e]", told)
    assert "␛" in told


def test_square_brackets_in_a_transcript_are_no_markup() -> None:
    reading = hostile_reading("[bold red]shelling[/bold red] [link=x]in[/link] Idlib [/]")
    assert "[bold red]" in flat(printed(reading, 160))


def test_a_carriage_return_cannot_write_over_a_claim() -> None:
    assert "\r" not in printed(hostile_reading("three killed\rnobody killed " + HOSTILE), 80)


def test_an_empty_reading_says_so() -> None:
    base = sample_reading().model_dump(include={"transcript", "reader"})
    assert "No claim was found" in printed(Reading.model_validate({**base, "raw": "", "text": ""}), 80)


def test_a_claim_over_a_whole_broadcast_does_not_fill_the_screen() -> None:
    reading = sample_reading()
    whole = reading.claims[0].model_copy(update={"start": 0, "end": len(reading.raw)})
    told = printed(reading.model_copy(update={"claims": (whole,)}), 80)
    table = told[told.index("In whose words") : told.index("● asserted:")]
    assert len(table.splitlines()) < 14
    assert "“Fighting in Sudan" in table
    assert "Newsline, Adré”" in table
