"""The steps of a reading, by name, in order; each is a function from a document to a document."""

from __future__ import annotations

from collections.abc import Callable

from trucewatch.reading.captions import captions
from trucewatch.reading.claims import claims, fill_roles
from trucewatch.reading.cleannames import names
from trucewatch.reading.document import Document
from trucewatch.reading.mishearings import mishearings
from trucewatch.reading.numbers import numbers
from trucewatch.reading.restore import restore
from trucewatch.reading.sentences import sentences
from trucewatch.reading.sounds import sounds
from trucewatch.reading.theatrechoice import theatres
from trucewatch.reading.usernames import taught
from trucewatch.reading.voices import voices
from trucewatch.reading.words import words
from trucewatch.reading.worldplaces import worldplaces

Step = Callable[[Document], Document]

STEPS: dict[str, Step] = {
    "words": words,
    "numbers": numbers,
    "names": names,
    "sounds": sounds,
    "worldplaces": worldplaces,
    "theatres": theatres,
    "mishearings": mishearings,
    "taught": taught,
    "captions": captions,
    "sentences": sentences,
    "voices": voices,
    "claims": claims,
    "roles": fill_roles,
    "restore": restore,
}
REQUIRED = frozenset({"words", "sentences", "restore"})  # every reading has a text and sentences
