"""Ordinary English words: those that a name must not be read into without other grounds."""

from __future__ import annotations

from functools import lru_cache

from trucewatch.reading.resources import resource


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Common English words that are seldom names, from ``data/common_words.txt`` (``training/make_common_words.py``)."""
    return frozenset(resource("common_words.txt").read_text(encoding="utf-8").split())
