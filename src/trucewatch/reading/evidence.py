"""What speaks for and against a misheard name: the features that its judge is given.

How alike the sounds are is only a part. The rest is how odd the heard words are where they stand against a name of that
kind (a word trigram model), how well a name fits between the words on either side (``slots``), the theatre at hand, what
is named elsewhere in the transcript, whether the very words are known as a mishearing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from trucewatch.reading import phones as ph
from trucewatch.reading.commonwords import common_words
from trucewatch.reading.context import place_slot
from trucewatch.reading.document import BREAK_COMMA, BREAK_SENTENCE, Document, fold
from trucewatch.reading.english import trigrams
from trucewatch.reading.fit import Fit
from trucewatch.reading.resources import resource
from trucewatch.reading.slots import CLASSES, Slots, slot_class
from trucewatch.reading.slots import slots as slot_model
from trucewatch.reading.soundindex import Sound
from trucewatch.reading.trees import Floats, Trees, load_trees

WINDOWS = "windows.npz"
WINDOW_COLUMNS = (
    "name", "place", "actor", "person", "surprise", "surprise_after", "words", "phones", "function_share",
    "starts_function", "ends_function", "all_common", "surprise_sum", "messy", "over_name", "first_common",
)  # fmt: skip
FAME = "fame.tsv"  # entities, in how many training transcripts
SEEN = "heard.tsv"  # mishearings of the training transcripts: words, entity, how sure the words mean it
_PROXIES = {
    "place": ("baghdad", "lebanon"),
    "actor": ("israel", "iraqi"),
    "organisation": ("nato", "unicef"),
    "facility": ("airport", "hospital"),
    "road": ("highway",),
    "agreement": ("treaty",),
    "person": ("clinton", "saddam"),
}
# fmt: off
_COMPANY_AFTER = {
    "place": set("""province city town district airport governorate region border camp residents countryside state
        village road""".split()),  # noqa: SIM905
    "actor": set("""forces regime government army troops fighters soldiers leader leaders militia rebels jets
        officials military police says said movement group led backed men units commanders president
        minister""".split()),  # noqa: SIM905
}
_COMPANY_BEFORE = {
    "place": set("""in near of from around southern northern eastern western outside to at towards into across
        inside""".split()),  # noqa: SIM905
    "actor": set("""president by with against between and the pro anti fighters forces from""".split()),  # noqa: SIM905
}
FUNCTION = frozenset("""the a an and or but of in on at to for from by with is are was were be been it its this that
        these those he she they we you i his her their our my not no so as if there then than who which
        what when where has have had do does did will would can could him them me us up out over under
        into about after before""".split())  # noqa: SIM905
# fmt: on


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is learned beside the judge: where names stand, and which mishearings the training transcripts had.

    ``seen`` gives for (words as heard, entity id) how sure the words mean it where they were heard (0 to 1); ``fame`` how
    many training transcripts name an entity; ``windows`` judges whether a window may be a misheard name at all.
    """

    slots: Slots | None
    seen: Mapping[tuple[str, str], float]
    fame: Mapping[str, int]
    windows: Trees | None = None


@lru_cache(maxsize=1)
def knowledge() -> Knowledge:
    """What ships with the package, loaded once; empty where a file is missing."""
    seen = {(heard, entity): float(share) for heard, entity, share in _rows(SEEN)}
    path = resource(WINDOWS)
    windows = load_trees(path) if path.exists() else None
    return Knowledge(slot_model(), seen, {entity: int(count) for entity, count in _rows(FAME)}, windows)


def _rows(file: str) -> Iterator[list[str]]:
    path = resource(file)
    return (line.split("\t") for line in path.read_text("utf-8").splitlines()) if path.exists() else iter(())


class Context:
    """What the judge is told about a window and a name."""

    def __init__(self, doc: Document, knowledge: Knowledge) -> None:
        self.doc = doc
        self.lm = trigrams()
        self.fit = Fit(doc)
        self.words, self.surprise, self.messy = self.fit.words, self.fit.surprise, self.fit.messy
        self.clean: dict[str, int] = defaultdict(int)
        for name in doc.names:
            self.clean[name.entity.id] += 1
        self.taken = {i: n for n in doc.names for i in range(n.first, n.last + 1)}
        self.seen, self.fame = knowledge.seen, knowledge.fame
        n = len(doc.tokens)
        halves = knowledge.slots.halves(doc) if knowledge.slots else (np.zeros((n, len(CLASSES)), np.float32),) * 2
        self._halves = halves
        self._left, self._right = (half.tolist() for half in halves)
        self.promise: dict[tuple[int, int], float] = {}  # log-odds that a window is a misheard name, whatever name
        self._gains: dict[tuple[int, int, str], float] = {}
        self._window: dict[tuple[int, int], dict[str, float]] = {}

    def slot(self, first: int, last: int) -> list[float]:
        """Log-odds of each class of name (``CLASSES``) against none, between what stands left and right of a window."""
        return [a + b for a, b in zip(self._left[first], self._right[last], strict=True)]

    def windows(self, spans: list[tuple[int, int]], phones: list[int]) -> Floats:
        """What can be said of windows before any name is looked up. Shape (windows, ``WINDOW_COLUMNS``)."""
        n = len(self.words)
        first, last = (np.array(x, dtype=np.int64) for x in zip(*spans, strict=True))
        function = np.array([t.norm in FUNCTION for t in self.doc.tokens], dtype=np.float32)
        common = np.array([t.norm in common_words() for t in self.doc.tokens], dtype=np.float32)
        odd = np.array([*self.surprise, 0.0], dtype=np.float32)
        taken = np.zeros(n, dtype=np.float32)
        taken[list(self.taken)] = 1.0
        count = last - first + 1

        def total(x: Floats) -> Floats:
            sums = np.concatenate([[0.0], np.cumsum(x)])
            out: Floats = (sums[last + 1] - sums[first]).astype(np.float32)
            return out

        most = odd[first]
        for step in range(1, int(count.max())):
            inside = first + step <= last
            most = np.where(inside, np.maximum(most, odd[np.minimum(first + step, n)]), most)
        slot = self._halves[0][first] + self._halves[1][last]
        alone = np.array([self.lm.log_prob(w) for w in self.words], dtype=np.float32)
        return np.column_stack(
            [
                slot[:, 1:].max(axis=1), slot[:, 1], slot[:, 2], slot[:, 3], most, odd[last + 1], count,
                np.array(phones, dtype=np.float32), total(function) / count, function[first], function[last],
                total(common) == count, total(np.maximum(odd[:n] - 7, 0)), np.full(len(first), self.messy),
                total(taken) > 0, alone[first],
            ]
        ).astype(np.float32)  # fmt: skip

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
            "surprise_sum": sum(max(x - 7, 0) for x in self.surprise[first : last + 1]) / 10,
            "surprise_after": (self.surprise[last + 1] - 9) / 5 if last + 1 < len(self.words) else 0.0,
            "promise": self.promise.get((first, last), 0.0),
            "messy": self.messy,
            "cased": float(doc.cased),
            "punctuated": float(doc.punctuated),
        }
        place, actor, person = self.slot(first, last)[1:]
        found |= {"slot_place": place, "slot_actor": actor, "slot_person": person}
        self._window[first, last] = found
        return found

    def _gain(self, first: int, last: int, kind: str) -> float:
        """How much better a name of a kind fits than the words heard, by the trigram model (log-odds over three)."""
        key = (first, last, kind)
        if key not in self._gains:
            best = max(self.fit.gain(first, last, p) for p in _PROXIES[kind])
            self._gains[key] = float(min(max(best / 3, -4), 6))
        return self._gains[key]

    def features(
        self, first: int, last: int, sound: Sound, similarity: float, margin: float, spelled: bool
    ) -> dict[str, float]:
        """The features of one window against one name, by name."""
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
        own = self.slot(first, last)[CLASSES.index(slot_class(entity.kind))]
        key = fold(sound.spelling).replace(" ", "")
        words = " ".join(t.norm for t in doc.tokens[first : last + 1])
        at_home = float(local in home)
        size = len(sound.code)
        return {
            **window,
            "similarity": similarity,
            "similarity2": similarity * similarity,
            "margin": min(margin, 0.3),
            "lm_gain": gain,
            "similar_long": similarity * min(size, 14) / 14,
            "phones": min(size, 16) / 16,
            "consonants": len(ph.skeleton(tuple(ph.PHONES[c] for c in sound.code))) / 8,
            "local": at_home,
            "world": float(not home),
            "elsewhere": float(bool(home) and local not in home),
            "importance": (entity.importance - 1) / 2,
            "clean_elsewhere": min(self.clean.get(entity.id, 0), 3) / 3,
            "company_after": float(after in _COMPANY_AFTER[side]),
            "company_before": float(before in _COMPANY_BEFORE[side]),
            "slot": slot,
            "slot_own": own,
            "slot_rest": own - max(window["slot_place"], window["slot_actor"], window["slot_person"], 0.0),
            "plain_spelling": float(all(w in common_words() or w in FUNCTION for w in fold(sound.spelling).split())),
            "fame": float(np.log1p(self.fame.get(entity.id, 0))),
            "letters": fuzz.ratio(words.replace(" ", ""), key) / 100,
            "one_letter_off": float(
                len(key) > 4 and Levenshtein.distance(words.replace(" ", ""), key, score_cutoff=2) < 3
            ),
            "seen": self.seen.get((words, entity.id), 0.0),
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
