"""Train the judge of misheard names: ``src/trucewatch/reading/data/sounds.npz``.

Every window of the training transcripts that sounds like a name of the theatres at hand is an example; it is right where
gold has a misheard name there of that spelling. Boosted trees; the threshold from which names are applied is
set by five-fold cross-validation.

    python training/train_sounds.py            # prints held-out recall and precision by threshold

Data: ``benchmarks/gold/train``. Needs scikit-learn (not at run time).
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from dataclasses import replace

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from common import DATA, FOLDS, GOLD, Example, examples, fold, garbled_mentions
from trucewatch.reading import sounds
from trucewatch.reading.cleannames import names, role_of_state
from trucewatch.reading.document import Document
from trucewatch.reading.lexicon import Found, lexicon
from trucewatch.reading.numbers import numbers
from trucewatch.reading.trees import Trees
from trucewatch.reading.words import words

PRECISION = 0.84  # held-out precision from which names are applied

Row = tuple[Example, Document, list[sounds.Heard], list[int], int]


def prepare(example: Example) -> Row:
    """A transcript with its windows, a label for each (1 right, 0 wrong, -1 left out), and how many names gold has."""
    doc = names(numbers(words(Document(example.transcript, lexicon()))))
    heard = sounds.listen(doc)
    gold = list(garbled_mentions(doc, example.gold))
    people = [g for g in gold if g[3]["kind"] == "person"]
    labels = []
    for item in heard:
        spelled = {
            fold(item.sound.entry.entity.name),
            fold(
                role_of_state(
                    doc,
                    Found(item.first, item.last, "", (item.sound.entry,)),
                    item.sound.entry,
                    doc.local_theatre[item.first],
                )[0].name
            ),
        }
        label = 0
        for first, last, right, _ in gold:
            inter = min(last, item.last) - max(first, item.first) + 1
            if inter <= 0:
                continue
            union = max(last, item.last) - min(first, item.first) + 1
            if spelled & right:
                label = 1 if inter / union >= 0.6 else -1
                break
        labels.append(label)
    return example, doc, heard, labels, sum(1 for g in gold if g not in people)


def matrix(heard: list[sounds.Heard], columns: list[str]) -> np.ndarray:
    return np.array([[h.features.get(c, 0.0) for c in columns] for h in heard], dtype=np.float32).reshape(
        len(heard), len(columns)
    )


def fit(rows: list[Row], columns: list[str]) -> Trees:
    """Boosted trees in the form that reading uses."""
    x = np.concatenate([matrix(h, columns) for _, _, h, _, _ in rows])
    y = np.concatenate([np.array(labels) for _, _, _, labels, _ in rows])
    keep = y >= 0
    model = HistGradientBoostingClassifier(
        max_iter=130,
        learning_rate=0.08,
        max_leaf_nodes=12,
        max_depth=5,
        min_samples_leaf=25,
        l2_regularization=2.0,
        random_state=0,
    ).fit(x[keep], y[keep])
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


def support(rows: list[Row], model: Trees) -> None:
    """Give each window the feature that other windows point to the same name, judged by a first model."""
    for _, doc, heard, _, _ in rows:
        for item in heard:
            item.features["support"] = 0.0
        if heard:
            sounds.weigh(doc, heard, model)


def evaluate(rows: list[Row], model: Trees, floors: list[float]) -> dict[float, list[int]]:
    """Hits, false recoveries, gold names, words by threshold; choosing as in reading."""
    out: dict[float, list[int]] = {f: [0, 0, 0, 0] for f in floors}
    for example, doc, heard, _, total in rows:
        sounds.weigh(doc, heard, model)
        gold = list(garbled_mentions(doc, example.gold))
        for floor in floors:
            chosen = sounds._choose(heard, floor)
            hit: set[int] = set()
            for item, _ in chosen:
                name = role_of_state(
                    doc,
                    Found(item.first, item.last, "", (item.sound.entry,)),
                    item.sound.entry,
                    doc.local_theatre[item.first],
                )[0]
                if item.sound.entry.entity.kind == "person":
                    continue
                over = [k for k, (a, b, right, m) in enumerate(gold) if a <= item.last and item.first <= b]
                good = [k for k in over if {fold(name.name), fold(item.sound.entry.entity.name)} & gold[k][2]]
                if good and good[0] not in hit:
                    hit.add(good[0])
                elif not any(gold[k][3]["kind"] == "person" for k in over):
                    out[floor][1] += 1
            out[floor][0] += sum(1 for k in hit if gold[k][3]["kind"] != "person")
            out[floor][2] += total
            out[floor][3] += len(doc.tokens)
    return out


def report(total: dict[float, list[int]]) -> None:
    for floor, (tp, fp, gold, n) in sorted(total.items()):
        print(
            f"  {floor:.2f}: recall {tp / max(gold, 1):.3f}  precision {tp / max(tp + fp, 1):.3f}"
            f"  false per 1,000 words {1000 * fp / max(n, 1):.2f}"
        )


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--dev", action="store_true", help="also measure on the dev transcripts")
    args = ap.parse_args()
    begin = time.time()
    rows = [prepare(e) for e in examples(GOLD / "train")]
    found = sum(1 for _, _, _, labels, _ in rows for y in labels if y == 1)
    total_gold = sum(r[4] for r in rows)
    generated = 0
    for example, doc, heard, labels, _ in rows:
        for a, b, _right, m in garbled_mentions(doc, example.gold):
            if m["kind"] != "person":
                generated += any(y == 1 and h.first <= b and a <= h.last for h, y in zip(heard, labels, strict=True))
    print(
        f"{len(rows)} transcripts, {sum(len(r[2]) for r in rows)} windows, {found} right; "
        f"{generated} of {total_gold} gold names generated; {time.time() - begin:.0f} s"
    )
    columns = sorted({"support", *(c for _, _, h, _, _ in rows for item in h for c in item.features)})
    floors = [0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8]
    total: dict[float, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for k in range(FOLDS):
        train, held = [r for r in rows if r[0].fold != k], [r for r in rows if r[0].fold == k]
        first = fit(train, columns)
        support(train, first)
        model = fit(train, columns)
        for floor, counts in evaluate(held, model, floors).items():
            total[floor] = [a + b for a, b in zip(total[floor], counts, strict=True)]
    print("held out, five-fold:")
    report(total)
    first = fit(rows, columns)
    support(rows, first)
    model = fit(rows, columns)
    apply = next((f for f in floors if total[f][0] / max(total[f][0] + total[f][1], 1) >= PRECISION), 0.8)
    replace(model, apply=apply, suggest=0.2).save(DATA / sounds.MODEL)
    print(f"{sounds.MODEL} written, apply at {apply}: {(DATA / sounds.MODEL).stat().st_size / 1e6:.2f} MB")
    if args.dev:
        print("dev:")
        report(evaluate([prepare(e) for e in examples(GOLD / "dev")], model, floors))


if __name__ == "__main__":
    main()
