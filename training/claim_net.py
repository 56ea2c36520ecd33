"""The claim branch of the caption model: what each word is in a claim, and what each claim is, over the same encoder.

Shapes: B windows, S word pieces, W words, H width. Feature vectors (kind of name, openings of frames, breaks) are added to
the encoder's word vectors before ``own`` further layers of the branch.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from caption_net import CaptionNet, Dropout, Layer
from claim_data import COUNTED, KINDS, ROLES, STANCES, TYPES, VOICES

PAIR = 48  # width of the vectors by which a claim and a word are held to belong together
BREAKS = 5


class ClaimNet(nn.Module):  # type: ignore[misc]
    """Heads over word vectors: ``bio`` (B, W, 1 + 2 types), ``voice``; over means of claims' words: ``claim_type``, ``stance``.

    ``left`` of a claim and ``right`` of a word, cut by role, give by their product whether the word fills the role.
    """

    def __init__(self, base: CaptionNet, own: int = 1, dropout: float = 0.1) -> None:
        super().__init__()
        self.base = base
        width = base.words.weight.shape[1]
        self.hits = nn.Linear(2 * len(TYPES), width)
        self.kinds, self.breaks = nn.Embedding(len(KINDS), width), nn.Embedding(BREAKS, width)
        for part in (self.hits, self.kinds, self.breaks):
            nn.init.normal_(part.weight, std=0.02)
        self.own = nn.ModuleList(Layer(width, 12, 4 * width, dropout) for _ in range(own))
        for layer in self.own:
            layer.load_state_dict(base.layers[-1].state_dict())
        self.dropout = Dropout(dropout)
        self.bio, self.voice = nn.Linear(width, 1 + 2 * len(TYPES)), nn.Linear(width, len(VOICES))
        self.claim_type, self.stance = nn.Linear(width, len(TYPES)), nn.Linear(width, len(STANCES))
        self.left, self.right = nn.Linear(width, len(ROLES) * PAIR), nn.Linear(width, len(ROLES) * PAIR)
        self.counted = nn.Linear(width, len(COUNTED))
        self.bias = nn.Parameter(torch.zeros(len(ROLES)))

    def forward(self, pieces: Tensor, first: Tensor, kind: Tensor, hits: Tensor, breaks: Tensor) -> Tensor:
        """Word vectors of the branch ``(B, W, H)``; ``kind`` and ``breaks`` (B, W), ``hits`` (B, W, 2 types)."""
        x = self.base.encode(pieces, first)
        x = x + self.hits(hits) + self.kinds(kind) + self.breaks(breaks)
        mask = (first == 0)[:, None, None, :].to(
            x.dtype
        ) * -1e4  # padding: a word's first piece is never the opening one
        for layer in self.own:
            x = layer(x, mask)
        return self.dropout(x)

    def pairs(self, claims: Tensor, words: Tensor, role: int) -> Tensor:
        """How well words fill a role of claims, as logits ``(N,)``, for N claims' and words' vectors ``(N, H)``."""
        cut = slice(role * PAIR, (role + 1) * PAIR)
        product = self.left(claims)[:, cut] * self.right(words)[:, cut]
        return product.sum(-1) / PAIR**0.5 + self.bias[role]
