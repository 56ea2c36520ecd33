"""Step ``sentences``: where sentences begin: what punctuation there is, and the sentence model's word on the rest."""

from __future__ import annotations

import math
from itertools import pairwise

from trucewatch.reading.captionmodel import caption_model
from trucewatch.reading.document import BREAK_SENTENCE, Document
from trucewatch.reading.tagfeatures import view

# In text without full stops: the log-odds from which a word starts a sentence, the least words between two starts, and
# the length from which a weaker sign will do; by F1 on UD English dev text with its punctuation taken off.
_SURE, _LEAST, _LONG, _WEAK = -0.5, 4, 30, -2.0


# The same of the caption model's probabilities: a break where nothing was likely for so many words is at the likeliest word.
_SURELY, _ANY, _TOO_LONG = 0.5, 0.05, 60
# Fewer words than these are a sentence only where the next one begins with at least such a probability.
_NEAR, _SURE_ALONE = 3, 0.8


def sentences(doc: Document) -> Document:
    """Fill in the tokens that begin sentences, and the parse of each where the caption model was asked."""
    model = caption_model() if doc.captions is not None else None
    if doc.captions is None or model is None:
        return _by_rules(doc)
    chances = [doc.captions.start(i) for i in range(len(doc.tokens))]
    doc.boundaries = [math.log(min(max(p, 1e-4), 1 - 1e-4) / (1 - min(max(p, 1e-4), 1 - 1e-4))) for p in chances]
    floor = model.thresholds.get("start", _SURELY)
    starts = {0} if doc.tokens else set()
    for token in doc.tokens:
        if token.brk >= BREAK_SENTENCE or (not doc.punctuated and chances[token.i] >= floor):
            starts.add(token.i)
    starts -= {i for i in _too_near(sorted(starts), chances) if doc.tokens[i].brk < BREAK_SENTENCE}
    doc.sentence_starts = _none_too_long(sorted(starts), chances, len(doc.tokens))
    doc.captions.parse(model, doc.sentence_starts)
    return doc


def _too_near(starts: list[int], chances: list[float]) -> list[int]:
    """Starts a word or two after another that are no surer than "On Tuesday. Doctors say" would be; "No. They" is surer."""
    return [b for a, b in pairwise(starts) if a > 0 and b - a < _NEAR and chances[b] < _SURE_ALONE]


def _none_too_long(starts: list[int], chances: list[float], n: int) -> list[int]:
    """The starts, and one more, at the likeliest word, inside each sentence that goes on for too long."""
    out: list[int] = []
    queue = [*reversed(list(pairwise([*starts, n])))]
    while queue:
        first, end = queue.pop()
        middle = range(first + 5, end - 5)
        best = max(middle, key=lambda i: chances[i]) if end - first > _TOO_LONG else None
        if best is not None and chances[best] >= _ANY:
            queue += [(best, end), (first, best)]
        else:
            out.append(first)
    return out


def _by_rules(doc: Document) -> Document:
    items = view(doc)
    doc.boundaries = [-9.0] * len(doc.tokens)  # nothing begins inside a name
    for k, at in enumerate(items.token):
        doc.boundaries[at] = items.edge[k]
    starts: list[int] = []
    since = 0
    for token in doc.tokens:
        hard = token.brk >= BREAK_SENTENCE
        odds = doc.boundaries[token.i]
        soft = not doc.punctuated and since >= _LEAST and (odds >= _SURE or (since >= _LONG and odds >= _WEAK))
        if token.i == 0 or hard or soft:
            starts.append(token.i)
            since = 0
        since += 1
    doc.sentence_starts = starts
    return doc
