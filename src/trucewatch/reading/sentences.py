"""Step ``sentences``: where sentences begin: what punctuation there is, and the sentence model's word on the rest."""

from __future__ import annotations

from trucewatch.reading.document import BREAK_SENTENCE, Document
from trucewatch.reading.tagfeatures import view

# In text without full stops: the log-odds from which a word starts a sentence, the least words between two starts, and
# the length from which a weaker sign will do; by F1 on UD English dev text with its punctuation taken off.
_SURE, _LEAST, _LONG, _WEAK = -0.5, 4, 30, -2.0


def sentences(doc: Document) -> Document:
    """Fill in the tokens that begin sentences."""
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
