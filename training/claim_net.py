"""The claim branch of the caption model: what each word is in a claim, and what each claim is, over the same encoder.

Shapes: B windows, S word pieces, W words, H width, F numbers of a row (``claimbranch.WIDTH``). What earlier steps know of a
word (kind of name, openings of frames, what parts it from the word before) is added to the vector of its first piece after
the encoder's layer ``BELOW``, so that the layers above read it, for claims as for the caption model's own heads.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from caption_net import CaptionNet, Dropout
from trucewatch.reading.claimbranch import BREAKS, KINDS, PAIR, PARTS, ROLES, TYPES, WIDTH

BELOW = 2


class ClaimNet(nn.Module):  # type: ignore[misc]
    """One linear layer over word vectors, cut into heads as ``claimbranch.PARTS`` says."""

    def __init__(self, base: CaptionNet, dropout: float = 0.1) -> None:
        super().__init__()
        self.base = base
        width = base.words.weight.shape[1]
        self.hits = nn.Linear(2 * len(TYPES), width)
        self.kinds, self.breaks = nn.Embedding(len(KINDS), width), nn.Embedding(BREAKS, width)
        for part in (self.hits, self.kinds, self.breaks):
            nn.init.normal_(part.weight, std=0.02)
        nn.init.zeros_(self.hits.bias)
        self.dropout = Dropout(dropout)
        self.heads = nn.Linear(width, WIDTH)
        self.bias = nn.Parameter(torch.zeros(len(ROLES)))

    def known(self, kind: Tensor, hits: Tensor, breaks: Tensor) -> Tensor:
        """What earlier steps know of words, as vectors ``(B, W, H)``; ``kind``, ``breaks`` (B, W), ``hits`` (B, W, 2 types)."""
        return self.hits(hits) + self.kinds(kind) + self.breaks(breaks)

    def vectors(self, pieces: Tensor, first: Tensor, kind: Tensor, hits: Tensor, breaks: Tensor) -> Tensor:
        """Word vectors ``(B, W, H)``; padding words have ``first`` 0, which is never a word's first piece."""
        told = self.known(kind, hits, breaks) * (first > 0)[..., None]
        out: Tensor = self.base.encode(pieces, first, known=told, below=BELOW)
        return out

    def forward(self, pieces: Tensor, first: Tensor, kind: Tensor, hits: Tensor, breaks: Tensor) -> Tensor:
        """Rows of the branch ``(B, W, F)``."""
        rows: Tensor = self.heads(self.dropout(self.vectors(pieces, first, kind, hits, breaks)))
        return rows

    def fills(self, claims: Tensor, words: Tensor, role: int) -> Tensor:
        """Log-odds ``(N,)`` that words fill a role of claims, for N claims' mean rows and words' rows ``(N, F)``."""
        left = claims[:, PARTS["left"]].unflatten(1, (len(ROLES), PAIR))[:, role]
        right = words[:, PARTS["right"]].unflatten(1, (len(ROLES), PAIR))[:, role]
        return (left * right).sum(-1) / PAIR**0.5 + self.bias[role]
