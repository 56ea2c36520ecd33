"""Train the claim branch together with the caption model that it stands on, and say what it makes of transcripts kept apart.

    python training/train_claim_net.py --start CHECKPOINT --out FOLDER [--fold 0] [--captions DATA.pkl] [--epochs 8]

``--start`` is a checkpoint of ``train_caption.py``, or of this script to go on from; all of it but the vectors of word
pieces is trained on. With ``--captions`` (the data.pkl that ``train_caption.py`` wrote) every second step also has parsed
and punctuated text, and what the caption heads say of gold transcripts is held to what they said before, so that they keep
what they know. ``--fold`` leaves fifths of the training transcripts out; what the branch says of them goes to ``held.npz``,
by transcript, and so does its ``bias``, for ``train_claims.py`` to learn from.
"""

from __future__ import annotations

import argparse
import copy
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
from claim_data import UNKNOWN, ClaimDocument, ClaimExample, document
from claim_net import ClaimNet
from common import GOLD, examples
from train_claims import silent
from trucewatch.reading.captionwords import CASES, MARKS
from trucewatch.reading.claimbranch import PARTS, ROLES, TYPES, WIDTH

ROOM = 252  # word pieces of a window, without the first and last
MASK = 103
# "taught": that the caption heads say of gold transcripts what they said before
WEIGHTS = {"bio": 1.0, "voice": 0.3, "type": 0.5, "stance": 0.3, "counted": 0.3, "taught": 0.5} | dict.fromkeys(
    ROLES, 0.5
)
CAPTIONS = 0.5  # what the caption model's own losses count
EVERY = 2  # steps from one batch of the caption model's own texts to the next
UNMARKED = 0.35  # share of windows from which what parts words is taken away, as in a caption without punctuation
SWAPPED = 0.25  # share of names and numbers whose words are swapped for other names and numbers of the kind
UNFOUND = 0.08  # share of words whose kind of name is taken away
ENCODER = ("base.words", "base.places", "base.norm", "base.layers")
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


def taught(net: CaptionNet, teacher: CaptionNet, x: Tensor, batch: dict[str, Any]) -> Tensor:
    """How far the caption heads, over word vectors ``x`` that know of names and openings, are from what they said without."""
    with torch.no_grad():
        wanted = teacher(batch["pieces"], batch["first"])
    given = net.of_words(x)
    there = batch["first"] > 0
    m, c = len(MARKS), len(MARKS) + len(CASES)
    total = torch.zeros(())
    for part in (slice(0, m), slice(m, c), slice(c + 2, None)):
        total = total + _apart(given[0][..., part][there], wanted[0][..., part][there])
    cross = nn.functional.binary_cross_entropy_with_logits
    edges = slice(c, c + 2)
    total = total + cross(given[0][..., edges][there].float(), wanted[0][..., edges][there].float().sigmoid())
    hidden = torch.where(there, 0.0, -1e4)[:, None, :]
    heads = [torch.cat([out[2][..., None], out[1] + hidden], dim=-1)[there] for out in (given, wanted)]
    total = total + _apart(*heads)
    for k in (3, 4):
        total = total + nn.functional.mse_loss(given[k][there].float(), wanted[k][there].float())
    return total


def _apart(given: Tensor, wanted: Tensor) -> Tensor:
    """Kullback-Leibler divergence of distributions given as log-odds ``(N, values)``, by row."""
    target = wanted.float().log_softmax(-1)
    return nn.functional.kl_div(given.float().log_softmax(-1), target, log_target=True, reduction="batchmean")


def names_of(docs: Sequence[ClaimDocument]) -> dict[int, list[list[int]]]:
    """The word pieces of names and numbers by their kind, to swap one for another."""
    out: dict[int, list[list[int]]] = {}
    for doc in docs:
        for kind, pieces in zip(doc.known.kind.tolist(), doc.pieces, strict=True):
            if kind:
                out.setdefault(kind, []).append(pieces)
    return out


def swapped(doc: ClaimDocument, at: int, end: int, names: dict[int, list[list[int]]], draw: Any) -> list[list[int]]:
    """The word pieces of a window with some names swapped: what a claim is does not hang on which name it has."""
    out = doc.pieces[at:end]
    for k in range(end - at):
        kind = int(doc.known.kind[at + k])
        if kind and draw.random() < SWAPPED:
            out[k] = names[kind][draw.integers(len(names[kind]))]
    return out


def batch_of(
    rows: Sequence[Span],
    rng: np.random.Generator | None = None,
    hide: float = 0.0,
    names: dict[int, list[list[int]]] | None = None,
) -> dict[str, Any]:
    """Windows as tensors, and the claims that lie whole in them as (row, claim, offset); ``rng`` for training."""
    width = max(end - at for _, at, end in rows)
    read = [swapped(*row, names, rng) if names and rng is not None else row[0].pieces[row[1] : row[2]] for row in rows]
    length = max(sum(len(p) for p in words) for words in read) + 2
    out: dict[str, Any] = {
        "pieces": np.zeros((len(rows), length), np.int64), "first": np.zeros((len(rows), width), np.int64),
        "kind": np.zeros((len(rows), width), np.int64), "breaks": np.zeros((len(rows), width), np.int64),
        "hits": np.zeros((len(rows), width, 2 * len(TYPES)), np.float32),
        "bio": np.full((len(rows), width), UNKNOWN), "voice": np.full((len(rows), width), UNKNOWN),
    }  # fmt: skip
    claims: list[tuple[int, ClaimExample, int]] = []
    for b, (doc, at, end) in enumerate(rows):
        ids = [p for word in read[b] for p in word]
        out["pieces"][b, : len(ids) + 2] = [101, *ids, 102]
        lengths = [len(word) for word in read[b]]
        out["first"][b, : end - at] = np.cumsum([1, *lengths[:-1]])
        for name in ("kind", "breaks", "hits"):
            out[name][b, : end - at] = getattr(doc.known, name)[at:end]
        for name in ("bio", "voice"):
            out[name][b, : end - at] = getattr(doc, name)[at:end]
        if rng is not None and rng.random() < UNMARKED:
            out["breaks"][b] = 0
        if (
            rng is not None
        ):  # names are found less surely in new transcripts than in those that the name step learned from
            out["kind"][b][rng.random(width) < UNFOUND] = 0
        claims += [(b, claim, at) for claim in doc.claims if at <= claim.first and claim.last < end]
    if rng is not None and hide:
        hidden = (rng.random(out["pieces"].shape) < hide) & (out["pieces"] > MASK)
        out["pieces"][hidden] = MASK
    return {name: torch.from_numpy(value) for name, value in out.items()} | {"claims": claims}


def losses(net: ClaimNet, batch: dict[str, Any], teacher: CaptionNet | None = None) -> dict[str, Tensor]:
    """The loss of each head of the branch; with the caption model as it was before, also how far its heads have moved."""
    x = net.vectors(batch["pieces"], batch["first"], batch["kind"], batch["hits"], batch["breaks"])
    rows = net.heads(net.dropout(x))
    cross = nn.functional.cross_entropy
    out = {
        name: cross(rows[..., PARTS[part]].float().flatten(0, 1), batch[name].flatten(), ignore_index=UNKNOWN)
        for name, part in (("bio", "labels"), ("voice", "voice"))
        if (batch[name] != UNKNOWN).any()
    }
    if teacher is not None:
        out["taught"] = taught(net.base, teacher, x, batch)
    claims: list[tuple[int, ClaimExample, int]] = batch["claims"]
    if not claims:
        return out
    means = torch.stack([rows[b, c.first - at : c.last - at + 1].float().mean(0) for b, c, at in claims])
    out["type"] = cross(means[:, PARTS["type"]], torch.tensor([c.type for _, c, _ in claims]))
    out["stance"] = cross(means[:, PARTS["stance"]], torch.tensor([c.stance for _, c, _ in claims]))
    width = rows.shape[1]
    for r, role in enumerate(ROLES):
        found = [
            (k, b, word - at, value)
            for k, (b, claim, at) in enumerate(claims)
            for word, value in claim.candidates[role]
            if 0 <= word - at < width
        ]
        if found:
            which, row, word, value = (list(column) for column in zip(*found, strict=True))
            logits = net.fills(means[which], rows[row, word].float(), r)
            wanted = torch.tensor([float(v > 0) for v in value])
            out[role] = nn.functional.binary_cross_entropy_with_logits(logits, wanted)
            if role == "figures":
                out["counted"] = cross(rows[row, word][:, PARTS["counted"]].float(), torch.tensor(value))
    return out


def read(net: ClaimNet, docs: Sequence[ClaimDocument]) -> dict[str, np.ndarray]:
    """What the branch says of transcripts, by name: rows of shape (words, F), read in windows that share 40 words."""
    net.eval()
    out = {}
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for doc in docs:
            n, at, own = len(doc.pieces), 0, 0
            said = np.zeros((n, WIDTH), np.float16)
            while own < n:
                _, _, end = next(windows(doc, at=at))
                batch = batch_of([(doc, at, end)])
                rows = net(batch["pieces"], batch["first"], batch["kind"], batch["hits"], batch["breaks"])
                until = end if end >= n else end - 20
                said[own:until] = rows[0, own - at : until - at].float().numpy()
                own, at = until, max(until - 20, at + 1)
            out[doc.name] = said
    net.train()
    return out


def settle(
    net: ClaimNet,
    teacher: CaptionNet,
    docs: Sequence[ClaimDocument],
    captions: Iterator[dict[str, Tensor]],
    steps: int,
    rate: float,
    rng: random.Random,
) -> None:
    """Train the caption heads alone on the encoder as it has become; nothing that claims are read from changes."""
    for name, parameter in net.named_parameters():
        parameter.requires_grad = name.startswith("base.") and not name.startswith(ENCODER)
    heads = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(heads, lr=rate, weight_decay=0.01, fused=True)
    rows = [row for doc in docs for row in windows(doc)]
    since = time.time()
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = rate * min(1.0, (step + 1) / 50) * max(0.02, 1 - step / steps)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            if step % 4 == 3:
                batch = batch_of(rng.sample(rows, 4))
                told = (batch["pieces"], batch["first"], batch["kind"], batch["hits"], batch["breaks"])
                with torch.no_grad():
                    x = net.vectors(*told)
                total = taught(net.base, teacher, x, batch)
            else:
                parts = train_caption.losses(net.base, next(captions))
                total = sum((train_caption.WEIGHTS[k] * v for k, v in parts.items()), torch.zeros(()))
        total.backward()
        nn.utils.clip_grad_norm_(heads, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if (step + 1) % 50 == 0:
            print(f"settle {step + 1}/{steps} {time.time() - since:.0f} s {total.item():.3f}", flush=True)


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
    parser.add_argument("--teacher", type=Path, help="the caption model to keep to, where --start is this script's own")
    parser.add_argument("--captions", type=Path)
    parser.add_argument("--fold", type=int, nargs="*", default=[])
    parser.add_argument("--dev", type=Path, default=GOLD / "dev")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--size", type=int, default=16, help="windows a step")
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--hide", type=float, default=0.08)
    parser.add_argument("--settle", type=int, default=0, help="steps of the caption heads alone, at the end")
    parser.add_argument("--swap", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    rng, draw = random.Random(options.seed), np.random.default_rng(options.seed)
    docs = [document(e, options.cache) for e in (*examples(GOLD / "train"), *silent())]
    learned = [d for d in docs if d.fold not in options.fold]
    base = CaptionNet()
    net = ClaimNet(base)
    state = torch.load(options.start, map_location="cpu")["net"]
    (net if "heads.weight" in state else base).load_state_dict(state)
    teacher = None
    if options.captions:
        teacher = copy.deepcopy(base).eval()
        if options.teacher:
            teacher.load_state_dict(torch.load(options.teacher, map_location="cpu")["net"])
    base.words.weight.requires_grad = False
    encoder = [p for n, p in net.named_parameters() if p.requires_grad and n.startswith("base.")]
    heads = [p for n, p in net.named_parameters() if p.requires_grad and not n.startswith("base.")]
    groups = [{"params": encoder, "lr": options.rate}, {"params": heads, "lr": options.rate * 4}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    captions = caption_batches(options.captions, max(1, options.size // 2), rng)
    steps = options.epochs * (sum(sum(1 for _ in windows(d)) for d in learned) // options.size)
    names = names_of(learned) if options.swap else None
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
                parts = losses(net, batch_of(rows[at : at + options.size], draw, options.hide, names), teacher)
                total = sum((WEIGHTS[k] * v for k, v in parts.items()), torch.zeros(()))
                if step % EVERY == 0 and (batch := next(captions, None)) is not None:
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
    if teacher is not None and options.settle:
        settle(net, teacher, learned, captions, options.settle, options.rate * 5, rng)
    options.out.mkdir(parents=True, exist_ok=True)
    kept_state = {"net": net.state_dict(), "layers": len(base.layers), "step": steps}
    torch.save(kept_state, options.out / "claim_net.pt")
    held = [d for d in docs if d.fold in options.fold]
    apart = [document(e, options.cache) for e in examples(options.dev)]
    kept = read(net, [*held, *apart]) | {"bias": net.bias.detach().numpy()}
    np.savez_compressed(options.out / "held.npz", **kept)


if __name__ == "__main__":
    main()
