"""Claims in detail: by type and role, which types are taken for which, what goes wrong most, how much noise costs.

    python benchmarks/claims.py [--also FILE_OR_FOLDER] [--gold-names] [--noise 0 0.05 0.1 0.2] [--errors 10]

Reads ``benchmarks/gold/dev`` (and what ``--also`` names). ``--gold-names`` gives the reader the annotators' mentions in
place of its own. ``--noise`` reads the same transcripts with a share of their words misheard, lost or added, by the seeded
model of ``noise.py``. Without options, everything that ``docs/results.md`` shows.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from noise import noisy
from trucewatch.reading.document import Document, Name
from trucewatch.reading.lexicon import Lexicon
from trucewatch.reading.model import ClaimType
from trucewatch.reading.pipeline import Pipeline
from trucewatch.reading.steps import STEPS
from trucewatch.score import (
    ROLES,
    SHARED_TOKENS,
    Count,
    Score,
    covered,
    fold,
    is_garbled,
    pair_up,
    role_values,
    spellings,
    tokens,
)
from trucewatch.theatre.model import Entity
from trucewatch.transcript import from_text

DEV = Path(__file__).resolve().parent / "gold" / "dev"
TRAPS = DEV.parents[2] / "tests" / "data" / "claim_traps.tsv"
NOISES = (0.0, 0.05, 0.1, 0.2)
EXAMPLES = 2  # shown of each kind of error
TYPES: tuple[str, ...] = tuple(sorted(ClaimType.__args__))  # type: ignore[attr-defined]


@dataclass
class Case:
    """A transcript with its gold."""

    name: str
    raw: str
    gold: dict[str, Any]


def cases(paths: Iterable[Path]) -> list[Case]:
    out = []
    for path in paths:
        for file in [path] if path.is_file() else sorted(path.glob("*.json")):
            gold = json.loads(file.read_text(encoding="utf-8"))
            out.append(Case(file.stem, file.with_suffix(".txt").read_bytes().decode("utf-8"), gold))
    return out


# ---------------------------------------------------------------- reading


def read(pipeline: Pipeline, case: Case, gold_names: bool = False) -> dict[str, Any]:
    """The scored parts of a reading; with the annotators' mentions in place of the reader's own if asked."""
    about = case.gold["transcript"]
    transcript = from_text(case.raw, id=case.name, outlet=about.get("outlet"), air_date=about.get("air_date") or None)
    if not gold_names:
        return pipeline.read(transcript).model_dump(mode="json")
    doc = Document(transcript, pipeline.lexicon)
    for name, step in STEPS.items():
        doc = step(doc)
        if name == "taught":
            doc.names = names_of(doc, case.gold, pipeline.lexicon)
    return {
        "mentions": case.gold["mentions"],
        "corrections": [c.model_dump() for c in doc.corrections],
        "voices": [v.model_dump() for v in doc.voices],
        "claims": [c.model_dump(mode="json") for c in doc.claims],
    }


def names_of(doc: Document, gold: dict[str, Any], lexicon: Lexicon) -> list[Name]:
    """Gold's mentions as the reader would hold them, each with the entity of its name where a theatre has it."""
    out: list[Name] = []
    end = -1
    for mention in sorted(gold["mentions"], key=lambda m: (m["start"], -m["end"])):
        ids = [t.i for t in doc.tokens if t.start < mention["end"] and mention["start"] < t.end]
        if not ids or ids[0] <= end:
            continue
        end = ids[-1]
        local = doc.local_theatre[ids[0]] if doc.local_theatre else None
        entries = [
            entry
            for spelling in sorted(spellings(mention), key=lambda s: s != fold(mention["name"]))
            for entry in lexicon.entries(spelling)
            if entry.entity.kind == mention["kind"]
        ]
        entry = next((e for e in entries if e.theatre == local), entries[0] if entries else None)
        own = Entity(f"gold:{mention['name']}", mention["name"], mention["kind"], local or "world", (mention["name"],))
        heard = next((f for f in lexicon.find([doc.tokens[i].norm for i in ids])), None)
        how = (
            next((e.how for e in heard.entries if entry and e.entity.id == entry.entity.id), "name")
            if heard
            else "name"
        )
        put_right = is_garbled(mention)
        entity = entry.entity if entry else own
        out.append(Name(ids[0], ids[-1], entity, mention["name"], mention["kind"], how, 1.0, put_right))
    return out


# ---------------------------------------------------------------- what goes wrong


@dataclass
class Errors:
    """Counts of errors by kind, with some examples of each."""

    count: Counter[str] = field(default_factory=Counter)
    shown: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, kind: str, example: str) -> None:
        """Count one error."""
        self.count[kind] += 1
        self.shown[kind].append(example)


def aligned(case: Case, reading: dict[str, Any]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Pairs of gold and read claims of one type, as scored; and pairs of the rest that share their place in the text."""
    toks = tokens(case.raw)
    golds, reads = case.gold["claims"], reading["claims"]

    def shared(g: dict[str, Any], p: dict[str, Any]) -> float:
        a, b = covered(g, toks), covered(p, toks)
        return len(a & b) / len(a | b) if a | b else 0.0

    def same(g: dict[str, Any], p: dict[str, Any]) -> float:
        value = shared(g, p)
        return value if g["type"] == p["type"] and value >= SHARED_TOKENS else 0.0

    right = pair_up(golds, reads, same)
    rest_g = [i for i in range(len(golds)) if i not in dict(right)]
    rest_p = [j for j in range(len(reads)) if j not in {j for _, j in right}]
    others = pair_up(
        [golds[i] for i in rest_g],
        [reads[j] for j in rest_p],
        lambda g, p: (
            value if (value := shared(g, p)) >= SHARED_TOKENS or (g["type"] == p["type"] and value > 0) else 0.0
        ),
    )
    return right, [(rest_g[i], rest_p[j]) for i, j in others]


def look(case: Case, reading: dict[str, Any], errors: Errors, confused: Counter[tuple[str, str]]) -> None:
    """Count a transcript's errors, and its types as (gold's, the reader's), "" for none."""
    golds, reads = case.gold["claims"], reading["claims"]
    right, others = aligned(case, reading)

    def words(claim: dict[str, Any]) -> str:
        return " ".join(case.raw[claim["start"] : claim["end"]].split())

    for i, j in right:
        g, p = golds[i], reads[j]
        confused[g["type"], g["type"]] += 1
        alias = {fold(m["name"]): spellings(m) for m in case.gold["mentions"]}
        for role in ROLES:
            want, got = role_values(g, role), role_values(p, role)
            want = {next(iter((alias.get(w, {w}) | {w}) & got), w) if isinstance(w, str) else w for w in want}
            for value in sorted(map(str, want - got)):
                if role != "stance":
                    errors.add(f"{role}: not found", f"“{words(g)}”: {value}")
            for value in sorted(map(str, got - want)):
                kind = f"stance: {p['stance']} for {g['stance']}" if role == "stance" else f"{role}: not there"
                errors.add(kind, f"“{words(g)}”: {value}")
    for i, j in others:
        g, p = golds[i], reads[j]
        if g["type"] == p["type"]:
            confused[g["type"], g["type"]] += 1
            errors.add("claim: of another extent", f"“{words(g)}” read as “{words(p)}”")
        else:
            confused[g["type"], p["type"]] += 1
            errors.add("claim: of another type", f"“{words(g)}”: {p['type']} for {g['type']}")
    found_g, found_p = {i for i, _ in (*right, *others)}, {j for _, j in (*right, *others)}
    for i, g in enumerate(golds):
        if i not in found_g:
            confused[g["type"], ""] += 1
            errors.add("claim: missed", f"“{words(g)}” ({g['type']})")
    for j, p in enumerate(reads):
        if j not in found_p:
            confused["", p["type"]] += 1
            errors.add("claim: not there", f"“{words(p)}” ({p['type']})")


# ---------------------------------------------------------------- tables


def figures(counts: dict[str, Count], head: str) -> list[str]:
    rows = [f"| {head} | gold | read | precision | recall | F1 |", "|---|---:|---:|---:|---:|---:|"]
    for name, count in sorted(counts.items()):
        f = count.figures()
        rows.append(
            f"| {name} | {count.tp + count.fn} | {count.tp + count.fp} | {f['precision']:.2f} | {f['recall']:.2f} | "
            f"{f['f1']:.2f} |"
        )
    return rows


def confusion(confused: Counter[tuple[str, str]]) -> list[str]:
    """Gold's types down, the reader's across; the last column is missed, the last row what is in gold under no type."""
    short = {t: "".join(part[:4] for part in t.split("_"))[:6] for t in TYPES} | {"": "none"}
    order = [*TYPES, ""]
    rows = ["| | " + " | ".join(short[t] for t in order) + " |", "|---|" + "---:|" * len(order)]
    for gold in order:
        cells = [str(confused[gold, read] or "") for read in order]
        rows.append(f"| {gold or 'none'} | " + " | ".join(cells) + " |")
    return rows


def common_errors(errors: Errors, most: int) -> list[str]:
    rows = []
    for k, (kind, n) in enumerate(errors.count.most_common(most), 1):
        shown = "; ".join(errors.shown[kind][:: max(1, n // EXAMPLES)][:EXAMPLES])
        rows.append(f"{k}. {kind} ({n}): {shown}")
    return rows


def scored(
    pipeline: Pipeline, given: list[Case], gold_names: bool = False, each: Callable[..., None] | None = None
) -> Score:
    score = Score()
    for case in given:
        reading = read(pipeline, case, gold_names)
        score.one(case.name, case.raw, case.gold, reading)
        if each is not None:
            each(case, reading)
    return score


def line(name: str, score: Score) -> str:
    r = score.result()
    role = r["by_role"]
    shown = [r["garbled_names"]["recall"], r["all_names"]["f1"], r["claims"]["f1"], r["roles"]["f1"]]
    shown += [role[k]["f1"] for k in ("actors", "places", "figures", "source", "stance")]
    return f"| {name} | " + " | ".join(f"{value:.3f}" for value in (*shown, r["voices"])) + " |"


LINE_HEAD = [
    "| | garbled names found | all names | claims | roles | actors | places | figures | source | stance | voices |",
    "|---|" + "---:|" * 10,
]


def traps(pipeline: Pipeline) -> list[str]:
    """How many sentences that only sound like war draw a claim, each read by itself, by the type that they tempt to."""
    lines = TRAPS.read_text(encoding="utf-8").splitlines()[1:]
    count: Counter[str] = Counter()
    for line_ in lines:
        kind, text, _ = line_.split("\t")
        count[kind] += bool(pipeline.document(from_text(text)).claims)
    by_type = ", ".join(f"{kind} {n}" for kind, n in sorted(count.items()) if n)
    return [
        f"Sentences that only sound like war (`tests/data/claim_traps.tsv`), each read by itself: {count.total()} of {len(lines)} draw a "
        f"claim ({by_type or 'none of any type'})."
    ]


def section(given: list[Case], noises: Iterable[float] = NOISES, most: int = 10) -> list[str]:
    """All of it, as Markdown."""
    pipeline = Pipeline()
    errors, confused = Errors(), Counter[tuple[str, str]]()
    score = scored(pipeline, given, each=lambda case, reading: look(case, reading, errors, confused))
    rows = [
        *LINE_HEAD,
        line("as read", score),
        line("with the annotators' mentions", scored(pipeline, given, True)),
        "",
    ]
    rows += ["By type:", "", *figures(score.by_type, "type"), "", "By role:", "", *figures(score.by_role, "role"), ""]
    rows += ["Types, gold's down and the reader's across:", "", *confusion(confused), ""]
    rows += ["What goes wrong most:", "", *common_errors(errors, most), ""]
    rows += [*traps(pipeline), ""]
    rows += [
        "The same transcripts with a share of their words misheard, lost or added (`benchmarks/noise.py`):",
        "",
        *LINE_HEAD,
    ]
    for share in noises:
        worse = [Case(c.name, *noisy(c.raw, c.gold, share, c.name)) if share else c for c in given]
        rows.append(line(f"{share:.0%}", scored(pipeline, worse)))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--also", type=Path, action="append", default=[])
    parser.add_argument("--gold-names", action="store_true", help="only the figures with the annotators' mentions")
    parser.add_argument("--noise", type=float, nargs="*", default=list(NOISES))
    parser.add_argument("--errors", type=int, default=10)
    parser.add_argument("--train", action="store_true", help="the training transcripts in place of dev")
    options = parser.parse_args()
    given = cases([DEV.parent / "train" if options.train else DEV, *options.also])
    if options.gold_names:
        print("\n".join([*LINE_HEAD, line("with the annotators' mentions", scored(Pipeline(), given, True))]))
        return
    print("\n".join(section(given, options.noise, options.errors)))


if __name__ == "__main__":
    main()
