"""What each spelling, and each general phrase for a party ("the army", "the group"), could name where it stands.

Only the possibilities are gathered here; which of them holds, if any, is judged in ``namejudge``. General phrases and
what they may mean are data (``data/sides.yaml``).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import yaml

from trucewatch.reading.context import TheatreWeights
from trucewatch.reading.document import BREAK_SENTENCE, Document, Name, fold
from trucewatch.reading.lexicon import WORLD, Entry, Found, Lexicon, keys_of
from trucewatch.reading.resources import resource
from trucewatch.theatre import Entity

SIDES = "sides.yaml"
MAX_ENTRIES = 5  # entries judged for one spelling, the likeliest by the rules first
MAX_COUNTRIES = 4  # countries that a phrase for a state's side may stand for
MAX_OWN = 3  # things of the theatre that a phrase may be short for though none of them was named
MAX_GROUPS = 6  # named groups that a phrase for a group may stand for
_PHRASE_WORDS = 4
_ARTICLES = frozenset({"the", "its", "their", "our", "his", "her", "your", "a", "an"})
_GROUP_CLASSES = frozenset({"armed_group", "faction", "coalition", "people", "unit"})
_STATE_CLASSES = frozenset({"government", "state", "unit", "faction"})
# Heads that name a thing only where one of that name was named, not wherever the theatre has one.
_OFFICES = frozenset(
    {"defence ministry", "foreign ministry", "interior ministry", "health ministry", "ministry", "police", "media"}
)
_OFFICES_AFTER = frozenset({"health ministry", "embassy"})
_NAMED_ONLY = frozenset({"body", "deal", "place", "group", "coalition"})
# But for these, which news everywhere calls by their head alone.
_DEFAULTS = frozenset({"world:security-council", "world:un"})


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a general phrase may mean: its class ("army", "jihadists", ...) and where its meanings are looked for."""

    means: str
    who: frozenset[str]


@dataclass(slots=True)
class Option:
    """One thing that tokens ``first`` to ``last`` (inclusive) could name, and how they would name it.

    ``how`` is as in an ``Entry``, or ``side`` for a general phrase, whose class is then in ``means``. ``listed`` says
    that the theatre's own data has the phrase for the entity, ``headed`` that its name ends in the phrase, ``ruled`` that
    the rules of ``cleannames`` take it. ``name`` is the name that it gives where that is not the entity's.
    """

    first: int
    last: int
    key: str
    entity: Entity
    kind: str
    how: str
    theatre: str
    means: str = ""
    listed: bool = False
    headed: bool = False
    name: str = ""
    ruled: bool = False
    probability: float = 0.0


@lru_cache(maxsize=1)
def phrases() -> dict[str, Meaning]:
    """The general phrases, folded and without an article, and what each may mean."""
    rows = yaml.safe_load(resource(SIDES).read_text("utf-8"))
    out: dict[str, Meaning] = {}
    for row in rows:
        for phrase in row["phrases"]:
            out.setdefault(fold(phrase), Meaning(row["means"], frozenset(row["who"])))
    return out


@dataclass(frozen=True, slots=True)
class Heads:
    """The entities with a spelling that ends in one phrase: all, by the rest of their name, and by theatre.

    Those of a theatre are the most important first, at most ``MAX_OWN``.
    """

    entities: dict[str, Entity]
    by_rest: dict[str, tuple[Entity, ...]]
    of_theatre: dict[str, tuple[Entity, ...]]


@lru_cache(maxsize=4096)
def _heads(lexicon: Lexicon, phrase: str) -> Heads | None:
    """What a general phrase, or the name of a people, may be short for ("council", "serbs"); None for other phrases."""
    meaning = phrases().get(phrase)
    if (meaning is None or "head" not in meaning.who) and phrase not in lexicon.peoples:
        return None
    entities = lexicon.ending_in(phrase)
    if not entities:
        return None
    by_rest: dict[str, list[Entity]] = defaultdict(list)
    of_theatre: dict[str, list[Entity]] = defaultdict(list)
    for entity in sorted(entities.values(), key=lambda e: (-e.importance, e.id)):
        name = fold(entity.name)
        if name.endswith(f" {phrase}"):
            by_rest[name[: -len(phrase) - 1]].append(entity)
        for theatre in lexicon.home.get(entity.id) or (WORLD,):
            if len(of_theatre[theatre]) < MAX_OWN:
                of_theatre[theatre].append(entity)
    return Heads(
        entities,
        {rest: tuple(found) for rest, found in by_rest.items()},
        {theatre: tuple(found) for theatre, found in of_theatre.items()},
    )


@lru_cache(maxsize=256)
def _listed(lexicon: Lexicon, theatre: str) -> dict[str, tuple[Entity, ...]]:
    """By phrase without its article: the entities of a theatre whose own data has the phrase."""
    by_phrase: dict[str, list[Entity]] = defaultdict(list)
    for entity in lexicon.theatres[theatre].entities:
        for phrase in dict.fromkeys(fold(p).removeprefix("the ") for p in entity.generic):
            by_phrase[phrase].append(entity)
    return {phrase: tuple(entities) for phrase, entities in by_phrase.items()}


@lru_cache(maxsize=256)
def _by_country(lexicon: Lexicon, theatre: str) -> dict[str, tuple[Entity, ...]]:
    """By country: its government, army and other arms of the state as a theatre has them, the most important first."""
    out: dict[str, list[Entity]] = defaultdict(list)
    for entity in lexicon.theatres[theatre].entities:
        if entity.kind == "actor" and entity.country and entity.klass in {"government", "state", "unit"}:
            own_army = entity.name.endswith((" army", " military", " Armed Forces", " Army"))
            if own_army or entity.klass == "government":
                out[entity.country].append(entity)
    return {country: tuple(sorted(found, key=lambda e: -e.importance)[:3]) for country, found in out.items()}


@lru_cache(maxsize=256)
def _main_groups(lexicon: Lexicon, theatre: str) -> tuple[Entity, ...]:
    """A theatre's most important armed groups."""
    groups = [e for e in lexicon.theatres[theatre].entities if e.kind == "actor" and e.klass == "armed_group"]
    return tuple(sorted(groups, key=lambda e: (-e.importance, -len(e.generic), -len(e.spellings)))[:3])


class Memory:
    """What was named where in a transcript, by its plain names: entities, their countries, their groups."""

    def __init__(self, doc: Document, found: Sequence[Found], ruled: Sequence[Name]) -> None:
        self.at: dict[str, list[int]] = defaultdict(list)
        self.countries: dict[str, list[int]] = defaultdict(list)
        self.leaders: dict[str, list[int]] = defaultdict(list)
        self.entities: dict[str, Entity] = {}
        self.words: set[str] = set()
        self.mains = {t.id: t.countries[0] for t in doc.lexicon.theatres.values() if t.countries}
        self.adjectives: dict[int, Name] = {}
        for name in ruled:
            if name.how in {"generic", "side"}:
                continue
            entity = name.entity
            self.at[entity.id].append(name.first)
            self.entities.setdefault(entity.id, entity)
            if entity.country:
                self.countries[entity.country].append(name.first)
            if entity.kind == "person" and entity.actor:
                self.leaders[entity.actor].append(name.first)
                leader = doc.lexicon.entities.get(entity.actor)
                if leader is not None:
                    self.entities.setdefault(leader.id, leader)
            self.adjectives[name.last] = name
        for item in found:
            if any(e.how not in {"generic", "surname"} for e in item.entries):
                self.words.add(item.key)
        self.groups = sorted(
            (e for e in self.entities.values() if e.kind == "actor" and e.klass in _GROUP_CLASSES), key=lambda e: e.id
        )
        self.arms = sorted(
            (e for e in self.entities.values() if e.kind == "actor" and e.klass in _STATE_CLASSES and e.country),
            key=lambda e: e.id,
        )

    def last_before(self, entity: str, i: int) -> int | None:
        """Where an entity, or somebody who leads it, was last named before token ``i``."""
        best: int | None = None
        for table in (self.at, self.leaders):
            spots = table.get(entity, ())
            k = bisect_left(spots, i)
            if k and (best is None or spots[k - 1] > best):
                best = spots[k - 1]
        return best

    def near_countries(self, weights: TheatreWeights, i: int) -> list[str]:
        """The countries at hand at token ``i``: the local one, the last named ones, then the most named ones."""
        out: list[str] = []
        local = weights.country[i]
        if local is not None:
            out.append(local)
        main = self.mains.get(weights.local[i] or "")
        if main is not None:
            out.append(main)
        recent = sorted(
            ((spots[bisect_left(spots, i) - 1], c) for c, spots in self.countries.items() if spots[0] < i), reverse=True
        )
        out.extend(c for _, c in recent[:2])
        out.extend(c for _, c in sorted(((-len(spots), c) for c, spots in self.countries.items()))[:3])
        return list(dict.fromkeys(out))[:MAX_COUNTRIES]


def candidates(
    doc: Document, found: Sequence[Found], weights: TheatreWeights, ruled: Sequence[Name], memory: Memory
) -> list[Option]:
    """Everything that the spellings and phrases of a text could name, spans in order, no two alike at one span."""
    spans: dict[tuple[int, int], dict[tuple[str, str], Option]] = defaultdict(dict)
    ranks = {(n.first, n.last): n for n in ruled}
    hard: dict[int, Found] = {}
    for item in found:
        for option in _spelled(doc, item, weights, ranks.get((item.first, item.last))):
            spans[option.first, option.last].setdefault((option.entity.id, option.kind), option)
        if any(e.how != "generic" for e in item.entries):
            for i in range(item.first, item.last + 1):
                hard[i] = item
        if item.last > item.first:
            for inner in _inside(doc.lexicon, item):
                for option in _spelled(doc, inner, weights, None):
                    spans[option.first, option.last].setdefault((option.entity.id, option.kind), option)
    for first, last, key, meaning in _phrases_in(doc):
        held = hard.get(first)
        if held is not None and held.last >= last and (held.first, held.last) != (first, last):
            continue
        table = spans[first, last]
        for option in _meant(doc, first, last, key, meaning, weights, memory):
            known = table.get((option.entity.id, option.kind))
            if known is None or known.how == "generic":
                table[option.entity.id, option.kind] = option
    for option in _offices_after(doc, found, weights):
        spans[option.first, option.last].setdefault((option.entity.id, option.kind), option)
    rules = {(n.last, n.entity.id, n.kind) for n in ruled}
    return [option for span in sorted(spans) for option in _one_a_name(spans[span].values(), rules)]


def shown_name(option: Option) -> str:
    """The name that a possibility would give: as news says it, without what tells it from its namesakes."""
    return option.name or option.entity.name.split(" (")[0]


@lru_cache(maxsize=8192)
def folded(name: str) -> str:
    """A name as names are compared; kept, since few names are said often."""
    return fold(name)


def _one_a_name(options: Iterable[Option], ruled: set[tuple[int, str, str]]) -> list[Option]:
    """One possibility for each name: a country as the place or the state that it is by the rules, else the first."""
    out: dict[str, Option] = {}
    for option in options:
        name = folded(shown_name(option))
        option.ruled = (option.last, option.entity.id, option.kind) in ruled
        if name not in out or option.ruled:
            out[name] = option
    return list(out.values())


def _offices_after(doc: Document, found: Sequence[Found], weights: TheatreWeights) -> Iterator[Option]:
    """A state's office named by its adjective ("Iranian embassy", "Armenian health ministry"), adjective and all."""
    table, tokens = phrases(), doc.tokens
    for item in found:
        country = next((e.entity.country for e in item.entries if e.how in {"adjective", "acronym"}), None)
        if country is None:
            continue
        for width in (3, 2, 1):
            last = item.last + width
            if last >= len(tokens) or any(t.brk for t in tokens[item.last + 1 : last + 1]):
                continue
            key = " ".join(t.norm for t in tokens[item.last + 1 : last + 1])
            meaning = table.get(key)
            if meaning is None or meaning.means not in _OFFICES_AFTER:
                continue
            office = _office(doc.lexicon, country, weights.local[item.first], key)
            if office is not None:
                actor, name = office
                kind = "facility" if meaning.means == "embassy" else "organisation"
                yield Option(
                    item.first, last, name.lower(), actor, kind, "side", actor.theatre, meaning.means, name=name
                )
            break


def _inside(lexicon: Lexicon, item: Found) -> Iterator[Found]:
    """The spellings that stand inside a longer one."""
    words = item.key.split()
    for width in range(len(words) - 1, 0, -1):
        for at in range(len(words) - width + 1):
            key = " ".join(words[at : at + width])
            entries = lexicon.entries(key)
            if entries and key != "the":
                yield Found(item.first + at, item.first + at + width - 1, key, entries)


def _spelled(doc: Document, item: Found, weights: TheatreWeights, ruled: Name | None) -> Iterator[Option]:
    """What a spelling of the lexicon could name."""
    lexicon = doc.lexicon
    local = weights.local[item.first]
    shares = dict(weights.overall)
    first, key = item.first, item.key
    if key.startswith("the ") and item.last > first:
        first, key = first + 1, key[4:]

    def option(entity: Entity, kind: str, entry: Entry) -> Option:
        return Option(first, item.last, key, entity, kind, entry.how, entry.theatre, listed=entry.how == "generic")

    def worth(entry: Entry) -> tuple[bool, bool, float, float]:
        homes = lexicon.home.get(entry.entity.id, ())
        own = entry.entity is ruled.entity if ruled else False
        share = max((shares.get(h, 0.0) for h in homes), default=0.0)
        return (not own, local not in homes, -share, -entry.entity.importance)

    found = (*item.entries, *lexicon.entries(key)) if key != item.key else item.entries
    entries = [e for e in found if e.how != "generic" or e.theatre == local or shares.get(e.theatre, 0.0) >= 0.05]
    if len(entries) > 1:
        entries = sorted(entries, key=worth)[:MAX_ENTRIES]
    for entry in entries:
        entity = entry.entity
        yield option(entity, entity.kind, entry)
        country = entity.country
        if country is None or entry.how == "force":
            continue
        if entity.feature == "country" or entity.klass == "state" or entry.how in {"capital", "adjective", "people"}:
            actor = lexicon.represented(country, local)
            if actor is not None and actor.id != entity.id:
                yield option(actor, "actor", entry)
            place = lexicon.countries.get(country)
            if place is not None and place.id != entity.id:
                yield option(place, "place", entry)
            state = lexicon.entities.get(f"world:{country.lower()}")
            if state is not None and state.id != entity.id and state.kind == "actor" and place is None:
                yield option(state, "actor", entry)
    if any(e.how == "people" for e in entries):
        # A people's name may stand for the part of it that fights here: "the Serbs" for the Bosnian Serbs.
        for entity in _people_of(lexicon, key, local):
            if entity.kind == "actor":
                yield Option(first, item.last, key, entity, "actor", "people", entity.theatre, headed=True)
    if ruled is not None and all(ruled.entity.id != e.entity.id for e in entries):
        yield Option(first, item.last, key, ruled.entity, ruled.kind, ruled.how, ruled.entity.theatre)


def _people_of(lexicon: Lexicon, key: str, theatre: str | None) -> tuple[Entity, ...]:
    """The entities of a theatre with a name that ends in a people's name."""
    heads = _heads(lexicon, key)
    return heads.of_theatre.get(theatre or "", ()) if heads is not None else ()


def _phrases_in(doc: Document) -> Iterator[tuple[int, int, str, Meaning]]:
    """The general phrases of a text, longest first at each word, none overlapping."""
    table, firsts = phrases(), _first_words()
    tokens = doc.tokens
    words = [t.norm for t in tokens]
    i, n = 0, len(words)
    while i < n:
        widest = firsts.get(words[i], 0)
        for width in range(min(widest, n - i), 0, -1):
            key = words[i] if width == 1 else " ".join(words[i : i + width])
            meaning = table.get(key)
            if meaning is not None and (width == 1 or all(t.brk < BREAK_SENTENCE for t in tokens[i + 1 : i + width])):
                yield i, i + width - 1, key, meaning
                i += width - 1
                break
        i += 1


@lru_cache(maxsize=1)
def _first_words() -> dict[str, int]:
    """The most words of a phrase, by its first word."""
    out: dict[str, int] = {}
    for phrase in phrases():
        words = phrase.split()
        out[words[0]] = max(out.get(words[0], 0), len(words))
    return out


def _meant(
    doc: Document, first: int, last: int, key: str, meaning: Meaning, weights: TheatreWeights, memory: Memory
) -> Iterator[Option]:
    """What a general phrase could name where it stands."""
    lexicon = doc.lexicon
    local = weights.local[first]
    seen: set[str] = set()
    theatres = _theatres(weights, local)

    def options(entities: Iterable[Entity], listed: bool = False, headed: bool = False) -> Iterator[Option]:
        for entity in entities:
            if entity.id not in seen:
                seen.add(entity.id)
                yield Option(
                    first, last, key, entity, entity.kind, "side", entity.theatre, meaning.means, listed, headed
                )

    for theatre in theatres:
        yield from options(_listed(lexicon, theatre).get(key, ()), listed=True)
    if "head" in meaning.who:
        yield from options(_headed(lexicon, key, meaning, memory, theatres, first), headed=True)
    countries = memory.near_countries(weights, first) if meaning.who & {"state", "place"} else []
    if "state" in meaning.who:
        yield from options(_states(lexicon, memory, countries, local, first))
        if meaning.means in _OFFICES:
            for country in countries[:2]:
                office = _office(lexicon, country, local, key)
                if office is not None:
                    actor, name = office
                    yield Option(
                        first, last, key, actor, "organisation", "side", actor.theatre, meaning.means, name=name
                    )
    if "group" in meaning.who or "state" in meaning.who:
        recent = sorted(memory.groups, key=lambda e: _recency(memory, e, first))
        yield from options(recent[: MAX_GROUPS if "group" in meaning.who else 1])
    if "group" in meaning.who:
        for theatre in theatres[:2]:
            yield from options(_main_groups(lexicon, theatre))
    if "place" in meaning.who:
        for country in countries:
            yield from options(_capital(lexicon, country))


def _theatres(weights: TheatreWeights, local: str | None) -> list[str]:
    """The theatres whose phrases are looked at: the local one, and those with a fair share in the transcript."""
    found = [t for t, share in weights.overall[:3] if share >= 0.15]
    return list(dict.fromkeys([local, *found])) if local is not None else found


def _office(lexicon: Lexicon, country: str, local: str | None, key: str) -> tuple[Entity, str] | None:
    """A state's office that no data names, by its usual name ("Libyan Health Ministry"), and the actor it belongs to."""
    state = lexicon.entities.get(f"{WORLD}:{country.lower()}")
    actor = lexicon.represented(country, local)
    adjective = next((a for e in (actor, state) if e is not None for a in e.adjectives[:1]), None)
    if actor is None or adjective is None:
        return None
    words = key.split()
    if words[:2] == ["ministry", "of"]:
        words = [*(w for w in words[2:] if w != "the"), "ministry"]
    if words[-1] in {"minister", "ministers"}:
        words[-1] = "ministry"
    title = [w.capitalize() if words[-1] == "ministry" else w for w in words]
    return actor, f"{adjective} {' '.join(title)}"


def _recency(memory: Memory, entity: Entity, i: int) -> tuple[int, int, str]:
    """For sorting: the last named before ``i`` first, then what is named after it, the nearest first."""
    before = memory.last_before(entity.id, i)
    if before is not None:
        return 0, -before, entity.id
    spots = memory.at.get(entity.id) or memory.leaders.get(entity.id) or [10**6]
    return 1, spots[0], entity.id


def _states(lexicon: Lexicon, memory: Memory, countries: list[str], local: str | None, i: int) -> Iterator[Entity]:
    """The governments and armies of the countries at hand, and the arms of a state that were named."""
    for k, country in enumerate(countries):
        actor = lexicon.represented(country, local)
        if actor is not None:
            yield actor
        state = lexicon.entities.get(f"world:{country.lower()}")
        if state is not None and state.kind == "actor":
            yield state
        if k < 2:
            for theatre in dict.fromkeys((local, lexicon.mains.get(country))):
                if theatre is not None:
                    yield from _by_country(lexicon, theatre).get(country, ())
    yield from sorted(memory.arms, key=lambda e: _recency(memory, e, i))[:3]


def _headed(lexicon: Lexicon, key: str, meaning: Meaning, memory: Memory, theatres: list[str], i: int) -> list[Entity]:
    """What has a name that ends in the phrase: named already, of a place or people named already, or of this theatre."""
    heads = _heads(lexicon, key)
    if heads is None:
        return []
    hands = {*theatres, WORLD}
    named = [e for e in memory.entities.values() if e.id in heads.entities and e.id in memory.at]
    named.sort(key=lambda e: _recency(memory, e, i))
    kin = [
        entity
        for word in memory.words
        for entity in heads.by_rest.get(word, ())
        if not hands.isdisjoint(lexicon.home.get(entity.id) or (WORLD,))
    ]
    kin.sort(key=lambda e: (-e.importance, e.id))
    own = [
        entity
        for theatre in (*theatres, WORLD)
        for entity in heads.of_theatre.get(theatre, ())
        if meaning.means not in _NAMED_ONLY or entity.id in _DEFAULTS or " " in key
    ]
    if meaning.means == "peacekeepers" and f"{WORLD}:un" in lexicon.entities:
        own.append(lexicon.entities[f"{WORLD}:un"])
    own.sort(key=lambda e: (-e.importance, e.id))
    return [*named[:3], *kin[:2], *own[:MAX_OWN]]


@lru_cache(maxsize=512)
def _capital(lexicon: Lexicon, country: str) -> tuple[Entity, ...]:
    """The city that is a country's capital, as the lexicon's places have it."""
    state = lexicon.entities.get(f"world:{country.lower()}")
    found: dict[str, Entity] = {}
    for spelling in state.capitals if state else ():
        for key in keys_of(spelling, "capital"):
            for entry in lexicon.entries(key):
                if entry.entity.kind == "place" and entry.entity.country == country and entry.how == "name":
                    found.setdefault(entry.entity.id, entry.entity)
    return tuple(sorted(found.values(), key=lambda e: (-e.importance, e.id)))[:1]
