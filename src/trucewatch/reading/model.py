"""The reading: what Trucewatch makes of one transcript, as pydantic models of the format ``trucewatch.reading/1``.

Invariant: every statement carries ``start`` and ``end``, code-point offsets into the raw text, end exclusive, and
``why``: the evidence it rests on, in words a person can check.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT: Literal["trucewatch.reading/1"] = "trucewatch.reading/1"

MentionKind = Literal["place", "actor", "organisation", "facility", "road", "agreement", "person"]
VoiceRole = Literal["presenter", "reporter", "speaker"]
Stance = Literal["asserted", "reported", "alleged", "denied", "negated", "demanded", "planned", "possible"]
ClaimType = Literal[
    "air_strike",
    "shelling",
    "explosion",
    "chemical_attack",
    "clash",
    "attack",
    "detention",
    "territory",
    "siege",
    "offensive",
    "movement",
    "displacement",
    "casualties",
    "damage",
    "humanitarian",
    "aid",
    "ceasefire",
    "violation",
    "talks",
    "support",
    "demand",
    "intent",
    "protest",
]
Target = Literal[
    "civilians",
    "fighters",
    "soldiers",
    "police",
    "aid_workers",
    "medics",
    "journalists",
    "officials",
    "protesters",
    "prisoners",
    "displaced_people",
    "residential_area",
    "market",
    "hospital",
    "school",
    "religious_site",
    "refugee_camp",
    "road_or_bridge",
    "airport",
    "port",
    "power_or_water",
    "military_site",
    "government_building",
    "aircraft",
    "convoy_or_vehicle",
    "ship",
    "border_crossing",
    "farmland",
    "town",
]
Weapon = Literal[
    "aircraft",
    "helicopter",
    "drone",
    "barrel_bomb",
    "cluster_munition",
    "white_phosphorus",
    "incendiary",
    "guided_missile",
    "ballistic_missile",
    "rocket",
    "mortar",
    "artillery",
    "tank",
    "small_arms",
    "sniper",
    "ied",
    "landmine",
    "car_bomb",
    "suicide_bomb",
    "chemical",
    "naval_gun",
    "knife",
]
FigureKind = Literal[
    "killed",
    "injured",
    "missing",
    "displaced",
    "trapped",
    "detained",
    "freed",
    "in_need",
    "attacks",
    "attacks_per_day",
    "fighters",
    "facilities",
    "distance_km",
    "duration_days",
]
PrecisionClass = Literal["exact", "town", "district", "region", "country"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Stretch(_Model):
    """A run of the raw text, ``start`` to ``end``, that is told of one theatre; ``probability`` is between 0 and 1."""

    start: int
    end: int
    theatre: str
    probability: float


class TranscriptInfo(_Model):
    """Which transcript was read, and what was known about it. ``sha256`` is that of the raw text in UTF-8.

    ``theatre`` is the one that it is about, and ``theatres`` how likely each is, where that was worked out and not given:
    from one in a hundred on; what is missing to 1 is the chance that it is none of those there are. ``stretches`` part a
    transcript that passes through several.
    """

    id: str
    sha256: str
    source_sha256: str | None = None
    outlet: str | None = None
    programme: str | None = None
    air_date: str | None = None
    url: str | None = None
    language: str | None = None
    format: str = "text"
    theatre: str | None = None
    theatres: dict[str, float] = {}
    stretches: tuple[Stretch, ...] = ()


class Evidence(_Model):
    """One reason: ``kind`` names the sort of evidence, ``detail`` says it in words, ``weight`` what it added (log-odds)."""

    kind: str
    detail: str
    weight: float | None = None


class Candidate(_Model):
    """A runner-up for a name: what else the heard words could have been. ``confidence`` is between 0 and 1."""

    name: str
    entity_id: str | None = None
    confidence: float


class Mention(_Model):
    """A named place, actor, organisation, facility, road, agreement or person. ``lat``/``lon`` in decimal degrees."""

    id: str
    start: int
    end: int
    heard: str
    name: str
    kind: MentionKind
    recovered: bool = False
    entity_id: str | None = None
    confidence: float = Field(ge=0, le=1)
    candidates: tuple[Candidate, ...] = ()
    lat: float | None = None
    lon: float | None = None
    precision: PrecisionClass | None = None
    why: tuple[Evidence, ...] = ()


class Suggestion(_Model):
    """A name that the words may have been misheard for: too unsure to be put right, so the words stay as heard.

    No claim rests on one, and none stands over words that were put right.
    """

    id: str
    start: int
    end: int
    heard: str
    name: str
    kind: MentionKind
    level: Literal["suggested"] = "suggested"
    entity_id: str | None = None
    confidence: float = Field(ge=0, le=1)
    candidates: tuple[Candidate, ...] = ()
    why: tuple[Evidence, ...] = ()


class Correction(_Model):
    """An ordinary word that the recogniser misheard, and what it should read."""

    start: int
    end: int
    heard: str
    read: str
    confidence: float = Field(ge=0, le=1)
    why: tuple[Evidence, ...] = ()


class Voice(_Model):
    """A stretch spoken by one voice; voices cover the transcript without gaps."""

    start: int
    end: int
    role: VoiceRole
    name: str | None = None
    why: tuple[Evidence, ...] = ()


class Figure(_Model):
    """A number and what it counts; an open end of a range is null."""

    what: FigureKind
    low: int | None
    high: int | None


class DateRange(_Model):
    """When something is said to have happened: ISO dates, inclusive, and how finely that is known."""

    earliest: str
    latest: str
    precision: Literal["day", "week", "month", "year"]


class Argument(_Model):
    """The raw words that fill a role of a claim: what was made of them, and where they stand."""

    role: Literal["actor", "target", "weapon", "place", "figure", "source"]
    value: str
    start: int
    end: int


class Claim(_Model):
    """What is said to have happened, or to be the case, in one clause or run of clauses."""

    id: str
    type: ClaimType
    start: int
    end: int
    text: str
    trigger: str
    actors: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    weapons: tuple[Weapon, ...] = ()
    places: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    source: str | None = None
    stance: Stance = "asserted"
    voice: int | None = None
    date: DateRange | None = None
    recipients: tuple[str, ...] = ()
    purpose: str | None = None
    arguments: tuple[Argument, ...] = ()
    confidence: float = Field(ge=0, le=1)
    why: tuple[Evidence, ...] = ()


class Sentence(_Model):
    """Raw offsets of a sentence and its restored text."""

    start: int
    end: int
    text: str


class Reader(_Model):
    """Which reader made this: name, version, steps run, theatres and models with their digests (SHA-256)."""

    name: str
    version: str
    steps: tuple[str, ...]
    theatres: dict[str, str] = {}
    models: dict[str, str] = {}


class Reading(_Model):
    """Everything read from one transcript. ``raw`` is the raw text itself, so that a reading can be audited alone."""

    format: Literal["trucewatch.reading/1"] = FORMAT
    transcript: TranscriptInfo
    raw: str
    text: str
    sentences: tuple[Sentence, ...] = ()
    mentions: tuple[Mention, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    corrections: tuple[Correction, ...] = ()
    voices: tuple[Voice, ...] = ()
    claims: tuple[Claim, ...] = ()
    findings: tuple[dict[str, object], ...] = ()
    reader: Reader
    warnings: tuple[str, ...] = ()

    def to_json(self, *, indent: int | None = 1) -> str:
        """The reading as JSON (UTF-8 text, keys in the format's order); the same reading gives the same bytes."""
        return self.model_dump_json(indent=indent)
