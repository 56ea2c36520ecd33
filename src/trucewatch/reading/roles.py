"""Who, to whom, with what, where, how many, according to whom: the candidates for each role of a claim.

For every claim the words, names and numbers in and just before its span are candidates; each is described by features
(how it stands to the trigger, the words beside it, the type), and small linear models trained on the training
transcripts (``training/train_claims.py``) accept or reject it. Used alike in training and in reading.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import yaml

from trucewatch.reading.claimbranch import STANCES, Branch, Floats
from trucewatch.reading.clauses import Clauses, parsed
from trucewatch.reading.document import BREAK_COMMA, BREAK_SENTENCE, BREAK_TURN, Document, Name, Number, Span, fold
from trucewatch.reading.english import word_vectors
from trucewatch.reading.frames import expected_at, inflections
from trucewatch.reading.resources import resource
from trucewatch.reading.tagfeatures import SEEN, odds

PLACE_KINDS = {"place", "facility", "road"}
ACTOR_KINDS = {"actor", "organisation", "person"}
_BEFORE = 40  # tokens before a claim in which its arguments are looked for
_CUE_VERBS = [
    "say",
    "tell",
    "report",
    "accuse",
    "blame",
    "claim",
    "believe",
    "deny",
    "warn",
    "insist",
    "call",
    "demand",
    "urge",
    "announce",
    "admit",
    "confirm",
    "estimate",
    "count",
    "put",
    "think",
    "fear",
    "suspect",
    "describe",
    "promise",
    "vow",
    "reject",
    "dismiss",
    "agree",
    "want",
    "hope",
    "ask",
    "note",
    "acknowledge",
    "concede",
    "declare",
    "maintain",
    "argue",
    "complain",
    "swear",
    "allege",
    "speak",
    "answer",
    "reply",
    "respond",
    "point",
    "expect",
    "refuse",
    "pledge",
    "threaten",
    "order",
    "offer",
    "propose",
    "quote",
    "cite",
    "hear",
    "know",
    "see",
    "mean",
    "write",
    "explain",
    "show",
    "list",
    "mention",
    "stress",
    "repeat",
    "predict",
    "conclude",
    "find",
    "record",
    "document",
    "tally",
    "give",
    "speculate",
    "appeal",
    "plead",
    "boast",
    "brand",
    "condemn",
    "dispute",
    "contest",
    "credit",
    "attribute",
    "consider",
    "suggest",
    "hint",
    "whisper",
    "charge",
    "denounce",
    "invite",
    "reckon",
    "add",
    "state",
    "assert",
    "contend",
    "recall",
    "testify",
    "recount",
    "guess",
    "doubt",
    "confess",
    "caution",
    "inform",
    "tweet",
    "lament",
    "scoff",
    "criticise",
    "criticize",
    "advise",
    "instruct",
    "beg",
]
_DETERMINERS = frozenset(
    [
        "the",
        "a",
        "an",
        "some",
        "its",
        "his",
        "her",
        "their",
        "our",
        "my",
        "these",
        "those",
        "this",
        "that",
        "many",
        "several",
        "other",
        "all",
        "both",
        "no",
    ]
)
_STOP_BACK = frozenset(
    [
        "that",
        "and",
        "but",
        "because",
        "when",
        "where",
        "while",
        "as",
        "after",
        "before",
        "if",
        "so",
        "which",
        "who",
        "whom",
        "than",
        "then",
        "although",
        "though",
        "or",
    ]
)
_AUX = frozenset(
    [
        "has",
        "have",
        "had",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "will",
        "would",
        "can",
        "could",
        "may",
        "might",
        "must",
        "should",
        "do",
        "does",
        "did",
        "not",
        "never",
        "n't",
        "still",
        "also",
        "now",
        "again",
        "then",
        "already",
        "first",
    ]
)
_PASSIVE = frozenset(["is", "are", "was", "were", "been", "being", "be", "get", "got", "gets"])


@lru_cache(maxsize=1)
def _cues() -> dict[str, str]:
    return {form: verb for verb in _CUE_VERBS for form in inflections(verb)}


@lru_cache(maxsize=8)
def forms(verbs: tuple[str, ...]) -> frozenset[str]:
    """All inflections of some verbs."""
    return frozenset(form for verb in verbs for form in inflections(verb))


def _plural_forms(word: str) -> set[str]:
    head, _, last = word.rpartition(" ")
    forms = {last}
    if last.endswith("y") and last[-2:-1] not in "aeiou":
        forms.add(last[:-1] + "ies")
    elif last.endswith(("s", "x", "ch", "sh")):
        forms.add(last + "es")
    else:
        forms.add(last + "s")
    forms |= {"man": {"men"}, "woman": {"women"}, "child": {"children"}, "person": {"persons"}}.get(last, set())
    if last.endswith("man"):
        forms.add(last[:-3] + "men")
    return {fold(f"{head} {form}") for form in forms}


@lru_cache(maxsize=1)
def class_table() -> dict[str, dict[str, list[str]]]:
    """The words for targets and weapons as written in ``data/classes.yaml``."""
    loaded: dict[str, dict[str, list[str]]] = yaml.load(resource("classes.yaml").read_text("utf-8"), yaml.CSafeLoader)
    return loaded


@lru_cache(maxsize=2)
def _class_words(group: str) -> dict[str, tuple[str, ...]]:
    out: dict[str, list[str]] = {}
    for name, words in class_table()[group].items():
        for word in words:
            for form in _plural_forms(word):
                if name not in out.setdefault(form, []):
                    out[form].append(name)
    return {form: tuple(names) for form, names in out.items()}


@dataclass(slots=True)
class Context:
    """What the role models see of a document: words by token, names by token, where sentences begin.

    ``shown`` are the words with numbers and names replaced by what they are.
    """

    doc: Document
    words: list[str]
    name_at: dict[int, Name]
    floor: list[int]
    edge: dict[int, float]
    voice: list[str]
    shown: list[str] = field(default_factory=list)
    targets: list[tuple[int, int, tuple[str, ...]]] = field(default_factory=list)
    weapons: list[tuple[int, int, tuple[str, ...]]] = field(default_factory=list)
    clauses: Clauses | None = None
    claimed: tuple[Span | None, Floats | None] = (None, None)
    rooted: tuple[Span | None, int] = (None, 0)
    seats: dict[tuple[str, str | None], str | None] = field(default_factory=dict)

    @property
    def branch(self) -> Branch | None:
        """What the caption model's claim branch says."""
        return self.doc.captions.branch if self.doc.captions is not None else None

    def root(self, span: Span, tree: Clauses) -> int:
        """The token on which most of a claim hangs."""
        if self.rooted[0] is not span:
            self.rooted = span, tree.root(span.first, span.last)
        return self.rooted[1]

    def fills(self, span: Span, role: str, at: int) -> float | None:
        """How well what begins at a token fills a role of a claim, by the claim branch (log-odds); None without it."""
        captions = self.doc.captions
        if captions is None or captions.branch is None or at < 0:
            return None
        if self.claimed[0] is not span:
            self.claimed = span, captions.branch.claimed(captions.first[span.first], captions.last[span.last])
        assert self.claimed[1] is not None
        return captions.branch.fills(self.claimed[1], role, captions.first[at])


def context(doc: Document, edge: dict[int, float]) -> Context:
    """Look a document over once for all its claims. ``edge`` says how well each token starts a sentence (log-odds)."""
    words = doc.words_by_token()
    floor: list[int] = []
    start = turn = 0
    for t in doc.tokens:
        if t.brk >= BREAK_TURN:
            turn = t.i
        if t.brk >= BREAK_SENTENCE or (not doc.punctuated and edge.get(t.i, 0.0) > 0.0):
            start = t.i
        floor.append(max(start, turn))
    voice = ["reporter"] * len(doc.tokens)
    at = 0
    for v in doc.voices:
        while at < len(doc.tokens) and doc.tokens[at].start < v.end:
            voice[at] = v.role
            at += 1
    ctx = Context(doc, words, {i: n for n in doc.names for i in range(n.first, n.last + 1)}, floor, edge, voice)
    ctx.clauses = parsed(doc)
    ctx.shown = ["<num>" if t.number else w for w, t in zip(words, doc.tokens, strict=True)]
    for k, name in ctx.name_at.items():
        ctx.shown[k] = f"<{name.kind}>"
    ctx.targets = list(_classed(words, _class_words("targets")))
    ctx.weapons = list(_classed(words, _class_words("weapons")))
    return ctx


def _classed(words: list[str], table: dict[str, tuple[str, ...]]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    i = 0
    while i < len(words):
        for width in (4, 3, 2, 1):
            found = table.get(" ".join(words[i : i + width]))
            if found and i + width <= len(words):
                yield i, i + width - 1, found
                i += width - 1
                break
        i += 1


@dataclass(slots=True)
class Candidate:
    """Something that may fill a role: its value, its first and last token (-1 where it is carried over), its features."""

    value: str
    at: int
    last: int
    features: list[str]
    number: Number | None = None


def _word(ctx: Context, i: int) -> str:
    return ctx.shown[i] if 0 <= i < len(ctx.shown) else "<edge>"


def _bucket(n: int) -> str:
    return str(n) if n <= 2 else "3-4" if n <= 4 else "5-8" if n <= 8 else "9-16" if n <= 16 else "17+"


def _where(ctx: Context, span: Span, first: int, last: int) -> list[str]:
    """How tokens ``first`` to ``last`` stand to a claim."""
    inside = span.first <= first <= span.last
    before = first < span.first
    place = "in" if inside else "before" if before else "after"
    trigger = "pre" if last < span.trigger[0] else "post" if first > span.trigger[1] else "at"
    out = [place, f"{place}:{trigger}"]
    if before:
        gap = span.first - last - 1
        out.append(f"gap={_bucket(gap)}")
        out.append("same_sentence" if ctx.floor[span.first] <= first else "earlier_sentence")
        if any(ctx.doc.tokens[j].brk >= BREAK_COMMA for j in range(last + 1, span.first + 1)):
            out.append("break_between")
    elif inside:
        gap = span.trigger[0] - last if trigger == "pre" else first - span.trigger[1]
        out.append(f"tgap={trigger}{_bucket(max(gap, 0))}")
    return out


def _common(ctx: Context, span: Span, first: int, last: int) -> list[str]:
    where = _where(ctx, span, first, last)
    before, before2, after, after2 = (
        _word(ctx, first - 1),
        _word(ctx, first - 2),
        _word(ctx, last + 1),
        _word(ctx, last + 2),
    )
    out = [
        *where,
        f"{where[1]}|{span.type}",
        f"p={before}",
        f"n={after}",
        f"pp={before2} {before}",
        f"p={before}|{span.type}",
        f"n={after}|{span.type}",
        f"{where[1]}|p={before}",
        f"{where[1]}|n={after}",
        f"nn={after} {after2}",
    ]
    for mark, word in (("pc", before), ("nc", after), ("nnc", after2)):
        found = word_vectors().clusters(word)
        if found:
            out.append(f"{mark}={found[1]}")
    if after in _cues():
        out += ["says_after", f"says_after|{where[0]}"]
    if after in _AUX:
        out.append("aux_after")
    if before == "by":
        out.append(f"by|{where[1]}")
    if ctx.clauses is not None:
        out += _syntax(ctx, ctx.clauses, span, first, last)
    return out


def _syntax(ctx: Context, tree: Clauses, span: Span, first: int, last: int) -> list[str]:
    """How tokens ``first`` to ``last`` hang together with a claim's trigger, by the parse."""
    own, trigger = tree.top(first, last), tree.top(*span.trigger)
    path = tree.path(own, trigger)
    voice = "passive" if trigger in tree.passive else "active"
    above = tree.head[own]
    top = ctx.root(span, tree)
    out = [f"path={path}", f"path={path}|{span.type}", f"path={path}|{voice}", f"label={tree.label(own)}"]
    out.append(f"label={tree.label(own)}|{_word(ctx, above) if above >= 0 else '<root>'}")
    if above >= 0 and span.first <= above <= span.last:
        out.append(f"hangs_inside|{tree.label(own)}")
    if top != trigger:
        path = tree.path(own, top)
        out += [f"rpath={path}", f"rpath={path}|{span.type}"]
    return out


def claim_features(ctx: Context, span: Span) -> list[str]:
    """What all role models know of a claim: its type, words and first words, voice, passive, pronoun."""
    words = [_word(ctx, i) for i in range(span.first, span.last + 1)]
    out = [f"type={span.type}", f"voice={ctx.voice[span.first]}", f"first={words[0]}"]
    if any(w in _PASSIVE for w in words):
        out.append("passive")
    if words[0] in {"they", "it", "he", "she", "we", "i", "who", "which", "its", "their", "his"}:
        out.append(f"pronoun={words[0]}")
    if ctx.clauses is not None:
        out.append(f"subj={_subject_kind(ctx, ctx.clauses, span)}")
    return out


def _subject_kind(ctx: Context, tree: Clauses, span: Span) -> str:
    """What the subject of a claim's verb is: a pronoun (itself), a name's kind, "noun", "shared" with a verb before, "none"."""
    root = ctx.root(span, tree)
    subjects = tree.children(root, _SUBJECTS)
    if not subjects:
        return "shared" if tree.relation[root] == "conj" else "none"
    own = subjects[0]
    if ctx.words[own] in _PRONOUNS:
        return ctx.words[own]
    return ctx.name_at[own].kind if own in ctx.name_at else "noun"


def _judged(ctx: Context, span: Span, role: str, first: int, last: int, where: str) -> list[str]:
    """What the claim branch says of a candidate, and whether it stands where the frame of the trigger has its role."""
    out = []
    value = ctx.fills(span, role, first)
    if value is not None:
        mark = f"net={max(-6, min(6, round(value)))}"
        out += [mark, f"{mark}|{where}", f"{mark}|{span.type}"]
    if span.opening is not None and ctx.clauses is not None:
        expected = expected_at(span.opening)
        stands = ctx.clauses.standing(ctx.clauses.top(first, last), ctx.clauses.top(*span.trigger))
        if stands in expected.get(role, ()) or (stands == "passive by" and "by" in expected.get(role, ())):
            out += ["frame=here", f"frame=here|{span.type}", f"frame=here|{stands}"]
        elif stands:
            others = sorted(other for other, places in expected.items() if stands in places)
            out += [f"frame={other}" for other in others] or ["frame=none"]
            out.append(f"stands={stands}|{span.type}")
        else:
            out.append("frame=far")
    return out


def name_candidates(ctx: Context, span: Span, kinds: set[str], previous: list[tuple[str, str]]) -> list[Candidate]:
    """Names of some kinds in a claim, before it in reach, and those that the claim before it had.

    ``previous`` are (value, why) pairs carried over: values of the same role in the claims before.
    """
    base = claim_features(ctx, span)
    role = "actors" if "actor" in kinds else "places"
    found: dict[str, list[Name]] = {}
    low = max(0, span.first - _BEFORE)
    for name in ctx.doc.names:
        if name.last < low or name.first > span.last + 4:
            continue
        value = _as_actor(ctx, name) if "actor" in kinds else _as_place(ctx, name)
        if value:
            found.setdefault(value, []).append(name)
    inside = [n for ns in found.values() for n in ns if span.first <= n.first <= span.last]
    before = [n for ns in found.values() for n in ns if n.last < span.first]
    nearest = max((n.last for n in before), default=-1)
    out: list[Candidate] = []
    back = _points_back(ctx, span) if role == "places" else ""
    carried = dict(previous)
    for value, all_names in found.items():
        names = [n for n in all_names if span.first <= n.first <= span.last] or all_names
        name = names[0] if span.first <= names[0].first <= span.last else max(names, key=lambda n: n.first)
        features = [
            *_common(ctx, span, name.first, name.last),
            f"kind={name.kind}",
            f"how={name.how}",
            f"how={name.how}|{span.type}",
            f"kind={name.kind}|{span.type}",
            f"inside={min(len(inside), 3)}",
        ]
        if span.first <= name.first <= span.last:
            order = sorted(n.first for n in inside).index(name.first)
            features += [f"order={min(order, 2)}", f"order={min(order, 2)}|{span.type}"]
        elif name.last == nearest:
            features += ["nearest", f"nearest|{'none' if not inside else 'some'}_inside", f"nearest|{base[2]}"]
        if role == "actors" and name.kind in PLACE_KINDS:
            features += ["seat", f"seat|{features[1]}"]
        if back and name.last < span.first:
            features += [f"back={back}", f"back={back}|{'nearest' if name.last == nearest else 'farther'}"]
            features.append(f"back={back}|inside={min(len(inside), 2)}")
        if name.recovered:
            features.append("recovered")
        if len(all_names) > 1:
            features.append("repeated")
        if value in carried:
            features += [f"carried={carried[value]}", f"carried={carried[value]}|{base[2]}", f"carried|{span.type}"]
            features.append(f"carried={carried[value]}|{base[-1]}")
        features += [f"{features[0]}|{b}" for b in base]
        features += _judged(ctx, span, role, name.first, name.last, features[0])
        out.append(Candidate(value, name.first, name.last, features))
    for value, why in previous:
        if value not in found:
            features = [
                "carried_only",
                f"carried={why}",
                f"carried={why}|{base[2]}",
                f"carried={why}|{base[-1]}",
                f"carried|{span.type}",
                f"inside={min(len(inside), 3)}",
                *(f"carried|{b}" for b in base),
            ]
            if back:
                features += [f"back={back}|carried", f"back={back}|carried={why}"]
            out.append(Candidate(value, -1, -1, features))
    return out


_SETTLEMENTS = frozenset(
    [
        "town",
        "city",
        "village",
        "camp",
        "capital",
        "district",
        "province",
        "region",
        "area",
        "port",
        "airport",
        "island",
        "pocket",
        "enclave",
    ]
)


def _points_back(ctx: Context, span: Span) -> str:
    """Whether a claim speaks of a place by "there", "where" or "the town", not by its name."""
    for i in range(span.first, span.last + 1):
        word = ctx.words[i]
        if word in {"there", "where"} and ctx.words[i + 1 : i + 2] not in (
            ["is"],
            ["are"],
            ["was"],
            ["were"],
            ["s"],
            ["will"],
            ["has"],
        ):
            return "there"
        if word in _SETTLEMENTS and i > 0 and ctx.words[i - 1] in {"the", "this", "that", "its"}:
            return "noun"
    return ""


def _as_actor(ctx: Context, name: Name) -> str | None:
    """The actor a name may stand for: itself, a leader's side, a state for its name or capital; None for other places."""
    if name.kind == "person":
        return _acting(ctx, name)
    if name.kind in ACTOR_KINDS:
        return name.name
    country = name.entity.country
    if country and (name.entity.feature == "country" or name.how == "capital"):
        actor = ctx.doc.lexicon.represented(country, ctx.doc.local_theatre[name.first])
        return actor.name if actor else None
    return _seat_of(ctx, name) if country and name.entity.feature == "city" else None


def _seat_of(ctx: Context, name: Name) -> str | None:
    """The government that sits in a city and is called by its name, wherever the city was taken for a place."""
    key = name.entity.id, ctx.doc.local_theatre[name.first]
    if key not in ctx.seats:
        country = name.entity.country
        sits = any(
            e.entity.kind == "actor" and e.entity.klass == "state" and e.entity.country == country
            for e in ctx.doc.lexicon.entries(fold(name.name))
        )
        actor = ctx.doc.lexicon.represented(country, key[1]) if sits and country else None
        ctx.seats[key] = actor.name if actor else None
    return ctx.seats[key]


def _as_place(ctx: Context, name: Name) -> str | None:
    """The place a name may stand for: itself, or the country of a state's name or adjective ("the Turkish border")."""
    if name.kind in PLACE_KINDS:
        return name.name
    entity = name.entity
    if entity.country and (entity.klass == "state" or entity.represents) and name.how in {"name", "adjective"}:
        place = ctx.doc.lexicon.countries.get(entity.country)
        return place.name if place else None
    return None


def _acting(ctx: Context, name: Name) -> str | None:
    """For whom a person acts: a leader's state or group."""
    actor = ctx.doc.lexicon.entities.get(name.entity.actor or "")
    if actor is None:
        return None
    if actor.klass == "state" and actor.country:
        stands = ctx.doc.lexicon.represented(actor.country, ctx.doc.local_theatre[name.first])
        return (stands or actor).name
    return actor.name


def class_candidates(ctx: Context, span: Span, group: str) -> list[Candidate]:
    """Classes of targets or weapons that words in or just around a claim stand for, and those its type implies."""
    table = ctx.targets if group == "targets" else ctx.weapons
    base = claim_features(ctx, span)
    found: dict[str, list[tuple[int, int]]] = {}
    for first, last, classes in table:
        if span.first - 4 <= first and last <= span.last + 2:
            for label in classes:
                found.setdefault(label, []).append((first, last))
    out: list[Candidate] = []
    inside_total = len({c for c, spots in found.items() if any(span.first <= a <= span.last for a, _ in spots)})
    for value, spots in found.items():
        first, last = min(spots, key=lambda s: (not span.first <= s[0] <= span.last, s[0]))
        phrase = " ".join(ctx.words[first : last + 1])
        features = [
            *_common(ctx, span, first, last),
            f"v={value}",
            f"v={value}|{span.type}",
            f"w={phrase}",
            f"w={phrase}|v={value}",
            f"w={phrase}|{span.type}",
            f"v={value}|n={_word(ctx, last + 1)}",
            f"v={value}|p={_word(ctx, first - 1)}",
            f"others={min(inside_total, 4)}",
        ]
        where = features[1]
        features += [f"v={value}|{where}", f"v={value}|{where}|{span.type}", *(f"v={value}|{b}" for b in base)]
        if first in ctx.name_at:
            features.append(f"in_name|v={value}")
        features += _judged(ctx, span, group, first, last, where)
        out.append(Candidate(value, first, last, features))
    implied = class_table()["implied" if group == "targets" else "implied_weapons"].get(span.type, [])
    for value in implied:
        if value not in found:
            words = {_word(ctx, i) for i in range(span.first, span.last + 1)}
            features = [
                "implied",
                f"implied={value}",
                f"implied={value}|{span.type}",
                f"others={min(inside_total, 4)}|implied",
                *(f"implied={value}|{b}" for b in base),
                *(f"implied={value}|has={w}" for w in sorted(words)),
            ]
            out.append(Candidate(value, -1, -1, features))
    if group == "targets" and "town" not in found:
        for name in ctx.doc.names:
            if name.kind == "place" and span.first <= name.first <= span.last:
                features = [
                    "named_town",
                    *_common(ctx, span, name.first, name.last),
                    f"town|{span.type}",
                    f"feature={name.entity.feature}|{span.type}",
                    f"town|p={_word(ctx, name.first - 1)}|{span.type}",
                    f"others={min(inside_total, 4)}|town",
                    *_judged(ctx, span, group, name.first, name.last, "town"),
                ]
                out.append(Candidate("town", name.first, name.last, features))
                break
    return out


def figure_candidates(ctx: Context, span: Span) -> list[Candidate]:
    """The numbers in a claim, each with features for what it counts."""
    base = claim_features(ctx, span)
    out: list[Candidate] = []
    numbers = [n for n in ctx.doc.numbers if span.first <= n.head <= span.last]
    for k, number in enumerate(numbers):
        after = [_word(ctx, j) for j in range(number.last + 1, number.last + 5)]
        before = [_word(ctx, j) for j in range(number.first - 3, number.first)]
        size = len(str(number.low or number.high or 0))
        features = [
            f"type={span.type}",
            f"n1={after[0]}",
            f"n1={after[0]}|{span.type}",
            f"n2={after[1]}",
            f"n12={after[0]} {after[1]}",
            f"p1={before[-1]}",
            f"p2={before[-2]}",
            f"p12={before[-2]} {before[-1]}",
            f"p1={before[-1]}|{span.type}",
            f"size={size}",
            f"order={min(k, 3)}",
            f"of={min(len(numbers), 4)}",
            f"ordinal={number.ordinal}",
            f"year={number.low == number.high and 1900 <= (number.low or 0) <= 2030 and number.first == number.last}",
            *(f"after={w}" for w in after),
            *(f"before={w}" for w in before),
            *base,
        ]
        features += [f"span={w}" for w in sorted({_word(ctx, i) for i in range(span.first, span.last + 1)})]
        if ctx.clauses is not None:
            above = ctx.clauses.head[number.last]
            counted = _word(ctx, above) if above >= 0 else "<root>"
            path = ctx.clauses.path(above if above >= 0 else number.last, ctx.clauses.top(*span.trigger))
            features += [
                f"counts={counted}",
                f"counts={counted}|{span.type}",
                f"cpath={path}|{span.type}",
                f"cpath={path}",
            ]
        for mark, word in (("n1c", after[0]), ("n2c", after[1]), ("p1c", before[-1])):
            found = word_vectors().clusters(word)
            if found:
                features += [f"{mark}={found[1]}", f"{mark}={found[0]}|{span.type}"]
        features += [f"nn={w}|{span.type}" for w in after[:3]]
        counted_at = number.last
        if ctx.clauses is not None and ctx.clauses.head[number.last] >= 0:
            counted_at = ctx.clauses.head[number.last]
        features += _judged(ctx, span, "figures", number.head, counted_at, "in")
        if ctx.branch is not None and ctx.doc.captions is not None:
            counted = ctx.branch.counts(ctx.doc.captions.first[number.head])
            features += [f"nc={counted}", f"nc={counted}|{span.type}"]
        out.append(Candidate("", number.head, number.last, features, number))
    return out


def source_candidates(ctx: Context, span: Span, previous: str | None) -> list[Candidate]:
    """Who may be said to say it: subjects of verbs of saying in or before a claim, "according to X", names, the last source."""
    base = claim_features(ctx, span)
    low = max(ctx.floor[span.first], span.first - _BEFORE, 0)
    low = min(low, max(span.first - 12, 0))
    found: dict[str, list[tuple[int, int, int, str]]] = {}
    for v in range(low, min(span.last + 8, len(ctx.words))):
        verb = _cues().get(ctx.words[v])
        if verb:
            phrases = {_subject(ctx, v), _parsed_subject(ctx, ctx.clauses, v) if ctx.clauses is not None else None}
            for value, first, last in sorted(p for p in phrases if p is not None):
                found.setdefault(value, []).append((first, last, v, verb))
        for cue, length in (("according to", 2), ("in the words of", 4)):
            if ctx.words[v : v + length] == cue.split() and v + length < len(ctx.words):
                phrase = _object(ctx, v + length)
                if phrase:
                    value, first, last = phrase
                    found.setdefault(value, []).append((first, last, v, "according"))
    for name in ctx.doc.names:
        if low <= name.first <= span.last and name.kind in ACTOR_KINDS and name.name not in found:
            found[name.name] = [(name.first, name.last, -1, "none")]
    says = _pronoun_says(ctx, span)
    out: list[Candidate] = []
    for value, spots in found.items():
        first, last, v, verb = max(spots, key=lambda s: (s[2] >= 0, s[0] <= span.last, s[0]))
        features = [
            *_common(ctx, span, first, last),
            f"verb={verb}",
            f"verb={verb}|{span.type}",
            f"many={min(len(spots), 3)}",
        ]
        if v >= 0:
            place = "in" if span.first <= v <= span.last else "before" if v < span.first else "after"
            features += [f"cue={place}", f"cue={place}|{verb}", f"cue={place}|{features[0]}"]
            if place == "before":
                gap = span.first - v - 1
                breaks = max((ctx.doc.tokens[j].brk for j in range(v + 1, span.first + 1)), default=0)
                features += [
                    f"cuegap={_bucket(gap)}",
                    f"cuebreak={breaks}",
                    f"cuegap={_bucket(gap)}|{breaks}",
                    f"link={_word(ctx, v + 1)}",
                    "cue_same" if ctx.floor[span.first] <= v else "cue_earlier",
                ]
            elif place == "in":
                features += [f"cuepos={_bucket(v - span.first)}", f"link={_word(ctx, v + 1)}"]
        named = ctx.name_at.get(first)
        if named is None:
            head = value.split()[-1]
            features += ["unnamed", f"head={head}"]
            clusters = word_vectors().clusters(head)
            if clusters:
                features += [f"headc={clusters[1]}", f"headc={clusters[0]}"]
        else:
            features += [f"kind={named.kind}", f"how={named.how}"]
        if value == previous:
            features += ["was_last", f"was_last|{base[2]}", *(f"was_last|{f}" for f in says)]
        features += [f"{features[0]}|{b}" for b in base]
        features += _judged(ctx, span, "source", first, last, features[0])
        out.append(Candidate(value, first, last, features))
    if previous and previous not in found:
        gap_break = "same" if ctx.floor[span.first] < span.first else "new_sentence"
        out.append(
            Candidate(
                previous,
                -1,
                -1,
                [
                    "last_only",
                    f"last|{gap_break}",
                    f"last|{gap_break}|{base[2]}",
                    *(f"last|{b}" for b in base),
                    f"last|p={_word(ctx, span.first - 1)}",
                    *(f"last|{f}" for f in says),
                    *(f"last|{f}|{base[1]}" for f in says),
                ],
            )
        )
    return out


def _pronoun_says(ctx: Context, span: Span) -> list[str]:
    """Whether a pronoun says something just before a claim or in it ("they say", "he added"), which carries a source on."""
    for v in range(max(1, span.first - 3), span.last + 1):
        if ctx.words[v] in _cues():
            j = v - 1
            while j > 0 and ctx.words[j] in _AUX and v - j < 4:
                j -= 1
            if ctx.words[j] in {"they", "he", "she", "it", "who", "which"}:
                where = "in" if j >= span.first else "before"
                return [
                    "pronoun_says",
                    f"says={ctx.words[j]}",
                    f"says={ctx.words[j]}|{where}",
                    f"says={_cues()[ctx.words[v]]}",
                ]
    return ["nobody_says"]


def _subject(ctx: Context, verb: int) -> tuple[str, int, int] | None:
    """The noun phrase before a verb: its name or its words without determiners, and its tokens."""
    j = verb - 1
    while j >= 0 and ctx.words[j] in _AUX and verb - j < 4:
        j -= 1
    if j < 0 or ctx.doc.tokens[j + 1].brk >= BREAK_SENTENCE:
        return None
    last = j
    while j >= 0 and last - j < 7:
        if j in ctx.name_at:
            name = ctx.name_at[j]
            return name.name, name.first, name.last
        if (
            ctx.words[j] in _STOP_BACK
            or ctx.words[j] in _cues()
            or (j < last and ctx.doc.tokens[j + 1].brk >= BREAK_COMMA)
        ):
            j += 1
            break
        if j < verb and ctx.words[j] in _DETERMINERS:
            break
        j -= 1
    first = max(j, 0)
    words = [w for w in ctx.words[first : last + 1] if w and w not in _DETERMINERS]
    if (
        not words
        or words[-1] in {"they", "he", "she", "it", "we", "i", "you", "who", "which", "what", "there"}
        or len(words) > 4
    ):
        return None
    return " ".join(words), first, last


_LEFT = frozenset({"amod", "compound", "flat", "nummod"})
_PRONOUNS = frozenset(["they", "he", "she", "it", "we", "i", "you", "who", "which", "what", "there", "that", "this"])
_SUBJECTS, _AGENTS = frozenset({"nsubj", "nsubj:pass"}), frozenset({"obl:agent"})


def _parsed_subject(ctx: Context, tree: Clauses, verb: int) -> tuple[str, int, int] | None:
    """Who says, by the parse: the subject of a verb, its agent in the passive, the noun of a relative clause."""
    found = tree.children(verb, _AGENTS if verb in tree.passive else _SUBJECTS)
    if not found and tree.relation[verb] == "conj" and tree.head[verb] >= 0:
        found = tree.children(tree.head[verb], _SUBJECTS)  # "the army denied it and said"
    own = found[0] if found else -1
    if own < 0 or ctx.words[own] in {"who", "which", "that"}:
        if tree.relation[verb] != "acl:relcl" or tree.head[verb] < 0:
            return None
        own = tree.head[verb]
    if own in ctx.name_at:
        name = ctx.name_at[own]
        return name.name, name.first, name.last
    first = own
    while (
        first > 0 and tree.head[first - 1] == own and tree.relation[first - 1] in _LEFT and first - 1 not in ctx.name_at
    ):
        first -= 1
    words = [w for w in ctx.words[first : own + 1] if w and w not in _DETERMINERS]
    if not words or words[-1] in _PRONOUNS or len(words) > 4:
        return None
    return " ".join(words), first, own


def _object(ctx: Context, start: int) -> tuple[str, int, int] | None:
    """The noun phrase that begins at a token: a name in its first words, or up to three words without determiners."""
    for j in range(start, min(start + 4, len(ctx.words))):
        if j in ctx.name_at:
            return ctx.name_at[j].name, ctx.name_at[j].first, ctx.name_at[j].last
    j = start
    while j < min(start + 4, len(ctx.words)) and (j == start or ctx.doc.tokens[j].brk < BREAK_COMMA):
        j += 1
    words = [w for w in ctx.words[start:j] if w not in _DETERMINERS][:2]
    return (" ".join(words), start, j - 1) if words else None


def stance_features(ctx: Context, span: Span, source: str | None, source_features: list[str]) -> list[str]:
    """Features for how surely a claim is made: its words, those before it, the verb of saying, the voice."""
    words = [_word(ctx, i) for i in range(span.first, span.last + 1)]
    low = max(span.first - 7, ctx.floor[span.first] if ctx.doc.punctuated else 0, 0)
    before = [_word(ctx, i) for i in range(low, span.first)]
    after = [_word(ctx, i) for i in range(span.last + 1, min(span.last + 4, len(ctx.words)))]
    out = [*claim_features(ctx, span), "sourced" if source else "unsourced"]
    out += [f"s={w}" for w in words] + [f"s2={a} {b}" for a, b in itertools.pairwise(words)]
    out += [f"b={w}" for w in before] + [f"b2={a} {b}" for a, b in itertools.pairwise(before)]
    out += [f"a={w}" for w in after]
    out += [
        f"s={w}|{span.type}"
        for w in words
        if w in {"not", "no", "will", "if", "must", "should", "never", "nobody", "would", "could", "may"}
    ]
    out += [f"src:{f}" for f in source_features if f.startswith(("verb=", "cue="))]
    out += [f"first2={' '.join(words[:2])}", f"type={span.type}|{'sourced' if source else 'unsourced'}"]
    for w in words[:8]:
        found = word_vectors().clusters(w)
        if found:
            out.append(f"sc={found[1]}")
    if ctx.branch is not None and ctx.doc.captions is not None:
        first, last = ctx.doc.captions.first[span.first], ctx.doc.captions.last[span.last]
        shares = ctx.branch.of_claim("stance", first, last)
        best = STANCES[int(shares.argmax())]
        bins = odds(shares).tolist()
        out += [f"ns={STANCES[k]}:{bins[k]}" for k in np.nonzero(shares >= SEEN)[0].tolist()]
        out += [f"n1={best}", f"n1={best}|{'sourced' if source else 'unsourced'}"]
    return out
