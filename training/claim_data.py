"""Gold transcripts as the claim branch of the caption model learns from them: word by word, and claim by claim.

Words are those that the caption model reads: names put right stand in place. What else a word is comes from the steps
before: its kind of name, the openings of the frames over it, what parts it from the word before. Labels are gold's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import train_claims
from common import Example, token_span
from trucewatch.reading import claims, roles
from trucewatch.reading.captionmodel import caption_model
from trucewatch.reading.claimbranch import COUNTED, ROLES, STANCES, TYPES, VOICES, Known, known
from trucewatch.reading.clauses import parsed
from trucewatch.reading.tagfeatures import view

Ints = npt.NDArray[np.int64]

OUTSIDE = 0  # label of a word in no claim; 1 + 2t begins one of type t, 2 + 2t goes on with it
UNKNOWN = -100


@dataclass
class ClaimExample:
    """A claim of a transcript: its first and last word, type and stance, and the candidates of each role.

    A candidate is the word at which it stands (-1 where it is carried over) and whether gold has it; for figures, what it
    counts (an index of ``COUNTED``).
    """

    first: int
    last: int
    type: int
    stance: int
    candidates: dict[str, list[tuple[int, int]]]


@dataclass
class ClaimDocument:
    """A transcript of W words: their word pieces and what earlier steps know of them.

    Labels: ``bio`` (W,), ``voice`` (W,); and its claims.
    """

    name: str
    fold: int
    pieces: list[list[int]]
    known: Known
    bio: Ints
    voice: Ints
    claims: list[ClaimExample] = field(default_factory=list)


def document(example: Example, cache: Path | None = None) -> ClaimDocument:
    """The transcript with what earlier steps made of it, and its labels."""
    doc = train_claims.prepare(example, cache)
    model, captions, items = caption_model(), doc.captions, view(doc)
    assert model is not None
    assert captions is not None
    n = len(captions.words)
    told = known(items, captions.first, captions.last, [t.brk for t in doc.tokens], n)
    voice, bio = np.full(n, UNKNOWN), np.zeros(n, np.int64)
    for i in range(n):
        start = doc.tokens[captions.token[i]].start
        said = next((v["role"] for v in example.gold["voices"] if v["start"] <= start < v["end"]), None)
        voice[i] = VOICES.index(said) if said else UNKNOWN
    out = ClaimDocument(example.name, example.fold, model.pieces(captions.words), told, bio, voice)
    for claim in sorted(example.gold["claims"], key=lambda c: c["start"] - c["end"]):
        tokens = token_span(doc, claim)
        if tokens:
            first, last = captions.first[tokens[0]], captions.last[tokens[1]]
            label = 2 * TYPES.index(claim["type"]) + 1
            bio[first : last + 1] = label + 1
            bio[first] = label
    out.claims = _claims(doc, example.gold)
    return out


def _claims(doc: Any, gold: dict[str, Any]) -> list[ClaimExample]:
    """Every claim with its candidates, the roles of the claims before taken from gold, as the role models learn."""
    items, captions = view(doc), doc.captions
    alias = train_claims.gold_value(gold)
    ctx = roles.context(doc, dict(enumerate(doc.boundaries)))
    own = train_claims.own_names(doc, alias)
    out: list[ClaimExample] = []
    before: list[dict[str, Any]] = []
    for claim in sorted(gold["claims"], key=lambda c: (c["start"], c["end"])):
        tokens = token_span(doc, claim)
        if not tokens:
            continue
        span = train_claims.item_span(items, *tokens, claim["type"], parsed(doc))
        source = claim.get("source")
        found: dict[str, list[tuple[int, int]]] = {role: [] for role in ROLES}

        def add(role: str, candidates: list[roles.Candidate], wanted: list[str], found: Any = found) -> None:
            for c in candidates:
                found[role].append(
                    (captions.first[c.at] if c.at >= 0 else -1, int(train_claims.same(c.value, wanted, alias)))
                )

        add(
            "source",
            roles.source_candidates(ctx, span, before[-1]["source"] if before else None),
            [source] if source else [],
        )
        for role, kinds in (("actors", roles.ACTOR_KINDS), ("places", roles.PLACE_KINDS)):
            pairs = claims.carried_over([b[role] for b in before])
            if role == "actors" and source:
                pairs.append((own(source), "source"))
            add(role, roles.name_candidates(ctx, span, kinds, pairs), claim.get(role, []))
        for group in ("targets", "weapons"):
            for c in roles.class_candidates(ctx, span, group):
                found[group].append((captions.first[c.at] if c.at >= 0 else -1, int(c.value in claim.get(group, []))))
        for c in roles.figure_candidates(ctx, span):
            found["figures"].append((captions.first[c.at], COUNTED.index(train_claims.figure_of(ctx, c, claim))))
        before.append(
            {
                "actors": [own(a) for a in claim.get("actors", [])],
                "places": [own(p) for p in claim.get("places", [])],
                "source": own(source) if source else None,
            }
        )
        out.append(
            ClaimExample(
                captions.first[tokens[0]], captions.last[tokens[1]], TYPES.index(claim["type"]),
                STANCES.index(claim["stance"]), found,
            )
        )  # fmt: skip
    return out
