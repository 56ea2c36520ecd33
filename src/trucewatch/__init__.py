"""Trucewatch: from machine captions of war news to claims, each with its words, its source and its reasons.

>>> import trucewatch
>>> reading = trucewatch.read("examples/syria_2019-07-24.txt")  # doctest: +SKIP

What is exported is imported when it is first asked for, so that ``import trucewatch`` alone costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from trucewatch._version import __version__

if TYPE_CHECKING:
    from trucewatch.reading.model import Reading
    from trucewatch.reading.pipeline import Pipeline, read
    from trucewatch.transcript import Transcript, TranscriptError

_HOMES = {
    "Pipeline": "trucewatch.reading.pipeline",
    "Reading": "trucewatch.reading.model",
    "Transcript": "trucewatch.transcript",
    "TranscriptError": "trucewatch.transcript",
    "read": "trucewatch.reading.pipeline",
}

__all__ = ["Pipeline", "Reading", "Transcript", "TranscriptError", "__version__", "read"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
