"""Train the claim tagger, the voice tagger and the role models, and measure them by five-fold cross-validation.

    python training/train_claims.py --folds      # held-out figures only: names, claims, roles, voices, as score.py counts
    python training/train_claims.py              # trains on all of train/ and writes the model files
    python training/train_claims.py --rules --out FOLDER --dev benchmarks/gold/dev   # without the caption model, to compare

Either way but ``--rules`` with ``--held FOLDER ...``: what claim branches that had not seen them say of the transcripts
(``held.npz`` of ``train_claim_net.py --fold``, one a fold). The models must not learn to trust a branch that had.

Writes ``claims.crfsuite``, ``voices.crfsuite`` and ``roles.npz`` under ``src/trucewatch/reading/data/``. Data:
``benchmarks/gold/train``; ``claim_traps.tsv`` and ``silent.txt``, in which nothing is a claim. Names, numbers, corrections and voices are
the pipeline's own, as in reading; the claim spans that the role models learn from are gold's. Needs scikit-learn (not at
run time). Seeded; about ten minutes on one core.
"""

from __future__ import annotations

import argparse
import pickle
import random
import tempfile
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pycrfsuite
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from common import DATA, FOLDS, GOLD, Example, examples, fold_of, token_span
from trucewatch.reading import claims, roles, voices
from trucewatch.reading.claimbranch import Branch
from trucewatch.reading.clauses import Clauses, parsed
from trucewatch.reading.document import Document, Span
from trucewatch.reading.lexicon import lexicon
from trucewatch.reading.linear import Linear, save
from trucewatch.reading.model import Voice
from trucewatch.reading.steps import STEPS
from trucewatch.reading.tagfeatures import View, features, segment_features, view
from trucewatch.score import SHARED_TOKENS, Score, fold, spellings
from trucewatch.transcript.model import Transcript

# c1 and c2 by five-fold F1 over {0.05, 0.1, 0.3} x {0, 0.05, 0.5}.
CRF = {"c1": 0.1, "c2": 0.05, "max_iterations": 90, "feature.minfreq": 2}
VOICE_CRF = {"c1": 0.3, "c2": 0.1, "max_iterations": 60, "feature.minfreq": 6}
LOGISTIC_C = {
    "type": 0.3,
    "claim": 0.1,
    "stance": 0.5,
    "figures": 0.5,
    "actors": 0.1,
    "places": 0.1,
    "targets": 0.5,
    "weapons": 0.5,
    "source": 0.1,
}
TRAPS, SILENT = (Path(__file__).with_name(name) for name in ("claim_traps.tsv", "silent.txt"))
INNER = 3  # folds by which the model of claims gets its examples
BEFORE = ("words", "numbers", "names", "sounds", "mishearings", "captions", "sentences")


def prepare(example: Example, cache: Path | None = None, rules: bool = False) -> Document:
    """The document before voices and claims; ``cache`` keeps it between runs while nothing before those steps changes.

    ``rules`` leaves the caption model out.
    """
    kept = cache / f"{example.name}.pickle" if cache else None
    if kept and kept.exists():
        doc: Document = pickle.loads(kept.read_bytes())
        doc.lexicon, doc.items, doc.clauses = lexicon(), None, None
        return _with_branch(doc, example.name)
    doc = Document(example.transcript, lexicon())
    for name in BEFORE:
        if name != "captions" or not rules:
            doc = STEPS[name](doc)
    if kept and cache:
        cache.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(pickle.dumps(replace(doc, lexicon=None)))  # type: ignore[arg-type]
    return _with_branch(doc, example.name)


HELD: dict[str, Branch] = {}
WITHOUT: set[str] = set()  # parts left out, to see what they are worth


def _with_branch(doc: Document, name: str) -> Document:
    """The document with what a claim branch says of it that had not learned from it, where there is one."""
    if doc.captions is not None and "branch" in WITHOUT:
        doc.captions.branch, doc.items = None, None
    elif doc.captions is not None and name in HELD:
        assert len(HELD[name].rows) == len(doc.captions.words), name
        doc.captions.branch, doc.items = HELD[name], None
    return doc


def load_held(folders: Sequence[Path]) -> None:
    """Read what the branches say of the transcripts kept from them."""
    for folder in folders:
        with np.load(folder / "held.npz") as kept:
            HELD.update({n: Branch(kept[n], kept["bias"]) for n in kept.files if n != "bias"})


def silent() -> list[Example]:
    """Texts that only sound like war, with nothing claimed in them: whole ones, and single sentences a handful to a text."""
    texts = SILENT.read_text(encoding="utf-8").split("\n\n")
    lines = TRAPS.read_text(encoding="utf-8").splitlines()[1:]
    random.Random(0).shuffle(lines)
    texts += [" ".join(line.split("\t")[1] for line in lines[at : at + 6]) for at in range(0, len(lines), 6)]
    none: dict[str, Any] = {"mentions": [], "corrections": [], "voices": [], "claims": []}
    names = [f"silent-{zlib.crc32(text.encode()):08x}" for text in texts]
    return [
        Example(name, Transcript(id=name, raw=text.strip()), none, fold_of(name))
        for name, text in zip(names, texts, strict=True)
    ]


def labels(doc: Document, items: View, gold: dict[str, Any]) -> list[str]:
    out = ["O"] * len(items.words)
    for claim in sorted(gold["claims"], key=lambda c: c["start"] - c["end"]):
        span = token_span(doc, claim)
        if span:
            inside = [i for i in range(len(items.words)) if items.token[i] <= span[1] and items.last[i] >= span[0]]
            for k, i in enumerate(inside):
                out[i] = "B" if k == 0 else "I"
    return out


def voice_labels(doc: Document, items: View, gold: dict[str, Any]) -> list[str]:
    starts = [doc.tokens[t].start for t in items.token]
    return [next((v["role"] for v in gold["voices"] if v["start"] <= s < v["end"]), "reporter") for s in starts]


def train_crf(rows: list[list[list[str]]], tags: list[list[str]], path: str, params: dict[str, Any]) -> None:
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    for x, y in zip(rows, tags, strict=True):
        trainer.append(x, y)
    trainer.set_params(params)
    trainer.train(path)


class Collector:
    """Examples for each role model: feature lists and labels."""

    def __init__(self) -> None:
        self.rows: dict[str, list[list[str]]] = defaultdict(list)
        self.labels: dict[str, list[str]] = defaultdict(list)

    def add(self, model: str, row: list[str], label: str) -> None:
        self.rows[model].append(row)
        self.labels[model].append(label)

    def fit(self, model: str) -> Linear:
        rows, y = self.rows[model], self.labels[model]
        counts = Counter(f for row in rows for f in set(row))
        index = {f: i for i, f in enumerate(sorted(f for f, n in counts.items() if n >= 2))}
        indices, pointers = [], [0]
        for row in rows:
            indices.extend(sorted({index[f] for f in row if f in index}))
            pointers.append(len(indices))
        x = csr_matrix((np.ones(len(indices), dtype=np.float32), indices, pointers), shape=(len(rows), len(index)))
        clf = LogisticRegression(C=LOGISTIC_C[model], max_iter=400, solver="lbfgs").fit(x, y)
        classes = tuple(str(c) for c in clf.classes_)
        weights = clf.coef_.T.astype(np.float32)
        intercept = clf.intercept_.astype(np.float32)
        if classes == ("no", "yes"):
            classes = ("yes",)
        kept = np.abs(weights).max(axis=1) > 0.03
        names = [f for f, k in zip(sorted(index), kept, strict=True) if k]
        return Linear(classes, {f: i for i, f in enumerate(names)}, weights[kept], intercept)


def gold_value(gold: dict[str, Any]) -> dict[str, set[str]]:
    return {fold(m["name"]): spellings(m) for m in gold["mentions"]}


def own_names(doc: Document, alias: dict[str, set[str]]) -> Callable[[str], str]:
    """What the pipeline would call a name of gold's."""
    names = {fold(n.name): n.name for n in doc.names}

    def own(value: str) -> str:
        return next((names[s] for s in sorted(alias.get(fold(value), {fold(value)})) if s in names), value)

    return own


def same(value: str, wanted: list[str], alias: dict[str, set[str]]) -> bool:
    return any(fold(value) in alias.get(fold(w), {fold(w)}) | {fold(w)} for w in wanted)


def collect(doc: Document, gold: dict[str, Any], out: Collector) -> None:
    """Role examples from gold spans; the voices, and the roles of the claims before, are gold's too."""
    doc.voices = [Voice(start=v["start"], end=v["end"], role=v["role"]) for v in gold["voices"]]
    ctx = roles.context(doc, dict(enumerate(doc.boundaries)))
    items = view(doc)
    alias = gold_value(gold)
    own = own_names(doc, alias)
    before: list[dict[str, Any]] = []
    for claim in sorted(gold["claims"], key=lambda c: (c["start"], c["end"])):
        span_tokens = token_span(doc, claim)
        if span_tokens is None:
            continue
        span = item_span(items, *span_tokens, claim["type"], parsed(doc))
        source = claim.get("source")
        previous = before[-1]["source"] if before else None
        source_features: list[str] = []
        for c in roles.source_candidates(ctx, span, previous):
            right = bool(source) and same(c.value, [source], alias)
            out.add("source", c.features, "yes" if right else "no")
            if right and not source_features:
                source_features = c.features
        inside = [i for i in range(len(items.words)) if items.token[i] <= span.last and items.last[i] >= span.first]
        out.add("type", segment_features(items, inside[0], inside[-1]), claim["type"])
        out.add("stance", roles.stance_features(ctx, span, source, source_features), claim["stance"])
        for role, kinds in (("actors", roles.ACTOR_KINDS), ("places", roles.PLACE_KINDS)):
            pairs = claims.carried_over([b[role] for b in before])
            if role == "actors" and source:
                pairs.append((own(source), "source"))
            for c in roles.name_candidates(ctx, span, kinds, pairs):
                out.add(role, c.features, "yes" if same(c.value, claim.get(role, []), alias) else "no")
        for group in ("targets", "weapons"):
            for c in roles.class_candidates(ctx, span, group):
                out.add(group, c.features, "yes" if c.value in claim.get(group, []) else "no")
        for c in roles.figure_candidates(ctx, span):
            out.add("figures", c.features, figure_of(ctx, c, claim))
        before.append(
            {
                "actors": [own(a) for a in claim.get("actors", [])],
                "places": [own(p) for p in claim.get("places", [])],
                "source": own(source) if source else None,
            }
        )


def figure_of(ctx: roles.Context, candidate: roles.Candidate, claim: dict[str, Any]) -> str:
    number = candidate.number
    assert number is not None
    for figure in claim.get("figures", []):
        if claims._converted(ctx, figure["what"], number.low, number.high, number.last) == (
            figure["low"],
            figure["high"],
        ):
            return str(figure["what"])
    for figure in claim.get("figures", []):
        if number.low in (figure["low"], figure["high"]) and number.low is not None:
            return str(figure["what"])
    return "none"


def item_span(items: View, first: int, last: int, kind: str, tree: Clauses | None) -> Span:
    inside = [i for i in range(len(items.words)) if items.token[i] <= last and items.last[i] >= first]
    span = claims._with_trigger(items, inside[0], inside[-1], kind, 1.0)
    trigger = (items.token[span.trigger[0]], items.last[span.trigger[1]])
    if span.opening is None and tree is not None:
        trigger = (tree.root(items.token[span.first], items.last[span.last]),) * 2
    return Span(items.token[span.first], items.last[span.last], kind, 1.0, trigger, opening=span.opening)


def reading_of(doc: Document) -> dict[str, Any]:
    """The parts of a reading that are scored."""
    return {
        "mentions": [
            {
                "start": doc.tokens[n.first].start,
                "end": doc.tokens[n.last].end,
                "heard": doc.quote(n.first, n.last),
                "name": n.name,
                "kind": n.kind,
                "recovered": n.recovered,
            }
            for n in doc.names
        ],
        "corrections": [c.model_dump() for c in doc.corrections],
        "voices": [v.model_dump() for v in doc.voices],
        "claims": [c.model_dump() for c in doc.claims],
    }


def run_models(doc: Document, claim_path: str, voice_path: str, models: dict[str, Linear]) -> None:
    """Voices, claims and roles with the given models, as the pipeline's steps do."""
    tagger, voice_tagger = pycrfsuite.Tagger(), pycrfsuite.Tagger()
    tagger.open(claim_path)
    voice_tagger.open(voice_path)
    doc.voices, doc.spans, doc.claims = [], [], []
    claims.fill_roles(claims.claims(voices.voices(doc, voice_tagger), tagger, models), models)


def fit_all(
    docs: list[Document], golds: list[dict[str, Any]], claim_path: str, voice_path: str, silent: list[Document]
) -> dict[str, Linear]:
    """Train everything; ``silent`` are documents in which nothing is claimed, for the claim tagger alone."""
    views = [view(d) for d in docs]
    # The same as a caption without any punctuation, where there is some.
    marked = [k for k, v in enumerate(views) if any(v.brk[1:])]
    bare = [replace(views[k], brk=[0] * len(views[k].brk)) for k in marked]
    said = [voice_labels(d, v, g) for d, v, g in zip(docs, views, golds, strict=True)]
    heard = [voices.seen(d) for d in docs]
    rows = [voices.voice_features(d, v) for d, v in zip(docs, heard, strict=True)]
    silenced = [replace(heard[k], brk=[0] * len(heard[k].brk)) for k in marked]
    rows += [voices.voice_features(docs[k], v, bare=True) for k, v in zip(marked, silenced, strict=True)]
    train_crf(rows, said + [said[k] for k in marked], voice_path, VOICE_CRF)
    tags = [labels(d, v, g) for d, v, g in zip(docs, views, golds, strict=True)]
    tags += [tags[k] for k in marked]
    quiet = [view(d) for d in silent]
    tags += [["O"] * len(v.words) for v in quiet]
    rows = [features(v) for v in (*views, *bare, *quiet)]
    of = [*range(len(docs)), *marked, *range(len(docs), len(docs) + len(silent))]  # the document of each row
    train_crf(rows, tags, claim_path, CRF)
    collector = Collector()
    for doc, gold in zip(docs, golds, strict=True):
        collect(doc, gold, collector)
    nothing: dict[str, Any] = {"claims": []}
    every = [*zip(docs, golds, strict=True), *((d, nothing) for d in silent)]
    for k in range(INNER):  # what the model of claims is to judge must be proposed by models that have not seen it
        mine = [i for i in range(len(rows)) if of[i] % INNER != k]
        with tempfile.TemporaryDirectory() as tmp:
            train_crf([rows[i] for i in mine], [tags[i] for i in mine], f"{tmp}/crf", CRF)
            tagger = pycrfsuite.Tagger()
            tagger.open(f"{tmp}/crf")
            typer = Collector()
            for i, (doc, gold) in enumerate(every):
                if i % INNER != k:
                    types_of(doc, gold, typer)
            model = typer.fit("type")
            for i, (doc, gold) in enumerate(every):
                if i % INNER == k:
                    judge(doc, gold, tagger, model, collector)
    return {name: collector.fit(name) for name in LOGISTIC_C if name not in WITHOUT}


def types_of(doc: Document, gold: dict[str, Any], out: Collector) -> None:
    """Examples for the model of types: gold's claims."""
    items = view(doc)
    for claim in gold["claims"]:
        inside = items_of(doc, items, claim)
        if inside:
            out.add("type", segment_features(items, inside[0], inside[-1]), claim["type"])


def items_of(doc: Document, items: View, claim: dict[str, Any]) -> list[int]:
    """The items that a claim covers."""
    tokens = token_span(doc, claim)
    return [i for i in range(len(items.words)) if tokens and items.token[i] <= tokens[1] and items.last[i] >= tokens[0]]


def judge(doc: Document, gold: dict[str, Any], tagger: pycrfsuite.Tagger, typer: Linear, out: Collector) -> None:
    """Examples for the model of claims: what is proposed, and whether gold has such a claim there."""
    items = view(doc)
    if not items.words:
        return
    golds = [(claim["type"], set(items_of(doc, items, claim))) for claim in gold["claims"]]
    for found in claims.proposals(tagger, items, typer):
        own = set(range(found.first, found.last + 1))
        right = any(t == found.kind and len(own & g) >= SHARED_TOKENS * len(own | g) for t, g in golds)
        out.add("claim", claims.claim_features(items, found), "yes" if right else "no")


def show(score: Score) -> None:
    result = score.result()
    for key in ("garbled_names", "all_names", "claims", "roles"):
        print(f"{key:14s} P {result[key]['precision']:.3f}  R {result[key]['recall']:.3f}  F1 {result[key]['f1']:.3f}")
    print("corrections", result["corrections"], " voices", result["voices"])
    print("by role ", {k: v["f1"] for k, v in result["by_role"].items()})
    print("by type ", {k: v["f1"] for k, v in result["by_type"].items()})


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--folds", action="store_true", help="only measure, on held-out folds")
    ap.add_argument("--only", type=int, nargs="*", help="with --folds: these folds")
    ap.add_argument("--dev", type=Path, nargs="*", default=[], help="also measure on these folders of gold")
    ap.add_argument("--cache", type=Path, help="folder for prepared documents, while only claims and roles change")
    ap.add_argument(
        "--rules", action="store_true", help="without the caption model; with --out, not to ship such models"
    )
    ap.add_argument("--out", type=Path, default=DATA, help="folder for the model files")
    ap.add_argument(
        "--without",
        nargs="*",
        default=[],
        choices=("branch", "claim"),
        help="leave the claim branch or the model of claims out, to see what they are worth; with --folds or --out",
    )
    ap.add_argument("--held", type=Path, nargs="*", default=[], help="folders of train_claim_net.py --fold")
    args = ap.parse_args()
    load_held(args.held)
    WITHOUT.update(args.without)
    begin = time.time()
    train = examples(GOLD / "train")
    docs = [prepare(e, args.cache, args.rules) for e in train]
    quiet = [prepare(e, args.cache, args.rules) for e in silent()]
    print(f"prepared {len(docs)} in {time.time() - begin:.0f} s")
    with tempfile.TemporaryDirectory() as tmp:
        if args.folds:
            score = Score()
            for k in args.only if args.only is not None else range(FOLDS):
                pick = [i for i, e in enumerate(train) if e.fold != k]
                models = fit_all(
                    [docs[i] for i in pick], [train[i].gold for i in pick], f"{tmp}/c{k}", f"{tmp}/v{k}", quiet
                )
                for doc, e in zip(docs, train, strict=True):
                    if e.fold == k:
                        run_models(doc, f"{tmp}/c{k}", f"{tmp}/v{k}", models)
                        score.one(e.name, e.transcript.raw, e.gold, reading_of(doc))
                print(f"fold {k}: {time.time() - begin:.0f} s", flush=True)
            show(score)
            return
    args.out.mkdir(parents=True, exist_ok=True)
    claim_path, voice_path = str(args.out / "claims.crfsuite"), str(args.out / "voices.crfsuite")
    models = fit_all(docs, [e.gold for e in train], claim_path, voice_path, quiet)
    save(args.out / "roles.npz", models)
    print(
        {
            f: f"{(args.out / f).stat().st_size / 1e6:.2f} MB"
            for f in ("claims.crfsuite", "voices.crfsuite", "roles.npz")
        },
        f"{time.time() - begin:.0f} s",
    )
    for folder in args.dev:
        score = Score()
        for e in examples(folder):
            doc = prepare(e, args.cache, args.rules)
            run_models(doc, claim_path, voice_path, models)
            score.one(e.name, e.transcript.raw, e.gold, reading_of(doc))
        print(folder.name)
        show(score)


if __name__ == "__main__":
    main()
