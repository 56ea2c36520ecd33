"""A reading to show and test against: an invented report, in the manner of real captions, on a real war.

The words, the people and the events are made up for this file. The places are real; their coordinates are rounded.
Everything is given by its words (``_at`` finds the offsets), so that the fixture can be checked by reading it.
"""

from __future__ import annotations

import hashlib

from trucewatch.reading import model as tw

SENTENCES: tuple[tuple[str, str], ...] = (
    ("fighting in sudan has reached the edge of the largest camp for displaced people in darfur",
     "Fighting in Sudan has reached the edge of the largest camp for displaced people in Darfur."),
    ("the united nations says more than 40,000 people have fled some some camp since the start of the week",
     "The United Nations says more than 40,000 people have fled Zamzam camp since the start of the week."),
    ("our correspondent mariam okello reports from a dray on the border with chad",
     "Our correspondent Mariam Okello reports from Adré, on the border with Chad."),
    ("the selling began before dawn on tuesday",
     "The shelling began before dawn on Tuesday."),
    ("residents of el fashion say rabid support forces fired more than one hundred shells a day at the city and that "
     "three of them fell on the southern hospital killing at least nine patients",
     "Residents of El Fasher say Rapid Support Forces fired more than 100 shells a day at the city, and that three of "
     "them fell on the Southern Hospital, killing at least nine patients."),
    ("the army answered with air strikes on positions near to willow west of the city",
     "The army answered with air strikes on positions near Tawila, west of the city."),
    ("a resistance committee accuses the paramilitaries of burning villages along the road to kuh tomb and of using "
     "drones against a crowded market",
     "A resistance committee accuses the paramilitaries of burning villages along the road to Kutum, and of using "
     "drones against a crowded market."),
    ("the r s f denies that it attacked the hospital and says the army is hiding artillery among civilians",
     "The RSF denies that it attacked the hospital, and says the army is hiding artillery among civilians."),
    ("we left at night with what we could carry",
     "“We left at night with what we could carry."),
    ("there was no water on the road and we counted dozens of people who could not walk any further",
     "There was no water on the road, and we counted dozens of people who could not walk any further."),
    ("if the road to niall a stays closed there will be no food in the camp in two weeks",
     "If the road to Nyala stays closed, there will be no food in the camp in two weeks.”"),
    ("that was a nurse who asked us not to use her name",
     "That was a nurse who asked us not to use her name."),
    ("tens of thousands are believed to be trapped inside the city which has been under siege for thirteen months",
     "Tens of thousands are believed to be trapped inside the city, which has been under siege for 13 months."),
    ("sudanese government forces still hold the airport but they have lost the eastern districts",
     "Sudanese government forces still hold the airport, but they have lost the eastern districts."),
    ("general him eddie has told his fighters to keep civilians out of the battle but he did not say who would let "
     "them leave",
     "General Hemedti has told his fighters to keep civilians out of the battle, but he did not say who would let "
     "them leave."),
    ("the african union is demanding that both sides open a corridor for aid and a convoy of 27 trucks is waiting in a "
     "dray",
     "The African Union is demanding that both sides open a corridor for aid, and a convoy of 27 trucks is waiting in "
     "Adré."),
    ("talks in geneva could begin next month if the army agrees to send a delegation but the jeddah deck duration was "
     "broken within days",
     "Talks in Geneva could begin next month if the army agrees to send a delegation, but the Jeddah Declaration was "
     "broken within days."),
    ("for now there is no sign of a truth",
     "For now there is no sign of a truce."),
    ("mariam okello newsline a dray",
     "Mariam Okello, Newsline, Adré."),
)  # fmt: skip

RAW = " ".join(heard for heard, _read in SENTENCES)
TEXT = " ".join(read for _heard, read in SENTENCES)


def _at(quote: str, nth: int = 1) -> tuple[int, int]:
    """The offsets of the ``nth`` occurrence of a quote in the raw text; ValueError where it is not there."""
    start = -1
    for _ in range(nth):
        start = RAW.index(quote, start + 1)
    return start, start + len(quote)


def _why(*reasons: tuple[str, str, float | None]) -> tuple[tw.Evidence, ...]:
    return tuple(tw.Evidence(kind=kind, detail=detail, weight=weight) for kind, detail, weight in reasons)


def _mention(
    quote: str,
    name: str,
    kind: tw.MentionKind,
    entity: str | None = None,
    *why: tuple[str, str, float],
    nth: int = 1,
    at: tuple[float, float, tw.PrecisionClass] | None = None,
    recovered: float | None = None,
    instead: tuple[tuple[str, float], ...] = (),
) -> tw.Mention:
    """A mention of the ``nth`` occurrence of ``quote``; ``recovered`` is its confidence where it was misheard."""
    start, end = _at(quote, nth)
    lat, lon, precision = at or (None, None, None)
    return tw.Mention(
        id=f"m{start}",
        start=start,
        end=end,
        heard=quote,
        name=name,
        kind=kind,
        recovered=recovered is not None,
        entity_id=entity,
        confidence=recovered or 0.99,
        candidates=tuple(tw.Candidate(name=n, confidence=c) for n, c in instead),
        lat=lat,
        lon=lon,
        precision=precision,
        why=_why(*why) or _why(("spelling", "written as in the lexicon", 4.0)),
    )


ADRE: tuple[float, float, tw.PrecisionClass] = (13.4667, 22.2, "town")


def _mentions() -> tuple[tw.Mention, ...]:
    return (
        _mention("sudan", "Sudan", "place", "sd", at=(15.5, 30.0, "country")),
        _mention("darfur", "Darfur", "place", "sd-darfur", at=(13.0, 24.2, "region")),
        _mention("united nations", "United Nations", "organisation", "un"),
        _mention(
            "some some camp", "Zamzam camp", "facility", "sd-zamzam",
            ("sound", "“some some” is 0.21 away from Zamzam, closer than any other name", 2.6),
            ("company", "followed by “camp”; Zamzam is a camp", 1.4),
            ("story", "15 km from El Fasher, which this story is about", 1.1),
            ("oddness", "“fled some some camp” is no English", 0.8),
            at=(13.49, 25.31, "town"), recovered=0.91, instead=(("Abu Shouk camp", 0.04), ("Kalma camp", 0.02)),
        ),
        _mention("mariam okello", "Mariam Okello", "person"),
        _mention(
            "a dray", "Adré", "place", "td-adre",
            ("sound", "“a dray” sounds as Adré does (0.08 away)", 2.2), ("company", "“on the border with chad”", 1.9),
            at=ADRE, recovered=0.84, instead=(("Addar", 0.05),),
        ),
        _mention("chad", "Chad", "place", "td", at=(15.4, 18.7, "country")),
        _mention(
            "el fashion", "El Fasher", "place", "sd-el-fasher",
            ("sound", "“el fashion” is 0.24 away from El Fasher", 2.1),
            ("oddness", "“residents of el fashion”: a fashion has no residents", 1.6),
            ("story", "the story is from Darfur", 1.5),
            at=(13.6279, 25.3494, "town"), recovered=0.95, instead=(("El Fula", 0.02),),
        ),
        _mention(
            "rabid support forces", "Rapid Support Forces", "actor", "sd-rsf",
            ("sound", "one sound from Rapid Support Forces", 3.4), recovered=0.97,
        ),
        _mention("southern hospital", "Southern Hospital", "facility", "sd-southern-hospital"),
        _mention(
            "the army", "Sudanese army", "actor", "sd-army",
            ("generic", "in this theatre “the army” is the Sudanese army", 3.1),
        ),
        _mention(
            "to willow", "Tawila", "place", "sd-tawila",
            ("sound", "“to willow” is 0.19 away from Tawila", 2.3), ("company", "“positions near …”", 0.9),
            at=(13.5, 24.87, "town"), recovered=0.78, instead=(("Towal", 0.08), ("El Tawisha", 0.06)),
        ),
        _mention("the paramilitaries", "Rapid Support Forces", "actor", "sd-rsf"),
        _mention(
            "kuh tomb", "Kutum", "place", "sd-kutum",
            ("sound", "“kuh tomb” is 0.22 away from Kutum, 0.41 from Khartoum", 1.9),
            ("story", "85 km from El Fasher; Khartoum is 800 km away", 1.2),
            at=(14.2, 24.6667, "town"), recovered=0.73, instead=(("Khartoum", 0.14), ("Kass", 0.03)),
        ),
        _mention(
            "the r s f", "Rapid Support Forces", "actor", "sd-rsf",
            ("acronym", "R S F spells out Rapid Support Forces, named before", 3.0),
        ),
        _mention("the army", "Sudanese army", "actor", "sd-army", nth=2),
        _mention(
            "niall a", "Nyala", "place", "sd-nyala",
            ("sound", "“niall a” is 0.05 away from Nyala", 2.9), ("company", "“the road to …”", 0.9),
            at=(12.05, 24.8833, "town"), recovered=0.9, instead=(("Niertiti", 0.03),),
        ),
        _mention("sudanese government forces", "Sudanese army", "actor", "sd-army"),
        _mention(
            "him eddie", "Hemedti", "person", "sd-hemedti",
            ("sound", "“him eddie” is 0.11 away from Hemedti", 2.4), ("company", "follows “general”", 1.0),
            recovered=0.88,
        ),
        _mention("african union", "African Union", "organisation", "au"),
        _mention(
            "a dray", "Adré", "place", "td-adre", ("story", "recovered above, at its first mention", 2.0),
            nth=2, at=ADRE, recovered=0.84,
        ),
        _mention("geneva", "Geneva", "place", "geneva", at=(46.2022, 6.1457, "town")),
        _mention("the army", "Sudanese army", "actor", "sd-army", nth=3),
        _mention(
            "jeddah deck duration", "Jeddah Declaration", "agreement", "jeddah-2023",
            ("sound", "“deck duration” is 0.26 away from declaration", 1.9), ("company", "“was broken”", 1.1),
            recovered=0.86,
        ),
        _mention("mariam okello", "Mariam Okello", "person", nth=2),
        _mention(
            "a dray", "Adré", "place", "td-adre", ("sign-off", "a name, an outlet and a place at the end", 3.2),
            nth=3, at=ADRE, recovered=0.96,
        ),
    )  # fmt: skip


def _claim(
    quote: str,
    kind: tw.ClaimType,
    trigger: str,
    voice: int,
    confidence: float,
    *why: tuple[str, str, float],
    actors: tuple[str, ...] = (),
    targets: tuple[tw.Target, ...] = (),
    weapons: tuple[tw.Weapon, ...] = (),
    places: tuple[str, ...] = (),
    figures: tuple[tuple[tw.FigureKind, int | None, int | None], ...] = (),
    source: str | None = None,
    stance: tw.Stance = "asserted",
    date: tw.DateRange | None = None,
    recipients: tuple[str, ...] = (),
) -> tw.Claim:
    """A claim made in the words of ``quote``."""
    start, end = _at(quote)
    return tw.Claim(
        id=f"c{start}",
        type=kind,
        start=start,
        end=end,
        text=quote,
        trigger=trigger,
        actors=actors,
        targets=targets,
        weapons=weapons,
        places=places,
        figures=tuple(tw.Figure(what=what, low=low, high=high) for what, low, high in figures),
        source=source,
        stance=stance,
        voice=voice,
        date=date,
        recipients=recipients,
        confidence=confidence,
        why=_why(*why) or _why(("frame", f"{kind}: opened by “{trigger}”", 2.0)),
    )


RSF, ARMY = "Rapid Support Forces", "Sudanese army"


def _claims() -> tuple[tw.Claim, ...]:
    fasher, week = ("El Fasher",), tw.DateRange(earliest="2024-12-02", latest="2024-12-06", precision="week")
    tuesday = tw.DateRange(earliest="2024-12-03", latest="2024-12-03", precision="day")
    next_month = tw.DateRange(earliest="2025-01-01", latest="2025-01-31", precision="month")
    residents, committee = "residents of El Fasher", "a resistance committee"
    return (
        _claim("fighting in sudan has reached the edge of the largest camp for displaced people in darfur", "clash",
               "fighting", 0, 0.7, places=("Darfur",), targets=("refugee_camp",)),
        _claim("more than 40,000 people have fled some some camp since the start of the week", "displacement", "fled",
               0, 0.93, ("frame", "displacement.fled: PEOPLE have fled PLACE", 2.9),
               ("attribution", "“the united nations says”", 2.2), targets=("civilians",), places=("Zamzam camp",),
               figures=(("displaced", 40_000, None),), source="United Nations", stance="reported", date=week),
        _claim("the selling began before dawn on tuesday", "shelling", "selling", 1, 0.81, weapons=("artillery",),
               places=fasher, date=tuesday),
        _claim("rabid support forces fired more than one hundred shells a day at the city", "shelling", "fired", 1,
               0.95, ("frame", "shelling.fire: ACTOR fired WEAPON at TARGET", 3.3), actors=(RSF,), targets=("town",),
               weapons=("artillery",), places=fasher, figures=(("attacks_per_day", 100, None),), source=residents,
               stance="reported"),
        _claim("three of them fell on the southern hospital killing at least nine patients", "shelling", "fell on", 1,
               0.9, actors=(RSF,), targets=("hospital", "civilians"), weapons=("artillery",), places=fasher,
               figures=(("attacks", 3, 3), ("killed", 9, None)), source=residents, stance="reported"),
        _claim("the army answered with air strikes on positions near to willow", "air_strike", "air strikes", 1, 0.88,
               actors=(ARMY,), targets=("fighters",), weapons=("aircraft",), places=("Tawila",)),
        _claim("burning villages along the road to kuh tomb", "attack", "burning", 1, 0.86, actors=(RSF,),
               targets=("residential_area",), places=("Kutum",), source=committee, stance="alleged"),
        _claim("using drones against a crowded market", "air_strike", "drones", 1, 0.84, actors=(RSF,),
               targets=("market",), weapons=("drone",), source=committee, stance="alleged"),
        _claim("denies that it attacked the hospital", "attack", "attacked", 1, 0.91, ("stance", "“denies that”", 3.0),
               actors=(RSF,), targets=("hospital",), places=fasher, source=RSF, stance="denied"),
        _claim("the army is hiding artillery among civilians", "violation", "hiding", 1, 0.77, actors=(ARMY,),
               targets=("civilians",), weapons=("artillery",), source=RSF, stance="alleged"),
        _claim("we left at night with what we could carry", "displacement", "left", 2, 0.74,
               targets=("displaced_people",)),
        _claim("there was no water on the road and we counted dozens of people who could not walk any further",
               "humanitarian", "no water", 2, 0.71, targets=("displaced_people",), figures=(("in_need", 24, 99),)),
        _claim("if the road to niall a stays closed there will be no food in the camp", "humanitarian", "no food", 2,
               0.69, targets=("refugee_camp",), places=("Zamzam camp",), stance="possible"),
        _claim("tens of thousands are believed to be trapped inside the city", "siege", "trapped", 3, 0.85,
               targets=("civilians",), places=fasher, figures=(("trapped", 20_000, 99_999),), stance="alleged"),
        _claim("the city which has been under siege for thirteen months", "siege", "siege", 3, 0.82, targets=("town",),
               places=fasher, figures=(("duration_days", 390, 390),)),
        _claim("sudanese government forces still hold the airport", "territory", "hold", 3, 0.8, actors=(ARMY,),
               targets=("airport",), places=fasher),
        _claim("they have lost the eastern districts", "territory", "lost", 3, 0.79, actors=(ARMY,), places=fasher),
        _claim("general him eddie has told his fighters to keep civilians out of the battle", "demand", "told", 3,
               0.68, actors=(RSF,), targets=("civilians",), source="Hemedti", stance="demanded"),
        _claim("both sides open a corridor for aid", "demand", "demanding", 3, 0.83, actors=(ARMY, RSF),
               source="African Union", stance="demanded", recipients=("civilians of Darfur",)),
        _claim("a convoy of 27 trucks is waiting in a dray", "aid", "convoy", 3, 0.8, targets=("convoy_or_vehicle",),
               places=("Adré",)),
        _claim("talks in geneva could begin next month if the army agrees to send a delegation", "talks", "talks", 3,
               0.76, actors=(ARMY, RSF), places=("Geneva",), stance="possible", date=next_month),
        _claim("the army agrees to send a delegation", "intent", "agrees", 3, 0.41, actors=(ARMY,),
               stance="planned", source=ARMY),
        _claim("the jeddah deck duration was broken within days", "ceasefire", "broken", 3, 0.8, actors=(ARMY, RSF)),
        _claim("there is no sign of a truth", "ceasefire", "no sign of", 3, 0.87, places=("Khartoum",),
               stance="negated"),
    )  # fmt: skip


def sample_reading() -> tw.Reading:
    """The whole reading."""
    info = tw.TranscriptInfo(
        id="newsline-2024-12-06",
        sha256=hashlib.sha256(RAW.encode()).hexdigest(),
        outlet="Newsline International",
        programme="Newsline at Nine",
        air_date="2024-12-06",
        url="https://archive.example/newsline?id=7&t=2",
        language="en",
        theatre="sudan",
    )
    reader = tw.Reader(
        name="trucewatch",
        version="0.1.0",
        steps=("names", "sounds", "sentences", "voices", "claims", "dates"),
        theatres={"sudan": "9b" * 32, "world": "4e" * 32},
    )
    return tw.Reading(
        transcript=info,
        raw=RAW,
        text=TEXT,
        sentences=_sentences(),
        mentions=_mentions(),
        suggestions=_suggestions(),
        corrections=_corrections(),
        voices=_voices(),
        claims=_claims(),
        reader=reader,
        warnings=("the file has no times: claims cannot be linked to a second of video",),
    )


def _sentences() -> tuple[tw.Sentence, ...]:
    out, at = [], 0
    for heard, read in SENTENCES:
        out.append(tw.Sentence(start=at, end=at + len(heard), text=read))
        at += len(heard) + 1
    return tuple(out)


def _corrections() -> tuple[tw.Correction, ...]:
    out = []
    for heard, read, because in (
        ("selling", "shelling", "“began before dawn”, “fell on the hospital”: shells, not sales"),
        ("truth", "truce", "“no sign of a …” after talks and a broken declaration"),
    ):
        start, end = _at(heard)
        why = _why(("sense", because, 2.4), ("sound", "one sound apart", 1.8))
        out.append(tw.Correction(start=start, end=end, heard=heard, read=read, confidence=0.92, why=why))
    return tuple(out)


def _suggestions() -> tuple[tw.Suggestion, ...]:
    start, end = _at("a nurse")
    return (
        tw.Suggestion(
            id="s1", start=start, end=end, heard="a nurse", name="En Nahud", kind="place", entity_id="sd-en-nahud",
            confidence=0.27, candidates=(tw.Candidate(name="Nasir", confidence=0.06),),
            why=_why(("sound", "“a nurse” is 0.38 away from En Nahud", 0.7)),
        ),
    )  # fmt: skip


def _voices() -> tuple[tw.Voice, ...]:
    turns: tuple[tuple[str, tw.VoiceRole, str | None], ...] = (
        ("fighting in sudan", "presenter", None),
        ("the selling began", "reporter", "Mariam Okello"),
        ("we left at night", "speaker", None),
        ("that was a nurse", "reporter", "Mariam Okello"),
    )
    starts = [_at(words)[0] for words, _role, _name in turns]
    return tuple(
        tw.Voice(start=start, end=end, role=role, name=name, why=_why(("cue", f"begins “{words}”", None)))
        for (words, role, name), start, end in zip(turns, starts, [*starts[1:], len(RAW)], strict=True)
    )
