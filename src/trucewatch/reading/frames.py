"""Frames: the words that can open a claim of each type, from ``data/frames.yaml``, found in a text.

A frame says what *may* open a claim; the scorer in ``claims.py`` decides with everything else it knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

import yaml

from trucewatch.reading.resources import resource

_VOWELS = "aeiou"
NEAR = 6  # words on either side in which an opening's company is looked for


@lru_cache(maxsize=1)
def _irregular() -> dict[str, tuple[str, ...]]:
    lines = resource("inflections.txt").read_text("utf-8").splitlines()
    return {word: tuple(forms) for word, *forms in (line.split() for line in lines if not line.startswith("#"))}


def inflections(word: str) -> set[str]:
    """All forms of an English verb or noun given in its base form ("shell" gives shells, shelled, shelling)."""
    if word in _irregular():
        return {word, *_irregular()[word]}
    if word.endswith("y") and word[-2:-1] not in _VOWELS:
        return {word, word[:-1] + "ies", word[:-1] + "ied", word + "ing"}
    if word.endswith("e"):
        return {word, word + "s", word + "d", word[:-1] + "ing"}
    if word.endswith(("s", "x", "ch", "sh", "z")):
        return {word, word + "es", word + "ed", word + "ing"}
    return {word, word + "s", word + "ed", word + "ing"}


def _noun_forms(phrase: str) -> set[str]:
    head, _, last = phrase.rpartition(" ")
    if last in {"dead", "injured", "wounded", "fighting", "shelling"}:
        forms = {last}
    elif last in _irregular():
        forms = {last, *(f for f in _irregular()[last] if f.endswith(("s", "men", "ren")))}
    elif last.endswith("y") and last[-2:-1] not in _VOWELS:
        forms = {last, last[:-1] + "ies"}
    elif last.endswith(("s", "x", "ch", "sh")):
        forms = {last, last + "es"}
    else:
        forms = {last, last + "s"}
    return {f"{head} {form}".strip() for form in forms}


def _phrase_forms(phrase: str) -> set[str]:
    options = [inflections(w[1:]) if w.startswith("~") else {w} for w in phrase.split()]
    out = {""}
    for option in options:
        out = {f"{left} {word}".strip() for left in out for word in option}
    return out


@dataclass(frozen=True, slots=True)
class Opening:
    """Words that open a claim: the type, how strong, which part of the frame named them, and what they ask for.

    ``requires``: words of which one must stand near, else the opening is weak. ``forbids``: words none of which may.
    ``row`` is the row of the frame's ``arguments`` that says where its arguments stand.
    """

    type: str
    strong: bool
    part: str
    requires: frozenset[str] = frozenset()
    forbids: frozenset[str] = frozenset()
    row: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """An opening found at tokens ``first`` to ``last`` (inclusive)."""

    first: int
    last: int
    opening: Opening


Frame = dict[str, Any]


@lru_cache(maxsize=1)
def frame_table() -> dict[str, Frame]:
    """The frames as written in the data file."""
    loaded: dict[str, Frame] = yaml.load(resource("frames.yaml").read_text("utf-8"), yaml.CSafeLoader)
    return loaded


@lru_cache(maxsize=1)
def _standing() -> dict[tuple[str, str], dict[str, frozenset[str]]]:
    return {
        (claim_type, row): {role: frozenset(places) for role, places in roles.items()}
        for claim_type, frame in frame_table().items()
        for row, roles in (frame.get("arguments") or {}).items()
    }


def expected_at(opening: Opening) -> dict[str, frozenset[str]]:
    """Where the arguments of an opening stand in the syntax, by role: subject, object, passive subject, passive by,
    possessive, modifier, or a preposition.
    """
    return _standing().get((opening.type, opening.row), {})


_PARTS = {"nouns", "phrases", "verbs"}


class Finder:
    """Finds the openings of a table of frames in text."""

    def __init__(self, table: dict[str, Frame]) -> None:
        self._openings: dict[str, dict[str, Opening]] = {}
        self._traps: dict[str, set[tuple[str, ...]]] = {}
        for claim_type, frame in table.items():
            self._read(claim_type, frame)
        self._longest = max(len(form.split()) for form in self._openings)

    def _read(self, claim_type: str, frame: Frame) -> None:
        requires, forbids = (_company(frame.get(key) or []) for key in ("requires", "forbids"))
        arguments = frame.get("arguments") or {}
        own = {folded(written): written for written in arguments}
        for part, forms_of in (
            ("nouns", _noun_forms),
            ("verbs", _verb_forms),
            ("phrases", _phrase_forms),
            ("weak", _weak_forms),
        ):
            row = part if part in arguments else "verbs"
            for written in frame.get(part) or []:
                key = folded(written)
                opening = Opening(
                    claim_type, part != "weak", part.removesuffix("s"), requires.get(key, frozenset()),
                    forbids.get(key, frozenset()), own.get(key) or row,
                )  # fmt: skip
                for form in forms_of(written):
                    self._add(folded(form), opening)
        for trap in frame.get("not") or []:
            for form in _phrase_forms(trap):
                words = tuple(folded(form).split())
                self._traps.setdefault(words[0], set()).add(words)

    def _add(self, form: str, opening: Opening) -> None:
        seen = self._openings.setdefault(form, {})
        other = seen.get(opening.type)
        if other is None or (opening.strong, opening.row not in _PARTS) > (other.strong, other.row not in _PARTS):
            seen[opening.type] = opening  # a strong one before a weak one, then one with a row of its own

    def find(self, norms: list[str]) -> Iterator[Hit]:
        """All openings in a list of folded words, the longest of a type at each place.

        None that has words of a phrase of ``not``, but one that holds the whole phrase ("hunger strike" for protest).
        """
        traps: list[tuple[int, int]] = []
        for i, word in enumerate(norms):
            known = self._traps.get(word, ())
            traps += [(i, i + len(trap) - 1) for trap in known if tuple(norms[i : i + len(trap)]) == trap]
        for i in range(len(norms)):
            seen: set[str] = set()
            for width in range(min(self._longest, len(norms) - i), 0, -1):
                found = self._openings.get(" ".join(norms[i : i + width]))
                last = i + width - 1
                if not found or any(a <= last and i <= b and not i <= a <= b <= last for a, b in traps):
                    continue
                for opening in found.values():
                    if opening.type in seen:
                        continue
                    seen.add(opening.type)
                    if (hit := _with_company(Hit(i, last, opening), norms)) is not None:
                        yield hit


def _with_company(hit: Hit, norms: list[str]) -> Hit | None:
    """The opening as the words around it leave it: weak without those that it requires, None with one that it forbids."""
    opening = hit.opening
    if not (opening.requires or opening.forbids):
        return hit
    around = {*norms[max(0, hit.first - NEAR) : hit.first], *norms[hit.last + 1 : hit.last + 1 + NEAR]}
    if not opening.forbids.isdisjoint(around):
        return None
    if opening.requires and opening.requires.isdisjoint(around):
        return Hit(hit.first, hit.last, replace(opening, strong=False))
    return hit


@lru_cache(maxsize=1)
def _finder() -> Finder:
    return Finder(frame_table())


def find_openings(norms: list[str]) -> Iterator[Hit]:
    """All openings in a list of folded words, by the packaged frames."""
    return _finder().find(norms)


def folded(written: str) -> str:
    """A phrase of the frames as it stands in a text's folded words."""
    return written.replace("-", " ").replace("'", "").replace("~", "")


def _verb_forms(verb: str) -> set[str]:
    """All forms of a verb and what follows it ("break off" gives broke off)."""
    first, _, rest = verb.partition(" ")
    return {f"{form} {rest}".strip() for form in inflections(first.removeprefix("~"))}


def _weak_forms(word: str) -> set[str]:
    if "~" in word:
        return _phrase_forms(word)
    return inflections(word) | _noun_forms(word)


def _company(rows: list[dict[str, Any]]) -> dict[str, frozenset[str]]:
    """The words near an opening that it requires or forbids, in all their forms, by opening."""
    out: dict[str, frozenset[str]] = {}
    for row in rows:
        forms = frozenset(form for word in row["words"].split() for form in _any_forms(word))
        out |= {folded(opening): forms for opening in row["openings"]}
    return out


@cache
def _any_forms(word: str) -> frozenset[str]:
    return frozenset(folded(form) for form in inflections(word) | _noun_forms(word))
