"""What the training scripts share: gold transcripts as documents, folds, matching of names."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from trucewatch.reading.document import Document
from trucewatch.reading.trees import Trees
from trucewatch.score import fold, is_garbled, spellings
from trucewatch.transcript.model import Transcript

GOLD = Path(__file__).parents[1] / "benchmarks" / "gold"
DATA = Path(__file__).parents[1] / "src" / "trucewatch" / "reading" / "data"
FOLDS = 5


@dataclass(slots=True)
class Example:
    """A gold transcript: its name, raw text, gold reading and fold (0 to 4, by its name, so that new ones move no other)."""

    name: str
    transcript: Transcript
    gold: dict[str, Any]
    fold: int


def fold_of(name: str) -> int:
    """The fold of a transcript."""
    return zlib.crc32(name.encode()) % FOLDS


def examples(folder: Path) -> list[Example]:
    """The gold transcripts of a folder, in name order."""
    out = []
    for path in sorted(folder.glob("*.json")):
        gold = json.loads(path.read_text(encoding="utf-8"))
        raw = path.with_suffix(".txt").read_bytes().decode("utf-8")
        day = gold["transcript"].get("air_date") or None
        air = date.fromisoformat(day) if day and len(day) == 10 else None
        outlet = gold["transcript"].get("outlet")
        out.append(
            Example(path.stem, Transcript(id=path.stem, raw=raw, outlet=outlet, air_date=air), gold, fold_of(path.stem))
        )
    return out


def token_span(doc: Document, item: dict[str, Any]) -> tuple[int, int] | None:
    """The tokens (first, last) that an item with raw offsets covers."""
    ids = [t.i for t in doc.tokens if t.start < item["end"] and item["start"] < t.end]
    return (ids[0], ids[-1]) if ids else None


def garbled_mentions(doc: Document, gold: dict[str, Any]) -> Iterator[tuple[int, int, set[str], dict[str, Any]]]:
    """The misheard names of a gold reading: tokens, spellings that count as right, the mention."""
    for mention in gold["mentions"]:
        span = token_span(doc, mention)
        if span and is_garbled(mention):
            yield *span, spellings(mention), mention


def matrix(rows: Sequence[dict[str, float]], columns: Sequence[str]) -> np.ndarray:
    """Features by name as an array of shape (rows, columns), 0 where a row has none; other features are left out."""
    place = {c: k for k, c in enumerate(columns)}
    x = np.zeros((len(rows), len(columns)), dtype=np.float32)
    for i, row in enumerate(rows):
        for c, value in row.items():
            if c in place:
                x[i, place[c]] = value
    return x


def boosted(x: np.ndarray, y: np.ndarray, columns: Sequence[str], **shape: Any) -> Trees:
    """Boosted trees, fitted with a fixed seed, in the form that reading uses. ``x`` has shape (cases, columns)."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # only scripts that fit trees need it

    model = HistGradientBoostingClassifier(random_state=0, **shape).fit(x, y)
    trees = [p[0].nodes for p in model._predictors]
    width = max(len(t) for t in trees)
    table: dict[str, np.ndarray] = {
        "feature": np.zeros((len(trees), width), dtype=np.int64),
        "threshold": np.full((len(trees), width), np.inf, dtype=np.float32),
        "left": np.tile(np.arange(width), (len(trees), 1)),
        "right": np.tile(np.arange(width), (len(trees), 1)),
        "value": np.zeros((len(trees), width), dtype=np.float32),
    }
    for k, nodes in enumerate(trees):
        for i, node in enumerate(nodes):
            table["value"][k, i] = node["value"] if node["is_leaf"] else 0.0
            if not node["is_leaf"]:
                table["feature"][k, i] = node["feature_idx"]
                table["threshold"][k, i] = node["num_threshold"]
                table["left"][k, i] = node["left"]
                table["right"][k, i] = node["right"]
    depth = max(int(t["depth"].max()) for t in trees)
    base = float(np.ravel(model._baseline_prediction)[0])
    out = Trees(tuple(columns), base=base, depth=depth, apply=0.5, suggest=0.2, **table)
    assert np.allclose(out.probabilities(x[:200]), model.predict_proba(x[:200])[:, 1], atol=1e-4)
    return out


__all__ = [
    "DATA",
    "FOLDS",
    "GOLD",
    "Example",
    "boosted",
    "examples",
    "fold",
    "garbled_mentions",
    "matrix",
    "token_span",
]
