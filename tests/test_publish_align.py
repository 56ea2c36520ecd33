"""Raw offsets find their words in the restored text, whatever that text is."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from sample_reading import sample_reading
from trucewatch.publish.align import SentenceAlignment, align, align_sentence
from trucewatch.publish.marks import claim_texts, marks_of, rows
from trucewatch.reading.model import Reading

ANY_TEXT = st.text(alphabet=st.sampled_from("abcé 'Z9,.-\n\x00\u202eع漢"), max_size=60)


def restored_words(alignments: tuple[SentenceAlignment, ...], start: int, end: int) -> str:
    found = [(a.text, span) for a in alignments if (span := a.span(start, end))]
    return " ".join(text[span[0] : span[1]] for text, span in found)


def test_every_name_that_was_put_right_is_found_in_the_restored_text() -> None:
    reading = sample_reading()
    alignments = align(reading)
    for mark in marks_of(reading):
        if mark.changed:
            assert restored_words(alignments, mark.start, mark.end) == mark.read


def test_names_heard_rightly_keep_their_words() -> None:
    reading = sample_reading()
    alignments = align(reading)
    for mention in reading.mentions:
        if not mention.recovered and mention.heard != "the r s f":
            assert restored_words(alignments, mention.start, mention.end).casefold() == mention.heard.casefold()


def test_a_name_may_be_restored_in_other_words_than_its_usual_ones() -> None:
    raw = "then a sub regime must also respect this law"
    start, end = raw.index("a sub"), raw.index(" must")
    found = align_sentence(
        raw, 0, len(raw), "Then the Assad regime must also respect this law.", [(start, end, "Syrian government")]
    )
    assert found.span(start, end) == (5, 21) or found.text[slice(*(found.span(start, end) or (0, 0)))] == "Assad regime"
    assert found.text[slice(*(found.span(end + 1, end + 5) or (0, 0)))] == "must"


def test_a_number_said_in_words_becomes_its_figure() -> None:
    raw = "more than forty thousand people fled"
    found = align_sentence(raw, 0, len(raw), "More than 40,000 people fled.")
    span = found.span(raw.index("forty"), raw.index(" people"))
    assert span is not None
    assert found.text[slice(*span)] == "40,000"


def test_claims_are_quoted_in_restored_words() -> None:
    reading = sample_reading()
    texts = claim_texts(reading, align(reading))
    assert "Rapid Support Forces fired more than 100 shells a day at the city" in texts
    assert "there is no sign of a truce" in texts


@given(ANY_TEXT, ANY_TEXT)
def test_links_are_in_order_and_inside_both_texts(raw: str, text: str) -> None:
    found = align_sentence(raw, 0, len(raw), text, [(0, min(3, len(raw)), "Zamzam camp")])
    at_raw = at_text = 0
    for link in found.links:
        assert at_raw <= link.raw_start < link.raw_end <= len(raw)
        assert at_text <= link.start < link.end <= len(text)
        at_raw, at_text = link.raw_end, link.end
    for offset in range(len(raw) + 1):
        assert 0 <= found.point(offset) <= len(text)


@given(st.lists(st.sampled_from(["idlib", "the", "raid", "hit", "20", "people"]), min_size=1, max_size=30))
def test_text_that_was_only_given_case_and_stops_maps_word_for_word(heard: list[str]) -> None:
    raw = " ".join(heard)
    found = align_sentence(raw, 0, len(raw), raw.capitalize() + ".")
    for link in found.links:
        assert (link.raw_start, link.raw_end) == (link.start, link.end)
    assert len(found.links) == len(heard)


@given(ANY_TEXT, st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70), ANY_TEXT), max_size=4))
def test_the_raw_column_is_the_raw_text_to_the_last_character(raw: str, sentences: list[tuple[int, int, str]]) -> None:
    reading = Reading.model_validate(
        {
            **sample_reading().model_dump(include={"transcript", "reader", "mentions", "claims", "voices"}),
            "raw": raw,
            "text": raw,
            "sentences": [{"start": a, "end": b, "text": t} for a, b, t in sentences],
        }
    )
    shown = "".join(part.text for row in rows(reading) for unit in row.raw for part in unit.parts)
    assert shown == raw


def test_fifty_thousand_unrelated_words_are_aligned_in_seconds() -> None:
    raw = " ".join(f"word{n * 7919 % 99991}" for n in range(50_000))
    text = " ".join(f"other{n * 104729 % 99991}" for n in range(50_000))
    began = time.perf_counter()
    found = align_sentence(raw, 0, len(raw), text)
    assert time.perf_counter() - began < 20
    assert found.span(0, len(raw)) is not None


def test_a_sentence_of_hundreds_of_words_is_shown_in_rows_that_stay_side_by_side() -> None:
    raw = " ".join(f"word{n}" for n in range(400))
    base = sample_reading().model_dump(include={"transcript", "reader"})
    reading = Reading.model_validate({**base, "raw": raw, "text": raw.capitalize() + "."})
    made = rows(reading)
    assert len(made) > 4
    for row in made:
        sides = ["".join(p.text for u in side for p in u.parts) for side in (row.raw, row.restored)]
        assert sides[0].split()[-1].casefold() == sides[1].split()[-1].casefold().strip(".")
    assert "".join(p.text for row in made for u in row.restored for p in u.parts) == reading.text
