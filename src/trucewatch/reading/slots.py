"""Where names stand: how likely a place, an actor or no name at all is between some words, whatever is heard there.

A linear model over the three words on either side (and what kind of clean name they belong to), trained on where the
training transcripts name something (``training/train_slots.py``). It never sees the words in the slot itself, so it
tells a misheard name's surroundings as well as a clean one's. A slot's log-odds are the sum of a left and a right half,
each computed once a word.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from trucewatch.reading.document import BREAK_COMMA, BREAK_SENTENCE, BREAK_TURN, Document
from trucewatch.reading.english import word_vectors
from trucewatch.reading.resources import resource

Floats = npt.NDArray[np.float32]

MODEL = "slots.npz"
CLASSES = ("none", "place", "actor", "person")  # facilities and roads count as places, organisations as actors
_KIND = {"facility": "place", "road": "place", "organisation": "actor", "agreement": "actor"}
_REACH = 3


def slot_class(kind: str) -> str:
    """The class of slot that a kind of name stands in."""
    return _KIND.get(kind, kind)


class Slots:
    """A trained model: weights of shape (features, classes), zero for the class "none"."""

    def __init__(self, features: list[str], weights: Floats, bias: Floats) -> None:
        self._row = {name: k for k, name in enumerate(features)}
        self._weights = weights
        self._padded = np.vstack([weights, np.zeros((1, weights.shape[1]), np.float32)])  # row -1: no feature known
        self.bias = bias

    def halves(self, doc: Document) -> tuple[Floats, Floats]:
        """Scores of what stands left of each token, and right of it. Shapes (tokens, classes); bias in the left one."""
        words = context_words(doc)
        left = self._sums([[*left_features(doc, words, i)] for i in range(len(words))])
        return left + self.bias, self._sums([[*right_features(doc, words, i)] for i in range(len(words))])

    def _sums(self, features: list[list[str]]) -> Floats:
        """The weights of some features, summed for each list of them. Shape (lists, classes)."""
        row = self._row
        found = [[row[f] for f in names if f in row] or [-1] for names in features]
        starts = np.cumsum([0, *(len(rows) for rows in found[:-1])])
        weights = self._padded[[k for rows in found for k in rows]]
        sums: Floats = np.add.reduceat(weights, starts, axis=0) if found else weights
        return sums


def context_words(doc: Document) -> list[str]:
    """Each token as its neighbours see it: the kind of clean name that it is part of, "#" for a number, or the word."""
    words = ["#" if t.number else t.norm for t in doc.tokens]
    for name in doc.names:
        if not name.recovered and name.how != "generic":
            for i in range(name.first, name.last + 1):
                words[i] = f"<{slot_class(name.kind)}>"
    return words


def left_features(doc: Document, words: list[str], i: int) -> Iterator[str]:
    """What stands before a slot that begins at token ``i``."""
    yield f"lb{_pause(doc, i)}"
    run: list[str] = []
    for k in range(1, _REACH + 1):
        j = i - k
        word = words[j] if j >= 0 and doc.tokens[j + 1].brk < BREAK_TURN else "<s>"
        run.insert(0, word)
        yield f"l{k}={word}"
        cluster = _cluster(word)
        if cluster and k < _REACH:
            yield f"l{k}c{cluster}"
        if word == "<s>":
            break
    if len(run) > 1:
        yield "l2:" + " ".join(run[-2:])
    if len(run) > 2:
        yield "l3:" + " ".join(run)


def right_features(doc: Document, words: list[str], i: int) -> Iterator[str]:
    """What stands after a slot that ends at token ``i``."""
    n = len(words)
    yield f"rb{_pause(doc, i + 1)}"
    run: list[str] = []
    for k in range(1, _REACH + 1):
        j = i + k
        word = words[j] if j < n and doc.tokens[j].brk < BREAK_TURN else "</s>"
        run.append(word)
        yield f"r{k}={word}"
        cluster = _cluster(word)
        if cluster and k < _REACH:
            yield f"r{k}c{cluster}"
        if word == "</s>":
            break
    if len(run) > 1:
        yield "r2:" + " ".join(run[:2])
    if len(run) > 2:
        yield "r3:" + " ".join(run)


def _pause(doc: Document, i: int) -> str:
    if i <= 0 or i >= len(doc.tokens):
        return "edge"
    brk = doc.tokens[i].brk
    if not doc.punctuated:
        return "turn" if brk >= BREAK_TURN else "?"
    return "stop" if brk >= BREAK_SENTENCE else "comma" if brk >= BREAK_COMMA else "no"


@lru_cache(maxsize=65536)
def _cluster(word: str) -> str:
    found = word_vectors().clusters(word)
    return found[1] if found else ""


def save(path: Path, features: list[str], weights: Floats, bias: Floats) -> None:
    """Write a model."""
    np.savez_compressed(path, features=np.array("\n".join(features)), weights=weights.astype(np.float16), bias=bias)


@lru_cache(maxsize=1)
def slots() -> Slots | None:
    """The trained model, loaded once; None where its file is missing."""
    path = resource(MODEL)
    if not path.exists():
        return None
    with np.load(path) as data:
        return Slots(
            str(data["features"]).split("\n"), data["weights"].astype(np.float32), data["bias"].astype(np.float32)
        )
