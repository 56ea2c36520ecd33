"""Frames: the words that can open a claim of each type, from ``data/frames.yaml``, found in a text.

A frame says what *may* open a claim; the scorer in ``claims.py`` decides with everything else it knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import yaml

from trucewatch.reading.resources import resource

_IRREGULAR: dict[str, tuple[str, ...]] = {
    "strike": ("strikes", "struck", "striking", "stricken"),
    "hit": ("hits", "hit", "hitting"),
    "fight": ("fights", "fought", "fighting"),
    "flee": ("flees", "fled", "fleeing"),
    "leave": ("leaves", "left", "leaving"),
    "fall": ("falls", "fell", "fallen", "falling"),
    "take": ("takes", "took", "taken", "taking"),
    "retake": ("retakes", "retook", "retaken", "retaking"),
    "lose": ("loses", "lost", "losing"),
    "hold": ("holds", "held", "holding"),
    "shoot": ("shoots", "shot", "shooting"),
    "die": ("dies", "died", "dying"),
    "blow": ("blows", "blew", "blown", "blowing"),
    "go": ("goes", "went", "gone", "going"),
    "set": ("sets", "set", "setting"),
    "come": ("comes", "came", "coming"),
    "bring": ("brings", "brought", "bringing"),
    "drive": ("drives", "drove", "driven", "driving"),
    "run": ("runs", "ran", "running"),
    "cut": ("cuts", "cut", "cutting"),
    "give": ("gives", "gave", "given", "giving"),
    "tell": ("tells", "told", "telling"),
    "meet": ("meets", "met", "meeting"),
    "sit": ("sits", "sat", "sitting"),
    "fly": ("flies", "flew", "flown", "flying"),
    "send": ("sends", "sent", "sending"),
    "keep": ("keeps", "kept", "keeping"),
    "break": ("breaks", "broke", "broken", "breaking"),
    "swear": ("swears", "swore", "sworn", "swearing"),
    "seek": ("seeks", "sought", "seeking"),
    "win": ("wins", "won", "winning"),
    "let": ("lets", "let", "letting"),
    "get": ("gets", "got", "gotten", "getting"),
    "eat": ("eats", "ate", "eaten", "eating"),
    "burn": ("burns", "burned", "burnt", "burning"),
    "throw": ("throws", "threw", "thrown", "throwing"),
    "beat": ("beats", "beat", "beaten", "beating"),
    "sleep": ("sleeps", "slept", "sleeping"),
    "lie": ("lies", "lay", "lain", "lying"),
    "lay": ("lays", "laid", "laying"),
    "dig": ("digs", "dug", "digging"),
    "lead": ("leads", "led", "leading"),
    "tear": ("tears", "tore", "torn", "tearing"),
    "overrun": ("overruns", "overran", "overrunning"),
    "withdraw": ("withdraws", "withdrew", "withdrawn", "withdrawing"),
    "sink": ("sinks", "sank", "sunk", "sinking"),
    "shut": ("shuts", "shut", "shutting"),
    "say": ("says", "said", "saying"),
    "speak": ("speaks", "spoke", "spoken", "speaking"),
    "be": ("is", "are", "was", "were", "been", "being", "am"),
    "have": ("has", "had", "having"),
    "do": ("does", "did", "done", "doing"),
    "stand": ("stands", "stood", "standing"),
    "catch": ("catches", "caught", "catching"),
    "sell": ("sells", "sold", "selling"),
    "pay": ("pays", "paid", "paying"),
    "feed": ("feeds", "fed", "feeding"),
    "draw": ("draws", "drew", "drawn", "drawing"),
    "deal": ("deals", "dealt", "dealing"),
    "begin": ("begins", "began", "begun", "beginning"),
    "rise": ("rises", "rose", "risen", "rising"),
    "free": ("frees", "freed", "freeing"),
    "drop": ("drops", "dropped", "dropping"),
    "trap": ("traps", "trapped", "trapping"),
    "stab": ("stabs", "stabbed", "stabbing"),
    "stop": ("stops", "stopped", "stopping"),
    "kidnap": ("kidnaps", "kidnapped", "kidnapping"),
    "beg": ("begs", "begged", "begging"),
    "step": ("steps", "stepped", "stepping"),
    "rip": ("rips", "ripped", "ripping"),
    "ship": ("ships", "shipped", "shipping"),
    "swap": ("swaps", "swapped", "swapping"),
    "bomb": ("bombs", "bombed", "bombing"),
    "gas": ("gasses", "gassed", "gassing"),
    "gut": ("guts", "gutted", "gutting"),
    "plan": ("plans", "planned", "planning"),
    "drag": ("drags", "dragged", "dragging"),
    "grab": ("grabs", "grabbed", "grabbing"),
    "man": ("men",),
    "woman": ("women",),
    "child": ("children",),
    "body": ("bodies",),
    "build": ("builds", "built", "building"),
    "grow": ("grows", "grew", "grown", "growing"),
    "put": ("puts", "put", "putting"),
    "strafe": ("strafes", "strafed", "strafing"),
    "gunman": ("gunmen",),
    "dead": (),
    "injured": (),
    "wounded": (),
    "missing": (),
    "trapped": (),
    "hungry": (),
    "talk": ("talks", "talked", "talking"),
    "fire": ("fires", "fired", "firing"),
    "walk": ("walks", "walked", "walking"),
    "weapon": ("weapons",),
}
_VOWELS = "aeiou"
NEAR = 6  # words on either side in which an opening's company is looked for


def inflections(word: str) -> set[str]:
    """All forms of an English verb or noun given in its base form ("shell" gives shells, shelled, shelling)."""
    if word in _IRREGULAR:
        return {word, *_IRREGULAR[word]}
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
    elif last in _IRREGULAR:
        forms = {last, *(f for f in _IRREGULAR[last] if f.endswith(("s", "men", "ren")))}
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
    """

    type: str
    strong: bool
    part: str
    requires: frozenset[str] = frozenset()
    forbids: frozenset[str] = frozenset()


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


class Finder:
    """Finds the openings of a table of frames in text."""

    def __init__(self, table: dict[str, Frame]) -> None:
        self._openings: dict[str, dict[str, Opening]] = {}
        self._traps: dict[str, set[tuple[str, ...]]] = {}
        for claim_type, frame in table.items():
            self._read(claim_type, frame)
        self._longest = max(len(form.split()) for form in self._openings)

    def _read(self, claim_type: str, frame: Frame) -> None:
        requires, forbids = (
            {folded(k): _all_forms(words) for k, words in (frame.get(key) or {}).items()}
            for key in ("requires", "forbids")
        )
        for part, forms_of in (
            ("nouns", _noun_forms),
            ("verbs", _verb_forms),
            ("phrases", _phrase_forms),
            ("weak", _weak_forms),
        ):
            for written in frame.get(part) or []:
                key = folded(written)
                opening = Opening(
                    claim_type, part != "weak", part.removesuffix("s"), requires.get(key, frozenset()),
                    forbids.get(key, frozenset()),
                )  # fmt: skip
                for form in forms_of(written):
                    self._add(folded(form), opening)
        for trap in frame.get("not") or []:
            for form in _phrase_forms(trap):
                words = tuple(folded(form).split())
                self._traps.setdefault(words[0], set()).add(words)

    def _add(self, form: str, opening: Opening) -> None:
        seen = self._openings.setdefault(form, {})
        if opening.type not in seen or (opening.strong and not seen[opening.type].strong):
            seen[opening.type] = opening

    def find(self, norms: list[str]) -> Iterator[Hit]:
        """All openings in a list of folded words, the longest at each place; nothing inside a phrase of ``not``."""
        blocked: set[int] = set()
        for i, word in enumerate(norms):
            for trap in self._traps.get(word, ()):
                if tuple(norms[i : i + len(trap)]) == trap:
                    blocked.update(range(i, i + len(trap)))
        for i in range(len(norms)):
            if i in blocked:
                continue
            for width in range(min(self._longest, len(norms) - i), 0, -1):
                found = self._openings.get(" ".join(norms[i : i + width]))
                last = i + width - 1
                if found and blocked.isdisjoint(range(i, last + 1)):
                    for opening in found.values():
                        if (hit := _with_company(Hit(i, last, opening), norms)) is not None:
                            yield hit
                    break


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


def _all_forms(words: list[str]) -> frozenset[str]:
    return frozenset(folded(form) for word in words for form in inflections(word) | _noun_forms(word))
