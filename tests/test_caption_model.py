"""The caption model's own parts: words, windows, trees. What it reads is measured by ``benchmarks/caption.py``."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.reading.captionmodel import LONGEST_WORD, OVERLAP, WINDOW, chosen, tree, window_plan
from trucewatch.reading.captionwords import pieces_of


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("don't", ["do", "n't"]),
        ("Assad’s", ["assad", "'s"]),
        ("fighters'", ["fighters", "'"]),
        ("we'll", ["we", "'ll"]),
        ("CANNOT", ["can", "not"]),
        ("o'clock", ["o'clock"]),
        ("n't", ["n't"]),
        ("'s", ["'s"]),
        ("2,000", ["2,000"]),
    ],
)
def test_clitics_stand_apart(raw: str, words: list[str]) -> None:
    assert [piece.word for piece in pieces_of(raw)] == words


@given(st.text(alphabet="abcsnt'’", min_size=1, max_size=12))
def test_the_pieces_of_a_token_are_the_token(raw: str) -> None:
    pieces = list(pieces_of(raw))
    assert "".join(piece.raw for piece in pieces) == raw
    assert pieces[0].start == 0
    assert all(raw[p.start : p.end] == p.raw for p in pieces)


@settings(max_examples=200)
@given(st.lists(st.integers(1, LONGEST_WORD), max_size=1200))
def test_windows_cover_every_word_once_and_never_hold_too_much(lengths: list[int]) -> None:
    plan = list(window_plan(lengths))
    assert [i for _, _, own, end in plan for i in range(own, end)] == list(range(len(lengths)))
    for first, end, own, own_end in plan:
        assert first <= own < own_end <= end
        assert sum(lengths[first:end]) <= WINDOW
    for (_, end, _, own_end), (first, _, own, _) in itertools.pairwise(plan):
        assert own == own_end
        shared = sum(lengths[first:end])
        assert shared <= OVERLAP + 2 * LONGEST_WORD
        assert first < end  # each word is seen with words on both sides


def best_tree(arcs: np.ndarray, root: np.ndarray) -> float:
    """The score of the best tree with one root, of all there are."""
    n, best = len(root), -np.inf
    for heads in itertools.product(range(-1, n), repeat=n):
        if heads.count(-1) != 1 or any(h == i for i, h in enumerate(heads)):
            continue
        reached = []
        for i in range(n):
            at, steps = i, 0
            while heads[at] >= 0 and steps <= n:
                at, steps = heads[at], steps + 1
            reached.append(heads[at] < 0)
        if all(reached):
            best = max(best, sum(root[i] if h < 0 else arcs[i, h] for i, h in enumerate(heads)))
    return float(best)


@pytest.mark.parametrize("seed", range(60))
def test_what_is_parsed_is_a_tree_and_a_best_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = random.Random(seed).randint(1, 4)
    arcs, root = rng.normal(size=(n, n)).astype(np.float32) * 3, rng.normal(size=n).astype(np.float32) * 3
    heads, sure = tree(arcs, root)
    assert (heads < 0).sum() == 1
    for i in range(n):
        at = i
        for _ in range(n):
            at = int(heads[at]) if heads[at] >= 0 else at
        assert heads[at] < 0
    assert ((sure > 0) & (sure <= 1)).all()
    got = sum(float(root[i] if h < 0 else arcs[i, h]) for i, h in enumerate(heads.tolist()))
    top = int(np.nonzero(heads < 0)[0][0])
    # The root is settled first, by how much each word loses as one; under it the tree is the best there is.
    held = np.full(n, -1e6, dtype=np.float64)
    held[top] = root[top]
    assert got == pytest.approx(best_tree(arcs, held), abs=1e-3)


def test_a_chain_of_cycles_is_opened() -> None:
    arcs = np.full((6, 6), -5.0, np.float32)
    for a, b in ((0, 1), (1, 0), (2, 3), (3, 2), (4, 5), (5, 4)):
        arcs[a, b] = 5.0
    arcs[0, 2] = arcs[2, 4] = 1.0
    root = np.array([-9, -9, -9, -9, 0, -9], np.float32)
    heads, _ = tree(arcs, root)
    assert heads.tolist() == [2, 0, 4, 2, -1, 4]


def test_no_mark_counts_for_less_where_told() -> None:
    likely = np.array([[0.6, 0.4, 0.0], [0.9, 0.1, 0.0]], np.float32)
    assert chosen(likely, 1.0).tolist() == [0, 0]
    assert chosen(likely, 0.5).tolist() == [1, 0]
