"""Learn what recognisers hear for what: ``src/trucewatch/reading/data/phone_costs.npz``.

Misheard names of the training transcripts are aligned with how the name is said (the nearest of its spellings), and the
costs of hearing one phone for another, of losing one and of hearing one too many are re-estimated from the alignments, as
log-probabilities shrunk towards costs made by hand from how the sounds are formed. Half of either is kept: with that the
right name leads all names of the theatres at hand in 86% of held-out misheard names, with hand-made costs alone in 82%.

    python training/train_phones.py            # prints held-out ranks; writes the costs

Data: ``benchmarks/gold/train``. Run it before ``train_sounds.py``.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from common import DATA, FOLDS, GOLD, examples, fold, garbled_mentions
from trucewatch.reading import phones as ph
from trucewatch.reading.cleannames import names
from trucewatch.reading.document import Document
from trucewatch.reading.lexicon import lexicon
from trucewatch.reading.numbers import numbers
from trucewatch.reading.soundindex import MAX_PHONES, SoundIndex, sound_index
from trucewatch.reading.sounds import theatres_at_hand
from trucewatch.reading.words import words

SHRINK = 20.0  # how many sightings of a phone the hand-made costs are worth
SCALE = 0.2  # from log-probabilities to the hand-made costs' scale
PRIOR = 0.3  # hand-made costs as log-probabilities: exp(-cost / PRIOR)
SHARE = 0.5  # of what is learned; the rest is made by hand
ALIKE = 0.45  # pairs less alike than this teach nothing
ROUNDS = 3

# ---------------------------------------------------------------- costs made by hand

_PLACE = {
    p: i
    for i, group in enumerate(("P B M W F V", "TH DH T D N S Z L R", "SH ZH CH JH Y", "K G NG", "HH"))
    for p in group.split()
}
_MANNER = {
    p: name
    for name, group in {
        "stop": "P B T D K G",
        "fricative": "F V TH DH S Z SH ZH HH",
        "affricate": "CH JH",
        "nasal": "M N NG",
        "liquid": "L R",
        "glide": "W Y",
    }.items()
    for p in group.split()
}
_VOICED = {"B", "D", "G", "V", "DH", "Z", "ZH", "JH", "M", "N", "NG", "L", "R", "W", "Y"}
_HEIGHT = {
    "IY": 0,
    "IH": 1,
    "UW": 0,
    "UH": 1,
    "EY": 2,
    "EH": 3,
    "ER": 3,
    "AH": 3,
    "OW": 2,
    "AO": 4,
    "AE": 5,
    "AA": 5,
    "AY": 4,
    "AW": 4,
    "OY": 3,
}
_BACK = {
    "IY": 0,
    "IH": 0,
    "EY": 0,
    "EH": 0,
    "AE": 1,
    "AY": 1,
    "ER": 2,
    "AH": 2,
    "AA": 3,
    "AW": 3,
    "AO": 4,
    "OW": 4,
    "OY": 4,
    "UH": 4,
    "UW": 4,
}
_CLOSE = {
    frozenset(p): c
    for p, c in {
        ("HH", "K"): 0.45,
        ("S", "Z"): 0.12,
        ("T", "D"): 0.2,
        ("N", "NG"): 0.2,
        ("M", "N"): 0.35,
        ("K", "G"): 0.25,
        ("P", "B"): 0.25,
        ("S", "SH"): 0.3,
        ("JH", "ZH"): 0.2,
        ("JH", "CH"): 0.25,
        ("F", "V"): 0.25,
        ("TH", "T"): 0.25,
        ("TH", "S"): 0.4,
        ("DH", "D"): 0.25,
        ("DH", "Z"): 0.4,
        ("V", "B"): 0.45,
        ("V", "W"): 0.4,
        ("L", "R"): 0.55,
        ("SH", "CH"): 0.3,
        ("Z", "ZH"): 0.3,
        ("Y", "JH"): 0.5,
        ("TH", "F"): 0.4,
        ("G", "JH"): 0.5,
    }.items()
}
_GONE = {
    "HH": 0.3,
    "Y": 0.35,
    "W": 0.5,
    "R": 0.5,
    "T": 0.65,
    "D": 0.65,
    "L": 0.7,
    "N": 0.75,
    "ER": 0.5,
    "AH": 0.25,
    "IH": 0.35,
}


def _substitution(a: str, b: str) -> float:
    if a == b:
        return 0.0
    if a in _HEIGHT and b in _HEIGHT:
        return min(0.08 + 0.06 * abs(_HEIGHT[a] - _HEIGHT[b]) + 0.05 * abs(_BACK[a] - _BACK[b]), 0.5)
    if a in _HEIGHT or b in _HEIGHT:
        pair = {a, b}
        if pair in ({"UW", "W"}, {"IY", "Y"}, {"ER", "R"}, {"UH", "W"}, {"OW", "W"}, {"IH", "Y"}):
            return 0.3
        return 1.1
    close = _CLOSE.get(frozenset((a, b)))
    if close is not None:
        return close
    cost = (
        0.35 * (_MANNER[a] != _MANNER[b])
        + 0.2 * min(abs(_PLACE[a] - _PLACE[b]), 3)
        + 0.15 * ((a in _VOICED) != (b in _VOICED))
    )
    return min(max(cost, 0.3), 1.0)


def _gone(p: str) -> float:
    return _GONE.get(p, 0.4 if p in _HEIGHT else 0.85)


def by_hand() -> ph.Costs:
    """Costs from how sounds are formed: place, manner and voice of consonants, height and backness of vowels."""
    plain = ["R" if p == ph.CODA_R else p for p in ph.PHONES]
    # A phone never stands for padding: it must be lost, at its own cost.
    costs = np.array([[_substitution(a, b) if "_" not in (a, b) else 9.0 * (a != b) for b in plain] for a in plain])
    gone = np.array([_gone(p) if p != "_" else 0.0 for p in plain])
    coda = ph.INDEX[ph.CODA_R]
    vowels = [ph.INDEX[v] for v in ph.VOWELS]
    gone[coda] = 0.1
    costs[coda, vowels] = np.minimum(costs[coda, vowels], 0.5)
    costs[vowels, coda] = costs[coda, vowels]
    return ph.Costs(costs, gone, gone)


@dataclass(frozen=True, slots=True)
class Pair:
    """A misheard name: what was heard (encoded), the names at hand, which of their sounds are right."""

    fold: int
    heard: np.ndarray
    index: SoundIndex
    right: list[int]
    entities: set[str]


def pairs() -> list[Pair]:
    """The misheard names of the training transcripts whose name is known to the theatres at hand."""
    book = lexicon()
    spelled: dict[str, set[str]] = defaultdict(set)
    for theatre in [book.world, *book.theatres.values()]:
        for entity in theatre.entities:
            for name in (entity.name, *entity.spellings, *entity.forces, *entity.acronyms, *entity.adjectives):
                spelled[fold(name)].add(entity.id)
    out = []
    for example in examples(GOLD / "train"):
        doc = names(numbers(words(Document(example.transcript, book))))
        index = sound_index(book, theatres_at_hand(doc))
        for first, last, right, mention in garbled_mentions(doc, example.gold):
            ids = {i for r in right for i in spelled.get(r, ())}
            sounds = [k for i in sorted(ids) for k in index.of_entity(i)]
            said = tuple(p for t in doc.tokens[first : last + 1] for p in ph.token_phones(t.norm, t.dotted))
            if mention["kind"] != "person" and sounds and 0 < len(said) < MAX_PHONES:
                out.append(Pair(example.fold, ph.pad([ph.encode(said)], MAX_PHONES)[0], index, sounds, ids))
    return out


def align(heard: list[int], said: list[int], by: ph.Costs) -> list[tuple[int, int]]:
    """The cheapest alignment as pairs (heard, said), 0 where one side has nothing."""
    table = np.zeros((len(heard) + 1, len(said) + 1))
    table[1:, 0] = np.cumsum(by.extra[heard])
    table[0, 1:] = np.cumsum(by.lost[said])
    for i, a in enumerate(heard, 1):
        for j, b in enumerate(said, 1):
            table[i, j] = min(
                table[i - 1, j - 1] + by.substitution[a, b], table[i - 1, j] + by.extra[a], table[i, j - 1] + by.lost[b]
            )
    i, j = len(heard), len(said)
    out = []
    while i or j:
        if i and j and np.isclose(table[i, j], table[i - 1, j - 1] + by.substitution[heard[i - 1], said[j - 1]]):
            out.append((heard[i - 1], said[j - 1]))
            i, j = i - 1, j - 1
        elif i and np.isclose(table[i, j], table[i - 1, j] + by.extra[heard[i - 1]]):
            out.append((heard[i - 1], 0))
            i -= 1
        else:
            out.append((0, said[j - 1]))
            j -= 1
    return out


def likeness(pair: Pair, codes: np.ndarray, by: ph.Costs) -> np.ndarray:
    """How alike the heard phones are to each of some names."""
    heard = np.repeat(pair.heard[None], len(codes), 0)
    return 1 - ph.distances(heard, codes, by) / np.maximum(ph.weight(heard, by), ph.weight(codes, by))


def learn(data: list[Pair], hand: ph.Costs) -> ph.Costs:
    """Costs estimated from alignments under the costs of the round before, mixed with the hand-made ones."""
    by, n = hand, len(ph.PHONES)
    diagonal = np.arange(n)
    prior = np.exp(-np.vstack([hand.lost[None], hand.substitution[1:]]) / PRIOR)  # heard (0: lost) given said
    prior[:, 0] = 0
    prior /= np.maximum(prior.sum(0, keepdims=True), 1e-9)
    for _ in range(ROUNDS):
        counts = np.zeros((n, n))
        for pair in data:
            codes = pair.index.codes(pair.right)
            alike = likeness(pair, codes, by)
            best = int(np.argmax(alike))
            if alike[best] >= ALIKE:
                for a, b in align([x for x in pair.heard if x], [x for x in codes[best] if x], by):
                    counts[a, b] += 1
        given = (counts + SHRINK * prior) / (counts.sum(0, keepdims=True) + SHRINK)
        extra = (counts[:, 0] + SHRINK * 0.02) / (counts[1:, 1:].sum() + SHRINK)
        cost = np.clip(
            -SCALE * np.log(np.maximum(given, 1e-6) / np.maximum(given[diagonal, diagonal], 1e-3)[None, :]), 0, 1.2
        )
        lost = np.clip(cost[0], 0.08, 1.0)
        cost[0], cost[:, 0] = 9.0, 9.0
        cost[diagonal, diagonal] = 0.0
        more = np.clip(-SCALE * 0.8 * np.log(3 * np.maximum(extra, 1e-5)), 0.08, 1.0)
        lost[0] = more[0] = 0.0
        by = ph.Costs(cost, more, lost)
    return ph.Costs(
        SHARE * by.substitution + (1 - SHARE) * hand.substitution,
        SHARE * by.extra + (1 - SHARE) * hand.extra,
        SHARE * by.lost + (1 - SHARE) * hand.lost,
    )


def ranks(data: list[Pair], by: ph.Costs) -> tuple[float, float]:
    """Shares of pairs whose right name leads, or is among the first three, of all names at hand."""
    first = third = 0
    for pair in data:
        everything = list(range(len(pair.index)))
        score = likeness(pair, pair.index.codes(everything), by) + np.array([pair.index.prior(k) for k in everything])
        seen: list[str] = []
        for k in np.argsort(-score)[:80]:
            entity = pair.index.sound(k).entry.entity.id
            if entity not in seen:
                seen.append(entity)
        first += seen[0] in pair.entities
        third += bool(set(seen[:3]) & pair.entities)
    return first / len(data), third / len(data)


def main() -> None:
    data, hand = pairs(), by_hand()
    print(f"{len(data)} misheard names; right name first, among three")
    found: dict[str, list[tuple[float, float]]] = {"by hand": [], "learned": []}
    for k in range(FOLDS):
        held = [p for p in data if p.fold == k]
        found["by hand"].append(ranks(held, hand))
        found["learned"].append(ranks(held, learn([p for p in data if p.fold != k], hand)))
    for how, rows in found.items():
        print(f"  {how:8} {np.mean([r[0] for r in rows]):.3f} {np.mean([r[1] for r in rows]):.3f}  (five-fold)")
    by = learn(data, hand)
    np.savez_compressed(DATA / ph.COSTS, substitution=by.substitution, extra=by.extra, lost=by.lost)


if __name__ == "__main__":
    main()
