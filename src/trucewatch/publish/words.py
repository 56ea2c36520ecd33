"""A claim's parts as people say them: figures, dates, types, targets, weapons, and whose claim it is.

Invariant: no phrase made here says that something happened. ``attribution`` names, for every claim, who says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from trucewatch.reading.model import Claim, DateRange, Figure, Reading, Stance, Voice

STANCES: tuple[Stance, ...] = (
    "asserted", "reported", "alleged", "denied", "negated", "demanded", "planned", "possible",
)  # fmt: skip

STANCE_MEANING: dict[Stance, str] = {
    "asserted": "said by the voice itself, naming nobody else",
    "reported": "passed on from a source, without doubt",
    "alleged": "an accusation, suspicion or belief",
    "denied": "rejected by someone",
    "negated": "said not to be so",
    "demanded": "called for, not said to have happened",
    "planned": "announced or intended, not said to have happened",
    "possible": "said to be possible",
}

STANCE_SIGN: dict[Stance, str] = {
    "asserted": "●", "reported": "❞", "alleged": "◐", "denied": "✕", "negated": "∅",
    "demanded": "»", "planned": "▷", "possible": "◌",
}  # fmt: skip
"""A sign for each stance, so that colour never carries it alone."""

_WHOLE = {
    "ied": "IED", "power_or_water": "power or water", "road_or_bridge": "road or bridge",
    "convoy_or_vehicle": "convoy or vehicle",
}  # fmt: skip

_RANGE_WORDS = {
    (24, 99): "dozens", (40, 99): "scores", (200, 999): "hundreds", (2_000, 9_999): "thousands",
    (20_000, 99_999): "tens of thousands", (200_000, 999_999): "hundreds of thousands",
}  # fmt: skip
"""The ranges that the reading's format gives to plurals of size, back as the words they came from."""

_COUNTED: dict[str, tuple[str, str]] = {
    "killed": ("killed", "killed"), "injured": ("injured", "injured"), "missing": ("missing", "missing"),
    "displaced": ("displaced", "displaced"), "trapped": ("trapped", "trapped"), "detained": ("detained", "detained"),
    "freed": ("freed", "freed"), "in_need": ("in need", "in need"), "attacks": ("attack", "attacks"),
    "attacks_per_day": ("attack a day", "attacks a day"), "fighters": ("fighter", "fighters"),
    "facilities": ("facility", "facilities"), "distance_km": ("km", "km"), "duration_days": ("day", "days"),
}  # fmt: skip
"""What a figure counts, for one and for more."""

_ATTACK_NOUNS = re.compile(
    r"\b(?:air ?|drone |missile |rocket )?(raid|strike|rocket|missile|shell|drone|bomb|mortar|sortie)s?\b",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(more than|over|at least|upwards of|as many as|up to|fewer than|less than|under|about|around|roughly|nearly"
    r"|almost|close to|some|an estimated|only)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_LOW_HEDGES = {"more than", "over", "at least", "upwards of"}
_HIGH_HEDGES = {"as many as", "up to", "fewer than", "less than", "under"}
_ABOUT_HEDGES = {"about", "around", "roughly", "nearly", "almost", "close to", "some", "an estimated", "only"}

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def label(word: str) -> str:
    """A type, target, weapon or kind of the format as words: ``air_strike`` → ``air strike``, ``ied`` → ``IED``."""
    return _WHOLE.get(word, word.replace("_", " "))


def title(word: str) -> str:
    """``label`` with a capital, for headings and badges."""
    words = label(word)
    return words[:1].upper() + words[1:]


def listed(words: Sequence[str], last: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """``1 claim``, ``2 claims``, ``1,204 words``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def figure_words(figure: Figure, text: str = "") -> str:
    """A figure as a phrase: ``more than 100 raids a day``, ``tens of thousands displaced``, ``20 to 30 killed``.

    ``text`` is the claim's words: the hedge ("more than" or "at least") and the noun for attacks ("raids") are taken
    from there when they stand by the number, since the figure alone no longer holds them.
    """
    low, high = figure.low, figure.high
    one, many = _COUNTED[figure.what]
    if figure.what in {"attacks", "attacks_per_day"}:
        one, many = _attack_nouns(text, one, many)
    return f"{_amount(low, high, text)} {one if (low, high) == (1, 1) else many}"


def _amount(low: int | None, high: int | None, text: str) -> str:
    """The number part of a figure, with the hedge its words use or, failing that, the format's own."""
    if low is None and high is None:
        return "an unstated number"
    if low is None and high is not None:
        return f"{_hedge(text, high, _HIGH_HEDGES) or 'up to'} {high:,}"
    if low is not None and high is None:
        return f"{_hedge(text, low, _LOW_HEDGES) or 'at least'} {low:,}"
    assert low is not None
    assert high is not None
    if low == high:
        hedge = _hedge(text, low, _ABOUT_HEDGES)
        return f"{hedge} {low:,}" if hedge else f"{low:,}"
    return _RANGE_WORDS.get((low, high)) or f"{low:,} to {high:,}"


def _hedge(text: str, number: int, allowed: set[str]) -> str | None:
    """The hedge that stands before ``number`` in ``text``, if it is one of ``allowed``."""
    forms = [f"{number:,}", str(number), *spelled(number)]
    pattern = "|".join(re.escape(form) for form in dict.fromkeys(forms))
    for found in re.finditer(rf"(?<![\w.,])(?:{pattern})(?!\w|[.,]\d)", text, re.IGNORECASE):
        hedge = _HEDGE.search(text[max(found.start() - 40, 0) : found.start()])
        if hedge and (words := " ".join(hedge[1].lower().split())) in allowed:
            return words
    return None


def spelled(number: int) -> tuple[str, ...]:
    """The ways English writes a whole number below a million in words (with and without "and", "a" for "one")."""
    if not 0 <= number < 1_000_000:
        return ()
    if number < 20:
        return (_ONES[number],)
    if number < 100:
        tens, ones = divmod(number, 10)
        return (f"{_TENS[tens]} {_ONES[ones]}", f"{_TENS[tens]}-{_ONES[ones]}") if ones else (_TENS[tens],)
    size, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    count, rest = divmod(number, size)
    heads = [f"{form} {name}" for form in spelled(count)]
    if count == 1:
        heads += [f"a {name}", name]
    if not rest:
        return tuple(heads)
    joins = (" and ", " ") if rest < 100 else (" ",)
    return tuple(head + join + tail for head in heads for join in joins for tail in spelled(rest))


def _attack_nouns(text: str, one: str, many: str) -> tuple[str, str]:
    """``attack`` and its plural with the noun that the words use, when they use just one."""
    nouns = {found[1].lower() for found in _ATTACK_NOUNS.finditer(text)}
    if len(nouns) != 1:
        return one, many
    noun = nouns.pop()
    return one.replace("attack", noun), many.replace("attack", noun)


def date_words(when: str | None) -> str:
    """An ISO date as ``7 June 2019``; anything else as it stands; nothing for None."""
    try:
        day = date.fromisoformat(when or "")
    except ValueError:
        return when or ""
    return f"{day.day} {day:%B %Y}"


def date_range_words(when: DateRange) -> str:
    """A date range at the precision it is known: ``4 June 2019``, ``3 to 9 June 2019``, ``May 2019``, ``2019``."""
    try:
        first, last = date.fromisoformat(when.earliest), date.fromisoformat(when.latest)
    except ValueError:
        return when.earliest if when.earliest == when.latest else f"{when.earliest} to {when.latest}"
    if when.precision == "year" and first.year == last.year:
        return str(first.year)
    if when.precision == "month" and (first.year, first.month) == (last.year, last.month):
        return f"{first:%B %Y}"
    if first == last:
        return date_words(when.earliest)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {last.day} {last:%B %Y}"
    if first.year == last.year:
        return f"{first.day} {first:%B} to {last.day} {last:%B %Y}"
    return f"{date_words(when.earliest)} to {date_words(when.latest)}"


def heading(reading: Reading) -> str:
    """What a report on a reading is called: outlet and programme, else the transcript's id."""
    info = reading.transcript
    return ": ".join(part for part in (info.outlet, info.programme) if part) or info.id


def chance_words(chance: float) -> str:
    """A probability of what was worked out, never told as certain: "97%", "over 99%"."""
    return "over 99%" if chance >= 0.995 else f"{chance:.0%}"


def theatre_words(reading: Reading) -> str:
    """The theatre a transcript was read in: the one given, else those the reader used; empty where there was none."""
    about = reading.transcript
    if about.theatre:
        chance = about.theatres.get(about.theatre)
        told = [name for name in dict.fromkeys(s.theatre for s in about.stretches) if name != about.theatre]
        likely = "" if chance is None else f" ({chance_words(chance)})"
        return f"{about.theatre}{likely}" + (f", in parts {listed(told)}" if told else "")
    return listed([name for name in reading.reader.theatres if name != "world"])


def voice_words(voice: Voice | None) -> str:
    """``the reporter, Mariam Okello``; ``an unnamed speaker``; ``the broadcast`` where the voice is not known."""
    if voice is None:
        return "the broadcast"
    if voice.name:
        article = "a" if voice.role == "speaker" else "the"
        return f"{article} {voice.role}, {voice.name}"
    return "an unnamed speaker" if voice.role == "speaker" else f"the {voice.role}"


def voice_of(claim: Claim, reading: Reading) -> Voice | None:
    """The voice that makes a claim; None where the reading names none (or one that it does not hold)."""
    if claim.voice is None or not 0 <= claim.voice < len(reading.voices):
        return None
    return reading.voices[claim.voice]


def attribution(claim: Claim, voice: Voice | None) -> str:
    """Whose claim it is and how surely, in one phrase that can follow the claim's words.

    The phrase always names somebody: the source if there is one, and the voice that passes it on.
    """
    teller = voice_words(voice)
    source = claim.source.strip() if claim.source else ""
    if not source:
        return {
            "asserted": f"said by {teller}",
            "reported": f"reported by {teller}, naming no source",
            "alleged": f"alleged, source not named; passed on by {teller}",
            "denied": f"denied, by whom is not said; passed on by {teller}",
            "negated": f"said not to be so by {teller}",
            "demanded": f"demanded, by whom is not said; passed on by {teller}",
            "planned": f"said to be planned, by {teller}",
            "possible": f"said to be possible, by {teller}",
        }[claim.stance]
    phrase = {
        "asserted": f"according to {source}",
        "reported": f"according to {source}",
        "alleged": f"alleged by {source}",
        "denied": f"denied by {source}",
        "negated": f"said not to be so by {source}",
        "demanded": f"demanded by {source}",
        "planned": f"planned, according to {source}",
        "possible": f"possible, according to {source}",
    }[claim.stance]
    own_words = voice is not None and voice.name is not None and voice.name.casefold() == source.casefold()
    return phrase if own_words else f"{phrase}; passed on by {teller}"


def who_to_whom(claim: Claim) -> str:
    """``Russia → market, hospital``; sides joined by ``and`` where neither does it to the other."""
    actors = listed(claim.actors) if claim.type in {"clash", "talks", "ceasefire"} else ", ".join(claim.actors)
    targets = ", ".join(label(target) for target in claim.targets)
    if claim.recipients:
        targets = ", ".join(filter(None, [targets, *claim.recipients]))
    if actors and targets:
        return f"{actors} → {targets}"
    return actors or (f"unstated → {targets}" if targets else "")


def percent(confidence: float) -> str:
    """A confidence between 0 and 1 as ``87%``; what is not nothing is not shown as such: ``<1%``."""
    return "<1%" if 0 < confidence < 0.005 else f"{round(confidence * 100)}%"


def probability(value: float) -> str:
    """A probability or share as ``.41``; what would look like none as ``<.01``, like all as ``1.0``."""
    if value < 0.005:
        return "<.01"
    return f"{value:.2f}".removeprefix("0") if value < 0.995 else "1.0"
