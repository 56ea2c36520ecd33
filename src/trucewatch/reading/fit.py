"""How well words fit where they stand, by the word trigram model."""

from __future__ import annotations

from trucewatch.reading.document import BREAK_SENTENCE, Document
from trucewatch.reading.english import trigrams

ODD = 10.0  # surprise from which a word counts towards how messy a text is


class Fit:
    """A document's words as the trigram model knows them.

    ``surprise`` is how unlikely each is after the two before it (negated log-probability); ``messy`` four times the share
    of odd ones.
    """

    def __init__(self, doc: Document) -> None:
        self._doc, self._lm = doc, trigrams()
        self.words = [t.lower.replace("’", "'").strip("'") if not t.number else t.norm for t in doc.tokens]
        self.surprise = [-self._lm.log_prob(*self.words[max(0, i - 2) : i + 1]) for i in range(len(self.words))]
        self.messy = 4.0 * sum(x >= ODD for x in self.surprise) / max(len(self.words), 1)
        self._heard: dict[tuple[int, int], float] = {}

    def log_prob(self, first: int, last: int, middle: list[str]) -> float:
        """Log-probability of ``middle`` in the place of some tokens and of the two words after, given the two before."""
        tokens = self._doc.tokens
        left = self.words[max(0, first - 2) : first] if tokens[first].brk < BREAK_SENTENCE else ["<s>"]
        right = []
        for j in range(last + 1, min(last + 3, len(tokens))):
            if tokens[j].brk >= BREAK_SENTENCE:
                break
            right.append(self.words[j])
        run = [*left, *middle, *right]
        return sum(self._lm.log_prob(*run[max(0, i - 2) : i + 1]) for i in range(len(left), len(run)))

    def gain(self, first: int, last: int, read: str) -> float:
        """How much better a word fits than what was heard (log-odds)."""
        if (first, last) not in self._heard:
            self._heard[first, last] = self.log_prob(first, last, self.words[first : last + 1])
        return self.log_prob(first, last, [read]) - self._heard[first, last]
