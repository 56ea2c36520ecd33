"""Steps ``claims`` and ``roles``: which stretches claim something, of what type, and who, whom, where, according to whom.

Frames (``data/frames.yaml``) say which words can open a claim; a linear-chain model (``data/claims.crfsuite``) and the claim
branch of the caption model propose stretches, each with its likely types; a model of claims accepts or rejects them, and role
models fill them in (``data/roles.npz``). Without the caption model or the other models' files the frames alone propose,
clause by clause, and the reading says so.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pycrfsuite

from trucewatch.reading import roles
from trucewatch.reading.claimbranch import TYPES
from trucewatch.reading.clauses import parsed
from trucewatch.reading.dates import resolve
from trucewatch.reading.document import BREAK_COMMA, BREAK_SENTENCE, Document, Span
from trucewatch.reading.frames import Hit
from trucewatch.reading.linear import Linear, load
from trucewatch.reading.model import Argument, Claim, Evidence, Figure
from trucewatch.reading.resources import resource
from trucewatch.reading.tagfeatures import View, features, odds, segment_features, view

Floats = npt.NDArray[np.float64]

MODELS = "roles.npz"
DIVIDE, LEAST = 0.0, 3  # log-odds of a sentence's beginning at which a run is cut, and the fewest words of a piece
# The least probability for a role's candidate; by F1 on held-out folds of the training transcripts.
ROLE_FLOOR = {"actors": 0.36, "places": 0.36, "targets": 0.33, "weapons": 0.36, "source": 0.35, "figures": 0.4}
OUTSIDE = (0.25, 1.0)  # how much the share of "no claim" counts when stretches are proposed, generously and strictly
LIKELY = 0.12  # the least probability of a type with which a stretch is proposed
ACCEPT = 0.35  # the least probability of a proposal that becomes a claim; F1 on a held-out fold of train/ is flat from .25 to .4
SHARED = 0.2  # how much of a claim may lie over surer ones
AROUND = 25  # items on either side of a proposal that tell whether the talk is of war
# Items of a long text that are tagged at once, and those on either side that are looked at with them.
AT_ONCE, MARGIN = 4000, 60
_CARRY = 6  # claims back from which actors and places may be carried over


@lru_cache(maxsize=1)
def _tagger() -> pycrfsuite.Tagger | None:
    path = resource("claims.crfsuite")
    if not path.exists():
        return None
    tagger = pycrfsuite.Tagger()
    tagger.open(str(path))
    return tagger


def claims(doc: Document, tagger: pycrfsuite.Tagger | None = None, models: dict[str, Linear] | None = None) -> Document:
    """Find the stretches that claim something (``doc.spans``), by the packaged models unless others are given."""
    items = view(doc)
    if not items.words:
        return doc
    blind = models is None and items.branch is None  # what is packaged has learned to go by the claim branch
    tagger, models = tagger or _tagger(), load(MODELS) if models is None else models
    if blind:
        doc.spans = spans_by_frames(items)
    elif tagger is None or "type" not in models:
        doc.warnings.append(f"the claim models are missing (claims.crfsuite, {MODELS}): frames alone were used")
        doc.spans = spans_by_frames(items)
    else:
        doc.spans = spans_by_model(tagger, items, models)
    _to_tokens(doc, items)
    return doc


def spans_by_model(tagger: pycrfsuite.Tagger, items: View, models: dict[str, Linear]) -> list[Span]:
    """Spans (in items) that the model of claims accepts of those proposed, the surest first, none over another."""
    judged = []
    for found in proposals(tagger, items, models["type"]):
        p = models["claim"].probability(claim_features(items, found)) if "claim" in models else found.sure
        if p >= ACCEPT:
            judged.append((p, found))
    taken = np.zeros(len(items.words), dtype=bool)
    out: list[Span] = []
    for p, found in sorted(judged, key=lambda pair: (-pair[0], pair[1].first, pair[1].last, pair[1].kind)):
        here = taken[found.first : found.last + 1]
        if here.sum() <= SHARED * len(here):
            here[:] = True
            out.append(_with_trigger(items, found.first, found.last, found.kind, p))
    return sorted(out, key=lambda span: (span.first, span.last))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A stretch that may be a claim: its items, a type and how likely that is, the likeliest other type and by how much the less
    (log-odds in whole numbers), how far its words and those around are in a claim.
    """

    first: int
    last: int
    kind: str
    sure: float
    rival: str
    margin: int
    claimed: float
    around: float


def proposals(tagger: pycrfsuite.Tagger, items: View, typer: Linear) -> list[Proposal]:
    """The stretches that the tagger or the claim branch marks when read generously or strictly, each with its likely types."""
    labels: list[str] = tagger.labels()
    shares = _shares(tagger, labels, items)[:, [labels.index(label) for label in "OBI"]]
    inside = 1 - shares[:, 0]
    sums = np.concatenate([[0.0], np.cumsum(inside)])
    ways = [(shares, outside) for outside in OUTSIDE]
    if items.branch is not None:
        of_branch = items.branch.shares("labels", np.array(items.word)).astype(np.float64)
        ways.append((np.stack([of_branch[:, 0], of_branch[:, 1::2].sum(1), of_branch[:, 2::2].sum(1)], axis=1), 1.0))
    runs = {run for table, outside in ways for run in _divided(items, _runs(table, outside))}
    out: list[Proposal] = []
    for first, last in sorted(runs):
        low, high = max(0, first - AROUND), min(len(inside), last + 1 + AROUND)
        near = sums[high] - sums[low] - (sums[last + 1] - sums[first])
        rest = high - low - (last + 1 - first)
        claimed = float(inside[first : last + 1].mean())
        around = float(near / rest) if rest else claimed
        chances = typer.distribution(segment_features(items, first, last))
        likely = [k for k in np.argsort(-chances)[:2].tolist() if chances[k] >= LIKELY]
        for k in likely:
            other = max((j for j in range(len(chances)) if j != k), key=lambda j: float(chances[j]))
            margin = round(float(np.log((chances[k] + 1e-3) / (chances[other] + 1e-3))))
            rival = typer.classes[other]
            out.append(Proposal(first, last, typer.classes[k], float(chances[k]), rival, margin, claimed, around))
    return out


def claim_features(items: View, found: Proposal) -> list[str]:
    """What tells a claim from a stretch that only looks like one: how sure the models before are, the words, the company."""
    first, last, kind = found.first, found.last, found.kind
    own, other, near = {"none"}, {"none"}, 0
    for hit in items.hits_in(first - AROUND, last + AROUND):
        if first <= hit.first <= last:
            (own if hit.opening.type == kind else other).add("strong" if hit.opening.strong else "weak")
        else:
            near += hit.opening.strong
    best = "strong" if "strong" in own else "weak" if "weak" in own else "none"
    rival = "strong" if "strong" in other else "weak" if "weak" in other else "none"
    kinds = set(items.kind[first : last + 1]) - {""}
    around = {
        k for k in items.kind[max(0, first - AROUND) : last + 1 + AROUND] if k in {"actor", "organisation", "place"}
    }
    length = last - first + 1
    bins = odds(np.array([found.sure, found.claimed, found.around], np.float32)).tolist()
    out = [
        f"sure={bins[0]}",
        f"claimed={bins[1]}",
        f"around={bins[2]}",
        f"kind={kind}",
        f"own={best}",
        f"rival={rival}",
    ]
    out += [f"sure={bins[0]}|own={best}", f"sure={bins[0]}|{kind}", f"claimed={bins[1]}|sure={bins[0]}"]
    out += [
        f"own={best}|{kind}",
        f"margin={found.margin}",
        f"margin={found.margin}|{kind}",
        f"{kind}>{found.rival}",
        f"near={min(near, 6)}",
        f"near={min(near, 4)}|around={bins[2]}",
        f"length={min(length // 3, 6)}",
    ]
    out += [
        f"names={'+'.join(sorted(kinds))}",
        f"company={'+'.join(sorted(around))}",
        f"company={len(around)}|own={best}",
    ]
    out += [
        f"first={items.words[first]}",
        f"before={items.words[first - 1] if first else '<s>'}",
        f"last={items.words[last]}",
    ]
    for mark, at in (("begins", first), ("ends", last + 1)):
        edge = items.edge[at] if at < len(items.edge) else 9.0
        out.append(f"{mark}={max(-4, min(4, round(edge / 2)))}")
    words = ["<num>" if items.number[i] else items.words[i] for i in range(first, last + 1)]
    out += [f"w={w}" for w in sorted(set(words))]
    if items.branch is not None:
        at, end = items.word[first], items.word_last[last]
        types = items.branch.of_claim("type", at, end)
        none = items.branch.shares("labels", slice(at, end + 1))[:, 0]
        opens = items.branch.shares("labels", slice(at, at + 1))[0, 1::2].sum()
        of_kind = float(types[TYPES.index(kind)])
        bins = odds(np.array([of_kind, none.mean(), opens], np.float32)).tolist()
        out += [f"ntype={bins[0]}", f"nnone={bins[1]}", f"nopens={bins[2]}", f"ntype={bins[0]}|nnone={bins[1]}"]
    return out


def _shares(tagger: pycrfsuite.Tagger, labels: list[str], items: View) -> Floats:
    """The probability of each label at each item, of shape (items, labels); a long text is looked at in parts."""
    n = len(items.words)
    marginal = tagger.marginal
    out = np.zeros((n, len(labels)))
    for at in range(0, n, AT_ONCE):
        first, end = max(0, at - MARGIN), min(n, at + AT_ONCE + MARGIN)
        tagger.set(features(items.part(first, end)))
        for i in range(at, min(at + AT_ONCE, n)):
            out[i] = [marginal(label, i - first) for label in labels]
    return out


def _divided(items: View, runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Runs cut where a sentence likely begins inside them, as long as both pieces keep a few words."""
    out: list[tuple[int, int]] = []
    for first, last in runs:
        begin = first
        for i in range(first + LEAST, last - LEAST + 2):
            if items.edge[i] > DIVIDE and i - begin >= LEAST:
                out.append((begin, i - 1))
                begin = i
        out.append((begin, last))
    return out


def _runs(shares: Floats, outside: float) -> list[tuple[int, int]]:
    """The likeliest reading of shares (n, 3) of no claim, its beginning and its going on, in which the last follows only these
    two; ``outside`` is how much the share of no claim counts.

    Decoding the shares finds more claims than the single best labelling of the whole text does (five-fold F1 .44
    against .42), since a claim that is surely there need not lose to many ways of dividing it.
    """
    scores = np.log(shares + 1e-9)
    scores[:, 0] += np.log(outside)
    state = scores[0].copy()
    state[2] = -np.inf
    back = np.zeros(scores.shape, dtype=np.int64)
    for i in range(1, len(scores)):
        best = int(state.argmax())
        into = 1 + int(state[2] > state[1])
        back[i] = best, best, into
        state = scores[i] + (state[best], state[best], state[into])
    path = [int(state.argmax())]
    for i in range(len(scores) - 1, 0, -1):
        path.append(int(back[i, path[-1]]))
    out: list[tuple[int, int]] = []
    for i, k in enumerate(reversed(path)):
        if k == 2:
            out[-1] = (out[-1][0], i)
        elif k == 1:
            out.append((i, i))
    return out


def _with_trigger(items: View, first: int, last: int, kind: str, confidence: float) -> Span:
    """The frame's opening within a span, a strong one first; without one the model alone speaks for the claim."""
    inside = [h for h in items.hits_in(first, last) if h.last <= last and h.opening.type == kind]
    hit: Hit | None = next((h for h in inside if h.opening.strong), inside[0] if inside else None)
    span = Span(first, last, kind, confidence, (hit.first, hit.last) if hit else (first, first))
    if hit:
        span.opening = hit.opening
        words = " ".join(items.words[hit.first : hit.last + 1])
        strength = "opens" if hit.opening.strong else "may open"
        span.why.append(Evidence(kind="frame", detail=f"“{words}” {strength} {kind} ({hit.opening.part})"))
    else:
        span.why.append(
            Evidence(kind="model", detail=f"no opening of {kind} in the frames; the claim model reads the wording so")
        )
    span.why.append(
        Evidence(kind="model", detail=f"claim and type model, share {confidence:.2f}", weight=round(confidence, 3))
    )
    return span


def spans_by_frames(items: View) -> list[Span]:
    """Clauses with a strong opening, by frames alone: the fallback, and the baseline of the benchmark."""
    out: list[Span] = []
    n = len(items.words)
    starts = [0, *(i for i in range(1, n) if items.brk[i] >= BREAK_COMMA or items.edge[i] > 0.0), n]
    for first, end in itertools.pairwise(starts):
        strong = [h for h in items.hits if first <= h.first and h.last < end and h.opening.strong]
        if strong:
            best = max(strong, key=lambda h: (h.last - h.first, -h.first))
            span = _with_trigger(items, first, end - 1, best.opening.type, 0.5)
            out.append(span)
    return out


def _to_tokens(doc: Document, items: View) -> None:
    """Spans counted in items to spans counted in raw tokens; one without an opening hangs on the verb of its clause."""
    tree = parsed(doc)
    for span in doc.spans:
        t = (items.token[span.trigger[0]], items.last[span.trigger[1]])
        span.first, span.last, span.trigger = items.token[span.first], items.last[span.last], t
        if span.opening is None and tree is not None:
            span.trigger = (tree.root(span.first, span.last),) * 2


@dataclass(slots=True)
class Filled:
    """A claim's roles as decided, with why."""

    actors: list[str]
    targets: list[str]
    weapons: list[str]
    places: list[str]
    figures: list[tuple[str, int | None, int | None]]
    source: str | None
    stance: str
    why: list[Evidence]
    arguments: list[tuple[str, str, int, int]]

    def take(self, role: str, value: str, candidate: roles.Candidate) -> None:
        """Keep where in the text (first and last token) a role's value stands; what is carried over stands nowhere near."""
        if candidate.at >= 0:
            self.arguments.append((role, value, candidate.at, candidate.last))


def fill(ctx: roles.Context, span: Span, before: list[Filled], models: dict[str, Linear]) -> Filled:
    """Decide every role of a claim; ``before`` are the claims already filled, in order."""
    out = Filled([], [], [], [], [], None, "asserted", [], [])
    source_features: list[str] = []
    previous = before[-1].source if before else None
    ranked = _rank(roles.source_candidates(ctx, span, previous), models.get("source"))
    if ranked and ranked[0][1] >= ROLE_FLOOR["source"]:
        out.source, source_features = ranked[0][0].value, ranked[0][0].features
        out.take("source", out.source, ranked[0][0])
        out.why.append(_because(models["source"], ranked[0][0], f"source “{out.source}”", ranked[0][1]))
    out.stance, share = _stance(ctx, span, out.source, source_features, models.get("stance"))
    out.why.append(Evidence(kind="stance", detail=f"stance {out.stance}", weight=round(share, 3)))
    for role, kinds in (("actors", roles.ACTOR_KINDS), ("places", roles.PLACE_KINDS)):
        pairs = carried_over([getattr(filled, role) for filled in before])
        if role == "actors" and out.source:
            pairs.append((out.source, "source"))
        for candidate, p in _rank(roles.name_candidates(ctx, span, kinds, pairs), models.get(role)):
            if p >= ROLE_FLOOR[role]:
                getattr(out, role).append(candidate.value)
                out.take(role[:-1], candidate.value, candidate)
                out.why.append(_because(models[role], candidate, f"{role[:-1]} {candidate.value}", p))
    for group in ("targets", "weapons"):
        for candidate, p in _rank(roles.class_candidates(ctx, span, group), models.get(group)):
            if p >= ROLE_FLOOR[group]:
                getattr(out, group).append(candidate.value)
                out.take(group[:-1], candidate.value, candidate)
                out.why.append(_because(models[group], candidate, f"{group[:-1]} {candidate.value}", p))
    _figures(ctx, span, out, models.get("figures"))
    return out


def carried_over(values: list[list[str]]) -> list[tuple[str, str]]:
    """Values of a role in the claims before (oldest first) that this one may carry on, with how many claims back."""
    out: dict[str, str] = {}
    for back, claim in enumerate(reversed(values[-_CARRY:])):
        for value in claim:
            out.setdefault(value, str(back) if back < 3 else "3+")
    return list(out.items())


def _rank(candidates: list[roles.Candidate], model: Linear | None) -> list[tuple[roles.Candidate, float]]:
    if model is None:
        return []
    scored = [(c, model.probability(c.features)) for c in candidates]
    return sorted(scored, key=lambda p: (-p[1], p[0].at, p[0].value))


def _because(model: Linear, candidate: roles.Candidate, what: str, p: float) -> Evidence:
    grounds = ", ".join(f"{f} {w:+.1f}" for f, w in model.because(candidate.features))
    return Evidence(kind="role", detail=f"{what}: {grounds}" if grounds else what, weight=round(p, 3))


def _stance(
    ctx: roles.Context, span: Span, source: str | None, source_features: list[str], model: Linear | None
) -> tuple[str, float]:
    if model is None:
        return ("reported", 0.5) if source else ("asserted", 0.5)
    stance, share = model.best(roles.stance_features(ctx, span, source, source_features))
    if stance not in {"asserted", "reported", "alleged"}:
        return stance, share
    # The format's own rules for these three: the verb decides, and what has a source is not plainly asserted.
    words = set(ctx.words[span.first : span.last + 1])
    if any(f"verb={verb}" in source_features for verb in _ACCUSING) or words & roles.forms(_ACCUSING):
        return "alleged", share
    if source is None:
        return ("asserted" if stance == "reported" else stance), share
    return ("reported" if stance == "asserted" else stance), share


_ACCUSING = ("accuse", "blame", "allege", "suspect", "believe")


def _figures(ctx: roles.Context, span: Span, out: Filled, model: Linear | None) -> None:
    if model is None:
        return
    for candidate in roles.figure_candidates(ctx, span):
        what, p = model.best(candidate.features)
        number = candidate.number
        if what == "none" or p < ROLE_FLOOR["figures"] or number is None:
            continue
        if number.last + 1 < len(ctx.words) and ctx.words[number.last + 1] in _RAIDS:
            what = "attacks"
        if what == "attacks" and _per_day(ctx.words[number.last + 1 : number.last + 6]):
            what = "attacks_per_day"
        what = _dead_or_hurt(ctx, span, what, number.last)
        low, high = _converted(ctx, what, number.low, number.high, number.last)
        figure = (what, low, high)
        if figure not in out.figures:
            out.figures.append(figure)
            out.take("figure", what, candidate)
            words = " ".join(ctx.words[number.first : number.last + 1])
            out.why.append(Evidence(kind="figure", detail=f"“{words}” counts {what}", weight=round(p, 3)))


_DEAD = roles.forms(("kill", "die")) | {"dead", "deaths", "bodies", "lives", "corpses"}
_HURT = roles.forms(("wound", "injure", "hurt")) | {"injuries", "wounds", "hurt"}


def _dead_or_hurt(ctx: roles.Context, span: Span, what: str, last: int) -> str:
    """Killed or injured by the word that follows the number, where only one of the two does before the next number."""
    if what not in {"killed", "injured"}:
        return what
    after: set[str] = set()
    for i in range(last + 1, min(last + 6, span.last + 1)):
        if ctx.shown[i] == "<num>" or any(n.head == i for n in ctx.doc.numbers):
            break
        after.add(ctx.words[i])
    if after & _HURT and not after & _DEAD:
        return "injured"
    return "killed" if after & _DEAD and not after & _HURT else what


_RAIDS = frozenset({"raids", "strikes", "airstrikes", "sorties", "attacks"})  # what the format counts as attacks


def _per_day(after: list[str]) -> bool:
    """Whether the words after a number say that it is a daily one."""
    pairs = set(itertools.pairwise(after))
    return "daily" in after or bool(pairs & {("a", "day"), ("per", "day"), ("each", "day"), ("every", "day")})


_UNIT_DAYS = {"week": 7, "month": 30, "year": 365, "fortnight": 14}


def _converted(
    ctx: roles.Context, what: str, low: int | None, high: int | None, last: int
) -> tuple[int | None, int | None]:
    """Miles to kilometres; hours, weeks, months and years to days, as the format counts them."""
    unit = next(
        (
            w.rstrip("s")
            for w in ctx.words[last + 1 : last + 3]
            if w.rstrip("s") in {"mile", "hour", "minute", *_UNIT_DAYS}
        ),
        "",
    )

    def change(value: int | None) -> int | None:
        if value is None:
            return None
        if what == "distance_km" and unit == "mile":
            return round(value * 1.609)
        if what == "duration_days":
            if unit == "hour":
                return max(round(value / 24), 1) if value >= 12 else 0
            return value * _UNIT_DAYS.get(unit, 1)
        return value

    return change(low), change(high)


def fill_roles(doc: Document, models: dict[str, Linear] | None = None) -> Document:
    """Fill in the claims of the document from its spans, by the packaged models unless others are given."""
    models = load(MODELS) if models is None else models
    if not models:
        doc.warnings.append("the role models are missing (roles.npz): claims carry no roles")
    ctx = roles.context(doc, dict(enumerate(doc.boundaries)))
    before: list[Filled] = []
    for number, span in enumerate(doc.spans):
        filled = fill(ctx, span, before, models)
        before.append(filled)
        doc.claims.append(_claim(doc, ctx, span, filled, number))
    return doc


def _claim(doc: Document, ctx: roles.Context, span: Span, filled: Filled, number: int) -> Claim:
    start, end = doc.tokens[span.first].start, doc.tokens[span.last].end
    voice = next((k for k, v in enumerate(doc.voices) if v.start <= start < v.end), None)
    low = span.first
    while low > 0 and span.first - low < 6 and doc.tokens[low].brk < BREAK_SENTENCE:
        low -= 1
    near = [(i, w) for i, w in enumerate(ctx.words[low : span.last + 3], low) if w]
    words = [w for _, w in near]
    inside = [k for k, (i, _) in enumerate(near) if span.first <= i <= span.last]
    return Claim.model_validate(
        {
            "id": f"c{number + 1}",
            "type": span.type,
            "start": start,
            "end": end,
            "text": doc.raw[start:end],
            "trigger": doc.quote(*span.trigger),
            "actors": filled.actors,
            "targets": filled.targets,
            "weapons": filled.weapons,
            "places": filled.places,
            "figures": [Figure.model_validate({"what": w, "low": lo, "high": hi}) for w, lo, hi in filled.figures],
            "source": filled.source,
            "stance": filled.stance,
            "voice": voice,
            "date": resolve(words, doc.transcript.air_date, (inside[0], inside[-1]) if inside else None),
            "arguments": [
                Argument(role=role, value=value, start=doc.tokens[first].start, end=doc.tokens[last].end)  # type: ignore[arg-type]
                for role, value, first, last in filled.arguments
            ],
            "confidence": round(min(max(span.confidence, 0.0), 1.0), 3),
            "why": [*span.why, *filled.why],
        }
    )
