"""Text in which nothing is misheard: Universal Dependencies English, made to look like captions.

Sentences of the train parts run together to documents of some 350 words, mostly without case and punctuation, so that a
judge learns to leave clean speech alone. Every other document is read as if it were about a theatre drawn by chance.
"""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Iterator
from pathlib import Path

SIZE = 350
KEPT_AS_WRITTEN = 0.2  # share of documents that keep case and punctuation


def sentences(path: Path) -> Iterator[str]:
    """The raw sentences of a CoNLL-U file, in order."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("# text = "):
                yield line[9:].strip()


def clean_documents(folder: Path, count: int, seed: int = 0) -> list[str]:
    """``count`` documents of the train parts of GUM and EWT, spread evenly over them."""
    rng = random.Random(seed)
    runs = []
    for path in sorted(folder.glob("*.train.conllu.gz")):
        run: list[str] = []
        for text in sentences(path):
            if re.search(r"https?:|@|[^\x00-\u017f\u2013-\u2026]", text):
                continue
            run.extend(text.split())
            if len(run) >= SIZE:
                runs.append(run)
                run = []
    chosen = rng.sample(runs, min(count, len(runs)))
    return [" ".join(run) if rng.random() < KEPT_AS_WRITTEN else _bare(run) for run in chosen]


def _bare(words: list[str]) -> str:
    text = " ".join(words).lower().replace("’", "'")
    return re.sub(r"\s+", " ", re.sub(r"[^\w\s'%$]|(?<!\w)'|'(?!\w)", " ", text)).strip()
