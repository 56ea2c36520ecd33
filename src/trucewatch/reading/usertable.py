"""What a user's names file says of a text: its spellings and mishearings found word by word.

Invariant: a text without any of the user's words costs one look-up a word, and a lexicon without a names file has no
table at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from trucewatch.reading.document import BREAK_TURN, Token, fold, tokenise
from trucewatch.theatre.model import Entity
from trucewatch.theatre.usernames import How, Lesson, Never

T = TypeVar("T")
Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """What stands at tokens ``first`` to ``last`` (inclusive)."""

    first: int
    last: int
    what: T


@dataclass(frozen=True, slots=True)
class Told:
    """One lesson and the entity that it is about."""

    lesson: Lesson
    entity: Entity


def keys(text: str) -> set[Words]:
    """A phrase as the words of a text may have it: folded, and as a caption's own words come out."""
    found = {tuple(fold(text).split()), tuple([token.norm for token in tokenise(text)])}
    return {words for words in found if words}


class _Phrases(Generic[T]):
    """Phrases to be found in running words. Of two for the same words the later holds."""

    def __init__(self, phrases: Iterable[tuple[str, T]]) -> None:
        by_words = {words: what for text, what in phrases for words in keys(text)}
        self.by_first: dict[str, list[tuple[Words, T]]] = defaultdict(list)
        for words, what in by_words.items():
            self.by_first[words[0]].append((words, what))

    def found(self, tokens: list[Token]) -> Iterator[Match[T]]:
        """Every place where a phrase stands, overlapping ones too; none runs over a turn."""
        for i, token in enumerate(tokens):
            for words, what in self.by_first.get(token.norm, ()):
                run = tokens[i : i + len(words)]
                if tuple([t.norm for t in run]) == words and all(t.brk < BREAK_TURN for t in run[1:]):
                    yield Match(i, i + len(words) - 1, what)


class UserTable:
    """The lessons and forbidden words of one names file, ready to be found."""

    def __init__(self, lessons: Iterable[tuple[Lesson, Entity]], never: Iterable[Never]) -> None:
        self._lessons = _Phrases((lesson.text, Told(lesson, entity)) for lesson, entity in lessons)
        self._never = _Phrases((row.text, row) for row in never)

    def lessons(
        self, tokens: list[Token], holds: Callable[[Match[Told]], bool], hows: tuple[How, ...]
    ) -> list[Match[Told]]:
        """The user's spellings and mishearings in a text that hold there: the longest first taken, none overlapping."""
        found = [m for m in self._lessons.found(tokens) if m.what.lesson.how in hows and holds(m)]
        out: list[Match[Told]] = []
        taken: set[int] = set()
        for match in sorted(found, key=lambda m: (m.first - m.last, m.what.lesson.how != "spelling", m.first)):
            span = range(match.first, match.last + 1)
            if taken.isdisjoint(span):
                taken.update(span)
                out.append(match)
        return sorted(out, key=lambda m: m.first)

    def forbidden(self, tokens: list[Token]) -> list[Match[Never]]:
        """Where the words stand that are never put right."""
        return list(self._never.found(tokens))
