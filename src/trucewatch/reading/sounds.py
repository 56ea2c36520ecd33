"""Step ``sounds``: names that the recogniser misheard, found by sound and judged by sense.

Every run of one to four words is compared, word boundaries ignored, with how the names of the theatres at hand are said;
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
from trucewatch.reading.document import BREAK_TURN, Document, Name, fold
from trucewatch.reading.evidence import FUNCTION, Context, Knowledge, knowledge
from trucewatch.reading.lexicon import Found
from trucewatch.reading.model import Candidate, Evidence
from trucewatch.reading.resources import resource
from trucewatch.reading.soundindex import ABROAD, MAX_PHONES, Sound, SoundIndex, sound_index
from trucewatch.reading.trees import Trees, load_trees
from trucewatch.theatre import Entity

MODEL, ALONE, KNOWN = "sounds.npz", "sounds_alone.npz", "known.npz"
MAX_WORDS = 4
MAX_KNOWN = 7  # words of a mishearing that a theatre's table lists
# Least similarity worth judging, and for a window that holds a name foreign to the theatre ("Italy" in Syria); below these
# hardly any misheard name of train/ is recovered rightly.
MIN_SIMILARITY, MIN_OVER_NAME = 0.58, 0.54
SURPRISE = 10.0  # a word less likely than e^-10 after the two before it counts as odd
MILD = 5.0  # and this much where the words sound, but for vowels, just like a name
AT_HOME = 0.04  # what a name of the theatre at hand is worth in similarity when names are ranked for judging
CUTS = 2  # overlapping windows judged for one name: where it begins and ends is for the judge
HOPELESS = 0.02  # less likely than this by itself: not looked at again
LIKELY = 0.3  # by itself, to speak for other windows
SETTLED = 0.6  # a clean name as sure as this is not listened to again
NEAR = 25  # words within which other likely mishearings count as near
RIVALS = 3  # names judged for each window
# A name spelled out by the acronym after it ("... or HTS"): too rare in train/ to be weighed, sure enough to be a rule.
SPELLED_OUT, SPELLED_LIKENESS = 0.9, 0.3
# Log-odds for three words or more that are known as a mishearing: seldom said in their plain sense. In train/ all 12 such
# were the name, of shorter ones 85 of 142.
LONG_KNOWN = 2.0


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


@dataclass(frozen=True, slots=True)
class Judges:
    """Sets of trees: one that sees a window by itself, one that also sees what the first made of the others.

    ``known`` judges words that the theatre's data knows as a mishearing: are they that here, or what they say?
    """

    alone: Trees
    together: Trees
    known: Trees | None = None


@lru_cache(maxsize=1)
def judge() -> Judges | None:
    """The trained judges; None where a file is missing (then nothing is recovered, and the reading says so)."""
    paths = [resource(name) for name in (ALONE, MODEL, KNOWN)]
    return Judges(*map(load_trees, paths)) if all(path.exists() for path in paths) else None


def sounds(doc: Document) -> Document:
    """Recover misheard names: sure ones into ``doc.names``, the rest worth a look into ``doc.suggested``."""
    judges = judge()
    if judges is None:
        doc.warnings.append(f"the model for misheard names is missing ({MODEL}): none were recovered")
        return doc
    model = judges.together
    heard = listen(doc)
    weigh(doc, heard, judges)
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


def listen(doc: Document, learned: Knowledge | None = None) -> list[Heard]:
    """Every window that sounds like a name of the theatres at hand, with the features for judging it."""
    theatres = theatres_at_hand(doc)
    index = sound_index(doc.lexicon, theatres)
    context = Context(doc, learned or knowledge())
    windows = promising(doc, worth_hearing(doc, context, index), context, learned or knowledge())
    if not windows or not len(index):
        return []
    over = [any(j in context.taken for j in range(first, last + 1)) for first, last, _ in windows]
    floor = np.where(over, MIN_OVER_NAME, MIN_SIMILARITY).astype(np.float32)
    window_at, sound_at, similarity = index.alike([w[2] for w in windows], floor)
    slots = {(w, index.sound(k).entry.entity.id): k for w, k in _acronym_slots(doc, windows, index)}
    told = {(w, index.sound(k).entry.entity.id): k for w, k in _known_mishearings(doc, windows, index)}
    heard_as = [" ".join(t.norm for t in doc.tokens[first : last + 1]) for first, last, _ in windows]
    best: dict[int, dict[str, tuple[float, int]]] = defaultdict(dict)
    for w, k, s in zip(window_at.tolist(), sound_at.tolist(), similarity.tolist(), strict=True):
        if s > 0.9 and heard_as[w] == fold(index.sound(k).spelling):
            continue  # spelled as it should be: whether it is meant as a name was settled before
        known = best[w].get(index.sound(k).entry.entity.id)
        if known is None or known[0] < s:
            best[w][index.sound(k).entry.entity.id] = (s, k)
    vouched = slots | told
    for (w, entity), k in vouched.items():
        best[w][entity] = max(best[w].get(entity, (0.0, k)), (0.5, k))
    kept = _clearest(windows, best, vouched)
    out: list[Heard] = []
    for w in sorted(best):
        first, last, _ = windows[w]
        # What an acronym or the theatre's data vouches for is judged whatever else sounds more alike.
        local = doc.local_theatre[first]
        found = [
            (
                (w, entity) not in vouched,
                -score - index.prior(k) - AT_HOME * (local in doc.lexicon.home.get(entity, ())),
                k,
                score,
            )
            for entity, (score, k) in best[w].items()
        ]
        ranked = [(score, k) for _, _, k, score in sorted(found)[:RIVALS]]
        for place, (score, k) in enumerate(ranked):
            sound = index.sound(k)
            if (w, sound.entry.entity.id) not in kept:
                continue
            rival = ranked[1][0] if place == 0 and len(ranked) > 1 else ranked[0][0] if place else 0.0
            spelled = (w, sound.entry.entity.id) in slots
            features = context.features(first, last, sound, score, score - rival, spelled)
            features["known"] = float((w, sound.entry.entity.id) in told)
            out.append(Heard(first, last, sound, score, features, known=(w, sound.entry.entity.id) in told))
    return out


def _clearest(
    windows: list[tuple[int, int, tuple[str, ...]]],
    best: dict[int, dict[str, tuple[float, int]]],
    slots: dict[tuple[int, str], int],
) -> set[tuple[int, str]]:
    """For each name, the windows where it sounds clearest: of overlapping ones the few most alike, a spelled-out one first."""
    by_entity: dict[str, list[tuple[bool, float, int]]] = defaultdict(list)
    for w, found in best.items():
        for entity, (score, _) in found.items():
            by_entity[entity].append(((w, entity) in slots, score, w))
    kept: set[tuple[int, str]] = set()
    for entity, spots in by_entity.items():
        taken: dict[int, int] = defaultdict(int)
        for _, _, w in sorted(spots, key=lambda p: (not p[0], -p[1], p[2])):
            span = range(windows[w][0], windows[w][1] + 1)
            if max(taken[i] for i in span) < CUTS:
                for i in span:
                    taken[i] += 1
                kept.add((w, entity))
    return kept


def theatres_at_hand(doc: Document) -> tuple[str, ...]:
    """The theatres whose names are listened for: those with a share in the transcript, and the world."""
    local = set(doc.local_theatre)
    near = sorted(t for t, share in doc.theatres if share >= 0.12 or (t in local and share >= 0.03))
    return (*near, ABROAD)


def promising(
    doc: Document, windows: list[tuple[int, int, tuple[str, ...]]], context: Context, learned: Knowledge
) -> list[tuple[int, int, tuple[str, ...]]]:
    """The windows that may be a misheard name, whatever name, by the words in and around them; how likely, in ``context``."""
    model = learned.windows
    if model is None or not windows:
        return windows
    odds = model.log_odds(context.windows([w[:2] for w in windows], [len(w[2]) for w in windows])).tolist()
    floor = np.log(model.apply / (1 - model.apply))
    context.promise = {w[:2]: o for w, o in zip(windows, odds, strict=True)}
    after = _spelled_out_after(doc)
    return [w for w, o in zip(windows, odds, strict=True) if o >= floor or w[1] in after or _known(doc, w[0], w[1])]


def worth_hearing(doc: Document, context: Context, index: SoundIndex) -> list[tuple[int, int, tuple[str, ...]]]:
    """Runs of words worth listening to, up to four or known to be a mishearing: (first, last, phones).

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
        weak = name.how == "generic" or name.confidence < SETTLED
        if foreign or name.confidence < SETTLED:
            foreigners.add(
                (name.first, name.last)
            )  # listened to however well it fits: "southern Italy" is good English
        if not (foreign or weak):
            own.update(range(name.first, name.last + 1))
    said = [ph.token_phones(t.norm, t.dotted) for t in doc.tokens]
    out: list[tuple[int, int, tuple[str, ...]]] = []
    n = len(doc.tokens)
    for first in range(n):
        phones: tuple[str, ...] = ()
        for last in range(first, min(first + MAX_KNOWN, n)):
            if last in own or (last > first and doc.tokens[last].brk >= BREAK_TURN):
                break
            phones += said[last]
            if len(phones) > MAX_PHONES - 2:
                break
            if last - first >= MAX_WORDS and not _known(doc, first, last):
                continue
            strange = (
                max(odd[first : last + 2]) >= SURPRISE
                or (first, last) in foreigners
                or _known(doc, first, last)
                # words that English puts up with ("as us", "kill us") but that sound just like a name
                or (len(phones) > 3 and max(odd[first : last + 1]) >= MILD and index.has_outline(ph.outline(phones)))
            )
            if len(phones) >= 3 and strange and not _hopeless(doc, first, last):
                out.append((first, last, phones))
    return out


def _known(doc: Document, first: int, last: int) -> Entity | None:
    """What the theatre at hand knows these very words to be a mishearing of."""
    table = doc.lexicon.mishearings.get(doc.local_theatre[first] or "")
    return table.get(" ".join(t.norm for t in doc.tokens[first : last + 1])) if table else None


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
        entity = _known(doc, first, last)
        names = index.of_entity(entity.id) if entity else []
        if names:
            code = ph.pad([ph.encode(phones)] * len(names), MAX_PHONES)
            said = index.codes(names)
            apart = ph.distances(code, said) / np.maximum(ph.weight(code), ph.weight(said))
            pairs.append((w, names[int(np.argmin(apart))]))
    return pairs


def _spelled_out_after(doc: Document) -> dict[int, str]:
    """Tokens that "or" and an acronym follow, with the entity of that acronym."""
    return {
        name.first - 2: name.entity.id
        for name in doc.names
        if name.how == "acronym" and name.first > 1 and doc.tokens[name.first - 1].norm == "or"
    }


def _acronym_slots(
    doc: Document, windows: list[tuple[int, int, tuple[str, ...]]], index: SoundIndex
) -> list[tuple[int, int]]:
    """Windows that an acronym after them spells out: "... or HTS" names the entity whose acronym it is."""
    after = _spelled_out_after(doc)
    best: dict[int, tuple[float, int, int]] = {}
    for w, (first, last, phones) in enumerate(windows):
        names = index.of_entity(after[last], full=True) if last in after else []
        if not names or doc.tokens[first].norm in FUNCTION:
            continue
        code = ph.pad([ph.encode(phones)] * len(names), MAX_PHONES)
        said = index.codes(names)
        score = 1 - ph.distances(code, said) / np.maximum(ph.weight(code), ph.weight(said))
        at = int(np.argmax(score))
        best[last] = max(best.get(last, (0.0, 0, 0)), (float(score[at]), w, names[at]))
    # The acronym vouches for what the sound alone would not carry.
    return [(w, k) for score, w, k in best.values() if score >= SPELLED_LIKENESS]


def weigh(doc: Document, heard: list[Heard], judges: Judges) -> None:
    """Judge each window by itself, then those that stand a chance again in view of what the others point to."""
    alone = judges.alone.probabilities(judges.alone.matrix([h.features for h in heard]))
    for item, p in zip(heard, alone.tolist(), strict=True):
        item.probability = _vouched(item, p)
    compare(doc, heard)
    again = [item for item in heard if item.probability >= HOPELESS]
    together = judges.together.probabilities(judges.together.matrix([h.features for h in again]))
    for item, p in zip(again, together.tolist(), strict=True):
        item.probability = _vouched(item, p)
    told = [item for item in heard if item.known]
    if told and judges.known:
        odds = judges.known.log_odds(judges.known.matrix([h.features for h in told])).tolist()
        for item, told_odds in zip(told, odds, strict=True):
            long = LONG_KNOWN if item.last - item.first > 1 else 0.0
            p = 1 / (1 + np.exp(-told_odds - long))
            item.probability = max(item.probability, float(p))


def compare(doc: Document, heard: list[Heard]) -> None:
    """Give each window what the others, judged by themselves, say of it: rivals, the same name elsewhere, its theatre."""
    names = [item.sound.entry.entity.id for item in heard]
    likely = _choose(heard, LIKELY)
    elsewhere: dict[str, list[tuple[float, int]]] = defaultdict(list)
    at: dict[int, list[int]] = defaultdict(list)
    for k, item in enumerate(heard):
        if item.probability >= HOPELESS:
            for i in range(item.first, item.last + 1):
                at[i].append(k)
        if item.probability >= 0.2:
            elsewhere[names[k]].append((item.probability, item.first))
    theatre: dict[str, float] = defaultdict(float)
    for item, _ in likely:
        theatre[item.sound.entry.entity.theatre] += item.probability
    chosen = {id(item) for item, _ in likely}
    starts = [item.first for item, _ in likely]
    density = 20 * sum(item.probability for item, _ in likely) / max(len(doc.tokens), 1)
    for k, item in enumerate(heard):
        if item.probability < HOPELESS:
            continue
        over = {j for i in range(item.first, item.last + 1) for j in at[i]} - {k}
        rival = max((heard[j].probability for j in over if names[j] != names[k]), default=0.0)
        same = [p for p, first in elsewhere.get(names[k], ()) if abs(first - item.first) > MAX_WORDS]
        mine = item.probability if id(item) in chosen else 0.0
        item.features |= {
            "alone": item.probability,
            "rival": rival,
            "lead": item.probability - rival,
            "other_cut": max((heard[j].probability for j in over if names[j] == names[k]), default=0.0),
            "support": max(same, default=0.0),
            "supports": float(min(len(same), 3)),
            "density": density,
            "theatre": min(theatre[item.sound.entry.entity.theatre] - mine, 6.0),
            "near": float(sum(abs(first - item.first) < NEAR for first in starts) - (id(item) in chosen)),
        }


def _vouched(item: Heard, p: float) -> float:
    """A probability, raised where an acronym or the theatre's data vouches for the name."""
    if item.features["spelled_out"]:
        p = max(p, SPELLED_OUT)
    return p


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


SAY = {
    "lm_gain": "a name fits here better than the words heard",
    "local": "belongs to the theatre at hand",
    "clean_elsewhere": "named elsewhere in the transcript",
    "company_after": "the word after goes with such a name",
    "company_before": "the word before goes with such a name",
    "slot": "stands where a place is named",
    "spelled_out": "the acronym after it spells it out",
    "known": "a mishearing that the theatre's data knows",
    "support": "heard again elsewhere in the transcript",
    "slot_own": "such a name fits between the words around",
    "seen": "heard so in other transcripts",
    "fame": "a name that news often names",
    "letters": "written almost like it",
    "density": "other names are misheard here",
    "theatre": "others of its theatre are misheard here",
    "lead": "no other name is as likely",
    "rarity": "the words heard are rare",
    "over_name": "a name stands in the words as they are",
    "capital_word": "written with a capital",
    "unknown_word": "a word that English does not know",
}


_SAY_NOT = {
    "lm_gain": "the words heard fit here better than a name",
    "slot_own": "such a name does not fit between the words around",
    "lead": "another name is likelier",
}


def worded(feature: str, value: float) -> str:
    """What a piece of evidence says, by its sign."""
    return _SAY_NOT.get(feature, SAY[feature]) if value < 0 else SAY[feature]


def _worth(item: Heard, model: Trees) -> dict[str, float]:
    """What each piece of evidence adds (log-odds): how much is lost with its features at nought."""
    groups: dict[str, tuple[str, ...]] = {f: (f,) for f in SAY if item.features.get(f)}
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
    told = [(w, worded(f, item.features[f])) for w, f in parts[:4] if f != "known"]
    why += [Evidence(kind="sense", detail=detail, weight=w) for w, detail in told]
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
