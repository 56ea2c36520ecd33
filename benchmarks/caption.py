"""How well the caption model puts back what captions lack: sentences, marks, case, parts of speech, syntax.

    python benchmarks/caption.py --ud FOLDER                     # UD English test parts, by genre (see docs/caption-model.md)
    python benchmarks/caption.py --ud FOLDER --part dev --tune   # sets the thresholds by the dev parts
    python benchmarks/caption.py --iwslt FOLDER                  # IWSLT 2011 test sets of github.com/xashru/punctuation-restoration

Text is lower-cased and without punctuation; documents are read whole, windows crossing sentences. Sentence boundaries: F1
of first words, the document's own left out. Case: F1 over words that are not in lower case inside a sentence, of the same
form (a first word that is no name counts as lower: its capital is the boundary's). Heads and relations
(universal part of the label) with the sentences that the model finds, and with gold ones; every word counts.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from trucewatch.reading.captionmodel import ABOUT, CaptionModel, Marked, Window, chosen
from trucewatch.reading.captionwords import RELATIONS
from trucewatch.reading.resources import resource

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "training"))
from caption_data import UNKNOWN, Labelled, treebank

_UNIVERSAL = np.array([sorted({r.split(":")[0] for r in RELATIONS}).index(r.split(":")[0]) for r in RELATIONS])
THRESHOLDS = np.arange(0.2, 0.81, 0.05)
CLOSE = 0.4
FACTORS = np.arange(0.3, 1.31, 0.1)


@dataclass
class Counts:
    """True positives, false ones, missed ones; and how many of how many were right."""

    f1: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))
    right: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))

    def found(self, what: str, gold: np.ndarray, got: np.ndarray) -> None:
        """Count two boolean arrays against each other."""
        for k, n in enumerate((gold & got, ~gold & got, gold & ~got)):
            self.f1[what][k] += int(n.sum())

    def same(self, what: str, right: np.ndarray) -> None:
        """Count how many are true."""
        self.right[what][0] += int(right.sum())
        self.right[what][1] += len(right)

    def figure(self, what: str) -> float:
        """F1 or share right, in percent."""
        if what in self.f1:
            tp, fp, fn = self.f1[what]
            return 100 * 2 * tp / max(2 * tp + fp + fn, 1)
        right, total = self.right[what]
        return 100 * right / max(total, 1)


@dataclass
class Read:
    """A gold document and what the model says of it."""

    gold: Labelled
    marked: Marked
    windows: list[Window]


def read_all(model: CaptionModel, docs: Iterable[Labelled]) -> list[Read]:
    return [Read(doc, *model.read(doc.words)[:2]) for doc in docs]


def count(model: CaptionModel, row: Read, threshold: float, into: Sequence[Counts]) -> None:
    """Count a document into every one of ``into``."""
    gold, n = row.gold, len(row.gold.words)
    start = np.array(gold.start) == 1
    got = row.marked.start >= threshold
    got[0] = start[0] = True
    case, tag = np.array(gold.case), np.array(gold.tag)
    cased = row.marked.case
    head, relation = np.array(gold.head), _UNIVERSAL[np.array(gold.relation)]
    for counts in into:
        counts.found("boundary", start[1:], got[1:])
        counts.f1["case"][0] += int(((case > 0) & (cased == case)).sum())
        counts.f1["case"][1] += int(((cased > 0) & (cased != case)).sum())
        counts.f1["case"][2] += int(((case > 0) & (cased != case)).sum())
        counts.same("upos", (row.marked.tag == tag)[tag != UNKNOWN])
        for name, starts in (("", got), (" gold", start)):
            parsed = model.parse(row.windows, np.nonzero(starts)[0].tolist(), n)
            right = parsed.head == head
            counts.same(f"uas{name}", right)
            counts.same(f"las{name}", right & (_UNIVERSAL[parsed.relation] == relation))


FIGURES = ("boundary", "case", "upos", "uas", "las", "uas gold", "las gold")


def table(model: CaptionModel, rows: list[Read], threshold: float) -> str:
    """Figures by genre, Markdown."""
    by: dict[str, Counts] = defaultdict(Counts)
    words: dict[str, int] = defaultdict(int)
    for row in rows:
        bank = "EWT, all" if row.gold.genre == "ewt" else "GUM, all"
        names = [bank] if bank.startswith("EWT") else [bank, f"GUM, {row.gold.genre}"]
        for name in names:
            words[name] += len(row.gold.words)
        count(model, row, threshold, [by[name] for name in names])
    lines = ["| text | words | sentence boundary F1 | case F1 | UPOS | UAS | LAS | UAS, gold sentences | LAS |"]
    lines.append("|---|---:|" + "---:|" * len(FIGURES))
    for name, counts in sorted(by.items()):
        cells = " | ".join(f"{counts.figure(what):.1f}" for what in FIGURES)
        lines.append(f"| {name} | {words[name]:,} | {cells} |")
    return "\n".join(lines)


def boundary_f1(rows: list[Read], threshold: float) -> float:
    counts = Counts()
    for row in rows:
        counts.found("b", (np.array(row.gold.start) == 1)[1:], (row.marked.start >= threshold)[1:])
    return counts.figure("b")


def label_f1(pairs: list[tuple[np.ndarray, np.ndarray]], factor: float) -> float:
    """Micro F1 over labels but the first, whose probability counts ``factor`` times; ``pairs`` of gold and probabilities."""
    tp = total = 0
    for gold, likely in pairs:
        got = chosen(likely, factor)
        tp += int(((gold > 0) & (got == gold)).sum())
        total += int((gold > 0).sum()) + int((got > 0).sum())
    return 100 * 2 * tp / max(total, 1)


def tuned(rows: list[Read]) -> dict[str, float]:
    """The most cautious thresholds whose F1 on ``rows`` comes near the best: the curves are flat, and needless marks annoy."""
    marks = [(np.array(r.gold.mark), r.marked.marks) for r in rows]
    cases = [(np.array(r.gold.case), r.marked.cases) for r in rows]
    return {
        "start": _cautious(THRESHOLDS, lambda t: boundary_f1(rows, t)),
        "nothing": _cautious(FACTORS, lambda f: label_f1(marks, f)),
        "lower": _cautious(FACTORS, lambda f: label_f1(cases, f)),
    }


def _cautious(values: np.ndarray, f1: Callable[[float], float]) -> float:
    """The largest of some thresholds at which F1 is within ``CLOSE`` points of its best."""
    found = {float(v): f1(float(v)) for v in values}
    return round(max(v for v, figure in found.items() if figure >= max(found.values()) - CLOSE), 3)


# ---------------------------------------------------------------- IWSLT 2011

_IWSLT = {"O": 0, "COMMA": 1, "PERIOD": 2, "QUESTION": 3}


IWSLT_HEAD = ("| test set | words | micro F1 | each |", "|---|---:|---:|---|")


def iwslt(model: CaptionModel, path: Path) -> str:
    """Micro F1 over comma, full stop and question mark of a test set: a word and its mark a line."""
    words, gold = [], []
    for line in path.read_text(encoding="utf-8").splitlines():
        if len(cells := line.split("\t")) == 2:
            words.append(cells[0].lower())
            gold.append(_IWSLT[cells[1].strip()])
    marks = marks_of(model, words)
    wanted = np.array(gold)
    tp = int(((wanted > 0) & (marks == wanted)).sum())
    total = int((wanted > 0).sum()) + int((marks > 0).sum())
    each = []
    for k, name in ((1, "comma"), (2, "full stop"), (3, "question")):
        t = int(((wanted == k) & (marks == k)).sum())
        each.append(f"{name} {100 * 2 * t / max(int((wanted == k).sum()) + int((marks == k).sum()), 1):.1f}")
    return f"| {path.name} | {len(words):,} | {100 * 2 * tp / max(total, 1):.1f} | {', '.join(each)} |"


def marks_of(model: CaptionModel, words: list[str]) -> np.ndarray:
    """The likeliest mark after each word; clitics that stand joined are parted for the model and joined again."""
    from trucewatch.reading.captionwords import pieces_of

    parts: list[str] = []
    last: list[int] = []
    for word in words:
        parts += [piece.word for piece in pieces_of(word)]
        last.append(len(parts) - 1)
    return np.asarray(model.read(parts)[0].mark[last])


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the caption model.")
    parser.add_argument("--ud", type=Path)
    parser.add_argument("--part", default="test")
    parser.add_argument("--tune", action="store_true", help="set the model's thresholds, by the part given")
    parser.add_argument("--iwslt", type=Path)
    parser.add_argument("--model", type=Path, help="folder with another model's files")
    options = parser.parse_args()
    model = CaptionModel(options.model)
    if options.ud:
        docs = [d for bank in ("gum", "ewt") for d in treebank(options.ud / f"{bank}.{options.part}.conllu.gz")]
        rows = read_all(model, docs)
        if options.tune:
            path = options.model / ABOUT if options.model else resource(ABOUT)
            about = json.loads(path.read_text(encoding="utf-8")) | {"thresholds": tuned(rows)}
            path.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
            print(about["thresholds"])
            return
        print(table(model, rows, model.thresholds["start"]))
    if options.iwslt:
        print("\n".join(IWSLT_HEAD))
        for path in sorted(options.iwslt.glob("test*")):
            print(iwslt(model, path))


if __name__ == "__main__":
    main()
