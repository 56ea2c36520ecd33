"""Which theatre a transcript is about, and which one each stretch of it: worked out, with probabilities.

Stretches: names are signs of a theatre, and a bulletin goes from one to the next. Each word stands in one theatre; at
every word the story may change (oftener where a sentence or a turn begins); a name is seen where one of its theatres
is told of more easily than elsewhere. What is likeliest at each word follows by forward and backward sums over the names.

The transcript: a theatre's share of the names that stand, those put right by ear among them, their number, how likely it is
in the first words, the theatre's own cue words, and whether the transcript is of its period, weighed by ``theatres.json``
(``training/train_theatres.py``) against every other theatre, and against none of them: then only the names of the built-in
world count, and the reading says so.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import numpy as np
import numpy.typing as npt

from trucewatch.reading.document import BREAK_SENTENCE, Document, Token, fold
from trucewatch.reading.resources import resource
from trucewatch.theatre import Entity

MODEL = "theatres.json"
FEATURES = ("share", "names", "cues", "period", "lead")

Vote = tuple[int, str, float]
"""A word, a theatre that a name there speaks for, and how strongly (0 to 1)."""

# By the share of names in round-ups of train/ that fall into a theatre which holds them; within a name or two for values around them.
_CHANGE, _AT_SENTENCE = 0.03, 3.0  # how likely the story changes at a word, and how much likelier at a sentence's start
_SPEAKS = 6.0  # log-odds that a name speaks for a theatre that alone has it
_AHEAD = 1.0  # power of a theatre's share in the whole as its chance in a new story
_LEAST = 0.3  # a theatre's votes before any is cast
_ABROAD = 0.15  # what a state speaks for the wars of others that it has a part in, against its own
_LEAD = 60  # words in which a bulletin says what it is about
# The least words, and the least probability, of a stretch that a reading tells of: by train/, where 19 of 20 round-ups are
# told so then, and 54 of the 254 other transcripts (112 from 12 words on).
_TOLD, _SURE = 30, 0.6
_STANDS_OUT = 0.35  # probability from which a theatre is the one at a word


@dataclass(frozen=True, slots=True)
class Stretches:
    """``keys`` are the theatres voted for; ``near`` (words, keys) how likely each is at each word."""

    keys: tuple[str, ...]
    near: npt.NDArray[np.float64]

    def local(self) -> list[str | None]:
        """The theatre at each word, None where none stands out."""
        if not self.keys:
            return [None] * len(self.near)
        best = self.near.argmax(axis=1)
        top = self.near[np.arange(len(best)), best]
        return [self.keys[k] if p > _STANDS_OUT else None for k, p in zip(best.tolist(), top.tolist(), strict=True)]


def stretches(tokens: Sequence[Token], votes: Sequence[Vote]) -> Stretches:
    """How likely each theatre is at each word, by votes in any order."""
    n = len(tokens)
    keys = tuple(sorted({theatre for _, theatre, _ in votes}))
    if not keys or not n:
        return Stretches((), np.zeros((n, 0)))
    place = {key: k for k, key in enumerate(keys)}
    cast: dict[int, npt.NDArray[np.float64]] = {}
    for word, theatre, weight in votes:
        cast.setdefault(word, np.zeros(len(keys)))[place[theatre]] += weight
    at = np.array(sorted(cast), dtype=np.int64)  # the words with a name, of shape (names,)
    seen = np.array([cast[word] for word in at.tolist()])
    total = seen.sum(axis=0) + _LEAST
    ahead = (total / total.sum()) ** _AHEAD
    ahead /= ahead.sum()
    signs = np.exp(_SPEAKS * (seen - seen.max(axis=1, keepdims=True)))
    change = np.array([_CHANGE * (_AT_SENTENCE if t.brk >= BREAK_SENTENCE else 1.0) for t in tokens])
    stays = np.cumsum(np.log1p(-change))  # log-probability of no change from the start to each word
    forward, backward = np.zeros(seen.shape), np.ones(seen.shape)
    for j in range(len(at)):
        before = ahead if j == 0 else _after(forward[j - 1], float(stays[at[j]] - stays[at[j - 1]]), ahead)
        forward[j] = before * signs[j]
        forward[j] /= forward[j].sum()
    for j in range(len(at) - 2, -1, -1):
        told = signs[j + 1] * backward[j + 1]
        stay = math.exp(float(stays[at[j + 1]] - stays[at[j]]))
        backward[j] = stay * told + (1 - stay) * float(ahead @ told)
        backward[j] /= backward[j].sum()
    last = np.searchsorted(at, np.arange(n), side="right") - 1  # the last name at or before each word
    held, following = np.maximum(last, 0), np.minimum(last + 1, len(at) - 1)
    kept = np.exp(stays - stays[at[held]])[:, None]
    left = np.where((last >= 0)[:, None], kept * forward[held] + (1 - kept) * ahead, ahead)
    told = signs[following] * backward[following]
    kept = np.exp(np.minimum(0.0, stays[at[following]] - stays))[:, None]
    right = np.where((last + 1 < len(at))[:, None], kept * told + (1 - kept) * (told @ ahead)[:, None], 1.0)
    near = left * right
    return Stretches(keys, near / near.sum(axis=1, keepdims=True))


def _after(before: npt.NDArray[np.float64], stays: float, ahead: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    stay = math.exp(stays)
    return stay * before + (1 - stay) * ahead


# ---------------------------------------------------------------- the whole transcript


def name_votes(doc: Document) -> list[Vote]:
    """The names that stand, each for the theatres that hold it: less for each the more they are; a state for its own."""
    votes: list[Vote] = []
    for name in doc.names:
        entity, homes = name.entity, _homes(doc, name.entity)
        own = (
            doc.lexicon.mains.get(entity.country or "")
            if entity.feature == "country" or entity.klass == "state"
            else None
        )
        for theatre in sorted(homes | ({own} if own else set())):
            weight = 1.0 if theatre == own else _ABROAD if own else 1.0 / len(homes) ** 0.7
            votes.append((name.first, theatre, name.confidence * weight))
    return votes


def _homes(doc: Document, entity: Entity) -> set[str]:
    """The theatres that hold an entity, or the same place under an id of their own."""
    homes = set(doc.lexicon.home.get(entity.id, ()))
    if entity.kind in ("place", "facility", "road"):
        for entry in doc.lexicon.entries(fold(entity.name)):
            if entry.entity.kind == entity.kind and entry.entity.country == entity.country:
                homes |= doc.lexicon.home.get(entry.entity.id, set())
    return homes


def features(doc: Document, votes: Sequence[Vote], told: Stretches) -> dict[str, list[float]]:
    """What speaks for each theatre of the lexicon, in the order of ``FEATURES``."""
    lead = dict(zip(told.keys, told.near[:_LEAD].mean(axis=0).tolist(), strict=True)) if told.keys else {}
    counted: dict[str, float] = defaultdict(float)
    for _, theatre, weight in votes:
        counted[theatre] += weight
    total = sum(counted.values()) or 1.0
    text = f" {' '.join(token.norm for token in doc.tokens)} "
    day = doc.transcript.air_date
    out = {}
    for known in doc.lexicon.theatres.values():
        first, last = known.period
        inside = day is None or ((first is None or day >= first) and (last is None or day <= last))
        cues = sum(f" {cue} " in text for cue in known.cues)
        names = counted[known.id]
        out[known.id] = [names / total, math.log1p(names), math.log1p(cues), float(inside), lead.get(known.id, 0.0)]
    return out


@lru_cache(maxsize=1)
def _weights() -> tuple[list[float], float]:
    data = json.loads(resource(MODEL).read_text(encoding="utf-8"))
    return [float(data["weights"][name]) for name in FEATURES], float(data["none"])


def probabilities(found: dict[str, list[float]], weights: Sequence[float], none: float) -> dict[str | None, float]:
    """The probability of each theatre, and under None that it is none of them; they add up to 1."""
    odds: dict[str | None, float] = {None: none}
    odds |= {key: sum(w * x for w, x in zip(weights, row, strict=True)) for key, row in found.items()}
    top = max(odds.values())
    likely = {key: math.exp(value - top) for key, value in odds.items()}
    total = sum(likely.values())
    return {key: value / total for key, value in likely.items()}


def likeliest(doc: Document) -> list[tuple[str | None, float]]:
    """Theatres by probability, None among them for none; what the step ``names`` saw where ``theatres`` is off."""
    chances: dict[str | None, float] = doc.chances or dict(doc.theatres)
    return sorted(chances.items(), key=lambda item: (-item[1], item[0] or ""))


def chosen(doc: Document) -> str | None:
    """The theatre that a transcript is about; None where none of them is likelier."""
    best = likeliest(doc)
    return best[0][0] if best else None


def theatres(doc: Document) -> Document:
    """Step ``theatres``: settle the transcript's theatre and the theatre of each stretch, by all names that stand."""
    if doc.theatre is not None:
        doc.chances = {doc.theatre: 1.0}
        return doc
    votes = name_votes(doc)
    told = stretches(doc.tokens, votes)
    doc.chances = probabilities(features(doc, votes, told), *_weights())
    doc.local_theatre = told.local()
    doc.stretches = _runs(told)
    return doc


def _runs(told: Stretches) -> list[tuple[int, int, str, float]]:
    """``(first word, last word, theatre, mean probability)`` of each run of words in one theatre that is worth telling.

    A few words, or words hardly likelier to be of one theatre than another, belong to what is told around them.
    """
    runs: list[tuple[int, int, str, float]] = []
    at = 0
    for theatre, run in groupby(told.local()):
        end = at + len(list(run))
        if theatre is not None:
            sure = float(told.near[at:end, told.keys.index(theatre)].mean())
            if runs and runs[-1][2] == theatre:
                first, last, _, before = runs[-1]
                share = (last - first + 1) / (last - first + 1 + end - at)
                runs[-1] = (first, end - 1, theatre, share * before + (1 - share) * sure)
            elif end - at >= _TOLD and sure >= _SURE:
                runs.append((at, end - 1, theatre, sure))
        at = end
    return runs
