"""Frames: the words that can open a claim of each type, from ``data/frames.yaml``, found in a text.

A frame says what *may* open a claim; the scorer in ``claims.py`` decides with everything else it knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

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
    """Words that open a claim: the type, how strong, and which part of the frame named them."""

    type: str
    strong: bool
    part: str


@dataclass(frozen=True, slots=True)
class Hit:
    """An opening found at tokens ``first`` to ``last`` (inclusive)."""

    first: int
    last: int
    opening: Opening


@lru_cache(maxsize=1)
def frame_table() -> dict[str, dict[str, list[str]]]:
    """The frames as written in the data file."""
    loaded: dict[str, dict[str, list[str]]] = yaml.load(resource("frames.yaml").read_text("utf-8"), yaml.CSafeLoader)
    return loaded


@lru_cache(maxsize=1)
def _index() -> tuple[dict[str, tuple[Opening, ...]], dict[str, list[tuple[str, ...]]], int]:
    openings: dict[str, dict[str, Opening]] = {}
    traps: dict[str, list[tuple[str, ...]]] = {}

    def add(form: str, opening: Opening) -> None:
        form = form.replace("-", " ").replace("'", "")
        seen = openings.setdefault(form, {})
        if opening.type not in seen or (opening.strong and not seen[opening.type].strong):
            seen[opening.type] = opening

    for claim_type, frame in frame_table().items():
        for noun in frame.get("nouns", []):
            for form in _noun_forms(noun):
                add(form, Opening(claim_type, True, "noun"))
        for verb in frame.get("verbs", []):
            for form in inflections(verb):
                add(form, Opening(claim_type, True, "verb"))
        for phrase in frame.get("phrases", []):
            for form in _phrase_forms(phrase):
                add(form, Opening(claim_type, True, "phrase"))
        for word in frame.get("weak", []):
            for form in inflections(word) | _noun_forms(word):
                add(form, Opening(claim_type, False, "weak"))
        for trap in frame.get("not", []):
            traps.setdefault(trap.split()[0], []).append(tuple(trap.split()))
    longest = max(len(form.split()) for form in openings)
    return {form: tuple(seen.values()) for form, seen in openings.items()}, traps, longest


def find_openings(norms: list[str]) -> Iterator[Hit]:
    """All openings in a list of folded words, the longest at each place; nothing inside a phrase of ``not``."""
    openings, traps, longest = _index()
    blocked: set[int] = set()
    for i, word in enumerate(norms):
        for trap in traps.get(word, ()):
            if tuple(norms[i : i + len(trap)]) == trap:
                blocked.update(range(i, i + len(trap)))
    for i in range(len(norms)):
        phrases = [" ".join(norms[i : i + width]) for width in range(min(longest, len(norms) - i), 0, -1)]
        if i in blocked:
            continue
        for phrase in phrases:
            found = openings.get(phrase)
            last = i + phrase.count(" ")
            if found and blocked.isdisjoint(range(i, last + 1)):
                for opening in found:
                    yield Hit(i, last, opening)
                break
