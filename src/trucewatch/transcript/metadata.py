"""What a file's name or content tells about the broadcast: only what is certain, and never over what the user says."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath, PureWindowsPath

import yaml

from trucewatch.transcript.model import TranscriptError

ARCHIVE_ADDRESS = "https://archive.org/details/"

# TV News Archive: CHANNEL_YYYYMMDD_HHMMSS_Programme, date and time in UTC.
_ARCHIVE_ID = re.compile(
    r"(?<![A-Za-z0-9])([A-Z0-9]{2,12})_(\d{8})_([0-2]\d[0-5]\d[0-5]\d)(?:_([A-Za-z0-9_-]+(?:\.{3})?))?", re.ASCII
)
# yt-dlp: Title [ID].LANGUAGE.ENDING
_YOUTUBE_NAME = re.compile(r"\[([A-Za-z0-9_-]{11})\](?=\.|$)", re.ASCII)
_ISO_DATE = re.compile(r"(?<![0-9A-Za-z-])(\d{4}-\d{2}-\d{2})(?![0-9A-Za-z-])", re.ASCII)
_NAME_LANGUAGE = re.compile(r"\.([a-z]{2}(?:-[A-Z]{2}|-orig)?)\.(?:vtt|srt|json3|ttml|dfxp|json|txt)$", re.ASCII)
_KIND_ENDINGS = frozenset((".cc1", ".cc5", ".align", ".asr"))  # caption downloads of the TV News Archive
_TAG = re.compile(r"([A-Za-z]{2,3})(?:-[A-Za-z0-9]{1,8})*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known about a broadcast; None: not known."""

    id: str | None = None
    outlet: str | None = None
    programme: str | None = None
    air_date: date | None = None
    url: str | None = None
    language: str | None = None

    def or_else(self, other: Metadata) -> Metadata:
        """This, with what it does not know taken from ``other``."""
        mine = {field.name: getattr(self, field.name) for field in fields(self)}
        return Metadata(**{name: getattr(other, name) if value is None else value for name, value in mine.items()})


def from_name(name: str) -> Metadata:
    """What a file's name tells: a TV News Archive identifier, a YouTube id, a single ISO date, a language suffix."""
    base = PureWindowsPath(PurePosixPath(name).name).name
    found = from_archive_id(base) or Metadata()
    if found.id is None and (video := _YOUTUBE_NAME.search(base)) and _is_video_id(video[1]):
        found = Metadata(id=video[1], url=f"https://www.youtube.com/watch?v={video[1]}")
    if found.air_date is None:
        dates = {day for match in _ISO_DATE.finditer(base.replace("_", " ")) if (day := _date(match[1]))}
        found = found.or_else(Metadata(air_date=dates.pop() if len(dates) == 1 else None))
    if (suffix := _NAME_LANGUAGE.search(base)) and suffix[1][:2] in languages():
        found = found.or_else(Metadata(language=suffix[1].removesuffix("-orig")))
    return found


def from_archive_id(text: str) -> Metadata | None:
    """The broadcast whose TV News Archive identifier stands in ``text``; None without a valid one.

    Its date is the day in UTC, which late at night is not the day in the studio.
    """
    match = _ARCHIVE_ID.search(text)
    if match is None or (day := _date(f"{match[2][:4]}-{match[2][4:6]}-{match[2][6:]}")) is None:
        return None
    programme = " ".join((match[4] or "").split("_")) or None
    return Metadata(match[0], outlet_of(match[1]), programme, day, ARCHIVE_ADDRESS + match[0])


def stem(name: str) -> str:
    """A name without its folders and its ending, nor one before it that only tells language or kind (``.cc5``)."""
    base = PurePosixPath(PureWindowsPath(PurePosixPath(name).name).name)
    inner = PurePosixPath(base.stem)
    tells = (inner.suffix[1:3] in languages() and len(inner.suffix) in (3, 6)) or inner.suffix in _KIND_ENDINGS
    return inner.stem if tells and inner.stem else base.stem or str(base)


def outlet_of(channel: str) -> str | None:
    """The outlet behind a TV News Archive channel code (``ALJAZ``); None for channels not listed."""
    return next((outlet for code, outlet, _ in channels() if code == channel), None)


@cache
def channels() -> tuple[tuple[str, str, str | None], ...]:
    """Channel code, outlet, and the channel's name in the archive's page headings, from ``data/channels.yaml``."""
    text = files("trucewatch.transcript").joinpath("data/channels.yaml").read_text(encoding="utf-8")
    return tuple((row["code"], row["outlet"], row.get("heading")) for row in yaml.safe_load(text)["channels"])


@cache
def languages() -> frozenset[str]:
    """The two-letter language codes of ISO 639-1, from ``data/languages.yaml``."""
    text = files("trucewatch.transcript").joinpath("data/languages.yaml").read_text(encoding="utf-8")
    return frozenset(yaml.safe_load(text)["languages"].split())


def language_tag(value: object) -> str | None:
    """``value`` where it has the form of a language tag (``en``, ``pt-BR``), else None."""
    return value if isinstance(value, str) and _TAG.fullmatch(value) else None


def checked_date(value: object, name: str) -> date | None:
    """An ``air_date`` argument as a date: None, a date, a datetime's day, or ``YYYY-MM-DD``; else TranscriptError."""
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    day = _date(value.strip()) if isinstance(value, str) else None
    if day is None:
        raise TranscriptError(name, f"air_date {value!r:.60} is no date", cure="give it as YYYY-MM-DD")
    return day


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) else None
    except ValueError:
        return None


def _is_video_id(text: str) -> bool:
    """Whether eleven characters look drawn at random: a word in brackets, such as ``[transcripts]``, does not."""
    return not (text.isalpha() and (text.islower() or text.isupper() or text.istitle())) and not text.isdigit()
