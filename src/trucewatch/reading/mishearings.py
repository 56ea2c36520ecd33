"""Step ``mishearings``: ordinary words that the recogniser misheard, where it matters to what is claimed.

Three kinds: plain numbers written as money ("$200.00 people"), noughts for the letter o ("0ver"), and words that claims
hang on (strikes, raids, truce...) heard as something like-sounding that makes less sense where it stands.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache

import yaml

from trucewatch.reading import phones as ph
from trucewatch.reading.commonwords import common_words
from trucewatch.reading.document import BREAK_COMMA, BREAK_SENTENCE, Document
from trucewatch.reading.english import pronouncing, trigrams
from trucewatch.reading.model import Correction, Evidence
from trucewatch.reading.resources import resource

_NOUGHT = re.compile(r"^(?=.*[a-z])(?=.*0)[a-z0]+$")


@lru_cache(maxsize=1)
def _settings() -> dict[str, object]:
    loaded: dict[str, object] = yaml.safe_load(resource("mishearings.yaml").read_text("utf-8"))
    return loaded


@lru_cache(maxsize=1)
def _claim_words() -> dict[str, list[tuple[str, tuple[int, ...]]]]:
    """Words that claims hang on, with their sounds, by skeleton."""
    out: dict[str, list[tuple[str, tuple[int, ...]]]] = defaultdict(list)
    for word in str(_settings()["words"]).split():
        phones = ph.word_phones(word)
        out[ph.skeleton(phones)].append((word, ph.encode(phones)))
    return dict(out)


@lru_cache(maxsize=8192)
def _alike(heard: str) -> tuple[tuple[str, float], ...]:
    """Claim words that sound like what was heard (one word, or two run together), with the similarity (0 to 1)."""
    phones = tuple(p for w in heard.split() for p in ph.word_phones(w))
    if not 2 <= len(phones) <= 14:
        return ()
    code, out = ph.encode(phones), []
    skeleton = ph.skeleton(phones)
    for other, words in _claim_words().items():
        if abs(len(other) - len(skeleton)) > 1 or not _close(skeleton, other):
            continue
        for word, sound in words:
            if word in heard.split() or word == heard.replace(" ", ""):
                continue
            a, b = ph.pad([code], 16), ph.pad([sound], 16)
            share = 1 - float(ph.distances(a, b)[0]) / max(float(ph.weight(a)[0]), float(ph.weight(b)[0]))
            if share >= float(_settings()["similarity"]):  # type: ignore[arg-type]
                out.append((word, share))
    return tuple(sorted(out, key=lambda p: (-p[1], p[0]))[:3])


def _close(a: str, b: str) -> bool:
    if a == b:
        return True
    if len(a) == len(b):
        return sum(x != y for x, y in zip(a, b, strict=True)) <= 1
    short, long = sorted((a, b), key=len)
    return any(long[:k] + long[k + 1 :] == short for k in range(len(long)))


def mishearings(doc: Document) -> Document:
    """Put right what is clearly misheard; the raw text stays as it is."""
    named = {i for n in doc.names for i in range(n.first, n.last + 1)}
    for number in doc.numbers:
        token = doc.tokens[number.head]
        if number.mangled is not None and number.head not in named:
            _fix(
                doc,
                number.head,
                number.head,
                number.mangled,
                0.9,
                "figures",
                f"“{token.raw}” is a plain number written as money",
            )
    for token in doc.tokens:
        if token.i not in named and _NOUGHT.match(token.lower):
            read = token.lower.replace("0", "o")
            if read in common_words() or read in pronouncing():
                _fix(doc, token.i, token.i, read, 0.97, "letters", "a nought stands for the letter o")
    _by_sense(doc, named)
    doc.corrections.sort(key=lambda c: c.start)
    return doc


def _fix(doc: Document, first: int, last: int, read: str, confidence: float, kind: str, detail: str) -> None:
    doc.fixes[first] = (last, read)
    start, end = doc.tokens[first].start, doc.tokens[last].end
    why = (Evidence(kind=kind, detail=detail),)
    doc.corrections.append(
        Correction(start=start, end=end, heard=doc.raw[start:end], read=read, confidence=confidence, why=why)
    )


def gain(doc: Document, first: int, last: int, read: str) -> float:
    """How much better a word fits than tokens ``first`` to ``last`` (log-odds by the trigram model)."""
    lm = trigrams()
    tokens = doc.tokens
    left = [t.lower for t in tokens[max(0, first - 2) : first]] if tokens[first].brk < BREAK_SENTENCE else ["<s>"]
    right = []
    for j in range(last + 1, min(last + 3, len(tokens))):
        if tokens[j].brk >= BREAK_SENTENCE:
            break
        right.append(tokens[j].lower)

    def fit(middle: list[str]) -> float:
        run = [*left, *middle, *right]
        return sum(lm.log_prob(*run[max(0, i - 2) : i + 1]) for i in range(len(left), len(run)))

    return fit([read]) - fit([t.lower for t in tokens[first : last + 1]])


def _by_sense(doc: Document, named: set[int]) -> None:
    """Words heard as others: alike in sound, and the claim word fits better by far."""
    taken = set(doc.fixes)
    floor, pair = float(_settings()["gain"]), float(_settings()["pair"])  # type: ignore[arg-type]
    found: list[tuple[float, int, int, str, float]] = []
    for first in range(len(doc.tokens)):
        for last in (first, first + 1):
            if (
                last >= len(doc.tokens)
                or named & {first, last}
                or (last > first and doc.tokens[last].brk >= BREAK_COMMA)
            ):
                continue
            if any(doc.tokens[j].number for j in (first, last)):
                continue
            heard = " ".join(t.norm for t in doc.tokens[first : last + 1])
            if len(heard) < 4:
                continue
            for read, share in _alike(heard):
                better = gain(doc, first, last, read)
                if better + (share - 1) * float(_settings()["sound_weight"]) >= floor + (pair if last > first else 0):  # type: ignore[arg-type]
                    found.append((better, first, last, read, share))
    for better, first, last, read, share in sorted(found, key=lambda f: (-f[0], f[1])):
        if taken.isdisjoint(range(first, last + 1)):
            taken.update(range(first, last + 1))
            confidence = round(min(0.5 + better / 20, 0.95), 3)
            _fix(
                doc,
                first,
                last,
                read,
                confidence,
                "sound and sense",
                f"sounds {share:.2f} like “{read}”, which fits here e^{better:.1f} times better",
            )
