"""Step ``mishearings``: ordinary words that the recogniser misheard, where it matters to what is claimed.

Three kinds: plain numbers written as money ("$200.00 people"), noughts for the letter o ("0ver"), and words of war news
heard as something like-sounding that makes less sense where it stands (``misheardwords``).
"""

from __future__ import annotations

import re

from trucewatch.reading.commonwords import common_words
from trucewatch.reading.document import Document
from trucewatch.reading.english import pronouncing
from trucewatch.reading.misheardwords import misheard_words
from trucewatch.reading.model import Correction, Evidence

_NOUGHT = re.compile(r"^(?=.*[a-z])(?=.*0)[a-z0]+$")


def mishearings(doc: Document) -> Document:
    """Put right what is clearly misheard; the raw text stays as it is."""
    numbers_and_letters(doc)
    for item in misheard_words(doc):
        heard = doc.quote(item.first, item.last)
        detail = f"“{heard}” sounds {item.similarity:.2f} like “{item.read}”, which fits better here"
        _fix(doc, item.first, item.last, item.read, round(item.probability, 3), "sound and sense", detail)
    doc.corrections.sort(key=lambda c: c.start)
    return doc


def numbers_and_letters(doc: Document) -> None:
    """Plain numbers written as money, and noughts for the letter o."""
    named = {i for n in doc.names for i in range(n.first, n.last + 1)}
    for number in doc.numbers:
        token = doc.tokens[number.head]
        if number.mangled is not None and number.head not in named:
            detail = f"“{token.raw}” is a plain number written as money"
            _fix(doc, number.head, number.head, number.mangled, 0.9, "figures", detail)
    for token in doc.tokens:
        if token.i not in named and _NOUGHT.match(token.lower):
            read = token.lower.replace("0", "o")
            if read in common_words() or read in pronouncing():
                _fix(doc, token.i, token.i, read, 0.97, "letters", "a nought stands for the letter o")


def _fix(doc: Document, first: int, last: int, read: str, confidence: float, kind: str, detail: str) -> None:
    doc.fixes[first] = (last, read)
    start, end = doc.tokens[first].start, doc.tokens[last].end
    why = (Evidence(kind=kind, detail=detail),)
    doc.corrections.append(
        Correction(start=start, end=end, heard=doc.raw[start:end], read=read, confidence=confidence, why=why)
    )
