"""Step ``taught``: what the user's names file says, over what was made of the same words by sound and sense.

Words that are never to be put right stay as they are heard; known mishearings are put right whatever the judge thought;
spellings that the user taught come back where a longer guess had swallowed them. Without a names file nothing is done.
A name known to the theatres that holds the user's words whole and more ("Idlib province") stays.
"""

from __future__ import annotations

from trucewatch.reading.cleannames import at_hand, clean_names, lesson_holds, taught_by_user, users_name
from trucewatch.reading.document import Document, Name
from trucewatch.reading.usertable import Match, Told


def taught(doc: Document) -> Document:
    """Put names as the user's names file says, and leave alone the words that it says to."""
    table = doc.lexicon.taught
    if table is None:
        return doc
    forbidden = {
        i
        for match in table.forbidden(doc.tokens)
        if match.what.theatre is None or at_hand(doc, match.first, {match.what.theatre})
        for i in range(match.first, match.last + 1)
    }
    matches = table.lessons(doc.tokens, lambda m: lesson_holds(doc, m), ("spelling", "heard"))
    if not forbidden and not matches:
        return doc
    clean = clean_names(doc)
    heard = [m for m in matches if m.what.lesson.how == "heard" and not any(_yields_to(m, name) for name in clean)]
    placed = [users_name(doc, match) for match in heard]
    placed += [n for n in clean if taught_by_user(n) and not any(_overlap(n, other) for other in placed)]
    firm = {i for name in placed for i in range(name.first, name.last + 1)}
    gone = [n for n in doc.names if n.recovered and not _clear_of(n, forbidden | firm)]
    kept = [*placed, *(n for n in doc.names if n not in gone and _clear_of(n, firm))]
    # What is spelled as known where a guess stood that is no longer made.
    kept += [n for n in clean if any(_overlap(n, g) for g in gone) and not any(_overlap(n, other) for other in kept)]
    doc.names = sorted(kept, key=lambda name: name.first)
    doc.suggested = [n for n in doc.suggested if _clear_of(n, forbidden | firm)]
    _leave(doc, forbidden | firm)
    return doc


def _yields_to(match: Match[Told], name: Name) -> bool:
    """Whether a mishearing gives way to a name that is spelled there: one that holds it and more, or is the user's."""
    if name.last < match.first or match.last < name.first:
        return False
    inside = name.first <= match.first and match.last <= name.last
    longer = name.last - name.first > match.last - match.first
    return (inside and longer) or (taught_by_user(name) and name.last - name.first >= match.last - match.first)


def _leave(doc: Document, words: set[int]) -> None:
    """Take back the corrections that touch some words."""
    gone = [first for first, (last, _) in doc.fixes.items() if not words.isdisjoint(range(first, last + 1))]
    for first in gone:
        del doc.fixes[first]
    spans = [(doc.tokens[i].start, doc.tokens[i].end) for i in words]
    doc.corrections = [c for c in doc.corrections if not any(c.start < end and start < c.end for start, end in spans)]


def _clear_of(name: Name, words: set[int]) -> bool:
    return words.isdisjoint(range(name.first, name.last + 1))


def _overlap(one: Name, other: Name) -> bool:
    return one.first <= other.last and other.first <= one.last
