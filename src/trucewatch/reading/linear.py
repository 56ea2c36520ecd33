"""Small linear models over named features: how they are stored, and how they decide.

A model file is an ``.npz`` of feature names, class names, weights (float16) and intercepts, written by ``training/``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from trucewatch.reading.resources import resource

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Linear:
    """A linear classifier over sparse binary features. ``weights`` has shape (features, classes).

    With one column it is a yes-or-no model; with more, a softmax over ``classes``.
    """

    classes: tuple[str, ...]
    rows: dict[str, int]
    weights: Floats
    intercept: Floats

    def scores(self, features: Iterable[str]) -> Floats:
        """The linear score of each class. Shape (classes,)."""
        rows = [row for f in features if (row := self.rows.get(f)) is not None]
        total: Floats = self.intercept + self.weights[rows].sum(axis=0)
        return total

    def probability(self, features: Iterable[str]) -> float:
        """Probability of yes, for a yes-or-no model."""
        return float(1 / (1 + np.exp(-np.clip(self.scores(features)[0], -30, 30))))

    def distribution(self, features: Iterable[str]) -> Floats:
        """Probability of each class, for a model of several. Shape (classes,)."""
        z = self.scores(features)
        e = np.exp(z - z.max())
        share: Floats = e / e.sum()
        return share

    def best(self, features: Iterable[str]) -> tuple[str, float]:
        """The likeliest class and its probability."""
        share = self.distribution(features)
        k = int(share.argmax())
        return self.classes[k], float(share[k])

    def because(self, features: Iterable[str], column: int = 0, most: int = 3) -> list[tuple[str, float]]:
        """The features that speak most for a class, with their weights."""
        pairs = [(f, float(self.weights[self.rows[f], column])) for f in set(features) if f in self.rows]
        return sorted((p for p in pairs if p[1] > 0), key=lambda p: (-p[1], p[0]))[:most]


def save(path: Path, models: dict[str, Linear]) -> None:
    """Write several models into one file."""
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for name, model in models.items():
        arrays[f"{name}/features"] = np.array("\n".join(sorted(model.rows, key=model.rows.__getitem__)))
        arrays[f"{name}/classes"] = np.array("\n".join(model.classes))
        arrays[f"{name}/weights"] = model.weights.astype(np.float16)
        arrays[f"{name}/intercept"] = model.intercept.astype(np.float32)
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


@lru_cache(maxsize=4)
def load(name: str) -> dict[str, Linear]:
    """The models of a packaged file, by name; empty where the file is missing."""
    path = resource(name)
    if not path.exists():
        return {}
    data = np.load(path)
    out = {}
    for key in sorted({k.split("/")[0] for k in data.files}):
        features = str(data[f"{key}/features"]).split("\n")
        out[key] = Linear(
            tuple(str(data[f"{key}/classes"]).split("\n")),
            {f: i for i, f in enumerate(features)},
            data[f"{key}/weights"].astype(np.float32),
            data[f"{key}/intercept"],
        )
    return out
