"""The reading pipeline: named steps over one document, each able to be switched off and timed.

words → numbers → names → sounds → worldplaces → theatres → mishearings → taught → captions → sentences → voices → claims →
roles → restore
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from os import PathLike
from typing import Literal

from trucewatch._version import __version__
from trucewatch.reading.captionmodel import ABOUT as CAPTION_ABOUT
from trucewatch.reading.captionmodel import MODEL as CAPTION
from trucewatch.reading.captionmodel import PIECES as CAPTION_PIECES
from trucewatch.reading.captionmodel import TOKENS as CAPTION_TOKENS
from trucewatch.reading.claims import MODELS
from trucewatch.reading.document import Document, Name
from trucewatch.reading.lexicon import Lexicon, lexicon
from trucewatch.reading.model import Mention, Reader, Reading, Stretch, Suggestion, TranscriptInfo
from trucewatch.reading.resources import digest, resource
from trucewatch.reading.sources import transcript_of
from trucewatch.reading.steps import REQUIRED, STEPS
from trucewatch.reading.theatrechoice import MODEL as THEATRES
from trucewatch.reading.theatrechoice import chosen, likeliest
from trucewatch.theatre.usernames import users_names
from trucewatch.transcript.model import Transcript

THEATRES_INDEX = "theatres.index"
_MODELS = (
    "claims.crfsuite",
    MODELS,
    "names.npz",
    "sides.yaml",
    "sounds.npz",
    "sounds_alone.npz",
    "known.npz",
    "windows.npz",
    "phone_costs.npz",
    "slots.npz",
    "heard.tsv",
    "fame.tsv",
    THEATRES,
    "misheardwords.npz",
    "news_words.txt",
    CAPTION,
    CAPTION_PIECES,
    CAPTION_TOKENS,
    "caption_labels.npz",
    CAPTION_ABOUT,
    "sentences.crfsuite",
    "voices.crfsuite",
    "word_vectors.npz",
    "frames.yaml",
    "inflections.txt",
    "classes.yaml",
)

_LEAST = 0.01  # probability from which a theatre is listed in a reading
_SAID = 0.05  # ... and from which it is named where none stands out

Names = str | PathLike[str] | Literal[False] | None
"""A user's names file; None for the one that is found, False for none."""


@dataclass
class Pipeline:
    """Reads transcripts with one lexicon. ``off`` names the steps left out; ``seconds`` collects time by step.

    ``threads`` is how many the caption model may use; by default half the cores, or ``$TRUCEWATCH_THREADS``. What is read
    does not depend on it.

    ``Pipeline()`` knows the theatres' names alone; ``Pipeline.taught()`` the user's names file too, as ``read`` does.
    """

    lexicon: Lexicon = field(default_factory=lexicon)
    off: frozenset[str] = frozenset()
    seconds: dict[str, float] = field(default_factory=dict)
    threads: int | None = None

    def __post_init__(self) -> None:
        unknown = self.off - STEPS.keys()
        if unknown:
            raise ValueError(f"no such step: {', '.join(sorted(unknown))}; the steps are {', '.join(STEPS)}")
        if self.off & REQUIRED:
            raise ValueError(f"cannot be switched off: {', '.join(sorted(self.off & REQUIRED))}")

    @classmethod
    def taught(cls, names: Names = None, *, off: Iterable[str] = (), threads: int | None = None) -> Pipeline:
        """A pipeline that knows a user's names: the file ``names``, or the one that is found; False for none.

        Raises TheatreError for a names file that cannot be used.
        """
        return cls(lexicon(users=users_names(names)), frozenset(off), threads=threads)

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps that run, in order."""
        return tuple(name for name in STEPS if name not in self.off)

    def document(
        self,
        transcript: Transcript,
        theatre: str | None = None,
        watch: Callable[[str, Document], None] | None = None,
    ) -> Document:
        """Run the steps and give the working document.

        ``watch`` is called before each step with its name and the document as it then is, which it must not change.
        """
        if theatre is not None and theatre not in self.lexicon.theatres:
            known = ", ".join(sorted(self.lexicon.theatres))
            raise ValueError(f"no theatre called {theatre!r}; there are: {known}")
        warnings = [*transcript.warnings, *self.lexicon.warnings]
        doc = Document(transcript, self.lexicon, theatre, warnings=warnings, threads=self.threads)
        for name in self.steps:
            if watch is not None:
                watch(name, doc)
            begin = time.perf_counter()
            doc = STEPS[name](doc)
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begin
        return doc

    def read(self, transcript: Transcript, theatre: str | None = None) -> Reading:
        """Read one transcript. ``theatre`` settles which conflict it is about; by default that is worked out."""
        doc = self.document(transcript, theatre)
        main = theatre or chosen(doc)
        if main is None and doc.tokens:
            doc.warnings.append(_none_stands_out(doc))
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
            theatres={t: round(p, 3) for t, p in likeliest(doc) if t is not None and p >= _LEAST and theatre is None},
            stretches=_stretches(doc) if len({told for _, _, told, _ in doc.stretches}) > 1 else (),
        )
        used = {t for t, share in doc.theatres if share > 0.02} | ({main} if main else set())
        return Reading(
            transcript=info,
            raw=doc.raw,
            text=doc.text,
            sentences=tuple(doc.sentences),
            mentions=_mentions(doc),
            suggestions=tuple(_suggestion(doc, name, k) for k, name in enumerate(suggested_names(doc), 1)),
            corrections=tuple(doc.corrections),
            voices=tuple(doc.voices),
            claims=tuple(doc.claims),
            reader=Reader(
                name="trucewatch",
                version=__version__,
                steps=self.steps,
                theatres={t: d for t, d in self.lexicon.recorded.items() if t in used or t == "world"},
                models={m: digest(m) for m in _MODELS if resource(m).exists()} | self._of_lexicon(),
            ),
            warnings=tuple(doc.warnings),
        )

    def _of_lexicon(self) -> dict[str, str]:
        """The digests of the index of all theatres, and of the user's names file where there is one."""
        lexicon = self.lexicon
        return {THEATRES_INDEX: lexicon.digest} | ({"names": lexicon.names.digest} if lexicon.names else {})


def _stretches(doc: Document) -> tuple[Stretch, ...]:
    return tuple(
        Stretch(start=doc.tokens[a].start, end=doc.tokens[b].end, theatre=theatre, probability=round(p, 3))
        for a, b, theatre, p in doc.stretches
    )


def _none_stands_out(doc: Document) -> str:
    """What to say where no theatre is likelier than none of them."""
    near = [f"{theatre} {p:.0%}" for theatre, p in likeliest(doc) if theatre is not None and p >= _SAID][:2]
    words = "no theatre stands out: only the names of the built-in world are sure"
    return f"{words} (nearest: {', '.join(near)})" if near else words


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


def suggested_names(doc: Document) -> list[Name]:
    """The names that may have been misheard and were left, in order: none where words were put right after all."""
    fixed = {i for first, (last, _) in doc.fixes.items() for i in range(first, last + 1)}
    fixed |= {i for n in doc.names if n.recovered for i in range(n.first, n.last + 1)}
    stands = {(i, n.entity.id) for n in doc.names for i in range(n.first, n.last + 1)}
    return [
        name
        for name in sorted(doc.suggested, key=lambda n: n.first)
        if fixed.isdisjoint(range(name.first, name.last + 1))
        and not any((i, name.entity.id) in stands for i in range(name.first, name.last + 1))
    ]


def _suggestion(doc: Document, name: Name, number: int) -> Suggestion:
    start, end = doc.tokens[name.first].start, doc.tokens[name.last].end
    return Suggestion(
        id=f"s{number}",
        start=start,
        end=end,
        heard=doc.raw[start:end],
        name=name.name,
        kind=name.kind,  # type: ignore[arg-type]
        entity_id=name.entity.id,
        confidence=name.confidence,
        candidates=name.candidates,
        why=name.why,
    )


def read(
    source: str | PathLike[str] | Transcript,
    *,
    outlet: str | None = None,
    air_date: str | date | None = None,
    theatre: str | None = None,
    off: Iterable[str] = (),
    names: Names = None,
    threads: int | None = None,
) -> Reading:
    """Read a transcript: a file's path, a text, or a ``Transcript``.

    A string counts as a path where a file of that name exists, else as the text itself. ``names`` is the user's names
    file (``docs/names.md``); by default it is looked for as on the command line, and False reads without one.
    ``threads`` are for the caption model: by default half the cores. Raises ``TranscriptError`` for what cannot be read,
    ``ValueError`` for an unknown theatre or step, and ``TheatreError`` for a names file that cannot be used.
    """
    transcript = source if isinstance(source, Transcript) else transcript_of(source, outlet=outlet, air_date=air_date)
    return Pipeline.taught(names, off=off, threads=threads).read(transcript, theatre)


__all__ = ["STEPS", "Pipeline", "read"]
