"""Step ``captions``: what the caption model says of the text, with the names put right standing in place.

Each word of the model belongs to a token; a name that was put right has its own words there, so that a parse sees
"Maarat al-Numan" and not "moderate in Norman". Without the model's file nothing is filled in, and later steps go by rules.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trucewatch.reading.captionmodel import CaptionModel, CaptionModelError, Marked, Parsed, Window, caption_model
from trucewatch.reading.captionwords import CASES, MARKS, RELATIONS, TAGS, pieces_of
from trucewatch.reading.claimbranch import Branch, known
from trucewatch.reading.document import Document, tokenise
from trucewatch.reading.restore import spoken
from trucewatch.reading.tagfeatures import bare_view

MISSING = "the caption model is not there: sentences, commas and capitals were put in by rules, and claims found by frames alone"
# Share of a question mark against a full stop from which a sentence asks; F1 on the dev parts of GUM and EWT is flat there.
ASKS = 0.35
COMMA, QUESTION = MARKS.index(","), MARKS.index("?")
CAPITAL, UPPER = CASES.index("capital"), CASES.index("upper")


@dataclass(slots=True)
class Captions:
    """What the model says: ``words`` as it read them, ``token`` each belongs to, ``first`` and ``last`` word by token.

    Tokens inside a name that was put right have the name's words. ``parsed`` is there once sentences are known.
    """

    words: list[str]
    token: list[int]
    first: list[int]
    last: list[int]
    marked: Marked
    windows: list[Window]
    branch: Branch | None
    parsed: Parsed | None = None

    def start(self, i: int) -> float:
        """The chance that a sentence begins at token ``i``; 0 inside a name that was put right."""
        word = self.first[i]
        return float(self.marked.start[word]) if self.token[word] == i else 0.0

    def mark(self, i: int) -> str:
        """The likeliest mark after token ``i``."""
        return MARKS[int(self.marked.mark[self.last[i]])]

    def asks(self, i: int) -> bool:
        """Whether a sentence that ends with token ``i`` is a question."""
        marks = self.marked.marks[self.last[i]]
        return bool(marks[QUESTION] >= ASKS * (marks[QUESTION] + marks[MARKS.index(".")]))

    def case(self, i: int) -> str:
        """How token ``i`` is written inside a sentence: lower, capital, upper or mixed."""
        return CASES[int(self.marked.case[self.first[i]])]

    def tag(self, i: int) -> str:
        """The part of speech of token ``i``: that of its first word, of the last one of a name put right."""
        return TAGS[int(self.marked.tag[self.first[i] if self.token[self.first[i]] == i else self.last[i]])]

    def relation(self, i: int) -> str:
        """The relation of token ``i`` to its head; empty before the sentences are parsed."""
        return RELATIONS[int(self.parsed.relation[self._top(i)])] if self.parsed is not None else ""

    def head(self, i: int) -> int | None:
        """The token that governs token ``i``; None for a root, and before the sentences are parsed."""
        if self.parsed is None:
            return None
        head = int(self.parsed.head[self._top(i)])
        return self.token[head] if head >= 0 else None

    def _top(self, i: int) -> int:
        """The word of token ``i`` that the rest of it hangs on."""
        assert self.parsed is not None
        for word in range(self.first[i], self.last[i]):
            head = int(self.parsed.head[word])
            if not self.first[i] <= head <= self.last[i]:
                return word
        return self.last[i]

    def parse(self, model: CaptionModel, starts: list[int]) -> None:
        """Parse the sentences that begin at these tokens; what it was parsed from is let go."""
        words = sorted({self.first[i] for i in starts})
        self.parsed = model.parse(self.windows, words, len(self.words))
        self.windows = []


def captions(doc: Document) -> Document:
    """Fill in what the caption model says; one warning where it cannot be asked."""
    try:
        model = caption_model()
    except CaptionModelError as error:
        doc.warnings.append(f"{MISSING} ({error})")
        return doc
    if model is None:
        doc.warnings.append(MISSING)
        return doc
    if not doc.tokens:
        return doc
    words, token = _words(doc)
    first, last = [0] * len(doc.tokens), [0] * len(doc.tokens)
    edges = np.searchsorted(np.array(token), np.arange(len(doc.tokens) + 1))
    for i in range(len(doc.tokens)):
        first[i], last[i] = int(edges[i]), int(edges[i + 1]) - 1
        if last[i] < first[i]:  # inside a name or a correction that has its words at its first token
            first[i], last[i] = first[i - 1], last[i - 1]
    told = known(bare_view(doc), first, last, [t.brk for t in doc.tokens], len(words))
    marked, windows, branch = model.read(words, told, threads=doc.threads)
    doc.captions = Captions(words, token, first, last, marked, windows, branch)
    return doc


def _words(doc: Document) -> tuple[list[str], list[int]]:
    """The model's words and the token of each."""
    said = {n.first: (n.last, spoken(n, doc), doc.tokens[n.last].possessive) for n in doc.names if n.recovered}
    said |= {first: (last, text, False) for first, (last, text) in doc.fixes.items() if first not in said}
    words: list[str] = []
    token: list[int] = []
    i = 0
    while i < len(doc.tokens):
        if i in said:
            last, text, possessive = said[i]
            new = [piece.word for t in tokenise(text) for piece in pieces_of(t.raw)] + (["'s"] if possessive else [])
        else:
            last, new = i, [piece.word for piece in pieces_of(doc.tokens[i].raw)]
        words += new
        token += [i] * len(new)
        i = last + 1
    return words, token
