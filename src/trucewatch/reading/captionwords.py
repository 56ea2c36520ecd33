"""The words of the caption model: clitics stand apart, as in Universal Dependencies; and the labels that it gives.

Invariant: ``TAGS``, ``RELATIONS``, ``MARKS`` and ``CASES`` are in the order of the model's outputs; the model file says
which order it was trained with, and another one is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

MARKS = ("", ",", ".", "?")
"""What follows a word."""

CASES = ("lower", "capital", "upper", "mixed")

TAGS = (
    "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "SCONJ", "SYM", "VERB", "X",
)  # fmt: skip
"""Universal parts of speech (universaldependencies.org/u/pos), without punctuation."""

RELATIONS = (
    "acl", "acl:relcl", "advcl", "advmod", "amod", "appos", "aux", "aux:pass", "case", "cc", "ccomp", "compound",
    "compound:prt", "conj", "cop", "csubj", "dep", "det", "discourse", "dislocated", "expl", "fixed", "flat", "goeswith",
    "iobj", "list", "mark", "nmod", "nmod:poss", "nsubj", "nsubj:pass", "nummod", "obj", "obl", "obl:agent", "orphan",
    "parataxis", "reparandum", "root", "vocative", "xcomp", "punct", "clf",
)  # fmt: skip
"""Universal relations (universaldependencies.org/u/dep), with the subtypes that roles need."""

_CLITIC = re.compile(r"(?i)(?<=\w)(n't|'(?:s|re|ve|ll|d|m)|(?<=s)')$")
_JOINED = {"cannot": 3, "gonna": 3, "wanna": 3, "gotta": 3}


class Piece(NamedTuple):
    """A part of a token: as written and as the model reads it; ``start`` and ``end`` count from the token's start."""

    word: str
    raw: str
    start: int
    end: int


def pieces_of(raw: str) -> Iterator[Piece]:
    """The words of one token: "don't" is "do" and "n't", "Assad's" is "assad" and "'s"; most tokens are one.

    >>> [piece.word for piece in pieces_of("Couldn't")], [piece.word for piece in pieces_of("Assad’s")]
    (['could', "n't"], ['assad', "'s"])
    """
    plain = raw.replace("’", "'").replace("ʼ", "'").replace("`", "'")
    cut = _JOINED.get(plain.lower(), 0)
    if not cut and "'" in plain and (match := _CLITIC.search(plain)):
        cut = match.start()
    if cut:
        yield Piece(plain[:cut].lower(), raw[:cut], 0, cut)
        yield Piece(plain[cut:].lower(), raw[cut:], cut, len(raw))
    else:
        yield Piece(plain.lower(), raw, 0, len(raw))
