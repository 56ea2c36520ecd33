"""Step ``names``: names that stand in the text as they are spelled.

One automaton finds every spelling; a name that several things bear, or that is also a common word, is settled by the
theatre at hand, the words beside it and, where the text has case, its capital. The trained judge (``namejudge``) weighs
that and what else each spelling and each general phrase could name; the rules here are what it weighs, and what holds
where its file is missing. What the user's names file says a spelling names, it names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache

from trucewatch.reading.context import (
    ACTING,
    COPULAS,
    is_common_word,
    place_slot,
    theatre_weights,
)
from trucewatch.reading.document import Document, Name, fold
from trucewatch.reading.lexicon import Entry, Found, Lexicon
from trucewatch.reading.model import Evidence
from trucewatch.reading.namejudge import judge, judged_names
from trucewatch.reading.usertable import Match, Told
from trucewatch.theatre import Entity

# Roles that name a party to the conflict; words that more often mean some men than their side (train/: 4 times in 5).
_SIDES = {"government", "army", "opposition", "separatist", "coalition", "jihadist", "paramilitary", "kurdish", "gangs"}
_VAGUE = frozenset(
    [
        "terrorists",
        "the terrorists",
        "protesters",
        "activists",
        "the army s",
        "the troops",
        "troops",
        "soldiers",
        "fighters",
        "gunmen",
        "militants",
        "police",
        "the police",
        "militia",
        "militias",
        "the militias",
        "the paramilitary",
        "commanders",
        "jihadists",
        "insurgents",
        "officers",
        "conscripts",
        "gangs",
        "army",
        "military",
        "government",
        "opposition",
        "coalition",
        "the state",
        "authorities",
        "the authorities",
        "the generals",
        "peacekeepers",
        "the peacekeepers",
        "islamists",
        "the air force",
        "the navy",
        "the factions",
        "the defenders",
        "state media",
    ]
)
_SURE = {"adjective", "people", "generic", "force"}
TAUGHT = 0.99  # confidence of what the user's names file says: the user may still mean another thing by it once
_AT_HAND = 0.12  # share of a transcript from which a theatre is at hand where none stands out at a word


def names(doc: Document) -> Document:
    """Fill in the names that are spelled as known, and the theatre at each word."""
    doc.names = clean_names(doc)
    return doc


def clean_names(doc: Document) -> list[Name]:
    """The names that are spelled as known, in order, none overlapping; settles the theatre at each word too.

    The trained judge decides, the user's own spellings before it; where its file is missing, the rules do.
    """
    found = doc.lexicon.find([t.norm for t in doc.tokens])
    weights = theatre_weights(doc, found)
    doc.theatres, doc.local_theatre, doc.local_country = weights.overall, weights.local, weights.country
    ruled = by_rules(doc, found)
    model = judge()
    if model is None:
        return ruled
    names = judged_names(doc, found, weights, ruled, model)
    return sorted(_with_users(doc, names), key=lambda name: name.first) if doc.lexicon.taught is not None else names


def by_rules(doc: Document, found: list[Found]) -> list[Name]:
    """The names that the rules find, in order, none overlapping."""
    out: list[Name] = []
    for item in found:
        name = _settle(doc, item)
        if name is None and item.key.startswith("the ") and doc.lexicon.entries(item.key[4:]):
            # A phrase of another war ("the Russians" as its side) may still hold a plain name.
            name = _settle(doc, Found(item.first + 1, item.last, item.key[4:], doc.lexicon.entries(item.key[4:])))
        if name is not None:
            out.append(name)
    if doc.lexicon.taught is not None:
        out = _with_users(doc, out)
    taken = {i for name in out for i in range(name.first, name.last + 1)}
    out.extend(name for name in sides(doc) if taken.isdisjoint(range(name.first, name.last + 1)))
    return sorted(out, key=lambda name: name.first)


def _with_users(doc: Document, names: list[Name]) -> list[Name]:
    """The names with the user's own spellings, each over any other name but one that holds it whole and more."""
    assert doc.lexicon.taught is not None
    users: list[Name] = []
    for match in doc.lexicon.taught.lessons(doc.tokens, lambda m: lesson_holds(doc, m), ("spelling",)):
        span = range(match.first, match.last + 1)
        if not any(n.first <= match.first and match.last <= n.last and n.last - n.first >= len(span) for n in names):
            users.append(users_name(doc, match))
    taken = {i for name in users for i in range(name.first, name.last + 1)}
    return [*users, *(n for n in names if taken.isdisjoint(range(n.first, n.last + 1)))]


def users_name(doc: Document, match: Match[Told]) -> Name:
    """What a row of the user's says of the words it matched: the entity it names; put right where they were misheard.

    A state is the place or the government by where it stands, as ever.
    """
    entity, lesson = match.what.entity, match.what.lesson
    what = "a name" if lesson.how == "spelling" else "a mishearing"
    detail = f"“{doc.quote(match.first, match.last)}” is {what} of {entity.name}: your names file, line {lesson.line}"
    reasons = [Evidence(kind="taught", detail=detail)]
    kind: str = entity.kind
    if entity.feature == "country" or entity.klass == "state":
        entry = Entry(entity, entity.theatre, "name")
        item = Found(match.first, match.last, fold(lesson.text), (entry,))
        entity, kind, why = role_of_state(doc, item, entry, doc.local_theatre[match.first])
        if why:
            reasons.append(Evidence(kind="sense", detail=why))
    recovered = lesson.how == "heard"
    return Name(match.first, match.last, entity, shown(entity), kind, "name", TAUGHT, recovered, why=tuple(reasons))


def taught_by_user(name: Name) -> bool:
    """Whether a name rests on the user's names file."""
    return any(evidence.kind == "taught" for evidence in name.why)


def lesson_holds(doc: Document, match: Match[Told]) -> bool:
    """Whether a row of the user's holds where its words stand: always, or where its entity's theatre is at hand."""
    entity = match.what.entity
    everywhere = match.what.lesson.always or entity.id.startswith("world:")
    return everywhere or at_hand(doc, match.first, doc.lexicon.home.get(entity.id, ()))


def at_hand(doc: Document, i: int, theatres: Collection[str]) -> bool:
    """Whether one of the theatres is the one at token ``i``; where none is, one with a fair share in the transcript."""
    local = doc.local_theatre[i]
    if local is not None:
        return local in theatres
    return any(theatre in theatres and share >= _AT_HAND for theatre, share in doc.theatres)


def _settle(doc: Document, item: Found) -> Name | None:
    """What a spelling names here; None where it is an ordinary word or names nothing here."""
    local = doc.local_theatre[item.first]
    entry = _best_entry(doc, item, local)
    if entry is None:
        return None
    reasons = [
        Evidence(
            kind="spelling", detail=f"“{doc.quote(item.first, item.last)}” is a {entry.how} of {entry.entity.name}"
        )
    ]
    confidence = 0.97
    if _may_be_a_word(doc, item, entry):
        grounds = _word_grounds(doc, item, entry)
        if grounds is None:
            return None
        reasons.append(Evidence(kind="sense", detail=grounds))
        confidence = 0.8
    entity, kind, why = role_of_state(doc, item, entry, local)
    if why:
        reasons.append(Evidence(kind="sense", detail=why))
    if len({e.entity.id for e in item.entries}) > 1:
        reasons.append(Evidence(kind="theatre", detail=f"of several, the one of {entry.theatre}"))
        confidence = min(confidence, 0.9)
    if entry.how == "generic":
        confidence = min(confidence, 0.84)
    if _away(doc, entry, local) and item.first == item.last:
        confidence = min(confidence, 0.75)  # one word, of another war: it may well be a piece of a misheard name
    return Name(item.first, item.last, entity, shown(entity), kind, entry.how, confidence, why=tuple(reasons))


def shown(entity: Entity) -> str:
    """An entity's name as news says it, without what tells it from its namesakes ("Republican Guard (Yemen)")."""
    return entity.name.split(" (")[0]


def sides(doc: Document) -> Iterator[Name]:
    """General words for a side ("the army", "the rebels") as the actor they mean where they stand."""
    phrases = _side_phrases(doc.lexicon)
    words = [t.norm for t in doc.tokens]
    i = 0
    while i < len(words):
        for width in (4, 3, 2, 1):
            role = phrases.get(" ".join(words[i : i + width]))
            if role is None or i + width > len(words):
                continue
            found = _side(doc, i, role)
            if found is not None:
                entity, name = found
                why = (
                    Evidence(kind="side", detail=f"“{doc.quote(i, i + width - 1)}” is the {role} side in this stretch"),
                )
                yield Name(i, i + width - 1, entity, name, "actor", "generic", 0.8, why=why)
                i += width - 1
            break
        i += 1


@lru_cache(maxsize=4)
def _side_phrases(lexicon: Lexicon) -> dict[str, str]:
    return {
        fold(phrase): role
        for phrase, role in lexicon.world.generic.items()
        if role in _SIDES and fold(phrase) not in _VAGUE
    }


def _side(doc: Document, i: int, role: str) -> tuple[Entity, str] | None:
    """The actor of a role ("government", "army", "opposition") at a token, and the name to give it."""
    theatre, country = doc.local_theatre[i], doc.local_country[i]
    lexicon = doc.lexicon
    if role in {"government", "army", "military"}:
        if country is None:
            return None
        army = _own_army(doc, theatre, country) if role != "government" else None
        actor = army or lexicon.represented(country, theatre)
        if actor is None:
            return None
        if actor.id.startswith("world:") and lexicon.mains.get(country) is None and actor.adjectives:
            return actor, f"{actor.adjectives[0]} government"
        return actor, actor.name
    if theatre is None:
        return None
    ranked = [
        e
        for e in lexicon.theatres[theatre].entities
        if e.kind == "actor" and role in {e.side, e.klass} and e.klass != "state"
    ]
    if role == "opposition" and not ranked:
        ranked = [e for e in lexicon.theatres[theatre].entities if e.klass == "armed_group"]
    best = max(
        ranked, key=lambda e: (role in e.name.lower(), e.importance, len(e.generic), len(e.spellings)), default=None
    )
    return (best, best.name) if best is not None else None


def _own_army(doc: Document, theatre: str | None, country: str) -> Entity | None:
    """A country's army where its theatre holds it apart from the government (Sudan, Lebanon, Myanmar)."""
    if theatre is None:
        return None
    for entity in doc.lexicon.theatres[theatre].entities:
        if (
            entity.kind == "actor"
            and entity.country == country
            and entity.name.endswith((" army", " military", " Armed Forces", " Army"))
        ):
            return entity if entity.klass in {"unit", "government", "state", "army", "faction"} else None
    return None


def _best_entry(doc: Document, item: Found, local: str | None) -> Entry | None:
    """The likeliest of what a spelling may name here; None where none of it fits."""
    fitting = [(k, e) for k, e in enumerate(item.entries) if _admissible(doc, item, e, local)]
    return min(fitting, key=lambda pair: (-_fit(doc, item, pair[1], local), pair[0]))[1] if fitting else None


def _admissible(doc: Document, item: Found, entry: Entry, local: str | None) -> bool:
    if entry.how == "generic":
        return local == entry.theatre and item.key not in _VAGUE  # "the rebels" of another war name nobody here
    away = _away(doc, entry, local)
    if entry.how == "surname" and (away or entry.theatre == "world"):
        return _title_before(doc, item)
    if away and local is not None and entry.how in {"acronym", "adjective"}:
        return doc.tokens[item.first].dotted  # "KIA", "Wa": short words that name something only in their own war
    if entry.how == "people" and entry.entity.country:
        # "Syrians" are people; "the Russians" mostly the state. In a civil war the word seldom means the government.
        actor = doc.lexicon.represented(entry.entity.country, local)
        return actor is None or actor.id.startswith("world:") or _acts(doc, item.last)
    return True


def _away(doc: Document, entry: Entry, local: str | None) -> bool:
    """Whether a name belongs to other theatres than the one at hand."""
    return entry.theatre not in ("world", local) and local not in doc.lexicon.home.get(entry.entity.id, ())


def _fit(doc: Document, item: Found, entry: Entry, local: str | None) -> float:
    entity = entry.entity
    score = float(entity.importance)
    if entry.theatre == local:
        score += 4
    elif local in doc.lexicon.home.get(entity.id, ()):
        score += 3
    elif entry.theatre == "world":
        score += 1.5
    score -= {"surname": 3.0, "force": 1.0}.get(entry.how, 0.0)
    if item.key == fold(shown(entity)):
        score += 3.5  # its very name: "NATO" is NATO before it is NATO's mission here
    if entry.how == "generic" and entry.theatre != local:
        score -= 6
    if entity.kind == "person" and entry.how != "name":
        score -= 1
    if entity.kind in {"place", "facility"} and place_slot(doc, item.first):
        score += 1.5
    if entity.feature == "country":
        score -= 0.5
    return score


def _title_before(doc: Document, item: Found) -> bool:
    titles = {
        "president",
        "minister",
        "general",
        "mr",
        "mister",
        "colonel",
        "secretary",
        "king",
        "prince",
        "envoy",
        "commander",
        "spokesman",
    }
    return item.first > 0 and doc.tokens[item.first - 1].norm in titles


def _may_be_a_word(doc: Document, item: Found, entry: Entry) -> bool:
    if len(item.key) <= 2:
        return True
    if entry.how in _SURE or " " in item.key:
        return False
    if entry.how == "acronym":
        return len(item.key) <= 2 or is_common_word(item.key)
    return is_common_word(item.key) or len(item.key) <= 2


def _word_grounds(doc: Document, item: Found, entry: Entry) -> str | None:
    """Why a common word is a name here; None where nothing says so."""
    token = doc.tokens[item.first]
    if token.dotted:
        return "spelled out as letters"
    letters = [ch for ch in token.raw if ch.isalpha()]
    if entry.how == "acronym" or len(item.key) <= 2:
        return "written in capitals" if letters and all(ch.isupper() for ch in letters) and len(letters) > 1 else None
    if doc.cased:
        if token.capital and token.brk < 2:
            return "written with a capital"
        if not token.capital:
            return None
    local = doc.local_theatre[item.first]
    at_home = entry.theatre == local or local in doc.lexicon.home.get(entry.entity.id, ())
    if entry.entity.kind in {"place", "facility", "road"} and place_slot(doc, item.first) and at_home:
        return "stands where a place is named, in its own theatre"
    if entry.entity.kind in {"actor", "organisation"} and at_home:
        return "an actor of this theatre"
    return None


def role_of_state(doc: Document, item: Found, entry: Entry, local: str | None) -> tuple[Entity, str, str]:
    """A state's name is the place or the government, by where it stands; the adjective is always the actor."""
    # "Damascus" is a row of places and a capital; which of the two was picked must not settle what it stands for.
    capital = next((e for e in item.entries if e.how == "capital"), None)
    if (
        capital is not None
        and entry.entity.feature in {"city", "town"}
        and entry.entity.country == capital.entity.country
    ):
        entry = capital
    entity = entry.entity
    country = entity.country
    if country is None or (entity.feature != "country" and entity.klass != "state" and entry.how != "capital"):
        return entity, entity.kind, ""
    lexicon = doc.lexicon
    actor = lexicon.represented(country, local) or entity
    place = lexicon.countries.get(country, entity)
    acts = _acts(doc, item.last) if actor.name == place.name else _says(doc, item.last)
    if entry.how in {"adjective", "people", "force", "generic"}:
        return (
            (actor, actor.kind, "the adjective stands for the state")
            if entry.how != "force"
            else (entity, entity.kind, "")
        )
    if entry.how == "capital":
        if place_slot(doc, item.first) or not _acts(doc, item.last):
            city = next((e.entity for e in item.entries if e.entity.kind == "place"), None)
            if city is not None or place_slot(doc, item.first):
                return (city or entity), "place", "stands where a place is named"
        return actor, actor.kind, "a capital that acts stands for its government"
    if place_slot(doc, item.first) or (actor.name != place.name and not acts):
        return place, "place", "the country as a place"
    return actor, actor.kind, "a state that acts"


def _says(doc: Document, last: int) -> bool:
    """Whether the word after a name is what only a government does ("says", "accuses"), not what a country may ("is")."""
    return _acts(doc, last) and doc.tokens[last + 1].norm not in COPULAS


def _acts(doc: Document, last: int) -> bool:
    """Whether the word after a name is what a government does ("says", "has", "wants")."""
    if last + 1 >= len(doc.tokens):
        return False
    token = doc.tokens[last + 1]
    if token.brk:
        return False
    return token.norm in ACTING
