"""What the claim tagger looks at for each word. Used alike in training and in reading."""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from trucewatch.reading.boundaries import boundaries
from trucewatch.reading.claimbranch import LABELS, TYPES, Branch, Floats
from trucewatch.reading.document import BREAK_COMMA, BREAK_SENTENCE, BREAK_TURN, Document
from trucewatch.reading.english import word_vectors
from trucewatch.reading.frames import Hit, find_openings

if TYPE_CHECKING:
    from trucewatch.reading.captions import Captions

_PROXY = {
    "place": "baghdad",
    "actor": "israel",
    "organisation": "nato",
    "facility": "airport",
    "road": "highway",
    "agreement": "treaty",
    "person": "clinton",
}
_REACH = 6


class Syntax(NamedTuple):
    """What the caption model says of an item."""

    tag: str
    relation: str
    head: str
    mark: str


def _begin(hit: Hit) -> int:
    return hit.first


@dataclass(slots=True)
class View:
    """The words as the tagger sees them: corrections put in, names replaced by their kind.

    ``token`` maps each item to the first raw token it stands for, ``last`` to its last one. ``syntax`` is what the caption
    model says of each: part of speech, relation, the word that governs it, a mark after it; empty without the model.
    ``branch`` is what its claim branch says of the model's words, ``word`` and ``word_last`` the first and last of these
    words in each item.
    """

    words: list[str]
    lm: list[str]
    token: list[int]
    last: list[int]
    brk: list[int]
    kind: list[str]
    number: list[bool]
    hits: list[Hit]
    edge: list[float]
    syntax: list[Syntax] = field(default_factory=list)
    branch: Branch | None = None
    word: list[int] = field(default_factory=list)
    word_last: list[int] = field(default_factory=list)

    def hits_in(self, first: int, last: int) -> list[Hit]:
        """The openings that begin at items ``first`` to ``last``."""
        low = bisect_left(self.hits, first, key=_begin)
        return self.hits[low : bisect_right(self.hits, last, lo=low, key=_begin)]

    def part(self, first: int, end: int) -> View:
        """The items from ``first`` up to ``end``, as if there were no others."""
        mine = self.hits_in(first, end - 1)
        hits = [Hit(h.first - first, h.last - first, h.opening) for h in mine if h.last < end]
        here = slice(first, end)
        return View(
            self.words[here], self.lm[here], self.token[here], self.last[here], self.brk[here], self.kind[here],
            self.number[here], hits, self.edge[here], self.syntax[here], self.branch, self.word[here],
            self.word_last[here],
        )  # fmt: skip


def bare_view(doc: Document) -> View:
    """The document as a list of items, a word, a corrected word or a whole name each, and the openings in them; no more."""
    made = (tuple((n.first, n.last, n.kind) for n in doc.names), tuple(sorted(doc.fixes)))
    if doc.items is None or doc.items[0] != made:
        doc.items = (made, _items(doc))
    items: View = doc.items[1]
    return items


def view(doc: Document) -> View:
    """The document as a list of items, with all that the tagger looks at; made once for the same names."""
    items = bare_view(doc)
    if not items.edge:
        _look(doc, items)
    return items


def _look(doc: Document, items: View) -> None:
    """Where sentences begin, and what the caption model says of each item."""
    if doc.captions is None:
        items.edge = boundaries(items.lm)
        return
    items.edge = [doc.boundaries[t] if first else -9.0 for t, first in _firsts(items.token)]
    items.syntax = _syntax(doc.captions, items)
    items.branch = doc.captions.branch
    items.word = [doc.captions.first[t] for t in items.token]
    items.word_last = [doc.captions.last[t] for t in items.last]


def _items(doc: Document) -> View:
    starts = {name.first: name for name in doc.names}
    covered = {j for name in doc.names for j in range(name.first + 1, name.last + 1)}
    numbers = {j for number in doc.numbers for j in range(number.head, number.last + 1) if not number.ordinal}
    out = View([], [], [], [], [], [], [], [], [])
    i = 0
    while i < len(doc.tokens):
        token = doc.tokens[i]
        last, kind, words, lm = i, "", [token.norm], [token.lower]
        if i in starts:
            name = starts[i]
            last, kind = name.last, name.kind
            words, lm = [f"<{kind}>"], [_PROXY[kind]]
        elif i in doc.fixes and not any(j in covered for j in range(i, doc.fixes[i][0] + 1)):
            last, read = doc.fixes[i]
            words = lm = read.lower().split() or [token.norm]
        for k, word in enumerate(words):
            out.words.append(word)
            out.lm.append(lm[k] if k < len(lm) else word)
            out.token.append(i)
            out.last.append(last)
            out.brk.append(token.brk if k == 0 else 0)
            out.kind.append(kind)
            out.number.append(i in numbers)
        i = last + 1
    out.hits = list(find_openings(out.words))
    return out


def _firsts(tokens: list[int]) -> Iterator[tuple[int, bool]]:
    """Each item's token, and whether the item is the first of it."""
    for k, token in enumerate(tokens):
        yield token, k == 0 or tokens[k - 1] != token


def _syntax(captions: Captions, items: View) -> list[Syntax]:
    word_of: dict[int, str] = {}
    for word, first, last in zip(items.words, items.token, items.last, strict=True):
        for token in range(first, last + 1):
            word_of[token] = word
    out = []
    for token, last in zip(items.token, items.last, strict=True):
        head = captions.head(token)
        out.append(
            Syntax(
                captions.tag(token), captions.relation(token), word_of[head] if head is not None else "<root>",
                captions.mark(last),
            )
        )  # fmt: skip
    return out


@lru_cache(maxsize=65536)
def _at(offset: int, row: tuple[str, ...]) -> tuple[str, ...]:
    """A neighbour's features as seen from ``offset`` words away; words recur, so these are made once."""
    return tuple(f"{offset}{f}" for f in row[: 4 if abs(offset) < 3 else 3])


def features(items: View) -> list[list[str]]:
    """The features of each item, as strings."""
    n = len(items.words)
    vectors = word_vectors()
    base: list[list[str]] = []
    openings: list[list[str]] = [[] for _ in range(n)]
    near: list[dict[str, None]] = [
        {} for _ in range(n)
    ]  # in order, unlike a set, so that readings are the same everywhere
    for hit in items.hits:
        mark = f"{hit.opening.type}{'!' if hit.opening.strong else '?'}"
        over, ahead, behind, within = f"o={mark}", f"f{mark}", f"b{mark}", f"in{mark}"
        for j in range(hit.first, hit.last + 1):
            openings[j].append(over)
            near[j][within] = None
        openings[hit.first].append(f"os={mark}")
        for j in range(max(0, hit.first - _REACH), hit.first):
            near[j][ahead] = None
        for j in range(hit.last + 1, min(n, hit.last + _REACH + 1)):
            near[j][behind] = None
    for i in range(n):
        word = "<num>" if items.number[i] else items.words[i]
        row = [f"w={word}"]
        clusters = vectors.clusters(items.words[i]) if not items.kind[i] and not items.number[i] else None
        if clusters:
            row.extend(clusters)
        if items.kind[i]:
            row.append(f"k={items.kind[i]}")
        base.append(row)
    keys = [tuple(row) for row in base]
    out: list[list[str]] = []
    for i in range(n):
        row = ["bias", *base[i], *openings[i], *near[i]]
        for offset in (-3, -2, -1, 1, 2, 3):
            j = i + offset
            if 0 <= j < n:
                row += _at(offset, keys[j])
        row.append(f"w-1w={base[i - 1][0] if i else '<s>'}|{base[i][0]}")
        row.append(f"ww+1={base[i][0]}|{base[i + 1][0] if i + 1 < n else '</s>'}")
        row.extend(_edge_features(items, i, n))
        if items.syntax:
            row.extend(_syntax_features(items.syntax, i, n))
        out.append(row)
    if items.branch is not None:
        for row, said in zip(out, _branch_features(items.branch, items.word), strict=True):
            row.extend(said)
    return out


# Which row of the types below has each label's share; the label for no claim has none.
_OF_TYPE = np.array([[label[2:] == kind for label in LABELS] for kind in TYPES], dtype=np.float32)
SEEN = 0.03  # share from which a label, type or stance of the branch is a feature


def odds(shares: Floats) -> npt.NDArray[np.int64]:
    """Probabilities as log-odds in whole numbers, -6 to 6: the form in which models see one another's shares."""
    p = np.clip(shares, 0.0025, 0.9975)
    out: npt.NDArray[np.int64] = np.rint(np.log(p / (1 - p))).astype(np.int64)
    return out


def _branch_features(branch: Branch, words: list[int]) -> Iterator[list[str]]:
    """What the claim branch says of each item and of its neighbours."""
    shares = branch.shares("labels", np.array(words))
    types = shares @ _OF_TYPE.T
    none = odds(shares[:, 0]).tolist()
    best = [LABELS[k] for k in shares.argmax(axis=1).tolist()]
    seen: list[list[str]] = [[] for _ in words]
    for names, table, mark in ((LABELS, shares, "nl"), (TYPES, types, "nt")):
        rows, columns = np.nonzero(table >= SEEN)
        for i, k, bin_ in zip(rows.tolist(), columns.tolist(), odds(table[rows, columns]).tolist(), strict=True):
            if names[k] != "O":
                seen[i].append(f"{mark}={names[k]}:{bin_}")
    n = len(words)
    for i in range(n):
        row = [f"n0={none[i]}", f"n1={best[i]}", *seen[i]]
        if i:
            row += [f"-1n0={none[i - 1]}", f"-1n1={best[i - 1]}|{best[i]}"]
        if i + 1 < n:
            row += [f"+1n0={none[i + 1]}", f"+1n1={best[i + 1]}|{best[i]}"]
        yield row


_CORE = frozenset({"root", "nsubj", "nsubj:pass", "obj", "ccomp", "xcomp", "advcl", "conj", "acl:relcl", "obl"})


def segment_features(items: View, first: int, last: int) -> list[str]:
    """What a whole stretch says of its type: its words, their clusters and openings, and the words around it."""
    vectors = word_vectors()
    words = ["<num>" if items.number[i] else items.words[i] for i in range(first, last + 1)]
    out = [f"w={w}" for w in words] + [f"b={a} {b}" for a, b in itertools.pairwise(words)]
    for word in words:
        out.extend(vectors.clusters(word) or ())
    for word, said in zip(words, items.syntax[first : last + 1], strict=False):
        if said.relation in _CORE:
            out.append(f"{said.relation}={word}")
    out += [f"p={w}" for w in items.words[max(0, first - 5) : first]]
    out += [f"n={w}" for w in items.words[last + 1 : last + 4]]
    out += [
        f"first={words[0]}",
        f"first2={' '.join(words[:2])}",
        f"last={words[-1]}",
        f"len={min((last - first) // 4, 5)}",
    ]
    for hit in items.hits_in(first - 8, last + 8):
        mark = f"{hit.opening.type}{'!' if hit.opening.strong else '?'}"
        if first <= hit.first <= last:
            out += [f"o={mark}", f"ow={mark}{' '.join(items.words[hit.first : hit.last + 1])}"]
        else:
            out.append(f"on={mark}")
    if items.branch is not None:
        shares = items.branch.of_claim("type", items.word[first], items.word_last[last])
        bins = odds(shares).tolist()
        out += [f"nt={TYPES[k]}:{bins[k]}" for k in np.nonzero(shares >= SEEN)[0].tolist()]
        out.append(f"n1={TYPES[int(shares.argmax())]}")
    return sorted(set(out))


def _syntax_features(syntax: list[Syntax], i: int, n: int) -> list[str]:
    here = syntax[i]
    out = [f"t={here.tag}", f"r={here.relation}", f"h={here.head}", f"rh={here.relation}|{here.head}"]
    if i:
        out += [f"-1t={syntax[i - 1].tag}", f"-1m={syntax[i - 1].mark}", f"-1r={syntax[i - 1].relation}"]
    if i + 1 < n:
        out += [f"+1t={syntax[i + 1].tag}", f"+1r={syntax[i + 1].relation}"]
    out.append(f"m={here.mark}")
    return out


def _edge_features(items: View, i: int, n: int) -> list[str]:
    out = []
    for name, j in (("e", i), ("e+1", i + 1), ("e-1", i - 1)):
        if 0 <= j < n:
            out.append(f"{name}={max(-6, min(6, round(items.edge[j] / 2)))}")
            brk = items.brk[j]
            if brk >= BREAK_TURN:
                out.append(f"{name}turn")
            if brk >= BREAK_SENTENCE:
                out.append(f"{name}stop")
            elif brk >= BREAK_COMMA:
                out.append(f"{name}comma")
    return out
