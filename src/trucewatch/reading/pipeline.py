"""The reading pipeline: named steps over one document, each able to be switched off and timed.

words → numbers → names → sounds → mishearings → sentences → voices → claims → roles → restore
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from os import PathLike

from trucewatch._version import __version__
from trucewatch.reading.claims import MODELS
from trucewatch.reading.document import Document, Name
from trucewatch.reading.lexicon import Lexicon, lexicon
from trucewatch.reading.model import Mention, Reader, Reading, TranscriptInfo
from trucewatch.reading.resources import digest, resource
from trucewatch.reading.sources import transcript_of
from trucewatch.reading.steps import REQUIRED, STEPS
from trucewatch.transcript.model import Transcript

_MODELS = (
    "claims.crfsuite",
    MODELS,
    "sounds.npz",
    "sentences.crfsuite",
    "voices.crfsuite",
    "word_vectors.npz",
    "frames.yaml",
    "classes.yaml",
)


@dataclass
class Pipeline:
    """Reads transcripts with one lexicon. ``off`` names the steps left out; ``seconds`` collects time by step."""

    lexicon: Lexicon = field(default_factory=lexicon)
    off: frozenset[str] = frozenset()
    seconds: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = self.off - STEPS.keys()
        if unknown:
            raise ValueError(f"no such step: {', '.join(sorted(unknown))}; the steps are {', '.join(STEPS)}")
        if self.off & REQUIRED:
            raise ValueError(f"cannot be switched off: {', '.join(sorted(self.off & REQUIRED))}")

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps that run, in order."""
        return tuple(name for name in STEPS if name not in self.off)

    def document(self, transcript: Transcript, theatre: str | None = None) -> Document:
        """Run the steps and give the working document."""
        if theatre is not None and theatre not in self.lexicon.theatres:
            known = ", ".join(sorted(self.lexicon.theatres))
            raise ValueError(f"no theatre called {theatre!r}; there are: {known}")
        doc = Document(transcript, self.lexicon, theatre, warnings=list(transcript.warnings))
        for name in self.steps:
            begin = time.perf_counter()
            doc = STEPS[name](doc)
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begin
        return doc

    def read(self, transcript: Transcript, theatre: str | None = None) -> Reading:
        """Read one transcript. ``theatre`` settles which conflict it is about; by default that is worked out."""
        doc = self.document(transcript, theatre)
        main = theatre or (doc.theatres[0][0] if doc.theatres else None)
        if main is None and doc.tokens:
            doc.warnings.append("no theatre stands out: only the names of the built-in world were used")
        info = TranscriptInfo(
            id=transcript.id,
            sha256=transcript.sha256,
            source_sha256=transcript.source_sha256,
            outlet=transcript.outlet,
            programme=transcript.programme,
            air_date=transcript.air_date.isoformat() if transcript.air_date else None,
            url=transcript.url,
            language=transcript.language,
            format=transcript.format,
            theatre=main,
        )
        used = {t for t, share in doc.theatres if share > 0.02} | ({main} if main else set())
        return Reading(
            transcript=info,
            raw=doc.raw,
            text=doc.text,
            sentences=tuple(doc.sentences),
            mentions=_mentions(doc),
            corrections=tuple(doc.corrections),
            voices=tuple(doc.voices),
            claims=tuple(doc.claims),
            reader=Reader(
                name="trucewatch",
                version=__version__,
                steps=self.steps,
                theatres={t: d for t, d in self.lexicon.digests.items() if t in used or t == "world"},
                models={m: digest(m) for m in _MODELS if resource(m).exists()},
            ),
            warnings=tuple(doc.warnings),
        )


def _mentions(doc: Document) -> tuple[Mention, ...]:
    return tuple(_mention(doc, name, number) for number, name in enumerate(doc.names, 1))


def _mention(doc: Document, name: Name, number: int) -> Mention:
    start, end = doc.tokens[name.first].start, doc.tokens[name.last].end
    placed = name.kind in {"place", "facility", "road"}
    return Mention(
        id=f"m{number}",
        start=start,
        end=end,
        heard=doc.raw[start:end],
        name=name.name,
        kind=name.kind,  # type: ignore[arg-type]
        recovered=name.recovered,
        entity_id=name.entity.id,
        confidence=name.confidence,
        candidates=name.candidates,
        lat=name.entity.lat if placed else None,
        lon=name.entity.lon if placed else None,
        precision=name.entity.precision if placed else None,
        why=name.why,
    )


def read(
    source: str | PathLike[str] | Transcript,
    *,
    outlet: str | None = None,
    air_date: str | date | None = None,
    theatre: str | None = None,
    off: Iterable[str] = (),
) -> Reading:
    """Read a transcript: a file's path, a text, or a ``Transcript``.

    A string counts as a path where a file of that name exists, else as the text itself. Raises ``TranscriptError``
    for what cannot be read and ``ValueError`` for an unknown theatre or step.
    """
    transcript = source if isinstance(source, Transcript) else transcript_of(source, outlet=outlet, air_date=air_date)
    return Pipeline(off=frozenset(off)).read(transcript, theatre)


__all__ = ["STEPS", "Pipeline", "read"]
