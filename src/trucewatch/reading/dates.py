"""Dates: what a claim's words say of when, resolved against the air date. Unknown stays unknown.

A date is a range of days with a precision: ``day`` ("on Thursday", "overnight"), ``week``, ``month`` or ``year``. What has
gone on since then ends on the air date ("since April", "for a second month"). Nothing is guessed from tense alone, but a
weekday that something *will* happen on, or must happen *by*, is the next one and not the last.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from trucewatch.reading.model import DateRange

_DAYS = {name.lower(): i for i, name in enumerate(calendar.day_name)}
_MONTHS = {name.lower(): i for i, name in enumerate(calendar.month_name) if name}
_ALSO_VERBS = {"may", "march"}  # they need a number, "in", "since" or the like beside them
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_UNITS = {word: n for n, word in enumerate(_SMALL.split())}
_TENS = {
    word: 10 * n
    for n, word in enumerate(("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), start=2)
}
_ORDINAL_WORDS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_ORDINALS = {word: n for n, word in enumerate(_ORDINAL_WORDS.split())} | {"twentieth": 20, "thirtieth": 30}
_DECADES = {"forties": 1940, "fifties": 1950, "sixties": 1960, "seventies": 1970, "eighties": 1980, "nineties": 1990}
# First months of the seasons as news in English means them, of the northern half of the world.
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_LENGTH = {"hour": 1 / 24, "day": 1, "night": 1, "week": 7, "fortnight": 14, "month": 30, "year": 365, "decade": 3652}
_PRECISION = {"hour": "day", "day": "day", "night": "day", "week": "week", "fortnight": "week", "month": "month",
              "year": "year", "decade": "year"}  # fmt: skip
_AHEAD = frozenset({"will", "ll", "due", "expected", "scheduled", "planned", "set", "deadline", "upcoming", "shall"})
_DATED = frozenset({"in", "since", "last", "of", "until", "by", "early", "late", "mid", "from", "during", "before", "after",
                    "and", "between", "this", "next", "through"})  # fmt: skip
_FIRST_YEAR, _LAST_YEAR = 1940, 2035


def _day(day: date) -> DateRange:
    return DateRange(earliest=day.isoformat(), latest=day.isoformat(), precision="day")


def _range(low: date, high: date, precision: str) -> DateRange:
    return DateRange(earliest=low.isoformat(), latest=high.isoformat(), precision=precision)  # type: ignore[arg-type]


def _month(year: int, month: int) -> DateRange:
    return _range(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]), "month")


def _year(year: int) -> DateRange:
    return _range(date(year, 1, 1), date(year, 12, 31), "year")


def resolve(words: list[str], air: date | None, inside: tuple[int, int] | None = None) -> DateRange | None:
    """When the words of a claim say it was: ``words`` folded, ``air`` the day of broadcast. None where they do not say.

    ``inside`` (first, last) are the claim's own words among ``words``; a date there counts before one beside it.
    """
    first, last = inside or (0, len(words) - 1)
    order = [*range(first, last + 1), *range(first - 1, -1, -1), *range(last + 1, len(words))]
    for i in order:
        found = _at(words, i, air)
        if found is not None:
            return found
    return None


def _at(words: list[str], i: int, air: date | None) -> DateRange | None:
    """The date that the expression around word ``i`` gives, where ``i`` is its main word."""
    found = _of_month(words, i, air) or _of_year(words, i, air)
    if found is None and air is not None:
        found = (
            _of_weekday(words, i, air) or _near(words, i, air) or _of_period(words, i, air) or _gone_on(words, i, air)
        )
        found = found or _ago(words, i, air) or _of_season(words, i, air)
    return found


# ---------------------------------------------------------------- months, days of months, years


def _of_month(words: list[str], i: int, air: date | None) -> DateRange | None:
    """ "4 May 2017", "the fifth of March", "May the twenty first", "early in April", "since April"."""
    month = _MONTHS.get(words[i])
    if month is None:
        return None
    before = words[i - 1] if i else ""
    number = _day_before(words, i) or _day_after(words, i)
    if words[i] in _ALSO_VERBS and before not in _DATED and not number:
        return None
    year = _year_after(words, i)
    if year is None:
        if air is None:
            return None
        year = air.year if month <= air.month else air.year - 1
        if any(words[k : k + 2] == ["last", "year"] for k in range(i + 1, i + 4)):
            year = air.year - 1
        elif before in {"next", "until", "by"} and date(year, month, 1) < air.replace(day=1):
            year += 1
        elif before == "last" and month == air.month:
            year -= 1
    if number and number <= calendar.monthrange(year, month)[1]:
        day = date(year, month, number)
        opener = words[i - 2] if i > 1 and words[i - 1] != "since" else before
        if "since" in {before, opener, *words[max(0, i - 4) : i]} and air is not None and day <= air:
            return _range(day, air, "day")
        return _day(day)
    if "since" in words[max(0, i - 3) : i] and air is not None and date(year, month, 1) <= air:
        return _range(date(year, month, 1), air, "month")
    return _month(year, month)


def _ordinal(words: list[str], i: int) -> tuple[int, int]:
    """An ordinal or small number that begins at word ``i``, in figures or words, and how many words it takes."""
    if not 0 <= i < len(words):
        return 0, 0
    word = words[i]
    digits = word.rstrip("stndrh")
    if digits.isdigit() and len(digits) <= 2:
        return int(digits), 1
    if word in _TENS and i + 1 < len(words) and 0 < _ORDINALS.get(words[i + 1], 0) < 10:
        return _TENS[word] + _ORDINALS[words[i + 1]], 2
    return (_ORDINALS[word], 1) if word in _ORDINALS else (0, 0)


def _day_before(words: list[str], i: int) -> int:
    """The day of the month before its name: "the fifth of March", "4 May", "the twenty first of June"."""
    at = i - 2 if i and words[i - 1] == "of" else i - 1
    for start in (at - 1, at):
        number, length = _ordinal(words, start)
        if number and start + length - 1 == at and number <= 31:
            return number
    return 0


def _day_after(words: list[str], i: int) -> int:
    """The day of the month after its name: "May 4", "May the fourth"."""
    at = i + 2 if i + 1 < len(words) and words[i + 1] == "the" else i + 1
    number, length = _ordinal(words, at)
    counted = at + length < len(words) and words[at + length] in {
        "people",
        "civilians",
        "thousand",
        "hundred",
        "million",
    }
    return number if number <= 31 and not counted else 0


def _spelled_year(words: list[str], i: int) -> tuple[int, int]:
    """A year that begins at word ``i``, in figures or words, and how many words it takes; (0, 0) for none."""
    if not 0 <= i < len(words):
        return 0, 0
    word = words[i]
    if word.isdigit() and len(word) == 4 and _FIRST_YEAR <= int(word) <= _LAST_YEAR:
        return int(word), 1
    rest = words[i + 1 : i + 5]
    if word in {"nineteen", "twenty"} and rest:
        low, used = _below_hundred(rest)
        year = (1900 if word == "nineteen" else 2000) + low
        if low >= 10 and _FIRST_YEAR <= year <= _LAST_YEAR:
            return year, 1 + used
    if word == "two" and rest[:1] == ["thousand"]:
        skip = 2 if rest[1:2] == ["and"] else 1
        low, used = _below_hundred(rest[skip:])
        if 0 < low <= _LAST_YEAR - 2000:
            return 2000 + low, 1 + skip + used
    return 0, 0


def _below_hundred(words: list[str]) -> tuple[int, int]:
    if words and words[0] in _TENS:
        low = _UNITS.get(words[1], 0) if len(words) > 1 else 0
        return (_TENS[words[0]] + low, 2) if 0 < low < 10 else (_TENS[words[0]], 1)
    if words and _UNITS.get(words[0], 0) > 0:
        return _UNITS[words[0]], 1
    return 0, 0


def _year_after(words: list[str], i: int) -> int | None:
    """The year in the few words after a month, past the day of the month."""
    for start in range(i + 1, min(i + 5, len(words))):
        year, _ = _spelled_year(words, start)
        if year:
            return year
        number, _ = _ordinal(words, start)
        if not (words[start] in {"the", "of", "last"} or number):
            return None
        if words[start] == "last":
            return None
    return None


def _of_year(words: list[str], i: int, air: date | None) -> DateRange | None:
    """ "in 2013", "in twenty thirteen", "since 2011", "the nineties"."""
    before = words[i - 1] if i else ""
    word = words[i]
    decade = _DECADES.get(word, 0)
    if decade and before in {"the", "nineteen", "late", "early", "mid"}:
        return _range(date(decade, 1, 1), date(decade + 9, 12, 31), "year")
    if word.endswith("0s") and word[:-1].isdigit() and len(word) == 5 and before in {"the", "late", "early"}:
        return _range(date(int(word[:-1]), 1, 1), date(int(word[:-1]) + 9, 12, 31), "year")
    year, _ = _spelled_year(words, i)
    if not year or before not in {"in", "since", "of", "year", "from", "until", "by", "early", "late", "mid", "during", "back",
                                  "and", "to"}:  # fmt: skip
        return None
    if before in {"and", "to"} and not any(_spelled_year(words, k)[0] for k in range(max(0, i - 4), i)):
        return None  # "ten thousand and two thousand more"
    if before == "since" and air is not None and air.year >= year:
        return _range(date(year, 1, 1), air, "year")
    return _year(year)


# ---------------------------------------------------------------- weekdays, today, yesterday


def _of_weekday(words: list[str], i: int, air: date) -> DateRange | None:
    """ "on Thursday", "last Friday", "next Monday", "by Sunday", "since Tuesday"."""
    name = words[i].removesuffix("s") if words[i] not in _DAYS else words[i]
    if name not in _DAYS:
        return None
    before = words[i - 1] if i else ""
    back = (air.weekday() - _DAYS[name]) % 7
    ahead = (_DAYS[name] - air.weekday()) % 7
    coming = before in {"next", "by", "until", "coming", "before"} or not _AHEAD.isdisjoint(words[max(0, i - 8) : i])
    if coming and before not in {"last", "since"}:
        return _day(air + timedelta(days=ahead or (7 if before == "next" else 0)))
    if before == "last" and back == 0:
        back = 7
    day = air - timedelta(days=back)
    return _range(day, air, "day") if before == "since" else _day(day)


def _near(words: list[str], i: int, air: date) -> DateRange | None:
    """ "today", "this morning", "yesterday", "overnight", "the day before yesterday", "at the weekend"."""
    word, before = words[i], words[i - 1] if i else ""
    if word in {"today", "tonight"} or (word in {"morning", "afternoon", "evening", "lunchtime"} and before == "this"):
        ago = words[i - 1] == "ago" if i else False
        return None if ago else _day(air)
    if word == "yesterday":
        back = 2 if words[max(0, i - 2) : i] == ["day", "before"] else 1
        return _day(air - timedelta(days=back))
    if word == "tomorrow":
        return _day(air + timedelta(days=1))
    if word == "overnight" or (word == "night" and before == "last"):
        return _range(air - timedelta(days=1), air, "day")
    if word == "last" and words[max(0, i - 2) : i] == ["night", "before"]:
        return _day(air - timedelta(days=2))
    if word == "weekend" and before in {"the", "this", "last"}:
        saturday = air - timedelta(days=(air.weekday() - 5) % 7)
        if air.weekday() >= 5 and before == "last":
            saturday -= timedelta(days=7)
        return _range(saturday, min(saturday + timedelta(days=1), air) if air >= saturday else saturday, "day")
    return None


# ---------------------------------------------------------------- periods


def _of_period(words: list[str], i: int, air: date) -> DateRange | None:
    """ "last week", "last year's", "earlier this month", "next year"."""
    unit, before = words[i], words[i - 1] if i else ""
    if before not in {"last", "this", "past", "next", "previous"}:
        return None
    if unit == "decade" and before in {"last", "past", "this"}:
        return _range(air - timedelta(days=3652), air, "year")
    if unit not in {"week", "month", "year"}:
        return None
    if before == "past":
        return _range(air - timedelta(days=round(_LENGTH[unit])), air, unit)
    step = {"last": -1, "previous": -1, "next": 1}.get(before, 0)
    since = i > 1 and words[i - 2] == "since" and step <= 0
    if unit == "week":
        monday = air - timedelta(days=air.weekday()) + timedelta(days=7 * step)
        return _range(monday, air, "week") if since else _range(monday, monday + timedelta(days=6), "week")
    if unit == "month":
        index = air.year * 12 + air.month - 1 + step
        found = _month(index // 12, index % 12 + 1)
    else:
        found = _year(air.year + step)
    return _range(date.fromisoformat(found.earliest), air, unit) if since else found


def _count(words: list[str], i: int) -> int:
    """A small whole number at word ``i``: figures or words; "a" is one."""
    if not 0 <= i < len(words):
        return 0
    word = words[i]
    if word.isdigit() and len(word) < 4:
        return int(word)
    if word in {"a", "an"}:
        return 1
    if i and words[i - 1] in _TENS and 0 < _UNITS.get(word, 0) < 10:
        return _TENS[words[i - 1]] + _UNITS[word]
    return _UNITS.get(word, 0) or _TENS.get(word, 0)


def _unit(word: str) -> str:
    return word.removesuffix("s") if word.removesuffix("s") in _LENGTH else ""


def _gone_on(words: list[str], i: int, air: date) -> DateRange | None:
    """What has gone on until now: "in the past two weeks", "for a second month", "the third straight day", "five days now"."""
    unit = _unit(words[i])
    if not unit:
        return None
    before = words[max(0, i - 5) : i]
    count = _count(words, i - 1)
    if count and any(a in {"past", "last"} and b != "of" for a, b in zip(before, [*before[1:], ""], strict=True)):
        return _since(air, count * _LENGTH[unit], _PRECISION[unit])
    if count and "for" in before and words[i + 1 : i + 2] == ["now"]:
        return _since(air, count * _LENGTH[unit], _PRECISION[unit])
    if before[-1:] in (["straight"], ["consecutive"], ["successive"]):
        before = before[:-1]
    running = words[i + 1 : i + 3] in (["running"], ["in", "a"]) or words[i + 1 : i + 2] == ["running"]
    ordinal = next((_ORDINALS.get(w) or _ordinal([w], 0)[0] for w in before[-1:]), 0)
    if ordinal and ("for" in before[-3:] or running or len(before) < len(words[max(0, i - 5) : i])):
        days = ordinal * _LENGTH[unit]
        return _since(air, days - 1 if unit in {"day", "night"} else days, _PRECISION[unit])
    return None


def _since(air: date, days: float, precision: str) -> DateRange | None:
    whole = max(round(days), 0 if precision == "day" else 1)
    return _range(air - timedelta(days=whole), air, precision) if whole <= 36_500 else None


def _ago(words: list[str], i: int, air: date) -> DateRange | None:
    """ "three days ago", "a year ago", "half a year ago", "seven years earlier"."""
    if words[i] != "ago" or i < 2:
        return None
    unit, count = _unit(words[i - 1]), _count(words, i - 2)
    if not unit or not count:
        return None
    days = count * _LENGTH[unit]
    if words[max(0, i - 4) : i - 2] == ["half"] or (i > 2 and words[i - 3] == "half"):
        days /= 2
        unit = {"year": "month", "decade": "year", "month": "week", "day": "hour"}.get(unit, unit)
    if days > 36_500:
        return None
    day = air - timedelta(days=round(days))
    if unit in {"day", "night", "hour"}:
        return _day(day)
    if unit in {"week", "fortnight"}:
        return _range(day - timedelta(days=3), day + timedelta(days=3), "week")
    if unit == "month":
        return _month(day.year, day.month)
    return _year(day.year)


def _of_season(words: list[str], i: int, air: date) -> DateRange | None:
    """ "last summer", "this spring", "in the winter of 2016"."""
    first = _SEASONS.get(words[i])
    before = words[i - 1] if i else ""
    if first is None:
        return None
    year = _spelled_year(words, i + 2)[0] if words[i + 1 : i + 2] == ["of"] else 0
    if not year:
        if before not in {"last", "this"} or words[i] == "fall":
            return None
        year = air.year if date(air.year, first, 1) <= air else air.year - 1
        if before == "last" and air.year == year and first <= air.month < first + 3:
            year -= 1
    start = date(year, first, 1)
    index = year * 12 + first - 1 + 2
    return _range(start, date.fromisoformat(_month(index // 12, index % 12 + 1).latest), "month")
