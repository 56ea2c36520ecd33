"""How likely each word begins a sentence, in text that has no punctuation.

A linear-chain model over words, their clusters and what the trigram model expects (``training/train_sentences.py``,
learned from Universal Dependencies English with its punctuation and case taken off). Without the model file the trigram
model's own word stands in.
"""

from __future__ import annotations

import math
from functools import lru_cache

import pycrfsuite

from trucewatch.reading.english import trigrams, word_vectors
from trucewatch.reading.resources import resource

MODEL = "sentences.crfsuite"
START, INSIDE = "S", "I"


@lru_cache(maxsize=1)
def _tagger() -> pycrfsuite.Tagger | None:
    path = resource(MODEL)
    if not path.exists():
        return None
    tagger = pycrfsuite.Tagger()
    tagger.open(str(path))
    return tagger


def expected(words: list[str]) -> list[float]:
    """How much better each word starts a sentence than it goes on, by the trigram model (log-odds; 0 at the start)."""
    model = trigrams()
    scores = [0.0]
    for i in range(1, len(words)):
        before = words[max(0, i - 2) : i]
        start = model.log_prob(*before, "</s>") + model.log_prob("<s>", words[i])
        on = model.log_prob(*before, words[i])
        if i + 1 < len(words):
            start += model.log_prob("<s>", words[i], words[i + 1])
            on += model.log_prob(words[i - 1], words[i], words[i + 1])
        scores.append(start - on)
    return scores


def features(words: list[str], scores: list[float]) -> list[list[str]]:
    """The features of each word (lower case, names by a stand-in) for the sentence model."""
    vectors = word_vectors()
    n = len(words)
    clusters = [vectors.clusters(w) for w in words]
    padded = ["<s>", "<s>", *words, "</s>", "</s>"]
    out: list[list[str]] = []
    for i in range(n):
        two, one, here, next_one, next_two = padded[i : i + 5]
        row = [
            f"w={here}",
            f"-1={one}",
            f"-2={two}",
            f"+1={next_one}",
            f"+2={next_two}",
            f"-1,0={one} {here}",
            f"0,1={here} {next_one}",
            f"-2,-1={two} {one}",
            f"e={max(-8, min(4, round(scores[i])))}",
        ]
        for mark, j in (("", i), ("-", i - 1), ("+", i + 1)):
            if 0 <= j < n:
                found = clusters[j]
                if found:
                    row += [mark + found[0], mark + found[1]]
                if mark:
                    row.append(f"{mark}e={max(-6, min(3, round(scores[j] / 2)))}")
        out.append(row)
    return out


def boundaries(words: list[str]) -> list[float]:
    """Log-odds that each word begins a sentence; the first one's is high."""
    scores = expected(words)
    tagger = _tagger()
    if tagger is None or not words:
        return scores
    tagger.set(features(words, scores))
    out = []
    for i in range(len(words)):
        p = min(max(tagger.marginal(START, i), 1e-4), 1 - 1e-4)
        out.append(math.log(p / (1 - p)))
    return out
