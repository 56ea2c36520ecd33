"""How fast the caption model reads, beside spaCy's tagger and parser of the size of ``en_core_web_sm``.

    python benchmarks/caption_speed.py [--threads 1 2] [--rounds 3] [--model FOLDER]

The same words, in the same process, in turns; medians over rounds. spaCy's pipeline has the architecture that
``en_core_web_sm`` is published with (hashed embeddings of norm, prefix, suffix, shape; four convolutions 96 wide; tagger;
transition-based parser 64 wide) and untrained weights, so that only its speed means something. It reads 1,000 words a
document, on one thread (its own). Ours counts everything from words to marks, case, tags and parse.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402  # libraries read how many threads to use when they are loaded

from trucewatch.reading.captionmodel import CaptionModel  # noqa: E402
from trucewatch.reading.captionwords import RELATIONS, TAGS, pieces_of  # noqa: E402

GOLD = Path(__file__).resolve().parent / "gold" / "train"
EMBED = {
    "@architectures": "spacy.MultiHashEmbed.v2",
    "width": 96,
    "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE", "SPACY", "IS_SPACE"],
    "rows": [5000, 1000, 2500, 2500, 50, 50],
    "include_static_vectors": False,
}
ENCODE = {
    "@architectures": "spacy.MaxoutWindowEncoder.v2",
    "width": 96,
    "depth": 4,
    "window_size": 1,
    "maxout_pieces": 3,
}
LISTEN = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96, "upstream": "*"}
DOCUMENT = 1000  # words of a document that spaCy is given


def transcripts(words: int) -> list[str]:
    """So many words of the training transcripts, in lower case, without punctuation."""
    out: list[str] = []
    while len(out) < words:
        for path in sorted(GOLD.glob("*.txt")):
            for token in path.read_text(encoding="utf-8").lower().split():
                bare = token.strip('.,?!:;"“”()[]>-–—')
                if bare:
                    out.append(bare)
    return out[:words]


def ours(model: CaptionModel, raw: list[str], threads: int) -> Callable[[], None]:
    def read() -> None:
        words = [piece.word for token in raw for piece in pieces_of(token)]
        marked, windows, _ = model.read(words, threads=threads)
        starts = np.flatnonzero(marked.start >= model.thresholds["start"]).tolist()
        model.parse(windows, starts, len(words))

    return read


def spacys(raw: list[str]) -> Callable[[], None]:
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("tok2vec", config={"model": {"@architectures": "spacy.Tok2Vec.v2", "embed": EMBED, "encode": ENCODE}})
    tagger: Any = nlp.add_pipe("tagger", config={"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": LISTEN}})
    parser: Any = nlp.add_pipe(
        "parser",
        config={
            "model": {
                "@architectures": "spacy.TransitionBasedParser.v2",
                "state_type": "parser",
                "extra_state_tokens": False,
                "hidden_width": 64,
                "maxout_pieces": 2,
                "use_upper": True,
                "tok2vec": LISTEN,
            }
        },
    )
    for tag in TAGS:
        tagger.add_label(tag)
    for relation in RELATIONS:
        parser.add_label(relation)
    nlp.initialize()
    texts = [" ".join(raw[at : at + DOCUMENT]) for at in range(0, len(raw), DOCUMENT)]

    def read() -> None:
        for _ in nlp.pipe(texts):
            pass

    return read


def measured(ways: dict[str, Callable[[], None]], words: int, rounds: int) -> dict[str, float]:
    """Words per second of each way, the median of ``rounds``, the ways taking turns."""
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            begin = time.perf_counter()
            way()
            speeds[name].append(words / (time.perf_counter() - begin))
    return {name: statistics.median(values) for name, values in speeds.items()}


def table(threads: list[int], rounds: int, words: int = 20_000, model: Path | None = None) -> list[str]:
    """The figures as a Markdown table."""
    raw = transcripts(words)
    opened = CaptionModel(model)
    ways = {f"caption model, {n} thread{'s' if n > 1 else ''}": ours(opened, raw, n) for n in threads}
    try:
        ways["spaCy tok2vec, tagger and parser"] = spacys(raw)
    except ImportError:
        print("spaCy is not installed here (make bench installs it): not compared")
    for way in ways.values():
        way()  # warm up
    found = measured(ways, len(raw), rounds)
    first = next(iter(found.values()))
    rows = ["| | transcript words per second | of ours on one thread |", "|---|---:|---:|"]
    return rows + [f"| {name} | {speed:,.0f} | {speed / first:.2f} |" for name, speed in found.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the caption model's speed.")
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--words", type=int, default=20_000)
    parser.add_argument("--model", type=Path, help="folder with another model's files")
    options = parser.parse_args()
    print("\n".join(table(options.threads, options.rounds, options.words, options.model)))


if __name__ == "__main__":
    main()
