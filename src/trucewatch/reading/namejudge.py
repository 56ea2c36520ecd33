"""Which of the things that a spelling or a general phrase could name it does name, if any.

A set of boosted trees trained on the training transcripts (``training/train_names.py``) gives each possibility the
probability that a person would mark it there, from how it is written, what is at home in the theatre at hand, what was
named how near, and the words beside it. The probability is the name's confidence, and what it rests on is written into
``why``, each piece with what it adds: the log-odds lost when it is taken away.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from trucewatch.reading.context import ACTING, COPULAS, TheatreWeights, is_common_word, place_slot
from trucewatch.reading.document import BREAK_COMMA, BREAK_SENTENCE, Document, Name
from trucewatch.reading.lexicon import Found
from trucewatch.reading.model import Candidate, Evidence
from trucewatch.reading.namecandidates import Memory, Option, candidates, folded, phrases, shown_name
from trucewatch.reading.resources import resource
from trucewatch.reading.trees import Floats, Trees, load_trees
from trucewatch.theatre import Entity

MODEL = "names.npz"
HOWS = ("name", "force", "acronym", "adjective", "people", "capital", "generic", "surname", "side")
KINDS = ("place", "actor", "organisation", "facility", "road", "agreement", "person")
CLASSES = ("state", "government", "armed_group", "faction", "coalition", "unit", "people", "police", "un", "media")
FEATURES = ("country", "city", "town", "village", "province", "region", "neighbourhood")
# Features of the span and of the possibility. The order is the model's.
SPAN_COLUMNS = (
    "words", "letters", "common", "all_common", "capital", "upper", "cased", "punctuated", "dotted", "possessive",
    "start", "after_comma", "the", "a", "whose", "counted", "name_before", "name_after", "of_name", "of_before", "slot",
    "acts", "says", "ends", "inside", "longer", "options", "before", "after", "second_after", "phrase", "hyphen_after",
    "position", "capital_before", "capital_after", "sport", "phrase_after",
)  # fmt: skip
OPTION_COLUMNS = (
    *(f"how_{h}" for h in HOWS),
    *(f"kind_{k}" for k in KINDS),
    *(f"class_{c}" for c in CLASSES),
    *(f"feature_{f}" for f in FEATURES),
    "importance", "exact", "ruled", "ruled_sure", "ruled_other", "unruled", "world", "local", "away", "no_theatre",
    "theatre_share", "theatre_near", "country_share", "country_near", "country_local", "named_before", "named_after",
    "since", "until", "leader_since", "last_group", "recency_rank", "named_rank", "country_since", "listed", "headed",
    "valid", "represents", "office", "adjective_fits", "of_fits", "share_rank", "near_rank", "listed_only", "own_army",
    "country_rank", "country_since_rank", "country_named",
)  # fmt: skip
COLUMNS = (*SPAN_COLUMNS, *OPTION_COLUMNS)
_AT = {column: k for k, column in enumerate(COLUMNS)}
# How much less likely the rules' choice between a place and its state may be and still be taken. Gold lets "Damascus"
# and "Syrian government" both pass, so the judge cannot tell them apart; a wider margin costs names on train/.
CLOSE = 0.15
_FAR = 400.0  # words; what is further off counts as never named
# fmt: off
_NUMBERS = frozenset([
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "several", "dozens", "hundreds",
    "thousands", "many", "no",
])
_SPORT = frozenset([
    "football", "tennis", "cricket", "rugby", "match", "cup", "league", "goal", "goals", "striker", "wicket", "wickets",
    "bowlers", "batsmen", "innings", "champion", "champions", "championship", "title", "final", "semifinal",
    "quarterfinal", "olympic", "olympics", "medal", "grand", "prix", "coach", "fans", "derby", "halftime", "stadium",
    "golf", "basketball", "baseball", "boxing", "cycling", "marathon", "seeded", "sets", "scored",
])
# fmt: on
_WHOSE = frozenset(["its", "their", "our", "his", "her", "your", "my", "whose"])
GROUPS_OF_HOW = {
    "name": "name", "force": "name", "acronym": "name", "capital": "name", "surname": "name", "adjective": "adjective",
    "people": "adjective", "generic": "side", "side": "side",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class WordOdds:
    """How much oftener (log-odds) than others a span is a mention with a word before it, after it, or as its words.

    Keys are "before adjective french", "after side spokesman", "phrase side the rebels"; only words and phrases of
    several transcripts are held, so that none speaks for one text alone.
    """

    odds: dict[str, float]

    def of(self, place: str, group: str, word: str) -> float:
        """The log-odds of a word; 0 where it is not known."""
        return self.odds.get(f"{place} {group} {word}", 0.0)


@dataclass(frozen=True, slots=True)
class NameModel:
    """The judge: word odds and trees, whose ``apply`` is the probability from which a name is given."""

    words: WordOdds
    trees: Trees


def load_model(path: Path) -> NameModel:
    """The judge in a file written by ``save_model``."""
    trees = load_trees(path)
    with np.load(path) as data:
        words = WordOdds(dict(zip(str(data["words"]).split("\n"), data["odds"].tolist(), strict=True)))
    return NameModel(words, trees)


def save_model(model: NameModel, path: Path) -> None:
    """Write the judge: its trees, and the words with their log-odds."""
    model.trees.save(path)
    with np.load(path) as data:
        arrays = dict(data)
    arrays["words"] = np.array("\n".join(model.words.odds))
    arrays["odds"] = np.array(list(model.words.odds.values()), dtype=np.float32)
    np.savez_compressed(path, **arrays)


@lru_cache(maxsize=1)
def judge() -> NameModel | None:
    """The trained judge; None where its file is missing (then the rules of ``cleannames`` decide)."""
    path = resource(MODEL)
    return load_model(path) if path.exists() else None


@dataclass(slots=True)
class Judged:
    """The possibilities of a text, their features (shape (possibilities, ``COLUMNS``)) and what the rules would say."""

    options: list[Option]
    matrix: Floats
    ruled: list[Name]


def consider(
    doc: Document, found: Sequence[Found], weights: TheatreWeights, ruled: list[Name], words: WordOdds
) -> Judged:
    """Everything that a text's words could name, with the features for judging it."""
    memory = Memory(doc, found, ruled)
    options = candidates(doc, found, weights, ruled, memory)
    rows = _Rows(doc, weights, ruled, memory, words)
    matrix = np.zeros((len(options), len(COLUMNS)), dtype=np.float32)
    if options:
        matrix[:] = rows.of(options)
    return Judged(options, matrix, ruled)


class _Rows:
    """The features of possibilities: those of the span once for all of its possibilities."""

    def __init__(
        self, doc: Document, weights: TheatreWeights, ruled: list[Name], memory: Memory, words: WordOdds
    ) -> None:
        self.doc, self.weights, self.memory, self.words = doc, weights, memory, words
        self.ruled_at = {i: n for n in ruled for i in range(n.first, n.last + 1)}
        self.shares = dict(weights.overall)
        self.air = doc.transcript.air_date
        self.starts = {n.first: n for n in ruled}
        self.ends = {n.last: n for n in ruled}
        self.static: dict[tuple[str, str], list[float]] = {}
        self.sport = _near_sport(doc)

    def phrase(self, here: list[Option]) -> float:
        """How much oftener than others a general phrase is a mention; what is known of its meaning where it is rare."""
        means = next((o.means for o in here if o.means), "")
        return self.words.odds.get(f"phrase side {here[0].key}", self.words.of("meaning", "side", means))

    def of(self, options: list[Option]) -> list[list[float]]:
        """One row for each possibility, in the order of ``COLUMNS``."""
        spans: dict[tuple[int, int], list[Option]] = defaultdict(list)
        for option in options:
            spans[option.first, option.last].append(option)
        longest: dict[int, int] = {}
        for first, last in spans:
            for i in range(first, last + 1):
                longest[i] = max(longest.get(i, 0), last - first)
        out: dict[int, list[float]] = {}
        for (first, last), here in spans.items():
            span = self._span(first, last, here, longest)
            for option, row in zip(here, self._options(first, last, here), strict=True):
                out[id(option)] = span + row
        return [out[id(option)] for option in options]

    def _span(self, first: int, last: int, here: list[Option], longest: dict[int, int]) -> list[float]:
        doc = self.doc
        tokens = doc.tokens
        token, end = tokens[first], tokens[last]
        n = last - first + 1
        inside = token.brk < BREAK_SENTENCE and first > 0
        previous = tokens[first - 1].norm if inside else ""
        following = tokens[last + 1] if last + 1 < len(tokens) and tokens[last + 1].brk < BREAK_SENTENCE else None
        beside = words_beside(doc, first, last)
        before, after = beside.before, beside.after
        article = previous if previous in {"the", "a", "an"} else ""
        key, group = here[0].key, group_of(here)
        common = is_common_word(key) if n == 1 else False
        letters = [ch for ch in token.raw if ch.isalpha()]
        of_name = 0.0
        if after == "of":
            k = last + 2
            if k < len(tokens) and tokens[k].norm == "the":
                k += 1
            of_name = float(k in self.starts)
        odds = self.words
        acts = last + 1 < len(tokens) and following is not None and following.brk == 0 and after in ACTING
        left = self.ends.get(first - 1) if inside else None
        right = self.starts.get(last + 1)
        return [
            float(n),
            float(len(key)),
            float(common),
            float(n > 1 and all(is_common_word(tokens[i].norm) for i in range(first, last + 1))),
            float(doc.cased and token.capital),
            float(len(letters) > 1 and all(ch.isupper() for ch in letters)),
            float(doc.cased),
            float(doc.punctuated),
            float(token.dotted),
            float(end.possessive),
            float(token.brk >= BREAK_SENTENCE),
            float(token.brk == BREAK_COMMA),
            float(article == "the"),
            float(article in {"a", "an"}),
            float(previous in _WHOSE),
            float(previous in _NUMBERS or (inside and tokens[first - 1].number)),
            float(left is not None) + float(left is not None and left.how in {"adjective", "people", "capital"}),
            float(right is not None and tokens[last + 1].brk == 0),
            of_name,
            float(before == "of"),
            float(place_slot(doc, first)),
            float(acts),
            float(acts and after not in COPULAS),
            float(following is None) + float(following is not None and following.brk > 0),
            float(longest[first] > last - first),
            float(any(longest[i] > last - first for i in range(first, last + 1))),
            float(len(here)),
            odds.of("before", group, before),
            odds.of("after", group, after),
            odds.of("second_after", group, beside.second),
            self.phrase(here),
            float(doc.raw[end.end : end.end + 1] == "-"),
            first / len(tokens),
            float(
                doc.cased
                and inside
                and token.brk == 0
                and first > 1
                and tokens[first - 1].capital
                and tokens[first - 1].brk < BREAK_SENTENCE
            ),
            float(doc.cased and bool(after) and tokens[last + 1].capital),
            self.sport[first],
            float(after in phrases()),
        ]

    def _options(self, first: int, last: int, here: list[Option]) -> list[list[float]]:
        weights, memory, lexicon, doc = self.weights, self.memory, self.doc.lexicon, self.doc
        local, country_here = weights.local[first], weights.country[first]
        ruled = next((self.ruled_at[i] for i in range(first, last + 1) if i in self.ruled_at), None)
        left = self.ends.get(first - 1) if doc.tokens[first].brk < BREAK_SENTENCE else None
        right = None
        if last + 2 < len(doc.tokens) and doc.tokens[last + 1].norm in {"of", "in", "from"}:
            right = self.starts.get(last + 2) or (
                self.starts.get(last + 3) if doc.tokens[last + 2].norm == "the" else None
            )
        rows: list[list[float]] = []
        since_all: list[float] = []
        count_all: list[int] = []
        share_all: list[float] = []
        near_all: list[float] = []
        country_all: list[float] = []
        country_since_all: list[float] = []
        last_group, last_at = "", -1
        for option in here:
            entity = option.entity
            homes = lexicon.home.get(entity.id, ())
            share = near = 0.0
            for home in homes:
                share = max(share, self.shares.get(home, 0.0))
                near = max(near, weights.theatres.at(first, home))
            country = entity.country or ""
            since, until, before, after = self._spots(memory.at.get(entity.id), first)
            leader = self._spots(memory.leaders.get(entity.id), first)[0]
            nearest = memory.countries.get(country)
            country_since = self._spots(nearest, first)[0] if nearest else _FAR
            if entity.kind == "actor" and before and first - since > last_at:
                last_group, last_at = entity.id, int(first - since)
            same = ruled is not None and ruled.entity.id == entity.id and ruled.kind == option.kind
            at_home = local in homes
            since_all.append(min(since, leader))
            count_all.append(before + after)
            share_all.append(share)
            near_all.append(near)
            country_near = weights.countries.at(first, country)
            country_all.append(country_near)
            country_since_all.append(country_since)
            fits = self._fits(left, entity)
            of_fits = self._fits(right, entity)
            valid = 1.0
            if self.air is not None and (
                (entity.valid_from is not None and self.air < entity.valid_from)
                or (entity.valid_to is not None and self.air > entity.valid_to)
            ):
                valid = 0.0
            rows.append(
                [
                    *self._static(option),
                    float(folded(shown_name(option)) == option.key),
                    float(same),
                    ruled.confidence if same and ruled is not None else 0.0,
                    float(ruled is not None and not same),
                    float(ruled is None),
                    float(not homes),
                    float(at_home),
                    float(bool(homes) and local is not None and not at_home),
                    float(local is None),
                    share,
                    near,
                    weights.countries.shares.get(country, 0.0),
                    country_near,
                    float(country_here == country) if country else 0.0,
                    math.log1p(before),
                    math.log1p(after),
                    since,
                    until,
                    leader,
                    0.0,
                    0.0,
                    0.0,
                    country_since,
                    float(option.listed),
                    float(option.headed),
                    valid,
                    float(entity.represents is not None),
                    float(bool(option.name)),
                    fits,
                    of_fits,
                    0.0,
                    0.0,
                    float(option.listed and share < 0.1),
                    float(entity.name.endswith((" army", " military", " Armed Forces", " Army"))),
                    0.0,
                    0.0,
                    math.log1p(len(nearest)) if nearest else 0.0,
                ]
            )
        for k, (option, row) in enumerate(zip(here, rows, strict=True)):
            row[_LAST_GROUP] = float(option.entity.id == last_group)
            row[_RECENCY] = float(sum(s < since_all[k] for s in since_all))
            row[_NAMED] = float(sum(c > count_all[k] for c in count_all))
            row[_SHARE] = float(sum(s > share_all[k] for s in share_all))
            row[_NEAR] = float(sum(s > near_all[k] for s in near_all))
            row[_COUNTRY] = float(sum(s > country_all[k] for s in country_all))
            row[_COUNTRY_SINCE] = float(sum(s < country_since_all[k] for s in country_since_all))
        return rows

    def _static(self, option: Option) -> list[float]:
        """What can be said of a possibility wherever it stands."""
        entity = option.entity
        at = entity.id, f"{option.how} {option.kind}"
        row = self.static.get(at)
        if row is None:
            row = self.static[at] = [
                *(float(option.how == h) for h in HOWS),
                *(float(option.kind == k) for k in KINDS),
                *(float(entity.klass == c) for c in CLASSES),
                *(float(entity.feature == f) for f in FEATURES),
                float(entity.importance),
            ]
        return row

    def _spots(self, spots: list[int] | None, i: int) -> tuple[float, float, int, int]:
        """How far back and ahead something is named (words), and how often before and after."""
        if not spots:
            return _FAR, _FAR, 0, 0
        k = bisect_left(spots, i)
        after = k + 1 if k < len(spots) and spots[k] == i else k
        since = float(i - spots[k - 1]) if k else _FAR
        until = float(spots[after] - i) if after < len(spots) else _FAR
        return min(since, _FAR), min(until, _FAR), k, len(spots) - after

    def _fits(self, beside: Name | None, entity: Entity) -> float:
        """How a name beside a phrase fits what the phrase could mean: 1 the same or its country, -1 another's, 0 none."""
        if beside is None:
            return 0.0
        if beside.entity.id == entity.id or (
            beside.entity.country is not None and beside.entity.country == entity.country
        ):
            return 1.0
        return -1.0


_LAST_GROUP, _RECENCY, _NAMED, _SHARE, _NEAR, _COUNTRY, _COUNTRY_SINCE = (
    OPTION_COLUMNS.index(column)
    for column in (
        "last_group",
        "recency_rank",
        "named_rank",
        "share_rank",
        "near_rank",
        "country_rank",
        "country_since_rank",
    )
)


@dataclass(frozen=True, slots=True)
class Beside:
    """The word before a span and its article, the word after it and the one after that; "" over a break."""

    before: str
    after: str
    second: str


def words_beside(doc: Document, first: int, last: int) -> Beside:
    """The words beside a span; what stands before its article says more than the article."""
    tokens = doc.tokens
    before = tokens[first - 1].norm if first > 0 and tokens[first].brk < BREAK_SENTENCE else ""
    if before in {"the", "a", "an"}:
        before = tokens[first - 2].norm if first > 1 and tokens[first - 1].brk < BREAK_SENTENCE else ""
    after = tokens[last + 1].norm if last + 1 < len(tokens) and tokens[last + 1].brk == 0 else ""
    second = tokens[last + 2].norm if after and last + 2 < len(tokens) and tokens[last + 2].brk == 0 else ""
    return Beside(before, after, second)


def group_of(here: Sequence[Option]) -> str:
    """Whether a span is spelled as a name, as an adjective or people, or is a general phrase."""
    return GROUPS_OF_HOW[next((o.how for o in here if o.how != "generic"), "generic")]


def _near_sport(doc: Document) -> list[float]:
    """Words of sport within a dozen words of each token, at most three, over three."""
    total = 0
    sums = [0]
    for token in doc.tokens:
        total += token.norm in _SPORT
        sums.append(total)
    n = len(doc.tokens)
    return [min(sums[min(i + 13, n)] - sums[max(i - 12, 0)], 3) / 3 for i in range(n)]


def weigh(judged: Judged, trees: Trees) -> None:
    """Give each possibility its probability."""
    for option, p in zip(judged.options, trees.probabilities(judged.matrix).tolist(), strict=True):
        option.probability = p


def _by_rule(options: Sequence[Option], best: int, here: list[int]) -> int:
    """The rules' choice between a place and its state where it is hardly less likely than the best."""
    top = options[best]
    for k in here:
        option = options[k]
        kin = option.kind != top.kind and option.entity.country == top.entity.country is not None
        if option.ruled and kin and option.probability >= top.probability - CLOSE:
            return k
    return best


def choose(options: Sequence[Option], floor: float) -> list[tuple[int, list[int]]]:
    """The likeliest possibilities at or over a floor, none overlapping, in order, as numbers, each with its rivals'."""
    by_span: dict[tuple[int, int], list[int]] = defaultdict(list)
    for k, option in enumerate(options):
        by_span[option.first, option.last].append(k)
    taken: set[int] = set()
    out: list[tuple[int, list[int]]] = []
    likely = [k for k, option in enumerate(options) if option.probability >= floor]
    for k in sorted(likely, key=lambda k: (-options[k].probability, options[k].first, k)):
        span = range(options[k].first, options[k].last + 1)
        if taken.isdisjoint(span):
            taken.update(span)
            k = _by_rule(options, k, by_span[options[k].first, options[k].last])
            rivals = [r for r in by_span[options[k].first, options[k].last] if r != k]
            out.append((k, sorted(rivals, key=lambda r: -options[r].probability)[:3]))
    return sorted(out, key=lambda pair: options[pair[0]].first)


def judged_names(
    doc: Document, found: Sequence[Found], weights: TheatreWeights, ruled: list[Name], model: NameModel
) -> list[Name]:
    """The names that the judge gives, in order, none overlapping, each with its runners-up and its reasons."""
    judged = consider(doc, found, weights, ruled, model.words)
    weigh(judged, model.trees)
    chosen = choose(judged.options, model.trees.apply)
    worths = _worth(judged.matrix[[k for k, _ in chosen]], model.trees)
    by_rule = {(n.entity.id, n.kind, n.last): n for n in ruled}
    return [
        _named(doc, judged.options[k], [judged.options[r] for r in rivals], worth, by_rule)
        for (k, rivals), worth in zip(chosen, worths, strict=True)
    ]


# What is said of the pieces of evidence, with the features that speak for each.
_SAY: dict[str, tuple[str, ...]] = {
    "belongs to the theatre at hand": ("local", "theatre_share", "theatre_near", "share_rank", "near_rank"),
    "its country is at hand": (
        "country_share", "country_near", "country_local", "country_since", "country_rank", "country_since_rank",
        "country_named",
    ),
    "named near it": (
        "named_before", "named_after", "since", "until", "leader_since", "last_group", "recency_rank", "named_rank",
    ),
    "the words beside it go with a name": ("before", "after", "second_after", "slot", "acts", "says"),
    "a phrase that mostly means a party": ("phrase", "listed", "headed"),
    "how it is written": ("capital", "upper", "dotted", "exact", "the", "possessive"),
}  # fmt: skip
# A piece of evidence is only given where one of these features is above nought.
_GROUNDS = {
    **_SAY,
    "belongs to the theatre at hand": ("local", "theatre_near"),
    "its country is at hand": ("country_near", "country_local"),
    "named near it": ("named_before", "named_after"),
}
# What a feature is set to when it is taken away: nought, but "far off" and "not among the first" where nought is near.
_AWAY = {
    **dict.fromkeys(("since", "until", "leader_since", "country_since"), _FAR),
    **dict.fromkeys(
        ("recency_rank", "named_rank", "share_rank", "near_rank", "country_rank", "country_since_rank"), 3.0
    ),
}


def _worth(rows: Floats, trees: Trees) -> list[dict[str, float]]:
    """For each row, what each piece of evidence adds (log-odds): how much is lost with its features taken away."""
    if not len(rows):
        return []
    masked = [rows]
    for columns in _SAY.values():
        less = rows.copy()
        for column in columns:
            less[:, _AT[column]] = _AWAY.get(column, 0.0)
        masked.append(less)
    odds = trees.log_odds(np.concatenate(masked)).reshape(len(masked), len(rows))
    lost = (odds[0] - odds[1:]).T.tolist()
    holds = [(rows[:, [_AT[c] for c in columns]] > 0).any(axis=1).tolist() for columns in _GROUNDS.values()]
    return [
        {said: round(w, 3) for said, w, true in zip(_SAY, row, grounds, strict=True) if true}
        for row, grounds in zip(lost, zip(*holds, strict=True), strict=True)
    ]


def _named(
    doc: Document,
    option: Option,
    rivals: list[Option],
    worth: dict[str, float],
    by_rule: dict[tuple[str, str, int], Name],
) -> Name:
    entity, name, first = option.entity, shown_name(option), option.first
    general = option.how in {"side", "generic"}
    if general and first > 0 and doc.tokens[first - 1].norm == "the" and doc.tokens[first].brk == 0:
        first -= 1  # "the rebels" is said of a side with its article, as a name is not
    quoted = doc.quote(first, option.last)
    ruled = by_rule.get((entity.id, option.kind, option.last))
    how = "generic" if option.how == "side" else option.how
    if option.how == "side":
        why = [Evidence(kind="side", detail=f"“{quoted}” is a general phrase, here for {name}")]
    else:
        article = "an" if option.how[0] in "aeiou" else "a"
        why = [Evidence(kind="spelling", detail=f"“{quoted}” is {article} {option.how} of {entity.name}")]
    parts = sorted(((w, said) for said, w in worth.items() if w > 0.05), key=lambda part: (-part[0], part[1]))
    why += [Evidence(kind="sense", detail=said, weight=w) for w, said in parts[:3]]
    if ruled is not None:
        why += [e for e in ruled.why if e.kind == "sense"]
    others: dict[str, Candidate] = {}
    for rival in rivals:
        other = shown_name(rival)
        if other != name and rival.probability >= 0.05:
            others.setdefault(
                other, Candidate(name=other, entity_id=rival.entity.id, confidence=round(rival.probability, 3))
            )
    return Name(
        first,
        option.last,
        entity,
        name,
        option.kind,
        how,
        round(option.probability, 3),
        candidates=tuple(others.values()),
        why=tuple(why),
    )
