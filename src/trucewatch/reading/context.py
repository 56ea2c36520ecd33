"""What stands around a word: slots for places, common words, and which theatre a stretch is about."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trucewatch.reading.commonwords import common_words
from trucewatch.reading.document import BREAK_SENTENCE, Document
from trucewatch.reading.lexicon import Found
from trucewatch.reading.theatrechoice import Vote, stretches

PLACE_PREPOSITIONS = frozenset(
    [
        "in",
        "at",
        "near",
        "around",
        "into",
        "across",
        "inside",
        "outside",
        "toward",
        "towards",
        "throughout",
        "through",
        "over",
        "above",
        "around",
        "between",
        "beyond",
        "along",
        "northern",
        "southern",
        "eastern",
        "western",
        "central",
        "north",
        "south",
        "east",
        "west",
        "northwest",
        "northeast",
        "southwest",
        "southeast",
        "northwestern",
        "northeastern",
        "southwestern",
        "southeastern",
        "downtown",
        "greater",
        "rural",
        "besieged",
        "occupied",
        "neighboring",
        "neighbouring",
        "leaving",
        "enter",
        "entered",
        "entering",
        "left",
        "reached",
        "reach",
    ]
)
_PLACE_HEADS = frozenset(
    [
        "town",
        "city",
        "village",
        "province",
        "governorate",
        "region",
        "district",
        "outskirts",
        "suburb",
        "suburbs",
        "edge",
        "edges",
        "north",
        "south",
        "east",
        "west",
        "port",
        "center",
        "centre",
        "streets",
        "skies",
        "countryside",
        "camp",
        "capital",
        "border",
        "people",
        "residents",
        "parts",
        "half",
        "heart",
        "gates",
        "enclave",
        "shores",
    ]
)
ACTING = frozenset(
    [
        "says",
        "said",
        "has",
        "had",
        "will",
        "would",
        "is",
        "was",
        "wants",
        "wanted",
        "denies",
        "denied",
        "accuses",
        "accused",
        "insists",
        "insisted",
        "blames",
        "blamed",
        "calls",
        "called",
        "sent",
        "sends",
        "agreed",
        "agrees",
        "backs",
        "backed",
        "warns",
        "warned",
        "rejects",
        "rejected",
        "announced",
        "may",
        "might",
        "can",
        "could",
        "must",
        "should",
        "does",
        "did",
        "did",
        "refuses",
        "refused",
        "supports",
        "also",
        "and",
        "promised",
        "claims",
        "claimed",
        "believes",
        "knows",
        "thinks",
        "considers",
        "hopes",
    ]
)
COPULAS = frozenset(
    [
        "has",
        "had",
        "will",
        "would",
        "is",
        "was",
        "may",
        "might",
        "can",
        "could",
        "must",
        "should",
        "does",
        "did",
        "also",
        "and",
        "knows",
    ]
)


def is_common_word(key: str) -> bool:
    """True where a folded word is also an ordinary English word."""
    return key in common_words()


def place_slot(doc: Document, i: int) -> bool:
    """Whether token ``i`` stands where English names a place ("in X", "the town of X", "northern X")."""
    if i == 0:
        return False
    previous = doc.tokens[i - 1].norm
    if doc.tokens[i].brk >= BREAK_SENTENCE:
        return False
    if previous == "the" and i > 1:
        previous = doc.tokens[i - 2].norm
        return previous in {"in", "into", "across", "inside", "throughout"}
    if previous in PLACE_PREPOSITIONS:
        return True
    if previous == "of" and i > 1:
        return doc.tokens[i - 2].norm in _PLACE_HEADS
    return (
        previous in {"from", "to"}
        and i > 1
        and doc.tokens[i - 2].norm
        in {
            "fled",
            "moved",
            "went",
            "returned",
            "back",
            "kilometers",
            "kilometres",
            "miles",
            "road",
            "way",
            "flee",
            "go",
            "withdraw",
            "withdrawal",
            "came",
            "come",
            "north",
            "south",
            "east",
            "west",
            "travelled",
            "driven",
            "bused",
            "withdrew",
            "route",
            "highway",
            "flights",
            "close",
            "flew",
            "moving",
            "refugees",
        }
    )


@dataclass(frozen=True, slots=True)
class Field:
    """How strongly each of ``keys`` (theatres or countries) speaks at each token, and in the whole.

    ``near`` holds each key's share at each token, shape (tokens, keys); ``shares`` its share in the transcript.
    """

    keys: dict[str, int]
    near: npt.NDArray[np.float64]
    shares: dict[str, float]

    def at(self, i: int, key: str | None) -> float:
        """The share (0 to 1) of a key at token ``i``; 0 where it is not spoken for."""
        column = self.keys.get(key or "")
        return float(self.near[i, column]) if column is not None else 0.0


@dataclass(frozen=True, slots=True)
class TheatreWeights:
    """Which theatres a transcript is about, with their shares, and the one at each token (None: none stands out).

    ``country`` is the country at each token; ``theatres`` and ``countries`` say how strongly each speaks there.
    """

    overall: list[tuple[str, float]]
    local: list[str | None]
    country: list[str | None]
    theatres: Field
    countries: Field


# Words on either side that speak for the country at a word; one with a half-life of 60 words serves round-ups on train/.
_HALF_LIFE = 60.0
_DOC_SHARE = 0.25


def theatre_weights(doc: Document, found: list[Found]) -> TheatreWeights:
    """Weigh theatres by the clean names, each counting for those that own it: in the whole, and stretch by stretch."""
    names = list(doc.lexicon.theatres)
    _, countries, of_countries = _fading(doc, [(item.first, c, w) for item in found for c, w in _country_votes(item)])
    if doc.theatre is not None and doc.theatre in names:
        mains = set(doc.lexicon.theatres[doc.theatre].countries)
        main = doc.lexicon.theatres[doc.theatre].countries[0] if mains else None
        kept = [c if c in mains else main for c in countries]
        only = Field({doc.theatre: 0}, np.ones((len(doc.tokens), 1)), {doc.theatre: 1.0})
        return TheatreWeights([(doc.theatre, 1.0)], [doc.theatre] * len(doc.tokens), kept, only, of_countries)
    votes = [(item.first, t, w) for item in found for t, w in _votes(doc, item).items()]
    told = stretches(doc.tokens, votes)
    local = told.local()
    shares = _shares(votes)
    field = Field({key: k for k, key in enumerate(told.keys)}, told.near, dict(shares))
    return TheatreWeights(shares, local, _at_home(doc, local, countries), field, of_countries)


def _shares(votes: list[Vote]) -> list[tuple[str, float]]:
    """Each theatre's share of the votes, the largest first; none where there are no votes."""
    total: dict[str, float] = defaultdict(float)
    for _, theatre, weight in votes:
        total[theatre] += weight
    whole = sum(total.values())
    return sorted(((t, w / whole) for t, w in total.items() if w > 0), key=lambda p: (-p[1], p[0]))


def _at_home(doc: Document, local: list[str | None], countries: list[str | None]) -> list[str | None]:
    """The country at each word: one of the theatre's own where there is a theatre, its first failing that."""
    out: list[str | None] = []
    for theatre, country in zip(local, countries, strict=True):
        own = doc.lexicon.theatres[theatre].countries if theatre else ()
        out.append(country if not own or country in own else own[0])
    return out


def _fading(
    doc: Document, points: list[tuple[int, str, float]]
) -> tuple[list[tuple[str, float]], list[str | None], Field]:
    """Shares of what is voted for, the strongest at each token (None where nothing is near), and how strong each is there.

    Votes fade with distance.
    """
    n = len(doc.tokens)
    keys = sorted({key for _, key, _ in points})
    if not keys or not n:
        return [], [None] * n, Field({}, np.zeros((n, 0)), {})
    index = {key: k for k, key in enumerate(keys)}
    total = np.zeros(len(keys))
    field = np.zeros((n, len(keys)))
    where = np.arange(n)
    for at, key, weight in points:
        total[index[key]] += weight
        field[:, index[key]] += weight * np.exp2(-np.abs(where - at) / _HALF_LIFE)
    if total.sum() == 0:
        return [], [None] * n, Field({}, np.zeros((n, 0)), {})
    field += _DOC_SHARE * total * (total / total.sum())
    best = field.argmax(axis=1)
    top = field[where, best]
    local = [keys[k] if weight > 0.35 else None for k, weight in zip(best.tolist(), top.tolist(), strict=True)]
    shares = _shares(points)
    near = field / np.maximum(field.sum(axis=1, keepdims=True), 1e-9)
    return shares, local, Field(index, near, dict(shares))


# States that act in many wars speak little for where a war is.
_EVERYWHERE = frozenset({"US", "GB", "FR", "RU", "CN", "DE"})


def _country_votes(item: Found) -> list[tuple[str, float]]:
    """The countries that a spelling speaks for."""
    if (
        " " not in item.key
        and is_common_word(item.key)
        and not any(e.how in {"adjective", "people"} for e in item.entries)
    ):
        return []
    codes = {e.entity.country for e in item.entries if e.entity.country and e.how not in {"generic", "surname"}}
    return (
        [(code, (0.3 if code in _EVERYWHERE else 1.0) / len(codes)) for code in sorted(codes)] if len(codes) < 4 else []
    )


def _votes(doc: Document, item: Found) -> dict[str, float]:
    """How much a spelling speaks for each theatre that may own it."""
    votes: dict[str, float] = defaultdict(float)
    lexicon = doc.lexicon
    hard = [e for e in item.entries if e.how not in {"generic", "surname"}]
    if not hard or (" " not in item.key and is_common_word(item.key)):
        return votes
    owners: set[str] = set()
    for entry in hard:
        entity = entry.entity
        if entity.feature == "country" or entity.klass == "state":
            main = lexicon.mains.get(entity.country or "")
            if main:
                votes[main] = max(votes[main], 1.0)
        elif entry.how == "capital" and entity.country in lexicon.mains:
            votes[lexicon.mains[entity.country]] = 0.8
        elif entry.theatre != "world":
            owners.add(entry.theatre)
    for theatre in owners:
        votes[theatre] = max(votes[theatre], 1.0 / len(owners) ** 0.7)
    return votes
