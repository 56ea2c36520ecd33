"""Train the judge of clean names: ``src/trucewatch/reading/data/names.npz``.

Every thing that a spelling or a general phrase of the training transcripts could name is an example; it is right where
gold marks that name there. The threshold from which a name is given is the one of best F1 over clean mentions in
five-fold cross-validation by transcript, every part (trees, word odds) made without the held-out fold.

    python training/train_names.py             # prints held-out precision, recall and F1, of the rules too
    python training/train_names.py --ablate    # what each group of features adds, held out; writes nothing

Data: ``benchmarks/gold/train``. Needs scikit-learn (not at run time).
"""

from __future__ import annotations

import argparse
import math
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from common import DATA, FOLDS, GOLD, Example, boosted, examples, fold, token_span
from trucewatch.reading import cleannames
from trucewatch.reading import namejudge as nj
from trucewatch.reading.context import theatre_weights
from trucewatch.reading.document import Document, Name
from trucewatch.reading.lexicon import lexicon
from trucewatch.reading.namecandidates import Option, phrases, shown_name
from trucewatch.reading.numbers import numbers
from trucewatch.reading.trees import Floats, Trees
from trucewatch.reading.words import words
from trucewatch.score import is_garbled, spellings

SHAPE: dict[str, Any] = {
    "max_iter": 120,
    "learning_rate": 0.08,
    "max_leaf_nodes": 14,
    "max_depth": 6,
    "min_samples_leaf": 25,
    "l2_regularization": 4.0,
}
FLOORS = [round(0.30 + 0.02 * k, 2) for k in range(21)]
LEAST_TEXTS, LEAST_PHRASE = 6, 3  # transcripts that a word beside names, or a phrase, must stand in to be held
SMOOTHING = 6.0


class Gold(NamedTuple):
    """A gold mention: its tokens (last inclusive), the spellings that count as right, its kind, whether it is garbled."""

    first: int
    last: int
    right: set[str]
    kind: str
    garbled: bool


@dataclass(slots=True)
class Row:
    """A transcript with its possibilities, a label for each (1 right, 0 wrong), and its gold mentions."""

    example: Example
    doc: Document
    judged: nj.Judged
    labels: np.ndarray
    gold: list[Gold]


def prepare(example: Example, none: nj.WordOdds) -> Row:
    doc = numbers(words(Document(example.transcript, lexicon())))
    found = doc.lexicon.find([t.norm for t in doc.tokens])
    weights = theatre_weights(doc, found)
    doc.theatres, doc.local_theatre, doc.local_country = weights.overall, weights.local, weights.country
    judged = nj.consider(doc, found, weights, cleannames.by_rules(doc, found), none)
    gold = []
    for mention in example.gold["mentions"]:
        span = token_span(doc, mention)
        if span:
            gold.append(Gold(*span, spellings(mention), mention["kind"], is_garbled(mention)))
    return Row(example, doc, judged, label(judged.options, gold), gold)


def label(options: Sequence[Option], gold: list[Gold]) -> np.ndarray:
    """1 for what gold marks, else 0; of several spans that would give one mention, the one that covers it best."""
    labels = np.zeros(len(options), dtype=np.int64)
    for first, last, right, _, _ in gold:
        good = [
            k for k, o in enumerate(options) if o.first <= last and first <= o.last and fold(shown_name(o)) in right
        ]
        if not good:
            continue

        def shared(k: int, first: int = first, last: int = last) -> float:
            o = options[k]
            return float((min(o.last, last) - max(o.first, first) + 1) / (max(o.last, last) - min(o.first, first) + 1))

        best = options[max(good, key=lambda k: (shared(k), -k))]
        for k in good:
            if (options[k].first, options[k].last) == (best.first, best.last):
                labels[k] = 1
    return labels


# ---------------------------------------------------------------- words beside


def contexts(row: Row) -> list[tuple[list[str], bool]]:
    """For each span: the keys of the words beside it, and whether it is a mention."""
    out = []
    by_span: dict[tuple[int, int], list[int]] = defaultdict(list)
    for k, o in enumerate(row.judged.options):
        by_span[o.first, o.last].append(k)
    for (first, last), ks in by_span.items():
        here = [row.judged.options[k] for k in ks]
        beside, group = nj.words_beside(row.doc, first, last), nj.group_of(here)
        keys = [
            f"before {group} {beside.before}",
            f"after {group} {beside.after}",
            f"second_after {group} {beside.second}",
        ]
        if group == "side":
            means = next((o.means for o in here if o.means), "")
            keys += [f"meaning side {means}", f"phrase side {here[0].key}"]
        out.append((keys, bool((row.labels[ks] == 1).any())))
    return out


def word_odds(rows: Sequence[Row]) -> nj.WordOdds:
    """How the words beside spans speak for a mention: log-odds against their group's, drawn to 0 where seldom seen."""
    yes: Counter[str] = Counter()
    total: Counter[str] = Counter()
    texts: dict[str, set[str]] = defaultdict(set)
    base_yes: Counter[str] = Counter()
    base: Counter[str] = Counter()
    for row in rows:
        for keys, right in contexts(row):
            for key in keys:
                yes[key] += right
                total[key] += 1
                texts[key].add(row.example.name)
                group = " ".join(key.split(" ")[:2])
                base_yes[group] += right
                base[group] += 1
    odds: dict[str, float] = {}
    for key in sorted(total):
        place, group, word = key.split(" ", 2)
        if not word or len(texts[key]) < (LEAST_PHRASE if place == "phrase" else LEAST_TEXTS):
            continue
        rate = prior = base_yes[f"{place} {group}"] / base[f"{place} {group}"]
        if place == "phrase" and word in phrases():
            # A phrase is taken to be like others of its meaning until it is seen often.
            means = f"meaning side {phrases()[word].means}"
            prior = (yes[means] + SMOOTHING * rate) / (total[means] + SMOOTHING)
        p = (yes[key] + SMOOTHING * prior) / (total[key] + SMOOTHING)
        odds[key] = round(math.log(p / (1 - p)) - math.log(rate / (1 - rate)), 3)
    return nj.WordOdds(odds)


ODDS_COLUMNS = ("before", "after", "second_after", "phrase")
ODDS_AT = [nj.COLUMNS.index(c) for c in ODDS_COLUMNS]


def fill(row: Row, odds: nj.WordOdds) -> None:
    """Write the word odds into a transcript's features."""
    spans = dict.fromkeys((o.first, o.last) for o in row.judged.options)
    by_span = {}
    for span, (keys, _) in zip(spans, contexts(row), strict=True):
        values = [odds.odds.get(key, 0.0) for key in keys[:3]]
        by_span[span] = [*values, odds.odds.get(keys[-1], odds.odds.get(keys[-2], 0.0)) if len(keys) > 3 else 0.0]
    if by_span:
        row.judged.matrix[:, ODDS_AT] = [by_span[o.first, o.last] for o in row.judged.options]


# ---------------------------------------------------------------- fitting


def fit(rows: Sequence[Row], shape: dict[str, Any], gone: Sequence[int]) -> Trees:
    x = np.concatenate([r.judged.matrix for r in rows])
    y = np.concatenate([r.labels for r in rows])
    return boosted(without(x, gone), y, nj.COLUMNS, **shape)


def without(matrix: Floats, gone: Sequence[int]) -> Floats:
    if not gone:
        return matrix
    out = matrix.copy()
    out[:, list(gone)] = 0.0
    return out


def fill_apart(rows: Sequence[Row]) -> None:
    """Write word odds into transcripts, those of each fold made without it, so that none is told about itself."""
    for k in sorted({r.example.fold for r in rows}):
        odds = word_odds([r for r in rows if r.example.fold != k])
        for row in rows:
            if row.example.fold == k:
                fill(row, odds)


def train(rows: Sequence[Row], gone: Sequence[int] = ()) -> nj.NameModel:
    """The judge of some transcripts."""
    fill_apart(rows)
    return nj.NameModel(word_odds(rows), fit(rows, SHAPE, gone))


def judge_held(rows: Sequence[Row], model: nj.NameModel, gone: Sequence[int] = ()) -> None:
    for row in rows:
        fill(row, model.words)
        probabilities = model.trees.probabilities(without(row.judged.matrix, gone))
        for option, p in zip(row.judged.options, probabilities.tolist(), strict=True):
            option.probability = p


# ---------------------------------------------------------------- measuring

Span = tuple[int, int, str, str]


def count(row: Row, given: Sequence[Span]) -> np.ndarray:
    """Hits, false names and missed clean mentions, persons left out, as the score of clean names has them."""
    used: set[int] = set()
    hits = false = missed = 0
    people = [g for g in row.gold if g.kind == "person"]
    given = [p for p in given if p[3] != "person" and not any(g.first <= p[1] and p[0] <= g.last for g in people)]
    for first, last, right, kind, garbled in row.gold:
        if kind == "person":
            continue
        hit = [
            k
            for k, (a, b, name, _) in enumerate(given)
            if k not in used and a <= last and first <= b and fold(name) in right
        ]
        if hit:
            used.add(hit[0])
            hits += 1
        elif not garbled:
            missed += 1
    for k, (a, b, _, _) in enumerate(given):
        over = [g for g in row.gold if a <= g.last and g.first <= b]
        if k not in used and not any(g.garbled for g in over):
            false += 1
    return np.array([hits, false, missed])


def chosen(row: Row, floor: float) -> list[Span]:
    options = row.judged.options
    return [(o.first, o.last, shown_name(o), o.kind) for o in (options[k] for k, _ in nj.choose(options, floor))]


def ruled(names: Sequence[Name]) -> list[Span]:
    return [(n.first, n.last, n.name, n.kind) for n in names]


def figures(counts: np.ndarray) -> tuple[float, float, float]:
    hits, false, missed = counts.tolist()
    precision, recall = hits / max(hits + false, 1), hits / max(hits + missed, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def said(counts: np.ndarray) -> str:
    precision, recall, f1 = figures(counts)
    return f"precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}  ({counts.tolist()})"


def held_out(rows: Sequence[Row], gone: Sequence[int] = ()) -> dict[float, np.ndarray]:
    """Counts by floor over all transcripts, each judged without its fold; leaves the held-out probabilities in ``rows``."""
    total = {f: np.zeros(3, dtype=np.int64) for f in FLOORS}
    kept: dict[str, list[float]] = {}
    for k in range(FOLDS):
        held = [r for r in rows if r.example.fold == k]
        judge_held(held, train([r for r in rows if r.example.fold != k], gone), gone)
        for row in held:
            kept[row.example.name] = [o.probability for o in row.judged.options]
            for f in FLOORS:
                total[f] += count(row, chosen(row, f))
    for row in rows:
        for o, p in zip(row.judged.options, kept[row.example.name], strict=True):
            o.probability = p
    return total


def within_reach(row: Row, gold: Gold) -> bool:
    """Whether a clean mention's name is among what its words could name."""
    return (
        gold.kind != "person"
        and not gold.garbled
        and any(
            o.first <= gold.last and gold.first <= o.last and fold(shown_name(o)) in gold.right
            for o in row.judged.options
        )
    )


def best_floor(total: dict[float, np.ndarray]) -> float:
    return max(FLOORS, key=lambda f: (figures(total[f])[2], f))


GROUPS: dict[str, tuple[str, ...]] = {
    "words beside": ODDS_COLUMNS,
    "the rules' choice": ("ruled", "ruled_sure", "ruled_other", "unruled"),
    "theatre at hand": ("local", "away", "theatre_share", "theatre_near", "share_rank", "near_rank", "listed_only", "listed"),
    "country at hand": (
        "country_share", "country_near", "country_local", "country_since", "country_rank", "country_since_rank",
        "country_named",
    ),
    "what was named": (
        "named_before", "named_after", "since", "until", "leader_since", "last_group", "recency_rank", "named_rank",
    ),
    "slot and verb": ("slot", "acts", "says"),
    "how it is written": ("capital", "upper", "dotted", "common", "all_common", "letters", "exact"),
    "article, number, break": ("the", "a", "whose", "counted", "start", "after_comma", "ends", "possessive"),
    "names beside": ("name_before", "name_after", "of_name", "adjective_fits", "of_fits"),
    "period": ("valid",),
}  # fmt: skip


def calibration(rows: Sequence[Row], floor: float) -> str:
    """How often names of each confidence are right."""
    bins: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for row in rows:
        options = row.judged.options
        for k, _ in nj.choose(options, floor):
            b = bins[min(int(options[k].probability * 10), 9)]
            b[0] += 1
            b[1] += float(row.labels[k] == 1)
            b[2] += options[k].probability
    return "  ".join(f"{b[2] / b[0]:.2f}: {b[1] / b[0]:.2f} of {b[0]:.0f}" for _, b in sorted(bins.items()))


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--ablate", action="store_true", help="measure what each group of features adds; write nothing")
    args = ap.parse_args()
    begin = time.time()
    rows = [prepare(e, nj.WordOdds({})) for e in examples(GOLD / "train")]
    possible = sum(len(r.judged.options) for r in rows)
    print(f"{len(rows)} transcripts, {possible} possibilities; {time.time() - begin:.0f} s")
    rules = sum((count(r, ruled(r.judged.ruled)) for r in rows), np.zeros(3, dtype=np.int64))
    print("rules:              ", said(rules))
    seen = sum(len({id(g) for g in r.gold if within_reach(r, g)}) for r in rows)
    clean = sum(g.kind != "person" and not g.garbled for r in rows for g in r.gold)
    print(f"clean mentions whose name is among the possibilities: {seen / max(clean, 1):.3f} of {clean}")
    total = held_out(rows)
    floor = best_floor(total)
    print(f"held out, at {floor}:  ", said(total[floor]), f"{time.time() - begin:.0f} s")
    for f in FLOORS[::4]:
        print(f"  {f:.2f}:", said(total[f]))
    print("confidence and share right:", calibration(rows, floor))
    if args.ablate:
        for name, columns in GROUPS.items():
            total = held_out(rows, [nj.COLUMNS.index(c) for c in columns])
            print(f"without {name}:", said(total[best_floor(total)]))
        return
    model = train(rows)
    nj.save_model(replace(model, trees=replace(model.trees, apply=floor)), DATA / nj.MODEL)
    print(f"{nj.MODEL} written: {(DATA / nj.MODEL).stat().st_size / 1e6:.2f} MB, {len(model.words.odds)} words")


if __name__ == "__main__":
    main()
