"""How near readings come to gold readings: the figures of the format, pooled over transcripts.

What each figure means is said with the format (``docs/results.md`` repeats it). Gold and readings are the JSON objects
of ``trucewatch.reading/1`` as plain dicts, so that a reading by any other program can be scored too. Counts are pooled
before a figure is taken: a long transcript weighs more than a short one.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Item = dict[str, Any]
"""A JSON object: a reading, or a mention, correction, voice or claim in one."""

Span = tuple[int, int]
"""Code-point offsets into the raw text, end exclusive."""

ROLE_LISTS = ("actors", "targets", "weapons", "places")
NAMED = ("actors", "places")
ROLES = (*ROLE_LISTS, "figures", "source", "stance")
SHARED_TOKENS = 0.3
"""Least share of tokens (intersection over union) at which two claims of one type count as the same."""

OWN_VOICES = frozenset({"presenter", "reporter"})
"""The outlet's own voices, which count as one: who of them speaks changes nothing about whose claim it is."""

SIDE_WORDS = frozenset(
    {
        "government", "forces", "army", "rebels", "opposition", "regime", "military", "fighters", "police", "troops",
        "militants", "coalition", "group", "authorities", "deal", "activists", "soldiers", "agreement", "ceasefire",
    }
)  # fmt: skip
"""Words that stand for a side without spelling its name: what holds one was understood, not misheard."""


class ScoreError(Exception):
    """Gold or a reading that cannot be scored: names the file and what is wrong with it, in one line."""


# ---------------------------------------------------------------- names


def fold(name: str | None) -> str:
    """A name with case, accents, punctuation, articles and plural or possessive endings taken off."""
    text = unicodedata.normalize("NFKD", name or "").lower()
    text = "".join(ch for ch in text if not unicodedata.combining(ch))
    text = re.sub(r"['’‘`ʻʼ]s\b", "", text)
    text = re.sub(r"['’‘`ʻʼ]", "", text)
    text = re.sub(r"[^\w]+", " ", text).strip()
    return re.sub(r"^(the|al|el|an|ar|as|ash|at|ad|az) (?=\w)", "", text)


def spellings(mention: Item) -> set[str]:
    """The folded spellings that count as right for a gold mention."""
    return {fold(name) for name in [mention["name"], *mention.get("aliases", [])]}


def is_garbled(mention: Item) -> bool:
    """Whether what was heard spells neither the name nor an alias, nor a word of one; gold may say so outright."""
    if "garbled" in mention:
        return bool(mention["garbled"])
    heard = fold(mention["heard"])
    return not any(_spelled(heard, heard.split(), name) for name in spellings(mention)) and not is_general(mention)


def is_general(mention: Item) -> bool:
    """Whether what was heard is a general phrase for a side ("the rebels", "government forces")."""
    return bool(set(fold(mention["heard"]).split()) & SIDE_WORDS)


def _spelled(heard: str, words: list[str], name: str) -> bool:
    """Whether the words heard hold the name, a word of it, or a form of its first word (Russian ~ Russia)."""
    if heard == name or heard in name.split() or name in words:
        return True
    if re.search(rf"\b{re.escape(name)}", heard) or (len(heard) > 3 and heard.rstrip("s") in name):
        return True
    head = name.split()[0] if name else ""
    return len(head) > 3 and any(word[:4] == head[:4] for word in words)


# ---------------------------------------------------------------- spans


def overlap(a: Item, b: Item) -> bool:
    """Whether two items share a character."""
    return bool(a["start"] < b["end"] and b["start"] < a["end"])


def tokens(text: str) -> list[Span]:
    """The spans of a text's tokens: what stands between white space."""
    return [match.span() for match in re.finditer(r"\S+", text)]


def covered(item: Item, toks: Sequence[Span]) -> set[int]:
    """The numbers of the tokens that an item touches."""
    return {i for i, (start, end) in enumerate(toks) if start < item["end"] and item["start"] < end}


def pair_up(gold: Sequence[Item], pred: Sequence[Item], weight: Callable[[Item, Item], float]) -> list[tuple[int, int]]:
    """One-to-one pairs of numbers, best weight first, ties in order; pairs of weight 0 are left out."""
    weighed = ((weight(g, p), i, j) for i, g in enumerate(gold) for j, p in enumerate(pred))
    used_gold: set[int] = set()
    used_pred: set[int] = set()
    pairs = []
    for w, i, j in sorted(weighed, key=lambda t: (-t[0], t[1], t[2])):
        if w > 0 and i not in used_gold and j not in used_pred:
            used_gold.add(i)
            used_pred.add(j)
            pairs.append((i, j))
    return pairs


def _same_name(gold: Item, pred: Item) -> float:
    """How well two mentions agree: shared characters over all, 0 where the name is another."""
    if not overlap(gold, pred) or fold(pred["name"]) not in spellings(gold):
        return 0.0
    shared = min(gold["end"], pred["end"]) - max(gold["start"], pred["start"])
    return float(shared / (max(gold["end"], pred["end"]) - min(gold["start"], pred["start"])))


def _same_claim(gold: Item, pred: Item, toks: Sequence[Span]) -> float:
    """How well two claims agree: shared tokens over all, 0 where the type is another or too little is shared."""
    if gold["type"] != pred["type"]:
        return 0.0
    a, b = covered(gold, toks), covered(pred, toks)
    shared = len(a & b) / len(a | b) if a | b else 0.0
    return shared if shared >= SHARED_TOKENS else 0.0


# ---------------------------------------------------------------- counting


class Count:
    """True positives, false positives, false negatives."""

    def __init__(self) -> None:
        self.tp = self.fp = self.fn = 0

    def add(self, tp: int, fp: int, fn: int) -> None:
        """Add to each."""
        self.tp += tp
        self.fp += fp
        self.fn += fn

    def figures(self) -> dict[str, float]:
        """Precision, recall and F1 (0 to 1, four digits; 1 where there was nothing to get wrong) and the counts."""
        p = self.tp / (self.tp + self.fp) if self.tp + self.fp else 1.0
        r = self.tp / (self.tp + self.fn) if self.tp + self.fn else 1.0
        f1 = round(2 * p * r / (p + r), 4) if p + r else 0.0
        return {
            "precision": round(p, 4), "recall": round(r, 4), "f1": f1, "tp": self.tp, "fp": self.fp, "fn": self.fn
        }  # fmt: skip


@dataclass
class Score:
    """Counts over any number of transcripts; ``misses`` lists in words what each of them got wrong."""

    garbled: Count = field(default_factory=Count)
    clean: Count = field(default_factory=Count)
    names: Count = field(default_factory=Count)
    claims: Count = field(default_factory=Count)
    roles: Count = field(default_factory=Count)
    by_role: dict[str, Count] = field(default_factory=dict)
    by_type: dict[str, Count] = field(default_factory=dict)
    fixed: int = 0
    to_fix: int = 0
    false_fixes: int = 0
    words: int = 0
    voiced: int = 0
    voice_tokens: int = 0
    misses: list[str] = field(default_factory=list)

    def one(self, name: str, text: str, gold: Item, pred: Item) -> None:
        """Count one transcript: its raw text, its gold and its reading (``{}`` where there is none)."""
        toks = tokens(text)
        self.words += len(toks)
        self.mentions(name, gold, pred)
        self._corrections(name, gold, pred, text)
        self._claims(name, gold, pred, toks)
        self._voices(gold, pred, toks)

    def mentions(self, name: str, gold: Item, pred: Item) -> None:
        """Count the names of a reading alone; only the ``mentions`` of both are looked at."""
        golds = [m for m in gold["mentions"] if m["kind"] != "person"]
        people = [m for m in gold["mentions"] if m["kind"] == "person"]
        named = [m for m in pred.get("mentions", []) if m["kind"] != "person"]
        preds = [m for m in named if not any(overlap(m, person) for person in people)]
        pairs = pair_up(golds, preds, _same_name)
        hit_g, hit_p = {i for i, _ in pairs}, {j for _, j in pairs}
        self.names.add(len(pairs), len(preds) - len(hit_p), len(golds) - len(hit_g))
        hard = {i for i, g in enumerate(golds) if is_garbled(g)}
        claimed = {j for j, p in enumerate(preds) if p.get("recovered", is_garbled({**p, "aliases": []}))}
        self.garbled.add(len(hard & hit_g), len(claimed - hit_p), len(hard - hit_g))
        self.clean.add(len(hit_g - hard), len(preds) - len(claimed | hit_p), len(golds) - len(hard | hit_g))
        for i in sorted(hard - hit_g):
            self.misses.append(f"{name}: garbled name missed: {golds[i]['heard']!r} = {golds[i]['name']}")
        for j in sorted(claimed - hit_p):
            self.misses.append(f"{name}: name wrongly recovered: {preds[j]['heard']!r} as {preds[j]['name']}")

    def _corrections(self, name: str, gold: Item, pred: Item, text: str) -> None:
        preds = pred.get("corrections", [])
        self.to_fix += len(gold["corrections"])
        for g in gold["corrections"]:
            if any(overlap(g, p) and fold(p["read"]) == fold(g["read"]) for p in preds):
                self.fixed += 1
            else:
                self.misses.append(f"{name}: correction missed: {g['heard']!r} = {g['read']}")
        for p in preds:
            if not any(overlap(p, g) for g in [*gold["corrections"], *gold["mentions"]]):
                heard = text[p["start"] : p["end"]]
                self.false_fixes += len(heard.split())
                self.misses.append(f"{name}: false correction: {heard!r} as {p['read']!r}")

    def _claims(self, name: str, gold: Item, pred: Item, toks: Sequence[Span]) -> None:
        golds, preds = gold["claims"], pred.get("claims", [])
        pairs = pair_up(golds, preds, lambda g, p: _same_claim(g, p, toks))
        twin, hit_p = dict(pairs), {j for _, j in pairs}
        self.claims.add(len(pairs), len(preds) - len(hit_p), len(golds) - len(twin))
        for i, g in enumerate(golds):
            self._type(g).add(int(i in twin), 0, int(i not in twin))
            if i not in twin:
                said = g.get("text") or f"{g['start']}:{g['end']}"
                self.misses.append(f"{name}: claim missed: {g['type']}: {said!r}")
        for j, p in enumerate(preds):
            self._type(p).add(0, int(j not in hit_p), 0)
            if j not in hit_p:
                said = p.get("text") or (p["start"], p["end"])
                self.misses.append(f"{name}: claim not in gold: {p['type']}: {said!r}")
        alias = {fold(m["name"]): spellings(m) for m in gold["mentions"]}
        for i, g in enumerate(golds):
            self._roles(g, preds[twin[i]] if i in twin else None, alias)
        for j, p in enumerate(preds):
            if j not in hit_p:
                self._roles(None, p, alias)

    def _type(self, claim: Item) -> Count:
        return self.by_type.setdefault(claim["type"], Count())

    def _roles(self, gold: Item | None, pred: Item | None, alias: dict[str, set[str]]) -> None:
        for role in ROLES:
            want, got = role_values(gold, role), role_values(pred, role)
            if role in NAMED or role == "source":
                tp = min(sum(bool((alias.get(w, {w}) | {w}) & got) for w in want), len(got))
            else:
                tp = len(want & got)
            for count in (self.roles, self.by_role.setdefault(role, Count())):
                count.add(tp, len(got) - tp, len(want) - tp)

    def _voices(self, gold: Item, pred: Item, toks: Sequence[Span]) -> None:
        for start, _ in toks:
            want = _role_at(gold["voices"], start)
            if want is None:
                continue
            self.voice_tokens += 1
            got = _role_at(pred.get("voices", []), start)
            self.voiced += int(got == want or {got, want} <= OWN_VOICES)

    def result(self) -> dict[str, Any]:
        """All figures as one JSON object."""
        return {
            "garbled_names": self.garbled.figures(),
            "all_names": self.names.figures(),
            "corrections": {
                "recall": round(self.fixed / self.to_fix, 4) if self.to_fix else 1.0,
                "gold": self.to_fix,
                "false_per_1000_words": round(1000 * self.false_fixes / max(self.words, 1), 3),
            },
            "claims": self.claims.figures(),
            "roles": self.roles.figures(),
            "by_role": {role: count.figures() for role, count in sorted(self.by_role.items())},
            "by_type": {kind: count.figures() for kind, count in sorted(self.by_type.items())},
            "voices": round(self.voiced / self.voice_tokens, 4) if self.voice_tokens else None,
            "words": self.words,
        }


def role_values(claim: Item | None, role: str) -> set[Any]:
    """What a claim holds in a role, as comparable values; names and sources folded."""
    if claim is None:
        return set()
    value = claim.get(role)
    if role == "figures":
        return {(f["what"], f["low"], f["high"]) for f in value or []}
    if role == "stance":
        return {value or "asserted"}
    if role == "source":
        return {fold(value)} if value else set()
    return {fold(x) if role in NAMED else x for x in value or []}


def _role_at(voices: Iterable[Item], at: int) -> str | None:
    """The role of the voice that speaks at an offset; None where none does."""
    return next((voice["role"] for voice in voices if voice["start"] <= at < voice["end"]), None)


# ---------------------------------------------------------------- files


def gold_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The gold files named, and those in the folders named, in name order. Raises ScoreError where there is none."""
    for path in paths:
        if not path.is_dir():
            yield path
        elif found := sorted(path.glob("*.json")):
            yield from found
        else:
            raise ScoreError(f"{path}: no gold in this folder: gold is NAME.json, with NAME.txt beside it")


def load_object(path: Path) -> Item:
    """The JSON object in a file. Raises ScoreError where there is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ScoreError(f"{path}: cannot be opened ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise ScoreError(f"{path}: is no JSON ({error})") from error
    if not isinstance(value, dict):
        raise ScoreError(f"{path}: holds no JSON object")
    return value


def load_gold(path: Path) -> Item:
    """A gold reading. Raises ScoreError where a part is missing."""
    gold = load_object(path)
    missing = [part for part in ("mentions", "corrections", "voices", "claims") if not isinstance(gold.get(part), list)]
    if missing:
        raise ScoreError(f"{path}: is no gold reading: it has no list of {', '.join(missing)}")
    return gold


def raw_text(gold_path: Path, pred: Item) -> str:
    """The raw transcript: beside the gold file under the same name, or the reading's own copy. Raises ScoreError."""
    beside = gold_path.with_suffix(".txt")
    try:
        return beside.read_text(encoding="utf-8")
    except FileNotFoundError:
        pass
    except (OSError, UnicodeDecodeError) as error:
        raise ScoreError(f"{beside}: cannot be read as UTF-8 text ({error})") from error
    if isinstance(pred.get("raw"), str):
        return str(pred["raw"])
    raise ScoreError(f"{gold_path}: no raw text: {beside.name} is not beside it, and no reading holds it")


def report(result: Item) -> list[str]:
    """The figures of a result as lines for people."""
    counted = "{name:14s} P {precision:.3f}  R {recall:.3f}  F1 {f1:.3f}   (tp {tp}, fp {fp}, fn {fn})"
    lines = [counted.format(name=name, **result[name]) for name in ("garbled_names", "all_names", "claims", "roles")]
    fixes = "corrections    R {recall:.3f} of {gold}; false per 1,000 words {false_per_1000_words}"
    by_role = "  ".join(f"{role} {figures['f1']:.2f}" for role, figures in result["by_role"].items())
    return [
        *lines,
        fixes.format(**result["corrections"]),
        f"voices         {result['voices']}",
        f"by role        {by_role}",
    ]
