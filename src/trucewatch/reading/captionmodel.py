"""The caption model: punctuation, case, sentences, speakers, parts of speech and syntax of words that have none of them.

A small encoder (MiniLM, fine-tuned: ``training/train_caption.py``, ``docs/caption-model.md``) over word pieces, run by
onnxruntime in windows that overlap: what is said of a word is said by the window in which it stands farthest from an edge.

Invariant: a window is run alone, so what comes out depends on the words and not on threads or batches; memory does not
grow with a transcript but for the few numbers kept of each word.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trucewatch.reading.captionwords import CASES, MARKS, RELATIONS, TAGS
from trucewatch.reading.claimbranch import TYPES, WIDTH, Branch, Known
from trucewatch.reading.resources import resource

MODEL, PIECES, TOKENS, ABOUT = "caption.onnx", "caption_pieces.npz", "caption_tokens.json", "caption.json"
THREADS_VARIABLE = "TRUCEWATCH_THREADS"
WINDOW, OVERLAP = 254, 48  # word pieces of a window, and those that it shares with the next
LONGEST_WORD = 8  # word pieces of a word that are read
LONGEST_SENTENCE = 120  # words; a longer one is parsed in parts
_FIRST, _LAST, _UNKNOWN = 101, 102, 100  # MiniLM's [CLS], [SEP] and [UNK]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


class CaptionModelError(Exception):
    """A model file that cannot be used: says which and what to do."""


@dataclass(frozen=True, slots=True)
class Window:
    """What the encoder says of words ``first`` to ``end`` (exclusive); it answers for those from ``own`` to ``own_end``.

    ``arcs`` (words, words) says how well each word is governed by each; ``root`` how well by none; ``dependent`` and
    ``head`` (words, label width) are what their relations are told from.
    """

    first: int
    end: int
    own: int
    own_end: int
    arcs: Floats
    root: Floats
    dependent: Floats
    head: Floats


@dataclass(frozen=True, slots=True)
class Marked:
    """What the model says of each word; arrays of shape (words,) or (words, labels). Probabilities but for ``tag``.

    ``marks`` and ``cases`` are in the order of ``MARKS`` and ``CASES``; ``start`` is the chance that a sentence begins at
    the word, ``turn`` that another speaker does; ``tag`` indexes ``TAGS``. ``mark`` and ``case`` index what to write: the
    likeliest, with no mark and lower case counting as little as serves best on development text.
    """

    marks: Floats
    cases: Floats
    start: Floats
    turn: Floats
    tag: Ints
    mark: Ints
    case: Ints


@dataclass(frozen=True, slots=True)
class Parsed:
    """Syntax: ``head`` of each word (an index, -1 for the root of a sentence), ``relation`` indexes ``RELATIONS``.

    ``sure`` is the probability of the head among all words of its sentence.
    """

    head: Ints
    relation: Ints
    sure: Floats


def default_threads() -> int:
    """Threads to run windows on: ``$TRUCEWATCH_THREADS``, else half the cores that this process may use."""
    told = os.environ.get(THREADS_VARIABLE, "")
    if told.isdigit() and int(told) > 0:
        return int(told)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // 2)


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    """Any failure to read a file of the model, told as one: the libraries have exceptions of their own for each way."""
    try:
        yield
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise CaptionModelError(f"{path} cannot be opened ({reason}). Install Trucewatch again.") from error


class CaptionModel:
    """The model, opened; from another ``folder`` than the package's if given.

    Raises CaptionModelError where its files do not fit each other or this version.
    """

    def __init__(self, folder: Path | None = None) -> None:
        import onnxruntime  # costs 0.1 s, and only readings with the model need it
        from tokenizers import Tokenizer

        def file(name: str) -> Path:
            return folder / name if folder else resource(name)

        with _opening(file(ABOUT)):
            about: dict[str, Any] = json.loads(file(ABOUT).read_text(encoding="utf-8"))
        for name, own in (("marks", MARKS), ("cases", CASES), ("tags", TAGS), ("relations", RELATIONS)):
            if tuple(about[name]) != own:
                raise CaptionModelError(
                    f"{MODEL} was trained with other {name} than this version has. Install the two together, or train it "
                    "anew (training/train_caption.py)."
                )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        with _opening(file(MODEL)):
            self._session = onnxruntime.InferenceSession(str(file(MODEL)), options, providers=["CPUExecutionProvider"])
        if [out.shape[-1] for out in self._session.get_outputs() if out.name == "branch"] != [WIDTH]:
            raise CaptionModelError(
                f"{MODEL} has no claim branch of this version. Install the two together, or train it anew "
                "(training/train_claim_net.py)."
            )
        with _opening(file(TOKENS)):
            self._tokenizer = Tokenizer.from_file(str(file(TOKENS)))
        self.thresholds: dict[str, float] = about["thresholds"]
        with _opening(file(about["label"])):  # (relations, width + 1, width + 1)
            kept = np.load(file(about["label"]))
            self._label = kept["label"].astype(np.float32)
            self._bias = kept["bias"].astype(np.float32)
        with _opening(file(PIECES)):  # (pieces, width), (pieces, 1)
            pieces = np.load(file(PIECES))
            self._vectors, self._scale = pieces["vectors"], pieces["scale"].astype(np.float32)
        self._pieces: dict[str, list[int]] = {}

    # ------------------------------------------------------------ encoding

    def pieces(self, words: Sequence[str]) -> list[list[int]]:
        """The word pieces of each word, at least one and at most eight."""
        new = [word for word in dict.fromkeys(words) if word not in self._pieces]
        if len(self._pieces) > 200_000:
            self._pieces.clear()
            new = list(dict.fromkeys(words))
        if new:
            for word, code in zip(new, self._tokenizer.encode_batch(new, add_special_tokens=False), strict=True):
                self._pieces[word] = code.ids[:LONGEST_WORD] or [_UNKNOWN]
        return [self._pieces[word] for word in words]

    def read(
        self, words: Sequence[str], known: Known | None = None, *, threads: int | None = None
    ) -> tuple[Marked, list[Window], Branch]:
        """What the model says of ``words`` (lower case, clitics apart), the windows to parse sentences from, the claim branch.

        ``known`` is what earlier steps know of the words; nothing unless given.
        """
        n = len(words)
        marks = np.zeros((n, len(MARKS)), np.float32)
        cases = np.zeros((n, len(CASES)), np.float32)
        start, turn = np.zeros(n, np.float32), np.zeros(n, np.float32)
        tag = np.zeros(n, np.int64)
        windows: list[Window] = []
        branch = np.zeros((n, WIDTH), np.float16)
        if known is None:
            known = Known(np.zeros(n, np.int64), np.zeros((n, 2 * len(TYPES)), bool), np.zeros(n, np.int64))
        m, c = len(MARKS), len(MARKS) + len(CASES)
        for window, flat, said in self._run(words, known, threads or default_threads()):
            mine = slice(window.own, window.own_end)
            rows = flat[window.own - window.first : window.own_end - window.first]
            marks[mine] = _softmax(rows[:, :m])
            cases[mine] = _softmax(rows[:, m:c])
            start[mine] = _sigmoid(rows[:, c])
            turn[mine] = _sigmoid(rows[:, c + 1])
            tag[mine] = rows[:, c + 2 :].argmax(axis=1)
            branch[mine] = said[window.own - window.first : window.own_end - window.first]
            windows.append(window)
        if n:
            start[0] = 1.0
        mark = chosen(marks, self.thresholds["nothing"])
        marked = Marked(marks, cases, start, turn, tag, mark, chosen(cases, self.thresholds["lower"]))
        return marked, windows, Branch(branch, self._bias)

    def _run(self, words: Sequence[str], known: Known, threads: int) -> Iterator[tuple[Window, Floats, Floats]]:
        pieces = self.pieces(words)
        plan = list(window_plan([len(p) for p in pieces]))
        if threads > 1 and len(plan) > 1:
            with ThreadPoolExecutor(threads) as pool:
                yield from pool.map(lambda span: self._window(pieces, known, *span), plan)
        else:
            for span in plan:
                yield self._window(pieces, known, *span)

    def _window(
        self, pieces: Sequence[list[int]], known: Known, first: int, end: int, own: int, own_end: int
    ) -> tuple[Window, Floats, Floats]:
        ids, at = [_FIRST], []
        for word in pieces[first:end]:
            at.append(len(ids))
            ids += word
        ids.append(_LAST)
        told = known.part(first, end)
        given = {
            "embedded": (self._vectors[ids] * self._scale[ids])[None], "first": np.array([at], np.int64),
            "kind": told.kind[None], "hits": told.hits[None].astype(np.float32), "breaks": told.breaks[None],
        }  # fmt: skip
        flat, arcs, root, dependent, head, branch = self._session.run(None, given)
        return Window(first, end, own, own_end, arcs[0], root[0], dependent[0], head[0]), flat[0], branch[0]

    # ------------------------------------------------------------ syntax

    def parse(self, windows: Sequence[Window], starts: Sequence[int], n: int) -> Parsed:
        """A tree for each sentence; ``starts`` are the first words of the sentences, ``n`` the number of words."""
        head, sure = np.full(n, -1, np.int64), np.zeros(n, np.float32)
        relation = np.full(n, RELATIONS.index("root"), np.int64)
        dependents: list[Floats] = [np.zeros((0, self._label.shape[1] - 1), np.float32)] * 0
        where: list[int] = []
        heads: list[Floats] = []
        for first, end in _sentences(starts, n):
            for window, a, b in _parts(windows, first, end):
                lo, hi = a - window.first, b - window.first
                found, certain = tree(window.arcs[lo:hi, lo:hi], window.root[lo:hi])
                sure[a:b] = certain
                below = np.nonzero(found >= 0)[0]
                head[a:b] = np.where(found >= 0, found + a, -1)
                where += (below + a).tolist()
                dependents.append(window.dependent[lo:hi][below])
                heads.append(window.head[lo:hi][found[below]])
                if a > first:  # a part of a sentence too long for one tree hangs on the word before
                    top = int(np.nonzero(found < 0)[0][0]) + a
                    head[top], relation[top] = a - 1, RELATIONS.index("parataxis")
        if where:
            relation[np.array(where)] = self._relations(np.concatenate(dependents), np.concatenate(heads))
        return Parsed(head, relation, sure)

    def _relations(self, dependent: Floats, head: Floats) -> Ints:
        """The likeliest relation of each pair of label vectors, each of shape (pairs, width)."""
        r, d, e = self._label.shape
        table = self._label.transpose(1, 0, 2).reshape(d, r * e)
        out = np.zeros(len(dependent), np.int64)
        for at in range(0, len(dependent), 1024):  # bounded memory
            left = np.hstack([dependent[at : at + 1024], np.ones((len(dependent[at : at + 1024]), 1), np.float32)])
            right = np.hstack([head[at : at + 1024], np.ones((len(left), 1), np.float32)])
            scores = np.einsum("nre,ne->nr", (left @ table).reshape(len(left), r, e), right)
            scores[:, RELATIONS.index("root")] = -np.inf
            out[at : at + 1024] = scores.argmax(axis=1)
        return out


def window_plan(lengths: Sequence[int]) -> Iterator[tuple[int, int, int, int]]:
    """Windows over words of so many pieces: ``(first, end, own, own_end)``; the ``own`` parts cover all, in order.

    >>> list(window_plan([1] * 400))
    [(0, 254, 0, 230), (207, 400, 230, 400)]
    """
    ends = np.cumsum(np.array(lengths, dtype=np.int64))
    n, first, own = len(lengths), 0, 0
    while own < n:
        before = int(ends[first - 1]) if first else 0
        end = max(int(np.searchsorted(ends, before + WINDOW, side="right")), first + 1)
        if end >= n:
            yield first, n, own, n
            return
        until = int(ends[end - 1])
        following = min(int(np.searchsorted(ends, until - OVERLAP, side="right")) + 1, end - 1)
        following = max(following, first + 1)
        own_end = max((following + end) // 2, own + 1)
        yield first, end, own, own_end
        first, own = following, own_end


def _sentences(starts: Sequence[int], n: int) -> Iterator[tuple[int, int]]:
    yield from pairwise([*starts, n])


def _parts(windows: Sequence[Window], first: int, end: int) -> Iterable[tuple[Window, int, int]]:
    """The window, or the windows in turn, from which a sentence is parsed: one that holds it whole where there is one."""
    if end - first <= LONGEST_SENTENCE:
        holding = [w for w in windows if w.first <= first and end <= w.end]
        if holding:
            middle = (first + end) / 2
            return [(min(holding, key=lambda w: abs((w.own + w.own_end) / 2 - middle)), first, end)]
    parts = []
    for window in windows:
        a, b = max(first, window.own), min(end, window.own_end)
        parts += [(window, at, min(at + LONGEST_SENTENCE, b)) for at in range(a, b, LONGEST_SENTENCE)]
    return parts


def tree(arcs: Floats, root: Floats) -> tuple[Ints, Floats]:
    """``(heads, probabilities)`` of the words of a sentence, -1 for its one root; ``arcs`` (words, words), ``root`` (words,).

    The best head for each word where these make a tree, else the maximum spanning one (Chu and Liu, Edmonds).
    """
    n = len(root)
    scores = np.concatenate([root[:, None], arcs], axis=1).astype(np.float64)
    scores[np.arange(n), np.arange(n) + 1] = -1e9
    likely = np.exp(scores - scores.max(axis=1, keepdims=True))
    likely /= likely.sum(axis=1, keepdims=True)
    if n == 1:
        return np.array([-1]), np.ones(1, np.float32)
    inner = np.where(np.eye(n, dtype=bool), -1e9, arcs.astype(np.float64))
    top = int((root - inner.max(axis=1)).argmax())
    heads = inner.argmax(axis=1)
    heads[top] = -1
    if _has_cycle(heads):
        best: tuple[float, Ints] | None = None
        for candidate in np.argsort(-(root - inner.max(axis=1)))[:3].tolist():
            found = _spanning(inner, candidate)
            rest = np.arange(n) != candidate
            total = float(inner[np.arange(n)[rest], found[rest]].sum() + root[candidate])
            if best is None or total > best[0]:
                best = (total, found)
        assert best is not None
        heads = best[1]
    return heads, likely[np.arange(n), heads + 1].astype(np.float32)


def _has_cycle(heads: Ints) -> bool:
    """Whether following heads from some word never comes to the root."""
    up = np.where(heads < 0, np.arange(len(heads)), heads)
    steps = 1
    while steps < len(heads):
        up = up[up]
        steps *= 2
    return bool((heads[up] >= 0).any())


def _spanning(scores: npt.NDArray[np.float64], top: int) -> Ints:
    """The heads of the best tree under ``top``: ``scores[i, j]`` says how well j governs i."""
    n = len(scores)
    heads: Ints = scores.argmax(axis=1)
    heads[top] = -1
    found_cycle = _a_cycle(heads)
    if found_cycle is None:
        return heads
    cycle = np.array(found_cycle)
    inside = np.zeros(n, dtype=bool)
    inside[cycle] = True
    rest = np.nonzero(~inside)[0]
    kept = scores[cycle, heads[cycle]]
    small = np.full((len(rest) + 1, len(rest) + 1), -1e9)
    small[:-1, :-1] = scores[np.ix_(rest, rest)]
    into = scores[np.ix_(cycle, rest)] - kept[:, None]  # which word of the cycle an outer head would take over
    enters = into.argmax(axis=0)
    small[-1, :-1] = into.max(axis=0)
    out = scores[np.ix_(rest, cycle)]
    leaves = out.argmax(axis=1)
    small[:-1, -1] = out.max(axis=1)
    new_top = int(np.nonzero(rest == top)[0][0])
    found = _spanning(small, new_top)
    result = heads.copy()
    for i, word in enumerate(rest.tolist()):
        if found[i] >= 0:
            result[word] = cycle[leaves[i]] if found[i] == len(rest) else rest[found[i]]
    outer = int(found[-1])
    result[cycle[enters[outer]]] = rest[outer]
    result[top] = -1
    return result


def _a_cycle(heads: Ints) -> list[int] | None:
    state = [0] * len(heads)
    for begin in range(len(heads)):
        path = []
        at = begin
        while at >= 0 and state[at] == 0:
            state[at] = 1
            path.append(at)
            at = int(heads[at])
        if at >= 0 and state[at] == 1:
            return path[path.index(at) :]
        for word in path:
            state[word] = 2
    return None


def chosen(likely: Floats, first: float) -> Ints:
    """The likeliest label of each row, the first label's probability counting ``first`` times."""
    weights = np.ones(likely.shape[1], np.float32)
    weights[0] = first
    return np.asarray((likely * weights).argmax(axis=1), dtype=np.int64)


def _softmax(scores: Floats) -> Floats:
    out = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(out / out.sum(axis=1, keepdims=True), dtype=np.float32)


def _sigmoid(scores: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-scores.astype(np.float64))), dtype=np.float32)


@lru_cache(maxsize=1)
def caption_model() -> CaptionModel | None:
    """The model; None where its file is not there. Raises CaptionModelError where it cannot be used."""
    if not resource(MODEL).exists():
        return None
    return CaptionModel()
