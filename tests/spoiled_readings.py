"""Readings for scoring: gold with faults put into it, the same faults every time for the same seed."""

from __future__ import annotations

import random
from typing import Any

STANCES = ("asserted", "reported", "alleged", "denied")
TYPES = ("shelling", "attack", "talks")
NAMES = ("Idlib", "Russia", "the Houthis", "al-Shifa", "")


def spoiled(gold: dict[str, Any], seed: int) -> dict[str, Any]:
    """A reading like the gold one, with items dropped, moved, renamed, invented; sometimes parts are missing."""
    rng = random.Random(seed)
    reading: dict[str, Any] = {}
    for part in ("mentions", "corrections", "voices", "claims"):
        items = [_changed(dict(item), rng) for item in gold[part] if rng.random() > 0.2]
        items += [_changed(dict(item), rng) for item in gold[part] if rng.random() < 0.1]
        if rng.random() > 0.05:
            reading[part] = items
    return reading


def _changed(item: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    if rng.random() < 0.3:
        item["start"] = max(0, item["start"] + rng.randint(-20, 20))
        item["end"] = max(item["start"] + 1, item["end"] + rng.randint(-20, 20))
    item.pop("garbled", None)
    if "name" in item and "kind" in item:
        item.pop("aliases", None)
        if rng.random() < 0.2:
            item["name"] = rng.choice(NAMES)
        if rng.random() < 0.4:
            item["recovered"] = rng.random() < 0.5
    if "read" in item and rng.random() < 0.3:
        item["read"] = item["read"] + "s"
    if "type" in item:
        _change_claim(item, rng)
    return item


def _change_claim(claim: dict[str, Any], rng: random.Random) -> None:
    if rng.random() < 0.2:
        claim["type"] = rng.choice(TYPES)
    if rng.random() < 0.2:
        claim["stance"] = rng.choice(STANCES)
    if rng.random() < 0.3:
        claim["source"] = rng.choice(NAMES) or None
    if rng.random() < 0.3:
        claim["actors"] = [rng.choice(NAMES) for _ in range(rng.randint(0, 2))]
    if rng.random() < 0.3:
        claim["figures"] = [{"what": "killed", "low": rng.randint(1, 20), "high": None}]
    if rng.random() < 0.2:
        claim.pop("text", None)
    if rng.random() < 0.1:
        claim.pop("places", None)
