"""What the training scripts share: gold transcripts as documents, folds, matching of names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from trucewatch.reading.document import Document
from trucewatch.score import fold, is_garbled, spellings
from trucewatch.transcript.model import Transcript

GOLD = Path(__file__).parents[1] / "benchmarks" / "gold"
DATA = Path(__file__).parents[1] / "src" / "trucewatch" / "reading" / "data"
FOLDS = 5


@dataclass(slots=True)
class Example:
    """A gold transcript: its name, raw text, gold reading and fold (0 to 4, by position in name order)."""

    name: str
    transcript: Transcript
    gold: dict[str, Any]
    fold: int


def examples(folder: Path) -> list[Example]:
    """The gold transcripts of a folder, in name order."""
    out = []
    for k, path in enumerate(sorted(folder.glob("*.json"))):
        gold = json.loads(path.read_text(encoding="utf-8"))
        raw = path.with_suffix(".txt").read_bytes().decode("utf-8")
        day = gold["transcript"].get("air_date") or None
        air = date.fromisoformat(day) if day and len(day) == 10 else None
        outlet = gold["transcript"].get("outlet")
        out.append(Example(path.stem, Transcript(id=path.stem, raw=raw, outlet=outlet, air_date=air), gold, k % FOLDS))
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


__all__ = ["DATA", "FOLDS", "GOLD", "Example", "examples", "fold", "garbled_mentions", "token_span"]
