"""Boosted decision trees: how they are stored, and how they judge many cases at once.

A model file is an ``.npz`` of node tables, written by ``training/``; nothing but numpy is needed to use it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Trees:
    """Boosted trees for a yes-or-no question over named features.

    ``feature``, ``threshold``, ``left``, ``right`` and ``value`` have shape (trees, nodes); a leaf points to itself on
    both sides. ``base`` is the log-odds before any tree; ``depth`` the most steps to a leaf. ``apply`` and ``suggest``
    are the probabilities from which a case is acted on and shown.
    """

    columns: tuple[str, ...]
    feature: Ints
    threshold: Floats
    left: Ints
    right: Ints
    value: Floats
    base: float
    depth: int
    apply: float
    suggest: float

    def matrix(self, rows: list[dict[str, float]]) -> Floats:
        """Features by name as an array of shape (rows, columns); a feature that is not named is 0."""
        columns, absent = self.columns, repeat(0.0)
        flat = chain.from_iterable(map(row.get, columns, absent) for row in rows)
        return np.fromiter(flat, dtype=np.float32, count=len(rows) * len(columns)).reshape(len(rows), len(columns))

    def probabilities(self, x: Floats) -> Floats:
        """Probability of yes for each row of ``x``. Shape (rows,)."""
        return (1 / (1 + np.exp(-np.clip(self.log_odds(x), -30, 30)))).astype(np.float32)

    def log_odds(self, x: Floats) -> Floats:
        """Log-odds of yes for each row of ``x``. Shape (rows,)."""
        n, width = x.shape
        total = np.full(n, self.base, dtype=np.float32)
        if not n:
            return total
        # Every tree for every row at once, in flat tables: the node numbers of tree t begin at t * nodes.
        flat = np.ascontiguousarray(x).ravel()
        root = (np.arange(len(self.feature)) * self.feature.shape[1])[:, None]
        row = (np.arange(n) * width)[None, :]
        feature, threshold = self.feature.ravel(), self.threshold.ravel()
        left, right = self.left.ravel(), self.right.ravel()
        node = np.repeat(root, n, axis=1)
        for _ in range(self.depth):
            low = flat.take(row + feature.take(node)) <= threshold.take(node)
            node = root + np.where(low, left.take(node), right.take(node))
        total += self.value.ravel().take(node).sum(axis=0)
        return total

    def save(self, path: Path) -> None:
        """Write the model."""
        np.savez_compressed(
            path,
            columns=np.array("\n".join(self.columns)),
            feature=self.feature.astype(np.int16),
            threshold=self.threshold,
            left=self.left.astype(np.int16),
            right=self.right.astype(np.int16),
            value=self.value,
            numbers=np.array([self.base, self.depth, self.apply, self.suggest]),
        )


def load_trees(path: Path) -> Trees:
    """The model in a file."""
    with np.load(path) as data:
        base, depth, apply, suggest = data["numbers"].tolist()
        return Trees(
            tuple(str(data["columns"]).split("\n")),
            data["feature"].astype(np.int64),
            data["threshold"],
            data["left"].astype(np.int64),
            data["right"].astype(np.int64),
            data["value"],
            base,
            int(depth),
            apply,
            suggest,
        )
