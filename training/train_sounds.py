"""Train the judge of misheard names: ``src/trucewatch/reading/data/sounds.npz``.

Every window of the training transcripts that sounds like a name of the theatres at hand is an example; it is right where
gold has a misheard name there of that spelling. Boosted trees; the threshold from which names are applied is
set by five-fold cross-validation.

    python training/train_sounds.py            # prints held-out recall and precision by threshold

Data: ``benchmarks/gold/train``. Needs scikit-learn (not at run time).
"""

from __future__ import annotations

import argparse
import csv
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import train_slots
from common import DATA, FOLDS, GOLD, Example, boosted, examples, fold, garbled_mentions, matrix, token_span
from garbler import misheard
from negatives import clean_documents
from trucewatch.reading import phones as ph
from trucewatch.reading import sounds
from trucewatch.reading.cleannames import names, role_of_state
from trucewatch.reading.document import Document
from trucewatch.reading.evidence import FAME, SEEN, WINDOW_COLUMNS, WINDOWS, Context, Knowledge
from trucewatch.reading.lexicon import Found, lexicon, spellings_of
from trucewatch.reading.numbers import numbers
from trucewatch.reading.slots import Slots
from trucewatch.reading.soundindex import sound_index
from trucewatch.reading.sounds import theatres_at_hand
from trucewatch.reading.trees import Trees
from trucewatch.reading.words import words
from trucewatch.score import spellings
from trucewatch.theatre import Entity
from trucewatch.transcript.model import Transcript

HELD_OUT = Path(__file__).parents[1] / "docs" / "held-out-names.csv"
PRECISION = 0.9  # held-out precision from which names are applied

DECOY = 60  # words of clean text to one that is elsewhere known as a mishearing
NO_NAME = -1.0  # log-odds of any name in a slot, below which none stands there
# In captions of its theatre a known mishearing is taken to be one twice as often as among the cases here (log-odds).
KNOWN_ODDS = 0.7
KNOWN_COLUMNS = ("slot_own", "slot_rest", "lm_gain", "surprise", "all_common", "function_share", "words")
BOOSTED = True  # False: logistic weights, for the ablation table
ABLATED = (0, 1)  # folds held out for the ablation table
CLEAN = 240  # documents of clean text
ANEW = 0.5  # share of names that are misheard anew in the synthetic copy of a transcript
LOST = 0.015  # share of misheard names given up to listen to half as much


@dataclass(frozen=True, slots=True)
class Told:
    """A training document: what gold says, how far it is read, and of which sort (real, synthetic, clean)."""

    example: Example
    doc: Document
    sort: str


Row = tuple[Example, Document, list[sounds.Heard], list[int], int]


def documents(ud: Path | None) -> list[Told]:
    """Training documents as far as the step before: real transcripts, the same with synthetic mishearings, clean text."""
    real = examples(GOLD / "train")
    out = [Told(e, _read(e.transcript), "real") for e in real]
    out += [Told(made, _read(made.transcript), "synthetic") for e in real if (made := synthetic(e)) is not None]
    everywhere = Slots(
        *train_slots.fit([c for d in out if d.sort == "real" for c in train_slots.cases(d.doc, d.example)])
    )
    for k, text in enumerate(clean_documents(ud, CLEAN) if ud else []):
        nothing: dict[str, Any] = {"mentions": [], "corrections": []}
        theatre = sorted(lexicon().theatres)[k // 2 % len(lexicon().theatres)] if k % 2 else None
        if theatre:
            text = with_decoys(text, theatre, everywhere, random.Random(k))
        example = Example(f"clean{k}", Transcript(id=f"clean{k}", raw=text), nothing, k % FOLDS)
        out.append(Told(example, _read(example.transcript, theatre), "clean"))
    return out


def _read(transcript: Transcript, theatre: str | None = None) -> Document:
    return names(numbers(words(Document(transcript, lexicon(), theatre))))


def synthetic(example: Example) -> Example | None:
    """A transcript with names misheard anew: half of those that gold marks, as themselves or another of their kind."""
    rng, book = random.Random(example.name), lexicon()
    doc = _read(example.transcript)
    near = [t for t in theatres_at_hand(doc) if t in book.theatres]
    raw, mentions, text, at = example.transcript.raw, [], "", 0
    for mention in sorted(example.gold["mentions"], key=lambda m: m["start"]):
        if mention["start"] < at:
            continue
        text += raw[at : mention["start"]]
        begin, heard, entity = len(text), mention["heard"], None
        if mention["kind"] != "person" and rng.random() < ANEW:
            entity = _another(mention, near, rng)
            said = misheard_as(entity, text, near, rng) if entity else None
            heard, entity = (said, entity) if said else (heard, None)
        text += heard
        at = mention["end"]
        new = {**mention, "start": begin, "end": len(text), "heard": heard}
        if entity is not None:
            new |= {"name": entity.name, "aliases": list(entity.spellings), "garbled": True}
        mentions.append(new)
    text += raw[at:]
    if not any(m.get("garbled") for m in mentions):
        return None
    gold = {**example.gold, "mentions": mentions, "corrections": []}
    return Example(example.name + "+", replace(example.transcript, raw=text), gold, example.fold)


def with_decoys(text: str, theatre: str, slots: Slots, rng: random.Random) -> str:
    """Clean text with words known as mishearings of a theatre's names where no name would stand: there they are plain words."""
    known = sorted(h for (t, _), rows in _known().items() if t == theatre for h in rows)
    doc = _read(Transcript(id="clean", raw=text), theatre)
    left, right = slots.halves(doc)
    out, at = "", 0
    spots = sorted(
        rng.sample(range(1, len(doc.tokens)), min(len(known), len(doc.tokens) // DECOY, len(doc.tokens) - 1))
    )
    for i in spots:
        token = doc.tokens[i]
        if token.start < at or float((left[i] + right[i])[1:].max()) > NO_NAME:
            continue
        out += text[at : token.start] + rng.choice(known)
        at = token.end
    return out + text[at:]


def _another(mention: dict[str, Any], near: list[str], rng: random.Random) -> Entity | None:
    """The entity of a mention, or (two times in five) one of its kind in the theatres at hand, the important ones oftener."""
    book = lexicon()
    own = [book.entities[i] for r in sorted(spellings(mention)) for i in sorted(_spelled().get(r, ()))]
    if own and rng.random() < 0.6:
        return own[0]
    kind = mention["kind"]
    pool = [e for t in near for e in book.theatres[t].entities if e.kind == kind and not e.id.startswith("world:")]
    return rng.choices(pool, weights=[e.importance**2 for e in pool])[0] if pool else None


def misheard_as(entity: Entity, before: str, near: list[str], rng: random.Random) -> str | None:
    """How an entity might be heard: one time in four as is known of it, else made up."""
    known = [h for t in near for h in _known().get((t, entity.id), ())]
    if known and rng.random() < 0.25:
        return rng.choice(known)
    said = [p for s, how in spellings_of(entity) if how == "name" for p in ph.name_phones(s)][:6]
    said = [p for p in said if 3 <= len(p) <= 20]
    return misheard(ph.encode(rng.choice(said)), before.lower().split()[-2:], rng) if said else None


@lru_cache(maxsize=1)
def _known() -> dict[tuple[str, str], list[str]]:
    """Known mishearings by theatre and entity, but for those of the list that the benchmark uses."""
    out: dict[tuple[str, str], list[str]] = defaultdict(list)
    for theatre in lexicon().theatres.values():
        path = theatre.path / "mishearings.csv"
        rows = csv.DictReader(path.read_text("utf-8").splitlines()) if path.exists() else ()
        for row in rows:
            own = f"{theatre.id}:{row['id']}"
            if row["source"] != "garbles":
                out[theatre.id, own if own in theatre.by_id else f"world:{row['id']}"].append(row["heard"])
    return out


def knowledge_by_fold(docs: list[Told]) -> list[Knowledge]:
    """What each fold's transcripts may be told: slots and sightings learned from the other folds only; last, from all."""
    real = [d for d in docs if d.sort == "real"]
    slot_cases = [(d.example.fold, train_slots.cases(d.doc, d.example)) for d in real]
    sightings = [(d.example.fold, *_sightings(d.doc, d.example)) for d in real]
    out = []
    for k in (*range(FOLDS), FOLDS):
        model = Slots(*train_slots.fit([c for f, rows in slot_cases if f != k for c in rows]))
        fame = Counter(i for d in real if d.example.fold != k for i in _named(d.example))
        out.append(Knowledge(model, _seen([(heard, words) for f, heard, words in sightings if f != k]), fame))
    cases = [(d.example.fold, *_windows(d, out[d.example.fold])) for d in docs if d.sort != "synthetic"]
    return [replace(known, windows=_promise([c for c in cases if c[0] != k])) for k, known in enumerate(out)]


def _windows(told: Told, known: Knowledge) -> tuple[np.ndarray, np.ndarray]:
    """The windows of a document, and which of them are misheard names."""
    doc, context = told.doc, Context(told.doc, known)
    found = sounds.worth_hearing(doc, context, sound_index(lexicon(), theatres_at_hand(doc)))
    if not found:
        return np.zeros((0, len(WINDOW_COLUMNS)), np.float32), np.zeros(0, bool)
    gold = [(a, b) for a, b, _, _ in garbled_mentions(doc, told.example.gold)]
    right = [any(_share(w[0], w[1], a, b) >= 0.6 for a, b in gold) for w in found]
    return context.windows([w[:2] for w in found], [len(w[2]) for w in found]), np.array(right)


def _promise(cases: list[tuple[int, np.ndarray, np.ndarray]]) -> Trees:
    """Judge of windows; ``apply`` is where all but a few right ones are kept."""
    x, y = np.concatenate([c[1] for c in cases]), np.concatenate([c[2] for c in cases])
    model = boosted(
        x, y, WINDOW_COLUMNS, max_iter=60, learning_rate=0.1, max_leaf_nodes=12, max_depth=4, min_samples_leaf=30
    )
    return replace(model, apply=float(np.quantile(model.probabilities(x[y]), LOST)))


def _named(example: Example) -> set[str]:
    """The entities that a gold reading may name."""
    return {i for m in example.gold["mentions"] for r in spellings(m) for i in _spelled().get(r, ())}


def _sightings(doc: Document, example: Example) -> tuple[set[tuple[str, str]], set[str]]:
    """The misheard names of a transcript as (words, entity id), and all its runs of one to four words that are none."""
    found, spans = set(), []
    for first, last, right, _ in garbled_mentions(doc, example.gold):
        words_heard = " ".join(t.norm for t in doc.tokens[first : last + 1])
        spans.append((first, last))
        found |= {(words_heard, entity) for r in right for entity in _spelled().get(r, ())}
    taken = {i for a, b in spans for i in range(a, b + 1)}
    norms = [t.norm for t in doc.tokens]
    runs = {
        " ".join(norms[i : i + n])
        for n in range(1, 5)
        for i in range(len(norms) - n + 1)
        if taken.isdisjoint(range(i, i + n))
    }
    return found, runs


@lru_cache(maxsize=1)
def _spelled() -> dict[str, set[str]]:
    book, out = lexicon(), defaultdict(set)
    for theatre in [book.world, *book.theatres.values()]:
        for entity in theatre.entities:
            for name in (entity.name, *entity.spellings, *entity.forces, *entity.acronyms, *entity.adjectives):
                out[fold(name)].add(entity.id)
    return out


def _seen(rows: list[tuple[set[tuple[str, str]], set[str]]]) -> dict[tuple[str, str], float]:
    """How often words that were once heard for an entity mean it, in transcripts, of all that have them."""
    misheard = Counter(pair for found, _ in rows for pair in found)
    ever = {heard for heard, _ in misheard}
    plain = Counter(run for _, runs in rows for run in runs & ever)
    return {(heard, entity): round(n / (n + plain[heard] + 0.5), 3) for (heard, entity), n in misheard.items()}


def prepare(told: Told, known: Knowledge) -> Row:
    """A transcript with its windows, a label for each (1 right, 0 wrong, -1 left out), and how many names gold has."""
    example, doc = told.example, told.doc
    heard = sounds.listen(doc, known)
    gold = list(garbled_mentions(doc, example.gold))
    people = [g for g in gold if g[3]["kind"] == "person"]
    shares = []
    for item in heard:
        spelled = spellings_of_item(doc, item)
        shares.append(
            max(
                ((_overlap(item, first, last), k) for k, (first, last, right, _) in enumerate(gold) if spelled & right),
                default=(0.0, -1),
            )
        )
    best: dict[int, float] = defaultdict(float)
    for share, k in shares:
        best[k] = max(best[k], share)
    # Where a window fits better, one that cuts a name short is wrong; else it is right if it has most of the name.
    labels = [
        0 if not share else 1 if share >= 0.75 or share == best[k] >= 0.5 else 0 if best[k] >= 0.6 else -1
        for share, k in shares
    ]
    return example, doc, heard, labels, sum(1 for g in gold if g not in people)


def spellings_of_item(doc: Document, item: sounds.Heard) -> set[str]:
    """The spellings under which a window's name counts as right."""
    entry = item.sound.entry
    role = role_of_state(doc, Found(item.first, item.last, "", (entry,)), entry, doc.local_theatre[item.first])[0]
    return {fold(entry.entity.name), fold(role.name)}


def _overlap(item: sounds.Heard, first: int, last: int) -> float:
    return _share(item.first, item.last, first, last)


def _share(a: int, b: int, first: int, last: int) -> float:
    """Words shared of all words of either."""
    return max(min(last, b) - max(first, a) + 1, 0) / (max(last, b) - min(first, a) + 1)


def fit(rows: list[Row], columns: list[str]) -> Trees:
    """Boosted trees in the form that reading uses, over windows that stand a chance where ``alone`` is a column."""
    kept = [
        (item.features, label)
        for _, _, heard, labels, _ in rows
        for item, label in zip(heard, labels, strict=True)
        if label >= 0 and ("alone" not in columns or item.features.get("alone", 0.0) >= sounds.HOPELESS)
    ]
    x, y = matrix([features for features, _ in kept], columns), np.array([label for _, label in kept])
    if not BOOSTED:
        return Logistic(x, y, columns)  # type: ignore[return-value]
    return boosted(
        x,
        y,
        columns,
        max_iter=200,
        learning_rate=0.05,
        max_leaf_nodes=16,
        max_depth=6,
        min_samples_leaf=20,
        l2_regularization=2.0,
    )


def judged_alone(rows: list[Row], model: Trees) -> None:
    """Let a first judge see each window by itself, and give all what it makes of the others."""
    for _, doc, heard, _, _ in rows:
        for item, p in zip(heard, model.probabilities(model.matrix([h.features for h in heard])).tolist(), strict=True):
            item.features.pop("alone", None)
            item.probability = sounds._vouched(item, p)
        sounds.compare(doc, heard)


def judges(rows: list[Row], alone_columns: list[str], gone: list[str] | None = None) -> tuple[sounds.Judges, list[str]]:
    """Both judges. The second learns from what first judges said of transcripts that they had not seen."""
    folds = sorted({r[0].fold for r in rows})
    for part in (folds[::2], folds[1::2]):
        model = fit([r for r in rows if r[0].fold not in part], alone_columns)
        judged_alone([r for r in rows if r[0].fold in part], model)
    columns = sorted(
        {*alone_columns, *(c for _, _, heard, _, _ in rows for h in heard for c in h.features)} - set(gone or ())
    )
    together = fit(rows, columns)
    return sounds.Judges(fit(rows, alone_columns), together), columns


Chosen = tuple[float, bool]  # a name's probability, and whether it is right


def evaluate(rows: list[Row], by: sounds.Judges, floors: list[float]) -> tuple[dict[float, list[int]], list[Chosen]]:
    """Hits, false recoveries, gold names, words by threshold, choosing as in reading; and every name down to 0.1."""
    out: dict[float, list[int]] = {f: [0, 0, 0, 0] for f in floors}
    every: list[Chosen] = []
    for example, doc, heard, _, total in rows:
        sounds.weigh(doc, heard, by)
        gold = list(garbled_mentions(doc, example.gold))
        marked = [(*span, spellings(m), m["kind"]) for m in example.gold["mentions"] if (span := token_span(doc, m))]
        found = []
        for item, _ in sounds._choose(heard, 0.1):
            over = [m for m in marked if m[0] <= item.last and item.first <= m[1]]
            right = any(spellings_of_item(doc, item) & m[2] for m in over)
            if item.sound.entry.entity.kind != "person" and not any(m[3] == "person" for m in over):
                found.append((item, right))
                every.append((item.probability, right))
        for floor in floors:
            hit = {
                k
                for item, right in found
                if right and item.probability >= floor
                for k, (a, b, names_right, m) in enumerate(gold)
                if a <= item.last and item.first <= b and spellings_of_item(doc, item) & names_right
            }
            out[floor][0] += sum(1 for k in hit if gold[k][3]["kind"] != "person")
            out[floor][1] += sum(not right and item.probability >= floor for item, right in found)
            out[floor][2] += total
            out[floor][3] += len(doc.tokens)
    return out, every


def fit_known(rows: list[Row]) -> Trees:
    """Judge of words that are known as mishearings: do they stand where such a name does, or say what they say?

    A small one of its own, since what matters here (where it stands) is drowned in the other judges by the sound.
    """
    cases = [
        (item.features, label)
        for _, _, heard, labels, _ in rows
        for item, label in zip(heard, labels, strict=True)
        if item.known and label >= 0
    ]
    x, y = matrix([features for features, _ in cases], KNOWN_COLUMNS), np.array([label for _, label in cases])
    print(f"known mishearings: {int(y.sum())} right, {int((y == 0).sum())} in their plain sense")
    model = boosted(
        x, y, KNOWN_COLUMNS, max_iter=60, learning_rate=0.08, max_leaf_nodes=4, max_depth=2, min_samples_leaf=15
    )
    return replace(model, base=model.base + KNOWN_ODDS)


class Logistic:
    """Logistic weights in the place of trees, for the ablation table."""

    def __init__(self, x: np.ndarray, y: np.ndarray, columns: list[str]) -> None:
        self.columns = columns
        self._model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)).fit(x, y)

    def matrix(self, rows: list[dict[str, float]]) -> np.ndarray:
        return matrix(rows, self.columns)

    def probabilities(self, x: np.ndarray) -> np.ndarray:
        out: np.ndarray = self._model.predict_proba(x)[:, 1] if len(x) else np.zeros(0)
        return out


def recall_at(chosen: list[Chosen], gold: int, precision: float) -> float:
    """The largest share of gold names found at a threshold whose precision is at least that."""
    best = right = 0
    for k, (_, good) in enumerate(sorted(chosen, key=lambda c: -c[0]), 1):
        right += good
        if right >= precision * k:
            best = right
    return best / max(gold, 1)


GROUPS: dict[str, list[str]] = {
    "how alike they sound": ["similarity", "similarity2", "similar_long", "margin", "gain_x_sim", "slot_x_sim", "letters",
                             "one_letter_off", "exact_x_common", "first_phone"],
    "where names stand (slots)": ["slot", "slot_own", "slot_rest", "slot_place", "slot_actor", "slot_person", "slot_x_sim",
                                  "promise", "company_after", "company_before"],
    "how odd the words are (trigrams)": ["lm_gain", "gain_x_sim", "surprise", "surprise_sum", "surprise_after", "rarity",
                                         "promise", "unknown_word", "messy"],
    "the theatre at hand": ["local", "elsewhere", "world", "theatre", "common_x_nolocal"],
    "what news names, what is named clean": ["fame", "importance", "clean_elsewhere"],
    "mishearings seen elsewhere": ["seen", "known"],
    "what the other windows say": ["rival", "lead", "other_cut", "support", "supports", "density", "theatre", "near"],
}  # fmt: skip


def ablate(rows: list[Row], more: list[tuple[str, Row]], columns: list[str]) -> None:
    """Print what each part is worth: recall at a precision of .9 without it, and false changes on clean text."""
    global BOOSTED
    settings: list[tuple[str, list[str], tuple[str, ...], bool]] = [
        ("as shipped", [], ("clean",), True),
        *((f"without {name}", gone, ("clean",), True) for name, gone in GROUPS.items()),
        ("with synthetic mishearings too", [], ("synthetic", "clean"), True),
        ("without clean text", [], (), True),
        ("logistic weights in place of trees", [], ("clean",), False),
    ]
    print("| | recall at precision .9 | false per 1,000 words of clean text |\n|---|---:|---:|")
    for name, gone, sorts, trees in settings:
        BOOSTED = trees
        chosen: list[Chosen] = []
        gold, still, clean_words = 0, [], 0
        for k in ABLATED:
            kept = [c for c in columns if c not in gone]
            train = [r for r in rows if r[0].fold != k] + [r for s, r in more if s in sorts and r[0].fold != k]
            by, _ = judges(train, kept, gone)
            held = [r for r in rows if r[0].fold == k]
            chosen += evaluate(held, by, [])[1]
            gold += sum(r[4] for r in held)
            quiet = [r for s, r in more if s == "clean" and r[0].fold == k]
            still += evaluate(quiet, by, [])[1]
            clean_words += sum(len(r[1].tokens) for r in quiet)
        best = recall_at(chosen, gold, 0.9)
        floor = sorted((c[0] for c in chosen), reverse=True)[: max(int(best * gold / 0.9), 1)][-1]
        false = sum(p >= floor for p, _ in still)
        print(f"| {name} | {best:.3f} | {1000 * false / max(clean_words, 1):.2f} |", flush=True)


BOOSTED = True


def calibrated(model: Trees, chosen: list[Chosen]) -> Trees:
    """The trees with their log-odds stretched and shifted so that held-out names are right as often as they say."""
    p = np.clip(np.array([c[0] for c in chosen]), 1e-4, 1 - 1e-4)
    line = LogisticRegression(C=1e4).fit(np.log(p / (1 - p))[:, None], [c[1] for c in chosen])
    slope, offset = float(line.coef_[0, 0]), float(line.intercept_[0])
    print(f"calibration: log-odds times {slope:.2f}, plus {offset:.2f}")
    return replace(model, value=(model.value * slope).astype(np.float32), base=model.base * slope + offset)


def report(total: dict[float, list[int]]) -> None:
    for floor, (tp, fp, gold, n) in sorted(total.items()):
        print(
            f"  {floor:.2f}: recall {tp / max(gold, 1):.3f}  precision {tp / max(tp + fp, 1):.3f}"
            f"  false per 1,000 words {1000 * fp / max(n, 1):.2f}"
        )


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--without", nargs="*", default=[], help="leave out these features (for the ablation table)")
    ap.add_argument(
        "--ud", type=Path, help="folder with Universal Dependencies English (*.train.conllu.gz): clean text"
    )
    ap.add_argument(
        "--also", nargs="*", default=["clean"], help="what to learn from besides the transcripts: clean, synthetic"
    )
    ap.add_argument("--measure", action="store_true", help="only measure; write nothing")
    ap.add_argument("--known", action="store_true", help="only train the judge of known mishearings")
    ap.add_argument("--ablate", action="store_true", help="only print what each part is worth; write nothing")
    args = ap.parse_args()
    begin = time.time()
    docs = documents(args.ud)
    told = knowledge_by_fold(docs)
    every = [(d.sort, prepare(d, told[d.example.fold])) for d in docs]
    rows = [row for sort, row in every if sort == "real"]
    more = [row for sort, row in every if sort in args.also]
    clean = [row for sort, row in every if sort == "clean"]
    generated = sum(
        any(y == 1 and h.first <= b and a <= h.last for h, y in zip(heard, labels, strict=True))
        for example, doc, heard, labels, _ in rows
        for a, b, _, m in garbled_mentions(doc, example.gold)
        if m["kind"] != "person"
    )
    print(
        f"{len(rows)} transcripts, {sum(len(r[2]) for r in rows)} windows, "
        f"{sum(y == 1 for r in rows for y in r[3])} right; "
        f"{generated} of {sum(r[4] for r in rows)} gold names generated; {time.time() - begin:.0f} s"
    )
    known = fit_known([row for _, row in every])
    known.save(DATA / sounds.KNOWN)
    if args.known:
        return
    columns = sorted({c for _, _, h, _, _ in rows for item in h for c in item.features} - set(args.without))
    if args.ablate:
        ablate(rows, [(sort, row) for sort, row in every if sort != "real"], columns)
        return
    floors = [0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9]
    total: dict[float, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    quiet: dict[float, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    chosen: list[Chosen] = []
    for k in range(FOLDS):
        by, _ = judges([r for r in (*rows, *more) if r[0].fold != k], columns)
        for floor, still in evaluate([r for r in clean if r[0].fold == k], by, floors)[0].items():
            quiet[floor] = [a + b for a, b in zip(quiet[floor], still, strict=True)]
        counts, found = evaluate([r for r in rows if r[0].fold == k], by, floors)
        chosen += found
        for floor in floors:
            total[floor] = [a + b for a, b in zip(total[floor], counts[floor], strict=True)]
    print("held out, five-fold:")
    report(total)
    print(
        "on clean text, false per 1,000 words: "
        + "  ".join(f"{f:.2f}: {1000 * c[1] / max(c[3], 1):.2f}" for f, c in sorted(quiet.items()))
    )
    if args.measure:
        return
    by, _ = judges([*rows, *more], columns)
    together = calibrated(by.together, chosen)
    slope_of = [(c, _moved(c[0], by.together, together)) for c in chosen]
    apply = next((f for f in floors if total[f][0] / max(total[f][0] + total[f][1], 1) >= PRECISION), 0.8)
    apply_moved = round(_moved(apply, by.together, together), 3)
    for_all = told[FOLDS]
    assert for_all.slots is not None
    train_slots.write(for_all.slots)
    (DATA / SEEN).write_text(
        "".join(f"{heard}\t{entity}\t{share}\n" for (heard, entity), share in sorted(for_all.seen.items())), "utf-8"
    )
    (DATA / FAME).write_text("".join(f"{entity}\t{n}\n" for entity, n in sorted(for_all.fame.items())), "utf-8")
    assert for_all.windows is not None
    for_all.windows.save(DATA / WINDOWS)
    by.alone.save(DATA / sounds.ALONE)
    replace(together, apply=apply_moved, suggest=round(_moved(0.15, by.together, together), 3)).save(
        DATA / sounds.MODEL
    )
    HELD_OUT.write_text(
        "probability,right,level\n"
        + "".join(f"{p:.3f},{int(c[1])},{'applied' if p >= apply_moved else 'suggested'}\n" for c, p in slope_of),
        "utf-8",
    )
    print(f"{sounds.MODEL} written, apply at {apply_moved} (before calibration {apply})")


def _moved(p: float, before: Trees, after: Trees) -> float:
    """A probability of one set of trees as the calibrated set has it."""
    leaf = np.unravel_index(np.argmax(np.abs(before.value)), before.value.shape)
    slope = float(after.value[leaf] / before.value[leaf])
    odds = np.log(p / (1 - p)) * slope + (after.base - before.base * slope)
    return float(1 / (1 + np.exp(-odds)))


if __name__ == "__main__":
    main()
