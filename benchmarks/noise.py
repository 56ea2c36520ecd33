"""A seeded noise model: what a worse recogniser would have made of a transcript, and its gold moved along.

A share of the words is touched: most are heard as other words of like sound (``training/garbler.py``, or any common word
where nothing sounds alike), some are lost, some have a word put in behind them. Gold spans move with the words that they
cover; a mention or correction that lost all of them is gone, a claim keeps what is left of it.
"""

from __future__ import annotations

import copy
import random
import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "training"))
from garbler import misheard
from trucewatch.reading import phones as ph
from trucewatch.reading.commonwords import common_words

HEARD, LOST = 0.7, 0.2  # of the touched words; the rest have a word put in behind them
_WORD = re.compile(r"[^\W\d_][\w'’]*")


def noisy(raw: str, gold: dict[str, Any], share: float, seed: str) -> tuple[str, dict[str, Any]]:
    """The text with a ``share`` of its words touched, and its gold; the same for the same seed."""
    rng = random.Random(f"{seed}/{share}")
    common = _common()
    out: list[str] = []
    length = 0
    moved: list[tuple[int, int, int, int]] = []  # a word's place before and after
    at = 0

    def put(text: str) -> None:
        nonlocal length
        out.append(text)
        length += len(text)

    before: list[str] = []
    for match in re.finditer(r"\S+", raw):
        put(raw[at : match.start()])
        at = match.end()
        word = _WORD.search(match.group())
        begin = length
        if word is None or rng.random() >= share:
            put(match.group())
        else:
            kind = rng.random()
            head, tail = match.group()[: word.start()], match.group()[word.end() :]
            if kind < HEARD:
                put(head + _like(word.group(), before, rng, common) + tail)
            elif kind < HEARD + LOST:
                put(head + tail)
            else:
                put(match.group() + " " + rng.choice(common))
        moved.append((match.start(), match.end(), begin, length))
        before = [*before[-1:], match.group().lower()]
    put(raw[at:])
    return "".join(out), _moved(gold, moved, "".join(out))


def _common() -> list[str]:
    return sorted(w for w in common_words() if w.isalpha() and 2 < len(w) < 9)[::7]


def _like(word: str, before: list[str], rng: random.Random, common: list[str]) -> str:
    """Words that sound about like a word, and are not that word."""
    said = ph.word_phones(word.lower())
    if 2 <= len(said) <= 14:
        for _ in range(4):
            heard = misheard(ph.encode(said), before, rng)
            if heard and heard != word.lower():
                return heard
    return rng.choice(common)


def _moved(gold: dict[str, Any], moved: list[tuple[int, int, int, int]], text: str) -> dict[str, Any]:
    new = copy.deepcopy(gold)

    def move(item: dict[str, Any]) -> bool:
        """Whether anything is left of an item; its offsets are set."""
        inside = [(a, b) for start, end, a, b in moved if start < item["end"] and item["start"] < end and b > a]
        if not inside:
            return False
        item["start"], item["end"] = inside[0][0], inside[-1][1]
        return True

    for kind in ("mentions", "corrections", "claims"):
        kept = []
        for item in new[kind]:
            was = item.get("heard")
            if move(item):
                if was is not None:
                    item["heard"] = text[item["start"] : item["end"]].strip(' .,?!;:"“”()')
                    if item["heard"] != was:
                        item.pop("garbled", None)
                        if kind == "corrections":
                            continue  # the word that was to be put right is another one now
                kept.append(item)
        new[kind] = kept
    for voice in new["voices"]:
        if not move(voice):
            voice["start"] = voice["end"] = 0
    new["voices"] = [v for v in new["voices"] if v["end"] > v["start"]]
    for one, other in zip(new["voices"], new["voices"][1:], strict=False):
        one["end"] = other["start"]
    if new["voices"]:
        new["voices"][0]["start"], new["voices"][-1]["end"] = 0, len(text)
    return new
