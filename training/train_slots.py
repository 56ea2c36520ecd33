"""Train where names stand: ``src/trucewatch/reading/data/slots.npz``.

Every name that the training transcripts' gold marks, clean or misheard, is an example of its class of slot; runs of one to
four words that touch no name are examples of none. Multinomial logistic regression over the words on either side only.

    python training/train_slots.py             # prints held-out accuracy; writes the model

Data: ``benchmarks/gold/train``. Needs scikit-learn (not at run time). ``train_sounds.py`` trains its own by fold.
"""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from common import DATA, FOLDS, GOLD, Example, examples, token_span
from trucewatch.reading.cleannames import names
from trucewatch.reading.document import Document
from trucewatch.reading.lexicon import lexicon
from trucewatch.reading.numbers import numbers
from trucewatch.reading.slots import (
    CLASSES,
    MODEL,
    Slots,
    context_words,
    left_features,
    right_features,
    save,
    slot_class,
)
from trucewatch.reading.words import words

STRENGTH = 0.5  # of the fit against regularisation
LEAST = 2  # a feature seen less often says nothing

Case = tuple[list[str], int]


def cases(doc: Document, example: Example) -> list[Case]:
    """The slots of a transcript: features, class. A slot's own name is no context of itself, its neighbours' are."""
    around = context_words(doc)
    spans = []
    for mention in example.gold["mentions"]:
        span = token_span(doc, mention)
        if span and (slot_class(mention["kind"])) in CLASSES:
            spans.append((*span, CLASSES.index(slot_class(mention["kind"]))))
    taken = {i for a, b, _ in spans for i in range(a, b + 1)}
    rng = random.Random(example.name)
    free = []
    for _ in range(6 * len(spans)):
        first = rng.randrange(len(doc.tokens))
        last = min(first + rng.choice((0, 0, 1, 1, 2, 3)), len(doc.tokens) - 1)
        if taken.isdisjoint(range(first, last + 1)):
            free.append((first, last, 0))
    return [([*left_features(doc, around, a), *right_features(doc, around, b)], kind) for a, b, kind in [*spans, *free]]


def fit(data: list[Case]) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Features, weights of shape (features, classes), bias, all relative to the class "none"."""
    counts = Counter(f for features, _ in data for f in features)
    kept = sorted(f for f, n in counts.items() if n >= LEAST)
    row = {f: k for k, f in enumerate(kept)}
    indices, pointers = [], [0]
    for features, _ in data:
        indices += [row[f] for f in features if f in row]
        pointers.append(len(indices))
    x = csr_matrix((np.ones(len(indices), np.float32), indices, pointers), shape=(len(data), len(kept)))
    model = LogisticRegression(C=STRENGTH, max_iter=150).fit(x, [c for _, c in data])
    weights = (model.coef_ - model.coef_[0]).T.astype(np.float32)
    bias = (model.intercept_ - model.intercept_[0]).astype(np.float32)
    used = np.abs(weights).max(axis=1) > 0.02
    return [f for f, u in zip(kept, used, strict=True) if u], weights[used], bias


def accuracy(model: Slots, data: list[Case]) -> tuple[int, int]:
    """Slots whose class is right, of how many."""
    right = 0
    for features, kind in data:
        rows = [model._row[f] for f in features if f in model._row]
        right += int(np.argmax(model.bias + model._weights[rows].sum(axis=0))) == kind
    return right, len(data)


def write(model: Slots) -> None:
    """Write a model where the package has it."""
    save(DATA / MODEL, list(model._row), model._weights, model.bias)


def main() -> None:
    book = lexicon()
    data = [(e.fold, cases(names(numbers(words(Document(e.transcript, book)))), e)) for e in examples(GOLD / "train")]
    right = total = 0
    for k in range(FOLDS):
        features, weights, bias = fit([c for fold, rows in data if fold != k for c in rows])
        a, b = accuracy(Slots(features, weights, bias), [c for fold, rows in data if fold == k for c in rows])
        right, total = right + a, total + b
    features, weights, bias = fit([c for _, rows in data for c in rows])
    write(Slots(features, weights, bias))
    print(
        f"{total} slots, {right / total:.3f} right by five-fold; {len(features)} features, "
        f"{(DATA / MODEL).stat().st_size / 1e6:.2f} MB"
    )


if __name__ == "__main__":
    main()
