"""Synthetic mishearings: a name as a recogniser that has never heard of it might write it down.

The name's phones are cut anew into common English words that sound about like the pieces (``phone_costs.npz``), scored by
the word trigram model after the words before, with some chance. Deterministic for a seed.
"""

from __future__ import annotations

import math
import random
from functools import lru_cache

import numpy as np

from trucewatch.reading import phones as ph
from trucewatch.reading.commonwords import common_words
from trucewatch.reading.english import pronouncing, trigrams
from trucewatch.reading.soundindex import MAX_PHONES, Phonebook, Windows

COMMON = -12.0  # log-probability of a word that a recogniser likes
ALIKE = 0.5  # least likeness of a word to the piece that it is heard for
SOUND = 6.0  # what the cost of mishearing weighs against the trigram model
LM = 0.45
CHANCE = 1.3
PIECE = 8  # phones of a word at most
BEAM = 16
_SHORT = frozenset(["a", "i", "of", "to", "in", "is", "an", "at", "on", "we", "he", "us", "no", "so", "go"])
_NOISES = frozenset(
    ["uh", "um", "mm", "hm", "hmm", "huh", "oi", "ai", "er", "eh", "ah", "aw", "ow", "duh", "eek", "ooh"]
)


@lru_cache(maxsize=1)
def _words() -> tuple[list[str], Phonebook]:
    """Common English words and their phonebook."""
    lm = trigrams()
    words = sorted(
        w
        for w in pronouncing()
        if w.isalpha() and (len(w) > 2 or w in _SHORT)
        if w in common_words() and w not in _NOISES and lm.log_prob(w) > COMMON
    )
    said = [ph.word_phones(w) for w in words]
    book = Phonebook(
        ph.pad([ph.encode(s) for s in said], MAX_PHONES), [ph.skeleton(s) for s in said], [ph.outline(s) for s in said]
    )
    return words, book


@lru_cache(maxsize=4096)
def _pieces(code: tuple[int, ...]) -> dict[int, list[tuple[int, str, float]]]:
    """For each phone of a name, the words that a piece from there on may be heard as: (end, word, cost)."""
    words, book = _words()
    spans = [(a, b) for a in range(len(code)) for b in range(a + 1, min(a + PIECE, len(code)) + 1)]
    phones = [tuple(ph.PHONES[c] for c in code[a:b]) for a, b in spans]
    at, which, alike = book.alike(Windows(phones), np.full(len(spans), ALIKE, dtype=np.float32))
    out: dict[int, list[tuple[int, str, float]]] = {}
    for w, k, s in zip(at.tolist(), which.tolist(), alike.tolist(), strict=True):
        a, b = spans[w]
        cost = (1 - s) * max(float(ph.weight(ph.pad([code[a:b]], PIECE))[0]), float(book.weights[k]))
        out.setdefault(a, []).append((b, words[k], cost))
    return out


def misheard(code: tuple[int, ...], before: list[str], rng: random.Random) -> str | None:
    """English words that sound about like a name; None where there are none. ``before``: the words before it."""
    lm, pieces = trigrams(), _pieces(code)
    beams: list[list[tuple[float, tuple[str, ...]]]] = [[] for _ in range(len(code) + 1)]
    beams[0] = [(0.0, ())]
    for at in range(len(code)):
        options = pieces.get(at, ())
        luck = [CHANCE * -math.log(-math.log(rng.random() or 0.5)) for _ in options]
        for score, words in sorted(beams[at], key=lambda b: -b[0])[:BEAM]:
            for (end, word, cost), lucky in zip(options, luck, strict=True):
                fit = LM * lm.log_prob(*before[-2:], *words[-2:], word) - SOUND * cost + lucky
                beams[end].append((score + fit, (*words, word)))
    best = max(beams[-1], key=lambda b: b[0], default=None)
    return " ".join(best[1]) if best and len(best[1]) < 5 else None
