"""Train the judge of misheard words: ``src/trucewatch/reading/data/misheardwords.npz`` and ``news_words.txt``.

Every run of words of the training transcripts that sounds like a word of war news is an example; it is right where gold
corrects it to that word. The vocabulary is what at least three of the transcripts say, with what gold corrects to.
The threshold is set by five-fold cross-validation, vocabulary and all.

    python training/train_words.py             # prints held-out recall and false changes by threshold

Data: ``benchmarks/gold/train``. Needs scikit-learn (not at run time). Run it after ``train_sounds.py``.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from common import DATA, FOLDS, GOLD, Example, boosted, examples, fold, matrix, token_span
from garbler import misheard
from negatives import clean_documents
from trucewatch.reading import misheardwords
from trucewatch.reading import phones as ph
from trucewatch.reading.cleannames import names
from trucewatch.reading.document import Document
from trucewatch.reading.evidence import FUNCTION
from trucewatch.reading.lexicon import lexicon
from trucewatch.reading.mishearings import numbers_and_letters
from trucewatch.reading.numbers import numbers
from trucewatch.reading.sounds import sounds
from trucewatch.reading.trees import Trees
from trucewatch.reading.words import words
from trucewatch.transcript.model import Transcript

LEAST = 3  # transcripts that say a word before it is listened for
ANEW = 8  # words misheard anew in the synthetic copy of a transcript
CLEAN = 80  # documents of clean text
QUIET = 0.15  # false changes per 1,000 words of clean text that are borne
FALSE = 0.35  # false changes per 1,000 words of training transcripts (dense with mishearings) that are borne

Row = tuple[Example, Document, list[misheardwords.Misheard], list[int]]


def vocabulary(docs: list[tuple[Example, Document]]) -> dict[str, float]:
    """Words that the transcripts say and gold corrects to, with how many in a hundred transcripts do."""
    said: Counter[str] = Counter()
    read: set[str] = set()
    for example, doc in docs:
        wrong: set[int] = set()
        for c in example.gold["corrections"]:
            span = token_span(doc, c)
            if span:
                wrong.update(range(span[0], span[1] + 1))
            if c["read"].isalpha():
                read.add(c["read"].lower())
        named = {i for n in doc.names for i in range(n.first, n.last + 1)}
        said.update({t.norm for t in doc.tokens if t.i not in wrong and t.i not in named and t.norm.isalpha()})
    return {
        w: round(100 * said[w] / len(docs), 1)
        for w in sorted(set(said) | read)
        if (said[w] >= LEAST or w in read) and len(w) > 2 and w not in FUNCTION
    }


def synthetic(example: Example, doc: Document, share: dict[str, float]) -> Example:
    """A transcript with some of its news words misheard, as corrections; the names that it has stay as they are."""
    rng = random.Random(example.name)
    taken = set(doc.fixes) | {i for n in doc.names for i in range(n.first, n.last + 1)}
    for item in (*example.gold["corrections"], *example.gold["mentions"]):
        span = token_span(doc, item)
        if span:
            taken.update(range(span[0], span[1] + 1))
    free = [t for t in doc.tokens if t.i not in taken and len(t.norm) > 3 and t.norm in share and not t.number]
    # Words that war news shares, and long ones, are misheard where it matters.
    weights = [min(share[t.norm], 8.0) * (1.5 if len(t.norm) > 5 else 1.0) for t in free]
    chosen = {t.i for t in rng.choices(free, weights=weights, k=ANEW)} if free else set()
    raw, text, at, new = example.transcript.raw, "", 0, []
    for token in doc.tokens:
        if token.i not in chosen:
            continue
        text += raw[at : token.start]
        said = misheard(ph.encode(ph.word_phones(token.norm)), text.lower().split()[-2:], rng)
        heard = said if said and said != token.norm else raw[token.start : token.end]
        if heard == said:
            new.append({"start": len(text), "end": len(text) + len(heard), "heard": heard, "read": token.norm})
        text += heard
        at = token.end
    return Example(
        example.name + "+",
        replace(example.transcript, raw=text + raw[at:]),
        {"mentions": [], "corrections": new},
        example.fold,
    )


def prepare(example: Example, doc: Document, book: misheardwords.NewsWords) -> Row:
    """A transcript with what sounds like other words, labelled (1 right, 0 wrong)."""
    found = misheardwords.listen(doc, book)
    gold = [(span, fold(c["read"])) for c in example.gold["corrections"] if (span := token_span(doc, c))]
    labels = []
    for item in found:
        over = [(a, b, read) for (a, b), read in gold if a <= item.last and item.first <= b]
        right = any(fold(item.read) == read and (a, b) == (item.first, item.last) for a, b, read in over)
        labels.append(1 if right else -1 if any(fold(item.read) == read for _, _, read in over) else 0)
    return example, doc, found, labels


def evaluate(rows: list[Row], floors: list[float]) -> dict[float, np.ndarray]:
    """Found, false, gold (that are words), words of text, by threshold."""
    out = {f: np.zeros(4) for f in floors}
    for example, doc, found, _ in rows:
        if misheardwords.named(doc) < misheardwords.ABOUT_WAR:
            found = []
        gold = [
            (span, fold(c["read"]))
            for c in example.gold["corrections"]
            if (span := token_span(doc, c)) and span[0] not in doc.fixes
        ]
        marked = [span for m in example.gold["mentions"] if (span := token_span(doc, m))]
        for floor in floors:
            hit = set()
            for item in misheardwords.choose(found, floor):
                over = [k for k, ((a, b), _) in enumerate(gold) if a <= item.last and item.first <= b]
                good = [k for k in over if gold[k][1] == fold(item.read)]
                if good:
                    hit.add(good[0])
                elif not over and not any(a <= item.last and item.first <= b for a, b in marked):
                    out[floor][1] += 1
            out[floor] += (len(hit), 0, len(gold), len(doc.tokens))
    return out


def judged(rows: list[Row], model: Trees) -> list[Row]:
    for _, _, found, _ in rows:
        for item, p in zip(found, model.probabilities(model.matrix([m.features for m in found])), strict=True):
            item.probability = float(p)
    return rows


def fit(rows: list[Row]) -> Trees:
    features = [m.features for _, _, found, _ in rows for m in found]
    columns = sorted(features[0])
    x, y = matrix(features, columns), np.array([label for _, _, _, labels in rows for label in labels])
    return boosted(
        x[y >= 0],
        y[y >= 0],
        columns,
        max_iter=120,
        learning_rate=0.08,
        max_leaf_nodes=8,
        max_depth=4,
        min_samples_leaf=20,
        l2_regularization=3.0,
    )


def read(transcript: Transcript) -> Document:
    """A document as far as the step before."""
    doc = sounds(names(numbers(words(Document(transcript, lexicon())))))
    numbers_and_letters(doc)
    return doc


def _borne(counts: np.ndarray, false: float) -> bool:
    return bool(1000 * counts[1] <= false * counts[3])


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument(
        "--ud", type=Path, help="folder with Universal Dependencies English (*.train.conllu.gz): clean text"
    )
    ap.add_argument(
        "--synthetic", action="store_true", help="learn from made-up mishearings too (held out, that is worse)"
    )
    args = ap.parse_args()
    begin = time.time()
    docs = [(e, read(e.transcript)) for e in examples(GOLD / "train")]
    every = vocabulary(docs)
    made = [(e, read(e.transcript)) for e in (synthetic(e, doc, every) for e, doc in docs)] if args.synthetic else []
    clean = []
    for k, text in enumerate(clean_documents(args.ud, CLEAN) if args.ud else []):
        example = Example(
            f"clean{k}", Transcript(id=f"clean{k}", raw=text), {"mentions": [], "corrections": []}, k % FOLDS
        )
        clean.append((example, read(example.transcript)))
    floors = [0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8]
    total = {f: np.zeros(4) for f in floors}
    still = {f: np.zeros(4) for f in floors}
    for k in range(FOLDS):
        book = misheardwords.NewsWords(vocabulary([d for d in docs if d[0].fold != k]))
        rows = [prepare(e, doc, book) for e, doc in docs]
        quiet = [prepare(e, doc, book) for e, doc in clean]
        anew = [prepare(e, doc, book) for e, doc in made]
        model = fit([r for r in (*rows, *anew, *quiet) if r[0].fold != k])
        for floor, counts in evaluate(judged([r for r in quiet if r[0].fold == k], model), floors).items():
            still[floor] += counts
        for floor, counts in evaluate(judged([r for r in rows if r[0].fold == k], model), floors).items():
            total[floor] += counts
    print("held out, five-fold; corrections that are neither money nor noughts:")
    for floor, (hit, false, gold, n) in total.items():
        print(
            f"  {floor:.2f}: recall {hit / gold:.3f}  precision {hit / max(hit + false, 1):.3f}"
            f"  false per 1,000 words {1000 * false / n:.2f}"
        )
    share = vocabulary(docs)
    rows = [prepare(e, doc, misheardwords.NewsWords(share)) for e, doc in (*docs, *made, *clean)]
    right = sum(y == 1 for _, _, _, labels in rows for y in labels)
    print(f"{sum(len(r[2]) for r in rows)} runs, {right} right, {len(share)} words; {time.time() - begin:.0f} s")
    apply = next((f for f in floors if _borne(total[f], FALSE) and _borne(still[f], QUIET)), floors[-1])
    (DATA / misheardwords.VOCABULARY).write_text("".join(f"{w}\t{s}\n" for w, s in share.items()), "utf-8")
    replace(fit(rows), apply=apply, suggest=0.15).save(DATA / misheardwords.MODEL)
    print(f"{misheardwords.MODEL} written, apply at {apply}")


if __name__ == "__main__":
    main()
