"""Dates: what a claim's words say of when, resolved against the air date. Unknown stays unknown."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from trucewatch.reading.model import DateRange

_DAYS = {name.lower(): i for i, name in enumerate(calendar.day_name)}
_MONTHS = {name.lower(): i for i, name in enumerate(calendar.month_name) if name}
_SEASON_LESS = {"may", "march"}  # also verbs: they need a number, "in", "since" or "last" beside them
_NUMBERS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "a": 1,
}


def _day(day: date) -> DateRange:
    return DateRange(earliest=day.isoformat(), latest=day.isoformat(), precision="day")


def _range(low: date, high: date, precision: str) -> DateRange:
    return DateRange(earliest=low.isoformat(), latest=high.isoformat(), precision=precision)  # type: ignore[arg-type]


def _month(year: int, month: int) -> DateRange:
    return _range(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]), "month")


def resolve(words: list[str], air: date | None) -> DateRange | None:
    """When the words of a claim say it was: ``words`` folded, ``air`` the day of broadcast. None where they do not say."""
    for i, word in enumerate(words):
        found = _absolute(words, i, air)
        if found is not None:
            return found
        if air is not None:
            found = _relative(words, i, word, air)
            if found is not None:
                return found
    return None


def _absolute(words: list[str], i: int, air: date | None) -> DateRange | None:
    """ "4 May 2017", "the fifth of March", "in April", "in 2013"."""
    word = words[i]
    before = words[i - 1] if i else ""
    if word in _MONTHS and (
        word not in _SEASON_LESS
        or before in {"in", "since", "last", "of", "until", "by", "early", "late"}
        or before.rstrip("stndrh").isdigit()
    ):
        month = _MONTHS[word]
        after = [w for w in words[i + 1 : i + 3] if w.rstrip("stndrh").isdigit()]
        year = next((int(w) for w in after if len(w) == 4 and w.isdigit() and 1940 <= int(w) <= 2035), None)
        if year is None and air is None:
            return None
        if year is None and air is not None:
            year = air.year if month <= air.month else air.year - 1
        assert year is not None
        if before == "of" and i > 1:
            before = words[i - 2]
        number = (
            before
            if before.rstrip("stndrh").isdigit()
            else next((w for w in after if len(w) < 4 or not w.isdigit()), "")
        )
        digits = number.rstrip("stndrh")
        if before == "since" and air is not None and date(year, month, 1) <= air:
            return _range(date(year, month, 1), air, "month")
        if digits.isdigit() and 1 <= int(digits) <= calendar.monthrange(year, month)[1]:
            return _day(date(year, month, int(digits)))
        return _month(year, month)
    if (
        word.isdigit()
        and len(word) == 4
        and 1940 <= int(word) <= 2035
        and before in {"in", "since", "of", "year", "from", "until"}
    ):
        year = int(word)
        if before == "since" and air is not None and air.year >= year:
            return _range(date(year, 1, 1), air, "year")
        return _range(date(year, 1, 1), date(year, 12, 31), "year")
    return None


def _relative(words: list[str], i: int, word: str, air: date) -> DateRange | None:
    """ "on Thursday", "yesterday", "overnight", "last week", "three days ago", "last year's"."""
    before = words[i - 1] if i else ""
    if word in _DAYS:
        back = (air.weekday() - _DAYS[word]) % 7
        if before == "next":
            return _day(air + timedelta(days=(_DAYS[word] - air.weekday()) % 7 or 7))
        if before == "last" and back == 0:
            back = 7
        return _day(air - timedelta(days=back))
    if word in {"today", "tonight"} or (word in {"morning", "afternoon", "evening"} and before == "this"):
        return _day(air)
    if word == "yesterday":
        return _day(air - timedelta(days=1))
    if word == "tomorrow":
        return _day(air + timedelta(days=1))
    if word == "overnight" or (word == "night" and before == "last"):
        return _range(air - timedelta(days=1), air, "day")
    if word in {"week", "month", "year"} and before in {"last", "this", "past", "next"}:
        return _period(before, word, air)
    if word == "ago" and i >= 2:
        count = _NUMBERS.get(words[i - 2], int(words[i - 2]) if words[i - 2].isdigit() and len(words[i - 2]) < 4 else 0)
        unit = words[i - 1].rstrip("s")
        if count and unit in {"day", "week", "month", "year"}:
            return _ago(count, unit, air)
    return None


def _period(which: str, unit: str, air: date) -> DateRange:
    if unit == "week":
        monday = air - timedelta(days=air.weekday())
        shift = {"last": -7, "next": 7}.get(which, 0)
        start = monday + timedelta(days=shift)
        return (
            _range(start, start + timedelta(days=6), "week")
            if which != "past"
            else _range(air - timedelta(days=7), air, "week")
        )
    if unit == "month":
        index = air.year * 12 + air.month - 1 + {"last": -1, "next": 1}.get(which, 0)
        return (
            _month(index // 12, index % 12 + 1) if which != "past" else _range(air - timedelta(days=30), air, "month")
        )
    year = air.year + {"last": -1, "next": 1}.get(which, 0)
    return _range(date(year, 1, 1), date(year, 12, 31), "year")


def _ago(count: int, unit: str, air: date) -> DateRange | None:
    days = count * {"day": 1, "week": 7, "month": 30, "year": 365}[unit]
    if days > 36500:
        return None
    day = air - timedelta(days=days)
    if unit == "day":
        return _day(day)
    if unit == "week":
        return _range(day - timedelta(days=3), day + timedelta(days=3), "week")
    return (
        _month(day.year, day.month) if unit == "month" else _range(date(day.year, 1, 1), date(day.year, 12, 31), "year")
    )
