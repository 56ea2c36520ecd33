"""What the judges of misheard names and words are told, and that they leave alone what is heard rightly."""

from __future__ import annotations

import numpy as np
import pytest

import trucewatch
from trucewatch.reading import misheardwords, sounds
from trucewatch.reading.cleannames import names
from trucewatch.reading.document import Document
from trucewatch.reading.evidence import WINDOW_COLUMNS, Context, knowledge
from trucewatch.reading.lexicon import lexicon
from trucewatch.reading.numbers import numbers
from trucewatch.reading.slots import CLASSES, slots
from trucewatch.reading.soundindex import sound_index
from trucewatch.reading.words import words
from trucewatch.transcript.model import Transcript

TEXT = (
    "government jets bombed the town of sara cab overnight people in aleppo and idlib province say and in the countryside "
    "around sara cab ambulances were hit as they arrived the syrian observatory counts at least twelve dead"
)


def document(text: str = TEXT, theatre: str | None = "syria") -> Document:
    return names(numbers(words(Document(Transcript(id="t", raw=text), lexicon(), theatre))))


def test_a_place_is_likelier_after_the_town_of_than_after_an_article() -> None:
    model = slots()
    assert model is not None
    doc = document("fighters entered the town of xxxx before dawn and the xxxx was seen by nobody", None)
    left, right = model.halves(doc)
    place = CLASSES.index("place")
    at = [t.i for t in doc.tokens if t.norm == "xxxx"]
    assert left[at[0], place] + right[at[0], place] > 1 > left[at[1], place] + right[at[1], place]
    assert left[:, 0] == pytest.approx(np.zeros(len(doc.tokens)))  # all is relative to no name


def test_the_features_of_windows_are_those_of_the_words_in_them() -> None:
    doc = document()
    context = Context(doc, knowledge())
    first = next(t.i for t in doc.tokens if t.norm == "sara")
    x = context.windows([(first, first + 1), (0, 0)], [6, 9])
    assert x.shape == (2, len(WINDOW_COLUMNS))
    named = dict(zip(WINDOW_COLUMNS, x[0].tolist(), strict=True))
    assert named["words"] == 2
    assert named["phones"] == 6
    assert not named["over_name"]
    assert named["surprise"] == pytest.approx(max(context.surprise[first : first + 2]), rel=1e-5)
    assert named["place"] == pytest.approx(context.slot(first, first + 1)[CLASSES.index("place")], rel=1e-4)


def test_listening_to_promising_windows_only_keeps_the_misheard_name() -> None:
    doc = document()
    learned = knowledge()
    context = Context(doc, learned)
    every = sounds.worth_hearing(doc, context, sound_index(doc.lexicon, sounds.theatres_at_hand(doc)))
    kept = sounds.promising(doc, every, context, learned)
    first = next(t.i for t in doc.tokens if t.norm == "sara")
    assert len(kept) < len(every)
    assert any(a <= first <= b for a, b, _ in kept)


def test_a_name_misheard_twice_is_put_right_and_says_why() -> None:
    reading = trucewatch.read(TEXT, theatre="syria")
    found = [m for m in reading.mentions if m.recovered]
    assert [m.name for m in found] == ["Saraqib", "Saraqib"]
    assert all(m.why and 0 < m.confidence <= 1 for m in found)


@pytest.mark.parametrize(
    "text",
    [
        "the company sold forty thousand cars last year and the shares rose again in london on friday afternoon",
        "she had run the school for twenty years and the children came from all over the city to learn music from her",
        "we asked him what he thought of the match and he said the second half was better than anything this season",
    ],
)
@pytest.mark.parametrize("theatre", [None, "syria", "sudan", "ukraine"])
def test_plain_english_is_left_alone(text: str, theatre: str | None) -> None:
    reading = trucewatch.read(text, theatre=theatre)
    assert not [m for m in reading.mentions if m.recovered]
    assert not reading.corrections


def test_a_word_is_never_put_right_into_what_was_heard() -> None:
    doc = document(
        "the shelling of the town went on and the mortars and the rockets fell on the market all day long", None
    )
    for item in misheardwords.listen(doc, misheardwords.news_words()):
        heard = [t.norm for t in doc.tokens[item.first : item.last + 1]]
        assert item.read not in heard
        assert item.read != "".join(heard)


def test_of_overlapping_readings_the_likelier_is_chosen() -> None:
    def item(first: int, last: int, p: float) -> misheardwords.Misheard:
        return misheardwords.Misheard(first, last, "strikes", 0.9, {}, p)

    chosen = misheardwords.choose([item(0, 1, 0.5), item(1, 2, 0.8), item(4, 4, 0.6), item(6, 6, 0.1)], 0.3)
    assert [(m.first, m.last) for m in chosen] == [(1, 2), (4, 4)]


@pytest.mark.parametrize(
    ("text", "mangled"),
    [
        ("at least $20.00 people were killed there", True),
        ("a sack of flour costs $39.00 in kassala and $59.00 in el obeid", False),
        ("they paid $300.00 to be taken across", False),
        ("the army says $300.00 fighters have given up", True),
    ],
)
def test_prices_stay_prices(text: str, mangled: bool) -> None:
    reading = trucewatch.read(text)
    assert bool(reading.corrections) == mangled
