"""Train the sentence model ``src/trucewatch/reading/data/sentences.crfsuite``.

From Universal Dependencies English (EWT and GUM train): documents as running text, lower-cased, without punctuation,
proper nouns replaced by a stand-in as in reading, clitics joined to their words.

    python training/train_sentences.py --ud FOLDER_WITH_CONLLU_GZ     # prints precision, recall, F1 on GUM and EWT test

About two minutes on one core; needs nothing beyond the project's own dependencies.
"""

from __future__ import annotations

import argparse
import gzip
import time
from collections.abc import Iterator
from pathlib import Path

import pycrfsuite

from common import DATA
from trucewatch.reading import boundaries as b

PROXY = "baghdad"


def documents(path: Path) -> Iterator[tuple[list[str], list[str]]]:
    """(words, labels) of each document of a CoNLL-U file."""
    words: list[str] = []
    labels: list[str] = []
    begins, glued, proper = True, False, False
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("# newdoc") and words:
                yield words, labels
                words, labels = [], []
            if line.startswith("# sent_id"):
                begins, glued, proper = True, False, False
            cells = line.rstrip("\n").split("\t")
            if len(cells) < 10 or not cells[0].isdigit():
                continue
            if cells[3] in {"PUNCT", "SYM"}:
                glued = proper = False
                continue
            text = cells[1].lower().replace("’", "'")
            if glued and words:
                words[-1] += text
            elif cells[3] == "PROPN" and proper:
                pass  # a name of several words stands as one
            else:
                words.append(PROXY if cells[3] == "PROPN" else text)
                labels.append(b.START if begins else b.INSIDE)
                begins = False
            glued, proper = "SpaceAfter=No" in cells[9] and cells[3] != "PROPN", cells[3] == "PROPN"
    if words:
        yield words, labels


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--ud", type=Path, required=True)
    args = ap.parse_args()
    begin = time.time()
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    total = 0
    for name in ("gum", "ewt"):
        for words, labels in documents(args.ud / f"{name}.train.conllu.gz"):
            trainer.append(b.features(words, b.expected(words)), labels)
            total += len(words)
    trainer.set_params({"c1": 0.3, "c2": 0.1, "max_iterations": 70, "feature.minfreq": 3})
    trainer.train(str(DATA / b.MODEL))
    print(f"{total:,} words, {time.time() - begin:.0f} s, {(DATA / b.MODEL).stat().st_size / 1e6:.2f} MB")
    for name in ("gum", "ewt"):
        for floor in (-1.0, -0.5, 0.0, 0.5):
            hit = made = there = 0
            for words, labels in documents(args.ud / f"{name}.test.conllu.gz"):
                odds = b.boundaries(words)
                for k in range(1, len(words)):
                    hit += odds[k] > floor and labels[k] == b.START
                    made += odds[k] > floor
                    there += labels[k] == b.START
            p, r = hit / max(made, 1), hit / max(there, 1)
            print(
                f"{name} test, log-odds over {floor}: precision {p:.3f}, recall {r:.3f}, F1 {2 * p * r / max(p + r, 1e-9):.3f}"
            )


if __name__ == "__main__":
    main()
