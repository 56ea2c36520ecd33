"""Claims: how arguments stand to a trigger, what the claim branch says, what must stay silent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import trucewatch
from trucewatch.reading.captions import Captions
from trucewatch.reading.claimbranch import LABELS, PARTS, ROLES, TYPES, WIDTH, Branch, known
from trucewatch.reading.claims import ACCEPT
from trucewatch.reading.clauses import Clauses, parsed
from trucewatch.reading.document import Document
from trucewatch.reading.frames import Finder, expected_at, frame_table
from trucewatch.reading.tagfeatures import bare_view, odds
from trucewatch.transcript import from_text


def read(text: str) -> tuple[Document, Clauses, dict[str, int]]:
    doc = trucewatch.Pipeline().document(from_text(text), theatre="syria")
    tree = parsed(doc)
    assert tree is not None
    return doc, tree, {t.lower: t.i for t in doc.tokens}


@pytest.mark.parametrize(
    ("text", "trigger", "stands"),
    [
        ("the army shelled the town from the hills", "shelled", {"army": "subject", "town": "object", "hills": "from"}),
        (
            "the town was shelled by the army on monday",
            "shelled",
            {"town": "passive subject", "army": "passive by", "monday": "on"},
        ),
        ("the shelling of the town by the army", "shelling", {"town": "of"}),
        ("soldiers entered the town and burned the houses", "burned", {"soldiers": "subject", "houses": "object"}),
        ("the soldiers who burned the houses have left", "burned", {"soldiers": "subject", "houses": "object"}),
        ("the rebels want to attack the bridge", "attack", {"rebels": "subject", "bridge": "object"}),
        ("they burned the school and the clinic", "burned", {"school": "object", "clinic": "object"}),
    ],
)
def test_arguments_stand_to_a_trigger_as_the_frames_say_it(text: str, trigger: str, stands: dict[str, str]) -> None:
    _, tree, at = read(text)
    assert {word: tree.standing(at[word], at[trigger]) for word in stands} == stands


def test_what_stands_in_no_such_way_is_not_said_to() -> None:
    _, tree, at = read("the minister said that the army shelled the town")
    assert tree.standing(at["minister"], at["shelled"]) == ""


def test_the_verb_of_a_clause_is_what_most_of_it_hangs_on() -> None:
    doc, tree, at = read("yesterday the old bridge over the river collapsed")
    assert tree.root(0, len(doc.tokens) - 1) == at["collapsed"]


def test_every_row_of_arguments_names_a_part_or_an_opening_of_its_frame() -> None:
    """A row that no opening can have would never be looked at."""
    for kind, frame in frame_table().items():
        rows = set(frame.get("arguments") or {})
        openings = {opening.row for found in Finder({kind: frame})._openings.values() for opening in found.values()}
        assert rows - openings - {"nouns", "phrases", "verbs"} == set(), kind


def test_an_opening_says_where_its_arguments_are_expected() -> None:
    opening = next(iter(Finder({"shelling": frame_table()["shelling"]}).find(["they", "shelled", "it"]))).opening
    assert "subject" in expected_at(opening)["actors"]
    assert "object" in expected_at(opening)["targets"]


# ---------------------------------------------------------------- the claim branch


def branch(text: str) -> tuple[Document, Captions, Branch]:
    doc = trucewatch.Pipeline().document(from_text(text), theatre="syria")
    assert doc.captions is not None
    assert doc.captions.branch is not None
    return doc, doc.captions, doc.captions.branch


def test_the_branch_gives_probabilities_for_words_and_claims() -> None:
    doc, said, own = branch("jets bombed the market in idlib and killed nine people")
    everywhere = own.shares("labels", slice(0, len(said.words)))
    assert everywhere.shape == (len(said.words), len(LABELS))
    assert np.allclose(everywhere.sum(axis=1), 1, atol=1e-3)
    types = own.of_claim("type", 0, said.last[len(doc.tokens) - 1])
    assert types.shape == (len(TYPES),)
    assert TYPES[int(types.argmax())] in {"air_strike", "casualties"}


def test_the_branch_tells_who_does_it_from_whom_it_is_done_to() -> None:
    doc, said, own = branch("the turkish army shelled a kurdish convoy near manbij and three civilians died")
    at = {t.lower: said.first[t.i] for t in doc.tokens}
    claim = own.claimed(at["the"], at["manbij"])
    assert own.fills(claim, "actors", at["turkish"]) > own.fills(claim, "actors", at["manbij"])
    assert own.fills(claim, "places", at["manbij"]) > own.fills(claim, "places", at["turkish"])


def test_what_fills_a_role_is_the_product_of_a_claims_numbers_and_a_words() -> None:
    rows = np.zeros((2, WIDTH), np.float16)
    rows[0, PARTS["left"]] = 2.0
    rows[1, PARTS["right"]] = 0.5
    own = Branch(rows, np.full(len(ROLES), -1.0, np.float32))
    width = (PARTS["left"].stop - PARTS["left"].start) // len(ROLES)
    assert own.fills(own.claimed(0, 0), "places", 1) == pytest.approx(width / width**0.5 - 1.0)


def test_the_branch_is_told_of_names_numbers_and_openings() -> None:
    doc, said, _ = branch("jets bombed idlib 40 times")
    told = known(bare_view(doc), said.first, said.last, [t.brk for t in doc.tokens], len(said.words))
    kinds = told.kind.tolist()
    assert kinds[2] == 1
    assert kinds[3] == 8
    assert told.hits[1, 2 * TYPES.index("air_strike")]
    assert not told.hits[3].any()


def test_shares_become_whole_log_odds_within_bounds() -> None:
    assert odds(np.array([0.0, 0.01, 0.5, 0.9, 1.0], np.float32)).tolist() == [-6, -5, 0, 2, 6]


# ---------------------------------------------------------------- traps

DATA = Path(__file__).with_name("data")
TRAPS = [line.split("\t") for line in (DATA / "claim_traps.tsv").read_text("utf-8").splitlines()[1:]]


# The caption model's 8-bit sums, and so confidences, differ a little from one kind of processor to another: a claim no surer
# than this may be there on one and not on another, and counts neither as a new fault nor as one that must still be there.
UNSURE = ACCEPT + 0.1


@pytest.fixture(scope="module")
def sprung() -> dict[str, float]:
    """The traps in which something is claimed, each read by itself, with the confidence of the surest claim."""
    pipeline = trucewatch.Pipeline()
    out: dict[str, float] = {}
    for kind, text, _ in TRAPS:
        claims = pipeline.document(from_text(text)).claims
        if claims:
            out[f"{kind}\t{text}"] = max(claim.confidence for claim in claims)
    return out


# Traps that are still sprung, with that confidence: faults that are known and counted in docs/results.md. One that is mended
# must leave the list.
_LINES = [line.rpartition("\t") for line in (DATA / "claim_traps_sprung.tsv").read_text("utf-8").splitlines()]
FAULTS = {trap: float(confidence) for trap, _, confidence in _LINES}


def test_there_are_traps_for_every_type() -> None:
    assert len(TRAPS) >= 300
    assert {kind for kind, _, _ in TRAPS} == set(TYPES)


def test_figures_of_speech_and_other_news_claim_nothing(sprung: dict[str, float]) -> None:
    new = [
        f"{confidence:.2f} in {trap}"
        for trap, confidence in sprung.items()
        if trap not in FAULTS and confidence > UNSURE
    ]
    assert not new, "\n".join(new)


def test_claim_traps_that_are_mended_leave_the_list(sprung: dict[str, float]) -> None:
    mended = [trap for trap, confidence in FAULTS.items() if confidence > UNSURE and trap not in sprung]
    assert not mended, "\n".join(["no longer sprung:", *mended])
