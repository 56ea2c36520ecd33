"""A reading as one web page: the raw text beside the restored text, the claims, the names put right, the map.

The page is one file that asks nothing of any network. Everything in it that came from a transcript is hostile input: it
is written only through the template's escaping, never into the script or the style sheet, and a content security policy
lets nothing run but the page's own script, known by its hash. The same reading gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from trucewatch.publish import words, worldmap
from trucewatch.publish.align import align
from trucewatch.publish.marks import Mark, Row, claim_texts, marks_of, rows
from trucewatch.publish.outlines import CREDIT
from trucewatch.publish.places import Place, places_of
from trucewatch.publish.seen import visible
from trucewatch.reading.model import Claim, Reading, Stance, Voice

WIDE_MAP, NARROW_MAP = (800.0, 520.0), (360.0, 380.0)
"""Sizes in pixels of the two maps a page holds; its style sheet shows the one that fits."""


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim in the words the page shows.

    ``slots`` are its other parts with what to call them; ``actors`` are numbers in the page's list of actors.
    """

    claim: Claim
    text: str
    by: str
    whom: str
    slots: tuple[tuple[str, str], ...]
    voice: str
    actors: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A name or word that was put right, gathered over its occurrences (numbers of marks)."""

    mark: Mark
    marks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """Consecutive rows spoken by one voice; None where the reading names none."""

    voice: Voice | None
    rows: tuple[Row, ...]


def render_page(reading: Reading) -> str:
    """One self-contained HTML page (text to be written as UTF-8) about a reading."""
    alignments = align(reading)
    marks = marks_of(reading)
    places = places_of(reading)
    actors = sorted({name for claim in reading.claims for name in claim.actors}, key=str.casefold)
    style, script = _asset("reading.css"), _asset("reading.js")
    return _template().render(
        reading=reading,
        policy=_policy(style, script),
        style=Markup(style),
        script=Markup(script),
        heading=words.heading(reading),
        facts=_facts(reading),
        counts=_counts(reading, places),
        turns=_turns(rows(reading, alignments), reading),
        marks=marks,
        mark_places=_mark_places(places),
        claims=[
            _claim_view(claim, text, reading, actors)
            for claim, text in zip(reading.claims, claim_texts(reading, alignments), strict=True)
        ],
        actors=actors,
        types=sorted(Counter(claim.type for claim in reading.claims).items()),
        stances=_stances(reading),
        changes=_changes(marks),
        places=places,
        maps=[
            (kind, drawn)
            for kind, size in (("wide", WIDE_MAP), ("narrow", NARROW_MAP))
            if (drawn := worldmap.draw(places, *size))
        ],
        off_map=[(number, place) for number, place in enumerate(places) if not place.placed],
        credit=CREDIT,
    )


def _finalize(value: object) -> object:
    """Every value the template writes, made visible; trusted markup passes."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("trucewatch.publish"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters |= {
        "label": words.label, "title_case": words.title, "percent": words.percent, "day": words.date_words,
        "voice": words.voice_words, "counted": words.counted, "numbers": lambda ns: " ".join(map(str, ns)),
        "px": lambda value: f"{value:.1f}",
    }  # fmt: skip
    environment.globals |= {"stance_sign": words.STANCE_SIGN, "stance_meaning": words.STANCE_MEANING}
    return environment.get_template("reading.html.j2")


@lru_cache(maxsize=4)
def _asset(name: str) -> str:
    """A style sheet or script of the package, with one kind of line end so that its hash holds in a browser."""
    text = (files("trucewatch.publish") / "templates" / name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")


def _policy(style: str, script: str) -> str:
    """A content security policy under which nothing loads and only these two texts work."""

    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    return (
        f"default-src 'none'; style-src 'sha256-{digest(style)}'; script-src 'sha256-{digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _facts(reading: Reading) -> list[tuple[str, str]]:
    """What is known of the transcript, as label and value; unknown things are said to be unknown."""
    info = reading.transcript
    facts = [
        ("On air", words.date_words(info.air_date) or "date not known"),
        ("Theatre", words.theatre_words(reading) or "none settled"),
        ("File", info.id),
        ("SHA-256 of raw text", info.sha256[:12]),
        ("Read by", f"{reading.reader.name} {reading.reader.version}"),
    ]
    if info.language:
        facts.append(("Language", info.language))
    return facts


def _counts(reading: Reading, places: Sequence[Place]) -> list[tuple[str, str]]:
    """The figures at the head of the page."""
    put_right = sum(m.recovered for m in reading.mentions)
    counts = (
        words.counted(len(reading.raw.split()), "word heard", "words heard"),
        words.counted(len(reading.claims), "claim"),
        words.counted(len(reading.mentions), "name"),
        words.counted(put_right, "name put right", "names put right"),
        words.counted(len(reading.corrections), "word put right", "words put right"),
        words.counted(len(reading.suggestions), "name perhaps misheard", "names perhaps misheard"),
        words.counted(len(places), "place"),
    )
    return [(number, what) for number, _space, what in (count.partition(" ") for count in counts)]


def _turns(rows_: Sequence[Row], reading: Reading) -> list[Turn]:
    """The rows under the voice that speaks them, in order."""
    return [
        Turn(reading.voices[number] if number is not None else None, tuple(together))
        for number, together in groupby(rows_, key=lambda row: row.voice)
    ]


def _mark_places(places: Sequence[Place]) -> dict[int, int]:
    """The number of the place that a mark (by its number) is a mention of."""
    return {mention: number for number, place in enumerate(places) for mention in place.mentions}


def _claim_view(claim: Claim, text: str, reading: Reading, actors: Sequence[str]) -> ClaimView:
    voice = words.voice_of(claim, reading)
    slots = (
        ("figures", "; ".join(words.figure_words(figure, text) for figure in claim.figures)),
        ("in", ", ".join(claim.places)),
        ("with", ", ".join(words.label(weapon) for weapon in claim.weapons)),
        ("when", words.date_range_words(claim.date) if claim.date else ""),
        ("to", claim.purpose or ""),
    )
    return ClaimView(
        claim=claim,
        text=text,
        by=words.attribution(claim, voice),
        whom=words.who_to_whom(claim),
        slots=tuple((name, value) for name, value in slots if value),
        voice=words.voice_words(voice),
        actors=tuple(sorted({actors.index(name) for name in claim.actors})),
    )


def _stances(reading: Reading) -> list[tuple[Stance, int]]:
    """How many claims have each stance, in the format's order, those that occur."""
    counted = Counter(claim.stance for claim in reading.claims)
    return [(stance, counted[stance]) for stance in words.STANCES if counted[stance]]


def _changes(marks: Sequence[Mark]) -> list[Change]:
    """Names and words put right, the same change once, in order of first occurrence."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for number, mark in sorted(enumerate(marks), key=lambda item: item[1].start):
        if mark.changed:
            groups.setdefault((mark.heard.casefold(), mark.read, mark.kind), []).append(number)
    return [Change(marks[numbers[0]], tuple(numbers)) for numbers in groups.values()]
