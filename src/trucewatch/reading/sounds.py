"""Step ``sounds``: names that the recogniser misheard, found by sound and judged by sense.

Every run of one to five words is compared, word boundaries ignored, with how the names of the theatres at hand are said;
what sounds alike is then weighed: how odd the heard words are where they stand against a name of that kind, the company
they keep, whether the name belongs to this theatre or is heard clean elsewhere in the transcript, an acronym that spells
it out. The judge is a set of boosted trees trained on the training transcripts (``training/train_sounds.py``). Every
recovery carries its runners-up and its reasons, each with what it adds: the log-odds lost when it is taken away.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from trucewatch.reading import phones as ph
from trucewatch.reading.cleannames import role_of_state, shown
from trucewatch.reading.commonwords import common_words
from trucewatch.reading.context import place_slot
from trucewatch.reading.document import BREAK_COMMA, BREAK_SENTENCE, BREAK_TURN, Document, Name
from trucewatch.reading.english import trigrams
from trucewatch.reading.lexicon import Found
from trucewatch.reading.model import Candidate, Evidence
from trucewatch.reading.resources import resource
from trucewatch.reading.soundindex import MAX_PHONES, Sound, SoundIndex, sound_index
from trucewatch.reading.trees import Floats, Trees, load_trees

MODEL = "sounds.npz"
MAX_WORDS = 4
# Least similarity worth judging, and for a window that holds a name foreign to the theatre ("Italy" in Syria); below these
# hardly any misheard name of train/ is recovered rightly.
MIN_SIMILARITY, MIN_OVER_NAME = 0.66, 0.62
SURPRISE = 10.0  # a word less likely than e^-10 after the two before it counts as odd
RIVALS = 3  # names judged for each window
# A name spelled out by the acronym after it ("... or HTS"): too rare in train/ to be weighed, sure enough to be a rule.
SPELLED_OUT, SPELLED_LIKENESS = 0.9, 0.3
# A mishearing that the theatre's data knows, standing where such a name does (in a place slot, in fitting company, or where
# a name fits better by this log-odds): a rule too, since a table of them would teach a judge to trust the table.
KNOWN, _FITS = 0.85, 1.0
_PROXIES = {
    "place": ("baghdad", "lebanon"),
    "actor": ("israel", "iraqi"),
    "organisation": ("nato", "unicef"),
    "facility": ("airport", "hospital"),
    "road": ("highway",),
    "agreement": ("treaty",),
    "person": ("clinton", "saddam"),
}
_COMPANY_AFTER = {
    "place": {
        "province",
        "city",
        "town",
        "district",
        "airport",
        "governorate",
        "region",
        "border",
        "camp",
        "residents",
        "countryside",
        "state",
        "village",
        "road",
    },
    "actor": {
        "forces",
        "regime",
        "government",
        "army",
        "troops",
        "fighters",
        "soldiers",
        "leader",
        "leaders",
        "militia",
        "rebels",
        "jets",
        "officials",
        "military",
        "police",
        "says",
        "said",
        "movement",
        "group",
        "led",
        "backed",
        "men",
        "units",
        "commanders",
        "president",
        "minister",
    },
}
_COMPANY_BEFORE = {
    "place": {
        "in",
        "near",
        "of",
        "from",
        "around",
        "southern",
        "northern",
        "eastern",
        "western",
        "outside",
        "to",
        "at",
        "towards",
        "into",
        "across",
        "inside",
    },
    "actor": {
        "president",
        "by",
        "with",
        "against",
        "between",
        "and",
        "the",
        "pro",
        "anti",
        "fighters",
        "forces",
        "from",
    },
}
FUNCTION = frozenset(
    [
        "the",
        "a",
        "an",
        "and",
        "or",
        "but",
        "of",
        "in",
        "on",
        "at",
        "to",
        "for",
        "from",
        "by",
        "with",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "it",
        "its",
        "this",
        "that",
        "these",
        "those",
        "he",
        "she",
        "they",
        "we",
        "you",
        "i",
        "his",
        "her",
        "their",
        "our",
        "my",
        "not",
        "no",
        "so",
        "as",
        "if",
        "there",
        "then",
        "than",
        "who",
        "which",
        "what",
        "when",
        "where",
        "has",
        "have",
        "had",
        "do",
        "does",
        "did",
        "will",
        "would",
        "can",
        "could",
        "him",
        "them",
        "me",
        "us",
        "up",
        "out",
        "over",
        "under",
        "into",
        "about",
        "after",
        "before",
    ]
)


@dataclass(slots=True)
class Heard:
    """A window of tokens compared with a name: how alike they sound (0 to 1), and the features of the judgement."""

    first: int
    last: int
    sound: Sound
    similarity: float
    features: dict[str, float]
    probability: float = 0.0
    known: bool = False


@lru_cache(maxsize=1)
def judge() -> Trees | None:
    """The trained judge; None where its file is missing (then nothing is recovered, and the reading says so)."""
    path = resource(MODEL)
    return load_trees(path) if path.exists() else None


def sounds(doc: Document) -> Document:
    """Recover misheard names: sure ones into ``doc.names``, the rest worth a look into ``doc.suggested``."""
    model = judge()
    if model is None:
        doc.warnings.append(f"the model for misheard names is missing ({MODEL}): none were recovered")
        return doc
    heard = listen(doc)
    weigh(doc, heard, model)
    chosen = _choose(heard, model.suggest)
    for item, rivals in chosen:
        name = _named(doc, item, rivals, model)
        (doc.names if item.probability >= model.apply else doc.suggested).append(name)
    taken = [(n.first, n.last) for n in doc.names if n.recovered]
    doc.names = sorted(
        (n for n in doc.names if n.recovered or not any(a <= n.last and n.first <= b for a, b in taken)),
        key=lambda n: n.first,
    )
    return doc


def listen(doc: Document) -> list[Heard]:
    """Every window that sounds like a name of the theatres at hand, with the features for judging it."""
    theatres = theatres_at_hand(doc)
    index = sound_index(doc.lexicon, theatres)
    context = _Context(doc)
    windows = _windows(doc, context)
    if not windows or not index.sounds:
        return []
    over = [any(j in context.taken for j in range(first, last + 1)) for first, last, _ in windows]
    floor = np.where(over, MIN_OVER_NAME, MIN_SIMILARITY).astype(np.float32)
    window_at, sound_at, similarity = index.alike([w[2] for w in windows], floor)
    slots = {(w, index.sounds[k].entry.entity.id): k for w, k in _acronym_slots(doc, windows, index)}
    told = {(w, index.sounds[k].entry.entity.id): k for w, k in _known_mishearings(doc, windows, index)}
    best: dict[int, dict[str, tuple[float, int]]] = defaultdict(dict)
    for w, k, s in zip(window_at.tolist(), sound_at.tolist(), similarity.tolist(), strict=True):
        known = best[w].get(index.sounds[k].entry.entity.id)
        if known is None or known[0] < s:
            best[w][index.sounds[k].entry.entity.id] = (s, k)
    vouched = slots | told
    for (w, entity), k in vouched.items():
        best[w][entity] = max(best[w].get(entity, (0.0, k)), (0.5, k))
    kept = _clearest(windows, best, vouched)
    out: list[Heard] = []
    for w in sorted(best):
        first, last, _ = windows[w]
        # What an acronym or the theatre's data vouches for is judged whatever else sounds more alike.
        found = [
            ((w, entity) not in vouched, -score - index.prior[k], k, score) for entity, (score, k) in best[w].items()
        ]
        ranked = [(score, k) for _, _, k, score in sorted(found)[:RIVALS]]
        for place, (score, k) in enumerate(ranked):
            sound = index.sounds[k]
            if (w, sound.entry.entity.id) not in kept:
                continue
            rival = ranked[1][0] if place == 0 and len(ranked) > 1 else ranked[0][0] if place else 0.0
            spelled = (w, sound.entry.entity.id) in slots
            features = context.features(first, last, sound, score, score - rival, spelled)
            out.append(Heard(first, last, sound, score, features, known=(w, sound.entry.entity.id) in told))
    return out


def _clearest(
    windows: list[tuple[int, int, tuple[str, ...]]],
    best: dict[int, dict[str, tuple[float, int]]],
    slots: dict[tuple[int, str], int],
) -> set[tuple[int, str]]:
    """For each name, the windows where it sounds clearest: of overlapping ones the most alike, a spelled-out one first."""
    by_entity: dict[str, list[tuple[bool, float, int]]] = defaultdict(list)
    for w, found in best.items():
        for entity, (score, _) in found.items():
            by_entity[entity].append(((w, entity) in slots, score, w))
    kept: set[tuple[int, str]] = set()
    for entity, spots in by_entity.items():
        taken: set[int] = set()
        for _, _, w in sorted(spots, key=lambda p: (not p[0], -p[1], p[2])):
            span = range(windows[w][0], windows[w][1] + 1)
            if taken.isdisjoint(span):
                taken.update(span)
                kept.add((w, entity))
    return kept


def theatres_at_hand(doc: Document) -> tuple[str, ...]:
    """The theatres whose names are listened for: those with a share in the transcript, and the world."""
    local = set(doc.local_theatre)
    near = sorted(t for t, share in doc.theatres if share >= 0.12 or (t in local and share >= 0.03))
    return (*near, "world")


def _windows(doc: Document, context: _Context) -> list[tuple[int, int, tuple[str, ...]]]:
    """Runs of one to five words worth listening to: (first, last, phones).

    None goes over a turn or a name of this theatre, and each holds, or is followed by, a word that English does not
    expect there: 97% of the misheard names of train/ do, a quarter of all words are such.
    """
    odd = context.surprise
    own: set[int] = set()
    foreigners: set[tuple[int, int]] = set()
    for name in doc.names:
        home = doc.lexicon.home.get(name.entity.id, set())
        local = doc.local_theatre[name.first]
        foreign = local is not None and local not in home and name.how == "name" and name.entity.klass != "other"
        weak = name.how == "generic" or name.confidence < 0.85
        if foreign or name.confidence < 0.85:
            foreigners.add(
                (name.first, name.last)
            )  # listened to however well it fits: "southern Italy" is good English
        if not (foreign or weak):
            own.update(range(name.first, name.last + 1))
    said = [
        ph.word_phones(t.norm) if not t.dotted else tuple(p for ch in t.norm for p in ph.word_phones(ch))
        for t in doc.tokens
    ]
    out: list[tuple[int, int, tuple[str, ...]]] = []
    n = len(doc.tokens)
    for first in range(n):
        phones: tuple[str, ...] = ()
        for last in range(first, min(first + MAX_WORDS, n)):
            if last in own or (last > first and doc.tokens[last].brk >= BREAK_TURN):
                break
            phones += said[last]
            if len(phones) > MAX_PHONES - 2:
                break
            strange = (
                max(odd[first : last + 2]) >= SURPRISE
                or (first, last) in foreigners
                or (last - first < 3 and _known(doc, first, last))
            )
            if len(phones) >= 3 and strange and not _hopeless(doc, first, last):
                out.append((first, last, phones))
    return out


def _known(doc: Document, first: int, last: int) -> bool:
    """Whether the theatre at hand knows these very words as a mishearing."""
    table = doc.lexicon.mishearings.get(doc.local_theatre[first] or "")
    return table is not None and " ".join(t.norm for t in doc.tokens[first : last + 1]) in table


def _hopeless(doc: Document, first: int, last: int) -> bool:
    """Windows that no recogniser makes of a name: a lone function word, or one that ends on a bare "and the"."""
    if first == last:
        return doc.tokens[first].norm in FUNCTION
    return doc.tokens[last].norm in {"the", "and", "but"} or doc.tokens[first].norm in {"and", "but"}


def _known_mishearings(
    doc: Document, windows: list[tuple[int, int, tuple[str, ...]]], index: SoundIndex
) -> list[tuple[int, int]]:
    """Windows whose very words the theatre at hand knows as a mishearing of one of its names, with a sound of that name."""
    pairs: list[tuple[int, int]] = []
    for w, (first, last, phones) in enumerate(windows):
        table = doc.lexicon.mishearings.get(doc.local_theatre[first] or "")
        entity = table.get(" ".join(t.norm for t in doc.tokens[first : last + 1])) if table else None
        names = index.by_entity.get(entity.id, []) if entity else []
        if names:
            code = ph.pad([ph.encode(phones)] * len(names), MAX_PHONES)
            distance = ph.distances(code, index.codes[names])
            pairs.append((w, names[int(np.argmin(distance / np.maximum(ph.weight(code), index.weights[names])))]))
    return pairs


def _acronym_slots(
    doc: Document, windows: list[tuple[int, int, tuple[str, ...]]], index: SoundIndex
) -> list[tuple[int, int]]:
    """Windows that an acronym after them spells out: "... or HTS" names the entity whose acronym it is."""
    after: dict[int, str] = {}
    for name in doc.names:
        if name.how == "acronym" and name.first > 1 and doc.tokens[name.first - 1].norm == "or":
            after[name.first - 2] = name.entity.id
    best: dict[int, tuple[float, int, int]] = {}
    for w, (first, last, phones) in enumerate(windows):
        names = index.full_names.get(after[last], []) if last in after else []
        if not names or doc.tokens[first].norm in FUNCTION:
            continue
        code = ph.pad([ph.encode(phones)] * len(names), MAX_PHONES)
        distance = ph.distances(code, index.codes[names])
        score = 1 - distance / np.maximum(ph.weight(code), index.weights[names])
        at = int(np.argmax(score))
        best[last] = max(best.get(last, (0.0, 0, 0)), (float(score[at]), w, names[at]))
    # The acronym vouches for what the sound alone would not carry.
    return [(w, k) for score, w, k in best.values() if score >= SPELLED_LIKENESS]


class _Context:
    """What the judge is told about a window and a name."""

    def __init__(self, doc: Document) -> None:
        self.doc = doc
        self.lm = trigrams()
        self.words = [t.lower.replace("’", "'").strip("'") if not t.number else t.norm for t in doc.tokens]
        self.clean: dict[str, int] = defaultdict(int)
        for name in doc.names:
            self.clean[name.entity.id] += 1
        self.taken = {i: n for n in doc.names for i in range(n.first, n.last + 1)}
        self.surprise = [-self.lm.log_prob(*self.words[max(0, i - 2) : i + 1]) for i in range(len(self.words))]
        self._heard: dict[tuple[int, int], float] = {}
        self._gains: dict[tuple[int, int, str], float] = {}
        self._window: dict[tuple[int, int], dict[str, float]] = {}

    def _fit(self, first: int, last: int, middle: list[str]) -> float:
        """Log-probability of ``middle`` and the two words after it, given the two words before."""
        doc = self.doc
        left = self.words[max(0, first - 2) : first] if doc.tokens[first].brk < BREAK_SENTENCE else ["<s>"]
        right = []
        for j in range(last + 1, min(last + 3, len(self.words))):
            if doc.tokens[j].brk >= BREAK_SENTENCE:
                break
            right.append(self.words[j])
        run = [*left, *middle, *right]
        return sum(self.lm.log_prob(*run[max(0, i - 2) : i + 1]) for i in range(len(left), len(run)))

    def _of_window(self, first: int, last: int) -> dict[str, float]:
        """What can be said of a window whatever the name."""
        found = self._window.get((first, last))
        if found is not None:
            return found
        doc = self.doc
        tokens = doc.tokens[first : last + 1]
        norms = [t.norm for t in tokens]
        count = last - first + 1
        common = common_words()
        rarity = sum(self.lm.log_prob(w) for w in self.words[first : last + 1]) / count
        found = {
            "rarity": -rarity / 10,
            "words": float(count),
            "one_word": float(count == 1),
            "function_share": sum(w in FUNCTION for w in norms) / count,
            "all_common": float(all(w in common for w in norms)),
            "starts_function": float(norms[0] in FUNCTION),
            "ends_function": float(norms[-1] in FUNCTION),
            "unknown_word": float(any(self.lm.log_prob(w) <= -13.9 for w in self.words[first : last + 1])),
            "inner_break": float(sum(t.brk >= BREAK_COMMA for t in tokens[1:])),
            "over_name": float(any(j in self.taken for j in range(first, last + 1))),
            "capital_word": float(
                doc.cased and tokens[0].capital and tokens[-1].capital and tokens[0].brk < BREAK_SENTENCE
            ),
            # Only modern recognisers, which also punctuate, put a capital on every name they mishear.
            "lower_word": float(doc.cased and doc.punctuated and not tokens[0].capital),
            "inflected": float(count == 1 and norms[0].endswith(("s", "ed", "ing")) and norms[0] in common),
            "surprise": (max(self.surprise[first : last + 1]) - 9) / 5,
        }
        self._window[first, last] = found
        return found

    def _gain(self, first: int, last: int, kind: str) -> float:
        """How much better a name of a kind fits than the words heard, by the trigram model (log-odds over three)."""
        key = (first, last, kind)
        if key not in self._gains:
            if (first, last) not in self._heard:
                self._heard[first, last] = self._fit(first, last, self.words[first : last + 1])
            best = max(self._fit(first, last, [p]) for p in _PROXIES[kind])
            self._gains[key] = float(min(max((best - self._heard[first, last]) / 3, -4), 6))
        return self._gains[key]

    def features(
        self, first: int, last: int, sound: Sound, similarity: float, margin: float, spelled: bool
    ) -> dict[str, float]:
        doc, entity = self.doc, sound.entry.entity
        kind = "place" if entity.kind in {"facility", "road"} else entity.kind
        gain = self._gain(first, last, kind)
        local = doc.local_theatre[first]
        home = doc.lexicon.home.get(entity.id, set())
        before = doc.tokens[first - 1].norm if first and doc.tokens[first].brk < BREAK_SENTENCE else ""
        after = doc.tokens[last + 1].norm if last + 1 < len(doc.tokens) else ""
        side = "place" if kind == "place" else "actor"
        slot = float(kind == "place" and place_slot(doc, first))
        window = self._of_window(first, last)
        at_home = float(local in home)
        size = len(sound.code)
        return {
            **window,
            "similarity": similarity,
            "similarity2": similarity * similarity,
            "margin": min(margin, 0.3),
            "lm_gain": gain,
            "similar_long": similarity * min(size, 14) / 14,
            "local": at_home,
            "world": float(not home),
            "elsewhere": float(bool(home) and local not in home),
            "importance": (entity.importance - 1) / 2,
            "clean_elsewhere": min(self.clean.get(entity.id, 0), 3) / 3,
            "company_after": float(after in _COMPANY_AFTER[side]),
            "company_before": float(before in _COMPANY_BEFORE[side]),
            "slot": slot,
            "spelled_out": float(spelled),
            "acronym": float(sound.entry.how == "acronym"),
            "adjective": float(sound.entry.how in {"adjective", "people"}),
            f"kind_{entity.kind}": 1.0,
            "first_phone": float(self._begins(first) == ph.PHONES[sound.code[0]]),
            "long_name_one_word": float(last == first and size > 9),
            "gain_x_sim": gain * similarity,
            "common_x_nolocal": window["all_common"] * (1 - at_home),
            "slot_x_sim": slot * similarity,
            "short": float(size <= 4),
            "common_x_short": window["all_common"] * float(size <= 5),
            "exact_x_common": window["all_common"] * float(similarity > 0.93),
        }

    def _begins(self, i: int) -> str:
        """The first phone of a token."""
        phones = ph.word_phones(self.doc.tokens[i].norm)
        return phones[0] if phones else ""


def weigh(doc: Document, heard: list[Heard], model: Trees) -> None:
    """Judge all, then once more with the knowledge of which names other windows far from it point to."""
    x = model.matrix([h.features for h in heard])
    column = model.columns.index("support")
    x[:, column] = 0.0
    _judged(heard, model.probabilities(x))
    best: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for item in heard:
        if item.probability >= 0.3:
            best[item.sound.entry.entity.id].append((item.probability, item.first))
    again: list[int] = []
    for k, item in enumerate(heard):
        others = [p for p, at in best.get(item.sound.entry.entity.id, ()) if abs(at - item.first) > MAX_WORDS]
        item.features["support"] = max(others, default=0.0)
        if others:
            x[k, column] = item.features["support"]
            again.append(k)
    _judged([heard[k] for k in again], model.probabilities(x[again]))


def _judged(heard: list[Heard], probabilities: Floats) -> None:
    for item, p in zip(heard, probabilities.tolist(), strict=True):
        if item.features["spelled_out"]:
            p = max(p, SPELLED_OUT)
        if item.known and (item.features["slot"] or item.features["company_after"] or item.features["lm_gain"] > _FITS):
            p = max(p, KNOWN)
        item.probability = p


def _choose(heard: list[Heard], floor: float) -> list[tuple[Heard, list[Heard]]]:
    """The likeliest names, none overlapping, each with the other names that its words could have been."""
    by_span: dict[tuple[int, int], list[Heard]] = defaultdict(list)
    for item in heard:
        by_span[item.first, item.last].append(item)
    out: list[tuple[Heard, list[Heard]]] = []
    taken: set[int] = set()
    for item in sorted(heard, key=lambda h: (-h.probability, h.first, h.last, h.sound.entry.entity.id)):
        if item.probability < floor:
            break
        span = range(item.first, item.last + 1)
        if taken.isdisjoint(span):
            taken.update(span)
            rivals = [h for h in by_span[item.first, item.last] if h is not item]
            out.append((item, sorted(rivals, key=lambda h: -h.probability)[:3]))
    return out


_SAY = {
    "lm_gain": "a name fits here better than the words heard",
    "local": "belongs to the theatre at hand",
    "clean_elsewhere": "named elsewhere in the transcript",
    "company_after": "the word after goes with such a name",
    "company_before": "the word before goes with such a name",
    "slot": "stands where a place is named",
    "spelled_out": "the acronym after it spells it out",
    "support": "heard again elsewhere in the transcript",
    "rarity": "the words heard are rare",
    "over_name": "the name heard is foreign to this theatre",
    "length": "a long sound, seldom alike by chance",
    "capital_word": "written with a capital",
    "unknown_word": "a word that English does not know",
}


def _worth(item: Heard, model: Trees) -> dict[str, float]:
    """What each piece of evidence adds (log-odds): how much is lost with its features at nought."""
    groups: dict[str, tuple[str, ...]] = {f: (f,) for f in _SAY if item.features.get(f)}
    groups["similarity"] = ("similarity", "similarity2", "similar_long", "margin")
    rows = [item.features] + [{k: v for k, v in item.features.items() if k not in gone} for gone in groups.values()]
    odds = model.log_odds(model.matrix(rows))
    return {f: round(float(odds[0] - o), 3) for f, o in zip(groups, odds[1:].tolist(), strict=True)}


def _named(doc: Document, item: Heard, rivals: list[Heard], model: Trees) -> Name:
    entry = item.sound.entry
    found = Found(item.first, item.last, item.sound.spelling.lower(), (entry,))
    entity, kind, sense = role_of_state(doc, found, entry, doc.local_theatre[item.first])
    phones = " ".join(ph.PHONES[c] for c in item.sound.code)
    said = " ".join(p for t in doc.tokens[item.first : item.last + 1] for p in ph.word_phones(t.norm))
    weights = _worth(item, model)
    likeness = weights.pop("similarity", None)
    why = [
        Evidence(
            kind="sound",
            detail=f"“{item.sound.spelling}” ({phones}) against what was heard ({said}): {item.similarity:.2f} alike",
            weight=likeness,
        )
    ]
    if item.known:
        why.append(Evidence(kind="known", detail="a mishearing that the theatre's data knows"))
    parts = sorted(((w, f) for f, w in weights.items() if w > 0.05), reverse=True)
    why += [Evidence(kind="sense", detail=_SAY[f], weight=w) for w, f in parts[:4]]
    if sense:
        why.append(Evidence(kind="sense", detail=sense))
    candidates = tuple(
        Candidate(
            name=shown(r.sound.entry.entity), entity_id=r.sound.entry.entity.id, confidence=round(r.probability, 3)
        )
        for r in rivals
    )
    return Name(
        item.first,
        item.last,
        entity,
        shown(entity),
        kind,
        entry.how,
        round(item.probability, 3),
        True,
        candidates,
        tuple(why),
    )
