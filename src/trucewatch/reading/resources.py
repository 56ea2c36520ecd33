"""Where the reader's own data files lie, and the digest that names their version in every reading."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


def resource(name: str) -> Path:
    """The path of a packaged data file of the reader."""
    return DATA / name


@lru_cache(maxsize=32)
def digest(name: str) -> str:
    """SHA-256 (hex) of a packaged data file."""
    return hashlib.sha256(resource(name).read_bytes()).hexdigest()
