"""MUC-4's development reports read zero-shot: who, whom, what and with what, scored as the GRIT paper scores it.

    python benchmarks/muc4.py --grit FOLDER [--show 5]

FOLDER is a clone of github.com/xinyadu/grit_doc_event_entity, whose ``data/muc/processed/dev.json`` has the reports (news of
attacks in Latin America, 1989 to 1991, with a public answer key) and whose ``model_grit/preds_s_t.out`` has what GRIT says
of the test reports. Nothing of either is kept here. Needs scipy.

Measure: CEAF-REE, strict. Per report and role, what is found is paired with the key's entities, one to one, so that most
pairs are right; a pair is right where every mention found of the entity is one of the key's mentions. Mentions are compared
without case, punctuation and articles. GRIT's own figures are counted anew from its predictions, by the same code.

How a reading becomes roles: from claims of an attack's types, actors are perpetrators (a group's name is an organisation's,
a common noun an individual's), targets that are no people are physical ones; each by the words at which the reading says it
stands, drawn out to their noun phrase by the parse. Victims are named persons alone in the key, whom the reader's roles do
not hold: they are proper names that the parse gives a claim's verb or noun as its object.
"""

from __future__ import annotations

import argparse
import json
import re
import string
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

from trucewatch.reading.clauses import Clauses, parsed
from trucewatch.reading.document import Document
from trucewatch.reading.model import Claim
from trucewatch.reading.pipeline import Pipeline
from trucewatch.transcript import from_text

ROLES = ("PerpInd", "PerpOrg", "Target", "Victim", "Weapon")
TYPES = {"air_strike", "attack", "casualties", "chemical_attack", "damage", "detention", "explosion", "shelling"}
PEOPLE = {
    "aid_workers", "civilians", "displaced_people", "fighters", "journalists", "medics", "officials", "police", "prisoners",
    "protesters", "soldiers",
}  # fmt: skip
INSIDE = {"amod", "compound", "det", "flat", "nmod", "nmod:poss", "nummod", "case", "appos"}
Entities = dict[str, list[list[str]]]


def normal(mention: str) -> str:
    """A mention without case, punctuation and articles."""
    bare = "".join(c for c in mention.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", bare).split())


def phrase(doc: Document, tree: Clauses, first: int, last: int) -> str:
    """The noun phrase of tokens: what hangs on their head to the left, and "of ..." right after it."""
    top = tree.top(first, last)
    low, high = first, last
    while low > 0 and tree.head[low - 1] == top and tree.relation[low - 1] in INSIDE - {"case"}:
        low -= 1
    while high + 1 < len(doc.tokens) and _within(tree, high + 1, top):
        high += 1
    return doc.quote(low, high)


def _within(tree: Clauses, i: int, top: int) -> bool:
    """Whether a token after a noun belongs to it, by links that noun phrases are made of."""
    for node in tree.chain(i):
        if node == top:
            return True
        if tree.relation[node] not in INSIDE or tree.relation[node] == "appos":
            return False
    return False


def found(doc: Document) -> Entities:
    """What a reading says in the roles of MUC-4."""
    out: Entities = {role: [] for role in ROLES}
    tree = parsed(doc)
    if tree is None:
        return out
    for claim in doc.claims:
        if claim.type in TYPES and claim.stance not in {"denied", "negated", "demanded"}:
            for role, mention in _fillers(doc, tree, claim):
                if mention and [mention] not in out[role]:
                    out[role].append([mention])
    return out


def _fillers(doc: Document, tree: Clauses, claim: Claim) -> Iterator[tuple[str, str]]:
    starts = {t.start: t.i for t in doc.tokens}
    ends = {t.end: t.i for t in doc.tokens}
    named = {i: n for n in doc.names for i in range(n.first, n.last + 1)}
    for argument in claim.arguments:
        if argument.start not in starts or argument.end not in ends:
            continue
        first, last = starts[argument.start], ends[argument.end]
        words = normal(phrase(doc, tree, first, last))
        if argument.role == "actor":
            name = named.get(first)
            group = name is not None and name.kind != "person" and doc.tokens[first].norm not in _COMMON
            yield ("PerpOrg" if group else "PerpInd"), words
        elif argument.role == "target" and argument.value not in PEOPLE:
            yield "Target", words
        elif argument.role == "weapon":
            yield "Weapon", words
    inside = [t.i for t in doc.tokens if claim.start <= t.start < claim.end]
    for i in inside:
        relation = tree.label(i)
        if relation in _SUFFERS and _person(doc, i) and i not in named:
            yield "Victim", normal(_full_name(doc, tree, i))
        elif relation in _SUFFERS and i in named and named[i].kind == "person":
            yield "Victim", normal(doc.quote(named[i].first, named[i].last))
        elif relation in _DOES and not claim.actors and doc.tokens[i].norm in _COMMON and claim.type != "casualties":
            yield "PerpInd", normal(phrase(doc, tree, i, i))


_COMMON = {
    "assailants", "criminals", "gunman", "gunmen", "guerrilla", "guerrillas", "individuals", "kidnappers", "killers", "man",
    "members", "men", "murderers", "rebels", "sicarios", "soldiers", "subjects", "terrorist", "terrorists", "troops",
}  # fmt: skip
_SUFFERS = {"obj", "nsubj:pass", "nmod:of", "nmod:against"}
_DOES = {"nsubj", "obl:by", "obl:agent", "nmod:by"}


def _person(doc: Document, i: int) -> bool:
    """Whether a token is a proper name of two words or more, which persons have and few other things here."""
    assert doc.captions is not None
    near = [j for j in (i - 1, i + 1) if 0 <= j < len(doc.tokens)]
    return doc.captions.tag(i) == "PROPN" and any(doc.captions.tag(j) == "PROPN" for j in near)


def _full_name(doc: Document, tree: Clauses, i: int) -> str:
    """A proper name from its first to its last word, titles ("colonel") left out as the key leaves them out."""
    assert doc.captions is not None
    low, high = i, i
    while low > 0 and doc.captions.tag(low - 1) == "PROPN" and tree.head[low - 1] == i:
        low -= 1
    while high + 1 < len(doc.tokens) and doc.captions.tag(high + 1) == "PROPN" and tree.head[high + 1] == i:
        high += 1
    while low < high and doc.tokens[low].norm in _TITLES:
        low += 1
    return doc.quote(low, high)


_TITLES = {
    "archbishop", "attorney", "bishop", "captain", "col", "colonel", "commander", "congressman", "doctor", "dr", "engineer",
    "father", "gen", "general", "governor", "judge", "justice", "lieutenant", "lt", "maj", "major", "mayor", "minister", "mr",
    "president", "priest", "professor", "senator", "sergeant",
}  # fmt: skip


# ---------------------------------------------------------------- scoring


def counted(pairs: Iterable[tuple[Entities, Entities]]) -> dict[str, tuple[int, int, int]]:
    """Right, found and wanted entities by role, over (found, key) of every report."""
    out = {role: [0, 0, 0] for role in ROLES}
    for got, key in pairs:
        for role in ROLES:
            mine = [[normal(m) for m in entity] for entity in got.get(role, []) if entity]
            theirs = [[normal(m) for m in entity] for entity in key[role]]
            right = np.array([[all(m in k for m in e) for e in mine] for k in theirs]).reshape(len(theirs), len(mine))
            rows, columns = linear_sum_assignment(-right.astype(float))
            for k, n in enumerate((int(right[rows, columns].sum()), len(mine), len(theirs))):
                out[role][k] += n
    return {role: (a, b, c) for role, (a, b, c) in out.items()}


def table(name: str, counts: dict[str, tuple[int, int, int]]) -> str:
    """F1 by role and over all, with precision and recall over all, as a row of Markdown."""
    everything = tuple(sum(c[k] for c in counts.values()) for k in range(3))
    cells = [f"{_f1(*counts[role]):.3f}" for role in ROLES]
    right, mine, theirs = everything
    return (
        f"| {name} | " + " | ".join(cells) + f" | {right / max(mine, 1):.3f} | {right / max(theirs, 1):.3f} "
        f"| {_f1(right, mine, theirs):.3f} |"
    )


def _f1(right: int, mine: int, theirs: int) -> float:
    return 2 * right / (mine + theirs) if mine + theirs else 0.0


def reports(path: Path) -> Iterator[tuple[str, str, Entities]]:
    """The reports of a file of the GRIT repository: id, text, key."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield (
            row["docid"],
            row["doctext"],
            {role: [[m[0] for m in entity] for entity in row["extracts"][role] if entity] for role in ROLES},
        )


def grits(folder: Path) -> dict[str, tuple[int, int, int]]:
    """GRIT's predictions of the test reports, counted."""
    said = json.loads((folder / "model_grit" / "preds_s_t.out").read_text(encoding="utf-8"))

    def number(docid: str) -> str:
        part, _, report = docid.partition("-")
        return str(int(part[-1]) * 10000 + int(report.rpartition("-")[2]))

    keys = {number(docid): key for docid, _, key in reports(folder / "data" / "muc" / "processed" / "test.json")}
    return counted((row["pred_extracts"], keys[docid]) for docid, row in said.items())


def main() -> None:
    parser = argparse.ArgumentParser(description="Read MUC-4's development reports and score them.")
    parser.add_argument("--grit", type=Path, required=True, help="a clone of xinyadu/grit_doc_event_entity")
    parser.add_argument("--show", type=int, default=0, help="reports to print with what was found and the key")
    options = parser.parse_args()
    pipeline = Pipeline.taught(False)
    pairs = []
    for k, (docid, text, key) in enumerate(reports(options.grit / "data" / "muc" / "processed" / "dev.json")):
        got = found(pipeline.document(from_text(text, id=docid)))
        pairs.append((got, key))
        if k < options.show:
            print(docid, {r: v for r, v in got.items() if v}, "\n  key", {r: v for r, v in key.items() if v})
    heads = " | ".join(ROLES)
    print(f"| reader | {heads} | all P | all R | all F1 |\n|---|{'---|' * 8}")
    print(table("Trucewatch, development reports, zero-shot", counted(pairs)))
    print(table("GRIT, test reports, trained on MUC-4's 1,300", grits(options.grit)))


if __name__ == "__main__":
    main()
