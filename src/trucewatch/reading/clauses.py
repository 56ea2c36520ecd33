"""How words of a sentence hang together, for those who ask about two of them: who is subject of what, what is said of whom.

Made from the caption model's parse. Everything here is about raw tokens; a name that was put right hangs together as one.
"""

from __future__ import annotations

from dataclasses import dataclass

from trucewatch.reading.captions import Captions

_FARTHEST = 5  # steps up from a word that are looked at
_MARKED = frozenset({"obl", "nmod", "obl:agent", "advcl", "acl", "ccomp", "conj", "xcomp"})


@dataclass(frozen=True, slots=True)
class Clauses:
    """Per token: its ``head`` (-1: a root), its ``relation``, the preposition or conjunction that marks it (or "").

    ``passive`` holds the tokens that are verbs in the passive.
    """

    head: list[int]
    relation: list[str]
    marker: list[str]
    passive: frozenset[int]

    def top(self, first: int, last: int) -> int:
        """The token of a phrase on which the rest of it hangs: the one whose head lies outside."""
        for i in range(first, last + 1):
            if not first <= self.head[i] <= last:
                return i
        return last

    def label(self, i: int) -> str:
        """A token's relation with its marker: "obl:by", "nmod:of", "nsubj"."""
        relation = self.relation[i]
        return f"{relation}:{self.marker[i]}" if relation in _MARKED and self.marker[i] else relation

    def chain(self, i: int) -> list[int]:
        """A token and those above it, up to a few steps."""
        out = [i]
        while len(out) <= _FARTHEST and self.head[out[-1]] >= 0 and self.head[out[-1]] not in out:
            out.append(self.head[out[-1]])
        return out

    def path(self, a: int, b: int) -> str:
        """The way from token ``a`` up and down to token ``b``: "nsubj" (a is b's subject), "obl:by", "conj<nsubj" and so on.

        Steps up are parted by ``>``, steps down by ``<``; "far" where there is none of a few steps.
        """
        if a == b:
            return "same"
        up, down = self.chain(a), self.chain(b)
        above = {node: k for k, node in enumerate(down)}
        for k, node in enumerate(up):
            if node in above:
                climbed = ">".join(self.label(n) for n in up[:k])
                fallen = "<".join(self.label(n) for n in reversed(down[: above[node]]))
                return f"{climbed}<{fallen}" if fallen else climbed
        return "far"

    def children(self, i: int, relations: frozenset[str]) -> list[int]:
        """The tokens near ``i`` that hang on it by one of these relations, in order."""
        low, high = max(0, i - 30), min(len(self.head), i + 31)
        return [j for j in range(low, high) if self.head[j] == i and self.relation[j] in relations]


def clauses(captions: Captions, words: list[str]) -> Clauses:
    """The parse of a document by token; ``words`` are the tokens' words."""
    n = len(words)
    head, relation, marker = [-1] * n, [""] * n, [""] * n
    passive = set()
    for i in range(n):
        above = captions.head(i)
        head[i] = -1 if above is None or above == i else above
        relation[i] = captions.relation(i)
    for i in range(n):
        above = head[i]
        if above < 0:
            continue
        if relation[i] in {"case", "mark", "cc"} and not marker[above]:
            marker[above] = words[i]
        elif relation[i] in {"aux:pass", "nsubj:pass"}:
            passive.add(above)
    return Clauses(head, relation, marker, frozenset(passive))
