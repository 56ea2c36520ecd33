"""Ordinary words heard as others ("stripes" for strikes, "selling" for shelling): found by sound, judged by sense.

The words listened for are those that war news uses (``data/news_words.txt``); a run of one to three words that sounds like
one of them, and is odd where it stands, is judged by boosted trees (``training/train_words.py``): how alike, how much
better the word fits by the trigram model and among the words around, how common either is in such news. What a name
stands over is left alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from trucewatch.reading import phones as ph
from trucewatch.reading.document import BREAK_COMMA, BREAK_SENTENCE, BREAK_TURN, Document
from trucewatch.reading.english import trigrams, word_vectors
from trucewatch.reading.evidence import FUNCTION
from trucewatch.reading.fit import Fit
from trucewatch.reading.resources import resource
from trucewatch.reading.soundindex import MAX_PHONES, Phonebook, Windows
from trucewatch.reading.trees import Trees, load_trees

MODEL = "misheardwords.npz"
VOCABULARY = "news_words.txt"
MAX_WORDS = 3
MIN_SIMILARITY = 0.55
SURPRISE = 8.5  # a word less likely than e^-8.5 after the two before it counts as odd
NEAREST = 16  # words by sound whose fit is looked at
GAIN = -5.0  # log-odds: a word that fits worse than this is not judged
RIVALS = 3
# Names for every twenty words from which a text is taken to be such news; the judge knows nothing of other matters, in which
# people give thanks and no tanks. Nineteen in twenty training transcripts have more.
ABOUT_WAR = 0.3
AROUND = 8  # words on either side that a word is held against for sense


@dataclass(slots=True)
class Misheard:
    """A run of tokens that may be another word, with the features of the judgement."""

    first: int
    last: int
    read: str
    similarity: float
    features: dict[str, float]
    probability: float = 0.0


class NewsWords(Phonebook):
    """The words that war news uses, by how they are said; ``share`` is how many transcripts in a hundred use each."""

    def __init__(self, share: Mapping[str, float]) -> None:
        spoken = {word: ph.word_phones(word) for word in share}
        self.words = [word for word, phones in spoken.items() if 3 <= len(phones) < MAX_PHONES]
        said = [spoken[word] for word in self.words]
        super().__init__(
            ph.pad([ph.encode(s) for s in said], MAX_PHONES),
            [ph.skeleton(s) for s in said],
            [ph.outline(s) for s in said],
        )
        self.share = dict(share)


@lru_cache(maxsize=1)
def news_words() -> NewsWords:
    """The vocabulary that ships with the package, loaded once."""
    rows = (line.split("\t") for line in resource(VOCABULARY).read_text("utf-8").splitlines())
    return NewsWords({word: float(share) for word, share in rows})


@lru_cache(maxsize=1)
def judge() -> Trees | None:
    """The trained judge; None where its file is missing."""
    path = resource(MODEL)
    return load_trees(path) if path.exists() else None


def misheard_words(doc: Document) -> list[Misheard]:
    """The words to put right, best first, none overlapping, none over a name."""
    model = judge()
    if model is None or named(doc) < ABOUT_WAR:
        return []
    found = listen(doc, news_words())
    for item, p in zip(found, model.probabilities(model.matrix([m.features for m in found])).tolist(), strict=True):
        item.probability = p
    return choose(found, model.apply)


def named(doc: Document) -> float:
    """How many names of the theatres and the world a text has, for every twenty words; at most 3."""
    return min(20 * len(doc.names) / max(len(doc.tokens), 1), 3.0)


def choose(found: list[Misheard], floor: float) -> list[Misheard]:
    """The likeliest readings, none overlapping."""
    taken: set[int] = set()
    out = []
    for item in sorted(found, key=lambda m: (-m.probability, m.first, m.last, m.read)):
        span = range(item.first, item.last + 1)
        if item.probability >= floor and taken.isdisjoint(span):
            taken.update(span)
            out.append(item)
    return out


def listen(doc: Document, vocabulary: NewsWords) -> list[Misheard]:
    """Every run of words that sounds like another word of the vocabulary, with the features for judging it."""
    sense = _Sense(doc, vocabulary)
    spans, phones = worth_hearing(doc, sense.surprise)
    if not spans:
        return []
    floor = np.full(len(spans), MIN_SIMILARITY, dtype=np.float32)
    at, words, similarity = vocabulary.alike(Windows(phones), floor)
    best: dict[int, list[tuple[float, str]]] = defaultdict(list)
    for w, k, alike in zip(at.tolist(), words.tolist(), similarity.tolist(), strict=True):
        best[w].append((alike, vocabulary.words[k]))
    out: list[Misheard] = []
    for w, found in best.items():
        first, last = spans[w]
        heard = [doc.tokens[j].norm for j in range(first, last + 1)]
        nearest = sorted((r for r in found if not _same(heard, r[1])), key=lambda r: (-r[0], r[1]))[:NEAREST]
        fitting = [(alike, gain, read) for alike, read in nearest if (gain := sense.fit.gain(first, last, read)) > GAIN]
        ranked = sorted(fitting, key=lambda r: (-r[0] - 0.03 * min(r[1], 6), r[2]))[:RIVALS]
        for rank, (alike, gain, read) in enumerate(ranked):
            out.append(Misheard(first, last, read, alike, sense.features(first, last, read, alike, gain, rank)))
    return out


def _same(heard: list[str], read: str) -> bool:
    """Whether a reading only joins what was heard, or is it."""
    return read in heard or read == "".join(heard)


def worth_hearing(doc: Document, surprise: list[float]) -> tuple[list[tuple[int, int]], list[tuple[str, ...]]]:
    """Runs of one to three odd words that no name and no number stands over, with their phones."""
    held = {i for n in doc.names for i in range(n.first, n.last + 1)} | set(doc.fixes)
    said = [ph.token_phones(t.norm, t.dotted) for t in doc.tokens]
    spans, phones = [], []
    n = len(doc.tokens)
    for first in range(n):
        run: tuple[str, ...] = ()
        for last in range(first, min(first + MAX_WORDS, n)):
            token = doc.tokens[last]
            if last in held or (last > first and token.brk >= BREAK_TURN) or (token.number and last == first):
                break
            run += said[last]
            if len(run) > MAX_PHONES - 2:
                break
            if (
                len(run) >= 3
                and max(surprise[first : last + 2]) >= SURPRISE
                and (last > first or (token.norm not in FUNCTION and len(token.norm) > 2))
                and not (last > first and doc.tokens[first].norm in {"the", "and", "but", "of"})
                and not (last > first and token.norm in {"the", "and", "but", "of", "to", "in"} and last - first < 2)
            ):
                spans.append((first, last))
                phones.append(run)
    return spans, phones


class _Sense:
    """How well words fit where they stand."""

    def __init__(self, doc: Document, vocabulary: NewsWords) -> None:
        self.doc, self.vocabulary, self.lm = doc, vocabulary, trigrams()
        self.fit = Fit(doc)
        self.words, self.surprise, self.messy = self.fit.words, self.fit.surprise, self.fit.messy
        self.count: dict[str, int] = defaultdict(int)
        for word in self.words:
            self.count[word] += 1
        self.begun = Counter(word[:k] for word in self.count for k in range(4, len(word) + 1))
        self._windows: dict[tuple[int, int], dict[str, float]] = {}
        self.density = named(doc)
        self.named = {i for n in doc.names for i in range(n.first, n.last + 1)}
        self._vectors = np.array(
            [word_vectors().mean([w]) if w not in FUNCTION else np.zeros(word_vectors().dims) for w in self.words],
            dtype=np.float32,
        ).reshape(len(self.words), word_vectors().dims)
        self._sums = np.vstack([np.zeros((1, word_vectors().dims), np.float32), np.cumsum(self._vectors, axis=0)])

    def _sense(self, first: int, last: int, words: list[str]) -> float:
        """Cosine of some words with the words around."""
        a, b = max(0, first - AROUND), min(len(self.words), last + 1 + AROUND)
        around = self._sums[b] - self._sums[a] - (self._sums[last + 1] - self._sums[first])
        own = word_vectors().mean([w for w in words if w not in FUNCTION])
        size = float(np.linalg.norm(around) * np.linalg.norm(own))
        return float(around @ own) / size if size else 0.0

    def _of_window(self, first: int, last: int) -> dict[str, float]:
        """Features of the words heard, whatever may be read for them; made once."""
        if (first, last) in self._windows:
            return self._windows[first, last]
        doc, lm, share = self.doc, self.lm, self.vocabulary.share
        heard = self.words[first : last + 1]
        count = last - first + 1
        news = [share.get(t.norm, 0.0) for t in doc.tokens[first : last + 1]]
        found = {
            "words": float(count),
            "surprise": (max(self.surprise[first : last + 1]) - 9) / 5,
            "surprise_sum": sum(max(x - 7, 0) for x in self.surprise[first : last + 1]) / 10,
            "surprise_after": (self.surprise[last + 1] - 9) / 5 if last + 1 < len(self.words) else 0.0,
            "heard_common": (sum(lm.log_prob(w) for w in heard) / count + 10) / 5,
            "unknown": float(any(lm.log_prob(w) <= -13.9 for w in heard)),
            "heard_news": float(np.log1p(min(news))),
            "heard_elsewhere": float(min(self.count[heard[0]] - 1, 3)) if count == 1 else 0.0,
            "sense_heard": self._sense(first, last, heard),
            "function_share": sum(w in FUNCTION for w in heard) / count,
            "inner_break": float(any(doc.tokens[j].brk >= BREAK_COMMA for j in range(first + 1, last + 1))),
            "number": float(any(doc.tokens[j].number for j in range(first, last + 1))),
            "by_name": float(first - 1 in self.named or last + 1 in self.named),
            "capital": float(doc.cased and doc.tokens[first].capital and doc.tokens[first].brk < BREAK_SENTENCE),
            "messy": self.messy,
            "named": self.density,
            "cased": float(doc.cased),
            "punctuated": float(doc.punctuated),
        }
        self._windows[first, last] = found
        return found

    def features(self, first: int, last: int, read: str, similarity: float, gain: float, rank: int) -> dict[str, float]:
        """The features of reading some words as another word."""
        window = self._of_window(first, last)
        heard = self.words[first : last + 1]
        count = last - first + 1
        stem = read[: max(4, len(read) - 3)]
        sense = self._sense(first, last, [read])
        elsewhere = self.begun[stem] - (read in self.count) if len(stem) > 3 else 0
        return {
            **window,
            "similarity": similarity,
            "phones": len(ph.word_phones(read)) / 10,
            "sim_long": similarity * min(len(ph.word_phones(read)), 10) / 10,
            "gain": min(max(gain, -10), 15) / 5,
            "gain_x_sim": min(max(gain, -10), 15) / 5 * similarity,
            "read_common": (self.lm.log_prob(read) + 10) / 5,
            "read_news": float(np.log1p(self.vocabulary.share.get(read, 0.0))),
            "read_elsewhere": float(min(self.count.get(read, 0), 3)),
            "stem_elsewhere": float(elsewhere > 0),
            "sense_read": sense,
            "sense_gain": sense - window["sense_heard"],
            "same_stem": float(count == 1 and heard[0][:4] == read[:4]),
            "same_ending": float(heard[-1][-1:] == read[-1:]),
            "plural": float(read.endswith("s")),
            "rank": float(rank),
        }
