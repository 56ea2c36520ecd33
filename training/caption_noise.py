"""What captions do to words: names misheard, words lost and doubled, numbers in figures or in words, acronyms spelled out.

Names are misheard as the theatres' tables of known mishearings have them, or as ``garbler`` makes them up from the sounds.
Where a text has a parse its words stay one for one (a lost word would leave its dependents without a head); elsewhere a
name may become several words, an acronym its letters, a number its words.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from functools import lru_cache
from typing import Any

from caption_data import CAPITAL, LOWER, NOTHING, UNKNOWN, UPPER, Labelled
from garbler import misheard
from trucewatch.reading import phones as ph
from trucewatch.reading.lexicon import lexicon

NAMES, NUMBERS, LETTERS = 6.0, 8.0, 8.0  # how much likelier than any word a name, a number, an acronym is touched
WAYS = 3  # mishearings made up for a word
_SMALL = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen
"""
_UNITS = tuple(_SMALL.split())
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_FIGURES = {word: str(n) for n, word in enumerate(_UNITS) if n > 1} | {
    word: str(10 * n) for n, word in enumerate(_TENS) if word
}


def spoken(number: int) -> list[str]:
    """A number below a thousand million in words.

    >>> " ".join(spoken(2019)), " ".join(spoken(340)), " ".join(spoken(1_200_000))
    ('two thousand nineteen', 'three hundred and forty', 'one million two hundred thousand')
    """
    for size, word in ((1_000_000, "million"), (1000, "thousand")):
        if number >= size:
            rest = number % size
            return [*spoken(number // size), word, *(spoken(rest) if rest else [])]
    if number >= 100:
        rest = number % 100
        return [_UNITS[number // 100], "hundred", *(["and", *spoken(rest)] if rest else [])]
    if number >= 20:
        return [_TENS[number // 10], *([_UNITS[number % 10]] if number % 10 else [])]
    return [_UNITS[number]]


@lru_cache(maxsize=1)
def known() -> dict[str, list[list[str]]]:
    """Names of one word, in lower case, and what the theatres' tables say they were heard as."""
    out: dict[str, list[list[str]]] = defaultdict(list)
    for table in lexicon().mishearings.values():
        for heard, entity in table.items():
            for spelling in entity.spellings:
                if " " not in spelling:
                    out[spelling.lower()].append(heard.split())
    return dict(out)


@lru_cache(maxsize=100_000)
def made_up(word: str, way: int) -> tuple[str, ...]:
    """English words that sound like a word; the word itself where there are none. ``way`` draws another one."""
    said = ph.word_phones(word)
    if not 3 <= len(said) <= 14:
        return (word,)
    heard = misheard(ph.encode(said), [], random.Random(f"{word}/{way}"))
    return tuple(heard.split()) if heard else (word,)


def mishear(word: str, rng: random.Random) -> list[str]:
    """A name as it might be heard."""
    options = known().get(word)
    if options and rng.random() < 0.5:
        return list(rng.choice(options))
    return list(made_up(word, rng.randrange(WAYS)))


def captioned(doc: Labelled, rng: random.Random, noise: float) -> Labelled:
    """The document as a caption; ``noise`` is the share of words lost or doubled, names, numbers and acronyms more."""
    if noise <= 0:
        return doc
    parsed = any(head != UNKNOWN for head in doc.head)
    out = Labelled(doc.genre)
    owed: dict[str, int] = {}  # what a lost word's start leaves to the next
    for i, word in enumerate(doc.words):
        labels: dict[str, Any] = {kind: getattr(doc, kind)[i] for kind in ("mark", "case", "start", "turn")}
        labels |= {"tag": doc.tag[i], "head": doc.head[i], "relation": doc.relation[i]} | owed
        owed = {}
        new = _other(word, doc, i, rng, noise)
        if new is not None:
            _add(out, new[:1] if parsed else new, labels, case=LOWER if word[0].isdigit() else UNKNOWN)
            continue
        if not parsed and len(word) > 1 and doc.case[i] == UPPER and rng.random() < LETTERS * noise:
            _add(out, re.findall(r"[a-z]", word) or [word], labels, case=UPPER)
            continue
        if not parsed and rng.random() < noise:
            if rng.random() < 0.5 and doc.mark[i] == NOTHING:
                owed = {kind: 1 for kind in ("start", "turn") if labels[kind] == 1}
                continue
            out.add(word, **{**labels, "mark": NOTHING})
            labels["start"] = labels["turn"] = 0
        out.add(word, **labels)
    return out


def _other(word: str, doc: Labelled, i: int, rng: random.Random, noise: float) -> list[str] | None:
    """What stands in the caption for a word: a name misheard, a number written the other way; None: the word itself."""
    if doc.case[i] == CAPITAL and len(word) > 3 and word.isalpha():
        return mishear(word, rng) if rng.random() < NAMES * noise else None
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+|\d{1,6}", word):
        return spoken(int(word.replace(",", ""))) if rng.random() < NUMBERS * noise else None
    if word in _FIGURES:
        return [_FIGURES[word]] if rng.random() < NUMBERS * noise else None
    return None


def _add(out: Labelled, words: list[str], labels: dict[str, Any], case: int) -> None:
    """Words in place of one: the first has its start, the last its mark."""
    for k, word in enumerate(words):
        first, last = k == 0, k == len(words) - 1
        own = labels if first else {**labels, "start": 0, "turn": 0}
        out.add(word, **{**own, "mark": labels["mark"] if last else NOTHING, "case": case})
