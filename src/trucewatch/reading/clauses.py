"""How words of a sentence hang together, for those who ask about two of them: who is subject of what, what is said of whom.

Made from the caption model's parse. Everything here is about raw tokens; a name that was put right hangs together as one.
"""

from __future__ import annotations

from dataclasses import dataclass

from trucewatch.reading.captions import Captions
from trucewatch.reading.document import Document

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

    def root(self, first: int, last: int) -> int:
        """The token of a stretch on which most of it hangs: the verb of a clause, where it is one."""
        below: dict[int, int] = {}
        for i in range(first, last + 1):
            node, steps = i, 0
            while first <= self.head[node] <= last and steps <= last - first:
                node, steps = self.head[node], steps + 1
            below[node] = below.get(node, 0) + 1
        return max(below, key=lambda node: (below[node], -node))

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

    def standing(self, i: int, trigger: int) -> str:
        """How token ``i`` stands to a trigger, in the words of the frames: "subject", "object", "passive subject", "passive by",
        "possessive", "modifier", a preposition; "" where it stands in none of these ways.

        Members of a list stand as its first one does; a subject is shared by verbs that are joined or depend on its own.
        """
        climbed, _, fallen = self.path(i, trigger).partition("<")
        up = [label for label in climbed.split(">") if label]
        while len(up) > 1 and up[0].startswith(("conj", "appos", "flat")):
            up = up[1:]
        down = [label for label in fallen.split("<") if label and not label.startswith(("conj", "xcomp"))]
        passive = trigger in self.passive
        if not up and down in (["acl:relcl"], ["acl"]):  # "the men who shelled it", "the town shelled by them"
            return "passive subject" if passive or down == ["acl"] else "subject"
        if down or len(up) != 1:
            return ""
        relation, _, marker = up[0].partition(":")
        if relation == "nsubj":
            return "passive subject" if marker == "pass" or (passive and not fallen) else "subject"
        if relation == "nmod" and marker == "poss":
            return "possessive"
        if relation in {"obl", "nmod"}:
            marker = marker.removeprefix("agent:")
            return "passive by" if marker == "by" and passive else marker
        return {
            "obj": "object",
            "iobj": "object",
            "compound": "modifier",
            "amod": "modifier",
            "nummod": "modifier",
        }.get(relation, "")

    def children(self, i: int, relations: frozenset[str]) -> list[int]:
        """The tokens near ``i`` that hang on it by one of these relations, in order."""
        low, high = max(0, i - 30), min(len(self.head), i + 31)
        return [j for j in range(low, high) if self.head[j] == i and self.relation[j] in relations]


def parsed(doc: Document) -> Clauses | None:
    """The parse of a document by token, made once; None where there is none."""
    if doc.clauses is None and doc.captions is not None and doc.captions.parsed is not None:
        doc.clauses = _clauses(doc.captions, doc.words_by_token())
    return doc.clauses


def _clauses(captions: Captions, words: list[str]) -> Clauses:
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
