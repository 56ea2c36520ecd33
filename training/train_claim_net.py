"""Train the claim branch together with the caption model that it stands on, and say what it makes of transcripts kept apart.

    python training/train_claim_net.py --start CHECKPOINT --out FOLDER [--fold 0] [--captions DATA.pkl] [--epochs 8]

``--start`` is a checkpoint of ``train_caption.py``; all of it but the vectors of word pieces is trained on. With
``--captions`` (the data.pkl that ``train_caption.py`` wrote) every step also has parsed and punctuated text, so that the
caption heads keep what they know. ``--fold`` leaves a fifth of the training transcripts out and writes what the branch
says of them to ``held.pkl``: per transcript ``bio`` (W, labels) and ``voice`` probabilities and word vectors ``x`` (W, H).
"""

from __future__ import annotations

import argparse
import pickle
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

import train_caption
from caption_net import CaptionNet
from claim_data import ROLES, UNKNOWN, ClaimDocument, ClaimExample, document
from claim_net import ClaimNet
from common import GOLD, examples

ROOM = 252  # word pieces of a window, without the first and last
MASK = 103
WEIGHTS = {"bio": 1.0, "voice": 0.3, "type": 0.5, "stance": 0.3} | dict.fromkeys(ROLES, 0.5)
CAPTIONS = 0.5  # what the caption model's own losses count
UNMARKED = 0.35  # share of windows from which what parts words is taken away, as in a caption without punctuation
Span = tuple[ClaimDocument, int, int]


def windows(doc: ClaimDocument, shift: int = 0, at: int = 0) -> Iterator[Span]:
    """A transcript in windows from word ``at`` on, the first one shorter by ``shift`` pieces."""
    ends = np.cumsum([len(p) for p in doc.pieces])
    room = ROOM - shift
    while at < len(doc.pieces):
        before = int(ends[at - 1]) if at else 0
        end = max(int(np.searchsorted(ends, before + room, side="right")), at + 1)
        yield doc, at, end
        at, room = end, ROOM


def batch_of(rows: Sequence[Span], rng: np.random.Generator | None = None, hide: float = 0.0) -> dict[str, Any]:
    """Windows as tensors, and the claims that lie whole in them as (row, claim, offset); ``rng`` for training."""
    width = max(end - at for _, at, end in rows)
    length = max(sum(len(p) for p in doc.pieces[at:end]) for doc, at, end in rows) + 2
    out: dict[str, Any] = {
        "pieces": np.zeros((len(rows), length), np.int64), "first": np.zeros((len(rows), width), np.int64),
        "kind": np.zeros((len(rows), width), np.int64), "breaks": np.zeros((len(rows), width), np.int64),
        "hits": np.zeros((len(rows), width, rows[0][0].hits.shape[1]), np.float32),
        "bio": np.full((len(rows), width), UNKNOWN), "voice": np.full((len(rows), width), UNKNOWN),
    }  # fmt: skip
    claims: list[tuple[int, ClaimExample, int]] = []
    for b, (doc, at, end) in enumerate(rows):
        ids = [p for word in doc.pieces[at:end] for p in word]
        out["pieces"][b, : len(ids) + 2] = [101, *ids, 102]
        lengths = [len(word) for word in doc.pieces[at:end]]
        out["first"][b, : end - at] = np.cumsum([1, *lengths[:-1]])
        for name in ("kind", "breaks", "hits", "bio", "voice"):
            out[name][b, : end - at] = getattr(doc, name)[at:end]
        if rng is not None and rng.random() < UNMARKED:
            out["breaks"][b] = 0
        claims += [(b, claim, at) for claim in doc.claims if at <= claim.first and claim.last < end]
    if rng is not None and hide:
        hidden = (rng.random(out["pieces"].shape) < hide) & (out["pieces"] > MASK)
        out["pieces"][hidden] = MASK
    return {name: torch.from_numpy(value) for name, value in out.items()} | {"claims": claims}


def losses(net: ClaimNet, batch: dict[str, Any]) -> dict[str, Tensor]:
    """The loss of each head of the branch."""
    x = net(batch["pieces"], batch["first"], batch["kind"], batch["hits"], batch["breaks"])
    cross = nn.functional.cross_entropy
    out = {
        name: cross(head(x).float().flatten(0, 1), batch[name].flatten(), ignore_index=UNKNOWN)
        for name, head in (("bio", net.bio), ("voice", net.voice))
    }
    claims: list[tuple[int, ClaimExample, int]] = batch["claims"]
    if not claims:
        return out
    means = torch.stack([x[b, c.first - at : c.last - at + 1].mean(0) for b, c, at in claims])
    out["type"] = cross(net.claim_type(means).float(), torch.tensor([c.type for _, c, _ in claims]))
    out["stance"] = cross(net.stance(means).float(), torch.tensor([c.stance for _, c, _ in claims]))
    width = x.shape[1]
    for r, role in enumerate(ROLES):
        found = [
            (k, b, word - at, value)
            for k, (b, claim, at) in enumerate(claims)
            for word, value in claim.candidates[role]
            if 0 <= word - at < width
        ]
        if found:
            which, row, word, value = (list(column) for column in zip(*found, strict=True))
            logits = net.pairs(means[which], x[row, word], r).float()
            wanted = torch.tensor([float(v > 0) for v in value])
            out[role] = nn.functional.binary_cross_entropy_with_logits(logits, wanted)
    return out


def read(net: ClaimNet, docs: Sequence[ClaimDocument]) -> dict[str, dict[str, np.ndarray]]:
    """What the branch says of transcripts, in windows that share 40 words."""
    net.eval()
    out = {}
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for doc in docs:
            n, at, own = len(doc.pieces), 0, 0
            said = {
                "bio": np.zeros((n, net.bio.out_features), np.float32),
                "voice": np.zeros((n, net.voice.out_features)),
            }
            said["x"] = np.zeros((n, net.bio.in_features), np.float32)
            while own < n:
                _, _, end = next(windows(doc, at=at))
                batch = batch_of([(doc, at, end)])
                x = net(batch["pieces"], batch["first"], batch["kind"], batch["hits"], batch["breaks"])
                until = end if end >= n else end - 20
                mine = slice(own - at, until - at)
                for name, value in (
                    ("bio", net.bio(x).float().softmax(-1)), ("voice", net.voice(x).float().softmax(-1)), ("x", x.float()),
                ):  # fmt: skip
                    said[name][own:until] = value[0, mine].numpy()
                own, at = until, max(until - 20, at + 1)
            out[doc.name] = said
    net.train()
    return out


class _Kept(pickle.Unpickler):
    """Reads what ``train_caption.py`` wrote when it was the program that ran."""

    def find_class(self, module: str, name: str) -> Any:
        """The class of a pickled object."""
        return getattr(train_caption, name) if module == "__main__" else super().find_class(module, name)


def caption_batches(path: Path | None, size: int, rng: random.Random) -> Iterator[dict[str, Tensor]]:
    """Endless batches of parsed and punctuated text in turns; nothing without a file."""
    if path is None:
        return
    with path.open("rb") as file:
        parsed, texts = _Kept(file).load()
    streams = [train_caption.windows(docs, 256, rng) for docs in (parsed, texts)]
    while True:
        for stream in streams:
            yield train_caption.batch_of([next(stream) for _ in range(size)], 256, 0.04, rng)


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the claim branch.")
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="folder for prepared documents (train_claims.py has the same)")
    parser.add_argument("--captions", type=Path)
    parser.add_argument("--fold", type=int)
    parser.add_argument("--dev", type=Path, default=GOLD / "dev")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--size", type=int, default=16, help="windows a step")
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--hide", type=float, default=0.08)
    parser.add_argument("--own", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    rng, draw = random.Random(options.seed), np.random.default_rng(options.seed)
    docs = [document(e, options.cache) for e in examples(GOLD / "train")]
    learned = [d for d in docs if d.fold != options.fold]
    base = CaptionNet()
    base.load_state_dict(torch.load(options.start, map_location="cpu")["net"])
    net = ClaimNet(base, options.own)
    base.words.weight.requires_grad = False
    encoder = [p for n, p in net.named_parameters() if p.requires_grad and n.startswith(("base.", "own."))]
    heads = [p for n, p in net.named_parameters() if p.requires_grad and not n.startswith(("base.", "own."))]
    groups = [{"params": encoder, "lr": options.rate}, {"params": heads, "lr": options.rate * 4}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    captions = caption_batches(options.captions, max(1, options.size // 2), rng)
    steps = options.epochs * (sum(sum(1 for _ in windows(d)) for d in learned) // options.size)
    step, since = 0, time.time()
    net.train()
    while step < steps:
        rows = [row for doc in learned for row in windows(doc, rng.randrange(190))]
        rng.shuffle(rows)
        for at in range(0, len(rows) - options.size + 1, options.size):
            scale = min(1.0, (step + 1) / (0.08 * steps)) * max(0.02, 1 - step / steps)
            for group, rate in zip(optimizer.param_groups, (options.rate, options.rate * 4), strict=True):
                group["lr"] = rate * scale
            with torch.autocast("cpu", dtype=torch.bfloat16):
                parts = losses(net, batch_of(rows[at : at + options.size], draw, options.hide))
                total = sum((WEIGHTS[k] * v for k, v in parts.items()), torch.zeros(()))
                if (batch := next(captions, None)) is not None:
                    own = train_caption.losses(base, batch)
                    total = total + CAPTIONS * sum(
                        (train_caption.WEIGHTS[k] * v for k, v in own.items()), torch.zeros(())
                    )
            total.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            step += 1
            if step % 50 == 0:
                said = " ".join(f"{k} {v.item():.3f}" for k, v in parts.items())
                print(f"{step}/{steps} {time.time() - since:.0f} s {said}", flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    torch.save(net.state_dict(), options.out / "claim_net.pt")
    held = [d for d in docs if d.fold == options.fold]
    apart = [document(e, options.cache) for e in examples(options.dev)]
    (options.out / "held.pkl").write_bytes(pickle.dumps({"held": read(net, held), "dev": read(net, apart)}))


if __name__ == "__main__":
    main()
