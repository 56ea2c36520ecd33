"""Write ``docs/results.md``: scores on the bundled gold, speed, start-up and memory, each with the command that gives it.

    make bench                                  # or: python benchmarks/results.py [--also FOLDER] [--quick]

``--also`` names further gold (a folder, or one NAME.json) to be scored with the dev transcripts, such as a transcript of
the user's own that lies outside the project. Speed is measured on one core, beside a spaCy pipeline (blank English and a
PhraseMatcher over the same spellings) on the same text in the same process.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import caption
import caption_speed
import claims
import growth
import names
import startup
import theatres
from caption_data import treebank
from trucewatch import __version__
from trucewatch.reading.captionmodel import CaptionModel
from trucewatch.reading.pipeline import Pipeline
from trucewatch.reading.steps import STEPS
from trucewatch.score import Score
from trucewatch.transcript import Transcript, from_text

ROOT = Path(__file__).parents[1]
GOLD = ROOT / "benchmarks" / "gold"
OUT = ROOT / "docs" / "results.md"
HELD_OUT = ROOT / "docs" / "held-out.txt"
HELD_OUT_NAMES = ROOT / "docs" / "held-out-names.txt"
ABLATION = ROOT / "docs" / "ablation-names.txt"
MUC4 = ROOT / "docs" / "muc4.txt"
CLAIM_PARTS = ROOT / "docs" / "claim-parts.txt"
CAPTION_OR_RULES = ROOT / "docs" / "caption-or-rules.txt"
NAME_STEPS = ("names", "sounds", "worldplaces")


def one_core() -> None:
    """Keep this process, and the libraries it loads, on one core."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def gold_in(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(path.glob("*.json"))


def transcript(path: Path, gold: dict[str, Any]) -> Transcript:
    about = gold["transcript"]
    raw = path.with_suffix(".txt").read_bytes().decode("utf-8")
    return from_text(raw, id=path.stem, outlet=about.get("outlet"), air_date=about.get("air_date") or None)


def scored(pipeline: Pipeline, paths: list[Path]) -> Score:
    score = Score()
    for path in paths:
        gold = json.loads(path.read_text(encoding="utf-8"))
        text = transcript(path, gold)
        score.one(path.stem, text.raw, gold, json.loads(pipeline.read(text).to_json()))
    return score


def score_rows(score: Score) -> list[str]:
    result = score.result()
    rows = ["| | precision | recall | F1 |", "|---|---:|---:|---:|"]
    for key, name in (
        ("garbled_names", "garbled names"),
        ("all_names", "all names"),
        ("claims", "claims"),
        ("roles", "roles"),
    ):
        part = result[key]
        rows.append(f"| {name} | {part['precision']:.3f} | {part['recall']:.3f} | {part['f1']:.3f} |")
    fixes = result["corrections"]
    rows += [
        "",
        f"Corrections: {fixes['recall']:.3f} of {fixes['gold']} found; {fixes['false_per_1000_words']:.2f} false per 1,000 words.",
    ]
    rows += [f"Voices: {result['voices']:.3f} of words with the right role. {result['words']:,} words in all.", ""]
    rows += ["By role: " + ", ".join(f"{k} {v['f1']:.2f}" for k, v in result["by_role"].items()) + ".", ""]
    rows += ["By type: " + ", ".join(f"{k} {v['f1']:.2f}" for k, v in result["by_type"].items()) + ".", ""]
    return rows


def speed(paths: list[Path], rounds: int) -> tuple[list[str], int]:
    """Words per second of the whole reading and of each step, after one reading to warm up."""
    pipeline = Pipeline()
    texts = [transcript(p, json.loads(p.read_text(encoding="utf-8"))) for p in paths]
    for text in texts:
        pipeline.read(text)
    pipeline.seconds.clear()
    words = sum(len(t.raw.split()) for t in texts) * rounds
    begin = time.perf_counter()
    for _ in range(rounds):
        for text in texts:
            pipeline.read(text)
    whole = time.perf_counter() - begin
    rows = ["| step | microseconds a word | share |", "|---|---:|---:|"]
    rows += [f"| {n} | {1e6 * pipeline.seconds[n] / words:.1f} | {pipeline.seconds[n] / whole:.0%} |" for n in STEPS]
    rest = whole - sum(pipeline.seconds.values())
    rows.append(f"| building and checking the reading | {1e6 * rest / words:.1f} | {rest / whole:.0%} |")
    ours = words / whole
    rows += [
        "",
        f"Names alone ({', '.join(NAME_STEPS)}; every theatre and the world's places loaded): "
        f"**{words / sum(pipeline.seconds[n] for n in NAME_STEPS):,.0f} words per second** on one core.",
        "",
        f"Whole reading: **{ours:,.0f} words per second** on one core.",
        *beside_spacy(pipeline, texts, rounds, ours),
    ]
    return rows, round(ours)


def beside_spacy(pipeline: Pipeline, texts: list[Transcript], rounds: int, ours: float) -> list[str]:
    try:
        import spacy
        from spacy.matcher import PhraseMatcher
    except ImportError:
        return ["", "spaCy is not installed here (`make bench` installs it): not compared."]
    nlp = spacy.blank("en")
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    keys = sorted(pipeline.lexicon.keys())
    matcher.add("NAME", [nlp.make_doc(k) for k in keys])
    for text in texts:
        matcher(nlp(text.raw))
    begin = time.perf_counter()
    for _ in range(rounds):
        for text in texts:
            matcher(nlp(text.raw))
    theirs = sum(len(t.raw.split()) for t in texts) * rounds / (time.perf_counter() - begin)
    return [
        "",
        f"A spaCy pipeline that only tokenises and matches the same {len(keys):,} spellings (blank English, PhraseMatcher, spaCy "
        f"{version('spacy')}) does {theirs:,.0f} words per second beside it: the whole reading takes {theirs / ours:.1f} times as long as "
        "spaCy takes to find clean names alone. It recovers no misheard name and makes no claims.",
    ]


def caption_model(ud: Path | None, iwslt: Path | None) -> list[str]:
    """What the caption model reaches, what it is worth to claims, how fast it is."""
    model = CaptionModel()
    rows = [
        "## The caption model",
        "",
        "[Its card](caption-model.md) says what it learned from and what is counted.",
        "",
    ]
    if ud is not None:
        docs = [d for bank in ("gum", "ewt") for d in treebank(ud / f"{bank}.test.conllu.gz")]
        rows += [caption.table(model, caption.read_all(model, docs), model.thresholds["start"]), ""]
    if iwslt is not None:
        rows += [*caption.IWSLT_HEAD, *(caption.iwslt(model, path) for path in sorted(iwslt.glob("test*"))), ""]
    rows += ["On `benchmarks/gold/dev`, with the model and with rules in its place:", "", "```"]
    rows += [*CAPTION_OR_RULES.read_text(encoding="utf-8").splitlines(), "```", ""]
    rows += ["Speed, beside spaCy (`python benchmarks/caption_speed.py`; here all on one core):", ""]
    return [*rows, *caption_speed.table([1], 3), ""]


def start_up() -> list[str]:
    """Seconds from a new process to the first reading of ten words, best of three, and its peak memory."""
    code = (
        "from trucewatch import read; read('the army says it has taken idlib from the rebels today'); "
        "import re; print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read()).group(1))"
    )
    best, peak = 1e9, 0
    for _ in range(3):
        begin = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        best, peak = min(best, time.perf_counter() - begin), int(done.stdout)
    return [
        f"Start-up to the first reading: **{best:.2f} s** (new process, indexes in the cache); peak memory then "
        f"{peak / 1024:.0f} MB (VmHWM, Linux)."
    ]


def misheard_names(ud: Path | None) -> list[str]:
    """The sections on misheard names: held out, ablation, neutral sentences, traps, clean text, reliability, growth."""
    kept = [_kept(HELD_OUT_NAMES), _kept(ABLATION)]
    return [
        "## Misheard names",
        "",
        "### Held out of training",
        "",
        "Five-fold over `benchmarks/gold/train`, folds by transcript; what is learned of slots, sightings and names comes from "
        "the other folds. Again with `python training/train_sounds.py --ud FOLDER` and `train_words.py`.",
        "",
        *kept[0],
        "### What each part is worth",
        "",
        "Two of the five folds, each setting trained anew: the largest recall at a precision of .9, and false changes on clean "
        "text at that threshold. Again with `python training/train_sounds.py --ud FOLDER --ablate`.",
        "",
        *kept[1],
        "### Real mishearings in neutral sentences",
        "",
        names.neutral(),
        "",
        "### Ordinary words that must stay",
        "",
        names.traps(),
        "",
        "### English of other matters",
        "",
        names.quiet(ud),
        "",
        "### What a probability is worth",
        "",
        names.reliability(),
        "",
        "### How the cost grows",
        "",
        growth.table(),
        "",
    ]


def _kept(path: Path) -> list[str]:
    """What a training script printed when it was last run; a Markdown table as it is, else as it stands."""
    if not path.exists():
        return ["not measured", ""]
    text = path.read_text(encoding="utf-8").strip()
    return [text, ""] if text.startswith("|") else ["```", text, "```", ""]


def _cpu() -> str:
    """The processor's name where the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    return next((line.split(":")[1].strip() for line in lines if "model name" in line), "")


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument(
        "--also", type=Path, action="append", default=[], help="more gold to score with the dev transcripts"
    )
    ap.add_argument("--ud", type=Path, help="folder with the test parts of Universal Dependencies English")
    ap.add_argument("--iwslt", type=Path, help="folder with the test sets of IWSLT 2011")
    ap.add_argument("--rounds", type=int, default=5)
    args = ap.parse_args()
    one_core()
    paths = gold_in(GOLD / "dev") + [p for folder in args.also for p in gold_in(folder)]
    score = scored(Pipeline(), paths)
    rows, _ = speed(gold_in(GOLD / "dev"), args.rounds)
    also = f", and {len(paths) - len(gold_in(GOLD / 'dev'))} given with `--also`" if args.also else ""
    lines = [
        "# Results",
        "",
        f"Trucewatch {__version__}, {date.today().isoformat()}, Python {platform.python_version()}, one core of "
        f"{_cpu() or platform.machine()}. Made by `make bench`; the figures mean what `trucewatch score` says they mean.",
        "",
        "## Scores on transcripts kept apart",
        "",
        f"`benchmarks/gold/dev`, {len(gold_in(GOLD / 'dev'))} transcripts{also}; nothing is trained or tuned on them. "
        "Again with `trucewatch score benchmarks/gold/dev --misses`.",
        "",
        *score_rows(score),
        "## Claims in detail",
        "",
        "The same transcripts. Again with `python benchmarks/claims.py`.",
        "",
        *claims.section(claims.cases([GOLD / "dev", *args.also])),
        "## Held out of training",
        "",
        "Folds of `benchmarks/gold/train`, each transcript read by claim, voice and role models that never saw it. "
        "Again with `python training/train_claims.py --folds`.",
        "",
        "```",
        HELD_OUT.read_text(encoding="utf-8").strip() if HELD_OUT.exists() else "not measured",
        "```",
        "",
        "## What each part of the claim reader is worth",
        "",
        "Again with `python training/train_claims.py --without branch` and so on.",
        "",
        *_kept(CLAIM_PARTS),
        "## An outside yardstick: MUC-4",
        "",
        "`benchmarks/muc4.py` says what is counted, and how a reading is turned into MUC-4's roles.",
        "",
        *_kept(MUC4),
        *misheard_names(args.ud),
        *caption_model(args.ud, args.iwslt),
        "## Which theatre",
        "",
        (
            "Again with `python benchmarks/theatres.py --wrong`, which says what is counted. On `train`, the judges of names "
            "have seen these transcripts (`dev` they have not), so that its figures are somewhat too good: five-fold, names "
            "are in the sections above."
        ),
        "",
        theatres.section({"train": GOLD / "train", "dev": GOLD / "dev"}),
        "## Speed and memory",
        "",
        *rows,
        "",
        *start_up(),
        "",
        "By part, medians over new processes (`python benchmarks/startup.py`); the index is that of all theatres:",
        "",
        *startup.table(5),
        "Loaders under fuzzing: `python benchmarks/fuzz_loaders.py --inputs 10000`.",
    ]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(OUT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
