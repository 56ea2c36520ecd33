"""Why a stretch of a transcript was, or was not, put right: everything that was weighed there.

The pipeline is run once more and watched: what the steps ``sounds`` and ``mishearings`` listened to, what each candidate
sounded like phone by phone, what each piece of evidence was worth, and, where nothing was listened to, why. Figures are
those of the steps themselves; nothing is judged anew here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from trucewatch.reading import misheardwords, sounds
from trucewatch.reading import phones as ph
from trucewatch.reading.cleannames import shown
from trucewatch.reading.document import BREAK_TURN, Document, Name, fold
from trucewatch.reading.evidence import FUNCTION, Context, knowledge
from trucewatch.reading.model import Candidate, Evidence
from trucewatch.reading.pipeline import Pipeline, suggested_names
from trucewatch.reading.soundindex import ABROAD, MAX_PHONES, Sound, SoundIndex, Windows, sound_index
from trucewatch.reading.trees import Trees
from trucewatch.transcript.model import Transcript

NEAREST = 3  # names shown that sound nearest where none sounds alike enough
SOUGHT = 24  # windows for which the nearest names are sought: each takes a comparison with every name


@dataclass(frozen=True, slots=True)
class Aligned:
    """Two sounds side by side: phones heard and said (None: a gap) and what each pair costs.

    ``scale`` is the weight of the heavier sound; the similarity is 1 - sum(cost) / scale.
    """

    heard: tuple[str | None, ...]
    said: tuple[str | None, ...]
    cost: tuple[float, ...]
    scale: float


@dataclass(frozen=True, slots=True)
class Ground:
    """A piece of evidence and its weight: the log-odds lost when it is taken away (they do not add up to the whole)."""

    detail: str
    weight: float


@dataclass(frozen=True, slots=True)
class Option:
    """What a window could be, judged. ``spelling`` is how the name is said; ``first`` its probability seen by itself."""

    name: str
    spelling: str
    kind: str
    entity_id: str | None
    similarity: float
    aligned: Aligned
    first: float
    probability: float
    grounds: tuple[Ground, ...]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """A name or word that sounds near but was not judged for these words, and why not."""

    name: str
    spelling: str
    similarity: float
    why_not: str


@dataclass(frozen=True, slots=True)
class Window:
    """Some words that were listened to, or the reason why not. ``start``, ``end``: offsets into the raw text.

    What is less alike than ``floor`` is not judged.
    """

    start: int
    end: int
    heard: str
    phones: tuple[str, ...]
    floor: float
    why_not: str | None
    options: tuple[Option, ...] = ()
    near: tuple[Near, ...] = ()


@dataclass(frozen=True, slots=True)
class Listening:
    """What one step listened to over the stretch; ``apply`` and ``suggest`` are its thresholds of probability.

    ``idle`` says why the step did nothing at all.
    """

    step: str
    windows: tuple[Window, ...] = ()
    apply: float | None = None
    suggest: float | None = None
    idle: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was made of some words: ``what`` is ``spelled``, ``put right``, ``suggested``, ``word put right`` or ``left``."""

    what: str
    start: int
    end: int
    heard: str
    reads: str
    step: str | None = None
    kind: str | None = None
    how: str | None = None
    entity_id: str | None = None
    confidence: float | None = None
    candidates: tuple[Candidate, ...] = ()
    why: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why the words at ``start`` to ``end`` (whole words, offsets into the raw text) read as they do.

    ``theatre`` is the one at hand there, ``theatres`` all with their share of the transcript, ``listened`` those whose
    names were listened for.
    """

    id: str
    start: int
    end: int
    heard: str
    outcomes: tuple[Outcome, ...]
    theatre: str | None
    theatres: tuple[tuple[str, float], ...]
    listened: tuple[str, ...]
    names: Listening
    words: Listening
    notes: tuple[str, ...] = ()


def find_words(raw: str, words: str) -> tuple[int, int]:
    """Where some words first stand in a raw text, whatever their case and the spaces between them.

    Whole words are looked for first, then any piece of the text. Raises ValueError where they do not stand.
    """
    pieces = words.split()
    if not pieces:
        raise ValueError("no words are given: give those of the transcript, as they were heard")
    pattern = r"\s+".join(map(re.escape, pieces))
    for form in (rf"(?<!\w){pattern}(?!\w)", pattern):
        if found := re.search(form, raw, re.IGNORECASE):
            return found.start(), found.end()
    raise ValueError(f"“{words}” does not stand in the text; give words as they were heard, not as they are put right")


def explain(
    pipeline: Pipeline, transcript: Transcript, start: int, end: int, theatre: str | None = None
) -> Explanation:
    """Explain the words that touch characters ``start`` to ``end`` (exclusive) of a transcript's raw text.

    Where there is no word, the next one is taken. Raises ValueError for offsets outside the text or after its last word.
    """
    size = len(transcript.raw)
    if not 0 <= start < end <= size:
        which = f"character {start} is" if end == start + 1 else f"characters {start} to {end} are"
        raise ValueError(f"{which} not in the text, which has characters 0 to {size - 1}")
    watched = _Watched(start, end)
    doc = pipeline.document(transcript, theatre, watched.before)
    watched.keep_steps(doc, "end")
    first, last = watched.span(doc)
    quoted = doc.quote(first, last)
    names = watched.names or Listening("sounds", idle=_off("sounds", pipeline))
    words = watched.words or Listening("mishearings", idle=_off("mishearings", pipeline))
    return Explanation(
        id=transcript.id,
        start=doc.tokens[first].start,
        end=doc.tokens[last].end,
        heard=quoted,
        outcomes=_outcomes(doc, first, last, watched.made_by),
        theatre=doc.local_theatre[first] if doc.local_theatre else None,
        theatres=tuple((t, round(share, 3)) for t, share in doc.theatres if share >= 0.005),
        listened=watched.listened,
        names=names,
        words=words,
        notes=tuple(_notes(doc, first, last)),
    )


def _off(step: str, pipeline: Pipeline) -> str:
    return f"the step {step} was left out" if step in pipeline.off else "the text has no words"


def align_phones(heard: Sequence[int], said: Sequence[int], costs: ph.Costs | None = None) -> Aligned:
    """The cheapest way to hear one sound (encoded phones) for another, pair by pair: as ``phones.distances`` costs it."""
    by = costs or ph.costs()
    n, m = len(heard), len(said)
    table = np.zeros((n + 1, m + 1))
    table[1:, 0] = np.cumsum(by.extra[list(heard)])
    table[0, 1:] = np.cumsum(by.lost[list(said)])
    for i in range(n):
        for j in range(m):
            table[i + 1, j + 1] = min(
                table[i, j] + by.substitution[heard[i], said[j]],
                table[i, j + 1] + by.extra[heard[i]],
                table[i + 1, j] + by.lost[said[j]],
            )
    pairs: list[tuple[str | None, str | None, float]] = []
    i, j = n, m
    while i or j:
        pair = i and j and table[i - 1, j - 1] + by.substitution[heard[i - 1], said[j - 1]]
        if i and j and np.isclose(table[i, j], pair, atol=1e-5):
            i, j = i - 1, j - 1
            pairs.append((ph.PHONES[heard[i]], ph.PHONES[said[j]], float(by.substitution[heard[i], said[j]])))
        elif i and np.isclose(table[i, j], table[i - 1, j] + by.extra[heard[i - 1]], atol=1e-5):
            i -= 1
            pairs.append((ph.PHONES[heard[i]], None, float(by.extra[heard[i]])))
        else:
            j -= 1
            pairs.append((None, ph.PHONES[said[j]], float(by.lost[said[j]])))
    pairs.reverse()
    scale = max(float(by.weight[list(heard)].sum()), float(by.weight[list(said)].sum()))
    return Aligned(
        tuple(p[0] for p in pairs),
        tuple(p[1] for p in pairs),
        tuple(round(p[2], 3) for p in pairs),
        round(scale, 3),
    )


# ---------------------------------------------------------------- watching the pipeline


@dataclass
class _Watched:
    """What the steps listen to over characters ``start`` to ``end``, noted while they run."""

    start: int
    end: int
    names: Listening | None = None
    words: Listening | None = None
    listened: tuple[str, ...] = ()
    made_by: dict[tuple[int, int, str, bool], str] = field(default_factory=dict)
    _step: str = ""

    def span(self, doc: Document) -> tuple[int, int]:
        """The first and last token that the characters touch; the next one where they touch none."""
        touched = [t.i for t in doc.tokens if t.start < self.end and self.start < t.end]
        if not touched:
            touched = [t.i for t in doc.tokens if t.start >= self.end][:1]
        if not touched:
            raise ValueError(f"no word stands at character {self.start} of the text or after it")
        return touched[0], touched[-1]

    def before(self, step: str, doc: Document) -> None:
        """Note what a step is about to listen to, and which names the step before it made."""
        self.keep_steps(doc, step)
        if doc.tokens and step == "sounds":
            first, last = self.span(doc)
            self.listened = tuple(
                "the world and what matters most of every theatre" if t == ABROAD else t
                for t in sounds.theatres_at_hand(doc)
            )
            self.names = _names_heard(doc, first, last)
        if doc.tokens and step == "mishearings":
            first, last = self.span(doc)
            self.words = _words_heard(doc, first, last)

    def keep_steps(self, doc: Document, step: str) -> None:
        """Remember of every name which step made it."""
        for name in doc.names:
            self.made_by.setdefault(_key(name), self._step)
        self._step = step


def _key(name: Name) -> tuple[int, int, str, bool]:
    return name.first, name.last, name.entity.id, name.recovered


def _touch(first: int, last: int, a: int, b: int) -> bool:
    return a <= last and first <= b


def _outcomes(
    doc: Document, first: int, last: int, made_by: Mapping[tuple[int, int, str, bool], str]
) -> tuple[Outcome, ...]:
    """What was made of the words, in order; of words that nothing was made of, that they were left."""
    out: list[Outcome] = []
    touched: set[int] = set()

    def named(name: Name, what: str, step: str | None) -> Outcome:
        return Outcome(
            what, doc.tokens[name.first].start, doc.tokens[name.last].end, doc.quote(name.first, name.last),
            name.name, step, name.kind, name.how, name.entity.id, name.confidence, name.candidates, name.why,
        )  # fmt: skip

    for name in doc.names:
        if _touch(first, last, name.first, name.last):
            touched.update(range(name.first, name.last + 1))
            out.append(named(name, "put right" if name.recovered else "spelled", made_by.get(_key(name))))
    start, end = doc.tokens[first].start, doc.tokens[last].end
    for c in doc.corrections:
        if c.start < end and start < c.end:
            touched.update(t.i for t in doc.tokens if t.start < c.end and c.start < t.end)
            out.append(Outcome("word put right", c.start, c.end, c.heard, c.read, "mishearings",
                               confidence=c.confidence, why=c.why))  # fmt: skip
    for name in suggested_names(doc):
        if _touch(first, last, name.first, name.last):
            touched.update(range(name.first, name.last + 1))
            out.append(named(name, "suggested", "sounds"))
    rest = [i for i in range(first, last + 1) if i not in touched]
    for a, b in _runs(rest):
        heard = doc.quote(a, b)
        out.append(Outcome("left", doc.tokens[a].start, doc.tokens[b].end, heard, heard))
    return tuple(sorted(out, key=lambda o: (o.start, o.end)))


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Numbers in order as runs (first, last)."""
    runs: list[tuple[int, int]] = []
    for i in numbers:
        if runs and runs[-1][1] == i - 1:
            runs[-1] = runs[-1][0], i
        else:
            runs.append((i, i))
    return runs


def _notes(doc: Document, first: int, last: int) -> Iterable[str]:
    """What else has a say: the user's file."""
    table = doc.lexicon.taught
    for match in table.forbidden(doc.tokens) if table else ():
        if _touch(first, last, match.first, match.last):
            where = f" (where {match.what.theatre} is at hand)" if match.what.theatre else ""
            yield f"your names file says that “{doc.quote(match.first, match.last)}” is never to be put right{where}"


# ---------------------------------------------------------------- evidence

# What the judge of names is told beyond ``sounds.SAY``: in words, with the features that say it.
_NAME_GROUNDS: dict[str, tuple[str, ...]] = {
    "whether the words may be a misheard name at all": ("promise",),
    "how odd the words heard are here": ("surprise", "surprise_sum", "surprise_after"),
    "what else these words could be": ("rival",),
    "what the first look made of it": ("alone", "other_cut"),
    "how often it was likely elsewhere in the transcript": ("supports", "near"),
    "how ordinary the words heard are": (
        "all_common", "common_x_nolocal", "common_x_short", "exact_x_common", "inflected",
        "function_share", "starts_function", "ends_function",
    ),
    "how many words and sounds there are": (
        "words", "one_word", "phones", "consonants", "short", "long_name_one_word", "inner_break", "first_phone",
    ),
    "what sort of name fits between the words around": (
        "slot_place", "slot_actor", "slot_person", "slot_rest", "gain_x_sim", "slot_x_sim",
    ),
    "how important the name is, and whose": ("importance", "world", "elsewhere"),
    "written but a letter or two off": ("one_letter_off",),
    "what kind of name it is": ("acronym", "adjective", "plain_spelling", "kind_*"),
    "what manner of transcript it is": ("messy", "cased", "punctuated", "lower_word"),
}  # fmt: skip
_SOUND = ("similarity", "similarity2", "similar_long", "margin")  # as in ``sounds``: one piece of evidence
# Where the figure is below nought, the opposite of what ``sounds.SAY`` says.
_WORD_GROUNDS: dict[str, tuple[str, ...]] = {
    "how alike they sound": ("similarity", "sim_long", "phones"),
    "how much better the word fits after and before its neighbours": ("gain", "gain_x_sim"),
    "how odd the words heard are here": ("surprise", "surprise_sum", "surprise_after", "unknown"),
    "how well the word fits the subject of the words around": ("sense_read", "sense_heard", "sense_gain"),
    "how common either is in English": ("read_common", "heard_common"),
    "how common either is in war news": ("read_news", "heard_news"),
    "what the rest of the transcript says": ("read_elsewhere", "stem_elsewhere", "heard_elsewhere"),
    "how the words begin and end": ("same_stem", "same_ending", "plural"),
    "how many words were heard, and which": ("words", "function_share", "number", "inner_break", "capital"),
    "a name stands beside it": ("by_name",),
    "whether another word sounds more alike": ("rank",),
    "what manner of transcript it is": ("messy", "cased", "punctuated"),
}


def _grounds(features: Mapping[str, float], model: Trees, said: Mapping[str, Sequence[str]]) -> tuple[Ground, ...]:
    """Each piece of evidence that is there with the log-odds lost without it, heaviest first; the rest as one."""
    present = [c for c in model.columns if features.get(c)]
    groups: dict[str, set[str]] = {}
    for detail, names in said.items():
        found = {c for c in present for n in names if c == n or (n.endswith("*") and c.startswith(n[:-1]))}
        if found:
            groups[detail] = found
    rest = set(present).difference(*groups.values())
    if rest:
        groups["everything else"] = rest
    rows = [dict(features)] + [{k: v for k, v in features.items() if k not in gone} for gone in groups.values()]
    odds = model.log_odds(model.matrix(rows)).tolist()
    grounds = [Ground(detail, round(odds[0] - o, 3)) for detail, o in zip(groups, odds[1:], strict=True)]
    return tuple(sorted(grounds, key=lambda g: -abs(g.weight)))


def _name_grounds(features: Mapping[str, float], model: Trees) -> tuple[Ground, ...]:
    said: dict[str, tuple[str, ...]] = {"how alike they sound": _SOUND}
    for feature in sounds.SAY:
        value = features.get(feature)
        if value:
            said[sounds.worded(feature, value)] = (feature,)
    return _grounds(features, model, said | _NAME_GROUNDS)


# ---------------------------------------------------------------- names


def _names_heard(doc: Document, first: int, last: int) -> Listening:
    """What the step ``sounds`` makes of the words, before it has changed anything."""
    judges = sounds.judge()
    if judges is None:
        return Listening("sounds", idle="the model for misheard names is missing")
    index = sound_index(doc.lexicon, sounds.theatres_at_hand(doc))
    context = Context(doc, knowledge())
    odd = sounds.worth_hearing(doc, context, index)
    listened = {(a, b) for a, b, _ in sounds.promising(doc, odd, context, knowledge())}
    passed_over = _passed_over({(a, b) for a, b, _ in odd} - listened, context)
    heard = sounds.listen(doc)
    sounds.weigh(doc, heard, judges)
    by_span: dict[tuple[int, int], list[sounds.Heard]] = {}
    for item in heard:
        by_span.setdefault((item.first, item.last), []).append(item)
    ears = _Ears(doc, index, context, heard)
    spans = _spans_shown(listened, first, last, sounds.MAX_WORDS, by_span)
    windows = []
    for number, (a, b) in enumerate(spans):
        items = sorted(by_span.get((a, b), ()), key=lambda h: -h.probability)
        options = tuple(_name_option(doc, item, judges) for item in items)
        why_not = None
        if (a, b) not in listened:
            why_not = passed_over.get((a, b)) or _why_not_heard(doc, context, a, b)
        near = () if options or number >= SOUGHT else ears.near(a, b, judged=(a, b) in listened)
        windows.append(_window(doc, a, b, ears.floor(a, b), why_not, options, near))
    return Listening("sounds", tuple(windows), round(judges.together.apply, 3), round(judges.together.suggest, 3))


def _spans_shown(
    listened: Iterable[tuple[int, int]],
    first: int,
    last: int,
    longest: int,
    by_span: Mapping[tuple[int, int], Sequence[sounds.Heard | misheardwords.Misheard]],
) -> list[tuple[int, int]]:
    """The stretch itself, cut into single words where it is too long for a window, and what was listened to over it.

    Likeliest first; the stretch itself where nothing was listened to.
    """
    own = [(first, last)] if last - first < longest else [(i, i) for i in range(first, last + 1)]
    over = [span for span in listened if _touch(first, last, *span)]
    if not over:
        return own
    if last - first < longest:
        over = list({*over, *own})

    def likely(span: tuple[int, int]) -> tuple[float, bool, int, int]:
        best = max((item.probability for item in by_span.get(span, ())), default=-1.0)
        return -best, span not in own, span[0], span[1]

    return sorted(over, key=likely)


def _window(
    doc: Document,
    a: int,
    b: int,
    floor: float,
    why_not: str | None,
    options: tuple[Option, ...],
    near: tuple[Near, ...],
) -> Window:
    start, end = doc.tokens[a].start, doc.tokens[b].end
    return Window(start, end, doc.quote(a, b), _said(doc, a, b), floor, why_not, options, near)


def _said(doc: Document, a: int, b: int) -> tuple[str, ...]:
    return tuple(p for t in doc.tokens[a : b + 1] for p in ph.token_phones(t.norm, t.dotted))


def _name_option(doc: Document, item: sounds.Heard, judges: sounds.Judges) -> Option:
    entity = item.sound.entry.entity
    twice = "alone" in item.features
    model = judges.together if twice else judges.alone
    plain = float(model.probabilities(model.matrix([item.features]))[0])
    note = None
    if item.probability > plain + 0.001:
        what = (
            "the acronym after it spells it out" if item.features.get("spelled_out") else "a mishearing that is known"
        )
        note = f"raised from {plain:.3f}: {what}"
    elif not twice:
        note = f"not looked at again: by itself less likely than {sounds.HOPELESS}"
    return Option(
        shown(entity),
        item.sound.spelling,
        entity.kind,
        entity.id,
        round(item.similarity, 3),
        align_phones(ph.encode(_said(doc, item.first, item.last)), item.sound.code),
        round(item.features.get("alone", item.probability), 3),
        round(item.probability, 3),
        _name_grounds(item.features, model),
        note,
    )


def _passed_over(spans: Iterable[tuple[int, int]], context: Context) -> dict[tuple[int, int], str]:
    """Why odd words were not listened to after all: nothing in and around them makes a misheard name likely."""
    model = knowledge().windows
    if model is None:
        return {}
    return {
        span: "odd words, but those in and around them make a misheard name unlikely: probability "
        f"{1 / (1 + np.exp(-context.promise[span])):.3f}, listened to from {model.apply:.3f} on"
        for span in spans
        if span in context.promise
    }


def _why_not_heard(doc: Document, context: Context, a: int, b: int) -> str:
    """Why the words were not listened to for a name."""
    tokens = doc.tokens[a : b + 1]
    phones = _said(doc, a, b)
    for name in doc.names:
        if _touch(a, b, name.first, name.last):
            return (
                f"“{doc.quote(name.first, name.last)}” stands there as {name.name} (sure {name.confidence:.2f}), "
                "which is at home here or sure enough"
            )
    if any(t.brk >= BREAK_TURN for t in tokens[1:]):
        return "another voice begins between the words"
    if not 3 <= len(phones) <= MAX_PHONES - 2:
        return f"{len(phones)} sounds are too {'few' if len(phones) < 3 else 'many'} for a name (3 to {MAX_PHONES - 2})"
    if all(t.norm in FUNCTION for t in tokens):
        return "only function words"
    odd = max(context.surprise[a : b + 2])
    if odd < sounds.SURPRISE:
        why = f"these words are expected here: surprise {odd:.1f}, from {sounds.SURPRISE:g} on words count as odd"
        if len(phones) > 3 and max(context.surprise[a : b + 1]) >= sounds.MILD:
            return f"{why}; milder oddness counts only where a name has just these sounds, vowels aside, and none has"
        return why
    return "no recogniser makes such words of a name: they begin or end on “and”, “but” or “the”"


class _Ears:
    """All names at hand, to say which sound nearest to words for which none was judged."""

    def __init__(self, doc: Document, index: SoundIndex, context: Context, heard: Sequence[sounds.Heard]) -> None:
        self.doc, self.index, self.context, self.heard = doc, index, context, heard

    def floor(self, a: int, b: int) -> float:
        """Least similarity worth judging on the words."""
        over = any(j in self.context.taken for j in range(a, b + 1))
        return sounds.MIN_OVER_NAME if over else sounds.MIN_SIMILARITY

    def near(self, a: int, b: int, *, judged: bool) -> tuple[Near, ...]:
        """The names nearest to the words by sound, each thing once, and why none was judged for them."""
        phones = _said(self.doc, a, b)
        if not phones or len(phones) > MAX_PHONES or not len(self.index):
            return ()
        code = ph.pad([ph.encode(phones)], MAX_PHONES)
        parts = [part for part in self.index.parts if part.sounds]
        alike = np.concatenate(
            [
                1
                - ph.distances(np.repeat(code, len(p.sounds), axis=0), p.codes) / np.maximum(ph.weight(code), p.weights)
                for p in parts
            ]
        )
        floor = self.floor(a, b)
        found = self.index.alike([phones], np.array([floor], dtype=np.float32))[1]
        compared = {self.index.sound(k).entry.entity.id for k in found.tolist()}
        out: list[Near] = []
        seen: set[str] = set()
        for k in np.argsort(-alike, kind="stable").tolist():
            sound = self.index.sound(k)
            entity = sound.entry.entity
            if entity.id not in seen:
                seen.add(entity.id)
                if not judged:
                    why = "not listened for"
                elif alike[k] < floor:
                    why = f"less alike than {floor}"
                elif entity.id not in compared:
                    why = "other consonants"
                else:
                    why = self._outdone(a, b, sound)
                out.append(Near(shown(entity), sound.spelling, _cut(float(alike[k])), why))
                if len(out) == NEAREST:
                    break
        return tuple(out)

    def _outdone(self, a: int, b: int, sound: Sound) -> str:
        """Why a name alike enough was not judged for these words."""
        if " ".join(t.norm for t in self.doc.tokens[a : b + 1]) == fold(sound.spelling):
            return "spelled so: settled by the step names"
        for item in self.heard:
            if item.sound.entry.entity.id == sound.entry.entity.id and _touch(a, b, item.first, item.last):
                return f"judged on “{self.doc.quote(item.first, item.last)}”, where it sounds clearer"
        return f"more than {sounds.RIVALS} others come first"


def _cut(alike: float) -> float:
    """A similarity to three places, never raised: it must not seem to reach what it does not reach."""
    return float(np.floor(alike * 1000) / 1000)


# ---------------------------------------------------------------- ordinary words


def _words_heard(doc: Document, first: int, last: int) -> Listening:
    """What the step ``mishearings`` makes of the words, before it has changed anything."""
    model = misheardwords.judge()
    if model is None:
        return Listening("mishearings", idle="the model for misheard words is missing")
    surprise = Context(doc, knowledge()).surprise
    listened = set(misheardwords.worth_hearing(doc, surprise)[0])
    found = misheardwords.listen(doc, misheardwords.news_words())
    by_span: dict[tuple[int, int], list[misheardwords.Misheard]] = {}
    odds = model.probabilities(model.matrix([m.features for m in found])).tolist()
    for item, p in zip(found, odds, strict=True):
        item.probability = p
        by_span.setdefault((item.first, item.last), []).append(item)
    windows = []
    for a, b in _spans_shown(listened, first, last, misheardwords.MAX_WORDS, by_span):
        items = sorted(by_span.get((a, b), ()), key=lambda m: -m.probability)
        options = tuple(_word_option(doc, item, model) for item in items)
        why_not = None if (a, b) in listened else _why_no_word(doc, surprise, a, b)
        near = () if why_not else _words_near(doc, a, b, [option.name for option in options])
        windows.append(_window(doc, a, b, misheardwords.MIN_SIMILARITY, why_not, options, near))
    return Listening("mishearings", tuple(windows), round(model.apply, 3))


def _words_near(doc: Document, a: int, b: int, judged: Sequence[str]) -> tuple[Near, ...]:
    """The words most alike that were not judged for what was heard, and why."""
    vocabulary = misheardwords.news_words()
    floor = np.array([misheardwords.MIN_SIMILARITY], dtype=np.float32)
    _, numbers, alike = vocabulary.alike(Windows([_said(doc, a, b)]), floor)
    heard = [t.norm for t in doc.tokens[a : b + 1]]
    found = [(-s, vocabulary.words[k]) for s, k in zip(alike.tolist(), numbers.tolist(), strict=True)]
    ranked = [(word, -s) for s, word in sorted(found) if word not in heard and word != "".join(heard)]
    out = []
    for place, (word, similarity) in enumerate(ranked):
        if word in judged:
            continue
        if place >= misheardwords.NEAREST:
            why = f"{misheardwords.NEAREST} others sound more alike"
        elif len(judged) < misheardwords.RIVALS:
            why = "fits no better here than what was heard"
        else:
            why = f"fits no better here than what was heard, or less well than {misheardwords.RIVALS} others"
        out.append(Near(word, word, _cut(similarity), why))
    return tuple(out[:NEAREST])


def _word_option(doc: Document, item: misheardwords.Misheard, model: Trees) -> Option:
    code = ph.encode(ph.word_phones(item.read))
    gain = item.features["gain"] * 5  # the feature is the gain in fives
    return Option(
        item.read,
        item.read,
        "word",
        None,
        round(item.similarity, 3),
        align_phones(ph.encode(_said(doc, item.first, item.last)), code),
        round(item.probability, 3),
        round(item.probability, 3),
        _grounds(item.features, model, _WORD_GROUNDS),
        f"fits here {abs(gain):.1f} log-odds {'better' if gain >= 0 else 'worse'} than what was heard",
    )


def _why_no_word(doc: Document, surprise: Sequence[float], a: int, b: int) -> str:
    """Why the words were not listened to for an ordinary word."""
    tokens = doc.tokens[a : b + 1]
    for name in doc.names:
        if _touch(a, b, name.first, name.last):
            return f"“{doc.quote(name.first, name.last)}” is read there as the name {name.name}"
    if any(t.number for t in tokens):
        return "a number stands there"
    if any(t.brk >= BREAK_TURN for t in tokens[1:]):
        return "another voice begins between the words"
    phones = _said(doc, a, b)
    if not 3 <= len(phones) <= MAX_PHONES - 2:
        return f"{len(phones)} sounds are too {'few' if len(phones) < 3 else 'many'}"
    odd = max(surprise[a : b + 2])
    if odd < misheardwords.SURPRISE:
        return (
            f"these words are expected here: surprise {odd:.1f}, from {misheardwords.SURPRISE:g} on words count as odd"
        )
    return "function words, or words that begin or end on one"
