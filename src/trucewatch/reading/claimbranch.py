"""The claim branch of the caption model: what it is told of the words, and what it says of words, claims and arguments.

The branch is a set of linear heads over the encoder's word vectors (``training/train_claim_net.py``). A head over a claim
is one over the mean of its words' vectors, hence the mean of what the head says of each word; so the encoder gives, word by
word, one row of numbers, and all that is asked later is cut from these rows.

Shapes: W words of the caption model, T claim types, F numbers of a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import numpy as np
import numpy.typing as npt

from trucewatch.reading.model import ClaimType, FigureKind, Stance

if TYPE_CHECKING:
    from trucewatch.reading.tagfeatures import View

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

KINDS = ("", "place", "actor", "organisation", "facility", "road", "agreement", "person", "number")
TYPES: tuple[str, ...] = tuple(sorted(get_args(ClaimType)))
STANCES: tuple[str, ...] = get_args(Stance)
VOICES = ("presenter", "reporter", "speaker")
COUNTED: tuple[str, ...] = ("none", *get_args(FigureKind))
ROLES = ("actors", "places", "targets", "weapons", "source", "figures")
LABELS: tuple[str, ...] = ("O", *(f"{at}-{kind}" for kind in TYPES for at in "BI"))
PAIR = 32  # width of the vectors by which a claim and a word are held to belong together
BREAKS = 5  # what may part a word from the one before: document.BREAK_NONE and on

_WIDTHS = {
    "labels": len(LABELS), "voice": len(VOICES), "type": len(TYPES), "stance": len(STANCES), "counted": len(COUNTED),
    "left": PAIR * len(ROLES), "right": PAIR * len(ROLES),
}  # fmt: skip


def _layout() -> dict[str, slice]:
    out, at = {}, 0
    for name, width in _WIDTHS.items():
        out[name] = slice(at, at + width)
        at += width
    return out


PARTS = _layout()
WIDTH = sum(_WIDTHS.values())


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier steps know of words: ``kind`` (W,) indexes ``KINDS``; ``hits`` (W, 2 T), whether a strong and a weak opening
    of each type lies over the word; ``breaks`` (W,), what parts it from the word before.
    """

    kind: Ints
    hits: npt.NDArray[np.bool_]
    breaks: Ints

    def part(self, first: int, end: int) -> Known:
        """The words from ``first`` up to ``end``."""
        return Known(self.kind[first:end], self.hits[first:end], self.breaks[first:end])


def known(items: View, first: list[int], last: list[int], breaks: list[int], words: int) -> Known:
    """What is known of the caption model's ``words``; ``first`` and ``last`` give those of each token, ``breaks`` is by token."""
    kind, parted = np.zeros(words, np.int64), np.zeros(words, np.int64)
    hits = np.zeros((words, 2 * len(TYPES)), bool)
    for k, (token, end) in enumerate(zip(items.token, items.last, strict=True)):
        if items.kind[k] or items.number[k]:
            kind[first[token] : last[end] + 1] = KINDS.index(items.kind[k] or "number")
    for i, brk in enumerate(breaks):
        if brk > parted[first[i]]:
            parted[first[i]] = brk
    for hit in items.hits:
        where = slice(first[items.token[hit.first]], last[items.last[hit.last]] + 1)
        hits[where, 2 * TYPES.index(hit.opening.type) + (not hit.opening.strong)] = True
    return Known(kind, hits, parted)


@dataclass(frozen=True, slots=True)
class Branch:
    """What the branch says of a text: ``rows`` (W, F) of numbers (log-odds before any softmax), ``bias`` (roles,)."""

    rows: npt.NDArray[np.float16]
    bias: Floats

    def shares(self, part: str, words: Ints | slice) -> Floats:
        """The probabilities of a part (``labels`` or ``voice``) at some words. Shape (words, values)."""
        return softmax(self.rows[words, PARTS[part]].astype(np.float32))

    def of_claim(self, part: str, first: int, last: int) -> Floats:
        """The probabilities of a part (``type`` or ``stance``) of a claim from word ``first`` to ``last``. Shape (values,)."""
        out: Floats = softmax(self.rows[first : last + 1, PARTS[part]].astype(np.float32).mean(axis=0))
        return out

    def counts(self, word: int) -> str:
        """What a number that ends with a word counts."""
        return COUNTED[int(self.rows[word, PARTS["counted"]].argmax())]

    def claimed(self, first: int, last: int) -> Floats:
        """What stands for a claim where its arguments are judged. Shape (roles, PAIR)."""
        mean = self.rows[first : last + 1, PARTS["left"]].astype(np.float32).mean(axis=0)
        out: Floats = np.reshape(mean, (len(ROLES), PAIR))
        return out

    def fills(self, claimed: Floats, role: str, word: int) -> float:
        """Log-odds that what begins at a word fills a role of a claim."""
        k = ROLES.index(role)
        cut = slice(PARTS["right"].start + k * PAIR, PARTS["right"].start + (k + 1) * PAIR)
        return float(claimed[k] @ self.rows[word, cut].astype(np.float32) / PAIR**0.5 + self.bias[k])


def softmax(x: Floats) -> Floats:
    """Probabilities over the last axis."""
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    out: Floats = e / e.sum(axis=-1, keepdims=True)
    return out
