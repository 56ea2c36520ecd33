"""Misheard names: how many are put right, and how much that was heard rightly is left alone.

    python benchmarks/names.py                    # prints all sections as Markdown; under four minutes on one core
    python benchmarks/names.py --ud FOLDER        # also counts false changes on Universal Dependencies English

Four sections, each a function that gives Markdown: ``neutral`` (real mishearings, each in two sentences that do not give
it away), ``traps`` (ordinary words that must stay as they are), ``quiet`` (English of other matters), ``reliability``
(what a probability is worth, on transcripts held out of training). Names count as right as ``trucewatch.score`` has it.
The steps after ``mishearings`` change no name and no word, and those that can be left out are.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import sqrt
from pathlib import Path

from trucewatch.reading.document import fold as key_of
from trucewatch.reading.lexicon import WORLD, Lexicon, lexicon
from trucewatch.reading.model import Correction, Mention, Reading
from trucewatch.reading.pipeline import Pipeline
from trucewatch.score import fold
from trucewatch.theatre import Theatre, available, load_theatre, world
from trucewatch.theatre.files import read_folder, rows
from trucewatch.theatre.load import MISHEARING_COLUMNS
from trucewatch.transcript import from_text

ROOT = Path(__file__).resolve().parents[1]
NEUTRAL = ROOT / "benchmarks" / "garbles" / "neutral.tsv"
TRAPS = ROOT / "tests" / "data" / "traps.tsv"
HELD_OUT = ROOT / "docs" / "held-out-names.csv"
SVG = ROOT / "docs" / "reliability.svg"

NEUTRAL_COLUMNS = ("theatre", "heard", "meant", "kind", "text")
TRAP_COLUMNS = ("theatre", "text", "words")
HELD_OUT_COLUMNS = ("probability", "right", "level")

LISTED = "garbles"
"""The source, in the theatres' ``mishearings.csv``, of the rows that come from the same list as ``neutral.tsv``."""

NAME_KINDS = ("place", "actor", "organisation", "facility", "person")
WORD = "word"
NEUTRAL_WAYS = 4  # with the known mishearings of this list and without; the theatre given and worked out
FORCED = ("syria", "gaza", "ukraine", "sudan")
"""Theatres that are forced on English that is not about them: what a user does who gives the wrong ``--theatre``."""

LATER = frozenset({"voices", "claims", "roles"})
_SIGNS = frozenset("$£€%")
# Addresses, file names and phonetic script, which no caption has.
_UNSAID = re.compile(r"[@_=<>\\\u0250-\u02ff]|//|www\.|\w\.[a-z]{2,4}/|\w\.(com|org|net|doc|xls|pdf)$", re.IGNORECASE)
BINS = 10
GET_UD = (
    "Get the test parts of [UD English GUM](https://github.com/UniversalDependencies/UD_English-GUM) and "
    "[EWT](https://github.com/UniversalDependencies/UD_English-EWT), which are not part of the project; put their "
    "`*test*.conllu` files (gzipped or not) into a folder, and give it with `--ud FOLDER`."
)


# ---------------------------------------------------------------- what is read


@dataclass(frozen=True, slots=True)
class Garble:
    """A mishearing in a sentence that does not give it away: ``heard`` stands once in ``text`` and is ``meant``."""

    theatre: str
    heard: str
    meant: str
    kind: str
    text: str

    @property
    def span(self) -> tuple[int, int]:
        """Where ``heard`` stands in ``text``. Raises ValueError where it does not."""
        for span in places(self.heard, self.text):
            return span
        raise ValueError(f"{self.heard!r} does not stand in {self.text!r}")


@dataclass(frozen=True, slots=True)
class Trap:
    """A sentence in which ``words`` are just what was said, though each is also what some name is misheard as."""

    theatre: str
    text: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A document of a treebank, lower-cased and unpunctuated; ``odd`` are the spans of its names and misspellings."""

    id: str
    genre: str
    text: str
    odd: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Change:
    """Words that a reading puts another name or word in place of; ``known``: because a theatre's table has them."""

    start: int
    end: int
    heard: str
    read: str
    probability: float
    sort: str
    known: bool

    def over(self, start: int, end: int) -> bool:
        """Whether it shares a character with that span."""
        return self.start < end and start < self.end

    def __str__(self) -> str:
        note = ", known mishearing" if self.known else ""
        return f"“{self.heard}” → {self.read} ({self.sort}, {self.probability:.2f}{note})"


def garbles_in(path: Path = NEUTRAL) -> list[Garble]:
    """The rows of a file such as ``garbles/neutral.tsv``. Raises ValueError naming file, line and cure."""
    out = []
    for line, cells in _table(path, NEUTRAL_COLUMNS, "\t"):
        garble = Garble(*cells)
        if garble.kind not in (*NAME_KINDS, WORD):
            raise ValueError(
                f"{path}, line {line}: kind is {garble.kind!r}. Use one of: {', '.join(NAME_KINDS)}, {WORD}."
            )
        if next(places(garble.heard, garble.text), None) is None:
            raise ValueError(f"{path}, line {line}: {garble.heard!r} is not in its text. Write it there as heard.")
        out.append(garble)
    return out


def traps_in(path: Path = TRAPS) -> list[Trap]:
    """The rows of a file such as ``traps.tsv``; words are parted by ``|``. Raises ValueError naming file, line and cure."""
    out = []
    for line, (theatre, text, words) in _table(path, TRAP_COLUMNS, "\t"):
        trap = Trap(theatre, text, tuple(words.split("|")))
        if missing := [w for w in trap.words if next(places(w, text), None) is None]:
            raise ValueError(f"{path}, line {line}: {missing[0]!r} is not in its text. Name words that are.")
        out.append(trap)
    return out


def _table(path: Path, columns: Sequence[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each row under a header that must be ``columns``."""
    with path.open(encoding="utf-8", newline="") as file:
        # Tab-separated files quote nothing: a quotation mark there is what was heard.
        reader = csv.reader(file, delimiter=delimiter, quoting=csv.QUOTE_NONE)
        if (header := next(reader, [])) != list(columns):
            raise ValueError(f"{path}, line 1: the columns are {header}. They must be: {', '.join(columns)}.")
        for cells in reader:
            if len(cells) != len(columns):
                raise ValueError(f"{path}, line {reader.line_num}: {len(cells)} cells. Give {len(columns)}.")
            yield reader.line_num, cells


def places(words: str, text: str) -> Iterator[tuple[int, int]]:
    """Every span at which those very words stand in a text."""
    for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text):
        yield match.span()


def passages_in(folder: Path) -> list[Passage]:
    """The documents of every ``*test*.conllu`` (or ``.conllu.gz``) in a folder. Raises ValueError where there is none."""
    files = sorted(path for path in folder.glob("*test*.conllu*") if path.name.endswith((".conllu", ".conllu.gz")))
    if not files:
        raise ValueError(f"{folder}: no *test*.conllu or *test*.conllu.gz there. {GET_UD}")
    out: list[Passage] = []
    for path in files:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        out += passages(raw.decode("utf-8").splitlines())
    return out


def passages(lines: Iterable[str]) -> list[Passage]:
    """The documents of a CoNLL-U file as captions have them; those without a word are left out.

    Addresses go, and tokens without letter or digit (but for the signs of money and per cent, which captions keep); what
    is then parted by nothing but such a token becomes two words.
    """
    out: list[Passage] = []
    odd: list[tuple[int, int]] = []
    name, text, start, parts, joined = "", "", 0, 0, False
    for line in [*lines, "# newdoc id ="]:
        if line.startswith("# newdoc id ="):
            if text:
                out.append(Passage(name, _genre(name), text, tuple(odd)))
            name, text, odd = line.split("=", 1)[1].strip(), "", []
        if not line.strip() or line.startswith("#"):
            joined, parts = False, 0
            continue
        number, form, _, pos, _, features, *_, misc = line.split("\t")
        strange = pos == "PROPN" or "Typo=Yes" in features
        if "." in number:  # a word that is understood, not there
            continue
        if parts:  # of a token that was taken whole ("don't")
            parts -= 1
            odd += [(start, len(text))] * strange
            continue
        if "-" in number:
            first, last = number.split("-")
            parts = int(last) - int(first) + 1
        if _UNSAID.search(form) or (form not in _SIGNS and not re.search(r"[^\W_]", form)):
            joined = False
            continue
        text += ("" if joined or not text else " ") + form.lower()
        start = len(text) - len(form.lower())
        odd += [(start, len(text))] * strange
        joined = "SpaceAfter=No" in misc
    return out


def _genre(document: str) -> str:
    """The genre in the id of a document: GUM_news_nasa, weblog-juancole.com_..."""
    return document.split("_")[1] if document.startswith("GUM_") else document.split("-")[0]


# ---------------------------------------------------------------- reading


@lru_cache(maxsize=1)
def shipped() -> Pipeline:
    """The pipeline as it ships, without the steps that come after names and words."""
    return Pipeline(lexicon(), LATER)


@lru_cache(maxsize=1)
def unlisted() -> Pipeline:
    """The same without the known mishearings that come from the list that ``neutral`` is made of."""
    theatres = [without_source(load_theatre(name), LISTED) for name in available() if name != WORLD]
    return Pipeline(Lexicon(theatres, world()), LATER)


def without_source(theatre: Theatre, source: str) -> Theatre:
    """A theatre without the mishearings of one source; its files stay as they are."""
    table = rows(read_folder(theatre.path), "mishearings.csv", MISHEARING_COLUMNS)
    kept = [row["source"] != source for _, row in table]
    pairs = zip(theatre.mishearings, kept, strict=True)
    return replace(theatre, mishearings=tuple(pair for pair, keep in pairs if keep))


def read(pipeline: Pipeline, text: str, theatre: str | None) -> Reading:
    """One text, read by a pipeline. Raises ValueError where a model is missing, for then nothing would be measured."""
    reading = pipeline.read(from_text(text), theatre)
    if missing := [warning for warning in reading.warnings if warning.startswith("the model ")]:
        raise ValueError(f"{missing[0]}. Make it with the scripts in training/.")
    return reading


def changes(reading: Reading) -> list[Change]:
    """What a reading puts right, or means to: names that it recovered under another spelling, and corrections."""
    names = [m for m in reading.mentions if m.recovered and fold(m.name) != fold(m.heard)]
    found = [_change(m, m.name, "name") for m in names] + [_change(c, c.read, "word") for c in reading.corrections]
    return sorted(found, key=lambda c: (c.start, c.end))


def _change(item: Mention | Correction, read_as: str, sort: str) -> Change:
    known = any(e.kind == "known" for e in item.why)
    return Change(item.start, item.end, item.heard, read_as, item.confidence, sort, known)


# ---------------------------------------------------------------- a: neutral sentences


def accepted(lex: Lexicon, theatre: str, meant: str) -> set[str]:
    """The folded spellings that count as right: those of every entity of the theatre or the world called so, and itself."""
    named = [e.entity for e in lex.entries(key_of(meant)) if e.how in {"name", "acronym", "surname"}]
    near = [e for e in named if theatre in lex.home.get(e.id, ()) or e.id.startswith(f"{WORLD}:")]
    return {fold(meant)} | {fold(s) for entity in near for s in (entity.name, *entity.spellings, *entity.acronyms)}


def put_right(garble: Garble, change: Change, others: Sequence[Change], right: set[str]) -> bool:
    """Whether a change makes of the garble what was meant; corrections are taken together, for one may fix half of it."""
    start, end = garble.span
    if not change.over(start, end):
        return False
    if change.sort == "name":
        whole = garble.text[change.start : start] + garble.meant + garble.text[end : change.end]
        return fold(change.read) in right or fold(change.read) == fold(whole)
    fixes = [c for c in others if c.sort == "word" and c.over(start, end)]
    low, high = min(start, fixes[0].start), max(end, fixes[-1].end)
    got, at = "", low
    for fix in fixes:
        got, at = got + garble.text[at : fix.start] + fix.read, fix.end
    wanted = garble.text[low:start] + garble.meant + garble.text[end:high]
    return fold(got + garble.text[at:high]) == fold(wanted)


@dataclass(slots=True)
class Neutral:
    """Counts over garbles: how many by kind, how many of them put right, and all changes right and wrong."""

    asked: Counter[str]
    right: Counter[str]
    good: int = 0
    bad: int = 0
    missed: list[Garble] = field(default_factory=list)
    wrong: list[tuple[Garble, Change]] = field(default_factory=list)

    def share(self, *kinds: str) -> str:
        """Share put right of those kinds, with the counts."""
        asked, right = sum(self.asked[k] for k in kinds), sum(self.right[k] for k in kinds)
        return f"{right / asked:.2f} ({right}/{asked})" if asked else "–"


def count_neutral(garbles: Iterable[Garble], pipeline: Pipeline, given: bool) -> Neutral:
    """Read every garble's sentence, the theatre ``given`` or worked out, and count."""
    out = Neutral(Counter(), Counter())
    for garble in garbles:
        reading = read(pipeline, garble.text, garble.theatre if given else None)
        made = changes(reading)
        right = accepted(pipeline.lexicon, garble.theatre, garble.meant)
        verdicts = [put_right(garble, change, made, right) for change in made]
        start, end = garble.span
        # A name that is found without sound (spelled out otherwise, say) is right too, though nothing was recovered.
        clean = any(m.start < end and start < m.end and fold(m.name) in right for m in reading.mentions)
        out.asked[garble.kind] += 1
        if any(verdicts) or clean:
            out.right[garble.kind] += 1
        else:
            out.missed.append(garble)
        out.good += sum(verdicts)
        out.bad += len(verdicts) - sum(verdicts)
        out.wrong += [(garble, change) for change, ok in zip(made, verdicts, strict=True) if not ok]
    return out


def neutral(garbles: Sequence[Garble] | None = None, misses: bool = False) -> str:
    """Share of real mishearings put right in sentences that do not give them away, and the precision of all changes there.

    Lists every wrong change, and with ``misses`` also every garble that no way of reading puts right.
    """
    garbles = garbles_in() if garbles is None else garbles
    wrong: dict[str, dict[str, None]] = defaultdict(dict)
    missed: Counter[Garble] = Counter()
    out = [
        f"{len({(g.theatre, g.heard, g.meant) for g in garbles})} real mishearings in {len(garbles)} sentences written for "
        "the purpose; share put right (counts), and of all names recovered and words corrected there the share that is right.",
        "",
        "| known mishearings | theatre | names | " + " | ".join(NAME_KINDS) + " | words | precision |",
        "|---|---|" + "---:|" * (len(NAME_KINDS) + 3),
    ]
    for table, pipeline in (("as shipped", shipped()), ("without this list", unlisted())):
        for given in (True, False):
            found = count_neutral(garbles, pipeline, given)
            how = f"{table}, {'given' if given else 'worked out'}"
            for garble, change in found.wrong:
                wrong[f"{garble.theatre}: {change}; misheard there: “{garble.heard}” for {garble.meant}"][how] = None
            missed.update(found.missed)
            changed = found.good + found.bad
            precision = f"{found.good / changed:.2f} ({found.good}/{changed})" if changed else "–"
            cells = [
                found.share(*NAME_KINDS),
                *(found.share(kind) for kind in NAME_KINDS),
                found.share(WORD),
                precision,
            ]
            out.append(f"| {table} | {'given' if given else 'worked out'} | " + " | ".join(cells) + " |")
    if wrong:
        out += ["", "Changed wrongly:", "", *(f"- {what} ({_which(how)})" for what, how in wrong.items())]
    if misses:
        never = [g for g in garbles if missed[g] == NEUTRAL_WAYS]
        out += ["", "Never put right:", "", *(f"- {g.theatre}: “{g.heard}” for {g.meant} in: {g.text}" for g in never)]
    return "\n".join(out)


def _which(how: Collection[str]) -> str:
    return "every way" if len(how) == NEUTRAL_WAYS else "; ".join(how)


# ---------------------------------------------------------------- b: traps


def sprung(trap: Trap, reading: Reading) -> list[Change]:
    """The changes that a reading makes to a trap's words; one that leaves the word in what it reads is none.

    A word that is a name in its own sense (Italy) may be found as that name.
    """
    spans = [(fold(word), *span) for word in trap.words for span in places(word, trap.text)]
    return [
        change
        for change in changes(reading)
        if any(change.over(start, end) and f" {word} " not in f" {fold(change.read)} " for word, start, end in spans)
    ]


def as_spelled(trap: Trap, reading: Reading) -> list[str]:
    """A trap's words that are found as a name spelled like them, and that name."""
    spans = [span for word in trap.words for span in places(word, trap.text)]
    names = [m for m in reading.mentions if not m.recovered and any(m.start < b and a < m.end for a, b in spans)]
    return [f"“{m.heard}” ({m.name})" for m in names]


def traps(sample: Sequence[Trap] | None = None) -> str:
    """How many of the ordinary words that must stay are changed, theatre given and worked out, each listed.

    Those found as a name that is spelled so ("tyre": Tyre, but also "italy": Italy) are only listed: the word stays.
    """
    sample = traps_in() if sample is None else sample
    words = sum(len(list(places(word, trap.text))) for trap in sample for word in trap.words)
    counts: list[str] = []
    listed: dict[str, list[str]] = {}
    spelled: dict[str, None] = {}
    for given in (True, False):
        number = 0
        for trap in sample:
            reading = read(shipped(), trap.text, trap.theatre if given else None)
            spelled |= dict.fromkeys(as_spelled(trap, reading))
            for change in sprung(trap, reading):
                number += 1
                listed.setdefault(f"{trap.theatre}: {change}", []).append("given" if given else "worked out")
        counts.append(f"{number} with the theatre {'given' if given else 'worked out'}")
    out = [
        f"Of {words} ordinary words in {len(sample)} sentences, each like some misheard name, changed: {', '.join(counts)}.",
        *(["", *(f"- {what}: theatre {' and '.join(how)}" for what, how in listed.items())] if listed else []),
        *(["", f"Not counted, found as names that are spelled so: {', '.join(spelled)}."] if spelled else []),
    ]
    return "\n".join(out)


# ---------------------------------------------------------------- c: English that is not about war


def quiet(folder: Path | None, passages: Sequence[Passage] | None = None) -> str:
    """False changes per 1,000 words of Universal Dependencies English in ``folder``, by genre, each listed.

    Every theatre can be told (the default reading), then each of ``FORCED`` is given. Nothing there was misheard, so
    every change counts as false; those that touch a name or a misspelling in the treebank are told apart, since some
    of them restore it. Raises ValueError where the folder has no test files.
    """
    if passages is None:
        if folder is None:
            return f"Not measured. {GET_UD}"
        passages = passages_in(folder)
    words: Counter[str] = Counter()
    for passage in passages:
        words[passage.genre] += len(passage.text.split())
    ways = (None, *FORCED)
    counts: dict[str | None, Counter[str]] = {way: Counter() for way in ways}
    plain: Counter[str | None] = Counter()
    listed: dict[tuple[str, str], list[tuple[str, Change]]] = defaultdict(list)
    for way in ways:
        for passage in passages:
            for change in changes(read(shipped(), passage.text, way)):
                odd = any(change.over(*span) for span in passage.odd)
                counts[way][passage.genre] += 1
                plain[way] += not odd
                what = f"“{change.heard}” → {change.read} ({change.sort}{', over a name or misspelling' * odd})"
                listed[passage.genre, what].append((way or "worked out", change))
    total = sum(words.values())
    out = [
        f"Universal Dependencies English, test parts, lower-cased and unpunctuated: {len(passages)} documents, {total:,} words. "
        "False changes per 1,000 words (counts), by the theatre: worked out, or one given that the text is not about.",
        "",
        "| genre | words | worked out | " + " | ".join(FORCED) + " |",
        "|---|" + "---:|" * (len(ways) + 1),
    ]
    out += [
        f"| {genre} | {words[genre]:,} | " + " | ".join(_rate(counts[w][genre], words[genre]) for w in ways) + " |"
        for genre in sorted(words)
    ]
    out.append(f"| all | {total:,} | " + " | ".join(_rate(counts[w].total(), total) for w in ways) + " |")
    out.append(f"| all, over ordinary words | {total:,} | " + " | ".join(_rate(plain[w], total) for w in ways) + " |")
    for genre in sorted({genre for genre, _ in listed}):
        out += ["", f"{genre}:", ""]
        out += [f"- {what}: {_ways(made)}" for (where, what), made in sorted(listed.items()) if where == genre]
    return "\n".join(out)


def _ways(made: Sequence[tuple[str, Change]]) -> str:
    """In which ways of reading a change was made, how often, how probable it was held to be."""
    ways = Counter(way for way, _ in made)
    same = len(ways) == 1 + len(FORCED) and len(set(ways.values())) == 1
    each = {"every way": next(iter(ways.values()))} if same else dict(ways)
    said = ", ".join(way + (f" ×{n}" if n > 1 else "") for way, n in each.items())
    low, high = (f"{f(change.probability for _, change in made):.2f}" for f in (min, max))
    known = ", known mishearing" * any(change.known for _, change in made)
    return f"{said}; {low if low == high else f'{low} to {high}'}{known}"


def _rate(number: int, words: int) -> str:
    return f"{1000 * number / words:.2f} ({number})" if words else "–"


# ---------------------------------------------------------------- d: what a probability is worth


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A name predicted on a transcript that the judge never saw: its probability (0 to 1), whether right, its level."""

    probability: float
    right: bool
    level: str


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions of like probability: from ``low`` to ``high``, how many, mean probability, how many right."""

    low: float
    high: float
    count: int
    mean: float
    right: int

    @property
    def share(self) -> float:
        """Share right."""
        return self.right / self.count

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95% interval of the share right."""
        n, p, z = self.count, self.share, 1.96
        middle, spread = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return (middle - spread) / (1 + z * z / n), (middle + spread) / (1 + z * z / n)


def held_out_in(path: Path = HELD_OUT) -> list[HeldOut]:
    """The predictions that training leaves in ``held-out-names.csv``. Raises ValueError naming file, line and cure."""
    out = []
    for line, (probability, right, level) in _table(path, HELD_OUT_COLUMNS, ","):
        try:
            value = float(probability)
        except ValueError:
            value = -1.0
        if not 0 <= value <= 1:
            raise ValueError(f"{path}, line {line}: probability is {probability!r}. Give a number from 0 to 1.")
        if right.lower() not in {"0", "1", "true", "false"}:
            raise ValueError(f"{path}, line {line}: right is {right!r}. Give 1 or 0.")
        out.append(HeldOut(value, right.lower() in {"1", "true"}, level))
    return out


def binned(predictions: Iterable[HeldOut]) -> list[Bin]:
    """Predictions in bins of a tenth; empty bins are left out."""
    parts: dict[int, list[HeldOut]] = defaultdict(list)
    for prediction in predictions:
        # Rounded first: 0.7 is a little less than seven times 0.1 as floats have it.
        parts[min(int(round(prediction.probability * BINS, 9)), BINS - 1)].append(prediction)
    return [
        Bin(k / BINS, (k + 1) / BINS, len(p), sum(x.probability for x in p) / len(p), sum(x.right for x in p))
        for k, p in sorted(parts.items())
    ]


def off_by(bins: Sequence[Bin]) -> float:
    """Expected calibration error: how far the share right lies from the probability, weighed by count (0 to 1)."""
    return sum(b.count * abs(b.share - b.mean) for b in bins) / sum(b.count for b in bins)


def reliability(predictions: Sequence[HeldOut] | None = None, svg: Path | None = SVG) -> str:
    """Probability against share right, for names applied and names only suggested, on transcripts held out of training.

    Reads ``docs/held-out-names.csv`` where no predictions are given, and says so where there is none. Draws ``svg`` too,
    unless that is None.
    """
    if predictions is None:
        if not HELD_OUT.exists():
            return f"Not measured: `docs/{HELD_OUT.name}` is not there; `python training/train_sounds.py` writes it."
        predictions = held_out_in(HELD_OUT)
    if not predictions:
        return f"Not measured: `docs/{HELD_OUT.name}` holds no predictions."
    levels = {
        level: binned(p for p in predictions if p.level == level) for level in sorted({p.level for p in predictions})
    }
    out = [
        "| level | probability | names | mean probability | share right | 95% interval |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for level, bins in levels.items():
        for b in bins:
            low, high = b.interval
            span = f"{b.low:.1f} to {b.high:.1f}"
            out.append(f"| {level} | {span} | {b.count} | {b.mean:.2f} | {b.share:.2f} | {low:.2f} to {high:.2f} |")
    each = "; ".join(f"{level} {off_by(bins):.3f}" for level, bins in levels.items())
    out += ["", f"Expected calibration error: {each}; all {off_by(binned(predictions)):.3f}."]
    if svg is not None:
        svg.parent.mkdir(parents=True, exist_ok=True)
        svg.write_text(draw(levels), encoding="utf-8")
        out += ["", f"![Probability against share right]({svg.name})"]
    return "\n".join(out)


_SIDE, _LEFT, _TOP = 320, 58, 44
_COLOURS = ("#1b6ca8", "#b3541e", "#4d7c3a", "#7a4b94")


def draw(levels: dict[str, list[Bin]]) -> str:
    """One SVG: a dot for each bin (its area by count) with its 95% interval, a colour for each level, the ideal dashed."""
    bottom, most = _TOP + _SIDE, max((b.count for bins in levels.values() for b in bins), default=1)

    def x(value: float) -> float:
        return _LEFT + value * _SIDE

    def y(value: float) -> float:
        return bottom - value * _SIDE

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _SIDE + 24} {bottom + 74}" '
        'font-family="sans-serif" font-size="12" role="img">',
        "<title>Names recovered, on transcripts held out of training: probability against share right</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="{_LEFT}" y="{_TOP - 20}" font-weight="bold">Share right, by probability</text>',
    ]
    for tick in range(0, 11, 2):
        at = tick / 10
        parts.append(f'<path d="M{_LEFT} {y(at):.1f}h{_SIDE}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y(at) + 4:.1f}" text-anchor="end">{at:.1f}</text>')
        parts.append(f'<text x="{x(at):.1f}" y="{bottom + 19}" text-anchor="middle">{at:.1f}</text>')
    parts.append(f'<path d="M{_LEFT} {bottom}L{_LEFT + _SIDE} {_TOP}" stroke="#999" stroke-dasharray="5 4"/>')
    parts.append(f'<path d="M{_LEFT} {_TOP}v{_SIDE}h{_SIDE}" fill="none" stroke="#333"/>')
    parts.append(f'<text x="{_LEFT + _SIDE / 2:.1f}" y="{bottom + 38}" text-anchor="middle">mean probability</text>')
    for number, (level, bins) in enumerate(levels.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        for b in bins:
            low, high = b.interval
            radius = 3 + 9 * sqrt(b.count / most)
            parts.append(f'<path d="M{x(b.mean):.1f} {y(low):.1f}V{y(high):.1f}" stroke="{colour}"/>')
            parts.append(
                f'<circle cx="{x(b.mean):.1f}" cy="{y(b.share):.1f}" r="{radius:.1f}" fill="{colour}" fill-opacity="0.6">'
                f"<title>{_escaped(level)}: {b.right} of {b.count} right</title></circle>"
            )
        label = f"● {_escaped(level)} ({sum(b.count for b in bins)})"
        parts.append(f'<text x="{_LEFT + 130 * number}" y="{bottom + 62}" fill="{colour}">{label}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


# ---------------------------------------------------------------- all


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--ud", type=Path, help="folder with the test parts of Universal Dependencies English")
    ap.add_argument("--misses", action="store_true", help="also list the garbles that are never put right")
    args = ap.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    try:
        print(
            "## Real mishearings in neutral sentences", neutral(misses=args.misses), sep="\n\n", end="\n\n", flush=True
        )
        print("## Ordinary words that must stay", traps(), sep="\n\n", end="\n\n", flush=True)
        print("## English of other matters", quiet(args.ud), sep="\n\n", end="\n\n", flush=True)
        print("## What a probability is worth", reliability(), sep="\n\n", flush=True)
    except (OSError, ValueError) as error:
        raise SystemExit(f"benchmarks/names.py: {error}") from error


if __name__ == "__main__":
    main()
