"""What English expects: a word trigram model, pronunciations, and small static word vectors.

The trigram model and the pronouncing dictionary come inside the ``pocketsphinx`` package (BSD); the vectors are ours
(``training/make_word_vectors.py``). Log-probabilities are natural logs.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pocketsphinx

from trucewatch.reading.resources import resource

_LN = 1e-4  # pocketsphinx works in logs to base 1.0001
UNKNOWN = -14.0  # a word the model does not know: rarer than any that it does
Floats = npt.NDArray[np.float32]


class Trigrams:
    """How likely a word is after the two before it. Words are lower-case; ``<s>`` and ``</s>`` mark sentence ends."""

    def __init__(self) -> None:
        path = Path(pocketsphinx.get_model_path()) / "en-us" / "en-us.lm.bin"
        self._model = pocketsphinx.NGramModel.readfile(str(path))
        self._seen: dict[tuple[str, ...], float] = {}

    def log_prob(self, *words: str) -> float:
        """Log-probability of the last of ``words`` after those before it (at most two count)."""
        key = words[-3:]
        found = self._seen.get(key)
        if found is None:
            found = max(self._model.prob(list(reversed(key))) * _LN, UNKNOWN)
            if len(self._seen) < 400_000:
                self._seen[key] = found
        return found

    def score(self, words: list[str]) -> float:
        """Summed log-probability of a run of words, each after the two before it in the run."""
        return sum(self.log_prob(*words[max(0, i - 2) : i + 1]) for i in range(len(words)))


@lru_cache(maxsize=1)
def trigrams() -> Trigrams:
    """The trigram model, loaded once."""
    return Trigrams()


class Pronouncing(Mapping[str, str]):
    """The pronouncing dictionary: word to ARPAbet phones without stress, parted by spaces; first pronunciation only.

    Few of its 126,000 words are ever asked for, so its lines stay as they are, sorted, and are searched.
    """

    def __init__(self) -> None:
        path = Path(pocketsphinx.get_model_path()) / "en-us" / "cmudict-en-us.dict"
        self._lines = sorted(path.read_bytes().split(b"\n"))

    def __getitem__(self, word: str) -> str:
        start = word.encode("utf-8", "surrogatepass") + b" "
        k = bisect_left(self._lines, start)
        if k == len(self._lines) or not self._lines[k].startswith(start) or start.endswith(b") "):
            raise KeyError(word)
        return self._lines[k][len(start) :].strip().decode()

    def __iter__(self) -> Iterator[str]:
        words = (line.partition(b" ")[0].decode() for line in self._lines if line)
        return (word for word in words if word[-1] != ")")

    def __len__(self) -> int:
        return sum(1 for _ in self)


@lru_cache(maxsize=1)
def pronouncing() -> Pronouncing:
    """The pronouncing dictionary, loaded once."""
    return Pronouncing()


class WordVectors:
    """Static vectors and clusters of 40,000 common words.

    ``clusters`` gives three cluster numbers (64, 256 and 1,024 classes); ``mean`` the mean vector of some words.
    """

    def __init__(self) -> None:
        data = np.load(resource("word_vectors.npz"))
        words = str(data["words"]).split("\n")
        self._row = {word: i for i, word in enumerate(words)}
        self._vectors = data["vectors"]  # in steps of 1/127
        self._clusters = data["clusters"]
        self._known: dict[int, tuple[str, str, str]] = {}
        self.dims = int(self._vectors.shape[1])

    def clusters(self, word: str) -> tuple[str, str, str] | None:
        """Names of the word's clusters, coarse to fine; None for an unknown word."""
        row = self._row.get(word)
        if row is None:
            return None
        known = self._known.get(row)
        if known is None:
            a, b, c = self._clusters[row].tolist()
            known = self._known[row] = f"a{a}", f"b{b}", f"c{c}"
        return known

    def mean(self, words: list[str]) -> Floats:
        """Mean vector of the known ones among ``words``; zeros where none is known. Shape (dims,)."""
        rows = [self._row[w] for w in words if w in self._row]
        if not rows:
            return np.zeros(self.dims, dtype=np.float32)
        mean: Floats = (self._vectors[rows].astype(np.float32) / 127.0).mean(axis=0)
        return mean


@lru_cache(maxsize=1)
def word_vectors() -> WordVectors:
    """The word vectors, loaded once."""
    return WordVectors()
