"""Step ``words``: the raw text into words, and whether case and punctuation can be trusted."""

from __future__ import annotations

from trucewatch.reading.document import Document, is_cased, is_punctuated, tokenise


def words(doc: Document) -> Document:
    """Fill in the document's tokens."""
    doc.tokens = tokenise(doc.raw)
    doc.cased = is_cased(doc.tokens)
    doc.punctuated = is_punctuated(doc.tokens, doc.raw)
    doc.local_theatre = [doc.theatre] * len(doc.tokens)  # until the names say more
    doc.local_country = [None] * len(doc.tokens)
    return doc
