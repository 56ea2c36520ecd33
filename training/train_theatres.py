"""Weigh what speaks for a theatre (``reading/theatrechoice.py``): a conditional logit over theatres and none of them.

    python training/train_theatres.py      # prints five-fold figures, writes theatres.json; about two minutes

Learns from ``benchmarks/gold/train``, read as far as the step before with the models there are. Needs scipy. The names put
right by ear in these transcripts come from judges that learned on them, so the five-fold figure is a little too good;
``benchmarks/theatres.py`` shows dev transcripts beside it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from common import DATA, FOLDS
from trucewatch.reading.pipeline import Pipeline
from trucewatch.reading.theatrechoice import FEATURES, MODEL, features, name_votes, probabilities, stretches

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
import theatres as benchmark

RIDGE = 1e-3


def fit(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Weights of the features, and the log-odds of none last. ``x`` (cases, theatres, features); ``y`` the right one."""

    def loss(w: np.ndarray) -> float:
        scores = np.concatenate([x @ w[:-1], np.full((len(x), 1), w[-1])], axis=1)
        scores -= scores.max(axis=1, keepdims=True)
        right = scores[np.arange(len(y)), y] - np.log(np.exp(scores).sum(axis=1))
        return float(-right.mean() + RIDGE * (w[:-1] @ w[:-1]))

    return np.asarray(minimize(loss, np.zeros(x.shape[2] + 1)).x)


def main() -> None:
    pipeline = Pipeline(off=benchmark.LATER | {"theatres"})
    keys = [*pipeline.lexicon.theatres]
    rows = list(benchmark.told(benchmark.GOLD / "train", pipeline))
    voted = [name_votes(row.doc) for row in rows]
    found = [features(r.doc, votes, stretches(r.doc.tokens, votes)) for r, votes in zip(rows, voted, strict=True)]
    x = np.array([[f[key] for key in keys] for f in found])
    y = np.array([keys.index(row.right) if row.right else len(keys) for row in rows])
    part = np.arange(len(rows)) % FOLDS
    right: list[bool] = []
    for k in range(FOLDS):
        w = fit(x[part != k], y[part != k])
        for i in np.nonzero(part == k)[0]:
            chances = probabilities(found[i], w[:-1].tolist(), float(w[-1]))
            best = max(chances.items(), key=lambda item: item[1])[0]
            right.append(best == rows[i].right)
    print(f"five-fold: {sum(right)} of {len(right)} right")
    w = fit(x, y)
    weights = {name: round(float(value), 3) for name, value in zip(FEATURES, w[:-1], strict=True)}
    (DATA / MODEL).write_text(
        json.dumps({"weights": weights, "none": round(float(w[-1]), 3)}, indent=1) + "\n", "utf-8"
    )
    print(weights, round(float(w[-1]), 3))


if __name__ == "__main__":
    main()
